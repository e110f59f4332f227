/* Every command in the states that the rules of the line and a changed configuration make: what is
 * retired while a ticket refers to it, skills, quotas, the closing time, yesterday's ticket. One
 * row a command, one column a state; written from docs/rules.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/table.h"
#include "tests/unit/core/world.h"

static void retire_window(struct hall *hall)
{
	struct command command = world_window(10, 1, "general");

	command.u.define_window.retired = true;
	world_do(hall, command);
}

static void retire_queue(struct hall *hall)
{
	struct command command = world_queue(10, "general", "A", 1, 999);

	command.u.define_queue.retired = true;
	world_do(hall, command);
}

static void called_window_retired(struct hall *hall)
{
	table_called(hall);
	retire_window(hall);
}

static void serving_window_retired(struct hall *hall)
{
	table_serving(hall);
	retire_window(hall);
}

static void parked_window_retired(struct hall *hall)
{
	table_parked(hall);
	retire_window(hall);
}

static void called_queue_retired(struct hall *hall)
{
	table_called(hall);
	retire_queue(hall);
}

static void parked_queue_retired(struct hall *hall)
{
	table_parked(hall);
	retire_queue(hall);
}

static void no_show_queue_retired(struct hall *hall)
{
	table_no_show(hall);
	retire_queue(hall);
}

/* Ticket 1 is for the item. */
static void issue_item(struct hall *hall)
{
	struct command command = world_issue(6, "", CLASS_ORDINARY);

	strcpy(command.u.issue.item, "passport");
	world_do(hall, command);
}

static void item_retired(struct hall *hall)
{
	struct command command = world_item(10, "passport", "general");

	table_opened(hall);
	issue_item(hall);
	command.u.define_item.retired = true;
	world_do(hall, command);
}

static void needs_skill(struct hall *hall)
{
	struct command command = world_item(10, "passport", "general");

	strcpy(command.u.define_item.skill, "notary");
	world_do(hall, command);
}

static void waiting_for_skill(struct hall *hall)
{
	table_opened(hall);
	issue_item(hall);
	needs_skill(hall);
}

static void parked_for_skill(struct hall *hall)
{
	table_opened(hall);
	issue_item(hall);
	world_do(hall, world_at(7, COMMAND_CALL_NEXT, 1));
	world_do(hall, world_at(8, COMMAND_PARK, 1));
	needs_skill(hall);
}

static void set_policy(struct hall *hall, int64_t overtakes, int64_t recalls, int64_t closes_min)
{
	struct command command = world_command(COMMAND_DEFINE_POLICY, 10);

	command.u.define_policy.overtakes = overtakes;
	command.u.define_policy.recalls = recalls;
	command.u.define_policy.closes_min = closes_min;
	world_do(hall, command);
}

/* Ticket 2 came before ticket 1, and is not overtaken at all. */
static void protected_waits(struct hall *hall)
{
	struct command command = world_issue(9, "general", CLASS_ORDINARY);

	table_parked(hall);
	command.u.issue.arrival_ms = 1;
	world_do(hall, command);
	set_policy(hall, 0, 0, 0);
}

static void quota_used_up(struct hall *hall)
{
	struct command command = world_item(3, "passport", "general");

	table_opened(hall);
	command.u.define_item.quota = 1;
	world_do(hall, command);
	issue_item(hall);
}

static void slot_used_up(struct hall *hall)
{
	struct command command = world_item(3, "passport", "general");

	table_opened(hall);
	command.u.define_item.slot_min = 60;
	command.u.define_item.slot_quota = 1;
	world_do(hall, command);
	issue_item(hall);
}

static void past_closing_time(struct hall *hall)
{
	table_waiting(hall);
	set_policy(hall, -1, 0, 1);
}

static void of_yesterday(struct hall *hall)
{
	table_waiting(hall);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 10));
	world_do(hall, world_open(10, TABLE_TODAY + 1));
}

