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

/* One fact of a frame, in the order of its bytes. value: UTF-8; what a bare value means may follow
 * it behind a tab ("2\tyellow 黄"). A key comes once in a frame. */
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
	 * that is refused. Of told only the settings count: what a frame alone does not say
	 * ("checksum=data"); -EINVAL: there is no such setting. */
	int (*decode)(const struct codec_request *told, const uint8_t *bytes, size_t len,
		      codec_field_fn field, void *user, char *ret_error, size_t error_size);
};

size_t codec_count(void);
const struct codec *codec_at(size_t index);
const struct codec *codec_find(const char *name);

/* ---- for codecs: reading what they are asked (codec_words.c) -------------------------------- */

/* The value of a setting, the last one counts; NULL: not given. */
const char *codec_setting(const struct codec_request *request, const char *key);
/* Every setting has one of these keys, parted by blanks; else -EINVAL with a sentence. */
__attribute__((warn_unused_result)) int codec_check_keys(const struct codec_request *request,
							 const char *keys, char *ret_error,
							 size_t error_size);
/* Decimal, or hexadecimal behind 0x. 0, also when it is not given and *ret stays; -EINVAL with a
 * sentence. */
__attribute__((warn_unused_result)) int codec_number(const struct codec_request *request,
						     const char *key, long least, long most,
						     long *ret, char *ret_error, size_t error_size);
/* The place of a word in a list that ends with NULL; else as codec_number. */
__attribute__((warn_unused_result)) int codec_word(const struct codec_request *request,
						   const char *key, const char *const *words,
						   long *ret, char *ret_error, size_t error_size);
/* "0A 1B 2C"; cut where ret ends. */
void codec_hex(char *ret, size_t size, const uint8_t *bytes, size_t len);
/* Tells a field with a printed value. */
__attribute__((format(printf, 4, 5))) void codec_tell(codec_field_fn field, void *user,
						      const char *key, const char *format, ...);
