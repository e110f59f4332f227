/* The fields of the state's records, and a record as bytes and back. */
#include "src/core/record.h"

#include <errno.h>
#include <string.h>

#define V(valuekind, type, member)                                                                 \
	{                                                                                          \
		.kind = (valuekind), .offset = offsetof(type, member),                             \
		.size = sizeof(((type *)0)->member),                                               \
	}
#define INT(type, member)   V(VALUE_INT, type, member)
#define COUNT(type, member) V(VALUE_COUNT, type, member)
#define BOOL(type, member)  V(VALUE_BOOL, type, member)
#define TEXT(type, member)  V(VALUE_TEXT, type, member)

static const struct value hall_values[] = {
	COUNT(struct hall, seq),
	TEXT(struct hall, definition.id),
	TEXT(struct hall, definition.zh),
	TEXT(struct hall, definition.en),
	TEXT(struct hall, definition.zone),
	INT(struct hall, definition.target_ms),
	INT(struct hall, policy.overtakes),
	INT(struct hall, policy.age_ms),
	INT(struct hall, policy.recalls),
	INT(struct hall, policy.aside_ms),
	INT(struct hall, policy.early_ms),
	INT(struct hall, policy.late_ms),
	INT(struct hall, policy.closes_min),
	INT(struct hall, policy.service_ms),
	INT(struct hall, policy.print_ms),
	BOOL(struct hall, policy.expect),
	INT(struct hall, policy.expect_service_ms),
	TEXT(struct hall, boot),
	TEXT(struct hall, epoch),
	COUNT(struct hall, started_seq),
	COUNT(struct hall, restored_seq),
	COUNT(struct hall, boots),
	INT(struct hall, mono_ms),
	INT(struct hall, wall_ms),
	INT(struct hall, clock_ms),
	INT(struct hall, stepped_ms),
	INT(struct hall, day),
	INT(struct hall, last_day),
	INT(struct hall, day_counter),
	COUNT(struct hall, floor),
	COUNT(struct hall, paper_floor),
	COUNT(struct hall, lowest_before),
	COUNT(struct hall, paper_before),
	INT(struct hall, last_ticket),
	INT(struct hall, last_job),
	COUNT(struct hall, started_jobs),
	COUNT(struct hall, aside),
	COUNT(struct hall, queue_count),
	COUNT(struct hall, window_count),
	COUNT(struct hall, item_count),
	COUNT(struct hall, clerk_count),
	COUNT(struct hall, ticket_count),
	COUNT(struct hall, job_count),
	COUNT(struct hall, mark_count),
	COUNT(struct hall, printer_count),
	COUNT(struct hall, baseline_count),
};

_Static_assert(sizeof(struct hall) + 64 <= RECORD_BYTES_MAX, "a hall fits");

#define LEARNT(type, member)                                                                       \
	INT(type, member.n), INT(type, member.sum_ms), INT(type, member.squares)

#define LINE(class)                                                                                \
	INT(struct queue_state, lines[class].first), INT(struct queue_state, lines[class].last)

static const struct value queue_values[] = {
	TEXT(struct queue_state, queue.def.queue),
	TEXT(struct queue_state, queue.def.zh),
	TEXT(struct queue_state, queue.def.en),
	TEXT(struct queue_state, queue.def.prefix),
	INT(struct queue_state, queue.def.first),
	INT(struct queue_state, queue.def.last),
	BOOL(struct queue_state, queue.def.work),
	BOOL(struct queue_state, queue.def.retired),
	TEXT(struct queue_state, queue.def.spare),
	INT(struct queue_state, queue.def.paper_first),
	INT(struct queue_state, queue.def.paper_last),
	INT(struct queue_state, queue.def.kind),
	COUNT(struct queue_state, queue.next_number),
	COUNT(struct queue_state, queue.next_spare),
	COUNT(struct queue_state, queue.waiting[CLASS_ORDINARY]),
	COUNT(struct queue_state, queue.waiting[CLASS_PRIORITY]),
	COUNT(struct queue_state, queue.waiting[CLASS_APPOINTMENT]),
	LINE(CLASS_ORDINARY),
	LINE(CLASS_PRIORITY),
	LINE(CLASS_APPOINTMENT),
	LEARNT(struct queue_state, queue.held),
	LEARNT(struct queue_state, queue.held_plain),
};
_Static_assert(CLASS_COUNT == 3, "each class has a line above");
_Static_assert(sizeof(struct queue_state) + 64 <= RECORD_BYTES_MAX, "a queue fits");

#define QUEUES_4(i)                                                                                \
	COUNT(struct window, queues[i]), COUNT(struct window, queues[(i) + 1]),                    \
		COUNT(struct window, queues[(i) + 2]), COUNT(struct window, queues[(i) + 3])

