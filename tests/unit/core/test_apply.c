/* Events that do not fit, states that are broken, tables that are full: apply() must say so and
 * change nothing, check() must see it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/fields.h"
#include "src/core/state.h"
#include "tests/unit/core/world.h"

enum { MOST_EVENTS = 128 };

static struct event events[MOST_EVENTS];
static size_t event_count;

/* A short day in which every type of event occurs. */
static const char *const day[] = {
	"start-daemon at=1 by=daemon boot=one software=onewindow",
	"define-hall at=2 id=hall zh=厅 en=Hall zone=Asia/Shanghai target_ms=1000",
	"define-queue at=3 queue=general zh=综合 en=General prefix=A first=1 last=9 work=1",
	"define-queue at=3 queue=issue zh=出证 en=Issue prefix=B first=1 last=9",
	"define-window at=4 window=1 zh=1号 en=One queues=general,issue",
	"define-window at=4 window=2 zh=2号 en=Two queues=issue",
	"define-item at=5 item=passport zh=护照 en=Passport department=公安 queue=general",
	"define-policy at=5 overtakes=9 age_ms=60000 recalls=0 aside_ms=2",
	"define-clerk at=5 clerk=li zh=李 en=Li skills=tax,police",
	("restore-log at=5 epoch=00000000000000000000000000000001 "
	 "before=00000000000000000000000000000002"),
	"step-clock at=5 step_ms=-3600000",
	"open-day at=6 date=20260105",
	"sign-in at=7 window=1 clerk=li",
	"issue at=10 item=passport arrival_ms=9 print=1 token=00000000000000000000000000000001",
	"issue at=11 queue=general arrival_ms=11 token=00000000000000000000000000000002",
	"issue at=12 queue=general arrival_ms=12 token=00000000000000000000000000000003",
	"print-start at=13 job=1 printer=hall-1",
	"printer-conditions at=13 printer=hall-1 conditions=2",
	"print-end at=14 job=1 printer=hall-1 outcome=4 detail=no%20answer",
	"print-settle at=15 job=1 outcome=0",
	"printer-conditions at=15 printer=hall-1",
	"call-next at=20 window=1",
	"recall at=21 window=1",
	"start at=22 window=1",
	"call-next at=23 window=1",
	"park at=24 window=1",
	"resume at=25 ticket=2 window=1",
	"no-show at=26 window=1",
	"resume at=27 ticket=2",
	"transfer at=28 ticket=2 queue=issue",
	"cancel at=29 ticket=2",
	"call-next at=30 window=1",
	"start at=31 window=1",
	"transfer at=32 window=1 queue=issue",
	"pause at=33 window=2",
	"reopen at=34 window=2",
	"help at=34 window=2",
	"help-over at=34 window=2",
	"call-next at=35 window=2",
	"cancel at=36 window=2",
	"issue at=37 queue=general arrival_ms=37 token=00000000000000000000000000000004",
	"call-next at=37 window=1",
	"no-show at=37 window=1",
	"expire at=39",
	"issue at=38 queue=general arrival_ms=38 token=00000000000000000000000000000005",
	"call-number at=38 window=1 number=5",
	"start at=38 window=1",
	"ask-rating at=38 window=1",
	"finish at=38 window=1",
	"sign-out at=38 window=1",
	"reprint at=39 ticket=1",
	"close-day at=40",
	"file-online at=41 wall=1767225600000 item=passport case_ref=7-1 filed=1767225600000",
	("freeze-baseline at=42 name=before from=20260101 to=20260105 days=1 visits=2 first_seq=1 "
	 "last_seq=9 rows=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff "
	 "figures=ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100 "
	 "figures_version=1 windows=2 items=1 control=issue parts=3"),
};

static int record_day(void **state)
{
	static struct decision decision;
	struct hall *hall;

	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	for (size_t i = 0; i < sizeof(day) / sizeof(day[0]); i++) {
		struct command command;

		assert_int_equal(script_read(day[i], &command), 0);
		if (world_run(hall, &command, &decision) < 0)
			fail_msg("%s: %s %s", day[i], refusal_code(decision.refusal),
				 decision.detail);
		for (size_t k = 0; k < decision.count; k++)
			events[event_count++] = decision.events[k];
	}
	hall_destroy(hall);
	return 0;
}

