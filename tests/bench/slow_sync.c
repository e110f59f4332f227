/* A disk whose sync takes a time of its own: preloaded, it makes fdatasync() and fsync() return
 * BENCH_SYNC_US after their call at the earliest. For both, the daemon and the loop that it is
 * compared with. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int slowly(const char *name, int fd)
{
	const char *text = getenv("BENCH_SYNC_US");
	int64_t end_us = now_us() + (text ? atoll(text) : 0);
	int (*real)(int);
	int64_t left_us;
	int r;

	*(void **)&real = dlsym(RTLD_NEXT, name);
	r = real(fd);
	while ((left_us = end_us - now_us()) > 0) {
		struct timespec left = {.tv_sec = left_us / 1000000,
					.tv_nsec = left_us % 1000000 * 1000};

		nanosleep(&left, NULL);
	}
	return r;
}

int fdatasync(int fd)
{
	return slowly("fdatasync", fd);
}

int fsync(int fd)
{
	return slowly("fsync", fd);
}
