/* Samples: measured, made even, joined; files by libsndfile. One channel, -1 to 1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "drivers/voice/phrase.h"

enum {
	SOUND_MIN_RATE = 8000,
	SOUND_MAX_RATE = 96000,
	SOUND_MAX_RECORDING_S = 20,
	SOUND_MAX_S = 120, /* of everything that is joined */
	SOUND_GAP_MS = 40, /* between two recordings */
};

struct sound {
	float *samples;
	size_t count, room;
	unsigned rate;
};

/* How loud it is: the highest sample, and the root mean square of those 10 ms blocks that are not
 * 40 dB or more below the loudest one. dB of full scale; -120: silence. */
struct sound_level {
	double peak_db, rms_db;
	size_t from, to; /* first and behind the last such block, in samples */
};

void sound_free(struct sound *sound);
void sound_measure(const struct sound *sound, struct sound_level *ret);
/* Cuts the silence at both ends (30 ms stay), fades 5 ms in and out, and brings the level to -20
 * dB, at most 20 dB up, the peak at most to -1 dB. -ENODATA: it is silent. */
__attribute__((warn_unused_result)) int sound_tidy(struct sound *sound);
/* -ENOMEM; -EMSGSIZE: longer than SOUND_MAX_S. *sound is then as it was. Rates must agree; the
 * first that is added gives its own to a sound that has none. */
__attribute__((warn_unused_result)) int sound_add(struct sound *sound, const struct sound *more);
__attribute__((warn_unused_result)) int sound_add_silence(struct sound *sound, unsigned ms);
unsigned sound_ms(const struct sound *sound);
/* Two strokes, falling, as before an announcement. -ENOMEM. */
__attribute__((warn_unused_result)) int sound_chime(struct sound *ret, unsigned rate);

/* wav.c. rate 0: any. Errors say what is wrong with the file and what to do, in Chinese and
 * English. -ENOENT, -EINVAL; *ret is untouched then. */
__attribute__((warn_unused_result)) int sound_read(struct sound *ret, const char *path,
						   unsigned rate, char ret_error[VOICE_ERROR_SIZE]);
/* 16-bit WAV; under another name until it is whole. */
__attribute__((warn_unused_result)) int sound_write(const struct sound *sound, const char *path,
						    char ret_error[VOICE_ERROR_SIZE]);
