/* Plays a capture of a line with one board to its driver and compares what comes of it with a
 * golden.
 *
 *     replay [--write] CAPTURE GOLDEN
 *
 * A capture is what drivers/transport/record.c writes, with two more kinds of remarks at its top:
 *
 *     # driver NAME MODEL ADDRESS [KEY=VALUE]...
 *     # want AT_US CONTENT FLAGS NUMBER WINDOW TEXT     CONTENT: idle call serving paused notice
 * list; FLAGS: b blinks, s may move, d dark, -; NUMBER -
 *     # clock OFFSET_US        before the wants: local time since 1970 at the capture's 0
 *
 * The driver must offer what the capture says was sent, byte for byte and when it was sent; what
 * was received is given to it. The golden has every frame in words and all that the driver told. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/codec.h"
#include "drivers/driver.h"
#include "drivers/transport/capture.h"

enum { MAX_WANTS = 32, MAX_SETTINGS = 8, MAX_LOG = 256 * 1024 };

struct want {
	int64_t at_us;
	struct board_state state;
};

static struct {
	const char *path;
	int line;
	const struct driver *driver;
	const struct codec *codec;
	struct device *device;
	char settings[MAX_SETTINGS][64];
	struct want wants[MAX_WANTS];
	int64_t clock_us;
	size_t want_count, wanted;
	struct exchange exchange;
	bool out, up; /* an exchange is on its way; the line is open */
	bool heard;   /* bytes came during it, whatever they were */
	uint8_t received[EXCHANGE_MAX_BYTES];
	size_t received_len;
	int64_t now_us;
	char log[MAX_LOG];
	size_t log_len;
} play;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", play.path, play.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(play.log + play.log_len, sizeof(play.log) - play.log_len, format, args);
	va_end(args);
	if (n < 0 || play.log_len + (size_t)n >= sizeof(play.log))
		fail("a log without end");
	play.log_len += (size_t)n;
}

/* ---- what the driver tells ---- */

static void on_painted(void *user, enum board_painted painted, uint32_t revision)
{
	static const char *const words[] = {"unknown", "sent", "acknowledged", "failed"};

	(void)user;
	note("%" PRId64 " painted %s %u\n", play.now_us / 1000, words[painted], revision);
}

static void on_health(void *user, enum device_health health, const char *detail)
{
	static const char *const words[] = {"unknown", "ok",	 "warning",
					    "waiting", "failed", "gone"};

	(void)user;
	note("%" PRId64 " health %s%s%s\n", play.now_us / 1000, words[health], *detail ? ": " : "",
	     detail);
}

static void on_changed(void *user)
{
	(void)user;
}

static const struct driver_host host = {
	.painted = on_painted, .health = on_health, .changed = on_changed};

static void on_field(void *user, const char *key, const char *value)
{
	(void)user;
	note(" %s=%.*s", key, (int)strcspn(value, "\t"), value);
}

static void note_frames(char direction, const uint8_t *bytes, size_t len)
{
	const struct codec_request told = {0};
	char error[CODEC_MAX_ERROR];
	size_t at = 0;
	int used = 1;

	note("%" PRId64 " %c", play.now_us / 1000, direction);
	while (at < len && used > 0) {
		used = play.codec->decode(&told, bytes + at, len - at, on_field, NULL, error,
					  sizeof(error));
		at += used > 0 ? (size_t)used : 0;
	}
	note("%s\n", used < 0 ? " damaged" : "");
}

/* ---- the capture's top ---- */

static void read_driver(char *text)
{
	char *name = strtok(text, " "), *model = strtok(NULL, " "), *address = strtok(NULL, " ");
	const char *settings[MAX_SETTINGS];
	struct device_options options = {.name = "board", .baud = 9600, .settings = settings};
	char error[256] = "";

	if (!name || !model || !address)
		fail("# driver NAME MODEL ADDRESS");
	play.driver = driver_find(name);
	play.codec = codec_find(name);
	options.model = play.driver ? driver_find_model(play.driver, model) : NULL;
	options.address = (uint8_t)atoi(address);
	if (!options.model || !play.codec)
		fail("no such driver, model or codec");
	for (char *word; (word = strtok(NULL, " "));) {
		if (options.setting_count == MAX_SETTINGS)
			fail("too many settings");
		snprintf(play.settings[options.setting_count], sizeof(play.settings[0]), "%s",
			 word);
		settings[options.setting_count] = play.settings[options.setting_count];
		options.setting_count++;
	}
	if (play.driver->create(&play.device, &options, &host, NULL, error, sizeof(error)) < 0)
		fail("%s", error);
}

static void read_want(const char *text)
{
	static const char *const contents[] = {"idle",	 "call",   "serving",
					       "paused", "notice", "list"};
	struct want *want = &play.wants[play.want_count];
	char content[16], flags[8], number[16];
	unsigned window;
	int used = 0;

	if (play.want_count == MAX_WANTS ||
	    sscanf(text, "%" SCNd64 " %15s %7s %15s %u %n", &want->at_us, content, flags, number,
		   &window, &used) < 5 ||
	    used == 0)
		fail("# want AT_US CONTENT FLAGS NUMBER WINDOW TEXT");
	for (int i = 0; i < 6; i++)
		if (strcmp(contents[i], content) == 0)
			want->state.content = (enum board_content)i;
	want->state.blink = strchr(flags, 'b');
	want->state.scroll = strchr(flags, 's');
	want->state.dark = strchr(flags, 'd');
	if (strcmp(number, "-") != 0)
		memcpy(want->state.number, number, strnlen(number, 8));
	want->state.window = (uint16_t)window;
	want->state.wall_offset_us = play.clock_us;
	snprintf(want->state.text, sizeof(want->state.text), "%s", text + used);
	for (char *at = want->state.text; *at; at++)
		*at = *at == '|' ? '\n' : *at; /* rows */
	want->state.revision = (uint32_t)++play.want_count;
}

