/* onewindow ticket why NUMBER [--before OTHER]: "why was she called before me?", answered from the
 * log alone. The events are replayed; at each call the state of the one who asks is looked at. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/cli.h"
#include "src/core/hall.h"
#include "src/store/store.h"

enum { SENTENCE_SIZE = 512, CLOCK_SIZE = 16 };

/* What was so when another ticket was called. */
struct moment {
	bool seen;
	uint64_t seq; /* which of two calls was first: moments compare within a boot only */
	struct stamp at;
	int64_t window;
	char number[CORE_NUMBER_SIZE];
	enum call_reason reason;
	bool asker_there, serves_queue, may_serve, earlier; /* earlier: the other one came first */
	bool same_queue, same_class;
	enum ticket_state asker_state;
};

struct person {
	char number[CORE_NUMBER_SIZE];
	int64_t id; /* 0: no such ticket on that day */
	struct stamp issued;
	struct moment called; /* its first call; of the other one rather the first at which the
			       * asker waited, for that is the one that is asked about */
};

struct why {
	struct hall *hall;
	int64_t date; /* wanted; 0: the last one */
	struct person asker, other;
	uint64_t passed; /* calls by which one that came later went before the asker */
	struct moment last_passed;
};

struct why_options {
	const char *log, *before, *number;
	int64_t date;
	enum cli_format format;
};

struct answer {
	char code[32];
	char zh[SENTENCE_SIZE], en[SENTENCE_SIZE];
};

/* ---- replay ---- */

/* Before the call is applied. */
static void look(const struct why *why, const struct event *event, struct moment *ret)
{
	const struct event_ticket_called *call = &event->u.ticket_called;
	const struct ticket *asker = hall_find_ticket(why->hall, why->asker.id);
	const struct ticket *called = hall_find_ticket(why->hall, call->ticket);
	const struct window *window = hall_find_window(why->hall, call->window);

	*ret = (struct moment){
		.seen = true,
		.seq = event->seq,
		.at = event->at,
		.window = call->window,
		.reason = (enum call_reason)call->reason,
		.asker_there = asker != NULL,
	};
	memcpy(ret->number, call->number, sizeof(ret->number));
	if (!asker || !called || !window)
		return;
	ret->asker_state = asker->state;
	ret->serves_queue = hall_serves_queue(window, asker);
	ret->may_serve = hall_may_serve(why->hall, window, asker);
	ret->earlier = hall_came_before(called, asker);
	ret->same_queue = called->queue == asker->queue;
	ret->same_class = called->class == asker->class;
}

static void see_call(struct why *why, const struct event *event)
{
	struct moment moment;

	look(why, event, &moment);
	if (event->u.ticket_called.ticket == why->asker.id && !why->asker.called.seen)
		why->asker.called = moment;
	if (why->other.id && event->u.ticket_called.ticket == why->other.id &&
	    (!why->other.called.seen || (why->other.called.asker_state != TICKET_WAITING &&
					 moment.asker_state == TICKET_WAITING)))
		why->other.called = moment;
	if (moment.asker_there && moment.asker_state == TICKET_WAITING && moment.may_serve &&
	    !moment.earlier && event->u.ticket_called.ticket != why->asker.id) {
		why->passed++;
		why->last_passed = moment;
	}
}

static void see_issue(struct person *person, const struct event *event)
{
	if (strcmp(person->number, event->u.ticket_issued.number))
		return;
	person->id = event->u.ticket_issued.ticket;
	person->issued = event->at;
}

static void forget(struct person *person)
{
	person->id = 0;
	person->called = (struct moment){0};
}

static int see_row(void *user, const struct store_row *row)
{
	struct why *why = user;
	const struct event *event = &row->event;
	bool wanted = !why->date || hall_last_day(why->hall) == why->date;

	if (event->type == EVENT_DAY_OPENED) {
		bool again = event->u.day_opened.date == hall_last_day(why->hall);

		if (why->date && hall_last_day(why->hall) == why->date && !again)
			return 1; /* that day is over: the hall is as it was at its end */
		if (!again) {
			forget(&why->asker);
			forget(&why->other);
			why->passed = 0;
		}
	} else if (event->type == EVENT_TICKET_CALLED && wanted) {
		see_call(why, event);
	} else if (event->type == EVENT_TICKET_ISSUED && wanted) {
		see_issue(&why->asker, event);
		see_issue(&why->other, event);
	}
	return hall_apply(why->hall, event) < 0 ? -EBADMSG : 0;
}

