/* The plugs of the hall's printers over USB/IP, so that another machine's kernel finds them on a
 * bus of its own: `usbip attach -r ADDRESS -b 1-1`. The protocol is the kernel's
 * Documentation/usb/usbip_protocol.rst, version 1.1.1. It knows neither names nor passwords, so the
 * address is loopback unless somebody says otherwise. Whatever a client sends has a limit; one that
 * oversteps is cut off, and the reason is kept. */
#pragma once

#include <poll.h>

#include "firmware-host/port/host/usb_plug.h"

enum {
	USBIP_PORT = 3240, /* as registered */
	USBIP_DEVICES = 4,
	USBIP_CONNECTIONS = 8,
	USBIP_URBS = 64,	       /* of a connection, not answered yet */
	USBIP_URB_SIZE = 256 * 1024,   /* of one transfer */
	USBIP_HELD_SIZE = 1024 * 1024, /* of all that wait on a connection */
	USBIP_HEADER = 48,
	USBIP_REPLIES = 64 * 1024,
	USBIP_HELLO_US = 10 * 1000 * 1000, /* until a client must have said what it wants */
	USBIP_FDS = USBIP_CONNECTIONS + 1,
};

struct usbip_urb {
	uint32_t sequence;
	uint8_t endpoint;
	struct usb_setup setup; /* of endpoint 0 */
	uint8_t *bytes;		/* going out */
	size_t len, done;
};

struct usbip_connection {
	int fd;
	bool closing;	       /* when the replies are gone */
	struct usb_plug *plug; /* imported */
	uint32_t id;	       /* of that device on the wire */
	int64_t since_us;
	uint8_t header[USBIP_HEADER];
	size_t header_len;
	struct usbip_urb incoming; /* its bytes are still arriving, if it has any */
	size_t incoming_len;
	struct usbip_urb urbs[USBIP_URBS]; /* in their order */
	size_t urb_count, held;
	uint8_t replies[USBIP_REPLIES];
	size_t replies_len, replies_sent;
};

struct usbip {
	int listener;
	char address[64];
	uint16_t port;
	struct usb_plug *plugs[USBIP_DEVICES];
	size_t plug_count;
	struct usbip_connection connections[USBIP_CONNECTIONS];
	uint64_t imports, refused;
	char refusal[96]; /* the latest */
};

void usbip_init(struct usbip *usbip);
/* Devices are numbered from 1-1 in the order in which they were added. -ENOSPC: USBIP_DEVICES. */
int usbip_add(struct usbip *usbip, struct usb_plug *plug);
/* address: numeric, IPv4 or IPv6; port 0: a free one. 0 or a negative errno. */
int usbip_listen(struct usbip *usbip, const char *address, uint16_t port);
/* A connection that somebody else has made; not closed on failure. -ENOSPC. */
int usbip_adopt(struct usbip *usbip, int fd, int64_t now_us);
void usbip_close(struct usbip *usbip);
size_t usbip_fds(const struct usbip *usbip, struct pollfd ret[USBIP_FDS]);
void usbip_process(struct usbip *usbip, int64_t now_us);
bool usbip_is_imported(const struct usbip *usbip, const struct usb_plug *plug);
