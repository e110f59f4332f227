/* Reads a capture whole. It is small (16 MiB at most), and a replay whose file fails in the middle
 * would be worth nothing. */
#include "drivers/transport/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/transport/common.h"

enum phase { PHASE_CLOSED, PHASE_OPENING, PHASE_OPEN };

struct reader {
	struct script script;
	size_t room; /* in events */
	struct capture_line line;
	enum phase phase;
	bool busy, asked[TRANSPORT_DEVICE_RESET + 1];
	size_t wanted; /* bytes of the submit not yet taken */
	int64_t base_us, last_us;
	const char *wrong;
};

static void start_over(struct reader *reader)
{
	reader->phase = PHASE_CLOSED;
	reader->busy = false;
	memset(reader->asked, 0, sizeof(reader->asked));
}

static bool check_down(struct reader *r)
{
	const struct capture_line *line = &r->line;

	if (line->status > 0)
		return false;
	/* What was refused changed nothing. */
	if (line->status < 0)
		return true;
	switch (line->kind) {
	case CAPTURE_OPEN:
		if (r->phase != PHASE_CLOSED)
			return false;
		r->phase = PHASE_OPENING;
		return true;
	case CAPTURE_CLOSE:
		if (r->phase == PHASE_CLOSED)
			return false;
		start_over(r);
		return true;
	case CAPTURE_SUBMIT:
		if (r->phase != PHASE_OPEN || r->busy || line->len < 1)
			return false;
		r->busy = true;
		r->wanted = line->len;
		return true;
	case CAPTURE_CONTROL:
		if (r->phase != PHASE_OPEN || r->asked[line->what])
			return false;
		r->asked[line->what] = true;
		return true;
	case CAPTURE_CANCEL: return r->busy;
	default: return true;
	}
}

static bool check_up(struct reader *r)
{
	const struct capture_line *line = &r->line;

	switch (line->kind) {
	case CAPTURE_OPENED:
		if (r->phase != PHASE_OPENING || line->status > 0)
			return false;
		r->phase = line->status < 0 ? PHASE_CLOSED : PHASE_OPEN;
		return true;
	case CAPTURE_PROGRESS:
		if (!r->busy || line->status < 1 || (size_t)line->status > r->wanted)
			return false;
		r->wanted -= (size_t)line->status;
		return true;
	case CAPTURE_DONE:
		if (!r->busy || line->status > 0 || (line->status == 0 && r->wanted > 0))
			return false;
		r->busy = false;
		return true;
	case CAPTURE_RECEIVED: return r->phase == PHASE_OPEN && line->len > 0;
	case CAPTURE_CONTROLLED:
		if (!r->asked[line->what] || line->status > 0)
			return false;
		r->asked[line->what] = false;
		return true;
	case CAPTURE_LEFT:
		if (r->phase != PHASE_OPEN || r->busy || line->status >= 0)
			return false;
		start_over(r);
		return true;
	default: return false;
	}
}

/* Refusals that replay makes by itself, of acts that came too early: another time they may not be
 * too early. Nor is it part of the story how often drain() was asked. */
static bool is_left_out(const struct capture_line *line)
{
	if (!capture_is_down(line->kind))
		return false;
	return line->kind == CAPTURE_DRAIN || line->status == -EBUSY || line->status == -EINVAL ||
	       line->status == -ENOTCONN || line->status == -EALREADY;
}

static int append(struct reader *r, size_t number)
{
	struct script *script = &r->script;
	struct script_event *events;

	if (script->n_events == r->room) {
		r->room = r->room ? 2 * r->room : 64;
		events = reallocarray(script->events, r->room, sizeof(*events));
		if (!events)
			return -ENOMEM;
		script->events = events;
	}
	script->events[script->n_events++] = (struct script_event){
		.at_us = r->base_us + r->line.at_us,
		.kind = r->line.kind,
		.what = r->line.what,
		.status = r->line.status,
		.line = number,
		.offset = script->n_bytes,
		.len = r->line.len,
	};
	memcpy(script->bytes + script->n_bytes, r->line.bytes, r->line.len);
	script->n_bytes += r->line.len;
	return 0;
}

