/* Commands as text: what a failed random run is shrunk to, kept as, and replayed from. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/world.h"

enum kind { INT, BOOL, TEXT };

struct part {
	const char *key;
	enum kind kind;
	size_t offset, size;
};

#define P(k, what, member)                                                                         \
	{                                                                                          \
		(k), what, offsetof(struct command, u.member),                                     \
			sizeof(((struct command *)0)->u.member)                                    \
	}

static const struct part start_daemon[] = {
	P("boot", TEXT, start_daemon.boot),
	P("software", TEXT, start_daemon.software),
	{0},
};
static const struct part define_hall[] = {
	P("id", TEXT, define_hall.id),
	P("zh", TEXT, define_hall.zh),
	P("en", TEXT, define_hall.en),
	P("zone", TEXT, define_hall.zone),
	P("target_ms", INT, define_hall.target_ms),
	{0},
};
static const struct part define_queue[] = {
	P("queue", TEXT, define_queue.queue),
	P("zh", TEXT, define_queue.zh),
	P("en", TEXT, define_queue.en),
	P("prefix", TEXT, define_queue.prefix),
	P("first", INT, define_queue.first),
	P("last", INT, define_queue.last),
	P("work", BOOL, define_queue.work),
	P("retired", BOOL, define_queue.retired),
	P("spare", TEXT, define_queue.spare),
	P("paper_first", INT, define_queue.paper_first),
	P("paper_last", INT, define_queue.paper_last),
	P("kind", INT, define_queue.kind),
	{0},
};
static const struct part define_window[] = {
	P("window", INT, define_window.window),	   P("zh", TEXT, define_window.zh),
	P("en", TEXT, define_window.en),	   P("queues", TEXT, define_window.queues),
	P("retired", BOOL, define_window.retired), {0},
};
static const struct part define_item[] = {
	P("item", TEXT, define_item.item),
	P("zh", TEXT, define_item.zh),
	P("en", TEXT, define_item.en),
	P("department", TEXT, define_item.department),
	P("queue", TEXT, define_item.queue),
	P("retired", BOOL, define_item.retired),
	P("skill", TEXT, define_item.skill),
	P("quota", INT, define_item.quota),
	P("slot_min", INT, define_item.slot_min),
	P("slot_quota", INT, define_item.slot_quota),
	{0},
};
static const struct part define_policy[] = {
	P("overtakes", INT, define_policy.overtakes),
	P("age_ms", INT, define_policy.age_ms),
	P("recalls", INT, define_policy.recalls),
	P("aside_ms", INT, define_policy.aside_ms),
	P("early_ms", INT, define_policy.early_ms),
	P("late_ms", INT, define_policy.late_ms),
	P("closes_min", INT, define_policy.closes_min),
	P("service_ms", INT, define_policy.service_ms),
	P("print_ms", INT, define_policy.print_ms),
	P("expect", BOOL, define_policy.expect),
	P("expect_service_ms", INT, define_policy.expect_service_ms),
	{0},
};
static const struct part define_clerk[] = {
	P("clerk", TEXT, define_clerk.clerk),	  P("zh", TEXT, define_clerk.zh),
	P("en", TEXT, define_clerk.en),		  P("skills", TEXT, define_clerk.skills),
	P("retired", BOOL, define_clerk.retired), {0},
};
static const struct part restore_log[] = {
	P("epoch", TEXT, restore_log.epoch),
	P("before", TEXT, restore_log.before),
	{0},
};
static const struct part step_clock[] = {P("step_ms", INT, step_clock.step_ms), {0}};
static const struct part open_day[] = {
	P("date", INT, open_day.date),
	P("operator_word", BOOL, open_day.operator_word),
	{0},
};
static const struct part issue[] = {
	P("queue", TEXT, issue.queue),
	P("item", TEXT, issue.item),
	P("class", INT, issue.class),
	P("origin", INT, issue.origin),
	P("arrival_ms", INT, issue.arrival_ms),
	P("pre_reviewed", BOOL, issue.pre_reviewed),
	P("case_ref", TEXT, issue.case_ref),
	P("token", TEXT, issue.token),
	P("print", BOOL, issue.print),
	P("large", BOOL, issue.large),
	P("printer", TEXT, issue.printer),
	P("slot_from", INT, issue.slot_from),
	P("slot_to", INT, issue.slot_to),
	P("paper_number", INT, issue.paper_number),
	{0},
};
static const struct part at_window[] = {
	P("window", INT, at_window.window),
	P("ticket", INT, at_window.ticket),
	P("queue", TEXT, at_window.queue),
	P("clerk", TEXT, at_window.clerk),
	P("correction", BOOL, at_window.correction),
	P("number", TEXT, at_window.number),
	{0},
};
static const struct part print[] = {
	P("job", INT, print.job),
	P("ticket", INT, print.ticket),
	P("outcome", INT, print.outcome),
	P("printer", TEXT, print.printer),
	P("detail", TEXT, print.detail),
	P("large", INT, print.large),
	{0},
};
static const struct part conditions[] = {
	P("printer", TEXT, printer_conditions.printer),
	P("conditions", INT, printer_conditions.conditions),
	{0},
};
static const struct part file_online[] = {
	P("item", TEXT, file_online.item),
	P("case_ref", TEXT, file_online.case_ref),
	P("filed", INT, file_online.filed),
	{0},
};
static const struct part freeze_baseline[] = {
	P("name", TEXT, freeze_baseline.frozen.name),
	P("from", INT, freeze_baseline.frozen.from),
	P("to", INT, freeze_baseline.frozen.to),
	P("days", INT, freeze_baseline.frozen.days),
	P("visits", INT, freeze_baseline.frozen.visits),
	P("first_seq", INT, freeze_baseline.frozen.first_seq),
	P("last_seq", INT, freeze_baseline.frozen.last_seq),
	P("rows", TEXT, freeze_baseline.frozen.rows),
	P("figures", TEXT, freeze_baseline.frozen.figures),
	P("figures_version", INT, freeze_baseline.frozen.figures_version),
	P("windows", INT, freeze_baseline.frozen.windows),
	P("items", INT, freeze_baseline.frozen.items),
	P("control", TEXT, freeze_baseline.frozen.control),
	P("parts", INT, freeze_baseline.frozen.parts), /* of world_parts */
	{0},
};
static const struct part nothing[] = {{0}};

