/* The registers of our own profiles by name: proto/board_profile.h and proto/keypad_profile.h. */
#include <string.h>

#include "drivers/board/modbus/codec.h"
#include "drivers/text/text.h"
#include "firmware-host/proto/board_profile.h"
#include "firmware-host/proto/keypad_profile.h"

struct name {
	uint16_t address;
	const char *name;
};

/* Boards and keypads share these addresses; where they mean different things it says so. */
static const struct name inputs[] = {
	{BOARD_STATUS, "status\t屏状态；键盘：序号低位与按键 board's status; keypad: packed press"},
	{BOARD_NONCE_HIGH, "nonce_high\t上电随机数 drawn at power-on"},
	{BOARD_NONCE_LOW, "nonce_low\t上电随机数 drawn at power-on"},
	{BOARD_SHOWN_REVISION, "revision\t屏：所示版本；键盘：序号 board: shown; keypad: sequence"},
	{BOARD_SHOWN_CRC, "text_crc\t屏：文字 CRC；键盘：按键 board: of its text; keypad: key"},
	{BOARD_LIFE_LEFT, "life_left\t屏：剩余秒数；键盘：参数 board: seconds; keypad: argument"},
	{BOARD_SIZE, "size\t屏：列数×256＋行数；键盘：按下时长 board: columns, rows; keypad: age"},
	{BOARD_KIND, "kind\t1 键盘 keypad, 2 取号面板 panel, 3 屏 board"},
	{BOARD_LIT, "lit\t屏：亮度 %；键盘：排队按键数 board: brightness; keypad: queued"},
	{BOARD_PROFILE, "profile\t本协议版本 version of the profile"},
};
static const struct name holdings[] = {
	{KEYPAD_ACK_NONCE_HIGH, "ack_nonce_high\t键盘：确认 keypad: acknowledgement"},
	{KEYPAD_ACK_NONCE_LOW, "ack_nonce_low\t键盘：确认 keypad: acknowledgement"},
	{KEYPAD_ACK_SEQUENCE, "ack_sequence\t键盘：确认 keypad: acknowledgement"},
	{KEYPAD_ACK_RESULT,
	 "ack_result\t0 完成 done, 1 拒绝 refused, 2 无人等候 nobody waits, 3 unavailable"},
	{KEYPAD_WAITING, "waiting\t键盘：等候人数 keypad: how many wait"},
	{BOARD_REVISION, "revision\t文字版本 of the text"},
	{BOARD_ATTRIBUTES, "attributes\t位 bits: 0 闪烁 blinks, 1 移动 moves, 2 反显 inverse"},
	{BOARD_LIFE, "life\t秒；0 永久 seconds, 0 for ever"},
	{BOARD_LENGTH, "length\t文字字节数 bytes of the text"},
	{BOARD_BRIGHTNESS, "brightness\t亮度 %"},
	{BOARD_DARK, "dark\t1 熄屏 nothing is lit"},
	{BOARD_WATCHDOG, "watchdog\t秒；0 不用 seconds, 0 never"},
};

const char *modbus_register_name(bool input, uint16_t address)
{
	const struct name *names = input ? inputs : holdings;
	size_t count =
		input ? sizeof(inputs) / sizeof(inputs[0]) : sizeof(holdings) / sizeof(holdings[0]);

	for (size_t i = 0; i < count; i++)
		if (names[i].address == address)
			return names[i].name;
	return NULL;
}

/* The end of a text is where NUL fills the last register. */
static void tell_bytes(codec_field_fn field, void *user, const char *key, const uint8_t *bytes,
		       size_t len)
{
	char text[4 * MODBUS_RTU_MAX + 1];

	if (len > MODBUS_RTU_MAX)
		len = MODBUS_RTU_MAX;
	while (len > 0 && bytes[len - 1] == 0)
		len--;
	if (text_from_gbk(bytes, len, text, sizeof(text)) == 0)
		field(user, key, text);
}

static bool in_text(uint16_t address)
{
	return address >= BOARD_TEXT && address < BOARD_TEXT + BOARD_TEXT_COUNT;
}

static bool in_number(uint16_t address)
{
	return address >= KEYPAD_NUMBER && address < KEYPAD_NUMBER + KEYPAD_DISPLAY_COUNT - 1;
}

void modbus_tell_registers(codec_field_fn field, void *user, bool input, uint16_t first,
			   const uint8_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint16_t address = (uint16_t)(first + i);
		const char *name = modbus_register_name(input, address);
		bool text = !input && in_text(address), number = !input && in_number(address);
		size_t run = i;

		while (run < count && (text ? in_text((uint16_t)(first + run))
					    : number && in_number((uint16_t)(first + run))))
			run++;
		if (run > i) {
			tell_bytes(field, user, text ? "text" : "number", values + 2 * i,
				   2 * (run - i));
			i = run - 1;
		} else if (name) {
			char key[32] = "";

			strncat(key, name, strcspn(name, "\t"));
			codec_tell(field, user, key, "%u\t%04X: %s",
				   values[2 * i] << 8 | values[2 * i + 1], address,
				   strchr(name, '\t') + 1);
		}
	}
}
