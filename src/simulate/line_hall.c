/* The line of the real hall. Visits are issued in their order, so the tickets' ids are theirs plus
 * the first one's. */
#include "src/simulate/line_hall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/random.h"
#include "src/simulate/dates.h"

enum { OPENS_BEFORE_MIN = 30 };

struct line_hall {
	struct line_hall_options options;
	struct hall *hall;
	bool own, defined;
	int64_t boot_wall_ms; /* when this boot's clock was zero */
	struct line_hall_day day;
	int64_t now_ms; /* of the day; never goes back */
	const struct layout *layout;
	const struct visit *visits;
	size_t next_filing;
	int64_t first_ticket; /* id of visit 0 */
	char detail[LINE_HALL_DETAIL_SIZE];
	struct decision decision;
};

/* ---- commands ---- */

static void move_to(struct line_hall *line, int64_t now_ms)
{
	if (now_ms > line->now_ms)
		line->now_ms = now_ms;
}

int line_hall_run(struct line_hall *line, struct command *command)
{
	struct decision *decision = &line->decision;
	int r;

	command->at = (struct stamp){
		.wall_ms = line->day.midnight_ms + line->now_ms,
		.mono_ms = line->day.midnight_ms + line->now_ms - line->boot_wall_ms,
		.offset_min = line->day.offset_min,
	};
	memcpy(command->by, EVENT_BY_SIMULATION, sizeof(EVENT_BY_SIMULATION));
	if (command->type == COMMAND_ISSUE)
		command->u.issue.arrival_ms = command->at.mono_ms;
	r = hall_decide(line->hall, command, decision);
	if (r == -EPERM)
		snprintf(line->detail, sizeof(line->detail), "%s %s: %s",
			 refusal_text_zh(decision->refusal), refusal_text_en(decision->refusal),
			 decision->detail);
	for (size_t i = 0; r == 0 && i < decision->count; i++) {
		decision->events[i].seq = hall_seq(line->hall) + 1;
		r = hall_apply(line->hall, &decision->events[i]);
	}
	if (r == 0 && line->options.sink && decision->count)
		r = line->options.sink(line->options.user, decision->events, decision->count);
	return r;
}

static int run_at_window(struct line_hall *line, enum command_type type, uint32_t window)
{
	struct command command = {.type = type, .u.at_window.window = window + 1};

	if (type == COMMAND_SIGN_IN)
		scenario_clerk(window, command.u.at_window.clerk);
	return line_hall_run(line, &command);
}

/* By the date and not by the seed's day: one log may have that day twice, as other cases. */
static void name_case(const struct line_hall *line, uint32_t number, char ret[CORE_CASE_SIZE])
{
	snprintf(ret, CORE_CASE_SIZE, "s%" PRIu64 "-%" PRId64 "-%" PRIu32, line->day.seed,
		 dates_date(line->day.number), number);
}

/* ---- filings ---- */

/* Those up to a moment, each at its own. */
static int file_until(struct line_hall *line, int64_t now_ms)
{
	int r = 0;

	while (r == 0 && line->next_filing < line->day.filing_count &&
	       line->day.filings[line->next_filing].filed_ms <= now_ms) {
		const struct filing *filing = &line->day.filings[line->next_filing++];
		struct command command = {.type = COMMAND_FILE_ONLINE};
		struct event_online_filing *file = &command.u.file_online;

		move_to(line, filing->filed_ms);
		memcpy(file->item, line->options.scenario->items[filing->item].id, CORE_ID_SIZE);
		name_case(line, filing->number, file->case_ref);
		file->filed = line->day.midnight_ms + filing->filed_ms;
		r = line_hall_run(line, &command);
	}
	return r;
}

static int come_to(struct line_hall *line, int64_t now_ms)
{
	int r = file_until(line, now_ms);

	move_to(line, now_ms);
	return r;
}

/* ---- the day ---- */

int64_t line_hall_opens_ms(const struct scenario *scenario)
{
	int32_t min = scenario->span_count ? scenario->spans[0].from_min - OPENS_BEFORE_MIN : 0;

	return (min > 0 ? min : 0) * INT64_C(60000);
}

