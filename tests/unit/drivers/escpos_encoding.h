/* What the encoder's tests share: two papers, one stream, its listing. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "drivers/printer/escpos/protocol.h"
#include "tests/unit/drivers/escpos_reader.h"

extern const struct escpos_paper wide, narrow;
/* Of the last encode(). */
extern char list[1024 * 1024];
extern uint8_t stream[ESCPOS_MAX_JOB];
extern size_t stream_len;
extern struct escpos_losses losses;

/* What escpos_encode() says; when it succeeds, counting, exact size, one byte less, the absence of
 * real-time commands and that a printer can read it are asserted. */
int encode(const struct document_item *items, size_t count, const struct escpos_paper *paper);
void check(const struct document_item *items, size_t count, const struct escpos_paper *paper,
	   const char *wanted);
/* No line of the listing is wider than the paper. Takes the listing apart. */
void check_lines_fit(size_t columns);

#define CHECK_ITEM(paper, wanted, ...)                                                             \
	check(&(const struct document_item){__VA_ARGS__}, 1, paper, wanted)

/* How a stream for `narrow` begins. */
#define NARROW "ESC @\nFS .\n"
