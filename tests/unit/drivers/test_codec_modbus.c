/* Modbus frames in words. The frames of slave 17 are the examples of Modbus Application Protocol
 * V1.1b3 as they are published with their CRCs; those of slaves 5 and 7 are in PROTOCOL.md. All
 * CRCs come from another implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/codec_bench.h"

extern const struct codec modbus_codec;

static const struct row {
	const char *hex, *fields; /* as explained */
	unsigned address;
	const char *command, *text, *settings; /* as made; command NULL: not made by us */
} rows[] = {
	{"01 03 00 00 00 01 84 0A",
	 "frame=read-holding; direction=request; address=1; function=03; first=0; count=1; crc=84 "
	 "0A",
	 1, "read-holding", NULL, "first=0"},
	{"01 04 00 00 00 2A 71 D5",
	 "frame=read-input; direction=request; address=1; function=04; first=0; count=42; crc=71 "
	 "D5",
	 1, "read-input", NULL, "first=0 count=42"},
	{"01 02 01 00 A1 88",
	 "frame=read-discrete; direction=reply; address=1; function=02; bytes=1; bits=00000000; "
	 "crc=A1 88",
	 1, "bits", NULL, "function=02 bits=00000000"},
	{"11 01 00 13 00 25 0E 84",
	 "frame=read-coils; direction=request; address=17; function=01; first=19; count=37; crc=0E "
	 "84",
	 17, "read-coils", NULL, "first=0x13 count=0x25"},
	{"11 01 05 CD 6B B2 0E 1B 45 E6",
	 "frame=read-coils; direction=reply; address=17; function=01; bytes=5; "
	 "bits=1011001111010110010011010111000011011000; crc=45 E6",
	 17, "bits", NULL, "bits=1011001111010110010011010111000011011000"},
	{"11 02 00 C4 00 16 BA A9",
	 "frame=read-discrete; direction=request; address=17; function=02; first=196; count=22; "
	 "crc=BA A9",
	 17, "read-discrete", NULL, "first=196 count=22"},
	{"11 02 03 AC DB 35 20 18",
	 "frame=read-discrete; direction=reply; address=17; function=02; bytes=3; "
	 "bits=001101011101101110101100; crc=20 18",
	 17, "bits", NULL, "function=02 bits=0011010111011011101011"},
	{"11 03 00 6B 00 03 76 87",
	 "frame=read-holding; direction=request; address=17; function=03; first=107; count=3; "
	 "crc=76 87",
	 17, "read-holding", NULL, "first=107 count=3"},
	{"11 03 06 AE 41 56 52 43 40 49 AD",
	 "frame=read-holding; direction=reply; address=17; function=03; bytes=6; values=AE41 5652 "
	 "4340; crc=49 AD",
	 17, "values", NULL, "values=0xAE41,0x5652,0x4340"},
	{"11 04 00 08 00 01 B2 98",
	 "frame=read-input; direction=request; address=17; function=04; first=8; count=1; crc=B2 "
	 "98",
	 17, "read-input", NULL, "first=8"},
	{"11 04 02 00 0A F8 F4",
	 "frame=read-input; direction=reply; address=17; function=04; bytes=2; values=000A; crc=F8 "
	 "F4",
	 17, "values", NULL, "function=04 values=10"},
	{"11 05 00 AC FF 00 4E 8B",
	 "frame=write-coil; direction=request-or-reply; address=17; function=05; first=172; "
	 "value=on; crc=4E 8B",
	 17, "write-coil", NULL, "first=172 value=on"},
	{"11 06 00 01 00 03 9A 9B",
	 "frame=write-register; direction=request-or-reply; address=17; function=06; register=1; "
	 "value=3; crc=9A 9B",
	 17, "write-register", NULL, "first=1 value=3"},
	{"11 0F 00 13 00 0A 02 CD 01 BF 0B",
	 "frame=write-coils; direction=request; address=17; function=0F; first=19; count=10; "
	 "bits=1011001110; crc=BF 0B",
	 17, "write-coils", NULL, "first=19 bits=1011001110"},
	{"11 0F 00 13 00 0A 26 99",
	 "frame=write-coils; direction=reply; address=17; function=0F; first=19; count=10; crc=26 "
	 "99",
	 17, "written", NULL, "function=0F first=19 count=10"},
	{"11 10 00 01 00 02 04 00 0A 01 02 C6 F0",
	 "frame=write-registers; direction=request; address=17; function=10; first=1; count=2; "
	 "values=000A 0102; crc=C6 F0",
	 17, "write-registers", NULL, "first=1 values=10,0x102"},
	{"11 10 00 01 00 02 12 98",
	 "frame=write-registers; direction=reply; address=17; function=10; first=1; count=2; "
	 "crc=12 98",
	 17, "written", NULL, "first=1 count=2"},
	{"0A 81 02 B0 53",
	 "frame=exception; direction=reply; address=10; function=81; code=02; crc=B0 53", 10,
	 "exception", NULL, "function=01 code=02"},
	{"01 01 03 CD 6B 05 42 82",
	 "frame=read-coils; direction=reply; address=1; function=01; bytes=3; "
	 "bits=101100111101011010100000; crc=42 82",
	 0, NULL, NULL, NULL},
	{"01 01 03 00 00 10 3D 82",
	 "frame=read-coils; direction=request-or-reply; address=1; function=01; first=768; "
	 "count=16; bytes=3; bits=000000000000000000001000; crc=3D 82",
	 0, NULL, NULL, NULL},
	{"11 07 4C 22", "frame=-; address=17; function=07; data=; crc=4C 22", 17, "raw", NULL,
	 "function=07"},
	{"11 2B 0E 01 00 B1 B4", "frame=-; address=17; function=2B; data=0E 01 00; crc=B1 B4", 17,
	 "raw", NULL, "function=2B data=0E0100"},
	{"00 06 00 00 04 D2 0A 86",
	 "frame=write-register; direction=request-or-reply; address=0; function=06; register=0; "
	 "value=1234; crc=0A 86",
	 0, "write-register", NULL, "first=0 value=1234"},
	{"07 10 02 00 00 06 0C 00 01 00 00 00 00 00 04 41 30 30 31 17 E4",
	 "frame=write-registers; direction=request; address=7; function=10; first=512; count=6; "
	 "values=0001 0000 0000 0004 4130 3031; revision=1; attributes=0; life=0; length=4; "
	 "text=A001; crc=17 E4",
	 7, "text", "A001", ""},
	{"07 10 02 00 00 0C 18 00 02 00 01 00 5A 00 0F C7 EB 41 30 30 31 B5 BD 33 BA C5 B4 B0 BF "
	 "DA 00 49 E0",
	 "frame=write-registers; direction=request; address=7; function=10; first=512; count=12; "
	 "values=0002 0001 005A 000F C7EB 4130 3031 B5BD 33BA C5B4 B0BF DA00; revision=2; "
	 "attributes=1; life=90; length=15; text=请A001到3号窗口; crc=49 E0",
	 7, "text", "请A001到3号窗口", "revision=2 blink=1 life=90"},
	{"07 04 14 00 00 12 34 AB CD 00 00 FF FF 00 00 10 01 00 03 00 64 00 01 4E 73",
	 "frame=read-input; direction=reply; address=7; function=04; bytes=20; values=0000 1234 "
	 "ABCD 0000 FFFF 0000 1001 0003 0064 0001; status=0; nonce_high=4660; nonce_low=43981; "
	 "revision=0; text_crc=65535; life_left=0; size=4097; kind=3; lit=100; profile=1; crc=4E "
	 "73",
	 0, NULL, NULL, NULL},
	{"07 04 00 00 00 0A 70 6B",
	 "frame=read-input; direction=request; address=7; function=04; first=0; count=10; crc=70 "
	 "6B",
	 7, "status", NULL, ""},
	{"07 06 02 81 00 01 19 FC",
	 "frame=write-register; direction=request-or-reply; address=7; function=06; register=641; "
	 "value=1; dark=1; crc=19 FC",
	 7, "dark", NULL, "dark=1"},
	{"07 06 02 80 00 28 89 E2",
	 "frame=write-register; direction=request-or-reply; address=7; function=06; register=640; "
	 "value=40; brightness=40; crc=89 E2",
	 7, "brightness", NULL, "percent=40"},
	{"05 10 01 10 00 05 0A 00 0C 41 30 30 31 00 00 00 00 4B 22",
	 "frame=write-registers; direction=request; address=5; function=10; first=272; count=5; "
	 "values=000C 4130 3031 0000 0000; waiting=12; number=A001; crc=4B 22",
	 5, "write-registers", NULL, "first=0x110 values=12,0x4130,0x3031,0,0"},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		assert_string_equal(bench_decode(&modbus_codec, row->hex, ""), row->fields);
		if (row->command)
			assert_string_equal(bench_encode(&modbus_codec, row->address, row->command,
							 row->text, row->settings),
					    row->hex);
	}
}

