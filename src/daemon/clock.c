/* CLOCK_BOOTTIME for durations, CLOCK_REALTIME as a label, the zone's offset beside it. */
#include "src/daemon/clock.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LOOKS = 8, CLOSE_US = 100 };

#ifdef CLOCK_BREAK_SUSPEND /* a deliberately broken build: the tests must notice */
#define CLOCK_OF_DURATIONS CLOCK_MONOTONIC_RAW
#else
#define CLOCK_OF_DURATIONS CLOCK_BOOTTIME
#endif

#define NEVER_S ((time_t)1 << 33) /* year 2242, behind what the kernel lets the clock say */

static int64_t read_clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return read_clock_us(CLOCK_OF_DURATIONS);
}

void clock_set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Two clocks cannot be read at once: the wall clock is read between two looks at the other, and
 * the closest pair counts, so that losing the processor in between does not look like a step. */
static void read_both_us(int64_t *ret_boot_us, int64_t *ret_wall_us)
{
	int64_t best_us = INT64_MAX;

	for (int i = 0; i < MAX_LOOKS && best_us > CLOSE_US; i++) {
		int64_t before_us = read_clock_us(CLOCK_OF_DURATIONS);
		int64_t wall_us = read_clock_us(CLOCK_REALTIME);
		int64_t after_us = read_clock_us(CLOCK_OF_DURATIONS);

		if (after_us - before_us >= best_us)
			continue;
		best_us = after_us - before_us;
		*ret_boot_us = before_us + best_us / 2;
		*ret_wall_us = wall_us;
	}
}

void clock_stamp(struct stamp *ret_now)
{
	int64_t boot_us = 0, wall_us = 0, apart_ms;
	time_t seconds;
	struct tm tm;

	read_both_us(&boot_us, &wall_us);
	seconds = (time_t)(wall_us / 1000000);
	localtime_r(&seconds, &tm);
	/* Rounded as one: each rounded down would let the difference move. */
	apart_ms = (wall_us - boot_us + (wall_us > boot_us ? 500 : -500)) / 1000;
	ret_now->mono_ms = boot_us / 1000;
	ret_now->wall_ms = ret_now->mono_ms + apart_ms;
	ret_now->offset_min = (int32_t)(tm.tm_gmtoff / 60);
}

static void local_time(const struct stamp *stamp, struct tm *ret)
{
	time_t seconds = (time_t)(stamp->wall_ms / 1000 + stamp->offset_min * 60LL);

	gmtime_r(&seconds, ret);
}

int64_t clock_date(const struct stamp *stamp)
{
	struct tm tm;

	local_time(stamp, &tm);
	return (tm.tm_year + 1900LL) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

static int64_t noon_of(int64_t date)
{
	struct tm tm = {.tm_year = (int)(date / 10000 - 1900),
			.tm_mon = (int)(date / 100 % 100 - 1),
			.tm_mday = (int)(date % 100),
			.tm_hour = 12};

	return timegm(&tm);
}

int64_t clock_days_between(int64_t from, int64_t to)
{
	return (noon_of(to) - noon_of(from)) / 86400;
}

void clock_boot_id(char ret_boot[CORE_BOOT_SIZE])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	unsigned char random[8];
	char hex[2 * sizeof(random) + 1];

	if (!file || !fgets(ret_boot, CORE_BOOT_SIZE, file)) {
		randombytes_buf(random, sizeof(random));
		sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
		snprintf(ret_boot, CORE_BOOT_SIZE, "unknown-%s", hex);
	}
	ret_boot[strcspn(ret_boot, "\n")] = '\0';
	if (file)
		fclose(file);
}

bool clock_is_synchronised(void)
{
	struct timex asked = {.modes = 0};

	return adjtimex(&asked) >= 0 && !(asked.status & STA_UNSYNC);
}

int clock_watch(void)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	clock_watch_again(fd);
	return fd;
}

/* The timer itself is never due; its cancelling is the message. Setting it is refused with
 * ECANCELED when the clock was set just now, which the next reading of the clocks shows as well. */
void clock_watch_again(int fd)
{
	struct itimerspec never = {.it_value = {.tv_sec = NEVER_S}};
	uint64_t expirations;

	while (read(fd, &expirations, sizeof(expirations)) > 0)
		;
	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}
