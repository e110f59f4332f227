/* What devices say of their health, kept for whoever asks and told to the journal in Chinese and
 * English: a board that fails with the text that people do not see, a device that is back with how
 * long it was away. That a link or a line is down the journal has from the link itself, once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/devices/private.h"

static bool is_bad(enum device_health health)
{
	return health == HEALTH_FAILED || health == HEALTH_GONE;
}

static bool is_good(enum device_health health)
{
	return health == HEALTH_OK || health == HEALTH_WARNING;
}

static void add(char *ret, size_t size, const char *between, const char *text)
{
	size_t used = strlen(ret);

	if (text[0] && used < size)
		snprintf(ret + used, size - used, "%s%s", between, text);
}

/* Rows in one. */
static void add_text(char *ret, size_t size, const char *text)
{
	char row[sizeof(((struct board_state *)0)->text)];

	snprintf(row, sizeof(row), "%s", text);
	for (char *at = row; (at = strchr(at, '\n')) != NULL;)
		*at = '/';
	add(ret, size, "; 应显示 ought to show: ", row);
}

static void tell(const struct slot *slot, int64_t away_us)
{
	const char *chinese = devices_chinese(slot->detail);
	char message[DEVICE_DETAIL_SIZE + sizeof(((struct board_state *)0)->text) + 192];
	char away[96];

	snprintf(message, sizeof(message), "%s %s", device_health_chinese(slot->health),
		 device_health_name(slot->health));
	add(message, sizeof(message), ": ", chinese);
	add(message, sizeof(message), chinese[0] ? " " : ": ", slot->detail);
	if (away_us >= 0) {
		snprintf(away, sizeof(away), "中断 %" PRId64 " 秒 after %" PRId64 " s",
			 away_us / 1000000, away_us / 1000000);
		add(message, sizeof(message), slot->detail[0] ? "; " : ": ", away);
	}
	if (slot->driver->class == DEVICE_BOARD && slot->health == HEALTH_FAILED)
		add_text(message, sizeof(message), ((const struct board_slot *)slot)->wanted.text);
	slot->owner->host->log(slot->owner->user, slot->config->id, message);
}

static void set_health(struct slot *slot, enum device_health health, const char *detail)
{
	if (is_bad(health) && !slot->is_away) {
		slot->is_away = true;
		slot->away_us = devices_now(slot->owner);
	}
	slot->health = health;
	snprintf(slot->detail, sizeof(slot->detail), "%s", detail);
}

void health_told(struct slot *slot, enum device_health health, const char *detail)
{
	int64_t away_us = -1;

	if (is_good(health) && slot->is_away) {
		slot->is_away = false;
		away_us = devices_now(slot->owner) - slot->away_us;
	}
	set_health(slot, health, detail);
	if (health != HEALTH_GONE && (health != HEALTH_UNKNOWN || detail[0]))
		tell(slot, away_us);
}

void health_line_down(struct devices *devices, size_t line, const char *why)
{
	char detail[DEVICE_DETAIL_SIZE];

	snprintf(detail, sizeof(detail), "line %s: %.54s", devices->config->lines[line].id, why);
	for (size_t i = 0; i < devices->board_count; i++) {
		struct board_slot *board = &devices->boards[i];

		if (board->slot.config->line != line)
			continue;
		boards_painted(board, BOARD_UNKNOWN, board->wanted.revision);
		set_health(&board->slot, HEALTH_GONE, detail);
	}
	for (size_t i = 0; i < devices->keypad_count; i++)
		if (devices->keypads[i].slot.config->line == line)
			set_health(&devices->keypads[i].slot, HEALTH_GONE, detail);
}
