/* What must come of an online filing, and of a freeze. */
#include <string.h>

#include "tests/unit/core/model_private.h"

/* The item may be retired, the day closed, the reference there already. */
static struct expected expect_filing(struct model *model, const struct event_online_filing *filing,
				     const struct moment *now)
{
	if (!filing->case_ref[0] || filing->filed < INT64_C(946684800000) ||
	    filing->filed > now->wall_ms)
		return model_refuse(REFUSAL_INVALID);
	return model_item_of(model, filing->item) ? model_one(EVENT_ONLINE_FILING)
						  : model_refuse(REFUSAL_ITEM_UNKNOWN);
}

static bool is_date(int64_t date)
{
	return date >= 19700101 && date <= 99991231 && date / 100 % 100 >= 1 &&
	       date / 100 % 100 <= 12 && date % 100 >= 1 &&
	       model_day_number(date) < model_day_number(date / 100 * 100 + 1) + 31 &&
	       (date / 100 % 100 == 12 ||
		model_day_number(date) < model_day_number((date / 100 + 1) * 100 + 1));
}

/* Queues that are there, each once. */
static enum refusal check_control(struct model *model, const char *control)
{
	char copy[CORE_MAX_WINDOW_QUEUES * CORE_ID_SIZE], seen[sizeof(copy)] = "", *rest = NULL;

	memcpy(copy, control, strlen(control) + 1);
	for (char *id = strtok_r(copy, ",", &rest); id; id = strtok_r(NULL, ",", &rest)) {
		if (!model_queue_of(model, id))
			return REFUSAL_QUEUE_UNKNOWN;
		if (model_list_has(seen, id))
			return REFUSAL_INVALID;
		strcat(strcat(seen, id), ",");
	}
	return REFUSAL_NONE;
}

/* Only what is over, and all of it: a day in it is open, or could be without an operator's word. */
static enum refusal check_period(const struct model *model,
				 const struct event_baseline_frozen *frozen, int64_t *ret_days)
{
	int64_t newest = model->day ? model->day - 1 : 0, days = 0;

	if (!is_date(frozen->from) || !is_date(frozen->to) || frozen->from > frozen->to)
		return REFUSAL_INVALID;
	for (size_t i = 0; i < model->closed_count; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= model->closed[k] == model->closed[i];
		if (model->closed[i] > newest)
			newest = model->closed[i];
		days += !again && model->closed[i] >= frozen->from &&
			model->closed[i] <= frozen->to;
	}
	if (frozen->to > newest || (model->day >= frozen->from && model->day <= frozen->to))
		return REFUSAL_PERIOD_OPEN;
	*ret_days = days;
	return days ? REFUSAL_NONE : REFUSAL_PERIOD_EMPTY;
}

static struct expected expect_freeze(struct model *model,
				     const struct event_baseline_frozen *frozen)
{
	struct expected expected = model_one(EVENT_BASELINE_FROZEN);
	enum refusal refusal;
	int64_t days = 0;

	if (!model_is_id(frozen->name))
		return model_refuse(REFUSAL_INVALID);
	for (size_t i = 0; i < model->baseline_count; i++)
		if (!strcmp(model->baselines[i].name, frozen->name))
			return model_refuse(REFUSAL_BASELINE_TAKEN);
	refusal = check_period(model, frozen, &days);
	if (!refusal)
		refusal = check_control(model, frozen->control);
	if (!refusal && (frozen->days != days || frozen->first_seq < 1 ||
			 frozen->last_seq < frozen->first_seq ||
			 frozen->last_seq > (int64_t)model->seq || frozen->visits < 0 ||
			 strspn(frozen->rows, "0123456789abcdef") != 64 || frozen->parts > 60))
		refusal = REFUSAL_INVALID;
	if (refusal)
		return model_refuse(refusal);
	while ((int64_t)expected.count <= frozen->parts)
		expected.types[expected.count++] = EVENT_BASELINE_PART;
	return expected;
}

struct expected model_expect_case(struct model *model, const struct command *command,
				  const struct moment *now)
{
	if (command->type == COMMAND_FILE_ONLINE)
		return expect_filing(model, &command->u.file_online, now);
	return expect_freeze(model, &command->u.freeze_baseline.frozen);
}

const char *model_take_baseline(struct model *model, const struct event *event)
{
	const struct event_baseline_part *part = &event->u.baseline_part;

	if (event->type == EVENT_BASELINE_FROZEN) {
		if (model->baseline_count == MODEL_BASELINES)
			return "the model is full";
		model->baselines[model->baseline_count++] = event->u.baseline_frozen;
		model->parts = 0;
		return NULL;
	}
	if (!model->baseline_count ||
	    strcmp(part->name, model->baselines[model->baseline_count - 1].name) != 0 ||
	    part->part != ++model->parts || part->about != (part->part > 2 ? 1 : 0) ||
	    !part->text[0])
		return "a part of a baseline is another's, or another one";
	return NULL;
}

const char *model_compare_baselines(const struct model *model, const struct hall *hall)
{
	if (hall_baseline_count(hall) != model->baseline_count)
		return "the hall has another number of baselines";
	for (size_t i = 0; i < model->baseline_count; i++) {
		const struct baseline *known = hall_find_baseline(hall, model->baselines[i].name);

		if (!known || known->parts != known->told ||
		    known->parts != model->baselines[i].parts)
			return "a baseline is not there, or not all of it";
	}
	return NULL;
}
