/* simulate --compare in words and tables. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/report_words.h"
#include "src/cli/simulate_compare.h"

const struct compared_name compared_figures[REFORM_FIGURES] = {
	[REFORM_MEAN] = {"mean_wait_min", "平均等候（分）", "mean wait, min"},
	[REFORM_P50] = {"p50_wait_min", "P50（分）", "P50, min"},
	[REFORM_P90] = {"p90_wait_min", "P90（分）", "P90, min"},
	[REFORM_P95] = {"p95_wait_min", "P95（分）", "P95, min"},
	[REFORM_SHARE] = {"share_within_target", "在目标内", "within target"},
	[REFORM_TICKETS] = {"tickets_a_day", "每天取号", "tickets a day"},
	[REFORM_ABANDON] = {"abandon_rate", "等不及离开", "left uncalled"},
	[REFORM_UTILISATION] = {"utilisation", "窗口利用率", "utilisation"},
};

static bool is_share(int figure)
{
	return figure == REFORM_SHARE || figure == REFORM_ABANDON || figure == REFORM_UTILISATION;
}

static void print_number(char *text, size_t size, int figure, double value)
{
	char percent[32];

	if (is_share(figure))
		snprintf(text, size, "%s", report_percent(value, percent));
	else
		snprintf(text, size, "%.*f", figure == REFORM_TICKETS ? 1 : 2, value);
}

/* Without a range: of nobody. */
static void add_range(struct cli_table *table, int figure, const struct reform_range *range)
{
	char value[32], least[32], greatest[32];

	if (!range) {
		cli_table_add(table, "-");
		cli_table_add(table, "-");
		return;
	}
	print_number(value, sizeof(value), figure, range->value);
	print_number(least, sizeof(least), figure, range->least);
	print_number(greatest, sizeof(greatest), figure, range->greatest);
	cli_table_add(table, "%s", value);
	cli_table_add(table, "%s–%s", least, greatest);
}

static void print_head(const struct compared *compared)
{
	const struct reform_seeds *seeds = &compared->seeds;
	uint64_t last = seeds->first + seeds->count - 1;

	printf("%s → %s\n%s → %s\n", compared->before->zh, compared->after->zh,
	       compared->before->en, compared->after->en);
	printf("种子 %" PRIu64 "–%" PRIu64 "，每个 %" PRIu32
	       " 天，%s；模型估计，全部为假设，无一实测\n"
	       "seeds %" PRIu64 " to %" PRIu64 ", %" PRIu32
	       " days each, %s; a model estimate, all of it assumed, nothing measured\n\n",
	       seeds->first, last, seeds->days,
	       compared->same_cases ? "两边办件相同" : "两边各有各的办件，差别不只来自大厅",
	       seeds->first, last, seeds->days,
	       compared->same_cases ? "with the same cases on both sides"
				    : "each side with cases of its own: the difference is not of "
				      "the halls alone");
}

static void print_differences(const struct compared *compared)
{
	struct cli_table table;

	if (!compared->difference_count) {
		printf("两个场景没有差别 the two scenarios do not differ\n\n");
		return;
	}
	cli_table_init(&table, 3);
	cli_table_add(&table, "假设的差别 what is assumed to differ");
	cli_table_add(&table, "之前 before");
	cli_table_add(&table, "之后 after");
	for (size_t i = 0; i < compared->difference_count; i++) {
		const struct reform_difference *row = &compared->differences[i];

		cli_table_add(&table, "%s %s", row->zh, row->en);
		cli_table_add(&table, "%s", row->before);
		cli_table_add(&table, "%s", row->after);
	}
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	putchar('\n');
}

static void print_figures(const struct compared *compared)
{
	struct cli_table table;

	cli_table_init(&table, 5);
	cli_table_add(&table, "等候 waits");
	cli_table_add(&table, "之前 before");
	cli_table_add(&table, "各种子 seeds");
	cli_table_add(&table, "之后 after");
	cli_table_add(&table, "各种子 seeds");
	for (int f = 0; f < REFORM_FIGURES; f++) {
		struct reform_range before = {0}, after = {0};
		bool is_before = reform_side_figure(&compared->figures, false,
						    (enum reform_figure)f, &before);
		bool is_after =
			reform_side_figure(&compared->figures, true, (enum reform_figure)f, &after);

		if (f == REFORM_ABANDON && before.value == 0 && after.value == 0)
			continue;
		if (f == REFORM_SHARE && compared->before->target_ms == compared->after->target_ms)
			cli_table_add(&table, "不超过 %g 分 within %g min",
				      (double)compared->before->target_ms / 60000,
				      (double)compared->before->target_ms / 60000);
		else
			cli_table_add(&table, "%s %s", compared_figures[f].zh,
				      compared_figures[f].en);
		add_range(&table, f, is_before ? &before : NULL);
		add_range(&table, f, is_after ? &after : NULL);
	}
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	putchar('\n');
}

