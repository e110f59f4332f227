/* The table of command ids: a ring in order of first use, because ids leave from either end only
 * (the oldest when a day or the room ends, the newest when a commit was refused), and chains over
 * it for look-up. An id is kept as its digest, so an entry has one small size. */
#include "src/keeper/ids.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_START = 1024 };

static const uint32_t NONE = UINT32_MAX;

struct slot {
	struct ids_entry entry;
	uint32_t next; /* slot of the same chain */
};

struct ids {
	struct slot *slots;
	uint32_t *chains;
	uint32_t size; /* of both, a power of two */
	uint32_t head; /* slot of the oldest */
	uint32_t count;
};

static uint32_t chain_of(const uint8_t hash[STORE_HASH_SIZE], uint32_t size)
{
	uint32_t value;

	memcpy(&value, hash, sizeof(value));
	return value & (size - 1);
}

static void link_slot(struct ids *ids, uint32_t index)
{
	uint32_t chain = chain_of(ids->slots[index].entry.id_hash, ids->size);

	ids->slots[index].next = ids->chains[chain];
	ids->chains[chain] = index;
}

static void unlink_slot(struct ids *ids, uint32_t index)
{
	uint32_t *at = &ids->chains[chain_of(ids->slots[index].entry.id_hash, ids->size)];

	while (*at != index) {
		assert(*at != NONE);
		at = &ids->slots[*at].next;
	}
	*at = ids->slots[index].next;
}

static int resize(struct ids *ids, uint32_t size)
{
	struct ids grown = {.size = size, .count = ids->count};
	uint32_t i;

	grown.slots = calloc(size, sizeof(*grown.slots));
	grown.chains = malloc(size * sizeof(*grown.chains));
	if (!grown.slots || !grown.chains) {
		free(grown.slots);
		free(grown.chains);
		return -ENOMEM;
	}
	memset(grown.chains, 0xff, size * sizeof(*grown.chains));
	for (i = 0; i < ids->count; i++) {
		grown.slots[i] = ids->slots[(ids->head + i) & (ids->size - 1)];
		link_slot(&grown, i);
	}
	free(ids->slots);
	free(ids->chains);
	*ids = grown;
	return 0;
}

int ids_create(struct ids **ret_ids)
{
	struct ids *ids;
	int r;

	ids = calloc(1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	r = resize(ids, IDS_START);
	if (r < 0) {
		free(ids);
		return r;
	}
	*ret_ids = ids;
	return 0;
}

void ids_destroy(struct ids *ids)
{
	if (!ids)
		return;
	free(ids->slots);
	free(ids->chains);
	free(ids);
}

const struct ids_entry *ids_find(const struct ids *ids, const char *id)
{
	uint8_t hash[STORE_HASH_SIZE];
	uint32_t i;

	store_digest(id, strlen(id), hash);
	for (i = ids->chains[chain_of(hash, ids->size)]; i != NONE; i = ids->slots[i].next) {
		if (memcmp(ids->slots[i].entry.id_hash, hash, sizeof(hash)) == 0)
			return &ids->slots[i].entry;
	}
	return NULL;
}

static void drop_oldest(struct ids *ids)
{
	unlink_slot(ids, ids->head);
	ids->head = (ids->head + 1) & (ids->size - 1);
	ids->count--;
}

int ids_reserve(struct ids *ids)
{
	if (ids->count < ids->size)
		return 0;
	if (ids->size == IDS_MAX) {
		drop_oldest(ids);
		return 0;
	}
	return resize(ids, ids->size * 2);
}

void ids_add(struct ids *ids, const struct store_command *command, uint64_t first_seq,
	     uint32_t count, int64_t day)
{
	uint32_t index = (ids->head + ids->count) & (ids->size - 1);
	struct ids_entry *entry = &ids->slots[index].entry;

	assert(ids->count < ids->size);
	store_digest(command->id, strlen(command->id), entry->id_hash);
	memcpy(entry->body_hash, command->body_hash, sizeof(entry->body_hash));
	entry->first_seq = first_seq;
	entry->count = count;
	entry->day = day;
	link_slot(ids, index);
	ids->count++;
}

void ids_expire(struct ids *ids, int64_t day)
{
	while (ids->count > 0 && ids->slots[ids->head].entry.day < day - 1)
		drop_oldest(ids);
}

void ids_drop_after(struct ids *ids, uint64_t seq)
{
	while (ids->count > 0) {
		uint32_t newest = (ids->head + ids->count - 1) & (ids->size - 1);

		if (ids->slots[newest].entry.first_seq <= seq)
			return;
		unlink_slot(ids, newest);
		ids->count--;
	}
}

size_t ids_count(const struct ids *ids)
{
	return ids->count;
}
