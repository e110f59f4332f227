/* The log: one SQLite file, append only, hash-chained; the only place of sqlite3.
 * docs/log-format.md gives every byte. One connection, owned by the writer thread, writes and
 * checkpoints; readers are separate and read only. */
#pragma once

#include "src/core/hall.h"

enum {
	STORE_HASH_SIZE = 32,
	STORE_KEY_SIZE = 32,
	STORE_COMMAND_ID_SIZE = 97,
	STORE_ERROR_SIZE = 256
};

struct store;
struct store_reader;
struct sqlite3;
struct sqlite3_stmt;

/* The id under which a command came, beside its first event: a repeated one gets the first answer.
 */
struct store_command {
	char id[STORE_COMMAND_ID_SIZE];	    /* "" none */
	uint8_t body_hash[STORE_HASH_SIZE]; /* of the request: another body under one id is a
					       conflict */
};

/* A projection is derived: rows that follow from the events and can be rebuilt at any time. Its
 * apply runs inside the transaction that appends the event. Returns 0 or a negative errno. */
struct store_projection {
	const char *name;
	int64_t version; /* a changed version rebuilds it at open */
	const char *ddl; /* drops and creates its tables */
	int (*apply)(struct sqlite3 *db, const struct event *event, void *user);
	void *user;
};

/* ---- kept days ----
 * What a caller makes of the events of each service day once it is closed: a digest in parts, kept
 * beside the log. Derived: made anew when its version changes, at will, and by whoever reads a log
 * that has none. Every event belongs to one opening of a day: from behind the day-closed before it
 * up to its own. */
enum { STORE_DIGEST_PARTS = 16 };

struct store_part {
	const void *bytes;
	size_t size;
};

struct store_digest {
	uint32_t version; /* changes with the meaning of the parts' bytes; not 0 */
	int (*create)(void **ret_maker);
	/* Events in order: first what was defined before (types 1 to 8, the newest of each hall,
	 * queue, ... or all of them), then those of the opening. */
	int (*event)(void *maker, const struct event *event);
	/* After day-closed; of a day still open after the newest event. The parts hold until the
	 * next call. The maker then begins the next opening; definitions stay. */
	int (*cut)(void *maker, struct store_part ret_parts[STORE_DIGEST_PARTS]);
	void (*destroy)(void *maker);
};

/* One opening of a service day. */
struct store_day {
	int64_t date; /* yyyymmdd */
	uint64_t first_seq, last_seq;
	bool open; /* no day-closed yet */
	bool kept; /* read, not counted anew */
	/* BLAKE2b-256 over seq (8 bytes, little-endian), type, version, length (4 each) and payload
	 * of its rows; zero while open */
	uint8_t rows[STORE_HASH_SIZE];
	struct store_part parts[STORE_DIGEST_PARTS]; /* those asked for */
};

struct store_days_query {
	int64_t from, to; /* dates, inclusive; 0 unbounded */
	uint32_t parts;	  /* bit i: part i is wanted */
	bool recount;	  /* pass over what is kept */
	const struct store_digest *digest;
};

/* Stops at the first non-zero return of fn, and returns that. */
typedef int (*store_day_fn)(void *user, const struct store_day *day);

struct store_past;

/* What a caller made of the events up to seq, as it gave it to store_append_snapshot(). */
struct store_snapshot {
	uint64_t seq;	   /* 0: the beginning, and no bytes */
	const void *bytes; /* in memory during the call only */
	size_t size;
	struct store_past *past; /* the commands before it, for store_past_commands() */
};

struct store_options {
	const char
		*path; /* the log; "LOG.lock" beside it is flocked, "LOG.key" is the default key */
	const char *key_path; /* NULL: PATH with ".key" behind */
	bool create;	      /* make log and key if there is no log */
	const struct store_projection *projections;
	size_t projection_count;
	/* Of closed days; NULL: none is kept. They are made behind the close, by a thread of the
	 * store's own, of a manual store by store_step(): a day that is not kept yet is counted. */
	const struct store_digest *digest;
	/* Called by the writer thread after each batch: wake your loop, nothing more. */
	void (*wake)(void *user);
	void *wake_user;
	/* Snapshots, so that a start replays only what came after the newest one; of this version,
	 * which changes with the meaning of their bytes. 0: none is read, and the kept one stays.
	 */
	uint32_t snapshot_version;
	/* Called before any row, with the user of store_open(): begin with this state. -EBADMSG:
	 * these bytes are none; then, and where no snapshot checks, it is not called again, and all
	 * rows follow. It may be called once more with seq 0: begin anew, empty. */
	int (*load)(void *user, const struct store_snapshot *snapshot);
	bool rebuild;	 /* replay all, and make all that is derived anew */
	const char *vfs; /* name of the SQLite VFS beneath the log; NULL: SQLite's default */
	bool manual;	 /* no writer thread: the caller runs store_step(), for simulations */
};

