/* Are two halls the same, and a digest of one. Both go by one list of each record's fields, so
 * neither can forget one that the other knows, and padding never counts. Texts are kept with zeros
 * behind their end (apply.c sees to it), so they compare as bytes. The indexes are derived and stay
 * out. */
#include <string.h>

#include "src/core/state.h"

/* One record spelled out: large enough for a window, the largest. */
struct spelled {
	size_t len;
	unsigned char bytes[2048];
};

static void spell(struct spelled *out, const void *bytes, size_t len)
{
	memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
}

static void spell_number(struct spelled *out, int64_t value)
{
	spell(out, &value, sizeof(value));
}

_Static_assert(sizeof(struct hall) < sizeof(((struct spelled *)0)->bytes), "a hall fits");
_Static_assert(sizeof(struct window) < sizeof(((struct spelled *)0)->bytes), "a window fits");
_Static_assert(sizeof(struct queue_state) < sizeof(((struct spelled *)0)->bytes), "a queue fits");

static void spell_hall(struct spelled *out, const struct hall *hall)
{
	const int64_t numbers[] = {
		(int64_t)hall->seq,
		hall->boots,
		hall->mono_ms,
		hall->wall_ms,
		hall->day,
		hall->last_day,
		hall->day_counter,
		hall->floor,
		hall->paper_floor,
		hall->last_ticket,
		hall->last_job,
		hall->started_jobs,
		hall->aside,
		(int64_t)hall->queue_count,
		(int64_t)hall->window_count,
		(int64_t)hall->item_count,
		(int64_t)hall->clerk_count,
		(int64_t)hall->ticket_count,
		(int64_t)hall->job_count,
		(int64_t)hall->mark_count,
	};

	spell(out, numbers, sizeof(numbers));
	spell(out, &hall->definition, sizeof(hall->definition));
	spell(out, &hall->policy, sizeof(hall->policy));
	spell(out, hall->boot, sizeof(hall->boot));
}

static void spell_queue(struct spelled *out, const struct hall *hall, size_t i)
{
	const struct queue_state *state = &hall->queues[i];

	spell(out, &state->queue.def, sizeof(state->queue.def));
	spell_number(out, state->queue.next_number);
	spell_number(out, state->queue.next_spare);
	for (int class = 0; class < CLASS_COUNT; class ++) {
		spell_number(out, state->queue.waiting[class]);
		spell_number(out, state->lines[class].first);
		spell_number(out, state->lines[class].last);
	}
}

static void spell_window(struct spelled *out, const struct hall *hall, size_t i)
{
	const struct window *window = &hall->windows[i];

	spell(out, &window->def, sizeof(window->def));
	spell(out, window->queues, sizeof(window->queues));
	spell_number(out, window->queue_count);
	spell_number(out, window->paused);
	spell(out, window->clerk, sizeof(window->clerk));
	spell_number(out, window->ticket);
	spell_number(out, window->last_ticket);
}

static void spell_item(struct spelled *out, const struct hall *hall, size_t i)
{
	spell(out, &hall->items[i].def, sizeof(hall->items[i].def));
}

static void spell_clerk(struct spelled *out, const struct hall *hall, size_t i)
{
	spell(out, &hall->clerks[i].def, sizeof(hall->clerks[i].def));
}

static void spell_ticket(struct spelled *out, const struct hall *hall, size_t i)
{
	const struct ticket *ticket = &hall->tickets[i];
	const int64_t numbers[] = {
		ticket->id,
		ticket->state,
		ticket->queue,
		ticket->item,
		ticket->class,
		ticket->window,
		ticket->leg,
		ticket->calls,
		ticket->issued_wall_ms,
		ticket->arrival_ms,
		ticket->leg_start_ms,
		ticket->called_ms,
		(int64_t)ticket->order,
		ticket->boot,
		ticket->leg_boot,
		ticket->called_boot,
		ticket->waited_ms,
		ticket->aside_ms,
		ticket->since_ms,
		ticket->slot_from,
		ticket->slot_to,
		ticket->overtaken,
		ticket->correction,
		ticket->paper,
		ticket->job,
		hall->nodes[i].next,
		hall->nodes[i].previous,
	};

	spell(out, numbers, sizeof(numbers));
	spell(out, ticket->number, sizeof(ticket->number));
	spell(out, ticket->token, sizeof(ticket->token));
}

static void spell_job(struct spelled *out, const struct hall *hall, size_t i)
{
	const struct job *job = &hall->jobs[i];

	spell_number(out, job->id);
	spell_number(out, job->ticket);
	spell_number(out, job->copy);
	spell_number(out, job->state);
	spell_number(out, job->outcome);
	spell(out, job->printer, sizeof(job->printer));
}

static void spell_day(struct spelled *out, const struct hall *hall, size_t i)
{
	spell_number(out, hall->days[i].date);
	spell_number(out, hall->days[i].highest);
	spell_number(out, hall->days[i].paper);
}

static const struct {
	void (*spell)(struct spelled *out, const struct hall *hall, size_t i);
	size_t count; /* where struct hall has it */
} records[] = {
	{spell_queue, offsetof(struct hall, queue_count)},
	{spell_window, offsetof(struct hall, window_count)},
	{spell_item, offsetof(struct hall, item_count)},
	{spell_clerk, offsetof(struct hall, clerk_count)},
	{spell_ticket, offsetof(struct hall, ticket_count)},
	{spell_job, offsetof(struct hall, job_count)},
	{spell_day, offsetof(struct hall, mark_count)},
};

enum { RECORD_KINDS = sizeof(records) / sizeof(records[0]) };

static size_t count_of(const struct hall *hall, int kind)
{
	size_t count;

	memcpy(&count, (const char *)hall + records[kind].count, sizeof(count));
	return count;
}

/* FNV-1a over words, folded so that high bits come down too. */
static uint64_t mix(uint64_t digest, const struct spelled *spelled)
{
	for (size_t i = 0; i < spelled->len; i += sizeof(uint64_t)) {
		size_t left = spelled->len - i;
		uint64_t word = 0;

		memcpy(&word, spelled->bytes + i, left < sizeof(word) ? left : sizeof(word));
		digest = (digest ^ word) * 0x100000001b3u;
		digest ^= digest >> 29;
	}
	return digest;
}

uint64_t hall_digest(const struct hall *hall)
{
	struct spelled spelled;
	uint64_t digest;

	spelled.len = 0;
	spell_hall(&spelled, hall);
	digest = mix(0xcbf29ce484222325u, &spelled);
	for (int kind = 0; kind < RECORD_KINDS; kind++) {
		for (size_t i = 0; i < count_of(hall, kind); i++) {
			spelled.len = 0;
			records[kind].spell(&spelled, hall, i);
			digest = mix(digest, &spelled);
		}
	}
	return digest;
}

static bool same(const struct spelled *a, const struct spelled *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

bool hall_equal(const struct hall *a, const struct hall *b)
{
	struct spelled one, other;

	one.len = other.len = 0;
	spell_hall(&one, a);
	spell_hall(&other, b);
	if (!same(&one, &other))
		return false;
	for (int kind = 0; kind < RECORD_KINDS; kind++) {
		for (size_t i = 0; i < count_of(a, kind); i++) {
			one.len = other.len = 0;
			records[kind].spell(&one, a, i);
			records[kind].spell(&other, b, i);
			if (!same(&one, &other))
				return false;
		}
	}
	return true;
}
