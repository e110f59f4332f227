#!/usr/bin/env python3
"""onewindow simulate as people call it: the example of docs/simulate.md word by word, JSON by its
schema, the written log against its own report, a hall's own layout, and what is refused.

    simulate.py ONEWINDOW SOURCE-ROOT"""
import contextlib
import csv
import io
import json
import os
import re
import resource
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile

import jsonschema

from hall import wait_for

SMALL = 'docs/scenarios/small.conf'


class Failed(Exception):
    pass


class Program:
    def __init__(self, onewindow, root, folder):
        self.onewindow, self.root, self.folder = os.path.abspath(onewindow), os.path.abspath(root), folder
        with open(os.path.join(root, 'docs/schema/simulate.json'), encoding='utf-8') as file:
            self.schema = json.load(file)
        self.small = self.read(os.path.join(root, SMALL))

    @staticmethod
    def read(path):
        with open(path, encoding='utf-8') as file:
            return file.read()

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        return path

    def run(self, *words, code=0):
        done = subprocess.run([self.onewindow, *words], capture_output=True, text=True, cwd=self.root,
                              env={**os.environ, 'LC_ALL': 'C'}, check=False)
        if done.returncode != code or bool(done.stdout) == bool(code) or bool(done.stderr) != bool(code):
            raise Failed(f'{words}: exit {done.returncode}, not {code}: {done.stdout}{done.stderr}')
        text = done.stderr if code else done.stdout
        if 'json' not in words and not (re.search('[\u4e00-\u9fff]', text) and re.search('[a-z]{3}', text)):
            raise Failed(f'{words}: not in both languages: {text}')
        return text

    def json(self, *words):
        answer = json.loads(self.run('simulate', *words, '--format', 'json'))
        jsonschema.validate(answer, self.schema)
        return answer


def expect(what, wanted, got):
    if wanted != got:
        raise Failed(f'{what}: wanted\n{wanted}\ngot\n{got}')


def document(program):
    text = program.read(os.path.join(program.root, 'docs/simulate.md'))
    examples = re.findall(r'^    \$ onewindow (.*)\n((?:    (?!\$).*\n)+)', text, re.M)
    for command, output in examples:
        wanted = ''.join(line[4:] for line in output.splitlines(keepends=True))
        expect(command, wanted, program.run(*shlex.split(command)))
    if not examples:
        raise Failed('docs/simulate.md has no example')
    for field in program.schema['properties']:
        if f'`{field}`' not in text:
            raise Failed(f'docs/simulate.md does not say what {field} is')
    block = re.search(r'^((?:    (?!\$).*\n)*    hall = .*\n(?:    .*\n)+)', text, re.M).group(1)
    block = block.replace('/etc/onewindow/hall.conf', os.path.relpath(
        os.path.join(program.root, 'docs/hall.conf'), program.folder))
    answer = program.json(program.path('own.conf', block), '--days', '5')
    expect("the hall's own", ('founding', 11), (answer['scenario'], answer['windows']))


def figures(program):
    one = program.json(SMALL, '--days', '30')
    expect('twice', one, program.json(SMALL, '--days', '30', '--seed', '1', '--first', '0'))
    if one == program.json(SMALL, '--days', '30', '--seed', '2'):
        raise Failed('another seed is the same')
    expect('target', (15, one['share_within_15']), (one['target_min'], one['share_within_target']))
    expect('tickets', one['tickets'], one['called'] + one['abandoned'] + one['uncalled'])
    # in pieces or day by day: the same days
    parts = [program.json(SMALL, '--days', '1', '--first', str(day))['tickets'] for day in range(5)]
    expect('days', sum(parts), program.json(SMALL, '--days', '5')['tickets'])
    long = program.json(SMALL, '--days', '250')
    halves = [program.json(SMALL, '--days', '125', '--first', first) for first in ('0', '125')]
    for field in ('tickets', 'called', 'abandoned', 'filings', 'no_shows'):
        expect(field, long[field], sum(half[field] for half in halves))
    mean = sum(half['mean_wait_min'] * half['called'] for half in halves) / long['called']
    if abs(mean - long['mean_wait_min']) > 1e-9:
        raise Failed(f'the mean of 250 days is {long["mean_wait_min"]}, not {mean}')
    other = program.json(program.path('other.conf', program.small.replace('target_min = 15', 'target_min = 5')),
                         '--days', '30')
    expect('within 15', one['share_within_15'], other['share_within_15'])
    if not (other['target_min'] == 5 and other['share_within_target'] < other['share_within_15']):
        raise Failed(f'a target of 5 minutes: {other}')
    empty = program.json(program.path('empty.conf', program.small.replace('a_day = 90.0', 'a_day = 0.01')),
                         '--days', '1')
    expect('nobody', (0, None, None, None), (empty['tickets'], empty['mean_wait_min'], empty['abandon_rate'],
                                             empty['share_within_15']))
    program.run('simulate', program.path('empty.conf'), '--days', '1')


