/* The bench page's server: static files put in by the build, the state as JSON, paper as PNG, and
 * switches. It listens on loopback, takes changes only as JSON from its own page, and runs inside
 * the process's one loop. */
#include "firmware-host/port/host/page.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "firmware-host/port/host/picture.h"
#include "firmware-host/port/host/printer_page.h"
#include "firmware-host/port/host/usb_page.h"

enum { BODY_MAX = 4096 };

extern const char page_html[], page_css[], page_js[];

struct page {
	struct MHD_Daemon *http;
	struct virtual_hall *hall;
	char report[1024]; /* the command that reads the report */
	uint16_t port;
};

struct request {
	char body[BODY_MAX];
	size_t len;
	bool too_long;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
			      void *bytes, size_t len, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, bytes, mode);
	enum MHD_Result r;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Content-Security-Policy",
				"default-src 'self'; frame-ancestors 'none'");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result answer_json(struct MHD_Connection *connection, unsigned status, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	if (!text)
		return MHD_NO;
	return answer(connection, status, "application/json", text, strlen(text),
		      MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
	return answer_json(connection, status, json_pack("{ss}", "error", why));
}

/* ---- what is there
 * ------------------------------------------------------------------------------- */

static json_t *dots_json(const struct screen *screen)
{
	json_t *rows = json_array();
	char row[SCREEN_MAX_WIDTH + 1];

	for (uint16_t y = 0; y < screen->settings.height; y++) {
		for (uint16_t x = 0; x < screen->settings.width; x++)
			row[x] = screen_dot(screen, x, y) ? '#' : '.';
		row[screen->settings.width] = '\0';
		json_array_append_new(rows, json_string(row));
	}
	return json_pack("{sisisisIso}", "brightness", screen->dark ? 0 : screen->brightness,
			 "width", screen->settings.width, "height", screen->settings.height,
			 "revision", (json_int_t)screen->revision, "rows", rows);
}

static json_t *keypad_json(const struct keypad *keypad)
{
	static const char *const results[] = {"done", "refused", "nobody-waiting", "unavailable"};
	char number[9];

	keypad_number(keypad, number);
	return json_pack("{sisssssIsi}", "waiting", keypad->display[0], "number", number, "result",
			 keypad->acks && keypad->ack_result < 4 ? results[keypad->ack_result] : "",
			 "acks", (json_int_t)keypad->acks, "queued", keypad->queued);
}

static json_t *line_json(const struct endpoint *line)
{
	return json_pack("{sbsfsIsIsb}", "unplugged", line->unplugged, "noise", line->noise,
			 "bytes_in", (json_int_t)line->bytes_in, "bytes_out",
			 (json_int_t)line->bytes_out, "connected", line->client >= 0);
}

static json_t *state_json(const struct page *page)
{
	const struct virtual_hall *hall = page->hall;
	json_t *boards = json_array(), *keypads = json_array(), *printers = json_array();

	for (int i = 0; i < HALL_BOARDS; i++)
		json_array_append_new(
			boards,
			json_pack("{sssbsisIsIsI}", "protocol",
				  hall_board_word(hall->boards[i].protocol), "power",
				  !hall->board_off[i], "brightness",
				  hall_board_screen(&hall->boards[i])->brightness, "revision",
				  (json_int_t)hall_board_screen(&hall->boards[i])->revision,
				  "frames", (json_int_t)hall_board_frames(&hall->boards[i]),
				  "refused", (json_int_t)hall_board_refused(&hall->boards[i])));
	for (int i = 0; i < HALL_WINDOWS; i++)
		json_array_append_new(keypads, keypad_json(&hall->keypads[i]));
	for (size_t i = 0; i < hall->printer_count; i++)
		json_array_append_new(printers, printer_page_state(&hall->printers[i]));
	return json_pack("{sosOsososos{sssIsI}sss{sosososo}}", "printers", printers, "printer",
			 json_array_get(printers, 0), "boards", boards, "keypads", keypads, "panel",
			 keypad_json(&hall->panel), "pad", "shown", hall->pad.shown, "beeps",
			 (json_int_t)hall->pad.beeps, "refusals", (json_int_t)hall->pad.refusals,
			 "report", page->report, "lines", "boards", line_json(&hall->boards_line),
			 "keypads", line_json(&hall->keypads_line), "panel",
			 line_json(&hall->panel_line), "pad", line_json(&hall->pad_line));
}

static enum MHD_Result answer_png(struct MHD_Connection *connection, const struct printer *printer,
				  const uint8_t *rows, uint32_t count)
{
	uint8_t *png = NULL;
	size_t len = 0;

	if (picture_png(rows, printer->settings.width, count, PRINTER_MAX_WIDTH / 8, &png, &len) <
	    0)
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no picture");
	return answer(connection, MHD_HTTP_OK, "image/png", png, len, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result get_board_picture(struct page *page, struct MHD_Connection *connection,
					 unsigned number)
{
	uint8_t *png = NULL;
	size_t len = 0;

	if (number < 1 || number > HALL_BOARDS)
		return refuse(connection, MHD_HTTP_NOT_FOUND,
			      "boards are 1 to 9; 9 is the hall board");
	if (picture_leds_png(hall_board_screen(&page->hall->boards[number - 1]), &png, &len) < 0)
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no picture");
	return answer(connection, MHD_HTTP_OK, "image/png", png, len, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result get_static(struct MHD_Connection *connection, const char *text,
				  const char *type)
{
	return answer(connection, MHD_HTTP_OK, type, (void *)(uintptr_t)text, strlen(text),
		      MHD_RESPMEM_PERSISTENT);
}

/* What stands behind /printers/N; N is 1 to 4. */
static enum MHD_Result get_printer(struct page *page, struct MHD_Connection *connection,
				   unsigned printer, const char *what)
{
	const struct hall_printer *hall_printer;
	const struct printer *firmware;
	const struct paper *paper = NULL;
	unsigned number;
	int used = 0;

	if (printer > page->hall->printer_count)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "no such printer");
	hall_printer = &page->hall->printers[printer - 1];
	firmware = &hall_printer->printer;
	if (!strcmp(what, "/tickets"))
		return answer_json(connection, MHD_HTTP_OK, printer_page_tickets(hall_printer));
	if (!strcmp(what, "/paper.png"))
		return answer_png(connection, firmware, firmware->page[0], firmware->printed_rows);
	if (sscanf(what, "/tickets/%9u.png%n", &number, &used) == 1 && used && !what[used])
		paper = hall_printer_paper(hall_printer, number);
	if (!paper)
		return refuse(connection, MHD_HTTP_NOT_FOUND,
			      "no such ticket, or not kept any more");
	return answer_png(connection, firmware, paper->dots, paper->rows);
}

/* The N of /printers/N, /printer (1) and /usb/N, with what stands behind it; 0: it is none. */
static unsigned printer_of(const char *url, const char **ret_what)
{
	unsigned number = 0;
	int used = 0;

	if (!strncmp(url, "/printer/", 9)) {
		*ret_what = url + 8;
		return 1;
	}
	if ((sscanf(url, "/printers/%1u%n", &number, &used) != 1 &&
	     sscanf(url, "/usb/%1u%n", &number, &used) != 1) ||
	    url[used] != '/')
		return 0;
	*ret_what = url + used;
	return number;
}

static enum MHD_Result handle_get(struct page *page, struct MHD_Connection *connection,
				  const char *url)
{
	struct virtual_hall *hall = page->hall;
	const char *what;
	unsigned number = printer_of(url, &what);
	int used = 0;

	if (number)
		return get_printer(page, connection, number, what);
	if (!strcmp(url, "/"))
		return get_static(connection, page_html, "text/html; charset=utf-8");
	if (!strcmp(url, "/favicon.ico"))
		return answer(connection, MHD_HTTP_NO_CONTENT, "image/x-icon", NULL, 0,
			      MHD_RESPMEM_PERSISTENT);
	if (!strcmp(url, "/page.css"))
		return get_static(connection, page_css, "text/css; charset=utf-8");
	if (!strcmp(url, "/page.js"))
		return get_static(connection, page_js, "text/javascript; charset=utf-8");
	if (!strcmp(url, "/state"))
		return answer_json(connection, MHD_HTTP_OK, state_json(page));
	if (!strcmp(url, "/usb"))
		return answer_json(connection, MHD_HTTP_OK, usb_page_plugs(&hall->usb));
	if (sscanf(url, "/boards/%3u/dots%n", &number, &used) == 1 && used && !url[used]) {
		if (number >= 1 && number <= HALL_BOARDS)
			return answer_json(connection, MHD_HTTP_OK,
					   dots_json(hall_board_screen(&hall->boards[number - 1])));
		return refuse(connection, MHD_HTTP_NOT_FOUND,
			      "boards are 1 to 9; 9 is the hall board");
	}
	if (sscanf(url, "/boards/%3u.png%n", &number, &used) == 1 && used && !url[used])
		return get_board_picture(page, connection, number);
	return refuse(connection, MHD_HTTP_NOT_FOUND, "no such page");
}

/* ---- what can be done
 * ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	uint16_t code;
} keys[] = {
	{"sign-in", 1},	  {"sign-out", 2}, {"call-next", 3}, {"recall", 4},  {"call-number", 5},
	{"start", 6},	  {"finish", 7},   {"no-show", 8},   {"park", 9},    {"resume", 10},
	{"transfer", 11}, {"pause", 12},   {"reopen", 13},   {"rating", 14}, {"help", 15},
};

static enum MHD_Result press(struct page *page, struct MHD_Connection *connection,
			     struct keypad *keypad, uint16_t key, uint16_t argument)
{
	if (hall_press(page->hall, keypad, key, argument) < 0)
		return refuse(connection, MHD_HTTP_TOO_MANY_REQUESTS, "too many presses at once");
	return answer_json(connection, MHD_HTTP_OK, json_pack("{sb}", "pressed", 1));
}

static enum MHD_Result press_key(struct page *page, struct MHD_Connection *connection,
				 unsigned window, const char *name, const json_t *body)
{
	json_int_t argument = json_integer_value(json_object_get(body, "argument"));

	if (window < 1 || window > HALL_WINDOWS)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "keypads are 1 to 8");
	if (argument < 0 || argument > UINT16_MAX)
		return refuse(connection, MHD_HTTP_BAD_REQUEST, "argument: allowed are 0 to 65535");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, name))
			return press(page, connection, &page->hall->keypads[window - 1],
				     keys[i].code, (uint16_t)argument);
	return refuse(connection, MHD_HTTP_NOT_FOUND, "no such key");
}

static enum MHD_Result swap_keypad(struct page *page, struct MHD_Connection *connection,
				   unsigned window)
{
	if (window < 1 || window > HALL_WINDOWS)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "keypads are 1 to 8");
	hall_swap_keypad(page->hall, window - 1);
	return answer_json(connection, MHD_HTTP_OK, keypad_json(&page->hall->keypads[window - 1]));
}

static enum MHD_Result type_on_pad(struct page *page, struct MHD_Connection *connection,
				   const json_t *body)
{
	const char *typed = json_string_value(json_object_get(body, "keys"));

	if (!typed || !typed[0] || strspn(typed, "0123456789*#ABCDEFGHIJKL") != strlen(typed))
		return refuse(connection, MHD_HTTP_BAD_REQUEST, "keys: 0-9 * # A-L");
	if (hall_type(page->hall, typed) < 0)
		return refuse(connection, MHD_HTTP_TOO_MANY_REQUESTS, "too many keys at once");
	return answer_json(connection, MHD_HTTP_OK, json_pack("{sb}", "typed", 1));
}

/* Takes key into *ret if it is there; false if it is of another type or nothing known is there. */
static bool take_bool(const json_t *body, const char *key, bool *ret)
{
	json_t *value = json_object_get(body, key);

	if (value && !json_is_boolean(value))
		return false;
	if (value)
		*ret = json_is_true(value);
	return true;
}

static enum MHD_Result printer_faults(struct page *page, struct MHD_Connection *connection,
				      unsigned number, const json_t *body)
{
	struct hall_printer *hall_printer;
	const char *why;

	if (number < 1 || number > page->hall->printer_count)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "no such printer");
	hall_printer = &page->hall->printers[number - 1];
	why = printer_page_faults(hall_printer, body);
	if (why)
		return refuse(connection, MHD_HTTP_BAD_REQUEST, why);
	return answer_json(connection, MHD_HTTP_OK, printer_page_state(hall_printer));
}

static enum MHD_Result line_faults(struct page *page, struct MHD_Connection *connection,
				   const char *name, const json_t *body)
{
	struct endpoint *line = !strcmp(name, "boards")	   ? &page->hall->boards_line
				: !strcmp(name, "keypads") ? &page->hall->keypads_line
				: !strcmp(name, "panel")   ? &page->hall->panel_line
				: !strcmp(name, "pad")	   ? &page->hall->pad_line
							   : NULL;
	json_t *noise = json_object_get(body, "noise");
	bool unplugged;

	if (!line)
		return refuse(connection, MHD_HTTP_NOT_FOUND,
			      "lines are boards, keypads, panel, pad");
	unplugged = line->unplugged;
	if (!take_bool(body, "unplugged", &unplugged) ||
	    (noise && (!json_is_number(noise) || json_number_value(noise) < 0 ||
		       json_number_value(noise) > 1)))
		return refuse(connection, MHD_HTTP_BAD_REQUEST,
			      "allowed: unplugged: true or false; noise: 0 to 1");
	if (noise)
		line->noise = json_number_value(noise);
	if (endpoint_set_unplugged(line, unplugged) < 0)
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "the port is taken");
	return answer_json(connection, MHD_HTTP_OK, line_json(line));
}

static enum MHD_Result board_faults(struct page *page, struct MHD_Connection *connection,
				    unsigned number, const json_t *body)
{
	struct onbon_board *onbon = NULL;
	json_t *refuse_as = json_object_get(body, "refuse_as");
	bool on, silent = false;

	if (number < 1 || number > HALL_BOARDS)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "no such board");
	on = !page->hall->board_off[number - 1];
	if (page->hall->boards[number - 1].protocol == HALL_BOARD_ONBON) {
		onbon = &page->hall->boards[number - 1].u.onbon;
		silent = onbon->silent;
	}
	if (!take_bool(body, "power", &on) || !take_bool(body, "silent", &silent) ||
	    (refuse_as && (!json_is_integer(refuse_as) || json_integer_value(refuse_as) < 1 ||
			   json_integer_value(refuse_as) > 255)) ||
	    (!onbon && (refuse_as || silent)))
		return refuse(connection, MHD_HTTP_BAD_REQUEST,
			      "allowed: power: true or false; of an Onbon board silent: true or "
			      "false, and refuse_as: 1 to 255, for its next command");
	if (onbon) {
		onbon->silent = silent;
		onbon->refuse_count += refuse_as != NULL;
		if (refuse_as)
			onbon->refuse_as = (uint8_t)json_integer_value(refuse_as);
	}
	hall_board_power(page->hall, number - 1, on);
	return answer_json(connection, MHD_HTTP_OK, json_pack("{sb}", "power", on));
}

static enum MHD_Result usb_faults(struct page *page, struct MHD_Connection *connection,
				  unsigned number, const json_t *body)
{
	struct usb_printers *usb = &page->hall->usb;
	const char *why;

	if (number < 1 || number > usb->count)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "no such plug");
	why = usb_page_faults(&usb->printers[number - 1], body);
	if (why)
		return refuse(connection, MHD_HTTP_BAD_REQUEST, why);
	return answer_json(connection, MHD_HTTP_OK, usb_page_plugs(usb));
}

