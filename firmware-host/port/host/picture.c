/* PNG by libpng, one bit a dot. */
#include "firmware-host/port/host/picture.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 16, LED_PIXELS = 4, LED_BETWEEN = 0, LED_OFF, LED_LIT };

struct target {
	uint8_t *bytes;
	size_t len, capacity;
};

static void write_bytes(png_structp png, png_bytep bytes, size_t len)
{
	struct target *target = png_get_io_ptr(png);

	if (target->len + len > target->capacity) {
		size_t capacity = (target->len + len) * 2 + 4096;
		uint8_t *larger = realloc(target->bytes, capacity);

		if (!larger)
			png_error(png, "out of memory");
		target->bytes = larger;
		target->capacity = capacity;
	}
	memcpy(target->bytes + target->len, bytes, len);
	target->len += len;
}

static void flush_bytes(png_structp png)
{
	(void)png;
}

static void write_rows(png_structp png, const uint8_t *rows, uint32_t width, uint32_t count,
		       size_t stride, uint8_t *line, size_t line_size)
{
	for (uint32_t y = 0; y < count + 2 * MARGIN; y++) {
		memset(line, 0xff, line_size);
		if (y >= MARGIN && y < count + MARGIN)
			for (uint32_t i = 0; i < width / 8; i++)
				line[MARGIN / 8 + i] = (uint8_t)~rows[(y - MARGIN) * stride + i];
		png_write_row(png, line);
	}
}

int picture_png(const uint8_t *rows, uint32_t width, uint32_t count, size_t stride,
		uint8_t **ret_png, size_t *ret_len)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	size_t line_size = (width + 2 * MARGIN) / 8;
	uint8_t *line = malloc(line_size);
	struct target *target = calloc(1, sizeof(*target));
	int r = -ENOMEM;

	if (!info || !line || !target)
		goto out;
	r = -EIO;
	if (setjmp(png_jmpbuf(png))) {
		free(target->bytes);
		goto out;
	}
	png_set_write_fn(png, target, write_bytes, flush_bytes);
	png_set_IHDR(png, info, width + 2 * MARGIN, count + 2 * MARGIN, 1, PNG_COLOR_TYPE_GRAY,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, 3);
	png_write_info(png, info);
	write_rows(png, rows, width, count, stride, line, line_size);
	png_write_end(png, info);
	*ret_png = target->bytes;
	*ret_len = target->len;
	r = 0;
out:
	png_destroy_write_struct(&png, &info);
	free(line);
	free(target);
	return r;
}

static void write_leds(png_structp png, const struct screen *screen, uint8_t *line)
{
	for (uint32_t y = 0; y < screen->settings.height * (uint32_t)LED_PIXELS; y++) {
		for (uint32_t x = 0; x < screen->settings.width * (uint32_t)LED_PIXELS; x++) {
			bool between = x % LED_PIXELS == 0 || y % LED_PIXELS == 0;
			bool lit = screen_dot(screen, (uint16_t)(x / LED_PIXELS),
					      (uint16_t)(y / LED_PIXELS));

			line[x] = between ? LED_BETWEEN : lit ? LED_LIT : LED_OFF;
		}
		png_write_row(png, line);
	}
}

int picture_leds_png(const struct screen *screen, uint8_t **ret_png, size_t *ret_len)
{
	/* Even the darkest step of a board can be seen. */
	unsigned light = 70 + screen->brightness * 185u / 100;
	const png_color colours[] = {[LED_BETWEEN] = {0x16, 0x07, 0x05},
				     [LED_OFF] = {0x2c, 0x10, 0x0b},
				     [LED_LIT] = {(png_byte)light, (png_byte)(light * 75 / 255),
						  (png_byte)(light * 43 / 255)}};
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	uint32_t width = screen->settings.width * (uint32_t)LED_PIXELS;
	uint8_t *line = malloc(width);
	struct target *target = calloc(1, sizeof(*target));
	int r = -ENOMEM;

	if (!info || !line || !target)
		goto out;
	r = -EIO;
	if (setjmp(png_jmpbuf(png))) {
		free(target->bytes);
		goto out;
	}
	png_set_write_fn(png, target, write_bytes, flush_bytes);
	png_set_IHDR(png, info, width, screen->settings.height * (uint32_t)LED_PIXELS, 8,
		     PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	png_set_PLTE(png, info, colours, sizeof(colours) / sizeof(colours[0]));
	png_set_compression_level(png, 3);
	png_write_info(png, info);
	write_leds(png, screen, line);
	png_write_end(png, info);
	*ret_png = target->bytes;
	*ret_len = target->len;
	r = 0;
out:
	png_destroy_write_struct(&png, &info);
	free(line);
	free(target);
	return r;
}
