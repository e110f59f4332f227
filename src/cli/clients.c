/* The clients of the API: ticket issue|show|list and the desk's word about one, window ACTION, day
 * open|close. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

enum { CLI_NUMBER_SIZE = 12 };
#define CLI_NUMBER_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const struct {
	const char *word, *both;
} words[] = {
	{"number", "号 number"},
	{"queue", "队列 queue"},
	{"class", "类别 class"},
	{"state", "状态 state"},
	{"window", "窗口 window"},
	{"ahead", "前面 ahead"},
	{"token", "凭证 token"},
	{"device", "设备 device"},
	{"model", "型号 model"},
	{"health", "健康 health"},
	{"detail", "说明 detail"},
	{"address", "地址 address"},
	{"url", "连接 url"},
	{"shows", "显示 shows"},
	{"painted", "画面 painted"},
	{"acknowledged", "已确认 acknowledged"},
	{"dark", "关灯 dark"},
	{"ordinary", "普通 ordinary"},
	{"priority", "优先 priority"},
	{"appointment", "预约 appointment"},
	{"waiting", "等候 waiting"},
	{"called", "已呼叫 called"},
	{"serving", "受理中 serving"},
	{"parked", "挂起 parked"},
	{"no-show", "弃号 no-show"},
	{"finished", "办结 finished"},
	{"cancelled", "取消 cancelled"},
	{"uncalled", "未呼叫 uncalled"},
	{"closed", "已结束 closed"},
	{"printer", "打印机 printer"},
	{"board", "屏 board"},
	{"keypad", "键盘 keypad"},
	{"voice", "语音 voice"},
	{"ok", "正常 ok"},
	{"warning", "注意 warning"},
	{"failed", "故障 failed"},
	{"gone", "断开 gone"},
	{"unknown", "未知 unknown"},
	{"conditions", "状况 conditions"},
	{"paper-near-end", "纸将尽 paper-near-end"},
	{"paper-end", "缺纸 paper-end"},
	{"cover-open", "上盖打开 cover-open"},
	{"cutter-error", "切刀故障 cutter-error"},
	{"error", "出错 error"},
	{"offline", "脱机 offline"},
	{"unreachable", "无法联系 unreachable"},
	{"job", "任务 job"},
	{"copy", "份 copy"},
	{"ticket-state", "号状态 ticket-state"},
	{"time", "时间 time"},
	{"asked-by", "来自 asked-by"},
	{"queued", "等待打印 queued"},
	{"started", "打印中 started"},
	{"printed", "已打印 printed"},
	{"processed", "已处理 processed"},
	{"sent", "已送出 sent"},
	{"unsettled", "待确认 unsettled"},
	{"expired", "过时未打 expired"},
	{"served", "已办理 served"},
};

void cli_table_begin(const struct cli_client *client, struct cli_table *table,
		     const char *const head[], size_t columns)
{
	cli_table_init(table, columns);
	for (size_t i = 0; i < columns; i++)
		cli_table_add(table, "%s", cli_word(client, head[i]));
}

void cli_add_number(struct cli_table *table, const json_t *object, const char *key)
{
	if (cli_number_of(object, key))
		cli_table_add(table, "%lld", cli_number_of(object, key));
	else
		cli_table_add(table, "-");
}

const char *cli_word(const struct cli_client *client, const char *word)
{
	for (size_t i = 0; client->format == CLI_TEXT && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].word, word))
			return words[i].both;
	return word;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_string(text));
}

/* "10:30" is a time of today; digits alone are milliseconds. */
static void set_arrival(json_t *body, const char *arrival)
{
	if (arrival && strlen(arrival) < 19 && strspn(arrival, "0123456789") == strlen(arrival))
		json_object_set_new(body, "arrival", json_integer(atoll(arrival)));
	else
		set_text(body, "arrival", arrival);
}

/* A slot is an appointment's, a pre-printed number comes from paper, unless it is said. */
static const char *or_else(const char *said, bool implied, const char *implies)
{
	return said || !implied ? said : implies;
}

static void print_issued(const json_t *reply)
{
	const json_t *wait = json_object_get(reply, "expected_wait");
	long long low = cli_number_of(wait, "low_ms") / 60000;
	long long high = (cli_number_of(wait, "high_ms") + 59999) / 60000;

	printf("%s  %s  前面等候 ahead %lld  ", cli_text_of(reply, "number"),
	       cli_text_of(reply, "queue"), cli_number_of(reply, "ahead"));
	if (json_is_object(wait))
		printf(low == high ? "预计等候 wait %lld min  " : "预计等候 wait %lld-%lld min  ",
		       low, high);
	printf("%s\n", cli_text_of(reply, "token"));
}

