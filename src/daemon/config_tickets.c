/* Which tickets are printed by which template: the hall's, and rules for a queue, a printer or a
 * class. What is in the templates is not looked at here: a bad one must not keep a hall from
 * opening. */
#include <stdio.h>
#include <string.h>

#include "src/daemon/config_parts.h"

#define TICKET_FIELDS                                                                              \
	CONFIG_FIELD(struct config_ticket_rule, paths[TEMPLATE_TICKET], "template", CONFIG_TEXT,   \
		     false, 0, 0),                                                                 \
		CONFIG_FIELD(struct config_ticket_rule, paths[TEMPLATE_LARGE], "large",            \
			     CONFIG_TEXT, false, 0, 0),                                            \
		CONFIG_FIELD(struct config_ticket_rule, paths[TEMPLATE_DESK], "desk", CONFIG_TEXT, \
			     false, 0, 0),                                                         \
		CONFIG_FIELD(struct config_ticket_rule, large_print, "large_print", CONFIG_BOOL,   \
			     false, 0, 0),                                                         \
		CONFIG_FIELD(struct config_ticket_rule, desk_copy, "desk_copy", CONFIG_BOOL,       \
			     false, 0, 0)

static const struct config_field tickets_fields[] = {
	TICKET_FIELDS,
	{.key = "rules", .kind = CONFIG_GROUP},
};
static const struct config_section tickets_section = CONFIG_SECTION("tickets", tickets_fields);

static const struct config_field rule_fields[] = {
	CONFIG_FIELD(struct config_ticket_rule, queue, "queue", CONFIG_ID, false, 0, 0),
	CONFIG_FIELD(struct config_ticket_rule, printer, "printer", CONFIG_ID, false, 0, 0),
	CONFIG_FIELD(struct config_ticket_rule, class, "class", CONFIG_CLASS, false, 0, 0),
	TICKET_FIELDS,
};
static const struct config_section rule_section = CONFIG_SECTION("rules", rule_fields);

static bool is_queue(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->queue_count; i++)
		if (!strcmp(config->queues[i].queue, id))
			return true;
	return false;
}

static bool is_printer(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->devices.printer_count; i++)
		if (!strcmp(config->devices.printers[i].device.id, id))
			return true;
	return false;
}

static void finish_rule(struct config_reader *reader, const config_setting_t *at,
			struct config_ticket_rule *rule)
{
	rule->says_large_print = config_setting_get_member(at, "large_print") != NULL;
	rule->says_desk_copy = config_setting_get_member(at, "desk_copy") != NULL;
	for (size_t i = 0; i < TEMPLATE_USES; i++)
		config_resolve_path(reader->path, rule->paths[i], sizeof(rule->paths[i]));
}

static void read_rule(struct config_reader *reader, const config_setting_t *at,
		      struct config *config, struct config_ticket_rule *rule)
{
	config_read_group(reader, at, &rule_section, rule);
	if (!config_setting_is_group(at))
		return;
	rule->says_class = config_setting_get_member(at, "class") != NULL;
	if (!rule->queue[0] && !rule->printer[0] && !rule->says_class)
		config_error(reader, at,
			     "rules: 规则须有队列、打印机或类别 a rule needs a queue, a printer or "
			     "a class");
	if (rule->queue[0] && !is_queue(config, rule->queue))
		config_error(reader, at,
			     "queue: 配置中无此队列 \"%s\" is no queue of this configuration",
			     rule->queue);
	if (rule->printer[0] && !is_printer(config, rule->printer))
		config_error(reader, at,
			     "printer: 配置中无此打印机 \"%s\" is no printer of this configuration",
			     rule->printer);
	finish_rule(reader, at, rule);
}

void config_read_tickets(struct config_reader *reader, const config_setting_t *root,
			 struct config *config)
{
	const config_setting_t *at = config_setting_get_member(root, "tickets");
	const config_setting_t *list = NULL;
	size_t count;

	config->ticket_rule_count = 1;
	if (!at)
		return;
	config_read_group(reader, at, &tickets_section, &config->ticket_rules[0]);
	if (!config_setting_is_group(at))
		return;
	finish_rule(reader, at, &config->ticket_rules[0]);
	count = config_list(reader, at, "rules", CONFIG_MAX_TICKET_RULES - 1, &list);
	for (size_t i = 0; i < count; i++)
		read_rule(reader, config_setting_get_elem(list, (unsigned)i), config,
			  &config->ticket_rules[config->ticket_rule_count++]);
}
