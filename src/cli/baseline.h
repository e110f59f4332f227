/* What `onewindow baseline` and `onewindow report` share. */
#pragma once

#include <jansson.h>

#include "src/measure/baseline.h"

enum { BASELINE_TIME_SIZE = 32 };

/* "2026-11-24 17:30:05" as the hall's clocks showed it, whatever zone this machine is in. */
const char *baseline_time(const struct stamp *at, char ret[BASELINE_TIME_SIZE]);

/* An array of the ids in a list with "," between. */
json_t *baseline_ids_json(const char *ids);

/* The baseline of that name in the log. Returns CLI_OK, or what is wrong is on stderr: of a name
 * that is none those that are. */
int baseline_get(const char *command, const char *log, struct store_reader *reader,
		 const char *name, struct baseline_facts *ret);
/* Reads its rows again. ret_kept as of baseline_check(); that the kept days are wrong is said. */
int baseline_reread(const char *command, const char *log, const struct baseline_facts *facts,
		    bool *ret_kept);
