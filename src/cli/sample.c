/* A hall by the rules of the real one: defined, opened, and tickets issued. */
#include "src/cli/sample.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* 2026-03-02 09:15 in China. */
static const int64_t SAMPLE_MS = 1772414100000;
enum { SAMPLE_DATE = 20260302, SAMPLE_OFFSET_MIN = 480, SLOT_MS = 1800000 };

struct sample {
	struct hall *hall;
	struct decision decision; /* large */
	int r;
};

static struct command command_of(enum command_type type)
{
	return (struct command){
		.type = type,
		.at = {.mono_ms = 3600000, .wall_ms = SAMPLE_MS, .offset_min = SAMPLE_OFFSET_MIN},
		.by = "sample",
	};
}

static void run(struct sample *sample, const struct command *command)
{
	if (sample->r < 0)
		return;
	sample->r = hall_decide(sample->hall, command, &sample->decision);
	for (size_t i = 0; sample->r == 0 && i < sample->decision.count; i++) {
		struct event *event = &sample->decision.events[i];

		event->seq = hall_seq(sample->hall) + 1;
		sample->r = hall_apply(sample->hall, event);
	}
}

#define DEFINE(sample, kind, member, value)                                                        \
	do {                                                                                       \
		struct command define = command_of(kind);                                          \
                                                                                                   \
		define.u.member = (value);                                                         \
		run(sample, &define);                                                              \
	} while (0)

static void define(struct sample *sample, const struct config *config)
{
	struct command start = command_of(COMMAND_START_DAEMON);
	struct event_policy_defined policy = config->policy;

	snprintf(start.u.start_daemon.boot, sizeof(start.u.start_daemon.boot),
		 "00000000-0000-0000-0000-000000000000");
	snprintf(start.u.start_daemon.software, sizeof(start.u.start_daemon.software), "sample");
	run(sample, &start);
	DEFINE(sample, COMMAND_DEFINE_HALL, define_hall, config->hall);
	for (size_t i = 0; i < config->queue_count; i++)
		DEFINE(sample, COMMAND_DEFINE_QUEUE, define_queue, config->queues[i]);
	for (size_t i = 0; i < config->window_count; i++)
		DEFINE(sample, COMMAND_DEFINE_WINDOW, define_window, config->windows[i]);
	for (size_t i = 0; i < config->item_count; i++) {
		struct event_item_defined item = config->items[i];

		item.quota = item.slot_min = item.slot_quota = 0;
		DEFINE(sample, COMMAND_DEFINE_ITEM, define_item, item);
	}
	policy.closes_min = 0; /* it is always open here */
	DEFINE(sample, COMMAND_DEFINE_POLICY, define_policy, policy);
}

static void issue(struct sample *sample, const char *queue, const char *item,
		  enum ticket_class class)
{
	struct command command = command_of(COMMAND_ISSUE);

	snprintf(command.u.issue.queue, sizeof(command.u.issue.queue), "%s", queue ? queue : "");
	snprintf(command.u.issue.item, sizeof(command.u.issue.item), "%s", item ? item : "");
	command.u.issue.class = class;
	command.u.issue.origin = ORIGIN_API;
	command.u.issue.arrival_ms = command.at.mono_ms;
	if (class == CLASS_APPOINTMENT) {
		command.u.issue.slot_from = SAMPLE_MS;
		command.u.issue.slot_to = SAMPLE_MS + SLOT_MS;
	}
	snprintf(command.u.issue.token, sizeof(command.u.issue.token), "%032zx",
		 hall_ticket_count(sample->hall));
	run(sample, &command);
}

int sample_create(struct hall **ret_hall, const struct config *config, const char *queue,
		  const char *item, enum ticket_class class, const char **ret_why)
{
	static struct sample sample;
	static char why[160];
	struct command open = command_of(COMMAND_OPEN_DAY);

	sample = (struct sample){0};
	if (!queue && !item)
		queue = config->queues[0].queue;
	sample.r = hall_create(&sample.hall);
	if (sample.r < 0) {
		*ret_why = "内存不足 out of memory";
		return sample.r;
	}
	define(&sample, config);
	open.u.open_day.date = SAMPLE_DATE;
	open.u.open_day.operator_word = true;
	run(&sample, &open);
	for (size_t i = 0; i <= SAMPLE_AHEAD; i++)
		issue(&sample, queue, item, class);
	if (sample.r == 0) {
		*ret_hall = sample.hall;
		return 0;
	}
	if (sample.decision.refusal)
		snprintf(why, sizeof(why), "%s %s", refusal_text_zh(sample.decision.refusal),
			 refusal_text_en(sample.decision.refusal));
	*ret_why = sample.decision.refusal ? why : strerror(-sample.r);
	hall_destroy(sample.hall);
	return -EINVAL;
}
