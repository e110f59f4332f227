/* The lihe board as a driver: keeps the one wanted text, offers it to the bus master until it was
 * sent (cards that never answer) or acknowledged (V2.1 cards), and repeats it in the background so
 * that a board that was restarted, or that heard one byte wrong, comes right. A blinking text is
 * never repeated: the board would visibly begin anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/lihe/models.h"
#include "drivers/board/lihe/protocol.h"
#include "drivers/driver.h"

enum {
	TRIES = 3,
	TURNROUND_US = 4000,
	TIMEOUT_DEFAULT_MS = 600, /* in the field 300 ms was too short, 600 ms was not */
	PROBE_DEFAULT_S = 10,
	REFRESH_DEFAULT_S = 60,
	US_PER_MS = 1000,
	US_PER_S = 1000000,
};

enum { COMMAND_TEXT = 1, COMMAND_VERSION };
enum version_habit { VERSION_UNKNOWN, VERSION_ANSWERS, VERSION_SILENT };

struct device {
	const struct driver_host *host;
	void *user;
	struct board_lihe_face face;
	bool acknowledges;
	uint32_t timeout_us;
	int64_t probe_us, refresh_us;
	bool up;

	bool wanted;
	uint8_t text[BOARD_LIHE_MAX_TEXT];
	size_t text_len;
	bool blink;
	uint32_t revision;   /* the caller's */
	uint32_t generation; /* rises when the bytes change */

	enum board_painted painted; /* of painted_generation */
	uint32_t painted_generation;
	bool repair; /* the text is no news any more */
	unsigned misses;
	unsigned unanswered; /* questions for the version, while nobody knows if it knows them */
	int64_t due_us;	     /* repeat or probe */
	enum version_habit version;

	enum board_painted told_painted;
	uint32_t told_revision;
	enum device_health told_health;
	char told_detail[DEVICE_DETAIL_SIZE];
};

/* ---- settings ---- */

struct choice {
	const char *word;
	int value;
};

static const struct choice sums[] = {
	{"data", BOARD_LIHE_SUM_DATA}, {"data+ff", BOARD_LIHE_SUM_DATA_AND_END}, {NULL, 0}};
static const struct choice colours[] = {{"red", BOARD_LIHE_RED},
					{"green", BOARD_LIHE_GREEN},
					{"yellow", BOARD_LIHE_YELLOW},
					{NULL, 0}};
static const struct choice cards[] = {
	{"tpk-1616", BOARD_LIHE_TPK_1616}, {"3232b", BOARD_LIHE_3232B}, {NULL, 0}};
static const struct choice switches[] = {{"0", 0}, {"1", 1}, {NULL, 0}};

static const struct setting {
	const char *key;
	const struct choice *choices; /* NULL: a number */
	int least, most;
} settings[] = {
	{"checksum", sums, 0, 0},      {"ack", switches, 0, 0},	       {"colour", colours, 0, 0},
	{"card", cards, 0, 0},	       {"timeout_ms", NULL, 20, 5000}, {"probe_s", NULL, 2, 600},
	{"refresh_s", NULL, 10, 3600},
};
enum {
	SET_CHECKSUM,
	SET_ACK,
	SET_COLOUR,
	SET_CARD,
	SET_TIMEOUT,
	SET_PROBE,
	SET_REFRESH,
	SET_COUNT
};

