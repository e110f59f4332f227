/* The days of a log, kept or counted: what comes out is the same, as of one moment, and holes are
 * named. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/days_log.h"
#include "tests/unit/store/log_file.h"

static void kept_days_are_the_counted_ones(void **state)
{
	struct store_days_query query = all_days();
	struct taken kept, counted;

	(void)state;
	write_log();
	close_log();
	counted = recount();
	assert_right(&counted);
	assert_int_equal(count_kept(&counted), 0);
	assert_int_equal(events_given, 22);
	kept = read_days(&query);
	assert_right(&kept);
	assert_same(&kept, &counted);
	assert_int_equal(count_kept(&kept), 4);
	assert_int_equal(events_given, 5 + 2); /* what the open day needs to know, and itself */
	assert_verifies();
}

static void ranges_and_parts(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	for (int counted = 0; counted < 2; counted++) {
		query = all_days();
		query.recount = counted;
		query.from = 20260102;
		query.to = 20260103;
		query.parts = 1 << 3;
		taken = read_days(&query);
		assert_int_equal(taken.count, 3);
		assert_int_equal(taken.days[0].first_seq, 9);
		assert_int_equal(taken.days[0].parts[0].size, 0);
		assert_int_equal(taken.days[0].parts[3].size, 3);
		assert_string_equal(taken.parts[0][3], "\5\6\7");
		query.from = 20260104;
		query.to = 0;
		assert_int_equal(read_days(&query).count, 1);
		query.from = 20260105;
		assert_int_equal(read_days(&query).count, 0);
		query.from = 20260104;
		query.to = 20260101;
		assert_int_equal(read_days(&query).count, 0);
	}
	query = all_days();
	query.digest = NULL;
	assert_int_equal(store_reader_days(NULL, &query, take, NULL), -EINVAL);
}

/* Without parts nothing is made of the events, and days of any version do. */
static void hashes_alone(void **state)
{
	struct store_days_query query = {.parts = 0};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	uint8_t hash[STORE_HASH_SIZE];
	struct taken kept, counted;

	(void)state;
	write_log();
	close_log();
	test_digest.version = 2;
	kept = read_days(&query);
	test_digest.version = 1;
	assert_int_equal(count_kept(&kept), 4);
	assert_int_equal(events_given, 0);
	query.recount = true;
	counted = read_days(&query);
	assert_same(&kept, &counted);
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(store_reader_hash_rows(reader, kept.days[i].first_seq,
							kept.days[i].last_seq, hash),
				 0);
		assert_memory_equal(hash, kept.days[i].rows, sizeof(hash));
	}
	assert_int_equal(store_reader_hash_rows(reader, 1, 7, hash), 0);
	assert_memory_not_equal(hash, kept.days[0].rows, sizeof(hash));
	assert_int_equal(store_reader_hash_rows(reader, 20, 23, hash), -EBADMSG);
	assert_int_equal(store_reader_hash_rows(reader, 0, 3, hash), -EINVAL);
	assert_int_equal(store_reader_hash_rows(reader, 4, 3, hash), -EINVAL);
	store_reader_close(reader);
}

/* While the days are read the open one closes, and another comes. */
static int close_meanwhile(void *user, const struct store_day *day)
{
	if (day->first_seq == 9) {
		append(EVENT_DAY_CLOSED, NULL, 20260104);
		append(EVENT_QUEUE_DEFINED, "Nothing", 0);
		open_day(20260105, 3);
		append(EVENT_DAY_CLOSED, NULL, 20260105);
		settle();
	}
	return take(user, day);
}

static void as_of_one_moment(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken = {.count = 0}, after;
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	settle();
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, close_meanwhile, &taken), 0);
	assert_right(&taken);
	store_reader_close(reader);
	close_log();
	after = read_days(&query);
	assert_int_equal(after.count, 6);
	assert_int_equal(count_kept(&after), 6);
}

/* While the days are read what is kept is made anew, of another meaning. */
static int forget_meanwhile(void *user, const struct store_day *day)
{
	if (day->first_seq == 1)
		log_execute("DELETE FROM kept_part WHERE first_seq = 9;"
			    "DELETE FROM kept_day WHERE first_seq = 9;"
			    "UPDATE kept_day SET version = 9 WHERE first_seq = 15");
	return take(user, day);
}

static void kept_days_that_go_are_counted(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken = {.count = 0};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	close_log();
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, forget_meanwhile, &taken), 0);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 2);
	store_reader_close(reader);
}

static int stop(void *user, const struct store_day *day)
{
	(void)day;
	++*(int *)user;
	return 42;
}

