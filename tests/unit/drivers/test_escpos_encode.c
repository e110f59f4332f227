/* Documents to bytes. The expected streams are typed from the manuals; they are read by a reader of
 * its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/escpos_encoding.h"

/* Byte for byte, as a manual prints them. */
static void test_bytes(void **state)
{
	static const uint8_t hello[] = {
		0x1b, 0x40, 0x1d, 0x61, 0xff, 0x1c, 0x2e,	      /* ESC @, GS a FF, FS . */
		0x1b, 0x61, 0x01, 0x1b, 0x45, 0x01,		      /* centre, bold */
		0x1c, 0x21, 0x0c, 0x1d, 0x21, 0x11,		      /* FS ! both, GS ! 2x2 */
		0x1c, 0x26, 0xba, 0xc5, 0x1c, 0x2e, 0x41, 0x31, 0x0a, /* 号A1 */
		0x0a, 0x1d, 0x56, 0x42, 0x00,			      /* feed, cut */
	};
	const struct document_item items[] = {
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .bold = true,
		 .width = 2,
		 .height = 2,
		 .text = "号A1"},
		{.kind = DOCUMENT_CUT},
	};

	(void)state;
	assert_int_equal(encode(items, 2, &wide), 0);
	assert_int_equal(stream_len, sizeof(hello));
	assert_memory_equal(stream, hello, sizeof(hello));
}

static void test_text(void **state)
{
	(void)state;
	CHECK_ITEM(&narrow, NARROW "T \"plain\"\nLF\n", .kind = DOCUMENT_TEXT, .text = "plain");
	CHECK_ITEM(&narrow, NARROW "LF\n", .kind = DOCUMENT_TEXT, .text = "");
	CHECK_ITEM(&narrow, NARROW "LF\n", .kind = DOCUMENT_TEXT);
	CHECK_ITEM(&narrow, NARROW "ESC a 02\nGS ! 77\nT \"x\"\nLF\n", .kind = DOCUMENT_TEXT,
		   .align = DOCUMENT_RIGHT, .width = 200, .height = 8, .text = "x");
	CHECK_ITEM(&narrow, NARROW "GS ! 10\nT \"x\"\nLF\n", .kind = DOCUMENT_TEXT, .width = 2,
		   .height = 0, .text = "x");
	/* Latin between Han leaves Chinese mode: 请A001到3号窗口 */
	CHECK_ITEM(&narrow,
		   NARROW "FS &\nH C7 EB\nFS .\nT \"A001\"\nFS &\nH B5 BD\nFS .\nT \"3\"\n"
			  "FS &\nH BA C5 B4 B0 BF DA\nLF\n",
		   .kind = DOCUMENT_TEXT, .text = "请A001到3号窗口");
	CHECK_ITEM(&narrow, NARROW "FS ! 04\nGS ! 10\nFS &\nH BA C5\nLF\n", .kind = DOCUMENT_TEXT,
		   .width = 2, .height = 1, .text = "号");
}

/* What the printer was told is not told again; GS ! follows each FS !. */
static void test_state(void **state)
{
	const struct document_item items[] = {
		{.kind = DOCUMENT_TEXT, .width = 6, .height = 6, .bold = true, .text = "A001"},
		{.kind = DOCUMENT_TEXT, .width = 1, .height = 1, .text = "号"},
		{.kind = DOCUMENT_TEXT, .width = 2, .height = 2, .text = "号"},
		{.kind = DOCUMENT_TEXT, .width = 1, .height = 1, .text = "a"},
		{.kind = DOCUMENT_TEXT, .width = 2, .height = 2, .text = "号"},
		{.kind = DOCUMENT_TEXT, .width = 1, .height = 1, .text = "号"},
	};

	(void)state;
	check(items, 6, &narrow,
	      NARROW "ESC E 01\nGS ! 55\nT \"A001\"\nLF\n"
		     "ESC E 00\nGS ! 00\nFS &\nH BA C5\nLF\n"
		     "FS ! 0C\nGS ! 11\nH BA C5\nLF\n"
		     "GS ! 00\nFS .\nT \"a\"\nLF\n"
		     "GS ! 11\nFS &\nH BA C5\nLF\n"
		     "FS ! 00\nGS ! 00\nH BA C5\nLF\n");
}

