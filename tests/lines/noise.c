/* Figures of boards on a bad line: one byte in a hundred arrives as another, some boards are dead;
 * and of a plug that is pulled. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/figures.h"
#include "tests/lines/figures.h"
#include "tests/lines/rig.h"

enum { DEAD = 5, SWEEPS = 2, STEADY_FROM_S = 300, STEADY_S = 600 };
#define NOISE 0.01

static struct rig rig;

static void kill(size_t count)
{
	while (count > 0) {
		size_t i = (size_t)wire_below(&rig.wire, RIG_BOARDS);

		count -= !rig.wire.ends[i].dead;
		rig.wire.ends[i].dead = true;
	}
}

struct noise {
	struct samples sweep[SWEEPS]; /* how long each took */
	struct samples right, all_right;
	unsigned late;	   /* boards that were not right within the sweeps */
	unsigned deceived; /* likewise, because they acknowledged another text */
	unsigned live;
	uint64_t texts, acks, false_acks;
	uint64_t lost; /* right boards that another's text was written to, or a spoilt one */
	double dead_share;
	unsigned steady;
};

static unsigned sweeps_done(void)
{
	unsigned least = UINT32_MAX;

	for (size_t i = 0; i < RIG_BOARDS; i++)
		if (!rig.wire.ends[i].dead && rig.boards[i].sends < least)
			least = rig.boards[i].sends;
	return least;
}

static void one_run(struct noise *noise, uint64_t seed, bool steady)
{
	bool right[RIG_BOARDS] = {false}, was[RIG_BOARDS] = {false};
	int64_t begun, before, dead_us;
	unsigned swept = 0;
	bool all = false;

	rig_start(&rig, &(struct rig_options){.seed = seed, .acknowledges = true});
	rig.wire.noise = NOISE;
	kill(DEAD);
	for (size_t i = 0; i < RIG_BOARDS; i++)
		rig_show(&rig, i, (unsigned)wire_below(&rig.wire, 1000), false);
	begun = before = rig.wire.now_us;
	rig_up(&rig);
	while (swept < SWEEPS || !all) {
		bool now = true;

		if (!rig_step(&rig, begun + 1800 * (int64_t)S))
			figure_failed("the boards never come right");
		for (size_t i = 0; i < RIG_BOARDS; i++) {
			bool shows = rig.wire.ends[i].dead || rig_shows(&rig, i);

			if (shows && !right[i]) {
				right[i] = true;
				if (swept >= SWEEPS && rig.boards[i].false_ack)
					noise->deceived++;
				else
					noise->late += swept >= SWEEPS;
				if (!rig.wire.ends[i].dead)
					samples_add(&noise->right, rig.wire.now_us - begun);
			}
			noise->lost += was[i] && !shows;
			was[i] = shows;
			now &= shows;
		}
		if (now && !all)
			samples_add(&noise->all_right, rig.wire.now_us - begun);
		all |= now;
		if (swept < SWEEPS && sweeps_done() > swept) {
			samples_add(&noise->sweep[swept], rig.wire.now_us - before);
			before = rig.wire.now_us;
			swept++;
		}
	}
	noise->live += RIG_BOARDS - DEAD;
	if (steady) {
		rig_run(&rig, begun + STEADY_FROM_S * S);
		dead_us = rig.dead_us;
		rig_run(&rig, begun + (STEADY_FROM_S + STEADY_S) * (int64_t)S);
		noise->dead_share +=
			(double)(rig.dead_us - dead_us) / (double)(STEADY_S * (int64_t)S);
		noise->steady++;
	}
	noise->texts += rig.texts;
	noise->acks += rig.acks;
	noise->false_acks += rig.false_acks;
	rig_stop(&rig);
}

/* How often an 8-bit sum lets a frame through in which bytes are wrong, and its ACK comes back: the
 * sum covers 23 bytes, itself included; the other 6 and the 7 of the ACK have to be right. k wrong
 * bytes, each any other value alike, add up to 0 mod 256 with (1 + 255 (-1/255)^k) / 256. An upper
 * bound: values out of range and an FF inside the text are refused besides. */
static double false_ack_chance(void)
{
	const int covered = 6 + RIG_TEXT;
	double chance = 0, choose = 1;

	for (int k = 1; k <= covered; k++) {
		choose = choose * (covered - k + 1) / k;
		chance += choose * pow(NOISE, k) * pow(1 - NOISE, covered - k) *
			  (1 + 255 * pow(-1.0 / 255, k)) / 256;
	}
	return chance * pow(1 - NOISE, 6 + 7);
}

