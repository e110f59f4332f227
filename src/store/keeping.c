/* Keeps the days that were closed, as they are made into digests. Reading a day's events back takes
 * a moment, for which the writer has no time: a thread of its own reads them beside it, at the
 * lowest priority, and gives each digest to the writer when no events wait. So nothing of a day is
 * in memory while it is open, a start owes nothing, and what was not kept, because the power went,
 * the meaning changed or older software wrote the log, is kept now. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/store/private.h"

/* ---- the writer's part ---- */

/* What is derived of closed days, in a transaction of its own. */
static int commit_keep(struct store *store, const struct store_keep *keep, bool *ret_committing)
{
	int r = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	*ret_committing = false;
	if (r == SQLITE_OK)
		r = store_kept_write(store, keep);
	if (r != SQLITE_OK)
		return r;
	*ret_committing = true;
	sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
	r = sqlite3_extended_errcode(store->db);
	store->has_kept |= r == SQLITE_OK;
	return r;
}

/* With the mutex held; it is free meanwhile. Where it was refused cleanly nothing is lost, and the
 * hall goes on: the next event shows whether the disk is well. */
void store_keep_turn(struct store *store)
{
	const struct store_keep *keep = store->keep;
	struct store_outcome outcome = {.health = STORE_OK};
	bool committing;
	int result;

	if (store->state.health != STORE_OK || store->unsettled) {
		store->keep_outcome = -EAGAIN;
	} else {
		pthread_mutex_unlock(&store->mutex);
		result = commit_keep(store, keep, &committing);
		store_judge(store, result, committing, &outcome);
		pthread_mutex_lock(&store->mutex);
		store->keep_outcome = outcome.health == STORE_OK ? 0 : outcome.error;
		if (outcome.health == STORE_BROKEN)
			store_fail(store, &outcome);
	}
	store->keep = NULL;
	pthread_cond_broadcast(&store->keeping);
	if (outcome.health == STORE_BROKEN && store->wake) {
		pthread_mutex_unlock(&store->mutex);
		store->wake(store->wake_user);
		pthread_mutex_lock(&store->mutex);
	}
}

/* ---- what there is to keep ---- */

static bool go_on(void *user)
{
	struct store *store = user;
	bool stop;

	pthread_mutex_lock(&store->mutex);
	stop = store->keep_stop;
	pthread_mutex_unlock(&store->mutex);
	return !stop;
}

/* To the writer; the outcome. Whoever stops the thread lets the writer come to its end first. */
static int hand_over(struct store *store, const struct store_keep *keep)
{
	int r;

	pthread_mutex_lock(&store->mutex);
	store->keep = keep;
	if (store->manual)
		store_keep_turn(store);
	else
		pthread_cond_signal(&store->work);
	while (store->keep)
		pthread_cond_wait(&store->keeping, &store->mutex);
	r = store->keep_outcome;
	pthread_mutex_unlock(&store->mutex);
	return r;
}

static int keep_day(void *user, const struct store_day *day)
{
	const struct store_keep keep = {.day = day};

	return hand_over(user, &keep);
}

/* ---- the list of definitions ---- */

struct list {
	struct store *store;
	uint64_t *seqs;
	size_t count, capacity;
};

static int add_seq(void *user, const struct store_raw *raw)
{
	struct list *list = user;

	if (raw->seq % STORE_READ_ROWS == 0 && !go_on(list->store))
		return -ECANCELED;
	if (!store_is_context((enum event_type)raw->type))
		return 0;
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 256;
		uint64_t *seqs = realloc(list->seqs, capacity * sizeof(*seqs));

		if (!seqs)
			return -ENOMEM;
		list->seqs = seqs;
		list->capacity = capacity;
	}
	list->seqs[list->count++] = raw->seq;
	return 0;
}

/* Of a log that older software wrote, or wrote for a while. What comes while it is read the writer
 * adds by itself. */
static int keep_context(struct store *store, struct store_reader *reader)
{
	struct list list = {.store = store};
	uint64_t last = 0;
	int r = store_reader_last_seq(reader, &last);

	if (last && !store_has_context(reader->db)) {
		struct store_keep keep = {.day = NULL};

		r = store_reader_bytes(reader, 1, last, add_seq, &list);
		keep.context = list.seqs;
		keep.context_count = list.count;
		if (r == 0)
			r = hand_over(store, &keep);
	}
	free(list.seqs);
	return r;
}

/* ---- the thread ---- */

static void keep_all(struct store *store, struct store_reader *reader)
{
	int r = keep_context(store, reader);

	if (r == 0)
		r = store_reader_missing(reader, store->digest, go_on, keep_day, store);
	/* Of no consequence but time: whoever reads such a day counts it. */
	(void)r;
}

static void look_through(struct store *store)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE];

	if (!store_is_in_place(store)) /* under its name may be another log */
		return;
	if (store_reader_open_vfs(&reader, store->path, store->vfs, error) < 0)
		return;
	keep_all(store, reader);
	store_reader_close(reader);
	malloc_trim(0);
}

static void *run(void *user)
{
	struct store *store = user;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
	pthread_mutex_lock(&store->mutex);
	while (!store->keep_stop) {
		if (!store->keep_wanted) {
			store->keep_busy = false;
			pthread_cond_broadcast(&store->keeping);
			pthread_cond_wait(&store->keeping, &store->mutex);
			continue;
		}
		store->keep_wanted = false;
		store->keep_busy = true;
		pthread_mutex_unlock(&store->mutex);
		look_through(store);
		pthread_mutex_lock(&store->mutex);
	}
	pthread_mutex_unlock(&store->mutex);
	return NULL;
}

/* Without it no day is kept, and the hall is as well as ever. */
void store_keeping_start(struct store *store)
{
	store->keeping_runs =
		store->digest && !pthread_create(&store->keeping_thread, NULL, run, store);
}

void store_keeping_stop(struct store *store)
{
	if (!store->keeping_runs)
		return;
	pthread_mutex_lock(&store->mutex);
	store->keep_stop = true;
	pthread_cond_broadcast(&store->keeping);
	pthread_mutex_unlock(&store->mutex);
	pthread_join(store->keeping_thread, NULL);
	store->keeping_runs = false;
}

void store_keeping_step(struct store *store)
{
	struct store_reader reader = {.db = store->db};
	bool wanted;

	pthread_mutex_lock(&store->mutex);
	wanted = store->digest && store->keep_wanted && store->state.health == STORE_OK;
	if (wanted)
		store->keep_wanted = false;
	pthread_mutex_unlock(&store->mutex);
	if (wanted)
		keep_all(store, &reader);
}

void store_flush_days(struct store *store)
{
	pthread_mutex_lock(&store->mutex);
	while (store->keeping_runs && (store->keep_wanted || store->keep_busy) &&
	       store->state.health == STORE_OK)
		pthread_cond_wait(&store->keeping, &store->mutex);
	pthread_mutex_unlock(&store->mutex);
}
