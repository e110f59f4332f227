/* What a hall says of its printer otherwise than the row, and that the driver keeps to the facts:
 * which cut, which questions, which proof. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/escpos_world.h"

/* The model of a device made with these settings, parted by blanks. */
static int try_settings(const char *name, const char *settings, struct device_model *ret,
			char *ret_error, size_t error_size)
{
	static const struct driver_host nobody;
	char text[256];
	const char *list[16];
	struct device_options options = {.name = "front",
					 .model = driver_find_model(&escpos_driver, name),
					 .settings = list};
	struct device *device = NULL;
	char *rest = text;
	int r;

	snprintf(text, sizeof(text), "%s", settings);
	for (char *word; (word = strsep(&rest, " "));)
		if (word[0])
			list[options.setting_count++] = word;
	r = escpos_driver.create(&device, &options, &nobody, NULL, ret_error, error_size);
	if (r < 0)
		return r;
	*ret = *escpos_driver.get_model(device);
	escpos_driver.remove(device);
	return 0;
}

static void test_taken(void **state)
{
	struct device_model model;
	char error[256] = "";

	(void)state;
	assert_int_equal(try_settings("generic-80", "", &model, error, sizeof(error)), 0);
	assert_memory_equal(&model, driver_find_model(&escpos_driver, "generic-80"), sizeof(model));
	assert_int_equal(
		try_settings("generic-80",
			     "paper_mm=76 width_dots=512 columns=42 cjk=gb2312 raster=gs-l "
			     "raster_rows=1662 cutter=full qr=no status=realtime "
			     "completion=processed one_way=no",
			     &model, error, sizeof(error)),
		0);
	assert_int_equal(model.u.printer.paper_mm, 76);
	assert_int_equal(model.u.printer.width_dots, 512);
	assert_int_equal(model.u.printer.columns, 42);
	assert_int_equal(model.u.printer.cjk, PRINTER_CJK_GB2312);
	assert_int_equal(model.u.printer.raster, PRINTER_RASTER_GS_L);
	assert_int_equal(model.u.printer.raster_rows, 1662);
	assert_int_equal(model.u.printer.cutter, PRINTER_CUTTER_FULL);
	assert_false(model.u.printer.qr);
	assert_int_equal(model.u.printer.status, PRINTER_STATUS_REALTIME);
	assert_int_equal(model.u.printer.completion, PRINTER_COMPLETION_PROCESSED);
	assert_false(model.u.printer.one_way);
	/* The last one of two wins, and the row itself stays as it was. */
	assert_int_equal(try_settings("generic-80", "cutter=none cutter=full", &model, error,
				      sizeof(error)),
			 0);
	assert_int_equal(model.u.printer.cutter, PRINTER_CUTTER_FULL);
	assert_int_equal(driver_find_model(&escpos_driver, "generic-80")->u.printer.cutter,
			 PRINTER_CUTTER_PARTIAL);
}

/* What follows from a setting need not be said. */
static void test_follows(void **state)
{
	struct device_model model;
	char error[256] = "";

	(void)state;
	assert_int_equal(try_settings("generic-80", "one_way=yes", &model, error, sizeof(error)),
			 0);
	assert_true(model.u.printer.one_way);
	assert_int_equal(model.u.printer.status, PRINTER_STATUS_NONE);
	assert_int_equal(model.u.printer.completion, PRINTER_COMPLETION_NONE);
	assert_int_equal(try_settings("generic-80", "status=none", &model, error, sizeof(error)),
			 0);
	assert_int_equal(model.u.printer.completion, PRINTER_COMPLETION_NONE);
	assert_int_equal(try_settings("generic-80", "raster=none", &model, error, sizeof(error)),
			 0);
	assert_int_equal(model.u.printer.raster_rows, 0);
	assert_int_equal(try_settings("generic-80-oneway",
				      "one_way=no status=automatic completion=printed", &model,
				      error, sizeof(error)),
			 0);
	assert_int_equal(model.u.printer.completion, PRINTER_COMPLETION_PRINTED);
}

static void test_refused(void **state)
{
	static const struct {
		const char *settings, *reason;
	} rows[] = {
		{"colour=blue",
		 "unknown setting \"colour=blue\"; 可用 there are paper_mm, width_dots"},
		{"cutter", "unknown setting \"cutter\""},
		{"=none", "unknown setting"},
		{"cutters=none", "unknown setting"},
		{"cut=none", "unknown setting"},
		{"cutter=half", "allowed: none, partial, full"},
		{"cutter=", "allowed: none, partial, full"},
		{"qr=true", "allowed: no, yes"},
		{"cjk=GBK", "allowed: none, gb2312, gbk"},
		{"width_dots=833", "allowed: 64 to 832"},
		{"width_dots=0x200", "allowed: 64 to 832"},
		{"width_dots=-576", "allowed: 64 to 832"},
		{"width_dots=99999999999999999999", "allowed: 64 to 832"},
		{"width_dots=510", "multiple of 8"},
		{"width_dots=320", "columns do not fit"},
		{"columns=80", "columns do not fit"},
		{"one_way=yes status=realtime", "one_way=yes and status"},
		{"status=none completion=processed", "completion needs status"},
		{"cjk=none raster=none", "Chinese could not be printed"},
		{"raster=gs-l raster_rows=1663", "at most 1662"},
	};
	struct device_model model;
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		error[0] = '\0';
		assert_int_equal(try_settings("generic-80", rows[i].settings, &model, error,
					      sizeof(error)),
				 -EINVAL);
		if (!strstr(error, rows[i].reason) || strncmp(error, "front: ", 7) != 0)
			fail_msg("%s: %s", rows[i].settings, error);
	}
}

