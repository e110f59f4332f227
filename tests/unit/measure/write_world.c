/* Writes the log of a world for compare_check.py and calibration_check.py:
 *
 *     write_world PATH SEED DAYS_BEFORE DAYS_AFTER TICKETS SERVICE_S FASTER ODDITIES LEAVERS
 * FILINGS CASES DRIFTING GRAIN_MS KEPT UNCLOSED INTERVALS
 *
 * Behind the days of each side it lets the log go, says "paused", and goes on behind a line of
 * stdin. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/digest.h"
#include "tests/unit/measure/world.h"

static int apply(void *user, const struct store_row *row)
{
	return hall_apply(user, &row->event);
}

static int open_log(struct world *world)
{
	struct store_options options = {.path = world->path, .create = true};
	char error[STORE_ERROR_SIZE] = "";
	int r = hall_create(&world->hall);

	if (world->plan.kept)
		options.digest = &digest_maker;
	if (r == 0)
		r = store_open(&world->store, &options, apply, world->hall, error);
	if (error[0])
		fprintf(stderr, "write_world: %s\n", error);
	return r;
}

static int close_log(struct world *world)
{
	int r = 0;

	if (world->store) {
		r = store_flush(world->store) == STORE_OK ? 0 : -EIO;
		store_close(world->store);
	}
	hall_destroy(world->hall);
	world->store = NULL;
	world->hall = NULL;
	return r;
}

int world_pause(struct world *world)
{
	int r = close_log(world);

	puts("paused");
	fflush(stdout);
	while (getchar() != '\n' && !feof(stdin))
		;
	if (r == 0)
		r = open_log(world);
	return r ? r : world_boot(world, 0, 0);
}

static int64_t number(const char *text)
{
	return strtoll(text, NULL, 10);
}

int main(int argc, char **argv)
{
	static struct world world;
	int r;

	if (argc != 17)
		return 2;
	world.path = argv[1];
	world.dice = (uint64_t)number(argv[2]) * 0x9e3779b97f4a7c15u + 1;
	world.plan = (struct world_plan){
		.days = {number(argv[3]), number(argv[4])},
		.tickets = number(argv[5]),
		.service_s = number(argv[6]),
		.faster = number(argv[7]),
		.oddities = number(argv[8]),
		.leavers = number(argv[9]),
		.filings = number(argv[10]),
		.cases = number(argv[11]),
		.drifting = number(argv[12]),
		.grain_ms = number(argv[13]),
		.kept = number(argv[14]),
		.unclosed = number(argv[15]),
		.intervals = number(argv[16]),
	};
	if (world.plan.grain_ms < 1)
		return 2;
	r = open_log(&world);
	if (r == 0)
		r = world_live(&world);
	r = close_log(&world) && r == 0 ? -EIO : r;
	if (r < 0)
		fprintf(stderr, "write_world: %s\n", strerror(-r));
	return r < 0;
}
