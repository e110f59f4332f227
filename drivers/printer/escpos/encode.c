/* A document as ESC/POS. The pen remembers what the printer was last told, so that an ordinary
 * ticket stays a few hundred bytes. Encoding is done twice by the caller, first to count: nothing
 * here allocates and no job can outgrow its buffer. */
#include <errno.h>
#include <string.h>

#include "drivers/printer/escpos/pen.h"
#include "drivers/text/text.h"

enum {
	LF = 0x0a,
	MAGNIFICATION_MAX = 8,
	WIDTH_DOTS_MIN = 64,
	COLUMNS_MIN = 16, /* so that two columns fit at the greatest magnification */
	QR_QUIET = 4,	  /* modules of margin, ISO/IEC 18004 */
	TEAR_LINES = 4,	  /* without a cutter: past the tear bar */
	SUBSTITUTE = '*', /* where there is not even a 〓 */
	GBK_ELLIPSIS = 0xa1ad,
	DOTS_MAX = 3, /* "…" or "..." */
};

/* ---- the pen -------------------------------------------------------------------------------- */

void escpos_put(struct pen *pen, const uint8_t *bytes, size_t len)
{
	if (pen->error || len == 0)
		return;
	if (pen->len + len > ESCPOS_MAX_JOB) {
		pen->error = -EFBIG;
		return;
	}
	if (pen->bytes && pen->len + len > pen->size) {
		pen->error = -ENOSPC;
		return;
	}
	if (pen->bytes)
		memcpy(pen->bytes + pen->len, bytes, len);
	pen->len += len;
	pen->last = bytes[len - 1];
}

void escpos_set_align(struct pen *pen, enum document_align align)
{
	if (align > DOCUMENT_RIGHT)
		align = DOCUMENT_LEFT;
	if (align != pen->align)
		PUT(pen, 0x1b, 0x61, (uint8_t)align);
	pen->align = align;
}

static void set_bold(struct pen *pen, bool bold)
{
	if (bold != pen->bold)
		PUT(pen, 0x1b, 0x45, bold);
	pen->bold = bold;
}

static uint8_t clamp_magnification(uint8_t value)
{
	if (value < 1)
		return 1;
	return value > MAGNIFICATION_MAX ? MAGNIFICATION_MAX : value;
}

/* FS ! sizes Han alone and knows 1 and 2 only; where it and GS ! size the same, the last one wins
 * (SP91 manual). So GS ! follows each FS !, and FS ! is sent for Han only. */
static void set_size(struct pen *pen, uint8_t width, uint8_t height, bool han)
{
	uint8_t code = (uint8_t)((width - 1) << 4 | (height - 1));
	uint8_t han_code = (uint8_t)((width > 1 ? 0x04 : 0) | (height > 1 ? 0x08 : 0));
	bool resize = code != pen->size_code;

	if (han && han_code != pen->han_code) {
		PUT(pen, 0x1c, 0x21, han_code);
		pen->han_code = han_code;
		resize = true;
	}
	if (resize)
		PUT(pen, 0x1d, 0x21, code);
	pen->size_code = code;
}

static void set_chinese(struct pen *pen, bool chinese)
{
	if (!pen->paper->gbk || chinese == pen->chinese)
		return;
	PUT(pen, 0x1c, chinese ? 0x26 : 0x2e);
	pen->chinese = chinese;
}

/* ---- text ----------------------------------------------------------------------------------- */

/* One character as it will be sent: one byte, or two bytes of GBK. */
struct line_text {
	uint16_t cells[DOCUMENT_MAX_TEXT + DOTS_MAX];
	size_t count;
};

static bool is_han(uint16_t cell)
{
	return cell > 0xff;
}

static size_t cell_columns(uint16_t cell)
{
	return is_han(cell) ? 2 : 1;
}

/* What must not begin a line: 。、，；：！？）》】”… */
static bool is_closing(uint16_t cell)
{
	static const uint16_t closing[] = {0xa1a3, 0xa1a2, 0xa3ac, 0xa3bb, 0xa3ba, 0xa3a1,
					   0xa3bf, 0xa3a9, 0xa1b7, 0xa1bf, 0xa1b1, 0xa1ad};

	for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++)
		if (cell == closing[i])
			return true;
	return false;
}

static uint16_t make_cell(struct pen *pen, uint32_t code)
{
	uint16_t cell = text_gbk_of(code);

	if (cell != 0 &&
	    (cell < 0x80 || (pen->paper->gbk && (!pen->paper->gb2312 || text_is_gb2312(code)))))
		return cell;
	pen->losses.missing++;
	if (text_columns_of(code) == 0)
		return 0;
	return pen->paper->gbk ? TEXT_GBK_MISSING : SUBSTITUTE;
}

