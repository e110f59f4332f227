/* Closed days that are kept beside the log: whether they are read or counted, what comes out is the
 * same, and whoever changes what is kept is found. With a digest that is easy to check. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "src/store/store.h"
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

static unsigned makers_alive, events_given;
static const char zeros[1 << 20];
enum { LARGE_DAY = 20260110 };

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

static struct store_digest digest = {
	.version = 1,
	.create = maker_create,
	.event = maker_event,
	.cut = maker_cut,
	.destroy = maker_destroy,
};

/* ---- a log ---- */

static struct store *store;
static uint64_t seq;
static int64_t tickets, waiting; /* in the log; of the day */
static int64_t last_date, counter;
static bool with_digest = true;
static bool manual = true;

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

static void open_log(bool rebuild)
{
	struct store_options options = {
		.path = log_path,
		.create = true,
		.digest = with_digest ? &digest : NULL,
		.manual = manual,
		.rebuild = rebuild,
	};
	char error[STORE_ERROR_SIZE] = "";

	seq = 0;
	tickets = waiting = last_date = counter = 0;
	if (store_open(&store, &options, ignore, NULL, error) < 0)
		fail_msg("%s", error);
}

static void append(enum event_type type, const char *text, int64_t date)
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

static void open_day(int64_t date, int count)
{
	append(EVENT_DAY_OPENED, NULL, date);
	for (int i = 0; i < count; i++)
		append(EVENT_TICKET_ISSUED, NULL, 0);
}

static void settle(void)
{
	if (manual)
		assert_int_equal(store_step(store), 0);
	assert_int_equal(store_flush(store), STORE_OK);
	store_flush_days(store);
}

static void close_log(void)
{
	settle();
	store_close(store);
	store = NULL;
	assert_int_equal(makers_alive, 0);
}

/* Rows 1-8: definitions and the first day; 9-14: a queue renamed, the second; 15-16: a third one
 * without tickets; 17-19: another boot, the date of the third again; 20-22: open. */
static void write_log(void)
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

enum { MAX_DAYS = 16 };

struct taken {
	struct store_day days[MAX_DAYS];
	char parts[MAX_DAYS][STORE_DIGEST_PARTS][256];
	size_t count;
};

static int take(void *user, const struct store_day *day)
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

static struct store_days_query all_days(void)
{
	return (struct store_days_query){.parts = 0xffff, .digest = &digest};
}

static struct taken read_days(const struct store_days_query *query)
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

static size_t count_kept(const struct taken *taken)
{
	size_t kept = 0;

	for (size_t i = 0; i < taken->count; i++)
		kept += taken->days[i].kept;
	return kept;
}

static void assert_same(const struct taken *one, const struct taken *other)
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

static struct taken recount(void)
{
	struct store_days_query query = all_days();

	query.recount = true;
	return read_days(&query);
}

/* What write_log() wrote, from the events alone and by hand. */
static void assert_right(const struct taken *taken)
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

static int verify(struct store_verify_result *ret)
{
	const struct store_verify_options options = {.digest = &digest};

	return store_verify_with(log_path, &options, ret);
}

static void assert_verifies(void)
{
	struct store_verify_result result;

	if (verify(&result) != 0)
		fail_msg("%s", result.detail);
}

static int ask_log(const char *sql)
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

static bool list_is_whole(void)
{
	return ask_log("SELECT count(*) FROM projection WHERE name = 'context'") == 1;
}

/* ---- the tests ---- */

static void kept_days_are_the_counted_ones(void **state)
{
	struct store_days_query query = all_days();
	struct taken kept, counted;

	(void)state;
	write_log();
	close_log();
	counted = recount();
	assert_right(&counted);
	assert_int_equal(count_kept(&counted), 0);
	assert_int_equal(events_given, 22);
	kept = read_days(&query);
	assert_right(&kept);
	assert_same(&kept, &counted);
	assert_int_equal(count_kept(&kept), 4);
	assert_int_equal(events_given, 5 + 2); /* what the open day needs to know, and itself */
	assert_verifies();
}

