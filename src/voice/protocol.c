/* Frames to and from the helper. Either end may be of another version, or mad: everything is
 * checked. */
#include "src/voice/protocol.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t magic[] = {'O', 'W', 'V', VOICE_VERSION};

static void put(uint8_t *ret, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

void voice_put_head(uint8_t ret[VOICE_HEAD], const struct voice_frame *frame)
{
	memset(ret, 0, VOICE_HEAD);
	memcpy(ret, magic, sizeof(magic));
	ret[4] = (uint8_t)frame->type;
	put(ret + 8, frame->id);
	put(ret + 12, frame->len);
	put(ret + 16, frame->ms);
}

int voice_read_head(struct voice_frame *ret, const uint8_t bytes[VOICE_HEAD])
{
	static const uint8_t zeros[3];
	struct voice_frame frame = {
		.type = (enum voice_frame_type)bytes[4],
		.id = get(bytes + 8),
		.len = get(bytes + 12),
		.ms = get(bytes + 16),
	};

	if (memcmp(bytes, magic, sizeof(magic)) != 0 ||
	    memcmp(bytes + 5, zeros, sizeof(zeros)) != 0 || frame.type < VOICE_SETUP ||
	    frame.type > VOICE_REFUSED || frame.len > VOICE_MAX_BODY ||
	    frame.ms > SOUND_MAX_S * 1000)
		return -EBADMSG;
	*ret = frame;
	return 0;
}

/* ---- bodies -----------------------------------------------------------------------------------
 */

__attribute__((format(printf, 3, 4))) static void add(char *ret, int *len, const char *format, ...)
{
	va_list args;
	int n;

	if (*len < 0)
		return;
	va_start(args, format);
	n = vsnprintf(ret + *len, (size_t)(VOICE_MAX_BODY - *len), format, args);
	va_end(args);
	*len = n < 0 || *len + n >= VOICE_MAX_BODY ? -EMSGSIZE : *len + n;
}

int voice_put_setup(char ret[VOICE_MAX_BODY], const struct voice_setup *setup,
		    const char *mark_path)
{
	int len = 0;

	add(ret, &len, "folder=%s\noutput=%s\nmark_path=%s\n", setup->folder, setup->output,
	    mark_path);
	for (size_t i = 0; i < setup->language_count; i++)
		add(ret, &len, "language=%s\ntemplate=%s\n",
		    voice_language_name(setup->languages[i]),
		    setup->templates[setup->languages[i]]);
	return len;
}

int voice_put_call(char ret[VOICE_MAX_BODY], const struct voice_call *call)
{
	int len = 0;

	add(ret, &len, "number=%s\nwindow=%u\nmark=%s\n", call->number, call->window, call->mark);
	return len;
}

static int copy(char *ret, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return -EBADMSG;
	memcpy(ret, value, strlen(value) + 1);
	return 0;
}

/* A template is of the language before it. */
static int take_setup(struct voice_body *body, const char *key, const char *value)
{
	struct voice_setup *setup = &body->setup;
	int language = voice_language_by_name(value);

	if (!strcmp(key, "folder"))
		return copy(setup->folder, sizeof(setup->folder), value);
	if (!strcmp(key, "output"))
		return copy(setup->output, sizeof(setup->output), value);
	if (!strcmp(key, "mark_path"))
		return copy(body->mark_path, sizeof(body->mark_path), value);
	if (!strcmp(key, "template") && setup->language_count)
		return copy(setup->templates[setup->languages[setup->language_count - 1]],
			    VOICE_TEMPLATE_SIZE, value);
	if (strcmp(key, "language") != 0 || language < 0 ||
	    setup->language_count == VOICE_LANGUAGES)
		return -EBADMSG;
	setup->languages[setup->language_count++] = (enum voice_language)language;
	return 0;
}

static int take_call(struct voice_body *body, const char *key, const char *value)
{
	char *end = NULL;
	unsigned long window;

	if (!strcmp(key, "number"))
		return copy(body->call.number, sizeof(body->call.number), value);
	if (!strcmp(key, "mark"))
		return copy(body->call.mark, sizeof(body->call.mark), value);
	if (strcmp(key, "window") != 0 || value[0] < '0' || value[0] > '9')
		return -EBADMSG;
	window = strtoul(value, &end, 10);
	if (*end || window > VOICE_MAX_NUMBER)
		return -EBADMSG;
	body->call.window = (unsigned)window;
	return 0;
}

static int read_lines(struct voice_body *ret, const char *bytes, size_t len,
		      int (*take)(struct voice_body *, const char *, const char *))
{
	struct voice_body body = *ret;
	char line[VOICE_MAX_BODY + 1];

	if (len > VOICE_MAX_BODY || memchr(bytes, '\0', len))
		return -EBADMSG;
	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) : 0;
		char *equals;

		if (!end)
			return -EBADMSG;
		memcpy(line, bytes, n);
		line[n] = '\0';
		equals = strchr(line, '=');
		if (!equals)
			return -EBADMSG;
		*equals = '\0';
		if (take(&body, line, equals + 1) < 0)
			return -EBADMSG;
		bytes += n + 1;
		len -= n + 1;
	}
	*ret = body;
	return 0;
}

int voice_read_setup(struct voice_body *ret, const char *body, size_t len)
{
	struct voice_body read = {.setup = {.language_count = 0}};
	int r = read_lines(&read, body, len, take_setup);

	if (r < 0 || !read.setup.folder[0] || !read.setup.output[0] || !read.setup.language_count)
		return -EBADMSG;
	ret->setup = read.setup;
	memcpy(ret->mark_path, read.mark_path, sizeof(ret->mark_path));
	return 0;
}

int voice_read_call(struct voice_body *ret, const char *body, size_t len)
{
	struct voice_body read = {.setup = {.language_count = 0}};
	int r = read_lines(&read, body, len, take_call);

	if (r < 0 || !read.call.number[0])
		return -EBADMSG;
	ret->call = read.call;
	return 0;
}
