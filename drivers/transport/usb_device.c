/* USB addresses and descriptors: which device a URL means, and which of its interfaces takes the
 * bytes. Descriptors and texts come from what the kernel has kept of the enumeration, so nothing
 * here waits for a device. */
#include "drivers/transport/usb.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	int code, error;
} errors[] = {
	{LIBUSB_SUCCESS, 0},
	{LIBUSB_ERROR_IO, -EIO},
	{LIBUSB_ERROR_INVALID_PARAM, -EINVAL},
	{LIBUSB_ERROR_ACCESS, -EACCES},
	{LIBUSB_ERROR_NO_DEVICE, -ENODEV},
	{LIBUSB_ERROR_NOT_FOUND, -ENOENT},
	{LIBUSB_ERROR_BUSY, -EBUSY},
	{LIBUSB_ERROR_TIMEOUT, -ETIMEDOUT},
	{LIBUSB_ERROR_OVERFLOW, -EOVERFLOW},
	{LIBUSB_ERROR_PIPE, -EPIPE},
	{LIBUSB_ERROR_INTERRUPTED, -EINTR},
	{LIBUSB_ERROR_NO_MEM, -ENOMEM},
	{LIBUSB_ERROR_NOT_SUPPORTED, -EOPNOTSUPP},
};

static const struct {
	enum libusb_transfer_status status;
	int error;
} statuses[] = {
	{LIBUSB_TRANSFER_COMPLETED, 0},		 {LIBUSB_TRANSFER_ERROR, -EIO},
	{LIBUSB_TRANSFER_TIMED_OUT, -ETIMEDOUT}, {LIBUSB_TRANSFER_CANCELLED, -ECANCELED},
	{LIBUSB_TRANSFER_STALL, -EPIPE},	 {LIBUSB_TRANSFER_NO_DEVICE, -ENODEV},
	{LIBUSB_TRANSFER_OVERFLOW, -EOVERFLOW},
};

int usb_map_error(int code)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].code == code)
			return errors[i].error;
	}
	return code > 0 ? code : -EIO;
}

int usb_map_status(enum libusb_transfer_status status)
{
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status == status)
			return statuses[i].error;
	}
	return -EIO;
}

static int parse_port(struct usb_address *address, const char *text, char *ret_error,
		      size_t error_size)
{
	size_t len = strcspn(text, "-");
	long number;

	if (url_parse_number(text, len, 1, 255, &number) < 0 || text[len] != '-')
		goto bad;
	address->by_port = true;
	address->bus = (uint8_t)number;
	do {
		text += len + 1;
		len = strcspn(text, ".");
		if (address->depth == USB_MAX_DEPTH ||
		    url_parse_number(text, len, 1, 255, &number) < 0)
			goto bad;
		address->ports[address->depth++] = (uint8_t)number;
	} while (text[len] == '.');
	return 0;

bad:
	return transport_refuse(ret_error, error_size, -EINVAL,
				"usb: a port is written bus-port.port, as in usb:port=1-1.4.");
}

static int parse_id(const char *text, uint16_t *ret)
{
	unsigned value = 0;
	int i;

	for (i = 0; i < 4; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return -EINVAL;
		value = value * 16 + (unsigned)(isdigit((unsigned char)text[i])
							? text[i] - '0'
							: tolower(text[i]) - 'a' + 10);
	}
	*ret = (uint16_t)value;
	return 0;
}

static int parse_serial(struct usb_address *address, const char *text, char *ret_error,
			size_t error_size)
{
	size_t len = strlen(text), i;

	if (len < USB_SERIAL_MIN || len >= USB_TEXT_SIZE)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"usb: a serial number that tells a device apart has %d to "
					"%d characters; use usb:port= instead.",
					USB_SERIAL_MIN, USB_TEXT_SIZE - 1);
	for (i = 0; i < len; i++) {
		if (!isgraph((unsigned char)text[i]) || text[i] == '/')
			return transport_refuse(ret_error, error_size, -EINVAL,
						"usb: a serial number with \"%c\" in it cannot be "
						"named; use usb:port= instead.",
						text[i]);
	}
	memcpy(address->serial, text, len + 1);
	return 0;
}