/* The hall before the nth event. */
static struct hall *hall_before(size_t n)
{
	struct hall *hall;

	assert_int_equal(hall_create(&hall), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(hall_apply(hall, &events[i]), 0);
	return hall;
}

static void assert_misfit(struct hall *hall, const struct event *event, const char *what)
{
	uint64_t digest = hall_digest(hall);

	if (hall_apply(hall, event) != -EPROTO)
		fail_msg("%s: %s was taken", event_type_name(event->type), what);
	if (hall_digest(hall) != digest)
		fail_msg("%s: %s changed the hall", event_type_name(event->type), what);
}

static void test_every_type_occurs(void **state)
{
	(void)state;
	for (int type = 0; type < 100; type++) {
		bool found = event_type_name((enum event_type)type) == NULL;

		for (size_t i = 0; i < event_count; i++)
			found |= (int)events[i].type == type;
		assert_true(found);
	}
}

static void test_out_of_turn(void **state)
{
	(void)state;
	for (size_t i = 0; i < event_count; i++) {
		struct hall *hall = hall_before(i);
		struct event event = events[i];

		event.seq--;
		assert_misfit(hall, &event, "an earlier seq");
		event.seq += 2;
		assert_misfit(hall, &event, "a later seq");
		event.seq--;
		event.version = event_newest_version(event.type) + 1;
		assert_misfit(hall, &event, "a later version");
		event.version = events[i].version;
		event.type = EVENT_RATING;
		assert_int_equal(hall_apply(hall, &event), -EPROTO);
		hall_destroy(hall);
	}
}

/* What names something in the state must name it rightly; the rest is only said. */
static bool is_free(enum event_type type, const char *key)
{
	static const struct {
		enum event_type type; /* 0 any */
		const char *keys;
	} said[] = {
		{EVENT_DAEMON_STARTED, " boot software "},
		{EVENT_HALL_DEFINED, " id zh en zone target_ms "},
		{EVENT_QUEUE_DEFINED,
		 " queue zh en prefix first last work retired spare paper_first "
		 "paper_last kind "},
		{EVENT_WINDOW_DEFINED, " window zh en queues retired "},
		{EVENT_ITEM_DEFINED, " item zh en department retired skill quota slot_min "
				     "slot_quota "},
		{EVENT_POLICY_DEFINED, " overtakes age_ms recalls aside_ms early_ms late_ms "
				       "closes_min service_ms print_ms expect expect_service "},
		{EVENT_CLERK_DEFINED, " clerk zh en skills retired "},
		{EVENT_LOG_RESTORED, " epoch before "},
		{EVENT_CLOCK_STEP, " step_ms "},
		{EVENT_DAY_OPENED, " date "},
		{EVENT_TICKET_ISSUED, " item class origin arrival_ms pre_reviewed case_ref ahead "
				      "slot_from slot_to expect_busy "},
		{EVENT_SERVICE_FINISHED, " implied "},
		{EVENT_TICKET_CALLED, " reason "},
		{EVENT_TICKET_PARKED, " correction "},
		{EVENT_TICKET_RESUMED, " window "},
		{EVENT_WINDOW_PAUSED, " window "},
		{EVENT_HELP_ASKED, " window "},
		{EVENT_CLERK_SIGNED_IN, " window clerk "},
		{EVENT_PRINT_STARTED, " printer "},
		{EVENT_PRINT_QUEUED, " printer word large "},
		{EVENT_PRINT_ENDED, " printer outcome detail cause "},
		{EVENT_PRINTER_CONDITION, " printer condition "},
		{EVENT_ONLINE_FILING, " case_ref filed "},
		{EVENT_BASELINE_FROZEN,
		 " name from to days visits first_seq last_seq rows figures figures_version "
		 "windows items control parts "},
		{EVENT_BASELINE_PART, " about text "},
	};
	char word[40];

	snprintf(word, sizeof(word), " %s ", key);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (said[i].type == type && strstr(said[i].keys, word))
			return true;
	return false;
}

static void change(struct event *event, const struct field *field, int way)
{
	static const int64_t numbers[] = {1, -1, 1000000, INT64_MIN / 2};
	char *at = (char *)event + field->offset;
	int64_t value;

	switch (field->kind) {
	case FIELD_BOOL: *(bool *)at = !*(bool *)at; break;
	case FIELD_TEXT:
		if (way == 1)
			at[0] = '\0';
		else
			strcat(at, way == 0 ? "1" : way == 2 ? "a" : "-no-such-thing");
		break;
	default:
		memcpy(&value, at, sizeof(value));
		value = field->kind == FIELD_INT ? value + numbers[way] : !value;
		memcpy(at, &value, sizeof(value));
	}
}

/* Each field of each event changed in four ways: refused, or taken and the state still holds. */
static void test_every_field_changed(void **state)
{
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < event_count; i++) {
		size_t count = 0;
		const struct field *fields = fields_of(events[i].type, events[i].version, &count);

		for (size_t k = 0; k < count * 4; k++) {
			const struct field *field = &fields[k / 4];
			struct event event = events[i];
			struct hall *hall = hall_before(i);
			char what[64];

			change(&event, field, (int)(k % 4));
			snprintf(what, sizeof(what), "%s changed in way %d", field->key,
				 (int)(k % 4));
			if (fields_equal(&event, &events[i])) {
				hall_destroy(hall);
				continue;
			}
			if (!is_free(event.type, field->key)) {
				assert_misfit(hall, &event, what);
				refused++;
			} else if (hall_apply(hall, &event) == 0 && hall_check(hall)) {
				fail_msg("%s: %s: %s", event_type_name(event.type), what,
					 hall_check(hall));
			}
			hall_destroy(hall);
		}
	}
	assert_in_range(refused, 300, 2000);
}

