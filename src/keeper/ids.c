/* The table of command ids: a ring in order of first use, because ids leave from either end only
 * (the oldest when a day or the room ends, the newest when a commit was refused), and chains over
 * it for look-up. An id is kept as its digest, so an entry has one small size. */
#include "src/keeper/ids.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_START = 1024, IDS_KEPT = 16 };

static const uint32_t NONE = UINT32_MAX;

struct slot {
	uint8_t id[IDS_KEPT], body[IDS_KEPT];
	uint64_t first_seq;
	uint16_t count; /* a decision has fewer events, a log fewer days than that */
	uint16_t day;
	uint32_t next; /* slot of the same chain */
};

_Static_assert(DECISION_MAX_EVENTS < UINT16_MAX && CORE_MAX_DAYS < UINT16_MAX, "struct slot");

/* The ring wanders through all of its slots, so it grows by a half and not to twice the size. */
struct ids {
	struct slot *slots;
	uint32_t *chains;
	uint32_t size;	      /* slots */
	uint32_t chain_count; /* a power of two, at least half of size */
	uint32_t head;	      /* slot of the oldest */
	uint32_t count;
	bool overflowed;
};

static uint32_t slot_at(const struct ids *ids, uint32_t place)
{
	return (ids->head + place) % ids->size;
}

static uint32_t chain_of(const struct ids *ids, const uint8_t *hash)
{
	uint32_t value;

	memcpy(&value, hash, sizeof(value));
	return value & (ids->chain_count - 1);
}

static void link_slot(struct ids *ids, uint32_t index)
{
	uint32_t chain = chain_of(ids, ids->slots[index].id);

	ids->slots[index].next = ids->chains[chain];
	ids->chains[chain] = index;
}

static void unlink_slot(struct ids *ids, uint32_t index)
{
	uint32_t *at = &ids->chains[chain_of(ids, ids->slots[index].id)];

	while (*at != index) {
		assert(*at != NONE);
		at = &ids->slots[*at].next;
	}
	*at = ids->slots[index].next;
}

