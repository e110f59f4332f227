/* Every command in every state that matters to it: what it leads to, or why it is refused. The
 * table is written from the rules of the line, one row a command, one column a state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/world.h"

enum { TODAY = 20260105, NOW = 100000 };

/* ---- the states: ticket 1 in queue general, window 1 serves general ------------------------ */

static void define(struct hall *hall)
{
	struct command policy = world_command(COMMAND_DEFINE_POLICY, 1);

	world_do(hall, world_queue(1, "general", "A", 1, 999));
	world_do(hall, world_queue(1, "issue", "B", 1, 999));
	world_do(hall, world_item(1, "passport", "general"));
	world_do(hall, world_window(1, 1, "general"));
	world_do(hall, world_window(1, 2, "issue"));
	/* Who does not show is set aside for a second; the commands come later. */
	policy.u.define_policy.overtakes = -1;
	policy.u.define_policy.aside_ms = 1000;
	world_do(hall, policy);
}

static void opened(struct hall *hall)
{
	define(hall);
	world_do(hall, world_open(2, TODAY));
}

static void waiting(struct hall *hall)
{
	opened(hall);
	world_do(hall, world_issue(3, "general", CLASS_ORDINARY));
}

static void called(struct hall *hall)
{
	waiting(hall);
	world_do(hall, world_at(4, COMMAND_CALL_NEXT, 1));
}

static void called_more(struct hall *hall)
{
	called(hall);
	world_do(hall, world_issue(5, "general", CLASS_ORDINARY));
}

static void serving(struct hall *hall)
{
	called(hall);
	world_do(hall, world_at(5, COMMAND_START, 1));
}

static void serving_more(struct hall *hall)
{
	serving(hall);
	world_do(hall, world_issue(6, "general", CLASS_ORDINARY));
}

static void after(struct hall *hall, enum command_type type)
{
	if (type == COMMAND_FINISH)
		serving(hall);
	else
		called(hall);
	world_do(hall, world_at(6, type, 1));
}

static void parked(struct hall *hall)
{
	after(hall, COMMAND_PARK);
}

static void no_show(struct hall *hall)
{
	after(hall, COMMAND_NO_SHOW);
}

static void finished(struct hall *hall)
{
	after(hall, COMMAND_FINISH);
}

static void cancelled(struct hall *hall)
{
	after(hall, COMMAND_CANCEL);
}

static void paused(struct hall *hall)
{
	parked(hall);
	world_do(hall, world_issue(7, "general", CLASS_ORDINARY));
	world_do(hall, world_at(7, COMMAND_PAUSE, 1));
}

static void serving_paused(struct hall *hall)
{
	serving(hall);
	world_do(hall, world_at(7, COMMAND_PAUSE, 1));
}

static void signed_in(struct hall *hall)
{
	struct command command = world_at(4, COMMAND_SIGN_IN, 1);

	waiting(hall);
	strcpy(command.u.at_window.clerk, "li");
	world_do(hall, command);
}

static void elsewhere(struct hall *hall)
{
	struct command command = world_at(4, COMMAND_SIGN_IN, 2);

	waiting(hall);
	strcpy(command.u.at_window.clerk, "li");
	world_do(hall, command);
}

static void queue_retired(struct hall *hall)
{
	struct command command = world_queue(4, "general", "A", 1, 999);

	waiting(hall);
	command.u.define_queue.retired = true;
	world_do(hall, command);
}

static void window_retired(struct hall *hall)
{
	struct command command = world_window(4, 1, "general");

	waiting(hall);
	command.u.define_window.retired = true;
	world_do(hall, command);
}

static void full(struct hall *hall)
{
	waiting(hall);
	world_do(hall, world_queue(4, "general", "A", 1, 1));
}

static void queued(struct hall *hall)
{
	struct command command = world_issue(3, "general", CLASS_ORDINARY);

	opened(hall);
	command.u.issue.print = true;
	world_do(hall, command);
}

