/* What goes wrong in a hall: noise, plugs, paper, the clock, the disk, the power. */
#include <string.h>

#include "tests/whole-day/disk.h"
#include "tests/whole-day/world.h"

static void noise_ends(int64_t line)
{
	w.wires[line].noise = 0;
}

static void noise(int64_t span_us)
{
	int64_t line = chance_below(WORLD_LINES);

	tell("noise on line %d", (int)line);
	w.wires[line].noise = 0.002 * (double)(1 + chance_below(8));
	agenda_in(span_us, noise_ends, line);
}

static void plug_in(int64_t line)
{
	w.wires[line].cut = false;
}

static void plug_out(int64_t span_us)
{
	int64_t line = chance_below(WORLD_LINES);

	tell("line %d is unplugged", (int)line);
	w.wires[line].cut = true;
	agenda_in(span_us, plug_in, line);
}

static void end_back(int64_t index)
{
	if (w.ends[index].dead)
		end_power_on((size_t)index);
}

/* For longer than two of the questions to a blinking board: a shorter loss nobody notices, and a
 * blinking text is not repeated. */
static void end_dies(int64_t span_us)
{
	int64_t index = chance_below(WORLD_ENDS);

	tell("device %d has no power", (int)index);
	w.ends[index].dead = true;
	agenda_in(25 * S + span_us, end_back, index);
}

/* It can print again, if it could not. */
static void note_well(struct paper *paper)
{
	if (!paper->unplugged && !paper->printer.paper_out && !paper->printer.cover_open &&
	    paper->well_us == INT64_MAX)
		paper->well_us = w.now_us;
}

static void printer_back(int64_t index)
{
	w.papers[index].unplugged = false;
	w.papers[index].unplug_after = 0;
	note_well(&w.papers[index]);
}

static void printer_goes(int64_t span_us)
{
	int64_t index = chance_below(WORLD_PRINTERS);

	tell("printer %d will be unplugged", (int)index + 1);
	w.papers[index].unplug_after = 1 + (size_t)chance_below(3000);
	w.papers[index].well_us = INT64_MAX;
	agenda_in(span_us, printer_back, index);
}

static void paper_back(int64_t index)
{
	struct printer *printer = &w.papers[index].printer;

	printer->paper_out = printer->cover_open = false;
	printer_status_changed(printer);
	note_well(&w.papers[index]);
}

static void run_out(int64_t index, int64_t span_us)
{
	struct printer *printer = &w.papers[index].printer;
	bool cover = chance_of(0.5);

	tell(cover ? "printer %d: its cover is open" : "printer %d: no paper", (int)index + 1);
	printer->paper_out = !cover;
	printer->cover_open = cover;
	w.papers[index].well_us = INT64_MAX;
	printer_status_changed(printer);
	agenda_in(span_us, paper_back, index);
}

static void paper_out(int64_t span_us)
{
	run_out(chance_below(WORLD_PRINTERS), span_us);
}

/* For longer than a ticket waits. */
static void no_paper_at_all(int64_t span_us)
{
	for (int64_t i = 0; i < WORLD_PRINTERS; i++)
		run_out(i, 2 * span_us);
}

static void start_again(int64_t arg)
{
	(void)arg;
	if (!w.keeper)
		process_start();
}

static void killed(int64_t span_us)
{
	tell("the daemon is killed");
	process_stop(STOP_KILLED);
	agenda_in(span_us / 4, start_again, 0);
}

/* Between a commit and what is told of it lie some milliseconds: chance alone would seldom hit. */
static void doomed(int64_t span_us)
{
	(void)span_us;
	w.doom = DOOM_SILENT + chance_below(3);
}

static void stopped(int64_t span_us)
{
	tell("the daemon is stopped");
	process_stop(STOP_CLEAN);
	agenda_in(span_us / 4, start_again, 0);
}

static void boot(int64_t arg)
{
	(void)arg;
	if (!w.keeper)
		process_boot();
}

