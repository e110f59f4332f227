/* What left the daemon: answers, paper, everything that its subscribers were told. It outlives the
 * daemon's crashes, and the log must agree with it. */
#include <stdio.h>
#include <string.h>

#include "tests/whole-day/world.h"

void witness_reset(void)
{
	w.ticket_count = w.ask_count = 0;
	w.head_seq = 0;
}

static struct seen_ticket *find_id(int64_t id)
{
	for (size_t i = w.ticket_count; i-- > 0;)
		if (w.tickets[i].id == id)
			return &w.tickets[i];
	return NULL;
}

static struct seen_ticket *find_token(const char *token)
{
	for (size_t i = w.ticket_count; i-- > 0;)
		if (!strcmp(w.tickets[i].token, token))
			return &w.tickets[i];
	return NULL;
}

static void see_issue(const struct event_ticket_issued *issued, int64_t date)
{
	struct seen_ticket *ticket;

	if (find_id(issued->ticket))
		wrong("ticket %lld is issued twice", (long long)issued->ticket);
	for (size_t i = 0; i < w.ticket_count; i++)
		if (w.tickets[i].date == date && !strcmp(w.tickets[i].number, issued->number))
			wrong("number %s is given twice on %lld", issued->number, (long long)date);
	if (w.ticket_count == WORLD_MAX_TICKETS)
		wrong("the test keeps no more tickets");
	ticket = &w.tickets[w.ticket_count++];
	memset(ticket, 0, sizeof(*ticket));
	ticket->id = issued->ticket;
	ticket->date = date;
	memcpy(ticket->token, issued->token, sizeof(ticket->token));
	memcpy(ticket->number, issued->number, sizeof(ticket->number));
}

static void see_print(const struct event *event)
{
	struct seen_ticket *ticket = find_id(event->u.print.ticket);

	if (!ticket)
		wrong("a job prints ticket %lld, which nobody issued",
		      (long long)event->u.print.ticket);
	if (event->type == EVENT_PRINT_QUEUED)
		ticket->copies = (unsigned)event->u.print.copy;
	else if (event->type == EVENT_PRINT_STARTED)
		ticket->jobs_started++;
	else if (event->type == EVENT_PRINT_ENDED && event->u.print.outcome == PRINT_FAILED)
		ticket->jobs_failed++;
	else if (event->type == EVENT_PRINT_ENDED && event->u.print.outcome == PRINT_PRINTED)
		ticket->jobs_printed++;
	if (event->type == EVENT_PRINT_ENDED && event->u.print.cause != CAUSE_NONE) {
		ticket->jobs_failed--; /* it never began */
		w.expired++;
	}
	if (event->type == EVENT_PRINT_SETTLED)
		w.settled++;
}

/* A panel's own printer, if nothing was wrong with it for a while, prints its tickets. */
static void see_start(const struct event *event, const struct hall *hall)
{
	const struct job *job = hall_find_job(hall, event->u.print.job);
	int64_t quiet_us = w.now_us - 60 * S;
	unsigned panel = 0, printer = 0;
	const struct paper *own;

	if (!job || sscanf(job->by, "panel/panel-%u", &panel) != 1 ||
	    sscanf(event->u.print.printer, "printer-%u", &printer) != 1)
		return;
	own = &w.papers[panel - WORLD_WINDOWS - 1];
	if (own == &w.papers[printer - 1])
		return;
	w.failed_over++;
	if (own->well_us < quiet_us && w.started_us < quiet_us)
		wrong("%s of panel %u is printed by printer %u, and its own is well",
		      event->u.print.number, panel, printer);
}

/* By whose key it came. The events of one press have one moment, and the next press of a keypad
 * comes later: it waits until this one is answered. */
static struct end *keypad_of(const struct event *event)
{
	unsigned number;

	if (sscanf(event->by, "panel/panel-%u", &number) != 1 &&
	    sscanf(event->by, "keypad/keypad-%u", &number) != 1)
		return NULL;
	return number - 1 < WORLD_KEYPADS ? &w.ends[number - 1] : NULL;
}

void witness_event(const struct event *event, int64_t date)
{
	struct end *keypad = keypad_of(event);

	if (keypad && keypad->command_ms != event->at.mono_ms) {
		keypad->command_ms = event->at.mono_ms;
		keypad->commands++;
	}
	if (event->type == EVENT_TICKET_ISSUED && !strcmp(event->by, "api"))
		w.api_issued++;
	w.api_filed += event->type == EVENT_ONLINE_FILING;
	w.api_frozen += event->type == EVENT_BASELINE_FROZEN;
	if (event->type == EVENT_DAY_OPENED)
		w.day_counter = event->u.day_opened.counter;
	if (event->type == EVENT_TICKET_CALLED)
		w.call_seq[event->u.ticket_called.window] = event->seq;
	if (event->type == EVENT_TICKET_RECALLED)
		w.call_seq[event->u.ticket_recalled.window] = event->seq;
	if (event->type == EVENT_DAEMON_STARTED &&
	    strcmp(w.boot, event->u.daemon_started.boot) != 0) {
		memcpy(w.boot, event->u.daemon_started.boot, sizeof(w.boot));
		w.boot_seq = event->seq;
	}
	if (event->type == EVENT_TICKET_ISSUED)
		see_issue(&event->u.ticket_issued, date);
	else if (event->type >= EVENT_PRINT_QUEUED && event->type <= EVENT_PRINT_SETTLED)
		see_print(event);
}

