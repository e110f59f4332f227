/* The halls between a hall of departmental lines and a pooled one: who serves whom when only some
 * of the three changes were made. Their rules are those of docs/simulate.md:
 *
 *   windows in all      as after with "fewer", else as before; of these, with "issuing", as many as
 *                       after have pick-ups for themselves
 *   pooled              one line; the general windows have the skills that they have after, further
 *                       ones those of the last
 *   not pooled          as before, without the windows whose lines need them least
 *   not pooled, fewer   the departments by descending load, each to the line with the least, a line
 *                       a window; there every window has every skill
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/reform_private.h"
#include "src/simulate/scenario_private.h"

bool reform_is_issuing(const struct scenario *scenario, const struct scenario_window *window)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (!strcmp(scenario->queues[i].def.queue, window->queues))
			return scenario->queues[i].def.kind == QUEUE_ISSUE;
	return false;
}

uint32_t reform_issuing_count(const struct scenario *scenario)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scenario->window_count; i++)
		count += reform_is_issuing(scenario, &scenario->windows[i]);
	return count;
}

/* ---- pieces --------------------------------------------------------------------------------- */

/* The first of a kind, if there is one. */
static void add_queue_of(struct scenario *scenario, const struct scenario *from, int64_t kind)
{
	for (uint32_t i = 0; i < from->queue_count; i++) {
		if (from->queues[i].def.kind != kind)
			continue;
		scenario->queues[scenario->queue_count++] = from->queues[i];
		return;
	}
}

/* In a row of its own. */
static struct scenario_window *add_window(struct scenario *scenario, const char *queue,
					  const char *skills)
{
	struct scenario_window *window = &scenario->windows[scenario->window_count];

	*window = (struct scenario_window){.row = scenario->window_count++};
	snprintf(window->queues, sizeof(window->queues), "%s", queue);
	snprintf(window->skills, sizeof(window->skills), "%s", skills);
	return window;
}

static void add_issuing(struct scenario *scenario, const struct scenario *after)
{
	add_queue_of(scenario, after, QUEUE_ISSUE);
	for (uint32_t i = 0; i < after->window_count; i++)
		if (reform_is_issuing(after, &after->windows[i]))
			add_window(scenario, after->windows[i].queues, after->windows[i].skills);
}

/* ---- pooled --------------------------------------------------------------------------------- */

static void pool(struct scenario *scenario, const struct scenario *after, uint32_t general)
{
	const char *skills = "";
	uint32_t at = 0;

	scenario->policy = after->policy;
	add_queue_of(scenario, after, QUEUE_INTAKE);
	for (uint32_t i = 0; i < general; i++) {
		while (at < after->window_count && reform_is_issuing(after, &after->windows[at]))
			at++;
		if (at < after->window_count)
			skills = after->windows[at++].skills;
		add_window(scenario, scenario->queues[0].def.queue, skills);
	}
}

/* ---- as before, with some windows less ------------------------------------------------------ */

/* Of first visits: how many, times how long. */
static void sum_loads(const struct scenario *scenario, double ret_load[SCENARIO_MAX_DEPARTMENTS])
{
	memset(ret_load, 0, SCENARIO_MAX_DEPARTMENTS * sizeof(*ret_load));
	for (uint32_t i = 0; i < scenario->item_count; i++)
		ret_load[scenario->items[i].department] +=
			scenario->items[i].share * scenario->items[i].factor;
}

struct line_load {
	double load;
	uint32_t windows;
};

static void load_lines(const struct scenario *before, struct line_load *ret_lines)
{
	double departments[SCENARIO_MAX_DEPARTMENTS];

	sum_loads(before, departments);
	for (uint32_t q = 0; q < before->queue_count; q++) {
		const struct scenario_queue *queue = &before->queues[q];

		ret_lines[q] = (struct line_load){0};
		for (uint32_t i = 0; i < queue->department_count; i++)
			ret_lines[q].load += departments[queue->departments[i]];
		for (uint32_t w = 0; w < before->window_count; w++)
			ret_lines[q].windows +=
				!strcmp(before->windows[w].queues, queue->def.queue);
	}
}

