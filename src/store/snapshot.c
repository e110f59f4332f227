/* The newest snapshot of the caller's state, kept in the log itself, so that a start replays only
 * what came after it. It is derived: one that does not check is passed over, never trusted and
 * never an error. docs/log-format.md says what stands in it. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/private.h"

struct store_past {
	sqlite3 *db;
	const uint8_t *key;
	uint64_t seq;
};

/* BLAKE2b-256(key, "onewindow snapshot" | version, 4 bytes | seq, 8 | head | state), integers
 * little-endian. */
static void seal(const uint8_t key[STORE_KEY_SIZE], uint32_t version, uint64_t seq,
		 const uint8_t head[STORE_HASH_SIZE], const void *state, size_t size,
		 uint8_t ret_seal[STORE_HASH_SIZE])
{
	static const char what[] = "onewindow snapshot";
	crypto_generichash_state hash;
	uint8_t numbers[12];

	store_put_le(numbers, version, 4);
	store_put_le(numbers + 4, seq, 8);
	crypto_generichash_init(&hash, key, STORE_KEY_SIZE, STORE_HASH_SIZE);
	crypto_generichash_update(&hash, (const uint8_t *)what, sizeof(what) - 1);
	crypto_generichash_update(&hash, numbers, sizeof(numbers));
	crypto_generichash_update(&hash, head, STORE_HASH_SIZE);
	crypto_generichash_update(&hash, state, size);
	crypto_generichash_final(&hash, ret_seal, STORE_HASH_SIZE);
}

