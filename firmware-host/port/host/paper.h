/* Bytes in, pictures of the paper out: the printer of firmware-host run to its end at once. A
 * library of its own (printer_paper_dep), for programs that have nothing else of the virtual hall.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware-host/app/printer.h"

/* One picture. png is the caller's only during the call; rows of paper without the white margin
 * around it. cut: a ticket as it falls; else what still hangs in the printer. Returns 0, or what
 * paper_render is to return at once. */
typedef int (*paper_page)(void *user, const uint8_t *png, size_t len, uint32_t rows, bool cut);

/* Prints bytes on a printer of these settings that has all the paper it needs, and shows each
 * ticket that was cut and, at the end, the paper that was not; paper of more than 750 mm without a
 * cut comes in several pictures. A ticket's top is what stood between the head and the knife.
 * settings: only `width` must be set. ret_unknown (may be NULL): how many commands the printer did
 * not know. 0, -ENOMEM, -EIO, -EINVAL for settings that no printer has, or what page returned. */
int paper_render(const uint8_t *bytes, size_t len, const struct printer_settings *settings,
		 paper_page page, void *user, uint64_t *ret_unknown);

/* printer_hal.qr by libqrencode. */
int paper_qr(void *port, const uint8_t *data, size_t len, int level,
	     uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES]);
