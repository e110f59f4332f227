/* A log in a folder of its own, for the tests of the store. */
#pragma once

extern char log_folder[64], log_path[128];

/* cmocka's set-up and tear-down. */
int log_make_folder(void **state);
int log_remove_folder(void **state);
/* By another connection than the store's; what SQLite does not take fails the test. */
void log_execute(const char *sql);
