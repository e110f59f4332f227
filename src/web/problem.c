/* Refusals as application/problem+json (RFC 9457). The code is what programs go by and never
 * changes; titles are for people, in both languages; the detail says which field or state. */
#include "src/web/internal.h"

#include <stdarg.h>
#include <stdio.h>

struct problem_row {
	unsigned int status;
	const char *code, *en, *zh;
};

static const struct problem_row rows[PROBLEM_COUNT] = {
	[PROBLEM_BAD_JSON] = {400, "bad-json", "The body is not a JSON object.",
			      "请求内容不是 JSON 对象。"},
	[PROBLEM_BAD_FIELD] = {400, "bad-field", "A field has a wrong type or form.",
			       "字段的类型或格式不对。"},
	[PROBLEM_UNKNOWN_FIELD] = {400, "unknown-field", "The request has no such field.",
				   "请求中没有这个字段。"},
	[PROBLEM_BAD_QUERY] = {400, "bad-query", "A query parameter is unknown or wrong.",
			       "查询参数未知或有误。"},
	[PROBLEM_BAD_HEADER] = {400, "bad-header", "A header is repeated or malformed.",
				"请求头重复或格式有误。"},
	[PROBLEM_BAD_IDEMPOTENCY_KEY] =
		{400, "bad-idempotency-key",
		 "Idempotency-Key must be 1 to 96 visible ASCII characters.",
		 "Idempotency-Key 须为 1 至 96 个可见 ASCII 字符。"},
	[PROBLEM_BAD_EVENT_ID] = {400, "bad-event-id", "The log has no event with this number.",
				  "日志中没有这个编号的事件。"},
	[PROBLEM_HOST] = {403, "host-not-allowed", "This server does not answer to that host name.",
			  "本服务不接受该主机名。"},
	[PROBLEM_ORIGIN] = {403, "origin-not-allowed", "Pages of another origin may not ask this.",
			    "不接受其他来源的页面发出的请求。"},
	[PROBLEM_NOT_FOUND] = {404, "not-found", "There is nothing at this address.",
			       "该地址不存在。"},
	[PROBLEM_METHOD] = {405, "method-not-allowed", "This address does not take that method.",
			    "该地址不支持此请求方法。"},
	[PROBLEM_BODY_TOO_LARGE] = {413, "body-too-large", "The body is larger than 16 KiB.",
				    "请求内容超过 16 KiB。"},
	[PROBLEM_CONTENT_TYPE] = {415, "content-type", "The body must be application/json.",
				  "请求内容须为 application/json。"},
	[PROBLEM_CONFLICT] = {409, "idempotency-conflict",
			      "This Idempotency-Key was used for another request.",
			      "此 Idempotency-Key 已用于另一请求。"},
	[PROBLEM_TOO_MANY_LISTENERS] = {503, "too-many-listeners", "All event streams are taken.",
					"事件流连接数已满。"},
	[PROBLEM_BUSY] = {503, "busy", "Another baseline is being computed. Try again.",
			  "正在计算另一个基期，请稍后重试。"},
	[PROBLEM_UNREADABLE] = {503, "log-unreadable", "The log cannot be read now. Try again.",
				"日志暂时无法读取，请重试。"},
	[PROBLEM_UNAVAILABLE] = {503, "log-unavailable",
				 "The log takes no writes now. Nothing was changed; try again.",
				 "日志暂时无法写入，未作任何更改，请重试。"},
	[PROBLEM_OUTCOME_UNKNOWN] =
		{503, "outcome-unknown",
		 "The outcome is unknown. Repeat with the same Idempotency-Key.",
		 "结果未知，请用同一 Idempotency-Key 重试。"},
};

/* What a client sent may be quoted here and cut in the middle of a character. */
static json_t *make_text(const char *detail)
{
	char plain[512];
	json_t *text = json_string(detail);
	size_t i;

	if (text)
		return text;
	snprintf(plain, sizeof(plain), "%s", detail);
	for (i = 0; plain[i]; i++) {
		if ((unsigned char)plain[i] >= 0x80)
			plain[i] = '?';
	}
	return json_string(plain);
}

static void respond(struct request *request, const struct problem_row *row, const char *detail)
{
	json_t *json;
	char *text;

	json = json_pack("{s:o, s:s, s:s, s:i, s:s, s:o}", "type",
			 json_sprintf("urn:onewindow:problem:%s", row->code), "title", row->en,
			 "title_zh", row->zh, "status", (int)row->status, "code", row->code,
			 "detail", make_text(detail));
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	request_respond_text(request, row->status, "application/problem+json", text);
	if (row->status == 503)
		request_add_header(request, "Retry-After", "1");
}

void request_problem(struct request *request, enum problem problem, const char *format, ...)
{
	char detail[512];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	respond(request, &rows[problem], detail);
}

static unsigned int refusal_status(enum refusal refusal)
{
	switch (refusal) {
	case REFUSAL_INVALID: return 422;
	case REFUSAL_QUEUE_UNKNOWN:
	case REFUSAL_ITEM_UNKNOWN:
	case REFUSAL_WINDOW_UNKNOWN:
	case REFUSAL_TICKET_UNKNOWN: return 404;
	default: return 409;
	}
}

void request_refusal(struct request *request, enum refusal refusal, const char *detail)
{
	const struct problem_row row = {
		.status = refusal_status(refusal),
		.code = refusal_code(refusal),
		.en = refusal_text_en(refusal),
		.zh = refusal_text_zh(refusal),
	};

	respond(request, &row, detail);
}
