/* Runs whole days from seeds. A failure tells the story and the command that repeats it. */
#include <argp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault/alloc.h"
#include "tests/whole-day/disk.h"
#include "tests/whole-day/world.h"

enum { REST_US = 90 * S, BRIEF_US = 15 * S };

struct world w;
static const char *program;
static uint64_t memory_calls; /* of the daemon in the run before */

void tell(const char *format, ...)
{
	int64_t s = w.now_us / S;
	size_t room = sizeof(w.story) - w.story_len;
	va_list ap;
	int n, k;

	if (room < 256)
		return;
	n = snprintf(w.story + w.story_len, room, "%6lld.%03d ", (long long)s,
		     (int)(w.now_us / MS % 1000));
	va_start(ap, format);
	k = vsnprintf(w.story + w.story_len + n, room - (size_t)n, format, ap);
	va_end(ap);
	if (w.verbose)
		fprintf(stderr, "%s\n", w.story + w.story_len);
	if (n + k + 1 < (int)room) {
		w.story_len += (size_t)(n + k);
		w.story[w.story_len++] = '\n';
	}
}

void wrong(const char *format, ...)
{
	va_list ap;

	fprintf(stdout, "%.*s", (int)w.story_len, w.story);
	fprintf(stdout, "wrong at %.3f s: ", (double)w.now_us / S);
	va_start(ap, format);
	vfprintf(stdout, format, ap);
	va_end(ap);
	fprintf(stdout, "\nrepeat: %s --seed %llu --tickets %lld%s", program,
		(unsigned long long)w.seed, (long long)w.tickets_asked,
		w.accidents ? "" : " --peace");
	if (w.memory)
		fprintf(stdout, " --memory %llu", (unsigned long long)w.memory);
	fputc('\n', stdout);
	fflush(stdout);
	_Exit(1);
}

void world_run(int64_t until_us)
{
	for (;;) {
		int64_t next;

		if (w.asleep_us) {
			w.now_us += w.asleep_us;
			w.slept_us += w.asleep_us;
			w.asleep_us = 0;
		}
		process_turn();
		next = process_deadline_us();
		if (agenda_next_us() < next)
			next = agenda_next_us();
		if (next > until_us)
			break;
		if (next > w.now_us)
			w.now_us = next;
		agenda_run();
	}
	if (until_us > w.now_us)
		w.now_us = until_us;
}

static void rest(const char *when)
{
	w.quiet = true;
	accidents_end();
	/* A shortage that has begun is over: each start that fails takes but one of its refusals.
	 */
	if (w.memory && alloc_calls() >= w.memory)
		alloc_plan(0, 0);
	world_run(w.now_us + (w.brief ? BRIEF_US : REST_US));
	/* A timer may have written something just now. */
	for (int i = 0; i < 100 && w.keeper && !keeper_idle(w.keeper); i++)
		world_run(w.now_us + 10 * MS);
	check_quiet(when);
	w.quiet = false;
}

/* One service day: people until so many tickets are out, a rest in the middle and at its end. */
static void live(int64_t tickets, const char *noon, const char *evening)
{
	int64_t half = w.target + tickets / 2;
	int64_t give_up = w.now_us - w.slept_us + 8 * 3600 * (int64_t)S;

	for (int part = 0; part < 2; part++) {
		w.target = part ? half + tickets - tickets / 2 : half;
		agenda_clear();
		if (!w.keeper)
			process_start(); /* its next try was on the agenda */
		people_start();
		if (w.accidents)
			accidents_plan(INT64_MAX);
		while ((int64_t)w.ticket_count < w.target) {
			world_run(w.now_us + 10 * S);
			if (w.now_us - w.slept_us > give_up)
				wrong("only %zu tickets of %lld by now", w.ticket_count,
				      (long long)w.target);
		}
		w.no_accidents = true;
		world_run(w.now_us + (w.brief ? BRIEF_US : 60 * S));
		rest(part ? evening : noon);
		w.no_accidents = false;
	}
}

static void begin(uint64_t seed)
{
	w.seed = seed;
	w.random = seed;
	w.story_len = 0;
	w.boots = w.processes = 1;
	w.wrong_boots = 0;
	w.now_us = 100 * S;
	w.boot_us = 0;
	w.target = 0;
	/* 2026-11-02 09:00 in Shanghai */
	w.wall_off_ms = w.true_off_ms = INT64_C(1793581200000) - w.now_us / MS;
	w.offset_min = 480;
	w.asleep_us = w.slept_us = w.day_counter = 0;
	w.disk_us = 2 * MS;
	w.disk_due_us = INT64_MAX;
	w.quiet = w.doomed = false;
	w.doom = DOOM_NONE;
	w.seen_seq = w.api_issued = w.api_filed = w.api_frozen = w.boot_seq = 0;
	w.boot[0] = '\0';
	memset(w.call_seq, 0, sizeof(w.call_seq));
	memset(w.ends, 0, sizeof(w.ends));
	memset(w.wires, 0, sizeof(w.wires));
	memset(w.papers, 0, sizeof(w.papers));
	agenda_clear();
	witness_reset();
	disk_make();
	if (hall_create(&w.durable) < 0 || hall_create(&w.replay) < 0 ||
	    hall_create(&w.scratch) < 0)
		wrong("out of memory");
	ends_power_on();
	printers_power_on();
	alloc_plan(w.memory, w.memory % 3 ? 1 : 8); /* or it is short for a while */
	process_start();
}

