/* What became of the visits of an opening: known, excluded, censored or elsewhere; the bounds of
 * the censored; cells, queues of issue and cases. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/ledger_private.h"

/* A line: the legs of one queue and class, in the order in which they began. Classes that this
 * software does not know share one. */
enum { LINES_PER_QUEUE = CLASS_COUNT + 1 };

static size_t line_of(const struct ledger *ledger, const struct leg *leg)
{
	int64_t class = ledger->visits[leg->visit].class;
	bool known = class >= 0 && class < CLASS_COUNT;

	return (size_t)leg->queue * LINES_PER_QUEUE + (size_t)(known ? class : CLASS_COUNT);
}

/* Of each leg, which earlier one of its line was called latest. lines: zeros. */
static void find_latest(struct ledger *ledger, uint32_t *lines)
{
	for (uint32_t i = 0; i < ledger->leg_count; i++) {
		struct leg *leg = &ledger->legs[i];
		uint32_t *latest = &lines[line_of(ledger, leg)];

		leg->latest = *latest;
		if (leg->state == LEG_CALLED &&
		    (!*latest || ledger->legs[*latest - 1].call_seq < leg->call_seq))
			*latest = i + 1;
	}
}

static int add_cell(struct ledger *ledger, const struct visit *visit)
{
	struct digest *digest = &ledger->digest;
	struct cell *cells = list_grow(digest->cells, &digest->cell_capacity, digest->cell_count,
				       sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	digest->cells = cells;
	cells[digest->cell_count++] = (struct cell){.department = visit->department,
						    .kind = (uint32_t)visit->kind,
						    .hour = (uint32_t)visit->hour,
						    .n = 1,
						    .sum_ms = visit->total_ms};
	return 0;
}

static int add_known(struct ledger *ledger, const struct visit *visit)
{
	struct visit_tally *visits = &ledger->digest.day.visits;
	struct issued_in *issued_in = &ledger->digest.issued_in[visit->queue];
	int r;

	visits->total_sum_ms += visit->total_ms;
	visits->window_sum_ms += visit->window_ms;
	if (visit->total_ms > visits->total_max_ms)
		visits->total_max_ms = visit->total_ms;
	issued_in->n++;
	issued_in->sum_ms += visit->total_ms;
	r = histogram_add(&visits->totals, visit->total_ms);
	return r < 0 ? r : add_cell(ledger, visit);
}

/* next: the next later leg of its line that was called, NULL none. */
static int add_censored(struct ledger *ledger, const struct visit *visit, const struct leg *leg,
			const struct leg *next)
{
	struct visit_tally *visits = &ledger->digest.day.visits;
	const struct leg *latest = leg->latest ? &ledger->legs[leg->latest - 1] : NULL;
	int64_t age_ms = ledger_duration(&leg->start, &leg->end);
	int64_t lower_ms = age_ms, reached_ms = 0, upper_ms;

	/* one that was called before this leg began cannot bound it */
	if (latest && latest->call_seq > leg->start_seq)
		reached_ms = ledger_duration(&leg->start, &latest->called);
	upper_ms = ledger_duration(&leg->start, next ? &next->called : &ledger->end);
	if (visit->total_ms < 0 || age_ms < 0 || reached_ms < 0 || upper_ms < 0) {
		visits->excluded++;
		return 0;
	}
	if (reached_ms > lower_ms)
		lower_ms = reached_ms;
	if (upper_ms < lower_ms)
		upper_ms = lower_ms;
	visits->lower_ms += visit->total_ms + lower_ms;
	visits->upper_ms += visit->total_ms + upper_ms;
	return histogram_add(&visits->ages, visit->total_ms + age_ms);
}

static bool left_waiting(const struct leg *leg)
{
	return leg->state == LEG_CANCELLED || leg->state == LEG_UNCALLED ||
	       leg->state == LEG_WAITING;
}

static int add_visit(struct ledger *ledger, const struct visit *visit, const struct leg *next)
{
	const struct leg *leg = &ledger->legs[visit->leg];
	struct visit_tally *visits = &ledger->digest.day.visits;

	if (visit->reached) {
		if (visit->total_ms >= 0 && visit->window_ms >= 0)
			return add_known(ledger, visit);
		visits->excluded++;
		return 0;
	}
	/* also before a desk that is no work: where that is where people give up, a mean of those
	 * who got through would show them a short wait */
	if (left_waiting(leg))
		return add_censored(ledger, visit, leg, next);
	visits->elsewhere++;
	return 0;
}

/* Each at its newest leg, from the last leg to the first. lines: zeros. */
static int add_visits(struct ledger *ledger, uint32_t *lines)
{
	int r = 0;

	for (uint32_t i = (uint32_t)ledger->leg_count; r == 0 && i-- > 0;) {
		struct leg *leg = &ledger->legs[i];
		struct visit *visit = &ledger->visits[leg->visit];
		uint32_t *next = &lines[line_of(ledger, leg)];

		if (visit->leg == i)
			r = add_visit(ledger, visit, *next ? &ledger->legs[*next - 1] : NULL);
		if (leg->state == LEG_CALLED)
			*next = i + 1;
	}
	return r;
}

static void add_recalls(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->leg_count; i++) {
		const struct leg *leg = &ledger->legs[i];
		int64_t ms = leg->state == LEG_CALLED && leg->recalled
				     ? ledger_duration(&leg->called, &leg->recall)
				     : -1;

		if (ms < 0)
			continue;
		ledger->digest.day.recalls++;
		ledger->digest.day.recall_sum_ms += ms;
	}
}