/* The CRC is right and the counts contradict each other: told as bytes, not as registers. */
static void test_contradictions(void **state)
{
	(void)state;
	assert_string_equal(
		bench_decode(&modbus_codec, "11 10 00 01 00 03 04 00 0A 01 02 C7 21", ""),
		"frame=-; address=17; function=10; data=00 01 00 03 04 00 0A 01 02; crc=C7 21");
	assert_string_equal(bench_decode(&modbus_codec, "11 0F 00 13 00 0A 01 CD 1A 0F", ""),
			    "frame=-; address=17; function=0F; data=00 13 00 0A 01 CD; crc=1A 0F");
}

static void test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		bench_damage(&modbus_codec, rows[i].hex);
}

/* Question and answer behind each other; and what a direction or the first register says. */
static void test_told(void **state)
{
	(void)state;
	assert_string_equal(
		bench_decode(&modbus_codec, "11 04 00 08 00 01 B2 98 11 04 02 00 0A F8 F4", ""),
		"frame=read-input; direction=request; address=17; function=04; first=8; count=1; "
		"crc=B2 98 | frame=read-input; direction=reply; address=17; function=04; bytes=2; "
		"values=000A; crc=F8 F4");
	assert_string_equal(
		bench_decode(&modbus_codec, "11 06 00 01 00 03 9A 9B", "direction=reply"),
		"frame=write-register; direction=reply; address=17; function=06; register=1; "
		"value=3; crc=9A 9B");
	assert_string_equal(
		bench_decode(&modbus_codec, "07 04 02 00 08 30 F6", "first=0"),
		"frame=read-input; direction=reply; address=7; function=04; bytes=2; values=0008; "
		"status=8; crc=30 F6");
}

