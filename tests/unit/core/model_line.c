/* Who is called, by docs/rules.md: walks over all tickets, and nothing remembered. */
#include <string.h>

#include "tests/unit/core/model_private.h"

bool model_came_before(const struct model_ticket *a, const struct model_ticket *b)
{
	if (a->boot != b->boot)
		return a->boot < b->boot;
	if (a->arrival_ms != b->arrival_ms)
		return a->arrival_ms < b->arrival_ms;
	return a->order < b->order;
}

bool model_has_skill(struct model *model, const struct model_window *window,
		     const struct model_ticket *ticket)
{
	const struct event_item_defined *item = model_item_of(model, ticket->item);
	const struct event_clerk_defined *clerk = model_clerk_of(model, window->clerk);

	if (!item || !item->skill[0])
		return true;
	return clerk && !clerk->retired && model_list_has(clerk->skills, item->skill);
}

static bool waits_for(const struct model_window *window, const struct model_ticket *ticket)
{
	return ticket->today && ticket->state == TICKET_WAITING &&
	       model_list_has(window->def.queues, ticket->queue);
}

bool model_may_call(struct model *model, const struct model_window *window,
		    const struct model_ticket *ticket)
{
	return waits_for(window, ticket) && model_has_skill(model, window, ticket);
}

bool model_is_passed(struct model *model, const struct model_window *window,
		     const struct model_ticket *called, const struct model_ticket *other)
{
	return other != called && model_may_call(model, window, other) &&
	       model_came_before(other, called);
}

int64_t model_count_passed(struct model *model, const struct model_window *window,
			   const struct model_ticket *called, bool same_queue)
{
	int64_t count = 0;

	for (size_t i = 0; i < model->ticket_count; i++)
		count += model_is_passed(model, window, called, &model->tickets[i]) &&
			 (!same_queue || !strcmp(model->tickets[i].queue, called->queue));
	return count;
}

static bool has_waited_enough(const struct model *model, const struct model_ticket *ticket,
			      int64_t mono_ms)
{
	return model->policy.age_ms > 0 &&
	       model_waited(model, ticket, mono_ms) >= model->policy.age_ms;
}

static bool is_protected(const struct model *model, const struct model_ticket *ticket,
			 int64_t mono_ms)
{
	return has_waited_enough(model, ticket, mono_ms) ||
	       (model->policy.overtakes >= 0 && ticket->overtaken >= model->policy.overtakes);
}

bool model_passes_protected(struct model *model, const struct model_window *window,
			    const struct model_ticket *called, int64_t mono_ms)
{
	for (size_t i = 0; i < model->ticket_count; i++)
		if (model_is_passed(model, window, called, &model->tickets[i]) &&
		    is_protected(model, &model->tickets[i], mono_ms))
			return true;
	return false;
}

/* Priority, then appointments within their slot, then all others. */
static int rank(const struct model *model, const struct model_ticket *ticket, int64_t wall_ms)
{
	bool in_time =
		!ticket->slot_from || (wall_ms >= ticket->slot_from - model->policy.early_ms &&
				       wall_ms <= ticket->slot_to + model->policy.late_ms);

	if (ticket->class == CLASS_PRIORITY)
		return 1;
	return ticket->class == CLASS_APPOINTMENT && in_time ? 2 : 3;
}

static const struct model_ticket *best_of_queue(struct model *model,
						const struct model_window *window,
						const char *queue, int64_t wall_ms)
{
	const struct model_ticket *best = NULL;

	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *ticket = &model->tickets[i];
		int mine = rank(model, ticket, wall_ms);

		if (!model_may_call(model, window, ticket) || strcmp(ticket->queue, queue) != 0)
			continue;
		if (!best || mine < rank(model, best, wall_ms) ||
		    (mine == rank(model, best, wall_ms) && model_came_before(ticket, best)))
			best = ticket;
	}
	return best;
}

static const struct model_ticket *by_preference(struct model *model,
						const struct model_window *window, int64_t wall_ms)
{
	char queues[sizeof(window->def.queues)], *rest = NULL;
	const struct model_ticket *best = NULL;

	memcpy(queues, window->def.queues, sizeof(queues));
	for (char *id = strtok_r(queues, ",", &rest); id && !best; id = strtok_r(NULL, ",", &rest))
		best = best_of_queue(model, window, id, wall_ms);
	return best;
}

static const struct model_ticket *
first_protected(struct model *model, const struct model_window *window, int64_t mono_ms)
{
	const struct model_ticket *first = NULL;

	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *ticket = &model->tickets[i];

		if (model_may_call(model, window, ticket) && is_protected(model, ticket, mono_ms) &&
		    (!first || model_came_before(ticket, first)))
			first = ticket;
	}
	return first;
}

/* Whom the window may call and why; refused when nobody. */
struct expected model_expect_call(struct model *model, const struct model_window *window,
				  const struct moment *now)
{
	const struct model_ticket *plain = by_preference(model, window, now->wall_ms);
	const struct model_ticket *guarded = first_protected(model, window, now->mono_ms);
	struct expected expected = model_one(EVENT_TICKET_CALLED);
	bool barred = false;

	for (size_t i = 0; i < model->ticket_count; i++)
		barred |= waits_for(window, &model->tickets[i]);
	if (!plain)
		return model_refuse(barred ? REFUSAL_SKILL : REFUSAL_NOBODY_WAITING);
	if (guarded && model_came_before(guarded, plain)) {
		expected.ticket = guarded->id;
		expected.overtaken = model_count_passed(model, window, guarded, false);
		expected.reason = has_waited_enough(model, guarded, now->mono_ms)
					  ? CALL_AGEING_TIME
					  : CALL_AGEING_COUNT;
		return expected;
	}
	expected.ticket = plain->id;
	expected.overtaken = model_count_passed(model, window, plain, false);
	if (expected.overtaken == 0)
		expected.reason = CALL_ORDER;
	else if (model_count_passed(model, window, plain, true) == 0)
		expected.reason = CALL_PREFERENCE;
	else
		expected.reason = plain->class == CLASS_PRIORITY ? CALL_PRIORITY : CALL_APPOINTMENT;
	return expected;
}
