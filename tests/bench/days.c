/* Service days over HTTP: citizens come, windows call, start and finish, some call in vain or send
 * the citizen on. In time (arrivals at moments of their own, services of a length), or as fast as
 * it goes when SECONDS is 0. Prints a line of JSON for each command and one for the whole.
 *
 *     bench-days PORT TICKETS SECONDS WINDOWS QUEUES LISTENERS CONNECTIONS DAYS FIRST-DAY PRINT
 *
 * of the hall of bench.py: window N serves queue N mod QUEUES first and the next one then.
 * FIRST-DAY: days from today, 0: the open one. PRINT: 1 with paper. */
#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/figures.h"
#include "tests/bench/http.h"
#include "tests/bench/listen.h"

enum {
	MAX_WINDOWS = 256,
	MAX_QUEUES = 64,
	MAX_CONNECTIONS = 64,
	MAX_DUE = 65536,
	FAST_WAITING = 100, /* without a clock citizens come while fewer than these wait */
	RETRY_US = 20000,
	VAIN = 20,	   /* one call of so many is in vain: recall, then no-show */
	SENT_ON = 20,	   /* one service of so many ends with a transfer */
	LOAD_PERCENT = 80, /* of the windows' time is service */
};

enum ask { ISSUE, CALL, RECALL, NO_SHOW, START, FINISH, TRANSFER, ASK_COUNT };

static const char *const names[ASK_COUNT] = {"issue", "call-next", "recall",  "no-show",
					     "start", "finish",	   "transfer"};

struct due {
	int64_t at_us;
	enum ask ask;
	int window, queue;
};

struct days {
	struct http *http;
	int tickets, windows, queues;
	int64_t seconds, service_us;
	struct due heap[MAX_DUE];
	size_t heap_count;
	struct due asked[MAX_CONNECTIONS];
	bool idle[MAX_WINDOWS + 1], print;
	int waiting[MAX_QUEUES], all_waiting;
	int issued, ended; /* today */
	uint64_t requests, refused, last_seq, dice, run;
	struct samples took[ASK_COUNT];
};

static struct days days;

static uint64_t roll(uint64_t sides)
{
	days.dice = days.dice * 6364136223846793005u + 1442695040888963407u;
	return (days.dice >> 33) % sides;
}

static void push(int64_t at_us, enum ask ask, int window, int queue)
{
	size_t i = days.heap_count++;

	assert(i < MAX_DUE);
	for (; i > 0 && days.heap[(i - 1) / 2].at_us > at_us; i = (i - 1) / 2)
		days.heap[i] = days.heap[(i - 1) / 2];
	days.heap[i] = (struct due){at_us, ask, window, queue};
}

static struct due pop(void)
{
	struct due top = days.heap[0], last = days.heap[--days.heap_count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < days.heap_count &&
		    days.heap[child + 1].at_us < days.heap[child].at_us)
			child++;
		if (child >= days.heap_count || days.heap[child].at_us >= last.at_us)
			break;
		days.heap[i] = days.heap[child];
		i = child;
	}
	days.heap[i] = last;
	return top;
}

static bool nobody_waits(int window)
{
	return days.waiting[window % days.queues] == 0 &&
	       days.waiting[(window + 1) % days.queues] == 0;
}

/* A window that has nothing to do calls when somebody waits for it. */
static void call_if_waiting(int window, int64_t now_us)
{
	days.idle[window] = nobody_waits(window);
	if (!days.idle[window])
		push(now_us, CALL, window, 0);
}

static void somebody_waits(int queue, int64_t now_us)
{
	days.waiting[queue]++;
	days.all_waiting++;
	for (int window = 1; window <= days.windows; window++) {
		if (!days.idle[window] ||
		    (window % days.queues != queue && (window + 1) % days.queues != queue))
			continue;
		call_if_waiting(window, now_us);
		return;
	}
}

static void next_arrival(int64_t now_us)
{
	if (days.seconds > 0 || days.issued >= days.tickets || days.all_waiting >= FAST_WAITING)
		return;
	days.issued++;
	push(now_us, ISSUE, 0, (int)roll((uint64_t)days.queues));
}

static int queue_of(const char *body)
{
	const char *at = strstr(body, "\"queue\":\"q");

	return at ? atoi(at + 10) : 0;
}

static void go_on(const struct due *done, const char *body, int64_t now_us)
{
	bool fast = days.seconds == 0;
	int64_t service_us =
		fast ? 0 : days.service_us / 2 + (int64_t)roll((uint64_t)days.service_us);
	int queue;

	switch (done->ask) {
	case ISSUE: somebody_waits(done->queue, now_us); break;
	case CALL:
		queue = queue_of(body);
		days.waiting[queue]--;
		days.all_waiting--;
		push(now_us + (fast ? 0 : days.service_us / 20), roll(VAIN) == 0 ? RECALL : START,
		     done->window, 0);
		break;
	case RECALL: push(now_us + service_us / 10, NO_SHOW, done->window, 0); break;
	case START:
		push(now_us + service_us, roll(SENT_ON) == 0 ? TRANSFER : FINISH, done->window,
		     (int)roll((uint64_t)days.queues));
		break;
	case TRANSFER: somebody_waits(done->queue, now_us); break;
	default: break;
	}
	if (done->ask == NO_SHOW || done->ask == FINISH)
		days.ended++;
	if (done->ask == NO_SHOW || done->ask == FINISH || done->ask == TRANSFER)
		call_if_waiting(done->window, now_us);
	next_arrival(now_us);
}

