/* The client of the daemon's API: options, one request, its answer or its refusal. */
#include <argp.h>
#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "src/cli/cli.h"
#include "src/core/limits.h"

enum { ANSWER_MAX_BYTES = 32 * 1024 * 1024 };

int cli_usage(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "onewindow %s: ", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nMore: onewindow %s --help\n", command);
	return CLI_USAGE;
}

bool cli_parse_format(const char *word, enum cli_format *ret_format)
{
	static const char *const names[] = {"text", "json", "csv"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(word, names[i]))
			continue;
		*ret_format = (enum cli_format)i;
		return true;
	}
	return false;
}

enum { OPTION_FROM = 256, OPTION_TO, OPTION_PAPER, OPTION_ARRIVAL, OPTION_CORRECTION, OPTION_DATE };

static const struct argp_option client_options[] = {
	{"url", 'u', "URL", 0, "the daemon; else $ONEWINDOW_URL, else http://127.0.0.1:8390", 0},
	{"id", 'i', "ID", 0, "repeating a request with the same id is safe; default: a new one", 0},
	{"format", 'f', "text|json|csv", 0, "how to print", 0},
	{"queue", 'q', "QUEUE", 0, "queue of the ticket; for transfer: where to", 0},
	{"item", 't', "ITEM", 0, "item of the ticket", 0},
	{"class", 'k', "CLASS", 0, "ordinary, priority or appointment", 0},
	{"origin", 'o', "ORIGIN", 0, "panel, api, desk, online or paper", 0},
	{"case", 'r', "REF", 0, "case reference", 0},
	{"pre-reviewed", 'p', NULL, 0, "the papers were looked at before", 0},
	{"no-print", 'n', NULL, 0, "no paper ticket", 0},
	{"from", OPTION_FROM, "HH:MM", 0,
	 "预约时段开始（类别为预约） begin of a slot (class: appointment)", 0},
	{"to", OPTION_TO, "HH:MM", 0, "预约时段结束 end of the slot", 0},
	{"paper", OPTION_PAPER, "N", 0,
	 "预印纸上的号，不含前缀（来源为预印纸） number on the pre-printed paper, without prefix "
	 "(origin: paper)",
	 0},
	{"arrival", OPTION_ARRIVAL, "HH:MM|MS", 0,
	 "预印号的到达时间：今日时刻，或 1970 年起的毫秒 when its holder came: a time of today, or "
	 "milliseconds since 1970",
	 0},
	{"clerk", 'c', "CLERK", 0, "for sign-in", 0},
	{"correction", OPTION_CORRECTION, NULL, 0,
	 "挂起以补正材料 for park: papers have to be put right", 0},
	{"date", OPTION_DATE, "YYYY-MM-DD", 0,
	 "服务日日期，默认今天 for day open: the date, else today", 0},
	{"again", 'a', NULL, 0, "for day open: also a date that was open before", 0},
	{0},
};

static int parse_paper(const char *arg, struct argp_state *state)
{
	char *end = NULL;
	long number = strtol(arg, &end, 10);

	if (end == arg || *end || number < 1 || number > CORE_MAX_TICKET_NUMBER)
		argp_error(state, "--paper %s: 须为 1 至 %d 的整数 allowed: 1 to %d", arg,
			   CORE_MAX_TICKET_NUMBER, CORE_MAX_TICKET_NUMBER);
	return (int)number;
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
			argp_error(state, "--format %s: allowed are text, json, csv", arg);
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
			argp_error(state, "too many words");
		client->words[client->word_count++] = arg;
		break;
	default: return parse_field(key, arg, state);
	}
	return 0;
}

int cli_client_parse(struct cli_client *ret, int argc, char **argv, const char *args_doc,
		     const char *doc)
{
	struct argp argp = {client_options, parse_option, args_doc, doc, NULL, NULL, NULL};
	const char *url = getenv("ONEWINDOW_URL");

	*ret = (struct cli_client){.url = url && url[0] ? url : "http://127.0.0.1:8390"};
	argp_err_exit_status = CLI_USAGE;
	return argp_parse(&argp, argc, argv, 0, NULL, ret) ? CLI_USAGE : 0;
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
	fprintf(stderr, "onewindow: %s %s", member(problem, "title_zh"), member(problem, "title"));
	if (member(problem, "detail")[0])
		fprintf(stderr, ": %s", member(problem, "detail"));
	fprintf(stderr, " (%s, %ld)\n", member(problem, "code"), status);
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
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
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
			"onewindow: start it with `onewindow serve`, or name it with --url\n",
			client->url, curl_easy_strerror(code));
		r = CLI_UNREACHABLE;
	} else {
		reply = json_loads(answer.bytes ? answer.bytes : "", JSON_REJECT_DUPLICATES, NULL);
		if (status >= 400) {
			r = explain(status, reply);
		} else if (!reply) {
			fprintf(stderr, "onewindow: %s does not speak our API\n", client->url);
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
