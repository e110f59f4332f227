/* The screen: texts drawn with 16-dot glyphs, each in its part, in one line or wrapped. */
#include "firmware-host/app/screen.h"

#include <string.h>

#include "firmware-host/app/glyphs.h"

/* 系统离线 OFFLINE, in GB2312 */
static const uint8_t host_lost_text[] = "\xcf\xb5\xcd\xb3\xc0\xeb\xcf\xdf OFFLINE";

/* A part cut to the screen. */
struct frame {
	int left, top, right, bottom;
};

static struct frame frame_of(const struct screen *screen, const struct screen_part *part)
{
	int width = screen->settings.width, height = screen->settings.height;
	struct frame frame = {part->x, part->y, part->x + part->width, part->y + part->height};

	if (!part->width || frame.right > width)
		frame.right = width;
	if (!part->height || frame.bottom > height)
		frame.bottom = height;
	return frame;
}

static void draw_glyph(struct screen *screen, const struct frame *frame, const uint8_t *rows,
		       int width, int x, int y)
{
	for (int row = 0; row < GLYPH_ROWS; row++) {
		if (y + row < frame->top || y + row >= frame->bottom)
			continue;
		for (int column = 0; column < width; column++) {
			int at = x + column;

			if (at >= frame->left && at < frame->right &&
			    rows[row * (width / 8) + column / 8] & 0x80 >> column % 8)
				screen->next[y + row][at / 8] |= (uint8_t)(0x80u >> at % 8);
		}
	}
}

/* The character at the start of text takes one byte or two. Half a character, as a cut text may
 * end with, must not swallow what stands behind it. */
static uint16_t take_code(const uint8_t **text, size_t *len)
{
	const uint8_t *at = *text;
	bool pair = *len >= 2 && at[0] >= 0x81 && at[0] <= 0xfe && at[1] >= 0x40 && at[1] != 0x7f;

	*text += pair ? 2 : 1;
	*len -= pair ? 2 : 1;
	return pair ? (uint16_t)(at[0] << 8 | at[1]) : at[0];
}

/* One line, or wrapped at the right edge of the frame; all of it moved by dx, dy. */
static void draw_text(struct screen *screen, const struct frame *frame, const uint8_t *text,
		      size_t len, bool wraps, int dx, int dy)
{
	int x = frame->left, y = frame->top;

	while (len > 0) {
		int width;
		const uint8_t *rows = glyph16_find(take_code(&text, &len), &width);

		if (wraps && x + width > frame->right) {
			x = frame->left;
			y += GLYPH_ROWS;
		}
		draw_glyph(screen, frame, rows, width, x + dx, y + dy);
		x += width;
	}
}

static void invert(struct screen *screen, const struct frame *frame)
{
	for (int y = frame->top; y < frame->bottom; y++)
		for (int x = frame->left; x < frame->right; x++)
			screen->next[y][x / 8] ^= (uint8_t)(0x80u >> x % 8);
}

static void draw_parts(struct screen *screen)
{
	for (size_t i = 0; i < SCREEN_PARTS; i++) {
		const struct screen_part *part = &screen->parts[i];
		const struct screen_look *look = &screen->looks[i];
		struct frame frame = frame_of(screen, part);

		if (!screen->used[i] || !look->lit)
			continue;
		draw_text(screen, &frame, part->text, part->len, part->wraps, look->x, look->y);
		if (part->inverse)
			invert(screen, &frame);
	}
}

static void draw(struct screen *screen)
{
	static const struct screen_part whole;
	struct frame frame = frame_of(screen, &whole);

	memset(screen->next, 0, sizeof(screen->next));
	if (screen->host_lost && !screen->dark)
		draw_text(screen, &frame, host_lost_text, sizeof(host_lost_text) - 1, true, 0, 0);
	else if (!screen->dark)
		draw_parts(screen);
	screen->changed = false;
	if (memcmp(screen->next, screen->dots, sizeof(screen->dots)) == 0)
		return;
	memcpy(screen->dots, screen->next, sizeof(screen->dots));
	screen->revision++;
}

