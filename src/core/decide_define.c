/* Definitions: compared with what the hall has; equal ones change nothing. */
#include <errno.h>
#include <string.h>

#include "src/core/decide.h"
#include "src/core/fields.h"
#include "src/core/text.h"

static bool name_is_valid(const char *name)
{
	return text_fits(name, CORE_NAME_SIZE) && name[0];
}

static bool id_is_valid(const char *id)
{
	return text_fits(id, CORE_ID_SIZE) && text_is_id(id);
}

/* An equal definition is no event. */
static void drop_if_known(struct decision *ret, const struct event *known)
{
	struct event kept = *known;

	kept.version = ret->events[0].version;
	if (fields_equal(&ret->events[0], &kept))
		ret->count = 0;
}

static int bad_id(struct decision *ret, const char *field)
{
	return decision_refuse(ret, REFUSAL_INVALID,
			       "%s: allowed are a-z, 0-9 and, not in front, . _ - (at most %d)",
			       field, CORE_ID_SIZE - 1);
}

static int bad_name(struct decision *ret)
{
	return decision_refuse(ret, REFUSAL_INVALID,
			       "zh, en: must be UTF-8 of 1 to %d bytes without control characters",
			       CORE_NAME_SIZE - 1);
}

static int define_hall(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct event_hall_defined *def = &command->u.define_hall;

	if (!id_is_valid(def->id))
		return bad_id(ret, "id");
	if (!name_is_valid(def->zh) || !name_is_valid(def->en))
		return bad_name(ret);
	if (!text_fits(def->zone, sizeof(def->zone)) || !def->zone[0])
		return decision_refuse(ret, REFUSAL_INVALID, "zone: must be text of 1 to %d bytes",
				       CORE_ZONE_SIZE - 1);
	if (def->target_ms < 1 || def->target_ms > 86400000)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "target_ms: allowed are 1 to 86400000");
	decision_add(ret, command, EVENT_HALL_DEFINED)->u.hall_defined = *def;
	drop_if_known(ret, &(struct event){.type = EVENT_HALL_DEFINED,
					   .u.hall_defined = hall->definition});
	return 0;
}

static int check_queue(const struct hall *hall, const struct event_queue_defined *def,
		       struct decision *ret)
{
	if (!id_is_valid(def->queue))
		return bad_id(ret, "queue");
	if (!name_is_valid(def->zh) || !name_is_valid(def->en))
		return bad_name(ret);
	if (!text_fits(def->prefix, sizeof(def->prefix)) || !text_is_prefix(def->prefix))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "prefix: allowed are one to three letters A-Z");
	if (def->first < 1 || def->last > CORE_MAX_TICKET_NUMBER || def->first > def->last)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "first, last: allowed are 1 to %d, rising",
				       CORE_MAX_TICKET_NUMBER);
	if (!text_fits(def->spare, sizeof(def->spare)) ||
	    (def->spare[0] && (!text_is_prefix(def->spare) || !strcmp(def->spare, def->prefix))))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "spare: allowed are one to three letters A-Z, not the "
				       "prefix itself");
	if ((def->paper_first || def->paper_last) &&
	    (def->paper_first < 1 || def->paper_last > CORE_MAX_TICKET_NUMBER ||
	     def->paper_first > def->paper_last ||
	     (def->paper_first <= def->last && def->paper_last >= def->first)))
		return decision_refuse(
			ret, REFUSAL_INVALID,
			"paper_first, paper_last: allowed are 1 to %d, rising, outside "
			"first to last",
			CORE_MAX_TICKET_NUMBER);
	if (!queue_kind_name(def->kind))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "kind: allowed are guide, assist, intake, issue, trouble");
	for (size_t i = 0; i < hall->queue_count && !def->retired; i++) {
		const struct event_queue_defined *other = &hall->queues[i].queue.def;

		if (!other->retired && strcmp(other->queue, def->queue) != 0 &&
		    state_prefixes_clash(other, def))
			return decision_refuse(ret, REFUSAL_INVALID,
					       "prefix: %s%s%s is queue %s already", def->prefix,
					       def->spare[0] ? " or " : "", def->spare,
					       other->queue);
	}
	return 0;
}

static int define_queue(const struct hall *hall, const struct command *command,
			struct decision *ret)
{
	const struct event_queue_defined *def = &command->u.define_queue;
	const struct queue *known;
	int r = check_queue(hall, def, ret);

