/* The questions. A reply looks the same whatever was asked, so each has 500 ms and behind a missing
 * one input is thrown away for a moment, that a late reply is not taken for the next question's. */
#include "drivers/printer/escpos/identify.h"

#include <string.h>

enum {
	DRAIN_US = 100 * 1000,
	REPLY_US = 500 * 1000,
	NOISE_MAX = 32,	  /* more is no printer's mistake */
	HEARD_MAX = 1024, /* in pauses: an old answer or two is less */
	ESC_AT_LEN = 2,
};

/* DLE EOT first: whoever is out of paper may not answer GS I. */
static const struct question {
	enum { STATUS, BYTE, TEXT } kind;
	uint8_t n;
} questions[] = {
	{STATUS, 1}, {STATUS, 2}, {STATUS, 3}, {STATUS, 4}, {BYTE, 1},	{BYTE, 2},
	{BYTE, 3},   {TEXT, 65},  {TEXT, 66},  {TEXT, 67},  {TEXT, 68}, {TEXT, 69},
};
enum { QUESTIONS = sizeof(questions) / sizeof(questions[0]) };

static void pause_for(struct escpos_identify *identify, int64_t now_us)
{
	escpos_sorter_reset(&identify->sorter);
	identify->phase = ESCPOS_IDENTIFY_DRAIN;
	identify->due_us = now_us + DRAIN_US;
}

void escpos_identify_start(struct escpos_identify *identify, struct escpos_identity *identity,
			   int64_t now_us)
{
	*identify = (struct escpos_identify){.identity = identity};
	identity->asked = true;
	identity->status_replies = 0;
	identity->status = (struct escpos_status){0};
	identity->noise = 0;
	memset(identity->texts, 0, sizeof(identity->texts));
	for (size_t i = 0; i < ESCPOS_ID_BYTES; i++)
		identity->bytes[i] = -1;
	pause_for(identify, now_us);
}

static void go_on(struct escpos_identify *identify)
{
	identify->phase =
		++identify->question < QUESTIONS ? ESCPOS_IDENTIFY_ASK : ESCPOS_IDENTIFY_CLEAR;
}

size_t escpos_identify_next(struct escpos_identify *identify, uint8_t ret[ESCPOS_IDENTIFY_MAX],
			    int64_t now_us)
{
	const struct question *question;

	if (identify->phase == ESCPOS_IDENTIFY_CLEAR) {
		identify->phase = ESCPOS_IDENTIFY_SENT;
		identify->question = QUESTIONS;
		identify->due_us = now_us + REPLY_US;
		ret[0] = 0x1b;
		ret[1] = 0x40;
		return ESC_AT_LEN;
	}
	if (identify->phase != ESCPOS_IDENTIFY_ASK)
		return 0;
	/* A link that takes no bytes is given as much time as a printer that says nothing. */
	identify->phase = ESCPOS_IDENTIFY_SENT;
	identify->due_us = now_us + REPLY_US;
	question = &questions[identify->question];
	if (question->kind == STATUS) {
		escpos_put_question(ret, question->n);
	} else {
		ret[0] = 0x1d;
		ret[1] = 0x49;
		ret[2] = question->n;
	}
	return ESCPOS_IDENTIFY_MAX;
}

void escpos_identify_sent(struct escpos_identify *identify, int64_t now_us)
{
	if (identify->phase != ESCPOS_IDENTIFY_SENT)
		return; /* the reply was quicker */
	identify->phase =
		identify->question < QUESTIONS ? ESCPOS_IDENTIFY_WAIT : ESCPOS_IDENTIFY_ENDED;
	identify->due_us = now_us + REPLY_US;
}

static void take_text(char ret[ESCPOS_BLOCK_MAX], const struct escpos_answer *answer)
{
	size_t len = 0;

	for (size_t i = 1; i < answer->len; i++)
		ret[len++] = answer->bytes[i] < 0x7f ? (char)answer->bytes[i] : '?';
	while (len > 0 && ret[len - 1] == ' ')
		len--;
	ret[len] = '\0';
}

