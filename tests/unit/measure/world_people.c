/* A moment of an open day: who comes, who is called, who leaves, what windows do. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/measure/world.h"

enum { STEP_MS = 9000, GUIDE_WINDOW = 5, SHORT_ONE_IN = 25 };

static const char *const items[] = {"it-a", "it-b", "it-c", "it-d", "it-e", "it-x", ""};

static void set(char *ret, size_t size, const char *text)
{
	snprintf(ret, size, "%s", text);
}

#define SET(member, text) set(member, sizeof(member), text)

/* Where somebody with that item waits on this side of the reform. */
static const char *queue_of(const struct world *world, const char *item)
{
	const struct item *known = hall_find_item(world->hall, item);

	if (known)
		return known->def.queue;
	return world->side ? "general" : "dept-a";
}

static int call_next(struct world *world, int64_t window)
{
	struct command command = world_wish(world, COMMAND_CALL_NEXT);
	bool done;
	int r;

	command.u.at_window.window = window;
	r = world_do(world, &command, &done);
	if (r == 0 && done)
		world->busy_until[window] = world->now + world_below(world, 50000);
	return r;
}

static int issue(struct world *world, struct world_person *person, bool anew)
{
	static const int64_t classes[] = {CLASS_ORDINARY, CLASS_ORDINARY, CLASS_ORDINARY,
					  CLASS_ORDINARY, CLASS_PRIORITY, CLASS_APPOINTMENT};
	struct command command = world_wish(world, COMMAND_ISSUE);
	bool done;
	int r;

	SET(command.u.issue.queue, person->queue);
	SET(command.u.issue.item, person->item);
	SET(command.u.issue.case_ref, person->case_ref);
	snprintf(command.u.issue.token, sizeof(command.u.issue.token), "%032llx",
		 (unsigned long long)++world->tokens);
	command.u.issue.class = classes[world_below(world, 6)];
	command.u.issue.origin = anew ? world_below(world, 3)
				      : (world_chance(world, 50) ? ORIGIN_PANEL : ORIGIN_DESK);
	command.u.issue.arrival_ms = command.at.mono_ms;
	if (world_chance(world, 70))
		command.u.issue.arrival_ms -=
			world_below(world, 2000 / world->plan.grain_ms) * world->plan.grain_ms;
	r = world_do(world, &command, &done);
	person->ticket =
		done ? hall_ticket(world->hall, hall_ticket_count(world->hall) - 1)->id : 0;
	return r;
}

static int arrive(struct world *world)
{
	struct world_person *person = &world->people[world->person_count];
	int r;

	if (world->person_count == WORLD_TICKETS)
		return 0;
	memset(person, 0, sizeof(*person));
	person->back_at = person->anew_at = person->leaves_at = INT64_MAX;
	SET(person->item, items[world_below(world, 7)]);
	SET(person->queue, world_chance(world, 15) ? "guide" : queue_of(world, person->item));
	if (world_chance(world, world->plan.cases)) {
		int64_t new = world->cases / 4 + 1;

		snprintf(person->case_ref, sizeof(person->case_ref), "case-%d",
			 (int)(world->cases++ - world_below(world, new)));
	}
	if (world_chance(world, world->plan.leavers))
		person->leaves_at = world->now + world_spread(world, world->plan.service_s * 2000);
	world->person_count++;
	r = issue(world, person, false);
	/* Somebody may be free and call in the same millisecond: a wait of zero. */
	for (int64_t window = 1; r == 0 && window <= WORLD_WINDOWS; window++)
		if (world->now >= world->busy_until[window] &&
		    !hall_find_window(world->hall, window)->ticket)
			r = call_next(world, window);
	return r;
}

static int at_window(struct world *world, enum command_type type, int64_t window, bool *ret_done)
{
	struct command command = world_wish(world, type);

	command.u.at_window.window = window;
	command.u.at_window.correction = world_chance(world, 30);
	return world_do(world, &command, ret_done);
}

static struct world_person *person_at(struct world *world, int64_t ticket)
{
	for (size_t i = 0; i < world->person_count; i++)
		if (world->people[i].ticket == ticket)
			return &world->people[i];
	return NULL;
}

static int set_aside(struct world *world, enum command_type type, int64_t window, int64_t ticket)
{
	struct world_person *person = person_at(world, ticket);

	if (person && world_chance(world, 70))
		person->back_at = world->now + world_spread(world, 20 * MINUTE_MS);
	return at_window(world, type, window, NULL);
}

static int transfer(struct world *world, int64_t window, int64_t ticket)
{
	static const char *const anywhere[] = {"guide", "control", "issue"};
	const struct world_person *person = person_at(world, ticket);
	struct command command = world_wish(world, COMMAND_TRANSFER);

	command.u.at_window.window = window;
	command.u.at_window.ticket = window ? 0 : ticket;
	SET(command.u.at_window.queue, window == GUIDE_WINDOW || world_chance(world, 60)
					       ? queue_of(world, person ? person->item : "")
					       : anywhere[world_below(world, 3)]);
	return world_do(world, &command, NULL);
}

static int64_t service_ms(struct world *world, int64_t window)
{
	int64_t mean = world->plan.service_s * 1000;

	if (world_below(world, SHORT_ONE_IN) == 0)
		return world_below(world, 16000);
	if (world->side && window != 4)
		mean = mean * world->plan.faster / 100;
	if (world->plan.drifting && !world->side && window != 4)
		mean = mean * (10 + world->date - world->first_date) / 20;
	if (window == GUIDE_WINDOW)
		mean /= 6;
	return mean / 3 + world_spread(world, mean * 2 / 3);
}

