/* Slow clients. libmicrohttpd closes a connection without traffic; one that sends or takes a byte
 * now and then would keep its place for ever. So each has a deadline besides: a request must be
 * there, counted from the connection's begin or from the end of the answer before, and its answer
 * must be taken within that time again. While the hall is waited for, and on an event stream, there
 * is none. All deadlines are equally long, so that a list in order of their begin is in order. */
#include "src/web/internal.h"

#include <stdlib.h>
#include <sys/socket.h>

static struct pace *pace_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void stop(struct pace *pace)
{
	if (pace->runs)
		TAILQ_REMOVE(&pace->web->paces, pace, entry);
	pace->runs = false;
}

/* libmicrohttpd finds out, and cleans up. */
static void end(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		shutdown(info->connect_fd, SHUT_RDWR);
}

void pace_start(struct web *web, struct MHD_Connection *connection)
{
	struct pace *pace = pace_of(connection);

	if (!pace)
		return;
	stop(pace);
	pace->due_ms = web_clock_ms() + web->options.limits.request_ms;
	pace->runs = true;
	TAILQ_INSERT_TAIL(&web->paces, pace, entry);
}

void pace_stop(struct MHD_Connection *connection)
{
	struct pace *pace = pace_of(connection);

	if (pace)
		stop(pace);
}

void web_on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
		       enum MHD_ConnectionNotificationCode code)
{
	struct web *web = cls;
	struct pace *pace = *socket_context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		web->connections--;
		/* At its limit libmicrohttpd listens again in its next run, which nothing else
		 * would cause: whoever waits for this place would wait for somebody's timeout. */
		web->due = true;
		if (pace)
			stop(pace);
		free(pace);
		*socket_context = NULL;
		return;
	}
	web->connections++;
	pace = calloc(1, sizeof(*pace));
	if (!pace) {
		end(connection);
		return;
	}
	pace->web = web;
	pace->connection = connection;
	*socket_context = pace;
	pace_start(web, connection);
}

void pace_check(struct web *web)
{
	int64_t now = web_clock_ms();
	struct pace *pace;

	while ((pace = TAILQ_FIRST(&web->paces)) && pace->due_ms <= now) {
		stop(pace);
		end(pace->connection);
		web->slow_ended++;
		web->due = true;
	}
}

int64_t pace_due_ms(const struct web *web)
{
	const struct pace *first = TAILQ_FIRST(&web->paces);

	return first ? first->due_ms : INT64_MAX;
}
