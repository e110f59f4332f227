/* libFuzzer: payloads of events. What decodes must encode to the same bytes. The first byte chooses
 * the type, the second the version. */
#include <stdlib.h>
#include <string.h>

#include "src/core/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char payload[EVENT_PAYLOAD_MAX];
	struct event event;
	int n;

	if (len < 2 || event_decode((enum event_type)bytes[0], bytes[1], (const char *)bytes + 2,
				    len - 2, &event) < 0)
		return 0;
	n = event_encode(&event, payload, sizeof(payload));
	if (n != (int)len - 2 || memcmp(payload, bytes + 2, len - 2) != 0)
		abort();
	return 0;
}
