/* What the hall's configuration and a scenario say in the same words: queues, the rules of the
 * line, skills, the zone. What the core would refuse at the start of the daemon is an error of the
 * file here already. */
#include "src/settings/config_hall.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "src/core/text.h"

/* ---- queues -----------------------------------------------------------------------------------
 */

static const struct config_field queue_fields[] = {
	CONFIG_FIELD(struct event_queue_defined, queue, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct event_queue_defined, zh, "zh", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_queue_defined, en, "en", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_queue_defined, prefix, "prefix", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_queue_defined, first, "first", CONFIG_INT, false, 1,
		     CORE_MAX_TICKET_NUMBER),
	CONFIG_FIELD(struct event_queue_defined, last, "last", CONFIG_INT, false, 1,
		     CORE_MAX_TICKET_NUMBER),
	CONFIG_FIELD(struct event_queue_defined, work, "work", CONFIG_BOOL, false, 0, 0),
	CONFIG_FIELD(struct event_queue_defined, spare, "spare", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct event_queue_defined, paper_first, "paper_first", CONFIG_INT, false, 1,
		     CORE_MAX_TICKET_NUMBER),
	CONFIG_FIELD(struct event_queue_defined, paper_last, "paper_last", CONFIG_INT, false, 1,
		     CORE_MAX_TICKET_NUMBER),
	{.key = "kind", .kind = CONFIG_GROUP},
};

/* Two queues with one prefix would give one number twice; the spare prefix counts like the other.
 */
static void check_prefixes(struct config_reader *reader, const config_setting_t *at,
			   const struct event_queue_defined *queues, size_t index)
{
	const struct event_queue_defined *queue = &queues[index];

	if (queue->spare[0] &&
	    (!text_is_prefix(queue->spare) || !strcmp(queue->spare, queue->prefix)))
		config_error(reader, at,
			     "spare: 无效 \"%s\"; 可用 allowed: one to three letters A-Z, not the "
			     "prefix",
			     queue->spare);
	for (size_t i = 0; i < index; i++) {
		const struct event_queue_defined *other = &queues[i];
		const char *twice = NULL;

		if (queue->prefix[0] && !strcmp(queue->prefix, other->spare))
			twice = queue->prefix;
		if (queue->spare[0] &&
		    (!strcmp(queue->spare, other->prefix) || !strcmp(queue->spare, other->spare)))
			twice = queue->spare;
		if (twice)
			config_error(reader, at,
				     "queues: 字头重复 prefix \"%s\" is there twice; queue \"%s\" "
				     "has it, as "
				     "prefix or spare",
				     twice, other->queue);
	}
}

static void check_paper(struct config_reader *reader, const config_setting_t *at,
			const struct event_queue_defined *queue)
{
	if (!queue->paper_first && !queue->paper_last)
		return;
	if (!queue->paper_first || queue->paper_first > queue->paper_last)
		config_error(reader, at,
			     "paper_first, paper_last: 须成对递增 both are needed, rising");
	else if (queue->paper_first <= queue->last && queue->paper_last >= queue->first)
		config_error(reader, at,
			     "paper_first, paper_last: 号段重叠 %d to %d must lie outside first to "
			     "last, %d "
			     "to %d",
			     (int)queue->paper_first, (int)queue->paper_last, (int)queue->first,
			     (int)queue->last);
}

/* What a queue is for. A hall whose file does not say: work is taken in, all else is advice. */
static void read_kind(struct config_reader *reader, const config_setting_t *at,
		      struct event_queue_defined *queue)
{
	const config_setting_t *setting = config_setting_get_member(at, "kind");
	const char *text = setting ? config_setting_get_string(setting) : NULL;
	int kind = text ? queue_kind_by_name(text) : -1;

	queue->kind = queue->work ? QUEUE_INTAKE : QUEUE_GUIDE;
	if (setting && kind <= QUEUE_UNSTATED)
		config_error(
			reader, setting,
			"kind: 无效 \"%.40s\"; 可用 allowed: \"guide\", \"assist\", "
			"\"intake\", \"issue\", \"trouble\" (咨询、帮办、受理、出证、办不成事)",
			text ? text : "(not text)");
	else if (setting)
		queue->kind = kind;
}

size_t config_read_queues(struct config_reader *reader, const config_setting_t *root,
			  const char *extra, int64_t last, struct event_queue_defined *queues)
{
	enum { FIELDS = sizeof(queue_fields) / sizeof(*queue_fields) };
	struct config_field fields[FIELDS + 1];
	struct config_section section = CONFIG_SECTION("queues", fields);
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "queues", CORE_MAX_QUEUES, &list);

	memcpy(fields, queue_fields, sizeof(queue_fields));
	fields[FIELDS] = (struct config_field){.key = extra, .kind = CONFIG_GROUP};
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct event_queue_defined *queue = &queues[i];

		queue->first = 1;
		queue->last = last;
		config_read_group(reader, at, &section, queue);
		config_unique(reader, at, "queues: id", queue->queue, queues[0].queue, i,
			      sizeof(*queue));
		config_unique(reader, at, "queues: prefix", queue->prefix, queues[0].prefix, i,
			      sizeof(*queue));
		if (queue->prefix[0] && !text_is_prefix(queue->prefix))
			config_error(reader, at,
				     "prefix: 无效 \"%s\"; 可用 allowed: one to three letters A-Z",
				     queue->prefix);
		if (queue->first > queue->last)
			config_error(reader, at, "first: 大于 last %d is above last, %d",
				     (int)queue->first, (int)queue->last);
		check_prefixes(reader, at, queues, i);
		check_paper(reader, at, queue);
		if (config_setting_is_group(at))
			read_kind(reader, at, queue);
	}
	return count;
}

