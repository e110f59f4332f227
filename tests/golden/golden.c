/* Opens a log of an older release with this software's store and keeper.
 *   golden state LOG     on the real disk: prints the hall that its events lead to, as JSON
 *   golden faults LOG    a copy on a disk in memory: the power goes, and calls fail, at every call
 * of the disk while it is brought to the newest format */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/keeper/keeper.h"
#include "tests/fault/vfs.h"

static char key[1024], folder[] = "/tmp/golden-XXXXXX", path[64], lock[80];
static char error[STORE_ERROR_SIZE];

__attribute__((noreturn)) static void wrong(const char *what)
{
	printf("%s: %s\n", what, error);
	exit(1);
}

static void on_wake(void *user)
{
	(void)user;
}

static int open_keeper(struct keeper **ret, const char *log)
{
	struct keeper_options options = {
		.store = {.path = log,
			  .key_path = key,
			  .projections = &store_ticket_projection,
			  .projection_count = 1,
			  .wake = on_wake,
			  .manual = true},
	};

	error[0] = '\0';
	return keeper_open(ret, &options, error);
}

/* ---- state ---- */

static json_t *ticket_json(const struct hall *hall, const struct ticket *ticket)
{
	const struct item *item = ticket->item < 0 ? NULL : hall_item(hall, (size_t)ticket->item);

	return json_pack("{s:I s:s s:s s:s s:s s:s? s:s s:I s:I s:I}", "ticket",
			 (json_int_t)ticket->id, "number", ticket->number, "token", ticket->token,
			 "state", ticket_state_name(ticket->state), "queue",
			 hall_queue(hall, ticket->queue)->def.queue, "item",
			 item ? item->def.item : NULL, "class", ticket_class_name(ticket->class),
			 "leg", (json_int_t)ticket->leg, "calls", (json_int_t)ticket->calls,
			 "issued_ms", (json_int_t)ticket->issued_wall_ms);
}

static int state(const char *log)
{
	json_t *tickets = json_array();
	struct store_state store;
	struct keeper *keeper;
	const struct hall *hall;
	uint64_t digest;

	if (open_keeper(&keeper, log) < 0)
		wrong("the log does not open");
	hall = keeper_hall(keeper);
	for (size_t i = 0; i < hall_ticket_count(hall); i++)
		json_array_append_new(tickets, ticket_json(hall, hall_ticket(hall, i)));
	json_dumpf(tickets, stdout, JSON_INDENT(1));
	json_decref(tickets);
	digest = hall_digest(hall);
	keeper_close(keeper);
	/* and once more, from the snapshot that it left */
	if (open_keeper(&keeper, log) < 0)
		wrong("the log does not open again");
	keeper_get_state(keeper, &store);
	if (!store.snapshot_seq || store.replayed)
		wrong("it did not begin at its snapshot");
	if (hall_digest(keeper_hall(keeper)) != digest)
		wrong("from its snapshot the hall is another");
	keeper_close(keeper);
	return 0;
}

/* ---- faults ---- */

static uint8_t *bytes;
static size_t size;

static void read_file(const char *log)
{
	FILE *file = fopen(log, "rb");

	if (!file || fseek(file, 0, SEEK_END) < 0)
		wrong("no such log");
	size = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(size);
	if (!bytes || fread(bytes, 1, size, file) != size)
		wrong("the log cannot be read");
	fclose(file);
}

static void put_on_disk(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
	int flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	fault_vfs_empty();
	if (!file || vfs->xOpen(vfs, path, file, flags, NULL) != SQLITE_OK ||
	    file->pMethods->xWrite(file, bytes, (int)size, 0) != SQLITE_OK ||
	    file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK)
		wrong("the disk in memory takes no file");
	file->pMethods->xClose(file);
	free(file);
}

/* The log after a fault: it opens, and its events lead where they always led. */
static void check(uint64_t seq, uint64_t digest)
{
	struct store_verify_result result;
	struct keeper *keeper;

	if (open_keeper(&keeper, path) < 0)
		wrong("after the fault it does not open");
	if (hall_seq(keeper_hall(keeper)) != seq || hall_digest(keeper_hall(keeper)) != digest)
		wrong("after the fault the hall is another");
	keeper_close(keeper);
	if (store_verify(path, key, &result) < 0) {
		memcpy(error, result.detail, sizeof(error));
		wrong("after the fault it does not verify");
	}
}

static uint64_t trial(const struct fault_plan *plan, uint64_t seed, uint64_t seq, uint64_t digest)
{
	static const struct fault_plan none = {0};
	struct keeper *keeper;
	uint64_t calls;

	put_on_disk();
	fault_vfs_plan(plan);
	if (open_keeper(&keeper, path) == 0)
		keeper_close(keeper);
	else if (!error[0])
		wrong("it does not open, and nothing says why");
	calls = fault_vfs_calls();
	fault_vfs_plan(&none);
	fault_vfs_back();
	if (seed)
		fault_vfs_lose_power(seed);
	check(seq, digest);
	return calls;
}

static int faults(const char *log)
{
	struct fault_plan plan = {.kinds = FAULT_ANY};
	struct keeper *keeper;
	uint64_t calls, trials = 0, seq, digest;

	read_file(log);
	if (!mkdtemp(folder) || fault_vfs_make() < 0)
		wrong("no disk");
	snprintf(path, sizeof(path), "%s/log.db", folder);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	put_on_disk();
	if (open_keeper(&keeper, path) < 0)
		wrong("it does not open");
	seq = hall_seq(keeper_hall(keeper));
	digest = hall_digest(keeper_hall(keeper));
	keeper_close(keeper);
	calls = trial(&plan, 0, seq, digest);
	for (uint64_t at = 1; at <= calls; at++) {
		for (int kind = FAULT_EIO; kind <= FAULT_CUT; kind++) {
			for (uint64_t seed = 0; seed < 3; seed++, trials++) {
				plan = (struct fault_plan){.kinds = FAULT_ANY,
							   .at = at,
							   .count = 1,
							   .error = (enum fault_error)kind};
				trial(&plan, seed, seq, digest);
			}
		}
	}
	printf("%" PRIu64 " trials at %" PRIu64 " calls of the disk\n", trials, calls);
	unlink(lock);
	rmdir(folder);
	free(bytes);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	snprintf(key, sizeof(key), "%.*s.key", (int)(strlen(argv[2]) - 3), argv[2]);
	return strcmp(argv[1], "state") ? faults(argv[2]) : state(argv[2]);
}
