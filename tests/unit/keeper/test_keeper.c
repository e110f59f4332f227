/* The keeper on a real log: nothing is told before an independent reader finds it, a repeated id
 * changes nothing, also after a restart, and a log that takes no writes leaves no trace. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <sys/eventfd.h>

#include "tests/unit/core/world.h"
#include "tests/unit/keeper/kept.h"

enum { MAX_ANSWERS = 16 };

struct answer {
	enum keeper_status status;
	enum refusal refusal;
	bool repeated;
	size_t count;
	uint64_t first_seq;
	char payloads[2][EVENT_PAYLOAD_MAX];
};

struct answers {
	struct kept *kept;
	size_t count;
	struct answer all[MAX_ANSWERS];
	uint64_t log_seq[MAX_ANSWERS]; /* what an independent reader saw when it was given */
};

static uint64_t read_last_seq(const struct kept *kept)
{
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	uint64_t seq;

	assert_int_equal(store_reader_open(&reader, kept->log, error), 0);
	assert_int_equal(store_reader_last_seq(reader, &seq), 0);
	store_reader_close(reader);
	return seq;
}

static void on_answer(void *user, const struct keeper_reply *reply)
{
	struct answers *answers = user;
	struct answer *answer = &answers->all[answers->count];
	size_t i;

	assert_true(answers->count < MAX_ANSWERS);
	assert_non_null(reply->detail);
	answers->log_seq[answers->count++] = read_last_seq(answers->kept);
	answer->status = reply->status;
	answer->refusal = reply->refusal;
	answer->repeated = reply->repeated;
	answer->count = reply->count;
	answer->first_seq = reply->count ? reply->events[0].seq : 0;
	for (i = 0; i < reply->count && i < 2; i++)
		assert_true(event_encode(&reply->events[i], answer->payloads[i],
					 EVENT_PAYLOAD_MAX) > 0);
}

static void submit(struct answers *answers, const struct command *command, const char *id,
		   const char *body)
{
	size_t before = answers->count;

	assert_int_equal(keeper_submit(answers->kept->keeper, command, id, body,
				       body ? strlen(body) : 0, on_answer, answers),
			 0);
	assert_int_equal(answers->count, before);
}

static int setup(void **state)
{
	struct answers *answers = calloc(1, sizeof(*answers));

	answers->kept = calloc(1, sizeof(*answers->kept));
	kept_create(answers->kept);
	kept_define(answers->kept);
	kept_open_day(answers->kept, 20251125);
	*state = answers;
	return 0;
}

static int teardown(void **state)
{
	struct answers *answers = *state;

	kept_destroy(answers->kept);
	free(answers->kept);
	free(answers);
	return 0;
}

struct seen {
	struct kept *kept;
	char order[64];
	uint64_t last_seq;
};

static void see(struct seen *seen, char who, const struct event *event, const struct hall *durable)
{
	size_t len = strlen(seen->order);

	assert_true(len + 1 < sizeof(seen->order));
	seen->order[len] = who;
	assert_true(read_last_seq(seen->kept) >= event->seq);
	assert_int_equal(hall_seq(durable), event->seq);
	seen->last_seq = event->seq;
}

static void see_a(void *user, const struct event *event, const struct hall *durable)
{
	struct seen *seen = user;

	if (seen->last_seq)
		assert_int_equal(event->seq, seen->last_seq + 1);
	see(seen, 'a', event, durable);
}

static void see_b(void *user, const struct event *event, const struct hall *durable)
{
	assert_int_equal(event->seq, ((struct seen *)user)->last_seq);
	see(user, 'b', event, durable);
}

