/* The devices as web shows them: JSON for GET /api/v1/hall, lines for GET /metrics. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/daemon/private.h"
#include "src/devices/announcer.h"
#include "src/devices/board_want.h"

/* What holds now, and since when by the wall clock. */
static json_t *conditions_json(const struct hall_printer *printer)
{
	json_t *list = json_array();

	for (int i = 0; printer && i < CONDITION_COUNT; i++)
		if (printer->conditions >> i & 1)
			json_array_append_new(list, json_pack("{ss sI}", "condition",
							      condition_name(i), "since_ms",
							      (json_int_t)printer->since_ms[i]));
	return list;
}

bool daemon_is_printer(void *user, const char *id)
{
	const struct daemon *daemon = user;

	for (size_t i = 0; i < devices_count(daemon->devices); i++) {
		struct devices_status status;

		devices_get_status(daemon->devices, i, &status);
		if (status.class == DEVICE_PRINTER && !strcmp(status.id, id))
			return true;
	}
	return false;
}

/* The windows that a hall board shows; none: all. */
static json_t *windows_json(const struct devices_board_config *board)
{
	json_t *list = json_array();

	for (int64_t i = 1; board->window_count && i <= CORE_MAX_WINDOW_NUMBER; i++)
		if (board_shows_window(board, i))
			json_array_append_new(list, json_integer(i));
	return list;
}

static void add_board(json_t *one, const struct devices_status *status)
{
	const struct board_state *shows = status->shows;

	json_object_set_new(one, "shows", json_string(shows->text));
	json_object_set_new(one, "content", json_string(board_content_name(shows->content)));
	json_object_set_new(one, "blink", json_boolean(shows->blink));
	json_object_set_new(one, "scroll", json_boolean(shows->scroll));
	json_object_set_new(one, "brightness", json_integer(shows->brightness));
	json_object_set_new(one, "dark", json_boolean(shows->dark));
	json_object_set_new(one, "painted", json_string(board_painted_name(status->painted)));
	json_object_set_new(one, "unpainted_ms", json_integer(status->unpainted_us / 1000));
	json_object_set_new(one, "windows", windows_json(status->board));
}

json_t *daemon_devices_json(void *user)
{
	struct daemon *daemon = user;
	const struct hall *hall = keeper_hall(daemon->keeper);
	json_t *list = json_array();

	for (size_t i = 0; i < devices_count(daemon->devices); i++) {
		struct devices_status status;
		json_t *one;

		devices_get_status(daemon->devices, i, &status);
		one = json_pack("{ss ss ss ss ss ss ss si sI}", "id", status.id, "class",
				device_class_name(status.class), "driver", status.driver, "model",
				status.model, "url", status.url, "health",
				device_health_name(status.health), "detail", status.detail,
				"address", (int)status.address, "window",
				(json_int_t)status.window);
		if (one && status.class == DEVICE_BOARD)
			add_board(one, &status);
		if (one && status.class == DEVICE_PRINTER) {
			json_object_set_new(one, "job", json_integer(status.job));
			json_object_set_new(one, "pool", json_string(status.pool));
			json_object_set_new(one, "conditions",
					    conditions_json(hall_find_printer(hall, status.id)));
		}
		if (one)
			json_array_append_new(list, one);
	}
	return list;
}

void daemon_clock(void *user, struct web_clock *ret)
{
	const struct daemon *daemon = user;

	ret->state = clock_state_name(daemon->clock);
	ret->detail = daemon->clock_detail;
	ret->wrong = daemon->clock != CLOCK_RIGHT;
	ret->closed = daemon_is_closed_by_clock(daemon);
}

void daemon_boards(void *user, struct web_boards *ret)
{
	const struct daemon *daemon = user;
	struct devices_boards_status boards;

	devices_get_boards_status(daemon->devices, &boards);
	*ret = (struct web_boards){
		.count = boards.count,
		.painted = boards.painted[BOARD_SENT] + boards.painted[BOARD_ACKNOWLEDGED],
		.failed = boards.painted[BOARD_FAILED],
		.unpainted_ms = boards.unpainted_us / 1000,
	};
}

