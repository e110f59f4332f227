/* Simulated days into a log: the events of a day are collected and written in one transaction. */
#include "src/simulate/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/random.h"
#include "src/measure/digest.h"
#include "src/simulate/dates.h"
#include "src/simulate/line_hall.h"

enum { FIRST_DATE = 20260105, LAST_DATE = 99991231 };

#define SOFTWARE_MARK " simulate"
#define SOFTWARE      "onewindow " ONEWINDOW_VERSION SOFTWARE_MARK
_Static_assert(sizeof(SOFTWARE) <= CORE_ID_SIZE, "");

struct writing {
	const struct sim_log *log;
	struct hall *hall;
	struct store *store;
	bool simulated;	      /* what is read now */
	bool foreign;	      /* some of what is there was not simulated */
	struct event *events; /* of the day so far */
	size_t count, capacity;
	struct layout *layout;
	struct world *world;
	struct engine *engine;
	struct line_hall *line;
	struct visit_day day;
	char boot[CORE_BOOT_SIZE];
	int64_t number; /* date of the next day, days since 1970 */
	struct sim_log_dates dates;
	char *error;
};

__attribute__((format(printf, 3, 4))) static int fail(struct writing *writing, int r,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(writing->error, STORE_ERROR_SIZE, format, args);
	va_end(args);
	return r;
}

static int collect(void *user, const struct event *events, size_t count)
{
	struct writing *writing = user;

	if (writing->count + count > writing->capacity) {
		size_t capacity = 2 * writing->capacity + 1024;
		struct event *more = realloc(writing->events, capacity * sizeof(*more));

		if (!more)
			return -ENOMEM;
		writing->events = more;
		writing->capacity = capacity;
	}
	memcpy(writing->events + writing->count, events, count * sizeof(*events));
	writing->count += count;
	return 0;
}

static int write_collected(struct writing *writing)
{
	struct store_state state;
	int r = store_append(writing->store, writing->events, writing->count, NULL);

	writing->count = 0;
	if (r == 0)
		r = store_step(writing->store);
	if (r == 0)
		return 0;
	store_get_state(writing->store, &state);
	return fail(writing, r, "日志写入失败 the log takes no writes: %s", state.detail);
}

/* ---- the log that is there ------------------------------------------------------------------- */

/* What commands write into a log that they have for themselves: a baseline, what became of a print,
 * a restored file. It is about the log; no hall has worked. */
static bool is_about_log(enum event_type type)
{
	switch (type) {
	case EVENT_DAEMON_STARTED:
	case EVENT_LOG_RESTORED:
	case EVENT_PRINT_SETTLED:
	case EVENT_CLOCK_STEP:
	case EVENT_BASELINE_FROZEN:
	case EVENT_BASELINE_PART: return true;
	default: return false;
	}
}

static int replay(void *user, const struct store_row *row)
{
	struct writing *writing = user;
	const char *software = row->event.u.daemon_started.software;

	if (row->event.type == EVENT_DAEMON_STARTED)
		writing->simulated = strstr(software, SOFTWARE_MARK) != NULL;
	else if (!writing->simulated && !is_about_log(row->event.type))
		writing->foreign = true;
	return hall_apply(writing->hall, &row->event);
}

static int open_log(struct writing *writing)
{
	const struct store_options options = {
		.path = writing->log->path,
		.key_path = writing->log->key_path,
		.create = true,
		.projections = &store_ticket_projection,
		.projection_count = 1,
		.digest = &digest_maker,
		.manual = true,
	};
	int r = hall_create(&writing->hall);

	if (r == 0)
		r = store_open(&writing->store, &options, replay, writing, writing->error);
	if (r < 0)
		return r;
	if (writing->foreign)
		return fail(writing, -EPERM,
			    "日志含真实数据，不写入模拟 the log is not one of simulated days: "
			    "nothing is added to it; name another file");
	if (hall_day(writing->hall))
		return fail(writing, -EPERM, "服务日未结束 a service day of the log is still open");
	return 0;
}

/* ---- dates ----------------------------------------------------------------------------------- */

static int64_t next_working(int64_t number)
{
	while (!dates_is_working(number))
		number++;
	return number;
}

static int find_first_date(struct writing *writing)
{
	int64_t last = hall_last_day(writing->hall), from = writing->log->from;

	if (!from) {
		writing->number =
			next_working(last ? dates_number(last) + 1 : dates_number(FIRST_DATE));
		return 0;
	}
	if (from < 19700101 || from > LAST_DATE || dates_date(dates_number(from)) != from)
		return fail(writing, -EINVAL, "起始日期无效 no date of the calendar: %" PRId64,
			    from);
	writing->number = next_working(dates_number(from));
	if (last && writing->number <= dates_number(last))
		return fail(writing, -EINVAL,
			    "起始日期不晚于日志末日 the log has days until %" PRId64
			    " already: begin behind it",
			    last);
	return 0;
}

