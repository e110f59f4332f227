/* Plain ASCII keypads as a driver: they send a character for each key, unasked, on a line of their
 * own. A press gets the name (nonce, sequence) here, at the moment at which it is read: the pad has
 * none. It is told upward until it is answered; presses behind it wait in a short queue. What is
 * sent to the pad (its display, a beep) is blind. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "drivers/keypad/ascii/protocol.h"

_Static_assert((int)ASCII_HELP == (int)KEY_HELP && (int)ASCII_CALL_NUMBER == (int)KEY_CALL_NUMBER &&
		       (int)ASCII_NONE == (int)KEY_NONE,
	       "the same numbers");

enum {
	QUEUE = 8,
	RETELL_US = 1000000,
	DISPLAY_AGAIN_US = 60000000, /* a pad that was without current has lost it */
	US_PER_MS = 1000,
	RESULTS = KEY_UNAVAILABLE + 1,
};
enum { SEND_NONE = 0, SEND_ANSWER, SEND_DISPLAY };

struct waiting_press {
	uint32_t nonce;
	uint16_t sequence;
	struct keypad_ascii_key key;
	int64_t at_us;
};

struct device {
	const struct driver_host *host;
	void *user;
	bool up;
	struct keypad_ascii_settings settings;
	struct keypad_ascii_reader reader;
	struct waiting_press queue[QUEUE]; /* the oldest is with the host */
	size_t queued;
	uint16_t sequence;
	int64_t tell_us;

	char display_text[KEYPAD_ASCII_TEMPLATE]; /* "": it has none */
	char answers[RESULTS][KEYPAD_ASCII_TEMPLATE];
	struct keypad_display display;
	bool display_known;
	uint32_t display_generation, shown_generation;
	int64_t display_again_us;
	bool answer_due;
	enum key_result answer;

	enum device_health told_health;
	char told_detail[DEVICE_DETAIL_SIZE];
};

static const struct device_model models[] = {
	{.name = "pad",
	 .description = "figures, * and #, a character for each key, unasked",
	 .description_zh = "数字、* 和 #，每键主动发送一个字符",
	 .u.keypad = {.unasked = true}},
	{.name = "pad-display",
	 .description = "the same with a display of one line",
	 .description_zh = "同上，带一行显示",
	 .u.keypad = {.unasked = true, .display_columns = 8}},
};

/* ---- made and removed ---- */

static int read_ms(const char *text, int64_t least, int64_t most, int64_t *ret_us)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || number < least || number > most)
		return -EINVAL;
	*ret_us = (int64_t)number * US_PER_MS;
	return 0;
}

static int read_template(const char *text, char ret[KEYPAD_ASCII_TEMPLATE])
{
	uint8_t bytes[KEYPAD_ASCII_SENTENCE];

	if (strlen(text) >= KEYPAD_ASCII_TEMPLATE ||
	    keypad_ascii_write(text, "AAA9999", UINT16_MAX, bytes, sizeof(bytes)) < 0)
		return -EINVAL;
	snprintf(ret, KEYPAD_ASCII_TEMPLATE, "%s", text);
	return 0;
}

/* -ENOENT: not this one. */
static int read_setting(struct device *device, const char *key, const char *value)
{
	static const char *const answers[RESULTS] = {"done", "refused", "nobody", "unavailable"};

	if (!strcmp(key, "entry_ms"))
		return read_ms(value, 500, 60000, &device->settings.entry_us);
	if (!strcmp(key, "repeat_ms"))
		return read_ms(value, 0, 5000, &device->settings.repeat_us);
	if (!strcmp(key, "bounce_ms"))
		return read_ms(value, 0, 500, &device->settings.bounce_us);
	if (!strcmp(key, "display"))
		return read_template(value, device->display_text);
	for (int i = 0; i < RESULTS; i++)
		if (!strcmp(key, answers[i]))
			return read_template(value, device->answers[i]);
	return -ENOENT;
}

/* "keys" is a list of CHARACTER=MEANING with blanks between. */
static int read_keys(struct device *device, const char *list)
{
	char one[32];

	while (*list) {
		size_t len = strcspn(list, " ");
		int r;

		if (len >= sizeof(one))
			return -EINVAL;
		memcpy(one, list, len);
		one[len] = '\0';
		r = len ? keypad_ascii_map(&device->settings, one) : 0;
		if (r < 0)
			return r;
		list += len + (list[len] == ' ');
	}
	return 0;
}

