/* Voices of the configuration. Each is tried on what this hall can call: every prefix with every
 * digit, every window of the voice. A recording that is missing is an error here, not silence in
 * the hall. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/daemon/config_parts.h"

enum { REPEAT = 1, STALE_S = 60, MISSING_NAMED = 5 };

static const struct config_field voice_fields[] = {
	CONFIG_FIELD(struct devices_voice_config, id, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct devices_voice_config, setup.output, "output", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct devices_voice_config, setup.folder, "folder", CONFIG_TEXT, true, 0, 0),
	{.key = "languages", .kind = CONFIG_GROUP},
	{.key = "windows", .kind = CONFIG_GROUP},
	CONFIG_FIELD(struct devices_voice_config, setup.templates[VOICE_CHINESE], "template_zh",
		     CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct devices_voice_config, setup.templates[VOICE_ENGLISH], "template_en",
		     CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct devices_voice_config, repeat, "repeat", CONFIG_INT, false, 1, 3),
	CONFIG_FIELD(struct devices_voice_config, stale_s, "stale_s", CONFIG_INT, false, 5, 600),
};
static const struct config_section voice_section = CONFIG_SECTION("voices", voice_fields);

static void read_languages(struct config_reader *reader, const config_setting_t *at,
			   struct voice_setup *setup)
{
	const config_setting_t *list = config_setting_get_member(at, "languages");
	int count = list && config_setting_is_array(list) ? config_setting_length(list) : 0;

	if (!list) {
		setup->languages[0] = VOICE_CHINESE;
		setup->languages[1] = VOICE_ENGLISH;
		setup->language_count = 2;
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *name = config_setting_get_string_elem(list, i);
		int language = name ? voice_language_by_name(name) : -1;
		bool twice = i == 1 && language == (int)setup->languages[0];

		if (language < 0 || twice || i >= VOICE_LANGUAGES) {
			count = 0;
			break;
		}
		setup->languages[i] = (enum voice_language)language;
		setup->language_count = (size_t)i + 1;
	}
	if (!count)
		config_error(reader, list,
			     "languages: 须为数组 must be an array of zh and en, each once: "
			     "[ \"zh\", \"en\" ]");
}

static bool is_window(const struct config *config, int64_t number)
{
	for (size_t i = 0; i < config->window_count; i++)
		if (config->windows[i].window == number)
			return true;
	return false;
}

static void read_windows(struct config_reader *reader, const config_setting_t *at,
			 const struct config *config, struct devices_voice_config *voice)
{
	const config_setting_t *list = config_setting_get_member(at, "windows");

	if (!list)
		return;
	if (!config_setting_is_array(list) || config_setting_length(list) < 1 ||
	    config_setting_length(list) > CORE_MAX_WINDOWS) {
		config_error(reader, list,
			     "windows: 须为窗口号的数组 must be an array of window numbers, [ 1, 2 "
			     "]");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		int64_t number = config_setting_get_int64_elem(list, i);

		if (!is_window(config, number))
			config_error(reader, config_setting_get_elem(list, (unsigned)i),
				     "windows: 配置中无此窗口 %d is no window of this "
				     "configuration",
				     (int)number);
		else if (!config_repeats(reader, list, i))
			voice->windows[voice->window_count++] = number;
	}
}

/* ---- is there a recording for everything ------------------------------------------------------
 */

struct trial {
	struct config_reader *reader;
	const config_setting_t *at;
	const struct voice_setup *setup;
	enum voice_language language;
	unsigned missing;
	char names[MISSING_NAMED][VOICE_NAME_SIZE];
};

static void note_missing(struct trial *trial, const char *name)
{
	unsigned named = trial->missing < MISSING_NAMED ? trial->missing : MISSING_NAMED;

	for (unsigned i = 0; i < named; i++)
		if (!strcmp(trial->names[i], name))
			return;
	if (trial->missing < MISSING_NAMED)
		snprintf(trial->names[trial->missing], VOICE_NAME_SIZE, "%s", name);
	trial->missing++;
}

/* False: the template or the words are wrong, and that is said. */
static bool try_call(struct trial *trial, const char *number, unsigned window)
{
	char error[VOICE_ERROR_SIZE] = "";
	struct voice_phrase phrase;
	int r = voice_folder_phrase(&phrase, trial->setup, trial->language, number, window, error);

	if (r < 0) {
		config_error(trial->reader, trial->at, "%s%s: %s",
			     r == -ENOENT ? "folder" : "template_",
			     r == -ENOENT ? "" : voice_language_name(trial->language), error);
		return false;
	}
	for (size_t i = 0; i < phrase.count; i++)
		if (!voice_folder_has(trial->setup->folder, trial->language,
				      phrase.segments[i].name))
			note_missing(trial, phrase.segments[i].name);
	return true;
}

static void tell_missing(const struct trial *trial)
{
	const char *language = voice_language_name(trial->language);
	char names[MISSING_NAMED * (VOICE_NAME_SIZE + 8)];
	size_t used = 0;

	if (!trial->missing)
		return;
	for (unsigned i = 0; i < trial->missing && i < MISSING_NAMED; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s.wav",
					 i ? ", " : "", trial->names[i]);
	config_error(trial->reader, trial->at,
		     "folder: 缺少录音 recordings are missing in %.200s/%s: %s%s; 列出全部 all of "
		     "them: onewindow voice check %.200s",
		     trial->setup->folder, language, names,
		     trial->missing > MISSING_NAMED ? ", ..." : "", trial->setup->folder);
}

