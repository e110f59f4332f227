/* A log written by hand. */
#include "tests/unit/simulate/hand_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/store/store.h"
#include "tests/unit/store/log_file.h"

enum { MOST = 4096, DAY = 24 * 60 * MIN };

#define FIRST_MIDNIGHT INT64_C(1767542400000) /* 2026-01-05 in Shanghai */

static struct event events[MOST];
static size_t count;
static int64_t ticket, today, booted_ms, stepped_ms;
static int queue_defs;

struct event *hand_log_add(enum event_type type, int64_t ms)
{
	struct event *event = &events[count++];

	assert_true(count < MOST);
	*event = (struct event){.seq = count,
				.type = type,
				.version = event_newest_version(type),
				.at = {today * DAY + ms - booted_ms,
				       FIRST_MIDNIGHT + today * DAY + ms + stepped_ms, 480},
				.by = "test"};
	return event;
}

void hand_log_begin(void)
{
	count = 0;
	ticket = today = booted_ms = stepped_ms = 0;
	queue_defs = 0;
	strcpy(hand_log_add(EVENT_DAEMON_STARTED, 0)->u.daemon_started.boot, "a");
}

void hand_log_hall(void)
{
	struct event_hall_defined *hall = &hand_log_add(EVENT_HALL_DEFINED, 0)->u.hall_defined;

	strcpy(hall->id, "hand");
	strcpy(hall->zh, "厅");
	strcpy(hall->en, "Hall");
	strcpy(hall->zone, "Asia/Shanghai");
	hall->target_ms = 15 * MIN;
}

void hand_log_queue(const char *id, enum queue_kind kind)
{
	struct event_queue_defined *def = &hand_log_add(EVENT_QUEUE_DEFINED, 0)->u.queue_defined;

	strcpy(def->queue, id);
	strcpy(def->zh, "队列");
	strcpy(def->en, "Queue");
	def->prefix[0] = (char)('A' + queue_defs++);
	def->first = 1;
	def->last = 999;
	def->work = kind != QUEUE_GUIDE;
	def->kind = kind;
}

void hand_log_item(const char *id, const char *department, const char *queue, const char *skill)
{
	struct event_item_defined *def = &hand_log_add(EVENT_ITEM_DEFINED, 0)->u.item_defined;

	strcpy(def->item, id);
	strcpy(def->zh, "事项");
	strcpy(def->en, "Item");
	strcpy(def->department, department);
	strcpy(def->queue, queue);
	strcpy(def->skill, skill);
}

void hand_log_window(int64_t number, const char *queues)
{
	struct event_window_defined *def = &hand_log_add(EVENT_WINDOW_DEFINED, 0)->u.window_defined;

	def->window = number;
	strcpy(def->zh, "窗口");
	strcpy(def->en, "Window");
	strcpy(def->queues, queues);
}

void hand_log_open(int64_t date)
{
	hand_log_add(EVENT_DAY_OPENED, 8 * 60 * MIN)->u.day_opened.date = date;
}

void hand_log_close(int64_t date)
{
	hand_log_add(EVENT_DAY_CLOSED, 18 * 60 * MIN)->u.day_closed.date = date;
	today++;
}

int64_t hand_log_issue(const char *item, const char *queue, const char *reference, int64_t ms)
{
	struct event *event = hand_log_add(EVENT_TICKET_ISSUED, ms);
	struct event_ticket_issued *issued = &event->u.ticket_issued;

	issued->ticket = ++ticket;
	issued->arrival_ms = event->at.mono_ms;
	issued->expect_ms = issued->expect_low_ms = issued->expect_high_ms = -1;
	strcpy(issued->queue, queue);
	strcpy(issued->item, item);
	strcpy(issued->case_ref, reference);
	return ticket;
}

void hand_log_visit(const char *item, const char *queue, const char *reference, int64_t ms,
		    int64_t wait_ms, int64_t hold_ms)
{
	hand_log_issue(item, queue, reference, ms);
	hand_log_add(EVENT_TICKET_CALLED, ms + wait_ms)->u.ticket_called.ticket = ticket;
	hand_log_add(EVENT_SERVICE_STARTED, ms + wait_ms)->u.service_started.ticket = ticket;
	hand_log_add(EVENT_SERVICE_FINISHED, ms + wait_ms + hold_ms)->u.service_finished.ticket =
		ticket;
}

void hand_log_step(int64_t ms, int64_t by_ms)
{
	stepped_ms += by_ms;
	hand_log_add(EVENT_CLOCK_STEP, ms)->u.clock_step.step_ms = by_ms;
}

void hand_log_restart(int64_t ms)
{
	struct event_daemon_started *started;

	booted_ms = today * DAY + ms;
	started = &hand_log_add(EVENT_DAEMON_STARTED, ms)->u.daemon_started;
	snprintf(started->boot, sizeof(started->boot), "b-%zu", count);
}

static int ignore(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return 0;
}

void hand_log_write(void)
{
	const struct store_options options = {.path = log_path, .create = true, .manual = true};
	char error[STORE_ERROR_SIZE] = "";
	struct store *store = NULL;

	assert_int_equal(store_open(&store, &options, ignore, NULL, error), 0);
	assert_int_equal(store_append(store, events, count, NULL), 0);
	assert_int_equal(store_step(store), 0);
	store_close(store);
}
