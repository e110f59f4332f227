/* Names of the log and the API, and the sentences of refusals: the first are for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/hall.h"
#include "src/core/text.h"

static void test_event_types(void **state)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{1, "daemon-started"},	    {2, "hall-defined"},      {3, "queue-defined"},
		{4, "window-defined"},	    {5, "item-defined"},      {10, "day-opened"},
		{11, "day-closed"},	    {20, "ticket-issued"},    {21, "ticket-called"},
		{22, "ticket-recalled"},    {23, "service-started"},  {24, "service-finished"},
		{25, "ticket-no-show"},	    {26, "ticket-parked"},    {27, "ticket-resumed"},
		{28, "ticket-transferred"}, {29, "ticket-cancelled"}, {40, "window-paused"},
		{41, "window-reopened"},    {42, "clerk-signed-in"},  {43, "clerk-signed-out"},
		{44, "help-asked"},	    {45, "help-over"},	      {71, "rating-asked"},
		{50, "print-queued"},	    {51, "print-started"},    {52, "print-ended"},
		{6, "policy-defined"},	    {7, "clerk-defined"},     {8, "log-restored"},
		{30, "ticket-closed"},	    {80, "clock-step"},	      {53, "print-settled"},
		{54, "printer-condition"},  {60, "online-filing"},    {90, "baseline-frozen"},
		{91, "baseline-part"},
	};
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_string_equal(event_type_name((enum event_type)names[i].number),
				    names[i].name);
		assert_int_equal(event_type_by_name(names[i].name), names[i].number);
	}
	for (int type = -5; type < 200; type++)
		known += event_type_name((enum event_type)type) != NULL;
	assert_int_equal(known, sizeof(names) / sizeof(names[0]));
	assert_int_equal(event_type_by_name("ticket"), 0);
	assert_int_equal(event_type_by_name(""), 0);
}

static void test_enumerations(void **state)
{
	static const char *const classes[] = {"ordinary", "priority", "appointment"};
	static const char *const origins[] = {"panel", "api", "desk", "online", "paper"};
	static const char *const outcomes[] = {"printed", "processed", "sent", "failed", "unknown"};
	static const char *const reasons[] = {"unstated",    "order",	    "preference",
					      "priority",    "appointment", "ageing-count",
					      "ageing-time", "resumed",	    "chosen"};
	static const char *const kinds[] = {"unstated", "guide", "assist",
					    "intake",	"issue", "trouble"};
	static const char *const causes[] = {"none", "expired", "served", "cancelled", "closed"};
	static const char *const conditions[] = {"paper-near-end", "paper-end", "cover-open",
						 "cutter-error",   "error",	"offline",
						 "unreachable"};
	static const char *const states[] = {"waiting",	  "called",   "serving",
					     "parked",	  "no-show",  "finished",
					     "cancelled", "uncalled", "closed"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_string_equal(ticket_class_name(i), classes[i]);
		assert_int_equal(ticket_class_by_name(classes[i]), i);
	}
	for (int i = 0; i < 5; i++) {
		assert_string_equal(ticket_origin_name(i), origins[i]);
		assert_int_equal(ticket_origin_by_name(origins[i]), i);
		assert_string_equal(print_outcome_name(i), outcomes[i]);
		assert_int_equal(print_outcome_by_name(outcomes[i]), i);
	}
	for (int i = 0; i < CALL_REASON_COUNT; i++) {
		assert_string_equal(call_reason_name(i), reasons[i]);
		assert_int_equal(call_reason_by_name(reasons[i]), i);
	}
	for (int i = 0; i < PRINT_CAUSE_COUNT; i++) {
		assert_string_equal(print_cause_name(i), causes[i]);
		assert_int_equal(print_cause_by_name(causes[i]), i);
	}
	for (int i = 0; i < CONDITION_COUNT; i++) {
		assert_string_equal(condition_name(i), conditions[i]);
		assert_int_equal(condition_by_name(conditions[i]), i);
	}
	for (int i = 0; i < QUEUE_KIND_COUNT; i++) {
		assert_string_equal(queue_kind_name(i), kinds[i]);
		assert_int_equal(queue_kind_by_name(kinds[i]), i);
	}
	assert_string_equal(baseline_list_name(0), "windows");
	assert_string_equal(baseline_list_name(1), "items");
	assert_int_equal(baseline_list_by_name("items"), 1);
	assert_null(queue_kind_name(QUEUE_KIND_COUNT));
	assert_null(baseline_list_name(2));
	assert_int_equal(queue_kind_by_name("window"), -1);
	assert_null(print_cause_name(PRINT_CAUSE_COUNT));
	assert_null(condition_name(-1));
	assert_int_equal(condition_by_name("paper"), -1);
	for (int i = 0; i < 9; i++)
		assert_string_equal(ticket_state_name((enum ticket_state)(i + 1)), states[i]);
	assert_null(ticket_class_name(-1));
	assert_null(ticket_class_name(3));
	assert_null(ticket_origin_name(5));
	assert_null(print_outcome_name(INT64_MIN));
	assert_null(ticket_state_name((enum ticket_state)0));
	assert_null(ticket_state_name((enum ticket_state)10));
	assert_int_equal(ticket_class_by_name("vip"), -1);
	assert_int_equal(ticket_origin_by_name(""), -1);
	assert_int_equal(print_outcome_by_name("Printed"), -1);
}

static void test_refusals(void **state)
{
	static const char *const codes[REFUSAL_COUNT] = {
		"none",
		"invalid",
		"day-closed",
		"day-open",
		"day-earlier",
		"queue-unknown",
		"queue-retired",
		"queue-full",
		"item-unknown",
		"window-unknown",
		"window-paused",
		"window-not-paused",
		"window-busy",
		"window-idle",
		"nobody-waiting",
		"not-called",
		"not-serving",
		"ticket-unknown",
		"ticket-state",
		"clerk-signed-in",
		"clerk-not-signed-in",
		"print-state",
		"too-many",
		"day-far",
		"quota-day",
		"quota-slot",
		"closing",
		"skill",
		"ageing",
		"paper-number",
		"number-ambiguous",
		"queue-not-here",
		"help-asked",
		"help-not-asked",
		"baseline-taken",
		"period-open",
		"period-empty",
	};

	(void)state;
	for (int i = 0; i < REFUSAL_COUNT; i++) {
		const char *zh = refusal_text_zh((enum refusal)i);
		const char *en = refusal_text_en((enum refusal)i);

		assert_string_equal(refusal_code((enum refusal)i), codes[i]);
		assert_true(text_is_clean(zh) && (unsigned char)zh[0] >= 0xe4);
		assert_true(text_is_clean(en) && en[0] >= 'a' && en[0] <= 'z');
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(zh, refusal_text_zh((enum refusal)k));
			assert_string_not_equal(en, refusal_text_en((enum refusal)k));
		}
	}
	assert_null(refusal_code(REFUSAL_COUNT));
	assert_null(refusal_text_zh((enum refusal) - 1));
	assert_null(refusal_text_en((enum refusal)1000));
}

static void test_texts(void **state)
{
	(void)state;
	assert_true(text_is_id("a") && text_is_id("0.x_y-z"));
	assert_false(text_is_id("") || text_is_id(".a") || text_is_id("A") || text_is_id("a b") ||
		     text_is_id("a,b") || text_is_id("é"));
	assert_true(text_is_prefix("A") && text_is_prefix("ABZ"));
	assert_false(text_is_prefix("") || text_is_prefix("ABCD") || text_is_prefix("a") ||
		     text_is_prefix("A1"));
	assert_true(text_is_token("0123456789abcdef0123456789abcdef"));
	assert_false(text_is_token("0123456789abcdef0123456789abcde"));
	assert_false(text_is_token("0123456789abcdef0123456789abcdeF"));
	assert_true(text_is_clean("中文 \xc2\xa0 text"));
	assert_false(text_is_clean("a\nb") || text_is_clean("\x7f") || text_is_clean("\xc2\x85"));
	assert_true(text_is_utf8("\n\x7f\xf0\x90\x80\x80\xef\xbf\xbf"));
	assert_false(text_is_utf8("\x80") || text_is_utf8("\xe0\x9f\xbf") ||
		     text_is_utf8("\xf0\x8f\xbf\xbf") || text_is_utf8("\xf8\x88\x80\x80\x80") ||
		     text_is_utf8("\xed\xbf\xbf") || text_is_utf8("\xc1\xbf"));
	assert_true(text_fits("abc", 4));
	assert_false(text_fits("abc", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_types),
		cmocka_unit_test(test_enumerations),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