/* The size stays, yet FS ! may have changed it for Han: GS ! must have the last word. */
static void test_last_size_wins(void **state)
{
	const struct document_item items[] = {
		{.kind = DOCUMENT_TEXT, .width = 4, .height = 4, .text = "A"},
		{.kind = DOCUMENT_TEXT, .width = 4, .height = 4, .text = "号"},
	};

	(void)state;
	check(items, 2, &narrow,
	      NARROW "GS ! 33\nT \"A\"\nLF\nFS ! 0C\nGS ! 33\nFS &\nH BA C5\nLF\n");
}

static void test_wrap(void **state)
{
	static const char *const rows[][2] = {
		/* 32 columns; at blanks, the blank goes */
		{"0123456789 0123456789 0123456789 x",
		 "T \"0123456789 0123456789 0123456789\"\nLF\nT \"x\"\nLF\n"},
		{"0123456789 0123456789 01234567890",
		 "T \"0123456789 0123456789\"\nLF\nT \"01234567890\"\nLF\n"},
		/* exactly full, then one more */
		{"01234567890123456789012345678901",
		 "T \"01234567890123456789012345678901\"\nLF\n"},
		{"012345678901234567890123456789012",
		 "T \"01234567890123456789012345678901\"\nLF\nT \"2\"\nLF\n"},
		{"a  0123456789012345678901234567890123",
		 "T \"a\"\nLF\nT \"01234567890123456789012345678901\"\nLF\nT \"23\"\nLF\n"},
		/* a Han that would begin in the last column goes over */
		{"0123456789012345678901234567890号",
		 "T \"0123456789012345678901234567890\"\nLF\nFS &\nH BA C5\nLF\n"},
		{"012345678901234567890123456789号",
		 "T \"012345678901234567890123456789\"\nFS &\nH BA C5\nLF\n"},
		/* a comma does not begin a line: the Han before it goes with it */
		{"012345678901234567890123456789号，",
		 "T \"012345678901234567890123456789\"\nLF\nFS &\nH BA C5 A3 AC\nLF\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char wanted[256];

		snprintf(wanted, sizeof(wanted), NARROW "%s", rows[i][1]);
		CHECK_ITEM(&narrow, wanted, .kind = DOCUMENT_TEXT, .text = rows[i][0]);
	}
	/* Enlarged: 4 columns are left. */
	CHECK_ITEM(&narrow, NARROW "GS ! 77\nT \"A0\"\nLF\nT \"1234\"\nLF\nT \"5\"\nLF\n",
		   .kind = DOCUMENT_TEXT, .width = 8, .height = 8, .text = "A0 12345");
}

static void test_long_text(void **state)
{
	char text[2100] = "";

	(void)state;
	for (size_t i = 0; i < 500; i++)
		strcat(text, "证");
	for (uint8_t width = 1; width <= 8; width++) {
		const struct document_item item = {
			.kind = DOCUMENT_TEXT, .width = width, .height = 1, .text = text};

		assert_int_equal(encode(&item, 1, &narrow), 0);
		assert_int_equal(losses.shortened, 1);
		assert_int_equal(losses.missing, 0);
		assert_non_null(strstr(list, "A1 AD\nLF\n"));
		check_lines_fit(32);
	}
	memset(text, 'a', 2000);
	text[2000] = '\0';
	assert_int_equal(encode(&(const struct document_item){.kind = DOCUMENT_TEXT, .text = text},
				1, &wide),
			 0);
	assert_int_equal(losses.shortened, 1);
	check_lines_fit(48);

	/* Filled with snprintf by somebody: 1,023 bytes end inside a character. */
	memset(text, 'a', 1021);
	strcpy(text + 1021, "\xe8\xaf");
	assert_int_equal(encode(&(const struct document_item){.kind = DOCUMENT_TEXT, .text = text},
				1, &wide),
			 0);
	assert_int_equal(losses.missing, 0);
	assert_int_equal(losses.shortened, 1);
	/* 1,023 whole bytes are not shortened. */
	memset(text, 'a', 1023);
	text[1023] = '\0';
	assert_int_equal(encode(&(const struct document_item){.kind = DOCUMENT_TEXT, .text = text},
				1, &wide),
			 0);
	assert_int_equal(losses.shortened, 0);
}

/* Commands hidden in a name, other scripts, directions, garbage. */
static void test_hostile_text(void **state)
{
	(void)state;
	CHECK_ITEM(&narrow, NARROW "T \"a@p02b\"\nLF\n", .kind = DOCUMENT_TEXT,
		   .text = "a\x1b@\x1bp\x01"
			   "02\x10\x04\x01\x7f\xc2\x9b"
			   "b");
	CHECK_ITEM(&narrow, NARROW "T \"a b c\"\nLF\n", .kind = DOCUMENT_TEXT, .text = "a\tb\nc");
	CHECK_ITEM(&narrow, NARROW "FS &\nH A1 FE A1 FE A1 FE A1 FE\nLF\n", .kind = DOCUMENT_TEXT,
		   .text = "\u202e\u2067שלום\u2069\u202c\u200f\ufeff");
	assert_int_equal(losses.missing, 4);
	CHECK_ITEM(&narrow,
		   NARROW "FS &\nH BC AA A1 FE\nFS .\nT \"e\"\nFS &\nH A1 FE\nFS .\n"
			  "T \"z\"\nLF\n",
		   .kind = DOCUMENT_TEXT, .text = "吉𠮷e\u0301\xffz");
	assert_int_equal(losses.missing, 3);
}

static void test_missing_count(void **state)
{
	const struct escpos_paper latin = {
		.width_dots = 384, .columns = 32, .cutter = true, .qr = true};

	(void)state;
	CHECK_ITEM(&latin, "ESC @\nT \"A1**\"\nLF\n", .kind = DOCUMENT_TEXT, .text = "A1窗口");
	assert_int_equal(losses.missing, 2);
}

/* 镕 and € are in GBK (in GB18030 for the latter), not in GB2312. */
static void test_gb2312(void **state)
{
	const struct escpos_paper old = {
		.width_dots = 384, .columns = 32, .qr = true, .gbk = true, .gb2312 = true};

	(void)state;
	CHECK_ITEM(&old, NARROW "FS &\nH D6 EC A1 FE BB F9\nLF\n", .kind = DOCUMENT_TEXT,
		   .text = "朱镕基");
	assert_int_equal(losses.missing, 1);
	CHECK_ITEM(&narrow, NARROW "FS &\nH D6 EC E9 46 BB F9\nLF\n", .kind = DOCUMENT_TEXT,
		   .text = "朱镕基");
	assert_int_equal(losses.missing, 0);
}

static void test_feed_rule_cut(void **state)
{
	const struct document_item items[] = {
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .bold = true,
		 .width = 3,
		 .height = 3,
		 .text = "号"},
		{.kind = DOCUMENT_RULE},
		{.kind = DOCUMENT_FEED, .lines = 0},
		{.kind = DOCUMENT_FEED, .lines = 3},
		{.kind = DOCUMENT_FEED, .lines = 255},
		{.kind = DOCUMENT_CUT},
	};

	(void)state;
	check(items, 6, &narrow,
	      NARROW "ESC a 01\nESC E 01\nFS ! 0C\nGS ! 22\nFS &\nH BA C5\nLF\n"
		     "ESC a 00\nESC E 00\nGS ! 00\nFS .\n"
		     "T \"--------------------------------\"\nLF\n"
		     "ESC d 03\nESC d 14\nESC d 04\n");
}

