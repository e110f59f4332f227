/* The bus master. One exchange at a time goes through three phases: written (the transport has not
 * confirmed yet), on the wire (nothing will answer, but for its echo) or awaiting its reply;
 * between exchanges the line is idle and, after a miss, kept quiet for one whole timeout, so that a
 * late reply cannot be taken for the next one's. All state that an upward call could touch is
 * settled before the call is made; devices may submit, wake, attach and detach from inside it. */
#include "src/devices/line.h"

#include "src/devices/line_count.h"
#include "src/devices/line_echo.h"
#include "src/devices/line_turn.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
	GAP_MAX_US = 1000000,
	BAUD_MIN = 300,
	BAUD_MAX = 4000000,
	PIECE = 256, /* received bytes are looked at in pieces, so that a flood stays bounded */
	WRITE_RETRY_US = 100000,
	SILENCE_CHARS = 4,
	REST_US = 1000, /* a driver whose deadline is past and who sends nothing does not spin */
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int line_init(struct line *line, const struct line_options *options, const struct line_ops *ops,
	      void *user)
{
	if (!ops || !ops->write || options->baud < BAUD_MIN || options->baud > BAUD_MAX)
		return -EINVAL;
	if (options->bits_per_char < 9 || options->bits_per_char > 12)
		return -EINVAL;
	if (options->gap_us > GAP_MAX_US || options->answer_gap_us > GAP_MAX_US ||
	    options->settle_us > GAP_MAX_US)
		return -EINVAL;

	memset(line, 0, sizeof(*line));
	line->options = *options;
	line->ops = ops;
	line->user = user;
	line->current = LINE_MAX_DEVICES;
	return 0;
}

int64_t line_wire_us(const struct line *line, size_t len)
{
	uint64_t bits = (uint64_t)len * line->options.bits_per_char;

	return (int64_t)((bits * 1000000 + line->options.baud - 1) / line->options.baud);
}

const struct line_slot *line_find(const struct line *line, const struct device *device)
{
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++)
		if (line->slots[i].driver && line->slots[i].device == device)
			return &line->slots[i];
	return NULL;
}

static void tell_changed(struct line *line)
{
	if (line->ops->changed)
		line->ops->changed(line->user);
}

static void trace(struct line *line, enum line_trace what, const uint8_t *bytes, size_t len)
{
	if (line->ops->trace && len > 0)
		line->ops->trace(line->user, what, bytes, len);
}

void line_wake(struct line *line)
{
	if (line->look)
		return;
	line->look = true;
	tell_changed(line);
}

/* ---- devices come and go ---- */

int line_attach(struct line *line, const struct driver *driver, struct device *device,
		int64_t now_us)
{
	struct line_slot *slot = NULL;

	if (!driver || driver->link != LINK_LINE || !driver->next || !driver->ended || !device)
		return -EINVAL;
	if (line_find(line, device))
		return -EEXIST;
	for (size_t i = 0; i < LINE_MAX_DEVICES && !slot; i++)
		if (!line->slots[i].driver)
			slot = &line->slots[i];
	if (!slot)
		return -ENOSPC;

	*slot = (struct line_slot){.driver = driver, .device = device};
	if (line->up)
		driver->link_up(device, now_us);
	line_wake(line);
	return 0;
}

void line_detach(struct line *line, const struct device *device, int64_t now_us)
{
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		struct line_slot *slot = &line->slots[i];

		if (!slot->driver || slot->device != device)
			continue;
		if (line->up)
			slot->driver->link_down(slot->device, now_us);
		*slot = (struct line_slot){0};
		if (line->current == i)
			line->current = LINE_MAX_DEVICES;
	}
}

/* ---- the end of an exchange ---- */

static int64_t quiet_after(const struct line *line, enum exchange_end end, int64_t now_us)
{
	const struct exchange *exchange = &line->exchange;
	int64_t gap =
		later(exchange->reply_wanted ? line->options.answer_gap_us : line->options.gap_us,
		      exchange->turnround_us);

	switch (end) {
	case EXCHANGE_ANSWERED: return later(now_us, line->wire_end_us) + gap;
	case EXCHANGE_TIMEOUT:
	case EXCHANGE_GARBAGE:
#ifdef LINE_BREAK_QUARANTINE /* a deliberately broken build: the tests must notice */
		return now_us + gap;
#endif
		return now_us + later(exchange->timeout_us, gap);
	case EXCHANGE_LINE_DOWN: break;
	}
	return now_us + WRITE_RETRY_US;
}