static void print(struct hall *hall, enum command_type type)
{
	struct command command = world_command(type, 4);

	command.u.print.job = 1;
	strcpy(command.u.print.printer, "hall-1");
	world_do(hall, command);
}

static void printing(struct hall *hall)
{
	queued(hall);
	print(hall, COMMAND_PRINT_START);
}

static void printed(struct hall *hall)
{
	printing(hall);
	print(hall, COMMAND_PRINT_END);
}

static void closed(struct hall *hall)
{
	serving_more(hall);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 8));
}

static void closed_printing(struct hall *hall)
{
	printing(hall);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 8));
}

static void empty(struct hall *hall)
{
	(void)hall;
}

static const struct {
	const char *name;
	void (*build)(struct hall *hall);
} states[] = {
	{"empty", empty},
	{"defined", define},
	{"opened", opened},
	{"waiting", waiting},
	{"called", called},
	{"called, one waits", called_more},
	{"serving", serving},
	{"serving, one waits", serving_more},
	{"parked", parked},
	{"no-show", no_show},
	{"finished", finished},
	{"cancelled", cancelled},
	{"paused, one waits", paused},
	{"serving, paused", serving_paused},
	{"signed in, waiting", signed_in},
	{"li is at window 2", elsewhere},
	{"queue retired", queue_retired},
	{"window retired", window_retired},
	{"numbers used up", full},
	{"print queued", queued},
	{"printing", printing},
	{"printed", printed},
	{"closed", closed},
	{"closed in mid-print", closed_printing},
};

enum { STATES = sizeof(states) / sizeof(states[0]) };

/* ---- the commands ------------------------------------------------------------------------- */

enum variant { PLAIN, NO_WINDOW, BAD_WINDOW, WINDOW_AND_TICKET, WORD, FAILED };

static struct command make(enum command_type type, enum variant variant)
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
		command.u.open_day.operator_word = variant == WORD;
		return command;
	case COMMAND_ISSUE:
		command = world_issue(NOW, "", CLASS_ORDINARY);
		strcpy(command.u.issue.item, "passport");
		command.u.issue.print = true;
		return command;
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_REPRINT:
		command.u.print.job = command.u.print.ticket = 1;
		command.u.print.outcome = variant == FAILED ? PRINT_FAILED : PRINT_PRINTED;
		strcpy(command.u.print.printer, "hall-1");
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
	case COMMAND_STEP_CLOCK: command.u.step_clock.step_ms = -1000; return command;
	default: break;
	}
	if (type >= COMMAND_CALL_NEXT && type <= COMMAND_SIGN_OUT) {
		command.u.at_window.window = variant == NO_WINDOW    ? 0
					     : variant == BAD_WINDOW ? 9
								     : 1;
		strcpy(command.u.at_window.queue, type == COMMAND_TRANSFER ? "issue" : "");
		strcpy(command.u.at_window.clerk, type == COMMAND_SIGN_IN ? "li" : "");
		if (type == COMMAND_RESUME || variant == NO_WINDOW || variant == WINDOW_AND_TICKET)
			command.u.at_window.ticket = 1;
	}
	return command;
}

/* ---- what is expected ---------------------------------------------------------------------- */

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
	{'c', EVENT_TICKET_CLOSED},
};

