/* A printer's switches by their names: each is a member of struct printer that whoever stands at
 * the printer may move, or something that a hand does once. */
#include "firmware-host/port/host/printer_page.h"

#include <string.h>

static const char allowed[] =
	"allowed, true or false: paper_out, near_end, cover_open, cutter_jammed, mechanism_jammed, "
	"broken, head_hot, feed_pressed, drawer_open, silent, garbage, process_id, transmit, "
	"automatic, realtime, one_way, unplugged, power; true: tear; numbers: speed_mm_s 0 to 500, "
	"reply_delay_ms 0 to 60000, lose_replies 0 to 1000000, chatter 0 to 64, near_end_mm and "
	"new_roll_mm 0 to 1000000 (0: no sensor; without end), unplug_after and power_off_after 0 "
	"to "
	"1000000000 bytes (0: never)";

struct flag {
	const char *name;
	size_t offset;
	bool inverted;
};

#define FLAG(member)                                                                               \
	{                                                                                          \
#member, offsetof(struct printer, member), false                                   \
	}
#define SETTING(name, member, inverted)                                                            \
	{                                                                                          \
		name, offsetof(struct printer, settings.member), inverted                          \
	}

static const struct flag flags[] = {
	FLAG(paper_out),
	FLAG(near_end),
	FLAG(cover_open),
	FLAG(cutter_jammed),
	FLAG(mechanism_jammed),
	FLAG(broken),
	FLAG(head_hot),
	FLAG(feed_pressed),
	FLAG(drawer_open),
	FLAG(silent),
	FLAG(garbage),
	SETTING("process_id", answers_process_id, false),
	SETTING("transmit", no_transmit, true),
	SETTING("automatic", no_automatic, true),
	SETTING("realtime", no_realtime, true),
	SETTING("one_way", one_way, false),
};

static const struct {
	const char *name;
	size_t offset;
	json_int_t max;
} numbers[] = {
	{"speed_mm_s", offsetof(struct printer, speed_mm_s), 500},
	{"reply_delay_ms", offsetof(struct printer, reply_delay_ms), 60000},
	{"lose_replies", offsetof(struct printer, lose_replies), 1000000},
	{"chatter", offsetof(struct printer, chatter), 64},
	{"near_end_mm", offsetof(struct printer, settings.near_end_mm), 1000000},
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]), NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static bool *flag_of(const struct printer *printer, size_t i)
{
	return (bool *)((uintptr_t)printer + flags[i].offset);
}

static uint32_t *number_of(const struct printer *printer, size_t i)
{
	return (uint32_t *)((uintptr_t)printer + numbers[i].offset);
}

static void add(json_t *state, const char *name, uint64_t value)
{
	json_object_set_new(state, name, json_integer((json_int_t)value));
}

static void add_bool(json_t *state, const char *name, bool value)
{
	json_object_set_new(state, name, json_boolean(value));
}

static void add_errors(json_t *state, const struct printer *printer)
{
	add_bool(state, "offline", printer->powered && printer_is_offline(printer));
	add_bool(state, "cutter_error", printer->cutter_error);
	add_bool(state, "mechanical_error", printer->mechanical_error);
	add_bool(state, "unrecoverable_error", printer->unrecoverable_error);
	add_bool(state, "waiting_for_feed", printer->waiting_for_feed);
}

static void add_counters(json_t *state, const struct printer *printer)
{
	add(state, "bytes", printer->bytes);
	add(state, "rows", printer->rows);
	add(state, "unknown_commands", printer->unknown_commands);
	add(state, "ignored_commands", printer->ignored_commands);
	add(state, "undrawn_commands", printer->undrawn_commands);
	add(state, "missing_characters", printer->missing_characters);
	add(state, "half_characters", printer->half_characters);
	add(state, "realtime_commands", printer->realtime_commands);
	add(state, "realtime_in_data", printer->realtime_in_data);
	add(state, "drawer_pulses", printer->drawer_pulses);
	add(state, "beeps", printer->beeps);
	add(state, "lost_replies", printer->lost_replies);
	add(state, "revision", printer->revision);
}

