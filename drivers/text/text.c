/* UTF-8 by the byte and text by the column. The widths are those of a device that takes GBK: one
 * column a byte. They need no table of wide characters: whatever is not ASCII has a two-byte code,
 * or is printed as the two-byte sign for a missing one. */
#include "drivers/text/text.h"

#include <errno.h>
#include <string.h>

static const char ELLIPSIS[] = "…";
enum { ELLIPSIS_LEN = sizeof(ELLIPSIS) - 1, ELLIPSIS_COLUMNS = 2 };

struct range {
	uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

#define IS_IN(ranges, code) is_in(ranges, sizeof(ranges) / sizeof((ranges)[0]), code)

/* General categories Cc and Cf, Zl, Zp and the variation selectors (Unicode 14). */
static const struct range controls[] = {
	{0x0000, 0x001f},   {0x007f, 0x009f},	{0x00ad, 0x00ad},   {0x0600, 0x0605},
	{0x061c, 0x061c},   {0x06dd, 0x06dd},	{0x070f, 0x070f},   {0x180b, 0x180f},
	{0x200b, 0x200f},   {0x2028, 0x202e},	{0x2060, 0x206f},   {0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},   {0xfff9, 0xfffb},	{0x110bd, 0x110bd}, {0x110cd, 0x110cd},
	{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe01ef},
};

/* Combining marks of the scripts that can meet us: Latin, Cyrillic, Hebrew, Arabic, Indic above and
 * below signs, Thai, kana voicing marks, symbols. */
static const struct range marks[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf}, {0x05c1, 0x05c2},
	{0x05c4, 0x05c5}, {0x05c7, 0x05c7}, {0x0610, 0x061a}, {0x064b, 0x065f}, {0x0670, 0x0670},
	{0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x06e7, 0x06e8}, {0x06ea, 0x06ed}, {0x0900, 0x0902},
	{0x093a, 0x093a}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31},
	{0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x0f35, 0x0f35}, {0x0f71, 0x0f7e}, {0x0f80, 0x0f84},
	{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20f0}, {0x302a, 0x302d}, {0x3099, 0x309a},
	{0xfe20, 0xfe2f},
};

static size_t sequence_len(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

/* 0: not a well-formed sequence. */
static size_t decode(const char *text, size_t len, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t n = sequence_len(bytes[0]);
	uint32_t code;

	if (n == 0 || n > len)
		return 0;
	code = n == 1 ? bytes[0] : bytes[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3fu);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return n;
}

size_t text_next(const char *text, size_t len, uint32_t *ret_code)
{
	size_t n;

	if (len == 0)
		return 0;
	n = decode(text, len, ret_code);
	if (n == 0) {
		*ret_code = TEXT_MALFORMED;
		n = 1;
	}
	return n;
}

bool text_check(const char *text, size_t len)
{
	uint32_t code;

	for (size_t i = 0; i < len;) {
		size_t n = decode(text + i, len - i, &code);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool text_is_control(uint32_t code)
{
	return IS_IN(controls, code);
}

unsigned text_columns_of(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f)
		return 1;
	if (text_is_control(code) || IS_IN(marks, code))
		return 0;
	return 2;
}

size_t text_columns(const char *text)
{
	size_t len = strlen(text), columns = 0;
	uint32_t code;

	for (size_t i = 0; i < len;) {
		i += text_next(text + i, len - i, &code);
		columns += text_columns_of(code);
	}
	return columns;
}

/* How much of a text will be shown. */
struct fit {
	size_t len, columns;
};

/* Copies the clean characters that fit into columns, ret NULL only counts; ends after the last one
 * that is not blank if trim. */
static struct fit copy_columns(char *ret, const char *text, size_t columns, bool trim)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	size_t len = strlen(text);
	struct fit all = {0}, solid = {0};

	for (size_t i = 0; i < len;) {
		const char *from = text + i;
		uint32_t code = 0;
		size_t n = text_next(text + i, len - i, &code);
		unsigned width = text_columns_of(code);

		i += n;
		if (text_is_control(code))
			continue;
		if (all.columns + width > columns)
			break;
		if (code == TEXT_MALFORMED) {
			from = replacement;
			n = sizeof(replacement) - 1;
		}
		if (ret && code != ' ') {
			/* Blanks are written late: those at the end may not be wanted. */
			memset(ret + solid.len, ' ', all.len - solid.len);
			memcpy(ret + all.len, from, n);
		}
		all.len += n;
		all.columns += width;
		if (code != ' ')
			solid = all;
	}
	if (trim)
		return solid;
	if (ret)
		memset(ret + solid.len, ' ', all.len - solid.len);
	return all;
}

static struct fit fit_columns(char *ret, const char *text, size_t columns)
{
	bool dots = text_columns(text) > columns && columns >= ELLIPSIS_COLUMNS;
	struct fit fit = copy_columns(ret, text, dots ? columns - ELLIPSIS_COLUMNS : columns, dots);

	if (dots) {
		if (ret)
			memcpy(ret + fit.len, ELLIPSIS, ELLIPSIS_LEN);
		fit.len += ELLIPSIS_LEN;
		fit.columns += ELLIPSIS_COLUMNS;
	}
	return fit;
}

int text_abbreviate(char *ret, size_t size, const char *text, size_t columns)
{
	struct fit fit = fit_columns(NULL, text, columns);

	if (fit.len >= size)
		return -ENOSPC;
	fit_columns(ret, text, columns);
	ret[fit.len] = '\0';
	return (int)fit.columns;
}

int text_pad(char *ret, size_t size, const char *text, size_t columns)
{
	struct fit fit = fit_columns(NULL, text, columns);

	if (columns >= size || fit.len + (columns - fit.columns) >= size)
		return -ENOSPC;
	fit_columns(ret, text, columns);
	memset(ret + fit.len, ' ', columns - fit.columns);
	ret[fit.len + columns - fit.columns] = '\0';
	return (int)columns;
}
