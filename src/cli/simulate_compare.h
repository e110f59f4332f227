/* What simulate --compare has found, and how it is printed. */
#pragma once

#include <jansson.h>

#include "src/cli/load.h"
#include "src/simulate/reform.h"

/* simulate --compare; whether that is what is asked. */
bool cli_asks_compare(int argc, char **argv);
int cli_simulate_compare(int argc, char **argv);

struct compared {
	const struct scenario *before, *after;
	struct reform_seeds seeds;
	bool same_cases; /* on both sides */
	struct plan_load load_before, load_after;
	struct reform_difference differences[REFORM_MAX_DIFFERENCES];
	size_t difference_count;
	struct reform_comparison figures;
	bool attributed;
	struct reform_attribution parts;
};

/* Worlds in which a window has more work than hours; and of the worlds that the short table looks
 * at, and of all, the one with the longest mean wait (a set of levers). */
struct overloaded {
	uint32_t worlds, overloaded, worst_short, worst;
};
void compared_overload(const struct reform_attribution *parts, struct overloaded *ret);

/* "pooling", "合并排队": of a lever, of a player. */
struct compared_name {
	const char *id, *zh, *en;
};
extern const struct compared_name compared_levers[REFORM_LEVERS];
extern const struct compared_name compared_players[REFORM_PLAYERS];
extern const struct compared_name compared_figures[REFORM_FIGURES];

void compared_print_text(const struct compared *compared);
json_t *compared_json(const struct compared *compared);
