/* UTF-8, columns and GBK. Codes are from the published code charts (GB 18030, RFC 3629 examples),
 * typed here, not taken from the code under test. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/text/text.h"

static void test_next(void **state)
{
	static const struct {
		const char *text;
		size_t len, taken;
		uint32_t code;
	} rows[] = {
		{"A", 1, 1, 'A'},
		{"\xc2\xa2", 2, 2, 0xa2},
		{"\xe4\xb8\xad", 3, 3, 0x4e2d},
		{"\xf0\xa0\x80\x80", 4, 4, 0x20000},
		{"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
		{"\xef\xbf\xbd", 3, 3, 0xfffd},
		{"\0", 1, 1, 0},
		/* malformed: continuation first, overlong, surrogate, too high, cut, bad tail */
		{"\x80", 1, 1, TEXT_MALFORMED},
		{"\xc0\xaf", 2, 1, TEXT_MALFORMED},
		{"\xe0\x80\xaf", 3, 1, TEXT_MALFORMED},
		{"\xf0\x80\x80\xaf", 4, 1, TEXT_MALFORMED},
		{"\xed\xa0\x80", 3, 1, TEXT_MALFORMED},
		{"\xf4\x90\x80\x80", 4, 1, TEXT_MALFORMED},
		{"\xfe", 1, 1, TEXT_MALFORMED},
		{"\xe4\xb8", 2, 1, TEXT_MALFORMED},
		{"\xe4\xb8\x41", 3, 1, TEXT_MALFORMED},
	};
	uint32_t code;

	(void)state;
	assert_int_equal(text_next("A", 0, &code), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* An exact copy on the heap, so that a read too far is seen. */
		char *copy = malloc(rows[i].len);

		assert_non_null(copy);
		memcpy(copy, rows[i].text, rows[i].len);
		assert_int_equal(text_next(copy, rows[i].len, &code), rows[i].taken);
		assert_int_equal(code, rows[i].code);
		assert_int_equal(text_check(copy, rows[i].len),
				 code != TEXT_MALFORMED || rows[i].taken == 3);
		free(copy);
	}
	assert_true(text_check("过号请到导办台 desk", strlen("过号请到导办台 desk")));
	assert_false(text_check("好\xe5", 4));
}

