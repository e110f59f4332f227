/* What onewindow plan prints. */
#pragma once

#include <jansson.h>

#include "src/simulate/learn.h"
#include "src/simulate/plan.h"

struct plan_print {
	const struct scenario *scenario;
	const struct plan_request *request;
	const struct plan *plan;
	const char *target;		  /* as it was asked for */
	const char *source;		  /* the file it was made of */
	const struct learn_facts *learnt; /* NULL: a scenario, in which all is assumed */
};

enum { PLAN_CLOCK_SIZE = 8 };
/* The share that left with the number of windows that is the answer; 0: there is none. */
double plan_left(const struct plan *plan);
const char *plan_clock(int32_t minute, char ret[PLAN_CLOCK_SIZE]); /* "09:30" */
/* "at most 15 min" in numbers: a figure of what the target is about, with its unit. */
enum { PLAN_VALUE_SIZE = 32 };
const char *plan_value_text(const struct plan_target *target, double value,
			    char ret[PLAN_VALUE_SIZE]);

/* "tax, gen 技能 skill notary" */
enum { PLAN_KIND_SIZE = 2048 };
const char *plan_kind_text(const struct plan_print *print, uint32_t kind, char ret[PLAN_KIND_SIZE]);
/* The answer: how many, of which kinds, and what changes. */
void plan_print_windows(const struct plan_print *print);
/* The kinds that a roster names; none where there is but one. */
enum { PLAN_ROSTER_KINDS = 6 };
uint32_t plan_roster_kinds(const struct plan *plan, uint32_t ret[PLAN_ROSTER_KINDS]);
void plan_say_other_kinds(const struct plan *plan, uint32_t shown);

void plan_print_text(const struct plan_print *print);
void plan_print_json(const struct plan_print *print);
/* The curve as the text of an SVG, to be freed with its JSON. -ENOENT, -EIO, -ENOMEM: charts.h. */
__attribute__((warn_unused_result)) int plan_draw(const struct plan_print *print,
						  json_t **ret_svgs);
/* On stderr: why there is no answer, in both languages. Nothing where there is one. */
void plan_say_why(const struct plan_print *print);
