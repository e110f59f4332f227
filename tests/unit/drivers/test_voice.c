/* Templates, words and signs of the voice; the samples of recordings; and everything that a file or
 * a peer can say to it, damaged. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/voice/protocol.h"

static struct voice_words built_in(enum voice_language language)
{
	char error[VOICE_ERROR_SIZE] = "";
	struct voice_words words;

	assert_int_equal(voice_read_words(&words, voice_words_text(language), error), 0);
	return words;
}

/* The recordings in one line; a pause as (250). */
static const char *read_with(enum voice_language language, const char *template,
			     const struct voice_words *words, const char *number, unsigned window,
			     voice_has_fn has)
{
	static char line[2048];
	char error[VOICE_ERROR_SIZE] = "";
	struct voice_phrase phrase;
	size_t used = 0;

	if (voice_phrase(&phrase, language, template, words, number, window, has, NULL, error) <
	    0) {
		snprintf(line, sizeof(line), "! %s", error);
		return line;
	}
	for (size_t i = 0; i < phrase.count; i++) {
		if (phrase.segments[i].pause_ms)
			used += (size_t)snprintf(line + used, sizeof(line) - used, " (%u)",
						 phrase.segments[i].pause_ms);
		used += (size_t)snprintf(line + used, sizeof(line) - used, " %s",
					 phrase.segments[i].name);
	}
	return line + 1;
}

static const char *read_as(enum voice_language language, const char *template, const char *number,
			   unsigned window)
{
	struct voice_words words = built_in(language);

	return read_with(language, template, &words, number, window, NULL);
}

static void test_calls(void **state)
{
	(void)state;
	assert_string_equal(read_as(VOICE_CHINESE, voice_template(VOICE_CHINESE), "A001", 3),
			    "please letter-a digit-0 digit-0 digit-1 number-to number-3 at-window");
	assert_string_equal(read_as(VOICE_CHINESE, voice_template(VOICE_CHINESE), "A012", 12),
			    "please letter-a digit-0 digit-1 digit-2 number-to number-10 number-2 "
			    "at-window");
	assert_string_equal(read_as(VOICE_ENGLISH, voice_template(VOICE_ENGLISH), "A001", 3),
			    "ticket letter-a digit-0 digit-0 digit-1 (250) "
			    "please-proceed-to-window number-3");
	assert_string_equal(
		read_as(VOICE_ENGLISH, voice_template(VOICE_ENGLISH), "VIP9999", 121),
		"ticket letter-v letter-i letter-p digit-9 digit-9 digit-9 digit-9 "
		"(250) please-proceed-to-window number-1 hundred and number-20 number-1");
}

static void test_templates(void **state)
{
	struct voice_words words;
	char error[VOICE_ERROR_SIZE] = "";

	(void)state;
	/* the longest word wins; case, blanks and punctuation at the end do not count */
	assert_int_equal(voice_read_words(&words,
					  "# words\nto = 到\nnumber-to = 号到 | hao4 dao4\n\n"
					  "  number=号\nwin = WIN\nwindow = window\n",
					  error),
			 0);
	assert_string_equal(words.all[1].speech, "hao4 dao4");
	assert_string_equal(words.all[0].speech, "到");
	assert_string_equal(read_with(VOICE_CHINESE, "{number}号到{window}号", &words, "B7", 9,
				      NULL),
			    "letter-b digit-7 number-to number-9 number");
	assert_string_equal(read_with(VOICE_ENGLISH, "  Window {window}:  {number}!! ", &words, "1",
				      20, NULL),
			    "window number-20 (250) digit-1");
	/* a word is no part of a longer one */
	assert_non_null(strstr(read_with(VOICE_ENGLISH, "winner {number}", &words, "1", 1, NULL),
			       "! 没有此文字的录音 no recording of \"winner \""));
	assert_non_null(
		strstr(read_as(VOICE_CHINESE, "请{number}号到{window}号柜台", "A1", 1), "号柜台"));
	assert_non_null(strstr(read_as(VOICE_CHINESE, "请{ticket}", "A1", 1), "{ticket}"));
	assert_non_null(strstr(read_as(VOICE_CHINESE, "请{number}", "A-1", 1), "A-1"));
	assert_non_null(strstr(read_as(VOICE_CHINESE, "请{number}", "", 1), "only A-Z and 0-9"));
	assert_non_null(strstr(read_as(VOICE_CHINESE, " ，。", "A1", 1), "says nothing"));
	assert_non_null(strstr(read_as(VOICE_CHINESE, "{window}", "A1", 10000), "!"));
}

