/* The ordinary ticket, laid out once for every printer. */
#include "src/devices/layout.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct document_item *add(struct layout *layout, enum document_kind kind)
{
	struct document_item *item = &layout->items[layout->document.count++];

	*item = (struct document_item){
		.kind = kind, .align = DOCUMENT_CENTRE, .width = 1, .height = 1};
	return item;
}

__attribute__((format(printf, 2, 3))) static struct document_item *add_text(struct layout *layout,
									    const char *format, ...)
{
	struct document_item *item = add(layout, DOCUMENT_TEXT);
	char *text = layout->texts[layout->text_count++];
	va_list args;

	va_start(args, format);
	vsnprintf(text, DOCUMENT_MAX_TEXT, format, args);
	va_end(args);
	item->text = text;
	return item;
}

/* "1-6" for windows in a row, "2,5" else: where to wait. */
static void window_area(const struct hall *hall, const struct queue *queue, char *ret, size_t size)
{
	int64_t from = 0, to = 0;
	size_t used = 0;

	ret[0] = '\0';
	for (int64_t number = 1; number <= CORE_MAX_WINDOW_NUMBER + 1; number++) {
		const struct window *window = hall_find_window(hall, number);
		bool serves = false;

		for (uint32_t i = 0; window && !window->def.retired && i < window->queue_count; i++)
			serves |= hall_queue(hall, window->queues[i]) == queue;
		if (serves) {
			from = from ? from : number;
			to = number;
		} else if (from && used < size) {
			int n = snprintf(ret + used, size - used,
					 from == to ? "%s%" PRId64 : "%s%" PRId64 "-%" PRId64,
					 used ? "," : "", from, to);

			used += n > 0 ? (size_t)n : 0;
			from = 0;
		}
	}
}

static void add_place(struct layout *layout, const struct hall *hall, const struct ticket *ticket)
{
	const struct queue *queue = hall_queue(hall, ticket->queue);
	size_t ahead = hall_ahead(hall, ticket);
	char area[64];

	window_area(hall, queue, area, sizeof(area));
	add_text(layout, "前面等候 %zu 人  %zu ahead of you", ahead, ahead);
	if (area[0])
		add_text(layout, "请在 %s 号窗口等候  Window %s", area, area);
}

void layout_ticket(struct layout *ret, const struct hall *hall, const struct ticket *ticket,
		   int64_t local_ms, const char *url, int64_t copy)
{
	const struct event_hall_defined *def = hall_definition(hall);
	const struct queue *queue = hall_queue(hall, ticket->queue);
	const struct item *item = ticket->item >= 0 ? hall_item(hall, (size_t)ticket->item) : NULL;
	time_t seconds = (time_t)(local_ms / 1000);
	struct document_item *line;
	struct tm tm;
	char when[32];

	memset(ret, 0, sizeof(*ret));
	ret->document.items = ret->items;
	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);

	add_text(ret, "%s", def->zh)->bold = true;
	add_text(ret, "%s", def->en);
	if (copy > 1)
		add_text(ret, "补打 REPRINT %" PRId64, copy - 1)->bold = true;
	add_text(ret, "%s %s", queue->def.zh, queue->def.en);
	if (item)
		add_text(ret, "%s", item->def.zh);
	line = add_text(ret, "%s", ticket->number);
	line->width = line->height = 6;
	line->bold = true;
	add_place(ret, hall, ticket);
	if (ticket->class != CLASS_ORDINARY)
		add_text(ret, "%s",
			 ticket->class == CLASS_PRIORITY ? "优先 PRIORITY" : "预约 APPOINTMENT");
	add(ret, DOCUMENT_FEED)->lines = 1; /* readers want a quiet zone around the code */
	line = add(ret, DOCUMENT_QR);
	snprintf(ret->texts[ret->text_count], DOCUMENT_MAX_TEXT, "%s%s", url, ticket->token);
	line->text = ret->texts[ret->text_count++];
	add(ret, DOCUMENT_FEED)->lines = 1;
	add_text(ret, "过号请到导办台  Missed call: guide desk");
	add_text(ret, "%s", when);
	add(ret, DOCUMENT_CUT);
}
