/* What may stand in a name, an identifier, a prefix, a token. */
#include "src/core/text.h"

#include <stdint.h>
#include <string.h>

#include "src/core/limits.h"

/* The next character and its length in bytes; 0 bytes: malformed. */
static int next_character(const unsigned char *p, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	uint32_t c = p[0];
	int more = c < 0x80 ? 0 : (c >> 5) == 6 ? 1 : (c >> 4) == 14 ? 2 : (c >> 3) == 30 ? 3 : -1;

	if (more < 0)
		return 0;
	if (more)
		c &= 0x3fu >> more;
	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return more + 1;
}

static bool check(const char *text, bool controls)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t c;

	while (*p) {
		int n = next_character(p, &c);

		if (!n || (!controls && (c < 0x20 || (c >= 0x7f && c < 0xa0))))
			return false;
		p += n;
	}
	return true;
}

bool text_is_utf8(const char *text)
{
	return check(text, true);
}

bool text_is_clean(const char *text)
{
	return check(text, false);
}

bool text_fits(const char *text, size_t size)
{
	return memchr(text, 0, size) && text_is_clean(text);
}

bool text_is_id(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	return text[0] && strchr(letters, text[0]) &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

bool text_is_prefix(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n > 0 && n < CORE_PREFIX_SIZE && !text[n];
}

bool text_is_token(const char *text)
{
	return strspn(text, "0123456789abcdef") == CORE_TOKEN_SIZE - 1 &&
	       !text[CORE_TOKEN_SIZE - 1];
}
