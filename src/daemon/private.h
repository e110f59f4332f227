/* What the files of src/daemon share. */
#pragma once

#include <stdatomic.h>
#include <uv.h>

#include "src/daemon/calendar.h"
#include "src/daemon/daemon.h"
#include "src/daemon/helper.h"
#include "src/daemon/tickets.h"
#include "src/devices/devices.h"
#include "src/keeper/keeper.h"
#include "src/web/web.h"

/* The walk over the whole log. */
struct audit {
	uv_work_t work;
	bool running;
	atomic_bool stop;
	int64_t day; /* counter of the service day in which it was begun last, 0 none */
	int outcome; /* the worker's, until it has ended */
	struct store_verify_result now;
	uint64_t seq; /* the newest event that was found good with all before it */
	bool damaged;
	char detail[STORE_ERROR_SIZE + 64]; /* "" good */
	int64_t looked_ms;		    /* for the file under its name */
	bool moved;
};

/* A baseline that is being computed. */
struct freezing {
	uv_work_t work;
	bool running;
	atomic_bool stop;
	struct baseline_request request;
	struct baseline_facts facts; /* the worker's, until it has ended; so are these two */
	int outcome;
	char detail[STORE_ERROR_SIZE];
	web_computed_fn fn;
	void *fn_user;
};

struct daemon {
	const struct config *config;
	struct keeper *keeper;
	struct devices *devices;
	struct tickets *tickets; /* their templates */
	struct helper helper;	 /* that renders */
	struct helper voices[DEVICES_MAX_VOICES];
	char tickets_detail[512]; /* what is wrong with them, in Chinese and English */
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
	uv_poll_t clock_poll;
	int clock_fd;	       /* readable when the clock was set; negative: none */
	bool opened;	       /* the hall is as the configuration has it */
	bool log_refuses;      /* that is said on stderr */
	bool booted;	       /* this boot's daemon-started is durable */
	bool stepping;	       /* a clock step is with the keeper */
	int64_t step_after_ms; /* and not before this again */
	uint64_t clock_steps;  /* written by this process */
	unsigned days_asked;   /* changes of the service day that are with the keeper */
	int64_t day_after_ms;  /* and not before this again */
	enum clock_state clock;
	char clock_detail[256]; /* of a wrong one, in Chinese and English */
	struct audit audit;
	struct freezing freezing;
	bool expiring;		 /* a command that closes what is over is with the keeper */
	int64_t expire_after_ms; /* and not before this again */
	uint64_t expiry_seq;	 /* the hall's, when expiry_ms was worked out */
	int64_t expiry_ms;
	int exit_code;
};

/* opening.c: the configuration becomes facts, the service day is opened; `opened` says so. While
 * the log takes no writes it is not, and to be called again when it does. Negative: the log broke.
 */
__attribute__((warn_unused_result)) int daemon_open_hall(struct daemon *daemon);
/* Who was set aside as a no-show for longer than the policy allows is closed. */
void daemon_expire(struct daemon *daemon);
int64_t daemon_expiry_ms(struct daemon *daemon); /* when, in mono_ms; INT64_MAX never */
/* Until all that was submitted is durable; the loop is not needed. */
__attribute__((warn_unused_result)) int daemon_settle(struct daemon *daemon);

/* time.c. The moment; if somebody set the clock, that is written before what the moment is for. */
void daemon_stamp(struct daemon *daemon, struct stamp *ret_now);
/* The service day is closed and opened as calendar.h has it. */
void daemon_turn_day(struct daemon *daemon);
/* The boards learn that the log takes no writes, or that the clock is wrong; stderr the former. */
void daemon_give_notice(struct daemon *daemon);
bool daemon_log_takes(const struct daemon *daemon);
/* No day is open, and none will be before the clock is right. */
bool daemon_is_closed_by_clock(const struct daemon *daemon);

/* audit.c: begins a walk where one is due; ends one, before the log is closed. */
void daemon_audit(struct daemon *daemon);
void daemon_audit_end(struct daemon *daemon);
void daemon_audit_state(void *user, struct web_audit *ret);

/* freeze.c: web_options.compute; ends it, before web is destroyed. */
int daemon_compute(void *user, const struct baseline_request *request, web_computed_fn fn,
		   void *fn_user);
void daemon_compute_end(struct daemon *daemon);

/* status.c: what web shows of the devices. */
json_t *daemon_devices_json(void *user);
bool daemon_is_printer(void *user, const char *id);
void daemon_boards(void *user, struct web_boards *ret);
void daemon_tickets(void *user, struct web_tickets *ret);
void daemon_clock(void *user, struct web_clock *ret);
void daemon_metrics(void *user, web_append_fn append, void *out);
