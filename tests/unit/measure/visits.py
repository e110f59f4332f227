"""What became of each visit (docs/measurement.md, "Visits that end without a call"), and the days of one
side of a comparison."""


class Fate:
    """known (total, to_window), excluded, censored (age, lower, upper) or elsewhere."""

    def __init__(self, what, total=None, to_window=None, first=None):
        self.what, self.total, self.to_window, self.first = what, total, to_window, first
        self.age = self.lower = self.upper = None


def fate_of(visit):
    waits = []
    for leg in visit.legs:
        if leg.call is None and leg.end != 'moved':
            return left_waiting(leg, waits)
        waits.append(leg.wait())
        if leg.call is not None and leg.work:
            to_window = leg.call.since(visit.legs[0].start)
            if None in waits or to_window is None:
                return Fate('excluded')
            return Fate('known', sum(waits), to_window, leg)
    return Fate('elsewhere')


def left_waiting(leg, waits):
    line = same_line(leg)
    here = line.index(leg)
    sofar = None if None in waits else sum(waits)
    age = leg.age()
    # Of the earlier ones the latest call, if it came after this leg began.
    calls = [other for other in line[:here] if other.call and other.call_seq > leg.seq]
    latest = max(calls, key=lambda other: other.call_seq, default=None)
    reached = latest.call.since(leg.start) if latest else 0
    later = [other for other in line[here + 1:] if other.call]
    upper = (later[0].call if later else leg.visit.opening.close).since(leg.start)
    if None in (sofar, age, reached, upper):
        return Fate('excluded')
    fate = Fate('censored')
    fate.age, fate.lower = sofar + age, sofar + max(age, reached)
    fate.upper = max(sofar + upper, fate.lower)
    return fate


def same_line(leg):
    """Legs of the same queue and class in the same opening, in the order in which they began."""
    visit = leg.visit
    lines = visit.opening.lines = getattr(visit.opening, 'lines', {})
    key = (leg.queue, visit.urgency)
    if key not in lines:
        lines[key] = sorted((other for other in visit.opening.legs() if other.queue == leg.queue and
                             other.visit.urgency == visit.urgency), key=lambda other: other.seq)
    return lines[key]


class Day:
    """A date of a side, all its closed openings added."""

    def __init__(self, date):
        self.date = date
        self.totals, self.to_window = [], []  # of known visits
        self.ages, self.lower, self.upper = [], 0, 0  # of censored ones
        self.count = dict.fromkeys(('known', 'excluded', 'censored', 'elsewhere'), 0)
        self.cells = {}  # (department, kind, hour): [known, their sum]
        self.queues = {}  # of issue: [known, their sum]
        self.cases, self.filings = 0, 0

    def add(self, visit):
        fate = fate_of(visit)
        self.count[fate.what] += 1
        if fate.what == 'known':
            self.totals.append(fate.total)
            self.to_window.append(fate.to_window)
            for family, key in ((self.cells, (visit.department, fate.first.kind, visit.hour)),
                                (self.queues, visit.queue)):
                entry = family.setdefault(key, [0, 0])
                entry[0] += 1
                entry[1] += fate.total
        elif fate.what == 'censored':
            self.ages.append(fate.age)
            self.lower += fate.lower
            self.upper += fate.upper

    n = property(lambda self: len(self.totals))
    sum = property(lambda self: sum(self.totals))

    def within(self, target):
        return sum(total <= target for total in self.totals)

    def decided(self, target):
        return len(self.totals) + sum(age > target for age in self.ages)


def days_of(openings):
    """Of these openings, in order of date."""
    days = {}
    for opening in openings:
        day = days.setdefault(opening.date, Day(opening.date))
        for visit in opening.visits:
            day.add(visit)
    known, filed = set(), set()
    for date in sorted(days):
        refs = [ref for opening in openings if opening.date == date
                for ref in [visit.case for visit in opening.visits] + opening.filings]
        new = set(refs) - known - {''}
        days[date].cases = len(new) + refs.count('')
        known |= new
        filings = [ref for opening in openings if opening.date == date for ref in opening.filings]
        days[date].filings = len(set(filings) - filed - {''}) + filings.count('')
        filed |= set(filings)
    return [days[date] for date in sorted(days)]


def sides_of(journal, frozen, first, last):
    """Baseline (the payload of its baseline-frozen) and period: their closed openings."""
    closed = [opening for opening in journal.openings if not opening.open]
    return ([opening for opening in closed if opening.is_within(frozen['from'], frozen['to']) and
             opening.last <= frozen['last_seq']],
            [opening for opening in closed if opening.is_within(first, last)])
