/* Asking a printer what it is: the test is the printer and the clock. Answers are typed from
 * Epson's guides and from device IDs of real printers, or are what no printer should say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/printer/escpos/identify.h"

extern const struct driver escpos_driver;

enum { MS = 1000, S = 1000000 };

/* A printer; NULL and -1: it does not answer that. */
struct fake {
	bool status;
	uint8_t replies[4]; /* to DLE EOT 1-4; 0: 12 */
	int bytes[3];
	const char *texts[5];
	int64_t delay_us;
	const char *before; /* it says this before each answer */
	size_t before_len;
	char header; /* of its texts; 0: '_' */
	bool takes_nothing;
	int64_t garbage_us; /* says something so often, for ever */
};

static struct escpos_identity identity;
static struct escpos_proposal proposal;
static uint8_t asked[256];
static size_t asked_len;
static int64_t took_us;

static size_t answer(const struct fake *fake, const uint8_t *question, uint8_t *ret)
{
	size_t len = 0;

	memcpy(ret, fake->before ? fake->before : "", fake->before_len);
	len = fake->before_len;
	if (question[0] == 0x10 && fake->status) {
		uint8_t reply = fake->replies[question[2] - 1];

		ret[len++] = reply ? reply : 0x12;
	} else if (question[0] == 0x1d && question[2] <= 3 && fake->bytes[question[2] - 1] >= 0) {
		ret[len++] = (uint8_t)fake->bytes[question[2] - 1];
	} else if (question[0] == 0x1d && question[2] >= 65 && fake->texts[question[2] - 65]) {
		len += (size_t)sprintf((char *)ret + len, "%c%s", fake->header ? fake->header : '_',
				       fake->texts[question[2] - 65]) +
		       1;
	}
	return len;
}

