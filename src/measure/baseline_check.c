/* The baselines of a log, and their rows read again: on several threads, as each opening of a day
 * has a hash of its own. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/measure/baseline_parts.h"
#include "src/measure/digest.h"

enum { MAX_THREADS = 16 };

struct each {
	baseline_fn fn;
	void *user;
};

static int give(void *user, const struct store_row *row)
{
	const struct each *each = user;

	return row->event.type == EVENT_BASELINE_FROZEN ? each->fn(each->user, &row->event) : 0;
}

int baseline_each(struct store_reader *reader, baseline_fn fn, void *user)
{
	struct each each = {fn, user};

	return store_reader_context(reader, 1, UINT64_MAX, give, &each);
}

struct find {
	const char *name;
	bool found;
	int64_t parts; /* seen so far */
	struct baseline_facts facts;
};

static int look(void *user, const struct store_row *row)
{
	const struct event_baseline_part *part = &row->event.u.baseline_part;
	struct find *find = user;

	if (row->event.type == EVENT_BASELINE_FROZEN &&
	    !strcmp(row->event.u.baseline_frozen.name, find->name)) {
		if (find->found || row->event.u.baseline_frozen.parts < 0 ||
		    row->event.u.baseline_frozen.parts > CORE_MAX_BASELINE_PARTS)
			return -EPROTO;
		find->found = true;
		find->facts.frozen = row->event.u.baseline_frozen;
		find->facts.parts =
			calloc((size_t)find->facts.frozen.parts + 1, sizeof(*find->facts.parts));
		return find->facts.parts ? 0 : -ENOMEM;
	}
	if (row->event.type != EVENT_BASELINE_PART || strcmp(part->name, find->name) != 0)
		return 0;
	if (!find->found || find->parts >= find->facts.frozen.parts)
		return -EPROTO;
	find->facts.parts[find->parts++] = *part;
	return 0;
}

int baseline_find(struct store_reader *reader, const char *name, struct baseline_facts *ret)
{
	struct find find = {.name = name};
	int r = store_reader_context(reader, 1, UINT64_MAX, look, &find);

	if (r == 0 && !find.found)
		r = -ENOENT;
	if (r == 0 && find.parts != find.facts.frozen.parts)
		r = -EPROTO;
	if (r == 0)
		*ret = find.facts;
	else
		baseline_facts_finish(&find.facts);
	return r;
}

/* ---- the rows again ---- */

struct check {
	const char *path;
	struct baseline_openings *openings;
	pthread_mutex_t mutex; /* guards all below */
	size_t next;
	int error;
	char detail[STORE_ERROR_SIZE];
};

static struct baseline_opening *take_next(struct check *check)
{
	struct baseline_opening *opening = NULL;

	pthread_mutex_lock(&check->mutex);
	if (check->error == 0 && check->next < check->openings->count)
		opening = &check->openings->list[check->next++];
	pthread_mutex_unlock(&check->mutex);
	return opening;
}

static void fail(struct check *check, int r, const char *detail)
{
	pthread_mutex_lock(&check->mutex);
	if (check->error == 0) {
		check->error = r;
		baseline_say(check->detail, r, "%s", detail[0] ? detail : strerror(-r));
	}
	pthread_mutex_unlock(&check->mutex);
}

static void *read_rows(void *user)
{
	struct check *check = user;
	struct store_reader *reader = NULL;
	struct baseline_opening *opening;
	char error[STORE_ERROR_SIZE] = "";
	int r = store_reader_open(&reader, check->path, error);

	if (r < 0) {
		fail(check, r, error);
		return NULL;
	}
	while ((opening = take_next(check))) {
		r = store_reader_hash_rows(reader, opening->first, opening->last, opening->seen);
		if (r < 0)
			fail(check, r, store_reader_detail(reader));
	}
	store_reader_close(reader);
	return NULL;
}

/* The hash of each opening's rows into its `seen`. */
static int hash_openings(const char *path, struct baseline_openings *openings,
			 char ret_error[STORE_ERROR_SIZE])
{
	struct check check = {.path = path, .openings = openings};
	long wanted = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[MAX_THREADS];
	int started = 0;

	if (wanted > MAX_THREADS)
		wanted = MAX_THREADS;
	if (wanted > (long)openings->count)
		wanted = (long)openings->count;
	pthread_mutex_init(&check.mutex, NULL);
	while (started < wanted - 1 &&
	       pthread_create(&threads[started], NULL, read_rows, &check) == 0)
		started++;
	read_rows(&check); /* this thread too: where none more can be had it does it all */
	while (started)
		pthread_join(threads[--started], NULL);
	pthread_mutex_destroy(&check.mutex);
	if (check.error < 0)
		return baseline_say(ret_error, check.error, "%s", check.detail);
	return 0;
}

static int read_openings(const char *path, const struct event_baseline_frozen *frozen, bool recount,
			 struct baseline_openings *ret, char ret_error[STORE_ERROR_SIZE])
{
	struct store_days_query query = {.from = frozen->from,
					 .to = frozen->to,
					 .recount = recount,
					 .digest = &digest_maker};
	struct store_reader *reader = NULL;
	int r = store_reader_open(&reader, path, ret_error);

