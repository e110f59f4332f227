/* The list of drivers, and that an incomplete one is refused: each member is taken away in turn. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"

static void test_list(void **state)
{
	static const char *const names[] = {"alpha",  "ascii-keypad",  "escpos", "lihe",
					    "modbus", "modbus-keypad", "onbon",	 "skeleton"};
	size_t names_count = sizeof(names) / sizeof(names[0]);

	(void)state;
	assert_int_equal(driver_count(), names_count);
	assert_null(driver_at(driver_count()));
	assert_null(driver_find("no-such"));
	assert_null(driver_find(""));
	for (size_t i = 0; i < names_count; i++) {
		const struct driver *driver = driver_find(names[i]);

		assert_non_null(driver);
		assert_null(driver_incomplete(driver));
		assert_ptr_equal(driver_at(i), driver);
		assert_null(driver_find_model(driver, "no-such"));
		for (size_t k = 0; k < driver->model_count; k++)
			assert_ptr_equal(driver_find_model(driver, driver->models[k].name),
					 &driver->models[k]);
	}
}

/* A driver answers to its own name and leaves others' devices alone. */
static void test_probe(void **state)
{
	const struct device_identity epson = {
		.driver = "", .device_id = "", .vendor = 0x04b8, .product = 0x0202};
	const struct device_identity clone = {
		.driver = "", .device_id = "MFG:SNBC;CMD:ESC/POS;MDL:BTP-M300;CLS:PRINTER;"};
	const struct device_identity spaced = {
		.driver = "", .device_id = "MFG:X;COMMAND SET:EPSON,ESC/POS;MDL:Y;"};
	const struct device_identity laser = {
		.driver = "", .device_id = "MFG:HP;CMD:PCL;MDL:ESC/POS;CLS:PRINTER;"};
	const struct device_identity nothing = {.driver = "", .device_id = ""};
	const struct driver *escpos = driver_find("escpos");

	(void)state;
	for (size_t i = 0; i < driver_count(); i++)
		for (size_t k = 0; k < driver_count(); k++) {
			struct device_identity identity = {.driver = driver_at(k)->name,
							   .device_id = ""};

			assert_int_equal(driver_at(i)->probe(&identity), i == k ? 0 : -ENODEV);
		}
	assert_int_equal(escpos->probe(&epson), 0);
	assert_int_equal(escpos->probe(&clone), 0);
	assert_int_equal(escpos->probe(&spaced), 0);
	assert_int_equal(escpos->probe(&laser), -ENODEV);
	assert_int_equal(escpos->probe(&nothing), -ENODEV);
}

#define WITHOUT(from, field, name)                                                                 \
	do {                                                                                       \
		struct driver lacking = *(from);                                                   \
		memset(&lacking.field, 0, sizeof(lacking.field));                                  \
		assert_string_equal(driver_incomplete(&lacking), name);                            \
	} while (0)

static void test_incomplete(void **state)
{
	const struct driver *own = driver_find("skeleton");
	const struct driver *line = driver_find("modbus-keypad");
	struct device_model model = own->models[0];
	struct driver broken = *own;

	(void)state;
	WITHOUT(own, name, "name");
	WITHOUT(own, description, "description");
	WITHOUT(own, class, "class");
	WITHOUT(own, link, "link");
	WITHOUT(own, maturity, "maturity");
	WITHOUT(own, models, "models");
	WITHOUT(own, model_count, "models");
	WITHOUT(own, probe, "probe");
	WITHOUT(own, create, "create");
	WITHOUT(own, remove, "remove");
	WITHOUT(own, submit, "submit");
	WITHOUT(own, deadline, "deadline");
	WITHOUT(own, tick, "tick");
	WITHOUT(own, link_up, "link_up");
	WITHOUT(own, link_down, "link_down");
	WITHOUT(own, received, "received");
	WITHOUT(own, progress, "progress");
	WITHOUT(own, sent, "sent");
	WITHOUT(line, next, "next");
	WITHOUT(line, ended, "ended");
	/* A line's driver needs no link of its own and the other way round. */
	assert_null(own->next);
	assert_null(line->received);

	broken.models = &model;
	broken.model_count = 1;
	assert_null(driver_incomplete(&broken));
	model.u.printer.columns = 0;
	assert_string_equal(driver_incomplete(&broken), "models: paper width");
	model = own->models[0];
	model.name = "";
	assert_string_equal(driver_incomplete(&broken), "models: name");
	model = own->models[0];
	model.description = NULL;
	assert_string_equal(driver_incomplete(&broken), "models: description");
	broken.class = DEVICE_BOARD;
	model = (struct device_model){.name = "b", .description = "b"};
	assert_string_equal(driver_incomplete(&broken), "models: columns and rows");
	model.u.board.columns = model.u.board.rows = 4;
	assert_string_equal(driver_incomplete(&broken), "models: charset");
	model.u.board.charset = BOARD_DIGITS;
	model.u.board.width_dots = 32;
	assert_string_equal(driver_incomplete(&broken), "models: dots");
}

