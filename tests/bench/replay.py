#!/usr/bin/env python3
"""The two replays of a simulated reform against their truth: the same seed simulated in the old world.
Per seed a log of the founding hall before and after; replay - truth in points of the reduction.

    replay.py ONEWINDOW SCENARIOS [SEEDS [DAYS]]"""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

BAR = 2.0  # points, of the mean over the seeds


class Hall:
    def __init__(self, onewindow, scenarios, folder):
        self.onewindow, self.folder = os.path.abspath(onewindow), folder
        for name in os.listdir(scenarios):
            shutil.copy(os.path.join(scenarios, name), folder)
        self.before, self.after = (os.path.join(folder, f'founding-{side}.conf') for side in ('before', 'after'))
        self.mixed = self.mix()

    def mix(self):
        """The old layout with the new hall's times, chances and filings: the layout replay's truth."""
        with open(self.before, encoding='utf-8') as file:
            text = file.read()
        with open(self.after, encoding='utf-8') as file:
            new = file.read()
        for group in ('service', 'rework', 'pick_up', 'online'):
            row = re.compile(rf'^{group} = \{{.*?\}};', re.S | re.M)
            text = row.sub(row.search(new).group(0), text)
        path = os.path.join(self.folder, 'mixed.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def run(self, *words):
        return subprocess.run([self.onewindow, *words], capture_output=True, check=True).stdout.decode()

    def mean(self, scenario, days, seed, *words):
        return json.loads(self.run('simulate', scenario, '--days', days, '--seed', seed, *words,
                                   '--format', 'json'))['mean_wait_min']


def date(number):
    return f'{number // 10000}-{number // 100 % 100:02}-{number % 100:02}'


def one(hall, seed, days):
    log = os.path.join(hall.folder, f'{seed}.db')
    hall.mean(hall.before, days, seed, '--from', '2024-01-01', '--log', log)
    after = hall.mean(hall.after, days, seed, '--first', days, '--log', log)
    report = json.loads(hall.run('report', '--log', log, '--by', 'day', '--format', 'json'))
    dates = [group['key'] for group in report['groups'] if group['kind'] == 'day']
    dates = [key if isinstance(key, str) and '-' in key else date(int(key)) for key in dates]
    hall.run('baseline', 'freeze', 'before', '--from', dates[0], '--to', dates[int(days) - 1], '--log', log)
    words = ('replay', '--log', log, '--layout', hall.before, '--format', 'json')
    reform = json.loads(hall.run(*words, '--reform', 'before', '--seeds', '5'))['reduction']
    layout = json.loads(hall.run(*words, '--from', dates[int(days)], '--seeds', '1'))['reduction']
    for name in os.listdir(hall.folder):
        if name.startswith(f'{seed}.db'):
            os.unlink(os.path.join(hall.folder, name))
    truths = [1 - after / hall.mean(scenario, days, seed, '--first', days) for scenario in (hall.before, hall.mixed)]
    return 100 * (reform - truths[0]), 100 * (layout - truths[1])


def main():
    seeds, days = (sys.argv[3:] + ['10', '240'][len(sys.argv) - 3:])[:2]
    with tempfile.TemporaryDirectory(prefix='onewindow-replay-') as folder:
        hall = Hall(*sys.argv[1:3], folder)
        rows = [one(hall, str(seed), days) for seed in range(1, int(seeds) + 1)]
    for name, values in zip(('reform replay', 'layout replay'), zip(*rows)):
        mean = statistics.mean(values)
        print(f'{name} - truth, points: mean {mean:+.2f} of {len(values)} seeds of {days} days, '
              f'{min(values):+.2f} to {max(values):+.2f}; bar {BAR}: {"met" if abs(mean) <= BAR else "NOT met"}')


if __name__ == '__main__':
    main()
