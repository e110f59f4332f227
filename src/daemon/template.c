/* Ticket templates read. A template is a list of lines, and a line may be a group of lines under a
 * condition; groups are resolved here, so that filling a ticket in is one walk over a flat list.
 * What could not be printed is refused here, with its line. */
#include "src/daemon/template.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/daemon/config_parts.h"

extern const char template_ticket_text[], template_large_text[], template_desk_text[];

enum { PICTURE_MAX_BYTES = 128 * 1024, PICTURE_MAX_WIDTH = 832 };

/* A line as the file has it. */
struct line_text {
	char text[TEMPLATE_MAX_TEXT], qr[TEMPLATE_MAX_TEXT], picture[256], align[8];
	bool rule, cut, bold;
	int64_t feed, size, width, height, rows, module;
};

static const struct config_field line_fields[] = {
	CONFIG_FIELD(struct line_text, text, "text", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct line_text, qr, "qr", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct line_text, picture, "picture", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct line_text, rule, "rule", CONFIG_BOOL, false, 0, 0),
	CONFIG_FIELD(struct line_text, feed, "feed", CONFIG_INT, false, 1, 20),
	CONFIG_FIELD(struct line_text, cut, "cut", CONFIG_BOOL, false, 0, 0),
	{.key = "lines", .kind = CONFIG_GROUP},
	CONFIG_FIELD(struct line_text, align, "align", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct line_text, bold, "bold", CONFIG_BOOL, false, 0, 0),
	CONFIG_FIELD(struct line_text, size, "size", CONFIG_INT, false, 1, 8),
	CONFIG_FIELD(struct line_text, width, "width", CONFIG_INT, false, 1, 8),
	CONFIG_FIELD(struct line_text, height, "height", CONFIG_INT, false, 1, 8),
	CONFIG_FIELD(struct line_text, rows, "rows", CONFIG_INT, false, 1, TEMPLATE_MAX_ROWS),
	CONFIG_FIELD(struct line_text, module, "module", CONFIG_INT, false, 1, 16),
	{.key = "when", .kind = CONFIG_GROUP},
	{.key = "unless", .kind = CONFIG_GROUP},
};
static const struct config_section line_section = CONFIG_SECTION("lines", line_fields);

static const struct config_field file_fields[] = {
	{.key = "lines", .kind = CONFIG_GROUP, .required = true},
};
static const struct config_section file_section = CONFIG_SECTION("template", file_fields);

/* What says what a line is; one of them. */
static const struct {
	const char *key;
	enum document_kind kind; /* 0: a group */
} kinds[] = {
	{"text", DOCUMENT_TEXT},       {"qr", DOCUMENT_QR},   {"feed", DOCUMENT_FEED},
	{"rule", DOCUMENT_RULE},       {"cut", DOCUMENT_CUT}, {"lines", (enum document_kind)0},
	{"picture", DOCUMENT_PICTURE},
};

struct reader {
	struct config_reader config;
	struct template *template;
};

/* ---- names ---------------------------------------------------------------------------------- */

static void list_conditions(char *ret, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < TEMPLATE_CONDITION_COUNT && used < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%s%s", i ? ", " : "",
					 template_condition_name(i));
}

static void check_text(struct reader *reader, const config_setting_t *at, const char *text)
{
	config_check_placeholders(&reader->config, at, &template_values, ~0UL, text);
}

static void add_condition(struct reader *reader, const config_setting_t *at, const char *name,
			  uint32_t *ret)
{
	uint32_t bit = name ? template_condition_by_name(name) : 0;
	char known[160];

	*ret |= bit;
	if (bit)
		return;
	list_conditions(known, sizeof(known));
	config_error(&reader->config, at, "%s: 无此条件 no condition \"%.30s\"; 可用 allowed: %s",
		     config_setting_name(at), name ? name : "(not text)", known);
}

/* One name, or an array of names. */
static void read_conditions(struct reader *reader, const config_setting_t *group, const char *key,
			    uint32_t *ret)
{
	const config_setting_t *at = config_setting_get_member(group, key);

	if (!at)
		return;
	if (!config_setting_is_array(at)) {
		add_condition(reader, at, config_setting_get_string(at), ret);
		return;
	}
	for (int i = 0; i < config_setting_length(at); i++)
		add_condition(reader, at, config_setting_get_string_elem(at, i), ret);
}

static enum document_align read_align(struct reader *reader, const config_setting_t *group,
				      const char *name, enum document_align around)
{
	static const char *const names[] = {"left", "centre", "right"};

	if (!name[0])
		return around;
	for (int i = 0; i < 3; i++)
		if (!strcmp(names[i], name))
			return (enum document_align)i;
	config_error(&reader->config, config_setting_get_member(group, "align"),
		     "align: 无此对齐 \"%s\"; 可用 allowed: left, centre, right", name);
	return around;
}

