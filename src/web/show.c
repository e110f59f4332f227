/* Requests that only read: the durable hall as JSON. The list of tickets comes in pages, because a
 * page of a whole day would hold up the loop. */
#include "src/web/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct query {
	uint64_t after, limit;
	const char *number; /* NULL: all */
	const char *bad;
};

int web_parse_number(const char *text, uint64_t limit, uint64_t *ret_value)
{
	uint64_t value = 0;
	uint64_t digit;

	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		digit = (uint64_t)(*text - '0');
		if (value > (limit - digit) / 10 || digit > limit)
			return -EINVAL;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}

void web_set(json_t *object, const char *name, json_t *value, bool *failed)
{
	if (json_object_set_new(object, name, value) < 0)
		*failed = true;
}

static void append(json_t *array, json_t *value, bool *failed)
{
	if (json_array_append_new(array, value) < 0)
		*failed = true;
}

/* "2025-01-31", or null for no day. */
json_t *show_date(int64_t date)
{
	if (date == 0)
		return json_null();
	return json_sprintf("%04d-%02d-%02d", (int)(date / 10000), (int)(date / 100 % 100),
			    (int)(date % 100));
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *queue_to_json(const struct hall *hall, const struct queue *queue)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:{s:i, s:i, s:i}}", "id",
			 queue->def.queue, "zh", queue->def.zh, "en", queue->def.en, "prefix",
			 queue->def.prefix, "kind", queue_kind_name(queue->def.kind), "work",
			 (int)queue->def.work, "full", hall_queue_is_full(hall, queue), "waiting",
			 ticket_class_name(CLASS_ORDINARY), (int)queue->waiting[CLASS_ORDINARY],
			 ticket_class_name(CLASS_PRIORITY), (int)queue->waiting[CLASS_PRIORITY],
			 ticket_class_name(CLASS_APPOINTMENT),
			 (int)queue->waiting[CLASS_APPOINTMENT]);
}

static json_t *window_to_json(const struct hall *hall, const struct window *window)
{
	const struct ticket *ticket =
		window->ticket ? hall_find_ticket(hall, window->ticket) : NULL;
	const char *state = window->paused ? "paused" : "idle";
	json_t *queues = json_array();
	bool failed = !queues;
	uint32_t i;

	for (i = 0; !failed && i < window->queue_count; i++)
		append(queues, json_string(hall_queue(hall, window->queues[i])->def.queue),
		       &failed);
	if (failed) {
		json_decref(queues);
		return NULL;
	}
	if (ticket)
		state = ticket_state_name(ticket->state);
	return json_pack("{s:I, s:s, s:s, s:o, s:s, s:b, s:b, s:o, s:o, s:o, s:I}", "window",
			 (json_int_t)window->def.window, "zh", window->def.zh, "en", window->def.en,
			 "queues", queues, "state", state, "paused", (int)window->paused, "help",
			 (int)window->help, "ticket",
			 ticket ? json_integer(ticket->id) : json_null(), "number",
			 ticket ? json_string(ticket->number) : json_null(), "clerk",
			 text_or_null(window->clerk), "waiting",
			 (json_int_t)hall_waiting_at(hall, window));
}

static json_t *queues_to_json(const struct hall *hall, bool *failed)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < hall_queue_count(hall); i++) {
		if (!hall_queue(hall, i)->def.retired)
			append(array, queue_to_json(hall, hall_queue(hall, i)), failed);
	}
	return array;
}

static json_t *windows_to_json(const struct hall *hall, bool *failed)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < hall_window_count(hall); i++) {
		if (!hall_window(hall, i)->def.retired)
			append(array, window_to_json(hall, hall_window(hall, i)), failed);
	}
	return array;
}

static json_t *policy_to_json(const struct hall *hall)
{
	const struct event_policy_defined *policy = hall_policy(hall);

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I}", "overtakes",
			 (json_int_t)policy->overtakes, "age_ms", (json_int_t)policy->age_ms,
			 "recalls", (json_int_t)policy->recalls, "aside_ms",
			 (json_int_t)policy->aside_ms, "early_ms", (json_int_t)policy->early_ms,
			 "late_ms", (json_int_t)policy->late_ms, "closes_min",
			 (json_int_t)policy->closes_min, "service_ms",
			 (json_int_t)policy->service_ms, "print_ms", (json_int_t)policy->print_ms,
			 "expect", (int)policy->expect, "expect_service_ms",
			 (json_int_t)policy->expect_service_ms);
}

static json_t *definition_to_json(const struct hall *hall)
{
	const struct event_hall_defined *def = hall_definition(hall);

	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", def->id, "zh", def->zh, "en", def->en,
			 "zone", def->zone, "target_ms", (json_int_t)def->target_ms);
}

