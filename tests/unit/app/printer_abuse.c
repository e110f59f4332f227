/* The first two bytes choose the printer; then 0xFF and an operand do something to it, and every
 * other byte (FF too, if doubled) is print data. */
#include "tests/unit/app/printer_abuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware-host/app/printer.h"

#define HOLDS(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "printer_abuse: %s does not hold\n", #condition);          \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

enum { SWITCHES = 12 };

static struct printer printer;
static uint64_t left, rolls; /* rows that left, rolls that came */
static uint32_t now_ms;
static volatile uint8_t sink;

static void take_dots(const uint8_t *rows, uint32_t count)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < (size_t)count * (PRINTER_MAX_WIDTH / 8); i++)
		sum |= rows[i]; /* every byte is there to be read */
	HOLDS(count >= 1 && count <= PRINTER_MAX_ROWS);
	sink = sum;
	left += count;
}

static void on_paper(void *port, const uint8_t *rows, uint32_t count)
{
	(void)port;
	take_dots(rows, count);
}

static void on_answer(void *port, const uint8_t *bytes, size_t len)
{
	(void)port, (void)bytes;
	HOLDS(len >= 1 && len <= PRINTER_MAX_REPLY);
	HOLDS(printer.powered && !printer.unplugged && !printer.settings.one_way);
}

static int on_qr(void *port, const uint8_t *data, size_t len, int level,
		 uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	int side = 17 + 4 * (1 + data[0] % 41); /* 41: one more than there is */

	(void)port;
	HOLDS(len >= 1 && len <= PRINTER_MAX_QR && level >= 0 && level <= 3);
	if (side <= PRINTER_MAX_MODULES)
		memset(modules, 1, (size_t)side * side);
	return side;
}

static void begin(uint8_t first, uint8_t second)
{
	static const uint32_t buffers[] = {0, 1, 45, 65536};
	const struct printer_settings settings = {
		.width = first & 1 ? 384 : 576,
		.charset = (enum printer_charset)(first >> 1 & 3) % 3,
		.answers_process_id = first & 8,
		.no_cutter = first & 0x10,
		.one_way = (first & 0xe0) == 0xe0,
		.busy_offline = (first & 0xe0) == 0xc0,
		.waits_for_feed = (first & 0xe0) == 0xa0,
		.needs_enq = (first & 0xe0) == 0x80,
		.buffer_bytes = buffers[second & 3],
		.paper_mm = second & 4 ? 40 : 0,
		.near_end_mm = second & 8 ? 10 : 0,
		.speed_mm_s = 2u << (second >> 5),
	};
	const struct printer_hal hal = {
		.uart = {.send = on_answer}, .qr = on_qr, .cut = on_paper, .piece = on_paper};

	left = 0;
	rolls = 1;
	now_ms = 0xfffff000;
	printer_init(&printer, &settings, &hal, now_ms);
}

static void check(void)
{
	HOLDS(printer.printed_rows <= printer.drawn_rows);
	HOLDS(printer.drawn_rows <= PRINTER_MAX_ROWS);
	HOLDS(printer.used <= printer.settings.buffer_bytes);
	HOLDS(printer.command_len < PRINTER_MAX_COMMAND);
	HOLDS(printer.line_x <= printer.settings.width);
	HOLDS(printer.line_height <= PRINTER_LINE_ROWS);
	HOLDS(printer.style.left + printer.style.area <= printer.settings.width);
	HOLDS(printer.graphics_rows <= PRINTER_MAX_GRAPHICS_ROWS);
	HOLDS(printer.reply_count <= PRINTER_REPLIES);
	HOLDS(printer.delayed_count <= PRINTER_DELAYED);
	HOLDS(printer.page_row == left);
	HOLDS(left + printer.printed_rows == printer.rows + rolls * PRINTER_CUTTER_ROWS);
}

static void move_switch(uint8_t n)
{
	bool *const switches[SWITCHES] = {&printer.paper_out,	     &printer.near_end,
					  &printer.cover_open,	     &printer.cutter_jammed,
					  &printer.head_hot,	     &printer.broken,
					  &printer.mechanism_jammed, &printer.silent,
					  &printer.garbage,	     &printer.feed_pressed,
					  &printer.drawer_open,	     &printer.panel_off};

	for (size_t i = 0; n == SWITCHES && i < SWITCHES; i++)
		*switches[i] = false; /* somebody came and put all in order */
	if (n < SWITCHES)
		*switches[n] = !*switches[n];
	printer_status_changed(&printer);
}

static void mend(void)
{
	move_switch(SWITCHES);
	printer_plug(&printer);
	printer_switch_off(&printer);
	printer_switch_on(&printer, now_ms);
	printer_new_roll(&printer, 0);
	printer.speed_mm_s = 100;
	rolls++;
}

static void act(uint8_t operand)
{
	switch (operand % 16) {
	case 0: printer_switch_off(&printer); break;
	case 1: printer_switch_on(&printer, now_ms); break;
	case 2: printer.unplug_at = printer.bytes + 1 + operand / 16; break;
	case 3: printer.power_off_at = printer.bytes + 1 + operand / 16; break;
	case 4: printer_plug(&printer); break;
	case 5: printer_soft_reset(&printer); break;
	case 6:
		printer_new_roll(&printer, operand / 16 * 10u);
		rolls++;
		break;
	case 7: printer_tear(&printer); break;
	case 8: printer.reply_delay_ms = operand / 16 * 20u; break;
	case 9: printer.lose_replies = operand / 16; break;
	case 10: printer.chatter = operand / 64; break;
	case 11: printer.speed_mm_s = operand / 16 * 30u; break;
	case 12: now_ms += operand / 16 * 500u; break;
	case 13:
	case 14: mend(); break;
	default: move_switch(operand / 16); break;
	}
	now_ms += 7;
	printer_tick(&printer, now_ms);
}

void printer_abuse(const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return;
	begin(bytes[0], bytes[1]);
	for (size_t i = 2; i < len; i++) {
		if (bytes[i] == 0xff && i + 1 < len && bytes[++i] != 0xff)
			act(bytes[i]);
		else
			printer_receive(&printer, bytes + i, 1, now_ms += 2);
		check();
	}
	now_ms += 20000;
	printer_tick(&printer, now_ms);
	check();
}
