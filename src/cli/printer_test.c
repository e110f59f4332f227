/* onewindow devices test: prints the test page at a printer, asks the person who looks at it what
 * came out, and says which facts of the printer's model are right and what to write where they are
 * not. Straight to the printer: a test page is no ticket, it has no place in the log, and a hall
 * that is being set up may have no daemon yet. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/cli.h"
#include "src/cli/direct.h"
#include "src/cli/printer_test.h"

extern const struct driver escpos_driver;

#define COMMAND "devices test"

/* ---- the model ------------------------------------------------------------------------------ */

static int take_model(struct test *test, const char *name)
{
	test->row = driver_find_model(&escpos_driver, name);
	if (test->row)
		return CLI_OK;
	fprintf(stderr, "onewindow %s: 没有型号 \"%.40s\" no model of that name; there are",
		COMMAND, name);
	for (size_t i = 0; i < escpos_driver.model_count; i++)
		fprintf(stderr, " %s", escpos_driver.models[i].name);
	fprintf(stderr, "\n");
	return CLI_REFUSED;
}

/* The row with what the configuration and --set say otherwise. */
static int apply_settings(struct test *test)
{
	static const struct driver_host nobody;
	struct device_options options = {.name = test->printer.id, .model = test->row};
	struct device *device = NULL;
	char error[256] = "";
	int r;

	for (size_t i = 0; i < test->printer.device.setting_count; i++)
		test->settings[test->setting_count++] = test->printer.device.settings[i];
	for (size_t i = 0; i < test->options->set_count; i++)
		test->settings[test->setting_count++] = test->options->set[i];
	options.settings = test->settings;
	options.setting_count = test->setting_count;
	r = escpos_driver.create(&device, &options, &nobody, NULL, error, sizeof(error));
	if (r < 0) {
		fprintf(stderr, "onewindow %s: 设置有误 %s\n", COMMAND, error);
		return CLI_REFUSED;
	}
	test->model = *escpos_driver.get_model(device);
	escpos_driver.remove(device);
	return CLI_OK;
}

/* Nobody said which: the printer is asked. */
static int ask_model(struct test *test)
{
	struct escpos_identity identity = {0};
	struct escpos_proposal proposal;

	direct_read_device_id(test->direct, identity.device_id);
	if (direct_identify(test->direct, &identity) == 0) {
		escpos_propose(&identity, escpos_driver.models, escpos_driver.model_count,
			       &proposal);
		test->row = proposal.model;
	}
	if (test->row) {
		fprintf(test->talk, "型号 model: %s\n", test->row->name);
		return CLI_OK;
	}
	fprintf(stderr,
		"onewindow %s: 问不出型号，请用 --model 指明 the printer does not say what it is: "
		"--model says it (generic-80, generic-58 …)\n",
		COMMAND);
	return CLI_REFUSED;
}

/* ---- printing ------------------------------------------------------------------------------- */

static void tell_health(void *user, enum device_health health, const char *detail)
{
	const struct test *test = user;

	if (health == HEALTH_WAITING)
		fprintf(test->talk, "请处理打印机 help the printer: %s\n", detail);
	fflush(test->talk);
}

static int say_not_printed(const char *detail, int r)
{
	fprintf(stderr, "onewindow %s: 测试页未能打印 the page was not printed: %s\n", COMMAND,
		detail[0] ? detail : strerror(-r));
	return CLI_REFUSED;
}

static int print_part(struct test *test, enum test_part part)
{
	struct test_document page;
	struct direct_outcome outcome;
	const char *settings[ALL_SETTINGS];
	struct device_options options = {
		.name = test->printer.id, .model = test->row, .settings = settings};
	int r = test_page_make(&page, part, &test->model);

	if (r < 0) {
		test_page_free(&page);
		return say_not_printed("", r);
	}
	test->drawn |= test_page_draw(&page, &test->model);
	for (size_t i = 0; i < test->setting_count; i++)
		settings[options.setting_count++] = test->settings[i];
	for (size_t i = 0; i < page.setting_count; i++)
		settings[options.setting_count++] = page.settings[i];
	r = direct_print(test->direct, &escpos_driver, &options, &page.document, tell_health, test,
			 &outcome);
	test_page_free(&page);
	if (r < 0)
		return say_not_printed(outcome.detail, r);
	if (!outcome.ended || outcome.result == RESULT_FAILED || outcome.result == RESULT_UNKNOWN)
		return say_not_printed(outcome.detail, -ETIMEDOUT);
	test->seen.printed_any = true;
	test->seen.answers_status |= outcome.answers_status;
	test->seen.proved_printed |= outcome.result == RESULT_PRINTED;
	test->seen.proved_processed |= outcome.result == RESULT_PROCESSED;
	return CLI_OK;
}

