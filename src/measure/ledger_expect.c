/* What became of the intervals that tickets were issued with: docs/measurement.md, "Calibration of
 * the expected wait". */
#include <errno.h>

#include "src/measure/ledger_private.h"

void ledger_expect(struct visit *visit, const struct event_ticket_issued *issued)
{
	visit->first_leg = visit->leg;
	visit->expect_low_ms = issued->expect_low_ms;
	visit->expect_high_ms = issued->expect_high_ms;
	if (issued->expect_low_ms < 0 || issued->expect_high_ms < 0)
		visit->outcome = OUTCOME_NO_INTERVAL;
	else if (!issued->expect_busy)
		visit->outcome = OUTCOME_IDLE;
	else
		visit->outcome = OUTCOME_UNCALLED;
}

void ledger_expect_called(struct visit *visit, int64_t wait_ms)
{
	if (visit->leg != visit->first_leg || visit->outcome != OUTCOME_UNCALLED)
		return;
	if (wait_ms < 0)
		visit->outcome = OUTCOME_UNKNOWN;
	else if (wait_ms < visit->expect_low_ms)
		visit->outcome = OUTCOME_BELOW;
	else if (wait_ms > visit->expect_high_ms)
		visit->outcome = OUTCOME_ABOVE;
	else
		visit->outcome = OUTCOME_HELD;
}

int ledger_add_outcomes(struct ledger *ledger)
{
	struct digest *digest = &ledger->digest;
	size_t capacity = digest->outcome_count;
	struct outcomes *list;

	if (!ledger->queue_count)
		return 0;
	list = list_grow(digest->outcomes, &capacity, ledger->queue_count - 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	digest->outcomes = list;
	digest->outcome_count = (uint32_t)capacity;
	for (size_t i = 0; i < ledger->visit_count; i++) {
		const struct visit *visit = &ledger->visits[i];

		list[visit->queue].of_hour[visit->hour][visit->outcome]++;
	}
	return 0;
}
