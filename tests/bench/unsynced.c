/* A copy of the default VFS whose files have a sync that does nothing. */
#include "tests/bench/unsynced.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KINDS = 8 };

/* SQLite has a table of methods for each kind of file and locking: each gets its copy. */
static struct {
	const sqlite3_io_methods *original;
	sqlite3_io_methods copy;
} kinds[MAX_KINDS];

static sqlite3_vfs *original;

static int sync_nothing(sqlite3_file *file, int flags)
{
	(void)file, (void)flags;
	return SQLITE_OK;
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	int r = original->xOpen(original, name, file, flags, ret_flags);

	(void)vfs;
	if (r != SQLITE_OK || !file->pMethods)
		return r;
	for (int i = 0; i < MAX_KINDS; i++) {
		if (!kinds[i].original) {
			kinds[i].original = file->pMethods;
			memcpy(&kinds[i].copy, file->pMethods, sizeof(kinds[i].copy));
			kinds[i].copy.xSync = sync_nothing;
		}
		if (kinds[i].original == file->pMethods) {
			file->pMethods = &kinds[i].copy;
			return r;
		}
	}
	fprintf(stderr, "more kinds of files than %d\n", MAX_KINDS);
	exit(1);
}

const char *unsynced_vfs(void)
{
	static sqlite3_vfs vfs;

	original = sqlite3_vfs_find(NULL);
	memcpy(&vfs, original, sizeof(vfs));
	vfs.zName = "unsynced";
	vfs.pNext = NULL;
	vfs.xOpen = open_file;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) {
		fprintf(stderr, "no VFS\n");
		exit(1);
	}
	return vfs.zName;
}
