/* Alpha packets: those that others published, damaged ones, noise.
 *
 * Sources: the tests of tenderlove/betabrite (memory of text, string and dots files, six strings in
 * one packet), and the checksum of the protocol's document as lancereinsmith/alphasignpy has it:
 * the sum of STX, code, data and ETX. The text packet is that of depili/betabrite with the text
 * "HELLO"; its sum was worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/proto/alpha.h"

static const uint8_t memory_text[] = {0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x5a, 0x30,
				      0x30, 0x02, 0x45, 0x24, 0x41, 0x41, 0x55, 0x30,
				      0x31, 0x30, 0x30, 0x46, 0x46, 0x30, 0x30, 0x04};
static const uint8_t memory_string[] = {0,  0,	0,  0,	0,  1,	90, 48, 48, 2,	69, 36,
					48, 66, 76, 48, 48, 50, 48, 48, 48, 48, 48, 4};
static const uint8_t memory_dots[] = {0,  0,  0,  0,  0,  1,  90, 48, 48, 2,  69, 36,
				      49, 68, 85, 48, 55, 48, 55, 52, 48, 48, 48, 4};
static const uint8_t memory_two[] = {0,	 0,  0,	 0,  0,	 1,  90, 48, 48, 2,  69, 36,
				     48, 66, 76, 48, 48, 50, 48, 48, 48, 48, 48, 65,
				     65, 85, 48, 49, 48, 48, 70, 70, 48, 48, 4};
static const uint8_t strings[] = {0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x5a, 0x30, 0x30, 0x02, 0x47,
				  0x30, 0x31, 0x31, 0x30, 0x34, 0x35, 0x2e, 0x32, 0x38, 0x20, 0x03,
				  0x02, 0x47, 0x31, 0x32, 0x2e, 0x34, 0x31, 0x20, 0x03, 0x02, 0x47,
				  0x32, 0x31, 0x39, 0x2e, 0x39, 0x32, 0x20, 0x03, 0x02, 0x47, 0x33,
				  0x31, 0x36, 0x2e, 0x35, 0x36, 0x20, 0x03, 0x02, 0x47, 0x34, 0x33,
				  0x2e, 0x33, 0x37, 0x20, 0x03, 0x02, 0x47, 0x35, 0x31, 0x36, 0x2e,
				  0x34, 0x37, 0x20, 0x03, 0x04};
/* 02+41+41+1B+20+61+48+45+4C+4C+4F+03 = 297 */
static const uint8_t text_checked[] = {0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 'Z', '0', '0',
				       0x02, 'A',  'A',	 0x1b, 0x20, 0x61, 'H', 'E', 'L',
				       'L',  'O',  0x03, '0',  '2',  '9',  '7', 0x04};

#define PUBLISHED(name)                                                                            \
	{                                                                                          \
		name, sizeof(name)                                                                 \
	}
static const struct {
	const uint8_t *bytes;
	size_t len;
} published[] = {
	PUBLISHED(memory_text), PUBLISHED(memory_string), PUBLISHED(memory_dots),
	PUBLISHED(memory_two),	PUBLISHED(strings),	  PUBLISHED(text_checked),
};
enum { PUBLISHED_COUNT = sizeof(published) / sizeof(published[0]) };

static enum alpha_error parse(const uint8_t *bytes, size_t len, struct alpha_packet *ret)
{
	size_t used = 0;
	enum alpha_error error = alpha_parse(bytes, len, ret, &used);

	if (error == ALPHA_GOOD)
		assert_int_equal(used, len);
	return error;
}