int store_snapshot_write(struct store *store, uint64_t seq, const void *state, size_t size)
{
	uint8_t mac[STORE_HASH_SIZE];
	sqlite3_stmt *insert = NULL;
	int r = sqlite3_exec(store->db, "DELETE FROM snapshot", NULL, NULL, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_prepare_v2(store->db, "INSERT INTO snapshot VALUES(?, ?, ?, ?, ?)", -1,
				       &insert, NULL);
	if (r == SQLITE_OK) {
		seal(store->key, store->snapshot_version, seq, store->head, state, size, mac);
		sqlite3_bind_int64(insert, 1, (int64_t)seq);
		sqlite3_bind_int64(insert, 2, store->snapshot_version);
		sqlite3_bind_blob(insert, 3, store->head, STORE_HASH_SIZE, SQLITE_STATIC);
		sqlite3_bind_blob64(insert, 4, state, size, SQLITE_STATIC);
		sqlite3_bind_blob(insert, 5, mac, sizeof(mac), SQLITE_STATIC);
		r = sqlite3_step(insert);
		if (r == SQLITE_DONE)
			r = SQLITE_OK;
	}
	sqlite3_finalize(insert);
	return r;
}

static const void *blob_of(sqlite3_stmt *statement, int column, int size)
{
	return sqlite3_column_bytes(statement, column) == size
		       ? sqlite3_column_blob(statement, column)
		       : NULL;
}

/* Is the event of the snapshot's head still there, with that hash? */
static bool stands_in_log(sqlite3 *db, uint64_t seq, const uint8_t head[STORE_HASH_SIZE])
{
	sqlite3_stmt *statement = NULL;
	bool stands = false;

	if (sqlite3_prepare_v2(db, "SELECT hash FROM event WHERE seq = ?", -1, &statement, NULL) ==
	    SQLITE_OK) {
		const void *hash;

		sqlite3_bind_int64(statement, 1, (int64_t)seq);
		if (sqlite3_step(statement) == SQLITE_ROW) {
			hash = blob_of(statement, 0, STORE_HASH_SIZE);
			stands = hash && !memcmp(hash, head, STORE_HASH_SIZE);
		}
	}
	sqlite3_finalize(statement);
	return stands;
}

/* The columns of a row as a snapshot with bytes of its own; as store_snapshot_find(). */
static int read_columns(sqlite3 *db, sqlite3_stmt *statement, const uint8_t key[STORE_KEY_SIZE],
			uint32_t version, struct store_snapshot *ret,
			uint8_t ret_head[STORE_HASH_SIZE])
{
	uint64_t seq = (uint64_t)sqlite3_column_int64(statement, 0);
	const void *head = blob_of(statement, 2, STORE_HASH_SIZE);
	const void *state = sqlite3_column_blob(statement, 3);
	size_t size = (size_t)sqlite3_column_bytes(statement, 3);
	const void *kept_mac = blob_of(statement, 4, STORE_HASH_SIZE);
	uint8_t mac[STORE_HASH_SIZE];
	void *copy;

	if (!head || !kept_mac || !state || sqlite3_column_int64(statement, 1) != version)
		return 0;
	seal(key, version, seq, head, state, size, mac);
	if (sodium_memcmp(mac, kept_mac, sizeof(mac)) != 0 || !stands_in_log(db, seq, head))
		return 0;
	copy = malloc(size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, state, size);
	*ret = (struct store_snapshot){.seq = seq, .bytes = copy, .size = size};
	memcpy(ret_head, head, STORE_HASH_SIZE);
	return 1;
}

int store_snapshot_find(sqlite3 *db, const uint8_t key[STORE_KEY_SIZE], uint32_t version,
			struct store_snapshot *ret, uint8_t ret_head[STORE_HASH_SIZE])
{
	sqlite3_stmt *statement = NULL;
	int r = 0;

	/* No such table in a log of format 1; and damage here is none of the log's facts. */
	if (sqlite3_prepare_v2(db,
			       "SELECT seq, version, head, state, mac FROM snapshot "
			       "ORDER BY seq DESC LIMIT 1",
			       -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		r = read_columns(db, statement, key, version, ret, ret_head);
	sqlite3_finalize(statement);
	return r;
}

void store_snapshot_finish(struct store_snapshot *snapshot)
{
	free((void *)(uintptr_t)snapshot->bytes);
	*snapshot = (struct store_snapshot){.seq = 0};
}

int store_snapshot_load(struct store *store, const struct store_options *options, void *user)
{
	const struct store_snapshot beginning = {0};
	struct store_snapshot snapshot = {0};
	struct store_past past = {.db = store->db, .key = store->key};
	uint8_t head[STORE_HASH_SIZE];
	int r = store_snapshot_find(store->db, store->key, options->snapshot_version, &snapshot,
				    head);

	if (r <= 0)
		return r;
	snapshot.past = &past;
	past.seq = snapshot.seq;
	r = options->load(user, &snapshot);
	if (r == 0) {
		memcpy(store->head, head, STORE_HASH_SIZE);
		store->state.durable_seq = snapshot.seq;
	}
	store_snapshot_finish(&snapshot);
	/* The half of it that was loaded must not be there when the first event comes. */
	if (r == -EBADMSG)
		return options->load(user, &beginning);
	return r < 0 ? r : 1;
}

static bool is_sealed(const struct store_past *past, sqlite3_stmt *statement,
		      const struct store_command *command)
{
	const void *hash = blob_of(statement, 4, STORE_HASH_SIZE);
	const void *kept = blob_of(statement, 5, STORE_MAC_SIZE);
	uint8_t mac[STORE_MAC_SIZE];

	if (!hash || !kept)
		return false;
	store_command_mac(past->key, hash, command, (uint32_t)sqlite3_column_int64(statement, 3),
			  mac);
	return !memcmp(kept, mac, sizeof(mac));
}

int store_past_commands(struct store_past *past, int64_t day, store_command_fn fn, void *user)
{
	/* +: by the index of the ids. SQLite would walk all events for the order's sake. */
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(
		past->db,
		"SELECT seq, command_id, command_hash, command_events, hash, command_mac "
		"FROM event WHERE "
		"((command_id >= ?1 || '#' AND command_id < ?1 || '$') OR"
		" (command_id >= ?1 || ':' AND command_id < ?1 || ';')) AND +seq <= ?2 "
		"ORDER BY +seq",
		-1, &statement, NULL);
	char prefix[24];
	int r = store_errno(step);

	snprintf(prefix, sizeof(prefix), "%" PRId64, day);
	if (r == 0) {
		sqlite3_bind_text(statement, 1, prefix, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 2, (int64_t)past->seq);
	}
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct store_command command = {{0}, {0}};
		const void *hash = blob_of(statement, 2, STORE_HASH_SIZE);
		int len = sqlite3_column_bytes(statement, 1);

		if (!hash || len >= STORE_COMMAND_ID_SIZE) {
			r = -EBADMSG;
			break;
		}
		memcpy(command.id, sqlite3_column_text(statement, 1), (size_t)len);
		memcpy(command.body_hash, hash, STORE_HASH_SIZE);
		if (!is_sealed(past, statement, &command)) {
			r = -EBADMSG;
			break;
		}
		r = fn(user, (uint64_t)sqlite3_column_int64(statement, 0), &command,
		       (uint32_t)sqlite3_column_int64(statement, 3));
	}
	if (r == 0 && step != SQLITE_DONE)
		r = store_errno(step);
	sqlite3_finalize(statement);
	return r;
}
