/* What left the daemon and what became of it, against what the log says. It outlives the daemon,
 * and of papers it believes only what it compares dot by dot with what the same bytes make of a
 * printer that nothing happens to. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/printing/printing.h"

static struct paper_job jobs[MAX_JOBS]; /* by their number */
static int64_t job_count, next_case;
static char tokens[MAX_JOBS][CORE_TOKEN_SIZE]; /* by ticket */
static struct printer clean;
static const uint8_t *in_hand;
static uint32_t in_hand_count;
static bool compared, equal;

struct row {
	uint64_t jobs, outcomes[PRINT_UNKNOWN + 1];
	/* Of those that were not said to be printed: in truth whole, a piece, none. */
	uint64_t whole[PRINT_UNKNOWN + 1], piece[PRINT_UNKNOWN + 1], none[PRINT_UNKNOWN + 1];
};
/* Shared by all processes of a run: each has seeds of its own and adds to it, one at a time. */
static struct sums {
	pthread_mutex_t lock;
	struct row rows[SETUP_COUNT][FAULT_COUNT];
	uint64_t issued, reprints;
} * table;

struct paper_job *evidence_job(int64_t job)
{
	if (job < 1 || job > job_count)
		wrong("job %lld, which nobody queued", (long long)job);
	return &jobs[job];
}

void evidence_share(void)
{
	pthread_mutexattr_t shared;

	table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (table == MAP_FAILED)
		wrong("out of memory");
	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&table->lock, &shared);
}

void evidence_begin(void)
{
	memset(jobs, 0, sizeof(jobs[0]) * (size_t)(job_count + 1));
	job_count = 0;
	next_case = 1;
	w.seen_seq = 0;
	issued_count = reprint_count = 0;
}

/* ---- the log -------------------------------------------------------------------------------- */

static void see_queued(const struct event_print *print)
{
	struct paper_job *job;

	if (print->job != job_count + 1)
		wrong("job %lld follows job %lld", (long long)print->job, (long long)job_count);
	if (++job_count == MAX_JOBS)
		wrong("the test keeps no more jobs");
	job = &jobs[job_count];
	job->job = print->job;
	job->ticket = print->ticket;
	job->copy = print->copy;
	job->fault = fault_now;
	memcpy(job->token, tokens[print->ticket % MAX_JOBS], sizeof(job->token));
}

/* A printer that takes no status in between: `printed` is said with the paper lying there. */
static void see_ended(const struct event_print *print)
{
	struct paper_job *job = evidence_job(print->job);

	if (job->ended)
		wrong("job %lld ends twice", (long long)job->job);
	job->ended = true;
	job->outcome = (enum print_outcome)print->outcome;
	tell("job %lld of %s ends: %s %s", (long long)job->job, print->number,
	     print_outcome_name(print->outcome), print->detail);
	if (job->outcome == PRINT_PRINTED && !job->pages)
		wrong("job %lld is said to be printed, and its paper is not there",
		      (long long)job->job);
	if (job->outcome == PRINT_FAILED && job->left)
		wrong("job %lld is said to have failed, and %llu bytes of it left",
		      (long long)job->job, (unsigned long long)job->left);
	if (job->outcome == PRINT_PROCESSED && !job->worked_off &&
	    job->fault != FAULT_REPLIES_GARBAGE && job->fault != FAULT_SEVERAL)
		wrong("job %lld is said to be processed, and the printer has not come so far",
		      (long long)job->job);
	if (job->outcome == PRINT_SENT && job->left != job->len)
		wrong("job %lld is said to be sent, and a part of it was not", (long long)job->job);
}

static void see(const struct event *event)
{
	const struct event_print *print = &event->u.print;

	w.seen_seq = event->seq;
	switch (event->type) {
	case EVENT_TICKET_ISSUED:
		memcpy(tokens[event->u.ticket_issued.ticket % MAX_JOBS],
		       event->u.ticket_issued.token, CORE_TOKEN_SIZE);
		return;
	case EVENT_PRINT_QUEUED: see_queued(print); return;
	case EVENT_PRINT_STARTED:
		evidence_job(print->job)->started = true;
		tell("job %lld of %s starts at %s", (long long)print->job, print->number,
		     print->printer);
		return;
	case EVENT_PRINT_ENDED: see_ended(print); return;
	default: return;
	}
}

static void on_event(void *user, const struct event *event, const struct hall *durable)
{
	struct store_state state;

	(void)user, (void)durable;
	keeper_get_state(w.keeper, &state);
	if (event->seq > state.durable_seq)
		wrong("event %llu is told before it is durable", (unsigned long long)event->seq);
	if (event->seq > w.seen_seq)
		see(event);
}

void evidence_subscribe(void)
{
	if (keeper_subscribe(w.keeper, on_event, NULL) < 0)
		wrong("the keeper takes no subscriber");
}

