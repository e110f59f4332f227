/* libFuzzer: payloads of events. What decodes must encode to the same bytes. The first byte chooses
 * the type. */
#include <stdlib.h>
#include <string.h>

#include "src/core/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char payload[EVENT_PAYLOAD_MAX];
	struct event event;
	int n;

	if (len < 1 || event_decode((enum event_type)bytes[0], 1, (const char *)bytes + 1, len - 1,
				    &event) < 0)
		return 0;
	n = event_encode(&event, payload, sizeof(payload));
	if (n != (int)len - 1 || memcmp(payload, bytes + 1, len - 1) != 0)
		abort();
	return 0;
}
