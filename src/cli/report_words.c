/* The sentences of a comparison. A change is said as a share only where the baseline is long enough
 * (docs/measurement.md, "What is said"), else in minutes; longer is said as plainly as shorter. */
#include "src/cli/report_words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DIGITS = 6 };

__attribute__((format(printf, 2, 3))) static void put(char ret[REPORT_WORDS_SIZE],
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start stands above */
	vsnprintf(ret, REPORT_WORDS_SIZE, format, args);
	va_end(args);
}

const char *report_verdict_name(enum compare_verdict verdict)
{
	static const char *const names[VERDICT_COUNT] = {
		[VERDICT_SHORTER] = "shorter",	       [VERDICT_LONGER] = "longer",
		[VERDICT_NO_WAITS] = "no-waits",       [VERDICT_FEW_DAYS] = "few-days",
		[VERDICT_ZERO_INSIDE] = "zero-inside", [VERDICT_BOUNDS] = "bounds",
		[VERDICT_OVERLAP] = "overlap",	       [VERDICT_DRIFT] = "drift",
	};

	return names[verdict];
}

const char *report_verdict_cell(enum compare_verdict verdict)
{
	switch (verdict) {
	case VERDICT_SHORTER: return "缩短 shorter";
	case VERDICT_LONGER: return "变长 longer";
	case VERDICT_FEW_DAYS: return "天数不足 not enough days";
	default: return "未能证明 not shown";
	}
}

bool report_has_figures(enum compare_verdict verdict)
{
	return verdict != VERDICT_NO_WAITS && verdict != VERDICT_OVERLAP;
}

bool report_has_difference(const struct compare_did *did)
{
	return report_has_figures(did->verdict) && did->verdict != VERDICT_FEW_DAYS;
}

bool report_has_interval(const struct compare_result *result)
{
	return result->before_days >= COMPARE_MIN_DAYS && result->after_days >= COMPARE_MIN_DAYS;
}

static bool is_shown(const struct compare_figure *figure)
{
	return figure->verdict == VERDICT_SHORTER || figure->verdict == VERDICT_LONGER;
}

const char *report_share_verdict_name(const struct compare_figure *share)
{
	if (is_shown(share))
		return share->change.point > 0 ? "higher" : "lower";
	return report_verdict_name(share->verdict);
}

const char *report_share_verdict_cell(const struct compare_figure *share)
{
	if (is_shown(share))
		return share->change.point > 0 ? "提高 higher" : "降低 lower";
	return report_verdict_cell(share->verdict);
}

int report_digits(double value, int least)
{
	int digits = least;

	while (value != 0 && fabs(value) < .5 * pow(10, -digits) && digits < MAX_DIGITS)
		digits++;
	return digits;
}

const char *report_percent(double share, char ret[32])
{
	double size = fabs(share);
	int digits = report_digits(100 * share, 1);

	while (size < 1 && size >= 1 - .5 * pow(10, -digits - 2) && digits < MAX_DIGITS)
		digits++;
	if (100 * size < .5 * pow(10, -digits)) /* never "-0.0%" */
		snprintf(ret, 32, "0.0%%");
	else
		snprintf(ret, 32, "%.*f%%", digits, 100 * share);
	return ret;
}

/* Of log(after / before): "缩短 8.2%", "变长 3.1%". */
static void say_log(double log, struct report_words *ret)
{
	double reduction = -expm1(log);
	char text[32];

	report_percent(fabs(reduction), text);
	put(ret->zh, "%s %s", reduction < 0 ? "变长" : "缩短", text);
	put(ret->en, "%s %s", text, reduction < 0 ? "longer" : "shorter");
}

static void minutes_text(double ms, char ret[32])
{
	double minutes = fabs(ms) / 60000;

	snprintf(ret, 32, "%.*f", report_digits(minutes, 2), minutes);
}

/* Of after - before in ms. */
static void say_difference(double ms, struct report_words *ret)
{
	char text[32];

	minutes_text(ms, text);
	put(ret->zh, "%s %s 分钟", ms > 0 ? "变长" : "缩短", text);
	put(ret->en, "%s minutes %s", text, ms > 0 ? "longer" : "shorter");
}

static void say_shown(const struct compare_figure *figure, const char *zh, const char *en,
		      struct report_words *ret)
{
	const struct compare_interval *interval = figure->relative ? &figure->log : &figure->change;
	bool longer = figure->verdict == VERDICT_LONGER;
	char point[32], low[32], high[32];
	double least = longer ? interval->low : interval->high;
	double most = longer ? interval->high : interval->low;

	if (figure->relative) {
		report_percent(fabs(expm1(interval->point)), point);
		report_percent(fabs(expm1(least)), low);
		report_percent(fabs(expm1(most)), high);
		put(ret->zh, "%s%s了 %s，95%% 区间 %s–%s。", zh, longer ? "变长" : "缩短", point,
		    low, high);
		put(ret->en, "%s has become %s %s, 95%% interval %s to %s.", en, point,
		    longer ? "longer" : "shorter", low, high);
		return;
	}
	minutes_text(interval->point, point);
	minutes_text(least, low);
	minutes_text(most, high);
	put(ret->zh, "%s%s了 %s 分钟，95%% 区间 %s–%s 分钟。", zh, longer ? "变长" : "缩短", point,
	    low, high);
	put(ret->en, "%s has become %s minutes %s, 95%% interval %s to %s minutes.", en, point,
	    longer ? "longer" : "shorter", low, high);
}

