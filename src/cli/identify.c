/* onewindow devices identify: asks a printer, or all that are plugged in by USB, what they are, and
 * proposes what to write into the configuration. Without the daemon: it may not even be set up. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/direct.h"
#include "src/cli/printers.h"

extern const struct driver escpos_driver;

/* One printer and what came of asking it. */
struct finding {
	char id[CORE_ID_SIZE];
	const struct direct_usb *usb; /* NULL: not by USB, or not listed */
	const char *url;
	bool reached;
	char problem_zh[128], problem_en[TRANSPORT_WHY_SIZE + 64]; /* "" none */
	struct escpos_identity identity;
	struct escpos_proposal proposal;
	char settings[1][32];
	size_t setting_count;
};

static const struct {
	uint32_t reason;
	const char *code, *zh, *en;
} reasons[] = {
	{ESCPOS_BY_NAME, "name", "它自报的型号即此型号（GS I 67）",
	 "it calls itself by this model's name (GS I 67)"},
	{ESCPOS_BY_NAME_PART, "name-part", "它自报的型号中含此型号",
	 "the name it calls itself has this model's as a word"},
	{ESCPOS_BY_DEVICE_ID, "device-id", "设备标识中的型号（IEEE 1284）",
	 "its device ID names this model (IEEE 1284)"},
	{ESCPOS_BY_DEVICE_ID_PART, "device-id-part", "设备标识的型号中含此型号",
	 "the model in its device ID has this one as a word"},
	{ESCPOS_BY_USB, "usb", "仅凭 USB 编号，多种型号共用",
	 "only by its USB numbers, which several models share"},
	{ESCPOS_OTHER_MAKER, "other-maker", "制造商不符", "but it names another maker"},
	{ESCPOS_NO_MAKER, "no-maker", "未说明制造商", "it names no maker"},
	{ESCPOS_CONTRADICTS, "contradicts", "设备标识所说的是另一型号",
	 "its device ID names another model"},
	{ESCPOS_NAME_UNKNOWN, "name-unknown", "型号表中没有此型号", "no row has its name"},
	{ESCPOS_NAMELESS, "nameless", "它答复 ESC/POS，但不说型号；纸宽问不出来",
	 "it answers ESC/POS and says no name; how wide its paper is cannot be asked"},
	{ESCPOS_NO_ANSWER, "no-answer", "它不答复：线路单向、未通电，或不是此类打印机",
	 "it does not answer: a one-way cable, no power, or no such printer"},
	{ESCPOS_GARBAGE, "garbage", "答复不是 ESC/POS：速率或设备不对",
	 "what it says is not ESC/POS: another speed or another device"},
	{ESCPOS_OTHER_LANGUAGE, "other-language", "设备标识中没有 ESC/POS，未向它提问",
	 "its device ID names other languages than ESC/POS; it was not asked"},
	{ESCPOS_IS_OFFLINE, "offline", "离线（缺纸或开盖），此时可能不答复：处理后再试",
	 "offline (paper, cover): it may not answer all then; help it and ask again"},
	{ESCPOS_BY_FONTS, "fonts", "汉字字库按它自报（GS I 69）",
	 "its Chinese fonts are as it says (GS I 69)"},
};

static const struct {
	const char *code, *both;
} certainties[] = {
	[ESCPOS_UNKNOWN] = {"unknown", "未知 unknown"},
	[ESCPOS_GUESS] = {"guess", "猜测 a guess"},
	[ESCPOS_LIKELY] = {"likely", "很可能 likely"},
	[ESCPOS_CERTAIN] = {"certain", "确定 certain"},
};

static const struct {
	const char *question, *both;
} texts[ESCPOS_ID_TEXTS] = {
	{"GS I 65", "固件 firmware"}, {"GS I 66", "制造商 maker"}, {"GS I 67", "型号 model"},
	{"GS I 68", "序列号 serial"}, {"GS I 69", "字库 fonts"},
};
static const struct {
	const char *question, *both;
} bytes[ESCPOS_ID_BYTES] = {
	{"GS I 1", "型号代码 model ID"},
	{"GS I 2", "类型代码 type ID"},
	{"GS I 3", "版本代码 version ID"},
};