static const struct value window_values[] = {
	INT(struct window, def.window),
	TEXT(struct window, def.zh),
	TEXT(struct window, def.en),
	TEXT(struct window, def.queues),
	BOOL(struct window, def.retired),
	QUEUES_4(0),
	QUEUES_4(4),
	QUEUES_4(8),
	QUEUES_4(12),
	COUNT(struct window, queue_count),
	BOOL(struct window, paused),
	BOOL(struct window, help),
	TEXT(struct window, clerk),
	INT(struct window, ticket),
	INT(struct window, last_ticket),
	BOOL(struct window, present),
	BOOL(struct window, seen),
	BOOL(struct window, seen_before),
};
_Static_assert(CORE_MAX_WINDOW_QUEUES == 16, "each queue of a window stands above");
_Static_assert(sizeof(struct window) + 64 <= RECORD_BYTES_MAX, "a window, the longest row, fits");

static const struct value item_values[] = {
	TEXT(struct item, def.item),	TEXT(struct item, def.zh),
	TEXT(struct item, def.en),	TEXT(struct item, def.department),
	TEXT(struct item, def.queue),	BOOL(struct item, def.retired),
	TEXT(struct item, def.skill),	INT(struct item, def.quota),
	INT(struct item, def.slot_min), INT(struct item, def.slot_quota),
	COUNT(struct item, queue),	LEARNT(struct item, held),
};

static const struct value clerk_values[] = {
	TEXT(struct clerk, def.clerk),	TEXT(struct clerk, def.zh),	 TEXT(struct clerk, def.en),
	TEXT(struct clerk, def.skills), BOOL(struct clerk, def.retired),
};

static const struct value ticket_values[] = {
	INT(struct ticket, id),
	TEXT(struct ticket, number),
	TEXT(struct ticket, token),
	COUNT(struct ticket, state),
	COUNT(struct ticket, queue),
	INT(struct ticket, item),
	COUNT(struct ticket, class),
	INT(struct ticket, window),
	COUNT(struct ticket, leg),
	COUNT(struct ticket, calls),
	INT(struct ticket, issued_wall_ms),
	INT(struct ticket, arrival_ms),
	INT(struct ticket, leg_start_ms),
	INT(struct ticket, called_ms),
	COUNT(struct ticket, order),
	COUNT(struct ticket, boot),
	COUNT(struct ticket, leg_boot),
	COUNT(struct ticket, called_boot),
	INT(struct ticket, waited_ms),
	INT(struct ticket, aside_ms),
	INT(struct ticket, since_ms),
	INT(struct ticket, slot_from),
	INT(struct ticket, slot_to),
	INT(struct ticket, expect_ms),
	INT(struct ticket, expect_low_ms),
	INT(struct ticket, expect_high_ms),
	BOOL(struct ticket, expect_busy),
	INT(struct ticket, overtaken),
	BOOL(struct ticket, correction),
	BOOL(struct ticket, paper),
	INT(struct ticket, job),
};

static const struct value node_values[] = {
	INT(struct node, next),
	INT(struct node, previous),
};

static const struct value job_values[] = {
	INT(struct job, id),	    INT(struct job, ticket),   INT(struct job, copy),
	INT(struct job, tries),	    COUNT(struct job, state),  COUNT(struct job, outcome),
	COUNT(struct job, cause),   BOOL(struct job, word),    BOOL(struct job, large),
	BOOL(struct job, settled),  TEXT(struct job, printer), TEXT(struct job, wanted),
	TEXT(struct job, by),	    TEXT(struct job, detail),  INT(struct job, wall_ms),
	INT(struct job, waited_ms), INT(struct job, since_ms),
};

static const struct value printer_values[] = {
	TEXT(struct hall_printer, id),
	COUNT(struct hall_printer, conditions),
	INT(struct hall_printer, since_ms[CONDITION_PAPER_NEAR_END]),
	INT(struct hall_printer, since_ms[CONDITION_PAPER_END]),
	INT(struct hall_printer, since_ms[CONDITION_COVER_OPEN]),
	INT(struct hall_printer, since_ms[CONDITION_CUTTER_ERROR]),
	INT(struct hall_printer, since_ms[CONDITION_ERROR]),
	INT(struct hall_printer, since_ms[CONDITION_OFFLINE]),
	INT(struct hall_printer, since_ms[CONDITION_UNREACHABLE]),
};
_Static_assert(CONDITION_COUNT == 7, "each condition stands above");

static const struct value day_values[] = {
	INT(struct day_mark, date),	 COUNT(struct day_mark, lowest),
	COUNT(struct day_mark, highest), COUNT(struct day_mark, paper_lowest),
	COUNT(struct day_mark, paper),
};

static const struct value baseline_values[] = {
	TEXT(struct baseline, name),
	COUNT(struct baseline, seq),
	COUNT(struct baseline, parts),
	COUNT(struct baseline, told),
};

