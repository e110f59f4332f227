/* The USB side of a printer, as a device controller would have it. */
#include "firmware-host/port/host/usb_plug.h"

#include <errno.h>
#include <string.h>

/* bmRequestType and bRequest in one number */
enum {
	GET_STATUS_DEVICE = 0x8000,
	GET_STATUS_INTERFACE = 0x8100,
	GET_STATUS_ENDPOINT = 0x8200,
	CLEAR_FEATURE_ENDPOINT = 0x0201,
	SET_FEATURE_ENDPOINT = 0x0203,
	GET_DESCRIPTOR = 0x8006,
	GET_CONFIGURATION = 0x8008,
	SET_CONFIGURATION = 0x0009,
	GET_INTERFACE = 0x810a,
	SET_INTERFACE = 0x010b,
	GET_DEVICE_ID = 0xa100,
	GET_PORT_STATUS = 0xa101,
	SOFT_RESET = 0x2102,
	SOFT_RESET_OLD = 0x2302, /* class 1.0 */

	DESCRIPTOR_DEVICE = 1,
	DESCRIPTOR_CONFIGURATION = 2,
	DESCRIPTOR_STRING = 3,
	STRING_MAKER = 1,
	STRING_MODEL = 2,
	STRING_SERIAL = 3,
	CLASS_PRINTER = 7,
	CLASS_VENDOR = 0xff,
};

void usb_plug_init(struct usb_plug *plug, const struct usb_plug_settings *settings,
		   const struct usb_plug_device *device)
{
	memset(plug, 0, sizeof(*plug));
	plug->settings = *settings;
	plug->device = *device;
}

void usb_plug_reset(struct usb_plug *plug)
{
	plug->configuration = 0;
	plug->out_halted = plug->in_halted = false;
	plug->answers_len = 0;
}

bool usb_plug_is_gone(const struct usb_plug *plug)
{
	return plug->unplugged || plug->off;
}

bool usb_plug_has(const struct usb_plug *plug, uint8_t endpoint)
{
	if (endpoint == USB_PLUG_OUT)
		return plug->settings.kind != USB_PLUG_NO_OUT;
	return endpoint == USB_PLUG_IN && plug->settings.kind != USB_PLUG_ONE_WAY;
}