/* ---- asking --------------------------------------------------------------------------------- */

static void note_settings(struct finding *finding)
{
	static const char *const cjk[] = {"none", "gb2312", "gbk"};

	if (finding->proposal.reasons & ESCPOS_BY_FONTS)
		snprintf(finding->settings[finding->setting_count++], sizeof(finding->settings[0]),
			 "cjk=%s", cjk[finding->proposal.cjk]);
}

static void ask(struct finding *finding)
{
	struct direct *direct = NULL;
	int r;

	for (size_t i = 0; i < ESCPOS_ID_BYTES; i++)
		finding->identity.bytes[i] = -1;
	r = direct_open(&direct, finding->url, finding->problem_en, sizeof(finding->problem_en));
	if (r < 0) {
		snprintf(finding->problem_zh, sizeof(finding->problem_zh), "%s",
			 cli_open_error_zh(r));
		return;
	}
	finding->reached = true;
	direct_read_device_id(direct, finding->identity.device_id);
	r = direct_identify(direct, &finding->identity);
	if (r < 0) {
		snprintf(finding->problem_zh, sizeof(finding->problem_zh), "提问中连接断开");
		snprintf(finding->problem_en, sizeof(finding->problem_en),
			 "the link went down while it was asked: %s", strerror(-r));
	}
	direct_close(direct);
	escpos_propose(&finding->identity, escpos_driver.models, escpos_driver.model_count,
		       &finding->proposal);
	if (finding->proposal.model)
		note_settings(finding);
}

/* ---- telling -------------------------------------------------------------------------------- */

static const char *describe_status(const struct escpos_identity *identity)
{
	if (!identity->asked)
		return "未问 not asked";
	if (identity->status_replies == 0)
		return "不答复 no answer";
	if (identity->status.paper_end)
		return "缺纸 paper out";
	if (identity->status.cover_open)
		return "开盖 cover open";
	if (identity->status.offline)
		return "离线 offline";
	return identity->status.near_end ? "纸将尽 paper near end" : "正常 ready";
}

