/* Durable facts out: what the disk has is applied to the durable hall and told to the subscribers,
 * then the answers that depend on nothing newer are given, in order. When the log refuses a commit
 * the working hall goes back to what is durable and the log is tried again; when the outcome of a
 * commit is unknown nothing more is claimed, and the daemon has to leave. */
#include "src/keeper/internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell(struct keeper *keeper, const struct event *event)
{
	size_t i;

	for (i = 0; i < keeper->subscriber_count; i++) {
		if (keeper->subscribers[i].fn)
			keeper->subscribers[i].fn(keeper->subscribers[i].user, event,
						  keeper->durable);
	}
}

/* False: memory is short, the rest waits for the next try. */
static bool publish(struct keeper *keeper, struct pending *pending)
{
	const struct event *event;
	int r;

	while (!pending->repeated && pending->applied < pending->count) {
#ifdef KEEPER_BREAK_REPLAY /* a deliberately broken build: the tests must notice */
		pending->events[pending->applied].at.wall_ms &= ~INT64_C(1);
#endif
		event = &pending->events[pending->applied];
		r = hall_apply(keeper->durable, event);
		assert(r == 0 || r == -ENOMEM);
		if (r < 0)
			return false;
		pending->applied++;
		if (event->type == EVENT_DAY_OPENED) {
			keeper->durable_day = event->u.day_opened.counter;
			ids_expire(keeper->ids, keeper->durable_day);
		}
		tell(keeper, event);
	}
	return true;
}

static void publish_durable(struct keeper *keeper, uint64_t durable_seq)
{
	struct pending *pending;

#ifdef KEEPER_BREAK_DURABLE
	durable_seq = UINT64_MAX;
#endif

	keeper->lagging = false;
	for (pending = keeper->first; pending; pending = pending->next) {
		if (pending->depends > durable_seq)
			return;
		if (!publish(keeper, pending)) {
			keeper->lagging = true;
			return;
		}
	}
}

struct repeat {
	struct event *events;
	uint32_t count, got;
};

static int repeat_row(void *user, const struct store_row *row)
{
	struct repeat *repeat = user;

	if (repeat->got == repeat->count)
		return -EPROTO;
	repeat->events[repeat->got++] = row->event;
	return 0;
}

/* The events of an earlier command from the log. A fresh array in *ret_events. */
static int read_events(struct keeper *keeper, const struct pending *pending,
		       struct event **ret_events)
{
	struct repeat repeat = {.count = pending->count};
	char error[STORE_ERROR_SIZE];
	int r;

	if (!keeper->reader) {
		r = store_reader_open_vfs(&keeper->reader, keeper->path, keeper->vfs, error);
		if (r < 0)
			return r;
	}
	repeat.events = calloc(pending->count, sizeof(*repeat.events));
	if (!repeat.events)
		return -ENOMEM;
	r = store_reader_each(keeper->reader, pending->first_seq,
			      pending->first_seq + pending->count - 1, repeat_row, &repeat);
	if (r == 0 && repeat.got != repeat.count)
		r = -EPROTO;
	if (r < 0) {
		free(repeat.events);
		store_reader_close(keeper->reader);
		keeper->reader = NULL;
		return r;
	}
	*ret_events = repeat.events;
	return 0;
}

static void answer(struct keeper *keeper, struct pending *pending)
{
	struct keeper_reply reply = {
		.status = pending->status,
		.events = pending->events,
		.count = pending->status == KEEPER_DONE ? pending->count : 0,
		.repeated = pending->repeated,
		.refusal = pending->refusal,
		.detail = pending->detail,
	};
	struct event *read = NULL;
	int r;

	if (pending->fn && pending->repeated && pending->status == KEEPER_DONE) {
		r = read_events(keeper, pending, &read);
		if (r < 0) {
			reply.status = KEEPER_UNAVAILABLE;
			reply.count = 0;
			reply.detail = "the first answer cannot be read from the log";
		} else {
			reply.events = read;
		}
	}
	if (pending->fn)
		pending->fn(pending->user, &reply);
	free(read);
	free(pending);
}

