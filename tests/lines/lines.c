/* Figures of lines: the bus master, the drivers and the firmware's devices on a wire in virtual
 * time. But for the speed all of it is the same on every machine.
 *
 *   lines [--runs N] repaint|calls|noise|unplug|keypads|pulls|speed ...
 *
 * Ends with 1 when a bar is not met. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lines/figures.h"

static unsigned missed;

void figure(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void figure_bar(double seen, double bar)
{
	bool met = seen <= bar;

	printf("  %s (%.3f of the bar)\n", met ? "met" : "NOT MET", bar > 0 ? seen / bar : 0);
	missed += !met;
}

void figure_failed(const char *what)
{
	printf("failed: %s\n", what);
	exit(1);
}

int main(int argc, char **argv)
{
	unsigned runs = 1000;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--runs") && i + 1 < argc)
			runs = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "repaint"))
			figures_repaint();
		else if (!strcmp(argv[i], "calls"))
			figures_calls(runs);
		else if (!strcmp(argv[i], "noise"))
			figures_noise(runs);
		else if (!strcmp(argv[i], "unplug"))
			figures_unplug(runs);
		else if (!strcmp(argv[i], "keypads"))
			figures_keypads(runs);
		else if (!strcmp(argv[i], "pulls"))
			figures_pulls(runs);
		else if (!strcmp(argv[i], "speed"))
			figures_speed();
		else {
			fprintf(stderr, "lines: %s?\n", argv[i]);
			return 2;
		}
	}
	return missed ? 1 : 0;
}