static const struct {
	const char *name;
	const struct part *parts;
} scripts[COMMAND_TYPE_END] = {
	[COMMAND_START_DAEMON] = {"start-daemon", start_daemon},
	[COMMAND_DEFINE_HALL] = {"define-hall", define_hall},
	[COMMAND_DEFINE_QUEUE] = {"define-queue", define_queue},
	[COMMAND_DEFINE_WINDOW] = {"define-window", define_window},
	[COMMAND_DEFINE_ITEM] = {"define-item", define_item},
	[COMMAND_DEFINE_POLICY] = {"define-policy", define_policy},
	[COMMAND_DEFINE_CLERK] = {"define-clerk", define_clerk},
	[COMMAND_RESTORE_LOG] = {"restore-log", restore_log},
	[COMMAND_STEP_CLOCK] = {"step-clock", step_clock},
	[COMMAND_EXPIRE] = {"expire", nothing},
	[COMMAND_OPEN_DAY] = {"open-day", open_day},
	[COMMAND_CLOSE_DAY] = {"close-day", nothing},
	[COMMAND_ISSUE] = {"issue", issue},
	[COMMAND_CALL_NEXT] = {"call-next", at_window},
	[COMMAND_CALL_NUMBER] = {"call-number", at_window},
	[COMMAND_HELP] = {"help", at_window},
	[COMMAND_HELP_OVER] = {"help-over", at_window},
	[COMMAND_ASK_RATING] = {"ask-rating", at_window},
	[COMMAND_RECALL] = {"recall", at_window},
	[COMMAND_START] = {"start", at_window},
	[COMMAND_FINISH] = {"finish", at_window},
	[COMMAND_NO_SHOW] = {"no-show", at_window},
	[COMMAND_PARK] = {"park", at_window},
	[COMMAND_RESUME] = {"resume", at_window},
	[COMMAND_TRANSFER] = {"transfer", at_window},
	[COMMAND_CANCEL] = {"cancel", at_window},
	[COMMAND_PAUSE] = {"pause", at_window},
	[COMMAND_REOPEN] = {"reopen", at_window},
	[COMMAND_SIGN_IN] = {"sign-in", at_window},
	[COMMAND_SIGN_OUT] = {"sign-out", at_window},
	[COMMAND_PRINT_START] = {"print-start", print},
	[COMMAND_PRINT_END] = {"print-end", print},
	[COMMAND_REPRINT] = {"reprint", print},
	[COMMAND_PRINT_SETTLE] = {"print-settle", print},
	[COMMAND_PRINTER_CONDITIONS] = {"printer-conditions", conditions},
	[COMMAND_FILE_ONLINE] = {"file-online", file_online},
	[COMMAND_FREEZE_BASELINE] = {"freeze-baseline", freeze_baseline},
};

static const struct part header[] = {
	{"at", INT, offsetof(struct command, at.mono_ms), sizeof(int64_t)},
	{"wall", INT, offsetof(struct command, at.wall_ms), sizeof(int64_t)},
	{"by", TEXT, offsetof(struct command, by), CORE_BY_SIZE},
	{0},
};

static size_t write_text(char *out, const char *text, size_t size)
{
	char *begin = out;

	for (size_t i = 0; i < size && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= ' ' || c == '%' || c == 0x7f)
			out += sprintf(out, "%%%02x", c);
		else
			*out++ = (char)c;
	}
	*out = '\0';
	return (size_t)(out - begin);
}

static char *write_parts(char *out, const struct command *command, const struct part *parts)
{
	for (const struct part *part = parts; part->key; part++) {
		const char *at = (const char *)command + part->offset;
		int64_t value = 0;

		if (part->kind == TEXT && !at[0])
			continue;
		if (part->kind == INT)
			memcpy(&value, at, sizeof(value));
		else if (part->kind == BOOL)
			value = *(const bool *)at;
		if (part->kind != TEXT && value == 0)
			continue;
		out += sprintf(out, " %s=", part->key);
		if (part->kind == TEXT)
			out += write_text(out, at, part->size);
		else
			out += sprintf(out, "%" PRId64, value);
	}
	return out;
}

