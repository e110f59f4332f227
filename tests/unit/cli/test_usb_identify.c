/* `devices identify` over USB: libusb and all above it are real, the printer is umockdev's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/cli/direct.h"
#include "tests/unit/transport/mock_printer.h"

extern const struct driver escpos_driver;

static struct direct_usb list[DIRECT_MAX_USB];
static struct escpos_identity identity;
static struct escpos_proposal proposal;
static char why[256];

static int set_up(void **state)
{
	(void)state;
	mock_start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mock_stop();
	return 0;
}

/* A TM-T20III for China, as Epson's guides have its answers. */
static void answer(void *user, struct mock_printer *printer, const uint8_t *bytes, size_t len)
{
	static const char *const texts[] = {"1.00 ESC/POS", "EPSON", "TM-T20III", "X5QV01",
					    "CHINA GB2312"};
	uint8_t byte = 0x12;
	char text[64];

	(void)user;
	if (len == 3 && bytes[0] == 0x10)
		mock_say(printer, &byte, 1);
	if (len == 3 && bytes[0] == 0x1d && bytes[2] >= 65 && bytes[2] <= 69) {
		int size = snprintf(text, sizeof(text), "_%s", texts[bytes[2] - 65]);

		mock_say(printer, text, (size_t)size + 1);
	} else if (len == 3 && bytes[0] == 0x1d) {
		byte = bytes[2];
		mock_say(printer, &byte, 1);
	}
}

static void set_device_id(struct mock_printer *printer, const char *text)
{
	struct mock_behaviour *behaviour = mock_lock(printer);

	behaviour->device_id_len = (int)strlen(text) + 2;
	behaviour->device_id[0] = (uint8_t)(behaviour->device_id_len >> 8);
	behaviour->device_id[1] = (uint8_t)behaviour->device_id_len;
	memcpy(behaviour->device_id + 2, text, strlen(text));
	mock_unlock();
}

static struct mock_printer *plug(void (*hear)(void *, struct mock_printer *, const uint8_t *,
					      size_t))
{
	struct mock_printer *printer = mock_plug(&mock_two_way);

	mock_lock(printer)->hear = hear;
	mock_unlock();
	return printer;
}

static int identify(const char *url)
{
	struct direct *direct = NULL;
	int r;

	identity = (struct escpos_identity){.vendor = 0x04b8, .product = 0x0e28};
	for (size_t i = 0; i < ESCPOS_ID_BYTES; i++)
		identity.bytes[i] = -1;
	r = direct_open(&direct, url, why, sizeof(why));
	if (r < 0)
		return r;
	direct_read_device_id(direct, identity.device_id);
	r = direct_identify(direct, &identity);
	direct_close(direct);
	escpos_propose(&identity, escpos_driver.models, escpos_driver.model_count, &proposal);
	return r;
}

static void check(const char *model, enum escpos_certainty certainty, uint32_t reasons)
{
	if (model)
		assert_string_equal(proposal.model ? proposal.model->name : "none", model);
	else
		assert_null(proposal.model);
	assert_int_equal(proposal.certainty, certainty);
	assert_int_equal(proposal.reasons, reasons);
}

static void test_list(void **state)
{
	struct mock_model second = mock_two_way;

	(void)state;
	assert_int_equal(direct_list_usb(list), 0);
	(void)mock_plug(&mock_two_way);
	assert_int_equal(direct_list_usb(list), 1);
	assert_string_equal(list[0].url, "usb:04b8:0e28/serial=X5QV01");
	assert_int_equal(list[0].vendor, 0x04b8);
	assert_int_equal(list[0].product, 0x0e28);
	assert_true(list[0].printer);
	assert_non_null(strstr(list[0].description, "Maker"));
	second.port = "1-3";
	second.address = 6;
	(void)mock_plug(&second);
	assert_int_equal(direct_list_usb(list), 2);
	assert_string_not_equal(list[0].url, list[1].url);
}