/* Refused: small letters. */
static const struct {
	const char *word;
	enum refusal refusal;
} words[] = {
	{"clo", REFUSAL_DAY_CLOSED},	      {"opn", REFUSAL_DAY_OPEN},
	{"ear", REFUSAL_DAY_EARLIER},	      {"qun", REFUSAL_QUEUE_UNKNOWN},
	{"qre", REFUSAL_QUEUE_RETIRED},	      {"ful", REFUSAL_QUEUE_FULL},
	{"iun", REFUSAL_ITEM_UNKNOWN},	      {"wun", REFUSAL_WINDOW_UNKNOWN},
	{"pau", REFUSAL_WINDOW_PAUSED},	      {"npa", REFUSAL_WINDOW_NOT_PAUSED},
	{"bus", REFUSAL_WINDOW_BUSY},	      {"idl", REFUSAL_WINDOW_IDLE},
	{"nob", REFUSAL_NOBODY_WAITING},      {"nca", REFUSAL_NOT_CALLED},
	{"nse", REFUSAL_NOT_SERVING},	      {"tun", REFUSAL_TICKET_UNKNOWN},
	{"tst", REFUSAL_TICKET_STATE},	      {"sin", REFUSAL_CLERK_SIGNED_IN},
	{"nsi", REFUSAL_CLERK_NOT_SIGNED_IN}, {"pst", REFUSAL_PRINT_STATE},
};

