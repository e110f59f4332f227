/* What the subcommands share: exit codes, options, the client of the daemon's API, tables. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CLI_OK = 0,
	CLI_REFUSED = 1,
	CLI_USAGE = 2,
	CLI_CONFIG = 3,
	CLI_UNREACHABLE = 4,
	CLI_LOG_DAMAGED = 5,
};

/* One subcommand. argv[0] is its name; returns an exit code. */
typedef int (*cli_command_fn)(int argc, char **argv);

int cli_serve(int argc, char **argv);
int cli_demo(int argc, char **argv);
int cli_filing(int argc, char **argv);
int cli_config(int argc, char **argv);
int cli_devices(int argc, char **argv);
int cli_identify(int argc, char **argv);     /* devices identify */
int cli_lines(int argc, char **argv);	     /* devices lines */
int cli_printer_test(int argc, char **argv); /* devices test */
int cli_baseline(int argc, char **argv);
int cli_board(int argc, char **argv);
int cli_ticket(int argc, char **argv);
int cli_log_restore(const char *backup, const char *to, const char *key);
int cli_render(int argc, char **argv); /* ticket render */
int cli_why(int argc, char **argv);    /* ticket why */
int cli_window(int argc, char **argv);
int cli_day(int argc, char **argv);
int cli_jobs(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_erlang(int argc, char **argv);
int cli_replay(int argc, char **argv);
int cli_simulate(int argc, char **argv);
int cli_plan(int argc, char **argv);
int cli_log(int argc, char **argv);
int cli_voice(int argc, char **argv);

/* A usage error on stderr, with where to read more. Returns CLI_USAGE. */
__attribute__((format(printf, 2, 3))) int cli_usage(const char *command, const char *format, ...);

struct argp;
/* Parses with argp and --help in both languages; of its children only the first counts. Returns
 * CLI_OK, or the exit code to leave with. */
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/* yyyymmdd of "2026-11-24" or "20261124", 0 if it is none. */
int64_t cli_parse_date(const char *text);

/* A fault of a file of settings, on stderr: for whoever reads one. */
void cli_print_fault(void *user, const char *file, int line, const char *message);

/* The exit code for an error of the store. */
int cli_log_exit(int r);
/* Says it on stderr, in one line; error is the store's sentence or "". Returns the exit code. */
int cli_log_fail(const char *command, const char *path, const char *error, int r);

enum cli_format { CLI_TEXT, CLI_JSON, CLI_CSV };
/* "text", "json", "csv"; false if it is none of those. */
bool cli_parse_format(const char *word, enum cli_format *ret_format);

/* What clients of the daemon accept: --url (or ONEWINDOW_URL, else http://127.0.0.1:8390), --id,
 * --format and the words behind. */
struct cli_client {
	const char *url;
	const char *id; /* Idempotency-Key; NULL: a random one */
	enum cli_format format;
	const char *queue, *item, *class, *case_ref, *clerk, *origin;
	const char *slot_from, *slot_to, *arrival, *date, *printer, *state, *filed;
	int paper;	/* number on the pre-printed paper, 0 none */
	long timeout_s; /* for an answer; 0: 20 */
	bool no_print, large, pre_reviewed, again, correction;
	const char *words[8];
	int word_count;
};
/* Each command has options of its own besides --url and --format. */
enum cli_client_command {
	CLI_TICKET = 1,
	CLI_WINDOW = 2,
	CLI_DAY = 4,
	CLI_DEVICES = 8,
	CLI_JOBS = 16,
	CLI_FILING = 32,
};
/* Parses with argp; doc as argp has it. Returns 0, or the exit code to leave with. */
int cli_client_parse(struct cli_client *ret, enum cli_client_command command, int argc, char **argv,
		     const char *args_doc, const char *doc);
/* GET when body is NULL, else POST of body (taken over). On CLI_OK *ret_reply is the JSON answer,
 * to be freed. Else the reason is on stderr, in both languages where the daemon gave both. */
int cli_request(const struct cli_client *client, const char *path, json_t *body,
		json_t **ret_reply);

/* "" and 0 where it is missing, null or of another type. */
const char *cli_text_of(const json_t *object, const char *key);
long long cli_number_of(const json_t *object, const char *key);

/* Words of the API as a person reads them, in both languages; a program (CSV, JSON) gets them as
 * they are. */
const char *cli_word(const struct cli_client *client, const char *word);

/* "10:30:05" of that moment in the time zone of this machine. */
enum { CLI_TIME_SIZE = 16 };
void cli_local_time(int64_t wall_ms, char ret[CLI_TIME_SIZE]);
/* From now on in the hall's zone, as its paper and its boards have it; hall: of /api/v1/hall. */
void cli_use_zone(const json_t *hall);
/* GET of a daemon that may not run: its JSON answer, NULL for none, and nothing is said. */
json_t *cli_try(const struct cli_client *client, const char *path);

/* In quotes where RFC 4180 wants them, or a spreadsheet would break the cell; with a "'" before a
 * text that a spreadsheet would take for a formula. Numbers stay as they are. */
void cli_print_csv_cell(const char *text);

/* A table with columns aligned by display width: Chinese characters are two columns wide. */
struct cli_table {
	size_t columns, rows, capacity;
	size_t heads; /* rows above the data, 1 */
	char **cells;
	struct cli_note {
		size_t row;
		char *text;
	} * notes;
	size_t note_count, note_capacity;
};
void cli_table_init(struct cli_table *table, size_t columns);
/* One cell after the other, row by row; text is copied. */
__attribute__((format(printf, 2, 3))) void cli_table_add(struct cli_table *table,
							 const char *format, ...);
/* Below the row that ends here, indented, in lines of 80 columns broken at blanks; not in CSV. */
__attribute__((format(printf, 2, 3))) void cli_table_note(struct cli_table *table,
							  const char *format, ...);
/* To stdout; CSV quotes as RFC 4180 has it. */
void cli_table_print(const struct cli_table *table, enum cli_format format);
void cli_table_finish(struct cli_table *table);
/* A device's own words; where people read, their Chinese stands before them. */
void cli_add_detail(const struct cli_client *client, struct cli_table *table, const char *detail);
/* Begins a table whose head is those words of the API. */
void cli_table_begin(const struct cli_client *client, struct cli_table *table,
		     const char *const head[], size_t columns);
/* "-" for 0. */
void cli_add_number(struct cli_table *table, const json_t *object, const char *key);
/* A JSON document to stdout. */
void cli_print_json(const json_t *json);
