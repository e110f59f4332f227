/* Whole documents: the ordinary ticket pinned, and random ones that a printer must be able to read.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/escpos_encoding.h"

/* The ordinary ticket of the hall, whole. */
static void test_golden_ticket(void **state)
{
	const struct document_item items[] = {
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 1,
		 .height = 1,
		 .bold = true,
		 .text = "市民服务中心"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 1,
		 .height = 1,
		 .text = "Citizen Service Centre"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 1,
		 .height = 1,
		 .text = "综合受理 General"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 6,
		 .height = 6,
		 .bold = true,
		 .text = "A001"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 1,
		 .height = 1,
		 .text = "前面等候 12 人  12 ahead of you"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 1,
		 .height = 1,
		 .text = "请在 1-6 号窗口等候  Window 1-6"},
		{.kind = DOCUMENT_QR,
		 .align = DOCUMENT_CENTRE,
		 .text = "https://hall.example/t/0123456789abcdef0123456789abcdef"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 1,
		 .height = 1,
		 .text = "过号请到导办台  Missed call: guide desk"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 1,
		 .height = 1,
		 .text = "2026-03-02 09:15:00"},
		{.kind = DOCUMENT_CUT},
	};
	static const char golden[] =
		"ESC @\nGS a FF\nFS .\n"
		"ESC a 01\nESC E 01\nFS &\nH CA D0 C3 F1 B7 FE CE F1 D6 D0 D0 C4\nLF\n"
		"ESC E 00\nFS .\nT \"Citizen Service Centre\"\nLF\n"
		"FS &\nH D7 DB BA CF CA DC C0 ED\nFS .\nT \" General\"\nLF\n"
		"ESC E 01\nGS ! 55\nT \"A001\"\nLF\n"
		"ESC E 00\nGS ! 00\nFS &\nH C7 B0 C3 E6 B5 C8 BA F2\nFS .\nT \" 12 \"\n"
		"FS &\nH C8 CB\nFS .\nT \"  12 ahead of you\"\nLF\n"
		"FS &\nH C7 EB D4 DA\nFS .\nT \" 1-6 \"\n"
		"FS &\nH BA C5 B4 B0 BF DA B5 C8 BA F2\nFS .\nT \"  Window 1-6\"\nLF\n"
		"GS ( k 31 41 32 00\nGS ( k 31 43 06\nGS ( k 31 45 31\n"
		"GS ( k 31 50 30 \"https://hall.example/t/0123456789abcdef0123456789abcdef\"\n"
		"GS ( k 31 51 30\n"
		"FS &\nH B9 FD BA C5 C7 EB B5 BD B5 BC B0 EC CC A8\nFS .\n"
		"T \"  Missed call: guide desk\"\nLF\n"
		"T \"2026-03-02 09:15:00\"\nLF\n"
		"LF\nGS V 42 00\n";

	(void)state;
	check(items, sizeof(items) / sizeof(items[0]), &wide, golden);
	assert_int_equal(losses.missing + losses.shortened, 0);
	assert_in_range(stream_len + ESCPOS_TRAILER_MAX, 1, 600);
}

/* Random documents: what comes out is always a stream that a printer reads to its end, with no
 * real-time command in it, and no line over the paper. */
static void test_random_documents(void **state)
{
	static uint8_t rows[80 * 300];
	static char texts[6][200];

	(void)state;
	srand(20260302);
	for (size_t i = 0; i < sizeof(rows); i++)
		rows[i] = (uint8_t)(rand() % 3 ? 0x10 : rand());
	for (unsigned round = 0; round < 1000; round++) {
		const struct escpos_paper *paper = round % 2 ? &wide : &narrow;
		struct document_item items[6];

		for (size_t i = 0; i < 6; i++) {
			size_t len = (size_t)rand() % sizeof(texts[i]);

			for (size_t k = 0; k < len; k++)
				texts[i][k] = (char)(rand() % 4 ? rand() % 255 + 1
								: "号A \x1b\x10\x04"[rand() % 9]);
			texts[i][len] = '\0';
			items[i] = (struct document_item){
				.kind = (enum document_kind)(1 + rand() % 6),
				.align = (enum document_align)(rand() % 4),
				.width = (uint8_t)(rand() % 10),
				.height = (uint8_t)(rand() % 10),
				.bold = rand() % 2,
				.text = texts[i],
				.lines = (uint8_t)rand(),
				.module_dots = (uint8_t)(rand() % 32),
				.picture = {(uint32_t)(1 + rand() % 640),
					    (uint32_t)(1 + rand() % 300), rows},
			};
		}
		assert_int_equal(encode(items, 6, paper), 0);
		check_lines_fit(paper->columns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_ticket),
		cmocka_unit_test(test_random_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
