/* usbfs as the kernel's documentation has it (linux/usbdevice_fs.h), for one interface: transfers
 * are queued by SUBMITURB and handed back by REAPURBNDELAY. The queue is looked through on each
 * reaping, so a change of behaviour shows at the next turn of the program under test. */
#include "tests/unit/transport/mock_printer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <umockdev.h>

struct mock_urb {
	UMockdevIoctlData *data; /* the struct usbdevfs_urb */
	bool ended, cancelled;
};

struct mock_printer {
	UMockdevIoctlBase *handler;
	char sys_path[128], node[64];
	struct mock_behaviour behaviour;
	struct mock_record record;
	struct mock_urb urbs[MOCK_MAX_URBS];
	size_t n_urbs;
	uint8_t in[4096];
	size_t n_in;
	UMockdevIoctlClient *held;
};

typedef struct {
	UMockdevIoctlBase parent;
	struct mock_printer *printer;
} MockHandler;

typedef struct {
	UMockdevIoctlBaseClass parent;
} MockHandlerClass;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static UMockdevTestbed *testbed;
static struct mock_printer *printers[MOCK_MAX_PRINTERS];

GType mock_handler_get_type(void);
G_DEFINE_TYPE(MockHandler, mock_handler, UMOCKDEV_TYPE_IOCTL_BASE)

const struct mock_model mock_two_way = {
	.port = "1-2",
	.address = 5,
	.id = "04b80e28",
	.serial = "X5QV01",
	.descriptors = "1201000200000040b804280e000101020301" /* device */
		       "09022000010100c032"		      /* configuration 1 */
		       "090400000207010200"		      /* interface 0: 7/1/2 */
		       "07050102000200"			      /* 01, bulk OUT, 512 */
		       "07058202000200",		      /* 82, bulk IN, 512 */
	.active = "1",
};

static void put_int(UMockdevIoctlData *data, size_t offset, int value)
{
	umockdev_ioctl_data_update(data, offset, (guint8 *)&value, sizeof(value));
}

static void end_urb(struct mock_urb *urb, int status, int length)
{
	put_int(urb->data, offsetof(struct usbdevfs_urb, status), status);
	put_int(urb->data, offsetof(struct usbdevfs_urb, actual_length), length);
	urb->ended = true;
}

static struct usbdevfs_urb read_urb(const struct mock_urb *urb)
{
	struct usbdevfs_urb read;

	memcpy(&read, urb->data->data, sizeof(read));
	return read;
}

static UMockdevIoctlData *buffer_of(const struct mock_urb *urb, int length)
{
	UMockdevIoctlData *buffer;

	buffer = umockdev_ioctl_data_resolve(urb->data, offsetof(struct usbdevfs_urb, buffer),
					     (gsize)length, NULL);
	g_assert(buffer);
	return buffer;
}

static int answer_device_id(struct mock_printer *p, uint8_t *ret)
{
	if (p->behaviour.id_stalls)
		return -EPIPE;
	memcpy(ret, p->behaviour.device_id, (size_t)p->behaviour.device_id_len);
	return p->behaviour.device_id_len;
}

static int answer_port_status(struct mock_printer *p, uint8_t *ret)
{
	p->record.n_port_asked++;
	if (p->behaviour.port_stalls)
		return -EPIPE;
	ret[0] = p->behaviour.paper_out ? 0x30 : 0x18;
	if (p->behaviour.port_status)
		ret[0] = (uint8_t)p->behaviour.port_status;
	return 1;
}

static void repair(struct mock_printer *p, char how, unsigned helps)
{
	size_t used = strlen(p->record.repairs);

	if (used + 1 < sizeof(p->record.repairs))
		p->record.repairs[used] = how;
	if ((unsigned)p->behaviour.helps != helps)
		return;
	p->behaviour.out_status = 0;
	p->behaviour.naks = false;
}

static int soft_reset(struct mock_printer *p)
{
	p->record.n_resets++;
	repair(p, 's', MOCK_HELPS_SOFT);
	return 0;
}

