/* The log on a real disk: what was told durable is there after a kill, a damaged file is refused
 * and left alone, a failed commit loses nothing. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/store/store.h"
#include "tests/unit/store/log_file.h"

/* seq 1: daemon started, 2: queue, 3: day opened, then tickets. */
static void make_event(struct event *event, uint64_t seq)
{
	memset(event, 0, sizeof(*event));
	event->seq = seq;
	event->version = 1;
	event->at.mono_ms = 1000 + (int64_t)seq;
	event->at.wall_ms = 1767225600000 + (int64_t)seq;
	event->at.offset_min = 480;
	strcpy(event->by, "test");
	switch (seq) {
	case 1:
		event->type = EVENT_DAEMON_STARTED;
		strcpy(event->u.daemon_started.boot, "00000000-0000-4000-8000-000000000000");
		strcpy(event->u.daemon_started.software, "test");
		break;
	case 2:
		event->type = EVENT_QUEUE_DEFINED;
		strcpy(event->u.queue_defined.queue, "general");
		strcpy(event->u.queue_defined.zh, "综合\"受理\"\\");
		strcpy(event->u.queue_defined.en, "General");
		strcpy(event->u.queue_defined.prefix, "A");
		event->u.queue_defined.first = 1;
		event->u.queue_defined.last = 9999;
		break;
	case 3:
		event->type = EVENT_DAY_OPENED;
		event->u.day_opened.date = 20260101;
		event->u.day_opened.counter = 1;
		break;
	default:
		event->type = EVENT_TICKET_ISSUED;
		event->u.ticket_issued.ticket = (int64_t)seq - 3;
		snprintf(event->u.ticket_issued.number, CORE_NUMBER_SIZE, "A%04u",
			 (unsigned)(seq - 3) % 10000);
		strcpy(event->u.ticket_issued.queue, "general");
		snprintf(event->u.ticket_issued.token, CORE_TOKEN_SIZE, "%032x", (unsigned)seq);
		event->u.ticket_issued.arrival_ms = event->at.mono_ms;
	}
}

struct seen {
	uint64_t count;
	struct hall *hall;
	char last_id[STORE_COMMAND_ID_SIZE];
	uint32_t last_events;
};

static int see(void *user, const struct store_row *row)
{
	struct seen *seen = user;

	seen->count++;
	if (row->command.id[0]) {
		strcpy(seen->last_id, row->command.id);
		seen->last_events = row->command_events;
	}
	return seen->hall ? hall_apply(seen->hall, &row->event) : 0;
}

static int open_log(struct store **ret, struct seen *seen, char error[STORE_ERROR_SIZE])
{
	struct store_options options = {
		.path = log_path,
		.create = true,
		.projections = &store_ticket_projection,
		.projection_count = 1,
	};

	memset(seen, 0, sizeof(*seen));
	return store_open(ret, &options, see, seen, error);
}

static void append(struct store *store, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq <= to; seq++) {
		struct event event;

		make_event(&event, seq);
		assert_int_equal(store_append(store, &event, 1, NULL), 0);
	}
}

static void fill(uint64_t count)
{
	char error[STORE_ERROR_SIZE] = "";
	struct store *store;
	struct seen seen;

	assert_int_equal(open_log(&store, &seen, error), 0);
	append(store, 1, count);
	assert_int_equal(store_flush(store), STORE_OK);
	store_close(store);
}

static void writes_and_replays(void **state)
{
	struct store_verify_result result;
	struct store_state now;
	char error[STORE_ERROR_SIZE] = "";
	struct store *store, *second;
	struct event events[2];
	struct store_command command = {.id = "one"};
	struct seen seen, other;

	(void)state;
	fill(20);
	assert_int_equal(open_log(&store, &seen, error), 0);
	assert_int_equal(seen.count, 20);
	assert_int_equal(open_log(&second, &other, error), -EBUSY);
	make_event(&events[0], 21);
	make_event(&events[1], 22);
	assert_int_equal(store_append(store, events, 2, &command), 0);
	assert_int_equal(store_flush(store), STORE_OK);
	store_get_state(store, &now);
	assert_int_equal(now.durable_seq, 22);
	store_close(store);
	assert_int_equal(open_log(&store, &seen, error), 0);
	assert_int_equal(seen.count, 22);
	assert_string_equal(seen.last_id, "one");
	assert_int_equal(seen.last_events, 2);
	store_close(store);
	assert_int_equal(store_verify(log_path, NULL, &result), 0);
	assert_int_equal(result.events, 22);
	assert_memory_equal(result.head, now.head, STORE_HASH_SIZE);
}