/* Where the text stands and whether it is lit, so long after it came. */
static struct screen_look look_now(const struct screen *screen, size_t index)
{
	const struct screen_part *part = &screen->parts[index];
	struct frame frame = frame_of(screen, part);
	uint32_t age_ms = screen->now_ms - screen->began_ms[index];
	uint32_t step = age_ms / SCREEN_SCROLL_MS;
	int width = frame.right - frame.left, height = frame.bottom - frame.top;
	uint32_t text_width = part->wraps ? (uint32_t)width : (uint32_t)part->len * 8;
	struct screen_look look = {.lit = true};

	if (!screen->used[index] || width <= 0 || height <= 0)
		return look;
	if (part->blinks)
		look.lit = age_ms / SCREEN_BLINK_MS % 2 == 0;
	switch (part->move) {
	case SCREEN_LEFT: look.x = width - (int)(step % ((uint32_t)width + text_width)); break;
	case SCREEN_UP: look.y = step < (uint32_t)height ? height - (int)step : 0; break;
	case SCREEN_DOWN: look.y = step < (uint32_t)height ? (int)step - height : 0; break;
	case SCREEN_STANDS: break;
	}
	return look;
}

void screen_init(struct screen *screen, const struct screen_settings *settings, uint32_t now_ms)
{
	memset(screen, 0, sizeof(*screen));
	screen->settings = *settings;
	if (screen->settings.width > SCREEN_MAX_WIDTH)
		screen->settings.width = SCREEN_MAX_WIDTH;
	if (screen->settings.height > SCREEN_MAX_HEIGHT)
		screen->settings.height = SCREEN_MAX_HEIGHT;
	screen->settings.width -= screen->settings.width % 8;
	screen->brightness = 100;
	screen->heard_ms = screen->now_ms = now_ms;
}

void screen_show(struct screen *screen, size_t index, const struct screen_part *part,
		 uint32_t now_ms)
{
	if (index >= SCREEN_PARTS)
		return;
	screen->parts[index] = *part;
	if (part->len > SCREEN_MAX_TEXT)
		screen->parts[index].len = SCREEN_MAX_TEXT;
	screen->used[index] = true;
	screen->began_ms[index] = now_ms;
	screen->changed = true;
}

void screen_hide(struct screen *screen, size_t index)
{
	if (index >= SCREEN_PARTS)
		return;
	screen->used[index] = false;
	screen->changed = true;
}

void screen_hide_all(struct screen *screen)
{
	for (size_t i = 0; i < SCREEN_PARTS; i++)
		screen_hide(screen, i);
}

void screen_set_dark(struct screen *screen, bool dark)
{
	screen->changed |= screen->dark != dark;
	screen->dark = dark;
}

void screen_set_brightness(struct screen *screen, uint8_t percent)
{
	screen->brightness = percent > 100 ? 100 : percent;
}

void screen_hear(struct screen *screen, uint32_t now_ms)
{
	screen->heard_ms = now_ms;
	screen->changed |= screen->host_lost;
	screen->host_lost = false;
}

void screen_tick(struct screen *screen, uint32_t now_ms)
{
	uint32_t lost_ms = screen->settings.host_lost_ms;

	screen->now_ms = now_ms;
	/* It stays lost until it is heard, also when the clock comes round after 49 days. */
	if (lost_ms && !screen->host_lost && now_ms - screen->heard_ms >= lost_ms)
		screen->host_lost = screen->changed = true;
	for (size_t i = 0; i < SCREEN_PARTS; i++) {
		struct screen_look look = look_now(screen, i);
		struct screen_look *last = &screen->looks[i];

		screen->changed |= look.lit != last->lit || look.x != last->x || look.y != last->y;
		*last = look;
	}
	if (screen->changed)
		draw(screen);
}

bool screen_dot(const struct screen *screen, uint16_t x, uint16_t y)
{
	if (x >= screen->settings.width || y >= screen->settings.height)
		return false;
	return screen->dots[y][x / 8] >> (7 - x % 8) & 1;
}
