/* URLs: what is taken, what is refused and with which words. */
#include "tests/unit/transport/witness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Whether a build has usb and serial is told by meson; without them every such URL has one answer.
 */
static const struct {
	const char *url;
	int status;
	const char *word; /* in the sentence */
} bad[] = {
	{"", -EINVAL, "scheme"},
	{":", -EINVAL, "scheme"},
	{"tcp", -EINVAL, "scheme"},
	{"//10.1.2.3:9100", -EPROTONOSUPPORT, "//10.1.2.3"},
	{"TCP://10.1.2.3:9100", -EPROTONOSUPPORT, "TCP"},
	{"tcpx://10.1.2.3:9100", -EPROTONOSUPPORT, "tcpx"},
	{"http://10.1.2.3:9100", -EPROTONOSUPPORT, "http"},
	{"bluetooth:00:11", -EPROTONOSUPPORT, "known"},
	{"tcp:10.1.2.3:9100", -EINVAL, "tcp://"},
	{"tcp:/10.1.2.3:9100", -EINVAL, "tcp://"},
	{"tcp://", -EINVAL, "address"},
	{"tcp://:9100", -EINVAL, "address"},
	{"tcp://10.1.2.3", -EINVAL, "port"},
	{"tcp://10.1.2.3:", -EINVAL, "port"},
	{"tcp://10.1.2.3:0", -EINVAL, "65535"},
	{"tcp://10.1.2.3:65536", -EINVAL, "65535"},
	{"tcp://10.1.2.3:-1", -EINVAL, "port"},
	{"tcp://10.1.2.3:+9100", -EINVAL, "port"},
	{"tcp://10.1.2.3:09100", -EINVAL, "port"},
	{"tcp://10.1.2.3: 9100", -EINVAL, "port"},
	{"tcp://10.1.2.3:9100/", -EINVAL, "port"},
	{"tcp://10.1.2.3:9100?nodelay=1", -EINVAL, "port"},
	{"tcp://10.1.2.3:99999999999999999999", -EINVAL, "port"},
	{"tcp://10.1.2:9100", -EINVAL, "numeric"},
	{"tcp://10.1.2.256:9100", -EINVAL, "numeric"},
	{"tcp://printer.hall.example:9100", -EINVAL, "looked up"},
	{"tcp://localhost.:9100", -EINVAL, "looked up"},
	{"tcp://user@10.1.2.3:9100", -EINVAL, "numeric"},
	{"tcp://::1:9100", -EINVAL, "address"},
	{"tcp://fe80::1:9100", -EINVAL, "brackets"},
	{"tcp://[::1:9100", -EINVAL, "bracket"},
	{"tcp://[]:9100", -EINVAL, "address"},
	{"tcp://[::1]9100", -EINVAL, "port"},
	{"tcp://[::1]:", -EINVAL, "port"},
	{"tcp://[10.1.2.3]:9100", -EINVAL, "IPv6"},
	{"tcp://[fe80::1%eth0]:9100", -EINVAL, "IPv6"},
	{"tcp://10.1.2.3:9100\n", -EINVAL, "control"},
	{"tcp://10.1.2.3:9100\x7f", -EINVAL, "control"},
	{"record:", -EINVAL, "record:FILE:URL"},
	{"record::tcp://10.1.2.3:1", -EINVAL, "record:FILE:URL"},
	{"record:/tmp/x", -EINVAL, "record:FILE:URL"},
	{"record:/nowhere/x:tcp://10.1.2.3:1", -ENOENT, "/nowhere/x"},
	{"record:/tmp:tcp://10.1.2.3:1", -EISDIR, "/tmp"},
	{"record:/dev/null:tcp://10.1.2.3:1", -EINVAL, "ordinary"},
	{"record:/nowhere/x:tcp://10.1.2.3:0", -EINVAL, "65535"},
	{"record:/nowhere/x:gopher://10.1.2.3:1", -EPROTONOSUPPORT, "gopher"},
	{"record:/nowhere/x:record:/nowhere/y:tcp://10.1.2.3:1", -EINVAL, "again"},
	{"replay:", -EINVAL, "missing"},
	{"replay:/nowhere/x", -ENOENT, "/nowhere/x"},
	{"replay:/tmp", -EINVAL, "/tmp"},
	{"replay:/nowhere/x?pace", -EINVAL, "name=value"},
	{"replay:/nowhere/x?pace=", -EINVAL, "pace"},
	{"replay:/nowhere/x?pace=0", -EINVAL, "pace"},
	{"replay:/nowhere/x?pace=1001", -EINVAL, "1000"},
	{"replay:/nowhere/x?pace=slow", -EINVAL, "slow"},
	{"replay:/nowhere/x?speed=1", -EINVAL, "speed"},
#if HAVE_SERIAL
	{"serial:", -EINVAL, "path"},
	{"serial:ttyUSB0", -EINVAL, "path"},
	{"serial:?baud=9600", -EINVAL, "path"},
	{"serial:/dev/", -EINVAL, "folder"},
	{"serial:/dev/ttyUSB0?", -EINVAL, "name=value"},
	{"serial:/dev/ttyUSB0?baud", -EINVAL, "name=value"},
	{"serial:/dev/ttyUSB0?baud=", -EINVAL, "baud"},
	{"serial:/dev/ttyUSB0?baud=fast", -EINVAL, "fast"},
	{"serial:/dev/ttyUSB0?baud=299", -EINVAL, "300"},
	{"serial:/dev/ttyUSB0?baud=3000001", -EINVAL, "3000000"},
	{"serial:/dev/ttyUSB0?baud=9600&baud=9600", -EINVAL, "twice"},
	{"serial:/dev/ttyUSB0?baud=9600&", -EINVAL, "name=value"},
	{"serial:/dev/ttyUSB0?&baud=9600", -EINVAL, "name=value"},
	{"serial:/dev/ttyUSB0?bits=9", -EINVAL, "bits"},
	{"serial:/dev/ttyUSB0?bits=4", -EINVAL, "bits"},
	{"serial:/dev/ttyUSB0?parity=mark", -EINVAL, "mark"},
	{"serial:/dev/ttyUSB0?parity=1", -EINVAL, "parity"},
	{"serial:/dev/ttyUSB0?stop=3", -EINVAL, "stop"},
	{"serial:/dev/ttyUSB0?rs485=yes", -EINVAL, "yes"},
	{"serial:/dev/ttyUSB0?dtr=1", -EINVAL, "dtr"},
	{"serial:/dev/ttyUSB0?rts=1", -EINVAL, "rts"},
	{"serial:/dev/ttyUSB0?rts=high", -EINVAL, "rs485=1"},
	{"serial:/dev/ttyUSB0?rs485=0&before_ms=1", -EINVAL, "rs485=1"},
	{"serial:/dev/ttyUSB0?rs485=1&after_ms=101", -EINVAL, "100"},
	{"serial:usb=0403", -EINVAL, "path"},
	{"serial:usb=0403:600", -EINVAL, "path"},
	{"serial:usb=0403:600g", -EINVAL, "path"},
	{"serial:usb=0403:6001/", -EINVAL, "path"},
	{"serial:usb=0403:6001/serial=", -EINVAL, "path"},
	{"serial:usb=0403:6001/interface=0/serial=A1", -EINVAL, "path"},
	{"serial:usb=0403:6001/interface=256", -EINVAL, "path"},
	{"serial:port=", -EINVAL, "path"},
	{"serial:port=1-1:1.0", -EINVAL, "path"},
	{"serial:port=1-1/serial=A1", -EINVAL, "path"},
#else
	{"serial:/dev/ttyUSB0", -EPROTONOSUPPORT, "built without serial"},
#endif
#if HAVE_USB
	{"usb:", -EINVAL, "hex"},
	{"usb:04b8", -EINVAL, "hex"},
	{"usb:04b8:", -EINVAL, "hex"},
	{"usb:04b8:0e2", -EINVAL, "hex"},
	{"usb:04b8:0e2g", -EINVAL, "hex"},
	{"usb:4b8:0e28", -EINVAL, "hex"},
	{"usb:04b8-0e28", -EINVAL, "hex"},
	{"usb:04b8:0e280", -EINVAL, "/serial="},
	{"usb:04b8:0e28/", -EINVAL, "/serial="},
	{"usb:04b8:0e28/port=1-1", -EINVAL, "/serial="},
	{"usb:04b8:0e28/serial=", -EINVAL, "characters"},
	{"usb:04b8:0e28/serial=A B", -EINVAL, "usb:port="},
	{"usb:04b8:0e28/serial=A/B", -EINVAL, "usb:port="},
	{"usb:04b8:0e28/serial="
	 "0123456789012345678901234567890123456789012345678901234567890123",
	 -EINVAL, "63"},
	{"usb:port=", -EINVAL, "1-1.4"},
	{"usb:port=1", -EINVAL, "1-1.4"},
	{"usb:port=1-", -EINVAL, "1-1.4"},
	{"usb:port=-1", -EINVAL, "1-1.4"},
	{"usb:port=0-1", -EINVAL, "1-1.4"},
	{"usb:port=1-0", -EINVAL, "1-1.4"},
	{"usb:port=1-1.", -EINVAL, "1-1.4"},
	{"usb:port=1-256", -EINVAL, "1-1.4"},
	{"usb:port=1-1.4:1.0", -EINVAL, "1-1.4"},
	{"usb:port=1-1.2.3.4.5.6.7.8", -EINVAL, "1-1.4"},
#else
	{"usb:04b8:0e28", -EPROTONOSUPPORT, "built without usb"},
#endif
};

