/* Numbers and signs as recordings, and the list of recordings that they need. */
#include "drivers/voice/phrase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int voice_add(struct voice_phrase *phrase, const char *name, unsigned pause_ms)
{
	struct voice_segment *segment;

	if (phrase->count == VOICE_MAX_SEGMENTS)
		return -EMSGSIZE;
	segment = &phrase->segments[phrase->count++];
	snprintf(segment->name, sizeof(segment->name), "%s", name);
	segment->pause_ms = (uint16_t)pause_ms;
	return 0;
}

static int add_number(struct voice_phrase *phrase, unsigned number)
{
	char name[VOICE_NAME_SIZE];

	snprintf(name, sizeof(name), "number-%u", number);
	return voice_add(phrase, name, 0);
}

static bool has_number(voice_has_fn has, void *user, enum voice_language language, unsigned number)
{
	char name[VOICE_NAME_SIZE];

	snprintf(name, sizeof(name), "number-%u", number);
	return has && has(user, language, name);
}

#ifdef VOICE_BREAK_GAP /* a deliberately broken build: the tests must notice */
enum { SAYS_GAP = 0 };
#else
enum { SAYS_GAP = 1 };
#endif

/* Digits with their ranks, from the highest; a gap between two is one 零; 十 alone only at the
 * beginning of the whole. */
static int read_chinese(struct voice_phrase *phrase, unsigned number)
{
	static const struct {
		unsigned value;
		const char *name;
	} ranks[] = {{1000, "thousand"}, {100, "hundred"}, {10, "number-10"}, {1, NULL}};
	bool begun = false, gap = false;
	int r = 0;

	if (number == 0)
		return add_number(phrase, 0);
	for (size_t i = 0; r == 0 && i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		unsigned digit = number / ranks[i].value % 10;

		if (digit == 0) {
			gap = begun;
			continue;
		}
		if (gap && SAYS_GAP)
			r = add_number(phrase, 0);
		if (r == 0 && (digit > 1 || begun || ranks[i].value != 10))
			r = add_number(phrase, digit);
		if (r == 0 && ranks[i].name)
			r = voice_add(phrase, ranks[i].name, 0);
		begun = true;
		gap = false;
	}
	return r;
}

static int read_below_hundred(struct voice_phrase *phrase, unsigned number, voice_has_fn has,
			      void *user)
{
	int r;

	if (number <= 20 || number % 10 == 0 || has_number(has, user, VOICE_ENGLISH, number))
		return add_number(phrase, number);
	r = add_number(phrase, number / 10 * 10);
	return r < 0 ? r : add_number(phrase, number % 10);
}

static int read_english(struct voice_phrase *phrase, unsigned number, voice_has_fn has, void *user)
{
	bool above = number >= 100;
	int r = 0;

	if (number >= 1000) {
		r = add_number(phrase, number / 1000);
		if (r == 0)
			r = voice_add(phrase, "thousand", 0);
		number %= 1000;
	}
	if (r == 0 && number >= 100) {
		r = add_number(phrase, number / 100);
		if (r == 0)
			r = voice_add(phrase, "hundred", 0);
		number %= 100;
	}
	if (r == 0 && above && number)
		r = voice_add(phrase, "and", 0);
	return r < 0 || (above && !number) ? r : read_below_hundred(phrase, number, has, user);
}

int voice_read_number(struct voice_phrase *phrase, enum voice_language language, unsigned number,
		      voice_has_fn has, void *user)
{
	if (number > VOICE_MAX_NUMBER)
		return -EINVAL;
	if (has_number(has, user, language, number))
		return add_number(phrase, number);
	return language == VOICE_CHINESE ? read_chinese(phrase, number)
					 : read_english(phrase, number, has, user);
}

