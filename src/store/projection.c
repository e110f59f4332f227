/* Projections: rows that follow from the events. They are written in the event's own transaction
 * and rebuilt from the log when their version changes. */
#include <errno.h>
#include <string.h>

#include "src/store/private.h"

static int kept_version(sqlite3 *db, const char *name, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(db, "SELECT version FROM projection WHERE name = ?", -1,
				   &statement, NULL);

	*ret = -1;
	if (r == SQLITE_OK) {
		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
		r = sqlite3_step(statement);
		if (r == SQLITE_ROW)
			*ret = sqlite3_column_int64(statement, 0);
	}
	sqlite3_finalize(statement);
	return store_errno(r);
}

static int set_version(sqlite3 *db, const struct store_projection *projection)
{
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO projection VALUES(?, ?)", -1,
				   &statement, NULL);

	if (r == SQLITE_OK) {
		sqlite3_bind_text(statement, 1, projection->name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 2, projection->version);
		r = sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
	return store_errno(r);
}

static int feed_all(struct store *store, const struct store_projection *projection,
		    char ret_error[STORE_ERROR_SIZE])
{
	sqlite3_stmt *statement = NULL;
	int step = store_prepare_rows(store->db, "ORDER BY seq", &statement);
	int r = store_errno(step);

	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct store_row row;

		r = store_row_read(statement, &row, NULL, NULL, ret_error);
		if (r == 0)
			r = projection->apply(store->db, &row.event, projection->user);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = store_errno(step);
	sqlite3_finalize(statement);
	return r;
}

static int rebuild(struct store *store, const struct store_projection *projection,
		   char ret_error[STORE_ERROR_SIZE])
{
	int r = store_errno(sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL));

	if (r == 0)
		r = store_errno(sqlite3_exec(store->db, projection->ddl, NULL, NULL, NULL));
	if (r == 0)
		r = feed_all(store, projection, ret_error);
	if (r == 0)
		r = set_version(store->db, projection);
	if (r == 0)
		r = store_errno(sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL));
	if (r < 0) {
		if (!ret_error[0])
			store_say(ret_error, "projection %s cannot be rebuilt: %s",
				  projection->name, sqlite3_errmsg(store->db));
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return r;
}

static bool is_kept(const struct store *store, const char *name)
{
	for (size_t i = 0; i < store->projection_count; i++)
		if (!strcmp(store->projections[i].name, name))
			return true;
	return !strcmp(name, "context"); /* the store's own, kept.c */
}

/* One that this process does not keep up falls behind: whoever wants it next builds it anew. */
static int forget_others(struct store *store)
{
	sqlite3_stmt *names = NULL, *drop = NULL;
	int step, r = store_errno(sqlite3_prepare_v2(store->db, "SELECT name FROM projection", -1,
						     &names, NULL));

	if (r == 0)
		r = store_errno(sqlite3_prepare_v2(
			store->db, "DELETE FROM projection WHERE name = ?", -1, &drop, NULL));
	while (r == 0 && (step = sqlite3_step(names)) != SQLITE_DONE) {
		const char *name = (const char *)sqlite3_column_text(names, 0);

		r = store_errno(step);
		if (r < 0 || !name || is_kept(store, name))
			continue;
		sqlite3_bind_text(drop, 1, name, -1, SQLITE_TRANSIENT);
		r = store_errno(sqlite3_step(drop));
		sqlite3_reset(drop);
	}
	sqlite3_finalize(names);
	sqlite3_finalize(drop);
	return r;
}

int store_projections_prepare(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	int r = forget_others(store);

	ret_error[0] = '\0';
	if (r < 0)
		store_say(ret_error, "projections: %s", sqlite3_errmsg(store->db));
	for (size_t i = 0; r == 0 && i < store->projection_count; i++) {
		const struct store_projection *projection = &store->projections[i];
		int64_t version;

		r = kept_version(store->db, projection->name, &version);

		if (r == 0 && version != projection->version)
			r = rebuild(store, projection, ret_error);
		if (r < 0) {
			if (!ret_error[0])
				store_say(ret_error, "projection %s: %s", projection->name,
					  sqlite3_errmsg(store->db));
		}
	}
	return r;
}

