/* A folder of recordings without its audio: FOLDER/zh/digit-0.wav, FOLDER/zh/words.txt. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/voice/voice.h"

enum { WORDS_MAX_BYTES = 32768 };

int voice_folder_words(const char *folder, enum voice_language language, struct voice_words *ret,
		       char ret_error[VOICE_ERROR_SIZE])
{
	static char text[WORDS_MAX_BYTES + 1];
	const char *name = voice_language_name(language);
	char path[VOICE_PATH_SIZE + 32];
	struct stat st;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		snprintf(ret_error, VOICE_ERROR_SIZE,
			 "没有语音文件夹 no folder %.80s/%s: onewindow voice make --out FOLDER",
			 folder, name);
		return -ENOENT;
	}
	snprintf(path, sizeof(path), "%s/%s/words.txt", folder, name);
	file = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "r") : NULL;
	if (!file && errno != ENOENT) {
		snprintf(ret_error, VOICE_ERROR_SIZE, "%s/words.txt: 无法读取 cannot be read: %s",
			 name, strerror(errno));
		return -EINVAL;
	}
	if (!file)
		return voice_read_words(ret, voice_words_text(language), ret_error);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (len == sizeof(text) || memchr(text, '\0', len)) {
		snprintf(ret_error, VOICE_ERROR_SIZE,
			 "%s/words.txt: 过大或不是文本 too large, or no text", name);
		return -EINVAL;
	}
	text[len] = '\0';
	return voice_read_words(ret, text, ret_error);
}

bool voice_folder_has(const char *folder, enum voice_language language, const char *name)
{
	char path[VOICE_PATH_SIZE + 64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s/%s.wav", folder, voice_language_name(language), name);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool has(void *user, enum voice_language language, const char *name)
{
	return voice_folder_has(user, language, name);
}

int voice_folder_phrase(struct voice_phrase *ret, const struct voice_setup *setup,
			enum voice_language language, const char *number, unsigned window,
			char ret_error[VOICE_ERROR_SIZE])
{
	const char *own = setup->templates[language];
	struct voice_words words;
	int r = voice_folder_words(setup->folder, language, &words, ret_error);

	if (r < 0)
		return r;
	return voice_phrase(ret, language, own[0] ? own : voice_template(language), &words, number,
			    window, has, (void *)(uintptr_t)setup->folder, ret_error);
}

int voice_check_output(const char *output, char ret_error[VOICE_ERROR_SIZE])
{
	if ((!strncmp(output, "alsa:", 5) || !strncmp(output, "file:", 5)) && output[5])
		return 0;
	snprintf(ret_error, VOICE_ERROR_SIZE,
		 "无效 \"%.60s\"; 可用 allowed: alsa:DEVICE (alsa:default), file:FOLDER", output);
	return -EINVAL;
}
