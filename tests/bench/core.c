/* decide() and apply() alone: service days of 8,000 tickets in a hall of 133 windows, in memory, on
 * one core. The peer in the same run is the least that keeping an event costs: its canonical
 * payload and one row in an SQLite table in memory, without an index, a hash or a disk. Rounds are
 * in turn. Allocations are counted by the linker's --wrap.
 *
 *     bench-core [ROUNDS [WAITING]]        WAITING: tickets in line, 300 by default */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/hall.h"
#include "tests/bench/figures.h"

enum {
	QUEUES = 20,
	WINDOWS = 133,
	DAY_TICKETS = 8000,
	DAY_MS = 86400000,
	MAX_EVENTS = 8 * DAY_TICKETS + 2,
	MAX_ROUNDS = 64,
};

static uint64_t allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations++;
	return __real_realloc(old, size);
}

struct session {
	struct hall *hall;
	struct event *events; /* of the present day */
	size_t event_count;
	int64_t now_ms, commands;
	struct decision decision;
};

static void die(const char *what)
{
	fprintf(stderr, "bench-core: %s\n", what);
	exit(1);
}

static void run(struct session *session, struct command *command)
{
	struct decision *decision = &session->decision;

	session->commands++;
	command->at = (struct stamp){
		.mono_ms = session->now_ms, .wall_ms = session->now_ms, .offset_min = 480};
	if (command->type == COMMAND_ISSUE)
		command->u.issue.arrival_ms = session->now_ms;
	memcpy(command->by, "api", 4);
	if (hall_decide(session->hall, command, decision) < 0)
		die(refusal_text_en(decision->refusal));
	for (size_t i = 0; i < decision->count; i++) {
		struct event *event = &decision->events[i];

		event->seq = hall_seq(session->hall) + 1;
		if (hall_apply(session->hall, event) < 0)
			die("an event does not fit");
		if (session->event_count < MAX_EVENTS)
			session->events[session->event_count++] = *event;
	}
}

static void define(struct session *session)
{
	struct command command = {.type = COMMAND_DEFINE_HALL};
	struct event_hall_defined *hall = &command.u.define_hall;

	snprintf(hall->id, sizeof(hall->id), "bench");
	snprintf(hall->zh, sizeof(hall->zh), "基准大厅");
	snprintf(hall->en, sizeof(hall->en), "Bench hall");
	snprintf(hall->zone, sizeof(hall->zone), "Asia/Shanghai");
	hall->target_ms = 900000;
	run(session, &command);
	for (int i = 0; i < QUEUES; i++) {
		struct event_queue_defined *queue = &command.u.define_queue;

		command = (struct command){.type = COMMAND_DEFINE_QUEUE};
		snprintf(queue->queue, sizeof(queue->queue), "q%d", i);
		snprintf(queue->zh, sizeof(queue->zh), "综合%d", i);
		snprintf(queue->en, sizeof(queue->en), "General %d", i);
		snprintf(queue->prefix, sizeof(queue->prefix), "%c", 'A' + i);
		queue->first = 1;
		queue->last = 9999;
		queue->work = true;
		run(session, &command);
	}
	for (int i = 1; i <= WINDOWS; i++) {
		struct event_window_defined *window = &command.u.define_window;

		command = (struct command){.type = COMMAND_DEFINE_WINDOW};
		window->window = i;
		snprintf(window->zh, sizeof(window->zh), "%d号窗口", i);
		snprintf(window->en, sizeof(window->en), "Window %d", i);
		snprintf(window->queues, sizeof(window->queues), "q%d,q%d", i % QUEUES,
			 (i + 1) % QUEUES);
		run(session, &command);
	}
}

static void issue(struct session *session, int64_t ordinal, int64_t ticket)
{
	struct command command = {.type = COMMAND_ISSUE};

	snprintf(command.u.issue.queue, sizeof(command.u.issue.queue), "q%d",
		 (int)(ordinal % QUEUES));
	snprintf(command.u.issue.token, sizeof(command.u.issue.token), "%032" PRIx64,
		 session->commands);
	command.u.issue.origin = ORIGIN_API;
	command.u.issue.print = true;
	run(session, &command);
	command = (struct command){.type = COMMAND_PRINT_START};
	command.u.print.job = ticket;
	snprintf(command.u.print.printer, sizeof(command.u.print.printer), "dispenser");
	run(session, &command);
	command.type = COMMAND_PRINT_END;
	run(session, &command);
}

