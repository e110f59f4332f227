/* The wanted state of a board. Over a window stands what happens there, on a hall board the newest
 * calls; a notice where nobody is called. At night a board is dim or dark; a dark one lights up for
 * a call. */
#include "src/devices/board_want.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/devices/board_text.h"
#include "src/devices/layout.h"

enum { MAX_ROWS = 16, MINUTE_US = 60000000, DAY_MIN = 1440 };

/* One run of board_want(). */
struct want {
	const struct board_view *view;
	struct board_face face;
	struct board_state *ret;
	int64_t due_us;
	bool somebody_called; /* whatever else, this is lit */
	const char *values[BOARD_VALUE_COUNT];
	uint32_t queue; /* whose wait is meant */
	char window[24], waiting[24], wait[48], date[16], time[8],
		notice[sizeof(((struct board_state *)0)->text)],
		head[sizeof(((struct board_state *)0)->text)];
};

static void due(struct want *want, int64_t at_us)
{
	if (at_us > want->view->now_us && at_us < want->due_us)
		want->due_us = at_us;
}

/* ---- values --------------------------------------------------------------------------------- */

static void set_time(struct want *want)
{
	const struct board_view *view = want->view;
	time_t seconds = (time_t)((view->now_us + view->wall_offset_us) / 1000000);
	struct tm tm;

	if (!view->wall_offset_us)
		return;
	gmtime_r(&seconds, &tm);
	strftime(want->date, sizeof(want->date), "%Y-%m-%d", &tm);
	strftime(want->time, sizeof(want->time), "%H:%M", &tm);
}

static void set_values(struct want *want)
{
	const struct event_hall_defined *def = hall_definition(want->view->hall);

	for (size_t i = 0; i < BOARD_VALUE_COUNT; i++)
		want->values[i] = "";
	want->values[BOARD_VALUE_HALL_ZH] = def->zh;
	want->values[BOARD_VALUE_HALL_EN] = def->en;
	want->values[BOARD_VALUE_WINDOW] = want->window;
	want->values[BOARD_VALUE_WAITING] = want->waiting;
	want->values[BOARD_VALUE_WAIT] = want->wait;
	want->values[BOARD_VALUE_NOTICE] = want->notice;
	want->values[BOARD_VALUE_DATE] = want->date;
	want->values[BOARD_VALUE_TIME] = want->time;
	set_time(want);
}

static void set_queue(struct want *want, uint32_t queue)
{
	const struct queue *its = hall_queue(want->view->hall, queue);

	want->values[BOARD_VALUE_QUEUE_ZH] = its->def.zh;
	want->values[BOARD_VALUE_QUEUE_EN] = its->def.en;
}

static void set_window(struct want *want, const struct window *window, const struct ticket *ticket)
{
	snprintf(want->window, sizeof(want->window), "%" PRId64, window->def.window);
	want->values[BOARD_VALUE_WINDOW_ZH] = window->def.zh;
	want->values[BOARD_VALUE_WINDOW_EN] = window->def.en;
	want->values[BOARD_VALUE_NUMBER] = ticket ? ticket->number : "";
	if (ticket)
		set_queue(want, ticket->queue);
	else if (window->queue_count)
		set_queue(want, window->queues[0]);
}

/* ---- texts ---------------------------------------------------------------------------------- */

static const char *variants_of(const struct board_view *view, enum board_text text)
{
	uint16_t at = view->board->rules.texts.at[text];

	return at ? view->config->board_texts + at : board_text_built_in(text);
}

/* Wall time only tells which appointments count: that of the log is good enough. */
static void set_wait(struct want *want)
{
	const struct board_view *view = want->view;
	struct board_wait *wait;
	const struct stamp now = {.mono_ms = view->now_us / 1000,
				  .wall_ms = view->now_us / 1000 + hall_clock_ms(view->hall)};

	if (want->queue >= hall_queue_count(view->hall))
		return;
	wait = &view->waits[want->queue];
	if (!wait->until_us || view->now_us >= wait->until_us) {
		wait->expected = hall_expect(view->hall, want->queue, &now);
		wait->until_us = view->now_us + BOARD_WAIT_US;
	}
	due(want, wait->until_us);
	layout_format_wait(&wait->expected, want->wait, sizeof(want->wait));
}

