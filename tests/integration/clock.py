#!/usr/bin/env python3
"""The real daemon through clock steps, suspend, midnight, reboots, other zones and wrong days at boot:
docs/time.md, told a second time by a model and compared after each thing that happens.

    clock.py ONEWINDOW SHIM [CASES [FIRST_SEED [PATIENCE]]]

PATIENCE bounds a failure, in seconds; a broken build is given less of it."""
import collections
import datetime
import json
import os
import random
import re
import resource
import socket
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '../unit/measure')]
from figures import CLOCK_STEP, DAY_OPENED, HALL_DEFINED, ISSUED, Different, Recount, compare  # noqa: E402
from hall import StepError, expect, wait_for  # noqa: E402
from machine import Machine, date_of, offset_min  # noqa: E402

HOUR, DAY = 3600000, 86400000
PATIENCE = float(sys.argv[5]) if len(sys.argv) > 5 else 20.0
YEARS = 3652 * DAY
START = int(datetime.datetime(2026, 8, 3, tzinfo=datetime.timezone.utc).timestamp() * 1000)
ZONES = ['Asia/Shanghai', 'UTC', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu']
STEPS = {'second': [1000, -1000], 'hour': [HOUR, -HOUR], 'eight hours back': [-8 * HOUR],
         'ten years on': [YEARS], 'ten years back': [-YEARS], '1970': ['epoch'],
         'a little': [120, -180, 300], 'a day on': [DAY, 3 * DAY, 20 * DAY]}
Ticket = collections.namedtuple('Ticket', 'number boots boot wall steps')


class Model:
    """What the log has to say, by docs/time.md."""

    def __init__(self, clocks, zone):
        self.clocks, self.zone, self.zones = clocks, zone, [zone]
        self.day = self.last_day = None
        self.state, self.states = 'ok', set()
        self.days, self.steps, self.waits = [], [], []
        self.unknown = self.across = self.set_between = 0
        self.highest = collections.Counter()
        self.waiting, self.windows = [], {1: None, 2: None}
        self.begin_boot()

    def begin_boot(self):
        self.expected, self.stepped = self.clocks.wall - self.clocks.boot, 0

    def local(self, wall):
        shift = self.clocks.wall + offset_min(self.zone, self.clocks.wall) * 60000 - self.clocks.wall
        return datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=wall + shift)

    def is_over(self, wall):
        morning = datetime.datetime.combine(self.day + datetime.timedelta(1), datetime.time(4))
        return self.local(wall) >= morning

    def judge(self):
        """The clock's state, and whether a day is to be opened."""
        wall, today = self.clocks.wall, date_of(self.zone, self.clocks.wall)
        later = (today - self.last_day).days if self.last_day else 1
        if today.year < 2026:
            return 'unset', False
        if later < 0:
            return 'behind', False
        if later > 60:
            return 'ahead', False
        if later == 0:
            return 'ok', False
        if not self.day or (not self.waiting and not any(self.windows.values())):
            return 'ok', True
        if not self.is_over(wall):
            return 'ok', False
        if self.clocks.synchronised or (later <= 10 and self.is_over(wall - self.stepped)):
            return 'ok', True
        return 'unconfirmed', False

    def settle(self):
        """What the daemon makes of the clocks as they are."""
        step = self.clocks.wall - self.clocks.boot - self.expected
        if abs(step) >= 500:
            self.steps.append(step)
            self.expected += step
            self.stepped += step
        self.state, opens = self.judge()
        self.states.add(self.state)
        if opens:
            self.open(date_of(self.zone, self.clocks.wall))
            self.state, opens = self.judge()

    def open(self, date):
        self.day = self.last_day = date
        self.days.append(date)
        self.stepped = 0
        self.waiting, self.windows = [], {1: None, 2: None}

    def issue(self):
        self.highest[self.day] += 1
        ticket = Ticket(f'A{self.highest[self.day]:04d}', self.clocks.boots, self.clocks.boot,
                        self.clocks.wall, len(self.steps))
        self.waiting.append(ticket)
        return ticket.number

    def call(self, window):
        ticket = self.waiting.pop(0)
        self.windows[window] = 'called'
        wait = self.clocks.boot - ticket.boot
        if ticket.boots != self.clocks.boots:
            wait = self.clocks.wall - ticket.wall
            self.across += wait >= 0
            if ticket.steps != len(self.steps):
                self.set_between += wait >= 0
                wait = -1
        if wait < 0:
            self.unknown += 1
        else:
            self.waits.append(wait)
        return ticket.number


