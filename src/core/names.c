/* The names that numbers have in the log, the API and documents, and the sentences of refusals. */
#include <string.h>

#include "src/core/hall.h"

static const struct {
	enum event_type type;
	const char *name;
} types[] = {
	{EVENT_DAEMON_STARTED, "daemon-started"},
	{EVENT_HALL_DEFINED, "hall-defined"},
	{EVENT_QUEUE_DEFINED, "queue-defined"},
	{EVENT_WINDOW_DEFINED, "window-defined"},
	{EVENT_ITEM_DEFINED, "item-defined"},
	{EVENT_POLICY_DEFINED, "policy-defined"},
	{EVENT_CLERK_DEFINED, "clerk-defined"},
	{EVENT_LOG_RESTORED, "log-restored"},
	{EVENT_DAY_OPENED, "day-opened"},
	{EVENT_DAY_CLOSED, "day-closed"},
	{EVENT_TICKET_ISSUED, "ticket-issued"},
	{EVENT_TICKET_CALLED, "ticket-called"},
	{EVENT_TICKET_RECALLED, "ticket-recalled"},
	{EVENT_SERVICE_STARTED, "service-started"},
	{EVENT_SERVICE_FINISHED, "service-finished"},
	{EVENT_TICKET_NO_SHOW, "ticket-no-show"},
	{EVENT_TICKET_PARKED, "ticket-parked"},
	{EVENT_TICKET_RESUMED, "ticket-resumed"},
	{EVENT_TICKET_TRANSFERRED, "ticket-transferred"},
	{EVENT_TICKET_CANCELLED, "ticket-cancelled"},
	{EVENT_TICKET_CLOSED, "ticket-closed"},
	{EVENT_WINDOW_PAUSED, "window-paused"},
	{EVENT_WINDOW_REOPENED, "window-reopened"},
	{EVENT_CLERK_SIGNED_IN, "clerk-signed-in"},
	{EVENT_CLERK_SIGNED_OUT, "clerk-signed-out"},
	{EVENT_HELP_ASKED, "help-asked"},
	{EVENT_HELP_OVER, "help-over"},
	{EVENT_RATING_ASKED, "rating-asked"},
	{EVENT_PRINT_QUEUED, "print-queued"},
	{EVENT_PRINT_STARTED, "print-started"},
	{EVENT_PRINT_ENDED, "print-ended"},
	{EVENT_PRINT_SETTLED, "print-settled"},
	{EVENT_PRINTER_CONDITION, "printer-condition"},
	{EVENT_CLOCK_STEP, "clock-step"},
	{EVENT_ONLINE_FILING, "online-filing"},
	{EVENT_BASELINE_FROZEN, "baseline-frozen"},
	{EVENT_BASELINE_PART, "baseline-part"},
};

const char *event_type_name(enum event_type type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

enum event_type event_type_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return types[i].type;
	return (enum event_type)0;
}

static const char *const class_names[CLASS_COUNT] = {"ordinary", "priority", "appointment"};
static const char *const origin_names[ORIGIN_COUNT] = {"panel", "api", "desk", "online", "paper"};
static const char *const outcome_names[PRINT_OUTCOME_COUNT] = {"printed", "processed", "sent",
							       "failed", "unknown"};
static const char *const cause_names[PRINT_CAUSE_COUNT] = {"none", "expired", "served", "cancelled",
							   "closed"};
static const char *const condition_names[CONDITION_COUNT] = {"paper-near-end", "paper-end",
							     "cover-open",     "cutter-error",
							     "error",	       "offline",
							     "unreachable"};

static const char *const reason_names[CALL_REASON_COUNT] = {
	"unstated",	"order",       "preference", "priority", "appointment",
	"ageing-count", "ageing-time", "resumed",    "chosen"};
static const char *const kind_names[QUEUE_KIND_COUNT] = {"unstated", "guide", "assist",
							 "intake",   "issue", "trouble"};
static const char *const list_names[BASELINE_LIST_COUNT] = {"windows", "items"};

static const char *name_of(const char *const *names, int count, int64_t value)
{
	return value >= 0 && value < count ? names[value] : NULL;
}

static int by_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