static bool has_35(void *user, enum voice_language language, const char *name)
{
	(void)user, (void)language;
	return !strcmp(name, "number-35");
}

static void test_whole_numbers(void **state)
{
	struct voice_words words = built_in(VOICE_CHINESE);

	(void)state;
	assert_string_equal(read_with(VOICE_CHINESE, "{window}", &words, "1", 35, has_35),
			    "number-35");
	assert_string_equal(read_with(VOICE_ENGLISH, "{window}", &words, "1", 35, has_35),
			    "number-35");
	assert_string_equal(read_with(VOICE_ENGLISH, "{window}", &words, "1", 135, has_35),
			    "number-1 hundred and number-35");
	assert_string_equal(read_with(VOICE_CHINESE, "{window}", &words, "1", 135, has_35),
			    "number-1 hundred number-3 number-10 number-5");
}

static void test_bad_words(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"please", "words.txt:1: 应为"},
		{"\n\nplease = ", "words.txt:3"},
		{"Please = 请", "words.txt:1: 录音名无效"},
		{"../x = 请", "录音名无效"},
		{"a = 请\nb = 请", "words.txt:2: 文字重复"},
		{"a = {number}", "words.txt:1"},
		{"a = 请 | ", "words.txt:1"},
	};
	struct voice_words words = {.count = 77};
	char many[4096] = "", error[VOICE_ERROR_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(voice_read_words(&words, bad[i].text, error), -EINVAL);
		if (!strstr(error, bad[i].says))
			fail_msg("%s: %s", bad[i].text, error);
		assert_int_equal(words.count, 77);
	}
	for (int i = 0; i <= VOICE_MAX_WORDS; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "w%d = t%d\n", i, i);
	assert_int_equal(voice_read_words(&words, many, error), -EINVAL);
	assert_non_null(strstr(error, "words.txt:65: 词过多"));
}

/* A template of more recordings than there is room for. */
static void test_too_long(void **state)
{
	char template[VOICE_TEMPLATE_SIZE] = "";

	(void)state;
	/* nor one that is no text: there is no first byte of a character to cut before */
	memset(template, 0x97, 100);
	assert_int_equal(read_as(VOICE_CHINESE, template, "A001", 1)[0], '!');
	memset(template, 0, sizeof(template));
	for (int i = 0; i < 20; i++)
		strcat(template, "{number}");
	assert_int_equal(read_as(VOICE_CHINESE, template, "A001", 1)[0], '!');
}

/* ---- frames -----------------------------------------------------------------------------------
 */

