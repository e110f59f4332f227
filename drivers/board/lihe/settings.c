/* "key=value" of the configuration and of models.conf, checked one by one. */
#include "drivers/board/lihe/settings.h"

#include <errno.h>
#include <stdio.h>

#include "drivers/board/fields.h"

enum {
	TIMEOUT_DEFAULT_MS = 600, /* in the field 300 ms was too short, 600 ms was not */
	PROBE_DEFAULT_S = 10,
	REFRESH_DEFAULT_S = 60,
	EXPIRE_DEFAULT_S = 180,
	MAX_LIFE = 98, /* 99 is for ever */
	US_PER_MS = 1000,
	US_PER_S = 1000000,
	UNSET = -1,
};

static const struct board_choice sums[] = {
	{"data", BOARD_LIHE_SUM_DATA}, {"data+ff", BOARD_LIHE_SUM_DATA_AND_END}, {NULL, 0}};
static const struct board_choice colours[] = {{"red", BOARD_LIHE_RED},
					      {"green", BOARD_LIHE_GREEN},
					      {"yellow", BOARD_LIHE_YELLOW},
					      {NULL, 0}};
static const struct board_choice cards[] = {
	{"tpk-1616", BOARD_LIHE_TPK_1616}, {"3232b", BOARD_LIHE_3232B}, {NULL, 0}};
static const struct board_choice frames[] = {{"text", BOARD_LIHE_FRAME_TEXT},
					     {"number", BOARD_LIHE_FRAME_NUMBER},
					     {"ticket", BOARD_LIHE_FRAME_TICKET},
					     {NULL, 0}};
static const struct board_choice switches[] = {{"0", 0}, {"1", 1}, {NULL, 0}};

enum {
	SET_CHECKSUM,
	SET_ACK,
	SET_COLOUR,
	SET_CALL_COLOUR,
	SET_PAUSE_COLOUR,
	SET_NOTICE_COLOUR,
	SET_CARD,
	SET_FRAME,
	SET_SPEED,
	SET_LIFE_UNIT,
	SET_EXPIRE,
	SET_TIMEOUT,
	SET_PROBE,
	SET_REFRESH,
	SET_COUNT
};
static const struct board_field settings[] = {
	[SET_CHECKSUM] = {"checksum", sums, 0, -1},
	[SET_ACK] = {"ack", switches, 0, -1},
	[SET_COLOUR] = {"colour", colours, 0, -1},
	[SET_CALL_COLOUR] = {"call_colour", colours, 0, -1},
	[SET_PAUSE_COLOUR] = {"pause_colour", colours, 0, -1},
	[SET_NOTICE_COLOUR] = {"notice_colour", colours, 0, -1},
	[SET_CARD] = {"card", cards, 0, -1},
	[SET_FRAME] = {"frame", frames, 0, -1},
	[SET_SPEED] = {"speed", NULL, 0, 7},
	[SET_LIFE_UNIT] = {"life_unit_ms", NULL, 0, 3600000},
	[SET_EXPIRE] = {"expire_s", NULL, 10, 3600},
	[SET_TIMEOUT] = {"timeout_ms", NULL, 20, 5000},
	[SET_PROBE] = {"probe_s", NULL, 2, 600},
	[SET_REFRESH] = {"refresh_s", NULL, 10, 3600},
	[SET_COUNT] = {NULL, NULL, 0, 0},
};

/* A text's life in the card's units, and how long that is. */
static void set_life(struct board_lihe_settings *ret, long unit_ms, long expire_s)
{
	int64_t units;

	ret->face.life = BOARD_LIHE_FOR_EVER;
	if (unit_ms == 0)
		return;
	units = ((int64_t)expire_s * 1000 + unit_ms - 1) / unit_ms;
	ret->face.life = (uint8_t)(units > MAX_LIFE ? MAX_LIFE : units);
	/* Renewed at a third, also where something else is repeated more seldom. */
	units = (int64_t)ret->face.life * unit_ms * US_PER_MS / 3;
	if (ret->refresh_us > units)
		ret->refresh_us = units;
	if (ret->probe_us > units)
		ret->probe_us = units;
}

static enum board_lihe_colour colour_or(long value, long otherwise)
{
	return (enum board_lihe_colour)(value == UNSET ? otherwise : value);
}

int board_lihe_read_settings(const struct device_options *options, struct board_lihe_settings *ret,
			     char *ret_error, size_t error_size)
{
	long values[SET_COUNT] = {
		[SET_ACK] = options->model->u.board.acknowledges,
		[SET_CALL_COLOUR] = UNSET,
		[SET_PAUSE_COLOUR] = UNSET,
		[SET_NOTICE_COLOUR] = UNSET,
		[SET_LIFE_UNIT] = (long)options->model->u.board.life_unit_ms,
		[SET_EXPIRE] = EXPIRE_DEFAULT_S,
		[SET_TIMEOUT] = TIMEOUT_DEFAULT_MS,
		[SET_PROBE] = PROBE_DEFAULT_S,
		[SET_REFRESH] = REFRESH_DEFAULT_S,
	};
	struct board_lihe_face face;
	int r = board_fields_settings(settings, options->name, options->model->settings,
				      options->settings, options->setting_count, values, ret_error,
				      error_size);

	if (r < 0)
		return r;
	face = (struct board_lihe_face){
		.address = options->address,
		.columns = options->model->u.board.columns,
		.rows = options->model->u.board.rows,
		.blinks = options->model->u.board.blinks,
		.scrolls = options->model->u.board.scrolls,
		.sum = (enum board_lihe_sum)values[SET_CHECKSUM],
		.card = (enum board_lihe_card)values[SET_CARD],
		.frame = (enum board_lihe_frame)values[SET_FRAME],
		.speed = (uint8_t)values[SET_SPEED],
		.colours = {(enum board_lihe_colour)values[SET_COLOUR],
			    colour_or(values[SET_CALL_COLOUR], values[SET_COLOUR]),
			    colour_or(values[SET_PAUSE_COLOUR], values[SET_COLOUR]),
			    colour_or(values[SET_NOTICE_COLOUR], values[SET_COLOUR])},
	};
	if (face.columns > BOARD_LIHE_MAX_COLUMNS || face.rows > BOARD_LIHE_MAX_ROWS) {
		snprintf(ret_error, error_size,
			 "%s: %s 的列数或行数超出 has more than %d columns or %d rows",
			 options->name, options->model->name, BOARD_LIHE_MAX_COLUMNS,
			 BOARD_LIHE_MAX_ROWS);
		return -EINVAL;
	}
	ret->face = face;
	ret->acknowledges = values[SET_ACK] == 1;
	ret->timeout_us = (uint32_t)values[SET_TIMEOUT] * US_PER_MS;
	ret->probe_us = (int64_t)values[SET_PROBE] * US_PER_S;
	ret->refresh_us = (int64_t)values[SET_REFRESH] * US_PER_S;
	set_life(ret, values[SET_LIFE_UNIT], values[SET_EXPIRE]);
	return 0;
}
