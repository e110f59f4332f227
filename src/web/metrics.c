/* GET /metrics: the Prometheus text format, version 0.0.4. What the hall, the log and this server
 * know is written here; the daemon adds the devices. */
#include "src/web/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METRICS_MAX = 1048576 };

struct text {
	char *bytes;
	size_t len, size;
	bool failed;
};

static void append(void *out, const char *more)
{
	struct text *text = out;
	size_t len = strlen(more);
	size_t size = text->size;
	char *bytes;

	if (text->failed)
		return;
	while (size - text->len <= len && size <= METRICS_MAX)
		size *= 2;
	bytes = size > METRICS_MAX ? NULL : realloc(text->bytes, size);
	if (!bytes) {
		text->failed = true;
		return;
	}
	memcpy(bytes + text->len, more, len + 1);
	text->bytes = bytes;
	text->len += len;
	text->size = size;
}

__attribute__((format(printf, 2, 3))) static void appendf(struct text *text, const char *format,
							  ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	append(text, line);
}

static void head(struct text *text, const char *name, const char *type, const char *help)
{
	appendf(text, "# HELP onewindow_%s %s\n# TYPE onewindow_%s %s\n", name, help, name, type);
}

static void write_log(struct text *text, struct keeper *keeper)
{
	struct store_state state;

	keeper_get_state(keeper, &state);
	head(text, "log_up", "gauge", "1 while the log takes writes.");
	appendf(text, "onewindow_log_up %d\n", state.health == STORE_OK);
	head(text, "log_durable_seq", "gauge", "Newest event on disk.");
	appendf(text, "onewindow_log_durable_seq %llu\n", (unsigned long long)state.durable_seq);
	head(text, "log_commits_total", "counter", "Commits since the log was opened.");
	appendf(text, "onewindow_log_commits_total %llu\n", (unsigned long long)state.commits);
	head(text, "log_events_total", "counter", "Events written since the log was opened.");
	appendf(text, "onewindow_log_events_total %llu\n", (unsigned long long)state.events);
	head(text, "log_refusals_total", "counter", "Commits and trials that the disk refused.");
	appendf(text, "onewindow_log_refusals_total %llu\n", (unsigned long long)state.refusals);
	head(text, "log_commit_seconds_total", "counter", "Time spent in commits.");
	appendf(text, "onewindow_log_commit_seconds_total %.6f\n",
		(double)state.commit_us_sum / 1e6);
	head(text, "log_commit_seconds_max", "gauge", "Longest commit since the log was opened.");
	appendf(text, "onewindow_log_commit_seconds_max %.6f\n", (double)state.commit_us_max / 1e6);
}

static void write_queues(struct text *text, const struct hall *hall)
{
	const struct queue *queue;
	size_t i;
	int class;

	head(text, "waiting", "gauge", "Tickets that wait in a queue.");
	for (i = 0; i < hall_queue_count(hall); i++) {
		queue = hall_queue(hall, i);
		for (class = 0; !queue->def.retired && class < CLASS_COUNT; class ++)
			appendf(text, "onewindow_waiting{queue=\"%s\",class=\"%s\"} %u\n",
				queue->def.queue, ticket_class_name(class), queue->waiting[class]);
	}
}

static void write_windows(struct text *text, const struct hall *hall)
{
	unsigned int paused = 0, help = 0, busy = 0, staffed = 0, windows = 0;
	size_t i;

	for (i = 0; i < hall_window_count(hall); i++) {
		const struct window *window = hall_window(hall, i);

		if (window->def.retired)
			continue;
		windows++;
		paused += window->paused;
		help += window->help;
		busy += window->ticket != 0;
		staffed += window->clerk[0] != 0;
	}
	head(text, "windows", "gauge", "Windows of the hall.");
	appendf(text, "onewindow_windows %u\n", windows);
	head(text, "windows_busy", "gauge", "Windows with a ticket called or served.");
	appendf(text, "onewindow_windows_busy %u\n", busy);
	head(text, "windows_paused", "gauge", "Windows that are paused.");
	appendf(text, "onewindow_windows_paused %u\n", paused);
	head(text, "windows_help", "gauge", "Windows at which a clerk has asked for help.");
	appendf(text, "onewindow_windows_help %u\n", help);
	head(text, "windows_staffed", "gauge", "Windows with a clerk signed in.");
	appendf(text, "onewindow_windows_staffed %u\n", staffed);
}

