/* Driver, bus master and wire put together; time goes from event to event. */
#include "tests/lines/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct device_model model = {
	.name = "window-17",
	.description = "one row of 17 columns: the frame of 29 bytes",
	.u.board = {.width_dots = 136,
		    .height_dots = 16,
		    .columns = RIG_TEXT,
		    .rows = 1,
		    .charset = BOARD_GBK,
		    .blinks = true},
};

/* 请AB001到01号窗口 */
static void text_utf8(char *ret, size_t size, unsigned number, size_t board)
{
	snprintf(ret, size, "请AB%03u到%02zu号窗口", number % 1000, board + 1);
}

static void text_gbk(char *ret, size_t size, unsigned number, size_t board)
{
	snprintf(ret, size,
		 "\xc7\xeb"
		 "AB%03u"
		 "\xb5\xbd"
		 "%02zu"
		 "\xba\xc5\xb4\xb0\xbf\xda",
		 number % 1000, board + 1);
}

static void on_painted(void *user, enum board_painted painted, uint32_t revision)
{
	struct rig_board *board = user;

	board->painted = painted;
	board->painted_revision = revision;
}

/* The driver's own, with an eye on what each ACK is worth. */
static struct rig *counted;

static void count_ack(struct device *device, const struct exchange *exchange, enum exchange_end end,
		      const uint8_t *reply, size_t len, int64_t now_us)
{
	size_t board = exchange->address - 1u;

	if (counted->wire.ends[board].dead)
		counted->dead_us += counted->line.stats.busy_us - counted->busy_us;
	counted->busy_us = counted->line.stats.busy_us;
	if (end == EXCHANGE_ANSWERED && exchange->reply_wanted && exchange->bytes[0] == 0xaa) {
		counted->acks++;
		counted->false_acks += !rig_shows(counted, board);
		counted->boards[board].false_ack |= !rig_shows(counted, board);
	}
	driver_find("lihe")->ended(device, exchange, end, reply, len, now_us);
}

static void on_health(void *user, enum device_health health, const char *detail)
{
	(void)user;
	(void)health;
	(void)detail;
}

static void on_changed(void *user)
{
	struct rig_board *board = user;

	line_wake(&board->rig->line);
}

static const struct driver_host host = {
	.painted = on_painted, .health = on_health, .changed = on_changed};

static int to_wire(void *user, const uint8_t *bytes, size_t len)
{
	struct rig *rig = user;

	if (bytes[0] == 0xaa) {
		rig->boards[bytes[1] - 1].sends++;
		rig->texts++;
	}
	wire_write(&rig->wire, bytes, len);
	line_sent(&rig->line, 0, rig->wire.now_us);
	return 0;
}

static const struct line_ops line_ops = {.write = to_wire};

static void from_wire(void *user, const uint8_t *bytes, size_t len)
{
	struct rig *rig = user;

	rig->woken = true;
	line_received(&rig->line, bytes, len, rig->wire.now_us);
}

static void add(struct rig *rig, size_t index, bool acknowledges)
{
	static const char *const with[] = {"ack=1"};
	static const char *const without[] = {"ack=0"};
	struct rig_board *board = &rig->boards[index];
	struct device_options options = {.name = "board",
					 .model = &model,
					 .address = (uint8_t)(index + 1),
					 .baud = 9600,
					 .settings = acknowledges ? with : without,
					 .setting_count = 1};
	char error[160] = "";

	*board = (struct rig_board){.rig = rig};
	if (rig->driver->create(&board->device, &options, &host, board, error, sizeof(error)) < 0 ||
	    line_attach(&rig->line, rig->driver, board->device, rig->wire.now_us) < 0) {
		fprintf(stderr, "lines: no board: %s\n", error);
		abort();
	}
	wire_board(&rig->wire, acknowledges);
}

void rig_start(struct rig *rig, const struct rig_options *options)
{
	const struct line_options line = {.baud = 9600,
					  .bits_per_char = WIRE_BITS,
					  .gap_us = 4 * MS,
					  .answer_gap_us = 1 * MS,
					  .echo = options->echo};

	memset(rig, 0, sizeof(*rig));
	wire_init(&rig->wire, line.baud, options->seed);
	rig->wire.received = from_wire;
	rig->wire.user = rig;
	rig->wire.echo = options->echo;
	rig->counting = *driver_find("lihe");
	rig->counting.ended = count_ack;
	rig->driver = &rig->counting;
	counted = rig;
	if (line_init(&rig->line, &line, &line_ops, rig) < 0)
		abort();
	for (size_t i = 0; i < RIG_BOARDS; i++)
		add(rig, i, options->acknowledges);
}

void rig_stop(struct rig *rig)
{
	for (size_t i = 0; i < RIG_BOARDS; i++) {
		line_detach(&rig->line, rig->boards[i].device, rig->wire.now_us);
		rig->driver->remove(rig->boards[i].device);
	}
}

void rig_show(struct rig *rig, size_t index, unsigned number, bool blink)
{
	struct rig_board *board = &rig->boards[index];
	struct device_job job = {.kind = JOB_BOARD};

	board->number = number;
	board->asked_us = rig->wire.now_us;
	text_utf8(job.u.board.text, sizeof(job.u.board.text), number, index);
	job.u.board.content = BOARD_CALL;
	job.u.board.blink = blink;
	job.u.board.revision = ++board->revision;
	if (rig->driver->submit(board->device, &job, rig->wire.now_us) < 0)
		abort();
}

bool rig_shows(const struct rig *rig, size_t index)
{
	char wanted[64], shown[64];

	text_gbk(wanted, sizeof(wanted), rig->boards[index].number, index);
	wire_shown(&rig->wire, index, shown, sizeof(shown));
	return strcmp(wanted, shown) == 0;
}

bool rig_is_right(const struct rig *rig)
{
	for (size_t i = 0; i < RIG_BOARDS; i++)
		if (!rig->wire.ends[i].dead && !rig_shows(rig, i))
			return false;
	return true;
}

void rig_up(struct rig *rig)
{
	rig->wire.cut = false;
	line_up(&rig->line, rig->wire.now_us);
}

void rig_down(struct rig *rig)
{
	wire_cut(&rig->wire);
	line_down(&rig->line, rig->wire.now_us);
}

bool rig_step(struct rig *rig, int64_t until_us)
{
	int64_t next = line_deadline(&rig->line);

	if (wire_next_us(&rig->wire) < next)
		next = wire_next_us(&rig->wire);
	if (next > until_us)
		return false;
	if (next > rig->wire.now_us) {
		rig->wakes += rig->woken;
		rig->woken = false;
		rig->wire.now_us = next;
	}
	wire_run(&rig->wire);
	if (line_deadline(&rig->line) <= rig->wire.now_us) {
		rig->woken = true;
		line_tick(&rig->line, rig->wire.now_us);
	}
	return true;
}

void rig_run(struct rig *rig, int64_t until_us)
{
	while (rig_step(rig, until_us))
		;
	rig->wire.now_us = until_us;
}

bool rig_run_until_right(struct rig *rig, int64_t until_us)
{
	while (!rig_is_right(rig))
		if (!rig_step(rig, until_us))
			return false;
	return true;
}
