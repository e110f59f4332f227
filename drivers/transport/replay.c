/* replay:FILE[?pace=...], a device played from a capture. What the host does is held against the
 * capture, byte by byte; what the device did then comes up when its time has come, but never before
 * the host has done all that stood before it. A host that does something else than was recorded is
 * told that the device left, with -EPROTO and the line's number in why.
 *
 * Two places in the script are kept: the next act that is expected of the host and the next call
 * to it. The first may run ahead of the second, because a host may act a little earlier than the
 * recorded one did, between calls that do not depend on each other. */
#include "drivers/transport/common.h"
#include "drivers/transport/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CALLS_A_TURN = 64,
	MAX_PACE = 1000,
	SHOWN_BYTES = 8, /* of a mismatch, in why */
};

enum replay_state { REPLAY_CLOSED, REPLAY_OPENING, REPLAY_OPEN, REPLAY_LEAVING };

struct replay {
	struct transport base;
	struct script script;
	long pace; /* times as fast as recorded; 0: at once */
	enum replay_state state;
	bool busy, asking; /* a submit, a control is out */
	bool mismatch;
	size_t next_act, next_call;
	unsigned life; /* raised by each close */
	int64_t now_us;
	int64_t anchor_us,
		anchor_recorded_us; /* the last act, in the host's time and the script's */
	int64_t told_deadline_us;
};

static struct replay *to_replay(struct transport *transport)
{
	return (struct replay *)transport;
}

static int parse_url(struct replay *replay, const char *url, char *ret_error, size_t error_size)
{
	static const struct url_choice paces[] = {{"immediate", 0}, {"recorded", 1}, {NULL, 0}};
	const struct url_option options[] = {{"pace", 1, MAX_PACE, paces, &replay->pace}};
	const char *path = url + strlen("replay:");
	size_t len = strcspn(path, "?");
	char path_text[TRANSPORT_URL_SIZE];
	int r;

	if (len == 0)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"replay: the capture's file is missing.");
	if (path[len]) {
		r = url_parse_options("replay", path + len + 1, options, 1, ret_error, error_size);
		if (r < 0)
			return r;
	}
	(void)snprintf(path_text, sizeof(path_text), "%.*s", (int)len, path);
	return script_load(&replay->script, path_text, ret_error, error_size);
}

static size_t find_act(const struct replay *replay, size_t from)
{
	const struct script *script = &replay->script;

	while (from < script->n_events && !capture_is_down(script->events[from].kind))
		from++;
	return from;
}

static int replay_create(struct transport **ret, const char *url, const struct transport_host *host,
			 void *user, char *ret_error, size_t error_size)
{
	struct replay *replay;
	int r;

	replay = calloc(1, sizeof(*replay));
	if (!replay)
		return transport_refuse(ret_error, error_size, -ENOMEM, "replay: out of memory.");
	r = parse_url(replay, url, ret_error, error_size);
	if (r < 0) {
		free(replay);
		return r;
	}
	replay->base = (struct transport){&transport_replay_ops, host, user, ""};
	replay->told_deadline_us = TRANSPORT_NO_DEADLINE;
	*ret = &replay->base;
	return 0;
}

static void replay_destroy(struct transport *transport)
{
	struct replay *replay = to_replay(transport);

	script_free(&replay->script);
	free(replay);
}

/* The next call to the host, NULL while an act of the host's has to come first. */
static const struct script_event *next_call(const struct replay *replay)
{
	const struct script *script = &replay->script;
	size_t i = replay->next_call;

	while (i < replay->next_act && capture_is_down(script->events[i].kind))
		i++;
	return i < replay->next_act ? &script->events[i] : NULL;
}

static int64_t replay_deadline(const struct transport *transport)
{
	const struct replay *replay = (const struct replay *)transport;
	const struct script_event *event;
	int64_t later_us;

	if (replay->state == REPLAY_CLOSED || replay->state == REPLAY_LEAVING)
		return TRANSPORT_NO_DEADLINE;
	if (replay->mismatch)
		return TRANSPORT_DUE;
	event = next_call(replay);
	if (!event)
		return TRANSPORT_NO_DEADLINE;
	later_us = event->at_us - replay->anchor_recorded_us;
	if (replay->pace == 0 || later_us <= 0)
		return TRANSPORT_DUE;
	return replay->anchor_us + later_us / replay->pace;
}

static void tell_changes(struct replay *replay)
{
	int64_t deadline = replay_deadline(&replay->base);

	if (deadline == replay->told_deadline_us)
		return;
	replay->told_deadline_us = deadline;
	transport_tell_changed(&replay->base);
}

static void show_bytes(char *ret, size_t size, const uint8_t *bytes, size_t len)
{
	size_t used = 0, i;

	ret[0] = '\0';
	for (i = 0; i < len && i < SHOWN_BYTES; i++)
		used += (size_t)snprintf(ret + used, size - used, "%02x", bytes[i]);
}

