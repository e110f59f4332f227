/* Bytes to pictures in one call: which pages come, how large they are, what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/port/host/paper.h"

enum { PNG_MARGIN = 16, PAGES = 8 };

static struct {
	uint32_t width, height, rows;
	bool cut;
} pages[PAGES];
static size_t count;
static int answer;

static uint32_t be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* PNG, section 11.2.2: the header's width and height stand at bytes 16 and 20. */
static int on_page(void *user, const uint8_t *png, size_t len, uint32_t rows, bool cut)
{
	assert_ptr_equal(user, pages);
	assert_true(len > 33 && !memcmp(png, "\x89PNG\r\n\x1a\n", 8));
	assert_true(count < PAGES);
	pages[count].width = be32(png + 16);
	pages[count].height = be32(png + 20);
	pages[count].rows = rows;
	pages[count++].cut = cut;
	return answer;
}

static int render(const char *bytes, size_t len, uint16_t width)
{
	const struct printer_settings settings = {.width = width};
	uint64_t unknown = 99;
	int r;

	count = 0;
	r = paper_render((const uint8_t *)bytes, len, &settings, on_page, pages, &unknown);
	assert_int_equal(unknown, r ? 99 : 0);
	return r;
}

static void test_pages(void **state)
{
	static const char bytes[] = "\x1b@one\n\x1dVB\x00two\n\x1dVB\x00three\n";

	(void)state;
	answer = 0;
	assert_int_equal(render(bytes, sizeof(bytes) - 1, 576), 0);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(pages[i].cut, i < 2);
		assert_int_equal(pages[i].width, 576 + 2 * PNG_MARGIN);
		assert_int_equal(pages[i].height, pages[i].rows + 2 * PNG_MARGIN);
		assert_true(pages[i].rows >= 30);
	}
	assert_int_equal(render(bytes, sizeof(bytes) - 1, 384), 0);
	assert_int_equal(pages[0].width, 384 + 2 * PNG_MARGIN);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(render("", 0, 576), 0);
	assert_int_equal(count, 0);
}

static void test_refused(void **state)
{
	static const char bytes[] = "one\n\x1dVB\x00two\n\x1dVB\x00";

	(void)state;
	assert_int_equal(render(bytes, sizeof(bytes) - 1, 0), -EINVAL);
	assert_int_equal(render(bytes, sizeof(bytes) - 1, 580), -EINVAL);
	assert_int_equal(render(bytes, sizeof(bytes) - 1, 584), -EINVAL);
	assert_int_equal(count, 0);
	answer = -EPIPE;
	assert_int_equal(render(bytes, sizeof(bytes) - 1, 576), -EPIPE);
	assert_int_equal(count, 1);
	answer = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
