/* The rows of a scenario's file, for scenario_read.c. */
#pragma once

#include "src/settings/config_read.h"
#include "src/simulate/scenario_private.h"

struct scenario_reader {
	struct config_reader config;
	const config_setting_t *root;
	const config_setting_t *own; /* group "scenario", NULL none */
	struct scenario scenario;
	bool of_hall; /* layout and items are a hall's */
};

void scenario_read_hours(struct scenario_reader *reader);
/* Items before queues, which name departments. */
void scenario_read_items(struct scenario_reader *reader);
void scenario_read_queues(struct scenario_reader *reader);
void scenario_read_windows(struct scenario_reader *reader);
