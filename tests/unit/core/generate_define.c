/* Random definitions. The dice are xoshiro256** seeded by SplitMix64 (Blackman and Vigna, public
 * domain), so a seed means the same on every machine. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/core/generate_private.h"
#include "tests/unit/core/world.h"

static uint64_t rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t roll(struct generator *generator)
{
	uint64_t *s = generator->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

int64_t below(struct generator *generator, int64_t n)
{
	return (int64_t)(roll(generator) % (uint64_t)n);
}

bool chance(struct generator *generator, int64_t percent)
{
	return below(generator, 100) < percent;
}

void generator_init(struct generator *generator, uint64_t seed)
{
	memset(generator, 0, sizeof(*generator));
	generator->more = seed % 8 == 7;
	generator->cases = seed % 8 == 6;
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		generator->state[i] = z ^ z >> 31;
	}
	generator->mono_ms = 1000;
	generator->base_ms = world_stamp(0).wall_ms;
	generator->date = 20260105;
	generator->offset_min = 480;
}

const char *const queue_ids[] = {"general", "issue", "trouble", "guide"};
const char *const prefixes[] = {"A", "B", "C", "AB"};
const char *const item_ids[] = {"passport", "tax", "marriage"};
const char *const clerks[] = {"li", "wang", "zhao.m"};
const char *const spares[] = {"S", "T", "B", "AB"};
const char *const skills[] = {"tax", "notary", "taxi"};

int64_t wall_ms(const struct generator *generator)
{
	return generator->base_ms + generator->skew_ms + generator->mono_ms;
}

void set(char *ret, size_t size, const char *text)
{
	snprintf(ret, size, "%s", text);
}

/* A second prefix for a full range; a block for power cuts, mostly beside the range. */
void extend_queue(struct generator *generator, struct event_queue_defined *def)
{
	if (chance(generator, 40))
		SET(def->spare, ONE_OF(generator, spares));
	if (chance(generator, 50)) {
		def->paper_first =
			def->last + (chance(generator, 90) ? 1 : 0) + below(generator, 3);
		def->paper_last = def->paper_first + below(generator, 12);
	}
	if (chance(generator, 2))
		def->paper_last = 0;
}

void define_queue(struct generator *generator, struct command *ret)
{
	int64_t first = chance(generator, 70) ? 1 : 1 + below(generator, 50);
	int64_t last =
		first + (chance(generator, 60) ? SOME(generator, 900, 1100) : below(generator, 12));
	int64_t at = below(generator, 4);
	/* Mostly each its own, so that definitions are done; else a prefix moves. */
	const char *prefix = chance(generator, 70) ? prefixes[at] : ONE_OF(generator, prefixes);

	*ret = world_queue(generator->mono_ms, queue_ids[at], prefix, first, last);
	ret->u.define_queue.retired = chance(generator, 25);
	/* By the clock, so that the dice fall as before. */
	ret->u.define_queue.kind = generator->mono_ms % 100 ? generator->mono_ms / 1000 % 6 : 6;
	extend_queue(generator, &ret->u.define_queue);
}

void define_window(struct generator *generator, struct command *ret)
{
	static const char *const lists[] = {"general",	      "general,issue",
					    "issue,general",  "guide,trouble",
					    "trouble",	      "issue,trouble,general",
					    "general,nobody", "guide,guide",
					    "general,"};

	*ret = world_window(generator->mono_ms, 1 + below(generator, 4), ONE_OF(generator, lists));
	ret->u.define_window.retired = chance(generator, 10);
}

void define_item(struct generator *generator, struct command *ret)
{
	struct event_item_defined *def = &ret->u.define_item;

	*ret = world_item(generator->mono_ms, ONE_OF(generator, item_ids),
			  ONE_OF(generator, queue_ids));
	def->retired = chance(generator, 10);
	if (chance(generator, 40))
		SET(def->skill, ONE_OF(generator, skills));
	if (chance(generator, 30))
		def->quota = 1 + below(generator, 8);
	if (chance(generator, 50))
		def->slot_min = SOME(generator, 1, 1, 2, 5, 1440);
	if (def->slot_min && chance(generator, 70))
		def->slot_quota = 1 + below(generator, 3);
	if (chance(generator, 3))
		def->slot_min = SOME(generator, -1, 7, 1441);
}

void define_policy(struct generator *generator, struct command *ret)
{
	struct event_policy_defined *def = &ret->u.define_policy;
	static const int64_t services[8] = {0, 1000, 5000, 60000, 600000, 1, 20000, 14400000};
	int64_t minute = (wall_ms(generator) / 60000 + generator->offset_min) % 1440;

	*ret = world_command(COMMAND_DEFINE_POLICY, generator->mono_ms);
	def->overtakes = SOME(generator, -1, -1, 0, 1, 2, 5);
	def->age_ms = SOME(generator, 0, 0, 1, 5000, 30000, 120000);
	def->recalls = SOME(generator, 0, 0, 1, 2);
	def->aside_ms = SOME(generator, 0, 1, 5000, 60000);
	def->early_ms = SOME(generator, 0, 10000, 60000);
	def->late_ms = SOME(generator, 0, 10000, 60000);
	if (!generator->steady && chance(generator, 40) && minute < 1400)
		def->closes_min = minute + below(generator, 12);
	def->service_ms = SOME(generator, 0, 1000, 20000, 120000);
	def->print_ms = SOME(generator, 0, 1000, 5000, 30000);
	/* By the moment, not by another draw: what the seeds do else stays as it is. */
	def->expect = generator->mono_ms % 4 != 0;
	def->expect_service_ms = services[generator->mono_ms / 4 % 8];
	if (chance(generator, 3)) {
		if (generator->mono_ms % 3 == 0)
			def->overtakes = -2;
		else
			def->expect_service_ms = generator->mono_ms % 3 == 1 ? -1 : 14400001;
	}
	if (chance(generator, 3))
		def->closes_min = 1441;
}

void define_clerk(struct generator *generator, struct command *ret)
{
	static const char *const lists[] = {"",	    "tax",    "tax,notary", "notary,taxi,tax",
					    "taxi", "notary", "tax,tax"};
	struct event_clerk_defined *def = &ret->u.define_clerk;

	*ret = world_command(COMMAND_DEFINE_CLERK, generator->mono_ms);
	SET(def->clerk, ONE_OF(generator, clerks));
	SET(def->zh, "职员");
	SET(def->en, "Clerk");
	SET(def->skills, ONE_OF(generator, lists));
	def->retired = chance(generator, 10);
}

void define_hall(struct generator *generator, struct command *ret)
{
	*ret = world_command(COMMAND_DEFINE_HALL, generator->mono_ms);
	strcpy(ret->u.define_hall.id, "hall");
	strcpy(ret->u.define_hall.zh, "政务服务大厅");
	strcpy(ret->u.define_hall.en, "Hall");
	strcpy(ret->u.define_hall.zone, "Asia/Shanghai");
	ret->u.define_hall.target_ms = 60000 * (1 + below(generator, 3));
}