static enum MHD_Result handle_change(struct page *page, struct MHD_Connection *connection,
				     const char *url, const json_t *body)
{
	char name[32];
	unsigned number;
	int used = 0;

	if (sscanf(url, "/keypads/%3u/keys/%31[a-z-]%n", &number, name, &used) == 2 && !url[used])
		return press_key(page, connection, number, name, body);
	if (sscanf(url, "/keypads/%3u/swap%n", &number, &used) == 1 && used && !url[used])
		return swap_keypad(page, connection, number);
	if (!strcmp(url, "/pad/keys"))
		return type_on_pad(page, connection, body);
	used = 0;
	if (sscanf(url, "/panel/buttons/%3u%n", &number, &used) == 1 && !url[used] && number >= 1)
		return press(page, connection, &page->hall->panel, 32, (uint16_t)number);
	if (!strcmp(url, "/printer/faults"))
		return printer_faults(page, connection, 1, body);
	if (sscanf(url, "/printers/%1u/faults%n", &number, &used) == 1 && !url[used])
		return printer_faults(page, connection, number, body);
	if (sscanf(url, "/boards/%1u/faults%n", &number, &used) == 1 && !url[used])
		return board_faults(page, connection, number, body);
	if (sscanf(url, "/usb/%1u/faults%n", &number, &used) == 1 && !url[used])
		return usb_faults(page, connection, number, body);
	if (sscanf(url, "/lines/%31[a-z]/faults%n", name, &used) == 1 && !url[used])
		return line_faults(page, connection, name, body);
	return refuse(connection, MHD_HTTP_NOT_FOUND, "no such switch");
}

