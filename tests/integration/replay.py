#!/usr/bin/env python3
"""onewindow replay as people call it: a simulated log of two small halls, replayed in a layout and as
a reform; JSON by its schema; what is refused.

    replay.py ONEWINDOW SOURCE-ROOT"""
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema

from hall import StepError, expect

SMALL = 'docs/scenarios/small.conf'


class Replays:
    def __init__(self, onewindow, root, folder):
        self.onewindow, self.root = os.path.abspath(onewindow), root
        self.log = os.path.join(folder, 'log.db')
        self.small = os.path.join(root, SMALL)
        with open(os.path.join(root, 'docs/schema/replay.json'), encoding='utf-8') as file:
            self.schema = json.load(file)

    def run(self, *words, code=0):
        done = subprocess.run([self.onewindow, *words], capture_output=True, text=True, check=False,
                              env={**os.environ, 'LC_ALL': 'C'})
        if done.returncode != code or (code and done.stdout):
            raise StepError(f'{words}: exit {done.returncode}, not {code}: {done.stdout}{done.stderr}')
        return done.stderr if code else done.stdout

    def json(self, *words):
        answer = json.loads(self.run('replay', '--log', self.log, '--layout', self.small, '--format', 'json', *words))
        jsonschema.validate(answer, self.schema)
        return answer

    def refused(self, code, sentence, *words):
        said = self.run('replay', *words, code=code)
        if sentence not in said or not re.search('[\u4e00-\u9fff]', said):
            raise StepError(f'{words}: not "{sentence}" in both languages: {said}')


def same_layout(replays):
    """In its own layout a simulated day is served as it was: the waits are equal."""
    answer = replays.json('--from', '2026-03-02', '--seeds', '1')
    expect('kind', ('layout', 'model estimate'), (answer['kind'], answer['means']))
    expect('warnings', [], answer['warnings'])
    for name in ('mean_wait_min', 'p50_wait_min', 'p90_wait_min', 'p95_wait_min', 'share_within_target'):
        expect(name, answer['observed'][name], answer['replayed'][name])
    expect('reduction', 0, answer['reduction'])


def reform(replays):
    answer = replays.json('--reform', 'before', '--seeds', '4')
    expect('kind', 'reform', answer['kind'])
    expect('seeds', [1, 2, 3, 4], [seed['seed'] for seed in answer['seeds']])
    expect('days', 10, answer['baseline']['days'])
    reductions = [seed['reduction'] for seed in answer['seeds']]
    expect('range', (min(reductions), max(reductions)), (answer['reduction_low'], answer['reduction_high']))
    expect('the same again', answer, replays.json('--reform', 'before', '--seeds', '4'))
    if len(set(reductions)) == 1:
        raise StepError('seeds draw alike')
    text = replays.run('replay', '--log', replays.log, '--layout', replays.small, '--reform', 'before')
    for words in ('模型估计，不是实测', 'a model estimate, not a measurement', 'the wait is '):
        if words not in text:
            raise StepError(f'no "{words}" in: {text}')


def refusals(replays):
    log, small = ('--log', replays.log), ('--layout', replays.small)
    replays.refused(2, '--log says which log', *small)
    replays.refused(2, '--layout says in which layout', *log)
    replays.refused(2, 'is no whole number', *log, *small, '--seed', 'one')
    replays.refused(2, 'allowed are 1 to 1000', *log, *small, '--seeds', '0')
    replays.refused(2, '--from lies after --to', *log, *small, '--from', '2026-03-03', '--to', '2026-03-02')
    replays.refused(1, 'is no baseline of the log', *log, *small, '--reform', 'nobody')
    replays.refused(1, 'overlap the baseline', *log, *small, '--reform', 'before', '--from', '2026-02-02')
    replays.refused(1, 'no closed service day', *log, *small, '--from', '2030-01-01')
    replays.refused(1, 'nowhere.db', '--log', replays.log + '.nowhere.db', *small)
    replays.refused(3, 'nowhere.conf', *log, '--layout', replays.small + '.nowhere.conf')


def main():
    with tempfile.TemporaryDirectory(prefix='onewindow-replay-') as folder:
        replays = Replays(*sys.argv[1:3], folder)
        replays.run('simulate', replays.small, '--days', '10', '--seed', '1', '--from', '2026-02-02',
                    '--log', replays.log)
        replays.run('simulate', replays.small, '--days', '10', '--seed', '1', '--first', '10', '--from', '2026-03-02',
                    '--log', replays.log)
        replays.run('baseline', 'freeze', 'before', '--from', '2026-02-02', '--to', '2026-02-13', '--log', replays.log)
        for story in (same_layout, reform, refusals):
            story(replays)
            print(f'{story.__name__}: as it ought to be')


if __name__ == '__main__':
    main()
