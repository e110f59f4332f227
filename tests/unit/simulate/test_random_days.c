/* Random days against a second model of a day that is written for plainness: it walks from
 * millisecond to millisecond and looks at every window and every citizen each time. Both must agree
 * on each visit. Besides the laws of conservation, that hold whatever the model: each visit ends
 * once, none before it came, nobody is at two windows, no window serves two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/random.h"
#include "tests/unit/simulate/hand_day.h"

enum { DAYS = 3000, QUEUES = 4, LAST_MS = 4000 };

static uint32_t below(uint64_t *state, uint32_t count)
{
	return (uint32_t)((random_splitmix64(state) >> 32) * count >> 32);
}

/* ---- a random day ---------------------------------------------------------------------------- */

static void draw_window(struct hand_day *day, uint64_t *state, bool breaks)
{
	struct layout_window *window = hand_day_window(day, "");
	uint32_t first = below(state, QUEUES), step = 1 + 2 * below(state, 2);
	int64_t ms = 0;

	window->queue_count = (uint16_t)(1 + below(state, QUEUES));
	for (uint32_t k = 0; k < window->queue_count; k++)
		window->queues[k] = (uint16_t)((first + k * step) % QUEUES);
	window->skills = below(state, 4);
	while (breaks && window->break_count < 4 && below(state, 3)) {
		struct layout_break *rest = &window->breaks[window->break_count++];

		rest->from_ms = ms + below(state, 100);
		rest->to_ms = ms = rest->from_ms + below(state, 60);
		if (!below(state, 12)) {
			rest->to_ms = INT64_MAX;
			break;
		}
	}
}

static struct hand_day *draw_day(uint64_t seed)
{
	struct hand_day *day = hand_day_create();
	uint64_t state = seed;
	uint32_t windows = 1 + below(&state, seed % 100 ? 6 : 150), visits = below(&state, 60);
	uint32_t service = 1 + below(&state, 40), gap = 1 + below(&state, 8);
	bool breaks = below(&state, 2), patience = below(&state, 2), no_shows = below(&state, 2);
	int64_t ms = 0;

	day->layout.walk_ms = below(&state, 3);
	day->layout.no_show_ms = below(&state, 20);
	day->layout.classes = below(&state, 2);
	for (uint16_t i = 0; i < HAND_ITEMS; i++) {
		day->item_queue[i] = (uint16_t)below(&state, QUEUES);
		day->item_pick_up_queue[i] = (uint16_t)below(&state, QUEUES);
		if (below(&state, 2))
			day->item_skill[i] = (uint16_t)below(&state, 2);
	}
	for (uint32_t w = 0; w < windows; w++)
		draw_window(day, &state, breaks);
	for (uint32_t i = 0; i < visits; i++) {
		struct visit *visit;

		ms += below(&state, 2) ? 0 : below(&state, gap);
		visit = hand_day_visit(day, ms, below(&state, HAND_ITEMS), below(&state, service));
		visit->kind = (uint8_t)below(&state, 3);
		visit->class = (uint8_t)below(&state, CLASS_COUNT);
		if (patience && below(&state, 3))
			visit->patience_ms = below(&state, 60);
		visit->no_show = no_shows && !below(&state, 5);
	}
	return day;
}

/* ---- the plain model ------------------------------------------------------------------------- */

enum state { COMING, WAITING, AT_WINDOW, GONE };

struct plain {
	const struct hand_day *day;
	enum state states[HAND_VISITS];
	struct outcome outcomes[HAND_VISITS];
	size_t at[CORE_MAX_WINDOWS]; /* SIZE_MAX nobody */
	int64_t until[CORE_MAX_WINDOWS];
	int64_t idle[CORE_MAX_WINDOWS]; /* since; -1: busy, or has a break */
	bool rests[CORE_MAX_WINDOWS];
	int64_t now, last;
};

static bool has_break(const struct plain *plain, uint32_t w)
{
	const struct layout_window *window = &plain->day->layout.windows[w];

	for (uint32_t k = 0; k < window->break_count; k++)
		if (window->breaks[k].from_ms <= plain->now && plain->now < window->breaks[k].to_ms)
			return true;
	return false;
}

/* The place of the visit's queue in the window's preference, -1: it may not serve it. */
static int place_of(const struct plain *plain, uint32_t w, size_t i)
{
	const struct layout *layout = &plain->day->layout;
	const struct visit *visit = &plain->day->visits[i];
	bool collects = visit->kind == VISIT_PICK_UP;
	uint16_t queue = (collects ? layout->item_pick_up_queue : layout->item_queue)[visit->item];
	uint16_t skill = collects ? LAYOUT_NONE : layout->item_skill[visit->item];

	if (skill != LAYOUT_NONE && !(layout->windows[w].skills >> skill & 1))
		return -1;
	for (uint32_t k = 0; k < layout->windows[w].queue_count; k++)
		if (layout->windows[w].queues[k] == queue)
			return (int)k;
	return -1;
}

static int class_of(const struct plain *plain, size_t i)
{
	int class = plain->day->visits[i].class;

	if (!plain->day->layout.classes)
		return 0;
	return class == CLASS_PRIORITY ? 0 : class == CLASS_APPOINTMENT ? 1 : 2;
}

static size_t next_for(const struct plain *plain, uint32_t w)
{
	size_t best = SIZE_MAX;
	int best_key = 0;

	for (size_t i = 0; i < plain->day->count; i++) {
		int place = place_of(plain, w, i);
		int key = place * CLASS_COUNT + class_of(plain, i);

		if (plain->states[i] != WAITING || place < 0 ||
		    (best != SIZE_MAX && key >= best_key))
			continue;
		best = i;
		best_key = key;
	}
	return best;
}

