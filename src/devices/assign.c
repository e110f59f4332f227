/* Which printer prints what. A job waits in the one line of the hall, in the order of the log; a
 * printer that is ready and free takes the first that is for it. What is for it: the printers of a
 * job stand in an order (the one that was asked for, then the panel's list, or else the queue's; or
 * any), those of one pool side by side. A printer takes a job if all that stand before it have been
 * unable to print for longer than the hall waits for them. So printers of a pool share the work by
 * themselves: whoever is free takes the next, the one that has been idle for longest first. */
#include <string.h>

#include "src/devices/private.h"

enum { NO_TIER = DEVICES_MAX_PRINTERS };

/* The place of each printer: smaller is tried first. */
struct tiers {
	uint8_t of[DEVICES_MAX_PRINTERS];
	uint8_t next;
};

static void add(struct tiers *tiers, const struct devices_config *config,
		const struct devices_route *route)
{
	for (size_t i = 0; i < route->count; i++) {
		size_t printer = route->printers[i];
		const char *pool = config->printers[printer].pool;
		uint8_t tier = tiers->next;

		if (tiers->of[printer] != NO_TIER)
			continue;
		for (size_t k = 0; k < i && pool[0]; k++)
			if (!strcmp(config->printers[route->printers[k]].pool, pool))
				tier = tiers->of[route->printers[k]];
		tiers->of[printer] = tier;
		tiers->next += tier == tiers->next;
	}
}

/* The panel's at which the number was taken, or else the queue's; NULL none. */
static const struct devices_route *route_of(const struct devices *devices, const struct hall *hall,
					    const struct job *job)
{
	static const char panel[] = "panel/";
	const struct devices_config *config = devices->config;
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);
	const char *queue = ticket ? hall_queue(hall, ticket->queue)->def.queue : "";

	for (size_t i = 0; i < config->keypad_count; i++)
		if (config->keypads[i].route.count && !strncmp(job->by, panel, sizeof(panel) - 1) &&
		    !strcmp(job->by + sizeof(panel) - 1, config->keypads[i].device.id))
			return &config->keypads[i].route;
	for (size_t i = 0; i < config->queue_count; i++)
		if (!strcmp(config->queues[i].queue, queue))
			return &config->queues[i].route;
	return NULL;
}

static void find_tiers(const struct devices *devices, const struct hall *hall,
		       const struct job *job, struct tiers *ret)
{
	const struct devices_route *route = route_of(devices, hall, job);
	struct devices_route wanted = {.count = 0};

	memset(ret->of, NO_TIER, sizeof(ret->of));
	ret->next = 0;
	for (size_t i = 0; i < devices->printer_count && job->wanted[0]; i++)
		if (!strcmp(devices->printers[i].slot.config->id, job->wanted))
			wanted.printers[wanted.count++] = (uint8_t)i;
	add(ret, devices->config, &wanted);
	if (route) {
		add(ret, devices->config, route);
		return;
	}
	for (size_t i = 0; i < devices->printer_count; i++)
		if (ret->of[i] == NO_TIER)
			ret->of[i] = ret->next;
}

bool assign_is_given_up(const struct printer_slot *printer, int64_t now_us)
{
	int64_t down_us = printer->down_us;

	return down_us != INT64_MAX && now_us - down_us >= printer->slot.owner->config->failover_us;
}

/* May it print the job? If not yet: when all before it will have been given up, if nothing changes;
 * *ret_us is then made as early as that. */
static bool may_take(const struct devices *devices, size_t index, const struct job *job,
		     int64_t now_us, int64_t *ret_us)
{
	int64_t until_us = 0;
	struct tiers tiers;

	find_tiers(devices, keeper_hall(devices->keeper), job, &tiers);
	if (tiers.of[index] == NO_TIER)
		return false;
#ifdef DEVICES_BREAK_FAILOVER /* a deliberately broken build: the tests must notice */
	return true;
#endif
	for (size_t i = 0; i < devices->printer_count; i++) {
		const struct printer_slot *before = &devices->printers[i];
		int64_t us;

		if (tiers.of[i] >= tiers.of[index] || assign_is_given_up(before, now_us))
			continue;
		us = before->down_us == INT64_MAX ? INT64_MAX
						  : before->down_us + devices->config->failover_us;
		if (us > until_us)
			until_us = us;
	}
	if (until_us && until_us < *ret_us)
		*ret_us = until_us;
	return until_us == 0;
}

static bool is_taken(const struct devices *devices, int64_t job)
{
	for (size_t i = 0; i < devices->printer_count; i++)
		if (devices->printers[i].job == job)
			return true;
	return false;
}

/* A day's jobs are many and this is asked at each turn of the loop: when there is nothing for a
 * printer, that holds until the hall or a printer changes, or one has been down for long enough. */
const struct job *assign_next(struct printer_slot *printer, int64_t now_us)
{
	struct devices *devices = printer->slot.owner;
	const struct hall *hall = keeper_hall(devices->keeper);
	size_t index = (size_t)(printer - devices->printers);

	if (printer->looked && now_us < printer->look_us)
		return NULL;
	printer->look_us = INT64_MAX;
	for (size_t i = hall_first_queued_job(hall); i < hall_job_count(hall); i++) {
		const struct job *job = hall_job(hall, i);

		if (job->state == JOB_QUEUED && !is_taken(devices, job->id) &&
		    may_take(devices, index, job, now_us, &printer->look_us)) {
			printer->looked = false;
			printer->look_us = INT64_MAX;
			return job;
		}
	}
	printer->looked = true;
	return NULL;
}

void assign_forget(struct devices *devices)
{
	for (size_t i = 0; i < devices->printer_count; i++)
		devices->printers[i].looked = false;
}

void assign_look(struct devices *devices, int64_t now_us)
{
	uint64_t seq = hall_seq(keeper_hall(devices->keeper));
	bool changed = devices->jobs_seq != seq;

	devices->jobs_seq = seq;
	for (size_t i = 0; i < devices->printer_count; i++) {
		struct printer_slot *printer = &devices->printers[i];
		bool ready = spooler_is_ready(printer);

		if (ready == (printer->down_us == INT64_MAX))
			continue;
		printer->down_us = ready ? INT64_MAX : now_us;
		changed = true;
	}
	if (changed)
		assign_forget(devices);
}

void assign_order(struct devices *devices, struct printer_slot *ret[DEVICES_MAX_PRINTERS])
{
	for (size_t i = 0; i < devices->printer_count; i++) {
		struct printer_slot *printer = &devices->printers[i];
		size_t at = i;

		for (; at > 0 && ret[at - 1]->idle_us > printer->idle_us; at--)
			ret[at] = ret[at - 1];
		ret[at] = printer;
	}
}