static void end(void)
{
	struct store_verify_result result = {0};

	process_stop(STOP_CLEAN);
	memory_calls = alloc_calls();
	alloc_plan(0, 0);
	check_log("at the end");
	check_end();
	if (store_verify(w.log_path, NULL, &result) < 0)
		wrong("the log does not verify: %s", result.detail);
	if (result.events != w.head_seq)
		wrong("the log has %llu events, %llu were seen", (unsigned long long)result.events,
		      (unsigned long long)w.head_seq);
	hall_destroy(w.durable);
	hall_destroy(w.replay);
	hall_destroy(w.scratch);
	disk_drop();
}

static void run(uint64_t seed, int64_t tickets)
{
	w.tickets_asked = tickets;
	begin(seed);
	live(tickets * 3 / 4, "first day, noon", "first day, evening");
	day_next_morning();
	live(tickets - tickets * 3 / 4, "second day, noon", "second day, evening");
	end();
	w.frozen += w.api_frozen;
	if (!w.memory)
		printf("seed %llu: %zu tickets, %llu events, %llu filings, %llu baselines, %llu "
		       "accidents, %llu stops, %llu "
		       "failed "
		       "over, %llu not printed any more, %llu settled by word, %.0f s\n",
		       (unsigned long long)seed, w.ticket_count, (unsigned long long)w.head_seq,
		       (unsigned long long)w.api_filed, (unsigned long long)w.api_frozen,
		       (unsigned long long)w.accidents_done, (unsigned long long)w.stops,
		       (unsigned long long)w.failed_over, (unsigned long long)w.expired,
		       (unsigned long long)w.settled, (double)w.now_us / S);
	w.accidents_done = w.stops = w.crashes = w.failed_over = w.expired = w.settled = 0;
}

/* Days in peace; in each, another allocation of the daemon fails, so many of them spread over the
 * day. */
static void run_memory(uint64_t seed, int64_t tickets, uint64_t wanted)
{
	uint64_t calls;

	w.accidents = false;
	w.brief = true;
	w.memory = 0;
	run(seed, tickets);
	calls = memory_calls;
	if (wanted > calls)
		wanted = calls;
	for (uint64_t i = 0; i < wanted; i++) {
		w.memory = 1 + i * calls / wanted;
		run(seed, tickets);
	}
	printf("each of %llu allocations of %llu failed\n", (unsigned long long)wanted,
	       (unsigned long long)calls);
}

/* ---- the command line ---- */

static uint64_t first = 1, count = 1, memories;
static int64_t tickets = 2000;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's': first = strtoull(arg, NULL, 10); break;
	case 'n': count = strtoull(arg, NULL, 10); break;
	case 't': tickets = strtoll(arg, NULL, 10); break;
	case 'p': w.accidents = false; break;
	case 'v': w.verbose = true; break;
	case 'm':
		w.memory = strtoull(arg, NULL, 10);
		w.brief = true;
		break;
	case 'M': memories = strtoull(arg, NULL, 10); break;
	case ARGP_KEY_ARG: argp_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"seed", 's', "N", 0, "the first seed", 0},
		{"seeds", 'n', "N", 0, "so many of them", 0},
		{"tickets", 't', "N", 0, "of each run, over two service days", 0},
		{"peace", 'p', NULL, 0, "nothing goes wrong", 0},
		{"memory", 'm', "N", 0, "this allocation of the daemon fails", 0},
		{"memories", 'M', "N", 0, "so many days, another allocation in each", 0},
		{"verbose", 'v', NULL, 0, "tell the story as it happens", 0},
		{0},
	};
	static const struct argp argp = {options, parse, NULL, "Whole days from seeds.",
					 NULL,	  NULL,	 NULL};

	program = argv[0];
	w.accidents = true;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (alloc_install() < 0)
		wrong("SQLite takes no other allocator");
	if (memories) {
		run_memory(first, tickets, memories);
		return 0;
	}
	for (uint64_t seed = first; seed < first + count; seed++)
		run(seed, tickets);
	if (count >= 5 && !w.frozen) {
		printf("nothing was ever frozen\n");
		return 1;
	}
	return 0;
}
