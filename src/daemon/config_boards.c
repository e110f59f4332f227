/* What boards show, in the configuration: the group `showing` for all of the hall, and the same
 * settings for one board. A board has what the hall has, but for what it says itself. */
#include <stdio.h>
#include <string.h>

#include "src/core/text.h"
#include "src/daemon/config_parts.h"
#include "src/devices/board_text.h"
#include "src/settings/config_hall.h"

/* Long enough to be looked up for, and then it can be read. */
enum { BLINK_S = 20, US_PER_S = 1000000, MAX_ROWS = 16 };

/* As the file has it. */
struct rules_text {
	int64_t blink_s, brightness;
};
struct night_text {
	char from[8], to[8];
	int64_t brightness;
	bool dark;
};

static const struct config_field rules_fields[] = {
	CONFIG_FIELD(struct rules_text, blink_s, "blink_s", CONFIG_INT, false, 0, 3600),
	CONFIG_FIELD(struct rules_text, brightness, "brightness", CONFIG_INT, false, 1, 100),
	{.key = "night", .kind = CONFIG_GROUP},
	{.key = "texts", .kind = CONFIG_GROUP},
};
static const struct config_section rules_section = CONFIG_SECTION("showing", rules_fields);

static const struct config_field night_fields[] = {
	CONFIG_FIELD(struct night_text, from, "from", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct night_text, to, "to", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct night_text, brightness, "brightness", CONFIG_INT, false, 1, 100),
	CONFIG_FIELD(struct night_text, dark, "dark", CONFIG_BOOL, false, 0, 0),
};
static const struct config_section night_section = CONFIG_SECTION("night", night_fields);

/* ---- night ---------------------------------------------------------------------------------- */

static uint16_t read_minute(struct config_reader *reader, const config_setting_t *group,
			    const char *key, const char *text)
{
	int64_t minute = config_minute_of_day(text);

	if (text[0] && minute < 0)
		config_error(reader, config_setting_get_member(group, key),
			     "%s: 时间无效 \"%s\" is no time of day; 可用 allowed: \"00:00\" to "
			     "\"24:00\"",
			     key, text);
	return minute < 0 ? 0 : (uint16_t)(minute % 1440);
}

static void read_night(struct config_reader *reader, const config_setting_t *at,
		       struct board_night *ret)
{
	struct night_text text = {.dark = false};
	int errors = reader->errors;

	config_read_group(reader, at, &night_section, &text);
	*ret = (struct board_night){
		.from_min = read_minute(reader, at, "from", text.from),
		.to_min = read_minute(reader, at, "to", text.to),
		.brightness = (uint8_t)text.brightness,
		.dark = text.dark,
	};
	if (reader->errors == errors && ret->from_min != ret->to_min && !ret->dark &&
	    !ret->brightness)
		config_error(reader, at, "night: 须有 needs brightness = 1 to 100, or dark = true");
	if (ret->dark && ret->brightness)
		config_error(reader, at,
			     "night: brightness 与 dark 只能有其一 a dark board has no brightness");
}

/* ---- texts ---------------------------------------------------------------------------------- */

static void list_texts(char *ret, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < BOARD_TEXT_COUNT && used < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%s%s", i ? ", " : "",
					 board_text_name((enum board_text)i));
}

static int find_text(const char *name)
{
	for (int i = 0; i < BOARD_TEXT_COUNT; i++)
		if (!strcmp(board_text_name((enum board_text)i), name))
			return i;
	return -1;
}

/* A line feed parts rows; no other control character goes to a board. */
static bool is_clean(const char *variant, size_t *ret_rows)
{
	char text[BOARD_MAX_VARIANT + 1];

	*ret_rows = 1;
	snprintf(text, sizeof(text), "%s", variant);
	for (char *at = text; (at = strchr(at, '\n')) != NULL; *at = ' ')
		++*ret_rows;
	return text_is_clean(text);
}

/* GBK is the most that a board of any model has. */
static void check_drawable(struct config_reader *reader, const config_setting_t *at,
			   const char *name, const char *variant)
{
	const char *missing = config_find_missing(BOARD_GBK, variant);
	char character[CONFIG_CHARACTER_SIZE];

	if (!missing)
		return;
	config_name_character(character, missing);
	config_error(reader, at,
		     "%s: 任何屏都没有此字，请换掉 no board has the character %s: write another",
		     name, character);
}

static void check_variant(struct config_reader *reader, const config_setting_t *at,
			  enum board_text text, const char *variant)
{
	const char *name = board_text_name(text);
	size_t rows = 0;

