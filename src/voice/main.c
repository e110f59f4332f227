/* onewindow-voice: reads requests on stdin, says them, answers on stdout, ends with its input. A
 * process of its own: a sound device may hang for seconds, and nothing else may wait for it. If it
 * dies, that costs one announcement. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/voice/protocol.h"
#include "src/voice/tools.h"

static struct voice_body body;

static bool read_all(void *ret, size_t len)
{
	uint8_t *at = ret;

	while (len > 0) {
		ssize_t n = read(STDIN_FILENO, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* Head and body in one piece: the daemon never sees half of an answer for long. */
static bool answer(enum voice_frame_type type, uint32_t id, unsigned ms, const char *text)
{
	uint8_t bytes[VOICE_HEAD + VOICE_ERROR_SIZE];
	struct voice_frame frame = {
		.type = type, .id = id, .len = (uint32_t)strlen(text), .ms = ms};
	size_t len = VOICE_HEAD + frame.len, at = 0;

	voice_put_head(bytes, &frame);
	memcpy(bytes + VOICE_HEAD, text, frame.len);
	while (at < len) {
		ssize_t n = write(STDOUT_FILENO, bytes + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool check(const struct voice_frame *request)
{
	char error[VOICE_ERROR_SIZE] = "";
	struct voice_words words;
	int r = 0;

	for (size_t i = 0; r == 0 && i < body.setup.language_count; i++)
		r = voice_folder_words(body.setup.folder, body.setup.languages[i], &words, error);
	if (r < 0)
		return answer(VOICE_REFUSED, request->id, 0, error);
	r = voice_output_try(body.setup.output, error);
	if (r < 0)
		return answer(r == -ENODEV ? VOICE_NO_DEVICE : VOICE_REFUSED, request->id, 0,
			      error);
	return answer(VOICE_READY, request->id, 0, "");
}

struct beginning {
	uint32_t id;
	unsigned ms;
};

/* The mark first: a call of which nobody knows whether it was begun is not said a second time. */
static void begin(void *user)
{
	const struct beginning *beginning = user;
	FILE *file = body.mark_path[0] && body.call.mark[0] ? fopen(body.mark_path, "w") : NULL;

	if (file) {
		fprintf(file, "%s\n", body.call.mark);
		fclose(file);
	}
	if (!answer(VOICE_BEGUN, beginning->id, beginning->ms, ""))
		_exit(1);
}

static bool say(const struct voice_frame *request)
{
	struct beginning beginning = {.id = request->id};
	char error[VOICE_ERROR_SIZE] = "";
	struct sound sound = {0};
	int r = voice_say(&sound, &body.setup, body.call.number, body.call.window, error);

	if (r < 0)
		return answer(VOICE_REFUSED, request->id, 0, error);
	beginning.ms = sound_ms(&sound);
	r = voice_output_play(body.setup.output, &sound, begin, &beginning, error);
	sound_free(&sound);
	if (r < 0)
		return answer(r == -ENODEV ? VOICE_NO_DEVICE : VOICE_REFUSED, request->id, 0,
			      error);
	return answer(VOICE_SAID, request->id, 0, "");
}

static bool handle(const struct voice_frame *request)
{
	static char text[VOICE_MAX_BODY];
	int r = 0;

	if (!read_all(text, request->len))
		return false;
	if (request->type == VOICE_SETUP)
		r = voice_read_setup(&body, text, request->len);
	else if (request->type == VOICE_SAY)
		r = voice_read_call(&body, text, request->len);
	else if (request->type != VOICE_CHECK)
		r = -EBADMSG;
	if (r < 0 || !body.setup.folder[0]) {
		fprintf(stderr, "onewindow-voice: no request, leaving\n");
		return false;
	}
	if (request->type == VOICE_SETUP)
		return true;
	return request->type == VOICE_SAY ? say(request) : check(request);
}

static int serve(void)
{
	const struct rlimit none = {0, 0};
	uint8_t head[VOICE_HEAD];
	struct voice_frame request;

	if (isatty(STDIN_FILENO)) {
		fprintf(stderr, "onewindow-voice: 由 onewindow 启动 started by onewindow; "
				"see onewindow voice --help\n");
		return 2;
	}
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	while (read_all(head, sizeof(head)))
		if (voice_read_head(&request, head) < 0 || !handle(&request))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return serve();
	if (argc == 9 && !strcmp(argv[1], "say"))
		return voice_tool_say(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "check"))
		return voice_tool_check(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "make"))
		return voice_tool_make(argv + 2);
	fprintf(stderr, "onewindow-voice: see onewindow voice --help\n");
	return 2;
}
