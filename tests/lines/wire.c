/* The wire: talks that begin and end, what is spoilt on the way, and who hears it. */
#include "tests/lines/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOBODY = WIRE_ENDS };

static void die(const char *what)
{
	fprintf(stderr, "lines: %s\n", what);
	abort();
}

uint64_t wire_random(struct wire *wire)
{
	uint64_t z = (wire->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int64_t wire_below(struct wire *wire, int64_t n)
{
	return (int64_t)(wire_random(wire) % (uint64_t)n);
}

static bool by_chance(struct wire *wire, double p)
{
	return (double)(wire_random(wire) >> 11) / 9007199254740992.0 < p;
}

void wire_init(struct wire *wire, uint32_t baud, uint64_t seed)
{
	memset(wire, 0, sizeof(*wire));
	wire->baud = baud;
	wire->random = seed;
	wire->turn_us = 10 * MS;
	wire->piece_us = 16 * MS;
	wire->now_us = 1 * S;
}

int64_t wire_time_us(const struct wire *wire, size_t len)
{
	return ((int64_t)len * WIRE_BITS * S + wire->baud - 1) / wire->baud;
}

/* ---- ends ---- */

static uint32_t firmware_ms(int64_t us)
{
	return (uint32_t)(us / MS);
}

static void end_send(void *port, const uint8_t *bytes, size_t len)
{
	struct wire_end *end = port;

	if (end->sent_len + len > sizeof(end->sent))
		die("a device sends too much at once");
	memcpy(end->sent + end->sent_len, bytes, len);
	end->sent_len += len;
}

struct wire_end *wire_board(struct wire *wire, bool acknowledges)
{
	struct wire_end *end = &wire->ends[wire->count];
	struct board_settings settings = {.address = (uint8_t)(++wire->count),
					  .width = 256,
					  .height = 16,
					  .acknowledges = acknowledges};

	*end = (struct wire_end){0};
	board_init(&end->board, &settings, (struct hal_uart){end_send, end},
		   firmware_ms(wire->now_us));
	return end;
}

struct wire_end *wire_keypad(struct wire *wire, uint16_t kind)
{
	struct wire_end *end = &wire->ends[wire->count];
	struct keypad_settings settings = {.address = (uint8_t)(++wire->count),
					   .kind = kind,
					   .nonce = (uint32_t)wire_random(wire)};

	*end = (struct wire_end){.is_keypad = true};
	keypad_init(&end->keypad, &settings, (struct hal_uart){end_send, end});
	return end;
}

void wire_power_on(struct wire *wire, size_t index)
{
	struct wire_end *end = &wire->ends[index];

	end->dead = false;
	if (end->is_keypad) {
		struct keypad_settings settings = end->keypad.settings;

		settings.nonce = (uint32_t)wire_random(wire);
		keypad_init(&end->keypad, &settings, end->keypad.uart);
	} else {
		struct board_settings settings = end->board.settings;

		board_init(&end->board, &settings, end->board.uart, firmware_ms(wire->now_us));
	}
}

void wire_shown(const struct wire *wire, size_t index, char *ret, size_t size)
{
	const struct board *board = &wire->ends[index].board;
	size_t len = board->painted ? board->shown.len : 0;

	while (len > 0 && board->shown.text[len - 1] == ' ')
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(ret, board->shown.text, len);
	ret[len] = '\0';
}

static void hear(struct wire *wire, struct wire_end *end, const uint8_t *bytes, size_t len)
{
	uint32_t texts = end->board.texts;

	end->sent_len = 0;
	for (size_t i = 0; i < len; i++) {
		uint32_t at = firmware_ms(wire->now_us - wire_time_us(wire, len - 1 - i));

		if (end->is_keypad)
			keypad_receive(&end->keypad, bytes[i], at);
		else
			board_receive(&end->board, bytes[i], at);
	}
	if (!end->is_keypad && end->board.texts != texts) {
		end->texts += end->board.texts - texts;
		end->heard_us = wire->now_us;
	}
}

static void tick_key(void *user, int64_t index)
{
	struct wire *wire = user;

	keypad_tick(&wire->ends[index].keypad, firmware_ms(wire->now_us));
}

static void release_key(void *user, int64_t index)
{
	struct wire *wire = user;
	struct keypad *keypad = &wire->ends[index].keypad;

	keypad_contact(keypad, keypad->down_key, keypad->down_argument, false,
		       firmware_ms(wire->now_us));
}

void wire_press(struct wire *wire, size_t index, uint16_t key, uint16_t argument)
{
	keypad_contact(&wire->ends[index].keypad, key, argument, true, firmware_ms(wire->now_us));
	wire_at(wire, wire->now_us + KEYPAD_DEBOUNCE_MS * MS, tick_key, (int64_t)index);
	wire_at(wire, wire->now_us + 60 * MS, release_key, (int64_t)index);
	wire_at(wire, wire->now_us + (60 + KEYPAD_DEBOUNCE_MS) * MS, tick_key, (int64_t)index);
}

/* ---- talking ---- */

static struct wire_talk *start(struct wire *wire, size_t from, const uint8_t *bytes, size_t len,
			       int64_t from_us)
{
	struct wire_talk *talk = NULL;

	for (size_t i = 0; i < WIRE_TALKS && !talk; i++)
		if (!wire->talks[i].used)
			talk = &wire->talks[i];
	if (!talk || len > sizeof(talk->bytes))
		die("too many talk at once");
	*talk = (struct wire_talk){.used = true,
				   .from = from,
				   .from_us = from_us,
				   .to_us = from_us + wire_time_us(wire, len),
				   .piece_us = INT64_MAX,
				   .len = len};
	memcpy(talk->bytes, bytes, len);
	for (size_t i = 0; wire->noise > 0 && i < len; i++)
		if (by_chance(wire, wire->noise))
			talk->bytes[i] ^= (uint8_t)(1 + wire_below(wire, 255));
	if (from != NOBODY || wire->echo)
		talk->piece_us = talk->to_us < from_us + wire->piece_us ? talk->to_us
									: from_us + wire->piece_us;
	for (size_t i = 0; i < WIRE_TALKS; i++) {
		struct wire_talk *other = &wire->talks[i];

		if (!other->used || other == talk || other->to_us <= from_us ||
		    other->from_us >= talk->to_us)
			continue;
		wire->collisions++;
		for (size_t k = other->given; k < other->len; k++)
			other->bytes[k] = (uint8_t)wire_random(wire);
		for (size_t k = 0; k < len; k++)
			talk->bytes[k] = (uint8_t)wire_random(wire);
	}
	return talk;
}

void wire_write(struct wire *wire, const uint8_t *bytes, size_t len)
{
	int64_t from_us = wire->now_us;

	if (wire->cut)
		return;
	for (size_t i = 0; i < WIRE_TALKS; i++)
		if (wire->talks[i].used && wire->talks[i].from == NOBODY &&
		    wire->talks[i].to_us > from_us)
			from_us = wire->talks[i].to_us;
	start(wire, NOBODY, bytes, len, from_us);
}

void wire_cut(struct wire *wire)
{
	wire->cut = true;
	for (size_t i = 0; i < WIRE_TALKS; i++) {
		struct wire_talk *talk = &wire->talks[i];

		if (!talk->used || talk->from != NOBODY || talk->to_us <= wire->now_us)
			continue;
		while (talk->len > 0 &&
		       talk->from_us + wire_time_us(wire, talk->len) > wire->now_us)
			talk->len--;
		talk->to_us = wire->now_us;
		talk->piece_us = INT64_MAX;
	}
}

/* What is there so far goes to the host. */
static void give_piece(struct wire *wire, struct wire_talk *talk)
{
	uint8_t bytes[EXCHANGE_MAX_BYTES];
	size_t upto = talk->len;
	size_t len;

	while (upto > talk->given && talk->from_us + wire_time_us(wire, upto) > wire->now_us)
		upto--;
	len = upto - talk->given;
	memcpy(bytes, talk->bytes + talk->given, len);
	talk->given = upto;
	if (talk->given == talk->len)
		talk->piece_us = INT64_MAX;
	else
		talk->piece_us = talk->to_us < wire->now_us + wire->piece_us
					 ? talk->to_us
					 : wire->now_us + wire->piece_us;
	if (len > 0 && !wire->cut)
		wire->received(wire->user, bytes, len);
}

static void end_talk(struct wire *wire, struct wire_talk *talk)
{
	struct wire_talk ended = *talk;

	talk->used = false;
	for (size_t i = 0; i < wire->count; i++) {
		struct wire_end *end = &wire->ends[i];

		if (end->dead || i == ended.from)
			continue;
		if (wire->attentive && end->is_keypad && ended.len > 0 &&
		    ended.bytes[0] != end->keypad.settings.address)
			continue;
		hear(wire, end, ended.bytes, ended.len);
		if (end->sent_len == 0)
			continue;
		wire->misheard += ended.from != NOBODY;
		start(wire, i, end->sent, end->sent_len, wire->now_us + wire->turn_us);
	}
}

/* ---- time ---- */

void wire_at(struct wire *wire, int64_t at_us, wire_fn fn, int64_t arg)
{
	if (wire->agenda_count == WIRE_AGENDA)
		die("the agenda is full");
	wire->agenda[wire->agenda_count++] = (struct wire_agenda){at_us, fn, arg};
}

int64_t wire_next_us(const struct wire *wire)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < WIRE_TALKS; i++) {
		const struct wire_talk *talk = &wire->talks[i];

		if (talk->used && talk->to_us < next)
			next = talk->to_us;
		if (talk->used && talk->piece_us < next)
			next = talk->piece_us;
	}
	for (size_t i = 0; i < wire->agenda_count; i++)
		if (wire->agenda[i].at_us < next)
			next = wire->agenda[i].at_us;
	return next;
}

void wire_run(struct wire *wire)
{
	for (size_t i = 0; i < WIRE_TALKS; i++) {
		struct wire_talk *talk = &wire->talks[i];

		if (talk->used && talk->piece_us <= wire->now_us)
			give_piece(wire, talk);
		if (talk->used && talk->to_us <= wire->now_us)
			end_talk(wire, talk);
	}
	for (size_t i = 0; i < wire->agenda_count;) {
		struct wire_agenda due = wire->agenda[i];

		if (due.at_us > wire->now_us) {
			i++;
			continue;
		}
		wire->agenda[i] = wire->agenda[--wire->agenda_count];
		due.fn(wire, due.arg);
	}
}