/* By the thread, beside the writer. */
static void a_thread_keeps_them(void **state)
{
	struct store_days_query query = all_days();
	struct taken kept, counted;

	(void)state;
	manual = false;
	write_log();
	settle();
	kept = read_days(&query);
	assert_int_equal(count_kept(&kept), 4);
	append(EVENT_DAY_CLOSED, NULL, 20260104);
	settle();
	kept = read_days(&query);
	assert_int_equal(count_kept(&kept), 5);
	close_log();
	manual = true;
	counted = recount();
	assert_same(&kept, &counted);
	assert_verifies();
}

static void ranges_and_parts(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	for (int counted = 0; counted < 2; counted++) {
		query = all_days();
		query.recount = counted;
		query.from = 20260102;
		query.to = 20260103;
		query.parts = 1 << 3;
		taken = read_days(&query);
		assert_int_equal(taken.count, 3);
		assert_int_equal(taken.days[0].first_seq, 9);
		assert_int_equal(taken.days[0].parts[0].size, 0);
		assert_int_equal(taken.days[0].parts[3].size, 3);
		assert_string_equal(taken.parts[0][3], "\5\6\7");
		query.from = 20260104;
		query.to = 0;
		assert_int_equal(read_days(&query).count, 1);
		query.from = 20260105;
		assert_int_equal(read_days(&query).count, 0);
		query.from = 20260104;
		query.to = 20260101;
		assert_int_equal(read_days(&query).count, 0);
	}
	query = all_days();
	query.digest = NULL;
	assert_int_equal(store_reader_days(NULL, &query, take, NULL), -EINVAL);
}

/* Without parts nothing is made of the events, and days of any version do. */
static void hashes_alone(void **state)
{
	struct store_days_query query = {.parts = 0};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	uint8_t hash[STORE_HASH_SIZE];
	struct taken kept, counted;

	(void)state;
	write_log();
	close_log();
	digest.version = 2;
	kept = read_days(&query);
	digest.version = 1;
	assert_int_equal(count_kept(&kept), 4);
	assert_int_equal(events_given, 0);
	query.recount = true;
	counted = read_days(&query);
	assert_same(&kept, &counted);
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(store_reader_hash_rows(reader, kept.days[i].first_seq,
							kept.days[i].last_seq, hash),
				 0);
		assert_memory_equal(hash, kept.days[i].rows, sizeof(hash));
	}
	assert_int_equal(store_reader_hash_rows(reader, 1, 7, hash), 0);
	assert_memory_not_equal(hash, kept.days[0].rows, sizeof(hash));
	assert_int_equal(store_reader_hash_rows(reader, 20, 23, hash), -EBADMSG);
	assert_int_equal(store_reader_hash_rows(reader, 0, 3, hash), -EINVAL);
	assert_int_equal(store_reader_hash_rows(reader, 4, 3, hash), -EINVAL);
	store_reader_close(reader);
}

/* Another implementation, from docs/log-format.md alone. */
static void another_implementation_agrees(void **state)
{
	char line[1024];
	int status;

	(void)state;
	write_log();
	close_log();
	snprintf(line, sizeof(line), "'%s' '%s' '%s' '%s' 4", PYTHON, VERIFIER, log_path, DOCUMENT);
	assert_int_equal(system(line), 0);
	log_execute("UPDATE kept_day SET rows = zeroblob(32) WHERE date = 20260102");
	status = system(line);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static const char older_software[] =
	"DROP TABLE kept_day; DROP TABLE kept_part; DROP TABLE context;"
	"DELETE FROM projection;";

static void a_log_of_older_software(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	log_execute(older_software);
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 0);
	assert_verifies();
	open_log(false);
	taken = read_days(&query); /* nothing was written yet */
	assert_right(&taken);
	close_log();
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 4);
	assert_true(list_is_whole());
	assert_int_equal(ask_log("SELECT count(*) FROM context"), 4);
	open_log(false);
	assert_true(list_is_whole()); /* and no start makes it again */
	close_log();
	assert_verifies();
}