/* A text with the time in it is another in a minute. */
static const char *find_text(struct want *want, enum board_text text)
{
	const struct board_view *view = want->view;
	const char *variants = variants_of(view, text);
	int64_t local_us = view->now_us + view->wall_offset_us;

	for (const char *at = variants; *at; at += strlen(at) + 1) {
		if (placeholder_asks(&board_values, at, BOARD_VALUE_WAIT))
			set_wait(want);
		if (view->wall_offset_us &&
		    (placeholder_asks(&board_values, at, BOARD_VALUE_TIME) ||
		     placeholder_asks(&board_values, at, BOARD_VALUE_DATE)))
			due(want, view->now_us + MINUTE_US - local_us % MINUTE_US);
	}
	return variants;
}

static void write_text(struct want *want, enum board_text text)
{
	board_text_fit(&want->face, find_text(want, text), want->values, want->ret->text,
		       sizeof(want->ret->text));
}

/* The notice in place of being idle; where there is none, the text that moves, if it can. */
static void write_idle(struct want *want, enum board_text idle)
{
	enum devices_notice notice = want->view->notice;
	const char *moving = find_text(want, BOARD_TEXT_SCROLL);

	if (notice != DEVICES_NOTICE_NONE) {
		want->ret->content = BOARD_NOTICE;
		write_text(want, notice == DEVICES_NOTICE_LOG ? BOARD_TEXT_LOG : BOARD_TEXT_CLOCK);
		return;
	}
	want->ret->content = BOARD_IDLE;
	if (!*moving || !want->view->model->u.board.scrolls) {
		write_text(want, idle);
		return;
	}
	want->ret->scroll = true;
	board_text_whole(moving, want->values, want->ret->text, sizeof(want->ret->text));
}

/* A call blinks for a while. A moment of the future is of another boot: long ago. */
static bool is_new_call(struct want *want, const struct ticket *ticket)
{
	int64_t from_us = ticket->since_ms * 1000;
	int64_t until_us = from_us + want->view->board->rules.blink_us;

	if (ticket->state != TICKET_CALLED || from_us > want->view->now_us ||
	    until_us <= want->view->now_us)
		return false;
#ifndef BOARDS_BREAK_BLINK /* a deliberately broken build: the tests must notice */
	due(want, until_us);
#endif
	return true;
}

/* For displays of figures. */
static void set_number(struct want *want, const struct ticket *ticket, int64_t window)
{
	if (ticket)
		snprintf(want->ret->number, sizeof(want->ret->number), "%.8s", ticket->number);
	want->ret->window = (uint16_t)window;
}

/* ---- over a window -------------------------------------------------------------------------- */

static void want_window(struct want *want)
{
	const struct hall *hall = want->view->hall;
	const struct window *window = hall_find_window(hall, want->view->board->window);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;

	if (!window || window->def.retired || !hall_day(hall)) {
		write_idle(want, BOARD_TEXT_CLOSED);
		return;
	}
	set_window(want, window, ticket);
	want->queue = window->queue_count ? window->queues[0] : UINT32_MAX;
	snprintf(want->waiting, sizeof(want->waiting), "%zu", hall_waiting_at(hall, window));
	set_number(want, ticket, window->def.window);
	if (ticket && ticket->state == TICKET_CALLED) {
		want->ret->content = BOARD_CALL;
		want->ret->blink = is_new_call(want, ticket);
		want->somebody_called = true;
		write_text(want, BOARD_TEXT_CALL);
	} else if (ticket) {
		want->ret->content = BOARD_SERVING;
		write_text(want, BOARD_TEXT_SERVING);
	} else if (window->paused) {
		want->ret->content = BOARD_PAUSED;
		write_text(want, BOARD_TEXT_PAUSED);
	} else {
		write_idle(want, BOARD_TEXT_IDLE);
	}
}

/* ---- on a hall board ------------------------------------------------------------------------ */

bool board_shows_window(const struct devices_board_config *board, int64_t window)
{
	return !board->window_count || (window >= 0 && window <= CORE_MAX_WINDOW_NUMBER &&
					board->windows[window / 32] >> (window % 32) & 1);
}

static bool shows_queue(const struct board_view *view, uint32_t index)
{
	const char *id = hall_queue(view->hall, index)->def.queue;
	bool shows = !view->board->queue_count;

	for (size_t i = 0; i < view->board->queue_count && !shows; i++)
		shows = !strcmp(view->board->queues[i], id);
	return shows;
}

/* Newest call first, recalls too. Those of earlier boots of the machine have the same moment: then
 * the first call decides, and at last the ticket. */
