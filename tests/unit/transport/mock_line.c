#include "tests/unit/transport/mock_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <umockdev.h>
#include <unistd.h>

enum { MAX_LINES = 4 };

struct mock_lines mock_lines;
static UMockdevTestbed *testbed;
static UMockdevIoctlBase *handler;
static int others[MAX_LINES];

typedef struct {
	UMockdevIoctlBase parent;
} MockLine;

typedef struct {
	UMockdevIoctlBaseClass parent;
} MockLineClass;

GType mock_line_get_type(void);
G_DEFINE_TYPE(MockLine, mock_line, UMOCKDEV_TYPE_IOCTL_BASE)

/* ---- in libc's place, for libserialport and the program under test --------------------------- */

char *__wrap_realpath(const char *path, char *resolved);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);

/* umockdev resolves to the pseudo-terminal behind the name. */
char *__wrap_realpath(const char *path, char *resolved)
{
	if (strncmp(path, "/dev/ttyOW", 10) == 0)
		return strcpy(resolved, path);
	if (strcmp(path, MOCK_LINK) != 0 || !mock_lines.link) {
		errno = ENOENT;
		return NULL;
	}
	return strcpy(resolved, mock_lines.link);
}

static void wait_at(const atomic_bool *gate)
{
	atomic_fetch_add(&mock_lines.n_waiting, 1);
	while (atomic_load(gate))
		(void)sched_yield();
	atomic_fetch_sub(&mock_lines.n_waiting, 1);
}

int __wrap_open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	if (strncmp(path, "/dev/tty", 8) != 0)
		return __real_open64(path, flags, mode);
	mock_lines.open_flags = flags;
	if (mock_lines.before_open)
		mock_lines.before_open();
	wait_at(&mock_lines.gate_open);
	if (mock_lines.open_error) {
		errno = mock_lines.open_error;
		return -1;
	}
	return __real_open64(path, flags, mode);
}

int __wrap_close(int fd)
{
	if (atomic_load(&mock_lines.gate_close) && isatty(fd))
		wait_at(&mock_lines.gate_close);
	return __real_close(fd);
}

int tcgetattr(int fd, struct termios *ret)
{
	int (*real)(int, struct termios *);

	if (mock_lines.is_kept) {
		*ret = mock_lines.kept;
		return 0;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "tcgetattr");
	return real(fd, ret);
}

int tcsetattr(int fd, int actions, const struct termios *line)
{
	int (*real)(int, int, const struct termios *);
	struct termios possible = *line;

	mock_lines.kept = *line;
	mock_lines.kept.c_cflag &= ~mock_lines.lost_flags;
	mock_lines.is_kept = true;
	possible.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
	possible.c_cflag |= CS8;
	*(void **)&real = dlsym(RTLD_NEXT, "tcsetattr");
	return real(fd, actions, &possible);
}

/* ---- controls ---------------------------------------------------------------------------------
 */

static unsigned at_most(unsigned value, unsigned most)
{
	return value < most ? value : most;
}

/* As the kernel does: what the driver cannot is cut, and told back. */
static int take_rs485(UMockdevIoctlClient *client)
{
	struct serial_rs485 asked;
	UMockdevIoctlData *data;

	mock_lines.n_rs485++;
	if (!mock_lines.has_rs485)
		return -ENOTTY;
	data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(asked),
					   NULL);
	memcpy(&asked, data->data, sizeof(asked));
	asked.delay_rts_before_send =
		at_most(asked.delay_rts_before_send, mock_lines.rs485_most_ms);
	asked.delay_rts_after_send = at_most(asked.delay_rts_after_send, mock_lines.rs485_most_ms);
	mock_lines.rs485 = asked;
	umockdev_ioctl_data_update(data, 0, (guint8 *)&asked, (gint)sizeof(asked));
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
	case TIOCEXCL: mock_lines.n_exclusive++; break;
	case TIOCNXCL: mock_lines.n_shared++; break;
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

/* ---- the machine ------------------------------------------------------------------------------
 */

static void add(const char *text, unsigned number)
{
	GError *error = NULL;
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/ttyOW%u", number);
	if (!umockdev_testbed_add_from_string(testbed, text, &error) ||
	    !umockdev_testbed_attach_ioctl(testbed, path, handler, &error))
		fail_msg("%s", error->message);
	/* Its own copy, which a test may close. */
	others[number] = dup(umockdev_testbed_get_dev_fd(testbed, path));
	assert_true(others[number] >= 0);
	mock_lines.is_kept = false; /* umockdev has set it up as well */
}

int mock_lines_set_up(void **state)
{
	(void)state;
	memset(&mock_lines, 0, sizeof(mock_lines));
	mock_lines.link = "/dev/ttyOW0";
	mock_lines.has_rs485 = true;
	mock_lines.rs485_most_ms = 100;
	for (int i = 0; i < MAX_LINES; i++)
		others[i] = -1;
	testbed = umockdev_testbed_new();
	handler = g_object_new(mock_line_get_type(), NULL);
	add("P: /devices/platform/hall/tty/ttyOW0\nN: ttyOW0\nE: DEVNAME=/dev/ttyOW0\n"
	    "E: SUBSYSTEM=tty\nE: MAJOR=4\nE: MINOR=70\n",
	    0);
	return 0;
}

int mock_lines_tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < MAX_LINES; i++)
		if (others[i] >= 0)
			close(others[i]);
	g_clear_object(&testbed);
	g_clear_object(&handler);
	return 0;
}

void mock_lines_add_usb(unsigned number, const char *serial)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "P: /devices/pci0/usb1/1-%u\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n"
		       "A: idVendor=0403\\n\nA: idProduct=6001\\n\nA: product=FT232R\\n\n"
		       "A: serial=%s\\n\n\n"
		       "P: /devices/pci0/usb1/1-%u/1-%u:1.0\nE: SUBSYSTEM=usb\n"
		       "A: bInterfaceNumber=00\\n\n\n"
		       "P: /devices/pci0/usb1/1-%u/1-%u:1.0/ttyOW%u/tty/ttyOW%u\nN: ttyOW%u\n"
		       "E: DEVNAME=/dev/ttyOW%u\nE: SUBSYSTEM=tty\nE: MAJOR=188\nE: MINOR=%u\n",
		       number, serial, number, number, number, number, number, number, number,
		       number, number);
	add(text, number);
}

int mock_line_other(unsigned number)
{
	return others[number];
}

void mock_line_hang_up(unsigned number)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/ttyOW%u", number);
	/* The testbed's own copy as well: it is the last that makes the line hang up. */
	close(umockdev_testbed_get_dev_fd(testbed, path));
	close(others[number]);
	others[number] = -1;
}
