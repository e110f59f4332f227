/* Two sides of a comparison out of the digests of their days. Openings of a date are added; cells
 * are numbered over both sides, rising by department, name of the kind and hour; cases are counted
 * in the order of dates, each once on a side. */
#include "src/measure/sides.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/digest.h"
#include "src/measure/ledger.h"

/* References, each once or more. */
struct list {
	uint64_t *values;
	size_t count, capacity;
};

struct date {
	int64_t date;
	struct day_tally day; /* but its legs */
	struct compare_cell *cells;
	size_t cell_count, cell_capacity;
	int64_t treated_n, treated_ms, control_n, control_ms;
	int64_t cases_without, filings_without; /* each a case of its own */
	struct list cases, filings;		/* references of both; of filings alone */
	struct compare_bin *known, *ages;
};

struct side {
	struct date *dates; /* rising */
	size_t count, capacity;
	struct compare_day *days;
};

struct sides {
	struct sides_request request;
	uint64_t last_seq; /* of the side that is read; 0: all */
	struct event_hall_defined hall;
	struct names cells;
	struct side before, after;
	struct side *side; /* that is read */
	struct date *date; /* whose digest is read */
	struct sides_left_out left_out;
	int64_t left_out_from; /* the first of their dates */
	struct compare_input input;
};

static void finish_side(struct side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		struct date *date = &side->dates[i];

		day_tally_finish(&date->day);
		free(date->cells);
		free(date->cases.values);
		free(date->filings.values);
		free(date->known);
		free(date->ages);
	}
	free(side->dates);
	free(side->days);
}

void sides_free(struct sides *sides)
{
	if (!sides)
		return;
	finish_side(&sides->before);
	finish_side(&sides->after);
	names_finish(&sides->cells);
	free(sides);
}

const struct compare_input *sides_input(const struct sides *sides)
{
	return &sides->input;
}

/* ---- digests ---- */

static void *grow(void *list, size_t *capacity, size_t count, size_t size)
{
	size_t more = *capacity ? *capacity : 64;
	void *grown;

	if (count <= *capacity && list)
		return list;
	while (more < count)
		more *= 2;
	grown = realloc(list, more * size);
	if (grown)
		*capacity = more;
	return grown;
}

