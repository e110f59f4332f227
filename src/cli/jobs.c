/* onewindow jobs: the day's print jobs, and an operator's word on those that nobody knows of. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/cli/cli.h"
#include "src/daemon/clock.h"
#include "src/devices/devices.h"

void cli_use_zone(const json_t *hall)
{
	const char *zone = json_string_value(json_object_get(hall, "zone"));

	if (zone && zone[0])
		clock_set_zone(zone);
}

void cli_local_time(int64_t wall_ms, char ret[CLI_TIME_SIZE])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm parts;

	if (!localtime_r(&seconds, &parts) || !strftime(ret, CLI_TIME_SIZE, "%H:%M:%S", &parts))
		snprintf(ret, CLI_TIME_SIZE, "-");
}

void cli_add_detail(const struct cli_client *client, struct cli_table *table, const char *detail)
{
	const char *chinese = client->format == CLI_TEXT ? devices_chinese(detail) : "";

	cli_table_add(table, "%s%s%s", chinese, chinese[0] ? " " : "", detail);
}

/* All pages of a state, NULL: of every one. */
static int read_jobs(const struct cli_client *client, const char *state, json_t **ret_jobs)
{
	json_t *all = json_array(), *reply = NULL;
	long long after = 0;
	char path[96];
	int r;

	do {
		snprintf(path, sizeof(path), "/api/v1/jobs?limit=500&after=%lld%s%.16s", after,
			 state ? "&state=" : "", state ? state : "");
		r = cli_request(client, path, NULL, &reply);
		if (r != CLI_OK)
			break;
		json_array_extend(all, json_object_get(reply, "jobs"));
		after = cli_number_of(reply, "next");
		json_decref(reply);
	} while (after);
	if (r == CLI_OK)
		*ret_jobs = all;
	else
		json_decref(all);
	return r;
}

static void add_row(const struct cli_client *client, struct cli_table *table, const json_t *job)
{
	bool unsettled = json_is_true(json_object_get(job, "unsettled"));
	const char *printer = cli_text_of(job, "printer"), *cause = cli_text_of(job, "cause");
	char at[CLI_TIME_SIZE];

	cli_local_time(cli_number_of(job, "at_ms"), at);
	cli_table_add(table, "%lld", cli_number_of(job, "job"));
	cli_table_add(table, "%s", cli_text_of(job, "number"));
	cli_table_add(table, "%lld", cli_number_of(job, "copy"));
	cli_table_add(table, "%s",
		      cli_word(client, unsettled  ? "unsettled"
				       : cause[0] ? cause
						  : cli_text_of(job, "state")));
	cli_table_add(table, "%s", at);
	cli_table_add(table, "%s", printer[0] ? printer : "-");
	cli_table_add(table, "%s", cli_word(client, cli_text_of(job, "ticket_state")));
	cli_table_add(table, "%s", cli_text_of(job, "by"));
	cli_add_detail(client, table, cli_text_of(job, "detail"));
}

static int print_jobs(const struct cli_client *client, const json_t *jobs)
{
	static const char *const head[] = {"job",     "number",	      "copy",	  "state", "time",
					   "printer", "ticket-state", "asked-by", "detail"};
	enum { COLUMNS = sizeof(head) / sizeof(head[0]) };
	struct cli_table table;
	json_t *reply = NULL;
	const json_t *job;
	size_t i;
	int r;

	if (client->format == CLI_JSON) {
		cli_print_json(jobs);
		return CLI_OK;
	}
	r = cli_request(client, "/api/v1/hall", NULL, &reply);
	if (r != CLI_OK)
		return r;
	cli_use_zone(json_object_get(reply, "hall"));
	json_decref(reply);
	cli_table_begin(client, &table, head, COLUMNS);
	json_array_foreach(jobs, i, job)
	{
		add_row(client, &table, job);
	}
	cli_table_print(&table, client->format);
	cli_table_finish(&table);
	return CLI_OK;
}

/* What somebody may have to look after: what waits, what is under way, what nobody knows of. */
static int list(const struct cli_client *client)
{
	static const char *const states[] = {"unsettled", "started", "queued"};
	json_t *jobs = NULL, *some = NULL;
	int r = CLI_OK;

	if (client->state) {
		r = read_jobs(client, strcmp(client->state, "all") ? client->state : NULL, &jobs);
	} else {
		jobs = json_array();
		for (size_t i = 0; r == CLI_OK && i < sizeof(states) / sizeof(states[0]); i++) {
			r = read_jobs(client, states[i], &some);
			if (r != CLI_OK)
				break;
			json_array_extend(jobs, some);
			json_decref(some);
		}
	}
	if (r == CLI_OK)
		r = print_jobs(client, jobs);
	json_decref(jobs);
	return r;
}

static int settle(const struct cli_client *client, const char *number, const char *outcome,
		  const json_t *jobs)
{
	json_t *body, *reply = NULL;
	const json_t *job;
	char path[64];
	size_t i;
	int r;

	json_array_foreach(jobs, i, job)
	{
		if (strcmp(cli_text_of(job, "number"), number) != 0)
			continue;
		body = json_pack("{ss}", "outcome", outcome);
		snprintf(path, sizeof(path), "/api/v1/jobs/%lld/settle", cli_number_of(job, "job"));
		r = cli_request(client, path, body, &reply);
		json_decref(reply);
		if (r == CLI_OK)
			printf("%s  %s\n", number, cli_word(client, outcome));
		return r;
	}
	fprintf(stderr, "onewindow jobs: %s: 没有待确认的打印 no print job of it is unsettled\n",
		number);
	return CLI_REFUSED;
}

static int settle_all(const struct cli_client *client, const char *outcome)
{
	json_t *jobs = NULL;
	int worst = CLI_OK;
	int r = read_jobs(client, "unsettled", &jobs);

	if (r != CLI_OK)
		return r;
	for (int i = 1; i < client->word_count; i++) {
		r = settle(client, client->words[i], outcome, jobs);
		worst = r > worst ? r : worst;
	}
	json_decref(jobs);
	return worst;
}

int cli_jobs(int argc, char **argv)
{
	struct cli_client client;
	int r = cli_client_parse(
		&client, CLI_JOBS, argc, argv, "\nprinted|lost NUMBER...",
		"List print jobs that wait, are under way, or of which nobody knows whether their "
		"paper came out; say what became of those: printed (it is there) or lost (it is "
		"not; `onewindow ticket reprint NUMBER` prints it again). "
		"列出等待、进行中和未知的打印任务；对未知者确认：printed 已打出，lost 未打出。");

	if (r)
		return r;
	if (client.word_count == 0)
		return list(&client);
	if (client.format != CLI_TEXT)
		return cli_usage("jobs", "--format: 可选 allowed is text");
	if (client.word_count > 1 && !strcmp(client.words[0], "printed"))
		return settle_all(&client, "printed");
	if (client.word_count > 1 && !strcmp(client.words[0], "lost"))
		return settle_all(&client, "failed");
	return cli_usage("jobs", "应为 expected: nothing, or printed|lost NUMBER...");
}