int store_projections_apply(struct store *store, const struct event *event)
{
	for (size_t i = 0; i < store->projection_count; i++) {
		int r = store->projections[i].apply(store->db, event, store->projections[i].user);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- tickets and legs -------------------------------------------------------------------------
 */

static const char ticket_ddl[] =
	"DROP TABLE IF EXISTS leg; DROP TABLE IF EXISTS ticket;"
	"CREATE TABLE ticket("
	" ticket INTEGER PRIMARY KEY, number TEXT NOT NULL, item TEXT NOT NULL, class INTEGER NOT "
	"NULL,"
	" origin INTEGER NOT NULL, issued_wall_ms INTEGER NOT NULL, state TEXT NOT NULL) STRICT;"
	"CREATE TABLE leg("
	" ticket INTEGER NOT NULL, leg INTEGER NOT NULL, queue TEXT NOT NULL, start_ms INTEGER NOT "
	"NULL,"
	" called_ms INTEGER, started_ms INTEGER, ended_ms INTEGER, window INTEGER,"
	" PRIMARY KEY(ticket, leg)) STRICT, WITHOUT ROWID;";

/* Runs one statement with up to six parameters: integers, or text where it is not NULL. */
struct parameter {
	int64_t integer;
	const char *text;
};

/* Compiled once for each connection, and kept until store_close(): compiling took longer than the
 * change itself. */
static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *statement = NULL;

	while ((statement = sqlite3_next_stmt(db, statement)) != NULL) {
		if (strcmp(sqlite3_sql(statement), sql) != 0)
			continue;
		*ret_statement = statement;
		return SQLITE_OK;
	}
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL);
}

static int change(sqlite3 *db, const char *sql, const struct parameter *parameters, int count)
{
	sqlite3_stmt *statement = NULL;
	int r = prepare(db, sql, &statement);

	if (r != SQLITE_OK)
		return store_errno(r);
	for (int i = 0; i < count; i++) {
		if (parameters[i].text)
			sqlite3_bind_text(statement, i + 1, parameters[i].text, -1, SQLITE_STATIC);
		else
			sqlite3_bind_int64(statement, i + 1, parameters[i].integer);
	}
	r = sqlite3_step(statement);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement); /* the texts are the event's */
	return store_errno(r);
}

#define INTEGER(value)                                                                             \
	{                                                                                          \
		.integer = (value)                                                                 \
	}
#define TEXT(value)                                                                                \
	{                                                                                          \
		.text = (value)                                                                    \
	}
#define CHANGE(db, sql, ...)                                                                       \
	change(db, sql, (const struct parameter[]){__VA_ARGS__},                                   \
	       (int)(sizeof((const struct parameter[]){__VA_ARGS__}) / sizeof(struct parameter)))

static int set_state(sqlite3 *db, int64_t ticket, const char *state)
{
	return CHANGE(db, "UPDATE ticket SET state = ?2 WHERE ticket = ?1", INTEGER(ticket),
		      TEXT(state));
}

static int new_leg(sqlite3 *db, int64_t ticket, int64_t leg, const char *queue, int64_t start_ms)
{
	return CHANGE(db, "INSERT INTO leg(ticket, leg, queue, start_ms) VALUES(?1, ?2, ?3, ?4)",
		      INTEGER(ticket), INTEGER(leg), TEXT(queue), INTEGER(start_ms));
}

static int end_leg(sqlite3 *db, const struct event *event, const char *state)
{
	int r = CHANGE(db, "UPDATE leg SET ended_ms = ?2 WHERE ticket = ?1 AND ended_ms IS NULL",
		       INTEGER(event_ticket(event)), INTEGER(event->at.mono_ms));

	return r < 0 ? r : set_state(db, event_ticket(event), state);
}

