/* usb:VENDOR:PRODUCT[/serial=...] and usb:port=BUS-PORT..., asynchronous and without a thread. One
 * IN transfer stays posted for status bytes; one OUT transfer at a time carries a submit and waits
 * as long as the printer likes. libusb reports a pulled plug as IO, ERROR or NO_DEVICE, differently
 * from run to run: all of them end the session here. */
#include "drivers/transport/usb.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONTROL_MS = 1000,
	IN_PAUSE_US = 20 * 1000, /* after an empty answer; some printers send them endlessly */
	CLOSING_US = 10 * 1000,
	DESTROY_TURNS = 100,
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

enum usb_state { USB_CLOSED, USB_OPENING, USB_OPEN, USB_LEAVING };

struct usb {
	struct transport base;
	struct usb_address address;
	enum usb_state state;
	int opening_status;
	struct usb_session *session;
	struct usb_session *closing; /* closed, with transfers still out */
	unsigned life;		     /* raised by each close */
	bool fds_changed;

	bool busy, cancelled;
	size_t len, sent;

	bool in_stalled;
	int64_t in_again_us;

	bool asking; /* a control is out */
	enum transport_control question;

	int64_t libusb_deadline_us, told_deadline_us;
};

static struct usb *to_usb(struct transport *transport)
{
	return (struct usb *)transport;
}

static int usb_create(struct transport **ret, const char *url, const struct transport_host *host,
		      void *user, char *ret_error, size_t error_size)
{
	struct usb *usb;
	int r;

	usb = calloc(1, sizeof(*usb));
	if (!usb)
		return transport_refuse(ret_error, error_size, -ENOMEM, "usb: out of memory.");
	r = usb_parse_address(&usb->address, url, ret_error, error_size);
	if (r < 0) {
		free(usb);
		return r;
	}
	usb->base = (struct transport){&transport_usb_ops, host, user, ""};
	usb->told_deadline_us = TRANSPORT_NO_DEADLINE;
	*ret = &usb->base;
	return 0;
}

static int64_t usb_deadline(const struct transport *transport)
{
	const struct usb *usb = (const struct usb *)transport;
	int64_t deadline = usb->closing ? usb->libusb_deadline_us : TRANSPORT_NO_DEADLINE;

	if (usb->state == USB_OPENING)
		return TRANSPORT_DUE;
	if (usb->state != USB_OPEN)
		return deadline;
	if (usb->session->out.ended || usb->session->in.ended || usb->session->control.ended)
		return TRANSPORT_DUE;
	if (usb->in_again_us < usb->libusb_deadline_us)
		return usb->in_again_us;
	return usb->libusb_deadline_us;
}

static void tell_changes(struct usb *usb, int64_t now_us)
{
	int64_t deadline;
	bool changed = usb->fds_changed;

	usb->fds_changed = false;
	usb->libusb_deadline_us = TRANSPORT_NO_DEADLINE;
	if (usb->session) {
		usb->libusb_deadline_us = usb_context_deadline(usb->session->context, now_us);
		changed |= usb->session->fds_changed;
		usb->session->fds_changed = false;
	}
	if (usb->closing && usb->libusb_deadline_us > now_us + CLOSING_US)
		usb->libusb_deadline_us = now_us + CLOSING_US;
	deadline = usb_deadline(&usb->base);
	if (!changed && deadline == usb->told_deadline_us)
		return;
	usb->told_deadline_us = deadline;
	transport_tell_changed(&usb->base);
}

static void end_session(struct usb *usb)
{
	struct usb_session *session = usb->session;

	usb->session = NULL;
	usb->fds_changed = true;
	usb->busy = false;
	usb->cancelled = false;
	usb->asking = false;
	usb->in_stalled = false;
	usb->in_again_us = TRANSPORT_NO_DEADLINE;
	if (!session || usb_session_close(session) == 0)
		return;
	session->next = usb->closing;
	usb->closing = session;
}

static void usb_close(struct transport *transport)
{
	struct usb *usb = to_usb(transport);

	end_session(usb);
	usb->state = USB_CLOSED;
	usb->life++;
}