static void at_window_two(struct hall *hall)
{
	table_opened(hall);
	world_do(hall, world_issue(6, "issue", CLASS_ORDINARY));
	world_do(hall, world_at(7, COMMAND_CALL_NEXT, 2));
}

static void to_be_recalled(struct hall *hall)
{
	table_called(hall);
	set_policy(hall, -1, 1, 0);
}

static void with_paper_block(struct hall *hall)
{
	struct command command = world_queue(10, "general", "A", 1, 999);

	table_waiting(hall);
	command.u.define_queue.paper_first = 1901;
	command.u.define_queue.paper_last = 1902;
	world_do(hall, command);
}

static const struct table_state states[] = {
	{"called, window retired", called_window_retired},
	{"serving, window retired", serving_window_retired},
	{"parked, window retired", parked_window_retired},
	{"called, queue retired", called_queue_retired},
	{"parked, queue retired", parked_queue_retired},
	{"no-show, queue retired", no_show_queue_retired},
	{"item retired", item_retired},
	{"waits for a skill", waiting_for_skill},
	{"parked, needs a skill", parked_for_skill},
	{"parked, one who came before waits", protected_waits},
	{"quota used up", quota_used_up},
	{"slot used up", slot_used_up},
	{"past closing time", past_closing_time},
	{"ticket of yesterday", of_yesterday},
	{"called at window 2", at_window_two},
	{"called, to be called again", to_be_recalled},
	{"a pre-printed block", with_paper_block},
};

