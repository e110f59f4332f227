/* lihe frames in words. Every frame is from outside: the published ones, and those of the control
 * cards' specification V2.1; where a field is another, the sum was worked out by hand beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/codec_bench.h"

extern const struct codec lihe_codec;

#define WELCOME	      "AA 01 BB 51 54 72 01 00 00 02 63 41 42 BB B6 D3 AD B9 E2 C1 D9 31 32 FF"
#define EMPTY_CAR     "AA 01 BB 51 54 D5 0B 07 63 01 63 BF D5 B3 B5 FF"
#define B1234	      "A0 07 28 03 01 0C 22 03 42 42 FF"
#define VERSION_REPLY "A0 05 98 03 50 A3 03 06 FF"

static const struct row {
	const char *hex, *fields; /* as explained */
	unsigned address;
	const char *command, *text, *settings; /* as made; command NULL: not made by us */
} rows[] = {
	{WELCOME,
	 "frame=text; address=1; kind=54; checksum=data; mode=1; speed=0; stay=0; colour=2; "
	 "life=99; "
	 "text=AB欢迎光临12",
	 1, "text", "AB欢迎光临12", "mode=1 speed=0 stay=0 colour=2 life=99"},
	{EMPTY_CAR,
	 "frame=text; address=1; kind=54; checksum=data; mode=11; speed=7; stay=99; colour=1; "
	 "life=99; text=空车",
	 1, "text", "空车", "mode=11 colour=green"},
	/* The sum of the first one, 72, and FF: 71. */
	{"AA 01 BB 51 54 71 01 00 00 02 63 41 42 BB B6 D3 AD B9 E2 C1 D9 31 32 FF",
	 "frame=text; address=1; kind=54; checksum=data+ff; mode=1; speed=0; stay=0; colour=2; "
	 "life=99; text=AB欢迎光临12",
	 1, "text", "AB欢迎光临12", "mode=1 speed=0 stay=0 colour=yellow life=99 checksum=data+ff"},
	/* A whole screen: 08+07+63+00+63 = D5, A001 41+30+30+31 = D2: 1A7. */
	{"AA FE BB 51 50 A7 08 07 63 00 63 41 30 30 31 FF",
	 "frame=screen; address=254; kind=50; checksum=data; mode=8; speed=7; stay=99; colour=0; "
	 "life=99; text=A001",
	 254, "screen", "A001", ""},
	/* SUM may be FF: 08+07+63+00+63 = D5, and 2A: FF. */
	{"AA 02 BB 51 54 FF 08 07 63 00 63 2A FF",
	 "frame=text; address=2; kind=54; checksum=data; mode=8; speed=7; stay=99; colour=0; "
	 "life=99; "
	 "text=*",
	 2, "text", "*", ""},
	/* A stranger's: a stay of 99 hexadecimal, as public code has it. 08+99+63+41 = 145. */
	{"AA 01 BB 51 54 45 08 00 99 00 63 41 FF",
	 "frame=text; address=1; kind=54; checksum=data; mode=8; speed=0; stay=153; colour=0; "
	 "life=99; text=A",
	 1, NULL, NULL, NULL},
	/* Half a character: nothing is hidden. 08+63+BB = 126. */
	{"AA 01 BB 51 54 26 08 00 00 00 63 BB FF",
	 "frame=text; address=1; kind=54; checksum=data; mode=8; speed=0; stay=0; colour=0; "
	 "life=99; "
	 "text=\\xBB",
	 1, NULL, NULL, NULL},
	{B1234,
	 "frame=call; length=7; cmd=28; address=3; sub=01; number=1234; window=3; prefix=B; "
	 "ticket=B1234; "
	 "checksum=42",
	 3, "call", "B1234", "window=3"},
	{B1234,
	 "frame=call; length=7; cmd=28; address=3; sub=01; number=1234; window=3; prefix=B; "
	 "ticket=B1234; "
	 "checksum=42",
	 3, "number", NULL, "number=1234 prefix=B window=3 cmd=strip"},
	/* 06+2A+01+04+00+07+02 = 3E, 62 */
	{"A0 06 2A 01 04 00 07 02 3E FF",
	 "frame=serving; length=6; cmd=2A; address=1; sub=04; number=7; window=2; checksum=3E", 1,
	 "serving", NULL, "cmd=2A number=7 window=2"},
	/* 03+28+01+00 = 2C, 44; 03+28+01+02 = 2E */
	{"A0 03 28 01 00 2C FF", "frame=welcome; length=3; cmd=28; address=1; sub=00; checksum=2C",
	 1, "welcome", NULL, ""},
	{"A0 03 28 01 02 2E FF", "frame=pause; length=3; cmd=28; address=1; sub=02; checksum=2E", 1,
	 "pause", NULL, ""},
	/* 08+2B+05+01+41+30+30+31+04: 8+43+5+1+65+48+48+49+4 = 271 mod 100 = 71 */
	{"A0 08 2B 05 01 41 30 30 31 04 47 FF",
	 "frame=ticket; length=8; cmd=2B; address=5; sub=01; text=A001; window=4; checksum=47", 5,
	 "ticket", "A001", "window=4"},
	/* 3+41+3+80 = 127 mod 100 = 27 */
	{"A0 03 29 03 50 1B FF", "frame=online; length=3; cmd=29; address=3; sub=50; checksum=1B",
	 3, "online", NULL, ""},
	/* 3+20+3+80 = 106; 3+152+3+80 = 238; 5+152+3+80+163+3 = 406 */
	{"A0 03 14 03 50 06 FF", "frame=ack; length=3; cmd=14; address=3; sub=50; checksum=06", 3,
	 "ack", NULL, ""},
	{"A0 03 98 03 50 26 FF", "frame=version; length=3; cmd=98; address=3; sub=50; checksum=26",
	 3, "version", NULL, ""},
	{VERSION_REPLY,
	 "frame=version-reply; length=5; cmd=98; address=3; sub=50; version=A3 03; checksum=06", 3,
	 "version-reply", NULL, "version=A303"},
	/* A command that nobody knows: 4+119+1+9+171 = 304 mod 100 */
	{"A0 04 77 01 09 AB 04 FF",
	 "frame=-; length=4; cmd=77; address=1; sub=09; data=AB; checksum=04", 1, NULL, NULL, NULL},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		assert_string_equal(bench_decode(&lihe_codec, row->hex, ""), row->fields);
		if (row->command)
			assert_string_equal(bench_encode(&lihe_codec, row->address, row->command,
							 row->text, row->settings),
					    row->hex);
	}
}

