/* What a baseline lists of its period: the layout of the windows at its end, the mix of items, the
 * control queues; in parts that fit an event each. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/baseline_parts.h"
#include "src/measure/report.h"

enum {
	PART_BYTES = CORE_PART_SIZE - 1,
	WINDOW_PARTS = BASELINE_MAX_PARTS / 2, /* windows take at most so many */
};

struct layout {
	struct event_window_defined *windows; /* newest of each, rising numbers */
	size_t window_count;
	char (*queues)[CORE_ID_SIZE];
	size_t queue_count;
};

static int take_definition(void *user, const struct store_row *row)
{
	const struct event_window_defined *window = &row->event.u.window_defined;
	struct layout *layout = user;
	size_t i;

	if (row->event.type == EVENT_QUEUE_DEFINED) {
		for (i = 0; i < layout->queue_count; i++)
			if (!strcmp(layout->queues[i], row->event.u.queue_defined.queue))
				return 0;
		if (i == CORE_MAX_QUEUES)
			return -EPROTO;
		memcpy(layout->queues[i], row->event.u.queue_defined.queue, CORE_ID_SIZE);
		layout->queue_count++;
		return 0;
	}
	if (row->event.type != EVENT_WINDOW_DEFINED)
		return 0;
	for (i = 0; i < layout->window_count && layout->windows[i].window < window->window;)
		i++;
	if (i == layout->window_count || layout->windows[i].window != window->window) {
		if (layout->window_count == CORE_MAX_WINDOWS)
			return -EPROTO;
		memmove(layout->windows + i + 1, layout->windows + i,
			(layout->window_count - i) * sizeof(*layout->windows));
		layout->window_count++;
	}
	layout->windows[i] = *window;
	return 0;
}

static bool knows_queue(const struct layout *layout, const char *queue)
{
	for (size_t i = 0; i < layout->queue_count; i++)
		if (!strcmp(layout->queues[i], queue))
			return true;
	return false;
}

/* Each once, in the order asked for. */
static int read_control(const struct baseline_request *request, const struct layout *layout,
			struct event_baseline_frozen *frozen, char ret_error[STORE_ERROR_SIZE])
{
	char *to = frozen->control;
	char rest[sizeof(request->control)], *save = NULL;
	size_t used = 0;

	memcpy(rest, request->control, sizeof(rest));
	for (char *id = strtok_r(rest, ",", &save); id; id = strtok_r(NULL, ",", &save)) {
		char entry[CORE_ID_SIZE + 2], list[sizeof(frozen->control) + 2];

		if (strlen(id) >= CORE_ID_SIZE || !knows_queue(layout, id))
			return baseline_say(
				ret_error, -ENOENT,
				"日志中没有队列 the log knows no queue \"%.40s\" (--control)", id);
		snprintf(entry, sizeof(entry), ",%s,", id);
		snprintf(list, sizeof(list), ",%s,", to);
		if (strstr(list, entry))
			continue;
		used += (size_t)snprintf(to + used, sizeof(frozen->control) - used, "%s%s",
					 used ? "," : "", id);
	}
	return 0;
}

/* Parts as they fill: each text ends between two entries. */
struct writer {
	struct baseline_facts *facts;
	int64_t about;
	int limit;	/* parts that may be used up to here */
	int64_t listed; /* entries */
	int64_t others; /* that did not fit, or their sum */
	bool full;
};

static int add_part(struct writer *writer)
{
	struct event_baseline_frozen *frozen = &writer->facts->frozen;
	struct event_baseline_part *part;

	assert(frozen->parts >= 0 && frozen->parts <= BASELINE_MAX_PARTS);
	part = realloc(writer->facts->parts, (size_t)(frozen->parts + 1) * sizeof(*part));
	if (!part)
		return -ENOMEM;
	writer->facts->parts = part;
	part += frozen->parts++;
	*part = (struct event_baseline_part){.part = frozen->parts, .about = writer->about};
	memcpy(part->name, frozen->name, sizeof(part->name));
	return 0;
}

