/* Before the doors open: the process announces itself, the configuration is compared with what the
 * log knows, differences become events, and the service day is opened if it is time. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "src/daemon/clock.h"
#include "src/daemon/private.h"

enum { EXPIRE_PAUSE_MS = 1000 };

int daemon_settle(struct daemon *daemon)
{
	while (!keeper_idle(daemon->keeper)) {
		struct store_state state;
		int r = keeper_advance(daemon->keeper);

		if (r < 0)
			return r;
		keeper_get_state(daemon->keeper, &state);
		if (state.health != STORE_OK)
			return -EIO;
		if (!keeper_idle(daemon->keeper))
			poll(NULL, 0, 1);
	}
	return 0;
}

static void prepare_command(struct command *ret, enum command_type type)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = type;
	clock_stamp(&ret->at);
	snprintf(ret->by, sizeof(ret->by), "daemon");
}

static void report_refusal(void *user, const struct keeper_reply *reply)
{
	const char *what = user;

	if (reply->status == KEEPER_REFUSED)
		fprintf(stderr, "onewindow: %s: %s %s\n", what, refusal_text_en(reply->refusal),
			reply->detail);
}

static int submit(struct daemon *daemon, const struct command *command, const char *what)
{
	return keeper_submit(daemon->keeper, command, NULL, NULL, 0, report_refusal,
			     (void *)(uintptr_t)what);
}

static int define_queues(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct hall *hall = keeper_hall(daemon->keeper);
	struct command command;
	int r = 0;

	/* First those that went: a prefix may move on to another queue. */
	for (size_t i = 0; r == 0 && i < hall_queue_count(hall); i++) {
		const struct event_queue_defined *def = &hall_queue(hall, i)->def;
		bool kept = def->retired;

		for (size_t k = 0; k < config->queue_count; k++)
			kept |= !strcmp(config->queues[k].queue, def->queue);
		if (kept)
			continue;
		prepare_command(&command, COMMAND_DEFINE_QUEUE);
		command.u.define_queue = *def;
		command.u.define_queue.retired = true;
		r = submit(daemon, &command, def->queue);
	}
	for (size_t i = 0; r == 0 && i < config->queue_count; i++) {
		prepare_command(&command, COMMAND_DEFINE_QUEUE);
		command.u.define_queue = config->queues[i];
		r = submit(daemon, &command, config->queues[i].queue);
	}
	return r;
}

static int define_windows(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct hall *hall = keeper_hall(daemon->keeper);
	struct command command;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->window_count; i++) {
		prepare_command(&command, COMMAND_DEFINE_WINDOW);
		command.u.define_window = config->windows[i];
		r = submit(daemon, &command, config->windows[i].en);
	}
	for (size_t i = 0; r == 0 && i < hall_window_count(hall); i++) {
		const struct event_window_defined *def = &hall_window(hall, i)->def;
		bool kept = def->retired;

		for (size_t k = 0; k < config->window_count; k++)
			kept |= config->windows[k].window == def->window;
		if (kept)
			continue;
		prepare_command(&command, COMMAND_DEFINE_WINDOW);
		command.u.define_window = *def;
		command.u.define_window.retired = true;
		r = submit(daemon, &command, def->en);
	}
	return r;
}

static int define_items(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct hall *hall = keeper_hall(daemon->keeper);
	struct command command;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->item_count; i++) {
		prepare_command(&command, COMMAND_DEFINE_ITEM);
		command.u.define_item = config->items[i];
		r = submit(daemon, &command, config->items[i].item);
	}
	for (size_t i = 0; r == 0 && i < hall_item_count(hall); i++) {
		const struct event_item_defined *def = &hall_item(hall, i)->def;
		bool kept = def->retired;

		for (size_t k = 0; k < config->item_count; k++)
			kept |= !strcmp(config->items[k].item, def->item);
		if (kept)
			continue;
		prepare_command(&command, COMMAND_DEFINE_ITEM);
		command.u.define_item = *def;
		command.u.define_item.retired = true;
		r = submit(daemon, &command, def->item);
	}
	return r;
}

static int define_clerks(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct hall *hall = keeper_hall(daemon->keeper);
	struct command command;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->clerk_count; i++) {
		prepare_command(&command, COMMAND_DEFINE_CLERK);
		command.u.define_clerk = config->clerks[i];
		r = submit(daemon, &command, config->clerks[i].clerk);
	}
	for (size_t i = 0; r == 0 && i < hall_clerk_count(hall); i++) {
		const struct event_clerk_defined *def = &hall_clerk(hall, i)->def;
		bool kept = def->retired;

		for (size_t k = 0; k < config->clerk_count; k++)
			kept |= !strcmp(config->clerks[k].clerk, def->clerk);
		if (kept)
			continue;
		prepare_command(&command, COMMAND_DEFINE_CLERK);
		command.u.define_clerk = *def;
		command.u.define_clerk.retired = true;
		r = submit(daemon, &command, def->clerk);
	}
	return r;
}

