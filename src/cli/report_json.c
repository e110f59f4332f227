/* onewindow report as JSON: docs/schema/report.json. Waits in minutes, shares of 1; what is not
 * known, and an end that an interval does not have, is null. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "src/cli/baseline.h"
#include "src/cli/report_print.h"
#include "src/cli/report_words.h"

static void set_integer(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static void set_text(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, json_string(value));
}

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static void set_known(json_t *object, const char *key, bool known, double value)
{
	json_object_set_new(object, key, known ? number(value) : json_null());
}

static void set_share(json_t *object, const char *key, int64_t part, int64_t whole)
{
	set_known(object, key, whole > 0, whole ? (double)part / (double)whole : 0);
}

/* Seconds; -1: not reached. */
static void set_reached(json_t *object, const char *key, int64_t seconds)
{
	set_known(object, key, seconds >= 0, (double)seconds / 60.0);
}

static void set_group_key(json_t *object, const struct measure_group *group)
{
	switch (group->kind) {
	case MEASURE_QUEUE:
	case MEASURE_CLERK:
	case MEASURE_ITEM:
	case MEASURE_DEPARTMENT: set_text(object, "key", group->id); break;
	default: set_integer(object, "key", group->key); break;
	}
}

static json_t *group_json(const struct measure_group *group)
{
	const struct measure_figures *f = &group->figures;
	bool known = f->called > 0;
	json_t *object = json_object();

	set_text(object, "kind", report_kind_name(group->kind));
	set_group_key(object, group);
	set_text(object, "zh", group->zh);
	set_text(object, "en", group->en);
	set_integer(object, "issued", f->issued);
	set_integer(object, "legs", f->legs);
	set_integer(object, "called", f->called);
	set_integer(object, "served", f->served);
	set_integer(object, "no_show", f->no_show);
	set_integer(object, "waiting", f->waiting);
	set_integer(object, "cancelled", f->cancelled);
	set_integer(object, "uncalled", f->uncalled);
	set_integer(object, "moved", f->moved);
	set_integer(object, "excluded", f->excluded);
	set_known(object, "mean_min", known, known ? report_minutes(f->sum_ms, f->called) : 0);
	set_known(object, "p50_min", known, (double)f->p50_s / 60.0);
	set_known(object, "p90_min", known, (double)f->p90_s / 60.0);
	set_known(object, "p95_min", known, (double)f->p95_s / 60.0);
	set_known(object, "max_min", known, (double)f->max_ms / 60000.0);
	set_integer(object, "sum_ms", f->sum_ms);
	set_integer(object, "max_ms", f->max_ms);
	set_integer(object, "within", f->within);
	set_integer(object, "decided", f->decided);
	set_integer(object, "undecided", f->undecided);
	set_share(object, "share_within", f->within, f->decided);
	set_share(object, "abandon_rate", f->cancelled, report_ended(f));
	set_reached(object, "km_p50_min", f->km_p50_s);
	set_reached(object, "km_p90_min", f->km_p90_s);
	return object;
}

static json_t *order_json(const struct measure_order *order)
{
	json_t *object = json_object(), *reasons = json_object();

	set_integer(object, "calls", report_all_calls(order));
	for (int reason = 0; reason < CALL_REASON_COUNT; reason++)
		set_integer(reasons, call_reason_name(reason), order->reasons[reason]);
	json_object_set_new(object, "reasons", reasons);
	set_integer(object, "out_of_order", order->out_of_order);
	set_integer(object, "overtakings", order->overtakings);
	set_integer(object, "most_by_one_call", order->most);
	return object;
}

static json_t *total_json(const struct measure_visits *visits)
{
	bool known = visits->n > 0;
	json_t *total = json_object();

	set_integer(total, "n", visits->n);
	set_known(total, "mean_min", known,
		  known ? report_minutes(visits->total_sum_ms, visits->n) : 0);
	set_known(total, "p50_min", known, (double)visits->total_p50_s / 60.0);
	set_known(total, "p90_min", known, (double)visits->total_p90_s / 60.0);
	set_known(total, "p95_min", known, (double)visits->total_p95_s / 60.0);
	set_known(total, "max_min", known, (double)visits->total_max_ms / 60000.0);
	set_known(total, "time_to_window_mean_min", known,
		  known ? report_minutes(visits->window_sum_ms, visits->n) : 0);
	return total;
}

