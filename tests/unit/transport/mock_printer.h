/* A USB printer that the kernel would show, under umockdev: libusb and all above it are real, and
 * usbfs is answered here. umockdev calls from a thread of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOCK_MAX_TAKEN = 65536, MOCK_MAX_URBS = 16, MOCK_MAX_PRINTERS = 16 };

/* What it is; set before plugging in. */
struct mock_model {
	const char *port;	 /* "1-2" */
	int address;		 /* device number on the bus */
	const char *id;		 /* "04b80e28", as in a URL without the colon */
	const char *serial;	 /* NULL: none */
	const char *descriptors; /* hex: device, then configurations */
	const char *active;	 /* bConfigurationValue */
};

struct mock_printer;

/* What it does; may be changed at any time through mock_lock(). */
struct mock_behaviour {
	bool usblp;	 /* the kernel's driver holds the interface */
	bool busy;	 /* so does another program */
	bool paper_out;	 /* OUT is not answered */
	int out_limit;	 /* an OUT transfer ends after so many bytes; 0: all */
	int out_status;	 /* it ends with this, an errno */
	int in_status;	 /* so does IN, once */
	bool in_empty;	 /* IN ends with no bytes, always */
	bool in_babbles; /* IN ends with garbage, always */
	bool naks;	 /* OUT is not answered, and the port says nothing of it */
	int port_status; /* GET_PORT_STATUS; 0: by the paper */
	bool port_stalls;
	/* After this OUT takes bytes again. */
	enum { MOCK_HELPS_NOTHING = 0, MOCK_HELPS_CLEAR, MOCK_HELPS_SOFT, MOCK_HELPS_RESET } helps;
	bool id_stalls;
	bool resets_old_way;  /* SOFT_RESET as in class 1.0 only */
	bool deaf;	      /* endpoint 0 does not answer */
	bool cancelled_late;  /* a cancel comes when the transfer is already done */
	bool keeps_cancelled; /* gives cancelled transfers back only when told */
	bool reenumerates;    /* a reset makes another device of it */
	unsigned long held;   /* this ioctl lasts until mock_let_go(); 0: none */
	/* Called with what OUT took, under the lock; may use mock_say(). */
	void (*hear)(void *user, struct mock_printer *printer, const uint8_t *bytes, size_t len);
	void *user;
	uint8_t device_id[512];
	int device_id_len;
	bool gone;
	int gone_status; /* of the transfers that were out */
};

/* What was done to it. */
struct mock_record {
	uint8_t taken[MOCK_MAX_TAKEN];
	size_t n_taken;
	int n_out, n_in, n_empty, n_detached, n_attached, n_claimed, n_released, n_configured,
		n_halts_cleared, n_alternates, n_resets;
	int n_cancelled, n_port_asked;
	uint8_t last_out; /* endpoint */
	char repairs[32]; /* in their order: h clear halt of OUT, i of IN, s soft reset, r reset */
	int last_configuration;
	unsigned n_device_reset; /* USBDEVFS_RESET */
	uint8_t setup[8];	 /* the last control request */
};

/* Two-way 7/1/2 with endpoints 01 and 82, configuration 1. */
extern const struct mock_model mock_two_way;

void mock_start(void);
void mock_stop(void);
struct mock_printer *mock_plug(const struct mock_model *model);
/* Pulls the plug: transfers come back, then udev tells. */
void mock_unplug(struct mock_printer *printer);
/* The kernel's part only: udev has not told yet. */
void mock_vanish(struct mock_printer *printer, int status);
void mock_send(struct mock_printer *printer, const void *bytes, size_t len);
/* The same from hear(). */
void mock_say(struct mock_printer *printer, const void *bytes, size_t len);
struct mock_behaviour *mock_lock(struct mock_printer *printer);
void mock_unlock(void);
bool mock_is_held(struct mock_printer *printer);
/* The ioctl that is held ends, and none is held any more. Returns whether there was one. */
bool mock_let_go(struct mock_printer *printer);
void mock_read(struct mock_printer *printer, struct mock_record *ret);
