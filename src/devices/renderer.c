/* The helper's client: one request at a time, in the order of asking. */
#include "src/devices/renderer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum rendered_state { RENDERED_PENDING = 1, RENDERED_ASKED, RENDERED_READY, RENDERED_FAILED };

struct rendered {
	enum rendered_state state;
	struct render_frame frame;
	char *text;
	struct document_picture picture;
	uint8_t *rows;
	int64_t due_us;	 /* PENDING, ASKED: then it has failed; FAILED: then it is forgotten */
	int64_t used_us; /* READY */
};

struct renderer {
	const struct renderer_host *host;
	void *user;
	int fd;	       /* -1: no helper */
	bool answered; /* this one has */
	uint32_t last_id;
	struct rendered *all[RENDERER_MAX];
	size_t count;
	struct rendered *asked;
	uint8_t out[RENDER_HEAD + RENDER_MAX_TEXT];
	size_t out_len, out_at;
	uint8_t head[RENDER_HEAD];
	size_t head_len;
	struct render_frame frame; /* of the answer that comes, once its head is whole */
	uint8_t *body;
	size_t body_len;
	int64_t retry_us, retry_span_us; /* not before this again */
	uint64_t pictures, failures, starts;
	char why[RENDERER_REASON_SIZE];
};

int renderer_create(struct renderer **ret_renderer, const struct renderer_host *host, void *user)
{
	struct renderer *renderer = calloc(1, sizeof(*renderer));

	if (!renderer)
		return -ENOMEM;
	renderer->host = host;
	renderer->user = user;
	renderer->fd = -1;
	*ret_renderer = renderer;
	return 0;
}

static void forget(struct renderer *renderer, size_t index)
{
	struct rendered *one = renderer->all[index];

	renderer->all[index] = renderer->all[--renderer->count];
	free(one->text);
	free(one->rows);
	free(one);
}

static void close_helper(struct renderer *renderer)
{
	if (renderer->fd < 0)
		return;
	close(renderer->fd);
	renderer->fd = -1;
	free(renderer->body);
	renderer->body = NULL;
	renderer->head_len = renderer->body_len = renderer->out_len = renderer->out_at = 0;
	renderer->answered = false;
	renderer->host->stop(renderer->user);
}

void renderer_destroy(struct renderer *renderer)
{
	if (!renderer)
		return;
	close_helper(renderer);
	while (renderer->count)
		forget(renderer, renderer->count - 1);
	free(renderer);
}

/* ---- asking --------------------------------------------------------------------------------- */

static bool is_same(const struct rendered *one, const struct render_frame *frame, const char *text)
{
	const struct render_frame *own = &one->frame;

	return own->type == frame->type && own->width_dots == frame->width_dots &&
	       own->width == frame->width && own->height == frame->height &&
	       own->align == frame->align && own->bold == frame->bold &&
	       own->module_dots == frame->module_dots && !strcmp(one->text, text);
}

static int add(struct renderer *renderer, const struct render_frame *frame, const char *text,
	       int64_t now_us)
{
	struct rendered *one;

	if (renderer->count == RENDERER_MAX)
		return -ENOSPC;
	one = calloc(1, sizeof(*one));
	if (!one)
		return -ENOMEM;
	one->text = strndup(text, RENDER_MAX_TEXT);
	if (!one->text) {
		free(one);
		return -ENOMEM;
	}
	one->frame = *frame;
	one->frame.len = (uint32_t)strlen(one->text);
	one->state = RENDERED_PENDING;
	one->due_us = now_us + (renderer->answered ? RENDERER_ANSWER_US : RENDERER_START_US);
	renderer->all[renderer->count++] = one;
	return -EAGAIN;
}

int renderer_get(struct renderer *renderer, const struct render_frame *frame, const char *text,
		 int64_t now_us, const struct document_picture **ret_picture)
{
	for (size_t i = 0; i < renderer->count; i++) {
		struct rendered *one = renderer->all[i];

		if (!is_same(one, frame, text))
			continue;
		if (one->state == RENDERED_READY) {
			one->used_us = now_us;
			*ret_picture = &one->picture;
			return 0;
		}
		return one->state == RENDERED_FAILED ? -EIO : -EAGAIN;
	}
	if (renderer->fd < 0 && now_us < renderer->retry_us)
		return -EHOSTDOWN; /* nobody waits for what is known to be dead */
	return add(renderer, frame, text, now_us);
}

/* ---- giving up ------------------------------------------------------------------------------ */

static void fail(struct renderer *renderer, struct rendered *one, int64_t now_us)
{
	one->state = RENDERED_FAILED;
	one->due_us = now_us + RENDERER_FAILED_US;
	renderer->failures++;
	if (renderer->asked == one)
		renderer->asked = NULL;
}