static int print_page(struct test *test)
{
	int r = CLI_OK;

	for (enum test_part part = TEST_TEXT; part < TEST_PARTS && r == CLI_OK; part++)
		if (part != TEST_STAIRS)
			r = print_part(test, part);
	return r;
}

/* ---- asking --------------------------------------------------------------------------------- */

static void say_question(FILE *file, const char *text, const struct test *test,
			 enum test_question question)
{
	char value[FACT_VALUE_SIZE] = "";

	if (question == TEST_ASK_PAPER)
		cli_fact_value(&test->model, FACT_PAPER_MM, value);
	else if (question == TEST_ASK_RULER)
		cli_fact_value(&test->model, FACT_WIDTH_DOTS, value);
	else if (question == TEST_ASK_COLUMNS)
		cli_fact_value(&test->model, FACT_COLUMNS, value);
	for (; *text; text++) {
		if (*text == '@')
			fputs(value, file);
		else
			fputc(*text, file);
	}
}

static void print_question(const struct test *test, enum test_question question)
{
	fprintf(test->talk, "%s: ", test_questions[question].key);
	say_question(test->talk, test_questions[question].zh, test, question);
	fprintf(test->talk, "\n  ");
	say_question(test->talk, test_questions[question].en, test, question);
	fprintf(test->talk, " [y/n%s]", test_questions[question].number ? "/123" : "");
}

/* Enter is: not answered. The end of the input: nobody is there any more. */
static void ask(struct test *test, enum test_question question)
{
	char line[64];

	print_question(test, question);
	while (test->interactive) {
		fprintf(test->talk, " ");
		fflush(test->talk);
		if (!fgets(line, sizeof(line), stdin)) {
			test->interactive = false;
			break;
		}
		line[strcspn(line, "\r\n")] = '\0';
		if (!line[0] || test_read_answer(question, line, &test->answers[question]))
			return;
		fprintf(test->talk, "  请输入 y、n 或直接回车 y, n or just Enter:");
	}
	if (test->answers[question] == TEST_UNANSWERED)
		fprintf(test->talk, " 未回答 not answered\n");
	else
		fprintf(test->talk, " %s\n",
			test->answers[question] == TEST_YES  ? "y"
			: test->answers[question] == TEST_NO ? "n"
							     : "");
}

static int ask_all(struct test *test)
{
	int r;

	for (enum test_question i = 0; i < TEST_QUESTIONS; i++) {
		if (i == TEST_ASK_RARE && !test->drawn)
			continue;
		if (i == TEST_ASK_STAIRS) {
			if (test->answers[TEST_ASK_RULER] != TEST_NO)
				continue;
			r = print_part(test, TEST_STAIRS);
			if (r != CLI_OK)
				return r;
		}
		ask(test, i);
	}
	if (!test->interactive && !test->from_file)
		fprintf(test->talk,
			"请写成文件，每行“问题 = y”，再用 --answers 给出 write a file with lines "
			"\"ascii = y\" and give it by --answers\n");
	return CLI_OK;
}

/* "key = answer" a line; # begins a comment. */
static int read_answer_line(struct test *test, char *line, int number)
{
	char key[16], answer[16];
	int used = 0;

	line[strcspn(line, "#\r\n")] = '\0';
	if (line[strspn(line, " \t")] == '\0')
		return CLI_OK;
	if (sscanf(line, " %15[a-z0-9-] = %15s %n", key, answer, &used) != 2 || line[used])
		return cli_usage(COMMAND, "%s:%d: 应为 expected: KEY = y|n", test->options->answers,
				 number);
	for (enum test_question i = 0; i < TEST_QUESTIONS; i++) {
		if (strcmp(test_questions[i].key, key) != 0)
			continue;
		if (test_read_answer(i, answer, &test->answers[i]))
			return CLI_OK;
		return cli_usage(COMMAND, "%s:%d: %s: \"%s\" 不是回答 is no answer; y, n%s",
				 test->options->answers, number, key, answer,
				 test_questions[i].number ? ", 123" : "");
	}
	return cli_usage(COMMAND, "%s:%d: 没有问题 \"%s\" no question of that name",
			 test->options->answers, number, key);
}

