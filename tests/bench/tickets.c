/* Durable tickets over HTTP against the disk: in turn, a slice of a loop that appends 4 KiB and
 * syncs, a slice of tickets over one connection, a slice over 32. Prints a line of JSON a slice,
 * and one for all slices of a kind.
 *
 *     bench-tickets PORT PID FILE ROUNDS SLICE_MS */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/figures.h"
#include "tests/bench/http.h"
#include "tests/bench/process.h"

enum {
	BLOCK = 4096,
	CONNECTIONS = 32,
	QUEUES = 4,	     /* q0 .. q3 of tickets.py's hall */
	DAY_TICKETS = 32000, /* a service day has room for 32768 */
};

struct load {
	struct http *http;
	uint16_t port;
	int64_t until_us;
	uint64_t asked, day_asked, days;
	struct samples took;
	time_t first_day;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void ask(struct load *load, int connection)
{
	char key[64], body[64];

	snprintf(key, sizeof(key), "bench-%" PRIu64, ++load->asked);
	snprintf(body, sizeof(body), "{\"queue\":\"q%" PRIu64 "\",\"print\":false}",
		 load->asked % QUEUES);
	load->day_asked++;
	http_post(load->http, connection, "/api/v1/tickets", key, body, figures_now_us());
}

static void on_answer(void *user, int connection, const struct http_answer *answer)
{
	struct load *load = user;

	if (answer->status != 201) {
		fprintf(stderr, "a ticket: %d %s\n", answer->status, answer->body);
		exit(1);
	}
	samples_add(&load->took, answer->took_us);
	if (figures_now_us() < load->until_us && load->day_asked < DAY_TICKETS)
		ask(load, connection);
}

/* Service days are a calendar's, each later than the one before. */
static void next_day(struct load *load)
{
	char body[64];
	time_t day = load->first_day + (time_t)++load->days * 86400;
	struct tm parts;

	gmtime_r(&day, &parts);
	strftime(body, sizeof(body), "{\"date\":\"%Y-%m-%d\",\"operator_word\":true}", &parts);
	if (http_ask(load->http, "/api/v1/day/close", "{}") != 200 ||
	    http_ask(load->http, "/api/v1/day/open", body) != 200) {
		fprintf(stderr, "no next day\n");
		exit(1);
	}
	load->day_asked = 0;
}

static void print_slice(const char *kind, int round, double seconds, struct samples *took)
{
	printf("{\"kind\":\"%s\",\"round\":%d,\"seconds\":%.6f,", kind, round, seconds);
	samples_print(took);
}

/* Connections come and go with the slice: the daemon ends those without traffic. */
static void run_tickets(struct load *load, const char *kind, int round, int connections,
			int slice_ms, int pid, struct samples *all)
{
	struct usage before, after;
	int64_t begin_us, own_us;
	double seconds;

	load->http = http_open(load->port, connections, on_answer, load);
	if (connections > 1)
		next_day(load);
	process_usage(pid, &before);
	own_us = process_own_us();
	begin_us = figures_now_us();
	load->until_us = begin_us + slice_ms * INT64_C(1000);
	for (int i = 0; i < connections; i++)
		ask(load, i);
	while (http_busy(load->http) > 0)
		http_turn(load->http, figures_now_us() + 1000000);
	seconds = (double)(figures_now_us() - begin_us) / 1e6;
	process_usage(pid, &after);
	print_slice(kind, round, seconds, &load->took);
	printf(",\"daemon_us\":%" PRId64 ",\"thread_us\":%" PRId64 ",\"client_us\":%" PRId64 "}\n",
	       process_all_us(&before, &after), process_most_us(&before, &after),
	       process_own_us() - own_us);
	samples_join(all, &load->took);
	load->took.count = 0;
	http_close(load->http);
}

static void run_raw(int fd, int round, int slice_ms, struct samples *all)
{
	static const char block[BLOCK] = "4 KiB";
	struct samples took = {NULL, 0, 0};
	int64_t begin_us = figures_now_us(), now_us = begin_us;

	while (now_us < begin_us + slice_ms * INT64_C(1000)) {
		int64_t start_us = now_us;

		if (write(fd, block, sizeof(block)) != BLOCK || fdatasync(fd) < 0)
			die("append");
		now_us = figures_now_us();
		samples_add(&took, now_us - start_us);
	}
	print_slice("raw", round, (double)(now_us - begin_us) / 1e6, &took);
	printf("}\n");
	samples_join(all, &took);
	samples_free(&took);
}

static void print_all(const char *kind, struct samples *all)
{
	printf("{\"kind\":\"all-%s\",", kind);
	samples_print(all);
	printf("}\n");
}

int main(int argc, char **argv)
{
	struct samples raw = {NULL, 0, 0}, one = {NULL, 0, 0}, many = {NULL, 0, 0};
	struct load load = {.asked = 0};
	int fd, pid, rounds, slice_ms;

	if (argc != 6)
		return 2;
	load.port = (uint16_t)atoi(argv[1]);
	load.first_day = time(NULL);
	pid = atoi(argv[2]);
	rounds = atoi(argv[4]);
	slice_ms = atoi(argv[5]);
	fd = open(argv[3], O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		die(argv[3]);
	for (int round = 1; round <= rounds; round++) {
		run_raw(fd, round, slice_ms, &raw);
		run_tickets(&load, "one", round, 1, slice_ms, pid, &one);
		run_tickets(&load, "many", round, CONNECTIONS, slice_ms, pid, &many);
	}
	print_all("raw", &raw);
	print_all("one", &one);
	print_all("many", &many);
	close(fd);
	unlink(argv[3]);
	return 0;
}
