/* Where a voice is heard: a device, or a folder of WAV files. A file takes no time. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/voice/voice.h"

enum { FILES_KEPT = 100 };

static unsigned long newest(const char *folder)
{
	DIR *dir = opendir(folder);
	unsigned long found = 0;

	for (const struct dirent *entry; dir && (entry = readdir(dir));) {
		char *end = NULL;
		unsigned long number = strtoul(entry->d_name, &end, 10);

		if (end != entry->d_name && !strcmp(end, ".wav") && number > found)
			found = number;
	}
	if (dir)
		closedir(dir);
	return found;
}

static int file_try(const char *folder, char *ret_error)
{
	if (mkdir(folder, 0755) < 0 && errno != EEXIST) {
		snprintf(ret_error, VOICE_ERROR_SIZE, "无法建立 cannot be made: %.100s: %s", folder,
			 strerror(errno));
		return -ENODEV;
	}
	if (access(folder, W_OK | X_OK) < 0) {
		snprintf(ret_error, VOICE_ERROR_SIZE, "无法写入 cannot be written: %.100s: %s",
			 folder, strerror(errno));
		return -ENODEV;
	}
	return 0;
}

/* 000001.wav, 000002.wav, ...; only the newest are kept. */
static int file_play(const char *folder, const struct sound *sound, void (*begun)(void *),
		     void *user, char *ret_error)
{
	char path[VOICE_PATH_SIZE + 32];
	unsigned long number;
	int r = file_try(folder, ret_error);

	if (r < 0)
		return r;
	number = newest(folder) + 1;
	begun(user);
	snprintf(path, sizeof(path), "%s/%06lu.wav", folder, number);
	r = sound_write(sound, path, ret_error);
	if (r < 0)
		return -ENODEV;
	if (number > FILES_KEPT) {
		snprintf(path, sizeof(path), "%s/%06lu.wav", folder, number - FILES_KEPT);
		unlink(path);
	}
	return 0;
}

int voice_output_try(const char *output, char ret_error[VOICE_ERROR_SIZE])
{
	int r = voice_check_output(output, ret_error);

	if (r < 0)
		return r;
	return output[0] == 'f' ? file_try(output + 5, ret_error)
				: voice_alsa_try(output + 5, ret_error);
}

int voice_output_play(const char *output, const struct sound *sound, void (*begun)(void *user),
		      void *user, char ret_error[VOICE_ERROR_SIZE])
{
	int r = voice_check_output(output, ret_error);

	if (r < 0)
		return r;
	return output[0] == 'f' ? file_play(output + 5, sound, begun, user, ret_error)
				: voice_alsa_play(output + 5, sound, begun, user, ret_error);
}
