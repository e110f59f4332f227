/* Modbus boards as a driver. Our own boards: the text is written, then read back as nonce, revision
 * and CRC, and only that counts as shown; the same question, now and then, finds a board that was
 * switched off or shows something else. Displays of figures: a register or two are written, the
 * answer counts, and they are written again in the background, for nobody can ask what they show.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/modbus/models.h"
#include "drivers/board/modbus/protocol.h"
#include "drivers/board/modbus/settings.h"
#include "drivers/board/news.h"
#include "drivers/board/tell.h"
#include "drivers/driver.h"

enum {
	TRIES = 3,
	REFUSED_PAUSE_US = 1000000, /* a device that refuses is asked seldom */
	US_PER_S = 1000000,
	BRIGHTNESS_DEFAULT = 100,
};

/* What is to be done next for the wanted state; also the command of the exchange. */
enum stage {
	STAGE_DONE = 0,
	STAGE_REST,
	STAGE_TEXT,
	STAGE_SETTINGS,
	STAGE_CHECK,
	STAGE_RENEW, /* only as command */
	STAGE_NUMBER,
	STAGE_WINDOW,
};

struct device {
	struct board_told told;
	struct board_modbus_settings settings;
	const struct device_model *model;
	uint8_t address;
	uint32_t baud;
	bool up;

	bool wanted;
	struct board_modbus_text text;
	char ticket[9];
	uint16_t window;
	uint8_t brightness;
	bool dark;
	uint32_t revision;   /* the caller's */
	uint32_t generation; /* rises when something else is to be seen */

	enum stage stage;
	bool news, refreshing, settings_due;
	int64_t hold_us; /* nothing is offered before */
	int64_t due_us, renew_us;
	unsigned misses, refusals;
	bool nonce_known;
	uint32_t nonce;

	enum board_painted painted;
};

static int modbus_probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, "modbus") == 0 ? 0 : -ENODEV;
}

static int modbus_create(struct device **ret_device, const struct device_options *options,
			 const struct driver_host *host, void *user, char *ret_error,
			 size_t error_size)
{
	struct board_modbus_settings settings;
	struct device *device;
	int r;

	if (options->address < 1 || options->address > 247) {
		snprintf(ret_error, error_size,
			 "%s: 地址须为 1 至 247 a Modbus board's address is 1 to 247",
			 options->name);
		return -EINVAL;
	}
	r = board_modbus_read_settings(options, &settings, ret_error, error_size);
	if (r < 0)
		return r;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->told = (struct board_told){.host = host, .user = user};
	device->settings = settings;
	device->model = options->model;
	device->address = options->address;
	device->baud = options->baud;
	device->brightness = BRIGHTNESS_DEFAULT;
	*ret_device = device;
	return 0;
}

static void modbus_remove(struct device *device)
{
	free(device);
}

/* ---- upward ---- */

static void tell_painted(struct device *device, enum board_painted painted)
{
	device->painted = painted;
	board_tell_painted(&device->told, painted, device->revision);
}

/* ---- what is wanted ---- */

static void begin(struct device *device)
{
	device->stage = device->settings.figures ? STAGE_NUMBER : STAGE_REST;
	if (device->stage == STAGE_REST &&
	    board_modbus_write_rest(device->address, &device->text, (uint8_t[256]){0}, 256) == 0)
		device->stage = STAGE_TEXT;
	device->refreshing = false;
}

