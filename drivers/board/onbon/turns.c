/* What an Onbon card is sent and what came of it: text, power, brightness, time, one command each.
 * In quiet times the text is renewed before it expires on the board, and the status is asked: a
 * card that lost its areas was without current and is painted again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/board/onbon/device.h"

enum {
	TRIES = 3,
	TURNROUND_US = 10000,
	US_PER_S = 1000000,
	BUSY_US = 1000000, /* a card that said so is asked again then */
	CLOCK_TOLERANCE_S = 30,
	CLOCK_AGAIN_S = 3600, /* a card that cannot keep the time is not told it all the time */
};

/* ---- upward ---- */

void onbon_tell_painted(struct device *device)
{
	enum board_painted painted = device->painted;

	if (device->painted_generation != device->generation && painted != BOARD_FAILED)
		painted = BOARD_UNKNOWN;
	board_tell_painted(&device->told, painted, device->revision);
}

static void tell_refusal(struct device *device, enum step step, enum device_health health)
{
	static const char *const names[STEPS] = {[STEP_TEXT] = "the text",
						 [STEP_POWER] = "power on and off",
						 [STEP_BRIGHTNESS] = "the brightness",
						 [STEP_TIME] = "the time",
						 [STEP_RENEW] = "the text",
						 [STEP_STATUS] = "the question for its status"};
	const char *why = board_onbon_refusal(device->refusal[step]);
	char detail[DEVICE_DETAIL_SIZE];

	snprintf(detail, sizeof(detail), "refuses %s: %s (%02X)", names[step],
		 *why ? why : "no reason known", device->refusal[step]);
	board_tell_health(&device->told, health, detail);
}

/* It answers. */
static void tell_alive(struct device *device)
{
	if (device->refusal[STEP_TEXT]) {
		tell_refusal(device, STEP_TEXT, HEALTH_FAILED);
		return;
	}
	for (enum step step = STEP_POWER; step < STEPS; step++) {
		if (device->refusal[step]) {
			tell_refusal(device, step, HEALTH_WARNING);
			return;
		}
	}
	if (device->face.reply)
		board_tell_health(&device->told, HEALTH_OK, "");
	else
		board_tell_health(&device->told, HEALTH_WARNING,
				  "never answers: sent, not known to be shown");
}

/* ---- what is there ---- */

bool onbon_is_painted(const struct device *device)
{
#ifdef ONBON_BREAK_REPAINT /* a deliberately broken build: the tests must notice */
	return device->painted_generation == device->generation;
#endif
	return device->painted_generation == device->generation &&
	       (device->painted == BOARD_SENT || device->painted == BOARD_ACKNOWLEDGED);
}

void onbon_forget(struct device *device)
{
	device->painted = BOARD_UNKNOWN;
	device->repair = true;
	device->afresh = true;
	device->known_power = POWER_UNKNOWN;
	device->known_level = LEVEL_UNKNOWN;
	device->known_offset_us = 0;
	device->hold_us = device->wait_us = 0;
	memset(device->refusal, 0, sizeof(device->refusal));
}

static bool clock_is_wrong(const struct device *device)
{
	int64_t difference_us = device->offset_us - device->known_offset_us;

	return device->offset_us != 0 && (device->known_offset_us == 0 ||
					  difference_us >= US_PER_S || difference_us <= -US_PER_S);
}

/* Something beside the text that the card does not have as it is wanted. */
enum step onbon_wanted_step(const struct device *device)
{
	if (device->power != device->known_power)
		return STEP_POWER;
	if (device->level != LEVEL_UNKNOWN && device->level != device->known_level)
		return STEP_BRIGHTNESS;
	return clock_is_wrong(device) ? STEP_TIME : STEP_NONE;
}

/* ---- what is next ---- */

static enum step next_step(const struct device *device, int64_t now_us)
{
	bool painted = onbon_is_painted(device);

