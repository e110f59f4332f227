/* onewindow baseline freeze. */
#pragma once

#include "src/cli/cli.h"

struct baseline_freeze {
	int64_t from, to;
	const char *control;	     /* NULL none */
	const char *log, *key, *url; /* log NULL: by the daemon */
	enum cli_format format;
};

/* Returns an exit code. */
int baseline_freeze(const struct baseline_freeze *freeze, const char *name);
/* Shows the baseline of that name, name NULL: lists all. Returns an exit code. */
int baseline_print(const char *log, const char *name, bool check, enum cli_format format);