const char *ticket_class_name(int64_t class)
{
	return name_of(class_names, CLASS_COUNT, class);
}

int ticket_class_by_name(const char *name)
{
	return by_name(class_names, CLASS_COUNT, name);
}

const char *ticket_origin_name(int64_t origin)
{
	return name_of(origin_names, ORIGIN_COUNT, origin);
}

int ticket_origin_by_name(const char *name)
{
	return by_name(origin_names, ORIGIN_COUNT, name);
}

const char *print_outcome_name(int64_t outcome)
{
	return name_of(outcome_names, PRINT_OUTCOME_COUNT, outcome);
}

int print_outcome_by_name(const char *name)
{
	return by_name(outcome_names, PRINT_OUTCOME_COUNT, name);
}

const char *print_cause_name(int64_t cause)
{
	return name_of(cause_names, PRINT_CAUSE_COUNT, cause);
}

int print_cause_by_name(const char *name)
{
	return by_name(cause_names, PRINT_CAUSE_COUNT, name);
}

const char *condition_name(int64_t condition)
{
	return name_of(condition_names, CONDITION_COUNT, condition);
}

int condition_by_name(const char *name)
{
	return by_name(condition_names, CONDITION_COUNT, name);
}

const char *call_reason_name(int64_t reason)
{
	return name_of(reason_names, CALL_REASON_COUNT, reason);
}

int call_reason_by_name(const char *name)
{
	return by_name(reason_names, CALL_REASON_COUNT, name);
}

const char *queue_kind_name(int64_t kind)
{
	return name_of(kind_names, QUEUE_KIND_COUNT, kind);
}

int queue_kind_by_name(const char *name)
{
	return by_name(kind_names, QUEUE_KIND_COUNT, name);
}

const char *baseline_list_name(int64_t list)
{
	return name_of(list_names, BASELINE_LIST_COUNT, list);
}

int baseline_list_by_name(const char *name)
{
	return by_name(list_names, BASELINE_LIST_COUNT, name);
}

const char *ticket_state_name(enum ticket_state state)
{
	static const char *const names[] = {NULL,	"waiting", "called",   "serving",
					    "parked",	"no-show", "finished", "cancelled",
					    "uncalled", "closed"};

	return name_of(names, sizeof(names) / sizeof(names[0]), state);
}

