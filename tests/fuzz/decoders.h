/* Decoders under abuse: every codec, and what listens to a line in drivers and devices. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How many there are, and how one is called. */
size_t decoder_count(void);
const char *decoder_name(size_t index);
/* Feeds bytes to one of them and checks what it makes of them; aborts with a sentence where
 * something does not hold. */
void decoder_feed(size_t index, const uint8_t *bytes, size_t len);
/* Its frames in frames.txt: the bytes of one of them and their number; 0 bytes: it has none there.
 */
size_t decoder_frame(size_t index, size_t which, uint8_t *ret, size_t size);
/* Makes the checksum right, so that what is wrong behind it is met; bytes hold one frame. */
void decoder_repair(size_t index, uint8_t *bytes, size_t len);
