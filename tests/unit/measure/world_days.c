/* The days of a world: a hall before and after its reform, with nights, missing days, days without
 * anybody, days reopened, power cuts and clocks that are set. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/measure/world.h"

static const int64_t DAY_MS = 86400000;
static const int64_t FIRST_DAY = 20460; /* Wednesday, 2026-01-07 */

static int define_queue(struct world *world, const char *id, const char *prefix, int64_t kind,
			bool retired)
{
	struct command command = world_wish(world, COMMAND_DEFINE_QUEUE);
	struct event_queue_defined *def = &command.u.define_queue;

	snprintf(def->queue, sizeof(def->queue), "%s", id);
	snprintf(def->zh, sizeof(def->zh), "队列 %s", id);
	snprintf(def->en, sizeof(def->en), "Queue %s", id);
	snprintf(def->prefix, sizeof(def->prefix), "%s", prefix);
	def->first = 1;
	def->last = 999;
	def->work = strcmp(id, "guide") != 0;
	def->kind = kind;
	def->retired = retired;
	return world_do(world, &command, NULL);
}

static int define_window(struct world *world, int64_t window, const char *queues)
{
	struct command command = world_wish(world, COMMAND_DEFINE_WINDOW);
	struct event_window_defined *def = &command.u.define_window;

	def->window = window;
	snprintf(def->zh, sizeof(def->zh), "%d号窗口", (int)window);
	snprintf(def->en, sizeof(def->en), "Window %d", (int)window);
	snprintf(def->queues, sizeof(def->queues), "%s", queues);
	return world_do(world, &command, NULL);
}

static int define_item(struct world *world, const char *id, const char *department,
		       const char *queue)
{
	struct command command = world_wish(world, COMMAND_DEFINE_ITEM);
	struct event_item_defined *def = &command.u.define_item;

	snprintf(def->item, sizeof(def->item), "%s", id);
	snprintf(def->zh, sizeof(def->zh), "事项 %s", id);
	snprintf(def->en, sizeof(def->en), "Item %s", id);
	snprintf(def->department, sizeof(def->department), "%s", department);
	snprintf(def->queue, sizeof(def->queue), "%s", queue);
	return world_do(world, &command, NULL);
}

static int define_hall(struct world *world, int64_t target_min)
{
	struct command command = world_wish(world, COMMAND_DEFINE_HALL);
	struct event_hall_defined *def = &command.u.define_hall;

	strcpy(def->id, "world");
	strcpy(def->zh, "世界");
	strcpy(def->en, "World");
	strcpy(def->zone, "Asia/Shanghai");
	def->target_ms = target_min * MINUTE_MS;
	return world_do(world, &command, NULL);
}

static int let_core_expect(struct world *world)
{
	struct command command = world_wish(world, COMMAND_DEFINE_POLICY);

	command.u.define_policy.overtakes = -1;
	command.u.define_policy.expect = true;
	command.u.define_policy.expect_service_ms = 10 * MINUTE_MS;
	return world_do(world, &command, NULL);
}

/* Before: a window each for three departments. Queues that state no kind count by work. */
static int lay_out_before(struct world *world)
{
	static const char *const queues[] = {"dept-a", "dept-b", "dept-c"};
	static const char *const prefixes[] = {"A", "B", "C"};
	int r = define_hall(world, 10);

	if (r == 0 && world->plan.intervals < 0)
		r = let_core_expect(world);
	for (int i = 0; r == 0 && i < 3; i++)
		r = define_queue(world, queues[i], prefixes[i],
				 world->plan.kept ? QUEUE_UNSTATED : QUEUE_INTAKE, false);
	r = r ? r : define_queue(world, "control", "X", QUEUE_INTAKE, false);
	r = r ? r : define_queue(world, "issue", "J", QUEUE_ISSUE, false);
	r = r ? r : define_queue(world, "guide", "G", QUEUE_UNSTATED, false);
	for (int i = 0; r == 0 && i < 3; i++)
		r = define_window(world, i + 1, queues[i]);
	r = r ? r : define_window(world, 4, "control");
	r = r ? r : define_window(world, 5, "guide");
	r = r ? r : define_window(world, 6, "issue,dept-a");
	r = r ? r : define_item(world, "it-a", "公安局", "dept-a");
	r = r ? r : define_item(world, "it-b", "公安局", "dept-a");
	r = r ? r : define_item(world, "it-c", "税务局", "dept-b");
	r = r ? r : define_item(world, "it-d", "税务局", "dept-b");
	r = r ? r : define_item(world, "it-e", "住建局", "dept-c");
	return r ? r : define_item(world, "it-x", "民政局", "control");
}

