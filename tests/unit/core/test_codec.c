/* The canonical payload against vectors written by hand from the log's format (event.h,
 * docs/log-format.md), and its strictness: what decodes encodes to the same bytes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/fields.h"

#define HEAD  "{\"at\":5000,\"wall\":1767571205000,\"off\":480,\"by\":\"api\","
#define TOKEN "00112233445566778899aabbccddeeff"

static struct event make(enum event_type type)
{
	struct event event;

	memset(&event, 0, sizeof(event));
	event.type = type;
	event.version = 1;
	event.at = (struct stamp){.mono_ms = 5000, .wall_ms = 1767571205000, .offset_min = 480};
	strcpy(event.by, "api");
	return event;
}

static void pin(const struct event *event, const char *payload)
{
	char bytes[EVENT_PAYLOAD_MAX];
	struct event decoded;
	int len = event_encode(event, bytes, sizeof(bytes));

	assert_int_equal(len, (int)strlen(payload));
	assert_string_equal(bytes, payload);
	memset(&decoded, 0x5a, sizeof(decoded));
	assert_int_equal(
		event_decode(event->type, event->version, payload, strlen(payload), &decoded), 0);
	assert_int_equal(decoded.seq, 0);
	assert_int_equal(decoded.type, event->type);
	assert_int_equal(decoded.version, event->version);
	assert_int_equal(decoded.at.mono_ms, event->at.mono_ms);
	assert_int_equal(decoded.at.wall_ms, event->at.wall_ms);
	assert_int_equal(decoded.at.offset_min, event->at.offset_min);
	assert_string_equal(decoded.by, event->by);
	assert_true(fields_equal(&decoded, event));
	assert_memory_equal(&decoded.u, &event->u, sizeof(decoded.u));
}

static void test_definitions(void **state)
{
	struct event event = make(EVENT_DAEMON_STARTED);

	(void)state;
	strcpy(event.u.daemon_started.boot, "0b7e4b8f-3c1d-4a5e-9f00-1234567890ab");
	strcpy(event.u.daemon_started.software, "onewindow 0.1.0");
	pin(&event, HEAD "\"boot\":\"0b7e4b8f-3c1d-4a5e-9f00-1234567890ab\","
			 "\"software\":\"onewindow 0.1.0\"}");
	event = make(EVENT_HALL_DEFINED);
	strcpy(event.u.hall_defined.id, "hall");
	strcpy(event.u.hall_defined.zh, "政务服务大厅");
	strcpy(event.u.hall_defined.en, "Hall");
	strcpy(event.u.hall_defined.zone, "Asia/Shanghai");
	event.u.hall_defined.target_ms = 900000;
	pin(&event, HEAD "\"id\":\"hall\",\"zh\":\"政务服务大厅\",\"en\":\"Hall\","
			 "\"zone\":\"Asia/Shanghai\",\"target_ms\":900000}");
	event = make(EVENT_QUEUE_DEFINED);
	strcpy(event.u.queue_defined.queue, "general");
	strcpy(event.u.queue_defined.zh, "综合受理");
	strcpy(event.u.queue_defined.en, "General");
	strcpy(event.u.queue_defined.prefix, "A");
	event.u.queue_defined.first = 1;
	event.u.queue_defined.last = 999;
	event.u.queue_defined.work = true;
	pin(&event, HEAD "\"queue\":\"general\",\"zh\":\"综合受理\",\"en\":\"General\","
			 "\"prefix\":\"A\",\"first\":1,\"last\":999,\"work\":1,\"retired\":0}");
	event = make(EVENT_WINDOW_DEFINED);
	event.u.window_defined.window = 3;
	strcpy(event.u.window_defined.zh, "3号窗口");
	strcpy(event.u.window_defined.en, "Window 3");
	strcpy(event.u.window_defined.queues, "general,issue");
	event.u.window_defined.retired = true;
	pin(&event, HEAD "\"window\":3,\"zh\":\"3号窗口\",\"en\":\"Window 3\","
			 "\"queues\":\"general,issue\",\"retired\":1}");
	event = make(EVENT_ITEM_DEFINED);
	strcpy(event.u.item_defined.item, "passport.first");
	strcpy(event.u.item_defined.zh, "护照");
	strcpy(event.u.item_defined.en, "Passport");
	strcpy(event.u.item_defined.department, "公安局");
	strcpy(event.u.item_defined.queue, "general");
	pin(&event, HEAD "\"item\":\"passport.first\",\"zh\":\"护照\",\"en\":\"Passport\","
			 "\"department\":\"公安局\",\"queue\":\"general\",\"retired\":0}");
}

static void test_days_and_windows(void **state)
{
	struct event event = make(EVENT_DAY_OPENED);

	(void)state;
	event.u.day_opened.date = 20260105;
	event.u.day_opened.counter = 7;
	pin(&event, HEAD "\"date\":20260105,\"counter\":7}");
	event = make(EVENT_DAY_CLOSED);
	event.u.day_closed.date = 20260105;
	pin(&event, HEAD "\"date\":20260105,\"uncalled\":0}");
	event = make(EVENT_WINDOW_PAUSED);
	event.u.window_changed.window = 12;
	pin(&event, HEAD "\"window\":12}");
	event.type = EVENT_WINDOW_REOPENED;
	pin(&event, HEAD "\"window\":12}");
	event.type = EVENT_HELP_ASKED;
	pin(&event, HEAD "\"window\":12}");
	event.type = EVENT_HELP_OVER;
	pin(&event, HEAD "\"window\":12}");
	event = make(EVENT_CLERK_SIGNED_IN);
	event.u.clerk_changed.window = 12;
	strcpy(event.u.clerk_changed.clerk, "li.wei");
	pin(&event, HEAD "\"window\":12,\"clerk\":\"li.wei\"}");
	event.type = EVENT_CLERK_SIGNED_OUT;
	pin(&event, HEAD "\"window\":12,\"clerk\":\"li.wei\"}");
}

/* ticket, number, leg and window stand first in all of these. */
static struct event make_at_window(enum event_type type)
{
	struct event event = make(type);

