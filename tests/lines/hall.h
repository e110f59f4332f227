/* A hall with keypads on one line: the real keeper and log, devices, drivers and firmware. Only the
 * wire, the disk, its speed and the people are made up. */
#pragma once

#include "src/devices/devices.h"
#include "src/keeper/keeper.h"
#include "tests/bench/figures.h"
#include "tests/lines/wire.h"

struct hall_rig_options {
	uint64_t seed;
	size_t keypads;
	bool panel;	   /* the only end is a dispenser's panel */
	int64_t commit_us; /* how long the disk takes for a commit */
};

struct hall_rig {
	struct hall_rig_options options;
	struct wire wire;
	struct devices_config config;
	struct keeper *keeper;
	struct devices *devices;
	struct transport *port;
	bool open, opening, done; /* of the port */
	char log_path[128];
	int64_t disk_due_us;
	bool woken;	  /* the host has something to do now */
	uint64_t moments; /* at which it had because of the line */
	bool moment;

	struct hall_rig_end {
		int64_t pressed_us; /* 0: nothing on its way */
		unsigned presses;   /* of a key that makes just one event */
		unsigned events;    /* that they made, durable */
	} ends[WIRE_ENDS];
	struct samples samples; /* from the finger to the durable call or number */
	unsigned waiting;	/* tickets */
};

void hall_rig_start(struct hall_rig *rig, const struct hall_rig_options *options);
void hall_rig_stop(struct hall_rig *rig);
void hall_rig_run(struct hall_rig *rig, int64_t until_us);
/* Calls the next one, or starts to serve the one that was called; at a panel, takes a number. */
void hall_rig_press(struct hall_rig *rig, size_t end);
/* Somebody takes a number, elsewhere. */
void hall_rig_issue(struct hall_rig *rig);
void hall_rig_pull(struct hall_rig *rig);
void hall_rig_plug(struct hall_rig *rig);
/* No press waits anywhere. */
bool hall_rig_is_quiet(const struct hall_rig *rig);
