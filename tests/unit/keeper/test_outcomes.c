/* The keeper over a disk that does what the test says: late, refused, broken, out of memory. What
 * a real log shows only by chance is exact here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/keeper/keeper.h"
#include "tests/unit/keeper/fake_store.h"

enum { MAX_ANSWERS = 16 };

struct kept_here {
	struct keeper *keeper;
	int64_t mono_ms;
	unsigned int wakes;
	size_t count;
	enum keeper_status status[MAX_ANSWERS];
	enum refusal refusal[MAX_ANSWERS];
	bool repeated[MAX_ANSWERS];
	uint64_t first_seq[MAX_ANSWERS];
	char detail[MAX_ANSWERS][STORE_ERROR_SIZE];
	unsigned int resubmits; /* an answer asks again, so often */
};

static struct kept_here here;

static void on_wake(void *user)
{
	(void)user;
	here.wakes++;
}

static struct command make(enum command_type type)
{
	struct command command;

	memset(&command, 0, sizeof(command));
	command.type = type;
	command.at.mono_ms = ++here.mono_ms;
	command.at.wall_ms = INT64_C(1764000000000) + here.mono_ms;
	strcpy(command.by, "test");
	return command;
}

static struct command make_issue(void)
{
	struct command command = make(COMMAND_ISSUE);

	strcpy(command.u.issue.queue, "general");
	command.u.issue.arrival_ms = command.at.mono_ms;
	snprintf(command.u.issue.token, CORE_TOKEN_SIZE, "%032llx",
		 (unsigned long long)command.at.mono_ms);
	return command;
}

static void on_answer(void *user, const struct keeper_reply *reply)
{
	size_t i = here.count++;

	(void)user;
	assert_true(i < MAX_ANSWERS);
	here.status[i] = reply->status;
	here.refusal[i] = reply->refusal;
	here.repeated[i] = reply->repeated;
	here.first_seq[i] = reply->count ? reply->events[0].seq : 0;
	snprintf(here.detail[i], sizeof(here.detail[i]), "%s", reply->detail);
	if (here.resubmits > 0) {
		struct command command = make(COMMAND_CALL_NEXT);

		here.resubmits--;
		command.u.at_window.window = 99;
		assert_int_equal(
			keeper_submit(here.keeper, &command, NULL, NULL, 0, on_answer, NULL), 0);
	}
}

static int submit(const struct command *command, const char *id)
{
	return keeper_submit(here.keeper, command, id, "body", 4, on_answer, NULL);
}

static void submit_issue(const char *id)
{
	struct command command = make_issue();

	assert_int_equal(submit(&command, id), 0);
}

static void open_here(void)
{
	struct keeper_options options = {.store = {.path = "log", .wake = on_wake}};
	char error[STORE_ERROR_SIZE];

	assert_int_equal(keeper_open(&here.keeper, &options, error), 0);
}

static int setup(void **state)
{
	struct command command;

	(void)state;
	memset(&fake_store, 0, sizeof(fake_store));
	memset(&here, 0, sizeof(here));
	open_here();
	command = make(COMMAND_DEFINE_QUEUE);
	strcpy(command.u.define_queue.queue, "general");
	strcpy(command.u.define_queue.zh, "综合受理");
	strcpy(command.u.define_queue.en, "General");
	strcpy(command.u.define_queue.prefix, "A");
	command.u.define_queue.first = 1;
	command.u.define_queue.last = 999;
	assert_int_equal(submit(&command, NULL), 0);
	command = make(COMMAND_OPEN_DAY);
	command.u.open_day.date = 20251125;
	assert_int_equal(submit(&command, NULL), 0);
	fake_commit(2);
	here.wakes = 0;
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 2);
	here.count = 0;
	here.wakes = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	keeper_close(here.keeper);
	return 0;
}

static void test_nothing_before_the_disk_has_it(void **state)
{
	struct command refused = make(COMMAND_CALL_NEXT);

	(void)state;
	refused.u.at_window.window = 99;
	submit_issue("a");
	submit_issue("a");
	assert_int_equal(submit(&refused, NULL), 0);
	submit_issue("b");
	assert_int_equal(fake_store.count, 4);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 0);
	assert_int_equal(hall_seq(keeper_hall(here.keeper)), 2);
	assert_int_equal(here.wakes, 0);
	fake_commit(3);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 3);
	assert_int_equal(here.status[0], KEEPER_DONE);
	assert_true(here.repeated[1]);
	assert_int_equal(here.first_seq[1], 3);
	assert_int_equal(here.status[2], KEEPER_REFUSED);
	assert_int_equal(hall_seq(keeper_hall(here.keeper)), 3);
	fake_commit(4);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 4);
	assert_true(keeper_idle(here.keeper));
}

static void test_wakes_for_what_needs_no_disk(void **state)
{
	struct command refused = make(COMMAND_CALL_NEXT);

	(void)state;
	refused.u.at_window.window = 99;
	assert_int_equal(submit(&refused, NULL), 0);
	assert_int_equal(here.wakes, 1);
	assert_int_equal(here.count, 0);
	/* An answer that asks again is served in a turn of its own. */
	here.resubmits = 3;
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 1);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 2);
	assert_int_equal(here.wakes, 3);
}

