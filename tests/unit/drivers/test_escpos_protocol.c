/* Questions, answers and the sorter, by the tables of the manuals (TM-T88III: DLE EOT, GS a, GS r;
 * GS ( H fn 48; TM-U230 appendix E). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/printer/escpos/protocol.h"

static void test_questions(void **state)
{
	static const uint8_t with_id[] = {0x1d, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30,
					  '1',	'2',  '3',  '4',  0x1d, 0x72, 0x01};
	uint8_t bytes[ESCPOS_TRAILER_MAX];

	(void)state;
	assert_int_equal(escpos_put_trailer(bytes, (const uint8_t *)"1234"), sizeof(with_id));
	assert_memory_equal(bytes, with_id, sizeof(with_id));
	assert_int_equal(escpos_put_trailer(bytes, NULL), 3);
	assert_memory_equal(bytes, "\x1d\x72\x01", 3);
	for (unsigned n = 1; n <= 4; n++) {
		const uint8_t wanted[] = {0x10, 0x04, (uint8_t)n};

		escpos_put_question(bytes, n);
		assert_memory_equal(bytes, wanted, 3);
	}
}

static void test_job_id(void **state)
{
	static const struct {
		int64_t job;
		const char *id;
	} rows[] = {
		{0, "    "},
		{1, "   !"},
		{94, "   ~"},
		{95, "  ! "},
		{95 * 95 * 95, "!   "},
		{81450624, "~~~~"},
		{81450625, "    "},
	};
	uint8_t id[ESCPOS_ID_LEN], other[ESCPOS_ID_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		escpos_job_id(rows[i].job, id);
		assert_memory_equal(id, rows[i].id, ESCPOS_ID_LEN);
	}
	for (int64_t job = -5000; job < 50000; job += 7) {
		escpos_job_id(job, id);
		escpos_job_id(job + 1, other);
		assert_memory_not_equal(id, other, ESCPOS_ID_LEN);
		for (size_t i = 0; i < ESCPOS_ID_LEN; i++)
			assert_in_range(id[i], 0x20, 0x7e);
	}
}

/* ---- the sorter ----------------------------------------------------------------------------- */

/* Lists what comes out: "r12 a18000000 q00 b372231323334 f11 ", dropped as "-n". */
static void sort_all(const uint8_t *bytes, size_t len, char *ret, size_t size)
{
	struct escpos_sorter sorter = {0};
	struct escpos_answer answer;
	size_t at = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		if (escpos_sort(&sorter, bytes[i], &answer) == ESCPOS_NOTHING)
			continue;
		at += (size_t)snprintf(ret + at, size - at, "%c", " raqbf"[answer.kind]);
		for (size_t k = 0; k < answer.len; k++)
			at += (size_t)snprintf(ret + at, size - at, "%02x", answer.bytes[k]);
		at += (size_t)snprintf(ret + at, size - at, " ");
	}
	if (sorter.dropped)
		snprintf(ret + at, size - at, "-%u", sorter.dropped);
}

