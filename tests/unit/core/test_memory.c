/* Each allocation of a hall's day fails in turn: the call says so, nothing has changed, and the
 * same call succeeds afterwards. And once its tables have room, a hall allocates nothing at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/generate.h"
#include "tests/unit/core/world.h"

/* The linker sends the core's allocations here (--wrap). */
static long allocations_left = -1; /* before one fails; -1 none does */
static long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool fails(void)
{
	allocations++;
	return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

static struct decision decision;

/* The command, with the allocation that many calls on failing once. Returns how often it failed. */
static int insist(struct hall *hall, const struct command *command)
{
	uint64_t digest = hall_digest(hall);
	int failures = 0;

	assert_int_equal(hall_decide(hall, command, &decision), 0);
	for (size_t i = 0; i < decision.count; i++) {
		struct event *event = &decision.events[i];
		int r = -ENOMEM;

		event->seq = hall_seq(hall) + 1;
		for (long n = 0; r != 0; n++) {
			allocations_left = n;
			r = hall_apply(hall, event);
			allocations_left = -1;
			if (r == 0)
				break;
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(hall_digest(hall), digest);
			assert_null(hall_check(hall));
			failures++;
			/* Growth that got half way is kept: the same allocation may come first. */
			if (failures > 100)
				fail();
		}
		digest = hall_digest(hall);
	}
	assert_null(hall_check(hall));
	return failures;
}

static void test_a_day_without_memory(void **state)
{
	char id[16], prefix[3] = "A";
	struct command command;
	struct hall *hall;
	int failures = 0;

	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	for (int i = 0; i < 20; i++, prefix[0]++) {
		snprintf(id, sizeof(id), "q%d", i);
		command = world_queue(1, id, prefix, 1, 999);
		failures += insist(hall, &command);
		command = world_window(1, i + 1, id);
		failures += insist(hall, &command);
		snprintf(id, sizeof(id), "item-%d", i);
		command = world_item(1, id, "q0");
		failures += insist(hall, &command);
	}
	for (int64_t date = 20260101; date <= 20260131; date++) {
		command = world_open(2, date);
		failures += insist(hall, &command);
		/* The close takes no memory at all. */
		command = world_command(COMMAND_CLOSE_DAY, 2);
		if (date != 20260131)
			assert_int_equal(insist(hall, &command), 0);
	}
	for (int64_t t = 10; t < 110; t++) {
		command = world_issue(t, "q0", CLASS_ORDINARY);
		command.u.issue.print = true;
		failures += insist(hall, &command);
	}
	for (int64_t t = 110; t < 130; t++) {
		command = world_at(t, COMMAND_CALL_NEXT, 1);
		assert_int_equal(insist(hall, &command), 0);
		command = world_at(t, COMMAND_START, 1);
		assert_int_equal(insist(hall, &command), 0);
	}
	assert_in_range(failures, 20, 100);
	failures = 0;
	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), "b%d", i);
		command = world_freeze(140, id, 20260101, 20260130, 30, i);
		failures += insist(hall, &command);
	}
	assert_int_equal(failures, 2);
	hall_destroy(hall);
}

static void test_a_copy_without_memory(void **state)
{
	struct hall *hall, *copy = NULL;
	uint64_t digest;
	int failures = 0, r = -ENOMEM;

	(void)state;
	allocations_left = 0;
	assert_int_equal(hall_create(&copy), -ENOMEM);
	allocations_left = -1;
	assert_null(copy);
	assert_int_equal(hall_create(&hall), 0);
	assert_int_equal(hall_create(&copy), 0);
	world_do(copy, world_queue(1, "old", "O", 1, 9));
	world_do(hall, world_queue(1, "q", "Q", 1, 9));
	world_do(hall, world_item(1, "i", "q"));
	world_do(hall, world_window(1, 1, "q"));
	world_do(hall, world_open(2, 20260105));
	world_do(hall, world_issue(3, "q", CLASS_ORDINARY));
	digest = hall_digest(copy);
	for (long n = 0; r != 0; n++) {
		allocations_left = n;
		r = hall_copy(copy, hall);
		allocations_left = -1;
		if (r == 0)
			break;
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(hall_digest(copy), digest);
		failures++;
	}
	/* queues, windows, items, tickets, nodes, days and three indexes; no jobs yet */
	assert_int_equal(failures, 9);
	assert_true(hall_equal(copy, hall));
	hall_destroy(hall);
	world_do(copy, world_issue(4, "q", CLASS_ORDINARY));
	assert_null(hall_check(copy));
	/* Onto itself, and an empty one onto a full one. */
	assert_int_equal(hall_copy(copy, copy), 0);
	assert_null(hall_check(copy));
	assert_int_equal(hall_create(&hall), 0);
	assert_int_equal(hall_copy(copy, hall), 0);
	assert_true(hall_equal(copy, hall));
	assert_null(hall_find_number(copy, "Q001"));
	hall_destroy(hall);
	hall_destroy(copy);
	hall_destroy(NULL);
}

