/* libFuzzer: the first byte chooses the decoder (tests/fuzz/decoders.c), the rest is its input. */
#include "tests/fuzz/decoders.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len > 1)
		decoder_feed(bytes[0] % decoder_count(), bytes + 1, len - 1);
	return 0;
}
