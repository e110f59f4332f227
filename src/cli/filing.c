/* filing add: a case that was filed online and made no visit, told to the daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

/* Digits alone are milliseconds. */
static json_t *time_to_json(const char *text)
{
	bool digits = strlen(text) < 19 && text[0] && text[strspn(text, "0123456789")] == '\0';

	return digits ? json_integer(atoll(text)) : json_string(text);
}

int cli_filing(int argc, char **argv)
{
	struct cli_client client;
	json_t *body, *reply = NULL;
	int r = cli_client_parse(&client, CLI_FILING, argc, argv, "add ITEM --case REF",
				 "Tell the hall of a case that was filed online and made no visit. "
				 "登记一件网上申报、未到场的办件。");

	if (r)
		return r;
	if (client.word_count != 2 || strcmp(client.words[0], "add") != 0)
		return cli_usage("filing", "应为 expected: add ITEM --case REF");
	if (!client.case_ref)
		return cli_usage("filing", "add: 请用 --case 给出案件编号 --case says which case");
	if (client.format == CLI_CSV)
		return cli_usage("filing", "--format csv: 可选 allowed are text, json");
	body = json_object();
	json_object_set_new(body, "item", json_string(client.words[1]));
	json_object_set_new(body, "case_ref", json_string(client.case_ref));
	if (client.filed)
		json_object_set_new(body, "filed_at", time_to_json(client.filed));
	r = cli_request(&client, "/api/v1/filings", body, &reply);
	if (r != CLI_OK)
		return r;
	if (client.format == CLI_JSON)
		cli_print_json(reply);
	else
		printf("已登记 recorded  %s  %s\n", client.words[1], client.case_ref);
	json_decref(reply);
	return CLI_OK;
}