/* What became of the visits; shares and Kaplan-Meier are of visits too. */
static json_t *visits_json(const struct measure_visits *visits)
{
	json_t *object = json_object();

	set_integer(object, "known", visits->n);
	set_integer(object, "excluded", visits->excluded);
	set_integer(object, "censored", visits->censored);
	set_integer(object, "elsewhere", visits->elsewhere);
	set_integer(object, "within", visits->within);
	set_integer(object, "decided", visits->decided);
	set_integer(object, "undecided", visits->undecided);
	set_share(object, "share_within", visits->within, visits->decided);
	set_reached(object, "km_p50_min", visits->km_p50_s);
	set_reached(object, "km_p90_min", visits->km_p90_s);
	return object;
}

static json_t *findings_json(const struct measure_findings *found)
{
	json_t *object = json_object();

	set_integer(object, "implied_finish", found->implied_finish);
	set_integer(object, "short_service", found->short_service);
	set_integer(object, "no_citizen", found->no_citizen);
	set_integer(object, "cancel_reissue", found->cancel_reissue);
	set_integer(object, "call_put_back", found->call_put_back);
	set_integer(object, "clock_steps", found->clock_steps);
	set_integer(object, "clock_step_max_ms", found->clock_step_max_ms);
	set_integer(object, "restarts", found->restarts);
	set_integer(object, "excluded", found->excluded);
	set_integer(object, "days_absent", found->days_absent);
	return object;
}

static json_t *worst_json(const struct measure_group *worst)
{
	json_t *object;

	if (!worst)
		return json_null();
	object = json_object();
	set_text(object, "queue", worst->id);
	set_text(object, "zh", worst->zh);
	set_text(object, "en", worst->en);
	set_known(object, "mean_min", true,
		  report_minutes(worst->figures.sum_ms, worst->figures.called));
	return object;
}

static json_t *recalls_json(const struct measure_report *report)
{
	json_t *object = json_object();

	set_integer(object, "n", report->recalls);
	set_known(object, "mean_min", report->recalls > 0,
		  report->recalls ? report_minutes(report->recall_sum_ms, report->recalls) : 0);
	return object;
}

static void set_day(json_t *object, const char *key, int64_t day)
{
	json_object_set_new(object, key, day ? json_integer(day) : json_null());
}

void report_print_json(const struct report_print *print)
{
	const struct measure_report *report = print->report;
	const struct measure_figures *whole = report_whole(report);
	const struct report_origin origin = report_origin_of(print);
	json_t *root = json_object(), *groups = json_array();

	set_text(root, "hall", report->hall.id);
	json_object_set_new(root, "simulated", json_boolean(origin.simulated.days));
	json_object_set_new(root, "simulated_days", report_origin_json(&origin));
	set_integer(root, "days", report->days);
	set_day(root, "first_day", report->first_day);
	set_day(root, "last_day", report->last_day);
	set_day(root, "open_day", (int64_t)report->open_day);
	set_integer(root, "target_min", report->target_ms / 60000);
	set_integer(root, "as_of_ms", report->as_of_wall_ms);
	set_integer(root, "as_of_seq", (int64_t)report->as_of_seq);
	json_object_set_new(root, "all_kept", json_boolean(report->all_kept));
	if (print->comparison)
		json_object_set_new(root, "comparison", report_comparison_json(print));
	json_object_set_new(root, "total_wait", total_json(&report->visits));
	json_object_set_new(root, "visits", visits_json(&report->visits));
	set_share(root, "abandon_rate", whole ? whole->cancelled : 0,
		  whole ? report_ended(whole) : 0);
	json_object_set_new(root, "worst_queue", worst_json(report->worst_queue));
	json_object_set_new(root, "recalls", recalls_json(report));
	json_object_set_new(root, "findings", findings_json(&report->findings));
	json_object_set_new(root, "order", order_json(&report->order));
	for (size_t i = 0; i < report->group_count; i++)
		if (print->by[report->groups[i].kind])
			json_array_append_new(groups, group_json(&report->groups[i]));
	json_object_set_new(root, "groups", groups);
	cli_print_json(root);
	json_decref(root);
}

/* ---- the comparison ---- */

static json_t *pair(double low, double high)
{
	json_t *array = json_array();

	json_array_append_new(array, number(low));
	json_array_append_new(array, number(high));
	return array;
}

