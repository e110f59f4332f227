/* serial:/dev/ttyUSB0?baud=9600: the line as a transport. Opening and closing wait in the kernel
 * (an adapter answers each setting over USB, for up to 5 s; bytes that nobody takes hold a close up
 * for half a minute), so both are errands, each on a thread of its own, and one at a time: the line
 * that is being closed is locked until it is. In between stream.c reads and writes. */
#include "drivers/transport/stream.h"

#include <errno.h>
#include <libserialport.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/transport/serial_line.h"

enum {
	OPEN_US = 15 * 1000 * 1000,
	DESTROY_MS = 1000,
};

enum errand_state { ERRAND_RUNNING, ERRAND_ENDED, ERRAND_LEFT /* nobody waits for it */ };

/* It belongs to its thread while it runs, then to the transport, or to nobody when the transport
 * has left it: then the thread clears up. */
struct errand {
	_Atomic(enum errand_state) state;
	int event_fd;
	bool opens; /* else it closes fd */
	struct serial_settings settings;
	int fd; /* -1: none */
	int status;
	char why[TRANSPORT_WHY_SIZE];
};

struct serial {
	struct stream stream;
	struct serial_settings settings;
	struct errand *errand; /* NULL: none is at work */
	bool wanted;	       /* opened() is owed */
	int64_t open_deadline_us;
};

/* ---- errands --------------------------------------------------------------------------------- */

static void free_errand(struct errand *errand)
{
	if (errand->event_fd >= 0)
		close(errand->event_fd);
	free(errand);
}

static void *run_errand(void *user)
{
	struct errand *errand = user;
	enum errand_state running = ERRAND_RUNNING;
	int event_fd = errand->event_fd;

	if (errand->opens) {
		errand->status = serial_line_open(&errand->settings, &errand->fd, errand->why);
	} else {
		serial_line_close(errand->fd);
		errand->fd = -1;
	}
	/* Told first: once the state says so, the transport may free it. */
	(void)eventfd_write(event_fd, 1);
	if (atomic_compare_exchange_strong(&errand->state, &running, ERRAND_ENDED))
		return NULL;
	if (errand->fd >= 0)
		serial_line_close(errand->fd);
	free_errand(errand);
	return NULL;
}

static int begin_errand(struct serial *serial, bool opens, int fd)
{
	struct errand *errand = calloc(1, sizeof(*errand));
	sigset_t all, before;
	pthread_t thread;
	int r;

	if (!errand)
		return -ENOMEM;
	atomic_init(&errand->state, ERRAND_RUNNING);
	errand->opens = opens;
	errand->settings = serial->settings;
	errand->fd = fd;
	errand->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (errand->event_fd < 0) {
		r = -errno;
		free(errand);
		return r;
	}
	/* Signals are for the loop's thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&thread, NULL, run_errand, errand);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0) {
		free_errand(errand);
		return r;
	}
	(void)pthread_detach(thread);
	serial->errand = errand;
	return 0;
}

/* Where no thread is to be had the loop has to wait: a line that stays locked were worse. */
static void begin_close(struct serial *serial, int fd)
{
	if (begin_errand(serial, false, fd) < 0)
		serial_line_close(fd);
}

static void begin_open(struct serial *serial)
{
	int r = begin_errand(serial, true, -1);

	if (r == 0)
		return;
	serial->wanted = false;
	(void)transport_blame(&serial->stream.base, r, "No thread to open the line with: %s.",
			      strerror(-r));
	stream_begin_known(&serial->stream, -1, r);
}

static bool has_ended(const struct errand *errand)
{
	return atomic_load(&errand->state) == ERRAND_ENDED;
}

/* An errand has ended: what it brought is taken, given back, or made way for. */
static void take_errand(struct serial *serial)
{
	struct errand *errand = serial->errand;
	bool opened = errand->opens, owed = serial->wanted;
	int fd = errand->fd, status = errand->status;

	if (opened && owed && status < 0)
		memcpy(serial->stream.base.why, errand->why, sizeof(errand->why));
	serial->errand = NULL;
	free_errand(errand);
	if (opened && owed) {
		serial->wanted = false;
		stream_begin_known(&serial->stream, fd, status);
	} else if (opened && fd >= 0) {
		begin_close(serial, fd);
	} else if (owed) {
		begin_open(serial);
	}
}

/* ---- the transport --------------------------------------------------------------------------- */

static void serial_release(struct stream *stream, int fd)
{
	begin_close((struct serial *)stream, fd);
}

static const struct stream_kind serial_kind = {
	.peer = "The line",
	.is_socket = false,
	.queue = TIOCOUTQ,
	.release = serial_release,
};

static const struct url_choice parities[] = {
	{"none", SP_PARITY_NONE},
	{"odd", SP_PARITY_ODD},
	{"even", SP_PARITY_EVEN},
	{NULL, 0},
};

/* Which level of RTS lets the transceiver send. */
static const struct url_choice levels[] = {
	{"high", 1},
	{"low", 0},
	{NULL, 0},
};

/* ---- the URL --------------------------------------------------------------------------------- */

static int parse_hex(const char *text, unsigned *ret)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		const char *at = strchr("0123456789abcdef", text[i] | 0x20);

		if (text[i] < '0' || !at || !*at)
			return -EINVAL;
		value = value * 16 + (unsigned)(at - "0123456789abcdef");
	}
	*ret = value;
	return 0;
}

