/* The check of a whole log: every link of the chain, every typed column, the hall that the events
 * make, the snapshot against it, and last the file by SQLite. Beside the daemon: it never waits for
 * this, but while SQLite looks at the file, in one transaction, the WAL grows. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "src/store/private.h"

struct verifier {
	uint8_t key[STORE_KEY_SIZE];
	int64_t format;
	struct hall *hall;
	struct store_verify_result *result;
	const struct store_head *head;	/* NULL: none was kept */
	struct store_snapshot snapshot; /* seq 0: none that checks */
	struct store_kept_check kept;
};

static int bad(struct verifier *verifier, uint64_t seq, const char *what)
{
	verifier->result->bad_seq = seq;
	store_say(verifier->result->detail, "event %" PRIu64 ": %s", seq, what);
	return -EBADMSG;
}

static bool column_is(sqlite3_stmt *statement, int column, int64_t value)
{
	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return value == 0;
	return sqlite3_column_int64(statement, column) == value;
}

/* A snapshot that a start would begin with must be what the events lead to. */
static int compare_snapshot(struct verifier *verifier)
{
	const struct store_snapshot *snapshot = &verifier->snapshot;
	struct hall *kept;
	int r = hall_create(&kept);

	if (r < 0)
		return r;
	r = hall_load(kept, snapshot->bytes, snapshot->size);
	if (r == -EBADMSG || (r == 0 && !hall_equal(kept, verifier->hall)))
		r = bad(verifier, snapshot->seq,
			"the snapshot behind it is not what the events lead to; the events are "
			"good so far: `onewindow log rebuild` makes it anew");
	hall_destroy(kept);
	return r;
}

/* What was kept must be what the events lead to. */
static int judge_kept(struct verifier *verifier, int r)
{
	if (r < 0 && verifier->kept.detail[0]) {
		verifier->result->bad_seq = verifier->kept.bad_seq;
		store_say(verifier->result->detail, "%s", verifier->kept.detail);
	}
	return r;
}

static int verify_kept(struct verifier *verifier, const struct event *event, const char *payload,
		       size_t len)
{
	const struct store_raw raw = {.seq = event->seq,
				      .type = event->type,
				      .version = event->version,
				      .payload = payload,
				      .len = len};

	return judge_kept(verifier, store_kept_check_row(&verifier->kept, &raw, event));
}

static int verify_row(void *user, const struct store_row *row, const char *payload, size_t len,
		      sqlite3_stmt *statement)
{
	struct verifier *verifier = user;
	struct store_verify_result *result = verifier->result;
	const struct event *event = &row->event;
	uint8_t hash[STORE_HASH_SIZE];

	if (event->seq != result->events + 1)
		return bad(verifier, result->events + 1, "is missing");
	store_chain(verifier->key, result->head, event, payload, len, hash);
	if (memcmp(hash, row->hash, sizeof(hash)) != 0)
		return bad(verifier, event->seq, "its hash does not follow from the one before");
	if (verifier->format >= STORE_FORMAT_MACS &&
	    !store_row_has_mac(statement, row, verifier->key))
		return bad(verifier, event->seq,
			   "its command is not the one that was written with it");
	if (!column_is(statement, 5, event->at.mono_ms) ||
	    !column_is(statement, 6, event->at.wall_ms) ||
	    !column_is(statement, 7, event_ticket(event)) ||
	    !column_is(statement, 8, event_window(event)))
		return bad(verifier, event->seq, "its columns do not agree with its payload");
	if (hall_apply(verifier->hall, event) < 0)
		return bad(verifier, event->seq,
			   "does not fit the hall that the events before it made");
	if (verifier->head && verifier->head->seq == event->seq &&
	    memcmp(verifier->head->hash, hash, sizeof(hash)) != 0)
		return bad(verifier, event->seq,
			   "is not the one whose head was kept: the log was replaced from here or "
			   "before, or the head is of another log");
	if (verifier->snapshot.seq == event->seq) {
		int r = compare_snapshot(verifier);

		if (r < 0)
			return r;
	}
	memcpy(result->head, hash, sizeof(hash));
	result->events++;
	return verify_kept(verifier, event, payload, len);
}

static int check_key(struct store_reader *reader, struct verifier *verifier)
{
	uint8_t kept[STORE_HASH_SIZE], own[STORE_HASH_SIZE];
	int r = store_meta_get(reader->db, "key_check", kept, sizeof(kept));

	if (r < 0) {
		store_say(verifier->result->detail, "the log's check of its key %s",
			  r == -ENOENT ? "is damaged" : sqlite3_errmsg(reader->db));
		return r == -ENOENT ? -EBADMSG : r;
	}
	store_key_check(verifier->key, own);
	if (memcmp(kept, own, sizeof(own)) == 0)
		return 0;
	store_say(verifier->result->detail, "the key is another log's; name the right one");
	return -ENOKEY;
}

