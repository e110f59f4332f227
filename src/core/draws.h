/* The wait of one ticket, drawn: what may come at the windows until it is called, played through
 * again and again. Inside src/core; estimate.c makes a scene of a hall. */
#pragma once

#include "src/core/learnt.h"
#include "src/core/random.h"

enum {
	SCENE_MAX_WAITING = 1024, /* with more than so many a closed form takes over */
	SCENE_MAX_LINES = 192,
	SCENE_MAX_PLACES = 2048,
	/* A draw costs about a step for each ticket called and four for each that is served. */
	DRAWS_STEPS = 24000,
	DRAWS_LEAST = 32,
	DRAWS_MOST = 250,
};

struct scene_ticket {
	struct holding holding;
	int64_t waited_ms, overtaken;
	uint16_t line; /* in which it waits */
};

/* Tickets that any window calls in the order in which they came, or none of them: of one queue, one
 * rank and one skill. */
struct scene_line {
	uint32_t queue;
	int rank;
	const char *skill;
	uint16_t first, end; /* of members */
};

/* A line as a window calls from it. Those of a window stand in the order of its queues, and in a
 * queue by rank; the first of a group of the same queue and rank is that which came first. */
struct scene_place {
	uint16_t line, group;
};

/* Windows that call alike. */
struct scene_kind {
	uint16_t first, end; /* of places */
};

struct scene_window {
	uint16_t kind;
	bool busy;
	struct holding holding;	  /* of the one that it holds, and for how long already */
	double elapsed_ms, above; /* above: the share of such times that are longer */
};

struct scene {
	int64_t overtakes, age_ms; /* the ageing bound, as in the policy */
	uint16_t own;		   /* the ticket that is asked about */
	uint16_t ticket_count, line_count, place_count, kind_count, window_count;
	struct scene_ticket tickets[SCENE_MAX_WAITING + 1]; /* in the order in which they came */
	uint16_t members[SCENE_MAX_WAITING + 1];	    /* of the lines: tickets, likewise */
	struct scene_line lines[SCENE_MAX_LINES];
	struct scene_place places[SCENE_MAX_PLACES];
	struct scene_kind kinds[CORE_MAX_WINDOWS];
	struct scene_window windows[CORE_MAX_WINDOWS];
};

/* Waits in ms from now on, as many as there is time for; ret_waits holds DRAWS_MOST. Some window
 * may serve the ticket. Returns how many. */
int draws_make(const struct scene *scene, struct random *random, double *ret_waits);
