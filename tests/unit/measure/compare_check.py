#!/usr/bin/env python3
"""`onewindow baseline freeze` and `onewindow report --baseline` against the second implementation of
docs/measurement.md, on logs of worlds that core and store write (world.h): every figure of both sides, the
intervals to their last digits, the frozen event; from kept days, from events, in another zone.

    compare_check.py ONEWINDOW WRITE_WORLD SCHEMA [--seeds FIRST LAST | WORLD [SEED]]"""
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import randomness  # noqa: E402
import student  # noqa: E402
from compare import Comparison  # noqa: E402
from figures import DAY_OPENED, KINDS, Different, Recount, compare, events_of, expect  # noqa: E402
from frozen import hold_frozen  # noqa: E402
from printed import compare_comparison  # noqa: E402
from visits import days_of, sides_of  # noqa: E402

NAMES = ['seed', 'before', 'after', 'tickets', 'service_s', 'faster', 'oddities', 'leavers', 'filings', 'cases',
         'drifting', 'grain_ms', 'kept', 'unclosed', 'intervals']
PLAIN = {'seed': 1, 'before': 24, 'after': 23, 'tickets': 40, 'service_s': 1000, 'faster': 50, 'oddities': 60,
         'leavers': 15, 'filings': 0, 'cases': 40, 'drifting': 0, 'grain_ms': 1, 'kept': 1, 'unclosed': 0,
         'intervals': 0}
TARGETS = {'odd': 5, 'quick': 1, 'quiet': 2}  # min; else the hall's
WORLDS = {
    'plain': {},
    'filings': {'filings': 20, 'cases': 70, 'faster': 80},
    'odd': {'oddities': 100, 'service_s': 1400, 'grain_ms': 500},
    'quick': {'service_s': 250, 'grain_ms': 1000, 'kept': 0, 'unclosed': 1},
    'slower': {'faster': 1500, 'service_s': 300, 'unclosed': 1},
    'drifting': {'drifting': 1, 'tickets': 50, 'oddities': 20},
    'leaving': {'leavers': 60, 'service_s': 1500, 'faster': 70},
    'short': {'before': 12, 'after': 21},
    'quiet': {'oddities': 0, 'tickets': 60, 'grain_ms': 1000},
}


def run(*command, code=0, **env):
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, **env})
    if done.returncode != code:
        raise Different(f'{" ".join(command)}: {done.returncode}: {done.stderr.decode()}')
    return done.stdout


def day_text(date):
    return f'{date // 10000}-{date // 100 % 100:02d}-{date % 100:02d}'


