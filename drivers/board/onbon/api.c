/* The Onbon board as a driver: its settings, the one wanted state, the driver's table. What is sent
 * of it and what comes back is in turns.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/fields.h"
#include "drivers/board/news.h"
#include "drivers/board/onbon/device.h"
#include "drivers/board/onbon/models.h"

enum {
	US_PER_MS = 1000,
	US_PER_S = 1000000,
};

/* ---- settings ---- */

static const struct board_choice switches[] = {{"0", 0}, {"1", 1}, {NULL, 0}};
static const struct board_choice colours[] = {{"red", 1}, {"green", 2}, {"yellow", 3}, {NULL, 0}};
static const struct board_choice fonts[] = {{"16", 0}, {"24", 1}, {"32", 2}, {NULL, 0}};
static const unsigned font_dots[] = {16, 24, 32};

enum {
	SET_ACK,
	SET_COLOUR,
	SET_FONT,
	SET_SPEED,
	SET_LIFE,
	SET_TIMEOUT,
	SET_PROBE,
	SET_REFRESH,
	SETS
};

static const struct board_field settings[] = {
	{"ack", switches, 0, -1},  {"colour", colours, 0, -1},	  {"font", fonts, 0, -1},
	{"speed", NULL, 0, 24},	   {"life_s", NULL, 0, 65535},	  {"timeout_ms", NULL, 20, 5000},
	{"probe_s", NULL, 2, 600}, {"refresh_s", NULL, 10, 3600}, {NULL, NULL, 0, 0},
};

static int onbon_probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, "onbon") == 0 ? 0 : -ENODEV;
}

static void make_face(struct device *device, const struct device_options *options,
		      const long *values)
{
	const struct device_model *model = options->model;

	device->face = (struct board_onbon_face){
		.address = options->address,
		.columns = model->u.board.columns,
		.rows = model->u.board.rows,
		.row_dots = (uint16_t)(model->u.board.height_dots / model->u.board.rows),
		.gbk = model->u.board.charset == BOARD_GBK,
		.font = (uint8_t)values[SET_FONT],
		.colour = (uint8_t)values[SET_COLOUR],
		.speed = (uint8_t)values[SET_SPEED],
		.reply = values[SET_ACK] == 1,
		.life_s = (uint16_t)values[SET_LIFE],
	};
}

static int onbon_create(struct device **ret_device, const struct device_options *options,
			const struct driver_host *host, void *user, char *ret_error,
			size_t error_size)
{
	long values[SETS] = {
		[SET_ACK] = options->model->u.board.acknowledges,
		[SET_COLOUR] = 1,
		[SET_SPEED] = 4,
		[SET_LIFE] = 120,
		[SET_TIMEOUT] = 600,
		[SET_PROBE] = 10,
		[SET_REFRESH] = 60,
	};
	struct device *device;
	int r;

	if (options->address < 1 || options->address > 254) {
		snprintf(ret_error, error_size,
			 "%s: 屏号须为 1 至 254 an Onbon board's address is 1 to 254",
			 options->name);
		return -EINVAL;
	}
	r = board_fields_settings(settings, options->name, options->model->settings,
				  options->settings, options->setting_count, values, ret_error,
				  error_size);
	if (r < 0)
		return r;
	if (font_dots[values[SET_FONT]] * options->model->u.board.rows >
	    options->model->u.board.height_dots) {
		snprintf(ret_error, error_size,
			 "%s: font=%u 高于 %s 的每行 is higher than a row of it", options->name,
			 font_dots[values[SET_FONT]], options->model->name);
		return -EINVAL;
	}
	if (values[SET_LIFE] != 0 && values[SET_LIFE] < 6) {
		snprintf(ret_error, error_size,
			 "%s: life_s=%ld 太短，可用 0 或 6 至 65535 too short, there are 0 and 6 "
			 "to 65535",
			 options->name, values[SET_LIFE]);
		return -EINVAL;
	}
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->told = (struct board_told){.host = host, .user = user};
	make_face(device, options, values);
	device->timeout_us = (uint32_t)values[SET_TIMEOUT] * US_PER_MS;
	device->probe_us = (int64_t)values[SET_PROBE] * US_PER_S;
	device->refresh_us = (int64_t)values[SET_REFRESH] * US_PER_S;
	*ret_device = device;
	return 0;
}

