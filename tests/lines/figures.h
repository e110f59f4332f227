/* What a figure says, and whether its bar is met. */
#pragma once

#include <stdbool.h>

__attribute__((format(printf, 1, 2))) void figure(const char *format, ...);
/* Seen is to be no more than the bar; said behind the figure that was told last. */
void figure_bar(double seen, double bar);
__attribute__((noreturn)) void figure_failed(const char *what);

void figures_repaint(void);
void figures_calls(unsigned runs);
void figures_noise(unsigned runs);
void figures_unplug(unsigned runs);
void figures_keypads(unsigned presses);
void figures_pulls(unsigned runs);
void figures_speed(void);