void usb_plug_interface(const struct usb_plug *plug, uint8_t ret[3])
{
	bool vendor = plug->settings.kind == USB_PLUG_VENDOR;

	ret[0] = vendor ? CLASS_VENDOR : CLASS_PRINTER;
	ret[1] = vendor ? CLASS_VENDOR : 1;
	ret[2] = vendor ? CLASS_VENDOR : plug->settings.kind == USB_PLUG_ONE_WAY ? 1 : 2;
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static int device_descriptor(const struct usb_plug *plug, uint8_t *ret)
{
	const struct usb_plug_settings *settings = &plug->settings;
	const uint8_t descriptor[] = {
		18,
		DESCRIPTOR_DEVICE,
		0x00, /* USB 2.00 */
		0x02,
		0, /* the class is the interface's */
		0,
		0,
		USB_PLUG_PACKET,
		(uint8_t)settings->vendor,
		(uint8_t)(settings->vendor >> 8),
		(uint8_t)settings->product,
		(uint8_t)(settings->product >> 8),
		0x00, /* release 1.00 */
		0x01,
		STRING_MAKER,
		STRING_MODEL,
		settings->serial[0] ? STRING_SERIAL : 0,
		1, /* configurations */
	};

	memcpy(ret, descriptor, sizeof(descriptor));
	return (int)sizeof(descriptor);
}

static int add_endpoint(uint8_t *ret, int len, uint8_t address)
{
	const uint8_t descriptor[] = {7, 5, address, 2 /* bulk */, USB_PLUG_PACKET, 0, 0};

	memcpy(ret + len, descriptor, sizeof(descriptor));
	return len + (int)sizeof(descriptor);
}

static int configuration_descriptor(const struct usb_plug *plug, uint8_t *ret)
{
	/* self-powered, 2 mA from the bus */
	const uint8_t head[] = {9, DESCRIPTOR_CONFIGURATION, 0, 0, 1, 1, 0, 0xc0, 1};
	uint8_t interface[] = {9, 4, 0, 0, 0, 0, 0, 0, 0};
	int len = sizeof(head) + sizeof(interface);

	if (usb_plug_has(plug, USB_PLUG_OUT)) {
		len = add_endpoint(ret, len, USB_PLUG_OUT);
		interface[4]++;
	}
	if (usb_plug_has(plug, USB_PLUG_IN)) {
		len = add_endpoint(ret, len, USB_PLUG_IN);
		interface[4]++;
	}
	usb_plug_interface(plug, interface + 5);
	memcpy(ret, head, sizeof(head));
	memcpy(ret + sizeof(head), interface, sizeof(interface));
	ret[2] = (uint8_t)len;
	return len;
}

/* UTF-16LE; the texts here are ASCII. */
static int string_descriptor(const struct usb_plug *plug, uint8_t index, uint8_t *ret)
{
	const struct usb_plug_settings *settings = &plug->settings;
	const char *text = index == STRING_MAKER    ? settings->maker
			   : index == STRING_MODEL  ? settings->model
			   : index == STRING_SERIAL ? settings->serial
						    : "";
	int len = 2;

	if (index == 0) {
		memcpy(ret, "\x04\x03\x09\x04", 4); /* languages: English (US) */
		return 4;
	}
	if (!text[0])
		return -EPIPE;
	for (; *text; text++) {
		ret[len++] = (uint8_t)*text;
		ret[len++] = 0;
	}
	ret[0] = (uint8_t)len;
	ret[1] = DESCRIPTOR_STRING;
	return len;
}

static int descriptor(const struct usb_plug *plug, uint16_t value, uint8_t *ret)
{
	switch (value >> 8) {
	case DESCRIPTOR_DEVICE: return device_descriptor(plug, ret);
	case DESCRIPTOR_CONFIGURATION:
		return value & 0xff ? -EPIPE : configuration_descriptor(plug, ret);
	case DESCRIPTOR_STRING: return string_descriptor(plug, (uint8_t)value, ret);
	default: return -EPIPE;
	}
}

/* ---- requests ------------------------------------------------------------------------------- */

static int device_id(const struct usb_plug *plug, uint8_t *ret)
{
	size_t len;
	uint8_t high;

	if (plug->settings.id == USB_PLUG_ID_STALLS)
		return -EPIPE;
	len = plug->device.device_id(plug->device.user, ret, USB_PLUG_CONTROL);
	if (plug->settings.id == USB_PLUG_ID_LITTLE && len >= 2) {
		high = ret[0];
		ret[0] = ret[1];
		ret[1] = high;
	}
	return (int)len;
}

static bool *halt_of(struct usb_plug *plug, uint16_t index)
{
	if (index > 0xff || !usb_plug_has(plug, (uint8_t)index))
		return NULL;
	return index == USB_PLUG_OUT ? &plug->out_halted : &plug->in_halted;
}

static int endpoint_request(struct usb_plug *plug, uint16_t what, const struct usb_setup *setup,
			    uint8_t *ret)
{
	bool *halted = halt_of(plug, setup->index);
	bool is_control = setup->index == 0 || setup->index == 0x80;

	if (what == GET_STATUS_ENDPOINT && (halted || is_control)) {
		ret[0] = halted && *halted;
		ret[1] = 0;
		return 2;
	}
	if (!halted || setup->value != 0) /* only ENDPOINT_HALT */
		return -EPIPE;
	*halted = what == SET_FEATURE_ENDPOINT;
	return 0;
}

static int soft_reset(struct usb_plug *plug)
{
	plug->soft_resets++;
	plug->out_halted = plug->in_halted = false;
	plug->answers_len = 0;
	plug->device.soft_reset(plug->device.user);
	return 0;
}

static int set_configuration(struct usb_plug *plug, uint16_t value)
{
	if (value > 1)
		return -EPIPE;
	plug->configuration = (uint8_t)value;
	plug->out_halted = plug->in_halted = false;
	return 0;
}

int usb_plug_control(struct usb_plug *plug, const struct usb_setup *setup, uint8_t *ret)
{
	uint16_t what = (uint16_t)(setup->type << 8 | setup->request);

	plug->control_requests++;
	switch (what) {
	case GET_DESCRIPTOR: return descriptor(plug, setup->value, ret);
	case GET_STATUS_DEVICE:
		ret[0] = 1; /* self-powered */
		ret[1] = 0;
		return 2;
	case GET_STATUS_INTERFACE: ret[0] = ret[1] = 0; return 2;
	case GET_STATUS_ENDPOINT:
	case CLEAR_FEATURE_ENDPOINT:
	case SET_FEATURE_ENDPOINT: return endpoint_request(plug, what, setup, ret);
	case GET_CONFIGURATION: ret[0] = plug->configuration; return 1;
	case SET_CONFIGURATION: return set_configuration(plug, setup->value);
	case GET_INTERFACE: ret[0] = 0; return 1;
	case SET_INTERFACE: return setup->value || setup->index ? -EPIPE : 0;
	case GET_DEVICE_ID: return device_id(plug, ret);
	case GET_PORT_STATUS: ret[0] = plug->device.port_status(plug->device.user); return 1;
	case SOFT_RESET:
	case SOFT_RESET_OLD: return soft_reset(plug);
	default: return -EPIPE;
	}
}

/* ---- pipes ---------------------------------------------------------------------------------- */

static void halt_out(struct usb_plug *plug)
{
	plug->out_halted = true;
	plug->has_stall_at = false;
	plug->stalls++;
}

/* How many of len bytes pass before the next fault. */
static size_t before_fault(const struct usb_plug *plug, size_t len)
{
	uint64_t end = plug->taken + len;

	if (plug->has_stall_at && plug->stall_at < end)
		end = plug->stall_at > plug->taken ? plug->stall_at : plug->taken;
	if (plug->has_unplug_at && plug->unplug_at < end)
		end = plug->unplug_at > plug->taken ? plug->unplug_at : plug->taken;
	return (size_t)(end - plug->taken);
}

int usb_plug_out(struct usb_plug *plug, const uint8_t *bytes, size_t len, size_t *ret_taken)
{
	size_t taken = 0;

	*ret_taken = 0;
	while (taken < len && !usb_plug_is_gone(plug) && !plug->out_halted) {
		size_t packet = len - taken < USB_PLUG_PACKET ? len - taken : USB_PLUG_PACKET;
		size_t part = before_fault(plug, packet);

		if (plug->device.room(plug->device.user) < packet)
			break; /* a NAK: the host tries again */
		plug->device.receive(plug->device.user, bytes + taken, part);
		plug->taken += part;
		taken += part;
		if (plug->has_unplug_at && plug->taken >= plug->unplug_at) {
			plug->has_unplug_at = false;
			plug->unplugged = true;
		} else if (plug->has_stall_at && plug->taken >= plug->stall_at) {
			halt_out(plug);
		}
	}
	*ret_taken = taken;
	return plug->out_halted && taken < len ? -EPIPE : 0;
}

int usb_plug_in(struct usb_plug *plug, uint8_t *ret, size_t size)
{
	size_t len = plug->answers_len < size ? plug->answers_len : size;

	if (plug->in_halted)
		return -EPIPE;
	if (!plug->answers_len)
		return -EAGAIN;
	memcpy(ret, plug->answers, len);
	memmove(plug->answers, plug->answers + len, plug->answers_len - len);
	plug->answers_len -= len;
	return (int)len;
}

void usb_plug_answer(struct usb_plug *plug, const uint8_t *bytes, size_t len)
{
	size_t room = USB_PLUG_ANSWERS - plug->answers_len;
	size_t part = len < room ? len : room;

	if (usb_plug_is_gone(plug) || !plug->configuration || !usb_plug_has(plug, USB_PLUG_IN))
		return;
	memcpy(plug->answers + plug->answers_len, bytes, part);
	plug->answers_len += part;
	plug->lost_answers += len - part;
}

/* ---- its settings as words ------------------------------------------------------------------ */

static bool copy_text(char ret[USB_PLUG_TEXT], const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e || text[i] == ';')
			return false;
	if (len >= USB_PLUG_TEXT)
		return false;
	memcpy(ret, text, len);
	ret[len] = '\0';
	return true;
}