static void stops_when_told(void **state)
{
	struct store_days_query query = all_days();
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	int calls = 0;

	(void)state;
	write_log();
	close_log();
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, stop, &calls), 42);
	query.recount = true;
	assert_int_equal(store_reader_days(reader, &query, stop, &calls), 42);
	assert_int_equal(calls, 2);
	store_reader_close(reader);
	assert_int_equal(makers_alive, 0);
}

struct seqs {
	uint64_t list[16];
	size_t count;
};

static int take_seq(void *user, const struct store_row *row)
{
	struct seqs *seqs = user;

	seqs->list[seqs->count++] = row->event.seq;
	return 0;
}

static void definitions(void **state)
{
	static const uint64_t all[] = {1, 2, 9, 17};
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	close_log();
	for (int listed = 1; listed >= 0; listed--) {
		struct seqs seqs = {.count = 0};
		struct store_reader *reader;

		if (!listed)
			log_execute(older_software);
		assert_int_equal(store_reader_open(&reader, log_path, error), 0);
		assert_int_equal(store_reader_context(reader, 0, UINT64_MAX, take_seq, &seqs), 0);
		assert_int_equal(seqs.count, 4);
		assert_memory_equal(seqs.list, all, sizeof(all));
		seqs.count = 0;
		assert_int_equal(store_reader_context(reader, 2, 9, take_seq, &seqs), 0);
		assert_int_equal(seqs.count, 2);
		assert_memory_equal(seqs.list, all + 1, 2 * sizeof(all[0]));
		store_reader_close(reader);
	}
}

static void a_log_without_days(void **state)
{
	struct store_days_query query = all_days();

	(void)state;
	open_log(false);
	close_log();
	assert_int_equal(read_days(&query).count, 0);
	assert_verifies();
	open_log(false);
	append(EVENT_DAEMON_STARTED, "boot-1", 0);
	close_log();
	assert_int_equal(read_days(&query).count, 0);
	assert_verifies();
	open_log(true);
	close_log();
	assert_verifies();
}

static void a_damaged_event_is_named(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken = {.count = 0};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];

	(void)state;
	write_log();
	close_log();
	log_execute("UPDATE event SET payload = 'x' WHERE seq = 12");
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, take, &taken), 0);
	query.recount = true;
	assert_int_equal(store_reader_days(reader, &query, take, &taken), -EBADMSG);
	assert_non_null(strstr(store_reader_detail(reader), "event 12 is damaged"));
	store_reader_close(reader);
	log_execute("DELETE FROM event WHERE seq = 11");
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_days(reader, &query, take, &taken), -EBADMSG);
	assert_string_equal(store_reader_detail(reader), "event 11: is missing");
	store_reader_close(reader);
	assert_int_equal(makers_alive, 0);
}

/* A day whose opening was taken out of the log, kept or not, is not passed over. */
static void holes_are_named(void **state)
{
	static const struct {
		const char *sql, *kept, *counted;
	} holes[] = {
		{"DELETE FROM event WHERE seq = 10",
		 "event 9: no day was opened for it, or what is kept of it is another log's",
		 "event 10: is missing"},
		{"DELETE FROM event WHERE seq = 18",
		 "event 18: is missing", /* the open day begins there then */
		 "event 18: is missing"},
		{"DELETE FROM event WHERE seq = 20", "event 20: is missing",
		 "event 20: is missing"},
		{"DELETE FROM event WHERE type = 10", "event 3: is missing", "event 3: is missing"},
		{"DELETE FROM event WHERE seq = 9", "event 9: is missing", "event 9: is missing"},
		{"DELETE FROM event WHERE seq = 16", NULL, "event 16: is missing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
		for (int counted = 0; counted < 2; counted++) {
			struct store_days_query query = all_days();
			struct taken taken = {.count = 0};
			struct store_reader *reader;
			char error[STORE_ERROR_SIZE];
			const char *says = counted ? holes[i].counted : holes[i].kept;

			query.recount = counted;
			write_log();
			close_log();
			log_execute(holes[i].sql);
			assert_int_equal(store_reader_open(&reader, log_path, error), 0);
			assert_int_equal(store_reader_days(reader, &query, take, &taken),
					 says ? -EBADMSG : 0);
			if (says)
				assert_string_equal(store_reader_detail(reader), says);
			store_reader_close(reader);
			log_remove_folder(NULL);
			log_make_folder(NULL);
		}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, log_make_folder, log_remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(kept_days_are_the_counted_ones),
		TEST(ranges_and_parts),
		TEST(hashes_alone),
		TEST(as_of_one_moment),
		TEST(kept_days_that_go_are_counted),
		TEST(stops_when_told),
		TEST(definitions),
		TEST(a_log_without_days),
		TEST(a_damaged_event_is_named),
		TEST(holes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
