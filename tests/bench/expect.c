/* The expected wait that a ticket is told at its issue, against its wait: days of a hall with six
 * windows and 29 arrivals an hour, played with decide() and apply(). Beside it stand what halls
 * tell without a computation: (those waiting + 1) times the mean service over the windows, and the
 * last wait, in the two ways it is taken: of whoever was called last, and of whoever was done last.
 * Counted are tickets that are issued while all windows are taken.
 * Then: what it takes to decide an issue with 200 waiting.
 *
 *     bench-expect [DAYS [ROUNDS [WORLD]]]        1,500 days a world, 7 rounds by default; one of
 * the worlds only, from 1
 *     bench-expect --log FILE WORLD DAYS          one world, and its log, for calibration.py */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/core/random.h"
#include "src/core/state.h"
#include "tests/bench/expect_log.h"
#include "tests/bench/figures.h"

enum {
	WINDOWS = 6,
	ITEMS = 100,
	HOURS = 8,
	GROUPS = 10, /* of days: how much a figure changes between them */
	MIN_MS = 60000,
	DAY_MS = 86400000,
	MAX_DAY = 4096,
	LEARNT_N = 999,
	TIMED = 400,
};

static const double arrivals_an_hour = 29;

struct world {
	const char *name;
	double service_ms, cv, item_sigma;
	bool learns; /* else the true means and spreads are given */
};

static const struct world worlds[] = {
	{"12 min, cv .6, items .4, true means", 12.0 * MIN_MS, .6, .4, false},
	{"12 min, cv .6, no items, true means", 12.0 * MIN_MS, .6, 0, false},
	{"12 min, cv 1.2, items .4, true means", 12.0 * MIN_MS, 1.2, .4, false},
	{"12 min, cv .6, items .4, learned means", 12.0 * MIN_MS, .6, .4, true},
	{"10 min, cv .6, items .4, true means", 10.0 * MIN_MS, .6, .4, false},
	{"10 min, cv .6, items .4, learned means", 10.0 * MIN_MS, .6, .4, true},
};

enum { WORLDS = sizeof(worlds) / sizeof(worlds[0]) };

enum guess { GUESS_DRAWN, GUESS_LENGTH, GUESS_CALLED, GUESS_DONE, GUESS_COUNT };

struct sums {
	double squares[GUESS_COUNT], sum[GUESS_COUNT], wait;
	int64_t tickets, held; /* held: the wait lay in the interval that was told */
};

struct promise {
	int64_t at_ms, low_ms, high_ms;
	double guesses[GUESS_COUNT];
	bool counts;
};

struct office {
	const struct world *world;
	struct hall *hall;
	struct random random;
	double means_ms[ITEMS];
	int64_t first_ticket;		     /* of the day, less 1 */
	double leaves_ms[WINDOWS];	     /* INFINITY: nobody is there */
	double waits_ms[WINDOWS];	     /* of those at the windows */
	double called_wait_ms, done_wait_ms; /* of the last one */
	struct promise promises[MAX_DAY];
	struct sums sums[GROUPS];
	struct decision decision;
};

static void die(const char *what)
{
	fprintf(stderr, "bench-expect: %s\n", what);
	exit(1);
}

/* ---- chance ------------------------------------------------------------------------------------
 */

static double uniform(struct random *random)
{
	return ((double)(random_next(random) >> 12) + 0.5) * 0x1p-52;
}

static double normal(struct random *random)
{
	double radius = sqrt(-2 * log(uniform(random)));

	return radius * cos(2 * M_PI * uniform(random));
}

static double lognormal(struct random *random, double mean, double cv)
{
	double square = log1p(cv * cv);

	return mean * exp(sqrt(square) * normal(random) - square / 2);
}

/* ---- the office --------------------------------------------------------------------------------
 */

static struct command command_of(enum command_type type, double at_ms)
{
	struct command command;

	memset(&command, 0, sizeof(command));
	command.type = type;
	command.at = (struct stamp){.mono_ms = (int64_t)at_ms,
				    .wall_ms = 1767542400000 + (int64_t)at_ms,
				    .offset_min = 480};
	strcpy(command.by, "bench");
	return command;
}

