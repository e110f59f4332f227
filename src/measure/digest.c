/* Digests as bytes: what the store keeps of each opening of a service day, and back.
 *
 * day: day_tally_write(). Groups: how many; of each its key and tally_write(). Cells: how many
 * departments and their names; how many cells; of each the department's place, kind, hour, n, sum.
 * Cases: tickets without, how many references, those; filings alike. Issued in: how many queues; of
 * each its id, n, sum. Outcomes: how many queues; of each its id, how many hours with tickets, of
 * each the hour and the counts. All in rising order of their keys, so that equal digests are equal
 * bytes. */
#include "src/measure/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/ledger.h"

enum { DIGEST_VERSION = 4, REFERENCE_SIZE = 8 };

struct maker {
	struct ledger *ledger;
	struct bytes_writer parts[PART_COUNT];
};

/* ---- writing ---- */

static bool is_group(const struct family *family, uint32_t index)
{
	return index < family->count && family->list[index].counts[COUNT_LEGS] > 0;
}

static int write_groups(struct bytes_writer *writer, const struct family *family)
{
	const struct names *names = family->names;
	uint32_t *sorted = names ? names_sorted(names) : NULL;
	uint32_t keys = names ? names->count : family->count, count = 0;

	if (names && !sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < family->count; i++)
		count += is_group(family, i);
	bytes_write(writer, count);
	for (uint32_t i = 0; i < keys; i++) {
		uint32_t index = sorted ? sorted[i] : i;

		if (!is_group(family, index))
			continue;
		if (names)
			bytes_write_text(writer, names_text(names, index));
		else
			bytes_write(writer, index);
		tally_write(writer, &family->list[index]);
	}
	free(sorted);
	return 0;
}

/* The cells come by ordinal of the department: a run of each. */
static void write_cells_of(struct bytes_writer *writer, const struct digest *digest,
			   uint32_t department, uint32_t place)
{
	for (size_t i = 0; i < digest->cell_count; i++) {
		const struct cell *cell = &digest->cells[i];

		if (cell->department != department)
			continue;
		bytes_write(writer, place);
		bytes_write(writer, cell->kind);
		bytes_write(writer, cell->hour);
		bytes_write(writer, (uint64_t)cell->n);
		bytes_write(writer, (uint64_t)cell->sum_ms);
	}
}

static bool has_cells(const struct digest *digest, uint32_t department)
{
	for (size_t i = 0; i < digest->cell_count; i++)
		if (digest->cells[i].department == department)
			return true;
	return false;
}

static int write_cells(struct bytes_writer *writer, const struct digest *digest)
{
	const struct names *names = digest->families[PART_DEPARTMENT].names;
	uint32_t *sorted = names_sorted(names), count = 0;

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < names->count; i++)
		if (has_cells(digest, sorted[i]))
			sorted[count++] = sorted[i];
	bytes_write(writer, count);
	for (uint32_t i = 0; i < count; i++)
		bytes_write_text(writer, names_text(names, sorted[i]));
	bytes_write(writer, digest->cell_count);
	for (uint32_t i = 0; i < count; i++)
		write_cells_of(writer, digest, sorted[i], i);
	free(sorted);
	return 0;
}

static void write_cases(struct bytes_writer *writer, const struct cases *cases)
{
	bytes_write(writer, (uint64_t)cases->without);
	bytes_write(writer, cases->count);
	for (size_t i = 0; i < cases->count; i++) {
		uint8_t bytes[REFERENCE_SIZE];

		for (int k = 0; k < REFERENCE_SIZE; k++)
			bytes[k] = (uint8_t)(cases->list[i] >> (8 * k));
		bytes_write_raw(writer, bytes, sizeof(bytes));
	}
}

