/* Samples in memory. Recordings of different people and days are cut alike and made equally loud,
 * so that what is joined of them sounds like one sentence. */
#include "drivers/voice/sound.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_S = 100, MARGIN_MS = 30, FADE_MS = 5, SILENT_DB = -120 };
#define BELOW_DB     40.0 /* of the loudest block: what is no speech */
#define TARGET_DB    (-20.0)
#define PEAK_DB	     (-1.0)
#define MOST_GAIN_DB 20.0
#define TRACE_DB     (-60.0) /* louder than the hiss of an empty recording */

void sound_free(struct sound *sound)
{
	free(sound->samples);
	*sound = (struct sound){0};
}

unsigned sound_ms(const struct sound *sound)
{
	return sound->rate ? (unsigned)(sound->count * 1000 / sound->rate) : 0;
}

static double decibel(double amplitude)
{
	return amplitude > 1e-6 ? 20 * log10(amplitude) : SILENT_DB;
}

static double power_of(const struct sound *sound, size_t from, size_t to)
{
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += (double)sound->samples[i] * (double)sound->samples[i];
	return to > from ? sum / (double)(to - from) : 0;
}

void sound_measure(const struct sound *sound, struct sound_level *ret)
{
	size_t block = sound->rate / BLOCKS_S, active = 0;
	double loudest = 0, sum = 0, peak = 0, floor;

	assert(block > 0);
	*ret = (struct sound_level){.peak_db = SILENT_DB, .rms_db = SILENT_DB};
	for (size_t i = 0; i < sound->count; i++)
		peak = fmax(peak, fabs((double)sound->samples[i]));
	for (size_t at = 0; at < sound->count; at += block)
		loudest = fmax(loudest,
			       power_of(sound, at,
					at + block < sound->count ? at + block : sound->count));
	floor = loudest * pow(10, -BELOW_DB / 10);
	for (size_t at = 0; at < sound->count; at += block) {
		size_t end = at + block < sound->count ? at + block : sound->count;
		double power = power_of(sound, at, end);

		if (power <= floor)
			continue;
		if (!active)
			ret->from = at;
		active += end - at;
		sum += power * (double)(end - at);
		ret->to = end;
	}
	ret->peak_db = decibel(peak);
	if (active)
		ret->rms_db = decibel(sqrt(sum / (double)active));
}

static void fade(struct sound *sound)
{
	size_t len = sound->rate * FADE_MS / 1000;

	if (len > sound->count / 2)
		len = sound->count / 2;
	for (size_t i = 0; i < len; i++) {
		float factor = (float)i / (float)len;

		sound->samples[i] *= factor;
		sound->samples[sound->count - 1 - i] *= factor;
	}
}

int sound_tidy(struct sound *sound)
{
	size_t margin = sound->rate * MARGIN_MS / 1000, from, to;
	struct sound_level level;
	double gain_db;
	float gain;

	sound_measure(sound, &level);
	if (level.rms_db < TRACE_DB)
		return -ENODATA;
	from = level.from > margin ? level.from - margin : 0;
	to = level.to + margin < sound->count ? level.to + margin : sound->count;
	memmove(sound->samples, sound->samples + from, (to - from) * sizeof(float));
	sound->count = to - from;
	gain_db = fmin(fmin(TARGET_DB - level.rms_db, PEAK_DB - level.peak_db), MOST_GAIN_DB);
	gain = (float)pow(10, gain_db / 20);
	for (size_t i = 0; i < sound->count; i++)
		sound->samples[i] *= gain;
	fade(sound);
	return 0;
}

static int grow(struct sound *sound, size_t more)
{
	size_t room = sound->room ? sound->room : 65536;
	float *samples;

	if (sound->count + more > (size_t)SOUND_MAX_S * sound->rate)
		return -EMSGSIZE;
	while (room < sound->count + more)
		room *= 2;
	if (room == sound->room)
		return 0;
	samples = realloc(sound->samples, room * sizeof(float));
	if (!samples)
		return -ENOMEM;
	sound->samples = samples;
	sound->room = room;
	return 0;
}

int sound_add(struct sound *sound, const struct sound *more)
{
	int r;

	if (!sound->rate)
		sound->rate = more->rate;
	assert(sound->rate == more->rate);
	r = grow(sound, more->count);
	if (r < 0)
		return r;
	memcpy(sound->samples + sound->count, more->samples, more->count * sizeof(float));
	sound->count += more->count;
	return 0;
}

int sound_add_silence(struct sound *sound, unsigned ms)
{
	size_t count = (size_t)sound->rate * ms / 1000;
	int r = grow(sound, count);

	if (r < 0)
		return r;
	memset(sound->samples + sound->count, 0, count * sizeof(float));
	sound->count += count;
	return 0;
}

int sound_chime(struct sound *ret, unsigned rate)
{
	static const struct {
		double hertz, seconds;
	} strokes[] = {{659.26, .45}, {523.25, .85}};
	struct sound chime = {.rate = rate};

	for (size_t k = 0; k < sizeof(strokes) / sizeof(strokes[0]); k++) {
		size_t count = (size_t)(strokes[k].seconds * rate);
		int r = grow(&chime, count);

		if (r < 0) {
			sound_free(&chime);
			return r;
		}
		for (size_t i = 0; i < count; i++) {
			double t = (double)i / rate, turn = 2 * M_PI * strokes[k].hertz * t;
			double swell = fmin(t / .005, 1) * fmin((strokes[k].seconds - t) / .02, 1) *
				       exp(-4 * t);

			chime.samples[chime.count++] =
				(float)(swell * (.5 * sin(turn) + .15 * sin(2 * turn)));
		}
	}
	*ret = chime;
	return 0;
}
