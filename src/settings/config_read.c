/* One group of a settings file against its table. The table decides what is allowed, so the
 * sentence that refuses a value can always say what would have been right. */
#include "src/settings/config_read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/event.h"
#include "src/core/text.h"

enum { MAX_ERRORS = 100 };

enum { MESSAGE_SIZE = 1024 };

static void tell(struct config_reader *reader, const char *file, int line, const char *message)
{
	if (reader->errors++ < MAX_ERRORS)
		reader->fn(reader->user, file ? file : reader->path, line, message);
}

/* The file that a setting is in; libconfig has the name of an included one as it was written. NULL:
 * the one that is read. */
static const char *file_of(const struct config_reader *reader, const config_setting_t *at,
			   char *buffer, size_t size)
{
	const char *file = at ? config_setting_source_file(at) : NULL;

	if (!file)
		return NULL;
	snprintf(buffer, size, "%s", file);
	config_resolve_path(reader->path, buffer, size);
	return buffer;
}

void config_error(struct config_reader *reader, const config_setting_t *at, const char *format, ...)
{
	char message[MESSAGE_SIZE], file[MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	tell(reader, file_of(reader, at, file, sizeof(file)),
	     at ? (int)config_setting_source_line(at) : 0, message);
}

void config_warning(struct config_reader *reader, const config_setting_t *at, const char *message)
{
	char text[MESSAGE_SIZE], file[MESSAGE_SIZE];
	const char *in = file_of(reader, at, file, sizeof(file));

	snprintf(text, sizeof(text), "注意 warning: %s", message);
	reader->fn(reader->user, in ? in : reader->path,
		   at ? (int)config_setting_source_line(at) : 0, text);
}

void config_error_at_line(struct config_reader *reader, int line, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	tell(reader, NULL, line, message);
}

void config_error_in(struct config_reader *reader, const char *file, int line, const char *format,
		     ...)
{
	char message[MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	tell(reader, file, line, message);
}

static void read_text(struct config_reader *reader, const config_setting_t *at,
		      const struct config_field *field, void *ret)
{
	const char *text = config_setting_get_string(at);
	size_t len;

	if (!text) {
		config_error(reader, at, "%s: 须为引号内的文字 must be text in quotation marks",
			     field->key);
		return;
	}
	len = strlen(text);
	if (field->kind == CONFIG_CLASS) {
		int class = ticket_class_by_name(text);

		if (class < 0)
			config_error(reader, at,
				     "%s: 无此类别 \"%.40s\" is no class; 可用 allowed: ordinary, "
				     "priority, appointment",
				     field->key, text);
		else
			*(enum ticket_class *)ret = (enum ticket_class) class;
		return;
	}
	if (len >= field->size)
		config_error(reader, at,
			     "%s: 过长 %zu bytes are too long; 最多 at most %zu are allowed",
			     field->key, len, field->size - 1);
	else if (field->kind == CONFIG_ID && !text_is_id(text))
		config_error(
			reader, at,
			"%s: 标识无效 \"%.40s\" is no identifier; 可用 allowed are a-z, 0-9 and, "
			"not in front, . _ -",
			field->key, text);
	else if (len == 0 && field->required)
		config_error(reader, at, "%s: 不能为空 must not be empty", field->key);
	else if (!text_is_clean(text))
		config_error(reader, at,
			     "%s: 须为 UTF-8 且无控制字符 must be UTF-8 without control characters",
			     field->key);
	else
		memcpy(ret, text, len + 1);
}

static void read_integer(struct config_reader *reader, const config_setting_t *at,
			 const struct config_field *field, void *ret)
{
	int type = config_setting_type(at);
	int64_t value;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		config_error(reader, at,
			     "%s: 须为整数 must be a whole number from %" PRId64 " to %" PRId64,
			     field->key, field->min, field->max);
		return;
	}
	value = config_setting_get_int64(at);
	if (value < field->min || value > field->max) {
		config_error(reader, at,
			     "%s: 超出范围 %" PRId64 " is out of range; 可用 allowed: %" PRId64
			     " to %" PRId64,
			     field->key, value, field->min, field->max);
		return;
	}
	switch (field->size) {
	case 1: *(uint8_t *)ret = (uint8_t)value; break;
	case 2: *(uint16_t *)ret = (uint16_t)value; break;
	case 4: *(uint32_t *)ret = (uint32_t)value; break;
	default: *(int64_t *)ret = value; break;
	}
}

/* Who writes a share in hundreds is told how it is written; a text of them, too. */
static const char *share_advice(const struct config_field *field, double value, const char *text,
				char *buffer, size_t size)
{
	char *end = NULL;

	if (text) {
		value = strtod(text, &end);
		if (end == text || (*end && strcmp(end, "%") != 0) || (!*end && value <= 1))
			value = -1;
	}
	buffer[0] = '\0';
	if (field->least == 0 && field->most == 1 && value >= 0 && value <= 100)
		snprintf(buffer, size,
			 "; 须写份额：%.9g%% 写作 %.9g a share is meant: write %.9g for %.9g%%",
			 value, value / 100, value / 100, value);
	return buffer;
}

/* A number too large for a double was read as infinity, which is out of any range. */
static void read_number(struct config_reader *reader, const config_setting_t *at,
			const struct config_field *field, void *ret)
{
	int type = config_setting_type(at);
	char advice[160];
	double value;

	if (type != CONFIG_TYPE_FLOAT && type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		config_error(reader, at, "%s: 须为数 must be a number from %.9g to %.9g%s",
			     field->key, field->least, field->most,
			     type == CONFIG_TYPE_STRING
				     ? share_advice(field, -1, config_setting_get_string(at),
						    advice, sizeof(advice))
				     : "");
		return;
	}
	value = type == CONFIG_TYPE_FLOAT ? config_setting_get_float(at)
					  : (double)config_setting_get_int64(at);
	if (!(value >= field->least && value <= field->most))
		config_error(reader, at,
			     "%s: 超出范围 %.9g is out of range; 可用 allowed: %.9g to %.9g%s",
			     field->key, value, field->least, field->most,
			     share_advice(field, value, NULL, advice, sizeof(advice)));
	else
		*(double *)ret = value;
}

static void read_field(struct config_reader *reader, const config_setting_t *at,
		       const struct config_field *field, void *ret)
{
	switch (field->kind) {
	case CONFIG_NUMBER: read_number(reader, at, field, ret); break;
	case CONFIG_ID:
	case CONFIG_TEXT:
	case CONFIG_CLASS: read_text(reader, at, field, ret); break;
	case CONFIG_INT: read_integer(reader, at, field, ret); break;
	case CONFIG_BOOL:
		if (config_setting_type(at) != CONFIG_TYPE_BOOL)
			config_error(reader, at, "%s: 须为 must be true or false", field->key);
		else
			*(bool *)ret = config_setting_get_bool(at);
		break;
	case CONFIG_GROUP: break;
	}
}

static void list_keys(const struct config_section *section, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < section->count && used < size; i++) {
		int n = snprintf(ret + used, size - used, "%s%s", i ? ", " : "",
				 section->fields[i].key);

		used += n > 0 ? (size_t)n : 0;
	}
}