/* ---- pictures ------------------------------------------------------------------------------- */

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int end_of_comment(FILE *file)
{
	int c = fgetc(file);

	while (c >= 0 && c != '\n')
		c = fgetc(file);
	return c;
}

/* The next number of a PBM's head, behind blanks and comments; -1: there is none. */
static long next_number(FILE *file)
{
	int c = fgetc(file);
	long number = 0;

	while (c == '#' || is_blank(c))
		c = c == '#' ? end_of_comment(file) : fgetc(file);
	if (!isdigit(c))
		return -1;
	for (; isdigit(c) && number < 100000; c = fgetc(file))
		number = number * 10 + (c - '0');
	return is_blank(c) ? number : -1;
}

/* PBM, the binary kind: "P4", width, height, rows of bits, 1 black (netpbm's pbm(5)). */
static const char *read_pbm(const char *path, struct document_picture *ret)
{
	FILE *file = NULL;
	const char *wrong = NULL;
	uint8_t *rows = NULL;
	char magic[2] = "";
	long width, height;
	struct stat st;
	int r = config_open_file(path, PICTURE_MAX_BYTES, &st, &file);

	if (r < 0)
		return r == -EFBIG ? "no ordinary file, or larger than 128 KiB" : strerror(-r);
	if (fread(magic, 1, sizeof(magic), file) != sizeof(magic) ||
	    memcmp(magic, "P4", sizeof(magic)) != 0) {
		wrong = "不是二进制 PBM it is no PBM of the binary kind (P4)";
		goto out;
	}
	width = next_number(file);
	height = next_number(file);
	if (width < 1 || width > PICTURE_MAX_WIDTH || height < 1 ||
	    height > TEMPLATE_MAX_PICTURE_ROWS) {
		wrong = "尺寸超限 its size is out of range; 可用 allowed: 832 x 640 dots";
		goto out;
	}
	rows = malloc((size_t)((width + 7) / 8 * height));
	if (!rows || fread(rows, (size_t)(width + 7) / 8, (size_t)height, file) != (size_t)height) {
		wrong = rows ? "文件不完整 it ends too early" : "内存不足 out of memory";
		goto out;
	}
	*ret = (struct document_picture){(uint32_t)width, (uint32_t)height, rows};
	rows = NULL;
out:
	fclose(file);
	free(rows);
	return wrong;
}

static void read_picture(struct reader *reader, const config_setting_t *at, const char *name,
			 struct template_line *line)
{
	struct template *template = reader->template;
	char path[1024];
	const char *wrong;

	if (template->picture_count == TEMPLATE_MAX_PICTURES) {
		config_error(&reader->config, at, "picture: 最多 at most %d are allowed",
			     TEMPLATE_MAX_PICTURES);
		return;
	}
	snprintf(path, sizeof(path), "%s", name);
	config_resolve_path(reader->config.path, path, sizeof(path));
	wrong = read_pbm(path, &template->pictures[template->picture_count]);
	if (wrong) {
		config_error(&reader->config, at, "picture: %.200s: %s", path, wrong);
		return;
	}
	line->picture = (uint8_t) template->picture_count++;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void add_text(struct reader *reader, const config_setting_t *at, const char *text,
		     struct template_line *line)
{
	check_text(reader, at, text);
	if (template_add_text(reader->template, text, &line->text) < 0)
		config_error(&reader->config, at,
			     "%s: 文字总量过大 the texts together are over %d bytes",
			     config_setting_name(at), TEMPLATE_MAX_TEXTS);
}

/* Which of the kinds a line is; -1 was told. */
static int find_kind(struct reader *reader, const config_setting_t *group)
{
	int found = -1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!config_setting_get_member(group, kinds[i].key))
			continue;
		if (found >= 0) {
			config_error(&reader->config, group,
				     "lines: 一行只能有一种内容 a line is one thing; this one has "
				     "%s and %s",
				     kinds[found].key, kinds[i].key);
			return -1;
		}
		found = (int)i;
	}
	if (found < 0)
		config_error(&reader->config, group,
			     "lines: 一行须有其一 a line needs one of text, qr, picture, rule, "
			     "feed, cut, "
			     "lines");
	return found;
}

static void add_line(struct reader *reader, const config_setting_t *group,
		     const struct line_text *text, struct template_line *line)
{
	struct template *template = reader->template;
	const config_setting_t *at;

	switch (line->kind) {
	case DOCUMENT_TEXT:
		at = config_setting_get_member(group, "text");
		add_text(reader, at, text->text, line);
		break;
	case DOCUMENT_QR:
		at = config_setting_get_member(group, "qr");
		add_text(reader, at, text->qr, line);
		break;
	case DOCUMENT_PICTURE:
		at = config_setting_get_member(group, "picture");
		read_picture(reader, at, text->picture, line);
		break;
	default: break;
	}
	if (template->line_count == TEMPLATE_MAX_LINES) {
		config_error(&reader->config, group, "lines: 行数过多 more than %d lines",
			     TEMPLATE_MAX_LINES);
		return;
	}
	template->lines[template->line_count++] = *line;
}

