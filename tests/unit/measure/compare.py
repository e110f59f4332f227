"""The comparison of a period with a baseline by docs/measurement.md alone: figures of both sides, and
bootstrap-t intervals by days and by blocks. Slow and plain: each resample is computed from its days."""
import math
from bisect import bisect_right
from datetime import date

from randomness import streams
from student import student_quantile
from survival import kaplan_meier, nearest_rank

RESAMPLES, BANDS, BLOCK = 1999, 199, 5
MIN_DAYS, MIN_CELL, MIN_RELATIVE_MS = 20, 5, 60000
Z = 1.959963984540054
ZERO = 1e-9


class Side:
    def __init__(self, days, target):
        self.days, self.size = days, len(days)
        self.n, self.sum = [day.n for day in days], [day.sum for day in days]
        self.cases = [day.cases for day in days]
        self.within = [day.within(target) for day in days]
        self.decided = [day.decided(target) for day in days]
        self.seconds = [sorted(ms // 1000 for ms in day.totals) for day in days]
        self.all_days = list(range(len(days)))

    def mean(self):
        return sum(self.sum) / sum(self.n) if sum(self.n) else None

    def flat(self, what):
        return [value for day in self.days for value in getattr(day, what)]

    def cell(self, key):
        return [sum(day.cells.get(key, (0, 0))[i] for day in self.days) for i in (0, 1)]


# ---- draws ----

class Draw:
    """Some days of a side, in groups that were drawn together, and what makes a variance of their
    errors: factor * sum of (sum over the group)^2."""

    def __init__(self, groups, factor):
        self.groups, self.factor = groups, factor
        self.flat = [day for group in groups for day in group]

    def variance(self, errors, scale):
        return self.factor * sum(sum(errors[day] for day in group) ** 2 for group in self.groups) / scale ** 2


def block_at(size, begin):
    return [(begin + i) % size for i in range(BLOCK)]


def by_days(size):
    """The days themselves, and a resample from a stream."""
    factor = size / (size - 1)
    return (Draw([[day] for day in range(size)], factor),
            lambda stream: Draw([[stream.below(size)] for _ in range(size)], factor))


def by_blocks(size):
    count = size // BLOCK
    factor = count / (count - 1)
    whole = Draw([block_at(size, day) for day in range(size)], factor / BLOCK)
    whole.flat = list(range(size))
    return whole, lambda stream: Draw([block_at(size, stream.below(size)) for _ in range(count)], factor)


class Scheme:
    """Of each resample the baseline's draw comes first."""

    def __init__(self, stream, how, sizes):
        wholes = [how(size) for size in sizes]
        self.whole = [whole for whole, _ in wholes]
        self.resamples = [[draw(stream) for _, draw in wholes] for _ in range(RESAMPLES)]


# ---- estimators: (side, draw) -> (value, its variance), None: undefined ----

def ratio(num, den, is_log):
    def estimate(side, draw):
        top, bottom = getattr(side, num), getattr(side, den)
        over, under = sum(top[d] for d in draw.flat), sum(bottom[d] for d in draw.flat)
        if not under or (is_log and not over):
            return None
        m = over / under
        errors = [t - m * b for t, b in zip(top, bottom)]
        return (math.log(m) if is_log else m), draw.variance(errors, over if is_log else under)
    return estimate


def rank_of(side, draw, rank):
    """The rank-th of the drawn seconds in rising order."""
    low, high = 0, max(side.seconds[d][-1] for d in draw.flat if side.seconds[d])
    while low < high:
        middle = (low + high) // 2
        if sum(bisect_right(side.seconds[d], middle) for d in draw.flat) >= rank:
            high = middle
        else:
            low = middle + 1
    return low


def p90(is_log):
    def value(second):
        return math.log(max(second, 1)) if is_log else second

    def estimate(side, draw):
        n = sum(side.n[d] for d in draw.flat)
        if not n:
            return None
        q = rank_of(side, draw, -(-n * 9 // 10))
        below = [bisect_right(seconds, q) for seconds in side.seconds]
        share = sum(below[d] for d in draw.flat) / n
        s = math.sqrt(draw.variance([m - share * k for m, k in zip(below, side.n)], n))
        ends = [rank_of(side, draw, min(max(math.ceil(p * n), 1), n)) for p in (.9 - Z * s, .9 + Z * s)]
        return value(q), ((value(ends[1]) - value(ends[0])) / (2 * Z)) ** 2
    return estimate


def standardised(cells, weights, is_log):
    def estimate(side, draw):
        n, total = dict.fromkeys(cells, 0), dict.fromkeys(cells, 0)
        for d in draw.flat:
            for cell, (count, ms) in side.days[d].cells.items():
                if cell in n:
                    n[cell] += count
                    total[cell] += ms
        m = {cell: total[cell] / n[cell] if n[cell] else side.cell(cell)[1] / side.cell(cell)[0]
             for cell in cells}
        mean = sum(weights[cell] * m[cell] for cell in cells)
        if is_log and not mean:
            return None
        errors = [sum(weights[cell] * (ms - m[cell] * count) / n[cell]
                      for cell, (count, ms) in day.cells.items() if n.get(cell)) for day in side.days]
        return (math.log(mean) if is_log else mean), draw.variance(errors, mean if is_log else 1)
    return estimate


def treated_to_control(control):
    def split(day):
        """(n, S) of treated, of control."""
        sums = [[0, 0], [0, 0]]
        for queue, (n, ms) in day.queues.items():
            sums[queue in control][0] += n
            sums[queue in control][1] += ms
        return sums

    def estimate(side, draw):
        parts = [split(day) for day in side.days]
        value, errors = 0.0, [0.0] * side.size
        for which, sign in ((0, 1), (1, -1)):
            n = sum(parts[d][which][0] for d in draw.flat)
            total = sum(parts[d][which][1] for d in draw.flat)
            if not total:
                return None
            value += sign * math.log(total / n)
            errors = [e + sign * (part[which][1] - total / n * part[which][0]) / total
                      for e, part in zip(errors, parts)]
        return value, draw.variance(errors, 1)
    return split, estimate


# ---- intervals ----

def root(variance):
    error = math.sqrt(variance)
    return error if error >= ZERO else 0.0


def interval_by(scheme, estimate, sides):
    """{theta, se, low, high, undefined}; None of low and high: no interval."""
    values = [estimate(side, whole) for side, whole in zip(sides, scheme.whole)]
    if None in values:
        return None
    theta, se = values[1][0] - values[0][0], root(values[0][1] + values[1][1])
    seen = {'theta': theta, 'se': se, 'low': None, 'high': None, 'undefined': 0}
    ts = []
    for draws in scheme.resamples:
        drawn = [estimate(side, draw) for side, draw in zip(sides, draws)]
        error = 0.0 if None in drawn else root(drawn[0][1] + drawn[1][1])
        if not error:
            ts.append(math.inf if seen['undefined'] % 2 else -math.inf)
            seen['undefined'] += 1
        else:
            ts.append((drawn[1][0] - drawn[0][0] - theta) / error)
    ts.sort()
    if se:
        seen['low'], seen['high'] = theta - ts[1949] * se, theta - ts[49] * se
    return seen


def hull(schemes, estimate, sides):
    parts = [interval_by(scheme, estimate, sides) for scheme in schemes]
    if None in parts:
        return None
    ends = None if any(part['low'] is None for part in parts) else (
        min(part['low'] for part in parts), max(part['high'] for part in parts))
    return {'theta': parts[0]['theta'], 'ends': ends, 'parts': parts}


def is_shown(ends):
    return ends is not None and all(map(math.isfinite, ends)) and not ends[0] <= 0 <= ends[1]


# ---- the comparison ----

class Comparison:
    def __init__(self, baseline, period, rows_hex, target, control=()):
        """Days of visits.days_of(); control: ids of queues."""
        self.sides = sides = [Side(baseline, target), Side(period, target)]
        self.target, self.control = target, set(control)
        self.enough = min(side.size for side in sides) >= MIN_DAYS
        self.waited = all(sum(side.sum) for side in sides)
        self.streams = streams(rows_hex)
        sizes = [side.size for side in sides]
        self.schemes = [Scheme(self.streams[0], by_days, sizes),
                        Scheme(self.streams[1], by_blocks, sizes)] if self.enough else []
        self.mean = self.pair(lambda is_log: ratio('sum', 'n', is_log))
        self.p90 = self.pair(p90)
        self.share = self.interval(ratio('within', 'decided', False))
        self.per_case = self.pair(lambda is_log: ratio('sum', 'cases', is_log))
        self.bounds = self.bounds_of()
        self.standardise()
        self.did = self.difference_in_differences() if self.control else None
        self.bands = [self.bands_of(i) for i in (0, 1)] if self.enough else [None, None]

    def interval(self, estimate):
        return hull(self.schemes, estimate, self.sides) if self.enough else None

    def pair(self, make):
        """(by logarithms, by differences)"""
        return self.interval(make(True)), self.interval(make(False))

    def bounds_of(self):
        """Mean of each side with the censored at their lower, at their upper bounds."""
        means = []
        for side in self.sides:
            n = sum(side.n) + sum(day.count['censored'] for day in side.days)
            means.append([(sum(side.sum) + sum(getattr(day, end) for day in side.days)) / n if n else None
                          for end in ('lower', 'upper')])
        return means

    def bounds_agree(self):
        (lower, upper), (lower_a, upper_a) = self.bounds
        signs = [(a > b) - (a < b) for a, b in ((lower_a, lower), (upper_a, upper))]
        return signs[0] == signs[1]

    def standardise(self):
        known = [sum(side.n) for side in self.sides]
        cells = {cell for side in self.sides for day in side.days for cell in day.cells}
        count = {cell: [side.cell(cell)[0] for side in self.sides] for cell in cells}
        self.cells = sorted(cell for cell in cells if min(count[cell]) >= MIN_CELL)
        inside = [sum(count[cell][i] for cell in self.cells) for i in (0, 1)]
        self.overlap = min(part / n for part, n in zip(inside, known)) if all(known) else None
        self.overlaps = all(10 * part >= 9 * n for part, n in zip(inside, known)) and all(known)
        self.standard, self.standard_means = (None, None), None
        if not self.overlaps:
            return
        weights = {cell: count[cell][0] / inside[0] for cell in self.cells}
        self.standard_means = [sum(weights[cell] * side.cell(cell)[1] / side.cell(cell)[0]
                                   for cell in self.cells) for side in self.sides]
        self.standard = self.pair(lambda is_log: standardised(self.cells, weights, is_log))

    def difference_in_differences(self):
        split, estimate = treated_to_control(self.control)
        common = [Side([day for day in side.days if all(n for n, _ in split(day))], self.target)
                  for side in self.sides]
        seen = {'days': [side.size for side in common], 'drift': drift_of(common[0].days, split),
                'interval': None}
        if min(seen['days']) >= MIN_DAYS:
            scheme = Scheme(self.streams[2], by_days, seen['days'])
            seen['interval'] = hull([scheme], estimate, common)
        return seen

    def bands_of(self, which):
        """{percent: (low, high)}; None above all: not reached."""
        side, bands = self.sides[which], {50: [], 90: []}
        for draws in self.schemes[0].resamples[:BANDS]:
            flat = draws[which].flat
            called = [ms for d in flat for ms in side.days[d].totals]
            left = [ms for d in flat for ms in side.days[d].ages]
            for percent, seen in bands.items():
                second = kaplan_meier(called, left, percent)
                seen.append(math.inf if second is None else second)
        ends = {percent: [sorted(seen)[i] for i in (4, 194)] for percent, seen in bands.items()}
        return {percent: [None if end == math.inf else end for end in pair] for percent, pair in ends.items()}

    # ---- what is said ----

    def is_relative(self, baseline_ms):
        return baseline_ms >= MIN_RELATIVE_MS

    def verdict(self):
        if not self.waited:
            return 'no-waits'
        if not self.enough:
            return 'few-days'
        used = self.mean[not self.is_relative(self.sides[0].mean())]
        if not is_shown(used['ends']):
            return 'interval'
        if not self.bounds_agree():
            return 'bounds'
        return 'shorter' if used['ends'][1] < 0 else 'longer'

    def standard_verdict(self):
        if not self.waited:
            return 'no-waits'
        if not self.enough:
            return 'few-days'
        if not self.overlaps:
            return 'overlap'
        used = self.standard[not self.is_relative(self.standard_means[0])]
        if used is None or not is_shown(used['ends']):
            return 'interval'
        return 'shorter' if used['ends'][1] < 0 else 'longer'

    def did_verdict(self):
        if min(self.did['days']) < MIN_DAYS:
            return 'few-days'
        if self.did['drift'] and is_shown(self.did['drift']['ends']):
            return 'drift'
        used = self.did['interval']
        if used is None or not is_shown(used['ends']):
            return 'interval'
        return 'shorter' if used['ends'][1] < 0 else 'longer'


def drift_of(days, split):
    """The slope of log treated - log control per day, and its 95% interval; None: no line."""
    points = []
    for day in days:
        (n_t, s_t), (n_c, s_c) = split(day)
        if s_t and s_c:
            points.append((ordinal(day.date), math.log(s_t / n_t) - math.log(s_c / n_c)))
    n = len(points)
    if n < 3:
        return None
    points = [(x - points[0][0], y) for x, y in points]
    x_mean, y_mean = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
    rest = sum((y - y_mean - slope * (x - x_mean)) ** 2 for x, y in points)
    half = student_quantile(0.975, n - 2) * math.sqrt(rest / (n - 2) / spread)
    return {'slope': slope, 'ends': (slope - half, slope + half)}


def ordinal(yyyymmdd):
    return date(yyyymmdd // 10000, yyyymmdd // 100 % 100, yyyymmdd % 100).toordinal()


def quantiles_of(days):
    """Of the visits of these days: P50, P90, P95 and Kaplan-Meier's P50, P90, in s."""
    totals = [ms for day in days for ms in day.totals]
    ages = [ms for day in days for ms in day.ages]
    return ({percent: nearest_rank(totals, percent) for percent in (50, 90, 95)},
            {percent: kaplan_meier(totals, ages, percent) for percent in (50, 90)})
