/* The renderer against a helper of the test's own, which answers, is silent, lies and dies; and the
 * heads of its protocol. Time is the test's. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/devices/renderer.h"

enum { S = 1000000, MS = 1000 };

static struct {
	struct renderer *renderer;
	int64_t now_us;
	int fd; /* the helper's end, -1 none */
	int start_error;
	unsigned starts, stops;
	struct render_frame request; /* read last */
	char text[RENDER_MAX_TEXT + 1];
} w;

static int start(void *user, int *ret_fd)
{
	int pair[2];

	assert_ptr_equal(user, &w);
	assert_int_equal(w.fd, -1);
	if (w.start_error)
		return w.start_error;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	*ret_fd = pair[0];
	w.fd = pair[1];
	w.starts++;
	return 0;
}

static void stop(void *user)
{
	assert_ptr_equal(user, &w);
	if (w.fd >= 0)
		close(w.fd);
	w.fd = -1;
	w.stops++;
}

static const struct renderer_host host = {.start = start, .stop = stop};

static void begin(void)
{
	memset(&w, 0, sizeof(w));
	w.fd = -1;
	w.now_us = 1000 * (int64_t)S;
	assert_int_equal(renderer_create(&w.renderer, &host, &w), 0);
}

static void end(void)
{
	renderer_destroy(w.renderer);
	assert_int_equal(w.starts, w.stops);
}

static const struct render_frame frame = {
	.type = RENDER_TEXT, .width_dots = 576, .width = 1, .height = 1};

static int get(const char *text)
{
	const struct document_picture *picture = NULL;
	int r = renderer_get(w.renderer, &frame, text, w.now_us, &picture);

	if (r == 0)
		assert_int_equal(picture->rows[0], (uint8_t)text[0]);
	return r;
}

static bool process(void)
{
	return renderer_process(w.renderer, w.now_us);
}

/* What the helper was asked; false: nothing. */
static bool hear(void)
{
	uint8_t head[RENDER_HEAD];

	if (w.fd < 0 || read(w.fd, head, sizeof(head)) != sizeof(head))
		return false;
	assert_int_equal(render_read_head(&w.request, head), 0);
	assert_int_equal(read(w.fd, w.text, w.request.len), w.request.len);
	w.text[w.request.len] = '\0';
	return true;
}

static void say(const void *bytes, size_t len)
{
	assert_int_equal(write(w.fd, bytes, len), len);
}

/* A picture of one row, whose first byte is the text's. */
static void answer(uint32_t id, char first)
{
	struct render_frame reply = {
		.type = RENDER_PICTURE, .id = id, .len = 72, .width_dots = 576, .height_dots = 1};
	uint8_t bytes[RENDER_HEAD + 72] = {0};

	render_put_head(bytes, &reply);
	bytes[RENDER_HEAD] = (uint8_t)first;
	say(bytes, sizeof(bytes));
}

static void check_status(uint64_t pictures, uint64_t failures, const char *why)
{
	struct renderer_status status;

	renderer_get_status(w.renderer, &status);
	assert_int_equal(status.pictures, pictures);
	assert_int_equal(status.failures, failures);
	assert_string_equal(status.why, why);
}

/* Started when first asked, one at a time, kept afterwards. */
static void test_asking(void **state)
{
	struct pollfd fds[2];

	(void)state;
	begin();
	assert_false(process());
	assert_int_equal(w.starts, 0);
	assert_int_equal(renderer_fds(w.renderer, fds, 2), 0);
	assert_int_equal(renderer_deadline(w.renderer), INT64_MAX);
	assert_int_equal(get("first"), -EAGAIN);
	assert_int_equal(get("second"), -EAGAIN);
	assert_int_equal(get("first"), -EAGAIN);
	assert_true(renderer_deadline(w.renderer) <= w.now_us);
	process();
	assert_int_equal(w.starts, 1);
	assert_int_equal(renderer_fds(w.renderer, fds, 2), 1);
	assert_int_equal(renderer_deadline(w.renderer), w.now_us + RENDERER_START_US);
	assert_true(hear());
	assert_string_equal(w.text, "first");
	assert_false(hear()); /* the second waits */
	answer(w.request.id, 'f');
	assert_true(process());
	assert_int_equal(get("first"), 0);
	assert_true(hear());
	assert_string_equal(w.text, "second");
	answer(w.request.id, 's');
	assert_true(process());
	assert_int_equal(get("second"), 0);
	assert_int_equal(get("first"), 0);
	assert_false(process());
	check_status(2, 0, "");
	end();
}