/* ---- sentences ---- */

static const char *clock_of(const struct stamp *at, char ret[CLOCK_SIZE])
{
	time_t seconds = (time_t)(at->wall_ms / 1000 + at->offset_min * 60LL);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(ret, CLOCK_SIZE, "%H:%M:%S", &tm);
	return ret;
}

__attribute__((format(printf, 3, 4))) static void put(char *ret, size_t size, const char *format,
						      ...)
{
	va_list ap;
	size_t used = strlen(ret);

	va_start(ap, format);
	vsnprintf(ret + used, size - used, format, ap);
	va_end(ap);
}

#define ZH(...) put(answer->zh, sizeof(answer->zh), __VA_ARGS__)
#define EN(...) put(answer->en, sizeof(answer->en), __VA_ARGS__)

static const struct {
	const char *code, *zh, *en;
} reasons[CALL_REASON_COUNT] = {
	[CALL_UNSTATED] = {"unstated", "当时的日志未记录叫号原因",
			   "the log of that time does not say why"},
	[CALL_ORDER] = {"order", "按先来先叫的顺序",
			"it came first of all who waited for that window"},
	[CALL_PREFERENCE] = {"preference", "该窗口优先叫它的队列",
			     "that window calls its queue before the others"},
	[CALL_PRIORITY] = {"priority", "它是优先号", "it is a priority ticket"},
	[CALL_APPOINTMENT] = {"appointment", "它是预约号，且在预约时段内",
			      "it has an appointment and was within its time"},
	[CALL_AGEING_COUNT] = {"ageing-count", "它被越过的次数已到上限，不能再被越过",
			       "it had been overtaken as often as the rules allow"},
	[CALL_AGEING_TIME] = {"ageing-time", "它等候的时间已到上限，不能再被越过",
			      "it had waited as long as the rules allow"},
	[CALL_RESUMED] = {"resumed", "它此前已到过窗口，由职员回呼继续办理",
			  "it had been at a window before, and a clerk took it back"},
	[CALL_CHOSEN] = {"chosen", "窗口人员按号码点了它", "a clerk called it by its number"},
};

/* The log's reason is about all who waited; this is the one between the called ticket and the
 * asker, who waited too and might have been called. By queue, then by class, then by arrival: the
 * class of a ticket of another queue was not looked at, and among equals who came first is called.
 */
static enum call_reason reason_towards(const struct moment *call)
{
	switch (call->reason) {
	case CALL_PREFERENCE: return call->same_queue ? CALL_ORDER : CALL_PREFERENCE;
	case CALL_PRIORITY:
	case CALL_APPOINTMENT:
		if (!call->same_queue)
			return CALL_PREFERENCE;
		return call->earlier && call->same_class ? CALL_ORDER : call->reason;
	default: return call->reason;
	}
}

static const char *state_zh(enum ticket_state state)
{
	static const char *const names[] = {
		[TICKET_WAITING] = "等候",   [TICKET_CALLED] = "已呼叫",
		[TICKET_SERVING] = "受理中", [TICKET_PARKED] = "挂起",
		[TICKET_NO_SHOW] = "弃号",   [TICKET_FINISHED] = "办结",
		[TICKET_CANCELLED] = "取消", [TICKET_UNCALLED] = "未呼叫",
		[TICKET_CLOSED] = "已结束",
	};

	return names[state];
}

static void set_code(struct answer *answer, const char *code)
{
	snprintf(answer->code, sizeof(answer->code), "%s", code);
}

/* The asker was no candidate for that call. True if that is the answer. */
static bool answer_absent(const struct why *why, const struct moment *call, struct answer *answer)
{
	const char *me = why->asker.number, *she = why->other.number;
	char issued[CLOCK_SIZE];

	if (!call->asker_there) {
		set_code(answer, "not-there-yet");
		clock_of(&why->asker.issued, issued);
		ZH("因为那时 %s 还没有取号（%s 才取）。", me, issued);
		EN("Because %s had not taken a number yet (it did at %s).", me, issued);
	} else if (call->asker_state != TICKET_WAITING) {
		set_code(answer, "not-waiting");
		ZH("因为那时 %s 不在等候：%s。", me, state_zh(call->asker_state));
		EN("Because %s was not waiting then: its state was %s.", me,
		   ticket_state_name(call->asker_state));
	} else if (!call->serves_queue) {
		set_code(answer, "other-queue");
		ZH("因为 %" PRId64 " 号窗口不办理 %s 的队列，%s 没有占用 %s 的位置。", call->window,
		   me, she, me);
		EN("Because window %" PRId64 " does not serve the queue of %s; %s did not take its "
		   "place.",
		   call->window, me, she);
	} else if (!call->may_serve) {
		set_code(answer, "skill");
		ZH("因为 %s 的事项须由有相应技能的职员办理，%" PRId64 " 号窗口当时没有。", me,
		   call->window);
		EN("Because the item of %s needs a skill that nobody at window %" PRId64
		   " had then.",
		   me, call->window);
	} else {
		return false;
	}
	return true;
}