/* at: where the reply begins in line->reply, SIZE_MAX none. */
static void finish(struct line *line, enum exchange_end end, size_t at, size_t len, int64_t now_us)
{
	struct line_slot *slot =
		line->current < LINE_MAX_DEVICES ? &line->slots[line->current] : NULL;

	line->phase = LINE_IDLE;
	line->current = LINE_MAX_DEVICES;
	line->look = true;
	line->quiet_us = quiet_after(line, end, now_us);
	line->hold_us = line->quiet_us + LINE_HOLD_US;
	if (end != EXCHANGE_LINE_DOWN)
		line_echo_count(line, at);
	line_count_end(line, slot, end, now_us);
	if (slot)
		slot->driver->ended(slot->device, &line->exchange, end,
				    at == SIZE_MAX ? NULL : line->reply + at, len, now_us);
	tell_changed(line);
}

/* What a transceiver hears of its own request is no sign of life, told of or not. */
static bool heard_only_echo(const struct line *line)
{
	return line->heard == line->exchange.len && line->reply_len == line->heard &&
	       memcmp(line->reply, line->exchange.bytes, line->heard) == 0;
}

/* Looks for the reply in what came so far. A prefix that could become one holds the look up; when
 * the line has fallen silent it cannot be completed any more and what follows it is looked at. */
static void look_for_reply(struct line *line, bool silent, int64_t now_us)
{
	const struct exchange *exchange = &line->exchange;

	for (size_t at = line->looked; at < line->reply_len; at++) {
		size_t rest = line->reply_len - at;
		int n = exchange->match(exchange, line->reply + at, rest);

		if (n > 0 && (size_t)n <= rest &&
		    line_echo_is_request(line, line->reply + at, (size_t)n))
			n = -EBADMSG;
		if (n > 0 && (size_t)n <= rest) {
			finish(line, EXCHANGE_ANSWERED, at, (size_t)n, now_us);
			return;
		}
		if (n >= 0 && !silent)
			return;
		if (n < 0 && at == line->looked)
			line->looked++;
	}
}

/* ---- bytes ---- */

static void keep_piece(struct line *line, const uint8_t *bytes, size_t len)
{
	if (line->reply_len + len > LINE_MAX_REPLY) {
		size_t over = line->reply_len + len - LINE_MAX_REPLY;
		size_t drop = line->looked > over ? line->looked : over;

		memmove(line->reply, line->reply + drop, line->reply_len - drop);
		line->reply_len -= drop;
		line->looked -= drop < line->looked ? drop : line->looked;
	}
	memcpy(line->reply + line->reply_len, bytes, len);
	line->reply_len += len;
	line->heard += len;
}

/* Somebody speaks unasked, perhaps the answer that came too late: it is let finish. */
static void hold(struct line *line, int64_t now_us)
{
	int64_t gap = later(line->options.gap_us, line_wire_us(line, SILENCE_CHARS));

	if (now_us > line->hold_us)
		line->hold_us = now_us + LINE_HOLD_US;
	line->quiet_us = later(line->quiet_us, earlier(now_us + gap, line->hold_us));
}

/* A device that speaks unasked has its line for itself; between others such bytes are noise. */
static void tell_heard(struct line *line, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct line_slot *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		if (!line->slots[i].driver)
			continue;
		only = &line->slots[i];
		count++;
	}
	if (count == 1 && len > 0 && only->driver->heard)
		only->driver->heard(only->device, bytes, len, now_us);
}

