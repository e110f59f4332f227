/* What is beneath the log. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void disk_make(void); /* an empty one; SQLite's default from then on */
void disk_drop(void);
/* The process is dead or the power is gone: no call of what is left of it changes the disk. */
void disk_cut(void);
/* The next process sees what the disk kept; power: what was not synced is lost, torn, reordered. */
void disk_back(bool power);
/* Writes fail from now on (full, or with an error of the device), or work again. */
void disk_fail(bool full);
void disk_heal(void);
bool disk_is_good(void);
