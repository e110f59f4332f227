/* Random commands, by dice and the state of the hall. */
#include "tests/unit/core/generate.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/core/generate_private.h"
#include "tests/unit/core/world.h"

static void let_pass(struct generator *generator, int64_t ms)
{
	generator->mono_ms += ms;
}

/* Mostly another boot: its monotonic clock begins anew, the wall clock has gone on, or not. */
static void start_daemon(struct generator *generator, struct command *ret)
{
	if (chance(generator, 60)) {
		int64_t gap = chance(generator, 80) ? below(generator, 60000)
						    : SOME(generator, -5000, 40000000, 100000000);
		int64_t now = generator->base_ms + generator->mono_ms + gap;

		generator->boots++;
		generator->mono_ms = below(generator, 5000);
		generator->base_ms = now - generator->mono_ms;
	}
	*ret = world_command(COMMAND_START_DAEMON, generator->mono_ms);
	snprintf(ret->u.start_daemon.boot, sizeof(ret->u.start_daemon.boot), "boot-%d",
		 (int)generator->boots);
	strcpy(ret->u.start_daemon.software, "onewindow test");
}

/* Back to the right time, or away from it. */
static void step_clock(struct generator *generator, struct command *ret)
{
	int64_t step = SOME(generator, 0, 1, -1000, 1000, 60000, -60000, 3600000, -3600000,
			    315360000000, -315360000000);

	if (generator->skew_ms && chance(generator, 60))
		step = -generator->skew_ms;
	if (generator->steady)
		step = 0;
	generator->skew_ms += step;
	*ret = world_command(COMMAND_STEP_CLOCK, generator->mono_ms);
	ret->u.step_clock.step_ms = step;
	if (chance(generator, 10))
		generator->offset_min = SOME(generator, 480, 540, 0, -300);
}

static void restore_log(struct generator *generator, struct command *ret)
{
	*ret = world_command(COMMAND_RESTORE_LOG, generator->mono_ms);
	snprintf(ret->u.restore_log.epoch, CORE_TOKEN_SIZE, "%032llx",
		 (unsigned long long)++generator->tokens);
	snprintf(ret->u.restore_log.before, CORE_TOKEN_SIZE, "%032x", 0);
}

/* The next day comes after a night. */
static void open_day(struct generator *generator, const struct hall *hall, struct command *ret)
{
	static const int64_t dates[] = {20260105, 20260106, 20260107, 20260108,
					20260306, 20260307, 20360101};

	if (!hall_day(hall) && chance(generator, 60) && generator->date < 20260128) {
		int64_t morning = world_stamp(0).wall_ms +
				  (++generator->date - 20260105) * 86400000 +
				  below(generator, 60000);

		if (morning > generator->base_ms + generator->mono_ms)
			let_pass(generator, morning - generator->base_ms - generator->mono_ms);
	}
	*ret = world_open(generator->mono_ms,
			  chance(generator, 80) ? generator->date : ONE_OF(generator, dates));
	ret->u.open_day.operator_word = chance(generator, 60);
}

/* Around now, mostly to come. */
static void make_appointment(struct generator *generator, struct command *ret)
{
	ret->u.issue.slot_from = wall_ms(generator) + (below(generator, 7) - 4) * 15000;
	ret->u.issue.slot_to = ret->u.issue.slot_from + below(generator, 60000);
	if (chance(generator, 2))
		ret->u.issue.slot_to = ret->u.issue.slot_from - 1;
}

/* From the block of the queue, if it has one; taken before this boot, perhaps. */
static void enter_paper(struct generator *generator, const struct hall *hall, struct command *ret)
{
	const struct queue *queue = hall_find_queue(hall, ret->u.issue.queue);
	int64_t first = queue && queue->def.paper_first ? queue->def.paper_first : 1;

	ret->u.issue.origin = ORIGIN_PAPER;
	ret->u.issue.paper_number = first + below(generator, 14);
	if (chance(generator, 60))
		ret->u.issue.arrival_ms -= below(generator, 600000);
	if (chance(generator, 2))
		ret->u.issue.arrival_ms = generator->mono_ms - 86400001;
}

