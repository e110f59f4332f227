/* The lihe board as a driver: keeps the one wanted text, offers it to the bus master until it was
 * sent (cards that never answer) or acknowledged (V2.1 cards), and repeats it in the background so
 * that a board that was restarted, or that heard one byte wrong, comes right. What blinks or moves
 * is never repeated: the board would visibly begin anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/lihe/models.h"
#include "drivers/board/lihe/protocol.h"
#include "drivers/board/lihe/settings.h"
#include "drivers/board/news.h"
#include "drivers/board/tell.h"
#include "drivers/driver.h"

enum {
	TRIES = 3,
	TURNROUND_US = 4000,
};

enum { COMMAND_TEXT = 1, COMMAND_VERSION };
enum version_habit { VERSION_UNKNOWN, VERSION_ANSWERS, VERSION_SILENT };

struct device {
	struct board_told told;
	struct board_lihe_settings settings;
	bool up;

	bool wanted;
	struct board_lihe_painting painting;
	uint32_t revision;   /* the caller's */
	uint32_t generation; /* rises when the bytes change */

	enum board_painted painted; /* of painted_generation */
	uint32_t painted_generation;
	bool repair; /* the text is no news any more */
	unsigned misses;
	unsigned unanswered; /* questions for the version, while nobody knows if it knows them */
	int64_t due_us;	     /* repeat or probe */
	enum version_habit version;
};

static int lihe_probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, "lihe") == 0 ? 0 : -ENODEV;
}

static int lihe_create(struct device **ret_device, const struct device_options *options,
		       const struct driver_host *host, void *user, char *ret_error,
		       size_t error_size)
{
	struct board_lihe_settings settings;
	struct device *device;
	int r;

	if (options->address < 1 || options->address > 254) {
		snprintf(ret_error, error_size,
			 "%s: 地址须为 1 至 254 a lihe board's address is 1 to 254", options->name);
		return -EINVAL;
	}
	r = board_lihe_read_settings(options, &settings, ret_error, error_size);
	if (r < 0)
		return r;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->told = (struct board_told){.host = host, .user = user};
	device->settings = settings;
	*ret_device = device;
	return 0;
}

static void lihe_remove(struct device *device)
{
	free(device);
}

/* ---- upward ---- */

static void tell_painted(struct device *device)
{
	enum board_painted painted = device->painted;

	if (device->painted_generation != device->generation && painted != BOARD_FAILED)
		painted = BOARD_UNKNOWN;
	board_tell_painted(&device->told, painted, device->revision);
}

/* ---- what is wanted ---- */

static bool is_painted(const struct device *device)
{
#ifdef LIHE_BREAK_REPAINT /* a deliberately broken build: the tests must notice */
	return device->painted_generation == device->generation;
#endif
	return device->painted_generation == device->generation &&
	       (device->painted == BOARD_SENT || device->painted == BOARD_ACKNOWLEDGED);
}

static enum board_lihe_subject subject_of(enum board_content content)
{
	switch (content) {
	case BOARD_CALL: return BOARD_LIHE_CALL;
	case BOARD_SERVING: return BOARD_LIHE_SERVING;
	case BOARD_PAUSED: return BOARD_LIHE_PAUSE;
	case BOARD_NOTICE: return BOARD_LIHE_NOTICE;
	case BOARD_IDLE:
	case BOARD_LIST: break;
	}
	return BOARD_LIHE_WELCOME;
}

/* There is no command to be dark: a text of blanks. Numbers stay as they are. */
static int paint(const struct device *device, const struct board_state *state,
		 struct board_lihe_painting *ret)
{
	char text[sizeof(state->text)] = "", number[sizeof(state->number)] = "";
	struct board_lihe_wish wish = {
		.subject = subject_of(state->content),
		.text = text,
		.blink = state->blink && !state->dark,
		.scroll = state->scroll,
		.number = number,
		.window = state->window,
	};

	if (!state->dark)
		memcpy(text, state->text, sizeof(text) - 1);
	memcpy(number, state->number, sizeof(number) - 1);
	return board_lihe_paint(&device->settings.face, &wish, ret);
}

static int lihe_submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	struct board_lihe_painting painting;
	int r;

	(void)now_us;
	if (job->kind != JOB_BOARD)
		return -EOPNOTSUPP;
	r = paint(device, &job->u.board, &painting);
	if (r < 0)
		return r;
	device->revision = job->u.board.revision;
	if (!device->wanted || device->painting.len != painting.len ||
	    memcmp(device->painting.frame, painting.frame, painting.len) != 0) {
		device->wanted = true;
		device->painting = painting;
		device->generation++;
		device->repair = !board_is_news(job->u.board.content);
		if (device->up)
			device->told.host->changed(device->told.user);
	}
	if (is_painted(device))
		tell_painted(device);
	return 0;
}

/* While it blinks or moves only the card's version can be asked, if the card is one that says it.
 */
static bool can_repeat(const struct device *device)
{
	return !device->painting.restless ||
	       (device->settings.acknowledges && device->version != VERSION_SILENT);
}

static int64_t lihe_deadline(const struct device *device)
{
	if (!device->up || !device->wanted || !is_painted(device) || !can_repeat(device))
		return DRIVER_NO_DEADLINE;
	return device->due_us;
}

static void lihe_tick(struct device *device, int64_t now_us)
{
	(void)device;
	(void)now_us; /* next() looks at the time itself */
}

static void lihe_link_up(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = true;
	device->painted = BOARD_UNKNOWN;
	device->repair = true;
	device->misses = 0;
	device->version = VERSION_UNKNOWN;
	device->unanswered = 0;
	board_tell_health(&device->told, HEALTH_UNKNOWN, "");
	device->told.host->changed(device->told.user);
}

