/* The files of the disk in memory: for each an image of what is surely on the disk, and a list of
 * what was written since. Beneath tests/fault/vfs.c, which is SQLite's side of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NODE_MAX = 16, NODE_PATH_SIZE = 256, NODE_SECTOR = 512, SHM_LOCKS = 8, SHM_REGIONS = 64 };

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
	char path[NODE_PATH_SIZE];
	bool used, there, surely_there;
	unsigned handles;
	struct image disk, now;
	struct change *first, **last;

	unsigned shared;
	void *reserved, *exclusive;
	void *regions[SHM_REGIONS];
	size_t region_count;
	unsigned shm_shared[SHM_LOCKS];
	void *shm_exclusive[SHM_LOCKS];
};

extern struct node fault_nodes[NODE_MAX];

struct node *node_find(const char *path); /* NULL: there is none */
struct node *node_make(const char *path); /* NULL: no room for another */
void node_drop(struct node *node);
void node_drop_changes(struct node *node);
/* -ENOMEM: nothing is written. */
__attribute__((warn_unused_result)) int node_change(struct node *node, bool truncates, int64_t at,
						    const void *bytes, size_t len);
/* All but what a failed sync forgot. -ENOMEM. */
__attribute__((warn_unused_result)) int node_sync(struct node *node);
void nodes_lose_power(uint64_t seed);