static int write_issued_in(struct bytes_writer *writer, const struct digest *digest)
{
	const struct names *names = digest->families[PART_QUEUE].names;
	uint32_t *sorted = names_sorted(names), count = 0;

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < names->count; i++)
		if (sorted[i] < digest->issued_in_count && digest->issued_in[sorted[i]].n)
			sorted[count++] = sorted[i];
	bytes_write(writer, count);
	for (uint32_t i = 0; i < count; i++) {
		bytes_write_text(writer, names_text(names, sorted[i]));
		bytes_write(writer, (uint64_t)digest->issued_in[sorted[i]].n);
		bytes_write(writer, (uint64_t)digest->issued_in[sorted[i]].sum_ms);
	}
	free(sorted);
	return 0;
}

static uint64_t tickets_of(const int64_t counts[OUTCOME_COUNT])
{
	uint64_t tickets = 0;

	for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
		tickets += (uint64_t)counts[outcome];
	return tickets;
}

static uint64_t hours_with_tickets(const struct outcomes *outcomes)
{
	uint64_t hours = 0;

	for (int hour = 0; hour < HOURS; hour++)
		hours += tickets_of(outcomes->of_hour[hour]) > 0;
	return hours;
}

static void write_outcomes_of(struct bytes_writer *writer, const struct outcomes *outcomes)
{
	bytes_write(writer, hours_with_tickets(outcomes));
	for (uint64_t hour = 0; hour < HOURS; hour++) {
		if (!tickets_of(outcomes->of_hour[hour]))
			continue;
		bytes_write(writer, hour);
		for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
			bytes_write(writer, (uint64_t)outcomes->of_hour[hour][outcome]);
	}
}

static int write_outcomes(struct bytes_writer *writer, const struct digest *digest)
{
	const struct names *names = digest->families[PART_QUEUE].names;
	uint32_t *sorted = names_sorted(names), count = 0;

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < names->count; i++)
		if (sorted[i] < digest->outcome_count &&
		    hours_with_tickets(&digest->outcomes[sorted[i]]))
			sorted[count++] = sorted[i];
	bytes_write(writer, count);
	for (uint32_t i = 0; i < count; i++) {
		bytes_write_text(writer, names_text(names, sorted[i]));
		write_outcomes_of(writer, &digest->outcomes[sorted[i]]);
	}
	free(sorted);
	return 0;
}

static int write_parts(struct bytes_writer parts[PART_COUNT], const struct digest *digest)
{
	int r = 0;

	for (int part = 0; part < PART_COUNT; part++)
		bytes_writer_clear(&parts[part]);
	day_tally_write(&parts[PART_DAY], &digest->day);
	for (int part = PART_HOUR; r == 0 && part < FAMILIES; part++)
		r = write_groups(&parts[part], &digest->families[part]);
	if (r == 0)
		r = write_cells(&parts[PART_CELLS], digest);
	write_cases(&parts[PART_CASES], &digest->tickets);
	write_cases(&parts[PART_CASES], &digest->filings);
	if (r == 0)
		r = write_issued_in(&parts[PART_ISSUED_IN], digest);
	if (r == 0)
		r = write_outcomes(&parts[PART_OUTCOMES], digest);
	for (int part = 0; part < PART_COUNT; part++)
		if (parts[part].failed)
			return -ENOMEM;
	return r;
}

/* ---- the store's maker ---- */

static void destroy(void *user)
{
	struct maker *maker = user;

	if (!maker)
		return;
	ledger_destroy(maker->ledger);
	for (int part = 0; part < PART_COUNT; part++)
		bytes_writer_finish(&maker->parts[part]);
	free(maker);
}

static int create(void **ret_maker)
{
	struct maker *maker = calloc(1, sizeof(*maker));
	int r = maker ? ledger_create(&maker->ledger) : -ENOMEM;

	if (r < 0) {
		destroy(maker);
		return r;
	}
	*ret_maker = maker;
	return 0;
}

static int take_event(void *user, const struct event *event)
{
	struct maker *maker = user;

	return ledger_event(maker->ledger, event);
}

