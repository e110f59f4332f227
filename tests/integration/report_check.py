#!/usr/bin/env python3
"""`onewindow report` against a second implementation of docs/measurement.md: a random session by the
API of the real daemon, then every figure recomputed from the raw event table.

    report_check.py ONEWINDOW [SEED]"""
import json
import os
import random
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Client, StepError, expect  # noqa: E402

HALL = '''
hall = { id = "check"; zh = "核对"; en = "Check"; zone = "Asia/Shanghai"; target_min = 1; };
log = { path = "log.db"; };
web = { port = 0; };
queues = (
  { id = "general"; zh = "综合"; en = "General"; prefix = "A"; work = true; },
  { id = "guide"; zh = "咨询"; en = "Guide"; prefix = "G"; work = false; },
  { id = "issue"; zh = "出证"; en = "Issuing"; prefix = "B"; work = true; } );
windows = (
  { number = 1; zh = "一"; en = "One"; queues = [ "general", "issue" ]; },
  { number = 2; zh = "二"; en = "Two"; queues = [ "issue" ]; },
  { number = 3; zh = "三"; en = "Three"; queues = [ "guide", "general" ]; } );
'''
ACTIONS = ['call-next', 'call-next', 'start', 'start', 'finish', 'finish', 'no-show', 'park', 'recall',
           'transfer']


class Session:
    def __init__(self, program, seed):
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix='onewindow-report-')
        self.log = os.path.join(self.folder, 'log.db')
        config = os.path.join(self.folder, 'hall.conf')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(HALL)
        read_end, write_end = os.pipe()
        self.daemon = subprocess.Popen([program, 'serve', '-c', config, '--ready-fd', str(write_end)],
                                       pass_fds=[write_end], stderr=subprocess.PIPE)
        os.close(write_end)
        with os.fdopen(read_end, 'rb') as ready:
            can_read, _, _ = select.select([ready], [], [], 60)
            line = ready.readline() if can_read else b''
        if not line:
            raise StepError('the daemon did not open')
        self.api = Client(line.decode().strip())
        self.tokens = []

    def ask(self, path, body):
        """A refusal is part of a random session."""
        status, answer = self.api.raw('POST', path, body)
        if status not in (200, 201, 404, 409, 422):
            raise StepError(f'{path} {body}: {status} {answer!r}')
        return json.loads(answer) if status < 300 else None

    def step(self):
        draw = self.random
        kind = draw.random()
        if kind < 0.35:
            done = self.ask('/api/v1/tickets', {
                'queue': draw.choice(['general', 'guide', 'issue']), 'print': False,
                'class': draw.choice(['ordinary', 'ordinary', 'priority'])})
            self.tokens.append(done['token'])
        elif kind < 0.40 and self.tokens:
            self.ask(f'/api/v1/tickets/{draw.choice(self.tokens)}/cancel', {})
        elif kind < 0.45 and self.tokens:
            self.ask(f'/api/v1/tickets/{draw.choice(self.tokens)}/resume', {})
        elif kind < 0.50 and self.tokens:
            self.ask(f'/api/v1/tickets/{draw.choice(self.tokens)}/transfer',
                     {'queue': draw.choice(['general', 'issue'])})
        else:
            action = draw.choice(ACTIONS)
            body = {'queue': draw.choice(['general', 'issue', 'guide'])} if action == 'transfer' else {}
            self.ask(f'/api/v1/windows/{draw.choice([1, 2, 3])}/{action}', body)

    def close(self):
        self.daemon.terminate()
        self.daemon.communicate()
        code = self.daemon.returncode
        return code


def events_of(path):
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    rows = [(kind, json.loads(payload)) for kind, payload in
            connection.execute('SELECT type, payload FROM event ORDER BY seq')]
    connection.close()
    return rows


