/* Reads a board's dots back to text, by unifont.hex itself and the C library's GBK: neither the
 * firmware's tables nor its code take part. */
#pragma once

#include "firmware-host/app/screen.h"

enum { SEEN_SIZE = 1024 };

/* The 16 dot rows from y as UTF-8, without the spaces at the end; what is no character there is
 * U+FFFD. */
void seen_row(const struct screen *screen, int y, char ret_text[SEEN_SIZE]);
/* Rows of unifont.hex for a code point: the width in dots, 0: it has none. */
int seen_glyph(unsigned code, uint8_t ret_rows[32]);
/* UTF-8 to GBK; the length. Fails the test if that is not possible. */
size_t seen_gbk(const char *text, uint8_t *ret, size_t size);
/* One character of GBK to its code point; 0: there is none. */
unsigned seen_code(uint8_t first, uint8_t second);