def report_of(program, log, first, last):
    return json.loads(program.run('report', '--log', log, '--from', first, '--to', last, '--format', 'json'))


def log(program):
    path = program.path('days.db')
    words = [SMALL, '--days', '25', '--log', path]
    before = program.json(*words, '--from', '2026-03-02')
    expect('dates', ('2026-03-02', '2026-04-03'), (before['from'], before['to']))
    without = {key: value for key, value in before.items() if key not in ('from', 'to')}
    expect('with and without a log', program.json(*words[:3]), without)
    report = report_of(program, path, before['from'], before['to'])
    total, visits = report['total_wait'], report['visits']
    for name, wanted, got in (
            ('called', before['called'], total['n']), ('p90', before['p90_wait_min'], total['p90_min']),
            ('longest', before['max_wait_min'], total['max_min']), ('left', before['abandoned'], visits['censored']),
            ('within', before['share_within_15'], visits['share_within']),
            ('mean', before['mean_wait_min'], total['mean_min'])):
        if abs(wanted - got) > 1e-9:
            raise Failed(f'{name}: the report has {got}, not {wanted}')
    reform = program.small.replace('policy = "priority"', 'policy = "hall"').replace('count = 2', 'count = 4')
    after = program.json(program.path('reform.conf', reform), '--days', '25', '--first', '25', '--log', path)
    expect('dates behind', ('2026-04-06', '2026-05-08'), (after['from'], after['to']))
    if not after['mean_wait_min'] < before['mean_wait_min']:
        raise Failed('two more windows, and it takes no less')
    program.run('log', 'verify', path)
    for words in (['--from', '2026-04-01'], ['--from', '2026-05-08']):
        if '20260508' not in program.run('simulate', SMALL, '--days', '1', '--log', path, *words, code=1):
            raise Failed('what is wrong with the date is not said')
    program.path('text.db', 'no log')
    program.run('simulate', SMALL, '--days', '1', '--log', program.path('text.db'), code=5)
    program.run('simulate', SMALL, '--days', '1', '--log', program.path('nowhere/x.db'), code=1)


def days_of(path): # closed ones
    try:
        with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as log:
            return log.execute('SELECT count(*) FROM event WHERE type = 11').fetchone()[0]
    except sqlite3.Error: # not made yet
        return 0


def cut_off(program):
    """The log of a simulation that ended early is an ordinary one, of as many days as are told."""
    def end(name, days, stop, **more):
        path = program.path(name)
        with subprocess.Popen([program.onewindow, 'simulate', SMALL, '--days', str(days), '--log', path],
                              cwd=program.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              **more) as process:
            try:
                stop(process, path)
                said = process.communicate(timeout=120)[1]
            except BaseException:
                process.kill()
                raise
        expect(name, 1, process.returncode)
        match = re.search(f'所求 {days} 日，已整日写入 ([0-9]+) 日 of the {days} days ([0-9]+) are in the log', said)
        if not match or match[1] != match[2]:
            raise Failed(f'{name}: how many days there are is not said: {said}')
        written = int(match[1])
        expect(f'{name}: days', days_of(path), written)
        program.run('log', 'verify', path)
        on = f'--first {written} --days {days - written}'
        if on not in said:
            raise Failed(f'{name}: how to go on is not said: {said}')
        program.run('simulate', SMALL, '--first', str(written), '--days', '2', '--log', path)
        expect(f'{name}: gone on with', days_of(path), written + 2)
        return written, said

    def interrupt(process, path):
        wait_for('a day in the log', lambda: days_of(path) > 0)
        process.send_signal(signal.SIGINT)

    written, said = end('interrupted.db', 30000, interrupt)
    if written < 1 or 'interrupted' not in said or '已中断' not in said:
        raise Failed(f'interrupted: {written} days: {said}')
    # a file that may not grow is a disk that is full; Python's children inherit that the signal is ignored
    written, _ = end('full.db', 400, lambda *_: None, restore_signals=False,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1500000, resource.RLIM_INFINITY)))
    if not 1 <= written < 400:
        raise Failed(f'full: {written} days')


