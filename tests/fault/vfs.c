/* SQLite's side of the disk in memory: files, their locks, the shared index of a write-ahead log,
 * and the calls that fail. */
#include "tests/fault/vfs.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault/node.h"

struct handle {
	sqlite3_file base;
	struct node *node;
	int lock;
	bool delete_on_close;
	uint16_t shm_shared, shm_exclusive;
};

static struct fault_plan plan;
static uint64_t calls;
static bool cut, no_promises;
static sqlite3_vfs *native;

/* ---- faults ---- */

static bool fails(enum fault_call kind)
{
	if (cut) {
		calls++;
		return true;
	}
	if (!(plan.kinds & kind))
		return false;
	calls++;
	if (!plan.at || calls < plan.at || calls >= plan.at + plan.count)
		return false;
	if (plan.error == FAULT_CUT)
		cut = true;
	return true;
}

static int error_of(int general)
{
	if (!cut && plan.error == FAULT_ENOSPC)
		return SQLITE_FULL;
	return !cut && plan.error == FAULT_EROFS ? SQLITE_READONLY : general;
}

/* ---- files ---- */

static struct handle *handle_of(sqlite3_file *file)
{
	return (struct handle *)(void *)file;
}

static int close_file(sqlite3_file *file)
{
	struct handle *handle = handle_of(file);
	struct node *node = handle->node;

	node->handles--;
	if (handle->delete_on_close && !node->handles)
		node_drop(node);
	return SQLITE_OK;
}

