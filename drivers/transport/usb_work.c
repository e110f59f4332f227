/* One call at a time that may last, made on a thread of its own. What libusb has only as a call
 * that waits (open, set_configuration, claim, clear_halt, reset, giving the interface back to its
 * kernel driver) waits in the kernel for the device's lock and then for the device: each control
 * request that the kernel itself makes there ends after 5 s (USB_CTRL_SET_TIMEOUT), a port reset
 * after a few tries of half a second each. That bounds the thread, and the loop never waits for it
 * but at destroy. The thread says that it has ended by an eventfd, which the loop polls. */
#include "drivers/transport/usb.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

int usb_work_init(struct usb_work *work)
{
	*work = (struct usb_work){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
	return work->fd < 0 ? -errno : 0;
}

static void *run(void *user)
{
	struct usb_work *work = user;

	work->run(work->user);
	(void)eventfd_write(work->fd, 1);
	return NULL;
}

void usb_work_start(struct usb_work *work, void (*fn)(void *user), void *user)
{
	sigset_t all, before;

	work->running = true;
	work->run = fn;
	work->user = user;
	/* Signals are for the loop's thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	work->threaded = pthread_create(&work->thread, NULL, run, work) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	/* No thread to be had: better late than never. */
	if (!work->threaded)
		(void)run(work);
}

static void join(struct usb_work *work)
{
	if (work->threaded)
		(void)pthread_join(work->thread, NULL);
	work->running = false;
}

bool usb_work_ended(struct usb_work *work)
{
	eventfd_t count;

	if (!work->running || eventfd_read(work->fd, &count) < 0)
		return false;
	join(work); /* nothing is left to it but to return */
	return true;
}

void usb_work_wait(struct usb_work *work)
{
	eventfd_t count;

	if (!work->running)
		return;
	join(work);
	(void)eventfd_read(work->fd, &count);
}

void usb_work_finish(struct usb_work *work)
{
	usb_work_wait(work);
	if (work->fd >= 0)
		close(work->fd);
	work->fd = -1;
}
