/* What the files of src/web share. One request travels request.c -> guard.c -> route.c -> one of
 * change.c, show.c, metrics.c, events.c, and comes back as a response. */
#pragma once

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/queue.h>

#include "src/web/web.h"

enum {
	WEB_MAX_BODY = 16384,
	WEB_MAX_DRAIN = 1048576, /* of a body too large, read so that the answer arrives */
	WEB_MAX_HOSTS = 16,
	WEB_HOST_SIZE = 280,
	WEB_PARAM_SIZE = 64,
	WEB_REQUEST_MEMORY = 32768, /* request line and headers of one connection */
	WEB_RING = 256,		    /* events kept for listeners */
	WEB_CATCH_UP_ROWS = 64,	    /* read from the log at a time */
	WEB_LIST_DEFAULT = 200,
	WEB_LIST_MAX = 500,
	WEB_STATUS_CLASSES = 6,
	WEB_EPOCH_DIGITS = 8,
};

/* Everything that is refused here and not by the hall; rows in problem.c. */
enum problem {
	PROBLEM_BAD_JSON = 0,
	PROBLEM_BAD_FIELD,
	PROBLEM_UNKNOWN_FIELD,
	PROBLEM_BAD_QUERY,
	PROBLEM_BAD_HEADER,
	PROBLEM_BAD_IDEMPOTENCY_KEY,
	PROBLEM_BAD_EVENT_ID,
	PROBLEM_HOST,
	PROBLEM_ORIGIN,
	PROBLEM_NOT_FOUND,
	PROBLEM_METHOD,
	PROBLEM_BODY_TOO_LARGE,
	PROBLEM_CONTENT_TYPE,
	PROBLEM_CONFLICT,
	PROBLEM_TOO_MANY_LISTENERS,
	PROBLEM_BUSY,
	PROBLEM_UNREADABLE,
	PROBLEM_UNAVAILABLE,
	PROBLEM_OUTCOME_UNKNOWN,
	PROBLEM_COUNT
};

struct listener;

/* One connection, and until when the client has to be done with what it does. */
struct pace {
	struct web *web;
	struct MHD_Connection *connection;
	TAILQ_ENTRY(pace) entry;
	int64_t due_ms;
	bool runs; /* in web->paces */
};

/* One event as an event stream carries it. */
struct frame {
	char *text;
	size_t len;
};

struct web {
	struct MHD_Daemon *daemon;
	struct web_options options; /* pointers in it: only callbacks, user and keeper are used */
	char *log_path;
	struct store_reader *reader; /* opened when a listener has to catch up */
	uint16_t port;
	bool any_address;
	char hosts[WEB_MAX_HOSTS][WEB_HOST_SIZE]; /* "name:port", lower case */
	size_t host_count;
	TAILQ_HEAD(, pace) paces; /* those with a deadline, the earliest first */
	unsigned int connections;
	struct request *waiting; /* for the keeper; their connections are suspended */
	struct listener *listeners;
	unsigned int listener_count;
	struct frame ring[WEB_RING];	  /* the event seq lies at seq % WEB_RING */
	uint64_t ring_first, ring_end;	  /* seqs kept: ring_first <= seq < ring_end */
	uint64_t epoch_first;		  /* ids of events from here on name the epoch; 0: none */
	char epoch[WEB_EPOCH_DIGITS + 1]; /* how they name it */
	int64_t heartbeat_ms;		  /* when the next is due */
	bool due;			  /* something was resumed: run again at once */
	bool stopping;			  /* takes no further requests */
	uint64_t requests[WEB_STATUS_CLASSES]; /* answered, by first digit of the status */
	uint64_t listeners_dropped, events_sent, slow_ended;
};

struct request {
	struct web *web;
	struct MHD_Connection *connection;
	struct request *next, **at; /* in web->waiting */
	const char *method, *path;  /* of libmicrohttpd; hold until the request ends */
	char param[WEB_PARAM_SIZE]; /* what stands for "*" in the route's pattern */
	char *body;
	size_t body_len;
	size_t received; /* kept or not */
	bool waits;	 /* for the keeper: the connection is suspended */
	bool creates;	 /* answered 201 */
	bool streams;	 /* the answer has no end */
	struct MHD_Response *response;
	unsigned int status;
};

struct route {
	const char *pattern; /* "*" stands for one segment */
	bool changes;	     /* POST; else GET and, but for streams, HEAD */
	bool streams;
	void (*handle)(struct request *request, const struct route *route);
	enum command_type command;
};

/* request.c: the libmicrohttpd side. The response is taken over; NULL closes the connection. */
enum MHD_Result web_on_request(void *cls, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload_data,
			       size_t *upload_data_size, void **con_cls);
void web_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
		      enum MHD_RequestTerminationCode why);
void request_respond(struct request *request, unsigned int status, struct MHD_Response *response);
void request_respond_text(struct request *request, unsigned int status, const char *type,
			  char *text);
/* Takes the reference to json. */
void request_respond_json(struct request *request, unsigned int status, json_t *json);
void request_add_header(struct request *request, const char *name, const char *value);
/* Suspends the connection until request_respond(). */
void request_wait(struct request *request);