static int lose_patience(void *user)
{
	const struct store_verify_options *patience = user;

	return !patience->go_on(patience->user);
}

/* What no walk over the events shows: an index that leads elsewhere would hide a command's id. */
static int check_file(struct store_reader *reader, const struct store_verify_options *patience,
		      struct store_verify_result *result)
{
	enum { INSTRUCTIONS = 100000 };
	sqlite3_stmt *statement = NULL;
	const char *said;
	int step;

	if (patience->go_on)
		sqlite3_progress_handler(reader->db, INSTRUCTIONS, lose_patience,
					 (void *)(uintptr_t)patience);
	step = sqlite3_prepare_v2(reader->db, "PRAGMA integrity_check(1)", -1, &statement, NULL);
	if (step == SQLITE_OK)
		step = sqlite3_step(statement);
	said = step == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0)
				  : sqlite3_errmsg(reader->db);
	if (step != SQLITE_ROW || !said || strcmp(said, "ok") != 0)
		store_say(result->detail,
			  "the events are good, but the file around them is damaged: %.120s; "
			  "`onewindow log rebuild` makes it anew",
			  said ? said : "?");
	sqlite3_finalize(statement);
	sqlite3_progress_handler(reader->db, 0, NULL, NULL);
	if ((step & 0xff) == SQLITE_INTERRUPT)
		return -ECANCELED;
	if (step == SQLITE_ROW)
		return result->detail[0] ? -EBADMSG : 0;
	return store_errno(step) ? store_errno(step) : -EBADMSG;
}

int store_verify(const char *path, const char *key_path, struct store_verify_result *ret)
{
	return store_verify_with(path, &(struct store_verify_options){.key_path = key_path}, ret);
}

static int begin(struct verifier *verifier, struct store_reader *reader, const char *path,
		 const struct store_verify_options *options)
{
	uint8_t head[STORE_HASH_SIZE];
	int r = store_key_load(path, options->key_path, false, verifier->key,
			       verifier->result->detail);

	if (r == 0)
		r = check_key(reader, verifier);
	if (r == 0)
		r = store_format(reader->db, &verifier->format);
	if (r == 0)
		r = hall_create(&verifier->hall);
	if (r == 0)
		r = store_kept_check_begin(&verifier->kept, reader, options->digest);
	if (r == 0)
		r = store_snapshot_find(reader->db, verifier->key, HALL_STATE_VERSION,
					&verifier->snapshot, head);
	return r > 0 ? 0 : r;
}

static int walk(struct verifier *verifier, struct store_reader *reader,
		const struct store_verify_options *options)
{
	struct store_verify_result *ret = verifier->result;
	uint64_t from = 1;
	bool more = true;
	int r = 0;

	while (r == 0 && more) {
		char error[STORE_ERROR_SIZE] = "";

		if (options->go_on && !options->go_on(options->user))
			return -ECANCELED;
		r = store_reader_some(reader, &from, UINT64_MAX, verify_row, verifier, &more,
				      error);
		if (r < 0 && !ret->detail[0])
			store_say(ret->detail, "%s", error);
		if (r < 0 && !ret->bad_seq)
			ret->bad_seq = ret->events + 1;
	}
	if (r == 0 && options->head && options->head->seq > ret->events) {
		ret->bad_seq = ret->events + 1;
		store_say(ret->detail,
			  "event %" PRIu64 ": is missing; the log ends before event %" PRIu64
			  ", whose head was kept: its tail was cut off",
			  ret->bad_seq, options->head->seq);
		r = -EBADMSG;
	}
	return r;
}

int store_verify_with(const char *path, const struct store_verify_options *options,
		      struct store_verify_result *ret)
{
	struct store_reader *reader = NULL;
	struct verifier verifier = {.result = ret, .head = options->head};
	int r;

	memset(ret, 0, sizeof(*ret));
	if (sodium_init() < 0)
		return -EIO;
	r = store_reader_open(&reader, path, ret->detail);
	if (r < 0)
		return r;
	r = begin(&verifier, reader, path, options);
	if (r == 0)
		r = walk(&verifier, reader, options);
	if (r == 0)
		r = judge_kept(&verifier, store_kept_check_end(&verifier.kept, ret->events));
	if (r == 0)
		r = check_file(reader, options, ret);
	store_kept_check_finish(&verifier.kept);
	store_snapshot_finish(&verifier.snapshot);
	hall_destroy(verifier.hall);
	store_reader_close(reader);
	sodium_memzero(verifier.key, sizeof(verifier.key));
	return r;
}
