/* Alpha packets in words: what encoding and explaining share. */
#pragma once

#include "drivers/codec.h"
#include "firmware-host/proto/alpha.h"

struct alpha_letter {
	uint8_t byte;
	const char *name, *words;
};
/* Each ends with a NULL name. */
extern const struct alpha_letter alpha_positions[], alpha_modes[], alpha_colours[];

int board_alpha_decode(const struct codec_request *told, const uint8_t *bytes, size_t len,
		       codec_field_fn field, void *user, char *ret_error, size_t error_size);
extern const struct codec alpha_codec;