/* After: general windows for all of them; one department has lost an item to another. */
static int lay_out_after(struct world *world)
{
	int r = define_queue(world, "general", "D", QUEUE_INTAKE, false);

	r = r ? r : define_queue(world, "dept-a", "A", QUEUE_INTAKE, true);
	r = r ? r : define_queue(world, "dept-b", "B", QUEUE_INTAKE, true);
	r = r ? r : define_queue(world, "dept-c", "C", QUEUE_INTAKE, true);
	r = r ? r : define_queue(world, "guide", "G", QUEUE_GUIDE, false);
	r = r ? r : define_window(world, 1, "general");
	r = r ? r : define_window(world, 2, "general");
	r = r ? r : define_window(world, 3, "general,issue");
	r = r ? r : define_window(world, 6, "issue,general");
	r = r ? r : define_item(world, "it-a", "公安局", "general");
	r = r ? r : define_item(world, "it-b", "公安局", "general");
	r = r ? r : define_item(world, "it-c", "税务局", "general");
	r = r ? r : define_item(world, "it-d", "税务局", "general");
	r = r ? r : define_item(world, "it-e", "住建局", "general");
	return r ? r : define_hall(world, 15);
}

static int sign_in(struct world *world)
{
	int r = 0;

	for (int64_t window = 1; r == 0 && window <= WORLD_WINDOWS; window++) {
		struct command command = world_wish(world, COMMAND_SIGN_IN);

		if (hall_find_window(world->hall, window)->clerk[0]) {
			if (world_chance(world, 60))
				continue;
			command.type = COMMAND_SIGN_OUT;
		}
		command.u.at_window.window = window;
		snprintf(command.u.at_window.clerk, CORE_ID_SIZE, "10%d",
			 (int)(window + world_below(world, 2)));
		r = world_do(world, &command, NULL);
	}
	return r;
}

static int odd_moment(struct world *world)
{
	static const int64_t steps[] = {700, -700, 45000, -90000, HOUR_MS, -HOUR_MS};

	switch (world_below(world, 6)) {
	case 0: return world_boot(world, MINUTE_MS + world_below(world, 20 * MINUTE_MS), 0);
	case 1: return world_boot(world, MINUTE_MS, -2 * MINUTE_MS - world_below(world, HOUR_MS));
	case 2: return world_boot(world, MINUTE_MS, world_below(world, HOUR_MS));
	case 3: return world_restart(world, 0);
	case 4: return world_restart(world, world_below(world, HOUR_MS));
	}
	return world_set_clock(world, steps[world_below(world, 6)]);
}

static int open_day(struct world *world, int64_t date)
{
	struct command command = world_wish(world, COMMAND_OPEN_DAY);

	command.u.open_day.date = world_yyyymmdd(date);
	command.u.open_day.operator_word = true;
	world->person_count = 0;
	memset(world->busy_until, 0, sizeof(world->busy_until));
	return world_do(world, &command, NULL);
}

static int close_day(struct world *world)
{
	struct command command = world_wish(world, COMMAND_CLOSE_DAY);

	return world_do(world, &command, NULL);
}

/* Until that time of the world's own clock. */
static int live_until(struct world *world, int64_t end, bool doors_open)
{
	int64_t moments = (end - world->now) / 9000;
	int r = 0;

	while (r == 0 && world->now < end) {
		r = world_moment(world, doors_open);
		if (r == 0 && doors_open && moments > 0 &&
		    world_below(world, moments * 100) < world->plan.oddities)
			r = odd_moment(world);
	}
	return r;
}