static int clear_halt(struct mock_printer *p, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *place = umockdev_ioctl_data_resolve(arg, 0, sizeof(int), NULL);
	unsigned endpoint;

	memcpy(&endpoint, place->data, sizeof(endpoint));
	umockdev_ioctl_data_unref(place);
	p->record.n_halts_cleared++;
	repair(p, endpoint & 0x80 ? 'i' : 'h', MOCK_HELPS_CLEAR);
	return 0;
}

/* The length of the answer, or the status. */
static int answer_control(struct mock_printer *p, uint8_t *ret)
{
	const uint8_t *setup = p->record.setup;

	switch (setup[0] << 8 | setup[1]) {
	case 0xa100: return answer_device_id(p, ret);
	case 0xa101: return answer_port_status(p, ret);
	case 0x2102:
		if (p->behaviour.resets_old_way)
			return -EPIPE;
		return soft_reset(p);
	case 0x2302: return soft_reset(p);
	case 0x8200: memset(ret, 0, 2); return 2;
	}
	return -EPIPE;
}

static void run_control(struct mock_printer *p, struct mock_urb *urb, struct usbdevfs_urb *read)
{
	uint8_t answer[1024];
	UMockdevIoctlData *buffer;
	int n, wanted;

	if (p->behaviour.deaf)
		return;
	buffer = buffer_of(urb, read->buffer_length);
	memcpy(p->record.setup, buffer->data, 8);
	wanted = p->record.setup[6] | p->record.setup[7] << 8;
	n = answer_control(p, answer);
	if (n > wanted)
		n = wanted;
	if (n > 0)
		umockdev_ioctl_data_update(buffer, 8, answer, n);
	end_urb(urb, n < 0 ? n : 0, n < 0 ? 0 : n);
	umockdev_ioctl_data_unref(buffer);
}

static void run_in(struct mock_printer *p, struct mock_urb *urb, struct usbdevfs_urb *read)
{
	UMockdevIoctlData *buffer;
	size_t n = p->n_in;

	if (p->behaviour.in_status) {
		end_urb(urb, p->behaviour.in_status, 0);
		p->behaviour.in_status = 0;
		return;
	}
	if (n == 0 && p->behaviour.in_babbles) {
		memset(p->in, 0x93, 64);
		n = 64;
	}
	if (n == 0) {
		if (p->behaviour.in_empty)
			end_urb(urb, 0, 0);
		return;
	}
	g_assert(n <= (size_t)read->buffer_length);
	buffer = buffer_of(urb, read->buffer_length);
	umockdev_ioctl_data_update(buffer, 0, p->in, (gint)n);
	umockdev_ioctl_data_unref(buffer);
	p->n_in = 0;
	end_urb(urb, 0, (int)n);
}

static void run_out(struct mock_printer *p, struct mock_urb *urb, struct usbdevfs_urb *read)
{
	UMockdevIoctlData *buffer;
	int n = read->buffer_length;

	p->record.last_out = read->endpoint;
	if (p->behaviour.paper_out || p->behaviour.naks)
		return;
	if (p->behaviour.out_status) {
		/* Some bytes may well have been taken; nobody can say. */
		end_urb(urb, p->behaviour.out_status, n / 2);
		return;
	}
	if (p->behaviour.out_limit && n > p->behaviour.out_limit)
		n = p->behaviour.out_limit;
	buffer = buffer_of(urb, read->buffer_length);
	g_assert(p->record.n_taken + (size_t)n <= MOCK_MAX_TAKEN);
	memcpy(p->record.taken + p->record.n_taken, buffer->data, (size_t)n);
	p->record.n_taken += (size_t)n;
	if (p->behaviour.hear)
		p->behaviour.hear(p->behaviour.user, p, buffer->data, (size_t)n);
	umockdev_ioctl_data_unref(buffer);
	end_urb(urb, 0, n);
}

static void run_urb(struct mock_printer *p, struct mock_urb *urb)
{
	struct usbdevfs_urb read = read_urb(urb);

	if (urb->ended)
		return;
	if (p->behaviour.gone)
		end_urb(urb, p->behaviour.gone_status, 0);
	else if (urb->cancelled && p->behaviour.keeps_cancelled)
		return;
	else if (urb->cancelled)
		end_urb(urb, -ENOENT, 0);
	else if (read.type == USBDEVFS_URB_TYPE_CONTROL)
		run_control(p, urb, &read);
	else if (read.endpoint & 0x80)
		run_in(p, urb, &read);
	else
		run_out(p, urb, &read);
}

