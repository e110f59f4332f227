/* Our keypads and dispenser panels as a driver. One register is polled all the time; it is not
 * zero while a press waits. Then the press is read whole and told upward, again every second,
 * until its answer comes; the answer is written back until the keypad confirms it. A press is
 * (nonce, sequence): one that was answered before is answered again from memory and not told. The
 * display is written in the background: polls go on meanwhile. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "drivers/keypad/modbus/protocol.h"

enum {
	TRIES = 3,
	POLL_DEFAULT_MS = 100,
	POLL_PANEL_MS = 5, /* a panel has a line of its own, and people stand before it */
	TIMEOUT_DEFAULT_MS = 200,
	RETELL_US = 1000000,	     /* a press that waits for its answer is told and read again */
	REFUSED_PAUSE_US = 1000000,  /* a device that is none of ours is asked seldom */
	DISPLAY_AGAIN_US = 30000000, /* a keypad restarted between two polls has lost it */
	US_PER_MS = 1000,
};

enum {
	COMMAND_POLL = 1,
	COMMAND_EVENT,
	COMMAND_ANSWER,
	COMMAND_DISPLAY,
	COMMAND_WAITING,
	COMMAND_PRESS
};
enum press_state { PRESS_NONE, PRESS_TOLD, PRESS_ANSWERED };

struct device {
	const struct driver_host *host;
	void *user;
	uint8_t address;
	int64_t poll_us;
	uint32_t timeout_us;
	bool up;

	int64_t poll_due_us;
	uint16_t status;      /* of the last poll */
	uint16_t read_status; /* when the press was read last */
	int64_t reread_us;
	bool read_wanted;

	enum press_state press;
	struct keypad_modbus_event event;
	int64_t event_us, tell_us;
	bool misfit; /* of another profile version */
	bool fits;   /* its version was read, and it was not away since */
	bool nonce_known;
	uint32_t nonce;
	bool remembered; /* the answer given last */
	struct key_answer last;

	bool display_wanted;
	struct keypad_display display;
	uint32_t display_generation, shown_generation;
	char shown_number[sizeof(((struct keypad_display *)0)->number)];
	bool shown_known; /* the number is there, only the count may be another */
	int64_t display_again_us;

	unsigned misses;
	enum device_health told_health;
	char told_detail[DEVICE_DETAIL_SIZE];
};

static const struct device_model models[] = {
	{.name = "window-keypad",
	 .description = "a clerk's keys at the window, with a small display",
	 .u.keypad = {.panel = false, .display_columns = 8}},
	{.name = "panel",
	 .description = "the dispenser's keys, one for each queue",
	 .u.keypad = {.panel = true, .display_columns = 8}},
};

/* ---- made and removed ---- */

static int read_setting(const char *text, const char *key, int least, int most, int *ret_value)
{
	size_t len = strlen(key);
	char *end;
	long number;

	if (strncmp(text, key, len) != 0 || text[len] != '=')
		return -ENOENT;
	text += len + 1;
	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtol(text, &end, 10);
	if (*end || errno || number < least || number > most)
		return -EINVAL;
	*ret_value = (int)number;
	return 0;
}

static int read_settings(const struct device_options *options, int *ret_poll_ms,
			 int *ret_timeout_ms, char *ret_error, size_t error_size)
{
	for (size_t i = 0; i < options->setting_count; i++) {
		const char *text = options->settings[i];
		int r = read_setting(text, "poll_ms", 5, 5000, ret_poll_ms);

		if (r == -ENOENT)
			r = read_setting(text, "timeout_ms", 20, 5000, ret_timeout_ms);
		if (r == 0)
			continue;
		snprintf(ret_error, error_size,
			 r == -ENOENT
				 ? "%s: 没有这个设置 unknown setting \"%.60s\"; 可用 there are "
				   "poll_ms=5..5000 timeout_ms=20..5000"
				 : "%s: 值不可用 no such value: \"%.60s\"; 可用 there are "
				   "poll_ms=5..5000 timeout_ms=20..5000",
			 options->name, text);
		return -EINVAL;
	}
	return 0;
}

static int keypad_probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, "modbus-keypad") == 0 ? 0 : -ENODEV;
}

