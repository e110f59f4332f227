/* What the answers about a test page say of a model's facts; that what is printed is within the
 * limits of every row; that answers which are none are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/printer/escpos/paper.h"
#include "src/cli/test_page.h"

extern const struct driver escpos_driver;

enum { MOST_SETTINGS = 512 };

static const struct device_model *row(const char *name)
{
	return driver_find_model(&escpos_driver, name);
}

/* "gbk=n ruler=y columns=42": the answers; "s p": status answered, printed proved. The findings as
 * "key" for confirmed, "key!" for wrong without a value, "key=value" for wrong. */
static void check(const char *model, const char *answers, const char *seen, const char *wanted)
{
	struct test_finding findings[PRINTER_FACTS];
	struct test_seen told = {.printed_any = !strchr(seen, '0'),
				 .answers_status = strchr(seen, 's'),
				 .proved_printed = strchr(seen, 'p'),
				 .proved_processed = strchr(seen, 'r')};
	int given[TEST_QUESTIONS];
	char text[256], found[MOST_SETTINGS] = "", *rest = text;

	snprintf(text, sizeof(text), "%s", answers);
	for (size_t i = 0; i < TEST_QUESTIONS; i++)
		given[i] = TEST_UNANSWERED;
	for (char *word; (word = strsep(&rest, " ")) && word[0];) {
		char *value = strchr(word, '=');
		enum test_question question = 0;

		*value++ = '\0';
		while (strcmp(test_questions[question].key, word) != 0)
			question++;
		assert_true(test_read_answer(question, value, &given[question]));
	}
	test_page_conclude(row(model), given, &told, findings);
	for (size_t i = 0; i < PRINTER_FACTS; i++) {
		size_t used = strlen(found);

		if (findings[i].verdict == TEST_CONFIRMED)
			snprintf(found + used, sizeof(found) - used, " %s", cli_fact_name(i));
		else if (findings[i].verdict == TEST_WRONG)
			snprintf(found + used, sizeof(found) - used, " %s",
				 findings[i].setting[0] ? findings[i].setting : cli_fact_name(i));
		if (findings[i].verdict == TEST_WRONG && !findings[i].setting[0])
			strcat(found, "!");
	}
	if (strcmp(found[0] ? found + 1 : found, wanted) != 0)
		fail_msg("%s: %s: %s", model, answers, found);
}

static void test_conclusions(void **state)
{
	(void)state;
	check("generic-80", "", "0", "");
	check("generic-80",
	      "paper=y ascii=y gb2312=y gbk=y mixed=y ruler=y columns=y sizes=y qr=y raster-v=y "
	      "raster-l=y partial=y full=y",
	      "sp", "paper_mm width_dots columns cjk raster cutter qr status completion one_way");
	check("generic-80",
	      "paper=58 gb2312=y gbk=n ruler=n stairs=384 columns=32 qr=n raster-v=n raster-l=y "
	      "partial=n full=y",
	      "sr",
	      "paper_mm=58 width_dots=384 columns=32 cjk=gb2312 raster=gs-l cutter=full qr=no "
	      "status completion=processed one_way");
	/* Only no: what it is instead nobody knows. */
	check("generic-80", "paper=n ruler=n columns=n", "0", "paper_mm! width_dots! columns!");
	check("generic-80", "ruler=n stairs=n", "0", "width_dots!");
	check("generic-80", "ruler=n stairs=546", "0", "width_dots=544");
	check("generic-80", "paper=80 columns=48", "0", "paper_mm columns");
	/* Columns that the width cannot hold are those of the ordinary font. */
	check("generic-80", "ruler=n stairs=360", "0", "width_dots=360 columns=30");
	check("generic-80", "ruler=n stairs=360 columns=48", "0", "width_dots=360 columns=30");
	check("generic-80", "ruler=n stairs=512", "0", "width_dots=512");
	check("generic-80", "columns=100", "0", "columns=48");
	/* Of no use in a Chinese hall, and not to be hidden in a setting. */
	check("generic-80", "gb2312=n raster-v=n raster-l=n", "0", "cjk! raster!");
	/* Chinese. */
	check("generic-80", "gb2312=n", "0", "cjk=none");
	check("generic-80", "gb2312=n gbk=y", "0", "cjk=none");
	check("generic-80", "gb2312=y", "0", "");
	check("generic-80", "gbk=y", "0", "");
	check("epson-tm-t88v", "gb2312=y gbk=y", "0", "cjk=gbk");
	check("epson-tm-t88v", "gb2312=n gbk=n", "0", "cjk");
	/* Of two ways the row's is kept while it works. */
	check("generic-80", "raster-v=n raster-l=n partial=n full=n", "0",
	      "raster=none cutter=none");
	check("generic-80", "raster-l=y full=y", "0", "");
	check("generic-80", "raster-v=y partial=y", "0", "raster cutter");
	check("generic-80", "raster-v=n partial=n", "0", "");
	check("generic-58", "partial=y full=n", "0", "cutter=partial");
	check("generic-58", "partial=n full=n", "0", "cutter");
	/* What came back. */
	check("generic-80", "", "", "status=none completion=none");
	check("generic-80", "", "s", "status completion=none one_way");
	check("generic-80-oneway", "", "", "status completion one_way");
	check("generic-80-oneway", "", "sp", "status=automatic completion=printed one_way=no");
	check("snbc-btp-r880np", "", "sp", "status completion=printed one_way");
}

