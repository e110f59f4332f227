/* In what the windows of two scenarios differ, kind by kind: windows of the same queues and skills
 * are one kind. Only what differs is told. Likewise their hours and where items wait. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/simulate/reform_private.h"
#include "src/simulate/scenario_private.h"

#define MORE " …"

/* Whole pieces only, so that no letter is cut. */
__attribute__((format(printf, 2, 3))) static void append(char text[REFORM_TEXT_SIZE],
							 const char *format, ...)
{
	char piece[REFORM_TEXT_SIZE * 4];
	size_t used = strlen(text), more = strlen(MORE);
	va_list args;

	va_start(args, format);
	vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	if (used >= more && !strcmp(text + used - more, MORE))
		return;
	if (used + 2 + strlen(piece) + more >= REFORM_TEXT_SIZE)
		memcpy(text + used, MORE, more + 1);
	else
		snprintf(text + used, REFORM_TEXT_SIZE - used, "%s%s", used ? "; " : "", piece);
}

static void none_if_empty(char text[REFORM_TEXT_SIZE])
{
	if (!text[0])
		snprintf(text, REFORM_TEXT_SIZE, "无 none");
}

/* "tax, gen" */
static void spread_list(const char *list, char *text, size_t size)
{
	char id[CORE_ID_SIZE];
	size_t used = 0;

	text[0] = '\0';
	while (used < size && scenario_next_id(&list, id))
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", id);
}

static void name_kind(const struct scenario_window *window, char *text, size_t size)
{
	char queues[REFORM_TEXT_SIZE], skills[REFORM_TEXT_SIZE];

	spread_list(window->queues, queues, sizeof(queues));
	spread_list(window->skills, skills, sizeof(skills));
	snprintf(text, size, "%s%s%s%s", queues, skills[0] ? "（技能 skills: " : "", skills,
		 skills[0] ? "）" : "");
}

static bool same_kind(const struct scenario_window *x, const struct scenario_window *y)
{
	return !strcmp(x->queues, y->queues) && !strcmp(x->skills, y->skills);
}

static bool same_breaks(const struct scenario_window *x, const struct scenario_window *y)
{
	return x->break_count == y->break_count &&
	       !memcmp(x->breaks, y->breaks, x->break_count * sizeof(x->breaks[0]));
}

static uint32_t count_kind(const struct scenario *scenario, const struct scenario_window *of,
			   bool with_breaks)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scenario->window_count; i++)
		count += same_kind(&scenario->windows[i], of) &&
			 (!with_breaks || same_breaks(&scenario->windows[i], of));
	return count;
}

/* The first of its kind on its side. */
static bool is_first(const struct scenario *scenario, uint32_t index, bool with_breaks)
{
	for (uint32_t i = 0; i < index; i++)
		if (same_kind(&scenario->windows[i], &scenario->windows[index]) &&
		    (!with_breaks || same_breaks(&scenario->windows[i], &scenario->windows[index])))
			return false;
	return true;
}

static void tell_kinds(const struct scenario *side, const struct scenario *other,
		       char text[REFORM_TEXT_SIZE])
{
	for (uint32_t i = 0; i < side->window_count; i++) {
		const struct scenario_window *window = &side->windows[i];
		uint32_t count = count_kind(side, window, false);
		char kind[3 * REFORM_TEXT_SIZE];

		if (!is_first(side, i, false) || count == count_kind(other, window, false))
			continue;
		name_kind(window, kind, sizeof(kind));
		append(text, "%u × %s", count, kind);
	}
}

bool reform_window_kinds(const struct scenario *a, const struct scenario *b,
			 char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE])
{
	ret_before[0] = ret_after[0] = '\0';
	tell_kinds(a, b, ret_before);
	tell_kinds(b, a, ret_after);
	if (!ret_before[0] && !ret_after[0])
		return false;
	none_if_empty(ret_before);
	none_if_empty(ret_after);
	return true;
}

bool reform_window_order(const struct scenario *a, const struct scenario *b,
			 char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE])
{
	uint32_t i = 0;
	char kind[3 * REFORM_TEXT_SIZE];

	if (a->window_count != b->window_count)
		return false;
	while (i < a->window_count && same_kind(&a->windows[i], &b->windows[i]))
		i++;
	if (i == a->window_count)
		return false;
	ret_before[0] = ret_after[0] = '\0';
	name_kind(&a->windows[i], kind, sizeof(kind));
	append(ret_before, "%u: %s", i + 1, kind);
	name_kind(&b->windows[i], kind, sizeof(kind));
	append(ret_after, "%u: %s", i + 1, kind);
	return true;
}

/* ---- breaks --------------------------------------------------------------------------------- */