/* Older software has the log for two days: it adds no days and no definitions to what is kept. */
static void older_software_for_a_while(void **state)
{
	struct store_days_query query = all_days();
	struct taken kept, counted;

	(void)state;
	write_log();
	close_log();
	open_log(false);
	append(EVENT_DAY_CLOSED, NULL, 20260104);
	append(EVENT_QUEUE_DEFINED, "Nothing", 0);
	open_day(20260105, 1);
	append(EVENT_DAY_CLOSED, NULL, 20260105);
	open_day(20260106, 1);
	close_log();
	log_execute("DELETE FROM projection; DELETE FROM context WHERE seq > 22;"
		    "DELETE FROM kept_part WHERE first_seq > 16;"
		    "DELETE FROM kept_day WHERE first_seq > 16;");
	kept = read_days(&query);
	counted = recount();
	assert_int_equal(count_kept(&kept), 3);
	assert_string_equal(kept.parts[6][0], "Nothing boot-2");
	assert_same(&kept, &counted);
	assert_verifies();
	open_log(false);
	close_log();
	kept = read_days(&query);
	assert_int_equal(count_kept(&kept), 6);
	assert_same(&kept, &counted);
	assert_true(list_is_whole());
	assert_verifies();
}

static void another_version(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	digest.version = 2;
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 0);
	assert_verifies();
	open_log(false);
	close_log();
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 4);
	digest.version = 1;
	taken = read_days(&query);
	assert_int_equal(count_kept(&taken), 0);
}

/* A daemon without a digest keeps no days, but the list of definitions. */
static void without_a_digest(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	with_digest = false;
	write_log();
	close_log();
	with_digest = true;
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 0);
	assert_verifies();
}

static const struct {
	const char *sql, *says;
} alterations[] = {
	{"UPDATE kept_part SET bytes = x'0102030a' WHERE part = 3 AND first_seq = 1",
	 "event 8: the kept day 20260101 has a digest"},
	{"UPDATE kept_part SET bytes = x'01020304ff' WHERE part = 3 AND first_seq = 1",
	 "event 8: the kept day 20260101 has a digest"},
	{"DELETE FROM kept_part WHERE part = 3 AND first_seq = 9",
	 "event 14: the kept day 20260102 lacks a part"},
	{"INSERT INTO kept_part VALUES(15, 3, x'01')",
	 "event 16: the kept day 20260103 has a digest"},
	{"INSERT INTO kept_part VALUES(15, 99, x'01')",
	 "event 16: the kept day 20260103 has a digest"},
	{"UPDATE kept_day SET rows = zeroblob(32) WHERE first_seq = 17",
	 "event 19: the kept day 20260103 has a hash"},
	{"UPDATE kept_day SET rows = x'00' WHERE first_seq = 17",
	 "event 19: the kept day 20260103 has a hash"},
	{"UPDATE kept_day SET date = 20260109 WHERE first_seq = 9",
	 "event 14: the kept day 20260102 has another date"},
	{"UPDATE kept_day SET last_seq = 13 WHERE first_seq = 9",
	 "event 14: the kept day 20260102 ends elsewhere"},
	{"DELETE FROM kept_day WHERE first_seq = 9", "event 9: begins a day"},
	{"INSERT INTO kept_day VALUES(20, 22, 20260104, 1, zeroblob(32))",
	 "event 22: the kept day 20260104 is no day of the log"},
	{"INSERT INTO kept_day VALUES(23, 99, 20260104, 1, zeroblob(32))",
	 "event 99: the kept day 20260104 is no day of the log"},
	{"INSERT INTO kept_day VALUES(10, 14, 20260102, 1, zeroblob(32))",
	 "event 14: the kept day 20260102 is no day of the log"},
	{"DELETE FROM context WHERE seq = 9", "event 9: is missing in the list of definitions"},
	{"INSERT INTO context VALUES(5)", "event 22: the list of definitions"},
};

/* And whoever counts the events is not misled. */
static void verify_names_what_was_altered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
		struct store_verify_result result;
		struct taken taken;

		write_log();
		close_log();
		assert_verifies();
		log_execute(alterations[i].sql);
		assert_int_equal(verify(&result), -EBADMSG);
		if (strncmp(result.detail, alterations[i].says, strlen(alterations[i].says)) != 0)
			fail_msg("%s: %s", alterations[i].sql, result.detail);
		if (!strstr(alterations[i].sql, "context")) {
			taken = recount();
			assert_right(&taken);
		}
		open_log(true);
		close_log();
		assert_verifies();
		log_remove_folder(NULL);
		log_make_folder(NULL);
	}
}

