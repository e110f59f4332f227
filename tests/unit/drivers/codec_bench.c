/* What the tests of codecs share. */
#include "tests/unit/drivers/codec_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_SETTINGS = 16, ANSWER_SIZE = 16 * 1024 };

static char answer[ANSWER_SIZE];

size_t bench_bytes(const char *hex, uint8_t *ret, size_t size)
{
	size_t len = 0;
	unsigned byte;
	int used;

	for (; sscanf(hex, " %2x%n", &byte, &used) == 1; hex += used) {
		assert_true(len < size);
		ret[len++] = (uint8_t)byte;
	}
	assert_string_equal(hex + strspn(hex, " "), "");
	return len;
}

static size_t split(char *settings, const char **ret)
{
	size_t count = 0;

	for (char *word = strtok(settings, " "); word; word = strtok(NULL, " ")) {
		assert_true(count < MAX_SETTINGS);
		ret[count++] = word;
	}
	return count;
}

const char *bench_encode(const struct codec *codec, unsigned address, const char *command,
			 const char *text, const char *settings)
{
	const char *words[MAX_SETTINGS];
	char copy[2048], error[CODEC_MAX_ERROR] = "";
	struct codec_request request = {
		.address = (uint16_t)address, .command = command, .text = text, .settings = words};
	uint8_t frame[CODEC_MAX_FRAME];
	int len;

	snprintf(copy, sizeof(copy), "%s", settings);
	request.setting_count = split(copy, words);
	len = codec->encode(&request, frame, sizeof(frame), error, sizeof(error));
	if (len < 0)
		snprintf(answer, sizeof(answer), "! %s", error);
	else
		codec_hex(answer, sizeof(answer), frame, (size_t)len);
	return answer;
}

static void add_field(void *user, const char *key, const char *value)
{
	size_t *fields = user;
	size_t used = strlen(answer);

	snprintf(answer + used, sizeof(answer) - used, "%s%s=%.*s", *fields ? "; " : "", key,
		 (int)strcspn(value, "\t"), value);
	(*fields)++;
}

const char *bench_decode(const struct codec *codec, const char *hex, const char *settings)
{
	const char *words[MAX_SETTINGS];
	struct codec_request told = {.settings = words};
	char copy[2048], error[CODEC_MAX_ERROR] = "";
	uint8_t all[2 * CODEC_MAX_FRAME];
	size_t len = bench_bytes(hex, all, sizeof(all)), at = 0;
	int used = 1;

	snprintf(copy, sizeof(copy), "%s", settings);
	told.setting_count = split(copy, words);
	answer[0] = '\0';
	while (used > 0 && at < len) {
		uint8_t *block = malloc(len - at);
		size_t before = strlen(answer), fields = 0;

		assert_non_null(block);
		memcpy(block, all + at, len - at);
		if (at > 0)
			snprintf(answer + before, sizeof(answer) - before, " | ");
		used = codec->decode(&told, block, len - at, add_field, &fields, error,
				     sizeof(error));
		free(block);
		assert_true(used <= (int)(len - at) && used != 0);
		assert_true(used < 0 ? fields == 0 && error[0] : fields > 0);
		at += used > 0 ? (size_t)used : 0;
	}
	if (used < 0)
		snprintf(answer, sizeof(answer), "! %s", error);
	return answer;
}

void bench_damage(const struct codec *codec, const char *hex)
{
	uint8_t bytes[CODEC_MAX_FRAME];
	size_t len = bench_bytes(hex, bytes, sizeof(bytes));
	char whole[3 * CODEC_MAX_FRAME], right[ANSWER_SIZE];

	snprintf(right, sizeof(right), "%s", bench_decode(codec, hex, ""));
	assert_true(right[0] != '!');
	for (size_t cut = 1; cut < len; cut++) {
		codec_hex(whole, sizeof(whole), bytes, cut);
		if (bench_decode(codec, whole, "")[0] != '!')
			fail_msg("cut behind %zu it is taken: %s", cut, answer);
	}
	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		codec_hex(whole, sizeof(whole), bytes, len);
		if (strcmp(bench_decode(codec, whole, ""), right) == 0)
			fail_msg("bit %zu changed and nothing is seen: %s", bit, whole);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