def told(program):
    """Whoever sees a report of it sees that nobody measured it."""
    path = program.path('told.db')
    program.run('simulate', SMALL, '--days', '20', '--log', path)
    program.run('baseline', 'freeze', 'before', '--log', path, '--from', '2026-01-05', '--to', '2026-01-16')
    show = ['baseline', 'show', 'before', '--log', path]
    if '并非实测' not in program.run(*show):
        raise Failed('baseline show: nothing says that it is simulated')
    shown = json.loads(program.run(*show, '--format', 'json'))
    expect('baseline', (True, {'days': 10, 'first': 20260105, 'last': 20260116}), (shown['simulated'], shown['simulated_days']))
    if b'baseline,source,simulated' not in subprocess.run([program.onewindow, *show, '--format', 'csv'],
                                                          capture_output=True, check=True).stdout:
        raise Failed('baseline show as csv: no source')
    words = ['report', '--log', path]
    for kind in ([], ['--baseline', 'before', '--from', '2026-01-19'], ['--calibration']):
        for form in ('text', 'html'):
            if '并非实测' not in program.run(*words, *kind, '--format', form):
                raise Failed(f'report {kind} as {form}: nothing says that it is simulated')
        expect('json', True, json.loads(program.run(*words, *kind, '--format', 'json'))['simulated'])
    for kind in (['--by', 'queue'], ['--baseline', 'before', '--from', '2026-01-19'], ['--calibration']):
        rows = csv.DictReader(io.StringIO(subprocess.run(
            [program.onewindow, *words, *kind, '--format', 'csv'], capture_output=True, text=True, check=True).stdout))
        expect('csv', {'simulated'}, {row['source'] for row in rows})


def overload(program):
    """Minutes given in seconds: the bounded line, and the few who stayed, are told."""
    fine = program.json(SMALL, '--days', '20')
    expect('no overload', (None, []), (fine['load']['overload'], fine['warnings']))
    slow = program.path('slow.conf', program.small.replace('service = { mean_min = 14.0', 'service = { mean_min = 840.0'))
    answer = program.json(slow, '--days', '20')
    expect('warnings', ['overload', 'many-left'], answer['warnings'])
    over = answer['load']['overload']
    if not (over['load'] > 20 * over['windows'] > 0 and answer['abandon_rate'] > .5):
        raise Failed(f'{answer}')
    said = program.run('simulate', slow, '--days', '20')
    for words in (f'work for {over["load"]:.2f} windows, of which there are {over["windows"]:.2f}; ',
                  'the line is bounded by those who leave', f'{100 * answer["abandon_rate"]:.1f}% left uncalled: the waits'):
        if words not in said:
            raise Failed(f'"{words}" is not in {said}')
    lines = ''.join(f'    {line}\n' for line in said.splitlines() if line.startswith('注意'))
    if lines not in program.read(os.path.join(program.root, 'docs/simulate.md')):
        raise Failed(f'docs/simulate.md has not\n{lines}')
    stay = program.path('stay.conf', re.sub('patience = .*', '', program.read(slow)))
    answer = program.json(stay, '--days', '2')
    expect('all stay', ['overload'], answer['warnings'])
    if 'the line grows for as long as the hall is open' not in program.run('simulate', stay, '--days', '2'):
        raise Failed('an endless line is not told')


def expected(program):
    """Tickets that are told their wait can be looked at for whether it held."""
    path = program.path('expected.db')
    words = (SMALL, '--days', '25', '--log', path)
    told = program.json(*words, '--expect')
    for field in ('from', 'to'):
        del told[field]
    expect('the same waits', program.json(SMALL, '--days', '25'), told)

    def all_of(log):
        cells = json.loads(program.run('report', '--log', log, '--calibration', '--format', 'json'))['cells']
        return next(cell for cell in cells if cell['kind'] == 'all')
    held = all_of(path)
    if not (held['n'] > 1000 and .5 < held['share_held'] < .95 and len(held['interval']) == 2):
        raise Failed(f'calibration: {held}')
    program.json(SMALL, '--days', '25', '--log', program.path('untold.db'))
    expect('not asked for', ('too-few', 0), (all_of(program.path('untold.db'))['verdict'],
                                             all_of(program.path('untold.db'))['n']))
    program.run('simulate', SMALL, '--expect', code=2)


