/* onewindow baseline freeze: asks the daemon; or, where none runs, reads the days and appends the
 * event here, under the log's lock, as the daemon would. */
#include "src/cli/baseline_freeze.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/baseline.h"
#include "src/daemon/clock.h"
#include "src/keeper/keeper.h"
#include "src/measure/digest.h"

enum { FREEZE_TIMEOUT_S = 600 };

static void say_frozen(const char *name, int64_t days, int64_t visits, const char *rows)
{
	printf("已冻结 frozen: %s, 天数 days %lld, 人次 visits %lld, 哈希 hash %.16s…\n", name,
	       (long long)days, (long long)visits, rows);
}

/* ---- by the daemon ---- */

static int by_daemon(const struct baseline_freeze *freeze, const char *name)
{
	const char *url = getenv("ONEWINDOW_URL");
	struct cli_client client = {.url = freeze->url, .timeout_s = FREEZE_TIMEOUT_S};
	char date[BASELINE_DATE_SIZE];
	json_t *body = json_object(), *reply = NULL, *events;
	int r;

	if (!client.url)
		client.url = url && url[0] ? url : "http://127.0.0.1:8390";
	json_object_set_new(body, "name", json_string(name));
	json_object_set_new(body, "from", json_string(baseline_date(freeze->from, date)));
	json_object_set_new(body, "to", json_string(baseline_date(freeze->to, date)));
	if (freeze->control)
		json_object_set_new(body, "control", json_string(freeze->control));
	r = cli_request(&client, "/api/v1/baselines", body, &reply);
	if (r != CLI_OK)
		return r;
	events = json_object_get(reply, "events");
	if (freeze->format == CLI_JSON)
		cli_print_json(json_array_size(events) ? json_array_get(events, 0) : reply);
	else
		say_frozen(name,
			   json_integer_value(json_object_get(json_array_get(events, 0), "days")),
			   json_integer_value(json_object_get(json_array_get(events, 0), "visits")),
			   cli_text_of(json_array_get(events, 0), "rows"));
	json_decref(reply);
	return CLI_OK;
}

/* ---- here, while no daemon has the log ---- */

struct offline {
	struct keeper *keeper;
	bool done;
	enum refusal refusal;
	char error[STORE_ERROR_SIZE];
};

static void on_wake(void *user)
{
	(void)user;
}

static void on_reply(void *user, const struct keeper_reply *reply)
{
	struct offline *offline = user;

	offline->done = reply->status == KEEPER_DONE;
	offline->refusal = reply->refusal;
	snprintf(offline->error, sizeof(offline->error), "%s", reply->detail);
}

/* -EPERM: refused, the sentence is in error. */
static int submit(struct offline *offline, struct command *command)
{
	int r;

	clock_stamp(&command->at);
	strcpy(command->by, "daemon");
	offline->done = false;
	offline->refusal = REFUSAL_NONE;
	r = keeper_submit(offline->keeper, command, NULL, NULL, 0, on_reply, offline);
	while (r == 0 && !keeper_idle(offline->keeper)) {
		r = keeper_step(offline->keeper);
		if (keeper_advance(offline->keeper) < 0)
			r = -EIO;
	}
	if (r == 0 && !offline->done)
		r = offline->refusal != REFUSAL_NONE ? -EPERM : -EIO;
	return r;
}

/* -EEXIST: so that nobody waits for what would be refused. */
static int check_name(struct store_reader *reader, const char *name,
		      char ret_error[STORE_ERROR_SIZE])
{
	struct baseline_facts facts = {0};
	int r = baseline_find(reader, name, &facts);

	baseline_facts_finish(&facts);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		snprintf(ret_error, STORE_ERROR_SIZE,
			 "基期 %s 已存在，不可修改，只能另立新名 there is a baseline of this name: "
			 "it "
			 "is superseded by a new name, never edited",
			 name);
	else
		snprintf(ret_error, STORE_ERROR_SIZE, "%s", store_reader_detail(reader));
	return r == 0 ? -EEXIST : r;
}

static int compute(const struct baseline_freeze *freeze, const char *name,
		   struct baseline_facts *ret, char ret_error[STORE_ERROR_SIZE])
{
	struct baseline_request request = {.from = freeze->from, .to = freeze->to};
	struct store_reader *reader = NULL;
	int r;

	snprintf(request.name, sizeof(request.name), "%s", name);
	snprintf(request.control, sizeof(request.control), "%s",
		 freeze->control ? freeze->control : "");
	r = store_reader_open(&reader, freeze->log, ret_error);
	if (r == 0)
		r = check_name(reader, name, ret_error);
	if (r == 0)
		r = baseline_compute(reader, &request, ret, ret_error);
	store_reader_close(reader);
	return r;
}

static int append(struct offline *offline, const struct baseline_facts *facts)
{
	struct command start = {.type = COMMAND_START_DAEMON};
	struct command freeze = {.type = COMMAND_FREEZE_BASELINE,
				 .u.freeze_baseline = {facts->frozen, facts->parts}};
	int r;

	clock_set_zone(hall_definition(keeper_hall(offline->keeper))->zone);
	clock_boot_id(start.u.start_daemon.boot);
	snprintf(start.u.start_daemon.software, sizeof(start.u.start_daemon.software),
		 "onewindow %s", ONEWINDOW_VERSION);
	r = submit(offline, &start);
	return r == 0 ? submit(offline, &freeze) : r;
}

static int fail(const struct baseline_freeze *freeze, const struct offline *offline,
		const char *error, int r)
{
	if (r == -EPERM)
		fprintf(stderr, "onewindow baseline: %s %s%s%s\n",
			refusal_text_zh(offline->refusal), refusal_text_en(offline->refusal),
			error[0] ? ": " : "", error);
	else if (!error[0] || r == -EIO)
		return cli_log_fail("baseline", freeze->log, error, r);
	else
		fprintf(stderr, "onewindow baseline: %s\n", error);
	return r == -EINVAL ? CLI_USAGE : cli_log_exit(r);
}

static int by_hand(const struct baseline_freeze *freeze, const char *name)
{
	struct keeper_options options = {
		.store = {.path = freeze->log,
			  .key_path = freeze->key,
			  .projections = &store_ticket_projection,
			  .projection_count = 1,
			  .digest = &digest_maker,
			  .wake = on_wake,
			  .manual = true},
	};
	struct offline offline = {0};
	struct baseline_facts facts = {0};
	char error[STORE_ERROR_SIZE] = "";
	int r = keeper_open(&offline.keeper, &options, error);

	if (r == -EBUSY)
		fprintf(stderr,
			"onewindow baseline: 守护进程正在使用日志，请改用 --url the daemon has the "
			"log: freeze with --url, not with --log\n");
	if (r < 0)
		return cli_log_fail("baseline", freeze->log, error, r);
	r = compute(freeze, name, &facts, error);
	if (r == 0) {
		r = append(&offline, &facts);
		snprintf(error, sizeof(error), "%s", offline.error);
	}
	keeper_close(offline.keeper);
	baseline_facts_finish(&facts);
	if (r < 0)
		return fail(freeze, &offline, error, r);
	return baseline_print(freeze->log, name, false, freeze->format);
}

int baseline_freeze(const struct baseline_freeze *freeze, const char *name)
{
	return freeze->log ? by_hand(freeze, name) : by_daemon(freeze, name);
}
