/* Freezing and finding baselines in logs of made events: lists that do not fit, dates that are
 * opened again. Hashes are held to the raw table by tests/integration/baselines.py. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/baseline.h"
#include "src/measure/digest.h"
#include "tests/unit/store/log_file.h"

enum { LONGEST = CORE_ID_SIZE - 1, MANY_ITEMS = 2000 };

static struct store *store;
static uint64_t seq;
static int64_t mono, tickets;

static int ignore(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return 0;
}

static void on_wake(void *user)
{
	(void)user;
}

static void write_event(struct event event)
{
	event.seq = ++seq;
	event.version = event_newest_version(event.type);
	mono++;
	event.at = (struct stamp){mono, 1767571200000 + mono, 480};
	strcpy(event.by, "test");
	assert_int_equal(store_append(store, &event, 1, NULL), 0);
}

static int begin(void **state)
{
	const struct store_options options = {.path = log_path,
					      .create = true,
					      .digest = &digest_maker,
					      .wake = on_wake,
					      .manual = true};
	struct event started = {.type = EVENT_DAEMON_STARTED};
	char error[STORE_ERROR_SIZE];

	if (log_make_folder(state) < 0)
		return -1;
	seq = 0;
	mono = tickets = 0;
	assert_int_equal(store_open(&store, &options, ignore, NULL, error), 0);
	strcpy(started.u.daemon_started.boot, "one");
	write_event(started);
	return 0;
}

static int end(void **state)
{
	store_close(store);
	return log_remove_folder(state);
}

/* An id of 31 characters. */
static void long_id(char ret[CORE_ID_SIZE], const char *what, int number)
{
	snprintf(ret, CORE_ID_SIZE, "%s-%0*d", what, LONGEST - (int)strlen(what) - 1, number);
}

static void define_queue(const char *id)
{
	struct event event = {.type = EVENT_QUEUE_DEFINED};

	snprintf(event.u.queue_defined.queue, CORE_ID_SIZE, "%s", id);
	strcpy(event.u.queue_defined.prefix, "A");
	event.u.queue_defined.first = 1;
	event.u.queue_defined.last = 9;
	event.u.queue_defined.work = true;
	write_event(event);
}

static void define_window(int64_t window, const char *queues)
{
	struct event event = {.type = EVENT_WINDOW_DEFINED};

	event.u.window_defined.window = window;
	snprintf(event.u.window_defined.queues, sizeof(event.u.window_defined.queues), "%s",
		 queues);
	write_event(event);
}

static void issue(const char *queue, const char *item)
{
	struct event event = {.type = EVENT_TICKET_ISSUED};

	event.u.ticket_issued.ticket = ++tickets;
	strcpy(event.u.ticket_issued.number, "A1");
	snprintf(event.u.ticket_issued.queue, CORE_ID_SIZE, "%s", queue);
	snprintf(event.u.ticket_issued.item, CORE_ID_SIZE, "%s", item);
	event.u.ticket_issued.arrival_ms = mono + 1;
	memset(event.u.ticket_issued.token, 'a', CORE_TOKEN_SIZE - 1);
	write_event(event);
}

static void call(int64_t ticket, const char *queue)
{
	struct event event = {.type = EVENT_TICKET_CALLED};

	event.u.ticket_called.ticket = ticket;
	strcpy(event.u.ticket_called.number, "A1");
	event.u.ticket_called.leg = 1;
	event.u.ticket_called.window = 1;
	event.u.ticket_called.reason = CALL_ORDER;
	snprintf(event.u.ticket_called.queue, CORE_ID_SIZE, "%s", queue);
	write_event(event);
}

static void open_day(int64_t date)
{
	struct event event = {.type = EVENT_DAY_OPENED};

	event.u.day_opened.date = date;
	event.u.day_opened.counter = 1;
	write_event(event);
}

static void close_day(int64_t date)
{
	struct event event = {.type = EVENT_DAY_CLOSED};

	event.u.day_closed.date = date;
	write_event(event);
	while (store_step(store) == 0) {
		struct store_state state;

		store_get_state(store, &state);
		if (state.durable_seq == seq)
			return;
	}
	fail();
}

static int compute(int64_t from, int64_t to, struct baseline_facts *ret,
		   char ret_error[STORE_ERROR_SIZE])
{
	struct baseline_request request = {.name = "before", .from = from, .to = to};
	struct store_reader *reader;
	int r;

	assert_int_equal(store_reader_open(&reader, log_path, ret_error), 0);
	r = baseline_compute(reader, &request, ret, ret_error);
	store_reader_close(reader);
	return r;
}

