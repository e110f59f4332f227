/* Closed forms of queues with Poisson arrivals and exponential service at equal windows: Erlang B
 * (whoever finds all busy is lost), Erlang C (waits) and Erlang A (waits, and leaves when patience
 * ends). Rates are per hour. docs/erlang.md. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ERLANG_MAX_SERVERS = 100000 };
#define ERLANG_MIN_RATE 1e-9
#define ERLANG_MAX_RATE 1e9

struct erlang_system {
	int64_t servers; /* 1 to ERLANG_MAX_SERVERS */
	double arrivals; /* lambda, an hour, of all; rates lie within the bounds above */
	double service;	 /* mu, an hour, of one busy server */
	double patience; /* theta, an hour, of one who waits; Erlang A only */
};

/* fraction * 2^exponent, the fraction 0 or within [.5, 1): with many servers and little load
 * probabilities are far below the smallest double. */
struct erlang_number {
	bool known; /* false: the model has no such figure */
	double fraction;
	int64_t exponent;
};

struct erlang_figures {
	struct erlang_number blocking;	    /* all busy, of a system without room to wait */
	struct erlang_number p_wait;	    /* an arrival finds all busy */
	struct erlang_number mean_wait_min; /* over all arrivals: zero waits, and who leaves, too */
	struct erlang_number p_wait_le_15min; /* of all arrivals */
	struct erlang_number p_abandon;	      /* an arrival leaves before service */
};

/* 0 and infinity where a double ends. */
double erlang_double(const struct erlang_number *number);

enum { ERLANG_TEXT_SIZE = 40 };
/* In decimal, as JSON has it: the shortest that reads back as the same double, and 15 digits where
 * no double is so small or so large. */
void erlang_text(const struct erlang_number *number, char ret[ERLANG_TEXT_SIZE]);

/* Each: 0, or -EINVAL for servers or rates out of bounds; relative error at most 1e-9. */

/* blocking. A. K. Erlang, "Solution of some problems in the theory of probabilities of significance
 * in automatic telephone exchanges" (1917); the recursion of its inverse: D. L. Jagerman, "Some
 * properties of the Erlang loss function", Bell System Technical Journal 53 (1974). */
__attribute__((warn_unused_result)) int erlang_b(const struct erlang_system *system,
						 struct erlang_figures *ret_figures);

/* blocking (that of Erlang B), p_wait, mean_wait_min, p_wait_le_15min. Erlang (1917): p_wait from
 * Erlang B, waits of those who wait exponential with rate servers * service - arrivals. -EDOM: the
 * load is 1 or more (to the precision that decimals have as doubles), the queue has no limit. */
__attribute__((warn_unused_result)) int erlang_c(const struct erlang_system *system,
						 struct erlang_figures *ret_figures);

/* p_wait, mean_wait_min, p_abandon. C. Palm, "Research on telephone traffic carried by full
 * availability groups" (1957), as in A. Mandelbaum and S. Zeltyn, "Service engineering in action:
 * the Palm/Erlang-A queue" (2007). -ERANGE: more states than can be summed (patience that hardly
 * ever ends, under a load of about 1 or more). */
__attribute__((warn_unused_result)) int erlang_a(const struct erlang_system *system,
						 struct erlang_figures *ret_figures);