static void answer_front(struct keeper *keeper)
{
	struct pending *pending = keeper->first;

	keeper->first = pending->next;
	if (!keeper->first)
		keeper->last = NULL;
	keeper->pending_count--;
	answer(keeper, pending);
}

/* Only what was there at the start: a callback that submits again waits for the next turn. */
static void answer_durable(struct keeper *keeper)
{
	uint64_t seq = hall_seq(keeper->durable);
	size_t left = keeper->pending_count;

	while (left-- > 0 && keeper->first && keeper->first->depends <= seq)
		answer_front(keeper);
}

/* Everything newer than what is durable did not happen (UNAVAILABLE) or may have (UNKNOWN). */
static void give_up(struct keeper *keeper, const struct store_state *state,
		    enum keeper_status status)
{
	uint64_t seq = hall_seq(keeper->durable);
	struct pending *pending;

	snprintf(keeper->trouble, sizeof(keeper->trouble), "%s", state->detail);
	for (pending = keeper->first; pending; pending = pending->next) {
		if (pending->depends <= seq)
			continue;
		pending->status = status;
		pending->depends = 0;
		pending->applied = pending->count;
		memcpy(pending->detail, keeper->trouble, sizeof(pending->detail));
	}
	if (status == KEEPER_UNAVAILABLE) {
		ids_drop_after(keeper->ids, seq);
		keeper->working_day = keeper->durable_day;
		keeper_rebuild_working(keeper);
	}
}

static void take_state(struct keeper *keeper, const struct store_state *state)
{
	publish_durable(keeper, state->durable_seq);
	if (keeper->lagging)
		return;
	if (state->health == STORE_BROKEN && !keeper->broken) {
		keeper->broken = true;
		give_up(keeper, state, KEEPER_UNKNOWN);
	} else if (state->health == STORE_REFUSED && !keeper->refused) {
		assert(state->durable_seq == hall_seq(keeper->durable));
		keeper->refused = true;
		keeper->retry_timed = false;
		keeper->snapshot_seq = 0; /* whichever was with the events went with them */
		give_up(keeper, state, KEEPER_UNAVAILABLE);
	} else if (state->health == STORE_OK) {
		/* what keeper_tick() tried has succeeded */
		keeper->refused = keeper->unsettled = false;
	}
}

int keeper_advance(struct keeper *keeper)
{
	struct store_state state;

	assert(!keeper->advancing);
	keeper->advancing = true;
	store_get_state(keeper->store, &state);
	take_state(keeper, &state);
	answer_durable(keeper);
	keeper->advancing = false;
	return keeper->broken ? -ENOTRECOVERABLE : 0;
}

static bool needs_tick(const struct keeper *keeper)
{
	return !keeper->broken && (keeper->refused || keeper->stale || keeper->lagging);
}

int64_t keeper_deadline_ms(const struct keeper *keeper)
{
	if (!needs_tick(keeper))
		return INT64_MAX;
	/* Without a clock of its own the keeper asks to be told the time first. */
	return keeper->retry_timed ? keeper->retry_ms : 0;
}

void keeper_tick(struct keeper *keeper, int64_t now_ms)
{
	if (!needs_tick(keeper)) {
		keeper->retry_timed = false;
		return;
	}
	if (keeper->retry_timed && now_ms < keeper->retry_ms)
		return;
	if (keeper->retry_timed) {
		if (keeper->refused && store_retry(keeper->store) == 0)
			keeper->refused = keeper->unsettled = false;
		if (keeper->stale)
			keeper_rebuild_working(keeper);
	}
	keeper->retry_timed = true;
	keeper->retry_ms = now_ms + KEEPER_RETRY_MS;
}
