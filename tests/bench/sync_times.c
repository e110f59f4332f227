/* When a program syncs: preloaded, it notes the begin and end of each fdatasync() and fsync() in
 * the file BENCH_SYNC_TIMES, a ring of moments in CLOCK_MONOTONIC microseconds that another
 * process reads while this one runs. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/sync_times.h"

static struct sync_times *times;
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);

__attribute__((constructor)) static void map_times(void)
{
	const char *path = getenv("BENCH_SYNC_TIMES");
	void *at;
	int fd;

	*(void **)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
	*(void **)&real_fsync = dlsym(RTLD_NEXT, "fsync");
	if (!path)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*times), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	times = at == MAP_FAILED ? NULL : at;
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int noted(int (*real)(int), int fd)
{
	struct sync_time *at;
	uint64_t number;
	int r;

	if (!times)
		return real(fd);
	number = atomic_load(&times->count);
	at = &times->ring[number % SYNC_TIMES];
	at->begin_us = now_us();
	r = real(fd);
	at->end_us = now_us();
	atomic_store(&times->count, number + 1);
	return r;
}

int fdatasync(int fd)
{
	return noted(real_fdatasync, fd);
}

int fsync(int fd)
{
	return noted(real_fsync, fd);
}
