/* Asking a printer what it is: DLE EOT 1 to 4 and GS I, one question at a time, and which row of
 * models.conf its answers fit. Pure: bytes and microseconds come in, bytes and a deadline go out,
 * and the caller's link is used by nobody else meanwhile. Nothing is printed by it: the questions
 * print nothing, and ESC @ in the end throws away what a printer that does not know them may have
 * taken for text. */
#pragma once

#include "drivers/driver.h"
#include "drivers/printer/escpos/protocol.h"

enum {
	ESCPOS_ID_BYTES = 3, /* GS I 1 to 3: model, type, version of the ROM */
	ESCPOS_ID_TEXTS = 5, /* GS I 65 to 69: firmware, maker, model, serial number, fonts */
	ESCPOS_TEXT_FIRST = 65,
	ESCPOS_DEVICE_ID_SIZE = 256,
	ESCPOS_IDENTIFY_MAX = 3, /* bytes of one question */
};
enum escpos_id_text { ESCPOS_FIRMWARE, ESCPOS_MAKER, ESCPOS_NAME, ESCPOS_SERIAL, ESCPOS_FONTS };

/* What is known of it. Texts are printable ASCII; "" was not answered. */
struct escpos_identity {
	char device_id[ESCPOS_DEVICE_ID_SIZE]; /* IEEE 1284; the caller's */
	uint16_t vendor, product;	       /* USB; the caller's, 0 none */
	bool asked;			       /* it got questions over the link */
	unsigned status_replies;	       /* of ESCPOS_QUESTIONS */
	struct escpos_status status;
	int bytes[ESCPOS_ID_BYTES]; /* -1: not answered */
	char texts[ESCPOS_ID_TEXTS][ESCPOS_BLOCK_MAX];
	uint32_t noise; /* bytes and answers that nothing had asked for */
};

struct escpos_identify {
	struct escpos_identity *identity;
	enum {
		ESCPOS_IDENTIFY_DRAIN,
		ESCPOS_IDENTIFY_ASK,  /* next() has the question */
		ESCPOS_IDENTIFY_SENT, /* the link has it */
		ESCPOS_IDENTIFY_WAIT,
		ESCPOS_IDENTIFY_CLEAR, /* next() has ESC @ */
		ESCPOS_IDENTIFY_ENDED,
	} phase;
	size_t question;
	int64_t due_us;
	struct escpos_sorter sorter;
	uint32_t heard; /* bytes in a pause; a stream of them is no printer */
};

/* The device ID names languages and ESC/POS is none of them: to such a printer, questions are text.
 */
bool escpos_speaks_another(const char *device_id);

/* identity: device_id, vendor, product are filled in; the rest is from here. */
void escpos_identify_start(struct escpos_identify *identify, struct escpos_identity *identity,
			   int64_t now_us);
/* What to send now; 0: nothing. Has it been taken by the link, tell sent(). */
size_t escpos_identify_next(struct escpos_identify *identify, uint8_t ret[ESCPOS_IDENTIFY_MAX],
			    int64_t now_us);
void escpos_identify_sent(struct escpos_identify *identify, int64_t now_us);
void escpos_identify_received(struct escpos_identify *identify, const uint8_t *bytes, size_t len,
			      int64_t now_us);
void escpos_identify_tick(struct escpos_identify *identify, int64_t now_us);
int64_t escpos_identify_deadline(const struct escpos_identify *identify);
bool escpos_identify_ended(const struct escpos_identify *identify);

/* ---- which row ------------------------------------------------------------------------------ */

enum escpos_certainty { ESCPOS_UNKNOWN, ESCPOS_GUESS, ESCPOS_LIKELY, ESCPOS_CERTAIN };

/* Why, as bits. */
enum escpos_reason {
	ESCPOS_BY_NAME = 1 << 0,      /* GS I 67 is a name of the row */
	ESCPOS_BY_NAME_PART = 1 << 1, /* GS I 67 has it as a word */
	ESCPOS_BY_DEVICE_ID = 1 << 2, /* MDL is a name of the row */
	ESCPOS_BY_DEVICE_ID_PART = 1 << 3,
	ESCPOS_BY_USB = 1 << 4,	      /* only vendor and product */
	ESCPOS_OTHER_MAKER = 1 << 5,  /* GS I 66 or MFG names another maker */
	ESCPOS_NO_MAKER = 1 << 6,     /* it names none */
	ESCPOS_CONTRADICTS = 1 << 7,  /* GS I and the device ID name different rows */
	ESCPOS_NAME_UNKNOWN = 1 << 8, /* it has a name that no row has */
	ESCPOS_NAMELESS = 1 << 9,     /* it answers, and says no name */
	ESCPOS_NO_ANSWER = 1 << 10,
	ESCPOS_GARBAGE = 1 << 11,
	ESCPOS_OTHER_LANGUAGE = 1 << 12, /* escpos_speaks_another() */
	ESCPOS_IS_OFFLINE = 1 << 13,	 /* paper, cover: many do not answer GS I then */
	ESCPOS_BY_FONTS = 1 << 14,	 /* GS I 69 says other Chinese than the row */
};

struct escpos_proposal {
	const struct device_model *model; /* NULL: none */
	enum escpos_certainty certainty;
	uint32_t reasons;
	enum printer_cjk cjk; /* as the printer says it; else that of the model */
};

/* models: the rows of the driver. */
void escpos_propose(const struct escpos_identity *identity, const struct device_model *models,
		    size_t count, struct escpos_proposal *ret);