static bool same_text(const struct board_modbus_text *a, const struct board_modbus_text *b)
{
	return a->len == b->len && a->blinks == b->blinks && a->moves == b->moves &&
	       memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* Figures are a ticket's and say nothing beside. */
static bool take_figures(struct device *device, const struct board_state *state)
{
	bool shown =
		!state->dark && (state->content == BOARD_CALL || state->content == BOARD_SERVING);
	uint16_t window = shown ? state->window : 0;
	char ticket[sizeof(device->ticket)] = "";
	bool same;

	if (shown)
		memcpy(ticket, state->number, sizeof(ticket) - 1);
	same = device->wanted && device->window == window && strcmp(device->ticket, ticket) == 0;
	memcpy(device->ticket, ticket, sizeof(ticket));
	device->window = window;
	return !same;
}

static bool take_settings(struct device *device, const struct board_state *state)
{
	uint8_t brightness = state->brightness ? state->brightness : BRIGHTNESS_DEFAULT;
	bool same = device->dark == state->dark && device->brightness == brightness;

	device->dark = state->dark;
	device->brightness = brightness > 100 ? 100 : brightness;
	return !same;
}

static int modbus_submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	const struct board_state *state = &job->u.board;
	const unsigned columns = device->model->u.board.columns, rows = device->model->u.board.rows;
	char given[sizeof(state->text)];
	struct board_modbus_text text;
	bool other;
	int r;

	(void)now_us;
	if (job->kind != JOB_BOARD)
		return -EOPNOTSUPP;
	memcpy(given, state->text, sizeof(given));
	given[sizeof(given) - 1] = '\0';
	r = board_modbus_fit(given, columns, rows, state->blink && device->model->u.board.blinks,
			     state->scroll && device->model->u.board.scrolls, &text);
	if (r < 0)
		return r;
	if (device->settings.figures) {
		other = take_figures(device, state);
	} else {
		other = !device->wanted || !same_text(&device->text, &text);
		device->text = text;
		if (take_settings(device, state)) {
			device->settings_due = true;
			if (device->stage == STAGE_DONE)
				device->stage = STAGE_SETTINGS;
			other |= !device->wanted;
		}
	}
	device->wanted = true;
	device->revision = state->revision;
	if (other) {
		device->generation++;
		device->news = board_is_news(state->content);
		begin(device);
	} else if (device->stage == STAGE_DONE) {
		tell_painted(device, device->painted);
		return 0;
	}
	if (device->up)
		device->told.host->changed(device->told.user);
	return 0;
}

static bool renews(const struct device *device)
{
	return !device->settings.figures && device->settings.life_s > 0;
}

static int64_t modbus_deadline(const struct device *device)
{
	int64_t deadline = device->due_us;

	if (!device->up || !device->wanted)
		return DRIVER_NO_DEADLINE;
	if (device->stage != STAGE_DONE)
		return device->hold_us > 0 ? device->hold_us : DRIVER_NO_DEADLINE;
	if (renews(device) && device->renew_us < deadline)
		deadline = device->renew_us;
	return deadline < device->hold_us ? device->hold_us : deadline;
}

static void modbus_tick(struct device *device, int64_t now_us)
{
	(void)device;
	(void)now_us; /* next() looks at the time itself */
}

static void modbus_link_up(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = true;
	device->news = false;
	device->settings_due = true;
	device->nonce_known = false;
	device->misses = device->refusals = 0;
	device->hold_us = 0;
	begin(device);
	tell_painted(device, BOARD_UNKNOWN);
	board_tell_health(&device->told, HEALTH_UNKNOWN, "");
	device->told.host->changed(device->told.user);
}

static void modbus_link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = false;
	tell_painted(device, BOARD_UNKNOWN);
	board_tell_health(&device->told, HEALTH_GONE, "the line is closed");
}

/* ---- exchanges ---- */

static int match_reply(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	return board_modbus_match(exchange->bytes, exchange->len, bytes, len);
}

/* Modbus over serial line 1.02, 2.5.1.1: 3.5 characters of 11 bits; 1.75 ms above 19200 baud. */
static uint32_t quiet_us(uint32_t baud)
{
	if (baud > 19200)
		return 1750;
	if (baud == 0)
		baud = 9600;
	return (38500000u + baud - 1) / baud;
}

/* The board's revision, never 0. */
static uint16_t revision_of(const struct device *device)
{
	return (uint16_t)(device->generation % UINT16_MAX + 1);
}

static size_t put_number(const struct device *device, uint8_t *ret, size_t size)
{
	const struct board_modbus_settings *settings = &device->settings;
	uint16_t values[BOARD_MODBUS_MAX_VALUES + 1];
	size_t count = board_modbus_figures(&settings->shape, device->ticket, values);

	/* A window behind it goes with it. */
	if (!settings->write_one &&
	    settings->window_register == settings->number_register + (int32_t)count)
		values[count++] = board_modbus_window(&settings->shape, device->window);
	return board_modbus_write_values(device->address, settings->number_register, values,
					 (uint16_t)count, settings->write_one, ret, size);
}