	event.u.ticket_recalled.ticket = 41;
	strcpy(event.u.ticket_recalled.number, "A007");
	event.u.ticket_recalled.leg = 2;
	event.u.ticket_recalled.window = 3;
	return event;
}

#define AT_WINDOW HEAD "\"ticket\":41,\"number\":\"A007\",\"leg\":2,\"window\":3"

static void test_tickets(void **state)
{
	struct event event = make(EVENT_TICKET_ISSUED);

	(void)state;
	event.u.ticket_issued.ticket = 41;
	strcpy(event.u.ticket_issued.number, "A007");
	strcpy(event.u.ticket_issued.queue, "general");
	event.u.ticket_issued.class = CLASS_PRIORITY;
	event.u.ticket_issued.origin = ORIGIN_PANEL;
	event.u.ticket_issued.arrival_ms = 4900;
	event.u.ticket_issued.pre_reviewed = true;
	strcpy(event.u.ticket_issued.case_ref, "案\"1\\2\"");
	strcpy(event.u.ticket_issued.token, TOKEN);
	event.u.ticket_issued.ahead = 5;
	event.u.ticket_issued.expect_ms = -1;
	event.u.ticket_issued.expect_low_ms = event.u.ticket_issued.expect_high_ms = -1;
	pin(&event, HEAD "\"ticket\":41,\"number\":\"A007\",\"queue\":\"general\",\"item\":\"\","
			 "\"class\":\"priority\",\"origin\":\"panel\",\"arrival_ms\":4900,"
			 "\"pre_reviewed\":1,"
			 "\"case_ref\":\"案\\u00221\\u005c2\\u0022\","
			 "\"token\":\"" TOKEN "\",\"ahead\":5}");
	event = make_at_window(EVENT_TICKET_CALLED);
	strcpy(event.u.ticket_called.queue, "general");
	pin(&event, AT_WINDOW ",\"queue\":\"general\",\"clerk\":\"\"}");
	event = make_at_window(EVENT_TICKET_RECALLED);
	pin(&event, AT_WINDOW "}");
	event = make_at_window(EVENT_SERVICE_STARTED);
	pin(&event, AT_WINDOW "}");
	event = make_at_window(EVENT_SERVICE_FINISHED);
	event.u.service_finished.implied = true;
	pin(&event, AT_WINDOW ",\"implied\":1}");
	event = make_at_window(EVENT_TICKET_NO_SHOW);
	pin(&event, AT_WINDOW "}");
	event = make_at_window(EVENT_TICKET_PARKED);
	pin(&event, AT_WINDOW "}");
	event = make_at_window(EVENT_TICKET_RESUMED);
	strcpy(event.u.ticket_resumed.queue, "general");
	pin(&event, AT_WINDOW ",\"queue\":\"general\"}");
	event = make_at_window(EVENT_TICKET_TRANSFERRED);
	strcpy(event.u.ticket_transferred.from, "general");
	strcpy(event.u.ticket_transferred.to, "issue");
	pin(&event, AT_WINDOW ",\"from\":\"general\",\"to\":\"issue\"}");
	event = make_at_window(EVENT_TICKET_CANCELLED);
	pin(&event, AT_WINDOW "}");
	event = make_at_window(EVENT_RATING_ASKED);
	pin(&event, AT_WINDOW "}");
}