static void test_durable_before_visible(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct seen seen = {.kept = kept};
	uint64_t before = hall_seq(keeper_hall(kept->keeper));
	struct command command;
	size_t i;

	assert_int_equal(keeper_subscribe(kept->keeper, see_a, &seen), 0);
	assert_int_equal(keeper_subscribe(kept->keeper, see_b, &seen), 0);
	for (i = 0; i < 3; i++) {
		command = kept_issue(kept, "general");
		submit(answers, &command, NULL, NULL);
		assert_int_equal(hall_seq(keeper_hall(kept->keeper)), before);
	}
	command = kept_at(kept, COMMAND_CALL_NEXT, 99);
	submit(answers, &command, NULL, NULL);
	assert_false(keeper_idle(kept->keeper));
	kept_pump(kept);
	assert_int_equal(answers->count, 4);
	for (i = 0; i < 3; i++) {
		assert_int_equal(answers->all[i].status, KEEPER_DONE);
		assert_int_equal(answers->all[i].count, 2);
		assert_int_equal(answers->all[i].first_seq, before + 1 + 2 * i);
		assert_true(answers->log_seq[i] >= before + 2 + 2 * i);
	}
	/* A refusal depends on what the command saw, too. */
	assert_int_equal(answers->all[3].status, KEEPER_REFUSED);
	assert_int_equal(answers->all[3].refusal, REFUSAL_WINDOW_UNKNOWN);
	assert_true(answers->log_seq[3] >= before + 6);
	assert_string_equal(seen.order, "abababababab");
	assert_int_equal(hall_ticket_count(keeper_hall(kept->keeper)), 3);
}

static void test_next_command_sees_the_one_before(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct command issue = kept_issue(kept, "general");
	struct command call = kept_at(kept, COMMAND_CALL_NEXT, 1);

	submit(answers, &issue, NULL, NULL);
	submit(answers, &call, NULL, NULL);
	kept_pump(kept);
	assert_int_equal(answers->all[1].status, KEEPER_DONE);
	assert_non_null(strstr(answers->all[1].payloads[0], "\"A001\""));
}

static void test_repeat_gets_the_first_answer(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct command first = kept_issue(kept, "general");
	struct command again = kept_issue(kept, "general");
	size_t i;

	submit(answers, &first, "press-1", "body");
	/* While the first one is pending, when it is answered, and after a restart. */
	submit(answers, &again, "press-1", "body");
	kept_pump(kept);
	submit(answers, &again, "press-1", "body");
	kept_pump(kept);
	kept_close(kept);
	kept_open(kept);
	submit(answers, &again, "press-1", "body");
	kept_pump(kept);
	assert_int_equal(answers->count, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(answers->all[i].status, KEEPER_DONE);
		assert_int_equal(answers->all[i].repeated, i > 0);
		assert_int_equal(answers->all[i].count, 2);
		assert_int_equal(answers->all[i].first_seq, answers->all[0].first_seq);
		assert_string_equal(answers->all[i].payloads[0], answers->all[0].payloads[0]);
		assert_string_equal(answers->all[i].payloads[1], answers->all[0].payloads[1]);
	}
	assert_int_equal(hall_ticket_count(keeper_hall(kept->keeper)), 1);
}

static void test_other_body_is_a_conflict(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct command issue = kept_issue(kept, "general");

	submit(answers, &issue, "press-1", "body");
	submit(answers, &issue, "press-1", "bodY");
	kept_pump(kept);
	kept_close(kept);
	kept_open(kept);
	submit(answers, &issue, "press-1", "");
	kept_pump(kept);
	assert_int_equal(answers->all[0].status, KEEPER_DONE);
	assert_int_equal(answers->all[1].status, KEEPER_CONFLICT);
	assert_int_equal(answers->all[2].status, KEEPER_CONFLICT);
	assert_int_equal(answers->all[2].count, 0);
	assert_int_equal(hall_ticket_count(keeper_hall(kept->keeper)), 1);
}

static void test_refusal_is_decided_anew(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct command call = kept_at(kept, COMMAND_CALL_NEXT, 1);
	struct command issue;

	submit(answers, &call, "call-1", "x");
	kept_pump(kept);
	issue = kept_issue(kept, "general");
	kept_do(kept, &issue);
	call = kept_at(kept, COMMAND_CALL_NEXT, 1);
	submit(answers, &call, "call-1", "x");
	kept_pump(kept);
	assert_int_equal(answers->all[0].refusal, REFUSAL_NOBODY_WAITING);
	assert_int_equal(answers->all[1].status, KEEPER_DONE);
	assert_false(answers->all[1].repeated);
}

static void next_day(struct kept *kept, int64_t date)
{
	struct command close = kept_command(kept, COMMAND_CLOSE_DAY);

	kept_do(kept, &close);
	kept_open_day(kept, date);
}

