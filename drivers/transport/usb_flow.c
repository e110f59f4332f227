/* usb: an open device. One IN transfer stays posted for status bytes; one OUT transfer at a time
 * carries a submit and waits as long as the printer likes. libusb reports a pulled plug as IO,
 * ERROR or NO_DEVICE, differently from run to run: all of them end the session here. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "drivers/transport/usb_transport.h"

enum {
	CONTROL_MS = 1000,
	IN_PAUSE_US = 20 * 1000, /* after an empty answer; some printers send them endlessly */
	IN_BURST = 64,		 /* answers in a second, then a pause after each: it babbles */
	IN_BURST_US = 1000 * 1000,
};

/* USB printer class 1.1, section 4.2; 0x23 is how version 1.0 had it. */
enum {
	REQUEST_GET_DEVICE_ID = 0,
	REQUEST_GET_PORT_STATUS = 1,
	REQUEST_SOFT_RESET = 2,
	TYPE_CLASS_IN = 0xa1,
	TYPE_CLASS_OUT = 0x21,
	TYPE_CLASS_OUT_OLD = 0x23,
	TYPE_ENDPOINT_IN = 0x82,
};

static struct usb *to_usb(struct transport *transport)
{
	return (struct usb *)transport;
}

static void post_out(struct usb *usb)
{
	struct libusb_transfer *transfer = usb->session->out.transfer;

	assert(usb->sent < usb->len); /* an empty transfer wedges some printers */
	transfer->buffer = usb->session->out_bytes + usb->sent;
	transfer->length = (int)(usb->len - usb->sent);
	usb_session_post(&usb->session->out);
}

int usb_submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct usb *usb = to_usb(transport);

	if (usb->state != USB_OPEN)
		return -ENOTCONN;
	if (len < 1 || len > TRANSPORT_MAX_SUBMIT)
		return -EINVAL;
	if (usb->busy || usb->lent)
		return -EBUSY;
	memcpy(usb->session->out_bytes, bytes, len);
	usb->busy = true;
	usb->len = len;
	usb->sent = 0;
	post_out(usb);
	usb_tell_changes(usb, now_us);
	return 0;
}

void usb_cancel(struct transport *transport)
{
	struct usb *usb = to_usb(transport);

	if (usb->state != USB_OPEN || !usb->busy || usb->cancelled)
		return;
	usb->cancelled = true;
	if (usb->session->out.flying)
		(void)libusb_cancel_transfer(usb->session->out.transfer);
}

int usb_drain(struct transport *transport)
{
	struct usb *usb = to_usb(transport);

	if (usb->state != USB_OPEN)
		return -ENOTCONN;
	return usb->busy ? -EINPROGRESS : 0;
}

static void post_control(struct usb *usb, uint8_t type, uint8_t request, uint16_t value,
			 uint16_t index, uint16_t length)
{
	struct usb_session *s = usb->session;
	libusb_transfer_cb_fn note_end = s->out.transfer->callback;

	libusb_fill_control_setup(s->control_bytes, type, request, value, index, length);
	libusb_fill_control_transfer(s->control.transfer, s->handle, s->control_bytes, note_end,
				     &s->control, CONTROL_MS);
	usb_session_post(&s->control);
}

/* What ends or restarts the pipes: not under a submit, whose bytes it would tear apart. */
static bool is_repair(enum transport_control what)
{
	return what == TRANSPORT_SOFT_RESET || what == TRANSPORT_CLEAR_HALT ||
	       what == TRANSPORT_DEVICE_RESET;
}

/* The session is the thread's from here on, until usb_task_answered(). */
static void lend(struct usb *usb, enum usb_task_kind kind)
{
	usb->lent = true;
	usb_start_task(usb, kind, usb->session);
}

int usb_control(struct transport *transport, enum transport_control what, int64_t now_us)
{
	struct usb *usb = to_usb(transport);
	const struct usb_interface *at;

	if (usb->state != USB_OPEN)
		return -ENOTCONN;
	if (usb->asking || (usb->busy && is_repair(what)))
		return -EBUSY;
	at = &usb->session->at;
	usb->question = what;
	switch (what) {
	case TRANSPORT_PORT_STATUS:
		post_control(usb, TYPE_CLASS_IN, REQUEST_GET_PORT_STATUS, 0, at->number, 1);
		break;
	case TRANSPORT_DEVICE_ID:
		post_control(usb, TYPE_CLASS_IN, REQUEST_GET_DEVICE_ID, at->configuration_index,
			     (uint16_t)(at->number << 8 | at->alternate), USB_CONTROL_SIZE);
		break;
	case TRANSPORT_SOFT_RESET:
		post_control(usb, TYPE_CLASS_OUT, REQUEST_SOFT_RESET, 0, at->number, 0);
		break;
	case TRANSPORT_CLEAR_HALT:
		/* One that answers no more on endpoint 0 is found out in a second here, and would
		 * keep the thread for five. */
		post_control(usb, TYPE_ENDPOINT_IN, LIBUSB_REQUEST_GET_STATUS, 0, at->out, 2);
		break;
	case TRANSPORT_DEVICE_RESET: lend(usb, USB_TASK_DEVICE_RESET); break;
	default: return -EOPNOTSUPP;
	}
	usb->asking = true;
	usb_tell_changes(usb, now_us);
	return 0;
}

static bool is_unplug(int status)
{
	return status == -ENODEV || status == -EIO;
}

