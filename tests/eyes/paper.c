/* What tests/eyes looks at: documents go through the driver to the virtual printer, and out come
 * the bytes of each job and a picture of its paper; or bytes alone become a picture, so that a test
 * may spoil them on the way.
 *
 *     paper print MODEL FOLDER   documents on stdin -> FOLDER/NAME.bytes and FOLDER/NAME.png
 *     paper read WIDTH PNG       bytes on stdin, as a printer of so many dots gets them -> PNG
 *
 * A document is lines: "ticket NAME", "text ALIGN WIDTH HEIGHT BOLD TEXT", "qr ALIGN DOTS CONTENT",
 * "feed LINES", "rule", "picture WIDTH HEIGHT" (made up here: a frame and stripes), "cut". */
#include <errno.h>
#include <qrencode.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "firmware-host/app/printer.h"
#include "firmware-host/port/host/picture.h"

enum { MS = 1000, S = 1000000, MAX_JOB = 1 << 18 };

extern const struct driver escpos_driver;

static struct printer printer;
static uint8_t page[PRINTER_MAX_ROWS][PRINTER_MAX_WIDTH / 8];
static uint32_t page_rows;
static unsigned pages;

static struct device *device;
static int64_t now_us = 5LL * S;
static uint8_t out[4096], in[4096];
static size_t out_len, out_at, in_len;
static bool in_flight, up, ended, recording;
static enum print_result result;
static char detail[DEVICE_DETAIL_SIZE];
static uint8_t job[MAX_JOB];
static size_t job_len;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* ---- the printer ---------------------------------------------------------------------------- */

static void uart_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	if (in_len + len > sizeof(in))
		die("the printer says too much");
	memcpy(in + in_len, bytes, len);
	in_len += len;
}

static int make_qr(void *port, const uint8_t *data, size_t len, int level,
		   uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	QRcode *code = QRcode_encodeData((int)len, data, 0, (QRecLevel)level);
	int side = code ? code->width : 0;

	(void)port;
	for (int i = 0; i < side * side; i++)
		modules[i] = code->data[i] & 1;
	QRcode_free(code);
	return side;
}

/* Papers are laid under each other: a document is one, and what is not cut off runs on. */
static void on_cut(void *port, const uint8_t *rows, uint32_t count)
{
	(void)port;
	if (page_rows + count > PRINTER_MAX_ROWS)
		die("the paper is too long");
	memcpy(page[page_rows], rows, (size_t)count * sizeof(page[0]));
	page_rows += count;
	pages++;
}

static void printer_begin(uint16_t width)
{
	const struct printer_hal hal = {.uart = {.send = uart_send}, .qr = make_qr, .cut = on_cut};
	const struct printer_settings settings = {.width = width, .answers_process_id = true};

	printer_init(&printer, &settings, &hal, (uint32_t)(now_us / MS));
	printer.speed_mm_s = 500;
}

static void write_file(const char *name, const void *bytes, size_t len)
{
	FILE *file = fopen(name, "wb");

	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
		die("%s: %s", name, strerror(errno));
}

/* The paper that was cut, and what hangs out of the printer. */
static void write_page(const char *name)
{
	uint8_t *png = NULL;
	size_t len = 0;

	on_cut(NULL, printer.page[0], printer.drawn_rows);
	if (picture_png(page[0], printer.settings.width, page_rows, sizeof(page[0]), &png, &len) <
	    0)
		die("%s: no picture", name);
	write_file(name, png, len);
	free(png);
	if (printer.unknown_commands)
		die("%s: the printer does not know %llu commands", name,
		    (unsigned long long)printer.unknown_commands);
	page_rows = pages = 0;
}

/* ---- the driver's side ---------------------------------------------------------------------- */

static int host_send(void *user, const uint8_t *bytes, size_t len)
{
	(void)user;
	memcpy(out, bytes, len);
	out_len = len;
	out_at = 0;
	in_flight = true;
	if (!recording)
		return 0;
	if (job_len + len > sizeof(job))
		die("a job is too long");
	memcpy(job + job_len, bytes, len);
	job_len += len;
	return 0;
}

static void host_print(void *user, int64_t id, enum print_progress progress, enum print_result what,
		       const char *why)
{
	(void)user, (void)id;
	/* What follows are questions about how the printer is. */
	recording = false;
	if (progress == PRINT_PROGRESS_ENDED) {
		ended = true;
		result = what;
		snprintf(detail, sizeof(detail), "%s", why);
	}
}

static void host_health(void *user, enum device_health health, const char *why)
{
	(void)user, (void)why;
	up = health == HEALTH_OK || health == HEALTH_WARNING;
}

static void host_nothing(void *user)
{
	(void)user;
}

static const struct driver_host host = {
	.send = host_send,
	.reopen = host_nothing,
	.print = host_print,
	.health = host_health,
	.changed = host_nothing,
};

/* One millisecond. */
static void step(void)
{
	size_t len, room;

	now_us += MS;
	printer_tick(&printer, (uint32_t)(now_us / MS));
	len = in_len;
	in_len = 0;
	if (len > 0 && device)
		escpos_driver.received(device, in, len, now_us);
	room = printer_room(&printer);
	if (in_flight && room > 0) {
		size_t n = out_len - out_at < room ? out_len - out_at : room;

		printer_receive(&printer, out + out_at, n, (uint32_t)(now_us / MS));
		out_at += n;
		in_flight = out_at < out_len;
		if (device) {
			escpos_driver.progress(device, n, now_us);
			if (!in_flight)
				escpos_driver.sent(device, 0, now_us);
		}
	}
	if (device && now_us >= escpos_driver.deadline(device))
		escpos_driver.tick(device, now_us);
}

