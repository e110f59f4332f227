/* Whether a scenario's hall can carry its load, beside what was simulated of it. */
#pragma once

#include <jansson.h>

#include "src/simulate/plan.h"

/* The wait of those who stayed says little where more than this share left. */
#define LOAD_MANY_LEFT .2

/* Lines on stdout, in both languages: where the load is not less than the windows, and where many
 * left. side: "之前 before ", or "". */
void load_warn(const struct scenario *scenario, const struct plan_load *load,
	       const struct sim_figures *figures, const char *side);
/* {"windows", "peak", "overload"}; codes of what load_warn() would say. */
json_t *load_json(const struct plan_load *load);
json_t *load_warnings_json(const struct plan_load *load, const struct sim_figures *figures);
