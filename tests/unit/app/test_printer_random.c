/* A million bytes of noise, and as many of commands with any parameters, given to printers of all
 * kinds while hands move their switches. --seed N for one of your own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/app/printer_abuse.h"

enum { ROUNDS = 250, BYTES = 4000 };

static uint64_t seed = 20240229;

static uint32_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 24);
}

/* '?' is any byte, '#' a small one; each stands for itself elsewhere. */
static const struct {
	const char *bytes;
	size_t len;
	uint16_t data; /* bytes of noise behind it */
} tokens[] = {
#define TOKEN(text, data)                                                                          \
	{                                                                                          \
		text, sizeof(text) - 1, data                                                       \
	}
	TOKEN("\x1b@", 0),
	TOKEN("text\n", 0),
	TOKEN("?????\n", 0),
	TOKEN("\xb4\xf3\xcc\xfc\n", 0),
	TOKEN("\x1d!?", 0),
	TOKEN("\x1b!?", 0),
	TOKEN("\x1c!?", 0),
	TOKEN("\x1c.", 0),
	TOKEN("\x1c&", 0),
	TOKEN("\x1b"
	      "a#",
	      0),
	TOKEN("\x1b"
	      "d#",
	      0),
	TOKEN("\x1bJ?", 0),
	TOKEN("\x1b-#", 0),
	TOKEN("\x1d"
	      "B#",
	      0),
	TOKEN("\x1b$?#", 0),
	TOKEN("\x1b\\??", 0),
	TOKEN("\x1b ?", 0),
	TOKEN("\x1b"
	      "D?\x00\t",
	      0),
	TOKEN("\x1dL?#", 0),
	TOKEN("\x1dW?#", 0),
	TOKEN("\x1bt#", 0),
	TOKEN("\n\x1dVB?", 0),
	TOKEN("\n\x1dV#", 0),
	TOKEN("\n\x1dv0\x00\x08\x00\x10\x00", 128),
	TOKEN("\n\x1dv0#\x04\x00#\x00", 64),
	TOKEN("\n\x1d(L\x8a\x00\x30\x70\x30\x01\x01\x31\x40\x00\x10\x00", 128),
	TOKEN("\n\x1d(L\x8a\x00\x30\x70\x30\x02\x02\x31\x40\x00\x10\x00", 128),
	TOKEN("\n\x1d\x38L\x8a\x00\x00\x00\x30\x70\x30\x01\x01\x31\x40\x00\x10\x00", 128),
	TOKEN("\x1d(L\x02\x00\x30\x32", 0),
	TOKEN("\x1d(L??0?0??1", 0),
	TOKEN("\n\x1d(k\x08\x00\x31\x50\x30?????\x1d(k\x03\x00\x31\x51\x30", 0),
	TOKEN("\x1d(k\x03\x00\x31\x43#", 0),
	TOKEN("\x1d(H\x06\x00\x30\x30????", 0),
	TOKEN("\x1d(A\x02\x00\x00\x02", 0),
	TOKEN("\x1d(z?#", 0),
	TOKEN("\x1dr#", 0),
	TOKEN("\x1d"
	      "a?",
	      0),
	TOKEN("\x1dI\x43", 0),
	TOKEN("\x10\x04#", 0),
	TOKEN("\x10\x05#", 0),
	TOKEN("\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", 0),
	TOKEN("\x10\x14\x01\x00#", 0),
	TOKEN("\x1dkI\x03?B?", 0),
	TOKEN("\x1b*!#\x00", 9),
	TOKEN("\xff?", 0),	      /* something done to it */
	TOKEN("\xff\x10\xff\x11", 0), /* off and on again */
#undef TOKEN
};

static size_t put_token(uint8_t *bytes, size_t at)
{
	size_t n = draw() % (sizeof(tokens) / sizeof(tokens[0]));

	for (size_t i = 0; i < tokens[n].len && at < BYTES; i++) {
		char c = tokens[n].bytes[i];

		bytes[at++] = c == '?' ? (uint8_t)draw() : c == '#' ? draw() % 6 : (uint8_t)c;
	}
	for (size_t i = 0; i < tokens[n].data && at < BYTES; i++)
		bytes[at++] = (uint8_t)draw();
	return at;
}

static void test_noise(void **state)
{
	static uint8_t bytes[BYTES];

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < BYTES; i++)
			bytes[i] = (uint8_t)draw();
		printer_abuse(bytes, BYTES);
	}
}

static void test_commands(void **state)
{
	static uint8_t bytes[BYTES];

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t at = 2;

		bytes[0] = (uint8_t)draw();
		bytes[1] = (uint8_t)draw();
		while (at < BYTES)
			at = put_token(bytes, at);
		printer_abuse(bytes, BYTES);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_commands),
	};

	if (argc == 3 && !strcmp(argv[1], "--seed"))
		seed = strtoull(argv[2], NULL, 10) | 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