static bool is_newer(const struct ticket *a, const struct ticket *b)
{
#ifdef BOARDS_BREAK_ORDER /* a deliberately broken build: the tests must notice */
	return a->called_ms > b->called_ms;
#endif
	if (a->since_ms != b->since_ms)
		return a->since_ms > b->since_ms;
	if (a->called_boot != b->called_boot)
		return a->called_boot > b->called_boot;
	return a->called_ms != b->called_ms ? a->called_ms > b->called_ms : a->id > b->id;
}

/* The newest calls of tickets that are still at their window, no more than max. */
static size_t newest_calls(const struct board_view *view, size_t max,
			   const struct ticket *ret[MAX_ROWS])
{
	size_t count = 0;

	for (size_t i = 0; i < hall_window_count(view->hall); i++) {
		const struct window *window = hall_window(view->hall, i);
		const struct ticket *ticket = hall_find_ticket(view->hall, window->ticket);
		size_t at = count;

		if (!ticket || window->def.retired ||
		    !board_shows_window(view->board, window->def.window) ||
		    !shows_queue(view, ticket->queue))
			continue;
		for (; at > 0 && is_newer(ticket, ret[at - 1]); at--)
			if (at < max)
				ret[at] = ret[at - 1];
		if (at < max)
			ret[at] = ticket;
		count += count < max;
	}
	return count;
}

/* In the queues that it shows, of those that its windows serve. */
static void count_waiting(struct want *want)
{
	const struct board_view *view = want->view;
	uint64_t served = 0;
	size_t waiting = 0;

	_Static_assert(CORE_MAX_QUEUES <= 64, "each queue has a bit");
	for (size_t i = 0; i < hall_window_count(view->hall); i++) {
		const struct window *window = hall_window(view->hall, i);

		if (!window->def.retired && board_shows_window(view->board, window->def.window))
			for (uint32_t k = 0; k < window->queue_count; k++)
				served |= UINT64_C(1) << window->queues[k];
	}
	want->queue = UINT32_MAX;
	for (uint32_t q = 0; q < hall_queue_count(view->hall); q++) {
		if (want->queue == UINT32_MAX && served >> q & 1 && shows_queue(view, q))
			want->queue = q;
		for (int class = 0; class < CLASS_COUNT; class ++)
			if (served >> q & 1 && shows_queue(view, q))
				waiting += hall_queue(view->hall, q)->waiting[class];
	}
	snprintf(want->waiting, sizeof(want->waiting), "%zu", waiting);
}

/* On one row: what stands below the hall's name, or above the calls. */
static void set_notice(struct want *want)
{
	static const enum board_text texts[] = {
		[DEVICES_NOTICE_NONE] = BOARD_TEXT_HALL_WELCOME,
		[DEVICES_NOTICE_LOG] = BOARD_TEXT_HALL_LOG,
		[DEVICES_NOTICE_CLOCK] = BOARD_TEXT_HALL_CLOCK,
	};
	struct board_face row = want->face;

	row.rows = 1;
	board_text_fit(&row, find_text(want, texts[want->view->notice]), want->values, want->notice,
		       sizeof(want->notice));
}

static void want_no_calls(struct want *want)
{
	if (want->view->notice == DEVICES_NOTICE_NONE) {
		write_idle(want, BOARD_TEXT_HALL);
		return;
	}
	want->ret->content = BOARD_NOTICE;
	write_text(want, BOARD_TEXT_HALL);
}

/* False: there is no room for it any more. */
static bool add_row(struct board_state *ret, const char *row, bool first)
{
	size_t used = strlen(ret->text);

	if (strlen(row) + 1 >= sizeof(ret->text) - used)
		return false;
	snprintf(ret->text + used, sizeof(ret->text) - used, "%s%s", first ? "" : "\n", row);
	return true;
}

/* What stands above the calls. A board of one row has none to spare for it. */
static bool set_head(struct want *want, const struct board_face *row)
{
	if (want->view->notice != DEVICES_NOTICE_NONE)
		snprintf(want->head, sizeof(want->head), "%s", want->notice);
	else
		board_text_fit(row, find_text(want, BOARD_TEXT_HALL_HEAD), want->values, want->head,
			       sizeof(want->head));
	return want->head[0] != '\0';
}

