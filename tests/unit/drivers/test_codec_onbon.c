/* Onbon frames in words. The frames are those of tests/unit/proto/test_onbon.c, which names their
 * sources; a checksum that is not published was worked out apart from this code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/codec_bench.h"

extern const struct codec onbon_codec;

#define A5    "A5 A5 A5 A5 A5 A5 A5 A5 "
#define CARD  A5 "01 00 00 80 00 00 00 00 00 00 FE 02 "
#define PING  CARD "05 00 A2 00 01 00 00 68 F8 5A"
#define CLOCK CARD "0D 00 A2 03 01 08 00 13 20 01 25 11 17 26 05 B0 3F 5A"
#define ACK   A5 "00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A"
#define TEMPER                                                                                     \
	CARD "35 00 A3 06 02 00 00 00 01 2C 00 00 00 00 0C 00 40 00 0C 00 01 0A 01 02 00 00 00 "   \
	     "00 01 01 01 00 17 02 11 00 00 00 5C 46 4F 30 30 30 54 45 4D 50 45 52 3A 32 31 A1 "   \
	     "E6 82 DA 5A"
/* As sellers' pages have it, with the checksum that it would have to have and the wrong one. */
#define EXAMPLE                                                                                    \
	CARD "32 00 A3 06 01 2D 00 00 01 29 00 00 00 00 00 00 80 00 20 00 00 00 00 02 00 00 00 "   \
	     "00 02 02 03 00 04 05 0E 00 00 00 30 31 32 33 34 35 51 52 53 54 54 56 27 42 "

#define HEAD(length)                                                                               \
	"address=1; destination=1; source=32768; barcode_flag=0; check_mode=0; display_mode=0; "   \
	"device_type=254; version=2; data_length=" length "; "

static const struct row {
	const char *hex, *fields; /* as explained */
	unsigned address;
	const char *command, *text, *settings; /* as made */
} rows[] = {
	{PING, "frame=ping; " HEAD("5") "group=A2; cmd=00; reply=1; length=0; checksum=68 F8", 1,
	 "ping", NULL, ""},
	{CLOCK,
	 "frame=time; " HEAD("13") "group=A2; cmd=03; reply=1; length=8; time=2013-01-25T11:17:26; "
				   "week=5; checksum=B0 3F",
	 1, "time", NULL, "time=2013-01-25T11:17:26"},
	{ACK,
	 "frame=ack; address=1; destination=32768; source=1; barcode_flag=0; check_mode=0; "
	 "display_mode=0; device_type=254; version=2; data_length=5; group=A0; cmd=00; error=0; "
	 "length=0; checksum=64 DC",
	 1, "ack", NULL, ""},
	{CARD "05 00 A1 02 01 00 00 2D 40 5A",
	 "frame=status; " HEAD("5") "group=A1; cmd=02; reply=1; length=0; checksum=2D 40", 1,
	 "status", NULL, ""},
	{CARD "07 00 A3 02 01 02 00 01 0C 26 2D 5A",
	 "frame=brightness; " HEAD("7") "group=A3; cmd=02; reply=1; length=2; brightness_mode=1; "
					"brightness=12; checksum=26 2D",
	 1, "brightness", NULL, "brightness=12"},
	{CARD "07 00 A3 06 01 02 00 FF 00 67 CC 5A",
	 "frame=delete; " HEAD("7") "group=A3; cmd=06; reply=1; length=2; delete_count=255; "
				    "area_count=0; checksum=67 CC",
	 1, "delete", NULL, ""},
	{CARD "05 00 A3 10 01 00 00 51 F8 5A",
	 "frame=clear; " HEAD("5") "group=A3; cmd=10; reply=1; length=0; checksum=51 F8", 1,
	 "clear", NULL, ""},
	{TEMPER,
	 "frame=text; " HEAD("53") "group=A3; cmd=06; reply=2; length=0; delete_count=0; "
				   "area_count=1; type=0; x=0; y=12; w=64; h=12; id=1; "
				   "line_gap=10; run_mode=1; timeout=2; voice=0; ext_length=0; "
				   "alignment=0; single_line=1; auto_wrap=1; effect=1; exit=0; "
				   "speed=23; stay=2; text_length=17; text=\\FO000TEMPER:21℃; "
				   "shown=TEMPER:21℃; checksum=82 DA",
	 1, "text", "TEMPER:21℃",
	 "font=O000 reply=2 length=0 y=12 w=64 h=12 id=1 line_gap=10 run_mode=1 single_line=1 "
	 "auto_wrap=1 effect=stands speed=0x17 stay=2"},
	{EXAMPLE "BD 6F 5A",
	 "frame=text; " HEAD("50") "group=A3; cmd=06; reply=1; length=45; delete_count=0; "
				   "area_count=1; type=0; x=0; y=0; w=128; h=32; id=0; "
				   "line_gap=0; run_mode=0; timeout=2; voice=0; ext_length=0; "
				   "alignment=0; single_line=2; auto_wrap=2; effect=3; exit=0; "
				   "speed=4; stay=5; text_length=14; text=012345QRSTTV'B; "
				   "checksum=BD 6F",
	 1, NULL, "012345QRSTTV'B", ""},
	{CARD "06 00 A3 00 01 01 00 02 68 2B 5A",
	 "frame=power; " HEAD("6") "group=A3; cmd=00; reply=1; length=1; power=off; checksum=68 2B",
	 1, "power", NULL, "power=off"},
	{CARD "05 00 A2 01 01 00 00 69 04 5A",
	 "frame=reset; " HEAD("5") "group=A2; cmd=01; reply=1; length=0; checksum=69 04", 1,
	 "reset", NULL, ""},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		assert_string_equal(bench_decode(&onbon_codec, row->hex, ""), row->fields);
		assert_string_equal(bench_encode(&onbon_codec, row->address, row->command,
						 row->text, row->settings),
				    row->hex);
	}
}