static void spoil_issue(struct generator *generator, struct command *ret)
{
	if (chance(generator, 2))
		ret->u.issue.class = below(generator, 9) - 3;
	if (chance(generator, 2))
		ret->u.issue.origin = below(generator, 12) - 3;
	if (chance(generator, 2))
		ret->u.issue.arrival_ms = generator->mono_ms + 1 + below(generator, 9);
	if (chance(generator, 2))
		ret->u.issue.token[below(generator, 32)] = 'X';
}

static void issue(struct generator *generator, const struct hall *hall, struct command *ret)
{
	int64_t back = chance(generator, 60) ? 0 : below(generator, 4000);

	*ret = world_issue(generator->mono_ms, ONE_OF(generator, queue_ids),
			   (enum ticket_class)(chance(generator, 45)
						       ? CLASS_ORDINARY
						       : below(generator, CLASS_COUNT)));
	snprintf(ret->u.issue.token, sizeof(ret->u.issue.token), "%032llx",
		 (unsigned long long)++generator->tokens);
	ret->u.issue.large = generator->tokens % 3 == 0;
	if (back < ret->u.issue.arrival_ms)
		ret->u.issue.arrival_ms -= back;
	ret->u.issue.origin = below(generator, ORIGIN_COUNT);
	ret->u.issue.pre_reviewed = chance(generator, 10);
	ret->u.issue.print = chance(generator, 50);
	if (chance(generator, 10))
		SET(ret->u.issue.printer, chance(generator, 90) ? "hall-2" : "Hall 2");
	if ((ret->u.issue.class == CLASS_APPOINTMENT && chance(generator, 80)) ||
	    chance(generator, 2))
		make_appointment(generator, ret);
	if (chance(generator, 12))
		enter_paper(generator, hall, ret);
	if (chance(generator, 40))
		SET(ret->u.issue.item, ONE_OF(generator, item_ids));
	if (ret->u.issue.item[0] && chance(generator, 50))
		ret->u.issue.queue[0] = '\0';
	if (chance(generator, 2))
		ret->u.issue.queue[0] = '\0';
	if (chance(generator, 10))
		strcpy(ret->u.issue.case_ref, "案\"2026\\1\"");
	spoil_issue(generator, ret);
}

/* One of today's tickets, often the one that was parked or set aside, rarely none. */
static int64_t some_ticket(struct generator *generator, const struct hall *hall, bool away)
{
	int64_t count = (int64_t)hall_ticket_count(hall);
	const struct ticket *ticket = NULL;

	if (count == 0 || chance(generator, 4))
		return below(generator, 50);
	for (int tries = 0; tries < 12; tries++) {
		ticket = hall_ticket(hall, (size_t)below(generator, count));
		if (!away || ticket->state == TICKET_PARKED || ticket->state == TICKET_NO_SHOW)
			break;
	}
	return ticket->id;
}

static const char *const odd_numbers[] = {"", "A", "0", "a1", "12A", "A0000000012", "10000", "B 1"};

/* As on a ticket of today, or its figures alone, or nonsense. */
static void name_number(struct generator *generator, const struct hall *hall, struct command *ret)
{
	const struct ticket *ticket =
		hall_find_ticket(hall, some_ticket(generator, hall, chance(generator, 20)));
	const char *number = ticket ? ticket->number : "A001";

	if (chance(generator, 70))
		number += strcspn(number, "0123456789");
	if (chance(generator, 20))
		number += strspn(number, "0");
	SET(ret->u.at_window.number, number);
	if (chance(generator, 4))
		SET(ret->u.at_window.number, ONE_OF(generator, odd_numbers));
}