static struct event make_print(enum event_type type)
{
	struct event event = make(type);

	event.u.print.job = 9;
	event.u.print.ticket = 41;
	strcpy(event.u.print.number, "A007");
	event.u.print.copy = 1;
	if (type != EVENT_PRINT_QUEUED)
		strcpy(event.u.print.printer, "hall-1");
	return event;
}

#define PRINT HEAD "\"job\":9,\"ticket\":41,\"number\":\"A007\",\"copy\":1"

static void test_prints(void **state)
{
	static const char *const outcomes[] = {"printed", "processed", "sent", "failed", "unknown"};
	struct event event = make_print(EVENT_PRINT_QUEUED);
	char payload[EVENT_PAYLOAD_MAX];

	(void)state;
	pin(&event, PRINT "}");
	event = make_print(EVENT_PRINT_STARTED);
	pin(&event, PRINT ",\"printer\":\"hall-1\"}");
	event = make_print(EVENT_PRINT_ENDED);
	strcpy(event.u.print.detail, "tab\there");
	for (int i = 0; i < PRINT_OUTCOME_COUNT; i++) {
		event.u.print.outcome = i;
		snprintf(payload, sizeof(payload),
			 PRINT ",\"printer\":\"hall-1\",\"outcome\":\"%s\","
			       "\"detail\":\"tab\\u0009here\"}",
			 outcomes[i]);
		pin(&event, payload);
	}
	event.version = 2;
	event.u.print.outcome = PRINT_FAILED;
	event.u.print.cause = CAUSE_EXPIRED;
	pin(&event,
	    PRINT ",\"printer\":\"hall-1\",\"outcome\":\"failed\",\"detail\":\"tab\\u0009here\","
		  "\"cause\":\"expired\"}");
	event = make_print(EVENT_PRINT_QUEUED);
	event.version = 2;
	event.u.print.word = true;
	pin(&event, PRINT ",\"printer\":\"\",\"word\":1,\"large\":0}");
	event.u.print.word = false;
	event.u.print.large = true;
	pin(&event, PRINT ",\"printer\":\"\",\"word\":0,\"large\":1}");
	event = make_print(EVENT_PRINT_SETTLED);
	memset(event.u.print.printer, 0, sizeof(event.u.print.printer));
	event.u.print.outcome = PRINT_FAILED;
	pin(&event, PRINT ",\"outcome\":\"failed\"}");
	event = make(EVENT_PRINTER_CONDITION);
	strcpy(event.u.printer_condition.printer, "hall-1");
	event.u.printer_condition.condition = CONDITION_PAPER_NEAR_END;
	event.u.printer_condition.holds = true;
	pin(&event, HEAD "\"printer\":\"hall-1\",\"condition\":\"paper-near-end\",\"holds\":1}");
}

#define QUEUE                                                                                      \
	HEAD "\"queue\":\"general\",\"zh\":\"综合受理\",\"en\":\"General\",\"prefix\":\"A\","  \
	     "\"first\":1,\"last\":999,\"work\":1,\"retired\":0,\"spare\":\"AX\","                 \
	     "\"paper_first\":1001,\"paper_last\":1200"