static void test_ids_are_kept_two_days(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct command issue = kept_issue(kept, "general");

	submit(answers, &issue, "press-1", "body");
	kept_pump(kept);
	next_day(kept, 20251126);
	submit(answers, &issue, "press-1", "body");
	kept_pump(kept);
	assert_true(answers->all[1].repeated);
	next_day(kept, 20251127);
	issue = kept_issue(kept, "general");
	submit(answers, &issue, "press-1", "body");
	kept_pump(kept);
	assert_int_equal(answers->all[2].status, KEEPER_DONE);
	assert_false(answers->all[2].repeated);
	assert_int_not_equal(answers->all[2].first_seq, answers->all[0].first_seq);
	/* The younger one holds, also after a restart. */
	kept_close(kept);
	kept_open(kept);
	submit(answers, &issue, "press-1", "body");
	kept_pump(kept);
	assert_true(answers->all[3].repeated);
	assert_int_equal(answers->all[3].first_seq, answers->all[2].first_seq);
}

static void test_replay_reaches_the_same_state(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct command command;
	uint64_t digest;

	command = kept_issue(kept, "general");
	submit(answers, &command, "a", "b");
	command = kept_issue(kept, "issue");
	submit(answers, &command, NULL, NULL);
	command = kept_at(kept, COMMAND_CALL_NEXT, 2);
	submit(answers, &command, NULL, NULL);
	kept_pump(kept);
	digest = hall_digest(keeper_hall(kept->keeper));
	kept_close(kept);
	kept_open(kept);
	assert_true(hall_digest(keeper_hall(kept->keeper)) == digest);
	assert_null(hall_check(keeper_hall(kept->keeper)));
}

static void run_sql(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error ? error : "?");
}

