/* Keeps one transport open. A printer that is switched off at night and a serial server that
 * restarts look the same from here: closed, and tried again with pauses that grow to five seconds,
 * so that a hall is complete again within seconds of the plug going in; at once where a bus tells
 * of plugs (hotplug.c). */
#include "src/devices/link.h"

#include <errno.h>
#include <string.h>

/* A peer that takes every call and hangs up at once, as one that another machine has, is called no
 * more often than one that does not answer. */
static void went_down(struct link *link, int reason)
{
	int64_t now_us = link->ops->now_us(link->user);

	if (link->up && now_us - link->up_us >= LINK_HELD_US)
		link->pause_us = LINK_PAUSE_MIN_US;
	link->up = false;
	link->opening = false;
	link->retry_us = now_us + (link->nudged ? 0 : link->pause_us);
	link->nudged = false;
	link->pause_us =
		link->pause_us * 2 > LINK_PAUSE_MAX_US ? LINK_PAUSE_MAX_US : link->pause_us * 2;
	link->ops->down(link->user, reason);
	link->ops->changed(link->user);
}

static void on_opened(void *user, int status)
{
	struct link *link = user;

	link->opening = false;
	if (status < 0) {
		went_down(link, status);
		return;
	}
	link->up = true;
	link->nudged = false;
	link->told[0] = '\0';
	link->up_us = link->ops->now_us(link->user);
	link->retry_us = TRANSPORT_NO_DEADLINE;
	link->ops->up(link->user);
	link->ops->changed(link->user);
}

static void on_progress(void *user, size_t bytes)
{
	struct link *link = user;

	link->ops->progress(link->user, bytes);
}

static void on_done(void *user, int status)
{
	struct link *link = user;

	link->ops->sent(link->user, status);
}

static void on_received(void *user, const uint8_t *bytes, size_t len)
{
	struct link *link = user;

	link->ops->received(link->user, bytes, len);
}

static void on_left(void *user, int reason)
{
	went_down(user, reason);
}

static void on_controlled(void *user, enum transport_control what, int status, const uint8_t *bytes,
			  size_t len)
{
	struct link *link = user;

	if (link->ops->controlled)
		link->ops->controlled(link->user, what, status, bytes, len);
}

static void on_changed(void *user)
{
	struct link *link = user;

	link->ops->changed(link->user);
}

static const struct transport_host host = {
	.opened = on_opened,
	.progress = on_progress,
	.done = on_done,
	.received = on_received,
	.left = on_left,
	.controlled = on_controlled,
	.changed = on_changed,
};

int link_init(struct link *link, const char *url, const struct link_ops *ops, void *user,
	      char *ret_error, size_t error_size)
{
	*link = (struct link){
		.ops = ops,
		.user = user,
		.retry_us = TRANSPORT_NO_DEADLINE,
		.pause_us = LINK_PAUSE_MIN_US,
	};
	return transport_create(&link->transport, url, &host, link, ret_error, error_size);
}

void link_finish(struct link *link)
{
	transport_destroy(link->transport);
	link->transport = NULL;
	link->up = false;
}

void link_open(struct link *link)
{
	int r;

	link->retry_us = TRANSPORT_NO_DEADLINE;
	link->opening = true;
	r = link->transport->ops->open(link->transport, link->ops->now_us(link->user));
	if (r < 0 && link->opening)
		went_down(link, r);
}

void link_reopen(struct link *link)
{
	link->transport->ops->close(link->transport);
	went_down(link, -ECONNRESET);
}

int link_send(struct link *link, const uint8_t *bytes, size_t len)
{
	if (!link->up)
		return -ENOTCONN;
	return link->transport->ops->submit(link->transport, bytes, len,
					    link->ops->now_us(link->user));
}

void link_cancel(struct link *link)
{
	if (link->up)
		link->transport->ops->cancel(link->transport);
}

int link_control(struct link *link, enum transport_control what)
{
	if (!link->up)
		return -ENOTCONN;
	return link->transport->ops->control(link->transport, what, link->ops->now_us(link->user));
}

/* Not opened from in here: this is called in the middle of the bus's news. */
void link_nudge(struct link *link)
{
	if (link->up)
		return;
	link->pause_us = LINK_PAUSE_MIN_US;
	link->nudged = link->opening; /* it may have looked a moment before */
	if (link->retry_us == TRANSPORT_NO_DEADLINE)
		return;
	link->retry_us = link->ops->now_us(link->user);
	link->ops->changed(link->user);
}

const char *link_why(const struct link *link, int reason)
{
	return link->transport->why[0] ? link->transport->why : strerror(-reason);
}

int64_t link_deadline(const struct link *link)
{
	int64_t own = link->transport->ops->deadline(link->transport);

	return own < link->retry_us ? own : link->retry_us;
}

void link_process(struct link *link, int64_t now_us)
{
	link->transport->ops->process(link->transport, now_us);
	if (now_us >= link->retry_us)
		link_open(link);
}
