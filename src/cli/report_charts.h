/* The report's charts. */
#pragma once

#include "src/cli/report_print.h"

enum report_chart { CHART_WAITS, CHART_HOURS, CHART_DAYS, REPORT_CHARTS };

/* Whether there is a program that draws (it is built with -Drender). */
bool report_can_chart(void);
/* An array of REPORT_CHARTS texts of SVG. -ENOENT nothing draws, -EIO it failed (its words are on
 * stderr), -ENOMEM. */
__attribute__((warn_unused_result)) int report_charts(const struct report_print *print,
						      json_t **ret_svgs);
