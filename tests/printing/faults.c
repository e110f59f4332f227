/* What goes wrong, one kind for the tickets of an episode: it begins at a byte or a row of paper or
 * a moment, lasts from a blink to hours, and is over. */
#include <string.h>

#include "tests/printing/printing.h"
#include "tests/whole-day/disk.h"

const char *const fault_names[FAULT_COUNT] = {
	[FAULT_NOTHING] = "none",
	[FAULT_NEAR_END] = "paper near end",
	[FAULT_PAPER_OUT] = "paper out",
	[FAULT_COVER] = "cover open",
	[FAULT_CUTTER] = "cutter jams",
	[FAULT_HOT] = "head too hot",
	[FAULT_SLOW_MOTOR] = "paper moves slowly",
	[FAULT_POWER] = "printer without power",
	[FAULT_UNPLUGGED] = "cable out",
	[FAULT_RESET] = "link breaks, is back at once",
	[FAULT_REFUSED] = "link refused",
	[FAULT_BUSY] = "takes no data, says it is well",
	[FAULT_REPLIES_LOST] = "replies lost",
	[FAULT_REPLIES_LATE] = "replies late",
	[FAULT_REPLIES_GARBAGE] = "replies garbled",
	[FAULT_REPLIES_TWICE] = "replies twice",
	[FAULT_KILLED] = "daemon killed",
	[FAULT_KILLED_COMMIT] = "daemon killed behind a commit",
	[FAULT_STOPPED] = "daemon stopped and started",
	[FAULT_HALL_POWER] = "hall without power",
	[FAULT_DISK_FULL] = "disk full",
	[FAULT_DISK_FAILS] = "disk fails",
	[FAULT_DISK_SLOW] = "disk slow",
	[FAULT_SEVERAL] = "two or three of these",
};

enum fault fault_now;
static unsigned planned, standing;
static enum fault waiting[STATIONS]; /* for a byte or a row */
static unsigned commits_left;	     /* until the daemon is killed, 0: it is not */

/* A blink, a person's reaction, a lunch break. */
static int64_t span_us(void)
{
	double p = (double)chance_below(1000) / 1000;

	if (p < 0.35)
		return 5 * MS + chance_below(900 * MS);
	if (p < 0.9)
		return S + chance_below(70 * S);
	if (p < 0.99)
		return 70 * S + chance_below(600 * S);
	return 3600 * (int64_t)S * (1 + chance_below(4));
}

static void set_switches(struct station *station, bool paper_out, bool cover)
{
	station->printer.paper_out = paper_out;
	station->printer.cover_open = cover;
	if (station->powered)
		printer_status_changed(&station->printer);
}

static void set_near_end(struct station *station, bool near_end)
{
	station->printer.near_end = near_end;
	set_switches(station, station->printer.paper_out, station->printer.cover_open);
}

static void close_cover(int64_t index)
{
	standing--;
	set_switches(&stations[index], stations[index].printer.paper_out, false);
}

/* What is stuck is taken out through the cover. */
static void unjam(struct station *station)
{
	station->printer.cutter_jammed = false;
	set_switches(station, station->printer.paper_out, true);
	standing++;
	agenda_in(S + chance_below(5 * S), close_cover, station - stations);
}

static void set_hot(struct station *station, bool hot)
{
	station->printer.head_hot = hot;
	set_switches(station, station->printer.paper_out, station->printer.cover_open);
}

static void end_fault(int64_t arg)
{
	struct station *station = &stations[arg % STATIONS];

	standing--;
	tell("over: %s", fault_names[arg / STATIONS]);
	switch ((enum fault)(arg / STATIONS)) {
	case FAULT_NEAR_END: set_near_end(station, false); break;
	case FAULT_PAPER_OUT: set_switches(station, false, station->printer.cover_open); break;
	case FAULT_COVER: set_switches(station, station->printer.paper_out, false); break;
	case FAULT_CUTTER: unjam(station); break;
	case FAULT_HOT: set_hot(station, false); break;
	case FAULT_SLOW_MOTOR: station->printer.speed_mm_s = PRINTER_SPEED; break;
	case FAULT_POWER: station_power(station, true); break;
	case FAULT_UNPLUGGED: station_plug(station, true); break;
	case FAULT_REFUSED: station->refused = false; break;
	case FAULT_BUSY: station->busy = false; break;
	case FAULT_REPLIES_LOST: station->replies_lost = false; break;
	case FAULT_REPLIES_LATE: station->late_us = 0; break;
	case FAULT_REPLIES_GARBAGE: station->garbage = false; break;
	case FAULT_REPLIES_TWICE: station->replies_twice = false; break;
	case FAULT_HALL_POWER:
		w.boots++;
		w.boot_us = w.now_us - 10 * S - chance_below(20 * S);
		for (size_t i = 0; i < station_count; i++)
			station_power(&stations[i], true);
		daemon_start_in(1);
		break;
	case FAULT_DISK_FULL:
	case FAULT_DISK_FAILS: disk_heal(); break;
	case FAULT_DISK_SLOW: w.disk_us = 2 * MS; break;
	default: break;
	}
}

