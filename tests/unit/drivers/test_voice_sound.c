/* Samples: what is measured, cut, made even and joined; and files that do not fit. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/voice/voice.h"

enum { RATE = 16000 };

/* seconds of silence, of a sine, of silence. */
static struct sound tone(double before, double seconds, double after, double amplitude)
{
	size_t from = (size_t)(before * RATE), count = (size_t)(seconds * RATE);
	struct sound sound = {.rate = RATE, .count = from + count + (size_t)(after * RATE)};

	sound.room = sound.count;
	sound.samples = calloc(sound.count, sizeof(float));
	assert_non_null(sound.samples);
	for (size_t i = 0; i < count; i++)
		sound.samples[from + i] =
			(float)(amplitude * sin(2 * M_PI * 500 * (double)i / RATE));
	return sound;
}

static void assert_near(double seen, double wanted, double by)
{
	if (fabs(seen - wanted) > by)
		fail_msg("%f is not %f", seen, wanted);
}

/* A sine of amplitude a: peak 20 log a, root mean square 3.01 dB below. */
static void test_measure(void **state)
{
	struct sound sound = tone(.5, 1, .5, .5);
	struct sound_level level;

	(void)state;
	sound_measure(&sound, &level);
	assert_near(level.peak_db, -6.02, .01);
	assert_near(level.rms_db, -9.03, .01);
	assert_int_equal(level.from, RATE / 2);
	assert_int_equal(level.to, RATE * 3 / 2);
	memset(sound.samples, 0, sound.count * sizeof(float));
	sound_measure(&sound, &level);
	assert_near(level.peak_db, -120, 0);
	assert_int_equal(sound_tidy(&sound), -ENODATA);
	sound_free(&sound);
}

/* Loud and quiet come out alike; silence goes but for the margin; the ends are silent. */
static void test_tidy(void **state)
{
	const double amplitudes[] = {.99, .5, .05, .02};

	(void)state;
	for (size_t i = 0; i < sizeof(amplitudes) / sizeof(amplitudes[0]); i++) {
		struct sound sound = tone(.7, .5, .3, amplitudes[i]);
		struct sound_level level;

		assert_int_equal(sound_tidy(&sound), 0);
		sound_measure(&sound, &level);
		assert_near(level.rms_db, -20, .3);
		assert_true(level.peak_db < -1);
		assert_near(sound_ms(&sound), 560, 1);
		assert_true(fabsf(sound.samples[0]) < 1e-6f);
		assert_true(fabsf(sound.samples[sound.count - 1]) < 1e-6f);
		sound_free(&sound);
	}
}

/* A recording that was cut in the middle of a sound begins and ends without a jump: a line up to 5
 * ms, and down from there. */
static void test_fade(void **state)
{
	struct sound sound = tone(0, .5, 0, .5);
	size_t last = sound.count - 1;

	(void)state;
	for (size_t i = 0; i < sound.count; i++)
		sound.samples[i] = i / 8 % 2 ? .5f : -.5f;
	assert_int_equal(sound_tidy(&sound), 0);
	assert_int_equal(sound.count, last + 1);
	assert_near(sound.samples[0], 0, 1e-6);
	assert_near(sound.samples[last], 0, 1e-6);
	assert_near(fabs((double)sound.samples[RATE / 1000]), .1 / 5, .001);
	assert_near(fabs((double)sound.samples[last - RATE / 1000]), .1 / 5, .001);
	assert_near(fabs((double)sound.samples[RATE * 6 / 1000]), .1, .001);
	sound_free(&sound);
}

/* One loud click in a quiet word: the peak is what bounds the gain. */
static void test_peak(void **state)
{
	struct sound sound = tone(.1, .5, .1, .01);
	struct sound_level level;

	(void)state;
	sound.samples[RATE / 4] = .9f;
	assert_int_equal(sound_tidy(&sound), 0);
	sound_measure(&sound, &level);
	assert_true(level.peak_db <= -.99);
	sound_free(&sound);
}

static void test_join(void **state)
{
	struct sound a = tone(0, .1, 0, .5), said = {0};

	(void)state;
	assert_int_equal(sound_add(&said, &a), 0);
	assert_int_equal(sound_add_silence(&said, 250), 0);
	assert_int_equal(sound_add(&said, &a), 0);
	assert_int_equal(sound_ms(&said), 450);
	assert_memory_equal(said.samples, a.samples, a.count * sizeof(float));
	assert_memory_equal(said.samples + said.count - a.count, a.samples,
			    a.count * sizeof(float));
	assert_int_equal(sound_add_silence(&said, SOUND_MAX_S * 1000), -EMSGSIZE);
	assert_int_equal(sound_ms(&said), 450);
	sound_free(&a);
	sound_free(&said);
}

