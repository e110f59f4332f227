/* A printer at the end of a link that this process opens itself, without the daemon: to ask it what
 * it is and to print a test page. Each call waits until it is done, never longer than its limits.
 */
#pragma once

#include <stdint.h>

#include "drivers/driver.h"
#include "drivers/printer/escpos/identify.h"
#include "drivers/transport.h"

enum { DIRECT_MAX_USB = 32, DIRECT_DESCRIPTION_SIZE = 256 };

struct direct;

/* 0, or a negative errno with a sentence in English: -EINVAL the URL is none, -EBUSY another
 * program holds the device, -ENODEV, -EACCES, -ECONNREFUSED, -ETIMEDOUT and what else an opening
 * says. */
__attribute__((warn_unused_result)) int direct_open(struct direct **ret, const char *url, char *why,
						    size_t why_size);
void direct_close(struct direct *direct); /* takes NULL */

/* IEEE 1284, printable; "" when it has none or cannot be asked. */
void direct_read_device_id(struct direct *direct, char ret[ESCPOS_DEVICE_ID_SIZE]);
/* device_id, vendor and product are filled in. A printer of another language is not asked. 0; a
 * negative errno: the link went down, and what was answered until then stands in identity. */
__attribute__((warn_unused_result)) int direct_identify(struct direct *direct,
							struct escpos_identity *identity);

/* What became of a document. */
struct direct_outcome {
	bool ended; /* false: it was given up after DIRECT_PRINT_S */
	enum print_result result;
	enum device_health health;
	bool answers_status; /* it was asked for status and answered */
	char detail[DEVICE_DETAIL_SIZE];
};
enum { DIRECT_READY_S = 10, DIRECT_PRINT_S = 60 };

/* Prints one document as the daemon would, by the same driver. told is called when a person must
 * act (paper, cover), and again when not; it may be NULL. 0, or a negative errno: the link went
 * down, or the driver refused. */
__attribute__((warn_unused_result)) int
direct_print(struct direct *direct, const struct driver *driver,
	     const struct device_options *options, const struct document *document,
	     void (*told)(void *user, enum device_health health, const char *detail), void *user,
	     struct direct_outcome *ret);

/* What is plugged in and could take print bytes. */
struct direct_usb {
	char url[TRANSPORT_URL_SIZE];
	char description[DIRECT_DESCRIPTION_SIZE]; /* "04b8:0e28 EPSON TM-T20III (…)" */
	uint16_t vendor, product;
	bool printer; /* of the printer class, or Epson's own */
};
/* How many; a negative errno: this build or this machine has no USB. */
__attribute__((warn_unused_result)) int direct_list_usb(struct direct_usb ret[DIRECT_MAX_USB]);
