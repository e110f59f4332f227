/* A voice: a folder of recordings, the templates of one or two languages, and where it is heard. */
#pragma once

#include "drivers/voice/phrase.h"
#include "drivers/voice/sound.h"

enum { VOICE_PATH_SIZE = 512, VOICE_CHECK_MAX = 100 };

struct voice_setup {
	char folder[VOICE_PATH_SIZE];
	char output[VOICE_PATH_SIZE];			/* alsa:DEVICE or file:FOLDER */
	enum voice_language languages[VOICE_LANGUAGES]; /* in the order of speaking */
	size_t language_count;
	char templates[VOICE_LANGUAGES][VOICE_TEMPLATE_SIZE]; /* by language; "" the built-in one */
};

/* folder.c, without audio: the words of one language of a folder, the built-in ones where it has no
 * words.txt. -EINVAL, -errno: ret_error, in Chinese and English. */
__attribute__((warn_unused_result)) int voice_folder_words(const char *folder,
							   enum voice_language language,
							   struct voice_words *ret,
							   char ret_error[VOICE_ERROR_SIZE]);
bool voice_folder_has(const char *folder, enum voice_language language, const char *name);
/* One call in one language. */
__attribute__((warn_unused_result)) int voice_folder_phrase(struct voice_phrase *ret,
							    const struct voice_setup *setup,
							    enum voice_language language,
							    const char *number, unsigned window,
							    char ret_error[VOICE_ERROR_SIZE]);
/* "alsa:" or "file:" with something behind. -EINVAL: ret_error. */
__attribute__((warn_unused_result)) int voice_check_output(const char *output,
							   char ret_error[VOICE_ERROR_SIZE]);

/* say.c: one call in all languages of the setup, the folder's chime.wav before it if it has one. */
__attribute__((warn_unused_result)) int voice_say(struct sound *ret,
						  const struct voice_setup *setup,
						  const char *number, unsigned window,
						  char ret_error[VOICE_ERROR_SIZE]);

/* output.c. -ENODEV: the device cannot be had now, trying again may help. */
__attribute__((warn_unused_result)) int voice_output_try(const char *output,
							 char ret_error[VOICE_ERROR_SIZE]);
/* Until it has been heard, or is in the file. begun: just before the first sample. */
__attribute__((warn_unused_result)) int voice_output_play(const char *output,
							  const struct sound *sound,
							  void (*begun)(void *user), void *user,
							  char ret_error[VOICE_ERROR_SIZE]);
/* alsa.c */
__attribute__((warn_unused_result)) int voice_alsa_try(const char *device,
						       char ret_error[VOICE_ERROR_SIZE]);
__attribute__((warn_unused_result)) int voice_alsa_play(const char *device,
							const struct sound *sound,
							void (*begun)(void *user), void *user,
							char ret_error[VOICE_ERROR_SIZE]);
