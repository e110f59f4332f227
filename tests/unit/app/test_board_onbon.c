/* The Onbon card and the Alpha sign of the firmware: published frames in, what is seen and answered
 * out. Sources of the frames: tests/unit/proto/test_onbon.c and test_alpha.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/board_alpha.h"
#include "firmware-host/app/board_onbon.h"
#include "tests/unit/app/seen.h"

static struct onbon_board board;
static struct alpha_board sign;
static uint8_t sent[512];
static size_t sent_len;
static uint32_t now_ms;
static char row[SEEN_SIZE];

static void on_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_true(sent_len + len <= sizeof(sent));
	memcpy(sent + sent_len, bytes, len);
	sent_len += len;
}

static void power_on(uint16_t address, uint16_t width, uint16_t height)
{
	const struct onbon_board_settings settings = {address, width, height};

	now_ms = 1000;
	onbon_board_init(&board, &settings, (struct hal_uart){.send = on_send}, now_ms);
}

static size_t bytes_of(const char *hex, uint8_t *ret)
{
	size_t len = 0;
	unsigned byte;
	int used;

	for (; sscanf(hex, " %2x%n", &byte, &used) == 1; hex += used)
		ret[len++] = (uint8_t)byte;
	return len;
}

static void hear(const char *hex)
{
	uint8_t bytes[1024];
	size_t len = bytes_of(hex, bytes);

	sent_len = 0;
	for (size_t i = 0; i < len; i++)
		onbon_board_receive(&board, bytes[i], now_ms);
	onbon_board_tick(&board, now_ms);
}

static void answers(const char *hex)
{
	uint8_t bytes[512];
	size_t len = bytes_of(hex, bytes);

	assert_int_equal(sent_len, len);
	assert_memory_equal(sent, bytes, len);
}

static const char *seen(int y)
{
	seen_row(&board.screen, y, row);
	return row;
}

static void after(uint32_t ms)
{
	now_ms += ms;
	onbon_board_tick(&board, now_ms);
}

#define A5   "A5 A5 A5 A5 A5 A5 A5 A5 "
#define CARD A5 "01 00 00 80 00 00 00 00 00 00 FE 02 "
/* checked by nothing, as the header says */
#define FREE A5 "01 00 00 80 00 00 00 00 02 00 FE 02 "
#define ACK  A5 "00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A"

static void test_published(void **state)
{
	(void)state;
	power_on(1, 256, 64);
	hear(CARD "05 00 A2 00 01 00 00 68 F8 5A");
	answers(ACK);
	/* asks for no reply; 12 dots from the top */
	hear(CARD
	     "35 00 A3 06 02 00 00 00 01 2C 00 00 00 00 0C 00 40 00 0C 00 01 0A 01 02 00 00 00 "
	     "00 01 01 01 00 17 02 11 00 00 00 5C 46 4F 30 30 30 54 45 4D 50 45 52 3A 32 31 A1 "
	     "E6 82 DA 5A");
	answers("");
	assert_int_equal(board.texts, 1);
	assert_int_equal(board.areas[0].id, 1);
	hear(CARD "07 00 A3 06 01 02 00 FF 00 67 CC 5A");
	answers(ACK);
	assert_string_equal(seen(0), "");
	hear(CARD "07 00 A3 02 01 02 00 01 0C 26 2D 5A");
	answers(ACK);
	assert_int_equal(board.screen.brightness, 75);
	hear(CARD "0D 00 A2 03 01 08 00 13 20 01 25 11 17 26 05 B0 3F 5A");
	answers(ACK);
	after(34000);
	assert_int_equal(board.time.minute, 18);
	assert_int_equal(board.time.second, 0);
	/* the hand-edited frame with A8 7D */
	hear(CARD
	     "32 00 A3 06 01 2D 00 00 01 29 00 00 00 00 00 00 80 00 20 00 00 00 00 02 00 00 00 "
	     "00 02 02 03 00 04 05 0E 00 00 00 30 31 32 33 34 35 51 52 53 54 54 56 27 42 A8 7D "
	     "5A");
	answers("");
	assert_int_equal(board.refused, 1);
	assert_int_equal(board.frames, 5);
}

