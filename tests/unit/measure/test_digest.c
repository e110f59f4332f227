/* Digests of random logs: whole or in parts they say the same, bytes go there and back, damaged
 * ones are refused, a log that is cut anywhere gives one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/bytes.h"
#include "src/measure/digest.h"
#include "src/measure/ledger.h"
#include "tests/unit/measure/random_log.h"
#include "tests/unit/measure/stream.h"

enum { MOST_DAYS = 64 };

static int setup(void **state)
{
	(void)state;
	events = calloc(MOST_EVENTS, sizeof(*events));
	return !events;
}

static int teardown(void **state)
{
	(void)state;
	free(events);
	return 0;
}

/* ---- bytes of openings ---- */

struct kept {
	uint64_t first, last; /* indexes of its events */
	uint8_t *bytes[STORE_DIGEST_PARTS];
	size_t sizes[STORE_DIGEST_PARTS];
};

static struct kept keep(void *maker)
{
	struct store_part parts[STORE_DIGEST_PARTS];
	struct kept kept = {0};

	assert_int_equal(digest_maker.cut(maker, parts), 0);
	for (int i = 0; i < STORE_DIGEST_PARTS; i++) {
		kept.sizes[i] = parts[i].size;
		kept.bytes[i] = malloc(parts[i].size + 1);
		assert_non_null(kept.bytes[i]);
		if (parts[i].size)
			memcpy(kept.bytes[i], parts[i].bytes, parts[i].size);
	}
	return kept;
}

static void forget(struct kept *kept)
{
	for (int i = 0; i < STORE_DIGEST_PARTS; i++)
		free(kept->bytes[i]);
}

static void expect_equal(const struct kept *a, const struct kept *b)
{
	for (int i = 0; i < STORE_DIGEST_PARTS; i++) {
		assert_int_equal(a->sizes[i], b->sizes[i]);
		assert_memory_equal(a->bytes[i], b->bytes[i], a->sizes[i]);
	}
}

static void feed(void *maker, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		assert_int_equal(digest_maker.event(maker, &events[i]), 0);
}

/* All openings that were closed, by one maker. */
static size_t keep_all(struct kept list[MOST_DAYS])
{
	size_t count = 0, first = 0;
	void *maker = NULL;

	assert_int_equal(digest_maker.create(&maker), 0);
	for (size_t i = 0; i < event_count; i++) {
		feed(maker, i, i + 1);
		if (events[i].type != EVENT_DAY_CLOSED)
			continue;
		list[count] = keep(maker);
		list[count].first = first;
		list[count++].last = i;
		first = i + 1;
	}
	digest_maker.destroy(maker);
	return count;
}

/* Newest first: what a store tells before an opening. */
static void feed_newest_definitions(void *maker, size_t before)
{
	bool boot = false;

	/* queues and items are few: all of them again, in another order than by themselves */
	for (size_t i = 0; i < before; i++) {
		bool definition = events[i].type == EVENT_QUEUE_DEFINED ||
				  events[i].type == EVENT_ITEM_DEFINED;

		if (definition)
			feed(maker, i, i + 1);
	}
	for (size_t i = before; i-- > 0 && !boot;) {
		boot = events[i].type == EVENT_DAEMON_STARTED;
		if (boot)
			feed(maker, i, i + 1);
	}
}

/* An opening is counted alike by whoever counted the days before, and by whoever knows no more
 * than what was defined. */
static void alone_or_behind_others(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct kept list[MOST_DAYS];
		size_t count;

		make_log(seed, 12, false);
		count = keep_all(list);
		assert_int_equal(count, 12);
		for (size_t i = 0; i < count; i++) {
			struct kept alone;
			void *maker = NULL;

			assert_int_equal(digest_maker.create(&maker), 0);
			feed_newest_definitions(maker, list[i].first);
			feed(maker, list[i].first, list[i].last + 1);
			alone = keep(maker);
			digest_maker.destroy(maker);
			expect_equal(&list[i], &alone);
			forget(&alone);
			forget(&list[i]);
		}
	}
}

/* ---- splits ---- */

static struct stream *read_range(int64_t from, int64_t to, struct measure_report *ret_report)
{
	struct measure_options options = {.from = from, .to = to, .target_ms = 60000};
	struct stream *stream = NULL;

