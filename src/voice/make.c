/* A folder of recordings by espeak-ng, for a hall that has none yet. Its Chinese voice for
 * characters reads many of them wrongly, so Chinese goes as pinyin to the voice that is for it;
 * letters are read by the English one in both languages, as people do. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/voice/voice.h"
#include "src/voice/tools.h"

enum { RATE = 22050 /* espeak-ng's own */ };

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "onewindow voice make: %s: %s\n", what, why);
	return 1;
}

/* Not as loud as its ordinary 100: there some syllables are cut off at full scale. */
#define AMPLITUDE "60"

static int speak(const char *voice, const char *speed, const char *text, const char *path)
{
	const char *const words[] = {"espeak-ng", "-v", voice, "-s", speed, "-a",
				     AMPLITUDE,	  "-w", path,  "--", text,  NULL};
	char *argv[sizeof(words) / sizeof(words[0])];
	int status = 0;
	pid_t pid;
	int r;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		argv[i] = (char *)(uintptr_t)words[i];
	r = posix_spawnp(&pid, "espeak-ng", NULL, NULL, argv, environ);

	if (r != 0)
		return fail("espeak-ng",
			    r == ENOENT ? "未安装 is not installed: apt-get install espeak-ng"
					: strerror(r));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || access(path, R_OK) < 0)
		return fail(path, "espeak-ng 未能生成 did not make it");
	return 0;
}

static int make_one(const char *folder, enum voice_language language, const struct voice_word *word)
{
	bool letter = !strncmp(word->name, "letter-", 7);
	bool pinyin = language == VOICE_CHINESE && !letter;
	char path[VOICE_PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s/%s.wav", folder, voice_language_name(language),
		 word->name);
	return speak(pinyin ? "cmn-latn-pinyin" : "en-us", pinyin ? "170" : "165", word->speech,
		     path);
}

static int make_folder(const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? fail(path, strerror(errno)) : 0;
}

/* The words of the folder if it has any: a template of one's own gets its words there first. */
static int write_words(const char *folder, enum voice_language language)
{
	char path[VOICE_PATH_SIZE + 64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/words.txt", folder, voice_language_name(language));
	if (access(path, F_OK) == 0)
		return 0;
	file = fopen(path, "w");
	if (!file)
		return fail(path, strerror(errno));
	fputs(voice_words_text(language), file);
	return fclose(file) == 0 ? 0 : fail(path, strerror(errno));
}

static int make_language(const char *folder, enum voice_language language)
{
	char error[VOICE_ERROR_SIZE] = "", path[VOICE_PATH_SIZE + 16];
	struct voice_words words;
	struct voice_word word;
	int r;

	snprintf(path, sizeof(path), "%s/%s", folder, voice_language_name(language));
	r = make_folder(path);
	if (r == 0)
		r = write_words(folder, language);
	if (r == 0 && voice_folder_words(folder, language, &words, error) < 0)
		r = fail(folder, error);
	for (size_t i = 0; r == 0 && voice_standard(language, i, &word); i++)
		r = make_one(folder, language, &word);
	for (size_t i = 0; r == 0 && i < words.count; i++)
		r = make_one(folder, language, &words.all[i]);
	return r;
}

static int make_chime(const char *folder)
{
	char path[VOICE_PATH_SIZE + 16], error[VOICE_ERROR_SIZE] = "";
	struct sound chime = {0};
	int r;

	snprintf(path, sizeof(path), "%s/chime.wav", folder);
	r = sound_chime(&chime, RATE);
	if (r == 0)
		r = sound_write(&chime, path, error);
	sound_free(&chime);
	return r < 0 ? fail(path, error[0] ? error : strerror(-r)) : 0;
}

int voice_tool_make(char *const words[])
{
	struct voice_setup setup = {.language_count = 0};
	const char *folder = words[0];
	int r;

	if (voice_tool_languages(&setup, words[1]) < 0)
		return fail("--languages", "可用 allowed: zh, en; zh,en");
	r = make_folder(folder);
	for (size_t i = 0; r == 0 && i < setup.language_count; i++)
		r = make_language(folder, setup.languages[i]);
	if (r == 0)
		r = make_chime(folder);
	return r ? r : voice_tool_check(words);
}
