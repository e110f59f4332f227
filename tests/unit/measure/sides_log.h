/* A log for both sides of a comparison. Baseline: the 5th, the 6th of January 2026, and the 5th
 * again. Period: the 12th, and the 13th, still open. Once in a process. */
#pragma once

#include <stdint.h>

extern char sides_log_path[64];
extern uint64_t sides_log_frozen; /* the last event before the 5th was opened again */
extern uint64_t sides_log_closed; /* that closed the 12th */

void sides_log_write(void);
void sides_log_remove(void);