static void run(struct office *office, const struct command *command)
{
	if (hall_decide(office->hall, command, &office->decision) < 0)
		die(office->decision.detail);
	for (size_t i = 0; i < office->decision.count; i++) {
		office->decision.events[i].seq = hall_seq(office->hall) + 1;
		if (hall_apply(office->hall, &office->decision.events[i]) < 0)
			die("an event does not fit");
	}
	expect_log_take(office->decision.events, office->decision.count);
}

static void start(struct office *office)
{
	struct command command = command_of(COMMAND_START_DAEMON, 0);
	struct event_hall_defined *hall = &command.u.define_hall;

	strcpy(command.u.start_daemon.boot, "bench");
	strcpy(command.u.start_daemon.software, "onewindow bench");
	run(office, &command);
	command = command_of(COMMAND_DEFINE_HALL, 0);
	strcpy(hall->id, "bench");
	strcpy(hall->zh, "六窗口");
	strcpy(hall->en, "Six windows");
	strcpy(hall->zone, "Asia/Shanghai");
	hall->target_ms = 15 * MIN_MS;
	run(office, &command);
}

static void define_queue(struct office *office, const char *id, const char *prefix)
{
	struct command command = command_of(COMMAND_DEFINE_QUEUE, 0);
	struct event_queue_defined *def = &command.u.define_queue;

	strcpy(def->queue, id);
	strcpy(def->zh, "队列");
	strcpy(def->en, "Queue");
	strcpy(def->prefix, prefix);
	def->first = 1;
	def->last = 9999;
	def->work = true;
	run(office, &command);
}

static void define_window(struct office *office, int number, const char *queues)
{
	struct command command = command_of(COMMAND_DEFINE_WINDOW, 0);

	command.u.define_window.window = number;
	strcpy(command.u.define_window.zh, "窗口");
	strcpy(command.u.define_window.en, "Window");
	strcpy(command.u.define_window.queues, queues);
	run(office, &command);
}

static void define_items(struct office *office, const char *queue)
{
	for (int i = 0; i < ITEMS; i++) {
		struct command command = command_of(COMMAND_DEFINE_ITEM, 0);

		snprintf(command.u.define_item.item, CORE_ID_SIZE, "item-%d", i);
		strcpy(command.u.define_item.zh, "事项");
		strcpy(command.u.define_item.en, "Item");
		strcpy(command.u.define_item.department, "局");
		strcpy(command.u.define_item.queue, queue);
		run(office, &command);
	}
}

static void define_policy(struct office *office)
{
	struct command command = command_of(COMMAND_DEFINE_POLICY, 0);

	command.u.define_policy.overtakes = -1;
	command.u.define_policy.expect = true;
	command.u.define_policy.expect_service_ms = 600000;
	run(office, &command);
}

static void open_day(struct office *office, int64_t day)
{
	struct command command = command_of(COMMAND_OPEN_DAY, (double)day * DAY_MS);

	command.u.open_day.date = 20260105;
	while (day-- > 0) {
		int64_t *date = &command.u.open_day.date;

		++*date;
		if (*date % 100 > 28)
			*date += 100 - 28;
		if (*date / 100 % 100 > 12)
			*date += 10000 - 1200;
	}
	command.u.open_day.operator_word = true;
	run(office, &command);
}

static void begin(struct office *office, const struct world *world)
{
	double sum = 0;

	memset(office, 0, sizeof(*office));
	office->world = world;
	if (hall_create(&office->hall) < 0)
		die("no memory");
	random_begin(&office->random, 20261127, 0);
	for (int i = 0; i < ITEMS; i++) {
		office->means_ms[i] = exp(world->item_sigma * normal(&office->random));
		sum += office->means_ms[i];
	}
	for (int i = 0; i < ITEMS; i++)
		office->means_ms[i] *= world->service_ms * ITEMS / sum;
	start(office);
	define_queue(office, "general", "A");
	for (int i = 0; i < WINDOWS; i++) {
		struct command command = command_of(COMMAND_SIGN_IN, 0);

		define_window(office, i + 1, "general");
		command.u.at_window.window = i + 1;
		snprintf(command.u.at_window.clerk, CORE_ID_SIZE, "clerk-%d", i + 1);
		run(office, &command);
	}
	define_items(office, "general");
	define_policy(office);
}

static struct learnt learnt_of(double mean_ms, double cv)
{
	double tenths = mean_ms / 100;

	return (struct learnt){
		.n = LEARNT_N,
		.sum_ms = (int64_t)(LEARNT_N * mean_ms),
		.squares = (int64_t)(LEARNT_N * tenths * tenths * (1 + cv * cv)),
	};
}

