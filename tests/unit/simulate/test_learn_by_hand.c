/* What is learnt from ten days that are worked out by hand. learn_services.py has the means of
 * items once more. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/simulate/learn.h"
#include "tests/unit/simulate/hand_log.h"
#include "tests/unit/store/log_file.h"

#include "learn_services.h"

enum { DAYS = 10 };

static int learn(struct scenario *ret_scenario, struct learn_facts *ret_facts)
{
	char error[STORE_ERROR_SIZE] = "", fault[LEARN_FAULT_SIZE] = "";
	struct store_reader *reader;
	int r;

	*ret_scenario = (struct scenario){0};
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	r = learn_scenario(reader, 0, 0, ret_scenario, ret_facts, fault);
	store_reader_close(reader);
	if (r == -EINVAL)
		print_message("%s\n", fault);
	return r;
}

static void expect(double expected, double value)
{
	if (!(fabs(value - expected) <= 1e-9 * fmax(1, fabs(expected))))
		fail_msg("%.12g, expected %.12g", value, expected);
}

/* One intake queue, one for results, a window for each. */
static void begin(void)
{
	hand_log_begin();
	hand_log_hall();
	hand_log_queue("general", QUEUE_INTAKE);
	hand_log_queue("desk", QUEUE_ISSUE);
	hand_log_window(1, "general");
	hand_log_window(2, "desk");
	hand_log_item("tax", "a", "general", "");
	hand_log_item("collect", "a", "desk", "");
}

static void call_at(int64_t window)
{
	hand_log_add(EVENT_TICKET_CALLED, NINE)->u.ticket_called.window = window;
}

/* Somebody is called at both windows, or they are not taken as windows that work. */
static void open_day(int day)
{
	hand_log_open(20260105 + day);
	if (day)
		return;
	call_at(1);
	call_at(2);
}

static void close_day(int day)
{
	hand_log_close(20260105 + day);
}

/* Each day 20 cases, every fourth with a second visit and every fifth with a pick-up: at the desk,
 * of which the visit or its item tells it. */
static void write_cases(bool references)
{
	char reference[16] = "";

	begin();
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		for (int i = 0; i < 20; i++) {
			if (references)
				snprintf(reference, sizeof(reference), "%d-%d", day, i);
			hand_log_visit("tax", "general", reference, NINE + i * MIN, 0, 4 * MIN);
			if (i % 4 == 0)
				hand_log_visit("tax", "general", reference, NINE + 90 * MIN, 0,
					       4 * MIN);
			if (i % 5 == 0)
				hand_log_visit(day % 2 ? "collect" : "tax", "desk", reference,
					       NINE + 150 * MIN, 0, 2 * MIN);
		}
		close_day(day);
	}
	hand_log_write();
}

static void test_references(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	write_cases(true);
	assert_int_equal(learn(&got, &facts), 0);
	assert_true(facts.case_refs);
	assert_int_equal(facts.simulated.days, 0);
	assert_int_equal(facts.with_case, 250);
	assert_int_equal(facts.firsts, 200);
	assert_int_equal(facts.reworks, 50);
	assert_int_equal(facts.pick_ups, 40);
	expect(20, got.cases_a_day);
	expect(0, got.day_cv);
	expect(.25, got.rework_chance);
	expect(.2, got.pick_up_chance);
	expect(4, got.service.mean_min);
	assert_true(got.service.cv < 1e-6); /* its sums round */
	expect(2, got.pick_up.mean_min);
	/* 9:00 to 9:30, 10:30 to 11:00 and 11:30 to 12:00 */
	assert_int_equal(got.span_count, 3);
	assert_int_equal(got.spans[1].from_min, 630);
	expect(200, got.spans[0].weight);
	expect(50, got.spans[1].weight);
	expect(40, got.spans[2].weight);
	scenario_finish(&got);
}

