/* One printer for each test program: it is half a megabyte. */
#include "tests/unit/app/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench bench;

static void on_answer(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_in_range(bench.answers_len + len, 0, sizeof(bench.answers));
	memcpy(bench.answers + bench.answers_len, bytes, len);
	bench.answers_len += len;
}

static int on_qr(void *port, const uint8_t *data, size_t len, int level,
		 uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	(void)port;
	memcpy(bench.qr_data, data, len);
	bench.qr_len = len;
	bench.qr_level = level;
	/* a pattern that is no mirror of itself */
	for (int i = 0; i < bench.qr_side * bench.qr_side; i++)
		modules[i] = i % 3 == 0 || i % bench.qr_side == 0;
	return bench.qr_side;
}

static void keep(const uint8_t *rows, uint32_t count, bool cut)
{
	struct bench_paper *paper = &bench.papers[bench.paper_count++];

	assert_in_range(bench.paper_count, 1, BENCH_PAPERS);
	assert_in_range(count, 1, PRINTER_MAX_ROWS);
	*paper = (struct bench_paper){malloc((size_t)count * BENCH_STRIDE), count, cut};
	assert_non_null(paper->dots);
	memcpy(paper->dots, rows, (size_t)count * BENCH_STRIDE);
}

static void on_cut(void *port, const uint8_t *rows, uint32_t count)
{
	(void)port;
	keep(rows, count, true);
}

static void on_piece(void *port, const uint8_t *rows, uint32_t count)
{
	(void)port;
	keep(rows, count, false);
}

static void on_event(void *port, enum printer_event event, uint32_t value)
{
	(void)port;
	assert_in_range(bench.event_count, 0, 63);
	bench.event_values[bench.event_count] = value;
	bench.events[bench.event_count++] = event;
}

void bench_start(const struct printer_settings *settings)
{
	static const struct printer_settings ordinary = {.width = 576, .answers_process_id = true};
	const struct printer_hal hal = {.uart = {.send = on_answer},
					.qr = on_qr,
					.cut = on_cut,
					.piece = on_piece,
					.event = on_event};

	bench_stop();
	bench.now_ms = UINT32_MAX - 3000; /* so that it wraps in most tests */
	bench.qr_side = 21;
	printer_init(&bench.printer, settings ? settings : &ordinary, &hal, bench.now_ms);
	bench_expect("", 0);
}

void bench_stop(void)
{
	for (size_t i = 0; i < bench.paper_count; i++)
		free(bench.papers[i].dots);
	bench.paper_count = bench.answers_len = bench.event_count = 0;
}

void bench_give(const void *bytes, size_t len)
{
	size_t at = 0;

	for (uint32_t waited = 0; at < len; waited++) {
		size_t room = printer_room(&bench.printer);
		size_t n = len - at < room ? len - at : room;

		printer_receive(&bench.printer, (const uint8_t *)bytes + at, n, bench.now_ms);
		at += n;
		if (n == 0)
			bench_run(10);
		assert_in_range(waited, 0, 60000);
	}
}

void bench_run(uint32_t ms)
{
	for (uint32_t i = 0; i < ms; i++)
		printer_tick(&bench.printer, ++bench.now_ms);
}

void bench_finish(void)
{
	for (int i = 0; i < 60000 && printer_is_printing(&bench.printer); i++)
		bench_run(10);
	assert_false(printer_is_printing(&bench.printer));
}

void bench_expect(const void *bytes, size_t len)
{
	assert_int_equal(bench.answers_len, len);
	assert_memory_equal(bench.answers, bytes, len);
	bench.answers_len = 0;
}

bool bench_dot(uint32_t x, uint32_t y)
{
	y += PRINTER_CUTTER_ROWS;
	assert_in_range(y, 0, PRINTER_MAX_ROWS - 1);
	return bench.printer.page[y][x / 8] & 0x80 >> x % 8;
}

uint64_t bench_black(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	uint64_t black = 0;

	for (uint32_t row = y; row < y + height; row++)
		for (uint32_t column = x; column < x + width; column++)
			black += bench_dot(column, row);
	return black;
}

uint32_t bench_rows(void)
{
	return bench.printer.printed_rows - PRINTER_CUTTER_ROWS;
}

void bench_expect_realtime(uint8_t n1, uint8_t n2, uint8_t n3, uint8_t n4)
{
	const uint8_t wanted[] = {n1, n2, n3, n4};

	GIVE("\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04");
	bench_expect(wanted, sizeof(wanted));
}
