/* The configuration: the founding example loads; each mistake is named with its line and what is
 * allowed; a thousand damaged files are each read or refused with a reason. */
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

#include "src/daemon/config.h"

static char folder[64], path[96];

struct errors {
	int count;
	int line; /* of the first */
	char first[512];
	char all[4096];
};

static void collect(void *user, const char *file, int line, const char *message)
{
	struct errors *errors = user;

	assert_string_equal(file, path);
	if (!errors->count++) {
		errors->line = line;
		snprintf(errors->first, sizeof(errors->first), "%s", message);
	}
	strncat(errors->all, message, sizeof(errors->all) - strlen(errors->all) - 1);
	strncat(errors->all, "\n", sizeof(errors->all) - strlen(errors->all) - 1);
}

static int load_bytes(const void *bytes, size_t len, struct config **ret, struct errors *errors)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
	memset(errors, 0, sizeof(*errors));
	return config_load(ret, path, collect, errors);
}

static char *read_example(size_t *ret_len)
{
	FILE *file = fopen(EXAMPLE, "r");
	char *text = malloc(65536);

	assert_non_null(file);
	assert_non_null(text);
	*ret_len = fread(text, 1, 65535, file);
	text[*ret_len] = '\0';
	fclose(file);
	return text;
}

static void loads_the_example(void **state)
{
	static const int kinds[] = {QUEUE_INTAKE, QUEUE_ISSUE, QUEUE_GUIDE, QUEUE_ASSIST,
				    QUEUE_TROUBLE};
	struct config *config;
	struct errors errors;
	size_t len;
	char *text = read_example(&len);

	(void)state;
	assert_int_equal(load_bytes(text, len, &config, &errors), 0);
	assert_int_equal(config->queue_count, 5);
	assert_int_equal(config->window_count, 11);
	assert_int_equal(config->devices.board_count, 9);
	assert_int_equal(config->devices.keypad_count, 9);
	for (int i = 0; i < 5; i++)
		assert_int_equal(config->queues[i].kind, kinds[i]);
	assert_string_equal(config->windows[8].zh, "咨询引导台");
	assert_int_equal(config->hall.target_ms, 15 * 60000);
	assert_string_equal(config->devices.boards[0].device.settings[0], "ack=1");
	assert_int_equal(config->devices.keypads[8].buttons[3].class, CLASS_PRIORITY);
	assert_int_equal(config->policy.print_ms, 30 * 60000);
	assert_true(config->policy.expect);
	assert_int_equal(config->policy.expect_service_ms, 10 * 60000);
	assert_int_equal(config->devices.failover_us, 5000000);
	assert_int_equal(config->devices.queue_count, 0);
	/* a relative path is meant from the file's folder */
	assert_memory_equal(config->log_path, folder, strlen(folder));
	free(config);
	free(text);
}

/* A file of before the kinds: by what `work` says. */
static void guesses_a_kind(void **state)
{
	static const char *const kinds[] = {"kind = \"intake\"; ", "kind = \"issue\";  ",
					    "kind = \"guide\";  ", "kind = \"assist\"; "};
	struct config *config;
	struct errors errors;
	size_t len;
	char *text = read_example(&len);

	(void)state;
	for (int i = 0; i < 4; i++) {
		char *at = strstr(text, kinds[i]);

		assert_non_null(at);
		memset(at, ' ', strlen(kinds[i]));
	}
	assert_int_equal(load_bytes(text, len, &config, &errors), 0);
	assert_int_equal(config->queues[0].kind, QUEUE_INTAKE);
	assert_int_equal(config->queues[1].kind, QUEUE_INTAKE);
	assert_int_equal(config->queues[2].kind, QUEUE_GUIDE);
	assert_int_equal(config->queues[3].kind, QUEUE_GUIDE);
	assert_int_equal(config->queues[4].kind, QUEUE_TROUBLE);
	free(config);
	free(text);
}

/* In the example, the first occurrence of `from` becomes `to`; then the first error must hold
 * `says`, at the line of the change unless line is given. */
