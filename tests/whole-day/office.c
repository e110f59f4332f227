/* Another system tells of cases that were filed online, at any hour; now and then somebody freezes
 * all that is over. Without dice: by how many requests there were. */
#include <stdio.h>
#include <string.h>

#include "src/core/state.h"
#include "tests/whole-day/world.h"

enum { EVERY_US = 17 * S, FREEZE_EVERY = 5 };

static void file_online(void)
{
	struct event_online_filing *filing;
	struct command command;

	process_command(&command, COMMAND_FILE_ONLINE, "api");
	filing = &command.u.file_online;
	snprintf(filing->item, sizeof(filing->item), "item%zu", w.ask_count % WORLD_QUEUES);
	/* Some twice. */
	snprintf(filing->case_ref, sizeof(filing->case_ref), "案 %zu", w.ask_count / 2);
	filing->filed = command.at.wall_ms - (int64_t)(w.ask_count % 7) * 60000;
	ask_send(ask_new(&command));
}

/* All days up to the newest that was closed. One that is open among them, and a name that is taken,
 * are for the hall to refuse. What was found is made up. */
static void freeze(const struct hall *hall)
{
	static struct event_baseline_part parts[CORE_MAX_BASELINE_PARTS];
	struct event_baseline_frozen *frozen;
	struct command command;

	process_command(&command, COMMAND_FREEZE_BASELINE, "api");
	frozen = &command.u.freeze_baseline.frozen;
	for (size_t i = 0; i < hall->mark_count; i++)
		if (hall->days[i].date > frozen->to)
			frozen->to = hall->days[i].date;
	if (!frozen->to)
		return;
	snprintf(frozen->name, sizeof(frozen->name), "b%zu", w.ask_count % 4 ? w.ask_count : 0);
	frozen->from = 19700101;
	frozen->days = (int64_t)hall->mark_count;
	frozen->first_seq = 1;
	frozen->last_seq = (int64_t)hall_seq(hall);
	snprintf(frozen->rows, sizeof(frozen->rows), "%064zx", w.ask_count);
	snprintf(frozen->figures, sizeof(frozen->figures), "%064zx", w.ask_count + 1);
	frozen->figures_version = 1;
	frozen->parts = (int64_t)(w.ask_count % (CORE_MAX_BASELINE_PARTS + 1));
	for (size_t i = 0; i < CORE_MAX_BASELINE_PARTS; i++)
		strcpy(parts[i].text, "1=q0+q1;2=q1");
	command.u.freeze_baseline.parts = parts;
	ask_send(ask_new(&command));
}

void office(int64_t arg)
{
	agenda_in(EVERY_US, office, arg + 1);
	if (w.quiet)
		return;
	if (arg % FREEZE_EVERY == FREEZE_EVERY - 1 && w.keeper)
		freeze(keeper_hall(w.keeper));
	else
		file_online();
}