int usb_parse_address(struct usb_address *ret, const char *url, char *ret_error, size_t error_size)
{
	static const char serial[] = "/serial=";
	const char *text = url + strlen("usb:");
	struct usb_address address;
	int r = 0;

	memset(&address, 0, sizeof(address));
	if (strncmp(text, "port=", 5) == 0) {
		r = parse_port(&address, text + 5, ret_error, error_size);
	} else if (parse_id(text, &address.vendor) < 0 || text[4] != ':' ||
		   parse_id(text + 5, &address.product) < 0) {
		r = transport_refuse(ret_error, error_size, -EINVAL,
				     "usb: vendor and product are four hex digits each, as in "
				     "usb:04b8:0e28, or it is usb:port=1-1.4.");
	} else if (strncmp(text + 9, serial, strlen(serial)) == 0) {
		r = parse_serial(&address, text + 9 + strlen(serial), ret_error, error_size);
	} else if (text[9]) {
		r = transport_refuse(ret_error, error_size, -EINVAL,
				     "usb: only /serial= may follow vendor and product, not "
				     "\"%s\".",
				     text + 9);
	}
	if (r < 0)
		return r;
	*ret = address;
	return 0;
}

int usb_read_port(libusb_device *device, char *ret, size_t size)
{
	uint8_t ports[USB_MAX_DEPTH];
	char text[USB_TEXT_SIZE];
	size_t used;
	int depth, i;

	depth = libusb_get_port_numbers(device, ports, USB_MAX_DEPTH);
	if (depth < 1)
		return -ENODEV;
	used = (size_t)snprintf(text, sizeof(text), "%u", libusb_get_bus_number(device));
	for (i = 0; i < depth; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%u",
					 i == 0 ? '-' : '.', ports[i]);
	if (used >= size)
		return -ENAMETOOLONG;
	memcpy(ret, text, used + 1);
	return 0;
}

void usb_read_text(libusb_device *device, const char *attribute, char *ret, size_t size)
{
	char port[USB_TEXT_SIZE], path[128];
	ssize_t n;
	int fd;

	ret[0] = '\0';
	if (usb_read_port(device, port, sizeof(port)) < 0)
		return;
	(void)snprintf(path, sizeof(path), "/sys/bus/usb/devices/%s/%s", port, attribute);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, ret, size - 1);
	close(fd);
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static bool is_at(libusb_device *device, const struct usb_address *address)
{
	struct libusb_device_descriptor descriptor;
	uint8_t ports[USB_MAX_DEPTH];
	char serial[USB_TEXT_SIZE];

	if (address->by_port)
		return libusb_get_bus_number(device) == address->bus &&
		       libusb_get_port_numbers(device, ports, USB_MAX_DEPTH) == address->depth &&
		       memcmp(ports, address->ports, address->depth) == 0;
	if (libusb_get_device_descriptor(device, &descriptor) < 0 ||
	    descriptor.idVendor != address->vendor || descriptor.idProduct != address->product)
		return false;
	if (!address->serial[0])
		return true;
	usb_read_text(device, "serial", serial, sizeof(serial));
	return strcmp(serial, address->serial) == 0;
}

/* As many as there is room for. */
static void add_port(libusb_device *device, char *ret, size_t size)
{
	size_t used = strlen(ret);
	char port[USB_TEXT_SIZE];

	if (usb_read_port(device, port, sizeof(port)) < 0)
		return;
	if (used + strlen(port) + sizeof(", usb:port=") > size)
		return;
	(void)snprintf(ret + used, size - used, "%susb:port=%s", used > 0 ? ", " : "", port);
}

int usb_find_device(libusb_context *context, const struct usb_address *address, libusb_device **ret,
		    char *ret_ports, size_t ports_size)
{
	libusb_device **list, *found = NULL;
	ssize_t n, i;
	int r = 0;

	if (ret_ports)
		ret_ports[0] = '\0';
	n = libusb_get_device_list(context, &list);
	if (n < 0)
		return usb_map_error((int)n);
	for (i = 0; i < n; i++) {
		if (!is_at(list[i], address))
			continue;
		if (found)
			r = -ENOTUNIQ;
		found = list[i];
		if (ret_ports)
			add_port(found, ret_ports, ports_size);
	}
	if (r == 0 && !found)
		r = -ENODEV;
	if (r == 0)
		*ret = libusb_ref_device(found);
	libusb_free_device_list(list, 1);
	return r;
}

/* Which of several is meant: two-way before one-way, printer class before a vendor's own. Protocols
 * 3 (packets of IEEE 1284.4) and 4 (IPP, an HTTP server) do not take plain bytes; 0 means no. */