	if (!variant[0] || strlen(variant) > BOARD_MAX_VARIANT) {
		config_error(reader, at, "%s: 长度须为 must be of 1 to %d bytes", name,
			     BOARD_MAX_VARIANT);
	} else if (!is_clean(variant, &rows) || rows > MAX_ROWS) {
		config_error(reader, at,
			     "%s: 须为 UTF-8，最多 %d 行 must be UTF-8 of at most %d rows, parted "
			     "by \\n, without other control characters",
			     name, MAX_ROWS, MAX_ROWS);
	} else {
		config_check_placeholders(reader, at, &board_values, board_text_allowed(text),
					  variant);
		check_drawable(reader, at, name, variant);
	}
	if (rows > 1 && board_text_is_one_row(text))
		config_error(
			reader, at,
			"%s: 只占一行，请去掉 \\n has one row, and what stands behind \\n would "
			"never be shown: take it out",
			name);
	if (board_text_needs_number(text) &&
	    !placeholder_asks(&board_values, variant, BOARD_VALUE_NUMBER))
		config_error(reader, at,
			     "%s: 缺少 {number} is missing: nobody would know who is called", name);
}

static void add_variant(struct config_reader *reader, const config_setting_t *at,
			struct devices_config *devices, const char *variant)
{
	size_t len = strlen(variant) + 1;

	/* The last byte stays free for the end of the list. */
	if (len + 1 > sizeof(devices->board_texts) - devices->board_texts_len) {
		config_error(reader, at, "texts: 文字总量过大 all texts together are over %d bytes",
			     BOARD_TEXT_POOL);
		return;
	}
	memcpy(devices->board_texts + devices->board_texts_len, variant, len);
	devices->board_texts_len += len;
}

/* A text, or an array of its variants. */
static void read_variants(struct config_reader *reader, const config_setting_t *at,
			  struct devices_config *devices, enum board_text text, uint16_t *ret)
{
	bool single = config_setting_type(at) == CONFIG_TYPE_STRING;
	int count = single ? 1 : config_setting_length(at);
	const char *first =
		single ? config_setting_get_string(at) : config_setting_get_string_elem(at, 0);

	if ((!single && !config_setting_is_array(at)) || !first || count > BOARD_MAX_VARIANTS) {
		config_error(reader, at,
			     "%s: 须为文字，或 1 至 %d 种文字的数组 must be text, or an array of 1 "
			     "to %d texts, the widest first",
			     board_text_name(text), BOARD_MAX_VARIANTS, BOARD_MAX_VARIANTS);
		return;
	}
	*ret = (uint16_t)devices->board_texts_len;
	for (int i = 0; i < count; i++) {
		const config_setting_t *one =
			single ? at : config_setting_get_elem(at, (unsigned)i);
		const char *variant = config_setting_get_string(one);

		check_variant(reader, one, text, variant);
		if (strlen(variant) <= BOARD_MAX_VARIANT)
			add_variant(reader, one, devices, variant);
	}
	if (text != BOARD_TEXT_HALL_HEAD &&
	    placeholder_asks(&board_values,
			     single ? first : config_setting_get_string_elem(at, count - 1),
			     BOARD_VALUE_WAIT))
		config_error(
			reader, at,
			"%s: 等候未知时无字可显示，请在最后加一种不含 {wait} 的文字 nothing would "
			"be shown while the wait is not known: add a last variant without "
			"{wait}",
			board_text_name(text));
	devices->board_texts_len += devices->board_texts_len < sizeof(devices->board_texts);
}

static void read_texts(struct config_reader *reader, const config_setting_t *group,
		       struct devices_config *devices, struct board_texts *ret)
{
	char allowed[256];

	if (!config_setting_is_group(group)) {
		config_error(reader, group, "texts: 须为一组 must be a group { key = value; ... }");
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *at = config_setting_get_elem(group, (unsigned)i);
		int text = find_text(config_setting_name(at));

		if (text >= 0) {
			read_variants(reader, at, devices, (enum board_text)text, &ret->at[text]);
			continue;
		}
		list_texts(allowed, sizeof(allowed));
		config_error(reader, at, "texts: 未知的项 unknown key \"%.40s\"; 可用 allowed: %s",
			     config_setting_name(at), allowed);
	}
}

/* ---- rules ---------------------------------------------------------------------------------- */

/* What the group says; the rest stays. `text` is what its numbers are in the file. */
static void read_rules(struct config_reader *reader, const config_setting_t *at,
		       struct devices_config *devices, const struct rules_text *text,
		       struct board_rules *ret)
{
	const config_setting_t *night = config_setting_get_member(at, "night");
	const config_setting_t *texts = config_setting_get_member(at, "texts");

