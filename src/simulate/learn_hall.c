/* The hall as it is at the log's end: queues where work is done, windows that have called, and who
 * signed in there last. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/learn_private.h"
#include "src/simulate/scenario_private.h"

/* As docs/measurement.md has it where the log does not state it. */
static int64_t kind_of(const struct event_queue_defined *def)
{
	if (def->kind != QUEUE_UNSTATED)
		return def->kind;
	return def->work ? QUEUE_INTAKE : QUEUE_GUIDE;
}

static int take_queues(const struct learn_counts *counts, struct scenario *scenario)
{
	scenario->queues = calloc(counts->queue_count + 1, sizeof(*scenario->queues));
	if (!scenario->queues)
		return -ENOMEM;
	for (size_t i = 0; i < counts->queue_count; i++) {
		const struct event_queue_defined *def = &counts->queues[i];

		if (def->retired || !def->work || scenario->queue_count == CORE_MAX_QUEUES)
			continue;
		scenario->queues[scenario->queue_count].def = *def;
		scenario->queues[scenario->queue_count++].def.kind = kind_of(def);
	}
	return 0;
}

static bool has_queue(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (!strcmp(scenario->queues[i].def.queue, id))
			return true;
	return false;
}

static void append_id(char *list, size_t size, const char *id)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? "," : "", id);
}

static void take_window(const struct learn_counts *counts, const struct event_window_defined *def,
			struct scenario *scenario)
{
	struct scenario_window *window = &scenario->windows[scenario->window_count];
	const char *at = def->queues, *clerk = counts->at_window[def->window];
	char id[CORE_ID_SIZE];

	while (scenario_next_id(&at, id))
		if (has_queue(scenario, id))
			append_id(window->queues, sizeof(window->queues), id);
	if (!window->queues[0])
		return;
	for (size_t i = 0; clerk[0] && i < counts->clerk_count; i++)
		if (!strcmp(counts->clerks[i].clerk, clerk) && !counts->clerks[i].retired)
			memcpy(window->skills, counts->clerks[i].skills, sizeof(window->skills));
	window->row = scenario->window_count++;
}

static int compare_windows(const void *a, const void *b)
{
	const struct event_window_defined *x = a, *y = b;

	return (x->window > y->window) - (x->window < y->window);
}

int learn_hall(const struct learn_counts *counts, struct learn_facts *facts,
	       struct scenario *scenario)
{
	int r = take_queues(counts, scenario);

	if (r < 0)
		return r;
	scenario->windows = calloc(CORE_MAX_WINDOWS, sizeof(*scenario->windows));
	if (!scenario->windows)
		return -ENOMEM;
	if (counts->window_count)
		qsort(counts->windows, counts->window_count, sizeof(*counts->windows),
		      compare_windows);
	for (size_t i = 0; i < counts->window_count; i++) {
		const struct event_window_defined *def = &counts->windows[i];

		if (def->retired || scenario->window_count == CORE_MAX_WINDOWS)
			continue;
		if (counts->calls[def->window])
			take_window(counts, def, scenario);
		else
			facts->unused_windows++;
	}
	facts->queues = scenario->queue_count;
	facts->windows = scenario->window_count;
	memcpy(scenario->id, counts->hall.id, sizeof(scenario->id));
	memcpy(scenario->zh, counts->hall.zh, sizeof(scenario->zh));
	memcpy(scenario->en, counts->hall.en, sizeof(scenario->en));
	memcpy(scenario->zone, counts->hall.zone, sizeof(scenario->zone));
	scenario->target_ms = counts->hall.target_ms;
	scenario->policy = SCENARIO_HALL;
	scenario->rules = counts->policy;
	/* the hours that were learnt say when citizens come */
	scenario->rules.closes_min = 0;
	scenario->rules.service_ms = 0;
	return scenario->window_count ? 0 : -EINVAL;
}