/* problem.c: application/problem+json. */
__attribute__((format(printf, 3, 4))) void
request_problem(struct request *request, enum problem problem, const char *format, ...);
void request_refusal(struct request *request, enum refusal refusal, const char *detail);

/* guard.c: who may ask. All answer the request and return false when it may not go on. */
bool guard_request(struct request *request, bool changes);
/* The only header of that name in *ret_value, NULL if there is none. */
bool guard_header(struct request *request, const char *name, const char **ret_value);
/* No query parameter is there. */
bool guard_no_query(struct request *request);
/* "" if there is none. */
bool guard_command_id(struct request *request, const char **ret_id);
int guard_create(struct web *web, const struct sockaddr *address);

/* route.c */
void route_request(struct request *request);

/* body.c: the JSON object of a changing request. */
enum field_type {
	FIELD_TEXT,
	FIELD_BOOL,
	FIELD_LARGE, /* true or false, as enum large_wish */
	FIELD_CLASS,
	FIELD_ORIGIN,
	FIELD_OUTCOME, /* of a print job */
	FIELD_DATE,
	FIELD_TICKET,
	FIELD_NUMBER, /* 1 to CORE_MAX_TICKET_NUMBER */
	FIELD_MINUTE, /* "HH:MM" as minutes of the day */
	FIELD_MOMENT, /* "HH:MM", or milliseconds since 1970, as struct moment */
	FIELD_TIME    /* "YYYY-MM-DDTHH:MM", or milliseconds since 1970, as struct moment */
};
struct moment {
	bool given;
	int64_t minute;	 /* of the day, or -1 and */
	int64_t wall_ms; /* since 1970 */
	bool local;	 /* wall_ms is as the hall's clock shows it: its offset is to come off */
};
struct field {
	const char *name;
	enum field_type type;
	size_t offset, size; /* in the caller's struct; size of FIELD_TEXT only */
	bool needed;
};
/* Answers the request and returns false if the body is not an object of these fields. Fields that
 * are absent stay as they are. FIELD_TICKET becomes an id, INT64_MAX if no ticket has that
 * number: the hall then refuses it, unless the request repeats an earlier one. */
bool body_read(struct request *request, const struct field *fields, size_t count, void *ret);

/* Handlers. */
void change_handle_issue(struct request *request, const struct route *route);
void change_handle_window(struct request *request, const struct route *route);
void change_handle_ticket(struct request *request, const struct route *route);
void change_handle_job(struct request *request, const struct route *route);
void change_handle_day(struct request *request, const struct route *route);
void change_handle_filing(struct request *request, const struct route *route);
void baselines_handle_freeze(struct request *request, const struct route *route);
void baselines_handle_list(struct request *request, const struct route *route);
void show_handle_hall(struct request *request, const struct route *route);
void show_handle_tickets(struct request *request, const struct route *route);
void show_handle_ticket(struct request *request, const struct route *route);
void show_handle_health(struct request *request, const struct route *route);
void jobs_handle(struct request *request, const struct route *route);
/* jobs.c: the day's print jobs, counted. */
struct jobs_count {
	size_t queued, started, ended[PRINT_OUTCOME_COUNT], causes[PRINT_CAUSE_COUNT];
	size_t unsettled, reprints;
};
void jobs_count(const struct hall *hall, struct jobs_count *ret);
/* change.c: the command goes to the keeper, whose answer is the request's. */
void change_submit(struct request *request, struct command *command);
/* web.c: web->reader, opened at the first call. */
__attribute__((warn_unused_result)) int web_open_reader(struct web *web,
							char ret_error[STORE_ERROR_SIZE]);
/* show.c: "2025-01-31", or null for no day. */
json_t *show_date(int64_t date);
/* What a ticket was told of its wait: null where mean_ms is negative. */
json_t *show_expected(int64_t mean_ms, int64_t low_ms, int64_t high_ms);
void metrics_handle(struct request *request, const struct route *route);
void events_handle(struct request *request, const struct route *route);

/* show.c. Decimal digits only, no leading zeros, up to limit; -EINVAL. */
__attribute__((warn_unused_result)) int web_parse_number(const char *text, uint64_t limit,
							 uint64_t *ret_value);

/* events.c */
void events_create(struct web *web);
void events_publish(struct web *web, const struct event *event);
void events_heartbeat(struct web *web);
void events_close_all(struct web *web);
void events_free(struct web *web);

/* Like json_object_set_new(), noting a failure in *failed. */
void web_set(json_t *object, const char *name, json_t *value, bool *failed);

/* pace.c: slow clients. */
void web_on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
		       enum MHD_ConnectionNotificationCode code);
/* The connection's deadline begins anew. */
void pace_start(struct web *web, struct MHD_Connection *connection);
/* It has none: the next word is not the client's. */
void pace_stop(struct MHD_Connection *connection);
/* Ends the connections whose deadline is over. */
void pace_check(struct web *web);
/* When the next one is over; INT64_MAX: no connection has a deadline. */
int64_t pace_due_ms(const struct web *web);

/* web.c: CLOCK_MONOTONIC, for timeouts only. */
int64_t web_clock_ms(void);
