/* A claimed USB device and the transfers that are out on it. libusb calls back in the middle of its
 * own event handling, where little is allowed; so the callbacks here only take notes, and usb.c
 * reads them when libusb has returned. A transfer is never freed while it flies. */
#include "drivers/transport/usb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { CLOSE_TURNS = 8 }; /* usbfs gives cancelled transfers back at once */

static void note_descriptor(int fd, short events, void *user)
{
	struct usb_session *session = user;

	(void)fd;
	(void)events;
	session->fds_changed = true;
}

static void note_no_descriptor(int fd, void *user)
{
	note_descriptor(fd, 0, user);
}

static int LIBUSB_CALL note_left(libusb_context *context, libusb_device *device,
				 libusb_hotplug_event event, void *user)
{
	struct usb_session *session = user;

	(void)context;
	(void)event;
	if (session->handle && libusb_get_device(session->handle) == device)
		session->gone = true;
	return 0;
}

static void LIBUSB_CALL note_end(struct libusb_transfer *transfer)
{
	struct usb_slot *slot = transfer->user_data;

	slot->flying = false;
	slot->ended = true;
	slot->status = usb_map_status(transfer->status);
}

/* A kernel driver (usblp) must be off before the configuration is set, and before the claim. */
static int set_aside(struct usb_session *session, bool *ret_detached)
{
	int r;

	r = libusb_kernel_driver_active(session->handle, session->at.number);
	if (r != 1)
		return 0; /* none, or a system that cannot tell: the claim will say */
	r = libusb_detach_kernel_driver(session->handle, session->at.number);
	if (r < 0 && r != LIBUSB_ERROR_NOT_FOUND)
		return usb_map_error(r);
	*ret_detached = true;
	return 0;
}

static int set_configuration(struct usb_session *session)
{
	int current, r;

	r = libusb_get_configuration(session->handle, &current);
	if (r < 0)
		return usb_map_error(r);
	/* Even the same one again would reset the device's state. */
	if (current == session->at.configuration)
		return 0;
	return usb_map_error(libusb_set_configuration(session->handle, session->at.configuration));
}

static int claim(struct usb_session *session)
{
	int r;

	r = set_aside(session, &session->detached);
	if (r < 0)
		return r;
	r = set_configuration(session);
	if (r < 0)
		return r;
	/* A new configuration has its drivers bound anew. */
	r = set_aside(session, &session->detached);
	if (r < 0)
		return r;
	r = libusb_claim_interface(session->handle, session->at.number);
	if (r < 0)
		return usb_map_error(r);
	session->claimed = true;
	if (!session->at.has_alternates)
		return 0;
	return usb_map_error(libusb_set_interface_alt_setting(session->handle, session->at.number,
							      session->at.alternate));
}

static int make_transfers(struct usb_session *s)
{
	struct libusb_transfer *t;
	struct usb_slot *slots[] = {&s->out, &s->in, &s->control};
	size_t i;

	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		t = libusb_alloc_transfer(0);
		if (!t)
			return -ENOMEM;
		slots[i]->transfer = t;
	}
	/* No timeouts on bulk: libusb would cut a transfer in the middle, and nobody could say how
	 * much the printer took. */
	libusb_fill_bulk_transfer(s->out.transfer, s->handle, s->at.out, s->out_bytes, 0, note_end,
				  &s->out, 0);
	libusb_fill_bulk_transfer(s->in.transfer, s->handle, s->at.in, s->in_bytes,
				  sizeof(s->in_bytes), note_end, &s->in, 0);
	return 0;
}

static int open_device(struct usb_session *session, const struct usb_address *address, char *why,
		       size_t why_size)
{
	char ports[USB_PORTS_SIZE];
	libusb_device *device;
	int r;

	r = usb_find_device(session->context, address, &device, ports, sizeof(ports));
	if (r == -ENOTUNIQ)
		return transport_refuse(why, why_size, r,
					"This address fits several devices; it is one of %s.",
					ports);
	if (r < 0)
		return transport_refuse(why, why_size, r, "No such device is plugged in.");
	r = usb_pick_interface(device, &session->at);
	if (r < 0) {
		(void)transport_refuse(why, why_size, r, "%s.",
				       r == -ENXIO ? "The device calls itself a printer and has no "
						     "endpoint that takes bytes"
						   : "The device has no interface that takes print "
						     "bytes");
		goto out;
	}
	r = usb_map_error(libusb_open(device, &session->handle));
	if (r < 0)
		(void)transport_refuse(why, why_size, r, "The device cannot be opened: %s.",
				       r == -EACCES ? "this user has no right to it (udev rule)"
						    : strerror(-r));
out:
	libusb_unref_device(device);
	return r;
}

