/* onewindow ticket render: a ticket on stdout, without a printer and without a daemon; as the bytes
 * that a model is sent, or as a picture of its paper. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers/printer/escpos/paper.h"
#include "src/cli/cli.h"
#include "src/cli/sample.h"
#include "src/daemon/helper.h"
#include "src/daemon/tickets.h"
#include "src/devices/draw.h"

#if HAVE_PAPER
#include "firmware-host/port/host/paper.h"
#endif

extern const char demo_hall_conf[];

enum {
	OPTION_LARGE = 300,
	OPTION_DESK,
	OPTION_REPRINT,
	OPTION_CLASS,
	OPTION_SET,
	MAX_SET = 16,
};

struct options {
	const char *model, *config, *template, *queue, *item, *class;
	const char *set[MAX_SET]; /* "item.zh=..." */
	size_t set_count;
	bool png, large, desk, reprint;
};

/* All that is made on the way. */
struct render {
	const struct options *options;
	const struct device_model *model;
	struct config *config;
	struct tickets *tickets;
	struct template *template; /* of a file that was named */
	struct hall *hall;
	struct layout_facts facts;
	struct layout layout;
	struct helper helper;
	struct renderer *renderer;
	uint8_t *bytes;
	size_t len;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'm': options->model = arg; break;
	case 'c': options->config = arg; break;
	case 't': options->template = arg; break;
	case 'q': options->queue = arg; break;
	case 'i': options->item = arg; break;
	case OPTION_CLASS: options->class = arg; break;
	case OPTION_LARGE: options->large = true; break;
	case OPTION_DESK: options->desk = true; break;
	case OPTION_REPRINT: options->reprint = true; break;
	case OPTION_SET:
		if (options->set_count == MAX_SET)
			argp_error(state, "--set: 最多 at most %d", MAX_SET);
		options->set[options->set_count++] = arg;
		break;
	case 'f':
		options->png = !strcmp(arg, "png");
		if (!options->png && strcmp(arg, "escpos") != 0)
			argp_error(state, "--format: 可选 allowed are escpos, png");
		break;
	case ARGP_KEY_ARG: argp_error(state, "多余的词 no word is expected here: %s", arg); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option option_list[] = {
	{"model", 'm', "MODEL", 0, "打印机型号 a printer's model (default: generic-80)", 0},
	{"format", 'f', "FORMAT", 0, "escpos（默认 default）或 or png", 0},
	{"config", 'c', "FILE", 0, "大厅配置 the hall (default: the founding example)", 0},
	{"template", 't', "FILE", 0, "票样文件 a template, instead of the hall's", 0},
	{"queue", 'q', "QUEUE", 0, "队列 (default: the first one)", 0},
	{"item", 'i', "ITEM", 0, "事项 an item of the hall", 0},
	{"class", OPTION_CLASS, "CLASS", 0, "类别 ordinary, priority, appointment", 0},
	{"large", OPTION_LARGE, NULL, 0, "大字票 in large print", 0},
	{"desk", OPTION_DESK, NULL, 0, "存根 the desk's copy", 0},
	{"reprint", OPTION_REPRINT, NULL, 0, "补打 as a reprint", 0},
	{"set", OPTION_SET, "NAME=TEXT", 0,
	 "代入任意内容 fill in what you like: --set item.zh=..., --set wait=10-20", 0},
	{0},
};

/* ---- what is to be printed ------------------------------------------------------------------ */

static int find_model(struct render *render)
{
	const struct driver *driver = driver_find("escpos");
	const char *name = render->options->model ? render->options->model : "generic-80";

	render->model = driver ? driver_find_model(driver, name) : NULL;
	if (render->model)
		return CLI_OK;
	fprintf(stderr, "onewindow ticket render: 没有此型号 no model \"%s\"; 可选 allowed:", name);
	for (size_t i = 0; driver && i < driver->model_count; i++)
		fprintf(stderr, " %s", driver->models[i].name);
	fprintf(stderr, "\n");
	return CLI_USAGE;
}

static int load(struct render *render)
{
	const char *path = render->options->config;
	int r = path ? config_load(&render->config, path, cli_print_fault, NULL)
		     : config_parse(&render->config, demo_hall_conf, "hall.conf",
				    CONFIG_WITHOUT_DEVICES, cli_print_fault, NULL);

	if (r < 0 && r != -EINVAL)
		fprintf(stderr, "%s: 无法读取配置 the configuration cannot be read: %s\n",
			path ? path : "hall.conf", strerror(-r));
	if (r == 0)
		r = tickets_create(&render->tickets, render->config, cli_print_fault, NULL);
	if (r == 0 && render->options->template) {
		r = template_load(&render->template, render->options->template, cli_print_fault,
				  NULL);
		if (r < 0 && r != -EINVAL)
			cli_print_fault(NULL, render->options->template, 0, strerror(-r));
	}
	return r < 0 ? CLI_CONFIG : CLI_OK;
}

static uint32_t condition_of(enum template_value value)
{
	switch (value) {
	case VALUE_ITEM_ZH:
	case VALUE_ITEM_EN: return WHEN_ITEM;
	case VALUE_AHEAD: return WHEN_AHEAD;
	case VALUE_WAIT: return WHEN_WAIT;
	case VALUE_WINDOWS: return WHEN_WINDOWS;
	case VALUE_REPRINT: return WHEN_REPRINT;
	case VALUE_RECALLS: return WHEN_RECALLS;
	case VALUE_ASIDE_MIN: return WHEN_ASIDE;
	default: return 0;
	}
}

static int set_values(struct render *render)
{
	for (size_t i = 0; i < render->options->set_count; i++) {
		const char *set = render->options->set[i], *text = strchr(set, '=');
		size_t value = 0;

		while (value < VALUE_COUNT &&
		       (!text || strlen(template_values.names[value]) != (size_t)(text - set) ||
			strncmp(template_values.names[value], set, (size_t)(text - set)) != 0))
			value++;
		if (value == VALUE_COUNT) {
			fprintf(stderr, "onewindow ticket render: --set %s; 可选 allowed:", set);
			for (value = 0; value < VALUE_COUNT; value++)
				fprintf(stderr, " %s=", template_values.names[value]);
			fprintf(stderr, "\n");
			return CLI_USAGE;
		}
		render->facts.values[value] = text + 1;
		render->facts.holds &= ~condition_of((enum template_value)value);
		if (text[1])
			render->facts.holds |= condition_of((enum template_value)value);
	}
	return CLI_OK;
}

static int find_facts(struct render *render)
{
	const struct options *options = render->options;
	int class = options->class ? ticket_class_by_name(options->class) : CLASS_ORDINARY;
	const char *url = render->config->web.public_url[0] ? render->config->web.public_url
							    : "https://hall.example/t/";
	const char *why = "";

	if (class < 0)
		return cli_usage("ticket render",
				 "--class: 可选 allowed are ordinary, priority, appointment");
	if (sample_create(&render->hall, render->config, options->queue, options->item,
			  (enum ticket_class) class, &why) < 0) {
		fprintf(stderr, "onewindow ticket render: %s\n", why);
		return CLI_REFUSED;
	}
	layout_get_facts(&render->facts, render->hall,
			 hall_ticket(render->hall, hall_ticket_count(render->hall) - 1), 480, url,
			 options->reprint ? 2 : 1);
	return set_values(render);
}

static const struct template *find_template(const struct render *render)
{
	const struct ticket *ticket =
		hall_ticket(render->hall, hall_ticket_count(render->hall) - 1);
	struct devices_templates templates;

	if (render->template)
		return render->template;
	tickets_choose(render->tickets, hall_queue(render->hall, ticket->queue)->def.queue, "",
		       ticket->class, render->options->large, &templates);
	if (render->options->desk)
		return templates.desk ? templates.desk
				      : tickets_built_in(render->tickets, TEMPLATE_DESK);
	return templates.ticket;
}

/* ---- pictures of what the printer does not have ---------------------------------------------- */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Until something was answered or given up. */
static void wait_for_renderer(struct render *render)
{
	while (!renderer_process(render->renderer, now_us())) {
		int64_t due_us = renderer_deadline(render->renderer) - now_us();
		struct pollfd fds[1];
		size_t count = renderer_fds(render->renderer, fds, 1);

		poll(fds, count,
		     due_us < 0		? 0
		     : due_us > 1000000 ? 1000
					: (int)(due_us / 1000) + 1);
	}
}

static int lay_out(struct render *render)
{
	static const struct renderer_host host = {.start = helper_start, .stop = helper_stop};
	const struct template *template = find_template(render);
	int r = renderer_create(&render->renderer, &host, &render->helper);

	while (r == 0) {
		layout_begin(&render->layout);
		r = layout_add(&render->layout, template, &render->facts,
			       render->model->u.printer.columns);
		if (r == 0)
			r = draw_layout(&render->layout, render->model, render->renderer, now_us());
		if (r != -EAGAIN)
			break;
		wait_for_renderer(render);
		r = 0;
	}
	return r;
}

static void tell_losses(const struct render *render, const struct escpos_losses *losses)
{
	struct renderer_status status;

	renderer_get_status(render->renderer, &status);
	if (losses->missing)
		fprintf(stderr,
			"onewindow ticket render: %zu 个字符打印为代用符号 characters are printed "
			"as "
			"a sign%s%s\n",
			losses->missing, status.why[0] ? ": onewindow-render: " : "", status.why);
	if (losses->pictures)
		fprintf(stderr,
			"onewindow ticket render: %zu 幅图未打印 pictures are left out: this model "
			"prints none\n",
			losses->pictures);
}

static int encode(struct render *render)
{
	struct escpos_paper paper = escpos_paper_of(render->model);
	struct escpos_losses losses = {0};
	int r = lay_out(render);

	if (r == 0)
		r = escpos_encode(&render->layout.document, &paper, NULL, 0, &render->len, NULL);
	if (r == 0) {
		render->bytes = malloc(render->len);
		r = render->bytes ? escpos_encode(&render->layout.document, &paper, render->bytes,
						  render->len, &render->len, &losses)
				  : -ENOMEM;
	}
	if (r < 0) {
		fprintf(stderr, "onewindow ticket render: 无法排版 it cannot be laid out: %s\n",
			strerror(-r));
		return CLI_REFUSED;
	}
	tell_losses(render, &losses);
	return CLI_OK;
}

/* ---- out ------------------------------------------------------------------------------------ */

#if HAVE_PAPER
static int write_page(void *user, const uint8_t *png, size_t len, uint32_t rows, bool cut)
{
	bool *written = user;

	(void)rows, (void)cut;
	if (!*written)
		fwrite(png, 1, len, stdout);
	*written = true;
	return 0;
}

static int write_png(const struct render *render)
{
	const struct printer_settings settings = {.width = render->model->u.printer.width_dots};
	bool written = false;
	int r = paper_render(render->bytes, render->len, &settings, write_page, &written, NULL);

	if (r == 0)
		return CLI_OK;
	fprintf(stderr, "onewindow ticket render: 此型号无法成图 no picture of this model: %s\n",
		strerror(-r));
	return CLI_REFUSED;
}
#else
static int write_png(const struct render *render)
{
	(void)render;
	fprintf(stderr,
		"onewindow ticket render: 此版本不含虚拟打印机 --format png takes the virtual "
		"printer, and this build has none (-Dfirmware-host=enabled)\n");
	return CLI_REFUSED;
}
#endif

static int run(struct render *render)
{
	int r = find_model(render);

	if (r == CLI_OK)
		r = load(render);
	if (r == CLI_OK)
		r = find_facts(render);
	if (r == CLI_OK)
		r = encode(render);
	if (r == CLI_OK && render->options->png)
		return write_png(render);
	if (r == CLI_OK)
		fwrite(render->bytes, 1, render->len, stdout);
	return r;
}

int cli_render(int argc, char **argv)
{
	struct argp argp = {option_list,
			    parse,
			    "",
			    "Show a ticket without a printer: its bytes, or a picture of the paper "
			    "as the virtual printer prints it. Always of the same day and time, "
			    "with 12 tickets waiting before it. "
			    "不用打印机查看号票：打印数据，或虚拟打印机打出的图样。",
			    NULL,
			    NULL,
			    NULL};
	struct options options = {0};
	struct render *render;
	int r = cli_parse(&argp, argc, argv, &options);

	if (r)
		return r;
	if (isatty(STDOUT_FILENO))
		return cli_usage("ticket render",
				 "输出不是文本，请重定向 what comes out is no text: "
				 "redirect it, > ticket.png");
	render = calloc(1, sizeof(*render));
	if (!render)
		return CLI_REFUSED;
	render->options = &options;
	r = run(render);
	renderer_destroy(render->renderer);
	hall_destroy(render->hall);
	template_destroy(render->template);
	tickets_destroy(render->tickets);
	free(render->config);
	free(render->bytes);
	free(render);
	return r;
}
