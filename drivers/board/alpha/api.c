/* The Alpha sign as a driver. It never answers, so that everything is sent and nothing is known to
 * be shown: a call goes to the priority file, which is shown before all others; any other text goes
 * to file A, and then the priority file is emptied. Each is a packet of its own, more than 100 ms
 * apart. What stands still is repeated in the background, what flashes or moves is not: it would
 * visibly begin anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/alpha/models.h"
#include "drivers/board/alpha/protocol.h"
#include "drivers/board/fields.h"
#include "drivers/board/news.h"
#include "drivers/board/tell.h"
#include "drivers/driver.h"

enum {
	GAP_US = 110000, /* the protocol wants more than 100 ms between packets */
	US_PER_S = 1000000,
	MINUTE_US = 60000000,
};
static const int64_t CLOCK_AGAIN_US = (int64_t)86400 * US_PER_S;

/* What is sent; also exchange.command. */
enum step { STEP_NONE, STEP_TEXT, STEP_PRIORITY, STEP_NO_PRIORITY, STEP_BEEP, STEP_TIME };

enum priority_file { PRIORITY_UNKNOWN, PRIORITY_EMPTY, PRIORITY_FULL };

struct device {
	struct board_told told;
	struct board_alpha_face face;
	bool beeps;
	int64_t refresh_us;
	bool up;

	bool wanted;
	struct board_alpha_text text;
	bool blink, is_call;
	uint32_t revision;   /* the caller's */
	uint32_t generation; /* rises when the packets change */
	int64_t offset_us;   /* of local time; 0 unknown */

	uint32_t file_generation;     /* what file A was sent last; 0 nobody knows */
	uint32_t priority_generation; /* likewise, if it is full */
	enum priority_file priority;
	bool repair, refreshing, beep;
	int64_t known_offset_us, clock_due_us, refresh_due_us;
};

static const struct board_choice switches[] = {{"0", 0}, {"1", 1}, {NULL, 0}};
static const struct board_choice colours[] = {
	{"none", 0}, {"red", '1'}, {"green", '2'}, {"amber", '3'}, {NULL, 0}};

enum { SET_CHECKSUM, SET_COLOUR, SET_BEEP, SET_REFRESH, SETS };
static const struct board_field settings[] = {
	{"checksum", switches, 0, -1}, {"colour", colours, 0, -1}, {"beep", switches, 0, -1},
	{"refresh_s", NULL, 10, 3600}, {NULL, NULL, 0, 0},
};

static int alpha_probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, "alpha") == 0 ? 0 : -ENODEV;
}

static int alpha_create(struct device **ret_device, const struct device_options *options,
			const struct driver_host *host, void *user, char *ret_error,
			size_t error_size)
{
	long values[SETS] = {[SET_CHECKSUM] = 1, [SET_COLOUR] = '1', [SET_REFRESH] = 60};
	struct device *device;
	int r;

	if (options->address < 1) {
		snprintf(ret_error, error_size,
			 "%s: 地址须为 1 至 255 an Alpha sign's address is 1 to 255",
			 options->name);
		return -EINVAL;
	}
	r = board_fields_settings(settings, options->name, options->model->settings,
				  options->settings, options->setting_count, values, ret_error,
				  error_size);
	if (r < 0)
		return r;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->told = (struct board_told){.host = host, .user = user};
	device->face = (struct board_alpha_face){
		.address = options->address,
		.columns = options->model->u.board.columns,
		.rows = options->model->u.board.rows,
		.type = ALPHA_ALL_TYPES,
		.colour = (uint8_t)values[SET_COLOUR],
		.checksum = values[SET_CHECKSUM] == 1,
	};
	device->beeps = values[SET_BEEP] == 1;
	device->refresh_us = (int64_t)values[SET_REFRESH] * US_PER_S;
	*ret_device = device;
	return 0;
}

static void alpha_remove(struct device *device)
{
	free(device);
}

/* ---- what is wanted, what is there ---- */

static bool is_painted(const struct device *device)
{
	if (device->is_call)
		return device->priority == PRIORITY_FULL &&
		       device->priority_generation == device->generation;
	return device->file_generation == device->generation && device->priority == PRIORITY_EMPTY;
}

static void tell_painted(struct device *device)
{
	enum board_painted painted =
		is_painted(device) || device->refreshing ? BOARD_SENT : BOARD_UNKNOWN;

	board_tell_painted(&device->told, painted, device->revision);
}

