/* Alpha packets in words: those of tests/unit/proto/test_alpha.c, and commands whose data stand in
 * the tests of lancereinsmith/alphasignpy and in msparks/alphasign. Sums were worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/codec_bench.h"

extern const struct codec alpha_codec;

#define HEAD   "00 00 00 00 00 01 5A 30 30 02 "
#define MEMORY HEAD "45 24 41 41 55 30 31 30 30 46 46 30 30 04"
#define HELLO  HEAD "41 41 1B 20 61 48 45 4C 4C 4F 03 30 32 39 37 04"

static const struct row {
	const char *hex, *fields;
	unsigned address;
	const char *command, *text, *settings; /* command NULL: not made by us */
} rows[] = {
	{MEMORY, "frame=allocate; type=Z; address=0; code=E; function=$; file=AAU0100FF00", 0,
	 "allocate", NULL, ""},
	{HEAD "45 24 30 42 4C 30 30 32 30 30 30 30 30 04",
	 "frame=allocate; type=Z; address=0; code=E; function=$; file=0BL00200000", 0, "allocate",
	 NULL, "label=0 kind=string size=32"},
	{HEAD "45 24 31 44 55 30 37 30 37 34 30 30 30 04",
	 "frame=allocate; type=Z; address=0; code=E; function=$; file=1DU07074000", 0, "allocate",
	 NULL, "label=1 kind=dots size=0x0707 times=0x4000"},
	{HEAD "45 24 30 42 4C 30 30 32 30 30 30 30 30 41 41 55 30 31 30 30 46 46 30 30 04",
	 "frame=allocate; type=Z; address=0; code=E; function=$; file=0BL00200000; "
	 "file2=AAU0100FF00",
	 0, NULL, NULL, NULL},
	{HELLO,
	 "frame=text; type=Z; address=0; code=A; label=A; position= ; mode=a; text=HELLO; "
	 "checksum=0297",
	 0, "text", "HELLO", "mode=rotate checksum=1"},
	{HEAD "45 24 04", "frame=clear; type=Z; address=0; code=E; function=$", 0, "clear", NULL,
	 ""},
	{HEAD "45 2C 04", "frame=reset; type=Z; address=0; code=E; function=,", 0, "reset", NULL,
	 ""},
	{HEAD "45 20 31 34 33 30 04",
	 "frame=time; type=Z; address=0; code=E; function= ; time=14:30", 0, "time", NULL,
	 "time=14:30"},
	{HEAD "45 28 32 32 30 35 32 04",
	 "frame=beep; type=Z; address=0; code=E; function=(; frequency=20; duration=5; repeat=2", 0,
	 "beep", NULL, "frequency=0x20 duration=5 repeat=2"},
	{HEAD "41 30 04", "frame=priority; type=Z; address=0; code=A; label=0; text=", 0,
	 "priority", NULL, ""},
	{HEAD "41 30 1B 20 63 1C 31 41 30 30 31 04",
	 "frame=priority; type=Z; address=0; code=A; label=0; position= ; mode=c; "
	 "text=\\x1C1A001; shown=A001",
	 0, "priority", "A001", "mode=flash colour=red"},
	{"00 00 00 00 00 01 5A 30 41 02 47 31 32 2E 34 31 04",
	 "frame=string; type=Z; address=10; code=G; label=1; text=2.41", 10, "string", "2.41", ""},
	{"00 00 00 00 00 01 66 30 31 02 42 41 04",
	 "frame=read-text; type=f; address=1; code=B; label=A", 1, "read-text", NULL, "type=f"},
	{"06 40", "frame=ack; status=40", 0, NULL, NULL, NULL},
	{"15 50", "frame=nak; status=50", 0, NULL, NULL, NULL},
	{"15", "frame=nak", 0, NULL, NULL, NULL},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		assert_string_equal(bench_decode(&alpha_codec, row->hex, ""), row->fields);
		if (row->command)
			assert_string_equal(bench_encode(&alpha_codec, row->address, row->command,
							 row->text, row->settings),
					    row->hex);
	}
	assert_string_equal(bench_encode(&alpha_codec, 0, NULL, "HELLO", "mode=a checksum=1"),
			    HELLO);
}