static const struct config_field *find_field(const struct config_section *section, const char *key)
{
	for (size_t i = 0; i < section->count; i++)
		if (!strcmp(section->fields[i].key, key))
			return &section->fields[i];
	return NULL;
}

void config_read_member(struct config_reader *reader, const config_setting_t *group,
			const struct config_section *section, const char *key, void *ret)
{
	const config_setting_t *at = config_setting_get_member(group, key);
	const struct config_field *field = find_field(section, key);

	if (at && field)
		read_field(reader, at, field, (char *)ret + field->offset);
}

void config_read_group(struct config_reader *reader, const config_setting_t *group,
		       const struct config_section *section, void *ret)
{
	char keys[256];

	if (!config_setting_is_group(group)) {
		config_error(reader, group, "%s: 须为一组 must be a group { key = value; ... }",
			     section->name);
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *at = config_setting_get_elem(group, (unsigned)i);
		const struct config_field *field = find_field(section, config_setting_name(at));

		if (!field) {
			list_keys(section, keys, sizeof(keys));
			config_error(reader, at,
				     "%s: 未知的项 unknown key \"%.40s\"; 可用 allowed: %s",
				     section->name, config_setting_name(at), keys);
			continue;
		}
		read_field(reader, at, field, (char *)ret + field->offset);
	}
	for (size_t i = 0; i < section->count; i++)
		if (section->fields[i].required &&
		    !config_setting_get_member(group, section->fields[i].key))
			config_error(reader, group, "%s: 缺少 key \"%s\" is missing", section->name,
				     section->fields[i].key);
}

size_t config_list(struct config_reader *reader, const config_setting_t *root, const char *key,
		   size_t max, const config_setting_t **ret_list)
{
	const config_setting_t *list = config_setting_get_member(root, key);
	size_t count;

	if (!list)
		return 0;
	if (!config_setting_is_list(list)) {
		config_error(reader, list, "%s: 须为列表 must be a list ( { ... }, { ... } )", key);
		return 0;
	}
	count = (size_t)config_setting_length(list);
	if (count > max) {
		config_error(reader, list,
			     "%s: 过多 %zu are too many; 最多 at most %zu are allowed", key, count,
			     max);
		return 0;
	}
	*ret_list = list;
	return count;
}

bool config_unique(struct config_reader *reader, const config_setting_t *at, const char *what,
		   const char *value, const void *records, size_t count, size_t stride)
{
	for (size_t i = 0; value[0] && i < count; i++) {
		if (strcmp((const char *)records + i * stride, value))
			continue;
		config_error(reader, at,
			     "%s: 重复 \"%s\" is there twice; each needs a name of its own", what,
			     value);
		return false;
	}
	return true;
}

bool config_repeats(struct config_reader *reader, const config_setting_t *list, int index)
{
	const char *text = config_setting_get_string_elem(list, index);
	int64_t number = config_setting_get_int64_elem(list, index);
	char shown[48];
	bool repeats = false;

	for (int i = 0; i < index && !repeats; i++) {
		const char *earlier = config_setting_get_string_elem(list, i);

		repeats = text ? earlier && !strcmp(earlier, text)
			       : !earlier && config_setting_get_int64_elem(list, i) == number;
	}
	if (!repeats)
		return false;
	if (text)
		snprintf(shown, sizeof(shown), "\"%.40s\"", text);
	else
		snprintf(shown, sizeof(shown), "%" PRId64, number);
	config_error(reader, config_setting_get_elem(list, (unsigned)index),
		     "%s: 重复，请删去一个 %s is there twice: delete one",
		     config_setting_name(list), shown);
	return true;
}

const char *config_name_of(const config_setting_t *at)
{
	const char *name = config_setting_name(at);

	return name ? name : config_setting_name(config_setting_parent(at));
}