/* Nobody knows which visits belong to one case: each is a case of its own. */
static void test_no_references(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	write_cases(false);
	assert_int_equal(learn(&got, &facts), 0);
	assert_false(facts.case_refs);
	assert_int_equal(facts.with_case, 0);
	assert_int_equal(facts.firsts, 250);
	assert_int_equal(facts.reworks, 0);
	expect(25, got.cases_a_day);
	expect(0, got.rework_chance);
	expect(40 / 250., got.pick_up_chance);
	scenario_finish(&got);
}

/* So many a day whose finish was pressed, 4 min, and others that the next call ended, 30 min. */
static void write_services(int pressed, int implied)
{
	begin();
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		for (int i = 0; i < pressed + implied; i++) {
			int64_t ms = NINE + i * MIN, hold = (i < pressed ? 4 : 30) * MIN;
			int64_t ticket = hand_log_issue("tax", "general", "", ms);
			struct event *event;

			hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
			hand_log_add(EVENT_SERVICE_STARTED, ms)->u.service_started.ticket = ticket;
			event = hand_log_add(EVENT_SERVICE_FINISHED, ms + hold);
			event->u.service_finished.ticket = ticket;
			event->u.service_finished.implied = i >= pressed;
		}
		close_day(day);
	}
	hand_log_write();
}

static void test_implied_left_out(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	write_services(10, 15);
	assert_int_equal(learn(&got, &facts), 0);
	assert_false(facts.takes_implied);
	assert_int_equal(facts.services, 100);
	assert_int_equal(facts.implied, 150);
	expect(4, got.service.mean_min);
	assert_true(got.service.cv < 1e-6); /* its sums round */
	scenario_finish(&got);
}

static void test_implied_taken(void **state)
{
	struct scenario got;
	struct learn_facts facts;
	double between = log(30 / 4.);

	(void)state;
	write_services(9, 16);
	assert_int_equal(learn(&got, &facts), 0);
	assert_true(facts.takes_implied);
	assert_int_equal(facts.services, 250);
	assert_int_equal(facts.implied, 160);
	expect((9 * 4 + 16 * 30) / 25., got.service.mean_min);
	/* the variance of 90 and 160 logarithms that are ln 7.5 apart, of 249 degrees of freedom */
	expect(sqrt(expm1(between * between * 90 * 160 / 250 / 249)), got.service.cv);
	scenario_finish(&got);
}

/* Half of the services are sent on after 9 min, and take 1 min more elsewhere: what ended them was
 * pressed. With another event between, it was not. */
static void write_sent_on(bool between)
{
	begin();
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		for (int i = 0; i < 20; i++) {
			int64_t ms = NINE + i * 20 * MIN;
			int64_t ticket = hand_log_issue("tax", "general", "", ms);
			struct event_ticket_transferred *moved;

			hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
			hand_log_add(EVENT_SERVICE_STARTED, ms)->u.service_started.ticket = ticket;
			if (i % 2) {
				ms += 9 * MIN;
				hand_log_add(EVENT_SERVICE_FINISHED, ms)->u.service_finished =
					(struct event_service_finished){.ticket = ticket,
									.implied = true};
				if (between)
					hand_log_add(EVENT_WINDOW_PAUSED, ms);
				moved = &hand_log_add(EVENT_TICKET_TRANSFERRED, ms)
						 ->u.ticket_transferred;
				moved->ticket = ticket;
				strcpy(moved->to, "general");
				hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket =
					ticket;
			}
			hand_log_add(EVENT_SERVICE_FINISHED, ms + MIN)->u.service_finished.ticket =
				ticket;
		}
		close_day(day);
	}
	hand_log_write();
}

static void test_sent_on(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	write_sent_on(false);
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(facts.services, 200);
	assert_int_equal(facts.implied, 0);
	expect((1 + 10) / 2., got.service.mean_min);
	scenario_finish(&got);
}

static void test_not_sent_on(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	write_sent_on(true);
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(facts.services, 100);
	assert_int_equal(facts.implied, 100);
	expect(1, got.service.mean_min);
	scenario_finish(&got);
}

/* The last of each day's visits holds two windows. How long the first is held nobody knows: the
 * clock was set, and the machine started anew. The 30 min of the second are not the visit's length.
 */