/* An answer in pieces; a refusal. */
static void test_pieces(void **state)
{
	struct render_frame reply = {.type = RENDER_REFUSED, .len = 4, .width_dots = 576};
	uint8_t bytes[RENDER_HEAD + 72] = {0};

	(void)state;
	begin();
	assert_int_equal(get("x"), -EAGAIN);
	process();
	assert_true(hear());
	reply = (struct render_frame){.type = RENDER_PICTURE,
				      .id = w.request.id,
				      .len = 72,
				      .width_dots = 576,
				      .height_dots = 1};
	render_put_head(bytes, &reply);
	bytes[RENDER_HEAD] = 'x';
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(get("x"), -EAGAIN);
		say(bytes + i, 1);
		process();
	}
	assert_int_equal(get("x"), 0);

	assert_int_equal(get("y"), -EAGAIN);
	process();
	assert_true(hear());
	reply = (struct render_frame){
		.type = RENDER_REFUSED, .id = w.request.id, .len = 4, .width_dots = 576};
	render_put_head(bytes, &reply);
	memcpy(bytes + RENDER_HEAD, "why?", 4);
	say(bytes, RENDER_HEAD + 4);
	assert_true(process());
	assert_int_equal(get("y"), -EIO);
	assert_int_equal(w.stops, 0); /* it has not lost its mind */
	check_status(1, 1, "refused: why?");
	end();
}

/* It dies: one picture is lost, the others are asked of the next one. */
static void test_death(void **state)
{
	(void)state;
	begin();
	assert_int_equal(get("first"), -EAGAIN);
	assert_int_equal(get("second"), -EAGAIN);
	process();
	assert_true(hear());
	close(w.fd);
	w.fd = -1;
	assert_true(process());
	assert_int_equal(w.stops, 1);
	assert_int_equal(get("first"), -EIO);
	assert_int_equal(get("second"), -EAGAIN);
	process();
	assert_int_equal(w.starts, 2); /* the first time at once */
	assert_true(hear());
	assert_string_equal(w.text, "second");
	check_status(0, 1, "it died");
	answer(w.request.id, 's');
	process();
	check_status(1, 1, "");
	/* The failure is forgotten in time. */
	w.now_us += RENDERER_FAILED_US - 1;
	process();
	assert_int_equal(get("first"), -EIO);
	w.now_us += 1;
	process();
	assert_int_equal(get("first"), -EAGAIN);
	end();
}

/* Each death in a row makes the next start later; meanwhile nobody waits. An answer makes it good
 * again. */
static void test_back_off(void **state)
{
	int64_t pause_us = 0;
	char text[8];

	(void)state;
	begin();
	for (int i = 0; i < 12; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(get(text), -EAGAIN);
		process();
		assert_int_equal(w.starts, i + 1);
		assert_true(hear());
		close(w.fd);
		w.fd = -1;
		process();
		pause_us = i == 0 ? 0 : i == 1 ? RENDERER_RETRY_MIN_US : pause_us * 2;
		if (pause_us > RENDERER_RETRY_MAX_US)
			pause_us = RENDERER_RETRY_MAX_US;
		if (pause_us) {
			assert_int_equal(get("other"), -EHOSTDOWN);
			w.now_us += pause_us - 1;
			assert_int_equal(get("other"), -EHOSTDOWN);
			w.now_us += 1;
		}
	}
	assert_int_equal(get("good"), -EAGAIN);
	process();
	assert_true(hear());
	answer(w.request.id, 'g');
	process();
	assert_int_equal(get("good"), 0);
	close(w.fd);
	w.fd = -1;
	process();
	assert_int_equal(get("again"), -EAGAIN);
	end();
}