static int see_row(void *user, const struct store_row *row)
{
	(void)user;
	see(&row->event);
	return 0;
}

void evidence_log(void)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";
	uint64_t last = 0;

	if (store_reader_open(&reader, w.log_path, error) < 0)
		wrong("the log cannot be read: %s", error);
	if (store_reader_last_seq(reader, &last) < 0)
		wrong("the log cannot be read: %s", store_reader_detail(reader));
	if (last < w.seen_seq)
		wrong("event %llu was seen and is gone", (unsigned long long)w.seen_seq);
	if (store_reader_each(reader, w.seen_seq + 1, UINT64_MAX, see_row, NULL) < 0)
		wrong("the log cannot be read");
	store_reader_close(reader);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static bool holds(const uint8_t *bytes, size_t len, const void *what, size_t size)
{
	return memmem(bytes, len, what, size) != NULL;
}

static struct paper_job *job_of_token(const uint8_t *bytes, size_t len)
{
	for (int64_t i = job_count; i > 0; i--)
		if (holds(bytes, len, jobs[i].token, CORE_TOKEN_SIZE - 1))
			return &jobs[i];
	wrong("a ticket leaves that is not in the log");
}

int64_t evidence_bytes(const uint8_t *bytes, size_t len)
{
	static const uint8_t begin[] = {0x1b, 0x40}, again[] = {0xb2, 0xb9, 0xb4, 0xf2}; /* 补打 */
	struct paper_job *job;

	if (len < 16 || (!bytes[0] && !memcmp(bytes, bytes + 1, len - 1)))
		return 0; /* a question, or what ends a command that was torn */
	if (memcmp(bytes, begin, sizeof(begin)) != 0 || len >= TRANSPORT_MAX_SUBMIT)
		wrong("bytes of no ticket leave");
	job = job_of_token(bytes, len);
	if (!job->started || job->ended)
		wrong("job %lld leaves, and %s", (long long)job->job,
		      job->ended ? "has ended" : "its start is not durable");
	if (++job->streams > 1)
		wrong("job %lld leaves a second time", (long long)job->job);
	if (holds(bytes, len, again, sizeof(again)) != (job->copy > 1))
		wrong("job %lld is copy %lld, and says something else", (long long)job->job,
		      (long long)job->copy);
	job->left += len;
	job->len = len;
	memcpy(job->bytes, bytes, len);
	return job->job;
}

void evidence_worked_off(int64_t job)
{
	evidence_job(job)->worked_off = true;
}

/* ---- paper ---------------------------------------------------------------------------------- */

int made_up_qr(void *port, const uint8_t *data, size_t len, int level,
	       uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	uint64_t hash = UINT64_C(14695981039346656037);

	(void)port, (void)level;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ data[i]) * UINT64_C(1099511628211);
	for (size_t i = 0; i < 33 * 33; i++) {
		hash ^= hash << 13;
		hash ^= hash >> 7;
		hash ^= hash << 17;
		modules[i] = hash >> 40 & 1;
	}
	return 33;
}

static void say_nothing(void *port, const uint8_t *bytes, size_t len)
{
	(void)port, (void)bytes, (void)len;
}

/* The end of the paper in hand: above it may hang what an earlier ticket left behind. What stands
 * between the head and the knife when a ticket begins is above it as well. */
static void take_clean(void *port, const uint8_t *rows, uint32_t count)
{
	size_t stride = PRINTER_MAX_WIDTH / 8;

	(void)port;
	compared = true;
	rows += PRINTER_CUTTER_ROWS * stride;
	count -= PRINTER_CUTTER_ROWS;
	equal = count <= in_hand_count &&
		!memcmp(in_hand + (in_hand_count - count) * stride, rows, count * stride);
}

static bool is_whole(const struct paper_job *job, const uint8_t *rows, uint32_t count)
{
	static const struct printer_settings settings = {.width = 576};
	const struct printer_hal hal = {
		.uart = {.send = say_nothing}, .qr = made_up_qr, .cut = take_clean};

	in_hand = rows;
	in_hand_count = count;
	compared = equal = false;
	printer_init(&clean, &settings, &hal, 0);
	clean.speed_mm_s = 500;
	printer_receive(&clean, job->bytes, job->len, 0);
	for (uint32_t ms = 100; !compared && ms < 60000; ms += 100)
		printer_tick(&clean, ms);
	return equal;
}

void evidence_page(int64_t number, const uint8_t *rows, uint32_t count)
{
	struct paper_job *job = evidence_job(number);

	if (!is_whole(job, rows, count)) {
		job->pieces++;
		return;
	}
	if (++job->pages > 1)
		wrong("job %lld came out twice", (long long)job->job);
}

void evidence_piece(int64_t job)
{
	evidence_job(job)->pieces++;
}