static int read_value(const struct setting *setting, const char *word, int *ret_value)
{
	char *end;
	long number;

	if (setting->choices) {
		for (const struct choice *c = setting->choices; c->word; c++) {
			if (strcmp(c->word, word) == 0) {
				*ret_value = c->value;
				return 0;
			}
		}
		return -EINVAL;
	}
	if (word[0] < '0' || word[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtol(word, &end, 10);
	if (*end || errno || number < setting->least || number > setting->most)
		return -EINVAL;
	*ret_value = (int)number;
	return 0;
}

static int read_setting(const char *text, int values[SET_COUNT], const char *name, char *ret_error,
			size_t error_size)
{
	const char *equals = strchr(text, '=');

	for (size_t i = 0; equals && i < SET_COUNT; i++) {
		size_t len = (size_t)(equals - text);

		if (strlen(settings[i].key) != len || strncmp(settings[i].key, text, len) != 0)
			continue;
		if (read_value(&settings[i], equals + 1, &values[i]) == 0)
			return 0;
		snprintf(ret_error, error_size, "%s: \"%.60s\" is no value this setting may have",
			 name, text);
		return -EINVAL;
	}
	snprintf(ret_error, error_size,
		 "%s: unknown setting \"%.60s\"; there are checksum=data|data+ff, ack=0|1, "
		 "colour=red|green|yellow, card=tpk-1616|3232b, timeout_ms, probe_s, refresh_s",
		 name, text);
	return -EINVAL;
}

/* Those of the model, parted by blanks, then those of the device. */
static int read_settings(const struct device_options *options, int values[SET_COUNT],
			 char *ret_error, size_t error_size)
{
	const char *rest = options->model->settings ? options->model->settings : "";
	char word[64];
	int r = 0;

	while (r == 0 && sscanf(rest, " %63s", word) == 1) {
		rest = strstr(rest, word) + strlen(word);
		r = read_setting(word, values, options->name, ret_error, error_size);
	}
	for (size_t i = 0; r == 0 && i < options->setting_count; i++)
		r = read_setting(options->settings[i], values, options->name, ret_error,
				 error_size);
	return r;
}

static int lihe_probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, "lihe") == 0 ? 0 : -ENODEV;
}

static int lihe_create(struct device **ret_device, const struct device_options *options,
		       const struct driver_host *host, void *user, char *ret_error,
		       size_t error_size)
{
	int values[SET_COUNT] = {
		[SET_ACK] = options->model->u.board.acknowledges,
		[SET_TIMEOUT] = TIMEOUT_DEFAULT_MS,
		[SET_PROBE] = PROBE_DEFAULT_S,
		[SET_REFRESH] = REFRESH_DEFAULT_S,
	};
	struct device *device;
	int r;

	if (options->address < 1 || options->address > 254) {
		snprintf(ret_error, error_size, "%s: a lihe board's address is 1 to 254",
			 options->name);
		return -EINVAL;
	}
	r = read_settings(options, values, ret_error, error_size);
	if (r < 0)
		return r;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->host = host;
	device->user = user;
	device->face = (struct board_lihe_face){
		.address = options->address,
		.columns = options->model->u.board.columns,
		.rows = options->model->u.board.rows,
		.sum = (enum board_lihe_sum)values[SET_CHECKSUM],
		.colour = (enum board_lihe_colour)values[SET_COLOUR],
		.card = (enum board_lihe_card)values[SET_CARD],
	};
	device->acknowledges = values[SET_ACK] == 1;
	device->timeout_us = (uint32_t)values[SET_TIMEOUT] * US_PER_MS;
	device->probe_us = (int64_t)values[SET_PROBE] * US_PER_S;
	device->refresh_us = (int64_t)values[SET_REFRESH] * US_PER_S;
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
	if (painted == device->told_painted && device->revision == device->told_revision)
		return;
	device->told_painted = painted;
	device->told_revision = device->revision;
	device->host->painted(device->user, painted, device->revision);
}

