/* Reading a file of settings, group by group, by tables: the hall's configuration, its templates,
 * and the scenarios of simulations. */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stdio.h>

#include "src/settings/config_error.h"
#include "src/settings/config_schema.h"

struct config_reader {
	const char *path; /* for errors where libconfig names no file */
	config_error_fn fn;
	void *user;
	int errors;
	bool no_memory; /* something could not be tried: no fault of the file */
};

__attribute__((format(printf, 3, 4))) void
config_error(struct config_reader *reader, const config_setting_t *at, const char *format, ...);
/* Told as an error is, with "注意 warning: " before it, and counted as none. */
void config_warning(struct config_reader *reader, const config_setting_t *at, const char *message);
__attribute__((format(printf, 3, 4))) void config_error_at_line(struct config_reader *reader,
								int line, const char *format, ...);
__attribute__((format(printf, 4, 5))) void
config_error_in(struct config_reader *reader, const char *file, int line, const char *format, ...);
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

/* Does the element at index of an array of numbers or texts stand before it already; then that is
 * told. */
bool config_repeats(struct config_reader *reader, const config_setting_t *list, int index);

/* What a member is called in messages: an element of an array has the array's name. */
const char *config_name_of(const config_setting_t *at);

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

/* Likewise the files that text includes, relative to the folder of reader->path: libconfig would
 * wait for a named pipe, and go on without an end of the file's name. 0, -EINVAL: told, -ENOMEM. */
__attribute__((warn_unused_result)) int config_check_includes(struct config_reader *reader,
							      const char *text);

/* What libconfig says of a text that it cannot read, with what to look for: its parser notices many
 * a slip in the next line only, and says no more than "syntax error" of a full-width sign. */
void config_syntax_error(struct config_reader *reader, const config_t *parsed, const char *text);
/* A relative path is meant from the folder of the configuration, wherever the program is started.
 */
void config_resolve_path(const char *config_path, char *path, size_t size);
