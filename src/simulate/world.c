/* Days of citizens. A case's draws are by key, so that what one case is spared (a rework, a pick-up
 * that nobody makes) costs no draw and moves no other. Drawn case by case, then put in the order of
 * arrival by a radix sort, which is stable: among equals the case's number and the kind decide. */
#include "src/simulate/world.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MS_PER_MIN = 60000,
	/* a moment of a day is less than 2^27 ms */
	RADIX_BITS = 9,
	RADIX_PASSES = 3,
	RADIX_SIZE = 1 << RADIX_BITS,
	/* filings of a day are bounded as visits are */
	MAX_FILINGS = CORE_MAX_DAY_TICKETS,
};

struct item_draw {
	double until;	/* upper end of the cumulated shares, of 1 */
	double mean_ms; /* of a first visit or rework */
	bool online;
};

struct span_draw {
	double from, until; /* cumulated weights, of 1 */
	double from_ms, ms_per_weight;
	int64_t last_ms;
};

struct world {
	const struct scenario *scenario;
	struct draw_spread day, service, pick_up;
	struct span_draw spans[SCENARIO_MAX_SPANS];
	uint32_t span_count;
	struct item_draw *items; /* of the scenario, by index */
	uint32_t last_item;	 /* that ever comes */
	/* Guide: for u in [i, i + 1) / item_count the search begins at guide[i] (H.-C. Chen and Y.
	 * Asau, "On generating random variates from an empirical distribution", AIIE Transactions 6
	 * (1974)). One comparison or two on average. */
	uint32_t *guide;
};

/* What is drawn stands in the order of cases until it is sorted. */
struct world_scratch {
	struct visit *visits;
	struct filing *filings;
	size_t visit_capacity, filing_capacity;
	uint64_t *keys, *other; /* moment << 32 | index */
	size_t key_capacity;
};

/* ---- tables --------------------------------------------------------------------------------- */

static void make_spans(struct world *world)
{
	const struct scenario *scenario = world->scenario;
	double sum = 0, reached = 0;

	for (uint32_t i = 0; i < scenario->span_count; i++)
		sum += scenario->spans[i].weight;
	for (uint32_t i = 0; i < scenario->span_count; i++) {
		const struct scenario_span *span = &scenario->spans[i];
		struct span_draw *draw = &world->spans[world->span_count];

		if (!(span->weight > 0))
			continue;
		draw->from = reached / sum;
		reached += span->weight;
		draw->until = reached / sum;
		draw->from_ms = (double)span->from_min * MS_PER_MIN;
		draw->ms_per_weight =
			(double)(span->to_min - span->from_min) * MS_PER_MIN / (span->weight / sum);
		draw->last_ms = (int64_t)span->to_min * MS_PER_MIN - 1;
		world->span_count++;
	}
}

static void make_items(struct world *world)
{
	const struct scenario *scenario = world->scenario;
	double sum = 0, reached = 0;
	uint32_t at = 0;

	for (uint32_t i = 0; i < scenario->item_count; i++)
		sum += scenario->items[i].share;
	for (uint32_t i = 0; i < scenario->item_count; i++) {
		const struct scenario_item *item = &scenario->items[i];

		reached += item->share;
		if (item->share > 0)
			world->last_item = i;
		world->items[i] = (struct item_draw){
			.until = reached / sum,
			.mean_ms = scenario->service.mean_min * item->factor * MS_PER_MIN,
			.online = item->online,
		};
	}
	for (uint32_t i = 0; i < scenario->item_count; i++) {
		while (at < world->last_item &&
		       world->items[at].until <= (double)i / scenario->item_count)
			at++;
		world->guide[i] = at;
	}
}

int world_create(struct world **ret_world, const struct scenario *scenario)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return -ENOMEM;
	world->scenario = scenario;
	world->items = calloc(scenario->item_count, sizeof(*world->items));
	world->guide = calloc(scenario->item_count, sizeof(*world->guide));
	if (!world->items || !world->guide) {
		world_destroy(world);
		return -ENOMEM;
	}
	world->day = draw_spread_of(scenario->day_cv);
	world->service = draw_spread_of(scenario->service.cv);
	world->pick_up = draw_spread_of(scenario->pick_up.cv);
	make_spans(world);
	make_items(world);
	*ret_world = world;
	return 0;
}