void daemon_tickets(void *user, struct web_tickets *ret)
{
	struct daemon *daemon = user;
	struct renderer_status renderer = {.why = ""};
	const char *why = "";
	size_t bad = tickets_bad(daemon->tickets, &why);

	if (devices_renderer(daemon->devices))
		renderer_get_status(devices_renderer(daemon->devices), &renderer);
	daemon->tickets_detail[0] = '\0';
	if (bad)
		snprintf(daemon->tickets_detail, sizeof(daemon->tickets_detail),
			 "票样有误，沿用上一份 a template is wrong, the last good one stays: %s",
			 why);
	else if (renderer.why[0])
		snprintf(daemon->tickets_detail, sizeof(daemon->tickets_detail),
			 "生僻字无法成图 onewindow-render fails: %s", renderer.why);
	ret->wrong = bad || renderer.why[0];
	ret->detail = daemon->tickets_detail;
}

static void ticket_metrics(const struct daemon *daemon, web_append_fn append, void *out)
{
	struct renderer_status renderer = {.why = ""};
	const char *why;
	char line[640];

	if (devices_renderer(daemon->devices))
		renderer_get_status(devices_renderer(daemon->devices), &renderer);
	snprintf(line, sizeof(line),
		 "# HELP onewindow_templates_bad Ticket templates that are wrong and not in force\n"
		 "# TYPE onewindow_templates_bad gauge\n"
		 "onewindow_templates_bad %zu\n"
		 "# HELP onewindow_pictures_total Texts and codes drawn by the render helper\n"
		 "# TYPE onewindow_pictures_total counter\n"
		 "onewindow_pictures_total %" PRIu64 "\n"
		 "# HELP onewindow_pictures_failed_total Those that it did not draw\n"
		 "# TYPE onewindow_pictures_failed_total counter\n"
		 "onewindow_pictures_failed_total %" PRIu64 "\n"
		 "# HELP onewindow_render_starts_total How often it was started\n"
		 "# TYPE onewindow_render_starts_total counter\n"
		 "onewindow_render_starts_total %" PRIu64 "\n",
		 tickets_bad(daemon->tickets, &why), renderer.pictures, renderer.failures,
		 renderer.starts);
	append(out, line);
}

static void clock_metrics(const struct daemon *daemon, web_append_fn append, void *out)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "# HELP onewindow_clock_ok 1 if the clock can be right, 0 if not\n"
		 "# TYPE onewindow_clock_ok gauge\n"
		 "onewindow_clock_ok{state=\"%s\"} %d\n",
		 clock_state_name(daemon->clock), daemon->clock == CLOCK_RIGHT);
	append(out, line);
	snprintf(line, sizeof(line),
		 "# HELP onewindow_clock_steps_total Clock steps written since the start\n"
		 "# TYPE onewindow_clock_steps_total counter\n"
		 "onewindow_clock_steps_total %" PRIu64 "\n",
		 daemon->clock_steps);
	append(out, line);
}

static void audit_metrics(const struct daemon *daemon, web_append_fn append, void *out)
{
	char line[320];

	snprintf(line, sizeof(line),
		 "# HELP onewindow_log_audited_seq Newest event that a walk over the whole log "
		 "found "
		 "good\n"
		 "# TYPE onewindow_log_audited_seq gauge\n"
		 "onewindow_log_audited_seq %" PRIu64 "\n"
		 "# HELP onewindow_log_damaged 1 if the last walk over the log found damage\n"
		 "# TYPE onewindow_log_damaged gauge\n"
		 "onewindow_log_damaged %d\n",
		 daemon->audit.seq, daemon->audit.damaged);
	append(out, line);
}

static void printer_metrics(const struct daemon *daemon, web_append_fn append, void *out)
{
	const struct hall *hall = keeper_hall(daemon->keeper);
	char line[256];

	append(out, "# HELP onewindow_printer_condition 1 while the printer says so of itself\n"
		    "# TYPE onewindow_printer_condition gauge\n");
	for (size_t i = 0; i < devices_count(daemon->devices); i++) {
		const struct hall_printer *printer;
		struct devices_status status;

		devices_get_status(daemon->devices, i, &status);
		if (status.class != DEVICE_PRINTER)
			continue;
		printer = hall_find_printer(hall, status.id);
		for (int k = 0; k < CONDITION_COUNT; k++) {
			snprintf(line, sizeof(line),
				 "onewindow_printer_condition{printer=\"%s\",condition=\"%s\"} "
				 "%d\n",
				 status.id, condition_name(k),
				 printer && printer->conditions >> k & 1);
			append(out, line);
		}
	}
}