/* Each event in each state of the day: where it does not belong it changes nothing. */
static void test_events_elsewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < event_count; i++) {
		struct hall *hall = hall_before(i);

		for (size_t k = 0; k < event_count; k++) {
			struct event event = events[k];
			uint64_t digest = hall_digest(hall);
			struct hall *copy;

			event.seq = hall_seq(hall) + 1;
			assert_int_equal(hall_create(&copy), 0);
			assert_int_equal(hall_copy(copy, hall), 0);
			if (hall_apply(copy, &event) < 0)
				assert_int_equal(hall_digest(copy), digest);
			else if (hall_check(copy) && event.type != EVENT_QUEUE_DEFINED)
				fail_msg("%s after %zu events: %s", event_type_name(event.type), i,
					 hall_check(copy));
			hall_destroy(copy);
		}
		hall_destroy(hall);
	}
}

static void test_values_that_no_log_holds(void **state)
{
	struct hall *hall = hall_before(13);
	struct event event = events[13];

	(void)state;
	assert_int_equal(event.type, EVENT_TICKET_ISSUED);
	event.u.ticket_issued.class = CLASS_COUNT;
	assert_misfit(hall, &event, "a class");
	event = events[13];
	event.u.ticket_issued.class = -1;
	assert_misfit(hall, &event, "a class");
	event = events[13];
	event.u.ticket_issued.arrival_ms = event.at.mono_ms + 1;
	assert_misfit(hall, &event, "an arrival in the future");
	event = events[13];
	memset(event.u.ticket_issued.number, 'A', sizeof(event.u.ticket_issued.number));
	assert_misfit(hall, &event, "a number without an end");
	event = events[13];
	memset(event.by, 'a', sizeof(event.by));
	assert_misfit(hall, &event, "an asker without an end");
	event = events[13];
	strcpy(event.u.ticket_issued.item, "none");
	assert_misfit(hall, &event, "an unknown item");
	event = events[13];
	strcpy(event.u.ticket_issued.token, "short");
	assert_misfit(hall, &event, "a token");
	event = events[4];
	event.seq = hall_seq(hall) + 1;
	assert_int_equal(event.type, EVENT_WINDOW_DEFINED);
	strcpy(event.u.window_defined.queues, "general,none");
	assert_misfit(hall, &event, "an unknown queue");
	strcpy(event.u.window_defined.queues, "general,general");
	assert_misfit(hall, &event, "a queue twice");
	event.u.window_defined.window = CORE_MAX_WINDOW_NUMBER + 1;
	strcpy(event.u.window_defined.queues, "general");
	assert_misfit(hall, &event, "a window's number");
	hall_destroy(hall);
	for (size_t i = 0; i < event_count; i++) {
		if (events[i].type != EVENT_TICKET_RESUMED)
			continue;
		hall = hall_before(i);
		event = events[i];
		event.u.ticket_resumed.window = 3;
		assert_misfit(hall, &event, "an unknown window");
		hall_destroy(hall);
	}
}

