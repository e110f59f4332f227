/* Frames in words, and words in frames, without a device: what `onewindow board encode` and `board
 * decode` are made of. One codec for each protocol on a line; drivers/codecs.c holds the only list.
 *
 * Fields bear the names that the protocol's specification gives them. Everything here is pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CODEC_MAX_FRAME = 2048, CODEC_MAX_ERROR = 256 };

struct codec_request {
	uint16_t address;
	const char *command;	     /* NULL: the protocol's own for showing a text */
	const char *text;	     /* UTF-8; NULL none */
	const char *const *settings; /* "key=value" */
	size_t setting_count;
};

/* One fact of a frame, in the order of its bytes. value: UTF-8. */
typedef void (*codec_field_fn)(void *user, const char *key, const char *value);

struct codec {
	const char *name; /* "lihe" */
	const char *description, *description_zh;
	const char *commands; /* what encode() knows, parted by blanks; the first is the default */
	const char
		*settings; /* likewise its keys, with their values: "checksum=data|data+ff ..." */
	/* The length of the frame, or -EINVAL with a sentence in ret_error that names what is wrong
	 * and what is allowed (Chinese and English); -ENOSPC: longer than size. */
	int (*encode)(const struct codec_request *request, uint8_t *ret_frame, size_t size,
		      char *ret_error, size_t error_size);
	/* Tells the frame's fields and returns how many bytes it has: more may follow. -EBADMSG: it
	 * is damaged, or none of this protocol; the sentence says where. Nothing is told of a frame
	 * that is refused. */
	int (*decode)(const uint8_t *bytes, size_t len, codec_field_fn field, void *user,
		      char *ret_error, size_t error_size);
};

size_t codec_count(void);
const struct codec *codec_at(size_t index);
const struct codec *codec_find(const char *name);
