/* Anything at all done to a printer, chosen by bytes: what arrives, what switches are moved, when
 * the power goes. Whatever it is, the printer's numbers stay in their bounds and no row of paper is
 * lost or made. Used by a test with seeds and by a fuzzer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Aborts with a line on stderr that says which number is wrong. */
void printer_abuse(const uint8_t *bytes, size_t len);
