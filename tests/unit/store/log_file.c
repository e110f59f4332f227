/* See log_file.h. */
#include "tests/unit/store/log_file.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

char log_folder[64], log_path[128];

int log_make_folder(void **state)
{
	(void)state;
	snprintf(log_folder, sizeof(log_folder), "/tmp/onewindow-store-XXXXXX");
	assert_non_null(mkdtemp(log_folder));
	snprintf(log_path, sizeof(log_path), "%s/log.db", log_folder);
	return 0;
}

int log_remove_folder(void **state)
{
	char command[160];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", log_folder);
	return system(command) == 0 ? 0 : -1;
}

void log_execute(const char *sql)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(log_path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}