static void test_sorter(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *wanted;
	} rows[] = {
		{"\x12", 1, "r12 "},
		{"\x16", 1, "r16 "},
		{"\x1a\x32\x72", 3, "r1a r32 r72 "},
		{"\x10\x00\x00\x00", 4, "a10000000 "},
		{"\x14\x00\x00\x0f", 4, "a1400000f "},
		{"\x18\x00\x0c\x00\x12", 5, "a18000c00 r12 "},
		{"\x00\x0f", 2, "q00 q0f "},
		{"\x11\x13", 2, "f11 f13 "},
		{"7\"1234\0", 7, "b372231323334 "},
		{"7%\0", 3, "b3725 "},
		{"_TM-T88V\0", 9, "b5f544d2d54383856 "},
		/* mixed, as they come */
		{"\x12\x10\x00\x00\x00\x00"
		 "7\"abcd\0\x16",
		 14, "r12 a10000000 q00 b372261626364 r16 "},
		/* XOFF inside automatic status and inside a block */
		{"\x10\x13\x00\x00\x00", 5, "a10000000 "},
		{"7\"12\x11\x33\x34\0", 8, "b372231323334 "},
		/* byte 4 may be anything */
		{"\x10\x00\x00\xff\x12", 5, "a100000ff r12 "},
		/* broken off: what broke it counts anew */
		{"\x10\x00\x12", 3, "r12 -2"},
		{"\x10\x10\x00\x00\x00", 5, "a10000000 -1"},
		{"7\"12\x12", 5, "r12 -4"},
		/* foreign */
		{"\x80\xff\x93", 3, "-3"},
		{"\x31", 1, "-1"},
	};
	char list[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sort_all((const uint8_t *)rows[i].bytes, rows[i].len, list, sizeof(list));
		assert_string_equal(list, rows[i].wanted);
	}
}

/* Each first byte has one meaning, the one of appendix E. */
static void test_first_bytes(void **state)
{
	(void)state;
	for (unsigned b = 0; b < 256; b++) {
		struct escpos_sorter sorter = {0};
		struct escpos_answer answer;
		enum escpos_answer_kind kind = escpos_sort(&sorter, (uint8_t)b, &answer);

		if (b == 0x11 || b == 0x13)
			assert_int_equal(kind, ESCPOS_FLOW);
		else if (strchr("\x35\x37\x3b\x3d\x5f", (int)b) && b)
			assert_int_equal(sorter.in, ESCPOS_BLOCK);
		else if ((b & 0x93) == 0x10)
			assert_int_equal(sorter.in, ESCPOS_AUTOMATIC);
		else if ((b & 0x93) == 0x12)
			assert_int_equal(kind, ESCPOS_REALTIME);
		else if ((b & 0x90) == 0)
			assert_int_equal(kind, ESCPOS_QUEUED);
		else
			assert_int_equal(sorter.dropped, 1);
	}
}

static void test_block_limit(void **state)
{
	struct escpos_sorter sorter = {0};
	struct escpos_answer answer;

	(void)state;
	assert_int_equal(escpos_sort(&sorter, 0x5f, &answer), ESCPOS_NOTHING);
	for (size_t i = 1; i < ESCPOS_BLOCK_MAX; i++)
		assert_int_equal(escpos_sort(&sorter, 'x', &answer), ESCPOS_NOTHING);
	assert_int_equal(sorter.dropped, 0);
	assert_int_equal(sorter.len, ESCPOS_BLOCK_MAX);
	/* One too many: 'x' begins anew and is an answer of nobody. */
	(void)escpos_sort(&sorter, 0x80, &answer);
	assert_int_equal(sorter.dropped, ESCPOS_BLOCK_MAX + 1);
	assert_int_equal(sorter.in, ESCPOS_NOTHING);
	assert_int_equal(escpos_sort(&sorter, 0x12, &answer), ESCPOS_REALTIME);

	/* Silence in the middle. */
	(void)escpos_sort(&sorter, 0x10, &answer);
	(void)escpos_sort(&sorter, 0x00, &answer);
	escpos_sorter_reset(&sorter);
	assert_int_equal(sorter.dropped, ESCPOS_BLOCK_MAX + 3);
	assert_int_equal(escpos_sort(&sorter, 0x12, &answer), ESCPOS_REALTIME);
}

/* Good answers with bytes changed, lost and added: nothing is read or written too far (sanitizers),
 * every byte is in one answer or dropped, and after a pause a good answer is understood. */