static const struct {
	const char *code, *zh, *en;
} refusals[REFUSAL_COUNT] = {
	[REFUSAL_NONE] = {"none", "无", "none"},
	[REFUSAL_INVALID] = {"invalid", "请求内容不合规定", "a value is not allowed"},
	[REFUSAL_DAY_CLOSED] = {"day-closed", "今日服务尚未开始或已结束", "no service day is open"},
	[REFUSAL_DAY_OPEN] = {"day-open", "服务日已经开始", "a service day is open already"},
	[REFUSAL_DAY_EARLIER] =
		{"day-earlier", "日期不晚于上一个服务日，需管理员确认",
		 "the date is not later than the last service day's; an operator must say so"},
	[REFUSAL_QUEUE_UNKNOWN] = {"queue-unknown", "没有此队列", "there is no such queue"},
	[REFUSAL_QUEUE_RETIRED] = {"queue-retired", "此队列已停用",
				   "this queue is not in use any more"},
	[REFUSAL_QUEUE_FULL] = {"queue-full", "今日号已取完",
				"today's numbers of this queue are used up"},
	[REFUSAL_ITEM_UNKNOWN] = {"item-unknown", "没有此事项", "there is no such item"},
	[REFUSAL_WINDOW_UNKNOWN] = {"window-unknown", "没有此窗口", "there is no such window"},
	[REFUSAL_WINDOW_PAUSED] = {"window-paused", "窗口已暂停服务", "the window is paused"},
	[REFUSAL_WINDOW_NOT_PAUSED] = {"window-not-paused", "窗口没有暂停",
				       "the window is not paused"},
	[REFUSAL_WINDOW_BUSY] =
		{"window-busy", "窗口有已呼叫的号，请先受理、重呼或弃号",
		 "a called ticket is at this window: start, recall or no-show it first"},
	[REFUSAL_WINDOW_IDLE] = {"window-idle", "窗口没有号", "no ticket is at this window"},
	[REFUSAL_NOBODY_WAITING] = {"nobody-waiting", "无人等候", "nobody is waiting"},
	[REFUSAL_NOT_CALLED] = {"not-called", "此号已在受理", "the ticket is being served already"},
	[REFUSAL_NOT_SERVING] = {"not-serving", "此号尚未受理", "the ticket has not been started"},
	[REFUSAL_TICKET_UNKNOWN] = {"ticket-unknown", "今天没有此号",
				    "there is no such ticket today"},
	[REFUSAL_TICKET_STATE] = {"ticket-state", "此号的状态不允许该操作",
				  "the ticket's state does not allow this"},
	[REFUSAL_CLERK_SIGNED_IN] = {"clerk-signed-in", "人员已签到",
				     "a clerk is signed in already"},
	[REFUSAL_CLERK_NOT_SIGNED_IN] = {"clerk-not-signed-in", "无人签到",
					 "no clerk is signed in"},
	[REFUSAL_PRINT_STATE] = {"print-state", "打印任务的状态不允许该操作",
				 "the print job's state does not allow this"},
	[REFUSAL_TOO_MANY] = {"too-many", "数量已达上限", "a limit of the hall is reached"},
	[REFUSAL_DAY_FAR] =
		{"day-far", "日期比上一个服务日晚得多，请核对时钟，由管理员确认",
		 "the date is long after the last service day's; check the clock: an operator must "
		 "say so"},
	[REFUSAL_QUOTA_DAY] = {"quota-day", "此事项今日的号已取完",
			       "today's numbers of this item are used up"},
	[REFUSAL_QUOTA_SLOT] = {"quota-slot", "此事项在该时段的号已取完，请选其他时段",
				"this item's numbers of the time slot are used up; choose another"},
	[REFUSAL_CLOSING] =
		{"closing", "临近下班，现在取号今日已无法办理；已取号的都会办完",
		 "a number taken now could not be served before the hall closes; who has one is "
		 "served"},
	[REFUSAL_SKILL] = {"skill", "所需的技能，本窗口无人具备",
			   "it takes a skill that nobody at this window has"},
	[REFUSAL_AGEING] = {"ageing", "有号等候已达上限，不能再被越过，请先呼叫它",
			    "a ticket may not be overtaken any more; call it first"},
	[REFUSAL_PAPER_NUMBER] =
		{"paper-number", "此号不在预印号段内，或已经录入",
		 "the number is not of the pre-printed block, or was entered already"},
	[REFUSAL_NUMBER_AMBIGUOUS] = {"number-ambiguous",
				      "这几位数字对应不止一个号，请用完整号码呼叫",
				      "the figures fit more than one ticket; call it by its whole "
				      "number"},
	[REFUSAL_QUEUE_NOT_HERE] = {"queue-not-here", "本窗口不办理此号的队列",
				    "this window does not serve the ticket's queue"},
	[REFUSAL_HELP_ASKED] = {"help-asked", "本窗口已请求协助",
				"this window has asked for help already"},
	[REFUSAL_HELP_NOT_ASKED] = {"help-not-asked", "本窗口没有请求协助",
				    "this window has not asked for help"},
	[REFUSAL_BASELINE_TAKEN] = {"baseline-taken",
				    "已有此名称的基期；基期不能修改，请另取名称取代",
				    "a baseline of that name is there; it is never edited, a new "
				    "name supersedes it"},
	[REFUSAL_PERIOD_OPEN] = {"period-open", "期间内的服务日尚未全部结束",
				 "a service day of the period is not over yet"},
	[REFUSAL_PERIOD_EMPTY] = {"period-empty", "期间内没有已结束的服务日",
				  "no service day was closed in the period"},
};

static bool is_refusal(enum refusal refusal)
{
	return (unsigned)refusal < REFUSAL_COUNT;
}

const char *refusal_code(enum refusal refusal)
{
	return is_refusal(refusal) ? refusals[refusal].code : NULL;
}

const char *refusal_text_zh(enum refusal refusal)
{
	return is_refusal(refusal) ? refusals[refusal].zh : NULL;
}

const char *refusal_text_en(enum refusal refusal)
{
	return is_refusal(refusal) ? refusals[refusal].en : NULL;
}