class World:
    def __init__(self, tools, folder, plan):
        self.program, self.writer = tools
        self.log = os.path.join(folder, 'log.db')
        self.writing = subprocess.Popen([self.writer, self.log, *(str(plan[name]) for name in NAMES)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.wait()
        self.baseline_days = self.dates()

    def wait(self):
        if self.writing.stdout.readline() != b'paused\n':
            raise Different(f'the writer ended: {self.writing.wait()}')

    def go_on(self):
        self.writing.stdin.write(b'\n')
        self.writing.stdin.flush()

    def dates(self):
        return sorted({e['date'] for _, kind, e in events_of(self.log) if kind == DAY_OPENED})

    def freeze(self, *words):
        run(self.program, 'baseline', 'freeze', 'before', '--log', self.log,
            '--from', day_text(self.baseline_days[0]), '--to', day_text(self.baseline_days[-1]), *words)

    def finish(self):
        """The days behind the baseline."""
        self.go_on()
        self.wait()
        self.go_on()
        self.writing.stdin.close()
        expect('the writer', 0, self.writing.wait())
        return [date for date in self.dates() if date > self.baseline_days[-1]]

    def report(self, *words, **env):
        by = [word for kind in KINDS for word in ('--by', kind)]
        return json.loads(run(self.program, 'report', '--log', self.log, '--format', 'json', *by, *words, **env))


def hold(world, period, schema, target_min):
    """Against the events; the reports of kept days and of counted ones, here and elsewhere, are the same."""
    rows = events_of(world.log)
    recount = Recount(rows, None if target_min is None else target_min * 60000, period[0])
    frozen = hold_frozen(recount.journal, world.log, 'before')
    words = ['--baseline', 'before', '--from', day_text(period[0])]
    words += [] if target_min is None else ['--target', str(target_min)]
    report = world.report(*words)
    jsonschema.validate(report, schema)
    compare(report, recount, KINDS)
    comparison = Comparison(*map(days_of, sides_of(recount.journal, frozen, period[0], 99999999)), frozen['rows'],
                            recount.target(), filter(None, frozen['control'].split(',')))
    compare_comparison(report['comparison'], comparison)
    before = Recount(rows, None, frozen['from'], frozen['to'], frozen['last_seq'])
    expect('baseline findings', (before.findings, 'as-frozen'),
           tuple(report['comparison']['baseline'][key] for key in ('findings', 'kept')))
    left_out = [opening for opening in recount.journal.openings if not opening.open and
                opening.is_within(0, frozen['to']) and opening.first > frozen['last_seq']]
    expect('left out', {'openings': len(left_out), 'tickets': sum(len(opening.visits) for opening in left_out)},
           report['comparison']['left_out'])
    text = run(world.program, 'report', '--log', world.log, *words).decode()
    expect('said', bool(left_out), 'on neither side' in text)
    same = [world.report('--recount', *words), world.report(*words, TZ='Pacific/Auckland', LC_ALL='C')]
    run(world.program, 'log', 'rebuild', world.log)
    kept = world.report(*words)
    expect('kept', True, kept['all_kept'])
    for other in [*same, kept]:
        expect('the same report', report | {'all_kept': 0}, other | {'all_kept': 0})
    return comparison, recount, len(left_out)


def hold_table(world, words):
    """The day that is open yet is on neither side: the table is that of the closed days alone."""
    def table(*more):
        text = run(world.program, 'report', '--log', world.log, *words, *more).decode()
        return text[text.index('指标 figure'):text.index('每件 per case')]

    expect('the table without the open day', table('--to', day_text(world.dates()[-2])), table())


def said(comparison):
    verdicts = {name: comparison.verdict(name) for name in ('mean', 'p90', 'per_case', 'standard')}
    verdicts['share'] = comparison.share_verdict()
    if comparison.did:
        verdicts['did'] = comparison.did_verdict()
    return verdicts


def check_world(tools, schema, name, seed):
    with tempfile.TemporaryDirectory(prefix='onewindow-compare-') as folder:
        world = World(tools, folder, PLAIN | WORLDS[name] | {'seed': seed})
        world.freeze(*(['--control', 'control'] if name not in ('quick', 'slower') else []))
        period = world.finish()
        comparison, recount, left_out = hold(world, period, schema, TARGETS.get(name))
        if WORLDS[name].get('unclosed'):
            hold_table(world, ['--baseline', 'before', '--from', day_text(period[0])])
        verdicts = said(comparison)
        print(f'{name} {seed}: {[side.size for side in comparison.sides]} days, '
              f'{[sum(side.n) for side in comparison.sides]} visits, {verdicts}: equal', flush=True)
        return set(verdicts.values()), recount.findings | {'left_out': left_out}


def main():
    randomness.vectors_hold()
    student.vectors_hold()
    tools = sys.argv[1:3]
    with open(sys.argv[3], encoding='utf-8') as file:
        schema = json.load(file)
    names, seeds = list(WORLDS), [1]
    if sys.argv[4:5] == ['--seeds']:
        seeds = range(int(sys.argv[5]), int(sys.argv[6]) + 1)
    elif len(sys.argv) > 4:
        names, seeds = [sys.argv[4]], [int(word) for word in sys.argv[5:6]] or [1]
    with ProcessPoolExecutor() as pool:
        done = [pool.submit(check_world, tools, schema, name, seed) for seed in seeds for name in names]
        results = [future.result() for future in done]
    if len(names) < 2:
        return 0
    # A verdict or a finding that no world has would prove nothing about it.
    missing = {'shorter', 'longer', 'few-days', 'zero-inside'} - set().union(*(verdicts for verdicts, _ in results))
    missing |= {name for name in results[0][1] if not any(findings[name] for _, findings in results)}
    if missing:
        raise SystemExit(f'no world has {missing}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
