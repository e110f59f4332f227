#include "tests/unit/measure/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct stream *scene;
int64_t mono, wall;
static uint64_t seq;

void begin(const struct measure_options *options)
{
	seq = 0;
	assert_int_equal(stream_create(&scene, options), 0);
}

void over(void)
{
	stream_destroy(scene);
	scene = NULL;
}

void begin_day(int64_t target_min, const char *third)
{
	struct measure_options options = {.target_ms = target_min * MIN};

	begin(&options);
	boot("a", 1000, morning);
	define("general", true);
	define("guide", false);
	if (third[0])
		define(third, true);
	open_day(20260101);
}

int teardown(void **state)
{
	(void)state;
	over();
	return 0;
}

void finish(struct measure_report *ret_report)
{
	assert_int_equal(stream_finish(scene, ret_report), 0);
}

struct event *at(int64_t ms, enum event_type type)
{
	static struct event event;

	memset(&event, 0, sizeof(event));
	event.seq = ++seq;
	event.type = type;
	event.version = 1;
	event.at.mono_ms = mono + ms;
	event.at.wall_ms = wall + ms;
	event.at.offset_min = 480;
	return &event;
}

void feed(const struct event *event)
{
	assert_int_equal(stream_event(scene, event), 0);
}

void boot(const char *id, int64_t new_mono, int64_t new_wall)
{
	struct event *event;

	mono = new_mono;
	wall = new_wall;
	event = at(0, EVENT_DAEMON_STARTED);
	strcpy(event->u.daemon_started.boot, id);
	feed(event);
}

void define(const char *id, bool work)
{
	struct event *event = at(0, EVENT_QUEUE_DEFINED);

	strcpy(event->u.queue_defined.queue, id);
	event->u.queue_defined.work = work;
	feed(event);
}

void open_day(int64_t date)
{
	struct event *event = at(0, EVENT_DAY_OPENED);

	event->u.day_opened.date = date;
	feed(event);
}

void issue(int64_t ms, int64_t ticket, const char *queue)
{
	struct event *event = at(ms, EVENT_TICKET_ISSUED);

	event->u.ticket_issued.ticket = ticket;
	event->u.ticket_issued.arrival_ms = event->at.mono_ms;
	strcpy(event->u.ticket_issued.queue, queue);
	feed(event);
}

void call(int64_t ms, int64_t ticket, int64_t window)
{
	struct event *event = at(ms, EVENT_TICKET_CALLED);

	event->u.ticket_called.ticket = ticket;
	event->u.ticket_called.window = window;
	feed(event);
}

void happens(int64_t ms, enum event_type type, int64_t ticket)
{
	struct event *event = at(ms, type);

	event->u.ticket_recalled.ticket = ticket;
	feed(event);
}

void transfer(int64_t ms, int64_t ticket, const char *to)
{
	struct event *event = at(ms, EVENT_TICKET_TRANSFERRED);

	event->u.ticket_transferred.ticket = ticket;
	strcpy(event->u.ticket_transferred.to, to);
	feed(event);
}

const struct measure_figures *find(const struct measure_report *report, enum measure_kind kind,
				   int64_t key)
{
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == kind && report->groups[i].key == key)
			return &report->groups[i].figures;
	fail_msg("no group %d %lld", (int)kind, (long long)key);
	abort(); /* fail_msg() does not come back, which the compiler cannot know */
}

void set_clock(int64_t ms, int64_t step_ms)
{
	struct event *event = at(ms, EVENT_CLOCK_STEP);

	wall += step_ms;
	event->at.wall_ms += step_ms;
	event->u.clock_step.step_ms = step_ms;
	feed(event);
}

void resume(int64_t ms, int64_t ticket, const char *queue)
{
	struct event *event = at(ms, EVENT_TICKET_RESUMED);

	event->u.ticket_resumed.ticket = ticket;
	strcpy(event->u.ticket_resumed.queue, queue);
	feed(event);
}

void close_day(int64_t ms, int64_t date)
{
	struct event *event = at(ms, EVENT_DAY_CLOSED);

	event->u.day_closed.date = date;
	feed(event);
}
