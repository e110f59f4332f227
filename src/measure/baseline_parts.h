/* What the files of a baseline share; inside src/measure. */
#pragma once

#include "src/measure/baseline.h"

__attribute__((format(printf, 3, 4))) int baseline_say(char ret_error[STORE_ERROR_SIZE], int r,
						       const char *format, ...);

/* Bytes that are hashed in the end. */
struct baseline_bytes {
	uint8_t *data;
	size_t size, capacity;
};
__attribute__((warn_unused_result)) int baseline_bytes_add(struct baseline_bytes *bytes,
							   const void *data, size_t size);
/* What one opening adds to the hash of a baseline's rows. */
__attribute__((warn_unused_result)) int baseline_bytes_opening(struct baseline_bytes *bytes,
							       uint64_t first, uint64_t last,
							       const uint8_t rows[STORE_HASH_SIZE]);
/* What one opening with all its parts adds to the hash of a baseline's figures. */
__attribute__((warn_unused_result)) int baseline_bytes_parts(struct baseline_bytes *bytes,
							     const struct store_day *day);
void baseline_bytes_hex(const struct baseline_bytes *bytes, char ret[CORE_DIGEST_SIZE]);

struct baseline_opening {
	int64_t date;
	uint64_t first, last;
	bool open;
	uint8_t kept[STORE_HASH_SIZE]; /* as the store has it */
	uint8_t seen[STORE_HASH_SIZE]; /* of the rows as they are */
};

struct baseline_openings {
	struct baseline_opening *list;
	size_t count, capacity;
};
/* A store_day_fn. */
int baseline_take_opening(void *user, const struct store_day *day);

/* Lists windows and items of facts->frozen's days in facts->parts, fills in visits and control.
 * Errors as baseline_compute(). */
__attribute__((warn_unused_result)) int baseline_describe(struct store_reader *reader,
							  const struct baseline_request *request,
							  struct baseline_facts *facts,
							  char ret_error[STORE_ERROR_SIZE]);
