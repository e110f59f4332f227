/* The sentences of a comparison: each verdict, in both languages, word for word. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/cli/report_words.h"

/* 13.37 minutes have become 0.93: shorter by 93.0%, 91.2% to 94.5%. */
static struct compare_result shown(void)
{
	struct compare_result result = {.before_days = 240, .after_days = 240};

	result.mean = (struct compare_figure){
		.before = 13.37 * 60000,
		.after = .934 * 60000,
		.log = {.point = log(.07), .low = log(.055), .high = log(.088)},
		.change = {.point = -12.44 * 60000, .low = -13 * 60000, .high = -11.5 * 60000},
		.relative = true,
		.verdict = VERDICT_SHORTER,
	};
	return result;
}

static void check(const struct compare_result *result, const char *zh, const char *en)
{
	struct report_words words;

	report_sentence(result, &words);
	assert_string_equal(words.zh, zh);
	assert_string_equal(words.en, en);
}

static void shorter_and_longer(void **state)
{
	struct compare_result result = shown();

	(void)state;
	check(&result, "等候时间缩短了 93.0%，95% 区间 91.2%–94.5%。",
	      "The wait has become 93.0% shorter, 95% interval 91.2% to 94.5%.");
	result.mean.log.high = log(.9997);
	check(&result, "等候时间缩短了 93.0%，95% 区间 0.03%–94.5%。",
	      "The wait has become 93.0% shorter, 95% interval 0.03% to 94.5%.");
	result.mean.verdict = VERDICT_LONGER;
	result.mean.log =
		(struct compare_interval){.point = log(1.25), .low = log(1.1), .high = log(2.5)};
	check(&result, "等候时间变长了 25.0%，95% 区间 10.0%–150.0%。",
	      "The wait has become 25.0% longer, 95% interval 10.0% to 150.0%.");
}

/* Under a minute before: no percent of so little. */
static void in_minutes(void **state)
{
	struct compare_result result = shown();

	(void)state;
	result.mean.relative = false;
	result.mean.before = 50000;
	result.mean.change = (struct compare_interval){
		.point = -.45 * 60000, .low = -.6 * 60000, .high = -.3 * 60000};
	check(&result, "等候时间缩短了 0.45 分钟，95% 区间 0.30–0.60 分钟。",
	      "The wait has become 0.45 minutes shorter, 95% interval 0.30 to 0.60 minutes.");
	/* an end that is not zero does not read as zero */
	result.mean.change = (struct compare_interval){.point = -180, .low = -30000, .high = -15};
	check(&result, "等候时间缩短了 0.003 分钟，95% 区间 0.0003–0.50 分钟。",
	      "The wait has become 0.003 minutes shorter, 95% interval 0.0003 to 0.50 minutes.");
	result.mean.verdict = VERDICT_LONGER;
	result.mean.change = (struct compare_interval){
		.point = .45 * 60000, .low = .3 * 60000, .high = .6 * 60000};
	check(&result, "等候时间变长了 0.45 分钟，95% 区间 0.30–0.60 分钟。",
	      "The wait has become 0.45 minutes longer, 95% interval 0.30 to 0.60 minutes.");
	result.mean.verdict = VERDICT_ZERO_INSIDE;
	result.mean.change.low = -.3 * 60000;
	check(&result, "未能证明：95% 区间含零，从变长 0.60 分钟到缩短 0.30 分钟。",
	      "not shown: the 95% interval holds zero, from 0.60 minutes longer to 0.30 minutes "
	      "shorter.");
}

static void not_enough_days(void **state)
{
	struct compare_result result = shown();

	(void)state;
	result.mean.verdict = VERDICT_FEW_DAYS;
	result.before_days = 12;
	check(&result, "天数不足：基期 12 天，须 20 天。",
	      "not enough days: 12 of 20 in the baseline.");
	result.before_days = 20;
	result.after_days = 19;
	check(&result, "天数不足：本期 19 天，须 20 天。",
	      "not enough days: 19 of 20 in the period.");
	result.before_days = 3;
	check(&result, "天数不足：基期 3 天，本期 19 天，各须 20 天。",
	      "not enough days: 3 of 20 in the baseline, 19 of 20 in the period.");
}

static void no_waits(void **state)
{
	struct compare_result result = shown();

	(void)state;
	result.mean.verdict = VERDICT_NO_WAITS;
	result.mean.after = 0;
	check(&result, "未能证明：本期没有等候时间，无从比较。",
	      "not shown: there is no waiting time in the period to compare.");
	result.mean.before = NAN;
	check(&result, "未能证明：基期与本期都没有等候时间，无从比较。",
	      "not shown: there is no waiting time in the baseline and in the period to compare.");
	result.mean.after = 1;
	check(&result, "未能证明：基期没有等候时间，无从比较。",
	      "not shown: there is no waiting time in the baseline to compare.");
}

static void zero_inside(void **state)
{
	struct compare_result result = shown();

	(void)state;
	result.mean.verdict = VERDICT_ZERO_INSIDE;
	result.mean.log =
		(struct compare_interval){.point = log(.98), .low = log(.918), .high = log(1.031)};
	check(&result, "未能证明：95% 区间含零，从变长 3.1%到缩短 8.2%。",
	      "not shown: the 95% interval holds zero, from 3.1% longer to 8.2% shorter.");
	result.mean.log.high = INFINITY;
	check(&result, "未能证明：95% 区间无界。", "not shown: the 95% interval has no end.");
	result.mean.log.high = NAN;
	check(&result, "未能证明：95% 区间无界。", "not shown: the 95% interval has no end.");
}

