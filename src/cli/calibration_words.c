/* What a calibration says, in words. Pure. */
#include <inttypes.h>
#include <stdio.h>

#include "src/cli/report_calibration.h"

const char *calibration_verdict_name(enum calibration_verdict verdict)
{
	static const char *const names[CALIBRATION_VERDICTS] = {
		[CALIBRATION_FEW] = "too-few",
		[CALIBRATION_WELL] = "well-calibrated",
		[CALIBRATION_NARROW] = "too-narrow",
		[CALIBRATION_WIDE] = "too-wide",
	};

	return names[verdict];
}

const char *calibration_verdict_cell(enum calibration_verdict verdict)
{
	static const char *const cells[CALIBRATION_VERDICTS] = {
		[CALIBRATION_FEW] = "太少 too few",
		[CALIBRATION_WELL] = "相符 well calibrated",
		[CALIBRATION_NARROW] = "过窄 too narrow",
		[CALIBRATION_WIDE] = "过宽 too wide",
	};

	return cells[verdict];
}

static void say_few(const struct calibration_cell *cell, struct report_words *ret)
{
	snprintf(ret->zh, sizeof(ret->zh),
		 "太少：可比的等候 %" PRId64 " 次、%" PRId64 " 天，须 %d 次、%d 天。", cell->n,
		 cell->days, CALIBRATION_MIN_TICKETS, CALIBRATION_MIN_DAYS);
	snprintf(ret->en, sizeof(ret->en),
		 "Too few: %" PRId64 " waits on %" PRId64
		 " days to compare; %d on %d days are needed.",
		 cell->n, cell->days, CALIBRATION_MIN_TICKETS, CALIBRATION_MIN_DAYS);
}

void calibration_sentence(const struct calibration_cell *cell, struct report_words *ret)
{
	static const struct {
		const char *zh, *en;
	} heads[CALIBRATION_VERDICTS] = {
		[CALIBRATION_WELL] = {"相符", "Well calibrated"},
		[CALIBRATION_NARROW] = {"过窄", "Too narrow"},
		[CALIBRATION_WIDE] = {"过宽", "Too wide"},
	};
	char held[32], low[32], high[32], zh[96] = "", en[96] = "";

	if (cell->verdict == CALIBRATION_FEW) {
		say_few(cell, ret);
		return;
	}
	report_percent((double)cell->counts[OUTCOME_HELD] / (double)cell->n, held);
	if (cell->has_interval) {
		report_percent(cell->low, low);
		report_percent(cell->high, high);
		snprintf(zh, sizeof(zh), "，95%% 置信区间 %s–%s", low, high);
		snprintf(en, sizeof(en), ", 95%% confidence %s to %s", low, high);
	}
	snprintf(ret->zh, sizeof(ret->zh),
		 "%s：%s 的等候落在取号时所告知的 80%% 区间内（应为 %d–%d%%）%s。",
		 heads[cell->verdict].zh, held, CALIBRATION_LOW_PERCENT, CALIBRATION_HIGH_PERCENT,
		 zh);
	snprintf(ret->en, sizeof(ret->en),
		 "%s: %s of the waits lay within their 80%% intervals (%d to %d%% should)%s.",
		 heads[cell->verdict].en, held, CALIBRATION_LOW_PERCENT, CALIBRATION_HIGH_PERCENT,
		 en);
}