static void try_language(struct config_reader *reader, const config_setting_t *at,
			 const struct config *config, const struct devices_voice_config *voice,
			 enum voice_language language)
{
	struct trial trial = {
		.reader = reader, .at = at, .setup = &voice->setup, .language = language};
	unsigned first = config->window_count ? (unsigned)config->windows[0].window : 1;
	bool good = true;

	for (size_t i = 0; good && i < config->queue_count; i++) {
		const struct event_queue_defined *queue = &config->queues[i];
		char number[CORE_PREFIX_SIZE + 16];

		snprintf(number, sizeof(number), "%s0123456789", queue->prefix);
		good = try_call(&trial, number, first);
		snprintf(number, sizeof(number), "%s0", queue->spare);
		if (good)
			good = try_call(&trial, number, first);
	}
	for (size_t i = 0; good && i < config->window_count; i++) {
		bool ours = !voice->window_count;

		for (size_t k = 0; k < voice->window_count; k++)
			ours |= voice->windows[k] == config->windows[i].window;
		if (ours)
			good = try_call(&trial, "0", (unsigned)config->windows[i].window);
	}
	tell_missing(&trial);
}

/* What the announcement of a call must tell. */
static void check_template(struct config_reader *reader, const config_setting_t *at,
			   const char *key, const char *template)
{
	if (template[0] && !strstr(template, "{number}"))
		config_error(reader, config_setting_get_member(at, key),
			     "%s: 缺少 {number} is missing; 例 example: %s", key,
			     voice_template(!strcmp(key, "template_en") ? VOICE_ENGLISH
									: VOICE_CHINESE));
}

static void resolve(struct config_reader *reader, struct voice_setup *setup)
{
	char path[VOICE_PATH_SIZE];

	config_resolve_path(reader->path, setup->folder, sizeof(setup->folder));
	if (strncmp(setup->output, "file:", 5) != 0)
		return;
	snprintf(path, sizeof(path), "%s", setup->output + 5);
	config_resolve_path(reader->path, path, sizeof(path));
	snprintf(setup->output, sizeof(setup->output), "file:%.*s", (int)sizeof(path) - 6, path);
}

static void check_id(struct config_reader *reader, const config_setting_t *at,
		     const struct devices_config *devices, const char *id)
{
	config_unique(reader, at, "id", id, devices->voices[0].id, devices->voice_count,
		      sizeof(devices->voices[0]));
	config_unique(reader, at, "id", id, devices->printers[0].device.id, devices->printer_count,
		      sizeof(devices->printers[0]));
	config_unique(reader, at, "id", id, devices->boards[0].device.id, devices->board_count,
		      sizeof(devices->boards[0]));
	config_unique(reader, at, "id", id, devices->keypads[0].device.id, devices->keypad_count,
		      sizeof(devices->keypads[0]));
}

/* Two that speak through one device would speak into each other. */
static void check_output(struct config_reader *reader, const config_setting_t *at,
			 const struct devices_config *devices, const struct voice_setup *setup)
{
	char error[VOICE_ERROR_SIZE] = "";

	if (voice_check_output(setup->output, error) < 0)
		config_error(reader, config_setting_get_member(at, "output"), "output: %s", error);
	for (size_t i = 0; i < devices->voice_count; i++)
		if (!strcmp(devices->voices[i].setup.output, setup->output))
			config_error(reader, config_setting_get_member(at, "output"),
				     "output: \"%s\" 已被占用 is voice \"%s\" already",
				     setup->output, devices->voices[i].id);
}

static void read_voice(struct config_reader *reader, const config_setting_t *at,
		       struct config *config, struct devices_voice_config *voice)
{
	int errors = reader->errors;

	voice->repeat = REPEAT;
	voice->stale_s = STALE_S;
	config_read_group(reader, at, &voice_section, voice);
	if (!config_setting_is_group(at))
		return;
	resolve(reader, &voice->setup);
	read_languages(reader, at, &voice->setup);
	read_windows(reader, at, config, voice);
	check_id(reader, at, &config->devices, voice->id);
	check_output(reader, at, &config->devices, &voice->setup);
	check_template(reader, at, "template_zh", voice->setup.templates[VOICE_CHINESE]);
	check_template(reader, at, "template_en", voice->setup.templates[VOICE_ENGLISH]);
	for (size_t i = 0; reader->errors == errors && i < voice->setup.language_count; i++)
		try_language(reader, at, config, voice, voice->setup.languages[i]);
}

void config_read_voices(struct config_reader *reader, const config_setting_t *root,
			struct config *config)
{
	struct devices_config *devices = &config->devices;
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "voices", DEVICES_MAX_VOICES, &list);

#if !HAVE_VOICE
	if (count) {
		config_error(reader, list,
			     "voices: 本程序未编入语音 this program was built without a voice "
			     "(meson setup -Dvoice=enabled)");
		return;
	}
#endif
	for (size_t i = 0; i < count; i++) {
		read_voice(reader, config_setting_get_elem(list, (unsigned)i), config,
			   &devices->voices[i]);
		devices->voice_count = i + 1;
	}
}

/* Beside the log: what was begun is a fact of this log's calls. */
void config_place_marks(struct config *config)
{
	for (size_t i = 0; i < config->devices.voice_count; i++) {
		struct devices_voice_config *voice = &config->devices.voices[i];

		if (snprintf(voice->mark_path, sizeof(voice->mark_path), "%s.voice-%s",
			     config->log_path, voice->id) >= (int)sizeof(voice->mark_path))
			voice->mark_path[0] = '\0';
	}
}
