/* One table of fields for each event type. A released table never changes. */
#include "src/core/fields.h"

#include <errno.h>
#include <string.h>

#include "src/core/text.h"

#define F(k, kindname, member)                                                                     \
	{                                                                                          \
		.key = (k), .kind = (kindname), .offset = offsetof(struct event, u.member),        \
		.size = sizeof(((struct event *)0)->u.member),                                     \
	}
#define TICKET(body) F("ticket", FIELD_INT, body.ticket), F("number", FIELD_TEXT, body.number)
#define AT_WINDOW(body)                                                                            \
	TICKET(body), F("leg", FIELD_INT, body.leg), F("window", FIELD_INT, body.window)

static const struct field daemon_started[] = {
	F("boot", FIELD_TEXT, daemon_started.boot),
	F("software", FIELD_TEXT, daemon_started.software),
};
static const struct field hall_defined[] = {
	F("id", FIELD_TEXT, hall_defined.id),
	F("zh", FIELD_TEXT, hall_defined.zh),
	F("en", FIELD_TEXT, hall_defined.en),
	F("zone", FIELD_TEXT, hall_defined.zone),
	F("target_ms", FIELD_INT, hall_defined.target_ms),
};
static const struct field queue_defined[] = {
	F("queue", FIELD_TEXT, queue_defined.queue),
	F("zh", FIELD_TEXT, queue_defined.zh),
	F("en", FIELD_TEXT, queue_defined.en),
	F("prefix", FIELD_TEXT, queue_defined.prefix),
	F("first", FIELD_INT, queue_defined.first),
	F("last", FIELD_INT, queue_defined.last),
	F("work", FIELD_BOOL, queue_defined.work),
	F("retired", FIELD_BOOL, queue_defined.retired),
	F("spare", FIELD_TEXT, queue_defined.spare),
	F("paper_first", FIELD_INT, queue_defined.paper_first),
	F("paper_last", FIELD_INT, queue_defined.paper_last),
	F("kind", FIELD_KIND, queue_defined.kind),
};
static const struct field window_defined[] = {
	F("window", FIELD_INT, window_defined.window),
	F("zh", FIELD_TEXT, window_defined.zh),
	F("en", FIELD_TEXT, window_defined.en),
	F("queues", FIELD_TEXT, window_defined.queues),
	F("retired", FIELD_BOOL, window_defined.retired),
};
static const struct field item_defined[] = {
	F("item", FIELD_TEXT, item_defined.item),
	F("zh", FIELD_TEXT, item_defined.zh),
	F("en", FIELD_TEXT, item_defined.en),
	F("department", FIELD_TEXT, item_defined.department),
	F("queue", FIELD_TEXT, item_defined.queue),
	F("retired", FIELD_BOOL, item_defined.retired),
	F("skill", FIELD_TEXT, item_defined.skill),
	F("quota", FIELD_INT, item_defined.quota),
	F("slot_min", FIELD_INT, item_defined.slot_min),
	F("slot_quota", FIELD_INT, item_defined.slot_quota),
};
static const struct field policy_defined[] = {
	F("overtakes", FIELD_INT, policy_defined.overtakes),
	F("age_ms", FIELD_INT, policy_defined.age_ms),
	F("recalls", FIELD_INT, policy_defined.recalls),
	F("aside_ms", FIELD_INT, policy_defined.aside_ms),
	F("early_ms", FIELD_INT, policy_defined.early_ms),
	F("late_ms", FIELD_INT, policy_defined.late_ms),
	F("closes_min", FIELD_INT, policy_defined.closes_min),
	F("service_ms", FIELD_INT, policy_defined.service_ms),
	F("print_ms", FIELD_INT, policy_defined.print_ms),
	F("expect", FIELD_BOOL, policy_defined.expect),
	F("expect_service", FIELD_INT, policy_defined.expect_service_ms),
};
static const struct field clerk_defined[] = {
	F("clerk", FIELD_TEXT, clerk_defined.clerk),
	F("zh", FIELD_TEXT, clerk_defined.zh),
	F("en", FIELD_TEXT, clerk_defined.en),
	F("skills", FIELD_TEXT, clerk_defined.skills),
	F("retired", FIELD_BOOL, clerk_defined.retired),
};
static const struct field log_restored[] = {
	F("epoch", FIELD_TEXT, log_restored.epoch),
	F("before", FIELD_TEXT, log_restored.before),
};
static const struct field day_opened[] = {
	F("date", FIELD_INT, day_opened.date),
	F("counter", FIELD_INT, day_opened.counter),
};
static const struct field day_closed[] = {
	F("date", FIELD_INT, day_closed.date),
	F("uncalled", FIELD_INT, day_closed.uncalled),
};
static const struct field ticket_issued[] = {
	TICKET(ticket_issued),
	F("queue", FIELD_TEXT, ticket_issued.queue),
	F("item", FIELD_TEXT, ticket_issued.item),
	F("class", FIELD_CLASS, ticket_issued.class),
	F("origin", FIELD_ORIGIN, ticket_issued.origin),
	F("arrival_ms", FIELD_INT, ticket_issued.arrival_ms),
	F("pre_reviewed", FIELD_BOOL, ticket_issued.pre_reviewed),
	F("case_ref", FIELD_TEXT, ticket_issued.case_ref),
	F("token", FIELD_TEXT, ticket_issued.token),
	F("ahead", FIELD_INT, ticket_issued.ahead),
	F("slot_from", FIELD_INT, ticket_issued.slot_from),
	F("slot_to", FIELD_INT, ticket_issued.slot_to),
	F("expect", FIELD_INT, ticket_issued.expect_ms),
	F("expect_low", FIELD_INT, ticket_issued.expect_low_ms),
	F("expect_high", FIELD_INT, ticket_issued.expect_high_ms),
	F("expect_busy", FIELD_BOOL, ticket_issued.expect_busy),
};
static const struct field ticket_called[] = {
	AT_WINDOW(ticket_called),
	F("queue", FIELD_TEXT, ticket_called.queue),
	F("clerk", FIELD_TEXT, ticket_called.clerk),
	F("reason", FIELD_REASON, ticket_called.reason),
	F("overtaken", FIELD_INT, ticket_called.overtaken),
};
/* Until then no clerk called a ticket by its number. */
static const struct field ticket_called_2[] = {
	AT_WINDOW(ticket_called),
	F("queue", FIELD_TEXT, ticket_called.queue),
	F("clerk", FIELD_TEXT, ticket_called.clerk),
	F("reason", FIELD_REASON_2, ticket_called.reason),
	F("overtaken", FIELD_INT, ticket_called.overtaken),
};
static const struct field ticket_recalled[] = {AT_WINDOW(ticket_recalled)};
static const struct field service_started[] = {AT_WINDOW(service_started)};
static const struct field rating_asked[] = {AT_WINDOW(rating_asked)};
static const struct field service_finished[] = {
	AT_WINDOW(service_finished),
	F("implied", FIELD_BOOL, service_finished.implied),
};
static const struct field ticket_no_show[] = {AT_WINDOW(ticket_no_show)};
static const struct field ticket_parked[] = {
	AT_WINDOW(ticket_parked),
	F("correction", FIELD_BOOL, ticket_parked.correction),
};
static const struct field ticket_resumed[] = {
	AT_WINDOW(ticket_resumed),
	F("queue", FIELD_TEXT, ticket_resumed.queue),
};
static const struct field ticket_transferred[] = {
	AT_WINDOW(ticket_transferred),
	F("from", FIELD_TEXT, ticket_transferred.from),
	F("to", FIELD_TEXT, ticket_transferred.to),
};
static const struct field ticket_cancelled[] = {AT_WINDOW(ticket_cancelled)};
static const struct field ticket_closed[] = {AT_WINDOW(ticket_closed)};
static const struct field clock_step[] = {F("step_ms", FIELD_INT, clock_step.step_ms)};
static const struct field window_changed[] = {F("window", FIELD_INT, window_changed.window)};
static const struct field clerk_changed[] = {
	F("window", FIELD_INT, clerk_changed.window),
	F("clerk", FIELD_TEXT, clerk_changed.clerk),
};
static const struct field print_queued[] = {
	F("job", FIELD_INT, print.job),	   TICKET(print),
	F("copy", FIELD_INT, print.copy),  F("printer", FIELD_TEXT, print.printer),
	F("word", FIELD_BOOL, print.word), F("large", FIELD_BOOL, print.large),
};
static const struct field print_started[] = {
	F("job", FIELD_INT, print.job),
	TICKET(print),
	F("copy", FIELD_INT, print.copy),
	F("printer", FIELD_TEXT, print.printer),
};
static const struct field print_ended[] = {
	F("job", FIELD_INT, print.job),
	TICKET(print),
	F("copy", FIELD_INT, print.copy),
	F("printer", FIELD_TEXT, print.printer),
	F("outcome", FIELD_OUTCOME, print.outcome),
	F("detail", FIELD_TEXT, print.detail),
	F("cause", FIELD_CAUSE, print.cause),
};
static const struct field print_settled[] = {
	F("job", FIELD_INT, print.job),
	TICKET(print),
	F("copy", FIELD_INT, print.copy),
	F("outcome", FIELD_OUTCOME, print.outcome),
};
static const struct field printer_condition[] = {
	F("printer", FIELD_TEXT, printer_condition.printer),
	F("condition", FIELD_CONDITION, printer_condition.condition),
	F("holds", FIELD_BOOL, printer_condition.holds),
};
static const struct field online_filing[] = {
	F("item", FIELD_TEXT, online_filing.item),
	F("case_ref", FIELD_TEXT, online_filing.case_ref),
	F("filed", FIELD_INT, online_filing.filed),
};
static const struct field baseline_frozen[] = {
	F("name", FIELD_TEXT, baseline_frozen.name),
	F("from", FIELD_INT, baseline_frozen.from),
	F("to", FIELD_INT, baseline_frozen.to),
	F("days", FIELD_INT, baseline_frozen.days),
	F("visits", FIELD_INT, baseline_frozen.visits),
	F("first_seq", FIELD_INT, baseline_frozen.first_seq),
	F("last_seq", FIELD_INT, baseline_frozen.last_seq),
	F("rows", FIELD_TEXT, baseline_frozen.rows),
	F("figures", FIELD_TEXT, baseline_frozen.figures),
	F("figures_version", FIELD_INT, baseline_frozen.figures_version),
	F("windows", FIELD_INT, baseline_frozen.windows),
	F("items", FIELD_INT, baseline_frozen.items),
	F("control", FIELD_TEXT, baseline_frozen.control),
	F("parts", FIELD_INT, baseline_frozen.parts),
};
static const struct field baseline_part[] = {
	F("name", FIELD_TEXT, baseline_part.name),
	F("part", FIELD_INT, baseline_part.part),
	F("about", FIELD_LIST, baseline_part.about),
	F("text", FIELD_TEXT, baseline_part.text),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TABLE(t, table)                                                                            \
	{                                                                                          \
		(t), 1, (table), COUNT(table)                                                      \
	}
/* A later version only adds fields behind the earlier one's. */
#define TABLES(t, table, first)                                                                    \
	{(t), 2, (table), COUNT(table)},                                                           \
	{                                                                                          \
		(t), 1, (table), (first)                                                           \
	}

#define TABLES_3(t, table, second, first)                                                          \
	{(t), 3, (table), COUNT(table)}, {(t), 2, (table), (second)},                              \
	{                                                                                          \
		(t), 1, (table), (first)                                                           \
	}

/* The newest version of a type stands first. */
static const struct {
	enum event_type type;
	uint32_t version;
	const struct field *fields;
	size_t count;
} tables[] = {
	TABLE(EVENT_DAEMON_STARTED, daemon_started),
	TABLE(EVENT_HALL_DEFINED, hall_defined),
	TABLES_3(EVENT_QUEUE_DEFINED, queue_defined, 11, 8),
	TABLE(EVENT_WINDOW_DEFINED, window_defined),
	TABLES(EVENT_ITEM_DEFINED, item_defined, 6),
	TABLES_3(EVENT_POLICY_DEFINED, policy_defined, 9, 8),
	TABLE(EVENT_CLERK_DEFINED, clerk_defined),
	TABLE(EVENT_LOG_RESTORED, log_restored),
	TABLE(EVENT_DAY_OPENED, day_opened),
	TABLE(EVENT_DAY_CLOSED, day_closed),
	TABLES_3(EVENT_TICKET_ISSUED, ticket_issued, 13, 11),
	{EVENT_TICKET_CALLED, 3, ticket_called, COUNT(ticket_called)},
	TABLES(EVENT_TICKET_CALLED, ticket_called_2, 6),
	TABLE(EVENT_TICKET_RECALLED, ticket_recalled),
	TABLE(EVENT_SERVICE_STARTED, service_started),
	TABLE(EVENT_SERVICE_FINISHED, service_finished),
	TABLE(EVENT_TICKET_NO_SHOW, ticket_no_show),
	TABLES(EVENT_TICKET_PARKED, ticket_parked, 4),
	TABLE(EVENT_TICKET_RESUMED, ticket_resumed),
	TABLE(EVENT_TICKET_TRANSFERRED, ticket_transferred),
	TABLE(EVENT_TICKET_CANCELLED, ticket_cancelled),
	TABLE(EVENT_TICKET_CLOSED, ticket_closed),
	TABLE(EVENT_WINDOW_PAUSED, window_changed),
	TABLE(EVENT_WINDOW_REOPENED, window_changed),
	TABLE(EVENT_CLERK_SIGNED_IN, clerk_changed),
	TABLE(EVENT_CLERK_SIGNED_OUT, clerk_changed),
	TABLE(EVENT_HELP_ASKED, window_changed),
	TABLE(EVENT_HELP_OVER, window_changed),
	TABLE(EVENT_RATING_ASKED, rating_asked),
	TABLES(EVENT_PRINT_QUEUED, print_queued, 4),
	TABLE(EVENT_PRINT_STARTED, print_started),
	TABLES(EVENT_PRINT_ENDED, print_ended, 7),
	TABLE(EVENT_PRINT_SETTLED, print_settled),
	TABLE(EVENT_PRINTER_CONDITION, printer_condition),
	TABLE(EVENT_CLOCK_STEP, clock_step),
	TABLE(EVENT_ONLINE_FILING, online_filing),
	TABLE(EVENT_BASELINE_FROZEN, baseline_frozen),
	TABLE(EVENT_BASELINE_PART, baseline_part),
};

const struct field *fields_of(enum event_type type, uint32_t version, size_t *ret_count)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		if (tables[i].type != type || tables[i].version != version)
			continue;
		*ret_count = tables[i].count;
		return tables[i].fields;
	}
	return NULL;
}

