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
TINY = 1e-24  # a variance relative to its figure that only rounding leaves


class Units:
    """What is drawn from a side: its days, or blocks of days that follow each other (circular), each with
    the sums of its days."""

    def __init__(self, side, span):
        groups = [[(day + i) % side.size for i in range(span)] for day in range(side.size)]
        self.n, self.sum, self.cases, self.within, self.decided = (
            [sum(values[d] for d in group) for group in groups]
            for values in (side.n, side.sum, side.cases, side.within, side.decided))
        self.seconds = [sorted(s for d in group for s in side.seconds[d]) for group in groups]
        self.cells = [add_up(side.days[d].cells for d in group) for group in groups]
        self.queues = [add_up(side.days[d].queues for d in group) for group in groups]


def add_up(families):
    sums = {}
    for family in families:
        for key, (n, ms) in family.items():
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + n, before[1] + ms)
    return sums


class Side:
    def __init__(self, days, target):
        self.days, self.size = days, len(days)
        self.n, self.sum = [day.n for day in days], [day.sum for day in days]
        self.cases = [day.cases for day in days]
        self.within = [day.within(target) for day in days]
        self.decided = [day.decided(target) for day in days]
        self.seconds = [sorted(ms // 1000 for ms in day.totals) for day in days]
        self.units = {span: Units(self, span) for span in (1, BLOCK)} if days else {}

    def flat(self, what):
        return [value for day in self.days for value in getattr(day, what)]

    def cell(self, key):
        return [sum(day.cells.get(key, (0, 0))[i] for day in self.days) for i in (0, 1)]


# ---- draws ----

class Draw:
    """Units of a side: `all` of them make the figure, `groups` its variance, which is
    factor * sum of (residual of a group)^2."""

    def __init__(self, units, ids, factor, groups=None):
        self.units, self.ids, self.factor = units, ids, factor
        self.group_units = groups or units

    def total(self, values):
        return sum(values[i] for i in self.ids)

    def square(self, residual):
        """residual(units, i) of each group."""
        return self.factor * sum(residual(self.group_units, i) ** 2 for i in self.ids)


def days_of_side(side):
    """The days themselves, and how a resample comes from a stream."""
    units, factor = side.units[1], side.size / (side.size - 1) if side.size > 1 else 0
    return (Draw(units, range(side.size), factor),
            lambda stream: Draw(units, [stream.below(side.size) for _ in range(side.size)], factor))


def blocks_of_side(side):
    """All circular blocks, each day in five of them; the figure itself is that of the days."""
    units, count = side.units[BLOCK], side.size // BLOCK
    factor = count / (count - 1)
    return (Draw(side.units[1], range(side.size), factor / BLOCK, units),
            lambda stream: Draw(units, [stream.below(side.size) for _ in range(count)], factor))


class Scheme:
    """Of each resample the baseline's draw comes first."""

    def __init__(self, stream, how, sides):
        wholes = [how(side) for side in sides]
        self.whole = [whole for whole, _ in wholes]
        self.resamples = [[draw(stream) for _, draw in wholes] for _ in range(RESAMPLES)]


# ---- estimators: Draw -> ((log, variance), (value, variance)), None for one that is undefined ----

def ratio(over, under, share=False):
    def estimate(draw):
        top, bottom = draw.total(getattr(draw.units, over)), draw.total(getattr(draw.units, under))
        if not bottom:
            return None, None
        square = draw.square(lambda units, i: (getattr(units, over)[i] * bottom -
                                               getattr(units, under)[i] * top) / bottom)
        return ((math.log(top / bottom), square / top ** 2) if top else None,
                (top / bottom, square / bottom ** 2))
    estimate.share = share
    return estimate


def rank_of(draw, rank):
    """The rank-th of the drawn seconds in rising order."""
    seconds = [draw.units.seconds[i] for i in draw.ids if draw.units.seconds[i]]
    low, high = 0, max(some[-1] for some in seconds)
    while low < high:
        middle = (low + high) // 2
        if sum(bisect_right(some, middle) for some in seconds) >= rank:
            high = middle
        else:
            low = middle + 1
    return low


def p90(draw):
    n = draw.total(draw.units.n)
    if not n:
        return None, None
    q = rank_of(draw, -(-n * 9 // 10))
    below = sum(bisect_right(draw.units.seconds[i], q) for i in draw.ids)
    s = math.sqrt(draw.square(lambda units, i: (bisect_right(units.seconds[i], q) * n -
                                                below * units.n[i]) / n)) / n
    ends = [rank_of(draw, min(max(math.ceil(p * n), 1), n)) for p in (.9 - Z * s, .9 + Z * s)]
    logs = [math.log(max(second, 1)) for second in [q] + ends]
    return ((logs[0], ((logs[2] - logs[1]) / (2 * Z)) ** 2), (q, ((ends[1] - ends[0]) / (2 * Z)) ** 2))


def standardised(cells, weights, means):
    """means: of the side itself, for cells that a draw does not hold."""
    def estimate(draw):
        n, total = dict.fromkeys(cells, 0), dict.fromkeys(cells, 0)
        for i in draw.ids:
            for cell, (count, ms) in draw.units.cells[i].items():
                if cell in n:
                    n[cell] += count
                    total[cell] += ms
        m = {cell: total[cell] / n[cell] if n[cell] else means[cell] for cell in cells}
        a = {cell: weights[cell] / n[cell] for cell in cells if n[cell]}
        b = {cell: a[cell] * m[cell] for cell in a}
        mean = sum(weights[cell] * m[cell] for cell in cells)
        square = draw.square(lambda units, i: sum(a[cell] * ms - b[cell] * count for cell, (count, ms) in
                                                  units.cells[i].items() if cell in a))
        if not mean:
            return None, (mean, square)
        square = square if square / mean ** 2 >= TINY else 0.0
        return (math.log(mean), square / mean ** 2), (mean, square)
    return estimate


def treated_to_control(control):
    def split(queues):
        """(n, S) of treated, of control."""
        sums = [[0, 0], [0, 0]]
        for queue, (n, ms) in queues.items():
            sums[queue in control][0] += n
            sums[queue in control][1] += ms
        return sums

    def estimate(draw):
        parts = draw.units.parts = getattr(draw.units, 'parts', None) or list(map(split, draw.units.queues))
        (n_t, s_t), (n_c, s_c) = [[sum(parts[i][which][what] for i in draw.ids) for what in (0, 1)]
                                  for which in (0, 1)]
        if not s_t or not s_c:
            return None, None

        def residual(_, i):
            (day_n_t, day_s_t), (day_n_c, day_s_c) = parts[i]
            return (day_s_t - s_t / n_t * day_n_t) / s_t - (day_s_c - s_c / n_c * day_n_c) / s_c
        square = draw.square(residual)
        return (math.log(s_t / n_t) - math.log(s_c / n_c), square if square >= TINY else 0.0), None
    return split, estimate


# ---- intervals ----

def point_of(sides, estimates, which):
    values = [estimate(days_of_side(side)[0])[which] if side.days else None
              for side, estimate in zip(sides, estimates)]
    return None if None in values else values[1][0] - values[0][0]


def interval_by(scheme, estimates, which):
    """Of figure 0 (logarithm) or 1 (difference): se, low, high, undefined resamples. None of low and high:
    no ends."""
    values = [estimate(whole)[which] for estimate, whole in zip(estimates, scheme.whole)]
    theta, se = (None, 0.0) if None in values else (values[1][0] - values[0][0],
                                                    math.sqrt(values[0][1] + values[1][1]))
    seen = {'se': se, 'low': None, 'high': None, 'undefined': 0}
    share = getattr(estimates[0], 'share', False)
    if share and se:
        se /= 1 - theta ** 2
        theta = math.atanh(theta)
    ts = []
    for draws in scheme.resamples:
        drawn = [keep(draw, estimate)[which] for estimate, draw in zip(estimates, draws)]
        error = 0.0 if None in drawn else math.sqrt(drawn[0][1] + drawn[1][1])
        if not error:
            ts.append(math.inf if seen['undefined'] % 2 else -math.inf)
            seen['undefined'] += 1
        elif theta is not None:
            change = drawn[1][0] - drawn[0][0]
            ts.append((math.atanh(change) - theta) / (error / (1 - change ** 2)) if share else
                      (change - theta) / error)
    ts.sort()
    if se:
        seen['low'], seen['high'] = theta - ts[1949] * se, theta - ts[49] * se
    if se and share:
        seen['low'], seen['high'] = (math.tanh(end) if math.isfinite(end) else end
                                     for end in (seen['low'], seen['high']))
    return seen


def keep(draw, estimate):
    """A figure's logarithm and its value come from one computation."""
    if getattr(draw, 'by', None) is not estimate:
        draw.by, draw.kept = estimate, estimate(draw)
    return draw.kept


NOTHING = {'theta': None, 'ends': None, 'parts': []}


def hull(schemes, sides, estimates, which):
    """schemes: none, no interval is made."""
    parts = [interval_by(scheme, estimates, which) for scheme in schemes]
    has_ends = parts and all(part['low'] is not None for part in parts)
    ends = (min(part['low'] for part in parts), max(part['high'] for part in parts)) if has_ends else None
    return {'theta': point_of(sides, estimates, which), 'ends': ends, 'parts': parts}


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
        self.schemes = [Scheme(self.streams[0], days_of_side, sides),
                        Scheme(self.streams[1], blocks_of_side, sides)] if self.enough else []
        self.mean = self.pair([ratio('sum', 'n')] * 2)
        self.p90 = self.pair([p90] * 2)
        self.share = self.pair([ratio('within', 'decided', True)] * 2)[1]
        self.per_case = self.pair([ratio('sum', 'cases')] * 2)
        self.bounds = self.bounds_of()
        self.standardise()
        self.did = self.difference_in_differences() if self.control else None
        self.bands = [self.bands_of(i) for i in (0, 1)] if self.enough else [None, None]

    def pair(self, estimates):
        """(by logarithms, by differences), of an estimate for each side."""
        return tuple(hull(self.schemes, self.sides, estimates, which) for which in (0, 1))

    def bounds_of(self):
        """Mean of each side with the censored at their lower, at their upper bounds."""
        means = []
        for side in self.sides:
            n = sum(side.n) + sum(day.count['censored'] for day in side.days)
            means.append([(sum(side.sum) + sum(getattr(day, end) for day in side.days)) / n if n else None
                          for end in ('lower', 'upper')])
        return means

    def bounds_agree(self):
        """Nor does the figure itself have another sign."""
        pairs = [*zip(*self.bounds, strict=True), self.means('mean')]
        return len({(after > before) - (after < before) for before, after in pairs}) == 1

    def standardise(self):
        known = [sum(side.n) for side in self.sides]
        cells = {cell for side in self.sides for day in side.days for cell in day.cells}
        count = {cell: [side.cell(cell)[0] for side in self.sides] for cell in cells}
        self.cells = sorted(cell for cell in cells if min(count[cell]) >= MIN_CELL)
        inside = [sum(count[cell][i] for cell in self.cells) for i in (0, 1)]
        self.overlap = min(part / n for part, n in zip(inside, known)) if all(known) else None
        self.overlaps = all(10 * part >= 9 * n for part, n in zip(inside, known)) and all(known)
        self.standard, self.standard_means = (NOTHING, NOTHING), (None, None)
        if not self.overlaps:
            return
        weights = {cell: count[cell][0] / inside[0] for cell in self.cells}
        self.standard_means = [sum(weights[cell] * side.cell(cell)[1] / side.cell(cell)[0]
                                   for cell in self.cells) for side in self.sides]
        self.standard = self.pair([standardised(self.cells, weights, {
            cell: side.cell(cell)[1] / side.cell(cell)[0] for cell in self.cells}) for side in self.sides])

    def difference_in_differences(self):
        split, estimate = treated_to_control(self.control)
        common = [Side([day for day in side.days if all(n for n, _ in split(day.queues))], self.target)
                  for side in self.sides]
        enough = min(side.size for side in common) >= MIN_DAYS
        schemes = [Scheme(self.streams[2], days_of_side, common)] if enough else []
        return {'days': [side.size for side in common], 'interval': hull(schemes, common, [estimate] * 2, 0),
                'drift': drift_of(common[0].days, split)}

    def bands_of(self, which):
        """{percent: (low, high)}; None above all: not reached."""
        side, bands = self.sides[which], {50: [], 90: []}
        for draws in self.schemes[0].resamples[:BANDS]:
            flat = draws[which].ids
            called = [ms for d in flat for ms in side.days[d].totals]
            left = [ms for d in flat for ms in side.days[d].ages]
            for percent, seen in bands.items():
                second = kaplan_meier(called, left, percent)
                seen.append(math.inf if second is None else second)
        ends = {percent: [sorted(seen)[i] for i in (4, 194)] for percent, seen in bands.items()}
        return {percent: [None if end == math.inf else end for end in pair] for percent, pair in ends.items()}

    # ---- what is said ----

    def means(self, name):
        """Of both sides, in ms."""
        if name == 'standard':
            return self.standard_means
        if name == 'p90':
            seconds = [nearest_rank(side.flat('totals'), 90) for side in self.sides]
            return [None if second is None else second * 1000 for second in seconds]
        return [sum(side.sum) / sum(getattr(side, 'cases' if name == 'per_case' else 'n'))
                if sum(getattr(side, 'cases' if name == 'per_case' else 'n')) else None
                for side in self.sides]

    def is_relative(self, name):
        before = self.means(name)[0]
        return before is not None and before >= MIN_RELATIVE_MS

    def used(self, name):
        """What the verdict rests on; the P90's differences are in s."""
        return getattr(self, name)[not self.is_relative(name)]

    def verdict(self, name='mean'):
        if not self.waited:
            return 'no-waits'
        if not self.enough:
            return 'few-days'
        if name == 'standard' and not self.overlaps:
            return 'overlap'
        if name == 'standard' and not all(self.standard_means):
            return 'no-waits'
        return self.judge(self.used(name))

    def judge(self, hull):
        if not is_shown(hull['ends']):
            return 'zero-inside'
        if not self.bounds_agree():
            return 'bounds'
        return 'shorter' if hull['ends'][1] < 0 else 'longer'

    def share_verdict(self):
        if not all(sum(side.decided) for side in self.sides):
            return 'no-waits'
        if not self.enough:
            return 'few-days'
        if not is_shown(self.share['ends']):
            return 'zero-inside'
        return 'higher' if self.share['ends'][0] > 0 else 'lower'

    def did_verdict(self):
        if not self.waited:
            return 'no-waits'
        if min(self.did['days']) < MIN_DAYS:
            return 'few-days'
        if self.did['drift'] is None or is_shown(self.did['drift']['ends']):
            return 'drift'
        return self.judge(self.did['interval'])


def drift_of(days, split):
    """The slope of log treated - log control per day, and its 95% interval; None: no line."""
    points = []
    for day in days:
        (n_t, s_t), (n_c, s_c) = split(day.queues)
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