static void print_answers(const struct finding *finding)
{
	const struct escpos_identity *identity = &finding->identity;
	struct cli_table table;

	cli_table_init(&table, 3);
	cli_table_add(&table, "问 asked");
	cli_table_add(&table, "何事 what");
	cli_table_add(&table, "答 answer");
	cli_table_add(&table, "IEEE 1284");
	cli_table_add(&table, "设备标识 device ID");
	cli_table_add(&table, "%s", identity->device_id[0] ? identity->device_id : "无 none");
	cli_table_add(&table, "DLE EOT");
	cli_table_add(&table, "状态 status");
	cli_table_add(&table, "%s", describe_status(identity));
	for (size_t i = 0; i < ESCPOS_ID_BYTES; i++) {
		cli_table_add(&table, "%s", bytes[i].question);
		cli_table_add(&table, "%s", bytes[i].both);
		if (identity->bytes[i] < 0)
			cli_table_add(&table, "-");
		else
			cli_table_add(&table, "%02X", (unsigned)identity->bytes[i]);
	}
	for (size_t i = 0; i < ESCPOS_ID_TEXTS; i++) {
		cli_table_add(&table, "%s", texts[i].question);
		cli_table_add(&table, "%s", texts[i].both);
		cli_table_add(&table, "%s", identity->texts[i][0] ? identity->texts[i] : "-");
	}
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

static void print_proposal(const struct finding *finding)
{
	const struct escpos_proposal *proposal = &finding->proposal;
	const char *settings[1] = {finding->settings[0]};

	printf("\n建议 proposal: %s, %s\n", proposal->model ? proposal->model->name : "-",
	       certainties[proposal->certainty].both);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (proposal->reasons & reasons[i].reason)
			printf("  %s\n  %s\n", reasons[i].zh, reasons[i].en);
	if (!proposal->model)
		return;
	if (proposal->model->u.printer.unverified) {
		printf("该型号未核实的事项 unverified in this row:");
		for (size_t i = 0; i < PRINTER_FACTS; i++)
			if (proposal->model->u.printer.unverified & 1u << i)
				printf(" %s", cli_fact_name(i));
		printf("\n打印测试页核实 a test page tells: onewindow devices test %s --model %s\n",
		       finding->url, proposal->model->name);
	}
	printf("配置 configuration, printers:\n  ");
	cli_print_snippet(stdout, finding->id, proposal->model->name, finding->url, settings,
			  finding->setting_count);
	putchar('\n');
}

static void print_finding(const struct finding *finding)
{
	printf("%s  %s\n", finding->url, finding->usb ? finding->usb->description : "");
	if (finding->problem_en[0])
		printf("%s %s\n", finding->problem_zh, finding->problem_en);
	if (!finding->reached)
		return;
	print_answers(finding);
	print_proposal(finding);
}

static json_t *json_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *answers_json(const struct escpos_identity *identity)
{
	json_t *answers = json_object();

	for (size_t i = 0; i < ESCPOS_ID_BYTES; i++)
		json_object_set_new(answers, bytes[i].question,
				    identity->bytes[i] < 0 ? json_null()
							   : json_integer(identity->bytes[i]));
	for (size_t i = 0; i < ESCPOS_ID_TEXTS; i++)
		json_object_set_new(answers, texts[i].question, json_or_null(identity->texts[i]));
	return answers;
}

static json_t *proposal_json(const struct finding *finding)
{
	const struct escpos_proposal *proposal = &finding->proposal;
	json_t *why = json_array(), *settings = json_object(), *unverified = json_array();
	const char *model = proposal->model ? proposal->model->name : "";
	uint32_t bits = proposal->model ? proposal->model->u.printer.unverified : 0;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (proposal->reasons & reasons[i].reason)
			json_array_append_new(why,
					      json_pack("{s:s, s:s, s:s}", "code", reasons[i].code,
							"zh", reasons[i].zh, "en", reasons[i].en));
	for (size_t i = 0; i < finding->setting_count; i++) {
		size_t key = strcspn(finding->settings[i], "=");
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)key, finding->settings[i]);
		json_object_set_new(settings, name, json_string(finding->settings[i] + key + 1));
	}
	for (size_t i = 0; i < PRINTER_FACTS; i++)
		if (bits & 1u << i)
			json_array_append_new(unverified, json_string(cli_fact_name(i)));
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "model", json_or_null(model), "certainty",
			 certainties[proposal->certainty].code, "reasons", why, "settings",
			 settings, "unverified", unverified);
}

static json_t *finding_json(const struct finding *finding)
{
	const struct escpos_identity *identity = &finding->identity;
	json_t *problem = finding->problem_en[0]
				  ? json_pack("{s:s, s:s}", "zh", finding->problem_zh, "en",
					      finding->problem_en)
				  : json_null();

	return json_pack("{s:s, s:o, s:b, s:o, s:o, s:b, s:o, s:o}", "url", finding->url,
			 "description", json_or_null(finding->usb ? finding->usb->description : ""),
			 "reached", finding->reached, "problem", problem, "device_id",
			 json_or_null(identity->device_id), "answers_status",
			 identity->status_replies > 0, "answers", answers_json(identity),
			 "proposal", finding->reached ? proposal_json(finding) : json_null());
}

/* ---- the command ---------------------------------------------------------------------------- */

