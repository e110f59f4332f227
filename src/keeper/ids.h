/* The command ids of the last two service days: what each was used for, and which events answer
 * it. Sizes are bounded: at IDS_MAX the oldest id leaves, and has to be looked up in the log. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/store/store.h"

/* Two days of 32768 tickets with four commands each. */
#ifdef KEEPER_FEW_IDS /* tests */
enum { IDS_MAX = 2048 };
#else
enum { IDS_MAX = 262144 };
#endif

struct ids;

/* What an id stands for. The table keeps the first 16 bytes of each digest, which no accident makes
 * alike: two days of ids are a large part of the daemon's memory. */
struct ids_entry {
	uint8_t id_hash[STORE_HASH_SIZE];
	uint8_t body_hash[STORE_HASH_SIZE];
	uint64_t first_seq; /* of the command's events first_seq .. first_seq + count - 1 */
	uint32_t count;
	int64_t day; /* counter of the service day, 0 before the first */
};

/* -ENOMEM. Destroy takes NULL. */
__attribute__((warn_unused_result)) int ids_create(struct ids **ret_ids);
void ids_destroy(struct ids *ids);

/* What a client's id is known by. */
void ids_digest(const char *id, uint8_t ret_hash[STORE_HASH_SIZE]);

/* The name under which the log keeps an id. The log takes each name once, for ever, while an id may
 * be used anew after two service days: so the day's counter goes in front ("7:press-12"), and an id
 * that is too long for that is named by its digest ("7#" and 64 hex digits). */
void ids_write_name(const char *id, int64_t day, char ret_name[STORE_COMMAND_ID_SIZE]);
/* Back from a name. -EBADMSG: not written by ids_write_name(). */
__attribute__((warn_unused_result)) int
ids_read_name(const char *name, uint8_t ret_hash[STORE_HASH_SIZE], int64_t *ret_day);

/* False if the id is not known. The digests in *ret_entry are as they are kept, zeros behind. */
bool ids_find(const struct ids *ids, const uint8_t id_hash[STORE_HASH_SIZE],
	      struct ids_entry *ret_entry);
/* Was the id that was found used for this body? */
bool ids_same_body(const struct ids_entry *found, const uint8_t body_hash[STORE_HASH_SIZE]);

/* Makes room for one more, so that the next ids_add() cannot fail. -ENOMEM. */
__attribute__((warn_unused_result)) int ids_reserve(struct ids *ids);

/* The id must not be known, first_seq must be greater than that of every entry, ids_reserve() must
 * have succeeded since the last call. */
void ids_add(struct ids *ids, const struct ids_entry *entry);

/* The service day with this counter has begun: ids of days before the previous one are forgotten.
 */
void ids_expire(struct ids *ids, int64_t day);

/* Forgets what came after seq: those commands never became durable. */
void ids_drop_after(struct ids *ids, uint64_t seq);

size_t ids_count(const struct ids *ids);

/* Did one leave for want of room? */
bool ids_overflowed(const struct ids *ids);