/* clang-format off */
static const struct table_row rows[] = {
/*                                        cwr swr pwr cqr pqr nqr ire ski skp age quo slo clg yes two rec ppr */
{COMMAND_START_DAEMON, PLAIN,            "A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A"},
{COMMAND_DEFINE_HALL, PLAIN,             "H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H   H"},
{COMMAND_DEFINE_QUEUE, PLAIN,            "-   -   -   V   V   V   -   -   -   -   -   -   -   -   -   -   V"},
{COMMAND_DEFINE_WINDOW, PLAIN,           "W   W   W   -   -   -   -   -   -   -   -   -   -   -   -   -   -"},
{COMMAND_DEFINE_ITEM, PLAIN,             "-   -   -   -   -   -   M   M   M   -   M   M   -   -   -   -   -"},
{COMMAND_DEFINE_POLICY, PLAIN,           "Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y"},
{COMMAND_DEFINE_CLERK, PLAIN,            "J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J"},
{COMMAND_RESTORE_LOG, PLAIN,             "h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h"},
{COMMAND_STEP_CLOCK, PLAIN,              "s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s"},
{COMMAND_EXPIRE, PLAIN,                  "-   -   -   -   -   c   -   -   -   -   -   -   -   -   -   -   -"},
{COMMAND_OPEN_DAY, PLAIN,                "opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn"},
{COMMAND_OPEN_DAY, WORD,                 "opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn"},
{COMMAND_OPEN_DAY, FAR,                  "opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn"},
{COMMAND_CLOSE_DAY, PLAIN,               "K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   K   K"},
{COMMAND_ISSUE, PLAIN,                   "IQ  IQ  IQ  qre qre qre iun IQ  IQ  IQ  quo slo clg IQ  IQ  IQ  IQ"},
{COMMAND_ISSUE, PAPER,                   "pap pap pap qre qre qre iun pap pap pap pap pap pap pap pap pap IQ"},
{COMMAND_CALL_NEXT, PLAIN,               "wun wun wun bus nob nob C   ski nob C   C   C   C   nob nob bus C"},
{COMMAND_CALL_NUMBER, PLAIN, "wun wun wun bus UC  UC  C   ski ski age C   C   C   tun tun bus C"},
{COMMAND_CALL_NUMBER, BACK, "wun wun wun bus UC  UC  C   ski ski age C   C   C   tun qnh bus C"},
{COMMAND_CALL_NUMBER, OTHER, "wun wun wun bus tun tun tun tun tun tun tun tun tun tun tun bus tun"},
{COMMAND_HELP, PLAIN, "l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l"},
{COMMAND_HELP_OVER, PLAIN, "nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe"},
{COMMAND_ASK_RATING, PLAIN, "nse r   idl nse idl idl idl idl idl idl idl idl idl idl idl nse idl"},
{COMMAND_RECALL, PLAIN,                  "R   nca idl R   idl idl idl idl idl idl idl idl idl idl idl R   idl"},
{COMMAND_START, PLAIN,                   "S   nca idl S   idl idl idl idl idl idl idl idl idl idl idl S   idl"},
{COMMAND_FINISH, PLAIN,                  "nse F   idl nse idl idl idl idl idl idl idl idl idl idl idl nse idl"},
{COMMAND_NO_SHOW, PLAIN,                 "N   nca idl N   idl idl idl idl idl idl idl idl idl idl idl R   idl"},
{COMMAND_PARK, PLAIN,                    "P   P   idl P   idl idl idl idl idl idl idl idl idl idl idl P   idl"},
{COMMAND_RESUME, PLAIN,                  "tst tst wun tst UC  UC  tst tst ski age tst tst tst tun tst tst tst"},
{COMMAND_RESUME, NO_WINDOW,              "tst tst U   tst U   U   tst tst U   U   tst tst tst tun tst tst tst"},
{COMMAND_RESUME, OTHER,                  "tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun"},
{COMMAND_RESUME, BAD_WINDOW,             "wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun"},
{COMMAND_TRANSFER, PLAIN,                "T   FT  idl T   idl idl idl idl idl idl idl idl idl idl idl T   idl"},
{COMMAND_TRANSFER, BACK,                 "T   FT  idl qre qre qre idl idl idl idl idl idl idl idl idl T   idl"},
{COMMAND_TRANSFER, NO_WINDOW,            "tst tst T   tst T   tst T   T   T   T   T   T   T   tun tst tst T"},
{COMMAND_TRANSFER, WINDOW_AND_TICKET,    "T   FT  idl T   idl idl idl idl idl idl idl idl idl idl idl T   idl"},
{COMMAND_TRANSFER, OTHER,                "tun tun idl tun idl idl idl idl idl idl idl idl idl idl idl tun idl"},
{COMMAND_CANCEL, PLAIN,                  "X   tst idl X   idl idl idl idl idl idl idl idl idl idl idl X   idl"},
{COMMAND_CANCEL, NO_WINDOW,              "X   tst X   X   X   X   X   X   X   X   X   X   X   tun X   X   X"},
{COMMAND_CANCEL, OTHER,                  "tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun"},
{COMMAND_PAUSE, PLAIN,                   "bus Z   Z   bus Z   Z   Z   Z   Z   Z   Z   Z   Z   Z   Z   bus Z"},
{COMMAND_REOPEN, PLAIN,                  "npa npa npa npa npa npa npa npa npa npa npa npa npa npa npa npa npa"},
{COMMAND_SIGN_IN, PLAIN,                 "wun wun wun L   L   L   L   L   L   L   L   L   L   L   L   L   L"},
{COMMAND_SIGN_OUT, PLAIN,                "nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi nsi"},
{COMMAND_PRINT_START, PLAIN,             "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst"},
{COMMAND_PRINT_END, PLAIN,               "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst"},
{COMMAND_PRINT_END, FAILED,              "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst"},
{COMMAND_PRINT_SETTLE, PLAIN,            "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst"},
{COMMAND_PRINTER_CONDITIONS, PLAIN,      "p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p"},
{COMMAND_REPRINT, PLAIN,                 "Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   tun Q   Q   Q"},
{COMMAND_REPRINT, OTHER,                 "tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun"},
{COMMAND_FILE_ONLINE, PLAIN,             "o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o"},
{COMMAND_FILE_ONLINE, OTHER,             "iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun"},
{COMMAND_FREEZE_BASELINE, PLAIN,         "per per per per per per per per per per per per per bttt per per per"},
};
/* clang-format on */

static void test_table(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		wrong += table_check(states, sizeof(states) / sizeof(states[0]), &rows[row]);
	assert_int_equal(wrong, 0);
}

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
