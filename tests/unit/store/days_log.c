/* See days_log.h. */
#include "tests/unit/store/days_log.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/log_file.h"

/* ---- a digest: part 0 says how the queue was called when the day was closed, and the boot; part 3
 * has the number of each ticket; part 7 is empty on a day without tickets; part 9 is large, on one
 * date alone ---- */

struct maker {
	char queue[CORE_NAME_SIZE], boot[CORE_BOOT_SIZE];
	uint8_t tickets[4096];
	size_t count;
	char text[256];
	int64_t date;
	bool cut;
};

unsigned makers_alive, events_given;
static const char zeros[LARGE_SIZE];

static int maker_create(void **ret_maker)
{
	struct maker *maker = calloc(1, sizeof(*maker));

	if (!maker)
		return -ENOMEM;
	makers_alive++;
	*ret_maker = maker;
	return 0;
}

static int maker_event(void *user, const struct event *event)
{
	struct maker *maker = user;

	events_given++;
	if (maker->cut)
		maker->count = 0;
	maker->cut = false;
	if (event->type == EVENT_QUEUE_DEFINED)
		strcpy(maker->queue, event->u.queue_defined.en);
	if (event->type == EVENT_DAY_OPENED)
		maker->date = event->u.day_opened.date;
	if (event->type == EVENT_DAEMON_STARTED)
		strcpy(maker->boot, event->u.daemon_started.boot);
	if (event->type == EVENT_TICKET_ISSUED)
		maker->tickets[maker->count++ % sizeof(maker->tickets)] =
			(uint8_t)event->u.ticket_issued.ticket;
	return 0;
}

static int maker_cut(void *user, struct store_part ret_parts[STORE_DIGEST_PARTS])
{
	struct maker *maker = user;

	if (maker->cut)
		maker->count = 0;
	maker->cut = true;
	snprintf(maker->text, sizeof(maker->text), "%s %s", maker->queue, maker->boot);
	ret_parts[0] = (struct store_part){maker->text, strlen(maker->text)};
	ret_parts[3] = (struct store_part){maker->tickets, maker->count};
	ret_parts[7] = (struct store_part){maker->text, maker->count ? 3 : 0};
	ret_parts[9] = (struct store_part){zeros, maker->date == LARGE_DAY ? sizeof(zeros) : 0};
	return 0;
}

static void maker_destroy(void *user)
{
	makers_alive--;
	free(user);
}

struct store_digest test_digest = {
	.version = 1,
	.create = maker_create,
	.event = maker_event,
	.cut = maker_cut,
	.destroy = maker_destroy,
};

/* ---- a log ---- */

struct store *store;
static uint64_t seq;
static int64_t tickets, waiting; /* in the log; of the day */
static int64_t last_date, counter;
bool with_digest = true;
bool manual = true;

static int ignore(void *user, const struct store_row *row)
{
	(void)user;
	seq = row->event.seq;
	if (row->event.type == EVENT_DAY_CLOSED)
		waiting = 0;
	if (row->event.type == EVENT_DAY_OPENED) {
		last_date = row->event.u.day_opened.date;
		counter = row->event.u.day_opened.counter;
	}
	if (row->event.type == EVENT_TICKET_ISSUED) {
		tickets = row->event.u.ticket_issued.ticket;
		waiting++;
	}
	return 0;
}

void open_log(bool rebuild)
{
	struct store_options options = {
		.path = log_path,
		.create = true,
		.digest = with_digest ? &test_digest : NULL,
		.manual = manual,
		.rebuild = rebuild,
	};
	char error[STORE_ERROR_SIZE] = "";

	seq = 0;
	tickets = waiting = last_date = counter = 0;
	if (store_open(&store, &options, ignore, NULL, error) < 0)
		fail_msg("%s", error);
}

void append(enum event_type type, const char *text, int64_t date)
{
	struct event event = {.seq = ++seq, .type = type, .version = 1};

	event.at = (struct stamp){1000 + (int64_t)seq, 1767225600000 + (int64_t)seq, 480};
	strcpy(event.by, "test");
	switch (type) {
	case EVENT_DAEMON_STARTED:
		snprintf(event.u.daemon_started.boot, CORE_BOOT_SIZE, "%s", text);
		strcpy(event.u.daemon_started.software, "test");
		break;
	case EVENT_QUEUE_DEFINED:
		strcpy(event.u.queue_defined.queue, "general");
		strcpy(event.u.queue_defined.zh, "综合受理");
		snprintf(event.u.queue_defined.en, CORE_NAME_SIZE, "%s", text);
		strcpy(event.u.queue_defined.prefix, "A");
		event.u.queue_defined.first = 1;
		event.u.queue_defined.last = 9999;
		break;
	case EVENT_DAY_OPENED:
		event.u.day_opened.date = date;
		counter += date != last_date;
		last_date = date;
		event.u.day_opened.counter = counter;
		break;
	case EVENT_DAY_CLOSED:
		event.u.day_closed.date = date;
		event.u.day_closed.uncalled = waiting;
		waiting = 0;
		break;
	case EVENT_TICKET_ISSUED:
		waiting++;
		event.u.ticket_issued.ticket = ++tickets;
		snprintf(event.u.ticket_issued.number, CORE_NUMBER_SIZE, "A%04u",
			 (unsigned)waiting);
		strcpy(event.u.ticket_issued.queue, "general");
		snprintf(event.u.ticket_issued.token, CORE_TOKEN_SIZE, "%032x", (unsigned)tickets);
		event.u.ticket_issued.arrival_ms = event.at.mono_ms;
		break;
	default: fail();
	}
	assert_int_equal(store_append(store, &event, 1, NULL), 0);
}