class Case:
    def __init__(self, onewindow, shim, nobody, seed):
        self.dice = random.Random(seed)
        self.machine = Machine(onewindow, shim, START + self.dice.randrange(DAY), nobody)
        self.clocks = self.machine.clocks
        self.model = Model(self.clocks, self.dice.choice(ZONES))
        self.done = collections.Counter()

    def start(self):
        self.machine.start(self.model.zone)
        self.model.settle()
        self.check('after the start')

    def seen(self):
        status, health = self.machine.health()
        day = self.machine.api.get('/api/v1/hall')['day']
        connection = sqlite3.connect(f'file:{self.machine.log}?mode=ro', uri=True)
        steps = connection.execute('SELECT count(*) FROM event WHERE type = 80').fetchone()[0]
        connection.close()
        shows = self.machine.shows()
        return {'day': day, 'clock': health['clock']['state'], 'http': status, 'status': health['status'],
                'steps': steps, 'notice': ['时间有误' in shows[b] for b in ('window-board', 'hall-board')]}

    def check(self, what):
        model = self.model
        closed = model.state != 'ok' and not model.day
        wanted = {'day': model.day.isoformat() if model.day else None, 'clock': model.state,
                  'http': 503 if closed else 200,
                  'status': 'unavailable' if closed else 'ok' if model.state == 'ok' else 'degraded',
                  'steps': len(model.steps), 'notice': [closed, closed]}
        try:
            wait_for(what, lambda: self.seen() == wanted, PATIENCE)
        except StepError:
            expect(what, wanted, self.seen())

    def settled(self, what, tell):
        """The clocks have moved. Unless the day or the clock's state change by it, nothing needs to be
        waited for: whatever is asked next has the step before it in the log."""
        before = (self.model.day, self.model.state)
        self.model.settle()
        if tell:
            self.clocks.tell()
        if tell or before != (self.model.day, self.model.state):
            self.check(what)

    # ---- people ----------------------------------------------------------------------------------

    def later(self, most=90000):
        self.clocks.advance(self.dice.randrange(1, most))
        self.settled('a little later', False)

    def ask(self, path, body, number):
        status, answer = self.machine.post(path, body)
        if status >= 300:
            raise StepError(f'{path}: {status} {answer}')
        if number:
            expect(path, number, answer['number'])

    def come(self):
        for _ in range(self.dice.randrange(1, 4)):
            self.later()
            if not self.model.day:
                status, answer = self.machine.post('/api/v1/tickets', {'queue': 'general', 'print': False})
                expect('no day is open', (409, 'day-closed'), (status, answer.get('code')))
                return
            self.ask('/api/v1/tickets', {'queue': 'general', 'print': False}, self.model.issue())

    def serve(self):
        for window, state in list(self.model.windows.items()):
            self.later()
            path = f'/api/v1/windows/{window}/'
            state = self.model.windows[window]
            if state == 'called':
                self.ask(path + 'start', {}, None)
                self.model.windows[window] = 'serving'
            elif state == 'serving':
                self.ask(path + 'finish', {}, None)
                self.model.windows[window] = None
            elif self.model.waiting:
                self.ask(path + 'call-next', {}, self.model.call(window))

    def go_home(self):
        while self.model.waiting or any(self.model.windows.values()):
            self.serve()
        self.settled('everybody went home', True)

    # ---- what happens to the clock ---------------------------------------------------------------

    def step(self, name):
        ms = self.dice.choice(STEPS[name])
        ms = -self.clocks.wall + 1000 if ms == 'epoch' else ms
        if self.clocks.wall + ms < 0 or self.clocks.wall + ms > START + 2 * YEARS:
            return
        self.clocks.step(ms)
        self.settled(f'the clock was set by {ms} ms', self.dice.random() < 0.5)

    def set_right(self):
        self.clocks.synchronised = self.dice.random() < 0.5
        self.clocks.step(START + 12 * HOUR + self.clocks.true - self.clocks.wall)
        self.settled('the clock was set right', self.dice.random() < 0.8)

    def set_while_down(self):
        self.machine.stop(kill=self.dice.random() < 0.5)
        self.clocks.step(max(self.dice.choice([1000, -HOUR, 5 * HOUR, -130]), -self.clocks.wall))
        self.clocks.advance(self.dice.randrange(HOUR))
        self.start()

    def suspend(self):
        self.clocks.advance(self.dice.choice([1000, HOUR, 9 * HOUR, 3 * DAY]), asleep=True)
        self.settled('after suspend', True)

    def midnight(self):
        local = self.model.local(self.clocks.wall)
        rest = DAY - (local - datetime.datetime.combine(local.date(), datetime.time())) // datetime.timedelta(
            milliseconds=1)
        self.clocks.advance(rest - 1)
        self.settled('a millisecond before midnight', True)
        self.clocks.advance(1)
        self.settled('midnight', True)
        if self.dice.random() < 0.5:
            self.clocks.advance(4 * HOUR - 1)
            self.settled('a millisecond before 04:00', True)
            self.clocks.advance(1)
            self.settled('04:00', True)

    def reboot(self, wrong):
        """Off for a while; with another boot id, and by chance with another idea of the time."""
        self.machine.stop(kill=self.dice.random() < 0.7)
        off = self.dice.choice([60000, 600000, 15 * HOUR])
        wall = self.clocks.wall + off
        if wrong:
            wall = self.dice.choice([1000, wall - YEARS, wall - 9 * HOUR, wall - off - 20000, wall + DAY,
                                     wall + 11 * DAY, wall + 30 * DAY, wall + 61 * DAY, wall + YEARS])
        self.clocks.synchronised = False
        self.clocks.reboot(off, max(wall, 1000))
        self.model.begin_boot()
        self.start()

    def zone(self):
        self.machine.stop()
        self.clocks.advance(2000)
        self.model.zone = self.dice.choice([z for z in ZONES if z != self.model.zone])
        self.model.zones.append(self.model.zone)
        self.start()

    def operator(self):
        """Who says that the date is meant."""
        if self.model.state not in ('behind', 'ahead'):
            return
        if self.model.day:
            self.ask('/api/v1/day/close', {}, None)
        self.ask('/api/v1/day/open', {'operator_word': True}, None)
        self.model.open(date_of(self.model.zone, self.clocks.wall))
        self.model.settle()
        self.check('on the operator\'s word')

    def happen(self, name):
        self.check('before the next thing')  # two steps without a look in between would be one
        self.done[name] += 1
        if name in STEPS:
            self.step(name)
        elif name.startswith('reboot'):
            self.reboot(name.endswith('wrong'))
        else:
            getattr(self, name)()

    # ---- the whole ---------------------------------------------------------------------------------

    def play(self, first):
        self.start()
        names = [first] + self.dice.choices(HAPPENINGS, k=4)
        for name in names:
            self.come()
            self.serve()
            if self.dice.random() < 0.25:
                self.go_home()
            self.happen(name)
            if name in STEPS and self.dice.random() < 0.4:
                self.happen('reboot')
            self.serve()
        self.happen('set_right')
        self.come()
        self.serve()
        self.check('at the end')
        self.machine.stop()
        self.log_holds()

    def log_holds(self):
        model, rows = self.model, self.machine.events()
        expect('clock steps', model.steps, [e['step_ms'] for _, kind, e in rows if kind == CLOCK_STEP])
        expect('days', [int(d.strftime('%Y%m%d')) for d in model.days],
               [e['date'] for _, kind, e in rows if kind == DAY_OPENED])
        expect('zones', [z for i, z in enumerate(model.zones) if i == 0 or z != model.zones[i - 1]],
               [e['zone'] for _, kind, e in rows if kind == HALL_DEFINED])
        self.stamps_hold(rows)
        self.numbers_hold(rows)
        recount = Recount(rows)
        expect('waits', model.waits, recount.groups[('all', 0)]['waits'])
        expect('unknown waits', model.unknown, recount.groups[('all', 0)]['excluded'])
        printed = self.machine.run('report', '--log', self.machine.log, '--format', 'json')
        compare(json.loads(printed.stdout), recount)
        verified = self.machine.run('log', 'verify', self.machine.log)
        expect('log verify', (0, ''), (verified.returncode, verified.stderr))
        if model.states - {'ok'} and '时钟' not in self.machine.said():
            raise StepError('nothing was said of a wrong clock')

    @staticmethod
    def stamps_hold(rows):
        """Within a boot `at` never falls; wall - at moves by the steps alone; `off` is the zone's."""
        boot = zone = None
        for seq, kind, e in rows:
            if kind == 1 and e['boot'] != boot:
                boot, at, apart = e['boot'], e['at'], e['wall'] - e['at']
            if kind == HALL_DEFINED:
                zone = e['zone']
            if kind == CLOCK_STEP:
                apart += e['step_ms']
            if e['at'] < at:
                raise StepError(f'event {seq}: the boot clock runs backwards')
            at = e['at']
            # A restart's first events come before a step that happened while it was down.
            if kind >= DAY_OPENED and abs(e['wall'] - e['at'] - apart) >= 500:
                raise StepError(f'event {seq}: the clock was set and the log does not know: {e}')
            if zone and kind >= DAY_OPENED:
                expect(f'event {seq}: off', offset_min(zone, e['wall']), e['off'])

    @staticmethod
    def numbers_hold(rows):
        day, seen = None, set()
        for _, kind, e in rows:
            if kind == DAY_OPENED:
                day = e['date']
            if kind == ISSUED:
                if (day, e['number']) in seen:
                    raise StepError(f'{e["number"]} was issued twice on {day}')
                seen.add((day, e['number']))


