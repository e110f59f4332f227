/* A plan as people read it, in Chinese and English. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/load.h"
#include "src/cli/plan.h"
#include "src/cli/report_print.h"
#include "src/cli/report_words.h"

enum { MOST_CLASSES = 10 };

double plan_left(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->level_count; i++)
		if (plan->levels[i].windows == plan->windows)
			return plan->levels[i].abandoned.mean;
	return 0;
}

const char *plan_clock(int32_t minute, char ret[PLAN_CLOCK_SIZE])
{
	unsigned in_day = (unsigned)minute % (24 * 60 + 1);

	snprintf(ret, PLAN_CLOCK_SIZE, "%02u:%02u", in_day / 60, in_day % 60);
	return ret;
}

const char *plan_value_text(const struct plan_target *target, double value,
			    char ret[PLAN_VALUE_SIZE])
{
	if (target->measure == PLAN_SHARE)
		snprintf(ret, PLAN_VALUE_SIZE, "%.1f%%", 100 * value);
	else
		snprintf(ret, PLAN_VALUE_SIZE, "%.2f 分 min", value);
	return ret;
}

static const char *queue_name(const struct scenario *scenario, uint32_t queue)
{
	return queue < scenario->queue_count ? scenario->queues[queue].def.queue : "?";
}

/* ---- the head ---- */

static void print_learnt(const struct plan_print *print)
{
	const struct learn_facts *f = print->learnt;
	const struct scenario *s = print->scenario;
	const struct report_origin origin = {f->dates.days, f->simulated};

	report_print_origin(&origin);
	printf("学自日志 learnt from %s: %u 天 days (%" PRId64 " – %" PRId64 "), %" PRId64
	       " 人次 visits, %" PRId64 " 网上申报 filed online; 事项 items %u, 窗口 windows %u\n",
	       print->source, f->days, f->from, f->to, f->tickets, f->filings, f->items,
	       f->windows);
	printf("每天 a day %.1f 件 cases (cv %.2f); 受理 service %.2f 分 min (cv %.2f); "
	       "再来 rework %.1f%%; 领件 pick-up %.1f%%, %.2f 分 min; 网办 online %.1f%%; "
	       "走到窗口 walk %.0f 秒 s; 弃号 no-show %.1f%%",
	       s->cases_a_day, s->day_cv, s->service.mean_min, s->service.cv,
	       100 * s->rework_chance, 100 * s->pick_up_chance, s->pick_up.mean_min,
	       100 * s->uptake, s->walk_s, 100 * s->no_show_chance);
	if (s->patience_min > 0)
		printf("; 耐心 patience %.0f 分 min", s->patience_min);
	printf("\n");
}

/* What a scenario cannot say: more than one of them for each first visit. */
static void warn_rate(const char *zh, const char *en, double rate)
{
	if (rate > 1)
		printf("注意：%s每件 %.2f 次，场景至多 1 次，其余未计入，负荷偏低 warning: %.2f %s "
		       "for each "
		       "first visit; a scenario has at most 1, the rest is left out and the load "
		       "comes out too small\n",
		       zh, rate, rate, en);
}

static void print_rates(const struct learn_facts *f)
{
	double share = f->firsts ? (double)f->with_case / (double)(f->firsts + f->reworks) : 0;

	if (f->case_refs && share < LEARN_CASES_TOLD)
		printf("注意：仅 %.0f%% 的到访有办件号，其余各算一件，再来偏少 warning: only "
		       "%.0f%% of "
		       "visits name their case; each of the others counts as a case of its own, "
		       "and "
		       "reworks come out too few\n",
		       100 * share, 100 * share);
	warn_rate("再来", "reworks", f->rework_rate);
	warn_rate("领件", "pick-ups", f->pick_up_rate);
	if (f->pick_up_rate > 1 && f->pick_ups_filed)
		printf("其中 %" PRId64 " 次领件属网上申报的办件 pick-ups that are of cases filed "
		       "online: %" PRId64 "\n",
		       f->pick_ups_filed, f->pick_ups_filed);
}

