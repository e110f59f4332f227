/* Commands that are executed as they arrive, whatever stands in the buffer before them: DLE EOT,
 * DLE ENQ, DLE DC4. They are looked for in every byte, those of pictures too, as the TM-T88III and
 * the TM-T90 do: that is their trap. */
#include "firmware-host/app/printer_parts.h"

#include <string.h>

enum { EOT = 0x04, ENQ = 0x05, DC4 = 0x14 };

static const uint8_t clear_buffers[PRINTER_MAX_REALTIME] = {DLE, DC4, 8, 1, 3, 20, 1, 6, 2, 8};
static const uint8_t shut_down[5] = {DLE, DC4, 2, 1, 8};

static size_t fits_fixed(const uint8_t *seen, size_t len, const uint8_t *command, size_t size)
{
	return len <= size && !memcmp(seen, command, len) ? size : 0;
}

/* DLE DC4 1 m t: m is 0 or 1, t is 1 to 8 */
static size_t fits_pulse(const uint8_t *seen, size_t len)
{
	if ((len >= 4 && seen[3] > 1) || (len >= 5 && (seen[4] < 1 || seen[4] > 8)))
		return 0;
	return 5;
}

/* The length of the real-time command that may begin like this; 0: none does. */
static size_t fits(const uint8_t *seen, size_t len)
{
	if (seen[0] != DLE)
		return 0;
	if (len == 1)
		return 3;
	switch (seen[1]) {
	case EOT: return len < 3 || (seen[2] >= 1 && seen[2] <= 4) ? 3 : 0;
	case ENQ: return len < 3 || seen[2] <= 2 ? 3 : 0;
	case DC4: break;
	default: return 0;
	}
	if (len == 2)
		return 5;
	switch (seen[2]) {
	case 1: return fits_pulse(seen, len);
	case 2: return fits_fixed(seen, len, shut_down, sizeof(shut_down));
	case 8: return fits_fixed(seen, len, clear_buffers, sizeof(clear_buffers));
	default: return 0;
	}
}

size_t printer_watch(struct printer_realtime *realtime, uint8_t byte)
{
	size_t wanted = 0;

	if (realtime->len == 0 && byte != DLE)
		return 0;
	realtime->seen[realtime->len++] = byte;
	/* One that turned out to be none may hide the beginning of another. */
	while (realtime->len) {
		wanted = fits(realtime->seen, realtime->len);
		if (wanted)
			break;
		memmove(realtime->seen, realtime->seen + 1, --realtime->len);
	}
	if (!realtime->len || realtime->len < wanted)
		return 0;
	realtime->len = 0;
	return wanted;
}

void printer_recover(struct printer *printer, bool clear)
{
	bool cutter = printer->cutter_error && !printer->cutter_jammed;
	bool mechanism = printer->mechanical_error && !printer->mechanism_jammed;

	if (cutter)
		printer->cutter_error = false;
	if (mechanism)
		printer->mechanical_error = false;
	/* Otherwise it goes on at the line, or the cut, where it stopped. */
	if (clear && (cutter || mechanism))
		printer_clear(printer);
}

static void do_dc4(struct printer *printer, const uint8_t *bytes)
{
	static const uint8_t cleared[] = {0x37, 0x25, 0x00}, off[] = {0x3b, 0x30, 0x00};

	switch (bytes[2]) {
	case 1:
		if (printer->pulse_off)
			return;
		printer->drawer_pulses++;
		if (printer->hal.event)
			printer->hal.event(printer->hal.port, PRINTER_EVENT_DRAWER, bytes[3]);
		return;
	case 2:
		if (!printer->shut_down_on)
			return;
		printer_send(printer, off, sizeof(off));
		printer_clear(printer);
		printer->shut_down = true; /* until the power comes back */
		return;
	default:
		printer_clear(printer);
		printer_send(printer, cleared, sizeof(cleared));
		return;
	}
}

void printer_do_realtime(struct printer *printer, const uint8_t *bytes)
{
	printer->realtime_commands++;
	switch (bytes[1]) {
	case EOT:
		if (!printer->settings.no_realtime) {
			uint8_t status = printer_realtime_status(printer, bytes[2]);

			printer_send(printer, &status, 1);
		}
		return;
	case ENQ:
		if (bytes[2])
			printer_recover(printer, bytes[2] == 2);
		return;
	default: do_dc4(printer, bytes); return;
	}
}
