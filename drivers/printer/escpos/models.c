/* The models. A row a model; what a row says is what the driver may rely on. process_id only says
 * that the printer may be asked for proof: a generic one is found not to answer after two tickets.
 */
#include "drivers/printer/escpos/device.h"

const struct device_model escpos_models[ESCPOS_MODELS] = {
	{
		.name = "generic-80",
		.description = "80 mm, 576 dots, cutter, answers status",
		.u.printer = {.width_dots = 576,
			      .columns = 48,
			      .cutter = true,
			      .qr = true,
			      .gbk = true,
			      .status = true,
			      .process_id = true},
	},
	{
		.name = "generic-80-oneway",
		.description = "80 mm, 576 dots, cutter, never asked: the cable leads one way",
		.u.printer =
			{.width_dots = 576, .columns = 48, .cutter = true, .qr = true, .gbk = true},
	},
	{
		.name = "generic-58",
		.description = "58 mm, 384 dots, tear bar, answers status",
		.u.printer = {.width_dots = 384,
			      .columns = 32,
			      .qr = true,
			      .gbk = true,
			      .status = true,
			      .process_id = true},
	},
	{
		.name = "generic-58-oneway",
		.description = "58 mm, 384 dots, tear bar, never asked: the cable leads one way",
		.u.printer = {.width_dots = 384, .columns = 32, .qr = true, .gbk = true},
	},
};