/* clang-format off */
static const struct {
	enum command_type type;
	enum variant variant;
	const char *cells;
} rows[] = {
/*                                   empty def opn wai cal ca+ ser se+ par nos fin can pa+ spa sgn els qre wre ful pqu pri ptd clo cmp */
{COMMAND_START_DAEMON,  PLAIN,      "A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   AE  A   A   AE"},
{COMMAND_DEFINE_HALL,   PLAIN,      "H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H"},
{COMMAND_DEFINE_QUEUE,  PLAIN,      "V   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   V   -   V   -   -   -   -   -"},
{COMMAND_DEFINE_WINDOW, PLAIN,      "qun -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   W   -   -   -   -   -   -"},
{COMMAND_DEFINE_ITEM,   PLAIN,      "qun -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -"},
{COMMAND_OPEN_DAY,      PLAIN,      "D   D   opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn ear ear"},
{COMMAND_OPEN_DAY,      WORD,       "D   D   opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn D   D"},
{COMMAND_CLOSE_DAY,     PLAIN,      "clo clo K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   clo clo"},
{COMMAND_ISSUE,         PLAIN,      "clo clo IQ  IQ  IQ  IQ  IQ  IQ  IQ  IQ  IQ  IQ  IQ  IQ  IQ  IQ  qre IQ  ful IQ  IQ  IQ  clo clo"},
{COMMAND_CALL_NEXT,     PLAIN,      "wun clo nob C   bus bus nob FC  nob nob nob nob pau pau C   C   C   wun C   C   C   C   clo clo"},
{COMMAND_CALL_NEXT,     NO_WINDOW,  "wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun"},
{COMMAND_CALL_NEXT,     BAD_WINDOW, "wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun"},
{COMMAND_RECALL,        PLAIN,      "wun clo idl idl R   R   nca nca idl idl idl idl idl nca idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_START,         PLAIN,      "wun clo idl idl S   S   nca nca idl idl idl idl idl nca idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_FINISH,        PLAIN,      "wun clo idl idl nse nse F   F   idl idl idl idl idl F   idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_NO_SHOW,       PLAIN,      "wun clo idl idl N   N   nca nca idl idl idl idl idl nca idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_PARK,          PLAIN,      "wun clo idl idl P   P   P   P   idl idl idl idl idl P   idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_RESUME,        PLAIN,      "wun clo tun tst tst tst tst tst UC  UC  tst tst pau tst tst tst tst tst tst tst tst tst clo clo"},
{COMMAND_RESUME,        NO_WINDOW,  "clo clo tun tst tst tst tst tst U   U   tst tst U   tst tst tst tst tst tst tst tst tst clo clo"},
{COMMAND_RESUME,        BAD_WINDOW, "wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun"},
{COMMAND_TRANSFER,      PLAIN,      "wun clo idl idl T   T   FT  FT  idl idl idl idl idl FT  idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_TRANSFER,      NO_WINDOW,  "clo clo tun T   tst tst tst tst T   tst tst tst T   tst T   T   T   T   T   T   T   T   clo clo"},
{COMMAND_TRANSFER, WINDOW_AND_TICKET, "wun clo idl idl T   T   FT  FT  idl idl idl idl idl FT  idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_CANCEL,        PLAIN,      "wun clo idl idl X   X   tst tst idl idl idl idl idl tst idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_CANCEL,        NO_WINDOW,  "clo clo tun X   X   X   tst tst X   X   tst tst X   tst X   X   X   X   X   X   X   X   clo clo"},
{COMMAND_PAUSE,         PLAIN,      "wun Z   Z   Z   bus bus Z   Z   Z   Z   Z   Z   pau pau Z   Z   Z   Z   Z   Z   Z   Z   Z   Z"},
{COMMAND_REOPEN,        PLAIN,      "wun npa npa npa npa npa npa npa npa npa npa npa O   O   npa npa npa npa npa npa npa npa npa npa"},
{COMMAND_SIGN_IN,       PLAIN,      "wun L   L   L   L   L   L   L   L   L   L   L   L   L   sin sin L   wun L   L   L   L   L   L"},
{COMMAND_SIGN_OUT,      PLAIN,      "wun nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi G   nsi nsi nsi nsi nsi nsi nsi nsi nsi"},
{COMMAND_PRINT_START,   PLAIN,      "clo clo pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst B   pst pst clo clo"},
{COMMAND_PRINT_END,     PLAIN,      "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst E   pst pst E"},
{COMMAND_PRINT_END,     FAILED,     "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst E   E   pst pst E"},
{COMMAND_REPRINT,       PLAIN,      "clo clo tun Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   pst pst Q   clo clo"},
{COMMAND_DEFINE_POLICY,  PLAIN,      "Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y"},
{COMMAND_DEFINE_CLERK,   PLAIN,      "J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J"},
{COMMAND_RESTORE_LOG,    PLAIN,      "h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h"},
{COMMAND_STEP_CLOCK,     PLAIN,      "s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s"},
{COMMAND_EXPIRE,         PLAIN,      "-   -   -   -   -   -   -   -   -   c   -   -   -   -   -   -   -   -   -   -   -   -   -   -"},
};
/* clang-format on */

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

static int check_cell(size_t state, size_t row, const char *wanted)
{
	struct command command = make(rows[row].type, rows[row].variant);
	static struct decision decision;
	char line[SCRIPT_LINE_MAX], got[16];
	struct hall *hall;
	uint64_t digest;
	int r, wrong;

	assert_int_equal(hall_create(&hall), 0);
	states[state].build(hall);
	assert_null(hall_check(hall));
	digest = hall_digest(hall);
	r = world_run(hall, &command, &decision);
	describe(r, &decision, got);
	wrong = strcmp(got, wanted) != 0 || hall_check(hall) != NULL ||
		(hall_digest(hall) == digest) != (r != 0 || decision.count == 0) ||
		(r != 0 && (r != -1 || decision.count != 0));
	if (wrong) {
		script_write(&command, line);
		print_error("%s\n  when %s: wanted %s, got %s (%s)\n", line, states[state].name,
			    wanted, got, decision.detail);
	}
	hall_destroy(hall);
	return wrong;
}

static void test_table(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		char cells[512], *rest = NULL, *cell;
		size_t column = 0;

		snprintf(cells, sizeof(cells), "%s", rows[row].cells);
		for (cell = strtok_r(cells, " ", &rest); cell; cell = strtok_r(NULL, " ", &rest))
			wrong += check_cell(column++, row, cell);
		assert_int_equal(column, STATES);
	}
	assert_int_equal(wrong, 0);
}

/* No command is left out of the table. */
static void test_table_is_whole(void **state)
{
	(void)state;
	for (int type = COMMAND_START_DAEMON; type < COMMAND_TYPE_END; type++) {
		bool found = false;

		for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
			found |= (int)rows[row].type == type;
		assert_true(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_whole),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
