/* The loop. Each turn, before it sleeps: the keeper moves its durable state on and answers, the
 * devices run, web runs; then the next deadline is set. Nothing is done in a callback but waking.
 */
#include <errno.h>
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "src/daemon/clock.h"
#include "src/daemon/private.h"
#include "src/measure/digest.h"

#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

static void host_stamp(void *user, struct stamp *ret_now)
{
	daemon_stamp(user, ret_now);
}

static void host_token(void *user, char ret_token[CORE_TOKEN_SIZE])
{
	unsigned char random[(CORE_TOKEN_SIZE - 1) / 2];

	(void)user;
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(ret_token, CORE_TOKEN_SIZE, random, sizeof(random));
}

static const char *host_ticket_url(void *user)
{
	const struct daemon *daemon = user;

	return daemon->ticket_url;
}

static int64_t host_now_us(void *user)
{
	(void)user;
	return clock_now_us();
}

static void host_changed(void *user)
{
	struct daemon *daemon = user;

	daemon->devices_changed = true;
}

static void host_log(void *user, const char *device, const char *message)
{
	(void)user;
	fprintf(stderr, "onewindow: %s: %s\n", device, message);
}

static int web_token(void *user, char ret_token[CORE_TOKEN_SIZE])
{
	host_token(user, ret_token);
	return 0;
}

static void host_templates(void *user, const struct hall *hall, const struct ticket *ticket,
			   const char *printer, bool large, struct devices_templates *ret)
{
	struct daemon *daemon = user;

	tickets_refresh(daemon->tickets, clock_now_us() / 1000);
	tickets_choose(daemon->tickets, hall_queue(hall, ticket->queue)->def.queue, printer,
		       ticket->class, large, ret);
}

static void on_template_error(void *user, const char *file, int line, const char *message)
{
	char at[16] = "";

	(void)user;
	if (line > 0)
		snprintf(at, sizeof(at), ":%d", line);
	fprintf(stderr,
		"onewindow: 票样有误，沿用上一份 a ticket template is wrong, the last good one "
		"stays: %s%s: %s\n",
		file, at, message);
}

static int host_render_start(void *user, int *ret_fd)
{
	struct daemon *daemon = user;

	return helper_start(&daemon->helper, ret_fd);
}

static void host_render_stop(void *user)
{
	struct daemon *daemon = user;

	helper_stop(&daemon->helper);
}

static const struct renderer_host renderer_host = {
	.start = host_render_start,
	.stop = host_render_stop,
};

static int host_voice_start(void *user, size_t voice, int *ret_fd)
{
	struct daemon *daemon = user;

	daemon->voices[voice].kind = HELPER_VOICE;
	return helper_start(&daemon->voices[voice], ret_fd);
}

static void host_voice_stop(void *user, size_t voice)
{
	struct daemon *daemon = user;

	helper_stop(&daemon->voices[voice]);
}

static const struct devices_host devices_host = {
	.stamp = host_stamp,
	.token = host_token,
	.ticket_url = host_ticket_url,
	.now_us = host_now_us,
	.changed = host_changed,
	.log = host_log,
	.templates = host_templates,
	.renderer = &renderer_host,
	.voice_start = host_voice_start,
	.voice_stop = host_voice_stop,
};

static void on_store_wake(void *user)
{
	struct daemon *daemon = user;

	uv_async_send(&daemon->wake);
}

static void on_wake(uv_async_t *handle)
{
	(void)handle;
}

static void on_timer(uv_timer_t *handle)
{
	(void)handle;
}

static void on_ready(uv_poll_t *handle, int status, int events)
{
	(void)handle, (void)status, (void)events;
}