static void tell_health(struct device *device, enum device_health health, const char *detail)
{
	if (health == device->told_health && strcmp(detail, device->told_detail) == 0)
		return;
	device->told_health = health;
	snprintf(device->told_detail, sizeof(device->told_detail), "%s", detail);
	device->host->health(device->user, health, device->told_detail);
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

static int lihe_submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	uint8_t text[BOARD_LIHE_MAX_TEXT];
	char given[sizeof(job->u.board.text)];
	size_t len;
	int r;

	(void)now_us;
	if (job->kind != JOB_BOARD)
		return -EOPNOTSUPP;
	memcpy(given, job->u.board.text, sizeof(given));
	given[sizeof(given) - 1] = '\0';
	r = board_lihe_fit(&device->face, given, text);
	if (r < 0)
		return r;
	len = (size_t)r;
	device->revision = job->u.board.revision;
	if (!device->wanted || device->blink != job->u.board.blink || device->text_len != len ||
	    memcmp(device->text, text, len) != 0) {
		device->wanted = true;
		device->blink = job->u.board.blink;
		device->text_len = len;
		memcpy(device->text, text, len);
		device->generation++;
		device->repair = false;
		if (device->up)
			device->host->changed(device->user);
	}
	if (is_painted(device))
		tell_painted(device);
	return 0;
}

/* While it blinks only the card's version can be asked, if the card is one that says it. */
static bool can_repeat(const struct device *device)
{
	return !device->blink || (device->acknowledges && device->version != VERSION_SILENT);
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
	tell_health(device, HEALTH_UNKNOWN, "");
	device->host->changed(device->user);
}

static void lihe_link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = false;
	device->painted = BOARD_UNKNOWN;
	if (device->wanted)
		tell_painted(device);
	tell_health(device, HEALTH_GONE, "the line is closed");
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
	ret->len = board_lihe_text_frame(&device->face, device->text, device->text_len,
					 device->blink, ret->bytes, sizeof(ret->bytes));
	ret->reply_wanted = device->acknowledges;
	ret->timeout_us = device->timeout_us;
	ret->turnround_us = TURNROUND_US;
	ret->match = match_ack;
	ret->address = device->face.address;
	ret->command = COMMAND_TEXT;
	ret->tag = device->generation;
}

static void offer_version(const struct device *device, struct exchange *ret)
{
	ret->priority = EXCHANGE_REFRESH;
	ret->len = board_lihe_version_frame(&device->face, ret->bytes, sizeof(ret->bytes));
	ret->reply_wanted = true;
	ret->timeout_us = device->timeout_us;
	ret->turnround_us = TURNROUND_US;
	ret->match = match_version;
	ret->address = device->face.address;
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
	if (device->blink)
		offer_version(device, ret);
	else
		offer_text(device, EXCHANGE_REFRESH, ret);
	return 0;
}

static void ended_well(struct device *device, const struct exchange *exchange, int64_t now_us)
{
	device->due_us = now_us + (device->acknowledges ? device->probe_us : device->refresh_us);
#ifdef LIHE_BREAK_REPAINT
	device->due_us = INT64_MAX;
#endif
	if (exchange->command == COMMAND_VERSION) {
		device->version = VERSION_ANSWERS;
		if (device->misses > 0) {
			/* It was away for a moment, perhaps without current: is the text there? */
			device->painted = BOARD_UNKNOWN;
			device->repair = true;
		}
	} else {
		if (device->misses > 0) { /* likewise: the question may get an answer now */
			device->version = VERSION_UNKNOWN;
			device->unanswered = 0;
		}
		device->painted = device->acknowledges ? BOARD_ACKNOWLEDGED : BOARD_SENT;
		device->painted_generation = exchange->tag;
	}
	device->misses = 0;
	if (is_painted(device))
		tell_painted(device);
	if (device->acknowledges)
		tell_health(device, HEALTH_OK, "");
	else
		tell_health(device, HEALTH_WARNING, "never answers: sent, not known to be shown");
}

static void ended_badly(struct device *device, const struct exchange *exchange,
			enum exchange_end end, int64_t now_us)
{
	if (exchange->command == COMMAND_VERSION && device->version == VERSION_UNKNOWN) {
		/* The card does not know the question, or it has no current: the text tells. */
		if (++device->unanswered == TRIES)
			device->version = VERSION_SILENT;
		device->due_us = now_us + device->probe_us;
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
	tell_health(device, HEALTH_FAILED,
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