	assert_int_equal(stream_create(&stream, &options), 0);
	for (size_t i = 0; i < event_count; i++)
		assert_int_equal(stream_event(stream, &events[i]), 0);
	assert_int_equal(stream_finish(stream, ret_report), 0);
	return stream;
}

static const struct measure_group *group_like(const struct measure_report *report,
					      const struct measure_group *group)
{
	bool numbers = group->kind < MEASURE_QUEUE || group->kind == MEASURE_WINDOW;

	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == group->kind &&
		    (numbers ? report->groups[i].key == group->key
			     : !strcmp(report->groups[i].id, group->id)))
			return &report->groups[i];
	return NULL;
}

static void add_histogram(struct histogram *sum, const struct histogram *part)
{
	assert_int_equal(histogram_merge(sum, part), 0);
}

static void expect_same_bins(const struct histogram *a, const struct histogram *b)
{
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->bins, b->bins, a->count * sizeof(a->bins[0]));
}

static void expect_sum(const struct measure_group *whole, const struct measure_report parts[2])
{
	const struct measure_figures *f = &whole->figures;
	struct histogram waits = {0}, ages = {0};
	struct measure_figures sum = {0};

	for (int i = 0; i < 2; i++) {
		const struct measure_group *part = group_like(&parts[i], whole);

		if (!part)
			continue;
		sum.issued += part->figures.issued;
		sum.legs += part->figures.legs;
		sum.served += part->figures.served;
		sum.no_show += part->figures.no_show;
		sum.moved += part->figures.moved;
		sum.excluded += part->figures.excluded;
		sum.sum_ms += part->figures.sum_ms;
		sum.within += part->figures.within;
		sum.decided += part->figures.decided;
		sum.undecided += part->figures.undecided;
		add_histogram(&waits, part->waits);
		add_histogram(&ages, part->ages);
	}
	assert_int_equal(f->issued, sum.issued);
	assert_int_equal(f->legs, sum.legs);
	assert_int_equal(f->served, sum.served);
	assert_int_equal(f->no_show, sum.no_show);
	assert_int_equal(f->moved, sum.moved);
	assert_int_equal(f->excluded, sum.excluded);
	assert_int_equal(f->sum_ms, sum.sum_ms);
	assert_int_equal(f->within, sum.within);
	assert_int_equal(f->decided, sum.decided);
	assert_int_equal(f->undecided, sum.undecided);
	assert_int_equal(histogram_settle(&waits), 0);
	assert_int_equal(histogram_settle(&ages), 0);
	expect_same_bins(whole->waits, &waits);
	expect_same_bins(whole->ages, &ages);
	histogram_finish(&waits);
	histogram_finish(&ages);
}

/* Wherever a log is parted between two dates, the parts add up. */
static void parts_add_up(void **state)
{
	(void)state;
	for (uint64_t seed = 20; seed < 24; seed++) {
		make_log(seed, 10, seed % 2);
		for (int64_t last = 20260105; last < date; last++) {
			struct measure_report whole, parts[2];
			struct stream *streams[] = {read_range(0, 0, &whole),
						    read_range(0, last, &parts[0]),
						    read_range(last + 1, 0, &parts[1])};

			for (size_t i = 0; i < whole.group_count; i++)
				expect_sum(&whole.groups[i], parts);
			assert_int_equal(whole.days, parts[0].days + parts[1].days);
			assert_int_equal(whole.visits.n, parts[0].visits.n + parts[1].visits.n);
			assert_int_equal(whole.visits.censored,
					 parts[0].visits.censored + parts[1].visits.censored);
			assert_int_equal(whole.visits.total_sum_ms,
					 parts[0].visits.total_sum_ms +
						 parts[1].visits.total_sum_ms);
			assert_int_equal(whole.findings.cancel_reissue,
					 parts[0].findings.cancel_reissue +
						 parts[1].findings.cancel_reissue);
			assert_int_equal(whole.recall_sum_ms,
					 parts[0].recall_sum_ms + parts[1].recall_sum_ms);
			for (int i = 0; i < 3; i++)
				stream_destroy(streams[i]);
		}
	}
}

