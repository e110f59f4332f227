/* The daemon's clocks; the only place that reads them. */
#pragma once

#include "src/core/event.h"

int64_t clock_now_us(void); /* CLOCK_BOOTTIME: goes on in suspend */
/* In the zone that clock_set_zone() set last. wall_ms - mono_ms is the same at every call, to a
 * millisecond, unless somebody sets the clock: both clocks are slewed alike. */
void clock_stamp(struct stamp *ret_now);
void clock_set_zone(const char *zone);
int64_t clock_date(const struct stamp *stamp);	      /* local yyyymmdd */
int64_t clock_days_between(int64_t from, int64_t to); /* calendar days, of two yyyymmdd */
/* Of this boot of the machine; if the system does not tell, a new one at each call: then only the
 * wall clock connects one run with the next. */
void clock_boot_id(char ret_boot[CORE_BOOT_SIZE]);
/* The kernel's own word that CLOCK_REALTIME follows a reference (NTP); false if it does not say. */
bool clock_is_synchronised(void);
/* A descriptor that becomes readable when somebody sets the clock, and after a suspend. -errno. */
__attribute__((warn_unused_result)) int clock_watch(void);
void clock_watch_again(int fd); /* after each time */
