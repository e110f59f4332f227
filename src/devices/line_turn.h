/* Inside of the bus master: whose turn it is. Only line.c includes this. */
#pragma once

#include "src/devices/line.h"

bool line_turn_someone_speaks(const struct line *line);
/* Before this the device is not asked. speaks: line_turn_someone_speaks(). */
int64_t line_turn_ready_us(const struct line *line, const struct line_slot *slot, bool speaks);
/* The slot whose exchange it leaves in line->exchange; LINE_MAX_DEVICES: nobody has anything to
 * send. Notes what each device wants. */
size_t line_turn_choose(struct line *line, int64_t now_us);
