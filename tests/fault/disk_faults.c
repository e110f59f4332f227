/* A script of transactions through the keeper, on a disk that fails: at every call in turn the
 * power goes, or the call has an error. Whatever was answered as done must be in the log behind
 * it, under the same id with the same answer; the log must verify and go on. */
#include <argp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/keeper/keeper.h"
#include "tests/fault/vfs.h"

enum { MAX_STEPS = 400, DEFINITIONS = 4, REOPENED = 3 };

struct step {
	struct command command;
	char id[24];
	bool answered, refused; /* when it was asked last */
	bool done, asked;
	enum keeper_status status;
	size_t count;
	uint64_t first_seq;
};

static struct step steps[MAX_STEPS];
static size_t step_count;
static struct keeper *keeper;
static char path[128];
static int64_t now_ms;
static const char *program, *what;
static char open_error[STORE_ERROR_SIZE];
static struct fault_plan plan;
static uint64_t seed;
static bool power;
static unsigned opened; /* how often the log was opened with success in this trial */

__attribute__((noreturn, format(printf, 1, 2))) static void wrong(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\nrepeat: %s --%s --transactions %zu --at %llu --error %d --count %llu --seed "
	       "%llu\n",
	       program, what, step_count - DEFINITIONS - REOPENED, (unsigned long long)plan.at,
	       (int)plan.error, (unsigned long long)plan.count, (unsigned long long)seed);
	fflush(stdout);
	_Exit(1);
}

/* ---- the script ---- */

static struct command *add(enum command_type type)
{
	struct step *step = &steps[step_count];

	memset(step, 0, sizeof(*step));
	snprintf(step->id, sizeof(step->id), "step-%zu", step_count);
	step_count++;
	step->command.type = type;
	strcpy(step->command.by, "api");
	return &step->command;
}

static void make_script(size_t transactions)
{
	struct command *command;

	step_count = 0;
	command = add(COMMAND_START_DAEMON);
	strcpy(command->u.start_daemon.boot, "11111111-2222-4333-8444-555555555555");
	strcpy(command->u.start_daemon.software, "disk-faults");
	command = add(COMMAND_DEFINE_QUEUE);
	strcpy(command->u.define_queue.queue, "q");
	strcpy(command->u.define_queue.zh, "综合");
	strcpy(command->u.define_queue.en, "General");
	strcpy(command->u.define_queue.prefix, "A");
	command->u.define_queue.first = 1;
	command->u.define_queue.last = 999;
	command->u.define_queue.work = true;
	command = add(COMMAND_DEFINE_WINDOW);
	command->u.define_window.window = 1;
	strcpy(command->u.define_window.zh, "一号窗口");
	strcpy(command->u.define_window.en, "Window 1");
	strcpy(command->u.define_window.queues, "q");
	command = add(COMMAND_OPEN_DAY);
	command->u.open_day.date = 20261102;
	for (size_t i = 0; i < transactions; i++) {
		static const enum command_type order[] = {
			COMMAND_ISSUE,	COMMAND_ISSUE,	   COMMAND_CALL_NEXT,
			COMMAND_ISSUE,	COMMAND_CALL_NEXT, COMMAND_START,
			COMMAND_FINISH, COMMAND_CALL_NEXT, COMMAND_PARK,
		};

		command = add(order[i % (sizeof(order) / sizeof(order[0]))]);
		if (command->type == COMMAND_ISSUE) {
			strcpy(command->u.issue.queue, "q");
			command->u.issue.origin = ORIGIN_API;
			command->u.issue.print = i % 2;
			snprintf(command->u.issue.token, CORE_TOKEN_SIZE, "%032zx", i + 1);
		} else {
			command->u.at_window.window = 1;
		}
	}
	add(COMMAND_CLOSE_DAY);
	/* the same date: the ids stay as they are */
	add(COMMAND_OPEN_DAY)->u.open_day.date = 20261102;
	command = add(COMMAND_ISSUE);
	strcpy(command->u.issue.queue, "q");
	command->u.issue.origin = ORIGIN_API;
	strcpy(command->u.issue.token, "ffffffffffffffffffffffffffffffff");
}

/* ---- a digest that fills pages: one byte an event, as often as they have room ---- */