static void bounds(void **state)
{
	struct compare_result result = shown();

	(void)state;
	result.mean.verdict = VERDICT_BOUNDS;
	result.mean.after = .97 * result.mean.before;
	result.bounds = (struct compare_bounds){.before_lower = 1000,
						.after_lower = 979,
						.before_upper = 1000,
						.after_upper = 1040};
	check(&result, "未能证明：未等到呼叫的人可能使结论反转，从变长 4.0%到缩短 3.0%。",
	      "not shown: those who left before they were called may turn it round, from 4.0% "
	      "longer to 3.0% shorter.");
	result.mean.relative = false;
	result.mean.before = 48000;
	result.mean.after = 45000;
	result.bounds = (struct compare_bounds){.before_lower = 48000,
						.after_lower = 51000,
						.before_upper = 50000,
						.after_upper = 56000};
	check(&result, "未能证明：未等到呼叫的人可能使结论反转，从变长 0.10 分钟到缩短 0.05 分钟。",
	      "not shown: those who left before they were called may turn it round, from 0.10 "
	      "minutes longer to 0.05 minutes shorter.");
}

static void standardised(void **state)
{
	struct compare_result result = shown();
	struct report_words words;

	(void)state;
	result.standard.mean = result.mean;
	report_sentence_standard(&result, &words);
	assert_string_equal(words.zh,
			    "按业务构成标准化后，等候时间缩短了 93.0%，95% 区间 91.2%–94.5%。");
	assert_string_equal(words.en, "For the same mix of items the wait has become 93.0% "
				      "shorter, 95% interval 91.2% to 94.5%.");
	result.standard.mean.verdict = VERDICT_OVERLAP;
	result.standard.overlap = .899;
	report_sentence_standard(&result, &words);
	assert_string_equal(words.zh, "未能证明：两期业务构成差异过大，重合度 89.9%，须 90%。");
	assert_string_equal(words.en,
			    "not shown: the mix of items differs too much: overlap 89.9% of 90%.");
}

static void differences(void **state)
{
	struct compare_result result = shown();
	struct report_words words;

	(void)state;
	result.did = (struct compare_did){.asked = true,
					  .before_days = 19,
					  .after_days = 30,
					  .log = result.mean.log,
					  .verdict = VERDICT_SHORTER};
	report_sentence_did(&result, &words);
	assert_string_equal(words.en, "Against the control queues the wait has become 93.0% "
				      "shorter, 95% interval 91.2% to 94.5%.");
	result.did.verdict = VERDICT_DRIFT;
	report_sentence_did(&result, &words);
	assert_string_equal(words.zh, "未能证明：基期内对照队列与其余队列已在分化。");
	assert_string_equal(words.en, "not shown: control queues and the others were drifting "
				      "apart in the baseline already.");
	result.did.verdict = VERDICT_FEW_DAYS;
	report_sentence_did(&result, &words);
	assert_string_equal(words.en, "not enough days: 19 of 20 in the baseline.");
	result.did.verdict = VERDICT_NO_WAITS;
	report_sentence_did(&result, &words);
	assert_string_equal(words.en, "not shown: there is no waiting time on the common days to "
				      "compare.");
}

static void share(void **state)
{
	struct compare_figure figure = {.change = {.point = .2}, .verdict = VERDICT_LONGER};

	(void)state;
	assert_string_equal(report_share_verdict_name(&figure), "higher");
	assert_string_equal(report_share_verdict_cell(&figure), "提高 higher");
	figure.change.point = -.2;
	assert_string_equal(report_share_verdict_name(&figure), "lower");
	assert_string_equal(report_share_verdict_cell(&figure), "降低 lower");
	figure.verdict = VERDICT_FEW_DAYS;
	assert_string_equal(report_share_verdict_name(&figure), "few-days");
	assert_string_equal(report_share_verdict_cell(&figure), "天数不足 not enough days");
}

static void percents(void **state)
{
	static const struct {
		double share;
		const char *text;
	} all[] = {{0, "0.0%"},		{1, "100.0%"},	    {.9994, "99.9%"}, {.9996, "99.96%"},
		   {.99996, "99.996%"}, {-.0001, "-0.01%"}, {.0004, "0.04%"}, {-1e-9, "0.0%"},
		   {-.031, "-3.1%"},	{12.5, "1250.0%"}};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_string_equal(report_percent(all[i].share, text), all[i].text);
}

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_COUNT; i++) {
		assert_non_null(report_verdict_name((enum compare_verdict)i));
		assert_non_null(report_verdict_cell((enum compare_verdict)i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shorter_and_longer),
		cmocka_unit_test(in_minutes),
		cmocka_unit_test(not_enough_days),
		cmocka_unit_test(no_waits),
		cmocka_unit_test(zero_inside),
		cmocka_unit_test(bounds),
		cmocka_unit_test(standardised),
		cmocka_unit_test(differences),
		cmocka_unit_test(share),
		cmocka_unit_test(percents),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
