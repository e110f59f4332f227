/* libFuzzer: a printer of firmware-host, its bytes and its switches. */
#include "tests/unit/app/printer_abuse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	printer_abuse(bytes, len);
	return 0;
}