/* What the rows say, the drivers can do: sizes and settings of each make a device. */
static void test_every_model(void **state)
{
	(void)state;
	for (size_t i = 0; i < driver_count(); i++) {
		const struct driver *driver = driver_at(i);

		for (size_t k = 0; k < driver->model_count; k++) {
			struct device_options options = {.name = "it",
							 .model = &driver->models[k],
							 .address = driver->link == LINK_LINE,
							 .baud = 9600};
			struct device *device = NULL;
			char error[192] = "";

			if (driver->create(&device, &options, NULL, NULL, error, sizeof(error)) < 0)
				fail_msg("%s, %s: %s", driver->name, driver->models[k].name, error);
			driver->remove(device);
		}
	}
}

/* Every driver: an unknown setting is refused with a sentence and makes no device. */
static void test_unknown_setting(void **state)
{
	const char *settings[] = {"colour=blue"};

	(void)state;
	for (size_t i = 0; i < driver_count(); i++) {
		const struct driver *driver = driver_at(i);
		struct device_options options = {.name = "it",
						 .model = &driver->models[0],
						 .address = 1,
						 .baud = 9600,
						 .settings = settings,
						 .setting_count = 1};
		struct device *device = (struct device *)state;
		char error[128] = "";

		assert_int_equal(driver->create(&device, &options, NULL, NULL, error,
						sizeof(error)),
				 -EINVAL);
		assert_ptr_equal(device, (struct device *)state);
		assert_non_null(strstr(error, "colour"));
		driver->remove(NULL);
	}
}

static enum device_health told;

static void on_health(void *user, enum device_health health, const char *detail)
{
	(void)user;
	assert_non_null(detail);
	told = health;
}

static void test_skeleton(void **state)
{
	const struct driver *driver = driver_find("skeleton");
	const struct driver_host host = {.health = on_health};
	const struct device_options options = {.name = "it", .model = &driver->models[0]};
	const struct device_job print = {.kind = JOB_PRINT}, board = {.kind = JOB_BOARD};
	struct device *device = NULL;
	char error[64];

	(void)state;
	assert_int_equal(driver->create(&device, &options, &host, NULL, error, sizeof(error)), 0);
	driver->link_up(device, 0);
	assert_int_equal(told, HEALTH_WARNING);
	assert_int_equal(driver->submit(device, &print, 0), -EAGAIN);
	assert_int_equal(driver->submit(device, &board, 0), -EOPNOTSUPP);
	assert_int_equal(driver->deadline(device), DRIVER_NO_DEADLINE);
	driver->tick(device, 1);
	driver->received(device, (const uint8_t *)"x", 1, 2);
	driver->progress(device, 1, 2);
	driver->sent(device, -EIO, 2);
	driver->link_down(device, 3);
	assert_int_equal(told, HEALTH_GONE);
	driver->remove(device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_every_model),
		cmocka_unit_test(test_unknown_setting),
		cmocka_unit_test(test_skeleton),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
