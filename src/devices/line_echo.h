/* Inside of the bus master: a transceiver that hears its own requests. Only line*.c includes this.
 *
 * What was sent is expected back, byte by byte, in front of everything else, early or late. Bytes
 * that are as they were sent are taken out. At the first that is not, the echo counts as changed -
 * two talkers at once, or bytes lost on the way - and nothing is taken out any more, what was taken
 * is given back: the reply is then looked for in all that came, and a frame that is the request
 * itself is not taken for it. That loses a reply that is the same as its request behind a changed
 * echo; the exchange is then a miss and repeated. */
#pragma once

#include "src/devices/line.h"

void line_echo_expect(struct line *line);
/* How many of the bytes at the start are as they were sent. When one is not, what was taken so far
 * is given back into line->reply. */
size_t line_echo_strip(struct line *line, const uint8_t *bytes, size_t len);
/* All that was sent was heard, or no echo is expected. */
bool line_echo_whole(const struct line *line);
/* The bytes at the start are the request, which cannot be its own reply here. */
bool line_echo_is_request(const struct line *line, const uint8_t *bytes, size_t len);
/* The exchange ended; at: where its reply began in line->reply, SIZE_MAX none. */
void line_echo_count(struct line *line, size_t at);