/* What was put into a frame comes out of it again: registers and bits of any number. */
static void test_round_trip(void **state)
{
	unsigned seed = 20120426;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		char values[1024] = "values=", words[1024] = "", bits[64] = "", settings[1200];
		char fields[1400], hex[1024];
		unsigned address = (unsigned)rand_r(&seed) % 248,
			 first = (unsigned)rand_r(&seed) % 0x100;
		int count = 1 + rand_r(&seed) % 123, bit_count = 1 + rand_r(&seed) % 40;
		size_t tail;

		for (int k = 0; k < count; k++) {
			unsigned value = (unsigned)rand_r(&seed) & 0xffff;

			snprintf(values + strlen(values), sizeof(values) - strlen(values), "%s%u",
				 k ? "," : "", value);
			snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%04X",
				 k ? " " : "", value);
		}
		for (int k = 0; k < bit_count; k++)
			strcat(bits, rand_r(&seed) % 2 ? "1" : "0");
		snprintf(settings, sizeof(settings), "first=%u %s", first, values);
		snprintf(hex, sizeof(hex), "%s",
			 bench_encode(&modbus_codec, address, "write-registers", NULL, settings));
		snprintf(fields, sizeof(fields),
			 "frame=write-registers; direction=request; address=%u; function=10; "
			 "first=%u; "
			 "count=%d; values=%s",
			 address, first, count, words);
		assert_memory_equal(bench_decode(&modbus_codec, hex, ""), fields, strlen(fields));
		snprintf(settings, sizeof(settings), "first=%u bits=%s", first, bits);
		snprintf(hex, sizeof(hex), "%s",
			 bench_encode(&modbus_codec, address, "write-coils", NULL, settings));
		tail = strlen(hex) - 5;
		snprintf(fields, sizeof(fields),
			 "frame=write-coils; direction=request; address=%u; function=0F; first=%u; "
			 "count=%d; bits=%s; crc=%s",
			 address, first, bit_count, bits, hex + tail);
		assert_string_equal(bench_decode(&modbus_codec, hex, ""), fields);
	}
}

