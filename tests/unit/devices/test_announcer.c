/* The queue of a voice against a helper of the test's own, which answers, is silent, lies and dies.
 * Time is the test's. */
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

#include "src/devices/announcer.h"

enum { S = 1000000, MAX_TICKETS = 4096 };

static struct {
	struct announcer *announcer;
	struct devices_voice_config config;
	int64_t now_us;
	int fd; /* the helper's end, -1 none */
	int start_error;
	unsigned starts, stops;
	struct voice_frame request; /* read last */
	struct voice_body body;
	bool over[MAX_TICKETS]; /* no longer called */
	char journal[65536];
} w;

static int start(void *user, size_t voice, int *ret_fd)
{
	int pair[2];

	assert_ptr_equal(user, &w);
	assert_int_equal(voice, 2);
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

static void stop(void *user, size_t voice)
{
	assert_ptr_equal(user, &w);
	assert_int_equal(voice, 2);
	if (w.fd >= 0)
		close(w.fd);
	w.fd = -1;
	w.stops++;
}

static bool is_called(void *user, int64_t ticket, int64_t leg, int64_t window)
{
	assert_ptr_equal(user, &w);
	assert_int_equal(leg, 1);
	assert_true(window > 0);
	return !w.over[ticket];
}

static void note(void *user, size_t voice, const char *message)
{
	size_t used = strlen(w.journal);

	assert_ptr_equal(user, &w);
	assert_int_equal(voice, 2);
	if (used + strlen(message) + 2 < sizeof(w.journal))
		sprintf(w.journal + used, "%s\n", message);
}

static const struct announcer_host host = {start, stop, is_called, note};

static void begin(void)
{
	memset(&w, 0, sizeof(w));
	w.fd = -1;
	w.now_us = 1000 * (int64_t)S;
	w.config = (struct devices_voice_config){
		.id = "hall",
		.setup = {.folder = "/v",
			  .output = "alsa:x",
			  .languages = {VOICE_CHINESE},
			  .language_count = 1},
		.repeat = 1,
		.stale_s = 60,
	};
	assert_int_equal(announcer_create(&w.announcer, &w.config, 2, &host, &w), 0);
}

static void end(void)
{
	announcer_destroy(w.announcer);
	assert_int_equal(w.starts, w.stops);
}

static void process(void)
{
	announcer_process(w.announcer, w.now_us);
}

/* What the helper was asked; 0 nothing. */
static enum voice_frame_type hear(void)
{
	uint8_t head[VOICE_HEAD];
	char text[VOICE_MAX_BODY];

	if (w.fd < 0 || read(w.fd, head, sizeof(head)) != sizeof(head))
		return 0;
	assert_int_equal(voice_read_head(&w.request, head), 0);
	assert_int_equal(w.request.len ? read(w.fd, text, w.request.len) : 0, w.request.len);
	if (w.request.type == VOICE_SETUP)
		assert_int_equal(voice_read_setup(&w.body, text, w.request.len), 0);
	else if (w.request.type == VOICE_SAY)
		assert_int_equal(voice_read_call(&w.body, text, w.request.len), 0);
	return w.request.type;
}

static void answer_as(enum voice_frame_type type, uint32_t id, unsigned ms, const char *text)
{
	struct voice_frame frame = {type, id, (uint32_t)strlen(text), ms};
	uint8_t bytes[VOICE_HEAD + VOICE_MAX_BODY];

	voice_put_head(bytes, &frame);
	memcpy(bytes + VOICE_HEAD, text, frame.len);
	assert_int_equal(write(w.fd, bytes, VOICE_HEAD + frame.len), VOICE_HEAD + frame.len);
}

static void answer(enum voice_frame_type type, unsigned ms, const char *text)
{
	answer_as(type, w.request.id, ms, text);
	process();
}

/* Started and ready. */
static void open_voice(void)
{
	announcer_start(w.announcer, "boot", w.now_us);
	process();
	assert_int_equal(hear(), VOICE_SETUP);
	assert_int_equal(hear(), VOICE_CHECK);
	answer(VOICE_READY, 0, "");
}

static void call_at(int64_t ticket, int64_t window, int64_t at_us)
{
	struct announcer_call one = {
		.ticket = ticket, .leg = 1, .window = window, .at_ms = at_us / 1000};

	snprintf(one.number, sizeof(one.number), "A%03d", (int)ticket);
	announcer_call(w.announcer, &one, w.now_us);
}

static void call(int64_t ticket)
{
	call_at(ticket, ticket % 8 + 1, w.now_us);
	process();
}

/* The next round is that of this ticket, and nothing else is asked while it is said. */
static void says(int64_t ticket)
{
	char number[16];

	snprintf(number, sizeof(number), "A%03d", (int)ticket);
	assert_int_equal(hear(), VOICE_SAY);
	assert_string_equal(w.body.call.number, number);
	answer(VOICE_BEGUN, 3000, "");
	assert_int_equal(hear(), 0);
	w.now_us += 3 * (int64_t)S;
	process();
	assert_int_equal(hear(), 0);
	answer(VOICE_SAID, 0, "");
}

static void check(enum device_health health, size_t queued, uint64_t announced, uint64_t dropped)
{
	struct announcer_status status;
	uint64_t all = 0;

	announcer_get_status(w.announcer, &status);
	for (int i = 0; i < ANNOUNCER_DROPS; i++)
		all += status.dropped[i];
	assert_int_equal(status.health, health);
	assert_int_equal(status.queued, queued);
	assert_int_equal(status.announced, announced);
	assert_int_equal(all, dropped);
}

static uint64_t dropped(enum announcer_drop why)
{
	struct announcer_status status;

	announcer_get_status(w.announcer, &status);
	return status.dropped[why];
}

/* ---- ordinary days ----------------------------------------------------------------------------
 */

static void test_one_after_the_other(void **state)
{
	struct pollfd fds[2];

	(void)state;
	begin();
	assert_int_equal(announcer_fds(w.announcer, fds, 2), 0);
	assert_int_equal(announcer_deadline(w.announcer), INT64_MAX);
	process();
	assert_int_equal(w.starts, 0);
	open_voice();
	assert_string_equal(w.body.setup.output, "alsa:x");
	check(HEALTH_OK, 0, 0, 0);
	assert_int_equal(announcer_fds(w.announcer, fds, 2), 1);
	assert_int_equal(fds[0].events, POLLIN);
	call(1);
	call(2);
	call(3);
	check(HEALTH_OK, 3, 0, 0);
	says(1);
	assert_string_equal(w.body.call.mark, "boot 1000000");
	assert_int_equal(w.body.call.window, 2);
	says(2);
	says(3);
	check(HEALTH_OK, 0, 3, 0);
	assert_int_equal(hear(), 0);
	end();
}

/* Each call once before any is said again; a recall is said again; whoever came is not called
 * again. */
static void test_rounds(void **state)
{
	(void)state;
	begin();
	w.config.repeat = 2;
	open_voice();
	call(1);
	call(2);
	says(1);
	says(2);
	call(3);
	says(1);
	assert_string_equal(w.body.call.mark, "");
	w.over[2] = true;
	says(3);
	says(3);
	check(HEALTH_OK, 0, 3, 0);
	call(3);
	says(3);
	says(3);
	check(HEALTH_OK, 0, 4, 0);
	assert_int_equal(hear(), 0);
	end();
}

static void test_recall(void **state)
{
	(void)state;
	begin();
	w.config.repeat = 2;
	open_voice();
	call(1);
	call(2);
	call(3);
	/* not begun: it moves to the end and is one announcement */
	call(2);
	check(HEALTH_OK, 3, 0, 0);
	says(1);
	says(3);
	/* while it is said: it is said again, twice and not thrice */
	assert_int_equal(hear(), VOICE_SAY);
	assert_string_equal(w.body.call.number, "A002");
	answer(VOICE_BEGUN, 1000, "");
	call(2);
	answer(VOICE_SAID, 0, "");
	says(2);
	says(1);
	says(3);
	says(2);
	check(HEALTH_OK, 0, 4, 0);
	assert_int_equal(hear(), 0);
	end();
}

static void test_over(void **state)
{
	(void)state;
	begin();
	open_voice();
	call(1);
	call(2);
	call(3);
	w.over[1] = w.over[2] = true; /* 1 is being said */
	says(1);
	says(3);
	check(HEALTH_OK, 0, 2, 1);
	assert_int_equal(dropped(ANNOUNCER_OVER), 1);
	assert_null(strstr(w.journal, "A002"));
	end();
}

static void test_windows(void **state)
{
	(void)state;
	begin();
	w.config.windows[0] = 5;
	w.config.window_count = 1;
	open_voice();
	call(3);
	call(4);
	says(4);
	assert_int_equal(hear(), 0);
	check(HEALTH_OK, 0, 1, 0);
	end();
}

/* ---- too much, too late -----------------------------------------------------------------------
 */

static void test_stale(void **state)
{
	(void)state;
	begin();
	open_voice();
	call(1);
	call(2);
	assert_int_equal(hear(), VOICE_SAY);
	answer(VOICE_BEGUN, 100000, "");
	w.now_us += 61 * (int64_t)S;
	call(3);
	answer(VOICE_SAID, 0, "");
	says(3);
	check(HEALTH_OK, 0, 2, 1);
	assert_int_equal(dropped(ANNOUNCER_STALE), 1);
	assert_non_null(strstr(w.journal, "A002 到 3 号窗口未播报 to window 3 is not announced: "
					  "过时 too late"));
	/* durable late: the log took no writes for so long */
	call_at(4, 1, w.now_us - 61 * (int64_t)S);
	process();
	assert_int_equal(hear(), 0);
	end();
}

static void test_full(void **state)
{
	(void)state;
	begin();
	open_voice();
	for (int i = 1; i <= ANNOUNCER_MAX + 3; i++)
		call(i);
	check(HEALTH_OK, ANNOUNCER_MAX, 0, 3);
	assert_int_equal(dropped(ANNOUNCER_FULL), 3);
	says(1);
	says(5);
	assert_non_null(strstr(w.journal, "A004"));
	assert_null(strstr(w.journal, "A005"));
	end();
}

/* ---- a device that is not there ----------------------------------------------------------------
 */

static void test_no_device(void **state)
{
	int64_t from_us;
	int checks = 0;

	(void)state;
	begin();
	announcer_start(w.announcer, "boot", w.now_us);
	process();
	assert_int_equal(hear(), VOICE_SETUP);
	assert_int_equal(hear(), VOICE_CHECK);
	answer(VOICE_NO_DEVICE, 0, "音频设备打不开 the audio device does not open");
	check(HEALTH_FAILED, 0, 0, 0);
	assert_non_null(strstr(w.journal, "故障 failed: 音频设备打不开"));
	call(1);
	assert_int_equal(hear(), 0);
	/* it is tried again, ever more seldom, and the journal says it once */
	from_us = w.now_us;
	while (w.now_us < from_us + 50 * (int64_t)S) {
		w.now_us = announcer_deadline(w.announcer);
		process();
		assert_int_equal(hear(), VOICE_CHECK);
		answer(VOICE_NO_DEVICE, 0, "音频设备打不开 the audio device does not open");
		checks++;
	}
	assert_in_range(checks, 5, 7);
	assert_null(strstr(strstr(w.journal, "failed") + 1, "failed"));
	check(HEALTH_FAILED, 0, 0, 1);
	assert_int_equal(dropped(ANNOUNCER_STALE), 1);
	call(2);
	w.now_us = announcer_deadline(w.announcer);
	process();
	assert_int_equal(hear(), VOICE_CHECK);
	answer(VOICE_READY, 0, "");
	check(HEALTH_OK, 1, 0, 1);
	says(2);
	end();
}

/* Gone before the first sample: it is said when the device is back; in the middle: it is not. */
static void test_unplugged(void **state)
{
	(void)state;
	begin();
	open_voice();
	call(1);
	assert_int_equal(hear(), VOICE_SAY);
	answer(VOICE_NO_DEVICE, 0, "gone");
	check(HEALTH_FAILED, 1, 0, 0);
	w.now_us = announcer_deadline(w.announcer);
	process();
	assert_int_equal(hear(), VOICE_CHECK);
	answer(VOICE_READY, 0, "");
	assert_int_equal(hear(), VOICE_SAY);
	answer(VOICE_BEGUN, 3000, "");
	answer(VOICE_NO_DEVICE, 0, "gone");
	check(HEALTH_FAILED, 0, 0, 1);
	assert_int_equal(dropped(ANNOUNCER_BROKEN), 1);
	end();
}

/* An idle voice is looked at once a minute. */
static void test_idle(void **state)
{
	(void)state;
	begin();
	open_voice();
	assert_int_equal(announcer_deadline(w.announcer), w.now_us + ANNOUNCER_LOOK_US);
	w.now_us += ANNOUNCER_LOOK_US;
	process();
	assert_int_equal(hear(), VOICE_CHECK);
	answer(VOICE_NO_DEVICE, 0, "unplugged");
	check(HEALTH_FAILED, 0, 0, 0);
	end();
}

static void test_refused(void **state)
{
	(void)state;
	begin();
	open_voice();
	call(1);
	call(2);
	assert_int_equal(hear(), VOICE_SAY);
	answer(VOICE_REFUSED, 0, "zh/letter-a.wav: 没有此录音 is not there");
	check(HEALTH_WARNING, 1, 0, 1);
	assert_int_equal(dropped(ANNOUNCER_REFUSED), 1);
	assert_non_null(strstr(w.journal, "无法播报 cannot be said: zh/letter-a.wav"));
	says(2);
	check(HEALTH_OK, 0, 1, 1);
	end();
}

/* ---- a helper that is no good ------------------------------------------------------------------
 */

/* It hangs: what it had begun is lost, what it had not is said by the next one. */
static void test_hangs(void **state)
{
	(void)state;
	begin();
	open_voice();
	call(1);
	call(2);
	assert_int_equal(hear(), VOICE_SAY);
	answer(VOICE_BEGUN, 3000, "");
	assert_int_equal(announcer_deadline(w.announcer),
			 w.now_us + 3 * (int64_t)S + ANNOUNCER_ANSWER_US);
	w.now_us = announcer_deadline(w.announcer);
	process();
	assert_int_equal(w.fd, -1);
	check(HEALTH_FAILED, 1, 0, 1);
	assert_int_equal(dropped(ANNOUNCER_BROKEN), 1);
	assert_non_null(strstr(w.journal, "onewindow-voice does not answer"));
	w.now_us = announcer_deadline(w.announcer);
	process();
	assert_int_equal(hear(), VOICE_SETUP);
	assert_int_equal(hear(), VOICE_CHECK);
	answer(VOICE_READY, 0, "");
	says(2);
	check(HEALTH_OK, 0, 1, 1);
	end();
}

/* A call that ends every helper costs two of them and no more. */
static void test_poison(void **state)
{
	(void)state;
	begin();
	open_voice();
	call(1);
	call(2);
	for (int i = 0; i < ANNOUNCER_TRIES; i++) {
		assert_int_equal(hear(), VOICE_SAY);
		assert_string_equal(w.body.call.number, "A001");
		close(w.fd);
		w.fd = -1;
		process();
		w.now_us = announcer_deadline(w.announcer);
		process();
		assert_int_equal(hear(), VOICE_SETUP);
		assert_int_equal(hear(), VOICE_CHECK);
		answer(VOICE_READY, 0, "");
	}
	says(2);
	check(HEALTH_OK, 0, 1, 1);
	assert_int_equal(dropped(ANNOUNCER_BROKEN), 1);
	end();
}

static void test_does_not_start(void **state)
{
	(void)state;
	begin();
	w.start_error = -ENOENT;
	announcer_start(w.announcer, "boot", w.now_us);
	process();
	check(HEALTH_FAILED, 0, 0, 0);
	assert_non_null(strstr(w.journal, "onewindow-voice does not start: No such file"));
	assert_true(announcer_deadline(w.announcer) >= w.now_us + ANNOUNCER_RETRY_MIN_US);
	w.start_error = 0;
	w.now_us = announcer_deadline(w.announcer);
	process();
	assert_int_equal(w.starts, 1);
	end();
}

static void test_lies(void **state)
{
	static const uint8_t noise[VOICE_HEAD] = "no frame";

	(void)state;
	for (int lie = 0; lie < 6; lie++) {
		begin();
		open_voice();
		call(1);
		assert_int_equal(hear(), VOICE_SAY);
		switch (lie) {
		case 0: answer_as(VOICE_SAID, w.request.id, 0, ""); break; /* never begun */
		case 1: answer_as(VOICE_READY, w.request.id, 0, ""); break;
		case 2: answer_as(VOICE_BEGUN, w.request.id + 1, 0, ""); break;
		case 3: answer_as(VOICE_SAY, w.request.id, 0, ""); break;
		case 4: assert_int_equal(write(w.fd, noise, sizeof(noise)), sizeof(noise)); break;
		default:
			answer_as(VOICE_BEGUN, w.request.id, 1, "");
			answer_as(VOICE_BEGUN, w.request.id, 1, "");
		}
		process();
		assert_int_equal(w.fd, -1);
		check(HEALTH_FAILED, lie < 5, 0, lie == 5);
		end();
	}
	/* what it says of itself is shown to people and put into JSON */
	begin();
	open_voice();
	call(1);
	assert_int_equal(hear(), VOICE_SAY);
	answer(VOICE_REFUSED, 0, "\xe5\x8f\n\x1b[31m\xff");
	assert_non_null(strstr(w.journal, "cannot be said: ?? "));
	for (const char *at = w.journal; *at; at++)
		assert_true((unsigned char)*at != 0xff && *at != 0x1b);
	end();
}

/* An answer that comes in single bytes is one. */
static void test_bytes(void **state)
{
	struct voice_frame frame = {VOICE_NO_DEVICE, 0, 4, 0};
	uint8_t bytes[VOICE_HEAD + 4];

	(void)state;
	begin();
	announcer_start(w.announcer, "boot", w.now_us);
	process();
	hear();
	hear();
	frame.id = w.request.id;
	voice_put_head(bytes, &frame);
	memcpy(bytes + VOICE_HEAD, "gone", 4);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		check(HEALTH_UNKNOWN, 0, 0, 0);
		assert_int_equal(write(w.fd, bytes + i, 1), 1);
		process();
	}
	check(HEALTH_FAILED, 0, 0, 0);
	end();
}