static void test_sorter_fuzz(void **state)
{
	static const uint8_t good[] = "\x12\x16\x10\x00\x00\x00\x0f"
				      "7\"1234\0"
				      "_firmware 1.0\0\x02";
	size_t good_len = sizeof(good) - 1;

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 2000; round++) {
		struct escpos_sorter sorter = {0};
		struct escpos_answer answer;
		uint8_t bytes[300];
		size_t len = 0, in_answers = 0, nuls = 0, flows = 0;

		while (len < sizeof(bytes)) {
			int dice = rand() % (round % 2 ? 10 : 2);

			if (dice == 0)
				bytes[len++] = (uint8_t)rand();
			else
				bytes[len] = good[(size_t)rand() % good_len], len++;
		}
		for (size_t i = 0; i < len; i++) {
			enum escpos_answer_kind in = sorter.in;
			enum escpos_answer_kind kind = escpos_sort(&sorter, bytes[i], &answer);

			assert_in_range(sorter.len, 0, ESCPOS_BLOCK_MAX);
			if (kind == ESCPOS_NOTHING) {
				flows += in != ESCPOS_NOTHING && sorter.in == in &&
					 (bytes[i] == 0x11 || bytes[i] == 0x13);
				continue;
			}
			assert_int_equal(answer.kind, kind);
			assert_in_range(answer.len, 1, ESCPOS_BLOCK_MAX);
			in_answers += answer.len;
			nuls += kind == ESCPOS_BLOCK;
		}
		/* Flow control inside an answer and the NULs are in neither; byte 4 of automatic
		 * status may be a flow character and is then counted in the answer. */
		escpos_sorter_reset(&sorter);
		assert_int_equal(in_answers + nuls + flows + sorter.dropped, len);
		assert_int_equal(escpos_sort(&sorter, 0x12, &answer), ESCPOS_REALTIME);
	}
}

/* ---- status --------------------------------------------------------------------------------- */

static struct escpos_status realtime(unsigned number, uint8_t reply)
{
	struct escpos_status status = {0};

	assert_int_equal(escpos_read_realtime(&status, number, reply), 0);
	return status;
}

static bool is_clear(struct escpos_status status)
{
	return !status.offline && !status.cover_open && !status.near_end && !status.paper_end &&
	       !status.cutter_error && !status.recoverable && !status.unrecoverable &&
	       !status.auto_recoverable && !status.recovering && !status.feeding;
}

static void test_realtime_status(void **state)
{
	struct escpos_status status;

	(void)state;
	for (unsigned n = 1; n <= 4; n++)
		assert_true(is_clear(realtime(n, 0x12)));
	assert_true(is_clear(realtime(1, 0x16))); /* drawer pin 3 */
	assert_true(realtime(1, 0x1a).offline);
	assert_true(realtime(1, 0x32).recovering);
	assert_true(realtime(1, 0x52).feeding);
	assert_true(realtime(2, 0x16).cover_open);
	assert_true(is_clear(realtime(2, 0x1a))); /* fed by button */
	assert_true(realtime(2, 0x32).paper_end);
	assert_true(is_clear(realtime(2, 0x52))); /* an error: question 3 says which */
	assert_true(realtime(3, 0x16).recoverable);
	assert_true(realtime(3, 0x1a).cutter_error);
	assert_true(realtime(3, 0x32).unrecoverable);
	assert_true(realtime(3, 0x52).auto_recoverable);
	assert_true(realtime(4, 0x1e).near_end);
	assert_false(realtime(4, 0x1e).paper_end);
	assert_true(realtime(4, 0x72).paper_end);
	assert_false(realtime(4, 0x72).near_end);
	assert_true(realtime(4, 0x7e).near_end && realtime(4, 0x7e).paper_end);

	/* A question tells its own part and leaves the rest. */
	status = (struct escpos_status){.cover_open = true, .paper_end = true};
	assert_int_equal(escpos_read_realtime(&status, 1, 0x12), 0);
	assert_true(status.cover_open && status.paper_end);
	assert_int_equal(escpos_read_realtime(&status, 4, 0x12), 0);
	assert_false(status.paper_end);

	/* Fixed bits: 0xx1xx10. */
	for (unsigned b = 0; b < 256; b++) {
		int r = escpos_read_realtime(&status, 1, (uint8_t)b);

		assert_int_equal(r, (b & 0x80) == 0 && (b & 0x10) && (b & 3) == 2 ? 0 : -EBADMSG);
	}
	assert_int_equal(escpos_read_realtime(&status, 0, 0x12), -EBADMSG);
	assert_int_equal(escpos_read_realtime(&status, 5, 0x12), -EBADMSG);
}