static void explained(const char *command, const char *text, const char *settings, const char *part)
{
	char frame[4096];

	snprintf(frame, sizeof(frame), "%s",
		 bench_encode(&onbon_codec, 1, command, text, settings));
	if (frame[0] == '!' || !strstr(bench_decode(&onbon_codec, frame, ""), part))
		fail_msg("%s %s: %s: %s", command, settings, frame,
			 bench_decode(&onbon_codec, frame, ""));
}

/* Every field that can be set is found again. */
static void test_fields(void **state)
{
	static const char *const fields[] = {
		"type=6",	"x=3",		"x=100px",	  "y=16",	    "w=8",
		"w=120px",	"h=24",		"id=3",		  "line_gap=2",	    "run_mode=2",
		"timeout=600",	"voice=1",	"alignment=10",	  "single_line=1",  "auto_wrap=1",
		"effect=6",	"exit=1",	"speed=24",	  "stay=9",	    "source=513",
		"check_mode=1", "check_mode=2", "display_mode=1", "device_type=97", "version=3",
		"reply=2",	"length=0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char part[64];

		snprintf(part, sizeof(part), " %s;", fields[i]);
		explained("text", "A001", fields[i], part);
	}
	explained("text", "A001", "barcode=0123456789ABCDEF", "barcode=0123456789ABCDEF");
	explained("text", "A001", "effect=left", "effect=3;");
	explained("text", "A001", "delete=all", "delete_count=255;");
	explained("text", "A001", "delete=0,3", "delete_count=2; deleted=00 03;");
	explained("text", "A001", "ext=0102", "ext_length=2; ext=01 02;");
	explained("text", "A001", "spoken=请 voice_volume=9", "voice_volume=9;");
	explained("text", "A001", "spoken=请", "voice=2;");
	explained("text", "A001", "spoken=请", "spoken=请;");
	explained("text", "请A001", "font=O001 colour=2", "text=\\FO001\\C2请A001; shown=请A001;");
	explained("nack", NULL, "error=3", "frame=nack;");
	explained("nack", NULL, "error=3", "error=3;");
	explained("brightness", NULL, "brightness=16 brightness_mode=2",
		  "brightness_mode=2; brightness=16;");
	explained("status-reply", NULL, "power=on brightness=9 areas=0,2 time=2026-02-28T23:59:58",
		  "power=on; brightness=9; time=2026-02-28T23:59:58; week=6; programs=0;");
	explained("status-reply", NULL, "areas=0,2", "area_count=2; areas=00 02;");
}

