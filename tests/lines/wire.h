/* A pair of wires in virtual time with the firmware's boards and keypads on it. Each byte takes its
 * bits on the wire; one talks and all others hear it; who talks at the same time as another
 * destroys both. The host's adapter hands bytes over in pieces. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "firmware-host/app/board.h"
#include "firmware-host/app/keypad.h"

enum {
	MS = 1000,
	S = 1000000,
	WIRE_ENDS = 64,
	WIRE_TALKS = 8,
	WIRE_AGENDA = 512,
	WIRE_BITS = 10, /* 8N1 */
};

struct wire_end {
	bool is_keypad;
	bool dead;
	struct board board;
	struct keypad keypad;
	int64_t heard_us; /* when its content changed last */
	uint32_t texts;	  /* good frames taken */
	uint8_t sent[256];
	size_t sent_len;
};

struct wire_talk {
	bool used;
	size_t from; /* WIRE_ENDS: the host */
	int64_t from_us, to_us;
	int64_t piece_us; /* when the host gets the next piece; INT64_MAX: it gets none */
	size_t given;
	size_t len;
	uint8_t bytes[EXCHANGE_MAX_BYTES];
};

typedef void (*wire_fn)(void *user, int64_t arg);

struct wire {
	uint32_t baud;
	int64_t turn_us;  /* from the end of a request to the first bit of its answer */
	int64_t piece_us; /* an adapter keeps bytes for so long */
	double noise;	  /* chance of each byte to arrive as another */
	bool echo;	  /* the host hears itself */
	/* Keypads look at nothing but what begins with their address: much faster, and on a line
	 * without noise the same. */
	bool attentive;
	bool cut; /* the plug is out: nothing passes to or from the host */
	uint64_t random;

	int64_t now_us;
	struct wire_end ends[WIRE_ENDS];
	size_t count;
	struct wire_talk talks[WIRE_TALKS];
	struct wire_agenda {
		int64_t at_us;
		wire_fn fn;
		int64_t arg;
	} agenda[WIRE_AGENDA]; /* in no order */
	size_t agenda_count;

	/* the host */
	void (*received)(void *user, const uint8_t *bytes, size_t len);
	void *user;
	uint64_t collisions, misheard; /* misheard: who answered what was no request to it */
};

void wire_init(struct wire *wire, uint32_t baud, uint64_t seed);
int64_t wire_time_us(const struct wire *wire, size_t len);
uint64_t wire_random(struct wire *wire);
int64_t wire_below(struct wire *wire, int64_t n); /* 0 ... n - 1 */
/* The next end of the line: its address is its index + 1. */
struct wire_end *wire_board(struct wire *wire, bool acknowledges);
struct wire_end *wire_keypad(struct wire *wire, uint16_t kind);
/* The current comes back: a new board, a keypad with another nonce. */
void wire_power_on(struct wire *wire, size_t index);
/* The host talks; the bytes are on the wire when it is free. */
void wire_write(struct wire *wire, const uint8_t *bytes, size_t len);
/* The host's plug is pulled: what it had not sent yet is never heard. */
void wire_cut(struct wire *wire);
void wire_at(struct wire *wire, int64_t at_us, wire_fn fn, int64_t arg);
int64_t wire_next_us(const struct wire *wire);
/* Does what is due now. */
void wire_run(struct wire *wire);
/* What the board shows, GBK without the spaces behind it; "" nothing. */
void wire_shown(const struct wire *wire, size_t index, char *ret, size_t size);
/* A finger on a key, 60 ms long. */
void wire_press(struct wire *wire, size_t index, uint16_t key, uint16_t argument);