static void step(struct hall *hall, const char *line)
{
	struct command command;

	assert_int_equal(script_read(line, &command), 0);
	world_do(hall, command);
}

/* One that was served here may be transferred only in the moment in which it is finished. */
static void test_a_late_transfer(void **state)
{
	struct hall *hall = hall_before(17);
	struct event event;

	(void)state;
	step(hall, "call-next at=20 window=1");
	step(hall, "start at=21 window=1");
	step(hall, "call-next at=22 window=1");
	memset(&event, 0, sizeof(event));
	event.seq = hall_seq(hall) + 1;
	event.type = EVENT_TICKET_TRANSFERRED;
	event.version = 1;
	event.at = world_stamp(23);
	event.u.ticket_transferred.ticket = 1;
	strcpy(event.u.ticket_transferred.number, "A001");
	event.u.ticket_transferred.leg = 2;
	event.u.ticket_transferred.window = 1;
	strcpy(event.u.ticket_transferred.from, "general");
	strcpy(event.u.ticket_transferred.to, "issue");
	assert_misfit(hall, &event, "a ticket that went before");
	hall_destroy(hall);
}

/* A log in which a day began while a job was under way: the job is gone with its day. */
static void test_a_day_over_a_print(void **state)
{
	struct hall *hall = hall_before(17);
	struct event event;

	(void)state;
	step(hall, "print-start at=20 job=1 printer=hall-1");
	step(hall, "close-day at=21");
	memset(&event, 0, sizeof(event));
	event.seq = hall_seq(hall) + 1;
	event.type = EVENT_DAY_OPENED;
	event.version = 1;
	event.at = world_stamp(22);
	event.u.day_opened.date = 20260106;
	event.u.day_opened.counter = 2;
	assert_int_equal(hall_apply(hall, &event), 0);
	assert_null(hall_check(hall));
	assert_int_equal(hall_job_count(hall), 0);
	hall_destroy(hall);
}

/* ---- broken states -------------------------------------------------------------------------- */

/* Ticket 1 called at window 1 with a job under way, 2 and 3 waiting, 4 parked. */
static struct hall *crowded(void)
{
	static const char *const lines[] = {
		"print-start at=15 job=1 printer=hall-1",
		"issue at=16 queue=general arrival_ms=16 "
		"token=00000000000000000000000000000004 print=1",
	};
	struct hall *hall = hall_before(17);
	struct command command;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(script_read(lines[i], &command), 0);
		world_do(hall, command);
	}
	world_do(hall, world_at(20, COMMAND_CALL_NEXT, 1));
	world_do(hall, world_at(21, COMMAND_PARK, 1));
	world_do(hall, world_at(22, COMMAND_CALL_NEXT, 1));
	assert_null(hall_check(hall));
	assert_int_equal(hall->tickets[0].state, TICKET_PARKED);
	assert_int_equal(hall->tickets[1].state, TICKET_CALLED);
	assert_int_equal(hall->tickets[2].state, TICKET_WAITING);
	assert_int_equal(hall->tickets[3].state, TICKET_WAITING);
	return hall;
}