/* ---- restarts ---------------------------------------------------------------------------------
 */

static void resume(int64_t ticket, int64_t age_s)
{
	struct announcer_call one = {
		.ticket = ticket, .leg = 1, .window = 1, .at_ms = w.now_us / 1000 - age_s * 1000};

	snprintf(one.number, sizeof(one.number), "A%03d", (int)ticket);
	announcer_resume(w.announcer, &one, w.now_us);
}

static void write_mark(const char *text)
{
	FILE *file = fopen(w.config.mark_path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* What an earlier process had begun is not said again, nor what is old; marks of another boot and
 * damaged ones count for nothing. */
static void test_restart(void **state)
{
	static const struct {
		const char *mark;
		bool says_1;
	} marks[] = {{"boot 980000\n", false},
		     {"boot 979999\n", true},
		     {"other 980000\n", true},
		     {"boot\n", true},
		     {"", true},
		     {"boot 990000\n", false},
		     {"\xff\xff\xff 1 2 3", true}};
	char path[] = "/tmp/onewindow-mark-XXXXXX";

	(void)state;
	close(mkstemp(path));
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		begin();
		snprintf(w.config.mark_path, sizeof(w.config.mark_path), "%s", path);
		write_mark(marks[i].mark);
		announcer_start(w.announcer, "boot", w.now_us);
		resume(3, 61);
		resume(1, 20);
		resume(2, 5);
		process();
		assert_int_equal(hear(), VOICE_SETUP);
		assert_string_equal(w.body.mark_path, path);
		assert_int_equal(hear(), VOICE_CHECK);
		answer(VOICE_READY, 0, "");
		if (marks[i].says_1)
			says(1);
		says(2);
		assert_int_equal(hear(), 0);
		end();
	}
	unlink(path);
}

/* ---- any day ----------------------------------------------------------------------------------
 */

static uint64_t random_state;

static uint32_t dice(uint32_t sides)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % sides;
}

