/* The writer thread: the only one that writes and checkpoints. It takes all that is queued into one
 * transaction, so that a burst costs one sync of the disk and not one for each event. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/store/private.h"

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int bind_event(struct store *store, const struct event *event, const char *payload,
		      size_t len, const struct store_command *command, size_t events)
{
	static const struct store_command none;
	sqlite3_stmt *insert = store->insert;
	uint8_t mac[STORE_MAC_SIZE];
	int64_t ticket = event_ticket(event), window = event_window(event);
	int r;

	sqlite3_reset(insert);
	sqlite3_clear_bindings(insert);
	sqlite3_bind_int64(insert, 1, (int64_t)event->seq);
	sqlite3_bind_int64(insert, 2, event->type);
	sqlite3_bind_int64(insert, 3, event->version);
	sqlite3_bind_text(insert, 4, payload, (int)len, SQLITE_STATIC);
	sqlite3_bind_blob(insert, 5, store->head, STORE_HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 6, event->at.mono_ms);
	sqlite3_bind_int64(insert, 7, event->at.wall_ms);
	if (ticket)
		sqlite3_bind_int64(insert, 8, ticket);
	if (window)
		sqlite3_bind_int64(insert, 9, window);
	if (!command || !command->id[0]) {
		command = &none;
		events = 0;
	} else {
		sqlite3_bind_text(insert, 10, command->id, -1, SQLITE_STATIC);
		sqlite3_bind_blob(insert, 11, command->body_hash, STORE_HASH_SIZE, SQLITE_STATIC);
		sqlite3_bind_int64(insert, 12, (int64_t)events);
	}
	store_command_mac(store->key, store->head, command, (uint32_t)events, mac);
	sqlite3_bind_blob(insert, 13, mac, sizeof(mac), SQLITE_STATIC);
	r = sqlite3_step(insert);
	sqlite3_reset(insert);
	return r;
}

/* SQLITE_OK or the failure. */
static int write_batch(struct store *store, const struct batch *batch, uint64_t *seq)
{
	char payload[EVENT_PAYLOAD_MAX];

	for (size_t i = 0; i < batch->count; i++) {
		const struct event *event = &batch->events[i];
		uint8_t hash[STORE_HASH_SIZE];
		int len = event_encode(event, payload, sizeof(payload));
		int r;

		if (len < 0)
			return SQLITE_MISMATCH;
		store_chain(store->key, store->head, event, payload, (size_t)len, hash);
		memcpy(store->head, hash, sizeof(hash));
		r = bind_event(store, event, payload, (size_t)len, i == 0 ? &batch->command : NULL,
			       batch->count);
		if (r != SQLITE_DONE)
			return r;
		r = store_projections_apply(store, event);
		if (r < 0)
			return sqlite3_errcode(store->db) == SQLITE_OK ? SQLITE_ERROR
								       : sqlite3_errcode(store->db);
		r = store_is_context(event->type) ? store_context_add(store, event->seq)
						  : SQLITE_OK;
		if (r != SQLITE_OK)
			return r;
		*seq = event->seq;
	}
	return batch->state ? store_snapshot_write(store, *seq, batch->state, batch->state_size)
			    : SQLITE_OK;
}

/* All of the list in one transaction. *ret_committing: it failed, or not, in COMMIT itself. */
static int commit(struct store *store, const struct batch *first, bool *ret_committing)
{
	int r = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	/* changes in this thread only: no lock is needed to read it here */
	uint64_t seq = store->state.durable_seq;

	*ret_committing = false;
	if (r == SQLITE_OK && !store->has_kept)
		r = store_kept_make_tables(store);
	for (; r == SQLITE_OK && first; first = first->next)
		r = write_batch(store, first, &seq);
	if (r != SQLITE_OK)
		return r;
	*ret_committing = true;
	sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
	r = sqlite3_extended_errcode(store->db);
	store->has_kept |= r == SQLITE_OK;
	return r;
}

/* Is the disk well again? More is written than an ordinary batch needs, or a disk with a little
 * room would be called well and refuse the next batch; and it is taken back. */
static int try_disk(struct store *store, bool *ret_committing)
{
	static const char *const sql[] = {
		"INSERT OR REPLACE INTO meta VALUES('trial', zeroblob(65536))",
		"DELETE FROM meta WHERE key = 'trial'",
	};
	int r = store->unsettled ? store_settle_wal(store) : SQLITE_OK;

	*ret_committing = false;
	for (size_t i = 0; r == SQLITE_OK && i < sizeof(sql) / sizeof(sql[0]); i++) {
		*ret_committing = false;
		r = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		if (r == SQLITE_OK)
			r = sqlite3_exec(store->db, sql[i], NULL, NULL, NULL);
		if (r != SQLITE_OK)
			return r;
		*ret_committing = true;
		sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
		r = sqlite3_extended_errcode(store->db);
	}
	return r;
}

