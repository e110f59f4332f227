/* The daemon's clocks; the only place that reads them. */
#pragma once

#include "src/core/event.h"

int64_t clock_now_us(void); /* CLOCK_BOOTTIME: goes on in suspend */
/* In the zone that clock_set_zone() set last. */
void clock_stamp(struct stamp *ret_now);
void clock_set_zone(const char *zone);
int64_t clock_date(const struct stamp *stamp); /* local yyyymmdd */
int clock_hour(const struct stamp *stamp);     /* local 0..23 */
/* Of this boot of the machine; a fixed text if the system does not tell. */
void clock_boot_id(char ret_boot[CORE_BOOT_SIZE]);
