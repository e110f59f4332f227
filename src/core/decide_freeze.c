/* Freezing a baseline: what was found of a period comes in ready (src/measure), here it is held
 * against the hall. Only what is over is frozen, and no name twice. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "src/core/decide.h"
#include "src/core/text.h"

_Static_assert(1 + CORE_MAX_BASELINE_PARTS <= DECISION_MAX_EVENTS, "a baseline is one decision");

static bool is_digest(const char *text)
{
	return strnlen(text, CORE_DIGEST_SIZE) == CORE_DIGEST_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == CORE_DIGEST_SIZE - 1;
}

static int check_period(const struct hall *hall, const struct event_baseline_frozen *frozen,
			struct decision *ret, int64_t *ret_days)
{
	/* What comes behind the newest day may still be opened. */
	int64_t over = hall->day ? hall->day - 1 : 0, days = 0;

	if (!decide_date_is_valid(frozen->from) || !decide_date_is_valid(frozen->to) ||
	    frozen->from > frozen->to)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "from, to: must be dates, from not behind to");
	for (size_t i = 0; i < hall->mark_count; i++) {
		int64_t date = hall->days[i].date;

		if (date > over)
			over = date;
		days += date >= frozen->from && date <= frozen->to;
	}
	if (hall->day && hall->day >= frozen->from && hall->day <= frozen->to)
		return decision_refuse(ret, REFUSAL_PERIOD_OPEN, "%" PRId64 " is open", hall->day);
	if (frozen->to > over)
		return decision_refuse(ret, REFUSAL_PERIOD_OPEN,
				       "to: %" PRId64 " may still be opened", frozen->to);
	if (!days)
		return decision_refuse(ret, REFUSAL_PERIOD_EMPTY, "%s", "");
	*ret_days = days;
	return 0;
}

static int check_found(const struct hall *hall, const struct event_baseline_frozen *frozen,
		       int64_t days, struct decision *ret)
{
	if (frozen->days != days)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "days: %" PRId64 " were closed in the period", days);
	if (frozen->first_seq < 1 || frozen->first_seq > frozen->last_seq ||
	    (uint64_t)frozen->last_seq > hall->seq)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "first_seq, last_seq: must be rows of the log, rising");
	if (!is_digest(frozen->rows) || !is_digest(frozen->figures))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "rows, figures: must be 64 lower-case hex digits each");
	if (frozen->figures_version < 1 || frozen->figures_version > UINT32_MAX)
		return decision_refuse(ret, REFUSAL_INVALID, "figures_version: must be a version");
	if (frozen->visits < 0 || frozen->windows < 0 || frozen->items < 0)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "visits, windows, items: must not be negative");
	return 0;
}

static int check_control(const struct hall *hall, const struct event_baseline_frozen *frozen,
			 struct decision *ret)
{
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES], count = 0;
	char bad[CORE_ID_SIZE] = "";
	int r = text_fits(frozen->control, sizeof(frozen->control))
			? state_window_queues(hall, frozen->control, indexes, &count, bad)
			: -EINVAL;

	if (r == -ENOENT)
		return decision_refuse(ret, REFUSAL_QUEUE_UNKNOWN, "control: \"%s\"", bad);
	if (r < 0)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "control: at \"%s\": at most %d ids of queues, each once, "
				       "\",\" between",
				       bad, CORE_MAX_WINDOW_QUEUES);
	return 0;
}

/* Ids and numbers: nothing that a payload must escape. */
static bool part_is_valid(const struct event_baseline_part *part)
{
	return text_fits(part->text, sizeof(part->text)) && part->text[0] &&
	       !part->text[strspn(part->text, "abcdefghijklmnopqrstuvwxyz0123456789._-=+;()")] &&
	       baseline_list_name(part->about);
}

static int check_parts(const struct command *command, struct decision *ret)
{
	const struct event_baseline_part *parts = command->u.freeze_baseline.parts;
	int64_t count = command->u.freeze_baseline.frozen.parts;

	if (count < 0 || count > CORE_MAX_BASELINE_PARTS || (count > 0 && !parts))
		return decision_refuse(ret, REFUSAL_INVALID, "parts: allowed are 0 to %d",
				       CORE_MAX_BASELINE_PARTS);
	for (int64_t i = 0; i < count; i++)
		if (!part_is_valid(&parts[i]) || (i > 0 && parts[i].about < parts[i - 1].about))
			return decision_refuse(
				ret, REFUSAL_INVALID,
				"part %" PRId64
				": must be ids and numbers of 1 to %d bytes, windows "
				"before items",
				i + 1, CORE_PART_SIZE - 1);
	return 0;
}

int decide_freeze(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct event_baseline_frozen *frozen = &command->u.freeze_baseline.frozen;
	int64_t days = 0;
	int r;

	if (!text_fits(frozen->name, sizeof(frozen->name)) || !text_is_id(frozen->name))
		return decision_refuse(
			ret, REFUSAL_INVALID,
			"name: allowed are a-z, 0-9 and, not in front, . _ - (at most %d)",
			CORE_ID_SIZE - 1);
	if (hall_find_baseline(hall, frozen->name))
		return decision_refuse(ret, REFUSAL_BASELINE_TAKEN, "%s", frozen->name);
	/* What was asked for before what was found: who asks is told of his own mistakes. */
	r = check_period(hall, frozen, ret, &days);
	if (r == 0)
		r = check_control(hall, frozen, ret);
	if (r == 0)
		r = check_found(hall, frozen, days, ret);
	if (r == 0)
		r = check_parts(command, ret);
	if (r < 0)
		return r;
	if (hall->baseline_count == CORE_MAX_BASELINES)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d baselines",
				       CORE_MAX_BASELINES);
	decision_add(ret, command, EVENT_BASELINE_FROZEN)->u.baseline_frozen = *frozen;
	for (int64_t i = 0; i < frozen->parts; i++) {
		struct event_baseline_part *part =
			&decision_add(ret, command, EVENT_BASELINE_PART)->u.baseline_part;

		*part = command->u.freeze_baseline.parts[i];
		memcpy(part->name, frozen->name, sizeof(part->name));
		part->part = i + 1;
	}
	return 0;
}