	if (text->blink_s >= 0)
		ret->blink_us = text->blink_s * US_PER_S;
	if (text->brightness)
		ret->brightness = (uint8_t)text->brightness;
	if (night)
		read_night(reader, night, &ret->night);
	if (texts)
		read_texts(reader, texts, devices, &ret->texts);
}

void config_read_showing(struct config_reader *reader, const config_setting_t *root,
			 struct config *config)
{
	const config_setting_t *at = config_setting_get_member(root, "showing");
	struct rules_text text = {.blink_s = BLINK_S};

	config->devices.board_texts_len = 1;
	config->board_rules.blink_us = BLINK_S * US_PER_S;
	if (!at)
		return;
	config_read_group(reader, at, &rules_section, &text);
	if (config_setting_is_group(at))
		read_rules(reader, at, &config->devices, &text, &config->board_rules);
}

/* ---- which calls a hall board shows ---------------------------------------------------------- */

static bool has_window(const struct config *config, int64_t number)
{
	for (size_t i = 0; i < config->window_count; i++)
		if (config->windows[i].window == number)
			return true;
	return false;
}

static void read_windows(struct config_reader *reader, const config_setting_t *list,
			 const struct config *config, struct devices_board_config *board)
{
	int count = config_setting_is_array(list) ? config_setting_length(list) : 0;

	if (count < 1 || config_setting_type(config_setting_get_elem(list, 0)) != CONFIG_TYPE_INT) {
		config_error(
			reader, list,
			"windows: 须为窗口号的数组 must be an array of window numbers, [ 1, 2 ]");
		return;
	}
	for (int i = 0; i < count; i++) {
		int number = config_setting_get_int_elem(list, i);

		if (!has_window(config, number)) {
			config_error(
				reader, config_setting_get_elem(list, (unsigned)i),
				"windows: 配置中无此窗口 %d is no window of this configuration",
				number);
			continue;
		}
		if (config_repeats(reader, list, i))
			continue;
		board->windows[number / 32] |= 1u << number % 32;
		board->window_count++;
	}
}

static void read_queues(struct config_reader *reader, const config_setting_t *list,
			const struct config *config, struct devices_board_config *board)
{
	int count = config_setting_is_array(list) ? config_setting_length(list) : 0;

	if (count < 1 || count > BOARD_MAX_QUEUES) {
		config_error(reader, list,
			     "queues: 须为队列标识的数组 must be an array of 1 to %d queue ids, [ "
			     "\"general\" ]",
			     BOARD_MAX_QUEUES);
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *id = config_setting_get_string_elem(list, i);
		bool known = false;

		for (size_t k = 0; k < config->queue_count && id; k++)
			known |= !strcmp(config->queues[k].queue, id);
		if (!known)
			config_error(reader, config_setting_get_elem(list, (unsigned)i),
				     "queues: 配置中无此队列 \"%.40s\" is no queue of this "
				     "configuration",
				     id ? id : "(not text)");
		else if (!config_repeats(reader, list, i))
			snprintf(board->queues[board->queue_count++], CORE_ID_SIZE, "%s", id);
	}
}

static void check_calls(struct config_reader *reader, const config_setting_t *at,
			const struct devices_board_config *board)
{
	const struct driver *driver = driver_find(board->device.driver);
	const struct device_model *model =
		driver ? driver_find_model(driver, board->device.model) : NULL;

	if (board->calls && model && driver->class == DEVICE_BOARD && model->u.board.rows &&
	    board->calls > model->u.board.rows)
		config_error(reader, config_setting_get_member(at, "calls"),
			     "calls: 此型号只有 %d 行 model %s has only so many rows",
			     model->u.board.rows, model->name);
}

void config_read_board_rules(struct config_reader *reader, const config_setting_t *at,
			     struct config *config, struct devices_board_config *board)
{
	static const char *const of_hall[] = {"windows", "queues", "calls"};
	struct rules_text text = {.blink_s = -1};
	const config_setting_t *windows = config_setting_get_member(at, "windows");
	const config_setting_t *queues = config_setting_get_member(at, "queues");

	config_read_member(reader, at, &rules_section, "blink_s", &text);
	config_read_member(reader, at, &rules_section, "brightness", &text);
	board->rules = config->board_rules;
	read_rules(reader, at, &config->devices, &text, &board->rules);
	for (size_t i = 0; i < sizeof(of_hall) / sizeof(of_hall[0]) && board->window; i++)
		if (config_setting_get_member(at, of_hall[i]))
			config_error(reader, config_setting_get_member(at, of_hall[i]),
				     "%s: 仅用于大厅屏 is for hall boards, and this one has a "
				     "window",
				     of_hall[i]);
	if (windows)
		read_windows(reader, windows, config, board);
	if (queues)
		read_queues(reader, queues, config, board);
	check_calls(reader, at, board);
}