static void test_several(void **state)
{
	const char *said;

	(void)state;
	said = bench_decode(
		&alpha_codec,
		HEAD "47 30 31 31 30 34 35 2E 32 38 20 03 02 47 31 32 2E 34 31 20 03 04 " MEMORY,
		"");
	assert_string_equal(
		said, "frame=string; type=Z; address=0; code=G; label=0; text=11045.28 ; "
		      "command2.code=G; command2.label=1; command2.text=2.41  | "
		      "frame=allocate; type=Z; address=0; code=E; function=$; file=AAU0100FF00");
}

/* A sign's answer to F$: twenty NULs, type 0. 02+45+24 = 6B, AAU0100FF00 = 284, 03: 2F2 */
static void test_answer(void **state)
{
	(void)state;
	assert_string_equal(
		bench_decode(&alpha_codec,
			     "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 30 30 "
			     "30 02 45 24 41 41 55 30 31 30 30 46 46 30 30 03 30 32 46 32 04",
			     ""),
		"frame=allocate; type=0; address=0; code=E; function=$; file=AAU0100FF00; "
		"checksum=02F2");
}

static void test_damage(void **state)
{
	(void)state;
	bench_damage(&alpha_codec, MEMORY);
	bench_damage(&alpha_codec, HELLO);
}

static void refused(const char *hex, const char *zh, const char *en)
{
	const char *said = bench_decode(&alpha_codec, hex, "");

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s: %s", hex, said);
}

static void not_made(unsigned address, const char *command, const char *text, const char *settings,
		     const char *zh, const char *en)
{
	const char *said = bench_encode(&alpha_codec, address, command, text, settings);

	if (said[0] != '!' || !strstr(said, zh) || !strstr(said, en))
		fail_msg("%s %s: %s", command, settings, said);
}

static void test_refused(void **state)
{
	(void)state;
	refused(HEAD "41 41", "不完整", "cut off");
	refused("00 00 00 00 01 5A 30 30 02 41 41 04", "至少 5 个", "five bytes 00");
	refused("00 00 00 00 00 01 5A 30 47 02 41 41 04", "包头错误", "wrong header");
	refused("00 00 00 00 00 01 5A 30 30 41 41 04", "命令错误", "wrong command");
	refused(HEAD "41 41 1B 20 61 48 45 4C 4C 4F 03 30 32 39 38 04", "校验和不符",
		"does not fit");
	refused("A5 A5", "至少 5 个", "five bytes 00");
	not_made(256, "text", "A", "", "地址", "address 256");
	not_made(1, "dance", NULL, "", "没有此命令", "no command");
	not_made(1, "text", NULL, "", "缺少文字", "text is missing");
	not_made(1, "clear", "A", "", "不带文字", "no text");
	not_made(1, "text", "请", "", "只能用 ASCII", "no Chinese is documented");
	not_made(1, "text", "A", "mode=sideways", "应为", "rotate|hold|flash");
	not_made(1, "text", "A", "label=AB", "一个字符", "one character");
	not_made(1, "text", "A", "checksum=2", "应为", "0 1");
	not_made(1, "text", "A", "type=ZZ", "一个字符", "one character");
	not_made(1, "time", NULL, "", "缺少", "missing: --set time=14:30");
	not_made(1, "time", NULL, "time=24:00", "应为", "14:30");
	not_made(1, "beep", NULL, "duration=16", "应为", "1 至 to 15");
	not_made(1, "clear", NULL, "label=A", "没有该设置", "type checksum");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	cmocka_unit_test(test_several),
		cmocka_unit_test(test_answer),	cmocka_unit_test(test_damage),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
