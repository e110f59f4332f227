#include "tests/unit/measure/sides_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/measure/digest.h"

enum { MIN = 60000, MOST = 256 };

static char folder[] = "/tmp/onewindow-sides-XXXXXX";
char sides_log_path[64];
uint64_t sides_log_frozen, sides_log_closed;
static struct event events[MOST];
static size_t count;
static int64_t now, ticket;

static struct event *add(enum event_type type)
{
	struct event *event = &events[count++];

	assert_true(count < MOST);
	now += 1000;
	*event = (struct event){.seq = count,
				.type = type,
				.version = event_newest_version(type),
				.at = {now, 1767578400000 + now, 480},
				.by = "test"};
	return event;
}

static void define_queue(const char *id, enum queue_kind kind)
{
	struct event_queue_defined *def = &add(EVENT_QUEUE_DEFINED)->u.queue_defined;

	strcpy(def->queue, id);
	def->work = true;
	def->kind = kind;
}

static void define_item(const char *id, const char *department)
{
	struct event_item_defined *def = &add(EVENT_ITEM_DEFINED)->u.item_defined;

	strcpy(def->item, id);
	strcpy(def->department, department);
}

static void open_day(int64_t date)
{
	add(EVENT_DAY_OPENED)->u.day_opened.date = date;
}

static void close_day(int64_t date)
{
	add(EVENT_DAY_CLOSED)->u.day_closed.date = date;
}

static void issue(const char *queue, const char *item, const char *reference)
{
	struct event *event = add(EVENT_TICKET_ISSUED);
	struct event_ticket_issued *issued = &event->u.ticket_issued;

	issued->ticket = ++ticket;
	issued->arrival_ms = event->at.mono_ms;
	strcpy(issued->queue, queue);
	strcpy(issued->item, item);
	strcpy(issued->case_ref, reference);
}

/* Issued, and called after so long. */
static void visit(const char *queue, const char *item, const char *reference, int64_t wait_ms)
{
	issue(queue, item, reference);
	now += wait_ms - 1000;
	add(EVENT_TICKET_CALLED)->u.ticket_called.ticket = ticket;
}

static void file_online(const char *reference)
{
	strcpy(add(EVENT_ONLINE_FILING)->u.online_filing.case_ref, reference);
}

static int ignore(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return 0;
}

static void write_log(void)
{
	const struct store_options options = {
		.path = sides_log_path, .create = true, .digest = &digest_maker, .manual = true};
	char error[STORE_ERROR_SIZE] = "";
	struct store *store = NULL;

	assert_int_equal(store_open(&store, &options, ignore, NULL, error), 0);
	assert_int_equal(store_append(store, events, count, NULL), 0);
	assert_int_equal(store_step(store), 0);
	store_close(store);
}

void sides_log_write(void)
{
	assert_non_null(mkdtemp(folder));
	snprintf(sides_log_path, sizeof(sides_log_path), "%s/log.db", folder);
	strcpy(add(EVENT_DAEMON_STARTED)->u.daemon_started.boot, "a");
	add(EVENT_HALL_DEFINED)->u.hall_defined.target_ms = 5 * MIN;
	define_queue("general", QUEUE_UNSTATED);
	define_queue("desk", QUEUE_ISSUE);
	define_item("tax", "b");
	define_item("permit", "a");
	define_item("late", "0");
	open_day(20260105);
	visit("general", "tax", "c-1", 2 * MIN);
	visit("desk", "permit", "", 4 * MIN);
	file_online("c-2");
	file_online("");
	close_day(20260105);
	open_day(20260106);
	visit("general", "tax", "c-2", 6 * MIN);
	visit("general", "tax", "c-3", 8 * MIN);
	issue("general", "tax", "c-1"); /* waits to the close, 1 min */
	now += MIN - 1000;
	close_day(20260106);
	sides_log_frozen = count;
	open_day(20260105);
	visit("general", "tax", "c-3", 10 * MIN);
	visit("desk", "permit", "", 1 * MIN);
	close_day(20260105);
	open_day(20260112);
	visit("desk", "tax", "c-1", 3 * MIN);
	visit("general", "late", "c-1", 1 * MIN);
	file_online("c-1");
	close_day(20260112);
	sides_log_closed = count;
	open_day(20260113);
	visit("general", "tax", "c-9", 3 * MIN);
	write_log();
}

void sides_log_remove(void)
{
	static const char *const names[] = {"", ".key", ".lock", "-wal", "-shm"};
	char name[sizeof(sides_log_path) + 8];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", sides_log_path, names[i]);
		(void)unlink(name);
	}
	assert_int_equal(rmdir(folder), 0);
}
