/* Every frame of firmware-host/PROTOCOL.md is one that the codecs take, and build alike. The frames
 * were written with another program's checksums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/proto/keypad_profile.h"
#include "firmware-host/proto/lihe.h"
#include "firmware-host/proto/modbus.h"

static size_t unhex(const char *text, uint8_t *ret)
{
	size_t len = 0;
	unsigned value;

	while (sscanf(text, " %2x", &value) == 1) {
		ret[len++] = (uint8_t)value;
		text += strspn(text, " ") + 2;
	}
	return len;
}

static bool is_lihe(const uint8_t *frame, size_t len)
{
	uint8_t built[LIHE_MAX_FRAME];
	struct lihe_number number;
	struct lihe_text text;

	if (lihe_parse_text(frame, len, LIHE_SUM_DATA, &text) == LIHE_GOOD)
		return lihe_build_text(built, sizeof(built), &text, LIHE_SUM_DATA) == len &&
		       !memcmp(built, frame, len);
	return lihe_parse_number(frame, len, &number) == LIHE_GOOD &&
	       lihe_build_number(built, sizeof(built), &number) == len &&
	       !memcmp(built, frame, len);
}

static bool is_modbus(char from, const uint8_t *frame, size_t len)
{
	struct modbus_request request;
	struct modbus_reply reply;

	if (from == '>')
		return modbus_parse_request(frame, len, &request);
	return modbus_match_reply(frame, len, 5, frame[1], &reply) == (int)len;
}

static void frames_of_the_document(void **state)
{
	FILE *file = fopen(DOCUMENT, "r");
	char line[512];
	int frames = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		uint8_t frame[256];
		size_t len;

		if (strncmp(line, "    > ", 6) != 0 && strncmp(line, "    < ", 6) != 0)
			continue;
		len = unhex(line + 6, frame);
		frames++;
		if (!is_lihe(frame, len) && !is_modbus(line[4], frame, len))
			fail_msg("not a frame: %s", line);
	}
	fclose(file);
	assert_int_equal(frames, 13);
}

/* The worked press: its details are in the document, register by register. */
static void registers_of_the_document(void **state)
{
	const uint16_t details[] = {0x1a2b, 0x3c4d, 7, 3, 0, 12, 1, 1, KEYPAD_PROFILE_VERSION};
	FILE *file = fopen(DOCUMENT, "r");
	char hex[3 * 64] = "", line[512];
	uint8_t frame[64];
	size_t len = modbus_build_values(frame, sizeof(frame), 5, MODBUS_READ_INPUT, details,
					 KEYPAD_PROFILE - KEYPAD_NONCE_HIGH + 1);
	bool found = false;

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 3 * i, 4, "%02X ", frame[i]);
	hex[3 * len - 1] = '\0';
	while (fgets(line, sizeof(line), file))
		found |= strstr(line, hex) != NULL;
	fclose(file);
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_the_document),
		cmocka_unit_test(registers_of_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