enum { ANY = -1, LAST = -2 /* that which the change ends on */ };
static const struct {
	const char *from, *to, *says;
	int line; /* 0: where the change is */
} mistakes[] = {
	{"id = \"founding\"", "id = \"Founding\"", "identifier", 0},
	{"id = \"founding\"", "id = \"\"", "identifier", 0},
	{"id = \"founding\"", "id = 5", "text", 0},
	{"id = \"founding\";", "", "\"id\" is missing", 7},
	{"zh = \"市民服务中心\"", "zh = \"\"", "empty", 0},
	{"zh = \"市民服务中心\"", "zh = \"\xff\xfe\"", "UTF-8", 0},
	{"zh = \"市民服务中心\"", "zh = \"a\\x01b\"", "control", 0},
	{"zone = \"Asia/Shanghai\"", "zone = \"Asia/Nowhere\"", "zoneinfo", 0},
	{"zone = \"Asia/Shanghai\"", "zone = \"../../etc/passwd\"", "zoneinfo", 0},
	{"target_min = 15", "target_min = 0", "1 to 480", 0},
	{"target_min = 15", "target_min = \"15\"", "whole number", 0},
	{"target_min = 15", "target_min = 1.5", "whole number", 0},
	{"target_min", "target_minutes", "unknown key", 0},
	{"path = \"onewindow.log.db\";", "", "\"path\" is missing", 15},
	{"port = 8390", "port = 65536", "0 to 65535", 0},
	{"port = 8390", "port = -1", "0 to 65535", 0},
	{"port = 8390", "prot = 8390", "unknown key", 0},
	{"port = 8390;", "port = 8390; limits = 5;", "must be a group", 0},
	{"port = 8390;", "port = 8390; limits = { connections = 257; };", "4 to 256", 0},
	{"port = 8390;", "port = 8390; limits = { request_ms = 0; };", "100 to 600000", 0},
	{"port = 8390;", "port = 8390; limits = { idle = 5; };", "unknown key", 0},
	{"listen = \"127.0.0.1\"", "listen = 127", "text", 0},
	{"id = \"issue\"; ", "id = \"general\"; ", "twice", 0},
	{"prefix = \"B\"", "prefix = \"A\"", "twice", 0},
	{"prefix = \"B\"", "prefix = \"b\"", "letters A-Z", 0},
	{"prefix = \"B\"", "prefix = \"ABCD\"", "too long", 0},
	{"prefix = \"B\"; first = 1", "prefix = \"B\"; first = 1000", "above last", 0},
	{"prefix = \"B\"; first = 1", "prefix = \"B\"; first = 0", "1 to 9999", 0},
	{"last = 999; work = true", "last = 10000; work = true", "1 to 9999", 0},
	{"work = true", "work = 1", "true or false", 0},
	{"en = \"Issuing\"", "eng = \"Issuing\"", "unknown key", 0},
	{"prefix = \"B\";", "prefix = \"B\"; spare = \"A\";", "twice", 0},
	{"prefix = \"B\";", "prefix = \"B\"; spare = \"B\";", "not the prefix", 0},
	{"prefix = \"B\";", "prefix = \"B\"; spare = \"b\";", "letters A-Z", 0},
	{"prefix = \"B\";", "prefix = \"B\"; paper_first = 5; paper_last = 9;", "outside", 0},
	{"prefix = \"B\";", "prefix = \"B\"; paper_last = 1009;", "both are needed", 0},
	{"kind = \"issue\"", "kind = \"issuing\"", "\"issuing\"; 可用 allowed: \"guide\"", 0},
	{"kind = \"issue\"", "kind = \"unstated\"", "\"unstated\"; 可用 allowed", 0},
	{"kind = \"issue\"", "kind = \"\"", "kind: 无效", 0},
	{"kind = \"issue\"", "kind = 4", "(not text)", 0},
	{"kind = \"issue\"", "kind = [ \"issue\" ]", "(not text)", 0},
	{"overtakes = 5", "overtakes = -2", "-1 to 32768", 0},
	{"age_min = 60", "age_min = 1441", "0 to 1440", 0},
	{"recalls = 1", "recalls = 100", "0 to 99", 0},
	{"recalls = 1", "recall = 1", "unknown key", 0},
	{"expect = true", "expect = 1", "true", 0},
	{"expect_service_min = 10", "expect_service_min = 241", "240", 0},
	{"expect_service_min = 10", "expect_service_min = -1", "0", 0},
	{"service_min = 0", "closes = \"25:00\"", "time of day", 0},
	{"service_min = 0", "closes = \"9:00\"", "time of day", 0},
	{"service_min = 0", "closes = 1730", "text", 0},
	{"id = \"102\"", "id = \"101\"", "twice", 0},
	{"skills = [ \"notary\" ]", "skills = \"notary\"", "array", 0},
	{"skills = [ \"notary\" ]", "skills = [ \"notary\", \"notary\" ]", "each once", 0},
	{"skills = [ \"notary\" ]", "skills = [ \"Notary\" ]", "each once", 0},
	{"department = \"人社\";", "department = \"人社\"; skill = \"law\";", "no clerk", 0},
	{"department = \"人社\";", "department = \"人社\"; slot_min = 7;", "divide a day", 0},
	{"department = \"人社\";", "department = \"人社\"; slot_quota = 7;", "divide a day", 0},
	{"department = \"人社\";", "department = \"人社\"; quota = -1;", "0 to 32768", 0},
	{"number = 2;", "number = 1;", "twice", 0},
	{"number = 2;", "number = 0;", "1 to 999", 0},
	{"number = 2;", "number = 1000;", "1 to 999", 0},
	{"number = 2; ", "", "\"number\" is missing", 0},
	{"queues = [ \"guide\" ]", "queues = [ \"guidance\" ]", "no queue", 0},
	{"queues = [ \"guide\" ]", "queues = \"guide\"", "array", 0},
	{"queues = [ \"guide\" ]", "queues = [ ]", "array", 0},
	{"queues = [ \"guide\" ]", "queues = [ 1 ]", "no queue", 0},
	{"id = \"mortgage\"", "id = \"social-card\"", "twice", 0},
	{"department = \"自然资源\"", "department = \"\"", "empty", 0},
	{"department = \"自然资源\"; queue = \"general\"",
	 "department = \"自然资源\"; queue = \"none\"", "no queue", 0},
	{"{ id = \"keypads\"; url", "{ id = \"boards\"; url", "twice", 0},
	{"baud = 9600; },\n  { id = \"keypads\"", "baud = 299; },\n  { id = \"keypads\"",
	 "300 to 4000000", 0},
	{"driver = \"escpos\"", "driver = \"escpoz\"", "allowed: escpos", 0},
	{"driver = \"escpos\"", "driver = \"lihe\"", "no driver", 0},
	{"driver = \"escpos\"", "driver = \"skeleton\"", "no driver", 0},
	{"model = \"generic-80\"", "model = \"generic-81\"", "generic-80", 0},
	{"model = \"generic-80\"", "model = \"generic-80\"; settings = { cuter = \"none\"; }",
	 "dispenser: 没有这个设置 unknown setting \"cuter=none\"; 可用 there are", 0},
	{"model = \"generic-80\"", "model = \"generic-80\"; settings = { cutter = \"half\"; }",
	 "allowed: none, partial, full", 0},
	{"url = \"usb:04b8:0e28\"; }", "}", "\"url\" is missing", 0},
	{"usb:04b8:0e28\"; }",
	 "usb:04b8:0e28\"; }, { id = \"desk\"; driver = \"escpos\"; model = \"generic-80\"; "
	 "url = \"usb:04b8:0e28\"; }",
	 "\"usb:04b8:0e28\" is printer \"dispenser\" already", 0},
	{"usb:04b8:0e28", "usb:printer", "four hex digits", 0},
	{"usb:04b8:0e28", "tcp://printer.local:9100", "no numeric address", 0},
	{"serial:/dev/ttyUSB1?baud=9600", "/dev/ttyUSB1",
	 "no scheme. 例 as in: serial:/dev/ttyUSB0?baud=9600, tcp://", 0},
	{"serial:/dev/ttyUSB1?baud=9600", "serial:/dev/ttyUSB0?baud=9600",
	 "\"serial:/dev/ttyUSB0\" is line \"boards\" already", 0},
	{"serial:/dev/ttyUSB1?baud=9600", "serial:/dev/ttyUSB1?parity=even&baud=19200",
	 "9600 here, 19200 in the url", 0},
	{"serial:/dev/ttyUSB1?baud=9600\"; baud = 9600", "serial:/dev/ttyUSB1\"; baud = 19200",
	 "19200 here, 9600 in the url", 0},
	{"serial:/dev/ttyUSB1?baud=9600", "usb:0403:6001", "usb: 用于打印机 is for printers", 0},
	{"{ button = 2; queue", "{ button = 1; queue", "button 1 is there twice", 0},
	{"serial:/dev/ttyUSB1?baud=9600", "serial:/dev/ttyUSB1?bauds=9600", "bauds", 0},
	{"serial:/dev/ttyUSB1", "record:/nonexistent/capture:seriell:/dev/ttyUSB1", "seriell", 0},
	{"{ id = \"board-2\"; line = \"boards\"; address = 2",
	 "{ id = \"board-2\"; line = \"boards\"; address = 0", "1 to 254", 0},
	{"address = 100; driver = \"lihe\"; model = \"hall-64x256\"; settings = { ack = \"1\"; }",
	 "address = 100; driver = \"lihe\"; model = \"hall-64x256\"; settings = { akc = \"1\"; }",
	 "refresh_s=10..3600", 0},
	{"address = 100; driver = \"lihe\"; model = \"hall-64x256\"; settings = { ack = \"1\"; }",
	 "address = 100; driver = \"lihe\"; model = \"hall-64x256\"; settings = { ack = \"2\"; }",
	 "hall-board: ack=2：值不可用，可用 ack=0|1 no such value, there are ack=0|1", 0},
	{"{ id = \"board-2\"; line = \"boards\"; address = 2",
	 "{ id = \"board-2\"; line = \"boards\"; address = 1", "already", 0},
	{"{ id = \"board-2\"; line = \"boards\"", "{ id = \"board-2\"; line = \"bords\"", "no line",
	 0},
	{"{ id = \"board-2\"; line = \"boards\"", "{ id = \"board-2\"", "\"line\" is missing", 0},
	{"{ id = \"board-2\"", "{ id = \"board-1\"", "twice", 0},
	{"{ id = \"board-2\"; line = \"boards\"; address = 2",
	 "{ id = \"board-2\"; line = \"boards\"; address = 255", "0 to 254", 0},
	{"window = 2; settings", "window = 12; settings", "no window", 0},
	{"model = \"hall-64x256\"; settings = { ack = \"1\"; }",
	 "model = \"hall-64x256\"; settings = { ack = 1; }", "text", 0},
	{"model = \"hall-64x256\"; settings = { ack = \"1\"; }",
	 "model = \"hall-64x256\"; settings = 5", "group", 0},
	{"blink_s = 20;", "blink_s = -1;", "0 to 3600", 0},
	{"blink_s = 20;", "brightness = 0;", "1 to 100", 0},
	{"blink_s = 20;", "blinks = 20;", "unknown key", 0},
	{"blink_s = 20;", "night = { from = \"20:00\"; to = \"07:30\"; };",
	 "needs brightness = 1 to 100, or dark", 0},
	{"blink_s = 20;", "night = { from = \"25:00\"; to = \"07:30\"; dark = true; };",
	 "no time of day", 0},
	{"blink_s = 20;",
	 "night = { from = \"20:00\"; to = \"07:30\"; dark = true; brightness = 5; };",
	 "a dark board has no brightness", 0},
	{"blink_s = 20;", "night = { to = \"07:30\"; dark = true; };", "\"from\" is missing", 0},
	{"blink_s = 20;", "texts = { call = \"{numbr}\"; };", "no placeholder \"{numbr}\"", 0},
	{"blink_s = 20;", "texts = { call = \"{number\"; };", "no placeholder \"{number\"", 0},
	{"blink_s = 20;", "texts = { call = \"{window}\"; };", "{number} is missing", 0},
	{"blink_s = 20;", "texts = { hall = [ \"Hall\", \"{wait} min\" ]; };",
	 "add a last variant without {wait}", 0},
	{"blink_s = 20;", "texts = { call = \"{{number}}\"; };", "{number} is missing", 0},
	{"blink_s = 20;", "texts = { call = [ \"{number}\",\n\"{window}\" ]; };",
	 "{number} is missing", ANY},
	{"blink_s = 20;", "texts = { idle = \"{number}\"; };", "no value here", 0},
	{"blink_s = 20;", "texts = { idel = \"x\"; };", "unknown key", 0},
	{"blink_s = 20;", "texts = { idle = 5; };", "must be text", 0},
	{"blink_s = 20;", "texts = { idle = [ ]; };", "must be text", 0},
	{"blink_s = 20;", "texts = { idle = [ 5 ]; };", "must be text", 0},
	{"blink_s = 20;", "texts = { idle = \"\"; };", "1 to 200", 0},
	{"blink_s = 20;", "texts = { idle = \"a\x01b\"; };", "control", 0},
	{"blink_s = 20;", "texts = { idle = \"\xff\"; };", "UTF-8", 0},
	{"blink_s = 20;", "texts = { idle = [ \"{window}\",\n\"好 {{😀{window}\" ]; };",
	 "idle: 任何屏都没有此字，请换掉 no board has the character 😀 (U+1F600): write another",
	 LAST},
	{"window = 2; settings", "window = 2; texts = { scroll = \"e\u0301t\u00e9\"; }; settings",
	 "(U+0301)", 0},
	{"blink_s = 20;", "texts = { hall_head = [ \"一 1\",\n\"二\\n2\" ]; };",
	 "hall_head: 只占一行", LAST},
	{"blink_s = 20;", "texts = { hall_call = \"{number}\\n{window}\"; };",
	 "hall_call: 只占一行", 0},
	{"blink_s = 20;", "texts = { hall_welcome = \"Good\\nday\"; };", "take it out", 0},
	{"blink_s = 20;", "texts = { hall_notice_log = \"No\\nlog\"; };", "take it out", 0},
	{"blink_s = 20;", "texts = { hall_notice_clock = \"No\\nclock\"; };", "take it out", 0},
	{"model = \"hall-64x256\";", "model = \"hall-64x256\"; calls = 5;", "only so many rows", 0},
	{"model = \"hall-64x256\";", "model = \"hall-64x256\"; windows = [ 99 ];", "no window", 0},
	{"model = \"hall-64x256\";", "model = \"hall-64x256\"; windows = [ 1, 2,\n1 ];",
	 "windows: 重复，请删去一个 1 is there twice: delete one", LAST},
	{"model = \"hall-64x256\";", "model = \"hall-64x256\"; queues = [ \"issue\", \"issue\" ];",
	 "queues: 重复，请删去一个 \"issue\" is there twice", 0},
	{"queues = [ \"guide\" ]", "queues = [ \"guide\", \"assist\", \"guide\" ]",
	 "queues: 重复，请删去一个 \"guide\" is there twice", 0},
	{"model = \"hall-64x256\";", "model = \"hall-64x256\"; windows = [ \"1\" ];",
	 "array of window numbers", 0},
	{"model = \"hall-64x256\";", "model = \"hall-64x256\"; queues = [ \"none\" ];", "no queue",
	 0},
	{"window = 2; settings", "window = 2; windows = [ 1 ]; settings", "for hall boards", 0},
	{"model = \"window-keypad\"; window = 8", "model = \"window-keypad\"", "window", 0},
	{"{ button = 2; queue = \"issue\"; }", "{ button = 2; queue = \"isue\"; }", "no queue", 0},
	{"{ button = 2; queue = \"issue\"; }", "{ button = 2; item = \"nothing\"; }", "no item", 0},
	{"{ button = 2; queue = \"issue\"; }", "{ button = 2; }", "a queue or an item", 0},
	{"{ button = 2; queue = \"issue\"; }", "{ button = 0; queue = \"issue\"; }", "1 to 64", 0},
	{"class = \"priority\"", "class = \"vip\"", "ordinary, priority, appointment", 0},
	{"windows = (", "windows = [", "syntax error", ANY},
#if HAVE_VOICE
#define VOICE(text) "voices = ( { id = \"v\"; " text " } );\nkeypads = ("
#define HEARD	    "output = \"alsa:default\"; folder = \"none\"; "
	{"keypads = (", VOICE(HEARD), "folder: 没有语音文件夹 no folder ", 0},
	{"keypads = (", VOICE("output = \"alsa:default\";"), "\"folder\" is missing", 0},
	{"keypads = (", VOICE("output = \"loud\"; folder = \"none\";"), "alsa:DEVICE", 0},
	{"keypads = (", VOICE(HEARD "languages = [ \"fr\" ];"), "array of zh and en", 0},
	{"keypads = (", VOICE(HEARD "languages = [ \"zh\", \"zh\" ];"), "each once", 0},
	{"keypads = (", VOICE(HEARD "languages = ( );"), "array of zh and en", 0},
	{"keypads = (", VOICE(HEARD "template_zh = \"到{window}号\";"), "{number} is missing", 0},
	{"keypads = (", VOICE(HEARD "windows = [ 99 ];"), "99 is no window", 0},
	{"keypads = (", VOICE(HEARD "windows = [ 2, 2 ];"), "windows: 重复，请删去一个 2 is", 0},
	{"keypads = (", VOICE(HEARD "windows = 1;"), "array of window numbers", 0},
	{"keypads = (", VOICE(HEARD "repeat = 4;"), "1 to 3", 0},
	{"keypads = (", VOICE(HEARD "stale_s = 1;"), "5 to 600", 0},
	{"keypads = (", VOICE(HEARD "volume = 5;"), "unknown key", 0},
	{"keypads = (", VOICE(HEARD "}, { id = \"v\"; " HEARD "repeat = 1;"), "no folder", 0},
#else
	{"keypads = (", "voices = ( { id = \"v\"; } );\nkeypads = (", "built without a voice", 0},
#endif
	{"hall = {", "hall = (", "syntax error", ANY},
	{"hall = {", "hall = { {", "syntax error", ANY},
	{"items = (", "itens = (", "unknown key", 0},
	{"log = {\n", "log = 5; web2 = {\n", "unknown key", 0},
	{"log = {", "@include \"/etc/passwd\"\nlog = {", "@include", ANY},
};

