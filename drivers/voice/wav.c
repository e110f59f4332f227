/* Files of samples, by libsndfile. Nothing is resampled or mixed down here: a recording that does
 * not fit the others is refused with what to do about it. */
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/voice/sound.h"

__attribute__((format(printf, 3, 4))) static int refuse(char *ret_error, int r, const char *format,
							...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, VOICE_ERROR_SIZE, format, args);
	va_end(args);
	return r;
}

/* The last two parts of the path: which language, which recording. */
static const char *short_name(const char *path)
{
	const char *at = strrchr(path, '/');

	while (at && at > path && at[-1] != '/')
		at--;
	return at ? at : path;
}

static int check(const SF_INFO *info, const char *name, unsigned rate, char *ret_error)
{
	if (info->channels != 1)
		return refuse(ret_error, -EINVAL,
			      "%s: %d 声道，须单声道 channels, must be one: sox IN -c 1 OUT", name,
			      info->channels);
	if (info->samplerate < SOUND_MIN_RATE || info->samplerate > SOUND_MAX_RATE)
		return refuse(ret_error, -EINVAL, "%s: %d Hz; 可用 allowed: %d to %d", name,
			      info->samplerate, SOUND_MIN_RATE, SOUND_MAX_RATE);
	if (rate && (unsigned)info->samplerate != rate)
		return refuse(
			ret_error, -EINVAL,
			"%s: %d Hz，其他录音为 the others have %u: sox IN -r %u OUT (不作转换 "
			"nothing is resampled)",
			name, info->samplerate, rate, rate);
	if (info->frames < 1 || info->frames > (sf_count_t)SOUND_MAX_RECORDING_S * info->samplerate)
		return refuse(ret_error, -EINVAL, "%s: 空白或过长 empty, or longer than %d seconds",
			      name, SOUND_MAX_RECORDING_S);
	return 0;
}

int sound_read(struct sound *ret, const char *path, unsigned rate, char ret_error[VOICE_ERROR_SIZE])
{
	const char *name = short_name(path);
	struct sound sound = {0};
	SF_INFO info = {0};
	struct stat st;
	SNDFILE *file;
	int r;

	if (stat(path, &st) < 0 || access(path, R_OK) < 0)
		return refuse(ret_error, -errno,
			      errno == ENOENT ? "%s: 没有此录音 is not there%.0s"
					      : "%s: 无法读取 cannot be read: %s",
			      name, strerror(errno));
	if (!S_ISREG(st.st_mode)) /* to open a pipe would wait for who writes into it */
		return refuse(ret_error, -EINVAL, "%s: 不是文件 is no file", name);
	file = sf_open(path, SFM_READ, &info);
	if (!file)
		return refuse(ret_error, -EINVAL, "%s: 不是录音文件 is no recording: %s", name,
			      sf_strerror(NULL));
	r = check(&info, name, rate, ret_error);
	if (r < 0)
		goto out;
	sound.rate = (unsigned)info.samplerate;
	sound.room = (size_t)info.frames;
	sound.samples = malloc(sound.room * sizeof(float));
	if (!sound.samples) {
		r = refuse(ret_error, -ENOMEM, "内存不足 out of memory");
		goto out;
	}
	sound.count = (size_t)sf_readf_float(file, sound.samples, info.frames);
	for (size_t i = 0; i < sound.count; i++)
		if (!isfinite(sound.samples[i]))
			sound.samples[i] = 0;
	if (sound.count != sound.room) {
		r = refuse(ret_error, -EINVAL, "%s: 文件不完整 the file is cut off", name);
		sound_free(&sound);
		goto out;
	}
	*ret = sound;
out:
	sf_close(file);
	return r;
}

int sound_write(const struct sound *sound, const char *path, char ret_error[VOICE_ERROR_SIZE])
{
	SF_INFO info = {.samplerate = (int)sound->rate,
			.channels = 1,
			.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	char part[1024];
	struct stat st;
	SNDFILE *file;
	bool whole;

	/* Renamed over /dev/null, the file would take its place. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return refuse(ret_error, -EINVAL,
			      "无法写入 cannot be written: %.80s: 不是文件 is no file", path);
	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
		return refuse(ret_error, -ENAMETOOLONG, "路径过长 the path is too long");
	file = sf_open(part, SFM_WRITE, &info);
	if (!file)
		return refuse(ret_error, -EIO, "无法写入 cannot be written: %.80s: %s", path,
			      sf_strerror(NULL));
	sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	whole = sf_writef_float(file, sound->samples, (sf_count_t)sound->count) ==
		(sf_count_t)sound->count;
	whole = sf_close(file) == 0 && whole;
	if (!whole || rename(part, path) < 0) {
		int error = whole ? errno : EIO;

		unlink(part);
		return refuse(ret_error, -error, "无法写入 cannot be written: %.80s: %s", path,
			      strerror(error));
	}
	return 0;
}
