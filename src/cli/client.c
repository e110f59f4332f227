/* The client of the daemon's API: options, one request, its answer or its refusal. */
#include <argp.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "src/cli/cli.h"
#include "src/core/limits.h"

enum { ANSWER_MAX_BYTES = 32 * 1024 * 1024 };

enum {
	OPTION_FROM = 256,
	OPTION_TO,
	OPTION_PAPER,
	OPTION_ARRIVAL,
	OPTION_CORRECTION,
	OPTION_DATE,
	OPTION_PRINTER,
	OPTION_LARGE,
	OPTION_STATE,
	OPTION_AT,
};

#define OPTION(long_name, key, arg, doc, commands)                                                 \
	{                                                                                          \
		{long_name, key, arg, 0, doc, 0}, commands                                         \
	}
static const struct {
	struct argp_option option;
	int commands; /* of enum cli_client_command */
} client_options[] = {
	OPTION("queue", 'q', "QUEUE", "取号或转移的队列 queue of the ticket; transfer: to this one",
	       CLI_TICKET),
	OPTION("item", 't', "ITEM", "办理事项 item of the ticket", CLI_TICKET),
	OPTION("class", 'k', "CLASS", "类别 ordinary, priority or appointment", CLI_TICKET),
	OPTION("origin", 'o', "ORIGIN", "来源 panel, api, desk, online or paper", CLI_TICKET),
	OPTION("case", 'r', "REF", "案件编号 case reference", CLI_TICKET | CLI_FILING),
	OPTION("at", OPTION_AT, "YYYY-MM-DDTHH:MM|MS",
	       "申报时间，默认现在 when it was filed, in the hall's zone or in milliseconds since "
	       "1970 (default: now)",
	       CLI_FILING),
	OPTION("pre-reviewed", 'p', NULL, "材料已预审 the papers were looked at before",
	       CLI_TICKET),
	OPTION("no-print", 'n', NULL, "不打印 no paper ticket", CLI_TICKET),
	OPTION("from", OPTION_FROM, "HH:MM", "预约时段开始 begin of an appointment's slot",
	       CLI_TICKET),
	OPTION("to", OPTION_TO, "HH:MM", "预约时段结束 end of an appointment's slot", CLI_TICKET),
	OPTION("paper", OPTION_PAPER, "N", "预印纸上的号 number on pre-printed paper, no prefix",
	       CLI_TICKET),
	OPTION("arrival", OPTION_ARRIVAL, "HH:MM|MS",
	       "预印号的到达时间 of pre-printed paper: when its holder came, today or in "
	       "milliseconds since 1970",
	       CLI_TICKET),
	OPTION("printer", OPTION_PRINTER, "PRINTER",
	       "取号或补打的首选打印机 its paper comes from this printer first", CLI_TICKET),
	OPTION("large", OPTION_LARGE, NULL,
	       "取号或补打用大字 its paper is in large print (a reprint else: as the copy before)",
	       CLI_TICKET),
	OPTION("state", OPTION_STATE, "STATE",
	       "只列此状态 only those queued, started, printed, processed, sent, failed, unknown "
	       "or "
	       "unsettled; all: every one",
	       CLI_JOBS),
	OPTION("queue", 'q', "QUEUE", "转移到的队列 transfer: to this queue", CLI_WINDOW),
	OPTION("clerk", 'c', "CLERK", "签到人员 sign-in: this clerk", CLI_WINDOW),
	OPTION("correction", OPTION_CORRECTION, NULL,
	       "挂起以补正材料 park: papers have to be put right", CLI_WINDOW),
	OPTION("date", OPTION_DATE, "YYYY-MM-DD", "开始的服务日 open: this date (default: today)",
	       CLI_DAY),
	OPTION("again", 'a', NULL,
	       "开始过的日期或隔得很远的日期 open: also a date that was open before, or is far "
	       "from the last one",
	       CLI_DAY),
	OPTION("id", 'i', "ID",
	       "请求编号，重复无害 repeating a request with the same id is safe (default: a new "
	       "one)",
	       CLI_TICKET | CLI_WINDOW | CLI_DAY | CLI_FILING),
	OPTION("format", 'f', "text|json|csv", "输出格式 how to print",
	       CLI_TICKET | CLI_DEVICES | CLI_JOBS),
	OPTION("format", 'f', "text|json", "输出格式 how to print",
	       CLI_WINDOW | CLI_DAY | CLI_FILING),
	OPTION("url", 'u', "URL",
	       "守护进程地址 the daemon (default: $ONEWINDOW_URL, else http://127.0.0.1:8390)",
	       CLI_TICKET | CLI_WINDOW | CLI_DAY | CLI_DEVICES | CLI_JOBS | CLI_FILING),
};
enum { OPTION_COUNT = sizeof(client_options) / sizeof(client_options[0]) };