static void write_jobs(struct text *text, const struct hall *hall)
{
	struct jobs_count count;

	jobs_count(hall, &count);
	head(text, "day_print_jobs", "gauge",
	     "Print jobs of the open or last service day, by what has become of them.");
	appendf(text, "onewindow_day_print_jobs{state=\"queued\"} %zu\n", count.queued);
	appendf(text, "onewindow_day_print_jobs{state=\"started\"} %zu\n", count.started);
	for (int i = 0; i < PRINT_OUTCOME_COUNT; i++)
		appendf(text, "onewindow_day_print_jobs{state=\"%s\"} %zu\n", print_outcome_name(i),
			count.ended[i]);
	head(text, "day_print_jobs_dropped", "gauge",
	     "Of those that failed, the ones that never began, by cause.");
	for (int i = CAUSE_EXPIRED; i < PRINT_CAUSE_COUNT; i++)
		appendf(text, "onewindow_day_print_jobs_dropped{cause=\"%s\"} %zu\n",
			print_cause_name(i), count.causes[i]);
	head(text, "day_reprints", "gauge", "Copies that an operator asked for.");
	appendf(text, "onewindow_day_reprints %zu\n", count.reprints);
	head(text, "print_jobs_unsettled", "gauge",
	     "Tickets of which nobody has said whether their paper came out.");
	appendf(text, "onewindow_print_jobs_unsettled %zu\n", count.unsettled);
}

static void write_hall(struct text *text, const struct hall *hall)
{
	head(text, "day_open", "gauge", "1 while a service day is open.");
	appendf(text, "onewindow_day_open %d\n", hall_day(hall) != 0);
	head(text, "day_tickets", "gauge", "Tickets issued on the open or last service day.");
	appendf(text, "onewindow_day_tickets %zu\n", hall_ticket_count(hall));
	write_queues(text, hall);
	write_windows(text, hall);
	write_jobs(text, hall);
}

static void write_server(struct text *text, const struct web *web)
{
	int i;

	head(text, "http_answers_total", "counter", "Requests answered, by class of status.");
	for (i = 2; i < WEB_STATUS_CLASSES; i++)
		appendf(text, "onewindow_http_answers_total{status=\"%dxx\"} %llu\n", i,
			(unsigned long long)web->requests[i]);
	head(text, "http_connections", "gauge", "Open connections.");
	appendf(text, "onewindow_http_connections %u\n", web->connections);
	head(text, "http_slow_ended_total", "counter",
	     "Connections ended because a request or the taking of its answer took too long.");
	appendf(text, "onewindow_http_slow_ended_total %llu\n",
		(unsigned long long)web->slow_ended);
	head(text, "http_listeners", "gauge", "Open event streams.");
	appendf(text, "onewindow_http_listeners %u\n", web->listener_count);
	head(text, "http_listeners_dropped_total", "counter", "Event streams dropped as too slow.");
	appendf(text, "onewindow_http_listeners_dropped_total %llu\n",
		(unsigned long long)web->listeners_dropped);
	head(text, "http_events_total", "counter", "Events written to event streams.");
	appendf(text, "onewindow_http_events_total %llu\n", (unsigned long long)web->events_sent);
}

void metrics_handle(struct request *request, const struct route *route)
{
	const struct web_options *options = &request->web->options;
	struct text text = {.size = 8192};

	(void)route;
	if (!guard_no_query(request))
		return;
	text.bytes = calloc(1, text.size);
	if (!text.bytes) {
		request_respond(request, 503, NULL);
		return;
	}
	head(&text, "info", "gauge", "Version of the software.");
	appendf(&text, "onewindow_info{version=\"%s\"} 1\n", ONEWINDOW_VERSION);
	write_log(&text, options->keeper);
	write_hall(&text, keeper_hall(options->keeper));
	write_server(&text, request->web);
	if (options->metrics)
		options->metrics(options->user, append, &text);
	if (text.failed) {
		free(text.bytes);
		text.bytes = NULL;
	}
	request_respond_text(request, 200, "text/plain; version=0.0.4", text.bytes);
}
