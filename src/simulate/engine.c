/* One day as a sequence of moments: windows become free, citizens lose patience, citizens arrive.
 * What a window does next is due at one moment; these moments lie in a small heap. Who may serve
 * whom, and who is idle, are sets of bits. */
#include "src/simulate/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/heap.h"

enum {
	/* A moment and an index in one number, so that an order of numbers is one of moments and
	 * then of the list. */
	WINDOW_BITS = 8,
	VISIT_BITS = 20,
	WORDS = CORE_MAX_WINDOWS / 64, /* of a set of windows */
	NO_WINDOW = UINT16_MAX
};
_Static_assert(CORE_MAX_WINDOWS <= 1 << WINDOW_BITS, "");
static const int64_t LEAVE_MAX_MS = (INT64_C(1) << (63 - VISIT_BITS)) - 1;

enum seat_state {
	SEAT_IDLE,
	SEAT_CALLED, /* the service begins when it is due */
	SEAT_SERVING,
	SEAT_VAIN, /* waits for who does not come */
	SEAT_BREAK
};

struct seat {
	enum seat_state state;
	uint32_t at_break; /* the first that is not over */
	size_t visit;
	int64_t called_ms;
	int64_t idle_ms; /* since when */
};

struct engine {
	const struct layout *layout;
	const struct visit *visits;
	size_t count;
	const struct line_ops *ops;
	void *line;
	engine_outcome_fn fn;
	void *user;

	int64_t now_ms;
	size_t next;	  /* to arrive */
	size_t waiting;	  /* uncalled */
	uint32_t busy;	  /* windows with a citizen */
	bool top_is_done; /* the first of due is being handled: its place is free */
	struct seat seats[CORE_MAX_WINDOWS];
	uint32_t words; /* of a set that are in use */
	uint64_t idle[WORDS];
	uint64_t serve[CORE_MAX_QUEUES][WORDS];	 /* this queue */
	uint64_t have[LAYOUT_MAX_SKILLS][WORDS]; /* this skill */
	struct heap due;			 /* windows */
	struct heap patience;			 /* visits; also of some who were called */
	struct heap breaks;			 /* begins; rising, so a list from at_begin on */
	size_t at_begin;
	bool *is_waiting; /* of each visit */
	size_t visit_capacity;
};

static void set_due(struct engine *engine, uint32_t window, int64_t ms)
{
	int64_t key = (ms << WINDOW_BITS) | window;

	if (engine->top_is_done)
		heap_replace_first(&engine->due, key);
	else
		heap_push(&engine->due, key);
	engine->top_is_done = false;
}

static void become_idle(struct engine *engine, uint32_t window)
{
	engine->seats[window].state = SEAT_IDLE;
	engine->seats[window].idle_ms = engine->now_ms;
	engine->idle[window / 64] |= UINT64_C(1) << window % 64;
}

static void stop_idling(struct engine *engine, uint32_t window)
{
	engine->idle[window / 64] &= ~(UINT64_C(1) << window % 64);
}

/* Who has been idle longest of those who may serve the visit, the first of the list on ties;
 * NO_WINDOW none. */
static uint32_t find_idle(const struct engine *engine, const struct visit *visit)
{
	const uint64_t *serve = engine->serve[layout_queue_of(engine->layout, visit)];
	uint32_t skill = layout_skill_of(engine->layout, visit), best = NO_WINDOW;
	int64_t since_ms = INT64_MAX;

	for (uint32_t k = 0; k < engine->words; k++) {
		uint64_t set = engine->idle[k] & serve[k];

		if (skill != LAYOUT_NONE)
			set &= engine->have[skill][k];
		for (; set; set &= set - 1) {
			uint32_t window = k * 64 + (uint32_t)__builtin_ctzll(set);

#ifdef SIMULATE_BREAK_IDLE /* a deliberately broken build: the tests must notice */
			if (best != NO_WINDOW)
				continue;
#endif
			if (engine->seats[window].idle_ms >= since_ms)
				continue;
			best = window;
			since_ms = engine->seats[window].idle_ms;
		}
	}
	return best;
}

