/* GET /api/v1/events: server-sent events. Each listener has a cursor, not a queue: new events lie
 * once in a ring that all share. A listener starts now, or behind the event that it names, and then
 * catches up from the log at its own pace before it joins the ring. One that falls further behind
 * than the ring reaches while its line is blocked is dropped, and comes back with Last-Event-ID. */
#include "src/web/internal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LISTENER_BUFFER = 16384, HEARTBEAT_SIZE = 4 };

struct listener {
	struct web *web;
	struct MHD_Connection *connection;
	struct listener *next, **at;
	uint64_t cursor; /* newest event in the buffer or sent */
	bool live;	 /* reads from the ring, else from the log */
	bool suspended;	 /* everything is sent */
	bool rested;	 /* was suspended, and has had no turn since it was resumed */
	bool dropped;
	bool left; /* dropped, and its place is another's already */
	bool heartbeat;
	char *buffer;
	size_t len, sent, size;
};

void events_create(struct web *web)
{
	const struct hall *hall = keeper_hall(web->options.keeper);
	const char *epoch = hall_epoch(hall, &web->epoch_first);

	snprintf(web->epoch, sizeof(web->epoch), "%.*s", WEB_EPOCH_DIGITS, epoch);
	web->ring_first = web->ring_end = hall_seq(hall) + 1;
	web->heartbeat_ms = web_clock_ms() + web->options.limits.heartbeat_ms;
}

/* Behind a restore another event may have had this seq: the id says of which log it is. */
static bool names_epoch(const struct web *web, uint64_t seq)
{
	return web->epoch_first && seq >= web->epoch_first;
}

static int make_frame(const struct web *web, const struct event *event, struct frame *ret_frame)
{
	char payload[EVENT_PAYLOAD_MAX];
	bool named = names_epoch(web, event->seq);
	struct frame frame;
	int len;

	len = event_encode(event, payload, sizeof(payload));
	if (len < 0)
		return len;
	len = asprintf(&frame.text, "id: %llu%s%s\nevent: %s\ndata: %s\n\n",
		       (unsigned long long)event->seq, named ? "-" : "", named ? web->epoch : "",
		       event_type_name(event->type), payload);
	if (len < 0)
		return -ENOMEM;
	frame.len = (size_t)len;
	*ret_frame = frame;
	return 0;
}

static int put(struct listener *listener, const char *text, size_t len)
{
	size_t size = listener->size ? listener->size : LISTENER_BUFFER;
	char *buffer;

	while (size - listener->len < len)
		size *= 2;
	if (size != listener->size) {
		buffer = realloc(listener->buffer, size);
		if (!buffer)
			return -ENOMEM;
		listener->buffer = buffer;
		listener->size = size;
	}
	memcpy(listener->buffer + listener->len, text, len);
	listener->len += len;
	return 0;
}

static int put_row(void *user, const struct store_row *row)
{
	struct listener *listener = user;
	struct frame frame;
	int r;

	if (row->event.seq != listener->cursor + 1)
		return -EPROTO;
	r = make_frame(listener->web, &row->event, &frame);
	if (r < 0)
		return r;
	r = put(listener, frame.text, frame.len);
	free(frame.text);
	if (r < 0)
		return r;
	listener->cursor++;
	listener->web->events_sent++;
	return 0;
}

/* Nothing newer than what the durable hall has, although the log may have it already. */
static int catch_up(struct listener *listener)
{
	struct web *web = listener->web;
	uint64_t to = web->ring_end - 1;
	char error[STORE_ERROR_SIZE];
	int r;

	if (to - listener->cursor > WEB_CATCH_UP_ROWS)
		to = listener->cursor + WEB_CATCH_UP_ROWS;
	r = web_open_reader(web, error);
	if (r < 0)
		return r;
	r = store_reader_each(web->reader, listener->cursor + 1, to, put_row, listener);
	if (r == 0 && listener->cursor != to)
		r = -EPROTO;
	return r;
}

static int fill(struct listener *listener)
{
	struct web *web = listener->web;
	const struct frame *frame;
	int r;

	listener->len = listener->sent = 0;
	if (listener->heartbeat) {
		listener->heartbeat = false;
		r = put(listener, ": \n\n", HEARTBEAT_SIZE);
		if (r < 0)
			return r;
	}
	if (!listener->live && listener->cursor + 1 < web->ring_first)
		return catch_up(listener);
	listener->live = true;
	while (listener->cursor + 1 < web->ring_end && listener->len < LISTENER_BUFFER) {
		frame = &web->ring[(listener->cursor + 1) % WEB_RING];
		r = put(listener, frame->text, frame->len);
		if (r < 0)
			return r;
		listener->cursor++;
		web->events_sent++;
	}
	return 0;
}

