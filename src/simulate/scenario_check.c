/* Whether a scenario can be simulated at all. Each fault says what is wrong, where, and what to do.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/core/text.h"
#include "src/simulate/scenario_private.h"

struct check {
	const struct scenario *scenario;
	scenario_fault_fn fn;
	void *user;
};

__attribute__((format(printf, 4, 5))) static void
fault(const struct check *check, enum fault_part part, uint32_t index, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	check->fn(check->user, part, index, message);
}

/* False for what is no number, too. */
static bool is_within(double value, double least, double most)
{
	return value >= least && value <= most;
}

static void check_number(const struct check *check, enum fault_part part, uint32_t index,
			 const char *key, double value, double least, double most)
{
	if (!is_within(value, least, most))
		fault(check, part, index,
		      "%s: 超出范围 %.9g is out of range; 可用 allowed: %.9g to %.9g", key, value,
		      least, most);
}

static void check_time(const struct check *check, enum fault_part part, const char *key,
		       const struct scenario_time *time)
{
	char name[40];

	snprintf(name, sizeof(name), "%s: mean_min", key);
	check_number(check, part, 0, name, time->mean_min, SCENARIO_LEAST_MEAN_MIN,
		     SCENARIO_MOST_MEAN_MIN);
	snprintf(name, sizeof(name), "%s: cv", key);
	check_number(check, part, 0, name, time->cv, 0, SCENARIO_MOST_CV);
}

static void check_numbers(const struct check *check)
{
	const struct scenario *s = check->scenario;
	/* at least: where all items can be filed online; scenario_busy.c looks closer */
	double visits =
		s->cases_a_day * (1 - s->uptake) * (1 + s->rework_chance + s->pick_up_chance);

	check_number(check, FAULT_CASES, 0, "cases: a_day", s->cases_a_day, SCENARIO_LEAST_CASES,
		     SCENARIO_MOST_CASES);
	check_number(check, FAULT_CASES, 0, "cases: day_cv", s->day_cv, 0, SCENARIO_MOST_CV);
	check_number(check, FAULT_ONLINE, 0, "online: uptake", s->uptake, 0, 1);
	check_time(check, FAULT_SERVICE, "service", &s->service);
	check_number(check, FAULT_REWORK, 0, "rework: chance", s->rework_chance, 0, 1);
	check_number(check, FAULT_PICK_UP, 0, "pick_up: chance", s->pick_up_chance, 0, 1);
	if (s->pick_up_chance > 0)
		check_time(check, FAULT_PICK_UP, "pick_up", &s->pick_up);
	check_number(check, FAULT_WALK, 0, "walk_s", s->walk_s, 0, SCENARIO_MOST_WAIT_S);
	check_number(check, FAULT_NO_SHOW, 0, "no_show: chance", s->no_show_chance, 0, 1);
	check_number(check, FAULT_NO_SHOW, 0, "no_show: wait_s", s->no_show_s, 0,
		     SCENARIO_MOST_WAIT_S);
	check_number(check, FAULT_PATIENCE, 0, "patience: mean_min", s->patience_min, 0,
		     SCENARIO_MOST_PATIENCE);
	check_number(check, FAULT_PRIORITY, 0, "priority: chance", s->priority_chance, 0, 1);
	if (visits > CORE_MAX_DAY_TICKETS)
		fault(check, FAULT_CASES, 0,
		      "cases: 过多，请减少 a_day at least %.0f visits a day are too many; 最多 at "
		      "most %d "
		      "are allowed: lower a_day",
		      visits, CORE_MAX_DAY_TICKETS);
	if (s->rules.closes_min || s->rules.service_ms)
		fault(check, FAULT_RULES, 0,
		      "rules: closes, service_min: 模拟中不拒号，请删去，何时来人由 hours 定 "
		      "nobody is turned away in a "
		      "simulation; leave them out, the hours say when citizens come");
	if (s->target_ms < 60000 || s->target_ms > SCENARIO_MOST_TARGET_MIN * INT64_C(60000))
		fault(check, FAULT_WHOLE, 0,
		      "target_min: 超出范围 out of range; 可用 allowed: 1 to %d",
		      SCENARIO_MOST_TARGET_MIN);
}

