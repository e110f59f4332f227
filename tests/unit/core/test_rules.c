/* The rules of the line, each told by a short script. The ageing bound is in test_ageing.c. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/rules_hall.h"
#include "tests/unit/core/world.h"

static struct hall *hall;
static struct decision decision;

static int set_up(void **state)
{
	(void)state;
	hall = rules_hall();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_null(hall_check(hall));
	hall_destroy(hall);
	return 0;
}

static int64_t eight_ms(void)
{
	return world_stamp(0).wall_ms;
}

/* Runs a line; its wall clock goes with its moment. What it refused, or REFUSAL_NONE. */
static enum refusal say(const char *line)
{
	struct command command;

	assert_int_equal(script_read(line, &command), 0);
	command.at.wall_ms = eight_ms() + command.at.mono_ms;
	command.at.offset_min = 480;
	if (command.type == COMMAND_ISSUE) {
		snprintf(command.u.issue.token, CORE_TOKEN_SIZE, "%032" PRIx64,
			 (uint64_t)command.at.mono_ms);
		if (!command.u.issue.arrival_ms)
			command.u.issue.arrival_ms = command.at.mono_ms;
	}
	world_run(hall, &command, &decision);
	return decision.refusal;
}

static const char *number(void)
{
	assert_int_equal(decision.count, 1);
	return decision.events[0].type == EVENT_TICKET_ISSUED
		       ? decision.events[0].u.ticket_issued.number
		       : decision.events[0].u.ticket_called.number;
}

