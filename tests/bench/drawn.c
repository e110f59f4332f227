/* Drawn tickets: the bytes that pictures take against those that their ink needs, how long the
 * render helper takes, and the memory of both sides over many tickets. Exits 1 beyond the bars.
 *
 *     bench-drawn [TICKETS]        100,000 by default
 *
 * What ink needs: for each run of rows with ink, so many rows of the bytes from the first to the
 * last inked dot of the run, and one head of the raster command; no white. It is counted here, from
 * the pictures, and not by the encoder. "dots" are the same bytes without any head. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/printer/escpos/paper.h"
#include "src/daemon/helper.h"
#include "src/daemon/template.h"
#include "src/devices/draw.h"
#include "tests/bench/figures.h"

enum { LATENCY_TEXTS = 3000, PARTS = 10, MEDIAN_MAX_US = 5000 };
static const double BYTES_MAX = 1.05, GROWTH_MAX = .02;

static struct helper helper;
static struct renderer *renderer;
static struct layout layout;
static int failed;

static void die(const char *what)
{
	fprintf(stderr, "bench-drawn: %s\n", what);
	exit(2);
}

static void bar(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench-drawn: over the bar: %s\n", what);
	failed = 1;
}

static void wait_for_renderer(void)
{
	while (!renderer_process(renderer, figures_now_us())) {
		struct pollfd fd;

		if (renderer_fds(renderer, &fd, 1))
			poll(&fd, 1, 1000);
	}
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static bool has_ink(const struct document_picture *picture, size_t row, size_t x)
{
	return picture->rows[row * ((picture->width_dots + 7) / 8) + x / 8] & 0x80 >> x % 8;
}

static size_t needed_bytes(const struct document_picture *picture, size_t *ret_bands)
{
	size_t needed = 0, rows = 0, left = picture->width_dots, right = 0;

	for (size_t y = 0; y <= picture->height_dots; y++) {
		bool ink = false;

		for (size_t x = 0; y < picture->height_dots && x < picture->width_dots; x++) {
			if (!has_ink(picture, y, x))
				continue;
			ink = true;
			left = x < left ? x : left;
			right = x + 1 > right ? x + 1 : right;
		}
		if (ink) {
			rows++;
			continue;
		}
		if (rows) {
			needed += rows * ((right - left + 7) / 8);
			++*ret_bands;
		}
		rows = right = 0;
		left = picture->width_dots;
	}
	return needed;
}

static void set_facts(struct layout_facts *facts, size_t n)
{
	static char number[16], item[64];

	layout_clear_facts(facts);
	snprintf(number, sizeof(number), "A%03zu", n % 1000);
	snprintf(item, sizeof(item), "不动产抵押登记（%zu号）", n);
	facts->values[VALUE_HALL_ZH] = "市民服务中心";
	facts->values[VALUE_HALL_EN] = "Citizen Service Centre — hall one";
	facts->values[VALUE_QUEUE_ZH] = "综合受理";
	facts->values[VALUE_QUEUE_EN] = "General";
	facts->values[VALUE_ITEM_ZH] = item;
	facts->values[VALUE_ITEM_EN] = "Estate mortgage registration — 𠮷";
	facts->values[VALUE_NUMBER] = number;
	snprintf(facts->ahead, sizeof(facts->ahead), "%zu", n % 60);
	snprintf(facts->windows, sizeof(facts->windows), "1-6");
	snprintf(facts->date, sizeof(facts->date), "2026-03-02");
	snprintf(facts->time, sizeof(facts->time), "09:15:00");
	snprintf(facts->recalls, sizeof(facts->recalls), "1");
	snprintf(facts->url, sizeof(facts->url), "https://hall.example/t/%032zx", n);
	facts->holds = WHEN_ITEM | WHEN_ORDINARY | WHEN_AHEAD | WHEN_WINDOWS | WHEN_RECALLS;
}

/* The whole ticket on a printer that has neither Chinese nor QR codes. */
static void draw_ticket(const struct device_model *model, const struct template *template, size_t n)
{
	struct layout_facts facts;
	int r;

	set_facts(&facts, n);
	for (;;) {
		layout_begin(&layout);
		r = layout_add(&layout, template, &facts, model->u.printer.columns);
		if (r == 0)
			r = draw_layout(&layout, model, renderer, figures_now_us());
		if (r != -EAGAIN)
			break;
		wait_for_renderer();
	}
	if (r < 0)
		die("a ticket cannot be laid out");
}

static double measure_bytes(const struct device_model *model, const struct template *template)
{
	struct escpos_paper paper = escpos_paper_of(model);
	struct document_item items[DOCUMENT_MAX_ITEMS];
	const struct document pictures = {.items = items};
	struct document document = pictures;
	bool graphics = paper.raster == ESCPOS_RASTER_GS_L;
	size_t dots = 0, bands = 0, needed, sent = 0;
	double ratio;

	draw_ticket(model, template, 13);
	for (size_t i = 0; i < layout.document.count; i++) {
		if (layout.items[i].kind != DOCUMENT_PICTURE)
			continue;
		dots += needed_bytes(&layout.items[i].picture, &bands);
		items[document.count++] = layout.items[i];
	}
	if (escpos_encode(&document, &paper, NULL, 0, &sent, NULL) < 0)
		die("pictures cannot be encoded");
	needed = dots + bands * (graphics ? 15 + 7 : 8);
	ratio = (double)sent / (double)needed;
	printf("{\"figure\":\"bytes\",\"raster\":\"%s\",\"width_dots\":%u,\"pictures\":%zu,"
	       "\"bands\":%zu,\"sent\":%zu,\"needed\":%zu,\"ratio\":%.4f,\"dots\":%zu,"
	       "\"ratio_dots\":%.4f}\n",
	       graphics ? "GS ( L" : "GS v 0", paper.width_dots, document.count, bands, sent,
	       needed, ratio, dots, (double)sent / (double)dots);
	return ratio;
}