static int submit(struct mock_printer *p, UMockdevIoctlData *arg)
{
	struct usbdevfs_urb read;
	struct mock_urb *urb;

	g_assert(p->n_urbs < MOCK_MAX_URBS);
	urb = &p->urbs[p->n_urbs++];
	*urb = (struct mock_urb){
		.data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL)};
	read = read_urb(urb);
	if (read.type == USBDEVFS_URB_TYPE_BULK) {
		p->record.n_empty += read.buffer_length == 0;
		if (read.endpoint & 0x80)
			p->record.n_in++;
		else
			p->record.n_out++;
	}
	return 0;
}

/* Which one: the address that the program gave, as it is known on both sides. */
static int discard(struct mock_printer *p, UMockdevIoctlClient *client)
{
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client), *urb;
	size_t i;

	urb = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
	g_assert(urb);
	for (i = 0; i < p->n_urbs; i++) {
		if (p->urbs[i].data->client_addr == urb->client_addr)
			break;
	}
	umockdev_ioctl_data_unref(urb);
	if (i == p->n_urbs)
		return -EINVAL;
	if (p->behaviour.cancelled_late) {
		p->behaviour.paper_out = false;
		return -EINVAL;
	}
	p->urbs[i].cancelled = true;
	p->record.n_cancelled += read_urb(&p->urbs[i]).endpoint == p->record.last_out;
	return 0;
}

static int reap(struct mock_printer *p, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *place;
	size_t i;

	for (i = 0; i < p->n_urbs; i++)
		run_urb(p, &p->urbs[i]);
	i = 0;
	while (i < p->n_urbs && !p->urbs[i].ended)
		i++;
	if (i == p->n_urbs)
		return p->behaviour.gone ? -ENODEV : -EAGAIN;
	place = umockdev_ioctl_data_resolve(arg, 0, sizeof(void *), NULL);
	umockdev_ioctl_data_set_ptr(place, 0, p->urbs[i].data);
	umockdev_ioctl_data_unref(place);
	umockdev_ioctl_data_unref(p->urbs[i].data);
	memmove(&p->urbs[i], &p->urbs[i + 1], (--p->n_urbs - i) * sizeof(p->urbs[0]));
	return 0;
}

static int get_driver(struct mock_printer *p, UMockdevIoctlData *arg)
{
	struct usbdevfs_getdriver driver = {0, "usblp"};
	UMockdevIoctlData *place;

	if (!p->behaviour.usblp)
		return -ENODATA;
	place = umockdev_ioctl_data_resolve(arg, 0, sizeof(driver), NULL);
	umockdev_ioctl_data_update(place, 0, (guint8 *)&driver, sizeof(driver));
	umockdev_ioctl_data_unref(place);
	return 0;
}

static int connect_driver(struct mock_printer *p, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *place;
	struct usbdevfs_ioctl what;

	place = umockdev_ioctl_data_resolve(arg, 0, sizeof(what), NULL);
	memcpy(&what, place->data, sizeof(what));
	umockdev_ioctl_data_unref(place);
	if (what.ioctl_code == (int)USBDEVFS_DISCONNECT) {
		if (!p->behaviour.usblp)
			return -ENODATA;
		p->behaviour.usblp = false;
		p->record.n_detached++;
		return 0;
	}
	p->behaviour.usblp = true;
	p->record.n_attached++;
	return 1;
}

static int claim(struct mock_printer *p)
{
	if (p->behaviour.usblp || p->behaviour.busy)
		return -EBUSY;
	p->record.n_claimed++;
	return 0;
}

static int configure(struct mock_printer *p, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *place;

	if (p->behaviour.usblp)
		return -EBUSY;
	place = umockdev_ioctl_data_resolve(arg, 0, sizeof(int), NULL);
	memcpy(&p->record.last_configuration, place->data, sizeof(int));
	umockdev_ioctl_data_unref(place);
	p->record.n_configured++;
	return 0;
}

