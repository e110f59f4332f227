/* What is known of each device, for pages, metrics and `onewindow devices`. */
#include "src/devices/private.h"

const char *device_class_name(enum device_class class)
{
	static const char *const names[] = {"", "printer", "board", "keypad", "voice"};

	return names[class];
}

const char *device_health_name(enum device_health health)
{
	static const char *const names[] = {"unknown", "ok",	 "warning",
					    "waiting", "failed", "gone"};

	return names[health];
}

const char *board_painted_name(enum board_painted painted)
{
	static const char *const names[] = {"unknown", "sent", "acknowledged", "failed"};

	return names[painted];
}

static int64_t boards_unpainted_us(const struct board_slot *board)
{
	int64_t now_us = devices_now(board->slot.owner);

	return board->unpainted_us < now_us ? now_us - board->unpainted_us : 0;
}

void devices_get_boards_status(const struct devices *devices, struct devices_boards_status *ret)
{
	*ret = devices->boards_status;
	ret->count = devices->board_count;
	for (size_t i = 0; i < devices->board_count; i++) {
		int64_t unpainted_us = boards_unpainted_us(&devices->boards[i]);

		ret->painted[devices->boards[i].painted]++;
		if (unpainted_us > ret->unpainted_us)
			ret->unpainted_us = unpainted_us;
	}
}

size_t devices_count(const struct devices *devices)
{
	return devices->printer_count + devices->board_count + devices->keypad_count +
	       devices->voice_count;
}

size_t devices_line_count(const struct devices *devices)
{
	return devices->line_count;
}

void devices_get_line(const struct devices *devices, size_t index, int64_t now_us,
		      struct devices_line_status *ret)
{
	const struct line_port *line = &devices->lines[index];

	*ret = (struct devices_line_status){
		.id = line->config->id,
		.url = line->config->url,
		.up = line->link.up,
		.why = line->link.up ? "" : line->link.told,
		.stats = *line_get_stats(&line->line),
	};
	line_get_shares(&line->line, now_us, &ret->shares);
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		const struct line_slot *slot = &line->line.slots[i];

		if (!slot->driver)
			continue;
		ret->devices++;
		ret->silent += line_slot_silent(slot);
		if (slot->slowest_us > ret->slowest_us)
			ret->slowest_us = slot->slowest_us;
	}
}

void devices_get_status(const struct devices *devices, size_t index, struct devices_status *ret)
{
	const struct slot *slot;

	size_t voices_from = devices_count(devices) - devices->voice_count;

	*ret = (struct devices_status){.pool = ""};
	if (index >= voices_from) {
		voices_get_status(devices, index - voices_from, ret);
		return;
	}
	if (index < devices->printer_count) {
		slot = &devices->printers[index].slot;
		ret->job = devices->printers[index].job;
		ret->pool = devices->config->printers[index].pool;
	} else if (index - devices->printer_count < devices->board_count) {
		const struct board_slot *board = &devices->boards[index - devices->printer_count];

		slot = &board->slot;
		ret->board = board->board;
		ret->shows = &board->wanted;
		ret->painted = board->painted;
		ret->unpainted_us = boards_unpainted_us(board);
	} else {
		slot = &devices->keypads[index - devices->printer_count - devices->board_count]
				.slot;
	}
	ret->id = slot->config->id;
	ret->driver = slot->driver->name;
	ret->model = slot->model->name;
	ret->class = slot->driver->class;
	ret->url = slot->driver->link == LINK_OWN ? slot->config->url
						  : devices->config->lines[slot->config->line].url;
	ret->address = slot->config->address;
	ret->window = slot->window;
	ret->health = slot->health;
	ret->detail = slot->detail;
}
