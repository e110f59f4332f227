/* A keeper begins and ends: the log is opened and replayed into the durable hall, from the newest
 * snapshot where there is one; the working hall begins as a copy. */
#include "src/keeper/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	struct keeper *keeper;
	int error;
	uint64_t seq;
};

static int remember_row(struct keeper *keeper, const struct store_row *row)
{
	struct ids_entry entry = {.first_seq = row->event.seq, .count = row->command_events};
	struct ids_entry known;
	int r;

	memcpy(entry.body_hash, row->command.body_hash, sizeof(entry.body_hash));
	r = ids_read_name(row->command.id, entry.id_hash, &entry.day);
	/* A name of another software's is nobody's here. */
	if (r < 0 || ids_find(keeper->ids, entry.id_hash, &known))
		return 0;
	r = ids_reserve(keeper->ids);
	if (r < 0)
		return r;
#ifndef KEEPER_BREAK_IDS
	ids_add(keeper->ids, &entry);
#endif
	return 0;
}

static int remember_command(void *user, uint64_t first_seq, const struct store_command *command,
			    uint32_t events)
{
	struct store_row row = {.command_events = events};

	row.event.seq = first_seq;
	row.command = *command;
	return remember_row(user, &row);
}

/* The state that the log begins with: an empty hall, or a snapshot and the ids of its two days. */
static int load_state(void *user, const struct store_snapshot *snapshot)
{
	struct replay *replay = user;
	struct keeper *keeper = replay->keeper;
	int64_t day;
	int r;

	ids_drop_after(keeper->ids, 0);
	if (!snapshot->seq) {
		replay->error = 0; /* it was of what followed the snapshot */
		hall_destroy(keeper->durable);
		keeper->durable = NULL;
		keeper->durable_day = 0;
		return hall_create(&keeper->durable);
	}
	r = hall_load(keeper->durable, snapshot->bytes, snapshot->size);
	if (r == 0 && hall_seq(keeper->durable) != snapshot->seq)
		r = -EBADMSG;
	day = r == 0 ? hall_day_counter(keeper->durable) : 0;
	for (int64_t back = day > 0; r == 0 && back >= 0; back--)
		r = store_past_commands(snapshot->past, day - back, remember_command, keeper);
	if (r == 0)
		keeper->durable_day = day;
	return r;
}

static int replay_row(void *user, const struct store_row *row)
{
	struct replay *replay = user;
	struct keeper *keeper = replay->keeper;
	int r;

	r = hall_apply(keeper->durable, &row->event);
	if (r == 0 && row->event.type == EVENT_DAY_OPENED) {
		keeper->durable_day = row->event.u.day_opened.counter;
		ids_expire(keeper->ids, keeper->durable_day);
	}
	if (r == 0 && row->command.id[0])
		r = remember_row(keeper, row);
	if (r < 0) {
		replay->error = r;
		replay->seq = row->event.seq;
	}
	return r;
}

static int open_log(struct keeper *keeper, const struct keeper_options *options,
		    char ret_error[STORE_ERROR_SIZE])
{
	struct replay replay = {.keeper = keeper};
	struct store_options store = options->store;
	struct store_state state;
	int r;

	store.snapshot_version = HALL_STATE_VERSION;
	store.load = load_state;
	r = store_open(&keeper->store, &store, replay_row, &replay, ret_error);
	if (r < 0) {
		if (replay.error)
			snprintf(ret_error, STORE_ERROR_SIZE, "event %llu of the log %s: %s",
				 (unsigned long long)replay.seq,
				 replay.error == -EPROTO ? "does not fit the hall"
							 : "cannot be replayed",
				 strerror(-replay.error));
		return r;
	}
	r = hall_copy(keeper->working, keeper->durable);
	if (r < 0)
		return r;
	keeper->working_day = keeper->durable_day;
	store_get_state(keeper->store, &state);
	keeper->snapshot_seq = state.snapshot_seq;
	keeper->snapshot_due = state.replayed > KEEPER_SNAPSHOT_EVENTS;
	if (state.health == STORE_REFUSED) {
		/* What was replayed may not be on the disk: nobody is told of it as a fact yet. */
		keeper->refused = keeper->unsettled = true;
		snprintf(keeper->trouble, sizeof(keeper->trouble), "%s", state.detail);
	}
	return 0;
}

int keeper_open(struct keeper **ret_keeper, const struct keeper_options *options,
		char ret_error[STORE_ERROR_SIZE])
{
	struct keeper *keeper;
	int r;

	snprintf(ret_error, STORE_ERROR_SIZE, "out of memory");
	keeper = calloc(1, sizeof(*keeper));
	if (!keeper)
		return -ENOMEM;
	keeper->wake = options->store.wake;
	keeper->wake_user = options->store.wake_user;
	keeper->path = strdup(options->store.path);
	if (options->store.vfs)
		keeper->vfs = strdup(options->store.vfs);
	r = keeper->path && (keeper->vfs || !options->store.vfs) ? 0 : -ENOMEM;
	if (r == 0)
		r = hall_create(&keeper->working);
	if (r == 0)
		r = hall_create(&keeper->durable);
	if (r == 0)
		r = ids_create(&keeper->ids);
	if (r == 0)
		r = open_log(keeper, options, ret_error);
	if (r < 0) {
		keeper_close(keeper);
		return r;
	}
	ret_error[0] = 0;
	*ret_keeper = keeper;
	return 0;
}

/* The next start has nothing to replay. Without one it has: nobody needs to know of a failure. */
static void leave_snapshot(struct keeper *keeper)
{
	size_t size = 0;
	uint8_t *state;

	if (keeper->broken || keeper->refused || keeper->stale || !keeper->working ||
	    hall_seq(keeper->working) <= keeper->snapshot_seq ||
	    hall_save(keeper->working, &state, &size) < 0)
		return;
	if (store_append_snapshot(keeper->store, NULL, 0, NULL, state, size) < 0)
		free(state);
}

void keeper_close(struct keeper *keeper)
{
	struct pending *pending, *next;

	if (!keeper)
		return;
	if (keeper->reader)
		store_reader_close(keeper->reader);
	if (keeper->store) {
		leave_snapshot(keeper);
		store_close(keeper->store);
	}
	for (pending = keeper->first; pending; pending = next) {
		next = pending->next;
		free(pending);
	}
	ids_destroy(keeper->ids);
	hall_destroy(keeper->working);
	hall_destroy(keeper->durable);
	free(keeper->path);
	free(keeper->vfs);
	free(keeper);
}
