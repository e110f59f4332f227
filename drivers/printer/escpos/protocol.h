/* ESC/POS in bytes: a document becomes what a printer is sent, what a printer answers becomes
 * facts. Pure: no state but what is passed in. The sources are listed in README.md of this folder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/printer/document.h"

enum {
	ESCPOS_ID_LEN = 4,
	ESCPOS_TRAILER_MAX = 14,
	ESCPOS_QUESTION_LEN = 3,
	ESCPOS_QUESTIONS = 4,	     /* DLE EOT 1 to 4 */
	ESCPOS_BLOCK_MAX = 80,	     /* the longest answer that ends with NUL */
	ESCPOS_MAX_JOB = 256 * 1024, /* bytes; a picture of 80 mm paper, 40 cm long */
	ESCPOS_MAX_PICTURE_ROWS = 3200,
	ESCPOS_WIDTH_DOTS_MAX = 832,
	ESCPOS_FEED_MAX = 20, /* lines of one FEED */
	ESCPOS_QR_MAX = DOCUMENT_MAX_TEXT - 1,
};

/* ---- to the printer ------------------------------------------------------------------------- */

/* How pictures are sent. */
enum escpos_raster { ESCPOS_RASTER_GS_V = 0, ESCPOS_RASTER_GS_L, ESCPOS_RASTER_NONE };

struct escpos_paper {
	uint16_t width_dots; /* 64..832 */
	uint8_t columns;     /* >= 16, half-width characters of the ordinary font */
	bool cutter, qr, gbk;
	bool status; /* automatic status is switched on with each job */
	enum escpos_raster raster;
	uint16_t band_rows; /* of one raster command at most, 0: 256 */
	bool gb2312;	    /* of GBK only the characters of GB2312 */
	bool full_cut;	    /* of the cutter; else partial */
};

/* What could not be printed as it was asked for. */
struct escpos_losses {
	size_t missing;	  /* characters that the printer does not have, printed as 〓 */
	size_t shortened; /* texts over DOCUMENT_MAX_TEXT, ended with "…" */
	size_t pictures;  /* left out: the printer prints none */
};

/* The whole document, from initialising the printer to its last item; without trailer. Counts only
 * when ret is NULL: ret_len is then what is needed.
 * Texts: control characters are left out, tabs and line ends become blanks, lines are broken at the
 * paper's width at blanks or beside Han, never inside a character. What a model cannot do is
 * replaced: QR by its content as text, cut by feeding, Han on a printer without it by '*'. Pictures
 * are sent without their white rows and margins (raster.c) and cut off at the paper's width.
 * -EINVAL: no items, too many, an unknown kind, a picture without rows or over its limit; -E2BIG: a
 * QR content over ESCPOS_QR_MAX; -EFBIG: over ESCPOS_MAX_JOB; -ENOSPC: over size; -ENOSYS: no GBK
 * on this system. */
__attribute__((warn_unused_result)) int escpos_encode(const struct document *document,
						      const struct escpos_paper *paper,
						      uint8_t *ret, size_t size, size_t *ret_len,
						      struct escpos_losses *ret_losses);

/* A job's name in GS ( H: characters 20-7E, the same for jobs 95^4 apart only. */
void escpos_job_id(int64_t job, uint8_t ret[ESCPOS_ID_LEN]);

/* What stands behind a job and proves it: GS ( H with id (NULL: this printer does not answer it),
 * then GS r 1. Returns the length. */
size_t escpos_put_trailer(uint8_t ret[ESCPOS_TRAILER_MAX], const uint8_t *id);

/* DLE EOT number, 1 to ESCPOS_QUESTIONS. */
void escpos_put_question(uint8_t ret[ESCPOS_QUESTION_LEN], unsigned number);

/* ---- from the printer ----------------------------------------------------------------------- */

enum escpos_answer_kind {
	ESCPOS_NOTHING = 0, /* in the middle of an answer, or dropped */
	ESCPOS_REALTIME,    /* one byte, to DLE EOT */
	ESCPOS_AUTOMATIC,   /* four bytes, automatic status */
	ESCPOS_QUEUED,	    /* one byte, to GS r or GS I 1-3 */
	ESCPOS_BLOCK,	    /* 35, 37, 3B, 3D, 5F ... NUL; without the NUL */
	ESCPOS_FLOW,	    /* XON, XOFF */
};

struct escpos_answer {
	enum escpos_answer_kind kind;
	uint8_t bytes[ESCPOS_BLOCK_MAX];
	size_t len;
};

/* Sorts the bytes of a printer, which answers several questions at once on one pipe (TM-U230 guide,
 * appendix E). Zeroed at the start. */
struct escpos_sorter {
	enum escpos_answer_kind in; /* AUTOMATIC or BLOCK: in the middle of one */
	uint8_t bytes[ESCPOS_BLOCK_MAX];
	size_t len;
	uint32_t dropped; /* bytes that belong to no answer */
};

/* Takes one byte. The answer that ends with it, or ESCPOS_NOTHING. An answer that breaks off is
 * dropped and the byte that broke it begins anew. */
enum escpos_answer_kind escpos_sort(struct escpos_sorter *sorter, uint8_t byte,
				    struct escpos_answer *ret);
/* Silence: what was begun will not be ended. */
void escpos_sorter_reset(struct escpos_sorter *sorter);

struct escpos_status {
	bool offline, cover_open, near_end, paper_end;
	bool cutter_error, recoverable, unrecoverable, auto_recoverable;
	bool recovering; /* waits to be put online */
	bool feeding;	 /* somebody holds the feed button */
};

/* Takes into status what the reply to DLE EOT number says, and leaves the rest.
 * -EBADMSG: the fixed bits are wrong, status is untouched. */
__attribute__((warn_unused_result)) int escpos_read_realtime(struct escpos_status *status,
							     unsigned number, uint8_t reply);

/* The same from four bytes of automatic status. */
__attribute__((warn_unused_result)) int escpos_read_automatic(struct escpos_status *status,
							      const uint8_t bytes[4]);

/* The same from a reply to GS r 1. */
void escpos_read_paper(struct escpos_status *status, uint8_t reply);

/* Is it the answer to GS ( H with this id? */
bool escpos_is_printed(const struct escpos_answer *answer, const uint8_t id[ESCPOS_ID_LEN]);