static const char *const good[] = {
	"tcp://10.1.2.3:9100",
	"tcp://localhost:1",
	"tcp://[::1]:65535",
	"tcp://[2001:db8::10]:4001",
#if HAVE_SERIAL
	"serial:/dev/ttyUSB0",
	"serial:/dev/ttyUSB0?baud=9600&rs485=1",
	"serial:/dev/ttyS1?rs485=1&rts=low&before_ms=0&after_ms=100",
	"serial:usb=0403:6001",
	"serial:usb=0403:6001?baud=19200",
	"serial:usb=1A86:7523/serial=A1B2/interface=0?baud=19200",
	"serial:port=1-1.4",
	"serial:port=1-1.4/interface=2?baud=9600",
	"serial:/dev/serial/by-id/usb-FTDI-if00?baud=115200&bits=7&parity=even&stop=2",
#endif
#if HAVE_USB
	"usb:04b8:0e28",
	"usb:04B8:0E28/serial=X5QV01",
	"usb:port=1-1.4",
	"usb:port=12-1.2.3.4.5.6.7",
#endif
};

static void test_refuses_bad_urls(void **state)
{
	struct transport *transport = (struct transport *)&witness_host;
	char error[200];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error[0] = '\0';
		r = transport_create(&transport, bad[i].url, &witness_host, NULL, error,
				     sizeof(error));
		if (r != bad[i].status || !strstr(error, bad[i].word))
			fail_msg("\"%s\": %d, \"%s\"", bad[i].url, r, error);
		/* A sentence: some words, one end. */
		assert_non_null(strchr(error, ' '));
		assert_int_equal(error[strlen(error) - 1], '.');
		assert_ptr_equal(transport, &witness_host);
	}
}

