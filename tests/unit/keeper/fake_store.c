/* See fake_store.h. */
#include "tests/unit/keeper/fake_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_store fake_store;

static void wake(void)
{
	if (fake_store.wake)
		fake_store.wake(fake_store.wake_user);
}

void fake_commit(uint64_t seq)
{
	fake_store.state.durable_seq = seq;
	wake();
}

void fake_fail(enum store_health health)
{
	fake_store.state.health = health;
	fake_store.state.error = health == STORE_REFUSED ? -ENOSPC : -EIO;
	snprintf(fake_store.state.detail, sizeof(fake_store.state.detail), "the disk is full");
	fake_store.count = fake_store.state.durable_seq;
	wake();
}

int store_open(struct store **ret_store, const struct store_options *options, store_row_fn fn,
	       void *user, char ret_error[STORE_ERROR_SIZE])
{
	size_t i;
	int r;

	(void)ret_error;
	fake_store.wake = options->wake;
	fake_store.wake_user = options->wake_user;
	for (i = 0; i < fake_store.count; i++) {
		r = fn(user, &fake_store.rows[i]);
		if (r < 0)
			return r == -EPROTO ? -EBADMSG : r;
	}
	*ret_store = (struct store *)&fake_store;
	return 0;
}

void store_close(struct store *store)
{
	(void)store;
}

int store_append(struct store *store, const struct event *events, size_t count,
		 const struct store_command *command)
{
	size_t i;
	int r = fake_store.append_error;

	(void)store;
	fake_store.append_error = 0;
	if (r == 0 && fake_store.state.health != STORE_OK)
		r = -EIO;
	if (r < 0)
		return r;
	for (i = 0; i < count; i++) {
		struct store_row *row = &fake_store.rows[fake_store.count];

		if (fake_store.count == FAKE_MAX_ROWS || events[i].seq != fake_store.count + 1)
			return -EPROTO;
		memset(row, 0, sizeof(*row));
		row->event = events[i];
		if (i == 0 && command) {
			row->command = *command;
			row->command_events = (uint32_t)count;
		}
		fake_store.count++;
	}
	if (fake_store.automatic)
		fake_commit(fake_store.count);
	return 0;
}

int store_append_snapshot(struct store *store, const struct event *events, size_t count,
			  const struct store_command *command, uint8_t *state, size_t state_size)
{
	int r = store_append(store, events, count, command);

	(void)state_size;
	if (r == 0) {
		fake_store.snapshots++;
		free(state);
	}
	return r;
}

int store_past_commands(struct store_past *past, int64_t day, store_command_fn fn, void *user)
{
	(void)past, (void)day, (void)fn, (void)user;
	return -EIO; /* it has no snapshots to begin with */
}

void store_get_state(struct store *store, struct store_state *ret)
{
	(void)store;
	*ret = fake_store.state;
}

int store_retry(struct store *store)
{
	(void)store;
	fake_store.retries++;
	if (fake_store.retry_error == 0)
		fake_store.state.health = STORE_OK;
	return fake_store.retry_error;
}

int store_reader_open(struct store_reader **ret_reader, const char *path,
		      char ret_error[STORE_ERROR_SIZE])
{
	(void)path;
	(void)ret_error;
	*ret_reader = (struct store_reader *)&fake_store;
	return 0;
}

int store_reader_open_vfs(struct store_reader **ret_reader, const char *path, const char *vfs,
			  char ret_error[STORE_ERROR_SIZE])
{
	(void)vfs;
	return store_reader_open(ret_reader, path, ret_error);
}

int store_step(struct store *store)
{
	(void)store;
	return 0;
}

void store_reader_close(struct store_reader *reader)
{
	(void)reader;
}

int store_reader_each(struct store_reader *reader, uint64_t from, uint64_t to, store_row_fn fn,
		      void *user)
{
	int r;

	(void)reader;
	for (; from <= to && from <= fake_store.state.durable_seq; from++) {
		r = fn(user, &fake_store.rows[from - 1]);
		if (r != 0)
			return r;
	}
	return 0;
}

int store_reader_command(struct store_reader *reader, const char *id, uint64_t *ret_seq,
			 uint8_t ret_body_hash[STORE_HASH_SIZE], uint32_t *ret_events)
{
	(void)reader, (void)id, (void)ret_seq, (void)ret_body_hash, (void)ret_events;
	return 0;
}

int store_reader_last_seq(struct store_reader *reader, uint64_t *ret_seq)
{
	(void)reader;
	*ret_seq = fake_store.state.durable_seq;
	return 0;
}

void store_digest(const void *bytes, size_t len, uint8_t ret_hash[STORE_HASH_SIZE])
{
	const uint8_t *at = bytes;
	uint64_t hash = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	memset(ret_hash, 0, STORE_HASH_SIZE);
	memcpy(ret_hash, &hash, sizeof(hash));
}

bool store_is_in_place(const struct store *store)
{
	(void)store;
	return true;
}
