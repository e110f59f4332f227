/* The day's print jobs: counted for metrics and health, and listed for whoever has to look after
 * the paper. */
#include <string.h>

#include "src/web/internal.h"

void jobs_count(const struct hall *hall, struct jobs_count *ret)
{
	*ret = (struct jobs_count){0};
	for (size_t i = 0; i < hall_job_count(hall); i++) {
		const struct job *job = hall_job(hall, i);

		ret->reprints += job->word && job->tries == 1;
		ret->queued += job->state == JOB_QUEUED;
		ret->started += job->state == JOB_STARTED;
		if (job->state != JOB_ENDED)
			continue;
		ret->ended[job->outcome]++;
		ret->causes[job->cause]++;
		ret->unsettled += hall_job_is_unsettled(hall, job);
	}
}

static const char *state_of(const struct job *job)
{
	if (job->state == JOB_ENDED)
		return print_outcome_name((int64_t)job->outcome);
	return job->state == JOB_QUEUED ? "queued" : "started";
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *job_to_json(const struct hall *hall, const struct job *job)
{
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);

	return json_pack(
		"{s:I, s:I, s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:s, "
		"s:o, s:I}",
		"job", (json_int_t)job->id, "ticket", (json_int_t)job->ticket, "number",
		ticket->number, "token", ticket->token, "ticket_state",
		ticket_state_name(ticket->state), "copy", (json_int_t)job->copy, "tries",
		(json_int_t)job->tries, "state", state_of(job), "unsettled",
		(int)hall_job_is_unsettled(hall, job), "settled", (int)job->settled, "word",
		(int)job->word, "large", (int)job->large, "cause",
		job->cause == CAUSE_NONE ? json_null()
					 : json_string(print_cause_name((int64_t)job->cause)),
		"printer", text_or_null(job->printer), "wanted", text_or_null(job->wanted), "by",
		job->by, "detail", text_or_null(job->detail), "at_ms", (json_int_t)job->wall_ms);
}

struct query {
	uint64_t after, limit;
	const char *state; /* NULL: all */
	const char *bad;
};

static bool is_state(const char *word)
{
	return !strcmp(word, "queued") || !strcmp(word, "started") || !strcmp(word, "unsettled") ||
	       print_outcome_by_name(word) >= 0;
}

static enum MHD_Result read_query(void *cls, enum MHD_ValueKind kind, const char *key,
				  const char *value)
{
	struct query *query = cls;
	bool good = false;

	(void)kind;
	if (value && strcmp(key, "after") == 0)
		good = web_parse_number(value, INT64_MAX, &query->after) == 0;
	else if (value && strcmp(key, "limit") == 0)
		good = web_parse_number(value, WEB_LIST_MAX, &query->limit) == 0 && query->limit;
	else if (value && strcmp(key, "state") == 0 && is_state(value)) {
		query->state = value;
		good = true;
	}
	if (!good)
		query->bad = key;
	return good ? MHD_YES : MHD_NO;
}

static bool is_asked(const struct hall *hall, const struct query *query, const struct job *job)
{
	if (!query->state)
		return true;
	if (!strcmp(query->state, "unsettled"))
		return hall_job_is_unsettled(hall, job);
	return !strcmp(query->state, state_of(job));
}

/* The page's jobs; *ret_next is the after of the next page, 0 if there is none. */
static json_t *page_to_json(const struct hall *hall, const struct query *query, int64_t *ret_next,
			    bool *failed)
{
	json_t *jobs = json_array();
	int64_t last = 0;

	*ret_next = 0;
	for (size_t i = 0; i < hall_job_count(hall); i++) {
		const struct job *job = hall_job(hall, i);

		if ((uint64_t)job->id <= query->after || !is_asked(hall, query, job))
			continue;
		if (json_array_size(jobs) == query->limit) {
			*ret_next = last;
			break;
		}
		last = job->id;
		if (json_array_append_new(jobs, job_to_json(hall, job)) < 0)
			*failed = true;
	}
	return jobs;
}

void jobs_handle(struct request *request, const struct route *route)
{
	const struct hall *hall = keeper_hall(request->web->options.keeper);
	struct query query = {.limit = WEB_LIST_DEFAULT};
	struct jobs_count count;
	bool failed = false;
	int64_t next;
	json_t *json;

	(void)route;
	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, read_query, &query);
	if (query.bad) {
		request_problem(request, PROBLEM_BAD_QUERY,
				"%.64s: after=ID, limit=1..%d and state=queued, started, printed, "
				"processed, sent, failed, unknown or unsettled are taken",
				query.bad, WEB_LIST_MAX);
		return;
	}
	jobs_count(hall, &count);
	json = json_object();
	web_set(json, "seq", json_integer((json_int_t)hall_seq(hall)), &failed);
	web_set(json, "day", show_date(hall_last_day(hall)), &failed);
	web_set(json, "open", json_boolean(hall_day(hall) != 0), &failed);
	web_set(json, "total", json_integer((json_int_t)hall_job_count(hall)), &failed);
	web_set(json, "queued", json_integer((json_int_t)count.queued), &failed);
	web_set(json, "unsettled", json_integer((json_int_t)count.unsettled), &failed);
	web_set(json, "jobs", page_to_json(hall, &query, &next, &failed), &failed);
	web_set(json, "next", next ? json_integer(next) : json_null(), &failed);
	if (failed) {
		json_decref(json);
		json = NULL;
	}
	request_respond_json(request, 200, json);
}