static void test_takes_good_urls(void **state)
{
	struct witness w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		witness_create(&w, good[i]);
		assert_ptr_equal(w.transport->host, &witness_host);
		assert_ptr_equal(w.transport->user, &w);
		assert_string_equal(w.transport->why, "");
		assert_int_equal(w.transport->ops->fds(w.transport, NULL, 0), 0);
		assert_true(w.transport->ops->deadline(w.transport) == TRANSPORT_NO_DEADLINE);
		w.transport->ops->process(w.transport, 1);
		w.transport->ops->close(w.transport);
		assert_int_equal(w.transport->ops->submit(w.transport, (const uint8_t *)"x", 1, 1),
				 -ENOTCONN);
		assert_int_equal(w.transport->ops->drain(w.transport), -ENOTCONN);
		w.transport->ops->cancel(w.transport);
		witness_destroy(&w);
	}
	transport_destroy(NULL);
}

static void test_limits_length(void **state)
{
	char url[TRANSPORT_URL_SIZE + 1], error[100];
	struct transport *transport;

	(void)state;
	memset(url, '1', sizeof(url));
	memcpy(url, "tcp://", 6);
	url[TRANSPORT_URL_SIZE] = '\0';
	assert_int_equal(transport_create(&transport, url, &witness_host, NULL, error,
					  sizeof(error)),
			 -EINVAL);
	assert_non_null(strstr(error, "255"));
	url[TRANSPORT_URL_SIZE - 1] = '\0';
	assert_int_equal(transport_create(&transport, url, &witness_host, NULL, error,
					  sizeof(error)),
			 -EINVAL);
	assert_null(strstr(error, "255"));
}

