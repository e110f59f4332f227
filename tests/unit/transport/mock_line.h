/* Serial lines that umockdev shows: pseudo-terminals under the names of real ones, behind USB
 * adapters in sysfs, with modem and RS-485 controls answered here. A pseudo-terminal knows only
 * eight bits without parity, so what libserialport sets is caught, kept, and given back when it
 * asks. */
#pragma once

#include <linux/serial.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* Linked with -Wl,--wrap=realpath,--wrap=open64,--wrap=close. */
#define MOCK_LINK "/dev/serial/by-id/usb-FTDI-if00"

struct mock_lines {
	/* What MOCK_LINK leads to; NULL: it is not there. */
	const char *link;
	/* Called in the thread that opens, after the look and before the opening; may change link.
	 */
	void (*before_open)(void);
	int open_error; /* of the next openings of a line, 0 none */
	int open_flags; /* of the last one */
	bool has_rs485;
	unsigned rs485_most_ms; /* longer delays are cut */
	tcflag_t lost_flags;	/* that the driver cannot and leaves out */
	struct serial_rs485 rs485;
	int n_rs485, n_exclusive, n_shared;
	struct termios kept;
	bool is_kept;
	/* While it is set, opening and closing a line wait. */
	atomic_bool gate_open, gate_close;
	atomic_int n_waiting;
};
extern struct mock_lines mock_lines;

/* ttyOW0, not by USB. */
int mock_lines_set_up(void **state);
int mock_lines_tear_down(void **state);
/* ttyOW0 ... behind an FTDI adapter at port 1-1, 1-2 ... */
void mock_lines_add_usb(unsigned number, const char *serial);
/* The device's side of a line; the test's own, -1 when it is closed. */
int mock_line_other(unsigned number);
/* Pulls the plug. */
void mock_line_hang_up(unsigned number);
