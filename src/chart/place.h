/* Where the label of a line goes: beside it, on nothing that is drawn. */
#pragma once

#include <stddef.h>

enum { PLACE_MAX_WALLS = 8 };

struct place_box {
	double x, y, width, height;
};

struct place_dot {
	double x, y;
	int owner; /* series */
	int group; /* a label may be near all of its group */
};

/* What is drawn so far, as dots of a few pixels apart, and labels. */
struct place {
	struct place_box plot;
	struct place_dot *dots;
	size_t count, capacity;
	struct place_box *taken;
	size_t taken_count, taken_capacity;
	double walls[PLACE_MAX_WALLS]; /* x of vertical lines that no label is to cross */
	size_t wall_count;
};

/* What finds no memory is left out: a label may then lie on it. */
void place_add_line(struct place *place, int owner, int group, double x0, double y0, double x1,
		    double y1);
void place_take(struct place *place, const struct place_box *box);
/* Of the places near owner's dots, one with the fewest dots and labels in it, and of those one that
 * is near and far from other groups. The box's size goes in, its corner comes out; it is taken. */
void place_label(struct place *place, int owner, int group, struct place_box *box);
void place_finish(struct place *place);
