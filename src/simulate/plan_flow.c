/* The largest flow by augmenting paths. Where it does not carry all, the cut beside it tells which
 * loads have too little room together (L. R. Ford and D. R. Fulkerson, "Maximal flow through a
 * network", Canadian Journal of Mathematics 8, 1956). */
#include "src/simulate/plan_flow.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Loads that differ by less than this share are equal when they are shared out. */
#define ALIKE 1e-9

struct network {
	bool *joined; /* source x sink */
	double *flow; /* source x sink */
	double *left; /* of each source: what no sink has taken */
	double *room; /* of each sink, left */
	/* the search: from which source a sink, from which sink a source was reached */
	int32_t *from_source, *from_sink;
	uint32_t *list;
};

static void *numbers(size_t count, size_t size, int *error)
{
	void *list = calloc(count ? count : 1, size);

	if (!list)
		*error = -ENOMEM;
	return list;
}

int plan_flow_create(struct plan_flow **ret_flow, uint32_t sources, uint32_t sinks)
{
	struct plan_flow *flow = calloc(1, sizeof(*flow));
	struct network *network = calloc(1, sizeof(*network));
	size_t pairs = (size_t)sources * sinks;
	int r = 0;

	if (!flow || !network) {
		free(flow);
		free(network);
		return -ENOMEM;
	}
	*flow = (struct plan_flow){.sources = sources, .sinks = sinks, .network = network};
	flow->load = numbers(sources, sizeof(*flow->load), &r);
	flow->room = numbers(sinks, sizeof(*flow->room), &r);
	flow->is_short = numbers(sources, sizeof(*flow->is_short), &r);
	flow->is_full = numbers(sinks, sizeof(*flow->is_full), &r);
	network->joined = numbers(pairs, sizeof(*network->joined), &r);
	network->flow = numbers(pairs, sizeof(*network->flow), &r);
	network->left = numbers(sources, sizeof(*network->left), &r);
	network->room = numbers(sinks, sizeof(*network->room), &r);
	network->from_source = numbers(sinks, sizeof(*network->from_source), &r);
	network->from_sink = numbers(sources, sizeof(*network->from_sink), &r);
	network->list = numbers(sources, sizeof(*network->list), &r);
	if (r < 0)
		plan_flow_destroy(flow);
	else
		*ret_flow = flow;
	return r;
}

void plan_flow_destroy(struct plan_flow *flow)
{
	if (!flow)
		return;
	free(flow->network->joined);
	free(flow->network->flow);
	free(flow->network->left);
	free(flow->network->room);
	free(flow->network->from_source);
	free(flow->network->from_sink);
	free(flow->network->list);
	free(flow->network);
	free(flow->load);
	free(flow->room);
	free(flow->is_short);
	free(flow->is_full);
	free(flow);
}

void plan_flow_join(struct plan_flow *flow, uint32_t source, uint32_t sink)
{
	flow->network->joined[(size_t)source * flow->sinks + sink] = true;
}

/* Reaches sinks from sources whose load is left over, and sources from sinks that could give theirs
 * back. The sink with room that was reached; -1 none. */
static int32_t search(struct plan_flow *flow)
{
	struct network *network = flow->network;
	uint32_t count = 0;

	for (uint32_t k = 0; k < flow->sinks; k++)
		network->from_source[k] = -1;
	for (uint32_t i = 0; i < flow->sources; i++) {
		network->from_sink[i] = network->left[i] > 0 ? INT32_MAX : -1;
		if (network->left[i] > 0)
			network->list[count++] = i;
	}
	for (uint32_t at = 0; at < count; at++) {
		size_t row = (size_t)network->list[at] * flow->sinks;

		for (uint32_t k = 0; k < flow->sinks; k++) {
			if (network->from_source[k] >= 0 || !network->joined[row + k])
				continue;
			network->from_source[k] = (int32_t)network->list[at];
			if (network->room[k] > 0)
				return (int32_t)k;
			for (uint32_t other = 0; other < flow->sources; other++) {
				if (network->from_sink[other] != -1 ||
				    !(network->flow[(size_t)other * flow->sinks + k] > 0))
					continue;
				network->from_sink[other] = (int32_t)k;
				network->list[count++] = other;
			}
		}
	}
	return -1;
}

/* Along the way that search() found. What becomes empty becomes exactly 0. */
static void push(struct plan_flow *flow, int32_t last)
{
	struct network *network = flow->network;
	uint32_t sinks = flow->sinks;
	double most = network->room[last];
	int32_t k = last;

	while (true) {
		int32_t i = network->from_source[k], back = network->from_sink[i];

		if (back == INT32_MAX) {
			most = fmin(most, network->left[i]);
			break;
		}
		most = fmin(most, network->flow[(size_t)i * sinks + (uint32_t)back]);
		k = back;
	}
	network->room[last] -= most;
	for (k = last;;) {
		int32_t i = network->from_source[k], back = network->from_sink[i];

		network->flow[(size_t)i * sinks + (uint32_t)k] += most;
		if (back == INT32_MAX) {
			network->left[i] -= most;
			break;
		}
		network->flow[(size_t)i * sinks + (uint32_t)back] -= most;
		k = back;
	}
}