/* Spans of hours and of breaks alike. */
static bool is_span(int32_t from_min, int32_t to_min)
{
	return from_min >= 0 && from_min < to_min && to_min <= 1440;
}

static void check_hours(const struct check *check)
{
	const struct scenario *s = check->scenario;
	double weights = 0;

	if (s->span_count == 0 || s->span_count > SCENARIO_MAX_SPANS) {
		fault(check, FAULT_HOURS, 0,
		      "hours: 一天无办公时间，须写 1 至 %d 个时段 a day needs 1 to %d spans of "
		      "hours, { from = "
		      "\"09:00\"; to = \"12:00\"; weight = 1.0; }",
		      SCENARIO_MAX_SPANS, SCENARIO_MAX_SPANS);
		return;
	}
	for (uint32_t i = 0; i < s->span_count; i++) {
		const struct scenario_span *span = &s->spans[i];

		if (!is_span(span->from_min, span->to_min))
			fault(check, FAULT_HOURS, i,
			      "hours: 起止颠倒，须在同一天内先起后止 the span must end behind its "
			      "begin, on the same "
			      "day");
		else if (i > 0 && span->from_min < s->spans[i - 1].to_min)
			fault(check, FAULT_HOURS, i,
			      "hours: 时段重叠或逆序，须依次排列、互不重叠 the span begins before "
			      "the one above ends; "
			      "spans rise and do not overlap");
		check_number(check, FAULT_HOURS, i, "hours: weight", span->weight, 0,
			     SCENARIO_MOST_WEIGHT);
		weights += span->weight;
	}
	if (!(weights > 0))
		fault(check, FAULT_HOURS, 0,
		      "hours: 权重全为零，无人会来，请给一个时段大于 0 的 weight all weights are "
		      "zero: nobody would come; give one span a "
		      "weight above 0");
}

static bool queue_exists(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (!strcmp(scenario->queues[i].def.queue, id))
			return true;
	return false;
}

/* Departments of the queue at index that an earlier queue has already. */
static void check_departments(const struct check *check, uint32_t index)
{
	const struct scenario *s = check->scenario;
	const struct scenario_queue *queue = &s->queues[index];

	for (uint32_t i = 0; i < queue->department_count; i++) {
		if (queue->departments[i] >= s->department_count) {
			fault(check, FAULT_QUEUE, index, "departments: 无此部门 no department %u",
			      queue->departments[i]);
			continue;
		}
		for (uint32_t k = 0; k < index; k++)
			for (uint32_t d = 0; d < s->queues[k].department_count; d++)
				if (s->queues[k].departments[d] == queue->departments[i])
					fault(check, FAULT_QUEUE, index,
					      "departments: 部门重复，每个部门只写入一个队列 "
					      "\"%s\" waits in queue \"%s\" "
					      "already; name it in one queue only",
					      s->departments[queue->departments[i]].name,
					      s->queues[k].def.queue);
	}
}

static void check_queues(const struct check *check)
{
	const struct scenario *s = check->scenario;
	bool intake = false;

	if (s->queue_count == 0 || s->queue_count > CORE_MAX_QUEUES)
		fault(check, FAULT_QUEUE, 0,
		      "queues: 数量不对，须 1 至 %d 个 1 to %d queues are needed", CORE_MAX_QUEUES,
		      CORE_MAX_QUEUES);
	for (uint32_t i = 0; i < s->queue_count; i++) {
		const struct event_queue_defined *def = &s->queues[i].def;

		if (!text_is_id(def->queue) || !text_is_prefix(def->prefix))
			fault(check, FAULT_QUEUE, i,
			      "queues: "
			      "标识或字头无效，标识用小写字母、数字、连字符，字头用大写字母 no "
			      "identifier, or no prefix");
		for (uint32_t k = 0; k < i; k++)
			if (!strcmp(s->queues[k].def.queue, def->queue) ||
			    !strcmp(s->queues[k].def.prefix, def->prefix))
				fault(check, FAULT_QUEUE, i,
				      "queues: 标识或字头重复，须各不相同 queue \"%s\" has the "
				      "same id or "
				      "prefix; each needs its own",
				      s->queues[k].def.queue);
		intake |= def->kind == QUEUE_INTAKE;
		check_departments(check, i);
	}
	if (!intake && (s->policy == SCENARIO_POOLED || s->policy == SCENARIO_PRIORITY))
		fault(check, FAULT_POLICY, 0,
		      "policy: 无受理队列，此规则下众人同在一个 kind = \"intake\" "
		      "的队列等候，请加一个 this policy needs a queue of kind \"intake\", where "
		      "all "
		      "wait");
}

