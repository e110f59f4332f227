/* A state saved and loaded is the same state; what is no saved state is refused and changes
 * nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/state.h"
#include "tests/unit/core/world.h"

/* A hall in the middle of its second day: people wait in all classes, are called, served, parked
 * and set aside, papers are queued, windows are paused and signed in at. */
static struct hall *busy(void)
{
	struct command command;
	struct hall *hall;
	int64_t t = 1;

	assert_int_equal(hall_create(&hall), 0);
	command = world_command(COMMAND_START_DAEMON, t);
	strcpy(command.u.start_daemon.boot, "0f6ce0a4-7b0b-4a3b-8f34-5d6d1a1f6a10");
	strcpy(command.u.start_daemon.software, "onewindow");
	world_do(hall, command);
	command = world_queue(t, "general", "A", 1, 40);
	strcpy(command.u.define_queue.spare, "X");
	command.u.define_queue.paper_first = 900;
	command.u.define_queue.paper_last = 950;
	world_do(hall, command);
	world_do(hall, world_queue(t, "issue", "B", 1, 999));
	for (int64_t window = 1; window <= 8; window++)
		world_do(hall, world_window(t, window, window % 2 ? "general,issue" : "issue"));
	world_do(hall, world_item(t, "passport", "general"));
	world_do(hall, world_item(t, "permit", "issue"));
	world_do(hall, world_open(++t, 20260105));
	for (int i = 0; i < 9; i++)
		world_do(hall, world_issue(++t, "general", CLASS_ORDINARY));
	world_do(hall, world_command(COMMAND_CLOSE_DAY, ++t));
	world_do(hall, world_open(++t, 20260106));
	for (int i = 0; i < 60; i++) {
		command = world_issue(++t, i % 3 ? "general" : "issue",
				      i % 7 == 5 ? CLASS_PRIORITY : CLASS_ORDINARY);
		command.u.issue.print = i % 2;
		command.u.issue.large = i % 4 == 1;
		world_do(hall, command);
	}
	command = world_command(COMMAND_PRINT_START, ++t);
	strcpy(command.u.print.printer, "hall-1");
	command.u.print.job = 1;
	world_do(hall, command);
	command.type = COMMAND_PRINT_END;
	command.u.print.outcome = PRINT_UNKNOWN;
	world_do(hall, command);
	command = world_command(COMMAND_PRINTER_CONDITIONS, ++t);
	strcpy(command.u.printer_conditions.printer, "hall-1");
	command.u.printer_conditions.conditions = 0x41;
	world_do(hall, command);
	for (int64_t window = 1; window <= 7; window++)
		world_do(hall, world_at(++t, COMMAND_CALL_NEXT, window));
	world_do(hall, world_at(++t, COMMAND_START, 1));
	world_do(hall, world_at(++t, COMMAND_START, 2));
	world_do(hall, world_at(++t, COMMAND_FINISH, 2));
	world_do(hall, world_at(++t, COMMAND_NO_SHOW, 3));
	world_do(hall, world_at(++t, COMMAND_START, 4));
	world_do(hall, world_at(++t, COMMAND_PARK, 4));
	world_do(hall, world_at(++t, COMMAND_PAUSE, 8));
	world_do(hall, world_at(++t, COMMAND_HELP, 8));
	return hall;
}

