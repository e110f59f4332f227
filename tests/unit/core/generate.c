/* Random commands. The dice are xoshiro256** seeded by SplitMix64 (Blackman and Vigna, public
 * domain), so a seed means the same on every machine. */
#include "tests/unit/core/generate.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/core/world.h"

static uint64_t rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t roll(struct generator *generator)
{
	uint64_t *s = generator->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

static int64_t below(struct generator *generator, int64_t n)
{
	return (int64_t)(roll(generator) % (uint64_t)n);
}

static bool chance(struct generator *generator, int64_t percent)
{
	return below(generator, 100) < percent;
}

void generator_init(struct generator *generator, uint64_t seed)
{
	memset(generator, 0, sizeof(*generator));
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		generator->state[i] = z ^ z >> 31;
	}
	generator->mono_ms = 1000;
	generator->date = 20260105;
}

static const char *const queue_ids[] = {"general", "issue", "trouble", "guide"};
static const char *const prefixes[] = {"A", "B", "C", "AB"};
static const char *const item_ids[] = {"passport", "tax", "marriage"};
static const char *const clerks[] = {"li", "wang", "zhao.m"};

#define ONE_OF(generator, list) list[below(generator, sizeof(list) / sizeof((list)[0]))]

static void define_queue(struct generator *generator, struct command *ret)
{
	int64_t first = chance(generator, 70) ? 1 : 1 + below(generator, 50);
	int64_t last = first + (chance(generator, 60) ? 900 : below(generator, 12));
	int64_t at = below(generator, 4);
	/* Mostly each its own, so that definitions are done; else a prefix moves. */
	const char *prefix = chance(generator, 70) ? prefixes[at] : ONE_OF(generator, prefixes);

	*ret = world_queue(generator->mono_ms, queue_ids[at], prefix, first, last);
	ret->u.define_queue.retired = chance(generator, 25);
}

static void define_window(struct generator *generator, struct command *ret)
{
	static const char *const lists[] = {"general",	      "general,issue",
					    "issue,general",  "guide,trouble",
					    "trouble",	      "issue,trouble,general",
					    "general,nobody", "guide,guide",
					    "general,"};

	*ret = world_window(generator->mono_ms, 1 + below(generator, 4), ONE_OF(generator, lists));
	ret->u.define_window.retired = chance(generator, 10);
}

static void define_item(struct generator *generator, struct command *ret)
{
	*ret = world_item(generator->mono_ms, ONE_OF(generator, item_ids),
			  ONE_OF(generator, queue_ids));
	ret->u.define_item.retired = chance(generator, 15);
}

static void define_hall(struct generator *generator, struct command *ret)
{
	*ret = world_command(COMMAND_DEFINE_HALL, generator->mono_ms);
	strcpy(ret->u.define_hall.id, "hall");
	strcpy(ret->u.define_hall.zh, "政务服务大厅");
	strcpy(ret->u.define_hall.en, "Hall");
	strcpy(ret->u.define_hall.zone, "Asia/Shanghai");
	ret->u.define_hall.target_ms = 60000 * (1 + below(generator, 3));
}

static void start_daemon(struct generator *generator, struct command *ret)
{
	if (chance(generator, 60)) {
		generator->boots++;
		generator->mono_ms = below(generator, 5000);
	}
	*ret = world_command(COMMAND_START_DAEMON, generator->mono_ms);
	snprintf(ret->u.start_daemon.boot, sizeof(ret->u.start_daemon.boot), "boot-%d",
		 (int)generator->boots);
	strcpy(ret->u.start_daemon.software, "onewindow test");
}

static void open_day(struct generator *generator, struct command *ret)
{
	static const int64_t dates[] = {20260105, 20260106, 20260107, 20260108, 20360101};

	if (chance(generator, 60) && generator->date < 20260128)
		generator->date++;
	*ret = world_open(generator->mono_ms,
			  chance(generator, 70) ? generator->date : ONE_OF(generator, dates));
	ret->u.open_day.operator_word = chance(generator, 60);
}

