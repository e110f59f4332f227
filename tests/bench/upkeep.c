/* What keeping a closed day costs, beside what issuing its tickets costs. The days of a log of
 * bench-fill-year are made into digests and kept again, as if another version had made them; then a
 * day is opened and tickets are issued, each in a commit of its own that is synced.
 *
 *     bench-upkeep LOG ROUNDS TICKETS        TICKETS a round; prints a JSON object a round
 *
 * Keeping is what the store's thread does: reading a day's events back, the ledger, the commit of
 * its digest. Issuing is the core's decision, the events, their commit; without HTTP. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/keeper/keeper.h"
#include "src/measure/digest.h"
#include "tests/bench/figures.h"

enum { OFFSET_MIN = 480, ITEMS = 977, OTHER_VERSION = 1000000 }; /* versions that nobody has */

struct cost {
	int64_t wall_us, cpu_us;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench-upkeep: %s\n", what);
	exit(1);
}

static struct cost now(void)
{
	struct timespec cpu;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	return (struct cost){figures_now_us(), (int64_t)cpu.tv_sec * 1000000 + cpu.tv_nsec / 1000};
}

static struct cost since(struct cost begin)
{
	struct cost end = now();

	return (struct cost){end.wall_us - begin.wall_us, end.cpu_us - begin.cpu_us};
}

static int64_t ask(const char *path, const char *text, int64_t value)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *query = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, text, -1, &query, NULL) != SQLITE_OK ||
	    sqlite3_bind_int64(query, 1, value) != SQLITE_OK || sqlite3_step(query) != SQLITE_ROW)
		die(sqlite3_errmsg(db));
	value = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	sqlite3_close(db);
	return value;
}

static int64_t count_events(const char *path, enum event_type type)
{
	return ask(path, "SELECT count(*) FROM event WHERE type = ?1", type);
}

static int64_t count_kept(const char *path, uint32_t version)
{
	return ask(path, "SELECT count(*) FROM kept_day WHERE version = ?1", version);
}

static struct keeper *open_log(const char *path, const struct store_digest *digest)
{
	const struct keeper_options options = {.store = {.path = path,
							 .projections = &store_ticket_projection,
							 .projection_count = 1,
							 .digest = digest,
							 .manual = true}};
	struct keeper *keeper = NULL;
	char error[STORE_ERROR_SIZE] = "";

	if (keeper_open(&keeper, &options, error) < 0)
		die(error);
	return keeper;
}

/* All closed days of the log. */
static struct cost keep(const char *path, uint32_t version)
{
	struct store_digest digest = digest_maker;
	struct keeper *keeper;
	struct cost begin, cost;

	digest.version = version;
	keeper = open_log(path, &digest);
	if (count_kept(path, version))
		die("the days are kept already");
	begin = now();
	if (keeper_step(keeper) < 0)
		die("the log takes no writes");
	cost = since(begin);
	keeper_close(keeper);
	if (count_kept(path, version) != count_events(path, EVENT_DAY_CLOSED))
		die("not all days were kept");
	return cost;
}

/* ---- issuing ---- */

static int64_t answered;

static void on_reply(void *user, const struct keeper_reply *reply)
{
	(void)user;
	if (reply->status != KEEPER_DONE)
		die(refusal_text_en(reply->refusal));
	answered++;
}

struct desk {
	struct keeper *keeper;
	struct stamp at;
	uint64_t commands;
};

/* Until it is answered: its commit is on the disk. */
static void run(struct desk *desk, struct command *command)
{
	int64_t before = answered;
	char id[32];

	command->at = desk->at;
	snprintf(command->by, sizeof(command->by), "api");
	snprintf(id, sizeof(id), "upkeep-%" PRIu64, ++desk->commands);
	if (keeper_submit(desk->keeper, command, id, id, strlen(id), on_reply, NULL) < 0 ||
	    keeper_step(desk->keeper) < 0 || keeper_advance(desk->keeper) < 0 || answered == before)
		die("the log takes no writes");
	desk->at.mono_ms += 1000;
	desk->at.wall_ms += 1000;
}

static void open_day(struct desk *desk)
{
	struct command command = {.type = COMMAND_START_DAEMON};

	snprintf(command.u.start_daemon.boot, sizeof(command.u.start_daemon.boot), "upkeep");
	snprintf(command.u.start_daemon.software, sizeof(command.u.start_daemon.software),
		 "onewindow %s", ONEWINDOW_VERSION);
	desk->at = (struct stamp){
		.mono_ms = 1, .wall_ms = INT64_C(4102444800000), .offset_min = OFFSET_MIN};
	run(desk, &command);
	command = (struct command){.type = COMMAND_OPEN_DAY};
	command.u.open_day.date = 21000101;
	command.u.open_day.operator_word = true; /* it is long after the log's days */
	run(desk, &command);
}

static struct cost issue(struct desk *desk, int64_t tickets)
{
	struct cost begin = now();

	for (int64_t i = 0; i < tickets; i++) {
		struct command command = {.type = COMMAND_ISSUE};

		snprintf(command.u.issue.item, sizeof(command.u.issue.item), "item-%03d",
			 (int)(desk->commands * 389 % ITEMS));
		snprintf(command.u.issue.token, sizeof(command.u.issue.token), "%032" PRIx64,
			 desk->commands);
		command.u.issue.origin = ORIGIN_PANEL;
		command.u.issue.print = true;
		command.u.issue.arrival_ms = desk->at.mono_ms;
		run(desk, &command);
	}
	return since(begin);
}

int main(int argc, char **argv)
{
	struct desk desk = {.commands = 0};
	int64_t rounds, tickets, closed;

	if (argc != 4)
		return 2;
	rounds = strtoll(argv[2], NULL, 10);
	tickets = strtoll(argv[3], NULL, 10);
	closed = count_events(argv[1], EVENT_TICKET_ISSUED);
	for (int64_t i = 0; i < rounds; i++) {
		struct cost kept = keep(argv[1], OTHER_VERSION + (uint32_t)i), issued;

		desk.keeper = open_log(argv[1], NULL);
		if (!desk.commands)
			open_day(&desk);
		issued = issue(&desk, tickets);
		keeper_close(desk.keeper);
		printf("{\"tickets\":%" PRId64 ",\"keep_us\":%.3f,\"keep_cpu_us\":%.3f,"
		       "\"issue_us\":%.3f,\"issue_cpu_us\":%.3f}\n",
		       closed, (double)kept.wall_us / (double)closed,
		       (double)kept.cpu_us / (double)closed,
		       (double)issued.wall_us / (double)tickets,
		       (double)issued.cpu_us / (double)tickets);
	}
	return 0;
}
