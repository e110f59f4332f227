/* simulate --compare for programs: docs/schema/simulate-compare.json. */
#include <math.h>

#include "src/cli/cli.h"
#include "src/cli/simulate_compare.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *range_json(double value, double least, double greatest)
{
	json_t *json = json_object();

	set(json, "value", json_real(value));
	set(json, "least", json_real(least));
	set(json, "greatest", json_real(greatest));
	return json;
}

static json_t *side_json(const struct compared *compared, bool after)
{
	const struct scenario *scenario = after ? compared->after : compared->before;
	json_t *json = json_object(), *figures = json_object();

	set(json, "id", json_string(scenario->id));
	set(json, "zh", json_string(scenario->zh));
	set(json, "en", json_string(scenario->en));
	set(json, "windows", json_integer(scenario->window_count));
	set(json, "target_min", json_real((double)scenario->target_ms / 60000));
	for (int f = 0; f < REFORM_FIGURES; f++) {
		struct reform_range range;
		bool known = reform_side_figure(&compared->figures, after, (enum reform_figure)f,
						&range);

		set(figures, compared_figures[f].id,
		    known ? range_json(range.value, range.least, range.greatest) : json_null());
	}
	set(json, "figures", figures);
	set(json, "load", load_json(after ? &compared->load_after : &compared->load_before));
	set(json, "warnings",
	    load_warnings_json(after ? &compared->load_after : &compared->load_before,
			       after ? &compared->figures.after : &compared->figures.before));
	return json;
}

static json_t *differences_json(const struct compared *compared)
{
	json_t *list = json_array();

	for (size_t i = 0; i < compared->difference_count; i++) {
		const struct reform_difference *row = &compared->differences[i];
		json_t *json = json_object();

		set(json, "zh", json_string(row->zh));
		set(json, "en", json_string(row->en));
		set(json, "before", json_string(row->before));
		set(json, "after", json_string(row->after));
		set(json, "lever",
		    row->lever == REFORM_NO_LEVER ? json_null()
						  : json_string(compared_levers[row->lever].id));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *values_json(const struct compared_name *names, const struct reform_value *values,
			   int count, bool seeds_known, const bool *differs)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++) {
		json_t *json = range_json(values[i].value, values[i].least, values[i].greatest);

		if (!seeds_known) {
			set(json, "least", json_null());
			set(json, "greatest", json_null());
		}
		set(json, "name", json_string(names[i].id));
		set(json, "zh", json_string(names[i].zh));
		set(json, "en", json_string(names[i].en));
		set(json, "factor", json_real(exp(values[i].value)));
		if (differs)
			set(json, "differs", json_boolean(differs[i]));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *world_json(const struct reform_attribution *parts, uint32_t levers)
{
	json_t *json = json_object(), *names = json_array();

	for (int l = 0; l < REFORM_LEVERS; l++)
		if (levers >> l & 1)
			json_array_append_new(names, json_string(compared_levers[l].id));
	set(json, "levers", names);
	set(json, "mean_wait_min", json_real(parts->worlds[levers].mean_min));
	set(json, "busiest_window", json_real(parts->worlds[levers].busiest));
	return json;
}

static json_t *attribution_json(const struct reform_attribution *parts)
{
	struct overloaded o;
	json_t *json = json_object(), *worlds = json_array();

	compared_overload(parts, &o);
	set(json, "log_ratio", json_real(parts->log_ratio));
	set(json, "players",
	    values_json(compared_players, parts->players, REFORM_PLAYERS, parts->seeds_known,
			NULL));
	set(json, "levers",
	    values_json(compared_levers, parts->levers, REFORM_LEVERS, parts->seeds_known,
			parts->differs));
	set(json, "overloaded_worlds", json_integer(o.overloaded));
	set(json, "worst_of_players", world_json(parts, o.worst_short));
	set(json, "worst_of_levers", world_json(parts, o.worst));
	for (uint32_t levers = 0; levers < REFORM_WORLDS; levers++)
		json_array_append_new(worlds, world_json(parts, levers));
	set(json, "worlds", worlds);
	return json;
}

json_t *compared_json(const struct compared *compared)
{
	json_t *json = json_object(), *reduction;
	struct reform_range range;
	bool share;

	set(json, "estimate", json_string("model"));
	set(json, "before", side_json(compared, false));
	set(json, "after", side_json(compared, true));
	set(json, "first_seed", json_integer((json_int_t)compared->seeds.first));
	set(json, "seeds", json_integer(compared->seeds.count));
	set(json, "days", json_integer(compared->seeds.days));
	set(json, "same_cases", json_boolean(compared->same_cases));
	set(json, "differences", differences_json(compared));
	if (reform_reduction(&compared->figures, &share, &range)) {
		reduction = range_json(range.value, range.least, range.greatest);
		set(reduction, "unit", json_string(share ? "share" : "min"));
	} else {
		reduction = json_null();
	}
	set(json, "reduction", reduction);
	set(json, "attribution",
	    compared->attributed ? attribution_json(&compared->parts) : json_null());
	return json;
}
