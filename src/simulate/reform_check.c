/* Whether a difference between two scenarios is one of a reform that can be taken apart, and if
 * not, what stands in the way. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/simulate/reform_private.h"

__attribute__((format(printf, 3, 4))) static int refuse(char *ret_fault, size_t size,
							const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start stands above */
	vsnprintf(ret_fault, size, format, args);
	va_end(args);
	return -EINVAL;
}

static int check_differences(const struct scenario *before, const struct scenario *after,
			     char *ret_fault, size_t size)
{
	struct reform_difference rows[REFORM_MAX_DIFFERENCES];
	size_t count = reform_differences(before, after, rows), levers = 0;
	char names[2048] = "";

	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(names);

		if (rows[i].lever != REFORM_NO_LEVER)
			levers++;
		else
			snprintf(names + used, sizeof(names) - used, "%s%s %s: %s → %s",
				 used ? "; " : "", rows[i].zh, rows[i].en, rows[i].before,
				 rows[i].after);
	}
	if (!levers && !names[0])
		return refuse(ret_fault, size,
			      "两个场景没有差别 the two scenarios do not differ: nothing to take "
			      "apart");
	if (before->policy != SCENARIO_DEPARTMENTAL || after->policy != SCENARIO_POOLED)
		return refuse(ret_fault, size,
			      "归因只适用于由各部门排队改为合并排队；否则合并排队与减少窗口分不开："
			      "what is taken apart is a reform from policy \"departmental\" to "
			      "policy \"pooled\"; else pooling and fewer windows cannot be told "
			      "apart");
	if (names[0])
		return refuse(ret_fault, size,
			      "以下差别不属于任何一项举措，与各项举措分不开："
			      "these differences belong to no lever and cannot be told apart from "
			      "what the levers do: %s",
			      names);
	return 0;
}

/* One line a department, one queue a window. */
static int check_before(const struct scenario *before, char *ret_fault, size_t size)
{
	if (before->queue_count > REFORM_MAX_LINES)
		return refuse(
			ret_fault, size,
			"改革前的队列过多 before has too many queues, %u; 最多 at most %d are "
			"allowed",
			before->queue_count, REFORM_MAX_LINES);
	for (uint32_t i = 0; i < before->queue_count; i++)
		if (before->queues[i].def.kind == QUEUE_ISSUE)
			return refuse(ret_fault, size,
				      "改革前已有出证队列，出证分设与合并排队分不开："
				      "before has an issuing queue \"%s\" already: the issuing "
				      "split cannot be told apart from pooling",
				      before->queues[i].def.queue);
	return 0;
}

static const char *first_id(const struct scenario *scenario, int64_t kind)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (scenario->queues[i].def.kind == kind)
			return scenario->queues[i].def.queue;
	return "";
}

static int check_windows(const struct scenario *scenario, bool pooled, char *ret_fault, size_t size)
{
	const char *general = first_id(scenario, QUEUE_INTAKE);
	const char *issue = first_id(scenario, QUEUE_ISSUE);

	for (uint32_t i = 0; i < scenario->window_count; i++) {
		const struct scenario_window *window = &scenario->windows[i];

		if (window->break_count)
			return refuse(ret_fault, size,
				      "窗口有休息，减少窗口与休息分不开："
				      "windows take breaks: fewer windows cannot be told apart "
				      "from fewer breaks");
		if (strchr(window->queues, ','))
			return refuse(ret_fault, size,
				      "窗口受理多个队列，合并排队与减少窗口分不开："
				      "a window serves several queues (%s): pooling and fewer "
				      "windows cannot be told apart",
				      window->queues);
		if (pooled && strcmp(window->queues, general) != 0 &&
		    strcmp(window->queues, issue) != 0)
			return refuse(ret_fault, size,
				      "改革后的窗口既不受理综合队列也不受理出证队列："
				      "after, a window serves queue \"%s\", which is neither the "
				      "general nor the issuing one: what it does cannot be told "
				      "apart from pooling",
				      window->queues);
	}
	return 0;
}

static uint32_t lines_with_windows(const struct scenario *scenario)
{
	uint32_t lines = 0;

	for (uint32_t q = 0; q < scenario->queue_count; q++) {
		bool served = false;

		for (uint32_t w = 0; !served && w < scenario->window_count; w++)
			served =
				!strcmp(scenario->windows[w].queues, scenario->queues[q].def.queue);
		lines += served;
	}
	return lines;
}

/* Windows for pick-ups are taken from the departments', each of which keeps one. */
static int check_counts(const struct scenario *before, const struct scenario *after,
			char *ret_fault, size_t size)
{
	uint32_t issuing = reform_issuing_count(after), lines = lines_with_windows(before);

	if (before->window_count < lines + issuing)
		return refuse(ret_fault, size,
			      "改革前窗口太少 before has %u windows for %u lines: none is left to "
			      "be one of %u for pick-ups, so the issuing split cannot be told "
			      "apart from fewer windows",
			      before->window_count, lines, issuing);
	return 0;
}

/* Such a world may have what neither side has, one id for two queues, say. */
static int check_worlds(const struct scenario *before, const struct scenario *after,
			char *ret_fault, size_t size)
{
	for (uint32_t levers = 0; levers < REFORM_WORLDS; levers++) {
		struct scenario scenario;
		char fault[512];
		int r;

		if (levers & ~(uint32_t)REFORM_LAYOUT_LEVERS)
			continue;
		r = reform_layout(before, after, levers, &scenario);
		if (r == -E2BIG)
			return refuse(ret_fault, size,
				      "技能过多 the items need more skills than a window may have");
		if (r < 0)
			return r;
		r = scenario_check(&scenario, fault, sizeof(fault));
		scenario_finish(&scenario);
		if (r < 0)
			return refuse(ret_fault, size,
				      "两者之间的大厅无法成立 a hall between the two cannot be: %s",
				      fault);
	}
	return 0;
}

int reform_check(const struct scenario *before, const struct scenario *after, char *ret_fault,
		 size_t size)
{
	int r = check_differences(before, after, ret_fault, size);

	if (r < 0)
		return r;
	r = check_before(before, ret_fault, size);
	if (r == 0)
		r = check_windows(before, false, ret_fault, size);
	if (r == 0)
		r = check_windows(after, true, ret_fault, size);
	if (r == 0)
		r = check_counts(before, after, ret_fault, size);
	return r < 0 ? r : check_worlds(before, after, ret_fault, size);
}