/* ---- time ----------------------------------------------------------------------------------- */

/* Four Han of which at least one is in no printer, and a number: no two texts are alike. */
static void rare_text(char *ret, size_t size, size_t n)
{
	char han[4][5];

	for (size_t i = 0; i < 4; i++) {
		uint32_t code = i == 0 ? 0x20000 + (uint32_t)(n * 37 % 40000)
				       : 0x4e00 + (uint32_t)((n * 131 + i * 977) % 20000);

		if (code >= 0x10000)
			snprintf(han[i], sizeof(han[i]), "%c%c%c%c", (char)(0xf0 | code >> 18),
				 (char)(0x80 | (code >> 12 & 0x3f)),
				 (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f)));
		else
			snprintf(han[i], sizeof(han[i]), "%c%c%c", (char)(0xe0 | code >> 12),
				 (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f)));
	}
	snprintf(ret, size, "%s%s%s%s %zu", han[0], han[1], han[2], han[3], n);
}

static int64_t draw_text(const char *text)
{
	const struct render_frame frame = {.type = RENDER_TEXT,
					   .width_dots = 576,
					   .width = 1,
					   .height = 1,
					   .align = DOCUMENT_CENTRE};
	const struct document_picture *picture;
	int64_t from_us = figures_now_us();
	int r;

	while ((r = renderer_get(renderer, &frame, text, figures_now_us(), &picture)) == -EAGAIN)
		wait_for_renderer();
	if (r < 0) {
		struct renderer_status status;

		renderer_get_status(renderer, &status);
		fprintf(stderr,
			"bench-drawn: \"%s\" was not drawn: %s (%s), after %" PRIu64
			" pictures, %" PRIu64 " starts\n",
			text, strerror(-r), status.why, status.pictures, status.starts);
		exit(2);
	}
	return figures_now_us() - from_us;
}

static void measure_time(void)
{
	struct samples samples = {0};
	char text[64];

	printf("{\"figure\":\"first\",\"us\":%" PRId64 "}\n", draw_text("第一 𠮷"));
	for (size_t n = 0; n < LATENCY_TEXTS; n++) {
		rare_text(text, sizeof(text), n);
		samples_add(&samples, draw_text(text));
	}
	printf("{\"figure\":\"text\",");
	samples_print(&samples);
	printf("}\n");
	bar(samples_quantile(&samples, .5) <= MEDIAN_MAX_US, "median of a text over 5 ms");
	samples_free(&samples);
}

/* ---- memory --------------------------------------------------------------------------------- */

/* RssAnon: a process's own memory. Besides it, RSS counts pages of font files that were read, which
 * grows with the characters that ever came up and is the system's to take back. */
static long own_kb(int pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "RssAnon: %ld kB", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb;
}

/* The characters come round once in 40,000 tickets: what fonts cost is paid by then, and the second
 * half has to be steady. */
static void measure_memory(size_t tickets)
{
	long helper_kb[PARTS] = {0}, this_kb[PARTS] = {0};
	char text[64];

	for (size_t n = 0; n < tickets; n++) {
		rare_text(text, sizeof(text), LATENCY_TEXTS + n);
		draw_text(text);
		if ((n + 1) % (tickets / PARTS) != 0)
			continue;
		helper_kb[(n + 1) / (tickets / PARTS) - 1] = own_kb(helper.pid);
		this_kb[(n + 1) / (tickets / PARTS) - 1] = own_kb(getpid());
	}
	printf("{\"figure\":\"memory\",\"tickets\":%zu,\"helper_kb\":[", tickets);
	for (size_t i = 0; i < PARTS; i++)
		printf("%s%ld", i ? "," : "", helper_kb[i]);
	printf("],\"this_kb\":[");
	for (size_t i = 0; i < PARTS; i++)
		printf("%s%ld", i ? "," : "", this_kb[i]);
	printf("]}\n");
	bar((double)helper_kb[PARTS - 1] <= (double)helper_kb[PARTS / 2 - 1] * (1 + GROWTH_MAX),
	    "the helper's memory grows");
	bar((double)this_kb[PARTS - 1] <= (double)this_kb[PARTS / 2 - 1] * (1 + GROWTH_MAX),
	    "this side's memory grows");
}

int main(int argc, char **argv)
{
	static const struct renderer_host host = {.start = helper_start, .stop = helper_stop};
	const struct device_model *model = driver_find_model(driver_find("escpos"), "generic-80");
	size_t tickets = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	struct template *template = NULL;
	struct device_model bare;

	if (tickets < PARTS)
		die("10 tickets at least");
	if (!model || template_built_in(&template, TEMPLATE_TICKET) < 0 ||
	    renderer_create(&renderer, &host, &helper) < 0)
		die("it cannot begin");
	bare = *model;
	bare.u.printer.cjk = PRINTER_CJK_NONE;
	bare.u.printer.qr = false;
	measure_time();
	for (size_t i = 0; i < 4; i++) {
		bare.u.printer.raster = i % 2 ? PRINTER_RASTER_GS_L : PRINTER_RASTER_GS_V;
		bare.u.printer.width_dots = i < 2 ? 576 : 384;
		bare.u.printer.columns = i < 2 ? 48 : 32;
		bar(measure_bytes(&bare, template) <= BYTES_MAX, "bytes of pictures");
	}
	measure_memory(tickets);
	renderer_destroy(renderer);
	template_destroy(template);
	return failed;
}