static void on_event(void *user, const struct event *event, const struct hall *durable)
{
	struct store_state state;

	(void)user;
	keeper_get_state(w.keeper, &state);
	if (event->seq > state.durable_seq)
		wrong("event %llu is told before it is durable", (unsigned long long)event->seq);
	if (event->seq <= w.seen_seq)
		return; /* folded from the log at the start already */
	w.seen_seq = event->seq;
	witness_event(event, hall_day(durable));
	if (event->type == EVENT_PRINT_STARTED)
		see_start(event, durable);
	if (w.doom > DOOM_SILENT && keypad_of(event))
		w.doomed = true;
}

void witness_subscribe(void)
{
	if (keeper_subscribe(w.keeper, on_event, NULL) < 0)
		wrong("the keeper takes no subscriber");
}

void witness_turn(void)
{
	struct store_state state;

	keeper_get_state(w.keeper, &state);
	w.head_seq = state.durable_seq;
	memcpy(w.head, state.head, sizeof(w.head));
}

void witness_qr(const char *token)
{
	struct seen_ticket *ticket = find_token(token);

	if (!ticket)
		wrong("a ticket is being printed that is not durable");
	if (!ticket->jobs_started)
		wrong("%s is being printed, but no start of a job is durable", ticket->number);
}

void witness_page(const char *token)
{
	struct seen_ticket *ticket = find_token(token);

	if (!ticket)
		wrong("a ticket came out that is not durable");
	if (++ticket->pages > ticket->jobs_started)
		wrong("%s came out %u times for %u jobs", ticket->number, ticket->pages,
		      ticket->jobs_started);
	if (ticket->pages > ticket->copies)
		wrong("%s came out %u times, and was wanted %u times", ticket->number,
		      ticket->pages, ticket->copies);
}

unsigned witness_pages(const char *token)
{
	const struct seen_ticket *ticket = find_token(token);

	return ticket ? ticket->pages : 0;
}

void witness_unsettled(const char *token)
{
	const struct seen_ticket *ticket = find_token(token);

	if (ticket && !ticket->told)
		wrong("nobody is told that the paper of %s is unknown", ticket->number);
}

void witness_told(const char *message)
{
	char number[CORE_NUMBER_SIZE];

	if (!strstr(message, "nobody knows") || sscanf(message, "%11s", number) != 1)
		return;
	for (size_t i = 0; i < w.ticket_count; i++)
		if (!strcmp(w.tickets[i].number, number))
			w.tickets[i].told = true;
}

/* ---- programs that ask ---- */

static void on_answer(void *user, const struct keeper_reply *reply)
{
	struct ask *ask = &w.asks[(size_t)(uintptr_t)user];
	struct store_state state;

	if (ask->answered && !ask->repeat)
		wrong("%s is answered twice", ask->id);
	if (reply->status == KEEPER_UNKNOWN)
		return; /* asked again after the restart */
	if (reply->status == KEEPER_UNAVAILABLE) {
		ask->asked = ask->repeat = false; /* and again a little later */
		w.refused_writes++;
		return;
	}
	keeper_get_state(w.keeper, &state);
	for (size_t i = 0; i < reply->count; i++)
		if (reply->events[i].seq > state.durable_seq)
			wrong("%s is answered before it is durable", ask->id);
	if (ask->repeat) {
		if (!reply->repeated || reply->count != ask->count ||
		    (reply->count && reply->events[0].seq != ask->first_seq))
			wrong("%s, asked again, got another answer", ask->id);
		ask->repeat = false;
		return;
	}
	ask->answered = true;
	ask->status = reply->status;
	ask->count = reply->count;
	ask->first_seq = reply->count ? reply->events[0].seq : 0;
}

size_t ask_new(const struct command *command)
{
	struct ask *ask = &w.asks[w.ask_count];

	if (w.ask_count == WORLD_MAX_ASKS)
		wrong("the test keeps no more requests");
	memset(ask, 0, sizeof(*ask));
	ask->command = *command;
	ask->day = w.day_counter;
	snprintf(ask->id, sizeof(ask->id), "ask-%zu", w.ask_count);
	return w.ask_count++;
}

void ask_send(size_t index)
{
	struct ask *ask = &w.asks[index];

	if (!w.keeper)
		return;
	process_stamp(&ask->command.at);
	if (ask->command.type == COMMAND_ISSUE)
		ask->command.u.issue.arrival_ms = ask->command.at.mono_ms;
	ask->asked = true;
	ask->process = w.processes;
	if (keeper_submit(w.keeper, &ask->command, ask->id, ask->id, strlen(ask->id), on_answer,
			  (void *)(uintptr_t)index) < 0)
		ask->asked = false;
}

void asks_repeat(void)
{
	for (size_t i = 0; i < w.ask_count; i++) {
		struct ask *ask = &w.asks[i];

		if (ask->repeat && ask->process != w.processes)
			ask->repeat = false; /* the answer went with the process */
		if (!ask->answered && (!ask->asked || ask->process != w.processes))
			ask_send(i);
	}
}

void ask_twice(size_t index)
{
	struct ask *ask = &w.asks[index];

	if (!ask->answered || ask->repeat || ask->status != KEEPER_DONE || !ask->count)
		return;
	/* Ids are kept for two service days; a third may be on its way to the disk. */
	if (!w.keeper || ask->day < w.day_counter - keeper_idle(w.keeper))
		return;
	ask->repeat = true;
	ask_send(index);
	if (!ask->asked)
		ask->repeat = false;
	ask->asked = true;
}
