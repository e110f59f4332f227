/* Heads of frames. A helper may be of another version, or mad: everything is checked. */
#include "src/render/protocol.h"

#include <errno.h>
#include <string.h>

static const uint8_t magic[] = {'O', 'W', 'R', RENDER_VERSION};

static void put(uint8_t *ret, uint32_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		ret[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get(const uint8_t *bytes, size_t size)
{
	uint32_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint32_t)bytes[i] << 8 * i;
	return value;
}

void render_put_head(uint8_t ret[RENDER_HEAD], const struct render_frame *frame)
{
	memset(ret, 0, RENDER_HEAD);
	memcpy(ret, magic, sizeof(magic));
	ret[4] = (uint8_t)frame->type;
	ret[5] = frame->bold;
	ret[6] = (uint8_t)frame->align;
	ret[7] = frame->module_dots;
	put(ret + 8, frame->id, 4);
	put(ret + 12, frame->len, 4);
	put(ret + 16, frame->width_dots, 2);
	put(ret + 18, frame->height_dots, 2);
	ret[20] = frame->width;
	ret[21] = frame->height;
}

static bool is_right(const struct render_frame *frame)
{
	if (frame->width_dots < 1 || frame->width_dots > RENDER_MAX_WIDTH)
		return false;
	switch (frame->type) {
	case RENDER_TEXT:
		return frame->len <= RENDER_MAX_TEXT && frame->width >= 1 && frame->width <= 8 &&
		       frame->height >= 1 && frame->height <= 8 && frame->align <= DOCUMENT_RIGHT;
	case RENDER_QR:
		return frame->len >= 1 && frame->len <= RENDER_MAX_TEXT && frame->module_dots <= 16;
	case RENDER_PICTURE:
		return frame->height_dots >= 1 && frame->height_dots <= RENDER_MAX_ROWS &&
		       frame->len == (uint32_t)(frame->width_dots + 7) / 8 * frame->height_dots;
	case RENDER_REFUSED: return frame->len <= RENDER_MAX_REASON;
	}
	return false;
}

int render_read_head(struct render_frame *ret, const uint8_t bytes[RENDER_HEAD])
{
	struct render_frame frame = {
		.type = (enum render_type)bytes[4],
		.bold = bytes[5] & 1,
		.align = (enum document_align)bytes[6],
		.module_dots = bytes[7],
		.id = get(bytes + 8, 4),
		.len = get(bytes + 12, 4),
		.width_dots = (uint16_t)get(bytes + 16, 2),
		.height_dots = (uint16_t)get(bytes + 18, 2),
		.width = bytes[20],
		.height = bytes[21],
	};

	if (memcmp(bytes, magic, sizeof(magic)) != 0 || !is_right(&frame))
		return -EBADMSG;
	*ret = frame;
	return 0;
}