static ssize_t on_content(void *cls, uint64_t position, char *buffer, size_t max)
{
	struct listener *listener = cls;
	size_t len;

	(void)position;
	listener->rested = false;
	if (listener->dropped)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (listener->sent == listener->len && fill(listener) < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	len = listener->len - listener->sent;
	if (len == 0) {
		listener->suspended = true;
		MHD_suspend_connection(listener->connection);
		return 0;
	}
	if (len > max)
		len = max;
	memcpy(buffer, listener->buffer + listener->sent, len);
	listener->sent += len;
	return (ssize_t)len;
}

static void on_gone(void *cls)
{
	struct listener *listener = cls;

	*listener->at = listener->next;
	if (listener->next)
		listener->next->at = listener->at;
	if (!listener->left)
		listener->web->listener_count--;
	free(listener->buffer);
	free(listener);
}

static void wake(struct listener *listener)
{
	if (!listener->suspended)
		return;
	listener->suspended = false;
	listener->rested = true;
	listener->web->due = true;
	MHD_resume_connection(listener->connection);
}

/* Its line is blocked, so that libmicrohttpd would not ask for content: the socket is ended. */
static void drop(struct listener *listener)
{
	const union MHD_ConnectionInfo *info;

	listener->dropped = true;
	listener->web->listeners_dropped++;
	listener->web->due = true;
	info = MHD_get_connection_info(listener->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info)
		shutdown(info->connect_fd, SHUT_RDWR);
}

/* Of a listener that went while there was nothing to tell it, the next event or comment would find
 * out; a page that was loaded anew is here before that. */
static void give_places_back(struct web *web)
{
	const union MHD_ConnectionInfo *info;
	struct listener *listener;
	struct pollfd line = {.events = POLLRDHUP};

	for (listener = web->listeners; listener; listener = listener->next) {
		info = MHD_get_connection_info(listener->connection,
					       MHD_CONNECTION_INFO_CONNECTION_FD);
		if (listener->dropped || !listener->suspended || !info)
			continue;
		line.fd = info->connect_fd;
		if (poll(&line, 1, 0) != 1)
			continue;
		listener->dropped = listener->left = true;
		web->listener_count--;
		wake(listener);
	}
}

static void check_backlog(struct listener *listener)
{
	struct web *web = listener->web;
	uint64_t backlog = web->ring_end - 1 - listener->cursor;

	if (!listener->live || listener->dropped || backlog <= web->options.limits.queued_events)
		return;
	/* A burst between two turns is no fault of a listener that was done: the log serves it. */
	if (listener->rested)
		listener->live = false;
	else
		drop(listener);
}

static void ring_add(struct web *web, uint64_t seq, const struct frame *frame)
{
	struct frame *slot = &web->ring[seq % WEB_RING];

	assert(seq == web->ring_end);
	free(slot->text);
	*slot = *frame;
	web->ring_end = seq + 1;
	if (web->ring_end - web->ring_first > WEB_RING)
		web->ring_first = web->ring_end - WEB_RING;
}

/* Without memory the ring starts anew behind this event, which then comes from the log. */
static void ring_skip(struct web *web, uint64_t seq)
{
	struct listener *listener;

	web->ring_first = web->ring_end = seq + 1;
	for (listener = web->listeners; listener; listener = listener->next)
		listener->live = false;
}

void events_publish(struct web *web, const struct event *event)
{
	struct listener *listener;
	struct frame frame;

	if (make_frame(web, event, &frame) == 0)
		ring_add(web, event->seq, &frame);
	else
		ring_skip(web, event->seq);
	for (listener = web->listeners; listener; listener = listener->next) {
		wake(listener);
		check_backlog(listener);
	}
}

void events_heartbeat(struct web *web)
{
	int64_t now = web_clock_ms();
	struct listener *listener;

	if (now < web->heartbeat_ms)
		return;
	web->heartbeat_ms = now + web->options.limits.heartbeat_ms;
	for (listener = web->listeners; listener; listener = listener->next) {
		if (!listener->suspended)
			continue;
		listener->heartbeat = true;
		wake(listener);
	}
}

void events_close_all(struct web *web)
{
	struct listener *listener;

	for (listener = web->listeners; listener; listener = listener->next) {
		listener->dropped = true;
		wake(listener);
	}
}

void events_free(struct web *web)
{
	size_t i;

	assert(!web->listeners);
	for (i = 0; i < WEB_RING; i++)
		free(web->ring[i].text);
}

static enum MHD_Result read_after(void *cls, enum MHD_ValueKind kind, const char *key,
				  const char *value)
{
	const char **after = cls;

	(void)kind;
	*after = value && strcmp(key, "after") == 0 ? value : "";
	return MHD_YES;
}

enum start_check { START_GOOD, START_OTHER_LOG, START_NONE };

/* "13", or behind a restore "13-1f00c0de". */
static enum start_check check_start(const struct web *web, const char *start, bool trusted,
				    uint64_t newest, uint64_t *ret_cursor)
{
	const char *dash = strchr(start, '-');
	char number[24];
	uint64_t cursor;
	bool known;

	snprintf(number, sizeof(number), "%.*s", dash ? (int)(dash - start) : (int)strlen(start),
		 start);
	if (strlen(number) == sizeof(number) - 1 ||
	    web_parse_number(number, UINT64_MAX, &cursor) < 0)
		return START_NONE;
	known = dash ? names_epoch(web, cursor) && strcmp(dash + 1, web->epoch) == 0
		     : trusted || !names_epoch(web, cursor);
	if (!known)
		return START_OTHER_LOG;
	if (cursor > newest)
		return START_NONE;
	*ret_cursor = cursor;
	return START_GOOD;
}

/* The event behind which the stream starts: Last-Event-ID, or ?after= for a page's first stream. */
static bool read_start(struct request *request, uint64_t newest, uint64_t *ret_cursor)
{
	const char *start, *after = NULL;
	enum start_check check;

	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, read_after, &after);
	if (after && !*after) {
		request_problem(request, PROBLEM_BAD_QUERY, "only after=SEQ is taken");
		return false;
	}
	if (!guard_header(request, "Last-Event-ID", &start))
		return false;
	if (!start && !after) {
		*ret_cursor = newest;
		return true;
	}
	/* A page that has just read a seq means this log. */
	check = check_start(request->web, start ? start : after, !start, newest, ret_cursor);
	if (check == START_OTHER_LOG)
		request_problem(request, PROBLEM_BAD_EVENT_ID,
				"the log was restored from a copy since: read the hall anew");
	else if (check != START_GOOD)
		request_problem(request, PROBLEM_BAD_EVENT_ID, "the newest event is %llu",
				(unsigned long long)newest);
	return check == START_GOOD;
}

