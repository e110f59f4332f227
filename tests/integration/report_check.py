#!/usr/bin/env python3
"""`onewindow report` against a second implementation of docs/measurement.md: a random session by the
API of the real daemon, then every figure recomputed from the raw event table; a baseline that the daemon
froze, and a comparison with it.

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
from compare import Comparison  # noqa: E402
from figures import KINDS, Recount, compare, events_of  # noqa: E402
from frozen import hold_frozen  # noqa: E402
from printed import compare_comparison  # noqa: E402
from visits import days_of, sides_of  # noqa: E402
from hall import Client, StepError, expect, serve  # noqa: E402

HALL = '''
hall = { id = "check"; zh = "核对"; en = "Check"; zone = "Asia/Shanghai"; target_min = 1; };
log = { path = "log.db"; };
web = { port = 0; };
queues = (
  { id = "general"; zh = "综合"; en = "General"; prefix = "A"; kind = "intake"; work = true; },
  { id = "guide"; zh = "咨询"; en = "Guide"; prefix = "G"; work = false; },
  { id = "issue"; zh = "出证"; en = "Issuing"; prefix = "B"; work = true; } );
windows = (
  { number = 1; zh = "一"; en = "One"; queues = [ "general", "issue" ]; },
  { number = 2; zh = "二"; en = "Two"; queues = [ "issue" ]; },
  { number = 3; zh = "三"; en = "Three"; queues = [ "guide", "general" ]; } );
items = (
  { id = "passport"; zh = "护照"; en = "Passport"; department = "公安局"; queue = "general"; },
  { id = "permit"; zh = "许可证"; en = "Permit"; department = "住建局"; queue = "issue"; } );
clerks = ( { id = "101"; zh = "甲"; en = "A"; }, { id = "102"; zh = "乙"; en = "B"; } );
'''
DAYS = ['2099-01-01', '2099-01-05', '2099-01-06']
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
        self.daemon, self.url = serve(program, config, subprocess.PIPE)
        if not self.url:
            raise StepError('the daemon did not open')
        self.api = Client(self.url)
        self.tokens = []

    def ask(self, path, body):
        """A refusal is part of a random session."""
        status, answer = self.api.raw('POST', path, body)
        if status not in (200, 201, 404, 409, 422):
            raise StepError(f'{path} {body}: {status} {answer!r}')
        return json.loads(answer) if status < 300 else None

    def issue(self, body):
        done = self.ask('/api/v1/tickets', body)
        if done:
            self.tokens.append(done['token'])

    def step(self):
        draw = self.random
        kind = draw.random()
        if kind < 0.35:
            where = draw.choice([{'queue': 'general'}, {'queue': 'guide'}, {'queue': 'issue'},
                                 {'item': 'passport'}, {'item': 'permit'}])
            self.issue(where | {
                'print': False, 'class': draw.choice(['ordinary', 'ordinary', 'priority']),
                'origin': draw.choice(['panel', 'desk', 'api']),
                'case_ref': draw.choice(['', f'case-{draw.randrange(60)}'])})
        elif kind < 0.37:
            where, clerk = f'/api/v1/windows/{draw.choice([1, 2, 3])}', draw.choice(['101', '102', None])
            self.ask(f'{where}/sign-{"in" if clerk else "out"}', {'clerk': clerk} if clerk else {})
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


def words_of(program, *words):
    done = subprocess.run([program, *words], capture_output=True, check=False)
    expect(f"{words}: {done.stderr.decode()}", 0, done.returncode)
    return done.stdout


def hold_comparison(program, session, recount, report):
    """With the first day as the baseline: the second closed day counts, the open one does not."""
    frozen = hold_frozen(recount.journal, session.log, 'before')
    second = int(DAYS[1].replace('-', ''))
    sides = sides_of(recount.journal, frozen, second, 99999999)
    comparison = Comparison(*map(days_of, sides), frozen['rows'], recount.target(), ['issue'])
    compare_comparison(report['comparison'], comparison)
    expect('days', [1, 1], [side.size for side in comparison.sides])


def play(program, session):
    """Two days that are closed, the first of them frozen, and one that goes on."""
    session.ask('/api/v1/day/close', {})
    for date in DAYS:
        if not session.ask('/api/v1/day/open', {'date': date, 'operator_word': True}):
            raise StepError(f'{date} does not open')
        session.tokens = []
        for _ in range(250):
            session.step()
        if date != DAYS[-1]:
            session.ask('/api/v1/day/close', {})
        if date == DAYS[0]:
            words_of(program, 'baseline', 'freeze', 'before', '--url', session.url, '--from', date, '--to', date,
                     '--control', 'issue')


def run(program, seed):
    session = Session(program, seed)
    try:
        play(program, session)
        by = [word for kind in KINDS for word in ('--by', kind)]
        words = ['report', '--log', session.log, '--format', 'json', *by]
        rows = events_of(session.log)
        recount = Recount(rows)
        compare(json.loads(words_of(program, *words)), recount, KINDS)
        compare(json.loads(words_of(program, *words, '--recount')), recount, KINDS)
        later = Recount(rows, None, int(DAYS[1].replace('-', '')))
        report = json.loads(words_of(program, *words, '--baseline', 'before', '--from', DAYS[1]))
        compare(report, later, KINDS)
        hold_comparison(program, session, later, report)
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