static int64_t ask(const struct kept *kept, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t value;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(kept->log, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

/* What the keeper is after a start: its hall, and how it answers the ids of each day. */
static void look(struct answers *answers, uint64_t *ret_digest, struct answer ret[4])
{
	struct kept *kept = answers->kept;
	static const char *const ids[] = {"day-1", "day-2", "day-3", "later"};

	*ret_digest = hall_digest(keeper_hall(kept->keeper));
	answers->count = 0;
	for (size_t i = 0; i < 4; i++) {
		/* refused as a new command, so that nothing changes */
		struct command command = kept_issue(kept, "no-such-queue");

		submit(answers, &command, ids[i], "body");
	}
	kept_pump(kept);
	memcpy(ret, answers->all, 4 * sizeof(*ret));
}

/* From its snapshot or from its first event: the same hall, the same answers. */
static void test_a_snapshot_changes_nothing(void **state)
{
	static const char *const ids[] = {"day-1", "day-2", "day-3", "later"};
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct answer all[4], some[4], none[4];
	uint64_t digest, digest_some, digest_none;
	struct command command;
	sqlite3 *db;

	for (size_t i = 0; i < 4; i++) {
		if (i == 1 || i == 2) {
			command = kept_command(kept, COMMAND_CLOSE_DAY);
			kept_do(kept, &command);
			kept_open_day(kept, 20251125 + (int64_t)i);
		}
		command = kept_issue(kept, "general");
		submit(answers, &command, ids[i], "body");
		kept_pump(kept);
	}
	/* the snapshot is the third day's beginning: the daemon was killed */
	look(answers, &digest, all);
	assert_int_equal(all[0].status, KEEPER_REFUSED);
	for (size_t i = 1; i < 4; i++)
		assert_true(all[i].status == KEEPER_DONE && all[i].repeated);
	assert_true(ask(kept, "SELECT seq FROM snapshot") ==
		    ask(kept, "SELECT max(seq) FROM event WHERE type = 10"));
	kept_close(kept);
	assert_true(ask(kept, "SELECT seq FROM snapshot") ==
		    ask(kept, "SELECT max(seq) FROM event"));
	kept_open(kept);
	look(answers, &digest_some, some);
	kept_close(kept);
	assert_int_equal(sqlite3_open(kept->log, &db), SQLITE_OK);
	run_sql(db, "DELETE FROM snapshot");
	sqlite3_close(db);
	kept_open(kept);
	look(answers, &digest_none, none);
	assert_true(digest == digest_some && digest == digest_none);
	assert_memory_equal(all, some, sizeof(all));
	assert_memory_equal(all, none, sizeof(all));
}

/* The largest decision but for a restart's: one commit, one answer, and the same again. */
static void test_a_baseline_of_all_parts(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	struct command command = kept_command(kept, COMMAND_CLOSE_DAY), freeze;
	struct answer *first = &answers->all[0], *again = &answers->all[1];
	uint64_t digest, seq;
	sqlite3 *db;

	kept_do(kept, &command);
	seq = hall_seq(keeper_hall(kept->keeper));
	command = kept_command(kept, COMMAND_FREEZE_BASELINE);
	freeze = world_freeze(0, "before", 20251101, 20251125, 1, CORE_MAX_BASELINE_PARTS);
	command.u.freeze_baseline = freeze.u.freeze_baseline;
	submit(answers, &command, "freeze", "body");
	/* What it was decided from may be gone. */
	command.u.freeze_baseline.parts = NULL;
	kept_pump(kept);
	assert_int_equal(first->status, KEEPER_DONE);
	assert_int_equal(first->count, 1 + CORE_MAX_BASELINE_PARTS);
	assert_int_equal(answers->log_seq[0], seq + 1 + CORE_MAX_BASELINE_PARTS);
	digest = hall_digest(keeper_hall(kept->keeper));
	for (int i = 0; i < 2; i++) {
		const struct baseline *baseline;

		kept_close(kept);
		assert_int_equal(sqlite3_open(kept->log, &db), SQLITE_OK);
		if (i)
			run_sql(db, "DELETE FROM snapshot");
		sqlite3_close(db);
		kept_open(kept);
		assert_true(hall_digest(keeper_hall(kept->keeper)) == digest);
		baseline = hall_find_baseline(keeper_hall(kept->keeper), "before");
		assert_non_null(baseline);
		assert_int_equal(baseline->told, CORE_MAX_BASELINE_PARTS);
		assert_int_equal(baseline->seq, seq + 1);
		answers->count = 1;
		submit(answers, &command, "freeze", "body");
		kept_pump(kept);
		assert_true(again->status == KEEPER_DONE && again->repeated);
		assert_int_equal(again->count, first->count);
		assert_int_equal(again->first_seq, first->first_seq);
		assert_memory_equal(again->payloads, first->payloads, sizeof(first->payloads));
	}
}

/* Another program holds the log's write lock, so that no commit can begin. */
static void test_refused_commit_leaves_no_trace(void **state)
{
	struct answers *answers = *state;
	struct kept *kept = answers->kept;
	uint64_t digest = hall_digest(keeper_hall(kept->keeper));
	uint64_t seq = hall_seq(keeper_hall(kept->keeper));
	struct command issue = kept_issue(kept, "general");
	struct command call = kept_at(kept, COMMAND_CALL_NEXT, 1);
	int64_t due;
	sqlite3 *other;

	assert_int_equal(sqlite3_open(kept->log, &other), SQLITE_OK);
	run_sql(other, "BEGIN IMMEDIATE");
	submit(answers, &issue, "press-1", "body");
	submit(answers, &call, NULL, NULL);
	submit(answers, &issue, "press-1", "body");
	kept_pump(kept);
	assert_int_equal(answers->count, 3);
	assert_int_equal(answers->all[0].status, KEEPER_UNAVAILABLE);
	assert_int_equal(answers->all[1].status, KEEPER_UNAVAILABLE);
	assert_int_equal(answers->all[2].status, KEEPER_UNAVAILABLE);
	assert_true(hall_digest(keeper_hall(kept->keeper)) == digest);
	assert_int_equal(read_last_seq(kept), seq);
	/* Until the keeper has tried again nothing is taken. */
	submit(answers, &issue, NULL, NULL);
	kept_pump(kept);
	assert_int_equal(answers->all[3].status, KEEPER_UNAVAILABLE);
	run_sql(other, "ROLLBACK");
	sqlite3_close(other);
	keeper_tick(kept->keeper, 5000);
	due = keeper_deadline_ms(kept->keeper);
	assert_int_equal(due, 6000);
	keeper_tick(kept->keeper, due);
	kept_wait_well(kept);
	submit(answers, &issue, "press-1", "body");
	kept_pump(kept);
	assert_int_equal(answers->all[4].status, KEEPER_DONE);
	assert_false(answers->all[4].repeated);
	assert_int_equal(answers->all[4].first_seq, seq + 1);
	assert_non_null(strstr(answers->all[4].payloads[0], "\"A001\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_durable_before_visible, setup, teardown),
		cmocka_unit_test_setup_teardown(test_next_command_sees_the_one_before, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_repeat_gets_the_first_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_body_is_a_conflict, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusal_is_decided_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ids_are_kept_two_days, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replay_reaches_the_same_state, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_baseline_of_all_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_commit_leaves_no_trace, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
