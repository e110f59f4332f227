/* Plugs and printers put together. */
#include "firmware-host/port/host/usb_printers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t room(void *user)
{
	struct usb_printer *printer = user;

	return printer_room(printer->printer);
}

static void receive(void *user, const uint8_t *bytes, size_t len)
{
	struct usb_printer *printer = user;

	printer_receive(printer->printer, bytes, len, printer->now_ms);
}

static uint8_t port_status(void *user)
{
	const struct usb_printer *printer = user;

	return printer_port_status(printer->printer);
}

static size_t device_id(void *user, uint8_t *ret, size_t size)
{
	const struct usb_printer *printer = user;

	return printer_device_id(printer->printer, ret, size);
}

static void soft_reset(void *user)
{
	struct usb_printer *printer = user;

	printer_soft_reset(printer->printer);
}

static void answer(void *port, const uint8_t *bytes, size_t len)
{
	struct usb_printer *printer = port;

	usb_plug_answer(&printer->plug, bytes, len);
}

static void keep_paper(void *port, const uint8_t *rows, uint32_t count)
{
	struct usb_printer *printer = port;
	struct usb_paper *paper = &printer->papers[printer->paper_count % USB_PAPERS];
	size_t size = (size_t)count * (PRINTER_MAX_WIDTH / 8);
	uint8_t *dots = malloc(size ? size : 1);

	if (!dots)
		return;
	memcpy(dots, rows, size);
	free(paper->dots);
	*paper = (struct usb_paper){dots, count};
	printer->paper_count++;
}

const struct usb_paper *usb_printers_paper(const struct usb_printer *printer, uint32_t number)
{
	if (number < 1 || number > printer->paper_count ||
	    printer->paper_count - number >= USB_PAPERS)
		return NULL;
	return &printer->papers[(number - 1) % USB_PAPERS];
}

static int make_printer(struct usb_printer *printer, const struct printer *like, int64_t now_us)
{
	struct printer_hal hal = {
		.uart = {answer, printer}, .qr = like->hal.qr, .cut = keep_paper, .port = printer};

	printer->own = calloc(1, sizeof(*printer->own));
	if (!printer->own)
		return -ENOMEM;
	printer_init(printer->own, &like->settings, &hal, (uint32_t)(now_us / 1000));
	printer->printer = printer->own;
	return 0;
}

/* A printer says the same of itself as its plug does. */
static void name_printer(struct printer *printer, const struct usb_plug_settings *settings)
{
	printer->settings.maker = settings->maker;
	printer->settings.model = settings->model;
	printer->settings.serial = settings->serial;
}

int usb_printers_start(struct usb_printers *usb, const struct usb_printers_settings *settings,
		       struct printer *first, int64_t now_us)
{
	int r = 0;

	usbip_init(&usb->usbip);
	for (size_t i = 0; i < settings->count && r == 0; i++) {
		struct usb_printer *printer = &usb->printers[i];
		struct usb_plug_device device = {.room = room,
						 .receive = receive,
						 .port_status = port_status,
						 .device_id = device_id,
						 .soft_reset = soft_reset,
						 .user = printer};

		usb_plug_init(&printer->plug, &settings->plugs[i], &device);
		printer->printer = first;
		printer->now_ms = (uint32_t)(now_us / 1000);
		if (i > 0)
			r = make_printer(printer, first, now_us);
		if (r == 0)
			name_printer(printer->printer, &printer->plug.settings);
		if (r == 0)
			r = usbip_add(&usb->usbip, &printer->plug);
		usb->count++;
	}
	return r < 0 ? r : usbip_listen(&usb->usbip, settings->address, settings->port);
}

void usb_printers_stop(struct usb_printers *usb)
{
	if (usb->count)
		usbip_close(&usb->usbip);
	for (size_t i = 0; i < usb->count; i++) {
		free(usb->printers[i].own);
		for (int j = 0; j < USB_PAPERS; j++)
			free(usb->printers[i].papers[j].dots);
	}
	usb->count = 0;
}

void usb_printers_answer(struct usb_printers *usb, const uint8_t *bytes, size_t len)
{
	if (usb->count)
		usb_plug_answer(&usb->printers[0].plug, bytes, len);
}

void usb_printers_process(struct usb_printers *usb, int64_t now_us)
{
	for (size_t i = 0; i < usb->count; i++) {
		struct usb_printer *printer = &usb->printers[i];

		printer->now_ms = (uint32_t)(now_us / 1000);
		if (printer->own)
			printer_tick(printer->own, printer->now_ms);
	}
	if (usb->count)
		usbip_process(&usb->usbip, now_us);
}

bool usb_printers_is_busy(const struct usb_printers *usb)
{
	for (size_t i = 0; i < usb->count; i++)
		if (usb->printers[i].own && printer_is_printing(usb->printers[i].own))
			return true;
	return false;
}