uint32_t event_newest_version(enum event_type type)
{
	for (size_t i = 0; i < COUNT(tables); i++)
		if (tables[i].type == type)
			return tables[i].version;
	return 0;
}

bool fields_equal(const struct event *a, const struct event *b)
{
	size_t count = 0;
	const struct field *fields = fields_of(a->type, a->version, &count);

	if (!fields || a->type != b->type || a->version != b->version)
		return false;
	for (size_t i = 0; i < count; i++) {
		const void *x = (const char *)a + fields[i].offset;
		const void *y = (const char *)b + fields[i].offset;

		if (fields[i].kind == FIELD_TEXT   ? strcmp(x, y) != 0
		    : fields[i].kind == FIELD_BOOL ? *(const bool *)x != *(const bool *)y
						   : *(const int64_t *)x != *(const int64_t *)y)
			return false;
	}
	return true;
}

static bool is_in_range(const struct field *field, const void *at)
{
	switch (field->kind) {
	case FIELD_TEXT: return memchr(at, 0, field->size) && text_is_utf8(at);
	case FIELD_CLASS: return ticket_class_name(*(const int64_t *)at) != NULL;
	case FIELD_ORIGIN: return ticket_origin_name(*(const int64_t *)at) != NULL;
	case FIELD_OUTCOME: return print_outcome_name(*(const int64_t *)at) != NULL;
	case FIELD_CAUSE: return print_cause_name(*(const int64_t *)at) != NULL;
	case FIELD_CONDITION: return condition_name(*(const int64_t *)at) != NULL;
	case FIELD_REASON: return call_reason_name(*(const int64_t *)at) != NULL;
	case FIELD_KIND: return queue_kind_name(*(const int64_t *)at) != NULL;
	case FIELD_LIST: return baseline_list_name(*(const int64_t *)at) != NULL;
	case FIELD_REASON_2:
		return *(const int64_t *)at >= 0 && *(const int64_t *)at <= CALL_RESUMED;
	default: return true;
	}
}