/* Whatever is concluded can be written into the configuration. */
static void test_settings_hold(void **state)
{
	static const struct driver_host nobody;

	(void)state;
	srand(7);
	for (int round = 0; round < 3000; round++) {
		const struct device_model *model =
			&escpos_driver.models[(size_t)rand() % escpos_driver.model_count];
		struct test_seen seen = {rand() % 2, rand() % 2, rand() % 2, rand() % 2};
		struct test_finding findings[PRINTER_FACTS];
		const char *settings[PRINTER_FACTS];
		struct device_options options = {
			.name = "it", .model = model, .settings = settings};
		struct device *device = NULL;
		int answers[TEST_QUESTIONS];
		char error[256] = "";

		for (size_t i = 0; i < TEST_QUESTIONS; i++)
			answers[i] = rand() % 3 - 2;
		if (rand() % 2)
			answers[TEST_ASK_STAIRS] = rand() % 2 ? 360 : 832;
		if (rand() % 2)
			answers[TEST_ASK_COLUMNS] = 16 + rand() % 89;
		if (rand() % 2)
			answers[TEST_ASK_PAPER] = 58 + rand() % 23;
		test_page_conclude(model, answers, &seen, findings);
		for (size_t i = 0; i < PRINTER_FACTS; i++)
			if (findings[i].setting[0])
				settings[options.setting_count++] = findings[i].setting;
		if (escpos_driver.create(&device, &options, &nobody, NULL, error, sizeof(error)) <
		    0)
			fail_msg("%s: %s", model->name, error);
		escpos_driver.remove(device);
	}
}

static void test_answers(void **state)
{
	static const struct {
		enum test_question question;
		const char *text;
		bool good;
		int answer;
	} rows[] = {
		{TEST_ASK_GBK, "y", true, TEST_YES}, {TEST_ASK_GBK, "是", true, TEST_YES},
		{TEST_ASK_GBK, "no", true, TEST_NO}, {TEST_ASK_GBK, "否", true, TEST_NO},
		{TEST_ASK_GBK, "512", false, 0},     {TEST_ASK_GBK, "maybe", false, 0},
		{TEST_ASK_GBK, "", false, 0},	     {TEST_ASK_PAPER, "58", true, 58},
		{TEST_ASK_PAPER, "0", false, 0},     {TEST_ASK_PAPER, "-1", false, 0},
		{TEST_ASK_PAPER, "99999", false, 0}, {TEST_ASK_PAPER, "8 0", false, 0},
		{TEST_ASK_STAIRS, "y", false, 0},    {TEST_ASK_STAIRS, "n", true, TEST_NO},
		{TEST_ASK_STAIRS, "512", true, 512}, {TEST_ASK_STAIRS, "500", false, 0},
		{TEST_ASK_PAPER, "57", false, 0},    {TEST_ASK_PAPER, "81", false, 0},
		{TEST_ASK_COLUMNS, "15", false, 0},  {TEST_ASK_COLUMNS, "105", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int answer = 77;

		if (test_read_answer(rows[i].question, rows[i].text, &answer) != rows[i].good)
			fail_msg("%s", rows[i].text);
		assert_int_equal(answer, rows[i].good ? rows[i].answer : 77);
	}
}

/* Every part for every row: the driver takes its settings, the encoder its document. */
static void test_documents(void **state)
{
	static const struct driver_host nobody;

	(void)state;
	for (size_t i = 0; i < escpos_driver.model_count; i++) {
		for (enum test_part part = 0; part < TEST_PARTS; part++) {
			const struct device_model *model = &escpos_driver.models[i];
			struct test_document page;
			struct device_options options = {.name = "it", .model = model};
			struct device *device = NULL;
			struct escpos_paper paper;
			char error[256] = "";
			size_t len = 0;

			assert_int_equal(test_page_make(&page, part, model), 0);
			options.settings = page.settings;
			options.setting_count = page.setting_count;
			assert_in_range(page.setting_count, 3, TEST_MAX_SETTINGS);
			assert_in_range(page.document.count, 2, TEST_MAX_ITEMS);
			if (escpos_driver.create(&device, &options, &nobody, NULL, error,
						 sizeof(error)) < 0)
				fail_msg("%s", error);
			paper = escpos_paper_of(escpos_driver.get_model(device));
			assert_int_equal(escpos_encode(&page.document, &paper, NULL, 0, &len, NULL),
					 0);
			assert_in_range(len, 15, ESCPOS_MAX_JOB);
			escpos_driver.remove(device);
			test_page_free(&page);
		}
	}
}

/* The ruler is exactly as wide as the row says, and its ends are black. */
static void test_ruler(void **state)
{
	(void)state;
	for (size_t i = 0; i < escpos_driver.model_count; i++) {
		const struct device_model *model = &escpos_driver.models[i];
		const struct document_picture *picture;
		struct test_document page;

		assert_int_equal(test_page_make(&page, TEST_WIDTHS, model), 0);
		picture = &page.items[1].picture;
		assert_int_equal(picture->width_dots, model->u.printer.width_dots);
		for (size_t y = 0; y < picture->height_dots; y++) {
			const uint8_t *dots = picture->rows + y * picture->width_dots / 8;

			assert_int_equal(dots[0] & 0xf0, 0xf0);
			assert_int_equal(dots[picture->width_dots / 8 - 1] & 0x0f, 0x0f);
		}
		assert_int_equal(strlen(page.items[3].text), model->u.printer.columns);
		test_page_free(&page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conclusions), cmocka_unit_test(test_settings_hold),
		cmocka_unit_test(test_answers),	    cmocka_unit_test(test_documents),
		cmocka_unit_test(test_ruler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