static void at_window(struct generator *generator, const struct hall *hall, enum command_type type,
		      struct command *ret)
{
	*ret = world_at(generator->mono_ms, type, 1 + below(generator, 4));
	if (chance(generator, 2))
		ret->u.at_window.window = below(generator, 3) * 500;
	if (type == COMMAND_SIGN_IN)
		snprintf(ret->u.at_window.clerk, sizeof(ret->u.at_window.clerk), "%s",
			 chance(generator, 5) ? "Mr Li" : ONE_OF(generator, clerks));
	ret->u.at_window.correction = type == COMMAND_PARK && chance(generator, 40);
	if (type == COMMAND_TRANSFER)
		snprintf(ret->u.at_window.queue, sizeof(ret->u.at_window.queue), "%s",
			 ONE_OF(generator, queue_ids));
	if (type == COMMAND_CALL_NUMBER)
		name_number(generator, hall, ret);
	if (type != COMMAND_RESUME && type != COMMAND_TRANSFER && type != COMMAND_CANCEL)
		return;
	if (chance(generator, 50))
		ret->u.at_window.window = 0;
	if (type == COMMAND_RESUME || !ret->u.at_window.window || chance(generator, 20))
		ret->u.at_window.ticket = some_ticket(generator, hall, type == COMMAND_RESUME);
}

static int64_t some_job(struct generator *generator, const struct hall *hall, enum job_state state)
{
	for (size_t i = 0; i < hall_job_count(hall) && chance(generator, 90); i++)
		if (hall_job(hall, i)->state == state)
			return hall_job(hall, i)->id;
	return below(generator, 40);
}

static int64_t unknown_job(struct generator *generator, const struct hall *hall)
{
	for (size_t i = 0; i < hall_job_count(hall) && chance(generator, 95); i++)
		if (hall_job_is_unsettled(hall, hall_job(hall, i)) && chance(generator, 60))
			return hall_job(hall, i)->id;
	return some_job(generator, hall, JOB_ENDED);
}

/* Mostly one or two at once, often none. */
static void printer_conditions(struct generator *generator, struct command *ret)
{
	*ret = world_command(COMMAND_PRINTER_CONDITIONS, generator->mono_ms);
	snprintf(ret->u.printer_conditions.printer, CORE_ID_SIZE, "%s-%d",
		 chance(generator, 95) ? "hall" : "H", (int)below(generator, 3) + 1);
	for (int i = (int)below(generator, 3); i > 0; i--)
		ret->u.printer_conditions.conditions |= INT64_C(1) << below(generator, 7);
	if (chance(generator, 3))
		ret->u.printer_conditions.conditions = SOME(generator, -1, 128, INT64_MIN);
}

static void print(struct generator *generator, const struct hall *hall, enum command_type type,
		  struct command *ret)
{
	*ret = world_command(type, generator->mono_ms);
	if (type == COMMAND_REPRINT) {
		ret->u.print.ticket = some_ticket(generator, hall, false);
		if (chance(generator, 20))
			SET(ret->u.print.printer, chance(generator, 80) ? "hall-2" : "-");
		/* By the clock, which nothing else goes by. */
		if (generator->mono_ms % 2)
			ret->u.print.large = generator->mono_ms / 2 % 16
						     ? 1 + generator->mono_ms / 32 % 2
						     : 3 - generator->mono_ms / 32 % 2 * 4;
		return;
	}
	if (type == COMMAND_PRINT_SETTLE) {
		ret->u.print.job = unknown_job(generator, hall);
		ret->u.print.outcome =
			chance(generator, 90) ? SOME(generator, 0, 3) : below(generator, 7) - 1;
		return;
	}
	ret->u.print.job =
		some_job(generator, hall,
			 type == COMMAND_PRINT_END && chance(generator, 80) ? JOB_STARTED
									    : JOB_QUEUED);
	strcpy(ret->u.print.printer, "hall-1");
	if (chance(generator, 10))
		ret->u.print.printer[0] = chance(generator, 50) ? '\0' : 'H';
	ret->u.print.outcome =
		below(generator, PRINT_OUTCOME_COUNT + (chance(generator, 5) ? 1 : 0));
	if (chance(generator, 30))
		strcpy(ret->u.print.detail, "缺纸 \"paper out\"");
}