static void test_default_command(void **state)
{
	(void)state;
	assert_string_equal(bench_encode(&lihe_codec, 1, NULL, "AB欢迎光临12",
					 "mode=1 speed=0 stay=0 colour=2 life=99"),
			    WELCOME);
}

static void test_several(void **state)
{
	(void)state;
	assert_string_equal(bench_decode(&lihe_codec, "A0 03 14 03 50 06 FF A0 03 98 03 50 26 FF",
					 ""),
			    "frame=ack; length=3; cmd=14; address=3; sub=50; checksum=06 | "
			    "frame=version; length=3; cmd=98; address=3; sub=50; checksum=26");
}

static void test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		bench_damage(&lihe_codec, rows[i].hex);
}

/* What was put into a frame comes out of it again. */
static void test_round_trip(void **state)
{
	static const char *const sums[] = {"data", "data+ff"};
	static const char *const parts[] = {"请", "A0", "号",		"3", "窗口",
					    " ",  "…",	"\xe4\xb6\xae", "~"};
	unsigned seed = 20120321;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[256] = "", settings[128], fields[512], hex[1024];
		unsigned address = (unsigned)rand_r(&seed) % 255,
			 mode = (unsigned)rand_r(&seed) % 255;
		unsigned speed = (unsigned)rand_r(&seed) % 8, stay = (unsigned)rand_r(&seed) % 100;
		unsigned colour = (unsigned)rand_r(&seed) % 3, life = (unsigned)rand_r(&seed) % 100;
		const char *sum = sums[rand_r(&seed) % 2];
		bool screen = rand_r(&seed) % 2;

		for (int k = rand_r(&seed) % 30; k > 0; k--)
			strcat(text,
			       parts[(size_t)rand_r(&seed) % (sizeof(parts) / sizeof(parts[0]))]);
		snprintf(settings, sizeof(settings),
			 "mode=%u speed=%u stay=%u colour=%u life=%u checksum=%s", mode, speed,
			 stay, colour, life, sum);
		snprintf(fields, sizeof(fields),
			 "frame=%s; address=%u; kind=%s; checksum=%s; mode=%u; speed=%u; stay=%u; "
			 "colour=%u; life=%u; text=%s",
			 screen ? "screen" : "text", address, screen ? "50" : "54", sum, mode,
			 speed, stay, colour, life, text);
		snprintf(hex, sizeof(hex), "%s",
			 bench_encode(&lihe_codec, address, screen ? "screen" : "text", text,
				      settings));
		assert_string_equal(bench_decode(&lihe_codec, hex, ""), fields);
	}
}

