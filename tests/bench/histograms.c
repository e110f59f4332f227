/* P50 and P90 of every item: from what the store keeps of closed days, from the same histograms
 * added up over all days, by an SQLite window query over raw rows; and the time to make what is
 * kept anew from raw rows. histograms.py asks, in turn with DuckDB, which gets the same tables as
 * CSV.
 *
 *     bench-histograms make TICKETS SEED          raw.db, kept.db, sums.db, tickets.csv, bins.csv,
 *                                                 sums.csv here
 *     bench-histograms kept|sums|window|rebuild   a line on standard input: once more; prints JSON
 *
 * SQLite sorts in memory and has a cache that holds the whole table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/measure/digest.h"
#include "src/measure/names.h"
#include "tests/bench/figures.h"
#include "tests/bench/waits.h"

static const char big_cache[] = "PRAGMA cache_size = -2000000; PRAGMA temp_store = memory";

struct quantiles {
	int64_t p50_s, p90_s;
};

/* ---- make ---- */

struct making {
	sqlite3 *raw, *kept, *sums;
	sqlite3_stmt *insert, *keep, *keep_sums;
	FILE *tickets, *bins, *sum_bins;
	struct waits_day *day, *all;
};

static FILE *create(const char *name)
{
	FILE *file = fopen(name, "w");

	if (!file)
		waits_fail(name);
	return file;
}

static sqlite3 *create_database(const char *name)
{
	sqlite3 *db = waits_database(name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

	waits_run(db, "PRAGMA synchronous = off; BEGIN");
	return db;
}

static void write_bins(FILE *file, struct waits_day *day, int64_t ordinal)
{
	for (int item = 0; item < WAITS_ITEMS; item++) {
		struct histogram *waits = &day->tallies[item].waits;

		if (histogram_settle(waits) < 0)
			waits_fail("out of memory");
		for (size_t i = 0; i < waits->count; i++)
			fprintf(file, "%" PRId64 ",%d,%" PRIu32 ",%" PRIu32 "\n", ordinal, item,
				waits->bins[i].second, waits->bins[i].count);
	}
}

static void make_day(const struct making *making, struct waits_stream *stream, int64_t ordinal,
		     int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		struct waits_ticket ticket = waits_next(stream);

		waits_count(making->day, &ticket);
		sqlite3_bind_int64(making->insert, 1, ordinal);
		sqlite3_bind_int64(making->insert, 2, ticket.item);
		sqlite3_bind_int64(making->insert, 3, ticket.ms);
		waits_check(making->raw, sqlite3_step(making->insert), "raw row");
		sqlite3_reset(making->insert);
		fprintf(making->tickets, "%" PRId64 ",%" PRIu32 ",%" PRId64 "\n", ordinal,
			ticket.item, ticket.ms);
	}
	write_bins(making->bins, making->day, ordinal);
	for (int item = 0; item < WAITS_ITEMS; item++)
		if (tally_merge(&making->all->tallies[item], &making->day->tallies[item]) < 0)
			waits_fail("out of memory");
	waits_cut(making->day);
	waits_keep(making->keep, ordinal + 1, making->day);
}

static void make_tables(struct making *making)
{
	waits_run(making->raw,
		  "CREATE TABLE ticket(id INTEGER PRIMARY KEY, day INTEGER NOT NULL, item "
		  "INTEGER NOT NULL, wait_ms INTEGER NOT NULL) STRICT");
	waits_make_kept(making->kept);
	waits_make_kept(making->sums);
	making->insert = waits_prepare(making->raw, "INSERT INTO ticket VALUES(NULL, ?, ?, ?)");
	making->keep = waits_prepare(making->kept, "INSERT INTO kept_part VALUES(?, ?, ?)");
	making->keep_sums = waits_prepare(making->sums, "INSERT INTO kept_part VALUES(?, ?, ?)");
}

static void finish_tables(struct making *making)
{
	sqlite3_stmt *statements[] = {making->insert, making->keep, making->keep_sums};
	sqlite3 *databases[] = {making->raw, making->kept, making->sums};
	FILE *files[] = {making->tickets, making->bins, making->sum_bins};

	for (size_t i = 0; i < 3; i++) {
		sqlite3_finalize(statements[i]);
		waits_run(databases[i], "COMMIT");
		sqlite3_close(databases[i]);
		if (fclose(files[i]))
			waits_fail("the disk is full");
	}
	waits_day_free(making->day);
	waits_day_free(making->all);
}