/* As if it had been learnt without an error. */
static void give_truth(struct office *office)
{
	struct hall *hall = office->hall;
	double squares = 0, mean_ms = office->world->service_ms;

	for (int i = 0; i < ITEMS; i++) {
		hall->items[i].held = learnt_of(office->means_ms[i], office->world->cv);
		squares += office->means_ms[i] * office->means_ms[i] / ITEMS;
	}
	squares *= 1 + office->world->cv * office->world->cv;
	hall->queues[0].queue.held = learnt_of(mean_ms, sqrt(squares / mean_ms / mean_ms - 1));
	hall->queues[0].queue.held_plain = (struct learnt){0};
}

static void call_next(struct office *office, int window, double now_ms, struct sums *sums)
{
	struct command command = command_of(COMMAND_CALL_NEXT, now_ms);
	const struct ticket *ticket;
	const struct promise *promise;
	double wait;

	if (!hall_waiting_at(office->hall, hall_window(office->hall, (size_t)window)))
		return;
	command.u.at_window.window = window + 1;
	run(office, &command);
	command.type = COMMAND_START;
	run(office, &command);
	ticket = hall_find_ticket(office->hall, hall_window(office->hall, (size_t)window)->ticket);
	office->leaves_ms[window] =
		now_ms +
		lognormal(&office->random, office->means_ms[ticket->item], office->world->cv);
	promise = &office->promises[ticket->id - office->first_ticket - 1];
	wait = (double)((int64_t)now_ms - promise->at_ms);
	office->waits_ms[window] = wait;
	office->called_wait_ms = wait;
	if (!promise->counts)
		return;
	sums->tickets++;
	sums->wait += wait;
	sums->held += wait >= (double)promise->low_ms && wait <= (double)promise->high_ms;
	for (int i = 0; i < GUESS_COUNT; i++) {
		double error = promise->guesses[i] - wait;

		sums->sum[i] += error;
		sums->squares[i] += error * error;
	}
}

static void issue(struct office *office, double now_ms)
{
	struct command command = command_of(COMMAND_ISSUE, now_ms);
	const struct event_ticket_issued *issued = &office->decision.events[0].u.ticket_issued;
	const struct queue *queue = hall_queue(office->hall, 0);
	struct promise *promise;

	if (!office->world->learns)
		give_truth(office);
	snprintf(command.u.issue.item, CORE_ID_SIZE, "item-%u",
		 random_below(&office->random, ITEMS));
	snprintf(command.u.issue.token, CORE_TOKEN_SIZE, "%032" PRIx64, hall_seq(office->hall));
	command.u.issue.arrival_ms = command.at.mono_ms;
	run(office, &command);
	if (issued->ticket - office->first_ticket > MAX_DAY)
		die("too many tickets");
	promise = &office->promises[issued->ticket - office->first_ticket - 1];
	*promise = (struct promise){
		.at_ms = command.at.mono_ms,
		.low_ms = issued->expect_low_ms,
		.high_ms = issued->expect_high_ms,
		.guesses = {[GUESS_DRAWN] = (double)issued->expect_ms,
			    [GUESS_LENGTH] = queue->waiting[CLASS_ORDINARY] *
					     office->world->service_ms / WINDOWS,
			    [GUESS_CALLED] = office->called_wait_ms,
			    [GUESS_DONE] = office->done_wait_ms},
		.counts = issued->expect_busy,
	};
}

static void finish(struct office *office, int window, struct sums *sums)
{
	double now_ms = office->leaves_ms[window];
	struct command command = command_of(COMMAND_FINISH, now_ms);

	command.u.at_window.window = window + 1;
	run(office, &command);
	office->leaves_ms[window] = INFINITY;
	office->done_wait_ms = office->waits_ms[window];
	call_next(office, window, now_ms, sums);
}