static void test_whole(void **state)
{
	struct mock_printer *printer = plug(answer);
	struct mock_record record;

	(void)state;
	mock_lock(printer)->usblp = true;
	mock_unlock();
	set_device_id(printer, "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;");
	assert_int_equal(identify("usb:04b8:0e28"), 0);
	assert_string_equal(identity.device_id, "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;");
	assert_string_equal(identity.texts[ESCPOS_SERIAL], "X5QV01");
	assert_int_equal(identity.bytes[1], 2);
	assert_int_equal(identity.status_replies, 4);
	check("epson-tm-t20iii", ESCPOS_CERTAIN, ESCPOS_BY_NAME | ESCPOS_BY_FONTS);
	assert_int_equal(proposal.cjk, PRINTER_CJK_GB2312);
	/* The kernel's driver has its printer back, and the printer no rest of a question. */
	mock_read(printer, &record);
	assert_int_equal(record.n_detached, 1);
	assert_int_equal(record.n_attached, 1);
	assert_int_equal(record.n_released, record.n_claimed);
	assert_int_equal(record.n_taken, 12 * 3 + 2);
	assert_memory_equal(record.taken + 36, "\x1b@", 2);
}

/* Only its control pipe speaks. */
static void test_silent(void **state)
{
	(void)state;
	(void)plug(NULL);
	assert_int_equal(identify("usb:04b8:0e28"), 0);
	assert_string_equal(identity.device_id, "MFG:EPSON;MDL:TM-m30;CLS:PRINTER;CID:x;");
	check("epson-tm-m30", ESCPOS_LIKELY, ESCPOS_BY_DEVICE_ID | ESCPOS_NO_ANSWER);
}

static void test_garbage(void **state)
{
	struct mock_printer *printer = plug(NULL);

	(void)state;
	mock_lock(printer)->in_babbles = true;
	mock_unlock();
	assert_int_equal(identify("usb:04b8:0e28"), 0);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_GARBAGE);
}

static void test_no_device_id(void **state)
{
	struct mock_printer *printer = plug(answer);

	(void)state;
	mock_lock(printer)->id_stalls = true;
	mock_unlock();
	assert_int_equal(identify("usb:port=1-2"), 0);
	assert_string_equal(identity.device_id, "");
	check("epson-tm-t20iii", ESCPOS_CERTAIN, ESCPOS_BY_NAME | ESCPOS_BY_FONTS);
}

/* To a printer of another language, questions are text: it gets not one byte. */
static void test_other_language(void **state)
{
	struct mock_printer *printer = plug(answer);
	struct mock_record record;

	(void)state;
	set_device_id(printer, "MFG:HP;CMD:PCL,PJL;MDL:LaserJet;CLS:PRINTER;");
	assert_int_equal(identify("usb:04b8:0e28"), 0);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_OTHER_LANGUAGE);
	assert_false(identity.asked);
	mock_read(printer, &record);
	assert_int_equal(record.n_taken, 0);
}

/* The daemon has it: it is left where it is. */
static void test_busy(void **state)
{
	struct mock_printer *printer = plug(answer);
	struct mock_record record;

	(void)state;
	mock_lock(printer)->busy = true;
	mock_unlock();
	assert_int_equal(identify("usb:04b8:0e28"), -EBUSY);
	assert_true(why[0]);
	mock_read(printer, &record);
	assert_int_equal(record.n_detached, 0);
	assert_int_equal(record.n_taken, 0);
}

static void hang_up(void *user, struct mock_printer *printer, const uint8_t *bytes, size_t len)
{
	(void)user, (void)len;
	if (bytes[0] == 0x10 && bytes[2] == 3)
		return;
	answer(user, printer, bytes, len);
}

static void test_missing(void **state)
{
	(void)state;
	assert_int_equal(identify("usb:04b8:0e28"), -ENODEV);
	assert_int_equal(identify("usb:zz"), -EINVAL);
	/* One answer of twelve is missing: the rest counts. */
	(void)plug(hang_up);
	assert_int_equal(identify("usb:04b8:0e28"), 0);
	assert_int_equal(identity.status_replies, 3);
	/* Its control pipe says TM-m30. */
	check("epson-tm-t20iii", ESCPOS_LIKELY,
	      ESCPOS_BY_NAME | ESCPOS_BY_FONTS | ESCPOS_CONTRADICTS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_list),    TEST(test_whole),	     TEST(test_silent),
		TEST(test_garbage), TEST(test_no_device_id), TEST(test_other_language),
		TEST(test_busy),    TEST(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