/* The first steps set a hall up; each may be missing. */
static bool set_up(struct generator *generator, struct command *ret)
{
	int32_t step = generator->step++;

	if (step == 0) {
		start_daemon(generator, ret);
	} else if (step <= 4) {
		*ret = world_queue(generator->mono_ms, queue_ids[step - 1], prefixes[step - 1], 1,
				   chance(generator, 60) ? 999 : 3 + below(generator, 9));
		if (chance(generator, 50))
			extend_queue(generator, &ret->u.define_queue);
	} else if (step <= 8) {
		static const char *const lists[] = {"general,issue", "issue,general",
						    "trouble,general,guide", "guide"};

		*ret = world_window(generator->mono_ms, step - 4, lists[step - 5]);
	} else if (step <= 10) {
		define_item(generator, ret);
	} else if (step <= 12) {
		define_clerk(generator, ret);
	} else if (step == 13 && chance(generator, 80)) {
		define_policy(generator, ret);
	} else if (step <= 14) {
		*ret = world_open(generator->mono_ms, generator->date);
	} else if (step <= 16) {
		*ret = world_at(generator->mono_ms, COMMAND_SIGN_IN, step - 14);
		SET(ret->u.at_window.clerk, clerks[step - 15]);
	} else {
		return false;
	}
	return true;
}

static const struct {
	int weight;
	enum command_type type;
} wishes[] = {
	{44, COMMAND_ISSUE},
	{24, COMMAND_CALL_NEXT},
	{14, COMMAND_START},
	{8, COMMAND_FINISH},
	{3, COMMAND_RECALL},
	{10, COMMAND_NO_SHOW},
	{5, COMMAND_PARK},
	{8, COMMAND_RESUME},
	{7, COMMAND_TRANSFER},
	{4, COMMAND_CANCEL},
	{2, COMMAND_PAUSE},
	{4, COMMAND_REOPEN},
	{3, COMMAND_SIGN_IN},
	{2, COMMAND_SIGN_OUT},
	{5, COMMAND_PRINT_START},
	{5, COMMAND_PRINT_END},
	{3, COMMAND_REPRINT},
	{1, COMMAND_DEFINE_HALL},
	{3, COMMAND_DEFINE_QUEUE},
	{2, COMMAND_DEFINE_WINDOW},
	{2, COMMAND_DEFINE_ITEM},
	{2, COMMAND_DEFINE_CLERK},
	{2, COMMAND_DEFINE_POLICY},
	{2, COMMAND_START_DAEMON},
	{1, COMMAND_OPEN_DAY},
	{1, COMMAND_CLOSE_DAY},
	{2, COMMAND_STEP_CLOCK},
	{1, COMMAND_RESTORE_LOG},
	{4, COMMAND_EXPIRE},
	{3, COMMAND_PRINT_SETTLE},
	{3, COMMAND_PRINTER_CONDITIONS},
	/* Only where generator->more, so that the days of all other seeds stay what they were. */
	{24, COMMAND_CALL_NUMBER},
	{4, COMMAND_HELP},
	{4, COMMAND_HELP_OVER},
	{8, COMMAND_ASK_RATING},
};
enum { MORE_WISHES = 4 };

static enum command_type some_wish(struct generator *generator)
{
	size_t count = sizeof(wishes) / sizeof(wishes[0]) - (generator->more ? 0 : MORE_WISHES);
	int64_t total = 0, at;

	for (size_t i = 0; i < count; i++)
		total += wishes[i].weight;
	at = below(generator, total);
	for (size_t i = 0;; i++) {
		at -= wishes[i].weight;
		if (at < 0)
			return wishes[i].type;
	}
}

