"""A second implementation of docs/measurement.md over the raw event table, written from the document
and apart from src/measure: events_of() reads, Recount counts, compare() holds a report to it."""
import math
from datetime import date, timedelta

from journal import (CALLED, CLOCK_STEP, DAY_OPENED, HALL_DEFINED, ISSUED, Journal,  # noqa: F401
                     events_of)
from survival import kaplan_meier, nearest_rank
from visits import days_of

COUNTS = ['issued', 'legs', 'called', 'served', 'no_show', 'waiting', 'cancelled', 'uncalled', 'moved',
          'excluded', 'within', 'decided', 'undecided']
KINDS = ['all', 'day', 'weekday', 'hour', 'queue', 'window', 'clerk', 'item', 'department']
USUAL = ['all', 'day', 'hour', 'queue', 'window']  # without --by
REASONS = ['unstated', 'order', 'preference', 'priority', 'appointment', 'ageing-count', 'ageing-time',
           'resumed', 'chosen']
DAY_MS = 86400000


class Different(Exception):
    pass


def expect(what, expected, seen):
    if expected != seen:
        raise Different(f'{what}: expected {expected!r}, the report has {seen!r}')


def date_of(yyyymmdd):
    return date(yyyymmdd // 10000, yyyymmdd // 100 % 100, yyyymmdd % 100)


class Recount:
    """Everything that `onewindow report` prints of the days first..last."""

    def __init__(self, rows, target_ms=None, first=0, last=99999999, last_seq=math.inf):
        self.journal = journal = Journal(rows)
        self.hall, self.last, self.target_fixed = journal.hall, journal.last, target_ms
        self.openings = [opening for opening in journal.openings if opening.is_within(first, last) and
                         opening.first <= last_seq]
        self.days = {opening.date for opening in self.openings}
        self.groups = {}
        self.group(('all', 0))
        for opening in self.openings:
            self.group(('day', opening.date))
            self.group(('weekday', date_of(opening.date).isoweekday()))
            for leg in opening.legs():
                self.count(leg)
        self.visits = days_of(self.openings)
        self.totals = [pair for day in self.visits for pair in zip(day.totals, day.to_window)]
        self.order, self.findings = self.order_of(), self.findings_of()
        self.witness()

    def target(self):
        return self.target_fixed if self.target_fixed is not None else self.hall.get('target_ms', 0)

    def group(self, key):
        return self.groups.setdefault(key, dict.fromkeys(COUNTS, 0) | {'waits': [], 'ages': []})

    def count(self, leg):
        visit, target = leg.visit, self.target()
        date = visit.opening.date
        keys = [('all', 0), ('day', date), ('weekday', date_of(date).isoweekday()), ('hour', visit.hour),
                ('queue', leg.queue), ('item', visit.item), ('department', visit.department)]
        here = [('window', leg.window), ('clerk', leg.clerk)] if leg.call else []
        figures = {'legs': 1, 'served': leg.served, 'no_show': leg.no_shows}
        if leg.call:
            wait = leg.wait()
            known = wait is not None
            figures |= {'called': known, 'excluded': not known, 'decided': known,
                        'within': known and wait <= target}
        elif leg.end == 'moved':
            figures['moved'] = 1
        else:
            age = leg.age()
            decided = age is not None and age > target
            figures |= {leg.end: 1, 'decided': decided, 'undecided': not decided}
        for key in keys + here:
            group = self.group(key)
            for name, value in figures.items():
                group[name] += value
            if leg.call and leg.wait() is not None:
                group['waits'].append(leg.wait())
            elif not leg.call and leg.end != 'moved' and leg.age() is not None:
                group['ages'].append(leg.age())
        for key in keys if leg is visit.legs[0] else []:
            self.group(key)['issued'] += 1

    def legs(self):
        return [leg for opening in self.openings for leg in opening.legs()]

    def order_of(self):
        calls = [call for opening in self.openings for call in opening.calls]
        passed = [count for _, count in calls if count]
        reasons = [reason for reason, _ in calls]
        return {'calls': len(calls), 'reasons': {name: reasons.count(name) for name in REASONS},
                'out_of_order': len(passed), 'overtakings': sum(passed),
                'most_by_one_call': max(passed, default=0)}

    def recalls(self):
        """Delays of the last recalls, where known."""
        delays = [leg.recall.since(leg.call) for leg in self.legs() if leg.recall]
        return [delay for delay in delays if delay is not None]

    def worst_queue(self):
        best = None
        for key in sorted(self.groups):
            waits = self.groups[key]['waits']
            if key[0] == 'queue' and waits and self.journal.is_work(key[1]):
                if not best or sum(waits) * best[1] > best[0] * len(waits):
                    best = (sum(waits), len(waits), key[1])
        return best[2] if best else None

    def findings_of(self):
        openings = self.openings
        steps = [step for opening in openings for step in opening.steps]
        return {'implied_finish': sum(opening.implied for opening in openings),
                'short_service': sum(opening.short for opening in openings),
                'no_citizen': sum(bool(leg.call and leg.no_shows) for leg in self.legs()),
                'cancel_reissue': sum(map(reissues, openings)),
                'call_put_back': sum(opening.put_back for opening in openings),
                'clock_steps': len(steps), 'clock_step_max_ms': max(steps, key=abs, default=0),
                'restarts': sum(opening.restarts for opening in openings),
                'excluded': self.groups[('all', 0)]['excluded'], 'days_absent': absent(self.days)}

    def witness(self):
        """What the session has in it, so that a test can say that nothing of it was left out."""
        self.witnessed = dict.fromkeys(['across boots', 'clock set between', 'after midnight'], 0)
        for leg in self.legs():
            if not leg.call:
                continue
            if leg.call.boot != leg.start.boot:
                self.witnessed['across boots' if leg.call.steps == leg.start.steps
                               else 'clock set between'] += 1
            elif leg.call.steps == leg.start.steps and \
                    (leg.call.wall + leg.call.off) // DAY_MS != (leg.start.wall + leg.call.off) // DAY_MS:
                self.witnessed['after midnight'] += 1


def reissues(opening):
    """Tickets cancelled uncalled and issued anew."""
    found = 0
    for visit in opening.visits:
        leg = visit.legs[-1]
        if leg.end == 'cancelled' and (visit.item or visit.case):
            later = [other for other in opening.visits if other.seq > leg.end_seq and
                     other.queue == leg.queue and other.origin in ('desk', 'api') and
                     (other.item, other.case) == (visit.item, visit.case)]
            gaps = [other.at.since(leg.end_at) for other in later]
            found += any(gap is not None and gap <= 300000 for gap in gaps)
    return found


def absent(days):
    if not days:
        return 0
    dates = set(map(date_of, days))
    day, count = min(dates), 0
    while day < max(dates):
        count += day not in dates and day.isoweekday() <= 5
        day += timedelta(days=1)
    return count


def quantile_min(waits, percent):
    """Nearest rank in whole seconds, in minutes."""
    second = nearest_rank(waits, percent)
    return None if second is None else second / 60


def survival_min(waits, ages, percent):
    second = kaplan_meier(waits, ages, percent)
    return None if second is None else second / 60


def mean_min(waits):
    return sum(waits) / len(waits) / 60000 if waits else None


def share(part, whole):
    return part / whole if whole else None


def abandon_rate(group):
    return share(group['cancelled'], sum(group[name] for name in ('called', 'excluded', 'cancelled', 'uncalled')))


def total_of(days):
    totals = [ms for day in days for ms in day.totals]
    return {'n': len(totals), 'mean_min': mean_min(totals), 'p50_min': quantile_min(totals, 50),
            'p90_min': quantile_min(totals, 90), 'p95_min': quantile_min(totals, 95),
            'max_min': max(totals) / 60000 if totals else None,
            'time_to_window_mean_min': mean_min([ms for day in days for ms in day.to_window])}


def visits_of(days, target):
    totals = [ms for day in days for ms in day.totals]
    ages = [ms for day in days for ms in day.ages]
    within, late = sum(ms <= target for ms in totals), sum(ms > target for ms in ages)
    counts = {what: sum(day.count[what] for day in days)
              for what in ('known', 'excluded', 'censored', 'elsewhere')}
    return counts | {'within': within, 'decided': len(totals) + late, 'undecided': len(ages) - late,
                     'share_within': share(within, len(totals) + late),
                     'km_p50_min': survival_min(totals, ages, 50), 'km_p90_min': survival_min(totals, ages, 90)}


def figures_of(group):
    waits, ages = group['waits'], group['ages']
    return {name: group[name] for name in COUNTS} | {
        'sum_ms': sum(waits), 'max_ms': max(waits, default=0), 'mean_min': mean_min(waits),
        'p50_min': quantile_min(waits, 50), 'p90_min': quantile_min(waits, 90),
        'p95_min': quantile_min(waits, 95), 'max_min': max(waits) / 60000 if waits else None,
        'share_within': share(group['within'], group['decided']), 'abandon_rate': abandon_rate(group),
        'km_p50_min': survival_min(waits, ages, 50), 'km_p90_min': survival_min(waits, ages, 90)}


def compare(report, recount, kinds=USUAL):
    """Every figure of the days of `onewindow report --format json`, to the last digit. kinds: asked for."""
    expect('hall', recount.hall.get('id', ''), report['hall'])
    days = sorted(recount.days)
    expect('days', (len(days), days[0] if days else None, days[-1] if days else None),
           (report['days'], report['first_day'], report['last_day']))
    expect('open day', next((opening.date for opening in recount.openings if opening.open), None),
           report['open_day'])
    expect('target', recount.target() // 60000, report['target_min'])
    expect('as of', recount.last, (report['as_of_seq'], report['as_of_ms']))
    compare_groups(report, recount, kinds)
    expect('order of calls', recount.order, report['order'])
    expect('total wait', total_of(recount.visits), report['total_wait'])
    expect('visits', visits_of(recount.visits, recount.target()), report['visits'])
    expect('abandon rate', abandon_rate(recount.groups[('all', 0)]), report['abandon_rate'])
    worst, printed = recount.worst_queue(), report['worst_queue']
    expect('worst queue', worst and (worst, mean_min(recount.groups[('queue', worst)]['waits'])),
           printed and (printed['queue'], printed['mean_min']))
    expect('recalls', {'n': len(recount.recalls()), 'mean_min': mean_min(recount.recalls())},
           report['recalls'])
    expect('findings', recount.findings, report['findings'])


def compare_groups(report, recount, kinds):
    seen = {(g['kind'], g['key']): g for g in report['groups']}
    groups = {key: group for key, group in recount.groups.items() if key[0] in kinds}
    expect('number of groups', len(seen), len(report['groups']))
    expect('groups', sorted(map(str, groups)), sorted(map(str, seen)))
    for key, group in groups.items():
        figures = figures_of(group)
        for name, value in figures.items():
            expect(f'{key} {name}', value, seen[key][name])
        expect(f'{key} keys', set(figures) | {'kind', 'key', 'zh', 'en'}, set(seen[key]))