/* Version 3 says what a queue is for; a version before it has no room for that. */
static void test_kinds_of_queues(void **state)
{
	static const char *const kinds[] = {"unstated", "guide", "assist",
					    "intake",	"issue", "trouble"};
	struct event event = make(EVENT_QUEUE_DEFINED), decoded;
	struct event_queue_defined *def = &event.u.queue_defined;
	char payload[EVENT_PAYLOAD_MAX];

	(void)state;
	strcpy(def->queue, "general");
	strcpy(def->zh, "综合受理");
	strcpy(def->en, "General");
	strcpy(def->prefix, "A");
	strcpy(def->spare, "AX");
	def->first = 1;
	def->last = 999;
	def->work = true;
	def->paper_first = 1001;
	def->paper_last = 1200;
	event.version = 2;
	pin(&event, QUEUE "}");
	event.version = 3;
	for (int i = 0; i < QUEUE_KIND_COUNT; i++) {
		def->kind = i;
		snprintf(payload, sizeof(payload), QUEUE ",\"kind\":\"%s\"}", kinds[i]);
		pin(&event, payload);
	}
	def->kind = QUEUE_KIND_COUNT;
	assert_int_equal(event_encode(&event, payload, sizeof(payload)), -EINVAL);
	assert_int_equal(event_decode(EVENT_QUEUE_DEFINED, 3, QUEUE "}", strlen(QUEUE "}"),
				      &decoded),
			 -EBADMSG);
	assert_int_equal(event_decode(EVENT_QUEUE_DEFINED, 4, QUEUE "}", strlen(QUEUE "}"),
				      &decoded),
			 -ENOTSUP);
}

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void test_filings_and_baselines(void **state)
{
	struct event event = make(EVENT_ONLINE_FILING);
	struct event_baseline_frozen *frozen = &event.u.baseline_frozen;

	(void)state;
	strcpy(event.u.online_filing.item, "passport");
	strcpy(event.u.online_filing.case_ref, "案 7-1");
	event.u.online_filing.filed = 1767571100000;
	pin(&event, HEAD "\"item\":\"passport\",\"case_ref\":\"案 7-1\","
			 "\"filed\":1767571100000}");
	event = make(EVENT_BASELINE_FROZEN);
	strcpy(frozen->name, "before-2026");
	frozen->from = 20251101;
	frozen->to = 20251231;
	frozen->days = 43;
	frozen->visits = 8600;
	frozen->first_seq = 17;
	frozen->last_seq = 90210;
	strcpy(frozen->rows, HEX);
	strcpy(frozen->figures, HEX);
	frozen->figures_version = 2;
	frozen->windows = 37;
	frozen->items = 977;
	strcpy(frozen->control, "issue,guide");
	frozen->parts = 12;
	pin(&event,
	    HEAD "\"name\":\"before-2026\",\"from\":20251101,\"to\":20251231,\"days\":43,"
		 "\"visits\":8600,\"first_seq\":17,\"last_seq\":90210,\"rows\":\"" HEX
		 "\",\"figures\":\"" HEX "\",\"figures_version\":2,\"windows\":37,\"items\":977,"
		 "\"control\":\"issue,guide\",\"parts\":12}");
	event = make(EVENT_BASELINE_PART);
	strcpy(event.u.baseline_part.name, "before-2026");
	event.u.baseline_part.part = 1;
	strcpy(event.u.baseline_part.text, "1=general+issue;2=general");
	pin(&event, HEAD "\"name\":\"before-2026\",\"part\":1,\"about\":\"windows\","
			 "\"text\":\"1=general+issue;2=general\"}");
	event.u.baseline_part.about = BASELINE_ITEMS;
	strcpy(event.u.baseline_part.text, "passport=812;permit=90;(others)=75");
	pin(&event, HEAD "\"name\":\"before-2026\",\"part\":1,\"about\":\"items\","
			 "\"text\":\"passport=812;permit=90;(others)=75\"}");
}

