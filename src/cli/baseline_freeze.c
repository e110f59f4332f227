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

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

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
			   text_of(json_array_get(events, 0), "rows"));
	json_decref(reply);
	return CLI_OK;
}

int baseline_freeze(const struct baseline_freeze *freeze, const char *name)
{
	return by_daemon(freeze, name);
}
