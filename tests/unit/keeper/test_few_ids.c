/* More command ids in two days than the table holds, here 2,048: the oldest are answered from the
 * log, at once and after a restart, and forgotten with their days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/keeper/ids.h"
#include "tests/unit/keeper/kept.h"

struct seen {
	enum keeper_status status;
	bool repeated;
	uint64_t seq;
};

static void on_reply(void *user, const struct keeper_reply *reply)
{
	struct seen *seen = user;

	seen->status = reply->status;
	seen->repeated = reply->repeated;
	seen->seq = reply->count ? reply->events[0].seq : 0;
}

static struct seen ask(struct kept *kept, const struct command *command, const char *id,
		       const char *body)
{
	struct seen seen = {.status = KEEPER_UNKNOWN};

	assert_int_equal(
		keeper_submit(kept->keeper, command, id, body, strlen(body), on_reply, &seen), 0);
	kept_pump(kept);
	return seen;
}

static void fill(struct kept *kept, const char *prefix)
{
	static struct seen ignored;

	for (int i = 0; i < IDS_MAX + 2; i++) {
		struct command command = kept_at(kept, i % 2 ? COMMAND_REOPEN : COMMAND_PAUSE, 2);
		char id[32];

		snprintf(id, sizeof(id), "%s-%d", prefix, i);
		assert_int_equal(
			keeper_submit(kept->keeper, &command, id, "", 0, on_reply, &ignored), 0);
		if (i % 64 == 63)
			kept_pump(kept);
	}
	kept_pump(kept);
}

static void expect_first(struct kept *kept, uint64_t seq)
{
	struct command again = kept_issue(kept, "general");
	struct seen seen = ask(kept, &again, "first", "body");

	assert_int_equal(seen.status, KEEPER_DONE);
	assert_true(seen.repeated && seen.seq == seq);
	assert_int_equal(ask(kept, &again, "first", "bodY").status, KEEPER_CONFLICT);
}

static void next_day(struct kept *kept, int64_t date)
{
	struct command command = kept_command(kept, COMMAND_CLOSE_DAY);

	kept_do(kept, &command);
	kept_open_day(kept, date);
}

static void oldest_ids_are_in_the_log(void **state)
{
	struct kept kept;
	struct command issue;
	struct seen first, seen;

	(void)state;
	kept_create(&kept);
	kept_define(&kept);
	kept_open_day(&kept, 20251125);
	issue = kept_issue(&kept, "general");
	first = ask(&kept, &issue, "first", "body");
	assert_int_equal(first.status, KEEPER_DONE);
	fill(&kept, "a");
	expect_first(&kept, first.seq);
	kept_close(&kept);
	kept_open(&kept);
	expect_first(&kept, first.seq);
	next_day(&kept, 20251126);
	expect_first(&kept, first.seq);
	fill(&kept, "b");
	expect_first(&kept, first.seq);
	next_day(&kept, 20251127);
	issue = kept_issue(&kept, "general");
	seen = ask(&kept, &issue, "first", "bodY");
	assert_int_equal(seen.status, KEEPER_DONE);
	assert_true(!seen.repeated && seen.seq > first.seq);
	kept_destroy(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(oldest_ids_are_in_the_log)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
