/* The clock on the wall and the service day: as src/daemon opens and rolls it, and as an operator
 * puts right what a wrong clock has done. */
#include <time.h>

#include "tests/fault/alloc.h"
#include "tests/whole-day/world.h"

enum { FAR_DAYS = 60, ROLL_HOUR = 4, DAY_S = 86400, OFFSET_MIN = 480 };

void process_stamp(struct stamp *ret)
{
	ret->mono_ms = mono_us() / MS;
	ret->wall_ms = w.now_us / MS + w.wall_off_ms;
	ret->offset_min = w.offset_min;
}

static int64_t local_s(void)
{
	struct stamp now;

	process_stamp(&now);
	return now.wall_ms / 1000 + now.offset_min * 60LL;
}

static int64_t date_now(void)
{
	time_t seconds = (time_t)local_s();
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (tm.tm_year + 1900LL) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

static int64_t day_number(int64_t date)
{
	struct tm tm = {
		.tm_year = (int)(date / 10000) - 1900,
		.tm_mon = (int)(date / 100 % 100) - 1,
		.tm_mday = (int)(date % 100),
	};

	return timegm(&tm) / DAY_S;
}

static void open_day(bool word)
{
	struct command command;

	process_command(&command, COMMAND_OPEN_DAY, word ? "api" : "daemon");
	command.u.open_day.date = date_now();
	command.u.open_day.operator_word = word;
	process_submit(&command, "open day");
}

static void close_day(void)
{
	struct command command;

	process_command(&command, COMMAND_CLOSE_DAY, "daemon");
	process_submit(&command, "close day");
}

/* The clock says that the open day is over. Not if it says that months have passed: that is for
 * people to judge, and the tickets of the day are kept until then. */
static bool day_is_over(const struct hall *hall)
{
	int64_t date = date_now();

	return hall_day(hall) && hall_day(hall) < date &&
	       day_number(date) - day_number(hall_day(hall)) <= FAR_DAYS;
}

void day_at_start(void)
{
	const struct hall *hall = keeper_hall(w.keeper);

	if (day_is_over(hall)) {
		close_day();
		open_day(false);
	} else if (!hall_day(hall)) {
		open_day(false);
	}
}

/* Once a minute, as the daemon looks: at midnight, or in the small hours with people waiting. */
void day_roll(int64_t arg)
{
	const struct hall *hall = w.keeper ? keeper_hall(w.keeper) : NULL;

	(void)arg;
	agenda_in(60 * S, day_roll, 0);
	if (!hall || !day_is_over(hall) ||
	    (!hall_is_empty(hall) && local_s() % DAY_S < ROLL_HOUR * 3600))
		return;
	tell(hall_is_empty(hall) ? "the day ends" : "the day ends with people waiting");
	close_day();
	open_day(false);
}

/* Somebody notices that the hall has no day: the clock was wrong when it should have been opened.
 */
void day_operator(int64_t arg)
{
	(void)arg;
	agenda_in(25 * S, day_operator, 0);
	if (w.keeper && !hall_day(keeper_hall(w.keeper)))
		open_day(true);
}

void clock_set(int64_t step_ms)
{
	struct command command;

	if (w.now_us / MS + w.wall_off_ms + step_ms < 0) /* the kernel takes nothing before 1970 */
		step_ms = -(w.now_us / MS + w.wall_off_ms);
	if (!step_ms)
		return;
	tell("the clock is set by %lld ms", (long long)step_ms);
	w.wall_off_ms += step_ms;
	if (!w.keeper) {
		w.wrong_boots++; /* the power may have gone as well: nobody tells of this step */
		return;
	}
	process_command(&command, COMMAND_STEP_CLOCK, "daemon");
	command.u.step_clock.step_ms = step_ms;
	process_submit(&command, "clock step");
}

void clock_set_right(int64_t arg)
{
	(void)arg;
	clock_set(w.true_off_ms - w.wall_off_ms);
	w.offset_min = OFFSET_MIN;
}

/* What a clock without a battery, or one that keeps local time, says after the power is back. */
void clock_at_boot(void)
{
	static const int64_t wrong_by_s[] = {8 * 3600, -8 * 3600, DAY_S, -DAY_S, 3650LL * DAY_S};

	w.wrong_boots += w.wall_off_ms != w.true_off_ms; /* nobody tells of this step */
	w.wall_off_ms = w.true_off_ms;
	if (!w.accidents || chance_of(0.6))
		return;
	if (chance_of(0.4)) /* 1970 */
		w.wall_off_ms = -w.now_us / MS + chance_below(3600 * 1000);
	else
		w.wall_off_ms += 1000 * wrong_by_s[chance_below(5)];
	w.wrong_boots++;
	tell("the clock is wrong: %lld", (long long)date_now());
	agenda_in(20 * S + chance_exp_us(60), clock_set_right, 0);
}

/* Until a little before midnight, or before the hour at which the day ends in any case. */
int64_t until_midnight_us(void)
{
	int64_t end_s = chance_of(0.5) ? DAY_S : DAY_S + ROLL_HOUR * 3600;

	return (end_s - local_s() % DAY_S - chance_below(90)) * (int64_t)S;
}

/* Overnight the machine sleeps; somebody has set the clock right by the morning. */
void day_next_morning(void)
{
	const struct hall *hall = keeper_hall(w.keeper);

	alloc_hold(); /* the daemon's own tries are in day_roll() */
	if (hall_day(hall))
		close_day();
	if (!process_settle())
		wrong("the day cannot be closed");
	w.now_us += 21 * 3600 * (int64_t)S;
	clock_set_right(0);
	open_day(date_now() <= hall_last_day(hall));
	if (!process_settle() || !hall_day(hall))
		wrong("the next day is not opened");
	alloc_go_on();
}