	if (r < 0)
		return r;
	known = hall_find_queue(hall, def->queue);
	if (!known && hall->queue_count == CORE_MAX_QUEUES)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d queues", CORE_MAX_QUEUES);
	decision_add(ret, command, EVENT_QUEUE_DEFINED)->u.queue_defined = *def;
	if (known)
		drop_if_known(ret, &(struct event){.type = EVENT_QUEUE_DEFINED,
						   .u.queue_defined = known->def});
	return 0;
}

static int check_window_queues(const struct hall *hall, const struct event_window_defined *def,
			       struct decision *ret)
{
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES], count = 0;
	char bad[CORE_ID_SIZE] = "";
	int r;

	if (!text_fits(def->queues, sizeof(def->queues)))
		return decision_refuse(ret, REFUSAL_INVALID, "queues: too long");
	r = state_window_queues(hall, def->queues, indexes, &count, bad);
	if (r == -ENOENT)
		return decision_refuse(ret, REFUSAL_QUEUE_UNKNOWN, "queues: \"%s\"", bad);
	if (r < 0)
		return decision_refuse(
			ret, REFUSAL_INVALID,
			"queues: at \"%s\": at most %d ids, each once, \",\" between", bad,
			CORE_MAX_WINDOW_QUEUES);
	return 0;
}

static int define_window(const struct hall *hall, const struct command *command,
			 struct decision *ret)
{
	const struct event_window_defined *def = &command->u.define_window;
	const struct window *known;
	int r;

	if (def->window < 1 || def->window > CORE_MAX_WINDOW_NUMBER)
		return decision_refuse(ret, REFUSAL_INVALID, "window: allowed are 1 to %d",
				       CORE_MAX_WINDOW_NUMBER);
	if (!name_is_valid(def->zh) || !name_is_valid(def->en))
		return bad_name(ret);
	r = check_window_queues(hall, def, ret);
	if (r < 0)
		return r;
	known = hall_find_window(hall, def->window);
	if (!known && hall->window_count == CORE_MAX_WINDOWS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d windows",
				       CORE_MAX_WINDOWS);
	decision_add(ret, command, EVENT_WINDOW_DEFINED)->u.window_defined = *def;
	if (known)
		drop_if_known(ret, &(struct event){.type = EVENT_WINDOW_DEFINED,
						   .u.window_defined = known->def});
	return 0;
}

static int define_item(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct event_item_defined *def = &command->u.define_item;
	const struct item *known;

	if (!id_is_valid(def->item))
		return bad_id(ret, "item");
	if (!name_is_valid(def->zh) || !name_is_valid(def->en) || !name_is_valid(def->department))
		return bad_name(ret);
	if (!id_is_valid(def->queue))
		return bad_id(ret, "queue");
	if (!hall_find_queue(hall, def->queue))
		return decision_refuse(ret, REFUSAL_QUEUE_UNKNOWN, "queue: \"%s\"", def->queue);
	if (!text_fits(def->skill, sizeof(def->skill)) ||
	    (def->skill[0] && !text_is_id(def->skill)))
		return bad_id(ret, "skill");
	if (def->quota < 0 || def->slot_quota < 0 || def->quota > CORE_MAX_DAY_TICKETS ||
	    def->slot_quota > CORE_MAX_DAY_TICKETS)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "quota, slot_quota: allowed are 0 (no limit) to %d",
				       CORE_MAX_DAY_TICKETS);
	if (def->slot_min < 0 || def->slot_min > 1440 ||
	    (def->slot_min > 0 && 1440 % def->slot_min != 0) ||
	    (def->slot_quota > 0 && def->slot_min == 0))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "slot_min: must divide a day of 1440 minutes; 0 is no slots "
				       "and no slot_quota");
	known = hall_find_item(hall, def->item);
	if (!known && hall->item_count == CORE_MAX_ITEMS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d items", CORE_MAX_ITEMS);
	decision_add(ret, command, EVENT_ITEM_DEFINED)->u.item_defined = *def;
	if (known)
		drop_if_known(ret, &(struct event){.type = EVENT_ITEM_DEFINED,
						   .u.item_defined = known->def});
	return 0;
}

