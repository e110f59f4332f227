/* What a printer is asked besides documents, and what it answers. All answers share one pipe
 * without framing; the sorter tells them apart by the fixed bits of their first bytes. Bit 0 is the
 * lowest. */
#include "drivers/printer/escpos/protocol.h"

#include <errno.h>
#include <string.h>

enum {
	AUTOMATIC_LEN = 4,
	XON = 0x11,
	XOFF = 0x13,
	ID_FIRST = 0x20, /* Epson GS ( H fn 48: each of d1-d4 is 20-7E */
	ID_CHARACTERS = 0x7e - 0x20 + 1,
};

#define BIT(n) (1u << (n))

void escpos_job_id(int64_t job, uint8_t ret[ESCPOS_ID_LEN])
{
	uint64_t rest = (uint64_t)job;

	for (size_t i = ESCPOS_ID_LEN; i-- > 0; rest /= ID_CHARACTERS)
		ret[i] = (uint8_t)(ID_FIRST + rest % ID_CHARACTERS);
}

size_t escpos_put_trailer(uint8_t ret[ESCPOS_TRAILER_MAX], const uint8_t *id)
{
	static const uint8_t process_id[] = {0x1d, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30};
	static const uint8_t paper_sensor[] = {0x1d, 0x72, 0x01};
	size_t len = 0;

	if (id) {
		memcpy(ret, process_id, sizeof(process_id));
		memcpy(ret + sizeof(process_id), id, ESCPOS_ID_LEN);
		len = sizeof(process_id) + ESCPOS_ID_LEN;
	}
	memcpy(ret + len, paper_sensor, sizeof(paper_sensor));
	return len + sizeof(paper_sensor);
}

void escpos_put_question(uint8_t ret[ESCPOS_QUESTION_LEN], unsigned number)
{
	ret[0] = 0x10;
	ret[1] = 0x04;
	ret[2] = (uint8_t)number;
}

/* ---- the sorter ----------------------------------------------------------------------------- */

/* 0xx1xx10 */
static bool is_realtime(uint8_t byte)
{
	return (byte & 0x93) == 0x12;
}

/* 0xx1xx00 */
static bool is_automatic(uint8_t byte)
{
	return (byte & 0x93) == 0x10;
}

/* Bytes 2 and 3 of automatic status and the reply to GS r: 0xx0xxxx */
static bool is_queued(uint8_t byte)
{
	return (byte & 0x90) == 0x00;
}

static bool is_block(uint8_t byte)
{
	return byte == 0x35 || byte == 0x37 || byte == 0x3b || byte == 0x3d || byte == 0x5f;
}

static enum escpos_answer_kind give(const struct escpos_sorter *sorter,
				    enum escpos_answer_kind kind, struct escpos_answer *ret)
{
	ret->kind = kind;
	ret->len = sorter->len;
	memcpy(ret->bytes, sorter->bytes, sorter->len);
	return kind;
}

void escpos_sorter_reset(struct escpos_sorter *sorter)
{
	sorter->dropped += sorter->in == ESCPOS_NOTHING ? 0 : (uint32_t)sorter->len;
	sorter->in = ESCPOS_NOTHING;
	sorter->len = 0;
}

static enum escpos_answer_kind begin(struct escpos_sorter *sorter, uint8_t byte,
				     struct escpos_answer *ret)
{
	sorter->in = ESCPOS_NOTHING;
	sorter->bytes[0] = byte;
	sorter->len = 1;
	if (byte == XON || byte == XOFF)
		return give(sorter, ESCPOS_FLOW, ret);
	if (is_block(byte)) {
		sorter->in = ESCPOS_BLOCK;
		return ESCPOS_NOTHING;
	}
	if (is_automatic(byte)) {
		sorter->in = ESCPOS_AUTOMATIC;
		return ESCPOS_NOTHING;
	}
	if (is_realtime(byte))
		return give(sorter, ESCPOS_REALTIME, ret);
	if (is_queued(byte))
		return give(sorter, ESCPOS_QUEUED, ret);
	sorter->dropped++;
	return ESCPOS_NOTHING;
}

/* Byte 4 is reserved and may be anything. */
static enum escpos_answer_kind sort_automatic(struct escpos_sorter *sorter, uint8_t byte,
					      struct escpos_answer *ret)
{
	if (sorter->len < AUTOMATIC_LEN - 1) {
		if (byte == XON || byte == XOFF)
			return ESCPOS_NOTHING;
		if (!is_queued(byte)) {
			escpos_sorter_reset(sorter);
			return begin(sorter, byte, ret);
		}
	}
	sorter->bytes[sorter->len++] = byte;
	if (sorter->len < AUTOMATIC_LEN)
		return ESCPOS_NOTHING;
	sorter->in = ESCPOS_NOTHING;
	return give(sorter, ESCPOS_AUTOMATIC, ret);
}

