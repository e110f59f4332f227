/* Checks of text that comes from outside. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_utf8(const char *text);
/* The same, and no control characters. */
bool text_is_clean(const char *text);
/* Ends within so many bytes, and is clean. */
bool text_fits(const char *text, size_t size);
/* [a-z0-9][a-z0-9._-]* */
bool text_is_id(const char *text);
/* [A-Z]{1,3} */
bool text_is_prefix(const char *text);
/* 32 lower-case hex digits */
bool text_is_token(const char *text);