static int parse_paper(const char *arg, struct argp_state *state)
{
	char *end = NULL;
	long number = strtol(arg, &end, 10);

	if (end == arg || *end || number < 1 || number > CORE_MAX_TICKET_NUMBER)
		argp_error(state, "--paper %s: 须为 1 至 %d 的整数 allowed: 1 to %d", arg,
			   CORE_MAX_TICKET_NUMBER, CORE_MAX_TICKET_NUMBER);
	return (int)number;
}

static const char *parse_job_state(const char *arg, struct argp_state *state)
{
	static const char *const states[] = {"queued", "started", "printed",   "processed", "sent",
					     "failed", "unknown", "unsettled", "all"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (!strcmp(arg, states[i]))
			return states[i];
	argp_error(
		state,
		"--state %s: 可选 allowed are queued, started, printed, processed, sent, failed, "
		"unknown, unsettled, all",
		arg);
	return NULL;
}

/* What a ticket or a window's action may say besides. */
static error_t parse_field(int key, char *arg, struct argp_state *state)
{
	struct cli_client *client = state->input;

	switch (key) {
	case OPTION_FROM: client->slot_from = arg; break;
	case OPTION_TO: client->slot_to = arg; break;
	case OPTION_PAPER: client->paper = parse_paper(arg, state); break;
	case OPTION_ARRIVAL: client->arrival = arg; break;
	case OPTION_CORRECTION: client->correction = true; break;
	case OPTION_DATE: client->date = arg; break;
	case OPTION_PRINTER: client->printer = arg; break;
	case OPTION_LARGE: client->large = true; break;
	case OPTION_AT: client->filed = arg; break;
	case OPTION_STATE: client->state = parse_job_state(arg, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct cli_client *client = state->input;

	switch (key) {
	case 'u': client->url = arg; break;
	case 'i': client->id = arg; break;
	case 'f':
		if (!cli_parse_format(arg, &client->format))
			argp_error(state, "--format %s: 可选 allowed are text, json, csv", arg);
		break;
	case 'q': client->queue = arg; break;
	case 't': client->item = arg; break;
	case 'k': client->class = arg; break;
	case 'o': client->origin = arg; break;
	case 'r': client->case_ref = arg; break;
	case 'p': client->pre_reviewed = true; break;
	case 'n': client->no_print = true; break;
	case 'c': client->clerk = arg; break;
	case 'a': client->again = true; break;
	case ARGP_KEY_ARG:
		if (client->word_count == 8)
			argp_error(state, "词数过多 too many words");
		client->words[client->word_count++] = arg;
		break;
	default: return parse_field(key, arg, state);
	}
	return 0;
}

int cli_client_parse(struct cli_client *ret, enum cli_client_command command, int argc, char **argv,
		     const char *args_doc, const char *doc)
{
	struct argp_option own[OPTION_COUNT + 1] = {0};
	struct argp argp = {own, parse_option, args_doc, doc, NULL, NULL, NULL};
	const char *url = getenv("ONEWINDOW_URL");
	size_t count = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (client_options[i].commands & command)
			own[count++] = client_options[i].option;
	*ret = (struct cli_client){.url = url && url[0] ? url : "http://127.0.0.1:8390"};
	return cli_parse(&argp, argc, argv, ret);
}

struct answer {
	char *bytes;
	size_t len;
};

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
	struct answer *answer = user;
	size_t len = size * count;
	char *larger;

	if (answer->len + len > ANSWER_MAX_BYTES)
		return 0;
	larger = realloc(answer->bytes, answer->len + len + 1);
	if (!larger)
		return 0;
	memcpy(larger + answer->len, bytes, len);
	answer->bytes = larger;
	answer->len += len;
	larger[answer->len] = '\0';
	return len;
}

static void random_id(char ret[33])
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		memset(random, 0, sizeof(random));
	for (int i = 0; i < 16; i++)
		snprintf(ret + i * 2, 3, "%02x", random[i]);
}

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int explain(long status, const json_t *problem)
{
	const char *code = member(problem, "code"), *title = member(problem, "title");
	const char *detail = member(problem, "detail");
	size_t len = strlen(title);

	if (detail[0] && len && title[len - 1] == '.') /* the sentence goes on */
		len--;
	fprintf(stderr, "onewindow: %s %.*s", member(problem, "title_zh"), (int)len, title);
	if (detail[0])
		fprintf(stderr, ": %s", detail);
	fprintf(stderr, " (%s, %ld)\n", code, status);
	if (!strcmp(code, "day-earlier") || !strcmp(code, "day-far"))
		fprintf(stderr, "onewindow: 如日期无误，请加 if the date is meant, add: --again\n");
	return status >= 500 ? CLI_UNREACHABLE : CLI_REFUSED;
}

static CURLcode perform(CURL *curl, const struct cli_client *client, const char *url,
			const char *text, struct answer *answer, long *ret_status)
{
	struct curl_slist *headers = NULL;
	char id[33], header[160];
	CURLcode code;

	random_id(id);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, client->timeout_s ? client->timeout_s : 20L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	if (text) {
		snprintf(header, sizeof(header), "Idempotency-Key: %.96s",
			 client->id ? client->id : id);
		headers = curl_slist_append(headers, "Content-Type: application/json");
		headers = curl_slist_append(headers, header);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
	}
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	curl_slist_free_all(headers);
	return code;
}

const char *cli_text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long cli_number_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

int cli_request(const struct cli_client *client, const char *path, json_t *body, json_t **ret_reply)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	CURL *curl = curl_easy_init();
	struct answer answer = {0};
	json_t *reply = NULL;
	long status = 0;
	char url[512];
	CURLcode code;
	int r = CLI_OK;

	snprintf(url, sizeof(url), "%s%s", client->url, path);
	code = curl ? perform(curl, client, url, text, &answer, &status) : CURLE_FAILED_INIT;
	if (code != CURLE_OK) {
		fprintf(stderr,
			"onewindow: 无法连接守护进程 no answer from the daemon at %s: %s\n"
			"onewindow: 请先启动，或用 --url 指明 start it with `onewindow serve`, or "
			"name it with --url\n",
			client->url, curl_easy_strerror(code));
		r = CLI_UNREACHABLE;
	} else {
		reply = json_loads(answer.bytes ? answer.bytes : "", JSON_REJECT_DUPLICATES, NULL);
		if (status >= 400) {
			r = explain(status, reply);
		} else if (!reply) {
			fprintf(stderr,
				"onewindow: 该地址不是守护进程 no daemon of ours answers at %s\n",
				client->url);
			r = CLI_UNREACHABLE;
		}
	}
	if (r == CLI_OK)
		*ret_reply = reply;
	else
		json_decref(reply);
	free(answer.bytes);
	free(text);
	json_decref(body);
	curl_easy_cleanup(curl);
	return r;
}

json_t *cli_try(const struct cli_client *client, const char *path)
{
	CURL *curl = curl_easy_init();
	struct answer answer = {0};
	json_t *reply = NULL;
	long status = 0;
	char url[512];

	if (!curl)
		return NULL;
	snprintf(url, sizeof(url), "%s%s", client->url, path);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 2L);
	if (perform(curl, client, url, NULL, &answer, &status) == CURLE_OK && status < 300)
		reply = json_loads(answer.bytes ? answer.bytes : "", JSON_REJECT_DUPLICATES, NULL);
	free(answer.bytes);
	curl_easy_cleanup(curl);
	return reply;
}
