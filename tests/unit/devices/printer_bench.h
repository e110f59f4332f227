/* A USB printer from its driver down to the mock kernel: driver escpos, link, hot-plug, transport
 * and libusb are the real ones. The clock can be moved on; what the printer hears and says is in
 * the hands of the test. */
#pragma once

#include "src/devices/private.h"
#include "tests/unit/transport/mock_printer.h"

enum { BENCH_S = 1000000 };

struct printer_bench {
	struct devices devices; /* as much of it as hotplug.c needs */
	struct devices_host devices_host;
	struct devices_device_config config;
	struct printer_slot slot;
	const struct driver *driver;
	struct device *device;
	int64_t skew_us;

	unsigned ups, downs;
	char why[TRANSPORT_WHY_SIZE]; /* of the last down */
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
	uint32_t conditions;
	unsigned ended, sent;
	int64_t ended_job;
	enum print_result result;
	char job_detail[DEVICE_DETAIL_SIZE];
};

/* What the mock printer answers to; each may be switched off. */
struct bench_mind {
	bool status, queued, id;
	uint8_t replies[5]; /* to DLE EOT 1-4 */
	unsigned ids;	    /* GS ( H heard: jobs that came through whole */
	unsigned cuts, initialised;
	char id_heard[5]; /* of the last one */
	uint8_t tail[32]; /* the last bytes heard */
};

extern const struct document bench_ticket, bench_picture;

/* For cmocka. */
int printer_bench_set_up(void **state);
int printer_bench_tear_down(void **state);

/* A mock with a mind that answers everything well. */
struct mock_printer *bench_plug_in(const struct mock_model *model, struct bench_mind *mind);
/* Made, and its link opened; hot-plug on. */
void bench_make(struct printer_bench *bench, const char *url, const char *model);
/* The printer at hand, with a link that is up and health OK. */
struct mock_printer *bench_ready(struct printer_bench *bench, struct bench_mind *mind);
void bench_free(struct printer_bench *bench);
int64_t bench_now(const struct printer_bench *bench);
int bench_print(struct printer_bench *bench, int64_t id, const struct document *document);
/* Turns, each waiting for descriptors at most some milliseconds, until the condition holds. */
void bench_turn(struct printer_bench *bench);
#define BENCH_UNTIL(bench, condition)                                                              \
	do {                                                                                       \
		for (int turns_ = 0; turns_ < 3000 && !(condition); turns_++)                      \
			bench_turn(bench);                                                         \
		if (!(condition))                                                                  \
			fail_msg("never: %s (health %d %s, job %d %s, %s)", #condition,            \
				 (bench)->health, (bench)->detail, (bench)->result,                \
				 (bench)->job_detail, (bench)->why);                               \
	} while (0)
/* The clock goes on by so much in steps of a tenth of a second, and everything that is due is done.
 */
void bench_pass(struct printer_bench *bench, int64_t span_us);
