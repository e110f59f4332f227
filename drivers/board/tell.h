/* What a board's driver says upward, on change only. */
#pragma once

#include "drivers/driver.h"

struct board_told {
	const struct driver_host *host;
	void *user;
	enum board_painted painted;
	uint32_t revision;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
};

/* What is known of the text of a revision, the caller's of struct board_state. */
void board_tell_painted(struct board_told *told, enum board_painted painted, uint32_t revision);
/* detail: English, "" when there is nothing to add. */
void board_tell_health(struct board_told *told, enum device_health health, const char *detail);