static void answer_reason(const struct why *why, const struct moment *call, struct answer *answer)
{
	enum call_reason reason = reason_towards(call);
	bool by_arrival = reason == CALL_UNSTATED || reason == CALL_ORDER;
	bool whole = !by_arrival || reason == call->reason; /* it is so of all who waited */

	set_code(answer, reasons[reason].code);
	ZH("原因：%s%s", whole ? reasons[reason].zh : "", whole && by_arrival ? "；" : "");
	EN("The reason: %s%s", whole ? reasons[reason].en : "", whole && by_arrival ? "; " : "");
	if (by_arrival) {
		ZH("%s 比 %s %s", why->other.number, why->asker.number,
		   call->earlier ? "先到" : "后到");
		EN("%s came %s %s", why->other.number, call->earlier ? "before" : "after",
		   why->asker.number);
	}
	ZH("。");
	EN(".");
}

static void answer_before(const struct why *why, struct answer *answer)
{
	const struct moment *she = &why->other.called, *me = &why->asker.called;
	char at[CLOCK_SIZE], mine[CLOCK_SIZE];

	if (!she->seen) {
		set_code(answer, "not-called");
		ZH("%s 还没有被叫过。", why->other.number);
		EN("%s has not been called.", why->other.number);
		return;
	}
	clock_of(&she->at, at);
	if (me->seen && (me->seq < she->seq && me->asker_there && she->asker_there &&
			 she->asker_state != TICKET_WAITING)) {
		clock_of(&me->at, mine);
		set_code(answer, "called-earlier");
		ZH("%s 先被叫：%s 在 %s，%s 在 %s。", why->asker.number, why->asker.number, mine,
		   why->other.number, at);
		EN("%s was called first: %s at %s, %s at %s.", why->asker.number, why->asker.number,
		   mine, why->other.number, at);
		return;
	}
	ZH("%s 在 %s 被叫到 %" PRId64 " 号窗口。", why->other.number, at, she->window);
	EN("%s was called to window %" PRId64 " at %s. ", why->other.number, she->window, at);
	if (answer_absent(why, she, answer))
		return;
	answer_reason(why, she, answer);
}

static void answer_alone(const struct why *why, struct answer *answer)
{
	const struct ticket *ticket = hall_find_ticket(why->hall, why->asker.id);
	char issued[CLOCK_SIZE], at[CLOCK_SIZE];

	clock_of(&why->asker.issued, issued);
	set_code(answer, why->asker.called.seen ? "called" : "not-called");
	ZH("%s 在 %s 取号", why->asker.number, issued);
	EN("%s took its number at %s", why->asker.number, issued);
	if (why->asker.called.seen) {
		clock_of(&why->asker.called.at, at);
		ZH("，%s 被叫到 %" PRId64 " 号窗口（%s）", at, why->asker.called.window,
		   reasons[why->asker.called.reason].zh);
		EN(", and was called to window %" PRId64 " at %s (%s)", why->asker.called.window,
		   at, reasons[why->asker.called.reason].en);
	} else if (ticket && ticket->state == TICKET_WAITING) {
		ZH("，仍在等候，前面还有 %zu 位", hall_ahead(why->hall, ticket));
		EN(", and still waits with %zu before it", hall_ahead(why->hall, ticket));
	} else if (ticket) {
		ZH("，没有被叫过：%s", state_zh(ticket->state));
		EN(", was never called, and is %s", ticket_state_name(ticket->state));
	}
	ZH("；等候中有 %" PRIu64 " 个后来的号先被叫。", why->passed);
	EN("; while it waited, %" PRIu64 " that came later were called before it.", why->passed);
	if (why->passed) {
		const enum call_reason reason = reason_towards(&why->last_passed);

		ZH("最近一次是 %s：%s。", why->last_passed.number, reasons[reason].zh);
		EN(" The last was %s: %s.", why->last_passed.number, reasons[reason].en);
	}
}

/* ---- the command ---- */

