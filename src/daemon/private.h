/* What the files of src/daemon share. */
#pragma once

#include <uv.h>

#include "src/daemon/daemon.h"
#include "src/devices/devices.h"
#include "src/keeper/keeper.h"
#include "src/web/web.h"

struct daemon {
	const struct config *config;
	struct keeper *keeper;
	struct devices *devices;
	struct web *web;
	uv_loop_t loop;
	uv_async_t wake; /* from the writer thread */
	uv_poll_t web_poll, devices_poll;
	uv_timer_t timer;
	uv_prepare_t prepare;
	uv_signal_t sigint, sigterm;
	int devices_epoll; /* all descriptors of devices behind one */
	struct pollfd watched[DEVICES_MAX_FDS];
	size_t watched_count;
	char ticket_url[DEVICES_URL_SIZE];
	int64_t watchdog_us, watchdog_due_us; /* 0: systemd does not watch */
	bool devices_changed;
	bool rolling;		 /* a change of the service day is with the keeper */
	bool expiring;		 /* a command that closes what is over is with the keeper */
	int64_t expire_after_ms; /* and not before this again */
	uint64_t expiry_seq;	 /* the hall's, when expiry_ms was worked out */
	int64_t expiry_ms;
	int exit_code;
};

/* opening.c: the configuration becomes facts, the service day is opened. -EIO: the log takes
 * nothing. */
__attribute__((warn_unused_result)) int daemon_open_hall(struct daemon *daemon);
/* A day that is over is closed and the next one opened, when the hall is empty or at 04:00. */
void daemon_roll_day(struct daemon *daemon);
/* Who was set aside as a no-show for longer than the policy allows is closed. */
void daemon_expire(struct daemon *daemon);
int64_t daemon_expiry_ms(struct daemon *daemon); /* when, in mono_ms; INT64_MAX never */
/* Until all that was submitted is durable; the loop is not needed. */
__attribute__((warn_unused_result)) int daemon_settle(struct daemon *daemon);

/* status.c: what web shows of the devices. */
json_t *daemon_devices_json(void *user);
void daemon_metrics(void *user, web_append_fn append, void *out);
