/* Motor, roll, sensors and cutter. The page is the paper from the knife on: what stands between
 * knife and head when a ticket is cut is the top of the next one, as on a real printer. */
#include "firmware-host/app/printer_parts.h"

#include <string.h>

enum { MOTOR_ROW = 1000000 }; /* motor: ms * mm/s * rows/mm * 1000 */

bool printer_is_stopped(const struct printer *printer)
{
	return printer->paper_out || printer->cover_open || printer->head_hot ||
	       printer->cutter_error || printer->mechanical_error || printer->unrecoverable_error ||
	       printer->waiting_for_feed;
}

/* The first count rows leave; what is behind them moves to the knife. */
static void take_off(struct printer *printer, uint32_t count)
{
	uint32_t rest = printer->drawn_rows - count;

	memmove(printer->page[0], printer->page[count], rest * sizeof(printer->page[0]));
	memset(printer->page[rest], 0, count * sizeof(printer->page[0]));
	printer->page_row += count;
	printer->drawn_rows -= count;
	printer->printed_rows -= count;
	printer->revision++;
}

static void give_piece(struct printer *printer, uint32_t count)
{
	if (!count)
		return;
	printer->pieces++;
	if (printer->hal.piece)
		printer->hal.piece(printer->hal.port, printer->page[0], count);
	take_off(printer, count);
}

void printer_make_room(struct printer *printer, uint32_t rows)
{
	if (printer->drawn_rows + rows > PRINTER_MAX_ROWS)
		give_piece(printer, printer->printed_rows);
}

/* Feeds can be longer than the page: their rows are drawn bit by bit. */
void printer_feed_dots(struct printer *printer, uint32_t dots)
{
	printer->feed_left += dots;
}

void printer_new_roll(struct printer *printer, uint32_t mm)
{
	give_piece(printer, printer->printed_rows);
	/* The new paper is drawn in as far as the knife. */
	memmove(printer->page[PRINTER_CUTTER_ROWS], printer->page[0],
		printer->drawn_rows * sizeof(printer->page[0]));
	memset(printer->page[0], 0, PRINTER_CUTTER_ROWS * sizeof(printer->page[0]));
	printer->drawn_rows += PRINTER_CUTTER_ROWS;
	printer->printed_rows += PRINTER_CUTTER_ROWS;
	for (size_t i = 0; i < printer->reply_count; i++)
		printer->replies[i].row += PRINTER_CUTTER_ROWS;
	printer->roll_ends = mm > 0;
	printer->roll_rows =
		mm < UINT32_MAX / PRINTER_DOTS_PER_MM ? mm * PRINTER_DOTS_PER_MM : UINT32_MAX;
	printer->paper_out = printer->near_end = false;
	printer_status_changed(printer);
}

void printer_tear(struct printer *printer)
{
	if (printer->printed_rows > PRINTER_CUTTER_ROWS)
		give_piece(printer, printer->printed_rows - PRINTER_CUTTER_ROWS);
}

void printer_cut_paper(struct printer *printer)
{
	printer->cut_pending = true;
}

/* The knife stands before the head. Less than that is nothing that falls. */
static void cut(struct printer *printer)
{
	uint32_t count = printer->printed_rows > PRINTER_CUTTER_ROWS
				 ? printer->printed_rows - PRINTER_CUTTER_ROWS
				 : 0;

	if (printer->cutter_jammed) {
		printer->cutter_error = true;
		return;
	}
	printer->cut_pending = false;
	if (!count)
		return;
	printer->cuts++;
	printer->hal.cut(printer->hal.port, printer->page[0], count);
	take_off(printer, count);
}

/* One row past the head; the sensors see what is left of the roll. */
static void move_row(struct printer *printer)
{
	uint32_t near_rows = printer->settings.near_end_mm * PRINTER_DOTS_PER_MM;

	printer->printed_rows++;
	printer->rows++;
	printer->revision++;
	if (!printer->roll_ends)
		return;
	if (printer->roll_rows)
		printer->roll_rows--;
	if (near_rows && printer->roll_rows <= near_rows)
		printer->near_end = true;
	if (!printer->roll_rows)
		printer->paper_out = true;
}

static bool has_to_move(const struct printer *printer)
{
	return !printer_is_stopped(printer) &&
	       (printer->printed_rows < printer->drawn_rows || printer->feeding);
}

void printer_move_paper(struct printer *printer, uint32_t now_ms)
{
	uint32_t passed_ms = now_ms - printer->moved_ms;

	printer->moved_ms = now_ms;
	if (has_to_move(printer) && printer->mechanism_jammed)
		printer->mechanical_error = true;
	if (!has_to_move(printer))
		printer->motor = 0;
	else
		printer->motor +=
			(uint64_t)passed_ms * printer->speed_mm_s * PRINTER_DOTS_PER_MM * 1000;
	while (printer->motor >= MOTOR_ROW && has_to_move(printer)) {
		printer->motor -= MOTOR_ROW;
		if (printer->printed_rows == printer->drawn_rows) {
			printer_make_room(printer, 1); /* by the button: blank */
			printer->drawn_rows++;
		}
		move_row(printer);
	}
	if (printer->cut_pending && !printer_is_stopped(printer) && !printer->feed_left &&
	    printer->printed_rows >= printer->drawn_rows)
		cut(printer);
}
