/* Onbon frames in words: what encoding and explaining share. */
#pragma once

#include "drivers/codec.h"
#include "firmware-host/proto/onbon.h"

struct onbon_word {
	uint16_t command;
	bool is_reply;
	const char *name; /* of --command; NULL: only explained */
	const char *words;
	const char *keys; /* of --set, beside those of every frame */
};
extern const struct onbon_word onbon_words[];
/* NULL: none. */
const struct onbon_word *onbon_word_of(uint16_t command, bool is_reply);

int onbon_decode(const struct codec_request *told, const uint8_t *bytes, size_t len,
		 codec_field_fn field, void *user, char *ret_error, size_t error_size);
extern const struct codec onbon_codec;