void script_write(const struct command *command, char ret[SCRIPT_LINE_MAX])
{
	char *out = ret;

	out += sprintf(out, "%s off=%d", scripts[command->type].name, (int)command->at.offset_min);
	out = write_parts(out, command, header);
	write_parts(out, command, scripts[command->type].parts);
}

static int read_text(char *ret, size_t size, const char *value)
{
	size_t used = 0;

	while (*value) {
		unsigned c = (unsigned char)*value++;

		if (c == '%') {
			if (sscanf(value, "%2x", &c) != 1)
				return -EINVAL;
			value += 2;
		}
		if (used + 1 >= size)
			return -EINVAL;
		ret[used++] = (char)c;
	}
	ret[used] = '\0';
	return 0;
}

/* 1: the key was one of these. */
static int read_part(const struct part *parts, const char *key, const char *value,
		     struct command *ret)
{
	for (const struct part *part = parts; part->key; part++) {
		char *at = (char *)ret + part->offset;
		int64_t number;

		if (strcmp(part->key, key) != 0)
			continue;
		if (part->kind == TEXT)
			return read_text(at, part->size, value) < 0 ? -EINVAL : 1;
		number = strtoll(value, NULL, 10);
		if (part->kind == INT)
			memcpy(at, &number, sizeof(number));
		else
			*(bool *)at = number != 0;
		return 1;
	}
	return 0;
}

int script_read(const char *line, struct command *ret)
{
	char copy[SCRIPT_LINE_MAX], *rest = NULL, *word;
	int type = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	copy[strcspn(copy, "\r\n")] = '\0';
	memset(ret, 0, sizeof(*ret));
	word = strtok_r(copy, " ", &rest);
	for (int i = 1; word && i < COMMAND_TYPE_END; i++)
		if (!strcmp(scripts[i].name, word))
			type = i;
	if (!type)
		return -EINVAL;
	ret->type = (enum command_type)type;
	if (type == COMMAND_FREEZE_BASELINE)
		ret->u.freeze_baseline.parts = world_parts;
	while ((word = strtok_r(NULL, " ", &rest))) {
		char *value = strchr(word, '=');
		int r;

		if (!value)
			return -EINVAL;
		*value++ = '\0';
		if (!strcmp(word, "off")) {
			ret->at.offset_min = (int32_t)strtol(value, NULL, 10);
			continue;
		}
		r = read_part(header, word, value, ret);
		if (r == 0)
			r = read_part(scripts[type].parts, word, value, ret);
		if (r <= 0)
			return -EINVAL;
	}
	return 0;
}

static void soil_parts(const struct part *parts, const struct command *command, struct command *ret)
{
	for (const struct part *part = parts; part->key; part++) {
		const char *from = (const char *)command + part->offset;
		size_t size = part->size;

		if (part->kind == TEXT && memchr(from, 0, size))
			size = strlen(from) + 1;
		memcpy((char *)ret + part->offset, from, size);
	}
}

void script_soil(const struct command *command, unsigned char junk, struct command *ret)
{
	memset(ret, junk, sizeof(*ret));
	ret->type = command->type;
	ret->at.offset_min = command->at.offset_min;
	soil_parts(header, command, ret);
	if (command->type < COMMAND_TYPE_END && scripts[command->type].parts)
		soil_parts(scripts[command->type].parts, command, ret);
	if (command->type == COMMAND_FREEZE_BASELINE)
		ret->u.freeze_baseline.parts = command->u.freeze_baseline.parts;
}

static const struct part *field_of(const struct command *command, size_t field)
{
	for (const struct part *part = header; part->key; part++)
		if (field-- == 0)
			return part;
	for (const struct part *part = scripts[command->type].parts; part->key; part++)
		if (field-- == 0)
			return part;
	return NULL;
}

const char *script_field(const struct command *command, size_t field)
{
	const struct part *part = field_of(command, field);

	return part ? part->key : NULL;
}

int script_spoil(struct command *command, size_t field, enum script_spoil how)
{
	static const int64_t numbers[SPOIL_COUNT] = {[SPOIL_LEAST] = INT64_MIN,
						     [SPOIL_NEGATIVE] = -1,
						     [SPOIL_GREATEST] = INT64_MAX,
						     [SPOIL_MOMENT] = (int64_t)1 << 53};
	const struct part *part = field_of(command, field);
	char *at;

	if (!part)
		return -1;
	at = (char *)command + part->offset;
	if (part->kind != (how <= SPOIL_CONTROL ? TEXT : INT))
		return 0;
	switch (how) {
	case SPOIL_ENDLESS: memset(at, 'a', part->size); break;
	case SPOIL_BYTES: memcpy(at, "a\xff", 3); break;
	case SPOIL_CONTROL: memcpy(at, "a\x07", 3); break;
	default: memcpy(at, &numbers[how], sizeof(numbers[how]));
	}
	return 1;
}
