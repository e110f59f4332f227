/* Commands in: each is decided on the working hall at once, its events are numbered, applied there
 * and handed to the log, and its answer joins a line. Nothing is told from here; advance.c does
 * that when the disk has the facts. The command ids of two service days are looked up first, so
 * that a repeated command changes nothing. */
#include "src/keeper/internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int keeper_subscribe(struct keeper *keeper, keeper_event_fn fn, void *user)
{
	size_t i;

	/* A forgotten place is not given away: the order of calls is the order of subscription. */
	for (i = keeper->subscriber_count; i > 0 && !keeper->subscribers[i - 1].fn; i--)
		keeper->subscriber_count--;
	if (keeper->subscriber_count == KEEPER_MAX_SUBSCRIBERS)
		return -ENOSPC;
	keeper->subscribers[keeper->subscriber_count++] =
		(struct subscriber){.fn = fn, .user = user};
	return 0;
}

void keeper_forget(struct keeper *keeper, void *user)
{
	struct pending *pending;
	size_t i;

	for (i = 0; i < keeper->subscriber_count; i++) {
		if (keeper->subscribers[i].user == user)
			keeper->subscribers[i].fn = NULL;
	}
	for (pending = keeper->first; pending; pending = pending->next) {
		if (pending->user == user)
			pending->fn = NULL;
	}
}

void keeper_rebuild_working(struct keeper *keeper)
{
	struct pending *pending;
	uint32_t i;
	int r;

	r = hall_copy(keeper->working, keeper->durable);
	for (pending = keeper->first; r == 0 && pending; pending = pending->next) {
		if (pending->repeated)
			continue;
		for (i = pending->applied; r == 0 && i < pending->count; i++)
			r = hall_apply(keeper->working, &pending->events[i]);
	}
	keeper->stale = r < 0;
}

static struct pending *pending_create(const struct keeper *keeper, size_t count, keeper_reply_fn fn,
				      void *user)
{
	struct pending *pending;

	pending = calloc(1, sizeof(*pending) + count * sizeof(pending->events[0]));
	if (!pending)
		return NULL;
	pending->fn = fn;
	pending->user = user;
	pending->depends = hall_seq(keeper->working);
	return pending;
}

static void enqueue(struct keeper *keeper, struct pending *pending)
{
	if (keeper->last)
		keeper->last->next = pending;
	else
		keeper->first = pending;
	keeper->last = pending;
	keeper->pending_count++;
	if (keeper->wake && pending->depends <= hall_seq(keeper->durable))
		keeper->wake(keeper->wake_user);
}

static int answer_repeated(struct keeper *keeper, const struct ids_entry *entry,
			   const uint8_t body_hash[STORE_HASH_SIZE], keeper_reply_fn fn, void *user)
{
	struct pending *pending;

	pending = pending_create(keeper, 0, fn, user);
	if (!pending)
		return -ENOMEM;
	if (keeper->stale) /* working may be ahead of what will ever be durable */
		pending->depends = entry->first_seq + entry->count - 1;
	if (ids_same_body(entry, body_hash)) {
		pending->status = KEEPER_DONE;
		pending->repeated = true;
		pending->first_seq = entry->first_seq;
		pending->count = entry->count;
	} else {
		pending->status = KEEPER_CONFLICT;
		snprintf(pending->detail, sizeof(pending->detail),
			 "this id was used for another request");
	}
	enqueue(keeper, pending);
	return 0;
}

static int answer_unavailable(struct keeper *keeper, enum keeper_status status, keeper_reply_fn fn,
			      void *user)
{
	struct pending *pending;

	pending = pending_create(keeper, 0, fn, user);
	if (!pending)
		return -ENOMEM;
	/* A stale working hall says nothing about what is true. */
	pending->depends = 0;
	pending->status = status;
	snprintf(pending->detail, sizeof(pending->detail), "%s",
		 keeper->stale ? "out of memory" : keeper->trouble);
	enqueue(keeper, pending);
	return 0;
}

static int answer_refused(struct keeper *keeper, keeper_reply_fn fn, void *user)
{
	struct pending *pending;

	pending = pending_create(keeper, 0, fn, user);
	if (!pending)
		return -ENOMEM;
	pending->status = KEEPER_REFUSED;
	pending->refusal = keeper->decision.refusal;
	snprintf(pending->detail, sizeof(pending->detail), "%s", keeper->decision.detail);
	enqueue(keeper, pending);
	return 0;
}

/* Numbers the decided events and applies them to the working hall. */
static int apply_working(struct keeper *keeper, struct pending *pending)
{
	uint64_t seq = hall_seq(keeper->working);
	uint32_t i;
	int r;

	pending->first_seq = seq + 1;
	pending->count = (uint32_t)keeper->decision.count;
	for (i = 0; i < pending->count; i++) {
		pending->events[i] = keeper->decision.events[i];
		pending->events[i].seq = ++seq;
	}
	for (i = 0; i < pending->count; i++) {
		r = hall_apply(keeper->working, &pending->events[i]);
		if (r < 0)
			return r;
		if (pending->events[i].type == EVENT_DAY_OPENED)
			keeper->working_day = pending->events[i].u.day_opened.counter;
	}
	pending->depends = seq;
	return 0;
}

/* With a snapshot where one is due: a new day has nobody in it yet, so its beginning is the
 * smallest state there is. Without memory for one the events go alone. */
