/* Who is told what is wrong with a file of settings. */
#pragma once

enum { CONFIG_MAX_BYTES = 4 * 1024 * 1024 }; /* larger ones are refused */

/* file and line of the fault, 0 no line in particular; the message is in Chinese and English. */
typedef void (*config_error_fn)(void *user, const char *file, int line, const char *message);
