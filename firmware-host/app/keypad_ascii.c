/* The plain keypad. A contact that closes sends its character at once: a contact that bounces sends
 * it again, as real ones without a debounce do. */
#include "firmware-host/app/keypad_ascii.h"

#include <string.h>

enum { BEL = 0x07, NAK = 0x15 };

void keypad_ascii_init(struct keypad_ascii_pad *pad, struct hal_uart uart)
{
	memset(pad, 0, sizeof(*pad));
	pad->uart = uart;
	pad->repeat_after_ms = 500;
	pad->repeat_every_ms = 100;
}

static void say(struct keypad_ascii_pad *pad)
{
	pad->sent++;
	pad->uart.send(pad->uart.port, &pad->down, 1);
}

void keypad_ascii_contact(struct keypad_ascii_pad *pad, uint8_t key, bool down, uint32_t now_ms)
{
	if (down && key && pad->down != key) {
		pad->down = key;
		pad->next_ms = now_ms + pad->repeat_after_ms;
		say(pad);
	} else if (!down && pad->down == key) {
		pad->down = 0;
	}
}

void keypad_ascii_tick(struct keypad_ascii_pad *pad, uint32_t now_ms)
{
	if (!pad->down || !pad->repeat_every_ms || (int32_t)(now_ms - pad->next_ms) < 0)
		return;
	pad->next_ms = now_ms + pad->repeat_every_ms;
	say(pad);
}

void keypad_ascii_receive(struct keypad_ascii_pad *pad, uint8_t byte)
{
	if (byte == BEL) {
		pad->beeps++;
	} else if (byte == NAK) {
		pad->refusals++;
	} else if (byte == '\r') {
		memcpy(pad->shown, pad->line, sizeof(pad->shown));
		memset(pad->line, 0, sizeof(pad->line));
		pad->len = 0;
	} else if (byte >= 0x20 && byte < 0x7f && pad->len < KEYPAD_ASCII_SHOWN - 1) {
		pad->line[pad->len++] = (char)byte;
	}
}