/* ---- the end -------------------------------------------------------------------------------- */

size_t evidence_open_jobs(void)
{
	size_t open = 0;

	for (int64_t i = 1; i <= job_count; i++)
		open += !jobs[i].ended;
	return open;
}

struct paper_job *evidence_next_case(void)
{
	for (; next_case <= job_count && jobs[next_case].ended; next_case++)
		if (jobs[next_case].outcome >= PRINT_FAILED)
			return &jobs[next_case++];
	return NULL;
}

void evidence_check_end(void)
{
	uint64_t first = 0, again = 0;

	for (int64_t i = 1; i <= job_count; i++) {
		const struct paper_job *job = &jobs[i];

		if (!job->ended)
			wrong("job %lld never ends", (long long)i);
		if (job->pages + job->streams > 0 && !job->started)
			wrong("job %lld left before its start was durable", (long long)i);
		first += job->copy == 1;
		again += job->copy > 1;
	}
	/* An answer may go with the daemon: the log has what was answered, or more. */
	if (first < issued_count || again < reprint_count)
		wrong("%llu tickets and %llu reprints were answered as done, the log has %llu and "
		      "%llu",
		      (unsigned long long)issued_count, (unsigned long long)reprint_count,
		      (unsigned long long)first, (unsigned long long)again);
}

void evidence_count(void)
{
	pthread_mutex_lock(&table->lock);
	table->issued += issued_count;
	table->reprints += reprint_count;
	for (int64_t i = 1; i <= job_count; i++) {
		const struct paper_job *job = &jobs[i];
		struct row *row = &table->rows[daemon_setup][job->fault];

		row->jobs++;
		row->outcomes[job->outcome]++;
		row->whole[job->outcome] += job->pages > 0;
		row->piece[job->outcome] += !job->pages && job->pieces;
		row->none[job->outcome] += !job->pages && !job->pieces;
	}
	pthread_mutex_unlock(&table->lock);
}

static void add_row(struct row *sum, const struct row *row)
{
	sum->jobs += row->jobs;
	for (size_t i = 0; i <= PRINT_UNKNOWN; i++) {
		sum->outcomes[i] += row->outcomes[i];
		sum->whole[i] += row->whole[i];
		sum->piece[i] += row->piece[i];
		sum->none[i] += row->none[i];
	}
}

static void print_row(const char *name, const struct row *row)
{
	static const enum print_outcome order[] = {PRINT_PRINTED, PRINT_PROCESSED, PRINT_SENT,
						   PRINT_FAILED, PRINT_UNKNOWN};

	printf("| %s | %llu |", name, (unsigned long long)row->jobs);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		enum print_outcome outcome = order[i];
		bool plain = outcome == PRINT_PRINTED || outcome == PRINT_FAILED;

		if (!row->outcomes[outcome])
			printf(" |");
		else if (plain || row->whole[outcome] == row->outcomes[outcome])
			printf(" %llu |", (unsigned long long)row->outcomes[outcome]);
		else
			printf(" %llu (%llu, %llu, %llu) |",
			       (unsigned long long)row->outcomes[outcome],
			       (unsigned long long)row->whole[outcome],
			       (unsigned long long)row->piece[outcome],
			       (unsigned long long)row->none[outcome]);
	}
	printf("\n");
}

static void print_head(const char *what)
{
	printf("\n%s:\n\n| fault | jobs | printed | processed | sent | failed | unknown |\n"
	       "|---|---|---|---|---|---|---|\n",
	       what);
}

void evidence_print_table(void)
{
	static const char *const setups[] = {
		"a printer that answers `GS ( H`",
		"a printer that answers `GS r` only",
		"a printer that answers nothing",
		"two printers that answer `GS ( H`",
	};
	struct row all[FAULT_COUNT] = {0}, sums[SETUP_COUNT] = {0}, sum = {0};

	for (size_t setup = 0; setup < SETUP_COUNT; setup++) {
		print_head(setups[setup]);
		for (size_t fault = 0; fault < FAULT_COUNT; fault++) {
			const struct row *row = &table->rows[setup][fault];

			print_row(fault_names[fault], row);
			add_row(&all[fault], row);
			add_row(&sums[setup], row);
		}
		add_row(&sum, &sums[setup]);
	}
	print_head("All of them");
	for (size_t fault = 0; fault < FAULT_COUNT; fault++)
		print_row(fault_names[fault], &all[fault]);
	print_head("By printer");
	for (size_t setup = 0; setup < SETUP_COUNT; setup++)
		print_row(setups[setup], &sums[setup]);
	print_row("all", &sum);
	printf("\n%llu tickets asked for and answered, %llu reprints on a person's word\n",
	       (unsigned long long)table->issued, (unsigned long long)table->reprints);
}
