/* A printer between its port, its plug and the papers that fall out of it. */
#include "firmware-host/port/host/hall_printer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware-host/port/host/paper.h"

static uint32_t now_ms(const struct hall_printer *hall_printer)
{
	return (uint32_t)(hall_printer->now_us / 1000);
}

static void on_byte(void *user, uint8_t byte)
{
	struct hall_printer *hall_printer = user;

	printer_receive(&hall_printer->printer, &byte, 1, now_ms(hall_printer));
	if (hall_printer->unplug_at && hall_printer->port.bytes_in >= hall_printer->unplug_at) {
		hall_printer->unplug_at = 0;
		hall_printer_set_cable(hall_printer, true);
	}
}

static size_t room(void *user)
{
	struct hall_printer *hall_printer = user;

	return printer_room(&hall_printer->printer);
}

/* Whoever is connected hears it. */
static void answer(void *port, const uint8_t *bytes, size_t len)
{
	struct hall_printer *hall_printer = port;

	endpoint_send(&hall_printer->port, bytes, len, hall_printer->now_us);
	if (hall_printer->plug)
		usb_plug_answer(hall_printer->plug, bytes, len);
}

static void keep(struct hall_printer *hall_printer, const uint8_t *rows, uint32_t count, bool cut)
{
	struct paper *paper = &hall_printer->papers[hall_printer->paper_count % HALL_MAX_TICKETS];
	size_t size = (size_t)count * (PRINTER_MAX_WIDTH / 8);
	uint8_t *dots = malloc(size ? size : 1);
	struct timespec ts;

	if (!dots)
		return;
	memcpy(dots, rows, size);
	free(paper->dots);
	clock_gettime(CLOCK_REALTIME, &ts);
	*paper = (struct paper){.number = ++hall_printer->paper_count,
				.rows = count,
				.dots = dots,
				.at_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000,
				.cut = cut};
	hall_printer->cut_count += cut;
}

static void on_cut(void *port, const uint8_t *rows, uint32_t count)
{
	keep(port, rows, count, true);
}

static void on_piece(void *port, const uint8_t *rows, uint32_t count)
{
	keep(port, rows, count, false);
}

static void on_event(void *port, enum printer_event event, uint32_t value)
{
	(void)value;
	if (event == PRINTER_EVENT_POWER_OFF)
		hall_printer_set_power(port, false);
}

const struct paper *hall_printer_paper(const struct hall_printer *hall_printer, uint32_t number)
{
	const struct paper *paper =
		number ? &hall_printer->papers[(number - 1) % HALL_MAX_TICKETS] : NULL;

	return paper && paper->dots && paper->number == number ? paper : NULL;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

int hall_printer_start(struct hall_printer *hall_printer,
		       const struct hall_printer_settings *settings, int64_t now_us)
{
	const struct printer_hal hal = {.uart = {answer, hall_printer},
					.qr = paper_qr,
					.cut = on_cut,
					.piece = on_piece,
					.event = on_event,
					.port = hall_printer};
	struct printer_settings *own = &hall_printer->settings.settings;

	hall_printer->settings = *settings;
	hall_printer->now_us = now_us;
	if (!own->width) {
		own->width = PRINTER_MAX_WIDTH;
		own->answers_process_id = true;
	}
	own->maker = or_null(hall_printer->settings.maker);
	own->model = or_null(hall_printer->settings.model);
	own->serial = or_null(hall_printer->settings.serial);
	own->firmware = or_null(hall_printer->settings.firmware);
	printer_init(&hall_printer->printer, own, &hal, now_ms(hall_printer));
	hall_printer->port.received = on_byte;
	hall_printer->port.room = room;
	hall_printer->port.user = hall_printer;
	return endpoint_open(&hall_printer->port, 0);
}

void hall_printer_stop(struct hall_printer *hall_printer)
{
	endpoint_close(&hall_printer->port);
	for (int i = 0; i < HALL_MAX_TICKETS; i++)
		free(hall_printer->papers[i].dots);
}

void hall_printer_process(struct hall_printer *hall_printer, int64_t now_us)
{
	hall_printer->now_us = now_us;
	endpoint_process(&hall_printer->port, now_us);
	printer_tick(&hall_printer->printer, now_ms(hall_printer));
}

static int show_plugs(struct hall_printer *hall_printer)
{
	return endpoint_set_unplugged(&hall_printer->port,
				      hall_printer->cable_out || !hall_printer->printer.powered);
}

int hall_printer_set_cable(struct hall_printer *hall_printer, bool out)
{
	hall_printer->cable_out = out;
	return show_plugs(hall_printer);
}

int hall_printer_set_power(struct hall_printer *hall_printer, bool on)
{
	struct printer *printer = &hall_printer->printer;

	if (on && !printer->powered)
		printer_switch_on(printer, now_ms(hall_printer));
	else if (!on)
		printer_switch_off(printer);
	if (hall_printer->plug)
		hall_printer->plug->unplugged = !on;
	return show_plugs(hall_printer);
}