static void onbon_remove(struct device *device)
{
	free(device);
}

/* ---- what is wanted ---- */

static bool rows_are_equal(const struct board_onbon_rows *a, const struct board_onbon_rows *b)
{
	for (size_t i = 0; i < BOARD_ONBON_MAX_ROWS; i++)
		if (a->row[i].len != b->row[i].len || a->row[i].moves != b->row[i].moves ||
		    memcmp(a->row[i].text, b->row[i].text, a->row[i].len) != 0)
			return false;
	return a->blank == b->blank && a->moves == b->moves;
}

static int onbon_submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	const struct board_state *state = &job->u.board;
	struct board_onbon_rows rows;
	char text[sizeof(state->text)];
	bool changed;
	int r;

	(void)now_us;
	if (job->kind != JOB_BOARD)
		return -EOPNOTSUPP;
	memcpy(text, state->text, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	r = board_onbon_fit(&device->face, text, state->scroll, &rows);
	if (r < 0)
		return r;
	changed = !device->wanted || !rows_are_equal(&rows, &device->rows);
	if (changed) {
		device->rows = rows;
		device->generation++;
		device->repair = !board_is_news(state->content);
		device->hold_us = 0;
		device->busy = 0;
	}
	device->wanted = true;
	device->revision = state->revision;
	device->power = state->dark ? ONBON_POWER_OFF : ONBON_POWER_ON;
	if (state->brightness)
		device->level = board_onbon_level(state->brightness);
	device->offset_us = state->wall_offset_us;
	if (device->up && (changed || onbon_wanted_step(device)))
		device->told.host->changed(device->told.user);
	if (onbon_is_painted(device))
		onbon_tell_painted(device);
	return 0;
}

/* ---- what is next ---- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t onbon_deadline(const struct device *device)
{
	int64_t deadline = DRIVER_NO_DEADLINE;

	if (!device->up || !device->wanted)
		return deadline;
	if (device->wait_us && onbon_wanted_step(device))
		deadline = device->wait_us;
	if (!onbon_is_painted(device))
		return device->hold_us ? earlier(deadline, device->hold_us) : deadline;
	if (device->face.reply)
		deadline = earlier(deadline, device->probe_due_us);
	return earlier(deadline, device->renew_us);
}

static void onbon_tick(struct device *device, int64_t now_us)
{
	(void)device;
	(void)now_us; /* next() looks at the time itself */
}

static void onbon_link_up(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = true;
	device->misses = device->unlisted = 0;
	device->clock_again_us = 0;
	onbon_forget(device);
	board_tell_health(&device->told, HEALTH_UNKNOWN, "");
	device->told.host->changed(device->told.user);
}

static void onbon_link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = false;
	device->painted = BOARD_UNKNOWN;
	if (device->wanted)
		onbon_tell_painted(device);
	board_tell_health(&device->told, HEALTH_GONE, "the line is closed");
}

const struct driver onbon_driver = {
	.name = "onbon",
	.description = "Onbon BX-5K and BX-6K font cards (hall boards)",
	.class = DEVICE_BOARD,
	.link = LINK_LINE,
	.maturity = MATURITY_SIMULATED,
	.models = board_onbon_models,
	.model_count = BOARD_ONBON_MODELS,
	.probe = onbon_probe,
	.create = onbon_create,
	.remove = onbon_remove,
	.submit = onbon_submit,
	.deadline = onbon_deadline,
	.tick = onbon_tick,
	.link_up = onbon_link_up,
	.link_down = onbon_link_down,
	.next = onbon_next,
	.ended = onbon_ended,
};