void plan_flow_cut(struct plan_flow *flow)
{
	struct network *network = flow->network;
	int32_t last;

	memset(network->flow, 0, (size_t)flow->sources * flow->sinks * sizeof(*network->flow));
	memcpy(network->left, flow->load, flow->sources * sizeof(*network->left));
	memcpy(network->room, flow->room, flow->sinks * sizeof(*network->room));
	while ((last = search(flow)) >= 0)
		push(flow, last);
	for (uint32_t i = 0; i < flow->sources; i++)
		flow->is_short[i] = network->from_sink[i] != -1;
	for (uint32_t k = 0; k < flow->sinks; k++)
		flow->is_full[k] = network->from_source[k] >= 0;
}

/* ---- shared out evenly ---- */

struct sharing {
	struct plan_flow *flow;
	double *load;  /* of each source */
	double *room;  /* of each sink that has no load yet */
	double *only;  /* of each sink: what nothing else carries */
	bool *highest; /* sinks of the level */
	double level;
};

static bool is_joined(const struct sharing *sharing, uint32_t source, uint32_t sink)
{
	const struct plan_flow *flow = sharing->flow;

	return sharing->room[sink] > 0 &&
	       flow->network->joined[(size_t)source * flow->sinks + sink];
}

/* A level that the highest is not under: that of the sink whose own sources load it most. What no
 * sink with room carries is not there. False: nothing is. */
static bool begin_at_fullest(struct sharing *sharing)
{
	struct plan_flow *flow = sharing->flow;
	uint32_t fullest = flow->sinks;
	bool any = false;

	memset(sharing->only, 0, flow->sinks * sizeof(*sharing->only));
	memset(sharing->highest, 0, flow->sinks * sizeof(*sharing->highest));
	for (uint32_t i = 0; i < flow->sources; i++) {
		uint32_t carriers = 0, last = 0;

		for (uint32_t k = 0; k < flow->sinks; k++)
			if (is_joined(sharing, i, k)) {
				carriers++;
				last = k;
			}
		if (!carriers)
			flow->load[i] = 0;
		if (carriers == 1)
			sharing->only[last] += flow->load[i];
		any |= flow->load[i] > 0;
	}
	sharing->level = 0;
	for (uint32_t k = 0; k < flow->sinks; k++)
		if (sharing->only[k] > sharing->level * sharing->room[k]) {
			sharing->level = sharing->only[k] / sharing->room[k];
			fullest = k;
		}
	if (fullest < flow->sinks)
		sharing->highest[fullest] = true;
	return any;
}

/* As long as a level does not do, those that are short at it have a higher one. */
static void find_highest(struct sharing *sharing)
{
	struct plan_flow *flow = sharing->flow;

	while (true) {
		double load = 0, room = 0;

		for (uint32_t k = 0; k < flow->sinks; k++)
			flow->room[k] = sharing->level * sharing->room[k] * (1 + ALIKE);
		plan_flow_cut(flow);
		for (uint32_t i = 0; i < flow->sources; i++)
			load += flow->is_short[i] ? flow->load[i] : 0;
		for (uint32_t k = 0; k < flow->sinks; k++)
			room += flow->is_full[k] ? sharing->room[k] : 0;
		if (!(load > 0))
			return;
		sharing->level = load / room;
		memcpy(sharing->highest, flow->is_full, flow->sinks * sizeof(bool));
	}
}

static void share_out(struct sharing *sharing, double *ret_loads)
{
	struct plan_flow *flow = sharing->flow;

	memset(ret_loads, 0, flow->sinks * sizeof(*ret_loads));
	while (begin_at_fullest(sharing)) {
		find_highest(sharing);
		for (uint32_t k = 0; k < flow->sinks; k++) {
			if (!sharing->highest[k] || !(sharing->room[k] > 0))
				continue;
			ret_loads[k] = sharing->level;
			sharing->room[k] = 0;
		}
	}
}

int plan_flow_balance(struct plan_flow *flow, double *ret_loads)
{
	size_t sources = flow->sources, sinks = flow->sinks;
	int r = 0;
	struct sharing sharing = {
		.flow = flow,
		.load = numbers(sources, sizeof(*sharing.load), &r),
		.room = numbers(sinks, sizeof(*sharing.room), &r),
		.only = numbers(sinks, sizeof(*sharing.only), &r),
		.highest = numbers(sinks, sizeof(*sharing.highest), &r),
	};

	if (r == 0) {
		memcpy(sharing.load, flow->load, sources * sizeof(*sharing.load));
		memcpy(sharing.room, flow->room, sinks * sizeof(*sharing.room));
		share_out(&sharing, ret_loads);
		memcpy(flow->load, sharing.load, sources * sizeof(*sharing.load));
	}
	free(sharing.load);
	free(sharing.room);
	free(sharing.only);
	free(sharing.highest);
	return r;
}