/* NULL: out of memory. */
static struct date *find_date(struct side *side, int64_t date)
{
	size_t low = 0, high = side->count;
	struct date *dates;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (side->dates[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < side->count && side->dates[low].date == date)
		return &side->dates[low];
	dates = grow(side->dates, &side->capacity, side->count + 1, sizeof(*dates));
	if (!dates)
		return NULL;
	side->dates = dates;
	memmove(&dates[low + 1], &dates[low], (side->count - low) * sizeof(*dates));
	dates[low] = (struct date){.date = date};
	side->count++;
	return &dates[low];
}

static int add_cell(void *user, const struct digest_visits *visits)
{
	struct sides *sides = user;
	struct date *date = sides->date;
	char key[CORE_NAME_SIZE + 32];
	struct compare_cell *cells;
	int64_t number;

	/* 1 comes before all that a name can hold */
	snprintf(key, sizeof(key), "%s\1%s\1%02d", visits->text, queue_kind_name(visits->kind),
		 (int)visits->hour);
	number = names_get(&sides->cells, key);
	if (number < 0)
		return (int)number;
	cells = grow(date->cells, &date->cell_capacity, date->cell_count + 1, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	date->cells = cells;
	cells[date->cell_count++] = (struct compare_cell){
		.cell = (uint32_t)number, .n = (uint32_t)visits->n, .sum_ms = visits->sum_ms};
	return 0;
}

static bool is_control(const struct sides *sides, const char *queue)
{
	const char *list = sides->request.control ? sides->request.control : "";
	size_t length = strlen(queue);

	while (*list) {
		size_t end = strcspn(list, ",");

		if (end == length && !memcmp(list, queue, length))
			return true;
		list += end + (list[end] == ',');
	}
	return false;
}

static int add_issued_in(void *user, const struct digest_visits *visits)
{
	struct sides *sides = user;
	struct date *date = sides->date;
	bool control = is_control(sides, visits->text);

	*(control ? &date->control_n : &date->treated_n) += visits->n;
	*(control ? &date->control_ms : &date->treated_ms) += visits->sum_ms;
	return 0;
}

static int add_references(struct list *list, const struct digest_cases *cases)
{
	uint64_t *values =
		grow(list->values, &list->capacity, list->count + cases->count, sizeof(*values));

	if (!values)
		return -ENOMEM;
	list->values = values;
	for (size_t i = 0; i < cases->count; i++)
		values[list->count++] = digest_case(cases, i);
	return 0;
}

static int add_cases(struct date *date, const struct store_part *part)
{
	struct digest_cases tickets, filings;
	int r = digest_read_cases(part, &tickets, &filings);

	if (r < 0)
		return r;
	date->cases_without += tickets.without + filings.without;
	date->filings_without += filings.without;
	r = add_references(&date->cases, &tickets);
	if (r == 0)
		r = add_references(&date->cases, &filings);
	return r < 0 ? r : add_references(&date->filings, &filings);
}

static int take_day(void *user, const struct store_day *day)
{
	struct sides *sides = user;
	int r;

	if (day->open || (sides->last_seq && day->last_seq > sides->last_seq))
		return 0;
	sides->date = find_date(sides->side, day->date);
	if (!sides->date)
		return -ENOMEM;
	r = digest_read_visits(&day->parts[PART_DAY], &sides->date->day);
	if (r == 0)
		r = digest_read_cells(&day->parts[PART_CELLS], add_cell, sides);
	if (r == 0)
		r = add_cases(sides->date, &day->parts[PART_CASES]);
	if (r == 0)
		r = digest_read_issued_in(&day->parts[PART_ISSUED_IN], add_issued_in, sides);
	return r;
}

static int read_side(struct store_reader *reader, struct sides *sides, struct side *side,
		     int64_t from, int64_t to)
{
	const struct store_days_query query = {
		.from = from,
		.to = to,
		.parts =
			1U << PART_DAY | 1U << PART_CELLS | 1U << PART_CASES | 1U << PART_ISSUED_IN,
		.recount = sides->request.recount,
		.digest = &digest_maker,
	};
	int r;

	sides->side = side;
	sides->last_seq = side == &sides->before ? sides->request.before_last_seq
						 : sides->request.after_last_seq;
	r = store_reader_days(reader, &query, take_day, sides);
	return r == 0 && !side->count ? -ENOENT : r;
}

/* ---- what is on neither side ---- */

static bool is_left_out(const struct sides *sides, const struct store_day *day)
{
	const struct sides_request *request = &sides->request;

	return !day->open && day->first_seq > request->before_last_seq &&
	       (!request->after_last_seq || day->last_seq <= request->after_last_seq);
}

static int find_left_out(void *user, const struct store_day *day)
{
	struct sides *sides = user;

	if (!is_left_out(sides, day))
		return 0;
	if (!sides->left_out.openings++ || day->date < sides->left_out_from)
		sides->left_out_from = day->date;
	return 0;
}

static int count_left_out(void *user, const struct store_day *day)
{
	struct sides *sides = user;
	struct day_tally tally = {0};
	int r = is_left_out(sides, day) ? digest_read_day(&day->parts[PART_DAY], &tally) : 0;

	sides->left_out.tickets += tally.all.counts[COUNT_ISSUED];
	day_tally_finish(&tally);
	return r;
}

/* There seldom are any: first the list of openings alone. */
static int read_left_out(struct store_reader *reader, struct sides *sides)
{
	struct store_days_query query = {.to = sides->request.before_to, .digest = &digest_maker};
	int r;

	if (!sides->request.before_last_seq)
		return 0;
	r = store_reader_days(reader, &query, find_left_out, sides);
	if (r < 0 || !sides->left_out.openings)
		return r;
	query.from = sides->left_out_from;
	query.parts = 1U << PART_DAY;
	query.recount = sides->request.recount;
	return store_reader_days(reader, &query, count_left_out, sides);
}

struct sides_left_out sides_left_out(const struct sides *sides)
{
	return sides->left_out;
}

/* ---- cases ---- */

/* References that were seen, by open addressing; 0 is none. */
struct seen {
	uint64_t *slots;
	size_t slot_count; /* a power of 2, over the number of references */
};

static bool is_new(struct seen *seen, uint64_t reference)
{
	size_t slot = (size_t)reference & (seen->slot_count - 1);

	if (!reference)
		reference = 1;
	while (seen->slots[slot] && seen->slots[slot] != reference)
		slot = (slot + 1) & (seen->slot_count - 1);
	if (seen->slots[slot])
		return false;
	seen->slots[slot] = reference;
	return true;
}

static int begin_seen(struct seen *seen, size_t references)
{
	seen->slot_count = 64;
	while (seen->slot_count < 2 * references)
		seen->slot_count *= 2;
	seen->slots = calloc(seen->slot_count, sizeof(*seen->slots));
	return seen->slots ? 0 : -ENOMEM;
}

static int64_t count_new(struct seen *seen, const struct list *list)
{
	int64_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += is_new(seen, list->values[i]);
	return count;
}

static int count_cases(struct side *side)
{
	struct seen cases = {0}, filings = {0};
	size_t case_count = 0, filing_count = 0;
	int r;

	for (size_t i = 0; i < side->count; i++) {
		case_count += side->dates[i].cases.count;
		filing_count += side->dates[i].filings.count;
	}
	r = begin_seen(&cases, case_count);
	if (r == 0)
		r = begin_seen(&filings, filing_count);
	for (size_t i = 0; r == 0 && i < side->count; i++) {
		const struct date *date = &side->dates[i];

		side->days[i].cases = date->cases_without + count_new(&cases, &date->cases);
		side->days[i].filings = date->filings_without + count_new(&filings, &date->filings);
	}
	free(cases.slots);
	free(filings.slots);
	return r;
}

/* ---- what compare() takes ---- */

static int compare_cells(const void *a, const void *b)
{
	const struct compare_cell *x = a, *y = b;

	return (x->cell > y->cell) - (x->cell < y->cell);
}

/* Rising, each once: openings of one date have the same cells. */
static void gather_cells(struct date *date)
{
	size_t count = 0;

	if (!date->cell_count)
		return;
	qsort(date->cells, date->cell_count, sizeof(*date->cells), compare_cells);
	for (size_t i = 1; i < date->cell_count; i++) {
		struct compare_cell *cell = &date->cells[count];

		if (cell->cell != date->cells[i].cell) {
			date->cells[++count] = date->cells[i];
			continue;
		}
		cell->n += date->cells[i].n;
		cell->sum_ms += date->cells[i].sum_ms;
	}
	date->cell_count = count + 1;
}

static void number_cells(struct side *side, const uint32_t *numbers)
{
	for (size_t i = 0; i < side->count; i++)
		for (size_t k = 0; k < side->dates[i].cell_count; k++)
			side->dates[i].cells[k].cell = numbers[side->dates[i].cells[k].cell];
}

static int number_all_cells(struct sides *sides)
{
	uint32_t count = sides->cells.count;
	uint32_t *sorted = names_sorted(&sides->cells);
	uint32_t *numbers = calloc(count ? count : 1, sizeof(*numbers));
	int r = sorted && numbers ? 0 : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < count; i++)
		numbers[sorted[i]] = i;
	if (r == 0) {
		number_cells(&sides->before, numbers);
		number_cells(&sides->after, numbers);
	}
	free(sorted);
	free(numbers);
	return r;
}

/* NULL: out of memory. */
static struct compare_bin *bins_of(struct histogram *histogram)
{
	struct compare_bin *bins;