static void play_day(struct office *office, int64_t day, struct sums *sums)
{
	double start_ms = (double)day * DAY_MS + 9 * 60 * MIN_MS,
	       end_ms = start_ms + HOURS * 60 * MIN_MS;
	double arrives_ms = start_ms, gap_ms = 60 * MIN_MS / arrivals_an_hour;
	struct command command;

	open_day(office, day);
	office->called_wait_ms = 0;
	office->done_wait_ms = 0;
	for (int i = 0; i < WINDOWS; i++)
		office->leaves_ms[i] = INFINITY;
	arrives_ms -= gap_ms * log(uniform(&office->random));
	for (;;) {
		int first = 0;

		for (int i = 1; i < WINDOWS; i++)
			if (office->leaves_ms[i] < office->leaves_ms[first])
				first = i;
		if (arrives_ms > end_ms && office->leaves_ms[first] == INFINITY)
			break;
		if (arrives_ms <= end_ms && arrives_ms <= office->leaves_ms[first]) {
			issue(office, arrives_ms);
			for (int i = 0; i < WINDOWS; i++)
				if (office->leaves_ms[i] == INFINITY) {
					call_next(office, i, arrives_ms, sums);
					break;
				}
			arrives_ms -= gap_ms * log(uniform(&office->random));
			continue;
		}
		finish(office, first, sums);
	}
	office->first_ticket = office->hall->last_ticket;
	command = command_of(COMMAND_CLOSE_DAY, (double)(day + 1) * DAY_MS - 1);
	run(office, &command);
}

/* A figure of all groups, and the standard error that its changes between them give. */
static void print_figure(const char *name, const double figures[GROUPS], double all)
{
	double mean = 0, square = 0;

	for (int i = 0; i < GROUPS; i++)
		mean += figures[i] / GROUPS;
	for (int i = 0; i < GROUPS; i++)
		square += (figures[i] - mean) * (figures[i] - mean);
	printf("  %-34s %7.3f  +- %.3f\n", name, all, sqrt(square / (GROUPS - 1) / GROUPS));
}

static double ratio(const struct sums *sums, enum guess other)
{
	return sums->squares[GUESS_DRAWN] / sums->squares[other];
}

static void play_world(const struct world *world, int days)
{
	static struct office office;
	struct sums all = {0};
	double figures[5][GROUPS];

	begin(&office, world);
	for (int day = 0; day < days; day++)
		play_day(&office, day, &office.sums[day * GROUPS / days]);
	for (int i = 0; i < GROUPS; i++) {
		const struct sums *sums = &office.sums[i];

		if (!sums->tickets)
			die("too few days");
		figures[0][i] = ratio(sums, GUESS_LENGTH);
		figures[1][i] = ratio(sums, GUESS_CALLED);
		figures[2][i] = ratio(sums, GUESS_DONE);
		figures[3][i] = (double)sums->held / (double)sums->tickets;
		figures[4][i] = sums->sum[GUESS_DRAWN] / (double)sums->tickets / MIN_MS;
		all.tickets += sums->tickets;
		all.held += sums->held;
		all.wait += sums->wait;
		for (int k = 0; k < GUESS_COUNT; k++) {
			all.squares[k] += sums->squares[k];
			all.sum[k] += sums->sum[k];
		}
	}
	printf("%s: %d days, %" PRId64 " tickets with all windows taken, mean wait %.2f min\n",
	       world->name, days, all.tickets, all.wait / (double)all.tickets / MIN_MS);
	print_figure("squared error / (waiting + 1) m / c", figures[0], ratio(&all, GUESS_LENGTH));
	print_figure("squared error / wait called last", figures[1], ratio(&all, GUESS_CALLED));
	print_figure("squared error / wait done last", figures[2], ratio(&all, GUESS_DONE));
	print_figure("within the 80 % interval", figures[3],
		     (double)all.held / (double)all.tickets);
	print_figure("mean error, min", figures[4],
		     all.sum[GUESS_DRAWN] / (double)all.tickets / MIN_MS);
	fflush(stdout);
	hall_destroy(office.hall);
}

/* ---- time --------------------------------------------------------------------------------------
 */

struct layout {
	const char *name;
	int windows, waiting;
	bool rules; /* two queues at each window, classes, the ageing bound */
};

static const struct layout layouts[] = {
	{"6 windows, 200 waiting", 6, 200, false},
	{"6 windows, 200 waiting, all rules", 6, 200, true},
	{"133 windows, 200 waiting", 133, 200, true},
	{"6 windows, 1,000 waiting", 6, 1000, true},
	{"6 windows, 9,000 waiting", 6, 9000, true},
	{"6 windows, nobody waiting", 6, 0, false},
};

