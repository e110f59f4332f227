/* onewindow log verify|show: read the log beside the daemon. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/cli.h"
#include "src/store/store.h"

struct log_options {
	const char *path, *key;
	const char *words[2];
	int word_count;
	uint64_t from, to;
	enum cli_format format;
};

static error_t parse_log(int key, char *arg, struct argp_state *state)
{
	struct log_options *options = state->input;
	char *end = NULL;

	switch (key) {
	case 'k': options->key = arg; break;
	case 'f':
		if (!cli_parse_format(arg, &options->format))
			argp_error(state, "--format %s: allowed are text, json, csv", arg);
		break;
	case 's':
	case 'e':
		errno = 0;
		*(key == 's' ? &options->from : &options->to) = strtoull(arg, &end, 10);
		if (errno || *end || arg[0] == '-')
			argp_error(state, "\"%s\" is no event number", arg);
		break;
	case ARGP_KEY_ARG:
		if (options->word_count == 2)
			argp_error(state, "too many words");
		options->words[options->word_count++] = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_hash(const uint8_t hash[STORE_HASH_SIZE])
{
	for (int i = 0; i < STORE_HASH_SIZE; i++)
		printf("%02x", hash[i]);
}

static int verify(const struct log_options *options)
{
	struct store_verify_result result = {0};
	int r = store_verify(options->words[1], options->key, &result);

	if (r < 0) {
		fprintf(stderr, "onewindow log: %s: %s\n", options->words[1],
			result.detail[0] ? result.detail : strerror(-r));
		return r == -EBADMSG || r == -EMEDIUMTYPE || r == -ENOTSUP || r == -ENOKEY
			       ? CLI_LOG_DAMAGED
			       : CLI_REFUSED;
	}
	if (options->format == CLI_JSON)
		printf("{\"events\": %" PRIu64 ", \"head\": \"", result.events);
	else
		printf("完好 good: %" PRIu64 " events, head ", result.events);
	print_hash(result.head);
	printf(options->format == CLI_JSON ? "\"}\n" : "\n");
	return CLI_OK;
}

static int show_row(void *user, const struct store_row *row)
{
	const struct log_options *options = user;
	const struct event *event = &row->event;
	time_t seconds = (time_t)(event->at.wall_ms / 1000 + event->at.offset_min * 60LL);
	char payload[EVENT_PAYLOAD_MAX];
	char when[24];
	struct tm tm;

	if (event_encode(event, payload, sizeof(payload)) < 0)
		return -EBADMSG;
	if (options->format == CLI_JSON) {
		printf("{\"seq\":%" PRIu64 ",\"type\":\"%s\",\"payload\":%s}\n", event->seq,
		       event_type_name(event->type), payload);
		return 0;
	}
	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%8" PRIu64 "  %s  %-18s %s\n", event->seq, when, event_type_name(event->type),
	       payload);
	return 0;
}

static int show(const struct log_options *options)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";
	int r = store_reader_open(&reader, options->words[1], error);

	if (r < 0) {
		fprintf(stderr, "onewindow log: %s: %s\n", options->words[1], error);
		return r == -EBADMSG || r == -EMEDIUMTYPE || r == -ENOTSUP ? CLI_LOG_DAMAGED
									   : CLI_REFUSED;
	}
	r = store_reader_each(reader, options->from, options->to, show_row,
			      (void *)(uintptr_t)options);
	store_reader_close(reader);
	if (r < 0)
		fprintf(stderr, "onewindow log: %s: %s\n", options->words[1], strerror(-r));
	return r < 0 ? CLI_LOG_DAMAGED : CLI_OK;
}

int cli_log(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"key", 'k', "FILE", 0, "the log's key (default LOG.key)", 0},
		{"from", 's', "SEQ", 0, "first event to show", 0},
		{"to", 'e', "SEQ", 0, "last event to show", 0},
		{"format", 'f', "text|json", 0, "how to print", 0},
		{0},
	};
	struct argp argp = {list,
			    parse_log,
			    "verify|show LOG",
			    "Check the log's hash chain, or print its events. 校验或查看日志。",
			    NULL,
			    NULL,
			    NULL};
	struct log_options options = {.from = 1, .to = UINT64_MAX};

	argp_err_exit_status = CLI_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return CLI_USAGE;
	if (options.word_count == 2 && !strcmp(options.words[0], "verify"))
		return verify(&options);
	if (options.word_count == 2 && !strcmp(options.words[0], "show"))
		return show(&options);
	return cli_usage("log", "expected: verify LOG or show LOG");
}
