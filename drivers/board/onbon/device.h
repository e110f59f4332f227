/* An Onbon board's own state, for api.c and turns.c. */
#pragma once

#include "drivers/board/onbon/protocol.h"
#include "drivers/board/tell.h"
#include "drivers/driver.h"

/* What is sent, in this order; also exchange.command. */
enum step {
	STEP_NONE,
	STEP_TEXT,
	STEP_POWER,
	STEP_BRIGHTNESS,
	STEP_TIME,
	STEP_RENEW,
	STEP_STATUS,
	STEPS
};

enum { POWER_UNKNOWN = 0, LEVEL_UNKNOWN = 0 };

struct device {
	struct board_told told;
	struct board_onbon_face face;
	uint32_t timeout_us;
	int64_t probe_us, refresh_us;
	bool up;

	bool wanted;
	struct board_onbon_rows rows;
	uint32_t revision;   /* the caller's */
	uint32_t generation; /* rises when the rows change */
	uint8_t power, level;
	int64_t offset_us; /* of local time; 0 unknown */

	enum board_painted painted; /* of painted_generation */
	uint32_t painted_generation;
	bool repair; /* the text is no news any more */
	bool afresh; /* nobody knows what the card shows */
	uint8_t known_power, known_level;
	int64_t known_offset_us;
	int64_t clock_again_us; /* it is not set again before, whatever the card says */
	unsigned misses, busy;
	unsigned unlisted;	/* statuses in a row without our areas */
	uint8_t refusal[STEPS]; /* the card's reason, 0 none */
	int64_t hold_us;	/* a refused text is not sent before */
	int64_t wait_us;	/* nor other commands to a busy card */
	int64_t renew_us, probe_due_us;
};

/* The wanted text is known to be there. */
bool onbon_is_painted(const struct device *device);
/* What beside the text the card does not have as it is wanted. */
enum step onbon_wanted_step(const struct device *device);
/* Nothing is known of what the card has. */
void onbon_forget(struct device *device);
void onbon_tell_painted(struct device *device);

int onbon_next(struct device *device, int64_t now_us, struct exchange *ret);
void onbon_ended(struct device *device, const struct exchange *exchange, enum exchange_end end,
		 const uint8_t *reply, size_t len, int64_t now_us);