static void note_seq(const char *body)
{
	for (const char *at = strstr(body, "\"seq\":"); at; at = strstr(at + 6, "\"seq\":")) {
		uint64_t seq = strtoull(at + 6, NULL, 10);

		if (seq > days.last_seq)
			days.last_seq = seq;
	}
}

static void on_answer(void *user, int connection, const struct http_answer *answer)
{
	struct due done = days.asked[connection];
	int64_t now_us = figures_now_us();

	(void)user;
	samples_add(&days.took[done.ask], answer->took_us);
	if (done.ask == CALL && answer->status == 409) {
		days.refused++; /* another window was quicker */
		push(now_us + RETRY_US, CALL, done.window, 0);
		return;
	}
	if (answer->status >= 300) {
		fprintf(stderr, "%s: %d %s\n", names[done.ask], answer->status, answer->body);
		exit(1);
	}
	note_seq(answer->body);
	go_on(&done, answer->body, now_us);
}

static void ask(int connection, const struct due *due)
{
	char path[64], body[64] = "{}", key[64];

	snprintf(path, sizeof(path), "/api/v1/windows/%d/%s", due->window, names[due->ask]);
	if (due->ask == ISSUE) {
		snprintf(path, sizeof(path), "/api/v1/tickets");
		snprintf(body, sizeof(body), "{\"queue\":\"q%d\",\"print\":%s}", due->queue,
			 days.print ? "true" : "false");
	} else if (due->ask == TRANSFER) {
		snprintf(body, sizeof(body), "{\"queue\":\"q%d\"}", due->queue);
	}
	snprintf(key, sizeof(key), "days-%" PRIx64 "-%" PRIu64, days.run, ++days.requests);
	days.asked[connection] = *due;
	http_post(days.http, connection, path, key, body, due->at_us);
}

/* Calls in vain that wait for their next try keep nobody from going home. */
static bool day_is_over(void)
{
	return days.issued == days.tickets && days.ended == days.tickets &&
	       http_busy(days.http) == 0;
}

static void run_day(void)
{
	int64_t begin_us = figures_now_us(), gap_us = days.seconds * 1000000 / days.tickets;

	days.issued = days.ended = days.all_waiting = 0;
	days.heap_count = 0;
	memset(days.waiting, 0, sizeof(days.waiting));
	memset(days.idle, true, sizeof(days.idle));
	for (int i = 0; gap_us > 0 && i < days.tickets; i++) {
		push(begin_us + i * gap_us + (int64_t)roll((uint64_t)gap_us), ISSUE, 0,
		     (int)roll((uint64_t)days.queues));
		days.issued++;
	}
	for (int i = 0; i < FAST_WAITING; i++)
		next_arrival(begin_us);
	while (!day_is_over()) {
		int64_t now_us = figures_now_us(), until_us = now_us + 100000;
		int connection;

		while (days.heap_count > 0 && days.heap[0].at_us <= now_us &&
		       (connection = http_free(days.http)) >= 0) {
			struct due due = pop();

			days.idle[due.window] = due.ask == CALL && nobody_waits(due.window);
			if (!days.idle[due.window])
				ask(connection, &due);
		}
		if (days.heap_count > 0 && days.heap[0].at_us < until_us &&
		    http_free(days.http) >= 0)
			until_us = days.heap[0].at_us;
		http_turn(days.http, until_us);
	}
}

static void open_day(int64_t from_today)
{
	char body[64];
	/* by the clock of the hall, which lies in Asia/Shanghai: at its 02:00 UTC has yesterday */
	time_t day = time(NULL) + 8 * 3600 + (time_t)from_today * 86400;
	struct tm parts;

	gmtime_r(&day, &parts);
	strftime(body, sizeof(body), "{\"date\":\"%Y-%m-%d\",\"operator_word\":true}", &parts);
	if (http_ask(days.http, "/api/v1/day/close", "{}") != 200 ||
	    http_ask(days.http, "/api/v1/day/open", body) != 200) {
		fprintf(stderr, "no next day\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct listeners *listeners = NULL;
	int listener_count, whole, count;
	int64_t begin_us, first_day;
	uint16_t port;

	if (argc != 11)
		return 2;
	port = (uint16_t)atoi(argv[1]);
	days.tickets = atoi(argv[2]);
	days.seconds = atoi(argv[3]);
	days.windows = atoi(argv[4]);
	days.queues = atoi(argv[5]);
	listener_count = atoi(argv[6]);
	count = atoi(argv[8]);
	first_day = atoi(argv[9]);
	days.print = atoi(argv[10]);
	days.dice = days.run = (uint64_t)figures_now_us();
	/* one service and the way to the next, times the rate, is what the windows have to give */
	days.service_us = days.seconds * 10000 * LOAD_PERCENT * days.windows / days.tickets;
	days.http = http_open(port, atoi(argv[7]), on_answer, NULL);
	if (listener_count > 0)
		listeners = listeners_start(port, listener_count);
	begin_us = figures_now_us();
	for (int i = 0; i < count; i++) {
		if (first_day + i > 0)
			open_day(first_day + i);
		run_day();
	}
	printf("{\"kind\":\"all\",\"seconds\":%.2f,\"requests\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"seq\":%" PRIu64,
	       (double)(figures_now_us() - begin_us) / 1e6, days.requests, days.refused,
	       days.last_seq);
	whole = listeners ? listeners_finish(listeners, days.last_seq) : 0;
	printf(",\"listeners\":%d,\"whole\":%d}\n", listener_count, whole);
	for (int i = 0; i < ASK_COUNT; i++) {
		printf("{\"kind\":\"%s\",", names[i]);
		samples_print(&days.took[i]);
		printf("}\n");
	}
	http_close(days.http);
	return 0;
}
