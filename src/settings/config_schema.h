/* Sections of a settings file as tables: what a key may hold and where it goes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_kind {
	CONFIG_ID,   /* [a-z0-9][a-z0-9._-]* */
	CONFIG_TEXT, /* UTF-8, not empty, no control characters */
	CONFIG_INT,
	CONFIG_NUMBER, /* with or without a fraction, into a double */
	CONFIG_BOOL,
	CONFIG_CLASS, /* name of a ticket class, into an enum ticket_class */
	CONFIG_GROUP, /* read by code: allowed, not touched by the table */
};

struct config_field {
	const char *key;
	enum config_kind kind;
	size_t offset, size; /* in the section's struct; size of a text's array or an integer */
	bool required;
	int64_t min, max;
	double least, most; /* of a CONFIG_NUMBER */
};

struct config_section {
	const char *name; /* as the file has it */
	const struct config_field *fields;
	size_t count;
};

/* One member of a section's struct under its key; one section from its table. */
#define CONFIG_FIELD(type, member, k, kindname, req, lo, hi)                                       \
	{                                                                                          \
		.key = (k), .kind = (kindname), .offset = offsetof(type, member),                  \
		.size = sizeof(((type *)0)->member), .required = (req), .min = (lo), .max = (hi),  \
	}
#define CONFIG_FIELD_NUMBER(type, member, k, req, lo, hi)                                          \
	{                                                                                          \
		.key = (k), .kind = CONFIG_NUMBER, .offset = offsetof(type, member),               \
		.size = sizeof(((type *)0)->member), .required = (req), .least = (lo),             \
		.most = (hi),                                                                      \
	}
#define CONFIG_SECTION(label, table)                                                               \
	{                                                                                          \
		.name = (label), .fields = (table), .count = sizeof(table) / sizeof((table)[0]),   \
	}
