/* Requests that change the hall. Each becomes one command with the time of its last byte and the
 * client's id; the connection waits until the keeper's answer is durable. Answers are made from the
 * command's events alone, so that a repeated id gets the same one, also after a restart. */
#include "src/web/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIELD(key, kind, structure, member, must)                                                  \
	{                                                                                          \
		.name = (key), .type = (kind), .offset = offsetof(structure, member),              \
		.size = sizeof(((structure *)0)->member), .needed = (must)                         \
	}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What an answer says beside its events: the newest ticket and window that they are about. */
static void set_issued(json_t *json, const struct event_ticket_issued *issued, bool *failed)
{
	web_set(json, "token", json_string(issued->token), failed);
	web_set(json, "queue", json_string(issued->queue), failed);
	web_set(json, "item", json_string(issued->item), failed);
	web_set(json, "class", json_string(ticket_class_name(issued->class)), failed);
	web_set(json, "origin", json_string(ticket_origin_name(issued->origin)), failed);
	web_set(json, "ahead", json_integer(issued->ahead), failed);
	web_set(json, "expected_wait",
		show_expected(issued->expect_ms, issued->expect_low_ms, issued->expect_high_ms),
		failed);
	web_set(json, "url", json_sprintf("/api/v1/tickets/%s", issued->token), failed);
}

