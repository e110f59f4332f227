/* One log at a time, kept day by day as a daemon would. */
#include "tests/bench/expect_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/measure/digest.h"
#include "tests/bench/unsynced.h"

static struct store *store;

static void die(const char *what)
{
	fprintf(stderr, "bench-expect: the log: %s\n", what);
	exit(1);
}

static int refuse_rows(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return -EPROTO;
}

void expect_log_begin(const char *path)
{
	const struct store_options options = {
		.path = path, .create = true, .digest = &digest_maker, .vfs = unsynced_vfs()};
	char error[STORE_ERROR_SIZE] = "";

	if (store_open(&store, &options, refuse_rows, NULL, error) < 0)
		die(error);
}

void expect_log_take(const struct event *events, size_t count)
{
	if (!store)
		return;
	if (store_append(store, events, count, NULL) < 0)
		die("an event was refused");
	/* no more than a day lies in memory */
	if (count && events[count - 1].type == EVENT_DAY_CLOSED && store_flush(store) != STORE_OK)
		die("it could not be written");
}

void expect_log_end(void)
{
	if (!store)
		return;
	store_flush_days(store);
	store_close(store);
	store = NULL;
}
