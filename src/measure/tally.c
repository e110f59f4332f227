/* Counting legs and visits: sums, bytes, figures. */
#include "src/measure/tally.h"

#include <errno.h>
#include <stdlib.h>

#include "src/measure/survival.h"

int tally_wait(struct tally *tally, int64_t ms)
{
	int r = histogram_add(&tally->waits, ms);

	if (r < 0)
		return r;
	tally->sum_ms += ms;
	if (ms > tally->max_ms)
		tally->max_ms = ms;
	return 0;
}

int tally_age(struct tally *tally, enum tally_count why, int64_t ms)
{
	tally->counts[why]++;
	if (ms >= 0)
		return histogram_add(&tally->ages, ms);
	tally->counts[COUNT_AGELESS]++;
	return 0;
}

int tally_merge(struct tally *tally, const struct tally *other)
{
	int r;

	for (int i = 0; i < COUNT_COUNT; i++)
		tally->counts[i] += other->counts[i];
	tally->sum_ms += other->sum_ms;
	if (other->max_ms > tally->max_ms)
		tally->max_ms = other->max_ms;
	r = histogram_merge(&tally->waits, &other->waits);
	return r < 0 ? r : histogram_merge(&tally->ages, &other->ages);
}

void tally_finish(struct tally *tally)
{
	histogram_finish(&tally->waits);
	histogram_finish(&tally->ages);
	*tally = (struct tally){0};
}

void gathered_finish(struct gathered *gathered)
{
	tally_finish(&gathered->tally);
	bytes_writer_finish(&gathered->waits);
	bytes_writer_finish(&gathered->ages);
}

void day_tally_finish(struct day_tally *day)
{
	tally_finish(&day->all);
	histogram_finish(&day->visits.totals);
	histogram_finish(&day->visits.ages);
	*day = (struct day_tally){0};
}

void order_count(struct measure_order *order, const struct event_ticket_called *called)
{
	bool known = called->reason >= 0 && called->reason < CALL_REASON_COUNT;
	int64_t overtaken = called->overtaken > 0 ? called->overtaken : 0;

	order->reasons[known ? called->reason : CALL_UNSTATED]++;
	order->out_of_order += overtaken > 0;
	order->overtakings += overtaken;
	if (overtaken > order->most)
		order->most = overtaken;
}

static void greatest_step(struct measure_findings *findings, int64_t step_ms)
{
	int64_t amount = step_ms < 0 ? -step_ms : step_ms;
	int64_t known = findings->clock_step_max_ms;

	if (amount > (known < 0 ? -known : known))
		findings->clock_step_max_ms = step_ms;
}

void findings_step(struct measure_findings *findings, int64_t step_ms)
{
	findings->clock_steps++;
	greatest_step(findings, step_ms == INT64_MIN ? -INT64_MAX : step_ms);
}

/* ---- bytes ---- */

static void write_count(struct bytes_writer *writer, int64_t value)
{
	bytes_write(writer, (uint64_t)value);
}

/* Adds a number that is there; damaged bytes may hold any. */
static void read_count(struct bytes_reader *reader, int64_t *sum)
{
	uint64_t value = bytes_read_limited(reader, INT64_MAX);

	if (sum && __builtin_add_overflow(*sum, (int64_t)value, sum))
		bytes_reader_fail(reader);
}

static void read_greatest(struct bytes_reader *reader, int64_t *greatest)
{
	int64_t value = (int64_t)bytes_read_limited(reader, INT64_MAX);

	if (greatest && value > *greatest)
		*greatest = value;
}

void tally_write(struct bytes_writer *writer, const struct tally *tally)
{
	for (int i = 0; i < COUNT_COUNT; i++)
		write_count(writer, tally->counts[i]);
	write_count(writer, tally->sum_ms);
	write_count(writer, tally->max_ms);
	bytes_write_histogram(writer, &tally->waits);
	bytes_write_histogram(writer, &tally->ages);
}

static void read_counts(struct bytes_reader *reader, struct tally *tally)
{
	for (int i = 0; i < COUNT_COUNT; i++)
		read_count(reader, tally ? &tally->counts[i] : NULL);
	read_count(reader, tally ? &tally->sum_ms : NULL);
	read_greatest(reader, tally ? &tally->max_ms : NULL);
}

void tally_read(struct bytes_reader *reader, struct tally *tally)
{
	read_counts(reader, tally);
	bytes_read_histogram(reader, tally ? &tally->waits : NULL);
	bytes_read_histogram(reader, tally ? &tally->ages : NULL);
}

void gathered_read(struct bytes_reader *reader, struct gathered *gathered)
{
	read_counts(reader, &gathered->tally);
	bytes_copy_histogram(reader, &gathered->waits);
	bytes_copy_histogram(reader, &gathered->ages);
}

static int count_gathered(struct bytes_writer *bytes, struct histogram *histogram)
{
	int64_t taken = 0;

	for (size_t at = 0; at < bytes->size; at += (size_t)taken) {
		taken = histogram_decode(histogram, bytes->bytes + at, bytes->size - at);
		if (taken < 0)
			return taken == -ENOMEM ? -ENOMEM : -EBADMSG;
	}
	bytes_writer_finish(bytes);
	return histogram_settle(histogram);
}

int gathered_settle(struct gathered *gathered)
{
	int r = count_gathered(&gathered->waits, &gathered->tally.waits);

	return r < 0 ? r : count_gathered(&gathered->ages, &gathered->tally.ages);
}

/* In the order of their bytes. */
struct plain {
	int64_t *sums[32];
	size_t count;
};

static void add_plain(struct plain *plain, int64_t *sum)
{
	plain->sums[plain->count++] = sum;
}

static struct plain plain_of(struct day_tally *day)
{
	struct measure_findings *findings = &day->findings;
	struct visit_tally *visits = &day->visits;
	struct plain plain = {0};