static struct escpos_status automatic(uint8_t b1, uint8_t b2, uint8_t b3)
{
	const uint8_t bytes[] = {b1, b2, b3, 0xff};
	struct escpos_status status;

	memset(&status, 1, sizeof(status));
	assert_int_equal(escpos_read_automatic(&status, bytes), 0);
	return status;
}

static void test_automatic_status(void **state)
{
	struct escpos_status status = {.cover_open = true};

	(void)state;
	assert_true(is_clear(automatic(0x10, 0, 0)));
	assert_true(is_clear(automatic(0x14, 0x02, 0))); /* drawer, panel button */
	assert_true(automatic(0x18, 0, 0).offline);
	assert_true(automatic(0x30, 0, 0).cover_open);
	assert_true(automatic(0x50, 0, 0).feeding);
	assert_true(automatic(0x10, 0x01, 0).recovering);
	assert_true(automatic(0x10, 0x04, 0).recoverable);
	assert_true(automatic(0x10, 0x08, 0).cutter_error);
	assert_true(automatic(0x10, 0x20, 0).unrecoverable);
	assert_true(automatic(0x10, 0x40, 0).auto_recoverable);
	assert_true(automatic(0x10, 0, 0x03).near_end);
	assert_false(automatic(0x10, 0, 0x03).paper_end);
	assert_true(automatic(0x10, 0, 0x0c).paper_end);
	assert_false(automatic(0x10, 0, 0x0c).near_end);
	assert_int_equal(escpos_read_automatic(&status, (const uint8_t *)"\x12\0\0\0"), -EBADMSG);
	assert_int_equal(escpos_read_automatic(&status, (const uint8_t *)"\x10\x10\0\0"), -EBADMSG);
	assert_int_equal(escpos_read_automatic(&status, (const uint8_t *)"\x10\0\x80\0"), -EBADMSG);
	assert_true(status.cover_open);
}

static void test_paper_status(void **state)
{
	struct escpos_status status = {.cover_open = true};

	(void)state;
	escpos_read_paper(&status, 0x03);
	assert_true(status.near_end && !status.paper_end && status.cover_open);
	escpos_read_paper(&status, 0x0c);
	assert_true(!status.near_end && status.paper_end);
	escpos_read_paper(&status, 0x00);
	assert_true(!status.near_end && !status.paper_end);
}

static void test_printed(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool printed;
	} rows[] = {
		{"7\"ab d", 6, true},	{"7\"ab e", 6, false}, {"7\"ab ", 5, false},
		{"7\"ab dd", 7, false}, {"7%ab d", 6, false},  {"5\"ab d", 6, false},
		{"7", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct escpos_answer answer = {.kind = ESCPOS_BLOCK, .len = rows[i].len};

		memcpy(answer.bytes, rows[i].bytes, rows[i].len);
		assert_int_equal(escpos_is_printed(&answer, (const uint8_t *)"ab d"),
				 rows[i].printed);
		answer.kind = ESCPOS_QUEUED;
		assert_false(escpos_is_printed(&answer, (const uint8_t *)"ab d"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions),	cmocka_unit_test(test_job_id),
		cmocka_unit_test(test_sorter),		cmocka_unit_test(test_first_bytes),
		cmocka_unit_test(test_block_limit),	cmocka_unit_test(test_sorter_fuzz),
		cmocka_unit_test(test_realtime_status), cmocka_unit_test(test_automatic_status),
		cmocka_unit_test(test_paper_status),	cmocka_unit_test(test_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