/* Writes what was computed, as the keeper does. */
static void freeze(const struct baseline_facts *facts)
{
	struct event event = {.type = EVENT_BASELINE_FROZEN};

	event.u.baseline_frozen = facts->frozen;
	write_event(event);
	for (int64_t i = 0; i < facts->frozen.parts; i++) {
		struct event part = {.type = EVENT_BASELINE_PART};

		part.u.baseline_part = facts->parts[i];
		write_event(part);
	}
	assert_int_equal(store_step(store), 0);
}

struct tally {
	int64_t entries, others, sum, least, parts;
};

static struct tally tally(const struct baseline_facts *facts, int64_t about)
{
	struct tally ret = {.least = INT64_MAX};

	for (int64_t i = 0; i < facts->frozen.parts; i++) {
		char text[CORE_PART_SIZE], *save = NULL;

		assert_int_equal(facts->parts[i].part, i + 1);
		assert_string_equal(facts->parts[i].name, "before");
		if (facts->parts[i].about != about)
			continue;
		assert_int_equal(ret.others, 0); /* nothing behind them */
		ret.parts++;
		memcpy(text, facts->parts[i].text, sizeof(text));
		assert_non_null(memchr(text, '\0', sizeof(text)));
		for (char *entry = strtok_r(text, ";", &save); entry;
		     entry = strtok_r(NULL, ";", &save)) {
			int64_t value = atoll(strrchr(entry, '=') + 1);

			if (!strncmp(entry, "(others)=", 9)) {
				ret.others = value;
				continue;
			}
			ret.entries++;
			ret.sum += value;
			if (about == BASELINE_ITEMS)
				assert_true(value <= ret.least);
			ret.least = value;
		}
	}
	return ret;
}

/* The largest hall that there can be: what does not fit is counted, and the frequent are listed. */
static void lists_that_do_not_fit(void **state)
{
	char queues[CORE_MAX_WINDOW_QUEUES * CORE_ID_SIZE] = "", id[CORE_ID_SIZE],
					     item[CORE_ID_SIZE];
	char error[STORE_ERROR_SIZE];
	struct baseline_facts facts;
	struct tally windows, items;
	int64_t issued = 0;

	(void)state;
	for (int i = 0; i < CORE_MAX_WINDOW_QUEUES; i++) {
		long_id(id, "queue", i);
		define_queue(id);
		snprintf(queues + strlen(queues), sizeof(queues) - strlen(queues), "%s%s",
			 i ? "," : "", id);
	}
	for (int64_t window = 1; window <= CORE_MAX_WINDOWS; window++)
		define_window(window, queues);
	open_day(20260105);
	for (int i = 0; i < MANY_ITEMS; i++) {
		long_id(item, "item", i);
		for (int n = 0; n <= i % 3; n++, issued++)
			issue(id, item);
	}
	issue(id, "");
	close_day(20260105);
	assert_int_equal(compute(20260105, 20260105, &facts, error), 0);
	assert_true(facts.frozen.parts <= BASELINE_MAX_PARTS);
	windows = tally(&facts, BASELINE_WINDOWS);
	items = tally(&facts, BASELINE_ITEMS);
	assert_int_equal(windows.entries, facts.frozen.windows);
	assert_int_equal(windows.parts, BASELINE_MAX_PARTS / 2);
	assert_int_equal(windows.entries + windows.others, CORE_MAX_WINDOWS);
	assert_int_equal(items.entries, facts.frozen.items);
	assert_int_equal(items.parts, BASELINE_MAX_PARTS / 2);
	assert_true(items.others > 0 && items.entries > 600);
	assert_int_equal(items.sum + items.others, issued + 1);
	baseline_facts_finish(&facts);
}

/* What fits is listed whole; a retired window is none. */
static void lists_that_fit(void **state)
{
	struct event retired = {.type = EVENT_WINDOW_DEFINED};
	char error[STORE_ERROR_SIZE];
	struct baseline_facts facts;

	(void)state;
	define_queue("general");
	define_queue("issue");
	define_window(2, "issue");
	define_window(1, "general");
	define_window(3, "general");
	retired.u.window_defined.window = 3;
	retired.u.window_defined.retired = true;
	write_event(retired);
	open_day(20260105);
	define_window(1, "general,issue");
	issue("general", "passport");
	call(1, "general");
	close_day(20260105);
	define_window(2, "general"); /* behind the period */
	open_day(20260106);
	close_day(20260106);
	assert_int_equal(compute(20260105, 20260105, &facts, error), 0);
	assert_int_equal(facts.frozen.parts, 2);
	assert_string_equal(facts.parts[0].text, "1=general+issue;2=issue");
	assert_string_equal(facts.parts[1].text, "passport=1");
	assert_int_equal(facts.frozen.windows, 2);
	assert_int_equal(facts.frozen.items, 1);
	assert_int_equal(facts.frozen.visits, 1);
	baseline_facts_finish(&facts);
}

