/* Keypad and panel. A press stays in the queue until the host has written its acknowledgement,
 * which it does only when the press's effect is durable: a cable that is pulled loses nothing. */
#include "firmware-host/app/keypad.h"

#include <string.h>

enum { AGE_UNIT_MS = 10, MAX_AGE = 0xffff };

void keypad_init(struct keypad *keypad, const struct keypad_settings *settings,
		 struct hal_uart uart)
{
	memset(keypad, 0, sizeof(*keypad));
	keypad->settings = *settings;
	if (!keypad->settings.nonce)
		keypad->settings.nonce = 1;
	keypad->uart = uart;
}

static void add_press(struct keypad *keypad, uint32_t now_ms)
{
	struct keypad_press *press;

	if (keypad->queued == KEYPAD_QUEUE) {
		keypad->lost++;
		return;
	}
	press = &keypad->queue[keypad->queued++];
	press->sequence = ++keypad->sequence;
	press->key = keypad->down_key;
	press->argument = keypad->down_argument;
	press->at_ms = now_ms;
	press->old = false;
}

void keypad_contact(struct keypad *keypad, uint16_t key, uint16_t argument, bool down,
		    uint32_t now_ms)
{
	keypad_tick(keypad, now_ms);
	if (down && !keypad->down) {
		bool same = key == keypad->down_key && argument == keypad->down_argument;

		/* A contact that opened for a moment is still the same press: the tick above has
		 * not ended it. */
		if (!same)
			keypad->pressed = false;
		if (!keypad->pressed)
			keypad->down_ms = now_ms;
		keypad->down_key = key;
		keypad->down_argument = argument;
		keypad->down = true;
	} else if (!down && keypad->down && key == keypad->down_key &&
		   argument == keypad->down_argument) {
		keypad->down = false;
		keypad->up_ms = now_ms;
	}
}

void keypad_tick(struct keypad *keypad, uint32_t now_ms)
{
	if (keypad->down && !keypad->pressed && now_ms - keypad->down_ms >= KEYPAD_DEBOUNCE_MS) {
		keypad->pressed = true;
		add_press(keypad, now_ms);
	}
	if (!keypad->down && keypad->pressed && now_ms - keypad->up_ms >= KEYPAD_DEBOUNCE_MS)
		keypad->pressed = false;
	if (keypad->len && now_ms - keypad->byte_ms >= KEYPAD_SILENCE_MS)
		keypad->len = 0;
	/* Kept, because the clock comes round after 49 days and the press would be young again. */
	for (uint16_t i = 0; i < keypad->queued; i++)
		if (now_ms - keypad->queue[i].at_ms >= MAX_AGE * AGE_UNIT_MS)
			keypad->queue[i].old = true;
}

static uint16_t input_register(const struct keypad *keypad, uint16_t address, uint32_t now_ms)
{
	const struct keypad_press *press = &keypad->queue[0];
	bool any = keypad->queued > 0;

	switch (address) {
	case KEYPAD_PACKED: return any ? (uint16_t)(press->sequence << 8 | (press->key & 0xff)) : 0;
	case KEYPAD_NONCE_HIGH: return (uint16_t)(keypad->settings.nonce >> 16);
	case KEYPAD_NONCE_LOW: return (uint16_t)keypad->settings.nonce;
	case KEYPAD_SEQUENCE: return any ? press->sequence : 0;
	case KEYPAD_KEY: return any ? press->key : 0;
	case KEYPAD_ARGUMENT: return any ? press->argument : 0;
	case KEYPAD_AGE:
		if (!any)
			return 0;
		return press->old ? MAX_AGE : (uint16_t)((now_ms - press->at_ms) / AGE_UNIT_MS);
	case KEYPAD_KIND: return keypad->settings.kind;
	case KEYPAD_QUEUED: return keypad->queued;
	default: return KEYPAD_PROFILE_VERSION;
	}
}

/* The acknowledgement of another boot or another press is answered, and changes nothing. */
static void acknowledge(struct keypad *keypad, const uint16_t *values)
{
	uint32_t nonce = (uint32_t)values[0] << 16 | values[1];

	if (nonce != keypad->settings.nonce || !keypad->queued ||
	    values[2] != keypad->queue[0].sequence)
		return;
	keypad->acked = values[2];
	keypad->ack_result = values[3];
	keypad->acks++;
	keypad->queued--;
	memmove(keypad->queue, keypad->queue + 1, keypad->queued * sizeof(keypad->queue[0]));
}

static size_t refuse(uint8_t *frame, size_t size, const struct modbus_request *request,
		     uint8_t code)
{
	return modbus_build_exception(frame, size, request->slave, request->function, code);
}

static bool within(const struct modbus_request *request, uint16_t first, uint16_t count)
{
	return request->first >= first && request->first + request->count <= first + count;
}

static size_t read_input(const struct keypad *keypad, const struct modbus_request *request,
			 uint8_t *frame, size_t size, uint32_t now_ms)
{
	uint16_t values[KEYPAD_INPUT_COUNT];

	if (!within(request, 0, KEYPAD_INPUT_COUNT))
		return refuse(frame, size, request, MODBUS_ILLEGAL_ADDRESS);
	for (uint16_t i = 0; i < request->count; i++)
		values[i] = input_register(keypad, (uint16_t)(request->first + i), now_ms);
	return modbus_build_values(frame, size, request->slave, request->function, values,
				   request->count);
}