	if (!device->up || !device->wanted)
		return STEP_NONE;
	if (!painted && now_us >= device->hold_us)
		return STEP_TEXT;
	if (now_us >= device->wait_us && onbon_wanted_step(device))
		return onbon_wanted_step(device);
	if (painted && now_us >= device->renew_us)
		return STEP_RENEW;
	if (painted && device->face.reply && now_us >= device->probe_due_us)
		return STEP_STATUS;
	return STEP_NONE;
}

static int match_reply(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	return board_onbon_match(exchange->address, exchange->command == STEP_STATUS, bytes, len);
}

static size_t make_frame(const struct device *device, enum step step, int64_t now_us, uint8_t *ret,
			 size_t size)
{
	const struct board_onbon_face *face = &device->face;

	switch (step) {
	case STEP_TEXT:
		return board_onbon_text_frame(face, &device->rows, device->afresh, ret, size);
	case STEP_RENEW: return board_onbon_text_frame(face, &device->rows, false, ret, size);
	case STEP_POWER:
		return board_onbon_power_frame(face, device->power == ONBON_POWER_ON, ret, size);
	case STEP_BRIGHTNESS: return board_onbon_brightness_frame(face, device->level, ret, size);
	case STEP_TIME: return board_onbon_time_frame(face, now_us + device->offset_us, ret, size);
	default: return board_onbon_status_frame(face, ret, size);
	}
}

int onbon_next(struct device *device, int64_t now_us, struct exchange *ret)
{
	enum step step = next_step(device, now_us);

	if (!step)
		return -EAGAIN;
	ret->len = make_frame(device, step, now_us, ret->bytes, sizeof(ret->bytes));
	if (!ret->len)
		return -EAGAIN;
	ret->priority = step == STEP_TEXT && !device->repair ? EXCHANGE_CALL
			: step < STEP_RENEW		     ? EXCHANGE_REPAIR
							     : EXCHANGE_REFRESH;
	ret->reply_wanted = device->face.reply;
	ret->timeout_us = device->timeout_us;
	ret->turnround_us = TURNROUND_US;
	ret->match = match_reply;
	ret->address = device->face.address;
	ret->command = (uint8_t)step;
	ret->tag = step == STEP_POWER	     ? device->power
		   : step == STEP_BRIGHTNESS ? device->level
					     : device->generation;
	return 0;
}

/* ---- what came of it ---- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void text_went(struct device *device, const struct exchange *exchange, int64_t now_us)
{
	device->painted = device->face.reply ? BOARD_ACKNOWLEDGED : BOARD_SENT;
	device->painted_generation = exchange->tag;
	device->afresh = false;
	device->hold_us = 0;
	device->busy = 0;
	device->refusal[STEP_TEXT] = 0;
	device->renew_us = DRIVER_NO_DEADLINE;
	if (device->face.life_s && !device->rows.moves && !device->rows.blank)
		device->renew_us = now_us + (int64_t)device->face.life_s * US_PER_S / 3;
	/* One that never answers may have heard a byte wrong; but a moving text would begin anew.
	 */
	if (!device->face.reply && !device->rows.moves)
		device->renew_us = earlier(device->renew_us, now_us + device->refresh_us);
}

static void text_refused(struct device *device, const struct exchange *exchange, uint8_t refusal,
			 int64_t now_us)
{
	if (exchange->tag != device->generation)
		return; /* of a text that nobody wants any more */
	device->repair = true;
	device->painted = BOARD_UNKNOWN;
	if (refusal == ONBON_BUSY && device->busy < TRIES) {
		device->busy++;
		device->hold_us = now_us + BUSY_US;
		return;
	}
	device->refusal[STEP_TEXT] = refusal;
	device->painted = BOARD_FAILED;
	device->painted_generation = exchange->tag;
	device->hold_us = now_us + device->probe_us;
	onbon_tell_painted(device);
}

/* Its own areas are all there? */
static bool has_areas(const struct device *device, const struct onbon_status *status)
{
	for (uint8_t id = 0; id < device->face.rows && !device->rows.blank; id++)
		if (!memchr(status->areas, id, status->area_count))
			return false;
	return true;
}

