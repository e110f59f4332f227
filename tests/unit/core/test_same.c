/* Equal halls and their digest: every field counts, padding and spare room never do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/state.h"
#include "tests/unit/core/world.h"

static struct hall *make(void)
{
	struct command command = world_issue(10, "general", CLASS_ORDINARY);
	struct hall *hall;

	assert_int_equal(hall_create(&hall), 0);
	world_do(hall, world_queue(1, "general", "A", 1, 999));
	world_do(hall, world_window(1, 1, "general"));
	world_do(hall, world_item(1, "passport", "general"));
	world_do(hall, world_open(2, 20260105));
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 3));
	world_do(hall, world_freeze(3, "before", 20260105, 20260105, 1, 2));
	world_do(hall, world_open(4, 20260106));
	command.u.issue.print = true;
	world_do(hall, command);
	command = world_command(COMMAND_PRINTER_CONDITIONS, 11);
	strcpy(command.u.printer_conditions.printer, "hall-1");
	command.u.printer_conditions.conditions = 1;
	world_do(hall, command);
	return hall;
}

/* Every field that is no text of a definition, and one text of each record. */
#define FIELDS(F)                                                                                  \
	F(seq)                                                                                     \
	F(definition.id[0])                                                                        \
	F(definition.target_ms)                                                                    \
	F(boot[0])                                                                                 \
	F(epoch[0])                                                                                \
	F(started_seq)                                                                             \
	F(restored_seq)                                                                            \
	F(boots)                                                                                   \
	F(mono_ms)                                                                                 \
	F(wall_ms)                                                                                 \
	F(policy.overtakes)                                                                        \
	F(policy.service_ms)                                                                       \
	F(paper_floor)                                                                             \
	F(aside)                                                                                   \
	F(queues[0].queue.def.paper_last)                                                          \
	F(queues[0].queue.def.kind)                                                                \
	F(baselines[0].name[0])                                                                    \
	F(baselines[0].seq)                                                                        \
	F(baselines[0].parts)                                                                      \
	F(baselines[0].told)                                                                       \
	F(queues[0].queue.next_spare)                                                              \
	F(items[0].def.slot_quota)                                                                 \
	F(tickets[0].leg_boot)                                                                     \
	F(tickets[0].called_boot)                                                                  \
	F(tickets[0].waited_ms)                                                                    \
	F(tickets[0].aside_ms)                                                                     \
	F(tickets[0].since_ms)                                                                     \
	F(tickets[0].slot_from)                                                                    \
	F(tickets[0].slot_to)                                                                      \
	F(tickets[0].overtaken)                                                                    \
	F(days[0].paper)                                                                           \
	F(clock_ms)                                                                                \
	F(stepped_ms)                                                                              \
	F(day)                                                                                     \
	F(last_day)                                                                                \
	F(day_counter)                                                                             \
	F(floor)                                                                                   \
	F(paper_floor)                                                                             \
	F(lowest_before)                                                                           \
	F(paper_before)                                                                            \
	F(last_ticket)                                                                             \
	F(last_job)                                                                                \
	F(started_jobs)                                                                            \
	F(queues[0].queue.def.queue[0])                                                            \
	F(queues[0].queue.def.last)                                                                \
	F(queues[0].queue.next_number)                                                             \
	F(queues[0].queue.waiting[0])                                                              \
	F(queues[0].queue.waiting[2])                                                              \
	F(queues[0].lines[0].first)                                                                \
	F(queues[0].lines[1].last)                                                                 \
	F(windows[0].def.zh[0])                                                                    \
	F(windows[0].queues[0])                                                                    \
	F(windows[0].queue_count)                                                                  \
	F(windows[0].clerk[0])                                                                     \
	F(windows[0].ticket)                                                                       \
	F(windows[0].last_ticket)                                                                  \
	F(items[0].def.department[0])                                                              \
	F(tickets[0].id)                                                                           \
	F(tickets[0].number[0])                                                                    \
	F(tickets[0].token[31])                                                                    \
	F(tickets[0].state)                                                                        \
	F(tickets[0].queue)                                                                        \
	F(tickets[0].item)                                                                         \
	F(tickets[0].class)                                                                        \
	F(tickets[0].window)                                                                       \
	F(tickets[0].leg)                                                                          \
	F(tickets[0].calls)                                                                        \
	F(tickets[0].issued_wall_ms)                                                               \
	F(tickets[0].arrival_ms)                                                                   \
	F(tickets[0].leg_start_ms)                                                                 \
	F(tickets[0].called_ms)                                                                    \
	F(tickets[0].order)                                                                        \
	F(tickets[0].boot)                                                                         \
	F(tickets[0].expect_ms)                                                                    \
	F(tickets[0].expect_low_ms)                                                                \
	F(tickets[0].expect_high_ms)                                                               \
	F(tickets[0].job)                                                                          \
	F(nodes[0].next)                                                                           \
	F(nodes[0].previous)                                                                       \
	F(jobs[0].id)                                                                              \
	F(jobs[0].ticket)                                                                          \
	F(jobs[0].copy)                                                                            \
	F(jobs[0].state)                                                                           \
	F(jobs[0].outcome)                                                                         \
	F(jobs[0].printer[0])                                                                      \
	F(jobs[0].tries)                                                                           \
	F(jobs[0].cause)                                                                           \
	F(jobs[0].wanted[0])                                                                       \
	F(jobs[0].by[0])                                                                           \
	F(jobs[0].detail[0])                                                                       \
	F(jobs[0].wall_ms)                                                                         \
	F(jobs[0].waited_ms)                                                                       \
	F(jobs[0].since_ms)                                                                        \
	F(printers[0].id[0])                                                                       \
	F(printers[0].conditions)                                                                  \
	F(printers[0].since_ms[0])                                                                 \
	F(printers[0].since_ms[6])                                                                 \
	F(policy.print_ms)                                                                         \
	F(queues[0].queue.held.n)                                                                  \
	F(queues[0].queue.held.sum_ms)                                                             \
	F(queues[0].queue.held.squares)                                                            \
	F(queues[0].queue.held_plain.n)                                                            \
	F(queues[0].queue.held_plain.sum_ms)                                                       \
	F(queues[0].queue.held_plain.squares)                                                      \
	F(policy.expect_service_ms)                                                                \
	F(days[0].date)                                                                            \
	F(days[0].lowest)                                                                          \
	F(days[0].highest)                                                                         \
	F(days[0].paper_lowest)                                                                    \
	F(days[0].paper)

