/* Reading one group of the configuration by its table; shared by the parts of config. */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stdio.h>

#include "src/daemon/config.h"
#include "src/daemon/config_schema.h"

struct config_reader {
	const char *path; /* for errors where libconfig names no file */
	config_error_fn fn;
	void *user;
	int errors;
	bool no_memory; /* something could not be tried: no fault of the file */
};

__attribute__((format(printf, 3, 4))) void
config_error(struct config_reader *reader, const config_setting_t *at, const char *format, ...);
__attribute__((format(printf, 3, 4))) void config_error_at_line(struct config_reader *reader,
								int line, const char *format, ...);
/* Fills *ret by the table; unknown keys, missing keys and values out of range are errors. */
void config_read_group(struct config_reader *reader, const config_setting_t *group,
		       const struct config_section *section, void *ret);
/* One member by its row of the table, if the group has it. */
void config_read_member(struct config_reader *reader, const config_setting_t *group,
			const struct config_section *section, const char *key, void *ret);
/* A list of groups below root. Returns its length, 0 if absent or wrong (then reported). */
size_t config_list(struct config_reader *reader, const config_setting_t *root, const char *key,
		   size_t max, const config_setting_t **ret_list);
/* Checks that value is not the same text as one of count records of stride bytes. */
bool config_unique(struct config_reader *reader, const config_setting_t *at, const char *what,
		   const char *value, const void *records, size_t count, size_t stride);

struct placeholder_names;
/* Each name between braces must be one of names whose bit 1 << index is set in allowed. */
void config_check_placeholders(struct config_reader *reader, const config_setting_t *at,
			       const struct placeholder_names *names, unsigned long allowed,
			       const char *text);

enum { CONFIG_MAX_NESTING = 64 };

struct stat;
/* An ordinary file of at most max bytes, else -EFBIG, or an errno. Never waits. */
__attribute__((warn_unused_result)) int config_open_file(const char *path, size_t max,
							 struct stat *ret_stat, FILE **ret_file);
/* A text file of at most max bytes, *ret_text is to be freed. -EFBIG: no ordinary file or larger;
 * -EILSEQ: it holds a zero byte; else an errno. */
__attribute__((warn_unused_result)) int config_read_text_file(const char *path, size_t max,
							      char **ret_text);
/* Before libconfig sees it: its parser recurses with the nesting, and a file of brackets must not
 * reach its stack. The line where it goes too deep, 0: nowhere. */
int config_nests_deeper(const char *text, int most);

/* What libconfig says of a text that it cannot read, with what to look for: its parser notices many
 * a slip in the next line only, and says no more than "syntax error" of a full-width sign. */
void config_syntax_error(struct config_reader *reader, const config_t *parsed, const char *text);
/* A relative path is meant from the folder of the configuration. */
void config_resolve_path(const char *config_path, char *path, size_t size);

/* config_rules.c */
/* "17:30" as minutes of the day, "24:00" is 1440; -1 if it is none. */
int64_t config_minute_of_day(const char *text);
void config_read_policy(struct config_reader *reader, const config_setting_t *root,
			struct config *config);
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

/* config_lines.c. example: how such a URL is written. */
void config_check_url(struct config_reader *reader, const config_setting_t *at, const char *url,
		      const char *example);
void config_read_lines(struct config_reader *reader, const config_setting_t *root,
		       struct devices_config *devices);

void config_read_devices(struct config_reader *reader, const config_setting_t *root,
			 struct config *config);
