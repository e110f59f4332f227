/* onewindow-render: reads requests on stdin, answers with pictures on stdout, ends with its input.
 * A process of its own, because fonts and shaping are the largest and least trusted code that a
 * ticket needs: if it dies, that costs one picture. It opens no file but fonts and no socket. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/render/render.h"

enum { MEMORY_MAX_MB = 768, CPU_MAX_S = 5 };

static bool read_all(uint8_t *ret, size_t len)
{
	while (len > 0) {
		ssize_t n = read(STDIN_FILENO, ret, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		ret += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_all(const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Fonts are mapped, so what counts is the address space. Sanitizers reserve terabytes of it. */
static void limit_myself(void)
{
	const struct rlimit none = {0, 0};

	/* Fontconfig would like to write a cache: that is an error of its write and no more. */
	signal(SIGXFSZ, SIG_IGN);
#if !defined(__SANITIZE_ADDRESS__)
	const struct rlimit memory = {MEMORY_MAX_MB * 1024UL * 1024, MEMORY_MAX_MB * 1024UL * 1024};

	setrlimit(RLIMIT_AS, &memory);
#endif
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A text that keeps the shaper busy for ever ends this process: SIGALRM kills. */
static void watch(unsigned seconds)
{
	alarm(seconds);
}

static bool answer(const struct render_frame *request, const char *text)
{
	struct render_frame frame = *request;
	const char *reason = "";
	uint8_t head[RENDER_HEAD];
	uint8_t *rows = NULL;
	bool sent;
	int r;

	watch(CPU_MAX_S);
	r = request->type == RENDER_QR ? render_qr(request, text, &frame, &rows, &reason)
				       : render_text(request, text, &frame, &rows, &reason);
	watch(0);
	frame.type = r < 0 ? RENDER_REFUSED : RENDER_PICTURE;
	frame.len = r < 0 ? (uint32_t)strlen(reason)
			  : (uint32_t)(frame.width_dots + 7) / 8 * frame.height_dots;
	render_put_head(head, &frame);
	sent = write_all(head, sizeof(head)) &&
	       write_all(r < 0 ? (const uint8_t *)reason : rows, frame.len);
	free(rows);
	return sent;
}

int main(void)
{
	static char text[RENDER_MAX_TEXT + 1];
	uint8_t head[RENDER_HEAD];
	struct render_frame frame;

	if (isatty(STDIN_FILENO)) {
		fprintf(stderr,
			"onewindow-render: 由 onewindow 启动 started by onewindow, speaks a "
			"protocol of frames\n");
		return 2;
	}
	limit_myself();
	while (read_all(head, sizeof(head))) {
		if (render_read_head(&frame, head) < 0 ||
		    (frame.type != RENDER_TEXT && frame.type != RENDER_QR)) {
			fprintf(stderr, "onewindow-render: no request, leaving\n");
			return 1;
		}
		if (!read_all((uint8_t *)text, frame.len))
			return 1;
		text[frame.len] = '\0';
		if (!answer(&frame, text))
			return 1;
	}
	return 0;
}
