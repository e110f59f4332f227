/* serial: on a line that umockdev shows: a pseudo-terminal under the name of a real one, with the
 * modem and RS-485 controls answered here. A pseudo-terminal knows only eight bits without parity,
 * so what libserialport sets is caught, kept, and given back when it asks. */
#include "tests/unit/transport/witness.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <umockdev.h>
#include <unistd.h>

static UMockdevTestbed *testbed;
static UMockdevIoctlBase *handler;
static int other_end;
/* Written by umockdev's thread while the program under test waits for the answer. */
static struct serial_rs485 rs485;
static int n_rs485, n_exclusive, n_shared;
static bool has_rs485;

typedef struct {
	UMockdevIoctlBase parent;
} MockLine;

typedef struct {
	UMockdevIoctlBaseClass parent;
} MockLineClass;

GType mock_line_get_type(void);
G_DEFINE_TYPE(MockLine, mock_line, UMOCKDEV_TYPE_IOCTL_BASE)

/* umockdev resolves to the pseudo-terminal behind the name. The linker puts this in its place. */
char *__wrap_realpath(const char *path, char *resolved);

char *__wrap_realpath(const char *path, char *resolved)
{
	if (strcmp(path, "/dev/serial/by-id/usb-FTDI-if00") != 0) {
		errno = ENOENT;
		return NULL;
	}
	return strcpy(resolved, "/dev/ttyOW0");
}

static struct termios kept;
static bool is_kept;

/* Instead of libc's, for libserialport and for the program. */
int tcgetattr(int fd, struct termios *ret)
{
	int (*real)(int, struct termios *);

	if (is_kept) {
		*ret = kept;
		return 0;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "tcgetattr");
	return real(fd, ret);
}

int tcsetattr(int fd, int actions, const struct termios *line)
{
	int (*real)(int, int, const struct termios *);
	struct termios possible = *line;

	kept = *line;
	is_kept = true;
	possible.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
	possible.c_cflag |= CS8;
	*(void **)&real = dlsym(RTLD_NEXT, "tcsetattr");
	return real(fd, actions, &possible);
}

static int take_rs485(UMockdevIoctlClient *client)
{
	UMockdevIoctlData *data;

	n_rs485++;
	if (!has_rs485)
		return -ENOTTY;
	data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(rs485),
					   NULL);
	memcpy(&rs485, data->data, sizeof(rs485));
	umockdev_ioctl_data_unref(data);
	return 0;
}

static gboolean handle_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client)
{
	int r = 0, error = 0;

	(void)base;
	switch (umockdev_ioctl_client_get_request(client)) {
	case TIOCMGET:
	case TIOCMBIS:
	case TIOCMBIC:
	case TIOCMSET: break; /* a pseudo-terminal has no modem lines, and would refuse */
	case TIOCEXCL: n_exclusive++; break;
	case TIOCNXCL: n_shared++; break;
	case TIOCSRS485:
		r = take_rs485(client);
		error = -r;
		break;
	default: r = umockdev_ioctl_client_execute(client, &error, NULL); break;
	}
	umockdev_ioctl_client_complete(client, r < 0 ? -1 : r, error);
	return TRUE;
}

static void mock_line_class_init(MockLineClass *class)
{
	class->parent.handle_ioctl = handle_ioctl;
}

static void mock_line_init(MockLine *line)
{
	(void)line;
}

static int set_up(void **state)
{
	GError *error = NULL;

	(void)state;
	testbed = umockdev_testbed_new();
	handler = g_object_new(mock_line_get_type(), NULL);
	if (!umockdev_testbed_add_from_string(testbed,
					      "P: /devices/platform/hall/tty/ttyOW0\nN: ttyOW0\n"
					      "E: DEVNAME=/dev/ttyOW0\nE: SUBSYSTEM=tty\n"
					      "E: MAJOR=4\nE: MINOR=70\n",
					      &error) ||
	    !umockdev_testbed_attach_ioctl(testbed, "/dev/ttyOW0", handler, &error))
		fail_msg("%s", error->message);
	/* Its own copy, which a test may close. */
	other_end = dup(umockdev_testbed_get_dev_fd(testbed, "/dev/ttyOW0"));
	assert_true(other_end >= 0);
	n_rs485 = 0;
	n_exclusive = 0;
	n_shared = 0;
	has_rs485 = true;
	is_kept = false;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (other_end >= 0)
		close(other_end);
	g_clear_object(&testbed);
	g_clear_object(&handler);
	return 0;
}

static void create(struct witness *w, const char *options)
{
	char url[TRANSPORT_URL_SIZE];

	(void)snprintf(url, sizeof(url), "serial:/dev/serial/by-id/usb-FTDI-if00%s", options);
	witness_create(w, url);
}

