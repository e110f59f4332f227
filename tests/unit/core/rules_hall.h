/* A hall for the tests of the rules: two queues, three windows that serve them in different orders,
 * and one item, "tax" of queue general, for which a clerk needs the skill of that name. Clerk li
 * has it, and is signed in at window 2. Moments up to 5 are used up. */
#pragma once

#include "src/core/hall.h"

enum { RULES_WINDOWS = 3 };

/* What window i + 1 serves. */
extern const char *const rules_window_queues[RULES_WINDOWS];

struct hall *rules_hall(void);
/* Only the ageing bound; everything else of the policy is 0. */
void rules_policy(struct hall *hall, int64_t t, int64_t overtakes, int64_t age_ms);
