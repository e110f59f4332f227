/* The hall's voices: durable calls go to each of them, and what they say of themselves to the
 * journal. */
#include <stdio.h>
#include <string.h>

#include "src/devices/announcer.h"
#include "src/devices/private.h"

static int host_start(void *user, size_t voice, int *ret_fd)
{
	struct devices *devices = user;

	return devices->host->voice_start(devices->user, voice, ret_fd);
}

static void host_stop(void *user, size_t voice)
{
	struct devices *devices = user;

	devices->host->voice_stop(devices->user, voice);
}

static bool host_is_called(void *user, int64_t ticket_id, int64_t leg, int64_t window)
{
	const struct devices *devices = user;
	const struct ticket *ticket = hall_find_ticket(keeper_hall(devices->keeper), ticket_id);

	return ticket && ticket->state == TICKET_CALLED && ticket->leg == leg &&
	       ticket->window == window;
}

static void host_log(void *user, size_t voice, const char *message)
{
	struct devices *devices = user;

	devices->host->log(devices->user, devices->config->voices[voice].id, message);
}

static const struct announcer_host announcer_host = {
	.start = host_start,
	.stop = host_stop,
	.is_called = host_is_called,
	.log = host_log,
};

int voices_create(struct devices *devices)
{
	const struct devices_config *config = devices->config;
	int r = 0;

	for (size_t i = 0; r == 0 && devices->host->voice_start && i < config->voice_count; i++) {
		r = announcer_create(&devices->voices[i], &config->voices[i], i, &announcer_host,
				     devices);
		devices->voice_count = r < 0 ? i : i + 1;
	}
	return r;
}

void voices_destroy(struct devices *devices)
{
	for (size_t i = 0; i < devices->voice_count; i++)
		announcer_destroy(devices->voices[i]);
}

/* Tickets that stand called, in the order of their newest calls. Calls of another boot have no age.
 */
static void resume(struct devices *devices, int64_t now_us)
{
	const struct hall *hall = keeper_hall(devices->keeper);
	int64_t after_ms = -1;

	for (;;) {
		const struct ticket *next = NULL;
		struct announcer_call call;

		for (size_t i = 0; i < hall_window_count(hall); i++) {
			const struct ticket *ticket =
				hall_find_ticket(hall, hall_window(hall, i)->ticket);

			if (ticket && ticket->state == TICKET_CALLED &&
			    ticket->called_boot == hall_boots(hall) &&
			    ticket->since_ms > after_ms &&
			    (!next || ticket->since_ms < next->since_ms))
				next = ticket;
		}
		if (!next)
			return;
		after_ms = next->since_ms;
		call = (struct announcer_call){next->id, next->leg, next->window, "",
					       next->since_ms};
		snprintf(call.number, sizeof(call.number), "%s", next->number);
		for (size_t i = 0; i < devices->voice_count; i++)
			announcer_resume(devices->voices[i], &call, now_us);
	}
}

void voices_start(struct devices *devices, int64_t now_us)
{
	const char *boot = hall_boot(keeper_hall(devices->keeper));

	for (size_t i = 0; i < devices->voice_count; i++)
		announcer_start(devices->voices[i], boot, now_us);
	if (devices->voice_count)
		resume(devices, now_us);
}

void voices_event(struct devices *devices, const struct event *event)
{
	struct announcer_call call = {.at_ms = event->at.mono_ms};

	if (event->type == EVENT_TICKET_CALLED)
		call.leg = event->u.ticket_called.leg;
	else if (event->type == EVENT_TICKET_RECALLED)
		call.leg = event->u.ticket_recalled.leg;
	else
		return;
	call.ticket = event_ticket(event);
	call.window = event_window(event);
	snprintf(call.number, sizeof(call.number), "%s", event_number(event));
	for (size_t i = 0; i < devices->voice_count; i++)
		announcer_call(devices->voices[i], &call, devices_now(devices));
}

size_t voices_fds(const struct devices *devices, struct pollfd *ret, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < devices->voice_count && count < max; i++)
		count += announcer_fds(devices->voices[i], ret + count, max - count);
	return count;
}

int64_t voices_deadline(const struct devices *devices)
{
	int64_t deadline = INT64_MAX;

	for (size_t i = 0; i < devices->voice_count; i++) {
		int64_t one = announcer_deadline(devices->voices[i]);

		deadline = one < deadline ? one : deadline;
	}
	return deadline;
}

void voices_process(struct devices *devices, int64_t now_us)
{
	for (size_t i = 0; i < devices->voice_count; i++)
		if (announcer_process(devices->voices[i], now_us))
			devices->host->changed(devices->user);
}

void voices_get_status(const struct devices *devices, size_t index, struct devices_status *ret)
{
	static const char *const languages[] = {"zh", "en", "zh,en", "en,zh"};
	const struct devices_voice_config *config = &devices->config->voices[index];
	const struct voice_setup *setup = &config->setup;
	struct announcer_status status;

	announcer_get_status(devices->voices[index], &status);
	ret->id = config->id;
	ret->class = DEVICE_VOICE;
	ret->driver = setup->output[0] == 'f' ? "file" : "alsa";
	ret->model = languages[(setup->language_count > 1 ? 2 : 0) +
			       (setup->languages[0] == VOICE_ENGLISH)];
	ret->url = setup->output;
	ret->health = status.health;
	ret->detail = status.detail;
	ret->announcer = devices->voices[index];
}
