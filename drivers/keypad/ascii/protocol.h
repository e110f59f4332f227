/* What plain ASCII keypads say: one character a key, nothing around it. Pure: characters and their
 * times come in, keys come out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The canonical keys, with the numbers of drivers/driver.h. */
enum keypad_ascii_meaning {
	ASCII_NONE = 0,
	ASCII_SIGN_IN,
	ASCII_SIGN_OUT,
	ASCII_CALL_NEXT,
	ASCII_RECALL,
	ASCII_CALL_NUMBER,
	ASCII_START,
	ASCII_FINISH,
	ASCII_NO_SHOW,
	ASCII_PARK,
	ASCII_RESUME,
	ASCII_TRANSFER,
	ASCII_PAUSE,
	ASCII_REOPEN,
	ASCII_RATING,
	ASCII_HELP,
};

enum {
	KEYPAD_ASCII_KEYS = 24,
	KEYPAD_ASCII_DIGITS = 4,
	KEYPAD_ASCII_TEMPLATE = 64,
	KEYPAD_ASCII_SENTENCE = 96,
};

struct keypad_ascii_settings {
	struct {
		uint8_t byte;
		enum keypad_ascii_meaning key;
	} keys[KEYPAD_ASCII_KEYS];
	size_t key_count;
	int64_t entry_us;  /* figures that nothing follows for so long are forgotten */
	int64_t repeat_us; /* a key that comes again within this is still the same press */
	int64_t bounce_us; /* likewise a figure: only a contact's bounce */
};

/* The characters of one pad, so far. */
struct keypad_ascii_reader {
	uint16_t number;
	uint8_t figures; /* typed; more than KEYPAD_ASCII_DIGITS: too many */
	uint8_t last;	 /* the character before */
	bool any;
	int64_t last_us;
};

struct keypad_ascii_key {
	enum keypad_ascii_meaning key;
	uint16_t argument;
	bool too_long; /* more figures than a number has: it is to be refused */
};

/* '#' call next or, behind figures, call that number; '*' recall or, behind figures, forget them;
 * A to L the other keys. */
void keypad_ascii_defaults(struct keypad_ascii_settings *ret);
/* "A=start": another meaning for a character; "A=none": none. -EINVAL: no such key or character. */
__attribute__((warn_unused_result)) int keypad_ascii_map(struct keypad_ascii_settings *settings,
							 const char *text);
/* True: a key was pressed. Times never run backwards. */
bool keypad_ascii_take(struct keypad_ascii_reader *reader,
		       const struct keypad_ascii_settings *settings, uint8_t byte, int64_t now_us,
		       struct keypad_ascii_key *ret);

/* A sentence to the pad: {number} and {waiting} are replaced, \r \n \\ and \xHH are bytes. The
 * length; -EINVAL: a wrong template, -ENOSPC. */
int keypad_ascii_write(const char *template, const char *number, uint16_t waiting, uint8_t *ret,
		       size_t size);