int line_hall_set_day(struct line_hall *line, const struct line_hall_day *day)
{
	struct command command = {.type = COMMAND_START_DAEMON};
	int r;

	line->day = *day;
	line->next_filing = 0;
	line->now_ms = 0;
	if (line->defined)
		return 0;
	line->boot_wall_ms = day->midnight_ms;
	snprintf(command.u.start_daemon.boot, CORE_BOOT_SIZE, "%s", line->options.boot);
	snprintf(command.u.start_daemon.software, CORE_ID_SIZE, "%s", line->options.software);
	r = line_hall_run(line, &command);
	if (r == 0)
		r = scenario_define_hall(line, line->hall, line->options.scenario,
					 line->options.expect);
	line->defined = r == 0;
	return r;
}

/* A break that lasted for the rest of the day before is over. */
static int open_windows(struct line_hall *line)
{
	int r = 0;

	for (uint32_t w = 0; r == 0 && w < line->layout->window_count; w++) {
		const struct window *window = hall_find_window(line->hall, w + 1);

		if (window->paused)
			r = run_at_window(line, COMMAND_REOPEN, w);
		if (r == 0)
			r = run_at_window(line, COMMAND_SIGN_IN, w);
	}
	return r;
}

static int begin(void *user, const struct layout *layout, const struct visit *visits, size_t count)
{
	struct line_hall *line = user;
	struct command command = {.type = COMMAND_OPEN_DAY, .u.open_day.operator_word = true};
	int64_t opens_ms = line_hall_opens_ms(line->options.scenario);
	int r;

	line->layout = layout;
	line->visits = visits;
	line->first_ticket = 0;
	if (count && visits[0].arrival_ms < opens_ms)
		opens_ms = visits[0].arrival_ms;
	if (line->day.filing_count && line->day.filings[0].filed_ms < opens_ms)
		opens_ms = line->day.filings[0].filed_ms;
	move_to(line, opens_ms);
	command.u.open_day.date = dates_date(line->day.number);
	r = line_hall_run(line, &command);
	return r < 0 ? r : open_windows(line);
}

static void make_token(const struct line_hall *line, size_t visit, char ret[CORE_TOKEN_SIZE])
{
	uint64_t state = line->day.seed ^ (uint64_t)line->day.day << 32 ^ visit;
	uint64_t high = random_splitmix64(&state);

	/* one of a log is to be another's with the smallest chance only */
	state = high ^ ((uint64_t)line->day.number << 32 | visit);
	snprintf(ret, CORE_TOKEN_SIZE, "%016" PRIx64 "%016" PRIx64, high,
		 random_splitmix64(&state));
}

static int arrive(void *user, size_t index, int64_t now_ms)
{
	struct line_hall *line = user;
	const struct scenario *scenario = line->options.scenario;
	const struct visit *visit = &line->visits[index];
	const struct scenario_item *item = &scenario->items[visit->item];
	struct command command = {.type = COMMAND_ISSUE};
	int r = come_to(line, now_ms);

	if (r < 0)
		return r;
	if (visit->kind == VISIT_PICK_UP)
		scenario_pick_up_item(item->department, command.u.issue.item);
	else
		memcpy(command.u.issue.item, item->id, CORE_ID_SIZE);
	memcpy(command.u.issue.queue,
	       scenario->queues[layout_queue_of(line->layout, visit)].def.queue, CORE_ID_SIZE);
	command.u.issue.class = line->layout->classes ? visit->class : CLASS_ORDINARY;
	command.u.issue.origin = ORIGIN_PANEL;
	name_case(line, visit->number, command.u.issue.case_ref);
	make_token(line, index, command.u.issue.token);
	r = line_hall_run(line, &command);
	if (r == 0 && !line->first_ticket)
		line->first_ticket = line->decision.events[0].u.ticket_issued.ticket;
	return r;
}

