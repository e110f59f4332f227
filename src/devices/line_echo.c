/* The line's own voice: taken out of what is heard, and a proof that nobody else spoke. */
#include "src/devices/line_echo.h"

#include <string.h>

void line_echo_expect(struct line *line)
{
	struct line_echo *echo = &line->echo;

	*echo = (struct line_echo){0};
#ifndef LINE_BREAK_ECHO /* a deliberately broken build: the tests must notice */
	if (!line->options.echo)
		return;
	memcpy(echo->bytes, line->exchange.bytes, line->exchange.len);
	echo->len = line->exchange.len;
#endif
}

bool line_echo_whole(const struct line *line)
{
	return !line->echo.changed && line->echo.heard == line->echo.len;
}

static void give_back(struct line *line)
{
	size_t len = line->echo.heard < LINE_MAX_REPLY ? line->echo.heard : LINE_MAX_REPLY;

	memcpy(line->reply, line->echo.bytes, len);
	line->reply_len = len;
	line->heard += line->echo.heard;
	line->stats.echo_bytes -= line->echo.heard;
}

size_t line_echo_strip(struct line *line, const uint8_t *bytes, size_t len)
{
	struct line_echo *echo = &line->echo;
	size_t taken = 0;

	if (echo->changed)
		return 0;
	while (taken < len && echo->heard < echo->len && bytes[taken] == echo->bytes[echo->heard]) {
		echo->heard++;
		taken++;
	}
	line->stats.echo_bytes += taken;
	if (taken == len || echo->heard == echo->len)
		return taken;
	echo->changed = true;
	/* Once the exchange is over nobody looks for a reply. */
	if (line->phase != LINE_IDLE)
		give_back(line);
	return taken;
}

bool line_echo_is_request(const struct line *line, const uint8_t *bytes, size_t len)
{
	return line->echo.changed && len == line->echo.len &&
	       memcmp(bytes, line->echo.bytes, len) == 0;
}

void line_echo_count(struct line *line, size_t at)
{
	const struct line_echo *echo = &line->echo;

	if (line_echo_whole(line))
		return;
	/* A reply with nothing before it: no echo came at all. */
	if (echo->changed && at != 0)
		line->stats.collisions++;
	else
		line->stats.echoes_missed++;
}
