#!/usr/bin/env python3
"""compare() against compare.py on sides that no log would hold so soon: few visits, days that are alike,
days without waits, cells at their least count, overlaps at their limit, 19 and 20 days.

    compare_days_check.py PRINT_COMPARE [SEED]"""
import json
import math
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import randomness  # noqa: E402
import student  # noqa: E402
from compare import Comparison  # noqa: E402
from figures import Different  # noqa: E402
from printed import hold_comparison  # noqa: E402
from visits import Day  # noqa: E402

TARGET = 900000
VERDICTS = ['shorter', 'longer', 'no-waits', 'few-days', 'zero-inside', 'bounds', 'overlap', 'drift']
DEPARTMENTS = ['', '住建局', '公安局', '税务局']


# ---- sides ----

def add_visit(day, total, cell, queue):
    day.count['known'] += 1
    day.totals.append(total)
    day.to_window.append(total)
    for family, key in ((day.cells, cell), (day.queues, queue)):
        entry = family.setdefault(key, [0, 0])
        entry[0] += 1
        entry[1] += total


def add_censored(day, dice, scale):
    age = int(dice.expovariate(1 / scale))
    lower = age + (int(dice.expovariate(1 / scale)) if dice.random() < .5 else 0)
    day.count['censored'] += 1
    day.ages.append(age)
    day.lower += lower
    day.upper += lower + int(dice.expovariate(1 / scale))


def draw_day(dice, which, plan, side, factor):
    day = Day(which)
    if dice.random() < plan['empty']:
        return day
    for _ in range(dice.randint(*plan['visits'])):
        zero = dice.random() < plan['zeros'][side]
        total = 0 if zero else int(dice.lognormvariate(0, plan['spread']) * plan['ms'][side] * factor)
        cell = (dice.choice(DEPARTMENTS[:plan['departments'] + side * plan['odd_cells']]),
                dice.choice(plan['kinds']), dice.randint(*plan['hours']))
        queue = 'control' if dice.random() < plan['control'] else 'general'
        if queue == 'control' and not zero:
            total = int(dice.lognormvariate(0, .5) * 300000)
        add_visit(day, total, cell, queue)
    for _ in range(dice.randint(0, plan['censored'])):
        add_censored(day, dice, plan['ms'][side] * plan['long'][side])
    day.cases = sum(dice.random() < plan['cases'] for _ in day.totals)
    day.filings = dice.randint(0, plan['filings'])
    day.cases += day.filings
    return day


def copy_of(day, which):
    copy = Day(which)
    copy.__dict__.update({name: value for name, value in day.__dict__.items() if name != 'date'})
    return copy