static void check_qr(size_t len, uint8_t module, const struct escpos_paper *paper,
		     unsigned wanted_module)
{
	char text[DOCUMENT_MAX_TEXT + 1], wanted[2048];

	memset(text, 'q', len);
	text[len] = '\0';
	snprintf(wanted, sizeof(wanted),
		 "%sGS ( k 31 41 32 00\nGS ( k 31 43 %02X\nGS ( k 31 45 31\n"
		 "GS ( k 31 50 30 \"%s\"\nGS ( k 31 51 30\n",
		 paper == &wide ? "ESC @\nGS a FF\nFS .\n" : NARROW, wanted_module, text);
	CHECK_ITEM(paper, wanted, .kind = DOCUMENT_QR, .module_dots = module, .text = text);
}

static void test_qr(void **state)
{
	static const uint8_t bytes[] = {
		0x1d, 0x28, 0x6b, 0x04, 0x00, 0x31, 0x41, 0x32, 0x00, /* model 2 */
		0x1d, 0x28, 0x6b, 0x03, 0x00, 0x31, 0x43, 0x05,	      /* 5 dots */
		0x1d, 0x28, 0x6b, 0x03, 0x00, 0x31, 0x45, 0x31,	      /* M */
		0x1d, 0x28, 0x6b, 0x05, 0x00, 0x31, 0x50, 0x30, 'o',
		'k',  0x1d, 0x28, 0x6b, 0x03, 0x00, 0x31, 0x51, 0x30, /* print */
	};
	char text[DOCUMENT_MAX_TEXT + 1];
	const struct document_item item = {.kind = DOCUMENT_QR, .text = text};
	const struct escpos_paper plain = {.width_dots = 384, .columns = 32, .gbk = true};

	(void)state;
	assert_int_equal(
		encode(&(const struct document_item){.kind = DOCUMENT_QR, .text = "\x01ok\x1b\xff"},
		       1, &narrow),
		0);
	assert_int_equal(stream_len, 4 + sizeof(bytes));
	assert_memory_equal(stream + 4, bytes, sizeof(bytes));

	check_qr(1, 0, &wide, 6);
	check_qr(60, 0, &wide, 6);
	check_qr(60, 16, &wide, 14); /* version 4: (33 + 8) x 14 = 574 */
	check_qr(62, 9, &narrow, 9);
	check_qr(62, 10, &narrow, 9);  /* 41 x 9 = 369 */
	check_qr(63, 10, &narrow, 8);  /* version 5: 45 x 8 = 360 */
	check_qr(213, 200, &wide, 8);  /* version 10: 65 x 8 = 520 */
	check_qr(214, 200, &wide, 8);  /* version 11: 69 x 8 = 552 */
	check_qr(252, 200, &wide, 7);  /* version 12: 73 x 7 = 511 */
	check_qr(1023, 0, &narrow, 2); /* version 26: 129 x 2 = 258 */
	memset(text, 'q', DOCUMENT_MAX_TEXT);
	text[DOCUMENT_MAX_TEXT] = '\0';
	assert_int_equal(encode(&item, 1, &narrow), -E2BIG);

	/* Nothing to show. */
	CHECK_ITEM(&narrow, NARROW, .kind = DOCUMENT_QR, .text = "\x01\u202e");
	CHECK_ITEM(&narrow, NARROW, .kind = DOCUMENT_QR);
	/* UTF-8 stays UTF-8. */
	CHECK_ITEM(&narrow,
		   NARROW "GS ( k 31 41 32 00\nGS ( k 31 43 05\nGS ( k 31 45 31\n"
			  "GS ( k 31 50 30 \"号\"\nGS ( k 31 51 30\n",
		   .kind = DOCUMENT_QR, .text = "号");
	/* A printer without QR. */
	CHECK_ITEM(&plain, NARROW "T \"https://h/t/abc\"\nLF\n", .kind = DOCUMENT_QR,
		   .text = "https://h/t/abc");
}