static void test_numbers_at_their_ends(void **state)
{
	struct event event = make(EVENT_DAY_OPENED);

	(void)state;
	event.at = (struct stamp){.mono_ms = INT64_MAX, .wall_ms = INT64_MIN, .offset_min = -1440};
	event.by[0] = '\0';
	event.u.day_opened.date = -1;
	pin(&event, "{\"at\":9223372036854775807,\"wall\":-9223372036854775808,\"off\":-1440,"
		    "\"by\":\"\",\"date\":-1,\"counter\":0}");
}

#define DAY(at, off, by, counter)                                                                  \
	"{\"at\":" at ",\"wall\":1,\"off\":" off ",\"by\":" by                                     \
	",\"date\":20260105,\"counter\":" counter "}"

static void test_foreign_spellings(void **state)
{
	static const char *const payloads[] = {
		"",
		"{}",
		"{\"at\":5}",
		DAY("05", "0", "\"\"", "1"),
		DAY("+5", "0", "\"\"", "1"),
		DAY("-0", "0", "\"\"", "1"),
		DAY("5.0", "0", "\"\"", "1"),
		DAY("5e0", "0", "\"\"", "1"),
		DAY("\"5\"", "0", "\"\"", "1"),
		DAY("", "0", "\"\"", "1"),
		DAY("-", "0", "\"\"", "1"),
		DAY("9223372036854775808", "0", "\"\"", "1"),
		DAY("-9223372036854775809", "0", "\"\"", "1"),
		DAY("18446744073709551617", "0", "\"\"", "1"),
		DAY("5", "1441", "\"\"", "1"),
		DAY("5", "-1441", "\"\"", "1"),
		DAY(" 5", "0", "\"\"", "1"),
		DAY("5 ", "0", "\"\"", "1"),
		DAY("5", "0", "null", "1"),
		DAY("5", "0", "\"\\n\"", "1"),
		DAY("5", "0", "\"\\\"\"", "1"),
		DAY("5", "0", "\"\\u0041\"", "1"),
		DAY("5", "0", "\"\\u0000\"", "1"),
		DAY("5", "0", "\"\\u001F\"", "1"),
		DAY("5", "0", "\"\\u4e2d\"", "1"),
		DAY("5", "0", "\"\t\"", "1"),
		DAY("5", "0", "\"\xff\"", "1"),
		DAY("5", "0", "\"\xc0\x80\"", "1"),
		DAY("5", "0", "\"\xed\xa0\x80\"", "1"),
		DAY("5", "0", "\"\xf4\x90\x80\x80\"", "1"),
		DAY("5", "0", "\"\xe4\xb8\"", "1"),
		DAY("5", "0", "\"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl\"", "1"),
		DAY("5", "0", "\"\"", "1") "\n",
		DAY("5", "0", "\"\"", "1") "}",
		DAY("5", "0", "\"\"", "1,\"more\":1"),
		DAY("5", "0", "\"\",\"by\":\"\"", "1"),
		"{\"wall\":1,\"at\":5,\"off\":0,\"by\":\"\",\"date\":20260105,\"counter\":1}",
		"{\"at\":5,\"wall\":1,\"off\":0,\"by\":\"\",\"counter\":1,\"date\":20260105}",
		"{\"at\":5,\"wall\":1,\"off\":0,\"by\":\"\",\"Date\":20260105,\"counter\":1}",
	};
	static const char good[] = DAY("5", "0", "\"\x7f\xf4\x8f\xbf\xbf\"", "1");
	struct event event, before;

	(void)state;
	memset(&event, 0x5a, sizeof(event));
	before = event;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		if (event_decode(EVENT_DAY_OPENED, 1, payloads[i], strlen(payloads[i]), &event) !=
		    -EBADMSG)
			fail_msg("accepted: %s", payloads[i]);
		assert_memory_equal(&event, &before, sizeof(event));
	}
	for (size_t len = 0; len < strlen(good); len++)
		assert_int_equal(event_decode(EVENT_DAY_OPENED, 1, good, len, &event), -EBADMSG);
	/* A NUL within is not an end. */
	assert_int_equal(event_decode(EVENT_DAY_OPENED, 1, good, sizeof(good), &event), -EBADMSG);
	assert_int_equal(event_decode(EVENT_DAY_OPENED, 1, good, strlen(good), &event), 0);
	assert_int_equal(event_decode(EVENT_DAY_OPENED, 2, good, strlen(good), &event), -ENOTSUP);
	assert_int_equal(event_decode(EVENT_DAY_OPENED, 0, good, strlen(good), &event), -ENOTSUP);
	assert_int_equal(event_decode(EVENT_RATING, 1, good, strlen(good), &event), -ENOTSUP);
	assert_int_equal(event_decode((enum event_type)0, 1, good, strlen(good), &event), -ENOTSUP);
}

