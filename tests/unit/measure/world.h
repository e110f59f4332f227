/* A hall over some weeks, for logs that hold everything which docs/measurement.md names: its
 * clocks, its people, its oddities. The core decides, the store writes, dice of a seed choose. */
#pragma once

#include "src/store/store.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, WORLD_WINDOWS = 6, WORLD_TICKETS = 400 };

/* What a world is like. Shares in percent. */
struct world_plan {
	int64_t days[2];   /* before and after the reform */
	int64_t tickets;   /* a day, about */
	int64_t service_s; /* mean length of a service before */
	int64_t faster;	   /* after: in percent of that */
	int64_t oddities;  /* how often something odd happens to a day */
	int64_t leavers;   /* who would cancel after some waiting */
	int64_t filings;   /* online, a day after */
	int64_t cases;	   /* visits with a case reference */
	bool drifting;	   /* the reformed queues get slower through the baseline */
	int64_t grain_ms;  /* moments are multiples of it: waits of whole seconds, equal waits */
	bool kept;	   /* the store keeps the closed days */
	bool unclosed;	   /* the last day goes on when the log ends */
	int64_t intervals; /* tickets are issued with invented intervals, so wide, in min; 0: with
			    * none; below: with those of the core */
};

/* One who came; times in ms since the world began, which no clock of the hall tells. */
struct world_person {
	int64_t ticket;
	int64_t leaves_at; /* when it cancels, if it waits still; INT64_MAX never */
	int64_t back_at;   /* parked or set aside: comes back; INT64_MAX never */
	int64_t anew_at;   /* cancelled: takes a number again; INT64_MAX no */
	char queue[CORE_ID_SIZE], item[CORE_ID_SIZE], case_ref[CORE_CASE_SIZE];
};

struct world {
	struct world_plan plan;
	const char *path;
	struct hall *hall;
	struct store *store;
	uint64_t dice;
	int64_t now;	      /* ms since the world began: goes on whatever clocks do */
	int64_t boot_at;      /* now at the boot's mono 0 */
	int64_t wall_base_ms; /* wall - now */
	int32_t offset_min;
	int boots;
	int64_t tokens, cases;
	int64_t first_date;
	int64_t date;  /* of the day under way or the last one, as days since 1970 */
	int64_t again; /* a date of the baseline that is opened once more, 0 none */
	bool last;     /* the last day of all */
	int side;      /* 0 before the reform, 1 after */
	int64_t busy_until[WORLD_WINDOWS + 1];
	struct world_person people[WORLD_TICKETS];
	size_t person_count;
};

/* world_time.c: dice, clocks, commands. All return 0 or a negative errno; a refusal is part of a
 * random world. */
int64_t world_below(struct world *world, int64_t n);
bool world_chance(struct world *world, int64_t percent);
int64_t world_spread(struct world *world, int64_t mean); /* exponential, at least 0 */
struct command world_wish(const struct world *world, enum command_type type);
/* *ret_done: it led to events. May be NULL. */
int world_do(struct world *world, const struct command *command, bool *ret_done);
int64_t world_yyyymmdd(int64_t days);
int world_boot(struct world *world, int64_t gap_ms, int64_t wall_error_ms);
int world_set_clock(struct world *world, int64_t step_ms);
int world_restart(struct world *world, int64_t back_ms);

/* world_people.c: a moment of an open day. */
int world_moment(struct world *world, bool doors_open);
/* write_world.c: lets the log go, until the other side of stdin has done with it what it wants. */
int world_pause(struct world *world);
/* world_days.c: everything. */
int world_live(struct world *world);
