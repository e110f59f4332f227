/* Ticket templates: those built in are read; each mistake is named with its line and what is
 * allowed; damaged files are read or refused; rules and files that change while tickets are
 * printed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/daemon/tickets.h"

static char folder[64], path[96], picture_path[96];

struct errors {
	int count, line; /* of the first */
	char first[512];
};

static void collect(void *user, const char *file, int line, const char *message)
{
	struct errors *errors = user;

	(void)file;
	if (errors->count++)
		return;
	errors->line = line;
	snprintf(errors->first, sizeof(errors->first), "%s", message);
}

static void write_file(const char *to, const void *bytes, size_t len)
{
	FILE *file = fopen(to, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int load(const char *text, struct template **ret, struct errors *errors)
{
	write_file(path, text, strlen(text));
	*errors = (struct errors){0};
	return template_load(ret, path, collect, errors);
}

static void refused(const char *text, int line, const char *reason)
{
	struct template *template = NULL;
	struct errors errors;

	assert_int_equal(load(text, &template, &errors), -EINVAL);
	assert_null(template);
	if (!strstr(errors.first, reason) || errors.line != line)
		fail_msg("line %d: \"%s\"\nwanted line %d: \"%s\"", errors.line, errors.first, line,
			 reason);
}

static void test_built_in(void **state)
{
	(void)state;
	for (size_t use = 0; use < TEMPLATE_USES; use++) {
		struct template *template = NULL;
		bool number = false;

		assert_int_equal(template_built_in(&template, (enum template_use)use), 0);
		for (size_t i = 0; i < template->line_count; i++)
			number |= template->lines[i].kind == DOCUMENT_TEXT &&
				  !strcmp(template->texts + template->lines[i].text, "{number}");
		assert_true(number);
		assert_int_equal(template->lines[template->line_count - 1].kind, DOCUMENT_CUT);
		template_destroy(template);
	}
}

static void test_lines(void **state)
{
	struct template *template = NULL;
	struct errors errors;
	const struct template_line *line;

	(void)state;
	assert_int_equal(
		load("lines = (\n"
		     "{ text = \"{number} {{x}\"; size = 3; bold = true; align = \"left\"; },\n"
		     "{ when = [\"item\", \"priority\"]; unless = \"narrow\"; align = \"right\";\n"
		     "  lines = ( { qr = \"{ticket_url}\"; module = 7; },\n"
		     "            { when = \"wait\"; feed = 3; width = 2; height = 5; } ); },\n"
		     "{ rule = true; }, { text = \"x\"; rows = 2; }, { cut = true; } );\n",
		     &template, &errors),
		0);
	assert_int_equal(template->line_count, 6);
	line = template->lines;
	assert_true(line[0].kind == DOCUMENT_TEXT && line[0].width == 3 && line[0].height == 3 &&
		    line[0].bold && line[0].align == DOCUMENT_LEFT &&
		    line[0].rows == TEMPLATE_ROWS && !line[0].when && !line[0].unless);
	assert_true(line[1].kind == DOCUMENT_QR && line[1].module_dots == 7 &&
		    line[1].align == DOCUMENT_RIGHT &&
		    line[1].when == (WHEN_ITEM | WHEN_PRIORITY) && line[1].unless == WHEN_NARROW);
	assert_true(line[2].kind == DOCUMENT_FEED && line[2].lines == 3 && line[2].width == 2 &&
		    line[2].height == 5 &&
		    line[2].when == (WHEN_ITEM | WHEN_PRIORITY | WHEN_WAIT) &&
		    line[2].unless == WHEN_NARROW);
	assert_true(line[3].kind == DOCUMENT_RULE && line[3].align == DOCUMENT_CENTRE);
	assert_true(line[4].rows == 2 && line[5].kind == DOCUMENT_CUT);
	template_destroy(template);
}

static void test_mistakes(void **state)
{
	(void)state;
	refused("", 0, "key \"lines\" is missing");
	refused("lines = ( );", 0, "there is none");
	refused("lines = 3;", 1, "must be a list");
	refused("lines = (\n\n3 );", 3, "must be a group");
	refused("lines = (\n{ text = \"x\" ", 2, "syntax error");
	refused("lines = (\n{ text = \"x\"\n; } {", 3, "here or in the line before");
	refused("lines = ( # 中文；\n{ text = \"（“”；\";\nsize = 2；\n} );", 3, "full-width");
	refused("/* 中文\n */ lines = (\n\n{ text = “x”; } );", 4, "full-width");
	refused("lines = ( { cut = true; } );\nfont = \"x\";", 2, "unknown key \"font\"");
	refused("lines = (\n{ txt = \"x\"; } );", 2, "unknown key \"txt\"; 可用 allowed: text, qr");
	refused("lines = (\n{ bold = true; } );", 2, "needs one of text, qr");
	refused("lines = (\n{ text = \"x\"; qr = \"y\"; } );", 2, "this one has text and qr");
	refused("lines = (\n{ text = 7; } );", 2, "must be text");
	refused("lines = (\n{ text = \"a\\tb\"; } );", 2, "without control characters");
	refused("lines = (\n{ text = \"\\x1b@\"; } );", 2, "without control characters");
	refused("lines = (\n{ text = \"x\";\nsize = 9; } );", 3, "allowed: 1 to 8");
	refused("lines = (\n{ feed = 0; } );", 2, "allowed: 1 to 20");
	refused("lines = (\n{ text = \"x\"; bold = 1; } );", 2, "true or false");
	refused("lines = (\n{ text = \"x\"; align = \"center\"; } );", 2,
		"allowed: left, centre, right");
	refused("lines = (\n{ text = \"{name}\"; } );", 2,
		"no placeholder \"{name}\"; 可用 allowed: hall.zh");
	refused("lines = (\n{ text = \"{number\"; } );", 2, "no placeholder");
	refused("lines = (\n{ text = \"{}\"; } );", 2, "no placeholder");
	refused("lines = (\n{ text = \"x\";\nwhen = \"large\"; } );", 3, "allowed: reprint, item");
	refused("lines = (\n{ text = \"x\";\nunless = [ 1 ]; } );", 3,
		"no condition \"(not text)\"");
	refused("lines = (\n{ picture = \"none.pbm\"; } );", 2, "No such file");
	refused("@include \"x\"\nlines = ( { cut = true; } );", 0, "@include");
}

static void append(char *text, size_t size, const char *more, size_t times)
{
	while (times-- > 0)
		strncat(text, more, size - strlen(text) - 1);
}

/* Depth, lines, texts, bytes. */
static void test_limits(void **state)
{
	static char text[200000];
	struct template *template = NULL;
	struct errors errors;
	FILE *file;

	(void)state;
	for (int depth = TEMPLATE_MAX_DEPTH; depth <= TEMPLATE_MAX_DEPTH + 1; depth++) {
		strcpy(text, "lines = (");
		append(text, sizeof(text), "\n{ lines = (", (size_t)depth);
		append(text, sizeof(text), "{ cut = true; }", 1);
		append(text, sizeof(text), "); }", (size_t)depth);
		append(text, sizeof(text), ");", 1);
		if (depth > TEMPLATE_MAX_DEPTH) {
			refused(text, TEMPLATE_MAX_DEPTH + 2, "nest more than 8 deep");
			continue;
		}
		assert_int_equal(load(text, &template, &errors), 0);
		template_destroy(template);
	}
	strcpy(text, "lines = (");
	append(text, sizeof(text), "\n{ lines = (", 2000);
	refused(text, 33, "brackets nest more than 64 deep");

	strcpy(text, "lines = (\n{ lines = ( ");
	append(text, sizeof(text), "{ cut = true; },", TEMPLATE_MAX_LINES - 1);
	append(text, sizeof(text), "{ cut = true; } ); },\n{ cut = true; } );", 1);
	refused(text, 3, "more than 60 lines");
	strcpy(text, "lines = (\n");
	append(text, sizeof(text), "{ cut = true; },\n", TEMPLATE_MAX_LINES);
	append(text, sizeof(text), "{ cut = true; } );", 1);
	refused(text, 1, "61 are too many; 最多 at most 60");

	strcpy(text, "lines = (\n{ text = \"");
	append(text, sizeof(text), "0123456789", 52);
	append(text, sizeof(text), "\"; } );", 1);
	refused(text, 2, "520 bytes are too long; 最多 at most 511");
	strcpy(text, "lines = (");
	for (int i = 0; i < 17; i++) {
		append(text, sizeof(text), i ? ",\n{ text = \"" : "\n{ text = \"", 1);
		append(text, sizeof(text), "0123456789", 50);
		append(text, sizeof(text), "\"; }", 1);
	}
	append(text, sizeof(text), ");", 1);
	refused(text, 18, "the texts together are over 8192 bytes");

	memset(text, '#', TEMPLATE_MAX_BYTES + 1);
	text[TEMPLATE_MAX_BYTES + 1] = '\0';
	refused(text, 0, "larger than 65536 bytes");
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 10 * 1024 * 1024), 0);
	fclose(file);
	errors = (struct errors){0};
	assert_int_equal(template_load(&template, path, collect, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "larger than 65536 bytes"));
	write_file(path, "lines\0", 6);
	assert_int_equal(template_load(&template, path, collect, &errors), -EINVAL);
	assert_int_equal(template_load(&template, folder, collect, &errors), -EINVAL);
	unlink(path);
	assert_int_equal(template_load(&template, path, collect, &errors), -ENOENT);
}

