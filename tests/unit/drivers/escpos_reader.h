/* A printer's ear, written from the manuals and not from the encoder: reads an ESC/POS stream by a
 * table of commands and lists it, one command a line. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Lists the stream into ret (NUL-terminated). 0; -EILSEQ: bytes that are no known command or a
 * command that is cut; -ENOSPC. Text is shown in runs: T "latin", H hex of Han; a line feed ends as
 * LF. Pictures show their size and the number of black dots. */
__attribute__((warn_unused_result)) int escpos_read(const uint8_t *bytes, size_t len, char *ret,
						    size_t size);
/* DLE EOT, DLE ENQ or DLE DC4 anywhere. */
size_t escpos_count_realtime(const uint8_t *bytes, size_t len);
