/* Scenario files: the example loads, each mistake is named with its line and what to do, and files
 * that include others. */
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

#include "src/simulate/scenario.h"

static char folder[64], path[96], part_path[96];

struct errors {
	int count;
	int line; /* of the first */
	char file[128];
	char first[1024];
};

static void collect(void *user, const char *file, int line, const char *message)
{
	struct errors *errors = user;

	if (errors->count++)
		return;
	errors->line = line;
	snprintf(errors->file, sizeof(errors->file), "%s", file);
	snprintf(errors->first, sizeof(errors->first), "%s", message);
}

static void write_file(const char *to, const char *text)
{
	FILE *file = fopen(to, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	fclose(file);
}

static int read_text(const char *text, struct scenario *ret, struct errors *errors)
{
	write_file(path, text);
	*errors = (struct errors){0};
	return scenario_read(ret, path, collect, errors);
}

static char *read_example(void)
{
	FILE *file = fopen(EXAMPLE, "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

static void blank_departments(char *text)
{
	while ((text = strstr(text, "departments")) != NULL)
		memset(text, ' ', strcspn(text, ";") + 1);
}

/* The first `from` of the example becomes `to`. */
static char *changed_example(const char *from, const char *to, int *ret_line)
{
	char *text = read_example(), *at = strstr(text, from);
	size_t old = strlen(from), new = strlen(to);

	if (!at)
		fail_msg("the example has no %s", from);
	*ret_line = 1;
	for (const char *c = text; c < at; c++)
		*ret_line += *c == '\n';
	memmove(at + new, at + old, strlen(at + old) + 1);
	memcpy(at, to, new);
	return text;
}

static void the_example_loads(void **state)
{
	char *text = read_example();
	struct scenario scenario;
	struct errors errors;

	(void)state;
	assert_int_equal(read_text(text, &scenario, &errors), 0);
	assert_string_equal(scenario.id, "small");
	assert_string_equal(scenario.zh, "小厅");
	assert_true(scenario.target_ms == 15 * 60000);
	assert_int_equal(scenario.span_count, 3);
	assert_int_equal(scenario.spans[0].to_min, 630);
	assert_true(scenario.spans[2].weight == 1.2);
	assert_true(scenario.cases_a_day == 90 && scenario.day_cv == .15);
	assert_true(scenario.service.mean_min == 14 && scenario.service.cv == .8);
	assert_true(scenario.rework_chance == .2 && scenario.pick_up_chance == .5);
	assert_true(scenario.pick_up.mean_min == 4 && scenario.pick_up.cv == .5);
	assert_true(scenario.uptake == .25 && scenario.walk_s == 15);
	assert_true(scenario.no_show_chance == .03 && scenario.no_show_s == 60);
	assert_true(scenario.patience_min == 90 && scenario.priority_chance == .08);
	assert_int_equal(scenario.policy, SCENARIO_PRIORITY);
	assert_true(scenario.rules.overtakes == 5 && scenario.rules.age_ms == 40 * 60000);
	assert_int_equal(scenario.department_count, 3);
	assert_string_equal(scenario.departments[2].name, "自然资源");
	assert_int_equal(scenario.queue_count, 3);
	assert_int_equal(scenario.queues[0].department_count, 2);
	assert_int_equal(scenario.queues[1].departments[0], 2);
	assert_int_equal(scenario.queues[2].def.kind, QUEUE_ISSUE);
	assert_true(scenario.queues[2].def.last == CORE_MAX_TICKET_NUMBER);
	assert_int_equal(scenario.window_count, 5);
	assert_string_equal(scenario.windows[1].queues, "general,estate");
	assert_int_equal(scenario.windows[1].row, 0);
	assert_int_equal(scenario.windows[2].row, 1);
	assert_string_equal(scenario.windows[2].skills, "notary");
	assert_int_equal(scenario.windows[4].break_count, 2);
	assert_int_equal(scenario.windows[4].breaks[1].to_min, 1440);
	assert_int_equal(scenario.item_count, 5);
	assert_string_equal(scenario.items[4].skill, "notary");
	assert_true(scenario.items[3].factor == 1.8 && scenario.items[1].factor == 1);
	assert_true(scenario.items[1].online && !scenario.items[0].online);
	scenario_finish(&scenario);
	free(text);
}

/* Then the first error must hold `says`, at the line of the change unless line is given. */
static const struct {
	const char *from, *to, *says;
	int line; /* 0: where the change is */
} mistakes[] = {
	/* form */
	{"id = \"small\"", "id = \"Small\"", "identifier", 0},
	{"  id = \"small\";", "", "key \"id\" is missing", 6},
	{"scenario = {", "scenarios = {", "unknown key \"scenarios\"", 0},
	{"zone = \"Asia/Shanghai\"", "zone = \"Asia/Nowhere\"", "zoneinfo", 0},
	{"target_min = 15", "target_min = 481", "1 to 480", 0},
	{"hours = (", "opening = (", "unknown key \"opening\"; 可用 allowed: scenario, hall, hours",
	 0},
	{"from = \"09:00\"", "from = \"9:00\"",
	 "\"9:00\" is no time of day; 写作 write it as \"09:00\"; ", 0},
	{"from = \"09:00\"", "from = \"nine\"",
	 "\"nine\" is no time of day; 可用 allowed: \"00:00\" to", 0},
	{"chance = 0.2", "chance = 15", "allowed: 0 to 1; 须写份额：15% 写作 0.15 a share is", 0},
	{"chance = 0.2", "chance = \"15%\"", "from 0 to 1; 须写份额：15% 写作 0.15 a share is", 0},
	{"[ \"12:00-12:45\" ]", "[ \"9:00-9:30\" ]", "two digits each, as in \"08:30-09:00\"", 0},
	{"from = \"09:00\"", "from = 9", "must be text", 0},
	{"weight = 1.5", "weight = -1.5",
	 "weight: 超出范围 -1.5 is out of range; 可用 allowed: 0 to", 0},
	{"weight = 1.5", "wieght = 1.5", "unknown key \"wieght\"", 0},
	{"a_day = 90.0", "a_day = -90", "a_day: 超出范围 -90", 0},
	{"a_day = 90.0", "a_day = 1e999", "a_day: 超出范围 inf", 0},
	{"a_day = 90.0", "a_day = \"many\"", "a_day: 须为数 must be a number from 0.01 to 32768",
	 0},
	{"a_day = 90.0", "a_day = nan", "syntax error", 0},
	{"a_day = 90.0;", "", "key \"a_day\" is missing", 0},
	{"day_cv = 0.15", "day_cv = -0.1", "0 to 10", 0},
	{"mean_min = 14.0", "mean_min = 0", "0.001 to 1440", 0},
	{"mean_min = 14.0", "mean_min = -14.0", "0.001 to 1440", 0},
	{"cv = 0.8", "cv = -0.8", "0 to 10", 0},
	{"chance = 0.2", "chance = 1.2", "0 to 1", 0},
	{"chance = 0.5", "chance = -0.5", "0 to 1", 0},
	{"uptake = 0.25", "uptake = 25", "0 to 1", 0},
	{"wait_s = 60", "wait_s = -1", "0 to 3600", 0},
	{"patience = { mean_min = 90; }", "patience = { mean_min = -1; }", "0 to 100000", 0},
	{"patience = { mean_min = 90; }", "patience = 90", "must be a group", 0},
	{"walk_s = 15", "walk_s = -15", "0 to 3600", 0},
	{"policy = \"priority\"", "policy = \"fifo\"", "\"departmental\", \"pooled\"", 0},
	{"overtakes = 5", "overtake = 5", "rules: 未知的项", 0},
	{"prefix = \"C\"", "prefix = \"A\"", "twice", 0},
	{"prefix = \"C\"", "prefix = \"c\"", "A-Z", 0},
	{"kind = \"issue\"", "kind = \"issuing\"", "kind: 无效", 0},
	{"[ \"自然资源\" ]", "[ \"税务\" ]", "no item is of department \"税务\"", 0},
	{"[ \"自然资源\" ]", "3", "must be an array", 0},
	{"count = 2", "count = 0", "1 to 256", 0},
	{"count = 2", "count = 254", "windows: 过多", 46},
	{"[ \"12:00-12:45\" ]", "[ \"12:00\" ]", "no span of the day", 0},
	{"[ \"12:00-12:45\" ]", "\"12:00-12:45\"", "must be an array", 0},
	{"[ \"notary\" ]", "[ \"Notary\" ]", "skills: 无效", 0},
	{"queues = [ \"issue\" ];", "", "key \"queues\" is missing", 0},
	{"queues = [ \"issue\" ];", "queues = [];", "1 to 16", 0},
	{"queues = [ \"issue\" ];", "queues = [ \"issue\", \"issue\" ];", "twice", 0},
	{"share = 4.0", "share = -4.0", "share: 超出范围", 0},
	{"factor = 0.6", "factor = 0", "0.001 to 1000", 0},
	{"department = \"公安\"; queue", "queue", "key \"department\" is missing", 0},
	{"factor = 2.5; }", "factor = 2.5 };;", "syntax error", 0},
	{"weight = 1.5;", "weight = 1.5；", "full-width", 0},
	{"walk_s = 15;", "walk_s = 15; hall = \"hall.conf\";", "queues: 与 hall 重复", 34},
	/* sense */
	{"to = \"10:30\"; weight", "to = \"08:30\"; weight", "end behind its begin", 0},
	{"from = \"10:30\"", "from = \"10:00\"", "rise and do not overlap", 0},
	{"a_day = 90.0", "a_day = 32000.0", "visits a day are too many", 0},
	{"a_day = 90.0", "a_day = 11000.0", "busiest day in a million has 3", 0},
	{"a_day = 90.0", "a_day = 8000.0", NULL, 0},
	{"day_cv = 0.15", "day_cv = 5", "at most 32768 are allowed: lower a_day or day_cv", 0},
	{"prefix = \"A\"", "prefix = \"A\"; last = 100", NULL, 0}, /* no hall gives numbers */
	{"departments = [ \"公安\", \"人社\" ]", "departments = [ \"公安\", \"自然资源\" ]",
	 "\"自然资源\" waits in queue \"general\" already", 37},
	{"departments = [ \"公安\", \"人社\" ]", "departments = [ \"公安\", \"公安\" ]",
	 "departments: 重复，请删去一个 \"公安\" is there twice", 0},
	{"queues = [ \"issue\" ]", "queues = [ \"issue\", \"issue\" ]",
	 "queues: 重复，请删去一个 \"issue\" is there twice", 0},
	{"queues = [ \"issue\" ]", "queues = [ \"issues\" ]", "\"issues\" is no queue", 0},
	{"\"12:00-13:00\", ", "\"17:00-18:00\", ", "behind the break before it", 0},
	{"id = \"residence\"", "id = \"identity-card\"", "\"identity-card\" is there twice", 0},
	{"id = \"residence\"", "id = \"collect-1\"", "those of pick-ups", 0},
	{"skill = \"notary\"", "skill = \"surveyor\"",
	 "no window serves item \"transfer\": one is needed with queue \"general\" and skill "
	 "\"surveyor\"",
	 0},
	{"policy = \"priority\"", "policy = \"departmental\"", NULL, 0},
	{"policy = \"priority\"", "policy = \"hall\"", NULL, 0},
	{"[ \"公安\", \"人社\" ]", "[ \"公安\" ]", NULL, 0},
};

/* So that all that is wrong is seen at once. Returns 1. */
static int print_missed(const char *what, int line, const struct errors *errors)
{
	print_error("%s, line %d: told of line %d: %s\n", what, line, errors->line, errors->first);
	return 1;
}

static void mistakes_are_named(void **state)
{
	int missed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct scenario scenario = {.item_count = 99};
		struct errors errors;
		int line = 0;
		char *text = changed_example(mistakes[i].from, mistakes[i].to, &line);
		int r = read_text(text, &scenario, &errors);

		free(text);
		if (!mistakes[i].says) {
			if (r != 0)
				fail_msg("%s: %s", mistakes[i].to, errors.first);
			scenario_finish(&scenario);
			continue;
		}
		if (mistakes[i].line)
			line = mistakes[i].line;
		if (r != -EINVAL || !strstr(errors.first, mistakes[i].says) || errors.line != line)
			missed += print_missed(mistakes[i].to, line, &errors);
		assert_string_equal(errors.file, path);
		assert_int_equal(scenario.item_count, 99); /* untouched */
	}
	assert_int_equal(missed, 0);
}

/* Two changes at once. */
static const struct {
	const char *from, *to, *also_from, *also_to, *says;
	int line;
} pairs[] = {
	{"policy = \"priority\"", "policy = \"departmental\"", "[ \"公安\", \"人社\" ]",
	 "[ \"公安\" ]", "\"人社\" has no queue", 52},
	{"policy = \"priority\"", "policy = \"hall\"", "queue = \"estate\"; share", "share",
	 "needs the queue of each item", 53},
	{"kind = \"intake\"; prefix = \"A\"", "kind = \"guide\"; prefix = \"A\"",
	 "kind = \"intake\"; prefix = \"C\"", "kind = \"guide\"; prefix = \"C\"",
	 "needs a queue of kind \"intake\"", 31},
	{"policy = \"priority\"", "policy = \"hall\"", "overtakes = 5;",
	 "overtakes = 5; closes = \"17:00\";", "nobody is turned away", 32},
	/* numbers that a hall would give */
	{"policy = \"priority\"", "policy = \"hall\"", "prefix = \"A\"",
	 "prefix = \"A\"; last = 100",
	 "queue \"general\" has 100 numbers; its busiest day in a million needs 1", 35},
	{"a_day = 90.0", "a_day = 9000.0", "policy = \"priority\"", "policy = \"hall\"",
	 "queue \"general\" has 9999 numbers", 35},
};

static void change_again(const char *text, const char *from, const char *to, char *ret, size_t size)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	snprintf(ret, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* 40,800 visits a day if nobody filed online, 22,000 where 6/13 of all cases are filed. */
static void filers_do_not_come(void **state)
{
	static const struct {
		const char *uptake;
		int r;
	} cases[] = {{"uptake = 0.0", -EINVAL}, {"uptake = 1.0", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scenario scenario;
		struct errors errors;
		int line;
		char *text = changed_example("a_day = 90.0; day_cv = 0.15",
					     "a_day = 24000.0; day_cv = 0.01", &line);
		char all[65536];

		change_again(text, "uptake = 0.25", cases[i].uptake, all, sizeof(all));
		free(text);
		assert_int_equal(read_text(all, &scenario, &errors), cases[i].r);
		if (cases[i].r == 0)
			scenario_finish(&scenario);
	}
}

static void mistakes_of_two_places_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct scenario scenario;
		struct errors errors;
		int line;
		char *text = changed_example(pairs[i].from, pairs[i].to, &line);
		char all[65536];

		change_again(text, pairs[i].also_from, pairs[i].also_to, all, sizeof(all));
		free(text);
		if (read_text(all, &scenario, &errors) != -EINVAL ||
		    !strstr(errors.first, pairs[i].says) || errors.line != pairs[i].line)
			fail_msg("%zu: line %d: %s", i, errors.line, errors.first);
	}
}

/* A list without rows, or a key that is not there at all. */
static void what_is_missing_is_named(void **state)
{
	static const struct {
		const char *list, *empty, *missing;
	} lists[] = {
		{"hours = (", "1 to 48 spans of hours", "\"hours\" is missing"},
		{"items = (", "1 to 4096 items are needed", "\"items\" is missing"},
		{"queues = (", "1 to 64 queues are needed", "\"queues\" is missing"},
		{"windows = (", "1 to 256 windows are needed", "\"windows\" is missing"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(lists) / sizeof(*lists); i++) {
		struct scenario scenario;
		struct errors errors;
		char *text = read_example(), *at = strstr(text, lists[i / 2].list), *end;
		char all[65536];

		end = strstr(at, "\n);\n");
		assert_non_null(end);
		snprintf(all, sizeof(all), "%.*s%s%s%s", (int)(at - text), text,
			 i % 2 ? "" : lists[i / 2].list, i % 2 ? "" : ");", end + 3);
		if (i / 2 == 1) /* no item, no department */
			blank_departments(all);
		free(text);
		if (read_text(all, &scenario, &errors) != -EINVAL ||
		    !strstr(errors.first, i % 2 ? lists[i / 2].missing : lists[i / 2].empty) ||
		    errors.line < 1)
			fail_msg("%zu: line %d: %s", i, errors.line, errors.first);
	}
}

static void weights_of_zero_are_named(void **state)
{
	struct scenario scenario;
	struct errors errors;
	char *text = read_example();

	(void)state;
	for (char *at = text; (at = strstr(at, "weight = 1")) != NULL;)
		memcpy(at, "weight = 0.0 ;     ", 12);
	assert_int_equal(read_text(text, &scenario, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "all weights are zero"));
	assert_int_equal(errors.line, 16);
	free(text);
	text = read_example();
	for (char *at = text; (at = strstr(at, "share = ")) != NULL; at += 8)
		at[8] = '0';
	assert_int_equal(read_text(text, &scenario, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "all shares are zero"));
	assert_int_equal(errors.line, 50);
	free(text);
}

static void two_files_make_one(void **state)
{
	char *text = read_example(), *at = strstr(text, "items = (");
	struct scenario scenario;
	struct errors errors;
	char all[256];

	(void)state;
	write_file(part_path, at);
	strcpy(at, "  @include \"part.conf\"\n");
	assert_int_equal(read_text(text, &scenario, &errors), 0);
	assert_int_equal(scenario.item_count, 5);
	scenario_finish(&scenario);

	/* a fault is said of its own file: of the sense, of the form, of the syntax */
	snprintf(all, sizeof(all), "%s",
		 "items = (\n{ id = \"a\"; department = \"x\"; skill = \"s\"; } );\n");
	write_file(part_path, all);
	blank_departments(text);
	assert_int_equal(read_text(text, &scenario, &errors), -EINVAL);
	assert_string_equal(errors.file, part_path);
	assert_int_equal(errors.line, 2);
	assert_non_null(strstr(errors.first, "no window serves"));
	write_file(part_path, "\n\nitems = ( { id = 5; department = \"x\"; } );");
	assert_int_equal(read_text(text, &scenario, &errors), -EINVAL);
	assert_string_equal(errors.file, part_path);
	assert_int_equal(errors.line, 3);
	write_file(part_path, "items = (\n{ id = \"a\"；\n");
	assert_int_equal(read_text(text, &scenario, &errors), -EINVAL);
	assert_string_equal(errors.file, part_path);
	assert_int_equal(errors.line, 2);
	assert_non_null(strstr(errors.first, "full-width"));
	free(text);
}

static void bad_includes_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
		int line;
	} bad[] = {
		{"\n@include \"nowhere.conf\"\n", "cannot be read", 2},
		{"@include \"/etc/passwd\"\n", "relative to the folder", 1},
		{"@include \"part.conf\n\nwalk_s = 3;", "in quotation marks", 1},
		{"@include \"a\\\\b.conf\"\n", "without a backslash", 1},
		{"@include \"pipe\"\n", "no ordinary file", 1},
		{"@include \"self.conf\"\n", "at most 10 deep", 1},
		{"@include \"deep.conf\"\n", "brackets nest", 1},
		{"/* @include\n@include \"nowhere.conf\"\n*/ x = \"\n@include \"; walk = 3;",
		 "unknown key \"x\"", 3},
	};
	char other[128], deep[256];

	(void)state;
	snprintf(other, sizeof(other), "%s/self.conf", folder);
	write_file(other,
		   "@include \"self.conf\"\n@include \"self.conf\"\n@include \"self.conf\"\n");
	snprintf(other, sizeof(other), "%s/deep.conf", folder);
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	write_file(other, deep);
	snprintf(other, sizeof(other), "%s/pipe", folder);
	assert_int_equal(mkfifo(other, 0600), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct scenario scenario;
		struct errors errors;

		if (read_text(bad[i].text, &scenario, &errors) != -EINVAL ||
		    !strstr(errors.first, bad[i].says) || errors.line != bad[i].line)
			fail_msg("%zu: line %d: %s", i, errors.line, errors.first);
	}
	unlink(other);
}

static void no_file_is_said(void **state)
{
	struct scenario scenario;
	struct errors errors = {0};

	(void)state;
	assert_int_equal(scenario_read(&scenario, "/nowhere/x.conf", collect, &errors), -ENOENT);
	assert_non_null(strstr(errors.first, "No such file"));
	errors = (struct errors){0};
	assert_int_equal(scenario_read(&scenario, folder, collect, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "no ordinary file"));
}

static int no_hall(void *user, const char *hall_path, struct scenario_hall *ret_hall)
{
	(void)user;
	(void)hall_path;
	(void)ret_hall;
	return -EINVAL;
}

static int some_hall(void *user, const char *hall_path, struct scenario_hall *ret_hall)
{
	static const struct event_queue_defined queues[] = {
		{.queue = "general",
		 .zh = "综合",
		 .prefix = "A",
		 .first = 1,
		 .last = 999,
		 .kind = QUEUE_INTAKE},
		{.queue = "issue",
		 .zh = "出证",
		 .prefix = "B",
		 .first = 1,
		 .last = 999,
		 .kind = QUEUE_ISSUE},
	};
	static const struct event_window_defined windows[] = {
		{.window = 4, .queues = "general"},
		{.window = 7, .queues = "issue,general"},
	};
	static const struct event_clerk_defined clerks[] = {{.clerk = "101", .skills = "notary"}};
	static const struct event_item_defined items[] = {
		{.item = "a", .department = "X", .queue = "general", .skill = "notary"},
		{.item = "b", .department = "Y", .queue = "general"},
		{.item = "c", .department = "X", .queue = "issue"},
	};

	snprintf(user, 128, "%s", hall_path);
	*ret_hall = (struct scenario_hall){
		.hall = {.id = "h", .zone = "Asia/Shanghai", .target_ms = 600000},
		.queues = queues,
		.queue_count = 2,
		.windows = windows,
		.window_count = 2,
		.clerks = clerks,
		.clerk_count = 1,
		.items = items,
		.item_count = 3,
		.policy = {.overtakes = 3, .closes_min = 1020},
	};
	return 0;
}

#define OF_HALL                                                                                    \
	"hall = \"hall.conf\"; hours = ( { from = \"09:00\"; to = \"12:00\"; } );\n"               \
	"cases = { a_day = 30; }; service = { mean_min = 5; cv = 0.5; };\n"

static void a_halls_own_layout(void **state)
{
	char asked[128], wanted[128];
	struct scenario scenario;
	struct errors errors = {0};

	(void)state;
	write_file(path, OF_HALL);
	assert_int_equal(scenario_read_with(&scenario, path, collect, &errors, some_hall, asked),
			 0);
	snprintf(wanted, sizeof(wanted), "%s/hall.conf", folder);
	assert_string_equal(asked, wanted);
	assert_string_equal(scenario.id, "h");
	assert_true(scenario.target_ms == 600000);
	assert_int_equal(scenario.policy, SCENARIO_HALL);
	assert_true(scenario.rules.overtakes == 3 && scenario.rules.closes_min == 0);
	assert_int_equal(scenario.queue_count, 2);
	assert_int_equal(scenario.window_count, 2);
	assert_string_equal(scenario.windows[0].skills, "notary");
	assert_string_equal(scenario.windows[1].skills, "");
	assert_int_equal(scenario.item_count, 3);
	assert_int_equal(scenario.items[2].department, 0);
	assert_true(scenario.items[0].share == 1 && scenario.items[2].share == 1);
	scenario_finish(&scenario);

	write_file(
		path, OF_HALL
		"scenario = { en = \"Pooled\"; }; policy = \"pooled\";\n"
		"items = ( { id = \"b\"; share = 2; online = true; } );\n"
		"windows = ( { count = 3; queues = [ \"general\" ]; skills = [ \"notary\" ]; } );");
	assert_int_equal(scenario_read_with(&scenario, path, collect, &errors, some_hall, asked),
			 0);
	assert_string_equal(scenario.en, "Pooled");
	assert_string_equal(scenario.id, "h");
	assert_int_equal(scenario.policy, SCENARIO_POOLED);
	assert_int_equal(scenario.window_count, 3);
	assert_true(scenario.items[0].share == 0 && scenario.items[1].share == 2 &&
		    scenario.items[1].online);
	scenario_finish(&scenario);
}

/* Of the example, read without a fault: what is told all the same. */
static void expect_doubt(const char *from, const char *to, const char *says)
{
	struct scenario scenario;
	struct errors errors;
	int line;
	char *text = changed_example(from, to, &line);

	assert_int_equal(read_text(text, &scenario, &errors), 0);
	scenario_finish(&scenario);
	free(text);
	if (!says) {
		assert_int_equal(errors.count, 0);
		return;
	}
	assert_int_equal(errors.count, 1);
	assert_int_equal(errors.line, line);
	assert_string_equal(errors.file, path);
	if (strncmp(errors.first, "注意 warning: ", 16) != 0 || !strstr(errors.first, says))
		fail_msg("%s", errors.first);
}

static void what_has_no_effect(void **state)
{
	(void)state;
	expect_doubt("[ \"notary\" ]", "[ \"notary\", \"notery\" ]",
		     "no item asks for skill \"notery\"");
	expect_doubt("\"12:00-12:45\"", "\"02:00-03:00\"", "休息 02:00-03:00 不在");
	expect_doubt("\"12:00-12:45\"", "\"18:00-19:00\"",
		     "lies outside the hours, 09:00 to 17:00");
	expect_doubt("\"12:00-12:45\"", "\"17:00-24:00\"", NULL);
	expect_doubt("\"12:00-12:45\"", "\"16:00-18:00\"", NULL);
	expect_doubt("id = \"small\"", "id = \"small\"", NULL);
}

/* A skill that nothing asks for is told of once, at the first window that has it. */
static void a_skill_is_doubted_once(void **state)
{
	struct scenario scenario;
	struct errors errors;
	char all[65536];
	int line;
	char *text =
		changed_example("queues = [ \"general\", \"estate\" ]; skills = [ \"notary\" ]",
				"queues = [ \"general\", \"estate\" ]; skills = [ \"notary\", "
				"\"notery\" ]",
				&line);
	char *at = strstr(text, "queues = [ \"issue\" ];");

	(void)state;
	assert_non_null(at);
	snprintf(all, sizeof(all), "%.*sskills = [ \"notery\", \"tax\" ]; %s", (int)(at - text),
		 text, at);
	free(text);
	assert_int_equal(read_text(all, &scenario, &errors), 0);
	assert_int_equal(errors.count, 2);
	assert_int_equal(errors.line, line);
	assert_non_null(strstr(errors.first, "no item asks for skill \"notery\""));
	scenario_finish(&scenario);
}

/* None of its items can be filed online, but some are. */
static void online_without_items(void **state)
{
	char *text = read_example(), *at = text;
	struct scenario scenario;
	struct errors errors;

	(void)state;
	while ((at = strstr(at, "online = true;")) != NULL)
		memset(at, ' ', strlen("online = true;"));
	assert_int_equal(read_text(text, &scenario, &errors), 0);
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.first, "no item has online = true"));
	scenario_finish(&scenario);
	free(text);
}

