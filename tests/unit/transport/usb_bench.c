/* What the tests of USB share: the mock set up, a printer opened, and short ways to say things. */
#include "tests/unit/transport/usb_bench.h"

#include <stdio.h>
#include <string.h>

uint8_t bench_block[TRANSPORT_MAX_SUBMIT];

int bench_set_up(void **state)
{
	(void)state;
	mock_start();
	return 0;
}

int bench_tear_down(void **state)
{
	(void)state;
	mock_stop();
	return 0;
}

struct mock_printer *bench_plug(const char *descriptors)
{
	struct mock_model model = mock_two_way;

	if (descriptors)
		model.descriptors = descriptors;
	return mock_plug(&model);
}

struct mock_printer *bench_start(struct witness *w)
{
	struct mock_printer *printer = mock_plug(&mock_two_way);

	witness_create(w, "usb:04b8:0e28");
	witness_open(w);
	witness_forget(w);
	return printer;
}

int bench_submit(struct witness *w, size_t len)
{
	return w->transport->ops->submit(w->transport, bench_block, len, witness_now(w));
}

int bench_ask(struct witness *w, enum transport_control what)
{
	return w->transport->ops->control(w->transport, what, witness_now(w));
}

void bench_turns(struct witness *w, int n)
{
	while (n-- > 0)
		witness_turn(w, 0);
}

size_t bench_fds(struct witness *w)
{
	struct pollfd fds[TRANSPORT_MAX_FDS];

	return w->transport->ops->fds(w->transport, fds, TRANSPORT_MAX_FDS);
}

void bench_wait_returned(struct witness *w)
{
	int i;

	for (i = 0; i < 1000 && bench_fds(w) > 0; i++)
		witness_turn(w, 20);
	assert_int_equal(bench_fds(w), 0);
}

void bench_fail_to_open(const char *url, int status)
{
	char wanted[32];
	struct witness w;

	(void)snprintf(wanted, sizeof(wanted), "opened %d\n", status);
	witness_create(&w, url);
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
	witness_run(&w, "opened");
	if (strcmp(w.log, wanted) != 0)
		fail_msg("%s: %s (%s)", url, w.log, w.transport->why);
	assert_true(strlen(w.transport->why) > 10);
	bench_wait_returned(&w);
	witness_destroy(&w);
}
