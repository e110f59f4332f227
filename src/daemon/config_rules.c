/* The rules of the line in the configuration: the policy, and the clerks with their skills. What
 * the core would refuse at the start of the daemon is an error of the file here already. */
#include <stdio.h>
#include <string.h>

#include "src/core/text.h"
#include "src/daemon/config.h"
#include "src/daemon/config_read.h"

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
static const struct config_section policy_section = CONFIG_SECTION("policy", policy_fields);

static const struct config_field clerk_fields[] = {
	CONFIG_FIELD(struct event_clerk_defined, clerk, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct event_clerk_defined, zh, "zh", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_clerk_defined, en, "en", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_clerk_defined, skills, "skills", CONFIG_GROUP, false, 0, 0),
};
static const struct config_section clerk_section = CONFIG_SECTION("clerks", clerk_fields);

int64_t config_minute_of_day(const char *text)
{
	int hours = 0, minutes = 0, used = 0;

	if (sscanf(text, "%2d:%2d%n", &hours, &minutes, &used) != 2 || text[used] || used != 5 ||
	    hours < 0 || hours > 24 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 1440)
		return -1;
	return hours * 60 + minutes;
}

void config_read_policy(struct config_reader *reader, const config_setting_t *root,
			struct config *config)
{
	const config_setting_t *at = config_setting_get_member(root, "policy");
	struct event_policy_defined *policy = &config->policy;
	struct policy_text text = {
		.overtakes = -1, .expect = true, .expect_service_min = EXPECT_SERVICE_MIN};

	if (at)
		config_read_group(reader, at, &policy_section, &text);
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

static bool has_skill(const char *skills, const char *skill)
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

static void read_skills(struct config_reader *reader, const config_setting_t *at,
			struct event_clerk_defined *clerk)
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
		    has_skill(clerk->skills, skill)) {
			config_error(reader, list,
				     "skills: 无效 \"%.40s\"; 可用 allowed: ids of a-z, 0-9, "
				     "\".\", \"_\" and "
				     "\"-\", each once",
				     skill ? skill : "(not text)");
			continue;
		}
		used += (size_t)snprintf(clerk->skills + used, sizeof(clerk->skills) - used, "%s%s",
					 used ? "," : "", skill);
	}
}

void config_read_clerks(struct config_reader *reader, const config_setting_t *root,
			struct config *config)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "clerks", CORE_MAX_CLERKS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct event_clerk_defined *clerk = &config->clerks[i];

		config_read_group(reader, at, &clerk_section, clerk);
		config_unique(reader, at, "clerks: id", clerk->clerk, config->clerks[0].clerk, i,
			      sizeof(*clerk));
		if (config_setting_is_group(at))
			read_skills(reader, at, clerk);
		config->clerk_count = i + 1;
	}
}

/* A ticket for such an item could never be called: nobody has the skill. */
void config_check_skills(struct config_reader *reader, const config_setting_t *at,
			 const struct config *config, const struct event_item_defined *item)
{
	for (size_t i = 0; i < config->clerk_count && item->skill[0]; i++)
		if (has_skill(config->clerks[i].skills, item->skill))
			return;
	if (item->skill[0])
		config_error(reader, at,
			     "skill: 无人具此技能 no clerk of this configuration has \"%s\"",
			     item->skill);
}