static void test_no_helper(void **state)
{
	(void)state;
	begin();
	w.start_error = -ENOENT;
	assert_int_equal(get("x"), -EAGAIN);
	assert_int_equal(get("y"), -EAGAIN);
	assert_true(process());
	assert_int_equal(get("x"), -EIO);
	assert_int_equal(get("y"), -EIO);
	assert_int_equal(get("z"), -EHOSTDOWN);
	check_status(0, 2, "it does not start: No such file or directory");
	assert_int_equal(renderer_deadline(w.renderer), INT64_MAX);
	w.now_us += RENDERER_FAILED_US;
	w.start_error = 0;
	process();
	assert_int_equal(get("x"), -EAGAIN);
	process();
	assert_int_equal(w.starts, 1);
	end();
}

static void test_silence(void **state)
{
	(void)state;
	begin();
	assert_int_equal(get("x"), -EAGAIN);
	process();
	assert_true(hear());
	w.now_us += RENDERER_START_US - 1;
	assert_false(process());
	w.now_us += 1;
	assert_true(process());
	assert_int_equal(w.stops, 1);
	assert_int_equal(get("x"), -EIO);
	check_status(0, 1, "no answer in time");

	/* One that has answered gets less time. */
	assert_int_equal(get("a"), -EAGAIN);
	process();
	assert_true(hear());
	answer(w.request.id, 'a');
	process();
	assert_int_equal(get("b"), -EAGAIN);
	process();
	assert_int_equal(renderer_deadline(w.renderer), w.now_us + RENDERER_ANSWER_US);
	end();
}

/* Whatever it says that is no answer ends it. */
static void test_lies(void **state)
{
	(void)state;
	srand(20260302);
	for (unsigned round = 0; round < 300; round++) {
		struct render_frame reply = {
			.type = RENDER_PICTURE, .len = 72, .width_dots = 576, .height_dots = 1};
		uint8_t bytes[RENDER_HEAD + 72] = {0};
		bool unasked = round % 4 == 0;

		begin();
		assert_int_equal(get("x"), -EAGAIN);
		process();
		assert_true(hear());
		reply.id = w.request.id + unasked;
		render_put_head(bytes, &reply);
		if (!unasked) /* the bytes that must be right, but its id and padding */
			bytes[(size_t[]){0, 1, 2, 3, 4, 12, 13, 14, 15, 16, 17, 18,
					 19}[round % 13]] ^= (uint8_t)(1 + rand() % 255);
		say(bytes, sizeof(bytes));
		while (w.fd >= 0 && w.now_us < 1010 * (int64_t)S) {
			process();
			w.now_us += 500 * MS;
		}
		assert_int_equal(get("x"), -EIO);
		assert_int_equal(w.stops, 1);
		end();
	}
	/* An answer that nobody asked for. */
	begin();
	assert_int_equal(get("x"), -EAGAIN);
	process();
	assert_true(hear());
	answer(w.request.id, 'x');
	answer(w.request.id, 'x');
	process();
	process();
	assert_int_equal(w.stops, 1);
	assert_int_equal(get("x"), 0);
	end();
}

/* A hundred thousand texts: what is kept stays bounded, and what is used stays. */
static void test_bounds(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 20000; i++) {
		char text[16];

		snprintf(text, sizeof(text), "t%d", i);
		assert_int_equal(get(i % 50 ? text : "used"), i > 0 && i % 50 == 0 ? 0 : -EAGAIN);
		process();
		if (!hear())
			continue;
		answer(w.request.id, w.text[0]);
		process();
		w.now_us += MS;
	}
	assert_int_equal(w.starts, 1);
	assert_int_equal(get("t19999"), 0);
	assert_int_equal(get("t1"), -EAGAIN); /* forgotten */
	/* Nobody can ask for more than is looked after. */
	for (int i = 0; i < 2 * RENDERER_MAX; i++) {
		char text[16];
		int r;

		snprintf(text, sizeof(text), "u%d", i);
		r = get(text);
		assert_true(r == -EAGAIN || r == -ENOSPC);
	}
	assert_int_equal(get("v"), -ENOSPC);
	end();
}

