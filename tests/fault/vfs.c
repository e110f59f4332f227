/* Each file is an image of what is surely on the disk and a list of what was written since, in
 * order; reading sees both. A sync moves the list into the image. Losing power keeps an arbitrary
 * part of the list, cut into sectors: so a later write may survive an earlier one. */
#include "tests/fault/vfs.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 16, PATH_SIZE = 256, SECTOR = 512, SHM_LOCKS = 8, SHM_REGIONS = 64 };

struct change { /* a write of len bytes, or a truncation to `at` */
	struct change *next;
	bool truncates;
	bool forgotten; /* its sync failed: no later one writes it */
	int64_t at;
	size_t len;
	uint8_t bytes[];
};

struct image {
	uint8_t *bytes;
	size_t size, room;
};

struct node {
	char path[PATH_SIZE];
	bool used, there, surely_there;
	unsigned handles;
	struct image disk, now;
	struct change *first, **last;

	unsigned shared;
	void *reserved, *exclusive;
	void *regions[SHM_REGIONS];
	size_t region_count, region_size;
	unsigned shm_shared[SHM_LOCKS];
	void *shm_exclusive[SHM_LOCKS];
};

struct handle {
	sqlite3_file base;
	struct node *node;
	int lock;
	bool delete_on_close;
	uint16_t shm_shared, shm_exclusive;
};

static struct node nodes[MAX_FILES];
static struct fault_plan plan;
static uint64_t calls;
static bool cut;
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

/* ---- images ---- */

static int image_reach(struct image *image, size_t size)
{
	size_t room = image->room ? image->room : 65536;
	uint8_t *bytes;

	while (room < size)
		room *= 2;
	if (room > image->room) {
		bytes = realloc(image->bytes, room);
		if (!bytes)
			return -ENOMEM;
		image->bytes = bytes;
		image->room = room;
	}
	if (size > image->size) {
		memset(image->bytes + image->size, 0, size - image->size);
		image->size = size;
	}
	return 0;
}

static int image_write(struct image *image, const uint8_t *bytes, size_t len, int64_t at)
{
	int r = image_reach(image, (size_t)at + len);

	if (r == 0 && len)
		memcpy(image->bytes + at, bytes, len);
	return r;
}

static int image_apply(struct image *image, const struct change *change)
{
	if (!change->truncates)
		return image_write(image, change->bytes, change->len, change->at);
	if ((size_t)change->at < image->size)
		image->size = (size_t)change->at;
	return image_reach(image, (size_t)change->at);
}

static int image_copy(struct image *to, const struct image *from)
{
	to->size = 0;
	return image_write(to, from->bytes, from->size, 0);
}

/* ---- nodes ---- */

static struct node *find(const char *path)
{
	for (size_t i = 0; i < MAX_FILES; i++)
		if (nodes[i].used && !strcmp(nodes[i].path, path))
			return &nodes[i];
	return NULL;
}

static struct node *make(const char *path)
{
	for (size_t i = 0; i < MAX_FILES; i++) {
		struct node *node = &nodes[i];

		if (node->used || strlen(path) >= PATH_SIZE)
			continue;
		memset(node, 0, sizeof(*node));
		strcpy(node->path, path);
		node->used = true;
		node->last = &node->first;
		return node;
	}
	return NULL;
}

static void drop_changes(struct node *node)
{
	while (node->first) {
		struct change *change = node->first;

		node->first = change->next;
		free(change);
	}
	node->last = &node->first;
}

static void drop(struct node *node)
{
	drop_changes(node);
	for (size_t i = 0; i < node->region_count; i++)
		free(node->regions[i]);
	free(node->disk.bytes);
	free(node->now.bytes);
	memset(node, 0, sizeof(*node));
}

static int add_change(struct node *node, bool truncates, int64_t at, const void *bytes, size_t len)
{
	struct change *change = malloc(sizeof(*change) + len);
	int r;

	if (!change)
		return -ENOMEM;
	*change = (struct change){.truncates = truncates, .at = at, .len = len};
	if (len)
		memcpy(change->bytes, bytes, len);
	r = image_apply(&node->now, change);
	if (r < 0) {
		free(change);
		return r;
	}
	*node->last = change;
	node->last = &change->next;
	return 0;
}

static bool overlap(const struct change *a, const struct change *b)
{
	return a->truncates || b->truncates ||
	       (a->at < b->at + (int64_t)b->len && b->at < a->at + (int64_t)a->len);
}

/* A forgotten write that a durable one has overwritten since can come back no more. */
static void forget(struct change **first, const struct change *durable)
{
	for (struct change **at = first; *at != durable;) {
		struct change *change = *at;

		if (!overlap(change, durable)) {
			at = &change->next;
			continue;
		}
		*at = change->next;
		free(change);
	}
}

