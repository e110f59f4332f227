/* A ticket's template, compiled: a list of lines with their sizes, their conditions and texts that
 * hold {placeholders}. Groups of the file are gone: a line has the conditions of all groups around
 * it. Plain data; who reads files makes it (src/daemon/template.c), the layout fills it in. */
#pragma once

#include "drivers/printer/document.h"
#include "src/devices/placeholder.h"

enum {
	TEMPLATE_MAX_LINES = 60, /* two pages of it fit into one document */
	TEMPLATE_MAX_TEXT = 512, /* bytes of one line's text, before it is filled in */
	TEMPLATE_MAX_TEXTS = 8192,
	TEMPLATE_MAX_DEPTH = 8, /* groups within groups */
	TEMPLATE_MAX_PICTURES = 4,
	TEMPLATE_MAX_PICTURE_ROWS = 640, /* 80 mm of paper */
	TEMPLATE_ROWS = 4, /* of paper that one text covers at most, unless it says so */
	TEMPLATE_MAX_ROWS = 20,
};

/* What a template is for. */
enum template_use { TEMPLATE_TICKET = 0, TEMPLATE_LARGE, TEMPLATE_DESK, TEMPLATE_USES };

/* What a ticket can fill in. */
enum template_value {
	VALUE_HALL_ZH = 0,
	VALUE_HALL_EN,
	VALUE_QUEUE_ZH,
	VALUE_QUEUE_EN,
	VALUE_ITEM_ZH,
	VALUE_ITEM_EN,
	VALUE_NUMBER,
	VALUE_CLASS_ZH,
	VALUE_CLASS_EN,
	VALUE_AHEAD,
	VALUE_WAIT, /* as it was told at the issue: minutes, "5-12"; "" none, and on a reprint */
	VALUE_WINDOWS,
	VALUE_SLOT,
	VALUE_DATE,
	VALUE_TIME,
	VALUE_REPRINT, /* how often it was printed again */
	VALUE_RECALLS,
	VALUE_ASIDE_MIN,
	VALUE_TICKET_URL,
	VALUE_COUNT
};

/* What a line may depend on, as bits. */
enum template_condition {
	WHEN_REPRINT = 1 << 0,
	WHEN_ITEM = 1 << 1,
	WHEN_ORDINARY = 1 << 2,
	WHEN_PRIORITY = 1 << 3,
	WHEN_APPOINTMENT = 1 << 4,
	WHEN_AHEAD = 1 << 5,	/* somebody is called before it */
	WHEN_WAIT = 1 << 6,	/* an expected wait is known, and there is one */
	WHEN_WINDOWS = 1 << 7,	/* a window serves its queue */
	WHEN_RECALLS = 1 << 8,	/* a no-show is called again by the policy */
	WHEN_ASIDE = 1 << 9,	/* it is closed when it was set aside so long */
	WHEN_NARROW = 1 << 10,	/* paper of less than 40 columns: 58 mm */
	WHEN_NO_WAIT = 1 << 11, /* it need not wait, as far as is known */
	WHEN_WAIT_UNKNOWN =
		1 << 12, /* tickets are told their wait, and of this one nothing is known */
};
enum { TEMPLATE_CONDITION_COUNT = 13 };

struct template_line {
	enum document_kind kind;
	enum document_align align;
	uint8_t width, height; /* TEXT: 1..8; smaller where it would not fit into its rows */
	bool bold;
	uint8_t rows;  /* TEXT: of paper at most; what is longer ends with "…" */
	uint8_t lines; /* FEED */
	uint8_t module_dots;
	uint16_t text;	 /* TEXT, QR: where it begins in texts */
	uint8_t picture; /* PICTURE: which */
	uint32_t when, unless;
};

struct template
{
	struct template_line lines[TEMPLATE_MAX_LINES];
	size_t line_count;
	char texts[TEMPLATE_MAX_TEXTS];
	size_t texts_len;
	struct document_picture pictures[TEMPLATE_MAX_PICTURES]; /* their rows are the template's */
	size_t picture_count;
};

/* Frees it and its pictures; NULL is fine. */
void template_destroy(struct template *template);

/* A ticket for when there is no other template: hall, number, who waits, where, code, time. */
const struct template *template_plain(void);

/* Copies text behind the others. -ENOSPC: TEMPLATE_MAX_TEXTS is used up. */
__attribute__((warn_unused_result)) int template_add_text(struct template *template,
							  const char *text, uint16_t *ret_at);

const char *template_condition_name(size_t index); /* of bit 1 << index */
/* 0: there is no such condition. */
uint32_t template_condition_by_name(const char *name);

/* What stands between two braces: the names of enum template_value. */
extern const struct placeholder_names template_values;
