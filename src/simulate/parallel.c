/* Pieces of work on all processors: each thread takes the next piece until none is left or one
 * failed. */
#include "src/simulate/simulate.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MAX_THREADS = 64 };

struct work {
	sim_piece_fn fn;
	void *user;
	size_t count;
	atomic_size_t next;
	atomic_int error;
};

static void *take(void *user)
{
	struct work *work = user;

	while (!atomic_load(&work->error)) {
		size_t piece = atomic_fetch_add(&work->next, 1);
		int none = 0, r;

		if (piece >= work->count)
			break;
		r = work->fn(work->user, piece);
		if (r < 0)
			atomic_compare_exchange_strong(&work->error, &none, r);
	}
	return NULL;
}

static unsigned threads_for(size_t count, unsigned threads)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (!threads)
		threads = processors > 0 ? (unsigned)processors : 1;
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	return threads > count ? (unsigned)count : threads;
}

int sim_parallel(size_t count, unsigned threads, sim_piece_fn fn, void *user)
{
	struct work work = {.fn = fn, .user = user, .count = count};
	pthread_t others[MAX_THREADS];
	unsigned started = 0;

	threads = threads_for(count, threads);
	/* This thread is one of them; where no other can be had it does all. */
	while (started + 1 < threads && !pthread_create(&others[started], NULL, take, &work))
		started++;
	take(&work);
	for (unsigned i = 0; i < started; i++)
		pthread_join(others[i], NULL);
	return atomic_load(&work.error);
}