int voice_read_signs(struct voice_phrase *phrase, const char *number)
{
	int r = number[0] ? 0 : -EINVAL;

	for (const char *at = number; r == 0 && *at; at++) {
		char name[VOICE_NAME_SIZE];

		if (*at >= 'A' && *at <= 'Z')
			snprintf(name, sizeof(name), "letter-%c", *at - 'A' + 'a');
		else if (*at >= '0' && *at <= '9')
			snprintf(name, sizeof(name), "digit-%c", *at);
		else
			return -EINVAL;
		r = voice_add(phrase, name, 0);
	}
	return r;
}

/* ---- what is to be recorded ----------------------------------------------------------------- */

static const struct {
	const char *text, *speech;
} chinese_digits[] = {{"零", "ling2"}, {"一", "yi1"},  {"二", "er4"},  {"三", "san1"},
		      {"四", "si4"},   {"五", "wu3"},  {"六", "liu4"}, {"七", "qi1"},
		      {"八", "ba1"},   {"九", "jiu3"}, {"十", "shi2"}};

static const char *const english_numbers[] = {"zero",	 "one",	      "two",	  "three",
					      "four",	 "five",      "six",	  "seven",
					      "eight",	 "nine",      "ten",	  "eleven",
					      "twelve",	 "thirteen",  "fourteen", "fifteen",
					      "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const english_tens[] = {"twenty", "thirty",	"forty",  "fifty",
					   "sixty",  "seventy", "eighty", "ninety"};

struct named {
	const char *name, *text, *speech;
};
static const struct named chinese_ranks[] = {{"hundred", "百", "bai3"},
					     {"thousand", "千", "qian1"}};
static const struct named english_ranks[] = {{"hundred", "hundred", "hundred"},
					     {"thousand", "thousand", "thousand"},
					     {"and", "and", "and"}};

static void fill(struct voice_word *ret, const char *kind, unsigned value, const char *text,
		 const char *speech)
{
	snprintf(ret->name, sizeof(ret->name), "%s-%u", kind, value);
	snprintf(ret->text, sizeof(ret->text), "%s", text);
	snprintf(ret->speech, sizeof(ret->speech), "%s", speech);
}

static void fill_named(struct voice_word *ret, const struct named *named)
{
	snprintf(ret->name, sizeof(ret->name), "%s", named->name);
	snprintf(ret->text, sizeof(ret->text), "%s", named->text);
	snprintf(ret->speech, sizeof(ret->speech), "%s", named->speech);
}

static bool chinese(size_t index, struct voice_word *ret)
{
	if (index < 10)
		fill(ret, "digit", (unsigned)index, chinese_digits[index].text,
		     chinese_digits[index].speech);
	else if (index < 21)
		fill(ret, "number", (unsigned)index - 10, chinese_digits[index - 10].text,
		     chinese_digits[index - 10].speech);
	else if (index < 23)
		fill_named(ret, &chinese_ranks[index - 21]);
	return index < 23;
}

static bool english(size_t index, struct voice_word *ret)
{
	if (index < 10)
		fill(ret, "digit", (unsigned)index, english_numbers[index], english_numbers[index]);
	else if (index < 30)
		fill(ret, "number", (unsigned)index - 10, english_numbers[index - 10],
		     english_numbers[index - 10]);
	else if (index < 38)
		fill(ret, "number", (unsigned)(index - 28) * 10, english_tens[index - 30],
		     english_tens[index - 30]);
	else if (index < 41)
		fill_named(ret, &english_ranks[index - 38]);
	return index < 41;
}

bool voice_standard(enum voice_language language, size_t index, struct voice_word *ret)
{
	if (index >= 26)
		return language == VOICE_CHINESE ? chinese(index - 26, ret)
						 : english(index - 26, ret);
	snprintf(ret->name, sizeof(ret->name), "letter-%c", (char)('a' + index));
	snprintf(ret->text, sizeof(ret->text), "%c", (char)('A' + index));
	snprintf(ret->speech, sizeof(ret->speech), "%c", (char)('A' + index));
	return true;
}
