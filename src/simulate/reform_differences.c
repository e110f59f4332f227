/* In what two scenarios differ, as one would tell it: what, before, after. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/simulate/reform_private.h"
#include "src/simulate/scenario_private.h"

struct list {
	struct reform_difference *rows;
	size_t count;
};

static struct reform_difference *add(struct list *list, const char *zh, const char *en, int lever)
{
	struct reform_difference *row = &list->rows[list->count++];

	assert(list->count <= REFORM_MAX_DIFFERENCES);
	*row = (struct reform_difference){.zh = zh, .en = en, .lever = lever};
	return row;
}

static void add_words(struct list *list, const char *zh, const char *en, int lever,
		      const char *before, const char *after)
{
	struct reform_difference *row;

	if (!strcmp(before, after))
		return;
	row = add(list, zh, en, lever);
	snprintf(row->before, sizeof(row->before), "%s", before);
	snprintf(row->after, sizeof(row->after), "%s", after);
}

/* Numbers of scenarios are as they were written, so alike means equal. */
static void add_number(struct list *list, const char *zh, const char *en, int lever, double before,
		       double after)
{
	struct reform_difference *row;

	if (before == after)
		return;
	row = add(list, zh, en, lever);
	snprintf(row->before, sizeof(row->before), "%.10g", before);
	snprintf(row->after, sizeof(row->after), "%.10g", after);
}

static void add_chance(struct list *list, const char *zh, const char *en, int lever, double before,
		       double after)
{
	struct reform_difference *row;

	if (before == after)
		return;
	row = add(list, zh, en, lever);
	snprintf(row->before, sizeof(row->before), "%.10g%%", 100 * before);
	snprintf(row->after, sizeof(row->after), "%.10g%%", 100 * after);
}

static const char *word_of(enum scenario_policy policy)
{
	static const char *const words[] = {
		[SCENARIO_DEPARTMENTAL] = "各部门排队 departmental",
		[SCENARIO_POOLED] = "合并排队 pooled",
		[SCENARIO_PRIORITY] = "合并排队，优先者先叫 priority",
		[SCENARIO_HALL] = "按大厅规则 hall",
	};

	return words[policy];
}

/* Of those that have an effect on a simulated day. */
static bool same_rules(const struct scenario *a, const struct scenario *b)
{
	const struct event_policy_defined *x = &a->rules, *y = &b->rules;

	if (a->policy != SCENARIO_HALL || b->policy != SCENARIO_HALL)
		return true;
	return x->overtakes == y->overtakes && x->age_ms == y->age_ms && x->recalls == y->recalls &&
	       x->aside_ms == y->aside_ms;
}

/* As in the file. */
static void name_rules(const struct event_policy_defined *rules, char text[REFORM_TEXT_SIZE])
{
	snprintf(text, REFORM_TEXT_SIZE,
		 "overtakes %" PRId64 ", age_min %g, recalls %" PRId64 ", aside_min %g",
		 rules->overtakes, (double)rules->age_ms / 60000, rules->recalls,
		 (double)rules->aside_ms / 60000);
}

/* Where a line is formed alike: whom each window serves, and who waits where. Between two policies
 * the difference is theirs. */
static void add_duties(struct list *list, const struct scenario *a, const struct scenario *b)
{
	char before[REFORM_TEXT_SIZE], after[REFORM_TEXT_SIZE];

	if (a->policy != b->policy)
		return;
	if (reform_window_kinds(a, b, before, after))
		add_words(list, "窗口的队列与技能", "windows by queues and skills", REFORM_NO_LEVER,
			  before, after);
	else if (reform_window_order(a, b, before, after))
		add_words(list, "窗口的次序", "order of windows", REFORM_NO_LEVER, before, after);
	if (reform_item_places(a, b, before, after))
		add_words(list, "事项所在队列", "queues of items", REFORM_NO_LEVER, before, after);
}

static void add_windows(struct list *list, const struct scenario *a, const struct scenario *b)
{
	char before[REFORM_TEXT_SIZE], after[REFORM_TEXT_SIZE];

	add_words(list, "排队规则", "policy", REFORM_POOLING, word_of(a->policy),
		  word_of(b->policy));
	add_number(list, "窗口数", "windows", REFORM_FEWER, a->window_count, b->window_count);
	add_number(list, "其中专办出证领取", "of these only for pick-ups", REFORM_ISSUING,
		   reform_issuing_count(a), reform_issuing_count(b));
	add_duties(list, a, b);
	if (reform_window_breaks(a, b, before, after))
		add_words(list, "窗口休息", "breaks of windows", REFORM_NO_LEVER, before, after);
	if (same_rules(a, b))
		return;
	name_rules(&a->rules, before);
	name_rules(&b->rules, after);
	add_words(list, "大厅规则", "rules of the hall", REFORM_NO_LEVER, before, after);
}

static double open_weight(const struct scenario *scenario)
{
	double weight = 0;

	for (uint32_t i = 0; i < scenario->span_count; i++)
		weight += scenario->spans[i].weight;
	return weight;
}

