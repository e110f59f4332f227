/* serial:/dev/ttyUSB0?baud=9600, the only place of libserialport. The library sets the line up and
 * is then out of the way: its port would lack O_CLOEXEC and exclusivity, and its reads make an
 * unplugged adapter look idle. So the line is opened here, locked, set up through a second, short
 * opening by the library (line settings belong to the line, not to the descriptor), and from then
 * on stream.c reads and writes. */
#include "drivers/transport/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <linux/serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

struct serial {
	struct stream stream;
	char path[TRANSPORT_URL_SIZE];
	long baud, bits, parity, stop, rs485;
};

static void serial_release(struct stream *stream)
{
	/* Root's later opening is let through by TIOCEXCL anyway; others are not to find it set. */
	(void)ioctl(stream->fd, TIOCNXCL);
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

static int parse_url(struct serial *serial, const char *url, char *ret_error, size_t error_size)
{
	const struct url_option options[] = {
		{"baud", 300, 3000000, NULL, &serial->baud}, {"bits", 5, 8, NULL, &serial->bits},
		{"parity", 0, 0, parities, &serial->parity}, {"stop", 1, 2, NULL, &serial->stop},
		{"rs485", 0, 1, NULL, &serial->rs485},
	};
	const char *path = url + strlen("serial:");
	size_t len = strcspn(path, "?");

	if (len == 0 || path[0] != '/')
		return transport_refuse(ret_error, error_size, -EINVAL,
					"serial: a full path follows, as in serial:/dev/ttyUSB0.");
	if (path[len - 1] == '/')
		return transport_refuse(ret_error, error_size, -EINVAL,
					"serial: \"%.*s\" is a folder, not a line.", (int)len,
					path);
	(void)snprintf(serial->path, sizeof(serial->path), "%.*s", (int)len, path);
	if (!path[len])
		return 0;
	return url_parse_options("serial", path + len + 1, options,
				 sizeof(options) / sizeof(options[0]), ret_error, error_size);
}

static int serial_create(struct transport **ret, const char *url, const struct transport_host *host,
			 void *user, char *ret_error, size_t error_size)
{
	struct serial *serial;
	int r;

	serial = calloc(1, sizeof(*serial));
	if (!serial)
		return transport_refuse(ret_error, error_size, -ENOMEM, "serial: out of memory.");
	serial->baud = 9600;
	serial->bits = 8;
	serial->parity = SP_PARITY_NONE;
	serial->stop = 1;
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

static void serial_destroy(struct transport *transport)
{
	free(transport);
}

/* libserialport's codes; SP_ERR_FAIL says to look at errno. */
static int map_error(enum sp_return code)
{
	switch (code) {
	case SP_OK: return 0;
	case SP_ERR_ARG: return -EINVAL;
	case SP_ERR_FAIL: return errno > 0 ? -errno : -EIO;
	case SP_ERR_MEM: return -ENOMEM;
	case SP_ERR_SUPP: return -EOPNOTSUPP;
	}
	return -EIO;
}

static int configure_port(struct serial *serial, struct sp_port *port)
{
	int r;

	r = map_error(sp_set_baudrate(port, (int)serial->baud));
	if (r < 0)
		return transport_blame(&serial->stream.base, r, "%s does not take %ld baud: %s.",
				       serial->path, serial->baud, strerror(-r));
	r = map_error(sp_set_bits(port, (int)serial->bits));
	if (r == 0)
		r = map_error(sp_set_parity(port, (enum sp_parity)serial->parity));
	if (r == 0)
		r = map_error(sp_set_stopbits(port, (int)serial->stop));
	if (r == 0)
		r = map_error(sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE));
	if (r < 0)
		return transport_blame(&serial->stream.base, r,
				       "%s does not take its character format: %s.", serial->path,
				       strerror(-r));
	return 0;
}

static int configure(struct serial *serial, const char *real_path)
{
	struct sp_port *port;
	int r;

	r = map_error(sp_get_port_by_name(real_path, &port));
	if (r < 0)
		return transport_blame(&serial->stream.base, r, "%s is no serial line: %s.",
				       serial->path, strerror(-r));
	r = map_error(sp_open(port, SP_MODE_READ_WRITE));
	if (r < 0) {
		(void)transport_blame(&serial->stream.base, r, "%s cannot be set up: %s.",
				      serial->path, strerror(-r));
		goto out_port;
	}
	r = configure_port(serial, port);
	(void)sp_close(port);
out_port:
	sp_free_port(port);
	return r;
}

/* The library leaves VMIN at 0, with which a read of an idle line gives 0, as that of an unplugged
 * one does. At 1 the idle one is EAGAIN. */
static int tell_idle_from_gone(struct serial *serial, int fd)
{
	struct termios line;
	int r;

	if (tcgetattr(fd, &line) == 0) {
		line.c_cc[VMIN] = 1;
		line.c_cc[VTIME] = 0;
		if (tcsetattr(fd, TCSANOW, &line) == 0)
			return 0;
	}
	r = -errno;
	return transport_blame(&serial->stream.base, r, "%s cannot be set up: %s.", serial->path,
			       strerror(-r));
}

/* The port's own driver switches the sender on and off around each write. */
static int configure_rs485(struct serial *serial, int fd)
{
	struct serial_rs485 rs485;
	int r;

	memset(&rs485, 0, sizeof(rs485));
	rs485.flags = SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
	if (ioctl(fd, TIOCSRS485, &rs485) == 0)
		return 0;
	r = errno == ENOTTY ? -EOPNOTSUPP : -errno;
	return transport_blame(&serial->stream.base, r,
			       "%s has no RS-485 mode of its own (rs485=1); an adapter that "
			       "switches by itself needs no such option.",
			       serial->path);
}

/* What opening has to refuse before it opens: a device that is not a terminal may act on it. */
static int check_path(struct serial *serial, char *ret_real_path)
{
	struct stat st;
	int r;

	if (!realpath(serial->path, ret_real_path) || stat(ret_real_path, &st) < 0) {
		r = -errno;
		return transport_blame(&serial->stream.base, r, "%s: %s.", serial->path,
				       strerror(-r));
	}
	if (!S_ISCHR(st.st_mode))
		return transport_blame(&serial->stream.base, -ENOTTY, "%s is no serial line.",
				       serial->path);
	if (major(st.st_rdev) >= 136 && major(st.st_rdev) <= 143) /* Linux: Unix98 pty slaves */
		return transport_blame(&serial->stream.base, -EOPNOTSUPP,
				       "%s is a pseudo-terminal, which has no line to set up; use "
				       "tcp: for virtual devices.",
				       serial->path);
	return 0;
}

static int open_line(struct serial *serial, const char *real_path, int *ret_fd)
{
	int fd, r;

	fd = open(real_path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		return transport_blame(&serial->stream.base, r, "%s cannot be opened: %s.",
				       serial->path, strerror(-r));
	}
	if (!isatty(fd)) {
		r = transport_blame(&serial->stream.base, -ENOTTY, "%s is no serial line.",
				    serial->path);
		goto err_fd;
	}
	/* Before any setting changes: the line may be in use. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = transport_blame(&serial->stream.base, errno == EWOULDBLOCK ? -EBUSY : -errno,
				    "%s is in use by another program.", serial->path);
		goto err_fd;
	}
	*ret_fd = fd;
	return 0;

err_fd:
	close(fd);
	return r;
}

static int set_up(struct serial *serial, int *ret_fd)
{
	char real_path[PATH_MAX];
	int fd = -1, r;

	r = check_path(serial, real_path);
	if (r < 0)
		return r;
	r = open_line(serial, real_path, &fd);
	if (r < 0)
		return r;
	r = configure(serial, real_path);
	if (r < 0)
		goto err_fd;
	r = tell_idle_from_gone(serial, fd);
	if (r < 0)
		goto err_fd;
	if (serial->rs485) {
		r = configure_rs485(serial, fd);
		if (r < 0)
			goto err_fd;
	}
	/* After the library's own opening, which it would shut out. */
	(void)ioctl(fd, TIOCEXCL);
	(void)tcflush(fd, TCIOFLUSH);
	*ret_fd = fd;
	return 0;

err_fd:
	close(fd);
	return r;
}

static int serial_open(struct transport *transport, int64_t now_us)
{
	struct serial *serial = (struct serial *)transport;
	int fd = -1, r;

	(void)now_us;
	if (serial->stream.state != STREAM_CLOSED)
		return -EALREADY;
	transport->why[0] = '\0';
	r = set_up(serial, &fd);
	stream_begin_known(&serial->stream, r < 0 ? -1 : fd, r);
	return 0;
}

const struct transport_ops transport_serial_ops = {
	.scheme = "serial",
	.create = serial_create,
	.destroy = serial_destroy,
	.open = serial_open,
	.close = stream_close,
	.submit = stream_submit,
	.cancel = stream_cancel,
	.drain = stream_drain,
	.control = stream_control,
	.fds = stream_fds,
	.deadline = stream_deadline,
	.process = stream_process,
};