/* NULL in place of an object of which a part failed: the connection is closed without an answer. */
static json_t *unless(bool failed, json_t *json)
{
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

void show_handle_hall(struct request *request, const struct route *route)
{
	const struct web_options *options = &request->web->options;
	const struct hall *hall = keeper_hall(options->keeper);
	json_t *devices = options->devices ? options->devices(options->user) : NULL;
	json_t *json = json_object();
	bool failed = false;

	(void)route;
	if (!guard_no_query(request)) {
		json_decref(devices);
		json_decref(json);
		return;
	}
	web_set(json, "seq", json_integer((json_int_t)hall_seq(hall)), &failed);
	web_set(json, "hall", definition_to_json(hall), &failed);
	web_set(json, "policy", policy_to_json(hall), &failed);
	web_set(json, "day", show_date(hall_day(hall)), &failed);
	web_set(json, "last_day", show_date(hall_last_day(hall)), &failed);
	web_set(json, "queues", queues_to_json(hall, &failed), &failed);
	web_set(json, "windows", windows_to_json(hall, &failed), &failed);
	web_set(json, "devices", devices ? devices : json_array(), &failed);
	request_respond_json(request, 200, unless(failed, json));
}

static enum MHD_Result read_query(void *cls, enum MHD_ValueKind kind, const char *key,
				  const char *value)
{
	struct query *query = cls;
	int r = -EINVAL;

	(void)kind;
	if (value && strcmp(key, "after") == 0)
		r = web_parse_number(value, INT64_MAX, &query->after);
	else if (value && strcmp(key, "limit") == 0)
		r = web_parse_number(value, WEB_LIST_MAX, &query->limit);
	if (value && strcmp(key, "number") == 0) {
		query->number = value;
		r = 0;
	}
	if (r < 0 || query->limit == 0)
		query->bad = key;
	return query->bad ? MHD_NO : MHD_YES;
}

static json_t *ahead_to_json(const struct hall *hall, const struct ticket *ticket)
{
	if (ticket->state != TICKET_WAITING)
		return json_null();
	return json_integer((json_int_t)hall_ahead(hall, ticket));
}

json_t *show_expected(int64_t mean_ms, int64_t low_ms, int64_t high_ms)
{
	if (mean_ms < 0)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "mean_ms", (json_int_t)mean_ms, "low_ms",
			 (json_int_t)low_ms, "high_ms", (json_int_t)high_ms);
}

static json_t *told_to_json(const struct ticket *ticket)
{
	return show_expected(ticket->expect_ms, ticket->expect_low_ms, ticket->expect_high_ms);
}

static json_t *ticket_to_json(const struct hall *hall, const struct ticket *ticket)
{
	return json_pack(
		"{s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:b}",
		"ticket", (json_int_t)ticket->id, "number", ticket->number, "token", ticket->token,
		"state", ticket_state_name(ticket->state), "queue",
		hall_queue(hall, ticket->queue)->def.queue, "item",
		ticket->item < 0 ? json_null()
				 : json_string(hall_item(hall, (size_t)ticket->item)->def.item),
		"class", ticket_class_name(ticket->class), "ahead", ahead_to_json(hall, ticket),
		"expected_wait", told_to_json(ticket), "window",
		ticket->window ? json_integer(ticket->window) : json_null(), "leg",
		(json_int_t)ticket->leg, "calls", (json_int_t)ticket->calls, "issued_ms",
		(json_int_t)ticket->issued_wall_ms, "overtaken", (json_int_t)ticket->overtaken,
		"correction", (int)ticket->correction);
}

/* Tickets are in order of issue and their ids rise: the first index behind an id. */
static size_t index_after(const struct hall *hall, uint64_t id)
{
	size_t low = 0, high = hall_ticket_count(hall), middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if ((uint64_t)hall_ticket(hall, middle)->id > id)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The page's tickets; *ret_next is the after of the next page, 0 if there is none. */
static json_t *page_to_json(const struct hall *hall, const struct query *query, int64_t *ret_next,
			    bool *failed)
{
	size_t i = index_after(hall, query->after);
	size_t end = hall_ticket_count(hall);
	json_t *tickets = json_array();
	const struct ticket *only;

	*ret_next = 0;
	if (query->number) {
		only = hall_find_number(hall, query->number);
		if (only)
			append(tickets, ticket_to_json(hall, only), failed);
		return tickets;
	}
	if (end - i > query->limit) {
		end = i + query->limit;
		*ret_next = hall_ticket(hall, end - 1)->id;
	}
	for (; i < end; i++)
		append(tickets, ticket_to_json(hall, hall_ticket(hall, i)), failed);
	return tickets;
}

void show_handle_tickets(struct request *request, const struct route *route)
{
	const struct hall *hall = keeper_hall(request->web->options.keeper);
	struct query query = {.limit = WEB_LIST_DEFAULT};
	bool failed = false;
	int64_t next;
	json_t *json;

	(void)route;
	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, read_query, &query);
	if (query.bad) {
		request_problem(request, PROBLEM_BAD_QUERY,
				"%.64s: after=ID, limit=1..%d and number=NUMBER are taken",
				query.bad, WEB_LIST_MAX);
		return;
	}
	json = json_object();
	web_set(json, "seq", json_integer((json_int_t)hall_seq(hall)), &failed);
	web_set(json, "day", show_date(hall_last_day(hall)), &failed);
	web_set(json, "open", json_boolean(hall_day(hall) != 0), &failed);
	web_set(json, "total", json_integer((json_int_t)hall_ticket_count(hall)), &failed);
	web_set(json, "tickets", page_to_json(hall, &query, &next, &failed), &failed);
	web_set(json, "next", next ? json_integer(next) : json_null(), &failed);
	request_respond_json(request, 200, unless(failed, json));
}

