/* Texts with {placeholders}: the one engine behind the texts of tickets and of boards. A name
 * stands between two braces; "{{" is a brace. Pure, allocates nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct placeholder_names {
	const char *const *names;
	size_t count;
};

struct placeholder_piece {
	size_t value;	  /* index of its name; names.count: literal text, or a name that is none */
	const char *text; /* the literal, or the name without its braces */
	size_t len;
	bool bad; /* a name that is none, or a brace that nothing closes */
};

/* One piece after the other. Returns where the next one begins, NULL at the end. */
const char *placeholder_next(const struct placeholder_names *names, const char *text,
			     struct placeholder_piece *ret);

struct placeholder_filled {
	size_t asked, empty; /* placeholders in the text, and those whose value is "" */
	bool cut;	     /* it was longer than size allows: the rest is left out */
};
/* Fills the text in; values are in the order of the names. Returns the length; what is bad is left
 * out. A cut may go through a character. */
size_t placeholder_fill(const struct placeholder_names *names, const char *text,
			const char *const *values, char *ret, size_t size,
			struct placeholder_filled *ret_filled);

/* The value of that index is asked for somewhere in the text. */
bool placeholder_asks(const struct placeholder_names *names, const char *text, size_t value);
/* "hall.zh, number, ...", those whose bit 1 << index is set in allowed. */
void placeholder_list(const struct placeholder_names *names, unsigned long allowed, char *ret,
		      size_t size);
