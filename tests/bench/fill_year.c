/* The log of a large hall's year for the benchmark of reports: 133 windows, 977 items of 31
 * departments by Zipf's law, a clerk at each window; service days that are a baseline, which is
 * frozen, and the days of the period behind it, Mondays to Fridays. Core and store alone, in large
 * transactions that are not synced. Services are shorter in the period: there is something to find.
 *
 *     bench-fill-year LOG BASELINE-DAYS DAYS TICKETS-A-DAY        the log must not be there
 *
 * Prints one line of JSON: events, tickets, dates, how long filling took, and how long making and
 * keeping the days' digests took of that. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/core/hall.h"
#include "src/measure/baseline.h"
#include "src/measure/digest.h"
#include "src/store/store.h"
#include "tests/bench/figures.h"
#include "tests/bench/unsynced.h"

enum {
	WINDOWS = 133,
	QUEUES = 6, /* the last one is where tickets are transferred to */
	GENERAL = QUEUES - 1,
	ITEMS = 977,
	DEPARTMENTS = 31,
	OFFSET_MIN = 480,
	DAY_MS = 86400000,
	OPEN_MS = 9 * 3600000,
	BATCH = 2000, /* commands a transaction */
	EPOCH_MONDAY_MS = 4 * DAY_MS,
};

enum phase { IDLE, CALLED, RECALLED, SERVED };

struct window_now {
	enum phase phase;
	int64_t at_ms; /* of the next step */
	bool shows, transfers;
};

struct year {
	struct hall *hall;
	struct store *store;
	const char *path;
	struct decision decision;
	int64_t day_ms, now_ms; /* wall of the present day at 0:00; since then */
	int64_t mono_ms;
	uint64_t commands, queued, seed;
	int64_t tickets, cases, filings, digest_us;
	double share[ITEMS]; /* cumulated */
	int queue_of[ITEMS];
	double service_min;
	struct window_now windows[WINDOWS + 1];
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "bench-fill-year: %s\n", what);
	exit(1);
}

/* ---- chance: SplitMix64 ---- */