/* ---- documents ------------------------------------------------------------------------------ */

static struct document_item items[DOCUMENT_MAX_ITEMS];
static char texts[DOCUMENT_MAX_ITEMS][2 * DOCUMENT_MAX_TEXT];
static size_t count;
static char ticket[4 * DOCUMENT_MAX_TEXT];

/* A frame around stripes that hold the bytes of real-time commands. */
static const uint8_t *made_up(uint32_t width, uint32_t height)
{
	static uint8_t rows[(PRINTER_MAX_WIDTH / 8) * 1024];
	size_t stride = (width + 7) / 8;

	if (width < 16 || width > PRINTER_MAX_WIDTH || height < 2 || height > 1024)
		die("a picture of %u x %u", width, height);
	for (size_t y = 0; y < height; y++) {
		for (size_t x = 0; x < stride; x++)
			rows[y * stride + x] = (uint8_t[]){0x10, 0x04, 0x01, 0x10, 0x14}[x % 5];
		if (y == 0 || y == height - 1)
			memset(rows + y * stride, 0xff, stride);
		rows[y * stride] |= 0x80;
	}
	return rows;
}

static void take_line(char *line)
{
	struct document_item *item = &items[count];
	unsigned a = 0, b = 0, c = 0, d = 0;
	int at = 0;

	if (count == DOCUMENT_MAX_ITEMS)
		die("too many lines");
	*item = (struct document_item){.width = 1, .height = 1};
	if (sscanf(line, "text %u %u %u %u %n", &a, &b, &c, &d, &at) == 4 && at) {
		item->kind = DOCUMENT_TEXT;
		item->width = (uint8_t)b;
		item->height = (uint8_t)c;
		item->bold = d;
	} else if (sscanf(line, "qr %u %u %n", &a, &b, &at) == 2 && at) {
		item->kind = DOCUMENT_QR;
		item->module_dots = (uint8_t)b;
	} else if (sscanf(line, "feed %u", &b) == 1) {
		item->kind = DOCUMENT_FEED;
		item->lines = (uint8_t)b;
	} else if (sscanf(line, "picture %u %u", &b, &c) == 2) {
		item->kind = DOCUMENT_PICTURE;
		item->picture = (struct document_picture){b, c, made_up(b, c)};
	} else if (!strcmp(line, "rule")) {
		item->kind = DOCUMENT_RULE;
	} else if (!strcmp(line, "cut")) {
		item->kind = DOCUMENT_CUT;
	} else {
		die("no such line: %s", line);
	}
	item->align = (enum document_align)a;
	snprintf(texts[count], sizeof(texts[count]), "%s", line + at);
	item->text = texts[count];
	count++;
}

static void print(const char *folder)
{
	const struct document document = {.items = items, .count = count};
	static int64_t id;
	const struct device_job device_job = {.kind = JOB_PRINT, .u.print = {++id, &document}};
	char name[sizeof(ticket) + 512];
	int r;

	if (!count)
		return;
	for (unsigned ms = 0; (in_flight || !up) && ms < 60000; ms++)
		step();
	job_len = 0;
	ended = false;
	recording = true;
	r = escpos_driver.submit(device, &device_job, now_us);
	if (r < 0)
		die("%s: the driver takes it not: %s", ticket, strerror(-r));
	for (unsigned ms = 0; !ended && ms < 600000; ms++)
		step();
	if (!ended || result == RESULT_UNKNOWN || result == RESULT_FAILED)
		die("%s: it is not printed: %s", ticket, detail);
	while (printer_is_printing(&printer))
		step();
	snprintf(name, sizeof(name), "%s/%s.bytes", folder, ticket);
	write_file(name, job, job_len);
	snprintf(name, sizeof(name), "%s/%s.png", folder, ticket);
	write_page(name);
	printer_begin(printer.settings.width);
	count = 0;
}

static int print_all(const char *model, const char *folder)
{
	const struct device_model *row = driver_find_model(&escpos_driver, model);
	const struct device_options options = {.name = "eyes", .model = row};
	char error[128] = "", line[4 * DOCUMENT_MAX_TEXT];

	if (!row)
		die("no model %s", model);
	if (escpos_driver.create(&device, &options, &host, NULL, error, sizeof(error)) < 0)
		die("%s", error);
	printer_begin(row->u.printer.width_dots);
	escpos_driver.link_up(device, now_us);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "ticket ", 7)) {
			print(folder);
			snprintf(ticket, sizeof(ticket), "%s", line + 7);
		} else {
			take_line(line);
		}
	}
	print(folder);
	escpos_driver.remove(device);
	return 0;
}

static int read_bytes(unsigned width, const char *png)
{
	printer_begin((uint16_t)width);
	while ((out_len = fread(out, 1, sizeof(out), stdin)) > 0) {
		out_at = 0;
		in_flight = true;
		while (in_flight)
			step();
	}
	while (printer_is_printing(&printer))
		step();
	write_page(png);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "print"))
		return print_all(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "read"))
		return read_bytes((unsigned)strtoul(argv[2], NULL, 10), argv[3]);
	fprintf(stderr, "paper print MODEL FOLDER | paper read WIDTH PNG\n");
	return 2;
}