static void refused(const char *hex, const char *settings, const char *zh, const char *en)
{
	const char *said = bench_decode(&modbus_codec, hex, settings);

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s: %s", hex, said);
}

static void test_reasons(void **state)
{
	(void)state;
	refused("01 03 00 00 00 01 84 0B", "", "CRC 不符", "should be 84 0A");
	refused("01 03 00 00 00 01 84", "", "不完整", "should be 8");
	refused("11 10 00 01 00 02 04 00 0A 01 02 C6", "", "不完整", "should be 13");
	refused("01", "", "不完整", "at least 4");
	refused("11 2B 0E 01 00 B1 B5", "", "CRC 不符", "should be B1 B4");
	refused("11 04 02 00 0A F8 F4", "direction=request", "不完整", "should be 8");
	refused("01 03 00 00 00 01 84 0A", "way=request", "没有该设置", "no setting");
	refused("01 03 00 00 00 01 84 0A", "direction=up", "应为", "request reply");
}

static void not_made(unsigned address, const char *command, const char *text, const char *settings,
		     const char *zh, const char *en)
{
	const char *said = bench_encode(&modbus_codec, address, command, text, settings);

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s %s: %s", command, settings, said);
}

static void test_not_made(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'A', sizeof(longest));
	longest[120] = '\0';
	assert_int_equal(strlen(bench_encode(&modbus_codec, 1, "text", longest, "")), 137 * 3 - 1);
	longest[120] = 'A';
	longest[121] = '\0';
	not_made(1, "text", longest, "", "文字过长", "longer than 120");
	not_made(248, "status", NULL, "", "地址", "0 至 to 247");
	not_made(1, "dance", NULL, "", "没有此命令", "no command");
	not_made(1, "text", NULL, "", "缺少文字", "text is missing");
	not_made(1, "text", "A", "revision=0", "应为", "1 至 to 65535");
	not_made(1, "text", "\xf0\x9f\x98\x80", "", "GBK", "that GBK has not");
	not_made(1, "status", "A", "", "不带文字", "no text");
	not_made(1, "read-holding", NULL, "", "缺少", "missing: --set first=");
	not_made(1, "read-holding", NULL, "first=0 count=126", "应为", "1 至 to 125");
	not_made(1, "read-holding", NULL, "first=65535 count=2", "超出", "beyond 65535");
	not_made(1, "write-coil", NULL, "first=0 value=maybe", "应为", "off on");
	not_made(1, "write-registers", NULL, "first=0 values=1,,2", "应为", "parted by commas");
	not_made(1, "write-registers", NULL, "first=0 values=65536", "应为", "to 65535");
	not_made(1, "write-coils", NULL, "first=0 bits=102", "应为", "of 0 and 1");
	not_made(1, "exception", NULL, "function=3", "缺少", "code");
	not_made(1, "exception", NULL, "function=83 code=2", "应为", "01 至 to 7F");
	not_made(1, "raw", NULL, "function=07 data=1", "应为", "bytes in hexadecimal");
	not_made(1, "dark", NULL, "dark=2", "应为", "0 至 to 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	       cmocka_unit_test(test_damage),
		cmocka_unit_test(test_contradictions), cmocka_unit_test(test_told),
		cmocka_unit_test(test_reasons),	       cmocka_unit_test(test_not_made),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