/* The next working day whose doors open when everybody of the day before has gone. */
static int find_date(struct writing *writing, bool first, struct line_hall_day *ret)
{
	int r;

	for (;; writing->number++) {
		writing->number = next_working(writing->number);
		if (dates_date(writing->number) > LAST_DATE)
			return fail(writing, -EOVERFLOW, "日期用尽 no more dates: the last is %d",
				    LAST_DATE);
		r = dates_midnight(writing->log->scenario->zone, writing->number, &ret->midnight_ms,
				   &ret->offset_min);
		if (r < 0)
			return r;
		if (first || ret->midnight_ms + line_hall_opens_ms(writing->log->scenario) >=
				     line_hall_wall_ms(writing->line))
			break;
		writing->dates.skipped++;
	}
	ret->number = writing->number++;
	return 0;
}

/* Another for each run: its clock begins anew. */
static void make_boot(struct writing *writing)
{
	uint64_t state =
		writing->log->seed ^ hall_seq(writing->hall) << 32 ^ (uint64_t)writing->number;
	uint64_t a = random_splitmix64(&state), b = random_splitmix64(&state);

	snprintf(writing->boot, sizeof(writing->boot), "%08x-%04x-4%03x-8%03x-%012" PRIx64,
		 (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		 (unsigned)(b >> 52), b & UINT64_C(0xffffffffffff));
}

/* ---- days ------------------------------------------------------------------------------------ */

static int prepare(struct writing *writing)
{
	const struct scenario *scenario = writing->log->scenario;
	const struct line_hall_options options = {
		.scenario = scenario,
		.hall = writing->hall,
		.sink = collect,
		.user = writing,
		.boot = writing->boot,
		.software = SOFTWARE,
		.expect = writing->log->expect,
	};
	int r = layout_create(&writing->layout, scenario);

	if (r == 0)
		r = world_create(&writing->world, scenario);
	if (r == 0)
		r = engine_create(&writing->engine);
	if (r == 0)
		r = line_hall_create(&writing->line, &options);
	make_boot(writing);
	return r;
}

static int write_day(struct writing *writing, uint32_t index, struct sim_figures *figures)
{
	const struct sim_log *log = writing->log;
	const struct sim_tools tools = {
		.engine = writing->engine, .ops = &line_hall_ops, .line = writing->line};
	struct line_hall_day date = {.seed = log->seed, .day = log->first + index};
	int r = world_day(writing->world, log->seed, date.day, &writing->day);

	if (r == 0)
		r = find_date(writing, index == 0, &date);
	if (r < 0)
		return r;
	date.filings = writing->day.filings;
	date.filing_count = writing->day.filing_count;
	r = line_hall_set_day(writing->line, &date);
	if (r == 0)
		r = sim_day(&tools, log->scenario, writing->layout, &writing->day, figures);
	if (r == -EPERM)
		return fail(writing, r, "模拟大厅拒绝 the simulated hall refuses: %s",
			    line_hall_detail(writing->line));
	if (r == 0)
		r = write_collected(writing);
	if (r < 0)
		return r;
	writing->dates.written++;
	writing->dates.last = dates_date(date.number);
	if (index == 0)
		writing->dates.first = writing->dates.last;
	return 0;
}

int sim_log_write(const struct sim_log *log, struct sim_figures *figures,
		  struct sim_log_dates *ret_dates, char ret_error[STORE_ERROR_SIZE])
{
	struct writing writing = {.log = log, .error = ret_error};
	int r;

	ret_error[0] = '\0';
	r = open_log(&writing);
	if (r == 0)
		r = find_first_date(&writing);
	if (r == 0)
		r = prepare(&writing);
	writing.dates.begun = r == 0;
	for (uint32_t i = 0; r == 0 && i < log->days; i++)
		r = log->stop && *log->stop ? fail(&writing, -EINTR, "已中断 interrupted")
					    : write_day(&writing, i, figures);
	if (writing.store)
		store_close(writing.store);
	line_hall_destroy(writing.line);
	engine_destroy(writing.engine);
	visit_day_finish(&writing.day);
	world_destroy(writing.world);
	layout_destroy(writing.layout);
	hall_destroy(writing.hall);
	free(writing.events);
	*ret_dates = writing.dates;
	if (r < 0 && !ret_error[0])
		snprintf(ret_error, STORE_ERROR_SIZE, "%s", strerror(-r));
	return r;
}
