/* The clerks of the configuration with their skills. */
#include <stdio.h>
#include <string.h>

#include "src/daemon/config.h"
#include "src/daemon/config_parts.h"
#include "src/settings/config_hall.h"

static const struct config_field clerk_fields[] = {
	CONFIG_FIELD(struct event_clerk_defined, clerk, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct event_clerk_defined, zh, "zh", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_clerk_defined, en, "en", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_clerk_defined, skills, "skills", CONFIG_GROUP, false, 0, 0),
};
static const struct config_section clerk_section = CONFIG_SECTION("clerks", clerk_fields);

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
			config_read_skills(reader, at, clerk->skills);
		config->clerk_count = i + 1;
	}
}

/* A ticket for such an item could never be called: nobody has the skill. */
void config_check_skills(struct config_reader *reader, const config_setting_t *at,
			 const struct config *config, const struct event_item_defined *item)
{
	for (size_t i = 0; i < config->clerk_count && item->skill[0]; i++)
		if (config_has_skill(config->clerks[i].skills, item->skill))
			return;
	if (item->skill[0])
		config_error(reader, at,
			     "skill: 无人具此技能 no clerk of this configuration has \"%s\"",
			     item->skill);
}
