/* Captures: the written form, against lines written by hand from README.md, and what is made of
 * spoiled ones. */
#include "tests/unit/transport/witness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/transport/capture.h"

static const char good_capture[] = CAPTURE_HEADER "\n"
						  "# from usb:04b8:0e28\n"
						  "\n"
						  "0 > open - 0\n"
						  "1000 < opened - -13\n"
						  "5000 > open - 0\n"
						  "6000 < opened - 0\n"
						  "7000 > submit 1b40 0\n"
						  "7001 > submit 41 -16\n"
						  "8000 < progress - 1\n"
						  "8100 < received 12 0\n"
						  "9000 < progress - 1\n"
						  "9000 < done - 0\n"
						  "9500 > drain - 0\n"
						  "10000 > control.port-status - 0\n"
						  "11000 < controlled.port-status 18 0\n"
						  "12000 > control.device-id - 0\n"
						  "13000 < controlled.device-id - -32\n"
						  "20000 > submit 1d5600 0\n"
						  "21000 > cancel - 0\n"
						  "22000 < done - -125\n"
						  "23000 > submit 41 0\n"
						  "24000 < done - -19\n"
						  "24000 < left - -5\n";

static char path[200];

static void write_capture(const char *text, size_t len)
{
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/capture", witness_folder());
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int submit(struct witness *w, const char *bytes, size_t len, int64_t now_us)
{
	return w->transport->ops->submit(w->transport, (const uint8_t *)bytes, len, now_us);
}

static void process(struct witness *w, int64_t now_us)
{
	w->transport->ops->process(w->transport, now_us);
}

static void test_formats_lines(void **state)
{
	char line[CAPTURE_MAX_LINE];
	const uint8_t bytes[] = {0x00, 0x1b, 0xff};
	static uint8_t most[TRANSPORT_MAX_SUBMIT];
	size_t n;

	(void)state;
	n = capture_format(line, 1234567, CAPTURE_SUBMIT, TRANSPORT_PORT_STATUS, bytes, 3, 0);
	assert_string_equal(line, "1234567 > submit 001bff 0\n");
	assert_int_equal(n, strlen(line));
	(void)capture_format(line, 0, CAPTURE_LEFT, TRANSPORT_PORT_STATUS, NULL, 0, -19);
	assert_string_equal(line, "0 < left - -19\n");
	(void)capture_format(line, 5, CAPTURE_CONTROL, TRANSPORT_CLEAR_HALT, NULL, 0, 0);
	assert_string_equal(line, "5 > control.clear-halt - 0\n");
	(void)capture_format(line, 5, CAPTURE_CONTROLLED, TRANSPORT_DEVICE_ID, bytes, 1, -75);
	assert_string_equal(line, "5 < controlled.device-id 00 -75\n");
	n = capture_format(line, 999999999999999, CAPTURE_CONTROLLED, TRANSPORT_PORT_STATUS, most,
			   sizeof(most), -99999);
	assert_true(n < sizeof(line));
	assert_int_equal(line[n - 1], '\n');
}

static void test_parses_lines(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"0",
		"0 >",
		"0 > open",
		"0 > open -",
		"0 > open - ",
		"0 > open - 0 ",
		"0  > open - 0",
		"-1 > open - 0",
		"x > open - 0",
		"0 < open - 0",
		"0 > opened - 0",
		"0 = open - 0",
		"0 > opens - 0",
		"0 > ope - 0",
		"0 > open 00 0",
		"0 > submit 0 0",
		"0 > submit 0g 0",
		"0 > submit 1B 0",
		"0 > submit 1b40",
		"0 > submit  0",
		"0 > control - 0",
		"0 > control. - 0",
		"0 > control.reset - 0",
		"0 > open.device-id - 0",
		"0 < controlled.port-statu 18 0",
		"0 < done - --5",
		"0 < done - +5",
		"0 < done - 5x",
		"0 < done - -",
		"0 < done - 1234567",
		"1234567890123456 > open - 0",
		"0\t> open - 0",
	};
	struct capture_line line;
	size_t i;

	(void)state;
	assert_int_equal(capture_parse(&line, "42 < controlled.soft-reset 0aff -110"), 0);
	assert_true(line.at_us == 42);
	assert_int_equal(line.kind, CAPTURE_CONTROLLED);
	assert_int_equal(line.what, TRANSPORT_SOFT_RESET);
	assert_int_equal(line.len, 2);
	assert_memory_equal(line.bytes, "\x0a\xff", 2);
	assert_int_equal(line.status, -110);
	assert_int_equal(capture_parse(&line, "0 < progress - 4096"), 0);
	assert_int_equal(line.status, 4096);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (capture_parse(&line, bad[i]) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

/* Each is good_capture's beginning and one line that cannot be. */
static void test_refuses_impossible_captures(void **state)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{"", "empty"},
		{"0 > open - 0\n", "line 1"},
		{"# onewindow transport capture 2\n0 > open - 0\n", "line 1"},
		{CAPTURE_HEADER "\n0 > open - 0", "line 2"},
		{CAPTURE_HEADER "\nhello\n", "line 2"},
		{CAPTURE_HEADER "\n0 < opened - 0\n", "line 2"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 > open - 0\n", "line 3"},
		{CAPTURE_HEADER "\n0 > open - 1\n", "line 2"},
		{CAPTURE_HEADER "\n5 > open - 0\n4 < opened - 0\n", "line 3"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 1\n", "line 3"},
		{CAPTURE_HEADER "\n0 > submit 41 0\n", "line 2"},
		{CAPTURE_HEADER "\n0 > close - 0\n", "line 2"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 < done - 0\n", "line 4"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 < received - 0\n", "line 4"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 < left - 0\n", "line 4"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 > cancel - 0\n", "line 4"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 > submit - 0\n", "line 4"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 < progress - 1\n", "line 4"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 < controlled.device-id - 0\n",
		 "line 4"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 > submit 4142 0\n"
				"0 < progress - 3\n",
		 "line 5"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 > submit 4142 0\n"
				"0 < progress - 1\n0 < done - 0\n",
		 "line 6"},
		{CAPTURE_HEADER "\n0 > open - 0\n0 < opened - 0\n0 > submit 4142 0\n"
				"0 < left - -19\n",
		 "line 5"},
	};
	struct transport *transport;
	char url[TRANSPORT_URL_SIZE], error[300];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_capture(bad[i].text, strlen(bad[i].text));
		(void)snprintf(url, sizeof(url), "replay:%s", path);
		r = transport_create(&transport, url, &witness_host, NULL, error, sizeof(error));
		if (r != -EINVAL || !strstr(error, i ? bad[i].word : "empty"))
			fail_msg("case %zu: %d %s", i, r, error);
	}
}

/* Plays a capture, good or not, with a host that tries everything. */
static void play_anything(const char *url, uint64_t *seed)
{
	struct witness w;
	char error[300] = "";
	int i, r;

	memset(&w, 0, sizeof(w));
	r = transport_create(&w.transport, url, &witness_host, &w, error, sizeof(error));
	if (r < 0) {
		assert_true(strlen(error) > 10);
		return;
	}
	for (i = 0; i < 60; i++) {
		switch (witness_random(seed) % 8) {
		case 0: (void)w.transport->ops->open(w.transport, i); break;
		case 1: (void)submit(&w, "\x1b@", 2, i); break;
		case 2: (void)submit(&w, "A", 1, i); break;
		case 3: w.transport->ops->cancel(w.transport); break;
		case 4:
			(void)w.transport->ops->control(
				w.transport, (enum transport_control)(witness_random(seed) % 4), i);
			break;
		case 5:
			if (witness_random(seed) % 4 == 0)
				w.transport->ops->close(w.transport);
			break;
		default: process(&w, i * 10000); break;
		}
	}
	witness_destroy(&w);
}

static void test_survives_spoiled_captures(void **state)
{
	char text[sizeof(good_capture)], url[TRANSPORT_URL_SIZE];
	size_t i, k, at, len;
	uint64_t seed;

	(void)state;
	for (i = 1; i <= 1000; i++) {
		seed = i * UINT64_C(0x9e3779b97f4a7c15);
		memcpy(text, good_capture, sizeof(text));
		len = strlen(good_capture);
		/* The header is kept in most, or nothing else would be reached. */
		for (k = witness_random(&seed) % 4; k > 0; k--) {
			at = i % 8 ? 32 + witness_random(&seed) % (len - 32)
				   : witness_random(&seed) % len;
			if (witness_random(&seed) % 3)
				text[at] = "0123456789-<> \nabcdefxg."[witness_random(&seed) % 24];
			else
				text[at] = (char)witness_random(&seed);
		}
		if (i % 5 == 0)
			len = witness_random(&seed) % len;
		write_capture(text, len);
		(void)snprintf(url, sizeof(url), "replay:%s%s", path, i % 2 ? "" : "?pace=3");
		play_anything(url, &seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats_lines),
		cmocka_unit_test(test_parses_lines),
		cmocka_unit_test(test_refuses_impossible_captures),
		cmocka_unit_test(test_survives_spoiled_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
