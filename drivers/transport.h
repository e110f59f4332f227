/* A way for bytes to reach a device: tcp, usb, serial, and the two that test them, record and
 * replay. No transport blocks and none owns a loop: it tells which descriptors and which deadline
 * it waits for, and is run when one is due. All times are CLOCK_MONOTONIC-like microseconds given
 * by the caller; nothing here reads a clock. Functions return 0 or a negative errno. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport;

enum {
	TRANSPORT_URL_SIZE = 256,
	TRANSPORT_MAX_FDS = 8,
	TRANSPORT_MAX_SUBMIT = 4096,
	TRANSPORT_WHY_SIZE = 256,
};
#define TRANSPORT_NO_DEADLINE INT64_MAX

enum transport_control {
	TRANSPORT_PORT_STATUS, /* 1 byte, USB printer class: bit 5 paper empty, 4 selected, 3 no
				  error */
	TRANSPORT_DEVICE_ID,   /* IEEE 1284 text without its length */
	TRANSPORT_SOFT_RESET,
	TRANSPORT_CLEAR_HALT,
	TRANSPORT_DEVICE_RESET, /* the port's; left() follows where the device comes back as another
				   one */
};

/* Upward calls. They come from transport_process() or from the call that caused them, never from
 * another thread. Inside one the transport may be given new work or be closed, not destroyed. */
struct transport_host {
	/* The open ended: 0 and bytes may flow, or why not. */
	void (*opened)(void *user, int status);
	/* Of the current submit, so many more bytes were taken by the peer's side. */
	void (*progress)(void *user, size_t bytes);
	/* The current submit ended: 0 all taken, else what is known of its bytes is nothing. */
	void (*done)(void *user, int status);
	void (*received)(void *user, const uint8_t *bytes, size_t len);
	/* Unplugged, peer gone, line closed: the transport is closed, a submit in flight has had
	 * its done(-ENODEV) before. Open it again when you like. */
	void (*left)(void *user, int reason);
	/* The answer to a control. */
	void (*controlled)(void *user, enum transport_control what, int status,
			   const uint8_t *bytes, size_t len);
	/* The descriptors or the deadline are others than before. */
	void (*changed)(void *user);
};

struct transport_ops {
	const char *scheme; /* "tcp" */
	/* Checks the URL and makes the transport, closed. -EINVAL: ret_error says what is wrong. */
	int (*create)(struct transport **ret, const char *url, const struct transport_host *host,
		      void *user, char *ret_error, size_t error_size);
	void (*destroy)(struct transport *transport);
	int (*open)(struct transport *transport,
		    int64_t now_us);		    /* -EALREADY when open or opening */
	void (*close)(struct transport *transport); /* no upward call; safe when closed */
	/* One at a time: -EBUSY; 1..TRANSPORT_MAX_SUBMIT bytes: -EINVAL; -ENOTCONN when not open.
	 * The bytes are copied. It has no deadline of its own: a printer out of paper may sit for
	 * hours. */
	int (*submit)(struct transport *transport, const uint8_t *bytes, size_t len,
		      int64_t now_us);
	void (*cancel)(struct transport *transport); /* done(-ECANCELED) follows; outcome unknown */
	/* 0: all that was submitted has left this machine; -EINPROGRESS: not yet. */
	int (*drain)(struct transport *transport);
	int (*control)(struct transport *transport, enum transport_control what, int64_t now_us);
	/* Fills at most max, returns how many it has. */
	size_t (*fds)(const struct transport *transport, struct pollfd *ret, size_t max);
	int64_t (*deadline)(const struct transport *transport);
	/* Some descriptor is ready or the deadline is reached. Harmless when neither. */
	void (*process)(struct transport *transport, int64_t now_us);
};

/* Every implementation has this as its first member. */
struct transport {
	const struct transport_ops *ops;
	const struct transport_host *host;
	void *user;
	/* The last failure as a sentence for the log, "" as long as there was none. Read it in
	 * opened() and left(). */
	char why[TRANSPORT_WHY_SIZE];
};

/* By the URL's scheme; ret_error (may not be NULL) gets a sentence. -EPROTONOSUPPORT: no such
 * scheme, or this build is without it.
 *   tcp://10.1.2.3:9100    serial:/dev/ttyUSB0?baud=9600&rs485=1    usb:04b8:0e28/serial=X5QV01
 *   usb:port=1-1.4         record:FILE:URL    replay:FILE */
__attribute__((warn_unused_result)) int
transport_create(struct transport **ret_transport, const char *url,
		 const struct transport_host *host, void *user, char *ret_error, size_t error_size);
/* Closes first. Takes NULL. */
void transport_destroy(struct transport *transport);

/* Hot-plug: devices of a bus ("usb", "serial") as they come and go. Of serial lines those that were
 * there before are not told, and an URL of "serial:" alone means any. */
struct transport_bus;
struct transport_bus_host {
	void (*arrived)(void *user, const char *url, const char *description);
	void (*left)(void *user, const char *url);
	void (*changed)(void *user);
};
struct transport_bus_ops {
	const char *name;
	int (*open)(struct transport_bus **ret, const struct transport_bus_host *host, void *user);
	void (*close)(struct transport_bus *bus);
	size_t (*fds)(const struct transport_bus *bus, struct pollfd *ret, size_t max);
	int64_t (*deadline)(const struct transport_bus *bus);
	void (*process)(struct transport_bus *bus, int64_t now_us);
	/* Whatever is plugged in has been told; nothing is being looked at. */
	bool (*is_settled)(const struct transport_bus *bus);
};
/* NULL: this build has no such bus. */
const struct transport_bus_ops *transport_bus_find(const char *name);