/* The zone decides what day and hour a ticket belongs to: a name that the system does not know
 * would silently mean UTC. */
static bool zone_exists(const char *zone)
{
	char path[128];
	struct stat st;

	if (strstr(zone, "..") || zone[0] == '/')
		return false;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

void config_check_zone(struct config_reader *reader, const config_setting_t *at, const char *zone)
{
	if (zone[0] && !zone_exists(zone))
		config_error(reader, at,
			     "zone: 本机无此时区 \"%s\" is not known to this system; 可用 "
			     "allowed: a name as in /usr/share/zoneinfo, such as Asia/Shanghai",
			     zone);
}

/* ---- rules and skills ------------------------------------------------------------------------ */

/* As the file has it: minutes, and a time of day. */
struct policy_text {
	int64_t overtakes, age_min, recalls, aside_min, early_min, late_min, service_min,
		expect_service_min;
	bool expect;
	char closes[8];
};

enum { EXPECT_SERVICE_MIN = 10 };

static const struct config_field policy_fields[] = {
	CONFIG_FIELD(struct policy_text, overtakes, "overtakes", CONFIG_INT, false, -1,
		     CORE_MAX_DAY_TICKETS),
	CONFIG_FIELD(struct policy_text, age_min, "age_min", CONFIG_INT, false, 0, 1440),
	CONFIG_FIELD(struct policy_text, recalls, "recalls", CONFIG_INT, false, 0, 99),
	CONFIG_FIELD(struct policy_text, aside_min, "aside_min", CONFIG_INT, false, 0, 1440),
	CONFIG_FIELD(struct policy_text, early_min, "early_min", CONFIG_INT, false, 0, 1440),
	CONFIG_FIELD(struct policy_text, late_min, "late_min", CONFIG_INT, false, 0, 1440),
	CONFIG_FIELD(struct policy_text, service_min, "service_min", CONFIG_INT, false, 0, 1440),
	CONFIG_FIELD(struct policy_text, expect, "expect", CONFIG_BOOL, false, 0, 0),
	CONFIG_FIELD(struct policy_text, expect_service_min, "expect_service_min", CONFIG_INT,
		     false, 0, 240),
	CONFIG_FIELD(struct policy_text, closes, "closes", CONFIG_TEXT, false, 0, 0),
};

int64_t config_minute_of_day(const char *text)
{
	int hours = 0, minutes = 0, used = 0;

	if (sscanf(text, "%2d:%2d%n", &hours, &minutes, &used) != 2 || text[used] || used != 5 ||
	    hours < 0 || hours > 24 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 1440)
		return -1;
	return hours * 60 + minutes;
}

void config_read_policy(struct config_reader *reader, const config_setting_t *at,
			struct event_policy_defined *policy)
{
	struct config_section section = CONFIG_SECTION("policy", policy_fields);
	struct policy_text text = {
		.overtakes = -1, .expect = true, .expect_service_min = EXPECT_SERVICE_MIN};

	if (at && config_setting_name(at))
		section.name = config_setting_name(at);
	if (at)
		config_read_group(reader, at, &section, &text);
	*policy = (struct event_policy_defined){
		.overtakes = text.overtakes,
		.age_ms = text.age_min * 60000,
		.recalls = text.recalls,
		.aside_ms = text.aside_min * 60000,
		.early_ms = text.early_min * 60000,
		.late_ms = text.late_min * 60000,
		.service_ms = text.service_min * 60000,
		.expect = text.expect,
		.expect_service_ms = text.expect_service_min * 60000,
	};
	if (!text.closes[0])
		return;
	policy->closes_min = config_minute_of_day(text.closes);
	if (policy->closes_min <= 0)
		config_error(reader, config_setting_get_member(at, "closes"),
			     "closes: 时间无效 \"%s\" is no time of day; 可用 allowed: \"00:01\" "
			     "to \"24:00\"",
			     text.closes);
}

bool config_has_skill(const char *skills, const char *skill)
{
	size_t len = strlen(skill);

	for (const char *at = skills; *at;) {
		size_t n = strcspn(at, ",");

		if (n == len && !strncmp(at, skill, n))
			return true;
		at += n + (at[n] == ',');
	}
	return false;
}

void config_read_skills(struct config_reader *reader, const config_setting_t *at,
			char ret_skills[CONFIG_SKILLS_SIZE])
{
	const config_setting_t *list = config_setting_get_member(at, "skills");
	size_t used = 0;

	if (!list)
		return;
	if (!config_setting_is_array(list) || config_setting_length(list) > CORE_MAX_CLERK_SKILLS) {
		config_error(
			reader, list,
			"skills: 须为标识的数组 must be an array of at most %d ids, [ \"notary\" ]",
			CORE_MAX_CLERK_SKILLS);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *skill = config_setting_get_string_elem(list, i);

		if (!skill || strlen(skill) >= CORE_ID_SIZE || !text_is_id(skill) ||
		    config_has_skill(ret_skills, skill)) {
			config_error(reader, list,
				     "skills: 无效 \"%.40s\"; 可用 allowed: ids of a-z, 0-9, "
				     "\".\", \"_\" and "
				     "\"-\", each once",
				     skill ? skill : "(not text)");
			continue;
		}
		used += (size_t)snprintf(ret_skills + used, CONFIG_SKILLS_SIZE - used, "%s%s",
					 used ? "," : "", skill);
	}
}
