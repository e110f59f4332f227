/* Freezing a period of closed days, finding what was frozen, and reading its rows again. What the
 * hashes are over: docs/measurement.md, "Comparing two periods". */
#include "src/measure/baseline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/text.h"
#include "src/measure/baseline_parts.h"
#include "src/measure/digest.h"

enum { ROW_BYTES = 8 + 8 + STORE_HASH_SIZE }; /* of an opening, in the hash of all rows */

int baseline_say(char ret_error[STORE_ERROR_SIZE], int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, STORE_ERROR_SIZE, format, args);
	va_end(args);
	return r;
}

const char *baseline_date(int64_t date, char ret[BASELINE_DATE_SIZE])
{
	snprintf(ret, BASELINE_DATE_SIZE, "%04d-%02d-%02d", (int)(date / 10000 % 10000),
		 (int)(date / 100 % 100), (int)(date % 100));
	return ret;
}

/* ---- bytes to hash ---- */

int baseline_bytes_add(struct baseline_bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->capacity) {
		size_t capacity = 2 * bytes->capacity + size + 4096;
		uint8_t *larger = realloc(bytes->data, capacity);

		if (!larger)
			return -ENOMEM;
		bytes->data = larger;
		bytes->capacity = capacity;
	}
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
	return 0;
}

void baseline_bytes_hex(const struct baseline_bytes *bytes, char ret[CORE_DIGEST_SIZE])
{
	uint8_t hash[STORE_HASH_SIZE];

	store_digest(bytes->data ? bytes->data : (const uint8_t *)"", bytes->size, hash);
	for (int i = 0; i < STORE_HASH_SIZE; i++)
		snprintf(ret + 2 * i, 3, "%02x", hash[i]);
}

int baseline_bytes_opening(struct baseline_bytes *bytes, uint64_t first, uint64_t last,
			   const uint8_t rows[STORE_HASH_SIZE])
{
	uint8_t text[ROW_BYTES];

	for (int i = 0; i < 8; i++) {
		text[i] = (uint8_t)(first >> (8 * i));
		text[8 + i] = (uint8_t)(last >> (8 * i));
	}
	memcpy(text + 16, rows, STORE_HASH_SIZE);
	return baseline_bytes_add(bytes, text, sizeof(text));
}

int baseline_bytes_parts(struct baseline_bytes *bytes, const struct store_day *day)
{
	uint8_t hash[STORE_HASH_SIZE];
	int r = 0;

	for (int part = 0; r == 0 && part < PART_COUNT; part++) {
		store_digest(day->parts[part].size ? day->parts[part].bytes : "",
			     day->parts[part].size, hash);
		r = baseline_bytes_add(bytes, hash, sizeof(hash));
	}
	return r;
}

/* ---- what is asked ---- */

static bool is_date(int64_t date)
{
	static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year = date / 10000, month = date / 100 % 100, day = date % 100;

	if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1])
		return false;
	return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 || year % 400 == 0));
}

/* "" is no list; an empty id in one would freeze without the control that somebody meant. */
static bool has_empty_id(const char *list)
{
	size_t length = strlen(list);

	return length && (list[0] == ',' || list[length - 1] == ',' || strstr(list, ",,"));
}

static int check_request(const struct baseline_request *request, char ret_error[STORE_ERROR_SIZE])
{
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];

	baseline_date(request->from, from);
	baseline_date(request->to, to);
	if (!text_fits(request->name, CORE_ID_SIZE) || !text_is_id(request->name))
		return baseline_say(
			ret_error, -EINVAL,
			"基期名称须为小写字母、数字、. _ - a baseline's name is of a-z 0-9 "
			". _ -, at most %d, and begins with a letter or digit",
			CORE_ID_SIZE - 1);
	if (!is_date(request->from) || !is_date(request->to))
		return baseline_say(ret_error, -EINVAL, "%s 不是日期 is no date",
				    is_date(request->from) ? to : from);
	if (request->from > request->to)
		return baseline_say(ret_error, -EINVAL,
				    "起始 %s 晚于截止 the first day lies after the last, %s", from,
				    to);
	if (has_empty_id(request->control))
		return baseline_say(ret_error, -EINVAL,
				    "对照队列中有空的编号 control has an empty id of a queue: ids, "
				    "\",\" between (--control)");
	return 0;
}