static int keypad_create(struct device **ret_device, const struct device_options *options,
			 const struct driver_host *host, void *user, char *ret_error,
			 size_t error_size)
{
	int poll_ms = options->model->u.keypad.panel ? POLL_PANEL_MS : POLL_DEFAULT_MS;
	int timeout_ms = TIMEOUT_DEFAULT_MS;
	struct device *device;
	int r;

	if (options->address < 1 || options->address > 247) {
		snprintf(ret_error, error_size,
			 "%s: 地址须为 1 至 247 a Modbus address is 1 to 247", options->name);
		return -EINVAL;
	}
	r = read_settings(options, &poll_ms, &timeout_ms, ret_error, error_size);
	if (r < 0)
		return r;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->host = host;
	device->user = user;
	device->address = options->address;
	device->poll_us = (int64_t)poll_ms * US_PER_MS;
	device->timeout_us = (uint32_t)timeout_ms * US_PER_MS;
	*ret_device = device;
	return 0;
}

static void keypad_remove(struct device *device)
{
	free(device);
}

/* ---- upward ---- */

static void tell_health(struct device *device, enum device_health health, const char *detail)
{
	if (health == device->told_health && strcmp(detail, device->told_detail) == 0)
		return;
	device->told_health = health;
	snprintf(device->told_detail, sizeof(device->told_detail), "%s", detail);
	device->host->health(device->user, health, device->told_detail);
}

static void tell_press(struct device *device, int64_t now_us)
{
	const struct keypad_modbus_event *event = &device->event;
	struct key_press press = {
		.nonce = event->nonce,
		.sequence = event->sequence,
		.key = (enum device_key)event->key,
		.argument = event->argument,
		.age_ms = event->age_ms + (uint32_t)((now_us - device->event_us) / US_PER_MS),
	};

	device->tell_us = now_us + RETELL_US;
	device->host->key(device->user, &press);
}

/* ---- jobs ---- */

static bool same_press(const struct key_answer *answer, const struct keypad_modbus_event *event)
{
	return answer->nonce == event->nonce && answer->sequence == event->sequence;
}

static int take_answer(struct device *device, const struct key_answer *answer)
{
	if (answer->result > KEY_UNAVAILABLE)
		return -EINVAL;
	if (device->press == PRESS_ANSWERED)
		return 0; /* a repetition; the answer on its way stays */
	device->remembered = true;
	device->last = *answer;
	if (device->press == PRESS_TOLD && same_press(answer, &device->event)) {
		device->press = PRESS_ANSWERED;
		device->host->changed(device->user);
	}
	return 0;
}

static int take_display(struct device *device, const struct keypad_display *display)
{
	struct keypad_display wanted = *display;

	wanted.number[sizeof(wanted.number) - 1] = '\0';
	if (device->display_wanted && device->display.waiting == wanted.waiting &&
	    strcmp(device->display.number, wanted.number) == 0)
		return 0;
	device->display_wanted = true;
	device->display.waiting = wanted.waiting;
	snprintf(device->display.number, sizeof(device->display.number), "%s", wanted.number);
	device->display_generation++;
	if (device->up)
		device->host->changed(device->user);
	return 0;
}

static int keypad_submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	(void)now_us;
	if (job->kind == JOB_KEY_ANSWER)
		return take_answer(device, &job->u.answer);
	if (job->kind == JOB_DISPLAY)
		return take_display(device, &job->u.display);
	return -EOPNOTSUPP;
}

/* ---- time ---- */

static bool display_due(const struct device *device, int64_t now_us)
{
	return device->display_wanted && (device->display_generation != device->shown_generation ||
					  now_us >= device->display_again_us);
}

static int64_t keypad_deadline(const struct device *device)
{
	int64_t deadline;

	if (!device->up)
		return DRIVER_NO_DEADLINE;
	deadline = device->poll_due_us;
	if (device->press == PRESS_TOLD && device->tell_us < deadline)
		deadline = device->tell_us;
	return deadline;
}

static void keypad_tick(struct device *device, int64_t now_us)
{
	if (device->up && device->press == PRESS_TOLD && now_us >= device->tell_us)
		tell_press(device, now_us);
}

static void display_is_lost(struct device *device)
{
	device->shown_generation = device->display_generation - 1;
	device->shown_known = false;
}

static void keypad_link_up(struct device *device, int64_t now_us)
{
	device->up = true;
	device->poll_due_us = now_us;
	device->tell_us = now_us;
	device->status = 0;
	device->read_status = 0;
	device->read_wanted = false;
	device->misfit = false;
	device->fits = false;
	device->misses = 0;
	display_is_lost(device);
	tell_health(device, HEALTH_UNKNOWN, "");
	device->host->changed(device->user);
}