/* Not a reply: the end of a blind exchange's echo, or nothing that anybody had asked for. */
static void overhear(struct line *line, size_t len, bool echoed, int64_t now_us)
{
	line->stats.stray_bytes += len;
	if (line->phase == LINE_IDLE && len > 0)
		hold(line, now_us);
	if (line->phase == LINE_ON_WIRE && echoed && line_echo_whole(line) &&
	    now_us >= line->wire_end_us)
		finish(line, EXCHANGE_ANSWERED, SIZE_MAX, 0, now_us);
	else
		tell_changed(line);
}

void line_received(struct line *line, const uint8_t *bytes, size_t len, int64_t now_us)
{
	bool asked = (line->phase == LINE_WRITING && line->exchange.reply_wanted) ||
		     line->phase == LINE_REPLY;
	size_t at;

	if (len == 0)
		return;
	trace(line, asked ? LINE_TRACE_RECEIVED : LINE_TRACE_STRAY, bytes, len);
	line->stats.received_bytes += len;
	at = line_echo_strip(line, bytes, len);
	if (!asked) {
		overhear(line, len - at, at > 0, now_us);
		tell_heard(line, bytes + at, len - at, now_us);
		return;
	}
	while (asked && at < len) {
		size_t piece = len - at < PIECE ? len - at : PIECE;

		keep_piece(line, bytes + at, piece);
		at += piece;
		if (line->phase == LINE_REPLY)
			look_for_reply(line, false, now_us);
		asked = line->phase == LINE_WRITING || line->phase == LINE_REPLY;
	}
	line->stats.stray_bytes += len - at;
	if (asked) {
		line->silence_us =
			now_us + later(LINE_SILENCE_US, line_wire_us(line, SILENCE_CHARS));
		tell_changed(line);
	}
}

void line_sent(struct line *line, int status, int64_t now_us)
{
	if (line->phase != LINE_WRITING)
		return;
	if (status < 0) {
		finish(line, EXCHANGE_LINE_DOWN, SIZE_MAX, 0, now_us);
		return;
	}
#ifdef LINE_BREAK_WIRE_END /* a deliberately broken build: the tests must notice */
	line->wire_end_us = now_us;
#endif
	line->wire_end_us = later(line->wire_end_us, now_us);
	if (!line->exchange.reply_wanted) {
		line->phase = LINE_ON_WIRE;
		tell_changed(line);
		return;
	}
	line->phase = LINE_REPLY;
	line->reply_due_us = line->wire_end_us + line->exchange.timeout_us;
	look_for_reply(line, false, now_us);
	if (line->phase == LINE_REPLY)
		tell_changed(line);
}

static void begin(struct line *line, size_t index, int64_t now_us)
{
	struct line_slot *slot = &line->slots[index];
	int r;

	assert(line->exchange.len > 0 && line->exchange.len <= EXCHANGE_MAX_BYTES);
	assert(line->exchange.match || !line->exchange.reply_wanted);
	slot->served[line->kind] = ++line->serial;
	line->current = index;
	line->phase = LINE_WRITING;
	line->begun_us = now_us;
	line->wire_end_us =
		later(now_us, line->wire_end_us) + line_wire_us(line, line->exchange.len);
	line->silence_us = LINE_NO_DEADLINE;
	line->told_stall = false;
	line->reply_len = 0;
	line->looked = 0;
	line->heard = 0;
	line_echo_expect(line);
	line->stats.sent_bytes += line->exchange.len;
	trace(line, LINE_TRACE_SENT, line->exchange.bytes, line->exchange.len);
	r = line->ops->write(line->user, line->exchange.bytes, line->exchange.len);
	if (r < 0 && line->phase == LINE_WRITING)
		finish(line, EXCHANGE_LINE_DOWN, SIZE_MAX, 0, now_us);
	else
		tell_changed(line);
}

static void run_devices(struct line *line, int64_t now_us)
{
	size_t index;

	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		const struct line_slot *slot = &line->slots[i];

		if (slot->driver && slot->driver->deadline(slot->device) <= now_us)
			slot->driver->tick(slot->device, now_us);
	}
	line->look = false;
	index = line_turn_choose(line, now_us);
	line->rest_us = now_us + REST_US;
	if (index < LINE_MAX_DEVICES)
		begin(line, index, now_us);
}

/* ---- time ---- */