static int cut(void *user, struct store_part ret_parts[STORE_DIGEST_PARTS])
{
	struct maker *maker = user;
	const struct digest *digest = NULL;
	int r = ledger_cut(maker->ledger, &digest);

	if (r == 0)
		r = write_parts(maker->parts, digest);
	if (r < 0)
		return r;
	for (int part = 0; part < STORE_DIGEST_PARTS; part++)
		ret_parts[part] = (struct store_part){0};
	for (int part = 0; part < PART_COUNT; part++)
		ret_parts[part] = (struct store_part){.bytes = maker->parts[part].bytes,
						      .size = maker->parts[part].size};
	return 0;
}

const struct store_digest digest_maker = {
	.version = DIGEST_VERSION,
	.create = create,
	.event = take_event,
	.cut = cut,
	.destroy = destroy,
};

/* ---- reading ---- */

static struct bytes_reader read_part(const struct store_part *part)
{
	const uint8_t *bytes = part->bytes;

	if (!part->size)
		return (struct bytes_reader){.error = -EBADMSG};
	return (struct bytes_reader){.at = bytes, .end = bytes + part->size};
}

int digest_read_day(const struct store_part *part, struct day_tally *day)
{
	struct bytes_reader reader = read_part(part);

	day_tally_read(&reader, day);
	return bytes_reader_end(&reader);
}

int digest_read_visits(const struct store_part *part, struct day_tally *day)
{
	struct bytes_reader reader = read_part(part);

	day_tally_read_visits(&reader, day);
	return bytes_reader_end(&reader);
}

/* The next text, behind the one before. */
static void read_rising_text(struct bytes_reader *reader, bool first, char text[CORE_NAME_SIZE])
{
	char before[CORE_NAME_SIZE];

	memcpy(before, text, sizeof(before));
	bytes_read_text(reader, text, CORE_NAME_SIZE);
	if (!first && strcmp(before, text) >= 0)
		bytes_reader_fail(reader);
}

int digest_read_groups(enum digest_part which, const struct store_part *part, digest_group_fn fn,
		       void *user)
{
	bool numbers = which == PART_HOUR || which == PART_WINDOW;
	struct bytes_reader reader = read_part(part);
	uint64_t count = bytes_read(&reader);
	char text[CORE_NAME_SIZE] = "";
	int64_t number = -1;

	for (uint64_t i = 0; i < count && !reader.error; i++) {
		struct gathered *gathered;

		if (numbers) {
			int64_t next = (int64_t)bytes_read_limited(
				&reader, which == PART_HOUR ? HOURS - 1 : CORE_MAX_WINDOW_NUMBER);

			if (next <= number)
				bytes_reader_fail(&reader);
			number = next;
		} else {
			read_rising_text(&reader, !i, text);
		}
		if (reader.error)
			break;
		gathered = fn(user, which, text, numbers ? number : 0);
		if (!gathered)
			return -ENOMEM;
		gathered_read(&reader, gathered);
	}
	return bytes_reader_end(&reader);
}

/* Where the names begin, so that a cell's is found again: count texts, rising. */
static int skip_names(struct bytes_reader *reader, uint64_t count)
{
	char text[CORE_NAME_SIZE] = "";

	for (uint64_t i = 0; i < count && !reader->error; i++)
		read_rising_text(reader, !i, text);
	return reader->error;
}

int digest_read_cells(const struct store_part *part, digest_visits_fn fn, void *user)
{
	struct bytes_reader reader = read_part(part), names;
	uint64_t name_count = bytes_read(&reader), count, place = 0;
	char text[CORE_NAME_SIZE] = "";
	struct digest_visits cell = {.text = text};
	int r;

	names = reader;
	r = skip_names(&reader, name_count);
	count = bytes_read(&reader); /* of cells; the first is of the first name */
	for (uint64_t i = 0; r == 0 && i < count && !reader.error; i++) {
		uint64_t next = bytes_read(&reader);

		if (next > name_count || (i ? next < place || next > place + 1 : next))
			bytes_reader_fail(&reader);
		if (!i || next > place)
			bytes_read_text(&names, text, sizeof(text));
		place = next;
		cell.kind = (int64_t)bytes_read_limited(&reader, QUEUE_KIND_COUNT - 1);
		cell.hour = (int64_t)bytes_read_limited(&reader, HOURS - 1);
		cell.n = (int64_t)bytes_read_limited(&reader, UINT32_MAX);
		cell.sum_ms = (int64_t)bytes_read_limited(&reader, INT64_MAX);
		if (!reader.error && place < name_count)
			r = fn(user, &cell);
		else
			bytes_reader_fail(&reader);
	}
	return r < 0 ? r : bytes_reader_end(&reader);
}

