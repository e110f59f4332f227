/* What the two halves of the generator share: its dice, and the names of its hall. */
#pragma once

#include "tests/unit/core/generate.h"

int64_t below(struct generator *generator, int64_t n);
bool chance(struct generator *generator, int64_t percent);
int64_t wall_ms(const struct generator *generator);
void set(char *ret, size_t size, const char *text);

extern const char *const queue_ids[4];
extern const char *const prefixes[4];
extern const char *const item_ids[3];
extern const char *const clerks[3];
extern const char *const spares[4];
extern const char *const skills[3];

#define ONE_OF(generator, list) list[below(generator, sizeof(list) / sizeof((list)[0]))]
#define SET(member, text)	set(member, sizeof(member), text)
#define SOME(generator, ...)                                                                       \
	(((const int64_t[]){__VA_ARGS__})[below(                                                   \
		generator, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))])

/* The definitions of a hall, mostly ones that are allowed. */
void extend_queue(struct generator *generator, struct event_queue_defined *def);
void define_queue(struct generator *generator, struct command *ret);
void define_window(struct generator *generator, struct command *ret);
void define_item(struct generator *generator, struct command *ret);
void define_policy(struct generator *generator, struct command *ret);
void define_clerk(struct generator *generator, struct command *ret);
/* generate_case.c */
void file_online(struct generator *generator, struct command *ret);
void freeze_baseline(struct generator *generator, const struct hall *hall, struct command *ret);
void define_hall(struct generator *generator, struct command *ret);