static void name_breaks(const struct scenario_window *window, char text[REFORM_TEXT_SIZE])
{
	size_t used = 0;

	snprintf(text, REFORM_TEXT_SIZE, "无 none");
	for (uint32_t i = 0; i < window->break_count && used < REFORM_TEXT_SIZE; i++) {
		const struct scenario_break *b = &window->breaks[i];

		used += (size_t)snprintf(text + used, REFORM_TEXT_SIZE - used,
					 "%s%02d:%02d-%02d:%02d", used ? ", " : "",
					 b->from_min / 60, b->from_min % 60, b->to_min / 60,
					 b->to_min % 60);
	}
}

/* As many windows of a kind have the same breaks on both sides; where a kind has other numbers of
 * windows, their breaks are the same ones. */
static bool breaks_match(const struct scenario *side, const struct scenario *other,
			 const struct scenario_window *window)
{
	uint32_t there = count_kind(other, window, false);

	if (!there)
		return true; /* no window of the kind, and none of its breaks */
	if (there == count_kind(side, window, false))
		return count_kind(side, window, true) == count_kind(other, window, true);
	return count_kind(other, window, true) > 0;
}

static void tell_breaks(const struct scenario *side, const struct scenario *other,
			char text[REFORM_TEXT_SIZE])
{
	for (uint32_t i = 0; i < side->window_count; i++) {
		const struct scenario_window *window = &side->windows[i];
		char kind[3 * REFORM_TEXT_SIZE], breaks[REFORM_TEXT_SIZE];

		if (!is_first(side, i, true) || breaks_match(side, other, window))
			continue;
		name_kind(window, kind, sizeof(kind));
		name_breaks(window, breaks);
		append(text, "%u × %s: %s", count_kind(side, window, true), kind, breaks);
	}
}

/* Where a line is formed otherwise no kind of window is that of the other side. */
static void tell_all_breaks(const struct scenario *side, char text[REFORM_TEXT_SIZE])
{
	for (uint32_t i = 0; i < side->window_count; i++) {
		char breaks[REFORM_TEXT_SIZE];
		uint32_t count = 0, first = i;

		for (uint32_t k = side->window_count; k-- > 0;)
			if (same_breaks(&side->windows[k], &side->windows[i])) {
				count++;
				first = k;
			}
		if (first < i || !side->windows[i].break_count)
			continue;
		name_breaks(&side->windows[i], breaks);
		append(text, "%u × %s", count, breaks);
	}
}

bool reform_window_breaks(const struct scenario *a, const struct scenario *b,
			  char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE])
{
	ret_before[0] = ret_after[0] = '\0';
	if (a->policy == b->policy) {
		tell_breaks(a, b, ret_before);
		tell_breaks(b, a, ret_after);
	} else {
		tell_all_breaks(a, ret_before);
		tell_all_breaks(b, ret_after);
	}
	if (!strcmp(ret_before, ret_after))
		return false;
	none_if_empty(ret_before);
	none_if_empty(ret_after);
	return true;
}

/* ---- where items wait ----------------------------------------------------------------------- */

static const char *queue_name(const struct scenario *scenario, int queue)
{
	return queue < 0 ? "-" : scenario->queues[queue].def.queue;
}

/* In which queue of the list, whatever it is called. */
bool reform_item_places(const struct scenario *a, const struct scenario *b,
			char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE])
{
	uint32_t count = a->item_count < b->item_count ? a->item_count : b->item_count;

	ret_before[0] = ret_after[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		int x = scenario_item_queue(a, &a->items[i]),
		    y = scenario_item_queue(b, &b->items[i]);

		if (x != y) {
			append(ret_before, "%s: %s", a->items[i].id, queue_name(a, x));
			append(ret_after, "%s: %s", b->items[i].id, queue_name(b, y));
		}
		x = scenario_pick_up_queue(a, &a->items[i]);
		y = scenario_pick_up_queue(b, &b->items[i]);
		if (x != y) {
			append(ret_before, "%s（领取 pick-ups）: %s", a->items[i].id,
			       queue_name(a, x));
			append(ret_after, "%s（领取 pick-ups）: %s", b->items[i].id,
			       queue_name(b, y));
		}
	}
	return ret_before[0] != '\0';
}

/* ---- hours ---------------------------------------------------------------------------------- */

/* Each span with its share of the arrivals. */
void reform_name_hours(const struct scenario *scenario, char ret[REFORM_TEXT_SIZE])
{
	double weights = 0;

	ret[0] = '\0';
	for (uint32_t i = 0; i < scenario->span_count; i++)
		weights += scenario->spans[i].weight;
	for (uint32_t i = 0; i < scenario->span_count; i++) {
		const struct scenario_span *span = &scenario->spans[i];

		append(ret, "%02d:%02d-%02d:%02d %.3g%%", span->from_min / 60, span->from_min % 60,
		       span->to_min / 60, span->to_min % 60, 100 * span->weight / weights);
	}
}
