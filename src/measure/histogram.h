/* Sparse histograms of durations in whole seconds. Beside each second's count stands how many of
 * its durations were whole seconds exactly, so that a limit of whole seconds is decided by raw
 * milliseconds. Histograms add up. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct histogram_bin {
	uint32_t second; /* floor(ms / 1000) */
	uint32_t count;
	uint32_t exact; /* of them, ms % 1000 == 0 */
};

/* Rising seconds, no count of zero. */
struct histogram {
	struct histogram_bin *bins;
	size_t count, capacity;
	uint64_t total;
};

/* ms >= 0. -ENOMEM, -ERANGE over 2^32 - 1 s. */
__attribute__((warn_unused_result)) int histogram_add(struct histogram *histogram, int64_t ms);
__attribute__((warn_unused_result)) int histogram_merge(struct histogram *histogram,
							const struct histogram *other);
/* Nearest rank: the ceil(numerator / denominator * total)th in rising order, whole seconds; -1 if
 * empty. */
int64_t histogram_quantile_s(const struct histogram *histogram, uint32_t numerator,
			     uint32_t denominator);
/* Durations <= limit_s whole seconds, by raw milliseconds. */
uint64_t histogram_within(const struct histogram *histogram, int64_t limit_s);
void histogram_finish(struct histogram *histogram);

/* Bytes, for keeping: LEB128 varints, per bin the step of the second, the count, the exact ones.
 * Returns the length, or -ENOSPC. */
__attribute__((warn_unused_result)) int64_t histogram_encode(const struct histogram *histogram,
							     uint8_t *ret_bytes, size_t size);
/* Adds what is encoded there. Returns the bytes read, or -EBADMSG, -ENOMEM. */
__attribute__((warn_unused_result)) int64_t histogram_decode(struct histogram *histogram,
							     const uint8_t *bytes, size_t size);
