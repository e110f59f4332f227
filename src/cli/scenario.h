/* Scenario files, for the commands that take one (docs/simulate.md). */
#pragma once

#include <stdbool.h>

#include "src/simulate/scenario.h"

/* Reads and checks it; a hall's configuration that it names, too. Every fault is told on stderr.
 * Returns CLI_OK or CLI_CONFIG; *ret_scenario is to be finished. */
int cli_scenario_read(struct scenario *ret_scenario, const char *path);
/* config check: tells what is in it, if nothing is wrong. */
int cli_scenario_check(const char *path);
/* By what is in the file. False of one that cannot be read. */
bool cli_is_scenario(const char *path);
