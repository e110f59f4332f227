/* Snapshots, a log of an older format, and what is derived made anew: a start begins at the newest
 * snapshot, one that does not check is passed over, and nothing of it ever counts as a fact. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/store/store.h"
#include "tests/unit/store/log_file.h"

/* The caller: its state is the hall. */
struct caller {
	struct hall *hall;
	uint64_t loads, rows, first_row, emptied;
	int refuse; /* what load returns of a snapshot */
	int break_apply;
};

static int load(void *user, const struct store_snapshot *snapshot)
{
	struct caller *caller = user;

	caller->loads++;
	if (!snapshot->seq) {
		caller->emptied++;
		caller->break_apply = 0;
		hall_destroy(caller->hall);
		return hall_create(&caller->hall);
	}
	assert_non_null(snapshot->past);
	if (caller->refuse == -ENOMEM)
		return caller->refuse;
	assert_int_equal(hall_load(caller->hall, snapshot->bytes, snapshot->size), 0);
	return caller->refuse;
}

static int see(void *user, const struct store_row *row)
{
	struct caller *caller = user;

	if (!caller->rows++)
		caller->first_row = row->event.seq;
	if (caller->break_apply)
		return -EPROTO;
	return hall_apply(caller->hall, &row->event);
}

static void make_event(struct event *event, uint64_t seq)
{
	memset(event, 0, sizeof(*event));
	event->seq = seq;
	event->version = 1;
	event->at.mono_ms = 1000 + (int64_t)seq;
	event->at.wall_ms = 1767225600000 + (int64_t)seq;
	event->at.offset_min = 480;
	strcpy(event->by, "test");
	if (seq == 1) {
		event->type = EVENT_QUEUE_DEFINED;
		strcpy(event->u.queue_defined.queue, "general");
		strcpy(event->u.queue_defined.zh, "综合受理");
		strcpy(event->u.queue_defined.en, "General");
		strcpy(event->u.queue_defined.prefix, "A");
		event->u.queue_defined.first = 1;
		event->u.queue_defined.last = 9999;
	} else if (seq == 2) {
		event->type = EVENT_DAY_OPENED;
		event->u.day_opened.date = 20260101;
		event->u.day_opened.counter = 1;
	} else {
		event->type = EVENT_TICKET_ISSUED;
		event->u.ticket_issued.ticket = (int64_t)seq - 2;
		snprintf(event->u.ticket_issued.number, CORE_NUMBER_SIZE, "A%04u",
			 (unsigned)(seq - 2) % 10000);
		strcpy(event->u.ticket_issued.queue, "general");
		snprintf(event->u.ticket_issued.token, CORE_TOKEN_SIZE, "%032x", (unsigned)seq);
		event->u.ticket_issued.arrival_ms = event->at.mono_ms;
		event->u.ticket_issued.ahead = (int64_t)seq - 3;
	}
}

static struct store_options usual(void)
{
	return (struct store_options){
		.path = log_path,
		.create = true,
		.projections = &store_ticket_projection,
		.projection_count = 1,
		.snapshot_version = HALL_STATE_VERSION,
		.load = load,
	};
}

static void begin(struct caller *caller)
{
	memset(caller, 0, sizeof(*caller));
	assert_int_equal(hall_create(&caller->hall), 0);
}

/* Opens, or says the error; the caller begins empty. */
static int open_with(struct store **ret, struct caller *caller, struct store_options options)
{
	char error[STORE_ERROR_SIZE] = "";
	int r = store_open(ret, &options, see, caller, error);

	if (r < 0)
		assert_true(error[0] != 0);
	return r;
}

/* Appends up to seq; behind `at` with a snapshot, 0 never. */
static void append(struct store *store, struct caller *caller, uint64_t until, uint64_t at)
{
	for (uint64_t seq = hall_seq(caller->hall) + 1; seq <= until; seq++) {
		struct store_command command = {.id = ""};
		struct event event;
		uint8_t *bytes;
		size_t size;

		make_event(&event, seq);
		snprintf(command.id, sizeof(command.id), "%d%c%d", seq % 2 ? 1 : 11,
			 seq % 3 ? ':' : '#', (int)seq);
		assert_int_equal(hall_apply(caller->hall, &event), 0);
		if (seq != at) {
			assert_int_equal(store_append(store, &event, 1, &command), 0);
			continue;
		}
		assert_int_equal(hall_save(caller->hall, &bytes, &size), 0);
		assert_int_equal(store_append_snapshot(store, &event, 1, &command, bytes, size), 0);
	}
	assert_int_equal(store_flush(store), STORE_OK);
}