/* "缩短 93.0% shorter", the sign told by the word. */
static void print_reduction(const struct compared *compared)
{
	struct reform_range range;
	bool share, longer;
	char point[32], from[32], to[32];

	if (!reform_reduction(&compared->figures, &share, &range)) {
		printf("有一边没有人被叫到，等候无从比较。\n"
		       "On one side nobody was called: there are no waits to compare.\n");
		return;
	}
	if (range.value == 0 && range.least == 0 && range.greatest == 0) {
		printf("在这些假设下，平均等候没有差别。\n"
		       "Under these assumptions the mean wait does not differ.\n");
		return;
	}
	longer = range.value < 0;
	if (longer)
		range = (struct reform_range){-range.value, -range.greatest, -range.least};
	if (share) {
		report_percent(range.value, point);
		report_percent(range.least, from);
		report_percent(range.greatest, to);
	} else {
		snprintf(point, sizeof(point), "%.2f", range.value);
		snprintf(from, sizeof(from), "%.2f", range.least);
		snprintf(to, sizeof(to), "%.2f", range.greatest);
	}
	/* of scenarios, whoever reads the sentence alone */
	printf("在这些假设下，平均等候%s %s%s，各种子 %s–%s。这说明它可能，不说明它发生过。\n"
	       "Under these assumptions the mean wait is %s%s %s, seeds %s to %s. This "
	       "shows that it is possible, not that it happened.\n",
	       longer ? "变长" : "缩短", point, share ? "" : " 分钟", from, to, point,
	       share ? "" : " min", longer ? "longer" : "shorter", from, to);
}

/* ---- attribution ---------------------------------------------------------------------------- */

static void add_value(struct cli_table *table, double value)
{
	cli_table_add(table, "%+.2f", value);
	cli_table_add(table, "× %.3g", exp(value));
}

static void print_values(const char *head, const struct compared_name *names,
			 const struct reform_value *values, int count,
			 const struct reform_attribution *parts, const bool *differs)
{
	struct cli_table table;

	cli_table_init(&table, 4);
	cli_table_add(&table, "%s", head);
	cli_table_add(&table, "ln");
	cli_table_add(&table, "倍数 factor");
	cli_table_add(&table, "ln 各种子 seeds");
	for (int i = 0; i < count; i++) {
		cli_table_add(&table, "%s %s", names[i].zh, names[i].en);
		add_value(&table, values[i].value);
		if (differs && !differs[i])
			cli_table_add(&table, "两边相同 alike on both sides");
		else if (!parts->seeds_known)
			cli_table_add(&table, "天数太少 too few days");
		else
			cli_table_add(&table, "%+.2f … %+.2f", values[i].least, values[i].greatest);
	}
	cli_table_add(&table, "合计 sum");
	add_value(&table, parts->log_ratio);
	cli_table_add(&table, "%s", "");
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	putchar('\n');
}

/* "合并排队、减少窗口", "pooling + fewer windows". */
static void name_world(uint32_t levers, bool zh, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "%s", zh ? "不作任何改变" : "nothing changed");
	for (int l = 0; l < REFORM_LEVERS && used < size; l++)
		if (levers >> l & 1)
			used += (size_t)snprintf(
				text + used, size - used, "%s%s", used ? zh ? "、" : " + " : "",
				zh ? compared_levers[l].zh : compared_levers[l].en);
}

static void print_worst(const struct reform_attribution *parts, uint32_t levers, const char *of_zh,
			const char *of_en)
{
	const struct reform_world *world = &parts->worlds[levers];
	char zh[256], en[256];

	name_world(levers, true, zh, sizeof(zh));
	name_world(levers, false, en, sizeof(en));
	printf("  %s：只有%s，平均等候 %.0f 分钟，最忙的窗口工作量为开放时间的 %.2f 倍\n"
	       "  %s: only %s, mean wait %.0f min, the busiest window has %.2f times its hours\n",
	       of_zh, zh, world->mean_min, world->busiest, of_en, en, world->mean_min,
	       world->busiest);
}

static void print_caution(const struct reform_attribution *parts)
{
	struct overloaded o;

	compared_overload(parts, &o);
	if (!o.overloaded) {
		printf("没有一个组合超负荷 No combination is overloaded.\n");
		return;
	}
	printf("注意：%" PRIu32 " 种组合中有 %" PRIu32
	       " 种超负荷（有窗口工作量超过开放时间），现实中办不成；以上对数依赖这些组合，\n"
	       "是记账，不是单独实施某一项的预测。最重的：\n"
	       "Caution: of the %" PRIu32 " combinations %" PRIu32
	       " are overloaded (a window has more work than hours) and could not be; the values "
	       "above lean on them.\nThey are an account, no forecast of one change made alone. "
	       "The "
	       "worst:\n",
	       o.worlds, o.overloaded, o.worlds, o.overloaded);
	print_worst(parts, o.worst_short, "四项中", "of the four");
	print_worst(parts, o.worst, "七项中", "of the seven");
}

static void print_attribution(const struct compared *compared)
{
	const struct reform_attribution *parts = &compared->parts;

	printf("\n各项改变各占多少：ln(之后÷之前) 的 Shapley 值，各值相加即总数，倍数相乘即总倍数\n"
	       "What each change makes: Shapley values of ln(after ÷ before) of the mean wait; "
	       "they "
	       "add up to it, their factors multiply\n\n");
	print_values("四项 four players", compared_players, parts->players, REFORM_PLAYERS, parts,
		     NULL);
	print_values("七项 seven levers", compared_levers, parts->levers, REFORM_LEVERS, parts,
		     parts->differs);
	print_caution(parts);
}

void compared_print_text(const struct compared *compared)
{
	print_head(compared);
	print_differences(compared);
	print_figures(compared);
	print_reduction(compared);
	load_warn(compared->before, &compared->load_before, &compared->figures.before,
		  "之前 before: ");
	load_warn(compared->after, &compared->load_after, &compared->figures.after, "之后 after: ");
	if (compared->attributed)
		print_attribution(compared);
}