/* Enumerations and booleans have no other spelling either. */
static void test_foreign_values(void **state)
{
	static const struct {
		enum event_type type;
		const char *payload;
	} cases[] = {
		{EVENT_SERVICE_FINISHED, AT_WINDOW ",\"implied\":2}"},
		{EVENT_SERVICE_FINISHED, AT_WINDOW ",\"implied\":-1}"},
		{EVENT_SERVICE_FINISHED, AT_WINDOW ",\"implied\":true}"},
		{EVENT_PRINT_ENDED,
		 PRINT ",\"printer\":\"a\",\"outcome\":\"Sent\",\"detail\":\"\"}"},
		{EVENT_PRINT_ENDED, PRINT ",\"printer\":\"a\",\"outcome\":2,\"detail\":\"\"}"},
		{EVENT_PRINT_ENDED, PRINT ",\"printer\":\"a\",\"outcome\":\"\",\"detail\":\"\"}"},
		{EVENT_PRINT_STARTED, PRINT "}"},
		{EVENT_PRINT_QUEUED, PRINT ",\"printer\":\"\"}"},
		{EVENT_TICKET_RECALLED, AT_WINDOW ",\"implied\":0}"},
		{EVENT_BASELINE_PART,
		 HEAD "\"name\":\"b\",\"part\":1,\"about\":\"queues\",\"text\":\"\"}"},
		{EVENT_ONLINE_FILING, HEAD "\"item\":\"a\",\"case_ref\":\"b\",\"filed\":\"1\"}"},
	};
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (event_decode(cases[i].type, 1, cases[i].payload, strlen(cases[i].payload),
				 &event) != -EBADMSG)
			fail_msg("accepted: %s", cases[i].payload);
}

static size_t mutate(enum event_type type, const char *payload)
{
	size_t len = strlen(payload), accepted = 0;
	char copy[EVENT_PAYLOAD_MAX], again[EVENT_PAYLOAD_MAX];
	struct event event;

	for (size_t at = 0; at < len; at++) {
		for (int byte = 0; byte < 256; byte++) {
			memcpy(copy, payload, len);
			copy[at] = (char)byte;
			if (event_decode(type, 1, copy, len, &event) < 0)
				continue;
			accepted++;
			assert_int_equal(event_encode(&event, again, sizeof(again)), (int)len);
			assert_memory_equal(again, copy, len);
		}
	}
	return accepted;
}

static void test_every_byte_changed(void **state)
{
	static const char issued[] =
		HEAD "\"ticket\":41,\"number\":\"A007\",\"queue\":\"general\",\"item\":\"\","
		     "\"class\":\"priority\",\"origin\":\"panel\",\"arrival_ms\":4900,"
		     "\"pre_reviewed\":1,\"case_ref\":\"案\\u00221\\u005c2\\u001f\","
		     "\"token\":\"" TOKEN "\",\"ahead\":-5}";
	static const char ended[] =
		PRINT ",\"printer\":\"hall-1\",\"outcome\":\"sent\",\"detail\":\"缺纸 €𠀀\"}";

	(void)state;
	/* Digits and letters may change to others, so some are accepted; and not nearly all. */
	assert_in_range(mutate(EVENT_TICKET_ISSUED, issued), 2000, 12000);
	assert_in_range(mutate(EVENT_PRINT_ENDED, ended), 1000, 8000);
}

