/* virtual-hall: the devices of a hall as one process. Each line is a TCP endpoint on a free
 * loopback port; the bench page shows the paper, the boards and the keypads. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "firmware-host/port/host/page.h"

enum {
	OPTION_USB = 0x100,
	OPTION_USBIP_LISTEN,
	OPTION_USBIP_PORT,
	OPTION_PRINTERS,
	OPTION_BOARDS,
	OPTION_HALL_BOARD,
};

struct options {
	const char *state, *report;
	struct hall_settings hall;
	size_t described; /* printers, by --printer */
	bool own_hall_board;
	struct usb_printers_settings usb;
};

/* Each --usb is one more printer; the first is the hall's own. */
static void parse_usb(struct argp_state *state, struct usb_printers_settings *usb,
		      const char *words)
{
	const char *why;

	if (usb->count == USBIP_DEVICES)
		argp_error(state, "--usb %s: at most %d", words, USBIP_DEVICES);
	else if (usb_plug_parse(&usb->plugs[usb->count], words, &why) < 0)
		argp_error(state, "--usb %s: %s", words, why);
	else
		usb->count++;
}

/* Each --printer describes one more. */
static void parse_printer(struct argp_state *state, struct options *options, const char *words)
{
	const char *why;

	if (options->described == HALL_PRINTERS)
		argp_error(state, "--printer %s: at most %d", words, HALL_PRINTERS);
	else if (hall_printer_parse(&options->hall.printers[options->described], words, &why) < 0)
		argp_error(state, "--printer %s: %s", words, why);
	else
		options->described++;
}

