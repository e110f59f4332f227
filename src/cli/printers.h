/* What `devices identify` and `devices test` share: which printer is meant, whether the daemon has
 * it, the facts of its model in words. */
#pragma once

#include <argp.h>
#include <stdio.h>

#include "drivers/driver.h"
#include "drivers/transport.h"
#include "src/cli/cli.h"
#include "src/devices/devices.h"

enum { FACT_VALUE_SIZE = 16 };

/* What both take: --config, --url, --format text or json, and at most one word. */
struct cli_printer_options {
	const char *config, *daemon_url;
	const char *word; /* the printer, NULL none */
	enum cli_format format;
};
/* With the defaults. */
void cli_printer_options_init(struct cli_printer_options *ret);
extern const struct argp cli_printer_argp; /* a child, whose input they are */

struct cli_printer {
	char id[CORE_ID_SIZE]; /* "printer" when only its URL is known */
	char url[TRANSPORT_URL_SIZE];
	bool configured;
	struct devices_device_config device; /* when configured */
};

/* word: a URL, or the id of a printer of the configuration. CLI_OK, or the exit code with the
 * reason on stderr. */
int cli_printer_find(const char *command, const char *word, const char *config,
		     struct cli_printer *ret);
/* The id under which the daemon at daemon_url has this URL, "" when none runs there or it has not.
 */
void cli_printer_holder(const char *daemon_url, const char *url, char ret_id[CORE_ID_SIZE]);
/* Says on stderr that the daemon has it, and what to do. Returns the exit code. */
int cli_printer_held(const char *command, const char *daemon_url, const char *id);

/* Why a link could not be opened, in Chinese. */
const char *cli_open_error_zh(int r);

/* Facts by number, in the order of enum printer_fact and of models.conf. */
enum {
	FACT_PAPER_MM,
	FACT_WIDTH_DOTS,
	FACT_COLUMNS,
	FACT_CJK,
	FACT_RASTER,
	FACT_RASTER_ROWS,
	FACT_CUTTER,
	FACT_QR,
	FACT_STATUS,
	FACT_COMPLETION,
	FACT_ONE_WAY,
	PRINTER_FACTS
};
const char *cli_fact_name(size_t fact);
void cli_fact_value(const struct device_model *model, size_t fact, char ret[FACT_VALUE_SIZE]);
/* { id = "…"; driver = "escpos"; … } of a configuration. settings: "key=value". */
void cli_print_snippet(FILE *file, const char *id, const char *model, const char *url,
		       const char *const *settings, size_t count);
