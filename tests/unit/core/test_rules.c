/* The rules of the line. The ageing bound is counted by this test itself, in random halls of
 * several queues, classes and skills: from the commands and the order of arrival alone, first come
 * first served, whoever was passed over. The other rules are told by short scripts.
 *
 * --broken: succeeds if the bound does not hold; for a core that is broken on purpose. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/world.h"

enum { SEEDS = 60, STEPS = 500, MOST = 512, WINDOWS = 3, OVERTAKES = 2, AGE_MS = 60000 };

/* ---- the ageing bound ------------------------------------------------------------------------ */

/* What a citizen with a ticket would note down. */
struct citizen {
	int64_t arrival, since, waited, passed;
	bool waiting, needs_skill;
	char queue[CORE_ID_SIZE];
};

struct day {
	struct hall *hall;
	struct citizen citizens[MOST];
	int64_t count, now;
	uint64_t random;
	struct decision decision;
	const char *wrong;
	int64_t most_passed, by_count, by_time, refused; /* how often each thing was seen */
};

static const char *const window_queues[WINDOWS] = {"issue,general", "general,issue", "general"};

static uint32_t draw(struct day *day, uint32_t below)
{
	day->random = day->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(day->random >> 33) % below;
}

static int run(struct day *day, struct command command)
{
	return world_run(day->hall, &command, &day->decision);
}

static struct hall *open_hall(bool with_skill)
{
	struct command command;
	struct hall *hall;

	assert_int_equal(hall_create(&hall), 0);
	world_do(hall, world_queue(1, "general", "A", 1, 999));
	world_do(hall, world_queue(1, "issue", "B", 1, 999));
	for (int i = 0; i < WINDOWS; i++)
		world_do(hall, world_window(2, i + 1, window_queues[i]));
	command = world_item(3, "tax", "general");
	strcpy(command.u.define_item.skill, with_skill ? "tax" : "");
	world_do(hall, command);
	command = world_command(COMMAND_DEFINE_CLERK, 3);
	strcpy(command.u.define_clerk.clerk, "li");
	strcpy(command.u.define_clerk.zh, "李");
	strcpy(command.u.define_clerk.en, "Li");
	strcpy(command.u.define_clerk.skills, "taxi,tax");
	world_do(hall, command);
	world_do(hall, world_open(4, 20260105));
	command = world_at(5, COMMAND_SIGN_IN, 2);
	strcpy(command.u.at_window.clerk, "li");
	world_do(hall, command);
	return hall;
}

static void set_policy(struct hall *hall, int64_t t, int64_t overtakes, int64_t age_ms)
{
	struct command command = world_command(COMMAND_DEFINE_POLICY, t);

	command.u.define_policy.overtakes = overtakes;
	command.u.define_policy.age_ms = age_ms;
	world_do(hall, command);
}

static bool could_be_called(const struct citizen *citizen, int64_t window)
{
	return citizen->waiting && strstr(window_queues[window - 1], citizen->queue) &&
	       (!citizen->needs_skill || window == 2);
}

static int64_t waited(const struct day *day, const struct citizen *citizen)
{
	return citizen->waited + (citizen->waiting ? day->now - citizen->since : 0);
}

static bool came_before(const struct day *day, int64_t a, int64_t b)
{
	const struct citizen *x = &day->citizens[a], *y = &day->citizens[b];

	return x->arrival != y->arrival ? x->arrival < y->arrival : a < b;
}

static void begin_wait(struct day *day, int64_t i)
{
	day->citizens[i].waiting = true;
	day->citizens[i].since = day->now;
}

static void end_wait(struct day *day, int64_t i)
{
	day->citizens[i].waited = waited(day, &day->citizens[i]);
	day->citizens[i].waiting = false;
}

/* A call of citizen i: everybody looks who was passed over. */
static void watch_call(struct day *day, int64_t i, const struct event_ticket_called *called)
{
	int64_t passed = 0;

	for (int64_t k = 0; k < day->count; k++) {
		struct citizen *citizen = &day->citizens[k];

		if (k == i || !could_be_called(citizen, called->window) || !came_before(day, k, i))
			continue;
		passed++;
		if (waited(day, citizen) >= AGE_MS)
			day->wrong = "one who had waited long enough was overtaken";
		if (++citizen->passed > OVERTAKES)
			day->wrong = "one was overtaken more often than allowed";
		if (citizen->passed > day->most_passed)
			day->most_passed = citizen->passed;
	}
	if (passed != called->overtaken)
		day->wrong = "a call counts those it passes over wrongly";
	if (hall_find_ticket(day->hall, i + 1)->overtaken != day->citizens[i].passed)
		day->wrong = "a ticket counts wrongly how often it was overtaken";
	day->by_count += called->reason == CALL_AGEING_COUNT;
	day->by_time += called->reason == CALL_AGEING_TIME;
	if (day->citizens[i].waiting)
		end_wait(day, i);
}

static void watch(struct day *day)
{
	for (size_t i = 0; i < day->decision.count; i++) {
		const struct event *event = &day->decision.events[i];
		int64_t who = event_ticket(event) - 1;

		switch (event->type) {
		case EVENT_TICKET_CALLED: watch_call(day, who, &event->u.ticket_called); break;
		case EVENT_TICKET_TRANSFERRED:
			if (day->citizens[who].waiting)
				end_wait(day, who);
			strcpy(day->citizens[who].queue, event->u.ticket_transferred.to);
			begin_wait(day, who);
			break;
		case EVENT_TICKET_RESUMED: begin_wait(day, who); break;
		default: break;
		}
	}
}

