/* Templates filled in. */
#include "src/devices/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "drivers/text/text.h"

enum {
	NARROW_COLUMNS = 40,
	MINUTE_MS = 60000,
	FIRST_WIDE =
		0x2e80, /* from here on Han, kana, Hangul, emoji; Hangul's letters are not met */
};

/* ---- facts ---------------------------------------------------------------------------------- */

/* Behind what is there, parted by a comma; false: there is no room, the list ends with "…". */
static bool add_range(char *ret, size_t size, int64_t from, int64_t to)
{
	static const char more[] = ",…";
	size_t used = strlen(ret);
	char range[48];

	snprintf(range, sizeof(range), from == to ? "%s%" PRId64 : "%s%" PRId64 "-%" PRId64,
		 used ? "," : "", from, to);
	if (used + strlen(range) + sizeof(more) > size) {
		memcpy(ret + used, more, sizeof(more));
		return false;
	}
	memcpy(ret + used, range, strlen(range) + 1);
	return true;
}

/* "1-6" for windows in a row, "2,5" else: where to wait. */
static void window_area(const struct hall *hall, const struct queue *queue, char *ret, size_t size)
{
	int64_t from = 0, to = 0;
	bool room = true;

	ret[0] = '\0';
	for (int64_t number = 1; room && number <= CORE_MAX_WINDOW_NUMBER + 1; number++) {
		const struct window *window = hall_find_window(hall, number);
		bool serves = false;

		for (uint32_t i = 0; window && !window->def.retired && i < window->queue_count; i++)
			serves |= hall_queue(hall, window->queues[i]) == queue;
		if (serves) {
			from = from ? from : number;
			to = number;
		} else if (from) {
			room = add_range(ret, size, from, to);
			from = 0;
		}
	}
}

static struct tm local_time(int64_t local_ms)
{
	time_t seconds = (time_t)(local_ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return tm;
}

void layout_clear_facts(struct layout_facts *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < VALUE_COUNT; i++)
		ret->values[i] = "";
	ret->values[VALUE_AHEAD] = ret->ahead;
	ret->values[VALUE_WAIT] = ret->wait;
	ret->values[VALUE_WINDOWS] = ret->windows;
	ret->values[VALUE_SLOT] = ret->slot;
	ret->values[VALUE_DATE] = ret->date;
	ret->values[VALUE_TIME] = ret->time;
	ret->values[VALUE_REPRINT] = ret->reprint;
	ret->values[VALUE_RECALLS] = ret->recalls;
	ret->values[VALUE_ASIDE_MIN] = ret->aside_min;
	ret->values[VALUE_TICKET_URL] = ret->url;
}

static void set_class(struct layout_facts *ret, enum ticket_class class)
{
	switch (class) {
	case CLASS_PRIORITY:
		ret->values[VALUE_CLASS_ZH] = "优先";
		ret->values[VALUE_CLASS_EN] = "Priority";
		ret->holds |= WHEN_PRIORITY;
		return;
	case CLASS_APPOINTMENT:
		ret->values[VALUE_CLASS_ZH] = "预约";
		ret->values[VALUE_CLASS_EN] = "Appointment";
		ret->holds |= WHEN_APPOINTMENT;
		return;
	default:
		ret->values[VALUE_CLASS_ZH] = "普通";
		ret->values[VALUE_CLASS_EN] = "Ordinary";
		ret->holds |= WHEN_ORDINARY;
		return;
	}
}

static void set_rules(struct layout_facts *ret, const struct event_policy_defined *policy)
{
	if (policy->recalls > 0) {
		snprintf(ret->recalls, sizeof(ret->recalls), "%" PRId64, policy->recalls);
		ret->holds |= WHEN_RECALLS;
	}
	if (policy->aside_ms > 0) {
		snprintf(ret->aside_min, sizeof(ret->aside_min), "%" PRId64,
			 policy->aside_ms / MINUTE_MS);
		ret->holds |= WHEN_ASIDE;
	}
}