static int64_t minutes(int64_t count)
{
	return count * 60000;
}

static int define_policy(const struct hall *hall, const struct command *command,
			 struct decision *ret)
{
	const struct event_policy_defined *def = &command->u.define_policy;

	if (def->overtakes < -1 || def->overtakes > CORE_MAX_DAY_TICKETS)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "overtakes: allowed are -1 (no bound) to %d",
				       CORE_MAX_DAY_TICKETS);
	if (def->age_ms < 0 || def->age_ms > minutes(1440))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "age_ms: allowed are 0 (no bound) to one day");
	if (def->recalls < 0 || def->recalls > 99)
		return decision_refuse(ret, REFUSAL_INVALID, "recalls: allowed are 0 to 99");
	if (def->aside_ms < 0 || def->aside_ms > minutes(1440))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "aside_ms: allowed are 0 (all day) to one day");
	if (def->early_ms < 0 || def->early_ms > minutes(1440) || def->late_ms < 0 ||
	    def->late_ms > minutes(1440))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "early_ms, late_ms: allowed are 0 to one day");
	if (def->closes_min < 0 || def->closes_min > 1440)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "closes_min: allowed are 0 (never) to 1440");
	if (def->service_ms < 0 || def->service_ms > minutes(1440))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "service_ms: allowed are 0 (not looked at) to one day");
	if (def->print_ms < 0 || def->print_ms > minutes(1440))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "print_ms: allowed are 0 (however late) to one day");
	if (def->expect_service_ms < 0 || def->expect_service_ms > minutes(240))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "expect_service_ms: allowed are 0 (none) to four hours");
	decision_add(ret, command, EVENT_POLICY_DEFINED)->u.policy_defined = *def;
	drop_if_known(ret, &(struct event){.type = EVENT_POLICY_DEFINED,
					   .u.policy_defined = hall->policy});
	return 0;
}

/* Ids, each once, "," between. */
static bool skills_are_valid(const char *skills)
{
	char seen[CORE_MAX_CLERK_SKILLS][CORE_ID_SIZE];
	bool more = skills[0] != '\0';
	size_t count = 0;

	while (more) {
		size_t len = strcspn(skills, ",");
		char id[CORE_ID_SIZE] = "";

		if (len >= sizeof(id) || count == CORE_MAX_CLERK_SKILLS)
			return false;
		memcpy(id, skills, len);
		if (!text_is_id(id))
			return false;
		for (size_t i = 0; i < count; i++)
			if (!strcmp(seen[i], id))
				return false;
		memcpy(seen[count++], id, sizeof(id));
		more = skills[len] == ',';
		skills += len + (more ? 1 : 0);
	}
	return true;
}

static int define_clerk(const struct hall *hall, const struct command *command,
			struct decision *ret)
{
	const struct event_clerk_defined *def = &command->u.define_clerk;
	const struct clerk *known;

	if (!id_is_valid(def->clerk))
		return bad_id(ret, "clerk");
	if (!name_is_valid(def->zh) || !name_is_valid(def->en))
		return bad_name(ret);
	if (!text_fits(def->skills, sizeof(def->skills)) || !skills_are_valid(def->skills))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "skills: must be at most %d ids, each once, \",\" between",
				       CORE_MAX_CLERK_SKILLS);
	known = hall_find_clerk(hall, def->clerk);
	if (!known && hall->clerk_count == CORE_MAX_CLERKS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d clerks", CORE_MAX_CLERKS);
	decision_add(ret, command, EVENT_CLERK_DEFINED)->u.clerk_defined = *def;
	if (known)
		drop_if_known(ret, &(struct event){.type = EVENT_CLERK_DEFINED,
						   .u.clerk_defined = known->def});
	return 0;
}

int decide_definition(const struct hall *hall, const struct command *command, struct decision *ret)
{
	switch (command->type) {
	case COMMAND_DEFINE_HALL: return define_hall(hall, command, ret);
	case COMMAND_DEFINE_QUEUE: return define_queue(hall, command, ret);
	case COMMAND_DEFINE_WINDOW: return define_window(hall, command, ret);
	case COMMAND_DEFINE_POLICY: return define_policy(hall, command, ret);
	case COMMAND_DEFINE_CLERK: return define_clerk(hall, command, ret);
	default: return define_item(hall, command, ret);
	}
}
