/* UTF-8 to GBK by a table of the basic plane, made once from iconv: afterwards a character costs
 * one look, no descriptor is shared and nothing can fail in the middle of a ticket. GB18030 and not
 * GBK is asked, and only its two-byte area is taken: that is what thermal printers name as their
 * character set (SP91 manual). What it holds beyond GBK are 95 characters; "䶮" of people's names
 * is one of them. */
#include <errno.h>
#include <iconv.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"

enum { BASIC_PLANE = 0x10000, TWO_BYTES = 0x8000 };

static uint16_t table[BASIC_PLANE];
static uint16_t back[TWO_BYTES]; /* by the code less 8000, which all lead bytes are above */
static uint8_t in_gb2312[BASIC_PLANE / 8];
static int table_status;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static bool is_user_defined(uint32_t code)
{
	return code >= 0xe000 && code <= 0xf8ff;
}

/* The bytes of one character, 0 if the conversion has none for it. */
static size_t convert_one(iconv_t convert, uint32_t code, unsigned char out[8])
{
	char in[4] = {0, 0, (char)(code >> 8), (char)code};
	char *from = in, *to = (char *)out;
	size_t in_left = sizeof(in), out_left = 8;

	if (iconv(convert, &from, &in_left, &to, &out_left) == 0)
		return 8 - out_left;
	iconv(convert, NULL, NULL, NULL, NULL);
	return 0;
}

/* Whether GB 2312 has something in that cell. What counts is the cell, for its bytes are what is
 * sent: of a few cells iconv takes GB 2312 to mean another character than GBK (A1A4 "·", A1AA "—").
 */
static bool is_gb2312_cell(iconv_t convert, const unsigned char cell[2])
{
	char in[2] = {(char)cell[0], (char)cell[1]}, out[8];
	char *from = in, *to = out;
	size_t in_left = sizeof(in), out_left = sizeof(out);

	if (iconv(convert, &from, &in_left, &to, &out_left) == 0)
		return true;
	iconv(convert, NULL, NULL, NULL, NULL);
	return false;
}

static void fill_table(void)
{
	iconv_t gb18030 = iconv_open("GB18030", "UCS-4BE");
	iconv_t gb2312 = iconv_open("UCS-4BE", "EUC-CN");

	if (gb18030 == (iconv_t)-1 || gb2312 == (iconv_t)-1) {
		table_status = -ENOSYS;
		goto out;
	}
	for (uint32_t code = 0x80; code < BASIC_PLANE; code++) {
		unsigned char out[8];

		if ((code >= 0xd800 && code <= 0xdfff) || is_user_defined(code))
			continue;
		if (convert_one(gb18030, code, out) != 2)
			continue;
		table[code] = (uint16_t)(out[0] << 8 | out[1]);
		back[table[code] - TWO_BYTES] = (uint16_t)code;
		if (is_gb2312_cell(gb2312, out))
			in_gb2312[code / 8] |= (uint8_t)(1u << code % 8);
	}
out:
	if (gb18030 != (iconv_t)-1)
		iconv_close(gb18030);
	if (gb2312 != (iconv_t)-1)
		iconv_close(gb2312);
}

int text_gbk_init(void)
{
	pthread_once(&table_once, fill_table);
	return table_status;
}

uint16_t text_gbk_of(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f)
		return (uint16_t)code;
	if (code < 0x80 || code >= BASIC_PLANE || text_gbk_init() < 0)
		return 0;
	return table[code];
}

bool text_is_gb2312(uint32_t code)
{
	if (code < 0x80)
		return code >= 0x20 && code < 0x7f;
	return code < BASIC_PLANE && text_gbk_init() == 0 && in_gb2312[code / 8] & 1u << code % 8;
}

const char *text_find_missing(const char *text, enum text_set set)
{
	size_t len = strlen(text), n;
	uint32_t code = 0;

	for (size_t i = 0; i < len; i += n) {
		n = text_next(text + i, len - i, &code);
		if (text_is_control(code) || (code >= 0x20 && code < 0x7f))
			continue;
		if (set == TEXT_SET_ASCII || (set == TEXT_SET_GB2312 && !text_is_gb2312(code)) ||
		    text_gbk_of(code) == 0)
			return text + i;
	}
	return NULL;
}

bool text_is_in_set(const char *text, enum text_set set)
{
	return !text_find_missing(text, set);
}

int text_to_gbk(const char *text, size_t len, uint8_t *ret, size_t size, size_t *ret_len,
		size_t *ret_missing)
{
	size_t at = 0, missing = 0;
	int r;

	r = text_gbk_init();
	if (r < 0)
		return r;
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		uint16_t gbk;

		i += text_next(text + i, len - i, &code);
		if (text_is_control(code))
			continue;
		gbk = text_gbk_of(code);
		if (gbk == 0) {
			missing++;
			if (text_columns_of(code) == 0)
				continue;
			gbk = TEXT_GBK_MISSING;
		}
		if (at + (gbk > 0xff ? 2 : 1) > size)
			return -ENOSPC;
		if (gbk > 0xff)
			ret[at++] = (uint8_t)(gbk >> 8);
		ret[at++] = (uint8_t)gbk;
	}
	*ret_len = at;
	if (ret_missing)
		*ret_missing = missing;
	return 0;
}

/* What stands at bytes, as UTF-8 or as \xNN; the bytes it takes. */
static size_t show_one(const uint8_t *bytes, size_t len, char ret[8])
{
	uint16_t pair = len > 1 ? (uint16_t)(bytes[0] << 8 | bytes[1]) : 0;
	uint16_t code = pair >= TWO_BYTES ? back[pair - TWO_BYTES] : 0;

	if (code >= 0x800)
		snprintf(ret, 8, "%c%c%c", 0xe0 | code >> 12, 0x80 | (code >> 6 & 0x3f),
			 0x80 | (code & 0x3f));
	else if (code)
		snprintf(ret, 8, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 0x3f));
	else if (bytes[0] >= 0x20 && bytes[0] < 0x7f)
		snprintf(ret, 8, "%c", bytes[0]);
	else
		snprintf(ret, 8, "\\x%02X", bytes[0]);
	return code ? 2 : 1;
}

int text_from_gbk(const uint8_t *bytes, size_t len, char *ret, size_t size)
{
	size_t used = 0;
	char one[8];
	int r = text_gbk_init();

	if (r < 0)
		return r;
	for (int pass = 0; pass < 2; pass++) {
		used = 0;
		for (size_t i = 0; i < len;) {
			i += show_one(bytes + i, len - i, one);
			if (pass == 1)
				memcpy(ret + used, one, strlen(one));
			used += strlen(one);
		}
		if (used >= size)
			return -ENOSPC;
	}
	ret[used] = '\0';
	return 0;
}
