/* The properties of the hall, checked after each command of a random day. */
#include "tests/unit/core/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/model.h"
#include "tests/unit/core/world.h"

enum { REPLAY_EVERY = 50 };

struct record {
	enum event_type type;
	uint32_t version;
	int len;
	char *payload;
};

struct run {
	struct hall *hall, *replica;
	struct model *model;
	struct decision decision, again;
	struct record *log;
	size_t log_count, log_capacity, steps, done;
	uint64_t digest;
	struct seen seen;
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

struct run *run_create(void)
{
	struct run *run = must(calloc(1, sizeof(*run)));

	run->model = must(calloc(1, sizeof(*run->model)));
	model_init(run->model);
	if (hall_create(&run->hall) < 0 || hall_create(&run->replica) < 0)
		abort();
	run->digest = hall_digest(run->hall);
	return run;
}

void run_destroy(struct run *run)
{
	for (size_t i = 0; i < run->log_count; i++)
		free(run->log[i].payload);
	free(run->log);
	hall_destroy(run->hall);
	hall_destroy(run->replica);
	free(run->model);
	free(run);
}

const struct hall *run_hall(const struct run *run)
{
	return run->hall;
}

size_t run_done(const struct run *run)
{
	return run->done;
}

void run_seen(const struct run *run, struct seen *ret_sum)
{
	for (int i = 0; i < REFUSAL_COUNT; i++)
		ret_sum->refusals[i] += run->seen.refusals[i];
	for (int i = 0; i < CALL_REASON_COUNT; i++)
		ret_sum->reasons[i] += run->seen.reasons[i];
	for (int i = 0; i < PRINT_CAUSE_COUNT; i++)
		ret_sum->causes[i] += run->seen.causes[i];
	ret_sum->tries += run->seen.tries;
}

/* To bytes and back, the same bytes again, and onto the replica. */
static const char *log_event(struct run *run, const struct event *event)
{
	char payload[EVENT_PAYLOAD_MAX], again[EVENT_PAYLOAD_MAX];
	struct event decoded;
	struct record *record;
	int len = event_encode(event, payload, sizeof(payload));

	if (len < 0)
		return "an event cannot be encoded";
	if (event_decode(event->type, event->version, payload, (size_t)len, &decoded) < 0)
		return "an event cannot be decoded";
	decoded.seq = event->seq;
	if (event_encode(&decoded, again, sizeof(again)) != len || memcmp(payload, again, len) != 0)
		return "a decoded event encodes to other bytes";
	if (hall_apply(run->replica, &decoded) < 0)
		return "a replica does not take a decoded event";
	if (run->log_count == run->log_capacity) {
		run->log_capacity = run->log_capacity ? run->log_capacity * 2 : 256;
		run->log = must(realloc(run->log, run->log_capacity * sizeof(*run->log)));
	}
	record = &run->log[run->log_count++];
	record->type = event->type;
	record->version = event->version;
	record->len = len;
	record->payload = must(malloc((size_t)len + 1));
	memcpy(record->payload, payload, (size_t)len + 1);
	return NULL;
}

static const char *replay(const struct run *run)
{
	const char *wrong = NULL;
	struct hall *fresh;
	struct event event;

	if (hall_create(&fresh) < 0)
		abort();
	for (size_t i = 0; !wrong && i < run->log_count; i++) {
		const struct record *record = &run->log[i];

		if (event_decode(record->type, record->version, record->payload,
				 (size_t)record->len, &event) < 0)
			wrong = "a logged event cannot be decoded";
		event.seq = i + 1;
		if (!wrong && hall_apply(fresh, &event) < 0)
			wrong = "a replay does not take a logged event";
	}
	if (!wrong && !hall_equal(fresh, run->hall))
		wrong = "a replay of the log leads to another hall";
	hall_destroy(fresh);
	return wrong;
}

static bool same_decision(const struct decision *a, const struct decision *b)
{
	return a->count == b->count && a->refusal == b->refusal && !strcmp(a->detail, b->detail) &&
	       !memcmp(a->events, b->events, a->count * sizeof(a->events[0]));
}

static const char *apply_all(struct run *run)
{
	struct decision *decision = &run->decision;
	const char *wrong = NULL;

	for (size_t i = 0; !wrong && i < decision->count; i++) {
		decision->events[i].seq = hall_seq(run->hall) + 1;
		if (hall_apply(run->hall, &decision->events[i]) < 0)
			wrong = "the hall does not take an event that it decided";
		if (!wrong)
			wrong = log_event(run, &decision->events[i]);
	}
	return wrong;
}

static const char *check(struct run *run)
{
	const char *wrong = hall_check(run->hall);

	if (!wrong)
		wrong = model_compare(run->model, run->hall);
	if (!wrong && !hall_equal(run->hall, run->replica))
		wrong = "the replica differs from the hall";
	if (!wrong && hall_digest(run->replica) != run->digest)
		wrong = "equal halls have different digests";
	return wrong;
}

static void see(struct run *run, const struct event *event)
{
	if (event->type == EVENT_TICKET_CALLED)
		run->seen.reasons[event->u.ticket_called.reason]++;
	if (event->type == EVENT_PRINT_ENDED)
		run->seen.causes[event->u.print.cause]++;
	if (event->type == EVENT_PRINT_QUEUED)
		run->seen.tries += hall_find_job(run->hall, event->u.print.job)->tries > 1;
}

const char *run_step(struct run *run, const struct command *command)
{
	struct command soiled;
	const char *wrong = NULL;
	int r, again;

	/* Twice, with different junk in the unused bytes: the same decision. */
	script_soil(command, 0xa5, &soiled);
	again = hall_decide(run->hall, &soiled, &run->again);
	script_soil(command, 0x01, &soiled);
	r = hall_decide(run->hall, &soiled, &run->decision);
	if (r != again || !same_decision(&run->decision, &run->again))
		return "the same command is decided in two ways";
	if (hall_digest(run->hall) != run->digest)
		return "a decision changed the hall";
	if (r < 0 && (run->decision.refusal == REFUSAL_NONE || run->decision.count))
		return "a refusal without a reason, or with events";
	if (r == 0)
		wrong = apply_all(run);
	if (!wrong)
		wrong = model_step(run->model, command, r, &run->decision);
	if (wrong)
		return wrong;
	run->digest = hall_digest(run->hall);
	run->done += r == 0;
	run->seen.refusals[run->decision.refusal]++;
	for (size_t i = 0; i < run->decision.count; i++)
		see(run, &run->decision.events[i]);
	if (++run->steps % REPLAY_EVERY == 0)
		wrong = replay(run);
	return wrong ? wrong : check(run);
}

const char *run_finish(struct run *run)
{
	struct command command = world_queue((int64_t)1 << 52, "later", "ZZ", 1, 9);
	const char *wrong = replay(run);
	struct hall *copy;

	if (wrong)
		return wrong;
	if (hall_create(&copy) < 0 || hall_copy(copy, run->hall) < 0)
		abort();
	if (!hall_equal(copy, run->hall) || hall_digest(copy) != run->digest)
		wrong = "a copy differs";
	world_do(copy, command);
	if (!wrong && (hall_equal(copy, run->hall) || hall_digest(copy) == run->digest))
		wrong = "a changed copy is still equal";
	if (!wrong && hall_digest(run->hall) != run->digest)
		wrong = "a copy shares memory with its source";
	hall_destroy(copy);
	return wrong;
}

struct failure run_all(const struct command *commands, size_t count)
{
	struct run *run = run_create();
	struct failure failure = {0};

