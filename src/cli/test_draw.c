/* What no printer prints by itself, drawn for the test page. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/test_page.h"
#include "src/daemon/helper.h"

static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void wait_for(struct renderer *renderer)
{
	struct pollfd fds[1];
	int64_t due_us;

	renderer_process(renderer, clock_us());
	if (renderer_fds(renderer, fds, 1) == 0)
		return;
	due_us = renderer_deadline(renderer) - clock_us();
	poll(fds, 1, due_us > 0 ? (int)(due_us / 1000) + 1 : 0);
	renderer_process(renderer, clock_us());
}

static bool take_picture(struct test_document *page, const struct document_picture *picture)
{
	struct document_item *item = &page->items[page->rare];
	size_t size = (picture->width_dots + 7) / 8 * (size_t)picture->height_dots;

	page->dots = malloc(size);
	if (!page->dots)
		return false;
	memcpy(page->dots, picture->rows, size);
	item->kind = DOCUMENT_PICTURE;
	item->picture = *picture;
	item->picture.rows = page->dots;
	return true;
}

bool test_page_draw(struct test_document *page, const struct device_model *model)
{
	static const struct renderer_host host = {.start = helper_start, .stop = helper_stop};
	const struct render_frame frame = {.type = RENDER_TEXT,
					   .width_dots = model->u.printer.width_dots,
					   .width = 1,
					   .height = 1};
	const struct document_picture *picture = NULL;
	struct renderer *renderer = NULL;
	struct helper helper = {0};
	bool drawn = false;
	int r;

	if (!page->rare || page->dots || model->u.printer.raster == PRINTER_RASTER_NONE)
		return false;
	r = renderer_create(&renderer, &host, &helper);
	if (r < 0)
		return false;
	/* The renderer has limits of its own for an answer. */
	while ((r = renderer_get(renderer, &frame, page->items[page->rare].text, clock_us(),
				 &picture)) == -EAGAIN)
		wait_for(renderer);
	if (r == 0)
		drawn = take_picture(page, picture);
	renderer_destroy(renderer);
	return drawn;
}