void world_destroy(struct world *world)
{
	if (!world)
		return;
	free(world->items);
	free(world->guide);
	free(world);
}

/* ---- memory --------------------------------------------------------------------------------- */

void visit_day_finish(struct visit_day *day)
{
	if (day->scratch) {
		free(day->scratch->visits);
		free(day->scratch->filings);
		free(day->scratch->keys);
		free(day->scratch->other);
		free(day->scratch);
	}
	free(day->visits);
	free(day->filings);
	*day = (struct visit_day){0};
}

/* What the table held is of no use any more. */
static int reserve(void **table, size_t *capacity, size_t wanted, size_t size)
{
	void *more;

	if (wanted <= *capacity)
		return 0;
	more = malloc(wanted * size);
	if (!more)
		return -ENOMEM;
	free(*table);
	*table = more;
	*capacity = wanted;
	return 0;
}

/* Room for as many as the cases may make; in eighths more, so that it is seldom taken anew. */
static int reserve_day(struct visit_day *day, uint32_t cases)
{
	struct world_scratch *scratch = day->scratch;
	size_t room = (size_t)cases + cases / 8 + 16, keys;
	size_t visits = 3 * room < CORE_MAX_DAY_TICKETS + 3 ? 3 * room : CORE_MAX_DAY_TICKETS + 3;
	size_t filings = room < MAX_FILINGS + 1 ? room : MAX_FILINGS + 1;
	size_t both = visits > filings ? visits : filings;
	int r;

	if (!scratch) {
		scratch = calloc(1, sizeof(*scratch));
		if (!scratch)
			return -ENOMEM;
		day->scratch = scratch;
	}
	keys = scratch->key_capacity;
	r = reserve((void **)&scratch->visits, &scratch->visit_capacity, visits,
		    sizeof(*scratch->visits));
	if (r == 0)
		r = reserve((void **)&day->visits, &day->visit_capacity, visits,
			    sizeof(*day->visits));
	if (r == 0)
		r = reserve((void **)&scratch->filings, &scratch->filing_capacity, filings,
			    sizeof(*scratch->filings));
	if (r == 0)
		r = reserve((void **)&day->filings, &day->filing_capacity, filings,
			    sizeof(*day->filings));
	if (r == 0)
		r = reserve((void **)&scratch->other, &keys, both, sizeof(*scratch->other));
	if (r == 0)
		r = reserve((void **)&scratch->keys, &scratch->key_capacity, both,
			    sizeof(*scratch->keys));
	return r;
}

/* ---- draws ---------------------------------------------------------------------------------- */

static uint32_t draw_item(const struct world *world, double u)
{
	uint32_t i = world->guide[(uint32_t)(u * world->scenario->item_count)];

	while (u >= world->items[i].until && i < world->last_item)
		i++;
	return i;
}

static int64_t draw_arrival(const struct world *world, double u)
{
	const struct span_draw *span = world->spans;
	int64_t ms;

	while (u >= span->until && span + 1 < world->spans + world->span_count)
		span++;
	ms = (int64_t)(span->from_ms + (u - span->from) * span->ms_per_weight);
	return ms < span->last_ms ? ms : span->last_ms;
}

/* What never happens needs no draw: keys move nothing. */
static bool happens(const struct draw_key *key, uint32_t leg, enum draw_purpose purpose,
		    double chance)
{
	return chance > 0 && draw_uniform(key, leg, purpose) < chance;
}

static void draw_visit(const struct world *world, const struct draw_key *key, enum visit_kind kind,
		       struct visit *visit)
{
	const struct scenario *scenario = world->scenario;
	bool pick_up = kind == VISIT_PICK_UP;
	double mean_ms = pick_up ? scenario->pick_up.mean_min * MS_PER_MIN
				 : world->items[visit->item].mean_ms;

	visit->kind = (uint8_t)kind;
	visit->service_ms =
		llrint(mean_ms * draw_spread(draw_uniform(key, kind, DRAW_SERVICE),
					     pick_up ? &world->pick_up : &world->service));
	visit->patience_ms = -1;
	if (scenario->patience_min > 0)
		visit->patience_ms = llrint(draw_exponential(draw_uniform(key, kind, DRAW_PATIENCE),
							     scenario->patience_min * MS_PER_MIN));
	visit->no_show = happens(key, kind, DRAW_NO_SHOW, scenario->no_show_chance);
}

