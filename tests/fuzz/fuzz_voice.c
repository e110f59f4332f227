/* libFuzzer: what the voice's helper and its folder are told: frames, bodies, words, templates. The
 * first byte chooses. A setup that is read and put again is the same. */
#include <stdlib.h>
#include <string.h>

#include "src/voice/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void fuzz_setup(const char *text, size_t len)
{
	struct voice_body body = {.call = {.window = 0}}, again = body;
	char put[VOICE_MAX_BODY];
	int n;

	if (voice_read_setup(&body, text, len) < 0)
		return;
	n = voice_put_setup(put, &body.setup, body.mark_path);
	if (n < 0)
		return;
	if (voice_read_setup(&again, put, (size_t)n) < 0 ||
	    strcmp(body.setup.folder, again.setup.folder) != 0 ||
	    body.setup.language_count != again.setup.language_count)
		abort();
}

static void fuzz_text(const char *text)
{
	char error[VOICE_ERROR_SIZE] = "";
	struct voice_words words = {.count = 0};
	struct voice_phrase phrase;

	if (voice_read_words(&words, text, error) < 0 && !error[0])
		abort();
	if (!words.count && voice_read_words(&words, voice_words_text(VOICE_CHINESE), error) < 0)
		abort();
	if (voice_phrase(&phrase, VOICE_CHINESE, text, &words, "A012", 12, NULL, NULL, error) ==
		    0 &&
	    phrase.count > VOICE_MAX_SEGMENTS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct voice_body body = {.call = {.window = 0}};
	struct voice_frame frame;
	char *text;

	if (len < 1)
		return 0;
	text = calloc(1, len);
	if (!text)
		return 0;
	memcpy(text, bytes + 1, len - 1);
	switch (bytes[0] % 4) {
	case 0: fuzz_setup(text, len - 1); break;
	case 1:
		if (voice_read_call(&body, text, len - 1) == 0 &&
		    body.call.window > VOICE_MAX_NUMBER)
			abort();
		break;
	case 2:
		if (len > VOICE_HEAD && voice_read_head(&frame, bytes + 1) == 0 &&
		    frame.len > VOICE_MAX_BODY)
			abort();
		break;
	default: fuzz_text(text);
	}
	free(text);
	return 0;
}
