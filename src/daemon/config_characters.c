/* Texts and names of the configuration against the characters of the boards that are to show them.
 * A board passes over a variant that it cannot draw, which is what variants are for; where it would
 * pass over all of them, or always miss a name in its own script, that is said before the hall
 * opens. Tickets are not looked at: what a printer does not have is drawn with the system's fonts.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"
#include "src/daemon/config_parts.h"
#include "src/devices/board_text.h"

enum { MESSAGE_SIZE = 512 };

struct check {
	struct config_reader *reader;
	const config_setting_t *root;
	const struct config *config;
	unsigned
		told[BOARD_TEXT_COUNT]; /* of the hall's texts, a bit for each enum board_charset */
};

/* A board with what is known of its model. */
struct shown {
	const struct devices_board_config *board;
	const config_setting_t *at;
	enum board_charset charset;
	bool scrolls;
};

const char *config_find_missing(enum board_charset charset, const char *text)
{
	const char *found = NULL;
	struct placeholder_piece piece;

	while (!found && (text = placeholder_next(&board_values, text, &piece)) != NULL) {
		char row[BOARD_MAX_VARIANT + 1];
		const char *missing;

		if (piece.bad || piece.value < board_values.count)
			continue;
		snprintf(row, sizeof(row), "%.*s", (int)piece.len, piece.text);
		for (char *at = row; (at = strchr(at, '\n')) != NULL;)
			*at = ' ';
		missing = board_text_find_missing(charset, row);
		if (missing)
			found = piece.text + (missing - row);
	}
	return found;
}

void config_name_character(char ret[CONFIG_CHARACTER_SIZE], const char *at)
{
	uint32_t code = 0;
	int len = (int)text_next(at, strlen(at), &code);

	snprintf(ret, CONFIG_CHARACTER_SIZE, "%.*s (U+%04X)", len, at, (unsigned)code);
}

static bool find_shown(const struct check *check, size_t i, struct shown *ret)
{
	const config_setting_t *list = config_setting_get_member(check->root, "boards");
	const struct devices_board_config *board = &check->config->devices.boards[i];
	const struct driver *driver = driver_find(board->device.driver);
	const struct device_model *model =
		driver ? driver_find_model(driver, board->device.model) : NULL;

	if (!model || !list)
		return false;
	*ret = (struct shown){
		.board = board,
		.at = config_setting_get_elem(list, (unsigned)i),
		.charset = model->u.board.charset,
		.scrolls = model->u.board.scrolls,
	};
	return true;
}

static bool is_of(const struct shown *shown, enum board_text text)
{
	if (text == BOARD_TEXT_SCROLL)
		return shown->scrolls;
	return (text < BOARD_TEXT_HALL) == (shown->board->window != 0);
}

static const char *variants_of(const struct check *check, const struct shown *shown,
			       enum board_text text)
{
	uint16_t at = shown->board->rules.texts.at[text];

