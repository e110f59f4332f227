/* One of a hall's printers: the firmware, its network port, its USB plug if it has one, and the
 * papers that came out of it. */
#pragma once

#include "firmware-host/app/printer.h"
#include "firmware-host/port/host/endpoint.h"
#include "firmware-host/port/host/usb_plug.h"

enum {
	HALL_PRINTERS = 4,
	HALL_MAX_TICKETS = 500, /* papers kept of each; then the oldest goes */
	HALL_PRINTER_TEXT = USB_PLUG_TEXT,
};

struct paper {
	uint32_t number; /* 1 is the first */
	uint32_t rows;
	uint8_t *dots; /* rows of PRINTER_MAX_WIDTH / 8 bytes */
	int64_t at_ms;
	bool cut; /* else torn off, the end of a roll, or a part of a long page */
};

struct hall_printer_settings {
	struct printer_settings settings; /* its texts are those below unless these are empty */
	char maker[HALL_PRINTER_TEXT], model[HALL_PRINTER_TEXT], serial[HALL_PRINTER_TEXT];
	char firmware[HALL_PRINTER_TEXT];
};

struct hall_printer {
	struct printer printer;
	struct hall_printer_settings settings;
	struct endpoint port;
	struct usb_plug *plug;
	bool cable_out;	    /* of the network port, by hand or by unplug_at */
	uint64_t unplug_at; /* by port.bytes_in; 0: never */
	struct paper papers[HALL_MAX_TICKETS];
	uint32_t paper_count; /* ever */
	uint32_t cut_count;   /* of them cut */
	int64_t now_us;
};

/* 0 or a negative errno. settings without a width: 576 dots, answers GS ( H. */
int hall_printer_start(struct hall_printer *hall_printer,
		       const struct hall_printer_settings *settings, int64_t now_us);
void hall_printer_stop(struct hall_printer *hall_printer);
void hall_printer_process(struct hall_printer *hall_printer, int64_t now_us);
/* When it has power and its cable is in, it can be reached; else nobody can connect. 0 or a
 * negative errno. */
int hall_printer_set_cable(struct hall_printer *hall_printer, bool out);
int hall_printer_set_power(struct hall_printer *hall_printer, bool on);
/* NULL: none of that number, or not kept any more. */
const struct paper *hall_printer_paper(const struct hall_printer *hall_printer, uint32_t number);

/* "model=TM-T20III,paper_mm=2000,charset=gb2312,no-qr": words parted by commas, added to settings.
 * 0 or -EINVAL, and *ret_why says what is allowed. */
int hall_printer_parse(struct hall_printer_settings *settings, const char *words,
		       const char **ret_why);