static void test_heads(void **state)
{
	static const struct render_frame good[] = {
		{.type = RENDER_TEXT,
		 .id = 0x01020304,
		 .len = RENDER_MAX_TEXT,
		 .width_dots = 832,
		 .width = 8,
		 .height = 8,
		 .align = DOCUMENT_RIGHT,
		 .bold = true},
		{.type = RENDER_TEXT, .width_dots = 1, .width = 1, .height = 1},
		{.type = RENDER_QR, .len = 1, .width_dots = 384, .module_dots = 16},
		{.type = RENDER_PICTURE, .len = 104 * 3200, .width_dots = 832, .height_dots = 3200},
		{.type = RENDER_REFUSED, .len = 200, .width_dots = 1},
	};
	static const struct render_frame bad[] = {
		{.type = RENDER_TEXT,
		 .len = RENDER_MAX_TEXT + 1,
		 .width_dots = 1,
		 .width = 1,
		 .height = 1},
		{.type = RENDER_TEXT, .width_dots = 0, .width = 1, .height = 1},
		{.type = RENDER_TEXT, .width_dots = 833, .width = 1, .height = 1},
		{.type = RENDER_TEXT, .width_dots = 1, .width = 9, .height = 1},
		{.type = RENDER_TEXT, .width_dots = 1, .width = 1, .height = 0},
		{.type = RENDER_TEXT,
		 .width_dots = 1,
		 .width = 1,
		 .height = 1,
		 .align = (enum document_align)3},
		{.type = RENDER_QR, .len = 0, .width_dots = 1},
		{.type = RENDER_QR, .len = 1, .width_dots = 1, .module_dots = 17},
		{.type = RENDER_PICTURE, .len = 104 * 3201, .width_dots = 832, .height_dots = 3201},
		{.type = RENDER_PICTURE, .len = 1, .width_dots = 9, .height_dots = 1},
		{.type = RENDER_REFUSED, .len = 201, .width_dots = 1},
		{.type = (enum render_type)0, .width_dots = 1},
		{.type = (enum render_type)5, .width_dots = 1},
	};
	/* As src/render/protocol.h has it, byte for byte. */
	static const uint8_t bytes[RENDER_HEAD] = {'O',	 'W', 'R', 1, 1,    1, 2, 0, 4, 3, 2, 1,
						   0xff, 3,   0,   0, 0x40, 3, 0, 0, 8, 8, 0, 0};
	uint8_t head[RENDER_HEAD];
	struct render_frame read;

	(void)state;
	render_put_head(head, &good[0]);
	assert_memory_equal(head, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		render_put_head(head, &good[i]);
		assert_int_equal(render_read_head(&read, head), 0);
		assert_true(read.type == good[i].type && read.id == good[i].id &&
			    read.len == good[i].len && read.width_dots == good[i].width_dots &&
			    read.height_dots == good[i].height_dots &&
			    read.width == good[i].width && read.height == good[i].height &&
			    read.align == good[i].align && read.bold == good[i].bold &&
			    read.module_dots == good[i].module_dots);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		render_put_head(head, &bad[i]);
		assert_int_equal(render_read_head(&read, head), -EBADMSG);
	}
	for (size_t i = 0; i < 4; i++) {
		memcpy(head, bytes, sizeof(bytes));
		head[i]++;
		assert_int_equal(render_read_head(&read, head), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asking),	  cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_death),	  cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_no_helper), cmocka_unit_test(test_silence),
		cmocka_unit_test(test_lies),	  cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
