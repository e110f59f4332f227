/* What printers say of themselves, into the log: paper near its end, at its end, the cover, the
 * cutter, out of reach. A change is written when it has held for a second. A sensor that flaps must
 * not flood the log: each change that is written within ten minutes of the one before it doubles
 * the time that the next has to hold, up to 512 seconds; after ten quiet minutes it is a second
 * again. So no condition of a printer is written more than about 180 times a day, and what is
 * written was true for a while. */
#include <stdio.h>
#include <string.h>

#include "src/devices/private.h"

_Static_assert(1 << CONDITION_PAPER_NEAR_END == PRINTER_PAPER_NEAR_END, "the driver's bits");
_Static_assert(1 << CONDITION_PAPER_END == PRINTER_PAPER_END, "the driver's bits");
_Static_assert(1 << CONDITION_COVER_OPEN == PRINTER_COVER_OPEN, "the driver's bits");
_Static_assert(1 << CONDITION_CUTTER_ERROR == PRINTER_CUTTER_ERROR, "the driver's bits");
_Static_assert(1 << CONDITION_ERROR == PRINTER_ERROR, "the driver's bits");
_Static_assert(1 << CONDITION_OFFLINE == PRINTER_OFFLINE, "the driver's bits");
_Static_assert(1 << CONDITION_UNREACHABLE == PRINTER_UNREACHABLE, "the driver's bits");

enum {
	HOLD_MIN_US = 1000000,
	HOLD_MAX_US = 512 * HOLD_MIN_US,
	RETRY_US = 1000000,
};
static const int64_t CALM_US = INT64_C(600) * 1000000;
static const uint32_t UNREACHABLE = 1u << CONDITION_UNREACHABLE;

void conditions_told(struct printer_slot *printer, uint32_t conditions)
{
	int64_t now_us = devices_now(printer->slot.owner);

	for (int i = 0; i < CONDITION_COUNT; i++)
		if ((printer->told ^ conditions) & 1u << i)
			printer->watches[i].since_us = now_us;
	printer->told = conditions;
	printer->slot.owner->host->changed(printer->slot.owner->user);
}

static uint32_t held(const struct devices *devices, const struct printer_slot *printer)
{
	const struct hall_printer *known =
		hall_find_printer(keeper_hall(devices->keeper), printer->slot.config->id);

	return known ? known->conditions : 0;
}

static int64_t due_us(const struct condition_watch *watch)
{
	return watch->since_us + (watch->hold_us ? watch->hold_us : HOLD_MIN_US);
}

/* What the log is to have: the changes that have held for long enough. *ret_us: when the next one
 * will have. While it is being asked how it is nothing is known. */
static uint32_t wanted(const struct printer_slot *printer, uint32_t before, int64_t now_us,
		       int64_t *ret_us)
{
	uint32_t told = printer->told, now = before;

	*ret_us = INT64_MAX;
	if (printer->slot.health == HEALTH_UNKNOWN)
		return before;
	if (told & UNREACHABLE)
		told |= before;
	for (int i = 0; i < CONDITION_COUNT; i++) {
		int64_t us = due_us(&printer->watches[i]);

		if (!((told ^ before) & 1u << i))
			continue;
		if (us <= now_us)
			now ^= 1u << i;
		else if (us < *ret_us)
			*ret_us = us;
	}
	return now & UNREACHABLE ? now | before : now;
}

static void on_written(void *user, const struct keeper_reply *reply)
{
	struct printer_slot *printer = user;
	int64_t now_us = devices_now(printer->slot.owner);

	for (int i = 0; i < CONDITION_COUNT && reply->status == KEEPER_DONE; i++) {
		struct condition_watch *watch = &printer->watches[i];
		bool calm = !watch->written_us || now_us - watch->written_us > CALM_US;

#ifdef DEVICES_BREAK_DEBOUNCE /* a deliberately broken build: the tests must notice */
		calm = true;
#endif

		if (!(printer->telling & 1u << i))
			continue;
		watch->hold_us = calm ? HOLD_MIN_US : 2 * watch->hold_us;
		if (watch->hold_us > HOLD_MAX_US)
			watch->hold_us = HOLD_MAX_US;
		watch->written_us = now_us;
	}
	printer->telling = 0;
	if (reply->status != KEEPER_DONE)
		printer->conditions_after_us = now_us + RETRY_US;
	printer->slot.owner->host->changed(printer->slot.owner->user);
}

static int tell(struct devices *devices, const char *id, uint32_t conditions, keeper_reply_fn fn,
		void *user)
{
	struct command command;

	devices_command(devices, &command, COMMAND_PRINTER_CONDITIONS, "printer", id);
	snprintf(command.u.printer_conditions.printer, CORE_ID_SIZE, "%s", id);
	command.u.printer_conditions.conditions = conditions;
	return keeper_submit(devices->keeper, &command, NULL, NULL, 0, fn, user);
}

static void run_printer(struct devices *devices, struct printer_slot *printer, int64_t now_us)
{
	uint32_t before = held(devices, printer), now;
	int64_t next_us;

	if (printer->telling || now_us < printer->conditions_after_us)
		return;
	now = wanted(printer, before, now_us, &next_us);
	if (now == before)
		return;
	printer->telling = now ^ before;
	if (tell(devices, printer->slot.config->id, now, on_written, printer) == 0)
		return;
	printer->telling = 0;
	printer->conditions_after_us = now_us + RETRY_US;
}

static void on_stray(void *user, const struct keeper_reply *reply)
{
	struct devices *devices = user;

	if (reply->status == KEEPER_DONE)
		return;
	devices->strays_told = false;
	devices->strays_after_us = devices_now(devices) + RETRY_US;
}

/* Nobody will say of a printer that the configuration no longer has that it is well again. */
static void end_strays(struct devices *devices, int64_t now_us)
{
	const struct hall *hall = keeper_hall(devices->keeper);

	if (devices->strays_told || now_us < devices->strays_after_us)
		return;
	devices->strays_told = true;
	for (size_t i = 0; i < hall_printer_count(hall); i++) {
		const struct hall_printer *printer = hall_printer(hall, i);
		bool kept = !printer->conditions;

		for (size_t k = 0; k < devices->printer_count; k++)
			kept |= !strcmp(devices->printers[k].slot.config->id, printer->id);
		if (!kept && tell(devices, printer->id, 0, on_stray, devices) < 0) {
			devices->strays_told = false;
			devices->strays_after_us = now_us + RETRY_US;
		}
	}
}

void conditions_run(struct devices *devices, int64_t now_us)
{
	end_strays(devices, now_us);
	for (size_t i = 0; i < devices->printer_count; i++)
		run_printer(devices, &devices->printers[i], now_us);
}

int64_t conditions_deadline(const struct devices *devices)
{
	int64_t deadline = devices->strays_told ? INT64_MAX : devices->strays_after_us;

	for (size_t i = 0; i < devices->printer_count; i++) {
		const struct printer_slot *printer = &devices->printers[i];
		uint32_t before = held(devices, printer);
		int64_t next_us = INT64_MAX;

		if (printer->telling)
			continue;
		if (wanted(printer, before, devices_now(devices), &next_us) != before)
			next_us = printer->conditions_after_us;
		if (next_us < deadline)
			deadline = next_us;
	}
	return deadline;
}
