/* Commands in states, and what comes of them, in the words of the tables. */
#include "tests/unit/core/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/world.h"

enum { TODAY = TABLE_TODAY, NOW = TABLE_NOW };

struct command table_command(enum command_type type, enum table_variant variant)
{
	struct command command = world_command(type, NOW);

	switch (type) {
	case COMMAND_START_DAEMON:
		strcpy(command.u.start_daemon.boot, "boot");
		strcpy(command.u.start_daemon.software, "onewindow");
		return command;
	case COMMAND_DEFINE_HALL:
		strcpy(command.u.define_hall.id, "hall");
		strcpy(command.u.define_hall.zh, "大厅");
		strcpy(command.u.define_hall.en, "Hall");
		strcpy(command.u.define_hall.zone, "Asia/Shanghai");
		command.u.define_hall.target_ms = 1;
		return command;
	case COMMAND_DEFINE_QUEUE: return world_queue(NOW, "general", "A", 1, 999);
	case COMMAND_DEFINE_WINDOW: return world_window(NOW, 1, "general");
	case COMMAND_DEFINE_ITEM: return world_item(NOW, "passport", "general");
	case COMMAND_OPEN_DAY:
		command.u.open_day.date = TODAY;
		if (variant == FAR)
			command.u.open_day.date = TODAY + 10000;
		command.u.open_day.operator_word = variant == WORD;
		return command;
	case COMMAND_ISSUE:
		command = world_issue(NOW, "", CLASS_ORDINARY);
		strcpy(command.u.issue.item, "passport");
		command.u.issue.print = true;
		if (variant == PAPER) {
			command.u.issue.origin = ORIGIN_PAPER;
			command.u.issue.paper_number = 1901;
		}
		return command;
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_PRINT_SETTLE:
	case COMMAND_REPRINT:
		command.u.print.job = command.u.print.ticket = variant == OTHER ? 99 : 1;
		command.u.print.outcome = variant == FAILED ? PRINT_FAILED : PRINT_PRINTED;
		strcpy(command.u.print.printer, "hall-1");
		return command;
	case COMMAND_PRINTER_CONDITIONS:
		strcpy(command.u.printer_conditions.printer, "hall-1");
		command.u.printer_conditions.conditions = 1 << CONDITION_PAPER_END;
		return command;
	case COMMAND_DEFINE_POLICY:
		command.u.define_policy.overtakes = 5;
		command.u.define_policy.age_ms = 1;
		return command;
	case COMMAND_DEFINE_CLERK:
		strcpy(command.u.define_clerk.clerk, "li");
		strcpy(command.u.define_clerk.zh, "李");
		strcpy(command.u.define_clerk.en, "Li");
		return command;
	case COMMAND_RESTORE_LOG:
		strcpy(command.u.restore_log.epoch, "00000000000000000000000000000001");
		strcpy(command.u.restore_log.before, "00000000000000000000000000000002");
		return command;
	case COMMAND_FILE_ONLINE:
		strcpy(command.u.file_online.item, variant == OTHER ? "nothing" : "passport");
		strcpy(command.u.file_online.case_ref, "案 1");
		command.u.file_online.filed = command.at.wall_ms - 1;
		return command;
	case COMMAND_FREEZE_BASELINE:
		command = world_freeze(NOW, "before", 20260101, TODAY, 1, 3);
		strcpy(command.u.freeze_baseline.frozen.control, "issue");
		return command;
	case COMMAND_STEP_CLOCK: command.u.step_clock.step_ms = -1000; return command;
	default: break;
	}
	if (type >= COMMAND_CALL_NEXT && type <= COMMAND_SIGN_OUT) {
		command.u.at_window.window = variant == NO_WINDOW    ? 0
					     : variant == BAD_WINDOW ? 9
								     : 1;
		strcpy(command.u.at_window.queue, type != COMMAND_TRANSFER ? ""
						  : variant == BACK	   ? "general"
									   : "issue");
		strcpy(command.u.at_window.clerk, type == COMMAND_SIGN_IN ? "li" : "");
		if (type == COMMAND_CALL_NUMBER)
			strcpy(command.u.at_window.number, variant == OTHER  ? "A099"
							   : variant == BACK ? "1"
									     : "A001");
		if (type == COMMAND_RESUME || variant == NO_WINDOW || variant == WINDOW_AND_TICKET)
			command.u.at_window.ticket = 1;
		if (variant == OTHER)
			command.u.at_window.ticket = 99;
	}
	return command;
}

