/* A printer's USB plug: its descriptors, the requests of the printer class, a pipe for print data
 * and one for answers, and what goes wrong on them. Knows no wire: usbip.c carries the transfers.
 * USB 2.0 chapter 9; Universal Serial Bus Device Class Definition for Printing Devices 1.1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USB_PLUG_TEXT = 32,
	USB_PLUG_ANSWERS = 4096, /* bytes for the host that it has not asked for yet */
	USB_PLUG_PACKET = 64,	 /* bulk at full speed */
	USB_PLUG_OUT = 0x01,
	USB_PLUG_IN = 0x82,
	USB_PLUG_CONTROL = 1024, /* the longest answer to a request */
};

enum usb_plug_kind {
	USB_PLUG_TWO_WAY = 0,
	USB_PLUG_ONE_WAY,
	USB_PLUG_VENDOR, /* two-way, but of the vendor's own class */
	USB_PLUG_NO_OUT, /* says that it is a printer and has nowhere to send data to */
	USB_PLUG_KINDS,
};

/* The length in front of the device ID is big-endian; some printers have it the other way round,
 * some do not know the request. */
enum usb_plug_id { USB_PLUG_ID_BIG = 0, USB_PLUG_ID_LITTLE, USB_PLUG_ID_STALLS, USB_PLUG_IDS };

struct usb_plug_settings {
	enum usb_plug_kind kind;
	enum usb_plug_id id;
	uint16_t vendor, product;
	char maker[USB_PLUG_TEXT], model[USB_PLUG_TEXT];
	char serial[USB_PLUG_TEXT]; /* "": has none */
};

/* What the plug belongs to. */
struct usb_plug_device {
	size_t (*room)(void *user); /* bytes that it takes now */
	void (*receive)(void *user, const uint8_t *bytes, size_t len);
	uint8_t (*port_status)(void *user); /* 4.2.2 of the class: 0x20 paper, 0x10, 0x08 */
	/* IEEE 1284: a length of two bytes, high first, that counts itself, then keys and values */
	size_t (*device_id)(void *user, uint8_t *ret, size_t size);
	void (*soft_reset)(void *user);
	void *user;
};

struct usb_plug {
	struct usb_plug_settings settings;
	struct usb_plug_device device;
	uint8_t configuration;
	bool out_halted, in_halted;
	uint8_t answers[USB_PLUG_ANSWERS];
	size_t answers_len;

	/* faults, set by whoever stands at the printer */
	bool unplugged;
	bool off; /* its printer has no power: nobody answers on the bus */
	bool has_stall_at, has_unplug_at;
	uint64_t stall_at, unplug_at; /* by `taken` */

	uint64_t taken; /* bytes of print data, ever */
	uint64_t lost_answers;
	uint32_t stalls, soft_resets, control_requests;
};

struct usb_setup {
	uint8_t type, request;
	uint16_t value, index, length;
};

void usb_plug_init(struct usb_plug *plug, const struct usb_plug_settings *settings,
		   const struct usb_plug_device *device);
/* It was put into another machine's socket. */
void usb_plug_reset(struct usb_plug *plug);
/* Class, subclass, protocol of its one interface. */
void usb_plug_interface(const struct usb_plug *plug, uint8_t ret[3]);
/* Bytes answered into ret (USB_PLUG_CONTROL), or -EPIPE: a stall. */
int usb_plug_control(struct usb_plug *plug, const struct usb_setup *setup, uint8_t *ret);
/* Print data: how many of the bytes were taken, in whole packets; the rest stays with the host.
 * -EPIPE: halted, and *ret_taken is what went in before. */
int usb_plug_out(struct usb_plug *plug, const uint8_t *bytes, size_t len, size_t *ret_taken);
/* Answers: how many bytes; -EAGAIN none yet; -EPIPE halted. */
int usb_plug_in(struct usb_plug *plug, uint8_t *ret, size_t size);
/* The printer says something. */
void usb_plug_answer(struct usb_plug *plug, const uint8_t *bytes, size_t len);
/* Not on the bus. */
bool usb_plug_is_gone(const struct usb_plug *plug);
bool usb_plug_has(const struct usb_plug *plug, uint8_t endpoint);
/* "two-way,serial=OW1,vendor=04b8,product=0202,id=little": words parted by commas. 0 or -EINVAL,
 * and *ret_why says what is wrong. */
int usb_plug_parse(struct usb_plug_settings *settings, const char *words, const char **ret_why);