static int issue(const struct cli_client *client)
{
	json_t *body = json_object();
	json_t *reply = NULL;
	int r;

	set_text(body, "queue", client->queue);
	set_text(body, "item", client->item);
	set_text(body, "class",
		 or_else(client->class, client->slot_from || client->slot_to, "appointment"));
	set_text(body, "origin", or_else(client->origin, client->paper, "paper"));
	set_text(body, "case_ref", client->case_ref);
	set_text(body, "slot_from", client->slot_from);
	set_text(body, "slot_to", client->slot_to);
	set_arrival(body, client->arrival);
	if (client->paper)
		json_object_set_new(body, "paper_number", json_integer(client->paper));
	if (client->pre_reviewed)
		json_object_set_new(body, "pre_reviewed", json_true());
	set_text(body, "printer", client->printer);
	if (client->no_print)
		json_object_set_new(body, "print", json_false());
	if (client->large)
		json_object_set_new(body, "large_print", json_true());
	r = cli_request(client, "/api/v1/tickets", body, &reply);
	if (r != CLI_OK)
		return r;
	if (client->format == CLI_JSON)
		cli_print_json(reply);
	else
		print_issued(reply);
	json_decref(reply);
	return CLI_OK;
}

static void add_ticket_row(const struct cli_client *client, struct cli_table *table,
			   const json_t *ticket)
{
	cli_table_add(table, "%s", cli_text_of(ticket, "number"));
	cli_table_add(table, "%s", cli_text_of(ticket, "queue"));
	cli_table_add(table, "%s", cli_word(client, cli_text_of(ticket, "class")));
	cli_table_add(table, "%s", cli_word(client, cli_text_of(ticket, "state")));
	cli_add_number(table, ticket, "window");
	if (json_is_integer(json_object_get(ticket, "ahead")))
		cli_table_add(table, "%lld", cli_number_of(ticket, "ahead"));
	else
		cli_table_add(table, "-");
	cli_table_add(table, "%s", cli_text_of(ticket, "token"));
}

static int print_tickets(const struct cli_client *client, json_t *tickets)
{
	static const char *const head[] = {"number", "queue", "class", "state",
					   "window", "ahead", "token"};
	struct cli_table table;
	json_t *ticket;
	size_t i;

	if (client->format == CLI_JSON) {
		cli_print_json(tickets);
		return CLI_OK;
	}
	cli_table_begin(client, &table, head, sizeof(head) / sizeof(head[0]));
	json_array_foreach(tickets, i, ticket)
	{
		add_ticket_row(client, &table, ticket);
	}
	cli_table_print(&table, client->format);
	cli_table_finish(&table);
	return CLI_OK;
}

/* All of today, page by page. */
static int list(const struct cli_client *client)
{
	json_t *all = json_array(), *reply = NULL, *next = NULL;
	char path[64] = "/api/v1/tickets?limit=500";
	int r;

	do {
		r = cli_request(client, path, NULL, &reply);
		if (r != CLI_OK)
			break;
		json_array_extend(all, json_object_get(reply, "tickets"));
		next = json_object_get(reply, "next");
		if (json_is_integer(next))
			snprintf(path, sizeof(path), "/api/v1/tickets?limit=500&after=%lld",
				 (long long)json_integer_value(next));
		else
			next = NULL;
		json_decref(reply);
	} while (next);
	if (r == CLI_OK)
		r = print_tickets(client, all);
	json_decref(all);
	return r;
}

/* *ret_tickets: a list of the one ticket of today with this number; to be freed. */
static int find(const struct cli_client *client, const char *number, json_t **ret_tickets)
{
	json_t *reply = NULL;
	char path[64];
	int r;

	/* Nothing that would need escaping in a URL is a number. */
	if (strlen(number) >= CLI_NUMBER_SIZE ||
	    strspn(number, CLI_NUMBER_LETTERS) != strlen(number))
		return cli_usage(
			"ticket",
			"\"%.40s\" 不是号码，请照票面书写 is no number; write it as on the "
			"ticket, A001",
			number);
	snprintf(path, sizeof(path), "/api/v1/tickets?number=%s", number);
	r = cli_request(client, path, NULL, &reply);
	if (r != CLI_OK)
		return r;
	if (json_array_size(json_object_get(reply, "tickets"))) {
		*ret_tickets = json_incref(json_object_get(reply, "tickets"));
	} else {
		fprintf(stderr, "onewindow ticket: 今天没有此号 no ticket \"%s\" today\n", number);
		r = CLI_REFUSED;
	}
	json_decref(reply);
	return r;
}