static int file_online(struct world *world)
{
	int r = 0;

	for (int64_t i = world_below(world, 2 * world->plan.filings + 1); r == 0 && i > 0; i--) {
		struct command command = world_wish(world, COMMAND_FILE_ONLINE);

		strcpy(command.u.file_online.item, world_chance(world, 50) ? "it-a" : "it-e");
		snprintf(command.u.file_online.case_ref, CORE_CASE_SIZE, "case-%d",
			 (int)(world_chance(world, 60) ? world->cases++
						       : world_below(world, world->cases)));
		command.u.file_online.filed =
			command.at.wall_ms - world_below(world, 48 * (int64_t)HOUR_MS);
		r = world_do(world, &command, NULL);
	}
	return r;
}

/* An earlier date, opened behind a later one: the day before, or one of a frozen baseline. */
static int live_again(struct world *world)
{
	int64_t date = world->again ? world->again : world->date - 1;
	int r;

	if (!world->again && !world_chance(world, world->plan.oddities / 6))
		return 0;
	world->again = 0;
	r = open_day(world, date);
	r = r ? r : live_until(world, world->now + 30 * MINUTE_MS, true);
	return r ? r : close_day(world);
}

static int live_through(struct world *world, int64_t morning)
{
	bool empty = world_chance(world, world->plan.oddities / 4);
	int64_t noon = morning + 3 * HOUR_MS, evening = morning + 8 * HOUR_MS;
	int r = sign_in(world);

	r = r ? r : live_until(world, noon, !empty);
	if (world->last && world->plan.unclosed)
		return r;
	r = r ? r : file_online(world);
	if (r == 0 && world_chance(world, world->plan.oddities / 3)) {
		r = close_day(world); /* the same date once more */
		world->now += 5 * MINUTE_MS;
		r = r ? r : open_day(world, world->date);
	}
	r = r ? r : live_until(world, evening, !empty);
	if (r == 0 && world_chance(world, world->plan.oddities / 4))
		world->now = morning + 15 * HOUR_MS + 20 * MINUTE_MS; /* those who wait stay */
	r = r ? r : live_until(world, world->now + world_below(world, 80) * MINUTE_MS, false);
	r = r ? r : close_day(world);
	r = r ? r : file_online(world); /* at night: the next day's */
	return r ? r : live_again(world);
}

/* The night is over; whoever comes first sets the clock right, and the log says so. */
static int live_day(struct world *world)
{
	int64_t morning = (world->date - FIRST_DAY) * DAY_MS + HOUR_MS / 2;
	int64_t right = FIRST_DAY * DAY_MS;
	int r = 0;

	if (morning > world->now)
		world->now = morning;
	if (world->wall_base_ms != right)
		r = world_set_clock(world, right - world->wall_base_ms);
	if (r == 0 && world_chance(world, 25))
		r = world_boot(world, 0, 0);
	r = r ? r : open_day(world, world->date);
	return r ? r : live_through(world, world->now);
}

int world_live(struct world *world)
{
	int r;

	world->wall_base_ms = FIRST_DAY * DAY_MS;
	world->offset_min = 480;
	world->first_date = FIRST_DAY;
	world->date = FIRST_DAY - 1;
	world->now = HOUR_MS / 4;
	r = world_boot(world, 0, 0);
	r = r ? r : lay_out_before(world);
	for (world->side = 0; r == 0 && world->side < 2; world->side++) {
		if (world->side && world->plan.oddities >= 50)
			world->again = world->date;
		if (world->side)
			r = lay_out_after(world);
		for (int64_t day = 0; r == 0 && day < world->plan.days[world->side]; day++) {
			do
				world->date++;
			while ((world->date + 3) % 7 >= 5 || world_chance(world, 4));
			if (day == world->plan.days[world->side] / 2)
				r = define_item(world, "it-b", world->side ? "税务局" : "公安局",
						world->side ? "general" : "dept-b");
			world->last = world->side && day + 1 == world->plan.days[1];
			r = r ? r : live_day(world);
		}
		r = r ? r : world_pause(world);
	}
	return r;
}