static void set_line(struct layout_facts *ret, const struct hall *hall, const struct ticket *ticket)
{
	const struct queue *queue = hall_queue(hall, ticket->queue);
	const struct item *item = ticket->item >= 0 ? hall_item(hall, (size_t)ticket->item) : NULL;
	size_t ahead = hall_ahead(hall, ticket);

	ret->values[VALUE_QUEUE_ZH] = queue->def.zh;
	ret->values[VALUE_QUEUE_EN] = queue->def.en;
	if (item) {
		ret->values[VALUE_ITEM_ZH] = item->def.zh;
		ret->values[VALUE_ITEM_EN] = item->def.en;
		ret->holds |= WHEN_ITEM;
	}
	snprintf(ret->ahead, sizeof(ret->ahead), "%zu", ahead);
	ret->holds |= ahead ? WHEN_AHEAD : 0;
	window_area(hall, queue, ret->windows, sizeof(ret->windows));
	ret->holds |= ret->windows[0] ? WHEN_WINDOWS : 0;
}

void layout_format_wait(const struct expectation *expected, char *ret, size_t size)
{
	int64_t low = expected->low_ms / MINUTE_MS;
	int64_t high = (expected->high_ms + MINUTE_MS - 1) / MINUTE_MS;

	ret[0] = '\0';
	if (expected->ms < 0)
		return;
	snprintf(ret, size, low == high ? "%" PRId64 : "%" PRId64 "-%" PRId64, low, high);
}

/* What was told at the issue is over when the ticket is printed again. */
static void set_wait(struct layout_facts *ret, const struct hall *hall, const struct ticket *ticket,
		     int64_t copy)
{
	const struct expectation told = {ticket->expect_ms, ticket->expect_low_ms,
					 ticket->expect_high_ms, ticket->expect_busy};

	if (copy > 1)
		return;
	if (told.ms < 0) {
		ret->holds |= hall_policy(hall)->expect ? WHEN_WAIT_UNKNOWN : 0;
	} else if (told.high_ms == 0) {
		ret->holds |= WHEN_NO_WAIT;
	} else {
		layout_format_wait(&told, ret->wait, sizeof(ret->wait));
		ret->holds |= WHEN_WAIT;
	}
}

void layout_get_facts(struct layout_facts *ret, const struct hall *hall,
		      const struct ticket *ticket, int64_t offset_min, const char *url,
		      int64_t copy)
{
	const struct event_hall_defined *def = hall_definition(hall);
	int64_t offset_ms = offset_min * MINUTE_MS;
	struct tm issued, from, to;

	layout_clear_facts(ret);
	ret->values[VALUE_HALL_ZH] = def->zh;
	ret->values[VALUE_HALL_EN] = def->en;
	ret->values[VALUE_NUMBER] = ticket->number;
	set_line(ret, hall, ticket);
	set_class(ret, ticket->class);
	set_rules(ret, hall_policy(hall));
	set_wait(ret, hall, ticket, copy);
	if (ticket->slot_from > 0) {
		from = local_time(ticket->slot_from + offset_ms);
		to = local_time(ticket->slot_to + offset_ms);
		snprintf(ret->slot, sizeof(ret->slot), "%02d:%02d-%02d:%02d", from.tm_hour,
			 from.tm_min, to.tm_hour, to.tm_min);
	}
	issued = local_time(ticket->issued_wall_ms + offset_ms);
	strftime(ret->date, sizeof(ret->date), "%Y-%m-%d", &issued);
	strftime(ret->time, sizeof(ret->time), "%H:%M:%S", &issued);
	if (copy > 1) {
		snprintf(ret->reprint, sizeof(ret->reprint), "%" PRId64, copy - 1);
		ret->holds |= WHEN_REPRINT;
	}
	snprintf(ret->url, sizeof(ret->url), "%s%s", url, ticket->token);
}

/* ---- filling in ----------------------------------------------------------------------------- */

/* Blanks around what was left empty would move a centred line. */
static void trim(char *text)
{
	size_t from = strspn(text, " "), len = strlen(text);

	while (len > from && text[len - 1] == ' ')
		len--;
	memmove(text, text + from, len - from);
	text[len - from] = '\0';
}

/* What does not fit is cut; the driver ends a text that long with "…". False: it had placeholders
 * and all of them were empty. */
static bool fill_in(char ret[DOCUMENT_MAX_TEXT], const char *text, const struct layout_facts *facts)
{
	struct placeholder_filled filled;

	placeholder_fill(&template_values, text, facts->values, ret, DOCUMENT_MAX_TEXT, &filled);
	if (filled.empty)
		trim(ret);
	return filled.asked == 0 || filled.empty < filled.asked;
}

