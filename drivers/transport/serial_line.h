/* A serial line opened, locked and set up, and closed again. Both may wait for seconds: for the
 * adapter's answers, and for bytes that it does not take. */
#pragma once

#include "drivers/transport.h"
#include "drivers/transport/serial_ports.h"

struct serial_settings {
	struct serial_address address;
	long baud, bits, parity, stop; /* parity: an enum sp_parity */
	long rs485;		       /* -1: as the port is */
	long rts_on_send;	       /* 1: RTS is high while it sends */
	long before_ms, after_ms;      /* RTS ahead of the first bit and behind the last one */
};

/* 0 and a descriptor, or a negative errno and a sentence. */
__attribute__((warn_unused_result)) int serial_line_open(const struct serial_settings *settings,
							 int *ret_fd,
							 char ret_why[TRANSPORT_WHY_SIZE]);
/* What was not sent is dropped. */
void serial_line_close(int fd);