static bool has_window_exchange(const struct device *device)
{
	const struct board_modbus_settings *settings = &device->settings;
	uint16_t values[BOARD_MODBUS_MAX_VALUES];
	size_t count = board_modbus_figures(&settings->shape, "", values);

	return settings->window_register >= 0 &&
	       (settings->write_one ||
		settings->window_register != settings->number_register + (int32_t)count);
}

static size_t put_window(const struct device *device, uint8_t *ret, size_t size)
{
	const struct board_modbus_settings *settings = &device->settings;
	uint16_t value = board_modbus_window(&settings->shape, device->window);

	return board_modbus_write_values(device->address, (uint16_t)settings->window_register,
					 &value, 1, settings->write_one, ret, size);
}

static size_t put_request(const struct device *device, enum stage stage, uint8_t *ret, size_t size)
{
	const uint16_t revision = revision_of(device), life_s = device->settings.life_s;

	switch (stage) {
	case STAGE_REST: return board_modbus_write_rest(device->address, &device->text, ret, size);
	case STAGE_TEXT:
		return board_modbus_write_text(device->address, &device->text, revision, life_s,
					       ret, size);
	case STAGE_RENEW:
		return board_modbus_write_head(device->address, &device->text, revision, life_s,
					       ret, size);
	case STAGE_SETTINGS:
		return board_modbus_write_settings(device->address, device->brightness,
						   device->dark, device->settings.watchdog_s, ret,
						   size);
	case STAGE_NUMBER: return put_number(device, ret, size);
	case STAGE_WINDOW: return put_window(device, ret, size);
	case STAGE_CHECK:
	case STAGE_DONE: break;
	}
	return board_modbus_read_status(device->address, ret, size);
}

static void offer(const struct device *device, enum stage stage, enum exchange_priority priority,
		  struct exchange *ret)
{
	ret->priority = priority;
	ret->len = put_request(device, stage, ret->bytes, sizeof(ret->bytes));
	ret->reply_wanted = device->settings.acknowledges;
	ret->timeout_us = device->settings.timeout_us;
	ret->turnround_us = quiet_us(device->baud);
	ret->match = match_reply;
	ret->address = device->address;
	ret->command = (uint8_t)stage;
	ret->tag = device->generation;
}

static int modbus_next(struct device *device, int64_t now_us, struct exchange *ret)
{
	if (!device->up || !device->wanted || now_us < device->hold_us)
		return -EAGAIN;
	if (device->stage != STAGE_DONE) {
		offer(device, device->stage,
		      device->news	   ? EXCHANGE_CALL
		      : device->refreshing ? EXCHANGE_REFRESH
					   : EXCHANGE_REPAIR,
		      ret);
		return 0;
	}
	if (renews(device) && now_us >= device->renew_us)
		offer(device, STAGE_RENEW, EXCHANGE_REFRESH, ret);
	else if (now_us >= device->due_us)
		offer(device, device->settings.figures ? STAGE_NUMBER : STAGE_CHECK,
		      EXCHANGE_REFRESH, ret);
	else
		return -EAGAIN;
	return 0;
}

static void done(struct device *device, int64_t now_us)
{
	device->stage = STAGE_DONE;
	device->news = device->refreshing = false;
	device->refusals = 0;
	device->due_us = now_us + (device->settings.figures ? device->settings.refresh_us
							    : device->settings.probe_us);
	if (device->settings.acknowledges) {
		tell_painted(device, BOARD_ACKNOWLEDGED);
		board_tell_health(&device->told, HEALTH_OK, "");
	} else {
		tell_painted(device, BOARD_SENT);
		board_tell_health(&device->told, HEALTH_WARNING,
				  "never answers: sent, not known to be shown");
	}
}

/* An answer that helps nobody: again, but not at once. */
static void refused(struct device *device, const char *why, int64_t now_us)
{
	device->news = false;
	begin(device);
	device->hold_us = now_us + REFUSED_PAUSE_US;
	if (device->refusals < TRIES)
		device->refusals++;
	if (device->refusals < TRIES)
		return;
	tell_painted(device, BOARD_FAILED);
	board_tell_health(&device->told, HEALTH_FAILED, why);
}

