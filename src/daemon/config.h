/* The hall's configuration: libconfig text into plain data. Every error found is reported, each
 * with file, line, key and what is allowed; a configuration with one error is not used at all. */
#pragma once

#include "src/devices/devices.h"
#include "src/settings/config_error.h"
#include "src/web/web.h"

struct config_web {
	char listen[64];
	int64_t port; /* 0: a free one */
	char public_url[DEVICES_URL_SIZE];
	struct web_limits limits; /* what the file does not say is 0: the default */
};

enum { CONFIG_MAX_TICKET_RULES = 32, CONFIG_PATH_SIZE = 512 };

/* What it says of tickets that it is for; a later rule has the last word. Paths are "" where it
 * says nothing. */
struct config_ticket_rule {
	char queue[CORE_ID_SIZE], printer[CORE_ID_SIZE]; /* "" any */
	enum ticket_class class;
	char paths[TEMPLATE_USES][CONFIG_PATH_SIZE];
	bool large_print, desk_copy;
	bool says_class, says_large_print, says_desk_copy;
};

struct config {
	struct event_hall_defined hall;
	char log_path[1024];
	char key_path[1024]; /* "" : beside the log */
	struct config_web web;
	struct event_queue_defined queues[CORE_MAX_QUEUES];
	size_t queue_count;
	struct event_window_defined windows[CORE_MAX_WINDOWS];
	size_t window_count;
	struct event_item_defined items[CORE_MAX_ITEMS];
	size_t item_count;
	struct event_policy_defined policy; /* none in the file: no rule but the order */
	struct event_clerk_defined clerks[CORE_MAX_CLERKS];
	size_t clerk_count;
	struct devices_config devices;
	struct board_rules board_rules; /* of boards that say nothing else */
	struct config_ticket_rule ticket_rules[CONFIG_MAX_TICKET_RULES]; /* [0]: any ticket */
	size_t ticket_rule_count;
};

/* Paths in the file are relative to its folder. -ENOENT and other errno when it cannot be read,
 * -EINVAL when errors were reported to fn (at most 100). The result is one allocation: free(). */
__attribute__((warn_unused_result)) int config_load(struct config **ret_config, const char *path,
						    config_error_fn fn, void *user);
/* The same of a text; path: the file that errors are said of and paths are relative to. Lines,
 * printers, boards and keypads can be left out: whether this program could reach them is then not
 * asked. */
enum config_parts { CONFIG_WHOLE, CONFIG_WITHOUT_DEVICES };
__attribute__((warn_unused_result)) int config_parse(struct config **ret_config, const char *text,
						     const char *path, enum config_parts parts,
						     config_error_fn fn, void *user);
