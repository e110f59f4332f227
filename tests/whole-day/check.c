/* The invariants. Whatever happened: nothing that was seen outside is missing in the log, the log
 * replays to the state that the daemon had, and a hall left in peace comes to rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/report.h"
#include "tests/fault/alloc.h"
#include "tests/whole-day/world.h"

struct walk {
	struct hall *hall;
	uint64_t until;
	bool head_found;
};

static int walk_row(void *user, const struct store_row *row)
{
	struct walk *walk = user;
	int64_t day;

	if (row->event.seq == w.head_seq) {
		walk->head_found = true;
		if (memcmp(row->hash, w.head, sizeof(w.head)))
			wrong("event %llu is not the one that was seen",
			      (unsigned long long)row->event.seq);
	}
	if (row->event.seq > walk->until)
		return 0;
	if (row->event.seq != hall_seq(walk->hall) + 1)
		return 0;
	if (hall_apply(walk->hall, &row->event) < 0)
		wrong("event %llu does not fit", (unsigned long long)row->event.seq);
	day = hall_day(walk->hall);
	if (row->event.seq > w.seen_seq) {
		w.seen_seq = row->event.seq;
		witness_event(&row->event, day);
	}
	return 0;
}

static struct store_reader *open_reader(void)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";

	if (store_reader_open(&reader, w.log_path, error) < 0)
		wrong("the log cannot be read: %s", error);
	return reader;
}

void check_log(const char *when)
{
	struct store_reader *reader;
	struct walk walk = {.hall = w.replay, .until = hall_seq(w.durable)};
	const char *broken;
	uint64_t from = hall_seq(w.replay) + 1;

	alloc_hold();
	reader = open_reader();
	if (w.head_seq && w.head_seq < from)
		from = w.head_seq;
	if (store_reader_each(reader, from, UINT64_MAX, walk_row, &walk) < 0)
		wrong("%s: the log cannot be read", when);
	if (w.head_seq && !walk.head_found)
		wrong("%s: event %llu was seen and is gone", when, (unsigned long long)w.head_seq);
	if (!hall_equal(w.replay, w.durable))
		wrong("%s: the log does not replay to the state that the daemon had", when);
	if (hall_copy(w.scratch, w.replay) < 0)
		wrong("out of memory");
	walk = (struct walk){.hall = w.scratch, .until = UINT64_MAX};
	from = hall_seq(w.scratch) + 1;
	if (store_reader_each(reader, from, UINT64_MAX, walk_row, &walk) < 0)
		wrong("%s: the log cannot be read", when);
	store_reader_close(reader);
	if (w.keeper && !hall_equal(w.scratch, keeper_hall(w.keeper)))
		wrong("%s: the daemon's state is not that of the log", when);
	broken = hall_check(w.scratch);
	if (broken)
		wrong("%s: %s", when, broken);
	alloc_go_on();
}

/* ---- at rest ---- */

static void check_keypad(size_t index)
{
	const struct end *end = &w.ends[index];
	const struct hall *hall = keeper_hall(w.keeper);
	const struct window *window = hall_find_window(hall, (int64_t)index + 1);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;
	char number[9];

	if (end->keypad.queued)
		wrong("keypad %zu still holds %u presses", index + 1, end->keypad.queued);
	keypad_number(&end->keypad, number);
	number[strcspn(number, " ")] = '\0';
	if (index < WORLD_WINDOWS && strcmp(number, ticket ? ticket->number : ""))
		wrong("keypad %zu shows \"%s\" instead of \"%s\"", index + 1, number,
		      ticket ? ticket->number : "");
	/* One press is one command, also if it was told again after a crash. Of the presses that
	 * went with the keypad's power only the first can have been told. */
	if (end->commands < end->done || end->commands > end->done + end->lost_first)
		wrong("keypad %zu: %llu presses are answered as done, %llu more may have been, and "
		      "the log has %llu commands",
		      index + 1, (unsigned long long)end->done, (unsigned long long)end->lost_first,
		      (unsigned long long)end->commands);
}

static void check_asks(void)
{
	uint64_t issued = 0, filed = 0, frozen = 0;

	for (size_t i = 0; i < w.ask_count; i++) {
		if (!w.asks[i].answered)
			wrong("%s is not answered", w.asks[i].id);
		issued +=
			w.asks[i].command.type == COMMAND_ISSUE && w.asks[i].status == KEEPER_DONE;
		filed += w.asks[i].command.type == COMMAND_FILE_ONLINE &&
			 w.asks[i].status == KEEPER_DONE;
		frozen += w.asks[i].command.type == COMMAND_FREEZE_BASELINE &&
			  w.asks[i].status == KEEPER_DONE;
	}
	if (filed != w.api_filed)
		wrong("%llu filings are answered as done, %llu are in the log",
		      (unsigned long long)filed, (unsigned long long)w.api_filed);
	if (frozen != w.api_frozen || frozen != hall_baseline_count(keeper_hall(w.keeper)))
		wrong("%llu freezes are answered as done, %llu are in the log, and the hall has "
		      "%zu",
		      (unsigned long long)frozen, (unsigned long long)w.api_frozen,
		      hall_baseline_count(keeper_hall(w.keeper)));
	if (issued != w.api_issued)
		wrong("%llu requests for a ticket are answered as done, %llu tickets are in the "
		      "log",
		      (unsigned long long)issued, (unsigned long long)w.api_issued);
}

