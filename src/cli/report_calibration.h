/* onewindow report --calibration: what its printers share. */
#pragma once

#include "src/cli/report_print.h"
#include "src/cli/report_words.h"
#include "src/measure/calibration_read.h"

void calibration_print(const struct calibration *calibration, enum report_format format);

/* calibration_words.c: what is said of a cell, "well-calibrated", "too-narrow", "too-wide",
 * "too-few"; in a table; in a sentence. */
const char *calibration_verdict_name(enum calibration_verdict verdict);
const char *calibration_verdict_cell(enum calibration_verdict verdict);
void calibration_sentence(const struct calibration_cell *cell, struct report_words *ret);
