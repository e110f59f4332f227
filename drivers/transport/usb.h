/* What the three files of USB share: addresses, the choice of an interface, and libusb's codes as
 * errno. */
#pragma once

#include <libusb.h>
#include <pthread.h>

#include "drivers/transport/common.h"

enum { USB_MAX_DEPTH = 7, USB_TEXT_SIZE = 64, USB_PORTS_SIZE = 96 };
enum {
	USB_SERIAL_MIN = 4
}; /* shorter ones ("1", "001") are no numbers but a maker's indifference */
enum { USB_CONTROL_SIZE = 1024 };
enum { USB_DEVICE_ID_MIN = 14 }; /* the shortest that says anything, with its length */

struct usb_address {
	bool by_port;
	uint8_t bus, depth, ports[USB_MAX_DEPTH];
	uint16_t vendor, product;
	char serial[USB_TEXT_SIZE]; /* "" any */
};

/* Where a printer takes its bytes. */
struct usb_interface {
	uint8_t configuration;	     /* bConfigurationValue */
	uint8_t configuration_index; /* for GET_DEVICE_ID */
	uint8_t number, alternate;
	bool has_alternates;
	uint8_t class, protocol;
	uint8_t out, in; /* endpoint addresses; in 0: one-way */
};

int usb_map_error(int code);
int usb_map_status(enum libusb_transfer_status status);

/* "usb:04b8:0e28/serial=X5QV01", "usb:port=1-1.4". -EINVAL with a sentence. */
__attribute__((warn_unused_result)) int usb_parse_address(struct usb_address *ret, const char *url,
							  char *ret_error, size_t error_size);
/* A reference that the caller gives back. -ENODEV; -ENOTUNIQ when the address fits several: then
 * ret_ports (may be NULL) has their addresses by port, "usb:port=1-2, usb:port=1-3". */
__attribute__((warn_unused_result)) int usb_find_device(libusb_context *context,
							const struct usb_address *address,
							libusb_device **ret, char *ret_ports,
							size_t ports_size);
/* -ENODEV: nothing on it takes print bytes; -ENXIO: it calls itself a printer, and yet. */
__attribute__((warn_unused_result)) int usb_pick_interface(libusb_device *device,
							   struct usb_interface *ret);
/* "1-1.4", as the kernel calls it. -ENODEV when the bus cannot tell. */
__attribute__((warn_unused_result)) int usb_read_port(libusb_device *device, char *ret,
						      size_t size);
/* One of the kernel's attributes ("serial"), "" when there is none. No question to the device: that
 * could block for a second. */
void usb_read_text(libusb_device *device, const char *attribute, char *ret, size_t size);
/* The text in an answer to GET_DEVICE_ID; how long it is, 0 for none. IEEE 1284: two bytes of
 * length, themselves included, the high one first; some devices have them the other way round (as
 * CUPS knows), and some count more than they send. */
size_t usb_find_device_id(const uint8_t *bytes, size_t len, const uint8_t **ret);

/* One transfer. It belongs to libusb while flying; ended means that its end was not looked at. */
struct usb_slot {
	struct libusb_transfer *transfer;
	bool flying, ended;
	int status; /* of the end, an errno */
};

/* A device, claimed. It has a context of its own, so that running one transport never makes upward
 * calls of another, and it outlives the transport's close until its transfers have come back. */
struct usb_session {
	libusb_context *context;
	libusb_device_handle *handle;
	struct usb_interface at;
	bool claimed, detached, watching;
	bool gone;	  /* the bus says that the device has left */
	bool fds_changed; /* set by libusb's notifiers */
	libusb_hotplug_callback_handle watch;
	struct usb_slot out, in, control;
	uint8_t out_bytes[TRANSPORT_MAX_SUBMIT];
	uint8_t in_bytes[TRANSPORT_MAX_SUBMIT];
	uint8_t control_bytes[LIBUSB_CONTROL_SETUP_SIZE + USB_CONTROL_SIZE];
	struct usb_session *next;
};

/* Finds and claims; a kernel driver that holds the interface is set aside. why gets a sentence. May
 * wait for the device, as usb_session_clear_halts, _reset and _return do: see usb_work.c. */
__attribute__((warn_unused_result)) int usb_session_open(struct usb_session **ret,
							 const struct usb_address *address,
							 char *why, size_t why_size);
/* Sends a slot on its way; when that fails it has ended at once. */
void usb_session_post(struct usb_slot *slot);
/* Lets libusb look at its descriptors; slots may end. Never waits. */
void usb_session_run(struct usb_session *session);
/* Cancels what flies. -EBUSY: a transfer is still out; run it and call again. Never waits. */
int usb_session_settle(struct usb_session *session);
/* Halts of OUT, and of IN too if asked for. */
__attribute__((warn_unused_result)) int usb_session_clear_halts(struct usb_session *session,
								bool in_too);
/* The port's reset. -ENODEV: it comes back as another device. */
__attribute__((warn_unused_result)) int usb_session_reset(struct usb_session *session);
/* Gives a settled one's interface back to the driver that had it, and frees. */
void usb_session_return(struct usb_session *session);
size_t usb_context_fds(libusb_context *context, struct pollfd *ret, size_t max, size_t n);
/* By the clock of now_us; TRANSPORT_NO_DEADLINE. */
int64_t usb_context_deadline(libusb_context *context, int64_t now_us);

/* What may wait in the kernel, on a thread: usb_work.c. */
struct usb_work {
	int fd; /* readable when it has ended */
	bool running, threaded;
	pthread_t thread;
	void (*run)(void *user);
	void *user;
};

__attribute__((warn_unused_result)) int usb_work_init(struct usb_work *work);
/* One at a time. What user points to is the thread's until it has ended. */
void usb_work_start(struct usb_work *work, void (*fn)(void *user), void *user);
/* True once for each start. */
bool usb_work_ended(struct usb_work *work);
void usb_work_wait(struct usb_work *work);
void usb_work_finish(struct usb_work *work);