static void picture(const char *bytes, size_t len, const char *reason)
{
	const char *text = "lines = (\n{ picture = \"logo.pbm\"; } );";
	struct template *template = NULL;
	struct errors errors;

	write_file(picture_path, bytes, len);
	if (reason) {
		refused(text, 2, reason);
		return;
	}
	assert_int_equal(load(text, &template, &errors), 0);
	assert_int_equal(template->pictures[0].width_dots, 10);
	assert_int_equal(template->pictures[0].height_dots, 2);
	assert_memory_equal(template->pictures[0].rows, "\x80\x40\xff\xc0", 4);
	template_destroy(template);
}

static void test_pictures(void **state)
{
	(void)state;
	picture("P4 10 2 \x80\x40\xff\xc0", 12, NULL);
	picture("P4\n# a comment 3\n#\n10\t2\n\x80\x40\xff\xc0", 28, NULL);
	picture("P4 10 2 \x80\x40\xff", 11, "it ends too early");
	picture("P1 10 2 1", 9, "no PBM of the binary kind");
	picture("", 0, "no PBM");
	picture("P4 833 2 ", 9, "out of range");
	picture("P4 10 641 ", 10, "out of range");
	picture("P4 10 99999999999999999999 ", 27, "out of range");
	picture("P4 0 2 ", 7, "out of range");
	picture("P4 # ", 5, "out of range");
	picture("P4 -1 2 ", 8, "out of range");
	refused("lines = ( { lines = ( { picture = \"logo.pbm\"; } ); } );", 1, "out of range");
}

