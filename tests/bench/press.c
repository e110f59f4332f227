/* The two ends of a press: a dispenser's panel on a line and a printer, both on TCP and both
 * answering at once. A press counts from the last byte of the panel's reply that carries it to the
 * first byte of its ticket at the printer. Between two presses the disk is asked what a sync costs.
 *
 *   bench-press PRESSES SYNC-TIMES RAW-FILE
 *
 * The first line on standard output is {"panel": PORT, "printer": PORT}; when the daemon has
 * connected to both, the presses begin. The results are one JSON object a line. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "firmware-host/app/keypad.h"
#include "tests/bench/figures.h"
#include "tests/bench/sync_times.h"

enum {
	TAKE_NUMBER = 32,
	BUTTON = 1,
	RAW_BYTES = 4096,
	REST_MS = 2 * KEYPAD_DEBOUNCE_MS, /* a button that is pressed again sooner never opened */
	PATIENCE_US = 10 * 1000 * 1000,
	READ_INPUT_HEAD = 3, /* address, function, bytes that follow */
	LONGEST_QUESTION = 11,
};

enum part { WHOLE, DECIDE, COMMIT, START, START_COMMIT, ENCODE, RAW, PARTS };
static const char *const part_names[PARTS] = {
	"whole", "decide", "commit", "start", "start-commit", "encode", "raw",
};

