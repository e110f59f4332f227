/* What the printer's files need of each other. */
#pragma once

#include "firmware-host/app/printer.h"

enum { LF = 0x0a, DLE = 0x10, ESC = 0x1b, FS = 0x1c, GS = 0x1d };
enum { PRINTER_MORE = -1, PRINTER_UNKNOWN = -2 };

/* printer.c */
void printer_reset_style(struct printer *printer);
/* Receive buffer, print buffer, and what has not passed the head. */
void printer_clear(struct printer *printer);
void printer_work_off(struct printer *printer, uint8_t byte);

/* printer_lengths.c: the length of the command that begins here, with the head of its data only;
 * PRINTER_MORE, PRINTER_UNKNOWN. */
int printer_command_length(const uint8_t *bytes, size_t len);
/* Bytes of data behind a command of that length, for which so many were collected. */
uint32_t printer_data_length(const uint8_t *bytes, size_t len, size_t collected);

/* printer_commands.c */
void printer_do_command(struct printer *printer, size_t len);

/* printer_draw.c */
bool printer_at_line_start(const struct printer *printer);
void printer_drop_line(struct printer *printer);
void printer_do_character(struct printer *printer, uint8_t byte);
/* What stands in the line is printed; an empty one feeds nothing. */
void printer_flush_line(struct printer *printer, bool feed);
void printer_do_tab(struct printer *printer);
void printer_move_to(struct printer *printer, uint32_t x);
bool printer_draw_qr(struct printer *printer);
void printer_draw_data(struct printer *printer, uint8_t byte);
void printer_draw_graphics(struct printer *printer);

/* printer_paper.c */
void printer_feed_dots(struct printer *printer, uint32_t dots);
/* Room for so many rows behind drawn_rows; a page that is full leaves as a piece. */
void printer_make_room(struct printer *printer, uint32_t rows);
void printer_move_paper(struct printer *printer, uint32_t now_ms);
void printer_cut_paper(struct printer *printer);
/* Nothing moves and nothing is worked off. */
bool printer_is_stopped(const struct printer *printer);

/* printer_status.c */
void printer_send(struct printer *printer, const uint8_t *bytes, size_t len);
/* When all that stands before it has been printed. */
void printer_send_printed(struct printer *printer, const uint8_t *bytes, size_t len);
void printer_send_due(struct printer *printer);
void printer_chatter(struct printer *printer);
void printer_start_automatic(struct printer *printer, uint8_t items);
uint8_t printer_paper_status(const struct printer *printer);
uint8_t printer_realtime_status(const struct printer *printer, uint8_t n); /* DLE EOT n */
/* GS I 65 to 69; NULL: it has none. */
const char *printer_identity_text(const struct printer_settings *settings, uint8_t n);
void printer_identify(struct printer *printer, uint8_t n);

/* printer_realtime.c */
/* One more byte of a stream: the length of the real-time command in seen that it ends, or 0. */
size_t printer_watch(struct printer_realtime *realtime, uint8_t byte);
void printer_do_realtime(struct printer *printer, const uint8_t *bytes);
/* Errors whose cause is gone. clear: DLE ENQ 2. */
void printer_recover(struct printer *printer, bool clear);
