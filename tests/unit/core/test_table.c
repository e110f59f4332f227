/* Every command in every state that matters to it: what it leads to, or why it is refused. The
 * table is written from the rules of the line, one row a command, one column a state. The states
 * that settings of the rules make are in test_table_rules.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/core/table.h"

/* clang-format off */
static const struct table_row rows[] = {
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
{COMMAND_CALL_NUMBER, PLAIN, "wun clo tun C   bus bus tst tst UC  UC  tst tst pau pau C   C   C   wun C   C   C   C   clo clo"},
{COMMAND_CALL_NUMBER, BACK, "wun clo tun C   bus bus tst tst UC  UC  tst tst pau pau C   C   C   wun C   C   C   C   clo clo"},
{COMMAND_CALL_NUMBER, OTHER, "wun clo tun tun bus bus tun tun tun tun tun tun pau pau tun tun tun wun tun tun tun tun clo clo"},
{COMMAND_CALL_NUMBER, BAD_WINDOW, "wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun wun"},
{COMMAND_HELP, PLAIN, "wun l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l   l"},
{COMMAND_HELP_OVER, PLAIN, "wun nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe nhe"},
{COMMAND_ASK_RATING, PLAIN, "wun clo idl idl nse nse r   r   idl idl r   idl idl r   idl idl idl idl idl idl idl idl clo clo"},
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
{COMMAND_PRINT_END,     FAILED,     "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst E   EQ  pst pst E"},
{COMMAND_PRINT_SETTLE,  PLAIN,      "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst"},
{COMMAND_PRINTER_CONDITIONS, PLAIN, "p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p   p"},
{COMMAND_REPRINT,       PLAIN,      "clo clo tun Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   Q   pst pst Q   clo clo"},
{COMMAND_DEFINE_POLICY,  PLAIN,      "Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y"},
{COMMAND_DEFINE_CLERK,   PLAIN,      "J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J   J"},
{COMMAND_RESTORE_LOG,    PLAIN,      "h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h   h"},
{COMMAND_STEP_CLOCK,     PLAIN,      "s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s   s"},
{COMMAND_EXPIRE,         PLAIN,      "-   -   -   -   -   -   -   -   -   c   -   -   -   -   -   -   -   -   -   -   -   -   -   -"},
{COMMAND_OPEN_DAY,      FAR,        "D   D   opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn opn far far"},
{COMMAND_ISSUE,         PAPER,      "clo clo pap pap pap pap pap pap pap pap pap pap pap pap pap pap qre pap pap pap pap pap clo clo"},
{COMMAND_RESUME,        OTHER,      "wun clo tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun clo clo"},
{COMMAND_TRANSFER,      OTHER,      "wun clo idl idl tun tun tun tun idl idl idl idl idl tun idl idl idl idl idl idl idl idl clo clo"},
{COMMAND_TRANSFER,      BACK,       "wun clo idl idl T   T   FT  FT  idl idl idl idl idl FT  idl idl qre idl idl idl idl idl clo clo"},
{COMMAND_CANCEL,        OTHER,      "wun clo tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun clo clo"},
{COMMAND_PRINT_START,   OTHER,      "clo clo pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst clo clo"},
{COMMAND_PRINT_END,     OTHER,      "pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst pst"},
{COMMAND_REPRINT,       OTHER,      "clo clo tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun tun clo clo"},
{COMMAND_FILE_ONLINE,   PLAIN,      "iun o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o   o"},
{COMMAND_FILE_ONLINE,   OTHER,      "iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun iun"},
{COMMAND_FREEZE_BASELINE, PLAIN,    "per per per per per per per per per per per per per per per per per per per per per per bttt bttt"},
};
/* clang-format on */

static void test_table(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		wrong += table_check(table_states, TABLE_STATES, &rows[row]);
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
