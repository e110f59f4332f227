/* Are two halls the same, and a digest of one. Both go by the bytes of each record, which save.c
 * writes too: no field can be forgotten, and padding never counts. */
#include <string.h>

#include "src/core/record.h"

/* One record spelled out. */
struct spelled {
	size_t len;
	uint8_t bytes[RECORD_BYTES_MAX + sizeof(uint64_t)];
};

/* id RECORD_COUNT: the hall itself. */
static void spell(struct spelled *out, const struct hall *hall, int id, size_t i)
{
	if (id == RECORD_COUNT)
		out->len = record_write(&record_hall, hall, out->bytes);
	else
		out->len =
			record_write(&records[id], record_row(hall, &records[id], i), out->bytes);
}

/* FNV-1a over words, folded so that high bits come down too. */
static uint64_t mix(uint64_t digest, struct spelled *spelled)
{
	memset(spelled->bytes + spelled->len, 0, sizeof(uint64_t));
	for (size_t i = 0; i < spelled->len; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, spelled->bytes + i, sizeof(word));
		digest = (digest ^ word) * 0x100000001b3u;
		digest ^= digest >> 29;
	}
	return digest;
}

uint64_t hall_digest(const struct hall *hall)
{
	struct spelled spelled;
	uint64_t digest;

	spell(&spelled, hall, RECORD_COUNT, 0);
	digest = mix(0xcbf29ce484222325u, &spelled);
	for (int id = 0; id < RECORD_COUNT; id++) {
		for (size_t i = 0; i < record_rows(hall, &records[id]); i++) {
			spell(&spelled, hall, id, i);
			digest = mix(digest, &spelled);
		}
	}
	return digest;
}

static bool same(const struct hall *a, const struct hall *b, int id, size_t i)
{
	struct spelled one, other;

	spell(&one, a, id, i);
	spell(&other, b, id, i);
	return one.len == other.len && !memcmp(one.bytes, other.bytes, one.len);
}

bool hall_equal(const struct hall *a, const struct hall *b)
{
	/* the counts of the tables are among the hall's own fields */
	if (!same(a, b, RECORD_COUNT, 0))
		return false;
	for (int id = 0; id < RECORD_COUNT; id++) {
		for (size_t i = 0; i < record_rows(a, &records[id]); i++)
			if (!same(a, b, id, i))
				return false;
	}
	return true;
}