static void faults_with_a_hall(void **state)
{
	static const struct {
		const char *text, *says;
		int line;
		scenario_hall_fn hall;
	} bad[] = {
		{OF_HALL, "cannot be read here", 1, NULL},
		{OF_HALL, "has faults", 1, no_hall},
		{"\nhall = 5;", "must be the file name", 2, some_hall},
		{"hall = { id = \"x\"; };\nqueues = ();", "this is a hall's own configuration", 1,
		 some_hall},
		{OF_HALL "rules = { overtakes = 3; };", "rules: 与 hall 重复", 3, some_hall},
		{OF_HALL "items = ( { id = \"z\"; } );", "no item of the hall", 3, some_hall},
		{OF_HALL "items = ( { id = \"a\"; }, { id = \"a\"; } );", "twice", 3, some_hall},
		{OF_HALL "items = ( { id = \"a\"; skill = \"x\"; } );",
		 "unknown key \"skill\"; 可用 allowed: id, share, factor, online", 3, some_hall},
		{OF_HALL "windows = ( { queues = [ \"issue\", \"general\" ]; } );",
		 "no window serves item \"a\"", 1, some_hall},
		{"hall = \"hall.conf\";", "\"hours\" is missing", 1, some_hall},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct scenario scenario;
		struct errors errors = {0};
		char asked[128];

		write_file(path, bad[i].text);
		if (scenario_read_with(&scenario, path, collect, &errors, bad[i].hall, asked) !=
			    -EINVAL ||
		    !strstr(errors.first, bad[i].says) || errors.line != bad[i].line)
			fail_msg("%zu: line %d: %s", i, errors.line, errors.first);
	}
}

