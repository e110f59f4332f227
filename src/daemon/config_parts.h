/* The parts of the hall's configuration, for each other. */
#pragma once

#include "src/daemon/config.h"
#include "src/settings/config_read.h"

/* config_placeholders.c */
struct placeholder_names;
/* Each name between braces must be one of names whose bit 1 << index is set in allowed. */
void config_check_placeholders(struct config_reader *reader, const config_setting_t *at,
			       const struct placeholder_names *names, unsigned long allowed,
			       const char *text);

/* config_rules.c */
void config_read_clerks(struct config_reader *reader, const config_setting_t *root,
			struct config *config);
void config_check_skills(struct config_reader *reader, const config_setting_t *at,
			 const struct config *config, const struct event_item_defined *item);

/* config_printing.c: how long paper is waited for, and which printers print what. After the
 * devices, the queues and the policy. */
void config_read_printing(struct config_reader *reader, const config_setting_t *root,
			  struct config *config);
/* config_tickets.c; behind the devices. */
void config_read_tickets(struct config_reader *reader, const config_setting_t *root,
			 struct config *config);

/* config_voices.c; behind the devices, the queues and the windows. */
void config_read_voices(struct config_reader *reader, const config_setting_t *root,
			struct config *config);
/* When the log's path is known. */
void config_place_marks(struct config *config);

/* config_boards.c: what boards show. The hall's part comes before the boards, a board's own behind
 * its driver and model. */
void config_read_showing(struct config_reader *reader, const config_setting_t *root,
			 struct config *config);
void config_read_board_rules(struct config_reader *reader, const config_setting_t *at,
			     struct config *config, struct devices_board_config *board);

/* config_characters.c. The first character of what stands in the text outside of braces that no
 * board of that kind can draw; NULL: it has all of them. */
const char *config_find_missing(enum board_charset charset, const char *text);
/* Warns of whatever a board of the configuration could never show. Behind all of it. */
void config_check_characters(struct config_reader *reader, const config_setting_t *root,
			     const struct config *config);
enum { CONFIG_CHARACTER_SIZE = 24 };
/* "喆 (U+5586)" */
void config_name_character(char ret[CONFIG_CHARACTER_SIZE], const char *at);

/* config_lines.c. example: how such a URL is written. */
void config_check_url(struct config_reader *reader, const config_setting_t *at, const char *url,
		      const char *example);
void config_read_lines(struct config_reader *reader, const config_setting_t *root,
		       struct devices_config *devices);

void config_read_devices(struct config_reader *reader, const config_setting_t *root,
			 struct config *config);
