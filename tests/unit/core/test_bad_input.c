/* Each field of each command spoiled, in each state of the table: a text without an end, bytes that
 * are no text, numbers out of all ranges. The command is refused and nothing has changed, or it
 * does not look at that field and is decided as without it. Sanitizers watch what is read and
 * added. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/table.h"
#include "tests/unit/core/world.h"

static struct decision decision, without;
static size_t refused, ignored, done;

static void complain(const struct table_state *state, const struct command *command, size_t field,
		     enum script_spoil how, const char *what)
{
	fail_msg("%s: command %d, field %s, way %d: %s (%s)", state->name, (int)command->type,
		 script_field(command, field), (int)how, what, decision.detail);
}

static bool same_events(void)
{
	return decision.count == without.count &&
	       !memcmp(decision.events, without.events, decision.count * sizeof(struct event));
}

static void spoil(const struct table_state *state, const struct command *plain, size_t field,
		  enum script_spoil how)
{
	struct command command = *plain;
	struct hall *hall;
	uint64_t digest;
	int r;

	if (script_spoil(&command, field, how) == 0)
		return;
	assert_int_equal(hall_create(&hall), 0);
	state->build(hall);
	digest = hall_digest(hall);
	(void)!hall_decide(hall, plain, &without);
	r = hall_decide(hall, &command, &decision);
	if (hall_digest(hall) != digest)
		complain(state, plain, field, how, "a decision changed the hall");
	if (r != 0 && (r != -EPERM || decision.refusal == REFUSAL_NONE || decision.count))
		complain(state, plain, field, how, "refused without a reason, or with events");
	refused += r != 0;
	ignored += r == 0 && same_events();
	done += r == 0 && !same_events();
	if (r == 0 && how <= SPOIL_CONTROL && !same_events())
		complain(state, plain, field, how, "a spoiled text was taken");
	if (how <= SPOIL_CONTROL && !strcmp(script_field(plain, field), "by") &&
	    decision.refusal != REFUSAL_INVALID)
		complain(state, plain, field, how, "a spoiled asker was taken");
	for (size_t i = 0; r == 0 && i < decision.count; i++) {
		decision.events[i].seq = hall_seq(hall) + 1;
		r = hall_apply(hall, &decision.events[i]);
		if (r != 0)
			complain(state, plain, field, how, "the hall does not take its decision");
	}
	if (hall_check(hall))
		complain(state, plain, field, how, hall_check(hall));
	/* And life goes on from there. */
	(void)!hall_decide(hall, plain, &without);
	hall_destroy(hall);
}

static void test_every_field(void **state)
{
	(void)state;
	for (int type = COMMAND_START_DAEMON; type < COMMAND_TYPE_END; type++) {
		struct command plain = table_command((enum command_type)type, PLAIN);

		for (size_t i = 0; i < TABLE_STATES; i++)
			for (size_t field = 0; script_field(&plain, field); field++)
				for (int how = 0; how < SPOIL_COUNT; how++)
					spoil(&table_states[i], &plain, field,
					      (enum script_spoil)how);
	}
	print_message("%zu refused, %zu ignored, %zu done\n", refused, ignored, done);
	assert_true(refused > 1000 && ignored > 1000 && done > 100);
}

/* No such command, and moments that are none. */
static void test_no_command(void **state)
{
	static const int types[] = {0, -1, COMMAND_TYPE_END, 1000};

	(void)state;
	for (size_t i = 0; i < TABLE_STATES; i++) {
		struct command command = world_command(COMMAND_EXPIRE, TABLE_NOW);
		struct hall *hall;
		uint64_t digest;

		assert_int_equal(hall_create(&hall), 0);
		table_states[i].build(hall);
		digest = hall_digest(hall);
		for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
			command.type = (enum command_type)types[k];
			assert_int_equal(hall_decide(hall, &command, &decision), -EPERM);
			assert_int_equal(decision.refusal, REFUSAL_INVALID);
		}
		command.type = COMMAND_EXPIRE;
		command.at.offset_min = 1441;
		assert_int_equal(hall_decide(hall, &command, &decision), -EPERM);
		command.at.offset_min = INT32_MIN;
		assert_int_equal(hall_decide(hall, &command, &decision), -EPERM);
		assert_int_equal(hall_digest(hall), digest);
		hall_destroy(hall);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_no_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