/* In a hall's file it has to be said. */
static void queues_have_work(void **state)
{
	char *text = read_example(), *at;
	struct scenario scenario;
	struct errors errors = {0};

	(void)state;
	for (at = text; (at = strstr(at, "work = true;")) != NULL;)
		memset(at, ' ', strlen("work = true;"));
	write_file(path, text);
	assert_int_equal(scenario_read(&scenario, path, collect, &errors), 0);
	for (uint32_t i = 0; i < scenario.queue_count; i++)
		assert_true(scenario.queues[i].def.work);
	scenario_finish(&scenario);
	free(text);
}

static void scenarios_and_halls_are_told_apart(void **state)
{
	char *text = read_example();

	(void)state;
	assert_true(scenario_is_text(text));
	assert_true(scenario_is_text("@include \"part.conf\"\n"));
	assert_false(scenario_is_text("hall = { id = \"x\"; };\n@include \"part.conf\"\n"));
	assert_false(scenario_is_text("# no @include here\nqueues = ();"));
	assert_true(scenario_is_text("hall = \"hall.conf\"; hours = ();"));
	assert_false(scenario_is_text("hall = { id = \"x\"; }; queues = ();"));
	assert_false(scenario_is_text("hall = = "));
	free(text);
}

/* A thousand damaged files are each read or refused with a reason. */
static void damaged_files_are_refused_or_read(void **state)
{
	uint32_t random = 12345;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char *text = read_example();
		size_t len = strlen(text);
		struct scenario scenario;
		struct errors errors;
		int r;

		for (int k = 0; k <= i % 3; k++) {
			random = random * 1664525 + 1013904223;
			text[(random >> 8) % len] = (char)(random >> 3 | 1);
		}
		r = read_text(text, &scenario, &errors);
		assert_true(r == 0 || (r == -EINVAL && errors.count > 0 && errors.first[0]));
		if (r == 0)
			scenario_finish(&scenario);
		free(text);
	}
}

/* What libconfig 1.5 itself loses when it stops in the middle of a file. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_loads),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(mistakes_of_two_places_are_named),
		cmocka_unit_test(filers_do_not_come),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(weights_of_zero_are_named),
		cmocka_unit_test(two_files_make_one),
		cmocka_unit_test(bad_includes_are_refused),
		cmocka_unit_test(no_file_is_said),
		cmocka_unit_test(a_halls_own_layout),
		cmocka_unit_test(what_has_no_effect),
		cmocka_unit_test(a_skill_is_doubted_once),
		cmocka_unit_test(online_without_items),
		cmocka_unit_test(faults_with_a_hall),
		cmocka_unit_test(queues_have_work),
		cmocka_unit_test(scenarios_and_halls_are_told_apart),
		cmocka_unit_test(damaged_files_are_refused_or_read),
	};
	char command[96];
	int r;

	snprintf(folder, sizeof(folder), "/tmp/onewindow-scenario-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/scenario.conf", folder);
	snprintf(part_path, sizeof(part_path), "%s/part.conf", folder);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? r : 1;
}