static void check_breaks(const struct check *check, uint32_t index)
{
	const struct scenario_window *window = &check->scenario->windows[index];

	if (window->break_count > SCENARIO_MAX_BREAKS) {
		fault(check, FAULT_WINDOW, index,
		      "breaks: 过多 %u are too many; 最多 at most %d are allowed",
		      window->break_count, SCENARIO_MAX_BREAKS);
		return;
	}
	for (uint32_t i = 0; i < window->break_count; i++)
		if (!is_span(window->breaks[i].from_min, window->breaks[i].to_min) ||
		    (i > 0 && window->breaks[i].from_min < window->breaks[i - 1].to_min))
			fault(check, FAULT_WINDOW, index,
			      "breaks: 起止颠倒、重叠或逆序，须先起后止、依次排列 a break must end "
			      "behind its begin, "
			      "and behind the break before it");
}

static void check_windows(const struct check *check)
{
	const struct scenario *s = check->scenario;

	if (s->window_count == 0 || s->window_count > CORE_MAX_WINDOWS)
		fault(check, FAULT_WINDOW, 0,
		      "windows: 数量不对，须 1 至 %d 个 1 to %d windows are needed",
		      CORE_MAX_WINDOWS, CORE_MAX_WINDOWS);
	for (uint32_t i = 0; i < s->window_count; i++) {
		const char *at = s->windows[i].queues;
		char id[CORE_ID_SIZE];
		int count = 0;

		/* the windows of one row are alike */
		if (i > 0 && s->windows[i].row == s->windows[i - 1].row &&
		    !memcmp(&s->windows[i], &s->windows[i - 1], sizeof(*s->windows)))
			continue;
		for (; scenario_next_id(&at, id); count++)
			if (!queue_exists(s, id))
				fault(check, FAULT_WINDOW, i,
				      "queues: 场景中无此队列，请在 queues 中定义或改名 \"%s\" is "
				      "no queue "
				      "of this scenario; define it in queues, or name another",
				      id);
		if (count == 0 || count > CORE_MAX_WINDOW_QUEUES)
			fault(check, FAULT_WINDOW, i,
			      "queues: 窗口须受理 1 至 %d 个队列 a window serves 1 to %d queues",
			      CORE_MAX_WINDOW_QUEUES, CORE_MAX_WINDOW_QUEUES);
		check_breaks(check, i);
	}
}

/* An earlier item of this department: what a queue lacks is said once. */
static bool is_said(const struct scenario *scenario, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (scenario->items[i].department == scenario->items[index].department)
			return true;
	return false;
}

/* An earlier item waits in the same queue and needs the same skill. */
static bool is_told(const struct scenario *scenario, uint32_t index, int queue)
{
	for (uint32_t i = 0; i < index; i++)
		if (!strcmp(scenario->items[i].skill, scenario->items[index].skill) &&
		    scenario_item_queue(scenario, &scenario->items[i]) == queue)
			return true;
	return false;
}

