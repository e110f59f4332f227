/* Processor time in nanoseconds is in /proc/PID/task/TID/schedstat: utime and stime of stat are
 * ticks of 10 ms. */
#include "tests/bench/process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void process_usage(int pid, struct usage *ret)
{
	char path[320];
	struct dirent *entry;
	DIR *folder;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder && ret->count < PROCESS_MAX_THREADS && (entry = readdir(folder)) != NULL) {
		int64_t ran_ns = 0;
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.32s/schedstat", pid, entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%" SCNd64, &ran_ns) == 1) {
			ret->threads[ret->count] = atoi(entry->d_name);
			ret->us[ret->count++] = ran_ns / 1000;
		}
		fclose(file);
	}
	if (folder)
		closedir(folder);
}

static int64_t ran_us(const struct usage *before, const struct usage *after, int index)
{
	for (int i = 0; i < before->count; i++)
		if (before->threads[i] == after->threads[index])
			return after->us[index] - before->us[i];
	return after->us[index];
}

int64_t process_all_us(const struct usage *before, const struct usage *after)
{
	int64_t all_us = 0;

	for (int i = 0; i < after->count; i++)
		all_us += ran_us(before, after, i);
	return all_us;
}

int64_t process_most_us(const struct usage *before, const struct usage *after)
{
	int64_t most_us = 0;

	for (int i = 0; i < after->count; i++)
		if (ran_us(before, after, i) > most_us)
			most_us = ran_us(before, after, i);
	return most_us;
}

int64_t process_own_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
