/* The table has the commands that the manuals name (TM-T88III, SP91), more than the driver sends,
 * so that a wrong byte is told as what a printer would take it for. FS C is not there: Japanese
 * models only. */
#include "tests/unit/drivers/escpos_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct command {
	uint8_t lead, code;
	const char *name;
	int args;
};

static const struct command commands[] = {
	{0x1b, 0x40, "ESC @", 0}, {0x1b, 0x61, "ESC a", 1}, {0x1b, 0x45, "ESC E", 1},
	{0x1b, 0x64, "ESC d", 1}, {0x1b, 0x4a, "ESC J", 1}, {0x1b, 0x74, "ESC t", 1},
	{0x1b, 0x21, "ESC !", 1}, {0x1b, 0x70, "ESC p", 3}, {0x1d, 0x21, "GS !", 1},
	{0x1d, 0x61, "GS a", 1},  {0x1d, 0x72, "GS r", 1},  {0x1c, 0x26, "FS &", 0},
	{0x1c, 0x2e, "FS .", 0},  {0x1c, 0x21, "FS !", 1},  {0x1c, 0x57, "FS W", 1},
};

struct list {
	char *text;
	size_t size, len;
	bool full;
};

__attribute__((format(printf, 2, 3))) static void add(struct list *list, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(list->text + list->len, list->size - list->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= list->size - list->len)
		list->full = true;
	else
		list->len += (size_t)n;
}

static void add_hex(struct list *list, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		add(list, " %02X", bytes[i]);
}

/* GS ( L pL pH 30 70 a bx by c xL xH yL yH ...: dots across, rows; p = 10 + their bytes */
static size_t read_graphics(struct list *list, const uint8_t *bytes, size_t args)
{
	size_t across = bytes[11] | (size_t)bytes[12] << 8;
	size_t down = bytes[13] | (size_t)bytes[14] << 8;
	size_t black = 0;

	if ((across + 7) / 8 * down + 10 != args || down == 0 || bytes[8] != 1 || bytes[9] != 1)
		return 0;
	for (size_t i = 0; i < args - 10; i++)
		black += (size_t)__builtin_popcount(bytes[15 + i]);
	add(list, "GS ( L %zux%zu black %zu\n", across, down, black);
	return 5 + args;
}

/* GS ( x pL pH ... */
static size_t read_block(struct list *list, const uint8_t *bytes, size_t len)
{
	size_t args;

	if (len < 5)
		return 0;
	args = bytes[3] | (size_t)bytes[4] << 8;
	if (len < 5 + args)
		return 0;
	if (bytes[2] == 'L' && args > 10 && bytes[5] == 0x30 && bytes[6] == 0x70)
		return read_graphics(list, bytes, args);
	add(list, "GS ( %c", bytes[2]);
	if (bytes[2] == 'k' && args > 3 && bytes[5] == 0x31 && bytes[6] == 0x50)
		add(list, " 31 50 30 \"%.*s\"", (int)args - 3, (const char *)bytes + 8);
	else
		add_hex(list, bytes + 5, args);
	add(list, "\n");
	return 5 + args;
}

/* GS v 0 m xL xH yL yH ... */
static size_t read_picture(struct list *list, const uint8_t *bytes, size_t len)
{
	size_t across, down, black = 0;

	if (len < 8 || bytes[2] != 0x30)
		return 0;
	across = bytes[4] | (size_t)bytes[5] << 8;
	down = bytes[6] | (size_t)bytes[7] << 8;
	if (len - 8 < across * down || across == 0 || down == 0)
		return 0;
	for (size_t i = 0; i < across * down; i++)
		black += (size_t)__builtin_popcount(bytes[8 + i]);
	add(list, "GS v 0 m=%u %zux%zu black %zu\n", bytes[3], across, down, black);
	return 8 + across * down;
}

/* GS V: 0, 1, 48, 49 alone; 65, 66 with n. */
static size_t read_cut(struct list *list, const uint8_t *bytes, size_t len)
{
	size_t n = len > 2 && bytes[2] >= 0x41 ? 4 : 3;

	if (len < n)
		return 0;
	add(list, "GS V");
	add_hex(list, bytes + 2, n - 2);
	add(list, "\n");
	return n;
}

static size_t read_command(struct list *list, const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return 0;
	if (bytes[0] == 0x1d && bytes[1] == 0x28)
		return read_block(list, bytes, len);
	if (bytes[0] == 0x1d && bytes[1] == 0x76)
		return read_picture(list, bytes, len);
	if (bytes[0] == 0x1d && bytes[1] == 0x56)
		return read_cut(list, bytes, len);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *command = &commands[i];

		if (command->lead != bytes[0] || command->code != bytes[1])
			continue;
		if (len < 2 + (size_t)command->args)
			return 0;
		add(list, "%s", command->name);
		add_hex(list, bytes + 2, (size_t)command->args);
		add(list, "\n");
		return 2 + (size_t)command->args;
	}
	return 0;
}

static bool is_latin(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

/* In Chinese mode a byte from 81 on begins a pair; outside it is some code page's letter, and this
 * driver has no business to send one. */
static size_t read_text(struct list *list, const uint8_t *bytes, size_t len, bool chinese)
{
	size_t n = 0;

	if (is_latin(bytes[0])) {
		while (n < len && is_latin(bytes[n]))
			n++;
		add(list, "T \"%.*s\"\n", (int)n, (const char *)bytes);
		return n;
	}
	if (!chinese)
		return 0;
	while (n + 1 < len && bytes[n] >= 0x81 && bytes[n] <= 0xfe && bytes[n + 1] >= 0x40 &&
	       bytes[n + 1] != 0x7f && bytes[n + 1] != 0xff)
		n += 2;
	if (n == 0)
		return 0;
	add(list, "H");
	add_hex(list, bytes, n);
	add(list, "\n");
	return n;
}

int escpos_read(const uint8_t *bytes, size_t len, char *ret, size_t size)
{
	struct list list = {.text = ret, .size = size};
	bool chinese = false, line_start = true;

	ret[0] = '\0';
	for (size_t i = 0, n; i < len; i += n) {
		const uint8_t *at = bytes + i;

		if (at[0] == 0x0a) {
			n = 1;
			line_start = true;
			add(&list, "LF\n");
		} else if (at[0] == 0x1b || at[0] == 0x1c || at[0] == 0x1d) {
			n = read_command(&list, at, len - i);
			if (n >= 2 && at[0] == 0x1c && (at[1] == 0x26 || at[1] == 0x2e))
				chinese = at[1] == 0x26;
			/* Valid at the start of a line only. */
			if (n >= 2 && !line_start &&
			    ((at[0] == 0x1d && (at[1] == 0x76 || at[1] == 0x56)) ||
			     (at[0] == 0x1b && at[1] == 0x61)))
				return -EILSEQ;
		} else {
			n = read_text(&list, at, len - i, chinese);
			line_start = false;
		}
		if (n == 0) {
			add(&list, "? %02X\n", at[0]);
			return -EILSEQ;
		}
		if (list.full)
			return -ENOSPC;
	}
	return 0;
}

size_t escpos_count_realtime(const uint8_t *bytes, size_t len)
{
	size_t count = 0;

	for (size_t i = 1; i < len; i++)
		count += bytes[i - 1] == 0x10 &&
			 (bytes[i] == 0x04 || bytes[i] == 0x05 || bytes[i] == 0x14);
	return count;
}