/* What is out comes back; the interface is the program's again when it claims it. */
static int reset(struct mock_printer *p)
{
	size_t i;

	p->record.n_device_reset++;
	repair(p, 'r', MOCK_HELPS_RESET);
	if (p->behaviour.reenumerates) {
		p->behaviour.gone = true;
		return -ENODEV;
	}
	for (i = 0; i < p->n_urbs; i++)
		p->urbs[i].cancelled = true;
	return 0;
}

static int get_capabilities(UMockdevIoctlData *arg)
{
	UMockdevIoctlData *place = umockdev_ioctl_data_resolve(arg, 0, sizeof(guint32), NULL);

	put_int(place, 0, 0);
	umockdev_ioctl_data_unref(place);
	return 0;
}

static int answer(struct mock_printer *p, UMockdevIoctlClient *client, gulong request)
{
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client);

	if (p->behaviour.gone && request != USBDEVFS_REAPURBNDELAY)
		return -ENODEV;
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES: return get_capabilities(arg);
	case USBDEVFS_GETDRIVER: return get_driver(p, arg);
	case USBDEVFS_IOCTL: return connect_driver(p, arg);
	case USBDEVFS_CLAIMINTERFACE: return claim(p);
	case USBDEVFS_RELEASEINTERFACE: p->record.n_released++; return 0;
	case USBDEVFS_CLEAR_HALT: return clear_halt(p, arg);
	case USBDEVFS_SETCONFIGURATION: return configure(p, arg);
	case USBDEVFS_SETINTERFACE: p->record.n_alternates++; return 0;
	case USBDEVFS_RESET: return reset(p);
	case USBDEVFS_SUBMITURB: return submit(p, arg);
	case USBDEVFS_DISCARDURB: return discard(p, client);
	case USBDEVFS_REAPURBNDELAY: return reap(p, arg);
	}
	return -ENOTTY;
}

static gboolean handle_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client)
{
	struct mock_printer *p = ((MockHandler *)base)->printer;
	gulong request = umockdev_ioctl_client_get_request(client);
	int r;

	pthread_mutex_lock(&lock);
	if (p->behaviour.held && p->behaviour.held == request) {
		p->held = g_object_ref(client);
		pthread_mutex_unlock(&lock);
		return TRUE;
	}
	r = answer(p, client, request);
	pthread_mutex_unlock(&lock);
	umockdev_ioctl_client_complete(client, r < 0 ? -1 : r, r < 0 ? -r : 0);
	return TRUE;
}

bool mock_is_held(struct mock_printer *printer)
{
	bool held;

	pthread_mutex_lock(&lock);
	held = printer->held != NULL;
	pthread_mutex_unlock(&lock);
	return held;
}

bool mock_let_go(struct mock_printer *printer)
{
	UMockdevIoctlClient *client;
	int r = 0;

	pthread_mutex_lock(&lock);
	client = printer->held;
	printer->held = NULL;
	printer->behaviour.held = 0;
	if (client)
		r = answer(printer, client, umockdev_ioctl_client_get_request(client));
	pthread_mutex_unlock(&lock);
	if (!client)
		return false;
	umockdev_ioctl_client_complete(client, r < 0 ? -1 : r, r < 0 ? -r : 0);
	g_object_unref(client);
	return true;
}

static void mock_handler_class_init(MockHandlerClass *class)
{
	class->parent.handle_ioctl = handle_ioctl;
}

static void mock_handler_init(MockHandler *handler)
{
	(void)handler;
}

void mock_start(void)
{
	testbed = umockdev_testbed_new();
}

static void forget(struct mock_printer *p)
{
	size_t i;

	for (i = 0; i < p->n_urbs; i++)
		umockdev_ioctl_data_unref(p->urbs[i].data);
	p->n_urbs = 0;
	g_object_unref(p->handler);
	free(p);
}

void mock_stop(void)
{
	size_t i;

	/* The testbed ends its thread, and only then are the handlers free of callers. */
	g_clear_object(&testbed);
	for (i = 0; i < MOCK_MAX_PRINTERS; i++) {
		if (printers[i])
			forget(printers[i]);
		printers[i] = NULL;
	}
}