json_t *printer_page_state(const struct hall_printer *hall_printer)
{
	const struct printer *printer = &hall_printer->printer;
	json_t *state = json_object();
	uint64_t taken = hall_printer->port.bytes_in;

	for (size_t i = 0; i < FLAGS; i++)
		add_bool(state, flags[i].name, *flag_of(printer, i) != flags[i].inverted);
	for (size_t i = 0; i < NUMBERS; i++)
		add(state, numbers[i].name, *number_of(printer, i));
	add_errors(state, printer);
	add_counters(state, printer);
	add_bool(state, "unplugged", hall_printer->cable_out);
	add_bool(state, "power", printer->powered);
	add_bool(state, "connected", hall_printer->port.client >= 0);
	add_bool(state, "printing",
		 printer->printed_rows > PRINTER_CUTTER_ROWS && printer_is_printing(printer));
	add(state, "tickets", hall_printer->paper_count);
	add(state, "cuts", hall_printer->cut_count);
	add(state, "width", printer->settings.width);
	add(state, "buffered", printer->used);
	add(state, "unplug_after",
	    hall_printer->unplug_at > taken ? hall_printer->unplug_at - taken : 0);
	add(state, "power_off_after",
	    printer->power_off_at > printer->bytes ? printer->power_off_at - printer->bytes : 0);
	json_object_set_new(state, "paper_mm",
			    printer->roll_ends
				    ? json_integer(printer->roll_rows / PRINTER_DOTS_PER_MM)
				    : json_null());
	return state;
}

json_t *printer_page_tickets(const struct hall_printer *hall_printer)
{
	json_t *list = json_array();
	uint32_t count = hall_printer->paper_count;

	for (uint32_t n = count > HALL_MAX_TICKETS ? count - HALL_MAX_TICKETS + 1 : 1; n <= count;
	     n++) {
		const struct paper *paper = hall_printer_paper(hall_printer, n);

		if (paper)
			json_array_append_new(list, json_pack("{sIsIsIsb}", "number", (json_int_t)n,
							      "rows", (json_int_t)paper->rows,
							      "at_ms", (json_int_t)paper->at_ms,
							      "cut", paper->cut));
	}
	return list;
}

/* ---- switches ---- */

/* What a hand does, in the order in which it is done. */
static const struct {
	const char *name;
	json_int_t max; /* 0: true or false */
} acts[] = {
	{"unplugged", 0},
	{"power", 0},
	{"tear", 0},
	{"new_roll_mm", 1000000},
	{"unplug_after", 1000000000},
	{"power_off_after", 1000000000},
};

enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

static bool is_number(const json_t *value, json_int_t max)
{
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       json_integer_value(value) <= max;
}

static bool is_allowed(const char *name, const json_t *value)
{
	for (size_t i = 0; i < FLAGS; i++)
		if (!strcmp(name, flags[i].name))
			return json_is_boolean(value);
	for (size_t i = 0; i < NUMBERS; i++)
		if (!strcmp(name, numbers[i].name))
			return is_number(value, numbers[i].max);
	for (size_t i = 0; i < ACTS; i++)
		if (!strcmp(name, acts[i].name))
			return acts[i].max ? is_number(value, acts[i].max) : json_is_boolean(value);
	return false;
}

static const char *act(struct hall_printer *hall_printer, const char *name, const json_t *value)
{
	struct printer *printer = &hall_printer->printer;
	bool yes = json_is_true(value);
	uint64_t number = (uint64_t)json_integer_value(value);
	int r = 0;

	if (!strcmp(name, "unplugged"))
		r = hall_printer_set_cable(hall_printer, yes);
	else if (!strcmp(name, "power"))
		r = hall_printer_set_power(hall_printer, yes);
	else if (!strcmp(name, "tear") && yes)
		printer_tear(printer);
	else if (!strcmp(name, "new_roll_mm"))
		printer_new_roll(printer, (uint32_t)number);
	else if (!strcmp(name, "unplug_after"))
		hall_printer->unplug_at = number ? hall_printer->port.bytes_in + number : 0;
	else if (!strcmp(name, "power_off_after"))
		printer->power_off_at = number ? printer->bytes + number : 0;
	return r < 0 ? "the port is taken" : NULL;
}

const char *printer_page_faults(struct hall_printer *hall_printer, const json_t *body)
{
	struct printer *printer = &hall_printer->printer;
	const char *name, *why = NULL;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)body, name, value)
	{
		if (!is_allowed(name, value))
			return allowed;
	}
	for (size_t i = 0; i < FLAGS; i++) {
		value = json_object_get(body, flags[i].name);
		if (value)
			*flag_of(printer, i) = json_is_true(value) != flags[i].inverted;
	}
	for (size_t i = 0; i < NUMBERS; i++) {
		value = json_object_get(body, numbers[i].name);
		if (value)
			*number_of(printer, i) = (uint32_t)json_integer_value(value);
	}
	for (size_t i = 0; i < ACTS && !why; i++) {
		value = json_object_get(body, acts[i].name);
		if (value)
			why = act(hall_printer, acts[i].name, value);
	}
	printer_status_changed(printer);
	return why;
}
