/* Parts of the reform for its own files. */
#pragma once

#include "src/simulate/reform.h"

#define REFORM_BIT(lever) (UINT32_C(1) << (lever))

enum {
	REFORM_LAYOUT_LEVERS = 1 << REFORM_POOLING | 1 << REFORM_FEWER | 1 << REFORM_ISSUING,
	REFORM_MAX_LINES = CORE_MAX_QUEUES - 1, /* and one for pick-ups */
};

/* The window serves nothing but a queue of kind issue. */
bool reform_is_issuing(const struct scenario *scenario, const struct scenario_window *window);
uint32_t reform_issuing_count(const struct scenario *scenario);

/* reform_windows.c: whether and in what they differ, each side in words. Kinds of windows by their
 * queues and skills; which kind is where in the list; breaks; the queues of items. Texts are set
 * only where they differ. */
bool reform_window_kinds(const struct scenario *a, const struct scenario *b,
			 char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE]);
bool reform_window_order(const struct scenario *a, const struct scenario *b,
			 char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE]);
bool reform_window_breaks(const struct scenario *a, const struct scenario *b,
			  char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE]);
bool reform_item_places(const struct scenario *a, const struct scenario *b,
			char ret_before[REFORM_TEXT_SIZE], char ret_after[REFORM_TEXT_SIZE]);
void reform_name_hours(const struct scenario *scenario, char ret[REFORM_TEXT_SIZE]);