static int line_of(const char *text, const char *place)
{
	int line = 1;

	for (; text < place; text++)
		line += *text == '\n';
	return line;
}

static void names_each_mistake(void **state)
{
	size_t len;
	char *text = read_example(&len);

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		char *place = strstr(text, mistakes[i].from);
		char *changed = malloc(len + 256);
		struct config *config = NULL;
		struct errors errors;
		int line, r;

		if (!place)
			fail_msg("mistake %zu is not in the example: %s", i, mistakes[i].from);
		snprintf(changed, len + 256, "%.*s%s%s", (int)(place - text), text, mistakes[i].to,
			 place + strlen(mistakes[i].from));
		line = mistakes[i].line ? mistakes[i].line : line_of(text, place);
		if (mistakes[i].line == LAST)
			line = line_of(changed, changed + (place - text) + strlen(mistakes[i].to));
		r = load_bytes(changed, strlen(changed), &config, &errors);
		if (r != -EINVAL || !strstr(errors.first, mistakes[i].says) ||
		    (line > 0 && errors.line != line))
			fail_msg("mistake %zu (%s): %d, line %d (expected %d): %s", i,
				 mistakes[i].to, r, errors.line, line, errors.all);
		assert_null(config);
		free(changed);
	}
	free(text);
}

/* Whose line is wrong is not told besides that its address is taken, on some other line. */
static void unknown_line_is_one_mistake(void **state)
{
	static const char from[] = "{ id = \"keypad-1\"; line = \"keypads\"";
	size_t len;
	char *text = read_example(&len), *place = strstr(text, from);
	struct config *config = NULL;
	struct errors errors;

	(void)state;
	assert_non_null(place);
	memcpy(place, "{ id = \"keypad-1\"; line = \"keypadz\"", sizeof(from) - 1);
	assert_int_equal(load_bytes(text, len, &config, &errors), -EINVAL);
	assert_non_null(strstr(errors.all, "\"keypadz\" is no line"));
	assert_null(strstr(errors.all, "already"));
	free(text);
}

