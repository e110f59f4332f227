/* Online filings and frozen baselines: when they are taken, and what is refused aloud. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/world.h"

static struct hall *hall;
static struct decision decision;

/* Three days were closed; none is open. */
static int set_up(void **state)
{
	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	world_do(hall, world_queue(1, "general", "A", 1, 999));
	world_do(hall, world_queue(1, "issue", "B", 1, 999));
	world_do(hall, world_item(1, "passport", "general"));
	world_do(hall, world_window(1, 1, "general,issue"));
	for (int64_t date = 20260105; date <= 20260107; date++) {
		world_do(hall, world_open(2, date));
		world_do(hall, world_command(COMMAND_CLOSE_DAY, 3));
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_null(hall_check(hall));
	hall_destroy(hall);
	return 0;
}

static void assert_refused(struct command command, enum refusal refusal, const char *detail)
{
	uint64_t digest = hall_digest(hall);

	assert_int_equal(world_run(hall, &command, &decision), -1);
	if (decision.refusal != refusal || !strstr(decision.detail, detail))
		fail_msg("wanted %s (%s), got %s (%s)", refusal_code(refusal), detail,
			 refusal_code(decision.refusal), decision.detail);
	assert_int_equal(hall_digest(hall), digest);
}

/* ---- online filings ------------------------------------------------------------------------- */

static struct command filing(const char *item, const char *case_ref, int64_t filed)
{
	struct command command = world_command(COMMAND_FILE_ONLINE, 100);

	strcpy(command.u.file_online.item, item);
	strcpy(command.u.file_online.case_ref, case_ref);
	command.u.file_online.filed = filed;
	return command;
}

static void test_filings_at_any_time(void **state)
{
	int64_t now = world_stamp(100).wall_ms;
	struct command command = filing("passport", "案 7", now);

	(void)state;
	/* At night, twice, years late, of an item that is retired; and on an open day. */
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 1);
	assert_int_equal(decision.events[0].type, EVENT_ONLINE_FILING);
	assert_string_equal(decision.events[0].u.online_filing.case_ref, "案 7");
	assert_int_equal(decision.events[0].u.online_filing.filed, now);
	assert_int_equal(event_ticket(&decision.events[0]), 0);
	world_do(hall, command);
	world_do(hall, filing("passport", "案 8", 946684800000));
	command = world_item(101, "passport", "general");
	command.u.define_item.retired = true;
	world_do(hall, command);
	world_do(hall, filing("passport", "案 9", now));
	world_do(hall, world_open(102, 20260108));
	world_do(hall, filing("passport", "案 10", now));
	assert_int_equal(hall_ticket_count(hall), 0);
}

static void test_filings_that_are_none(void **state)
{
	int64_t now = world_stamp(100).wall_ms;

	(void)state;
	assert_refused(filing("passport", "", now), REFUSAL_INVALID, "case_ref");
	assert_refused(filing("passport", "1", now + 1), REFUSAL_INVALID, "filed_at");
	assert_refused(filing("passport", "1", -1), REFUSAL_INVALID, "filed_at");
	assert_refused(filing("passport", "1", 0), REFUSAL_INVALID, "filed_at");
	assert_refused(filing("passport", "1", now / 1000), REFUSAL_INVALID, "filed_at");
	assert_refused(filing("passport", "1", 946684799999), REFUSAL_INVALID, "filed_at");
	assert_refused(filing("", "1", now), REFUSAL_ITEM_UNKNOWN, "\"\"");
	assert_refused(filing("tax", "1", now), REFUSAL_ITEM_UNKNOWN, "tax");
}

/* ---- baselines ------------------------------------------------------------------------------ */

static struct command freeze(const char *name, int64_t from, int64_t to, int64_t days)
{
	return world_freeze(100, name, from, to, days, 0);
}