static int open_as(const char *name, struct store **ret_store, struct seen *seen)
{
	char error[STORE_ERROR_SIZE] = "", kept[sizeof(log_path)];
	int r;

	memcpy(kept, log_path, sizeof(kept));
	snprintf(log_path, sizeof(log_path), "%s/%s", log_folder, name);
	r = open_log(ret_store, seen, error);
	memcpy(log_path, kept, sizeof(log_path));
	assert_true(r == 0 || strstr(error, "another daemon"));
	return r;
}

/* The same file by another name is the same log: a second daemon is shut out, and what was written
 * by one name is there by the other. */
static void other_names(void **state)
{
	static const char *const names[] = {"symbolic.db", "hard.db"};
	struct store *store, *second;
	struct seen seen, other;
	uint64_t count = 3;
	int dir;

	(void)state;
	fill(count);
	dir = open(log_folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(symlinkat("log.db", dir, names[0]), 0);
	assert_int_equal(linkat(dir, "log.db", dir, names[1], 0), 0);
	assert_int_equal(symlinkat("log.db.key", dir, "symbolic.db.key"), 0);
	assert_int_equal(symlinkat("log.db.key", dir, "hard.db.key"), 0);
	close(dir);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(open_as(names[i], &store, &seen), 0);
		assert_int_equal(seen.count, count);
		count++;
		append(store, count, count);
		assert_int_equal(store_flush(store), STORE_OK);
		assert_int_equal(open_as("log.db", &second, &other), -EBUSY);
		store_close(store);
		assert_int_equal(open_as("log.db", &store, &seen), 0);
		assert_int_equal(seen.count, count);
		assert_int_equal(open_as(names[i], &second, &other), -EBUSY);
		store_close(store);
	}
}

/* Everything in the chain that can be altered inside SQLite is named with its row; the file stays
 * as it is. */