	for (; !failure.what && failure.at < count; failure.at++)
		failure.what = run_step(run, &commands[failure.at]);
	if (!failure.what)
		failure.what = run_finish(run);
	run_destroy(run);
	return failure;
}

/* The ticket that it names; NULL: none. */
static int64_t *ticket_in(struct command *command)
{
	switch (command->type) {
	case COMMAND_RESUME:
	case COMMAND_TRANSFER:
	case COMMAND_CANCEL: return &command->u.at_window.ticket;
	case COMMAND_REPRINT: return &command->u.print.ticket;
	default: return NULL;
	}
}

/* Without a part of the list; renumber: later commands then name the ticket that took the place of
 * theirs. */
static bool fails_without(const struct command *commands, size_t count, size_t from, size_t len,
			  bool renumber, const char *what, struct command *ret)
{
	struct failure failure;
	int64_t issues = 0;

	for (size_t i = from; i < from + len; i++)
		issues += commands[i].type == COMMAND_ISSUE;
	if (renumber && !issues)
		return false;
	memcpy(ret, commands, from * sizeof(*ret));
	memcpy(ret + from, commands + from + len, (count - from - len) * sizeof(*ret));
	for (size_t i = from; renumber && i < count - len; i++) {
		int64_t *ticket = ticket_in(&ret[i]);

		if (ticket && *ticket > issues)
			*ticket -= issues;
	}
	failure = run_all(ret, count - len);
	return failure.what && !strcmp(failure.what, what);
}

static size_t remove_parts(struct command *commands, size_t count, const char *what,
			   struct command *fewer)
{
	for (size_t chunk = count > 1 ? count / 2 : 1; chunk > 0; chunk /= 2) {
		for (size_t from = 0; from + chunk <= count;) {
			if (fails_without(commands, count, from, chunk, false, what, fewer) ||
			    fails_without(commands, count, from, chunk, true, what, fewer)) {
				count -= chunk;
				memcpy(commands, fewer, count * sizeof(*commands));
			} else {
				from += chunk;
			}
		}
	}
	return count;
}

/* The nth wish of a command is left out; false: there are no more. */
static bool simplify_issue(struct command *command, int nth)
{
	switch (nth) {
	case 0: command->u.issue.item[0] = '\0'; return true;
	case 1:
		command->u.issue.print = command->u.issue.pre_reviewed = false;
		command->u.issue.printer[0] = '\0';
		return true;
	case 2: command->u.issue.case_ref[0] = '\0'; return true;
	case 3: command->u.issue.slot_from = command->u.issue.slot_to = 0; return true;
	case 4:
		command->u.issue.class = CLASS_ORDINARY;
		command->u.issue.slot_from = command->u.issue.slot_to = 0;
		return true;
	case 5:
		command->u.issue.origin = ORIGIN_API;
		command->u.issue.paper_number = 0;
		return true;
	case 6: command->u.issue.large = false; return true;
	default: return false;
	}
}

static bool simplify_queue(struct event_queue_defined *def, int nth)
{
	switch (nth) {
	case 0: def->spare[0] = '\0'; return true;
	case 1: def->paper_first = def->paper_last = 0; return true;
	case 2: def->last = def->first; return true;
	case 3: def->kind = QUEUE_UNSTATED; return true;
	default: return false;
	}
}

static bool simplify_item(struct event_item_defined *def, int nth)
{
	switch (nth) {
	case 0: def->skill[0] = '\0'; return true;
	case 1: def->quota = 0; return true;
	case 2: def->slot_min = def->slot_quota = 0; return true;
	default: return false;
	}
}

static bool simplify_policy(struct event_policy_defined *def, int nth)
{
	switch (nth) {
	case 0: def->overtakes = -1; return true;
	case 1: def->age_ms = 0; return true;
	case 2: def->recalls = 0; return true;
	case 3: def->aside_ms = 0; return true;
	case 4: def->early_ms = def->late_ms = 0; return true;
	case 5: def->closes_min = def->service_ms = 0; return true;
	case 6: def->service_ms = 0; return true;
	case 7: def->print_ms = 0; return true;
	case 8: def->expect = false; return true;
	case 9: def->expect_service_ms = 0; return true;
	default: return false;
	}
}

static bool simplify_window(struct event_window_defined *def, int nth)
{
	char *queues = def->queues;

	if (nth > 1 || !strchr(queues, ','))
		return false;
	if (nth == 0)
		*strrchr(queues, ',') = '\0';
	else
		memmove(queues, strchr(queues, ',') + 1, strlen(strchr(queues, ',') + 1) + 1);
	return true;
}

static bool simplify(struct command *command, int nth)
{
	switch (command->type) {
	case COMMAND_ISSUE: return simplify_issue(command, nth);
	case COMMAND_DEFINE_QUEUE: return simplify_queue(&command->u.define_queue, nth);
	case COMMAND_DEFINE_ITEM: return simplify_item(&command->u.define_item, nth);
	case COMMAND_DEFINE_POLICY: return simplify_policy(&command->u.define_policy, nth);
	case COMMAND_DEFINE_WINDOW: return simplify_window(&command->u.define_window, nth);
	case COMMAND_TRANSFER: strcpy(command->u.at_window.queue, "general"); return nth == 0;
	case COMMAND_FREEZE_BASELINE:
		command->u.freeze_baseline.frozen.parts = 0;
		command->u.freeze_baseline.frozen.control[0] = '\0';
		return nth == 0;
	case COMMAND_REPRINT: command->u.print.large = LARGE_AS_BEFORE; return nth == 0;
	default: return false;
	}
}

static void simplify_all(struct command *commands, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		struct command before = commands[i];

		for (int nth = 0; simplify(&commands[i], nth); nth++) {
			struct failure failure = run_all(commands, count);

			if (failure.what && !strcmp(failure.what, what))
				before = commands[i];
			else
				commands[i] = before;
		}
	}
}

size_t run_shrink(struct command *commands, size_t count, const char *what)
{
	struct command *fewer = must(calloc(count + 1, sizeof(*fewer)));
	size_t before;

	do {
		before = count;
		count = remove_parts(commands, count, what, fewer);
		simplify_all(commands, count, what);
	} while (count < before);
	free(fewer);
	return count;
}