static void fill(struct office *office, const struct layout *layout)
{
	static const struct world world = {"", 12.0 * MIN_MS, .6, .4, false};
	struct command command;

	begin(office, &world);
	define_queue(office, "issue", "B");
	for (int i = 0; i < layout->windows; i++)
		define_window(office, i + 1,
			      !layout->rules ? "general"
			      : i % 2	     ? "general,issue"
					     : "issue,general");
	if (layout->rules) {
		command = command_of(COMMAND_DEFINE_POLICY, 0);
		command.u.define_policy = *hall_policy(office->hall);
		command.u.define_policy.overtakes = 5;
		command.u.define_policy.age_ms = 60 * MIN_MS;
		run(office, &command);
	}
	open_day(office, 0);
	give_truth(office);
	for (int i = 0; i < layout->windows + layout->waiting; i++) {
		command = command_of(COMMAND_ISSUE, i * 100);
		if (layout->rules && i % 3 == 2)
			strcpy(command.u.issue.queue, "issue");
		else
			snprintf(command.u.issue.item, CORE_ID_SIZE, "item-%d", i % ITEMS);
		command.u.issue.class =
			layout->rules && i % 9 == 4 ? CLASS_PRIORITY : CLASS_ORDINARY;
		snprintf(command.u.issue.token, CORE_TOKEN_SIZE, "%032x", (unsigned)i);
		command.u.issue.arrival_ms = command.at.mono_ms;
		run(office, &command);
		if (i >= layout->windows)
			continue;
		command = command_of(COMMAND_CALL_NEXT, i * 100);
		command.u.at_window.window = i + 1;
		run(office, &command);
	}
	give_truth(office);
}

static void time_layout(const struct layout *layout, int rounds)
{
	static struct office office;
	double p50[2] = {INFINITY, 0}, p99[2] = {INFINITY, 0};

	fill(&office, layout);
	for (int round = 0; round < rounds; round++) {
		struct samples samples = {0};

		for (int i = 0; i < TIMED; i++) {
			struct command command = command_of(COMMAND_ISSUE, 2000000 + i * 1000);
			struct timespec from, to;

			snprintf(command.u.issue.item, CORE_ID_SIZE, "item-%d", i % ITEMS);
			strcpy(command.u.issue.token, "000000000000000000000000ffffffff");
			command.u.issue.arrival_ms = command.at.mono_ms;
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
			if (hall_decide(office.hall, &command, &office.decision) < 0)
				die(office.decision.detail);
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
			samples_add(&samples, (to.tv_sec - from.tv_sec) * 1000000 +
						      (to.tv_nsec - from.tv_nsec) / 1000);
		}
		p50[0] = fmin(p50[0], (double)samples_quantile(&samples, 0.5));
		p50[1] = fmax(p50[1], (double)samples_quantile(&samples, 0.5));
		p99[0] = fmin(p99[0], (double)samples_quantile(&samples, 0.99));
		p99[1] = fmax(p99[1], (double)samples_quantile(&samples, 0.99));
		samples_free(&samples);
	}
	printf("  %-36s p50 %6.0f to %6.0f us   p99 %6.0f to %6.0f us\n", layout->name, p50[0],
	       p50[1], p99[0], p99[1]);
	hall_destroy(office.hall);
}

/* Days of a world as a log. */
static int write_log(int argc, char **argv)
{
	int world = argc == 5 ? atoi(argv[3]) : 0, days = argc == 5 ? atoi(argv[4]) : 0;

	if (world < 1 || (size_t)world > WORLDS || days < GROUPS)
		die("bench-expect --log FILE WORLD DAYS: a world from 1, at least 10 days");
	expect_log_begin(argv[2]);
	play_world(&worlds[world - 1], days);
	expect_log_end();
	return 0;
}

int main(int argc, char **argv)
{
	int days = argc > 1 ? atoi(argv[1]) : 1500, rounds = argc > 2 ? atoi(argv[2]) : 7;
	int only = argc > 3 ? atoi(argv[3]) : 0;

	if (argc > 1 && !strcmp(argv[1], "--log"))
		return write_log(argc, argv);
	if (days < GROUPS || rounds < 1)
		die("bench-expect [DAYS [ROUNDS]]: at least 10 days");
	for (size_t i = 0; i < WORLDS; i++)
		if (!only || only == (int)i + 1)
			play_world(&worlds[i], days);
	printf("processor time of deciding an issue, %d rounds of %d, least to most of the "
	       "rounds:\n",
	       rounds, TIMED);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		time_layout(&layouts[i], rounds);
	return 0;
}