static int keep(struct keeper *keeper, const struct pending *pending,
		const struct store_command *command)
{
	bool due = keeper->snapshot_due;
	size_t size = 0;
	uint8_t *state;
	int r;

	for (uint32_t i = 0; i < pending->count; i++)
		due |= pending->events[i].type == EVENT_DAY_OPENED;
	if (!due || hall_save(keeper->working, &state, &size) < 0)
		return store_append(keeper->store, pending->events, pending->count, command);
	r = store_append_snapshot(keeper->store, pending->events, pending->count, command, state,
				  size);
	if (r < 0) {
		free(state);
		return r;
	}
	keeper->snapshot_due = false;
	keeper->snapshot_seq = hall_seq(keeper->working);
	return 0;
}

static int append(struct keeper *keeper, const struct pending *pending, const char *id,
		  struct ids_entry *entry)
{
	struct store_command command = {{0}, {0}};

	if (pending->count == 0)
		return 0;
	if (id) {
		ids_write_name(id, keeper->working_day, command.id);
		memcpy(command.body_hash, entry->body_hash, sizeof(command.body_hash));
		entry->first_seq = pending->first_seq;
		entry->count = pending->count;
		entry->day = keeper->working_day;
	}
	return keep(keeper, pending, id ? &command : NULL);
}

/* id NULL: none, and entry is not used. */
static int accept(struct keeper *keeper, const char *id, struct ids_entry *entry,
		  keeper_reply_fn fn, void *user)
{
	const int64_t day = keeper->working_day;
	struct pending *pending;
	int r;

	pending = pending_create(keeper, keeper->decision.count, fn, user);
	if (!pending)
		return -ENOMEM;
	r = id ? ids_reserve(keeper->ids) : 0;
	if (r < 0)
		goto err_free;
	r = apply_working(keeper, pending);
	if (r == 0)
		r = append(keeper, pending, id, entry);
	/* -EIO: the log has stopped and the next advance says how; the answer waits for that. */
	if (r < 0 && r != -EIO)
		goto err_working;
	if (id && pending->count > 0)
		ids_add(keeper->ids, entry);
	enqueue(keeper, pending);
	if (r == -EIO && keeper->wake)
		keeper->wake(keeper->wake_user);
	return 0;

err_working:
	keeper->working_day = day;
	keeper_rebuild_working(keeper);
err_free:
	free(pending);
	return r;
}

/* In the table, or, once that was too small for two days, in the log. 1, 0 or a negative errno. */
static int find_id(struct keeper *keeper, const char *id, const struct ids_entry *asked,
		   struct ids_entry *ret_known)
{
	char name[STORE_COMMAND_ID_SIZE], error[STORE_ERROR_SIZE];
	struct ids_entry known = *asked;
	int r = 0;

	if (ids_find(keeper->ids, asked->id_hash, ret_known))
		return 1;
	if (!ids_overflowed(keeper->ids))
		return 0;
	if (!keeper->reader)
		r = store_reader_open_vfs(&keeper->reader, keeper->path, keeper->vfs, error);
	for (int64_t back = 0; r == 0 && back < 2; back++) {
		ids_write_name(id, keeper->working_day - back, name);
		r = store_reader_command(keeper->reader, name, &known.first_seq, known.body_hash,
					 &known.count);
	}
	if (r == 1)
		*ret_known = known;
	return r;
}

int keeper_submit(struct keeper *keeper, const struct command *command, const char *id,
		  const void *body, size_t body_len, keeper_reply_fn fn, void *user)
{
	struct ids_entry entry = {.count = 0}, known;
	int r;

	if (keeper->pending_count >= KEEPER_MAX_PENDING)
		return -ENOMEM;
	if (keeper->broken)
		return answer_unavailable(keeper, KEEPER_UNKNOWN, fn, user);
	if (id && !id[0])
		id = NULL;
	if (id) {
		assert(strlen(id) < STORE_COMMAND_ID_SIZE);
		ids_digest(id, entry.id_hash);
		store_digest(body, body_len, entry.body_hash);
		r = find_id(keeper, id, &entry, &known);
		if (r < 0)
			return answer_unavailable(keeper, KEEPER_UNKNOWN, fn, user);
		if (r > 0)
			return keeper->unsettled
				       ? answer_unavailable(keeper, KEEPER_UNKNOWN, fn, user)
				       : answer_repeated(keeper, &known, entry.body_hash, fn, user);
	}
	if (keeper->refused || keeper->stale)
		return answer_unavailable(keeper, KEEPER_UNAVAILABLE, fn, user);
	r = hall_decide(keeper->working, command, &keeper->decision);
	if (r == -EPERM)
		return answer_refused(keeper, fn, user);
	if (r < 0)
		return r;
	return accept(keeper, id, &entry, fn, user);
}

const struct hall *keeper_hall(const struct keeper *keeper)
{
	return keeper->durable;
}

void keeper_get_state(struct keeper *keeper, struct store_state *ret)
{
	store_get_state(keeper->store, ret);
}

int keeper_step(struct keeper *keeper)
{
	return store_step(keeper->store);
}

bool keeper_idle(const struct keeper *keeper)
{
	return !keeper->first;
}

bool keeper_log_is_in_place(const struct keeper *keeper)
{
	return store_is_in_place(keeper->store);
}
