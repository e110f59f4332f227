/* Tickets filled in: what stands on them, when, and in which size. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/text/text.h"
#include "src/devices/layout.h"

static struct template template;
static struct layout layout;
static struct layout_facts facts;

static void begin(void)
{
	memset(&template, 0, sizeof(template));
	layout_clear_facts(&facts);
}

static struct template_line *add(const char *text)
{
	struct template_line *line = &template.lines[template.line_count++];

	*line = (struct template_line){
		.kind = DOCUMENT_TEXT, .width = 1, .height = 1, .rows = TEMPLATE_ROWS};
	assert_int_equal(template_add_text(&template, text, &line->text), 0);
	return line;
}

static void fill(size_t columns)
{
	layout_begin(&layout);
	assert_int_equal(layout_add(&layout, &template, &facts, columns), 0);
}

static void test_values(void **state)
{
	(void)state;
	begin();
	facts.values[VALUE_NUMBER] = "A001";
	facts.values[VALUE_HALL_ZH] = "大厅";
	snprintf(facts.ahead, sizeof(facts.ahead), "12");
	add("{hall.zh}: {number}, {ahead} {{ahead}");
	add("plain } text");
	add("{item.zh}");	     /* left out: there is none */
	add("{class.zh} {number} "); /* blanks around what is empty go */
	add("{item.zh} {item.en}");  /* left out */
	add("");
	fill(48);
	assert_int_equal(layout.document.count, 4);
	assert_string_equal(layout.items[0].text, "大厅: A001, 12 {ahead}");
	assert_string_equal(layout.items[1].text, "plain } text");
	assert_string_equal(layout.items[2].text, "A001");
	assert_string_equal(layout.items[3].text, "");
}