static void test_a_name_once(void **state)
{
	struct command command = freeze("before", 20260105, 20260107, 3);

	(void)state;
	world_do(hall, command);
	assert_int_equal(hall_baseline_count(hall), 1);
	assert_string_equal(hall_find_baseline(hall, "before")->name, "before");
	assert_int_equal(hall_baseline(hall, 0)->seq, hall_seq(hall));
	assert_null(hall_baseline(hall, 1));
	assert_null(hall_find_baseline(hall, "befor"));
	assert_refused(command, REFUSAL_BASELINE_TAKEN, "before");
	assert_refused(freeze("before", 20260105, 20260105, 1), REFUSAL_BASELINE_TAKEN, "");
	/* The same days under another name: that is how one is superseded. */
	world_do(hall, freeze("before-2", 20260105, 20260107, 3));
	assert_refused(freeze("", 20260105, 20260107, 3), REFUSAL_INVALID, "name");
	assert_refused(freeze("Before", 20260105, 20260107, 3), REFUSAL_INVALID, "name");
	assert_refused(freeze("-before", 20260105, 20260107, 3), REFUSAL_INVALID, "name");
}

static void test_only_what_is_over(void **state)
{
	(void)state;
	assert_refused(freeze("b", 20260105, 20260108, 3), REFUSAL_PERIOD_OPEN, "20260108");
	assert_refused(freeze("b", 20260107, 20260105, 3), REFUSAL_INVALID, "not behind");
	assert_refused(freeze("b", 20260100, 20260107, 3), REFUSAL_INVALID, "must be dates");
	assert_refused(freeze("b", 20260105, 20260229, 3), REFUSAL_INVALID, "must be dates");
	assert_refused(freeze("b", 20260101, 20260104, 0), REFUSAL_PERIOD_EMPTY, "");
	assert_refused(freeze("b", 20260105, 20260107, 2), REFUSAL_INVALID, "3 were closed");
	world_do(hall, freeze("b1", 20251201, 20260105, 1));
	/* A weekend behind them is over when the next day is open. */
	world_do(hall, world_open(101, 20260112));
	world_do(hall, freeze("b2", 20260105, 20260111, 3));
	assert_refused(freeze("b", 20260105, 20260112, 3), REFUSAL_PERIOD_OPEN, "20260112 is open");
	assert_refused(freeze("b", 20260113, 20260114, 1), REFUSAL_PERIOD_OPEN, "20260114");
}

/* By an operator's word a day of before is open again. */
static void test_a_day_that_was_opened_again(void **state)
{
	struct command command = world_open(101, 20260106);

	(void)state;
	command.u.open_day.operator_word = true;
	world_do(hall, command);
	assert_refused(freeze("b", 20260105, 20260107, 3), REFUSAL_PERIOD_OPEN, "20260106 is open");
	world_do(hall, freeze("b1", 20260105, 20260105, 1));
	world_do(hall, freeze("b2", 20260107, 20260107, 1));
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 102));
	world_do(hall, freeze("b3", 20260105, 20260107, 3));
}

static void test_control_queues(void **state)
{
	struct command command = freeze("b", 20260105, 20260107, 3);
	char *control = command.u.freeze_baseline.frozen.control;

	(void)state;
	strcpy(control, "issue,departments");
	assert_refused(command, REFUSAL_QUEUE_UNKNOWN, "departments");
	strcpy(control, "issue,issue");
	assert_refused(command, REFUSAL_INVALID, "control: at \"issue\"");
	strcpy(control, "issue,");
	assert_refused(command, REFUSAL_INVALID, "control");
	memset(control, 'a', sizeof(command.u.freeze_baseline.frozen.control));
	assert_refused(command, REFUSAL_INVALID, "control");
	memset(control, 0, sizeof(command.u.freeze_baseline.frozen.control));
	strcpy(control, "issue,general");
	world_do(hall, command);
}

static void test_facts_that_are_none(void **state)
{
	const struct command good = freeze("b", 20260105, 20260107, 3);
	struct command command = good;
	struct event_baseline_frozen *frozen = &command.u.freeze_baseline.frozen;

	(void)state;
	frozen->first_seq = 0;
	assert_refused(command, REFUSAL_INVALID, "first_seq");
	frozen->first_seq = frozen->last_seq + 1;
	assert_refused(command, REFUSAL_INVALID, "first_seq");
	command = good;
	frozen->last_seq = (int64_t)hall_seq(hall) + 1;
	assert_refused(command, REFUSAL_INVALID, "last_seq");
	frozen->last_seq = (int64_t)hall_seq(hall);
	frozen->figures[63] = 'F';
	assert_refused(command, REFUSAL_INVALID, "figures");
	frozen->figures[63] = '\0';
	assert_refused(command, REFUSAL_INVALID, "figures");
	command = good;
	frozen->figures_version = 0;
	assert_refused(command, REFUSAL_INVALID, "figures_version");
	command = good;
	frozen->visits = -1;
	assert_refused(command, REFUSAL_INVALID, "visits");
	world_do(hall, good);
}