static void make(int64_t tickets, uint64_t seed)
{
	struct making making = {.raw = create_database("raw.db"),
				.kept = create_database("kept.db"),
				.sums = create_database("sums.db"),
				.tickets = create("tickets.csv"),
				.bins = create("bins.csv"),
				.sum_bins = create("sums.csv"),
				.day = calloc(1, sizeof(*making.day)),
				.all = calloc(1, sizeof(*making.all))};
	struct waits_stream *stream = waits_open(seed);

	if (!making.day || !making.all)
		waits_fail("out of memory");
	make_tables(&making);
	for (int64_t done = 0; done < tickets; done += WAITS_DAY_TICKETS) {
		int64_t rest = tickets - done;

		make_day(&making, stream, done / WAITS_DAY_TICKETS,
			 rest < WAITS_DAY_TICKETS ? rest : WAITS_DAY_TICKETS);
	}
	write_bins(making.sum_bins, making.all, 0);
	waits_cut(making.all);
	waits_keep(making.keep_sums, 1, making.all);
	finish_tables(&making);
	waits_close(stream);
}

/* ---- what is kept ---- */

struct adding {
	struct names names;
	struct gathered items[WAITS_ITEMS];
};

static struct gathered *group_of(void *user, enum digest_part part, const char *text,
				 int64_t number)
{
	struct adding *adding = user;
	int64_t ordinal = names_get(&adding->names, text);

	(void)part, (void)number;
	return ordinal >= 0 && ordinal < WAITS_ITEMS ? &adding->items[ordinal] : NULL;
}

static void finish_items(struct adding *adding, struct quantiles *ret)
{
	for (uint32_t i = 0; i < adding->names.count; i++) {
		long item = strtol(names_text(&adding->names, i) + strlen("item-"), NULL, 10);

		if (gathered_settle(&adding->items[i]) < 0 || item >= WAITS_ITEMS)
			waits_fail("what is kept is damaged");
		ret[item].p50_s = histogram_quantile_s(&adding->items[i].tally.waits, 50, 100);
		ret[item].p90_s = histogram_quantile_s(&adding->items[i].tally.waits, 90, 100);
		gathered_finish(&adding->items[i]);
	}
	names_finish(&adding->names);
}

/* As the store's reader does it: day by day, the bytes copied. */
static void ask_kept(sqlite3 *db, struct quantiles *ret)
{
	sqlite3_stmt *days = waits_prepare(db, "SELECT bytes FROM kept_part WHERE part = 5 "
					       "ORDER BY first_seq");
	struct adding *adding = calloc(1, sizeof(*adding));
	uint8_t *copy = NULL;
	int result;

	_Static_assert(PART_ITEM == 5, "as in the query");
	if (!adding)
		waits_fail("out of memory");
	while ((result = sqlite3_step(days)) == SQLITE_ROW) {
		struct store_part part = {.size = (size_t)sqlite3_column_bytes(days, 0)};

		copy = realloc(copy, part.size + 1);
		if (!copy)
			waits_fail("out of memory");
		memcpy(copy, sqlite3_column_blob(days, 0), part.size);
		part.bytes = copy;
		if (digest_read_groups(PART_ITEM, &part, group_of, adding) < 0)
			waits_fail("what is kept is damaged");
	}
	waits_check(db, result, "kept days");
	sqlite3_finalize(days);
	finish_items(adding, ret);
	free(adding);
	free(copy);
}

/* ---- the window query ---- */

/* Of several ways to write it the quickest: no index is made, each row is looked at once. */
static void ask_window(sqlite3 *db, struct quantiles *ret)
{
	static const char text[] =
		"WITH size AS MATERIALIZED (SELECT item, (50 * count(*) + 99) / 100 AS half, (90 * "
		"count(*) + 99) / 100 AS tail FROM ticket GROUP BY item), ranked AS (SELECT item, "
		"wait_ms / 1000 AS second, row_number() OVER (PARTITION BY item ORDER BY wait_ms) "
		"AS "
		"rank FROM ticket) SELECT item, second, rank = half, rank = tail FROM ranked CROSS "
		"JOIN size USING (item) WHERE rank = half OR rank = tail";
	sqlite3_stmt *query = waits_prepare(db, text);
	int result;

	while ((result = sqlite3_step(query)) == SQLITE_ROW) {
		int item = sqlite3_column_int(query, 0);

		if (item < 0 || item >= WAITS_ITEMS)
			waits_fail("an item of another table");
		if (sqlite3_column_int(query, 2))
			ret[item].p50_s = sqlite3_column_int64(query, 1);
		if (sqlite3_column_int(query, 3))
			ret[item].p90_s = sqlite3_column_int64(query, 1);
	}
	waits_check(db, result, text);
	sqlite3_finalize(query);
}