def draw_side(dice, plan, side, first):
    days, factor = [], 1.0
    for i in range(plan['days'][side]):
        which = first + timedelta(days=i * 7 // 5)
        number = which.year * 10000 + which.month * 100 + which.day
        factor = math.exp(.5 * math.log(factor) + dice.gauss(0, plan['days_differ']))
        if plan['alike'] and days:
            days.append(copy_of(days[0], number))
        elif plan['one_day'] and i != 3:
            days.append(Day(number))
        else:
            days.append(draw_day(dice, number, plan, side, factor * math.exp(plan['drift'] * i * (1 - side))))
    return days


PLAIN = {'days': (24, 22), 'visits': (3, 14), 'empty': .05, 'zeros': (.1, .3), 'spread': 1.2,
         'ms': (600000, 60000), 'days_differ': .2, 'departments': 3, 'odd_cells': 0, 'kinds': ['intake'],
         'hours': (9, 11), 'control': .3, 'censored': 2, 'long': (1, 1), 'cases': .8, 'filings': 0,
         'alike': False, 'one_day': False, 'drift': 0}
PLANS = {
    'plain': {},
    'filings': {'filings': 8, 'days': (31, 27)},
    'few-days': {'days': (19, 25)},
    'twenty': {'days': (20, 20), 'empty': 0, 'visits': (9, 14), 'control': .4},
    'longer': {'ms': (60000, 500000), 'control': 0},
    'seconds': {'ms': (8000, 2000), 'spread': .6, 'control': 0},
    'no-change': {'ms': (300000, 300000), 'zeros': (.2, .2)},
    'mostly-zero': {'zeros': (.95, .97), 'control': 0},
    'zero-after': {'zeros': (.1, 1), 'control': 0},
    'alike': {'alike': True, 'control': 0},
    'one-day': {'one_day': True, 'empty': 0, 'control': 0},
    'no-overlap': {'departments': 2, 'odd_cells': 1, 'hours': (9, 9), 'visits': (3, 5)},
    'bounds': {'censored': 6, 'long': (.1, 30), 'ms': (400000, 150000), 'control': 0},
    'drift': {'drift': .08, 'ms': (900000, 100000), 'control': .45, 'visits': (12, 16), 'empty': 0,
              'days_differ': .05},
    'few-cases': {'cases': .05, 'empty': .3},
    'waits-of-seconds': {'ms': (1500, 900), 'spread': .3, 'zeros': (0, 0), 'control': 0},
}


# ---- C ----

def numbers_of(comparison, rows):
    """What print_compare reads."""
    cells = sorted({cell for side in comparison.sides for day in side.days for cell in day.cells})
    yield f'{int.from_bytes(bytes.fromhex(rows)[:8], "little"):x} {len(cells)} {int(bool(comparison.control))}'
    for side in comparison.sides:
        yield len(side.days)
        for day in side.days:
            control = day.queues.get('control', (0, 0)) if comparison.control else (0, 0)
            yield from (day.date, day.n, day.sum, day.within(TARGET), day.decided(TARGET), day.cases, day.filings,
                        day.count['censored'], day.lower, day.upper, day.n - control[0],
                        day.sum - control[1], *control)
            for waits in (day.totals, day.ages):
                bins = sorted(Counter(ms // 1000 for ms in waits).items())
                yield len(bins)
                yield from (value for pair in bins for value in pair)
            yield len(day.cells)
            yield from (value for cell in sorted(day.cells) for value in (cells.index(cell), *day.cells[cell]))


def pair(low, high, scale=1.0):
    return [None if end is None else end * scale for end in (low, high)]


def interval_of(raw, scale=1.0):
    return {'point': None if raw['point'] is None else raw['point'] * scale,
            'interval': pair(raw['low'], raw['high'], scale)} | {
        f'by_{name}s': {'interval': pair(raw[f'{name}_low'], raw[f'{name}_high'], scale),
                        'se': None if raw[f'{name}_se'] is None else raw[f'{name}_se'] * scale,
                        'undefined': raw[f'{name}_undefined']} for name in ('day', 'block')}


def reduction(log):
    return None if log is None else 1 - math.exp(log)


def reductions_of(raw, shown):
    log = raw['log']
    return {'reduction': reduction(log['point']) if shown else None,
            'interval': [reduction(log['high']), reduction(log['low'])] if shown else [None, None]}


def figure_of(raw):
    before, after = pair(raw['before'], raw['after'], 1 / 60000)
    return {'before_min': before, 'after_min': after,
            'verdict': VERDICTS[raw['verdict']], 'relative': raw['relative'],
            'log_ratio': interval_of(raw['log']),
            'difference_min': interval_of(raw['change'], 1 / 60000)} | reductions_of(raw, raw['relative'])


def km_of(raw):
    values = [None if second < 0 else second / 60 for second in raw]
    return {'p50_min': values[0], 'p50_band': values[1:3], 'p90_min': values[3], 'p90_band': values[4:]}


def as_printed(raw):
    """In the shape of the report's JSON."""
    mean, share, did, bounds = raw['mean'], raw['share'], raw['did'], raw['bounds']
    share_verdict = VERDICTS[share['verdict']]
    return {
        'before_days': raw['days'][0], 'after_days': raw['days'][1],
        'before_visits': raw['n'][0], 'after_visits': raw['n'][1], 'verdict': VERDICTS[mean['verdict']],
        'mean': figure_of(mean), 'p90': figure_of(raw['p90']),
        'per_case': figure_of(raw['per_case']) | {
            f'{side}_{name}': raw[name][i] for i, side in enumerate(('before', 'after'))
            for name in ('cases', 'filings')},
        'standardised': figure_of(raw['standard']) | {'overlap': raw['overlap'], 'cells': raw['cells']},
        'share_within': {'before': share['before'], 'after': share['after'],
                         'verdict': {'shorter': 'higher', 'longer': 'lower'}.get(share_verdict, share_verdict),
                         'difference_points': interval_of(share['change'], 100)},
        'bounds': {name if name.startswith('red') or name.endswith('red') or name == 'turns'
                   else f'{name}_min': value / 60000 if name.endswith('er') and name.count('_') == 1 and
                   not name.startswith('red') and value is not None else value
                   for name, value in bounds.items()},
        'difference_in_differences': None if not did['asked'] else {
            'before_days': did['days'][0], 'after_days': did['days'][1], 'verdict': VERDICTS[did['verdict']],
            'log_ratio': interval_of(did['log']), 'slope': did['slope'],
            'slope_interval': [did['slope_low'], did['slope_high']]} | reductions_of(did, True),
        'kaplan_meier': {'before': km_of(raw['before_km']), 'after': km_of(raw['after_km'])}}


def run(program, name, seed):
    dice = random.Random(f'{name} {seed}')
    plan = PLAIN | PLANS[name]
    sides = [draw_side(dice, plan, side, date(2026, 1 + 3 * side, 5)) for side in (0, 1)]
    rows = f'{dice.getrandbits(256):064x}'
    control = ['control'] if plan['control'] else []
    comparison = Comparison(*sides, rows, TARGET, control)
    text = '\n'.join(map(str, numbers_of(comparison, rows)))
    seen = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    verdicts = {what: comparison.verdict(what) for what in ('mean', 'p90', 'per_case', 'standard')}
    verdicts |= {'share': comparison.share_verdict(),
                 'did': comparison.did_verdict() if control else '-'}
    hold_comparison(as_printed(json.loads(seen.stdout)), comparison)
    print(f'{name} {seed}: {verdicts}: equal', flush=True)
    return set(verdicts.items())


def main():
    randomness.vectors_hold()
    student.vectors_hold()
    seeds = [int(sys.argv[2])] if len(sys.argv) > 2 else [1]
    said, wrong = set(), 0
    for name in PLANS:
        for seed in seeds:
            try:
                said |= run(sys.argv[1], name, seed)
            except Different as error:
                wrong += 1
                print(f'{name} {seed}: {error}', flush=True)
    missing = set(VERDICTS) - {verdict for _, verdict in said}
    if not wrong and len(sys.argv) == 2 and missing:
        raise SystemExit(f'no side says {missing}')
    return wrong > 0


if __name__ == '__main__':
    sys.exit(main())
