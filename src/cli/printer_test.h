/* One run of `devices test`. */
#pragma once

#include <stdio.h>

#include "src/cli/cli.h"
#include "src/cli/direct.h"
#include "src/cli/test_page.h"

enum { MAX_SET = 12, ALL_SETTINGS = DEVICES_MAX_SETTINGS + MAX_SET + TEST_MAX_SETTINGS };

struct options {
	struct cli_printer_options printer;
	const char *model, *answers;
	const char *set[MAX_SET];
	size_t set_count;
};

struct test {
	const struct options *options;
	struct cli_printer printer;
	const struct device_model *row;
	struct device_model model; /* with the settings: what is tested */
	const char *settings[DEVICES_MAX_SETTINGS + MAX_SET];
	size_t setting_count;
	struct direct *direct;
	FILE *talk; /* where people are spoken to */
	int answers[TEST_QUESTIONS];
	bool interactive, from_file;
	bool drawn; /* the rare characters, as a picture */
	struct test_seen seen;
	struct test_finding findings[PRINTER_FACTS];
};

/* Prints it all. CLI_OK, or CLI_REFUSED when a fact is wrong. */
int printer_test_conclude(struct test *test);