/* A log of 40 events with a snapshot behind the 30th. */
static void fill(void)
{
	struct caller caller;
	struct store *store;

	begin(&caller);
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	append(store, &caller, 40, 30);
	store_close(store);
	hall_destroy(caller.hall);
}

static int64_t query(const char *sql)
{
	sqlite3_stmt *statement;
	int64_t value;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(log_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

/* Opens the log and closes it; all 40 events must be in the hall, first_row is the first replayed.
 */
static void expect_first_row(uint64_t first_row)
{
	struct store_state now;
	struct caller caller;
	struct store *store;

	begin(&caller);
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	assert_int_equal(caller.first_row, first_row);
	assert_int_equal(caller.rows, first_row ? 41 - first_row : 0);
	assert_int_equal(hall_seq(caller.hall), 40);
	assert_int_equal(hall_ticket_count(caller.hall), 38);
	assert_null(hall_check(caller.hall));
	store_get_state(store, &now);
	assert_int_equal(now.durable_seq, 40);
	assert_int_equal(now.replayed, caller.rows);
	assert_int_equal(now.snapshot_seq, first_row ? first_row - 1 : 40);
	store_close(store);
	hall_destroy(caller.hall);
}

static void begins_at_the_snapshot(void **state)
{
	struct store_verify_result result;
	struct caller caller;
	struct store *store;
	uint8_t *bytes;
	size_t size;

	(void)state;
	fill();
	expect_first_row(31);
	/* one without events, as a clean stop leaves it */
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	assert_int_equal(hall_save(caller.hall, &bytes, &size), 0);
	assert_int_equal(store_append_snapshot(store, NULL, 0, NULL, bytes, size), 0);
	store_close(store);
	hall_destroy(caller.hall);
	assert_int_equal(query("SELECT count(*) FROM snapshot"), 1);
	assert_int_equal(query("SELECT seq FROM snapshot"), 40);
	expect_first_row(0);
	assert_int_equal(store_verify(log_path, NULL, &result), 0);
	assert_int_equal(result.events, 40);
}

/* Each of these is passed over: everything is replayed, and that is no error. */
static void passes_over_what_does_not_check(void **state)
{
	static const char *const damage[] = {
		"UPDATE snapshot SET seq = 29",
		"UPDATE snapshot SET seq = 41",
		"UPDATE snapshot SET version = version + 1",
		"UPDATE snapshot SET head = zeroblob(32)",
		"UPDATE snapshot SET head = x'00'",
		"UPDATE snapshot SET mac = zeroblob(32)",
		"UPDATE snapshot SET mac = x''",
		"UPDATE snapshot SET state = x''",
		"UPDATE snapshot SET state = CAST(state || x'00' AS BLOB)",
		"UPDATE snapshot SET state = substr(state, 1, length(state) - 1)",
		"UPDATE snapshot SET state = CAST(x'ff' || substr(state, 2) AS BLOB)",
		"DELETE FROM snapshot",
		"DROP TABLE snapshot; CREATE TABLE snapshot(seq INTEGER)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		fill();
		log_execute(damage[i]);
		expect_first_row(1);
		unlink(log_path);
		/* the key stays: another log under it has other events, so another chain */
	}
}

static void asks_the_caller(void **state)
{
	struct caller caller;
	struct store *store;

	(void)state;
	fill();
	/* the caller cannot read all of it: what it has of it is taken back */
	begin(&caller);
	caller.refuse = -EBADMSG;
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	assert_int_equal(caller.first_row, 1);
	assert_int_equal(caller.emptied, 1);
	assert_int_equal(hall_seq(caller.hall), 40);
	store_close(store);
	hall_destroy(caller.hall);
	/* or has no memory for it */
	begin(&caller);
	caller.refuse = -ENOMEM;
	assert_int_equal(open_with(&store, &caller, usual()), -ENOMEM);
	assert_int_equal(caller.rows, 0);
	hall_destroy(caller.hall);
	/* what follows does not fit what was loaded: from the beginning */
	begin(&caller);
	caller.break_apply = 1;
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	assert_int_equal(caller.emptied, 1);
	assert_int_equal(hall_seq(caller.hall), 40);
	store_close(store);
	hall_destroy(caller.hall);
}

/* A changed event is named if it is replayed; before the snapshot only `log verify` sees it. */
static void events_stay_the_facts(void **state)
{
	struct store_verify_result result;
	struct caller caller;
	struct store *store;

	(void)state;
	fill();
	log_execute("UPDATE event SET payload = replace(payload, 'A0033', 'A0034') WHERE seq = 35");
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, usual()), -EBADMSG);
	hall_destroy(caller.hall);
	log_execute("UPDATE event SET payload = replace(payload, 'A0034', 'A0033') WHERE seq = 35");
	expect_first_row(31);
	log_execute("UPDATE event SET payload = replace(payload, 'A0003', 'A0004') WHERE seq = 5");
	expect_first_row(31);
	assert_int_equal(store_verify(log_path, NULL, &result), -EBADMSG);
	assert_int_equal(result.bad_seq, 5);
	/* the event under the snapshot is gone, with all behind it */
	log_execute("UPDATE event SET payload = replace(payload, 'A0004', 'A0003') WHERE seq = 5;"
		    "DELETE FROM event WHERE seq >= 30");
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	assert_int_equal(caller.first_row, 1);
	assert_int_equal(hall_seq(caller.hall), 29);
	store_close(store);
	hall_destroy(caller.hall);
}

