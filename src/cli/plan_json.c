/* A plan as JSON: docs/schema/plan.json. */
#include <jansson.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/load.h"
#include "src/cli/plan.h"
#include "src/cli/report_print.h"

static json_t *spread(const struct plan_spread *spread)
{
	return json_pack("{s:f, s:f, s:f, s:f}", "mean", spread->mean, "min", spread->min, "max",
			 spread->max, "sd", spread->sd);
}

static json_t *count(uint32_t number)
{
	return number ? json_integer(number) : json_null();
}

static json_t *clock(int32_t minute)
{
	char text[PLAN_CLOCK_SIZE];

	return json_string(plan_clock(minute, text));
}

static json_t *target(const struct plan_print *print)
{
	static const char *const names[] = {"mean", "p50", "p90", "p95", "share"};
	const struct plan_target *target = &print->request->target;

	return json_pack("{s:s, s:s, s:f, s:f}", "text", print->target, "measure",
			 names[target->measure], "bound", target->bound, "within_min",
			 (double)print->plan->within_ms / 60000);
}

static const char *queue_name(const struct scenario *scenario, uint32_t queue)
{
	return queue < scenario->queue_count ? scenario->queues[queue].def.queue : "";
}

static json_t *load(const struct plan_print *print)
{
	const struct plan_load *load = &print->plan->load;
	json_t *classes = json_array();

	for (uint32_t i = 0; i < load->class_count; i++) {
		const struct plan_class *class = &load->classes[i];

		json_array_append_new(classes,
				      json_pack("{s:s, s:s, s:f, s:f, s:f, s:b}", "queue",
						queue_name(print->scenario, class->queue), "skill",
						plan_skill_name(print->scenario, class->skill),
						"load", class->load, "peak", class->peak, "windows",
						class->capacity, "overloaded", class->overloaded));
	}
	return json_pack("{s:f, s:f, s:o, s:o, s:o, s:o}", "windows", load->total, "peak",
			 load->peak, "peak_from", clock(load->peak_from_min), "peak_to",
			 clock(load->peak_to_min), "classes", classes, "overloaded",
			 load->over > 0 ? json_pack("{s:f, s:f}", "load", load->over, "windows",
						    load->over_capacity)
					: json_null());
}

/* How many of each kind, in the order of "kinds". */
static json_t *counts(const struct plan *plan, uint32_t windows)
{
	json_t *counts = json_array();

	for (uint32_t k = 0; k < plan->family.kind_count; k++)
		json_array_append_new(counts,
				      json_integer(plan_family_windows(&plan->family, k, windows)));
	return counts;
}

static json_t *words(const char *list)
{
	json_t *words = json_array();

	while (*list) {
		size_t len = strcspn(list, ",");

		json_array_append_new(words, json_stringn(list, len));
		list += len + (list[len] == ',');
	}
	return words;
}

static json_t *kinds(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	json_t *kinds = json_array();

	for (uint32_t k = 0; k < plan->family.kind_count; k++) {
		const struct plan_kind *kind = &plan->family.kinds[k];
		json_t *skills = json_array();

		for (uint32_t skill = 0; skill < SCENARIO_MAX_SKILLS; skill++)
			if (kind->skills >> skill & 1)
				json_array_append_new(skills, json_string(plan_skill_name(
								      print->scenario, skill)));
		json_array_append_new(
			kinds,
			json_pack("{s:o, s:o, s:b, s:i, s:o}", "queues",
				  words(print->scenario->windows[kind->window].queues), "skills",
				  skills, "intake", kind->counted, "now", (int)kind->own, "windows",
				  plan->windows ? json_integer(plan_family_windows(&plan->family, k,
										   plan->windows))
						: json_null()));
	}
	return kinds;
}

static json_t *curve(const struct plan *plan)
{
	json_t *curve = json_array();

	for (uint32_t i = 0; i < plan->level_count; i++) {
		const struct plan_level *level = &plan->levels[i];

		json_array_append_new(
			curve,
			json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "windows",
				  (int)level->windows, "kinds", counts(plan, level->windows),
				  "mean_wait_min", spread(&level->mean), "p50_wait_min",
				  spread(&level->p50), "p90_wait_min", spread(&level->p90),
				  "p95_wait_min", spread(&level->p95), "share_within",
				  spread(&level->share), "abandon_rate", spread(&level->abandoned),
				  "utilisation", spread(&level->utilisation), "met", level->met));
	}
	return curve;
}

static json_t *split(const struct plan_split *split)
{
	if (!split->issuing)
		return json_null();
	return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:f, s:o}", "issuing_windows",
			 (int)split->issuing, "intake_windows", (int)split->intake,
			 "split_mean_wait_min", spread(&split->split), "pooled_mean_wait_min",
			 spread(&split->pooled), "split_value", spread(&split->split_value),
			 "pooled_value", spread(&split->pooled_value), "cost_min",
			 spread(&split->cost), "costs", split->costs, "pooled_windows",
			 count(split->pooled_windows));
}

