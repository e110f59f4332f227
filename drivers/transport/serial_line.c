/* The only place of libserialport. The library sets the line up and is then out of the way: its
 * port would lack O_CLOEXEC and exclusivity, and its reads make an unplugged adapter look idle. So
 * the line is opened here, locked, set up through a second, short opening by the library (line
 * settings belong to the line, not to the descriptor), and from then on stream.c reads and writes.
 */
#include "drivers/transport/serial_line.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libserialport.h>
#include <linux/serial.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* An opening at work. */
struct opening {
	const struct serial_settings *settings;
	const char *path; /* the device file, for sentences */
	char *why;	  /* TRANSPORT_WHY_SIZE */
	int fd;
};

__attribute__((format(printf, 3, 4))) static int blame(const struct opening *opening, int status,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(opening->why, TRANSPORT_WHY_SIZE, format, args);
	va_end(args);
	return status;
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

static int configure_port(const struct opening *opening, struct sp_port *port)
{
	const struct serial_settings *settings = opening->settings;
	int r;

	r = map_error(sp_set_baudrate(port, (int)settings->baud));
	if (r < 0)
		return blame(opening, r, "%s does not take %ld baud: %s.", opening->path,
			     settings->baud, strerror(-r));
	r = map_error(sp_set_bits(port, (int)settings->bits));
	if (r == 0)
		r = map_error(sp_set_parity(port, (enum sp_parity)settings->parity));
	if (r == 0)
		r = map_error(sp_set_stopbits(port, (int)settings->stop));
	if (r == 0)
		r = map_error(sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE));
	if (r < 0)
		return blame(opening, r, "%s does not take its character format: %s.",
			     opening->path, strerror(-r));
	return 0;
}

static int configure(const struct opening *opening)
{
	struct sp_port *port;
	int r;

	r = map_error(sp_get_port_by_name(opening->path, &port));
	if (r < 0)
		return blame(opening, r, "%s is no serial line: %s.", opening->path, strerror(-r));
	r = map_error(sp_open(port, SP_MODE_READ_WRITE));
	if (r < 0) {
		(void)blame(opening, r, "%s cannot be set up: %s.", opening->path, strerror(-r));
		goto out_port;
	}
	r = configure_port(opening, port);
	(void)sp_close(port);
out_port:
	sp_free_port(port);
	return r;
}

/* What a driver cannot do it leaves out of the settings without a word; a line with one stop bit or
 * another speed would be garbage to every device. The library leaves VMIN at 0, with which a read
 * of an idle line gives 0, as that of an unplugged one does. At 1 the idle one is EAGAIN. */
static int check_settings(const struct opening *opening)
{
	static const tcflag_t sizes[] = {CS5, CS6, CS7, CS8};
	const struct serial_settings *settings = opening->settings;
	struct termios line;
	tcflag_t wanted;
	int r;

	if (tcgetattr(opening->fd, &line) < 0)
		goto fail;
	wanted = sizes[settings->bits - 5] | (settings->stop == 2 ? CSTOPB : 0);
	if (settings->parity != SP_PARITY_NONE)
		wanted |= PARENB | (settings->parity == SP_PARITY_ODD ? PARODD : 0);
	if ((line.c_cflag & (CSIZE | CSTOPB | PARENB | PARODD)) != wanted)
		return blame(opening, -EOPNOTSUPP,
			     "%s does not take its character format: its driver cannot.",
			     opening->path);
	line.c_cc[VMIN] = 1;
	line.c_cc[VTIME] = 0;
	if (tcsetattr(opening->fd, TCSANOW, &line) == 0)
		return 0;
fail:
	r = -errno;
	return blame(opening, r, "%s cannot be set up: %s.", opening->path, strerror(-r));
}

/* The port's own driver switches the sender on and off around each write. It answers with what it
 * has made of the question. */
static int configure_rs485(const struct opening *opening)
{
	const struct serial_settings *settings = opening->settings;
	struct serial_rs485 rs485;
	int r;

	if (settings->rs485 < 0)
		return 0;
	memset(&rs485, 0, sizeof(rs485));
	if (settings->rs485) {
		rs485.flags = SER_RS485_ENABLED;
		rs485.flags |=
			settings->rts_on_send ? SER_RS485_RTS_ON_SEND : SER_RS485_RTS_AFTER_SEND;
		rs485.delay_rts_before_send = (unsigned)settings->before_ms;
		rs485.delay_rts_after_send = (unsigned)settings->after_ms;
	}
	r = ioctl(opening->fd, TIOCSRS485, &rs485) < 0 ? -errno : 0;
	if (!settings->rs485)
		return 0;
	if (r == -ENOTTY || (r == 0 && !(rs485.flags & SER_RS485_ENABLED)))
		r = -EOPNOTSUPP;
	if (r < 0)
		return blame(opening, r,
			     "%s has no RS-485 mode of its own (rs485=1); an adapter that switches "
			     "by itself needs no such option.",
			     opening->path);
	if (!(rs485.flags & SER_RS485_RTS_ON_SEND) != !settings->rts_on_send ||
	    rs485.delay_rts_before_send != (unsigned)settings->before_ms ||
	    rs485.delay_rts_after_send != (unsigned)settings->after_ms)
		return blame(opening, -EOPNOTSUPP,
			     "%s has RS-485, but not with this rts, before_ms and after_ms.",
			     opening->path);
	return 0;
}