static size_t read_holding(const struct keypad *keypad, const struct modbus_request *request,
			   uint8_t *frame, size_t size)
{
	const uint32_t nonce = keypad->acks ? keypad->settings.nonce : 0;
	const uint16_t ack[KEYPAD_ACK_COUNT] = {(uint16_t)(nonce >> 16), (uint16_t)nonce,
						keypad->acked, keypad->ack_result};
	const uint16_t *values;

	if (within(request, KEYPAD_ACK_NONCE_HIGH, KEYPAD_ACK_COUNT))
		values = ack + (request->first - KEYPAD_ACK_NONCE_HIGH);
	else if (within(request, KEYPAD_WAITING, KEYPAD_DISPLAY_COUNT))
		values = keypad->display + (request->first - KEYPAD_WAITING);
	else
		return refuse(frame, size, request, MODBUS_ILLEGAL_ADDRESS);
	return modbus_build_values(frame, size, request->slave, request->function, values,
				   request->count);
}

static size_t write_registers(struct keypad *keypad, const struct modbus_request *request,
			      uint8_t *frame, size_t size)
{
	if (request->first == KEYPAD_ACK_NONCE_HIGH && request->count == KEYPAD_ACK_COUNT) {
		if (request->values[KEYPAD_ACK_COUNT - 1] > KEYPAD_ACK_LARGEST)
			return refuse(frame, size, request, MODBUS_ILLEGAL_VALUE);
		acknowledge(keypad, request->values);
	} else if (within(request, KEYPAD_WAITING, KEYPAD_DISPLAY_COUNT)) {
		memcpy(keypad->display + (request->first - KEYPAD_WAITING), request->values,
		       request->count * sizeof(request->values[0]));
	} else {
		return refuse(frame, size, request, MODBUS_ILLEGAL_ADDRESS);
	}
	if (request->function == MODBUS_WRITE_ONE)
		return modbus_build_write_one(frame, size, request->slave, request->first,
					      request->values[0]);
	return modbus_build_written(frame, size, request->slave, request->first, request->count);
}

static size_t answer(struct keypad *keypad, const struct modbus_request *request, uint8_t *frame,
		     size_t size, uint32_t now_ms)
{
	if (request->count < 1)
		return refuse(frame, size, request, MODBUS_ILLEGAL_VALUE);
	switch (request->function) {
	case MODBUS_READ_INPUT: return read_input(keypad, request, frame, size, now_ms);
	case MODBUS_READ_HOLDING: return read_holding(keypad, request, frame, size);
	default: return write_registers(keypad, request, frame, size);
	}
}

static void on_request(struct keypad *keypad, const struct modbus_request *request, uint32_t now_ms)
{
	uint8_t frame[MODBUS_MAX_FRAME];

	if (request->slave == keypad->settings.address)
		keypad->uart.send(keypad->uart.port, frame,
				  answer(keypad, request, frame, sizeof(frame), now_ms));
}

static void drop(struct keypad *keypad, size_t count)
{
	keypad->len -= count;
	memmove(keypad->bytes, keypad->bytes + count, keypad->len);
}

/* Another slave's answer at the start: n > 0 its length, 0 it may become one, -1 it is none. */
static int foreign_answer(const struct keypad *keypad)
{
	struct modbus_reply reply;

	if (keypad->bytes[0] == keypad->settings.address)
		return -1;
	if (keypad->len < 2)
		return 0;
	return modbus_match_reply(keypad->bytes, keypad->len, keypad->bytes[0],
				  keypad->bytes[1] & 0x7f, &reply);
}

/* Other slaves' answers pass by on the same pair of wires. They are taken out whole: inside one may
 * stand what looks like the head of a longer request and would swallow our own. What is neither is
 * skipped byte by byte, and silence clears the rest. */
void keypad_receive(struct keypad *keypad, uint8_t byte, uint32_t now_ms)
{
	keypad_tick(keypad, now_ms);
	keypad->byte_ms = now_ms;
	if (keypad->len == sizeof(keypad->bytes))
		drop(keypad, 1);
	keypad->bytes[keypad->len++] = byte;
	while (keypad->len) {
		struct modbus_request request;
		int expected = modbus_request_length(keypad->bytes, keypad->len);
		int foreign = foreign_answer(keypad);

		if (foreign > 0) {
			drop(keypad, (size_t)foreign);
			continue;
		}
		if (expected == 0 || expected > (int)keypad->len)
			return;
		if (expected > 0 &&
		    modbus_parse_request(keypad->bytes, (size_t)expected, &request)) {
			drop(keypad, (size_t)expected);
			on_request(keypad, &request, now_ms);
		} else if (foreign == 0) {
			return;
		} else {
			drop(keypad, 1);
		}
	}
}

void keypad_number(const struct keypad *keypad, char ret_number[9])
{
	for (int i = 0; i < 8; i++) {
		uint16_t value = keypad->display[1 + i / 2];
		uint8_t c = (uint8_t)(i % 2 ? value : value >> 8);

		ret_number[i] = (char)(c == 0 || (c >= 0x20 && c < 0x7f) ? c : '?');
	}
	ret_number[8] = '\0';
}
