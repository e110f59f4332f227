/* A log of five openings, four of them closed, and a digest that is easy to check: for the tests of
 * kept days. */
#pragma once

#include "src/store/store.h"

/* Its parts: 0 says how the queue was called when the day was closed, and the boot; 3 has the
 * number of each ticket; 7 is empty on a day without tickets; 9 is a MiB, on one date alone. */
extern struct store_digest test_digest;
extern unsigned makers_alive, events_given;
enum { LARGE_DAY = 20260110, LARGE_SIZE = 1 << 20 };

/* The store that is open, and how open_log() opens it. */
extern struct store *store;
extern bool with_digest, manual;
void open_log(bool rebuild);
/* text: the boot, or how the queue is called. */
void append(enum event_type type, const char *text, int64_t date);
void open_day(int64_t date, int count);
/* Everything is written, and every day kept that can be. */
void settle(void);
void close_log(void);
/* Rows 1-8: definitions and the first day; 9-14: a queue renamed, the second; 15-16: a third one
 * without tickets; 17-19: another boot, the date of the third again; 20-22: open. */
void write_log(void);
/* As software before kept days left it. */
extern const char older_software[];

enum { MAX_DAYS = 16 };

struct taken {
	struct store_day days[MAX_DAYS];
	char parts[MAX_DAYS][STORE_DIGEST_PARTS][256];
	size_t count;
};

struct store_days_query all_days(void);
/* A store_day_fn of a struct taken. */
int take(void *user, const struct store_day *day);
struct taken read_days(const struct store_days_query *query);
struct taken recount(void);
size_t count_kept(const struct taken *taken);
void assert_same(const struct taken *one, const struct taken *other);
/* It is what write_log() wrote, by hand. */
void assert_right(const struct taken *taken);
int verify(struct store_verify_result *ret);
void assert_verifies(void);
/* The number that SQL gives. */
int ask_log(const char *sql);
bool list_is_whole(void);
