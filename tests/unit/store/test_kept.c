/* Who keeps the days of a log, and when: the thread, a step, the next start, a rebuild; and whoever
 * changes what is kept is found. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/unit/store/days_log.h"
#include "tests/unit/store/log_file.h"

/* By the thread, beside the writer. */
static void a_thread_keeps_them(void **state)
{
	struct store_days_query query = all_days();
	struct taken kept, counted;

	(void)state;
	manual = false;
	write_log();
	settle();
	kept = read_days(&query);
	assert_int_equal(count_kept(&kept), 4);
	append(EVENT_DAY_CLOSED, NULL, 20260104);
	settle();
	kept = read_days(&query);
	assert_int_equal(count_kept(&kept), 5);
	close_log();
	manual = true;
	counted = recount();
	assert_same(&kept, &counted);
	assert_verifies();
}

/* Another implementation, from docs/log-format.md alone. */
static void another_implementation_agrees(void **state)
{
	char line[1024];
	int status;

	(void)state;
	write_log();
	close_log();
	snprintf(line, sizeof(line), "'%s' '%s' '%s' '%s' 4", PYTHON, VERIFIER, log_path, DOCUMENT);
	assert_int_equal(system(line), 0);
	log_execute("UPDATE kept_day SET rows = zeroblob(32) WHERE date = 20260102");
	status = system(line);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void a_log_of_older_software(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	log_execute(older_software);
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 0);
	assert_verifies();
	open_log(false);
	taken = read_days(&query); /* nothing was written yet */
	assert_right(&taken);
	close_log();
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 4);
	assert_true(list_is_whole());
	assert_int_equal(ask_log("SELECT count(*) FROM context"), 4);
	open_log(false);
	assert_true(list_is_whole()); /* and no start makes it again */
	close_log();
	assert_verifies();
}

/* Older software has the log for two days: it adds no days and no definitions to what is kept. */
static void older_software_for_a_while(void **state)
{
	struct store_days_query query = all_days();
	struct taken kept, counted;

	(void)state;
	write_log();
	close_log();
	open_log(false);
	append(EVENT_DAY_CLOSED, NULL, 20260104);
	append(EVENT_QUEUE_DEFINED, "Nothing", 0);
	open_day(20260105, 1);
	append(EVENT_DAY_CLOSED, NULL, 20260105);
	open_day(20260106, 1);
	close_log();
	log_execute("DELETE FROM projection; DELETE FROM context WHERE seq > 22;"
		    "DELETE FROM kept_part WHERE first_seq > 16;"
		    "DELETE FROM kept_day WHERE first_seq > 16;");
	kept = read_days(&query);
	counted = recount();
	assert_int_equal(count_kept(&kept), 3);
	assert_string_equal(kept.parts[6][0], "Nothing boot-2");
	assert_same(&kept, &counted);
	assert_verifies();
	open_log(false);
	close_log();
	kept = read_days(&query);
	assert_int_equal(count_kept(&kept), 6);
	assert_same(&kept, &counted);
	assert_true(list_is_whole());
	assert_verifies();
}

static void another_version(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	test_digest.version = 2;
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 0);
	assert_verifies();
	open_log(false);
	close_log();
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 4);
	test_digest.version = 1;
	taken = read_days(&query);
	assert_int_equal(count_kept(&taken), 0);
}

/* A daemon without a digest keeps no days, but the list of definitions. */
static void without_a_digest(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	with_digest = false;
	write_log();
	close_log();
	with_digest = true;
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 0);
	assert_verifies();
}