/* ---- playing ---- */

static void submit_due(int64_t until_us)
{
	while (play.wanted < play.want_count && play.wants[play.wanted].at_us <= until_us) {
		const struct want *want = &play.wants[play.wanted++];
		const struct device_job job = {.kind = JOB_BOARD, .u.board = want->state};

		play.now_us = want->at_us;
		note("%" PRId64 " want %u\n", play.now_us / 1000, want->state.revision);
		if (play.driver->submit(play.device, &job, play.now_us) < 0)
			fail("the driver does not take want %u", want->state.revision);
	}
}

static void end_exchange(enum exchange_end end, size_t len)
{
	static const char *const words[] = {"answered", "timeout", "garbage", "line down"};

	if (!play.out)
		return;
	play.out = false;
	if (end != EXCHANGE_ANSWERED)
		note("%" PRId64 " %s\n", play.now_us / 1000, words[end]);
	play.driver->ended(play.device, &play.exchange, end, play.received, len, play.now_us);
}

static void sent(const struct capture_line *line)
{
	/* The exchange before ended without an answer, or the capture would have it. */
	end_exchange(play.heard ? EXCHANGE_GARBAGE : EXCHANGE_TIMEOUT, 0);
	play.received_len = 0;
	play.heard = false;
	memset(&play.exchange, 0, sizeof(play.exchange));
	if (play.driver->next(play.device, play.now_us, &play.exchange) < 0)
		fail("the driver has nothing to say here");
	note_frames('>', line->bytes, line->len);
	if (play.exchange.len != line->len ||
	    memcmp(play.exchange.bytes, line->bytes, line->len) != 0) {
		note_frames('!', play.exchange.bytes, play.exchange.len);
		fail("the driver says something else:\n%s", play.log);
	}
	play.out = true;
}

static void received(const struct capture_line *line)
{
	int n = 0;

	if (play.received_len + line->len > sizeof(play.received))
		fail("too much was received");
	memcpy(play.received + play.received_len, line->bytes, line->len);
	play.received_len += line->len;
	play.heard = true;
	/* Bytes that belong to no answer go one by one, as the bus master has it. */
	while (play.out && play.exchange.reply_wanted && play.received_len > 0) {
		n = play.exchange.match(&play.exchange, play.received, play.received_len);
		if (n >= 0)
			break;
		memmove(play.received, play.received + 1, --play.received_len);
	}
	if (n <= 0)
		return;
	note_frames('<', play.received, (size_t)n);
	end_exchange(EXCHANGE_ANSWERED, (size_t)n);
	play.received_len = 0;
}

static void play_line(const struct capture_line *line)
{
	submit_due(line->at_us);
	play.now_us = line->at_us;
	switch (line->kind) {
	case CAPTURE_OPENED:
		if (line->status < 0)
			break;
		play.up = true;
		note("%" PRId64 " open\n", play.now_us / 1000);
		play.driver->link_up(play.device, play.now_us);
		break;
	case CAPTURE_SUBMIT: sent(line); break;
	case CAPTURE_DONE:
		if (line->status == 0 && play.out && !play.exchange.reply_wanted)
			end_exchange(EXCHANGE_ANSWERED, 0);
		break;
	case CAPTURE_RECEIVED: received(line); break;
	case CAPTURE_CLOSE:
	case CAPTURE_LEFT:
		if (!play.up)
			break;
		play.up = false;
		end_exchange(EXCHANGE_LINE_DOWN, 0);
		note("%" PRId64 " closed\n", play.now_us / 1000);
		play.driver->link_down(play.device, play.now_us);
		break;
	default: break;
	}
}

static void play_capture(void)
{
	static char text[CAPTURE_MAX_LINE];
	static struct capture_line line;
	FILE *file = fopen(play.path, "r");

	if (!file)
		fail("%s", strerror(errno));
	while (fgets(text, sizeof(text), file)) {
		play.line++;
		text[strcspn(text, "\n")] = '\0';
		if (strncmp(text, "# driver ", 9) == 0)
			read_driver(text + 9);
		else if (strncmp(text, "# clock ", 8) == 0)
			play.clock_us = strtoll(text + 8, NULL, 10);
		else if (strncmp(text, "# want ", 7) == 0)
			read_want(text + 7);
		else if (text[0] && text[0] != '#') {
			if (!play.device)
				fail("# driver is missing");
			if (capture_parse(&line, text) < 0)
				fail("not a line of a capture");
			play_line(&line);
		}
	}
	fclose(file);
	if (play.wanted != play.want_count)
		fail("a want behind the end of the capture");
}

int main(int argc, char **argv)
{
	bool write = argc == 4 && strcmp(argv[1], "--write") == 0;
	const char *golden = argv[argc - 1];
	static char kept[MAX_LOG];
	FILE *file;

	if (argc != 3 && !write)
		return 2;
	play.path = argv[argc - 2];
	play_capture();
	file = fopen(golden, write ? "w" : "r");
	if (!file)
		fail("%s: %s", golden, strerror(errno));
	if (write) {
		fwrite(play.log, 1, play.log_len, file);
	} else if (fread(kept, 1, sizeof(kept), file) != play.log_len ||
		   memcmp(kept, play.log, play.log_len) != 0) {
		fprintf(stderr, "not as in %s:\n%s", golden, play.log);
		return 1;
	}
	fclose(file);
	play.driver->remove(play.device);
	return 0;
}
