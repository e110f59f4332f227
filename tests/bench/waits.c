/* The data of the benchmark "histograms". */
#include "tests/bench/waits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/random.h"
#include "src/measure/digest.h"

enum { MEAN_MS = 12 * 60000, LONGEST_MS = 4 * 3600000 };

struct waits_stream {
	struct random random;
	double until[WAITS_ITEMS]; /* the shares, added up */
};

void waits_fail(const char *what)
{
	fprintf(stderr, "bench-histograms: %s\n", what);
	exit(1);
}

/* ---- tickets ---- */

struct waits_stream *waits_open(uint64_t seed)
{
	struct waits_stream *stream = malloc(sizeof(*stream));
	double sum = 0;

	if (!stream)
		waits_fail("out of memory");
	random_begin(&stream->random, seed, 0);
	for (int i = 0; i < WAITS_ITEMS; i++)
		sum += 1.0 / (i + 1);
	for (int i = 0; i < WAITS_ITEMS; i++)
		stream->until[i] = (i ? stream->until[i - 1] : 0) + 1.0 / (i + 1) / sum;
	stream->until[WAITS_ITEMS - 1] = 1;
	return stream;
}

/* In (0, 1). */
static double part_of_one(struct random *random)
{
	return ((double)(random_next(random) >> 12) + 0.5) / (double)(UINT64_C(1) << 52);
}

struct waits_ticket waits_next(struct waits_stream *stream)
{
	double share = part_of_one(&stream->random);
	uint32_t low = 0, high = WAITS_ITEMS - 1;
	double ms;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (stream->until[middle] < share)
			low = middle + 1;
		else
			high = middle;
	}
	if (random_below(&stream->random, 5) == 0)
		return (struct waits_ticket){low, 0};
	ms = -MEAN_MS * log(part_of_one(&stream->random));
	return (struct waits_ticket){low, ms < LONGEST_MS ? (int64_t)ms : LONGEST_MS};
}

void waits_close(struct waits_stream *stream)
{
	free(stream);
}

void waits_name(uint32_t item, char ret_name[16])
{
	snprintf(ret_name, 16, "item-%03u", (unsigned)item % 1000);
}

/* ---- days ---- */

void waits_count(struct waits_day *day, const struct waits_ticket *ticket)
{
	struct tally *tally = &day->tallies[ticket->item];

	tally->counts[COUNT_ISSUED]++;
	tally->counts[COUNT_LEGS]++;
	tally->counts[COUNT_SERVED]++;
	if (tally_wait(tally, ticket->ms) < 0)
		waits_fail("a wait is not counted");
}

void waits_cut(struct waits_day *day)
{
	uint64_t groups = 0;
	char name[16];

	for (uint32_t i = 0; i < WAITS_ITEMS; i++)
		groups += day->tallies[i].counts[COUNT_LEGS] > 0;
	bytes_writer_clear(&day->bytes);
	bytes_write(&day->bytes, groups);
	for (uint32_t i = 0; i < WAITS_ITEMS; i++) {
		if (!day->tallies[i].counts[COUNT_LEGS])
			continue;
		waits_name(i, name);
		bytes_write_text(&day->bytes, name);
		tally_write(&day->bytes, &day->tallies[i]);
		tally_finish(&day->tallies[i]);
	}
	if (day->bytes.failed)
		waits_fail("out of memory");
}

void waits_day_free(struct waits_day *day)
{
	for (int i = 0; i < WAITS_ITEMS; i++)
		tally_finish(&day->tallies[i]);
	bytes_writer_finish(&day->bytes);
	free(day);
}

/* ---- SQLite ---- */

void waits_check(sqlite3 *db, int result, const char *what)
{
	if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE)
		return;
	fprintf(stderr, "bench-histograms: %s: %s\n", what, sqlite3_errmsg(db));
	exit(1);
}

sqlite3 *waits_database(const char *path, int flags)
{
	sqlite3 *db = NULL;

	waits_check(db, sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL), path);
	return db;
}

sqlite3_stmt *waits_prepare(sqlite3 *db, const char *text)
{
	sqlite3_stmt *statement = NULL;

	waits_check(db, sqlite3_prepare_v2(db, text, -1, &statement, NULL), text);
	return statement;
}

void waits_run(sqlite3 *db, const char *text)
{
	waits_check(db, sqlite3_exec(db, text, NULL, NULL, NULL), text);
}

void waits_make_kept(sqlite3 *db)
{
	waits_run(db, "CREATE TABLE kept_part(first_seq INTEGER NOT NULL, part INTEGER NOT NULL, "
		      "bytes BLOB NOT NULL, PRIMARY KEY(first_seq, part)) STRICT, WITHOUT ROWID");
}

void waits_keep(sqlite3_stmt *insert, int64_t first_seq, const struct waits_day *day)
{
	sqlite3 *db = sqlite3_db_handle(insert);

	sqlite3_bind_int64(insert, 1, first_seq);
	sqlite3_bind_int(insert, 2, PART_ITEM);
	sqlite3_bind_blob(insert, 3, day->bytes.bytes, (int)day->bytes.size, SQLITE_STATIC);
	waits_check(db, sqlite3_step(insert), "keep a day");
	sqlite3_reset(insert);
}