static int read_settings(struct device *device, const struct device_options *options,
			 char *ret_error, size_t error_size)
{
	for (size_t i = 0; i < options->setting_count; i++) {
		const char *text = options->settings[i];
		const char *value = strchr(text, '=');
		char key[16] = "";
		int r = -ENOENT;

		if (value && (size_t)(value - text) < sizeof(key)) {
			memcpy(key, text, (size_t)(value - text));
			r = !strcmp(key, "keys") ? read_keys(device, value + 1)
						 : read_setting(device, key, value + 1);
		}
		if (r == 0)
			continue;
		snprintf(
			ret_error, error_size,
			r == -ENOENT
				? "%s: 没有这个设置 unknown setting \"%.60s\"; 可用 there are "
				  "keys, "
				  "entry_ms, repeat_ms, bounce_ms, display, done, refused, nobody, "
				  "unavailable"
				: "%s: %.60s：值不可用，可用 no such value, there are "
				  "keys=\"A=start +=call-next\" entry_ms=500..60000 "
				  "repeat_ms=0..5000 bounce_ms=0..500; 详见 see "
				  "drivers/keypad/ascii/README.md",
			options->name, text);
		return -EINVAL;
	}
	return 0;
}

static int ascii_probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, "ascii-keypad") == 0 ? 0 : -ENODEV;
}

static void ascii_remove(struct device *device)
{
	free(device);
}

static int ascii_create(struct device **ret_device, const struct device_options *options,
			const struct driver_host *host, void *user, char *ret_error,
			size_t error_size)
{
	struct device *device;
	int r;

	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->host = host;
	device->user = user;
	keypad_ascii_defaults(&device->settings);
	if (options->model && options->model->u.keypad.display_columns)
		snprintf(device->display_text, sizeof(device->display_text),
			 "{number} {waiting}\\r\\n");
	r = read_settings(device, options, ret_error, error_size);
	if (r < 0) {
		ascii_remove(device);
		return r;
	}
	*ret_device = device;
	return 0;
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
	const struct waiting_press *first = &device->queue[0];
	const struct key_press press = {
		.nonce = first->nonce,
		.sequence = first->sequence,
		.key = (enum device_key)first->key.key,
		.argument = first->key.argument,
		.age_ms = (uint32_t)((now_us - first->at_us) / US_PER_MS),
	};

	device->tell_us = now_us + RETELL_US;
	device->host->key(device->user, &press);
}

/* A name that no earlier press has, of an earlier process either: the moment, well mixed (the
 * finalizer of MurmurHash3), and a counter. */
static uint32_t name_of(int64_t now_us)
{
	uint64_t mix = (uint64_t)now_us;

	mix = (mix ^ mix >> 33) * 0xff51afd7ed558ccdu;
	mix = (mix ^ mix >> 33) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(mix ^ mix >> 33);
}

static void give_answer(struct device *device, enum key_result result)
{
	device->answer = result;
	device->answer_due = device->answers[result][0] != '\0';
	if (device->answer_due)
		device->host->changed(device->user);
}

static void add_press(struct device *device, const struct keypad_ascii_key *key, int64_t now_us)
{
	if (key->too_long || device->queued == QUEUE) {
		give_answer(device, KEY_REFUSED);
		return;
	}
	device->queue[device->queued++] = (struct waiting_press){
		.nonce = name_of(now_us),
		.sequence = ++device->sequence,
		.key = *key,
		.at_us = now_us,
	};
	if (device->queued == 1)
		tell_press(device, now_us);
}

static void ascii_heard(struct device *device, const uint8_t *bytes, size_t len, int64_t now_us)
{
	for (size_t i = 0; i < len; i++) {
		struct keypad_ascii_key key;

		if (keypad_ascii_take(&device->reader, &device->settings, bytes[i], now_us, &key))
			add_press(device, &key, now_us);
	}
	tell_health(device, HEALTH_OK, "");
}

/* ---- jobs ---- */