/* ---- the days ---- */

struct freeze {
	struct store_reader *reader;
	const struct baseline_request *request;
	struct event_baseline_frozen *frozen;
	struct baseline_bytes rows, figures;
	int64_t *dates; /* distinct, rising */
	size_t date_count, date_capacity;
	size_t compared; /* bytes of figures that a count of the events has led to again */
	bool any_kept;
	int64_t open_date, wrong_date;
};

static int add_date(struct freeze *freeze, int64_t date)
{
	size_t i = freeze->date_count;

	while (i && freeze->dates[i - 1] > date)
		i--;
	if (i && freeze->dates[i - 1] == date)
		return 0; /* opened again */
	if (freeze->date_count == freeze->date_capacity) {
		size_t capacity = 2 * freeze->date_capacity + 64;
		int64_t *dates = realloc(freeze->dates, capacity * sizeof(*dates));

		if (!dates)
			return -ENOMEM;
		freeze->dates = dates;
		freeze->date_capacity = capacity;
	}
	memmove(freeze->dates + i + 1, freeze->dates + i,
		(freeze->date_count - i) * sizeof(*freeze->dates));
	freeze->dates[i] = date;
	freeze->date_count++;
	return 0;
}

int baseline_take_opening(void *user, const struct store_day *day)
{
	struct baseline_openings *openings = user;
	struct baseline_opening *opening;

	if (openings->count == openings->capacity) {
		size_t capacity = 2 * openings->capacity + 64;
		struct baseline_opening *list = realloc(openings->list, capacity * sizeof(*list));

		if (!list)
			return -ENOMEM;
		openings->list = list;
		openings->capacity = capacity;
	}
	opening = &openings->list[openings->count++];
	*opening = (struct baseline_opening){.date = day->date,
					     .first = day->first_seq,
					     .last = day->last_seq,
					     .open = day->open};
	memcpy(opening->kept, day->rows, STORE_HASH_SIZE);
	return 0;
}

static int take_day(void *user, const struct store_day *day)
{
	struct freeze *freeze = user;
	uint8_t hash[STORE_HASH_SIZE];
	int r;

	if (freeze->request->go_on && !freeze->request->go_on(freeze->request->user))
		return -ECANCELED;
	if (day->open) {
		freeze->open_date = day->date;
		return -EBUSY;
	}
	r = store_reader_hash_rows(freeze->reader, day->first_seq, day->last_seq, hash);
	if (r < 0)
		return r;
	if (memcmp(hash, day->rows, sizeof(hash)) != 0) {
		freeze->wrong_date = day->date;
		return -EBADMSG;
	}
	r = baseline_bytes_opening(&freeze->rows, day->first_seq, day->last_seq, hash);
	if (r == 0)
		r = baseline_bytes_parts(&freeze->figures, day);
	freeze->any_kept |= day->kept;
	if (!freeze->frozen->first_seq)
		freeze->frozen->first_seq = (int64_t)day->first_seq;
	freeze->frozen->last_seq = (int64_t)day->last_seq;
	return r < 0 ? r : add_date(freeze, day->date);
}

/* What is kept of a day is not in the chain: what was altered before the freeze would be frozen. */
static int count_day(void *user, const struct store_day *day)
{
	struct freeze *freeze = user;
	struct baseline_bytes bytes = {0};
	int r;

	if (freeze->request->go_on && !freeze->request->go_on(freeze->request->user))
		return -ECANCELED;
	r = baseline_bytes_parts(&bytes, day);
	if (r == 0 && (bytes.size > freeze->figures.size - freeze->compared ||
		       memcmp(bytes.data, freeze->figures.data + freeze->compared, bytes.size))) {
		freeze->wrong_date = day->date;
		r = -EBADMSG;
	}
	freeze->compared += bytes.size;
	free(bytes.data);
	return r;
}

