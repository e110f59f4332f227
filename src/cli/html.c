/* Escapes text for HTML and for XML alike. */
#include <stdint.h>
#include <string.h>

#include "src/cli/html.h"

/* Bytes of the character there; 0: it is no UTF-8 (RFC 3629), or a surrogate, U+FFFE or U+FFFF. */
static size_t character(const unsigned char *at)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80	? 1
		     : at[0] >> 5 == 6	? 2
		     : at[0] >> 4 == 14 ? 3
		     : at[0] >> 3 == 30 ? 4
					: 0;
	uint32_t code = len > 1 ? at[0] & (0x7fu >> len) : at[0];

	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fu);
	}
	if (len == 0 || code < least[len] || code > 0x10ffff || code >> 11 == 0xd800 >> 11 ||
	    (code & 0xfffe) == 0xfffe)
		return 0;
	return len;
}

void html_text(FILE *out, const char *text)
{
	while (*text) {
		size_t len = character((const unsigned char *)text);

		if (len == 0)
			fputs("\xef\xbf\xbd", out);
		else if (len > 1)
			fwrite(text, 1, len, out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, out);
		text += len ? len : 1;
	}
}

void html_both(FILE *out, const char *zh, const char *en)
{
	html_text(out, zh);
	if (!en[0])
		return;
	fprintf(out, "%s<span lang=\"en\">", zh[0] ? " " : "");
	html_text(out, en);
	fputs("</span>", out);
}
