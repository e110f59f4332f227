"""Samples read and judged without the program under test: Python's wave and plain arithmetic.
Loudness is that of ITU-R BS.1770-4 for one channel."""
import array
import math
import operator
import wave

from hall import StepError


def read_wav(path):
    """(rate, samples) of one channel of 16 bits."""
    with wave.open(path, 'rb') as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise StepError(f'{path}: {file.getparams()}')
        return file.getframerate(), array.array('h', file.readframes(file.getnframes()))


def read_raw(path):
    with open(path, 'rb') as file:
        data = file.read()
    return array.array('h', data[:len(data) // 2 * 2])


def decibel(power):
    return 10 * math.log10(power / 32768 ** 2) if power else -120.0


def power(samples):
    return sum(map(operator.mul, samples, samples)) / len(samples) if samples else 0


def level(samples):
    """(peak, root mean square) in dB of full scale."""
    return decibel(max(max(samples), -min(samples)) ** 2), decibel(power(samples))


def active(rate, samples):
    """From the first to behind the last 10 ms that are less than 40 dB below the loudest."""
    block = rate // 100
    powers = [power(samples[at:at + block]) for at in range(0, len(samples), block)]
    loud = [i for i, one in enumerate(powers) if one > max(powers) / 10 ** 4]
    return loud[0] * block, min((loud[-1] + 1) * block, len(samples))


def biquad(samples, b, a):
    x1 = x2 = y1 = y2 = 0.0
    out = []
    for x in samples:
        y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2
        x2, x1, y2, y1 = x1, x, y1, y
        out.append(y)
    return out


def weighted(rate, samples):
    """K-weighting: a shelf for the head, then a high-pass; coefficients for this rate."""
    k = math.tan(math.pi * 1681.974450955533 / rate)
    q, vh = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    vb, a0 = vh ** 0.4996667741545416, 1 + k / q + k * k
    shelf = biquad(samples, ((vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0,
                             (vh - vb * k / q + k * k) / a0),
                   (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0))
    k = math.tan(math.pi * 38.13547087602444 / rate)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    return biquad(shelf, (1.0, -2.0, 1.0), (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0))


def loudness(rate, samples):
    """LUFS: blocks of 400 ms, a quarter apart; those below -70, then those 10 below the rest, do
    not count."""
    heard = weighted(rate, [x / 32768 for x in samples])
    size, hop = rate * 4 // 10, rate // 10
    blocks = [sum(map(operator.mul, heard[at:at + size], heard[at:at + size])) / size
              for at in range(0, len(heard) - size + 1, hop)]
    blocks = [one for one in blocks if one > 10 ** ((-70 + .691) / 10)]
    if not blocks:
        return -70.0
    gate = sum(blocks) / len(blocks) / 10
    blocks = [one for one in blocks if one > gate]
    return -.691 + 10 * math.log10(sum(blocks) / len(blocks))


def sine(rate, hertz, seconds, amplitude):
    return array.array('h', (round(amplitude * 32767 * math.sin(2 * math.pi * hertz * i / rate))
                             for i in range(int(rate * seconds))))


def likeness(a, b):
    """Correlation of two stretches, 1 for the same shape."""
    both = sum(map(operator.mul, a, a)) * sum(map(operator.mul, b, b))
    return sum(map(operator.mul, a, b)) / math.sqrt(both) if both else 0.0


def pitch(rate, samples):
    """Hz along a voiced syllable, one figure each 12 ms, by the shift at which it is most like
    itself."""
    begin, end = active(rate, samples)
    size, found = rate * 25 // 1000, []
    for at in range(begin, end - 2 * size, size // 2):
        best, best_lag = 0.0, 1
        for lag in range(rate // 300, rate // 60):
            like = likeness(samples[at:at + size], samples[at + lag:at + lag + size])
            if like > best + .02:
                best, best_lag = like, lag
        if best > .6 and power(samples[at:at + size]) > 150 ** 2:
            found.append(rate / best_lag)
    return found


# the fades of 5 ms at the ends, and the rounding to 16 bits, are all that may differ
PROBE, ALIKE = 128, .998


def find(rate, heard, recording, start, within_s):
    """Where the recording's loud part stands in what was heard, from `start` on: (from, to,
    likeness). Sought with its loudest stretch; the places that are most like that are judged by all
    of it."""
    begin, end = active(rate, recording)
    part = recording[begin:end]
    at = max(range(0, max(len(part) - PROBE, 1), PROBE // 2),
             key=lambda i: power(part[i:i + PROBE]))
    probe = part[at:at + PROBE:2]  # every other sample: this only finds candidates
    own = math.sqrt(sum(map(operator.mul, probe, probe)))
    places = []
    for place in range(start + at, min(start + at + int(within_s * rate), len(heard) - PROBE)):
        piece = heard[place:place + PROBE:2]
        product = sum(map(operator.mul, probe, piece))
        if product > 0:
            places.append((product / own / math.sqrt(sum(map(operator.mul, piece, piece))), place))
    found = [(likeness(part, heard[place - at:place - at + len(part)]), place - at)
             for _, place in sorted(places, reverse=True)[:40] if place >= at]
    # said twice, it is the first that comes next
    like, first = max(found, key=lambda one: (one[0] >= ALIKE, -one[1] if one[0] >= ALIKE else one[0]),
                      default=(-1.0, 0))
    return first, first + len(part), like


def find_all(rate, heard, recordings, start=0, within_s=.7):
    """Each recording behind the one before; (name, from, to) of each. StepError: one is not there,
    or not by itself."""
    found, at = [], start
    for name, samples in recordings:
        first, last, like = find(rate, heard, samples, at, within_s)
        if like < ALIKE:
            raise StepError(f'{name} is not behind {found[-1:]}: likeness {like:.4f}')
        found.append((name, first, last))
        at = last
    return found