	return at ? check->config->devices.board_texts + at : board_text_built_in(text);
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* Of the last variant, which is meant for the poorest board; NULL: some variant can be drawn, or
 * the number alone stands for the text. */
static const char *find_missing_in_all(const struct shown *shown, const char *variants)
{
	const char *missing = NULL;

	for (; *variants; variants += strlen(variants) + 1) {
		missing = config_find_missing(shown->charset, variants);
		if (!missing || (shown->charset == BOARD_DIGITS &&
				 placeholder_asks(&board_values, variants, BOARD_VALUE_NUMBER)))
			return NULL;
	}
	return missing;
}

static void check_text(struct check *check, const struct shown *shown, enum board_text text)
{
	const config_setting_t *own = config_setting_get_member(shown->at, "texts");
	const config_setting_t *hall = config_setting_get_member(check->root, "showing");
	const char *name = board_text_name(text), *missing;
	char character[CONFIG_CHARACTER_SIZE], message[MESSAGE_SIZE];

	own = own ? config_setting_get_member(own, name) : NULL;
	hall = hall ? config_setting_get_member(hall, "texts") : NULL;
	hall = hall ? config_setting_get_member(hall, name) : NULL;
	if ((!own && !hall) || !is_of(shown, text))
		return;
	missing = find_missing_in_all(shown, variants_of(check, shown, text));
	if (!missing || (!own && check->told[text] >> shown->charset & 1))
		return;
	if (!own)
		check->told[text] |= 1u << shown->charset;
	config_name_character(character, missing);
	snprintf(
		message, sizeof(message),
		"%s: 屏 \"%s\" 没有此字，请在最后加一种它有的文字 board \"%s\" has no character %s "
		"and no variant without such: add a last one of characters that it has",
		name, shown->board->device.id, shown->board->device.id, character);
	config_warning(check->reader, own ? own : hall, message);
}

/* ---- names ---------------------------------------------------------------------------------- */

/* A name of the hall, a window (number) or a queue (id). */
struct name {
	const config_setting_t *at; /* of the hall, the window, the queue */
	const char *key, *text;
	enum board_value value;
	int64_t window;
	const char *queue;
};

static bool has_queue(const struct check *check, int64_t window, const char *queue)
{
	size_t len = strlen(queue);

	for (size_t i = 0; i < check->config->window_count; i++) {
		const char *at = check->config->windows[i].queues;

		if (check->config->windows[i].window != window)
			continue;
		for (; *at; at += strcspn(at, ","), at += *at == ',')
			if (strcspn(at, ",") == len && !strncmp(at, queue, len))
				return true;
	}
	return false;
}

static bool concerns(const struct check *check, const struct shown *shown, const struct name *name)
{
	const struct devices_board_config *board = shown->board;
	bool listed = !board->queue_count;

	if (name->window && board->window)
		return board->window == name->window;
	if (name->window)
		return !board->window_count ||
		       board->windows[name->window / 32] >> name->window % 32 & 1;
	if (!name->queue)
		return true;
	if (board->window)
		return has_queue(check, board->window, name->queue);
	for (size_t i = 0; i < board->queue_count && !listed; i++)
		listed = !strcmp(board->queues[i], name->queue);
	return listed;
}

/* Chinese is not asked of a board without Chinese, nor letters of one of figures: their texts have
 * variants of their own. */
static bool is_in_its_script(const struct shown *shown, const struct name *name)
{
	return shown->charset != BOARD_DIGITS &&
	       (shown->charset != BOARD_ASCII || !strcmp(name->key, "en"));
}

static bool asks(const struct check *check, const struct shown *shown, enum board_value value)
{
	for (int text = 0; text < BOARD_TEXT_COUNT; text++) {
		const char *at = variants_of(check, shown, (enum board_text)text);

		for (; *at && is_of(shown, (enum board_text)text); at += strlen(at) + 1)
			if (placeholder_asks(&board_values, at, value))
				return true;
	}
	return false;
}

/* Said once, of the first board that lacks a character. */
static void check_name(const struct check *check, const struct name *name)
{
	for (size_t i = 0; i < check->config->devices.board_count; i++) {
		char character[CONFIG_CHARACTER_SIZE], message[MESSAGE_SIZE];
		const char *missing;
		struct shown shown;

		if (!find_shown(check, i, &shown) || !is_in_its_script(&shown, name) ||
		    !concerns(check, &shown, name) || !asks(check, &shown, name->value))
			continue;
		missing = board_text_find_missing(shown.charset, name->text);
		if (!missing)
			continue;
		config_name_character(character, missing);
		snprintf(message, sizeof(message),
			 "%s: 屏 \"%s\" 没有此字，含此名的文字不会显示，请换字 board \"%s\" has no "
			 "character %s and passes over texts with this name: write it without",
			 name->key, shown.board->device.id, shown.board->device.id, character);
		config_warning(check->reader, config_setting_get_member(name->at, name->key),
			       message);
		return;
	}
}

/* value: of the Chinese name; that of the English one is the next. */
static void check_names(const struct check *check, struct name name, const char *zh, const char *en)
{
	name.key = "zh";
	name.text = zh;
	check_name(check, &name);
	name.key = "en";
	name.text = en;
	name.value++;
	check_name(check, &name);
}

void config_check_characters(struct config_reader *reader, const config_setting_t *root,
			     const struct config *config)
{
	struct check check = {.reader = reader, .root = root, .config = config};
	const config_setting_t *windows = config_setting_get_member(root, "windows");
	const config_setting_t *queues = config_setting_get_member(root, "queues");
	struct shown shown;

	for (size_t i = 0; i < config->devices.board_count; i++)
		for (int text = 0; text < BOARD_TEXT_COUNT && find_shown(&check, i, &shown); text++)
			check_text(&check, &shown, (enum board_text)text);
	check_names(&check,
		    (struct name){.at = config_setting_get_member(root, "hall"),
				  .value = BOARD_VALUE_HALL_ZH},
		    config->hall.zh, config->hall.en);
	for (size_t i = 0; i < config->window_count; i++)
		check_names(&check,
			    (struct name){.at = config_setting_get_elem(windows, (unsigned)i),
					  .value = BOARD_VALUE_WINDOW_ZH,
					  .window = config->windows[i].window},
			    config->windows[i].zh, config->windows[i].en);
	for (size_t i = 0; i < config->queue_count; i++)
		check_names(&check,
			    (struct name){.at = config_setting_get_elem(queues, (unsigned)i),
					  .value = BOARD_VALUE_QUEUE_ZH,
					  .queue = config->queues[i].queue},
			    config->queues[i].zh, config->queues[i].en);
}
