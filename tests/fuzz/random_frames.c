/* Seeded abuse of every decoder: random bytes, and published frames cut, changed, repeated and
 * joined, some with their checksum made right again.
 *
 *     random-frames [BYTES [SEED]]     so many bytes for each decoder; 10,000,000 and 1 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/decoders.h"

enum { MAX_FRAMES = 32, MAX_FRAME = 256, MAX_INPUT = 600 };

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

struct frames {
	uint8_t bytes[MAX_FRAMES][MAX_FRAME];
	size_t lens[MAX_FRAMES], count;
};

static size_t make_random(uint8_t *ret)
{
	size_t len = 1 + draw(draw(8) ? 40 : MAX_INPUT);

	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)draw(256);
	return len;
}

static size_t change(uint8_t *bytes, size_t len)
{
	size_t at = draw((uint32_t)len), count = 1 + draw(4);

	switch (draw(6)) {
	case 0: bytes[at] ^= (uint8_t)(1u << draw(8)); break;
	case 1: bytes[at] = (uint8_t)draw(256); break;
	case 2: bytes[at] = draw(2) ? 0xff : 0; break;
	case 3: /* some bytes are lost */
		count = count < len - at ? count : len - at - 1;
		memmove(bytes + at, bytes + at + count, len - at - count);
		return len - count;
	case 4: /* some come twice */
		if (len + count > MAX_INPUT)
			return len;
		memmove(bytes + at + count, bytes + at, len - at);
		return len + count;
	default: return 1 + at; /* cut */
	}
	return len;
}

static size_t make_changed(size_t decoder, const struct frames *frames, uint8_t *ret)
{
	size_t len = 0, joined = 1 + draw(2);

	for (size_t i = 0; i < joined; i++) {
		size_t which = draw((uint32_t)frames->count);

		memcpy(ret + len, frames->bytes[which], frames->lens[which]);
		len += frames->lens[which];
	}
	for (uint32_t changes = draw(4); changes > 0 && len > 1; changes--)
		len = change(ret, len);
	if (draw(3) == 0)
		decoder_repair(decoder, ret, len);
	return len;
}

int main(int argc, char **argv)
{
	uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	static struct frames frames;

	for (size_t i = 0; i < decoder_count(); i++) {
		uint64_t fed = 0, inputs = 0;

		state = seed * 0x9e3779b97f4a7c15 + i + 1;
		for (frames.count = 0; frames.count < MAX_FRAMES; frames.count++) {
			size_t len = decoder_frame(i, frames.count, frames.bytes[frames.count],
						   MAX_FRAME);

			if (len == 0)
				break;
			frames.lens[frames.count] = len;
		}
		if (frames.count == 0) {
			fprintf(stderr, "%s: no frames in frames.txt\n", decoder_name(i));
			return 1;
		}
		for (; fed < wanted; inputs++) {
			uint8_t bytes[MAX_INPUT + 2 * MAX_FRAME];
			size_t len = draw(4) ? make_changed(i, &frames, bytes) : make_random(bytes);

			decoder_feed(i, bytes, len);
			fed += len;
		}
		printf("%s: %llu bytes in %llu inputs\n", decoder_name(i), (unsigned long long)fed,
		       (unsigned long long)inputs);
	}
	return 0;
}
