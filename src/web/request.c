/* The libmicrohttpd side of one request: the body is collected up to its limit, the request is
 * routed when it is complete, and the answer is queued, at once or when the keeper has it. What is
 * no HTTP at all never gets here: libmicrohttpd answers it with a bare page and closes. */
#include "src/web/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void request_add_header(struct request *request, const char *name, const char *value)
{
	/* A response without a header that did not fit in memory is still the right one. */
	if (request->response)
		(void)MHD_add_response_header(request->response, name, value);
}

void request_respond(struct request *request, unsigned int status, struct MHD_Response *response)
{
	assert(!request->response);
	request->status = status;
	request->response = response;
	request_add_header(request, "Cache-Control", "no-store");
	request_add_header(request, "X-Content-Type-Options", "nosniff");
	request_add_header(request, "Content-Security-Policy",
			   "default-src 'none'; frame-ancestors 'none'");
	if (!request->waits)
		return;
	request->waits = false;
	*request->at = request->next;
	if (request->next)
		request->next->at = request->at;
	request->web->due = true;
	MHD_resume_connection(request->connection);
}

void request_respond_text(struct request *request, unsigned int status, const char *type,
			  char *text)
{
	struct MHD_Response *response = NULL;

	if (text)
		response =
			MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (text && !response)
		free(text);
	if (response)
		(void)MHD_add_response_header(response, "Content-Type", type);
	request_respond(request, status, response);
}

void request_respond_json(struct request *request, unsigned int status, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	request_respond_text(request, status, "application/json", text);
}

void request_wait(struct request *request)
{
	struct web *web = request->web;

	request->waits = true;
	request->next = web->waiting;
	request->at = &web->waiting;
	if (request->next)
		request->next->at = &request->next;
	web->waiting = request;
	pace_stop(request->connection);
	MHD_suspend_connection(request->connection);
}

static enum MHD_Result collect(struct request *request, const char *data, size_t *len)
{
	size_t end = request->received + *len;
	char *body;

	if (end > WEB_MAX_DRAIN)
		return MHD_NO;
	if (end <= WEB_MAX_BODY) {
		body = realloc(request->body, end + 1);
		if (!body)
			return MHD_NO;
		memcpy(body + request->received, data, *len);
		body[end] = 0;
		request->body = body;
		request->body_len = end;
	}
	request->received = end;
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result finish(struct request *request)
{
	unsigned int status_class = request->status / 100;

	if (!request->response)
		return MHD_NO;
	if (status_class < WEB_STATUS_CLASSES)
		request->web->requests[status_class]++;
	if (request->streams)
		pace_stop(request->connection);
	else
		pace_start(request->web, request->connection);
	return MHD_queue_response(request->connection, request->status, request->response);
}

static enum MHD_Result begin(struct web *web, struct MHD_Connection *connection, void **con_cls)
{
	struct request *request;
	const char *length;
	uint64_t announced;

	request = calloc(1, sizeof(*request));
	if (!request)
		return MHD_NO;
	request->web = web;
	request->connection = connection;
	*con_cls = request;
	/* Too large to be drained: answered before the body comes. */
	length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
	if (length)
		length += strspn(length, "0");
	if (!length || !*length || web_parse_number(length, WEB_MAX_DRAIN, &announced) == 0)
		return MHD_YES;
	request_problem(request, PROBLEM_BODY_TOO_LARGE, "at most %d bytes", WEB_MAX_BODY);
	return finish(request);
}

enum MHD_Result web_on_request(void *cls, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload_data,
			       size_t *upload_data_size, void **con_cls)
{
	struct request *request = *con_cls;
	struct web *web = cls;

	(void)version;
	if (web->stopping && (!request || request->status == 0))
		return MHD_NO;
	if (!request)
		return begin(web, connection, con_cls);
	if (*upload_data_size > 0)
		return collect(request, upload_data, upload_data_size);
	/* Called again after a wait: status says that an answer was tried. */
	if (request->status == 0) {
		request->method = method;
		request->path = url;
		route_request(request);
		if (request->waits)
			return MHD_YES;
	}
	return finish(request);
}

void web_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
		      enum MHD_RequestTerminationCode why)
{
	struct request *request = *con_cls;

	(void)why;
	pace_start(cls, connection);
	if (!request)
		return;
	assert(!request->waits);
	if (request->response)
		MHD_destroy_response(request->response);
	free(request->body);
	free(request);
	*con_cls = NULL;
}