/* The example, where the first occurrence of each `from` became `to`. */
static char *change_example(const char *const (*changes)[2], size_t count)
{
	size_t len;
	char *text = read_example(&len);

	for (size_t i = 0; i < count && changes[i][0]; i++) {
		char *place = strstr(text, changes[i][0]), *rest;

		assert_non_null(place);
		rest = strdup(place + strlen(changes[i][0]));
		assert_non_null(rest);
		snprintf(place, (size_t)(text + 65536 - place), "%s%s", changes[i][1], rest);
		free(rest);
	}
	return text;
}

static struct config *load_changed(const char *const (*changes)[2], size_t count)
{
	char *text = change_example(changes, count);
	struct config *config = NULL;
	struct errors errors;

	if (load_bytes(text, strlen(text), &config, &errors) < 0)
		fail_msg("%s", errors.all);
	free(text);
	return config;
}

/* A board has what the hall has, but for what it says itself; of a text all variants are its. */
static void reads_what_boards_show(void **state)
{
	static const char *const changes[][2] = {
		{"blink_s = 20;",
		 "blink_s = 0; brightness = 80; night = { from = \"20:00\"; to = \"24:00\"; "
		 "brightness = 10; }; texts = { call = [ \"{number}\\n{window}\", \"{number}\" ]; "
		 "idle = \"闲\"; };"},
		{"window = 2; settings",
		 "window = 2; blink_s = 5; night = { from = \"00:00\"; to = \"00:00\"; }; "
		 "texts = { idle = \"二\"; }; settings"},
		{"model = \"hall-64x256\";",
		 "model = \"hall-64x256\"; windows = [ 1, 8 ]; queues = "
		 "[ \"general\", \"issue\" ]; calls = 4;"},
	};
	struct config *config = load_changed(changes, 3);
	const struct devices_board_config *boards = config->devices.boards;
	const char *texts = config->devices.board_texts, *call;

	(void)state;
	assert_int_equal(boards[0].rules.blink_us, 0);
	assert_int_equal(boards[0].rules.brightness, 80);
	assert_int_equal(boards[0].rules.night.from_min, 20 * 60);
	assert_int_equal(boards[0].rules.night.to_min, 0);
	assert_int_equal(boards[0].rules.night.brightness, 10);
	call = texts + boards[0].rules.texts.at[BOARD_TEXT_CALL];
	assert_memory_equal(call, "{number}\n{window}\0{number}\0", 28);
	assert_string_equal(texts + boards[0].rules.texts.at[BOARD_TEXT_IDLE], "闲");
	assert_int_equal(boards[0].rules.texts.at[BOARD_TEXT_PAUSED], 0);
	assert_int_equal(boards[1].rules.blink_us, 5000000);
	assert_int_equal(boards[1].rules.brightness, 80);
	assert_int_equal(boards[1].rules.night.from_min, boards[1].rules.night.to_min);
	assert_ptr_equal(texts + boards[1].rules.texts.at[BOARD_TEXT_CALL], call);
	assert_string_equal(texts + boards[1].rules.texts.at[BOARD_TEXT_IDLE], "二");
	assert_int_equal(boards[8].window_count, 2);
	assert_int_equal(boards[8].windows[0], 1 << 1 | 1 << 8);
	assert_int_equal(boards[8].queue_count, 2);
	assert_string_equal(boards[8].queues[1], "issue");
	assert_int_equal(boards[8].calls, 4);
	free(config);
}