/* The helper is gone, or no good any more: what it was asked costs that one picture, unless it
 * cannot be started at all. */
static void lose_helper(struct renderer *renderer, const char *why, int64_t now_us)
{
	bool started = renderer->fd >= 0;

	snprintf(renderer->why, sizeof(renderer->why), "%s", why);
	close_helper(renderer);
	if (renderer->asked)
		fail(renderer, renderer->asked, now_us);
	for (size_t i = 0; !started && i < renderer->count; i++)
		if (renderer->all[i]->state == RENDERED_PENDING)
			fail(renderer, renderer->all[i], now_us);
	renderer->retry_us = now_us + renderer->retry_span_us;
	renderer->retry_span_us =
		renderer->retry_span_us ? renderer->retry_span_us * 2 : RENDERER_RETRY_MIN_US;
	if (renderer->retry_span_us > RENDERER_RETRY_MAX_US)
		renderer->retry_span_us = RENDERER_RETRY_MAX_US;
}

static bool give_up_overdue(struct renderer *renderer, int64_t now_us)
{
	bool any = false;

	if (renderer->asked && renderer->asked->due_us <= now_us) {
		lose_helper(renderer, "no answer in time", now_us);
		any = true;
	}
	for (size_t i = 0; i < renderer->count; i++) {
		struct rendered *one = renderer->all[i];

		if (one->state == RENDERED_PENDING && one->due_us <= now_us) {
			fail(renderer, one, now_us);
			any = true;
		}
	}
	return any;
}

/* Old failures, and the pictures that were not used for longest. */
static void tidy(struct renderer *renderer, int64_t now_us)
{
	size_t ready = 0, bytes = 0;

	for (size_t i = renderer->count; i-- > 0;) {
		const struct rendered *one = renderer->all[i];

		if (one->state == RENDERED_FAILED && one->due_us <= now_us) {
			forget(renderer, i);
		} else if (one->state == RENDERED_READY) {
			ready++;
			bytes += one->frame.len + sizeof(*one) +
				 (one->picture.width_dots + 7) / 8 * one->picture.height_dots;
		}
	}
	while (ready > RENDERER_KEPT || (bytes > RENDERER_KEPT_BYTES && ready > 1)) {
		size_t oldest = renderer->count;

		for (size_t i = 0; i < renderer->count; i++)
			if (renderer->all[i]->state == RENDERED_READY &&
			    (oldest == renderer->count ||
			     renderer->all[i]->used_us < renderer->all[oldest]->used_us))
				oldest = i;
		bytes -= renderer->all[oldest]->frame.len + sizeof(struct rendered) +
			 (renderer->all[oldest]->picture.width_dots + 7) / 8 *
				 renderer->all[oldest]->picture.height_dots;
		forget(renderer, oldest);
		ready--;
	}
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static void take_answer(struct renderer *renderer, int64_t now_us)
{
	struct rendered *one = renderer->asked;

	assert(one); /* begin_answer() saw to it */
	renderer->asked = NULL;
	renderer->head_len = renderer->body_len = 0;
	renderer->answered = true;
	renderer->retry_us = renderer->retry_span_us = 0;
	renderer->why[0] = '\0';
	if (renderer->frame.type == RENDER_REFUSED) {
		snprintf(renderer->why, sizeof(renderer->why), "refused: %.*s",
			 (int)renderer->frame.len, (const char *)renderer->body);
		free(renderer->body);
		renderer->body = NULL;
		fail(renderer, one, now_us);
		return;
	}
	one->state = RENDERED_READY;
	one->used_us = now_us;
	one->rows = renderer->body;
	one->picture = (struct document_picture){renderer->frame.width_dots,
						 renderer->frame.height_dots, one->rows};
	renderer->body = NULL;
	renderer->pictures++;
}

/* The head is whole: is it the answer that was asked for? */
static bool begin_answer(struct renderer *renderer)
{
	if (render_read_head(&renderer->frame, renderer->head) < 0 || !renderer->asked ||
	    renderer->frame.id != renderer->last_id ||
	    (renderer->frame.type != RENDER_PICTURE && renderer->frame.type != RENDER_REFUSED))
		return false;
	renderer->body = malloc(renderer->frame.len + 1);
	return renderer->body != NULL;
}

/* 1: an answer is whole; 0: nothing more for now; negative: the helper is lost. */
static int read_some(struct renderer *renderer, int64_t now_us)
{
	bool in_head = renderer->head_len < RENDER_HEAD;
	uint8_t *to =
		in_head ? renderer->head + renderer->head_len : renderer->body + renderer->body_len;
	size_t wanted = in_head ? RENDER_HEAD - renderer->head_len
				: renderer->frame.len - renderer->body_len;
	ssize_t n = wanted ? read(renderer->fd, to, wanted) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0 || (n == 0 && wanted)) {
		lose_helper(renderer, "it died", now_us);
		return -EPIPE;
	}
	if (in_head)
		renderer->head_len += (size_t)n;
	else
		renderer->body_len += (size_t)n;
	if (in_head && renderer->head_len == RENDER_HEAD && !begin_answer(renderer)) {
		lose_helper(renderer, "its answer is none", now_us);
		return -EBADMSG;
	}
	if (renderer->head_len == RENDER_HEAD && renderer->body_len == renderer->frame.len) {
		take_answer(renderer, now_us);
		return 1;
	}
	return (size_t)n == wanted ? 1 : 0;
}