struct maker {
	uint8_t bytes[3 * 4096];
	size_t count;
};

static int create_maker(void **ret_maker)
{
	struct maker *maker = calloc(1, sizeof(*maker));

	*ret_maker = maker;
	return maker ? 0 : -1;
}

static int give_event(void *user, const struct event *event)
{
	struct maker *maker = user;

	for (size_t i = 0; i < 64 && maker->count < sizeof(maker->bytes); i++)
		maker->bytes[maker->count++] = (uint8_t)event->seq;
	return 0;
}

static int cut(void *user, struct store_part ret_parts[STORE_DIGEST_PARTS])
{
	struct maker *maker = user;

	ret_parts[0] = (struct store_part){maker->bytes, maker->count};
	ret_parts[2] = (struct store_part){maker->bytes, maker->count / 2};
	maker->count = 0;
	return 0;
}

static const struct store_digest digest = {
	.version = 1,
	.create = create_maker,
	.event = give_event,
	.cut = cut,
	.destroy = free,
};

static int count_kept(void *user, const struct store_day *day)
{
	unsigned *kept = user;

	*kept += day->kept;
	return 0;
}

/* ---- one process ---- */

static void on_wake(void *user)
{
	(void)user;
}

static void on_event(void *user, const struct event *event, const struct hall *durable)
{
	struct store_state state;

	(void)user, (void)durable;
	keeper_get_state(keeper, &state);
	if (event->seq > state.durable_seq)
		wrong("event %llu is told before it is durable", (unsigned long long)event->seq);
}

static bool open_keeper(void)
{
	struct keeper_options options = {
		.store = {.path = path,
			  .create = true,
			  .projections = &store_ticket_projection,
			  .projection_count = 1,
			  .digest = &digest,
			  .wake = on_wake,
			  .manual = true},
	};
	open_error[0] = '\0';
	if (keeper_open(&keeper, &options, open_error) == 0) {
		opened++;
		if (keeper_subscribe(keeper, on_event, NULL) < 0)
			wrong("no subscriber is taken");
		return true;
	}
	keeper = NULL;
	if (!open_error[0])
		wrong("the log does not open, and nothing says why");
	return false;
}

static void on_reply(void *user, const struct keeper_reply *reply)
{
	struct step *step = user;
	struct store_state state;

	step->answered = true;
	if (step->refused && reply->status == KEEPER_DONE && reply->repeated)
		wrong("%s was refused, nothing changed, and is in the log", step->id);
	step->refused = reply->status == KEEPER_UNAVAILABLE;
	if (reply->status == KEEPER_UNAVAILABLE || reply->status == KEEPER_UNKNOWN)
		return;
	keeper_get_state(keeper, &state);
	if (reply->count && reply->events[reply->count - 1].seq > state.durable_seq)
		wrong("%s is answered before it is durable", step->id);
	if (step->done && reply->status == KEEPER_DONE && step->status == KEEPER_DONE &&
	    step->count &&
	    (!reply->repeated || reply->count != step->count ||
	     reply->events[0].seq != step->first_seq))
		wrong("%s was answered as done, and its id gets another answer now", step->id);
	if (step->done && step->status != reply->status && step->count)
		wrong("%s was answered as done, and is not any more", step->id);
	step->done = true;
	step->status = reply->status;
	step->count = reply->count;
	step->first_seq = reply->count ? reply->events[0].seq : 0;
}

static bool dies(void)
{
	return seed / 4 % 2;
}

/* Asks for a step and waits for the disk; false when the process has to end. */
static bool ask(struct step *step)
{
	step->command.at = (struct stamp){now_ms, now_ms + 1793581200000, 480};
	now_ms += 1000;
	if (step->command.type == COMMAND_ISSUE)
		step->command.u.issue.arrival_ms = step->command.at.mono_ms;
	step->asked = true;
	step->answered = false;
	if (keeper_submit(keeper, &step->command, step->id, step->id, strlen(step->id), on_reply,
			  step) < 0)
		return false;
	for (int turn = 0; turn < 4; turn++) {
		int failed = keeper_step(keeper);

		keeper_tick(keeper, now_ms);
		if (keeper_advance(keeper) < 0) {
			step->refused = false;
			return false;
		}
		/* Or it is killed now, before it tries the disk again: what the failed commit left
		 * in the WAL stays there. */
		if (step->refused && dies()) {
			fault_vfs_cut();
			return false;
		}
		if (!failed && keeper_idle(keeper))
			break;
	}
	step->refused &= step->answered;
	return true;
}