static int read_file(sqlite3_file *file, void *ret, int len, sqlite3_int64 at)
{
	const struct image *now = &handle_of(file)->node->now;
	size_t n = (size_t)at >= now->size ? 0 : now->size - (size_t)at;

	if (fails(FAULT_READ))
		return SQLITE_IOERR_READ;
	if (n > (size_t)len)
		n = (size_t)len;
	if (n)
		memcpy(ret, now->bytes + at, n);
	memset((uint8_t *)ret + n, 0, (size_t)len - n);
	return n == (size_t)len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_file(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
	struct node *node = handle_of(file)->node;

	if (fails(FAULT_WRITE)) {
		bool half = plan.error == FAULT_CUT ? calls == plan.at
						    : !cut && plan.error == FAULT_SHORT;

		if (half && plan.at && len > 1 &&
		    node_change(node, false, at, bytes, (size_t)len / 2) < 0)
			return SQLITE_IOERR_NOMEM;
		return error_of(SQLITE_IOERR_WRITE);
	}
	return node_change(node, false, at, bytes, (size_t)len) < 0 ? SQLITE_IOERR_NOMEM
								    : SQLITE_OK;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	if (fails(FAULT_TRUNCATE))
		return error_of(SQLITE_IOERR_TRUNCATE);
	return node_change(handle_of(file)->node, true, size, NULL, 0) < 0 ? SQLITE_IOERR_NOMEM
									   : SQLITE_OK;
}

static int sync_file(sqlite3_file *file, int flags)
{
	struct node *node = handle_of(file)->node;

	(void)flags;
	if (fails(FAULT_SYNC)) {
		for (struct change *change = node->first;
		     change && !cut && plan.error == FAULT_SYNC_LOST; change = change->next)
			change->forgotten = true;
		return SQLITE_IOERR_FSYNC;
	}
	return node_sync(node) < 0 ? SQLITE_IOERR_NOMEM : SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	if (cut)
		return SQLITE_IOERR_FSTAT;
	*ret = (sqlite3_int64)handle_of(file)->node->now.size;
	return SQLITE_OK;
}

static int lock_file(sqlite3_file *file, int lock)
{
	struct handle *handle = handle_of(file);
	struct node *node = handle->node;

	if (lock <= handle->lock)
		return SQLITE_OK;
	if (node->exclusive && node->exclusive != handle)
		return SQLITE_BUSY;
	if (lock == SQLITE_LOCK_SHARED)
		node->shared++;
	if (lock >= SQLITE_LOCK_RESERVED) {
		if (node->reserved && node->reserved != handle)
			return SQLITE_BUSY;
		node->reserved = handle;
	}
	if (lock == SQLITE_LOCK_EXCLUSIVE) {
		if (node->shared > 1)
			return SQLITE_BUSY;
		node->exclusive = handle;
	}
	handle->lock = lock;
	return SQLITE_OK;
}

static int unlock_file(sqlite3_file *file, int lock)
{
	struct handle *handle = handle_of(file);
	struct node *node = handle->node;

	if (lock >= handle->lock)
		return SQLITE_OK;
	if (node->exclusive == handle)
		node->exclusive = NULL;
	if (node->reserved == handle)
		node->reserved = NULL;
	if (lock == SQLITE_LOCK_NONE)
		node->shared--;
	handle->lock = lock;
	return SQLITE_OK;
}

static int check_reserved(sqlite3_file *file, int *ret)
{
	*ret = handle_of(file)->node->reserved != NULL;
	return SQLITE_OK;
}

static int control_file(sqlite3_file *file, int op, void *arg)
{
	(void)file, (void)op, (void)arg;
	return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *file)
{
	(void)file;
	return NODE_SECTOR;
}

/* The disk may tear and reorder; what lies beside a write stays as it is, which a disk may promise
 * (SQLite believes that of all, unless told otherwise) or not. */
static int characteristics(sqlite3_file *file)
{
	(void)file;
	return no_promises ? 0 : SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- the shared index of a write-ahead log ---- */

static int shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret)
{
	struct node *node = handle_of(file)->node;

	*ret = NULL;
	if (cut)
		return SQLITE_IOERR_SHMMAP;
	while (node->region_count <= (size_t)region) {
		if (!extend)
			return SQLITE_OK;
		if (node->region_count == SHM_REGIONS)
			return SQLITE_FULL;
		node->regions[node->region_count] = calloc(1, (size_t)size);
		if (!node->regions[node->region_count])
			return SQLITE_NOMEM;
		node->region_count++;
	}
	*ret = node->regions[region];
	return SQLITE_OK;
}

static bool shm_free(const struct node *node, const struct handle *handle, int slot, bool exclusive)
{
	unsigned mine = handle->shm_shared >> slot & 1;

	if (node->shm_exclusive[slot] && node->shm_exclusive[slot] != handle)
		return false;
	return !exclusive || node->shm_shared[slot] == mine;
}

static int shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	struct handle *handle = handle_of(file);
	struct node *node = handle->node;
	bool exclusive = flags & SQLITE_SHM_EXCLUSIVE;

	for (int i = offset; flags & SQLITE_SHM_LOCK && i < offset + n; i++)
		if (!shm_free(node, handle, i, exclusive))
			return SQLITE_BUSY;
	for (int i = offset; i < offset + n; i++) {
		uint16_t bit = (uint16_t)(1u << i);

		if (flags & SQLITE_SHM_UNLOCK) {
			if (handle->shm_shared & bit)
				node->shm_shared[i]--;
			if (handle->shm_exclusive & bit)
				node->shm_exclusive[i] = NULL;
			handle->shm_shared &= (uint16_t)~bit;
			handle->shm_exclusive &= (uint16_t)~bit;
		} else if (exclusive) {
			node->shm_exclusive[i] = handle;
			handle->shm_exclusive |= bit;
		} else if (!(handle->shm_shared & bit)) {
			node->shm_shared[i]++;
			handle->shm_shared |= bit;
		}
	}
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *file)
{
	(void)file;
}

static int shm_unmap(sqlite3_file *file, int delete_it)
{
	struct handle *handle = handle_of(file);
	struct node *node = handle->node;

	if (shm_lock(file, 0, SHM_LOCKS, SQLITE_SHM_UNLOCK) != SQLITE_OK)
		return SQLITE_IOERR;
	if (delete_it || node->handles == 1) {
		for (size_t i = 0; i < node->region_count; i++)
			free(node->regions[i]);
		node->region_count = 0;
	}
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_reserved,
	.xFileControl = control_file,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap,
};

