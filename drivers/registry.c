/* The only list of drivers. A driver that lacks what its class or its kind of link needs is never
 * given out, so that nobody above has to check a pointer before a call. */
#include <string.h>

#include "drivers/driver.h"

extern const struct driver alpha_driver, ascii_keypad_driver, escpos_driver, lihe_driver,
	modbus_board_driver, modbus_keypad_driver, onbon_driver, skeleton_driver;

static const struct driver *const drivers[] = {
	&alpha_driver,	      &ascii_keypad_driver,  &escpos_driver, &lihe_driver,
	&modbus_board_driver, &modbus_keypad_driver, &onbon_driver,  &skeleton_driver,
};

size_t driver_count(void)
{
	return sizeof(drivers) / sizeof(drivers[0]);
}

const struct driver *driver_at(size_t index)
{
	return index < driver_count() ? drivers[index] : NULL;
}

const struct driver *driver_find(const char *name)
{
	for (size_t i = 0; i < driver_count(); i++)
		if (strcmp(drivers[i]->name, name) == 0 && !driver_incomplete(drivers[i]))
			return drivers[i];
	return NULL;
}

const struct device_model *driver_find_model(const struct driver *driver, const char *name)
{
	for (size_t i = 0; i < driver->model_count; i++)
		if (strcmp(driver->models[i].name, name) == 0)
			return &driver->models[i];
	return NULL;
}

static const char *incomplete_board(const struct device_model *model)
{
	if (model->u.board.columns == 0 || model->u.board.rows == 0)
		return "models: columns and rows";
	if (model->u.board.charset < BOARD_DIGITS || model->u.board.charset > BOARD_GBK)
		return "models: charset";
	if ((model->u.board.width_dots == 0) != (model->u.board.height_dots == 0))
		return "models: dots";
	return NULL;
}

static const char *incomplete_model(const struct driver *driver, const struct device_model *model)
{
	if (!model->name || !model->name[0])
		return "models: name";
	if (!model->description || !model->description[0])
		return "models: description";
	switch (driver->class) {
	case DEVICE_PRINTER:
		if (model->u.printer.width_dots == 0 || model->u.printer.columns == 0)
			return "models: paper width";
		return NULL;
	case DEVICE_BOARD: return incomplete_board(model);
	case DEVICE_KEYPAD: return model->u.keypad.unasked && !driver->heard ? "heard" : NULL;
	case DEVICE_VOICE: break;
	}
	return "class";
}

static const char *incomplete_link(const struct driver *driver)
{
	switch (driver->link) {
	case LINK_OWN:
		if (!driver->received)
			return "received";
		if (!driver->progress)
			return "progress";
		return driver->sent ? NULL : "sent";
	case LINK_LINE:
		if (!driver->next)
			return "next";
		return driver->ended ? NULL : "ended";
	}
	return "link";
}

const char *driver_incomplete(const struct driver *driver)
{
	const struct {
		const char *member;
		bool there;
	} members[] = {
		{"name", driver->name && driver->name[0]},
		{"description", driver->description && driver->description[0]},
		{"class", driver->class >= DEVICE_PRINTER && driver->class <= DEVICE_KEYPAD},
		{"maturity",
		 driver->maturity >= MATURITY_SKELETON && driver->maturity <= MATURITY_FIELD},
		{"models", driver->models && driver->model_count > 0},
		{"probe", driver->probe},
		{"create", driver->create},
		{"remove", driver->remove},
		{"submit", driver->submit},
		{"deadline", driver->deadline},
		{"tick", driver->tick},
		{"link_up", driver->link_up},
		{"link_down", driver->link_down},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!members[i].there)
			return members[i].member;
	for (size_t i = 0; i < driver->model_count; i++) {
		const char *missing = incomplete_model(driver, &driver->models[i]);

		if (missing)
			return missing;
	}
	return incomplete_link(driver);
}