static int rank_interface(const struct libusb_interface_descriptor *at)
{
	if (at->bInterfaceClass == LIBUSB_CLASS_PRINTER && at->bInterfaceSubClass == 1)
		return at->bInterfaceProtocol == 2 ? 4 : at->bInterfaceProtocol == 1 ? 3 : 0;
	if (at->bInterfaceClass == LIBUSB_CLASS_PRINTER)
		return 2;
	return at->bInterfaceClass == LIBUSB_CLASS_VENDOR_SPEC ? 1 : 0;
}

static void take_endpoints(const struct libusb_interface_descriptor *at, struct usb_interface *ret)
{
	const struct libusb_endpoint_descriptor *endpoint;
	int i;

	for (i = 0; i < at->bNumEndpoints; i++) {
		endpoint = &at->endpoint[i];
		if ((endpoint->bmAttributes & 3) != LIBUSB_TRANSFER_TYPE_BULK)
			continue;
		if (!(endpoint->bEndpointAddress & LIBUSB_ENDPOINT_IN) && !ret->out)
			ret->out = endpoint->bEndpointAddress;
		if ((endpoint->bEndpointAddress & LIBUSB_ENDPOINT_IN) && !ret->in)
			ret->in = endpoint->bEndpointAddress;
	}
}

/* What the device says it is, though no bytes may go there. */
static bool is_printer(const struct libusb_config_descriptor *configuration)
{
	int i, k;

	for (i = 0; i < configuration->bNumInterfaces; i++) {
		for (k = 0; k < configuration->interface[i].num_altsetting; k++) {
			if (configuration->interface[i].altsetting[k].bInterfaceClass ==
			    LIBUSB_CLASS_PRINTER)
				return true;
		}
	}
	return false;
}

static int pick_from(const struct libusb_config_descriptor *configuration, int index, int best,
		     struct usb_interface *ret)
{
	const struct libusb_interface_descriptor *at;
	const struct libusb_interface *interface;
	struct usb_interface one;
	int i, k, rank;

	for (i = 0; i < configuration->bNumInterfaces; i++) {
		interface = &configuration->interface[i];
		for (k = 0; k < interface->num_altsetting; k++) {
			at = &interface->altsetting[k];
			one = (struct usb_interface){
				.configuration = configuration->bConfigurationValue,
				.configuration_index = (uint8_t)index,
				.number = at->bInterfaceNumber,
				.alternate = at->bAlternateSetting,
				.has_alternates = interface->num_altsetting > 1,
				.class = at->bInterfaceClass,
				.protocol = at->bInterfaceProtocol,
			};
			take_endpoints(at, &one);
			rank = one.out ? rank_interface(at) : 0;
			if (rank <= best)
				continue;
			best = rank;
			*ret = one;
		}
	}
	return best;
}

int usb_pick_interface(libusb_device *device, struct usb_interface *ret)
{
	struct libusb_config_descriptor *configuration;
	struct libusb_device_descriptor descriptor;
	struct usb_interface found;
	bool claims = false;
	int best = 0, active = -1, pass, i;

	if (libusb_get_device_descriptor(device, &descriptor) < 0)
		return -ENODEV;
	if (libusb_get_active_config_descriptor(device, &configuration) == 0) {
		active = configuration->bConfigurationValue;
		libusb_free_config_descriptor(configuration);
	}
	memset(&found, 0, sizeof(found));
	/* The active one first: to change it disturbs the device's other interfaces. */
	for (pass = 0; pass < 2 && best == 0; pass++) {
		for (i = 0; i < descriptor.bNumConfigurations; i++) {
			if (libusb_get_config_descriptor(device, (uint8_t)i, &configuration) < 0)
				continue;
			claims |= is_printer(configuration);
			if ((configuration->bConfigurationValue == active) == (pass == 0))
				best = pick_from(configuration, i, best, &found);
			libusb_free_config_descriptor(configuration);
		}
	}
	if (best == 0)
		return claims ? -ENXIO : -ENODEV;
	*ret = found;
	return 0;
}

size_t usb_find_device_id(const uint8_t *bytes, size_t len, const uint8_t **ret)
{
	size_t length;

	if (len < 2)
		return 0;
	length = (size_t)bytes[0] << 8 | bytes[1];
	if (length < USB_DEVICE_ID_MIN || length > USB_CONTROL_SIZE)
		length = (size_t)bytes[1] << 8 | bytes[0];
	if (length < USB_DEVICE_ID_MIN || length > USB_CONTROL_SIZE)
		return 0;
	*ret = bytes + 2;
	return (length < len ? length : len) - 2;
}