/* Is it the answer to the question that is open? */
static bool take_answer(struct escpos_identify *identify, const struct escpos_answer *answer)
{
	struct escpos_identity *identity = identify->identity;
	const struct question *question = &questions[identify->question];

	switch (question->kind) {
	case STATUS:
		if (answer->kind != ESCPOS_REALTIME ||
		    escpos_read_realtime(&identity->status, question->n, answer->bytes[0]) < 0)
			return false;
		identity->status_replies++;
		return true;
	case BYTE:
		if (answer->kind != ESCPOS_QUEUED)
			return false;
		identity->bytes[question->n - 1] = answer->bytes[0];
		return true;
	case TEXT:
		if (answer->kind != ESCPOS_BLOCK || answer->bytes[0] != 0x5f)
			return false;
		take_text(identity->texts[question->n - ESCPOS_TEXT_FIRST], answer);
		return true;
	}
	return false;
}

static void end_if_garbage(struct escpos_identify *identify)
{
	if (identify->identity->noise > NOISE_MAX || identify->heard > HEARD_MAX) {
		identify->identity->noise += identify->heard;
		identify->phase = ESCPOS_IDENTIFY_ENDED;
	}
}

void escpos_identify_received(struct escpos_identify *identify, const uint8_t *bytes, size_t len,
			      int64_t now_us)
{
	struct escpos_answer answer;

	(void)now_us;
	for (size_t i = 0; i < len && identify->phase != ESCPOS_IDENTIFY_ENDED; i++) {
		uint32_t dropped = identify->sorter.dropped;
		bool waits = identify->phase == ESCPOS_IDENTIFY_SENT ||
			     identify->phase == ESCPOS_IDENTIFY_WAIT;
		enum escpos_answer_kind kind;

		if (identify->phase == ESCPOS_IDENTIFY_DRAIN || identify->question == QUESTIONS) {
			identify->heard++;
			end_if_garbage(identify);
			continue;
		}
		kind = escpos_sort(&identify->sorter, bytes[i], &answer);
		identify->identity->noise += identify->sorter.dropped - dropped;
		/* Automatic status may be on since somebody else was here. */
		if (kind != ESCPOS_NOTHING && kind != ESCPOS_FLOW && kind != ESCPOS_AUTOMATIC) {
			if (waits && take_answer(identify, &answer))
				go_on(identify);
			else
				identify->identity->noise += (uint32_t)answer.len;
		}
		end_if_garbage(identify);
	}
}

void escpos_identify_tick(struct escpos_identify *identify, int64_t now_us)
{
	if (now_us < escpos_identify_deadline(identify))
		return;
	switch (identify->phase) {
	case ESCPOS_IDENTIFY_DRAIN:
		identify->phase = identify->question < QUESTIONS ? ESCPOS_IDENTIFY_ASK
								 : ESCPOS_IDENTIFY_CLEAR;
		return;
	case ESCPOS_IDENTIFY_SENT:
	case ESCPOS_IDENTIFY_WAIT:
		if (identify->question == QUESTIONS) {
			identify->phase = ESCPOS_IDENTIFY_ENDED;
			return;
		}
		identify->question++;
		pause_for(identify, now_us);
		return;
	case ESCPOS_IDENTIFY_ASK:
	case ESCPOS_IDENTIFY_CLEAR:
	case ESCPOS_IDENTIFY_ENDED: return;
	}
}

int64_t escpos_identify_deadline(const struct escpos_identify *identify)
{
	switch (identify->phase) {
	case ESCPOS_IDENTIFY_DRAIN:
	case ESCPOS_IDENTIFY_SENT:
	case ESCPOS_IDENTIFY_WAIT: return identify->due_us;
	case ESCPOS_IDENTIFY_ASK:
	case ESCPOS_IDENTIFY_CLEAR:
	case ESCPOS_IDENTIFY_ENDED: return DRIVER_NO_DEADLINE;
	}
	return DRIVER_NO_DEADLINE;
}

bool escpos_identify_ended(const struct escpos_identify *identify)
{
	return identify->phase == ESCPOS_IDENTIFY_ENDED;
}