static void test_skills(void **state)
{
	(void)state;
	assert_int_equal(say("issue at=10 item=tax"), REFUSAL_NONE);
	assert_int_equal(say("issue at=11 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=12 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A002");
	assert_int_equal(decision.events[0].u.ticket_called.reason, CALL_ORDER);
	assert_int_equal(say("call-next at=13 window=1"), REFUSAL_SKILL);
	/* "taxi" is another skill. */
	assert_int_equal(say("define-clerk at=13 clerk=wu zh=吴 en=Wu skills=taxi"), REFUSAL_NONE);
	assert_int_equal(say("sign-in at=13 window=1 clerk=wu"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=13 window=1"), REFUSAL_SKILL);
	assert_int_equal(say("call-next at=14 window=2"), REFUSAL_NONE);
	assert_string_equal(number(), "A001");
	/* Nor may it be taken back where the skill is missing; by the desk it waits again. */
	assert_int_equal(say("park at=15 window=2"), REFUSAL_NONE);
	assert_int_equal(say("resume at=16 window=1 ticket=1"), REFUSAL_SKILL);
	assert_int_equal(say("resume at=16 window=2 ticket=1"), REFUSAL_NONE);
	assert_int_equal(say("park at=17 window=2"), REFUSAL_NONE);
	assert_int_equal(say("resume at=18 ticket=1"), REFUSAL_NONE);
}

/* Who is guarded does not go before one who came earlier and would be called anyhow. */
static void test_guarded_but_later(void **state)
{
	(void)state;
	rules_policy(hall, 9, 1, 0);
	assert_int_equal(say("issue at=10 item=tax class=1"), REFUSAL_NONE);
	assert_int_equal(say("issue at=11 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("issue at=12 queue=general class=1"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=13 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A003");
	assert_int_equal(hall_find_number(hall, "A002")->overtaken, 1);
	assert_int_equal(say("call-next at=14 window=2"), REFUSAL_NONE);
	assert_string_equal(number(), "A001");
	assert_int_equal(decision.events[0].u.ticket_called.reason, CALL_ORDER);
}

/* The wait goes on over a reboot; of a wrong clock between the boots one day is believed. */
static void test_wait_over_reboots(void **state)
{
	static const int64_t day_ms = 86400000;
	struct command boot = world_command(COMMAND_START_DAEMON, 5);
	const struct ticket *ticket;

	(void)state;
	rules_policy(hall, 9, -1, 1000);
	assert_int_equal(say("issue at=100 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("step-clock at=700 step_ms=1"), REFUSAL_NONE);
	strcpy(boot.u.start_daemon.boot, "two");
	boot.at.wall_ms = eight_ms() + 700 + 250;
	world_do(hall, boot);
	ticket = hall_find_number(hall, "A001");
	assert_int_equal(hall_waited_ms(ticket, 5), 850);
	assert_int_equal(say("issue at=6 queue=general class=1"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=154 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A002");
	assert_int_equal(say("issue at=154 queue=general class=1"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=155 window=2"), REFUSAL_NONE);
	assert_string_equal(number(), "A001");
	assert_int_equal(decision.events[0].u.ticket_called.reason, CALL_AGEING_TIME);
	assert_int_equal(ticket->waited_ms, 1000);
	/* A day and a half on, and back to 1970. */
	ticket = hall_find_number(hall, "A003");
	strcpy(boot.u.start_daemon.boot, "three");
	boot.at.wall_ms = eight_ms() + 155 + day_ms * 3 / 2;
	world_do(hall, boot);
	assert_int_equal(hall_waited_ms(ticket, 5), 1 + day_ms);
	strcpy(boot.u.start_daemon.boot, "four");
	boot.at.wall_ms = 0;
	world_do(hall, boot);
	assert_int_equal(hall_waited_ms(ticket, 5), 1 + day_ms);
}

/* A command that reaches the hall behind a later one is decided as of the later moment, which its
 * event has: by then the first ticket has waited long enough, and the one set aside is over. */
static void test_late_command(void **state)
{
	(void)state;
	assert_int_equal(say("define-policy at=9 overtakes=-1 age_ms=1000 aside_ms=1000"),
			 REFUSAL_NONE);
	assert_int_equal(say("issue at=10 queue=issue"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=11 window=1"), REFUSAL_NONE);
	assert_int_equal(say("no-show at=12 window=1"), REFUSAL_NONE);
	assert_int_equal(say("issue at=100 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("issue at=1100 queue=general class=1"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=1099 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A001");
	assert_int_equal(decision.events[0].at.mono_ms, 1100);
	assert_int_equal(decision.events[0].u.ticket_called.reason, CALL_AGEING_TIME);
	assert_int_equal(say("expire at=1011"), REFUSAL_NONE);
	assert_int_equal(decision.count, 1);
	assert_int_equal(decision.events[0].type, EVENT_TICKET_CLOSED);
}

static void test_reasons_of_a_call(void **state)
{
	(void)state;
	assert_int_equal(say("issue at=10 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("issue at=11 queue=general class=1"), REFUSAL_NONE);
	assert_int_equal(say("issue at=12 queue=issue"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=13 window=1"), REFUSAL_NONE);
	assert_string_equal(number(), "B001");
	assert_int_equal(decision.events[0].u.ticket_called.reason, CALL_PREFERENCE);
	assert_int_equal(decision.events[0].u.ticket_called.overtaken, 2);
	assert_int_equal(say("call-next at=14 window=2"), REFUSAL_NONE);
	assert_string_equal(number(), "A002");
	assert_int_equal(decision.events[0].u.ticket_called.reason, CALL_PRIORITY);
	assert_int_equal(decision.events[0].u.ticket_called.overtaken, 1);
}

/* An appointment goes first around its slot, and in its order of arrival otherwise. */
static void test_appointments(void **state)
{
	char line[128];

	(void)state;
	assert_int_equal(say("define-policy at=9 overtakes=-1 early_ms=1000 late_ms=2000"),
			 REFUSAL_NONE);
	for (int i = 10; i < 13; i++) {
		snprintf(line, sizeof(line), "issue at=%d queue=general", i);
		assert_int_equal(say(line), REFUSAL_NONE);
	}
	for (int i = 20; i < 23; i++) {
		snprintf(line, sizeof(line),
			 "issue at=%d queue=general class=2 slot_from=%" PRId64 " slot_to=%" PRId64,
			 i, eight_ms() + 5000, eight_ms() + 6000);
		assert_int_equal(say(line), REFUSAL_NONE);
	}
	/* A second before the slot begins, and two behind its end. */
	assert_int_equal(say("call-next at=3999 window=1"), REFUSAL_NONE);
	assert_string_equal(number(), "A001");
	assert_int_equal(say("call-next at=4000 window=2"), REFUSAL_NONE);
	assert_string_equal(number(), "A004");
	assert_int_equal(decision.events[0].u.ticket_called.reason, CALL_APPOINTMENT);
	assert_int_equal(say("call-next at=8000 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A005");
	assert_int_equal(say("cancel at=8001 window=3"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=8001 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A002");
}

static void test_range_and_spare(void **state)
{
	(void)state;
	assert_int_equal(say("define-queue at=9 queue=general zh=综合 en=General prefix=A first=1 "
			     "last=2 spare=B"),
			 REFUSAL_INVALID); /* another queue's prefix */
	assert_int_equal(say("define-queue at=9 queue=general zh=综合 en=General prefix=A first=1 "
			     "last=2 spare=E paper_first=900 paper_last=902"),
			 REFUSAL_NONE);
	for (int i = 0; i < 4; i++) {
		static const char *const numbers[] = {"A001", "A002", "E001", "E002"};
		char line[64];

		snprintf(line, sizeof(line), "issue at=%d queue=general", 10 + i);
		assert_int_equal(say(line), REFUSAL_NONE);
		assert_string_equal(number(), numbers[i]);
	}
	assert_int_equal(say("issue at=20 queue=general"), REFUSAL_QUEUE_FULL);
	/* The pre-printed block stands beside the range; the citizen came before this boot. */
	assert_int_equal(say("issue at=21 queue=general origin=4 paper_number=901 "
			     "arrival_ms=-600000"),
			 REFUSAL_NONE);
	assert_string_equal(number(), "A901");
	assert_int_equal(say("issue at=22 queue=general origin=4 paper_number=901"),
			 REFUSAL_PAPER_NUMBER);
	assert_int_equal(say("issue at=23 queue=general origin=4 paper_number=903"),
			 REFUSAL_PAPER_NUMBER);
	assert_int_equal(say("issue at=24 queue=general paper_number=902"), REFUSAL_INVALID);
	/* It is eight o'clock: eight hours ago the service day began. */
	assert_int_equal(say("issue at=24 queue=general origin=4 paper_number=902 "
			     "arrival_ms=-28800001"),
			 REFUSAL_INVALID);
	assert_int_equal(say("issue at=24 queue=general origin=4 paper_number=902 "
			     "arrival_ms=-28800000"),
			 REFUSAL_NONE);
	assert_int_equal(say("call-next at=25 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A902");
}

/* A range that grows past 999 writes four digits: A0005 is the number A005 still. */
static void test_wider_range(void **state)
{
	(void)state;
#define GENERAL "define-queue at=9 queue=general zh=综合 en=General prefix=A "
	assert_int_equal(say(GENERAL "first=1 last=4 paper_first=5 paper_last=6"), REFUSAL_NONE);
	assert_int_equal(say("issue at=10 queue=general origin=4 paper_number=5"), REFUSAL_NONE);
	assert_string_equal(number(), "A005");
	assert_int_equal(say(GENERAL "first=5 last=1000"), REFUSAL_NONE);
	assert_int_equal(say("issue at=11 queue=general"), REFUSAL_NONE);
	assert_string_equal(number(), "A0006");
	assert_int_equal(say(GENERAL "first=7 last=1000 paper_first=5 paper_last=6"), REFUSAL_NONE);
	assert_int_equal(say("issue at=12 queue=general origin=4 paper_number=5"),
			 REFUSAL_PAPER_NUMBER);
#undef GENERAL
}

/* A date that is opened again has forgotten its tickets, but not which numbers they had: not when
 * the range now covers the block of then, nor the other way round. */
static void test_date_again_with_other_ranges(void **state)
{
	(void)state;
#define GENERAL "define-queue at=9 queue=general zh=综合 en=General prefix=A "
	assert_int_equal(say(GENERAL "first=1 last=2 paper_first=5 paper_last=6"), REFUSAL_NONE);
	assert_int_equal(say("issue at=10 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("issue at=11 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("issue at=12 queue=general origin=4 paper_number=5"), REFUSAL_NONE);
	assert_int_equal(say("close-day at=13"), REFUSAL_NONE);
	assert_int_equal(say("open-day at=14 date=20260106"), REFUSAL_NONE);
	assert_int_equal(say("close-day at=15"), REFUSAL_NONE);
	assert_int_equal(say(GENERAL "first=4 last=9 paper_first=1 paper_last=3"), REFUSAL_NONE);
	assert_int_equal(say("open-day at=16 date=20260105 operator_word=1"), REFUSAL_NONE);
	assert_int_equal(say("issue at=17 queue=general"), REFUSAL_NONE);
	assert_string_equal(number(), "A004");
	assert_int_equal(say("issue at=18 queue=general"), REFUSAL_NONE);
	assert_string_equal(number(), "A006");
	for (int i = 1; i <= 3; i++) {
		char line[80];

		snprintf(line, sizeof(line), "issue at=19 queue=general origin=4 paper_number=%d",
			 i);
		assert_int_equal(say(line), REFUSAL_PAPER_NUMBER);
	}
	assert_int_equal(say(GENERAL "first=4 last=9 paper_first=10 paper_last=11"), REFUSAL_NONE);
	assert_int_equal(say("issue at=20 queue=general origin=4 paper_number=10"), REFUSAL_NONE);
#undef GENERAL
}

static void test_quotas(void **state)
{
	(void)state;
	assert_int_equal(say("define-item at=9 item=visa zh=签证 en=Visa department=公安 "
			     "queue=general quota=3 slot_min=60 slot_quota=2"),
			 REFUSAL_NONE);
	assert_int_equal(say("define-item at=9 item=bad zh=签证 en=Visa department=公安 "
			     "queue=general slot_min=7"),
			 REFUSAL_INVALID);
	assert_int_equal(say("issue at=10 item=visa"), REFUSAL_NONE);
	assert_int_equal(say("issue at=11 item=visa"), REFUSAL_NONE);
	assert_int_equal(say("issue at=12 item=visa"), REFUSAL_QUOTA_SLOT);
	assert_int_equal(say("issue at=13 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("issue at=3599999 item=visa"), REFUSAL_QUOTA_SLOT);
	assert_int_equal(say("issue at=3600000 item=visa"), REFUSAL_NONE);
	assert_int_equal(say("issue at=3600001 item=visa"), REFUSAL_QUOTA_DAY);
	/* A cancelled one gives its place back. */
	assert_int_equal(say("cancel at=3600002 ticket=1"), REFUSAL_NONE);
	assert_int_equal(say("issue at=3600003 item=visa"), REFUSAL_NONE);
}

/* It is eight o'clock at moment 0, and 8:01 a minute later. */
static void test_closing(void **state)
{
	(void)state;
	assert_int_equal(say("define-policy at=9 overtakes=-1 closes_min=481 service_ms=20000"),
			 REFUSAL_NONE);
	for (int i = 10; i < 19; i++) {
		char line[64];

		/* Two windows serve issue: the seventh and eighth would begin at 8:01. */
		snprintf(line, sizeof(line), "issue at=%d queue=issue", i);
		assert_int_equal(say(line), i < 16 ? REFUSAL_NONE : REFUSAL_CLOSING);
	}
	assert_int_equal(say("issue at=59999 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("issue at=60000 queue=general"), REFUSAL_CLOSING);
	/* Who took a pre-printed number has one. */
	assert_int_equal(say("issue at=60000 queue=general origin=4"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=60001 window=1"), REFUSAL_NONE);
	/* Behind midnight the day is past its closing time, whatever the hour. */
	assert_int_equal(say("issue at=57600000 queue=general"), REFUSAL_CLOSING);
}

/* Called again twice, set aside for a second, then closed; meanwhile it may come back. */
static void test_no_shows(void **state)
{
	static const enum event_type types[] = {EVENT_TICKET_RECALLED, EVENT_TICKET_RECALLED,
						EVENT_TICKET_NO_SHOW};

	(void)state;
	assert_int_equal(say("define-policy at=9 overtakes=-1 recalls=2 aside_ms=1000"),
			 REFUSAL_NONE);
	assert_int_equal(say("issue at=10 queue=general"), REFUSAL_NONE);
	assert_int_equal(say("call-next at=11 window=3"), REFUSAL_NONE);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(say("no-show at=20 window=3"), REFUSAL_NONE);
		assert_int_equal(decision.events[0].type, types[i]);
	}
	assert_int_equal(hall_deadline_ms(hall), 1020);
	/* Half a second aside, a new boot, the same wall clock: half a second is left. */
	assert_int_equal(say("expire at=520"), REFUSAL_NONE);
	assert_int_equal(decision.count, 0);
	assert_int_equal(say("step-clock at=520 step_ms=-1"), REFUSAL_NONE);
	assert_int_equal(say("start-daemon at=520 boot=next software=onewindow"), REFUSAL_NONE);
	assert_int_equal(hall_deadline_ms(hall), 1020);
	assert_int_equal(say("expire at=1020"), REFUSAL_NONE);
	assert_int_equal(decision.events[0].type, EVENT_TICKET_CLOSED);
	assert_int_equal(hall_deadline_ms(hall), INT64_MAX);
	assert_int_equal(say("resume at=1021 ticket=1"), REFUSAL_TICKET_STATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		RULE(test_skills),
		RULE(test_guarded_but_later),
		RULE(test_wait_over_reboots),
		RULE(test_late_command),
		RULE(test_reasons_of_a_call),
		RULE(test_appointments),
		RULE(test_range_and_spare),
		RULE(test_wider_range),
		RULE(test_date_again_with_other_ranges),
		RULE(test_quotas),
		RULE(test_closing),
		RULE(test_no_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
