"""The log's rows as docs/measurement.md needs them, read apart from src/store: events, boot ids and clock
steps, openings of service days, tickets and legs with the moments at which things befell them."""
import hashlib
import json
import sqlite3
import struct

DAEMON_STARTED, HALL_DEFINED, QUEUE_DEFINED, WINDOW_DEFINED, ITEM_DEFINED = 1, 2, 3, 4, 5
DAY_OPENED, DAY_CLOSED = 10, 11
ISSUED, CALLED, RECALLED, STARTED, FINISHED, NO_SHOW = 20, 21, 22, 23, 24, 25
PARKED, RESUMED, TRANSFERRED, CANCELLED = 26, 27, 28, 29
ONLINE_FILING, CLOCK_STEP, BASELINE_FROZEN, BASELINE_PART = 60, 80, 90, 91


def events_of(path):
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    rows = [(seq, kind, json.loads(payload)) for seq, kind, payload in
            connection.execute('SELECT seq, type, payload FROM event ORDER BY seq')]
    connection.close()
    return rows


def hash_of(path, openings):
    """`rows` of a baseline whose days have these openings."""
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    whole = hashlib.blake2b(digest_size=32)
    for opening in openings:
        one = hashlib.blake2b(digest_size=32)
        for seq, kind, version, payload in connection.execute(
                'SELECT seq, type, version, payload FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq',
                (opening.first, opening.last)):
            text = payload.encode()
            one.update(struct.pack('<QIII', seq, kind, version, len(text)) + text)
        whole.update(struct.pack('<QQ', opening.first, opening.last) + one.digest())
    connection.close()
    return whole.hexdigest()


def kind_of(queue):
    stated = queue.get('kind', 'unstated')
    return stated if stated != 'unstated' else 'intake' if queue['work'] else 'guide'


class Moment:
    def __init__(self, boot, mono, wall, steps):
        self.boot, self.mono, self.wall, self.steps = boot, mono, wall, steps

    def since(self, start):
        """Of an event behind the start; None: unknown."""
        same = self.boot == start.boot
        ms = self.mono - start.mono if same else self.wall - start.wall
        return ms if ms >= 0 and (same or self.steps == start.steps) else None


class Leg:
    def __init__(self, visit, queue, seq, start):
        self.visit, self.queue, self.seq, self.start = visit, queue, seq, start
        self.call = self.call_seq = self.recall = self.begun = None
        self.window, self.clerk, self.work, self.kind = None, '', False, ''
        self.end = None  # of an uncalled leg: 'moved', 'cancelled', 'uncalled', 'waiting'
        self.end_at = self.end_seq = None
        self.served = self.no_shows = self.implied_at = 0

    def is_open(self):
        return self.call is None and self.end is None

    def over(self, how, seq, at, work):
        self.end, self.end_seq, self.end_at, self.work = how, seq, at, work

    def wait(self):
        """Of a called leg its offered wait, of a moved one its stay; None: unknown."""
        return (self.call or self.end_at).since(self.start)

    def age(self):
        return self.end_at.since(self.start)


class Visit:
    def __init__(self, opening, e, seq, at, department):
        self.opening, self.seq, self.at = opening, seq, at
        self.queue, self.item, self.department = e['queue'], e['item'], department
        self.urgency, self.origin, self.case = e['class'], e['origin'], e['case_ref']
        self.hour = (e['wall'] + e['off'] * 60000) // 3600000 % 24
        self.low, self.high = e.get('expect_low', -1), e.get('expect_high', -1)
        self.busy = e.get('expect_busy', False)
        start = Moment(at.boot, e['arrival_ms'], e['wall'] - (e['at'] - e['arrival_ms']), at.steps)
        self.legs = [Leg(self, e['queue'], seq, start)]


class Opening:
    """Events from behind the day-closed before up to its own."""

    def __init__(self, first):
        self.first, self.last, self.date, self.open = first, None, None, True
        self.visits, self.by_ticket = [], {}
        self.calls, self.filings, self.steps, self.restarts = [], [], [], 0
        self.implied, self.short, self.put_back, self.reissued = 0, 0, 0, 0
        self.close = None

    def is_within(self, first, last):
        return self.date is not None and first <= self.date <= last

    def legs(self):
        return [leg for visit in self.visits for leg in visit.legs]


