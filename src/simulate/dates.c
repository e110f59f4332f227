/* Dates of simulated days. */
#include "src/simulate/dates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

int64_t dates_number(int64_t date)
{
	struct tm tm = {.tm_year = (int)(date / 10000 - 1900),
			.tm_mon = (int)(date / 100 % 100 - 1),
			.tm_mday = (int)(date % 100),
			.tm_hour = 12};

	return (int64_t)timegm(&tm) / DAY_S;
}

int64_t dates_date(int64_t number)
{
	time_t seconds = (time_t)number * DAY_S;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (tm.tm_year + INT64_C(1900)) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

bool dates_is_working(int64_t number)
{
	/* the first of January 1970 was a Thursday */
	return (number + 3) % 7 < 5;
}

static int set_zone(const char *zone)
{
	if (zone ? setenv("TZ", zone, 1) : unsetenv("TZ"))
		return -ENOMEM;
	tzset();
	return 0;
}

int dates_midnight(const char *zone, int64_t number, int64_t *ret_wall_ms, int32_t *ret_offset_min)
{
	const char *was = getenv("TZ");
	char *kept = was ? strdup(was) : NULL;
	struct tm tm, noon;
	time_t seconds;
	int r = was && !kept ? -ENOMEM : set_zone(zone);

	if (r == 0) {
		seconds = (time_t)number * DAY_S;
		gmtime_r(&seconds, &tm);
		tm.tm_hour = 12;
		tm.tm_isdst = -1;
		seconds = mktime(&tm);
		localtime_r(&seconds, &noon);
		r = set_zone(kept);
	}
	free(kept);
	if (r < 0)
		return r;
	*ret_offset_min = (int32_t)(noon.tm_gmtoff / 60);
	*ret_wall_ms = (number * DAY_S - *ret_offset_min * INT64_C(60)) * 1000;
	return 0;
}