static int take_line(struct reader *r, const char *text, size_t number)
{
	if (strcmp(text, CAPTURE_HEADER) == 0) {
		/* Recording was begun anew, with a clock of its own. */
		start_over(r);
		r->base_us = r->last_us;
		return 0;
	}
	r->wrong = "does not begin with \"" CAPTURE_HEADER "\"";
	if (number == 1)
		return -EINVAL;
	if (text[0] == '#' || !text[0])
		return 0;
	r->wrong = "is not TIME DIRECTION KIND HEX STATUS";
	if (capture_parse(&r->line, text) < 0)
		return -EINVAL;
	r->wrong = "is earlier than the one before";
	if (r->base_us + r->line.at_us < r->last_us)
		return -EINVAL;
	r->last_us = r->base_us + r->line.at_us;
	r->wrong = "cannot come after those before it";
	if (!(capture_is_down(r->line.kind) ? check_down(r) : check_up(r)))
		return -EINVAL;
	return is_left_out(&r->line) ? 0 : append(r, number);
}

/* The whole file with a NUL after it. */
static int read_file(const char *path, char **ret_text, size_t *ret_size)
{
	struct stat st;
	ssize_t n = 1;
	size_t got;
	char *text;
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
	if (r == 0 && st.st_size > CAPTURE_MAX_FILE)
		r = -EFBIG;
	if (r < 0)
		goto err_fd;
	text = malloc((size_t)st.st_size + 1);
	r = -ENOMEM;
	if (!text)
		goto err_fd;
	for (got = 0; got < (size_t)st.st_size && n > 0; got += (size_t)n) {
		n = read(fd, text + got, (size_t)st.st_size - got);
		if (n < 0)
			break;
	}
	r = n < 0 ? -errno : 0;
	if (r < 0) {
		free(text);
		goto err_fd;
	}
	text[got] = '\0';
	*ret_text = text;
	*ret_size = got;
err_fd:
	close(fd);
	return r;
}

static int read_lines(struct reader *reader, char *text, size_t size, size_t *ret_number)
{
	char *end = text + size, *newline;
	size_t number = 0;
	int r = 0;

	reader->wrong = "is empty";
	if (size == 0)
		return -EINVAL;
	while (text < end && r == 0) {
		*ret_number = ++number;
		newline = memchr(text, '\n', (size_t)(end - text));
		reader->wrong = "has no end, is too long or has a zero byte";
		if (!newline || newline - text >= CAPTURE_MAX_LINE ||
		    memchr(text, '\0', (size_t)(newline - text)))
			return -EINVAL;
		*newline = '\0';
		r = take_line(reader, text, number);
		text = newline + 1;
	}
	return r;
}

int script_load(struct script *ret, const char *path, char *ret_error, size_t error_size)
{
	struct reader *reader;
	size_t size = 0, number = 1;
	char *text = NULL;
	int r;

	r = read_file(path, &text, &size);
	if (r < 0)
		return transport_refuse(ret_error, error_size, r, "replay: %s: %s.", path,
					strerror(-r));
	reader = calloc(1, sizeof(*reader));
	r = -ENOMEM;
	if (!reader)
		goto out_text;
	/* Two digits make a byte, so half the file is enough for all of them. */
	reader->script.bytes = malloc(size / 2 + 1);
	if (reader->script.bytes)
		r = read_lines(reader, text, size, &number);
	if (r == 0)
		*ret = reader->script;
	else
		script_free(&reader->script);
out_text:
	if (r == -EINVAL)
		(void)transport_refuse(ret_error, error_size, r, "replay: line %zu of %s %s.",
				       number, path, reader->wrong);
	else if (r < 0)
		(void)transport_refuse(ret_error, error_size, r, "replay: %s: %s.", path,
				       strerror(-r));
	free(reader);
	free(text);
	return r;
}

void script_free(struct script *script)
{
	free(script->events);
	free(script->bytes);
	*script = (struct script){NULL, 0, NULL, 0};
}
