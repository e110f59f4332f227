/* usb:VENDOR:PRODUCT[/serial=...] and usb:port=BUS-PORT...: opening and closing. Whatever libusb
 * can only do by waiting is done on a thread (usb_work.c), one thing at a time: open; clear halts
 * and reset, when a driver asks; give the interface back. A session that was closed goes back in
 * two steps, first its transfers, then its interface, and a new opening waits for that. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/transport/usb_transport.h"

enum {
	OPENING_US = 15 * 1000 * 1000, /* more than the kernel's own limits add up to, mostly */
	CLOSING_US = 10 * 1000,
	DESTROY_TURNS = 100,
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
	if (r < 0)
		goto err;
	r = usb_work_init(&usb->work);
	if (r < 0) {
		(void)transport_refuse(ret_error, error_size, r, "usb: no descriptor is left: %s.",
				       strerror(-r));
		goto err;
	}
	usb->base = (struct transport){&transport_usb_ops, host, user, ""};
	usb->told_deadline_us = TRANSPORT_NO_DEADLINE;
	*ret = &usb->base;
	return 0;

err:
	free(usb);
	return r;
}

/* ---- what the thread does ------------------------------------------------------------------- */

static void run_task(void *user)
{
	struct usb_task *task = user;

	switch (task->kind) {
	case USB_TASK_OPEN:
		task->status = usb_session_open(&task->session, &task->address, task->why,
						sizeof(task->why));
		return;
	case USB_TASK_CLEAR_HALT:
		task->status = usb_session_clear_halts(task->session, task->in_too);
		return;
	case USB_TASK_DEVICE_RESET: task->status = usb_session_reset(task->session); return;
	case USB_TASK_RETURN:
		usb_session_return(task->session);
		task->session = NULL;
		task->status = 0;
		return;
	}
}

void usb_start_task(struct usb *usb, enum usb_task_kind kind, struct usb_session *session)
{
	usb->task = (struct usb_task){
		.kind = kind,
		.address = usb->address,
		.session = session,
		.in_too = usb->in_too,
	};
	usb->fds_changed = true;
	usb_work_start(&usb->work, run_task, &usb->task);
}

static void put_closing(struct usb *usb, struct usb_session *session)
{
	session->next = usb->closing;
	usb->closing = session;
}

static void task_ended(struct usb *usb)
{
	struct usb_task *task = &usb->task;

	usb->fds_changed = true;
	if (task->kind == USB_TASK_RETURN)
		return;
	if (task->unwanted) {
		if (task->session)
			put_closing(usb, task->session);
	} else if (task->kind == USB_TASK_OPEN) {
		usb->session = task->session;
		usb->opening_known = true;
		usb->opening_status = task->status;
		memcpy(usb->base.why, task->why, sizeof(task->why));
	} else {
		usb->lent = false;
		usb_task_answered(usb);
	}
}

/* Transfers first: the kernel gives them back soon after they were cancelled, not at once. */
static void run_closing(struct usb *usb)
{
	struct usb_session **link = &usb->closing, *session;

	while (*link) {
		session = *link;
		if (usb_session_settle(session) == 0 && !usb->work.running) {
			*link = session->next;
			usb_start_task(usb, USB_TASK_RETURN, session);
		} else {
			link = &session->next;
		}
	}
}

/* ---- open and close ------------------------------------------------------------------------- */

static int usb_open(struct transport *transport, int64_t now_us)
{
	struct usb *usb = to_usb(transport);

	if (usb->state != USB_CLOSED)
		return -EALREADY;
	transport->why[0] = '\0';
	usb->in_again_us = TRANSPORT_NO_DEADLINE;
	usb->state = USB_OPENING;
	usb->opening_known = false;
	usb->opening_deadline_us = now_us + OPENING_US;
	run_closing(usb);
	if (!usb->work.running && !usb->closing)
		usb_start_task(usb, USB_TASK_OPEN, NULL);
	usb_tell_changes(usb, now_us);
	return 0;
}

static void end_session(struct usb *usb)
{
	struct usb_session *session = usb->session;

	if (usb->work.running && (usb->lent || usb->task.kind == USB_TASK_OPEN))
		usb->task.unwanted = true;
	usb->session = NULL;
	usb->fds_changed = true;
	usb->busy = false;
	usb->cancelled = false;
	usb->asking = false;
	usb->in_stalled = false;
	usb->quieting = false;
	usb->in_again_us = TRANSPORT_NO_DEADLINE;
	if (session && !usb->lent)
		put_closing(usb, session);
	usb->lent = false;
	run_closing(usb);
}

