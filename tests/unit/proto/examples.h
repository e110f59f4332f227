/* The examples of firmware-host/PROTOCOL.md, line by line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct example_line {
	int number;	/* in the document */
	char word[16];	/* "power", "restart", "key", "wait", ">", "<", "shows"; "end" behind one */
	char rest[240]; /* without the remark */
	/* of > and < */
	uint8_t bytes[256];
	size_t len;
	bool bad;
};

FILE *examples_open(void);
/* False at the end of the document. Fails the test on a line that nobody could understand. */
bool examples_next(FILE *file, struct example_line *ret_line);