static void check_place(const struct check *check, uint32_t index)
{
	const struct scenario *s = check->scenario;
	const struct scenario_item *item = &s->items[index];
	int queue = scenario_item_queue(s, item);

	if (queue < 0 && s->policy == SCENARIO_DEPARTMENTAL) {
		if (!is_said(s, index))
			fault(check, FAULT_ITEM, index,
			      "department: 部门无队列，请写入某个队列的 departments \"%s\" has no "
			      "queue; name it in the "
			      "departments of a queue",
			      s->departments[item->department].name);
	} else if (queue < 0 && s->policy == SCENARIO_HALL) {
		fault(check, FAULT_ITEM, index,
		      "queue: 无此队列，规则 \"hall\" 下每个事项须写明自己的 queue \"%s\" is no "
		      "queue "
		      "of this scenario; policy \"hall\" needs the queue of each item",
		      item->queue);
	} else if (queue >= 0 && !scenario_is_served(s, s->queues[queue].def.queue, item->skill) &&
		   !is_told(s, index, queue)) {
		const char *id = s->queues[queue].def.queue, *skill = item->skill;

		fault(check, FAULT_ITEM, index,
		      "items: 无窗口受理 \"%s\"，须有窗口受理队列 \"%s\"%s%s%s no window serves "
		      "item "
		      "\"%s\": one is needed with queue \"%s\"%s%s%s",
		      item->id, id, skill[0] ? "并有技能 \"" : "", skill, skill[0] ? "\"" : "",
		      item->id, id, skill[0] ? " and skill \"" : "", skill, skill[0] ? "\"" : "");
	}
}

static void check_item(const struct check *check, uint32_t index)
{
	const struct scenario *s = check->scenario;
	const struct scenario_item *item = &s->items[index];

	check_number(check, FAULT_ITEM, index, "items: share", item->share, 0,
		     SCENARIO_MOST_WEIGHT);
	check_number(check, FAULT_ITEM, index, "items: factor", item->factor, SCENARIO_LEAST_FACTOR,
		     SCENARIO_MOST_FACTOR);
	if (!text_is_id(item->id))
		fault(check, FAULT_ITEM, index, "items: 标识无效 \"%s\" is no identifier",
		      item->id);
	if (!strncmp(item->id, SCENARIO_PICK_UP_ITEM, strlen(SCENARIO_PICK_UP_ITEM)))
		fault(check, FAULT_ITEM, index,
		      "items: 标识已占用，以 \"" SCENARIO_PICK_UP_ITEM
		      "\" 开头的留给模拟日志中的领取，请另取 ids that begin with "
		      "\"" SCENARIO_PICK_UP_ITEM
		      "\" are those of pick-ups in a simulated log; choose another");
	for (uint32_t i = 0; i < index; i++)
		if (!strcmp(s->items[i].id, item->id))
			fault(check, FAULT_ITEM, index,
			      "items: 标识重复，须各不相同 \"%s\" is there twice; each needs an id "
			      "of its own",
			      item->id);
	if (item->department >= s->department_count)
		fault(check, FAULT_ITEM, index, "items: 无部门 has no department");
	else
		check_place(check, index);
}

static bool skill_is_new(const struct scenario *scenario, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (!strcmp(scenario->items[i].skill, scenario->items[index].skill))
			return false;
	return scenario->items[index].skill[0] != '\0';
}

static void check_items(const struct check *check)
{
	const struct scenario *s = check->scenario;
	double shares = 0;
	uint32_t skills = 0;

	if (s->item_count == 0 || s->item_count > CORE_MAX_ITEMS) {
		fault(check, FAULT_ITEM, 0,
		      "items: 数量不对，须 1 至 %d 个 1 to %d items are needed", CORE_MAX_ITEMS,
		      CORE_MAX_ITEMS);
		return;
	}
	for (uint32_t i = 0; i < s->item_count; i++) {
		check_item(check, i);
		shares += s->items[i].share;
		if (skill_is_new(s, i) && ++skills == SCENARIO_MAX_SKILLS + 1)
			fault(check, FAULT_ITEM, i,
			      "skill: 过多 items need too many skills; 最多 at most %d are allowed",
			      SCENARIO_MAX_SKILLS);
	}
	if (!(shares > 0))
		fault(check, FAULT_ITEM, 0,
		      "items: 份额全为零，无人会来，请给一个事项大于 0 的 share all shares are "
		      "zero: nobody would come; give one item a "
		      "share above 0");
}

