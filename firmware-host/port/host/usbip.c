/* The USB/IP server. A connection first says what it wants (an OP_REQ), and if that was a device,
 * it carries transfers from then on; those are in usbip_transfer.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "firmware-host/port/host/usbip_private.h"

enum {
	VERSION = 0x0111,
	REQUEST_IMPORT = 0x8003,
	REQUEST_LIST = 0x8005,
	REPLY_IMPORT = 0x0003,
	REPLY_LIST = 0x0005,
	REQUEST_SIZE = 8,
	BUS_ID_SIZE = 32,
	PATH_SIZE = 256,
	DEVICE_SIZE = PATH_SIZE + BUS_ID_SIZE + 24,
	FULL_SPEED = 2, /* enum usb_device_speed */
	BUS = 1,

	/* of a reply; usbip's own tools tell them apart */
	STATUS_BUSY = 2,
	STATUS_NO_DEVICE = 4,
};

/* ---- connections ---------------------------------------------------------------------------- */

void usbip_init(struct usbip *usbip)
{
	memset(usbip, 0, sizeof(*usbip));
	usbip->listener = -1;
	for (int i = 0; i < USBIP_CONNECTIONS; i++)
		usbip->connections[i].fd = -1;
}

int usbip_add(struct usbip *usbip, struct usb_plug *plug)
{
	if (usbip->plug_count == USBIP_DEVICES)
		return -ENOSPC;
	usbip->plugs[usbip->plug_count++] = plug;
	return 0;
}

static void drop(struct usbip_connection *connection)
{
	if (connection->fd < 0)
		return;
	close(connection->fd);
	usbip_forget_all(connection);
	connection->fd = -1;
	if (connection->plug)
		usb_plug_reset(connection->plug);
	connection->plug = NULL;
}

static void refuse(struct usbip *usbip, struct usbip_connection *connection, const char *why)
{
	usbip->refused++;
	snprintf(usbip->refusal, sizeof(usbip->refusal), "%s", why);
	drop(connection);
}

int usbip_adopt(struct usbip *usbip, int fd, int64_t now_us)
{
	struct usbip_connection *free_one = NULL;

	for (int i = 0; i < USBIP_CONNECTIONS && !free_one; i++)
		if (usbip->connections[i].fd < 0)
			free_one = &usbip->connections[i];
	if (!free_one)
		return -ENOSPC;
	free_one->fd = fd;
	free_one->closing = false;
	free_one->since_us = now_us;
	free_one->header_len = free_one->replies_len = free_one->replies_sent = 0;
	return 0;
}

static int parse_address(const char *text, uint16_t port, struct sockaddr_storage *ret,
			 socklen_t *ret_len)
{
	struct sockaddr_in *four = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		*ret_len = sizeof(*four);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
		return -EINVAL;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	*ret_len = sizeof(*six);
	return 0;
}

int usbip_listen(struct usbip *usbip, const char *address, uint16_t port)
{
	struct sockaddr_storage storage;
	struct sockaddr *sockaddr = (struct sockaddr *)&storage;
	socklen_t len;
	int fd, one = 1, r;

	r = parse_address(address, port, &storage, &len);
	if (r < 0)
		return r;
	fd = socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, sockaddr, len) < 0 || listen(fd, 16) < 0 ||
	    getsockname(fd, sockaddr, &len) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	usbip->listener = fd;
	/* sin_port and sin6_port stand at the same place */
	usbip->port = ntohs(((struct sockaddr_in *)&storage)->sin_port);
	snprintf(usbip->address, sizeof(usbip->address), "%s", address);
	return 0;
}

void usbip_close(struct usbip *usbip)
{
	for (int i = 0; i < USBIP_CONNECTIONS; i++)
		drop(&usbip->connections[i]);
	if (usbip->listener >= 0)
		close(usbip->listener);
	usbip->listener = -1;
}

bool usbip_is_imported(const struct usbip *usbip, const struct usb_plug *plug)
{
	for (int i = 0; i < USBIP_CONNECTIONS; i++)
		if (usbip->connections[i].fd >= 0 && usbip->connections[i].plug == plug)
			return true;
	return false;
}

/* ---- what a client wants -------------------------------------------------------------------- */

