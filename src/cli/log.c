/* onewindow log verify|head|show|export|backup|restore|rebuild: the log beside the daemon. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/cli.h"
#include "src/keeper/keeper.h"
#include "src/measure/digest.h"
#include "src/store/store.h"

struct log_options {
	const char *key, *head;
	const char *words[3];
	int word_count;
	uint64_t from, to;
	const char *format_word;
	enum cli_format format;
};

static error_t parse_log(int key, char *arg, struct argp_state *state)
{
	struct log_options *options = state->input;
	char *end = NULL;

	switch (key) {
	case 'k': options->key = arg; break;
	case 'h': options->head = arg; break;
	case 'f':
		options->format_word = arg;
		if (!strcmp(arg, "jsonl"))
			options->format = CLI_JSON;
		else if (!cli_parse_format(arg, &options->format))
			argp_error(state, "--format %s: 可选 allowed are text, json, jsonl, csv",
				   arg);
		break;
	case 's':
	case 'e':
		errno = 0;
		*(key == 's' ? &options->from : &options->to) = strtoull(arg, &end, 10);
		if (errno || !*arg || *end || arg[0] == '-')
			argp_error(state, "\"%s\" 不是事件序号 is no event number", arg);
		break;
	case ARGP_KEY_ARG:
		if (options->word_count == 3)
			argp_error(state, "词数过多 too many words");
		options->words[options->word_count++] = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int fail(const char *path, const char *error, int r)
{
	return cli_log_fail("log", path, error, r);
}

static void print_hash(const uint8_t hash[STORE_HASH_SIZE])
{
	for (int i = 0; i < STORE_HASH_SIZE; i++)
		printf("%02x", hash[i]);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "128:9f…", as `log head` prints it. */