static void serve(struct session *session, int64_t ordinal)
{
	static const enum command_type steps[] = {COMMAND_CALL_NEXT, COMMAND_RECALL, COMMAND_START,
						  COMMAND_FINISH};
	/* one of the windows that serve the queue of the ticket that waits longest */
	int64_t queue = ordinal % QUEUES, turn = ordinal / QUEUES % (WINDOWS / QUEUES);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct command command = {.type = steps[i]};

		command.u.at_window.window = (queue ? queue : QUEUES) + turn * QUEUES;
		run(session, &command);
	}
}

static void run_day(struct session *session, int64_t day, int64_t waiting)
{
	struct command command = {.type = COMMAND_OPEN_DAY};

	session->event_count = 0;
	session->now_ms = day * DAY_MS;
	command.u.open_day.date = 20260101 + day;
	run(session, &command);
	for (int64_t i = 0; i < DAY_TICKETS + waiting; i++) {
		session->now_ms += 3100;
		if (i < DAY_TICKETS)
			issue(session, i, day * DAY_TICKETS + i + 1);
		if (i >= waiting)
			serve(session, i - waiting);
	}
	command = (struct command){.type = COMMAND_CLOSE_DAY};
	run(session, &command);
}

static void insert_all(sqlite3 *db, const struct event *events, size_t count)
{
	char payload[EVENT_PAYLOAD_MAX];
	sqlite3_stmt *insert;

	if (sqlite3_exec(db,
			 "DROP TABLE IF EXISTS event; CREATE TABLE event(seq INTEGER PRIMARY "
			 "KEY, type INTEGER, version INTEGER, payload TEXT); BEGIN",
			 NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "INSERT INTO event VALUES(?, ?, ?, ?)", -1, &insert, NULL) !=
		    SQLITE_OK)
		die(sqlite3_errmsg(db));
	for (size_t i = 0; i < count; i++) {
		int len = event_encode(&events[i], payload, sizeof(payload));

		sqlite3_bind_int64(insert, 1, (int64_t)events[i].seq);
		sqlite3_bind_int64(insert, 2, events[i].type);
		sqlite3_bind_int64(insert, 3, events[i].version);
		sqlite3_bind_text(insert, 4, payload, len, SQLITE_STATIC);
		if (len < 0 || sqlite3_step(insert) != SQLITE_DONE)
			die("an event is not kept");
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_spread(const char *what, double *values, int count, int digits)
{
	qsort(values, (size_t)count, sizeof(*values), by_size);
	printf("%-34s %.*f / %.*f / %.*f\n", what, digits, values[0], digits, values[count / 2],
	       digits, values[count - 1]);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 9;
	int64_t waiting = argc > 2 ? atoll(argv[2]) : 300;
	double core[MAX_ROUNDS], peer[MAX_ROUNDS], ratio[MAX_ROUNDS];
	struct session *session = calloc(1, sizeof(*session));
	uint64_t first_day = 0, later = 0;
	sqlite3 *db;

	if (!session || rounds < 1 || rounds > MAX_ROUNDS ||
	    sqlite3_open(":memory:", &db) != SQLITE_OK || hall_create(&session->hall) < 0)
		return 2;
	session->events = calloc(MAX_EVENTS, sizeof(*session->events));
	if (!session->events)
		return 2;
	define(session);
	allocations = 0;
	run_day(session, 0, waiting); /* the tables grow to the size of a day */
	first_day = allocations;
	for (int i = 0; i < rounds; i++) {
		uint64_t before = allocations;
		int64_t begin_us = figures_now_us(), middle_us;

		run_day(session, i + 1, waiting);
		later += allocations - before;
		middle_us = figures_now_us();
		insert_all(db, session->events, session->event_count);
		core[i] = 1e6 * (double)session->event_count / (double)(middle_us - begin_us);
		peer[i] =
			1e6 * (double)session->event_count / (double)(figures_now_us() - middle_us);
		ratio[i] = core[i] / peer[i];
	}
	printf("%zu events a day, %d windows, %" PRId64 " tickets in line, sizeof(event) %zu\n\n",
	       session->event_count, WINDOWS, waiting, sizeof(struct event));
	printf("%-34s min / median / max of %d rounds\n", "", rounds);
	print_spread("decide + apply, events a second", core, rounds, 0);
	print_spread("encode + SQLite in memory, a second", peer, rounds, 0);
	print_spread("ratio", ratio, rounds, 2);
	printf("\nallocations: %" PRIu64
	       " on the first day, %.6f an event on later ones (goal: none: "
	       "%s)\n",
	       first_day, (double)later / ((double)session->event_count * rounds),
	       later ? "not met" : "met");
	hall_destroy(session->hall);
	sqlite3_close(db);
	free(session->events);
	free(session);
	return 0;
}