static struct listener *add_listener(struct request *request, uint64_t cursor)
{
	static const char greeting[] = ": events of the hall\nretry: 2000\n\n";
	struct web *web = request->web;
	struct listener *listener;

	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return NULL;
	listener->web = web;
	listener->connection = request->connection;
	listener->cursor = cursor;
	if (put(listener, greeting, sizeof(greeting) - 1) < 0) {
		free(listener);
		return NULL;
	}
	listener->at = &web->listeners;
	listener->next = web->listeners;
	if (listener->next)
		listener->next->at = &listener->next;
	web->listeners = listener;
	web->listener_count++;
	return listener;
}

void events_handle(struct request *request, const struct route *route)
{
	struct web *web = request->web;
	struct MHD_Response *response;
	struct listener *listener;
	uint64_t cursor = 0;

	(void)route;
	if (!read_start(request, web->ring_end - 1, &cursor))
		return;
	if (web->listener_count >= web->options.limits.listeners)
		give_places_back(web);
	if (web->listener_count >= web->options.limits.listeners) {
		request_problem(request, PROBLEM_TOO_MANY_LISTENERS, "at most %u",
				web->options.limits.listeners);
		return;
	}
	listener = add_listener(request, cursor);
	if (!listener) {
		request_respond(request, 503, NULL);
		return;
	}
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, LISTENER_BUFFER, on_content,
						     listener, on_gone);
	if (response)
		(void)MHD_add_response_header(response, "Content-Type", "text/event-stream");
	else
		on_gone(listener);
	request->streams = true;
	request_respond(request, 200, response);
}