/* What comes of a date that is opened again after the freeze is not the baseline's. */
static void opened_again(void **state)
{
	char error[STORE_ERROR_SIZE];
	struct baseline_facts facts, again, found;
	struct store_reader *reader;
	bool kept = false;

	(void)state;
	define_queue("general");
	for (int64_t date = 20260105; date <= 20260107; date++) {
		open_day(date);
		issue("general", "");
		close_day(date);
	}
	assert_int_equal(compute(20260105, 20260106, &facts, error), 0);
	freeze(&facts);
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	assert_true(kept);
	open_day(20260105);
	issue("general", "");
	assert_int_equal(store_step(store), 0);
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	assert_true(kept);
	assert_int_equal(compute(20260105, 20260106, &again, error), -EBUSY);
	close_day(20260105);
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	assert_true(kept);
	assert_int_equal(compute(20260105, 20260106, &again, error), 0);
	assert_int_equal(again.frozen.days, 2);
	assert_true(again.frozen.last_seq > facts.frozen.last_seq);
	assert_string_not_equal(again.frozen.rows, facts.frozen.rows);
	assert_string_not_equal(again.frozen.figures, facts.frozen.figures);
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(baseline_find(reader, "before", &found), 0);
	assert_memory_equal(&found.frozen, &facts.frozen, sizeof(found.frozen));
	assert_string_equal(found.parts[0].text, facts.parts[0].text);
	baseline_facts_finish(&found);
	assert_int_equal(baseline_find(reader, "behind", &found), -ENOENT);
	store_reader_close(reader);
	baseline_facts_finish(&facts);
	baseline_facts_finish(&again);
}

/* Only the events decide: what is kept of days may be missing, or wrong. */
static void kept_days_are_no_proof(void **state)
{
	char error[STORE_ERROR_SIZE];
	struct baseline_facts facts, other;
	bool kept = false;

	(void)state;
	define_queue("general");
	for (int64_t date = 20260105; date <= 20260124; date++) {
		open_day(date);
		issue("general", "");
		call(tickets, "general");
		if (date == 20260109)
			issue("general", "");
		close_day(date);
	}
	assert_int_equal(compute(20260105, 20260124, &facts, error), 0);
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	assert_true(kept);
	/* whose waits are another's: all reads well, and nothing of it is what was frozen */
	log_execute("UPDATE kept_part SET bytes = (SELECT bytes FROM kept_part AS other WHERE "
		    "other.first_seq = (SELECT first_seq FROM kept_day WHERE date = 20260109) AND "
		    "other.part = 0) WHERE part = 0 AND first_seq = (SELECT first_seq FROM "
		    "kept_day WHERE date = 20260108)");
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	assert_false(kept);
	/* and nobody freezes it */
	assert_int_equal(compute(20260105, 20260124, &other, error), -EBADMSG);
	assert_non_null(strstr(error, "2026-01-08"));
	assert_int_equal(compute(20260109, 20260124, &other, error), 0);
	baseline_facts_finish(&other);
	log_execute("UPDATE kept_day SET rows = zeroblob(32) WHERE date = 20260107");
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	assert_int_equal(compute(20260105, 20260124, &other, error), -EBADMSG);
	assert_non_null(strstr(error, "2026-01-07"));
	log_execute("UPDATE kept_day SET date = 20260125 WHERE date = 20260124");
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	log_execute("DELETE FROM kept_day");
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), 0);
	log_execute("UPDATE event SET payload = replace(payload, '\"window\":1', '\"window\":2') "
		    "WHERE seq = 17");
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), -EBADMSG);
	assert_non_null(strstr(error, "before"));
	baseline_facts_finish(&facts);
}

/* The first day whose rows are not those of its kept day is named. */
static void altered_day(void **state)
{
	char error[STORE_ERROR_SIZE];
	struct baseline_facts facts;
	bool kept = false;

	(void)state;
	define_queue("general");
	for (int64_t date = 20260105; date <= 20260124; date++) {
		open_day(date);
		issue("general", "");
		call(tickets, "general");
		close_day(date);
	}
	assert_int_equal(compute(20260105, 20260124, &facts, error), 0);
	log_execute("UPDATE event SET payload = replace(payload, '\"window\":1', '\"window\":2') "
		    "WHERE type = 21 AND seq > 20 AND seq < 30");
	assert_int_equal(baseline_check(log_path, &facts.frozen, &kept, error), -EBADMSG);
	assert_non_null(strstr(error, "2026-01-09"));
	baseline_facts_finish(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_that_do_not_fit, begin, end),
		cmocka_unit_test_setup_teardown(lists_that_fit, begin, end),
		cmocka_unit_test_setup_teardown(opened_again, begin, end),
		cmocka_unit_test_setup_teardown(kept_days_are_no_proof, begin, end),
		cmocka_unit_test_setup_teardown(altered_day, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
