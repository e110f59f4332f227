/* Sparse histograms of durations in whole seconds. Beside each second's count stands how many of
 * its durations were whole seconds exactly, so that a limit of whole seconds is decided by raw
 * milliseconds; another limit cannot be asked. Histograms add up.
 *
 * A zeroed struct is an empty one. A small histogram, and one whose durations come in rising order,
 * is its bins. Many durations in any order go to pages of seconds that follow each other, so that
 * each costs no search; histogram_settle() makes bins of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct histogram_bin {
	uint32_t second; /* floor(ms / 1000) */
	uint32_t count;
	uint32_t exact; /* of them, ms % 1000 == 0 */
};

struct histogram_pages;

struct histogram {
	struct histogram_bin *bins; /* rising seconds, no count of zero; all of them once settled */
	size_t count, capacity;
	uint64_t total;
	struct histogram_pages *pages; /* NULL: settled */
};

/* ms >= 0. -ENOMEM, -ERANGE: over 2^32 - 1 s, or more than 2^32 - 1 in one second. */
__attribute__((warn_unused_result)) int histogram_add(struct histogram *histogram, int64_t ms);
/* A whole bin; the same errors, and -EINVAL: a count of zero, or more exact than count. */
__attribute__((warn_unused_result)) int histogram_add_bin(struct histogram *histogram,
							  const struct histogram_bin *bin);
/* After a failure the histogram holds a part of the other. */
__attribute__((warn_unused_result)) int histogram_merge(struct histogram *histogram,
							const struct histogram *other);
/* For reading bins directly. More may be added afterwards. -ENOMEM. */
__attribute__((warn_unused_result)) int histogram_settle(struct histogram *histogram);
void histogram_finish(struct histogram *histogram);

/* The first bin at or behind second from; false: none. Settled or not. */
bool histogram_find(const struct histogram *histogram, uint64_t from,
		    struct histogram_bin *ret_bin);
/* Bins one behind the other, from {.histogram = ...} on: of a settled one without a search. */
struct histogram_cursor {
	const struct histogram *histogram;
	size_t at;     /* in the bins */
	uint64_t from; /* second from which on pages are looked at */
};
bool histogram_next(struct histogram_cursor *cursor, struct histogram_bin *ret_bin);
/* Nearest rank: the ceil(numerator / denominator * total)th in rising order, at least the first and
 * at most the last, whole seconds; -1 if empty. denominator > 0. */
int64_t histogram_quantile_s(const struct histogram *histogram, uint32_t numerator,
			     uint32_t denominator);
/* Durations <= limit_s whole seconds, by raw milliseconds. */
uint64_t histogram_within(const struct histogram *histogram, int64_t limit_s);

/* Bytes, for keeping: LEB128 numbers in their shortest form. First how many bins; then of each
 * (second - second of the bin before - 1) * 4 + code, of the first second * 4 + code. Code 0: one
 * duration; 1: one, exact; 2: the count follows, none exact; 3: count and exact follow. */
/* At most so many bytes. */
size_t histogram_encoded_max(const struct histogram *histogram);
/* Returns the length, or -ENOSPC. */
__attribute__((warn_unused_result)) int64_t histogram_encode(const struct histogram *histogram,
							     uint8_t *ret_bytes, size_t size);
/* Adds what is encoded there. Returns the bytes read, or -EBADMSG, -ENOMEM, -ERANGE; then the
 * histogram holds a part of it. NULL: only reads. */
__attribute__((warn_unused_result)) int64_t histogram_decode(struct histogram *histogram,
							     const uint8_t *bytes, size_t size);
