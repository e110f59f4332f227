/* Keys into commands, and back: the answer to each press, the waiting count and the current number
 * on the keypad's display. A press carries (nonce, sequence); as the command's id that makes a
 * press that is reported twice, or again after a restart of the daemon, one press. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/devices/private.h"

/* What a reply needs to find its way back. */
struct press {
	struct press *next; /* of this keypad */
	struct keypad_slot *keypad;
	uint32_t nonce;
	uint16_t sequence;
};

static void answer(struct keypad_slot *keypad, uint32_t nonce, uint16_t sequence,
		   enum key_result result)
{
	struct device_job job = {.kind = JOB_KEY_ANSWER};
	int r;

	job.u.answer.nonce = nonce;
	job.u.answer.sequence = sequence;
	job.u.answer.result = result;
	r = keypad->slot.driver->submit(keypad->slot.device, &job, devices_now(keypad->slot.owner));
	if (r < 0) /* the keypad reports the press again, and the answer is repeated */
		keypad->slot.owner->host->log(keypad->slot.owner->user, keypad->slot.config->id,
					      strerror(-r));
}

static void drop(struct press *press)
{
	struct press **at = &press->keypad->presses;

	while (*at != press)
		at = &(*at)->next;
	*at = press->next;
	free(press);
}

void keypads_forget(struct keypad_slot *keypad)
{
	while (keypad->presses) {
		keeper_forget(keypad->slot.owner->keeper, keypad->presses);
		drop(keypad->presses);
	}
}

static void tell_refused(const struct keypad_slot *keypad, const struct keeper_reply *reply)
{
	char text[256];

	snprintf(text, sizeof(text), "%s %s: %s", refusal_text_zh(reply->refusal),
		 refusal_text_en(reply->refusal), reply->detail);
	keypad->slot.owner->host->log(keypad->slot.owner->user, keypad->slot.config->id, text);
}

static void on_reply(void *user, const struct keeper_reply *reply)
{
	struct press *press = user;
	struct keypad_slot *keypad = press->keypad;
	enum key_result result = KEY_REFUSED;

	switch (reply->status) {
	case KEEPER_DONE: result = KEY_DONE; break;
	case KEEPER_REFUSED:
		if (reply->refusal == REFUSAL_NOBODY_WAITING)
			result = KEY_NOBODY_WAITING;
		/* A plain pad cannot say why; whoever set the window up can mend it. */
		if (reply->refusal == REFUSAL_NUMBER_AMBIGUOUS)
			tell_refused(keypad, reply);
		break;
	case KEEPER_CONFLICT: break;
	case KEEPER_UNAVAILABLE: result = KEY_UNAVAILABLE; break;
	case KEEPER_UNKNOWN: drop(press); return; /* answered after the restart, from the log */
	}
	for (size_t i = 0; i < reply->count; i++)
		if (reply->events[i].type == EVENT_TICKET_ISSUED)
			memcpy(keypad->last_number, reply->events[i].u.ticket_issued.number,
			       sizeof(keypad->last_number));
	keypad->slot.owner->dirty = true;
	answer(keypad, press->nonce, press->sequence, result);
	drop(press);
}

static int64_t parked_here(const struct hall *hall, int64_t window)
{
	int64_t newest = 0, at = -1;

	for (size_t i = 0; i < hall_ticket_count(hall); i++) {
		const struct ticket *ticket = hall_ticket(hall, i);

		if (ticket->state == TICKET_PARKED && ticket->window == window &&
		    ticket->called_ms > at) {
			newest = ticket->id;
			at = ticket->called_ms;
		}
	}
	return newest;
}

static bool take_number(const struct keypad_slot *keypad, const struct key_press *press,
			struct command *ret)
{
	struct devices *devices = keypad->slot.owner;

	for (size_t i = 0; i < keypad->keypad->button_count; i++) {
		const struct devices_button_config *button = &keypad->keypad->buttons[i];

		if (button->button != press->argument)
			continue;
		devices_command(devices, ret, COMMAND_ISSUE, "panel", keypad->slot.config->id);
		memcpy(ret->u.issue.queue, button->queue, sizeof(ret->u.issue.queue));
		memcpy(ret->u.issue.item, button->item, sizeof(ret->u.issue.item));
		ret->u.issue.class = button->class;
		ret->u.issue.origin = ORIGIN_PANEL;
		ret->u.issue.arrival_ms = ret->at.mono_ms - press->age_ms;
		if (ret->u.issue.arrival_ms < 0)
			ret->u.issue.arrival_ms = 0;
		ret->u.issue.print = devices->printer_count > 0;
		ret->u.issue.large = button->large;
		devices->host->token(devices->user, ret->u.issue.token);
		return true;
	}
	return false;
}

static const struct {
	enum device_key key;
	enum command_type command;
} window_keys[] = {
	{KEY_SIGN_IN, COMMAND_SIGN_IN},
	{KEY_SIGN_OUT, COMMAND_SIGN_OUT},
	{KEY_CALL_NEXT, COMMAND_CALL_NEXT},
	{KEY_RECALL, COMMAND_RECALL},
	{KEY_START, COMMAND_START},
	{KEY_FINISH, COMMAND_FINISH},
	{KEY_NO_SHOW, COMMAND_NO_SHOW},
	{KEY_PARK, COMMAND_PARK},
	{KEY_RESUME, COMMAND_RESUME},
	{KEY_TRANSFER, COMMAND_TRANSFER},
	{KEY_PAUSE, COMMAND_PAUSE},
	{KEY_REOPEN, COMMAND_REOPEN},
	{KEY_CALL_NUMBER, COMMAND_CALL_NUMBER},
	{KEY_RATING, COMMAND_ASK_RATING},
	{KEY_HELP, COMMAND_HELP},
};

