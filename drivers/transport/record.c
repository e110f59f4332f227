/* record:FILE:URL, any transport with a capture of all that goes through it, errors and controls
 * included. Each line is flushed as it is written, so that a crash leaves what led to it. A capture
 * that cannot be written is given up; the device goes on. */
#include "drivers/transport/capture.h"
#include "drivers/transport/common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct record {
	struct transport base;
	struct transport *inner;
	FILE *file; /* NULL: given up */
	long written;
	bool started; /* zero_us is known */
	int64_t zero_us, now_us;
	bool open, busy;
	int drained; /* the last answer of drain() that was written */
};

static struct record *to_record(struct transport *transport)
{
	return (struct record *)transport;
}

/* A full one that is opened again and again gets the last words only as long as they fit. */
static void give_up(struct record *rec, const char *last_words)
{
	if (rec->written < CAPTURE_MAX_FILE - CAPTURE_MAX_LINE)
		(void)fputs(last_words, rec->file);
	(void)fclose(rec->file);
	rec->file = NULL;
}

static void see_time(struct record *rec, int64_t now_us)
{
	if (!rec->started)
		rec->zero_us = now_us;
	rec->started = true;
	rec->now_us = now_us;
}

static void write_text(struct record *rec, const char *text, size_t len)
{
	if (!rec->file)
		return;
	if (rec->written + (long)len > CAPTURE_MAX_FILE - CAPTURE_MAX_LINE)
		give_up(rec, "# the capture is full\n");
	else if (fwrite(text, 1, len, rec->file) != len || fflush(rec->file) != 0)
		give_up(rec, "");
	else
		rec->written += (long)len;
}

static void write_line(struct record *rec, enum capture_kind kind, enum transport_control what,
		       const uint8_t *bytes, size_t len, int status)
{
	char line[CAPTURE_MAX_LINE];
	int64_t at_us = rec->now_us > rec->zero_us ? rec->now_us - rec->zero_us : 0;
	size_t n;

	n = capture_format(line, at_us, kind, what, bytes, len, status);
	write_text(rec, line, n);
}

static void write_plain(struct record *rec, enum capture_kind kind, int status)
{
	write_line(rec, kind, TRANSPORT_PORT_STATUS, NULL, 0, status);
}

static void copy_why(struct record *rec)
{
	memcpy(rec->base.why, rec->inner->why, sizeof(rec->base.why));
}

static void on_opened(void *user, int status)
{
	struct record *rec = user;

	rec->open = status == 0;
	write_plain(rec, CAPTURE_OPENED, status);
	copy_why(rec);
	transport_tell_opened(&rec->base, status);
}

static void on_progress(void *user, size_t bytes)
{
	struct record *rec = user;

	write_plain(rec, CAPTURE_PROGRESS, (int)bytes);
	transport_tell_progress(&rec->base, bytes);
}

static void on_done(void *user, int status)
{
	struct record *rec = user;

	rec->busy = false;
	write_plain(rec, CAPTURE_DONE, status);
	transport_tell_done(&rec->base, status);
}

static void on_received(void *user, const uint8_t *bytes, size_t len)
{
	struct record *rec = user;
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = len - at < TRANSPORT_MAX_SUBMIT ? len - at : TRANSPORT_MAX_SUBMIT;
		write_line(rec, CAPTURE_RECEIVED, TRANSPORT_PORT_STATUS, bytes + at, n, 0);
	}
	transport_tell_received(&rec->base, bytes, len);
}

static void on_left(void *user, int reason)
{
	struct record *rec = user;

	rec->open = false;
	write_plain(rec, CAPTURE_LEFT, reason);
	copy_why(rec);
	transport_tell_left(&rec->base, reason);
}

static void on_controlled(void *user, enum transport_control what, int status, const uint8_t *bytes,
			  size_t len)
{
	struct record *rec = user;

	write_line(rec, CAPTURE_CONTROLLED, what, bytes, len, status);
	transport_tell_controlled(&rec->base, what, status, bytes, len);
}

static void on_changed(void *user)
{
	struct record *rec = user;

	transport_tell_changed(&rec->base);
}

static const struct transport_host record_host = {
	.opened = on_opened,
	.progress = on_progress,
	.done = on_done,
	.received = on_received,
	.left = on_left,
	.controlled = on_controlled,
	.changed = on_changed,
};

static void write_header(struct record *rec, const char *url)
{
	char text[CAPTURE_MAX_LINE];

	(void)snprintf(text, sizeof(text), "%s\n# from %s\n# by onewindow %s\n", CAPTURE_HEADER,
		       url, ONEWINDOW_VERSION);
	write_text(rec, text, strlen(text));
}

static int open_file(struct record *rec, const char *path, const char *url, char *ret_error,
		     size_t error_size)
{
	struct stat st;
	int fd, r;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	if (fd < 0) {
		r = -errno;
		return transport_refuse(ret_error, error_size, r, "record: %s: %s.", path,
					strerror(-r));
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return transport_refuse(ret_error, error_size, -EINVAL,
					"record: %s is no ordinary file.", path);
	}
	rec->file = fdopen(fd, "a");
	if (!rec->file) {
		close(fd);
		return transport_refuse(ret_error, error_size, -ENOMEM, "record: out of memory.");
	}
	rec->written = (long)st.st_size;
	write_header(rec, url);
	return 0;
}

