/* Each file is an image of what is surely on the disk and a list of what was written since, in
 * order; reading sees both. A sync moves the list into the image. Losing power keeps an arbitrary
 * part of the list, cut into sectors: so a later write may survive an earlier one. */
#include "tests/fault/node.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct node fault_nodes[NODE_MAX];

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

struct node *node_find(const char *path)
{
	for (size_t i = 0; i < NODE_MAX; i++)
		if (fault_nodes[i].used && !strcmp(fault_nodes[i].path, path))
			return &fault_nodes[i];
	return NULL;
}

struct node *node_make(const char *path)
{
	for (size_t i = 0; i < NODE_MAX; i++) {
		struct node *node = &fault_nodes[i];

		if (node->used || strlen(path) >= NODE_PATH_SIZE)
			continue;
		memset(node, 0, sizeof(*node));
		strcpy(node->path, path);
		node->used = true;
		node->last = &node->first;
		return node;
	}
	return NULL;
}

void node_drop_changes(struct node *node)
{
	while (node->first) {
		struct change *change = node->first;

		node->first = change->next;
		free(change);
	}
	node->last = &node->first;
}

void node_drop(struct node *node)
{
	node_drop_changes(node);
	for (size_t i = 0; i < node->region_count; i++)
		free(node->regions[i]);
	free(node->disk.bytes);
	free(node->now.bytes);
	memset(node, 0, sizeof(*node));
}

int node_change(struct node *node, bool truncates, int64_t at, const void *bytes, size_t len)
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
int node_sync(struct node *node)
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

/* ---- the power goes ---- */

/* splitmix64 */
static uint64_t draw(uint64_t *random)
{
	uint64_t z = (*random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Sectors survive or not, some in part; how many, differs from file to file and loss to loss. */
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
		size_t n = NODE_SECTOR - ((size_t)change->at + from) % NODE_SECTOR;

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

void nodes_lose_power(uint64_t seed)
{
	uint64_t random = seed;

	for (size_t i = 0; i < NODE_MAX; i++) {
		struct node *node = &fault_nodes[i];
		unsigned kept = (unsigned)(draw(&random) % 17);

		if (!node->used)
			continue;
		assert(!node->handles);
		/* A file that was never synced need not be there; one that was taken away without a
		 * sync of its directory may be there again. */
		if (!node->surely_there && !(node->there && draw(&random) % 2)) {
			node_drop(node);
			continue;
		}
		for (const struct change *change = node->first; change; change = change->next)
			keep_some(&node->disk, change, &random, kept);
		node_drop_changes(node);
		node->there = node->surely_there = true;
		if (image_copy(&node->now, &node->disk) < 0)
			abort();
	}
}
