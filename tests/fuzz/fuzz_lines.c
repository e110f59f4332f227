/* libFuzzer: what comes over serial lines, at both ends of lihe and Modbus. A frame that parses
 * must build to the bytes that were read. */
#include <stdlib.h>
#include <string.h>

#include "firmware-host/proto/lihe.h"
#include "firmware-host/proto/modbus.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_lihe(const uint8_t *bytes, size_t len)
{
	uint8_t built[LIHE_MAX_FRAME];
	struct lihe_number number;
	struct lihe_text text;

	if (lihe_parse_text(bytes, len, LIHE_SUM_DATA, &text) == LIHE_GOOD &&
	    (lihe_build_text(built, sizeof(built), &text, LIHE_SUM_DATA) != len ||
	     memcmp(built, bytes, len) != 0))
		abort();
	if (lihe_parse_number(bytes, len, &number) == LIHE_GOOD &&
	    (lihe_build_number(built, sizeof(built), &number) != len ||
	     memcmp(built, bytes, len) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct lihe_receiver receiver;
	struct modbus_request request;
	struct modbus_reply reply;

	check_lihe(bytes, len);
	lihe_receiver_init(&receiver);
	for (size_t i = 0; i < len; i++)
		if (lihe_receiver_push(&receiver, bytes[i]) != LIHE_NOTHING)
			check_lihe(receiver.bytes, receiver.frame_len);
	modbus_parse_request(bytes, len, &request);
	for (uint8_t function = 3; function <= 16; function++)
		modbus_match_reply(bytes, len, 1, function, &reply);
	return 0;
}