static void read_state(const struct board_state *state, const struct board_alpha_face *face,
		       struct board_alpha_text *ret)
{
	static const enum board_alpha_kind kinds[] = {
		[BOARD_IDLE] = BOARD_ALPHA_IDLE,       [BOARD_CALL] = BOARD_ALPHA_CALL,
		[BOARD_SERVING] = BOARD_ALPHA_SERVING, [BOARD_PAUSED] = BOARD_ALPHA_PAUSED,
		[BOARD_NOTICE] = BOARD_ALPHA_NOTICE,   [BOARD_LIST] = BOARD_ALPHA_LIST,
	};
	const struct board_alpha_wish wish = {
		.kind = state->content <= BOARD_LIST ? kinds[state->content] : BOARD_ALPHA_IDLE,
		.text = state->dark ? "" : state->text,
		.number = state->number,
		.window = state->window,
		.scroll = state->scroll,
	};

	board_alpha_say(face, &wish, ret);
}

static bool clock_is_wrong(const struct device *device)
{
	int64_t difference_us = device->offset_us - device->known_offset_us;

	return device->offset_us != 0 && (device->known_offset_us == 0 ||
					  difference_us >= US_PER_S || difference_us <= -US_PER_S);
}

/* A sign is told hour and minute: it is told when a minute begins. */
static void plan_clock(struct device *device, int64_t now_us)
{
	int64_t into_us = (now_us + device->offset_us) % MINUTE_US;

	device->clock_due_us = into_us < US_PER_S ? now_us : now_us + MINUTE_US - into_us;
}

static int alpha_submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	struct board_state state;
	struct board_alpha_text text;
	bool is_call, blink, changed;

	if (job->kind != JOB_BOARD)
		return -EOPNOTSUPP;
	state = job->u.board;
	state.text[sizeof(state.text) - 1] = '\0';
	state.number[sizeof(state.number) - 1] = '\0';
	read_state(&state, &device->face, &text);
	is_call = state.content == BOARD_CALL && !state.dark;
	blink = state.blink && !text.moves && !state.dark;
	changed = !device->wanted || is_call != device->is_call || blink != device->blink ||
		  text.moves != device->text.moves || strcmp(text.text, device->text.text) != 0;
	if (changed) {
		device->text = text;
		device->is_call = is_call;
		device->blink = blink;
		device->generation++;
		device->repair = !board_is_news(state.content);
		device->refreshing = false;
		device->beep = device->beeps && is_call;
	}
	device->wanted = true;
	device->revision = state.revision;
	if (state.wall_offset_us != device->offset_us) {
		device->offset_us = state.wall_offset_us;
		if (device->up && clock_is_wrong(device))
			plan_clock(device, now_us);
	}
	if (device->up && (changed || clock_is_wrong(device)))
		device->told.host->changed(device->told.user);
	if (is_painted(device))
		tell_painted(device);
	return 0;
}

/* ---- what is next ---- */

static bool can_repeat(const struct device *device)
{
	return !device->blink && !device->text.moves;
}

static int64_t alpha_deadline(const struct device *device)
{
	int64_t deadline = DRIVER_NO_DEADLINE;

	if (!device->up || !device->wanted || !is_painted(device))
		return deadline;
	if (can_repeat(device))
		deadline = device->refresh_due_us;
	if (device->offset_us != 0 && device->clock_due_us < deadline)
		deadline = device->clock_due_us;
	return deadline;
}

static void alpha_tick(struct device *device, int64_t now_us)
{
	(void)device;
	(void)now_us; /* next() looks at the time itself */
}

static void forget(struct device *device)
{
	device->file_generation = device->priority_generation = 0;
	device->priority = PRIORITY_UNKNOWN;
}

static void alpha_link_up(struct device *device, int64_t now_us)
{
	device->up = true;
	device->repair = true;
	device->refreshing = false;
	device->known_offset_us = 0;
	forget(device);
	if (device->offset_us)
		plan_clock(device, now_us);
	board_tell_health(&device->told, HEALTH_UNKNOWN, "");
	device->told.host->changed(device->told.user);
}

static void alpha_link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = device->refreshing = false;
	forget(device);
	if (device->wanted)
		tell_painted(device);
	board_tell_health(&device->told, HEALTH_GONE, "the line is closed");
}