static void refused(const char *hex, const char *settings, const char *zh, const char *en)
{
	const char *said = bench_decode(&lihe_codec, hex, settings);

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s: %s", hex, said);
}

static void test_reasons(void **state)
{
	(void)state;
	refused("AA 01 BB 51 54 73 01 00 00 02 63 41 42 BB B6 D3 AD B9 E2 C1 D9 31 32 FF", "",
		"校验和不符", "checksum does not fit: 73");
	refused(WELCOME, "checksum=data+ff", "校验和不符", "should be 72 (data)");
	refused("AA 01 BB 51 54 72 01 00 00 02 63 41 42", "", "不完整", "cut off");
	refused("AA 01 BC 51 54 72 01 00 00 02 63 41 42 FF", "", "字节应为", "should be BB 51");
	refused("A0 07 28 03 01 0C 22 03 42 43 FF", "", "校验和不符", "should be 42");
	refused("A0 06 28 03 01 0C 22 03 42 42 FF", "", "长度不符", "the length does not fit");
	refused("A0 02 28 03 42 FF", "", "太小", "too small");
	refused("A0 07 28 03 01 0C", "", "不完整", "cut off");
	refused("A0", "", "不完整", "cut off");
	refused("01 03 00 00 00 01 84 0A", "", "不是 lihe 帧", "no lihe frame");
	refused(WELCOME, "colour=2", "没有该设置", "no setting");
}

static void not_made(unsigned address, const char *command, const char *text, const char *settings,
		     const char *zh, const char *en)
{
	const char *said = bench_encode(&lihe_codec, address, command, text, settings);

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s %s: %s", command, settings, said);
}

static void test_not_made(void **state)
{
	char longest[300];

	(void)state;
	memset(longest, 'A', sizeof(longest));
	longest[240] = '\0';
	assert_int_equal(strlen(bench_encode(&lihe_codec, 1, "text", longest, "")), 252 * 3 - 1);
	longest[240] = 'A';
	longest[241] = '\0';
	not_made(1, "text", longest, "", "文字过长", "longer than 240");
	not_made(255, "text", "A", "", "地址", "address 255");
	not_made(1, "dance", "A", "", "没有此命令", "no command \"dance\"");
	not_made(1, "text", NULL, "", "缺少文字", "text is missing");
	not_made(1, "text", "A", "speed=8", "应为", "0 至 to 7");
	not_made(1, "text", "A", "stay=100", "应为", "0 至 to 99");
	not_made(1, "text", "A", "stay=", "应为", "0 至 to 99");
	not_made(1, "text", "A", "colour=blue", "应为", "red green yellow");
	not_made(1, "text", "A", "checksum=crc", "应为", "data data+ff");
	not_made(1, "text", "A", "window=3", "没有该设置", "mode speed stay colour life checksum");
	not_made(1, "text", "\xf0\x9f\x98\x80", "", "GBK", "that GBK has not");
	not_made(1, "text", "A\nB", "", "控制字符", "U+000A");
	not_made(1, "call", NULL, "window=1", "缺少号码", "number is missing");
	not_made(1, "call", "A12345", "", "应为", "as B1234");
	not_made(1, "call", "B77", "number=1234", "重复", "a second time");
	not_made(1, "call", "B77", "prefix=A", "重复", "a second time");
	not_made(1, "call", NULL, "number=10000", "应为", "0 至 to 9999");
	not_made(1, "call", NULL, "number=1 prefix=ABCDE", "最多", "at most 4");
	not_made(1, "ticket", "A001234", "", "应为", "1 to 6");
	not_made(1, "ticket", "请", "", "应为", "1 to 6");
	not_made(1, "ack", "A", "", "不带文字", "no text");
	not_made(1, "version-reply", NULL, "version=A3", "应为", "four hexadecimal");
	not_made(1, "online", NULL, "sub=5", "应为", "two hexadecimal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	   cmocka_unit_test(test_default_command),
		cmocka_unit_test(test_several),	   cmocka_unit_test(test_damage),
		cmocka_unit_test(test_reasons),	   cmocka_unit_test(test_not_made),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
