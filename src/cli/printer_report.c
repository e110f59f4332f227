/* What a test page told: facts, verdicts, and the line for the configuration. */
#include <stdio.h>
#include <string.h>

#include "src/cli/printer_test.h"

static const struct {
	const char *code, *both;
} verdicts[] = {
	[TEST_NOT_ANSWERED] = {"open", "未定 open"},
	[TEST_CONFIRMED] = {"confirmed", "正确 confirmed"},
	[TEST_WRONG] = {"wrong", "有误 wrong"},
};

/* What stands in the configuration, and over it what was found. */
static size_t collect_settings(const struct test *test, const char *ret[ALL_SETTINGS])
{
	size_t count = 0;

	for (size_t i = 0; i < test->setting_count; i++) {
		size_t key = strcspn(test->settings[i], "=");
		bool replaced = false;

		for (size_t k = 0; k < PRINTER_FACTS; k++)
			replaced |= test->findings[k].setting[0] &&
				    strlen(cli_fact_name(k)) == key &&
				    !strncmp(cli_fact_name(k), test->settings[i], key);
		if (!replaced)
			ret[count++] = test->settings[i];
	}
	for (size_t k = 0; k < PRINTER_FACTS; k++)
		if (test->findings[k].setting[0])
			ret[count++] = test->findings[k].setting;
	return count;
}

static void print_findings(const struct test *test)
{
	const char *settings[ALL_SETTINGS];
	size_t count = collect_settings(test, settings);
	struct cli_table table;
	char value[FACT_VALUE_SIZE];
	bool wrong = false;

	cli_table_init(&table, 4);
	cli_table_add(&table, "事项 fact");
	cli_table_add(&table, "型号所述 the model says");
	cli_table_add(&table, "结论 verdict");
	cli_table_add(&table, "实为 it is");
	for (size_t i = 0; i < PRINTER_FACTS; i++) {
		cli_fact_value(&test->model, i, value);
		cli_table_add(&table, "%s", cli_fact_name(i));
		cli_table_add(&table, "%s", value);
		cli_table_add(&table, "%s", verdicts[test->findings[i].verdict].both);
		cli_table_add(&table, "%s", test->findings[i].found);
		wrong |= test->findings[i].verdict == TEST_WRONG;
	}
	putchar('\n');
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	if (!wrong)
		return;
	printf("\n配置中写 write into the configuration, printers:\n  ");
	cli_print_snippet(stdout, test->printer.id, test->row->name, test->printer.url, settings,
			  count);
	putchar('\n');
}

static void print_json(const struct test *test)
{
	const char *settings[ALL_SETTINGS];
	size_t count = collect_settings(test, settings);
	json_t *facts = json_array(), *answers = json_object(), *all = json_object();
	char value[FACT_VALUE_SIZE];

	for (size_t i = 0; i < PRINTER_FACTS; i++) {
		const struct test_finding *finding = &test->findings[i];

		cli_fact_value(&test->model, i, value);
		json_array_append_new(
			facts,
			json_pack("{s:s, s:s, s:s, s:o}", "fact", cli_fact_name(i), "says", value,
				  "verdict", verdicts[finding->verdict].code, "found",
				  finding->found[0] ? json_string(finding->found) : json_null()));
	}
	for (size_t i = 0; i < TEST_QUESTIONS; i++) {
		int answer = test->answers[i];

		json_object_set_new(answers, test_questions[i].key,
				    answer == TEST_UNANSWERED ? json_null()
				    : answer > 0	      ? json_integer(answer)
							      : json_boolean(answer == TEST_YES));
	}
	for (size_t i = 0; i < count; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%.*s", (int)strcspn(settings[i], "="), settings[i]);
		json_object_set_new(all, key, json_string(settings[i] + strlen(key) + 1));
	}
	json_t *whole = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", test->printer.id, "url",
				  test->printer.url, "model", test->row->name, "facts", facts,
				  "answers", answers, "settings", all);
	cli_print_json(whole);
	json_decref(whole);
}

int printer_test_conclude(struct test *test)
{
	int r = CLI_OK;

	test_page_conclude(&test->model, test->answers, &test->seen, test->findings);
	for (size_t i = 0; i < PRINTER_FACTS; i++)
		if (test->findings[i].verdict == TEST_WRONG)
			r = CLI_REFUSED;
	if (test->options->printer.format == CLI_JSON)
		print_json(test);
	else
		print_findings(test);
	return r;
}