static bool asks_for_help(const struct hall *hall, int64_t number)
{
	const struct window *window = hall_find_window(hall, number);

	return window && window->help;
}

static bool at_window(const struct keypad_slot *keypad, const struct key_press *press,
		      struct command *ret)
{
	struct devices *devices = keypad->slot.owner;
	const struct hall *hall = keeper_hall(devices->keeper);
	size_t i = 0;

	while (i < sizeof(window_keys) / sizeof(window_keys[0]) && window_keys[i].key != press->key)
		i++;
	if (i == sizeof(window_keys) / sizeof(window_keys[0]))
		return false;
	devices_command(devices, ret, window_keys[i].command, "keypad", keypad->slot.config->id);
	ret->u.at_window.window = keypad->slot.window;
	if (press->key == KEY_SIGN_IN)
		snprintf(ret->u.at_window.clerk, sizeof(ret->u.at_window.clerk), "%u",
			 press->argument);
	if (press->key == KEY_CALL_NUMBER)
		snprintf(ret->u.at_window.number, sizeof(ret->u.at_window.number), "%u",
			 press->argument);
	/* One key asks for help and, pressed again, says that it is over. */
	if (press->key == KEY_HELP && asks_for_help(hall, keypad->slot.window))
		ret->type = COMMAND_HELP_OVER;
	if (press->key == KEY_RESUME)
		ret->u.at_window.ticket = parked_here(hall, keypad->slot.window);
	if (press->key == KEY_TRANSFER && press->argument >= 1 &&
	    press->argument <= hall_queue_count(hall))
		snprintf(ret->u.at_window.queue, sizeof(ret->u.at_window.queue), "%s",
			 hall_queue(hall, press->argument - 1u)->def.queue);
	return true;
}

/* The driver tells a press again that has no answer yet. A slow disk is no reason to decide it
 * again: what was refused would be done the second time, with the refusal on its way. */
static bool is_with_keeper(const struct keypad_slot *keypad, const struct key_press *key)
{
	for (const struct press *press = keypad->presses; press; press = press->next)
		if (press->nonce == key->nonce && press->sequence == key->sequence)
			return true;
	return false;
}

void keypads_key(struct keypad_slot *keypad, const struct key_press *key)
{
	struct command command;
	struct press *press;
	char id[STORE_COMMAND_ID_SIZE];
	char body[32];
	bool known;

	if (is_with_keeper(keypad, key))
		return;
	known = key->key == KEY_TAKE_NUMBER ? take_number(keypad, key, &command)
		: keypad->slot.window != 0  ? at_window(keypad, key, &command)
					    : false;
	if (!known) {
		answer(keypad, key->nonce, key->sequence, KEY_REFUSED);
		return;
	}
	press = malloc(sizeof(*press));
	if (!press)
		return; /* no answer: the keypad reports the press again */
	*press = (struct press){
		.next = keypad->presses,
		.keypad = keypad,
		.nonce = key->nonce,
		.sequence = key->sequence,
	};
	keypad->presses = press;
	snprintf(id, sizeof(id), "keypad/%s/%08" PRIx32 "-%u", keypad->slot.config->id, key->nonce,
		 key->sequence);
	snprintf(body, sizeof(body), "%d %u", (int)key->key, key->argument);
#ifdef DEVICES_BREAK_PRESS /* a deliberately broken build: the tests must notice */
	id[0] = '\0';
#endif
	if (keeper_submit(keypad->slot.owner->keeper, &command, id, body, strlen(body), on_reply,
			  press) < 0)
		drop(press);
}

static void wanted_display(const struct keypad_slot *keypad, struct keypad_display *ret)
{
	const struct hall *hall = keeper_hall(keypad->slot.owner->keeper);
	const struct window *window = hall_find_window(hall, keypad->slot.window);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;
	size_t waiting = 0;

	memset(ret, 0, sizeof(*ret));
	if (window) {
		waiting = hall_waiting_at(hall, window);
		if (ticket)
			snprintf(ret->number, sizeof(ret->number), "%.8s", ticket->number);
	} else {
		for (size_t i = 0; i < hall_queue_count(hall); i++)
			for (int class = 0; class < CLASS_COUNT; class ++)
				waiting += hall_queue(hall, i)->waiting[class];
		snprintf(ret->number, sizeof(ret->number), "%.8s", keypad->last_number);
	}
	ret->waiting = waiting > UINT16_MAX ? UINT16_MAX : (uint16_t)waiting;
}

void keypads_refresh(struct devices *devices, int64_t now_us)
{
	for (size_t i = 0; i < devices->keypad_count; i++) {
		struct keypad_slot *keypad = &devices->keypads[i];
		struct device_job job = {.kind = JOB_DISPLAY};

		wanted_display(keypad, &job.u.display);
		if (keypad->displays && keypad->display.waiting == job.u.display.waiting &&
		    !strcmp(keypad->display.number, job.u.display.number))
			continue;
		keypad->displays =
			keypad->slot.driver->submit(keypad->slot.device, &job, now_us) == 0;
		keypad->display = job.u.display;
	}
}