static uint64_t draw(struct year *year)
{
	uint64_t z = year->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double uniform(struct year *year)
{
	return ((double)(draw(year) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct year *year)
{
	return sqrt(-2 * log(uniform(year))) * cos(6.283185307179586 * uniform(year));
}

/* ---- commands ---- */

static void settle(struct year *year)
{
	if (store_step(year->store) < 0)
		die("the log takes no writes");
	year->queued = 0;
}

static void append(struct year *year, const struct store_command *command)
{
	const struct decision *decision = &year->decision;

	if (store_append(year->store, decision->events, decision->count, command) < 0)
		die("the store takes no events");
	if (++year->queued == BATCH)
		settle(year);
}

static void apply(struct year *year)
{
	for (size_t i = 0; i < year->decision.count; i++) {
		struct event *event = &year->decision.events[i];

		event->seq = hall_seq(year->hall) + 1;
		if (hall_apply(year->hall, event) < 0)
			die("an event does not fit");
	}
}

/* Under a command id where a device or a client would give one. */
static void run(struct year *year, struct command *command, const char *by)
{
	struct store_command id = {{0}, {0}};

	command->at = (struct stamp){.mono_ms = year->mono_ms + year->now_ms,
				     .wall_ms = year->day_ms + year->now_ms,
				     .offset_min = OFFSET_MIN};
	snprintf(command->by, sizeof(command->by), "%s", by);
	if (command->type == COMMAND_ISSUE)
		command->u.issue.arrival_ms = command->at.mono_ms;
	if (hall_decide(year->hall, command, &year->decision) < 0)
		die(refusal_text_en(year->decision.refusal));
	apply(year);
	if (strncmp(by, "keypad", 6) == 0)
		snprintf(id.id, sizeof(id.id), "%" PRId64 ":%s/%" PRIx64,
			 hall_day_counter(year->hall), by, ++year->commands);
	if (year->decision.count)
		append(year, &id);
}

static void at_window(struct year *year, enum command_type type, int window)
{
	struct command command = {.type = type};
	char by[CORE_BY_SIZE];

	command.u.at_window.window = window;
	if (type == COMMAND_TRANSFER)
		snprintf(command.u.at_window.queue, CORE_ID_SIZE, "q%d", GENERAL);
	if (type == COMMAND_SIGN_IN)
		snprintf(command.u.at_window.clerk, CORE_ID_SIZE, "clerk-%d", window);
	snprintf(by, sizeof(by), "keypad/keypad-%d", window);
	run(year, &command, by);
}

/* ---- definitions ---- */

static void define_items(struct year *year)
{
	double load[GENERAL] = {0}, sum = 0;

	for (int rank = 0; rank < ITEMS; rank++) {
		struct command command = {.type = COMMAND_DEFINE_ITEM};
		struct event_item_defined *item = &command.u.define_item;
		int least = 0;

		for (int queue = 1; queue < GENERAL; queue++)
			if (load[queue] < load[least])
				least = queue;
		load[least] += 1.0 / (rank + 1);
		sum += 1.0 / (rank + 1);
		year->share[rank] = sum;
		year->queue_of[rank] = least;
		snprintf(item->item, sizeof(item->item), "item-%03d", rank);
		snprintf(item->zh, sizeof(item->zh), "事项%03d", rank);
		snprintf(item->en, sizeof(item->en), "Item %03d", rank);
		snprintf(item->department, sizeof(item->department), "部门%02d Department %02d",
			 rank % DEPARTMENTS, rank % DEPARTMENTS);
		snprintf(item->queue, sizeof(item->queue), "q%d", least);
		run(year, &command, "daemon");
	}
	for (int rank = 0; rank < ITEMS; rank++)
		year->share[rank] /= sum;
}

static void define_window(struct year *year, int number)
{
	struct command command = {.type = COMMAND_DEFINE_WINDOW};
	struct event_window_defined *window = &command.u.define_window;
	struct event_clerk_defined *clerk = &command.u.define_clerk;

	window->window = number;
	snprintf(window->zh, sizeof(window->zh), "%d号窗口", number);
	snprintf(window->en, sizeof(window->en), "Window %d", number);
	snprintf(window->queues, sizeof(window->queues), "q%d,q%d", number % QUEUES,
		 (number + 1) % QUEUES);
	run(year, &command, "daemon");
	command = (struct command){.type = COMMAND_DEFINE_CLERK};
	snprintf(clerk->clerk, sizeof(clerk->clerk), "clerk-%d", number);
	snprintf(clerk->zh, sizeof(clerk->zh), "窗口人员%d", number);
	snprintf(clerk->en, sizeof(clerk->en), "Clerk %d", number);
	run(year, &command, "daemon");
}

static void define(struct year *year)
{
	struct command command = {.type = COMMAND_START_DAEMON};
	struct event_hall_defined *hall = &command.u.define_hall;
	struct event_queue_defined *queue = &command.u.define_queue;

	strcpy(command.u.start_daemon.boot, "bench-year");
	strcpy(command.u.start_daemon.software, "onewindow bench");
	run(year, &command, "daemon");
	command = (struct command){.type = COMMAND_DEFINE_HALL};
	strcpy(hall->id, "bench");
	strcpy(hall->zh, "基准大厅");
	strcpy(hall->en, "Bench hall");
	strcpy(hall->zone, "Asia/Shanghai");
	hall->target_ms = 900000;
	run(year, &command, "daemon");
	for (int i = 0; i < QUEUES; i++) {
		command = (struct command){.type = COMMAND_DEFINE_QUEUE};
		snprintf(queue->queue, sizeof(queue->queue), "q%d", i);
		snprintf(queue->zh, sizeof(queue->zh), i < GENERAL ? "综合受理%d" : "统一出证%d",
			 i);
		snprintf(queue->en, sizeof(queue->en), i < GENERAL ? "General %d" : "Issue %d", i);
		snprintf(queue->prefix, sizeof(queue->prefix), "%c", 'A' + i);
		queue->first = 1;
		queue->last = 9999;
		queue->work = true;
		run(year, &command, "daemon");
	}
	for (int i = 1; i <= WINDOWS; i++)
		define_window(year, i);
	define_items(year);
}

/* ---- a day ---- */

static int item_drawn(struct year *year)
{
	double x = uniform(year);
	int low = 0, high = ITEMS - 1;

	while (low < high) {
		int middle = (low + high) / 2;

		if (year->share[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Four tickets of ten name a case, and one of seven of those a case of the last weeks. */
static void name_case(struct year *year, char ret_case[CORE_CASE_SIZE])
{
	int64_t number = year->cases;

	if (uniform(year) < 0.15)
		number -= (int64_t)(uniform(year) * 60000);
	else
		year->cases = ++number;
	if (number > 0)
		snprintf(ret_case, CORE_CASE_SIZE, "2026-C-%08" PRId64, number);
}

static void file_online(struct year *year)
{
	struct command command = {.type = COMMAND_FILE_ONLINE};
	struct event_online_filing *filing = &command.u.file_online;

	snprintf(filing->item, sizeof(filing->item), "item-%03d", item_drawn(year));
	snprintf(filing->case_ref, sizeof(filing->case_ref), "2026-W-%08" PRId64, ++year->filings);
	filing->filed = year->day_ms + year->now_ms;
	run(year, &command, "api");
}

static void issue(struct year *year)
{
	struct command command = {.type = COMMAND_ISSUE};
	int64_t job = 0;

	snprintf(command.u.issue.item, CORE_ID_SIZE, "item-%03d", item_drawn(year));
	if (uniform(year) < 0.4)
		name_case(year, command.u.issue.case_ref);
	snprintf(command.u.issue.token, CORE_TOKEN_SIZE, "%016" PRIx64 "%016" PRIx64, draw(year),
		 draw(year));
	command.u.issue.origin = uniform(year) < 0.8 ? ORIGIN_PANEL : ORIGIN_DESK;
	command.u.issue.print = true;
	run(year, &command, "keypad/panel-1");
	year->tickets++;
	for (size_t i = 0; i < year->decision.count; i++)
		if (year->decision.events[i].type == EVENT_PRINT_QUEUED)
			job = year->decision.events[i].u.print.job;
	command = (struct command){.type = COMMAND_PRINT_START};
	command.u.print.job = job;
	strcpy(command.u.print.printer, "dispenser");
	run(year, &command, "printer/dispenser");
	command.type = COMMAND_PRINT_END;
	command.u.print.outcome = PRINT_PRINTED;
	run(year, &command, "printer/dispenser");
}

static bool has_work(const struct year *year, int window)
{
	for (int i = 0; i < 2; i++) {
		const struct queue *queue = hall_queue(year->hall, (size_t)(window + i) % QUEUES);

		for (int class = 0; class < CLASS_COUNT; class ++)
			if (queue->waiting[class])
				return true;
	}
	return false;
}

static void call(struct year *year, int number)
{
	struct window_now *window = &year->windows[number];

	window->phase = IDLE;
	if (!has_work(year, number))
		return;
	at_window(year, COMMAND_CALL_NEXT, number);
	window->phase = CALLED;
	window->shows = uniform(year) > 0.04;
	window->at_ms = year->now_ms + 10000 + (int64_t)(uniform(year) * 30000);
}

static void start(struct year *year, int number)
{
	struct window_now *window = &year->windows[number];
	double minutes = year->service_min * exp(0.7 * normal(year) - 0.245);

	at_window(year, COMMAND_START, number);
	window->phase = SERVED;
	window->transfers = uniform(year) < 0.08;
	window->at_ms = year->now_ms + (int64_t)(minutes * 60000);
}

static void step(struct year *year, int number)
{
	struct window_now *window = &year->windows[number];

	switch (window->phase) {
	case CALLED:
		if (window->shows && uniform(year) < 0.9) {
			start(year, number);
			return;
		}
		at_window(year, COMMAND_RECALL, number);
		window->phase = RECALLED;
		window->at_ms = year->now_ms + 30000;
		return;
	case RECALLED:
		if (window->shows)
			start(year, number);
		else
			at_window(year, COMMAND_NO_SHOW, number);
		break;
	case SERVED:
		at_window(year, window->transfers ? COMMAND_TRANSFER : COMMAND_FINISH, number);
		break;
	case IDLE: break;
	}
	if (window->phase != SERVED || window->at_ms <= year->now_ms)
		call(year, number);
}

static void call_at_idle(struct year *year)
{
	for (int number = 1; number <= WINDOWS; number++)
		if (year->windows[number].phase == IDLE)
			call(year, number);
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Moments from nine to five by the hours' weights, rising. */
static int64_t *arrivals(struct year *year, int64_t count)
{
	static const double weights[] = {1.5, 1.6, .9, .1, .8, 1.1, .8, .3};
	int64_t *times = malloc((size_t)count * sizeof(*times));

	if (!times)
		die("out of memory");
	for (int64_t i = 0; i < count; i++) {
		double x = uniform(year) * 7.1;
		int hour = 0;

		while (hour < 7 && x >= weights[hour])
			x -= weights[hour++];
		times[i] = OPEN_MS + hour * 3600000 + (int64_t)(uniform(year) * 3600000);
	}
	qsort(times, (size_t)count, sizeof(*times), by_time);
	return times;
}

static int earliest(const struct year *year)
{
	int first = 0;

	for (int number = 1; number <= WINDOWS; number++)
		if (year->windows[number].phase != IDLE &&
		    (!first || year->windows[number].at_ms < year->windows[first].at_ms))
			first = number;
	return first;
}

static void serve_day(struct year *year, int64_t count)
{
	int64_t *times = arrivals(year, count);

	for (int64_t next = 0;;) {
		int window = earliest(year);

		if (next < count && (!window || times[next] <= year->windows[window].at_ms)) {
			year->now_ms = times[next++];
			issue(year);
			if (uniform(year) < 0.06)
				file_online(year);
			if (uniform(year) < 0.01) { /* issued by mistake */
				struct command command = {.type = COMMAND_CANCEL};

				command.u.at_window.ticket = year->tickets;
				run(year, &command, "api");
			}
		} else if (window) {
			year->now_ms = year->windows[window].at_ms;
			step(year, window);
		} else {
			break;
		}
		call_at_idle(year);
	}
	free(times);
}

static int64_t date_of(int64_t wall_ms)
{
	time_t day = (time_t)(wall_ms / 1000 + OFFSET_MIN * 60);
	struct tm parts;

	gmtime_r(&day, &parts);
	return (parts.tm_year + INT64_C(1900)) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday;
}

static void run_day(struct year *year, int64_t tickets)
{
	struct command command = {.type = COMMAND_OPEN_DAY};
	int64_t begin_us;

	year->now_ms = OPEN_MS - 1800000;
	command.u.open_day.date = date_of(year->day_ms);
	run(year, &command, "daemon");
	for (int number = 1; number <= WINDOWS; number++)
		at_window(year, COMMAND_SIGN_IN, number);
	serve_day(year, (int64_t)((double)tickets * exp(0.1 * normal(year) - 0.005)));
	for (int number = 1; number <= WINDOWS; number++)
		at_window(year, COMMAND_SIGN_OUT, number);
	settle(year);
	command = (struct command){.type = COMMAND_CLOSE_DAY};
	run(year, &command, "daemon");
	begin_us = figures_now_us();
	settle(year);
	year->digest_us += figures_now_us() - begin_us;
}

static void run_days(struct year *year, int64_t days, int64_t tickets)
{
	for (int64_t i = 0; i < days; i++) {
		run_day(year, tickets);
		do {
			year->day_ms += DAY_MS;
			year->mono_ms += DAY_MS;
		} while ((year->day_ms + OFFSET_MIN * 60000 - EPOCH_MONDAY_MS) / DAY_MS % 7 > 4);
	}
}

/* ---- the baseline ---- */

static void freeze(struct year *year, int64_t from)
{
	struct baseline_request request = {.name = "before", .from = from};
	struct command command = {.type = COMMAND_FREEZE_BASELINE};
	struct store_reader *reader = NULL;
	struct baseline_facts facts = {0};
	char error[STORE_ERROR_SIZE] = "";

	request.to = hall_last_day(year->hall);
	if (store_reader_open(&reader, year->path, error) < 0 ||
	    baseline_compute(reader, &request, &facts, error) < 0)
		die(error);
	store_reader_close(reader);
	command.u.freeze_baseline.frozen = facts.frozen;
	command.u.freeze_baseline.parts = facts.parts;
	year->now_ms = 0; /* before the next day opens */
	run(year, &command, "api");
	settle(year);
	baseline_facts_finish(&facts);
}

static int refuse_rows(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return -EPROTO;
}

static void open_log(struct year *year)
{
	const struct store_options options = {.path = year->path,
					      .create = true,
					      .digest = &digest_maker,
					      .vfs = unsynced_vfs(),
					      .manual = true};
	char error[STORE_ERROR_SIZE] = "";

	if (hall_create(&year->hall) < 0)
		die("out of memory");
	if (store_open(&year->store, &options, refuse_rows, NULL, error) < 0)
		die(error);
}

int main(int argc, char **argv)
{
	static struct year year = {.seed = 1, .day_ms = INT64_C(1767542400000)};
	int64_t begin_us = figures_now_us(), first, last, baseline_days, days, tickets;

	if (argc != 5)
		return 2;
	year.path = argv[1];
	baseline_days = strtoll(argv[2], NULL, 10);
	days = strtoll(argv[3], NULL, 10);
	tickets = strtoll(argv[4], NULL, 10);
	open_log(&year);
	define(&year);
	settle(&year);
	first = date_of(year.day_ms); /* a Monday */
	year.service_min = 5.2;
	run_days(&year, baseline_days, tickets);
	last = hall_last_day(year.hall);
	freeze(&year, first);
	year.service_min = 4.6;
	first = date_of(year.day_ms);
	run_days(&year, days, tickets);
	store_close(year.store);
	printf("{\"events\":%" PRIu64 ",\"tickets\":%" PRId64 ",\"baseline_last\":%" PRId64
	       ",\"first\":%" PRId64 ",\"last\":%" PRId64
	       ",\"seconds\":%.1f,\"digest_seconds\":%.1f}\n",
	       hall_seq(year.hall), year.tickets, last, first, hall_last_day(year.hall),
	       (double)(figures_now_us() - begin_us) / 1e6, (double)year.digest_us / 1e6);
	hall_destroy(year.hall);
	return 0;
}