static const struct {
	const char *sql, *says;
} alterations[] = {
	{"UPDATE kept_part SET bytes = x'0102030a' WHERE part = 3 AND first_seq = 1",
	 "event 8: the kept day 20260101 has a digest"},
	{"UPDATE kept_part SET bytes = x'01020304ff' WHERE part = 3 AND first_seq = 1",
	 "event 8: the kept day 20260101 has a digest"},
	{"DELETE FROM kept_part WHERE part = 3 AND first_seq = 9",
	 "event 14: the kept day 20260102 lacks a part"},
	{"INSERT INTO kept_part VALUES(15, 3, x'01')",
	 "event 16: the kept day 20260103 has a digest"},
	{"INSERT INTO kept_part VALUES(15, 99, x'01')",
	 "event 16: the kept day 20260103 has a digest"},
	{"UPDATE kept_day SET rows = zeroblob(32) WHERE first_seq = 17",
	 "event 19: the kept day 20260103 has a hash"},
	{"UPDATE kept_day SET rows = x'00' WHERE first_seq = 17",
	 "event 19: the kept day 20260103 has a hash"},
	{"UPDATE kept_day SET date = 20260109 WHERE first_seq = 9",
	 "event 14: the kept day 20260102 has another date"},
	{"UPDATE kept_day SET last_seq = 13 WHERE first_seq = 9",
	 "event 14: the kept day 20260102 ends elsewhere"},
	{"DELETE FROM kept_day WHERE first_seq = 9", "event 9: begins a day"},
	{"INSERT INTO kept_day VALUES(20, 22, 20260104, 1, zeroblob(32))",
	 "event 22: the kept day 20260104 is no day of the log"},
	{"INSERT INTO kept_day VALUES(23, 99, 20260104, 1, zeroblob(32))",
	 "event 99: the kept day 20260104 is no day of the log"},
	{"INSERT INTO kept_day VALUES(10, 14, 20260102, 1, zeroblob(32))",
	 "event 14: the kept day 20260102 is no day of the log"},
	{"DELETE FROM context WHERE seq = 9", "event 9: is missing in the list of definitions"},
	{"INSERT INTO context VALUES(5)", "event 22: the list of definitions"},
};

/* And whoever counts the events is not misled. */
static void verify_names_what_was_altered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
		struct store_verify_result result;
		struct taken taken;

		write_log();
		close_log();
		assert_verifies();
		log_execute(alterations[i].sql);
		assert_int_equal(verify(&result), -EBADMSG);
		if (strncmp(result.detail, alterations[i].says, strlen(alterations[i].says)) != 0)
			fail_msg("%s: %s", alterations[i].sql, result.detail);
		if (!strstr(alterations[i].sql, "context")) {
			taken = recount();
			assert_right(&taken);
		}
		open_log(true);
		close_log();
		assert_verifies();
		log_remove_folder(NULL);
		log_make_folder(NULL);
	}
}

static void rebuild_keeps_them_all(void **state)
{
	struct store_days_query query = all_days();
	struct taken taken;

	(void)state;
	write_log();
	close_log();
	log_execute(older_software);
	open_log(true);
	store_close(store); /* without a step */
	taken = read_days(&query);
	assert_right(&taken);
	assert_int_equal(count_kept(&taken), 4);
	assert_verifies();
}

/* A disk with room for events but not for what is derived: the hall goes on, the day is counted,
 * and kept when there is room. */
static void no_room_for_a_day(void **state)
{
	struct store_days_query query = all_days();
	struct rlimit before, small;
	struct store_state now;
	struct taken taken;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	query.parts = 0x01ff;
	for (int threaded = 0; threaded < 2; threaded++) {
		manual = !threaded;
		write_log();
		append(EVENT_DAY_CLOSED, NULL, 20260104);
		settle();
		getrlimit(RLIMIT_FSIZE, &before);
		small = before;
		small.rlim_cur = LARGE_SIZE / 2;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		open_day(LARGE_DAY, 1);
		append(EVENT_DAY_CLOSED, NULL, LARGE_DAY);
		settle();
		open_day(20260111, 1);
		settle();
		store_get_state(store, &now);
		assert_int_equal(now.health, STORE_OK);
		assert_int_equal(now.refusals, 0);
		assert_int_equal(now.durable_seq, 28);
		taken = read_days(&query);
		assert_int_equal(count_kept(&taken), 5);
		assert_int_equal(taken.count, 7);
		assert_int_equal(taken.days[5].last_seq, 26);
		setrlimit(RLIMIT_FSIZE, &before);
		append(EVENT_DAY_CLOSED, NULL, 20260111);
		close_log();
		taken = read_days(&query);
		assert_int_equal(count_kept(&taken), 7);
		assert_verifies();
		log_remove_folder(NULL);
		log_make_folder(NULL);
	}
	manual = true;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, log_make_folder, log_remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(a_thread_keeps_them),
		TEST(another_implementation_agrees),
		TEST(a_log_of_older_software),
		TEST(older_software_for_a_while),
		TEST(another_version),
		TEST(without_a_digest),
		TEST(verify_names_what_was_altered),
		TEST(rebuild_keeps_them_all),
		TEST(no_room_for_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
