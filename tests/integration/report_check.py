#!/usr/bin/env python3
"""`onewindow report` against a second implementation of docs/measurement.md: a random session by the
API of the real daemon, then every figure recomputed from the raw event table.

    report_check.py ONEWINDOW [SEED]"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '../unit/measure')]
from figures import Recount, compare, events_of  # noqa: E402
from hall import Client, StepError, expect, serve  # noqa: E402

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
        self.daemon, url = serve(program, config, subprocess.PIPE)
        if not url:
            raise StepError('the daemon did not open')
        self.api = Client(url)
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


def run(program, seed):
    session = Session(program, seed)
    try:
        for part in range(2):
            for _ in range(250):
                session.step()
            if part == 0:
                session.ask('/api/v1/day/close', {})
                session.tokens = []
                if not session.ask('/api/v1/day/open', {'date': '2099-01-01', 'operator_word': True}):
                    raise StepError('the second day does not open')
        seen = subprocess.run([program, 'report', '--log', session.log, '--format', 'json'],
                              capture_output=True, check=True)
        rows = events_of(session.log)
        recount = Recount(rows)
        compare(json.loads(seen.stdout), recount)
        print(f'seed {seed}: {len(rows)} events, {len(recount.groups)} groups, {len(recount.totals)} visits: equal')
    finally:
        expect('exit code', 0, session.close())
        shutil.rmtree(session.folder, ignore_errors=True)


def main():
    for seed in ([int(sys.argv[2])] if len(sys.argv) > 2 else range(1, 6)):
        run(sys.argv[1], seed)
    return 0


if __name__ == '__main__':
    sys.exit(main())