static void run_closing(struct usb *usb)
{
	struct usb_session **link = &usb->closing, *session;

	while (*link) {
		session = *link;
		*link = session->next;
		if (usb_session_close(session) == 0)
			continue;
		*link = session;
		link = &session->next;
	}
}

/* A transfer that the kernel does not give back may not be freed: better to lose its memory. */
static void usb_destroy(struct transport *transport)
{
	struct usb *usb = to_usb(transport);
	int i;

	for (i = 0; i < DESTROY_TURNS && usb->closing; i++)
		run_closing(usb);
	free(usb);
}

static int usb_open(struct transport *transport, int64_t now_us)
{
	struct usb *usb = to_usb(transport);

	if (usb->state != USB_CLOSED)
		return -EALREADY;
	transport->why[0] = '\0';
	run_closing(usb);
	usb->opening_status = usb_session_open(&usb->session, &usb->address, transport->why,
					       sizeof(transport->why));
	usb->in_again_us = TRANSPORT_NO_DEADLINE;
	usb->state = USB_OPENING;
	usb->fds_changed = true;
	tell_changes(usb, now_us);
	return 0;
}

static void post_out(struct usb *usb)
{
	struct libusb_transfer *transfer = usb->session->out.transfer;

	assert(usb->sent < usb->len); /* an empty transfer wedges some printers */
	transfer->buffer = usb->session->out_bytes + usb->sent;
	transfer->length = (int)(usb->len - usb->sent);
	usb_session_post(&usb->session->out);
}

static int usb_submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct usb *usb = to_usb(transport);

	if (usb->state != USB_OPEN)
		return -ENOTCONN;
	if (len < 1 || len > TRANSPORT_MAX_SUBMIT)
		return -EINVAL;
	if (usb->busy)
		return -EBUSY;
	memcpy(usb->session->out_bytes, bytes, len);
	usb->busy = true;
	usb->len = len;
	usb->sent = 0;
	post_out(usb);
	tell_changes(usb, now_us);
	return 0;
}

static void usb_cancel(struct transport *transport)
{
	struct usb *usb = to_usb(transport);

	if (usb->state != USB_OPEN || !usb->busy || usb->cancelled)
		return;
	usb->cancelled = true;
	if (usb->session->out.flying)
		(void)libusb_cancel_transfer(usb->session->out.transfer);
}

static int usb_drain(struct transport *transport)
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

static int usb_control(struct transport *transport, enum transport_control what, int64_t now_us)
{
	struct usb *usb = to_usb(transport);
	const struct usb_interface *at;

	if (usb->state != USB_OPEN)
		return -ENOTCONN;
	if (usb->asking)
		return -EBUSY;
	at = &usb->session->at;
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
		if (usb->busy)
			return -EBUSY;
		/* Only the kernel can clear a halt on both sides, and its call waits for the
		 * device. So the device is asked first whether it still answers. */
		post_control(usb, TYPE_ENDPOINT_IN, LIBUSB_REQUEST_GET_STATUS, 0, at->out, 2);
		break;
	default: return -EOPNOTSUPP;
	}
	usb->asking = true;
	usb->question = what;
	tell_changes(usb, now_us);
	return 0;
}

static size_t usb_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	const struct usb *usb = (const struct usb *)transport;
	const struct usb_session *session;
	size_t n = 0;

	if (usb->session)
		n = usb_context_fds(usb->session->context, ret, max, n);
	for (session = usb->closing; session; session = session->next)
		n = usb_context_fds(session->context, ret, max, n);
	return n < max ? n : max;
}

static bool is_still(const struct usb *usb, unsigned life)
{
	return usb->life == life && usb->state == USB_OPEN;
}

static void leave(struct usb *usb, int reason)
{
	bool was_busy = usb->busy, was_asking = usb->asking;
	unsigned life = usb->life;

	(void)transport_blame(&usb->base, reason, "The device is gone (%s).", strerror(-reason));
	end_session(usb);
	usb->state = USB_LEAVING;
	if (was_asking)
		transport_tell_controlled(&usb->base, usb->question, -ENODEV, NULL, 0);
	if (was_busy && usb->life == life)
		transport_tell_done(&usb->base, -ENODEV);
	if (usb->life != life)
		return;
	usb->state = USB_CLOSED;
	transport_tell_left(&usb->base, reason);
}