/* A snapshot of another state than the events', though sealed with the key. */
static void verify_compares_it(void **state)
{
	struct store_verify_result result;
	struct caller caller, other;
	struct store *store;
	struct event event;
	uint8_t *bytes;
	size_t size;

	(void)state;
	begin(&caller);
	begin(&other);
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	append(store, &caller, 10, 0);
	for (uint64_t seq = 1; seq <= 10; seq++) {
		make_event(&event, seq);
		event.at.wall_ms++;
		assert_int_equal(hall_apply(other.hall, &event), 0);
	}
	assert_int_equal(hall_save(other.hall, &bytes, &size), 0);
	assert_int_equal(store_append_snapshot(store, NULL, 0, NULL, bytes, size), 0);
	store_close(store);
	assert_int_equal(store_verify(log_path, NULL, &result), -EBADMSG);
	assert_int_equal(result.bad_seq, 10);
	assert_non_null(strstr(result.detail, "snapshot"));
	hall_destroy(caller.hall);
	hall_destroy(other.hall);
}

struct commands {
	uint64_t count, last;
	int day;
};

static int see_command(void *user, uint64_t first_seq, const struct store_command *command,
		       uint32_t events)
{
	struct commands *commands = user;

	assert_true(first_seq > commands->last);
	assert_int_equal(events, 1);
	assert_int_equal(atoi(command->id), commands->day);
	assert_int_equal(atoi(strpbrk(command->id, ":#") + 1), (int)first_seq);
	commands->last = first_seq;
	commands->count++;
	return 0;
}

static int load_commands(void *user, const struct store_snapshot *snapshot)
{
	struct commands one = {.day = 1}, eleven = {.day = 11}, none = {.day = 2};

	(void)user;
	assert_int_equal(store_past_commands(snapshot->past, 1, see_command, &one), 0);
	assert_int_equal(one.count, 15);
	assert_int_equal(one.last, 29);
	assert_int_equal(store_past_commands(snapshot->past, 11, see_command, &eleven), 0);
	assert_int_equal(eleven.count, 15);
	assert_int_equal(store_past_commands(snapshot->past, 2, see_command, &none), 0);
	assert_int_equal(none.count, 0);
	return hall_load(((struct caller *)user)->hall, snapshot->bytes, snapshot->size);
}

static int count_command(void *user, uint64_t first_seq, const struct store_command *command,
			 uint32_t events)
{
	(void)user, (void)first_seq, (void)command, (void)events;
	return 0;
}