/* The next part of "0403:6001/serial=A1/interface=0", without the '/'. */
static bool take_part(const char **at, const char *end, const char *name, char *ret, size_t size)
{
	size_t name_len = strlen(name), len;

	if ((size_t)(end - *at) < name_len || strncmp(*at, name, name_len) != 0)
		return false;
	len = strcspn(*at + name_len, "/?");
	if (len == 0 || len >= size)
		return false;
	memcpy(ret, *at + name_len, len);
	ret[len] = '\0';
	*at += name_len + len;
	return true;
}

static int parse_usb(struct serial_address *address, const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	char part[SERIAL_NAME_SIZE];
	long interface;

	address->by_port = take_part(&at, end, "port=", address->port, sizeof(address->port));
	if (!address->by_port) {
		if (!take_part(&at, end, "usb=", part, sizeof(part)) || strlen(part) != 9 ||
		    part[4] != ':' || parse_hex(part, &address->vendor) < 0 ||
		    parse_hex(part + 5, &address->product) < 0)
			return -EINVAL;
		(void)take_part(&at, end, "/serial=", address->serial, sizeof(address->serial));
	} else if (address->port[strspn(address->port, "0123456789.-")]) {
		return -EINVAL;
	}
	if (take_part(&at, end, "/interface=", part, sizeof(part))) {
		if (url_parse_number(part, strlen(part), 0, 255, &interface) < 0)
			return -EINVAL;
		address->interface = (int)interface;
	}
	return at == end ? 0 : -EINVAL;
}

static int parse_address(struct serial_address *address, const char *text, size_t len,
			 char *ret_error, size_t error_size)
{
	address->interface = -1;
	if (len == 0 || text[0] != '/') {
		if (len > 0 && parse_usb(address, text, len) == 0)
			return 0;
		return transport_refuse(
			ret_error, error_size, -EINVAL,
			"serial: a full path follows, as in serial:/dev/ttyUSB0, or "
			"serial:usb=0403:6001/serial=A1B2, or serial:port=1-1.4.");
	}
	if (text[len - 1] == '/')
		return transport_refuse(ret_error, error_size, -EINVAL,
					"serial: \"%.*s\" is a folder, not a line.", (int)len,
					text);
	(void)snprintf(address->path, sizeof(address->path), "%.*s", (int)len, text);
	return 0;
}

static int parse_url(struct serial *serial, const char *url, char *ret_error, size_t error_size)
{
	struct serial_settings *s = &serial->settings;
	const struct url_option options[] = {
		{"baud", 300, 3000000, NULL, &s->baud},
		{"bits", 5, 8, NULL, &s->bits},
		{"parity", 0, 0, parities, &s->parity},
		{"stop", 1, 2, NULL, &s->stop},
		{"rs485", 0, 1, NULL, &s->rs485},
		{"rts", 0, 0, levels, &s->rts_on_send},
		{"before_ms", 0, 100, NULL, &s->before_ms},
		{"after_ms", 0, 100, NULL, &s->after_ms},
	};
	const char *rest = url + strlen("serial:");
	size_t len = strcspn(rest, "?");
	int r;

	r = parse_address(&s->address, rest, len, ret_error, error_size);
	if (r < 0 || !rest[len])
		return r;
	s->rts_on_send = -1;
	s->before_ms = -1;
	s->after_ms = -1;
	r = url_parse_options("serial", rest + len + 1, options,
			      sizeof(options) / sizeof(options[0]), ret_error, error_size);
	if (r < 0)
		return r;
	if (s->rs485 != 1 && (s->rts_on_send >= 0 || s->before_ms >= 0 || s->after_ms >= 0))
		return transport_refuse(
			ret_error, error_size, -EINVAL,
			"serial: rts, before_ms and after_ms are of RS-485 that the "
			"port switches: rs485=1.");
	s->rts_on_send = s->rts_on_send != 0;
	s->before_ms = s->before_ms > 0 ? s->before_ms : 0;
	s->after_ms = s->after_ms > 0 ? s->after_ms : 0;
	return 0;
}