static int record_create(struct transport **ret, const char *url, const struct transport_host *host,
			 void *user, char *ret_error, size_t error_size)
{
	const char *path = url + strlen("record:"), *inner_url;
	char path_text[TRANSPORT_URL_SIZE];
	size_t len = strcspn(path, ":");
	struct record *rec;
	int r;

	if (len == 0 || path[len] != ':')
		return transport_refuse(
			ret_error, error_size, -EINVAL,
			"record: it is written record:FILE:URL, and the file's name "
			"has no colon.");
	inner_url = path + len + 1;
	if (strncmp(inner_url, "record:", strlen("record:")) == 0)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"record: a recording is not recorded again.");
	(void)snprintf(path_text, sizeof(path_text), "%.*s", (int)len, path);
	rec = calloc(1, sizeof(*rec));
	if (!rec)
		return transport_refuse(ret_error, error_size, -ENOMEM, "record: out of memory.");
	rec->base = (struct transport){&transport_record_ops, host, user, ""};
	rec->drained = 1;
	r = transport_create(&rec->inner, inner_url, &record_host, rec, ret_error, error_size);
	if (r < 0)
		goto err_rec;
	r = open_file(rec, path_text, inner_url, ret_error, error_size);
	if (r < 0)
		goto err_inner;
	*ret = &rec->base;
	return 0;

err_inner:
	transport_destroy(rec->inner);
err_rec:
	free(rec);
	return r;
}

static void record_destroy(struct transport *transport)
{
	struct record *rec = to_record(transport);

	transport_destroy(rec->inner);
	if (rec->file)
		(void)fclose(rec->file);
	free(rec);
}

/* Every line is written after its call: of the transports' upward calls only changed() comes from
 * inside one, so the order is still that in which things happened. */
static int record_open(struct transport *transport, int64_t now_us)
{
	struct record *rec = to_record(transport);
	int r;

	see_time(rec, now_us);
	r = rec->inner->ops->open(rec->inner, now_us);
	if (r == 0)
		rec->open = true;
	rec->drained = 1;
	write_plain(rec, CAPTURE_OPEN, r);
	return r;
}

static void record_close(struct transport *transport)
{
	struct record *rec = to_record(transport);

	rec->inner->ops->close(rec->inner);
	if (rec->open)
		write_plain(rec, CAPTURE_CLOSE, 0);
	rec->open = false;
	rec->busy = false;
}

static int record_submit(struct transport *transport, const uint8_t *bytes, size_t len,
			 int64_t now_us)
{
	struct record *rec = to_record(transport);
	int r;

	see_time(rec, now_us);
	r = rec->inner->ops->submit(rec->inner, bytes, len, now_us);
	if (r == 0)
		rec->busy = true;
	rec->drained = 1;
	/* More than a line holds was refused anyway. */
	write_line(rec, CAPTURE_SUBMIT, TRANSPORT_PORT_STATUS, bytes,
		   len < TRANSPORT_MAX_SUBMIT ? len : TRANSPORT_MAX_SUBMIT, r);
	return r;
}

static void record_cancel(struct transport *transport)
{
	struct record *rec = to_record(transport);

	rec->inner->ops->cancel(rec->inner);
	if (rec->busy)
		write_plain(rec, CAPTURE_CANCEL, 0);
}

/* It is asked over and over; only another answer than before says something. */
static int record_drain(struct transport *transport)
{
	struct record *rec = to_record(transport);
	int r;

	r = rec->inner->ops->drain(rec->inner);
	if (r != rec->drained)
		write_plain(rec, CAPTURE_DRAIN, r);
	rec->drained = r;
	return r;
}

static int record_control(struct transport *transport, enum transport_control what, int64_t now_us)
{
	struct record *rec = to_record(transport);
	int r;

	see_time(rec, now_us);
	r = rec->inner->ops->control(rec->inner, what, now_us);
	write_line(rec, CAPTURE_CONTROL, what, NULL, 0, r);
	return r;
}

static size_t record_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	const struct record *rec = (const struct record *)transport;

	return rec->inner->ops->fds(rec->inner, ret, max);
}

static int64_t record_deadline(const struct transport *transport)
{
	const struct record *rec = (const struct record *)transport;

	return rec->inner->ops->deadline(rec->inner);
}

static void record_process(struct transport *transport, int64_t now_us)
{
	struct record *rec = to_record(transport);

	see_time(rec, now_us);
	rec->inner->ops->process(rec->inner, now_us);
}

const struct transport_ops transport_record_ops = {
	.scheme = "record",
	.create = record_create,
	.destroy = record_destroy,
	.open = record_open,
	.close = record_close,
	.submit = record_submit,
	.cancel = record_cancel,
	.drain = record_drain,
	.control = record_control,
	.fds = record_fds,
	.deadline = record_deadline,
	.process = record_process,
};
