/* The bus master among random devices on a random wire: thousands of seeds, a few seconds of line
 * each. Devices want random things at random moments; peers answer in time, late, twice, with
 * garbage, as somebody else or not at all; bytes come in pieces; the transceiver may hear itself.
 *
 *   lines-property [--seed N] [--seeds N]
 *
 * Says what is wrong and ends with 1. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/devices/line.h"

enum { MS = 1000, S = 1000000, DEVICES = 12, TALKS = 64, REQUEST = 7, RUN_S = 20 };

/* Request: Q address serial(2) check(3); reply: R and the same. Only address and letter tell
 * replies apart for match(), as in the real protocols; the serial is the test's own witness. */
struct device {
	uint8_t address;
	enum exchange_priority priority;
	bool blind, dead, eager;
	uint32_t timeout_us, turnround_us;
	int64_t due_us, period_us;
	uint16_t serial;    /* of the exchange that is played or comes next */
	int64_t wanting_us; /* since then it wants something */
	int64_t last_us;    /* its last exchange ended */
	uint64_t ended[4];
};

struct talk {
	bool used, host;
	int64_t from_us, to_us;
	uint8_t bytes[16];
	size_t len;
};

static struct {
	uint64_t seed, random;
	int64_t now_us;
	struct line line;
	struct line_options options;
	struct device devices[DEVICES];
	size_t count;
	struct talk talks[TALKS];
	int64_t written_us, wire_end_us; /* of the last request */
	bool outstanding;
	size_t asked; /* device of it */
	int64_t quiet_until_us;
	bool clean; /* nothing late, spoilt or dead */
	int64_t dead_us, live_from_us;
	uint64_t slots_dead;
} w;

static uint64_t roll(void)
{
	uint64_t z = (w.random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int64_t below(int64_t n)
{
	return (int64_t)(roll() % (uint64_t)n);
}

__attribute__((noreturn, format(printf, 1, 2))) static void wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\nrepeat: lines-property --seed %llu --seeds 1\n", (unsigned long long)w.seed);
	exit(1);
}

/* Strong enough that no accident passes for a reply in these runs. */
static void seal(uint8_t *bytes)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < 4; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	bytes[4] = (uint8_t)(hash >> 8);
	bytes[5] = (uint8_t)(hash >> 16);
	bytes[6] = (uint8_t)(hash >> 24);
}

static bool is_sealed(const uint8_t *bytes)
{
	uint8_t copy[REQUEST];

	memcpy(copy, bytes, REQUEST);
	seal(copy);
	return memcmp(copy, bytes, REQUEST) == 0;
}

/* ---- the driver ---- */

static int match(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	if (bytes[0] != exchange->command)
		return -EBADMSG;
	if (len >= 2 && bytes[1] != exchange->address)
		return -EBADMSG;
	if (len < REQUEST)
		return 0;
	return is_sealed(bytes) ? REQUEST : -EBADMSG;
}

static int next(struct device *device, int64_t now_us, struct exchange *ret)
{
	if (now_us < device->due_us)
		return -EAGAIN;
	ret->priority = device->priority;
	ret->bytes[0] = 'Q';
	ret->bytes[1] = device->address;
	ret->bytes[2] = (uint8_t)(device->serial >> 8);
	ret->bytes[3] = (uint8_t)device->serial;
	seal(ret->bytes);
	ret->len = REQUEST;
	ret->reply_wanted = !device->blind;
	ret->timeout_us = device->timeout_us;
	ret->turnround_us = device->turnround_us;
	ret->match = match;
	ret->address = device->address;
	/* Some protocols answer with the request itself. */
	ret->command = device->eager ? 'Q' : 'R';
	return 0;
}

static void ended(struct device *device, const struct exchange *exchange, enum exchange_end end,
		  const uint8_t *reply, size_t len, int64_t now_us)
{
	if (!w.outstanding || &w.devices[w.asked] != device)
		wrong("an exchange ends that was not under way");
	w.outstanding = false;
	device->ended[end]++;
	device->last_us = now_us;
	if (end == EXCHANGE_ANSWERED && exchange->reply_wanted) {
		uint16_t serial = (uint16_t)(reply[2] << 8 | reply[3]);

		if (len != REQUEST || reply[1] != device->address)
			wrong("device %u got the reply of %u", device->address, reply[1]);
		if (serial != device->serial)
			wrong("device %u got the reply to its request %u for %u", device->address,
			      serial, device->serial);
		if (device->dead)
			wrong("an echo was taken for a reply of a dead device");
	}
	if (end == EXCHANGE_TIMEOUT || end == EXCHANGE_GARBAGE)
		w.quiet_until_us = now_us + (exchange->reply_wanted ? exchange->timeout_us : 0);
	if (end != EXCHANGE_LINE_DOWN && now_us < w.wire_end_us)
		wrong("an exchange ends %lld us before its request has left",
		      (long long)(w.wire_end_us - now_us));
	device->serial++;
	if (end == EXCHANGE_ANSWERED)
		device->due_us = now_us + device->period_us;
	device->wanting_us = device->due_us;
}