/* ---- files ------------------------------------------------------------------------------------
 */

static char folder[64];

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_bytes(const char *name, const void *bytes, size_t len)
{
	FILE *file = fopen(in_folder(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

/* A WAV of 16 bits, by hand: RIFF, fmt, data. */
static void write_wav(const char *name, unsigned channels, unsigned rate, unsigned frames)
{
	unsigned data = frames * channels * 2, n = 0;
	uint8_t *bytes = calloc(1, 44 + data);
	const unsigned words[] = {16, 1 | channels << 16, rate, rate * channels * 2,
				  channels * 2 | 16u << 16};

	assert_non_null(bytes);
	memcpy(bytes, "RIFF....WAVEfmt ", 16);
	memcpy(bytes + 36, "data", 4);
	for (n = 0; n < 4; n++) {
		bytes[4 + n] = (uint8_t)((36 + data) >> 8 * n);
		bytes[40 + n] = (uint8_t)(data >> 8 * n);
		for (unsigned k = 0; k < 5; k++)
			bytes[16 + 4 * k + n] = (uint8_t)(words[k] >> 8 * n);
	}
	for (unsigned i = 0; i < data; i += 2)
		bytes[44 + i + 1] = (uint8_t)(i % 64 < 32 ? 0x10 : 0xf0);
	write_bytes(name, bytes, 44 + data);
	free(bytes);
}

static void refused(const char *name, unsigned rate, const char *says)
{
	char error[VOICE_ERROR_SIZE] = "";
	struct sound sound = {.count = 99};

	assert_true(sound_read(&sound, in_folder(name), rate, error) < 0);
	if (!strstr(error, says))
		fail_msg("%s: %s", name, error);
	assert_int_equal(sound.count, 99);
}

static void test_files(void **state)
{
	char error[VOICE_ERROR_SIZE] = "";
	struct sound sound = {0};

	(void)state;
	write_wav("good.wav", 1, 22050, 2205);
	assert_int_equal(sound_read(&sound, in_folder("good.wav"), 22050, error), 0);
	assert_int_equal(sound.count, 2205);
	assert_near(sound.samples[0], .125, 1e-4);
	assert_int_equal(sound_write(&sound, in_folder("again.wav"), error), 0);
	sound_free(&sound);
	assert_int_equal(sound_read(&sound, in_folder("again.wav"), 0, error), 0);
	assert_int_equal(sound.count, 2205);
	sound_free(&sound);
	write_wav("stereo.wav", 2, 22050, 2205);
	write_wav("empty.wav", 1, 22050, 0);
	write_wav("long.wav", 1, 8000, 8000 * SOUND_MAX_RECORDING_S + 1);
	write_wav("slow.wav", 1, 4000, 400);
	write_bytes("noise.wav", "no sound at all", 15);
	refused("none.wav", 0, "没有此录音 is not there");
	refused("stereo.wav", 0, "单声道 channels, must be one");
	refused("good.wav", 44100, "the others have 44100: sox IN -r 44100 OUT");
	refused("empty.wav", 0, "empty");
	refused("long.wav", 0, "longer than 20 seconds");
	refused("slow.wav", 0, "allowed: 8000 to 96000");
	refused("noise.wav", 0, "不是录音文件 is no recording");
	assert_int_equal(mkfifo(in_folder("pipe.wav"), 0600), 0);
	refused("pipe.wav", 0, "不是文件 is no file");
	assert_int_equal(sound_write(&sound, in_folder("pipe.wav"), error), -EINVAL);
	assert_non_null(strstr(error, "不是文件 is no file"));
}

/* A folder that is no folder, a device that is none. */
static void test_outputs(void **state)
{
	struct sound sound = tone(0, .1, 0, .5);
	char error[VOICE_ERROR_SIZE] = "", output[128];

	(void)state;
	assert_int_equal(voice_output_try("loud", error), -EINVAL);
	assert_non_null(strstr(error, "alsa:DEVICE"));
	assert_int_equal(voice_output_try("alsa:", error), -EINVAL);
	assert_int_equal(voice_output_try("file:/dev/null/x", error), -ENODEV);
	assert_int_equal(voice_output_try("alsa:no-such-device", error), -ENODEV);
	assert_non_null(strstr(error, "音频设备打不开 the audio device does not open"));
	snprintf(output, sizeof(output), "file:%s/out", folder);
	assert_int_equal(voice_output_try(output, error), 0);
	assert_int_equal(voice_check_output(output, error), 0);
	sound_free(&sound);
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/onewindow-voice-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measure), cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_fade),	cmocka_unit_test(test_peak),
		cmocka_unit_test(test_join),	cmocka_unit_test(test_files),
		cmocka_unit_test(test_outputs),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
