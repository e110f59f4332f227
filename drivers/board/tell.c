/* The same thing is not said twice: above it would be an event each time. */
#include "drivers/board/tell.h"

#include <stdio.h>
#include <string.h>

void board_tell_painted(struct board_told *told, enum board_painted painted, uint32_t revision)
{
	if (painted == told->painted && revision == told->revision)
		return;
	told->painted = painted;
	told->revision = revision;
	told->host->painted(told->user, painted, revision);
}

void board_tell_health(struct board_told *told, enum device_health health, const char *detail)
{
	if (health == told->health && strcmp(detail, told->detail) == 0)
		return;
	told->health = health;
	snprintf(told->detail, sizeof(told->detail), "%s", detail);
	told->host->health(told->user, health, told->detail);
}