static void keypad_link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = false;
	tell_health(device, HEALTH_GONE, "the line is closed");
}

/* ---- exchanges ---- */

static int match_reply(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	switch (exchange->command) {
	case COMMAND_POLL: return keypad_modbus_match_poll(exchange->address, bytes, len);
	case COMMAND_EVENT: return keypad_modbus_match_event(exchange->address, bytes, len);
	case COMMAND_PRESS: return keypad_modbus_match_press(exchange->address, bytes, len);
	case COMMAND_ANSWER: return keypad_modbus_match_answer(exchange->address, bytes, len);
	case COMMAND_WAITING: return keypad_modbus_match_waiting(exchange->address, bytes, len);
	default: return keypad_modbus_match_display(exchange->address, bytes, len);
	}
}

/* No quiet time of its own behind an answer: our keypads find a frame by its length and its CRC,
 * and what the line keeps between two exchanges is enough. */
static void prepare(const struct device *device, uint8_t command, enum exchange_priority priority,
		    struct exchange *ret)
{
	ret->priority = priority;
	ret->reply_wanted = true;
	ret->match = match_reply;
	ret->timeout_us = device->timeout_us;
	ret->address = device->address;
	ret->command = command;
	ret->tag = device->display_generation;
}

static void offer_display(const struct device *device, int64_t now_us, struct exchange *ret)
{
	const struct keypad_display *display = &device->display;

	if (device->shown_known && now_us < device->display_again_us &&
	    strcmp(device->shown_number, display->number) == 0) {
		prepare(device, COMMAND_WAITING, EXCHANGE_REFRESH, ret);
		ret->len = keypad_modbus_write_waiting(device->address, display->waiting,
						       ret->bytes, sizeof(ret->bytes));
		return;
	}
	prepare(device, COMMAND_DISPLAY, EXCHANGE_REFRESH, ret);
	ret->len = keypad_modbus_write_display(device->address, display->waiting, display->number,
					       ret->bytes, sizeof(ret->bytes));
}

static int keypad_next_background(struct device *device, int64_t now_us, struct exchange *ret)
{
	if (!device->up || !display_due(device, now_us))
		return -EAGAIN;
	offer_display(device, now_us, ret);
	return 0;
}

static int keypad_next(struct device *device, int64_t now_us, struct exchange *ret)
{
	if (!device->up)
		return -EAGAIN;
	if (device->press == PRESS_ANSWERED) {
		prepare(device, COMMAND_ANSWER, EXCHANGE_CALL, ret);
		ret->len =
			keypad_modbus_write_answer(device->address, device->last.nonce,
						   device->last.sequence,
						   (enum keypad_modbus_result)device->last.result,
						   ret->bytes, sizeof(ret->bytes));
		return 0;
	}
	if (device->read_wanted) {
		prepare(device, device->fits ? COMMAND_PRESS : COMMAND_EVENT, EXCHANGE_CALL, ret);
		ret->len = device->fits ? keypad_modbus_read_press(device->address, ret->bytes,
								   sizeof(ret->bytes))
					: keypad_modbus_read_event(device->address, ret->bytes,
								   sizeof(ret->bytes));
		return 0;
	}
	if (now_us >= device->poll_due_us) {
		prepare(device, COMMAND_POLL, EXCHANGE_POLL, ret);
		ret->len = keypad_modbus_poll(device->address, ret->bytes, sizeof(ret->bytes));
		return 0;
	}
	return keypad_next_background(device, now_us, ret);
}

static bool known_key(uint16_t key)
{
	return (key >= KEY_SIGN_IN && key <= KEY_HELP) || key == KEY_TAKE_NUMBER;
}

static void poll_answered(struct device *device, const uint8_t *reply, size_t len, int64_t now_us)
{
	uint16_t status;
	int r;

	device->poll_due_us = now_us + device->poll_us;
	r = keypad_modbus_parse_poll(reply, len, &status);
	if (r < 0) {
		device->poll_due_us = now_us + REFUSED_PAUSE_US;
		tell_health(device, HEALTH_FAILED, "refuses to be polled: not one of our keypads");
		return;
	}
	if (!device->misfit)
		tell_health(device, HEALTH_OK, "");
	if (status == 0) {
		/* Whatever waited was taken back: the keypad was restarted. */
		if (device->press == PRESS_TOLD)
			device->press = PRESS_NONE;
		device->read_status = 0;
		return;
	}
	if (status == device->read_status && now_us < device->reread_us)
		return;
	device->status = status;
	device->read_wanted = true;
}