int digest_read_issued_in(const struct store_part *part, digest_visits_fn fn, void *user)
{
	struct bytes_reader reader = read_part(part);
	uint64_t count = bytes_read(&reader);
	char text[CORE_NAME_SIZE] = "";
	struct digest_visits visits = {.text = text};
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < count && !reader.error; i++) {
		read_rising_text(&reader, !i, text);
		visits.n = (int64_t)bytes_read_limited(&reader, UINT32_MAX);
		visits.sum_ms = (int64_t)bytes_read_limited(&reader, INT64_MAX);
		if (!reader.error)
			r = fn(user, &visits);
	}
	return r < 0 ? r : bytes_reader_end(&reader);
}

/* The next hour of a queue, behind the one before. */
static void read_outcomes_of_hour(struct bytes_reader *reader, struct digest_outcomes *outcomes)
{
	int64_t next = (int64_t)bytes_read_limited(reader, HOURS - 1);

	if (next <= outcomes->hour)
		bytes_reader_fail(reader);
	outcomes->hour = next;
	for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
		outcomes->counts[outcome] = (int64_t)bytes_read_limited(reader, UINT32_MAX);
	if (!tickets_of(outcomes->counts))
		bytes_reader_fail(reader);
}

int digest_read_outcomes(const struct store_part *part, digest_outcomes_fn fn, void *user)
{
	struct bytes_reader reader = read_part(part);
	uint64_t count = bytes_read(&reader);
	char text[CORE_NAME_SIZE] = "";
	struct digest_outcomes outcomes = {.queue = text};
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < count && !reader.error; i++) {
		uint64_t hours;

		read_rising_text(&reader, !i, text);
		hours = bytes_read_limited(&reader, HOURS);
		outcomes.hour = -1;
		for (uint64_t hour = 0; r == 0 && hour < hours && !reader.error; hour++) {
			read_outcomes_of_hour(&reader, &outcomes);
			if (!reader.error)
				r = fn(user, &outcomes);
		}
	}
	return r < 0 ? r : bytes_reader_end(&reader);
}

uint64_t digest_case(const struct digest_cases *cases, size_t i)
{
	uint64_t reference = 0;

	for (int k = REFERENCE_SIZE - 1; k >= 0; k--)
		reference = reference << 8 | cases->references[i * REFERENCE_SIZE + (size_t)k];
	return reference;
}

static void read_cases(struct bytes_reader *reader, struct digest_cases *ret_cases)
{
	struct digest_cases cases = {0};

	cases.without = (int64_t)bytes_read_limited(reader, UINT32_MAX);
	cases.count = (size_t)bytes_read_limited(reader, SIZE_MAX / REFERENCE_SIZE);
	cases.references = bytes_read_raw(reader, cases.count * REFERENCE_SIZE);
	for (size_t i = 1; !reader->error && i < cases.count; i++)
		if (digest_case(&cases, i) <= digest_case(&cases, i - 1))
			bytes_reader_fail(reader);
	*ret_cases = cases;
}

int digest_read_cases(const struct store_part *part, struct digest_cases *ret_tickets,
		      struct digest_cases *ret_filings)
{
	struct bytes_reader reader = read_part(part);
	struct digest_cases tickets, filings;
	int r;

	read_cases(&reader, &tickets);
	read_cases(&reader, &filings);
	r = bytes_reader_end(&reader);
	if (r < 0)
		return r;
	*ret_tickets = tickets;
	*ret_filings = filings;
	return 0;
}
