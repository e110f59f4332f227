/* Rewrites cairo's SVG text. All writing is glyph outlines by then, so no word of anybody's can be
 * mistaken for an attribute. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chart/svg.h"

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		default:
			/* XML has no other control characters */
			if ((unsigned char)*text >= 0x20)
				fputc(*text, out);
			else
				fputc(' ', out);
			break;
		}
}

static void put_root(FILE *out, const struct chart *chart)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" "
		"xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 %g %g\" "
		"role=\"img\" aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
		chart->width, chart->height, chart->id, chart->id, chart->id);
	put_escaped(out, chart->title);
	fprintf(out, "</title>\n<desc id=\"%s-desc\">", chart->id);
	put_escaped(out, chart->description);
	fputs("</desc>\n", out);
}

/* "12.345678" at most two decimals, "12.30" as "12.3". Returns what is behind it. */
static const char *put_number(FILE *out, const char *text)
{
	char digits[64], *end = NULL;
	double value = strtod(text, &end);
	size_t len;

	snprintf(digits, sizeof(digits), "%.2f", value);
	len = strlen(digits);
	while (digits[len - 1] == '0')
		digits[--len] = '\0';
	if (digits[len - 1] == '.')
		digits[--len] = '\0';
	fputs(digits, out);
	return end;
}

/* A number with a point, no part of a name. */
static int is_decimal(const char *text, char before)
{
	size_t whole = strspn(text, "0123456789");

	return whole > 0 && text[whole] == '.' && isdigit((unsigned char)text[whole + 1]) &&
	       !isalnum((unsigned char)before) && before != '.';
}

static void put_body(FILE *out, const char *body, const char *id)
{
	static const char *const names[] = {" id=\"", "href=\"#", "url(#"};
	char before = ' ';

	while (*body) {
		size_t len = 0;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !len; i++)
			if (strncmp(body, names[i], strlen(names[i])) == 0)
				len = strlen(names[i]);
		if (len) {
			fprintf(out, "%.*s%s-", (int)len, body, id);
			body += len;
			before = '-';
		} else if (is_decimal(body, before)) {
			body = put_number(out, body);
			before = '0';
		} else {
			before = *body;
			fputc(*body++, out);
		}
	}
}

char *svg_tidy(const char *svg, const struct chart *chart)
{
	const char *body = strstr(svg, "<svg");
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int failed;

	body = body ? strchr(body, '>') : NULL;
	out = body ? open_memstream(&text, &size) : NULL;
	if (!out)
		return NULL;
	put_root(out, chart);
	put_body(out, body + 1, chart->id);
	failed = ferror(out);
	failed |= fclose(out);
	if (!failed)
		return text;
	free(text);
	return NULL;
}
