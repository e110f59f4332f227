"""A second implementation of docs/measurement.md over the raw event table, written from the document
and apart from src/measure: events_of() reads, recompute() counts, compare() holds a report to it."""
import json
import sqlite3

COUNTS = ['issued', 'legs', 'called', 'served', 'no_show', 'waiting', 'cancelled', 'uncalled', 'moved',
          'excluded', 'within', 'decided', 'undecided']
DAEMON_STARTED, HALL_DEFINED, QUEUE_DEFINED = 1, 2, 3
DAY_OPENED, DAY_CLOSED = 10, 11
ISSUED, CALLED, FINISHED, NO_SHOW, RESUMED, TRANSFERRED, CANCELLED = 20, 21, 24, 25, 27, 28, 29
CLOCK_STEP = 80


REASONS = ['unstated', 'order', 'preference', 'priority', 'appointment', 'ageing-count', 'ageing-time',
           'resumed', 'chosen']


class Different(Exception):
    pass


def expect(what, expected, seen):
    if expected != seen:
        raise Different(f'{what}: expected {expected!r}, the report has {seen!r}')


def events_of(path):
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    rows = [(seq, kind, json.loads(payload)) for seq, kind, payload in
            connection.execute('SELECT seq, type, payload FROM event ORDER BY seq')]
    connection.close()
    return rows


class Moment:
    def __init__(self, boot, mono, wall, clock_set):
        self.boot, self.mono, self.wall, self.set = boot, mono, wall, clock_set

    def since(self, start):
        """None: unknown."""
        if self.boot == start.boot:
            ms = self.mono - start.mono
        elif self.set == start.set:
            ms = self.wall - start.wall
        else:  # somebody set the clock between
            return None
        return ms if ms >= 0 else None