/* ---- made anew ---- */

static void cut_and_keep(struct waits_day *day, sqlite3_stmt *keep, int64_t ordinal)
{
	waits_cut(day);
	waits_keep(keep, ordinal + 1, day);
}

/* From the raw rows, into a file of its own that is synced at the end. */
static void rebuild(sqlite3 *raw)
{
	sqlite3 *db;
	sqlite3_stmt *rows =
		waits_prepare(raw, "SELECT day, item, wait_ms FROM ticket ORDER BY id");
	struct waits_day *day = calloc(1, sizeof(*day));
	sqlite3_stmt *keep;
	int64_t ordinal = 0;
	int result;

	if (!day)
		waits_fail("out of memory");
	(void)remove("rebuilt.db");
	db = waits_database("rebuilt.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	waits_run(db, "BEGIN");
	waits_make_kept(db);
	keep = waits_prepare(db, "INSERT INTO kept_part VALUES(?, ?, ?)");
	while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
		struct waits_ticket ticket = {(uint32_t)sqlite3_column_int64(rows, 1),
					      sqlite3_column_int64(rows, 2)};

		if (sqlite3_column_int64(rows, 0) != ordinal) {
			cut_and_keep(day, keep, ordinal);
			ordinal = sqlite3_column_int64(rows, 0);
		}
		if (ticket.item >= WAITS_ITEMS)
			waits_fail("an item of another table");
		waits_count(day, &ticket);
	}
	waits_check(raw, result, "raw rows");
	cut_and_keep(day, keep, ordinal);
	sqlite3_finalize(keep);
	sqlite3_finalize(rows);
	waits_run(db, "COMMIT");
	sqlite3_close(db);
	waits_day_free(day);
}

/* ---- rounds ---- */

static int64_t cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void print_round(int64_t us, int64_t cpu, const struct quantiles *seen)
{
	printf("{\"seconds\":%.6f,\"cpu\":%.6f,\"quantiles\":[", (double)us / 1e6,
	       (double)cpu / 1e6);
	for (int i = 0; seen && i < WAITS_ITEMS; i++)
		printf("%s[%" PRId64 ",%" PRId64 "]", i ? "," : "", seen[i].p50_s, seen[i].p90_s);
	printf("]}\n");
	fflush(stdout);
}

/* NULL: no quantiles come of it. */
typedef void (*ask_fn)(sqlite3 *db, struct quantiles *ret);

static const struct task {
	const char *name, *database;
	ask_fn ask;
} tasks[] = {
	{"kept", "kept.db", ask_kept},
	{"sums", "sums.db", ask_kept},
	{"window", "raw.db", ask_window},
	{"rebuild", "raw.db", NULL},
};

static void serve(const struct task *task)
{
	sqlite3 *db = waits_database(task->database, SQLITE_OPEN_READONLY);
	char line[16];

	waits_run(db, big_cache);
	while (fgets(line, sizeof(line), stdin)) {
		struct quantiles seen[WAITS_ITEMS];
		int64_t us = figures_now_us(), cpu = cpu_us();

		memset(seen, 0xff, sizeof(seen)); /* -1: no such item */
		if (task->ask)
			task->ask(db, seen);
		else
			rebuild(db);
		print_round(figures_now_us() - us, cpu_us() - cpu, task->ask ? seen : NULL);
	}
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "make")) {
		make(strtoll(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
		return 0;
	}
	for (size_t i = 0; argc == 2 && i < sizeof(tasks) / sizeof(tasks[0]); i++) {
		if (!strcmp(argv[1], tasks[i].name)) {
			serve(&tasks[i]);
			return 0;
		}
	}
	return 2;
}
