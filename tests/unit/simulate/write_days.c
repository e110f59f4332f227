/* Citizens of a scenario's days as text, for world.py: the scenario's numbers first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/simulate/world.h"

static void tell(void *user, const char *file, int line, const char *message)
{
	(void)user;
	fprintf(stderr, "%s:%d: %s\n", file, line, message);
}

static void write_scenario(const struct scenario *s)
{
	printf("numbers %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n",
	       s->cases_a_day, s->day_cv, s->uptake, s->service.mean_min, s->service.cv,
	       s->rework_chance, s->pick_up_chance, s->pick_up.mean_min, s->pick_up.cv,
	       s->no_show_chance, s->patience_min, s->priority_chance);
	for (uint32_t i = 0; i < s->span_count; i++)
		printf("span %" PRId32 " %" PRId32 " %.17g\n", s->spans[i].from_min,
		       s->spans[i].to_min, s->spans[i].weight);
	for (uint32_t i = 0; i < s->item_count; i++)
		printf("item %.17g %.17g %d\n", s->items[i].share, s->items[i].factor,
		       s->items[i].online);
}

static int write_day(const struct world *world, uint64_t seed, uint32_t number,
		     struct visit_day *day)
{
	if (world_day(world, seed, number, day) < 0)
		return 1;
	printf("day %" PRIu64 " %" PRIu32 " %" PRIu32 "\n", seed, number, day->cases);
	for (size_t i = 0; i < day->visit_count; i++)
		printf("visit %" PRId64 " %" PRIu32 " %d %" PRIu32 " %" PRId64 " %" PRId64
		       " %d %d\n",
		       day->visits[i].arrival_ms, day->visits[i].number, day->visits[i].kind,
		       day->visits[i].item, day->visits[i].service_ms, day->visits[i].patience_ms,
		       day->visits[i].class, day->visits[i].no_show);
	for (size_t i = 0; i < day->filing_count; i++)
		printf("filing %" PRId64 " %" PRIu32 " %" PRIu32 "\n", day->filings[i].filed_ms,
		       day->filings[i].number, day->filings[i].item);
	return 0;
}

/* FILE SEED DAYS */
int main(int argc, char **argv)
{
	struct visit_day day = {.visit_count = 0};
	struct world *world = NULL;
	struct scenario scenario;
	int r = 0;

	if (argc != 4 || scenario_read(&scenario, argv[1], tell, NULL) < 0 ||
	    world_create(&world, &scenario) < 0)
		return 1;
	write_scenario(&scenario);
	for (int i = 0; r == 0 && i < atoi(argv[3]); i++)
		r = write_day(world, strtoull(argv[2], NULL, 10), (uint32_t)i, &day);
	visit_day_finish(&day);
	world_destroy(world);
	scenario_finish(&scenario);
	return r;
}
