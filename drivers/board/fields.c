/* Words of the form key=value by a table of what there is, with refusals that say what would be
 * right. */
#include "drivers/board/fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *board_choice_word(const struct board_choice *choices, long value)
{
	for (; choices && choices->word; choices++)
		if (choices->value == value)
			return choices->word;
	return "";
}

static void list_one(const struct board_field *field, char *ret, size_t size)
{
	size_t used = (size_t)snprintf(ret, size, "%s=", field->key);
	const char *bar = "";

	for (const struct board_choice *c = field->choices; c && c->word && used < size; c++) {
		used += (size_t)snprintf(ret + used, size - used, "%s%s", bar, c->word);
		bar = "|";
	}
	if (field->most >= field->least && used < size)
		snprintf(ret + used, size - used, "%s%ld..%ld", bar, field->least, field->most);
}

void board_fields_list(const struct board_field *fields, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (; fields->key && used + 1 < size; fields++) {
		if (used)
			ret[used++] = ' ';
		list_one(fields, ret + used, size - used);
		used += strlen(ret + used);
	}
}

static bool read_value(const struct board_field *field, const char *word, long *ret)
{
	char *end;
	long number;

	for (const struct board_choice *c = field->choices; c && c->word; c++) {
		if (strcmp(c->word, word) == 0) {
			*ret = c->value;
			return true;
		}
	}
	if (word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	number = strtol(word, &end, word[0] == '0' && (word[1] == 'x' || word[1] == 'X') ? 16 : 10);
	if (*end || errno || number < field->least || number > field->most)
		return false;
	*ret = number;
	return true;
}

int board_field_read(const struct board_field *fields, const char *text, long *values,
		     char *ret_error, size_t error_size)
{
	const char *equals = strchr(text, '=');
	char list[160];

	for (int i = 0; equals && fields[i].key; i++) {
		size_t len = (size_t)(equals - text);

		if (strlen(fields[i].key) != len || strncmp(fields[i].key, text, len) != 0)
			continue;
		if (read_value(&fields[i], equals + 1, &values[i]))
			return i;
		list_one(&fields[i], list, sizeof(list));
		snprintf(ret_error, error_size,
			 "%.60s：值不可用，可用 %s no such value, there are %s", text, list, list);
		return -EINVAL;
	}
	return -ENOENT;
}

int board_fields_settings(const struct board_field *fields, const char *name, const char *of_model,
			  const char *const *settings, size_t count, long *values, char *ret_error,
			  size_t error_size)
{
	const char *rest = of_model ? of_model : "";
	char word[64], list[600], why[256];
	int used = 0;

	for (size_t i = 0;; rest += used) {
		const char *text = word;
		int r;

		if (sscanf(rest, " %63s%n", word, &used) != 1) {
			used = 0;
			if (i == count)
				return 0;
			text = settings[i++];
		}
		r = board_field_read(fields, text, values, why, sizeof(why));
		if (r >= 0)
			continue;
		if (r == -EINVAL) {
			snprintf(ret_error, error_size, "%s: %s", name, why);
			return -EINVAL;
		}
		board_fields_list(fields, list, sizeof(list));
		snprintf(ret_error, error_size,
			 "%s: 没有这个设置 unknown setting \"%.60s\"; 可用 there are %s", name,
			 text, list);
		return -EINVAL;
	}
}
