/* A case that was filed online. The hall keeps nothing of it: it may come on any day, or at night
 * when none is open, and may come twice; whoever counts cases counts a reference once. */
#include <errno.h>

#include "src/core/decide.h"
#include "src/core/text.h"

/* 2000-01-01 UTC: nobody filed online before; 0 is a field that was not filled in, and seconds that
 * were taken for milliseconds lie in 1970. */
#define FIRST_FILED_MS INT64_C(946684800000)

int decide_filing(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct event_online_filing *filing = &command->u.file_online;

	if (!text_fits(filing->item, sizeof(filing->item)))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "item: must be text of at most %d bytes", CORE_ID_SIZE - 1);
	if (!text_fits(filing->case_ref, sizeof(filing->case_ref)) || !filing->case_ref[0])
		return decision_refuse(ret, REFUSAL_INVALID,
				       "case_ref: must be UTF-8 of 1 to %d bytes",
				       CORE_CASE_SIZE - 1);
	if (filing->filed < FIRST_FILED_MS || filing->filed > command->at.wall_ms)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "filed_at: must not lie in the future, nor before 2000");
	/* One that is retired may have been filed before it was. */
	if (state_item_index(hall, filing->item) < 0)
		return decision_refuse(ret, REFUSAL_ITEM_UNKNOWN, "\"%s\"", filing->item);
	decision_add(ret, command, EVENT_ONLINE_FILING)->u.online_filing = *filing;
	return 0;
}
