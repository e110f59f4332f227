/* What usbip.c and usbip_transfer.c share: numbers on the wire, room for replies. */
#pragma once

#include "firmware-host/port/host/usbip.h"

/* There must be so much room for replies before anything is done that may need one. */
enum { USBIP_REPLY_SIZE = USBIP_HEADER + USB_PLUG_ANSWERS };

static inline uint16_t usbip_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t usbip_get32(const uint8_t *at)
{
	return (uint32_t)usbip_get16(at) << 16 | usbip_get16(at + 2);
}

static inline void usbip_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void usbip_put32(uint8_t *at, uint32_t value)
{
	usbip_put16(at, (uint16_t)(value >> 16));
	usbip_put16(at + 2, (uint16_t)value);
}

static inline bool usbip_has_room(const struct usbip_connection *connection)
{
	return USBIP_REPLIES - connection->replies_len >= USBIP_REPLY_SIZE;
}

/* len zero bytes to be filled. The caller has seen to it that there is room. */
uint8_t *usbip_reply(struct usbip_connection *connection, size_t len);

/* usbip_transfer.c. A whole command is in the header: NULL, or why the client is to be cut off. */
const char *usbip_take_command(struct usbip_connection *connection);
/* The incoming transfer has all its bytes. */
void usbip_queue(struct usbip_connection *connection);
void usbip_run(struct usbip_connection *connection);
void usbip_forget_all(struct usbip_connection *connection);