static enum hall_board_protocol parse_protocol(struct argp_state *state, const char *option,
					       const char *word)
{
	for (int i = 0; i < HALL_BOARD_PROTOCOLS; i++)
		if (strcmp(hall_board_word((enum hall_board_protocol)i), word) == 0)
			return (enum hall_board_protocol)i;
	argp_error(state, "%s %s: there are lihe, modbus, onbon, alpha", option, word);
	return HALL_BOARD_LIHE;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	char *end = NULL;
	unsigned long baud, port, count;

	switch (key) {
	case 's': options->state = arg; break;
	case 'r': options->report = arg; break;
	case 'b':
		baud = strtoul(arg, &end, 10);
		if (*end || baud < 300 || baud > 4000000)
			argp_error(state, "--baud %s: allowed are 300 to 4000000", arg);
		options->hall.baud = (uint32_t)baud;
		break;
	case OPTION_BOARDS: options->hall.boards = parse_protocol(state, "--boards", arg); break;
	case OPTION_HALL_BOARD:
		options->hall.hall_board = parse_protocol(state, "--hall-board", arg);
		options->own_hall_board = true;
		break;
	case 'p': parse_printer(state, options, arg); break;
	case OPTION_PRINTERS:
		count = strtoul(arg, &end, 10);
		if (*end || count < 1 || count > HALL_PRINTERS)
			argp_error(state, "--printers %s: allowed are 1 to %d", arg, HALL_PRINTERS);
		options->hall.printer_count = count;
		break;
	case OPTION_USB: parse_usb(state, &options->usb, arg); break;
	case OPTION_USBIP_LISTEN: options->usb.address = arg; break;
	case OPTION_USBIP_PORT:
		port = strtoul(arg, &end, 10);
		if (*end || end == arg || port > UINT16_MAX)
			argp_error(state, "--usbip-port %s: allowed are 0 to 65535", arg);
		options->usb.port = (uint16_t)port;
		break;
	case ARGP_KEY_ARG: argp_error(state, "no word is expected here: %s", arg); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* What a printer and its plug are unless words say otherwise: those of docs/hall.conf. */
static void prepare(struct options *options)
{
	for (int i = 0; i < HALL_PRINTERS; i++) {
		options->usb.plugs[i] = (struct usb_plug_settings){.vendor = 0x04b8,
								   .product = 0x0e28,
								   .maker = "onewindow",
								   .model = "VH-80"};
		snprintf(options->usb.plugs[i].serial, sizeof(options->usb.plugs[i].serial),
			 "VH%06d", i + 1);
		options->hall.printers[i].settings.width = PRINTER_MAX_WIDTH;
		options->hall.printers[i].settings.answers_process_id = true;
	}
}

static void copy(char *to, const char *from)
{
	if (from[0])
		snprintf(to, USB_PLUG_TEXT, "%s", from);
}

/* As many printers as were asked for or described, each with a plug that bears its name. */
static void settle(struct options *options)
{
	struct hall_settings *hall = &options->hall;

	if (!options->own_hall_board)
		hall->hall_board = hall->boards;
	if (hall->printer_count < 1)
		hall->printer_count = 1;
	if (hall->printer_count < options->described)
		hall->printer_count = options->described;
	if (hall->printer_count < options->usb.count)
		hall->printer_count = options->usb.count;
	options->usb.count = hall->printer_count;
	for (size_t i = 0; i < hall->printer_count; i++) {
		copy(options->usb.plugs[i].maker, hall->printers[i].maker);
		copy(options->usb.plugs[i].model, hall->printers[i].model);
		copy(options->usb.plugs[i].serial, hall->printers[i].serial);
	}
}

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* One line of JSON: where everything is. */
static int announce(const struct options *options, const struct virtual_hall *hall,
		    const struct page *page)
{
	FILE *out = !strcmp(options->state, "-") ? stdout : fopen(options->state, "w");

	if (!out) {
		fprintf(stderr, "virtual-hall: %s: %s\n", options->state, strerror(errno));
		return -errno;
	}
	fprintf(out,
		"{\"usbip\": {\"address\": \"%s\", \"port\": %u, \"devices\": %zu}, \"page\": "
		"\"http://127.0.0.1:%u/\", \"printer\": \"tcp://127.0.0.1:%u\", \"printers\": [",
		hall->usb.usbip.address, hall->usb.usbip.port, hall->usb.count, page_port(page),
		hall->printers[0].port.port);
	for (size_t i = 0; i < hall->printer_count; i++)
		fprintf(out, "%s\"tcp://127.0.0.1:%u\"", i ? ", " : "",
			hall->printers[i].port.port);
	fprintf(out,
		"], \"lines\": {\"boards\": \"tcp://127.0.0.1:%u\", \"keypads\": "
		"\"tcp://127.0.0.1:%u\", \"panel\": \"tcp://127.0.0.1:%u\", "
		"\"pad\": \"tcp://127.0.0.1:%u\"}, \"pid\": %d}\n",
		hall->boards_line.port, hall->keypads_line.port, hall->panel_line.port,
		hall->pad_line.port, (int)getpid());
	if (out == stdout)
		fflush(out);
	else
		fclose(out);
	return 0;
}

static int start_usb(struct virtual_hall *hall, const struct usb_printers_settings *settings)
{
	int r = usb_printers_start(&hall->usb, settings, hall->printers);

	if (r < 0)
		fprintf(stderr, "virtual-hall: USB/IP at %s, port %u: %s\n", settings->address,
			settings->port, strerror(-r));
	return r;
}

static void run(struct virtual_hall *hall, struct page *page, int signals)
{
	for (;;) {
		struct pollfd fds[2 + HALL_FDS] = {{.fd = signals, .events = POLLIN},
						   {.fd = page_fd(page), .events = POLLIN}};
		size_t count = 2 + hall_fds(hall, fds + 2);
		int64_t now_us = clock_us(), deadline = hall_deadline(hall);
		struct timespec wait;

		if (page_timeout_us(page) != INT64_MAX && now_us + page_timeout_us(page) < deadline)
			deadline = now_us + page_timeout_us(page);
		if (deadline < now_us)
			deadline = now_us;
		wait.tv_sec = (deadline - now_us) / 1000000;
		wait.tv_nsec = (deadline - now_us) % 1000000 * 1000;
		if (ppoll(fds, count, &wait, NULL) < 0 && errno != EINTR)
			return;
		if (fds[0].revents)
			return;
		hall_process(hall, clock_us());
		page_run(page);
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"state", 's', "FILE", 0,
		 "就绪后把地址写到此文件 where to write the addresses when ready; - is stdout", 0},
		{"report", 'r', "COMMAND", 0,
		 "页面所示的报表命令 how to read the report, for the page", 0},
		{"printer", 'p', "WORDS", 0,
		 "打印机，可重复 a printer, may be repeated: model=, maker=, serial=, firmware=, "
		 "width=384|576, charset=gbk|gb2312|latin, paper_mm=, near_end_mm=, buffer=, "
		 "speed_mm_s=, no-process-id, no-cutter and others (docs/virtual-hall.md); parted "
		 "by "
		 "commas",
		 0},
		{"printers", OPTION_PRINTERS, "COUNT", 0,
		 "几台打印机 how many printers (default 1)", 0},
		{"boards", OPTION_BOARDS, "PROTOCOL", 0,
		 "屏的协议 what the boards speak: lihe (default), modbus, onbon, alpha", 0},
		{"hall-board", OPTION_HALL_BOARD, "PROTOCOL", 0,
		 "大厅屏的协议 what the hall board speaks on the same line, if something else", 0},
		{"usb", OPTION_USB, "WORDS", 0,
		 "打印机的 USB 插头，可重复 a printer's USB plug, may be repeated: two-way, "
		 "one-way, "
		 "vendor, no-out, id=big|little|stalls, serial=, vendor=, product=; parted by "
		 "commas",
		 0},
		{"usbip-listen", OPTION_USBIP_LISTEN, "ADDRESS", 0,
		 "USB/IP 监听地址 where USB/IP listens (default 127.0.0.1); it has no password", 0},
		{"usbip-port", OPTION_USBIP_PORT, "PORT", 0,
		 "USB/IP 端口 its port: 3240 is the usual one; 0 a free one (default)", 0},
		{"baud", 'b', "RATE", 0, "线路速率 speed of the lines (default 9600)", 0},
		{0},
	};
	struct argp argp = {list, parse, "",  "The devices of a hall as one process. 虚拟大厅。",
			    NULL, NULL,	 NULL};
	struct options options = {.state = "-",
				  .report = "onewindow report --log LOG",
				  .hall = {.baud = 9600},
				  .usb = {.address = "127.0.0.1"}};
	struct virtual_hall *hall = calloc(1, sizeof(*hall));
	struct page *page = NULL;
	sigset_t set;
	int signals, r;

	prepare(&options);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options) || !hall) {
		free(hall);
		return 2;
	}
	settle(&options);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	r = hall_start(hall, &options.hall, clock_us());
	if (r == 0)
		r = start_usb(hall, &options.usb);
	if (r == 0)
		r = page_open(&page, hall, options.report);
	if (r == 0)
		r = announce(&options, hall, page);
	if (r < 0)
		fprintf(stderr, "virtual-hall: does not start: %s\n", strerror(-r));
	else
		run(hall, page, signals);
	page_close(page);
	usb_printers_stop(&hall->usb);
	hall_stop(hall);
	free(hall);
	close(signals);
	return r < 0 ? 1 : 0;
}
