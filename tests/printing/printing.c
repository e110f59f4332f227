/* Tickets by the thousand from seeds, with a fault for each few of them. Whatever happened: each
 * job ends and is told of, no paper comes out twice without a person's word, what is said to be
 * printed lies there whole, and of what is said to have failed not one byte left. A failure tells
 * the story and the command that repeats it; the end is the table of docs/printing.md. */
#include <argp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/printing/printing.h"
#include "tests/whole-day/disk.h"

enum { PATIENCE_S = 20 * 3600 };

struct world w;
static const char *program;
static enum fault only; /* nothing else goes wrong */
static int64_t tickets = 1000;

void tell(const char *format, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (w.verbose)
		fprintf(stderr, "%10.3f %s\n", (double)w.now_us / S, line);
	/* The end of the story is what counts. */
	if (w.story_len + (size_t)n + 32 > sizeof(w.story)) {
		size_t half = w.story_len / 2;

		memmove(w.story, w.story + half, w.story_len - half);
		w.story_len -= half;
	}
	w.story_len += (size_t)snprintf(w.story + w.story_len, sizeof(w.story) - w.story_len,
					"%10.3f %s\n", (double)w.now_us / S, line);
}

void wrong(const char *format, ...)
{
	size_t from = w.story_len > 3000 ? w.story_len - 3000 : 0;
	va_list ap;

	fprintf(stdout, "%.*s", (int)(w.story_len - from), w.story + from);
	fprintf(stdout, "wrong at %.3f s: ", (double)w.now_us / S);
	va_start(ap, format);
	vfprintf(stdout, format, ap);
	va_end(ap);
	fprintf(stdout, "\nrepeat: %s --seed %llu --tickets %lld", program,
		(unsigned long long)w.seed, (long long)tickets);
	if (only != FAULT_NOTHING)
		fprintf(stdout, " --fault '%s'", fault_names[only]);
	fputc('\n', stdout);
	fflush(stdout);
	_Exit(1);
}

static int64_t next_us(void)
{
	int64_t next = daemon_deadline_us(), at = stations_next_us();

	next = at < next ? at : next;
	at = agenda_next_us();
	return at < next ? at : next;
}

void world_run(int64_t until_us)
{
	for (;;) {
		int64_t next;

		daemon_turn();
		next = next_us();
		if (next > until_us)
			break;
		if (next > w.now_us)
			w.now_us = next;
		stations_run();
		agenda_run();
	}
	if (until_us > w.now_us)
		w.now_us = until_us;
}

static bool is_over(void)
{
	return faults_are_over() && w.keeper && keeper_idle(w.keeper) && !evidence_open_jobs() &&
	       stations_are_quiet();
}

static void wait_until_over(void)
{
	int64_t give_up = w.now_us + PATIENCE_S * (int64_t)S;

	while (!is_over()) {
		if (faults_are_over() && !w.keeper)
			daemon_start_in(S);
		world_run(w.now_us + 50 * MS);
		if (w.now_us > give_up)
			wrong("%zu jobs do not end", evidence_open_jobs());
	}
	faults_repair();
}

/* A person looks at what is not certain, and has some of it printed again. */
static void look_after(void)
{
	struct paper_job *job;

	while ((job = evidence_next_case())) {
		if (!chance_of(0.5))
			continue;
		daemon_reprint(job->ticket);
		tell("a person wants ticket %lld again", (long long)job->ticket);
		world_run(w.now_us + chance_below(2 * S));
	}
}

static int64_t episode(void)
{
	int64_t count = chance_of(0.6) ? 1 : 2 + chance_below(3);
	enum fault fault = chance_of(0.1) ? FAULT_NOTHING : (enum fault)chance_below(FAULT_COUNT);

	if (only != FAULT_NOTHING && fault != FAULT_NOTHING)
		fault = only;

	tell("%lld tickets: %s", (long long)count, fault_names[fault]);
	fault_plan(fault, (size_t)chance_below((int64_t)station_count));
	for (int64_t i = 0; i < count; i++) {
		daemon_issue();
		if (chance_of(0.5))
			world_run(w.now_us + chance_below(3 * S));
	}
	wait_until_over();
	look_after();
	wait_until_over();
	if (chance_of(0.5))
		world_run(w.now_us + chance_below(30 * S));
	return count;
}

static void run(uint64_t seed)
{
	w.seed = w.random = seed;
	w.story_len = 0;
	w.boots = w.processes = 1;
	w.now_us = 100 * S;
	w.boot_us = 0;
	w.wall_off_ms = INT64_C(1793581200000) - w.now_us / MS;
	w.disk_us = 2 * MS;
	w.disk_due_us = INT64_MAX;
	agenda_clear();
	evidence_begin();
	daemon_setup = (enum setup)(seed % SETUP_COUNT);
	disk_make();
	stations_begin(daemon_setup);
	daemon_start();
	for (int64_t i = 0; i < tickets;)
		i += episode();
	evidence_check_end();
	evidence_count();
	daemon_stop(STOP_CLEAN);
	disk_drop();
}

static uint64_t first = 1, count = 1, processes = 1;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's': first = strtoull(arg, NULL, 10); break;
	case 'n': count = strtoull(arg, NULL, 10); break;
	case 't': tickets = strtoll(arg, NULL, 10); break;
	case 'p': processes = strtoull(arg, NULL, 10); break;
	case 'f':
		for (only = FAULT_COUNT - 1; only > 0 && strcmp(fault_names[only], arg) != 0;)
			only--;
		if (only == FAULT_NOTHING)
			argp_error(state, "no such fault: %s", arg);
		break;
	case 'v': w.verbose = true; break;
	case ARGP_KEY_ARG: argp_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Every so many'th seed. */
static void run_share(uint64_t number)
{
	for (uint64_t seed = first + number; seed < first + count; seed += processes)
		run(seed);
}

static int run_processes(void)
{
	int bad = 0, status;

	for (uint64_t i = 0; i < processes; i++) {
		pid_t child = fork();

		if (child < 0)
			wrong("no process can be made");
		if (child == 0) {
			run_share(i);
			_Exit(0);
		}
	}
	while (wait(&status) > 0)
		bad |= status;
	return bad;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"seed", 's', "N", 0, "the first seed", 0},
		{"seeds", 'n', "N", 0, "so many of them", 0},
		{"tickets", 't', "N", 0, "of each seed", 0},
		{"fault", 'f', "NAME", 0, "nothing goes wrong but this; the name in the table", 0},
		{"processes", 'p', "N", 0, "that share the seeds", 0},
		{"verbose", 'v', NULL, 0, "tell the story as it happens", 0},
		{0},
	};
	static const struct argp argp = {options, parse, NULL, "Tickets and faults from seeds.",
					 NULL,	  NULL,	 NULL};

	program = argv[0];
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	evidence_share();
	if (processes > 1 && run_processes() != 0)
		return 1;
	if (processes <= 1)
		run_share(0);
	evidence_print_table();
	return 0;
}