/* The clock of the boot begins anew. What the devices had in memory is gone as well. */
static void power_cut(int64_t span_us)
{
	tell("the power is gone");
	process_stop(STOP_POWER);
	agenda_in(span_us, boot, 0);
}

static void step_clock(int64_t span_us)
{
	static const int64_t day_ms = INT64_C(86400000);
	const int64_t steps_ms[] = {
		1000,
		-1000,
		59000,
		-59000,
		3600000,
		-3600000,
		day_ms,
		-day_ms,
		3652 * day_ms,
		-3652 * day_ms,
		-28800000,
		3652 * day_ms,
		-(w.now_us / MS + w.wall_off_ms), /* 1970 */
	};

	clock_set(steps_ms[chance_below(sizeof(steps_ms) / sizeof(steps_ms[0]))]);
	if (chance_of(0.8))
		agenda_in(2 * span_us, clock_set_right, 0);
}

static void another_zone(int64_t span_us)
{
	static const int32_t zones_min[] = {0, -570, 420, 540, 345, 840};

	w.offset_min = zones_min[chance_below(6)];
	tell("the local time is %d minutes from UTC", (int)w.offset_min);
	agenda_in(2 * span_us, clock_set_right, 0);
}

/* People wait at midnight: the machine sleeps until shortly before. */
static void midnight(int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < w.ask_count; i++)
		if (!w.asks[i].answered)
			return; /* its id is kept for two days only */
	if (!w.keeper)
		return;
	tell("it becomes night");
	w.asleep_us = until_midnight_us();
}

static void disk_well(int64_t arg)
{
	(void)arg;
	disk_heal();
}

static void disk_ill(int64_t span_us)
{
	bool full = chance_of(0.6);

	tell(full ? "the disk is full" : "the disk fails");
	disk_fail(full);
	agenda_in(span_us / 2, disk_well, 0);
}

static void slow_disk_ends(int64_t arg)
{
	(void)arg;
	w.disk_us = 2 * MS;
}

static void slow_disk(int64_t span_us)
{
	tell("the disk is slow");
	w.disk_us = 200 * MS + chance_below(1800 * MS);
	agenda_in(span_us, slow_disk_ends, 0);
}

static void suspend(int64_t span_us)
{
	tell("the machine sleeps");
	(void)span_us;
	w.asleep_us = 60 * S + chance_below(3600) * S;
}

static void accident(int64_t until_us)
{
	static void (*const list[])(int64_t) = {
		noise,	   plug_out,   end_dies,     printer_goes, paper_out,
		killed,	   stopped,    power_cut,    step_clock,   disk_ill,
		slow_disk, suspend,    printer_goes, killed,	   doomed,
		doomed,	   step_clock, another_zone, midnight,	   no_paper_at_all,
	};

	if (w.no_accidents || w.now_us + 60 * S > until_us)
		return;
	w.accidents_done++;
	list[chance_below(sizeof(list) / sizeof(list[0]))](5 * S + chance_below(40) * S);
	agenda_in(10 * S + chance_exp_us(50), accident, until_us);
}

void accidents_plan(int64_t until_us)
{
	agenda_in(20 * S + chance_exp_us(60), accident, until_us);
}

void accidents_end(void)
{
	disk_heal();
	w.disk_us = 2 * MS;
	w.doom = DOOM_NONE;
	clock_set_right(0);
	for (size_t i = 0; i < WORLD_LINES; i++) {
		w.wires[i].noise = 0;
		w.wires[i].cut = false;
	}
	/* Some go just now: what they showed is gone, and nobody presses anything that would be
	 * shown anew. */
	for (int i = 0; w.accidents && i < 4; i++)
		w.ends[chance_below(WORLD_ENDS)].dead = true;
	for (size_t i = 0; i < WORLD_ENDS; i++)
		agenda_in(25 * S, end_back, (int64_t)i);
	if (w.accidents && chance_of(0.3))
		plug_out(S);
	for (int64_t i = 0; i < WORLD_PRINTERS; i++) {
		printer_back(i);
		paper_back(i);
	}
}