static int load_ids(void *user, const struct store_snapshot *snapshot)
{
	if (snapshot->seq) {
		int r = store_past_commands(snapshot->past, 1, count_command, NULL);

		if (r < 0)
			return r;
	}
	return load(user, snapshot);
}

/* Of days 1 and 11 by turns: one number begins like the other. */
static void tells_the_commands_before_it(void **state)
{
	struct store_options options = usual();
	struct caller caller;
	struct store *store;

	(void)state;
	fill();
	options.load = load_commands;
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, options), 0);
	assert_int_equal(caller.rows, 10);
	store_close(store);
	hall_destroy(caller.hall);
}

static void needs_a_version(void **state)
{
	struct store_options options = usual();
	struct caller caller;
	struct store *store;
	uint8_t byte = 0;

	(void)state;
	fill();
	options.snapshot_version = 0;
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, options), 0);
	assert_int_equal(caller.rows, 40);
	assert_int_equal(store_append_snapshot(store, NULL, 0, NULL, &byte, 1), -EINVAL);
	store_close(store);
	hall_destroy(caller.hall);
	expect_first_row(31); /* the kept one stayed */
}

/* The columns of a row's command are in no link of the chain: they have a seal of their own. */
static void commands_are_sealed(void **state)
{
	static const char *const damage[] = {
		"command_events = 2",
		"command_id = '1:other'",
		"command_hash = CAST('01234567890123456789012345678901' AS BLOB)",
		"command_mac = zeroblob(16)",
		"command_mac = NULL",
		"command_id = NULL, command_hash = NULL, command_events = NULL",
	};
	struct store_verify_result result;
	struct caller caller;
	struct store *store;
	char sql[200];

	(void)state;
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		/* behind the snapshot, where a start replays */
		fill();
		snprintf(sql, sizeof(sql), "UPDATE event SET %s WHERE seq = 35", damage[i]);
		log_execute(sql);
		assert_int_equal(store_verify(log_path, NULL, &result), -EBADMSG);
		assert_int_equal(result.bad_seq, 35);
		begin(&caller);
		assert_int_equal(open_with(&store, &caller, usual()), -EBADMSG);
		hall_destroy(caller.hall);
		unlink(log_path);
		/* before it, where a start reads the ids only */
		fill();
		snprintf(sql, sizeof(sql), "UPDATE event SET %s WHERE seq = 15", damage[i]);
		log_execute(sql);
		assert_int_equal(store_verify(log_path, NULL, &result), -EBADMSG);
		assert_int_equal(result.bad_seq, 15);
		unlink(log_path);
	}
}

/* One whose ids before the snapshot do not check is replayed from its first event, and named. */
static void a_changed_id_is_named_at_the_start(void **state)
{
	struct store_options options = usual();
	struct caller caller;
	struct store *store;

	(void)state;
	fill();
	log_execute("UPDATE event SET command_events = 3 WHERE seq = 15");
	options.load = load_ids;
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, options), -EBADMSG);
	assert_int_equal(caller.emptied, 1);
	assert_int_equal(caller.rows, 14);
	hall_destroy(caller.hall);
}

/* An index that leads elsewhere hides ids; the events themselves are good. */
static void a_damaged_index_is_seen(void **state)
{
	struct store_options options = usual();
	struct store_verify_result result;
	struct caller caller;
	struct store *store;
	int64_t page;
	char byte;
	int fd;

	(void)state;
	fill();
	page = query("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_event_1'");
	fd = open(log_path, O_RDWR);
	assert_true(fd >= 0);
	/* the last byte of a page of an index is of its first key: here, of a row's number */
	assert_int_equal(pread(fd, &byte, 1, page * 4096 - 1), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, page * 4096 - 1), 1);
	close(fd);
	assert_int_equal(store_verify(log_path, NULL, &result), -EBADMSG);
	assert_int_equal(result.bad_seq, 0);
	assert_non_null(strstr(result.detail, "rebuild"));
	begin(&caller);
	options.rebuild = true;
	assert_int_equal(open_with(&store, &caller, options), 0);
	store_close(store);
	hall_destroy(caller.hall);
	assert_int_equal(store_verify(log_path, NULL, &result), 0);
}