/* Every byte that has to be escaped. ァ is A5 A1, Ё A7 A7, Z 5A, [ 5B, Ω A6 B8 in GB. */
static void test_escapes(void **state)
{
	(void)state;
	explained("text", "ァZ[Ω", "", "text=ァZ[Ω;");
	explained("text", "A", "y=0x5AA5 h=0xA65B", "y=23205;");
}

/* What else may stand in frames of such cards; checksums by `check_mode` none. */
static void test_others(void **state)
{
#define FREE A5 "01 00 00 80 00 00 00 00 02 00 FE 02 "
	static const char *const cases[][2] = {
		{FREE "05 00 A1 00 01 00 00 00 00 5A", "group=A1; cmd=00; reply=1; length=0;"},
		{FREE "0B 00 A1 01 01 06 00 01 00 50 30 30 31 00 00 5A", "files=1; names=P001;"},
		{FREE "0E 00 A1 05 01 09 00 01 50 30 30 31 10 00 00 00 00 00 5A",
		 "overwrite=1; name=P001; file_length=16;"},
		{FREE "14 00 A1 06 01 0F 00 50 30 30 31 01 02 00 02 00 00 01 00 00 AB CD 00 00 5A",
		 "name=P001; last=1; block=2; block_length=2; offset=256; bytes=AB CD;"},
		{FREE "0A 00 A3 01 01 05 00 01 08 00 17 30 00 00 5A",
		 "groups=1; times=08 00 17 30;"},
		{FREE "0B 00 A3 04 01 06 00 00 01 50 30 30 31 00 00 5A",
		 "kept=0; locked=1; program=P001;"},
		{FREE "05 00 A3 08 01 00 00 00 00 5A", "cmd=08;"},
		{FREE "07 00 A7 33 01 02 00 12 34 00 00 5A", "frame=-;"},
		{FREE "07 00 A7 33 01 02 00 12 34 00 00 5A", "payload=12 34;"},
		{FREE "07 00 A3 06 01 02 00 00 01 00 00 5A", "payload=00 01;"},
		{FREE "07 00 A3 02 01 02 00 01 0C 00 00 5A " PING, "; checksum=00 00 | frame=ping"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strstr(bench_decode(&onbon_codec, cases[i][0], ""), cases[i][1]))
			fail_msg("%s: %s", cases[i][1],
				 bench_decode(&onbon_codec, cases[i][0], ""));
}

static void test_two_areas(void **state)
{
	const char *said;

	(void)state;
	said = bench_decode(
		&onbon_codec,
		A5 "01 00 00 80 00 00 00 00 02 00 FE 02 43 00 A3 06 01 3E 00 00 02 "
		   "1C 00 00 00 00 00 00 10 00 10 00 00 00 00 00 00 00 00 00 01 01 01 00 00 0A "
		   "01 00 00 00 41 "
		   "1C 00 00 00 00 10 00 10 00 10 00 01 00 00 00 00 00 00 00 01 01 01 00 00 0A "
		   "01 00 00 00 42 00 00 5A",
		"");
	assert_non_null(strstr(said, "; text=A; area2.type=0;"));
	assert_non_null(strstr(said, "area2.y=16;"));
	assert_non_null(strstr(said, "area2.text=B;"));
}

static void test_damage(void **state)
{
	(void)state;
	bench_damage(&onbon_codec, PING);
	bench_damage(&onbon_codec, CLOCK);
	bench_damage(&onbon_codec, ACK);
	bench_damage(&onbon_codec, TEMPER);
}

static void refused(const char *hex, const char *settings, const char *zh, const char *en)
{
	const char *said = bench_decode(&onbon_codec, hex, settings);

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s: %s", hex, said);
}

static void test_reasons(void **state)
{
	(void)state;
	refused(EXAMPLE "A8 7D 5A", "", "校验不符", "A8 7D, CRC16 应为 should be BD 6F");
	refused("A5 A5 A5 A5 A5 A5 A5 01 00 5A", "", "却是 7 个", "this with 7");
	refused("01 03 00 00 00 01 84 0A", "", "8 个 A5", "begins with 8 bytes A5");
	refused(CARD "05 00 A2 00 01 00 00 68 F8", "", "不完整", "cut off");
	refused("A5 A5", "", "不完整", "cut off");
	refused(CARD "A6 03 5A", "", "转义错误", "wrong escape");
	refused(CARD "A5 5A", "", "转义错误", "wrong escape");
	refused(A5 "01 00 5A", "", "长度不符", "length does not fit");
	refused(A5 "01 00 00 80 00 00 00 00 02 00 FE 02 06 00 A2 00 01 00 00 00 00 5A", "",
		"长度不符", "length does not fit");
	refused(A5 "01 00 00 80 00 00 00 02 02 00 FE 02 05 00 A2 00 01 00 00 00 00 5A", "", "越界",
		"out of range");
	refused(PING, "checksum=data", "没有该设置", "no setting");
}

static void not_made(const char *command, const char *text, const char *settings, const char *zh,
		     const char *en)
{
	const char *said = bench_encode(&onbon_codec, 1, command, text, settings);

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s %s: %s", command, settings, said);
}

static void test_not_made(void **state)
{
	char longest[1000];

	(void)state;
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	not_made("text", longest, "", "过长", "longer than 900");
	not_made("dance", NULL, "", "没有此命令", "no command \"dance\"");
	not_made("text", NULL, "", "缺少文字", "text is missing");
	not_made("ping", "A", "", "不带文字", "no text");
	not_made("ping", NULL, "effect=3", "没有该设置", "source barcode check_mode");
	not_made("text", "A", "effect=sideways", "应为", "stands|at-once|left");
	not_made("text", "A", "effect=256", "应为", "0 至 to 255");
	not_made("text", "A", "x=40000", "应为", "32767");
	not_made("text", "A", "x=3dots", "应为", "32767px");
	not_made("text", "A", "timeout=65536", "应为", "0 至 to 65535");
	not_made("text", "A", "ext=1", "应为", "pairs of hexadecimal");
	not_made("text", "A", "delete=1,x", "应为", "all");
	not_made("text", "A", "font=O00", "应为", "O000");
	not_made("text", "A", "colour=red", "应为", "O000");
	not_made("text", "A", "barcode=123", "应为", "16");
	not_made("text", "\xf0\x9f\x98\x80", "", "GB", "GB has not");
	not_made("text", "A\nB", "", "控制字符", "control character");
	not_made("time", NULL, "", "缺少", "missing: --set time=");
	not_made("time", NULL, "time=2013-13-25T11:17:26", "应为", "2013-01-25T11:17:26");
	not_made("time", NULL, "time=2013-1-25T11:17:26", "应为", "2013-01-25T11:17:26");
	not_made("time", NULL, "time=2013-01-25T11:17", "应为", "2013-01-25T11:17:26");
	not_made("power", NULL, "", "缺少", "missing: --set power=on|off");
	not_made("power", NULL, "power=maybe", "应为", "on|off");
	not_made("brightness", NULL, "", "缺少", "missing: --set brightness=1..16");
	not_made("brightness", NULL, "brightness=17", "应为", "1..16");
	not_made("brightness", NULL, "brightness=0", "应为", "1..16");
	not_made("text", "A", "voice=0 spoken=B", "应为", "2 (spoken)");
	not_made("time", NULL, "time=2026-02-29T00:00:00", "应为", "2013-01-25T11:17:26");
	not_made("time", NULL, "time=2026-04-31T00:00:00", "应为", "2013-01-25T11:17:26");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	  cmocka_unit_test(test_fields),
		cmocka_unit_test(test_escapes),	  cmocka_unit_test(test_others),
		cmocka_unit_test(test_two_areas), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_reasons),	  cmocka_unit_test(test_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
