/* virtual-device: one device as a process, the firmware's own loop around it. Its line and its
 * probe are descriptors that it inherits, its memory is a file. A watchdog that is not fed starts
 * it anew. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "firmware-host/app/board.h"
#include "firmware-host/app/board_alpha.h"
#include "firmware-host/app/board_modbus.h"
#include "firmware-host/app/board_onbon.h"
#include "firmware-host/app/keypad.h"
#include "firmware-host/app/loop.h"
#include "firmware-host/app/probe.h"

static char **arguments;

static void start_anew(int signal)
{
	sigset_t none;

	(void)signal;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", arguments);
	_exit(1);
}

static void feed_watchdog(void *port)
{
	const struct itimerval timer = {
		.it_value = {HAL_WATCHDOG_MS / 1000, HAL_WATCHDOG_MS % 1000 * 1000}};

	(void)port;
	/* CPU time of its own: a busy machine is no reason to start anew. */
	setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static uint32_t now_ms(void *port)
{
	struct timespec now;

	(void)port;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void send_all(void *port, const uint8_t *bytes, size_t len)
{
	const int *fd = port;

	while (len > 0) {
		ssize_t n = write(*fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			exit(0); /* whoever was there has gone */
		bytes += n;
		len -= (size_t)n;
	}
}

static int take(void *port)
{
	const int *fd = port;
	struct pollfd pollfd = {.fd = *fd, .events = POLLIN};
	uint8_t byte;
	ssize_t n;

	if (poll(&pollfd, 1, 0) <= 0)
		return -1;
	n = read(*fd, &byte, 1);
	if (n == 0 || (n < 0 && errno != EINTR))
		exit(0);
	return n == 1 ? byte : -1;
}

static bool read_slot(void *port, unsigned slot, uint8_t ret[HAL_NVM_SLOT])
{
	const int *fd = port;

	return pread(*fd, ret, HAL_NVM_SLOT, slot * HAL_NVM_SLOT) == HAL_NVM_SLOT;
}

static bool write_slot(void *port, unsigned slot, const uint8_t bytes[HAL_NVM_SLOT])
{
	const int *fd = port;

	return pwrite(*fd, bytes, HAL_NVM_SLOT, slot * HAL_NVM_SLOT) == HAL_NVM_SLOT &&
	       fdatasync(*fd) == 0;
}

static void set_baud(void *port, uint32_t baud)
{
	(void)port;
	(void)baud;
}

static bool extra(struct probe *probe, const char *command)
{
	volatile bool forever = true;

	(void)probe;
	if (strcmp(command, "reset") == 0)
		start_anew(0);
	if (strcmp(command, "hang") != 0)
		return false;
	while (forever)
		;
	return true;
}

static bool read_serial(const char *text, uint8_t ret[SERVICE_SERIAL])
{
	for (size_t i = 0; i < SERVICE_SERIAL; i++) {
		unsigned byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		ret[i] = (uint8_t)byte;
	}
	return text[2 * SERVICE_SERIAL] == '\0';
}

static void run(const struct device_kind *kind, void *state, struct device_hal *hal, int fds[3])
{
	static const struct hal_time time = {now_ms, feed_watchdog, NULL};
	static struct device device;
	static struct probe probe;
	struct loop loop = {.device = &device, .line = {take, &fds[0]}, .time = &time};
	struct pollfd pollfds[2] = {{.fd = fds[0], .events = POLLIN},
				    {.fd = fds[1], .events = POLLIN}};

	probe = (struct probe){.device = &device,
			       .uart = {send_all, &fds[1]},
			       .received = {take, &fds[1]},
			       .time = &time,
			       .extra = extra};
	probe_attach(&probe, hal, &loop);
	device_start(&device, kind, state, hal, now_ms(NULL));
	feed_watchdog(NULL);
	probe_greet(&probe);
	for (;;) {
		loop_step(&loop);
		poll(pollfds, 2, 10);
	}
}

int main(int argc, char **argv)
{
	static struct board board;
	static struct board_modbus modbus_board;
	static struct onbon_board onbon_board;
	static struct alpha_board alpha_board;
	static struct keypad keypad;
	static const struct {
		const struct device_kind *kind;
		void *state;
	} kinds[] = {{&device_keypad, &keypad},
		     {&device_lihe_board, &board},
		     {&device_modbus_board, &modbus_board},
		     {&device_onbon_board, &onbon_board},
		     {&device_alpha_board, &alpha_board}};
	struct device_hal hal = {.set_baud = set_baud};
	static int fds[3];

	arguments = argv;
	if (argc != 6 || !read_serial(argv[2], hal.serial)) {
		fprintf(stderr, "用法 Usage: virtual-device KIND SERIAL LINE-FD PROBE-FD MEMORY\n");
		return 2;
	}
	fds[0] = atoi(argv[3]);
	fds[1] = atoi(argv[4]);
	fds[2] = open(argv[5], O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fds[2] < 0) {
		fprintf(stderr, "virtual-device: %s: %s\n", argv[5], strerror(errno));
		return 1;
	}
	signal(SIGVTALRM, start_anew);
	hal.line = (struct hal_uart){send_all, &fds[0]};
	hal.nvm = (struct hal_nvm){read_slot, write_slot, &fds[2]};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind->name, argv[1]) == 0)
			run(kinds[i].kind, kinds[i].state, &hal, fds);
	fprintf(stderr, "virtual-device: no kind %s\n", argv[1]);
	return 2;
}