static bool same_hours(const struct scenario *a, const struct scenario *b)
{
	bool alike = a->span_count == b->span_count;

	for (uint32_t i = 0; alike && i < a->span_count; i++)
		alike = a->spans[i].from_min == b->spans[i].from_min &&
			a->spans[i].to_min == b->spans[i].to_min &&
			a->spans[i].weight * open_weight(b) == b->spans[i].weight * open_weight(a);
	return alike;
}

static void add_hours(struct list *list, const struct scenario *a, const struct scenario *b)
{
	if (!same_hours(a, b)) {
		struct reform_difference *row =
			add(list, "办公时间与到达分布", "hours and their weights", REFORM_NO_LEVER);

		reform_name_hours(a, row->before);
		reform_name_hours(b, row->after);
	}
}

static bool same_item(const struct scenario *a, const struct scenario *b, uint32_t i)
{
	const struct scenario_item *x = &a->items[i], *y = &b->items[i];

	return !strcmp(x->id, y->id) && !strcmp(x->skill, y->skill) && x->share == y->share &&
	       x->factor == y->factor && x->online == y->online &&
	       !strcmp(a->departments[x->department].name, b->departments[y->department].name);
}

static void add_items(struct list *list, const struct scenario *a, const struct scenario *b)
{
	uint32_t both = a->item_count < b->item_count ? a->item_count : b->item_count, others = 0,
		 first = both;
	struct reform_difference *row;

	for (uint32_t i = 0; i < both; i++) {
		if (same_item(a, b, i))
			continue;
		if (!others++)
			first = i;
	}
	if (!others && a->item_count == b->item_count)
		return;
	row = add(list, "事项", "items", REFORM_NO_LEVER);
	snprintf(row->before, sizeof(row->before), "%u", a->item_count);
	if (first < b->item_count)
		snprintf(row->after, sizeof(row->after),
			 "%u, 其中不同 of these other %u, 首个 the first \"%s\"", b->item_count,
			 others + b->item_count - both, b->items[first].id);
	else
		snprintf(row->after, sizeof(row->after), "%u", b->item_count);
}

bool reform_same_cases(const struct scenario *before, const struct scenario *after)
{
	bool alike = same_hours(before, after) && before->cases_a_day == after->cases_a_day &&
		     before->day_cv == after->day_cv && before->item_count == after->item_count;

	for (uint32_t i = 0; alike && i < before->item_count; i++)
		alike = !strcmp(before->items[i].id, after->items[i].id) &&
			before->items[i].share == after->items[i].share;
	return alike;
}

size_t reform_differences(const struct scenario *before, const struct scenario *after,
			  struct reform_difference ret[REFORM_MAX_DIFFERENCES])
{
	const struct scenario *a = before, *b = after;
	struct list list = {.rows = ret};
	const int none = REFORM_NO_LEVER;

	add_windows(&list, a, b);
	add_number(&list, "受理均值（分）", "mean service, min", REFORM_SERVICE,
		   a->service.mean_min, b->service.mean_min);
	add_number(&list, "受理时长变异系数", "CV of the service", REFORM_VARIANCE, a->service.cv,
		   b->service.cv);
	add_chance(&list, "再来一次的办件", "cases that come again", REFORM_REWORK,
		   a->rework_chance, b->rework_chance);
	add_chance(&list, "可网上申报者中网上办理", "filed online, of those that can be",
		   REFORM_ONLINE, a->uptake, b->uptake);
	add_hours(&list, a, b);
	add_items(&list, a, b);
	add_number(&list, "每天办件", "cases a day", none, a->cases_a_day, b->cases_a_day);
	add_number(&list, "日系数变异系数", "CV of the day's factor", none, a->day_cv, b->day_cv);
	add_chance(&list, "来领取的办件", "cases with a pick-up", none, a->pick_up_chance,
		   b->pick_up_chance);
	add_number(&list, "领取均值（分）", "mean pick-up, min", none, a->pick_up.mean_min,
		   b->pick_up.mean_min);
	add_number(&list, "领取时长变异系数", "CV of the pick-up", none, a->pick_up.cv,
		   b->pick_up.cv);
	add_number(&list, "叫号到受理（秒）", "from call to service, s", none, a->walk_s,
		   b->walk_s);
	add_chance(&list, "过号", "no-shows", none, a->no_show_chance, b->no_show_chance);
	add_number(&list, "等过号者（秒）", "a no-show is waited for, s", none, a->no_show_s,
		   b->no_show_s);
	add_number(&list, "耐心均值（分）", "mean patience, min", none, a->patience_min,
		   b->patience_min);
	add_chance(&list, "优先者", "priority class", none, a->priority_chance, b->priority_chance);
	add_number(&list, "目标（分）", "target, min", none, (double)a->target_ms / 60000,
		   (double)b->target_ms / 60000);
	return list.count;
}
