/* What a USB printer tells on endpoint 0, where it answers while its data pipe takes nothing: paper
 * end, error, offline. It is all that a one-way printer ever tells, and for the others the second
 * witness when no headway is made.
 *
 * How much it is worth: printers that cannot tell say 18 (all well), so that is no proof of
 * anything; some say 00 or another constant. So: bytes with reserved bits set are no status; paper
 * end is believed always; error and offline only on a link where all was well before; and nothing,
 * as long as the printer's own answers say that all is well. */
#include <errno.h>

#include "drivers/printer/escpos/device.h"

/* USB printer class 1.1, 4.2.2 */
enum {
	NO_ERROR = 1 << 3,
	SELECTED = 1 << 4,
	PAPER_EMPTY = 1 << 5,
	RESERVED = 0xff & ~(NO_ERROR | SELECTED | PAPER_EMPTY),
	GOOD = NO_ERROR | SELECTED,
};

void escpos_port_start(struct device *device, int64_t now_us)
{
	struct escpos_port *port = &device->port;

	*port = (struct escpos_port){
		.ignored = port->ignored,
		.none = port->ignored || !device->host->control,
		.asked_us = now_us - ESCPOS_POLL_US, /* the first is due */
	};
}

static enum escpos_trouble trouble_of(const struct escpos_port *port)
{
	if (port->none || !port->known || (port->value & RESERVED))
		return ESCPOS_NO_TROUBLE;
	if (port->value & PAPER_EMPTY)
		return ESCPOS_PORT_PAPER;
	if (port->seen_good && !(port->value & NO_ERROR))
		return ESCPOS_PORT_ERROR;
	if (port->seen_good && !(port->value & SELECTED))
		return ESCPOS_PORT_OFFLINE;
	return ESCPOS_NO_TROUBLE;
}

static bool makes_no_headway(const struct device *device, int64_t now_us)
{
	return device->job.phase != ESCPOS_JOB_NONE &&
	       now_us - device->job.headway_us >= ESCPOS_QUIET_US;
}

enum escpos_trouble escpos_port_trouble(const struct device *device)
{
	const struct escpos_port *port = &device->port;

	if (port->lies)
		return ESCPOS_NO_TROUBLE;
	if (device->standing == ESCPOS_ANSWERS && !makes_no_headway(device, port->asked_us))
		return ESCPOS_NO_TROUBLE;
	return trouble_of(port);
}

void escpos_port_answer(struct device *device, int status, const uint8_t *bytes, size_t len)
{
	struct escpos_port *port = &device->port;

	port->asking = false;
	/* A stall on endpoint 0 is over with the next request: nothing is to be cleared. */
	if (status == -EPIPE || status == -EPROTO || (status == 0 && len < 1))
		port->none = true;
	port->known = status == 0 && len > 0;
	port->value = port->known ? bytes[0] : 0;
	port->seen_good |= port->value == GOOD;
	if (device->job.phase == ESCPOS_JOB_NONE && device->standing == ESCPOS_ANSWERS)
		port->lies = trouble_of(port) && !escpos_obstacle(device);
}

int64_t escpos_port_deadline(const struct device *device)
{
	const struct escpos_port *port = &device->port;
	const struct escpos_job *job = &device->job;
	int64_t every_us = trouble_of(port) ? ESCPOS_PORT_US : ESCPOS_POLL_US, due_us, quiet_us;

	if (!device->up || port->none || port->asking)
		return DRIVER_NO_DEADLINE;
	due_us = port->asked_us + every_us;
	if (job->phase == ESCPOS_JOB_NONE || device->standing == ESCPOS_WRONG)
		return due_us;
	quiet_us = job->headway_us + ESCPOS_QUIET_US;
	if (port->asked_us + ESCPOS_PORT_US > quiet_us)
		quiet_us = port->asked_us + ESCPOS_PORT_US;
	return quiet_us;
}

void escpos_port_tick(struct device *device, int64_t now_us)
{
	struct escpos_port *port = &device->port;
	int r;

	if (now_us < escpos_port_deadline(device))
		return;
	port->asked_us = now_us;
	r = device->host->control(device->user, CONTROL_PORT_STATUS);
	port->asking = r == 0;
	port->none |= r == -EOPNOTSUPP;
}