static enum escpos_answer_kind sort_block(struct escpos_sorter *sorter, uint8_t byte,
					  struct escpos_answer *ret)
{
	if (byte == 0x00) {
		sorter->in = ESCPOS_NOTHING;
		return give(sorter, ESCPOS_BLOCK, ret);
	}
	if (byte == XON || byte == XOFF)
		return ESCPOS_NOTHING;
	if (byte < 0x20 || sorter->len == sizeof(sorter->bytes)) {
		escpos_sorter_reset(sorter);
		return begin(sorter, byte, ret);
	}
	sorter->bytes[sorter->len++] = byte;
	return ESCPOS_NOTHING;
}

enum escpos_answer_kind escpos_sort(struct escpos_sorter *sorter, uint8_t byte,
				    struct escpos_answer *ret)
{
	if (sorter->in == ESCPOS_AUTOMATIC)
		return sort_automatic(sorter, byte, ret);
	if (sorter->in == ESCPOS_BLOCK)
		return sort_block(sorter, byte, ret);
	return begin(sorter, byte, ret);
}

bool escpos_is_printed(const struct escpos_answer *answer, const uint8_t id[ESCPOS_ID_LEN])
{
	return answer->kind == ESCPOS_BLOCK && answer->len == 2 + ESCPOS_ID_LEN &&
	       answer->bytes[0] == 0x37 && answer->bytes[1] == 0x22 &&
	       memcmp(answer->bytes + 2, id, ESCPOS_ID_LEN) == 0;
}

/* ---- status (TM-T88III technical reference, DLE EOT and GS a) -------------------------------- */

int escpos_read_realtime(struct escpos_status *status, unsigned number, uint8_t reply)
{
	if (!is_realtime(reply))
		return -EBADMSG;
	switch (number) {
	case 1: /* printer: 3 offline, 5 waits for recovery, 6 feed button */
		status->offline = reply & BIT(3);
		status->recovering = reply & BIT(5);
		status->feeding = reply & BIT(6);
		return 0;
	case 2: /* why offline: 2 cover, 3 fed by button, 5 stopped by paper end, 6 error */
		status->cover_open = reply & BIT(2);
		if (reply & BIT(5))
			status->paper_end = true;
		return 0;
	case 3: /* error: 2 recoverable, 3 cutter, 5 unrecoverable, 6 recovers by itself */
		status->recoverable = reply & BIT(2);
		status->cutter_error = reply & BIT(3);
		status->unrecoverable = reply & BIT(5);
		status->auto_recoverable = reply & BIT(6);
		return 0;
	case 4: /* paper: 2 and 3 near end, 5 and 6 end */
		status->near_end = reply & (BIT(2) | BIT(3));
		status->paper_end = reply & (BIT(5) | BIT(6));
		return 0;
	default: return -EBADMSG;
	}
}

int escpos_read_automatic(struct escpos_status *status, const uint8_t bytes[4])
{
	if (!is_automatic(bytes[0]) || !is_queued(bytes[1]) || !is_queued(bytes[2]))
		return -EBADMSG;
	*status = (struct escpos_status){
		/* 2 drawer, 3 offline, 5 cover, 6 feeding */
		.offline = bytes[0] & BIT(3),
		.cover_open = bytes[0] & BIT(5),
		.feeding = bytes[0] & BIT(6),
		/* 0 waits for recovery, 1 button, 2 recoverable, 3 cutter, 5 unrecoverable,
		 * 6 recovers by itself */
		.recovering = bytes[1] & BIT(0),
		.recoverable = bytes[1] & BIT(2),
		.cutter_error = bytes[1] & BIT(3),
		.unrecoverable = bytes[1] & BIT(5),
		.auto_recoverable = bytes[1] & BIT(6),
		/* 0 and 1 near end, 2 and 3 end */
		.near_end = bytes[2] & (BIT(0) | BIT(1)),
		.paper_end = bytes[2] & (BIT(2) | BIT(3)),
	};
	return 0;
}

void escpos_read_paper(struct escpos_status *status, uint8_t reply)
{
	status->near_end = reply & (BIT(0) | BIT(1));
	status->paper_end = reply & (BIT(2) | BIT(3));
}
