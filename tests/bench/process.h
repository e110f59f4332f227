/* What a process has used, from /proc. */
#pragma once

#include <stdint.h>

enum { PROCESS_MAX_THREADS = 16 };

/* Processor time by thread. */
struct usage {
	int count;
	int threads[PROCESS_MAX_THREADS];
	int64_t us[PROCESS_MAX_THREADS];
};

void process_usage(int pid, struct usage *ret);
/* Between two moments: of all threads, and of the one that used most. */
int64_t process_all_us(const struct usage *before, const struct usage *after);
int64_t process_most_us(const struct usage *before, const struct usage *after);
int64_t process_own_us(void); /* processor time of this process so far */