static void test_areas(void **state)
{
	(void)state;
	power_on(1, 128, 32);
	/* two rows, 请A001 with escapes and 3 in the second one for 5 s */
	hear(FREE "51 00 A3 06 01 4C 00 FF 02 "
		  "2A 00 00 00 00 00 00 10 00 10 00 00 00 00 00 00 00 00 00 01 01 01 00 04 0A "
		  "0F 00 00 00 5C 46 4F 30 30 30 5C 43 31 C7 EB 41 30 30 31 "
		  "1C 00 00 01 00 10 00 10 00 10 00 01 00 02 05 00 00 00 00 01 01 01 00 04 0A "
		  "01 00 00 00 33 00 00 5A");
	answers(ACK);
	assert_string_equal(seen(0), "请A001");
	assert_string_equal(seen(16), " 3"); /* X is in bytes */
	after(4999);
	assert_string_equal(seen(16), " 3");
	after(1);
	assert_string_equal(seen(16), "");
	assert_string_equal(seen(0), "请A001");
	assert_int_equal(board.expired, 1);
	/* \n begins a line of the same area; dots in place of bytes */
	hear(FREE
	     "2B 00 A3 06 01 26 00 00 01 22 00 00 08 80 00 00 20 00 20 00 00 00 00 00 00 00 00 00 "
	     "02 02 01 00 04 0A 07 00 00 00 41 5C 72 5C 6E 42 43 00 00 5A");
	answers(ACK);
	assert_string_equal(seen(0), " A");
	assert_string_equal(seen(16), " BC");
	hear(FREE "05 00 A3 10 01 00 00 00 00 5A");
	assert_string_equal(seen(0), "");
}

static void test_power_reset_status(void **state)
{
	(void)state;
	power_on(1, 128, 16);
	hear(FREE
	     "24 00 A3 06 01 1F 00 00 01 1A 00 00 00 00 00 00 10 00 10 00 03 00 00 00 00 00 00 "
	     "00 01 01 01 00 04 0A 00 00 00 00 00 00 5A"); /* an area too short by one */
	answers(A5 "00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 01 12 00 00 C5 25 5A");
	hear(FREE
	     "25 00 A3 06 01 20 00 00 01 1C 00 00 00 00 00 00 10 00 10 00 03 00 00 00 00 00 00 "
	     "00 01 01 01 00 04 0A 01 00 00 00 41 00 00 5A");
	answers(ACK);
	assert_string_equal(seen(0), "A");
	hear(FREE "06 00 A3 00 01 01 00 02 00 00 5A");
	assert_string_equal(seen(0), "");
	hear(FREE "06 00 A3 00 01 01 00 01 00 00 5A");
	assert_string_equal(seen(0), "A");
	hear(FREE "05 00 A1 02 01 00 00 00 00 5A");
	/* lit, 16, no time, no program, one area: 3 */
	assert_memory_equal(sent + 8 + 14, "\xa1\x02\x00", 3);
	assert_memory_equal(sent + 8 + 14 + 5,
			    "\x01\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x03VIRTUAL", 26);
	hear(FREE "05 00 A2 01 01 00 00 00 00 5A");
	answers(ACK);
	assert_string_equal(seen(0), "");
}

static void test_refusals(void **state)
{
	(void)state;
	power_on(1, 128, 16);
	hear(FREE "05 00 A9 00 01 00 00 00 00 5A");
	assert_memory_equal(sent + 22, "\xa0\x01\x01", 3);
	hear(FREE "05 00 A1 00 01 00 00 00 00 5A");
	assert_memory_equal(sent + 22, "\xa0\x01\x02", 3);
	hear(FREE "0D 00 A2 03 01 08 00 13 20 13 25 11 17 26 05 00 00 5A");
	assert_memory_equal(sent + 22, "\xa0\x01\x0e", 3);
	hear(FREE "07 00 A3 02 01 02 00 01 11 00 00 5A");
	assert_memory_equal(sent + 22, "\xa0\x01\x12", 3);
	board.refuse_as = ONBON_BUSY;
	board.refuse_count = 1;
	hear(CARD "05 00 A2 00 01 00 00 68 F8 5A");
	assert_memory_equal(sent + 22, "\xa0\x01\x03", 3);
	hear(CARD "05 00 A2 00 01 00 00 68 F8 5A");
	answers(ACK);
	board.silent = true;
	hear(CARD "05 00 A2 00 01 00 00 68 F8 5A");
	answers("");
	power_on(2, 128, 16); /* another's */
	hear(CARD "05 00 A2 00 01 00 00 68 F8 5A");
	answers("");
	hear(A5 "FE FF 00 80 00 00 00 00 02 00 FE 02 05 00 A2 00 01 00 00 00 00 5A");
	assert_int_equal(sent_len, 30);
	hear(A5 "FF FF 00 80 00 00 00 00 02 00 FE 02 05 00 A2 00 01 00 00 00 00 5A");
	answers("");
}