	if (histogram_settle(histogram) < 0)
		return NULL;
	bins = malloc((histogram->count ? histogram->count : 1) * sizeof(*bins));
	for (size_t i = 0; bins && i < histogram->count; i++)
		bins[i] = (struct compare_bin){.second = histogram->bins[i].second,
					       .count = histogram->bins[i].count};
	return bins;
}

static int make_day(struct date *date, int64_t target_s, struct compare_day *ret_day)
{
	struct visit_tally *visits = &date->day.visits;
	struct measure_visits figures = visit_tally_figures(visits, target_s);

	gather_cells(date);
	date->known = bins_of(&visits->totals);
	date->ages = bins_of(&visits->ages);
	if (!date->known || !date->ages)
		return -ENOMEM;
	*ret_day = (struct compare_day){
		.date = date->date,
		.n = figures.n,
		.sum_ms = figures.total_sum_ms,
		.within = figures.within,
		.decided = figures.decided,
		.censored = figures.censored,
		.lower_ms = visits->lower_ms,
		.upper_ms = visits->upper_ms,
		.treated_n = date->treated_n,
		.treated_ms = date->treated_ms,
		.control_n = date->control_n,
		.control_ms = date->control_ms,
		.known = date->known,
		.known_count = visits->totals.count,
		.ages = date->ages,
		.age_count = visits->ages.count,
		.cells = date->cells,
		.cell_count = date->cell_count,
	};
	return 0;
}

static int make_side(struct side *side, int64_t target_s, struct compare_side *ret_side)
{
	int r = 0;

	side->days = calloc(side->count, sizeof(*side->days));
	if (!side->days)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < side->count; i++)
		r = make_day(&side->dates[i], target_s, &side->days[i]);
	if (r == 0)
		r = count_cases(side);
	*ret_side = (struct compare_side){.days = side->days, .count = side->count};
	return r;
}