static void test_bodies(void **state)
{
	const struct voice_setup setup = {.folder = "/v",
					  .output = "alsa:default",
					  .languages = {VOICE_ENGLISH, VOICE_CHINESE},
					  .language_count = 2,
					  .templates = {"请{number}=", ""}};
	const struct voice_call call = {.number = "A001", .window = 999, .mark = "boot 17"};
	struct voice_body body = {.call = {.window = 5}}, before;
	char bytes[VOICE_MAX_BODY];
	int len = voice_put_setup(bytes, &setup, "/m");

	(void)state;
	assert_true(len > 0);
	assert_int_equal(voice_read_setup(&body, bytes, (size_t)len), 0);
	assert_string_equal(body.setup.folder, "/v");
	assert_string_equal(body.setup.output, "alsa:default");
	assert_string_equal(body.mark_path, "/m");
	assert_int_equal(body.setup.language_count, 2);
	assert_int_equal(body.setup.languages[0], VOICE_ENGLISH);
	assert_string_equal(body.setup.templates[VOICE_CHINESE], "请{number}=");
	assert_int_equal(body.call.window, 5);
	before = body;
	for (size_t cut = 0; cut < (size_t)len; cut++)
		if (bytes[cut] != '\n' && voice_read_setup(&body, bytes, cut + 1) == 0)
			fail_msg("cut at %zu", cut);
	assert_memory_equal(&body, &before, sizeof(body));
	len = voice_put_call(bytes, &call);
	assert_int_equal(voice_read_call(&body, bytes, (size_t)len), 0);
	assert_string_equal(body.call.number, "A001");
	assert_int_equal(body.call.window, 999);
	assert_string_equal(body.call.mark, "boot 17");
	assert_int_equal(voice_read_call(&body, "number=A\nwindow=-1\n", 19), -EBADMSG);
	assert_int_equal(voice_read_call(&body, "number=A\nwindow=10000\n", 22), -EBADMSG);
	assert_int_equal(voice_read_call(&body, "number=A\nother=1\n", 17), -EBADMSG);
	assert_int_equal(voice_read_call(&body, "number=\n", 8), -EBADMSG);
	assert_string_equal(body.call.number, "A001");
}

static uint64_t random_state;

static uint32_t dice(uint32_t sides)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % sides;
}

/* Good heads, bodies, words and templates with bytes changed, cut and put in; and noise. */
static void test_damaged(void **state)
{
	const char *rounds_text = getenv("VOICE_ROUNDS");
	long rounds = rounds_text ? strtol(rounds_text, NULL, 10) : 100000;
	static char bytes[VOICE_MAX_BODY + 1];
	const struct voice_setup setup = {
		.folder = "/v", .output = "file:/o", .language_count = 1, .templates = {"请"}};
	const struct voice_call call = {.number = "A001", .window = 3};
	struct voice_words words = built_in(VOICE_CHINESE), read;
	char error[VOICE_ERROR_SIZE];
	struct voice_phrase phrase;
	struct voice_frame frame;
	struct voice_body body;
	long good = 0;

	(void)state;
	random_state = 20260101;
	for (long i = 0; i < rounds; i++) {
		int len;

		memset(bytes, 0, sizeof(bytes));
		switch (i % 5) {
		case 0: len = voice_put_setup(bytes, &setup, "/m"); break;
		case 1: len = voice_put_call(bytes, &call); break;
		case 2:
			len = snprintf(bytes, sizeof(bytes), "%s",
				       voice_words_text(dice(VOICE_LANGUAGES)));
			break;
		case 3:
			len = snprintf(bytes, sizeof(bytes), "%s",
				       voice_template(dice(VOICE_LANGUAGES)));
			break;
		default:
			frame = (struct voice_frame){VOICE_SAY, dice(9), dice(4096), 0};
			voice_put_head((uint8_t *)bytes, &frame);
			len = VOICE_HEAD;
		}
		for (uint32_t hits = dice(4); hits > 0; hits--)
			bytes[dice((uint32_t)len)] = (char)dice(256);
		if (dice(4) == 0)
			len = (int)dice((uint32_t)len + 1);
		good += voice_read_setup(&body, bytes, (size_t)len) == 0;
		good += voice_read_call(&body, bytes, (size_t)len) == 0;
		good += voice_read_head(&frame, (const uint8_t *)bytes) == 0;
		bytes[len] = '\0';
		good += voice_read_words(&read, bytes, error) == 0;
		good += voice_phrase(&phrase, VOICE_CHINESE, bytes, &words, "A001", 3, NULL, NULL,
				     error) == 0;
	}
	assert_true(good > rounds / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),	      cmocka_unit_test(test_templates),
		cmocka_unit_test(test_whole_numbers), cmocka_unit_test(test_bad_words),
		cmocka_unit_test(test_too_long),      cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