	if (r < 0)
		return r;
	r = store_reader_days(reader, &query, baseline_take_opening, ret);
	if (r < 0)
		baseline_say(ret_error, r, "%s", store_reader_detail(reader));
	store_reader_close(reader);
	/* A date that was opened again after the freeze: nothing of that is the baseline's. */
	while (r == 0 && ret->count && ret->list[ret->count - 1].first > (uint64_t)frozen->last_seq)
		ret->count--;
	return r;
}

/* 0: the same rows. -EBADMSG: not the same; the first day whose rows are not those of its kept
 * day is told. */
static int compare_rows(const struct event_baseline_frozen *frozen,
			const struct baseline_openings *openings, char ret_error[STORE_ERROR_SIZE])
{
	const struct baseline_opening *differs = NULL;
	struct baseline_bytes bytes = {0};
	char rows[CORE_DIGEST_SIZE], date[BASELINE_DATE_SIZE];
	int r = 0;

	for (size_t i = 0; r == 0 && i < openings->count; i++) {
		const struct baseline_opening *opening = &openings->list[i];

		if (!differs && memcmp(opening->kept, opening->seen, STORE_HASH_SIZE) != 0)
			differs = opening;
		r = baseline_bytes_opening(&bytes, opening->first, opening->last, opening->seen);
	}
	baseline_bytes_hex(&bytes, rows);
	free(bytes.data);
	if (r < 0 || !strcmp(rows, frozen->rows))
		return r;
	if (differs)
		return baseline_say(ret_error, -EBADMSG,
				    "基期 %s 的记录已被改动 its rows are not those that were "
				    "frozen: %s, 事件 events %" PRIu64 " to %" PRIu64,
				    frozen->name, baseline_date(differs->date, date),
				    differs->first, differs->last);
	return baseline_say(ret_error, -EBADMSG,
			    "基期 %s 的记录已被改动 its rows are not those that were frozen: "
			    "事件 events %" PRId64 " to %" PRId64 ", 哈希 hash %.16s…, 冻结时 "
			    "frozen as %.16s…",
			    frozen->name, frozen->first_seq, frozen->last_seq, rows, frozen->rows);
}

struct figures {
	uint64_t last_seq; /* of the baseline */
	struct baseline_bytes bytes;
};

static int add_figures(void *user, const struct store_day *day)
{
	struct figures *figures = user;

	return day->first_seq > figures->last_seq ? 0 : baseline_bytes_parts(&figures->bytes, day);
}

/* Whatever the rows say: of kept days that were altered other figures would come, beside the rows
 * that are those frozen. The rows are good: whatever cannot be read is what is kept of them. */
static int compare_kept(const char *path, const struct event_baseline_frozen *frozen,
			bool *ret_kept, char ret_error[STORE_ERROR_SIZE])
{
	const struct store_days_query query = {.from = frozen->from,
					       .to = frozen->to,
					       .parts = (1u << PART_COUNT) - 1,
					       .digest = &digest_maker};
	struct figures figures = {.last_seq = (uint64_t)frozen->last_seq};
	struct store_reader *reader = NULL;
	char hash[CORE_DIGEST_SIZE];
	int r = store_reader_open(&reader, path, ret_error);

	if (r < 0)
		return r;
	r = store_reader_days(reader, &query, add_figures, &figures);
	if (r < 0 && r != -EBADMSG)
		baseline_say(ret_error, r, "%s", store_reader_detail(reader));
	store_reader_close(reader);
	baseline_bytes_hex(&figures.bytes, hash);
	free(figures.bytes.data);
	if (r < 0 && r != -EBADMSG)
		return r;
	*ret_kept = r == 0 && !strcmp(hash, frozen->figures);
	return 0;
}

static int check_once(const char *path, const struct event_baseline_frozen *frozen, bool recount,
		      char ret_error[STORE_ERROR_SIZE])
{
	struct baseline_openings openings = {0};
	char what[STORE_ERROR_SIZE] = "";
	int r = read_openings(path, frozen, recount, &openings, what);

	if (r == 0)
		r = hash_openings(path, &openings, what);
	if (r == -EBADMSG) /* one is missing, or is no event */
		baseline_say(
			ret_error, r,
			"基期 %s 的记录已被改动 its rows are not those that were frozen: %.150s",
			frozen->name, what);
	else if (r < 0)
		baseline_say(ret_error, r, "%s", what);
	if (r == 0)
		r = compare_rows(frozen, &openings, ret_error);
	free(openings.list);
	return r;
}

int baseline_check(const char *path, const struct event_baseline_frozen *frozen, bool *ret_kept,
		   char ret_error[STORE_ERROR_SIZE])
{
	char again[STORE_ERROR_SIZE] = "";
	bool kept = true;
	int r;

	ret_error[0] = '\0';
	r = check_once(path, frozen, false, ret_error);
	/* What is kept of days is derived, and may be what is wrong: only the events decide. */
	if (r == -EBADMSG && check_once(path, frozen, true, again) == 0) {
		kept = false;
		r = 0;
	}
	if (r == 0 && kept && frozen->figures_version == digest_maker.version)
		r = compare_kept(path, frozen, &kept, ret_error);
	if (r == 0)
		*ret_kept = kept;
	return r;
}