static void rebuild_keeps_them_all(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	log_execute(older_software);
	open_log(true);
	store_close(store); /* without a step */
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 4);
	assert_verifies();
}

/* While the days are read the open one closes, and another comes. */
static int close_meanwhile(void *user, const struct store_day *day)
{
	if (day->first_seq == 9) {
		append(EVENT_DAY_CLOSED, NULL, 20260104);
		append(EVENT_QUEUE_DEFINED, "Nothing", 0);
		open_day(20260105, 3);
		append(EVENT_DAY_CLOSED, NULL, 20260105);
		settle();
	}
	return take(user, day);
}

static void as_of_one_moment(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken = {.count = 0}, after;
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	settle();
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, close_meanwhile, &taken), 0);
	assert_right(&taken);
	store_reader_close(reader);
	close_log();
	after = read_days(&query);
	assert_int_equal(after.count, 6);
	assert_int_equal(count_kept(&after), 6);
}

/* While the days are read what is kept is made anew, of another meaning. */
static int forget_meanwhile(void *user, const struct store_day *day)
{
	if (day->first_seq == 1)
		log_execute("DELETE FROM kept_part WHERE first_seq = 9;"
			    "DELETE FROM kept_day WHERE first_seq = 9;"
			    "UPDATE kept_day SET version = 9 WHERE first_seq = 15");
	return take(user, day);
}

static void kept_days_that_go_are_counted(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken = {.count = 0};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	close_log();
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, forget_meanwhile, &taken), 0);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 2);
	store_reader_close(reader);
}

static int stop(void *user, const struct store_day *day)
{
	(void)day;
	++*(int *)user;
	return 42;
}

static void stops_when_told(void **state)
{
	struct store_days_query query = all_days();
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	int calls = 0;

	(void)state;
	write_log();
	close_log();
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, stop, &calls), 42);
	query.recount = true;
	assert_int_equal(store_reader_days(reader, &query, stop, &calls), 42);
	assert_int_equal(calls, 2);
	store_reader_close(reader);
	assert_int_equal(makers_alive, 0);
}

/* A disk with room for events but not for what is derived: the hall goes on, the day is counted,
 * and kept when there is room. */
static void no_room_for_a_day(void **state)
{
	struct store_days_query query = all_days();
	struct rlimit before, small;
	struct store_state now;
	struct taken taken;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	query.parts = 0x01ff;
	for (int threaded = 0; threaded < 2; threaded++) {
		manual = !threaded;
		write_log();
		append(EVENT_DAY_CLOSED, NULL, 20260104);
		settle();
		getrlimit(RLIMIT_FSIZE, &before);
		small = before;
		small.rlim_cur = sizeof(zeros) / 2;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		open_day(LARGE_DAY, 1);
		append(EVENT_DAY_CLOSED, NULL, LARGE_DAY);
		settle();
		open_day(20260111, 1);
		settle();
		store_get_state(store, &now);
		assert_int_equal(now.health, STORE_OK);
		assert_int_equal(now.refusals, 0);
		assert_int_equal(now.durable_seq, 28);
		taken = read_days(&query);
		assert_int_equal(count_kept(&taken), 5);
		assert_int_equal(taken.count, 7);
		assert_int_equal(taken.days[5].last_seq, 26);
		setrlimit(RLIMIT_FSIZE, &before);
		append(EVENT_DAY_CLOSED, NULL, 20260111);
		close_log();
		taken = read_days(&query);
		assert_int_equal(count_kept(&taken), 7);
		assert_verifies();
		log_remove_folder(NULL);
		log_make_folder(NULL);
	}
	manual = true;
}

struct seqs {
	uint64_t list[16];
	size_t count;
};

static int take_seq(void *user, const struct store_row *row)
{
	struct seqs *seqs = user;

	seqs->list[seqs->count++] = row->event.seq;
	return 0;
}