static void test_memory(void **state)
{
	struct alpha_packet packet;
	struct alpha_command command;
	struct alpha_file file;
	uint8_t built[64], entry[ALPHA_FILE];
	size_t at = 0;

	(void)state;
	assert_int_equal(parse(memory_text, sizeof(memory_text), &packet), ALPHA_GOOD);
	assert_int_equal(packet.type, 'Z');
	assert_int_equal(packet.address, 0);
	assert_true(alpha_next_command(&packet, &at, &command));
	assert_int_equal(command.code, 'E');
	assert_false(command.has_checksum);
	assert_int_equal(command.len, 1 + ALPHA_FILE);
	assert_true(alpha_take_file(command.data + 1, &file));
	assert_int_equal(file.label, 'A');
	assert_int_equal(file.type, 'A');
	assert_int_equal(file.protection, 'U');
	assert_int_equal(file.size, 256);
	assert_int_equal(file.times, 0xff00);
	alpha_put_file(entry, &file);
	assert_memory_equal(entry, command.data + 1, ALPHA_FILE);
	assert_false(alpha_next_command(&packet, &at, &command));
	assert_int_equal(alpha_build(built, sizeof(built), 'Z', 0, 'E',
				     (const uint8_t *)"$AAU0100FF00", 12, false),
			 sizeof(memory_text));
	assert_memory_equal(built, memory_text, sizeof(memory_text));
	assert_int_equal(alpha_build(built, sizeof(built), 'Z', 0, 'E',
				     (const uint8_t *)"$0BL00200000AAU0100FF00", 23, false),
			 sizeof(memory_two));
	assert_memory_equal(built, memory_two, sizeof(memory_two));
	assert_false(alpha_take_file((const uint8_t *)"ACU0100FF00", &file));
	assert_false(alpha_take_file((const uint8_t *)"AAX0100FF00", &file));
	assert_false(alpha_take_file((const uint8_t *)"AAU01G0FF00", &file));
}

static void test_strings(void **state)
{
	static const char *const values[] = {"11045.28 ", "2.41 ", "19.92 ",
					     "16.56 ",	  "3.37 ", "16.47 "};
	struct alpha_packet packet;
	struct alpha_command command;
	size_t at = 0;

	(void)state;
	assert_int_equal(parse(strings, sizeof(strings), &packet), ALPHA_GOOD);
	for (size_t i = 0; i < 6; i++) {
		assert_true(alpha_next_command(&packet, &at, &command));
		assert_int_equal(command.code, ALPHA_WRITE_STRING);
		assert_int_equal(command.data[0], '0' + i);
		assert_int_equal(command.len, 1 + strlen(values[i]));
		assert_memory_equal(command.data + 1, values[i], strlen(values[i]));
	}
	assert_false(alpha_next_command(&packet, &at, &command));
}

static void test_text(void **state)
{
	struct alpha_packet packet;
	struct alpha_command command;
	struct alpha_text text;
	uint8_t built[64];
	size_t at = 0;

	(void)state;
	assert_int_equal(parse(text_checked, sizeof(text_checked), &packet), ALPHA_GOOD);
	assert_true(alpha_next_command(&packet, &at, &command));
	assert_true(command.has_checksum);
	assert_int_equal(command.checksum, 0x297);
	assert_true(alpha_take_text(command.data, command.len, &text));
	assert_int_equal(text.label, 'A');
	assert_true(text.has_mode);
	assert_int_equal(text.position, ALPHA_MIDDLE);
	assert_int_equal(text.mode, ALPHA_ROTATE);
	assert_int_equal(text.len, 5);
	assert_memory_equal(text.text, "HELLO", 5);
	assert_int_equal(alpha_build(built, sizeof(built), 'Z', 0, 'A',
				     (const uint8_t *)"AA\x1b aHELLO" + 1, 9, true),
			 sizeof(text_checked));
	assert_memory_equal(built, text_checked, sizeof(text_checked));
	/* a special mode has another character; an empty priority file has only its label */
	assert_true(alpha_take_text((const uint8_t *)"A\x1b\x30n8Hi", 7, &text));
	assert_int_equal(text.special, '8');
	assert_int_equal(text.len, 2);
	assert_true(alpha_take_text((const uint8_t *)"0", 1, &text));
	assert_false(text.has_mode);
	assert_int_equal(text.len, 0);
	assert_false(alpha_take_text((const uint8_t *)"A\x1b\x30n", 4, &text));
	assert_false(alpha_take_text((const uint8_t *)"A\x1b\x30", 3, &text));
	assert_false(alpha_take_text((const uint8_t *)"", 0, &text));
	/* what would end a command cannot stand in a text */
	for (uint8_t byte = 0; byte <= 4; byte++)
		assert_int_equal(alpha_build(built, sizeof(built), 'Z', 0, 'A', &byte, 1, false),
				 0);
	assert_int_equal(alpha_build(built, sizeof(text_checked) - 1, 'Z', 0, 'A',
				     (const uint8_t *)"A\x1b aHELLO", 9, true),
			 0);
}

