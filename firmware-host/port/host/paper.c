/* One printer, one run, in time that is only counted: the paper moves as fast as it is asked to. */
#include "firmware-host/port/host/paper.h"

#include <errno.h>
#include <qrencode.h>
#include <stdlib.h>

#include "firmware-host/port/host/picture.h"

enum { STEP_MS = 1000 };

struct run {
	struct printer printer;
	paper_page page;
	void *user;
	int r; /* the first failure */
};

int paper_qr(void *port, const uint8_t *data, size_t len, int level,
	     uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	QRcode *code = QRcode_encodeData((int)len, data, 0, (QRecLevel)level);
	int side;

	(void)port;
	if (!code)
		return 0;
	side = code->width;
	for (int i = 0; i < side * side; i++)
		modules[i] = code->data[i] & 1;
	QRcode_free(code);
	return side;
}

static void show(struct run *run, const uint8_t *rows, uint32_t count, bool cut)
{
	uint8_t *png = NULL;
	size_t len = 0;

	if (run->r == 0)
		run->r = picture_png(rows, run->printer.settings.width, count,
				     PRINTER_MAX_WIDTH / 8, &png, &len);
	if (run->r == 0)
		run->r = run->page(run->user, png, len, count, cut);
	free(png);
}

static void on_cut(void *port, const uint8_t *rows, uint32_t count)
{
	show(port, rows, count, true);
}

static void on_piece(void *port, const uint8_t *rows, uint32_t count)
{
	show(port, rows, count, false);
}

static void say_nothing(void *port, const uint8_t *bytes, size_t len)
{
	(void)port, (void)bytes, (void)len;
}

static void print(struct run *run, const uint8_t *bytes, size_t len)
{
	struct printer *printer = &run->printer;
	uint32_t now_ms = 0;
	size_t at = 0;

	while (run->r == 0 && (at < len || printer_is_printing(printer))) {
		size_t n = len - at, room = printer_room(printer);

		printer_receive(printer, bytes + at, n < room ? n : room, now_ms);
		at += n < room ? n : room;
		now_ms += STEP_MS;
		printer_tick(printer, now_ms);
	}
	if (run->r == 0 && printer->printed_rows > PRINTER_CUTTER_ROWS)
		show(run, printer->page[0], printer->printed_rows, false);
}

int paper_render(const uint8_t *bytes, size_t len, const struct printer_settings *settings,
		 paper_page page, void *user, uint64_t *ret_unknown)
{
	struct run *run;
	struct printer_hal hal = {
		.uart = {say_nothing, NULL}, .qr = paper_qr, .cut = on_cut, .piece = on_piece};
	int r;

	if (!settings->width || settings->width > PRINTER_MAX_WIDTH || settings->width % 8)
		return -EINVAL;
	run = calloc(1, sizeof(*run));
	if (!run)
		return -ENOMEM;
	run->page = page;
	run->user = user;
	hal.port = run;
	printer_init(&run->printer, settings, &hal, 0);
	print(run, bytes, len);
	r = run->r;
	if (r == 0 && ret_unknown)
		*ret_unknown = run->printer.unknown_commands;
	free(run);
	return r;
}