/* Some board has no such character: said of the row that has it, and no fault. Where another
 * variant stands for it nothing is said. */
static void warns_of_what_a_board_cannot_draw(void **state)
{
#define BOARD                                                                                      \
	"driver = \"lihe\"; model = \"window-16x128\"; window = 2; settings = { ack = \"1\"; };"
#define GB2312	   "driver = \"modbus\"; model = \"window-16x128\"; window = 2; "
#define DIGITS	   "driver = \"modbus\"; model = \"digits-4\"; window = 2; "
#define ASCII	   "driver = \"alpha\"; model = \"betabrite-7x80\"; window = 2; "
#define FIRST_LAST "[ \"喆\", \"Open 喆\" ]"
	static const struct {
		const char *changes[3][2];
		const char *says; /* at the line of the first change; NULL: nothing */
	} cases[] = {
		{{{"blink_s = 20;", "texts = { idle = [ \"喆{window}\", \"{window}\" ]; };"}},
		 NULL},
		{{{"blink_s = 20;", "texts = { idle = \"喆{window}\"; };"}}, NULL},
		{{{"blink_s = 20;", "texts = { idle = \"喆\"; };"}, {BOARD, GB2312}},
		 "idle: 屏 \"board-2\" 没有此字，请在最后加一种它有的文字 board \"board-2\" has no "
		 "character 喆 (U+5586)"},
		{{{BOARD, GB2312 "texts = { paused = " FIRST_LAST "; };"}},
		 "paused: 屏 \"board-2\""},
		{{{BOARD, GB2312 "texts = { hall_call = \"喆{number}\"; };"}}, NULL},
		{{{BOARD, DIGITS "texts = { call = \"请{number}\"; };"}}, NULL},
		{{{BOARD, DIGITS "texts = { closed = [ \"休息\", \"OFF!\" ]; };"}}, "! (U+0021)"},
		{{{BOARD, DIGITS "texts = { closed = [ \"休息\", \"OFF\" ]; };"}}, NULL},
		{{{BOARD, ASCII "texts = { closed = \"休\"; };"}}, "休 (U+4F11)"},
		{{{"zh = \"市民服务中心\"", "zh = \"市民😀\""}},
		 "zh: 屏 \"hall-board\" 没有此字，含此名的文字不会显示，请换字"},
		{{{"en = \"Citizen Service Centre\"", "en = \"Citizen 😀\""}}, "en: 屏"},
		{{{"zh = \"2号综合窗口\"", "zh = \"2号喆窗口\""}, {BOARD, GB2312}}, NULL},
		{{{"zh = \"2号综合窗口\"", "zh = \"2号喆窗口\""},
		  {BOARD, GB2312 "texts = { idle = [ \"{window.zh}\", \"-\" ]; };"}},
		 "zh: 屏 \"board-2\""},
		{{{"zh = \"3号综合窗口\"", "zh = \"3号喆窗口\""},
		  {BOARD, GB2312 "texts = { idle = [ \"{window.zh}\", \"-\" ]; };"}},
		 NULL},
		{{{"zh = \"综合受理\"", "zh = \"喆\""},
		  {BOARD, GB2312 "texts = { idle = \"{queue.zh}\"; };"}},
		 "zh: 屏 \"board-2\""},
		{{{"zh = \"统一出证\"", "zh = \"喆\""},
		  {BOARD, GB2312 "texts = { idle = \"{queue.zh}\"; };"}},
		 NULL},
	};
	size_t len;
	char *example = read_example(&len);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = change_example(cases[i].changes, 3);
		const char *place = strstr(example, cases[i].changes[0][0]);
		struct config *config = NULL;
		struct errors errors;

		if (load_bytes(text, strlen(text), &config, &errors) < 0 ||
		    errors.count != (cases[i].says != NULL) ||
		    (cases[i].says && (!strstr(errors.first, cases[i].says) ||
				       !strstr(errors.first, "注意 warning: ") ||
				       errors.line != line_of(example, place))))
			fail_msg("case %zu: %d told, line %d: %s", i, errors.count, errors.line,
				 errors.all);
		free(config);
		free(text);
	}
	free(example);
}