def reform(program):
    """Before, a baseline, after, in one log, both of one seed; then what is learnt from all of it."""
    path = program.path('reform.db')
    before, after = 'docs/scenarios/founding-before.conf', 'docs/scenarios/founding-after.conf'
    program.json(before, '--days', '20', '--log', path)
    program.run('baseline', 'freeze', 'before', '--from', '2026-01-05', '--to', '2026-01-30', '--log', path)
    program.json(after, '--days', '20', '--log', path)
    said = program.run('report', '--log', path, '--baseline', 'before')
    if '缩短' not in said or 'shorter' not in said:
        raise Failed(f'no reform in its own report: {said}')
    program.run('log', 'verify', path)

    def learnt(*words):
        return json.loads(program.run('plan', '--log', path, '--target', 'p90<=15', '--days', '5', '--seeds', '2',
                                      '--format', 'json', *words))['learnt']
    for words, wanted in ((('--to', '2026-01-30'), .3), (('--from', '2026-02-02'), .08), ((), (.3 * 20 + .08 * 10) / 30)):
        facts = learnt(*words)
        rate = facts['rework_chance']
        if abs(rate - wanted) > .03:
            raise Failed(f'{words}: learnt {rate}, made of {wanted}')


def usage(program):
    """Whatever is wrong is named."""
    for option, words in (('seed', ('x', '', '-1', '1.5', '0x10', ' 1', '1e3', 'nan', '9223372036854775808',
                                    '99999999999999999999')),
                          ('days', ('0', '-1', 'many', '2.5', '100001', '')),
                          ('first', ('-1', 'x', '100001')),
                          ('from', ('yesterday', '2026-13-01', '2026-02-30', ''))):
        for word in words:
            text = program.run('simulate', SMALL, f'--{option}={word}', '--log', '/nowhere', code=2)
            if f'--{option}' not in text or word not in text:
                raise Failed(f'--{option} "{word}" is not named: {text}')
    for words in ([], [SMALL, 'more'], [SMALL, '--from', '2026-01-05'], [SMALL, '--key', 'k'],
                  [SMALL, '--format', 'csv'], [SMALL, '--days', '40000', '--log', 'x']):
        program.run('simulate', *words, code=2)
    if 'nowhere.conf' not in program.run('simulate', 'nowhere.conf', code=3):
        raise Failed('a file that is not there is not named')


def config_check(program):
    if 'scenario "small"' not in program.run('config', 'check', SMALL):
        raise Failed('config check does not know a scenario')
    if 'scenario' in program.run('config', 'check', 'docs/hall.conf'):
        raise Failed('config check takes a hall for a scenario')
    bad = program.path('bad.conf', program.small.replace('uptake = 0.25', 'uptake = -0.25')
                       .replace('patience', 'patients'))
    for words in (['config', 'check', bad], ['config', 'check', '--scenario', bad], ['simulate', bad]):
        text = program.run(*words, code=3)
        for wanted in (r'bad\.conf:\d+: uptake: .*0 to 1', r'bad\.conf:\d+: .*"patients".*allowed: scenario'):
            if not re.search(wanted, text):
                raise Failed(f'{words}: {wanted} is not in {text}')
    if "a hall's own configuration" not in program.run('config', 'check', '--scenario', 'docs/hall.conf', code=3):
        raise Failed('--scenario takes a hall for what it is')
    program.run('config', 'check', '--scenarios', SMALL, code=2)
    # faults of the hall that a scenario names
    program.path('broken-hall.conf', program.read(os.path.join(program.root, 'docs/hall.conf'))
                 .replace('prefix = "B"', 'prefix = "A"'))
    own = program.path('broken.conf', 'hall = "broken-hall.conf";\nhours = ( { from = "09:00"; to = "17:00"; } );\n'
                       'cases = { a_day = 9; };\nservice = { mean_min = 9; cv = 1; };\n')
    text = program.run('simulate', own, code=3)
    if 'broken-hall.conf:' not in text or 'broken.conf:1: hall: ' not in text:
        raise Failed(f'faults of a hall are not told: {text}')


def main():
    with tempfile.TemporaryDirectory() as folder:
        program = Program(sys.argv[1], sys.argv[2], folder)
        for step in (document, figures, log, cut_off, told, reform, overload, expected, usage, config_check):
            step(program)
            print(f'{step.__name__}: ok')


if __name__ == '__main__':
    try:
        main()
    except Failed as error:
        sys.exit(f'FAILED {error}')