/* Whoever filled the text cut it in the middle of a character: a lead byte, too few behind it. */
static bool is_cut_tail(const char *text, size_t len)
{
	if (len > 3 || (unsigned char)text[0] < 0xc2)
		return false;
	for (size_t i = 1; i < len; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return false;
	return true;
}

static void put_dots(struct pen *pen, struct line_text *text)
{
	pen->losses.shortened++;
	for (size_t i = 0; i < (pen->paper->gbk ? 1 : 3); i++)
		text->cells[text->count++] = pen->paper->gbk ? GBK_ELLIPSIS : '.';
}

static void read_text(struct pen *pen, const char *text, struct line_text *ret)
{
	size_t len = strnlen(text, DOCUMENT_MAX_TEXT);
	bool shortened = len == DOCUMENT_MAX_TEXT;

	if (shortened)
		len -= DOTS_MAX;
	ret->count = 0;
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = text_next(text + i, len - i, &code);
		uint16_t cell = 0;

		if (code == TEXT_MALFORMED && n == 1 && is_cut_tail(text + i, len - i)) {
			shortened = true;
			break;
		}
		i += n;
		if (code == '\t' || code == '\n' || code == '\r')
			cell = ' ';
		else if (!text_is_control(code))
			cell = make_cell(pen, code);
		if (cell != 0)
			ret->cells[ret->count++] = cell;
	}
	if (shortened)
		put_dots(pen, ret);
}

/* Where the line that begins at start ends: all of the rest, or a place to break, or in the middle
 * of a word that is longer than the paper. */
static size_t break_line(const struct line_text *text, size_t start, size_t columns)
{
	const uint16_t *cells = text->cells;
	size_t used = 0, good = start, i;

	for (i = start; i < text->count; i++) {
		if (i > start && (cells[i] == ' ' || cells[i - 1] == ' ' || is_han(cells[i]) ||
				  is_han(cells[i - 1])))
			good = is_closing(cells[i]) ? good : i;
		used += cell_columns(cells[i]);
		if (used > columns)
			break;
	}
	if (i == text->count)
		return i;
	return good > start ? good : i;
}