/* Recursion is bounded by TEMPLATE_MAX_DEPTH. around: what holds for all lines of the group. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void read_lines(struct reader *reader, const config_setting_t *group,
		       const struct template_line *around, int depth)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(&reader->config, group, "lines", TEMPLATE_MAX_LINES, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct template_line line = *around;
		struct line_text text = {.size = 1, .rows = TEMPLATE_ROWS};
		int kind;

		config_read_group(&reader->config, at, &line_section, &text);
		if (!config_setting_is_group(at))
			continue;
		kind = find_kind(reader, at);
		read_conditions(reader, at, "when", &line.when);
		read_conditions(reader, at, "unless", &line.unless);
		line.align = read_align(reader, at, text.align, around->align);
		line.width = (uint8_t)(text.width ? text.width : text.size);
		line.height = (uint8_t)(text.height ? text.height : text.size);
		line.bold = text.bold;
		line.rows = (uint8_t)text.rows;
		line.lines = (uint8_t)text.feed;
		line.module_dots = (uint8_t)text.module;
		if (kind < 0)
			continue;
		line.kind = kinds[kind].kind;
		if (line.kind)
			add_line(reader, at, &text, &line);
		else if (depth == TEMPLATE_MAX_DEPTH)
			config_error(&reader->config, at,
				     "lines: 嵌套过深 groups nest more than %d deep",
				     TEMPLATE_MAX_DEPTH);
		else
			read_lines(reader, at, &line, depth + 1);
	}
}

/* ---- files ---------------------------------------------------------------------------------- */

static int parse(struct template **ret_template, const char *text, const char *path,
		 config_error_fn fn, void *user)
{
	struct reader reader = {.config = {.path = path, .fn = fn, .user = user}};
	const struct template_line around = {.align = DOCUMENT_CENTRE};
	int deep = config_nests_deeper(text, CONFIG_MAX_NESTING);
	config_t parsed;

	reader.template = calloc(1, sizeof(*reader.template));
	if (!reader.template)
		return -ENOMEM;
	config_init(&parsed);
	if (deep) {
		config_error_at_line(&reader.config, deep,
				     "括号嵌套过深 brackets nest more than %d deep",
				     CONFIG_MAX_NESTING);
	} else if (strstr(text, "@include")) {
		config_error(&reader.config, NULL, "不支持 @include is not supported");
	} else if (!config_read_string(&parsed, text)) {
		config_syntax_error(&reader.config, &parsed, text);
	} else {
		const config_setting_t *root = config_root_setting(&parsed);

		config_read_group(&reader.config, root, &file_section, NULL);
		read_lines(&reader, root, &around, 0);
		if (!reader.config.errors && !reader.template->line_count)
			config_error(&reader.config, root, "lines: 一行也没有 there is none");
	}
	config_destroy(&parsed);
	if (reader.config.errors) {
		template_destroy(reader.template);
		return -EINVAL;
	}
	*ret_template = reader.template;
	return 0;
}

int template_load(struct template **ret_template, const char *path, config_error_fn fn, void *user)
{
	struct config_reader reader = {.path = path, .fn = fn, .user = user};
	char *text = NULL;
	int r = config_read_text_file(path, TEMPLATE_MAX_BYTES, &text);

	if (r == -EFBIG)
		config_error(&reader, NULL,
			     "不是普通文件或过大 no ordinary file, or larger than %d bytes",
			     TEMPLATE_MAX_BYTES);
	else if (r == -EILSEQ)
		config_error(&reader, NULL,
			     "不是文本文件 holds a zero byte: this is no text file (UTF-8)");
	if (r < 0 || !text)
		return r == -EFBIG || r == -EILSEQ ? -EINVAL : r;
	r = parse(ret_template, text, path, fn, user);
	free(text);
	return r;
}

const char *template_use_name(enum template_use use)
{
	static const char *const names[TEMPLATE_USES] = {"ticket", "large", "desk"};

	return names[use];
}

static void no_error(void *user, const char *file, int line, const char *message)
{
	(void)user;
	fprintf(stderr, "onewindow: %s:%d: %s\n", file, line, message);
}

int template_built_in(struct template **ret_template, enum template_use use)
{
	static const char *const texts[TEMPLATE_USES] = {template_ticket_text, template_large_text,
							 template_desk_text};

	return parse(ret_template, texts[use], template_use_name(use), no_error, NULL);
}