static int on_issued(sqlite3 *db, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	int r = CHANGE(db, "INSERT INTO ticket VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'waiting')",
		       INTEGER(issued->ticket), TEXT(issued->number), TEXT(issued->item),
		       INTEGER(issued->class), INTEGER(issued->origin), INTEGER(event->at.wall_ms));

	return r < 0 ? r : new_leg(db, issued->ticket, 1, issued->queue, issued->arrival_ms);
}

static int on_called(sqlite3 *db, const struct event *event)
{
	const struct event_ticket_called *called = &event->u.ticket_called;
	int r = CHANGE(db,
		       "UPDATE leg SET called_ms = ?3, window = ?4 WHERE ticket = ?1 AND leg = ?2",
		       INTEGER(called->ticket), INTEGER(called->leg), INTEGER(event->at.mono_ms),
		       INTEGER(called->window));

	return r < 0 ? r : set_state(db, called->ticket, "called");
}

static int on_started(sqlite3 *db, const struct event *event)
{
	const struct event_service_started *started = &event->u.service_started;
	int r = CHANGE(db, "UPDATE leg SET started_ms = ?3 WHERE ticket = ?1 AND leg = ?2",
		       INTEGER(started->ticket), INTEGER(started->leg), INTEGER(event->at.mono_ms));

	return r < 0 ? r : set_state(db, started->ticket, "serving");
}

static int on_new_leg(sqlite3 *db, const struct event *event, int64_t leg, const char *queue)
{
	int r = end_leg(db, event, "waiting");

	return r < 0 ? r : new_leg(db, event_ticket(event), leg, queue, event->at.mono_ms);
}

/* Whoever is not at an end was issued since the day was opened: no need to look at the years
 * before. */
#define ISSUED_TODAY                                                                               \
	"ticket >= (SELECT ticket FROM event WHERE type = 20 AND seq > (SELECT max(seq) FROM "     \
	"event WHERE type = 10 AND seq < ?1) ORDER BY seq LIMIT 1)"

static int on_day_closed(sqlite3 *db, const struct event *event)
{
	int r = CHANGE(db, "UPDATE leg SET ended_ms = ?2 WHERE ended_ms IS NULL AND " ISSUED_TODAY,
		       INTEGER((int64_t)event->seq), INTEGER(event->at.mono_ms));

	if (r == 0)
		r = CHANGE(db,
			   "UPDATE ticket SET state = CASE state WHEN 'waiting' THEN 'uncalled' "
			   "WHEN 'serving' THEN 'finished' ELSE 'closed' END "
			   "WHERE state IN ('waiting', 'called', 'serving', 'parked', 'no-show') "
			   "AND " ISSUED_TODAY,
			   INTEGER((int64_t)event->seq));
	return r;
}

static int apply_ticket(sqlite3 *db, const struct event *event, void *user)
{
	(void)user;
	switch (event->type) {
	case EVENT_TICKET_ISSUED: return on_issued(db, event);
	case EVENT_TICKET_CALLED: return on_called(db, event);
	case EVENT_SERVICE_STARTED: return on_started(db, event);
	case EVENT_SERVICE_FINISHED: return end_leg(db, event, "finished");
	case EVENT_TICKET_NO_SHOW: return end_leg(db, event, "no-show");
	case EVENT_TICKET_PARKED: return end_leg(db, event, "parked");
	case EVENT_TICKET_CANCELLED: return end_leg(db, event, "cancelled");
	case EVENT_TICKET_RESUMED:
		return on_new_leg(db, event, event->u.ticket_resumed.leg,
				  event->u.ticket_resumed.queue);
	case EVENT_TICKET_TRANSFERRED:
		return on_new_leg(db, event, event->u.ticket_transferred.leg,
				  event->u.ticket_transferred.to);
	case EVENT_TICKET_CLOSED: return set_state(db, event->u.ticket_closed.ticket, "closed");
	case EVENT_DAY_CLOSED: return on_day_closed(db, event);
	default: return 0;
	}
}

const struct store_projection store_ticket_projection = {
	.name = "ticket",
	.version = 2,
	.ddl = ticket_ddl,
	.apply = apply_ticket,
};
