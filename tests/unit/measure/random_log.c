#include "tests/unit/measure/random_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TICKETS = 40 };

struct event *events;
size_t event_count;
uint64_t dice;
int64_t date;
static int64_t mono, wall, tickets, first_ticket;

int throw_dice(int sides)
{
	dice += 0x9e3779b97f4a7c15ULL;
	return (int)(((dice ^ dice >> 31) * 0xbf58476d1ce4e5b9ULL >> 33) % (uint64_t)sides);
}

static struct event *add(enum event_type type)
{
	struct event *event = &events[event_count++];
	int64_t ms = throw_dice(4) ? throw_dice(20000) : throw_dice(20) * 1000;

	assert_true(event_count < MOST_EVENTS);
	mono += ms;
	wall += ms;
	*event = (struct event){.seq = event_count,
				.type = type,
				.version = event_newest_version(type),
				.at = {mono, wall, 480}};
	return event;
}

static const char *const queue_ids[] = {"guide", "general", "issue", "unheard"};
static const char *const items[] = {"", "tax", "permit", "other"};
static const char *const clerks[] = {"", "wang", "li"};

static void add_definitions(void)
{
	struct event *event;

	for (int i = 0; i < 3; i++) {
		event = add(EVENT_QUEUE_DEFINED);
		strcpy(event->u.queue_defined.queue, queue_ids[i]);
		event->u.queue_defined.work = i > 0;
		event->u.queue_defined.kind = i == 2 ? QUEUE_ISSUE : QUEUE_UNSTATED;
	}
	for (int i = 1; i < 3; i++) {
		event = add(EVENT_ITEM_DEFINED);
		strcpy(event->u.item_defined.item, items[i]);
		strcpy(event->u.item_defined.department, i == 1 ? "税务局" : "");
	}
}

static void add_boot(void)
{
	struct event *event;

	mono = throw_dice(100000);
	wall += throw_dice(10) ? throw_dice(600000) : -throw_dice(600000);
	event = add(EVENT_DAEMON_STARTED);
	snprintf(event->u.daemon_started.boot, CORE_BOOT_SIZE, "boot-%d", throw_dice(1000000));
}

static void add_issue(void)
{
	struct event *event = add(EVENT_TICKET_ISSUED);
	struct event_ticket_issued *issued = &event->u.ticket_issued;

	issued->ticket = ++tickets;
	issued->arrival_ms = mono - throw_dice(3000);
	issued->class = throw_dice(3);
	issued->origin = throw_dice(ORIGIN_COUNT);
	strcpy(issued->queue, queue_ids[throw_dice(4)]);
	strcpy(issued->item, items[throw_dice(4)]);
	issued->expect_low_ms = throw_dice(5) ? throw_dice(60000) : -1;
	issued->expect_high_ms =
		issued->expect_low_ms < 0 ? -1 : issued->expect_low_ms + throw_dice(200000);
	issued->expect_busy = throw_dice(3);
	if (throw_dice(2))
		snprintf(issued->case_ref, sizeof(issued->case_ref), "case-%d", throw_dice(300));
}

static void add_ticket_event(void)
{
	static const enum event_type types[] = {
		EVENT_TICKET_CALLED,	  EVENT_TICKET_CALLED,	  EVENT_TICKET_CALLED,
		EVENT_TICKET_RECALLED,	  EVENT_SERVICE_STARTED,  EVENT_SERVICE_FINISHED,
		EVENT_TICKET_NO_SHOW,	  EVENT_TICKET_PARKED,	  EVENT_TICKET_RESUMED,
		EVENT_TICKET_TRANSFERRED, EVENT_TICKET_CANCELLED,
	};
	struct event *event = add(types[throw_dice(sizeof(types) / sizeof(types[0]))]);
	/* one in many is about a ticket of another day, or of none */
	int64_t ticket = throw_dice(20)
				 ? first_ticket + throw_dice((int)(tickets - first_ticket + 1))
				 : throw_dice((int)tickets + 5);

	event->u.ticket_called.ticket = ticket;
	switch (event->type) {
	case EVENT_TICKET_CALLED:
		event->u.ticket_called.window = throw_dice(6);
		event->u.ticket_called.reason = throw_dice(CALL_REASON_COUNT);
		event->u.ticket_called.overtaken = throw_dice(3);
		strcpy(event->u.ticket_called.clerk, clerks[throw_dice(3)]);
		break;
	case EVENT_SERVICE_FINISHED: event->u.service_finished.implied = throw_dice(2); break;
	case EVENT_TICKET_RESUMED:
		strcpy(event->u.ticket_resumed.queue, queue_ids[throw_dice(4)]);
		break;
	case EVENT_TICKET_TRANSFERRED:
		strcpy(event->u.ticket_transferred.to, queue_ids[throw_dice(4)]);
		break;
	default: break;
	}
}

static void add_accident(void)
{
	struct event *event;

	switch (throw_dice(4)) {
	case 0: add_boot(); break;
	case 1:
		event = add(EVENT_CLOCK_STEP);
		event->u.clock_step.step_ms = throw_dice(2000000) - 1000000;
		wall += event->u.clock_step.step_ms;
		event->at.wall_ms = wall;
		break;
	case 2:
		event = add(EVENT_ONLINE_FILING);
		snprintf(event->u.online_filing.case_ref, CORE_CASE_SIZE, "case-%d",
			 throw_dice(300));
		break;
	default: add_definitions(); break;
	}
}

static void add_day(bool close)
{
	struct event *event;

	if (throw_dice(5) == 0)
		add_accident();
	date += throw_dice(4) ? 1 : 0; /* the same one is opened again */
	event = add(EVENT_DAY_OPENED);
	event->u.day_opened.date = date;
	first_ticket = tickets + 1;
	for (int i = throw_dice(5) ? 6 * TICKETS : 0; i > 0; i--) {
		if (throw_dice(5) == 0 || tickets < first_ticket)
			add_issue();
		else if (throw_dice(40) == 0)
			add_accident();
		else
			add_ticket_event();
	}
	if (close)
		add(EVENT_DAY_CLOSED);
}

void make_log(uint64_t seed, int days, bool open)
{
	dice = seed;
	event_count = 0;
	tickets = 0;
	mono = 1000;
	wall = 1767232800000;
	date = 20260105;
	add_boot();
	add_definitions();
	for (int day = 1; day <= days; day++)
		add_day(day < days || !open);
}
