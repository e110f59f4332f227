/* CLOCK_BOOTTIME for durations, CLOCK_REALTIME as a label, the zone's offset beside it. */
#include "src/daemon/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return read_clock_us(CLOCK_BOOTTIME);
}

void clock_set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

void clock_stamp(struct stamp *ret_now)
{
	int64_t wall_us = read_clock_us(CLOCK_REALTIME);
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	ret_now->mono_ms = read_clock_us(CLOCK_BOOTTIME) / 1000;
	ret_now->wall_ms = wall_us / 1000;
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

int clock_hour(const struct stamp *stamp)
{
	struct tm tm;

	local_time(stamp, &tm);
	return tm.tm_hour;
}

void clock_boot_id(char ret_boot[CORE_BOOT_SIZE])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || !fgets(ret_boot, CORE_BOOT_SIZE, file))
		snprintf(ret_boot, CORE_BOOT_SIZE, "unknown");
	ret_boot[strcspn(ret_boot, "\n")] = '\0';
	if (file)
		fclose(file);
}
