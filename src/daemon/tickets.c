/* The templates in force. A file is looked at where its ticket is printed, by its size and times:
 * nothing has to be told that it changed, and a hall without tickets is not woken for it. */
#include "src/daemon/tickets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK_MS = 1000, MAX_FILES = CONFIG_MAX_TICKET_RULES * TEMPLATE_USES, WHY_SIZE = 320 };

struct file {
	const char *path;	   /* the configuration's */
	struct template *template; /* NULL: none was ever good */
	struct stat seen;
	char why[WHY_SIZE]; /* "" good */
};

struct tickets {
	const struct config *config;
	config_error_fn fn;
	void *user;
	struct template *built_in[TEMPLATE_USES];
	struct file files[MAX_FILES];
	size_t file_count;
	int64_t looked_ms;
};

/* ---- files ---------------------------------------------------------------------------------- */

struct report {
	struct tickets *tickets;
	struct file *file;
};

static void on_error(void *user, const char *path, int line, const char *message)
{
	struct report *report = user;
	char at[16] = "";

	if (line > 0)
		snprintf(at, sizeof(at), ":%d", line);
	if (!report->file->why[0])
		snprintf(report->file->why, sizeof(report->file->why), "%s%s: %s", path, at,
			 message);
	report->tickets->fn(report->tickets->user, path, line, message);
}

/* Size and times; a file that is not there has none. */
static struct stat look_at(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		st = (struct stat){0};
	return st;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void read_file(struct tickets *tickets, struct file *file, const struct stat *seen)
{
	struct report report = {.tickets = tickets, .file = file};
	struct template *template = NULL;
	char message[128];
	int r;

	file->seen = *seen;
	file->why[0] = '\0';
	r = template_load(&template, file->path, on_error, &report);
	if (r == 0) {
		template_destroy(file->template);
		file->template = template;
	} else if (!file->why[0]) {
		snprintf(message, sizeof(message), "读不了 it cannot be read: %s", strerror(-r));
		on_error(&report, file->path, 0, message);
	}
}

static struct file *find_file(const struct tickets *tickets, const char *path)
{
	for (size_t i = 0; i < tickets->file_count; i++)
		if (!strcmp(tickets->files[i].path, path))
			return (struct file *)(uintptr_t)&tickets->files[i];
	return NULL;
}

int tickets_create(struct tickets **ret_tickets, const struct config *config, config_error_fn fn,
		   void *user)
{
	struct tickets *tickets = calloc(1, sizeof(*tickets));
	int r = tickets ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < TEMPLATE_USES; i++)
		r = template_built_in(&tickets->built_in[i], (enum template_use)i);
	if (r < 0) {
		tickets_destroy(tickets);
		return r;
	}
	tickets->config = config;
	tickets->fn = fn;
	tickets->user = user;
	for (size_t i = 0; i < config->ticket_rule_count; i++) {
		for (size_t use = 0; use < TEMPLATE_USES; use++) {
			const char *path = config->ticket_rules[i].paths[use];
			struct file *file = &tickets->files[tickets->file_count];
			struct stat seen = look_at(path);

			if (!path[0] || find_file(tickets, path))
				continue;
			file->path = path;
			tickets->file_count++;
			read_file(tickets, file, &seen);
		}
	}
	*ret_tickets = tickets;
	return 0;
}

void tickets_destroy(struct tickets *tickets)
{
	if (!tickets)
		return;
	for (size_t i = 0; i < TEMPLATE_USES; i++)
		template_destroy(tickets->built_in[i]);
	for (size_t i = 0; i < tickets->file_count; i++)
		template_destroy(tickets->files[i].template);
	free(tickets);
}

bool tickets_refresh(struct tickets *tickets, int64_t now_ms)
{
	bool any = false;

	if (now_ms - tickets->looked_ms < LOOK_MS)
		return false;
	tickets->looked_ms = now_ms;
	for (size_t i = 0; i < tickets->file_count; i++) {
		struct file *file = &tickets->files[i];
		struct stat seen = look_at(file->path);

		if (is_same(&seen, &file->seen))
			continue;
		read_file(tickets, file, &seen);
		any = true;
	}
	return any;
}

/* ---- rules ---------------------------------------------------------------------------------- */

static bool holds(const struct config_ticket_rule *rule, const char *queue, const char *printer,
		  enum ticket_class class)
{
	return (!rule->queue[0] || !strcmp(rule->queue, queue)) &&
	       (!rule->printer[0] || !strcmp(rule->printer, printer)) &&
	       (!rule->says_class || rule->class == class);
}

static const struct template *in_force(const struct tickets *tickets, const char *path,
				       enum template_use use)
{
	const struct file *file = path[0] ? find_file(tickets, path) : NULL;

	return file && file->template ? file->template : tickets->built_in[use];
}

void tickets_choose(const struct tickets *tickets, const char *queue, const char *printer,
		    enum ticket_class class, bool large, struct devices_templates *ret)
{
	const char *paths[TEMPLATE_USES] = {"", "", ""};
	enum template_use use;
	bool desk = false, by_rule = false;

	for (size_t i = 0; i < tickets->config->ticket_rule_count; i++) {
		const struct config_ticket_rule *rule = &tickets->config->ticket_rules[i];

		if (!holds(rule, queue, printer, class))
			continue;
		for (size_t k = 0; k < TEMPLATE_USES; k++)
			paths[k] = rule->paths[k][0] ? rule->paths[k] : paths[k];
		by_rule = rule->says_large_print ? rule->large_print : by_rule;
		desk = rule->says_desk_copy ? rule->desk_copy : desk;
	}
	use = large || by_rule ? TEMPLATE_LARGE : TEMPLATE_TICKET;
	ret->ticket = in_force(tickets, paths[use], use);
	ret->desk = desk ? in_force(tickets, paths[TEMPLATE_DESK], TEMPLATE_DESK) : NULL;
}

size_t tickets_bad(const struct tickets *tickets, const char **ret_why)
{
	size_t count = 0;

	*ret_why = "";
	for (size_t i = 0; i < tickets->file_count; i++) {
		if (!tickets->files[i].why[0])
			continue;
		*ret_why = tickets->files[i].why;
		count++;
	}
	return count;
}

const struct template *tickets_built_in(const struct tickets *tickets, enum template_use use)
{
	return tickets->built_in[use];
}