/* What makes sense at a window as it is. */
static void at_fitting_window(struct generator *generator, const struct hall *hall,
			      struct command *ret)
{
	static const enum command_type called[] = {COMMAND_START, COMMAND_START,
						   COMMAND_START, COMMAND_NO_SHOW,
						   COMMAND_PARK,  COMMAND_TRANSFER};
	static const enum command_type serving[] = {COMMAND_CALL_NEXT, COMMAND_CALL_NEXT,
						    COMMAND_FINISH, COMMAND_TRANSFER, COMMAND_PARK};
	static const enum command_type idle[] = {COMMAND_CALL_NEXT, COMMAND_CALL_NEXT,
						 COMMAND_CALL_NEXT, COMMAND_RESUME};
	int64_t number = 1 + below(generator, 4);
	const struct window *window = hall_find_window(hall, number);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;
	enum command_type type = ONE_OF(generator, idle);

	if (ticket && ticket->state == TICKET_CALLED)
		type = ONE_OF(generator, called);
	else if (ticket)
		type = ONE_OF(generator, serving);
	if (generator->more && type == COMMAND_CALL_NEXT && chance(generator, 50))
		type = COMMAND_CALL_NUMBER;
	if (window && window->paused)
		type = COMMAND_REOPEN;
	at_window(generator, hall, type, ret);
	if (ret->u.at_window.window)
		ret->u.at_window.window = number;
}

static void make(struct generator *generator, const struct hall *hall, struct command *ret)
{
	enum command_type type;

	type = some_wish(generator);
	if (generator->cases && chance(generator, 6))
		type = chance(generator, 50) ? COMMAND_FILE_ONLINE : COMMAND_FREEZE_BASELINE;
	if (!hall_day(hall) && chance(generator, 30))
		type = COMMAND_OPEN_DAY;
	switch (type) {
	case COMMAND_START_DAEMON: start_daemon(generator, ret); break;
	case COMMAND_DEFINE_HALL: define_hall(generator, ret); break;
	case COMMAND_DEFINE_QUEUE: define_queue(generator, ret); break;
	case COMMAND_DEFINE_WINDOW: define_window(generator, ret); break;
	case COMMAND_DEFINE_ITEM: define_item(generator, ret); break;
	case COMMAND_DEFINE_POLICY: define_policy(generator, ret); break;
	case COMMAND_DEFINE_CLERK: define_clerk(generator, ret); break;
	case COMMAND_STEP_CLOCK: step_clock(generator, ret); break;
	case COMMAND_RESTORE_LOG: restore_log(generator, ret); break;
	case COMMAND_OPEN_DAY: open_day(generator, hall, ret); break;
	case COMMAND_EXPIRE:
	case COMMAND_CLOSE_DAY: *ret = world_command(type, generator->mono_ms); break;
	case COMMAND_ISSUE: issue(generator, hall, ret); break;
	case COMMAND_PRINTER_CONDITIONS: printer_conditions(generator, ret); break;
	case COMMAND_FILE_ONLINE: file_online(generator, ret); break;
	case COMMAND_FREEZE_BASELINE: freeze_baseline(generator, hall, ret); break;
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_PRINT_SETTLE:
	case COMMAND_REPRINT: print(generator, hall, type, ret); break;
	default:
		if (chance(generator, 60))
			at_fitting_window(generator, hall, ret);
		else
			at_window(generator, hall, type, ret);
	}
}

void generate(struct generator *generator, const struct hall *hall, struct command *ret)
{
	int64_t late;

	if (chance(generator, 70))
		let_pass(generator,
			 chance(generator, 98) ? below(generator, 3000) : below(generator, 600000));
	if (!set_up(generator, ret))
		make(generator, hall, ret);
	ret->at.wall_ms = wall_ms(generator);
	ret->at.offset_min = generator->offset_min;
	/* Some reach the hall late. */
	late = chance(generator, 3) ? 1 + below(generator, 8000) : 0;
	if (generator->step > 14)
		ret->at.mono_ms -= late;
}