/* From the line whose other windows have the least to do when it has gone; none loses its last. */
static void take_window(struct line_load *lines, uint32_t count)
{
	struct line_load *least = NULL;

	for (uint32_t q = 0; q < count; q++)
		if (lines[q].windows > 1 && (!least || lines[q].load / (lines[q].windows - 1) <
							       least->load / (least->windows - 1)))
			least = &lines[q];
	if (least)
		least->windows--;
}

static void keep_departments(struct scenario *scenario, const struct scenario *before,
			     uint32_t general)
{
	struct line_load lines[CORE_MAX_QUEUES];

	load_lines(before, lines);
	for (uint32_t i = general; i < before->window_count; i++)
		take_window(lines, before->queue_count);
	for (uint32_t q = 0; q < before->queue_count; q++)
		scenario->queues[scenario->queue_count++] = before->queues[q];
	for (uint32_t w = 0; w < before->window_count; w++) {
		const struct scenario_window *window = &before->windows[w];

		for (uint32_t q = 0; q < before->queue_count; q++) {
			if (strcmp(before->queues[q].def.queue, window->queues) != 0 ||
			    lines[q].windows == 0)
				continue;
			lines[q].windows--;
			add_window(scenario, window->queues, window->skills);
		}
	}
}

/* ---- the departments dealt to few windows --------------------------------------------------- */

static int list_skills(const struct scenario *scenario, char *ret_list, size_t size)
{
	size_t used = 0;

	ret_list[0] = '\0';
	for (uint32_t i = 0; i < scenario->item_count; i++) {
		const char *skill = scenario->items[i].skill;

		if (!skill[0] || scenario_list_has(ret_list, skill))
			continue;
		if (used + strlen(skill) + 2 > size)
			return -E2BIG;
		used += (size_t)snprintf(ret_list + used, size - used, "%s%s", used ? "," : "",
					 skill);
	}
	return 0;
}

static void begin_line(struct scenario *scenario, uint32_t line)
{
	struct scenario_queue *queue = &scenario->queues[scenario->queue_count++];

	*queue = (struct scenario_queue){.def = {.first = 1,
						 .last = CORE_MAX_TICKET_NUMBER,
						 .work = true,
						 .kind = QUEUE_INTAKE}};
	snprintf(queue->def.queue, sizeof(queue->def.queue), "line-%02u", line + 1);
	snprintf(queue->def.zh, sizeof(queue->def.zh), "第%u队", line + 1);
	snprintf(queue->def.en, sizeof(queue->def.en), "Line %u", line + 1);
}

/* The heaviest department that is in no line; ties: the lowest index. */
static uint32_t next_department(const double *load, const bool *dealt, uint32_t count)
{
	uint32_t best = count;

	for (uint32_t d = 0; d < count; d++)
		if (!dealt[d] && (best == count || load[d] > load[best]))
			best = d;
	return best;
}

static void deal_departments(struct scenario *scenario, struct line_load *lines)
{
	double load[SCENARIO_MAX_DEPARTMENTS];
	bool dealt[SCENARIO_MAX_DEPARTMENTS] = {false};

	sum_loads(scenario, load);
	for (uint32_t i = 0; i < scenario->department_count; i++) {
		uint32_t department = next_department(load, dealt, scenario->department_count);
		uint32_t least = 0;

		dealt[department] = true;
		for (uint32_t q = 1; q < scenario->queue_count; q++)
			if (lines[q].load < lines[least].load)
				least = q;
		lines[least].load += load[department];
		scenario->queues[least].departments[scenario->queues[least].department_count++] =
			department;
	}
}