/* ---- reading ---- */

struct sink {
	struct gathered groups[64];
	size_t count;
	int visits;
};

static struct gathered *sink_group(void *user, enum digest_part part, const char *text,
				   int64_t number)
{
	struct sink *sink = user;

	(void)part, (void)text, (void)number;
	return sink->count < 64 ? &sink->groups[sink->count++] : NULL;
}

static int sink_visits(void *user, const struct digest_visits *visits)
{
	struct sink *sink = user;

	sink->visits += visits->n > 0;
	return 0;
}

static int sink_outcomes(void *user, const struct digest_outcomes *outcomes)
{
	struct sink *sink = user;

	assert_in_range(outcomes->hour, 0, 23);
	sink->visits++;
	return 0;
}

static int read_part(int which, const void *bytes, size_t size)
{
	struct store_part part = {bytes, size};
	struct digest_cases tickets_seen, filings;
	struct day_tally day = {0};
	struct sink sink = {0};
	int r;

	switch (which) {
	case PART_DAY:
		r = digest_read_day(&part, &day);
		day_tally_finish(&day);
		break;
	case PART_CELLS: r = digest_read_cells(&part, sink_visits, &sink); break;
	case PART_CASES: r = digest_read_cases(&part, &tickets_seen, &filings); break;
	case PART_ISSUED_IN: r = digest_read_issued_in(&part, sink_visits, &sink); break;
	case PART_OUTCOMES: r = digest_read_outcomes(&part, sink_outcomes, &sink); break;
	default:
		r = digest_read_groups((enum digest_part)which, &part, sink_group, &sink);
		if (r == -ENOMEM)
			r = -EBADMSG; /* more groups than the sink takes */
		break;
	}
	for (size_t i = 0; i < sink.count; i++) {
		if (r == 0)
			r = gathered_settle(&sink.groups[i]);
		gathered_finish(&sink.groups[i]);
	}
	return r;
}

/* Names are UTF-8, as those of events: they go into JSON. */
static void damaged_names(void **state)
{
	static const char *const names[] = {"公安局", "\xff\xfe", "\xe5\x85", "\xc0\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bytes_writer writer = {.bytes = NULL};
		struct bytes_reader reader;
		char text[CORE_NAME_SIZE] = "";

		bytes_write_text(&writer, names[i]);
		reader = (struct bytes_reader){.at = writer.bytes,
					       .end = writer.bytes + writer.size};
		bytes_read_text(&reader, text, sizeof(text));
		assert_int_equal(bytes_reader_end(&reader), i ? -EBADMSG : 0);
		assert_string_equal(text, i ? "" : names[i]);
		bytes_writer_finish(&writer);
	}
}

/* Every part, cut short anywhere, longer, or with another byte anywhere: refused, or read to its
 * end (a count that is another); never more than is there. */
static void damaged_parts(void **state)
{
	struct kept list[MOST_DAYS];
	int good = 0, bad = 0;
	size_t count;

	(void)state;
	make_log(31, 3, false);
	count = keep_all(list);
	for (size_t i = 0; i < count; i++) {
		for (int part = 0; part < PART_COUNT; part++) {
			size_t size = list[i].sizes[part];

			assert_int_equal(read_part(part, list[i].bytes[part], size), 0);
			list[i].bytes[part][size] = 0;
			assert_int_equal(read_part(part, list[i].bytes[part], size + 1), -EBADMSG);
			for (size_t at = 0; at < size; at++) {
				uint8_t *copy = malloc(size), byte = (uint8_t)throw_dice(256);
				int r;

				assert_non_null(copy);
				memcpy(copy, list[i].bytes[part], size);
				assert_int_equal(read_part(part, copy, at), -EBADMSG);
				copy[at] = copy[at] == byte ? (uint8_t)~byte : byte;
				r = read_part(part, copy, size);
				assert_true(r == 0 || r == -EBADMSG);
				*(r ? &bad : &good) += 1;
				free(copy);
			}
		}
		forget(&list[i]);
	}
	assert_true(good > 100 && bad > 1000);
}

