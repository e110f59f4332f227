/* cairo's SVG made fit for a page that holds several. */
#pragma once

#include "src/chart/chart.h"

/* Without its prolog, under a root of ours with title and description; ids begin with the chart's;
 * numbers have at most two decimals. To be freed; NULL: out of memory, or no SVG. */
char *svg_tidy(const char *svg, const struct chart *chart);