static struct document_item picture(uint32_t width, uint32_t height, const uint8_t *rows)
{
	return (struct document_item){.kind = DOCUMENT_PICTURE, .picture = {width, height, rows}};
}

static void test_picture(void **state)
{
	static const uint8_t bytes[] = {
		0x1b, 0x40, 0x1c, 0x2e, 0x1d, 0x76, 0x30, 0x00, 0x02,
		0x00, 0x02, 0x00, 0x80, 0x40, 0xff, 0xc0, /* padding of the 10-dot rows is white */
	};
	static const uint8_t small[] = {0x80, 0x7f, 0xff, 0xff};
	static uint8_t large[72 * 3201];
	struct document_item item = picture(10, 2, small);

	(void)state;
	assert_int_equal(encode(&item, 1, &narrow), 0);
	assert_int_equal(stream_len, sizeof(bytes));
	assert_memory_equal(stream, bytes, sizeof(bytes));

	/* Bands of 256 rows; wider than the paper: cut off. */
	memset(large, 0xff, sizeof(large));
	item = picture(576, 600, large);
	check(&item, 1, &narrow,
	      NARROW "GS v 0 m=0 48x256 black 98304\nGS v 0 m=0 48x256 black 98304\n"
		     "GS v 0 m=0 48x88 black 33792\n");
	item = picture(576, 3200, large);
	assert_int_equal(encode(&item, 1, &wide), 0);
	assert_in_range(stream_len, 72 * 3200, ESCPOS_MAX_JOB);

	item = picture(576, 3201, large);
	assert_int_equal(encode(&item, 1, &wide), -EINVAL);
	item = picture(0, 1, large);
	assert_int_equal(encode(&item, 1, &wide), -EINVAL);
	item = picture(8, 0, large);
	assert_int_equal(encode(&item, 1, &wide), -EINVAL);
	item = picture(70000, 1, large);
	assert_int_equal(encode(&item, 1, &wide), -EINVAL);
	item = picture(8, 1, NULL);
	assert_int_equal(encode(&item, 1, &wide), -EINVAL);
}