static void tell(struct engine *engine, size_t visit, const struct outcome *outcome)
{
	if (engine->fn)
		engine->fn(engine->user, &engine->visits[visit], outcome);
}

static void tell_of_seat(struct engine *engine, uint32_t window)
{
	const struct seat *seat = &engine->seats[window];
	const struct outcome outcome = {
		.called_ms = seat->called_ms, .left_ms = engine->now_ms, .window = window};

	engine->busy--;
	tell(engine, seat->visit, &outcome);
}

static void receive(struct engine *engine, uint32_t window, size_t index)
{
	const struct visit *visit = &engine->visits[index];
	struct seat *seat = &engine->seats[window];

	engine->is_waiting[index] = false;
	engine->waiting--;
	engine->busy++;
	seat->visit = index;
	seat->called_ms = engine->now_ms;
	if (visit->no_show) {
		seat->state = SEAT_VAIN;
		set_due(engine, window, engine->now_ms + engine->layout->no_show_ms);
	} else if (engine->ops->start) {
		seat->state = SEAT_CALLED;
		set_due(engine, window, engine->now_ms + engine->layout->walk_ms);
	} else {
		seat->state = SEAT_SERVING;
		set_due(engine, window,
			engine->now_ms + engine->layout->walk_ms + visit->service_ms);
	}
}

/* The window is not idle. */
static int call(struct engine *engine, uint32_t window)
{
	size_t visit = SIZE_MAX;
	int r;

	if (engine->waiting) {
		r = engine->ops->call(engine->line, window, engine->now_ms, &visit);
		if (r < 0)
			return r;
	}
	if (visit == SIZE_MAX)
		become_idle(engine, window);
	else
		receive(engine, window, visit);
	return 0;
}

static int begin_break(struct engine *engine, uint32_t window, int64_t to_ms)
{
	int r = 0;

	engine->seats[window].state = SEAT_BREAK;
	if (to_ms < INT64_MAX)
		set_due(engine, window, to_ms);
	if (engine->ops->pause)
		r = engine->ops->pause(engine->line, window, engine->now_ms);
	return r;
}

/* NULL: it may call. */
static const struct layout_break *break_of(struct engine *engine, uint32_t window)
{
	const struct layout_window *of = &engine->layout->windows[window];
	struct seat *seat = &engine->seats[window];

	while (seat->at_break < of->break_count &&
	       of->breaks[seat->at_break].to_ms <= engine->now_ms)
		seat->at_break++;
	return seat->at_break < of->break_count &&
			       of->breaks[seat->at_break].from_ms <= engine->now_ms
		       ? &of->breaks[seat->at_break]
		       : NULL;
}

static int become_free(struct engine *engine, uint32_t window)
{
	const struct layout_break *rest = break_of(engine, window);

	return rest ? begin_break(engine, window, rest->to_ms) : call(engine, window);
}

typedef int (*moment_fn)(void *line, uint32_t window, size_t visit, int64_t now_ms);

static int end_visit(struct engine *engine, uint32_t window, moment_fn moment)
{
	size_t visit = engine->seats[window].visit;
	int r = moment ? moment(engine->line, window, visit, engine->now_ms) : 0;

	if (r < 0)
		return r;
	tell_of_seat(engine, window);
	return become_free(engine, window);
}

static int do_due(struct engine *engine, uint32_t window)
{
	const struct line_ops *ops = engine->ops;
	struct seat *seat = &engine->seats[window];
	int r = 0;

	switch (seat->state) {
	case SEAT_CALLED:
		seat->state = SEAT_SERVING;
		set_due(engine, window, engine->now_ms + engine->visits[seat->visit].service_ms);
		return ops->start(engine->line, window, seat->visit, engine->now_ms);
	case SEAT_SERVING: return end_visit(engine, window, ops->finish);
	case SEAT_VAIN: return end_visit(engine, window, ops->no_show);
	case SEAT_BREAK:
		if (ops->reopen)
			r = ops->reopen(engine->line, window, engine->now_ms);
		return r < 0 ? r : become_free(engine, window);
	case SEAT_IDLE: break;
	}
	return 0;
}