/* A helper that is right most of the time: at most one round is begun at once, and everything that
 * was called is in the end said, dropped or waiting. */
static void random_day(uint64_t seed)
{
	int64_t begun = 0, called = 0, ticket = 0;
	bool asked = false;

	random_state = seed;
	begin();
	w.config.repeat = 1 + dice(2);
	announcer_start(w.announcer, "boot", w.now_us);
	for (int step = 0; step < 2000; step++) {
		struct announcer_status status;
		uint64_t ends = 0;

		switch (dice(8)) {
		case 0:
		case 1:
			if (ticket + 1 < MAX_TICKETS) {
				call(++ticket);
				called++;
			}
			break;
		case 2:
			if (ticket)
				w.over[1 + dice((uint32_t)ticket)] = true;
			break;
		case 3: w.now_us += dice(5 * S); break;
		default:
			if (w.fd < 0)
				w.now_us += S;
			else if (dice(200) == 0) {
				close(w.fd);
				w.fd = -1;
			} else if (!asked && hear()) {
				asked = w.request.type != VOICE_SETUP;
				begun = 0;
			} else if (asked && w.request.type == VOICE_CHECK) {
				asked = false;
				answer(dice(20) ? VOICE_READY : VOICE_NO_DEVICE, 0, "no");
			} else if (asked && !begun) {
				begun = dice(20) != 0;
				asked = begun != 0;
				answer(begun	 ? VOICE_BEGUN
				       : dice(2) ? VOICE_NO_DEVICE
						 : VOICE_REFUSED,
				       1000, "");
			} else if (asked && dice(10)) {
				assert_int_equal(hear(), 0);
				asked = false;
				answer(VOICE_SAID, 0, "");
			}
		}
		process();
		if (w.fd < 0)
			asked = false;
		announcer_get_status(w.announcer, &status);
		for (int i = 0; i < ANNOUNCER_DROPS; i++)
			ends += status.dropped[i];
		assert_true(status.queued <= ANNOUNCER_MAX);
		assert_true(status.announced + ends <= (uint64_t)called);
		assert_true(status.announced + ends + status.queued >= (uint64_t)called);
		if (w.config.repeat == 1)
			assert_int_equal(status.announced + ends + status.queued, called);
		assert_true(announcer_deadline(w.announcer) < INT64_MAX);
	}
	end();
}

static void test_any_day(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++)
		random_day(seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_recall),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_no_device),
		cmocka_unit_test(test_unplugged),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_does_not_start),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_any_day),
	};

	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