static int show(const struct cli_client *client, const char *number)
{
	json_t *tickets = NULL;
	int r = find(client, number, &tickets);

	if (r == CLI_OK && client->format == CLI_JSON)
		cli_print_json(json_array_get(tickets, 0));
	else if (r == CLI_OK)
		r = print_tickets(client, tickets);
	json_decref(tickets);
	return r;
}

/* A no-show that is called once more first is none yet: the clerk is told which it was. */
static const char *outcome(const json_t *reply, const char *action)
{
	const json_t *event;
	size_t i;

	if (strcmp(action, "no-show"))
		return "";
	json_array_foreach(json_object_get(reply, "events"), i, event)
	{
		if (!strcmp(cli_text_of(event, "type"), "ticket-recalled"))
			return "  先再呼一次 called again first";
	}
	return "  弃号 no-show";
}

static int print_reply(const struct cli_client *client, const char *action, json_t *reply)
{
	if (client->format == CLI_JSON)
		cli_print_json(reply);
	else if (cli_text_of(reply, "number")[0])
		printf("%s%s\n", cli_text_of(reply, "number"), outcome(reply, action));
	else
		printf("完成 done\n");
	json_decref(reply);
	return CLI_OK;
}

/* At the desk, at no window. */
static int desk(const struct cli_client *client, const char *action, const char *number)
{
	json_t *tickets = NULL, *body, *reply = NULL;
	char path[128];
	int r;

	if (!strcmp(action, "transfer") && !client->queue)
		return cli_usage("ticket", "transfer: 请用 --queue 指明队列 --queue says where to");
	r = find(client, number, &tickets);
	if (r != CLI_OK)
		return r;
	snprintf(path, sizeof(path), "/api/v1/tickets/%.40s/%s",
		 cli_text_of(json_array_get(tickets, 0), "token"), action);
	json_decref(tickets);
	body = json_object();
	if (!strcmp(action, "transfer"))
		set_text(body, "queue", client->queue);
	if (!strcmp(action, "reprint"))
		set_text(body, "printer", client->printer);
	if (!strcmp(action, "reprint") && client->large)
		json_object_set_new(body, "large_print", json_true());
	r = cli_request(client, path, body, &reply);
	return r == CLI_OK ? print_reply(client, action, reply) : r;
}

int cli_ticket(int argc, char **argv)
{
	static const char *const desk_actions[] = {"cancel", "resume", "transfer", "reprint"};
	static char why[] = "onewindow ticket why", render[] = "onewindow ticket render";
	struct cli_client client;
	int r;

	/* It asks the log, not the daemon. */
	if (argc > 1 && !strcmp(argv[1], "why")) {
		argv[1] = why;
		return cli_why(argc - 1, argv + 1);
	}
	if (argc > 1 && !strcmp(argv[1], "render")) {
		argv[1] = render;
		return cli_render(argc - 1, argv + 1);
	}
	r = cli_client_parse(
		&client, CLI_TICKET, argc, argv,
		"issue|list\nshow|cancel|resume|transfer|reprint NUMBER\nwhy NUMBER\nrender",
		"Take, show and list tickets; at the desk cancel one, let it wait again, "
		"move it to another queue, print its paper again; say why one was called "
		"when it was (why --help); show one without a printer (render --help). "
		"取号、查号、列出今日号票；在服务台取消、重新等候、转移、补打；说明叫号先后；查看票"
		"样。"
		"\v--from, --to 即为预约 mean an appointment; --paper 即为预印号 means "
		"origin paper.");
	if (r)
		return r;
	if (client.word_count == 1 && !strcmp(client.words[0], "list"))
		return list(&client);
	if (client.word_count == 2 && !strcmp(client.words[0], "show"))
		return show(&client, client.words[1]);
	if (client.format == CLI_CSV)
		return cli_usage("ticket", "--format csv: 可选 allowed are text, json");
	for (size_t i = 0; i < sizeof(desk_actions) / sizeof(desk_actions[0]); i++)
		if (client.word_count == 2 && !strcmp(client.words[0], desk_actions[i]))
			return desk(&client, client.words[0], client.words[1]);
	if (client.word_count != 1 || strcmp(client.words[0], "issue"))
		return cli_usage("ticket", "应为 expected: issue, list, why NUMBER, or "
					   "show|cancel|resume|transfer|reprint NUMBER");
	if (!client.queue && !client.item)
		return cli_usage("ticket",
				 "issue: 请用 --queue 或 --item 指明 --queue or --item says "
				 "what the ticket is for");
	return issue(&client);
}