static int take_hall(void *user, const struct store_row *row)
{
	struct sides *sides = user;

	if (row->event.type == EVENT_HALL_DEFINED)
		sides->hall = row->event.u.hall_defined;
	return 0;
}

static int read_both(struct store_reader *reader, struct sides *sides)
{
	const struct sides_request *request = &sides->request;
	struct compare_input *input = &sides->input;
	int64_t target_ms;
	int r = store_reader_context(reader, 1, UINT64_MAX, take_hall, sides);

	if (r == 0)
		r = read_side(reader, sides, &sides->before, request->before_from,
			      request->before_to);
	/* a number behind a date is behind all of its openings, whether or not it is one */
	if (r == 0)
		r = read_side(reader, sides, &sides->after,
			      request->after_from ? request->after_from : request->before_to + 1,
			      request->after_to);
	if (r == 0)
		r = read_left_out(reader, sides);
	if (r < 0)
		return r;
	r = number_all_cells(sides);
	if (r < 0)
		return r;
	target_ms = request->target_ms ? request->target_ms : sides->hall.target_ms;
	r = make_side(&sides->before, target_ms / 1000, &input->before);
	if (r == 0)
		r = make_side(&sides->after, target_ms / 1000, &input->after);
	input->cells = sides->cells.count;
	input->has_control = request->control && request->control[0];
	return r;
}

int sides_read(struct store_reader *reader, const struct sides_request *request,
	       struct sides **ret_sides)
{
	struct sides *sides;
	int r;

	if (request->target_ms % 1000 || !request->before_to ||
	    (request->after_from && request->after_from <= request->before_to))
		return -EINVAL;
	sides = calloc(1, sizeof(*sides));
	if (!sides)
		return -ENOMEM;
	sides->request = *request;
	r = read_both(reader, sides);
	sides->request.control = NULL; /* the caller's */
	if (r < 0) {
		sides_free(sides);
		return r;
	}
	*ret_sides = sides;
	return 0;
}