static int64_t idle_deadline(const struct line *line)
{
	int64_t deadline = LINE_NO_DEADLINE;
	bool speaks;

	if (line->look)
		return line->quiet_us;
	speaks = line_turn_someone_speaks(line);
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		const struct line_slot *slot = &line->slots[i];

		if (!slot->driver)
			continue;
		if (slot->wants)
			deadline = earlier(deadline, line_turn_ready_us(line, slot, speaks));
		else
			deadline = earlier(deadline, slot->driver->deadline(slot->device));
	}
	return later(deadline, later(line->quiet_us, line->rest_us));
}

/* Who still speaks when the time is over is listened to, for as long as the line would be kept
 * quiet after a miss. */
static int64_t reply_deadline(const struct line *line)
{
	if (line->silence_us == LINE_NO_DEADLINE)
		return line->reply_due_us;
	if (line->silence_us <= line->reply_due_us)
		return line->silence_us;
	return earlier(line->silence_us, line->reply_due_us + line->exchange.timeout_us);
}

/* A blind board's request is over when it was heard, if it is heard at all. */
static int64_t wire_deadline(const struct line *line)
{
	if (line_echo_whole(line))
		return line->wire_end_us;
	return line->wire_end_us + later(LINE_SILENCE_US, line_wire_us(line, SILENCE_CHARS));
}

int64_t line_deadline(const struct line *line)
{
	if (!line->up)
		return LINE_NO_DEADLINE;
	switch (line->phase) {
	case LINE_IDLE: return idle_deadline(line);
	case LINE_WRITING:
		return line->told_stall ? LINE_NO_DEADLINE : line->wire_end_us + LINE_STALLED_US;
	case LINE_ON_WIRE: return wire_deadline(line);
	case LINE_REPLY: return reply_deadline(line);
	}
	return LINE_NO_DEADLINE;
}

static void await_reply(struct line *line, int64_t now_us)
{
	line->silence_us = LINE_NO_DEADLINE;
	look_for_reply(line, true, now_us);
	if (line->phase != LINE_REPLY || now_us < line->reply_due_us)
		return;
	finish(line,
	       line->heard > 0 && !heard_only_echo(line) ? EXCHANGE_GARBAGE : EXCHANGE_TIMEOUT,
	       SIZE_MAX, 0, now_us);
}

void line_tick(struct line *line, int64_t now_us)
{
	if (!line->up || now_us < line_deadline(line))
		return;
	switch (line->phase) {
	case LINE_WRITING:
		line->told_stall = true;
		if (line->ops->stalled)
			line->ops->stalled(line->user);
		return;
	case LINE_ON_WIRE:
		finish(line, line->echo.changed ? EXCHANGE_GARBAGE : EXCHANGE_ANSWERED, SIZE_MAX, 0,
		       now_us);
		break;
	case LINE_REPLY: await_reply(line, now_us); break;
	case LINE_IDLE: break;
	}
	if (line->up && line->phase == LINE_IDLE && now_us >= line->quiet_us)
		run_devices(line, now_us);
}

void line_up(struct line *line, int64_t now_us)
{
	if (line->up)
		return;
	line->up = true;
	line->phase = LINE_IDLE;
	/* Old bytes may still be leaving. */
	line->quiet_us = later(now_us + line->options.settle_us, line->wire_end_us);
	line->hold_us = line->quiet_us + LINE_HOLD_US;
	line->rest_us = 0;
	line->dead_share_us = 0;
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		struct line_slot *slot = &line->slots[i];

		slot->misses = line_slot_silent(slot) ? LINE_TRIES : 0;
		slot->retry_us = 0;
	}
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++)
		if (line->slots[i].driver)
			line->slots[i].driver->link_up(line->slots[i].device, now_us);
	line_wake(line);
}

void line_down(struct line *line, int64_t now_us)
{
	if (!line->up)
		return;
	line->up = false;
	if (line->phase != LINE_IDLE)
		finish(line, EXCHANGE_LINE_DOWN, SIZE_MAX, 0, now_us);
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++)
		if (line->slots[i].driver)
			line->slots[i].driver->link_down(line->slots[i].device, now_us);
	tell_changed(line);
}