static void test_first_leg_unknown(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	for (int day = 0; day < DAYS; day++) {
		int64_t ms = NINE + 60 * MIN, ticket;
		struct event_ticket_transferred *moved;

		open_day(day);
		for (int i = 0; i < 19; i++)
			hand_log_visit("tax", "general", "", NINE + i * MIN, 0, 4 * MIN);
		ticket = hand_log_issue("tax", "general", "", ms);
		hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
		hand_log_add(EVENT_SERVICE_STARTED, ms)->u.service_started.ticket = ticket;
		hand_log_step(ms + MIN, MIN);
		hand_log_restart(ms + 2 * MIN);
		ms += 5 * MIN;
		hand_log_add(EVENT_SERVICE_FINISHED, ms)->u.service_finished.ticket = ticket;
		moved = &hand_log_add(EVENT_TICKET_TRANSFERRED, ms)->u.ticket_transferred;
		moved->ticket = ticket;
		strcpy(moved->to, "general");
		hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
		hand_log_add(EVENT_SERVICE_STARTED, ms)->u.service_started.ticket = ticket;
		hand_log_add(EVENT_SERVICE_FINISHED, ms + 30 * MIN)->u.service_finished.ticket =
			ticket;
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(facts.services, 190);
	assert_int_equal(facts.implied, 0);
	expect(4, got.service.mean_min);
	scenario_finish(&got);
}

/* The last of each day's services is never finished: the close, hours later, is not its length. The
 * visit was one all the same, and was served. */
static void test_cut_off(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	for (int day = 0; day < DAYS; day++) {
		int64_t ticket;

		open_day(day);
		for (int i = 0; i < 19; i++)
			hand_log_visit("tax", "general", "", NINE + i * MIN, 0, 4 * MIN);
		ticket = hand_log_issue("tax", "general", "", NINE + 20 * MIN);
		hand_log_add(EVENT_TICKET_CALLED, NINE + 20 * MIN)->u.ticket_called.ticket = ticket;
		hand_log_add(EVENT_SERVICE_STARTED, NINE + 20 * MIN)->u.service_started.ticket =
			ticket;
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(facts.services, 190);
	assert_int_equal(facts.implied, 10);
	assert_int_equal(facts.no_shows, 0);
	expect(4, got.service.mean_min);
	expect(20, got.cases_a_day);
	scenario_finish(&got);
}

/* Who comes when is learnt; that the hall turns citizens away late in the day is no rule of a
 * scenario. */
static void test_closing_hour(void **state)
{
	struct event_policy_defined *policy;
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	policy = &hand_log_add(EVENT_POLICY_DEFINED, 0)->u.policy_defined;
	policy->overtakes = -1;
	policy->recalls = 2;
	policy->closes_min = 17 * 60;
	policy->service_ms = 10 * MIN;
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		for (int i = 0; i < 20; i++)
			hand_log_visit("tax", "general", "", NINE + i * MIN, 0, 4 * MIN);
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(got.rules.closes_min, 0);
	assert_int_equal(got.rules.service_ms, 0);
	assert_int_equal(got.rules.recalls, 2);
	scenario_finish(&got);
}

/* No ticket has an item: each day ten have a service of 9 min in one queue, 15 of 2 min in another,
 * five of 5 min there behind a guide. An item is called unknown, too, and comes to the guide. */
static void test_no_items(void **state)
{
	static const char *const queues[] = {"general", "other", "other"};
	static const double means[] = {9, (15 * 2 + 5 * 5) / 20., 3};
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	hand_log_queue("guide", QUEUE_GUIDE);
	hand_log_queue("other", QUEUE_INTAKE);
	hand_log_window(3, "other");
	hand_log_item("unknown", "a", "guide", "");
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		if (!day)
			call_at(3);
		for (int i = 0; i < 35; i++) {
			int64_t ms = NINE + i * MIN, minutes = i < 10	? 9
							       : i < 25 ? 2
							       : i < 30 ? 5
									: 3;
			struct event_ticket_transferred *moved;
			int64_t ticket;

			if (i < 25) {
				hand_log_visit("", i < 10 ? "general" : "other", "", ms, 0,
					       minutes * MIN);
				continue;
			}
			ticket = hand_log_issue(i < 30 ? "" : "unknown", "guide", "", ms);
			hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
			moved = &hand_log_add(EVENT_TICKET_TRANSFERRED, ms)->u.ticket_transferred;
			moved->ticket = ticket;
			strcpy(moved->to, "other");
			hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
			hand_log_add(EVENT_SERVICE_STARTED, ms)->u.service_started.ticket = ticket;
			hand_log_add(EVENT_SERVICE_FINISHED, ms + minutes * MIN)
				->u.service_finished.ticket = ticket;
		}
		if (day < 3)
			strcpy(hand_log_add(EVENT_ONLINE_FILING, NINE)->u.online_filing.item,
			       "unknown");
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(facts.unserved, 0);
	assert_int_equal(got.item_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		bool seen = false;

		for (uint32_t k = 0; k < i; k++)
			seen |= !strcmp(got.items[i].id, got.items[k].id);
		assert_false(seen);
		assert_string_equal(got.items[i].queue, queues[i]);
	}
	expect(100, got.items[0].share);
	expect(200, got.items[1].share);
	expect(53, got.items[2].share);
	/* nothing is drawn to another queue's; within one its services take as long as they did */
	expect(means[0], got.items[0].factor * got.service.mean_min);
	expect(means[1] * 200 + means[2] * 50,
	       (got.items[1].factor * 200 + got.items[2].factor * 50) * got.service.mean_min);
	scenario_finish(&got);
}

/* Most file online and come for the result alone: no chance is as high as their visits. */
static void test_filers(void **state)
{
	char reference[16];
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		for (int i = 0; i < 20; i++) {
			struct event_online_filing *filing;

			snprintf(reference, sizeof(reference), "%d-%d", day, i);
			if (i < 15)
				hand_log_visit("tax", "general", reference, NINE + i * MIN, 0,
					       4 * MIN);
			filing =
				&hand_log_add(EVENT_ONLINE_FILING, NINE + i * MIN)->u.online_filing;
			strcpy(filing->item, "tax");
			snprintf(filing->case_ref, sizeof(filing->case_ref), "f%s", reference);
			hand_log_visit("collect", "desk", i < 14 ? filing->case_ref : reference,
				       NINE + 60 * MIN + i * MIN, 0, MIN);
		}
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	expect(200 / 150., facts.pick_up_rate);
	expect(1, got.pick_up_chance);
	assert_int_equal(facts.pick_ups_filed, 140);
	expect(0, facts.rework_rate);
	scenario_finish(&got);
}

/* A skill of a clerk who is there; one that nobody has; an item of a queue without a window. */
static void test_skills(void **state)
{
	static const char *const items[] = {"tax", "deed", "seal", "far"};
	struct event_clerk_defined *clerk;
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	hand_log_queue("annex", QUEUE_INTAKE);
	hand_log_window(3, "annex");
	hand_log_item("deed", "a", "general", "notary");
	hand_log_item("seal", "b", "general", "sealer");
	hand_log_item("far", "c", "annex", "");
	clerk = &hand_log_add(EVENT_CLERK_DEFINED, 0)->u.clerk_defined;
	strcpy(clerk->clerk, "li");
	strcpy(clerk->skills, "notary");
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		if (!day) {
			struct event_clerk_changed *at =
				&hand_log_add(EVENT_CLERK_SIGNED_IN, NINE)->u.clerk_changed;

			at->window = 1;
			strcpy(at->clerk, "li");
		}
		for (int i = 0; i < 20; i++)
			hand_log_visit(items[i % 4], i % 4 == 3 ? "annex" : "general", "",
				       NINE + i * MIN, 0, 4 * MIN);
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(facts.dropped_skills, 1);
	assert_int_equal(facts.unused_windows, 1);
	assert_int_equal(facts.unserved, 50);
	assert_int_equal(got.item_count, 3);
	assert_string_equal(got.items[1].skill, "notary");
	assert_string_equal(got.items[2].skill, "");
	assert_string_equal(got.windows[0].skills, "notary");
	assert_int_equal(got.window_count, 2);
	expect(15, got.cases_a_day);
	scenario_finish(&got);
}

/* On days with 10 and with 30 tickets, by turns: called after 2 min, of which every fifth does not
 * come and is given up after 1 min, every fifth leaves after 6 min, the others walk 30 s. */
static void test_chances(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		for (int i = 0; i < (day % 2 ? 30 : 10); i++) {
			int64_t ms = NINE + i * 30000;
			int64_t ticket = hand_log_issue("tax", "general", "", ms);

			if (i % 5 == 0) {
				hand_log_add(EVENT_TICKET_CANCELLED, ms + 6 * MIN)
					->u.ticket_cancelled.ticket = ticket;
				continue;
			}
			ms += 2 * MIN;
			hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
			if (i % 5 == 1) {
				hand_log_add(EVENT_TICKET_NO_SHOW, ms + MIN)
					->u.ticket_no_show.ticket = ticket;
				continue;
			}
			ms += 30000;
			hand_log_add(EVENT_SERVICE_STARTED, ms)->u.service_started.ticket = ticket;
			hand_log_add(EVENT_SERVICE_FINISHED, ms + 5 * MIN)
				->u.service_finished.ticket = ticket;
		}
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(facts.left, 40);
	assert_int_equal(facts.no_shows, 40);
	expect(20, got.cases_a_day);
	/* the variance of five days with 10 and five with 30 is 1000 / 9 */
	expect(sqrt(1000 / 9. - 20) / 20, got.day_cv);
	expect(40 / 160., got.no_show_chance);
	expect(60, got.no_show_s);
	expect(30, got.walk_s);
	expect(5, got.service.mean_min);
	/* 160 waits of 2 min and 40 of 6 min, in which 40 left */
	expect((160 * 2 + 40 * 6) / 40., got.patience_min);
	scenario_finish(&got);
}

/* Two items with 120 and 80 services: 2 and 8 min, 4 and 16 min by turns; a third is filed twice
 * and never seen. learn_services.py: its means. */
static void test_items(void **state)
{
	struct scenario got;
	struct learn_facts facts;

	(void)state;
	begin();
	hand_log_item("deed", "a", "general", "");
	hand_log_item("seal", "a", "general", "");
	for (int day = 0; day < DAYS; day++) {
		open_day(day);
		for (int i = 0; i < 20; i++)
			hand_log_visit(i < 12 ? "tax" : "deed", "general", "", NINE + i * MIN, 0,
				       (i < 12 ? 2 : 4) * (i % 2 ? 4 : 1) * MIN);
		if (day < 2) {
			struct event *event = hand_log_add(EVENT_ONLINE_FILING, NINE + 200 * MIN);

			strcpy(event->u.online_filing.item, "seal");
			event->u.online_filing.filed = event->at.wall_ms;
		}
		close_day(day);
	}
	hand_log_write();
	assert_int_equal(learn(&got, &facts), 0);
	assert_int_equal(got.item_count, 3);
	expect((60 * 2 + 60 * 8 + 40 * 4 + 40 * 16) / 200., got.service.mean_min);
	expect(SHRINK, facts.shrink);
	expect(CV, got.service.cv);
	for (int i = 0; i < 3; i++)
		expect((double[]){FACTORS}[i], got.items[i].factor);
	expect(120, got.items[0].share);
	expect(2, got.items[2].share);
	assert_true(got.items[2].online && !got.items[0].online);
	expect(1, got.uptake);
	scenario_finish(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_references, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_no_references, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_implied_left_out, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_implied_taken, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_sent_on, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_not_sent_on, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_first_leg_unknown, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_cut_off, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_closing_hour, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_no_items, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_filers, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_skills, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_chances, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_items, log_make_folder, log_remove_folder),
	};

	return cmocka_run_group_tests_name("learning by hand", tests, NULL, NULL);
}
