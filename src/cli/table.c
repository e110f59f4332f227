/* Tables and documents on stdout. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/text/text.h"
#include "src/cli/cli.h"

enum { LINE_COLUMNS = 80, NOTE_INDENT = 4 };

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "onewindow: out of memory\n");
		exit(CLI_REFUSED);
	}
	return memory;
}

void cli_table_init(struct cli_table *table, size_t columns)
{
	*table = (struct cli_table){.columns = columns, .heads = 1};
}

void cli_table_add(struct cli_table *table, const char *format, ...)
{
	va_list args;

	if (table->rows == table->capacity) {
		table->capacity = table->capacity ? table->capacity * 2 : 64;
		table->cells = must(realloc(table->cells, table->capacity * sizeof(*table->cells)));
	}
	va_start(args, format);
	if (vasprintf(&table->cells[table->rows], format, args) < 0)
		must(NULL);
	va_end(args);
	table->rows++;
}

void cli_table_note(struct cli_table *table, const char *format, ...)
{
	struct cli_note *note;
	va_list args;

	if (table->note_count == table->note_capacity) {
		table->note_capacity = table->note_capacity ? table->note_capacity * 2 : 16;
		table->notes =
			must(realloc(table->notes, table->note_capacity * sizeof(*table->notes)));
	}
	note = &table->notes[table->note_count];
	note->row = table->rows / table->columns - 1;
	va_start(args, format);
	if (vasprintf(&note->text, format, args) < 0)
		must(NULL);
	va_end(args);
	table->note_count++;
}

static bool is_number(const char *text)
{
	size_t digits;

	text += *text == '-';
	digits = strspn(text, "0123456789");
	if (digits && text[digits] == '.')
		digits += 1 + strspn(text + digits + 1, "0123456789");
	return digits && text[digits] == '\0';
}

/* OWASP, "CSV Injection": what a spreadsheet computes instead of showing it. The full-width signs
 * are what spreadsheets for Chinese and Japanese take for the narrow ones. */
static bool reads_as_formula(const char *text)
{
	static const char *const signs[] = {"=",  "+",	"-",  "@",  "\t", "\r",
					    "\n", "＝", "＋", "－", "＠"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!strncmp(text, signs[i], strlen(signs[i])))
			return text[strlen(signs[i])] && !is_number(text);
	return false;
}

void cli_print_csv_cell(const char *text)
{
	bool formula = reads_as_formula(text);

	if (!formula && !strpbrk(text, ",;\"\t\r\n")) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	if (formula)
		putchar('\'');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

/* Figures stand right, words left: what the first row below the heads begins with decides. */
static bool stands_right(const struct cli_table *table, size_t column)
{
	const char *text;

	if (table->rows <= table->heads * table->columns)
		return false;
	text = table->cells[table->heads * table->columns + column];
	return text[0] && text[strspn(text, "0123456789.:%-")] == '\0';
}

/* No blanks behind the last word. */
static void print_text_row(const struct cli_table *table, size_t row, const size_t *widths)
{
	int blanks = 0;

	for (size_t c = 0; c < table->columns; c++) {
		const char *text = table->cells[row * table->columns + c];
		int pad = (int)(widths[c] - text_columns(text));
		bool right = stands_right(table, c);

		if (right)
			blanks += pad;
		if (text[0]) {
			printf("%*s%s", blanks, "", text);
			blanks = 0;
		}
		blanks += right ? 2 : pad + 2;
	}
	putchar('\n');
}

/* A word that is wider than a line stands on one of its own. */
static void print_note(const char *text)
{
	char *words = must(strdup(text));
	size_t used = 0;
	char *word, *rest;

	for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		size_t width = text_columns(word);
		int blanks;

		if (used && used + 1 + width > LINE_COLUMNS) {
			putchar('\n');
			used = 0;
		}
		blanks = used ? 1 : NOTE_INDENT;
		printf("%*s%s", blanks, "", word);
		used += (size_t)blanks + width;
	}
	putchar('\n');
	free(words);
}

void cli_table_print(const struct cli_table *table, enum cli_format format)
{
	size_t *widths = must(calloc(table->columns, sizeof(*widths)));
	size_t rows = table->rows / table->columns, note = 0;

	for (size_t i = 0; i < rows * table->columns; i++) {
		size_t width = text_columns(table->cells[i]);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t row = 0; row < rows; row++) {
		if (format == CLI_TEXT) {
			print_text_row(table, row, widths);
			for (; note < table->note_count && table->notes[note].row == row; note++)
				print_note(table->notes[note].text);
			continue;
		}
		for (size_t c = 0; c < table->columns; c++) {
			if (c)
				putchar(',');
			cli_print_csv_cell(table->cells[row * table->columns + c]);
		}
		fputs("\r\n", stdout);
	}
	free(widths);
}

void cli_table_finish(struct cli_table *table)
{
	for (size_t i = 0; i < table->rows; i++)
		free(table->cells[i]);
	free(table->cells);
	for (size_t i = 0; i < table->note_count; i++)
		free(table->notes[i].text);
	free(table->notes);
}

void cli_print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
	putchar('\n');
}
