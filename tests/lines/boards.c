/* The figures of boards. Virtual time: the same seed gives the same figure everywhere. */
#include "tests/lines/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/figures.h"
#include "tests/lines/rig.h"

enum { FRAME = 12 + RIG_TEXT, ACK = 7, GAP_US = 4 * MS, TURN_US = 10 * MS, TIMEOUT_US = 600 * MS };

static struct rig rig;

static void start(uint64_t seed, bool acknowledges)
{
	rig_start(&rig, &(struct rig_options){.seed = seed, .acknowledges = acknowledges});
	for (size_t i = 0; i < RIG_BOARDS; i++)
		rig_show(&rig, i, 1, false);
}

/* Which are dead: any of them, by the seed. */
static void kill(size_t count)
{
	while (count > 0) {
		size_t i = (size_t)wire_below(&rig.wire, RIG_BOARDS);

		count -= !rig.wire.ends[i].dead;
		rig.wire.ends[i].dead = true;
	}
}

static void repaint(bool acknowledges)
{
	int64_t wire = wire_time_us(&(struct wire){.baud = 9600}, FRAME);
	int64_t each = wire + GAP_US;
	int64_t begun, took, limit;

	if (acknowledges)
		each = wire + TURN_US + wire_time_us(&(struct wire){.baud = 9600}, ACK);
	limit = RIG_BOARDS * each;
	start(1, acknowledges);
	begun = rig.wire.now_us;
	rig_up(&rig);
	if (!rig_run_until_right(&rig, begun + 60 * S))
		figure_failed("the boards are not painted");
	/* An answer belongs to it; so does the last gap. */
	rig_run(&rig, rig.wire.now_us + each - wire);
	took = rig.wire.now_us - begun;
	figure("64 boards, full repaint, %s: %.3f s; limit %.3f s (%s), 1.05 of it %.3f s",
	       acknowledges ? "with ACK" : "blind", (double)took / S, (double)limit / S,
	       acknowledges ? "29 bytes, 10 ms, 7 bytes" : "29 bytes and 4 ms",
	       1.05 * (double)limit / S);
	figure_bar((double)took, 1.05 * (double)limit);
	figure("  collisions %llu, exchanges that failed %llu, wake-ups for each transaction %.2f",
	       (unsigned long long)rig.wire.collisions,
	       (unsigned long long)(rig.line.stats.timeouts + rig.line.stats.garbage),
	       (double)rig.wakes / (double)rig.line.stats.exchanges);
	figure_bar((double)rig.wakes, 3.0 * (double)rig.line.stats.exchanges);
	rig_stop(&rig);
}

void figures_repaint(void)
{
	repaint(false);
	repaint(true);
}

/* Calls at any moment of a repaint, each to a board that is alive. */
static void calls(struct samples *samples, uint64_t seed, bool acknowledges, size_t dead)
{
	int64_t begun;
	size_t board;

	start(seed, acknowledges);
	kill(dead);
	begun = rig.wire.now_us;
	rig_up(&rig);
	rig_run(&rig, begun + wire_below(&rig.wire, dead ? 9 * S : 2 * S));
	for (unsigned n = 0; n < 4; n++) {
		do
			board = (size_t)wire_below(&rig.wire, RIG_BOARDS);
		while (rig.wire.ends[board].dead);
		rig_show(&rig, board, 100 + n, true);
		begun = rig.wire.now_us;
		while (!rig_shows(&rig, board))
			rig_run(&rig, rig.wire.now_us + MS);
		samples_add(samples, rig.wire.ends[board].heard_us - begun);
		rig_run(&rig, rig.wire.now_us + 50 * MS + wire_below(&rig.wire, 200 * MS));
	}
	rig_stop(&rig);
}

void figures_calls(unsigned runs)
{
	for (int acknowledges = 0; acknowledges <= 1; acknowledges++) {
		for (size_t dead = 0; dead <= (acknowledges ? 5 : 0); dead += 5) {
			struct samples samples = {0};
			int64_t bar = 150 * MS + (dead ? 2 * TIMEOUT_US : 0);

			for (unsigned i = 0; i < runs; i++)
				calls(&samples, i + 1, acknowledges, dead);
			figure("a call during a repaint of 64 boards, %s, %zu dead, reaches its "
			       "board: p50 %.0f ms, p99 %.0f ms, max %.0f ms of %zu; bar p99 %.0f "
			       "ms",
			       acknowledges ? "with ACK" : "blind", dead,
			       (double)samples_quantile(&samples, .5) / MS,
			       (double)samples_quantile(&samples, .99) / MS,
			       (double)samples_quantile(&samples, 1) / MS, samples.count,
			       (double)bar / MS);
			figure_bar((double)samples_quantile(&samples, .99), (double)bar);
			samples_free(&samples);
		}
	}
}