void open_day(int64_t date, int count)
{
	append(EVENT_DAY_OPENED, NULL, date);
	for (int i = 0; i < count; i++)
		append(EVENT_TICKET_ISSUED, NULL, 0);
}

void settle(void)
{
	if (manual)
		assert_int_equal(store_step(store), 0);
	assert_int_equal(store_flush(store), STORE_OK);
	store_flush_days(store);
}

void close_log(void)
{
	settle();
	store_close(store);
	store = NULL;
	assert_int_equal(makers_alive, 0);
}

void write_log(void)
{
	open_log(false);
	append(EVENT_DAEMON_STARTED, "boot-1", 0);
	append(EVENT_QUEUE_DEFINED, "General", 0);
	open_day(20260101, 4);
	append(EVENT_DAY_CLOSED, NULL, 20260101);
	append(EVENT_QUEUE_DEFINED, "Everything", 0);
	open_day(20260102, 3);
	append(EVENT_DAY_CLOSED, NULL, 20260102);
	open_day(20260103, 0);
	append(EVENT_DAY_CLOSED, NULL, 20260103);
	append(EVENT_DAEMON_STARTED, "boot-2", 0);
	append(EVENT_DAY_OPENED, NULL, 20260103);
	append(EVENT_DAY_CLOSED, NULL, 20260103);
	open_day(20260104, 2);
}

/* ---- what is read ---- */

int take(void *user, const struct store_day *day)
{
	struct taken *taken = user;

	assert_true(taken->count < MAX_DAYS);
	taken->days[taken->count] = *day;
	for (int part = 0; part < STORE_DIGEST_PARTS; part++) {
		assert_true(day->parts[part].size < 256);
		if (day->parts[part].size)
			memcpy(taken->parts[taken->count][part], day->parts[part].bytes,
			       day->parts[part].size);
	}
	taken->count++;
	return 0;
}

struct store_days_query all_days(void)
{
	return (struct store_days_query){.parts = 0xffff, .digest = &test_digest};
}

struct taken read_days(const struct store_days_query *query)
{
	struct taken taken = {.count = 0};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE] = "";

	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	events_given = 0;
	if (store_reader_days(reader, query, take, &taken) != 0)
		fail_msg("%s", store_reader_detail(reader));
	store_reader_close(reader);
	return taken;
}

size_t count_kept(const struct taken *taken)
{
	size_t kept = 0;

	for (size_t i = 0; i < taken->count; i++)
		kept += taken->days[i].kept;
	return kept;
}

void assert_same(const struct taken *one, const struct taken *other)
{
	assert_int_equal(one->count, other->count);
	for (size_t i = 0; i < one->count; i++) {
		const struct store_day *a = &one->days[i], *b = &other->days[i];

		assert_int_equal(a->date, b->date);
		assert_int_equal(a->first_seq, b->first_seq);
		assert_int_equal(a->last_seq, b->last_seq);
		assert_int_equal(a->open, b->open);
		assert_memory_equal(a->rows, b->rows, STORE_HASH_SIZE);
		for (int part = 0; part < STORE_DIGEST_PARTS; part++)
			assert_int_equal(a->parts[part].size, b->parts[part].size);
		assert_memory_equal(one->parts[i], other->parts[i], sizeof(one->parts[i]));
	}
}

struct taken recount(void)
{
	struct store_days_query query = all_days();

	query.recount = true;
	return read_days(&query);
}

/* What write_log() wrote, from the events alone and by hand. */
void assert_right(const struct taken *taken)
{
	static const struct {
		int64_t date;
		uint64_t first, last;
		const char *text, *tickets;
	} days[] = {
		{20260101, 1, 8, "General boot-1", "\1\2\3\4"},
		{20260102, 9, 14, "Everything boot-1", "\5\6\7"},
		{20260103, 15, 16, "Everything boot-1", ""},
		{20260103, 17, 19, "Everything boot-2", ""},
		{20260104, 20, 22, "Everything boot-2", "\10\11"},
	};

	assert_int_equal(taken->count, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct store_day *day = &taken->days[i];
		static const uint8_t none[STORE_HASH_SIZE];

		assert_int_equal(day->date, days[i].date);
		assert_int_equal(day->first_seq, days[i].first);
		assert_int_equal(day->last_seq, days[i].last);
		assert_int_equal(day->open, i == 4);
		assert_int_equal(!memcmp(day->rows, none, sizeof(none)), i == 4);
		assert_string_equal(taken->parts[i][0], days[i].text);
		assert_string_equal(taken->parts[i][3], days[i].tickets);
		assert_int_equal(day->parts[7].size, days[i].tickets[0] ? 3 : 0);
		assert_int_equal(day->parts[1].size, 0);
	}
}

int verify(struct store_verify_result *ret)
{
	const struct store_verify_options options = {.digest = &test_digest};

	return store_verify_with(log_path, &options, ret);
}

void assert_verifies(void)
{
	struct store_verify_result result;

	if (verify(&result) != 0)
		fail_msg("%s", result.detail);
}

int ask_log(const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;
	int number;

	assert_int_equal(sqlite3_open(log_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

bool list_is_whole(void)
{
	return ask_log("SELECT count(*) FROM projection WHERE name = 'context'") == 1;
}

const char older_software[] = "DROP TABLE kept_day; DROP TABLE kept_part; DROP TABLE context;"
			      "DELETE FROM projection;";
