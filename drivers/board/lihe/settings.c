/* "key=value" of the configuration and of models.conf, checked one by one. */
#include "drivers/board/lihe/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct choice {
	const char *word;
	int value;
};

static const struct choice sums[] = {
	{"data", BOARD_LIHE_SUM_DATA}, {"data+ff", BOARD_LIHE_SUM_DATA_AND_END}, {NULL, 0}};
static const struct choice colours[] = {{"red", BOARD_LIHE_RED},
					{"green", BOARD_LIHE_GREEN},
					{"yellow", BOARD_LIHE_YELLOW},
					{NULL, 0}};
static const struct choice cards[] = {
	{"tpk-1616", BOARD_LIHE_TPK_1616}, {"3232b", BOARD_LIHE_3232B}, {NULL, 0}};
static const struct choice frames[] = {{"text", BOARD_LIHE_FRAME_TEXT},
				       {"number", BOARD_LIHE_FRAME_NUMBER},
				       {"ticket", BOARD_LIHE_FRAME_TICKET},
				       {NULL, 0}};
static const struct choice switches[] = {{"0", 0}, {"1", 1}, {NULL, 0}};

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
static const struct setting {
	const char *key;
	const struct choice *choices; /* NULL: a number */
	int least, most;
} settings[SET_COUNT] = {
	[SET_CHECKSUM] = {"checksum", sums, 0, 0},
	[SET_ACK] = {"ack", switches, 0, 0},
	[SET_COLOUR] = {"colour", colours, 0, 0},
	[SET_CALL_COLOUR] = {"call_colour", colours, 0, 0},
	[SET_PAUSE_COLOUR] = {"pause_colour", colours, 0, 0},
	[SET_NOTICE_COLOUR] = {"notice_colour", colours, 0, 0},
	[SET_CARD] = {"card", cards, 0, 0},
	[SET_FRAME] = {"frame", frames, 0, 0},
	[SET_SPEED] = {"speed", NULL, 0, 7},
	[SET_LIFE_UNIT] = {"life_unit_ms", NULL, 0, 3600000},
	[SET_EXPIRE] = {"expire_s", NULL, 10, 3600},
	[SET_TIMEOUT] = {"timeout_ms", NULL, 20, 5000},
	[SET_PROBE] = {"probe_s", NULL, 2, 600},
	[SET_REFRESH] = {"refresh_s", NULL, 10, 3600},
};

static int read_value(const struct setting *setting, const char *word, int *ret_value)
{
	char *end;
	long number;

	if (setting->choices) {
		for (const struct choice *c = setting->choices; c->word; c++) {
			if (strcmp(c->word, word) == 0) {
				*ret_value = c->value;
				return 0;
			}
		}
		return -EINVAL;
	}
	if (word[0] < '0' || word[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtol(word, &end, 10);
	if (*end || errno || number < setting->least || number > setting->most)
		return -EINVAL;
	*ret_value = (int)number;
	return 0;
}

static int read_setting(const char *text, int values[SET_COUNT], const char *name, char *ret_error,
			size_t error_size)
{
	const char *equals = strchr(text, '=');

	for (size_t i = 0; equals && i < SET_COUNT; i++) {
		size_t len = (size_t)(equals - text);

		if (strlen(settings[i].key) != len || strncmp(settings[i].key, text, len) != 0)
			continue;
		if (read_value(&settings[i], equals + 1, &values[i]) == 0)
			return 0;
		snprintf(ret_error, error_size, "%s: \"%.60s\" is no value this setting may have",
			 name, text);
		return -EINVAL;
	}
	snprintf(ret_error, error_size,
		 "%s: unknown setting \"%.60s\"; there are checksum=data|data+ff, ack=0|1, "
		 "colour=red|green|yellow, call_colour, pause_colour, notice_colour, "
		 "card=tpk-1616|3232b, frame=text|number|ticket, speed, life_unit_ms, expire_s, "
		 "timeout_ms, probe_s, refresh_s",
		 name, text);
	return -EINVAL;
}

/* A text's life in the card's units, and how long that is. */
static void set_life(struct board_lihe_settings *ret, int unit_ms, int expire_s)
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

static int read_all(const struct device_options *options, int values[SET_COUNT], char *ret_error,
		    size_t error_size)
{
	const char *rest = options->model->settings ? options->model->settings : "";
	char word[64];
	int r = 0;

	while (r == 0 && sscanf(rest, " %63s", word) == 1) {
		rest = strstr(rest, word) + strlen(word);
		r = read_setting(word, values, options->name, ret_error, error_size);
	}
	for (size_t i = 0; r == 0 && i < options->setting_count; i++)
		r = read_setting(options->settings[i], values, options->name, ret_error,
				 error_size);
	return r;
}

static enum board_lihe_colour colour_or(int value, int otherwise)
{
	return (enum board_lihe_colour)(value == UNSET ? otherwise : value);
}

int board_lihe_read_settings(const struct device_options *options, struct board_lihe_settings *ret,
			     char *ret_error, size_t error_size)
{
	int values[SET_COUNT] = {
		[SET_ACK] = options->model->u.board.acknowledges,
		[SET_CALL_COLOUR] = UNSET,
		[SET_PAUSE_COLOUR] = UNSET,
		[SET_NOTICE_COLOUR] = UNSET,
		[SET_LIFE_UNIT] = (int)options->model->u.board.life_unit_ms,
		[SET_EXPIRE] = EXPIRE_DEFAULT_S,
		[SET_TIMEOUT] = TIMEOUT_DEFAULT_MS,
		[SET_PROBE] = PROBE_DEFAULT_S,
		[SET_REFRESH] = REFRESH_DEFAULT_S,
	};
	struct board_lihe_face face;
	int r = read_all(options, values, ret_error, error_size);

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
		snprintf(ret_error, error_size, "%s: %s has more than %d columns or %d rows",
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