static int64_t deadline(const struct device *device)
{
	return device->due_us;
}

static void ignore(struct device *device, int64_t now_us)
{
	(void)device, (void)now_us;
}

static const struct driver driver = {
	.name = "random",
	.class = DEVICE_BOARD,
	.link = LINK_LINE,
	.deadline = deadline,
	.tick = ignore,
	.link_up = ignore,
	.link_down = ignore,
	.next = next,
	.ended = ended,
};

/* ---- the wire ---- */

static void talk(bool host, int64_t from_us, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < TALKS; i++) {
		struct talk *new = &w.talks[i];

		if (new->used)
			continue;
		*new = (struct talk){.used = true,
				     .host = host,
				     .from_us = from_us,
				     .to_us = from_us + line_wire_us(&w.line, len),
				     .len = len};
		memcpy(new->bytes, bytes, len);
		return;
	}
	wrong("the wire is full");
}

static int to_wire(void *user, const uint8_t *bytes, size_t len)
{
	(void)user;
	if (w.outstanding)
		wrong("two transactions at once");
	if (w.now_us < w.wire_end_us)
		wrong("written %lld us before the wire is free",
		      (long long)(w.wire_end_us - w.now_us));
	if (w.now_us < w.quiet_until_us)
		wrong("written in the quiet time after a miss");
	w.outstanding = true;
	w.asked = bytes[1] - 1u;
	w.written_us = w.now_us;
	w.wire_end_us = w.now_us + line_wire_us(&w.line, len);
	talk(true, w.now_us, bytes, len);
	if (roll() % 8)
		line_sent(&w.line, 0, w.now_us);
	return 0;
}

static const struct line_ops ops = {.write = to_wire};

static void answer(struct device *device, const uint8_t *request)
{
	uint8_t reply[REQUEST] = {device->eager ? 'Q' : 'R', request[1], request[2], request[3]};
	int64_t at_us = w.now_us + 1 * MS + below(10 * MS);
	unsigned mood = w.clean ? 0 : (unsigned)below(24);

	seal(reply);
	if (device->dead || device->blind)
		return;
	switch (mood) {
	case 1: return;					      /* not this time */
	case 2: at_us += device->timeout_us; break;	      /* in the quiet time */
	case 3: reply[1] ^= (uint8_t)(1 + below(255)); break; /* somebody else's; sum wrong */
	case 4: reply[2 + below(5)] ^= (uint8_t)(1 + below(255)); break;
	case 5: /* noise in front */
		talk(false, at_us - MS, (const uint8_t *)"\xffR\x05", 3);
		at_us += 3 * MS;
		break;
	case 6: { /* another's whole reply in front */
		uint8_t foreign[REQUEST] = {'R', (uint8_t)(1 + device->address % w.count), 9, 9};

		seal(foreign);
		if (foreign[1] != device->address)
			talk(false, at_us, foreign, REQUEST);
		at_us += 9 * MS;
		break;
	}
	default: break;
	}
	talk(false, at_us, reply, REQUEST);
}

static void deliver(struct talk *done)
{
	struct talk ended_talk = *done;
	size_t cut;

	done->used = false;
	if (ended_talk.host) {
		if (ended_talk.bytes[1] <= w.count)
			answer(&w.devices[ended_talk.bytes[1] - 1], ended_talk.bytes);
		if (!w.options.echo)
			return;
		if (!w.clean && below(30) == 0)
			ended_talk.bytes[below((int64_t)ended_talk.len)] ^= 0x10;
		if (!w.clean && below(30) == 0)
			ended_talk.len -= 2;
	}
	cut = (size_t)below((int64_t)ended_talk.len + 1);
	line_received(&w.line, ended_talk.bytes, cut, w.now_us);
	line_received(&w.line, ended_talk.bytes + cut, ended_talk.len - cut, w.now_us);
}

static int64_t wire_next(void)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < TALKS; i++)
		if (w.talks[i].used && w.talks[i].to_us < least)
			least = w.talks[i].to_us;
	return least;
}

/* ---- what must hold ---- */

/* Who is alive and wants something gets it: a round of all the others, with their misses, later. */
static void check_fair(void)
{
	int64_t round_us = 0;

	for (size_t i = 0; i < w.count; i++)
		round_us += 2 * (int64_t)w.devices[i].timeout_us + 150 * MS;
	for (size_t i = 0; i < w.count; i++) {
		const struct device *device = &w.devices[i];
		const struct line_slot *slot = line_find(&w.line, device);

		if (device->dead || line_slot_silent(slot) || device->due_us > w.now_us)
			continue;
		if (w.now_us - device->wanting_us > 12 * round_us)
			wrong("device %u of kind %d is starved for %lld ms", device->address,
			      device->priority, (long long)(w.now_us - device->wanting_us) / MS);
	}
}

