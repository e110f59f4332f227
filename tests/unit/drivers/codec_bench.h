/* Codecs by tables: frames as text in, fields as text out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "drivers/codec.h"

/* The bytes of "AA 01 ..."; fails the test where it is none. */
size_t bench_bytes(const char *hex, uint8_t *ret, size_t size);

/* settings: "key=value key=value". The frame as hexadecimal text, or "! " and the sentence. Valid
 * until the next call. */
const char *bench_encode(const struct codec *codec, unsigned address, const char *command,
			 const char *text, const char *settings);
/* Every frame: "key=value; key=value" without what the values mean, frames parted by " | ", or "! "
 * and the sentence. The bytes lie at the end of a block, so that reading too far is seen. Valid
 * until the next call. */
const char *bench_decode(const struct codec *codec, const char *hex, const char *settings);

/* Cut behind each byte it is refused; with one bit changed it is refused, or explained otherwise.
 */
void bench_damage(const struct codec *codec, const char *hex);