/* Unless the disk promises that a write leaves what lies beside it alone, SQLite fills up the last
 * sector behind the frame with the commit mark (https://www.sqlite.org/psow.html): then a write
 * that failed may have left a whole transaction. */
static bool fills_sectors(struct store *store)
{
	sqlite3_file *file = NULL;

#ifdef STORE_BREAK_FILL
	return false;
#endif
	if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
		    SQLITE_OK ||
	    !file || !file->pMethods)
		return true;
	return !(file->pMethods->xDeviceCharacteristics(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE);
}

/* A commit whose sync failed may lie in the WAL with its commit mark, and come back after a crash:
 * only a write that did not happen at all is a clean failure of COMMIT. */
static bool may_come_back(struct store *store, int result, bool committing)
{
#ifdef STORE_BREAK_CLEAN
	return false;
#endif
	if ((result & 0xff) == SQLITE_CORRUPT)
		return true;
	return committing && (((result & 0xff) != SQLITE_FULL && result != SQLITE_IOERR_WRITE) ||
			      fills_sectors(store));
}

/* Else a failure is clean if SQLite rolled back and a fresh look at the file shows that nothing of
 * the batch is there. Anything else is an unknown outcome. */
static enum store_health judge(struct store *store, int result, bool committing)
{
	sqlite3_stmt *statement = NULL;
	uint64_t last = UINT64_MAX;

	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	if (may_come_back(store, result, committing) || !sqlite3_get_autocommit(store->db))
		return STORE_BROKEN;
	if (sqlite3_prepare_v2(store->db, "SELECT coalesce(max(seq), 0) FROM event", -1, &statement,
			       NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		last = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	/* durable_seq changes in the writer only: no lock is needed to read it here */
	return last == store->state.durable_seq ? STORE_REFUSED : STORE_BROKEN;
}

static void free_batches(struct batch *first)
{
	while (first) {
		struct batch *next = first->next;

		free(first->state);
		free(first);
		first = next;
	}
}

void store_judge(struct store *store, int result, bool committing, struct store_outcome *ret)
{
	ret->health = STORE_OK;
	if (result == SQLITE_OK)
		return;
	snprintf(ret->detail, sizeof(ret->detail), "%s", sqlite3_errmsg(store->db));
	ret->error = store_errno(result);
	if (!ret->error)
		ret->error = -EIO;
	ret->health = judge(store, result, committing);
}

/* The disk's part: nobody who asks for the state waits for it. */
static void write_list(struct store *store, const struct batch *first, struct store_outcome *ret)
{
	int64_t begin = now_us();
	bool committing;
	/* A batch of nothing is a trial, and alone. */
	bool trial = first && !first->count && !first->state;
	int result = trial ? try_disk(store, &committing) : commit(store, first, &committing);

	store_judge(store, result, committing, ret);
	ret->took_us = now_us() - begin;
}

static bool closes_day(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->events[i].type == EVENT_DAY_CLOSED)
			return true;
	return false;
}

void store_fail(struct store *store, const struct store_outcome *outcome)
{
	struct store_state *state = &store->state;

	memcpy(state->detail, outcome->detail, sizeof(state->detail));
	state->error = outcome->error;
	state->refusals++;
	state->health = outcome->health;
	memcpy(store->head, state->head, sizeof(store->head));
	free_batches(store->first); /* they build on what was not written */
	store->first = store->last = NULL;
	store->queued_seq = state->durable_seq;
}

/* With the mutex held. */
static void settle(struct store *store, const struct batch *first,
		   const struct store_outcome *outcome)
{
	struct store_state *state = &store->state;

	if (outcome->health == STORE_OK) {
		for (; first; first = first->next) {
			if (first->count)
				state->durable_seq = first->events[first->count - 1].seq;
			state->events += first->count;
			/* a trial: what was given up while the disk refused */
			store->keep_wanted |= closes_day(first) || !first->count;
		}
		if (store->keep_wanted)
			pthread_cond_broadcast(&store->keeping);
		state->health = STORE_OK; /* of a trial; it was OK before anything else */
		state->error = 0;
		state->detail[0] = '\0';
		state->commits++;
		state->commit_us_last = (uint64_t)outcome->took_us;
		state->commit_us_sum += (uint64_t)outcome->took_us;
		if (state->commit_us_last > state->commit_us_max)
			state->commit_us_max = state->commit_us_last;
		memcpy(state->head, store->head, sizeof(state->head));
		return;
	}
	store_fail(store, outcome);
}

/* One turn of the writer, with the mutex held and something queued; the mutex is free meanwhile. */
static void turn(struct store *store)
{
	struct store_outcome outcome;
	struct batch *first = store->first;

	store->first = store->last = NULL;
	store->writing = true;
	pthread_mutex_unlock(&store->mutex);
	write_list(store, first, &outcome);
	pthread_mutex_lock(&store->mutex);
	settle(store, first, &outcome);
	store->writing = false;
	pthread_cond_broadcast(&store->settled);
	pthread_mutex_unlock(&store->mutex);
	free_batches(first);
	if (store->wake)
		store->wake(store->wake_user);
	pthread_mutex_lock(&store->mutex);
}

static void *run(void *user)
{
	struct store *store = user;

	pthread_mutex_lock(&store->mutex);
	for (;;) {
		while (!store->first && !store->keep && !store->stopping)
			pthread_cond_wait(&store->work, &store->mutex);
		if (store->first) /* events go first */
			turn(store);
		else if (store->keep)
			store_keep_turn(store);
		else
			break;
	}
	pthread_mutex_unlock(&store->mutex);
	return NULL;
}

int store_step(struct store *store)
{
	int r;

	assert(store->manual);
	pthread_mutex_lock(&store->mutex);
	if (store->first)
		turn(store);
	pthread_mutex_unlock(&store->mutex);
	store_keeping_step(store);
	pthread_mutex_lock(&store->mutex);
	r = store->state.error;
	pthread_mutex_unlock(&store->mutex);
	return r;
}

int store_writer_start(struct store *store)
{
	int r = sqlite3_prepare_v3(
		store->db, "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -1,
		SQLITE_PREPARE_PERSISTENT, &store->insert, NULL);

	if (r != SQLITE_OK)
		return store_errno(r);
	store->running = true;
	if (store->manual)
		return 0;
	r = pthread_create(&store->thread, NULL, run, store);
	if (r)
		store->running = false;
	else
		store_keeping_start(store);
	return -r;
}

void store_writer_stop(struct store *store)
{
	if (!store->running)
		return;
	store_keeping_stop(store);
	pthread_mutex_lock(&store->mutex);
	store->stopping = true;
	pthread_cond_signal(&store->work);
	if (store->manual && store->first)
		turn(store);
	pthread_mutex_unlock(&store->mutex);
	if (!store->manual)
		pthread_join(store->thread, NULL);
	store->running = false;
}

static bool follow(const struct store *store, const struct event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (events[i].seq != store->queued_seq + 1 + i)
			return false;
	return true;
}

static int append(struct store *store, const struct event *events, size_t count,
		  const struct store_command *command, uint8_t *state, size_t state_size)
{
	struct batch *batch;
	int r = 0;

	batch = malloc(sizeof(*batch) + count * sizeof(*events));
	if (!batch)
		return -ENOMEM;
	batch->next = NULL;
	batch->count = count;
	batch->state = state;
	batch->state_size = state_size;
	memset(&batch->command, 0, sizeof(batch->command));
	if (command)
		batch->command = *command;
	if (count)
		memcpy(batch->events, events, count * sizeof(*events));
	pthread_mutex_lock(&store->mutex);
	if (store->state.health != STORE_OK) {
		r = -EIO;
	} else if (!follow(store, events, count)) {
		r = -EINVAL;
	} else {
		store->queued_seq += count;
		if (store->last)
			store->last->next = batch;
		else
			store->first = batch;
		store->last = batch;
		pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->mutex);
	if (r < 0)
		free(batch);
	return r;
}

int store_append(struct store *store, const struct event *events, size_t count,
		 const struct store_command *command)
{
	return count ? append(store, events, count, command, NULL, 0) : 0;
}

int store_append_snapshot(struct store *store, const struct event *events, size_t count,
			  const struct store_command *command, uint8_t *state, size_t state_size)
{
	if (!store->snapshot_version)
		return -EINVAL;
	return append(store, events, count, command, state, state_size);
}

void store_get_state(struct store *store, struct store_state *ret)
{
	pthread_mutex_lock(&store->mutex);
	*ret = store->state;
	pthread_mutex_unlock(&store->mutex);
}

/* With the mutex held. */
static int begin_trial(struct store *store)
{
	struct batch *trial;

	if (store->first || store->writing)
		return 0;
	trial = calloc(1, sizeof(*trial));
	if (!trial)
		return -ENOMEM;
	store->first = store->last = trial;
	if (store->manual)
		turn(store);
	else
		pthread_cond_signal(&store->work);
	return 0;
}

int store_retry(struct store *store)
{
	int r = 0;

	pthread_mutex_lock(&store->mutex);
	if (store->state.health == STORE_REFUSED)
		r = begin_trial(store);
	if (r == 0 && store->state.health == STORE_REFUSED)
		r = -EAGAIN;
	if (store->state.health == STORE_BROKEN)
		r = -ENOTRECOVERABLE;
	pthread_mutex_unlock(&store->mutex);
	return r;
}

enum store_health store_flush(struct store *store)
{
	enum store_health health;

	pthread_mutex_lock(&store->mutex);
	while ((store->first || store->writing) && store->state.health != STORE_BROKEN) {
		if (store->manual)
			turn(store);
		else
			pthread_cond_wait(&store->settled, &store->mutex);
	}
	health = store->state.health;
	pthread_mutex_unlock(&store->mutex);
	return health;
}