static void assert_differs(const struct hall *hall, const struct hall *other, const char *field)
{
	if (hall_equal(hall, other) || hall_equal(other, hall) ||
	    hall_digest(hall) == hall_digest(other))
		fail_msg("%s does not count", field);
}

static void test_every_field_counts(void **state)
{
	struct hall *hall = make(), *other = make();

	(void)state;
	assert_true(hall_equal(hall, other));
	assert_int_equal(hall_digest(hall), hall_digest(other));
#define TRY(field)                                                                                 \
	other->field++;                                                                            \
	assert_differs(hall, other, #field);                                                       \
	other->field--;
	FIELDS(TRY)
	other->windows[0].paused = true;
	assert_differs(hall, other, "paused");
	other->windows[0].paused = false;
	other->windows[0].help = true;
	assert_differs(hall, other, "help");
	other->windows[0].help = false;
	other->jobs[0].word = other->jobs[0].settled = true;
	assert_differs(hall, other, "word, settled");
	other->jobs[0].word = other->jobs[0].settled = false;
	other->jobs[0].large = true;
	assert_differs(hall, other, "large");
	other->jobs[0].large = false;
	other->policy.expect = true;
	assert_differs(hall, other, "expect");
	other->policy.expect = false;
	other->tickets[0].expect_busy = true;
	assert_differs(hall, other, "expect_busy");
	other->tickets[0].expect_busy = false;
	other->mark_count = 0;
	assert_differs(hall, other, "days");
	other->mark_count = 1;
	assert_true(hall_equal(hall, other));
	hall_destroy(hall);
	hall_destroy(other);
}

/* Padding, the room behind the last row, and the size of an index. */
static void test_what_does_not_count(void **state)
{
	struct hall *hall = make(), *other = make();
	struct ticket *ticket = &other->tickets[0];

	(void)state;
	memset((char *)&ticket->token[CORE_TOKEN_SIZE], 0x5a,
	       offsetof(struct ticket, state) - offsetof(struct ticket, token) - CORE_TOKEN_SIZE);
	memset(&other->tickets[1], 0x5a, sizeof(*ticket));
	memset(&other->queues[1], 0x5a, sizeof(other->queues[0]));
	assert_int_equal(index_reserve(other, INDEX_TOKEN, 1000), 0);
	assert_true(hall_equal(hall, other));
	assert_int_equal(hall_digest(hall), hall_digest(other));
	assert_null(hall_check(other));
	hall_destroy(hall);
	hall_destroy(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_counts),
		cmocka_unit_test(test_what_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
