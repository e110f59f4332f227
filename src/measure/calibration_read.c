/* A calibration from a log: its queues as they are defined, the outcomes of each opening. */
#include "src/measure/calibration_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/digest.h"
#include "src/measure/names.h"

struct opening {
	int64_t date;
	bool simulated;
};

struct reading {
	struct calibration *calibration;
	struct names texts;    /* of queues, by ordinal */
	size_t queue_capacity; /* rooms in calibration->queues */
	struct calibration_tickets *tickets;
	size_t ticket_count, ticket_capacity;
	uint64_t newest; /* event, seen while days were read: a daemon may write on */
	int64_t date;	 /* of the opening that is read */
	struct origin origin;
	struct opening *dates;
	size_t date_count, date_capacity;
};

/* Room for one more behind count; NULL: out of memory, the old one stays. */
static void *grow(void *list, size_t *capacity, size_t count, size_t size)
{
	size_t more = *capacity ? 2 * *capacity : 64;
	void *grown;

	if (count < *capacity)
		return list;
	grown = realloc(list, more * size);
	if (grown)
		*capacity = more;
	return grown;
}

/* Its ordinal, with room for its names. -ENOMEM. */
static int64_t get_queue(struct reading *reading, const char *id)
{
	struct calibration *calibration = reading->calibration;
	int64_t ordinal = names_get(&reading->texts, id);
	struct calibration_queue *queues;

	if (ordinal < 0 || (size_t)ordinal < calibration->queue_count)
		return ordinal;
	queues = grow(calibration->queues, &reading->queue_capacity, calibration->queue_count,
		      sizeof(*queues));
	if (!queues)
		return -ENOMEM;
	calibration->queues = queues;
	queues[ordinal] = (struct calibration_queue){0};
	memcpy(queues[ordinal].id, id, strnlen(id, sizeof(queues->id) - 1));
	calibration->queue_count++;
	return ordinal;
}

static int take_definition(void *user, const struct store_row *row)
{
	const struct event_queue_defined *def = &row->event.u.queue_defined;
	struct reading *reading = user;
	struct calibration_queue *queue;
	int64_t ordinal;
	int r = origin_take(&reading->origin, &row->event);

	if (r < 0)
		return r;
	if (row->event.type == EVENT_HALL_DEFINED)
		reading->calibration->hall = row->event.u.hall_defined;
	if (row->event.type != EVENT_QUEUE_DEFINED)
		return 0;
	ordinal = get_queue(reading, def->queue);
	if (ordinal < 0)
		return (int)ordinal;
	queue = &reading->calibration->queues[ordinal];
	memcpy(queue->zh, def->zh, sizeof(def->zh));
	memcpy(queue->en, def->en, sizeof(def->en));
	return 0;
}

static int take_outcomes(void *user, const struct digest_outcomes *outcomes)
{
	struct reading *reading = user;
	int64_t queue = get_queue(reading, outcomes->queue);
	struct calibration_tickets *tickets;

	if (queue < 0)
		return (int)queue;
	tickets = grow(reading->tickets, &reading->ticket_capacity, reading->ticket_count,
		       sizeof(*tickets));
	if (!tickets)
		return -ENOMEM;
	reading->tickets = tickets;
	tickets += reading->ticket_count++;
	*tickets = (struct calibration_tickets){
		.queue = (uint32_t)queue, .hour = (uint32_t)outcomes->hour, .date = reading->date};
	memcpy(tickets->counts, outcomes->counts, sizeof(tickets->counts));
	return 0;
}

static int take_day(void *user, const struct store_day *day)
{
	struct reading *reading = user;
	struct opening *dates =
		grow(reading->dates, &reading->date_capacity, reading->date_count, sizeof(*dates));

	if (!dates)
		return -ENOMEM;
	reading->dates = dates;
	reading->date = day->date;
	dates[reading->date_count++] =
		(struct opening){day->date, origin_is_simulated(&reading->origin, day->last_seq)};
	if (day->last_seq > reading->newest)
		reading->newest = day->last_seq;
	if (day->open)
		reading->calibration->open_day = (uint64_t)day->date;
	reading->calibration->all_kept &= day->open || day->kept;
	return digest_read_outcomes(&day->parts[PART_OUTCOMES], take_outcomes, reading);
}

static int take_newest(void *user, const struct store_row *row)
{
	struct calibration *calibration = user;

	calibration->as_of_seq = row->event.seq;
	calibration->as_of_wall_ms = row->event.at.wall_ms;
	calibration->as_of_offset_min = row->event.at.offset_min;
	return 0;
}

static int compare_dates(const void *a, const void *b)
{
	const struct opening *x = a, *y = b;

	if (x->date != y->date)
		return x->date > y->date ? 1 : -1;
	return x->simulated - y->simulated;
}

/* Dates that were opened again are one; its simulated opening comes last. */
static void count_days(struct reading *reading)
{
	struct calibration *calibration = reading->calibration;

	if (!reading->date_count)
		return;
	qsort(reading->dates, reading->date_count, sizeof(*reading->dates), compare_dates);
	calibration->first_day = reading->dates[0].date;
	calibration->last_day = reading->dates[reading->date_count - 1].date;
	for (size_t i = 0; i < reading->date_count; i++) {
		const struct opening *opening = &reading->dates[i];

		if (i + 1 < reading->date_count && opening[1].date == opening->date)
			continue;
		calibration->days++;
		if (opening->simulated)
			origin_add_day(&calibration->simulated_days, opening->date);
	}
	calibration->simulated = calibration->simulated_days.days > 0;
}

static int read_all(struct store_reader *reader, const struct measure_options *options,
		    struct reading *reading)
{
	const struct store_days_query query = {.from = options->from,
					       .to = options->to,
					       .recount = options->recount,
					       .parts = 1U << PART_OUTCOMES,
					       .digest = &digest_maker};
	struct calibration *calibration = reading->calibration;
	int r = store_reader_last_seq(reader, &reading->newest);

	if (r == 0)
		r = store_reader_context(reader, 1, reading->newest, take_definition, reading);
	if (r == 0)
		r = store_reader_days(reader, &query, take_day, reading);
	if (r == 0 && reading->newest)
		r = store_reader_each(reader, reading->newest, reading->newest, take_newest,
				      calibration);
	if (r == 0)
		r = calibration_make(reading->tickets, reading->ticket_count, &calibration->cells,
				     &calibration->cell_count);
	count_days(reading);
	return r;
}

int calibration_read(struct store_reader *reader, const struct measure_options *options,
		     struct calibration **ret_calibration)
{
	struct reading reading = {.calibration = calloc(1, sizeof(struct calibration))};
	int r;

	if (!reading.calibration)
		return -ENOMEM;
	reading.calibration->all_kept = true;
	r = read_all(reader, options, &reading);
	names_finish(&reading.texts);
	free(reading.tickets);
	free(reading.dates);
	origin_finish(&reading.origin);
	if (r < 0) {
		calibration_free(reading.calibration);
		return r;
	}
	*ret_calibration = reading.calibration;
	return 0;
}

void calibration_free(struct calibration *calibration)
{
	if (!calibration)
		return;
	free(calibration->queues);
	free(calibration->cells);
	free(calibration);
}
