/* Transfers of an imported device. One for which the printer has no room, or no answer yet, stays
 * unanswered: on a real bus it would be NAKed until it is. */
#include "firmware-host/port/host/usbip_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMMAND_SUBMIT = 1,
	COMMAND_UNLINK = 2,
	RETURN_SUBMIT = 3,
	RETURN_UNLINK = 4,
};

static void forget_urb(struct usbip_connection *connection, size_t index)
{
	connection->held -= connection->urbs[index].len;
	free(connection->urbs[index].bytes);
	connection->urb_count--;
	memmove(connection->urbs + index, connection->urbs + index + 1,
		(connection->urb_count - index) * sizeof(connection->urbs[0]));
}

void usbip_forget_all(struct usbip_connection *connection)
{
	while (connection->urb_count)
		forget_urb(connection, connection->urb_count - 1);
	free(connection->incoming.bytes);
	connection->incoming.bytes = NULL;
}

static uint8_t *answer_urb(struct usbip_connection *connection, const struct usbip_urb *urb,
			   int status, size_t actual, size_t payload)
{
	uint8_t *at = usbip_reply(connection, USBIP_HEADER + payload);

	usbip_put32(at, RETURN_SUBMIT);
	usbip_put32(at + 4, urb->sequence);
	usbip_put32(at + 20, (uint32_t)status);
	usbip_put32(at + 24, (uint32_t)actual);
	return at + USBIP_HEADER;
}

static void run_control(struct usbip_connection *connection, const struct usbip_urb *urb)
{
	uint8_t bytes[USB_PLUG_CONTROL];
	int n = usb_plug_control(connection->plug, &urb->setup, bytes);
	bool is_in = urb->setup.type & 0x80;
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len > urb->setup.length)
		len = urb->setup.length;
	if (is_in && len > urb->len)
		len = urb->len;
	if (n < 0)
		(void)answer_urb(connection, urb, -EPIPE, 0, 0);
	else if (is_in)
		memcpy(answer_urb(connection, urb, 0, len, len), bytes, len);
	else
		(void)answer_urb(connection, urb, 0, urb->len, 0);
}

/* True when it was answered. */
static bool run_out(struct usbip_connection *connection, struct usbip_urb *urb)
{
	size_t taken;
	int r = usb_plug_out(connection->plug, urb->bytes ? urb->bytes + urb->done : NULL,
			     urb->len - urb->done, &taken);

	urb->done += taken;
	if (r == 0 && urb->done < urb->len)
		return false;
	(void)answer_urb(connection, urb, r, urb->done, 0);
	return true;
}

static bool run_in(struct usbip_connection *connection, struct usbip_urb *urb)
{
	uint8_t bytes[USB_PLUG_ANSWERS];
	size_t size = urb->len < sizeof(bytes) ? urb->len : sizeof(bytes);
	int n = usb_plug_in(connection->plug, bytes, size);

	if (n == -EAGAIN)
		return false;
	if (n < 0)
		(void)answer_urb(connection, urb, n, 0, 0);
	else
		memcpy(answer_urb(connection, urb, 0, (size_t)n, (size_t)n), bytes, (size_t)n);
	return true;
}

static bool run_urb(struct usbip_connection *connection, struct usbip_urb *urb)
{
	if (!urb->endpoint)
		run_control(connection, urb);
	else if (!usb_plug_has(connection->plug, urb->endpoint))
		(void)answer_urb(connection, urb, -EPIPE, 0, 0);
	else
		return urb->endpoint == USB_PLUG_OUT ? run_out(connection, urb)
						     : run_in(connection, urb);
	return true;
}

/* Each endpoint works its transfers off in their order; one that waits holds up only its own. */
void usbip_run(struct usbip_connection *connection)
{
	uint8_t waiting[2] = {0, 0}; /* OUT, IN */
	size_t i = 0;

	while (i < connection->urb_count && usbip_has_room(connection)) {
		struct usbip_urb *urb = &connection->urbs[i];
		uint8_t *waits = urb->endpoint ? &waiting[urb->endpoint == USB_PLUG_IN] : NULL;

		if ((waits && *waits) || !run_urb(connection, urb)) {
			if (waits)
				*waits = 1;
			i++;
		} else {
			forget_urb(connection, i);
		}
	}
}

static void unlink_urb(struct usbip_connection *connection)
{
	uint32_t sequence = usbip_get32(connection->header + 20);
	uint8_t *at = usbip_reply(connection, USBIP_HEADER);

	usbip_put32(at, RETURN_UNLINK);
	usbip_put32(at + 4, usbip_get32(connection->header + 4));
	for (size_t i = 0; i < connection->urb_count; i++) {
		if (connection->urbs[i].sequence != sequence)
			continue;
		usbip_put32(at + 20, (uint32_t)-ECONNRESET);
		forget_urb(connection, i);
		return;
	}
}

void usbip_queue(struct usbip_connection *connection)
{
	connection->urbs[connection->urb_count++] = connection->incoming;
	connection->held += connection->incoming.len;
	connection->incoming.bytes = NULL;
	connection->header_len = 0;
	usbip_run(connection);
}

/* The sentence with which a transfer is refused; NULL: it is one. */
static const char *parse_submit(const struct usbip_connection *connection, struct usbip_urb *ret,
				bool *ret_is_in)
{
	const uint8_t *header = connection->header, *setup = header + 40;
	uint32_t direction = usbip_get32(header + 12), endpoint = usbip_get32(header + 16);
	uint32_t packets = usbip_get32(header + 32);

	if (direction > 1 || endpoint > 15)
		return "a transfer to no endpoint";
	if (packets != 0 && packets != UINT32_MAX)
		return "an isochronous transfer";
	*ret = (struct usbip_urb){
		.sequence = usbip_get32(header + 4),
		.endpoint = (uint8_t)(endpoint | (endpoint ? direction << 7 : 0)),
		.setup = {setup[0], setup[1], (uint16_t)(setup[2] | setup[3] << 8),
			  (uint16_t)(setup[4] | setup[5] << 8),
			  (uint16_t)(setup[6] | setup[7] << 8)},
		.len = usbip_get32(header + 24),
	};
	*ret_is_in = direction == 1;
	if (!endpoint && *ret_is_in != (ret->setup.type >> 7 == 1) && ret->len)
		return "a control transfer in two directions";
	if (ret->len > USBIP_URB_SIZE || ret->len > USBIP_HELD_SIZE - connection->held)
		return "more bytes in transfers than there is room for";
	if (connection->urb_count == USBIP_URBS)
		return "more transfers than there is room for";
	return NULL;
}

static const char *take_submit(struct usbip_connection *connection)
{
	struct usbip_urb *urb = &connection->incoming;
	bool is_in = false;
	const char *why = parse_submit(connection, urb, &is_in);

	if (why)
		return why;
	if (is_in || !urb->len) {
		usbip_queue(connection);
		return NULL;
	}
	urb->bytes = malloc(urb->len);
	connection->incoming_len = 0;
	return urb->bytes ? NULL : "out of memory";
}

const char *usbip_take_command(struct usbip_connection *connection)
{
	uint32_t command = usbip_get32(connection->header);

	if (usbip_get32(connection->header + 8) != connection->id)
		return "a command to another device";
	if (command == COMMAND_SUBMIT)
		return take_submit(connection);
	if (command != COMMAND_UNLINK)
		return "a command that is neither submit nor unlink";
	unlink_urb(connection);
	connection->header_len = 0;
	return NULL;
}
