/* key=value words: settings of a board, fields of a frame. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board_choice {
	const char *word; /* NULL ends the list */
	long value;
};

struct board_field {
	const char *key;		    /* NULL ends the table */
	const struct board_choice *choices; /* NULL: only numbers */
	long least, most;		    /* of numbers, decimal or 0x..; most < least: none */
};

/* Reads "key=value" into values[], one for each field of the table. Its index, or -EINVAL with a
 * sentence in Chinese and English that names what is allowed; -ENOENT: no field of that key. */
__attribute__((warn_unused_result)) int board_field_read(const struct board_field *fields,
							 const char *text, long *values,
							 char *ret_error, size_t error_size);
/* All of the table: "key=a|b key2=1..9 ...". */
void board_fields_list(const struct board_field *fields, char *ret, size_t size);
/* The settings of a model, parted by blanks, then those of a device: 0 or -EINVAL. */
__attribute__((warn_unused_result)) int
board_fields_settings(const struct board_field *fields, const char *name, const char *of_model,
		      const char *const *settings, size_t count, long *values, char *ret_error,
		      size_t error_size);
/* The word of a value, "" none. */
const char *board_choice_word(const struct board_choice *choices, long value);