static void add_metric(web_append_fn append, void *out, const char *name, const char *type,
		       const char *help, const char *value)
{
	char line[320];

	snprintf(line, sizeof(line), "# HELP %s %s\n# TYPE %s %s\n%s %s\n", name, help, name, type,
		 name, value);
	append(out, line);
}

static void board_metrics(const struct daemon *daemon, web_append_fn append, void *out)
{
	struct devices_boards_status boards;
	char line[128], value[32];

	devices_get_boards_status(daemon->devices, &boards);
	append(out, "# HELP onewindow_boards Boards by what is known of their text\n"
		    "# TYPE onewindow_boards gauge\n");
	for (int i = BOARD_UNKNOWN; i <= BOARD_FAILED; i++) {
		snprintf(line, sizeof(line), "onewindow_boards{painted=\"%s\"} %zu\n",
			 board_painted_name((enum board_painted)i), boards.painted[i]);
		append(out, line);
	}
	snprintf(value, sizeof(value), "%.3f", (double)boards.unpainted_us / 1e6);
	add_metric(append, out, "onewindow_board_unpainted_seconds_max", "gauge",
		   "How long the board that waits longest has not shown its text", value);
	snprintf(value, sizeof(value), "%" PRIu64, boards.texts);
	add_metric(append, out, "onewindow_board_texts_total", "counter",
		   "Texts that boards were to show", value);
	snprintf(value, sizeof(value), "%" PRIu64, boards.paintings);
	add_metric(append, out, "onewindow_board_paintings_total", "counter",
		   "Texts that came to their board", value);
	snprintf(value, sizeof(value), "%" PRIu64, boards.repaints);
	add_metric(append, out, "onewindow_board_repaints_total", "counter",
		   "Of these, texts that had been there already", value);
	snprintf(value, sizeof(value), "%" PRIu64, boards.failures);
	add_metric(append, out, "onewindow_board_failures_total", "counter",
		   "How often a board stopped answering", value);
}

static void voice_metrics(const struct daemon *daemon, web_append_fn append, void *out)
{
	static const char *const heads[] = {
		"# HELP onewindow_voice_announced_total Calls that were said\n"
		"# TYPE onewindow_voice_announced_total counter\n",
		"# HELP onewindow_voice_dropped_total Calls that were not said, by why\n"
		"# TYPE onewindow_voice_dropped_total counter\n",
		"# HELP onewindow_voice_queued Calls that wait for the voice or are being said\n"
		"# TYPE onewindow_voice_queued gauge\n",
		"# HELP onewindow_voice_starts_total How often onewindow-voice was started\n"
		"# TYPE onewindow_voice_starts_total counter\n"};
	char line[160];

	for (size_t head = 0; head < sizeof(heads) / sizeof(heads[0]); head++) {
		append(out, heads[head]);
		for (size_t i = 0; i < devices_count(daemon->devices); i++) {
			struct announcer_status voice;
			struct devices_status status;

			devices_get_status(daemon->devices, i, &status);
			if (!status.announcer)
				continue;
			announcer_get_status(status.announcer, &voice);
			for (int k = 0; head == 1 && k < ANNOUNCER_DROPS; k++) {
				snprintf(line, sizeof(line),
					 "onewindow_voice_dropped_total{voice=\"%s\",why=\"%s\"} "
					 "%" PRIu64 "\n",
					 status.id, announcer_drop_name(k), voice.dropped[k]);
				append(out, line);
			}
			snprintf(line, sizeof(line),
				 "onewindow_voice_%s{voice=\"%s\"} %" PRIu64 "\n",
				 head == 0   ? "announced_total"
				 : head == 2 ? "queued"
					     : "starts_total",
				 status.id,
				 head == 0   ? voice.announced
				 : head == 2 ? voice.queued
					     : voice.starts);
			if (head != 1)
				append(out, line);
		}
	}
}

/* One metric of all lines. */
struct line_metric {
	const char *name, *type, *help;
	double (*value)(const struct devices_line_status *line);
};

#define LINE_VALUE(name, expression)                                                               \
	static double of_##name(const struct devices_line_status *line)                            \
	{                                                                                          \
		return (double)(expression);                                                       \
	}