/* One event as it lies in the log. */
struct store_row {
	struct event event;
	struct store_command command; /* id "" : not the first event of a command with an id */
	uint32_t command_events;      /* events of that command, this one included; 0 if id is "" */
	uint8_t hash[STORE_HASH_SIZE];
};

/* Stops at the first non-zero return of fn, and returns that. */
typedef int (*store_row_fn)(void *user, const struct store_row *row);

/* Opens, locks, checks format and key, replays the events to fn in order: those behind the newest
 * snapshot that checks, or all of them; the chain is checked over what is replayed. A log of an
 * older format is brought to this one when everything in it was found good. Errors, each with a
 * sentence in ret_error (what is wrong, what to do): -EBUSY another daemon has the log -EBADMSG
 * damaged: chain or payload, the row named -EMEDIUMTYPE no log of ours -EISDIR a folder -ENOTSUP a
 * newer format -ENOKEY the key is missing or another's -ENOENT no log and create not asked, or no
 * path; other errno: I/O. Where only the last events cannot be made durable now, on a full or
 * read-only disk or while another program reads an old state, the log is open as STORE_REFUSED:
 * what was replayed is no durable fact before store_retry() has succeeded.
 */
__attribute__((warn_unused_result)) int store_open(struct store **ret_store,
						   const struct store_options *options,
						   store_row_fn fn, void *user,
						   char ret_error[STORE_ERROR_SIZE]);
/* Ends the writer after what is queued is durable; checkpoints. */
void store_close(struct store *store);

/* Queues events for the writer; they are numbered by the caller without gaps. All events of one
 * call become durable in one transaction. command may be NULL. Never blocks on the disk.
 * -ENOMEM; -EIO after a failure that is not cleared; -EINVAL: their numbers do not follow. */
__attribute__((warn_unused_result)) int store_append(struct store *store,
						     const struct event *events, size_t count,
						     const struct store_command *command);

/* The same, and state is what those events lead to: it becomes the newest snapshot in their
 * transaction. count 0: what all events so far lead to. state is taken over and freed, but on
 * failure. -EINVAL: the log was opened without snapshot_version. */
__attribute__((warn_unused_result)) int
store_append_snapshot(struct store *store, const struct event *events, size_t count,
		      const struct store_command *command, uint8_t *state, size_t state_size);

typedef int (*store_command_fn)(void *user, uint64_t first_seq, const struct store_command *command,
				uint32_t events);
/* The commands of the service day with that counter (the number in front of their ids,
 * docs/log-format.md) whose events a snapshot covers, in order. 0, fn's non-zero return, or a
 * negative errno; only from within load. */
__attribute__((warn_unused_result)) int store_past_commands(struct store_past *past, int64_t day,
							    store_command_fn fn, void *user);

enum store_health {
	STORE_OK = 0,
	STORE_REFUSED, /* a commit failed and was rolled back cleanly: nothing after durable_seq was
			  written. Everything queued was dropped, until store_retry() succeeds */
	STORE_BROKEN,  /* outcome of the last commit unknown: exit and decide from the log */
};

struct store_state {
	enum store_health health;
	uint64_t durable_seq; /* newest event on disk */
	int error;	      /* negative errno when not OK */
	char detail[STORE_ERROR_SIZE];
	uint64_t commits, events; /* since open */
	uint64_t replayed;	  /* events at open */
	uint64_t snapshot_seq;	  /* of the snapshot it opened with, 0 none */
	uint64_t refusals;	  /* failed commits, trials included */
	uint64_t commit_us_last, commit_us_max, commit_us_sum;
	uint8_t head[STORE_HASH_SIZE]; /* hash of durable_seq */
};
/* May be called from any thread. */
void store_get_state(struct store *store, struct store_state *ret);
/* After STORE_REFUSED: the writer tries to write 64 KiB; if that is durable the health is OK and
 * the log takes appends again, the next seq being durable_seq + 1. 0: it is; -EAGAIN: not yet, wake
 * is called when the trial has ended; -ENOMEM; -ENOTRECOVERABLE. Of a manual store the trial is
 * made at once, in the calling thread. */
__attribute__((warn_unused_result)) int store_retry(struct store *store);
/* Of a manual store: writes everything queued as one batch in the calling thread, as the writer
 * thread would, wake included. 0, also if nothing is queued; the state's error when it failed. */
__attribute__((warn_unused_result)) int store_step(struct store *store);
/* Does the log's name still lead to the file that is written? False: it was moved or deleted. */
bool store_is_in_place(const struct store *store);
/* Blocks until everything queued, a trial included, is durable or was refused. For tests and
 * shutdown only. */
enum store_health store_flush(struct store *store);
/* Blocks until every closed day is kept, or cannot be now. For tests. */
void store_flush_days(struct store *store);

/* A reader: query_only, no checkpoints; may run beside the daemon, in any thread, one thread each.
 * Same errors as store_open(), but for the lock; needs no key. */