/* ---- the Alpha sign ---- */

static void sign_hear(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		alpha_board_receive(&sign, (uint8_t)bytes[i], now_ms);
	alpha_board_tick(&sign, now_ms);
}

#define SIGN_HEAR(text) sign_hear(text, sizeof(text) - 1)
#define HEAD		"\0\0\0\0\0\1Z00\2"

static const char *sign_seen(int y)
{
	seen_row(&sign.screen, y, row);
	return row;
}

static void test_sign(void **state)
{
	const struct alpha_board_settings settings = {1, 128, 32};

	(void)state;
	now_ms = 0;
	alpha_board_init(&sign, &settings, now_ms);
	SIGN_HEAR(HEAD "AA\x1b bHELLO\4");
	assert_string_equal(sign_seen(0), "HELLO");
	SIGN_HEAR(HEAD "A0\x1b c\x1c"
		       "1A001\4");
	assert_string_equal(sign_seen(0), "A001");
	now_ms += SCREEN_BLINK_MS;
	alpha_board_tick(&sign, now_ms);
	assert_string_equal(sign_seen(0), "");
	SIGN_HEAR(HEAD "A0\4");
	assert_string_equal(sign_seen(0), "HELLO");
	SIGN_HEAR(HEAD "AA\x1b aHELLO\3"
		       "0297\4"); /* with its sum; moves */
	now_ms += 128 * SCREEN_SCROLL_MS;
	alpha_board_tick(&sign, now_ms);
	assert_string_equal(sign_seen(0), "HELLO");
	SIGN_HEAR(HEAD "AA\x1b bHELLX\3"
		       "0297\4");
	assert_string_equal(sign_seen(0), "HELLO");
	assert_int_equal(sign.refused, 1);
	SIGN_HEAR("\0\0\0\0\0\1Z02\2AA\x1b bother\4"); /* another's */
	assert_string_equal(sign_seen(0), "HELLO");
	SIGN_HEAR("\0\0\0\0\0\1Z01\2AA\x1b"
		  "0bA\rB\4");
	assert_string_equal(sign_seen(0), "A");
	assert_string_equal(sign_seen(16), "B");
	/* memory with a string, and a text that calls it */
	SIGN_HEAR(HEAD "E$1BL00200000AAU0100FF00\4");
	assert_string_equal(sign_seen(0), "");
	SIGN_HEAR(HEAD "G12.41\3\2AA\x1b bEUR \x10"
		       "1\3\4");
	assert_string_equal(sign_seen(0), "EUR 2.41");
	SIGN_HEAR(HEAD "AB\x1b bnowhere\4");
	assert_int_equal(sign.ignored, 1);
	SIGN_HEAR(HEAD "E 1118\3\2E(20010\3\2E,\3\4");
	assert_int_equal(sign.minute, 11 * 60 + 18);
	assert_int_equal(sign.beeps, 1);
	SIGN_HEAR(HEAD "E$\4");
	assert_string_equal(sign_seen(0), "");
}

static void test_noise(void **state)
{
	uint64_t random = 3;

	(void)state;
	power_on(1, 128, 16);
	for (unsigned i = 0; i < 200000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		sent_len = 0;
		onbon_board_receive(&board, (uint8_t)(random >> 40 & 1 ? random >> 32 : 0xa5), i);
		alpha_board_receive(
			&sign, (uint8_t)(random >> 33 & 7 ? random >> 50 & 7 : random >> 52), i);
	}
	hear(CARD "05 00 A2 00 01 00 00 68 F8 5A");
	answers(ACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_power_reset_status),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
