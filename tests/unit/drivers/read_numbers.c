/* Every number from 0 to 9999 as its recordings, in Chinese and in English, one line each; for
 * voice_numbers.py. */
#include <stdio.h>

#include "drivers/voice/phrase.h"

static int print(enum voice_language language, unsigned number)
{
	struct voice_phrase phrase = {.count = 0};

	if (voice_read_number(&phrase, language, number, NULL, NULL) < 0)
		return 1;
	for (size_t i = 0; i < phrase.count; i++)
		printf("%s%s", i ? " " : "", phrase.segments[i].name);
	return 0;
}

int main(void)
{
	struct voice_word word;

	for (int language = 0; language < VOICE_LANGUAGES; language++)
		for (size_t i = 0; voice_standard(language, i, &word); i++)
			printf("%s/%s=%s\n", voice_language_name(language), word.name, word.text);
	for (unsigned number = 0; number <= VOICE_MAX_NUMBER; number++) {
		printf("%u\t", number);
		if (print(VOICE_CHINESE, number))
			return 1;
		printf("\t");
		if (print(VOICE_ENGLISH, number))
			return 1;
		printf("\n");
	}
	return 0;
}