/* Who is served is served to the end: become_free() sees the break then. */
static int begin_due_break(struct engine *engine, uint32_t window)
{
	struct seat *seat = &engine->seats[window];
	const struct layout_break *rest;

	if (seat->state != SEAT_IDLE)
		return 0;
	rest = break_of(engine, window);
	if (!rest)
		return 0;
	stop_idling(engine, window);
	return begin_break(engine, window, rest->to_ms);
}

static int arrive(struct engine *engine)
{
	size_t index = engine->next++;
	const struct visit *visit = &engine->visits[index];
	uint32_t window = find_idle(engine, visit);
	int r = engine->ops->arrive(engine->line, index, engine->now_ms);

	if (r < 0)
		return r;
	engine->is_waiting[index] = true;
	engine->waiting++;
	if (window != NO_WINDOW) {
		stop_idling(engine, window);
		r = call(engine, window);
		if (r < 0)
			return r;
	}
	if (visit->patience_ms < 0 || !engine->is_waiting[index] ||
	    visit->patience_ms > LEAVE_MAX_MS - engine->now_ms)
		return 0;
	r = heap_reserve(&engine->patience, engine->patience.count + 1);
	if (r == 0)
		heap_push(&engine->patience,
			  ((engine->now_ms + visit->patience_ms) << VISIT_BITS) | (int64_t)index);
	return r;
}

static int leave(struct engine *engine)
{
	size_t index = (size_t)engine->patience.keys[0] & ((1 << VISIT_BITS) - 1);
	const struct outcome outcome = {
		.called_ms = -1, .left_ms = engine->now_ms, .abandoned = true};
	int r = 0;

	heap_drop_first(&engine->patience);
	engine->is_waiting[index] = false;
	engine->waiting--;
	if (engine->ops->leave)
		r = engine->ops->leave(engine->line, index, engine->now_ms);
	if (r < 0)
		return r;
	tell(engine, index, &outcome);
	return 0;
}

static int64_t next_leave_ms(struct engine *engine)
{
	struct heap *heap = &engine->patience;

	while (heap->count && !engine->is_waiting[(size_t)heap->keys[0] & ((1 << VISIT_BITS) - 1)])
		heap_drop_first(heap);
	return heap->count ? heap->keys[0] >> VISIT_BITS : INT64_MAX;
}

static int do_window(struct engine *engine, int64_t key, bool is_break)
{
	uint32_t window = (uint32_t)key & ((1 << WINDOW_BITS) - 1);
	int r;

	if (is_break) {
		engine->at_begin++;
		return begin_due_break(engine, window);
	}
	engine->top_is_done = true;
	r = do_due(engine, window);
	if (engine->top_is_done)
		heap_drop_first(&engine->due);
	engine->top_is_done = false;
	return r;
}

/* The next moment; 1: the day is over. */
static int step(struct engine *engine)
{
	int64_t due = engine->due.count ? engine->due.keys[0] : INT64_MAX;
	int64_t rest = engine->at_begin < engine->breaks.count
			       ? engine->breaks.keys[engine->at_begin]
			       : INT64_MAX;
	int64_t key = due < rest ? due : rest;
	int64_t window_ms = key == INT64_MAX ? INT64_MAX : key >> WINDOW_BITS;
	int64_t leave_ms = engine->patience.count ? next_leave_ms(engine) : INT64_MAX;
	int64_t arrive_ms =
		engine->next < engine->count ? engine->visits[engine->next].arrival_ms : INT64_MAX;
	int64_t now_ms = window_ms < leave_ms ? window_ms : leave_ms;

	if (arrive_ms < now_ms)
		now_ms = arrive_ms;
	if (now_ms == INT64_MAX || (arrive_ms == INT64_MAX && !engine->waiting && !engine->busy))
		return 1;
	engine->now_ms = now_ms;
	if (window_ms == now_ms)
		return do_window(engine, key, rest < due);
	return leave_ms == now_ms ? leave(engine) : arrive(engine);
}

