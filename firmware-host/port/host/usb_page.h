/* The USB plugs on the bench page: docs/virtual-hall.md. */
#pragma once

#include <jansson.h>

#include "firmware-host/port/host/usb_printers.h"

json_t *usb_page_plugs(const struct usb_printers *usb);
/* NULL, or the sentence with which it is refused and nothing was changed. */
const char *usb_page_faults(struct usb_printer *printer, const json_t *body);
