/* Loads and what may carry them: the largest flow from the ones to the others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct plan_flow {
	uint32_t sources, sinks;
	double *load; /* of each source */
	double *room; /* of each sink */
	/* What plan_flow_cut() finds: sources that together have more load than the sinks of any of
	 * them have room, and those sinks. */
	bool *is_short, *is_full;
	struct network *network;
};

/* All zero, nothing joined. -ENOMEM. */
__attribute__((warn_unused_result)) int plan_flow_create(struct plan_flow **ret_flow,
							 uint32_t sources, uint32_t sinks);
void plan_flow_destroy(struct plan_flow *flow);
/* The sink may carry what comes from the source. */
void plan_flow_join(struct plan_flow *flow, uint32_t source, uint32_t sink);
void plan_flow_cut(struct plan_flow *flow);
/* ret_loads[sink]: its load divided by its room where all loads are shared out as evenly as may be:
 * no sink's could be less without one that has as much or more getting more. 0 of a sink without
 * room; a source without sinks that have room counts for nothing. The rooms are lost. -ENOMEM. */
__attribute__((warn_unused_result)) int plan_flow_balance(struct plan_flow *flow,
							  double *ret_loads);
