/* Writes the log of a world for compare_check.py:
 *
 *     write_world PATH SEED DAYS_BEFORE DAYS_AFTER TICKETS SERVICE_S FASTER ODDITIES LEAVERS FILINGS CASES DRIFTING
 *
 * Behind the days of each side it flushes, tells its clock, and takes events to append from stdin. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/measure/world.h"

static int ignore(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return 0;
}

static int64_t number(const char *text)
{
	return strtoll(text, NULL, 10);
}

int main(int argc, char **argv)
{
	static struct world world;
	struct store_options options = {.create = true};
	char error[STORE_ERROR_SIZE] = "";
	int r;

	if (argc != 13)
		return 2;
	options.path = argv[1];
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
	};
	r = hall_create(&world.hall);
	if (r == 0)
		r = store_open(&world.store, &options, ignore, NULL, error);
	if (r == 0)
		r = world_live(&world);
	if (r == 0 && store_flush(world.store) != STORE_OK)
		r = -EIO;
	if (world.store)
		store_close(world.store);
	hall_destroy(world.hall);
	if (r < 0)
		fprintf(stderr, "write_world: %s %s\n", strerror(-r), error);
	return r < 0;
}