/* No paper is lost without a word: a job that failed had three tries, or was of no use any more;
 * of one that nobody knows of people are told. */
static void check_job(const struct hall *hall, const struct job *job)
{
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);
	bool waits = ticket->state == TICKET_WAITING || ticket->state == TICKET_CALLED ||
		     ticket->state == TICKET_NO_SHOW;

	if (job->state == JOB_ENDED && job->outcome == PRINT_FAILED && ticket->job == job->id &&
	    job->cause == CAUSE_NONE && !job->settled && job->tries < CORE_MAX_PRINT_TRIES &&
	    job->waited_ms < hall_policy(hall)->print_ms && waits)
		wrong("the paper of %s is given up after %d tries", ticket->number,
		      (int)job->tries);
	if (hall_job_is_unsettled(hall, job))
		witness_unsettled(ticket->token);
}

static void check_paper(void)
{
	const struct hall *hall = keeper_hall(w.keeper);

	for (size_t i = 0; i < hall_job_count(hall); i++)
		if (hall_job(hall, i)->state == JOB_QUEUED)
			wrong("job %lld is still queued", (long long)hall_job(hall, i)->id);
	for (size_t i = 0; i < hall_job_count(hall); i++)
		check_job(hall, hall_job(hall, i));
	for (size_t i = 0; i < w.ticket_count; i++) {
		const struct seen_ticket *ticket = &w.tickets[i];

		if (ticket->pages < ticket->jobs_printed)
			wrong("%s is said to be printed %u times, %u came out", ticket->number,
			      ticket->jobs_printed, ticket->pages);
		if (ticket->pages > ticket->jobs_started - ticket->jobs_failed)
			wrong("%s is said not to be printed, and came out", ticket->number);
	}
}

void check_quiet(const char *when)
{
	struct store_state state;

	tell("%s", when);
	if (!w.keeper)
		wrong("%s: the daemon does not run", when);
	keeper_get_state(w.keeper, &state);
	if (!keeper_idle(w.keeper) || state.health != STORE_OK)
		wrong("%s: the disk is well, but the log takes nothing: %s", when, state.detail);
	for (size_t i = 0; i < devices_count(w.devices); i++) {
		struct devices_status status;
		unsigned number;

		devices_get_status(w.devices, i, &status);
		if (status.class == DEVICE_BOARD && sscanf(status.id, "board-%u", &number) == 1)
			check_board(&status, &w.ends[WORLD_KEYPADS + number - 1]);
		if (status.health != HEALTH_OK)
			wrong("%s is not well: %s %s", status.id, device_health_name(status.health),
			      status.detail);
	}
	for (size_t i = 0; i < WORLD_KEYPADS; i++)
		check_keypad(i);
	check_asks();
	check_paper();
}

/* ---- at the end ---- */

static void check_figures(const struct measure_figures *f)
{
	if (f->sum_ms < 0 || f->max_ms < 0 || f->p50_s < -1 || f->within > f->decided)
		wrong("the report has a negative duration");
	/* A clock that was wrong from the boot on is believed across that boot. */
	if (!w.wrong_boots && f->max_ms > w.now_us / MS)
		wrong("the report has a wait of %lld s, this world is younger",
		      (long long)f->max_ms / 1000);
	if (f->legs != f->called + f->excluded + f->waiting + f->cancelled + f->uncalled + f->moved)
		wrong("the report loses a stay: %lld of %lld legs",
		      (long long)(f->called + f->excluded + f->waiting + f->cancelled +
				  f->uncalled + f->moved),
		      (long long)f->legs);
}

void check_end(void)
{
	struct measure_options options = {0};
	struct store_reader *reader = open_reader();
	struct measure_report *report = NULL;

	if (measure_read(reader, &options, &report) < 0)
		wrong("the log cannot be measured");
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind != MEASURE_WINDOW &&
		    report->groups[i].kind != MEASURE_CLERK)
			check_figures(&report->groups[i].figures);
	if (report->group_count && report->groups[0].figures.issued != (int64_t)w.ticket_count)
		wrong("the report knows %lld tickets of %zu",
		      (long long)report->groups[0].figures.issued, w.ticket_count);
	measure_report_free(report);
	store_reader_close(reader);
}
