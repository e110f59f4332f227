/* What is said of one call, as a list of recordings. Pure: no file, no clock, no allocation.
 *
 * A ticket's number is read sign by sign: A012 is letter-a digit-0 digit-1 digit-2. A window's
 * number is read as a number, 0 to 9999:
 *   Chinese   12 十二 number-10 number-2; 20 二十; 105 一百零五; 112 一百一十二; 1001 一千零一;
 *             2 is 二, never 两
 *   English   12 number-12; 21 number-20 number-1; 105 one hundred and five; 1001 one thousand and
 *             one
 * A recording of a whole number (number-35) is taken where there is one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum voice_language { VOICE_CHINESE = 0, VOICE_ENGLISH, VOICE_LANGUAGES };

enum {
	VOICE_NAME_SIZE = 32, /* of a recording: [a-z0-9][a-z0-9-]*, its file without .wav */
	VOICE_TEXT_SIZE = 96,
	VOICE_TEMPLATE_SIZE = 256,
	VOICE_ERROR_SIZE = 200,
	VOICE_MAX_WORDS = 64,
	VOICE_MAX_SEGMENTS = 64,
	VOICE_MAX_NUMBER = 9999,
	VOICE_COMMA_MS = 250, /* for any of , . ; : ! and their Chinese forms */
};

struct voice_word {
	char name[VOICE_NAME_SIZE];   /* of its recording */
	char text[VOICE_TEXT_SIZE];   /* as it stands in templates */
	char speech[VOICE_TEXT_SIZE]; /* for a synthetic voice: pinyin, or as text */
};

struct voice_words {
	struct voice_word all[VOICE_MAX_WORDS];
	size_t count;
};

struct voice_segment {
	char name[VOICE_NAME_SIZE];
	uint16_t pause_ms; /* before it, beside what is between any two */
};

struct voice_phrase {
	struct voice_segment segments[VOICE_MAX_SEGMENTS];
	size_t count;
};

/* "zh", "en"; -1 for any other. */
const char *voice_language_name(enum voice_language language);
int voice_language_by_name(const char *name);

/* The template of a language if the configuration has none, and the words it needs. */
const char *voice_template(enum voice_language language);
const char *voice_words_text(enum voice_language language);

/* A folder's words.txt: lines NAME = TEXT, or NAME = TEXT | SPEECH; # begins a comment. -EINVAL:
 * ret_error says which line. *ret is untouched then. */
__attribute__((warn_unused_result)) int voice_read_words(struct voice_words *ret, const char *text,
							 char ret_error[VOICE_ERROR_SIZE]);

/* Is there a recording of that name? For whole numbers only. */
typedef bool (*voice_has_fn)(void *user, enum voice_language language, const char *name);

/* template: words, {number}, {window}. Text is cut into words by the longest that fits; blanks part
 * nothing, punctuation makes a pause. has may be NULL. -EINVAL: ret_error names what has no word,
 * in Chinese and English. *ret is untouched then. */
__attribute__((warn_unused_result)) int
voice_phrase(struct voice_phrase *ret, enum voice_language language, const char *template,
	     const struct voice_words *words, const char *number, unsigned window, voice_has_fn has,
	     void *user, char ret_error[VOICE_ERROR_SIZE]);

/* number.c: adds the recordings of a number. -EMSGSIZE: too many; -EINVAL: not 0 to 9999. */
__attribute__((warn_unused_result)) int voice_read_number(struct voice_phrase *phrase,
							  enum voice_language language,
							  unsigned number, voice_has_fn has,
							  void *user);
/* Adds a ticket's number sign by sign. -EINVAL: something but A-Z and 0-9, or nothing. */
__attribute__((warn_unused_result)) int voice_read_signs(struct voice_phrase *phrase,
							 const char *number);
__attribute__((warn_unused_result)) int voice_add(struct voice_phrase *phrase, const char *name,
						  unsigned pause_ms);

/* The recordings that each folder of a language has to have beside its words, one after the other,
 * with what is said in them. False: there is none at this index. */
bool voice_standard(enum voice_language language, size_t index, struct voice_word *ret);