	add_plain(&plain, &visits->total_sum_ms);
	add_plain(&plain, &visits->window_sum_ms);
	add_plain(&plain, &visits->excluded);
	add_plain(&plain, &visits->elsewhere);
	add_plain(&plain, &visits->lower_ms);
	add_plain(&plain, &visits->upper_ms);
	for (int reason = 0; reason < CALL_REASON_COUNT; reason++)
		add_plain(&plain, &day->order.reasons[reason]);
	add_plain(&plain, &day->order.out_of_order);
	add_plain(&plain, &day->order.overtakings);
	add_plain(&plain, &findings->implied_finish);
	add_plain(&plain, &findings->short_service);
	add_plain(&plain, &findings->no_citizen);
	add_plain(&plain, &findings->cancel_reissue);
	add_plain(&plain, &findings->call_put_back);
	add_plain(&plain, &findings->clock_steps);
	add_plain(&plain, &findings->restarts);
	add_plain(&plain, &day->recalls);
	add_plain(&plain, &day->recall_sum_ms);
	return plain;
}

/* The lowest bit is the sign: -1 is 1, 1 is 2. */
static uint64_t zigzag(int64_t value)
{
	return value < 0 ? ((uint64_t)(-(value + 1)) << 1 | 1) : (uint64_t)value << 1;
}

static int64_t unzigzag(uint64_t value)
{
	return value & 1 ? -(int64_t)(value >> 1) - 1 : (int64_t)(value >> 1);
}

void day_tally_write(struct bytes_writer *writer, const struct day_tally *day)
{
	struct day_tally copy = *day; /* only read through it */
	struct plain plain = plain_of(&copy);

	tally_write(writer, &day->all);
	for (size_t i = 0; i < plain.count; i++)
		write_count(writer, *plain.sums[i]);
	write_count(writer, day->visits.total_max_ms);
	write_count(writer, day->order.most);
	bytes_write(writer, zigzag(day->findings.clock_step_max_ms));
	bytes_write_histogram(writer, &day->visits.totals);
	bytes_write_histogram(writer, &day->visits.ages);
}

static void read_but_legs(struct bytes_reader *reader, struct day_tally *day)
{
	struct plain plain = plain_of(day);

	for (size_t i = 0; i < plain.count; i++)
		read_count(reader, plain.sums[i]);
	read_greatest(reader, &day->visits.total_max_ms);
	read_greatest(reader, &day->order.most);
	/* an amount over 2^63 - 1 is none */
	greatest_step(&day->findings, unzigzag(bytes_read_limited(reader, UINT64_MAX - 2)));
	bytes_read_histogram(reader, &day->visits.totals);
	bytes_read_histogram(reader, &day->visits.ages);
}

void day_tally_read(struct bytes_reader *reader, struct day_tally *day)
{
	tally_read(reader, &day->all);
	read_but_legs(reader, day);
}

void day_tally_read_visits(struct bytes_reader *reader, struct day_tally *day)
{
	tally_read(reader, NULL);
	read_but_legs(reader, day);
}

/* ---- figures ---- */

struct measure_figures tally_figures(const struct tally *tally, int64_t target_s)
{
	const int64_t *counts = tally->counts;
	int64_t called = (int64_t)tally->waits.total, aged = (int64_t)tally->ages.total;
	int64_t young = (int64_t)histogram_within(&tally->ages, target_s);

	return (struct measure_figures){
		.issued = counts[COUNT_ISSUED],
		.legs = counts[COUNT_LEGS],
		.called = called,
		.served = counts[COUNT_SERVED],
		.no_show = counts[COUNT_NO_SHOW],
		.waiting = counts[COUNT_WAITING],
		.cancelled = counts[COUNT_CANCELLED],
		.uncalled = counts[COUNT_UNCALLED],
		.moved = counts[COUNT_MOVED],
		.excluded = counts[COUNT_EXCLUDED],
		.sum_ms = tally->sum_ms,
		.max_ms = tally->max_ms,
		.p50_s = histogram_quantile_s(&tally->waits, 50, 100),
		.p90_s = histogram_quantile_s(&tally->waits, 90, 100),
		.p95_s = histogram_quantile_s(&tally->waits, 95, 100),
		.within = (int64_t)histogram_within(&tally->waits, target_s),
		.decided = called + aged - young,
		.undecided = young + counts[COUNT_AGELESS],
		.km_p50_s = survival_quantile_s(&tally->waits, &tally->ages, .5),
		.km_p90_s = survival_quantile_s(&tally->waits, &tally->ages, .9),
	};
}

struct measure_visits visit_tally_figures(const struct visit_tally *visits, int64_t target_s)
{
	int64_t n = (int64_t)visits->totals.total, censored = (int64_t)visits->ages.total;
	int64_t young = (int64_t)histogram_within(&visits->ages, target_s);

	return (struct measure_visits){
		.n = n,
		.total_sum_ms = visits->total_sum_ms,
		.window_sum_ms = visits->window_sum_ms,
		.total_p50_s = histogram_quantile_s(&visits->totals, 50, 100),
		.total_p90_s = histogram_quantile_s(&visits->totals, 90, 100),
		.total_p95_s = histogram_quantile_s(&visits->totals, 95, 100),
		.total_max_ms = visits->total_max_ms,
		.excluded = visits->excluded,
		.censored = censored,
		.elsewhere = visits->elsewhere,
		.within = (int64_t)histogram_within(&visits->totals, target_s),
		.decided = n + censored - young,
		.undecided = young,
		.km_p50_s = survival_quantile_s(&visits->totals, &visits->ages, .5),
		.km_p90_s = survival_quantile_s(&visits->totals, &visits->ages, .9),
	};
}