static void usb_close(struct transport *transport)
{
	struct usb *usb = to_usb(transport);

	end_session(usb);
	usb->state = USB_CLOSED;
	usb->life++;
}

/* The one place that waits: what was taken from the kernel's driver is given back before the
 * program ends. A transfer that the kernel does not give back may not be freed: better to lose its
 * memory.
 */
static void usb_destroy(struct transport *transport)
{
	struct usb *usb = to_usb(transport);
	int i;

	usb_work_wait(&usb->work);
	if (usb->task.unwanted && usb->task.session)
		put_closing(usb, usb->task.session);
	for (i = 0; i < DESTROY_TURNS && usb->closing; i++) {
		run_closing(usb);
		usb_work_wait(&usb->work);
	}
	usb_work_finish(&usb->work);
	free(usb);
}

bool usb_is_still(const struct usb *usb, unsigned life)
{
	return usb->life == life && usb->state == USB_OPEN;
}

void usb_leave(struct usb *usb, int reason)
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

static void opening_ended(struct usb *usb, int status)
{
	usb->opening_known = false;
	if (status == 0 && usb->session->at.in)
		usb_session_post(&usb->session->in);
	usb->state = status < 0 ? USB_CLOSED : USB_OPEN;
	transport_tell_opened(&usb->base, status);
}

static void process_opening(struct usb *usb, int64_t now_us)
{
	if (usb->opening_known) {
		opening_ended(usb, usb->opening_status);
	} else if (now_us >= usb->opening_deadline_us) {
		end_session(usb);
		(void)transport_blame(&usb->base, -ETIMEDOUT,
				      "The kernel still waits for the device.");
		opening_ended(usb, -ETIMEDOUT);
	} else if (!usb->work.running && !usb->closing) {
		usb_start_task(usb, USB_TASK_OPEN, NULL);
	}
}

/* ---- the loop ------------------------------------------------------------------------------- */

static size_t usb_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	const struct usb *usb = (const struct usb *)transport;
	const struct usb_session *session;
	size_t n = 0;

	if (usb->work.running) {
		if (max > 0)
			ret[0] = (struct pollfd){.fd = usb->work.fd, .events = POLLIN};
		n = 1;
	}
	if (usb->session && !usb->lent)
		n = usb_context_fds(usb->session->context, ret, max, n);
	for (session = usb->closing; session; session = session->next)
		n = usb_context_fds(session->context, ret, max, n);
	return n < max ? n : max;
}

static int64_t usb_deadline(const struct transport *transport)
{
	const struct usb *usb = (const struct usb *)transport;
	int64_t deadline = usb->closing ? usb->libusb_deadline_us : TRANSPORT_NO_DEADLINE;

	if (usb->state == USB_OPENING) {
		if (usb->opening_known || (!usb->work.running && !usb->closing))
			return TRANSPORT_DUE;
		return usb->opening_deadline_us < deadline ? usb->opening_deadline_us : deadline;
	}
	if (usb->state != USB_OPEN || usb->lent)
		return deadline;
	if (usb->session->out.ended || usb->session->in.ended || usb->session->control.ended)
		return TRANSPORT_DUE;
	if (usb->in_again_us < usb->libusb_deadline_us)
		return usb->in_again_us;
	return usb->libusb_deadline_us;
}

void usb_tell_changes(struct usb *usb, int64_t now_us)
{
	int64_t deadline;
	bool changed = usb->fds_changed;

	usb->fds_changed = false;
	usb->libusb_deadline_us = TRANSPORT_NO_DEADLINE;
	if (usb->session && !usb->lent) {
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

static void usb_process(struct transport *transport, int64_t now_us)
{
	struct usb *usb = to_usb(transport);

	if (usb_work_ended(&usb->work))
		task_ended(usb);
	run_closing(usb);
	if (usb->state == USB_OPENING)
		process_opening(usb, now_us);
	else if (usb->state == USB_OPEN && !usb->lent)
		usb_flow(usb, now_us);
	usb_tell_changes(usb, now_us);
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