/* However much text there is, the pool has an end. */
static void limits_the_texts_of_boards(void **state)
{
	static char many[60000];
	size_t used = (size_t)snprintf(many, sizeof(many), "texts = { ");
	const char *const change[1][2] = {{"blink_s = 20;", many}};
	size_t len;
	char *text = read_example(&len), *place = strstr(text, change[0][0]);
	char *changed = malloc(sizeof(many) + 65536);
	struct config *config = NULL;
	struct errors errors;

	(void)state;
	for (int i = 0; i < 14; i++) {
		static const char *const names[] = {
			"idle",	     "call",	     "serving",		"paused",
			"closed",    "notice_log",   "notice_clock",	"hall",
			"hall_call", "hall_welcome", "hall_notice_log", "hall_notice_clock",
			"hall_head", "scroll"};

		used += (size_t)snprintf(many + used, sizeof(many) - used, "%s = [ ", names[i]);
		for (int k = 0; k < 8; k++)
			used += (size_t)snprintf(many + used, sizeof(many) - used, "%s\"%0180d%s\"",
						 k ? ", " : "", k,
						 strstr(names[i], "call") ? "{number}" : "");
		used += (size_t)snprintf(many + used, sizeof(many) - used, " ]; ");
	}
	snprintf(many + used, sizeof(many) - used, "};");
	snprintf(changed, sizeof(many) + 65536, "%.*s%s%s", (int)(place - text), text, many,
		 place + strlen(change[0][0]));
	/* All of the hall's fit; those of one board and of another do not. */
	assert_int_equal(load_bytes(changed, strlen(changed), &config, &errors), 0);
	free(config);
	config = NULL;
	for (int board = 3; board < 5; board++) {
		char from[32], *rest;

		snprintf(from, sizeof(from), "window = %d; settings", board);
		place = strstr(changed, from);
		assert_non_null(place);
		rest = strdup(place + 11);
		assert_non_null(rest);
		snprintf(place + 11, (size_t)(changed + sizeof(many) + 65536 - place - 11), "%s %s",
			 many, rest);
		free(rest);
	}
	assert_int_equal(load_bytes(changed, strlen(changed), &config, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "all texts together are over 32768 bytes"));
	assert_null(config);
	free(changed);
	free(text);
}