static void issue(struct generator *generator, struct command *ret)
{
	int64_t back = chance(generator, 60) ? 0 : below(generator, 4000);

	*ret = world_issue(generator->mono_ms, ONE_OF(generator, queue_ids),
			   (enum ticket_class)(chance(generator, 60)
						       ? CLASS_ORDINARY
						       : below(generator, CLASS_COUNT)));
	snprintf(ret->u.issue.token, sizeof(ret->u.issue.token), "%032llx",
		 (unsigned long long)++generator->tokens);
	if (back < ret->u.issue.arrival_ms)
		ret->u.issue.arrival_ms -= back;
	ret->u.issue.origin = below(generator, ORIGIN_COUNT);
	ret->u.issue.pre_reviewed = chance(generator, 10);
	ret->u.issue.print = chance(generator, 50);
	if (chance(generator, 20))
		snprintf(ret->u.issue.item, sizeof(ret->u.issue.item), "%s",
			 ONE_OF(generator, item_ids));
	if (chance(generator, 10))
		ret->u.issue.queue[0] = '\0';
	if (chance(generator, 10))
		strcpy(ret->u.issue.case_ref, "案\"2026\\1\"");
	if (chance(generator, 2))
		ret->u.issue.class = below(generator, 9) - 3;
	if (chance(generator, 2))
		ret->u.issue.origin = below(generator, 12) - 3;
	if (chance(generator, 2))
		ret->u.issue.arrival_ms = generator->mono_ms + 1 + below(generator, 9);
	if (chance(generator, 2))
		ret->u.issue.token[below(generator, 32)] = 'X';
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

static void at_window(struct generator *generator, const struct hall *hall, enum command_type type,
		      struct command *ret)
{
	*ret = world_at(generator->mono_ms, type, 1 + below(generator, 4));
	if (chance(generator, 2))
		ret->u.at_window.window = below(generator, 3) * 500;
	if (type == COMMAND_SIGN_IN)
		snprintf(ret->u.at_window.clerk, sizeof(ret->u.at_window.clerk), "%s",
			 chance(generator, 5) ? "Mr Li" : ONE_OF(generator, clerks));
	if (type == COMMAND_TRANSFER)
		snprintf(ret->u.at_window.queue, sizeof(ret->u.at_window.queue), "%s",
			 ONE_OF(generator, queue_ids));
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

static void print(struct generator *generator, const struct hall *hall, enum command_type type,
		  struct command *ret)
{
	*ret = world_command(type, generator->mono_ms);
	if (type == COMMAND_REPRINT) {
		ret->u.print.ticket = some_ticket(generator, hall, false);
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
	} else if (step <= 8) {
		static const char *const lists[] = {"general,issue", "issue,general",
						    "trouble,general,guide", "guide"};

		*ret = world_window(generator->mono_ms, step - 4, lists[step - 5]);
	} else if (step <= 10) {
		define_item(generator, ret);
	} else if (step == 11) {
		*ret = world_open(generator->mono_ms, generator->date);
	} else {
		return false;
	}
	return true;
}

static const struct {
	int weight;
	enum command_type type;
} wishes[] = {
	{24, COMMAND_ISSUE},	   {20, COMMAND_CALL_NEXT},    {12, COMMAND_START},
	{8, COMMAND_FINISH},	   {3, COMMAND_RECALL},	       {6, COMMAND_NO_SHOW},
	{5, COMMAND_PARK},	   {7, COMMAND_RESUME},	       {7, COMMAND_TRANSFER},
	{4, COMMAND_CANCEL},	   {2, COMMAND_PAUSE},	       {4, COMMAND_REOPEN},
	{2, COMMAND_SIGN_IN},	   {2, COMMAND_SIGN_OUT},      {5, COMMAND_PRINT_START},
	{5, COMMAND_PRINT_END},	   {3, COMMAND_REPRINT},       {1, COMMAND_DEFINE_HALL},
	{3, COMMAND_DEFINE_QUEUE}, {2, COMMAND_DEFINE_WINDOW}, {1, COMMAND_DEFINE_ITEM},
	{1, COMMAND_START_DAEMON}, {1, COMMAND_OPEN_DAY},      {1, COMMAND_CLOSE_DAY},
};

static enum command_type some_wish(struct generator *generator)
{
	int64_t total = 0, at;

	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		total += wishes[i].weight;
	at = below(generator, total);
	for (size_t i = 0;; i++) {
		at -= wishes[i].weight;
		if (at < 0)
			return wishes[i].type;
	}
}

void generate(struct generator *generator, const struct hall *hall, struct command *ret)
{
	enum command_type type;

	if (chance(generator, 70))
		generator->mono_ms += below(generator, 3000);
	if (set_up(generator, ret))
		return;
	type = some_wish(generator);
	if (!hall_day(hall) && chance(generator, 30))
		type = COMMAND_OPEN_DAY;
	switch (type) {
	case COMMAND_START_DAEMON: start_daemon(generator, ret); break;
	case COMMAND_DEFINE_HALL: define_hall(generator, ret); break;
	case COMMAND_DEFINE_QUEUE: define_queue(generator, ret); break;
	case COMMAND_DEFINE_WINDOW: define_window(generator, ret); break;
	case COMMAND_DEFINE_ITEM: define_item(generator, ret); break;
	case COMMAND_OPEN_DAY: open_day(generator, ret); break;
	case COMMAND_CLOSE_DAY: *ret = world_command(type, generator->mono_ms); break;
	case COMMAND_ISSUE: issue(generator, ret); break;
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_REPRINT: print(generator, hall, type, ret); break;
	default: at_window(generator, hall, type, ret);
	}
	if (chance(generator, 1))
		ret->at.mono_ms -= 1 + below(generator, 2000);
}