int usb_session_open(struct usb_session **ret, const struct usb_address *address, char *why,
		     size_t why_size)
{
	struct usb_session *session;
	int r;

	session = calloc(1, sizeof(*session));
	if (!session)
		return transport_refuse(why, why_size, -ENOMEM, "Out of memory.");
	r = usb_map_error(libusb_init(&session->context));
	if (r < 0) {
		free(session);
		return transport_refuse(why, why_size, r, "USB is not available: %s.",
					strerror(-r));
	}
	r = open_device(session, address, why, why_size);
	if (r < 0)
		goto err_session;
	r = claim(session);
	if (r == 0)
		r = make_transfers(session);
	if (r < 0) {
		(void)transport_refuse(why, why_size, r, "The interface cannot be taken: %s.",
				       r == -EBUSY ? "another program has it" : strerror(-r));
		goto err_session;
	}
	/* An idle one-way printer has no transfer out that could fail when it is pulled. */
	session->watching =
		libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) &&
		libusb_hotplug_register_callback(session->context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
						 0, LIBUSB_HOTPLUG_MATCH_ANY,
						 LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
						 note_left, session,
						 &session->watch) == LIBUSB_SUCCESS;
	libusb_set_pollfd_notifiers(session->context, note_descriptor, note_no_descriptor, session);
	*ret = session;
	return 0;

err_session:
	usb_session_return(session);
	return r;
}

void usb_session_post(struct usb_slot *slot)
{
	int r;

	slot->flying = true;
	slot->ended = false;
	r = libusb_submit_transfer(slot->transfer);
	if (r == 0)
		return;
	slot->flying = false;
	slot->ended = true;
	slot->status = usb_map_error(r);
}

void usb_session_run(struct usb_session *session)
{
	struct timeval zero = {0, 0};

	/* Its failures are those of a transfer too, and are seen there. */
	(void)libusb_handle_events_timeout_completed(session->context, &zero, NULL);
}

static bool is_flying(const struct usb_session *s)
{
	return s->out.flying || s->in.flying || s->control.flying;
}

static void cancel_all(struct usb_session *s)
{
	struct usb_slot *slots[] = {&s->out, &s->in, &s->control};
	size_t i;

	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		if (slots[i]->flying)
			(void)libusb_cancel_transfer(slots[i]->transfer);
	}
}

int usb_session_settle(struct usb_session *s)
{
	int i;

	cancel_all(s);
	for (i = 0; i < CLOSE_TURNS && is_flying(s); i++)
		usb_session_run(s);
	return is_flying(s) ? -EBUSY : 0;
}

int usb_session_clear_halts(struct usb_session *s, bool in_too)
{
	int r;

	r = usb_map_error(libusb_clear_halt(s->handle, s->at.out));
	if (r < 0 || !in_too || !s->at.in)
		return r;
	return usb_map_error(libusb_clear_halt(s->handle, s->at.in));
}

int usb_session_reset(struct usb_session *s)
{
	int r = libusb_reset_device(s->handle);

	return r == LIBUSB_ERROR_NOT_FOUND ? -ENODEV : usb_map_error(r);
}

void usb_session_return(struct usb_session *s)
{
	libusb_free_transfer(s->out.transfer);
	libusb_free_transfer(s->in.transfer);
	libusb_free_transfer(s->control.transfer);
	if (s->watching)
		libusb_hotplug_deregister_callback(s->context, s->watch);
	if (s->claimed)
		(void)libusb_release_interface(s->handle, s->at.number);
	if (s->detached)
		(void)libusb_attach_kernel_driver(s->handle, s->at.number);
	libusb_set_pollfd_notifiers(s->context, NULL, NULL, NULL);
	if (s->handle)
		libusb_close(s->handle);
	libusb_exit(s->context);
	free(s);
}

size_t usb_context_fds(libusb_context *context, struct pollfd *ret, size_t max, size_t n)
{
	const struct libusb_pollfd **list = libusb_get_pollfds(context);
	size_t i;

	if (!list)
		return n;
	for (i = 0; list[i]; i++, n++) {
		if (n < max)
			ret[n] = (struct pollfd){.fd = list[i]->fd, .events = list[i]->events};
	}
	libusb_free_pollfds(list);
	return n;
}

int64_t usb_context_deadline(libusb_context *context, int64_t now_us)
{
	struct timeval next;

	if (libusb_get_next_timeout(context, &next) != 1)
		return TRANSPORT_NO_DEADLINE;
	return now_us + (int64_t)next.tv_sec * 1000000 + next.tv_usec;
}
