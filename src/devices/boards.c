/* The board keeper: gives each board's driver what the board ought to show (board_want.c), again
 * whenever the durable hall, the notice or the clock makes it another, and keeps account of which
 * boards show it. */
#include <stdlib.h>
#include <string.h>

#include "src/devices/board_want.h"
#include "src/devices/private.h"

enum {
	/* What depends on the local time is looked at so often: nobody tells of a change of zone.
	 */
	LOOK_US = 60000000,
	/* A board's clock is put right when it is wrong by so much; less comes with each text. */
	CLOCK_SLACK_US = 500000,
};

static enum devices_notice notice_of(const struct devices *devices)
{
#ifdef DEVICES_BREAK_NOTICE /* a deliberately broken build: the tests must notice */
	(void)devices;
	return DEVICES_NOTICE_NONE;
#else
	return devices->notice;
#endif
}

/* Local time since 1970 less the clock of all times here. */
static int64_t wall_offset_us(const struct devices *devices)
{
	struct stamp now;

	devices->host->stamp(devices->user, &now);
	return (now.wall_ms - now.mono_ms) * 1000 + (int64_t)now.offset_min * 60000000;
}

static bool depends_on_wall(const struct board_slot *board)
{
	const struct board_night *night = &board->board->rules.night;

	return night->from_min != night->to_min || board->slot.model->u.board.keeps_time;
}

/* A counted revision: the driver learns whether there is something to paint. */
static void submit(struct board_slot *board, const struct board_state *wanted, int64_t now_us)
{
	struct devices *devices = board->slot.owner;
	struct device_job job = {.kind = JOB_BOARD, .u.board = *wanted};
	bool news = !board->wanted.revision || !board_state_same(&board->wanted, wanted);

	job.u.board.revision = board->wanted.revision + news;
	board->wanted = job.u.board;
	if (news) {
		devices->boards_status.texts++;
		board->painted = BOARD_UNKNOWN;
		if (board->unpainted_us == INT64_MAX)
			board->unpainted_us = now_us;
	}
	if (board->slot.driver->submit(board->slot.device, &job, now_us) < 0)
		boards_painted(board, BOARD_FAILED, board->wanted.revision);
}

static void look(struct board_slot *board, int64_t wall_us, int64_t now_us)
{
	struct devices *devices = board->slot.owner;
	struct board_view view = {
		.hall = keeper_hall(devices->keeper),
		.notice = notice_of(devices),
		.config = devices->config,
		.board = board->board,
		.model = board->slot.model,
		.waits = devices->board_waits,
		.now_us = now_us,
		.wall_offset_us = wall_us,
	};
	struct board_state wanted;

	board_want(&view, &wanted, &board->due_us);
	if (depends_on_wall(board) && now_us + LOOK_US < board->due_us)
		board->due_us = now_us + LOOK_US;
#ifdef DEVICES_BREAK_BOARDS
	if (board->wanted.revision && !wanted.blink)
		return;
#endif
	if (!board->wanted.revision || !board_state_same(&board->wanted, &wanted) ||
	    llabs(wanted.wall_offset_us - board->wanted.wall_offset_us) > CLOCK_SLACK_US)
		submit(board, &wanted, now_us);
}

void boards_refresh(struct devices *devices, int64_t now_us)
{
	uint64_t seq = hall_seq(keeper_hall(devices->keeper));
	bool moved = seq != devices->boards_seq || devices->notice != devices->boards_notice;
	int64_t wall_us = devices->board_count ? wall_offset_us(devices) : 0;

	devices->boards_seq = seq;
	devices->boards_notice = devices->notice;
	for (size_t i = 0; i < devices->board_count; i++) {
		struct board_slot *board = &devices->boards[i];

		if (moved || now_us >= board->due_us || !board->wanted.revision)
			look(board, wall_us, now_us);
	}
}

int64_t boards_deadline(const struct devices *devices)
{
	int64_t deadline = INT64_MAX;

	for (size_t i = 0; i < devices->board_count; i++)
		if (devices->boards[i].due_us < deadline)
			deadline = devices->boards[i].due_us;
	return deadline;
}

static bool is_there(enum board_painted painted)
{
	return painted == BOARD_SENT || painted == BOARD_ACKNOWLEDGED;
}

void boards_painted(struct board_slot *board, enum board_painted painted, uint32_t revision)
{
	struct devices_boards_status *status = &board->slot.owner->boards_status;
	bool was_there = is_there(board->painted);

	if (revision != board->wanted.revision)
		return;
	if (is_there(painted) && !was_there) {
		status->paintings++;
		status->repaints += board->shown == revision;
		board->shown = revision;
		board->unpainted_us = INT64_MAX;
	} else if (!is_there(painted) && was_there) {
		board->unpainted_us = devices_now(board->slot.owner);
	}
	status->failures += painted == BOARD_FAILED && board->painted != BOARD_FAILED;
	board->painted = painted;
}