class Journal:
    """All openings of a log, in its order; the newest one may be open."""

    def __init__(self, rows):
        self.openings, self.queues, self.items, self.hall = [], {}, {}, {}
        self.baselines, self.layouts = [], []  # as they were written
        self.boot, self.steps, self.serving = None, 0, {}
        self.last = (0, 0)
        self.opening = Opening(rows[0][0] if rows else 1)
        for seq, kind, e in rows:
            self.event(seq, kind, e)
            self.opening.last = seq
            self.last = (seq, e['wall'])
            if kind == DAY_CLOSED:
                self.openings.append(self.opening)
                self.opening = Opening(seq + 1)
        if self.opening.date is not None:
            self.end('waiting')
            self.openings.append(self.opening)

    def event(self, seq, kind, e):
        self.boot = e['boot'] if kind == DAEMON_STARTED else self.boot
        self.steps += kind == CLOCK_STEP
        self.seq, self.at = seq, Moment(self.boot, e['at'], e['wall'], self.steps)
        self.at.off = e['off'] * 60000
        opening = self.opening
        if kind == HALL_DEFINED:
            self.hall = e
        elif kind == QUEUE_DEFINED:
            self.queues[e['queue']] = e
        elif kind == ITEM_DEFINED:
            self.items[e['item']] = e
        elif kind == DAEMON_STARTED:
            opening.restarts += opening.date is not None
        elif kind == CLOCK_STEP:
            opening.steps.append(e['step_ms'])
        elif kind == DAY_OPENED:
            opening.date = e['date']
        elif kind == DAY_CLOSED:
            self.end('uncalled')
            opening.open = False
        elif kind == ONLINE_FILING:
            opening.filings.append(e['case_ref'])
        elif kind == ISSUED:
            self.issue(seq, e)
        elif e.get('ticket') in opening.by_ticket:
            self.ticket(seq, kind, e, opening.by_ticket[e['ticket']])
        if kind == WINDOW_DEFINED:
            self.layouts.append((seq, e))
        if kind in (BASELINE_FROZEN, BASELINE_PART):
            self.baselines.append((seq, kind, e))

    def is_work(self, queue):
        return bool(self.queues[queue]['work'])

    def issue(self, seq, e):
        department = self.items[e['item']]['department'] if e['item'] in self.items else ''
        visit = Visit(self.opening, e, seq, self.at, department)
        self.opening.visits.append(visit)
        self.opening.by_ticket[e['ticket']] = visit

    def end(self, how):
        """The opening is closed, or the log is over."""
        self.opening.close = self.at
        for visit in self.opening.visits:
            leg = visit.legs[-1]
            if leg.is_open():
                leg.over(how, self.seq, self.at, self.is_work(leg.queue))
        self.opening.implied += len(self.serving) if how == 'uncalled' else 0
        self.serving = {} if how == 'uncalled' else self.serving

    def ticket(self, seq, kind, e, visit):
        leg = visit.legs[-1]
        if kind == CALLED:
            if leg.is_open():
                queue = self.queues[leg.queue]
                leg.call, leg.call_seq, leg.window, leg.clerk = self.at, seq, e['window'], e['clerk']
                leg.work, leg.kind = bool(queue['work']), kind_of(queue)
            self.opening.calls.append((e.get('reason', 'unstated'), e.get('overtaken', 0)))
        elif kind == RECALLED:
            leg.recall = self.at
        elif kind == STARTED:
            leg.begun = self.at
            self.serving[e['ticket']] = leg
        elif kind == FINISHED:
            self.finish(seq, e, leg)
        elif kind == NO_SHOW:
            leg.no_shows += 1
        elif kind == PARKED:
            self.put_back(leg)
        elif kind == RESUMED:
            visit.legs.append(Leg(visit, e['queue'], seq, self.at))
        elif kind == TRANSFERRED:
            self.opening.implied -= leg.implied_at == seq - 1
            if leg.is_open():
                leg.over('moved', seq, self.at, False)
            self.put_back(leg)
            visit.legs.append(Leg(visit, e['to'], seq, self.at))
        elif kind == CANCELLED and leg.is_open():
            leg.over('cancelled', seq, self.at, self.is_work(leg.queue))
        if kind in (FINISHED, NO_SHOW, PARKED, TRANSFERRED, CANCELLED):
            self.serving.pop(e['ticket'], None)

    def put_back(self, leg):
        self.opening.put_back += leg.call is not None and leg.begun is None

    def finish(self, seq, e, leg):
        leg.served += 1
        if e['implied']:
            self.opening.implied += 1
            leg.implied_at = seq
        elif leg.begun is not None:
            ms = self.at.since(leg.begun)
            self.opening.short += ms is not None and ms < 15000