class Recount:
    def __init__(self, rows, target_ms=None, first=0, last=99999999):
        self.groups, self.totals, self.days = {}, [], set()
        self.order = order_of(rows, first, last)
        self.visits = {}
        self.witnessed = dict.fromkeys(['across boots', 'clock set between', 'after midnight'], 0)
        self.hall, self.target_fixed, self.range = {}, target_ms, (first, last)
        work, day, boot, clock_set = {}, None, None, []
        for seq, kind, e in rows:
            if kind == DAEMON_STARTED:
                boot = e['boot']
            if kind == CLOCK_STEP:
                clock_set = clock_set + [seq]
            self.now = Moment(boot, e['at'], e['wall'], clock_set)
            self.now.off = e['off'] * 60000
            if kind == HALL_DEFINED:
                self.hall = e
            elif kind == QUEUE_DEFINED:
                work[e['queue']] = e['work']
            elif kind == DAY_OPENED:
                day = e['date']
                if first <= day <= last:
                    self.days.add(day)
                    self.group(('day', day))
            elif kind == DAY_CLOSED:
                self.give_up('uncalled')
                self.visits, day = {}, None
            elif kind == ISSUED:
                self.issue(e, day)
            elif e.get('ticket') in self.visits:
                self.ticket(kind, e, self.visits[e['ticket']], work)
            self.last = (seq, e['wall'])
        if day is not None:
            self.give_up('waiting')
        self.group(('all', 0))

    def target(self):
        return self.target_fixed if self.target_fixed is not None else self.hall.get('target_ms', 0)

    def group(self, key):
        return self.groups.setdefault(key, dict.fromkeys(COUNTS, 0) | {'waits': []})

    def keys(self, visit, window=None):
        if not self.range[0] <= visit['day'] <= self.range[1]:
            return []
        keys = [('all', 0), ('day', visit['day']), ('hour', visit['hour']), ('queue', visit['leg']['queue'])]
        return keys + ([('window', window)] if window else [])

    def count(self, visit, what, window=None):
        for key in self.keys(visit, window):
            self.group(key)[what] += 1

    def start_leg(self, visit, queue, start):
        visit['leg'] = {'queue': queue, 'start': start, 'window': None, 'state': 'waits'}
        self.count(visit, 'legs')

    def issue(self, e, day):
        local_ms = e['wall'] + e['off'] * 60000
        before = e['at'] - e['arrival_ms']
        start = Moment(self.now.boot, e['arrival_ms'], e['wall'] - before, self.now.set)
        visit = {'day': day, 'hour': local_ms // 3600000 % 24, 'start': start, 'waits': [], 'reached': False}
        self.visits[e['ticket']] = visit
        self.start_leg(visit, e['queue'], start)
        self.count(visit, 'issued')

    def give_up(self, what):
        for visit in self.visits.values():
            if visit['leg']['state'] == 'waits':
                self.uncalled(visit, what)

    def uncalled(self, visit, what):
        age = self.now.since(visit['leg']['start'])
        self.count(visit, what)
        self.count(visit, 'decided' if age is not None and age > self.target() else 'undecided')
        visit['leg']['state'] = 'over'

    def witness(self, start):
        """What the session has in it, so that a test can say that nothing of it was left out."""
        now, day_ms = self.now, 86400000
        if now.boot != start.boot:
            self.witnessed['across boots' if now.set == start.set else 'clock set between'] += 1
        elif now.set == start.set and (now.wall + now.off) // day_ms != (start.wall + now.off) // day_ms:
            self.witnessed['after midnight'] += 1

    def call(self, visit, window, is_work):
        leg = visit['leg']
        if leg['state'] != 'waits':
            return
        wait = self.now.since(leg['start'])
        self.witness(leg['start'])
        leg['state'], leg['window'] = 'called', window
        if self.keys(visit):
            self.group(('window', window))['legs'] += 1
        if wait is None:
            self.count(visit, 'excluded', window)
        else:
            self.count(visit, 'called', window)
            self.count(visit, 'decided', window)
            if wait <= self.target():
                self.count(visit, 'within', window)
            for key in self.keys(visit, window):
                self.group(key)['waits'].append(wait)
        if visit['reached']:
            return
        visit['waits'].append(wait)
        if is_work:
            visit['reached'] = True
            to_window = self.now.since(visit['start'])
            if self.keys(visit) and None not in visit['waits'] and to_window is not None:
                self.totals.append((sum(visit['waits']), to_window))

    def ticket(self, kind, e, visit, work):
        leg = visit['leg']
        if kind == CALLED:
            self.call(visit, e['window'], work[leg['queue']])
        elif kind == FINISHED:
            self.count(visit, 'served', leg['window'])
        elif kind == NO_SHOW:
            self.count(visit, 'no_show', leg['window'])
        elif kind == RESUMED:
            self.start_leg(visit, e['queue'], self.now)
        elif kind == TRANSFERRED:
            if leg['state'] == 'waits':
                self.count(visit, 'moved')
                if not visit['reached']:
                    visit['waits'].append(self.now.since(leg['start']))
            self.start_leg(visit, e['to'], self.now)
        elif kind == CANCELLED:
            if leg['state'] == 'waits':
                self.uncalled(visit, 'cancelled')
            leg['state'] = 'over'


def order_of(rows, first, last):
    """The order of calls, from the rows alone."""
    day, calls = None, []
    for _, kind, e in rows:
        if kind == DAY_OPENED:
            day = e['date']
        elif kind == CALLED and first <= day <= last:
            calls.append((e.get('reason', 'unstated'), e.get('overtaken', 0)))
    passed = [count for _, count in calls if count]
    return {'calls': len(calls), 'reasons': {name: [r for r, _ in calls].count(name) for name in REASONS},
            'out_of_order': len(passed), 'overtakings': sum(passed), 'most_by_one_call': max(passed, default=0)}


def quantile_min(waits, percent):
    """Nearest rank in whole seconds, in minutes."""
    if not waits:
        return None
    return sorted(waits)[max(-(-len(waits) * percent // 100), 1) - 1] // 1000 / 60


def mean_min(waits):
    return sum(waits) / len(waits) / 60000 if waits else None


def compare(report, recount):
    """Every figure of `onewindow report --format json`, to the last digit."""
    expect('hall', recount.hall.get('id', ''), report['hall'])
    expect('days', len(recount.days), report['days'])
    expect('target', recount.target() // 60000, report['target_min'])
    expect('as of', recount.last, (report['as_of_seq'], report['as_of_ms']))
    seen = {(g['kind'], g['key']): g for g in report['groups']}
    expect('number of groups', len(seen), len(report['groups']))
    expect('groups', sorted(map(str, recount.groups)), sorted(map(str, seen)))
    for key, group in recount.groups.items():
        printed, waits = seen[key], group['waits']
        figures = {name: group[name] for name in COUNTS} | {
            'sum_ms': sum(waits), 'max_ms': max(waits, default=0), 'mean_min': mean_min(waits),
            'p50_min': quantile_min(waits, 50), 'p90_min': quantile_min(waits, 90),
            'p95_min': quantile_min(waits, 95), 'max_min': max(waits) / 60000 if waits else None,
            'share_within': group['within'] / group['decided'] if group['decided'] else None}
        for name, value in figures.items():
            expect(f'{key} {name}', value, printed[name])
        expect(f'{key} keys', set(figures) | {'kind', 'key', 'zh', 'en'}, set(printed))
    expect('order of calls', recount.order, report['order'])
    totals = [total for total, _ in recount.totals]
    expect('total wait', {
        'n': len(totals), 'mean_min': mean_min(totals), 'p50_min': quantile_min(totals, 50),
        'p90_min': quantile_min(totals, 90), 'p95_min': quantile_min(totals, 95),
        'max_min': max(totals) / 60000 if totals else None,
        'time_to_window_mean_min': mean_min([window for _, window in recount.totals])}, report['total_wait'])