static void explain(struct replay *replay, enum capture_kind kind, const uint8_t *bytes, size_t len)
{
	const struct script_event *event = &replay->script.events[replay->next_act];
	const uint8_t *wanted = replay->script.bytes;
	char wanted_text[2 * SHOWN_BYTES + 1], got_text[2 * SHOWN_BYTES + 1];
	size_t i = 0;

	if (replay->next_act == replay->script.n_events) {
		(void)transport_blame(&replay->base, -EPROTO,
				      "The capture is at its end, but %s came.",
				      capture_kind_name(kind));
		return;
	}
	if (event->kind != kind || kind != CAPTURE_SUBMIT) {
		(void)transport_blame(&replay->base, -EPROTO,
				      "Line %zu of the capture has %s, but %s came.", event->line,
				      capture_kind_name(event->kind), capture_kind_name(kind));
		return;
	}
	wanted += event->offset;
	while (i < len && i < event->len && bytes[i] == wanted[i])
		i++;
	show_bytes(wanted_text, sizeof(wanted_text), wanted + i, event->len - i);
	show_bytes(got_text, sizeof(got_text), bytes + i, len - i);
	(void)transport_blame(&replay->base, -EPROTO,
			      "Line %zu of the capture submits %zu bytes, with \"%s\" at byte %zu; "
			      "%zu came, with \"%s\".",
			      event->line, event->len, wanted_text, i, len, got_text);
}

/* Too early for what was recorded, say before opened(), is refused as any transport would. */
static bool may_act(const struct replay *replay, enum capture_kind kind)
{
	if (kind == CAPTURE_OPEN)
		return replay->state == REPLAY_CLOSED;
	if (replay->state != REPLAY_OPEN)
		return false;
	return !(kind == CAPTURE_SUBMIT && replay->busy) &&
	       !(kind == CAPTURE_CONTROL && replay->asking);
}

/* True when the script has just this act next; it is then done, and ret_status its answer. */
static bool act(struct replay *replay, enum capture_kind kind, enum transport_control what,
		const uint8_t *bytes, size_t len, int *ret_status)
{
	const struct script *script = &replay->script;
	const struct script_event *event;

	replay->next_act = find_act(replay, replay->next_act);
	if (replay->next_act == script->n_events)
		return false;
	event = &script->events[replay->next_act];
	if (event->kind != kind || event->what != what || event->len != len ||
	    (len > 0 && memcmp(script->bytes + event->offset, bytes, len) != 0))
		return false;
	if (event->status == 0 && !may_act(replay, kind))
		return false;
	replay->anchor_us = replay->now_us;
	replay->anchor_recorded_us = event->at_us;
	replay->next_act = find_act(replay, replay->next_act + 1);
	*ret_status = event->status;
	return true;
}

static void set_mismatch(struct replay *replay, enum capture_kind kind, const uint8_t *bytes,
			 size_t len)
{
	if (replay->mismatch)
		return;
	explain(replay, kind, bytes, len);
	replay->mismatch = true;
}

static int replay_open(struct transport *transport, int64_t now_us)
{
	struct replay *replay = to_replay(transport);
	int r;

	replay->now_us = now_us;
	if (replay->mismatch && replay->state == REPLAY_CLOSED)
		goto out; /* it stays wrong, and why stays what it was */
	if (act(replay, CAPTURE_OPEN, TRANSPORT_PORT_STATUS, NULL, 0, &r)) {
		if (r < 0)
			return r;
		transport->why[0] = '\0';
	} else if (replay->state != REPLAY_CLOSED) {
		return -EALREADY;
	} else {
		set_mismatch(replay, CAPTURE_OPEN, NULL, 0);
	}
out:
	replay->state = REPLAY_OPENING;
	tell_changes(replay);
	return 0;
}

/* A host that closes earlier than recorded goes on with the next time it was opened. */
static void replay_close(struct transport *transport)
{
	struct replay *replay = to_replay(transport);
	const struct script *script = &replay->script;
	size_t i = find_act(replay, replay->next_act);

	replay->life++;
	if (replay->state == REPLAY_CLOSED)
		return;
	if (replay->state != REPLAY_LEAVING) {
		while (i < script->n_events &&
		       (script->events[i].kind != CAPTURE_OPEN || script->events[i].status < 0))
			i++;
		replay->next_act = i;
		replay->next_call = i;
	}
	replay->state = REPLAY_CLOSED;
	replay->busy = false;
	replay->asking = false;
}