static int define_policy(struct daemon *daemon)
{
	struct command command;

	prepare_command(&command, COMMAND_DEFINE_POLICY);
	command.u.define_policy = daemon->config->policy;
	return submit(daemon, &command, "policy");
}

static int define_hall(struct daemon *daemon)
{
	struct command command;
	int r;

	prepare_command(&command, COMMAND_DEFINE_HALL);
	command.u.define_hall = daemon->config->hall;
	r = submit(daemon, &command, "hall");
	if (r == 0)
		r = define_queues(daemon);
	if (r == 0)
		r = define_windows(daemon);
	if (r == 0)
		r = define_items(daemon);
	if (r == 0)
		r = define_clerks(daemon);
	return r < 0 ? r : define_policy(daemon);
}

/* Who is called to a window that is no more would walk to nobody, and be called nowhere else: the
 * ticket goes back into its line, by its first arrival. Who is served there is finished by a clerk.
 */
static int return_called(struct daemon *daemon)
{
	const struct hall *hall = keeper_hall(daemon->keeper);
	struct command command;
	int r = 0;

	for (size_t i = 0; r == 0 && i < hall_window_count(hall); i++) {
		const struct window *window = hall_window(hall, i);
		const struct ticket *ticket = hall_find_ticket(hall, window->ticket);

		if (!window->def.retired || !ticket || ticket->state != TICKET_CALLED)
			continue;
		fprintf(stderr,
			"onewindow: %s: 窗口 %d 已从配置中去掉，此号回到队列 window %d is no "
			"longer "
			"in the configuration: the ticket goes back into its line\n",
			ticket->number, (int)window->def.window, (int)window->def.window);
		prepare_command(&command, COMMAND_PARK);
		command.u.at_window.window = window->def.window;
		r = submit(daemon, &command, ticket->number);
		if (r < 0)
			break;
		prepare_command(&command, COMMAND_RESUME);
		command.u.at_window.ticket = ticket->id;
		r = submit(daemon, &command, ticket->number);
	}
	return r;
}

static int start_boot(struct daemon *daemon)
{
	struct command command;
	int r;

	prepare_command(&command, COMMAND_START_DAEMON);
	clock_boot_id(command.u.start_daemon.boot);
	snprintf(command.u.start_daemon.software, sizeof(command.u.start_daemon.software),
		 "onewindow %s", ONEWINDOW_VERSION);
	r = submit(daemon, &command, "start");
	return r < 0 ? r : daemon_settle(daemon);
}

static int open_hall(struct daemon *daemon)
{
	const struct hall *hall = keeper_hall(daemon->keeper);
	struct stamp now;
	int r;

	r = start_boot(daemon);
	if (r < 0)
		return r;
	daemon->booted = true;
	daemon_stamp(daemon, &now); /* the clock may have been set while no daemon ran */
	r = define_hall(daemon);
	if (r == 0)
		r = daemon_settle(daemon);
	if (r < 0)
		return r;
	daemon_turn_day(daemon);
	r = daemon_settle(daemon);
	if (r == 0)
		r = return_called(daemon);
	if (r == 0)
		r = daemon_settle(daemon);
	if (r == 0 && !hall_day(hall) && hall_last_day(hall) == clock_date(&now))
		fprintf(stderr, "onewindow: 今日服务已结束；如需再次开放 today's service day is "
				"closed; to open it again: onewindow day open --again\n");
	return r;
}

int daemon_open_hall(struct daemon *daemon)
{
	struct store_state state;
	int r = open_hall(daemon);

	daemon->opened = r == 0;
	if (r == 0)
		return 0;
	keeper_get_state(daemon->keeper, &state);
	return state.health == STORE_REFUSED ? 0 : r;
}

static void on_expired(void *user, const struct keeper_reply *reply)
{
	struct daemon *daemon = user;

	(void)reply;
	daemon->expire_after_ms = clock_now_us() / 1000 + EXPIRE_PAUSE_MS;
	daemon->expiring = false;
}

int64_t daemon_expiry_ms(struct daemon *daemon)
{
	const struct hall *hall = keeper_hall(daemon->keeper);

	if (daemon->expiry_seq != hall_seq(hall)) {
		daemon->expiry_seq = hall_seq(hall);
		daemon->expiry_ms = hall_deadline_ms(hall);
	}
	if (daemon->expiring || daemon->expiry_ms == INT64_MAX)
		return INT64_MAX;
	return daemon->expiry_ms > daemon->expire_after_ms ? daemon->expiry_ms
							   : daemon->expire_after_ms;
}

void daemon_expire(struct daemon *daemon)
{
	struct command command;

	if (clock_now_us() / 1000 < daemon_expiry_ms(daemon))
		return;
	prepare_command(&command, COMMAND_EXPIRE);
	daemon->expiring =
		keeper_submit(daemon->keeper, &command, NULL, NULL, 0, on_expired, daemon) == 0;
	if (!daemon->expiring)
		daemon->expire_after_ms = clock_now_us() / 1000 + EXPIRE_PAUSE_MS;
}