static void definitions(void **state)
{
	static const uint64_t all[] = {1, 2, 9, 17};
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	close_log();
	for (int listed = 1; listed >= 0; listed--) {
		struct seqs seqs = {.count = 0};
		struct store_reader *reader;

		if (!listed)
			log_execute(older_software);
		assert_int_equal(store_reader_open(&reader, log_path, error), 0);
		assert_int_equal(store_reader_context(reader, 0, UINT64_MAX, take_seq, &seqs), 0);
		assert_int_equal(seqs.count, 4);
		assert_memory_equal(seqs.list, all, sizeof(all));
		seqs.count = 0;
		assert_int_equal(store_reader_context(reader, 2, 9, take_seq, &seqs), 0);
		assert_int_equal(seqs.count, 2);
		assert_memory_equal(seqs.list, all + 1, 2 * sizeof(all[0]));
		store_reader_close(reader);
	}
}

static void a_log_without_days(void **state)
{
	struct store_days_query query = all_days();

	(void)state;
	open_log(false);
	close_log();
	assert_int_equal(read_days(&query).count, 0);
	assert_verifies();
	open_log(false);
	append(EVENT_DAEMON_STARTED, "boot-1", 0);
	close_log();
	assert_int_equal(read_days(&query).count, 0);
	assert_verifies();
	open_log(true);
	close_log();
	assert_verifies();
}

static void a_damaged_event_is_named(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken = {.count = 0};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	close_log();
	log_execute("UPDATE event SET payload = 'x' WHERE seq = 12");
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, take, &taken), 0);
	query.recount = true;
	assert_int_equal(store_reader_days(reader, &query, take, &taken), -EBADMSG);
	assert_non_null(strstr(store_reader_detail(reader), "event 12 is damaged"));
	store_reader_close(reader);
	log_execute("DELETE FROM event WHERE seq = 11");
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, take, &taken), -EBADMSG);
	assert_string_equal(store_reader_detail(reader), "event 11: is missing");
	store_reader_close(reader);
	assert_int_equal(makers_alive, 0);
}

/* A day whose opening was taken out of the log, kept or not, is not passed over. */
static void holes_are_named(void **state)
{
	static const struct {
		const char *sql, *kept, *counted;
	} holes[] = {
		{"DELETE FROM event WHERE seq = 10",
		 "event 9: no day was opened for it, or what is kept of it is another log's",
		 "event 10: is missing"},
		{"DELETE FROM event WHERE seq = 18",
		 "event 18: is missing", /* the open day begins there then */
		 "event 18: is missing"},
		{"DELETE FROM event WHERE seq = 20", "event 20: is missing",
		 "event 20: is missing"},
		{"DELETE FROM event WHERE type = 10", "event 3: is missing", "event 3: is missing"},
		{"DELETE FROM event WHERE seq = 9", "event 9: is missing", "event 9: is missing"},
		{"DELETE FROM event WHERE seq = 16", NULL, "event 16: is missing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
		for (int counted = 0; counted < 2; counted++) {
			struct store_days_query query = all_days();
			struct taken taken = {.count = 0};
			struct store_reader *reader;
			char error[STORE_ERROR_SIZE];
			const char *says = counted ? holes[i].counted : holes[i].kept;

			query.recount = counted;
			write_log();
			close_log();
			log_execute(holes[i].sql);
			assert_int_equal(store_reader_open(&reader, log_path, error), 0);
			assert_int_equal(store_reader_days(reader, &query, take, &taken),
					 says ? -EBADMSG : 0);
			if (says)
				assert_string_equal(store_reader_detail(reader), says);
			store_reader_close(reader);
			log_remove_folder(NULL);
			log_make_folder(NULL);
		}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, log_make_folder, log_remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(kept_days_are_the_counted_ones),
		TEST(a_thread_keeps_them),
		TEST(ranges_and_parts),
		TEST(hashes_alone),
		TEST(another_implementation_agrees),
		TEST(a_log_of_older_software),
		TEST(older_software_for_a_while),
		TEST(another_version),
		TEST(without_a_digest),
		TEST(verify_names_what_was_altered),
		TEST(rebuild_keeps_them_all),
		TEST(as_of_one_moment),
		TEST(kept_days_that_go_are_counted),
		TEST(stops_when_told),
		TEST(no_room_for_a_day),
		TEST(definitions),
		TEST(a_log_without_days),
		TEST(a_damaged_event_is_named),
		TEST(holes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
