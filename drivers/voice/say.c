/* One call as samples: its recordings, read and made even, one after the other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drivers/voice/voice.h"

enum { BEFORE_MS = 100, LANGUAGE_MS = 500, AFTER_MS = 200 };

static int add_file(struct sound *said, const char *path, unsigned pause_ms, char *ret_error)
{
	struct sound sound = {0};
	int r = sound_read(&sound, path, said->rate, ret_error);

	if (r < 0)
		return r;
	r = sound_tidy(&sound);
	if (r < 0) {
		snprintf(ret_error, VOICE_ERROR_SIZE, "%.120s: 录音无声 the recording is silent",
			 path);
		sound_free(&sound);
		return -EINVAL;
	}
	if (!said->rate)
		said->rate = sound.rate;
	if (!said->count)
		r = sound_add_silence(said, BEFORE_MS);
	if (r == 0)
		r = sound_add_silence(said, pause_ms);
	if (r == 0)
		r = sound_add(said, &sound);
	sound_free(&sound);
	if (r == -EMSGSIZE)
		snprintf(ret_error, VOICE_ERROR_SIZE,
			 "播报过长 the announcement is longer than %d seconds", SOUND_MAX_S);
	else if (r < 0)
		snprintf(ret_error, VOICE_ERROR_SIZE, "内存不足 out of memory");
	return r;
}

static int add_language(struct sound *said, const struct voice_setup *setup,
			enum voice_language language, const char *number, unsigned window,
			char *ret_error)
{
	struct voice_phrase phrase;
	int r = voice_folder_phrase(&phrase, setup, language, number, window, ret_error);

	for (size_t i = 0; r == 0 && i < phrase.count; i++) {
		const struct voice_segment *segment = &phrase.segments[i];
		char path[VOICE_PATH_SIZE + 64];
		unsigned pause_ms = segment->pause_ms + SOUND_GAP_MS;

		if (i == 0)
			pause_ms = said->count ? LANGUAGE_MS : 0;
		snprintf(path, sizeof(path), "%s/%s/%s.wav", setup->folder,
			 voice_language_name(language), segment->name);
		r = add_file(said, path, pause_ms, ret_error);
	}
	return r;
}

int voice_say(struct sound *ret, const struct voice_setup *setup, const char *number,
	      unsigned window, char ret_error[VOICE_ERROR_SIZE])
{
	char chime[VOICE_PATH_SIZE + 16];
	struct sound said = {0};
	int r = 0;

	snprintf(chime, sizeof(chime), "%s/chime.wav", setup->folder);
	if (access(chime, F_OK) == 0)
		r = add_file(&said, chime, 0, ret_error);
	for (size_t i = 0; r == 0 && i < setup->language_count; i++)
		r = add_language(&said, setup, setup->languages[i], number, window, ret_error);
	if (r == 0 && said.count)
		r = sound_add_silence(&said, AFTER_MS);
	if (r < 0) {
		sound_free(&said);
		return r;
	}
	*ret = said;
	return 0;
}
