/* From the format of an older release to this one, step by step, in one transaction: a log is of
 * one format or of the next, whatever happens meanwhile. Events are never touched. And the log's
 * derived parts made anew. */
#include <errno.h>
#include <string.h>

#include "src/store/private.h"

/* Step i leads from format i + 1 to i + 2. A released step never changes. */
static const char *const steps[STORE_FORMAT - 1] = {
	/* 1 to 2: snapshots, and each row's command under a mac */
	STORE_SNAPSHOT_SCHEMA "ALTER TABLE event ADD COLUMN command_mac BLOB;"
			      "UPDATE event SET command_mac = onewindow_mac("
			      "hash, command_id, command_hash, command_events);",
};

/* onewindow_mac(hash, command_id, command_hash, command_events), of a row that was found good. */
static void sql_mac(sqlite3_context *context, int count, sqlite3_value **values)
{
	const struct store *store = sqlite3_user_data(context);
	struct store_command command = {{0}, {0}};
	uint8_t mac[STORE_MAC_SIZE];
	int len = sqlite3_value_bytes(values[1]);
	bool has = sqlite3_value_type(values[1]) != SQLITE_NULL;

	(void)count;
	if (sqlite3_value_bytes(values[0]) != STORE_HASH_SIZE || len >= STORE_COMMAND_ID_SIZE ||
	    (has && sqlite3_value_bytes(values[2]) != STORE_HASH_SIZE)) {
		sqlite3_result_error(context, "a row is damaged", -1);
		return;
	}
	if (has) {
		memcpy(command.id, sqlite3_value_text(values[1]), (size_t)len);
		memcpy(command.body_hash, sqlite3_value_blob(values[2]), STORE_HASH_SIZE);
	}
	store_command_mac(store->key, sqlite3_value_blob(values[0]), &command,
			  has ? (uint32_t)sqlite3_value_int64(values[3]) : 0, mac);
	sqlite3_result_blob(context, mac, sizeof(mac), SQLITE_TRANSIENT);
}

int store_migrate(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	int64_t format = 0;
	char sql[64];
	int r = store_format(store->db, &format);

	if (r == 0 && format == STORE_FORMAT)
		return 0;
	if (r == 0 && format < 1)
		r = -EBADMSG;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", STORE_FORMAT);
	if (r == 0)
		r = store_errno(sqlite3_create_function(store->db, "onewindow_mac", 4,
							SQLITE_UTF8 | SQLITE_DETERMINISTIC, store,
							sql_mac, NULL, NULL));
	if (r == 0)
		r = store_errno(sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	for (int64_t at = format; r == 0 && at < STORE_FORMAT; at++)
		r = store_errno(sqlite3_exec(store->db, steps[at - 1], NULL, NULL, NULL));
	if (r == 0)
		r = store_errno(sqlite3_exec(store->db, sql, NULL, NULL, NULL));
	if (r == 0)
		r = store_errno(sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL));
	if (r < 0) {
		store_say(ret_error, "%.150s: it cannot be brought from format %d to %d: %s",
			  store->path, (int)format, STORE_FORMAT,
			  r == -EBADMSG ? "no such format" : sqlite3_errmsg(store->db));
		if (!sqlite3_get_autocommit(store->db))
			sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return r;
}

/* What log-format.md calls derived. The payloads were just verified against the chain. */
static const char rebuild_sql[] =
	"REINDEX;"
	"UPDATE event SET at_ms = json_extract(payload, '$.at'),"
	" wall_ms = json_extract(payload, '$.wall'),"
	" ticket = nullif(json_extract(payload, '$.ticket'), 0),"
	" window = nullif(json_extract(payload, '$.window'), 0)"
	" WHERE at_ms IS NOT json_extract(payload, '$.at')"
	" OR wall_ms IS NOT json_extract(payload, '$.wall')"
	" OR ticket IS NOT nullif(json_extract(payload, '$.ticket'), 0)"
	" OR window IS NOT nullif(json_extract(payload, '$.window'), 0);"
	"DELETE FROM snapshot;"
	"DELETE FROM projection;" STORE_KEPT_SCHEMA "DELETE FROM kept_part;"
	"DELETE FROM kept_day;"
	"DELETE FROM context;"
	"INSERT INTO context SELECT seq FROM event "
	"WHERE " STORE_CONTEXT_TYPES ";" STORE_CONTEXT_WHOLE;

int store_rebuild_derived(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	int r = store_errno(sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL));

	if (r == 0)
		r = store_errno(sqlite3_exec(store->db, rebuild_sql, NULL, NULL, NULL));
	if (r == 0)
		r = store_errno(sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL));
	if (r == 0)
		store->has_kept = true;
	if (r < 0) {
		store_say(ret_error, "%.150s: what is derived cannot be rebuilt: %s", store->path,
			  sqlite3_errmsg(store->db));
		if (!sqlite3_get_autocommit(store->db))
			sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return r;
}