static void write_some(struct renderer *renderer, int64_t now_us)
{
	ssize_t n = send(renderer->fd, renderer->out + renderer->out_at,
			 renderer->out_len - renderer->out_at, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		lose_helper(renderer, "it died", now_us);
		return;
	}
	renderer->out_at += (size_t)n;
	if (renderer->out_at == renderer->out_len)
		renderer->out_at = renderer->out_len = 0;
}

static bool start(struct renderer *renderer, int64_t now_us)
{
	int r;

	if (renderer->fd >= 0)
		return true;
	if (now_us < renderer->retry_us)
		return false;
	r = renderer->host->start(renderer->user, &renderer->fd);
	if (r < 0) {
		char why[RENDERER_REASON_SIZE];

		renderer->fd = -1;
		snprintf(why, sizeof(why), "it does not start: %s", strerror(-r));
		if (renderer->retry_span_us < RENDERER_FAILED_US)
			renderer->retry_span_us = RENDERER_FAILED_US;
		lose_helper(renderer, why, now_us);
		return false;
	}
	renderer->starts++;
	return true;
}

static struct rendered *oldest_pending(const struct renderer *renderer)
{
	struct rendered *found = NULL;

	for (size_t i = 0; i < renderer->count; i++)
		if (renderer->all[i]->state == RENDERED_PENDING &&
		    (!found || renderer->all[i]->due_us < found->due_us))
			found = renderer->all[i];
	return found;
}

static void ask_next(struct renderer *renderer, int64_t now_us)
{
	struct rendered *one = renderer->asked ? NULL : oldest_pending(renderer);

	if (!one || !start(renderer, now_us))
		return;
	one->state = RENDERED_ASKED;
	one->frame.id = ++renderer->last_id;
	renderer->asked = one;
	render_put_head(renderer->out, &one->frame);
	memcpy(renderer->out + RENDER_HEAD, one->text, one->frame.len);
	renderer->out_len = RENDER_HEAD + one->frame.len;
	renderer->out_at = 0;
	write_some(renderer, now_us);
}

/* ---- turns ---------------------------------------------------------------------------------- */

bool renderer_process(struct renderer *renderer, int64_t now_us)
{
	uint64_t before = renderer->pictures + renderer->failures;

	tidy(renderer, now_us);
	while (renderer->fd >= 0 && read_some(renderer, now_us) > 0)
		;
	give_up_overdue(renderer, now_us);
	if (renderer->fd >= 0 && renderer->out_len)
		write_some(renderer, now_us);
	ask_next(renderer, now_us);
	return renderer->pictures + renderer->failures != before;
}

size_t renderer_fds(const struct renderer *renderer, struct pollfd *ret, size_t max)
{
	if (renderer->fd < 0 || max == 0)
		return 0;
	ret[0] = (struct pollfd){
		.fd = renderer->fd,
		.events = (short)(POLLIN | (renderer->out_len ? POLLOUT : 0)),
	};
	return 1;
}

int64_t renderer_deadline(const struct renderer *renderer)
{
	int64_t deadline = INT64_MAX;
	bool pending = false;

	for (size_t i = 0; i < renderer->count; i++) {
		const struct rendered *one = renderer->all[i];

		pending |= one->state == RENDERED_PENDING;
		if ((one->state == RENDERED_PENDING || one->state == RENDERED_ASKED) &&
		    one->due_us < deadline)
			deadline = one->due_us;
	}
	if (pending && !renderer->asked) /* there is something to start or to send */
		return renderer->fd < 0 ? renderer->retry_us : 0;
	return deadline;
}

void renderer_get_status(const struct renderer *renderer, struct renderer_status *ret)
{
	*ret = (struct renderer_status){
		.running = renderer->fd >= 0,
		.pictures = renderer->pictures,
		.failures = renderer->failures,
		.starts = renderer->starts,
		.why = renderer->why,
	};
}