static int compare_keys(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int list_breaks(struct engine *engine)
{
	const struct layout *layout = engine->layout;
	size_t count = 0;
	int r;

	engine->breaks.count = engine->at_begin = 0;
	for (uint32_t w = 0; w < layout->window_count; w++)
		count += layout->windows[w].break_count;
	r = heap_reserve(&engine->breaks, count);
	if (r < 0 || !count)
		return r;
	for (uint32_t w = 0; w < layout->window_count; w++)
		for (uint32_t k = 0; k < layout->windows[w].break_count; k++)
			engine->breaks.keys[engine->breaks.count++] =
				(layout->windows[w].breaks[k].from_ms << WINDOW_BITS) | w;
	qsort(engine->breaks.keys, count, sizeof(*engine->breaks.keys), compare_keys);
	return 0;
}

static void seat_all(struct engine *engine)
{
	const struct layout *layout = engine->layout;

	engine->words = (layout->window_count + 63) / 64;
	memset(engine->idle, 0, sizeof(engine->idle));
	memset(engine->serve, 0, sizeof(engine->serve));
	memset(engine->have, 0, sizeof(engine->have));
	for (uint32_t w = 0; w < layout->window_count; w++) {
		const struct layout_window *window = &layout->windows[w];
		uint64_t bit = UINT64_C(1) << w % 64;

		for (uint32_t k = 0; k < window->queue_count; k++)
			engine->serve[window->queues[k]][w / 64] |= bit;
		for (uint32_t skills = window->skills; skills; skills &= skills - 1)
			engine->have[__builtin_ctz(skills)][w / 64] |= bit;
		engine->seats[w].at_break = 0;
		become_idle(engine, w);
	}
}

static int prepare(struct engine *engine)
{
	int r;

	if (engine->count > (size_t)1 << VISIT_BITS)
		return -E2BIG;
	if (engine->count > engine->visit_capacity) {
		bool *is_waiting = realloc(engine->is_waiting, engine->count);

		if (!is_waiting)
			return -ENOMEM;
		engine->is_waiting = is_waiting;
		engine->visit_capacity = engine->count;
	}
	r = heap_reserve(&engine->due, CORE_MAX_WINDOWS);
	if (r < 0)
		return r;
	r = list_breaks(engine);
	if (r < 0)
		return r;
	engine->now_ms = 0;
	engine->next = engine->waiting = engine->busy = 0;
	engine->due.count = engine->patience.count = 0;
	engine->top_is_done = false;
	seat_all(engine);
	return 0;
}

/* The day is over: who still waits was never called. */
static int end(struct engine *engine)
{
	struct outcome outcome = {.called_ms = -1, .left_ms = engine->now_ms};

	for (size_t i = 0; engine->waiting && i < engine->count; i++) {
		if (!engine->is_waiting[i])
			continue;
		engine->waiting--;
		tell(engine, i, &outcome);
	}
	if (engine->ops->end)
		return engine->ops->end(engine->line, engine->now_ms);
	return 0;
}

int engine_day(struct engine *engine, const struct layout *layout, const struct visit *visits,
	       size_t count, const struct line_ops *ops, void *line, engine_outcome_fn fn,
	       void *user)
{
	int r;

	engine->layout = layout;
	engine->visits = visits;
	engine->count = count;
	engine->ops = ops;
	engine->line = line;
	engine->fn = fn;
	engine->user = user;
	r = prepare(engine);
	if (r < 0)
		return r;
	r = ops->begin(line, layout, visits, count);
	while (r == 0)
		r = step(engine);
	return r < 0 ? r : end(engine);
}

int engine_create(struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	*ret_engine = engine;
	return 0;
}

void engine_destroy(struct engine *engine)
{
	if (!engine)
		return;
	free(engine->due.keys);
	free(engine->patience.keys);
	free(engine->breaks.keys);
	free(engine->is_waiting);
	free(engine);
}
