/* The disk beneath the log is the one of tests/fault; its lock and key lie in a real directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fault/vfs.h"
#include "tests/whole-day/disk.h"
#include "tests/whole-day/world.h"

static char dir[64];
static bool good = true;

void disk_make(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/whole-day-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(dir))
		wrong("no directory can be made: %s", dir);
	snprintf(w.log_path, sizeof(w.log_path), "%s/hall.log", dir);
	if (fault_vfs_make() < 0)
		wrong("no disk can be made");
	fault_vfs_promise_nothing(w.seed % 4 == 1);
	good = true;
}

void disk_drop(void)
{
	static const char *const names[] = {"lock", "key"};
	char path[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s.%s", w.log_path, names[i]);
		unlink(path);
	}
	rmdir(dir);
	fault_vfs_empty();
}

void disk_cut(void)
{
	fault_vfs_cut();
}

void disk_back(bool power)
{
	fault_vfs_back();
	if (power)
		fault_vfs_lose_power(chance_u64());
}

void disk_fail(bool full)
{
	struct fault_plan plan = {
		.kinds = full ? FAULT_WRITE | FAULT_TRUNCATE : FAULT_WRITE | FAULT_SYNC,
		.at = 1 + (uint64_t)chance_below(40),
		.count = UINT64_MAX / 2,
		.error = full		  ? FAULT_ENOSPC
			 : chance_of(0.5) ? FAULT_EIO
					  : FAULT_SYNC_LOST,
	};

	good = false;
	fault_vfs_plan(&plan);
}

void disk_heal(void)
{
	static const struct fault_plan none = {0};

	good = true;
	fault_vfs_plan(&none);
}

bool disk_is_good(void)
{
	return good;
}
