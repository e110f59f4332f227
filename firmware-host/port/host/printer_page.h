/* What the page tells of the printers, and their switches: docs/virtual-hall.md. */
#pragma once

#include <jansson.h>

#include "firmware-host/port/host/hall_printer.h"

json_t *printer_page_state(const struct hall_printer *hall_printer);
json_t *printer_page_tickets(const struct hall_printer *hall_printer);
/* All of it or nothing. NULL, or what is allowed. */
const char *printer_page_faults(struct hall_printer *hall_printer, const json_t *body);