void show_handle_ticket(struct request *request, const struct route *route)
{
	const struct hall *hall = keeper_hall(request->web->options.keeper);
	const struct ticket *ticket = hall_find_token(hall, request->param);
	const struct queue *queue;

	(void)route;
	if (!guard_no_query(request))
		return;
	if (!ticket) {
		request_refusal(request, REFUSAL_TICKET_UNKNOWN,
				"no ticket of the day has this token");
		return;
	}
	queue = hall_queue(hall, ticket->queue);
	request_respond_json(
		request, 200,
		json_pack("{s:I, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:I, s:I, s:I, "
			  "s:s}",
			  "seq", (json_int_t)hall_seq(hall), "number", ticket->number, "state",
			  ticket_state_name(ticket->state), "class",
			  ticket_class_name(ticket->class), "queue", "id", queue->def.queue, "zh",
			  queue->def.zh, "en", queue->def.en, "ahead", ahead_to_json(hall, ticket),
			  "expected_wait", told_to_json(ticket), "window",
			  ticket->window ? json_integer(ticket->window) : json_null(), "leg",
			  (json_int_t)ticket->leg, "calls", (json_int_t)ticket->calls, "issued_ms",
			  (json_int_t)ticket->issued_wall_ms, "hall", hall_definition(hall)->id));
}

static json_t *head_to_json(const uint8_t head[STORE_HASH_SIZE])
{
	char hex[2 * STORE_HASH_SIZE + 1];
	size_t i;

	for (i = 0; i < STORE_HASH_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", head[i]);
	return json_string(hex);
}

static json_t *log_to_json(const struct store_state *state)
{
	static const char *const names[] = {
		[STORE_OK] = "ok", [STORE_REFUSED] = "refused", [STORE_BROKEN] = "broken"};

	return json_pack("{s:s, s:I, s:o, s:o}", "health", names[state->health], "seq",
			 (json_int_t)state->durable_seq, "head", head_to_json(state->head),
			 "detail",
			 state->health == STORE_OK ? json_null() : text_or_null(state->detail));
}

/* 503 when nobody gets a number: a monitor that knows only the status is told the truth. */
void show_handle_health(struct request *request, const struct route *route)
{
	const struct web_options *options = &request->web->options;
	struct web_clock clock = {.state = "ok", .detail = ""};
	struct web_audit audit = {.detail = ""};
	struct web_tickets tickets = {.detail = ""};
	struct web_boards boards = {0};
	struct store_state state;
	struct jobs_count jobs;
	const char *status = "ok";

	(void)route;
	if (!guard_no_query(request))
		return;
	keeper_get_state(options->keeper, &state);
	if (options->clock)
		options->clock(options->user, &clock);
	if (options->audit)
		options->audit(options->user, &audit);
	if (options->tickets)
		options->tickets(options->user, &tickets);
	if (options->boards)
		options->boards(options->user, &boards);
	jobs_count(keeper_hall(options->keeper), &jobs);
	if (clock.wrong || audit.damaged || tickets.wrong || jobs.unsettled)
		status = "degraded";
	if (clock.closed || state.health != STORE_OK)
		status = "unavailable";
	request_respond_json(
		request, strcmp(status, "unavailable") ? 200 : 503,
		json_pack("{s:s, s:s, s:o, s:{s:s, s:o}, s:{s:I, s:b, s:o}, s:{s:b, s:o}, "
			  "s:{s:I, s:I}, s:{s:I, s:I, s:I, s:I}}",
			  "status", status, "version", ONEWINDOW_VERSION, "log",
			  log_to_json(&state), "clock", "state", clock.state, "detail",
			  text_or_null(clock.detail), "audit", "seq", (json_int_t)audit.seq,
			  "damaged", audit.damaged, "detail", text_or_null(audit.detail), "tickets",
			  "wrong", tickets.wrong, "detail", text_or_null(tickets.detail),
			  "printing", "queued", (json_int_t)jobs.queued, "unsettled",
			  (json_int_t)jobs.unsettled, "boards", "count", (json_int_t)boards.count,
			  "painted", (json_int_t)boards.painted, "failed",
			  (json_int_t)boards.failed, "unpainted_ms",
			  (json_int_t)boards.unpainted_ms));
}
