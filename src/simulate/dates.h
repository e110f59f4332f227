/* Dates of simulated days. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int64_t dates_number(int64_t date); /* days since 1970 of a yyyymmdd */
int64_t dates_date(int64_t number);
bool dates_is_working(int64_t number); /* Monday to Friday */
/* 0:00 of the day by the clock of its noon, as wall ms since 1970, and that clock's local time -
 * UTC in minutes. An unknown zone is UTC. Sets TZ for the time of the call: no other thread may ask
 * for local times meanwhile. -ENOMEM. */
__attribute__((warn_unused_result)) int
dates_midnight(const char *zone, int64_t number, int64_t *ret_wall_ms, int32_t *ret_offset_min);
