/* Labels beside lines: tries them all along the line, on its four sides, and counts. Pure. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "src/chart/place.h"

#define NEAR  3.0  /* pixels; nearer than that to the one before, a dot is none */
#define APART 4.0  /* pixels between the dots of a line */
#define CLEAR 2.5  /* at least, between a label and what is drawn */
#define WALL  1e6  /* worse than any cover */
#define FAR   60.0 /* beyond it, other lines do not mislead */

static void add_dot(struct place *place, const struct place_dot *dot)
{
	const struct place_dot *last = place->count ? &place->dots[place->count - 1] : NULL;

	if (last && last->owner == dot->owner && hypot(dot->x - last->x, dot->y - last->y) < NEAR)
		return;
	if (place->count == place->capacity) {
		size_t capacity = place->capacity ? 2 * place->capacity : 1024;
		struct place_dot *dots = realloc(place->dots, capacity * sizeof(*place->dots));

		if (!dots)
			return;
		place->dots = dots;
		place->capacity = capacity;
	}
	assert(place->dots);
	place->dots[place->count++] = *dot;
}

void place_add_line(struct place *place, int owner, int group, double x0, double y0, double x1,
		    double y1)
{
	int steps = (int)ceil(hypot(x1 - x0, y1 - y0) / APART);

	for (int i = 0; i <= steps; i++) {
		double t = steps ? (double)i / steps : 0;
		const struct place_dot dot = {x0 + t * (x1 - x0), y0 + t * (y1 - y0), owner, group};

		add_dot(place, &dot);
	}
}

void place_take(struct place *place, const struct place_box *box)
{
	if (place->taken_count == place->taken_capacity) {
		size_t capacity = place->taken_capacity ? 2 * place->taken_capacity : 16;
		struct place_box *taken = realloc(place->taken, capacity * sizeof(*place->taken));

		if (!taken)
			return;
		place->taken = taken;
		place->taken_capacity = capacity;
	}
	place->taken[place->taken_count++] = *box;
}

static double distance(const struct place_box *box, const struct place_dot *dot)
{
	double dx = fmax(fmax(box->x - dot->x, dot->x - (box->x + box->width)), 0);
	double dy = fmax(fmax(box->y - dot->y, dot->y - (box->y + box->height)), 0);

	return hypot(dx, dy);
}

static int meet(const struct place_box *a, const struct place_box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

/* Less is better. */
static double cost(const struct place *place, int group, const struct place_box *box)
{
	double nearest = FAR, covered = 0;

	if (box->x < place->plot.x || box->y < place->plot.y ||
	    box->x + box->width > place->plot.x + place->plot.width ||
	    box->y + box->height > place->plot.y + place->plot.height)
		return HUGE_VAL;
	for (size_t i = 0; i < place->taken_count; i++)
		covered += meet(box, &place->taken[i]) ? 100 : 0;
	for (size_t i = 0; i < place->count; i++) {
		double apart = distance(box, &place->dots[i]);

		if (apart < CLEAR)
			covered++;
		if (place->dots[i].group != group && apart < nearest)
			nearest = apart;
	}
	return covered * 2 * FAR - nearest;
}

/* Whether a wall stands between a dot and the far end of its label. */
static int crosses(const struct place *place, const struct place_dot *dot,
		   const struct place_box *box)
{
	double left = fmin(dot->x, box->x - APART),
	       right = fmax(dot->x, box->x + box->width + APART);

	for (size_t i = 0; i < place->wall_count; i++)
		if (place->walls[i] > left && place->walls[i] < right)
			return 1;
	return 0;
}

/* The four corners of the dot, from near to far. */
static void try_dot(const struct place *place, const struct place_dot *dot, int group,
		    double *ret_least, struct place_box *ret_best)
{
	static const double gaps[] = {4, 12, 24, 40};

	for (int i = 0; i < 4 * 4; i++) {
		double gap = gaps[i / 4], c;
		struct place_box tried = *ret_best;

		tried.x = i % 2 ? dot->x + gap : dot->x - gap - tried.width;
		tried.y = i / 2 % 2 ? dot->y + gap : dot->y - gap - tried.height;
		c = cost(place, group, &tried) + 3 * gap + (crosses(place, dot, &tried) ? WALL : 0);
		if (c >= *ret_least)
			continue;
		*ret_least = c;
		*ret_best = tried;
	}
}

void place_label(struct place *place, int owner, int group, struct place_box *box)
{
	double least = HUGE_VAL;

	box->x = place->plot.x + place->plot.width - box->width;
	box->y = place->plot.y;
	for (size_t i = 0; i < place->count; i++)
		if (place->dots[i].owner == owner)
			try_dot(place, &place->dots[i], group, &least, box);
	place_take(place, box);
}

void place_finish(struct place *place)
{
	free(place->dots);
	free(place->taken);
	*place = (struct place){0};
}