HAPPENINGS = [*STEPS, 'set_right', 'set_while_down', 'suspend', 'midnight', 'reboot', 'reboot wrong', 'zone',
              'operator']


def watches_the_kernel(onewindow, nobody):
    """Without the shim: the timer that the kernel cancels when the clock is set is armed."""
    machine = Machine(onewindow, '', START, nobody)
    try:
        machine.environment = dict(os.environ)
        machine.start('Asia/Shanghai')
        folder = f'/proc/{machine.process.pid}/fdinfo'
        timers = []
        for name in os.listdir(folder):
            try:
                with open(os.path.join(folder, name), encoding='ascii') as file:
                    text = file.read()
            except FileNotFoundError:
                continue  # closed meanwhile
            if 'clockid: 0' in text:
                timers.append(re.search(r'settime flags: 0*3$', text, re.M) is not None)
        expect('timers on the wall clock, absolute and cancelled on a change', [True], timers)
        machine.stop()
    finally:
        machine.close()


def midnight_on_a_full_disk(onewindow, shim, nobody):
    """A day is due and the log takes nothing: the loop rests, the boards say so, and the day comes
    when the disk is well. The boot clock stands still, so nothing is tried again before the test says."""
    machine = Machine(onewindow, shim, START + 15 * HOUR, nobody)
    try:
        machine.start('Asia/Shanghai')
        size = max(os.path.getsize(machine.log + suffix) for suffix in ('', '-wal'))
        _, no_limit = resource.prlimit(machine.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(machine.process.pid, resource.RLIMIT_FSIZE, (size, no_limit))
        machine.clocks.advance(2 * HOUR)
        machine.clocks.tell()
        wait_for('degraded', lambda: machine.health()[0] == 503)
        expect('boards', {'window-board': '系统维护 Wait'},
               {k: v for k, v in machine.shows().items() if k == 'window-board'})

        def state():
            with open(f'/proc/{machine.process.pid}/stat', encoding='ascii') as file:
                return file.read().rsplit(')', 1)[1].split()[0]
        wait_for('the loop rests', lambda: all(state() == 'S' for _ in range(2000)))
        resource.prlimit(machine.process.pid, resource.RLIMIT_FSIZE, (no_limit, no_limit))
        for _ in range(2):  # first it takes the time, then it tries
            machine.clocks.advance(1000)
            machine.clocks.tell()
            machine.health()
        wait_for('the day', lambda: machine.api.get('/api/v1/hall')['day'] == '2026-08-04')
        expect('health', (200, 'ok'), (machine.health()[0], machine.health()[1]['status']))
        machine.stop()
    finally:
        machine.close()


def starts_on_a_full_disk(onewindow, shim, nobody):
    """After a power cut the disk is still full: the daemon is there and says so, takes nothing, and opens
    the hall, with the start before everything else, when the disk is well."""
    machine = Machine(onewindow, shim, START + 9 * HOUR, nobody)
    try:
        machine.start('Asia/Shanghai')
        machine.post('/api/v1/tickets', {'queue': 'general', 'print': False})
        machine.stop()
        rows = len(machine.events())
        machine.clocks.reboot(DAY, machine.clocks.wall + DAY)
        machine.start('UTC', 33000)
        expect('health', (503, 'refused'), (machine.health()[0], machine.health()[1]['log']['health']))
        expect('a ticket', 503, machine.post('/api/v1/tickets', {'queue': 'general', 'print': False})[0])
        wait_for('boards', lambda: machine.shows()['hall-board'].endswith('系统维护 请稍候 Please wait'))
        held = len(machine.events())  # there was room for the beginning, not for the day
        expect('the new day', False, machine.api.get('/api/v1/hall')['day'] == '2026-08-04')
        resource.prlimit(machine.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for _ in range(2):
            machine.clocks.advance(1000)
            machine.clocks.tell()
            machine.health()
        wait_for('the day', lambda: machine.api.get('/api/v1/hall')['day'] == '2026-08-04')
        expect('the boot and what went on begin with a start', (1, 1),
               (machine.events()[rows][1], machine.events()[held][1]))
        expect('a ticket', 201, machine.post('/api/v1/tickets', {'queue': 'general', 'print': False})[0])
        machine.stop()
        expect('log verify', 0, machine.run('log', 'verify', machine.log).returncode)
    finally:
        machine.close()


def alone(step, *arguments):
    try:
        step(*arguments)
    except StepError as error:
        print(f'{step.__name__}: {error}')
        sys.exit(1)


def main():
    onewindow, shim = sys.argv[1:3]
    cases = int(sys.argv[3]) if len(sys.argv) > 3 else 32
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    done, states, sums = collections.Counter(), set(), collections.Counter()
    with socket.socket() as nobody:  # bound, but nobody listens: the boards' line stays down
        nobody.bind(('127.0.0.1', 0))
        port = nobody.getsockname()[1]
        if cases > 1:
            alone(watches_the_kernel, onewindow, port)
            alone(midnight_on_a_full_disk, onewindow, shim, port)
            alone(starts_on_a_full_disk, onewindow, shim, port)
        for seed in range(seed, seed + cases):
            case = Case(onewindow, shim, port, seed)
            try:
                case.play(HAPPENINGS[seed % len(HAPPENINGS)])
            except (Different, StepError, OSError, KeyError, ValueError) as error:
                print(f'seed {seed}: {type(error).__name__}: {error}\n{case.machine.said()}')
                sys.exit(f'repeat: {sys.argv[0]} {onewindow} {shim} 1 {seed}')
            finally:
                case.machine.close()
            done += case.done
            states |= case.model.states
            sums.update(steps=len(case.model.steps), days=len(case.model.days), waits=len(case.model.waits),
                        unknown=case.model.unknown, across=case.model.across,
                        set_between=case.model.set_between)
    print(f'{cases} cases: {dict(sums)}, {dict(done)}')
    if cases >= 32:
        expect('states of the clock seen', {'ok', 'unset', 'behind', 'ahead', 'unconfirmed'}, states)
        expect('what happened', set(HAPPENINGS), set(done))
        expect('nothing of it never', True, all(sums.values()))


if __name__ == '__main__':
    main()