static json_t *roster(const struct plan_print *print)
{
	const struct plan_roster *roster = &print->plan->roster;
	json_t *periods = json_array();

	if (!roster->count) {
		json_decref(periods);
		return json_null();
	}
	for (uint32_t i = 0; i < roster->count; i++) {
		const struct plan_roster_row *row = &roster->rows[i];

		json_array_append_new(
			periods,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:f}", "from",
				  clock(row->period.open_from_min), "to",
				  clock(row->period.open_to_min), "windows",
				  roster->flat ? json_integer(row->windows) : json_null(), "kinds",
				  roster->flat ? counts(print->plan, row->windows) : json_null(),
				  "value", spread(&row->value), "met", row->met));
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:i}", "per",
			 print->request->period_min == 30 ? "half-hour" : "hour", "flat_windows",
			 count(roster->flat), "window_hours",
			 roster->flat ? json_real(roster->hours) : json_null(), "flat_window_hours",
			 roster->flat ? json_real(roster->flat_hours) : json_null(), "periods",
			 periods, "tries", (int)roster->tries);
}

static json_t *worst(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	const struct plan_class *class;

	if (plan->outcome != PLAN_NOT_MET || !plan->load.class_count)
		return json_null();
	class = &plan->load.classes[plan->worst_class];
	return json_pack("{s:s, s:s, s:f}", "queue", queue_name(print->scenario, class->queue),
			 "skill", plan_skill_name(print->scenario, class->skill), "value",
			 plan->worst_value);
}

/* Numbers of a learnt scenario, so that who knows the hall can judge them. */
static json_t *learnt(const struct plan_print *print)
{
	const struct learn_facts *facts = print->learnt;
	const struct scenario *s = print->scenario;
	struct report_origin origin;
	json_t *found, *more;

	if (!facts)
		return json_null();
	origin = (struct report_origin){facts->dates.days, facts->simulated};
	found = json_pack(
		"{s:I, s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:I, s:I, s:I, s:i, s:i, "
		"s:I}",
		"first_day", (json_int_t)facts->from, "last_day", (json_int_t)facts->to, "days",
		(int)facts->days, "tickets", (json_int_t)facts->tickets, "filings",
		(json_int_t)facts->filings, "first_visits", (json_int_t)facts->firsts, "reworks",
		(json_int_t)facts->reworks, "pick_ups", (json_int_t)facts->pick_ups, "services",
		(json_int_t)facts->services, "implied_used", facts->takes_implied, "case_refs",
		facts->case_refs, "implied", (json_int_t)facts->implied, "outside_hours",
		(json_int_t)facts->outside, "appointments", (json_int_t)facts->appointments,
		"unused_windows", (int)facts->unused_windows, "dropped_skills",
		(int)facts->dropped_skills, "unserved", (json_int_t)facts->unserved);
	more = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i}",
			 "cases_a_day", s->cases_a_day, "day_cv", s->day_cv, "service_mean_min",
			 s->service.mean_min, "service_cv", s->service.cv, "pick_up_mean_min",
			 s->pick_up.mean_min, "pick_up_chance", s->pick_up_chance, "rework_chance",
			 s->rework_chance, "uptake", s->uptake, "walk_s", s->walk_s,
			 "no_show_chance", s->no_show_chance, "no_show_s", s->no_show_s,
			 "patience_min", s->patience_min, "shrink", facts->shrink, "items",
			 (int)facts->items);
	json_object_update(found, more);
	json_decref(more);
	json_object_set_new(found, "simulated", json_boolean(facts->simulated.days));
	json_object_set_new(found, "simulated_days", report_origin_json(&origin));
	more = json_pack("{s:f, s:f, s:f, s:I}", "case_ref_share",
			 facts->firsts ? (double)facts->with_case /
						 (double)(facts->firsts + facts->reworks)
				       : 0,
			 "rework_rate", facts->rework_rate, "pick_up_rate", facts->pick_up_rate,
			 "pick_ups_filed", (json_int_t)facts->pick_ups_filed);
	json_object_update(found, more);
	json_decref(more);
	return found;
}

static json_t *warnings(const struct plan *plan)
{
	json_t *list = json_array();

	if (plan->windows && plan->load.over > 0)
		json_array_append_new(list, json_string("overload"));
	if (plan_left(plan) > LOAD_MANY_LEFT)
		json_array_append_new(list, json_string("many-left"));
	return list;
}

void plan_print_json(const struct plan_print *print)
{
	static const char *const outcomes[] = {
		[PLAN_FOUND] = "found",
		[PLAN_NOT_MET] = "not-met",
		[PLAN_OVERLOADED] = "overloaded",
	};
	const struct plan *plan = print->plan;
	const struct plan_request *request = print->request;
	json_t *json = json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:i, s:i, s:I, s:f, s:s, s:o, s:i, s:i, s:i, "
		"s:b, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:o, s:o}",
		"scenario", print->scenario->id, "source", print->learnt ? "log" : "scenario",
		"assumed", print->learnt == NULL, "learnt", learnt(print), "target", target(print),
		"days", (int)request->days, "seeds", (int)request->seeds, "seed",
		(json_int_t)request->seed, "confidence", request->confidence, "outcome",
		outcomes[plan->outcome], "windows", count(plan->windows), "own_windows",
		(int)plan->family.own, "other_windows", (int)plan->family.others, "most_tried",
		(int)plan->last, "without_ageing", plan->without_ageing, "kinds", kinds(print),
		"load", load(print), "curve", curve(plan), "worst", worst(print), "issuing_apart",
		split(&plan->split), "roster", roster(print), "carrying", count(plan->carrying),
		"warnings", warnings(plan));

	cli_print_json(json);
	json_decref(json);
}