/* Two pictures of 3,000 rows each fit singly but not together. */
static void test_too_big(void **state)
{
	static uint8_t large[72 * 3000];
	const struct document_item items[] = {picture(576, 3000, large), picture(576, 3000, large)};

	(void)state;
	memset(large, 0xff, sizeof(large));
	assert_int_equal(encode(items, 1, &wide), 0);
	assert_int_equal(encode(items, 2, &wide), -EFBIG);
}

/* DLE EOT, DLE ENQ and DLE DC4 in image data would be executed: one dot differs. Also across rows,
 * and a picture of nothing else. */
static void test_realtime_in_picture(void **state)
{
	static const uint8_t rows[] = {
		0x10, 0x04, 0x01, 0x10, /* next row begins with 05 */
		0x05, 0x10, 0x14, 0x08, 0x10, 0x10,
		0x04, 0x00, 0x10, 0x06, 0x10, 0x15, /* harmless, stays */
	};
	static const uint8_t wanted[] = {
		0x10, 0x06, 0x01, 0x10, 0x07, 0x10, 0x16, 0x08,
		0x10, 0x10, 0x06, 0x00, 0x10, 0x06, 0x10, 0x15,
	};
	static uint8_t evil[48 * 700];
	struct document_item item = picture(32, 4, rows);
	unsigned seed = 4711;

	(void)state;
	assert_int_equal(encode(&item, 1, &narrow), 0);
	assert_memory_equal(stream + stream_len - sizeof(wanted), wanted, sizeof(wanted));
	for (size_t i = 0; i < sizeof(evil); i++) {
		static const uint8_t set[] = {0x10, 0x10, 0x04, 0x05, 0x14, 0x06, 0x00};

		seed = seed * 1103515245 + 12345;
		evil[i] = set[(seed >> 16) % sizeof(set)];
	}
	item = picture(384, 700, evil);
	assert_true(escpos_count_realtime(evil, sizeof(evil)) > 1000);
	assert_int_equal(encode(&item, 1, &narrow), 0); /* looks for them itself */
}

static void test_bad_documents(void **state)
{
	const struct document_item item = {.kind = DOCUMENT_TEXT, .text = "x"};
	const struct document_item unknown = {.kind = (enum document_kind)99};
	const struct escpos_paper tiny = {.width_dots = 576, .columns = 8, .cutter = true};
	const struct escpos_paper vast = {.width_dots = 2000, .columns = 48, .cutter = true};
	static struct document_item many[DOCUMENT_MAX_ITEMS + 1];
	const struct document no_items = {.items = NULL, .count = 1};
	size_t len;

	(void)state;
	for (size_t i = 0; i <= DOCUMENT_MAX_ITEMS; i++)
		many[i] = item;
	assert_int_equal(encode(many, DOCUMENT_MAX_ITEMS, &wide), 0);
	assert_int_equal(encode(many, DOCUMENT_MAX_ITEMS + 1, &wide), -EINVAL);
	assert_int_equal(encode(many, 0, &wide), -EINVAL);
	assert_int_equal(escpos_encode(NULL, &wide, NULL, 0, &len, NULL), -EINVAL);
	assert_int_equal(escpos_encode(&no_items, &wide, NULL, 0, &len, NULL), -EINVAL);
	assert_int_equal(encode(&unknown, 1, &wide), -EINVAL);
	assert_int_equal(encode(&item, 1, &tiny), -EINVAL);
	assert_int_equal(encode(&item, 1, &vast), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_last_size_wins),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_missing_count),
		cmocka_unit_test(test_gb2312),
		cmocka_unit_test(test_feed_rule_cut),
		cmocka_unit_test(test_qr),
		cmocka_unit_test(test_picture),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_realtime_in_picture),
		cmocka_unit_test(test_bad_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