static void tell_time(const char *what, struct samples *samples)
{
	figure("  %s: p50 %.2f s, p99 %.2f s, max %.2f s of %zu", what,
	       (double)samples_quantile(samples, .5) / S,
	       (double)samples_quantile(samples, .99) / S, (double)samples_quantile(samples, 1) / S,
	       samples->count);
}

void figures_noise(unsigned runs)
{
	struct noise noise = {0};
	double expected;

	for (unsigned i = 0; i < runs; i++)
		one_run(&noise, i + 1, i % 20 == 0);
	figure("64 boards with ACK, 1%% of bytes wrong, 5 dead, %u runs", runs);
	tell_time("first sweep: each live board was sent its text", &noise.sweep[0]);
	tell_time("second sweep", &noise.sweep[1]);
	tell_time("a board is right", &noise.right);
	tell_time("all live boards are right at one moment", &noise.all_right);
	figure("  boards that were not right within two sweeps: %u of %u, and %u that had "
	       "acknowledged "
	       "another text, by the sum's weakness",
	       noise.late, noise.live, noise.deceived);
	figure_bar(noise.late, 0);
	expected = false_ack_chance() * (double)noise.texts;
	figure("  ACKs for another text than was sent: %llu of %llu; the sum lets through at most "
	       "%.1f of %llu texts, and with three deviations and two more %.1f",
	       (unsigned long long)noise.false_acks, (unsigned long long)noise.acks, expected,
	       (unsigned long long)noise.texts, expected + 3 * sqrt(expected) + 2);
	figure_bar((double)noise.false_acks, expected + 3 * sqrt(expected) + 2);
	figure("  right boards overwritten by a frame that came through wrong: %llu",
	       (unsigned long long)noise.lost);
	figure("  share of the line for dead boards in the steady state: %.4f",
	       noise.dead_share / noise.steady);
	figure_bar(noise.dead_share / noise.steady, 0.05);
	for (int i = 0; i < SWEEPS; i++)
		samples_free(&noise.sweep[i]);
	samples_free(&noise.right);
	samples_free(&noise.all_right);
}

/* ---- unplugged ---- */

static void pull(struct samples *samples, uint64_t seed)
{
	int64_t opened;

	rig_start(&rig, &(struct rig_options){.seed = seed, .acknowledges = true});
	for (size_t i = 0; i < RIG_BOARDS; i++)
		rig_show(&rig, i, 1, false);
	rig_up(&rig);
	/* In the middle of the first repaint, or of calls. */
	rig_run(&rig, rig.wire.now_us + wire_below(&rig.wire, 5 * S));
	for (unsigned n = 0; n < 3; n++) {
		rig_show(&rig, (size_t)wire_below(&rig.wire, RIG_BOARDS), 10 + n, true);
		rig_run(&rig, rig.wire.now_us + wire_below(&rig.wire, 60 * MS));
	}
	rig_down(&rig);
	rig_run(&rig, rig.wire.now_us + wire_below(&rig.wire, 20 * S));
	for (size_t i = 0; i < RIG_BOARDS; i++)
		if (wire_below(&rig.wire, 4) == 0)
			wire_power_on(&rig.wire, i);
	for (unsigned n = 0; n < 8; n++)
		rig_show(&rig, (size_t)wire_below(&rig.wire, RIG_BOARDS), 20 + n, n % 2);
	opened = rig.wire.now_us;
	rig_up(&rig);
	for (size_t i = 0; i < RIG_BOARDS; i++)
		rig.boards[i].sends = 0;
	while (sweeps_done() == 0 || !rig_is_right(&rig))
		if (!rig_step(&rig, opened + 60 * S))
			figure_failed("a board stays as it was");
	samples_add(samples, rig.wire.now_us - opened);
	rig_stop(&rig);
}

void figures_unplug(unsigned runs)
{
	struct samples samples = {0};

	for (unsigned i = 0; i < runs; i++)
		pull(&samples, i + 1);
	figure("64 boards with ACK, unplugged and replugged: every board painted again after the "
	       "reopen, max of %u runs: %.2f s",
	       runs, (double)samples_quantile(&samples, 1) / S);
	figure_bar((double)samples_quantile(&samples, 1), 5.0 * S);
	samples_free(&samples);
}
