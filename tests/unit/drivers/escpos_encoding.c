/* Encodes for tests: into a buffer of exactly the counted size, then listed by the reader. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/drivers/escpos_encoding.h"

#include <cmocka.h>

const struct escpos_paper wide = {
	.width_dots = 576,
	.columns = 48,
	.cutter = true,
	.qr = true,
	.gbk = true,
	.status = true,
};
const struct escpos_paper narrow = {.width_dots = 384, .columns = 32, .qr = true, .gbk = true};

char list[1024 * 1024];
uint8_t stream[ESCPOS_MAX_JOB];
size_t stream_len;
struct escpos_losses losses;

/* Encodes exactly into a buffer of the counted size, and lists it. */
int encode(const struct document_item *items, size_t count, const struct escpos_paper *paper)
{
	const struct document document = {.items = items, .count = count};
	size_t len = 0, used = 0;
	uint8_t *exact;
	int r;

	r = escpos_encode(&document, paper, NULL, 0, &len, &losses);
	if (r < 0)
		return r;
	exact = malloc(len);
	assert_non_null(exact);
	used = 12345;
	assert_int_equal(escpos_encode(&document, paper, exact, len - 1, &used, NULL), -ENOSPC);
	assert_int_equal(used, 12345);
	assert_int_equal(escpos_encode(&document, paper, exact, len, &used, &losses), 0);
	assert_int_equal(used, len);
	memcpy(stream, exact, len);
	stream_len = len;
	free(exact);
	assert_int_equal(escpos_count_realtime(stream, stream_len), 0);
	assert_int_equal(escpos_read(stream, stream_len, list, sizeof(list)), 0);
	return 0;
}

void check(const struct document_item *items, size_t count, const struct escpos_paper *paper,
	   const char *wanted)
{
	assert_int_equal(encode(items, count, paper), 0);
	assert_string_equal(list, wanted);
}

/* Columns of each line of a listing, from the sizes it names itself. */
void check_lines_fit(size_t columns)
{
	size_t used = 0, width = 1;

	for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strncmp(line, "GS ! ", 5))
			width = (strtoul(line + 5, NULL, 16) >> 4) + 1;
		else if (!strncmp(line, "T ", 2))
			used += (strlen(line) - 4) * width;
		else if (!strncmp(line, "H ", 2))
			used += (strlen(line) - 1) / 3 * width;
		else if (!strcmp(line, "LF"))
			used = 0;
		assert_in_range(used, 0, columns);
	}
}