static int serial_create(struct transport **ret, const char *url, const struct transport_host *host,
			 void *user, char *ret_error, size_t error_size)
{
	struct serial *serial;
	int r;

	serial = calloc(1, sizeof(*serial));
	if (!serial)
		return transport_refuse(ret_error, error_size, -ENOMEM, "serial: out of memory.");
	serial->settings.baud = 9600;
	serial->settings.bits = 8;
	serial->settings.parity = SP_PARITY_NONE;
	serial->settings.stop = 1;
	serial->settings.rs485 = -1;
	serial->settings.rts_on_send = 1;
	r = parse_url(serial, url, ret_error, error_size);
	if (r < 0) {
		free(serial);
		return r;
	}
	serial->stream.base = (struct transport){&transport_serial_ops, host, user, ""};
	stream_init(&serial->stream, &serial_kind);
	*ret = &serial->stream.base;
	return 0;
}

/* Whoever opens the line next should find it free; a close that hangs is not waited for, because
 * the end of the program cuts it short. */
static void serial_destroy(struct transport *transport)
{
	struct serial *serial = (struct serial *)transport;
	enum errand_state running;
	struct pollfd wait;

	while (serial->errand) {
		wait = (struct pollfd){.fd = serial->errand->event_fd, .events = POLLIN};
		if (poll(&wait, 1, DESTROY_MS) > 0)
			while (!has_ended(serial->errand)) /* it is at its last line */
				(void)sched_yield();
		running = ERRAND_RUNNING;
		if (atomic_compare_exchange_strong(&serial->errand->state, &running, ERRAND_LEFT))
			break;
		take_errand(serial);
	}
	free(transport);
}

static int serial_open(struct transport *transport, int64_t now_us)
{
	struct serial *serial = (struct serial *)transport;

	if (serial->wanted || serial->stream.state != STREAM_CLOSED)
		return -EALREADY;
	transport->why[0] = '\0';
	serial->wanted = true;
	serial->open_deadline_us = now_us + OPEN_US;
	/* One that is at work opens it for this call, or has to end first. */
	if (!serial->errand)
		begin_open(serial);
	transport_tell_changed(transport);
	return 0;
}

static void serial_close(struct transport *transport)
{
	struct serial *serial = (struct serial *)transport;

	serial->wanted = false;
	stream_close(transport);
}

static size_t serial_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	const struct serial *serial = (const struct serial *)transport;

	if (!serial->errand)
		return stream_fds(transport, ret, max);
	if (max > 0)
		ret[0] = (struct pollfd){.fd = serial->errand->event_fd, .events = POLLIN};
	return 1;
}

static int64_t serial_deadline(const struct transport *transport)
{
	const struct serial *serial = (const struct serial *)transport;

	return serial->wanted ? serial->open_deadline_us : stream_deadline(transport);
}

static void serial_process(struct transport *transport, int64_t now_us)
{
	struct serial *serial = (struct serial *)transport;
	int r;

	if (serial->errand && has_ended(serial->errand)) {
		take_errand(serial);
		transport_tell_changed(transport);
	}
	if (serial->wanted && now_us >= serial->open_deadline_us) {
		serial->wanted = false;
		r = transport_blame(
			transport, -ETIMEDOUT, "%s",
			serial->errand && !serial->errand->opens
				? "The line is still being closed."
				: "The line does not open: its adapter does not answer.");
		stream_begin_known(&serial->stream, -1, r);
	}
	stream_process(transport, now_us);
}

const struct transport_ops transport_serial_ops = {
	.scheme = "serial",
	.create = serial_create,
	.destroy = serial_destroy,
	.open = serial_open,
	.close = serial_close,
	.submit = stream_submit,
	.cancel = stream_cancel,
	.drain = stream_drain,
	.control = stream_control,
	.fds = serial_fds,
	.deadline = serial_deadline,
	.process = serial_process,
};
