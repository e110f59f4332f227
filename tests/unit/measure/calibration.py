"""A second implementation of docs/measurement.md, "Calibration of the expected wait", over the journal of
a log and apart from src/measure."""
import math
from collections import Counter, defaultdict

from student import student_quantile

LEFT_OUT = ['no_interval', 'idle', 'uncalled', 'unknown']
COUNTED = ['below', 'held', 'above']
KINDS = ['all', 'queue', 'hour', 'queue-hour']


def outcome(visit):
    if visit.low < 0 or visit.high < 0:
        return 'no_interval'
    if not visit.busy:
        return 'idle'
    first = visit.legs[0]
    if first.call is None:
        return 'uncalled'
    wait = first.wait()
    if wait is None:
        return 'unknown'
    return 'below' if wait < visit.low else 'above' if wait > visit.high else 'held'


def keys_of(visit):
    yield 'all', None, None
    yield 'queue', visit.queue, None
    yield 'hour', None, visit.hour
    yield 'queue-hour', visit.queue, visit.hour


class Cell:
    def __init__(self):
        self.count = Counter()
        self.days = defaultdict(lambda: [0, 0])  # held, counted

    def add(self, visit, what):
        self.count[what] += 1
        if what in COUNTED:
            day = self.days[visit.opening.date]
            day[0] += what == 'held'
            day[1] += 1

    n = property(lambda self: sum(self.count[what] for what in COUNTED))

    def verdict(self):
        held = self.count['held']
        if self.n < 200 or len(self.days) < 20:
            return 'too-few'
        if 100 * held < 77 * self.n:
            return 'too-narrow'
        return 'too-wide' if 100 * held > 83 * self.n else 'well-calibrated'

    def shares(self):
        """Below, held, above."""
        return [None if self.verdict() == 'too-few' else self.count[what] / self.n for what in COUNTED]

    def interval(self):
        if self.verdict() == 'too-few':
            return [None, None]
        n, days, p = self.n, len(self.days), self.count['held'] / self.n
        errors = [held * n - counted * self.count['held'] for held, counted in self.days.values()]
        if not any(errors):
            return [None, None]
        se = math.sqrt(days / (days - 1) * sum((error / n) ** 2 for error in errors)) / n
        half = student_quantile(.975, days - 1) * se
        return [1 / (1 + math.exp(side * half / (p * (1 - p)) - math.log(p / (1 - p)))) for side in (1, -1)]


class Calibration:
    """Of the days first..last."""

    def __init__(self, journal, first=0, last=99999999):
        self.journal, self.cells = journal, {('all', None, None): Cell()}
        openings = [opening for opening in journal.openings if opening.is_within(first, last)]
        self.dates = sorted({opening.date for opening in openings})
        self.open_day = max([opening.date for opening in openings if opening.open], default=None)
        for opening in openings:
            for visit in opening.visits:
                for key in keys_of(visit):
                    self.cells.setdefault(key, Cell()).add(visit, outcome(visit))

    def order(self):
        """The keys, by kind, queue as they were defined, and hour."""
        ranks = {queue: rank for rank, queue in enumerate(self.journal.queues)}
        return sorted(self.cells, key=lambda key: (KINDS.index(key[0]), ranks.get(key[1], -1), key[2] or 0))