static void ask(const struct fake *fake, const char *device_id, uint32_t usb)
{
	struct escpos_identify identify;
	int64_t now_us = 5 * S, garbage_us = INT64_MAX;
	uint8_t question[ESCPOS_IDENTIFY_MAX];
	struct {
		int64_t at_us;
		uint8_t bytes[128];
		size_t len;
	} replies[16];
	size_t first = 0, end = 0;

	identity =
		(struct escpos_identity){.vendor = (uint16_t)(usb >> 16), .product = (uint16_t)usb};
	snprintf(identity.device_id, sizeof(identity.device_id), "%s", device_id);
	asked_len = 0;
	if (fake->garbage_us)
		garbage_us = now_us;
	escpos_identify_start(&identify, &identity, now_us);
	for (unsigned turns = 0; !escpos_identify_ended(&identify); turns++) {
		int64_t due_us = escpos_identify_deadline(&identify);
		size_t len = escpos_identify_next(&identify, question, now_us);

		assert_true(turns < 100000);
		if (len > 0) {
			assert_true(asked_len + len <= sizeof(asked));
			memcpy(asked + asked_len, question, len);
			asked_len += len;
			assert_int_equal(escpos_identify_next(&identify, question, now_us), 0);
			if (fake->takes_nothing)
				continue;
			escpos_identify_sent(&identify, now_us);
			assert_true(end < 16);
			replies[end].at_us = now_us + fake->delay_us;
			replies[end].len = answer(fake, question, replies[end].bytes);
			end += replies[end].len > 0;
			continue;
		}
		assert_true(due_us < INT64_MAX);
		if (first < end && replies[first].at_us <= due_us) {
			now_us = replies[first].at_us;
			escpos_identify_received(&identify, replies[first].bytes,
						 replies[first].len, now_us);
			first++;
		} else if (garbage_us <= due_us) {
			uint8_t byte = (uint8_t)(garbage_us / 7);

			now_us = garbage_us;
			garbage_us += fake->garbage_us;
			escpos_identify_received(&identify, &byte, 1, now_us);
		} else {
			now_us = due_us;
			escpos_identify_tick(&identify, now_us);
		}
	}
	assert_int_equal(escpos_identify_next(&identify, question, now_us), 0);
	took_us = now_us - 5 * S;
	escpos_propose(&identity, escpos_driver.models, escpos_driver.model_count, &proposal);
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

static const struct fake t88v = {
	.status = true,
	.bytes = {0x20, 0x02, 0x00},
	.texts = {"30.46 ESC/POS", "EPSON", "TM-T88V", "MXKF012345", "CHINA GB18030"},
};

static void test_all_asked(void **state)
{
	static const uint8_t wanted[] = {
		0x10, 0x04, 0x01, 0x10, 0x04, 0x02, 0x10, 0x04, 0x03, 0x10, 0x04, 0x04, 0x1d,
		0x49, 0x01, 0x1d, 0x49, 0x02, 0x1d, 0x49, 0x03, 0x1d, 0x49, 0x41, 0x1d, 0x49,
		0x42, 0x1d, 0x49, 0x43, 0x1d, 0x49, 0x44, 0x1d, 0x49, 0x45, 0x1b, 0x40,
	};

	(void)state;
	ask(&t88v, "", 0);
	assert_int_equal(asked_len, sizeof(wanted));
	assert_memory_equal(asked, wanted, sizeof(wanted));
	assert_int_equal(identity.status_replies, 4);
	assert_int_equal(identity.bytes[0], 0x20);
	assert_int_equal(identity.bytes[1], 0x02);
	assert_int_equal(identity.bytes[2], 0x00);
	assert_string_equal(identity.texts[ESCPOS_FIRMWARE], "30.46 ESC/POS");
	assert_string_equal(identity.texts[ESCPOS_MAKER], "EPSON");
	assert_string_equal(identity.texts[ESCPOS_NAME], "TM-T88V");
	assert_string_equal(identity.texts[ESCPOS_SERIAL], "MXKF012345");
	assert_string_equal(identity.texts[ESCPOS_FONTS], "CHINA GB18030");
	assert_int_equal(identity.noise, 0);
	check("epson-tm-t88v", ESCPOS_CERTAIN, ESCPOS_BY_NAME | ESCPOS_BY_FONTS);
	assert_int_equal(proposal.cjk, PRINTER_CJK_GBK);
}

/* Questions that are not answered cost half a second and a pause each, and nothing else. */
static void test_answers_in_part(void **state)
{
	struct fake fake = t88v;

	(void)state;
	fake.texts[ESCPOS_FONTS] = fake.texts[ESCPOS_SERIAL] = fake.texts[ESCPOS_FIRMWARE] = NULL;
	fake.bytes[1] = -1;
	ask(&fake, "", 0);
	check("epson-tm-t88v", ESCPOS_CERTAIN, ESCPOS_BY_NAME);
	assert_int_equal(proposal.cjk, PRINTER_CJK_NONE);
	assert_int_equal(took_us, 100 * MS + 4 * 600 * MS);
	fake.delay_us = 499 * MS;
	ask(&fake, "", 0);
	check("epson-tm-t88v", ESCPOS_CERTAIN, ESCPOS_BY_NAME);
}

static void test_silent(void **state)
{
	const struct fake fake = {.bytes = {-1, -1, -1}};

	(void)state;
	ask(&fake, "", 0);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_NO_ANSWER);
	assert_int_equal(took_us, 100 * MS + 12 * 600 * MS);
	/* Its descriptors speak for it. */
	ask(&fake, "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;", 0);
	check("epson-tm-t88v", ESCPOS_LIKELY, ESCPOS_BY_DEVICE_ID | ESCPOS_NO_ANSWER);
	ask(&fake, "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V-JPN;CLS:PRINTER;DES:EPSON TM-T88V;", 0);
	check("epson-tm-t88v", ESCPOS_GUESS, ESCPOS_BY_DEVICE_ID_PART | ESCPOS_NO_ANSWER);
	ask(&fake, "", 0x04b80e21);
	check("epson-tm-t88vi", ESCPOS_GUESS, ESCPOS_BY_USB | ESCPOS_NO_ANSWER);
	/* It does not even take the questions. */
	ask(&(struct fake){.takes_nothing = true, .bytes = {-1, -1, -1}}, "", 0);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_NO_ANSWER);
}