static void test_what_cannot_be_encoded(void **state)
{
	struct event event = make(EVENT_TICKET_ISSUED);
	char bytes[EVENT_PAYLOAD_MAX];
	int len = event_encode(&event, bytes, sizeof(bytes));

	(void)state;
	assert_true(len > 0);
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(event_encode(&event, bytes, (size_t)len), -ENOSPC);
	assert_int_equal(event_encode(&event, bytes, 0), -ENOSPC);
	assert_int_equal(event_encode(&event, bytes, (size_t)len + 1), len);
	assert_int_equal(bytes[len], 0);
	assert_int_equal(bytes[len + 1], 'x');
	event.u.ticket_issued.class = CLASS_COUNT;
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
	event = make(EVENT_TICKET_ISSUED);
	strcpy(event.u.ticket_issued.case_ref, "\xff");
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
	event = make(EVENT_TICKET_ISSUED);
	memset(event.u.ticket_issued.queue, 'a', sizeof(event.u.ticket_issued.queue));
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
	event = make(EVENT_TICKET_ISSUED);
	memset(event.by, 'a', sizeof(event.by));
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
	event = make(EVENT_TICKET_ISSUED);
	event.at.offset_min = 1441;
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
	event = make(EVENT_TICKET_ISSUED);
	event.version = 4;
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
	event = make(EVENT_RATING);
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
}

/* Whatever decide() lets through fits: every text at its limit, of '"' where names allow it. */
static void test_the_longest(void **state)
{
	char bytes[EVENT_PAYLOAD_MAX];

	(void)state;
	for (int type = 1; type < 200; type++) {
		struct event event = make((enum event_type)(type % 100)), decoded;
		size_t count = 0;
		const struct field *fields = fields_of(event.type, event.version, &count);
		int len;

		if (type >= 100) {
			event.version = event_newest_version(event.type);
			fields = fields_of(event.type, event.version, &count);
		}
		for (size_t i = 0; i < count; i++) {
			char *at = (char *)&event + fields[i].offset;
			int64_t most = INT64_MIN;

			/* Lists of ids hold nothing that is escaped. */
			if (fields[i].kind == FIELD_TEXT)
				memset(at, fields[i].size > CORE_NAME_SIZE ? 'a' : '"',
				       fields[i].size - 1);
			else if (fields[i].kind == FIELD_INT)
				memcpy(at, &most, sizeof(most));
		}
		memset(event.by, '"', sizeof(event.by) - 1);
		len = event_encode(&event, bytes, sizeof(bytes));
		assert_int_equal(len > 0, count > 0);
		if (count == 0)
			continue;
		assert_int_equal(
			event_decode(event.type, event.version, bytes, (size_t)len, &decoded), 0);
		assert_true(fields_equal(&event, &decoded));
	}
}

static void test_ticket_and_window_of_events(void **state)
{
	struct event event = make_at_window(EVENT_TICKET_CALLED);

	(void)state;
	assert_int_equal(event_ticket(&event), 41);
	assert_int_equal(event_window(&event), 3);
	event = make_print(EVENT_PRINT_ENDED);
	assert_int_equal(event_ticket(&event), 41);
	assert_int_equal(event_window(&event), 0);
	event = make(EVENT_WINDOW_PAUSED);
	event.u.window_changed.window = 12;
	assert_int_equal(event_ticket(&event), 0);
	assert_int_equal(event_window(&event), 12);
	event = make(EVENT_TICKET_ISSUED);
	event.u.ticket_issued.ticket = 5;
	assert_int_equal(event_ticket(&event), 5);
	assert_int_equal(event_window(&event), 0);
	event = make(EVENT_DAY_OPENED);
	event.u.day_opened.date = 20260105;
	assert_int_equal(event_ticket(&event), 0);
	assert_int_equal(event_window(&event), 0);
}

/* A clerk's choice came with version 3; a log of version 2 that says so is damaged. */
static void test_reason_of_a_later_version(void **state)
{
	struct event event = make_at_window(EVENT_TICKET_CALLED), decoded;
	char bytes[EVENT_PAYLOAD_MAX];
	int len;

	(void)state;
	strcpy(event.u.ticket_called.queue, "general");
	event.u.ticket_called.reason = CALL_CHOSEN;
	event.u.ticket_called.overtaken = 2;
	event.version = 2;
	assert_int_equal(event_encode(&event, bytes, sizeof(bytes)), -EINVAL);
	event.version = 3;
	pin(&event, AT_WINDOW ",\"queue\":\"general\",\"clerk\":\"\","
			      "\"reason\":\"chosen\",\"overtaken\":2}");
	len = event_encode(&event, bytes, sizeof(bytes));
	assert_true(len > 0);
	assert_int_equal(event_decode(EVENT_TICKET_CALLED, 2, bytes, (size_t)len, &decoded),
			 -EBADMSG);
	assert_int_equal(event_decode(EVENT_TICKET_CALLED, 4, bytes, (size_t)len, &decoded),
			 -ENOTSUP);
	event.version = 2;
	event.u.ticket_called.reason = CALL_RESUMED;
	assert_true(event_encode(&event, bytes, sizeof(bytes)) > 0);
}

