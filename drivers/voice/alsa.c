/* Playing by ALSA. The device is opened for each announcement and given back behind it: others may
 * use it in between, and one that was plugged in anew is found. Blocks: only for a process of its
 * own. */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "drivers/voice/voice.h"

enum { LATENCY_US = 300000, CHUNK = 1024, RECOVERIES = 10 };

/* libasound's own words on stderr come without a device or a time; what counts is in ret_error. */
static void hush(const char *file, int line, const char *function, int error, const char *format,
		 ...)
{
	(void)file, (void)line, (void)function, (void)error, (void)format;
}

static int fail(const char *device, const char *zh, const char *en, int r, char *ret_error)
{
	snprintf(ret_error, VOICE_ERROR_SIZE, "音频设备%s the audio device %s: %.60s: %s", zh, en,
		 device, snd_strerror(r));
	return -ENODEV;
}

/* Opening a device that others hold would wait for them: not so here. */
static int open_device(snd_pcm_t **ret, const char *device, char *ret_error)
{
	int r;

	snd_lib_error_set_handler(hush);
	r = snd_pcm_open(ret, device, SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
	if (r == -EBUSY)
		return fail(device, "被占用", "is in use", r, ret_error);
	if (r < 0)
		return fail(device, "打不开", "does not open", r, ret_error);
	snd_pcm_nonblock(*ret, 0);
	return 0;
}

int voice_alsa_try(const char *device, char ret_error[VOICE_ERROR_SIZE])
{
	snd_pcm_t *pcm = NULL;
	int r = open_device(&pcm, device, ret_error);

	if (r == 0)
		snd_pcm_close(pcm);
	return r;
}

static int write_all(snd_pcm_t *pcm, const struct sound *sound)
{
	int16_t chunk[CHUNK];
	size_t at = 0;
	int recoveries = 0;

	while (at < sound->count) {
		size_t count = sound->count - at < CHUNK ? sound->count - at : CHUNK;
		snd_pcm_sframes_t n;

		for (size_t i = 0; i < count; i++) {
			float value = sound->samples[at + i] * 32767;

			value = value > 32767 ? 32767 : value < -32767 ? -32767 : value;
			chunk[i] = (int16_t)(value < 0 ? value - .5f : value + .5f);
		}
		n = snd_pcm_writei(pcm, chunk, count);
		/* An underrun or a suspend: the device goes on from here. */
		if (n < 0 && recoveries++ < RECOVERIES)
			n = snd_pcm_recover(pcm, (int)n, 1);
		if (n < 0)
			return (int)n;
		at += (size_t)n;
	}
	return snd_pcm_drain(pcm);
}

int voice_alsa_play(const char *device, const struct sound *sound, void (*begun)(void *user),
		    void *user, char ret_error[VOICE_ERROR_SIZE])
{
	snd_pcm_t *pcm = NULL;
	int r = open_device(&pcm, device, ret_error);

	if (r < 0)
		return r;
	r = snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1,
			       sound->rate, 1, LATENCY_US);
	if (r < 0) {
		r = fail(device, "不收此格式，可用 plughw:",
			 "does not take 16 bits of one channel at this rate; try plughw:", r,
			 ret_error);
		goto out;
	}
	begun(user);
	r = write_all(pcm, sound);
	if (r < 0)
		r = fail(device, "播放中断", "stopped in the middle", r, ret_error);
out:
	snd_pcm_close(pcm);
	return r;
}