static bool parse_head(const char *text, struct store_head *ret)
{
	char *end = NULL;

	errno = 0;
	ret->seq = strtoull(text, &end, 10);
	if (errno || text[0] < '0' || text[0] > '9' || *end != ':' || !ret->seq ||
	    strlen(end + 1) != sizeof(ret->hash) * 2)
		return false;
	for (size_t i = 0; i < sizeof(ret->hash); i++) {
		int high = hex_digit(end[1 + 2 * i]), low = hex_digit(end[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		ret->hash[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static int verify(const struct log_options *options)
{
	struct store_verify_result result = {0};
	struct store_head head = {0};
	const struct store_verify_options verify_options = {
		.key_path = options->key,
		.head = options->head ? &head : NULL,
		.digest = &digest_maker,
	};
	int r;

	if (options->head && !parse_head(options->head, &head))
		return cli_usage(
			"log",
			"--head \"%.20s…\": 应为 expected what `onewindow log head` printed, "
			"SEQ:HASH with 64 hex digits",
			options->head);
	r = store_verify_with(options->words[1], &verify_options, &result);
	if (r < 0)
		return fail(options->words[1], result.detail, r);
	if (options->format == CLI_JSON)
		printf("{\"events\": %" PRIu64 ", \"head\": \"", result.events);
	else
		printf("完好 good: %" PRIu64 " events, head ", result.events);
	print_hash(result.head);
	printf(options->format == CLI_JSON ? "\"}\n" : "\n");
	return CLI_OK;
}

static int show_head(const struct log_options *options)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";
	struct store_head head = {0};
	int r = store_reader_open(&reader, options->words[1], error);

	if (r == 0)
		r = store_reader_head(reader, &head);
	store_reader_close(reader);
	if (r < 0)
		return fail(options->words[1], error, r);
	printf("%" PRIu64 ":", head.seq);
	print_hash(head.hash);
	printf("\n");
	return CLI_OK;
}

/* ---- events ---- */

static void print_json(const struct event *event, const char *payload)
{
	printf("{\"seq\":%" PRIu64 ",\"type\":\"%s\",\"version\":%u,\"payload\":%s}\n", event->seq,
	       event_type_name(event->type), event->version, payload);
}

static void local_time(const struct event *event, char *ret, size_t size)
{
	time_t seconds = (time_t)(event->at.wall_ms / 1000 + event->at.offset_min * 60LL);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(ret, size, "%Y-%m-%d %H:%M:%S", &tm);
}

static int show_row(const struct log_options *options, const struct store_row *row)
{
	const struct event *event = &row->event;
	char payload[EVENT_PAYLOAD_MAX];
	char when[32] = "";

	if (event_encode(event, payload, sizeof(payload)) < 0)
		return -EBADMSG;
	local_time(event, when, sizeof(when));
	switch (options->format) {
	case CLI_JSON: print_json(event, payload); break;
	case CLI_CSV:
		printf("%" PRIu64 ",%s,%u,%s,", event->seq, event_type_name(event->type),
		       event->version, when);
		if (event_ticket(event))
			printf("%" PRId64, event_ticket(event));
		putchar(',');
		if (event_window(event))
			printf("%" PRId64, event_window(event));
		putchar(',');
		cli_print_csv_cell(payload);
		printf("\r\n");
		break;
	case CLI_TEXT:
		printf("%8" PRIu64 "  %s  %-18s %s\n", event->seq, when,
		       event_type_name(event->type), payload);
		break;
	}
	return ferror(stdout) ? -EPIPE : 0;
}

enum { SHELF_ROWS = 256 };

struct shelf {
	size_t count;
	struct store_row rows[SHELF_ROWS];
};

static int shelve(void *user, const struct store_row *row)
{
	struct shelf *shelf = user;

	shelf->rows[shelf->count++] = *row;
	return 0;
}

/* Printed when the reading is over, part by part: whoever takes the output may take his time (a
 * pager), and a read transaction that waits for him would keep the daemon from its next start. */
static int show_parts(struct store_reader *reader, const struct log_options *options,
		      struct shelf *shelf)
{
	uint64_t from = options->from ? options->from : 1;
	int r;

	do {
		bool last = options->to < from + SHELF_ROWS;

		shelf->count = 0;
		r = store_reader_each(reader, from, last ? options->to : from + SHELF_ROWS - 1,
				      shelve, shelf);
		for (size_t i = 0; i < shelf->count; i++) {
			int shown = show_row(options, &shelf->rows[i]);

			if (shown < 0)
				return shown;
		}
		from += SHELF_ROWS;
	} while (r == 0 && shelf->count == SHELF_ROWS && from <= options->to);
	return r;
}

static int show(const struct log_options *options)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";
	int r = store_reader_open(&reader, options->words[1], error);
	struct shelf *shelf = malloc(sizeof(*shelf));

	if (r == 0 && !shelf)
		r = -ENOMEM;
	if (r < 0) {
		r = fail(options->words[1], error, r);
		goto out;
	}
	if (options->format == CLI_CSV)
		printf("seq,type,version,local_time,ticket,window,payload\r\n");
	r = show_parts(reader, options, shelf);
	if (r < 0 && r != -EPIPE) /* main() tells of stdout */
		r = fail(options->words[1],
			 store_reader_detail(reader)[0] ? store_reader_detail(reader)
							: strerror(-r),
			 r);
	else
		r = r < 0 ? CLI_REFUSED : CLI_OK;
out:
	free(shelf);
	store_reader_close(reader);
	return r;
}

/* ---- backup ---- */

static int backup(const struct log_options *options)
{
	const char *log = options->words[1], *to = options->words[2];
	struct store_verify_result result = {0};
	char error[STORE_ERROR_SIZE] = "";
	char key[1200];
	int r = store_backup(log, to, error);

	if (r < 0)
		return fail(r == -EEXIST ? to : log, error, r);
	snprintf(key, sizeof(key), "%s.key", log);
	r = store_verify(to, options->key ? options->key : key, &result);
	if (r < 0)
		return fail(to, result.detail, r);
	printf("已备份 backed up: %" PRIu64 " events, head %" PRIu64 ":", result.events,
	       result.events);
	print_hash(result.head);
	printf("\n密钥须另行保管 keep the key too, elsewhere: %s\n",
	       options->key ? options->key : key);
	return CLI_OK;
}

static int restore(const struct log_options *options)
{
	return cli_log_restore(options->words[1], options->words[2], options->key);
}

static void on_wake(void *user)
{
	(void)user;
}

/* Everything but the events: the daemon must not be running. */
static int rebuild(const struct log_options *options)
{
	struct keeper_options keeper_options = {
		.store = {.path = options->words[1],
			  .key_path = options->key,
			  .projections = &store_ticket_projection,
			  .projection_count = 1,
			  .digest = &digest_maker,
			  .wake = on_wake,
			  .manual = true,
			  .rebuild = true},
	};
	const struct store_verify_options verify_options = {.key_path = options->key,
							    .digest = &digest_maker};
	struct store_verify_result result = {0};
	char error[STORE_ERROR_SIZE] = "";
	struct keeper *keeper;
	int r = keeper_open(&keeper, &keeper_options, error);

	if (r < 0)
		return fail(options->words[1], error, r);
	keeper_close(keeper);
	r = store_verify_with(options->words[1], &verify_options, &result);
	if (r < 0)
		return fail(options->words[1], result.detail, r);
	printf("已由事件重建 rebuilt from its events: %" PRIu64 "\n", result.events);
	return CLI_OK;
}

int cli_log(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"key", 'k', "FILE", 0, "日志密钥 the log's key (default: beside it, LOG.key)", 0},
		{"head", 'h', "SEQ:HASH", 0,
		 "verify: 日志须含另存的此链头 the log must hold this head, kept elsewhere", 0},
		{"from", 's', "SEQ", 0, "起始事件 first event to show or export", 0},
		{"to", 'e', "SEQ", 0, "截止事件 last event to show or export", 0},
		{"format", 'f', "FORMAT", 0,
		 "输出格式 text, json or csv; export: jsonl (default), csv or text", 0},
		{0},
	};
	static const struct {
		const char *name;
		int words;
		int (*run)(const struct log_options *options);
	} commands[] = {
		{"verify", 2, verify},	 {"head", 2, show_head}, {"show", 2, show},
		{"export", 2, show},	 {"backup", 3, backup},	 {"restore", 3, restore},
		{"rebuild", 2, rebuild},
	};
	struct argp argp = {
		list,
		parse_log,
		"verify|head|show|export|rebuild LOG\nbackup LOG TO\nrestore BACKUP TO",
		"Check the log's hash chain, print its head to keep elsewhere, print or export its "
		"events, back it up while the daemon runs, put a backup back, or make all that is "
		"derived anew from the events. "
		"校验日志、打印链头、查看或导出事件、在线备份、恢复备份、"
		"由事件重建派生数据。",
		NULL,
		NULL,
		NULL};
	struct log_options options = {.from = 1, .to = UINT64_MAX};
	int r = cli_parse(&argp, argc, argv, &options);

	if (r)
		return r;
	if (options.word_count && !strcmp(options.words[0], "export") && !options.format_word)
		options.format = CLI_JSON;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (options.word_count == commands[i].words &&
		    !strcmp(options.words[0], commands[i].name))
			return commands[i].run(&options);
	return cli_usage("log",
			 "应为 expected: verify|head|show|export|rebuild LOG, backup LOG TO, or "
			 "restore BACKUP TO");
}