static int resize(struct ids *ids, uint32_t size)
{
	struct ids grown = {.size = size,
			    .chain_count = IDS_START,
			    .count = ids->count,
			    .overflowed = ids->overflowed};
	uint32_t i;

	while (grown.chain_count * 2 < size)
		grown.chain_count *= 2;
	grown.slots = calloc(size, sizeof(*grown.slots));
	grown.chains = malloc(grown.chain_count * sizeof(*grown.chains));
	if (!grown.slots || !grown.chains) {
		free(grown.slots);
		free(grown.chains);
		return -ENOMEM;
	}
	memset(grown.chains, 0xff, grown.chain_count * sizeof(*grown.chains));
	for (i = 0; i < ids->count; i++) {
		grown.slots[i] = ids->slots[slot_at(ids, i)];
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

void ids_digest(const char *id, uint8_t ret_hash[STORE_HASH_SIZE])
{
	store_digest(id, strlen(id), ret_hash);
}

void ids_write_name(const char *id, int64_t day, char ret_name[STORE_COMMAND_ID_SIZE])
{
	uint8_t hash[STORE_HASH_SIZE];
	char prefix[24];
	size_t i, len;

	len = (size_t)snprintf(prefix, sizeof(prefix), "%" PRId64, day);
	if (len + 1 + strlen(id) < STORE_COMMAND_ID_SIZE) {
		snprintf(ret_name, STORE_COMMAND_ID_SIZE, "%s:%.*s", prefix,
			 (int)(STORE_COMMAND_ID_SIZE - 2 - len), id);
		return;
	}
	ids_digest(id, hash);
	len = (size_t)snprintf(ret_name, STORE_COMMAND_ID_SIZE, "%s#", prefix);
	for (i = 0; i < sizeof(hash); i++)
		snprintf(ret_name + len + 2 * i, 3, "%02x", hash[i]);
}

static int read_hex(const char *text, uint8_t ret_hash[STORE_HASH_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[STORE_HASH_SIZE];
	const char *high, *low;
	size_t i;

	if (strlen(text) != 2 * sizeof(hash))
		return -EBADMSG;
	for (i = 0; i < sizeof(hash); i++) {
		high = strchr(digits, text[2 * i]);
		low = strchr(digits, text[2 * i + 1]);
		if (!high || !low)
			return -EBADMSG;
		hash[i] = (uint8_t)((high - digits) << 4 | (low - digits));
	}
	memcpy(ret_hash, hash, sizeof(hash));
	return 0;
}

int ids_read_name(const char *name, uint8_t ret_hash[STORE_HASH_SIZE], int64_t *ret_day)
{
	long long day;
	char *end;
	int r = 0;

	if (name[0] < '0' || name[0] > '9')
		return -EBADMSG;
	errno = 0;
	day = strtoll(name, &end, 10);
	if (errno)
		return -EBADMSG;
	if (*end == ':')
		ids_digest(end + 1, ret_hash);
	else if (*end == '#')
		r = read_hex(end + 1, ret_hash);
	else
		r = -EBADMSG;
	if (r == 0)
		*ret_day = day;
	return r;
}

bool ids_find(const struct ids *ids, const uint8_t id_hash[STORE_HASH_SIZE],
	      struct ids_entry *ret_entry)
{
	uint32_t i;

	for (i = ids->chains[chain_of(ids, id_hash)]; i != NONE; i = ids->slots[i].next) {
		const struct slot *slot = &ids->slots[i];

		if (memcmp(slot->id, id_hash, sizeof(slot->id)) != 0)
			continue;
		*ret_entry = (struct ids_entry){
			.first_seq = slot->first_seq, .count = slot->count, .day = slot->day};
		memcpy(ret_entry->id_hash, slot->id, sizeof(slot->id));
		memcpy(ret_entry->body_hash, slot->body, sizeof(slot->body));
		return true;
	}
	return false;
}

bool ids_same_body(const struct ids_entry *found, const uint8_t body_hash[STORE_HASH_SIZE])
{
	return memcmp(found->body_hash, body_hash, IDS_KEPT) == 0;
}

static void drop_oldest(struct ids *ids)
{
	unlink_slot(ids, ids->head);
	ids->head = slot_at(ids, 1);
	ids->count--;
}

int ids_reserve(struct ids *ids)
{
	uint32_t wanted = ids->size + ids->size / 2;

	if (ids->count < ids->size)
		return 0;
	if (ids->size == IDS_MAX) {
		drop_oldest(ids);
		ids->overflowed = true;
		return 0;
	}
	return resize(ids, wanted < IDS_MAX ? wanted : IDS_MAX);
}

void ids_add(struct ids *ids, const struct ids_entry *entry)
{
	uint32_t index = slot_at(ids, ids->count);
	struct slot *slot = &ids->slots[index];

	assert(ids->count < ids->size);
	memcpy(slot->id, entry->id_hash, sizeof(slot->id));
	memcpy(slot->body, entry->body_hash, sizeof(slot->body));
	slot->first_seq = entry->first_seq;
	slot->count = entry->count < UINT16_MAX ? (uint16_t)entry->count : UINT16_MAX;
	slot->day = entry->day < UINT16_MAX ? (uint16_t)entry->day : UINT16_MAX;
	link_slot(ids, index);
	ids->count++;
}

void ids_expire(struct ids *ids, int64_t day)
{
	while (ids->count > 0 && ids->slots[ids->head].day < day - 1)
		drop_oldest(ids);
}

void ids_drop_after(struct ids *ids, uint64_t seq)
{
	while (ids->count > 0) {
		uint32_t newest = slot_at(ids, ids->count - 1);

		if (ids->slots[newest].first_seq <= seq)
			return;
		unlink_slot(ids, newest);
		ids->count--;
	}
}

size_t ids_count(const struct ids *ids)
{
	return ids->count;
}

bool ids_overflowed(const struct ids *ids)
{
	return ids->overflowed;
}