static int replay_submit(struct transport *transport, const uint8_t *bytes, size_t len,
			 int64_t now_us)
{
	struct replay *replay = to_replay(transport);
	int r;

	replay->now_us = now_us;
	if (act(replay, CAPTURE_SUBMIT, TRANSPORT_PORT_STATUS, bytes, len, &r)) {
		replay->busy |= r == 0;
		tell_changes(replay);
		return r;
	}
	if (replay->state != REPLAY_OPEN)
		return -ENOTCONN;
	if (len < 1 || len > TRANSPORT_MAX_SUBMIT)
		return -EINVAL;
	if (replay->busy)
		return -EBUSY;
	set_mismatch(replay, CAPTURE_SUBMIT, bytes, len);
	replay->busy = true;
	tell_changes(replay);
	return 0;
}

static void replay_cancel(struct transport *transport)
{
	struct replay *replay = to_replay(transport);
	int r;

	if (replay->state != REPLAY_OPEN || !replay->busy)
		return;
	if (!act(replay, CAPTURE_CANCEL, TRANSPORT_PORT_STATUS, NULL, 0, &r))
		set_mismatch(replay, CAPTURE_CANCEL, NULL, 0);
	tell_changes(replay);
}

static int replay_drain(struct transport *transport)
{
	struct replay *replay = to_replay(transport);

	if (replay->state != REPLAY_OPEN)
		return -ENOTCONN;
	return replay->busy ? -EINPROGRESS : 0;
}

static int replay_control(struct transport *transport, enum transport_control what, int64_t now_us)
{
	struct replay *replay = to_replay(transport);
	int r;

	replay->now_us = now_us;
	if (act(replay, CAPTURE_CONTROL, what, NULL, 0, &r)) {
		replay->asking |= r == 0;
		tell_changes(replay);
		return r;
	}
	if (replay->state != REPLAY_OPEN)
		return -ENOTCONN;
	if (replay->asking ||
	    (replay->busy && what != TRANSPORT_PORT_STATUS && what != TRANSPORT_DEVICE_ID))
		return -EBUSY;
	set_mismatch(replay, CAPTURE_CONTROL, NULL, 0);
	tell_changes(replay);
	return 0;
}

static size_t replay_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	(void)transport;
	(void)ret;
	(void)max;
	return 0;
}

static void leave(struct replay *replay, int reason)
{
	bool was_busy = replay->busy;
	unsigned life = replay->life;

	replay->busy = false;
	replay->asking = false;
	replay->state = REPLAY_LEAVING;
	if (was_busy)
		transport_tell_done(&replay->base, -ENODEV);
	if (replay->life != life)
		return;
	replay->state = REPLAY_CLOSED;
	transport_tell_left(&replay->base, reason);
}

static void call(struct replay *replay, const struct script_event *event)
{
	struct transport *base = &replay->base;
	const uint8_t *bytes = replay->script.bytes + event->offset;

	switch (event->kind) {
	case CAPTURE_OPENED:
		replay->state = event->status < 0 ? REPLAY_CLOSED : REPLAY_OPEN;
		if (event->status < 0)
			(void)transport_blame(base, event->status, "As in line %zu of the capture.",
					      event->line);
		transport_tell_opened(base, event->status);
		break;
	case CAPTURE_PROGRESS: transport_tell_progress(base, (size_t)event->status); break;
	case CAPTURE_DONE:
		replay->busy = false;
		transport_tell_done(base, event->status);
		break;
	case CAPTURE_RECEIVED: transport_tell_received(base, bytes, event->len); break;
	case CAPTURE_CONTROLLED:
		replay->asking = false;
		transport_tell_controlled(base, event->what, event->status,
					  event->len > 0 ? bytes : NULL, event->len);
		break;
	case CAPTURE_LEFT:
		(void)transport_blame(base, event->status, "As in line %zu of the capture.",
				      event->line);
		leave(replay, event->status);
		break;
	default: break;
	}
}

static void replay_process(struct transport *transport, int64_t now_us)
{
	struct replay *replay = to_replay(transport);
	const struct script_event *event;
	unsigned life = replay->life;
	int i;

	replay->now_us = now_us;
	replay->next_act = find_act(replay, replay->next_act);
	for (i = 0; i < CALLS_A_TURN && replay->life == life && !replay->mismatch; i++) {
		if (replay_deadline(transport) > now_us)
			break;
		event = next_call(replay);
		if (!event)
			break;
		replay->next_call = (size_t)(event - replay->script.events) + 1;
		call(replay, event);
	}
	if (replay->mismatch && replay->state == REPLAY_OPENING) {
		replay->state = REPLAY_CLOSED;
		transport_tell_opened(transport, -EPROTO);
	} else if (replay->mismatch && replay->state == REPLAY_OPEN) {
		leave(replay, -EPROTO);
	}
	tell_changes(replay);
}

const struct transport_ops transport_replay_ops = {
	.scheme = "replay",
	.create = replay_create,
	.destroy = replay_destroy,
	.open = replay_open,
	.close = replay_close,
	.submit = replay_submit,
	.cancel = replay_cancel,
	.drain = replay_drain,
	.control = replay_control,
	.fds = replay_fds,
	.deadline = replay_deadline,
	.process = replay_process,
};
