/* The program that draws charts (src/chart/chart.h says what it reads). */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Whether there is one (it is built with -Drender). */
bool charts_can_draw(void);
/* An array of texts of SVG, one a chart. -ENOENT nothing draws, -EIO it failed (its words are on
 * stderr), -ENOMEM. */
__attribute__((warn_unused_result)) int charts_draw(const json_t *charts, json_t **ret_svgs);