uint8_t *usbip_reply(struct usbip_connection *connection, size_t len)
{
	uint8_t *at = connection->replies + connection->replies_len;

	memset(at, 0, len);
	connection->replies_len += len;
	return at;
}

static void put_device(const struct usbip *usbip, size_t index, uint8_t *at)
{
	const struct usb_plug *plug = usbip->plugs[index];
	uint8_t *fields = at + PATH_SIZE + BUS_ID_SIZE;

	snprintf((char *)at, PATH_SIZE, "/sys/devices/virtual/hall/%d-%zu", BUS, index + 1);
	snprintf((char *)at + PATH_SIZE, BUS_ID_SIZE, "%d-%zu", BUS, index + 1);
	usbip_put32(fields, BUS);
	usbip_put32(fields + 4, (uint32_t)index + 1);
	usbip_put32(fields + 8, FULL_SPEED);
	usbip_put16(fields + 12, plug->settings.vendor);
	usbip_put16(fields + 14, plug->settings.product);
	usbip_put16(fields + 16, 0x0100);
	/* class, subclass, protocol are the interface's */
	fields[21] = plug->configuration;
	fields[22] = 1; /* configurations */
	fields[23] = 1; /* interfaces */
}

static void list_devices(const struct usbip *usbip, struct usbip_connection *connection)
{
	uint8_t *head = usbip_reply(connection, REQUEST_SIZE + 4), *at;
	uint32_t count = 0;

	usbip_put16(head, VERSION);
	usbip_put16(head + 2, REPLY_LIST);
	for (size_t i = 0; i < usbip->plug_count; i++) {
		if (usb_plug_is_gone(usbip->plugs[i]))
			continue;
		at = usbip_reply(connection, DEVICE_SIZE + 4);
		put_device(usbip, i, at);
		usb_plug_interface(usbip->plugs[i], at + DEVICE_SIZE);
		count++;
	}
	usbip_put32(head + REQUEST_SIZE, count);
	connection->closing = true;
}

static uint32_t find_device(const struct usbip *usbip, const uint8_t bus_id[BUS_ID_SIZE],
			    size_t *ret)
{
	char expected[BUS_ID_SIZE];

	for (size_t i = 0; i < usbip->plug_count; i++) {
		snprintf(expected, sizeof(expected), "%d-%zu", BUS, i + 1);
		if (memcmp(bus_id, expected, strlen(expected) + 1) != 0)
			continue;
		if (usb_plug_is_gone(usbip->plugs[i]))
			return STATUS_NO_DEVICE;
		if (usbip_is_imported(usbip, usbip->plugs[i]))
			return STATUS_BUSY;
		*ret = i;
		return 0;
	}
	return STATUS_NO_DEVICE;
}

static void import_device(struct usbip *usbip, struct usbip_connection *connection)
{
	size_t index = 0;
	uint32_t status = find_device(usbip, connection->header + REQUEST_SIZE, &index);
	uint8_t *at = usbip_reply(connection, REQUEST_SIZE);

	usbip_put16(at, VERSION);
	usbip_put16(at + 2, REPLY_IMPORT);
	usbip_put32(at + 4, status);
	if (status) {
		connection->closing = true;
		return;
	}
	put_device(usbip, index, usbip_reply(connection, DEVICE_SIZE));
	connection->plug = usbip->plugs[index];
	connection->id = (uint32_t)BUS << 16 | (uint32_t)(index + 1);
	usb_plug_reset(connection->plug);
	usbip->imports++;
}