static int read_answers(struct test *test)
{
	const char *path = test->options->answers;
	FILE *file = path ? fopen(path, "r") : NULL;
	char line[256];
	int number = 0, r = CLI_OK;

	for (size_t i = 0; i < TEST_QUESTIONS; i++)
		test->answers[i] = TEST_UNANSWERED;
	test->from_file = path;
	test->interactive = !path && isatty(STDIN_FILENO);
	if (!path)
		return CLI_OK;
	if (!file) {
		fprintf(stderr, "onewindow %s: %s: 无法读取 cannot be read: %s\n", COMMAND, path,
			strerror(errno));
		return CLI_REFUSED;
	}
	while (r == CLI_OK && fgets(line, sizeof(line), file))
		r = read_answer_line(test, line, ++number);
	fclose(file);
	return r;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int open_printer(struct test *test)
{
	char why[TRANSPORT_WHY_SIZE + 64] = "", holder[CORE_ID_SIZE];
	int r;

	cli_printer_holder(test->options->printer.daemon_url, test->printer.url, holder);
	if (holder[0])
		return cli_printer_held(COMMAND, test->options->printer.daemon_url, holder);
	r = direct_open(&test->direct, test->printer.url, why, sizeof(why));
	if (r == 0)
		return CLI_OK;
	fprintf(stderr, "onewindow %s: %s: %s %s\n", COMMAND, test->printer.url,
		cli_open_error_zh(r), why);
	return CLI_REFUSED;
}

static int run(struct test *test)
{
	const char *model =
		test->options->model ? test->options->model : test->printer.device.model;
	int r = CLI_OK;

	if (test->printer.configured &&
	    strcmp(test->printer.device.driver, escpos_driver.name) != 0)
		return cli_usage(COMMAND, "%s: 不是 escpos 打印机 is no escpos printer",
				 test->printer.id);
	if (model[0])
		r = take_model(test, model);
	if (r == CLI_OK && model[0])
		r = apply_settings(test); /* wrong ones are told before anything is opened */
	if (r == CLI_OK)
		r = open_printer(test);
	if (r == CLI_OK && !model[0]) {
		r = ask_model(test);
		if (r == CLI_OK)
			r = apply_settings(test);
	}
	if (r == CLI_OK)
		r = print_page(test);
	if (r == CLI_OK)
		r = ask_all(test);
	if (r == CLI_OK)
		r = printer_test_conclude(test);
	direct_close(test->direct);
	return r;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &options->printer; break;
	case 'm': options->model = arg; break;
	case 'a': options->answers = arg; break;
	case 's':
		if (options->set_count == MAX_SET)
			argp_error(state, "--set: 最多 at most %d", MAX_SET);
		options->set[options->set_count++] = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int cli_printer_test(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"model", 'm', "MODEL", 0,
		 "型号，默认按配置或由打印机自报 its model (default: of the configuration, else it "
		 "is "
		 "asked)",
		 0},
		{"set", 's', "KEY=VALUE", 0, "与型号不同之处 what is different, as in settings", 0},
		{"answers", 'a', "FILE", 0, "从文件读取回答 answers from a file, KEY = y|n a line",
		 0},
		{0},
	};
	static const struct argp_child children[] = {{&cli_printer_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {
		list,
		parse,
		"PRINTER|PRINTER-URL",
		"Print a test page and say what came out: encodings, widths, QR, pictures, cuts. "
		"打印测试页并回答打出了什么：编码、宽度、二维码、图像、切纸。\vWithout a terminal "
		"the questions are only shown. 没有终端时只列出问题。 Exit code 1: a fact of the "
		"model is wrong 型号所述有误, or nothing was printed 或未能打印.",
		children,
		NULL,
		NULL};
	struct options options = {0};
	struct test test = {.options = &options};
	int r;

	cli_printer_options_init(&options.printer);
	r = cli_parse(&argp, argc, argv, &options);
	if (r)
		return r;
	if (!options.printer.word)
		return cli_usage(COMMAND, "应为 expected: PRINTER or PRINTER-URL");
	test.talk = options.printer.format == CLI_JSON ? stderr : stdout;
	r = read_answers(&test);
	if (r == CLI_OK)
		r = cli_printer_find(COMMAND, options.printer.word, options.printer.config,
				     &test.printer);
	return r == CLI_OK ? run(&test) : r;
}