/* Two groups without anything in them, with the keys that are given: bytes of one key each. */
static int read_two_groups(int which, const char *first, const char *second)
{
	struct bytes_writer writer = {0};
	struct tally nothing = {0};
	int r;

	bytes_write(&writer, 2);
	bytes_write_raw(&writer, first, strlen(first));
	tally_write(&writer, &nothing);
	bytes_write_raw(&writer, second, strlen(second));
	tally_write(&writer, &nothing);
	r = read_part(which, writer.bytes, writer.size);
	bytes_writer_finish(&writer);
	return r;
}

static int read_two_cases(uint8_t first, uint8_t second)
{
	const uint8_t bytes[] = {0,	 2, first, 0, 0, 0, 0, 0, 0, 0,
				 second, 0, 0,	   0, 0, 0, 0, 0, 0, 0};

	return read_part(PART_CASES, bytes, sizeof(bytes));
}

/* Two hours of one queue, with so many tickets each. */
static int read_two_hours(uint8_t first, uint8_t second, uint8_t tickets)
{
	const uint8_t bytes[] = {1, 1, 'a',    2,	first, tickets, 0, 0, 0, 0,
				 0, 0, second, tickets, 0,     0,	0, 0, 0, 0};

	return read_part(PART_OUTCOMES, bytes, sizeof(bytes));
}

/* Keys rise, each is there once, and hours and windows have their limits. */
static void keys_that_do_not_rise(void **state)
{
	(void)state;
	assert_int_equal(read_two_groups(PART_HOUR, "\x0a", "\x17"), 0);
	assert_int_equal(read_two_groups(PART_HOUR, "\x0a", "\x0a"), -EBADMSG);
	assert_int_equal(read_two_groups(PART_HOUR, "\x0b", "\x0a"), -EBADMSG);
	assert_int_equal(read_two_groups(PART_HOUR, "\x0b", "\x18"), -EBADMSG);
	assert_int_equal(read_two_groups(PART_WINDOW, "\x01", "\xe7\x07"), 0);
	assert_int_equal(read_two_groups(PART_WINDOW, "\x01", "\xe8\x07"), -EBADMSG);
	assert_int_equal(read_two_groups(PART_QUEUE, "\1a", "\1b"), 0);
	assert_int_equal(read_two_groups(PART_QUEUE, "\1a", "\2ab"), 0);
	assert_int_equal(read_two_groups(PART_QUEUE, "\1b", "\1a"), -EBADMSG);
	assert_int_equal(read_two_groups(PART_QUEUE, "\1b", "\1b"), -EBADMSG);
	assert_int_equal(read_two_hours(9, 23, 1), 0);
	assert_int_equal(read_two_hours(9, 24, 1), -EBADMSG);
	assert_int_equal(read_two_hours(9, 9, 1), -EBADMSG);
	assert_int_equal(read_two_hours(10, 9, 1), -EBADMSG);
	assert_int_equal(read_two_hours(9, 10, 0), -EBADMSG);
	assert_int_equal(read_two_cases(1, 2), 0);
	assert_int_equal(read_two_cases(2, 2), -EBADMSG);
	assert_int_equal(read_two_cases(2, 1), -EBADMSG);
}

/* A sum that no integer holds is a sign of damage, wherever it comes about. */
static void sums_without_room(void **state)
{
	struct bytes_writer writer = {0};
	struct tally tally = {.counts[COUNT_SERVED] = INT64_MAX}, sum = {0};

	(void)state;
	tally_write(&writer, &tally);
	for (int i = 0; i < 2; i++) {
		struct bytes_reader reader = {.at = writer.bytes,
					      .end = writer.bytes + writer.size};

		tally_read(&reader, &sum);
		assert_int_equal(bytes_reader_end(&reader), i ? -EBADMSG : 0);
	}
	bytes_writer_finish(&writer);
}

static void random_bytes(void **state)
{
	uint8_t bytes[64];

	(void)state;
	dice = 5;
	for (int run = 0; run < 100000; run++) {
		size_t size = (size_t)throw_dice(sizeof(bytes) + 1);
		int r;

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)throw_dice(run % 2 ? 256 : 4);
		r = read_part(run % PART_COUNT, bytes, size);
		assert_true(r == 0 || r == -EBADMSG);
	}
}

