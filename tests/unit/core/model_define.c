/* What must come of a definition: refused, an event, or none when nothing has changed. */
#include <string.h>

#include "tests/unit/core/model_private.h"

static struct expected define(enum event_type type, bool same)
{
	return same ? (struct expected){.refusal = REFUSAL_NONE} : model_one(type);
}

static bool same_names(const char *zh_a, const char *en_a, const char *zh_b, const char *en_b)
{
	return !strcmp(zh_a, zh_b) && !strcmp(en_a, en_b);
}

static struct expected expect_hall(const struct model *model, const struct event_hall_defined *def)
{
	const struct event_hall_defined *old = &model->hall;

	return define(EVENT_HALL_DEFINED,
		      !strcmp(def->id, old->id) && same_names(def->zh, def->en, old->zh, old->en) &&
			      !strcmp(def->zone, old->zone) && def->target_ms == old->target_ms);
}

static bool share_a_prefix(const struct event_queue_defined *a, const struct event_queue_defined *b)
{
	const char *of_a[] = {a->prefix, a->spare}, *of_b[] = {b->prefix, b->spare};

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++)
			if (of_a[i][0] && !strcmp(of_a[i], of_b[k]))
				return true;
	return false;
}

static struct expected expect_queue(struct model *model, const struct event_queue_defined *def)
{
	const struct model_queue *known = model_queue_of(model, def->queue);
	const struct event_queue_defined *old = known ? &known->def : NULL;
	bool block = def->paper_first || def->paper_last;

	if (def->first < 1 || def->last < def->first || def->last > CORE_MAX_TICKET_NUMBER ||
	    !strcmp(def->spare, def->prefix) || def->kind < 0 || def->kind > 5)
		return model_refuse(REFUSAL_INVALID);
	if (block && (def->paper_first < 1 || def->paper_last < def->paper_first ||
		      def->paper_last > CORE_MAX_TICKET_NUMBER ||
		      !(def->paper_last < def->first || def->paper_first > def->last)))
		return model_refuse(REFUSAL_INVALID);
	for (size_t i = 0; i < model->queue_count && !def->retired; i++)
		if (!model->queues[i].def.retired && &model->queues[i] != known &&
		    share_a_prefix(&model->queues[i].def, def))
			return model_refuse(REFUSAL_INVALID);
	return define(EVENT_QUEUE_DEFINED,
		      old && same_names(def->zh, def->en, old->zh, old->en) &&
			      !strcmp(def->prefix, old->prefix) &&
			      !strcmp(def->spare, old->spare) && def->first == old->first &&
			      def->last == old->last && def->kind == old->kind &&
			      def->paper_first == old->paper_first &&
			      def->paper_last == old->paper_last && def->work == old->work &&
			      def->retired == old->retired);
}

static struct expected expect_window(struct model *model, const struct event_window_defined *def)
{
	const struct model_window *known = model_window_of(model, def->window);
	const struct event_window_defined *old = known ? &known->def : NULL;
	char before[sizeof(def->queues)] = "";

	/* Each id is looked at in its place: there, known, and not in the part before. */
	for (const char *at = def->queues; def->queues[0];) {
		size_t len = strcspn(at, ",");
		char id[CORE_ID_SIZE] = "";

		memcpy(id, at, len);
		if (!id[0] || model_list_has(before, id))
			return model_refuse(REFUSAL_INVALID);
		if (!model_queue_of(model, id))
			return model_refuse(REFUSAL_QUEUE_UNKNOWN);
		if (!at[len])
			break;
		at += len + 1;
		memcpy(before, def->queues, (size_t)(at - def->queues));
	}
	return define(EVENT_WINDOW_DEFINED, old && same_names(def->zh, def->en, old->zh, old->en) &&
						    !strcmp(def->queues, old->queues) &&
						    def->retired == old->retired);
}

static struct expected expect_item(struct model *model, const struct event_item_defined *def)
{
	const struct event_item_defined *old = model_item_of(model, def->item);

	if (!model_queue_of(model, def->queue))
		return model_refuse(REFUSAL_QUEUE_UNKNOWN);
	if (def->quota < 0 || def->slot_quota < 0 || def->slot_min < 0 || def->slot_min > 1440 ||
	    (def->slot_min && 1440 % def->slot_min) || (def->slot_quota && !def->slot_min))
		return model_refuse(REFUSAL_INVALID);
	return define(EVENT_ITEM_DEFINED,
		      old && same_names(def->zh, def->en, old->zh, old->en) &&
			      !strcmp(def->department, old->department) &&
			      !strcmp(def->queue, old->queue) && !strcmp(def->skill, old->skill) &&
			      def->quota == old->quota && def->slot_min == old->slot_min &&
			      def->slot_quota == old->slot_quota && def->retired == old->retired);
}

static struct expected expect_policy(const struct model *model,
				     const struct event_policy_defined *def)
{
	const struct event_policy_defined *old = &model->policy;
	static const int64_t day_ms = 86400000;

	if (def->overtakes < -1 || def->recalls < 0 || def->recalls > 99 || def->age_ms < 0 ||
	    def->age_ms > day_ms || def->aside_ms < 0 || def->aside_ms > day_ms ||
	    def->early_ms < 0 || def->early_ms > day_ms || def->late_ms < 0 ||
	    def->late_ms > day_ms || def->closes_min < 0 || def->closes_min > 1440 ||
	    def->service_ms < 0 || def->service_ms > day_ms || def->print_ms < 0 ||
	    def->print_ms > day_ms || def->expect_service_ms < 0 ||
	    def->expect_service_ms > day_ms / 6)
		return model_refuse(REFUSAL_INVALID);
	return define(EVENT_POLICY_DEFINED,
		      def->overtakes == old->overtakes && def->age_ms == old->age_ms &&
			      def->recalls == old->recalls && def->aside_ms == old->aside_ms &&
			      def->early_ms == old->early_ms && def->late_ms == old->late_ms &&
			      def->closes_min == old->closes_min &&
			      def->service_ms == old->service_ms &&
			      def->print_ms == old->print_ms && def->expect == old->expect &&
			      def->expect_service_ms == old->expect_service_ms);
}

static struct expected expect_clerk(struct model *model, const struct event_clerk_defined *def)
{
	const struct event_clerk_defined *old = model_clerk_of(model, def->clerk);
	char skills[sizeof(def->skills)], *rest = NULL, seen[sizeof(def->skills)] = "";

	memcpy(skills, def->skills, sizeof(skills));
	for (char *id = strtok_r(skills, ",", &rest); id; id = strtok_r(NULL, ",", &rest)) {
		if (model_list_has(seen, id))
			return model_refuse(REFUSAL_INVALID);
		strcat(strcat(seen, id), ",");
	}
	return define(EVENT_CLERK_DEFINED, old && same_names(def->zh, def->en, old->zh, old->en) &&
						   !strcmp(def->skills, old->skills) &&
						   def->retired == old->retired);
}

struct expected model_expect_definition(struct model *model, const struct command *command)
{
	switch (command->type) {
	case COMMAND_DEFINE_HALL: return expect_hall(model, &command->u.define_hall);
	case COMMAND_DEFINE_QUEUE: return expect_queue(model, &command->u.define_queue);
	case COMMAND_DEFINE_WINDOW: return expect_window(model, &command->u.define_window);
	case COMMAND_DEFINE_ITEM: return expect_item(model, &command->u.define_item);
	case COMMAND_DEFINE_POLICY: return expect_policy(model, &command->u.define_policy);
	default: return expect_clerk(model, &command->u.define_clerk);
	}
}
