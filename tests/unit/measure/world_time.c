/* Dice, clocks and commands of a world. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/measure/world.h"

static uint64_t throw_dice(struct world *world)
{
	world->dice = world->dice * 6364136223846793005u + 1442695040888963407u;
	return world->dice >> 33;
}

int64_t world_below(struct world *world, int64_t n)
{
	return n > 0 ? (int64_t)(throw_dice(world) % (uint64_t)n) : 0;
}

bool world_chance(struct world *world, int64_t percent)
{
	return world_below(world, 100) < percent;
}

int64_t world_spread(struct world *world, int64_t mean)
{
	double one = ((double)world_below(world, 1000000) + 1) / 1000000;

	return (int64_t)(-log(one) * (double)mean);
}

struct command world_wish(const struct world *world, enum command_type type)
{
	struct command command;

	memset(&command, 0, sizeof(command));
	command.type = type;
	command.at.mono_ms = world->now - world->boot_at;
	command.at.wall_ms = world->now + world->wall_base_ms;
	command.at.offset_min = world->offset_min;
	strcpy(command.by, "world");
	return command;
}

/* An interval such as the core might have said, of dice of its own: a world stays as it is without.
 * One in seven says nothing, one in seven met an idle window; ends are at times the same. The wider
 * the more waits they hold. */
static void invent_interval(const struct world *world, struct event_ticket_issued *issued)
{
	struct world dice = {.dice = (uint64_t)issued->ticket * 0x9e3779b97f4a7c15u + 1};
	int64_t width = world->plan.intervals * MINUTE_MS;

	issued->expect_ms = issued->expect_low_ms = issued->expect_high_ms = -1;
	issued->expect_busy = world_below(&dice, 7) > 0;
	if (world_chance(&dice, 14))
		return;
	issued->expect_low_ms = world_chance(&dice, 75 + world->plan.intervals / 8)
					? 0
					: world_below(&dice, width / 4);
	issued->expect_high_ms = issued->expect_low_ms;
	if (!world_chance(&dice, 2))
		issued->expect_high_ms += world_below(&dice, 2 * width);
	issued->expect_ms = (issued->expect_low_ms + issued->expect_high_ms) / 2;
}

int world_do(struct world *world, const struct command *command, bool *ret_done)
{
	static struct decision decision;
	int r = hall_decide(world->hall, command, &decision);

	if (ret_done)
		*ret_done = r == 0 && decision.count;
	if (r == -EPERM || (r == 0 && !decision.count))
		return 0;
	for (size_t i = 0; r == 0 && i < decision.count; i++) {
		decision.events[i].seq = hall_seq(world->hall) + 1;
		if (world->plan.intervals > 0 && decision.events[i].type == EVENT_TICKET_ISSUED)
			invent_interval(world, &decision.events[i].u.ticket_issued);
		r = hall_apply(world->hall, &decision.events[i]);
	}
	return r < 0 ? r : store_append(world->store, decision.events, decision.count, NULL);
}

int64_t world_yyyymmdd(int64_t days)
{
	int64_t shifted = days + 719468, era = shifted / 146097, of_era = shifted % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153, day = of_year - (153 * month + 2) / 5 + 1;

	month = month < 10 ? month + 3 : month - 9;
	return (era * 400 + year + (month <= 2)) * 10000 + month * 100 + day;
}

static int start(struct world *world)
{
	struct command command = world_wish(world, COMMAND_START_DAEMON);

	snprintf(command.u.start_daemon.boot, sizeof(command.u.start_daemon.boot), "boot-%d",
		 world->boots);
	strcpy(command.u.start_daemon.software, "onewindow world");
	return world_do(world, &command, NULL);
}

/* Off for a while; its wall clock comes back wrong. */
int world_boot(struct world *world, int64_t gap_ms, int64_t wall_error_ms)
{
	world->boots++;
	world->now += gap_ms;
	world->boot_at = world->now - 2000 - world_below(world, 30000);
	world->wall_base_ms += wall_error_ms;
	return start(world);
}

/* The same boot; or, the machine put back to an older state, an earlier moment of it. */
int world_restart(struct world *world, int64_t back_ms)
{
	int64_t uptime = world->now - world->boot_at;

	if (back_ms > uptime)
		back_ms = uptime;
	world->boot_at += back_ms;
	return start(world);
}

int world_set_clock(struct world *world, int64_t step_ms)
{
	struct command command;

	world->wall_base_ms += step_ms;
	command = world_wish(world, COMMAND_STEP_CLOCK);
	command.u.step_clock.step_ms = step_ms;
	return world_do(world, &command, NULL);
}
