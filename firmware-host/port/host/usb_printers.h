/* The USB side of a hall: a plug for its printer, up to three more printers that have nothing but a
 * USB plug, and the USB/IP server that offers them all. */
#pragma once

#include "firmware-host/app/printer.h"
#include "firmware-host/port/host/usbip.h"

enum { USB_PAPERS = 50 }; /* kept of a further printer; then the oldest goes */

struct usb_paper {
	uint8_t *dots;
	uint32_t rows;
};

struct usb_printer {
	struct usb_plug plug;
	struct printer *printer;
	struct printer *own; /* not the hall's */
	struct usb_paper papers[USB_PAPERS];
	uint32_t paper_count; /* ever cut */
	uint32_t now_ms;
};

struct usb_printers_settings {
	const char *address;
	uint16_t port;
	struct usb_plug_settings plugs[USBIP_DEVICES];
	size_t count;
};

struct usb_printers {
	struct usbip usbip;
	struct usb_printer printers[USBIP_DEVICES];
	size_t count;
};

/* first: the hall's printer; the others are like it. 0 or a negative errno. */
int usb_printers_start(struct usb_printers *usb, const struct usb_printers_settings *settings,
		       struct printer *first, int64_t now_us);
void usb_printers_stop(struct usb_printers *usb);
/* The hall's printer says something. */
void usb_printers_answer(struct usb_printers *usb, const uint8_t *bytes, size_t len);
void usb_printers_process(struct usb_printers *usb, int64_t now_us);
bool usb_printers_is_busy(const struct usb_printers *usb);
/* NULL: none of that number (1 is the first), or not kept any more. */
const struct usb_paper *usb_printers_paper(const struct usb_printer *printer, uint32_t number);