static int begin_service(struct world *world, int64_t window)
{
	world->busy_until[window] = world->now + service_ms(world, window);
	return at_window(world, COMMAND_START, window, NULL);
}

static int with_called(struct world *world, int64_t window, int64_t ticket)
{
	int64_t dice = world_below(world, 100);

	if (dice < 76)
		return begin_service(world, window);
	if (dice < 83) {
		world->busy_until[window] = world->now + world_below(world, 60000);
		return at_window(world, COMMAND_RECALL, window, NULL);
	}
	if (dice < 89)
		return set_aside(world, COMMAND_NO_SHOW, window, ticket);
	if (dice < 92)
		return set_aside(world, COMMAND_PARK, window, ticket);
	if (dice < 96)
		return transfer(world, window, ticket);
	return at_window(world, COMMAND_CANCEL, window, NULL);
}

static int with_served(struct world *world, int64_t window, int64_t ticket)
{
	int64_t dice = world_below(world, 100);

	if (window == GUIDE_WINDOW && dice < 80)
		return transfer(world, window, ticket);
	if (dice < 70)
		return at_window(world, COMMAND_FINISH, window, NULL);
	if (dice < 80)
		return call_next(world, window);
	if (dice < 92)
		return transfer(world, window, ticket);
	return set_aside(world, COMMAND_PARK, window, ticket);
}

static int work(struct world *world, int64_t window)
{
	const struct window *here = hall_find_window(world->hall, window);
	const struct ticket *ticket =
		here->ticket ? hall_find_ticket(world->hall, here->ticket) : NULL;

	if (world->now < world->busy_until[window])
		return 0;
	if (!ticket)
		return world_chance(world, 80) ? call_next(world, window) : 0;
	return ticket->state == TICKET_CALLED ? with_called(world, window, ticket->id)
					      : with_served(world, window, ticket->id);
}

/* Who has waited enough and goes, comes back, or takes another number. */
static int decide_for(struct world *world, struct world_person *person)
{
	struct command command = world_wish(world, COMMAND_CANCEL);

	command.u.at_window.ticket = person->ticket;
	if (person->leaves_at <= world->now) {
		const struct ticket *ticket = hall_find_ticket(world->hall, person->ticket);

		person->leaves_at = INT64_MAX;
		if (!ticket || ticket->state != TICKET_WAITING)
			return 0;
		if (world_chance(world, 50))
			person->anew_at = world->now + world_below(world, 400000);
		return world_do(world, &command, NULL);
	}
	if (person->back_at <= world->now) {
		person->back_at = INT64_MAX;
		command.type = COMMAND_RESUME;
		command.u.at_window.window =
			world_chance(world, 50) ? 1 + world_below(world, WORLD_WINDOWS) : 0;
		return world_do(world, &command, NULL);
	}
	if (person->anew_at <= world->now) {
		int r = issue(world, person, true);

		person->anew_at = INT64_MAX; /* twice: one for a friend */
		return r == 0 && world_chance(world, 30) ? issue(world, person, true) : r;
	}
	return 0;
}

/* The desk moves one who waits; a clerk calls one out of turn. */
static int meddle(struct world *world)
{
	const struct ticket *ticket = NULL;
	struct command command = world_wish(world, COMMAND_CALL_NUMBER);
	size_t count = hall_ticket_count(world->hall);
	size_t from = (size_t)world_below(world, (int64_t)count);

	for (size_t i = from; i < count && !ticket; i++)
		if (hall_ticket(world->hall, i)->state == TICKET_WAITING)
			ticket = hall_ticket(world->hall, i);
	if (!ticket)
		return 0;
	if (world_chance(world, 50))
		return transfer(world, 0, ticket->id);
	command.u.at_window.window = 1 + world_below(world, WORLD_WINDOWS);
	SET(command.u.at_window.number, ticket->number);
	return world_do(world, &command, NULL);
}

int world_moment(struct world *world, bool doors_open)
{
	static const int64_t weights[24] = {[8] = 90,  [9] = 160,  [10] = 150, [11] = 90, [12] = 20,
					    [13] = 90, [14] = 120, [15] = 80,  [16] = 40};
	int64_t step = 1 + world_spread(world, STEP_MS);
	int64_t hour, rate;
	int r = 0;

	world->now += step;
	world->now +=
		(world->plan.grain_ms - world->now % world->plan.grain_ms) % world->plan.grain_ms;
	hour = (world->now + world->wall_base_ms + world->offset_min * (int64_t)MINUTE_MS) /
	       HOUR_MS;
	/* per million of this step */
	rate = world->plan.tickets * (1 + weights[hour % 24]) * step / (HOUR_MS / 1000 * 840);
	if (doors_open && world_below(world, 1000000) < rate * 1000)
		r = arrive(world);
	for (size_t i = 0; r == 0 && i < world->person_count; i++)
		r = decide_for(world, &world->people[i]);
	for (int64_t window = 1; r == 0 && window <= WORLD_WINDOWS; window++)
		r = work(world, window);
	if (r == 0 && world_below(world, 500) == 0)
		r = meddle(world);
	return r;
}