static void test_refused_keeps_what_was_durable(void **state)
{
	(void)state;
	submit_issue("a");
	submit_issue("b");
	submit_issue("c");
	fake_commit(3);
	fake_fail(STORE_REFUSED);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.status[0], KEEPER_DONE);
	assert_int_equal(here.status[1], KEEPER_UNAVAILABLE);
	assert_int_equal(here.status[2], KEEPER_UNAVAILABLE);
	assert_string_equal(here.detail[2], "the disk is full");
	/* A repeated id is answered even now; a new one is not. */
	submit_issue("a");
	submit_issue("b");
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_true(here.repeated[3]);
	assert_int_equal(here.first_seq[3], 3);
	assert_int_equal(here.status[4], KEEPER_UNAVAILABLE);
	assert_string_equal(here.detail[4], "the disk is full");
	assert_int_equal(hall_seq(keeper_hall(here.keeper)), 3);
}

static void test_retries_once_a_second(void **state)
{
	int64_t now;

	(void)state;
	assert_int_equal(keeper_deadline_ms(here.keeper), INT64_MAX);
	submit_issue(NULL);
	fake_fail(STORE_REFUSED);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_true(keeper_deadline_ms(here.keeper) <= 50000);
	fake_store.retry_error = -ENOSPC;
	for (now = 50000; now < 53500; now += 100)
		keeper_tick(here.keeper, now);
	assert_int_equal(fake_store.retries, 3);
	fake_store.retry_error = 0;
	keeper_tick(here.keeper, keeper_deadline_ms(here.keeper));
	assert_int_equal(fake_store.retries, 4);
	assert_int_equal(keeper_deadline_ms(here.keeper), INT64_MAX);
	submit_issue(NULL);
	assert_int_equal(fake_store.count, 3);
	fake_commit(3);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.status[1], KEEPER_DONE);
}

static void test_append_after_an_unseen_failure(void **state)
{
	(void)state;
	fake_fail(STORE_REFUSED);
	submit_issue("a");
	assert_int_equal(here.wakes, 2);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.status[0], KEEPER_UNAVAILABLE);
	assert_int_equal(hall_seq(keeper_hall(here.keeper)), 2);
}

static void test_broken_log(void **state)
{
	(void)state;
	submit_issue("a");
	submit_issue("b");
	fake_commit(3);
	fake_fail(STORE_BROKEN);
	assert_int_equal(keeper_advance(here.keeper), -ENOTRECOVERABLE);
	assert_int_equal(here.status[0], KEEPER_DONE);
	assert_int_equal(here.status[1], KEEPER_UNKNOWN);
	submit_issue("c");
	assert_int_equal(keeper_advance(here.keeper), -ENOTRECOVERABLE);
	assert_int_equal(here.status[2], KEEPER_UNKNOWN);
	assert_int_equal(keeper_deadline_ms(here.keeper), INT64_MAX);
}

static void test_no_memory_for_an_append(void **state)
{
	struct command command = make_issue();

	(void)state;
	submit_issue("a");
	fake_store.append_error = -ENOMEM;
	assert_int_equal(submit(&command, "b"), -ENOMEM);
	/* The number that the failed command would have taken goes to the next one. */
	submit_issue("b");
	assert_int_equal(fake_store.count, 4);
	assert_string_equal(fake_store.rows[3].event.u.ticket_issued.number, "A002");
	fake_commit(4);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 2);
	assert_false(here.repeated[1]);
}

static void test_forgotten_user(void **state)
{
	struct command command = make_issue();
	int user = 0;

	(void)state;
	assert_int_equal(keeper_submit(here.keeper, &command, NULL, NULL, 0, on_answer, &user), 0);
	keeper_forget(here.keeper, &user);
	fake_commit(3);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(here.count, 0);
	assert_int_equal(hall_seq(keeper_hall(here.keeper)), 3);
}

static void no_event(void *user, const struct event *event, const struct hall *durable)
{
	(void)event;
	(void)durable;
	++*(int *)user;
}

static void test_subscribers_are_bounded(void **state)
{
	int counts[9] = {0};
	int i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_int_equal(keeper_subscribe(here.keeper, no_event, &counts[i]), 0);
	assert_int_equal(keeper_subscribe(here.keeper, no_event, &counts[8]), -ENOSPC);
	keeper_forget(here.keeper, &counts[7]);
	assert_int_equal(keeper_subscribe(here.keeper, no_event, &counts[8]), 0);
	submit_issue(NULL);
	fake_commit(3);
	assert_int_equal(keeper_advance(here.keeper), 0);
	assert_int_equal(counts[0], 1);
	assert_int_equal(counts[7], 0);
	assert_int_equal(counts[8], 1);
}

static void test_log_that_does_not_fit(void **state)
{
	struct keeper_options options = {.store = {.path = "log"}};
	char error[STORE_ERROR_SIZE];
	struct keeper *other = NULL;

	(void)state;
	submit_issue(NULL);
	fake_commit(3);
	fake_store.rows[2].event.u.ticket_issued.ticket = 77;
	assert_int_equal(keeper_open(&other, &options, error), -EBADMSG);
	assert_non_null(strstr(error, "event 3 "));
	assert_null(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_before_the_disk_has_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_wakes_for_what_needs_no_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_keeps_what_was_durable, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_retries_once_a_second, setup, teardown),
		cmocka_unit_test_setup_teardown(test_append_after_an_unseen_failure, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_broken_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory_for_an_append, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forgotten_user, setup, teardown),
		cmocka_unit_test_setup_teardown(test_subscribers_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_log_that_does_not_fit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