/* Windows beyond one a department go where the load a window is highest. */
static void add_extra(struct line_load *lines, uint32_t count)
{
	uint32_t most = 0;

	for (uint32_t q = 1; q < count; q++)
		if (lines[q].load / lines[q].windows > lines[most].load / lines[most].windows)
			most = q;
	lines[most].windows++;
}

static int cut_departments(struct scenario *scenario, uint32_t general)
{
	uint32_t count = general;
	struct line_load lines[CORE_MAX_QUEUES] = {{0}};
	char skills[sizeof(scenario->windows->skills)];
	int r = list_skills(scenario, skills, sizeof(skills));

	if (r < 0)
		return r;
	if (count > scenario->department_count)
		count = scenario->department_count;
	if (count > REFORM_MAX_LINES)
		count = REFORM_MAX_LINES;
	for (uint32_t q = 0; q < count; q++)
		begin_line(scenario, q);
	deal_departments(scenario, lines);
	for (uint32_t q = 0; q < count; q++)
		lines[q].windows = 1;
	for (uint32_t i = count; i < general; i++)
		add_extra(lines, count);
	for (uint32_t q = 0; q < count; q++)
		for (uint32_t i = 0; i < lines[q].windows; i++)
			add_window(scenario, scenario->queues[q].def.queue, skills);
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int make_room(struct scenario *scenario)
{
	struct scenario_queue *queues = calloc(CORE_MAX_QUEUES, sizeof(*queues));
	struct scenario_window *windows = calloc(CORE_MAX_WINDOWS, sizeof(*windows));

	if (!queues || !windows) {
		free(queues);
		free(windows);
		return -ENOMEM;
	}
	free(scenario->queues);
	free(scenario->windows);
	scenario->queues = queues;
	scenario->windows = windows;
	scenario->queue_count = scenario->window_count = 0;
	return 0;
}

/* After, as it is: every queue and window of it. */
static void take_all(struct scenario *scenario, const struct scenario *after)
{
	scenario->policy = after->policy;
	memcpy(scenario->queues, after->queues, after->queue_count * sizeof(*after->queues));
	memcpy(scenario->windows, after->windows, after->window_count * sizeof(*after->windows));
	scenario->queue_count = after->queue_count;
	scenario->window_count = after->window_count;
}

static int fill(struct scenario *scenario, const struct scenario *before,
		const struct scenario *after, uint32_t levers)
{
	bool fewer = levers & REFORM_BIT(REFORM_FEWER),
	     issuing = levers & REFORM_BIT(REFORM_ISSUING);
	uint32_t general = fewer ? after->window_count : before->window_count;
	int r = 0;

	if (issuing)
		general -= reform_issuing_count(after);
	if (levers & REFORM_BIT(REFORM_POOLING))
		pool(scenario, after, general);
	else if (fewer)
		r = cut_departments(scenario, general);
	else
		keep_departments(scenario, before, general);
	if (r == 0 && issuing)
		add_issuing(scenario, after);
	/* those of the two sides need not go together */
	for (uint32_t q = 0; q < scenario->queue_count; q++)
		snprintf(scenario->queues[q].def.prefix, sizeof(scenario->queues[q].def.prefix),
			 "%c%c", (char)('A' + q / 26), (char)('A' + q % 26));
	return r;
}

int reform_layout(const struct scenario *before, const struct scenario *after, uint32_t levers,
		  struct scenario *ret_scenario)
{
	struct scenario scenario;
	int r = scenario_copy(&scenario, before);

	if (r < 0)
		return r;
	levers &= REFORM_LAYOUT_LEVERS;
	if (levers) {
		r = make_room(&scenario);
		if (r == 0 && levers == REFORM_LAYOUT_LEVERS)
			take_all(&scenario, after);
		else if (r == 0)
			r = fill(&scenario, before, after, levers);
	}
	if (r < 0) {
		scenario_finish(&scenario);
		return r;
	}
	*ret_scenario = scenario;
	return 0;
}