enum { ROOM_TICKETS = 600, ROOM_DAYS = 40, ROOM_BASELINES = 66, SEEDS = 10, COMMANDS = 4000 };

/* A hall that has seen larger days than those to come, and everything that can be defined. */
static struct hall *roomy_hall(void)
{
	static const char *const clerks[] = {"li", "wang", "zhao.m"};
	static const char *const names[] = {"general", "issue", "trouble", "guide"};
	static const char *const prefixes[] = {"A", "B", "C", "AB"};
	static const char *const items[] = {"passport", "tax", "marriage"};
	struct command command;
	struct hall *hall;
	char name[16];

	assert_int_equal(hall_create(&hall), 0);
	world_do(hall, world_queue(1, "room", "R", 1, 999));
	for (int i = 0; i < 4; i++) {
		world_do(hall, world_queue(1, names[i], prefixes[i], 1, 999));
		world_do(hall, world_window(1, i + 1, names[i]));
	}
	for (int i = 0; i < 3; i++) {
		world_do(hall, world_item(1, items[i], "general"));
		command = world_command(COMMAND_DEFINE_CLERK, 1);
		strcpy(command.u.define_clerk.clerk, clerks[i]);
		strcpy(command.u.define_clerk.zh, clerks[i]);
		strcpy(command.u.define_clerk.en, clerks[i]);
		world_do(hall, command);
	}
	command = world_command(COMMAND_PRINTER_CONDITIONS, 1);
	strcpy(command.u.printer_conditions.printer, "hall-1");
	command.u.printer_conditions.conditions = 1;
	world_do(hall, command);
	for (int i = 0; i < ROOM_DAYS; i++) {
		world_do(hall, world_open(2, (i < 30 ? 20251101 : 20251201 - 30) + i));
		for (int k = 0; i == 0 && k < ROOM_TICKETS; k++) {
			command = world_issue(10 + k, "room", CLASS_ORDINARY);
			command.u.issue.print = true;
			world_do(hall, command);
		}
		world_do(hall, world_command(COMMAND_CLOSE_DAY, 1000));
	}
	for (int i = 0; i < ROOM_BASELINES; i++) {
		snprintf(name, sizeof(name), "room-%d", i);
		world_do(hall, world_freeze(1000, name, 20251101, 20251105, 5, 0));
	}
	return hall;
}

static void test_room_is_enough(void **state)
{
	size_t done = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct hall *hall = roomy_hall();
		struct generator generator;
		struct command command;

		generator_init(&generator, seed);
		for (int i = 0; i < COMMANDS; i++) {
			int r;

			generate(&generator, hall, &command);
			allocations = 0;
			r = world_run(hall, &command, &decision);
			assert_true(r == 0 || r == -EPERM);
			if (allocations)
				fail_msg("seed %d: %ld allocations by command %d", (int)seed,
					 allocations, (int)command.type);
			done += decision.count;
		}
		assert_true(hall_ticket_count(hall) < ROOM_TICKETS);
		hall_destroy(hall);
	}
	print_message("%zu events without an allocation\n", done);
	assert_true(done > 1000 * SEEDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_day_without_memory),
		cmocka_unit_test(test_a_copy_without_memory),
		cmocka_unit_test(test_room_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
