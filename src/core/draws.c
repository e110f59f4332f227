/* One draw: windows become free in turn and call by the rules of the line (line.c), until the
 * ticket is called. Whom a window calls is found by the heads of the lines alone, so a draw costs
 * little more than a step for each call. */
#include "src/core/draws.h"

#include <math.h>
#include <string.h>

#include "src/core/normal.h"

enum { NOBODY = UINT16_MAX, Z_BITS = 9, Z_COUNT = 1 << Z_BITS };

struct play {
	const struct scene *scene;
	struct random *random;
	double z[Z_COUNT]; /* the upper half of a normal, each as likely */
	double now_ms;
	uint16_t heads[SCENE_MAX_LINES];      /* of members: the next of the line */
	int32_t overtaken[SCENE_MAX_LINES];   /* how often the head was, since the draw began */
	int16_t spans[SCENE_MAX_WAITING + 1]; /* by member: overtakings that reach just so far */
	uint16_t window_count;
	uint16_t heap[CORE_MAX_WINDOWS]; /* windows, the one that is free first on top */
	double free_ms[CORE_MAX_WINDOWS];
};

static double share(struct random *random)
{
	return ((double)(random_next(random) >> 12) + 0.5) * 0x1p-52;
}

static double draw_holding(struct play *play, const struct holding *holding)
{
	uint64_t bits = random_next(play->random);
	double z = play->z[bits >> (64 - Z_BITS)];

	return exp(holding->mu + holding->sigma * (bits & 1 ? z : -z));
}

/* What is left of a time that has lasted for elapsed_ms already. */
static double draw_rest(struct play *play, const struct scene_window *window)
{
	double z = -normal_quantile(window->above * share(play->random));

	return fmax(0, exp(window->holding.mu + window->holding.sigma * z) - window->elapsed_ms);
}

static void sink(struct play *play, int at)
{
	uint16_t window = play->heap[at];

	for (int child; (child = 2 * at + 1) < play->window_count; at = child) {
		if (child + 1 < play->window_count &&
		    play->free_ms[play->heap[child + 1]] < play->free_ms[play->heap[child]])
			child++;
		if (play->free_ms[window] <= play->free_ms[play->heap[child]])
			break;
		play->heap[at] = play->heap[child];
	}
	play->heap[at] = window;
}

static void begin(struct play *play)
{
	const struct scene *scene = play->scene;

	play->window_count = scene->window_count;
	for (uint16_t i = 0; i < scene->line_count; i++)
		play->heads[i] = scene->lines[i].first;
	if (scene->overtakes >= 0) {
		memset(play->overtaken, 0, sizeof(play->overtaken));
		memset(play->spans, 0, scene->ticket_count * sizeof(play->spans[0]));
	}
	for (uint16_t i = 0; i < scene->window_count; i++) {
		play->heap[i] = i;
		play->free_ms[i] = scene->windows[i].busy ? draw_rest(play, &scene->windows[i]) : 0;
	}
	for (int i = play->window_count / 2 - 1; i >= 0; i--)
		sink(play, i);
}

static uint16_t head_of(const struct play *play, uint16_t line)
{
	return play->heads[line] < play->scene->lines[line].end
		       ? play->scene->members[play->heads[line]]
		       : NOBODY;
}

static bool is_guarded(const struct play *play, uint16_t line, uint16_t ticket)
{
	const struct scene *scene = play->scene;
	const struct scene_ticket *head = &scene->tickets[ticket];

	return (scene->age_ms > 0 &&
		(double)head->waited_ms + play->now_ms >= (double)scene->age_ms) ||
	       (scene->overtakes >= 0 &&
		head->overtaken + play->overtaken[line] >= scene->overtakes);
}

/* As line_pick() does. Who may not be overtaken any more is looked for among the heads: in a line
 * nobody has waited for longer, or been overtaken more often, than who came first, but for one who
 * was parked. */
static uint16_t pick(const struct play *play, const struct scene_kind *kind)
{
	const struct scene *scene = play->scene;
	bool ageing = scene->age_ms > 0 || scene->overtakes >= 0;
	uint16_t plain = NOBODY, guarded = NOBODY, group = 0;

	for (uint16_t i = kind->first; i < kind->end; i++) {
		const struct scene_place *place = &scene->places[i];
		uint16_t head;

		if (plain != NOBODY && place->group != group && !ageing)
			break;
		head = head_of(play, place->line);
		if (head == NOBODY)
			continue;
		if (plain == NOBODY || (place->group == group && head < plain)) {
			plain = head;
			group = place->group;
		}
		if (ageing && head < guarded && is_guarded(play, place->line, head))
			guarded = head;
	}
	return guarded < plain ? guarded : plain;
}

/* The call passes over all who came before and might have been called there. */
static void pass(struct play *play, const struct scene_kind *kind, uint16_t called)
{
	const struct scene *scene = play->scene;

	for (uint16_t i = kind->first; i < kind->end; i++) {
		uint16_t line = scene->places[i].line;
		int low = play->heads[line], high = scene->lines[line].end;

		if (head_of(play, line) >= called)
			continue;
		while (low < high) {
			int middle = low + (high - low) / 2;

			if (scene->members[middle] < called)
				low = middle + 1;
			else
				high = middle;
		}
		play->overtaken[line]++;
		play->spans[low - 1]++;
	}
}

static void take(struct play *play, uint16_t ticket)
{
	uint16_t line = play->scene->tickets[ticket].line;

	if (play->scene->overtakes >= 0)
		play->overtaken[line] -= play->spans[play->heads[line]];
	play->heads[line]++;
}

static double draw(struct play *play)
{
	const struct scene *scene = play->scene;

	begin(play);
	while (play->window_count) {
		uint16_t window = play->heap[0], called;
		const struct scene_kind *kind = &scene->kinds[scene->windows[window].kind];

		play->now_ms = play->free_ms[window];
		called = pick(play, kind);
		if (called == scene->own)
			return play->now_ms;
		if (called == NOBODY) {
			play->heap[0] = play->heap[--play->window_count];
		} else {
			if (scene->overtakes >= 0)
				pass(play, kind, called);
			take(play, called);
			play->free_ms[window] +=
				draw_holding(play, &scene->tickets[called].holding);
		}
		if (play->window_count)
			sink(play, 0);
	}
	return play->now_ms;
}

int draws_make(const struct scene *scene, struct random *random, double *ret_waits)
{
	struct play play = {.scene = scene, .random = random};
	int steps = scene->ticket_count, count;

	/* more lines to look at */
	if (scene->age_ms > 0 || scene->overtakes >= 0)
		steps += steps * (scene->place_count / scene->kind_count) / 8;

	for (uint16_t i = 0; i < scene->window_count; i++)
		steps += scene->windows[i].busy ? 4 : 0;
	count = DRAWS_STEPS / steps;
	count = count < DRAWS_LEAST ? DRAWS_LEAST : count > DRAWS_MOST ? DRAWS_MOST : count;
	for (int i = 0; i < Z_COUNT; i++)
		play.z[i] = normal_quantile(0.5 + 0.5 * (i + 0.5) / Z_COUNT);
	for (int i = 0; i < count; i++)
		ret_waits[i] = draw(&play);
	return count;
}
