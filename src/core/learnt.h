/* What the hall has learnt of how long a ticket holds a window, and the mean and spread that it
 * expects by it. Inside src/core. docs/rules.md, Expected wait, has the formulas. */
#pragma once

#include "src/core/state.h"

enum {
	LEARNT_MOST = 1000, /* then half of them count no more: what is learnt follows the hall */
	LEARNT_LONGEST_MS = 4 * 60 * 60 * 1000, /* longer is no service: a finish was forgotten */
};

/* The ticket leaves the window at which it is called or served: what the next in line waited for
 * is learnt. Not across a start of the machine. */
void learnt_leave(struct hall *hall, const struct ticket *ticket, int64_t mono_ms);
/* Can these be sums of holding times? */
bool learnt_is_sound(const struct learnt *learnt);

/* A lognormal: exp(mu + sigma z) ms with z standard normal. */
struct holding {
	double mean_ms; /* 0: nothing is known */
	double mu, sigma;
};

/* What is expected in each queue, as far as it does not depend on the item. */
struct holdings {
	const struct hall *hall;
	struct {
		double mean_ms;		/* 0: nothing is known */
		double spread, between; /* squared coefficients of variation, within an item and
					 * between them */
	} queues[CORE_MAX_QUEUES];
};

void learnt_begin(const struct hall *hall, struct holdings *ret);
/* A leg of that ticket in its present queue. */
struct holding learnt_holding(const struct holdings *holdings, const struct ticket *ticket);