static void reports_all_at_once(void **state)
{
	static const char text[] =
		"hall = { id = \"X\"; zh = \"\"; zone = 3; };\nlog = { };\nqueues = 1;\n";
	struct config *config = NULL;
	struct errors errors;

	(void)state;
	assert_int_equal(load_bytes(text, sizeof(text) - 1, &config, &errors), -EINVAL);
	assert_true(errors.count >= 6);
}

static void refuses_what_is_no_file(void **state)
{
	struct config *config = NULL;
	struct errors errors = {0};
	char *large = calloc(1, CONFIG_MAX_BYTES + 1);
	char deep[400] = "x = ";

	(void)state;
	assert_int_equal(config_load(&config, "/nonexistent/hall.conf", collect, &errors), -ENOENT);
	memset(large, ' ', CONFIG_MAX_BYTES + 1);
	assert_int_equal(load_bytes(large, CONFIG_MAX_BYTES + 1, &config, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "larger"));
	free(large);
	assert_int_equal(load_bytes("hall\0= 1;", 9, &config, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "zero byte"));
	memset(deep + 4, '(', 300);
	assert_int_equal(load_bytes(deep, strlen(deep), &config, &errors), -EINVAL);
	assert_non_null(strstr(errors.first, "64 deep"));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	memset(&errors, 0, sizeof(errors));
	assert_int_equal(config_load(&config, path, collect, &errors), -EINVAL);
	assert_int_equal(rmdir(path), 0);
	assert_null(config);
}