static int call(void *user, uint32_t window, int64_t now_ms, size_t *ret_visit)
{
	struct line_hall *line = user;
	int r = come_to(line, now_ms);

	if (r < 0)
		return r;
	r = run_at_window(line, COMMAND_CALL_NEXT, window);
	if (r == -EPERM && (line->decision.refusal == REFUSAL_NOBODY_WAITING ||
			    line->decision.refusal == REFUSAL_SKILL)) {
		*ret_visit = SIZE_MAX;
		return 0;
	}
	if (r == 0)
		*ret_visit = (size_t)(line->decision.events[0].u.ticket_called.ticket -
				      line->first_ticket);
	return r;
}

static int at_window(struct line_hall *line, enum command_type type, uint32_t window,
		     int64_t now_ms)
{
	int r = come_to(line, now_ms);

	return r < 0 ? r : run_at_window(line, type, window);
}

static int start(void *user, uint32_t window, size_t visit, int64_t now_ms)
{
	(void)visit;
	return at_window(user, COMMAND_START, window, now_ms);
}

static int finish(void *user, uint32_t window, size_t visit, int64_t now_ms)
{
	(void)visit;
	return at_window(user, COMMAND_FINISH, window, now_ms);
}

/* Called again as often as the rules say, all at the end of the vain wait. */
static int no_show(void *user, uint32_t window, size_t visit, int64_t now_ms)
{
	struct line_hall *line = user;
	int r;

	(void)visit;
	do
		r = at_window(line, COMMAND_NO_SHOW, window, now_ms);
	while (r == 0 && line->decision.events[0].type == EVENT_TICKET_RECALLED);
	return r;
}

static int leave(void *user, size_t visit, int64_t now_ms)
{
	struct line_hall *line = user;
	struct command command = {.type = COMMAND_CANCEL};
	int r = come_to(line, now_ms);

	command.u.at_window.ticket = line->first_ticket + (int64_t)visit;
	return r < 0 ? r : line_hall_run(line, &command);
}

static int pause_window(void *user, uint32_t window, int64_t now_ms)
{
	return at_window(user, COMMAND_PAUSE, window, now_ms);
}

static int reopen(void *user, uint32_t window, int64_t now_ms)
{
	return at_window(user, COMMAND_REOPEN, window, now_ms);
}

/* Not before the doors close, nor before the last filing. */
static int end(void *user, int64_t now_ms)
{
	struct line_hall *line = user;
	struct command command = {.type = COMMAND_CLOSE_DAY};
	int r = file_until(line, INT64_MAX);

	move_to(line, now_ms);
	move_to(line, scenario_closes_ms(line->options.scenario));
	for (uint32_t w = 0; r == 0 && w < line->layout->window_count; w++)
		r = run_at_window(line, COMMAND_SIGN_OUT, w);
	return r < 0 ? r : line_hall_run(line, &command);
}

const struct line_ops line_hall_ops = {
	.begin = begin,
	.arrive = arrive,
	.call = call,
	.start = start,
	.finish = finish,
	.no_show = no_show,
	.leave = leave,
	.pause = pause_window,
	.reopen = reopen,
	.end = end,
};

/* ---- the line ---- */

int line_hall_create(struct line_hall **ret_line, const struct line_hall_options *options)
{
	struct line_hall *line = calloc(1, sizeof(*line));

	if (!line)
		return -ENOMEM;
	line->options = *options;
	line->hall = options->hall;
	if (!line->hall && hall_create(&line->hall) < 0) {
		free(line);
		return -ENOMEM;
	}
	line->own = !options->hall;
	*ret_line = line;
	return 0;
}

void line_hall_destroy(struct line_hall *line)
{
	if (!line)
		return;
	if (line->own)
		hall_destroy(line->hall);
	free(line);
}

int64_t line_hall_wall_ms(const struct line_hall *line)
{
	return line->day.midnight_ms + line->now_ms;
}

const char *line_hall_detail(const struct line_hall *line)
{
	return line->detail;
}

const struct hall *line_hall_hall(const struct line_hall *line)
{
	return line->hall;
}