/* What a ticket is told came with version 3; of older ones nothing is known, and that is not 0. */
static void test_expected_waits(void **state)
{
	struct event event = make(EVENT_TICKET_ISSUED), decoded;
	struct event_ticket_issued *issued = &event.u.ticket_issued;
	char bytes[EVENT_PAYLOAD_MAX];
	int len;

	(void)state;
	issued->ticket = 41;
	strcpy(issued->number, "A007");
	strcpy(issued->queue, "general");
	strcpy(issued->token, TOKEN);
	issued->arrival_ms = 4900;
	issued->slot_from = 7;
	issued->slot_to = 9;
	issued->expect_ms = 612345;
	issued->expect_low_ms = 300001;
	issued->expect_high_ms = 912346;
	issued->expect_busy = true;
	event.version = 3;
	pin(&event, HEAD "\"ticket\":41,\"number\":\"A007\",\"queue\":\"general\",\"item\":\"\","
			 "\"class\":\"ordinary\",\"origin\":\"panel\",\"arrival_ms\":4900,"
			 "\"pre_reviewed\":0,\"case_ref\":\"\",\"token\":\"" TOKEN "\",\"ahead\":0,"
			 "\"slot_from\":7,\"slot_to\":9,\"expect\":612345,\"expect_low\":300001,"
			 "\"expect_high\":912346,\"expect_busy\":1}");
	for (event.version = 1; event.version < 3; event.version++) {
		len = event_encode(&event, bytes, sizeof(bytes));
		assert_true(len > 0);
		assert_int_equal(
			event_decode(event.type, event.version, bytes, (size_t)len, &decoded), 0);
		assert_int_equal(decoded.u.ticket_issued.slot_to, event.version == 2 ? 9 : 0);
		assert_int_equal(decoded.u.ticket_issued.expect_ms, -1);
		assert_int_equal(decoded.u.ticket_issued.expect_low_ms, -1);
		assert_int_equal(decoded.u.ticket_issued.expect_high_ms, -1);
		assert_false(decoded.u.ticket_issued.expect_busy);
		assert_int_equal(fields_copy(&event, &decoded), 0);
		assert_int_equal(decoded.u.ticket_issued.expect_ms, -1);
		assert_int_equal(decoded.u.ticket_issued.expect_high_ms, -1);
	}
	event = make(EVENT_POLICY_DEFINED);
	event.version = 3;
	event.u.policy_defined.overtakes = -1;
	event.u.policy_defined.expect = true;
	event.u.policy_defined.expect_service_ms = 600000;
	pin(&event, HEAD "\"overtakes\":-1,\"age_ms\":0,\"recalls\":0,\"aside_ms\":0,"
			 "\"early_ms\":0,\"late_ms\":0,\"closes_min\":0,\"service_ms\":0,"
			 "\"print_ms\":0,\"expect\":1,\"expect_service\":600000}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_definitions),
		cmocka_unit_test(test_days_and_windows),
		cmocka_unit_test(test_tickets),
		cmocka_unit_test(test_reason_of_a_later_version),
		cmocka_unit_test(test_expected_waits),
		cmocka_unit_test(test_prints),
		cmocka_unit_test(test_kinds_of_queues),
		cmocka_unit_test(test_filings_and_baselines),
		cmocka_unit_test(test_numbers_at_their_ends),
		cmocka_unit_test(test_foreign_spellings),
		cmocka_unit_test(test_foreign_values),
		cmocka_unit_test(test_every_byte_changed),
		cmocka_unit_test(test_what_cannot_be_encoded),
		cmocka_unit_test(test_the_longest),
		cmocka_unit_test(test_ticket_and_window_of_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