static void print_left_out(const struct plan_print *print)
{
	const struct learn_facts *f = print->learnt;

	if (!f->case_refs)
		printf("日志无办件号：每次到访算作另一件，无从得知再来 no case references: each "
		       "visit "
		       "counts as a case of its own, none as a rework\n");
	print_rates(f);
	if (f->takes_implied)
		printf("按键办结的过少：窗口占用到下次呼叫为止，算作受理 too few services were "
		       "finished "
		       "by a key: those that the next call ended count as long as they held the "
		       "window\n");
	if (f->outside)
		printf("%" PRId64
		       " 张号在少见的时段取得，未计入时段 tickets came in half-hours that "
		       "count as closed\n",
		       f->outside);
	if (f->appointments)
		printf("%" PRId64 " 个预约按普通号计 appointments count as ordinary tickets\n",
		       f->appointments);
	if (f->unused_windows)
		printf("%u 个窗口从未呼叫，未计入 windows never called and are left out\n",
		       f->unused_windows);
	if (f->dropped_skills)
		printf("%u 个事项所需技能无窗口具备，视为不需 items need a skill that no window "
		       "has: "
		       "as if they needed none\n",
		       f->dropped_skills);
	if (f->unserved)
		printf("%" PRId64 " 件的事项无窗口受理，未计入 cases are of items that no window "
		       "serves any more: left out\n",
		       f->unserved);
	printf("窗口的暂停未学，视为一直开放 pauses of windows are not learnt: they count as open "
	       "all "
	       "day\n");
}

/* Of many only the largest, and those that are too many for their windows. */
static bool is_shown(const struct plan_load *load, uint32_t index)
{
	const struct plan_class *class = &load->classes[index];
	uint32_t larger = 0;

	for (uint32_t i = 0; i < load->class_count; i++)
		larger += load->classes[i].load > class->load;
	return larger < MOST_CLASSES || class->overloaded || class->capacity <= 0;
}

static void print_classes(const struct plan_print *print)
{
	const struct plan_load *load = &print->plan->load;
	struct cli_table table;
	uint32_t left = 0;

	cli_table_init(&table, 5);
	cli_table_add(&table, "  队列 queue");
	cli_table_add(&table, "技能 skill");
	cli_table_add(&table, "负荷 load");
	cli_table_add(&table, "最忙 busiest");
	cli_table_add(&table, "可受理的窗口 windows that serve it");
	for (uint32_t i = 0; i < load->class_count; i++) {
		const struct plan_class *class = &load->classes[i];
		const char *skill = plan_skill_name(print->scenario, class->skill);

		if (!is_shown(load, i)) {
			left++;
			continue;
		}
		cli_table_add(&table, "  %s", queue_name(print->scenario, class->queue));
		cli_table_add(&table, "%s", skill[0] ? skill : "-");
		cli_table_add(&table, "%.2f", class->load);
		cli_table_add(&table, "%.2f", class->peak);
		cli_table_add(&table, "%.4g%s", class->capacity,
			      class->overloaded ? " ← 过载 overloaded" : "");
	}
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	if (left)
		printf("  … 另有 and %u 项较小的 smaller ones (--format json)\n", left);
}

static void print_load(const struct plan_print *print)
{
	const struct plan_load *load = &print->plan->load;
	char from[PLAN_CLOCK_SIZE], to[PLAN_CLOCK_SIZE];

	printf("负荷 load: %.2f 个窗口 windows; %s–%s 最忙 busiest: %.2f\n", load->total,
	       plan_clock(load->peak_from_min, from), plan_clock(load->peak_to_min, to),
	       load->peak);
	if (load->class_count)
		print_classes(print);
}

static void print_head(const struct plan_print *print)
{
	const struct plan_request *request = print->request;
	const struct scenario *s = print->scenario;

	printf("%s %s (%s): 目标 target %s, 在至少 in at least %.4g%% of %u 个种子 seeds of %u 天 "
	       "days\n",
	       s->zh, s->en, s->id, print->target, 100 * request->confidence, request->seeds,
	       request->days);
	if (print->learnt)
		print_learnt(print);
	else
		printf("模拟估计，场景中的数字均为假定 model estimate; all numbers of the scenario "
		       "are "
		       "assumed\n");
	if (print->learnt)
		print_left_out(print);
	if (print->plan->without_ageing)
		printf("未计老化规则：它只改变先后 ageing is left out: it changes who is next, not "
		       "how "
		       "many are served\n");
	print_load(print);
}

