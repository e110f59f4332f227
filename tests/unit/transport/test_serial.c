/* serial: on a line that works. What goes wrong: test_serial_failures.c. */
#include "tests/unit/transport/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/transport/serial_ports.h"
#include "tests/unit/transport/mock_line.h"

static void create(struct witness *w, const char *options)
{
	char url[TRANSPORT_URL_SIZE];

	(void)snprintf(url, sizeof(url), "serial:" MOCK_LINK "%s", options);
	witness_create(w, url);
}

static void check_line(const char *options, speed_t speed, tcflag_t set, tcflag_t clear)
{
	struct termios line;
	struct witness w;

	create(&w, options);
	witness_open(&w);
	line = mock_lines.kept;
	assert_int_equal(cfgetospeed(&line), speed);
	assert_int_equal(cfgetispeed(&line), speed);
	assert_int_equal(line.c_cflag & set, set);
	assert_int_equal(line.c_cflag & clear, 0);
	assert_int_equal(line.c_cflag & CSIZE, set & CSIZE);
	/* Raw: no byte is changed, echoed or taken for a signal. */
	assert_int_equal(line.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);
	assert_int_equal(line.c_iflag & (ICRNL | INLCR | IXON | IXOFF | ISTRIP), 0);
	assert_int_equal(line.c_oflag & OPOST, 0);
	witness_destroy(&w);
}

static void test_sets_the_line(void **state)
{
	(void)state;
	check_line("", B9600, CS8 | CREAD | CLOCAL, PARENB | CSTOPB | CRTSCTS);
	check_line("?baud=19200&bits=7&parity=even&stop=2", B19200, CS7 | PARENB | CSTOPB,
		   PARODD | CRTSCTS);
	check_line("?baud=115200&parity=odd", B115200, CS8 | PARENB | PARODD, CSTOPB);
	assert_int_equal(mock_lines.n_rs485, 0);
	assert_int_equal(mock_lines.n_exclusive, 3);
	assert_int_equal(mock_lines.n_shared, 3);
}

static void test_moves_bytes(void **state)
{
	struct pollfd fd;
	uint8_t bytes[8];
	struct witness w;

	(void)state;
	create(&w, "");
	witness_open(&w);
	assert_int_equal(w.transport->ops->fds(w.transport, &fd, 1), 1);
	assert_int_equal(fcntl(fd.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	witness_submit(&w, "\xaa\x01\r\n\x11\x13\xff");
	witness_run(&w, "done 0");
	assert_int_equal(read(mock_line_other(0), bytes, sizeof(bytes)), 7);
	assert_memory_equal(bytes, "\xaa\x01\r\n\x11\x13\xff", 7);
	assert_int_equal(write(mock_line_other(0), "\xa0\x03\x7f\0\xff", 5), 5);
	witness_run_received(&w, 5);
	assert_memory_equal(w.received, "\xa0\x03\x7f\0\xff", 5);
	assert_int_equal(w.transport->ops->drain(w.transport), 0);
	witness_destroy(&w);
}

static void test_switches_rs485(void **state)
{
	struct witness w;

	(void)state;
	create(&w, "?rs485=1");
	witness_open(&w);
	assert_int_equal(mock_lines.n_rs485, 1);
	assert_int_equal(mock_lines.rs485.flags, SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND);
	witness_destroy(&w);
	create(&w, "?rs485=1&rts=low&before_ms=1&after_ms=2");
	witness_open(&w);
	assert_int_equal(mock_lines.rs485.flags, SER_RS485_ENABLED | SER_RS485_RTS_AFTER_SEND);
	assert_int_equal(mock_lines.rs485.delay_rts_before_send, 1);
	assert_int_equal(mock_lines.rs485.delay_rts_after_send, 2);
	witness_destroy(&w);
	/* Off where that is said, else as the port is. */
	create(&w, "?rs485=0");
	witness_open(&w);
	assert_int_equal(mock_lines.rs485.flags, 0);
	witness_destroy(&w);
}

static void test_lists_the_lines(void **state)
{
	struct serial_port ports[SERIAL_MAX_PORTS];
	char whose[SERIAL_WHOSE_SIZE];

	(void)state;
	mock_lines_add_usb(2, "A\x1b[2J");
	mock_lines_add_usb(1, "A1");
	assert_int_equal(serial_list_ports(ports, SERIAL_MAX_PORTS), 3);
	assert_string_equal(ports[0].path, "/dev/ttyOW0");
	assert_false(ports[0].is_usb);
	assert_string_equal(ports[1].path, "/dev/ttyOW1");
	assert_int_equal(ports[1].vendor, 0x0403);
	assert_int_equal(ports[1].product, 0x6001);
	assert_string_equal(ports[1].serial, "A1");
	assert_string_equal(ports[1].port, "1-1");
	assert_string_equal(ports[1].name, "FT232R");
	/* What an adapter calls itself ends on terminals. */
	assert_string_equal(ports[2].serial, "A?[2J");
	assert_int_equal(serial_list_ports(ports, 2), 2);
	serial_whose("/dev/ttyOW3", whose);
	assert_string_equal(whose, "");
}

static char told[256];

static void note_arrived(void *user, const char *url, const char *description)
{
	(void)user;
	(void)snprintf(told, sizeof(told), "%s %s", url, description);
}

static const struct transport_bus_host bus_host = {.arrived = note_arrived};

static void test_bus_tells_new_lines(void **state)
{
	const struct transport_bus_ops *ops = transport_bus_find("serial");
	struct transport_bus *bus = NULL;
	struct pollfd fd;

	(void)state;
	assert_int_equal(ops->open(&bus, &bus_host, NULL), 0);
	assert_int_equal(ops->fds(bus, &fd, 1), 1);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(ops->deadline(bus), TRANSPORT_NO_DEADLINE);
	/* New: told when udev has had its time. */
	mock_lines_add_usb(1, "A1");
	for (int i = 0; i < 1000 && ops->is_settled(bus); i++) {
		(void)poll(&fd, 1, 20);
		ops->process(bus, 1000);
	}
	assert_int_equal(ops->deadline(bus), 501000);
	ops->process(bus, 500999);
	assert_string_equal(told, "");
	ops->process(bus, 501000);
	assert_string_equal(told, "serial: ");
	assert_true(ops->is_settled(bus));
	ops->close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sets_the_line, mock_lines_set_up,
						mock_lines_tear_down),
		cmocka_unit_test_setup_teardown(test_moves_bytes, mock_lines_set_up,
						mock_lines_tear_down),
		cmocka_unit_test_setup_teardown(test_bus_tells_new_lines, mock_lines_set_up,
						mock_lines_tear_down),
		cmocka_unit_test_setup_teardown(test_lists_the_lines, mock_lines_set_up,
						mock_lines_tear_down),
		cmocka_unit_test_setup_teardown(test_switches_rs485, mock_lines_set_up,
						mock_lines_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
