/* What comparisons take from a day beside the visits: cells, queues of issue, cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/digest.h"
#include "src/measure/ledger.h"
#include "tests/unit/measure/scene.h"

static int setup(void **state)
{
	(void)state;
	begin_day(5, "issuing");
	return 0;
}

static void define_kind(const char *id, bool work, enum queue_kind kind)
{
	struct event *event = at(0, EVENT_QUEUE_DEFINED);

	strcpy(event->u.queue_defined.queue, id);
	event->u.queue_defined.work = work;
	event->u.queue_defined.kind = kind;
	feed(event);
}

static void define_item(const char *id, const char *department)
{
	struct event *event = at(0, EVENT_ITEM_DEFINED);

	strcpy(event->u.item_defined.item, id);
	strcpy(event->u.item_defined.department, department);
	feed(event);
}

static void issue_case(int64_t ms, int64_t ticket, const char *queue, const char *item,
		       const char *reference)
{
	struct event *event = at(ms, EVENT_TICKET_ISSUED);

	event->u.ticket_issued.ticket = ticket;
	event->u.ticket_issued.arrival_ms = event->at.mono_ms;
	strcpy(event->u.ticket_issued.queue, queue);
	strcpy(event->u.ticket_issued.item, item);
	strcpy(event->u.ticket_issued.case_ref, reference);
	feed(event);
}

struct seen {
	size_t count;
	struct digest_visits list[16];
	char texts[16][CORE_NAME_SIZE];
};

static int see(void *user, const struct digest_visits *visits)
{
	struct seen *seen = user;

	assert_in_range(seen->count, 0, 15);
	seen->list[seen->count] = *visits;
	strcpy(seen->texts[seen->count++], visits->text);
	return 0;
}

static void expect_seen(const struct seen *seen, size_t i, const struct digest_visits *expected)
{
	assert_in_range(i, 0, seen->count - 1);
	assert_string_equal(seen->texts[i], expected->text);
	assert_int_equal(seen->list[i].kind, expected->kind);
	assert_int_equal(seen->list[i].hour, expected->hour);
	assert_int_equal(seen->list[i].n, expected->n);
	assert_int_equal(seen->list[i].sum_ms, expected->sum_ms);
}

/* Department of the item when it was issued, kind of the queue at the first call in a work leg (not
 * of the issue), hour of the issue; known visits only. */
static void cells(void **state)
{
	struct seen seen = {0};

	(void)state;
	define_kind("general", true, QUEUE_UNSTATED); /* intake */
	define_kind("issuing", true, QUEUE_ISSUE);
	define_kind("guide", false, QUEUE_GUIDE);
	define_item("tax", "税务局");
	define_item("permit", "b");
	issue_case(0, 1, "general", "tax", "");
	issue_case(0, 2, "guide", "tax", "");
	issue_case(0, 3, "general", "permit", "");
	issue_case(0, 4, "general", "", "");
	issue_case(0, 5, "general", "unheard-of", "");
	define_item("tax", "a"); /* for those that come now */
	issue_case(59 * MIN + 59999, 6, "general", "tax", "");
	issue_case(60 * MIN, 7, "general", "tax", "");
	call(61 * MIN, 1, 1);
	call(62 * MIN, 2, 9);
	transfer(63 * MIN, 2, "issuing");
	define_kind("general", true, QUEUE_TROUBLE);
	call(64 * MIN, 2, 2);
	call(64 * MIN, 3, 2);
	call(65 * MIN, 4, 2);
	call(65 * MIN, 5, 2);
	call(66 * MIN, 6, 2);
	close_day(70 * MIN, 20260101);
	assert_int_equal(digest_read_cells(&stream_day(scene)->parts[PART_CELLS], see, &seen), 0);
	assert_int_equal(seen.count, 5);
	expect_seen(&seen, 0, &(struct digest_visits){"", QUEUE_TROUBLE, 10, 2, 130 * MIN});
	expect_seen(&seen, 1, &(struct digest_visits){"a", QUEUE_TROUBLE, 10, 1, 6 * MIN + 1});
	expect_seen(&seen, 2, &(struct digest_visits){"b", QUEUE_TROUBLE, 10, 1, 64 * MIN});
	expect_seen(&seen, 3, &(struct digest_visits){"税务局", QUEUE_INTAKE, 10, 1, 61 * MIN});
	expect_seen(&seen, 4, &(struct digest_visits){"税务局", QUEUE_ISSUE, 10, 1, 63 * MIN});
	seen.count = 0;
	assert_int_equal(
		digest_read_issued_in(&stream_day(scene)->parts[PART_ISSUED_IN], see, &seen), 0);
	assert_int_equal(seen.count, 2);
	expect_seen(&seen, 0,
		    &(struct digest_visits){"general", 0, 0, 5, (61 + 64 + 65 + 65 + 6) * MIN + 1});
	expect_seen(&seen, 1, &(struct digest_visits){"guide", 0, 0, 1, 63 * MIN});
}

static void file_online(int64_t ms, const char *reference)
{
	struct event *event = at(ms, EVENT_ONLINE_FILING);

	strcpy(event->u.online_filing.case_ref, reference);
	feed(event);
}

/* A case is a reference, whatever became of the visit; who names none is one of its own. */
static void cases(void **state)
{
	struct digest_cases tickets, filings;

	(void)state;
	issue_case(0, 1, "general", "", "c-2");
	issue_case(0, 2, "guide", "", "c-1");
	issue_case(0, 3, "general", "", "c-2");
	issue_case(0, 4, "general", "", "");
	issue_case(0, 5, "general", "", "");
	file_online(0, "c-1");
	file_online(0, "c-3");
	file_online(0, "c-3");
	file_online(0, "");
	happens(1 * MIN, EVENT_TICKET_CANCELLED, 1);
	close_day(2 * MIN, 20260101);
	assert_int_equal(
		digest_read_cases(&stream_day(scene)->parts[PART_CASES], &tickets, &filings), 0);
	assert_int_equal(tickets.count, 2);
	assert_int_equal(tickets.without, 2);
	assert_int_equal(filings.count, 2);
	assert_int_equal(filings.without, 1);
	for (size_t i = 0; i < 2; i++) {
		uint64_t case_1 = ledger_case("c-1"), case_2 = ledger_case("c-2");

		assert_true(digest_case(&tickets, i) == case_1 ||
			    digest_case(&tickets, i) == case_2);
		assert_true(digest_case(&filings, i) == case_1 ||
			    digest_case(&filings, i) == ledger_case("c-3"));
	}
	assert_true(digest_case(&tickets, 0) < digest_case(&tickets, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cells, setup, teardown),
		cmocka_unit_test_setup_teardown(cases, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