__attribute__((warn_unused_result)) int store_reader_open(struct store_reader **ret_reader,
							  const char *path,
							  char ret_error[STORE_ERROR_SIZE]);
/* The same beneath another SQLite VFS; NULL: the default. */
__attribute__((warn_unused_result)) int store_reader_open_vfs(struct store_reader **ret_reader,
							      const char *path, const char *vfs,
							      char ret_error[STORE_ERROR_SIZE]);
void store_reader_close(struct store_reader *reader);
/* Events from..to inclusive (to = UINT64_MAX: the end), in order, in transactions of at most 10,000
 * rows. 0, fn's non-zero return, or a negative errno: -EBADMSG also where one is missing. */
__attribute__((warn_unused_result)) int store_reader_each(struct store_reader *reader,
							  uint64_t from, uint64_t to,
							  store_row_fn fn, void *user);
/* What that found wrong with the log, naming the event; "" if it said 0. Holds until the next. */
const char *store_reader_detail(const struct store_reader *reader);
/* The command of that id. 1: it is there; 0: it is not; a negative errno. */
__attribute__((warn_unused_result)) int store_reader_command(struct store_reader *reader,
							     const char *id, uint64_t *ret_seq,
							     uint8_t ret_body_hash[STORE_HASH_SIZE],
							     uint32_t *ret_events);
/* 0 of an empty log. */
__attribute__((warn_unused_result)) int store_reader_last_seq(struct store_reader *reader,
							      uint64_t *ret_seq);
/* The openings of service days in the range, in order. 0, fn's non-zero return, a maker's error, or
 * those of store_reader_each(). */
__attribute__((warn_unused_result)) int store_reader_days(struct store_reader *reader,
							  const struct store_days_query *query,
							  store_day_fn fn, void *user);
/* The hash of the rows first..last, as store_day.rows has it, from the rows themselves. */
__attribute__((warn_unused_result)) int store_reader_hash_rows(struct store_reader *reader,
							       uint64_t first, uint64_t last,
							       uint8_t ret_hash[STORE_HASH_SIZE]);
/* Events of types 1 to 8, baseline-frozen and baseline-part in from..to, in order: without reading
 * all between where the log keeps a list of them. */
__attribute__((warn_unused_result)) int store_reader_context(struct store_reader *reader,
							     uint64_t from, uint64_t to,
							     store_row_fn fn, void *user);

struct store_verify_result {
	uint64_t events, bad_seq; /* bad_seq 0: all good */
	uint8_t head[STORE_HASH_SIZE];
	char detail[STORE_ERROR_SIZE];
};
/* Walks the whole chain with the key, compares typed columns, replays into a hall and compares what
 * is derived; 0 all good, -EBADMSG with the first bad row in *ret, or store_open()'s errors. */
__attribute__((warn_unused_result)) int store_verify(const char *path, const char *key_path,
						     struct store_verify_result *ret);

/* A head that was kept elsewhere: the hash of one event. */
struct store_head {
	uint64_t seq;
	uint8_t hash[STORE_HASH_SIZE];
};

struct store_verify_options {
	const char *key_path; /* NULL: beside the log */
	/* The log must hold that event with that hash; NULL: none was kept. -EBADMSG also: it ends
	 * before it (its tail was cut off), or another event stands there. */
	const struct store_head *head;
	const struct store_digest *digest; /* NULL: of kept days only the rows are compared */
	/* For a worker beside a daemon: asked every 10,000 events. -ECANCELED: it said no. NULL:
	 * nobody is asked. */
	bool (*go_on)(void *user);
	void *user;
};
__attribute__((warn_unused_result)) int
store_verify_with(const char *path, const struct store_verify_options *options,
		  struct store_verify_result *ret);
/* The newest event and its hash; seq 0 of an empty log. Nothing is verified. */
__attribute__((warn_unused_result)) int store_reader_head(struct store_reader *reader,
							  struct store_head *ret);

/* Of a log that no daemon has: gives it another epoch, and tells it and the one before in hex. For
 * a log that is put back from a copy; the event that says so is the caller's. */
__attribute__((warn_unused_result)) int store_change_epoch(const char *path,
							   char ret_epoch[CORE_TOKEN_SIZE],
							   char ret_before[CORE_TOKEN_SIZE],
							   char ret_error[STORE_ERROR_SIZE]);

/* Copies the log, also beside a running daemon, to a file that must not be there. Errors as
 * store_reader_open(); -EEXIST. The key is not copied. */
__attribute__((warn_unused_result)) int store_backup(const char *path, const char *to,
						     char ret_error[STORE_ERROR_SIZE]);

/* BLAKE2b-256 without a key, over text such as a request's method, path and body. */
void store_digest(const void *bytes, size_t len, uint8_t ret_hash[STORE_HASH_SIZE]);

/* The projection of tickets: one row a ticket, one row a leg. Registered by the daemon. */
extern const struct store_projection store_ticket_projection;