static uint64_t seed = 1;

static uint64_t draw(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* One to three damages: a byte changed, a stretch cut out, doubled or moved, the end cut off. */
static size_t damage(char *text, size_t len, size_t room)
{
	for (uint64_t n = 1 + draw() % 3; n > 0 && len > 100; n--) {
		size_t at = draw() % (len - 60), size = 1 + draw() % 50;

		switch (draw() % 5) {
		case 0: text[at] = (char)draw(); break;
		case 1: text[at] = "{}()[];=\",#\\\n0a"[draw() % 15]; break;
		case 2:
			memmove(text + at, text + at + size, len - at - size);
			len -= size;
			break;
		case 3:
			if (len + size >= room)
				break;
			memmove(text + at + size, text + at, len - at);
			len += size;
			break;
		default: len = draw() % 8 ? len : at;
		}
	}
	return len;
}

static void survives_damaged_files(void **state)
{
	size_t len, refused = 0;
	char *text = read_example(&len);
	char *changed = malloc(len + 4096);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct config *config = NULL;
		struct errors errors;
		size_t size;
		int r;

		memcpy(changed, text, len);
		size = damage(changed, len, len + 4096);
		r = load_bytes(changed, size, &config, &errors);
		if (r == 0) {
			assert_int_equal(errors.count, 0);
			free(config);
			continue;
		}
		refused++;
		assert_int_equal(r, -EINVAL);
		assert_null(config);
		assert_true(errors.count > 0 && errors.first[0]);
	}
	/* Some damages fall into comments and names; most do not. */
	assert_true(refused > 500);
	free(changed);
	free(text);
}

/* libconfig 1.5 forgets the text that it was reading when the syntax is wrong. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/onewindow-config-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/hall.conf", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_the_example),
		cmocka_unit_test(guesses_a_kind),
		cmocka_unit_test(names_each_mistake),
		cmocka_unit_test(unknown_line_is_one_mistake),
		cmocka_unit_test(reads_what_boards_show),
		cmocka_unit_test(warns_of_what_a_board_cannot_draw),
		cmocka_unit_test(limits_the_texts_of_boards),
		cmocka_unit_test(reports_all_at_once),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(survives_damaged_files),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