void scenario_faults(const struct scenario *scenario, scenario_fault_fn fn, void *user)
{
	struct check check = {.scenario = scenario, .fn = fn, .user = user};

	if ((unsigned)scenario->policy >= SCENARIO_POLICY_COUNT) {
		fault(&check, FAULT_POLICY, 0, "policy: 无此规则 no policy %d", scenario->policy);
		return;
	}
	if (scenario->department_count > SCENARIO_MAX_DEPARTMENTS)
		fault(&check, FAULT_WHOLE, 0,
		      "department: 过多 %u departments are too many; 最多 at most %d are allowed",
		      scenario->department_count, SCENARIO_MAX_DEPARTMENTS);
	check_numbers(&check);
	check_hours(&check);
	check_queues(&check);
	check_windows(&check);
	check_items(&check);
}

/* ---- what has no effect ---------------------------------------------------------------------- */

static bool skill_is_asked(const struct scenario *scenario, const char *skill)
{
	for (uint32_t i = 0; i < scenario->item_count; i++)
		if (!strcmp(scenario->items[i].skill, skill))
			return true;
	return false;
}

static bool skill_is_above(const struct scenario *scenario, uint32_t index, const char *skill)
{
	for (uint32_t i = 0; i < index; i++)
		if (scenario_list_has(scenario->windows[i].skills, skill))
			return true;
	return false;
}

/* Once for each skill. */
static void doubt_skills(const struct check *check, uint32_t index)
{
	const char *at = check->scenario->windows[index].skills;
	char id[CORE_ID_SIZE];

	while (scenario_next_id(&at, id))
		if (!skill_is_asked(check->scenario, id) &&
		    !skill_is_above(check->scenario, index, id))
			fault(check, FAULT_WINDOW, index,
			      "skills: 没有事项要求技能 \"%s\"，此处不起作用，请核对拼写 no item "
			      "asks "
			      "for skill \"%s\": it has no effect; is it spelt as in the items?",
			      id, id);
}

/* Nobody waits before the first span begins, and few when the last has ended. One until midnight is
 * for who goes home then. */
static void doubt_breaks(const struct check *check, uint32_t index)
{
	const struct scenario *s = check->scenario;
	const struct scenario_window *window = &s->windows[index];

	for (uint32_t i = 0; i < window->break_count; i++) {
		const struct scenario_break *b = &window->breaks[i];

		if (b->to_min > s->spans[0].from_min &&
		    (b->to_min == 1440 || b->from_min < s->spans[s->span_count - 1].to_min))
			continue;
		fault(check, FAULT_WINDOW, index,
		      "breaks: 休息 %02d:%02d-%02d:%02d 不在办公时间内 the break lies outside the "
		      "hours, %02d:%02d to %02d:%02d",
		      b->from_min / 60, b->from_min % 60, b->to_min / 60, b->to_min % 60,
		      s->spans[0].from_min / 60, s->spans[0].from_min % 60,
		      s->spans[s->span_count - 1].to_min / 60,
		      s->spans[s->span_count - 1].to_min % 60);
	}
}

void scenario_doubts(const struct scenario *scenario, bool of_hall, scenario_fault_fn fn,
		     void *user)
{
	const struct check check = {.scenario = scenario, .fn = fn, .user = user};
	bool online = false;

	for (uint32_t i = 0; i < scenario->item_count; i++)
		online = online || scenario->items[i].online;
	if (scenario->uptake > 0 && !online)
		fault(&check, FAULT_ONLINE, 0,
		      "online: 没有事项标明 online = true，无人网上申报 no item has online = true: "
		      "nobody files online");
	for (uint32_t i = 0; i < scenario->window_count; i++) {
		if (i > 0 && scenario->windows[i].row == scenario->windows[i - 1].row)
			continue; /* alike, and said */
		if (!of_hall)
			doubt_skills(&check, i);
		doubt_breaks(&check, i);
	}
}

struct first_fault {
	char *text;
	size_t size;
	bool found;
};

static void keep_first(void *user, enum fault_part part, uint32_t index, const char *message)
{
	struct first_fault *first = user;

	(void)part;
	(void)index;
	if (!first->found)
		snprintf(first->text, first->size, "%s", message);
	first->found = true;
}

int scenario_check(const struct scenario *scenario, char *ret_fault, size_t size)
{
	struct first_fault first = {.text = ret_fault, .size = size};

	ret_fault[0] = '\0';
	scenario_faults(scenario, keep_first, &first);
	return first.found ? -EINVAL : 0;
}