int cli_window(int argc, char **argv)
{
	static const char *const actions[] = {"call-next",  "call-number", "help",   "help-over",
					      "ask-rating", "recall",	   "start",  "finish",
					      "no-show",    "park",	   "resume", "transfer",
					      "cancel",	    "pause",	   "reopen", "sign-in",
					      "sign-out"};
	struct cli_client client;
	json_t *body, *reply = NULL;
	bool known = false;
	char path[128];
	char *end = NULL;
	long number;
	int r = cli_client_parse(
		&client, CLI_WINDOW, argc, argv, "ACTION WINDOW [TICKET]",
		"What a clerk does at a window. 窗口操作。\vACTION is call-next 呼叫, call-number "
		"按号呼叫, recall "
		"重呼, start 受理, finish 办结, no-show 弃号, park 挂起, resume 回呼, transfer "
		"转移, cancel 取消, pause 暂停, reopen 恢复, help 请求协助, help-over 协助结束, "
		"ask-rating 请评价, sign-in 签到 or sign-out 签退.");

	if (r)
		return r;
	if (client.word_count < 2 || client.word_count > 3)
		return cli_usage("window", "应为 expected: ACTION WINDOW [TICKET]");
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		known |= !strcmp(actions[i], client.words[0]);
	if (!known)
		return cli_usage("window", "没有此操作 no action \"%s\"", client.words[0]);
	number = strtol(client.words[1], &end, 10);
	if (*end || number < 1 || number > 999)
		return cli_usage("window",
				 "\"%s\" 不是窗口号 is no window number; allowed: 1 to 999",
				 client.words[1]);
	if (client.format == CLI_CSV)
		return cli_usage("window", "--format csv: 可选 allowed are text, json");
	if (!strcmp(client.words[0], "resume") && client.word_count != 3)
		return cli_usage("window", "resume: 请指明号码 which ticket? resume WINDOW TICKET");
	if (!strcmp(client.words[0], "call-number") && client.word_count != 3)
		return cli_usage("window",
				 "call-number: 请指明号码 which number? call-number WINDOW "
				 "NUMBER");
	if (!strcmp(client.words[0], "transfer") && !client.queue)
		return cli_usage("window", "transfer: 请用 --queue 指明队列 --queue says where to");
	if (!strcmp(client.words[0], "sign-in") && !client.clerk)
		return cli_usage("window", "sign-in: 请用 --clerk 指明人员 --clerk says who");
	body = json_object();
	if (client.word_count == 3)
		set_text(body, strcmp(client.words[0], "call-number") ? "ticket" : "number",
			 client.words[2]);
	set_text(body, "queue", client.queue);
	set_text(body, "clerk", client.clerk);
	if (client.correction)
		json_object_set_new(body, "correction", json_true());
	snprintf(path, sizeof(path), "/api/v1/windows/%ld/%s", number, client.words[0]);
	r = cli_request(&client, path, body, &reply);
	return r == CLI_OK ? print_reply(&client, client.words[0], reply) : r;
}

int cli_day(int argc, char **argv)
{
	struct cli_client client;
	json_t *body, *reply = NULL;
	char path[64];
	int r = cli_client_parse(&client, CLI_DAY, argc, argv, "open|close",
				 "Open or close the service day. 开始或结束服务日。");

	if (r)
		return r;
	if (client.word_count != 1 ||
	    (strcmp(client.words[0], "open") && strcmp(client.words[0], "close")))
		return cli_usage("day", "应为 expected: open or close");
	if (client.format == CLI_CSV)
		return cli_usage("day", "--format csv: 可选 allowed are text, json");
	body = json_object();
	set_text(body, "date", client.date);
	if (client.again)
		json_object_set_new(body, "operator_word", json_true());
	snprintf(path, sizeof(path), "/api/v1/day/%s", client.words[0]);
	r = cli_request(&client, path, body, &reply);
	return r == CLI_OK ? print_reply(&client, client.words[0], reply) : r;
}
