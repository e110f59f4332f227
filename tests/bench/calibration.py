#!/usr/bin/env python3
"""`onewindow report --calibration` of the logs of a hall whose tickets the core told what to expect: six
windows, 29 arrivals an hour, lognormal services with CV .6 whose means differ between items by .4
(bench-expect), with the true means and with those that the log teaches. The report makes its figures
from kept days; those that the world itself counted must be the same, else the benchmark fails.

    calibration.py ONEWINDOW BENCH-EXPECT [DAYS [WORLD...]]

1,500 days a world by default, a log of .45 GB at a time beneath the working directory."""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import StepError, main, table, verdict  # noqa: E402

WORLDS = [1, 4, 5, 6]  # of bench-expect: services of 12 min, of 10 min, means that are true, learned


def percent(share):
    return '-' if share is None else f'{100 * share:.1f}'


def row(name, cell):
    return [name, cell['n'], cell['days'], percent(cell['share_held']), ' to '.join(map(percent, cell['interval'])),
            percent(cell['share_below']), percent(cell['share_above']), cell['verdict']]


def world(onewindow, bench, folder, days, number):
    log = os.path.join(folder, f'world-{number}.db')
    said = subprocess.run([bench, '--log', log, str(number), str(days)], capture_output=True, check=True, text=True).stdout
    begin = time.monotonic()
    report = json.loads(subprocess.run([onewindow, 'report', '--calibration', '--log', log, '--format', 'json'],
                                       capture_output=True, check=True).stdout)
    seconds = time.monotonic() - begin
    print(f'{said.splitlines()[0]}; log {os.path.getsize(log) / 1e6:.0f} MB, report {seconds:.2f} s, '
          f'{"kept" if report["all_kept"] else "counted"} days', flush=True)
    whole, rows = report['cells'][0], []
    if f' {whole["n"]} tickets ' not in said or f'{whole["share_held"]:.3f} ' not in said:
        raise StepError(f'the report says {whole["n"]} tickets, {whole["share_held"]} held; the world: {said}')
    for cell in report['cells']:
        if cell['kind'] in ('all', 'hour'):
            rows.append(row('all' if cell['kind'] == 'all' else f'{cell["hour"]}:00', cell))
    table([['', 'n', 'days', 'held %', '95% interval', 'below %', 'above %', 'verdict'], *rows])
    print(report['sentence_en'])
    os.remove(log)
    return whole['verdict'] == 'well-calibrated'


def run():
    onewindow, bench = map(os.path.abspath, sys.argv[1:3])
    days = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
    numbers = [int(word) for word in sys.argv[4:]] or WORLDS
    with tempfile.TemporaryDirectory(prefix='onewindow-calibration-', dir='.') as folder:
        met = [world(onewindow, bench, folder, days, number) for number in numbers]
    print('held within 77 to 83%:', verdict(all(met)))


if __name__ == '__main__':
    main(run)