static void break_hall(struct hall *hall, int way)
{
	struct queue_state *general = &hall->queues[0];

	switch (way) {
	case 0: general->queue.waiting[CLASS_ORDINARY]++; break;
	case 1: hall->queues[1].queue.waiting[CLASS_PRIORITY] = 1; break;
	case 2: hall->nodes[2].next = 2; break;
	case 3: hall->nodes[3].previous = NO_INDEX; break;
	case 4: general->lines[CLASS_ORDINARY].last = 2; break;
	case 5: hall->tickets[2].arrival_ms = 17; break;
	case 6: hall->tickets[2].class = CLASS_PRIORITY; break;
	case 7: hall->tickets[2].queue = 1; break;
	case 8: hall->tickets[2].state = TICKET_FINISHED; break;
	case 9: hall->tickets[0].state = TICKET_WAITING; break;
	case 10: hall->tickets[0].state = TICKET_CALLED; break;
	case 11: hall->tickets[1].state = TICKET_FINISHED; break;
	case 12: hall->windows[1].ticket = 2; break;
	case 13: hall->windows[0].ticket = 0; break;
	case 14: hall->windows[1].ticket = 77; break;
	case 15: strcpy(hall->tickets[2].number, "A002"); break;
	case 16: hall->tickets[2].id = 9; break;
	case 17: hall->tickets[2].order = 1; break;
	case 18: strcpy(hall->tickets[2].token, "x"); break;
	case 19: hall->tickets[1].called_ms = 1; break;
	case 20: hall->tickets[1].calls = 0; break;
	case 21: hall->tickets[2].calls = 1; break;
	case 22: hall->nodes[0].next = 3; break;
	case 23: general->queue.next_number = 4; break;
	case 24: general->queue.next_number = 0; break;
	case 25: strcpy(hall->queues[1].queue.def.prefix, "A"); break;
	case 26: strcpy(hall->queues[1].queue.def.queue, "general"); break;
	case 27: hall->windows[1].def.window = 1; break;
	case 28: hall->windows[0].queues[0] = 1; break;
	case 29: strcpy(hall->windows[1].clerk, "li"); break;
	case 30: hall->started_jobs = 0; break;
	case 31: hall->jobs[1].state = JOB_STARTED; break;
	case 32: hall->jobs[1].id = 7; break;
	case 33: hall->tickets[0].job = 2; break;
	case 34: hall->jobs[0].ticket = 9; break;
	case 35: hall->day = 0; break;
	case 36: hall->tickets[0].item = 5; break;
	case 37: hall->tickets[0].leg = 0; break;
	case 38: hall->nodes[2].next = 99; break;
	case 39: hall->tickets[0].state = (enum ticket_state)0; break;
	default: strcpy(hall->items[0].def.item, "other"); break;
	}
}

enum { WAYS_TO_BREAK = 41 };

static void test_check_sees_it(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS_TO_BREAK; way++) {
		struct hall *hall = crowded(), *sound = crowded();

		assert_true(hall_equal(hall, sound));
		break_hall(hall, way);
		if (!hall_check(hall))
			fail_msg("way %d is not seen", way);
		/* Nor is it the same hall any more. */
		if (hall_equal(hall, sound) || hall_digest(hall) == hall_digest(sound))
			fail_msg("way %d is the same hall", way);
		hall_destroy(hall);
		hall_destroy(sound);
	}
}

/* ---- full tables ---------------------------------------------------------------------------- */

static struct decision decision;

static void assert_too_many(struct hall *hall, struct command command, const char *detail)
{
	assert_int_equal(world_run(hall, &command, &decision), -EPERM);
	assert_int_equal(decision.refusal, REFUSAL_TOO_MANY);
	assert_non_null(strstr(decision.detail, detail));
}

static void test_full_tables(void **state)
{
	char id[32], prefix[4] = "AA";
	struct hall *hall;

	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	for (int i = 0; i < CORE_MAX_QUEUES; i++) {
		snprintf(id, sizeof(id), "q%d", i);
		prefix[0] = (char)('A' + i / 26);
		prefix[1] = (char)('A' + i % 26);
		world_do(hall, world_queue(1, id, prefix, 1, 9999));
	}
	assert_too_many(hall, world_queue(1, "more", "Z", 1, 9), "64 queues");
	for (int i = 1; i <= CORE_MAX_WINDOWS; i++)
		world_do(hall, world_window(1, i, "q0,q1"));
	assert_too_many(hall, world_window(1, 999, ""), "256 windows");
	for (int i = 0; i < CORE_MAX_ITEMS; i++) {
		snprintf(id, sizeof(id), "item-%d", i);
		world_do(hall, world_item(1, id, "q63"));
	}
	assert_too_many(hall, world_item(1, "more", "q0"), "4096 items");
	assert_string_equal(hall_find_item(hall, "item-4095")->def.item, "item-4095");
	/* What is known may still change. */
	world_do(hall, world_queue(1, "q63", "Z", 1, 9));
	world_do(hall, world_window(1, 256, "q5"));
	world_do(hall, world_item(1, "item-0", "q1"));
	assert_null(hall_check(hall));
	hall_destroy(hall);
}