static void say_no_waits(const struct compare_result *result, struct report_words *ret)
{
	bool before = result->mean.before > 0, after = result->mean.after > 0;

	put(ret->zh, "未能证明：%s没有等候时间，无从比较。",
	    before  ? "本期"
	    : after ? "基期"
		    : "基期与本期都");
	put(ret->en, "not shown: there is no waiting time in the %s to compare.",
	    before  ? "period"
	    : after ? "baseline"
		    : "baseline and in the period");
}

static void say_few_days(size_t before, size_t after, struct report_words *ret)
{
	const int least = COMPARE_MIN_DAYS;

	if (before < COMPARE_MIN_DAYS && after < COMPARE_MIN_DAYS) {
		put(ret->zh, "天数不足：基期 %zu 天，本期 %zu 天，各须 %d 天。", before, after,
		    least);
		put(ret->en, "not enough days: %zu of %d in the baseline, %zu of %d in the period.",
		    before, least, after, least);
		return;
	}
	put(ret->zh, "天数不足：%s %zu 天，须 %d 天。", before < COMPARE_MIN_DAYS ? "基期" : "本期",
	    before < COMPARE_MIN_DAYS ? before : after, least);
	put(ret->en, "not enough days: %zu of %d in the %s.",
	    before < COMPARE_MIN_DAYS ? before : after, least,
	    before < COMPARE_MIN_DAYS ? "baseline" : "period");
}

static void say_zero_inside(const struct compare_interval *interval, bool relative,
			    struct report_words *ret)
{
	struct report_words low, high;

	if (!isfinite(interval->low) || !isfinite(interval->high)) {
		put(ret->zh, "未能证明：95%% 区间无界。");
		put(ret->en, "not shown: the 95%% interval has no end.");
		return;
	}
	(relative ? say_log : say_difference)(interval->high, &low);
	(relative ? say_log : say_difference)(interval->low, &high);
	put(ret->zh, "未能证明：95%% 区间含零，从%s到%s。", low.zh, high.zh);
	put(ret->en, "not shown: the 95%% interval holds zero, from %s to %s.", low.en, high.en);
}

/* From the least to the greatest change that the visits without a call leave possible. */
static void say_bounds(const struct compare_result *result, struct report_words *ret)
{
	const struct compare_figure *mean = &result->mean;
	const struct compare_bounds *bounds = &result->bounds;
	const double pairs[3][2] = {{mean->before, mean->after},
				    {bounds->before_lower, bounds->after_lower},
				    {bounds->before_upper, bounds->after_upper}};
	double least = INFINITY, greatest = -INFINITY;
	struct report_words shorter, longer;

	for (int i = 0; i < 3; i++) {
		double change =
			mean->relative ? log(pairs[i][1] / pairs[i][0]) : pairs[i][1] - pairs[i][0];

		least = fmin(least, change);
		greatest = fmax(greatest, change);
	}
	(mean->relative ? say_log : say_difference)(least, &shorter);
	(mean->relative ? say_log : say_difference)(greatest, &longer);
	put(ret->zh, "未能证明：未等到呼叫的人可能使结论反转，从%s到%s。", longer.zh, shorter.zh);
	put(ret->en,
	    "not shown: those who left before they were called may turn it round, from %s to %s.",
	    longer.en, shorter.en);
}

static void say_figure(const struct compare_result *result, const struct compare_figure *figure,
		       const char *zh, const char *en, struct report_words *ret)
{
	switch (figure->verdict) {
	case VERDICT_SHORTER:
	case VERDICT_LONGER: say_shown(figure, zh, en, ret); break;
	case VERDICT_NO_WAITS: say_no_waits(result, ret); break;
	case VERDICT_FEW_DAYS: say_few_days(result->before_days, result->after_days, ret); break;
	case VERDICT_BOUNDS: say_bounds(result, ret); break;
	case VERDICT_OVERLAP: {
		char text[32];

		report_percent(result->standard.overlap, text);
		put(ret->zh, "未能证明：两期业务构成差异过大，重合度 %s，须 90%%。", text);
		put(ret->en, "not shown: the mix of items differs too much: overlap %s of 90%%.",
		    text);
		break;
	}
	default:
		say_zero_inside(figure->relative ? &figure->log : &figure->change, figure->relative,
				ret);
		break;
	}
}

void report_sentence(const struct compare_result *result, struct report_words *ret)
{
	say_figure(result, &result->mean, "等候时间", "The wait", ret);
}

void report_sentence_standard(const struct compare_result *result, struct report_words *ret)
{
	say_figure(result, &result->standard.mean, "按业务构成标准化后，等候时间",
		   "For the same mix of items the wait", ret);
}

void report_sentence_did(const struct compare_result *result, struct report_words *ret)
{
	const struct compare_did *did = &result->did;
	struct compare_figure figure = {.log = did->log, .relative = true, .verdict = did->verdict};

	switch (did->verdict) {
	case VERDICT_FEW_DAYS: say_few_days(did->before_days, did->after_days, ret); break;
	case VERDICT_NO_WAITS:
		put(ret->zh, "未能证明：共同天数内没有等候时间，无从比较。");
		put(ret->en, "not shown: there is no waiting time on the common days to compare.");
		break;
	case VERDICT_DRIFT:
		put(ret->zh, "未能证明：基期内对照队列与其余队列已在分化。");
		put(ret->en, "not shown: control queues and the others were drifting apart in the "
			     "baseline already.");
		break;
	default:
		say_figure(result, &figure, "与对照队列相比，等候时间",
			   "Against the control queues the wait", ret);
		break;
	}
}