/* Typed columns, projections, the index of ids and the snapshot, all damaged. */
static void makes_derived_parts_anew(void **state)
{
	struct store_options options = usual();
	struct store_verify_result result;
	struct caller caller;
	struct store *store;

	(void)state;
	fill();
	log_execute(
		"UPDATE event SET at_ms = 7, ticket = NULL WHERE seq = 12;"
		"UPDATE event SET window = 3 WHERE seq = 13;"
		"UPDATE ticket SET number = 'Z' WHERE ticket = 4; DELETE FROM leg WHERE ticket = 5;"
		"UPDATE snapshot SET mac = zeroblob(32);");
	assert_int_equal(store_verify(log_path, NULL, &result), -EBADMSG);
	assert_int_equal(result.bad_seq, 12);
	begin(&caller);
	options.rebuild = true;
	assert_int_equal(open_with(&store, &caller, options), 0);
	assert_int_equal(caller.rows, 40);
	store_close(store);
	hall_destroy(caller.hall);
	assert_int_equal(store_verify(log_path, NULL, &result), 0);
	assert_int_equal(query("SELECT count(*) FROM ticket WHERE number = 'Z'"), 0);
	assert_int_equal(query("SELECT count(*) FROM leg"), 38);
	assert_int_equal(query("SELECT count(*) FROM snapshot"), 0);
	/* a damaged event is not made good */
	log_execute("UPDATE event SET payload = replace(payload, 'A0003', 'A0004') WHERE seq = 5");
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, options), -EBADMSG);
	hall_destroy(caller.hall);
}

/* A process that does not keep a projection up leaves it behind; the next one makes it anew. */
static void a_projection_left_out_is_rebuilt(void **state)
{
	struct store_options options = usual();
	struct caller caller;
	struct store *store;

	(void)state;
	fill();
	options.projections = NULL;
	options.projection_count = 0;
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, options), 0);
	append(store, &caller, 45, 0);
	store_close(store);
	hall_destroy(caller.hall);
	assert_int_equal(query("SELECT count(*) FROM ticket"), 38);
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	store_close(store);
	hall_destroy(caller.hall);
	assert_int_equal(query("SELECT count(*) FROM ticket"), 43);
}

/* Set aside for too long: the ticket has ended before its day has. */
static void a_ticket_set_aside_is_closed(void **state)
{
	static const enum event_type types[] = {EVENT_TICKET_CALLED, EVENT_TICKET_NO_SHOW,
						EVENT_TICKET_CLOSED};
	struct event events[3];
	struct caller caller;
	struct store *store;

	(void)state;
	begin(&caller);
	assert_int_equal(open_with(&store, &caller, usual()), 0);
	append(store, &caller, 3, 0);
	for (size_t i = 0; i < 3; i++) {
		make_event(&events[i], 4 + i);
		memset(&events[i].u, 0, sizeof(events[i].u));
		events[i].type = types[i];
		events[i].u.ticket_recalled.ticket = 1;
		events[i].u.ticket_recalled.leg = 1;
		events[i].u.ticket_recalled.window = 1;
		strcpy(events[i].u.ticket_recalled.number, "A0001");
	}
	strcpy(events[0].u.ticket_called.queue, "general");
	assert_int_equal(store_append(store, events, 3, NULL), 0);
	assert_int_equal(store_flush(store), STORE_OK);
	store_close(store);
	assert_int_equal(query("SELECT count(*) FROM ticket WHERE state = 'closed'"), 1);
	hall_destroy(caller.hall);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, log_make_folder, log_remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(begins_at_the_snapshot),
		TEST(passes_over_what_does_not_check),
		TEST(asks_the_caller),
		TEST(events_stay_the_facts),
		TEST(verify_compares_it),
		TEST(tells_the_commands_before_it),
		TEST(needs_a_version),
		TEST(commands_are_sealed),
		TEST(a_changed_id_is_named_at_the_start),
		TEST(a_damaged_index_is_seen),
		TEST(makes_derived_parts_anew),
		TEST(a_projection_left_out_is_rebuilt),
		TEST(a_ticket_set_aside_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