/* ---- the curve ---- */

static void add_spread(struct cli_table *table, const struct plan_spread *spread, double factor,
		       int digits)
{
	cli_table_add(table, "%.*f", digits, factor * spread->mean);
	cli_table_add(table, "%.*f–%.*f", digits, factor * spread->min, digits,
		      factor * spread->max);
}

static void add_heads(struct cli_table *table, const struct plan_print *print, bool leave)
{
	cli_table_add(table, "受理窗口 intake windows");
	cli_table_add(table, "平均 mean");
	cli_table_add(table, "±");
	cli_table_add(table, "P50");
	cli_table_add(table, "P90");
	cli_table_add(table, "最小–最大 min–max");
	cli_table_add(table, "P95");
	cli_table_add(table, "≤%g 分 min", (double)print->plan->within_ms / 60000);
	cli_table_add(table, "最小–最大 min–max");
	cli_table_add(table, "忙 busy");
	if (leave)
		cli_table_add(table, "离开 left");
	cli_table_add(table, "达标 met");
}

static void print_curve(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	bool leave = print->scenario->patience_min > 0;
	struct cli_table table;

	if (!plan->level_count)
		return;
	if (plan->family.others)
		printf("等候（分，各种子的平均、标准差、最小–最大）；另有其他窗口 waits in minutes "
		       "(mean, "
		       "standard deviation, least–most over seeds); other windows beside them: "
		       "%u\n",
		       plan->family.others);
	else
		printf("等候（分，各种子的平均、标准差、最小–最大） waits in minutes (mean, "
		       "standard "
		       "deviation, least–most over seeds)\n");
	cli_table_init(&table, leave ? 12 : 11);
	add_heads(&table, print, leave);
	for (uint32_t i = 0; i < plan->level_count; i++) {
		const struct plan_level *level = &plan->levels[i];

		cli_table_add(&table, "%u", level->windows);
		cli_table_add(&table, "%.2f", level->mean.mean);
		cli_table_add(&table, "%.2f", level->mean.sd);
		cli_table_add(&table, "%.2f", level->p50.mean);
		add_spread(&table, &level->p90, 1, 2);
		cli_table_add(&table, "%.2f", level->p95.mean);
		add_spread(&table, &level->share, 100, 1);
		cli_table_add(&table, "%.0f%%", 100 * level->utilisation.mean);
		if (leave)
			cli_table_add(&table, "%.1f%%", 100 * level->abandoned.mean);
		cli_table_add(&table, "%.0f%%%s", 100 * level->met,
			      plan->windows == level->windows ? " ←" : "");
	}
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

/* A short wait of those who stayed may be the work of those who left. */
static void print_warnings(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	double left = plan_left(plan);
	char percent[32];

	if (plan->load.over > 0) {
		printf("注意 warning: 负荷过重，只因有人离开，队才不再增长 overloaded: the line is "
		       "bounded by those who leave, and by nothing else; ");
		if (plan->carrying)
			printf("%u 个受理窗口才承担得了 intake windows would carry the load\n",
			       plan->carrying);
		else
			printf("所允许的窗口都承担不了 no number that is allowed would carry the "
			       "load\n");
	}
	if (left > LOAD_MANY_LEFT)
		printf("注意 warning: %s 的人等不及离开，等候时间只是留下者的；%s left uncalled: "
		       "the waits are those of the few who stayed\n",
		       report_percent(left, percent), percent);
}

static void print_answer(const struct plan_print *print)
{
	const struct plan *plan = print->plan;

	if (plan->first > 1 && plan->level_count && print->scenario->patience_min > 0)
		printf("少于 %u 个时有人无窗口可办 with fewer than %u somebody is served by no "
		       "window\n",
		       plan->first, plan->first);
	else if (plan->first > 1 && plan->level_count)
		printf("少于 %u 个承担不了负荷 fewer than %u cannot carry the load\n", plan->first,
		       plan->first);
	if (plan->outcome != PLAN_FOUND)
		return;
	plan_print_windows(print);
	print_warnings(print);
}

/* ---- issuing apart, the roster ---- */

static void print_split(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	const struct plan_split *split = &plan->split;

	if (!split->issuing)
		return;
	printf("%u+%u 个窗口 windows: 分设发件 issuing apart %.2f 分 min ± %.2f, 同队 in one line "
	       "%.2f ± %.2f\n",
	       split->intake, split->issuing, split->split.mean, split->split.sd,
	       split->pooled.mean, split->pooled.sd);
	if (split->cost.mean > 0)
		printf("分设发件窗口使平均等候增加 splitting off the issuing windows costs "
		       "waiting: "
		       "%+.2f 分 min a visit (%+.2f – %+.2f, ± %.2f), 占种子 in %.0f%% of seeds\n",
		       split->cost.mean, split->cost.min, split->cost.max, split->cost.sd,
		       100 * split->costs);
	else
		printf("分设发件窗口不增加平均等候 splitting off the issuing windows costs no "
		       "waiting: "
		       "%+.2f 分 min a visit (%+.2f – %+.2f, ± %.2f)\n",
		       split->cost.mean, split->cost.min, split->cost.max, split->cost.sd);
	if (plan->windows && split->pooled_windows)
		printf("同队共需 in one line %u 个窗口达标 windows in all meet the target; "
		       "分设共需 "
		       "apart %u\n",
		       split->pooled_windows, split->intake + split->issuing);
}

static void print_roster(const struct plan_print *print)
{
	const struct plan_roster *roster = &print->plan->roster;
	const struct plan_target *target = &print->request->target;
	char from[PLAN_CLOCK_SIZE], to[PLAN_CLOCK_SIZE], text[PLAN_VALUE_SIZE];
	uint32_t kinds[PLAN_ROSTER_KINDS], kind_count;
	struct cli_table table;

	if (!roster->count || !roster->flat)
		return;
	kind_count = plan_roster_kinds(print->plan, kinds);
	printf("分时段排班，每段取号者均达标 roster: the target holds for who comes in each "
	       "period\n");
	for (uint32_t k = 0; k < kind_count; k++) {
		char name[PLAN_KIND_SIZE];

		printf("%s%c: %s", k ? "; " : "  ", (char)('A' + k),
		       plan_kind_text(print, kinds[k], name));
	}
	printf("%s", kind_count ? "\n" : "");
	cli_table_init(&table, 4 + kind_count);
	cli_table_add(&table, "时段 period");
	cli_table_add(&table, "受理窗口 intake windows");
	for (uint32_t k = 0; k < kind_count; k++)
		cli_table_add(&table, "%c", (char)('A' + k));
	cli_table_add(&table, "%s", target->measure == PLAN_SHARE ? "占比 share" : "等候 wait");
	cli_table_add(&table, "达标 met");
	for (uint32_t i = 0; i < roster->count; i++) {
		const struct plan_roster_row *row = &roster->rows[i];

		cli_table_add(&table, "%s–%s", plan_clock(row->period.open_from_min, from),
			      plan_clock(row->period.open_to_min, to));
		cli_table_add(&table, "%u", row->windows);
		for (uint32_t k = 0; k < kind_count; k++)
			cli_table_add(&table, "%u",
				      plan_family_windows(&print->plan->family, kinds[k],
							  row->windows));
		cli_table_add(&table, "%s", plan_value_text(target, row->value.mean, text));
		cli_table_add(&table, "%.0f%%", 100 * row->met);
	}
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	plan_say_other_kinds(print->plan, kind_count);
	printf("窗口小时 window-hours a day: %.1f; 每段都达标须全天 %u 个 the same with %u all day "
	       "long: %.1f; 省 saved %.1f (%.0f%%); 试算 tries %u\n",
	       roster->hours, roster->flat, roster->flat, roster->flat_hours,
	       roster->flat_hours - roster->hours,
	       roster->flat_hours > 0 ? 100 * (1 - roster->hours / roster->flat_hours) : 0,
	       roster->tries);
	if (roster->flat != print->plan->windows)
		printf("全天合计达标 for the day as a whole %u 个已够 are enough: %.1f 窗口小时 "
		       "window-hours\n",
		       print->plan->windows,
		       roster->flat_hours * print->plan->windows / roster->flat);
}

void plan_print_text(const struct plan_print *print)
{
	print_head(print);
	print_curve(print);
	print_answer(print);
	print_split(print);
	print_roster(print);
}

/* ---- why not ---- */

static void say_overloaded(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	const struct plan_load *load = &plan->load;

	fprintf(stderr,
		"onewindow plan: %u 个受理窗口也承担不了负荷 not even %u intake windows carry the "
		"load:\n",
		plan->last, plan->last);
	for (uint32_t i = 0; i < load->class_count; i++) {
		const struct plan_class *class = &load->classes[i];
		const char *skill = plan_skill_name(print->scenario, class->skill);

		if (!class->overloaded && class->capacity > 0)
			continue;
		fprintf(stderr,
			"  队列 queue %s%s%s: 负荷 load %.2f 个窗口 windows, 可受理的 that serve "
			"it "
			"%.4g\n",
			queue_name(print->scenario, class->queue), skill[0] ? ", 技能 skill " : "",
			skill, class->load, class->capacity);
	}
	if (load->over > 0)
		fprintf(stderr,
			"  合计 together: 负荷 load %.2f, 窗口 windows %.4g; "
			"负荷不小于窗口数时队列无限"
			"增长 the line grows without bound where the load is not less\n",
			load->over, load->over_capacity);
}

static void say_not_met(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	const struct plan_level *last = &plan->levels[plan->level_count - 1];
	const struct plan_class *class = &plan->load.classes[plan->worst_class];
	const char *skill = plan_skill_name(print->scenario, class->skill);
	char text[PLAN_VALUE_SIZE];

	fprintf(stderr,
		"onewindow plan: %s 用 %u 个受理窗口也不达标（达标的种子 %.0f%%，应为 %.4g%%） not "
		"met "
		"with %u intake windows either (in %.0f%% of seeds, %.4g%% are wanted)%s\n",
		print->target, last->windows, 100 * last->met, 100 * print->request->confidence,
		last->windows, 100 * last->met, 100 * print->request->confidence,
		print->request->max
			? ""
			: "; 最后三个窗口未带来任何变化 the last three of them changed nothing");
	fprintf(stderr,
		"  最差 worst: 队列 queue %s%s%s: %s; 负荷 load %.2f, 可受理的窗口 windows that "
		"serve "
		"it %.4g\n",
		queue_name(print->scenario, class->queue), skill[0] ? ", 技能 skill " : "", skill,
		plan_value_text(&print->request->target, plan->worst_value, text), class->load,
		class->capacity);
}

static void say_no_roster(const struct plan_print *print)
{
	const struct plan_roster *roster = &print->plan->roster;
	const struct plan_roster_row *row = &roster->rows[roster->worst];
	char from[PLAN_CLOCK_SIZE], to[PLAN_CLOCK_SIZE], text[PLAN_VALUE_SIZE];

	fprintf(stderr,
		"onewindow plan: 没有排班使每一时段都达标 no roster meets the target in every "
		"period: "
		"%s–%s 用 with %u 个受理窗口 intake windows: %s, 达标 met in %.0f%% of seeds\n",
		plan_clock(row->period.open_from_min, from),
		plan_clock(row->period.open_to_min, to), row->windows,
		plan_value_text(&print->request->target, row->value.mean, text), 100 * row->met);
}

void plan_say_why(const struct plan_print *print)
{
	const struct plan *plan = print->plan;

	if (plan->outcome == PLAN_OVERLOADED)
		say_overloaded(print);
	else if (plan->outcome == PLAN_NOT_MET)
		say_not_met(print);
	else if (plan->roster.count && !plan->roster.flat)
		say_no_roster(print);
}