/* What a text will cover. A printer's own characters are one or two columns wide; one that no
 * printer has is drawn with the whole text around it, and then letters of other scripts are hardly
 * wider than a column, where text_columns() counts the two of a missing sign. */
static size_t covered_columns(const char *text)
{
	size_t len = strlen(text), narrow = 0, wide = 0;
	uint32_t code = 0;

	if (text_is_in_set(text, TEXT_SET_GBK))
		return text_columns(text);
	for (size_t i = 0; i < len;) {
		i += text_next(text + i, len - i, &code);
		if (text_columns_of(code) == 0)
			continue;
		if (code >= FIRST_WIDE)
			wide++;
		else
			narrow++;
	}
	return 2 * wide + narrow + narrow / 6;
}

/* Can it go on in another row without breaking a word? A ticket's number cannot. */
static bool is_breakable(const char *text)
{
	size_t len = strlen(text);
	uint32_t code = 0;

	for (size_t i = 0; i < len;) {
		i += text_next(text + i, len - i, &code);
		if (code == ' ' || code >= FIRST_WIDE)
			return true;
	}
	return false;
}

/* Columns of a text at a size; where it is broken a row may end a wide character early. */
static size_t room_for(size_t columns, size_t rows, size_t width)
{
	size_t row = columns / width;

	return rows > 1 && row > 2 ? (row - 1) * rows : row * rows;
}

/* An enlarged text becomes smaller until it fits into its rows; what is too long even so is
 * shortened. */
static void fit(struct document_item *item, char text[DOCUMENT_MAX_TEXT], uint8_t rows,
		size_t columns)
{
	char shortened[DOCUMENT_MAX_TEXT];
	size_t used = covered_columns(text), room;
	size_t lines = is_breakable(text) && used * item->width > columns ? rows : 1;

	while (item->width > 1 && used > room_for(columns, lines, item->width)) {
		item->width--;
		if (item->height > item->width)
			item->height = item->width;
	}
	room = columns / (item->width ? item->width : 1) * rows;
	if (used <= room)
		return;
	room = room * text_columns(text) / used; /* in the columns that are cut by */
	if (text_abbreviate(shortened, sizeof(shortened), text, room) >= 0)
		memcpy(text, shortened, strlen(shortened) + 1);
}

static bool add_line(struct layout *layout, const struct template *template,
		     const struct template_line *line, const struct layout_facts *facts,
		     size_t columns)
{
	struct document_item *item = &layout->items[layout->document.count];
	char *text = layout->texts[layout->document.count];

	*item = (struct document_item){
		.kind = line->kind,
		.align = line->align,
		.width = line->width,
		.height = line->height,
		.bold = line->bold,
		.lines = line->lines,
		.module_dots = line->module_dots,
	};
	switch (line->kind) {
	case DOCUMENT_TEXT:
		if (!fill_in(text, template->texts + line->text, facts))
			return false;
		fit(item, text, line->rows, columns);
		item->text = text;
		return true;
	case DOCUMENT_QR:
		if (!fill_in(text, template->texts + line->text, facts))
			return false;
		item->text = text;
		return true;
	case DOCUMENT_PICTURE: item->picture = template->pictures[line->picture]; return true;
	case DOCUMENT_FEED:
	case DOCUMENT_RULE:
	case DOCUMENT_CUT: return true;
	}
	return false;
}

void layout_begin(struct layout *ret)
{
	ret->document = (struct document){.items = ret->items};
}

int layout_add(struct layout *layout, const struct template *template,
	       const struct layout_facts *facts, size_t columns)
{
	uint32_t holds = facts->holds | (columns < NARROW_COLUMNS ? WHEN_NARROW : 0);
	size_t before = layout->document.count;

	for (size_t i = 0; i < template->line_count; i++) {
		const struct template_line *line = &template->lines[i];

		if ((line->when & holds) != line->when || line->unless & holds)
			continue;
		if (layout->document.count == DOCUMENT_MAX_ITEMS) {
			layout->document.count = before;
			return -ENOSPC;
		}
		layout->document.count += add_line(layout, template, line, facts, columns);
	}
	return 0;
}