static void want_hall(struct want *want)
{
	const struct board_view *view = want->view;
	size_t rows = want->face.rows < MAX_ROWS ? want->face.rows : MAX_ROWS;
	const struct ticket *calls[MAX_ROWS];
	struct board_face row = want->face;
	char text[sizeof(want->ret->text)];
	size_t count, max;
	bool noted;

	row.rows = 1;
	count_waiting(want);
	set_notice(want);
	noted = rows > 1 && set_head(want, &row);
	max = rows - noted;
	if (view->board->calls && view->board->calls < max)
		max = view->board->calls;
	count = hall_day(view->hall) ? newest_calls(view, max, calls) : 0;
	if (!count) {
		want_no_calls(want);
		return;
	}
	want->ret->content = BOARD_LIST;
	set_number(want, calls[0], calls[0]->window);
	if (noted)
		(void)add_row(want->ret, want->head, true);
	for (size_t i = 0; i < count; i++) {
		set_window(want, hall_find_window(view->hall, calls[i]->window), calls[i]);
		board_text_fit(&row, find_text(want, BOARD_TEXT_HALL_CALL), want->values, text,
			       sizeof(text));
		if (!add_row(want->ret, text, i == 0 && !noted))
			break; /* nor are those below it, which are older */
		want->somebody_called |= calls[i]->state == TICKET_CALLED;
	}
	/* Several calls do not blink: nobody could read the others. */
	want->ret->blink = max == 1 && is_new_call(want, calls[0]);
}

/* ---- light ---------------------------------------------------------------------------------- */

static void due_at_minute(struct want *want, int64_t local_us, uint16_t minute)
{
	int64_t day_us = (int64_t)DAY_MIN * MINUTE_US;
	int64_t left_us = (int64_t)minute * MINUTE_US - local_us % day_us;

	due(want, want->view->now_us + (left_us > 0 ? left_us : left_us + day_us));
}

static bool is_night(struct want *want)
{
	const struct board_night *night = &want->view->board->rules.night;
	int64_t local_us = want->view->now_us + want->view->wall_offset_us;
	int64_t minute = local_us / MINUTE_US % DAY_MIN;

	if (!want->view->wall_offset_us || local_us < 0 || night->from_min == night->to_min)
		return false;
	due_at_minute(want, local_us, night->from_min);
	due_at_minute(want, local_us, night->to_min);
#ifdef BOARDS_BREAK_NIGHT /* a deliberately broken build: the tests must notice */
	return minute < 0;
#endif
	if (night->from_min < night->to_min)
		return minute >= night->from_min && minute < night->to_min;
	return minute >= night->from_min || minute < night->to_min;
}

/* What the board cannot do is not asked of it, or a night would repaint it for nothing. */
static void set_light(struct want *want)
{
	const struct board_rules *rules = &want->view->board->rules;
	const struct device_model *model = want->view->model;
	bool night = is_night(want);

	want->ret->brightness = rules->brightness;
	if (night && rules->night.brightness)
		want->ret->brightness = rules->night.brightness;
	if (!model->u.board.dims)
		want->ret->brightness = 0;
	if (!night || !rules->night.dark || want->somebody_called)
		return;
	if (model->u.board.sleeps)
		want->ret->dark = true;
	else
		*want->ret = (struct board_state){.brightness = want->ret->brightness};
}

void board_want(const struct board_view *view, struct board_state *ret, int64_t *ret_due_us)
{
	const struct device_model *model = view->model;
	struct want want = {
		.view = view,
		.ret = ret,
		.due_us = INT64_MAX,
		.queue = UINT32_MAX,
		.face = {.columns = model->u.board.columns ? model->u.board.columns : 1,
			 .rows = model->u.board.rows ? model->u.board.rows : 1,
			 .charset = model->u.board.charset},
	};

	*ret = (struct board_state){0};
	set_values(&want);
	if (view->board->window)
		want_window(&want);
	else
		want_hall(&want);
	set_light(&want);
	if (model->u.board.keeps_time)
		ret->wall_offset_us = view->wall_offset_us;
	*ret_due_us = want.due_us;
}

bool board_state_same(const struct board_state *a, const struct board_state *b)
{
	return a->content == b->content && !strcmp(a->text, b->text) && a->blink == b->blink &&
	       a->scroll == b->scroll && !strcmp(a->number, b->number) && a->window == b->window &&
	       a->brightness == b->brightness && a->dark == b->dark;
}

const char *board_content_name(enum board_content content)
{
	static const char *const names[] = {"idle", "call", "serving", "paused", "notice", "list"};

	return names[content];
}