static void look_at(struct plain *plain, uint32_t w)
{
	const struct layout *layout = &plain->day->layout;
	size_t i;

	plain->at[w] = SIZE_MAX;
	plain->idle[w] = -1;
	plain->rests[w] = has_break(plain, w);
	if (plain->rests[w])
		return;
	i = next_for(plain, w);
	if (i == SIZE_MAX) {
		plain->idle[w] = plain->now;
		return;
	}
	plain->at[w] = i;
	plain->states[i] = AT_WINDOW;
	plain->outcomes[i] = (struct outcome){.called_ms = plain->now, .window = w};
	plain->until[w] =
		plain->now + (plain->day->visits[i].no_show
				      ? layout->no_show_ms
				      : layout->walk_ms + plain->day->visits[i].service_ms);
}

static bool window_moves(struct plain *plain, uint32_t w)
{
	size_t i = plain->at[w];

	if (i != SIZE_MAX) {
		if (plain->until[w] > plain->now)
			return false;
		plain->states[i] = GONE;
		plain->outcomes[i].left_ms = plain->now;
	} else if (plain->rests[w] == has_break(plain, w)) {
		return false;
	}
	look_at(plain, w);
	return true;
}

static bool somebody_leaves(struct plain *plain)
{
	for (size_t i = 0; i < plain->day->count; i++) {
		const struct visit *visit = &plain->day->visits[i];

		if (plain->states[i] != WAITING || visit->patience_ms < 0 ||
		    visit->arrival_ms + visit->patience_ms > plain->now)
			continue;
		plain->states[i] = GONE;
		plain->outcomes[i] =
			(struct outcome){.called_ms = -1, .left_ms = plain->now, .abandoned = true};
		return true;
	}
	return false;
}

static bool somebody_comes(struct plain *plain)
{
	uint32_t best = CORE_MAX_WINDOWS;
	size_t i = 0;

	while (i < plain->day->count && plain->states[i] != COMING)
		i++;
	if (i == plain->day->count || plain->day->visits[i].arrival_ms > plain->now)
		return false;
	plain->states[i] = WAITING;
	for (uint32_t w = 0; w < plain->day->layout.window_count; w++)
		if (plain->idle[w] >= 0 && place_of(plain, w, i) >= 0 &&
		    (best == CORE_MAX_WINDOWS || plain->idle[w] < plain->idle[best]))
			best = w;
	if (best < CORE_MAX_WINDOWS)
		look_at(plain, best);
	return true;
}

static bool something_happens(struct plain *plain)
{
	for (uint32_t w = 0; w < plain->day->layout.window_count; w++)
		if (window_moves(plain, w))
			return true;
	return somebody_leaves(plain) || somebody_comes(plain);
}

static struct plain *walk_through(const struct hand_day *day)
{
	struct plain *plain = calloc(1, sizeof(*plain));

	assert_non_null(plain);
	plain->day = day;
	for (uint32_t w = 0; w < day->layout.window_count; w++)
		plain->at[w] = SIZE_MAX;
	for (; plain->now < LAST_MS; plain->now++)
		while (something_happens(plain))
			plain->last = plain->now;
	return plain;
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void same_as_plain_model(void **state)
{
	size_t called = 0, left = 0, uncalled = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= DAYS; seed++) {
		struct hand_day *day = draw_day(seed);
		struct plain *plain = walk_through(day);

		hand_day_run(day);
		for (size_t i = 0; i < day->count; i++) {
			const struct outcome *a = &day->outcomes[i], *b = &plain->outcomes[i];
			bool over = plain->states[i] == GONE;

			if (over ? a->called_ms != b->called_ms || a->left_ms != b->left_ms ||
					    a->window != b->window || a->abandoned != b->abandoned
				 : a->called_ms != -1 || a->abandoned)
				fail_msg("seed %llu, visit %zu: called %lld at %u, left %lld; not "
					 "%lld, "
					 "%u, %lld",
					 (unsigned long long)seed, i, (long long)a->called_ms,
					 a->window, (long long)a->left_ms, (long long)b->called_ms,
					 b->window, (long long)b->left_ms);
			called += over && b->called_ms >= 0;
			left += over && b->abandoned;
			uncalled += !over;
		}
		free(plain);
		hand_day_destroy(day);
	}
	/* The days are no easy ones. */
	assert_true(called > DAYS * 5 && left > DAYS && uncalled > DAYS / 2);
}

static void check_laws(const struct hand_day *day)
{
	int64_t free_from[CORE_MAX_WINDOWS] = {0}, last = 0;

	assert_int_equal(day->told_count, day->count);
	for (size_t k = 0; k < day->count; k++) {
		const struct outcome *outcome = &day->outcomes[day->order[k]];
		const struct visit *visit = &day->visits[day->order[k]];

		assert_true(outcome->left_ms >= last && outcome->left_ms >= visit->arrival_ms);
		last = outcome->left_ms;
		if (outcome->called_ms < 0)
			continue;
		assert_true(outcome->called_ms >= visit->arrival_ms);
		assert_true(outcome->called_ms >= free_from[outcome->window]);
		assert_int_equal(outcome->left_ms - outcome->called_ms,
				 visit->no_show ? day->layout.no_show_ms
						: day->layout.walk_ms + visit->service_ms);
		assert_true(visit->patience_ms < 0 ||
			    outcome->called_ms <= visit->arrival_ms + visit->patience_ms);
		free_from[outcome->window] = outcome->left_ms;
	}
}

static void laws_hold(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= DAYS; seed++) {
		struct hand_day *day = draw_day(seed);

		hand_day_run(day);
		check_laws(day);
		hand_day_destroy(day);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_plain_model),
		cmocka_unit_test(laws_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
