/* Names of what a template can hold, and its parts. */
#include "src/devices/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const value_names[VALUE_COUNT] = {
	[VALUE_HALL_ZH] = "hall.zh",
	[VALUE_HALL_EN] = "hall.en",
	[VALUE_QUEUE_ZH] = "queue.zh",
	[VALUE_QUEUE_EN] = "queue.en",
	[VALUE_ITEM_ZH] = "item.zh",
	[VALUE_ITEM_EN] = "item.en",
	[VALUE_NUMBER] = "number",
	[VALUE_CLASS_ZH] = "class.zh",
	[VALUE_CLASS_EN] = "class.en",
	[VALUE_AHEAD] = "ahead",
	[VALUE_WAIT] = "wait",
	[VALUE_WINDOWS] = "windows",
	[VALUE_SLOT] = "slot",
	[VALUE_DATE] = "date",
	[VALUE_TIME] = "time",
	[VALUE_REPRINT] = "reprint",
	[VALUE_RECALLS] = "recalls",
	[VALUE_ASIDE_MIN] = "aside_min",
	[VALUE_TICKET_URL] = "ticket_url",
};

static const char *const conditions[TEMPLATE_CONDITION_COUNT] = {
	"reprint", "item",    "ordinary", "priority", "appointment", "ahead",	     "wait",
	"windows", "recalls", "aside",	  "narrow",   "no_wait",     "wait_unknown",
};

const struct placeholder_names template_values = {value_names, VALUE_COUNT};

const char *template_condition_name(size_t index)
{
	return conditions[index];
}

uint32_t template_condition_by_name(const char *name)
{
	for (size_t i = 0; i < TEMPLATE_CONDITION_COUNT; i++)
		if (!strcmp(conditions[i], name))
			return 1u << i;
	return 0;
}

void template_destroy(struct template *template)
{
	for (size_t i = 0; template && i < template->picture_count; i++)
		free((void *)(uintptr_t) template->pictures[i].rows);
	free(template);
}

int template_add_text(struct template *template, const char *text, uint16_t *ret_at)
{
	size_t len = strlen(text) + 1;

	if (len > sizeof(template->texts) - template->texts_len)
		return -ENOSPC;
	memcpy(template->texts + template->texts_len, text, len);
	*ret_at = (uint16_t) template->texts_len;
	template->texts_len += len;
	return 0;
}

const struct template *template_plain(void)
{
	static const char texts[] = "{hall.zh} {hall.en}\0补打 REPRINT {reprint}\0{number}\0"
				    "前面等候 {ahead} 人  {ahead} ahead of you\0"
				    "{windows}\0{ticket_url}\0{date} {time}";
	static const struct template_line line = {.kind = DOCUMENT_TEXT,
						  .align = DOCUMENT_CENTRE,
						  .width = 1,
						  .height = 1,
						  .rows = TEMPLATE_ROWS};
	static struct template plain;
	const char *text = texts;

	if (plain.line_count)
		return &plain;
	memcpy(plain.texts, texts, sizeof(texts));
	plain.texts_len = sizeof(texts);
	for (size_t i = 0; i < 7; i++, text += strlen(text) + 1) {
		plain.lines[i] = line;
		plain.lines[i].text = (uint16_t)(text - texts);
	}
	plain.lines[2].width = plain.lines[2].height = 6;
	plain.lines[5].kind = DOCUMENT_QR;
	plain.lines[7].kind = DOCUMENT_CUT;
	plain.line_count = 8;
	return &plain;
}