/* What is no file of bytes is refused and not waited for: the daemon reads these between two
 * tickets, and a named pipe would hold it up for ever. */
static void test_no_ordinary_files(void **state)
{
	static const char text[] = "lines = ( { picture = \"logo.pbm\"; } );";
	static char large[128 * 1024 + 1] = "P4 #";
	struct template *template = NULL;
	struct errors errors = {0};

	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(template_load(&template, path, collect, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "no ordinary file"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(picture_path), 0);
	assert_int_equal(mkfifo(picture_path, 0600), 0);
	refused(text, 1, "no ordinary file");
	assert_int_equal(unlink(picture_path), 0);
	assert_int_equal(symlink("/dev/zero", picture_path), 0);
	refused(text, 1, "no ordinary file");
	assert_int_equal(unlink(picture_path), 0);
	memset(large + 4, 'x', sizeof(large) - 4);
	picture(large, sizeof(large), "larger than 128 KiB");
}

/* A thousand damaged ones: each is read, or refused with a reason. */
static void test_damaged(void **state)
{
	static char whole[16384], text[16384];
	FILE *file = fopen(EXAMPLE, "r");
	size_t len, good = 0;

	(void)state;
	assert_non_null(file);
	len = fread(whole, 1, sizeof(whole) - 1, file);
	fclose(file);
	srand(20260302);
	for (int round = 0; round < 1000; round++) {
		struct template *template = NULL;
		struct errors errors;
		int r;

		memcpy(text, whole, len + 1);
		for (int k = rand() % 4; k >= 0; k--) {
			size_t at = (size_t)rand() % len;

			switch (rand() % 3) {
			case 0: text[at] = (char)(rand() % 255 + 1); break;
			case 1: memmove(text + at, text + at + 1, len - at); break;
			default: text[at] = "(){}[];\"="[rand() % 9]; break;
			}
		}
		r = load(text, &template, &errors);
		assert_true(r == 0 || (r == -EINVAL && errors.first[0]));
		good += r == 0;
		if (r == 0)
			template_destroy(template);
	}
	assert_in_range(good, 100, 900);
}

/* ---- in force ------------------------------------------------------------------------------- */

static const char hall_text[] =
	"hall = { id = \"h\"; zh = \"厅\"; en = \"H\"; zone = \"Asia/Shanghai\"; };\n"
	"log = { path = \"log.db\"; };\n"
	"queues = ( { id = \"general\"; zh = \"综\"; en = \"G\"; prefix = \"A\"; },\n"
	"           { id = \"guide\"; zh = \"咨\"; en = \"D\"; prefix = \"G\"; } );\n"
	"windows = ( { number = 1; zh = \"1\"; en = \"1\"; queues = [ \"general\" ]; } );\n"
	"printers = ( { id = \"p1\"; driver = \"escpos\"; model = \"generic-80\"; url = "
	"\"tcp://127.0.0.1:9\"; } );\n";

static int load_hall(const char *tickets, struct config **ret, struct errors *errors)
{
	char text[4096], at[128];

	snprintf(text, sizeof(text), "%s%s", hall_text, tickets);
	snprintf(at, sizeof(at), "%s/hall.conf", folder);
	*errors = (struct errors){0};
	return config_parse(ret, text, at, CONFIG_WHOLE, collect, errors);
}

/* As Windows' editors write it. */
static void test_mark_and_line_ends(void **state)
{
	struct template *template = NULL;
	struct errors errors;

	(void)state;
	assert_int_equal(load("\xef\xbb\xbflines = (\r\n{ text = \"x\"; }\r\n);\r\n", &template,
			      &errors),
			 0);
	assert_int_equal(template->line_count, 1);
	template_destroy(template);
}

static void refused_hall(const char *tickets, const char *reason)
{
	struct config *config = NULL;
	struct errors errors;

	assert_int_equal(load_hall(tickets, &config, &errors), -EINVAL);
	if (!strstr(errors.first, reason))
		fail_msg("%s", errors.first);
}

static void test_rules(void **state)
{
	struct devices_templates chosen;
	struct tickets *tickets = NULL;
	struct config *config = NULL;
	struct errors errors;
	const struct template *own;

	(void)state;
	refused_hall("tickets = { tmplate = \"x\"; };", "unknown key");
	refused_hall("tickets = { rules = ( { desk_copy = true; } ); };",
		     "needs a queue, a printer or a class");
	refused_hall("tickets = { rules = ( { queue = \"none\"; } ); };", "is no queue");
	refused_hall("tickets = { rules = ( { printer = \"none\"; } ); };", "is no printer");
	refused_hall("tickets = { rules = ( { class = \"none\"; } ); };", "is no class");

	write_file(path, "lines = ( { text = \"own\"; } );", 30);
	assert_int_equal(
		load_hall("tickets = { desk_copy = true; rules = (\n"
			  "{ queue = \"guide\"; template = \"ticket.conf\"; desk_copy = false; },\n"
			  "{ class = \"priority\"; large_print = true; },\n"
			  "{ class = \"priority\"; printer = \"p1\"; large_print = false; }\n"
			  "); };",
			  &config, &errors),
		0);
	assert_int_equal(tickets_create(&tickets, config, collect, &errors), 0);
	assert_int_equal(errors.count, 0);
	tickets_choose(tickets, "general", "p1", CLASS_ORDINARY, false, &chosen);
	assert_ptr_equal(chosen.ticket, tickets_built_in(tickets, TEMPLATE_TICKET));
	assert_ptr_equal(chosen.desk, tickets_built_in(tickets, TEMPLATE_DESK));
	tickets_choose(tickets, "guide", "p1", CLASS_ORDINARY, false, &chosen);
	own = chosen.ticket;
	assert_string_equal(own->texts, "own");
	assert_null(chosen.desk);
	tickets_choose(tickets, "general", "p2", CLASS_PRIORITY, false, &chosen);
	assert_ptr_equal(chosen.ticket, tickets_built_in(tickets, TEMPLATE_LARGE));
	tickets_choose(tickets, "general", "p1", CLASS_PRIORITY, false, &chosen);
	assert_ptr_equal(chosen.ticket, tickets_built_in(tickets, TEMPLATE_TICKET));
	tickets_choose(tickets, "general", "p1", CLASS_PRIORITY, true, &chosen); /* by button */
	assert_ptr_equal(chosen.ticket, tickets_built_in(tickets, TEMPLATE_LARGE));
	tickets_destroy(tickets);
	free(config);
}

static const char *text_in_force(struct tickets *tickets)
{
	struct devices_templates chosen;

	tickets_choose(tickets, "general", "p1", CLASS_ORDINARY, false, &chosen);
	return chosen.ticket == tickets_built_in(tickets, TEMPLATE_TICKET) ? "built in"
									   : chosen.ticket->texts;
}

/* Bad at first: the one built in. Good: it. Bad, or gone: the last good one stays. */
static void test_changes(void **state)
{
	struct tickets *tickets = NULL;
	struct config *config = NULL;
	struct errors errors;
	const char *why;

	(void)state;
	write_file(path, "lines = (\n7 );", 14);
	assert_int_equal(load_hall("tickets = { template = \"ticket.conf\"; };", &config, &errors),
			 0);
	assert_int_equal(tickets_create(&tickets, config, collect, &errors), 0);
	assert_int_equal(errors.count, 1);
	assert_int_equal(errors.line, 2);
	assert_int_equal(tickets_bad(tickets, &why), 1);
	assert_non_null(strstr(why, "ticket.conf:2: "));
	assert_string_equal(text_in_force(tickets), "built in");

	write_file(path, "lines = ( { text = \"first\"; } );", 32);
	assert_true(tickets_refresh(tickets, 10000));
	assert_false(tickets_refresh(tickets, 20000)); /* it is the same */
	assert_string_equal(text_in_force(tickets), "first");
	assert_int_equal(tickets_bad(tickets, &why), 0);

	write_file(path, "lines = ( { text = \"{x}\"; } );", 30);
	assert_false(tickets_refresh(tickets, 20999)); /* once a second */
	assert_true(tickets_refresh(tickets, 21000));
	assert_string_equal(text_in_force(tickets), "first");
	assert_int_equal(tickets_bad(tickets, &why), 1);
	unlink(path);
	assert_true(tickets_refresh(tickets, 30000));
	assert_string_equal(text_in_force(tickets), "first");
	assert_non_null(strstr(why, "ticket.conf: 读不了 it cannot be read: No such file"));
	write_file(path, "lines = ( { text = \"second\"; } );", 33);
	assert_true(tickets_refresh(tickets, 40000));
	assert_string_equal(text_in_force(tickets), "second");
	tickets_destroy(tickets);
	free(config);
}

/* libconfig 1.5 forgets what its scanner holds when the syntax is wrong. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_mark_and_line_ends),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_no_ordinary_files),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_changes),
	};
	int r;

	snprintf(folder, sizeof(folder), "/tmp/onewindow-template-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/ticket.conf", folder);
	snprintf(picture_path, sizeof(picture_path), "%s/logo.pbm", folder);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	unlink(picture_path);
	rmdir(folder);
	return r;
}