static void draw_case(const struct world *world, const struct draw_key *key, struct visit_day *day)
{
	const struct scenario *scenario = world->scenario;
	uint32_t item = draw_item(world, draw_uniform(key, 0, DRAW_ITEM));
	bool makes[3] = {true};
	uint8_t class;

	if (world->items[item].online && happens(key, 0, DRAW_ONLINE, scenario->uptake)) {
		day->scratch->filings[day->filing_count++] = (struct filing){
			.filed_ms = draw_arrival(world, draw_uniform(key, 0, DRAW_ARRIVAL)),
			.number = key->number,
			.item = item,
		};
		return;
	}
	class = happens(key, 0, DRAW_CLASS, scenario->priority_chance) ? CLASS_PRIORITY
								       : CLASS_ORDINARY;
	makes[VISIT_REWORK] = happens(key, 0, DRAW_REWORK, scenario->rework_chance);
	makes[VISIT_PICK_UP] = happens(key, 0, DRAW_PICK_UP, scenario->pick_up_chance);
	for (enum visit_kind kind = VISIT_FIRST; kind <= VISIT_PICK_UP; kind++) {
		struct visit *visit = &day->scratch->visits[day->visit_count];

		if (!makes[kind])
			continue;
		*visit = (struct visit){
			.arrival_ms = draw_arrival(world, draw_uniform(key, kind, DRAW_ARRIVAL)),
			.number = key->number,
			.item = item,
			.class = class,
		};
		draw_visit(world, key, kind, visit);
		day->visit_count++;
	}
}

/* ---- order ---------------------------------------------------------------------------------- */

/* Keys by their moment; the sorted ones are at the returned place. */
static const uint64_t *sort_keys(struct world_scratch *scratch, size_t count)
{
	uint64_t *from = scratch->keys, *to = scratch->other;

	for (int pass = 0; pass < RADIX_PASSES; pass++) {
		int shift = 32 + pass * RADIX_BITS;
		uint32_t places[RADIX_SIZE] = {0}, place = 0;
		uint64_t *swapped = from;

		for (size_t i = 0; i < count; i++)
			places[from[i] >> shift & (RADIX_SIZE - 1)]++;
		for (int i = 0; i < RADIX_SIZE; i++) {
			uint32_t here = places[i];

			places[i] = place;
			place += here;
		}
		for (size_t i = 0; i < count; i++)
			to[places[from[i] >> shift & (RADIX_SIZE - 1)]++] = from[i];
		from = to;
		to = swapped;
	}
	return from;
}

static void sort_day(struct visit_day *day)
{
	struct world_scratch *scratch = day->scratch;
	const uint64_t *keys;

	for (size_t i = 0; i < day->visit_count; i++)
		scratch->keys[i] = (uint64_t)scratch->visits[i].arrival_ms << 32 | i;
	keys = sort_keys(scratch, day->visit_count);
	for (size_t i = 0; i < day->visit_count; i++)
		day->visits[i] = scratch->visits[(uint32_t)keys[i]];
	for (size_t i = 0; i < day->filing_count; i++)
		scratch->keys[i] = (uint64_t)scratch->filings[i].filed_ms << 32 | i;
	keys = sort_keys(scratch, day->filing_count);
	for (size_t i = 0; i < day->filing_count; i++)
		day->filings[i] = scratch->filings[(uint32_t)keys[i]];
}

int world_day(const struct world *world, uint64_t seed, uint32_t day, struct visit_day *ret_day)
{
	struct draw_key key = {.seed = seed, .day = day, .number = DRAW_OF_DAY};
	double mean = world->scenario->cases_a_day;
	uint32_t cases;
	int r;

	mean *= draw_spread(draw_uniform(&key, 0, DRAW_DAY_FACTOR), &world->day);
	if (!(mean <= 1e6))
		return -E2BIG;
	cases = draw_poisson(draw_uniform(&key, 0, DRAW_CASES), mean);
	r = reserve_day(ret_day, cases);
	if (r < 0)
		return r;
	ret_day->cases = cases;
	ret_day->visit_count = ret_day->filing_count = 0;
	for (key.number = 0; key.number < cases; key.number++) {
		draw_case(world, &key, ret_day);
		if (ret_day->visit_count > CORE_MAX_DAY_TICKETS ||
		    ret_day->filing_count > MAX_FILINGS)
			return -E2BIG;
	}
	sort_day(ret_day);
	return 0;
}
