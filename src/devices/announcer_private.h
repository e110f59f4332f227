/* What the two files of the announcer share. */
#pragma once

#include "src/devices/announcer.h"

struct announcement {
	struct announcer_call call;
	int64_t rounds; /* said */
	unsigned tries; /* asked for and not said */
	bool last;	/* called again since it was asked for: no further round */
};

enum asked { ASKED_NOTHING = 0, ASKED_CHECK, ASKED_SAY, ASKED_BEGUN /* it is being heard */ };

struct announcer {
	const struct devices_voice_config *config;
	const struct announcer_host *host;
	void *user;
	size_t voice;
	bool started;
	char boot[CORE_BOOT_SIZE];
	int64_t mark_ms; /* of this boot: the newest call that an earlier process had begun */

	struct announcement queue[ANNOUNCER_MAX]; /* in the order of calling */
	size_t count;
	size_t saying; /* index; valid while one is asked for */

	int fd; /* -1: no helper */
	enum asked asked;
	uint32_t last_id;
	int64_t due_us;	  /* the answer's */
	int64_t start_us; /* no helper before this */
	int64_t look_us;  /* the next check */
	int64_t retry_span_us;
	bool ready; /* the last answer was a good one */
	uint8_t out[2 * (VOICE_HEAD + VOICE_MAX_BODY)];
	size_t out_len, out_at;
	uint8_t in[VOICE_HEAD + VOICE_MAX_BODY];
	size_t in_len;

	enum device_health health;
	char detail[VOICE_ERROR_SIZE];
	uint64_t announced, starts, dropped[ANNOUNCER_DROPS];
};

/* announcer_queue.c */
/* It is this one that the helper was asked for. */
bool announcer_is_asked(const struct announcer *announcer, size_t index);
void announcer_take_out(struct announcer *announcer, size_t index);
/* Takes it out, counts and tells it, if it was not said at all. detail: "" none. */
void announcer_drop_call(struct announcer *announcer, size_t index, enum announcer_drop why,
			 const char *detail);
void announcer_prune(struct announcer *announcer, int64_t now_us);
/* The one to be said next; false: none. */
bool announcer_choose(const struct announcer *announcer, size_t *ret);
/* Text of a helper becomes text for people and for JSON. */
void announcer_clean(char *text);