static void add_to_testbed(struct mock_printer *p, const struct mock_model *model)
{
	char serial[128] = "", text[2048];
	GError *error = NULL;

	if (model->serial)
		(void)snprintf(serial, sizeof(serial), "A: serial=%s\\n\n", model->serial);
	(void)snprintf(text, sizeof(text),
		       "P: %s\nN: bus/usb/001/%03d\n"
		       "E: DEVNAME=/dev/bus/usb/001/%03d\nE: DEVTYPE=usb_device\n"
		       "E: SUBSYSTEM=usb\nE: BUSNUM=001\nE: DEVNUM=%03d\nE: MAJOR=189\n"
		       "E: MINOR=%d\nA: busnum=1\\n\nA: devnum=%d\\n\nA: speed=480\\n\n"
		       "A: bConfigurationValue=%s\\n\nA: idVendor=%.4s\\n\n"
		       "A: idProduct=%s\\n\nA: manufacturer=Maker\\n\nA: product=Paper \x01 80\\n\n"
		       "%sH: descriptors=%s\n",
		       p->sys_path + 4, model->address, model->address, model->address,
		       model->address - 1, model->address, model->active, model->id, model->id + 4,
		       serial, model->descriptors);
	if (!umockdev_testbed_add_from_string(testbed, text, &error))
		fail_msg("%s", error->message);
	if (!umockdev_testbed_attach_ioctl(testbed, p->node, p->handler, &error))
		fail_msg("%s", error->message);
	umockdev_testbed_uevent(testbed, p->sys_path, "add");
}

struct mock_printer *mock_plug(const struct mock_model *model)
{
	static const uint8_t device_id[] = "\0\051MFG:EPSON;MDL:TM-m30;CLS:PRINTER;CID:x;";
	struct mock_printer *p = calloc(1, sizeof(*p));
	MockHandler *handler = g_object_new(mock_handler_get_type(), NULL);
	size_t i;

	assert_non_null(p);
	handler->printer = p;
	p->handler = (UMockdevIoctlBase *)handler;
	(void)snprintf(p->sys_path, sizeof(p->sys_path),
		       "/sys/devices/pci0000:00/0000:00:14.0/usb1/%s", model->port);
	(void)snprintf(p->node, sizeof(p->node), "/dev/bus/usb/001/%03d", model->address);
	memcpy(p->behaviour.device_id, device_id, sizeof(device_id) - 1);
	p->behaviour.device_id_len = sizeof(device_id) - 1;
	p->behaviour.gone_status = -ENODEV;
	for (i = 0; i < MOCK_MAX_PRINTERS && printers[i]; i++)
		;
	assert_true(i < MOCK_MAX_PRINTERS);
	printers[i] = p;
	add_to_testbed(p, model);
	return p;
}

void mock_vanish(struct mock_printer *printer, int status)
{
	pthread_mutex_lock(&lock);
	printer->behaviour.gone = true;
	printer->behaviour.gone_status = status;
	pthread_mutex_unlock(&lock);
}

void mock_unplug(struct mock_printer *printer)
{
	GError *error = NULL;

	mock_vanish(printer, printer->behaviour.gone_status);
	umockdev_testbed_uevent(testbed, printer->sys_path, "remove");
	if (!umockdev_testbed_detach_ioctl(testbed, printer->node, &error))
		fail_msg("%s", error->message);
	umockdev_testbed_remove_device(testbed, printer->sys_path);
}

void mock_say(struct mock_printer *printer, const void *bytes, size_t len)
{
	g_assert(printer->n_in + len <= sizeof(printer->in));
	memcpy(printer->in + printer->n_in, bytes, len);
	printer->n_in += len;
}

void mock_send(struct mock_printer *printer, const void *bytes, size_t len)
{
	pthread_mutex_lock(&lock);
	mock_say(printer, bytes, len);
	pthread_mutex_unlock(&lock);
}

struct mock_behaviour *mock_lock(struct mock_printer *printer)
{
	pthread_mutex_lock(&lock);
	return &printer->behaviour;
}

void mock_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void mock_read(struct mock_printer *printer, struct mock_record *ret)
{
	pthread_mutex_lock(&lock);
	*ret = printer->record;
	pthread_mutex_unlock(&lock);
}
