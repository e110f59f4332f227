/* Every frame of PROTOCOL.md's examples is what the codecs take it for: read, built again, the same
 * bytes. The checksums in the document were not computed by these codecs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/proto/lihe.h"
#include "firmware-host/proto/modbus.h"
#include "firmware-host/proto/service.h"
#include "tests/unit/proto/examples.h"

static size_t rebuild_request(const struct example_line *line, uint8_t *built, size_t size)
{
	struct modbus_request request;

	if (!modbus_parse_request(line->bytes, line->len, &request))
		return 0;
	switch (request.function) {
	case MODBUS_WRITE_MANY:
		return modbus_build_write(built, size, request.slave, request.first, request.values,
					  request.count);
	case MODBUS_WRITE_ONE:
		return modbus_build_write_one(built, size, request.slave, request.first,
					      request.values[0]);
	default:
		if (request.count < 1 || request.count > MODBUS_MAX_REGISTERS) {
			/* the builder refuses it too */
			assert_int_equal(modbus_build_read(built, size, request.slave,
							   request.function, request.first,
							   request.count),
					 0);
			memcpy(built, line->bytes, line->len);
			return line->len;
		}
		return modbus_build_read(built, size, request.slave, request.function,
					 request.first, request.count);
	}
}

static size_t rebuild_reply(const struct example_line *line, uint8_t *built, size_t size)
{
	const uint8_t slave = line->bytes[0], function = line->bytes[1] & 0x7f;
	struct modbus_reply reply;

	for (size_t part = 0; part < line->len; part++)
		assert_int_equal(modbus_match_reply(line->bytes, part, slave, function, &reply), 0);
	if (modbus_match_reply(line->bytes, line->len, slave, function, &reply) != (int)line->len)
		return 0;
	switch (reply.kind) {
	case MODBUS_REFUSED:
		return modbus_build_exception(built, size, slave, function, reply.exception);
	case MODBUS_VALUES:
		return modbus_build_values(built, size, slave, function, reply.values, reply.count);
	default:
		if (function == MODBUS_WRITE_ONE)
			return modbus_build_write_one(built, size, slave, reply.first, reply.count);
		return modbus_build_written(built, size, slave, reply.first, reply.count);
	}
}

static size_t rebuild_lihe(const struct example_line *line, enum lihe_checksum checksum,
			   uint8_t *built, size_t size)
{
	struct lihe_text text;
	struct lihe_number frame;

	if (lihe_parse_text(line->bytes, line->len, checksum, &text) == LIHE_GOOD)
		return lihe_build_text(built, size, &text, checksum);
	if (lihe_parse_number(line->bytes, line->len, &frame) == LIHE_GOOD)
		return lihe_build_number(built, size, &frame);
	return 0;
}

static size_t rebuild_service(const struct example_line *line, uint8_t *built, size_t size)
{
	struct service_frame frame;

	return service_parse(line->bytes, line->len, &frame) ? service_build(built, size, &frame)
							     : 0;
}

static void test_frames(void **state)
{
	unsigned good[2] = {0}, bad[2] = {0}, service = 0;
	enum lihe_checksum checksum = LIHE_SUM_DATA;
	struct example_line line;
	bool board = false;
	FILE *file = examples_open();

	(void)state;
	while (examples_next(file, &line)) {
		uint8_t built[256];
		size_t len;

		if (strcmp(line.word, "power") == 0) {
			board = strncmp(line.rest, "board ", 6) == 0;
			checksum = strstr(line.rest, "counts-end") ? LIHE_SUM_DATA_AND_END
								   : LIHE_SUM_DATA;
		}
		if (!line.len)
			continue;
		if (line.bytes[0] == 0xff && ++service)
			len = rebuild_service(&line, built, sizeof(built));
		else if (board)
			len = rebuild_lihe(&line, checksum, built, sizeof(built));
		else if (line.word[0] == '>')
			len = rebuild_request(&line, built, sizeof(built));
		else
			len = rebuild_reply(&line, built, sizeof(built));
		if (line.bad ? len != 0 : len != line.len || memcmp(built, line.bytes, len) != 0)
			fail_msg("PROTOCOL.md:%d: not the frame it is said to be", line.number);
		line.bad ? bad[board]++ : good[board]++;
	}
	fclose(file);
	/* so that an empty document does not pass */
	assert_true(good[0] >= 30 && good[1] >= 10 && bad[0] >= 1 && bad[1] >= 2 && service >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_frames)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