static void test_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum alpha_error error;
	} cases[] = {
		{"", 0, ALPHA_NO_FRAME},
		{"\0\0\0\0\0", 5, ALPHA_TOO_SHORT},
		{"\0\0\0\0\1Z00\2AA\4", 12, ALPHA_NO_FRAME}, /* four NULs */
		{"\0\0\0\0\0Z00\2AA\4", 12, ALPHA_NO_FRAME},
		{"\0\0\0\0\0\1Z0", 8, ALPHA_TOO_SHORT},
		{"\0\0\0\0\0\1Z0G\2AA\4", 13, ALPHA_BAD_HEADER},
		{"\0\0\0\0\0\1\3"
		 "00\2AA\4",
		 13, ALPHA_BAD_HEADER},
		{"\0\0\0\0\0\1Z00\4", 10, ALPHA_BAD_COMMAND},
		{"\0\0\0\0\0\1Z00AA\4", 12, ALPHA_BAD_COMMAND},
		{"\0\0\0\0\0\1Z00\2\4", 11, ALPHA_BAD_COMMAND},
		{"\0\0\0\0\0\1Z00\2AA\1\4", 14, ALPHA_BAD_COMMAND},
		{"\0\0\0\0\0\1Z00\2AA", 12, ALPHA_TOO_SHORT},
		{"\0\0\0\0\0\1Z00\2AAx\3"
		 "00FF\4",
		 19, ALPHA_GOOD}, /* 02+41+41+78+03 */
		{"\0\0\0\0\0\1Z00\2AA\3"
		 "0087\4",
		 18, ALPHA_GOOD}, /* 02+41+41+03 */
		{"\0\0\0\0\0\1Z00\2AA\3"
		 "0088\4",
		 18, ALPHA_BAD_SUM},
		{"\0\0\0\0\0\1Z00\2AA\3"
		 "087\4",
		 17, ALPHA_BAD_SUM},
		{"\0\0\0\0\0\1Z00\2AA\3"
		 "00870\4",
		 19, ALPHA_BAD_SUM},
		{"\0\0\0\0\0\1Z??\2AA\3\4", 14, ALPHA_GOOD},
	};
	struct alpha_packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t used = 0;
		assert_int_equal(alpha_parse((const uint8_t *)cases[i].bytes, cases[i].len, &packet,
					     &used),
				 cases[i].error);
	}
}

static void test_stream_and_noise(void **state)
{
	static struct alpha_receiver receiver;
	uint64_t random = 13;
	unsigned good = 0;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		const uint8_t *frame = published[round % PUBLISHED_COUNT].bytes;
		size_t len = published[round % PUBLISHED_COUNT].len, used;
		struct alpha_packet packet;
		uint8_t bytes[128];

		memcpy(bytes, frame, len);
		for (unsigned i = 0; i < 3; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			bytes[(random >> 40) % len] = (uint8_t)(random >> 32);
		}
		alpha_parse(bytes, len, &packet, &used);
		for (size_t i = 0; i < len - (random >> 50) % len; i++)
			alpha_receiver_push(&receiver, bytes[i]);
		for (size_t i = 0; i < len; i++)
			if (alpha_receiver_push(&receiver, frame[i]))
				good += alpha_parse(receiver.bytes, receiver.len, &packet, &used) ==
						ALPHA_GOOD &&
					i == len - 1;
	}
	assert_int_equal(good, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stream_and_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
