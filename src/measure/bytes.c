/* Writing and reading what is kept of a day. */
#include "src/measure/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/text.h"

static bool reserve(struct bytes_writer *writer, size_t more)
{
	size_t capacity = writer->capacity ? writer->capacity : 256;
	uint8_t *bytes;

	if (writer->failed)
		return false;
	if (more <= writer->capacity - writer->size)
		return true;
	while (capacity - writer->size < more)
		capacity *= 2;
	bytes = realloc(writer->bytes, capacity);
	if (!bytes) {
		writer->failed = true;
		return false;
	}
	writer->bytes = bytes;
	writer->capacity = capacity;
	return true;
}

void bytes_write(struct bytes_writer *writer, uint64_t value)
{
	if (reserve(writer, BYTES_NUMBER_MAX))
		writer->size += bytes_put_number(writer->bytes + writer->size, value);
}

void bytes_write_raw(struct bytes_writer *writer, const void *bytes, size_t size)
{
	if (!size || !reserve(writer, size))
		return;
	memcpy(writer->bytes + writer->size, bytes, size);
	writer->size += size;
}

void bytes_write_text(struct bytes_writer *writer, const char *text)
{
	size_t length = strlen(text);

	bytes_write(writer, length);
	bytes_write_raw(writer, text, length);
}

void bytes_write_histogram(struct bytes_writer *writer, const struct histogram *histogram)
{
	size_t most = histogram_encoded_max(histogram), room;
	uint8_t *bytes;
	int64_t length;

	if (!reserve(writer, BYTES_NUMBER_MAX + most))
		return;
	bytes = writer->bytes + writer->size;
	length = histogram_encode(histogram, bytes + BYTES_NUMBER_MAX, most);
	if (length < 0) {
		writer->failed = true;
		return;
	}
	room = bytes_put_number(bytes, (uint64_t)length);
	memmove(bytes + room, bytes + BYTES_NUMBER_MAX, (size_t)length);
	writer->size += room + (size_t)length;
}

void bytes_writer_clear(struct bytes_writer *writer)
{
	writer->size = 0;
	writer->failed = false;
}

void bytes_writer_finish(struct bytes_writer *writer)
{
	free(writer->bytes);
	*writer = (struct bytes_writer){0};
}

static void fail(struct bytes_reader *reader, int error)
{
	if (!reader->error)
		reader->error = error;
	reader->at = reader->end;
}

void bytes_reader_fail(struct bytes_reader *reader)
{
	fail(reader, -EBADMSG);
}

uint64_t bytes_read(struct bytes_reader *reader)
{
	uint64_t value = 0;
	size_t length = bytes_get_number(reader->at, (size_t)(reader->end - reader->at), &value);

	if (!length)
		fail(reader, -EBADMSG);
	else
		reader->at += length;
	return value;
}

uint64_t bytes_read_limited(struct bytes_reader *reader, uint64_t limit)
{
	uint64_t value = bytes_read(reader);

	if (value <= limit)
		return value;
	fail(reader, -EBADMSG);
	return 0;
}

const uint8_t *bytes_read_raw(struct bytes_reader *reader, size_t size)
{
	const uint8_t *bytes = reader->at;

	if (reader->error || size > (size_t)(reader->end - reader->at)) {
		fail(reader, -EBADMSG);
		return NULL;
	}
	reader->at += size;
	return bytes;
}

void bytes_read_text(struct bytes_reader *reader, char *ret_text, size_t size)
{
	size_t length = (size_t)bytes_read_limited(reader, size - 1);
	const uint8_t *bytes = bytes_read_raw(reader, length);

	ret_text[0] = '\0';
	if (!bytes)
		return;
	if (memchr(bytes, 0, length)) {
		fail(reader, -EBADMSG);
		return;
	}
	memcpy(ret_text, bytes, length);
	ret_text[length] = '\0';
	/* no event has another, and JSON cannot hold one */
	if (!text_is_utf8(ret_text)) {
		ret_text[0] = '\0';
		fail(reader, -EBADMSG);
	}
}

void bytes_read_histogram(struct bytes_reader *reader, struct histogram *histogram)
{
	size_t length = (size_t)bytes_read_limited(reader, SIZE_MAX);
	const uint8_t *bytes = bytes_read_raw(reader, length);
	int64_t taken;

	if (!bytes || !histogram)
		return;
	taken = histogram_decode(histogram, bytes, length);
	if (taken != (int64_t)length)
		fail(reader, taken == -ENOMEM ? -ENOMEM : -EBADMSG);
}

void bytes_copy_histogram(struct bytes_reader *reader, struct bytes_writer *writer)
{
	size_t length = (size_t)bytes_read_limited(reader, SIZE_MAX);
	const uint8_t *bytes = bytes_read_raw(reader, length);

	if (!bytes || (length == 1 && !bytes[0]))
		return; /* none, or an empty one */
	bytes_write_raw(writer, bytes, length);
	if (writer->failed)
		fail(reader, -ENOMEM);
}

int bytes_reader_end(struct bytes_reader *reader)
{
	if (!reader->error && reader->at != reader->end)
		fail(reader, -EBADMSG);
	return reader->error;
}