/* Both may be refused, and are improvements only. Adapters with a latency timer (FTDI) keep bytes
 * back for up to 16 ms unless asked not to; any user may ask. At close the kernel waits up to 30 s
 * for bytes that nobody takes; only root may forbid that, others wait on a thread. */
static void hurry(int fd)
{
	struct serial_struct serial;

	if (ioctl(fd, TIOCGSERIAL, &serial) < 0)
		return;
	serial.flags |= ASYNC_LOW_LATENCY;
	if (ioctl(fd, TIOCSSERIAL, &serial) < 0)
		return;
	serial.closing_wait = ASYNC_CLOSING_WAIT_NONE;
	(void)ioctl(fd, TIOCSSERIAL, &serial);
}

static int tell_busy(const struct opening *opening)
{
	char whose[SERIAL_WHOSE_SIZE];

	serial_whose(opening->path, whose);
	return blame(opening, -EBUSY, "%s is in use by another program%s%s%s.", opening->path,
		     whose[0] ? " (" : "", whose, whose[0] ? ")" : "");
}

static int tell_forbidden(const struct opening *opening)
{
	char text[1024];
	struct group group, *found = NULL;
	struct stat st;

	if (stat(opening->path, &st) == 0)
		(void)getgrgid_r(st.st_gid, &group, text, sizeof(text), &found);
	return blame(opening, -EACCES,
		     "%s cannot be opened: this user has no right to it (group %.32s).",
		     opening->path, found ? found->gr_name : "dialout");
}

static int open_and_lock(struct opening *opening)
{
	int r;

	/* Without O_NONBLOCK it would wait for a carrier. */
	opening->fd = open(opening->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (opening->fd < 0) {
		r = -errno;
		if (r == -EBUSY) /* TIOCEXCL */
			return tell_busy(opening);
		if (r == -EACCES || r == -EPERM)
			return tell_forbidden(opening);
		return blame(opening, r, "%s cannot be opened: %s.", opening->path, strerror(-r));
	}
	if (!isatty(opening->fd))
		return blame(opening, -ENOTTY, "%s is no serial line.", opening->path);
	/* Before any setting changes: the line may be in use. */
	if (flock(opening->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	r = -errno;
	if (r == -EWOULDBLOCK)
		return tell_busy(opening);
	return blame(opening, r, "%s cannot be locked: %s.", opening->path, strerror(-r));
}

/* Between the look and the opening another adapter may have got the name. */
static int check_identity(const struct opening *opening, const struct serial_node *before)
{
	struct serial_node now;
	int r;

	r = serial_find(&opening->settings->address, &now, opening->why, TRANSPORT_WHY_SIZE);
	if (r < 0)
		return r;
	if (strcmp(now.path, before->path) == 0 && now.device == before->device &&
	    now.inode == before->inode)
		return 0;
	return blame(opening, -ENODEV, "%s was plugged in anew meanwhile.", before->path);
}

static int set_up(struct opening *opening, const struct serial_node *node)
{
	int r;

	r = open_and_lock(opening);
	if (r == 0)
		r = check_identity(opening, node);
	if (r == 0)
		r = configure(opening);
	if (r == 0)
		r = check_settings(opening);
	if (r == 0)
		r = configure_rs485(opening);
	return r;
}

int serial_line_open(const struct serial_settings *settings, int *ret_fd,
		     char ret_why[TRANSPORT_WHY_SIZE])
{
	struct opening opening = {.settings = settings, .why = ret_why, .fd = -1};
	struct serial_node node;
	int r;

	r = serial_find(&settings->address, &node, ret_why, TRANSPORT_WHY_SIZE);
	if (r < 0)
		return r;
	opening.path = node.path;
	/* Asked before it is opened: some device files act on that alone. */
	if (major(node.device) >= 136 && major(node.device) <= 143) /* Linux: Unix98 pty slaves */
		return blame(&opening, -EOPNOTSUPP,
			     "%s is a pseudo-terminal, which has no line to set up; use tcp: for "
			     "virtual devices.",
			     settings->address.path);
	r = set_up(&opening, &node);
	if (r < 0) {
		if (opening.fd >= 0)
			close(opening.fd);
		return r;
	}
	hurry(opening.fd);
	/* After the library's own opening, which it would shut out. */
	(void)ioctl(opening.fd, TIOCEXCL);
	(void)tcflush(opening.fd, TCIOFLUSH);
	*ret_fd = opening.fd;
	return 0;
}

void serial_line_close(int fd)
{
	(void)tcflush(fd, TCIOFLUSH);
	/* Root's later opening is let through by TIOCEXCL anyway; others are not to find it set. */
	(void)ioctl(fd, TIOCNXCL);
	close(fd);
}