static void check_status(struct device *device, const uint8_t *reply, size_t len, int64_t now_us)
{
	struct board_modbus_status status;
	bool asked = device->stage == STAGE_DONE; /* nothing was written just now */
	int r = board_modbus_parse_status(reply, len, &status);

	if (r < 0) {
		refused(device, "not one of our boards, or of another version", now_us);
		return;
	}
	if (device->nonce_known && status.nonce != device->nonce) {
		/* It was switched off: blank, and with the settings of power-on. */
		device->nonce = status.nonce;
		device->settings_due = true;
		tell_painted(device, BOARD_UNKNOWN);
		begin(device);
		return;
	}
	device->nonce_known = true;
	device->nonce = status.nonce;
	if (status.text && status.revision == revision_of(device) &&
	    status.text_crc == board_modbus_text_crc(&device->text)) {
		done(device, now_us);
		return;
	}
	if (asked) {
		tell_painted(device, BOARD_UNKNOWN);
		begin(device);
	} else {
		refused(device, "shows something else than it was sent", now_us);
	}
}

static void renewed(struct device *device, int64_t now_us)
{
	device->renew_us = now_us + (int64_t)device->settings.life_s * US_PER_S / 3;
}

static void ended_well(struct device *device, const struct exchange *exchange, const uint8_t *reply,
		       size_t len, int64_t now_us)
{
	enum stage stage = (enum stage)exchange->command;

	device->misses = 0;
	if (exchange->tag != device->generation)
		return;
	if (stage == STAGE_CHECK) {
		check_status(device, reply, len, now_us);
		return;
	}
	if (device->settings.acknowledges && board_modbus_check_written(reply, len) < 0) {
		refused(device, "refuses what it is sent", now_us);
		return;
	}
	switch (stage) {
	case STAGE_REST: device->stage = STAGE_TEXT; break;
	case STAGE_TEXT:
		renewed(device, now_us);
		device->stage = device->settings_due ? STAGE_SETTINGS : STAGE_CHECK;
		break;
	case STAGE_RENEW: renewed(device, now_us); break;
	case STAGE_SETTINGS:
		device->settings_due = false;
		device->stage = STAGE_CHECK;
		break;
	case STAGE_NUMBER:
		if (has_window_exchange(device)) {
			device->refreshing |= device->stage == STAGE_DONE;
			device->stage = STAGE_WINDOW;
			break;
		}
		done(device, now_us);
		break;
	default: done(device, now_us); break;
	}
}

static void ended_badly(struct device *device, enum exchange_end end)
{
	device->news = device->refreshing = false;
	if (device->misses < TRIES)
		device->misses++;
	if (device->misses < TRIES)
		return;
	tell_painted(device, BOARD_FAILED);
	board_tell_health(&device->told, HEALTH_FAILED,
			  end == EXCHANGE_GARBAGE ? "answers make no sense: wrong speed or noise"
						  : "no answer: cable or power");
}

static void modbus_ended(struct device *device, const struct exchange *exchange,
			 enum exchange_end end, const uint8_t *reply, size_t len, int64_t now_us)
{
	switch (end) {
	case EXCHANGE_ANSWERED: ended_well(device, exchange, reply, len, now_us); break;
	case EXCHANGE_TIMEOUT:
	case EXCHANGE_GARBAGE: ended_badly(device, end); break;
	case EXCHANGE_LINE_DOWN: break; /* nothing is known of the board; link_down() follows */
	}
}

const struct driver modbus_board_driver = {
	.name = "modbus",
	.description = "boards and displays of figures on Modbus RTU",
	.class = DEVICE_BOARD,
	.link = LINK_LINE,
	.maturity = MATURITY_SIMULATED,
	.models = board_modbus_models,
	.model_count = BOARD_MODBUS_MODELS,
	.probe = modbus_probe,
	.create = modbus_create,
	.remove = modbus_remove,
	.submit = modbus_submit,
	.deadline = modbus_deadline,
	.tick = modbus_tick,
	.link_up = modbus_link_up,
	.link_down = modbus_link_down,
	.next = modbus_next,
	.ended = modbus_ended,
};
