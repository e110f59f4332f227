#include "src/cli/load.h"

#include <stdio.h>

#include "src/cli/report_words.h"

static bool many_left(const struct sim_figures *figures)
{
	return sim_abandon_rate(figures) > LOAD_MANY_LEFT;
}

void load_warn(const struct scenario *scenario, const struct plan_load *load,
	       const struct sim_figures *figures, const char *side)
{
	char percent[32];

	if (load->over > 0)
		printf("注意 warning: %s负荷过重 overloaded: 工作量合 %.2f 个窗口，可受理的只有 "
		       "%.2f 个 "
		       "work for %.2f windows, of which there are %.2f; %s\n",
		       side, load->over, load->over_capacity, load->over, load->over_capacity,
		       scenario->patience_min > 0 ? "只因有人离开，队才不再增长 the line is "
						    "bounded by those who leave, "
						    "and by nothing else"
						  : "开放多久队就长多久 the line grows for as long "
						    "as the hall is open");
	if (many_left(figures))
		printf("注意 warning: %s%s 的人等不及离开，等候时间只是留下者的；%s left uncalled: "
		       "the "
		       "waits are those of the few who stayed\n",
		       side, report_percent(sim_abandon_rate(figures), percent), percent);
}

json_t *load_json(const struct plan_load *load)
{
	json_t *json = json_pack("{s:f, s:f}", "windows", load->total, "peak", load->peak);

	json_object_set_new(json, "overload",
			    load->over > 0 ? json_pack("{s:f, s:f}", "load", load->over, "windows",
						       load->over_capacity)
					   : json_null());
	return json;
}

json_t *load_warnings_json(const struct plan_load *load, const struct sim_figures *figures)
{
	json_t *list = json_array();

	if (load->over > 0)
		json_array_append_new(list, json_string("overload"));
	if (many_left(figures))
		json_array_append_new(list, json_string("many-left"));
	return list;
}
