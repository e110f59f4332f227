/* A machine's clocks in the hands of a test, for LD_PRELOAD. CLOCK_BOOTTIME and CLOCK_REALTIME
 * stand still at what a file says; so do the boot id and the kernel's word on synchronisation. The
 * timer that tells of a clock that was set is a FIFO that the test writes to. All other clocks are
 * real: they only time the program's own waiting.
 *
 * ONEWINDOW_TEST_CLOCK names a folder with: `clock`, 8 bytes that choose one of ROWS rows and
 * behind them the rows; `boot_id`; `set`, the FIFO. A row is written before it is chosen, so that
 * no reader sees half of a change. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 64 };

struct row {
	int64_t boot_us, wall_us;
	int64_t awake_us; /* boot_us without the time in suspend */
	int64_t synchronised;
};

struct clocks {
	_Atomic uint64_t chosen;
	struct row rows[ROWS];
};

static const struct clocks *clocks;
static int set_fd = -1;

static void path_of(const char *name, char *ret, size_t size)
{
	snprintf(ret, size, "%s/%s", getenv("ONEWINDOW_TEST_CLOCK"), name);
}

static const struct row *row(void)
{
	if (!clocks) {
		char path[512];
		int fd;

		path_of("clock", path, sizeof(path));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		clocks = mmap(NULL, sizeof(*clocks), PROT_READ, MAP_SHARED, fd, 0);
		if (fd < 0 || clocks == MAP_FAILED)
			abort();
		close(fd);
	}
	return &clocks->rows[atomic_load(&clocks->chosen) % ROWS];
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	int64_t us;

	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE: us = row()->wall_us; break;
	case CLOCK_BOOTTIME: us = row()->boot_us; break;
	case CLOCK_MONOTONIC_RAW: us = row()->awake_us; break;
	default: return (int)syscall(SYS_clock_gettime, id, ret);
	}
	ret->tv_sec = us / 1000000;
	ret->tv_nsec = us % 1000000 * 1000;
	return 0;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	(void)zone;
	ret->tv_sec = row()->wall_us / 1000000;
	ret->tv_usec = row()->wall_us % 1000000;
	return 0;
}

time_t time(time_t *ret)
{
	time_t seconds = row()->wall_us / 1000000;

	if (ret)
		*ret = seconds;
	return seconds;
}

int adjtimex(struct timex *ret)
{
	ret->status = row()->synchronised ? STA_PLL : STA_UNSYNC;
	return row()->synchronised ? TIME_OK : TIME_ERROR;
}

int timerfd_create(int id, int flags)
{
	char path[512];

	if (id != CLOCK_REALTIME)
		return (int)syscall(SYS_timerfd_create, id, flags);
	path_of("set", path, sizeof(path));
	set_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return set_fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	if (fd != set_fd)
		return (int)syscall(SYS_timerfd_settime, fd, flags, new, old);
	return 0;
}

static FILE *open_stream(const char *function, const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *);
	void *symbol = dlsym(RTLD_NEXT, function);
	char own[512];

	memcpy(&real, &symbol, sizeof(real));
	if (!strcmp(path, "/proc/sys/kernel/random/boot_id")) {
		path_of("boot_id", own, sizeof(own));
		path = own;
	}
	return real(path, mode);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	return open_stream("fopen", path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
	return open_stream("fopen64", path, mode);
}