static void issue(struct day *day)
{
	struct citizen *citizen = &day->citizens[day->count];
	struct command command = world_issue(day->now, draw(day, 3) ? "general" : "issue",
					     (enum ticket_class)draw(day, CLASS_COUNT));

	/* Some press earlier than they are written down. */
	command.u.issue.arrival_ms -= draw(day, 4) ? 0 : draw(day, 2000);
	snprintf(command.u.issue.token, CORE_TOKEN_SIZE, "%032" PRIx64, (uint64_t)day->count + 1);
	citizen->needs_skill = !strcmp(command.u.issue.queue, "general") && !draw(day, 6);
	if (citizen->needs_skill)
		strcpy(command.u.issue.item, "tax");
	strcpy(citizen->queue, command.u.issue.queue);
	if (day->count == MOST - 1 || run(day, command) != 0)
		return;
	begin_wait(day, day->count);
	citizen->arrival = citizen->since = command.u.issue.arrival_ms;
	day->count++;
}

static void step(struct day *day)
{
	static const enum command_type at_window[] = {COMMAND_CALL_NEXT, COMMAND_CALL_NEXT,
						      COMMAND_CALL_NEXT, COMMAND_START,
						      COMMAND_FINISH,	 COMMAND_PARK,
						      COMMAND_NO_SHOW,	 COMMAND_TRANSFER,
						      COMMAND_RESUME,	 COMMAND_RESUME};
	enum command_type type = at_window[draw(day, sizeof(at_window) / sizeof(at_window[0]))];
	int64_t window = 1 + draw(day, WINDOWS);
	struct command command;

	day->now += draw(day, 6000);
	if (draw(day, 5) < 2 || !day->count) {
		issue(day);
		return;
	}
	command = world_at(day->now, type, window);
	if (type == COMMAND_RESUME)
		command.u.at_window.ticket = 1 + draw(day, (uint32_t)day->count);
	if (type == COMMAND_RESUME && !draw(day, 2))
		command.u.at_window.window = 0;
	if (type == COMMAND_TRANSFER)
		strcpy(command.u.at_window.queue, draw(day, 2) ? "general" : "issue");
	if (run(day, command) == 0)
		watch(day);
	else
		day->refused += day->decision.refusal == REFUSAL_AGEING;
}

/* NULL, or how the bound was broken. total: what was seen, added up. */
static const char *bound_holds(uint64_t seed, struct day *total)
{
	struct day *day = calloc(1, sizeof(*day));
	const char *wrong;

	assert_non_null(day);
	day->random = seed;
	day->now = 10;
	day->hall = open_hall(true);
	set_policy(day->hall, 9, OVERTAKES, AGE_MS);
	for (int i = 0; i < STEPS && !day->wrong; i++)
		step(day);
	wrong = day->wrong ? day->wrong : hall_check(day->hall);
	total->by_count += day->by_count;
	total->by_time += day->by_time;
	total->refused += day->refused;
	if (day->most_passed > total->most_passed)
		total->most_passed = day->most_passed;
	hall_destroy(day->hall);
	free(day);
	return wrong;
}

static void test_ageing_bound(void **state)
{
	struct day *total = calloc(1, sizeof(*total));

	(void)state;
	assert_non_null(total);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const char *wrong = bound_holds(seed, total);

		if (wrong)
			fail_msg("seed %" PRIu64 ": %s", seed, wrong);
	}
	/* The bound is reached, and each way of keeping it was taken. */
	assert_int_equal(total->most_passed, OVERTAKES);
	assert_true(total->by_count > 0 && total->by_time > 0 && total->refused > 0);
	free(total);
}

/* ---- the other rules, by script -------------------------------------------------------------- */

static struct hall *hall;
static struct decision decision;

static int set_up(void **state)
{
	(void)state;
	hall = open_hall(true);
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
}

/* Who is guarded does not go before one who came earlier and would be called anyhow. */
static void test_guarded_but_later(void **state)
{
	(void)state;
	set_policy(hall, 9, 1, 0);
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
	set_policy(hall, 9, -1, 1000);
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
	assert_int_equal(say("call-next at=25 window=3"), REFUSAL_NONE);
	assert_string_equal(number(), "A901");
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ageing_bound),
#define RULE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		RULE(test_skills),
		RULE(test_guarded_but_later),
		RULE(test_wait_over_reboots),
		RULE(test_reasons_of_a_call),
		RULE(test_appointments),
		RULE(test_range_and_spare),
		RULE(test_quotas),
		RULE(test_closing),
		RULE(test_no_shows),
	};

	if (argc > 1 && !strcmp(argv[1], "--broken")) {
		struct day *total = calloc(1, sizeof(*total));
		const char *wrong = NULL;

		for (uint64_t seed = 1; total && seed <= SEEDS && !wrong; seed++)
			wrong = bound_holds(seed, total);
		free(total);
		printf("%s\n", wrong ? wrong : "the bound holds");
		return wrong ? 0 : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
