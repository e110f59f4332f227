/* The host that the transport tests share. Waiting is always for a descriptor of the transport; the
 * 20 s are a guard against hanging, not a measure. */
#include "tests/unit/transport/witness.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GUARD_MS = 20000, TURN_MS = 20 };

static char folder[64];

int64_t witness_now(const struct witness *witness)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + witness->skew_us;
}

__attribute__((format(printf, 2, 3))) static void note(struct witness *w, const char *format, ...)
{
	size_t used = strlen(w->log);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->log + used, sizeof(w->log) - used, format, args);
	va_end(args);
	assert_true(n > 0 && (size_t)n < sizeof(w->log) - used);
	if (w->inside)
		w->inside(w, w->log + used);
}

static void on_opened(void *user, int status)
{
	note(user, "opened %d\n", status);
}

static void on_progress(void *user, size_t bytes)
{
	struct witness *w = user;

	assert_true(bytes > 0);
	w->progressed += bytes;
	if (w->inside)
		w->inside(w, "progress\n");
}

static void on_done(void *user, int status)
{
	note(user, "done %d\n", status);
}

static void on_received(void *user, const uint8_t *bytes, size_t len)
{
	struct witness *w = user;

	assert_true(len > 0 && len <= sizeof(w->received) - w->n_received);
	memcpy(w->received + w->n_received, bytes, len);
	w->n_received += len;
	if (w->inside)
		w->inside(w, "received\n");
}

static void on_left(void *user, int reason)
{
	note(user, "left %d\n", reason);
}

static void on_controlled(void *user, enum transport_control what, int status, const uint8_t *bytes,
			  size_t len)
{
	char text[1100] = "";

	assert_true(len < sizeof(text));
	if (len > 0)
		memcpy(text, bytes, len);
	if (what == TRANSPORT_PORT_STATUS && len == 1)
		(void)snprintf(text, sizeof(text), "%02x", bytes[0]);
	note(user, "controlled %d %d [%s]\n", (int)what, status, text);
}

static void on_changed(void *user)
{
	struct witness *w = user;

	w->n_changed++;
}

const struct transport_host witness_host = {
	.opened = on_opened,
	.progress = on_progress,
	.done = on_done,
	.received = on_received,
	.left = on_left,
	.controlled = on_controlled,
	.changed = on_changed,
};

void witness_create(struct witness *witness, const char *url)
{
	char error[256] = "";
	int r;

	memset(witness, 0, sizeof(*witness));
	r = transport_create(&witness->transport, url, &witness_host, witness, error,
			     sizeof(error));
	if (r < 0)
		fail_msg("%s: %d %s", url, r, error);
}

void witness_open(struct witness *witness)
{
	assert_int_equal(witness->transport->ops->open(witness->transport, witness_now(witness)),
			 0);
	witness_run(witness, "opened 0\n");
}

void witness_submit(struct witness *witness, const char *bytes)
{
	assert_int_equal(witness->transport->ops->submit(witness->transport, (const uint8_t *)bytes,
							 strlen(bytes), witness_now(witness)),
			 0);
}

void witness_turn(struct witness *witness, int timeout_ms)
{
	const struct transport_ops *ops = witness->transport->ops;
	struct pollfd fds[TRANSPORT_MAX_FDS];
	size_t n = ops->fds(witness->transport, fds, TRANSPORT_MAX_FDS);

	assert_true(n <= TRANSPORT_MAX_FDS);
	if (ops->deadline(witness->transport) <= witness_now(witness))
		timeout_ms = 0;
	assert_true(poll(fds, n, timeout_ms) >= 0 || errno == EINTR);
	ops->process(witness->transport, witness_now(witness));
	if (witness->other_end)
		witness->other_end(witness->other_user);
}

void witness_run(struct witness *witness, const char *until)
{
	int64_t end_us = witness_now(witness) + GUARD_MS * INT64_C(1000);

	while (!strstr(witness->log, until)) {
		if (witness_now(witness) > end_us)
			fail_msg("no \"%s\" but \"%s\" (%s)", until, witness->log,
				 witness->transport->why);
		witness_turn(witness, TURN_MS);
	}
}

void witness_run_received(struct witness *witness, size_t bytes)
{
	int64_t end_us = witness_now(witness) + GUARD_MS * INT64_C(1000);

	while (witness->n_received < bytes) {
		if (witness_now(witness) > end_us)
			fail_msg("%zu of %zu bytes came", witness->n_received, bytes);
		witness_turn(witness, TURN_MS);
	}
}

void witness_forget(struct witness *witness)
{
	witness->log[0] = '\0';
	witness->progressed = 0;
	witness->n_received = 0;
	witness->n_changed = 0;
}

void witness_destroy(struct witness *witness)
{
	transport_destroy(witness->transport);
	witness->transport = NULL;
}

static void remove_folder(void)
{
	struct dirent *entry;
	char path[512];
	DIR *dir = opendir(folder);

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		(void)unlink(path);
	}
	closedir(dir);
	(void)rmdir(folder);
}

const char *witness_folder(void)
{
	if (folder[0])
		return folder;
	(void)snprintf(folder, sizeof(folder), "/tmp/transport-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	atexit(remove_folder);
	return folder;
}

uint32_t witness_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}