static void test_columns(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
		{"", 0},	{"A001", 4},	  {"请A001到3号窗口", 15}, {"…", 2},	{"é", 2},
		{"e\u0301", 1}, {"\u202eabc", 3}, {"a\tb\n", 2},	   {"שלום", 8}, {"\xff", 2},
		{"한국", 4},	{"㐂𠮷", 4},	  {"\u200b", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(text_columns(rows[i].text), rows[i].columns);
}

static void test_gbk_codes(void **state)
{
	static const struct {
		uint32_t code;
		uint16_t gbk;
	} rows[] = {
		{'A', 'A'},
		{'~', '~'},
		{0x4e2d, 0xd6d0}, /* 中 */
		{0x56fd, 0xb9fa}, /* 国 */
		{0x53f7, 0xbac5}, /* 号 */
		{0x7a97, 0xb4b0}, /* 窗 */
		{0x554a, 0xb0a1}, /* 啊, the first of GB 2312 */
		{0x3000, 0xa1a1},
		{0x3013, 0xa1fe},
		{0x2026, 0xa1ad},
		{0xff0c, 0xa3ac},
		{0x4e02, 0x8140}, /* 丂, the first of GBK */
		{0x8ac7, 0xd584}, /* 談, GBK only */
		{0x4dae, 0xfe9f}, /* 䶮, GB18030's two-byte area */
		{0xe9, 0xa8a6},
		{0xb7, 0xa1a4},
		{0x20ac, 0xa2e3},
		/* none: four bytes in GB18030, user-defined, surrogate, beyond, control */
		{0x5d0, 0},
		{0xac00, 0},
		{0x3400, 0},
		{0x20bb7, 0},
		{0xe000, 0},
		{0xf8ff, 0},
		{0xd800, 0},
		{0x1f600, 0},
		{0x110000, 0},
		{0x1b, 0},
		{0x7f, 0},
		{0x80, 0},
		{0xfffd, 0},
	};

	(void)state;
	assert_int_equal(text_gbk_init(), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(text_gbk_of(rows[i].code), rows[i].gbk);
}

/* Every code is in the two-byte area and used once; columns are bytes. */
static void test_gbk_whole_plane(void **state)
{
	static uint8_t seen[0x10000];
	size_t count = 0;

	(void)state;
	for (uint32_t code = 0; code < 0x110000; code++) {
		uint16_t gbk = text_gbk_of(code);

		if (gbk > 0xff) {
			assert_in_range(gbk >> 8, 0x81, 0xfe);
			assert_in_range(gbk & 0xff, 0x40, 0xfe);
			assert_int_not_equal(gbk & 0xff, 0x7f);
			assert_int_equal(seen[gbk]++, 0);
			assert_int_equal(text_columns_of(code), 2);
			assert_false(text_is_control(code));
			count++;
		} else if (gbk) {
			assert_int_equal(text_columns_of(code), 1);
		}
	}
	/* GBK 1.0 assigns 21,886 characters; a system's iconv may know a few more. */
	assert_in_range(count, 21780, 22100);
}

static void check_gbk(const char *text, const char *bytes, size_t missing_wanted)
{
	size_t size = strlen(bytes), len = 99, missing = 99;
	uint8_t *ret = malloc(size + 1);

	assert_non_null(ret);
	assert_int_equal(text_to_gbk(text, strlen(text), ret, size, &len, &missing), 0);
	assert_int_equal(len, size);
	assert_memory_equal(ret, bytes, size);
	assert_int_equal(missing, missing_wanted);
	assert_int_equal(text_columns(text), size);
	if (size > 0) {
		ret[0] = 0;
		len = missing = 77;
		assert_int_equal(text_to_gbk(text, strlen(text), ret, size - 1, &len, &missing),
				 -ENOSPC);
		assert_int_equal(len, 77);
		assert_int_equal(missing, 77);
	}
	free(ret);
}

static void test_to_gbk(void **state)
{
	(void)state;
	check_gbk("", "", 0);
	check_gbk("A001", "A001", 0);
	check_gbk("请A001到3号窗口", "\xc7\xeb\x41\x30\x30\x31\xb5\xbd\x33\xba\xc5\xb4\xb0\xbf\xda",
		  0);
	check_gbk("3号窗口 暂停服务", "3\xba\xc5\xb4\xb0\xbf\xda \xd4\xdd\xcd\xa3\xb7\xfe\xce\xf1",
		  0);
	check_gbk("吉𠮷", "\xbc\xaa\xa1\xfe", 1);
	check_gbk("\u202eש", "\xa1\xfe", 1);
	check_gbk("e\u0301", "e", 1);
	check_gbk("a\x1b\x40\x10\x04\x01\xc2\x85z", "a@z", 0);
	check_gbk("a\xff", "a\xa1\xfe", 1);
}

static void test_sets(void **state)
{
	size_t count = 0;

	(void)state;
	/* GB 2312-80: 682 signs and 6,763 Han. */
	for (uint32_t code = 0x80; code < 0x10000; code++)
		count += text_is_gb2312(code);
	assert_int_equal(count, 682 + 6763);
	assert_true(text_is_gb2312('A') && text_is_gb2312(0x56fd)); /* 国 */
	/* — and · as a Chinese keyboard has them, A1AA and A1A4; ― is A844, which GB 2312 has not
	 */
	assert_true(text_is_gb2312(0x2014) && text_is_gb2312(0xb7));
	assert_false(text_is_gb2312(0x2015) || text_is_gb2312(0x30fb));
	assert_false(text_is_gb2312(0x9555) || text_is_gb2312(0x1b) || text_is_gb2312(0x20bb7));

	assert_true(text_is_in_set("A001 \x1b\u202e", TEXT_SET_ASCII));
	assert_false(text_is_in_set("号", TEXT_SET_ASCII));
	assert_true(text_is_in_set("A001号", TEXT_SET_GB2312));
	assert_false(text_is_in_set("朱镕基", TEXT_SET_GB2312));
	assert_true(text_is_in_set("朱镕基", TEXT_SET_GBK));
	assert_false(text_is_in_set("𠮷", TEXT_SET_GBK));
	assert_false(text_is_in_set("😀", TEXT_SET_GBK));
	assert_false(text_is_in_set("שלום", TEXT_SET_GBK));
	assert_false(text_is_in_set("e\u0301", TEXT_SET_GBK));
	assert_false(text_is_in_set("\xff", TEXT_SET_GBK));
}

static void check_abbreviated(const char *text, size_t columns, const char *wanted)
{
	size_t size = strlen(wanted) + 1;
	char *ret = malloc(size);
	char small = 'x';

	assert_non_null(ret);
	assert_int_equal(text_abbreviate(ret, size, text, columns), text_columns(wanted));
	assert_string_equal(ret, wanted);
	memset(ret, 'x', size);
	assert_int_equal(text_abbreviate(ret, size - 1, text, columns), -ENOSPC);
	assert_memory_equal(ret, &small, 1);
	free(ret);
}

static void test_abbreviate(void **state)
{
	(void)state;
	check_abbreviated("综合受理", 8, "综合受理");
	check_abbreviated("综合受理", 7, "综合…");
	check_abbreviated("综合受理", 6, "综合…");
	check_abbreviated("综合受理", 5, "综…");
	check_abbreviated("综合受理", 2, "…");
	check_abbreviated("综合受理", 1, "");
	check_abbreviated("", 0, "");
	check_abbreviated("abcdef", 5, "abc…");
	check_abbreviated("ab cdef", 5, "ab…");
	check_abbreviated("a                    b", 12, "a…");
	check_abbreviated(" a b ", 6, " a b ");
	check_abbreviated("abc\u0301\u0302def", 5, "abc\u0301\u0302…");
	check_abbreviated("3号窗口", 7, "3号窗口");
	check_abbreviated("3号窗口 Window 3", 8, "3号窗…");
	check_abbreviated("a\nb\u202ec", 9, "abc");
}

static void test_pad(void **state)
{
	char ret[32];

	(void)state;
	assert_int_equal(text_pad(ret, sizeof(ret), "3号", 8), 8);
	assert_string_equal(ret, "3号     ");
	assert_int_equal(text_pad(ret, sizeof(ret), "综合受理", 7), 7);
	assert_string_equal(ret, "综合… ");
	assert_int_equal(text_pad(ret, sizeof(ret), "", 0), 0);
	assert_string_equal(ret, "");
	assert_int_equal(text_pad(ret, 5, "a", 8), -ENOSPC);
	assert_string_equal(ret, "");
	assert_int_equal(text_pad(ret, 9, "a", 8), 8);
}

/* Published: BB B6 D3 AD B9 E2 C1 D9 is 欢迎光临, FD 9B 䶮 of GB18030's two-byte area. */
static void test_from_gbk(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{"AB\xbb\xb6\xd3\xad\xb9\xe2\xc1\xd9"
		 "12",
		 "AB欢迎光临12"},
		{"", ""},
		{"\xb0\xa1\xa1\xa4", "啊·"},
		{"\xbb", "\\xBB"},
		{"\xbb\x01\x7f\x80\xff", "\\xBB\\x01\\x7F\\x80\\xFF"},
		{"\xaa\xa1"
		 "A",
		 "\\xAA\\xA1A"},
		{"\x81", "\\x81"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t *bytes = (const uint8_t *)rows[i].bytes;
		size_t len = strlen(rows[i].bytes), wanted = strlen(rows[i].text);

		assert_int_equal(text_from_gbk(bytes, len, text, sizeof(text)), 0);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(text_from_gbk(bytes, len, text, wanted + 1), 0);
		strcpy(text, "kept");
		assert_int_equal(text_from_gbk(bytes, len, text, wanted), -ENOSPC);
		assert_string_equal(text, "kept");
	}
}

/* There and back: every character that has a code. */
static void test_whole_plane_back(void **state)
{
	(void)state;
	for (uint32_t code = 0x80; code < 0x10000; code++) {
		uint16_t gbk = text_gbk_of(code);
		const uint8_t bytes[2] = {(uint8_t)(gbk >> 8), (uint8_t)gbk};
		uint32_t back = 0;
		char text[16];

		if (gbk < 0x100)
			continue;
		assert_int_equal(text_from_gbk(bytes, 2, text, sizeof(text)), 0);
		assert_int_equal(text_next(text, strlen(text), &back), strlen(text));
		assert_int_equal(back, code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),	  cmocka_unit_test(test_columns),
		cmocka_unit_test(test_gbk_codes), cmocka_unit_test(test_gbk_whole_plane),
		cmocka_unit_test(test_to_gbk),	  cmocka_unit_test(test_abbreviate),
		cmocka_unit_test(test_pad),	  cmocka_unit_test(test_sets),
		cmocka_unit_test(test_from_gbk),  cmocka_unit_test(test_whole_plane_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
