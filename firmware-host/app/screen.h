/* The dots of an LED board, whatever protocol it speaks: texts of 16-dot glyphs in up to four parts
 * of the screen, moving, blinking or inverse, and what stands there when the host went quiet. No
 * allocation, no clock, no stdio: milliseconds are given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCREEN_MAX_WIDTH = 256,
	SCREEN_MAX_HEIGHT = 64,
	SCREEN_MAX_TEXT = 256,
	SCREEN_PARTS = 4,
	SCREEN_BLINK_MS = 500,
	SCREEN_SCROLL_MS = 30,
};

enum screen_move { SCREEN_STANDS, SCREEN_LEFT, SCREEN_UP, SCREEN_DOWN };

/* A text within a rectangle and nowhere else. Coordinates are dots from the upper left corner. */
struct screen_part {
	uint16_t x, y, width, height; /* width or height 0: to the edge of the screen */
	enum screen_move move;	      /* how it comes; SCREEN_LEFT goes round for ever */
	bool wraps;		      /* at the right edge of its part; otherwise it is one line */
	bool blinks, inverse;
	uint8_t text[SCREEN_MAX_TEXT]; /* ASCII and GBK; half a character is a box of 8 dots */
	size_t len;
};

struct screen_settings {
	uint16_t width, height; /* up to the largest, width in whole bytes: else cut down */
	uint32_t host_lost_ms;	/* without screen_hear(); 0: it is never lost */
};

/* What the dots of a part depend on: the screen is drawn anew only when it changes. */
struct screen_look {
	bool lit;
	int x, y; /* of the text within its part */
};

struct screen {
	struct screen_settings settings;
	struct screen_part parts[SCREEN_PARTS];
	bool used[SCREEN_PARTS];
	uint32_t began_ms[SCREEN_PARTS];
	struct screen_look looks[SCREEN_PARTS];
	bool host_lost;
	bool dark;	    /* nothing is lit; what is shown is kept */
	uint8_t brightness; /* percent, for the port that drives the LEDs */
	bool changed;	    /* since it was drawn */
	uint32_t heard_ms, now_ms;
	uint32_t revision;				       /* rises whenever the dots changed */
	uint8_t dots[SCREEN_MAX_HEIGHT][SCREEN_MAX_WIDTH / 8]; /* highest bit left */
	/* drawn here first: a port scans the dots at any time, and must not see half a text */
	uint8_t next[SCREEN_MAX_HEIGHT][SCREEN_MAX_WIDTH / 8];
};

/* Blank, lit, brightness 100, the host heard just now. */
void screen_init(struct screen *screen, const struct screen_settings *settings, uint32_t now_ms);
/* Parts are drawn in the order of their index, 0 to SCREEN_PARTS - 1; another index does nothing. A
 * text begins to move or blink anew. Drawn with the next screen_tick(). */
void screen_show(struct screen *screen, size_t index, const struct screen_part *part,
		 uint32_t now_ms);
void screen_hide(struct screen *screen, size_t index);
void screen_hide_all(struct screen *screen);
void screen_set_dark(struct screen *screen, bool dark);
void screen_set_brightness(struct screen *screen, uint8_t percent); /* over 100 is 100 */
/* The host lives. Until this is called again for host_lost_ms, the texts are believed. */
void screen_hear(struct screen *screen, uint32_t now_ms);
/* Draws what changed, blinks, moves, notices that the host went quiet. Call at least every
 * SCREEN_SCROLL_MS. */
void screen_tick(struct screen *screen, uint32_t now_ms);
/* False outside of the screen. */
bool screen_dot(const struct screen *screen, uint16_t x, uint16_t y);
