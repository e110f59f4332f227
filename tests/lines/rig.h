/* 64 boards on one line: the bus master and the lihe driver on one side of a wire, the firmware on
 * the other. No hall: texts are given. */
#pragma once

#include "src/devices/line.h"
#include "tests/lines/wire.h"

enum { RIG_BOARDS = 64, RIG_TEXT = 17 /* bytes in GBK; with them a frame has 29 */ };

struct rig;

struct rig_board {
	struct rig *rig;
	struct device *device;
	uint32_t revision;
	unsigned number; /* of the wanted text */
	int64_t asked_us;
	enum board_painted painted;
	uint32_t painted_revision;
	unsigned sends; /* of its text */
	bool false_ack; /* it acknowledged what it does not show */
};

struct rig {
	struct wire wire;
	struct line line;
	const struct driver *driver;
	struct driver counting;
	struct rig_board boards[RIG_BOARDS];
	bool woken;
	uint64_t wakes;		   /* moments at which the host had something to do */
	uint64_t texts;		   /* frames with a text sent */
	int64_t busy_us, dead_us;  /* of the line; for boards that are dead */
	uint64_t acks, false_acks; /* false: the board does not show what it acknowledges */
};

struct rig_options {
	uint64_t seed;
	bool acknowledges;
	bool echo;
};

void rig_start(struct rig *rig, const struct rig_options *options);
void rig_stop(struct rig *rig);
/* A text that says the number, blinking when it is a call. */
void rig_show(struct rig *rig, size_t board, unsigned number, bool blink);
bool rig_shows(const struct rig *rig, size_t board);
/* All that are alive show what they are to show. */
bool rig_is_right(const struct rig *rig);
void rig_up(struct rig *rig);
void rig_down(struct rig *rig);
/* One moment. False: nothing happens until then. */
bool rig_step(struct rig *rig, int64_t until_us);
void rig_run(struct rig *rig, int64_t until_us);
/* Until all that live are right, at the latest until then. */
bool rig_run_until_right(struct rig *rig, int64_t until_us);