/* The sentence may be cut by a small buffer, never written past it. */
static void test_keeps_to_the_error_buffer(void **state)
{
	struct transport *transport;
	char error[9];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(error, 'x', sizeof(error));
		assert_true(transport_create(&transport, bad[i].url, &witness_host, NULL, error,
					     8) < 0);
		assert_int_equal(error[7], '\0');
		assert_int_equal(error[8], 'x');
	}
}

static void mutate(char *url, size_t size, uint64_t *seed)
{
	size_t len = strlen(url), at = len ? witness_random(seed) % len : 0;

	switch (witness_random(seed) % 4) {
	case 0: url[at] = (char)witness_random(seed); break;
	case 1: url[at] = '\0'; break;
	case 2: memmove(url + at, url + at + 1, len - at); break;
	default:
		if (len + 1 < size) {
			memmove(url + at + 1, url + at, len - at + 1);
			url[at] = ":/?&=.-[]0a"[witness_random(seed) % 11];
		}
		break;
	}
}

/* Whatever comes of it, it is a transport or a sentence. */
static void test_survives_mutated_urls(void **state)
{
	const size_t n_good = sizeof(good) / sizeof(good[0]);
	const size_t n_bad = sizeof(bad) / sizeof(bad[0]);
	char url[TRANSPORT_URL_SIZE], error[200];
	struct transport *transport;
	size_t i, k, pick;
	uint64_t seed;
	int r;

	(void)state;
	for (i = 1; i <= 1000; i++) {
		seed = i * UINT64_C(0x9e3779b97f4a7c15);
		pick = witness_random(&seed) % (n_good + n_bad);
		(void)snprintf(url, sizeof(url), "%s",
			       pick < n_good ? good[pick] : bad[pick - n_good].url);
		if (strncmp(url, "record:", 7) == 0)
			continue; /* a mutated one would make files anywhere */
		for (k = witness_random(&seed) % 4 + 1; k > 0; k--)
			mutate(url, sizeof(url), &seed);
		if (strncmp(url, "record:", 7) == 0)
			continue;
		error[0] = '\0';
		transport = NULL;
		r = transport_create(&transport, url, &witness_host, NULL, error, sizeof(error));
		assert_true(r <= 0);
		if (r == 0) {
			assert_non_null(transport);
			transport_destroy(transport);
		} else {
			assert_null(transport);
			assert_true(strlen(error) > 10);
		}
	}
}

static void test_finds_buses(void **state)
{
	(void)state;
	assert_null(transport_bus_find("isa"));
	assert_null(transport_bus_find(""));
#if HAVE_USB
	assert_non_null(transport_bus_find("usb"));
	assert_string_equal(transport_bus_find("usb")->name, "usb");
#else
	assert_null(transport_bus_find("usb"));
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refuses_bad_urls),
		cmocka_unit_test(test_takes_good_urls),
		cmocka_unit_test(test_limits_length),
		cmocka_unit_test(test_keeps_to_the_error_buffer),
		cmocka_unit_test(test_survives_mutated_urls),
		cmocka_unit_test(test_finds_buses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
