/* Templates into recordings. */
#include "drivers/voice/phrase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name, *template, *words;
} languages[] = {
	[VOICE_CHINESE] = {"zh", "请{number}号到{window}号窗口办理",
			   "# 录音文件名 = 模板中的文字 | 合成时的拼音\n"
			   "# recording = text in templates | pinyin for the synthetic voice\n"
			   "please = 请 | qing3\n"
			   "number-to = 号到 | hao4 dao4\n"
			   "at-window = 号窗口办理 | hao4 chuang1 kou3 ban4 li3\n"},
	[VOICE_ENGLISH] = {"en", "Ticket {number}, please proceed to Window {window}.",
			   "# recording = text in templates | what the synthetic voice is given\n"
			   "ticket = Ticket\n"
			   "please-proceed-to-window = please proceed to Window\n"},
};

const char *voice_language_name(enum voice_language language)
{
	return languages[language].name;
}

int voice_language_by_name(const char *name)
{
	for (int i = 0; i < VOICE_LANGUAGES; i++)
		if (!strcmp(name, languages[i].name))
			return i;
	return -1;
}

const char *voice_template(enum voice_language language)
{
	return languages[language].template;
}

const char *voice_words_text(enum voice_language language)
{
	return languages[language].words;
}

/* ---- words.txt --------------------------------------------------------------------------------
 */

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return name[0] && name[0] != '-' && !name[len] && len < VOICE_NAME_SIZE;
}

/* The part without blanks around it; -EMSGSIZE. */
static int cut(char *ret, size_t size, const char *from, const char *to)
{
	static const char blanks[] = " \t\r";

	while (from < to && strchr(blanks, *from))
		from++;
	while (from < to && strchr(blanks, to[-1]))
		to--;
	if ((size_t)(to - from) >= size)
		return -EMSGSIZE;
	memcpy(ret, from, (size_t)(to - from));
	ret[to - from] = '\0';
	return 0;
}

static int read_word(struct voice_words *words, const char *line, const char *end,
		     const char **ret_why)
{
	struct voice_word *word = &words->all[words->count];
	const char *equals = memchr(line, '=', (size_t)(end - line));
	const char *bar = equals ? memchr(equals, '|', (size_t)(end - equals)) : NULL;

	*ret_why =
		"应为 NAME = TEXT，或 NAME = TEXT | SPEECH expected: NAME = TEXT, or NAME = TEXT | "
		"SPEECH";
	if (!equals)
		return -EINVAL;
	if (words->count == VOICE_MAX_WORDS) {
		*ret_why = "词过多 too many words; 最多 at most 64";
		return -EINVAL;
	}
	if (cut(word->name, sizeof(word->name), line, equals) < 0 || !is_name(word->name)) {
		*ret_why = "录音名无效 the name of a recording is of a-z, 0-9 and -";
		return -EINVAL;
	}
	if (cut(word->text, sizeof(word->text), equals + 1, bar ? bar : end) < 0 ||
	    !word->text[0] || strchr(word->text, '{'))
		return -EINVAL;
	if (cut(word->speech, sizeof(word->speech), bar ? bar + 1 : equals + 1, end) < 0 ||
	    !word->speech[0])
		return -EINVAL;
	for (size_t i = 0; i < words->count; i++)
		if (!strcasecmp(words->all[i].text, word->text)) {
			*ret_why = "文字重复 this text is there already";
			return -EINVAL;
		}
	words->count++;
	return 0;
}

int voice_read_words(struct voice_words *ret, const char *text, char ret_error[VOICE_ERROR_SIZE])
{
	struct voice_words words = {.count = 0};
	unsigned number = 0;

	while (*text) {
		const char *end = text + strcspn(text, "\n");
		const char *at = text + strspn(text, " \t\r");
		const char *why = "";

		number++;
		if (at < end && *at != '#' && read_word(&words, at, end, &why) < 0) {
			snprintf(ret_error, VOICE_ERROR_SIZE, "words.txt:%u: %s", number, why);
			return -EINVAL;
		}
		text = *end ? end + 1 : end;
	}
	*ret = words;
	return 0;
}

/* ---- templates --------------------------------------------------------------------------------
 */

/* Bytes of a sign that makes a pause, 0: it is none. */
static size_t pause_len(const char *at)
{
	static const char *const signs[] = {",",  ".",	";",  ":",  "!",  "?", "，",
					    "。", "；", "：", "！", "？", "、"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!strncmp(at, signs[i], strlen(signs[i])))
			return strlen(signs[i]);
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "proceed" does not begin with the word "pro". */
static bool fits(const char *at, const char *text, size_t len)
{
	return !strncasecmp(at, text, len) && !(is_letter(text[len - 1]) && is_letter(at[len]));
}

static const struct voice_word *longest_word(const struct voice_words *words, const char *at)
{
	const struct voice_word *found = NULL;

	for (size_t i = 0; i < words->count; i++) {
		const struct voice_word *word = &words->all[i];

		if (fits(at, word->text, strlen(word->text)) &&
		    (!found || strlen(word->text) > strlen(found->text)))
			found = word;
	}
	return found;
}

static int no_word(enum voice_language language, const char *at, char *ret_error)
{
	size_t len = strcspn(at, "{");

	if (!len) {
		snprintf(ret_error, VOICE_ERROR_SIZE,
			 "未知的 unknown %.32s; 可用 allowed: {number}, {window}", at);
		return -EINVAL;
	}
	if (len > 48)
		len = 48;
	while (len > 0 && ((unsigned char)at[len] & 0xc0) == 0x80)
		len--;
	snprintf(ret_error, VOICE_ERROR_SIZE,
		 "没有此文字的录音 no recording of \"%.*s\": 在 add to %s/words.txt: NAME = %.*s",
		 (int)len, at, voice_language_name(language), (int)len, at);
	return -EINVAL;
}

static int no_number(const char *number, char *ret_error)
{
	snprintf(ret_error, VOICE_ERROR_SIZE,
		 "号码无法播报 \"%.16s\" cannot be read: only A-Z and 0-9, and a template of at "
		 "most "
		 "%d recordings",
		 number, VOICE_MAX_SEGMENTS);
	return -EINVAL;
}

int voice_phrase(struct voice_phrase *ret, enum voice_language language, const char *template,
		 const struct voice_words *words, const char *number, unsigned window,
		 voice_has_fn has, void *user, char ret_error[VOICE_ERROR_SIZE])
{
	struct voice_phrase phrase = {.count = 0};
	const char *at = template;
	unsigned pause_ms = 0;

	while (*at) {
		const struct voice_word *word;
		size_t before = phrase.count;
		int r;

		if (*at == ' ') {
			at++;
			continue;
		}
		if (pause_len(at)) {
			pause_ms = before ? VOICE_COMMA_MS : 0;
			at += pause_len(at);
			continue;
		}
		word = longest_word(words, at);
		if (!strncmp(at, "{number}", 8)) {
			r = voice_read_signs(&phrase, number);
			at += 8;
		} else if (!strncmp(at, "{window}", 8)) {
			r = voice_read_number(&phrase, language, window, has, user);
			at += 8;
		} else if (word) {
			r = voice_add(&phrase, word->name, 0);
			at += strlen(word->text);
		} else {
			return no_word(language, at, ret_error);
		}
		if (r < 0)
			return no_number(number, ret_error);
		phrase.segments[before].pause_ms = (uint16_t)pause_ms;
		pause_ms = 0;
	}
	if (!phrase.count) {
		snprintf(ret_error, VOICE_ERROR_SIZE, "模板为空 the template says nothing");
		return -EINVAL;
	}
	*ret = phrase;
	return 0;
}