static void event_answered(struct device *device, bool whole, const uint8_t *reply, size_t len,
			   int64_t now_us)
{
	struct keypad_modbus_event event;
	bool told;
	int r;

	device->read_wanted = false;
	device->read_status = device->status;
	device->reread_us = now_us + RETELL_US;
	r = whole ? keypad_modbus_parse_event(reply, len, &event)
		  : keypad_modbus_parse_press(reply, len, &event);
	device->fits = r == 0;
	device->misfit = r == -EPROTONOSUPPORT;
	if (device->misfit)
		tell_health(device, HEALTH_FAILED, "speaks another version of the keypad profile");
	if (r < 0 || event.key == KEY_NONE)
		return;
	if (device->nonce_known && device->nonce != event.nonce)
		display_is_lost(device);
	device->nonce_known = true;
	device->nonce = event.nonce;
	if (device->remembered && same_press(&device->last, &event)) {
		device->event = event;
		device->press = PRESS_ANSWERED;
		return;
	}
	told = device->press == PRESS_TOLD && device->event.nonce == event.nonce &&
	       device->event.sequence == event.sequence;
	if (told)
		return;
	device->event = event;
	device->event_us = now_us;
	device->press = PRESS_TOLD;
	if (known_key(event.key)) {
		tell_press(device, now_us);
		return;
	}
	device->remembered = true;
	device->last = (struct key_answer){event.nonce, event.sequence, KEY_REFUSED};
	device->press = PRESS_ANSWERED;
}

static void display_answered(struct device *device, const struct exchange *exchange, int64_t now_us)
{
	/* A refusal is final too: the keypad has no such display. */
	device->shown_generation = exchange->tag;
	if (exchange->command == COMMAND_WAITING)
		return; /* the whole of it is still written again when its time comes */
	device->display_again_us = now_us + DISPLAY_AGAIN_US;
	/* A number that changed meanwhile is not the one that was sent. */
	device->shown_known = exchange->tag == device->display_generation;
	if (device->shown_known)
		memcpy(device->shown_number, device->display.number, sizeof(device->shown_number));
}

static void ended_badly(struct device *device, enum exchange_end end, int64_t now_us)
{
	/* Away for a moment, perhaps without current. */
	display_is_lost(device);
	device->fits = false;
	device->poll_due_us = now_us;
	if (device->misses < TRIES)
		device->misses++;
	if (device->misses < TRIES)
		return;
	device->read_wanted = false;
	tell_health(device, HEALTH_FAILED,
		    end == EXCHANGE_GARBAGE ? "answers make no sense: wrong speed or noise"
					    : "no answer: cable or power");
}

static void keypad_ended(struct device *device, const struct exchange *exchange,
			 enum exchange_end end, const uint8_t *reply, size_t len, int64_t now_us)
{
	if (end == EXCHANGE_LINE_DOWN)
		return; /* nothing is known of the keypad */
	if (end != EXCHANGE_ANSWERED) {
		ended_badly(device, end, now_us);
		return;
	}
	device->misses = 0;
	switch (exchange->command) {
	case COMMAND_POLL: poll_answered(device, reply, len, now_us); break;
	case COMMAND_EVENT:
	case COMMAND_PRESS:
		event_answered(device, exchange->command == COMMAND_EVENT, reply, len, now_us);
		break;
	case COMMAND_ANSWER:
		device->press = PRESS_NONE;
		device->poll_due_us = now_us; /* the next press may be waiting behind it */
		break;
	case COMMAND_WAITING:
	case COMMAND_DISPLAY: display_answered(device, exchange, now_us); break;
	}
}

const struct driver modbus_keypad_driver = {
	.name = "modbus-keypad",
	.description = "window keypads and dispenser panels on Modbus RTU",
	.class = DEVICE_KEYPAD,
	.link = LINK_LINE,
	.maturity = MATURITY_SIMULATED,
	.models = models,
	.model_count = sizeof(models) / sizeof(models[0]),
	.probe = keypad_probe,
	.create = keypad_create,
	.remove = keypad_remove,
	.submit = keypad_submit,
	.deadline = keypad_deadline,
	.tick = keypad_tick,
	.link_up = keypad_link_up,
	.link_down = keypad_link_down,
	.next = keypad_next,
	.next_background = keypad_next_background,
	.ended = keypad_ended,
};
