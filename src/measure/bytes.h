/* Numbers and text as bytes, for what is kept: LEB128, each number in its one shortest form. A
 * writer grows; a reader that ran over its end or met what is none says so once, at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/measure/histogram.h"

enum { BYTES_NUMBER_MAX = 10 }; /* of 64 bits */

/* ---- single numbers ---- */
/* Returns the length. */
static inline size_t bytes_put_number(uint8_t *bytes, uint64_t value)
{
	size_t length = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[length++] = (uint8_t)(value | 0x80);
	bytes[length++] = (uint8_t)value;
	return length;
}

/* Returns the length, 0: none is there. */
static inline size_t bytes_get_number(const uint8_t *bytes, size_t size, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size && i < BYTES_NUMBER_MAX; i++) {
		uint64_t group = bytes[i] & 0x7f;

		if (i == BYTES_NUMBER_MAX - 1 && group > 1)
			return 0; /* over 64 bits */
		value |= group << (7 * i);
		if (bytes[i] & 0x80)
			continue;
		if (i && !group)
			return 0; /* not the shortest form */
		*ret_value = value;
		return i + 1;
	}
	return 0;
}

/* ---- writer ---- */
struct bytes_writer {
	uint8_t *bytes;
	size_t size, capacity;
	bool failed; /* out of memory: what follows is dropped */
};

void bytes_write(struct bytes_writer *writer, uint64_t value);
void bytes_write_text(struct bytes_writer *writer, const char *text); /* length, bytes */
void bytes_write_raw(struct bytes_writer *writer, const void *bytes, size_t size);
/* The length of its encoding, and that. */
void bytes_write_histogram(struct bytes_writer *writer, const struct histogram *histogram);
/* Empty again; the memory stays. */
void bytes_writer_clear(struct bytes_writer *writer);
void bytes_writer_finish(struct bytes_writer *writer);

/* ---- reader ---- */
struct bytes_reader {
	const uint8_t *at, *end;
	int error; /* 0, -EBADMSG, -ENOMEM; what is read behind an error is 0 or "" */
};

uint64_t bytes_read(struct bytes_reader *reader);
/* At most limit, else an error. */
uint64_t bytes_read_limited(struct bytes_reader *reader, uint64_t limit);
/* At most size - 1 bytes, UTF-8 and none of them 0, else an error. */
void bytes_read_text(struct bytes_reader *reader, char *ret_text, size_t size);
/* NULL: that many are not there. */
const uint8_t *bytes_read_raw(struct bytes_reader *reader, size_t size);
/* Adds it; NULL: passes over it, whatever it is. */
void bytes_read_histogram(struct bytes_reader *reader, struct histogram *histogram);
/* Its encoding, uncounted, behind what is there: histogram_decode() each. */
void bytes_copy_histogram(struct bytes_reader *reader, struct bytes_writer *writer);
/* What was read cannot be. */
void bytes_reader_fail(struct bytes_reader *reader);
/* 0 if everything was read and good. */
int bytes_reader_end(struct bytes_reader *reader);