static void test_what_is_loaded_is_what_was_saved(void **state)
{
	struct hall *hall = busy(), *loaded;
	struct decision one, other;
	struct command command;
	uint8_t *bytes, *again;
	size_t size, size_again;

	(void)state;
	assert_int_equal(hall_create(&loaded), 0);
	assert_int_equal(hall_save(hall, &bytes, &size), 0);
	assert_int_equal(hall_load(loaded, bytes, size), 0);
	assert_true(hall_equal(hall, loaded));
	assert_int_equal(hall_digest(hall), hall_digest(loaded));
	assert_null(hall_check(loaded));
	assert_int_equal(hall_first_queued_job(loaded), 1);
	assert_int_equal(hall_save(loaded, &again, &size_again), 0);
	assert_int_equal(size, size_again);
	assert_memory_equal(bytes, again, size);
	/* and goes on alike, the look-ups by text included */
	for (int64_t window = 1; window <= 7; window++) {
		command = world_at(1000 + window, COMMAND_CALL_NEXT, window);
		assert_int_equal(world_run(hall, &command, &one),
				 world_run(loaded, &command, &other));
		assert_true(hall_equal(hall, loaded));
	}
	for (size_t i = 0; i < hall_ticket_count(hall); i++) {
		const struct ticket *ticket = hall_find_token(loaded, hall_ticket(hall, i)->token);

		assert_non_null(ticket);
		assert_int_equal(ticket->id, hall_ticket(hall, i)->id);
	}
	assert_non_null(hall_find_item(loaded, "permit"));
	world_do(loaded, world_issue(2000, "general", CLASS_ORDINARY));
	free(bytes);
	free(again);
	hall_destroy(hall);
	hall_destroy(loaded);
}

/* The first day is open: the room for its mark comes with the state. */
static void test_the_first_day_can_be_closed(void **state)
{
	struct hall *hall, *loaded;
	uint8_t *bytes;
	size_t size;

	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	assert_int_equal(hall_create(&loaded), 0);
	world_do(hall, world_queue(1, "general", "A", 1, 40));
	world_do(hall, world_open(2, 20260105));
	assert_int_equal(hall_save(hall, &bytes, &size), 0);
	assert_int_equal(hall_load(loaded, bytes, size), 0);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 3));
	world_do(loaded, world_command(COMMAND_CLOSE_DAY, 3));
	assert_true(hall_equal(hall, loaded));
	free(bytes);
	hall_destroy(hall);
	hall_destroy(loaded);
}

static void test_an_empty_hall(void **state)
{
	struct hall *hall, *loaded = busy();
	uint8_t *bytes;
	size_t size;

	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	assert_int_equal(hall_save(hall, &bytes, &size), 0);
	assert_int_equal(hall_load(loaded, bytes, size), 0);
	assert_true(hall_equal(hall, loaded));
	free(bytes);
	hall_destroy(hall);
	hall_destroy(loaded);
}

/* Cut off anywhere, with a byte too much, with any byte changed: refused, or a hall that holds
 * together (a name's letter may be another). In memory of just that size, for the sanitizer. */
static void test_damaged(void **state)
{
	struct hall *hall = busy(), *loaded, *kept;
	size_t size, refused = 0;
	uint8_t *bytes;

	(void)state;
	assert_int_equal(hall_create(&loaded), 0);
	assert_int_equal(hall_create(&kept), 0);
	assert_int_equal(hall_save(hall, &bytes, &size), 0);
	for (size_t len = 0; len < size; len++) {
		uint8_t *part = malloc(len ? len : 1);

		memcpy(part, bytes, len);
		assert_int_equal(hall_load(loaded, part, len), -EBADMSG);
		free(part);
	}
	assert_true(hall_equal(loaded, kept));
	bytes = realloc(bytes, size + 1);
	bytes[size] = 0;
	assert_int_equal(hall_load(loaded, bytes, size + 1), -EBADMSG);
	assert_true(hall_equal(loaded, kept));
	for (size_t at = 0; at < size; at++) {
		/* two bits of each byte, by turns */
		for (size_t bit = at % 4; bit < 8; bit += 4) {
			int r;

			bytes[at] ^= (uint8_t)(1 << bit);
			r = hall_load(loaded, bytes, size);
			bytes[at] ^= (uint8_t)(1 << bit);
			if (r == 0)
				assert_null(hall_check(loaded));
			else
				assert_int_equal(r, -EBADMSG);
			refused += r != 0;
		}
	}
	assert_true(refused > size / 2);
	free(bytes);
	hall_destroy(hall);
	hall_destroy(loaded);
	hall_destroy(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_loaded_is_what_was_saved),
		cmocka_unit_test(test_the_first_day_can_be_closed),
		cmocka_unit_test(test_an_empty_hall),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
