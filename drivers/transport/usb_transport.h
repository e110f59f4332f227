/* The transport "usb" itself, in two files: usb.c opens, closes and lives with what takes its time;
 * usb_flow.c moves bytes and asks questions while the device is open. */
#pragma once

#include "drivers/transport/usb.h"

enum usb_state { USB_CLOSED, USB_OPENING, USB_OPEN, USB_LEAVING };

/* What is done on the thread. While it is, the session is the thread's: nobody here touches it. */
enum usb_task_kind { USB_TASK_OPEN, USB_TASK_CLEAR_HALT, USB_TASK_DEVICE_RESET, USB_TASK_RETURN };

struct usb_task {
	enum usb_task_kind kind;
	struct usb_address address;
	struct usb_session *session;
	bool in_too;
	bool unwanted; /* the transport was closed meanwhile: what comes of it goes back */
	int status;
	char why[TRANSPORT_WHY_SIZE];
};

struct usb {
	struct transport base;
	struct usb_address address;
	enum usb_state state;
	bool opening_known; /* it ended, the host was not told yet */
	int opening_status;
	int64_t opening_deadline_us;
	struct usb_session *session;
	bool lent;		     /* the session is the thread's now */
	struct usb_session *closing; /* closed, on their way back */
	struct usb_work work;
	struct usb_task task;
	unsigned life; /* raised by each close */
	bool fds_changed;

	bool busy, cancelled;
	size_t len, sent;

	bool in_stalled;
	bool quieting; /* IN is cancelled, to clear its halt */
	bool in_too;   /* it is cleared with OUT */
	int64_t in_again_us;
	int64_t burst_us; /* since when burst is counted */
	unsigned burst;

	bool asking; /* a control is out */
	enum transport_control question;

	int64_t libusb_deadline_us, told_deadline_us;
};

/* usb.c */
void usb_start_task(struct usb *usb, enum usb_task_kind kind, struct usb_session *session);
/* Gone: everything that was out has its end, then left(). */
void usb_leave(struct usb *usb, int reason);
bool usb_is_still(const struct usb *usb, unsigned life);
/* Last in every call that may have changed what is waited for. */
void usb_tell_changes(struct usb *usb, int64_t now_us);

/* usb_flow.c, as in struct transport_ops */
int usb_submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us);
void usb_cancel(struct transport *transport);
int usb_drain(struct transport *transport);
int usb_control(struct transport *transport, enum transport_control what, int64_t now_us);
/* The thread has ended the question. */
void usb_task_answered(struct usb *usb);
void usb_flow(struct usb *usb, int64_t now_us);
