/* A decision in the making: its events, or why there are none. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/core/decide.h"

struct event *decision_add(struct decision *ret, const struct command *command,
			   enum event_type type)
{
	struct event *event = &ret->events[ret->count++];

	memset(event, 0, sizeof(*event));
	event->type = type;
	event->version = event_newest_version(type);
	event->at = command->at;
	memcpy(event->by, command->by, sizeof(event->by));
	return event;
}

int decision_refuse(struct decision *ret, enum refusal refusal, const char *format, ...)
{
	va_list args;

	ret->count = 0;
	ret->refusal = refusal;
	va_start(args, format);
	vsnprintf(ret->detail, sizeof(ret->detail), format, args);
	va_end(args);
	return -EPERM;
}