/* scale: of the interval's unit to what is printed. */
static json_t *interval_json(const struct compare_interval *interval, double scale)
{
	json_t *object = json_object(), *days = json_object(), *blocks = json_object();

	json_object_set_new(object, "point", number(interval->point * scale));
	json_object_set_new(object, "interval",
			    pair(interval->low * scale, interval->high * scale));
	json_object_set_new(days, "interval",
			    pair(interval->day_low * scale, interval->day_high * scale));
	json_object_set_new(days, "se", number(interval->day_se * scale));
	set_integer(days, "undefined", interval->day_undefined);
	json_object_set_new(blocks, "interval",
			    pair(interval->block_low * scale, interval->block_high * scale));
	json_object_set_new(blocks, "se", number(interval->block_se * scale));
	set_integer(blocks, "undefined", interval->block_undefined);
	json_object_set_new(object, "by_days", days);
	json_object_set_new(object, "by_blocks", blocks);
	return object;
}

/* Of an end that is not there: none. */
static double reduction_end(double end)
{
	return isfinite(end) ? compare_reduction(end) : NAN;
}

static void set_reduction(json_t *object, const struct compare_interval *log, bool shown)
{
	json_object_set_new(object, "reduction",
			    shown ? number(compare_reduction(log->point)) : json_null());
	json_object_set_new(object, "interval",
			    shown ? pair(reduction_end(log->high), reduction_end(log->low))
				  : pair(NAN, NAN));
}

/* Of waits: minutes. */
static json_t *figure_json(const struct compare_figure *figure)
{
	bool known = figure->verdict != VERDICT_OVERLAP, both = report_has_figures(figure->verdict);
	json_t *object = json_object();

	set_known(object, "before_min", known, figure->before / 60000);
	set_known(object, "after_min", known, figure->after / 60000);
	set_text(object, "verdict", report_verdict_name(figure->verdict));
	json_object_set_new(object, "relative", json_boolean(figure->relative));
	set_reduction(object, &figure->log, both && figure->relative);
	json_object_set_new(object, "log_ratio",
			    both ? interval_json(&figure->log, 1) : json_null());
	json_object_set_new(object, "difference_min",
			    both ? interval_json(&figure->change, 1 / 60000.0) : json_null());
	return object;
}

static json_t *share_json(const struct compare_figure *share)
{
	json_t *object = json_object();

	set_known(object, "before", share->verdict != VERDICT_NO_WAITS, share->before);
	set_known(object, "after", share->verdict != VERDICT_NO_WAITS, share->after);
	set_text(object, "verdict", report_share_verdict_name(share));
	json_object_set_new(object, "difference_points",
			    report_has_figures(share->verdict) ? interval_json(&share->change, 100)
							       : json_null());
	return object;
}

static json_t *standard_json(const struct compare_result *result)
{
	const struct compare_standard *standard = &result->standard;
	json_t *object = figure_json(&standard->mean);
	struct report_words words;

	report_sentence_standard(result, &words);
	json_object_set_new(object, "overlap", number(standard->overlap));
	set_integer(object, "cells", standard->cells);
	set_text(object, "sentence_zh", words.zh);
	set_text(object, "sentence_en", words.en);
	return object;
}

static json_t *per_case_json(const struct compare_result *result)
{
	json_t *object = figure_json(&result->per_case);

	set_integer(object, "before_cases", result->before_cases);
	set_integer(object, "after_cases", result->after_cases);
	set_integer(object, "before_filings", result->before_filings);
	set_integer(object, "after_filings", result->after_filings);
	return object;
}

static json_t *bounds_json(const struct compare_bounds *bounds)
{
	json_t *object = json_object();

	set_integer(object, "before_censored", bounds->before_censored);
	set_integer(object, "after_censored", bounds->after_censored);
	json_object_set_new(object, "before_lower_min", number(bounds->before_lower / 60000));
	json_object_set_new(object, "before_upper_min", number(bounds->before_upper / 60000));
	json_object_set_new(object, "after_lower_min", number(bounds->after_lower / 60000));
	json_object_set_new(object, "after_upper_min", number(bounds->after_upper / 60000));
	json_object_set_new(object, "reduction_lower", number(bounds->reduction_lower));
	json_object_set_new(object, "reduction_upper", number(bounds->reduction_upper));
	json_object_set_new(object, "reduction_worst", number(bounds->reduction_worst));
	json_object_set_new(object, "turns", json_boolean(bounds->turns));
	return object;
}

