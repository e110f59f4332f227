/* The reduced line: of each queue, class and skill a list of who waits, in the order of arrival. A
 * visit's index is its place in that order, so a call compares the first ones of a few lists. */
#include "src/simulate/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX /* no enumerator in C11: larger than an int */
enum { SKILLS = LAYOUT_MAX_SKILLS + 1 /* 0 none */ };

struct place {
	uint32_t next, previous;
	uint32_t list;
};

struct list {
	uint32_t first, last;
};

/* Bit s: somebody waits who needs the skill s - 1, or 0 none. */
struct classes {
	uint64_t skills[CLASS_COUNT];
};

struct line_plain {
	const struct layout *layout;
	const struct visit *visits;
	struct place *places; /* of each visit */
	size_t capacity;
	struct list lists[CORE_MAX_QUEUES * CLASS_COUNT * SKILLS];
	struct classes queues[CORE_MAX_QUEUES];
	uint64_t may[CORE_MAX_WINDOWS]; /* the skills of each window, as in struct classes */
};

/* In the order in which they are called. */
static uint32_t rank_of(const struct line_plain *line, const struct visit *visit)
{
	static const uint32_t ranks[CLASS_COUNT] = {
		[CLASS_PRIORITY] = 0, [CLASS_APPOINTMENT] = 1, [CLASS_ORDINARY] = 2};

	return line->layout->classes ? ranks[visit->class] : 0;
}

static uint32_t list_of(uint32_t queue, uint32_t rank, uint32_t skill)
{
	return (queue * CLASS_COUNT + rank) * SKILLS + skill;
}

static int begin(void *user, const struct layout *layout, const struct visit *visits, size_t count)
{
	struct line_plain *line = user;

	if (count > line->capacity) {
		struct place *places = realloc(line->places, count * sizeof(*places));

		if (!places)
			return -ENOMEM;
		line->places = places;
		line->capacity = count;
	}
	line->layout = layout;
	line->visits = visits;
	memset(line->queues, 0, sizeof(line->queues));
	for (uint32_t w = 0; w < layout->window_count; w++)
		line->may[w] = (uint64_t)layout->windows[w].skills << 1 | 1;
#ifdef SIMULATE_BREAK_SKILL /* a deliberately broken build: the tests must notice */
	memset(line->may, 0xff, sizeof(line->may));
#endif
	return 0;
}

static int arrive(void *user, size_t visit, int64_t now_ms)
{
	struct line_plain *line = user;
	const struct visit *who = &line->visits[visit];
	uint32_t queue = layout_queue_of(line->layout, who);
	uint32_t need = layout_skill_of(line->layout, who);
	uint32_t skill = need == LAYOUT_NONE ? 0 : need + 1, rank = rank_of(line, who);
	struct place *place = &line->places[visit];
	uint64_t *skills = &line->queues[queue].skills[rank], bit = UINT64_C(1) << skill;
	struct list *list;

	(void)now_ms;
	place->list = list_of(queue, rank, skill);
	place->next = NOBODY;
	list = &line->lists[place->list];
	if (*skills & bit) {
		place->previous = list->last;
		line->places[list->last].next = (uint32_t)visit;
	} else {
		place->previous = NOBODY;
		list->first = (uint32_t)visit;
		*skills |= bit;
	}
	list->last = (uint32_t)visit;
	return 0;
}

static int leave(void *user, size_t visit, int64_t now_ms)
{
	struct line_plain *line = user;
	const struct place *place = &line->places[visit];
	struct list *list = &line->lists[place->list];

	(void)now_ms;
	if (place->previous == NOBODY)
		list->first = place->next;
	else
		line->places[place->previous].next = place->next;
	if (place->next == NOBODY)
		list->last = place->previous;
	else
		line->places[place->next].previous = place->previous;
	if (list->first == NOBODY) {
		uint32_t queue = place->list / (CLASS_COUNT * SKILLS);
		uint32_t rank = place->list / SKILLS % CLASS_COUNT;

		line->queues[queue].skills[rank] &= ~(UINT64_C(1) << place->list % SKILLS);
	}
	return 0;
}

/* Of the lists of one queue and class who came first. */
static uint32_t first_of(const struct line_plain *line, uint32_t queue, uint32_t rank,
			 uint64_t skills)
{
	uint32_t first = NOBODY;

	for (; skills; skills &= skills - 1) {
		uint32_t skill = (uint32_t)__builtin_ctzll(skills);
		uint32_t visit = line->lists[list_of(queue, rank, skill)].first;

		if (visit < first)
			first = visit;
	}
	return first;
}

static int call(void *user, uint32_t window, int64_t now_ms, size_t *ret_visit)
{
	struct line_plain *line = user;
	const struct layout_window *of = &line->layout->windows[window];
	uint32_t ranks = line->layout->classes ? CLASS_COUNT : 1;

	for (uint32_t k = 0; k < of->queue_count; k++)
		for (uint32_t rank = 0; rank < ranks; rank++) {
			uint64_t skills =
				line->queues[of->queues[k]].skills[rank] & line->may[window];

			if (!skills)
				continue;
			*ret_visit = first_of(line, of->queues[k], rank, skills);
			return leave(line, *ret_visit, now_ms);
		}
	*ret_visit = SIZE_MAX;
	return 0;
}

const struct line_ops line_plain_ops = {
	.begin = begin, .arrive = arrive, .call = call, .leave = leave};

int line_plain_create(struct line_plain **ret_line)
{
	struct line_plain *line = calloc(1, sizeof(*line));

	if (!line)
		return -ENOMEM;
	*ret_line = line;
	return 0;
}

void line_plain_destroy(struct line_plain *line)
{
	if (!line)
		return;
	free(line->places);
	free(line);
}

bool line_plain_suffices(const struct scenario *scenario)
{
	return scenario->policy != SCENARIO_HALL ||
	       (scenario->rules.overtakes < 0 && scenario->rules.age_ms <= 0);
}
