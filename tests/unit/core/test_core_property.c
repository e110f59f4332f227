/* Random days in a hall against everything that must always hold.
 *
 *     test_core_property [--seeds N] [--seed S] [--commands N] [--out FILE]
 *     test_core_property --replay FILE
 *
 * Without arguments: 240 seeds of 400 commands. A failure is shrunk to the fewest commands that
 * still show it and printed as a script (and written to FILE); --replay runs such a script. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/generate.h"
#include "tests/unit/core/run.h"
#include "tests/unit/core/world.h"

enum { DEFAULT_SEEDS = 240, DEFAULT_COMMANDS = 400, MOST_COMMANDS = 4000 };

struct options {
	uint64_t first_seed;
	long seeds, commands;
	const char *out, *replay;
};

static void print_script(FILE *file, const struct command *commands, size_t count, const char *what,
			 uint64_t seed)
{
	char line[SCRIPT_LINE_MAX];

	fprintf(file, "# seed %llu: %s\n", (unsigned long long)seed, what);
	for (size_t i = 0; i < count; i++) {
		script_write(&commands[i], line);
		fprintf(file, "%s\n", line);
	}
}

static void report(const struct options *options, struct command *commands, size_t count,
		   const char *what, uint64_t seed)
{
	FILE *file;

	fprintf(stderr, "seed %llu: %s, after %zu commands; shrinking\n", (unsigned long long)seed,
		what, count);
	count = run_shrink(commands, count, what);
	print_script(stdout, commands, count, what, seed);
	if (!options->out)
		return;
	file = fopen(options->out, "w");
	if (!file) {
		perror(options->out);
		return;
	}
	print_script(file, commands, count, what, seed);
	fclose(file);
}

/* 0 all held, 1 not. *done grows by the commands that led to events, *seen by what was seen. */
static int run_seed(const struct options *options, uint64_t seed, size_t *done, struct seen *seen)
{
	struct command *commands = calloc((size_t)options->commands, sizeof(*commands));
	struct run *run = run_create();
	struct generator generator;
	const char *what = NULL;
	size_t count = 0;

	if (!commands)
		abort();
	generator_init(&generator, seed);
	while (!what && count < (size_t)options->commands) {
		generate(&generator, run_hall(run), &commands[count]);
		what = run_step(run, &commands[count++]);
	}
	if (!what)
		what = run_finish(run);
	*done += run_done(run);
	run_seen(run, seen);
	run_destroy(run);
	if (what)
		report(options, commands, count, what, seed);
	free(commands);
	return what ? 1 : 0;
}

static int replay(const char *path)
{
	struct command *commands = calloc(MOST_COMMANDS, sizeof(*commands));
	char line[SCRIPT_LINE_MAX];
	struct failure failure;
	size_t count = 0;
	FILE *file = fopen(path, "r");

	if (!file || !commands) {
		perror(path);
		free(commands);
		return 2;
	}
	while (count < MOST_COMMANDS && fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (script_read(line, &commands[count++]) < 0) {
			fprintf(stderr, "%s: no command: %s", path, line);
			fclose(file);
			free(commands);
			return 2;
		}
	}
	fclose(file);
	failure = run_all(commands, count);
	free(commands);
	if (!failure.what) {
		printf("%zu commands: all holds\n", count);
		return 0;
	}
	printf("%s, after command %zu\n", failure.what, failure.at);
	return 1;
}

static int read_options(int argc, char **argv, struct options *ret)
{
	static const struct option names[] = {
		{"seeds", required_argument, NULL, 'n'},    {"seed", required_argument, NULL, 's'},
		{"commands", required_argument, NULL, 'c'}, {"out", required_argument, NULL, 'o'},
		{"replay", required_argument, NULL, 'r'},   {0},
	};
	int option;

	*ret = (struct options){
		.first_seed = 1, .seeds = DEFAULT_SEEDS, .commands = DEFAULT_COMMANDS};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'n': ret->seeds = strtol(optarg, NULL, 10); break;
		case 's':
			ret->first_seed = strtoull(optarg, NULL, 10);
			ret->seeds = 1;
			break;
		case 'c': ret->commands = strtol(optarg, NULL, 10); break;
		case 'o': ret->out = optarg; break;
		case 'r': ret->replay = optarg; break;
		default: return -EINVAL;
		}
	}
	return ret->seeds < 1 || ret->commands < 1 || ret->commands > MOST_COMMANDS ? -EINVAL : 0;
}

/* Dice that never meet a rule would prove nothing about it. */
static bool saw_all(const struct seen *seen)
{
	bool all = true;

	for (int i = 0; i < REFUSAL_COUNT; i++) {
		/* The limits of the tables are far away; core-hall goes there. */
		if (seen->refusals[i] >= 5 || i == REFUSAL_TOO_MANY)
			continue;
		printf("refused for %s only %zu times\n", refusal_code((enum refusal)i),
		       seen->refusals[i]);
		all = false;
	}
	for (int i = CALL_ORDER; i < CALL_REASON_COUNT; i++) {
		if (seen->reasons[i] >= 50)
			continue;
		printf("called for %s only %zu times\n", call_reason_name(i), seen->reasons[i]);
		all = false;
	}
	for (int i = CAUSE_EXPIRED; i < PRINT_CAUSE_COUNT; i++) {
		if (seen->causes[i] >= 5)
			continue;
		printf("not printed as %s only %zu times\n", print_cause_name(i), seen->causes[i]);
		all = false;
	}
	if (seen->tries < 20) {
		printf("tried again only %zu times\n", seen->tries);
		all = false;
	}
	return all;
}

int main(int argc, char **argv)
{
	struct seen seen = {.refusals = {0}};
	struct options options;
	size_t done = 0;

	if (read_options(argc, argv, &options) < 0) {
		fprintf(stderr,
			"usage: %s [--seeds N] [--seed S] [--commands N] [--out FILE]\n"
			"       %s --replay FILE\n",
			argv[0], argv[0]);
		return 2;
	}
	if (options.replay)
		return replay(options.replay);
	for (long i = 0; i < options.seeds; i++)
		if (run_seed(&options, options.first_seed + (uint64_t)i, &done, &seen))
			return 1;
	printf("%ld seeds of %ld commands: all holds, %zu commands were done\n", options.seeds,
	       options.commands, done);
	/* Dice that only meet refusals neither. */
	if (done * 3 < (size_t)(options.seeds * options.commands))
		return 1;
	return options.seeds < DEFAULT_SEEDS || saw_all(&seen) ? 0 : 1;
}
