/* "key=value" of the configuration and of models.conf, checked one by one. */
#include "drivers/board/modbus/settings.h"

#include <errno.h>
#include <stdio.h>

#include "drivers/board/fields.h"

enum {
	TIMEOUT_DEFAULT_MS = 300,
	PROBE_DEFAULT_S = 10,
	REFRESH_DEFAULT_S = 30,
	EXPIRE_DEFAULT_S = 180,
	WATCHDOG_DEFAULT_S = 60,
	US_PER_MS = 1000,
	US_PER_S = 1000000,
};

static const struct board_choice displays[] = {{"text", 0}, {"figures", 1}, {NULL, 0}};
static const struct board_choice formats[] = {{"binary", BOARD_MODBUS_BINARY},
					      {"bcd", BOARD_MODBUS_BCD},
					      {"ascii", BOARD_MODBUS_ASCII},
					      {NULL, 0}};
static const struct board_choice functions[] = {{"06", 1}, {"10", 0}, {NULL, 0}};
static const struct board_choice switches[] = {{"0", 0}, {"1", 1}, {NULL, 0}};
static const struct board_choice none[] = {{"none", -1}, {NULL, 0}};

enum {
	SET_DISPLAY,
	SET_ACK,
	SET_FORMAT,
	SET_DIGITS,
	SET_NUMBER_REGISTER,
	SET_WINDOW_REGISTER,
	SET_BLANK,
	SET_WRITE,
	SET_EXPIRE,
	SET_WATCHDOG,
	SET_TIMEOUT,
	SET_PROBE,
	SET_REFRESH,
	SET_COUNT
};
static const struct board_field settings[] = {
	[SET_DISPLAY] = {"display", displays, 0, -1},
	[SET_ACK] = {"ack", switches, 0, -1},
	[SET_FORMAT] = {"format", formats, 0, -1},
	[SET_DIGITS] = {"digits", NULL, 1, BOARD_MODBUS_MAX_DIGITS},
	[SET_NUMBER_REGISTER] = {"number_register", NULL, 0, UINT16_MAX},
	[SET_WINDOW_REGISTER] = {"window_register", none, 0, UINT16_MAX},
	[SET_BLANK] = {"blank", NULL, 0, UINT16_MAX},
	[SET_WRITE] = {"write", functions, 0, -1},
	[SET_EXPIRE] = {"expire_s", NULL, 0, 3600},
	[SET_WATCHDOG] = {"watchdog_s", NULL, 0, 3600},
	[SET_TIMEOUT] = {"timeout_ms", NULL, 20, 5000},
	[SET_PROBE] = {"probe_s", NULL, 2, 600},
	[SET_REFRESH] = {"refresh_s", NULL, 2, 3600},
	[SET_COUNT] = {NULL, NULL, 0, 0},
};

int board_modbus_read_settings(const struct device_options *options,
			       struct board_modbus_settings *ret, char *ret_error,
			       size_t error_size)
{
	long values[SET_COUNT] = {
		[SET_ACK] = options->model->u.board.acknowledges,
		[SET_DIGITS] = 4,
		[SET_WINDOW_REGISTER] = -1,
		[SET_WRITE] = 1,
		[SET_EXPIRE] = EXPIRE_DEFAULT_S,
		[SET_WATCHDOG] = WATCHDOG_DEFAULT_S,
		[SET_TIMEOUT] = TIMEOUT_DEFAULT_MS,
		[SET_PROBE] = PROBE_DEFAULT_S,
		[SET_REFRESH] = REFRESH_DEFAULT_S,
	};
	int r = board_fields_settings(settings, options->name, options->model->settings,
				      options->settings, options->setting_count, values, ret_error,
				      error_size);

	if (r < 0)
		return r;
	if (options->model->u.board.columns > BOARD_MODBUS_MAX_COLUMNS ||
	    options->model->u.board.rows > BOARD_MODBUS_MAX_ROWS) {
		snprintf(ret_error, error_size,
			 "%s: %s 的列数或行数超出 has more than %d columns or %d rows",
			 options->name, options->model->name, BOARD_MODBUS_MAX_COLUMNS,
			 BOARD_MODBUS_MAX_ROWS);
		return -EINVAL;
	}
	*ret = (struct board_modbus_settings){
		.figures = values[SET_DISPLAY] == 1,
		.acknowledges = values[SET_ACK] == 1,
		.timeout_us = (uint32_t)values[SET_TIMEOUT] * US_PER_MS,
		.probe_us = (int64_t)values[SET_PROBE] * US_PER_S,
		.refresh_us = (int64_t)values[SET_REFRESH] * US_PER_S,
		.life_s = (uint16_t)values[SET_EXPIRE],
		.watchdog_s = (uint16_t)values[SET_WATCHDOG],
		.shape = {.format = (enum board_modbus_format)values[SET_FORMAT],
			  .digits = (unsigned)values[SET_DIGITS],
			  .blank = (uint16_t)values[SET_BLANK]},
		.number_register = (uint16_t)values[SET_NUMBER_REGISTER],
		.window_register = (int)values[SET_WINDOW_REGISTER],
		.write_one = values[SET_WRITE] == 1,
	};
	return 0;
}