/* What was read is written as the same bytes. */
static void there_and_back(void **state)
{
	struct bytes_writer writer = {0};
	struct kept list[MOST_DAYS];
	size_t count;

	(void)state;
	make_log(41, 10, false);
	count = keep_all(list);
	for (size_t i = 0; i < count; i++) {
		struct store_part part = {list[i].bytes[PART_DAY], list[i].sizes[PART_DAY]};
		struct day_tally day = {0}, visits = {0};

		assert_int_equal(digest_read_day(&part, &day), 0);
		bytes_writer_clear(&writer);
		day_tally_write(&writer, &day);
		assert_int_equal(writer.size, part.size);
		assert_memory_equal(writer.bytes, part.bytes, part.size);
		assert_int_equal(digest_read_visits(&part, &visits), 0);
		assert_int_equal(visits.visits.total_sum_ms, day.visits.total_sum_ms);
		assert_int_equal(visits.all.waits.total, 0);
		day_tally_finish(&day);
		day_tally_finish(&visits);
		forget(&list[i]);
	}
	bytes_writer_finish(&writer);
}

/* ---- the log's end ---- */

static void cut_anywhere(void **state)
{
	(void)state;
	make_log(51, 2, true);
	for (size_t end = 0; end <= event_count; end++) {
		struct kept kept;
		void *maker = NULL;

		assert_int_equal(digest_maker.create(&maker), 0);
		for (size_t i = 0; i < end; i++) {
			feed(maker, i, i + 1);
			if (events[i].type == EVENT_DAY_CLOSED) {
				kept = keep(maker);
				forget(&kept);
			}
		}
		kept = keep(maker);
		for (int part = 0; part < PART_COUNT; part++)
			assert_int_equal(read_part(part, kept.bytes[part], kept.sizes[part]), 0);
		forget(&kept);
		digest_maker.destroy(maker);
	}
}

/* ---- size ---- */

/* 8,000 tickets of 977 items, 133 windows and clerks, each with a case of its own: what is kept of
 * a day of a large hall. */
static void a_large_day(void **state)
{
	static const char *const numbers = "%d";
	struct event event = {.type = EVENT_DAY_OPENED};
	struct kept kept;
	void *maker = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(digest_maker.create(&maker), 0);
	event.u.day_opened.date = 20260105;
	assert_int_equal(digest_maker.event(maker, &event), 0);
	for (int i = 1; i <= 8000; i++) {
		int ms = i * 3000;

		event = (struct event){.type = EVENT_TICKET_ISSUED, .seq = (uint64_t)i};
		event.at.mono_ms = event.at.wall_ms = event.u.ticket_issued.arrival_ms = ms;
		event.u.ticket_issued.ticket = i;
		snprintf(event.u.ticket_issued.item, CORE_ID_SIZE, numbers,
			 throw_dice(977) * throw_dice(977) / 977);
		snprintf(event.u.ticket_issued.queue, CORE_ID_SIZE, numbers, throw_dice(31));
		snprintf(event.u.ticket_issued.case_ref, CORE_CASE_SIZE, numbers, i);
		assert_int_equal(digest_maker.event(maker, &event), 0);
		event = (struct event){.type = EVENT_TICKET_CALLED, .seq = (uint64_t)i};
		event.at.mono_ms = event.at.wall_ms =
			ms + throw_dice(60) * throw_dice(60) * 900 + throw_dice(997);
		event.u.ticket_called.ticket = i;
		event.u.ticket_called.window = 1 + throw_dice(133);
		snprintf(event.u.ticket_called.clerk, CORE_ID_SIZE, numbers, throw_dice(133));
		assert_int_equal(digest_maker.event(maker, &event), 0);
	}
	kept = keep(maker);
	for (int part = 0; part < PART_COUNT; part++)
		size += kept.sizes[part];
	assert_in_range(size, 100000, 250000);
	forget(&kept);
	digest_maker.destroy(maker);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(alone_or_behind_others), TEST(parts_add_up),
		TEST(damaged_parts),	      TEST(damaged_names),
		TEST(keys_that_do_not_rise),  TEST(sums_without_room),
		TEST(random_bytes),	      TEST(there_and_back),
		TEST(cut_anywhere),	      TEST(a_large_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