static void close_keeper(void)
{
	if (keeper)
		keeper_close(keeper);
	keeper = NULL;
}

static int ignore(void *user, const struct store_row *row)
{
	uint64_t *count = user;

	++*count;
	return row->event.seq == *count ? 0 : -1;
}

/* Whatever is kept of the closed day is what its events lead to. */
static void verify(struct store_verify_result *ret)
{
	const struct store_verify_options options = {.digest = &digest};

	if (store_verify_with(path, &options, ret) < 0)
		wrong("the log does not verify: %s", ret->detail);
}

/* With a well disk: all is there, all goes on. */
static void check(void)
{
	const struct store_days_query query = {.parts = 1, .digest = &digest};
	struct store_verify_result result;
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";
	uint64_t rows = 0;
	unsigned kept = 0;

	if (!open_keeper())
		wrong("after the fault the log does not open: %s", open_error);
	close_keeper();
	verify(&result);
	if (!open_keeper())
		wrong("the log does not open again: %s", open_error);
	for (size_t i = 0; i < step_count; i++)
		if (steps[i].done && !ask(&steps[i]))
			wrong("%s, answered before, is not answered again", steps[i].id);
	for (size_t i = 0; i < step_count; i++) {
		if (!steps[i].done && !ask(&steps[i]))
			wrong("%s does not get through, though the disk is well", steps[i].id);
		if (!steps[i].done)
			wrong("%s gets no answer, though the disk is well", steps[i].id);
	}
	if (hall_check(keeper_hall(keeper)))
		wrong("%s", hall_check(keeper_hall(keeper)));
	close_keeper();
	verify(&result);
	if (store_reader_open(&reader, path, error) < 0 ||
	    store_reader_each(reader, 1, UINT64_MAX, ignore, &rows) < 0)
		wrong("the log cannot be read: %s", error);
	if (store_reader_days(reader, &query, count_kept, &kept) < 0 || kept != 1)
		wrong("the closed day is not kept, though the disk is well: %s",
		      store_reader_detail(reader));
	store_reader_close(reader);
	if (rows != result.events)
		wrong("%llu rows, %llu events", (unsigned long long)rows,
		      (unsigned long long)result.events);
}

/* ---- trials ---- */

static void forget_files(void)
{
	static const char *const names[] = {"lock", "key"};
	char name[160];

	for (size_t i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s.%s", path, names[i]);
		unlink(name);
	}
}

/* Returns the calls that the disk had. */
static uint64_t trial(void)
{
	static const struct fault_plan none = {0};
	uint64_t calls;

	fault_vfs_empty();
	fault_vfs_promise_nothing(seed / 2 % 2);
	forget_files();
	now_ms = 1000;
	opened = 0;
	for (size_t i = 0; i < step_count; i++)
		steps[i].done = steps[i].asked = steps[i].refused = false;
	fault_vfs_plan(&plan);
	/* As a service manager would, the daemon is started again, a few times. */
	for (int process = 0; process < 3; process++) {
		bool up = open_keeper();

		for (size_t i = 0; up && i < step_count; i++)
			if (!steps[i].done)
				up = ask(&steps[i]);
		close_keeper();
		if (up)
			break;
		if (dies())
			fault_vfs_back();
	}
	calls = fault_vfs_calls();
	fault_vfs_plan(&none);
	fault_vfs_back();
	if (power)
		fault_vfs_lose_power(seed);
	check();
	return calls;
}

static uint64_t trials;

static void power_loss(size_t transactions, uint64_t seeds)
{
	uint64_t calls;

	what = "power";
	power = true;
	make_script(transactions);
	plan = (struct fault_plan){.kinds = FAULT_ANY & ~FAULT_READ};
	calls = trial();
	for (uint64_t at = 1; at <= calls; at++) {
		for (seed = 1; seed <= seeds; seed++, trials++) {
			plan = (struct fault_plan){.kinds = FAULT_ANY & ~FAULT_READ,
						   .at = at,
						   .count = 1,
						   .error = FAULT_CUT};
			trial();
		}
	}
	printf("%llu trials: the power went at each of %llu calls of the disk\n",
	       (unsigned long long)trials, (unsigned long long)calls);
}