static void read_status(struct device *device, const struct board_onbon_reply *reply,
			int64_t now_us)
{
	int64_t error_s = 0;

	if (!reply->has_status) {
		if (device->misses) { /* it was away, and does not say what it has */
			onbon_forget(device);
			onbon_tell_painted(device);
		}
		return;
	}
	if (has_areas(device, &reply->status)) {
		device->unlisted = 0;
	} else if (device->unlisted < TRIES) {
		/* After the third one it is a card that does not list them as we know it: painting
		 * it over and over would only flicker. */
		device->unlisted++;
		onbon_forget(device); /* it was without current */
		device->clock_again_us = 0;
		onbon_tell_painted(device);
	}
	if (reply->status.power == ONBON_POWER_ON || reply->status.power == ONBON_POWER_OFF)
		device->known_power = reply->status.power;
	if (device->offset_us == 0 || now_us < device->clock_again_us)
		return;
	if (!board_onbon_clock_error(&reply->status, now_us + device->offset_us, &error_s) ||
	    error_s > CLOCK_TOLERANCE_S || error_s < -CLOCK_TOLERANCE_S)
		device->known_offset_us = 0;
}

/* Refused or not, the card knows now: asking again would bring the same answer. */
static void settle(struct device *device, const struct exchange *exchange, int64_t now_us)
{
	switch (exchange->command) {
	case STEP_POWER: device->known_power = (uint8_t)exchange->tag; break;
	case STEP_BRIGHTNESS: device->known_level = (uint8_t)exchange->tag; break;
	case STEP_TIME:
		device->known_offset_us = device->offset_us;
		device->clock_again_us = now_us + CLOCK_AGAIN_S * (int64_t)US_PER_S;
		break;
	default: break;
	}
}

static void ended_well(struct device *device, const struct exchange *exchange, const uint8_t *bytes,
		       size_t len, int64_t now_us)
{
	struct board_onbon_reply reply = {0};
	bool is_text = exchange->command == STEP_TEXT || exchange->command == STEP_RENEW;

	if (device->face.reply)
		board_onbon_read_reply(bytes, len, &reply);
	device->probe_due_us = now_us + device->probe_us;
	if (is_text && reply.refusal) {
		text_refused(device, exchange, reply.refusal, now_us);
		tell_alive(device);
		return;
	}
	if (reply.refusal == ONBON_BUSY) {
		device->wait_us = now_us + BUSY_US;
		tell_alive(device);
		return;
	}
	device->refusal[exchange->command] = reply.refusal;
	if (is_text)
		text_went(device, exchange, now_us);
	else if (exchange->command == STEP_STATUS)
		read_status(device, &reply, now_us);
	else
		settle(device, exchange, now_us);
	if (device->misses && exchange->command != STEP_STATUS)
		device->probe_due_us = now_us; /* it was away: is everything there? */
	device->misses = 0;
	if (onbon_is_painted(device))
		onbon_tell_painted(device);
	tell_alive(device);
}

static void ended_badly(struct device *device, const struct exchange *exchange,
			enum exchange_end end)
{
	if (exchange->command == STEP_TEXT && exchange->tag == device->generation)
		device->repair = true;
	if (device->misses < TRIES)
		device->misses++;
	if (device->misses < TRIES)
		return;
	device->painted = BOARD_FAILED;
	device->hold_us = 0;
	onbon_tell_painted(device);
	board_tell_health(&device->told, HEALTH_FAILED,
			  end == EXCHANGE_GARBAGE ? "answers make no sense: wrong speed or noise"
						  : "no answer: cable or power");
}

void onbon_ended(struct device *device, const struct exchange *exchange, enum exchange_end end,
		 const uint8_t *reply, size_t len, int64_t now_us)
{
	switch (end) {
	case EXCHANGE_ANSWERED: ended_well(device, exchange, reply, len, now_us); break;
	case EXCHANGE_TIMEOUT:
	case EXCHANGE_GARBAGE: ended_badly(device, exchange, end); break;
	case EXCHANGE_LINE_DOWN: break; /* nothing is known of the board; link_down() follows */
	}
}