static void names_the_altered_row(void **state)
{
	static const struct {
		const char *sql;
		uint64_t bad;
	} alterations[] = {
		{"UPDATE event SET payload = replace(payload, 'A0002', 'A0009') WHERE seq = 5", 5},
		{"UPDATE event SET hash = zeroblob(32) WHERE seq = 4", 4},
		{"UPDATE event SET type = 21 WHERE seq = 6", 6},
		{"UPDATE event SET version = 2 WHERE seq = 6", 6},
		{"DELETE FROM event WHERE seq = 7", 7},
		{"UPDATE event SET payload = payload || ' ' WHERE seq = 8", 8},
		{"UPDATE event SET ticket = 99 WHERE seq = 9", 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
		struct store_verify_result result;
		char error[STORE_ERROR_SIZE] = "";
		struct store *store;
		struct seen seen;
		int r;

		fill(12);
		log_execute(alterations[i].sql);
		r = store_verify(log_path, NULL, &result);
		assert_true(r == -EBADMSG || r == -ENOTSUP);
		assert_int_equal(result.bad_seq, alterations[i].bad);
		assert_true(result.detail[0]);
		if (i < 6) { /* a wrong derived column is found by verify, the chain is whole */
			r = open_log(&store, &seen, error);
			assert_true(r == -EBADMSG || r == -ENOTSUP);
			assert_true(error[0]);
		}
		log_remove_folder(NULL);
		log_make_folder(NULL);
	}
}

static void write_file(const char *name, const void *bytes, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void refuses_what_is_no_log(void **state)
{
	static const char text[] =
		"this is a text file, and no log at all; it is longer than a header "
		"of SQLite so that nothing is said of its length";
	char error[STORE_ERROR_SIZE] = "", key[140], wal[140], back[sizeof(text)];
	struct store_reader *reader;
	struct store *store;
	struct seen seen;
	int fd;

	(void)state;
	fill(5);
	snprintf(key, sizeof(key), "%s.key", log_path);
	write_file(log_path, text, sizeof(text));
	assert_int_equal(open_log(&store, &seen, error), -EMEDIUMTYPE);
	assert_int_equal(store_reader_open(&reader, log_path, error), -EMEDIUMTYPE);
	fd = open(log_path, O_RDONLY);
	assert_int_equal(read(fd, back, sizeof(back)), sizeof(text));
	close(fd);
	assert_memory_equal(back, text, sizeof(text));
	/* a log that vanished while its WAL stayed must not be begun anew */
	unlink(log_path);
	snprintf(wal, sizeof(wal), "%s-wal", log_path);
	write_file(wal, text, sizeof(text));
	assert_int_equal(open_log(&store, &seen, error), -EBADMSG);
	assert_int_equal(access(log_path, F_OK), -1);
	unlink(wal);
	log_execute("CREATE TABLE other(x)");
	assert_int_equal(open_log(&store, &seen, error), -EMEDIUMTYPE);
	unlink(log_path);
	unlink(key);
	fill(5);
	log_execute("PRAGMA user_version = 3");
	assert_int_equal(open_log(&store, &seen, error), -ENOTSUP);
	log_execute("PRAGMA user_version = 2");
	unlink(key);
	assert_int_equal(open_log(&store, &seen, error), -ENOKEY);
	assert_non_null(strstr(error, "missing"));
	write_file(key, "0000000000000000000000000000000000000000000000000000000000000000\n", 65);
	assert_int_equal(open_log(&store, &seen, error), -ENOKEY);
	assert_non_null(strstr(error, "another"));
}

/* The disk takes no more: the commit is refused cleanly, and after there is room again nothing is
 * lost and nothing is doubled. */
static void survives_a_full_disk(void **state)
{
	struct rlimit before, small;
	char error[STORE_ERROR_SIZE] = "";
	struct store_state now;
	struct store *store;
	struct seen seen;
	uint64_t seq = 4;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	fill(3);
	assert_int_equal(open_log(&store, &seen, error), 0);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 120000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	do {
		struct event event;

		make_event(&event, seq++);
		if (store_append(store, &event, 1, NULL) < 0)
			break;
	} while (store_flush(store) == STORE_OK && seq < 5000);
	store_get_state(store, &now);
	assert_int_equal(now.health, STORE_REFUSED);
	assert_true(now.error < 0 && now.detail[0]);
	/* Tried in vain it stays refused; in the end it is OK by itself, with nothing appended. */
	assert_int_equal(store_retry(store), -EAGAIN);
	assert_int_equal(store_flush(store), STORE_REFUSED);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(store_retry(store), -EAGAIN);
	assert_int_equal(store_flush(store), STORE_OK);
	assert_int_equal(store_retry(store), 0);
	append(store, now.durable_seq + 1, now.durable_seq + 10);
	assert_int_equal(store_flush(store), STORE_OK);
	store_close(store);
	assert_int_equal(open_log(&store, &seen, error), 0);
	assert_int_equal(seen.count, now.durable_seq + 10);
	store_close(store);
}

/* A child appends and tells each durable seq; it is killed in mid-work; what it told must be there.
 */
static void loses_nothing_told(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct store_verify_result result;
		uint64_t told = 0, seq;
		int fds[2];
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		child = fork();
		if (child == 0) {
			char error[STORE_ERROR_SIZE];
			struct store *store;
			struct seen seen;

			if (open_log(&store, &seen, error) < 0)
				_exit(1);
			for (seq = seen.count + 1;; seq++) {
				struct event event;
				struct store_state now;

				make_event(&event, seq);
				if (store_append(store, &event, 1, NULL) < 0 ||
				    store_flush(store) != STORE_OK)
					_exit(1);
				store_get_state(store, &now);
				if (write(fds[1], &now.durable_seq, sizeof(now.durable_seq)) < 0)
					_exit(1);
			}
		}
		close(fds[1]);
		for (int i = 0; i < 3 + round; i++)
			assert_int_equal(read(fds[0], &told, sizeof(told)), sizeof(told));
		kill(child, SIGKILL);
		while (read(fds[0], &seq, sizeof(seq)) == (ssize_t)sizeof(seq))
			told = seq;
		waitpid(child, NULL, 0);
		close(fds[0]);
		assert_int_equal(store_verify(log_path, NULL, &result), 0);
		assert_true(result.events >= told);
	}
}

static void rebuilds_projections(void **state)
{
	char error[STORE_ERROR_SIZE] = "";
	struct store *store;
	struct seen seen;
	sqlite3 *db;
	sqlite3_stmt *statement;

	(void)state;
	fill(10);
	log_execute("DELETE FROM ticket; DELETE FROM leg; UPDATE projection SET version = 0");
	assert_int_equal(open_log(&store, &seen, error), 0);
	store_close(store);
	assert_int_equal(sqlite3_open(log_path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db,
				   "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) "
				   "FROM leg WHERE queue = 'general')",
				   -1, &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(statement, 0), 7);
	assert_int_equal(sqlite3_column_int(statement, 1), 7);
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

static void count_wake(void *user)
{
	++*(int *)user;
}

static uint64_t last_seq(struct store_reader *reader)
{
	uint64_t last;

	assert_int_equal(store_reader_last_seq(reader, &last), 0);
	return last;
}

/* Without a thread: nothing is written until it is asked for, then all of it in one commit. */
static void writes_when_stepped(void **state)
{
	int wakes = 0;
	struct store_options options = {
		.path = log_path,
		.create = true,
		.wake = count_wake,
		.wake_user = &wakes,
		.vfs = "unix",
		.manual = true,
	};
	char error[STORE_ERROR_SIZE] = "";
	struct store_reader *reader;
	struct store_state now;
	struct store *store;
	struct seen seen = {0};

	(void)state;
	options.vfs = "no such";
	assert_int_equal(store_open(&store, &options, see, &seen, error), -EINVAL);
	assert_non_null(strstr(error, "no such"));
	options.vfs = "unix";
	assert_int_equal(store_open(&store, &options, see, &seen, error), 0);
	assert_int_equal(store_reader_open_vfs(&reader, log_path, "unix", error), 0);
	append(store, 1, 7);
	store_get_state(store, &now);
	assert_int_equal(now.durable_seq, 0);
	assert_int_equal(last_seq(reader), 0);
	assert_int_equal(wakes, 0);
	assert_int_equal(store_step(store), 0);
	store_get_state(store, &now);
	assert_int_equal(now.durable_seq, 7);
	assert_int_equal(now.commits, 1);
	assert_int_equal(wakes, 1);
	assert_int_equal(last_seq(reader), 7);
	assert_int_equal(store_step(store), 0); /* nothing queued */
	assert_int_equal(wakes, 1);
	append(store, 8, 9);
	assert_int_equal(store_flush(store), STORE_OK);
	append(store, 10, 11);
	store_close(store); /* what is queued becomes durable */
	assert_int_equal(last_seq(reader), 11);
	store_reader_close(reader);
}

/* The second verifier, in another language, by the document alone. */
static void agrees_with_the_document(void **state)
{
	char command[600];

	(void)state;
	fill(30);
	snprintf(command, sizeof(command), "'%s' '%s' '%s' '%s'", PYTHON, VERIFIER, log_path,
		 DOCUMENT);
	assert_int_equal(system(command), 0);
}

/* The worked vector of docs/log-format.md, which was computed with Python's hashlib. */
static void makes_the_documents_hashes(void **state)
{
	static const uint8_t head[STORE_HASH_SIZE] = {0x34, 0x80, 0x4a, 0xbb, 0x7a, 0xbe, 0xdf,
						      0x85, 0x0e, 0xae, 0x16, 0xea, 0xb6, 0xf0,
						      0x79, 0x18, 0xfa, 0xa7, 0x62, 0x6a, 0x6b,
						      0xb6, 0x65, 0xe2, 0xc0, 0xf7, 0x18, 0x4d,
						      0xc2, 0x21, 0xa6, 0x48};
	char error[STORE_ERROR_SIZE] = "", key[140];
	struct event events[2] = {0};
	struct store_command command = {.id = "0:open-1"};
	struct store_state now;
	struct store *store;
	struct seen seen;

	(void)state;
	snprintf(key, sizeof(key), "%s.key", log_path);
	write_file(key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 65);
	for (int i = 0; i < 2; i++) {
		events[i].seq = (uint64_t)i + 1;
		events[i].version = 1;
		events[i].at.offset_min = 480;
		strcpy(events[i].by, "daemon");
	}
	events[0].type = EVENT_DAEMON_STARTED;
	events[0].at.mono_ms = 1000;
	events[0].at.wall_ms = 1767225600000;
	strcpy(events[0].u.daemon_started.boot, "00000000-0000-4000-8000-000000000000");
	strcpy(events[0].u.daemon_started.software, "onewindow 0.1.0");
	events[1].type = EVENT_DAY_OPENED;
	events[1].at.mono_ms = 1250;
	events[1].at.wall_ms = 1767225600250;
	events[1].u.day_opened.date = 20260101;
	events[1].u.day_opened.counter = 1;
	assert_int_equal(open_log(&store, &seen, error), 0);
	memset(command.body_hash, 0x5a, sizeof(command.body_hash));
	assert_int_equal(store_append(store, &events[0], 1, NULL), 0);
	assert_int_equal(store_append(store, &events[1], 1, &command), 0);
	assert_int_equal(store_flush(store), STORE_OK);
	store_get_state(store, &now);
	assert_memory_equal(now.head, head, sizeof(head));
	store_close(store);
	/* fails where a row is not there */
	log_execute("CREATE TEMP TABLE none(x NOT NULL CHECK(x)); INSERT INTO none SELECT"
		    " (SELECT hex(command_mac) FROM event WHERE seq = 1) = "
		    "'BDC093ED642CAF2AED5BB63D6F4C0758' AND"
		    " (SELECT hex(command_mac) FROM event WHERE seq = 2) = "
		    "'D9F1B2AF0FF8EF7202DE92F48F14D294'");
}

/* Events whose numbers do not follow are not taken, and the next right one is. */
static void takes_no_gaps(void **state)
{
	char error[STORE_ERROR_SIZE] = "";
	struct event events[2];
	struct store *store;
	struct seen seen;

	(void)state;
	fill(5);
	assert_int_equal(open_log(&store, &seen, error), 0);
	make_event(&events[0], 7);
	assert_int_equal(store_append(store, events, 1, NULL), -EINVAL);
	make_event(&events[0], 5);
	assert_int_equal(store_append(store, events, 1, NULL), -EINVAL);
	make_event(&events[0], 6);
	make_event(&events[1], 8);
	assert_int_equal(store_append(store, events, 2, NULL), -EINVAL);
	assert_int_equal(store_append(store, events, 1, NULL), 0);
	assert_int_equal(store_append(store, events, 1, NULL), -EINVAL);
	assert_int_equal(store_flush(store), STORE_OK);
	store_close(store);
	assert_int_equal(open_log(&store, &seen, error), 0);
	assert_int_equal(seen.count, 6);
	store_close(store);
}

/* Killed while the key of a new log is made: the next start makes it. */
static void makes_the_key_whole(void **state)
{
	char part[150], error[STORE_ERROR_SIZE] = "";
	struct store *store;
	struct seen seen;

	(void)state;
	snprintf(part, sizeof(part), "%s.key.part", log_path);
	write_file(part, "0123", 4);
	assert_int_equal(open_log(&store, &seen, error), 0);
	store_close(store);
	assert_int_equal(access(part, F_OK), -1);
	assert_int_equal(open_log(&store, &seen, error), 0);
	store_close(store);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, log_make_folder, log_remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_and_replays),    TEST(other_names),
		TEST(names_the_altered_row), TEST(refuses_what_is_no_log),
		TEST(survives_a_full_disk),  TEST(loses_nothing_told),
		TEST(rebuilds_projections),  TEST(agrees_with_the_document),
		TEST(writes_when_stepped),   TEST(makes_the_documents_hashes),
		TEST(takes_no_gaps),	     TEST(makes_the_key_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