/* ---- the file system ---- */

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	static unsigned temporary;
	struct handle *handle = handle_of(file);
	struct node *node;
	char name[32];

	(void)vfs;
	file->pMethods = NULL;
	if (!path) {
		sqlite3_snprintf(sizeof(name), name, "temporary-%u", ++temporary);
		path = name;
	}
	if (fails(FAULT_OPEN))
		return SQLITE_CANTOPEN;
	node = node_find(path);
	if ((!node || !node->there) && !(flags & SQLITE_OPEN_CREATE))
		return SQLITE_CANTOPEN;
	if (!node)
		node = node_make(path);
	if (!node)
		return SQLITE_CANTOPEN;
	node->there = true;
	node->handles++;
	memset(handle, 0, sizeof(*handle));
	handle->node = node;
	handle->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	file->pMethods = &methods;
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int sync_dir)
{
	struct node *node = node_find(path);

	(void)vfs;
	if (fails(FAULT_DELETE))
		return SQLITE_IOERR_DELETE;
	if (!node || !node->there)
		return SQLITE_IOERR_DELETE_NOENT;
	node->there = false;
	node_drop_changes(node);
	node->now.size = 0;
	if (sync_dir || !node->surely_there)
		node->surely_there = false;
	if (!node->surely_there) {
		node->disk.size = 0;
		if (!node->handles)
			node_drop(node);
	}
	return SQLITE_OK;
}

static int access_file(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
	struct node *node = node_find(path);

	(void)vfs;
	if (cut)
		return SQLITE_IOERR_ACCESS;
	/* as SQLite's own: EXISTS is a file of more than no bytes */
	*ret = node && node->there && (flags != SQLITE_ACCESS_EXISTS || node->now.size);
	return SQLITE_OK;
}

static int full_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
	(void)vfs;
	if (strlen(path) >= (size_t)size)
		return SQLITE_CANTOPEN;
	strcpy(ret, path);
	return SQLITE_OK;
}

static int randomness(sqlite3_vfs *vfs, int size, char *ret)
{
	static unsigned char next;

	(void)vfs;
	for (int i = 0; i < size; i++) /* the same in every run */
		ret[i] = (char)(next = (unsigned char)(next * 5u + 77u));
	return size;
}

static int sleep_us(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us; /* time is virtual: nobody waits */
}

static int current_time(sqlite3_vfs *vfs, sqlite3_int64 *ret)
{
	(void)vfs;
	return native->xCurrentTimeInt64(native, ret);
}

static int last_error(sqlite3_vfs *vfs, int size, char *ret)
{
	(void)vfs, (void)size, (void)ret;
	return 0;
}

static sqlite3_vfs fault_vfs = {
	.iVersion = 2,
	.szOsFile = sizeof(struct handle),
	.mxPathname = NODE_PATH_SIZE - 1,
	.zName = "fault",
	.xOpen = open_file,
	.xDelete = delete_file,
	.xAccess = access_file,
	.xFullPathname = full_path,
	.xRandomness = randomness,
	.xSleep = sleep_us,
	.xCurrentTimeInt64 = current_time,
	.xGetLastError = last_error,
};

int fault_vfs_make(void)
{
	if (sqlite3_initialize() != SQLITE_OK)
		return -ENOMEM;
	if (!native)
		native = sqlite3_vfs_find(NULL);
	fault_vfs_empty();
	return sqlite3_vfs_register(&fault_vfs, 1) == SQLITE_OK ? 0 : -ENOMEM;
}

void fault_vfs_empty(void)
{
	for (size_t i = 0; i < NODE_MAX; i++) {
		assert(!fault_nodes[i].handles);
		if (fault_nodes[i].used)
			node_drop(&fault_nodes[i]);
	}
	cut = false;
	plan = (struct fault_plan){0};
	calls = 0;
}

void fault_vfs_plan(const struct fault_plan *wanted)
{
	plan = *wanted;
	calls = 0;
}

uint64_t fault_vfs_calls(void)
{
	return calls;
}

void fault_vfs_promise_nothing(bool nothing)
{
	no_promises = nothing;
}

void fault_vfs_cut(void)
{
	cut = true;
}

void fault_vfs_back(void)
{
	cut = false;
	for (size_t i = 0; i < NODE_MAX; i++)
		assert(!fault_nodes[i].handles);
}

void fault_vfs_lose_power(uint64_t seed)
{
	nodes_lose_power(seed);
}
