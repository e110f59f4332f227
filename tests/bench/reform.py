#!/usr/bin/env python3
"""The founding example: what onewindow simulate --compare gives, beside the figures that two other
programs were given for it (the table of docs/simulate.md), and beside the world of the coverage
benchmark, which shares no code with it. Then what each change of the reform made.

    reform.py ONEWINDOW BENCH-REFORM-DAYS SCENARIOS [LONG-DAYS]      16000 by default"""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import StepError, main, run_json, table, verdict  # noqa: E402

# over 16,000 days
GIVEN = {'before': {'mean_wait_min': 13.37, 'p90_wait_min': 43.4, 'share_within_target': .774},
         'after': {'mean_wait_min': .934, 'p90_wait_min': 2.76, 'share_within_target': .989}}
PARTS = {'players': [('merge', 1.59), ('pre-review', -2.64), ('online', -1.87), ('issuing', .19)],
         'levers': [('pooling', -3.25), ('fewer-windows', 3.75), ('service', -1.85), ('variance', -.05),
                    ('rework', -.51), ('online', -1.80), ('issuing', .98)]}
NEAR = .15


def reduction(sides):
    return 1 - sides['after']['mean_wait_min'] / sides['before']['mean_wait_min']


def values(compared):
    return {side: {key: compared[side]['figures'][key]['value'] for key in GIVEN[side]} for side in GIVEN}


def compare(onewindow, scenarios, *words):
    begin = time.monotonic()
    done = subprocess.run(
        [onewindow, 'simulate', '--compare', os.path.join(scenarios, 'founding-before.conf'),
         os.path.join(scenarios, 'founding-after.conf'), *words, '--format', 'json'],
        stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise StepError(f'simulate --compare {words}: ended with {done.returncode}')
    return json.loads(done.stdout), time.monotonic() - begin


def shown(side, key, value):
    return f'{100 * value:.1f}%' if key == 'share_within_target' else f'{value:.3f}' if \
        side == 'after' else f'{value:.2f}'


def print_sides(given, seeds, long, other, days):
    rows = [['', 'given', '20 seeds of 240 days', f'{days} days', f'coverage world, {days} days']]
    for side in GIVEN:
        for key in GIVEN[side]:
            of = seeds[side]['figures'][key]
            rows.append([f'{side}: {key}', shown(side, key, given[side][key]),
                         f"{shown(side, key, of['value'])} ({shown(side, key, of['least'])} to "
                         f"{shown(side, key, of['greatest'])})", shown(side, key, long[side][key]),
                         shown(side, key, other[side][key])])
    of = seeds['reduction']
    rows.append(['reduction of the mean', f'{100 * reduction(given):.1f}% (91.3 to 94.4)',
                 f"{100 * of['value']:.1f}% ({100 * of['least']:.1f} to {100 * of['greatest']:.1f})",
                 f'{100 * reduction(long):.1f}%', f'{100 * reduction(other):.1f}%'])
    table(rows)


def print_parts(parts):
    rows, met = [['', 'given', 'seen', 'seeds', f'within {NEAR}']], True
    for name, given in PARTS.items():
        found = {row['name']: row for row in parts[name]}
        for key, value in given:
            row = found[key]
            near = abs(row['value'] - value) <= NEAR
            met = met and near
            rows.append([f'{name}: {key}', f'{value:+.2f}', f"{row['value']:+.2f}",
                         f"{row['least']:+.2f} to {row['greatest']:+.2f}", verdict(near)])
    table(rows)
    worst = parts['worst_of_levers']
    print(f"{parts['overloaded_worlds']} of 128 worlds are overloaded; the worst: {', '.join(worst['levers'])}, "
          f"{worst['mean_wait_min']:.0f} min")
    cut = next(w for w in parts['worlds'] if w['levers'] == ['pooling', 'fewer-windows'])
    print(f"pooled and cut without the rest: {cut['mean_wait_min']:.0f} min (given 186)")
    return met


def run():
    onewindow, days_of, scenarios = sys.argv[1:4]
    days = int(sys.argv[4]) if len(sys.argv) > 4 else 16000
    seeds, seconds = compare(onewindow, scenarios, '--seeds', '20')
    print(f'20 seeds of 240 days, both sides: {seconds:.1f} s', flush=True)
    long, seconds = compare(onewindow, scenarios, '--seeds', '1', '--days', str(days))
    print(f'{days} days, both sides: {seconds:.1f} s', flush=True)
    other = run_json(days_of, days, 1)[0]
    print_sides(GIVEN, seeds, values(long), other, days)
    parts, seconds = compare(onewindow, scenarios, '--seeds', '4', '--attribute')
    print(f'\n128 worlds, 4 seeds of 240 days: {seconds:.1f} s')
    print('parts:', verdict(print_parts(parts['attribution'])))


if __name__ == '__main__':
    main(run)