/* ---- parts ---------------------------------------------------------------------------------- */

static void test_parts_are_told_in_order(void **state)
{
	struct command command = world_freeze(100, "b", 20260105, 20260107, 3, 60);

	(void)state;
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 61);
	for (int i = 0; i < 60; i++) {
		const struct event_baseline_part *part = &decision.events[i + 1].u.baseline_part;

		assert_int_equal(decision.events[i + 1].type, EVENT_BASELINE_PART);
		assert_string_equal(part->name, "b");
		assert_int_equal(part->part, i + 1);
		assert_int_equal(part->about, world_parts[i].about);
		assert_string_equal(part->text, world_parts[i].text);
	}
	assert_int_equal(hall_find_baseline(hall, "b")->told, 60);
	command = world_freeze(100, "c", 20260105, 20260107, 3, 61);
	assert_refused(command, REFUSAL_INVALID, "parts: allowed are 0 to 60");
	command = world_freeze(100, "c", 20260105, 20260107, 3, 1);
	command.u.freeze_baseline.parts = NULL;
	assert_refused(command, REFUSAL_INVALID, "parts");
}

static void test_parts_that_are_none(void **state)
{
	static const char *const texts[] = {"",	    "1=\"general\"", "1=General", "1=a\\",
					    "1= a", "a\n",	     "事项=1"};
	struct event_baseline_part parts[2] = {world_parts[0], world_parts[2]};
	struct command command = world_freeze(100, "b", 20260105, 20260107, 3, 2);

	(void)state;
	command.u.freeze_baseline.parts = parts;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		strcpy(parts[1].text, texts[i]);
		assert_refused(command, REFUSAL_INVALID, "part 2: must be ids and numbers");
	}
	memset(parts[1].text, 'a', sizeof(parts[1].text));
	assert_refused(command, REFUSAL_INVALID, "part 2");
	parts[1] = world_parts[2];
	parts[1].about = BASELINE_LIST_COUNT;
	assert_refused(command, REFUSAL_INVALID, "part 2");
	parts[1] = world_parts[0];
	parts[0] = world_parts[2];
	assert_refused(command, REFUSAL_INVALID,
		       "part 2: must be ids and numbers of 1 to 759 bytes, "
		       "windows before items");
	parts[0] = world_parts[0];
	parts[1] = world_parts[2];
	memset(parts[1].text, 'a', sizeof(parts[1].text) - 1);
	parts[1].text[sizeof(parts[1].text) - 1] = '\0';
	world_do(hall, command);
}

/* What a command leaves behind its texts, and in the names and numbers of parts, is no fact. */
static void test_parts_are_the_freeze_s(void **state)
{
	struct event_baseline_part part = {.name = "another", .part = 99, .text = "1=general"};
	struct command command = world_freeze(100, "b", 20260105, 20260107, 3, 1);

	(void)state;
	command.u.freeze_baseline.parts = &part;
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_string_equal(decision.events[1].u.baseline_part.name, "b");
	assert_int_equal(decision.events[1].u.baseline_part.part, 1);
}

static void test_so_many_and_no_more(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < CORE_MAX_BASELINES; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		world_do(hall, freeze(name, 20260105, 20260107, 3));
	}
	assert_int_equal(hall_baseline_count(hall), CORE_MAX_BASELINES);
	assert_refused(freeze("more", 20260105, 20260107, 3), REFUSAL_TOO_MANY, "at most 256");
	assert_refused(freeze("b255", 20260105, 20260107, 3), REFUSAL_BASELINE_TAKEN, "b255");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_filings_at_any_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_filings_that_are_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_name_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_what_is_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_day_that_was_opened_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_control_queues, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_facts_that_are_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_parts_are_told_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_parts_that_are_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_parts_are_the_freeze_s, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_so_many_and_no_more, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