/* Whole minutes that hold the interval. */
static void test_expected_waits(void **state)
{
	static const struct {
		struct expectation expected;
		const char *text;
	} rows[] = {
		{{-1, -1, -1, false}, ""},
		{{0, 0, 0, false}, "0"},
		{{1, 0, 1, true}, "0-1"},
		{{500000, 300000, 720000, true}, "5-12"},
		{{500000, 299999, 720001, true}, "4-13"},
		{{60000, 60000, 60000, true}, "1"},
	};
	char text[48];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		layout_format_wait(&rows[i].expected, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

static void test_conditions(void **state)
{
	(void)state;
	begin();
	facts.holds = WHEN_ITEM | WHEN_PRIORITY;
	add("a")->when = WHEN_ITEM | WHEN_PRIORITY;
	add("b")->when = WHEN_ITEM | WHEN_WAIT;
	add("c")->unless = WHEN_WAIT;
	add("d")->unless = WHEN_WAIT | WHEN_ITEM;
	add("e")->when = WHEN_NARROW;
	add("f")->unless = WHEN_NARROW;
	fill(48);
	assert_int_equal(layout.document.count, 3);
	assert_string_equal(layout.items[2].text, "f");
	fill(32);
	assert_int_equal(layout.document.count, 3);
	assert_string_equal(layout.items[2].text, "e");
}

/* A number that is too wide becomes smaller, never broken over two rows; other texts may cover
 * their rows, and become smaller if they would not fit there. */
static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		uint8_t rows, width, height, wanted_width, wanted_height;
	} rows[] = {
		{"A001", 48, 4, 6, 6, 6, 6},
		{"A001", 32, 4, 8, 8, 8, 8},
		{"A0001", 32, 4, 8, 8, 6, 6},
		{"ABC9999", 32, 4, 6, 6, 4, 4},
		{"A001", 32, 4, 8, 2, 8, 2},
		{"A0001", 32, 4, 8, 2, 6, 2},
		{"大厅大厅大厅大厅", 32, 1, 3, 3, 2, 2},
		{"大厅大厅大厅大厅", 32, 2, 3, 3, 3, 3},
		{"大厅大厅大厅大厅大厅大厅", 32, 2, 3, 3, 2, 2},
		{"a few words of text", 32, 1, 4, 4, 1, 1},
		{"a few words of text", 32, 4, 4, 4, 4, 4},
		/* drawn: letters are narrow, rare Han wide */
		{"خدمات المواطنين", 48, 1, 3, 3, 2, 2},
		{"𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", 32, 1, 3, 3, 2, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct template_line *line;

		begin();
		facts.values[VALUE_NUMBER] = rows[i].text;
		line = add("{number}");
		line->width = rows[i].width;
		line->height = rows[i].height;
		line->rows = rows[i].rows;
		fill(rows[i].columns);
		if (layout.items[0].width != rows[i].wanted_width ||
		    layout.items[0].height != rows[i].wanted_height)
			fail_msg("%s: %u x %u", rows[i].text, layout.items[0].width,
				 layout.items[0].height);
		assert_string_equal(layout.items[0].text, rows[i].text);
	}
}

/* 500 characters: as many as its rows hold, then "…". */
static void test_long(void **state)
{
	static char text[2000];

	(void)state;
	for (int i = 0; i < 500; i++)
		strcat(text, "证");
	begin();
	facts.values[VALUE_ITEM_ZH] = text;
	add("{item.zh}");
	add("{item.zh}")->rows = 1;
	fill(32);
	assert_int_equal(text_columns(layout.items[0].text), 4 * 32);
	assert_string_equal(layout.items[0].text + strlen(layout.items[0].text) - 6, "证…");
	assert_int_equal(text_columns(layout.items[1].text), 32);

	/* More than a line of a document: nothing behind its end is touched. */
	begin();
	facts.values[VALUE_ITEM_ZH] = text;
	add("{item.zh}{item.zh}x")->rows = TEMPLATE_MAX_ROWS;
	fill(255);
	assert_true(strlen(layout.items[0].text) < DOCUMENT_MAX_TEXT);
}

static void test_full(void **state)
{
	(void)state;
	begin();
	for (size_t i = 0; i < TEMPLATE_MAX_LINES; i++)
		add("x");
	layout_begin(&layout);
	assert_int_equal(layout_add(&layout, &template, &facts, 48), 0);
	assert_int_equal(layout_add(&layout, &template, &facts, 48), 0);
	assert_int_equal(layout.document.count, 2 * TEMPLATE_MAX_LINES);
	assert_int_equal(layout_add(&layout, &template, &facts, 48), -ENOSPC);
	assert_int_equal(layout.document.count, 2 * TEMPLATE_MAX_LINES);
}

static void test_other_lines(void **state)
{
	static const uint8_t rows[] = {0xff};

	(void)state;
	begin();
	snprintf(facts.url, sizeof(facts.url), "https://hall/t/0");
	template.pictures[0] = (struct document_picture){8, 1, rows};
	template.picture_count = 1;
	add("{ticket_url}")->kind = DOCUMENT_QR;
	add("{item.zh}")->kind = DOCUMENT_QR; /* no code of nothing */
	template.lines[template.line_count++] =
		(struct template_line){.kind = DOCUMENT_FEED, .lines = 3};
	template.lines[template.line_count++] = (struct template_line){.kind = DOCUMENT_PICTURE};
	template.lines[template.line_count++] = (struct template_line){.kind = DOCUMENT_CUT};
	fill(48);
	assert_int_equal(layout.document.count, 4);
	assert_string_equal(layout.items[0].text, "https://hall/t/0");
	assert_int_equal(layout.items[1].lines, 3);
	assert_ptr_equal(layout.items[2].picture.rows, rows);
	assert_int_equal(layout.items[3].kind, DOCUMENT_CUT);
}

/* The ticket of a hall for which no template was found. */
static void test_plain(void **state)
{
	(void)state;
	begin();
	facts.values[VALUE_NUMBER] = "A001";
	facts.values[VALUE_HALL_ZH] = "大厅";
	snprintf(facts.url, sizeof(facts.url), "https://hall/t/0");
	layout_begin(&layout);
	assert_int_equal(layout_add(&layout, template_plain(), &facts, 48), 0);
	assert_string_equal(layout.items[0].text, "大厅");
	assert_string_equal(layout.items[1].text, "A001");
	assert_int_equal(layout.items[layout.document.count - 1].kind, DOCUMENT_CUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expected_waits), cmocka_unit_test(test_values),
		cmocka_unit_test(test_conditions),     cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_long),	       cmocka_unit_test(test_full),
		cmocka_unit_test(test_other_lines),    cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
