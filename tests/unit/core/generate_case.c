/* Random online filings, mostly of today or the night before; and freezes of the days so far, in
 * which the hall is asked how many were closed, mostly. */
#include <stdio.h>

#include "src/core/state.h"

#include "tests/unit/core/generate_private.h"
#include "tests/unit/core/world.h"

void file_online(struct generator *generator, struct command *ret)
{
	struct event_online_filing *filing = &ret->u.file_online;

	*ret = world_command(COMMAND_FILE_ONLINE, generator->mono_ms);
	SET(filing->item, chance(generator, 90) ? ONE_OF(generator, item_ids) : "nothing");
	/* Few, so that one comes twice. */
	snprintf(filing->case_ref, sizeof(filing->case_ref), "案\"%d", (int)below(generator, 20));
	filing->filed = wall_ms(generator) - below(generator, 50000000);
	if (chance(generator, 5))
		filing->filed = SOME(generator, -1, 0, 946684799999, 946684800000,
				     wall_ms(generator) + 1, INT64_MAX);
	if (chance(generator, 3))
		filing->case_ref[0] = '\0';
}

static int64_t closed_days(const struct hall *hall, int64_t from, int64_t to)
{
	int64_t count = 0;

	for (size_t i = 0; i < hall->mark_count; i++)
		count += hall->days[i].date >= from && hall->days[i].date <= to;
	return count;
}

void freeze_baseline(struct generator *generator, const struct hall *hall, struct command *ret)
{
	static const char *const names[] = {"before", "after", "q1", "q2", "q3", "q4", "Before"};
	static const char *const controls[] = {
		"", "", "", "issue", "issue,guide", "guide,guide", "nobody"};
	int64_t from = 20260101 + below(generator, 7);
	int64_t to = from + below(generator, 10);
	struct event_baseline_frozen *frozen = &ret->u.freeze_baseline.frozen;

	if (chance(generator, 60))
		to = generator->date - 1;
	*ret = world_freeze(generator->mono_ms, ONE_OF(generator, names), from, to,
			    closed_days(hall, from, to),
			    chance(generator, 50) ? below(generator, 5) : below(generator, 62));
	SET(frozen->control, ONE_OF(generator, controls));
	frozen->last_seq = (int64_t)hall_seq(hall) - below(generator, 3);
	if (chance(generator, 30))
		snprintf(frozen->name, sizeof(frozen->name), "b%d", (int)below(generator, 1000));
	if (chance(generator, 4))
		frozen->days += SOME(generator, -1, 1);
	if (chance(generator, 4))
		frozen->last_seq++;
	if (chance(generator, 2))
		frozen->rows[below(generator, 64)] = 'X';
	if (chance(generator, 2))
		frozen->visits = -1;
	if (chance(generator, 2))
		frozen->to = SOME(generator, 20260229, 0, 20260132, 99999999);
}