static int tell(const struct finding *findings, size_t count, enum cli_format format)
{
	json_t *all = json_array();
	int r = CLI_REFUSED;

	for (size_t i = 0; i < count; i++) {
		if (findings[i].reached)
			r = CLI_OK;
		if (format == CLI_JSON)
			json_array_append_new(all, finding_json(&findings[i]));
		else if (!findings[i].reached && count == 1)
			fprintf(stderr, "onewindow devices identify: %s: %s %s\n", findings[i].url,
				findings[i].problem_zh, findings[i].problem_en);
		else
			print_finding(&findings[i]);
		if (format != CLI_JSON && i + 1 < count)
			putchar('\n');
	}
	if (format == CLI_JSON)
		cli_print_json(all);
	json_decref(all);
	return r;
}

static int identify_one(const struct cli_printer_options *options)
{
	static struct direct_usb list[DIRECT_MAX_USB];
	struct cli_printer printer;
	struct finding finding = {.url = printer.url};
	char holder[CORE_ID_SIZE];
	int count, r;

	r = cli_printer_find("devices identify", options->word, options->config, &printer);
	if (r != CLI_OK)
		return r;
	cli_printer_holder(options->daemon_url, printer.url, holder);
	if (holder[0])
		return cli_printer_held("devices identify", options->daemon_url, holder);
	snprintf(finding.id, sizeof(finding.id), "%s", printer.id);
	count = strncmp(printer.url, "usb:", 4) ? 0 : direct_list_usb(list);
	for (int i = 0; i < count; i++) {
		size_t len = strlen(printer.url);

		/* usb:04b8:0e28 is the one that is listed with its serial number */
		if (strncmp(list[i].url, printer.url, len) == 0 &&
		    (list[i].url[len] == '\0' || list[i].url[len] == '/')) {
			finding.usb = &list[i];
			finding.identity.vendor = list[i].vendor;
			finding.identity.product = list[i].product;
		}
	}
	ask(&finding);
	return tell(&finding, 1, options->format);
}

static int identify_all(const struct cli_printer_options *options)
{
	static struct direct_usb list[DIRECT_MAX_USB];
	static struct finding findings[DIRECT_MAX_USB];
	int count = direct_list_usb(list);
	size_t found = 0;

	if (count < 0) {
		fprintf(stderr, "onewindow devices identify: USB 不可用 no USB here: %s\n",
			strerror(-count));
		return CLI_REFUSED;
	}
	for (int i = 0; i < count; i++) {
		struct finding *finding = &findings[found];

		/* Whatever else has a vendor's interface might take questions for commands. */
		if (!list[i].printer)
			continue;
		found++;
		finding->usb = &list[i];
		finding->url = list[i].url;
		finding->identity.vendor = list[i].vendor;
		finding->identity.product = list[i].product;
		if (found == 1)
			snprintf(finding->id, sizeof(finding->id), "printer");
		else
			snprintf(finding->id, sizeof(finding->id), "printer-%zu", found);
		ask(finding);
	}
	if (found == 0 && options->format != CLI_JSON) {
		fprintf(stderr,
			"onewindow devices identify: 没有插入 USB 打印机 no USB printer is plugged "
			"in; 网络打印机请给出地址 a network printer is asked by its address: "
			"onewindow devices identify tcp://ADDRESS:9100\n");
		return CLI_REFUSED;
	}
	return tell(findings, found, options->format);
}

int cli_identify(int argc, char **argv)
{
	static const struct argp_child children[] = {{&cli_printer_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {
		NULL,
		NULL,
		"[PRINTER|PRINTER-URL]",
		"Ask a printer what it is and propose what to write into the configuration; "
		"without "
		"a word, all that are plugged in by USB. 询问打印机是什么型号，给出配置建议；"
		"不给出打印机时询问全部 USB 打印机。\vNothing is printed. 不打印任何内容。 "
		"PRINTER-URL: usb:04b8:0e28, tcp://10.1.2.3:9100, serial:/dev/ttyUSB0?baud=19200.",
		children,
		NULL,
		NULL};
	struct cli_printer_options options;
	int r;

	cli_printer_options_init(&options);
	r = cli_parse(&argp, argc, argv, &options);
	if (r)
		return r;
	return options.word ? identify_one(&options) : identify_all(&options);
}