static bool take_number(const char *word, char ret[CORE_NUMBER_SIZE])
{
	size_t len = strlen(word);

	if (!len || len >= CORE_NUMBER_SIZE)
		return false;
	for (size_t i = 0; i <= len; i++)
		ret[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 'a' + 'A' : word[i]);
	return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct why_options *options = state->input;

	switch (key) {
	case 'l': options->log = arg; break;
	case 'b': options->before = arg; break;
	case 'd':
		options->date = cli_parse_date(arg);
		if (!options->date)
			argp_error(state, "\"%s\" 不是日期 is no date; write it as 2026-11-24",
				   arg);
		break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format %s: 可选 allowed are text, json", arg);
		break;
	case ARGP_KEY_ARG:
		if (options->number)
			argp_error(state, "只能给一个号码 one number, please");
		options->number = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int print_answer(const struct why_options *options, const struct why *why,
			const struct answer *answer)
{
	json_t *json;

	if (options->format != CLI_JSON) {
		printf("%s\n%s\n", answer->zh, answer->en);
		return CLI_OK;
	}
	json = json_pack("{s:s, s:s?, s:s, s:s, s:s}", "number", why->asker.number, "before",
			 options->before ? why->other.number : NULL, "reason", answer->code, "zh",
			 answer->zh, "en", answer->en);
	if (!json || json_dumpf(json, stdout, JSON_COMPACT) < 0) {
		json_decref(json);
		return CLI_REFUSED;
	}
	printf("\n");
	json_decref(json);
	return CLI_OK;
}

static int unknown(const char *number, int64_t date)
{
	fprintf(stderr,
		"onewindow ticket why: 该日没有号票 %s；可用 --date 指明 there is no ticket %s on "
		"that day (%lld); "
		"--date names another\n",
		number, number, (long long)date);
	return CLI_REFUSED;
}

static int answer_from(const struct why_options *options, struct why *why)
{
	struct answer answer = {.code = ""};
	int64_t date = why->date ? why->date : hall_last_day(why->hall);

	if (!why->asker.id)
		return unknown(why->asker.number, date);
	if (options->before && !why->other.id)
		return unknown(why->other.number, date);
	if (options->before)
		answer_before(why, &answer);
	else
		answer_alone(why, &answer);
	return print_answer(options, why, &answer);
}

static int replay(struct why *why, const char *path)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";
	int r = store_reader_open(&reader, path, error);

	if (r == 0)
		r = hall_create(&why->hall);
	if (r == 0)
		r = store_reader_each(reader, 1, UINT64_MAX, see_row, why);
	if (r < 0 && reader)
		snprintf(error, sizeof(error), "%s", store_reader_detail(reader));
	store_reader_close(reader);
	if (r < 0)
		return cli_log_fail("ticket why", path, error, r);
	return CLI_OK;
}

int cli_why(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"log", 'l', "FILE", 0, "日志 the log (needed)", 0},
		{"before", 'b', "OTHER", 0, "OTHER 为何先叫 why was OTHER called before NUMBER?",
		 0},
		{"date", 'd', "YYYY-MM-DD", 0, "服务日 the service day (default: the last one)", 0},
		{"format", 'f', "text|json", 0, "输出格式 how to print", 0},
		{0},
	};
	struct argp argp = {list,
			    parse,
			    "NUMBER",
			    "Say from the log why a ticket was called when it was. "
			    "从日志说明叫号先后的原因。",
			    NULL,
			    NULL,
			    NULL};
	struct why_options options = {0};
	struct why *why;
	int r;

	r = cli_parse(&argp, argc, argv, &options);
	if (r)
		return r;
	if (!options.log || !options.number)
		return cli_usage("ticket why",
				 "应为 expected: why NUMBER --log FILE [--before OTHER]");
	why = calloc(1, sizeof(*why));
	if (!why)
		return CLI_REFUSED;
	why->date = options.date;
	if (!take_number(options.number, why->asker.number) ||
	    (options.before && !take_number(options.before, why->other.number))) {
		r = cli_usage("ticket why", "号码照票面书写 a number is text such as A001");
	} else if (options.before && !strcmp(why->asker.number, why->other.number)) {
		r = cli_usage("ticket why", "%s, %s 是同一张票 are the same ticket",
			      why->asker.number, why->other.number);
	} else {
		r = replay(why, options.log);
		if (r == CLI_OK)
			r = answer_from(&options, why);
	}
	hall_destroy(why->hall);
	free(why);
	return r;
}