static void stop_hall(void)
{
	daemon_stop(STOP_POWER);
	for (size_t i = 0; i < station_count; i++)
		station_power(&stations[i], false);
}

static void begin_fault(int64_t arg)
{
	struct station *station = &stations[arg % STATIONS];
	enum fault fault = (enum fault)(arg / STATIONS);

	planned--;
	standing++;
	station->held = false;
	agenda_in(span_us(), end_fault, arg);
	tell("%s", fault_names[fault]);
	switch (fault) {
	case FAULT_NEAR_END: set_near_end(station, true); break;
	case FAULT_PAPER_OUT: set_switches(station, true, station->printer.cover_open); break;
	case FAULT_COVER: set_switches(station, station->printer.paper_out, true); break;
	case FAULT_CUTTER: station->printer.cutter_jammed = true; break;
	case FAULT_HOT: set_hot(station, true); break;
	case FAULT_SLOW_MOTOR: station->printer.speed_mm_s = 4 + (uint32_t)chance_below(12); break;
	case FAULT_POWER: station_power(station, false); break;
	case FAULT_UNPLUGGED: station_plug(station, false); break;
	case FAULT_RESET: station_reset_link(station); break;
	case FAULT_REFUSED:
		station->refused = true;
		station_reset_link(station);
		break;
	case FAULT_BUSY: station->busy = true; break;
	case FAULT_REPLIES_LOST: station->replies_lost = true; break;
	case FAULT_REPLIES_LATE: station->late_us = 100 * MS + chance_below(40 * S); break;
	case FAULT_REPLIES_GARBAGE: station->garbage = true; break;
	case FAULT_REPLIES_TWICE: station->replies_twice = true; break;
	case FAULT_KILLED:
		daemon_stop(STOP_KILLED);
		daemon_start_in(chance_below(3 * S));
		break;
	case FAULT_KILLED_COMMIT: commits_left = 1 + (unsigned)chance_below(3); break;
	case FAULT_STOPPED:
		daemon_stop(STOP_CLEAN);
		daemon_start_in(chance_below(3 * S));
		break;
	case FAULT_HALL_POWER: stop_hall(); break;
	case FAULT_DISK_FULL: disk_fail(true); break;
	case FAULT_DISK_FAILS: disk_fail(false); break;
	case FAULT_DISK_SLOW: w.disk_us = 200 * MS + chance_below(3000 * MS); break;
	default: break;
	}
}

/* Not from within the printer: what called is in the middle of it. */
void fault_is_due(size_t station)
{
	agenda_in(0, begin_fault, (int64_t)waiting[station] * STATIONS + (int64_t)station);
	stations[station].bytes_left = stations[station].rows_left = -1;
	stations[station].held = true;
}

static void too_late(int64_t index)
{
	if (stations[index].bytes_left >= 0 || stations[index].rows_left >= 0)
		fault_is_due((size_t)index);
}

static void plan_one(enum fault fault, size_t index)
{
	struct station *station = &stations[index];
	bool free = station->bytes_left < 0 && station->rows_left < 0;
	int64_t how = chance_below(10);

	planned++;
	if (!free || how < 3) {
		agenda_in(chance_below(3 * S), begin_fault,
			  (int64_t)fault * STATIONS + (int64_t)index);
		return;
	}
	waiting[index] = fault;
	if (how < 7)
		station->bytes_left = 1 + chance_below(450);
	else
		station->rows_left = 1 + chance_below(900);
	agenda_in(20 * S, too_late, (int64_t)index);
}

void fault_plan(enum fault fault, size_t station)
{
	fault_now = fault;
	if (fault == FAULT_NOTHING)
		return;
	for (int64_t i = fault == FAULT_SEVERAL ? 2 + chance_below(2) : 1; i > 0; i--)
		plan_one(fault == FAULT_SEVERAL ? 1 + (enum fault)chance_below(FAULT_SEVERAL - 1)
						: fault,
			 station);
}

bool faults_are_over(void)
{
	return !planned && !standing;
}

void faults_commit(void)
{
	if (!commits_left || --commits_left)
		return;
	tell("killed, and nobody was told of the commit");
	daemon_stop(STOP_KILLED);
	daemon_start_in(chance_below(3 * S));
}

/* A kill that waited for a commit in vain. */
void faults_repair(void)
{
	commits_left = 0;
}
