/* Plugs and printers put together. */
#include "firmware-host/port/host/usb_printers.h"

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

/* A printer says the same of itself as its plug does. */
static void name_printer(struct printer *printer, const struct usb_plug_settings *settings)
{
	printer->settings.maker = settings->maker;
	printer->settings.model = settings->model;
	printer->settings.serial = settings->serial;
}

int usb_printers_start(struct usb_printers *usb, const struct usb_printers_settings *settings,
		       struct hall_printer *printers)
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
		printer->printer = &printers[i].printer;
		printer->now_ms = printers[i].printer.now_ms;
		printers[i].plug = &printer->plug;
		name_printer(printer->printer, &printer->plug.settings);
		r = usbip_add(&usb->usbip, &printer->plug);
		usb->count++;
	}
	return r < 0 ? r : usbip_listen(&usb->usbip, settings->address, settings->port);
}

void usb_printers_stop(struct usb_printers *usb)
{
	if (usb->count)
		usbip_close(&usb->usbip);
	usb->count = 0;
}

void usb_printers_process(struct usb_printers *usb, int64_t now_us)
{
	for (size_t i = 0; i < usb->count; i++) {
		usb->printers[i].now_ms = (uint32_t)(now_us / 1000);
		usb->printers[i].plug.off = !usb->printers[i].printer->powered;
	}
	if (usb->count)
		usbip_process(&usb->usbip, now_us);
}