/* Another site's page must not press our keys: Host and Origin are ours, the type is JSON. */
static const char *unwelcome(const struct page *page, struct MHD_Connection *connection)
{
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	const char *origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin");
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
	char name[48], local[48];

	snprintf(name, sizeof(name), "127.0.0.1:%u", page->port);
	snprintf(local, sizeof(local), "localhost:%u", page->port);
	if (!host || (strcmp(host, name) != 0 && strcmp(host, local) != 0))
		return "Host is not this page's";
	if (origin && (strncmp(origin, "http://", 7) != 0 || strcmp(origin + 7, host) != 0))
		return "Origin is not this page's";
	if (!type || strncmp(type, "application/json", 16) != 0)
		return "Content-Type must be application/json";
	return NULL;
}

static enum MHD_Result handle_post(struct page *page, struct MHD_Connection *connection,
				   const char *url, struct request *request)
{
	const char *why = unwelcome(page, connection);
	enum MHD_Result r;
	json_t *body;

	if (why)
		return refuse(connection, MHD_HTTP_FORBIDDEN, why);
	if (request->too_long)
		return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "at most 4096 bytes");
	body = json_loadb(request->body, request->len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(body)) {
		json_decref(body);
		return refuse(connection, MHD_HTTP_BAD_REQUEST, "the body must be a JSON object");
	}
	r = handle_change(page, connection, url, body);
	json_decref(body);
	return r;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *bytes,
				  size_t *len, void **state)
{
	struct request *request = *state;

	(void)version;
	if (!request) {
		*state = calloc(1, sizeof(*request));
		return *state ? MHD_YES : MHD_NO;
	}
	if (*len) {
		size_t room = sizeof(request->body) - request->len;
		size_t taken = *len < room ? *len : room;

		memcpy(request->body + request->len, bytes, taken);
		request->len += taken;
		request->too_long |= taken < *len;
		*len = 0;
		return MHD_YES;
	}
	if (!strcmp(method, "GET"))
		return handle_get(user, connection, url);
	if (!strcmp(method, "POST"))
		return handle_post(user, connection, url, request);
	return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or POST");
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	(void)user, (void)connection, (void)code;
	free(*state);
	*state = NULL;
}

int page_open(struct page **ret_page, struct virtual_hall *hall, const char *report)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct page *page = calloc(1, sizeof(*page));

	if (!page)
		return -ENOMEM;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	page->hall = hall;
	snprintf(page->report, sizeof(page->report), "%s", report);
	page->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, page,
				      MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
				      on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT, 64u,
				      MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_END);
	if (!page->http) {
		free(page);
		return -EADDRINUSE;
	}
	page->port = MHD_get_daemon_info(page->http, MHD_DAEMON_INFO_BIND_PORT)->port;
	*ret_page = page;
	return 0;
}

void page_close(struct page *page)
{
	if (!page)
		return;
	MHD_stop_daemon(page->http);
	free(page);
}

uint16_t page_port(const struct page *page)
{
	return page->port;
}

int page_fd(const struct page *page)
{
	return MHD_get_daemon_info(page->http, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int64_t page_timeout_us(const struct page *page)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return MHD_get_timeout(page->http, &ms) == MHD_YES ? (int64_t)ms * 1000 : INT64_MAX;
}

void page_run(struct page *page)
{
	MHD_run(page->http);
}