def quantile(waits, share):
    """Nearest rank in whole seconds, in minutes."""
    rank = -(-len(waits) * share // 100)
    return sorted(waits)[max(rank, 1) - 1] // 1000 / 60


COUNTS = ['issued', 'legs', 'called', 'served', 'no_show', 'waiting', 'cancelled', 'uncalled', 'moved',
          'excluded', 'within', 'decided', 'undecided']


def recompute(rows, target_ms):
    """The document's definitions over the raw events, one pass, written apart from the C code."""
    groups, totals = {}, []
    work, tickets, day, now = {}, {}, None, None

    def add(ticket, leg, what, wait=None, window=None, without_window=False):
        keys = [('all', 0), ('day', ticket['day']), ('hour', ticket['hour']), ('queue', leg['queue'])]
        if window and not without_window:
            keys.append(('window', window))
        for key in keys:
            group = groups.setdefault(key, dict.fromkeys(COUNTS, 0) | {'waits': []})
            if what is not None:
                group[what] += 1
            if wait is not None:
                group['waits'].append(wait)

    def uncalled(ticket, leg, what):
        add(ticket, leg, what)
        age = now - leg['start']
        add(ticket, leg, 'decided' if age > target_ms else 'undecided')

    def new_leg(ticket, queue, start):
        ticket['legs'].append({'queue': queue, 'start': start, 'called': None, 'window': None, 'open': True})
        add(ticket, ticket['legs'][-1], 'legs')

    for kind, e in rows:
        now = e['at']
        ticket = tickets.get(e.get('ticket'))
        leg = ticket['legs'][-1] if ticket else None
        if kind == 3:
            work[e['queue']] = e['work']
        elif kind == 10:
            day = e['date']
            groups.setdefault(('day', day), dict.fromkeys(COUNTS, 0) | {'waits': []})
        elif kind == 11:
            for ticket in tickets.values():
                leg = ticket['legs'][-1]
                if leg['open'] and leg['called'] is None and ticket['day'] == day:
                    uncalled(ticket, leg, 'uncalled')
                leg['open'] = False
            day = None
        elif kind == 20:
            hour = (e['wall'] // 1000 + e['off'] * 60) % 86400 // 3600
            ticket = {'day': day, 'hour': hour, 'issued': e['arrival_ms'], 'legs': [], 'total': 0, 'reached': False}
            tickets[e['ticket']] = ticket
            add(ticket, {'queue': e['queue']}, 'issued')
            new_leg(ticket, e['queue'], e['arrival_ms'])
        elif kind == 21 and leg['called'] is None:
            leg['called'], leg['window'] = now, e['window']
            wait = now - leg['start']
            add(ticket, leg, 'called', wait, e['window'])
            groups[('window', e['window'])]['legs'] += 1
            add(ticket, leg, 'decided', None, e['window'])
            if wait <= target_ms:
                add(ticket, leg, 'within', None, e['window'])
            if not ticket['reached']:
                ticket['total'] += wait
                if work[leg['queue']]:
                    ticket['reached'] = True
                    totals.append((ticket['total'], now - ticket['issued']))
        elif kind == 24:
            add(ticket, leg, 'served', None, leg['window'])
        elif kind == 25:
            add(ticket, leg, 'no_show', None, leg['window'])
        elif kind == 27:
            new_leg(ticket, e['queue'], now)
        elif kind == 28:
            if leg['open'] and leg['called'] is None:
                add(ticket, leg, 'moved')
                if not ticket['reached']:
                    ticket['total'] += now - leg['start']
            new_leg(ticket, e['to'], now)
        elif kind == 29:
            if leg['open'] and leg['called'] is None:
                uncalled(ticket, leg, 'cancelled')
            leg['open'] = False
    if day is not None:
        for ticket in tickets.values():
            leg = ticket['legs'][-1]
            if ticket['day'] == day and leg['open'] and leg['called'] is None:
                uncalled(ticket, leg, 'waiting')
    return groups, totals


def compare(report, groups, totals):
    seen = {(g['kind'], g['key']): g for g in report['groups']}
    expect('groups', sorted(map(str, groups)), sorted(map(str, seen)))
    for key, group in groups.items():
        printed, waits = seen[key], group['waits']
        for name in COUNTS:
            expect(f'{key} {name}', group[name], printed[name])
        expect(f'{key} sum', sum(waits), printed['sum_ms'])
        expect(f'{key} max', max(waits, default=0), printed['max_ms'])
        for name, share in (('p50_min', 50), ('p90_min', 90), ('p95_min', 95)):
            expect(f'{key} {name}', quantile(waits, share) if waits else None, printed[name])
        expect(f'{key} mean', sum(waits) / len(waits) / 60000 if waits else None, printed['mean_min'])
        expect(f'{key} share', group['within'] / group['decided'] if group['decided'] else None,
               printed['share_within'])
    total = report['total_wait']
    expect('visits', len(totals), total['n'])
    expect('total mean', sum(t for t, _ in totals) / len(totals) / 60000, total['mean_min'])
    expect('time to window', sum(w for _, w in totals) / len(totals) / 60000,
           total['time_to_window_mean_min'])
    expect('total P90', quantile([t for t, _ in totals], 90), total['p90_min'])


def run(program, seed):
    session = Session(program, seed)
    try:
        for part in range(2):
            for _ in range(250):
                session.step()
            if part == 0:
                session.ask('/api/v1/day/close', {})
                session.tokens = []
                if not session.ask('/api/v1/day/open', {'date': '2099-01-01'}):
                    raise StepError('the second day does not open')
        seen = subprocess.run([program, 'report', '--log', session.log, '--format', 'json'],
                              capture_output=True, check=True)
        rows = events_of(session.log)
        groups, totals = recompute(rows, 60000)
        compare(json.loads(seen.stdout), groups, totals)
        print(f'seed {seed}: {len(rows)} events, {len(groups)} groups, {len(totals)} visits: equal')
    finally:
        expect('exit code', 0, session.close())
        shutil.rmtree(session.folder, ignore_errors=True)


def main():
    for seed in ([int(sys.argv[2])] if len(sys.argv) > 2 else range(1, 6)):
        run(sys.argv[1], seed)
    return 0


if __name__ == '__main__':
    sys.exit(main())
