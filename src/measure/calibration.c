/* Cells of a calibration: for each kind the tickets are sorted into cells and dates, and each run
 * of a cell gives its shares, and the interval of the share held. */
#include "src/measure/calibration.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "src/measure/ratio.h"
#include "src/measure/student.h"

struct work {
	struct calibration_cell *cells;
	size_t cell_count, cell_capacity;
	/* of the cell under way, by date; as many as there are tickets */
	int64_t *held, *counted;
	uint32_t *starts;
};

static bool by_queue(enum calibration_kind kind)
{
	return kind == CALIBRATION_QUEUE || kind == CALIBRATION_QUEUE_HOUR;
}

static bool by_hour(enum calibration_kind kind)
{
	return kind == CALIBRATION_HOUR || kind == CALIBRATION_QUEUE_HOUR;
}

static int by_date(const void *a, const void *b)
{
	const struct calibration_tickets *x = a, *y = b;

	return (x->date > y->date) - (x->date < y->date);
}

static int by_queue_date(const void *a, const void *b)
{
	const struct calibration_tickets *x = a, *y = b;

	return x->queue != y->queue ? (x->queue > y->queue ? 1 : -1) : by_date(a, b);
}

static int by_hour_date(const void *a, const void *b)
{
	const struct calibration_tickets *x = a, *y = b;

	return x->hour != y->hour ? (x->hour > y->hour ? 1 : -1) : by_date(a, b);
}

static int by_queue_hour_date(const void *a, const void *b)
{
	const struct calibration_tickets *x = a, *y = b;

	return x->queue != y->queue ? (x->queue > y->queue ? 1 : -1) : by_hour_date(a, b);
}

/* Are they of one cell? */
static bool are_together(enum calibration_kind kind, const struct calibration_tickets *x,
			 const struct calibration_tickets *y)
{
	return (!by_queue(kind) || x->queue == y->queue) && (!by_hour(kind) || x->hour == y->hour);
}

/* Within the cell, whose days are in work; days beyond 2^31 there are none. */
static void set_interval(struct work *work, struct calibration_cell *cell)
{
	size_t days = (size_t)cell->days;
	struct ratio_side side = {work->held, work->counted, days};
	struct interval_sample sample = {work->starts, days, 1, 1};
	struct interval_estimate estimate;
	double odds, half;

	for (size_t i = 0; i < days; i++)
		work->starts[i] = (uint32_t)i;
	ratio_estimate(&side, &sample, &estimate);
	cell->has_interval = estimate.variance > 0;
	if (!cell->has_interval)
		return;
	/* days differ, so some tickets were held and some were not */
	odds = (double)(cell->n - cell->counts[OUTCOME_HELD]) / (double)cell->counts[OUTCOME_HELD];
	half = student_quantile(.975, (uint32_t)days - 1) * sqrt(estimate.variance) /
	       (estimate.value * (1 - estimate.value));
	cell->low = 1 / (1 + odds * exp(half));
	cell->high = 1 / (1 + odds * exp(-half));
}

static enum calibration_verdict verdict_of(const struct calibration_cell *cell)
{
	int64_t hundredfold = 100 * cell->counts[OUTCOME_HELD];

	if (cell->n < CALIBRATION_MIN_TICKETS || cell->days < CALIBRATION_MIN_DAYS)
		return CALIBRATION_FEW;
	if (hundredfold < CALIBRATION_LOW_PERCENT * cell->n)
		return CALIBRATION_NARROW;
	return hundredfold > CALIBRATION_HIGH_PERCENT * cell->n ? CALIBRATION_WIDE
								: CALIBRATION_WELL;
}

/* NULL: out of memory. */
static struct calibration_cell *get_cell(struct work *work)
{
	size_t capacity = work->cell_capacity ? 2 * work->cell_capacity : 32;
	struct calibration_cell *cells = work->cells;

	if (work->cell_count == work->cell_capacity) {
		cells = realloc(cells, capacity * sizeof(*cells));
		if (!cells)
			return NULL;
		work->cells = cells;
		work->cell_capacity = capacity;
	}
	return &cells[work->cell_count++];
}

/* Adds up the tickets of one cell, by date, and lays its days out in work. */
static void add_up(struct work *work, struct calibration_cell *cell,
		   const struct calibration_tickets *list, size_t count)
{
	int64_t date = 0;

	for (size_t i = 0; i < count; i++) {
		const int64_t *counts = list[i].counts;
		int64_t counted =
			counts[OUTCOME_BELOW] + counts[OUTCOME_HELD] + counts[OUTCOME_ABOVE];

		for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
			cell->counts[outcome] += counts[outcome];
		cell->n += counted;
		if (!counted)
			continue;
		if (!cell->days || date != list[i].date) {
			date = list[i].date;
			work->held[cell->days] = work->counted[cell->days] = 0;
			cell->days++;
		}
		work->held[cell->days - 1] += counts[OUTCOME_HELD];
		work->counted[cell->days - 1] += counted;
	}
}

static int add_cell(struct work *work, enum calibration_kind kind,
		    const struct calibration_tickets *list, size_t count)
{
	struct calibration_cell *cell = get_cell(work);

	if (!cell)
		return -ENOMEM;
	*cell = (struct calibration_cell){
		.kind = kind,
		.queue = by_queue(kind) ? list->queue : 0,
		.hour = by_hour(kind) ? list->hour : 0,
	};
	add_up(work, cell, list, count);
	cell->verdict = verdict_of(cell);
	if (cell->verdict != CALIBRATION_FEW)
		set_interval(work, cell);
	return 0;
}

static int add_kind(struct work *work, enum calibration_kind kind,
		    struct calibration_tickets *tickets, size_t count)
{
	static int (*const orders[CALIBRATION_KINDS])(const void *, const void *) = {
		[CALIBRATION_ALL] = by_date,
		[CALIBRATION_QUEUE] = by_queue_date,
		[CALIBRATION_HOUR] = by_hour_date,
		[CALIBRATION_QUEUE_HOUR] = by_queue_hour_date,
	};
	size_t from = 0;
	int r = 0;

	if (count)
		qsort(tickets, count, sizeof(*tickets), orders[kind]);
	for (size_t i = 1; r == 0 && i <= count; i++) {
		if (i < count && are_together(kind, &tickets[from], &tickets[i]))
			continue;
		r = add_cell(work, kind, &tickets[from], i - from);
		from = i;
	}
	return r;
}

int calibration_make(struct calibration_tickets *tickets, size_t count,
		     struct calibration_cell **ret_cells, size_t *ret_count)
{
	size_t room = count ? count : 1;
	struct work work = {
		.held = calloc(room, sizeof(*work.held)),
		.counted = calloc(room, sizeof(*work.counted)),
		.starts = calloc(room, sizeof(*work.starts)),
	};
	int r = work.held && work.counted && work.starts ? 0 : -ENOMEM;

	if (r == 0 && !count)
		r = add_cell(&work, CALIBRATION_ALL, NULL, 0);
	for (int kind = 0; r == 0 && kind < CALIBRATION_KINDS; kind++)
		r = add_kind(&work, (enum calibration_kind)kind, tickets, count);
	free(work.held);
	free(work.counted);
	free(work.starts);
	if (r < 0) {
		free(work.cells);
		return r;
	}
	*ret_cells = work.cells;
	*ret_count = work.cell_count;
	return 0;
}