static int take_answer(struct device *device, const struct key_answer *answer)
{
	const struct waiting_press *first = &device->queue[0];

	if (answer->result > KEY_UNAVAILABLE)
		return -EINVAL;
	if (!device->queued || first->nonce != answer->nonce || first->sequence != answer->sequence)
		return 0; /* of a press that was answered before */
	device->queued--;
	memmove(device->queue, device->queue + 1, device->queued * sizeof(device->queue[0]));
	device->tell_us = 0; /* the one behind it is told now */
	give_answer(device, answer->result);
	device->host->changed(device->user);
	return 0;
}

static int ascii_submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	(void)now_us;
	switch (job->kind) {
	case JOB_KEY_ANSWER: return take_answer(device, &job->u.answer);
	case JOB_DISPLAY:
		device->display = job->u.display;
		device->display_known = true;
		device->display_generation++;
		device->host->changed(device->user);
		return 0;
	default: return -EOPNOTSUPP;
	}
}

static int64_t ascii_deadline(const struct device *device)
{
	int64_t deadline = DRIVER_NO_DEADLINE;

	if (!device->up)
		return deadline;
	if (device->queued)
		deadline = device->tell_us;
	if (device->display_known && device->display_text[0] && device->display_again_us < deadline)
		deadline = device->display_again_us;
	return deadline;
}

static void ascii_tick(struct device *device, int64_t now_us)
{
	if (device->up && device->queued && now_us >= device->tell_us)
		tell_press(device, now_us);
	if (now_us < device->display_again_us || !device->display_known)
		return;
	device->display_again_us = now_us + DISPLAY_AGAIN_US;
	device->display_generation++;
	device->host->changed(device->user);
}

static void ascii_link_up(struct device *device, int64_t now_us)
{
	device->up = true;
	device->reader = (struct keypad_ascii_reader){0};
	device->shown_generation = device->display_generation - 1;
	device->display_again_us = now_us + DISPLAY_AGAIN_US;
	device->tell_us = now_us;
	tell_health(device, HEALTH_UNKNOWN, "");
	device->host->changed(device->user);
}

/* Figures that were typed are not worth much any more; presses that were read are still told. */
static void ascii_link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = false;
	device->answer_due = false;
	tell_health(device, HEALTH_GONE, "the line is closed");
}

/* ---- exchanges ---- */

static int ascii_next(struct device *device, int64_t now_us, struct exchange *ret)
{
	const char *sentence = NULL;
	int len;

	(void)now_us;
	if (!device->up)
		return -EAGAIN;
	if (device->answer_due)
		sentence = device->answers[device->answer];
	else if (device->display_known && device->display_text[0] &&
		 device->shown_generation != device->display_generation)
		sentence = device->display_text;
	if (!sentence)
		return -EAGAIN;
	ret->priority = device->answer_due ? EXCHANGE_CALL : EXCHANGE_REFRESH;
	ret->reply_wanted = false;
	ret->match = NULL;
	ret->timeout_us = ret->turnround_us = 0;
	ret->address = 0;
	ret->command = device->answer_due ? SEND_ANSWER : SEND_DISPLAY;
	ret->tag = device->display_generation;
	len = keypad_ascii_write(sentence, device->display.number, device->display.waiting,
				 ret->bytes, sizeof(ret->bytes));
	ret->len = len > 0 ? (size_t)len : 0;
	if (len > 0)
		return 0;
	/* A sentence of a number alone, and there is none. */
	device->answer_due = false;
	return -EAGAIN;
}

static void ascii_ended(struct device *device, const struct exchange *exchange,
			enum exchange_end end, const uint8_t *reply, size_t len, int64_t now_us)
{
	(void)reply;
	(void)len;
	(void)now_us;
	if (end == EXCHANGE_LINE_DOWN)
		return;
	if (exchange->command == SEND_ANSWER)
		device->answer_due = false;
	else
		device->shown_generation = exchange->tag;
}

const struct driver ascii_keypad_driver = {
	.name = "ascii-keypad",
	.description = "plain keypads that send a character for each key",
	.class = DEVICE_KEYPAD,
	.link = LINK_LINE,
	.maturity = MATURITY_SIMULATED,
	.models = models,
	.model_count = sizeof(models) / sizeof(models[0]),
	.probe = ascii_probe,
	.create = ascii_create,
	.remove = ascii_remove,
	.submit = ascii_submit,
	.deadline = ascii_deadline,
	.tick = ascii_tick,
	.link_up = ascii_link_up,
	.link_down = ascii_link_down,
	.next = ascii_next,
	.ended = ascii_ended,
	.heard = ascii_heard,
};
