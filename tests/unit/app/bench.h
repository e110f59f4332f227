/* A printer on a bench: bytes in, answers and paper kept, time only counted. */
#pragma once

#include "firmware-host/app/printer.h"

enum { BENCH_PAPERS = 64, BENCH_ANSWERS = 8192, BENCH_STRIDE = PRINTER_MAX_WIDTH / 8 };

struct bench_paper {
	uint8_t *dots;
	uint32_t rows;
	bool cut; /* else a piece */
};

struct bench {
	struct printer printer;
	uint32_t now_ms;
	uint8_t answers[BENCH_ANSWERS];
	size_t answers_len;
	struct bench_paper papers[BENCH_PAPERS];
	size_t paper_count;
	int qr_side; /* what the next QR code gives: 0 does not fit */
	uint8_t qr_data[PRINTER_MAX_QR];
	size_t qr_len;
	int qr_level;
	enum printer_event events[64];
	uint32_t event_values[64];
	size_t event_count;
};

extern struct bench bench;

/* Forgets everything; settings NULL: 576 dots, answers GS ( H. */
void bench_start(const struct printer_settings *settings);
void bench_stop(void);
/* Gives bytes at the pace at which they are taken, for as long as that is possible; the rest is a
 * failure of the test. */
void bench_give(const void *bytes, size_t len);
void bench_run(uint32_t ms);
/* Until nothing is left to print; fails after ten minutes. */
void bench_finish(void);
/* What was said since the last time is exactly this. */
void bench_expect(const void *bytes, size_t len);
/* Asks DLE EOT 1 to 4 and expects these answers. */
void bench_expect_realtime(uint8_t n1, uint8_t n2, uint8_t n3, uint8_t n4);
/* Gives "\x1d..." literals without their final NUL. */
#define GIVE(text)   bench_give(text, sizeof(text) - 1)
#define EXPECT(text) bench_expect(text, sizeof(text) - 1)

/* The page from its first row on; what was printed after the paper between knife and head. */
bool bench_dot(uint32_t x, uint32_t y);
uint64_t bench_black(uint32_t x, uint32_t y, uint32_t width, uint32_t height);
/* Rows printed on this page, without those that were blank at the beginning. */
uint32_t bench_rows(void);
