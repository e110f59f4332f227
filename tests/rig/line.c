/* One line of the transport layer, by hand: what comes on stdin goes to the line, what the line
 * says goes to stdout.
 *
 *     rig-line URL [BYTES]
 *
 * Ends with 0 when stdin has ended and so many bytes have come (0 unless told), with 1 and a
 * sentence when the line does not open or goes. "open" on stderr: it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers/transport.h"

static struct transport *transport;
static uint8_t bytes[TRANSPORT_MAX_SUBMIT];
static size_t awaited;
static bool is_open, is_busy, has_input = true;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void give_up(int status)
{
	fprintf(stderr, "%s (%s)\n", transport->why, strerror(-status));
	transport_destroy(transport);
	exit(1);
}

static void on_opened(void *user, int status)
{
	(void)user;
	if (status < 0)
		give_up(status);
	is_open = true;
	fprintf(stderr, "open\n");
}

static void on_done(void *user, int status)
{
	(void)user, (void)status;
	is_busy = false;
}

static void on_received(void *user, const uint8_t *received, size_t len)
{
	(void)user;
	if (write(STDOUT_FILENO, received, len) != (ssize_t)len)
		exit(2);
	awaited -= len < awaited ? len : awaited;
}

static void on_left(void *user, int reason)
{
	(void)user;
	give_up(reason);
}

static const struct transport_host host = {
	.opened = on_opened,
	.done = on_done,
	.received = on_received,
	.left = on_left,
};

static void take_input(void)
{
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n <= 0) {
		has_input = false;
		return;
	}
	is_busy = transport->ops->submit(transport, bytes, (size_t)n, now_us()) == 0;
}

static bool is_finished(void)
{
	return is_open && !has_input && !is_busy && awaited == 0 &&
	       transport->ops->drain(transport) == 0;
}

static int wait_ms(void)
{
	int64_t deadline = transport->ops->deadline(transport), now = now_us();

	/* Whether the kernel still holds bytes can only be asked. */
	if (is_open && !has_input && !is_busy && awaited == 0)
		return 10;
	if (deadline == TRANSPORT_NO_DEADLINE)
		return -1;
	return deadline <= now ? 0 : (int)((deadline - now) / 1000 + 1);
}

int main(int argc, char **argv)
{
	struct pollfd fds[TRANSPORT_MAX_FDS + 1];
	char error[256];
	size_t n;

	if (argc < 2)
		return 2;
	if (argc > 2)
		awaited = strtoul(argv[2], NULL, 10);
	if (transport_create(&transport, argv[1], &host, NULL, error, sizeof(error)) < 0) {
		fprintf(stderr, "%s\n", error);
		return 2;
	}
	if (transport->ops->open(transport, now_us()) < 0)
		return 2;
	while (!is_finished()) {
		n = transport->ops->fds(transport, fds, TRANSPORT_MAX_FDS);
		fds[n] = (struct pollfd){.fd = -1, .events = POLLIN};
		if (is_open && has_input && !is_busy)
			fds[n].fd = STDIN_FILENO;
		(void)poll(fds, n + 1, wait_ms());
		if (fds[n].fd >= 0 && fds[n].revents)
			take_input();
		transport->ops->process(transport, now_us());
	}
	transport_destroy(transport);
	return 0;
}