static void check_dead(void)
{
	const struct line_stats *stats = line_get_stats(&w.line);
	uint64_t live = 0;

	for (size_t i = 0; i < w.count; i++) {
		uint64_t tries =
			w.devices[i].ended[EXCHANGE_TIMEOUT] + w.devices[i].ended[EXCHANGE_GARBAGE];

		live += !w.devices[i].dead;
		/* three tries, then 0.5, 1, 2, 4, 8, 16 s */
		if (w.devices[i].dead && !w.devices[i].blind && tries > 3 + 6 && w.clean)
			wrong("a dead device is asked %llu times in %d s",
			      (unsigned long long)tries, RUN_S);
	}
	if (stats->answered + stats->timeouts + stats->garbage > stats->exchanges)
		wrong("the counters do not add up");
	if (stats->echo_bytes + stats->stray_bytes > stats->received_bytes)
		wrong("more bytes are echo or stray than came");
	if (w.clean && live > 0 && w.options.echo && stats->collisions + stats->echoes_missed > 0)
		wrong("a collision is counted on a clean line");
}

/* ---- a run ---- */

static void begin(uint64_t seed)
{
	memset(&w, 0, sizeof(w));
	w.seed = w.random = seed;
	w.now_us = 1 * S;
	w.clean = roll() % 3 == 0;
	w.options = (struct line_options){
		.baud = roll() % 2 ? 9600 : 19200,
		.bits_per_char = 10 + (uint32_t)below(2),
		.gap_us = (uint32_t)below(6 * MS),
		.answer_gap_us = (uint32_t)below(3 * MS),
		.echo = roll() % 2,
	};
	if (line_init(&w.line, &w.options, &ops, NULL) < 0)
		wrong("no line");
	w.count = 2 + (size_t)below(DEVICES - 1);
	for (size_t i = 0; i < w.count; i++) {
		struct device *device = &w.devices[i];

		*device = (struct device){
			.address = (uint8_t)(i + 1),
			.priority = (enum exchange_priority)below(LINE_PRIORITIES),
			.blind = roll() % 5 == 0,
			.dead = roll() % 6 == 0,
			.eager = w.options.echo && roll() % 3 == 0,
			.timeout_us = (uint32_t)(30 * MS + below(100 * MS)),
			.turnround_us = (uint32_t)below(5 * MS),
			/* Most of a line's time is wanted by somebody: kinds are starved. */
			.period_us = roll() % 2 ? 0 : below(500 * MS),
			.due_us = w.now_us + below(S),
		};
		if (device->priority == EXCHANGE_CALL && device->period_us < 100 * MS)
			device->period_us += 200 * MS;
		device->wanting_us = device->due_us;
		if (line_attach(&w.line, &driver, device, w.now_us) < 0)
			wrong("not attached");
	}
	line_up(&w.line, w.now_us);
}

static void run(uint64_t seed)
{
	unsigned still = 0;
	int64_t until_us;

	begin(seed);
	until_us = w.now_us + RUN_S * (int64_t)S;
	while (w.now_us < until_us) {
		int64_t due = line_deadline(&w.line);

		if (wire_next() < due)
			due = wire_next();
		if (w.line.phase == LINE_WRITING && w.now_us + MS < due)
			due = w.now_us + MS;
		if (due == INT64_MAX)
			wrong("nothing is due any more");
		still = due > w.now_us ? 0 : still + 1;
		if (still > 1000)
			wrong("a deadline does not move");
		if (due > w.now_us)
			w.now_us = due;
		for (size_t i = 0; i < TALKS; i++)
			if (w.talks[i].used && w.talks[i].to_us <= w.now_us)
				deliver(&w.talks[i]);
		if (w.line.phase == LINE_WRITING)
			line_sent(&w.line, 0, w.now_us);
		line_tick(&w.line, w.now_us);
		if (!w.clean && below(3000) == 0) {
			w.outstanding = w.line.phase != LINE_IDLE;
			line_down(&w.line, w.now_us);
			w.quiet_until_us = 0;
			w.now_us += 300 * MS; /* what was on its way has come to nothing */
			memset(w.talks, 0, sizeof(w.talks));
			line_up(&w.line, w.now_us);
		}
		check_fair();
	}
	check_dead();
}

int main(int argc, char **argv)
{
	uint64_t seed = 1, seeds = 1000;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--seed"))
			seed = strtoull(argv[i + 1], NULL, 10);
		if (!strcmp(argv[i], "--seeds"))
			seeds = strtoull(argv[i + 1], NULL, 10);
	}
	for (uint64_t i = 0; i < seeds; i++)
		run(seed + i);
	printf("%llu seeds, %d s of line each\n", (unsigned long long)seeds, RUN_S);
	return 0;
}