static json_t *did_json(const struct compare_result *result)
{
	const struct compare_did *did = &result->did;
	bool known = report_has_difference(did);
	struct report_words words;
	json_t *object;

	if (!did->asked)
		return json_null();
	object = json_object();
	report_sentence_did(result, &words);
	set_integer(object, "before_days", (int64_t)did->before_days);
	set_integer(object, "after_days", (int64_t)did->after_days);
	set_text(object, "verdict", report_verdict_name(did->verdict));
	set_reduction(object, &did->log, known);
	json_object_set_new(object, "log_ratio", number(known ? did->log.point : NAN));
	json_object_set_new(object, "log_ratio_interval",
			    known ? pair(did->log.low, did->log.high) : pair(NAN, NAN));
	set_known(object, "se", known, did->log.day_se);
	set_integer(object, "undefined", did->log.day_undefined);
	set_known(object, "slope", known, did->slope);
	json_object_set_new(object, "slope_interval",
			    known ? pair(did->slope_low, did->slope_high) : pair(NAN, NAN));
	set_text(object, "sentence_zh", words.zh);
	set_text(object, "sentence_en", words.en);
	return object;
}

static json_t *km_json(const struct compare_km *km)
{
	json_t *object = json_object(), *p50 = json_array(), *p90 = json_array();
	const int64_t bands[] = {km->p50_low, km->p50_high, km->p90_low, km->p90_high};

	for (int i = 0; i < 4; i++)
		json_array_append_new(i < 2 ? p50 : p90,
				      bands[i] < 0 ? json_null()
						   : json_real((double)bands[i] / 60));
	set_reached(object, "p50_min", km->p50);
	json_object_set_new(object, "p50_band", p50);
	set_reached(object, "p90_min", km->p90);
	json_object_set_new(object, "p90_band", p90);
	return object;
}

static json_t *baseline_json(const struct report_comparison *comparison)
{
	static const char *const kept[] = {[REPORT_AS_FROZEN] = "as-frozen",
					   [REPORT_ALTERED] = "altered",
					   [REPORT_UNTOLD] = "another-version"};
	const struct event_baseline_frozen *frozen = comparison->frozen;
	json_t *object = json_object();

	set_text(object, "name", frozen->name);
	set_integer(object, "from", frozen->from);
	set_integer(object, "to", frozen->to);
	json_object_set_new(object, "control", baseline_ids_json(frozen->control));
	set_text(object, "rows", frozen->rows);
	set_integer(object, "days", frozen->days);
	json_object_set_new(object, "total_wait", total_json(&comparison->before->visits));
	json_object_set_new(object, "visits", visits_json(&comparison->before->visits));
	set_text(object, "kept", kept[comparison->kept]);
	json_object_set_new(object, "findings", findings_json(&comparison->before->findings));
	return object;
}

json_t *report_comparison_json(const struct report_print *print)
{
	const struct report_comparison *comparison = print->comparison;
	const struct compare_result *result = &comparison->result;
	json_t *object = json_object(), *km = json_object();
	struct report_words words;
	char seed[17];

	report_sentence(result, &words);
	snprintf(seed, sizeof(seed), "%016" PRIx64, comparison->seed);
	set_text(object, "sentence_zh", words.zh);
	set_text(object, "sentence_en", words.en);
	set_text(object, "verdict", report_verdict_name(result->mean.verdict));
	/* Nobody who passes over the verdict finds a number that is not shown. */
	set_reduction(object, &result->mean.log,
		      result->mean.relative && (result->mean.verdict == VERDICT_SHORTER ||
						result->mean.verdict == VERDICT_LONGER));
	json_object_set_new(object, "baseline", baseline_json(comparison));
	json_object_set_new(object, "left_out",
			    json_pack("{s:I, s:I}", "openings",
				      (json_int_t)comparison->left_out.openings, "tickets",
				      (json_int_t)comparison->left_out.tickets));
	set_integer(object, "before_days", (int64_t)result->before_days);
	set_integer(object, "after_days", (int64_t)result->after_days);
	set_integer(object, "before_visits", result->before_n);
	set_integer(object, "after_visits", result->after_n);
	json_object_set_new(object, "mean", figure_json(&result->mean));
	json_object_set_new(object, "standardised", standard_json(result));
	json_object_set_new(object, "p90", figure_json(&result->p90));
	json_object_set_new(object, "share_within", share_json(&result->share));
	json_object_set_new(object, "per_case", per_case_json(result));
	json_object_set_new(object, "bounds", bounds_json(&result->bounds));
	json_object_set_new(object, "difference_in_differences", did_json(result));
	json_object_set_new(km, "before", km_json(&result->before_km));
	json_object_set_new(km, "after", km_json(&result->after_km));
	json_object_set_new(object, "kaplan_meier", km);
	set_integer(object, "resamples", COMPARE_RESAMPLES);
	set_integer(object, "block_days", COMPARE_BLOCK);
	set_text(object, "seed", seed);
	return object;
}