static int compare_cells(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	if (x->department != y->department)
		return x->department < y->department ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->hour > y->hour) - (x->hour < y->hour);
}

static void gather_cells(struct digest *digest)
{
	size_t count = 0;

	if (!digest->cell_count)
		return;
	qsort(digest->cells, digest->cell_count, sizeof(*digest->cells), compare_cells);
	for (size_t i = 1; i < digest->cell_count; i++) {
		struct cell *cell = &digest->cells[count];

		if (compare_cells(cell, &digest->cells[i]) != 0) {
			digest->cells[++count] = digest->cells[i];
			continue;
		}
		cell->n += digest->cells[i].n;
		cell->sum_ms += digest->cells[i].sum_ms;
	}
	digest->cell_count = count + 1;
}

static int compare_references(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void gather_cases(struct cases *cases)
{
	size_t count = 0;

	if (!cases->count)
		return;
	qsort(cases->list, cases->count, sizeof(*cases->list), compare_references);
	for (size_t i = 1; i < cases->count; i++)
		if (cases->list[i] != cases->list[count])
			cases->list[++count] = cases->list[i];
	cases->count = count + 1;
}

static int count_waiting(struct ledger *ledger)
{
	int r = 0;

	if (!ledger->is_open)
		return 0;
	ledger->end = ledger->now;
	for (size_t i = 0; r == 0 && i < ledger->visit_count; i++) {
		struct leg *leg = &ledger->legs[ledger->visits[i].leg];

		if (leg->state == LEG_WAITS)
			r = ledger_end_wait(ledger, leg, LEG_WAITING);
	}
	return r;
}

static int reserve_issued_in(struct ledger *ledger)
{
	struct digest *digest = &ledger->digest;
	size_t capacity = digest->issued_in_count;
	struct issued_in *list;

	if (!ledger->queue_count)
		return 0;
	list = list_grow(digest->issued_in, &capacity, ledger->queue_count - 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	digest->issued_in = list;
	digest->issued_in_count = (uint32_t)capacity;
	return 0;
}

int ledger_cut(struct ledger *ledger, const struct digest **ret_digest)
{
	size_t line_count = (size_t)ledger->queue_count * LINES_PER_QUEUE;
	uint32_t *lines = calloc(line_count ? line_count : 1, sizeof(*lines));
	int r = lines ? count_waiting(ledger) : -ENOMEM;

	if (r == 0)
		r = reserve_issued_in(ledger);
	if (r == 0)
		r = ledger_add_outcomes(ledger);
	if (r == 0) {
		find_latest(ledger, lines);
		memset(lines, 0, line_count * sizeof(*lines));
		r = add_visits(ledger, lines);
	}
	free(lines);
	ledger->is_cut = true;
	if (r < 0)
		return r;
	add_recalls(ledger);
	gather_cells(&ledger->digest);
	gather_cases(&ledger->digest.tickets);
	gather_cases(&ledger->digest.filings);
	*ret_digest = &ledger->digest;
	return 0;
}