#define RECORD(list, row, of, with)                                                                \
	{                                                                                          \
		.values = row##_values,                                                            \
		.value_count = sizeof(row##_values) / sizeof(struct value),                        \
		.row_size = sizeof(*((struct hall *)0)->list),                                     \
		.rows = offsetof(struct hall, list), .count = offsetof(struct hall, of##_count),   \
		.reserve = (with),                                                                 \
	}

const struct record records[RECORD_COUNT] = {
	[RECORD_QUEUES] = RECORD(queues, queue, queue, EVENT_QUEUE_DEFINED),
	[RECORD_WINDOWS] = RECORD(windows, window, window, EVENT_WINDOW_DEFINED),
	[RECORD_ITEMS] = RECORD(items, item, item, EVENT_ITEM_DEFINED),
	[RECORD_CLERKS] = RECORD(clerks, clerk, clerk, EVENT_CLERK_DEFINED),
	[RECORD_TICKETS] = RECORD(tickets, ticket, ticket, EVENT_TICKET_ISSUED),
	[RECORD_NODES] = RECORD(nodes, node, ticket, (enum event_type)0),
	[RECORD_JOBS] = RECORD(jobs, job, job, EVENT_PRINT_QUEUED),
	[RECORD_DAYS] = RECORD(days, day, mark, EVENT_DAY_OPENED),
	[RECORD_PRINTERS] = RECORD(printers, printer, printer, EVENT_PRINTER_CONDITION),
	[RECORD_BASELINES] = RECORD(baselines, baseline, baseline, EVENT_BASELINE_FROZEN),
};

const struct record record_hall = {
	.values = hall_values,
	.value_count = sizeof(hall_values) / sizeof(struct value),
	.row_size = sizeof(struct hall),
};

size_t record_rows(const struct hall *hall, const struct record *record)
{
	size_t count;

	memcpy(&count, (const char *)hall + record->count, sizeof(count));
	return count;
}

const void *record_row(const struct hall *hall, const struct record *record, size_t i)
{
	const char *rows;

	memcpy(&rows, (const char *)hall + record->rows, sizeof(rows));
	return rows + i * record->row_size;
}

/* ---- bytes -------------------------------------------------------------------------------------
 */

/* A value's own bytes as a number; booleans are read as a byte, enumerations as unsigned. */
static uint64_t fetch(const struct value *value, const char *at)
{
	uint64_t wide;
	uint32_t narrow;
	int32_t signed_narrow;

	if (value->size == sizeof(wide)) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	if (value->kind == VALUE_BOOL)
		return *at != 0;
	if (value->kind == VALUE_INT) {
		memcpy(&signed_narrow, at, sizeof(signed_narrow));
		return (uint64_t)(int64_t)signed_narrow;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return narrow;
}

static bool put(const struct value *value, uint64_t number, char *at)
{
	if (value->kind == VALUE_BOOL) {
		*at = (char)number;
		return number <= 1;
	}
	if (value->size == sizeof(number)) {
		memcpy(at, &number, sizeof(number));
		return true;
	}
	if (value->kind == VALUE_INT) {
		int64_t wide = (int64_t)number;
		int32_t narrow = (int32_t)wide;

		memcpy(at, &narrow, sizeof(narrow));
		return narrow == wide;
	}
	memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
	return number <= UINT32_MAX;
}

static size_t write_number(uint8_t *bytes, uint64_t number)
{
	size_t len = 0;

	for (; number >= 0x80; number >>= 7)
		bytes[len++] = (uint8_t)(number | 0x80);
	bytes[len++] = (uint8_t)number;
	return len;
}

/* 0: cut off or longer than 64 bits. */
static size_t read_number(const uint8_t *bytes, size_t size, uint64_t *ret)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size && i < 10; i++) {
		number |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
		if (!(bytes[i] & 0x80)) {
			*ret = number;
			return i == 9 && bytes[i] > 1 ? 0 : i + 1;
		}
	}
	return 0;
}

size_t record_write(const struct record *record, const void *row,
		    uint8_t ret_bytes[RECORD_BYTES_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < record->value_count; i++) {
		const struct value *value = &record->values[i];
		const char *at = (const char *)row + value->offset;
		uint64_t number = value->kind == VALUE_TEXT ? strlen(at) : fetch(value, at);

		if (value->kind == VALUE_INT)
			number = number << 1 ^ (number >> 63 ? UINT64_MAX : 0);
		len += write_number(ret_bytes + len, number);
		/* without its NUL: the number of bytes stands before it */
		for (; value->kind == VALUE_TEXT && *at; at++)
			ret_bytes[len++] = (uint8_t)*at;
	}
	return len;
}

int record_read(const struct record *record, const uint8_t *bytes, size_t size, void *ret_row)
{
	size_t at = 0;

	for (size_t i = 0; i < record->value_count; i++) {
		const struct value *value = &record->values[i];
		char *to = (char *)ret_row + value->offset;
		uint64_t number;
		size_t len = read_number(bytes + at, size - at, &number);

		if (!len)
			return -EBADMSG;
		at += len;
		if (value->kind == VALUE_INT)
			number = number >> 1 ^ (number & 1 ? UINT64_MAX : 0);
		if (value->kind != VALUE_TEXT) {
			if (!put(value, number, to))
				return -EBADMSG;
			continue;
		}
		if (number >= value->size || number > size - at ||
		    memchr(bytes + at, '\0', (size_t)number))
			return -EBADMSG;
		memset(to, 0, value->size);
		memcpy(to, bytes + at, (size_t)number);
		at += (size_t)number;
	}
	return (int)at;
}
