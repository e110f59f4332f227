/* How much line time the bus master alone gets through in a second of processor time: 64 devices
 * that always want something and always answer, no firmware, no drivers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/devices/line.h"
#include "tests/bench/figures.h"
#include "tests/lines/figures.h"

enum { DEVICES = 64, TEXT = 29, ACK = 7, MS = 1000, S = 1000000, ROUNDS = 7, LINE_S = 2000 };

struct device {
	uint8_t address;
	uint64_t ended;
};

static struct device devices[DEVICES];
static struct line line;
static int64_t now_us, reply_us;

static int match(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	if (bytes[0] != 0xa0)
		return -1;
	return len < ACK ? 0 : bytes[3] == exchange->address ? ACK : -1;
}

static int next(struct device *device, int64_t at_us, struct exchange *ret)
{
	(void)at_us;
	ret->priority = EXCHANGE_REPAIR;
	memset(ret->bytes, 0xaa, TEXT);
	ret->bytes[1] = device->address;
	ret->len = TEXT;
	ret->reply_wanted = true;
	ret->timeout_us = 600 * MS;
	ret->match = match;
	ret->address = device->address;
	return 0;
}

static void ended(struct device *device, const struct exchange *exchange, enum exchange_end end,
		  const uint8_t *reply, size_t len, int64_t at_us)
{
	(void)exchange, (void)reply, (void)len, (void)at_us;
	device->ended += end == EXCHANGE_ANSWERED;
}

static int64_t deadline(const struct device *device)
{
	(void)device;
	return DRIVER_NO_DEADLINE;
}

static void ignore(struct device *device, int64_t at_us)
{
	(void)device, (void)at_us;
}

static const struct driver driver = {.name = "always",
				     .class = DEVICE_BOARD,
				     .link = LINK_LINE,
				     .deadline = deadline,
				     .tick = ignore,
				     .link_up = ignore,
				     .link_down = ignore,
				     .next = next,
				     .ended = ended};

static int to_wire(void *user, const uint8_t *bytes, size_t len)
{
	(void)user, (void)bytes;
	reply_us = now_us + line_wire_us(&line, len + ACK) + 10 * MS;
	line_sent(&line, 0, now_us);
	return 0;
}

static const struct line_ops ops = {.write = to_wire};

static int64_t processor_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * S + ts.tv_nsec / 1000;
}

static void run(int64_t until_us)
{
	uint8_t ack[ACK] = {0xa0, 3, 0x14, 0, 0x50, 0, 0xff};

	while (now_us < until_us) {
		if (reply_us <= line_deadline(&line)) {
			now_us = reply_us;
			reply_us = INT64_MAX;
			ack[3] = line.exchange.address;
			line_received(&line, ack, ACK, now_us);
			continue;
		}
		now_us = line_deadline(&line);
		line_tick(&line, now_us);
	}
}

void figures_speed(void)
{
	const struct line_options options = {
		.baud = 9600, .bits_per_char = 10, .gap_us = 4 * MS, .answer_gap_us = 1 * MS};
	struct samples samples = {0};

	now_us = S;
	reply_us = INT64_MAX;
	if (line_init(&line, &options, &ops, NULL) < 0)
		figure_failed("no line");
	for (size_t i = 0; i < DEVICES; i++) {
		devices[i].address = (uint8_t)(i + 1);
		if (line_attach(&line, &driver, &devices[i], now_us) < 0)
			figure_failed("no device");
	}
	line_up(&line, now_us);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t begun = processor_us();

		run(now_us + LINE_S * (int64_t)S);
		samples_add(&samples, LINE_S * (int64_t)S / (processor_us() - begun));
	}
	figure("the bus master alone, 64 devices, 9600 baud: seconds of line for a second of "
	       "processor %lld / %lld / %lld (min / median / max of %d), %llu exchanges",
	       (long long)samples_quantile(&samples, 0.01),
	       (long long)samples_quantile(&samples, .5), (long long)samples_quantile(&samples, 1),
	       ROUNDS, (unsigned long long)line.stats.answered);
	samples_free(&samples);
}