static void check_line(const char *options, speed_t speed, tcflag_t set, tcflag_t clear)
{
	struct termios line;
	struct witness w;

	create(&w, options);
	witness_open(&w);
	line = kept;
	assert_int_equal(cfgetospeed(&line), speed);
	assert_int_equal(cfgetispeed(&line), speed);
	assert_int_equal(line.c_cflag & set, set);
	assert_int_equal(line.c_cflag & clear, 0);
	assert_int_equal(line.c_cflag & CSIZE, set & CSIZE);
	/* Raw: no byte is changed, echoed or taken for a signal. */
	assert_int_equal(line.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);
	assert_int_equal(line.c_iflag & (ICRNL | INLCR | IXON | IXOFF | ISTRIP), 0);
	assert_int_equal(line.c_oflag & OPOST, 0);
	witness_destroy(&w);
}

static void test_sets_the_line(void **state)
{
	(void)state;
	check_line("", B9600, CS8 | CREAD | CLOCAL, PARENB | CSTOPB | CRTSCTS);
	check_line("?baud=19200&bits=7&parity=even&stop=2", B19200, CS7 | PARENB | CSTOPB,
		   PARODD | CRTSCTS);
	check_line("?baud=115200&parity=odd", B115200, CS8 | PARENB | PARODD, CSTOPB);
	assert_int_equal(n_rs485, 0);
	assert_int_equal(n_exclusive, 3);
	assert_int_equal(n_shared, 3);
}

static void test_moves_bytes(void **state)
{
	struct pollfd fd;
	uint8_t bytes[8];
	struct witness w;

	(void)state;
	create(&w, "");
	witness_open(&w);
	assert_int_equal(w.transport->ops->fds(w.transport, &fd, 1), 1);
	assert_int_equal(fcntl(fd.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	witness_submit(&w, "\xaa\x01\r\n\x11\x13\xff");
	witness_run(&w, "done 0");
	assert_int_equal(read(other_end, bytes, sizeof(bytes)), 7);
	assert_memory_equal(bytes, "\xaa\x01\r\n\x11\x13\xff", 7);
	assert_int_equal(write(other_end, "\xa0\x03\x7f\0\xff", 5), 5);
	witness_run_received(&w, 5);
	assert_memory_equal(w.received, "\xa0\x03\x7f\0\xff", 5);
	assert_int_equal(w.transport->ops->drain(w.transport), 0);
	witness_destroy(&w);
}

/* What lay on the line before it was opened is nobody's answer. */
/* An idle line is not an unplugged one, though libserialport's settings make them look alike. */
static void test_bears_silence(void **state)
{
	struct witness w;
	int i;

	(void)state;
	create(&w, "");
	witness_open(&w);
	for (i = 0; i < 5; i++) {
		assert_int_equal(write(other_end, "x", 1), 1);
		witness_run_received(&w, (size_t)i + 1);
		witness_turn(&w, 1);
		w.transport->ops->process(w.transport, 0);
	}
	assert_string_equal(w.log, "opened 0\n");
	witness_destroy(&w);
}

static void test_forgets_what_was_there(void **state)
{
	struct witness w;

	(void)state;
	assert_int_equal(write(other_end, "old", 3), 3);
	create(&w, "");
	witness_open(&w);
	assert_int_equal(write(other_end, "new", 3), 3);
	witness_run_received(&w, 3);
	assert_memory_equal(w.received, "new", 3);
	witness_destroy(&w);
}

static void test_switches_rs485(void **state)
{
	struct witness w;

	(void)state;
	create(&w, "?rs485=1");
	witness_open(&w);
	assert_int_equal(n_rs485, 1);
	assert_int_equal(rs485.flags, SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND);
	w.transport->ops->close(w.transport);
	has_rs485 = false;
	witness_forget(&w);
	assert_int_equal(w.transport->ops->open(w.transport, 1), 0);
	witness_run(&w, "opened");
	assert_string_equal(w.log, "opened -95\n");
	assert_non_null(strstr(w.transport->why, "rs485=1"));
	/* Nothing is left locked. */
	has_rs485 = true;
	witness_forget(&w);
	witness_open(&w);
	witness_destroy(&w);
}

static void test_keeps_others_off(void **state)
{
	struct witness w, second;
	struct termios before;

	(void)state;
	create(&w, "?baud=19200");
	witness_open(&w);
	before = kept;
	create(&second, "?baud=4800");
	assert_int_equal(second.transport->ops->open(second.transport, 1), 0);
	witness_run(&second, "opened");
	assert_string_equal(second.log, "opened -16\n");
	assert_non_null(strstr(second.transport->why, "in use"));
	/* The refused one has not touched the speed. */
	assert_memory_equal(&kept, &before, sizeof(kept));
	witness_destroy(&w);
	witness_forget(&second);
	witness_open(&second);
	witness_destroy(&second);
}

static void test_sees_the_line_leave(void **state)
{
	struct witness w;

	(void)state;
	create(&w, "");
	witness_open(&w);
	/* The testbed's own copy as well: it is the last that makes the line hang up. */
	close(umockdev_testbed_get_dev_fd(testbed, "/dev/ttyOW0"));
	close(other_end);
	other_end = -1;
	witness_run(&w, "left");
	assert_memory_equal(w.log, "opened 0\nleft -", 15);
	witness_destroy(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sets_the_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_moves_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bears_silence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forgets_what_was_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_switches_rs485, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keeps_others_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sees_the_line_leave, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
