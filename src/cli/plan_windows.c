/* Which windows a number of windows is: how many of each kind, and what changes from the hall's
 * own.
 */
#include <stdio.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/plan.h"

/* Of more kinds only those are named that change, and no more than so many of them. */
enum { MOST_KINDS = 6 };

static size_t append(char *text, size_t len, const char *word)
{
	int more = snprintf(text + len, PLAN_KIND_SIZE - len, "%s", word);

	return len + (size_t)more < PLAN_KIND_SIZE ? len + (size_t)more : PLAN_KIND_SIZE - 1;
}

const char *plan_kind_text(const struct plan_print *print, uint32_t kind, char ret[PLAN_KIND_SIZE])
{
	const struct plan_kind *of = &print->plan->family.kinds[kind];
	const char *before = " 技能 skill ";
	size_t len = 0;

	for (const char *at = print->scenario->windows[of->window].queues; *at; at++) {
		const char letter[] = {*at, '\0'};

		len = append(ret, len, *at == ',' ? ", " : letter);
	}
	for (uint32_t skill = 0; skill < 32; skill++) {
		if (!(of->skills >> skill & 1))
			continue;
		len = append(ret, len, before);
		len = append(ret, len, plan_skill_name(print->scenario, skill));
		before = ", ";
	}
	return ret;
}

static uint32_t kinds_that_count(const struct plan_family *family, bool counted)
{
	uint32_t count = 0;

	for (uint32_t k = 0; k < family->kind_count; k++)
		count += family->kinds[k].counted == counted;
	return count;
}

static int change(const struct plan *plan, uint32_t kind)
{
	return (int)plan_family_windows(&plan->family, kind, plan->windows) -
	       (int)plan->family.kinds[kind].own;
}

/* What a list of kinds shows of one; false: it is not in the list. */
typedef bool (*show_fn)(const struct plan *plan, uint32_t kind);

static bool is_changed(const struct plan *plan, uint32_t kind)
{
	return change(plan, kind) != 0;
}

static bool counts(const struct plan *plan, uint32_t kind)
{
	return plan->family.kinds[kind].counted &&
	       (plan_family_windows(&plan->family, kind, plan->windows) || change(plan, kind));
}

static bool stays(const struct plan *plan, uint32_t kind)
{
	return !plan->family.kinds[kind].counted;
}

/* "3 × tax, gen; 1 × gen", or by how many there are more or fewer. */
static void print_list(const struct plan_print *print, show_fn shows, bool changes)
{
	const struct plan *plan = print->plan;
	char text[PLAN_KIND_SIZE];
	uint32_t shown = 0, left = 0;

	for (uint32_t k = 0; k < plan->family.kind_count; k++) {
		if (!shows(plan, k))
			continue;
		if (shown == MOST_KINDS) {
			left++;
			continue;
		}
		printf("%s", shown++ ? "; " : "");
		if (changes)
			printf("%+d", change(plan, k));
		else
			printf("%u", plan_family_windows(&plan->family, k, plan->windows));
		printf(" × %s", plan_kind_text(print, k, text));
	}
	if (left)
		printf("; 另有 and %u 种 more (--format json)", left);
}

static void print_others(const struct plan_print *print)
{
	uint32_t kinds = kinds_that_count(&print->plan->family, false);

	if (kinds == 0 || kinds > MOST_KINDS)
		return;
	printf("; 另有不变的 besides, as now: ");
	print_list(print, stays, false);
}

void plan_print_windows(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	uint32_t kinds = kinds_that_count(&plan->family, true), changed = 0;

	for (uint32_t k = 0; k < plan->family.kind_count; k++)
		changed += change(plan, k) != 0;
	printf("需要受理窗口 intake windows needed: %u", plan->windows);
	if (changed) {
		printf("（现有 now %u: ", plan->family.own);
		print_list(print, is_changed, true);
		printf("）\n");
	} else {
		printf("（同现有 as now）\n");
	}
	printf("  窗口 windows: ");
	if (kinds <= MOST_KINDS) {
		print_list(print, counts, false);
	} else {
		print_list(print, is_changed, false);
		printf("%s%u 种不变 kinds as now (--format json)", changed ? "; " : "",
		       kinds - changed);
	}
	print_others(print);
	printf("\n");
}

/* ---- of a roster ---- */

static bool varies(const struct plan *plan, uint32_t kind)
{
	const struct plan_roster *roster = &plan->roster;
	uint32_t first = plan_family_windows(&plan->family, kind, roster->rows[0].windows);

	for (uint32_t i = 1; i < roster->count; i++)
		if (plan_family_windows(&plan->family, kind, roster->rows[i].windows) != first)
			return true;
	return false;
}

uint32_t plan_roster_kinds(const struct plan *plan, uint32_t ret[PLAN_ROSTER_KINDS])
{
	uint32_t kinds = kinds_that_count(&plan->family, true), count = 0;

	for (uint32_t k = 0; kinds > 1 && k < plan->family.kind_count; k++)
		if (plan->family.kinds[k].counted && count < PLAN_ROSTER_KINDS &&
		    (kinds <= PLAN_ROSTER_KINDS || varies(plan, k)))
			ret[count++] = k;
	return count;
}

void plan_say_other_kinds(const struct plan *plan, uint32_t shown)
{
	uint32_t kinds = kinds_that_count(&plan->family, true);

	if (kinds > 1 && shown < kinds)
		printf("其余 %u 种窗口见 the other %u kinds of windows: --format json\n",
		       kinds - shown, kinds - shown);
}
