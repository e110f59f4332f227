"""The random numbers of a comparison: xoshiro256** seeded by SplitMix64 (Blackman and Vigna), pinned by
vectors of others (SplitMix64 of 1234567: Rosetta Code; xoshiro256** of 1, 2, 3, 4: rand_xoshiro's tests,
made with the reference implementation)."""
from itertools import islice

VECTORS = {
    'splitmix64': [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
                   16408922859458223821],
    'xoshiro256**': [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
                     16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576]}

MASK = (1 << 64) - 1


def splitmix64(state):
    while True:
        state = (state + 0x9e3779b97f4a7c15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & MASK
        z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & MASK
        yield z ^ (z >> 31)


def rotate(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


class Stream:
    def __init__(self, state):
        self.s = list(state)

    def next(self):
        s = self.s
        result = rotate(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, count):
        return ((self.next() >> 32) * count) >> 32


def streams(rows_hex, count=3):
    seeds = splitmix64(int.from_bytes(bytes.fromhex(rows_hex)[:8], 'little'))
    return [Stream([next(seeds) for _ in range(4)]) for _ in range(count)]


def vectors_hold():
    stream = Stream([1, 2, 3, 4])
    seen = {'splitmix64': list(islice(splitmix64(1234567), 5)),
            'xoshiro256**': [stream.next() for _ in range(10)]}
    if seen != VECTORS:
        raise SystemExit(f'random numbers: {seen}')