/* The image takes the changes in order; the list keeps those whose sync failed. */
static int make_durable(struct node *node)
{
	struct change **at;
	int r = 0;

	do {
		for (at = &node->first; *at && (*at)->forgotten;)
			at = &(*at)->next;
		if (*at) {
			struct change *change = *at;

			r = image_apply(&node->disk, change);
			forget(&node->first, change);
			for (at = &node->first; *at != change;)
				at = &(*at)->next;
			*at = change->next;
			free(change);
		}
	} while (*at && r == 0);
	for (node->last = &node->first; *node->last;)
		node->last = &(*node->last)->next;
	node->surely_there = true;
	return r;
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
		drop(node);
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
		    add_change(node, false, at, bytes, (size_t)len / 2) < 0)
			return SQLITE_IOERR_NOMEM;
		return error_of(SQLITE_IOERR_WRITE);
	}
	return add_change(node, false, at, bytes, (size_t)len) < 0 ? SQLITE_IOERR_NOMEM : SQLITE_OK;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	if (fails(FAULT_TRUNCATE))
		return error_of(SQLITE_IOERR_TRUNCATE);
	return add_change(handle_of(file)->node, true, size, NULL, 0) < 0 ? SQLITE_IOERR_NOMEM
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
	return make_durable(node) < 0 ? SQLITE_IOERR_NOMEM : SQLITE_OK;
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
	return SECTOR;
}

/* No promises: the disk may tear and reorder. */
static int characteristics(sqlite3_file *file)
{
	(void)file;
	return 0;
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
	node = find(path);
	if ((!node || !node->there) && !(flags & SQLITE_OPEN_CREATE))
		return SQLITE_CANTOPEN;
	if (!node)
		node = make(path);
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
	struct node *node = find(path);

	(void)vfs;
	if (fails(FAULT_DELETE))
		return SQLITE_IOERR_DELETE;
	if (!node || !node->there)
		return SQLITE_IOERR_DELETE_NOENT;
	node->there = false;
	drop_changes(node);
	node->now.size = 0;
	if (sync_dir || !node->surely_there)
		node->surely_there = false;
	if (!node->surely_there) {
		node->disk.size = 0;
		if (!node->handles)
			drop(node);
	}
	return SQLITE_OK;
}

static int access_file(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
	struct node *node = find(path);

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
	.mxPathname = PATH_SIZE - 1,
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
	for (size_t i = 0; i < MAX_FILES; i++) {
		assert(!nodes[i].handles);
		if (nodes[i].used)
			drop(&nodes[i]);
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

void fault_vfs_cut(void)
{
	cut = true;
}

void fault_vfs_back(void)
{
	cut = false;
	for (size_t i = 0; i < MAX_FILES; i++)
		assert(!nodes[i].handles);
}

/* splitmix64 */
static uint64_t draw(uint64_t *random)
{
	uint64_t z = (*random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Of ten sectors some survive whole, some in part. How many differs from loss to loss. */
static void keep_some(struct image *disk, const struct change *change, uint64_t *random,
		      unsigned kept_of_16)
{
	int r = 0;

	if (change->truncates) {
		if (draw(random) % 16 < kept_of_16)
			r = image_apply(disk, change);
		assert(r == 0);
		return;
	}
	for (size_t from = 0; from < change->len && r == 0;) {
		size_t n = SECTOR - ((size_t)change->at + from) % SECTOR;

		if (n > change->len - from)
			n = change->len - from;
		if (draw(random) % 16 < kept_of_16)
			r = image_write(disk, change->bytes + from,
					draw(random) % 8 ? n : 1 + draw(random) % n,
					change->at + (int64_t)from);
		from += n;
	}
	assert(r == 0);
}

void fault_vfs_lose_power(uint64_t seed)
{
	uint64_t random = seed;

	for (size_t i = 0; i < MAX_FILES; i++) {
		struct node *node = &nodes[i];
		unsigned kept = (unsigned)(draw(&random) % 17);

		if (!node->used)
			continue;
		assert(!node->handles);
		/* A file that was never synced need not be there; one that was taken away without a
		 * sync of its directory may be there again. */
		if (!node->surely_there && !(node->there && draw(&random) % 2)) {
			drop(node);
			continue;
		}
		for (const struct change *change = node->first; change; change = change->next)
			keep_some(&node->disk, change, &random, kept);
		drop_changes(node);
		node->there = node->surely_there = true;
		if (image_copy(&node->now, &node->disk) < 0)
			abort();
	}
}

uint8_t *fault_vfs_bytes(const char *path, size_t *ret_size)
{
	struct node *node = find(path);

	if (!node || !node->there)
		return NULL;
	*ret_size = node->now.size;
	return node->now.bytes;
}