static void take_request(struct usbip *usbip, struct usbip_connection *connection)
{
	uint16_t code = usbip_get16(connection->header + 2);

	if (usbip_get16(connection->header) != VERSION) {
		refuse(usbip, connection, "a version other than 1.1.1");
	} else if (code == REQUEST_LIST) {
		list_devices(usbip, connection);
	} else if (code != REQUEST_IMPORT) {
		refuse(usbip, connection, "a request that is neither list nor import");
	} else if (connection->header_len == REQUEST_SIZE + BUS_ID_SIZE) {
		import_device(usbip, connection);
	} else {
		return; /* the bus ID is still to come */
	}
	connection->header_len = 0;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* What is expected next, and how much of it. */
static size_t wanted(struct usbip_connection *connection, uint8_t **ret)
{
	size_t size = connection->plug			      ? USBIP_HEADER
		      : connection->header_len < REQUEST_SIZE ? REQUEST_SIZE
							      : REQUEST_SIZE + BUS_ID_SIZE;

	if (connection->incoming.bytes) {
		*ret = connection->incoming.bytes + connection->incoming_len;
		return connection->incoming.len - connection->incoming_len;
	}
	*ret = connection->header + connection->header_len;
	return size - connection->header_len;
}

static void took(struct usbip *usbip, struct usbip_connection *connection, size_t len)
{
	const char *why;

	if (connection->incoming.bytes) {
		connection->incoming_len += len;
		if (connection->incoming_len == connection->incoming.len)
			usbip_queue(connection);
		return;
	}
	connection->header_len += len;
	if (connection->plug && connection->header_len == USBIP_HEADER) {
		why = usbip_take_command(connection);
		if (why)
			refuse(usbip, connection, why);
	} else if (!connection->plug && (connection->header_len == REQUEST_SIZE ||
					 connection->header_len == REQUEST_SIZE + BUS_ID_SIZE)) {
		take_request(usbip, connection);
	}
}

static bool reads(const struct usbip_connection *connection)
{
	return connection->fd >= 0 && !connection->closing && usbip_has_room(connection);
}

static void receive(struct usbip *usbip, struct usbip_connection *connection)
{
	while (reads(connection)) {
		uint8_t *at;
		size_t size = wanted(connection, &at);
		ssize_t n = recv(connection->fd, at, size, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			drop(connection);
			return;
		}
		took(usbip, connection, (size_t)n);
	}
}

static void send_replies(struct usbip_connection *connection)
{
	while (connection->fd >= 0 && connection->replies_sent < connection->replies_len) {
		ssize_t n = send(connection->fd, connection->replies + connection->replies_sent,
				 connection->replies_len - connection->replies_sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			drop(connection);
			return;
		}
		connection->replies_sent += (size_t)n;
	}
	connection->replies_len -= connection->replies_sent;
	memmove(connection->replies, connection->replies + connection->replies_sent,
		connection->replies_len);
	connection->replies_sent = 0;
	if (connection->closing && !connection->replies_len)
		drop(connection);
}

static void process_connection(struct usbip *usbip, struct usbip_connection *connection,
			       int64_t now_us)
{
	if (!connection->plug && now_us - connection->since_us > USBIP_HELLO_US) {
		refuse(usbip, connection, "a client that does not say what it wants");
		return;
	}
	receive(usbip, connection);
	if (connection->fd >= 0 && connection->plug)
		usbip_run(connection);
	if (connection->fd >= 0)
		send_replies(connection);
	/* The plug is out: the other machine's bus notices at once, whatever was on its way. */
	if (connection->fd >= 0 && connection->plug && usb_plug_is_gone(connection->plug))
		drop(connection);
}

static void accept_client(struct usbip *usbip, int64_t now_us)
{
	int fd = accept4(usbip->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int one = 1, idle_s = 15;

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* A machine that was switched off does not hold the device for ever. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	if (usbip_adopt(usbip, fd, now_us) < 0)
		close(fd);
}

size_t usbip_fds(const struct usbip *usbip, struct pollfd ret[USBIP_FDS])
{
	size_t count = 0;

	if (usbip->listener >= 0)
		ret[count++] = (struct pollfd){.fd = usbip->listener, .events = POLLIN};
	for (int i = 0; i < USBIP_CONNECTIONS; i++) {
		const struct usbip_connection *connection = &usbip->connections[i];
		short events = (short)((reads(connection) ? POLLIN : 0) |
				       (connection->replies_len ? POLLOUT : 0));

		if (connection->fd >= 0)
			ret[count++] = (struct pollfd){.fd = connection->fd, .events = events};
	}
	return count;
}

void usbip_process(struct usbip *usbip, int64_t now_us)
{
	if (usbip->listener >= 0)
		accept_client(usbip, now_us);
	for (int i = 0; i < USBIP_CONNECTIONS; i++)
		if (usbip->connections[i].fd >= 0)
			process_connection(usbip, &usbip->connections[i], now_us);
}