struct bench {
	struct keypad keypad;
	int line, printer;
	uint32_t acks;
	int64_t pressed_us, first_us; /* 0: not yet */
	bool printed;
	uint8_t kept[LONGEST_QUESTION];
	size_t kept_len;
	const struct sync_times *times;
	int raw_fd;
	struct samples samples[PARTS];
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "bench-press: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t now_ms(void)
{
	return (uint32_t)(figures_now_us() / 1000);
}

static int listen_somewhere(uint16_t *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		die("listen");
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void send_all(int fd, const uint8_t *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send");
}

/* The panel's reply. One that carries the whole event is the press. */
static void panel_send(void *port, const uint8_t *bytes, size_t len)
{
	struct bench *bench = port;
	bool event = len > READ_INPUT_HEAD + 4 && bytes[1] == MODBUS_READ_INPUT &&
		     bench->keypad.queued > 0;

	send_all(bench->line, bytes, len);
	if (event && !bench->pressed_us)
		bench->pressed_us = figures_now_us();
}

static void take_line(struct bench *bench)
{
	uint8_t bytes[256];
	ssize_t n = recv(bench->line, bytes, sizeof(bytes), 0);

	if (n <= 0)
		die("the daemon closed the panel's line");
	for (ssize_t i = 0; i < n; i++)
		keypad_receive(&bench->keypad, bytes[i], now_ms());
}

/* Answers what the driver asks: DLE EOT, GS r, GS ( H function 48. */
static void answer(struct bench *bench, const uint8_t *at, size_t len, size_t *ret_taken)
{
	static const uint8_t good = 0x12, paper = 0x00;

	*ret_taken = 1;
	if (at[0] == 0x10 && (len < 3 || at[1] == 0x04)) {
		*ret_taken = len < 3 ? 0 : 3;
		if (len >= 3)
			send_all(bench->printer, &good, 1);
	} else if (at[0] == 0x1d && len < LONGEST_QUESTION) {
		*ret_taken = len < 2 || at[1] == 0x28 || at[1] == 0x72 ? 0 : 1;
		if (len >= 3 && at[1] == 0x72) {
			*ret_taken = 3;
			send_all(bench->printer, &paper, 1);
		} else if (len >= 3 && at[1] == 0x28 && at[2] != 0x48) {
			*ret_taken = 3;
		}
	} else if (at[0] == 0x1d && at[1] == 0x72) {
		*ret_taken = 3;
		send_all(bench->printer, &paper, 1);
	} else if (at[0] == 0x1d && at[1] == 0x28 && at[2] == 0x48) {
		uint8_t block[7] = {0x37, 0x22, at[7], at[8], at[9], at[10], 0x00};

		*ret_taken = LONGEST_QUESTION;
		send_all(bench->printer, block, sizeof(block));
		bench->printed = true;
	}
}

static void take_printer(struct bench *bench)
{
	uint8_t bytes[8192];
	size_t len = bench->kept_len, from = 0, taken = 1;
	ssize_t n;

	memcpy(bytes, bench->kept, len);
	n = recv(bench->printer, bytes + len, sizeof(bytes) - len, 0);
	if (n <= 0)
		die("the daemon closed the printer");
	for (size_t i = len; i + 1 < len + (size_t)n && !bench->first_us; i++)
		if (bench->pressed_us && bytes[i] == 0x1b && bytes[i + 1] == 0x40)
			bench->first_us = figures_now_us(); /* ESC @ begins a ticket */
	len += (size_t)n;
	while (from < len && taken > 0) {
		answer(bench, bytes + from, len - from, &taken);
		from += taken;
	}
	bench->kept_len = len - from;
	if (bench->kept_len > sizeof(bench->kept))
		bench->kept_len = 0; /* inside a long command: nothing of ours */
	memcpy(bench->kept, bytes + from, bench->kept_len);
}

static void turn(struct bench *bench, int wait_ms)
{
	struct pollfd fds[] = {{.fd = bench->line, .events = POLLIN},
			       {.fd = bench->printer, .events = POLLIN}};

	if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
		die("poll");
	if (fds[1].revents)
		take_printer(bench);
	if (fds[0].revents)
		take_line(bench);
	keypad_tick(&bench->keypad, now_ms());
}

static void wait_for_ms(struct bench *bench, int64_t ms)
{
	int64_t end_us = figures_now_us() + ms * 1000;

	while (figures_now_us() < end_us)
		turn(bench, 1);
}

static void sync_raw(struct bench *bench)
{
	static const uint8_t bytes[RAW_BYTES];
	int64_t begin_us = figures_now_us();

	if (write(bench->raw_fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes) ||
	    fdatasync(bench->raw_fd) < 0)
		die("raw");
	samples_add(&bench->samples[RAW], figures_now_us() - begin_us);
}

/* The first two syncs that began behind the press: that of the ticket, that of print-started. A
 * press whose commits cannot be told apart (a checkpoint between them) gives no parts. */
static void split(struct bench *bench)
{
	uint64_t count = atomic_load(&bench->times->count);
	uint64_t from = count > SYNC_TIMES ? count - SYNC_TIMES : 0;
	struct sync_time seen[2];
	size_t n = 0;

	for (uint64_t i = from; i < count; i++) {
		struct sync_time at = bench->times->ring[i % SYNC_TIMES];

		if (at.begin_us < bench->pressed_us || at.end_us > bench->first_us)
			continue;
		if (n < 2)
			seen[n] = at;
		n++;
	}
	if (n != 2)
		return;
	samples_add(&bench->samples[DECIDE], seen[0].begin_us - bench->pressed_us);
	samples_add(&bench->samples[COMMIT], seen[0].end_us - seen[0].begin_us);
	samples_add(&bench->samples[START], seen[1].begin_us - seen[0].end_us);
	samples_add(&bench->samples[START_COMMIT], seen[1].end_us - seen[1].begin_us);
	samples_add(&bench->samples[ENCODE], bench->first_us - seen[1].end_us);
}

static void press(struct bench *bench)
{
	int64_t end_us = figures_now_us() + PATIENCE_US;
	uint32_t acks = bench->keypad.acks;

	bench->pressed_us = bench->first_us = 0;
	bench->printed = false;
	keypad_contact(&bench->keypad, TAKE_NUMBER, BUTTON, true, now_ms());
	wait_for_ms(bench, 2 * KEYPAD_DEBOUNCE_MS);
	keypad_contact(&bench->keypad, TAKE_NUMBER, BUTTON, false, now_ms());
	while (!bench->first_us || !bench->printed || bench->keypad.acks == acks) {
		turn(bench, 1);
		if (figures_now_us() > end_us) {
			errno = ETIMEDOUT;
			die("a press gave no ticket");
		}
	}
	samples_add(&bench->samples[WHOLE], bench->first_us - bench->pressed_us);
	split(bench);
	wait_for_ms(bench, REST_MS);
	sync_raw(bench);
}

static void map_times(struct bench *bench, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	void *at;

	if (fd < 0 || ftruncate(fd, sizeof(struct sync_times)) < 0)
		die(path);
	at = mmap(NULL, sizeof(struct sync_times), PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		die(path);
	close(fd);
	bench->times = at;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	const struct keypad_settings settings = {
		.address = 1, .kind = KEYPAD_KIND_PANEL, .nonce = 0x4f4e4557};
	uint16_t panel, printer;
	int panel_fd, printer_fd;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-press PRESSES SYNC-TIMES RAW-FILE\n");
		return 2;
	}
	map_times(&bench, argv[2]);
	bench.raw_fd = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (bench.raw_fd < 0)
		die(argv[3]);
	panel_fd = listen_somewhere(&panel);
	printer_fd = listen_somewhere(&printer);
	printf("{\"panel\": %u, \"printer\": %u}\n", panel, printer);
	fflush(stdout);
	bench.line = accept(panel_fd, NULL, NULL);
	bench.printer = accept(printer_fd, NULL, NULL);
	if (bench.line < 0 || bench.printer < 0)
		die("accept");
	keypad_init(&bench.keypad, &settings, (struct hal_uart){panel_send, &bench});
	wait_for_ms(&bench, 1000); /* the daemon gets to know both */
	press(&bench);
	for (int i = 0; i < PARTS; i++)
		samples_free(&bench.samples[i]);
	memset(bench.samples, 0, sizeof(bench.samples));
	for (long i = 0, count = strtol(argv[1], NULL, 10); i < count; i++)
		press(&bench);
	for (int i = 0; i < PARTS; i++) {
		printf("{\"part\":\"%s\",", part_names[i]);
		samples_print(&bench.samples[i]);
		printf("}\n");
		samples_free(&bench.samples[i]);
	}
	return 0;
}
