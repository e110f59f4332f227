/* The figures of keypads: from the finger to the durable event. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/figures.h"
#include "tests/lines/figures.h"
#include "tests/lines/hall.h"

enum { WAITING = 30, COMMIT_US = 3 * MS };

static struct hall_rig rig;

static int64_t about(double mean_s)
{
	double u = (double)(wire_random(&rig.wire) >> 11) / 9007199254740992.0;

	return (int64_t)(-log(1 - u) * mean_s * S);
}

/* Clerks press call next and start serving in turn, every pause_s on average; as many people come
 * as are called, so that every keypad's display changes with each. */
static void press_all(size_t keypads, bool panel, double pause_s, unsigned presses)
{
	struct hall_rig_options options = {
		.seed = keypads, .keypads = keypads, .panel = panel, .commit_us = COMMIT_US};
	int64_t due[WIRE_ENDS], come;

	hall_rig_start(&rig, &options);
	rig.wire.attentive = true;
	for (unsigned i = 0; !panel && i < WAITING; i++)
		hall_rig_issue(&rig);
	hall_rig_run(&rig, rig.wire.now_us + 20 * S);
	for (size_t i = 0; i < keypads; i++)
		due[i] = rig.wire.now_us + about(pause_s);
	come = rig.wire.now_us + about(pause_s / (double)keypads);
	while (rig.samples.count < presses) {
		int64_t next = come;

		for (size_t i = 0; i < keypads; i++)
			if (due[i] < next)
				next = due[i];
		hall_rig_run(&rig, next);
		for (size_t i = 0; i < keypads; i++) {
			if (rig.wire.now_us < due[i])
				continue;
			due[i] += 200 * MS;
			if (rig.ends[i].pressed_us)
				continue;
			hall_rig_press(&rig, i);
			due[i] += about(pause_s);
		}
		if (rig.wire.now_us < come)
			continue;
		if (!panel && rig.waiting < WAITING)
			hall_rig_issue(&rig);
		come += about(pause_s / 2 / (double)keypads);
	}
}

static void one(size_t keypads, bool panel, double pause_s, double bar_s, unsigned presses)
{
	struct devices_line_status line;

	press_all(keypads, panel, pause_s, presses);
	devices_get_line(rig.devices, 0, rig.wire.now_us, &line);
	figure("%s%zu keypad%s on one line, each pressed every %.0f s: press (contact closed for "
	       "20 ms) to committed %s p50 "
	       "%.0f "
	       "ms, p99 %.0f ms, max %.0f ms of %zu; bar p99 %.0f ms",
	       panel ? "a panel alone: " : "", keypads, keypads > 1 ? "s" : "", pause_s,
	       panel ? "number" : "call", (double)samples_quantile(&rig.samples, .5) / MS,
	       (double)samples_quantile(&rig.samples, .99) / MS,
	       (double)samples_quantile(&rig.samples, 1) / MS, rig.samples.count, bar_s * 1000);
	figure_bar((double)samples_quantile(&rig.samples, .99), bar_s * S);
	figure("  wake-ups for each transaction %.2f, line busy %.2f, transactions that failed "
	       "%llu",
	       (double)rig.moments / (double)line.stats.exchanges, line.shares.busy,
	       (unsigned long long)(line.stats.timeouts + line.stats.garbage));
	figure_bar((double)rig.moments, 3.0 * (double)line.stats.exchanges);
	hall_rig_stop(&rig);
}

void figures_keypads(unsigned presses)
{
	one(16, false, 60, 0.6, presses);
	one(8, false, 60, 0.3, presses);
	one(1, true, 5, 0.1, presses);
}

/* The plug is pulled at any moment of a press's life - on the wire, read, committed, half answered
 * - and put back: each press has made one event in the end, none two. */
void figures_pulls(unsigned runs)
{
	struct hall_rig_options options = {.seed = 7, .keypads = 8, .commit_us = COMMIT_US};
	unsigned presses = 0, events = 0, lost = 0, twice = 0;
	int64_t worst = 0;

	hall_rig_start(&rig, &options);
	for (unsigned i = 0; i < WAITING; i++)
		hall_rig_issue(&rig);
	hall_rig_run(&rig, rig.wire.now_us + 10 * S);
	for (unsigned run = 0; run < runs; run++) {
		int64_t plugged;

		rig.wire.random = run + 1;
		rig.wire.noise = run % 2 ? 0.005 : 0;
		for (size_t i = 0; i < options.keypads; i++)
			if (wire_below(&rig.wire, 2))
				hall_rig_press(&rig, i);
		hall_rig_run(&rig, rig.wire.now_us + wire_below(&rig.wire, 600 * MS));
		hall_rig_pull(&rig);
		hall_rig_run(&rig, rig.wire.now_us + wire_below(&rig.wire, 3 * S));
		hall_rig_plug(&rig);
		plugged = rig.wire.now_us;
		while (!hall_rig_is_quiet(&rig)) {
			hall_rig_run(&rig, rig.wire.now_us + 20 * MS);
			if (rig.wire.now_us > plugged + 60 * S)
				figure_failed("a press is never answered");
		}
		if (rig.wire.now_us - plugged > worst)
			worst = rig.wire.now_us - plugged;
		for (size_t i = 0; i < options.keypads; i++) {
			lost += rig.ends[i].events < rig.ends[i].presses;
			twice += rig.ends[i].events > rig.ends[i].presses;
			presses += rig.ends[i].presses;
			events += rig.ends[i].events;
			rig.ends[i].presses = rig.ends[i].events = 0;
		}
		while (rig.waiting < WAITING) {
			hall_rig_issue(&rig);
			hall_rig_run(&rig, rig.wire.now_us + 50 * MS);
		}
	}
	figure("8 keypads, unplugged and replugged %u times, half of them with 0.5%% of bytes "
	       "wrong: "
	       "%u presses, %u events; lost %u, twice %u; all answered after at most %.1f s, the "
	       "pause "
	       "before the reopen included",
	       runs, presses, events, lost, twice, (double)worst / S);
	figure_bar(lost + twice, 0);
	hall_rig_stop(&rig);
}