static json_t *subject_to_json(const struct keeper_reply *reply)
{
	json_t *json = json_object();
	bool failed = !json;
	int64_t window = 0;

	for (size_t i = 0; !failed && i < reply->count; i++) {
		const struct event *event = &reply->events[i];

		if (event_window(event))
			window = event_window(event);
		if (event_ticket(event)) {
			web_set(json, "ticket", json_integer(event_ticket(event)), &failed);
			web_set(json, "number", json_string(event_number(event)), &failed);
		}
		if (event->type == EVENT_TICKET_ISSUED)
			set_issued(json, &event->u.ticket_issued, &failed);
	}
	if (!failed && window)
		web_set(json, "window", json_integer(window), &failed);
	if (failed) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* The event's number and name in front of its canonical payload, which is JSON already. Returns the
 * bytes, or a negative errno. */
static int write_event(const struct event *event, char *ret, size_t size)
{
	char payload[EVENT_PAYLOAD_MAX];
	int len = event_encode(event, payload, sizeof(payload));
	int written;

	if (len < 0)
		return len;
	written = snprintf(ret, size, "{\"seq\":%" PRIu64 ",\"type\":\"%s\",%s", event->seq,
			   event_type_name(event->type), payload + 1);
	return written < (int)size ? written : -ENOSPC;
}

/* {"events":[...],"ticket":...}: NULL out of memory. */
static char *reply_to_text(const struct keeper_reply *reply)
{
	enum { EVENT_ROOM = EVENT_PAYLOAD_MAX + 96 };
	json_t *json = subject_to_json(reply);
	char *subject = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t size = reply->count * EVENT_ROOM + (subject ? strlen(subject) : 0) + 32;
	char *text = subject ? malloc(size) : NULL;
	size_t len = 0;
	int n = text ? 0 : -ENOMEM;

	json_decref(json);
	for (size_t i = 0; n >= 0 && i < reply->count; i++) {
		len += (size_t)snprintf(text + len, size - len, i ? "," : "{\"events\":[");
		n = write_event(&reply->events[i], text + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0)
		snprintf(text + len, size - len, "%s%s%s", reply->count ? "]" : "{\"events\":[]",
			 subject[1] == '}' ? "" : ",", subject + 1);
	free(subject);
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

static void respond_done(struct request *request, const struct keeper_reply *reply)
{
	char location[128] = "";

	for (size_t i = 0; i < reply->count; i++)
		if (reply->events[i].type == EVENT_TICKET_ISSUED)
			snprintf(location, sizeof(location), "/api/v1/tickets/%s",
				 reply->events[i].u.ticket_issued.token);
	request_respond_text(request, request->creates ? 201 : 200, "application/json",
			     reply_to_text(reply));
	if (location[0])
		request_add_header(request, "Location", location);
	if (reply->repeated)
		request_add_header(request, "Idempotency-Replayed", "true");
}

static void on_reply(void *user, const struct keeper_reply *reply)
{
	struct request *request = user;

	switch (reply->status) {
	case KEEPER_DONE: respond_done(request, reply); return;
	case KEEPER_REFUSED: request_refusal(request, reply->refusal, reply->detail); return;
	case KEEPER_CONFLICT:
		request_problem(request, PROBLEM_CONFLICT, "%s", reply->detail);
		return;
	case KEEPER_UNAVAILABLE:
		request_problem(request, PROBLEM_UNAVAILABLE, "%s", reply->detail);
		return;
	case KEEPER_UNKNOWN:
		request_problem(request, PROBLEM_OUTCOME_UNKNOWN, "%s", reply->detail);
		return;
	}
}

void change_submit(struct request *request, struct command *command)
{
	struct web *web = request->web;
	const char *id;
	char *asked;
	int len, r;

	if (!guard_command_id(request, &id))
		return;
	snprintf(command->by, sizeof(command->by), "api");
	/* The same body at another address is another request. */
	len = asprintf(&asked, "%s %s\n%s", request->method, request->path,
		       request->body ? request->body : "");
	if (len < 0) {
		request_problem(request, PROBLEM_UNAVAILABLE, "out of memory");
		return;
	}
	r = keeper_submit(web->options.keeper, command, id, asked, (size_t)len, on_reply, request);
	free(asked);
	if (r < 0) {
		request_problem(request, PROBLEM_UNAVAILABLE, "out of memory");
		return;
	}
	if (!request->waits)
		request_wait(request);
}

/* A time of the local day on which the stamp stands, as wall time. */
static int64_t wall_of(const struct stamp *at, int64_t minute)
{
	const int64_t day = INT64_C(86400000);
	int64_t local = at->wall_ms + at->offset_min * INT64_C(60000);

	return local - (local % day + day) % day + (minute - at->offset_min) * INT64_C(60000);
}

/* Minutes of the day into the command's wall times. */
static bool place_slot(struct request *request, struct command *command)
{
	int64_t from = command->u.issue.slot_from, to = command->u.issue.slot_to;

	if (from < 0 && to < 0) {
		command->u.issue.slot_from = command->u.issue.slot_to = 0;
		return true;
	}
	if (from < 0 || to <= from) {
		request_problem(request, PROBLEM_BAD_FIELD,
				"slot_from and slot_to must both be given, the later one last");
		return false;
	}
	command->u.issue.slot_from = wall_of(&command->at, from);
	command->u.issue.slot_to = wall_of(&command->at, to);
	return true;
}

/* When the holder of a pre-printed number came, as a moment of this boot: as long ago as the wall
 * clock says, which is all that a paper and a power cut leave. The hall refuses one that lies in
 * the future or too far back, not this: the request may repeat an earlier one. */
static bool place_arrival(struct request *request, const struct moment *arrival,
			  struct command *command)
{
	int64_t wall_ms = arrival->wall_ms;

	command->u.issue.arrival_ms = command->at.mono_ms;
	if (!arrival->given)
		return true;
	if (command->u.issue.origin != ORIGIN_PAPER) {
		request_refusal(request, REFUSAL_INVALID, "arrival: is for the origin paper only");
		return false;
	}
	if (arrival->minute >= 0)
		wall_ms = wall_of(&command->at, arrival->minute);
	command->u.issue.arrival_ms -= command->at.wall_ms - wall_ms;
	return true;
}

static bool check_printer(struct request *request, const char *printer)
{
	const struct web_options *options = &request->web->options;

	if (!printer[0] || !options->is_printer || options->is_printer(options->user, printer))
		return true;
	request_refusal(request, REFUSAL_INVALID, "printer: the hall has none of that name");
	return false;
}

struct asked_ticket {
	struct command command;
	struct moment arrival;
};

void change_handle_issue(struct request *request, const struct route *route)
{
	struct asked_ticket asked = {.command = {.type = route->command}};
	struct command *command = &asked.command;
#define ISSUE(key, kind, member) FIELD(key, kind, struct asked_ticket, member, false)
	static const struct field fields[] = {
		ISSUE("queue", FIELD_TEXT, command.u.issue.queue),
		ISSUE("item", FIELD_TEXT, command.u.issue.item),
		ISSUE("class", FIELD_CLASS, command.u.issue.class),
		ISSUE("origin", FIELD_ORIGIN, command.u.issue.origin),
		ISSUE("pre_reviewed", FIELD_BOOL, command.u.issue.pre_reviewed),
		ISSUE("case_ref", FIELD_TEXT, command.u.issue.case_ref),
		ISSUE("print", FIELD_BOOL, command.u.issue.print),
		ISSUE("large_print", FIELD_BOOL, command.u.issue.large),
		ISSUE("printer", FIELD_TEXT, command.u.issue.printer),
		ISSUE("slot_from", FIELD_MINUTE, command.u.issue.slot_from),
		ISSUE("slot_to", FIELD_MINUTE, command.u.issue.slot_to),
		ISSUE("paper_number", FIELD_NUMBER, command.u.issue.paper_number),
		ISSUE("arrival", FIELD_MOMENT, arrival),
	};
#undef ISSUE

	request->web->options.now(request->web->options.user, &command->at);
	command->u.issue.origin = ORIGIN_API;
	command->u.issue.print = true;
	command->u.issue.slot_from = command->u.issue.slot_to = -1;
	if (!body_read(request, fields, COUNT(fields), &asked) || !place_slot(request, command) ||
	    !check_printer(request, command->u.issue.printer) ||
	    !place_arrival(request, &asked.arrival, command))
		return;
	/* It is on paper already. */
	if (command->u.issue.paper_number)
		command->u.issue.print = false;
	if (request->web->options.token(request->web->options.user, command->u.issue.token) < 0) {
		request_problem(request, PROBLEM_UNAVAILABLE, "no random numbers");
		return;
	}
	request->creates = true;
	change_submit(request, command);
}

void change_handle_window(struct request *request, const struct route *route)
{
	struct command command = {.type = route->command};
	static const struct field clerk[] = {
		FIELD("clerk", FIELD_TEXT, struct command, u.at_window.clerk, true)};
	static const struct field number[] = {
		FIELD("number", FIELD_TEXT, struct command, u.at_window.number, true)};
	static const struct field resume[] = {
		FIELD("ticket", FIELD_TICKET, struct command, u.at_window.ticket, true)};
	static const struct field cancel[] = {
		FIELD("ticket", FIELD_TICKET, struct command, u.at_window.ticket, false)};
	static const struct field transfer[] = {
		FIELD("queue", FIELD_TEXT, struct command, u.at_window.queue, true)};
	static const struct field park[] = {
		FIELD("correction", FIELD_BOOL, struct command, u.at_window.correction, false)};
	const struct field *fields = NULL;
	uint64_t window;

	if (web_parse_number(request->param, CORE_MAX_WINDOW_NUMBER, &window) < 0 || window == 0) {
		request_refusal(request, REFUSAL_WINDOW_UNKNOWN, "a window is a number");
		return;
	}
	if (route->command == COMMAND_SIGN_IN)
		fields = clerk;
	else if (route->command == COMMAND_CALL_NUMBER)
		fields = number;
	else if (route->command == COMMAND_RESUME)
		fields = resume;
	else if (route->command == COMMAND_PARK)
		fields = park;
	else if (route->command == COMMAND_CANCEL)
		fields = cancel;
	else if (route->command == COMMAND_TRANSFER)
		fields = transfer;
	request->web->options.now(request->web->options.user, &command.at);
	command.u.at_window.window = (int64_t)window;
	if (body_read(request, fields, fields ? 1 : 0, &command))
		change_submit(request, &command);
}

void change_handle_ticket(struct request *request, const struct route *route)
{
	struct command command = {.type = route->command};
	static const struct field queue[] = {
		FIELD("queue", FIELD_TEXT, struct command, u.at_window.queue, true)};
	static const struct field reprint[] = {
		FIELD("printer", FIELD_TEXT, struct command, u.print.printer, false),
		FIELD("large_print", FIELD_LARGE, struct command, u.print.large, false)};
	const struct field *fields = NULL;
	const struct ticket *ticket;
	size_t count = 0;
	int64_t id;

	if (route->command == COMMAND_TRANSFER) {
		fields = queue;
		count = COUNT(queue);
	} else if (route->command == COMMAND_REPRINT) {
		fields = reprint;
		count = COUNT(reprint);
	}
	request->web->options.now(request->web->options.user, &command.at);
	if (!body_read(request, fields, count, &command) ||
	    (route->command == COMMAND_REPRINT && !check_printer(request, command.u.print.printer)))
		return;
	ticket = hall_find_token(keeper_hall(request->web->options.keeper), request->param);
	/* A token of another day is left to the hall: the request may repeat an earlier one. */
	id = ticket ? ticket->id : INT64_MAX;
	if (route->command == COMMAND_REPRINT)
		command.u.print.ticket = id;
	else
		command.u.at_window.ticket = id;
	change_submit(request, &command);
}

/* An operator says what became of a job that nobody knows of. */
void change_handle_job(struct request *request, const struct route *route)
{
	struct command command = {.type = route->command};
	static const struct field fields[] = {
		FIELD("outcome", FIELD_OUTCOME, struct command, u.print.outcome, true)};
	uint64_t job;

	if (web_parse_number(request->param, INT64_MAX, &job) < 0) {
		request_refusal(request, REFUSAL_PRINT_STATE, "a print job is a number");
		return;
	}
	request->web->options.now(request->web->options.user, &command.at);
	command.u.print.job = (int64_t)job;
	if (body_read(request, fields, COUNT(fields), &command))
		change_submit(request, &command);
}

/* The date at which the stamp's label stands in the hall's zone. */
static int64_t date_of(const struct stamp *at)
{
	time_t local = (time_t)(at->wall_ms / 1000 + at->offset_min * 60);
	struct tm parts;

	if (!gmtime_r(&local, &parts))
		return 0;
	return (parts.tm_year + INT64_C(1900)) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday;
}

void change_handle_day(struct request *request, const struct route *route)
{
	struct command command = {.type = route->command};
	static const struct field fields[] = {
		FIELD("date", FIELD_DATE, struct command, u.open_day.date, false),
		FIELD("operator_word", FIELD_BOOL, struct command, u.open_day.operator_word, false),
	};
	bool opens = route->command == COMMAND_OPEN_DAY;

	request->web->options.now(request->web->options.user, &command.at);
	if (opens)
		command.u.open_day.date = date_of(&command.at);
	if (body_read(request, fields, opens ? COUNT(fields) : 0, &command))
		change_submit(request, &command);
}

struct asked_filing {
	struct command command;
	struct moment filed;
};

/* When it was filed, if that is not now. The hall refuses what lies in the future, not this: the
 * request may repeat an earlier one. */
void change_handle_filing(struct request *request, const struct route *route)
{
	struct asked_filing asked = {.command = {.type = route->command}};
	struct command *command = &asked.command;
#define FILING(key, kind, member, must) FIELD(key, kind, struct asked_filing, member, must)
	static const struct field fields[] = {
		FILING("item", FIELD_TEXT, command.u.file_online.item, true),
		FILING("case_ref", FIELD_TEXT, command.u.file_online.case_ref, true),
		FILING("filed_at", FIELD_TIME, filed, false),
	};
#undef FILING

	request->web->options.now(request->web->options.user, &command->at);
	if (!body_read(request, fields, COUNT(fields), &asked))
		return;
	command->u.file_online.filed =
		asked.filed.given ? asked.filed.wall_ms : command->at.wall_ms;
	if (asked.filed.local)
		command->u.file_online.filed -= command->at.offset_min * INT64_C(60000);
	request->creates = true;
	change_submit(request, command);
}