static void out_ended(struct usb *usb)
{
	struct usb_slot *out = &usb->session->out;
	size_t taken = (size_t)out->transfer->actual_length;
	unsigned life = usb->life;
	int status = out->status;

	out->ended = false;
	if (is_unplug(status)) {
		usb_leave(usb, status);
		return;
	}
	if (usb->cancelled)
		status = -ECANCELED;
	if (status == 0 && taken == 0)
		status = -EIO; /* never again and again without an end */
	if (status == 0) {
		usb->sent += taken;
		transport_tell_progress(&usb->base, taken);
		if (!usb_is_still(usb, life))
			return;
		if (usb->cancelled)
			status = -ECANCELED;
		else if (usb->sent < usb->len) {
			post_out(usb);
			return;
		}
	}
	if (status < 0)
		(void)transport_blame(&usb->base, status, "The device stopped taking bytes: %s.",
				      strerror(-status));
	usb->busy = false;
	usb->cancelled = false;
	transport_tell_done(&usb->base, status);
}

static bool babbles(struct usb *usb, int64_t now_us)
{
	if (now_us - usb->burst_us >= IN_BURST_US) {
		usb->burst_us = now_us;
		usb->burst = 0;
	}
	return ++usb->burst > IN_BURST;
}

static void in_ended(struct usb *usb, int64_t now_us)
{
	struct usb_slot *in = &usb->session->in;
	size_t len = (size_t)in->transfer->actual_length;
	unsigned life = usb->life;
	int status = in->status;

	in->ended = false;
	if (is_unplug(status)) {
		usb_leave(usb, status);
		return;
	}
	if (status == -EPIPE)
		usb->in_stalled = true; /* until CLEAR_HALT */
	else if (status < 0 || len == 0 || babbles(usb, now_us))
		usb->in_again_us = now_us + IN_PAUSE_US;
	if (len > 0)
		transport_tell_received(&usb->base, usb->session->in_bytes, len);
	if (usb_is_still(usb, life) && !usb->in_stalled &&
	    usb->in_again_us == TRANSPORT_NO_DEADLINE)
		usb_session_post(&usb->session->in);
}

static void answer(struct usb *usb, int status, const uint8_t *bytes, size_t len)
{
	usb->asking = false;
	if (status == -ENODEV && usb->session)
		usb->session->gone = true;
	transport_tell_controlled(&usb->base, usb->question, status, len > 0 ? bytes : NULL, len);
}

/* The halts of both pipes, or what is left of them after SOFT_RESET: it puts the device's pipes to
 * their beginnings, and a host that still counted on would have its next packet taken for one sent
 * twice and dropped. No transfer may be out on a pipe meanwhile. */
static void start_clearing(struct usb *usb)
{
	bool in_too = usb->in_stalled || usb->question == TRANSPORT_SOFT_RESET;
	struct usb_slot *in = &usb->session->in;

	usb->quieting = false;
	if (usb->busy) {
		answer(usb, -EBUSY, NULL, 0);
		return;
	}
	if (in->ended || (in_too && in->flying)) {
		usb->quieting = true;
		if (in->flying)
			(void)libusb_cancel_transfer(in->transfer);
		return;
	}
	usb->in_too = in_too;
	lend(usb, USB_TASK_CLEAR_HALT);
}

void usb_task_answered(struct usb *usb)
{
	int status = usb->task.status;

	/* A reset ends an IN that was out, which then is posted again after its pause. */
	if (status == 0 && usb->in_stalled) {
		usb->in_stalled = false;
		usb_session_post(&usb->session->in);
	}
	answer(usb, status, NULL, 0);
}

static void control_ended(struct usb *usb)
{
	struct usb_slot *control = &usb->session->control;
	const uint8_t *bytes = libusb_control_transfer_get_data(control->transfer);
	size_t len = (size_t)control->transfer->actual_length;
	int status = control->status;

	control->ended = false;
	if (usb->question == TRANSPORT_SOFT_RESET && status == -EPIPE &&
	    usb->session->control_bytes[0] == TYPE_CLASS_OUT) {
		post_control(usb, TYPE_CLASS_OUT_OLD, REQUEST_SOFT_RESET, 0,
			     usb->session->at.number, 0);
		return;
	}
	/* A stalled GET_STATUS is an answer too. */
	if (usb->question == TRANSPORT_CLEAR_HALT && status == -EPIPE)
		status = 0;
	if (is_repair(usb->question) && status == 0) {
		start_clearing(usb);
		return;
	}
	if (status == 0 && usb->question == TRANSPORT_DEVICE_ID) {
		len = usb_find_device_id(bytes, len, &bytes);
		if (len == 0)
			status = -EPROTO;
	}
	if (status == 0 && usb->question == TRANSPORT_PORT_STATUS && len < 1)
		status = -EPROTO;
	answer(usb, status, bytes, status < 0 ? 0 : len);
}

void usb_flow(struct usb *usb, int64_t now_us)
{
	unsigned life = usb->life;

	usb_session_run(usb->session);
	if (usb->session->control.ended)
		control_ended(usb);
	if (usb_is_still(usb, life) && !usb->lent && usb->session->out.ended)
		out_ended(usb);
	if (usb_is_still(usb, life) && !usb->lent && usb->session->in.ended)
		in_ended(usb, now_us);
	if (!usb_is_still(usb, life) || usb->lent)
		return;
	if (usb->session->gone) {
		usb_leave(usb, -ENODEV);
	} else if (usb->quieting) {
		start_clearing(usb);
	} else if (now_us >= usb->in_again_us) {
		usb->in_again_us = TRANSPORT_NO_DEADLINE;
		usb_session_post(&usb->session->in);
	}
}
