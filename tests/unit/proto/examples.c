/* What stands between ```example and ``` is an example; empty lines and remarks are left out. */
#include "tests/unit/proto/examples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool inside;
static int number;

FILE *examples_open(void)
{
	FILE *file = fopen(PROTOCOL_DOCUMENT, "r");

	assert_non_null(file);
	inside = false;
	number = 0;
	return file;
}

static void cut_end(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\n'))
		text[--len] = '\0';
}

static void read_bytes(struct example_line *line)
{
	char *at = line->rest, *end;

	while (*at && strcmp(at, "bad") != 0) {
		unsigned long value = strtoul(at, &end, 16);

		if (end != at + 2 || (*end && *end != ' ') || line->len == sizeof(line->bytes))
			fail_msg("PROTOCOL.md:%d: no bytes: %s", line->number, at);
		line->bytes[line->len++] = (uint8_t)value;
		at = end + strspn(end, " ");
	}
	line->bad = *at != '\0';
}

static void read_line(char *text, struct example_line *ret_line)
{
	enum { WORDS = 7 };
	static const char *const words[WORDS] = {"power", "restart", "key",  "wait",
						 ">",	  "<",	     "shows"};
	size_t word = strcspn(text, " "), known = 0;

	*ret_line = (struct example_line){.number = number};
	while (known < WORDS && (strlen(words[known]) != word || strncmp(words[known], text, word)))
		known++;
	if (known == WORDS)
		fail_msg("PROTOCOL.md:%d: not understood: %s", number, text);
	memcpy(ret_line->word, words[known], word + 1);
	text += word + strspn(text + word, " ");
	assert_true(strlen(text) < sizeof(ret_line->rest));
	memcpy(ret_line->rest, text, strlen(text) + 1);
	if (ret_line->word[0] == '>' || ret_line->word[0] == '<')
		read_bytes(ret_line);
}

bool examples_next(FILE *file, struct example_line *ret_line)
{
	char text[512];

	while (fgets(text, sizeof(text), file)) {
		number++;
		if (!inside) {
			inside = strcmp(text, "```example\n") == 0;
			continue;
		}
		if (strcmp(text, "```\n") == 0) {
			inside = false;
			*ret_line = (struct example_line){.number = number, .word = "end"};
			return true;
		}
		if (strchr(text, '#'))
			*strchr(text, '#') = '\0';
		cut_end(text);
		if (!text[0])
			continue;
		read_line(text, ret_line);
		return true;
	}
	return false;
}
