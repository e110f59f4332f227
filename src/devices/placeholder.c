/* Texts piece by piece, and filled in. */
#include "src/devices/placeholder.h"

#include <stdio.h>
#include <string.h>

static size_t find_name(const struct placeholder_names *names, const char *name, size_t len)
{
	size_t i = 0;

	while (i < names->count &&
	       (strlen(names->names[i]) != len || memcmp(names->names[i], name, len) != 0))
		i++;
	return i;
}

const char *placeholder_next(const struct placeholder_names *names, const char *text,
			     struct placeholder_piece *ret)
{
	*ret = (struct placeholder_piece){.value = names->count, .text = text};
	if (!*text)
		return NULL;
	if (text[0] != '{') {
		ret->len = strcspn(text, "{");
		return text + ret->len;
	}
	if (text[1] == '{') {
		ret->len = 1;
		return text + 2;
	}
	ret->text = text + 1;
	ret->len = strcspn(text + 1, "{}");
	ret->value = find_name(names, ret->text, ret->len);
	ret->bad = ret->text[ret->len] != '}' || ret->value == names->count;
	return ret->text + ret->len + (ret->text[ret->len] == '}');
}

size_t placeholder_fill(const struct placeholder_names *names, const char *text,
			const char *const *values, char *ret, size_t size,
			struct placeholder_filled *ret_filled)
{
	struct placeholder_filled filled = {0};
	struct placeholder_piece piece;
	size_t used = 0;

	while ((text = placeholder_next(names, text, &piece)) != NULL) {
		const char *from = piece.text;
		size_t len = piece.bad ? 0 : piece.len;

		if (!piece.bad && piece.value < names->count) {
			from = values[piece.value];
			len = strlen(from);
			filled.asked++;
			filled.empty += len == 0;
		}
		if (len > size - 1 - used) {
			len = size - 1 - used;
			filled.cut = true;
		}
		memcpy(ret + used, from, len);
		used += len;
	}
	ret[used] = '\0';
	*ret_filled = filled;
	return used;
}

bool placeholder_asks(const struct placeholder_names *names, const char *text, size_t value)
{
	struct placeholder_piece piece;

	while ((text = placeholder_next(names, text, &piece)) != NULL)
		if (!piece.bad && piece.value == value)
			return true;
	return false;
}

void placeholder_list(const struct placeholder_names *names, unsigned long allowed, char *ret,
		      size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < names->count && used < size; i++)
		if (allowed >> i & 1)
			used += (size_t)snprintf(ret + used, size - used, "%s%s", used ? ", " : "",
						 names->names[i]);
}