/* The priority file is emptied last, so that nothing older is seen in between. */
static enum step next_step(const struct device *device, int64_t now_us)
{
	if (device->is_call && !is_painted(device))
		return STEP_PRIORITY;
	if (!device->is_call && device->file_generation != device->generation)
		return STEP_TEXT;
	if (!device->is_call && device->priority != PRIORITY_EMPTY)
		return STEP_NO_PRIORITY;
	if (device->beep)
		return STEP_BEEP;
	return device->offset_us && now_us >= device->clock_due_us ? STEP_TIME : STEP_NONE;
}

static size_t make_frame(const struct device *device, enum step step, int64_t now_us, uint8_t *ret,
			 size_t size)
{
	const struct board_alpha_face *face = &device->face;

	switch (step) {
	case STEP_TEXT:
		return board_alpha_text_frame(face, 'A', &device->text, device->blink, ret, size);
	case STEP_PRIORITY:
		return board_alpha_text_frame(face, ALPHA_PRIORITY, &device->text, device->blink,
					      ret, size);
	case STEP_NO_PRIORITY: return board_alpha_no_priority_frame(face, ret, size);
	case STEP_BEEP: return board_alpha_beep_frame(face, ret, size);
	case STEP_TIME: return board_alpha_time_frame(face, now_us + device->offset_us, ret, size);
	case STEP_NONE: break;
	}
	return 0;
}

static int alpha_next(struct device *device, int64_t now_us, struct exchange *ret)
{
	enum step step;

	if (!device->up || !device->wanted)
		return -EAGAIN;
	if (is_painted(device) && can_repeat(device) && now_us >= device->refresh_due_us) {
		device->refreshing = true; /* also the empty priority file */
		forget(device);
	}
	step = next_step(device, now_us);
	ret->len = make_frame(device, step, now_us, ret->bytes, sizeof(ret->bytes));
	if (!ret->len)
		return -EAGAIN;
	ret->priority = device->refreshing || step >= STEP_BEEP ? EXCHANGE_REFRESH
			: device->repair			? EXCHANGE_REPAIR
								: EXCHANGE_CALL;
	ret->reply_wanted = false;
	ret->timeout_us = GAP_US;
	ret->turnround_us = GAP_US;
	ret->match = NULL;
	ret->address = device->face.address;
	ret->command = (uint8_t)step;
	ret->tag = device->generation;
	return 0;
}

static void alpha_ended(struct device *device, const struct exchange *exchange,
			enum exchange_end end, const uint8_t *reply, size_t len, int64_t now_us)
{
	(void)reply;
	(void)len;
	if (end != EXCHANGE_ANSWERED)
		return; /* nothing answers: the line went down, link_down() follows */
	switch (exchange->command) {
	case STEP_TEXT: device->file_generation = exchange->tag; break;
	case STEP_PRIORITY:
		device->priority = PRIORITY_FULL;
		device->priority_generation = exchange->tag;
		break;
	case STEP_NO_PRIORITY: device->priority = PRIORITY_EMPTY; break;
	case STEP_BEEP: device->beep = false; break;
	case STEP_TIME:
		device->known_offset_us = device->offset_us;
		device->clock_due_us = now_us + CLOCK_AGAIN_US;
		break;
	default: break;
	}
	if (exchange->command <= STEP_NO_PRIORITY && is_painted(device)) {
		device->refreshing = false;
		device->refresh_due_us = now_us + device->refresh_us;
		tell_painted(device);
	}
	board_tell_health(&device->told, HEALTH_WARNING,
			  "never answers: sent, not known to be shown");
}

const struct driver alpha_driver = {
	.name = "alpha",
	.description = "Alpha and BetaBrite signs (Alpha Sign Communications Protocol), ASCII only",
	.class = DEVICE_BOARD,
	.link = LINK_LINE,
	.maturity = MATURITY_SIMULATED,
	.models = board_alpha_models,
	.model_count = BOARD_ALPHA_MODELS,
	.probe = alpha_probe,
	.create = alpha_create,
	.remove = alpha_remove,
	.submit = alpha_submit,
	.deadline = alpha_deadline,
	.tick = alpha_tick,
	.link_up = alpha_link_up,
	.link_down = alpha_link_down,
	.next = alpha_next,
	.ended = alpha_ended,
};