/* Done: a capital for each event, "-" for none. */
static const struct {
	char letter;
	enum event_type type;
} letters[] = {
	{'I', EVENT_TICKET_ISSUED},	 {'C', EVENT_TICKET_CALLED},
	{'R', EVENT_TICKET_RECALLED},	 {'S', EVENT_SERVICE_STARTED},
	{'F', EVENT_SERVICE_FINISHED},	 {'N', EVENT_TICKET_NO_SHOW},
	{'P', EVENT_TICKET_PARKED},	 {'U', EVENT_TICKET_RESUMED},
	{'T', EVENT_TICKET_TRANSFERRED}, {'X', EVENT_TICKET_CANCELLED},
	{'Z', EVENT_WINDOW_PAUSED},	 {'O', EVENT_WINDOW_REOPENED},
	{'L', EVENT_CLERK_SIGNED_IN},	 {'G', EVENT_CLERK_SIGNED_OUT},
	{'Q', EVENT_PRINT_QUEUED},	 {'B', EVENT_PRINT_STARTED},
	{'E', EVENT_PRINT_ENDED},	 {'D', EVENT_DAY_OPENED},
	{'K', EVENT_DAY_CLOSED},	 {'A', EVENT_DAEMON_STARTED},
	{'H', EVENT_HALL_DEFINED},	 {'V', EVENT_QUEUE_DEFINED},
	{'W', EVENT_WINDOW_DEFINED},	 {'M', EVENT_ITEM_DEFINED},
	{'Y', EVENT_POLICY_DEFINED},	 {'J', EVENT_CLERK_DEFINED},
	{'h', EVENT_LOG_RESTORED},	 {'s', EVENT_CLOCK_STEP},
	{'c', EVENT_TICKET_CLOSED},	 {'w', EVENT_PRINT_SETTLED},
	{'p', EVENT_PRINTER_CONDITION},	 {'l', EVENT_HELP_ASKED},
	{'v', EVENT_HELP_OVER},		 {'r', EVENT_RATING_ASKED},
	{'o', EVENT_ONLINE_FILING},	 {'b', EVENT_BASELINE_FROZEN},
	{'t', EVENT_BASELINE_PART},
};

/* Refused: small letters. */
static const struct {
	const char *word;
	enum refusal refusal;
} words[] = {
	{"clo", REFUSAL_DAY_CLOSED},
	{"opn", REFUSAL_DAY_OPEN},
	{"ear", REFUSAL_DAY_EARLIER},
	{"qun", REFUSAL_QUEUE_UNKNOWN},
	{"qre", REFUSAL_QUEUE_RETIRED},
	{"ful", REFUSAL_QUEUE_FULL},
	{"iun", REFUSAL_ITEM_UNKNOWN},
	{"wun", REFUSAL_WINDOW_UNKNOWN},
	{"pau", REFUSAL_WINDOW_PAUSED},
	{"npa", REFUSAL_WINDOW_NOT_PAUSED},
	{"bus", REFUSAL_WINDOW_BUSY},
	{"idl", REFUSAL_WINDOW_IDLE},
	{"nob", REFUSAL_NOBODY_WAITING},
	{"nca", REFUSAL_NOT_CALLED},
	{"nse", REFUSAL_NOT_SERVING},
	{"tun", REFUSAL_TICKET_UNKNOWN},
	{"tst", REFUSAL_TICKET_STATE},
	{"sin", REFUSAL_CLERK_SIGNED_IN},
	{"nsi", REFUSAL_CLERK_NOT_SIGNED_IN},
	{"pst", REFUSAL_PRINT_STATE},
	{"far", REFUSAL_DAY_FAR},
	{"quo", REFUSAL_QUOTA_DAY},
	{"slo", REFUSAL_QUOTA_SLOT},
	{"clg", REFUSAL_CLOSING},
	{"ski", REFUSAL_SKILL},
	{"age", REFUSAL_AGEING},
	{"pap", REFUSAL_PAPER_NUMBER},
	{"inv", REFUSAL_INVALID},
	{"amb", REFUSAL_NUMBER_AMBIGUOUS},
	{"qnh", REFUSAL_QUEUE_NOT_HERE},
	{"hel", REFUSAL_HELP_ASKED},
	{"nhe", REFUSAL_HELP_NOT_ASKED},
	{"per", REFUSAL_PERIOD_OPEN},
};

/* In the words of the table. */
static void describe(int r, const struct decision *decision, char ret[16])
{
	size_t used = 0;

	snprintf(ret, 16, "?");
	for (size_t i = 0; r != 0 && i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].refusal == decision->refusal)
			snprintf(ret, 16, "%s", words[i].word);
	if (r != 0)
		return;
	for (size_t i = 0; i < decision->count && used < 8; i++)
		for (size_t k = 0; k < sizeof(letters) / sizeof(letters[0]); k++)
			if (letters[k].type == decision->events[i].type)
				ret[used++] = letters[k].letter;
	if (used == 0)
		ret[used++] = '-';
	ret[used] = '\0';
}

static int check_cell(const struct table_state *state, const struct table_row *row,
		      const char *wanted)
{
	struct command command = table_command(row->type, row->variant);
	static struct decision decision;
	char line[SCRIPT_LINE_MAX], got[16];
	struct hall *hall;
	uint64_t digest;
	int r, wrong;

	assert_int_equal(hall_create(&hall), 0);
	state->build(hall);
	assert_null(hall_check(hall));
	digest = hall_digest(hall);
	r = world_run(hall, &command, &decision);
	describe(r, &decision, got);
	wrong = strcmp(got, wanted) != 0 || hall_check(hall) != NULL ||
		(hall_digest(hall) == digest) != (r != 0 || decision.count == 0) ||
		(r != 0 && (r != -1 || decision.count != 0));
	if (wrong) {
		script_write(&command, line);
		print_error("%s\n  when %s: wanted %s, got %s (%s)\n", line, state->name, wanted,
			    got, decision.detail);
	}
	hall_destroy(hall);
	return wrong;
}

int table_check(const struct table_state *states, size_t state_count, const struct table_row *row)
{
	char cells[512], *rest = NULL;
	size_t column = 0;
	int wrong = 0;

	snprintf(cells, sizeof(cells), "%s", row->cells);
	for (char *cell = strtok_r(cells, " ", &rest); cell; cell = strtok_r(NULL, " ", &rest)) {
		assert_in_range(column, 0, state_count - 1);
		wrong += check_cell(&states[column++], row, cell);
	}
	assert_int_equal(column, state_count);
	return wrong;
}
