/* Waits of many tickets by item, for the benchmark "histograms": made from a seed, as raw rows in
 * an SQLite table and as what the store keeps of closed days. */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "src/measure/bytes.h"
#include "src/measure/tally.h"

enum { WAITS_ITEMS = 977, WAITS_DAY_TICKETS = 8000 };

struct waits_ticket {
	uint32_t item;
	int64_t ms;
};

/* The mix of items is Zipf(1): item i, from 0, with a share of 1/(i + 1). One ticket in five does
 * not wait; the others do for 12 minutes in the mean, exponentially, at most four hours. */
struct waits_stream;
struct waits_stream *waits_open(uint64_t seed);
struct waits_ticket waits_next(struct waits_stream *stream);
void waits_close(struct waits_stream *stream);

/* "item-000", as text that rises with the number. */
void waits_name(uint32_t item, char ret_name[16]);

/* One service day: each item's tally, and its digest's part of items. */
struct waits_day {
	struct tally tallies[WAITS_ITEMS];
	struct bytes_writer bytes;
};
void waits_count(struct waits_day *day, const struct waits_ticket *ticket);
/* Writes the part, and the day is empty again; the bytes hold until the next call. */
void waits_cut(struct waits_day *day);
void waits_day_free(struct waits_day *day);

/* SQLite, or the end of the program with its message. */
void waits_check(sqlite3 *db, int result, const char *what);
sqlite3 *waits_database(const char *path, int flags);
sqlite3_stmt *waits_prepare(sqlite3 *db, const char *text);
void waits_run(sqlite3 *db, const char *text);
/* As the store has it; and a row of it. */
void waits_make_kept(sqlite3 *db);
void waits_keep(sqlite3_stmt *insert, int64_t first_seq, const struct waits_day *day);

_Noreturn void waits_fail(const char *what);