static bool copy_number(uint16_t *ret, const char *text, size_t len)
{
	unsigned value = 0;

	if (len != 4)
		return false;
	for (size_t i = 0; i < len; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = strchr(digits, text[i]);

		if (!at)
			return false;
		value = value << 4 | (unsigned)(at - digits);
	}
	*ret = (uint16_t)value;
	return true;
}

static bool is_word(const char *word, size_t len, const char *expected)
{
	return strlen(expected) == len && !memcmp(word, expected, len);
}

static bool take_word(struct usb_plug_settings *settings, const char *word, size_t len)
{
	static const char *const kinds[USB_PLUG_KINDS] = {"two-way", "one-way", "vendor", "no-out"};
	static const char *const ids[USB_PLUG_IDS] = {"id=big", "id=little", "id=stalls"};

	for (int i = 0; i < USB_PLUG_KINDS; i++)
		if (is_word(word, len, kinds[i])) {
			settings->kind = (enum usb_plug_kind)i;
			return true;
		}
	for (int i = 0; i < USB_PLUG_IDS; i++)
		if (is_word(word, len, ids[i])) {
			settings->id = (enum usb_plug_id)i;
			return true;
		}
	if (len >= 7 && !memcmp(word, "serial=", 7))
		return copy_text(settings->serial, word + 7, len - 7);
	if (len >= 7 && !memcmp(word, "vendor=", 7))
		return copy_number(&settings->vendor, word + 7, len - 7);
	if (len >= 8 && !memcmp(word, "product=", 8))
		return copy_number(&settings->product, word + 8, len - 8);
	return false;
}

int usb_plug_parse(struct usb_plug_settings *settings, const char *words, const char **ret_why)
{
	struct usb_plug_settings parsed = *settings;

	for (;;) {
		size_t len = strcspn(words, ",");

		if (!take_word(&parsed, words, len)) {
			*ret_why = "allowed: two-way, one-way, vendor, no-out; id=big, id=little, "
				   "id=stalls; serial= with up to 31 printable characters; "
				   "vendor= and product= with 4 lower-case hex digits";
			return -EINVAL;
		}
		if (!words[len])
			break;
		words += len + 1;
	}
	*settings = parsed;
	return 0;
}