void fields_unsaid(struct event *event)
{
	if (event->type != EVENT_TICKET_ISSUED || event->version >= 3)
		return;
	event->u.ticket_issued.expect_ms = -1;
	event->u.ticket_issued.expect_low_ms = -1;
	event->u.ticket_issued.expect_high_ms = -1;
}

int fields_copy(const struct event *event, struct event *ret)
{
	size_t count = 0;
	const struct field *fields = fields_of(event->type, event->version, &count);

	if (!fields || event->at.offset_min < -EVENT_OFFSET_MAX ||
	    event->at.offset_min > EVENT_OFFSET_MAX || !memchr(event->by, 0, sizeof(event->by)) ||
	    !text_is_utf8(event->by))
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!is_in_range(&fields[i], (const char *)event + fields[i].offset))
			return -EINVAL;
	memset(ret, 0, sizeof(*ret));
	ret->seq = event->seq;
	ret->type = event->type;
	ret->version = event->version;
	ret->at.mono_ms = event->at.mono_ms;
	ret->at.wall_ms = event->at.wall_ms;
	ret->at.offset_min = event->at.offset_min;
	memcpy(ret->by, event->by, strlen(event->by));
	fields_unsaid(ret);
	for (size_t i = 0; i < count; i++) {
		const char *from = (const char *)event + fields[i].offset;
		size_t size = fields[i].kind == FIELD_TEXT ? strlen(from) : fields[i].size;

		memcpy((char *)ret + fields[i].offset, from, size);
	}
	return 0;
}

/* Where a type keeps its ticket, its number and its window, if it has them; NULL if not. */
static const void *find_field(const struct event *event, enum field_kind kind, const char *key)
{
	size_t count = 0;
	const struct field *fields = fields_of(event->type, event->version, &count);

	for (size_t i = 0; i < count; i++)
		if (fields[i].kind == kind && !strcmp(fields[i].key, key))
			return (const char *)event + fields[i].offset;
	return NULL;
}

static int64_t find_integer(const struct event *event, const char *key)
{
	const int64_t *value = find_field(event, FIELD_INT, key);

	return value ? *value : 0;
}

const char *event_number(const struct event *event)
{
	const char *number = find_field(event, FIELD_TEXT, "number");

	return number ? number : "";
}

int64_t event_ticket(const struct event *event)
{
	return find_integer(event, "ticket");
}

int64_t event_window(const struct event *event)
{
	return find_integer(event, "window");
}