static void process_opening(struct usb *usb)
{
	int status = usb->opening_status;

	if (status == 0 && usb->session->at.in)
		usb_session_post(&usb->session->in);
	usb->state = status < 0 ? USB_CLOSED : USB_OPEN;
	transport_tell_opened(&usb->base, status);
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
		leave(usb, status);
		return;
	}
	if (usb->cancelled)
		status = -ECANCELED;
	if (status == 0 && taken == 0)
		status = -EIO; /* never again and again without an end */
	if (status == 0) {
		usb->sent += taken;
		transport_tell_progress(&usb->base, taken);
		if (!is_still(usb, life))
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

static void in_ended(struct usb *usb, int64_t now_us)
{
	struct usb_slot *in = &usb->session->in;
	size_t len = (size_t)in->transfer->actual_length;
	unsigned life = usb->life;
	int status = in->status;

	in->ended = false;
	if (is_unplug(status)) {
		leave(usb, status);
		return;
	}
	if (status == -EPIPE)
		usb->in_stalled = true; /* until CLEAR_HALT */
	else if (status < 0 || len == 0)
		usb->in_again_us = now_us + IN_PAUSE_US;
	if (status == 0 && len > 0) {
		transport_tell_received(&usb->base, usb->session->in_bytes, len);
		if (is_still(usb, life))
			usb_session_post(&usb->session->in);
	}
}

static int clear_halts(struct usb *usb)
{
	struct usb_session *s = usb->session;
	int r;

	r = usb_map_error(libusb_clear_halt(s->handle, s->at.out));
	if (r < 0 || !usb->in_stalled)
		return r;
	r = usb_map_error(libusb_clear_halt(s->handle, s->at.in));
	if (r < 0)
		return r;
	usb->in_stalled = false;
	usb_session_post(&s->in);
	return 0;
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
	if (usb->question == TRANSPORT_CLEAR_HALT && (status == 0 || status == -EPIPE))
		status = usb->busy ? -EBUSY : clear_halts(usb);
	if (status == 0 && usb->question == TRANSPORT_DEVICE_ID) {
		len = usb_find_device_id(bytes, len, &bytes);
		if (len == 0)
			status = -EPROTO;
	}
	if (status == 0 && usb->question == TRANSPORT_PORT_STATUS && len < 1)
		status = -EPROTO;
	if (status < 0 || usb->question == TRANSPORT_SOFT_RESET ||
	    usb->question == TRANSPORT_CLEAR_HALT)
		len = 0;
	usb->asking = false;
	if (status == -ENODEV)
		usb->session->gone = true;
	transport_tell_controlled(&usb->base, usb->question, status, len > 0 ? bytes : NULL, len);
}

static void process_open(struct usb *usb, int64_t now_us)
{
	unsigned life = usb->life;

	usb_session_run(usb->session);
	if (usb->session->control.ended)
		control_ended(usb);
	if (is_still(usb, life) && usb->session->out.ended)
		out_ended(usb);
	if (is_still(usb, life) && usb->session->in.ended)
		in_ended(usb, now_us);
	if (!is_still(usb, life))
		return;
	if (usb->session->gone) {
		leave(usb, -ENODEV);
	} else if (now_us >= usb->in_again_us) {
		usb->in_again_us = TRANSPORT_NO_DEADLINE;
		usb_session_post(&usb->session->in);
	}
}

static void usb_process(struct transport *transport, int64_t now_us)
{
	struct usb *usb = to_usb(transport);

	run_closing(usb);
	if (usb->state == USB_OPENING)
		process_opening(usb);
	else if (usb->state == USB_OPEN)
		process_open(usb, now_us);
	tell_changes(usb, now_us);
}

const struct transport_ops transport_usb_ops = {
	.scheme = "usb",
	.create = usb_create,
	.destroy = usb_destroy,
	.open = usb_open,
	.close = usb_close,
	.submit = usb_submit,
	.cancel = usb_cancel,
	.drain = usb_drain,
	.control = usb_control,
	.fds = usb_fds,
	.deadline = usb_deadline,
	.process = usb_process,
};
