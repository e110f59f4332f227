/* The probe: reads a line, does it, answers with one line (dots: one more for each row of dots). */
#include "firmware-host/app/probe.h"

#include <string.h>

void probe_say(struct probe *probe, const char *text)
{
	probe->uart.send(probe->uart.port, (const uint8_t *)text, strlen(text));
}

void probe_say_number(struct probe *probe, uint32_t number)
{
	char text[11], *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	probe_say(probe, at);
}

static void say_digits(struct probe *probe, uint32_t number, int digits)
{
	char text[9];

	for (int i = 0; i < digits; i++)
		text[i] = "0123456789abcdef"[number >> (4 * (digits - 1 - i)) & 15];
	text[digits] = '\0';
	probe_say(probe, text);
}

void probe_say_hex(struct probe *probe, uint32_t number)
{
	say_digits(probe, number, 8);
}

static uint32_t now_ms(const struct probe *probe)
{
	return probe->held ? probe->held_ms : probe->time->now_ms(probe->time->port);
}

void probe_greet(struct probe *probe)
{
	probe_say(probe, "ready ");
	probe_say(probe, probe->device->kind->name);
	probe_say(probe, " boots ");
	probe_say_number(probe, probe->device->boots);
	probe_say(probe, "\n");
}

static uint32_t take_number(const char **at, unsigned base)
{
	uint32_t number = 0;

	while (**at == ' ')
		++*at;
	for (; **at && **at != ' '; ++*at) {
		char c = **at;
		unsigned digit = 99;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a' + 10);
		if (digit < base)
			number = number * base + digit;
	}
	return number;
}

/* As if the main loop had run once in each of so many milliseconds. */
static void pass(struct probe *probe, uint32_t ms)
{
	for (; ms; ms--) {
		probe->held_ms++;
		device_tick(probe->device, probe->held_ms);
		probe->time->feed_watchdog(probe->time->port);
	}
	probe_say(probe, "ok\n");
}

static void say_dots(struct probe *probe)
{
	const struct screen *screen = probe->device->kind->screen
					      ? probe->device->kind->screen(probe->device->state)
					      : NULL;

	if (!screen) {
		probe_say(probe, "none\n");
		return;
	}
	probe_say(probe, "dots ");
	probe_say_number(probe, screen->settings.width);
	probe_say(probe, " ");
	probe_say_number(probe, screen->settings.height);
	probe_say(probe, " ");
	probe_say_number(probe, screen->revision);
	probe_say(probe, "\n");
	for (int y = 0; y < screen->settings.height; y++) {
		for (int x = 0; x < screen->settings.width / 8; x++)
			say_digits(probe, screen->dots[y][x], 2);
		probe_say(probe, "\n");
	}
}

static void say_display(struct probe *probe)
{
	const struct device_kind *kind = probe->device->kind;
	char number[9];

	if (!kind->display) {
		probe_say(probe, "none\n");
		return;
	}
	probe_say(probe, "display ");
	probe_say_number(probe, kind->display(probe->device->state, number));
	probe_say(probe, " ");
	probe_say(probe, number);
	probe_say(probe, "\n");
}

static void say_value(struct probe *probe, const char *name, uint32_t value)
{
	probe_say(probe, name);
	probe_say(probe, " ");
	probe_say_number(probe, value);
	probe_say(probe, "\n");
}

/* key KEY ARGUMENT DOWN */
static void contact(struct probe *probe, const char *at)
{
	uint16_t key = (uint16_t)take_number(&at, 10);
	uint16_t argument = (uint16_t)take_number(&at, 10);
	bool down = take_number(&at, 10);

	if (probe->device->kind->contact)
		probe->device->kind->contact(probe->device->state, key, argument, down,
					     now_ms(probe));
	probe_say(probe, probe->device->kind->contact ? "ok\n" : "none\n");
}

/* The kind is started anew with it, as after power-on. */
static void set_nonce(struct probe *probe, const char *at)
{
	struct device *device = probe->device;

	device->nonce = take_number(&at, 16);
	device->kind->start(device->state, device, now_ms(probe));
	probe_say(probe, "ok\n");
}

/* What follows the word, if line begins with it. */
static const char *behind(const char *line, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(line, word, len) != 0 || (line[len] && line[len] != ' '))
		return NULL;
	return line + len;
}

static void obey(struct probe *probe, const char *line)
{
	const char *rest;

	if (behind(line, "hold")) {
		probe->held_ms = now_ms(probe);
		probe->held = true;
		probe_say(probe, "ok\n");
	} else if ((rest = behind(line, "pass"))) {
		pass(probe, probe->held ? take_number(&rest, 10) : 0);
	} else if ((rest = behind(line, "heard"))) {
		probe->awaited = take_number(&rest, 10);
		probe->waits = true;
	} else if (behind(line, "sent")) {
		say_value(probe, "sent", probe->sent);
	} else if (behind(line, "now")) {
		say_value(probe, "now", now_ms(probe));
	} else if (behind(line, "dots")) {
		say_dots(probe);
	} else if (behind(line, "display")) {
		say_display(probe);
	} else if ((rest = behind(line, "key"))) {
		contact(probe, rest);
	} else if ((rest = behind(line, "nonce"))) {
		set_nonce(probe, rest);
	} else if (!probe->extra || !probe->extra(probe, line)) {
		probe_say(probe, "unknown\n");
	}
}

static void receive(struct probe *probe, uint8_t byte)
{
	if (byte != '\n') {
		if (probe->len < sizeof(probe->text) - 1)
			probe->text[probe->len++] = (char)byte;
		return;
	}
	probe->text[probe->len] = '\0';
	probe->len = 0;
	obey(probe, probe->text);
}

static void step(void *user)
{
	struct probe *probe = user;
	int byte;

	if (probe->waits && probe->heard >= probe->awaited) {
		probe->waits = false;
		say_value(probe, "heard", probe->heard);
	}
	while ((byte = probe->received.take(probe->received.port)) >= 0)
		receive(probe, (uint8_t)byte);
}

static uint32_t watched_ms(void *user)
{
	return now_ms(user);
}

static void heard(void *user)
{
	struct probe *probe = user;

	probe->heard++;
}

static void count_sent(void *port, const uint8_t *bytes, size_t len)
{
	struct probe *probe = port;

	probe->sent += (uint32_t)len;
	probe->line.send(probe->line.port, bytes, len);
}

void probe_attach(struct probe *probe, struct device_hal *hal, struct loop *loop)
{
	probe->line = hal->line;
	hal->line = (struct hal_uart){count_sent, probe};
	probe->watch = (struct loop_watch){watched_ms, heard, step, probe};
	loop->watch = &probe->watch;
}