LINE_VALUE(up, line->up)
LINE_VALUE(exchanges, line->stats.exchanges)
LINE_VALUE(timeouts, line->stats.timeouts)
LINE_VALUE(garbage, line->stats.garbage)
LINE_VALUE(sent, line->stats.sent_bytes)
LINE_VALUE(received, line->stats.received_bytes)
LINE_VALUE(stray, line->stats.stray_bytes)
LINE_VALUE(echo, line->stats.echo_bytes)
LINE_VALUE(collisions, line->stats.collisions)
LINE_VALUE(echoes_missed, line->stats.echoes_missed)
LINE_VALUE(busy, (double)line->stats.busy_us / 1e6)
LINE_VALUE(silent, (double)line->stats.silent_us / 1e6)
LINE_VALUE(devices, line->devices)
LINE_VALUE(silent_devices, line->silent)
LINE_VALUE(slowest, (double)line->slowest_us / 1e6)

static const struct line_metric line_metrics[] = {
	{"up", "gauge", "1 while the line is open", of_up},
	{"exchanges_total", "counter", "Exchanges that ended, well or not", of_exchanges},
	{"timeouts_total", "counter", "Exchanges without one byte of answer", of_timeouts},
	{"garbage_total", "counter", "Exchanges with bytes that were no answer", of_garbage},
	{"sent_bytes_total", "counter", "Bytes sent", of_sent},
	{"received_bytes_total", "counter", "Bytes received", of_received},
	{"stray_bytes_total", "counter", "Bytes received that nobody had asked for", of_stray},
	{"echo_bytes_total", "counter", "Own bytes heard back", of_echo},
	{"collisions_total", "counter", "Own requests that came back changed", of_collisions},
	{"echoes_missed_total", "counter", "Own requests that did not come back whole",
	 of_echoes_missed},
	{"busy_seconds_total", "counter", "Time in exchanges, their quiet time included", of_busy},
	{"silent_seconds_total", "counter", "Of these, for devices that do not answer", of_silent},
	{"devices", "gauge", "Devices on the line", of_devices},
	{"devices_silent", "gauge", "Of these, that do not answer", of_silent_devices},
	{"slowest_answer_seconds", "gauge", "The slowest answer since the start", of_slowest},
};

static void write_line_metrics(const struct daemon *daemon, web_append_fn append, void *out)
{
	char text[256];

	for (size_t i = 0; i < sizeof(line_metrics) / sizeof(line_metrics[0]); i++) {
		const struct line_metric *metric = &line_metrics[i];

		snprintf(text, sizeof(text),
			 "# HELP onewindow_line_%s %s\n# TYPE onewindow_line_%s %s\n", metric->name,
			 metric->help, metric->name, metric->type);
		append(out, text);
		for (size_t k = 0; k < devices_line_count(daemon->devices); k++) {
			struct devices_line_status line;

			devices_get_line(daemon->devices, k, 0, &line);
			snprintf(text, sizeof(text), "onewindow_line_%s{line=\"%s\"} %.*f\n",
				 metric->name, line.id, strstr(metric->name, "seconds") ? 6 : 0,
				 metric->value(&line));
			append(out, text);
		}
	}
}

void daemon_metrics(void *user, web_append_fn append, void *out)
{
	struct daemon *daemon = user;
	char line[256];

	clock_metrics(daemon, append, out);
	audit_metrics(daemon, append, out);
	printer_metrics(daemon, append, out);
	board_metrics(daemon, append, out);
	write_line_metrics(daemon, append, out);
	ticket_metrics(daemon, append, out);
	voice_metrics(daemon, append, out);
	append(out, "# HELP onewindow_device_up 1 if the device works, 0 if not\n"
		    "# TYPE onewindow_device_up gauge\n");
	for (size_t i = 0; i < devices_count(daemon->devices); i++) {
		struct devices_status status;
		bool up;

		devices_get_status(daemon->devices, i, &status);
		up = status.health == HEALTH_OK || status.health == HEALTH_WARNING;
		snprintf(line, sizeof(line),
			 "onewindow_device_up{device=\"%s\",class=\"%s\",health=\"%s\"} %d\n",
			 status.id, device_class_name(status.class),
			 device_health_name(status.health), up);
		append(out, line);
	}
}
