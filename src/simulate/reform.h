/* Two scenarios of one hall side by side, and a reform taken apart: how much of the difference each
 * of its changes makes (docs/simulate.md). Where hours, cases and items are alike both sides have
 * the same cases: the random numbers of a case do not depend on the layout (draw.h), so a seed
 * differs in nothing but what is compared. */
#pragma once

#include "src/simulate/simulate.h"

/* ---- what differs --------------------------------------------------------------------------- */

enum { REFORM_TEXT_SIZE = 256, REFORM_MAX_DIFFERENCES = 40 };

/* What a reform changes. Their order is that of the bits of a set of levers, and of the reports. */
enum reform_lever {
	REFORM_POOLING, /* one line instead of one a department */
	REFORM_FEWER,	/* the number of windows */
	REFORM_SERVICE, /* the mean service time */
	REFORM_VARIANCE,
	REFORM_REWORK,
	REFORM_ONLINE,
	REFORM_ISSUING, /* pick-ups have windows of their own */
	REFORM_LEVERS
};
enum { REFORM_WORLDS = 1 << REFORM_LEVERS, REFORM_NO_LEVER = REFORM_LEVERS };

struct reform_difference {
	const char *zh, *en;
	char before[REFORM_TEXT_SIZE], after[REFORM_TEXT_SIZE];
	int lever; /* enum reform_lever; REFORM_NO_LEVER: an attribution does not know it */
};
/* Both sides have the same cases: as many a day, for the same items, at the same minutes. What
 * becomes of them (how long, how often they come, whether online) may differ. */
bool reform_same_cases(const struct scenario *before, const struct scenario *after);
/* Of what both scenarios say, names apart. Returns how many; one that differs in nothing but names
 * has none. */
size_t reform_differences(const struct scenario *before, const struct scenario *after,
			  struct reform_difference ret[REFORM_MAX_DIFFERENCES]);

/* ---- side by side --------------------------------------------------------------------------- */

struct reform_seeds {
	uint64_t first; /* the seeds are first, first + 1, ... */
	uint32_t count, days;
	unsigned threads; /* 0: as many as there are processors */
};

struct reform_comparison {
	struct sim_figures before, after;	      /* all days of all seeds */
	struct sim_figures *seed_before, *seed_after; /* of each seed */
	uint32_t seed_count;
};
/* Errors as sim_run() has them; *ret is untouched then. */
__attribute__((warn_unused_result)) int reform_compare(const struct scenario *before,
						       const struct scenario *after,
						       const struct reform_seeds *seeds,
						       struct reform_comparison *ret);
void reform_comparison_finish(struct reform_comparison *comparison);

enum reform_figure {
	REFORM_MEAN, /* minutes, as the next three */
	REFORM_P50,
	REFORM_P90,
	REFORM_P95,
	REFORM_SHARE,	/* within target, of 1 */
	REFORM_TICKETS, /* a day */
	REFORM_ABANDON, /* of 1 */
	REFORM_UTILISATION,
	REFORM_FIGURES
};
/* Of all days of all seeds; of the seed that has the least and of that which has the most. */
struct reform_range {
	double value, least, greatest;
};
/* False, and *ret_ is untouched: of nobody there is no such figure. Seeds in which there is none
 * are left out of the range. */
bool reform_side_figure(const struct reform_comparison *comparison, bool after,
			enum reform_figure figure, struct reform_range *ret);
/* The change of the mean wait. ret_share: whether it is a share of the wait before, 1 - after /
 * before; else it is before - after in minutes, because before the mean is below a minute, where a
 * share says nothing (docs/measurement.md, "What is said"). Positive is shorter. False, and the
 * outputs are untouched: in no seed was anybody called on both sides, so there is nothing to
 * compare. Seeds of which that is so are left out of the range. */
bool reform_reduction(const struct reform_comparison *comparison, bool *ret_share,
		      struct reform_range *ret);

/* ---- taken apart ---------------------------------------------------------------------------- */

/* The levers that are one player in the short table; the others are one each. */
enum reform_player {
	REFORM_MERGE,	   /* pooling and fewer windows */
	REFORM_PRE_REVIEW, /* service, variance, rework */
	REFORM_FILING,	   /* online */
	REFORM_SPLIT,	   /* issuing */
	REFORM_PLAYERS
};
/* The levers of a player, as bits. */
uint32_t reform_player_levers(enum reform_player player);

/* A Shapley value: its part of log(after / before) of the mean wait. */
struct reform_value {
	double value;
	double least, greatest; /* the same, each seed by itself */
};
struct reform_world {
	double mean_min; /* mean over the seeds of the mean over their days */
	double busiest;	 /* of its windows, work : opening time; over 1 it is overloaded */
};
struct reform_attribution {
	struct reform_value players[REFORM_PLAYERS], levers[REFORM_LEVERS];
	struct reform_world worlds[REFORM_WORLDS]; /* by the levers that are as after, as bits */
	bool differs[REFORM_LEVERS];		   /* else both sides have it alike, and it is 0 */
	double log_ratio;			   /* the sum of the values */
	bool seeds_known; /* least and greatest; not where nobody waits in some seed's world */
};

/* Whether the difference can be taken apart into levers. 0; -EINVAL: ret_fault is why not, in both
 * languages. */
__attribute__((warn_unused_result)) int reform_check(const struct scenario *before,
						     const struct scenario *after, char *ret_fault,
						     size_t size);
/* The queues, windows and policy of the world in which these levers are as after; all else is as
 * before. Two scenarios that pass reform_check(). -ENOMEM; -E2BIG: more skills than a window has.
 */
__attribute__((warn_unused_result)) int reform_layout(const struct scenario *before,
						      const struct scenario *after, uint32_t levers,
						      struct scenario *ret_scenario);
/* -EINVAL, -E2BIG as above; -ERANGE: in some world nobody waits, so it has no logarithm; -ENOMEM.
 */
__attribute__((warn_unused_result)) int reform_attribute(const struct scenario *before,
							 const struct scenario *after,
							 const struct reform_seeds *seeds,
							 struct reform_attribution *ret);

/* Shapley values of a game: value[set] for each set of players as bits, 1 <= players <= 16. L. S.
 * Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953). */
void reform_shapley(uint32_t players, const double *value, double *ret_shares);