static bool was_sent(const char *bytes, size_t len)
{
	return memmem(w.bytes, w.len, bytes, len) != NULL;
}
#define SENT(bytes) was_sent(bytes, sizeof(bytes) - 1)

static void test_cutter(void **state)
{
	(void)state;
	make_ready_with("generic-80", "cutter=full");
	assert_int_equal(submit(1, &ticket), 0);
	assert_true(SENT("\n\x1dV\x41\0"));
	finish();
	make_ready_with("generic-80", "cutter=partial");
	assert_int_equal(submit(1, &ticket), 0);
	assert_true(SENT("\n\x1dV\x42\0"));
	finish();
	make_ready_with("generic-80", "cutter=none");
	assert_int_equal(submit(1, &ticket), 0);
	assert_false(SENT("\x1dV"));
	assert_true(SENT("\x1b\x64\x04"));
	finish();
}

/* DLE EOT is asked, GS a is never sent. */
static void test_realtime_only(void **state)
{
	(void)state;
	make_with("generic-80", "status=realtime");
	up();
	pass(1 * S);
	assert_int_equal(w.health, HEALTH_OK);
	assert_true(SENT("\x10\x04\x04"));
	assert_false(SENT("\x1d\x61"));
	clear();
	assert_int_equal(submit(1, &ticket), 0);
	assert_false(SENT("\x1d\x61"));
	flow();
	check_ended(1, RESULT_PRINTED, "");
	pass(60 * S);
	assert_false(SENT("\x1d\x61"));
	finish();
}

/* While its link is full it cannot be asked: it waits like a blind one, and goes on by itself. */
static void test_realtime_only_stuck(void **state)
{
	(void)state;
	make_ready_with("generic-80", "status=realtime");
	assert_int_equal(submit(1, &ticket), 0);
	assert_true(w.in_flight);
	for (int i = 0; i < 60; i++) {
		w.now_us += S;
		if (escpos_driver.deadline(w.device) <= w.now_us)
			escpos_driver.tick(w.device, w.now_us);
	}
	assert_int_equal(w.ended_calls, 0);
	assert_int_equal(w.health, HEALTH_WAITING);
	assert_string_equal(w.detail, "takes no data: paper, cover, power?");
	flow();
	check_ended(1, RESULT_PRINTED, "");
	assert_int_equal(w.health, HEALTH_OK);
	finish();
}

static void test_completion(void **state)
{
	(void)state;
	make_ready_with("generic-80", "completion=processed");
	assert_int_equal(submit(1, &ticket), 0);
	assert_false(SENT("\x1d(H"));
	assert_true(SENT("\x1dr\x01"));
	flow();
	check_ended(1, RESULT_PROCESSED, "");
	finish();
	make_ready_with("generic-80", "completion=none");
	assert_int_equal(submit(1, &ticket), 0);
	assert_false(SENT("\x1d(H"));
	assert_false(SENT("\x1dr"));
	flow();
	check_ended(1, RESULT_SENT, "");
	/* Its paper is watched all the same. */
	RECEIVE("\x18\x00\x0c\x00");
	assert_int_equal(w.health, HEALTH_WAITING);
	assert_string_equal(w.detail, "paper out");
	clear();
	assert_int_equal(submit(2, &ticket), -EAGAIN);
	finish();
}

static void test_one_way(void **state)
{
	(void)state;
	make_with("generic-80", "one_way=yes");
	up();
	pass(60 * S);
	assert_int_equal(w.len, 0);
	assert_int_equal(submit(1, &ticket), 0);
	flow();
	check_ended(1, RESULT_SENT, "");
	assert_false(SENT("\x1dr"));
	finish();
}

/* Every row can be used: the encoder takes its paper, and its own facts as settings change nothing.
 */
static void test_rows(void **state)
{
	struct device_model model;
	char settings[64], error[256] = "";

	(void)state;
	for (size_t i = 0; i < escpos_driver.model_count; i++) {
		const struct device_model *row = &escpos_driver.models[i];

		snprintf(settings, sizeof(settings), "width_dots=%d columns=%d",
			 row->u.printer.width_dots, row->u.printer.columns);
		if (try_settings(row->name, settings, &model, error, sizeof(error)) < 0)
			fail_msg("%s", error);
		assert_memory_equal(&model, row, sizeof(model));
		assert_non_null(row->description_zh);
		make(row->name);
		up();
		pass(1 * S);
		assert_int_equal(submit(1, &large), 0);
		flow();
		pass(20 * S);
		assert_int_equal(w.ended_calls, 1);
		finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),	      cmocka_unit_test(test_follows),
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_cutter),
		cmocka_unit_test(test_realtime_only), cmocka_unit_test(test_realtime_only_stuck),
		cmocka_unit_test(test_completion),    cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