static void put_line(struct pen *pen, const uint16_t *cells, size_t count, uint8_t width,
		     uint8_t height)
{
	bool han = false;

	for (size_t i = 0; i < count; i++)
		/* count cells were filled. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
		han |= is_han(cells[i]);
	set_size(pen, width, height, han);
	for (size_t i = 0; i < count; i++) {
		set_chinese(pen, is_han(cells[i]));
		if (is_han(cells[i]))
			PUT(pen, (uint8_t)(cells[i] >> 8), (uint8_t)cells[i]);
		else
			PUT(pen, (uint8_t)cells[i]);
	}
	PUT(pen, LF);
}

static void put_text(struct pen *pen, const struct document_item *item, const char *content)
{
	uint8_t width = clamp_magnification(item->width);
	uint8_t height = clamp_magnification(item->height);
	size_t columns = pen->paper->columns / width;
	struct line_text text = {0};
	size_t start = 0;

	read_text(pen, content, &text);
	escpos_set_align(pen, item->align);
	set_bold(pen, item->bold);
	do {
		size_t end = break_line(&text, start, columns);
		size_t shown = end;

		while (end < text.count && shown > start && text.cells[shown - 1] == ' ')
			shown--;
		put_line(pen, text.cells + start, shown - start, width, height);
		for (start = end; start < text.count && text.cells[start] == ' ';)
			start++;
	} while (start < text.count);
}

static void put_rule(struct pen *pen)
{
	escpos_set_align(pen, DOCUMENT_LEFT);
	set_bold(pen, false);
	set_size(pen, 1, 1, false);
	set_chinese(pen, false);
	for (size_t i = 0; i < pen->paper->columns; i++)
		PUT(pen, '-');
	PUT(pen, LF);
}

/* ---- QR ------------------------------------------------------------------------------------- */

/* Modules a side of the smallest symbol, byte mode, correction M (ISO/IEC 18004, table 7). */
static unsigned qr_modules(size_t len)
{
	static const uint16_t capacity[] = {14,	 26,  42,  62,	84,  106, 122, 152,  180,
					    213, 251, 287, 331, 362, 412, 450, 504,  560,
					    624, 666, 711, 779, 857, 911, 997, 1059, 1125};
	unsigned version = 1;

	while (version < sizeof(capacity) / sizeof(capacity[0]) && len > capacity[version - 1])
		version++;
	return 17 + 4 * version;
}

static uint8_t qr_module_dots(const struct escpos_paper *paper, uint8_t wanted, size_t len)
{
	unsigned dots = wanted ? wanted : paper->width_dots >= 512 ? 6 : 5;

	if (dots > 16)
		dots = 16;
	while (dots > 1 && (qr_modules(len) + 2 * QR_QUIET) * dots > paper->width_dots)
		dots--;
	return (uint8_t)dots;
}

static void put_qr(struct pen *pen, const struct document_item *item)
{
	uint8_t data[ESCPOS_QR_MAX];
	size_t given = strnlen(item->text, ESCPOS_QR_MAX + 1), len = 0;
	uint32_t code = 0;

	if (given > ESCPOS_QR_MAX) {
		pen->error = pen->error ? pen->error : -E2BIG;
		return;
	}
	if (!pen->paper->qr) {
		put_text(pen, &(struct document_item){.align = item->align}, item->text);
		return;
	}
	for (size_t i = 0, n; i < given; i += n) {
		n = text_next(item->text + i, given - i, &code);
		if (text_is_control(code) || (code == TEXT_MALFORMED && n == 1))
			continue;
		memcpy(data + len, item->text + i, n);
		len += n;
	}
	if (len == 0)
		return;
	escpos_set_align(pen, item->align);
	/* GS ( k: model 2, module size, correction M, store, print (TM-T88III guide) */
	PUT(pen, 0x1d, 0x28, 0x6b, 0x04, 0x00, 0x31, 0x41, 0x32, 0x00);
	PUT(pen, 0x1d, 0x28, 0x6b, 0x03, 0x00, 0x31, 0x43,
	    qr_module_dots(pen->paper, item->module_dots, len));
	PUT(pen, 0x1d, 0x28, 0x6b, 0x03, 0x00, 0x31, 0x45, 0x31);
	PUT(pen, 0x1d, 0x28, 0x6b, (uint8_t)((len + 3) & 0xff), (uint8_t)((len + 3) >> 8), 0x31,
	    0x50, 0x30);
	escpos_put(pen, data, len);
	PUT(pen, 0x1d, 0x28, 0x6b, 0x03, 0x00, 0x31, 0x51, 0x30);
}

/* ---- documents ------------------------------------------------------------------------------ */

static void put_feed(struct pen *pen, uint8_t lines)
{
	if (lines > ESCPOS_FEED_MAX)
		lines = ESCPOS_FEED_MAX;
	if (lines > 0)
		PUT(pen, 0x1b, 0x64, lines);
}

/* Only at the start of a line. GS V 65 and 66 feed to the cutter first; some models know no 65. */
static void put_cut(struct pen *pen)
{
	if (pen->paper->cutter)
		PUT(pen, LF, 0x1d, 0x56, pen->paper->full_cut ? 0x41 : 0x42, 0x00);
	else
		put_feed(pen, TEAR_LINES);
}

static void put_item(struct pen *pen, const struct document_item *item)
{
	if (item->kind != DOCUMENT_PICTURE)
		escpos_feed_white(pen);
	switch (item->kind) {
	case DOCUMENT_TEXT: put_text(pen, item, item->text ? item->text : ""); return;
	case DOCUMENT_FEED: put_feed(pen, item->lines); return;
	case DOCUMENT_RULE: put_rule(pen); return;
	case DOCUMENT_QR:
		if (item->text)
			put_qr(pen, item);
		return;
	case DOCUMENT_PICTURE: escpos_put_picture(pen, item); return;
	case DOCUMENT_CUT: put_cut(pen); return;
	}
	pen->error = pen->error ? pen->error : -EINVAL;
}

/* ESC @ also switches automatic status off, therefore it is armed behind it. */
static void put_start(struct pen *pen)
{
	PUT(pen, 0x1b, 0x40);
	if (pen->paper->status)
		PUT(pen, 0x1d, 0x61, 0xff);
	if (pen->paper->gbk)
		PUT(pen, 0x1c, 0x2e);
}

int escpos_encode(const struct document *document, const struct escpos_paper *paper, uint8_t *ret,
		  size_t size, size_t *ret_len, struct escpos_losses *ret_losses)
{
	struct pen pen = {.bytes = ret, .size = size, .paper = paper};
	int r;

	if (!document || !document->items || document->count == 0 ||
	    document->count > DOCUMENT_MAX_ITEMS)
		return -EINVAL;
	if (paper->width_dots < WIDTH_DOTS_MIN || paper->width_dots > ESCPOS_WIDTH_DOTS_MAX ||
	    paper->columns < COLUMNS_MIN)
		return -EINVAL;
	r = text_gbk_init();
	if (r < 0)
		return r;
	put_start(&pen);
	for (size_t i = 0; i < document->count; i++)
		put_item(&pen, &document->items[i]);
	escpos_feed_white(&pen);
	if (pen.error)
		return pen.error;
	*ret_len = pen.len;
	if (ret_losses)
		*ret_losses = pen.losses;
	return 0;
}
