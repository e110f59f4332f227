/* The bench on which USB is tested: a witness and a mock printer. */
#pragma once

#include "tests/unit/transport/mock_printer.h"
#include "tests/unit/transport/witness.h"

extern uint8_t bench_block[TRANSPORT_MAX_SUBMIT];

/* For cmocka. */
int bench_set_up(void **state);
int bench_tear_down(void **state);
/* mock_two_way, or with other descriptors in hex. */
struct mock_printer *bench_plug(const char *descriptors);
/* Plugs one in and opens it; the witness has nothing in its log. */
struct mock_printer *bench_start(struct witness *w);
/* Submits the beginning of bench_block. */
int bench_submit(struct witness *w, size_t len);
int bench_ask(struct witness *w, enum transport_control what);
size_t bench_fds(struct witness *w);
/* After a close: until the interface is back with the kernel. */
void bench_wait_returned(struct witness *w);
void bench_turns(struct witness *w, int n);
void bench_fail_to_open(const char *url, int status);