/* A late answer is not taken for the next one. */
static void test_late(void **state)
{
	struct fake fake = t88v;

	(void)state;
	fake.delay_us = 550 * MS;
	ask(&fake, "", 0);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_NO_ANSWER);
	for (size_t i = 0; i < ESCPOS_ID_TEXTS; i++)
		assert_string_equal(identity.texts[i], "");
}

static void test_names(void **state)
{
	static const struct {
		const char *maker, *name, *device_id;
		uint32_t usb;
		const char *model;
		enum escpos_certainty certainty;
		uint32_t reasons;
	} rows[] = {
		{"EPSON", "TM-T88VI", "", 0, "epson-tm-t88vi", ESCPOS_CERTAIN, ESCPOS_BY_NAME},
		{"epson", "tm-t88vi", "", 0, "epson-tm-t88vi", ESCPOS_CERTAIN, ESCPOS_BY_NAME},
		{"EPSON", "TM-m30", "", 0, "epson-tm-m30", ESCPOS_CERTAIN, ESCPOS_BY_NAME},
		/* Newer ones of a family are other printers. */
		{"EPSON", "TM-m30II", "", 0, "generic-80", ESCPOS_GUESS, ESCPOS_NAME_UNKNOWN},
		{"EPSON", "TM-T88VII", "", 0x04b80e28, "generic-80", ESCPOS_GUESS,
		 ESCPOS_NAME_UNKNOWN},
		{"EPSON", "TM-T20IIIL", "", 0, "generic-80", ESCPOS_GUESS, ESCPOS_NAME_UNKNOWN},
		{"EPSON", "TM-T88V (SC)", "", 0, "epson-tm-t88v", ESCPOS_LIKELY,
		 ESCPOS_BY_NAME_PART},
		{NULL, "TM-T88V", "", 0, "epson-tm-t88v", ESCPOS_LIKELY,
		 ESCPOS_BY_NAME | ESCPOS_NO_MAKER},
		{"POS-X", "TM-T88V", "", 0, "epson-tm-t88v", ESCPOS_GUESS,
		 ESCPOS_BY_NAME | ESCPOS_OTHER_MAKER},
		{"EPSON", "TM-T88V", "MFG:EPSON;MDL:TM-T88V;", 0x04b80e02, "epson-tm-t88v",
		 ESCPOS_CERTAIN, ESCPOS_BY_NAME},
		{"EPSON", "TM-T88V", "MFG:SNBC;MDL:BTP-R880NP;", 0, "epson-tm-t88v", ESCPOS_LIKELY,
		 ESCPOS_BY_NAME | ESCPOS_CONTRADICTS},
		{"Gprinter", "GP-L80180 Series", "", 0, "gprinter-gp-l80180", ESCPOS_CERTAIN,
		 ESCPOS_BY_NAME},
		{"Zjiang", "POS-5890", "", 0, "generic-58", ESCPOS_GUESS, ESCPOS_NAME_UNKNOWN},
		{"Zjiang", "POS-8058", "", 0, "generic-80", ESCPOS_GUESS, ESCPOS_NAME_UNKNOWN},
		{"X", "Y", "MFG:Xprinter;MDL:XP-80;", 0, "generic-80", ESCPOS_GUESS,
		 ESCPOS_NAME_UNKNOWN},
		{NULL, NULL, "MFG:Xprinter;CMD:ESC/POS;MDL:XP-58;", 0, "generic-58", ESCPOS_GUESS,
		 ESCPOS_NAME_UNKNOWN},
		{NULL, NULL, "MFG:Xprinter;CMD:ESC/POS;MDL:XP-80;", 0, "xprinter-xp-80",
		 ESCPOS_LIKELY, ESCPOS_BY_DEVICE_ID},
		{NULL, NULL, "MANUFACTURER:SNBC; MODEL:BTP-R880NP;", 0, "snbc-btp-r880np",
		 ESCPOS_LIKELY, ESCPOS_BY_DEVICE_ID},
		{NULL, NULL, "MDL:BTP-R880NP", 0, "snbc-btp-r880np", ESCPOS_GUESS,
		 ESCPOS_BY_DEVICE_ID | ESCPOS_NO_MAKER},
		{NULL, NULL, "", 0, "generic-80", ESCPOS_GUESS, ESCPOS_NAMELESS},
		{NULL, NULL, "", 0x04b80e28, "epson-tm-t20iii", ESCPOS_GUESS,
		 ESCPOS_NAMELESS | ESCPOS_BY_USB},
		{NULL, NULL, ";;:;MDL;MDL:;:X;", 0x12345678, "generic-80", ESCPOS_GUESS,
		 ESCPOS_NAMELESS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake fake = {.status = true, .bytes = {-1, -1, -1}};

		fake.texts[ESCPOS_MAKER] = rows[i].maker;
		fake.texts[ESCPOS_NAME] = rows[i].name;
		ask(&fake, rows[i].device_id, rows[i].usb);
		if (proposal.reasons != rows[i].reasons || !proposal.model ||
		    strcmp(proposal.model->name, rows[i].model) != 0)
			print_message("row %zu\n", i);
		check(rows[i].model, rows[i].certainty, rows[i].reasons);
	}
}

static void test_fonts(void **state)
{
	static const struct {
		const char *fonts;
		enum printer_cjk cjk;
		uint32_t reasons;
	} rows[] = {
		{"CHINA GB18030", PRINTER_CJK_GBK, ESCPOS_BY_NAME | ESCPOS_BY_FONTS},
		{"CHINA GB2312", PRINTER_CJK_GB2312, ESCPOS_BY_NAME | ESCPOS_BY_FONTS},
		{"KANJI JAPANESE", PRINTER_CJK_NONE, ESCPOS_BY_NAME},
		{"TAIWAN BIG-5", PRINTER_CJK_NONE, ESCPOS_BY_NAME},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake fake = t88v;

		fake.texts[ESCPOS_FONTS] = rows[i].fonts;
		ask(&fake, "", 0);
		check("epson-tm-t88v", ESCPOS_CERTAIN, rows[i].reasons);
		assert_int_equal(proposal.cjk, rows[i].cjk);
	}
}

static void test_offline(void **state)
{
	struct fake fake = {.status = true, .bytes = {-1, -1, -1}};

	(void)state;
	fake.replies[0] = 0x1a;
	fake.replies[3] = 0x72;
	ask(&fake, "", 0);
	check("generic-80", ESCPOS_GUESS, ESCPOS_NAMELESS | ESCPOS_IS_OFFLINE);
	assert_true(identity.status.paper_end);
}

/* Automatic status, flow control and an old answer between are no noise, or little. */
static void test_chatter(void **state)
{
	struct fake fake = t88v;

	(void)state;
	fake.before = "\x11\x14\x00\x00\x00\x13";
	fake.before_len = 6;
	ask(&fake, "", 0);
	check("epson-tm-t88v", ESCPOS_CERTAIN, ESCPOS_BY_NAME | ESCPOS_BY_FONTS);
	assert_int_equal(identity.noise, 0);
	fake.before = "7\"abcd";
	fake.before_len = 7;
	ask(&fake, "", 0);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_GARBAGE);
}