static int read_days(struct freeze *freeze, char ret_error[STORE_ERROR_SIZE])
{
	struct store_days_query query = {.from = freeze->request->from,
					 .to = freeze->request->to,
					 .parts = (1u << PART_COUNT) - 1,
					 .digest = &digest_maker};
	char date[BASELINE_DATE_SIZE];
	int r = store_reader_days(freeze->reader, &query, take_day, freeze);

	if (r == 0 && freeze->any_kept) {
		query.recount = true;
		r = store_reader_days(freeze->reader, &query, count_day, freeze);
	}
	if (freeze->open_date)
		return baseline_say(ret_error, -EBUSY,
				    "%s 尚未结束 this service day is not closed yet: freeze when "
				    "it is, or end before it",
				    baseline_date(freeze->open_date, date));
	if (freeze->wrong_date)
		return baseline_say(ret_error, -EBADMSG,
				    "%s 的保留数字与事件不符 what is kept of this day is not what "
				    "its events say: `onewindow log verify`, then `log rebuild`",
				    baseline_date(freeze->wrong_date, date));
	if (r < 0)
		return baseline_say(ret_error, r, "%s", store_reader_detail(freeze->reader));
	freeze->frozen->days = (int64_t)freeze->date_count;
	baseline_bytes_hex(&freeze->rows, freeze->frozen->rows);
	baseline_bytes_hex(&freeze->figures, freeze->frozen->figures);
	freeze->frozen->figures_version = digest_maker.version;
	return 0;
}

/* Closed days of the whole log, 0 none; and up to which date no further day can come. */
struct extent {
	int64_t first, last, over;
};

static int take_extent(void *user, const struct store_day *day)
{
	struct extent *extent = user;
	int64_t over = day->open ? day->date - 1 : day->date;

	extent->over = over > extent->over ? over : extent->over;
	if (day->open)
		return 0;
	if (!extent->first || day->date < extent->first)
		extent->first = day->date;
	if (day->date > extent->last)
		extent->last = day->date;
	return 0;
}

/* A period that is not over could get further days: then its rows would not be those frozen. */
static int check_extent(const struct freeze *freeze, char ret_error[STORE_ERROR_SIZE])
{
	const struct store_days_query query = {.digest = &digest_maker};
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];
	char first[BASELINE_DATE_SIZE], last[BASELINE_DATE_SIZE];
	struct extent extent = {0};
	int r = store_reader_days(freeze->reader, &query, take_extent, &extent);

	if (r < 0)
		return baseline_say(ret_error, r, "%s", store_reader_detail(freeze->reader));
	baseline_date(freeze->request->from, from);
	baseline_date(freeze->request->to, to);
	baseline_date(extent.first, first);
	baseline_date(extent.last, last);
	if (!extent.last)
		return baseline_say(ret_error, -ENOENT,
				    "日志中没有已结束的服务日 the log has no closed service day");
	if (!freeze->date_count)
		return baseline_say(ret_error, -ENOENT,
				    "%s 至 %s 没有已结束的服务日 no closed service day there; "
				    "日志中有 the log has %s to %s",
				    from, to, first, last);
	if (freeze->request->to > extent.over)
		return baseline_say(ret_error, -EINVAL,
				    "截止 %s 还在将来 the last day is still to come: "
				    "最后一个已结束的服务日是 the last closed day is %s",
				    to, last);
	return 0;
}

int baseline_compute(struct store_reader *reader, const struct baseline_request *request,
		     struct baseline_facts *ret, char ret_error[STORE_ERROR_SIZE])
{
	struct baseline_facts facts = {0};
	struct freeze freeze = {.reader = reader, .request = request, .frozen = &facts.frozen};
	int r;

	ret_error[0] = '\0';
	r = check_request(request, ret_error);
	if (r < 0)
		return r;
	memcpy(facts.frozen.name, request->name, sizeof(facts.frozen.name));
	facts.frozen.from = request->from;
	facts.frozen.to = request->to;
	r = read_days(&freeze, ret_error);
	if (r == 0)
		r = check_extent(&freeze, ret_error);
	if (r == 0)
		r = baseline_describe(reader, request, &facts, ret_error);
	free(freeze.rows.data);
	free(freeze.figures.data);
	free(freeze.dates);
	if (r < 0)
		baseline_facts_finish(&facts);
	else
		*ret = facts;
	return r;
}

void baseline_facts_finish(struct baseline_facts *facts)
{
	free(facts->parts);
	facts->parts = NULL;
}
