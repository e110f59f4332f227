/* Scenario files: whatever bytes they hold, they are refused with a reason, or can be simulated. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/simulate/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *user, const char *file, int line, const char *message)
{
	if (!file[0] || line < 0 || !message[0])
		abort();
	++*(int *)user;
}

/* What passes the checks has days and a layout. */
static void use(struct scenario *scenario)
{
	struct visit_day day = {.visit_count = 0};
	struct layout *layout = NULL;
	struct world *world = NULL;
	int r;

	if (world_create(&world, scenario) < 0 || layout_create(&layout, scenario) < 0)
		abort();
	if (scenario->cases_a_day < 1000) {
		r = world_day(world, 1, 0, &day);
		if (r < 0 && r != -E2BIG)
			abort();
	}
	visit_day_finish(&day);
	layout_destroy(layout);
	world_destroy(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario scenario;
	int fd = memfd_create("scenario", MFD_CLOEXEC), faults = 0, r;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = scenario_read(&scenario, path, count, &faults);
	if ((r == 0) != (faults == 0) || (r < 0 && r != -EINVAL))
		abort();
	if (r == 0) {
		use(&scenario);
		scenario_finish(&scenario);
	}
	close(fd);
	return 0;
}

/* What libconfig 1.5 itself loses when the syntax is wrong. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}
