/* The table of addresses. A path that exists refuses other methods with the list of its own; HEAD
 * is answered wherever GET is, but for streams, whose end nobody would see. */
#include "src/web/internal.h"

#include <string.h>

#define WINDOW(action, type)                                                                       \
	{                                                                                          \
		.pattern = "/api/v1/windows/*/" action, .changes = true,                           \
		.handle = change_handle_window, .command = (type)                                  \
	}
#define TICKET(action, type)                                                                       \
	{                                                                                          \
		.pattern = "/api/v1/tickets/*/" action, .changes = true,                           \
		.handle = change_handle_ticket, .command = (type)                                  \
	}
#define SHOW(path, function)                                                                       \
	{                                                                                          \
		.pattern = (path), .handle = (function)                                            \
	}

static const struct route routes[] = {
	{.pattern = "/api/v1/tickets",
	 .changes = true,
	 .handle = change_handle_issue,
	 .command = COMMAND_ISSUE},
	WINDOW("call-next", COMMAND_CALL_NEXT),
	WINDOW("call-number", COMMAND_CALL_NUMBER),
	WINDOW("recall", COMMAND_RECALL),
	WINDOW("start", COMMAND_START),
	WINDOW("finish", COMMAND_FINISH),
	WINDOW("no-show", COMMAND_NO_SHOW),
	WINDOW("park", COMMAND_PARK),
	WINDOW("resume", COMMAND_RESUME),
	WINDOW("transfer", COMMAND_TRANSFER),
	WINDOW("cancel", COMMAND_CANCEL),
	WINDOW("pause", COMMAND_PAUSE),
	WINDOW("reopen", COMMAND_REOPEN),
	WINDOW("help", COMMAND_HELP),
	WINDOW("help-over", COMMAND_HELP_OVER),
	WINDOW("ask-rating", COMMAND_ASK_RATING),
	WINDOW("sign-in", COMMAND_SIGN_IN),
	WINDOW("sign-out", COMMAND_SIGN_OUT),
	TICKET("cancel", COMMAND_CANCEL),
	TICKET("resume", COMMAND_RESUME),
	TICKET("transfer", COMMAND_TRANSFER),
	TICKET("reprint", COMMAND_REPRINT),
	{.pattern = "/api/v1/jobs/*/settle",
	 .changes = true,
	 .handle = change_handle_job,
	 .command = COMMAND_PRINT_SETTLE},
	{.pattern = "/api/v1/day/open",
	 .changes = true,
	 .handle = change_handle_day,
	 .command = COMMAND_OPEN_DAY},
	{.pattern = "/api/v1/day/close",
	 .changes = true,
	 .handle = change_handle_day,
	 .command = COMMAND_CLOSE_DAY},
	{.pattern = "/api/v1/filings",
	 .changes = true,
	 .handle = change_handle_filing,
	 .command = COMMAND_FILE_ONLINE},
	{.pattern = "/api/v1/baselines",
	 .changes = true,
	 .handle = baselines_handle_freeze,
	 .command = COMMAND_FREEZE_BASELINE},
	SHOW("/api/v1/baselines", baselines_handle_list),
	SHOW("/api/v1/hall", show_handle_hall),
	SHOW("/api/v1/jobs", jobs_handle),
	SHOW("/api/v1/tickets", show_handle_tickets),
	SHOW("/api/v1/tickets/*", show_handle_ticket),
	{.pattern = "/api/v1/events", .streams = true, .handle = events_handle},
	SHOW("/healthz", show_handle_health),
	SHOW("/metrics", metrics_handle),
};

/* Segment by segment; what stands for "*" goes into ret_param. */
static bool match(const char *pattern, const char *path, char ret_param[WEB_PARAM_SIZE])
{
	size_t len;

	for (; *pattern; pattern++) {
		if (*pattern != '*') {
			if (*path++ != *pattern)
				return false;
			continue;
		}
		len = strcspn(path, "/");
		if (len == 0 || len >= WEB_PARAM_SIZE)
			return false;
		memcpy(ret_param, path, len);
		ret_param[len] = 0;
		path += len;
	}
	return *path == 0;
}

static bool takes(const struct route *route, const char *method)
{
	if (route->changes)
		return strcmp(method, "POST") == 0;
	return strcmp(method, "GET") == 0 || (!route->streams && strcmp(method, "HEAD") == 0);
}

void route_request(struct request *request)
{
	bool get = false, head = false, post = false;
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!match(routes[i].pattern, request->path, request->param))
			continue;
		if (takes(&routes[i], request->method)) {
			if (!guard_request(request, routes[i].changes))
				return;
			if (request->received > WEB_MAX_BODY)
				request_problem(request, PROBLEM_BODY_TOO_LARGE, "at most %d bytes",
						WEB_MAX_BODY);
			else
				routes[i].handle(request, &routes[i]);
			return;
		}
		get = get || !routes[i].changes;
		head = head || (!routes[i].changes && !routes[i].streams);
		post = post || routes[i].changes;
	}
	if (!get && !post) {
		request_problem(request, PROBLEM_NOT_FOUND, "no such path");
		return;
	}
	request_problem(request, PROBLEM_METHOD, "see the Allow header");
	request_add_header(request, "Allow",
			   get && post && head ? "GET, HEAD, POST"
			   : head	       ? "GET, HEAD"
			   : get	       ? "GET"
					       : "POST");
}
