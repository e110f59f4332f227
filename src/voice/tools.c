/* One call as a file, and a folder looked through. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/voice/voice.h"
#include "src/voice/tools.h"

int voice_tool_languages(struct voice_setup *setup, const char *list)
{
	char words[32];
	char *save = NULL;

	snprintf(words, sizeof(words), "%s", list);
	for (char *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		int language = voice_language_by_name(word);

		if (language < 0 || setup->language_count == VOICE_LANGUAGES)
			return -EINVAL;
		setup->languages[setup->language_count++] = (enum voice_language)language;
	}
	return setup->language_count ? 0 : -EINVAL;
}

static int refuse(const char *why)
{
	fprintf(stderr, "onewindow voice: %s\n", why);
	return 1;
}

static void fill(char *ret, size_t size, const char *value)
{
	snprintf(ret, size, "%s", value);
}

int voice_tool_say(char *const words[])
{
	char error[VOICE_ERROR_SIZE] = "";
	struct voice_setup setup = {.language_count = 0};
	struct sound_level level;
	struct sound sound = {0};
	int r;

	fill(setup.folder, sizeof(setup.folder), words[3]);
	fill(setup.templates[VOICE_CHINESE], VOICE_TEMPLATE_SIZE, words[5]);
	fill(setup.templates[VOICE_ENGLISH], VOICE_TEMPLATE_SIZE, words[6]);
	if (voice_tool_languages(&setup, words[4]) < 0)
		return refuse("--languages: 可用 allowed: zh, en; zh,en");
	r = voice_say(&sound, &setup, words[0], (unsigned)strtoul(words[1], NULL, 10), error);
	if (r == 0)
		r = sound_write(&sound, words[2], error);
	if (r < 0) {
		sound_free(&sound);
		return refuse(error);
	}
	sound_measure(&sound, &level);
	printf("%s: %.2f s, %u Hz, peak %.1f dB, rms %.1f dB\n", words[2],
	       (double)sound.count / sound.rate, sound.rate, level.peak_db, level.rms_db);
	sound_free(&sound);
	return 0;
}

/* ---- check ------------------------------------------------------------------------------------
 */

struct look {
	const char *folder;
	unsigned rate; /* of the first recording */
	size_t good, bad;
};

static void look_at(struct look *look, const char *where, const char *name, const char *text)
{
	char path[VOICE_PATH_SIZE + 64], error[VOICE_ERROR_SIZE] = "";
	struct sound_level level;
	struct sound sound = {0};

	snprintf(path, sizeof(path), "%s%s%s/%s.wav", look->folder, where[0] ? "/" : "", where,
		 name);
	if (sound_read(&sound, path, look->rate, error) < 0) {
		fprintf(stderr, "%s (%s)\n", error, text);
		look->bad++;
		return;
	}
	look->rate = sound.rate;
	sound_measure(&sound, &level);
	if (sound_tidy(&sound) < 0) {
		fprintf(stderr, "%s/%s.wav: 录音无声 the recording is silent\n", where, name);
		look->bad++;
	} else {
		printf("%s%s%s.wav\t%s\t%.2f s\tpeak %.1f dB\trms %.1f dB%s\n", where,
		       where[0] ? "/" : "", name, text,
		       (double)(level.to - level.from) / sound.rate, level.peak_db, level.rms_db,
		       level.peak_db > -.1 ? "\t过载 overdriven?" : "");
		look->good++;
	}
	sound_free(&sound);
}

static void look_through(struct look *look, enum voice_language language)
{
	const char *where = voice_language_name(language);
	char error[VOICE_ERROR_SIZE] = "";
	struct voice_words words;
	struct voice_word word;

	if (voice_folder_words(look->folder, language, &words, error) < 0) {
		fprintf(stderr, "%s\n", error);
		look->bad++;
		return;
	}
	for (size_t i = 0; voice_standard(language, i, &word); i++)
		look_at(look, where, word.name, word.text);
	for (size_t i = 0; i < words.count; i++)
		look_at(look, where, words.all[i].name, words.all[i].text);
}

int voice_tool_check(char *const words[])
{
	struct look look = {.folder = words[0]};
	struct voice_setup setup = {.language_count = 0};
	char chime[VOICE_PATH_SIZE + 16];

	if (voice_tool_languages(&setup, words[1]) < 0)
		return refuse("--languages: 可用 allowed: zh, en; zh,en");
	for (size_t i = 0; i < setup.language_count; i++)
		look_through(&look, setup.languages[i]);
	snprintf(chime, sizeof(chime), "%s/chime.wav", words[0]);
	if (access(chime, F_OK) == 0)
		look_at(&look, "", "chime", "提示音 chime");
	printf("%s: %zu 个可用 good, %zu 个有误或缺少 wrong or missing, %u Hz\n", words[0],
	       look.good, look.bad, look.rate);
	return look.bad ? 1 : 0;
}
