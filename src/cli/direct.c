/* One link, waited for with poll. */
#include "src/cli/direct.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	OPEN_US = 12 * 1000 * 1000, /* the transports' own limits come before it */
	CONTROL_US = 1500 * 1000,
	IDENTIFY_US = 60 * 1000 * 1000,
	LIST_US = 5 * 1000 * 1000,
	LIST_TURN_MS = 100,
	VENDOR_EPSON = 0x04b8,
};

struct direct {
	struct transport *transport;
	bool opened, left, sending;
	int status; /* of the opening, of the leaving */
	bool controlled;
	char *device_id;

	struct escpos_identify *identify; /* while it is asked */

	/* while it prints */
	const struct driver *driver;
	struct device *device;
	struct direct_outcome *outcome;
	void (*told)(void *user, enum device_health health, const char *detail);
	void *told_user;
	bool reopen;
};

static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the link ------------------------------------------------------------------------------- */

static void on_opened(void *user, int status)
{
	struct direct *direct = user;

	direct->opened = true;
	direct->status = status;
}

static void on_progress(void *user, size_t bytes)
{
	struct direct *direct = user;

	if (direct->device)
		direct->driver->progress(direct->device, bytes, clock_us());
}

static void on_done(void *user, int status)
{
	struct direct *direct = user;

	direct->sending = false;
	if (direct->identify && status == 0)
		escpos_identify_sent(direct->identify, clock_us());
	if (direct->device)
		direct->driver->sent(direct->device, status, clock_us());
}

static void on_received(void *user, const uint8_t *bytes, size_t len)
{
	struct direct *direct = user;

	if (direct->identify)
		escpos_identify_received(direct->identify, bytes, len, clock_us());
	if (direct->device)
		direct->driver->received(direct->device, bytes, len, clock_us());
}

static void on_left(void *user, int reason)
{
	struct direct *direct = user;

	direct->left = true;
	direct->status = reason;
	if (direct->device)
		direct->driver->link_down(direct->device, clock_us());
}

/* What a driver may ask of its link, in the order of enum device_control from 1. */
static const enum transport_control controls[] = {
	[CONTROL_PORT_STATUS] = TRANSPORT_PORT_STATUS,
	[CONTROL_DEVICE_ID] = TRANSPORT_DEVICE_ID,
	[CONTROL_CLEAR_HALT] = TRANSPORT_CLEAR_HALT,
	[CONTROL_SOFT_RESET] = TRANSPORT_SOFT_RESET,
	[CONTROL_DEVICE_RESET] = TRANSPORT_DEVICE_RESET,
};

static enum device_control control_of(enum transport_control what)
{
	enum device_control asked = CONTROL_PORT_STATUS;

	while (asked < CONTROL_DEVICE_RESET && controls[asked] != what)
		asked++;
	return asked;
}