/* What it means is seen at the turn that follows. */
static void on_clock_set(uv_poll_t *handle, int status, int events)
{
	(void)handle, (void)status, (void)events;
	clock_watch_again(((struct daemon *)handle->data)->clock_fd);
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

static uint32_t epoll_events(short poll_events)
{
	return (poll_events & POLLIN ? EPOLLIN : 0u) | (poll_events & POLLOUT ? EPOLLOUT : 0u);
}

/* A descriptor that was closed has left the epoll set by itself, and its number may be another's
 * by now: so every one is modified, or else added, whenever the devices say that something changed.
 */
static void watch_devices(struct daemon *daemon)
{
	struct pollfd wanted[DEVICES_MAX_FDS];
	size_t count = devices_fds(daemon->devices, wanted, DEVICES_MAX_FDS);

	for (size_t i = 0; i < daemon->watched_count; i++) {
		bool kept = false;

		for (size_t k = 0; k < count; k++)
			kept |= wanted[k].fd == daemon->watched[i].fd;
		if (!kept)
			epoll_ctl(daemon->devices_epoll, EPOLL_CTL_DEL, daemon->watched[i].fd,
				  NULL);
	}
	for (size_t i = 0; i < count; i++) {
		struct epoll_event event = {.events = epoll_events(wanted[i].events)};

		if (epoll_ctl(daemon->devices_epoll, EPOLL_CTL_MOD, wanted[i].fd, &event) < 0 &&
		    errno == ENOENT)
			epoll_ctl(daemon->devices_epoll, EPOLL_CTL_ADD, wanted[i].fd, &event);
	}
	memcpy(daemon->watched, wanted, count * sizeof(wanted[0]));
	daemon->watched_count = count;
}

static void set_timer(struct daemon *daemon)
{
	int64_t now_us = clock_now_us();
	int64_t due_us = devices_deadline(daemon->devices);
	int64_t keeper_ms = keeper_deadline_ms(daemon->keeper);
	int64_t web_ms = web_timeout_ms(daemon->web);
	int64_t expiry_ms = daemon_expiry_ms(daemon);
	int64_t wait_ms = 60000; /* the service day is looked at once a minute */

	if (due_us != INT64_MAX && (due_us - now_us + 999) / 1000 < wait_ms)
		wait_ms = (due_us - now_us + 999) / 1000;
	if (keeper_ms != INT64_MAX && keeper_ms - now_us / 1000 < wait_ms)
		wait_ms = keeper_ms - now_us / 1000;
	if (expiry_ms != INT64_MAX && expiry_ms - now_us / 1000 < wait_ms)
		wait_ms = expiry_ms - now_us / 1000;
	if (daemon->watchdog_us && (daemon->watchdog_due_us - now_us) / 1000 < wait_ms)
		wait_ms = (daemon->watchdog_due_us - now_us) / 1000;
	if (web_ms >= 0 && web_ms < wait_ms)
		wait_ms = web_ms;
	uv_update_time(&daemon->loop);
	uv_timer_start(&daemon->timer, on_timer, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

/* At half the time that systemd allows, not at every turn. */
static void feed_watchdog(struct daemon *daemon)
{
#if HAVE_SYSTEMD
	int64_t now_us = clock_now_us();

	if (!daemon->watchdog_us || now_us < daemon->watchdog_due_us)
		return;
	sd_notify(0, "WATCHDOG=1");
	daemon->watchdog_due_us = now_us + daemon->watchdog_us / 2;
#else
	(void)daemon;
#endif
}

static void leave(struct daemon *daemon)
{
	fprintf(stderr, "onewindow: 日志出错，退出，重启时以日志为准 the log broke; leaving, the "
			"restart decides from the log\n");
	daemon->exit_code = DAEMON_EXIT_TEMPORARY;
	uv_stop(&daemon->loop);
}

static void reap_helpers(struct daemon *daemon)
{
	(void)helper_reap(&daemon->helper);
	for (size_t i = 0; i < DEVICES_MAX_VOICES; i++)
		(void)helper_reap(&daemon->voices[i]);
}

static void on_prepare(uv_prepare_t *handle)
{
	struct daemon *daemon = handle->data;

	keeper_tick(daemon->keeper, clock_now_us() / 1000);
	if (keeper_advance(daemon->keeper) < 0) {
		leave(daemon);
		return;
	}
	/* First of all: nothing of this boot may be in the log before its daemon-started. */
	if (!daemon->opened && daemon_log_takes(daemon) && daemon_open_hall(daemon) < 0) {
		leave(daemon);
		return;
	}
	if (daemon->opened) {
		daemon_turn_day(daemon);
		daemon_expire(daemon);
		daemon_audit(daemon);
	}
	daemon_give_notice(daemon);
	devices_process(daemon->devices, clock_now_us());
	reap_helpers(daemon);
	web_run(daemon->web);
	if (daemon->devices_changed) {
		daemon->devices_changed = false;
		watch_devices(daemon);
	}
	set_timer(daemon);
	feed_watchdog(daemon);
}

static int open_log(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	struct keeper_options options = {
		.store =
			{
				.path = config->log_path,
				.key_path = config->key_path[0] ? config->key_path : NULL,
				.create = true,
				.projections = &store_ticket_projection,
				.projection_count = 1,
				.digest = &digest_maker,
				.wake = on_store_wake,
				.wake_user = daemon,
			},
	};
	char error[STORE_ERROR_SIZE] = "";
	int r = keeper_open(&daemon->keeper, &options, error);

	if (r == 0 && !hall_seq(keeper_hall(daemon->keeper)))
		fprintf(stderr, "onewindow: 新建日志 a new log is begun: %s\n", config->log_path);
	if (r < 0)
		fprintf(stderr, "onewindow: 日志打不开 the log does not open: %s\n", error);
	if (r == -EBADMSG || r == -EMEDIUMTYPE || r == -EISDIR || r == -ENOTSUP || r == -ENOKEY)
		daemon->exit_code = DAEMON_EXIT_LOG;
	else if (r < 0)
		daemon->exit_code = DAEMON_EXIT_TEMPORARY;
	return r;
}

static int open_web(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	struct web_options options = {
		.listen = config->web.listen,
		.port = (uint16_t)config->web.port,
		.log_path = config->log_path,
		.keeper = daemon->keeper,
		.limits = config->web.limits,
		.user = daemon,
		.now = host_stamp,
		.token = web_token,
		.devices = daemon_devices_json,
		.is_printer = daemon_is_printer,
		.compute = daemon_compute,
		.clock = daemon_clock,
		.audit = daemon_audit_state,
		.tickets = daemon_tickets,
		.boards = daemon_boards,
		.metrics = daemon_metrics,
	};
	int r = web_create(&daemon->web, &options);

	if (r < 0) {
		fprintf(stderr, "onewindow: 无法监听 cannot listen on %s port %d: %s\n",
			config->web.listen, (int)config->web.port, strerror(-r));
		daemon->exit_code = DAEMON_EXIT_FAILED;
		return r;
	}
	if (config->web.public_url[0])
		snprintf(daemon->ticket_url, sizeof(daemon->ticket_url), "%s",
			 config->web.public_url);
	else
		snprintf(daemon->ticket_url, sizeof(daemon->ticket_url),
			 "http://%s:%u/api/v1/tickets/", config->web.listen,
			 (unsigned)web_port(daemon->web));
	return r;
}

static int open_devices(struct daemon *daemon)
{
	char error[256] = "";
	int r = tickets_create(&daemon->tickets, daemon->config, on_template_error, daemon);

	if (r == 0)
		r = devices_create(&daemon->devices, &daemon->config->devices, daemon->keeper,
				   &devices_host, daemon, error, sizeof(error));

	if (r < 0) {
		fprintf(stderr, "onewindow: %s: %s\n",
			r == -ENOMEM ? "内存不足 out of memory"
				     : "设备配置有误 the devices' configuration is wrong",
			error);
		daemon->exit_code = r == -ENOMEM ? DAEMON_EXIT_TEMPORARY : DAEMON_EXIT_CONFIG;
	}
	return r;
}

static void start_handles(struct daemon *daemon)
{
	uv_loop_t *loop = &daemon->loop;

	uv_poll_init(loop, &daemon->web_poll, web_fd(daemon->web));
	uv_poll_start(&daemon->web_poll, UV_READABLE, on_ready);
	uv_poll_init(loop, &daemon->devices_poll, daemon->devices_epoll);
	uv_poll_start(&daemon->devices_poll, UV_READABLE, on_ready);
	daemon->clock_fd = clock_watch();
	if (daemon->clock_fd >= 0) {
		uv_poll_init(loop, &daemon->clock_poll, daemon->clock_fd);
		daemon->clock_poll.data = daemon;
		uv_poll_start(&daemon->clock_poll, UV_READABLE, on_clock_set);
	}
	uv_timer_init(loop, &daemon->timer);
	uv_prepare_init(loop, &daemon->prepare);
	daemon->prepare.data = daemon;
	uv_prepare_start(&daemon->prepare, on_prepare);
	uv_signal_init(loop, &daemon->sigint);
	uv_signal_start(&daemon->sigint, on_signal, SIGINT);
	uv_signal_init(loop, &daemon->sigterm);
	uv_signal_start(&daemon->sigterm, on_signal, SIGTERM);
}

static void announce(struct daemon *daemon, int ready_fd)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "http://%s:%u\n", daemon->config->web.listen,
			 (unsigned)web_port(daemon->web));

	fprintf(stderr, "onewindow: 已开放 open at %s", line);
	if (ready_fd >= 0 && write(ready_fd, line, (size_t)n) != n)
		fprintf(stderr, "onewindow: 无人读取就绪信息 nobody reads the ready message\n");
#if HAVE_SYSTEMD
	uint64_t watchdog_us = 0;

	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		daemon->watchdog_us = (int64_t)watchdog_us;
	sd_notify(0, "READY=1");
#endif
}

static void stop_poll(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (handle->type == UV_POLL)
		uv_poll_stop((uv_poll_t *)handle);
	else if (handle->type == UV_PREPARE)
		uv_prepare_stop((uv_prepare_t *)handle);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Web takes its questions back from the keeper; the keeper's writer thread wakes the loop until it
 * has ended, so the loop goes last. */
static void close_all(struct daemon *daemon)
{
	if (daemon->keeper && daemon->exit_code == DAEMON_EXIT_OK && daemon_settle(daemon) == 0 &&
	    daemon->web)
		web_run(daemon->web);
	uv_walk(&daemon->loop, stop_poll, NULL);
	daemon_audit_end(daemon);
	daemon_compute_end(daemon);
	web_destroy(daemon->web);
	devices_destroy(daemon->devices);
	tickets_destroy(daemon->tickets);
	if (daemon->keeper)
		keeper_close(daemon->keeper);
	uv_walk(&daemon->loop, close_handle, NULL);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	uv_loop_close(&daemon->loop);
	if (daemon->devices_epoll >= 0)
		close(daemon->devices_epoll);
	if (daemon->clock_fd >= 0)
		close(daemon->clock_fd);
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	int exit_code;

	if (!daemon || sodium_init() < 0) {
		fprintf(stderr, "onewindow: 内存不足 out of memory\n");
		free(daemon);
		return DAEMON_EXIT_FAILED;
	}
	/* The loop has one arena, the writer the other; what a worker frees is theirs again. */
	mallopt(M_ARENA_MAX, 2);
	/* A sanitizer has a heap of its own; then libc's is made ready by its first use, and two
	 * threads that trim it at once must not be that. */
	malloc_trim(0);
	setenv("UV_THREADPOOL_SIZE", "2", 0); /* an audit, and a baseline that is computed */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of the write, like a full disk */
	daemon->config = options->config;
	daemon->devices_epoll = daemon->clock_fd = -1;
	clock_set_zone(options->config->hall.zone);
	uv_loop_init(&daemon->loop);
	uv_async_init(&daemon->loop, &daemon->wake, on_wake);
	daemon->devices_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (daemon->devices_epoll < 0) {
		fprintf(stderr, "onewindow: epoll: %s\n", strerror(errno));
		daemon->exit_code = DAEMON_EXIT_FAILED;
		goto out;
	}
	if (open_log(daemon) < 0)
		goto out;
	if (daemon_open_hall(daemon) < 0) {
		fprintf(stderr, "onewindow: 日志无法写入 the log cannot be written\n");
		daemon->exit_code = DAEMON_EXIT_TEMPORARY;
		goto out;
	}
	if (open_web(daemon) < 0 || open_devices(daemon) < 0)
		goto out;
	start_handles(daemon);
	devices_start(daemon->devices, clock_now_us());
	daemon->devices_changed = true;
	announce(daemon, options->ready_fd);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
out:
	exit_code = daemon->exit_code;
	close_all(daemon);
	free(daemon);
	return exit_code;
}