static void lihe_link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = false;
	device->painted = BOARD_UNKNOWN;
	if (device->wanted)
		tell_painted(device);
	board_tell_health(&device->told, HEALTH_GONE, "the line is closed");
}

/* ---- exchanges ---- */

static int match_ack(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	return board_lihe_match_ack(exchange->address, bytes, len);
}

static int match_version(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	return board_lihe_match_version(exchange->address, bytes, len);
}

static void offer_text(const struct device *device, enum exchange_priority priority,
		       struct exchange *ret)
{
	ret->priority = priority;
	ret->len = device->painting.len;
	memcpy(ret->bytes, device->painting.frame, ret->len);
	ret->reply_wanted = device->settings.acknowledges;
	ret->timeout_us = device->settings.timeout_us;
	ret->turnround_us =
		device->settings.acknowledges ? 0 : TURNROUND_US; /* else the answer tells */
	ret->match = match_ack;
	ret->address = device->settings.face.address;
	ret->command = COMMAND_TEXT;
	ret->tag = device->generation;
}

static void offer_version(const struct device *device, struct exchange *ret)
{
	ret->priority = EXCHANGE_REFRESH;
	ret->len = board_lihe_version_frame(&device->settings.face, ret->bytes, sizeof(ret->bytes));
	ret->reply_wanted = true;
	ret->timeout_us = device->settings.timeout_us;
	ret->turnround_us = 0;
	ret->match = match_version;
	ret->address = device->settings.face.address;
	ret->command = COMMAND_VERSION;
	ret->tag = device->generation;
}

static int lihe_next(struct device *device, int64_t now_us, struct exchange *ret)
{
	if (!device->up || !device->wanted)
		return -EAGAIN;
	if (!is_painted(device)) {
		offer_text(device, device->repair ? EXCHANGE_REPAIR : EXCHANGE_CALL, ret);
		return 0;
	}
	if (now_us < device->due_us || !can_repeat(device))
		return -EAGAIN;
	if (device->painting.restless)
		offer_version(device, ret);
	else
		offer_text(device, EXCHANGE_REFRESH, ret);
	return 0;
}

static void ended_well(struct device *device, const struct exchange *exchange, int64_t now_us)
{
	device->due_us = now_us + (device->settings.acknowledges ? device->settings.probe_us
								 : device->settings.refresh_us);
#ifdef LIHE_BREAK_REPAINT
	device->due_us = INT64_MAX;
#endif
	if (exchange->command == COMMAND_VERSION) {
		device->version = VERSION_ANSWERS;
		if (device->misses > 0) {
			/* It was away for a moment, perhaps without current: is the text there? */
			device->painted = BOARD_UNKNOWN;
			device->repair = true;
			tell_painted(device);
		}
	} else {
		if (device->misses > 0) { /* likewise: the question may get an answer now */
			device->version = VERSION_UNKNOWN;
			device->unanswered = 0;
		}
		device->painted = device->settings.acknowledges ? BOARD_ACKNOWLEDGED : BOARD_SENT;
		device->painted_generation = exchange->tag;
	}
	device->misses = 0;
	if (is_painted(device))
		tell_painted(device);
	if (device->settings.acknowledges)
		board_tell_health(&device->told, HEALTH_OK, "");
	else
		board_tell_health(&device->told, HEALTH_WARNING,
				  "never answers: sent, not known to be shown");
}

static void ended_badly(struct device *device, const struct exchange *exchange,
			enum exchange_end end, int64_t now_us)
{
	if (exchange->command == COMMAND_VERSION && device->version == VERSION_UNKNOWN) {
		/* The card does not know the question, or it has no current: the text tells. */
		if (++device->unanswered == TRIES)
			device->version = VERSION_SILENT;
		device->due_us = now_us + device->settings.probe_us;
		device->painted = BOARD_UNKNOWN;
		device->repair = true;
		return;
	}
	if (exchange->tag == device->generation)
		device->repair = true;
	if (device->misses < TRIES)
		device->misses++;
	if (device->misses < TRIES)
		return;
	device->painted = BOARD_FAILED;
	tell_painted(device);
	board_tell_health(&device->told, HEALTH_FAILED,
			  end == EXCHANGE_GARBAGE ? "answers make no sense: wrong speed or noise"
						  : "no answer: cable or power");
}

static void lihe_ended(struct device *device, const struct exchange *exchange,
		       enum exchange_end end, const uint8_t *reply, size_t len, int64_t now_us)
{
	(void)reply;
	(void)len;
	switch (end) {
	case EXCHANGE_ANSWERED: ended_well(device, exchange, now_us); break;
	case EXCHANGE_TIMEOUT:
	case EXCHANGE_GARBAGE: ended_badly(device, exchange, end, now_us); break;
	case EXCHANGE_LINE_DOWN: break; /* nothing is known of the board; link_down() follows */
	}
}

const struct driver lihe_driver = {
	.name = "lihe",
	.description = "AA...BB window and combined boards (lihe, yuanxin control cards)",
	.class = DEVICE_BOARD,
	.link = LINK_LINE,
	.maturity = MATURITY_SIMULATED,
	.models = board_lihe_models,
	.model_count = BOARD_LIHE_MODELS,
	.probe = lihe_probe,
	.create = lihe_create,
	.remove = lihe_remove,
	.submit = lihe_submit,
	.deadline = lihe_deadline,
	.tick = lihe_tick,
	.link_up = lihe_link_up,
	.link_down = lihe_link_down,
	.next = lihe_next,
	.ended = lihe_ended,
};