/* Every n-th call of each kind of error; once, for a while, and from then on. Behind it the power
 * may go as well: what a failed sync forgot is lost then. */
static void errors(size_t transactions, uint64_t wanted)
{
	static const uint64_t counts[] = {1, 5, UINT64_MAX / 2};
	uint64_t calls, per;

	what = "errors";
	make_script(transactions);
	plan = (struct fault_plan){.kinds = FAULT_ANY};
	power = false;
	calls = trial();
	per = (wanted + 14) / 15;
	for (int error = FAULT_EIO; error <= FAULT_SYNC_LOST; error++)
		for (size_t c = 0; c < 3; c++)
			for (uint64_t n = 0; n < per; n++, trials++) {
				seed = n;
				power = n % 2;
				plan = (struct fault_plan){.kinds = FAULT_ANY,
							   /* Each call under all that the seed
							    * makes of disk, power and process.
							    */
							   .at = 1 +
								 (n / 8 * 8 * calls / per + c * 7 +
								  (uint64_t)error * 13) %
									 calls,
							   .count = counts[c],
							   .error = (enum fault_error)error};
				if (error == FAULT_SYNC_LOST) {
					plan.kinds = FAULT_SYNC;
					plan.at = 1 + n % (2 * transactions + 8);
				}
				trial();
			}
	printf("%llu trials: errors among %llu calls of the disk\n", (unsigned long long)trials,
	       (unsigned long long)calls);
}

/* ---- the command line ---- */

static size_t transactions = 20;
static uint64_t amount = 3, at_only, error_only, count_only = 1;
static char mode;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'p':
	case 'e': mode = (char)key; break;
	case 't': transactions = strtoull(arg, NULL, 10); break;
	case 'n': amount = strtoull(arg, NULL, 10); break;
	case 'a': at_only = strtoull(arg, NULL, 10); break;
	case 'x': error_only = strtoull(arg, NULL, 10); break;
	case 'c': count_only = strtoull(arg, NULL, 10); break;
	case 's': seed = strtoull(arg, NULL, 10); break;
	case ARGP_KEY_ARG: argp_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void repeat(void)
{
	make_script(transactions);
	what = mode == 'p' ? "power" : "errors";
	power = mode == 'p' || seed % 2;
	plan = (struct fault_plan){.kinds = mode == 'p' ? FAULT_ANY & ~FAULT_READ : FAULT_ANY,
				   .at = at_only,
				   .count = count_only,
				   .error = (enum fault_error)error_only};
	if (plan.error == FAULT_SYNC_LOST)
		plan.kinds = FAULT_SYNC;
	trial();
	printf("held\n");
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"power", 'p', NULL, 0, "the power goes at every call", 0},
		{"errors", 'e', NULL, 0, "calls fail", 0},
		{"transactions", 't', "N", 0, "of the script", 0},
		{"amount", 'n', "N", 0, "seeds for each call; or how many errors", 0},
		{"at", 'a', "N", 0, "repeat one: the call", 0},
		{"error", 'x', "N", 0, "repeat one: the error", 0},
		{"count", 'c', "N", 0, "repeat one: calls that fail", 0},
		{"seed", 's', "N", 0, "repeat one: what the power loss keeps", 0},
		{0},
	};
	static const struct argp argp = {options, parse, NULL, "Faults of the disk.",
					 NULL,	  NULL,	 NULL};
	char dir[] = "/tmp/disk-faults-XXXXXX";

	program = argv[0];
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (!mode || transactions > MAX_STEPS - DEFINITIONS - REOPENED || !mkdtemp(dir) ||
	    fault_vfs_make() < 0) {
		fprintf(stderr, "disk-faults: --power or --errors, at most %d transactions\n",
			MAX_STEPS - DEFINITIONS - REOPENED);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/hall.log", dir);
	if (at_only)
		repeat();
	else if (mode == 'p')
		power_loss(transactions, amount);
	else
		errors(transactions, amount);
	forget_files();
	rmdir(dir);
	return 0;
}
