/* The USB side of a hall: a plug for each of its printers and the USB/IP server that offers them.
 */
#pragma once

#include "firmware-host/port/host/hall_printer.h"
#include "firmware-host/port/host/usbip.h"

struct usb_printer {
	struct usb_plug plug;
	struct printer *printer;
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

/* printers: as many as plugs are set. 0 or a negative errno. */
int usb_printers_start(struct usb_printers *usb, const struct usb_printers_settings *settings,
		       struct hall_printer *printers);
void usb_printers_stop(struct usb_printers *usb);
void usb_printers_process(struct usb_printers *usb, int64_t now_us);
