/* Baselines over the API: freezing one, and the list of those that the log has. What is frozen is
 * computed by the daemon's worker, as it takes long; the connection waits, then the hall decides.
 */
#include "src/web/internal.h"

#include <errno.h>
#include <string.h>

#define FIELD(key, kind, member, must)                                                             \
	{                                                                                          \
		.name = (key), .type = (kind),                                                     \
		.offset = offsetof(struct baseline_request, member),                               \
		.size = sizeof(((struct baseline_request *)0)->member), .needed = (must)           \
	}

static void decide(struct request *request, const struct event_baseline_frozen *frozen,
		   const struct event_baseline_part *parts)
{
	struct command command = {.type = COMMAND_FREEZE_BASELINE};

	request->web->options.now(request->web->options.user, &command.at);
	command.u.freeze_baseline.frozen = *frozen;
	command.u.freeze_baseline.parts = parts;
	change_submit(request, &command);
}

/* Without facts: the hall says what is wrong with what was asked. */
static void decide_asked(struct request *request, const struct baseline_request *asked)
{
	struct event_baseline_frozen frozen = {.from = asked->from, .to = asked->to};

	memcpy(frozen.name, asked->name, sizeof(frozen.name));
	memcpy(frozen.control, asked->control, sizeof(frozen.control));
	decide(request, &frozen, NULL);
}

/* Once more from the body, which was good: the request has waited meanwhile. */
static const struct field fields[] = {
	FIELD("name", FIELD_TEXT, name, true),
	FIELD("from", FIELD_DATE, from, true),
	FIELD("to", FIELD_DATE, to, true),
	FIELD("control", FIELD_TEXT, control, false),
};

static void on_computed(void *user, int r, const struct baseline_facts *facts, const char *error)
{
	struct request *request = user;
	struct baseline_request asked = {.from = 0};

	if (r == 0)
		decide(request, &facts->frozen, facts->parts);
	else if (r != -EINVAL && r != -ENOENT && r != -EBUSY)
		request_problem(request, PROBLEM_UNREADABLE, "%s", error);
	else if (body_read(request, fields, sizeof(fields) / sizeof(fields[0]), &asked))
		decide_asked(request, &asked);
}

void baselines_handle_freeze(struct request *request, const struct route *route)
{
	const struct web_options *options = &request->web->options;
	struct baseline_request asked = {.from = 0};
	const char *id;
	int r;

	(void)route;
	if (!body_read(request, fields, sizeof(fields) / sizeof(fields[0]), &asked) ||
	    !guard_command_id(request, &id))
		return;
	request->creates = true;
	/* A name that is taken needs no facts to be refused; or the request repeats the one that
	 * took it. */
	if (hall_find_baseline(keeper_hall(options->keeper), asked.name)) {
		decide_asked(request, &asked);
		return;
	}
	r = options->compute ? options->compute(options->user, &asked, on_computed, request)
			     : -ENOTSUP;
	if (r == 0)
		request_wait(request);
	else if (r == -EBUSY)
		request_problem(request, PROBLEM_BUSY, "one at a time");
	else
		request_problem(request, PROBLEM_UNREADABLE, "out of memory");
}

/* ---- the list ---- */

struct list {
	json_t *array;
	bool failed;
};

static json_t *ids_to_json(const char *ids, bool *failed)
{
	json_t *array = json_array();

	while (*ids) {
		size_t len = strcspn(ids, ",");

		if (json_array_append_new(array, json_stringn(ids, len)) < 0)
			*failed = true;
		ids += len + (ids[len] == ',');
	}
	return array;
}

static int add(void *user, const struct store_row *row)
{
	const struct event_baseline_frozen *frozen = &row->event.u.baseline_frozen;
	struct list *list = user;
	json_t *json;

	if (row->event.type != EVENT_BASELINE_FROZEN)
		return -EPROTO;
	json = json_pack("{s:s, s:o, s:o, s:I, s:I, s:o, s:I, s:I, s:s, s:s}", "name", frozen->name,
			 "from", show_date(frozen->from), "to", show_date(frozen->to), "days",
			 (json_int_t)frozen->days, "visits", (json_int_t)frozen->visits, "control",
			 ids_to_json(frozen->control, &list->failed), "frozen_at_ms",
			 (json_int_t)row->event.at.wall_ms, "frozen_seq",
			 (json_int_t)row->event.seq, "by", row->event.by, "rows", frozen->rows);
	if (json_array_append_new(list->array, json) < 0)
		list->failed = true;
	return 0;
}

void baselines_handle_list(struct request *request, const struct route *route)
{
	struct web *web = request->web;
	const struct hall *hall = keeper_hall(web->options.keeper);
	struct list list = {.array = json_array()};
	char error[STORE_ERROR_SIZE] = "";
	json_t *json;
	int r = 0;

	(void)route;
	if (!guard_no_query(request)) {
		json_decref(list.array);
		return;
	}
	if (hall_baseline_count(hall))
		r = web_open_reader(web, error);
	for (size_t i = 0; r == 0 && i < hall_baseline_count(hall); i++) {
		uint64_t seq = hall_baseline(hall, i)->seq;

		r = store_reader_each(web->reader, seq, seq, add, &list);
	}
	if (r < 0) {
		json_decref(list.array);
		request_problem(request, PROBLEM_UNREADABLE, "%s",
				error[0] ? error : "the log cannot be read");
		return;
	}
	json = json_pack("{s:I, s:o}", "seq", (json_int_t)hall_seq(hall), "baselines", list.array);
	if (list.failed) {
		json_decref(json);
		json = NULL;
	}
	request_respond_json(request, 200, json);
}
