/* What the hall's configuration and a scenario say in the same words. */
#pragma once

#include "src/core/event.h"
#include "src/settings/config_read.h"

/* A name that the system does not know would silently mean UTC. "" is not looked at. */
void config_check_zone(struct config_reader *reader, const config_setting_t *at, const char *zone);
/* Member "queues" of root, at most CORE_MAX_QUEUES, into zeroed records; extra is one key more that
 * a queue may have, which the caller reads; a queue that names no range has 1 to last. Returns how
 * many there are. */
size_t config_read_queues(struct config_reader *reader, const config_setting_t *root,
			  const char *extra, int64_t last, struct event_queue_defined *queues);
/* The group at, NULL none: then no rule but the order. */
void config_read_policy(struct config_reader *reader, const config_setting_t *at,
			struct event_policy_defined *ret_policy);
/* "17:30" as minutes of the day, "24:00" is 1440; -1 if it is none. */
int64_t config_minute_of_day(const char *text);

enum { CONFIG_SKILLS_SIZE = CORE_MAX_CLERK_SKILLS * CORE_ID_SIZE };
/* Member "skills" of the group at, an array of ids, joined with "," into what was "". */
void config_read_skills(struct config_reader *reader, const config_setting_t *at,
			char ret_skills[CONFIG_SKILLS_SIZE]);
/* Of such a list. */
bool config_has_skill(const char *skills, const char *skill);