/* Blocks of other commands are no names. */
static void test_other_blocks(void **state)
{
	struct fake fake = t88v;

	(void)state;
	fake.header = '=';
	ask(&fake, "", 0);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_GARBAGE);
	fake.texts[0] = fake.texts[1] = fake.texts[3] = fake.texts[4] = NULL;
	ask(&fake, "", 0);
	check("generic-80", ESCPOS_GUESS, ESCPOS_NAMELESS);
}

static void test_garbage(void **state)
{
	static const int64_t paces[] = {10, 1 * MS, 7 * MS, 60 * MS, 150 * MS};

	(void)state;
	for (size_t i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		const struct fake fake = {.garbage_us = paces[i], .bytes = {-1, -1, -1}};

		ask(&fake, "", 0x04b80e28);
		assert_true(took_us <= 100 * MS + 12 * 600 * MS + 600 * MS);
		if (paces[i] <= 1 * MS)
			assert_true(took_us <= 300 * MS);
		if (paces[i] <= 60 * MS)
			check(NULL, ESCPOS_UNKNOWN, ESCPOS_GARBAGE);
		else
			assert_true(proposal.certainty <= ESCPOS_GUESS);
	}
}

static void test_other_language(void **state)
{
	static const struct {
		const char *device_id;
		bool another;
	} rows[] = {
		{"MFG:HP;CMD:PCL,PJL;MDL:LaserJet;CLS:PRINTER;", true},
		{"MFG:HP;CMD:PCL;MDL:ESC/POS;CLS:PRINTER;", true},
		{"MFG:Xprinter;CMD:TSPL;MDL:XP-350B;", true},
		{"MFG:Xprinter;CMD:TSPL,ESC/POS;MDL:XP-350B;", false},
		{"MFG:X;COMMAND SET:EPSON,ESC/POS;MDL:Y;", false},
		{"MFG:X;COMMAND SET:ESCPL2,BDC,D4;MDL:Y;", true},
		{"MFG:EPSON;MDL:TM-m30;CLS:PRINTER;", false},
		{"CMD:;", false},
		{"CMD", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (escpos_speaks_another(rows[i].device_id) != rows[i].another)
			fail_msg("%s", rows[i].device_id);
	identity = (struct escpos_identity){.device_id = "MFG:HP;CMD:PCL;MDL:TM-T88V;"};
	escpos_propose(&identity, escpos_driver.models, escpos_driver.model_count, &proposal);
	check(NULL, ESCPOS_UNKNOWN, ESCPOS_OTHER_LANGUAGE);
}

/* Random streams and random cuts: it ends, in time, and is never sure. */
static void test_random(void **state)
{
	(void)state;
	srand(4);
	for (int round = 0; round < 2000; round++) {
		struct escpos_identify identify;
		uint8_t bytes[64], question[ESCPOS_IDENTIFY_MAX];
		int64_t now_us = S;

		memset(&identity, 0, sizeof(identity));
		escpos_identify_start(&identify, &identity, now_us);
		for (unsigned turns = 0; !escpos_identify_ended(&identify); turns++) {
			size_t len = (size_t)(rand() % (int)sizeof(bytes));

			assert_true(turns < 10000);
			for (size_t i = 0; i < len; i++)
				bytes[i] =
					(uint8_t)(rand() % 3 ? rand() : "_7\x12\0\x10"[rand() % 5]);
			if (escpos_identify_next(&identify, question, now_us) > 0 && rand() % 4)
				escpos_identify_sent(&identify, now_us);
			if (rand() % 8 == 0)
				escpos_identify_received(&identify, bytes, len % 4, now_us);
			now_us += rand() % (300 * MS);
			escpos_identify_tick(&identify, now_us);
		}
		assert_true(now_us < 60 * (int64_t)S);
		escpos_propose(&identity, escpos_driver.models, escpos_driver.model_count,
			       &proposal);
		assert_true(proposal.certainty <= ESCPOS_GUESS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_asked), cmocka_unit_test(test_answers_in_part),
		cmocka_unit_test(test_silent),	  cmocka_unit_test(test_late),
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_fonts),
		cmocka_unit_test(test_offline),	  cmocka_unit_test(test_chatter),
		cmocka_unit_test(test_garbage),	  cmocka_unit_test(test_other_language),
		cmocka_unit_test(test_random),	  cmocka_unit_test(test_other_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
