/* Tables as people read them: what stands below a row is broken at blanks, by the columns it
 * covers, and CSV has none of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/cli/cli.h"

/* What printing it leaves on stdout. */
static void assert_prints(const struct cli_table *table, enum cli_format format, const char *text)
{
	static char seen[4096];
	FILE *file = tmpfile();
	int out;
	size_t len;

	assert_non_null(file);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	assert_true(out >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
	cli_table_print(table, format);
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	close(out);
	rewind(file);
	len = fread(seen, 1, sizeof(seen) - 1, file);
	seen[len] = '\0';
	fclose(file);
	assert_string_equal(seen, text);
}

#define TEN "123456789 "
#define HAN "一二三四五六七八九十"

static void breaks_notes_at_eighty_columns(void **state)
{
	static const char *const cells[] = {"device", "health", "a", "ok", "bb", "gone"};
	struct cli_table table;

	(void)state;
	cli_table_init(&table, 2);
	for (size_t i = 0; i < 2; i++)
		cli_table_add(&table, "%s", cells[i]);
	for (size_t i = 2; i < 4; i++)
		cli_table_add(&table, "%s", cells[i]);
	/* 4 + 76 columns, and one more */
	cli_table_note(&table, "%s", TEN TEN TEN TEN TEN TEN TEN "123456");
	cli_table_note(&table, "%s", TEN TEN TEN TEN TEN TEN TEN "1234567");
	cli_table_note(&table, "%s: %s", "shows", HAN HAN HAN " " HAN);
	for (size_t i = 4; i < 6; i++)
		cli_table_add(&table, "%s", cells[i]);
	cli_table_note(&table, "%s", HAN HAN HAN HAN HAN);
	for (int times = 0; times < 2; times++)
		assert_prints(&table, CLI_TEXT,
			      "device  health\n"
			      "a       ok\n"
			      "    " TEN TEN TEN TEN TEN TEN TEN "123456\n"
			      "    " TEN TEN TEN TEN TEN TEN "123456789\n"
			      "    1234567\n"
			      "    shows: " HAN HAN HAN "\n"
			      "    " HAN "\n"
			      "bb      gone\n"
			      "    " HAN HAN HAN HAN HAN "\n");
	assert_prints(&table, CLI_CSV, "device,health\r\na,ok\r\nbb,gone\r\n");
	cli_table_finish(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breaks_notes_at_eighty_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