static void on_controlled(void *user, enum transport_control what, int status, const uint8_t *bytes,
			  size_t len)
{
	struct direct *direct = user;

	direct->controlled = true;
	if (direct->device && direct->driver->controlled)
		direct->driver->controlled(direct->device, control_of(what), status, bytes, len,
					   clock_us());
	if (what != TRANSPORT_DEVICE_ID || status < 0 || !direct->device_id)
		return;
	if (len >= ESCPOS_DEVICE_ID_SIZE)
		len = ESCPOS_DEVICE_ID_SIZE - 1;
	for (size_t i = 0; i < len; i++)
		direct->device_id[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '?';
	direct->device_id[len] = '\0';
}

static void on_changed(void *user)
{
	(void)user;
}

static const struct transport_host transport_host = {
	.opened = on_opened,
	.progress = on_progress,
	.done = on_done,
	.received = on_received,
	.left = on_left,
	.controlled = on_controlled,
	.changed = on_changed,
};

/* Waits for the link or the time, and lets it run. */
static void turn(struct direct *direct, int64_t until_us)
{
	const struct transport_ops *ops = direct->transport->ops;
	struct pollfd fds[TRANSPORT_MAX_FDS];
	size_t count = ops->fds(direct->transport, fds, TRANSPORT_MAX_FDS);
	int64_t due_us = ops->deadline(direct->transport), now_us = clock_us();
	struct timespec wait = {0, 0};

	if (due_us > until_us)
		due_us = until_us;
	if (due_us > now_us) {
		wait.tv_sec = (due_us - now_us) / 1000000;
		wait.tv_nsec = (due_us - now_us) % 1000000 * 1000;
	}
	(void)ppoll(fds, count < TRANSPORT_MAX_FDS ? count : TRANSPORT_MAX_FDS, &wait, NULL);
	ops->process(direct->transport, clock_us());
}

int direct_open(struct direct **ret, const char *url, char *why, size_t why_size)
{
	struct direct *direct = calloc(1, sizeof(*direct));
	int64_t until_us = clock_us() + OPEN_US;
	int r;

	if (!direct) {
		snprintf(why, why_size, "Out of memory.");
		return -ENOMEM;
	}
	r = transport_create(&direct->transport, url, &transport_host, direct, why, why_size);
	if (r < 0) {
		free(direct);
		return r;
	}
	r = direct->transport->ops->open(direct->transport, clock_us());
	while (r == 0 && !direct->opened && clock_us() < until_us)
		turn(direct, until_us);
	if (r == 0)
		r = direct->opened ? direct->status : -ETIMEDOUT;
	if (r == 0) {
		*ret = direct;
		return 0;
	}
	snprintf(why, why_size, "%s",
		 direct->transport->why[0] ? direct->transport->why : strerror(-r));
	direct_close(direct);
	return r;
}

void direct_close(struct direct *direct)
{
	if (!direct)
		return;
	if (direct->transport) {
		direct->transport->ops->close(direct->transport);
		transport_destroy(direct->transport);
	}
	free(direct);
}

/* ---- what it is ----------------------------------------------------------------------------- */

void direct_read_device_id(struct direct *direct, char ret[ESCPOS_DEVICE_ID_SIZE])
{
	const struct transport_ops *ops = direct->transport->ops;
	int64_t until_us = clock_us() + CONTROL_US;

	ret[0] = '\0';
	direct->controlled = false;
	direct->device_id = ret;
	if (ops->control(direct->transport, TRANSPORT_DEVICE_ID, clock_us()) == 0)
		while (!direct->controlled && !direct->left && clock_us() < until_us)
			turn(direct, until_us);
	direct->device_id = NULL;
}

int direct_identify(struct direct *direct, struct escpos_identity *identity)
{
	const struct transport_ops *ops = direct->transport->ops;
	int64_t limit_us = clock_us() + IDENTIFY_US;
	struct escpos_identify identify;
	uint8_t question[ESCPOS_IDENTIFY_MAX];
	size_t len;
	int r = 0;

	if (escpos_speaks_another(identity->device_id))
		return 0;
	escpos_identify_start(&identify, identity, clock_us());
	direct->identify = &identify;
	while (r == 0 && !escpos_identify_ended(&identify) && clock_us() < limit_us) {
		/* A question that the link did not take stays with it: the next ones would only
		 * pile up behind it, and are counted as not answered. */
		len = escpos_identify_next(&identify, question, clock_us());
		if (len > 0 && !direct->sending) {
			r = ops->submit(direct->transport, question, len, clock_us());
			direct->sending = r == 0;
		}
		if (r == 0 && !escpos_identify_ended(&identify))
			turn(direct, escpos_identify_deadline(&identify));
		escpos_identify_tick(&identify, clock_us());
		if (direct->left)
			r = direct->status < 0 ? direct->status : -ENODEV;
	}
	direct->identify = NULL;
	return r;
}

/* ---- printing ------------------------------------------------------------------------------- */

static int host_send(void *user, const uint8_t *bytes, size_t len)
{
	struct direct *direct = user;

	if (direct->left)
		return -ENOTCONN;
	return direct->transport->ops->submit(direct->transport, bytes, len, clock_us());
}

static void host_cancel(void *user)
{
	struct direct *direct = user;

	direct->transport->ops->cancel(direct->transport);
}

static int host_control(void *user, enum device_control what)
{
	struct direct *direct = user;

	if (direct->left)
		return -ENOTCONN;
	return direct->transport->ops->control(direct->transport, controls[what], clock_us());
}

/* A printer that makes no headway: here nobody waits for it to come back. */
static void host_reopen(void *user)
{
	struct direct *direct = user;

	direct->reopen = true;
}

static void host_print(void *user, int64_t job, enum print_progress progress,
		       enum print_result result, const char *detail)
{
	struct direct *direct = user;

	(void)job;
	if (progress != PRINT_PROGRESS_ENDED)
		return;
	direct->outcome->ended = true;
	direct->outcome->result = result;
	snprintf(direct->outcome->detail, sizeof(direct->outcome->detail), "%s", detail);
}

static void host_health(void *user, enum device_health health, const char *detail)
{
	struct direct *direct = user;

	direct->outcome->health = health;
	if (!direct->outcome->ended)
		snprintf(direct->outcome->detail, sizeof(direct->outcome->detail), "%s", detail);
	if (direct->told)
		direct->told(direct->told_user, health, detail);
}

static void host_changed(void *user)
{
	(void)user;
}

static const struct driver_host driver_host = {
	.send = host_send,
	.cancel = host_cancel,
	.control = host_control,
	.reopen = host_reopen,
	.print = host_print,
	.health = host_health,
	.changed = host_changed,
};

static bool is_ready(enum device_health health)
{
	return health == HEALTH_OK || health == HEALTH_WARNING;
}

/* One step of the driver and its link; until_us bounds the waiting. */
static void run(struct direct *direct, int64_t until_us)
{
	int64_t due_us = direct->driver->deadline(direct->device);

	turn(direct, due_us < until_us ? due_us : until_us);
	if (direct->driver->deadline(direct->device) <= clock_us())
		direct->driver->tick(direct->device, clock_us());
}

static int print(struct direct *direct, const struct document *document)
{
	struct direct_outcome *outcome = direct->outcome;
	struct device_job job = {.kind = JOB_PRINT, .u.print = {.id = 1, .document = document}};
	int64_t until_us = clock_us() + DIRECT_READY_S * INT64_C(1000000);
	int r;

	direct->driver->link_up(direct->device, clock_us());
	/* A person who is told of paper or a cover gets the time of a print for it. What the detail
	 * says of a blind one is the driver's only word for it. */
	while (!is_ready(outcome->health) && outcome->health != HEALTH_FAILED && !direct->left &&
	       clock_us() < until_us) {
		run(direct, until_us);
		if (outcome->health == HEALTH_WAITING)
			until_us = clock_us() + DIRECT_PRINT_S * INT64_C(1000000);
	}
	if (direct->left)
		return -ENODEV;
	outcome->answers_status =
		outcome->health == HEALTH_OK || outcome->health == HEALTH_WAITING ||
		(outcome->health == HEALTH_WARNING && !strstr(outcome->detail, "blind"));
	r = direct->driver->submit(direct->device, &job, clock_us());
	if (r < 0)
		return r;
	until_us = clock_us() + DIRECT_PRINT_S * INT64_C(1000000);
	while (!outcome->ended && !direct->left && !direct->reopen && clock_us() < until_us)
		run(direct, until_us);
	return 0;
}

int direct_print(struct direct *direct, const struct driver *driver,
		 const struct device_options *options, const struct document *document,
		 void (*told)(void *user, enum device_health health, const char *detail),
		 void *user, struct direct_outcome *ret)
{
	char error[256] = "";
	int r;

	*ret = (struct direct_outcome){.health = HEALTH_UNKNOWN};
	if (direct->left)
		return -ENODEV;
	direct->driver = driver;
	direct->outcome = ret;
	direct->told = told;
	direct->told_user = user;
	direct->reopen = false;
	r = driver->create(&direct->device, options, &driver_host, direct, error, sizeof(error));
	if (r < 0) {
		snprintf(ret->detail, sizeof(ret->detail), "%s", error);
		direct->device = NULL;
		return r;
	}
	r = print(direct, document);
	driver->remove(direct->device);
	direct->device = NULL;
	direct->outcome = NULL;
	return r;
}

/* ---- the bus -------------------------------------------------------------------------------- */

struct listing {
	struct direct_usb *list;
	int count;
};

static void on_arrived(void *user, const char *url, const char *description)
{
	struct listing *listing = user;
	struct direct_usb *usb = &listing->list[listing->count];
	unsigned vendor = 0, product = 0;

	if (listing->count == DIRECT_MAX_USB)
		return;
	listing->count++;
	snprintf(usb->url, sizeof(usb->url), "%s", url);
	snprintf(usb->description, sizeof(usb->description), "%s", description);
	(void)sscanf(description, "%4x:%4x", &vendor, &product);
	usb->vendor = (uint16_t)vendor;
	usb->product = (uint16_t)product;
	usb->printer = strstr(description, "printer class") || vendor == VENDOR_EPSON;
}

static void on_bus_left(void *user, const char *url)
{
	(void)user, (void)url;
}

int direct_list_usb(struct direct_usb ret[DIRECT_MAX_USB])
{
	static const struct transport_bus_host host = {
		.arrived = on_arrived,
		.left = on_bus_left,
		.changed = on_changed,
	};
	const struct transport_bus_ops *ops = transport_bus_find("usb");
	struct listing listing = {.list = ret};
	struct transport_bus *bus = NULL;
	int64_t until_us = clock_us() + LIST_US;
	int r;

	if (!ops)
		return -EPROTONOSUPPORT;
	r = ops->open(&bus, &host, &listing);
	if (r < 0)
		return r;
	do {
		struct pollfd fds[TRANSPORT_MAX_FDS];
		size_t count = ops->fds(bus, fds, TRANSPORT_MAX_FDS);
		bool due = ops->deadline(bus) <= clock_us();

		(void)poll(fds, (nfds_t)count, due ? 0 : LIST_TURN_MS);
		ops->process(bus, clock_us());
	} while (!ops->is_settled(bus) && clock_us() < until_us);
	ops->close(bus);
	return listing.count;
}