static void test_the_longest_list_of_queues(void **state)
{
	char list[CORE_MAX_WINDOW_QUEUES * CORE_ID_SIZE] = "";
	struct command command;
	struct hall *hall;

	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	for (int i = 0; i <= CORE_MAX_WINDOW_QUEUES; i++) {
		char id[CORE_ID_SIZE], prefix[2] = {(char)('A' + i), 0};

		snprintf(id, sizeof(id), "queue-with-the-longest-name--%02d", i);
		assert_int_equal(strlen(id), CORE_ID_SIZE - 1);
		world_do(hall, world_queue(1, id, prefix, 1, 9));
		if (i == CORE_MAX_WINDOW_QUEUES)
			break;
		strcat(list, i ? "," : "");
		strcat(list, id);
	}
	assert_int_equal(strlen(list), sizeof(list) - 1);
	world_do(hall, world_window(1, 1, list));
	assert_int_equal(hall_window(hall, 0)->queue_count, CORE_MAX_WINDOW_QUEUES);
	world_do(hall, world_queue(1, "q", "Z", 1, 9));
	strcpy(list, "q");
	for (int i = 0; i < CORE_MAX_WINDOW_QUEUES; i++) {
		char id[8], prefix[3] = {'Z', (char)('A' + i), 0};

		snprintf(id, sizeof(id), "q%d", i);
		world_do(hall, world_queue(1, id, prefix, 1, 9));
		strcat(list, ",");
		strcat(list, id);
	}
	command = world_window(1, 2, list);
	assert_int_equal(world_run(hall, &command, &decision), -EPERM);
	assert_int_equal(decision.refusal, REFUSAL_INVALID);
	assert_non_null(strstr(decision.detail, "at most 16"));
	hall_destroy(hall);
}

static void test_a_full_day(void **state)
{
	struct command command = world_command(COMMAND_PRINT_END, 10);
	struct command again = world_command(COMMAND_REPRINT, 10);
	struct hall *hall;
	char id[8], prefix[2] = "A";

	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	for (int i = 0; i < 4; i++, prefix[0]++) {
		snprintf(id, sizeof(id), "q%d", i);
		world_do(hall, world_queue(1, id, prefix, 1, 9999));
	}
	world_do(hall, world_open(2, 20260105));
	for (int i = 0; i < CORE_MAX_DAY_TICKETS; i++) {
		snprintf(id, sizeof(id), "q%d", i % 4);
		world_do(hall, world_issue(3 + i, id, CLASS_ORDINARY));
	}
	assert_too_many(hall, world_issue(99999, "q0", CLASS_ORDINARY), "32768 tickets");
	assert_string_equal(hall_find_number(hall, "D8192")->number, "D8192");
	assert_null(hall_find_number(hall, "D8193"));
	command.u.print.outcome = PRINT_FAILED;
	again.u.print.ticket = 1;
	for (int64_t job = 1; job <= CORE_MAX_DAY_JOBS; job++) {
		world_do(hall, again);
		command.u.print.job = job;
		world_do(hall, command);
	}
	assert_too_many(hall, again, "65536 print jobs");
	assert_int_equal(hall_job(hall, CORE_MAX_DAY_JOBS - 1)->copy, CORE_MAX_DAY_JOBS);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 99999));
	assert_null(hall_check(hall));
	hall_destroy(hall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type_occurs),
		cmocka_unit_test(test_out_of_turn),
		cmocka_unit_test(test_every_field_changed),
		cmocka_unit_test(test_events_elsewhere),
		cmocka_unit_test(test_values_that_no_log_holds),
		cmocka_unit_test(test_a_late_transfer),
		cmocka_unit_test(test_a_day_over_a_print),
		cmocka_unit_test(test_check_sees_it),
		cmocka_unit_test(test_full_tables),
		cmocka_unit_test(test_the_longest_list_of_queues),
		cmocka_unit_test(test_a_full_day),
	};

	return cmocka_run_group_tests(tests, record_day, NULL);
}