/* weight: what "(others)=" counts of it. The last part keeps room for that. */
static int add_entry(struct writer *writer, const char *entry, int64_t weight)
{
	struct event_baseline_frozen *frozen = &writer->facts->frozen;
	size_t size = strlen(entry), room = PART_BYTES, used = 0;
	struct event_baseline_part *part =
		frozen->parts ? &writer->facts->parts[frozen->parts - 1] : NULL;
	int r;

	if (part && part->about == writer->about)
		used = strlen(part->text);
	else
		part = NULL;
	if (frozen->parts + !part >= writer->limit)
		room -= sizeof(";(others)=9223372036854775807") - 1;
	if (writer->full || (part && used + 1 + size > room && frozen->parts >= writer->limit)) {
		writer->full = true;
		writer->others += weight;
		return 0;
	}
	if (!part || used + 1 + size > room) {
		r = add_part(writer);
		if (r < 0)
			return r;
		part = &writer->facts->parts[frozen->parts - 1];
		used = 0;
	}
	snprintf(part->text + used, sizeof(part->text) - used, "%s%s", used ? ";" : "", entry);
	writer->listed++;
	return 0;
}

static void add_others(struct writer *writer)
{
	struct event_baseline_part *part;
	size_t used;

	if (!writer->full)
		return;
	part = &writer->facts->parts[writer->facts->frozen.parts - 1];
	used = strlen(part->text);
	snprintf(part->text + used, sizeof(part->text) - used, ";(others)=%" PRId64,
		 writer->others);
}

static int write_windows(struct baseline_facts *facts, const struct layout *layout)
{
	struct writer writer = {.facts = facts, .about = BASELINE_WINDOWS, .limit = WINDOW_PARTS};

	for (size_t i = 0; i < layout->window_count; i++) {
		const struct event_window_defined *window = &layout->windows[i];
		char entry[sizeof(window->queues) + 16];
		int r;

		if (window->retired)
			continue;
		snprintf(entry, sizeof(entry), "%" PRId64 "=%s", window->window, window->queues);
		for (char *comma = entry; (comma = strchr(comma, ','));)
			*comma = '+';
		r = add_entry(&writer, entry, 1);
		if (r < 0)
			return r;
	}
	add_others(&writer);
	facts->frozen.windows = writer.listed;
	return 0;
}

static int by_visits(const void *a, const void *b)
{
	const struct measure_group *left = *(const struct measure_group *const *)a;
	const struct measure_group *right = *(const struct measure_group *const *)b;

	if (left->figures.issued != right->figures.issued)
		return left->figures.issued < right->figures.issued ? 1 : -1;
	return strcmp(left->id, right->id);
}

static int write_items(struct baseline_facts *facts, const struct measure_report *report)
{
	struct writer writer = {
		.facts = facts, .about = BASELINE_ITEMS, .limit = BASELINE_MAX_PARTS};
	const struct measure_group **items =
		calloc(report->group_count + 1, sizeof(struct measure_group *));
	size_t count = 0;
	int r = items ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < report->group_count; i++)
		if (report->groups[i].kind == MEASURE_ITEM && report->groups[i].figures.issued > 0)
			items[count++] = &report->groups[i];
	if (r == 0 && count)
		qsort(items, count, sizeof(struct measure_group *), by_visits);
	for (size_t i = 0; r == 0 && i < count; i++) {
		char entry[CORE_NAME_SIZE + 32];

		snprintf(entry, sizeof(entry), "%s=%" PRId64,
			 items[i]->id[0] ? items[i]->id : "(unknown)", items[i]->figures.issued);
		r = add_entry(&writer, entry, items[i]->figures.issued);
	}
	free(items);
	if (r == 0)
		add_others(&writer);
	facts->frozen.items = writer.listed;
	return r;
}

int baseline_describe(struct store_reader *reader, const struct baseline_request *request,
		      struct baseline_facts *facts, char ret_error[STORE_ERROR_SIZE])
{
	struct measure_options options = {.from = request->from,
					  .to = request->to,
					  .kinds = 1u << MEASURE_ALL | 1u << MEASURE_ITEM};
	struct layout layout = {0};
	struct measure_report *report = NULL;
	int r = -ENOMEM;

	layout.windows = calloc(CORE_MAX_WINDOWS, sizeof(*layout.windows));
	layout.queues = calloc(CORE_MAX_QUEUES, sizeof(*layout.queues));
	if (layout.windows && layout.queues)
		r = store_reader_context(reader, 1, (uint64_t)facts->frozen.last_seq,
					 take_definition, &layout);
	if (r == 0)
		r = read_control(request, &layout, &facts->frozen, ret_error);
	if (r == 0)
		r = measure_read(reader, &options, &report);
	if (r < 0 && !ret_error[0])
		baseline_say(ret_error, r, "%s", store_reader_detail(reader));
	if (r == 0) {
		facts->frozen.visits = report->visits.n;
		r = write_windows(facts, &layout);
	}
	if (r == 0)
		r = write_items(facts, report);
	measure_report_free(report);
	free(layout.windows);
	free(layout.queues);
	return r;
}
