#!/usr/bin/env python3
"""compare() against the second implementation (compare.py) on days made by dice, every figure to its
last digits: few and many days, empty ones, zero waits, days that are all alike, cells that resamples miss.

    compare_days.py COMPARE_DAYS
"""
import math
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta

from compare import Comparison
from survival import kaplan_meier

TARGET = 900000
VERDICTS = ['shorter', 'longer', 'no-waits', 'few-days', 'zero-inside', 'bounds', 'overlap', 'drift']
CLOSE = 1e-9  # relative; sums that are rounded in another order differ in the sixteenth digit


class Day:
    """What Comparison asks of a day."""

    def __init__(self, number, totals, ages=(), late=60000):
        self.date = int((date(2025, 1, 30) + timedelta(number)).strftime('%Y%m%d'))
        self.totals, self.ages = totals, list(ages)
        self.lower, self.upper = sum(self.ages), sum(age + late for age in self.ages)
        self.count = {'censored': len(self.ages)}
        self.cells, self.queues = {}, {}
        self.cases, self.filings = len(totals), 0

    n = property(lambda self: len(self.totals))
    sum = property(lambda self: sum(self.totals))

    def within(self, target):
        return sum(total <= target for total in self.totals)

    def decided(self, target):
        return len(self.totals) + sum(age > target for age in self.ages)

    def split(self, dice, cells, control):
        for total in self.totals:
            for family, key in ((self.cells, dice.choice(cells)),
                                (self.queues, 'c' if dice.random() < control else 't')):
                entry = family.setdefault(key, [0, 0])
                entry[0] += 1
                entry[1] += total
        return self


def side(dice, days, visits, mean_s, *, left=.1, left_s=None, cells=3, shift=0, control=.3, alike=False,
         empty=0., drift=0., online=0, rare=0.):
    """Days of about so many visits with exponential waits; alike: the first day again and again."""
    made = []
    for number in range(days):
        n = 0 if dice.random() < empty else max(0, round(dice.gauss(visits, visits / 4)))
        busy = dice.lognormvariate(0, .4)
        draw = lambda mean, b=busy: int(1000 * dice.expovariate(1 / (mean * b))) if mean else 0
        names = [shift + cell for cell in range(cells)] + ([shift + cells] if dice.random() < rare else [])
        day = Day(number + number // 5 * 2, [draw(mean_s) for _ in range(n)],
                  [draw(left_s or mean_s) for _ in range(n) if dice.random() < left]).split(dice, names, control)
        if drift:
            day.queues = {queue: [n, round(ms * math.exp(drift * number)) if queue == 't' else ms]
                          for queue, (n, ms) in day.queues.items()}
        day.filings = online
        day.cases += online
        made.append(day if not alike or not made else repeat(made[0], number))
    return made


def repeat(day, number):
    again = Day(number, day.totals, day.ages)
    again.cells, again.queues, again.cases = day.cells, day.queues, day.cases
    return again


def worlds():
    """(name, baseline, period, the figures' verdicts that it was made for)."""
    dice = random.Random(20261126)
    yield ('plain', side(dice, 24, 12, 900), side(dice, 27, 12, 200, left=.02),
           {'mean': 'shorter', 'p90': 'shorter', 'share': 'shorter', 'standard': 'shorter'})
    yield 'the other way', side(dice, 20, 6, 100), side(dice, 21, 6, 900), {'mean': 'longer', 'share': 'longer'}
    yield 'no change', side(dice, 22, 6, 400), side(dice, 23, 6, 400), {'mean': 'zero-inside'}
    yield 'under a minute', side(dice, 20, 9, 40), side(dice, 20, 9, 10), {'mean': 'shorter'}
    yield ('nineteen', side(dice, 19, 6, 600), side(dice, 25, 6, 100),
           dict.fromkeys(('mean', 'p90', 'share', 'per_case', 'standard', 'did'), 'few-days'))
    yield 'one day', side(dice, 1, 10, 600), side(dice, 1, 10, 100), {'mean': 'few-days'}
    yield 'no days', [], side(dice, 20, 5, 100), {'mean': 'no-waits', 'share': 'no-waits'}
    yield 'no visits', side(dice, 20, 0, 100), side(dice, 20, 5, 100), {'mean': 'no-waits'}
    yield ('nobody waits any more', side(dice, 20, 6, 900), side(dice, 20, 6, 0),
           {'mean': 'no-waits', 'p90': 'no-waits', 'did': 'no-waits', 'share': 'shorter'})
    yield 'hardly anybody waits', side(dice, 20, 6, 900), side(dice, 23, 1, 20, empty=.6), {}
    yield ('all alike', side(dice, 20, 8, 900, alike=True, cells=1), side(dice, 20, 8, 100, alike=True, cells=1),
           dict.fromkeys(('mean', 'p90', 'share', 'per_case', 'standard'), 'zero-inside'))
    yield 'one side alike', side(dice, 20, 6, 900), side(dice, 20, 6, 100, alike=True), {'mean': 'shorter'}
    yield 'empty days', side(dice, 24, 6, 900, empty=.3), side(dice, 22, 6, 300, empty=.2), {'mean': 'shorter'}
    yield ('other items', side(dice, 20, 6, 900), side(dice, 20, 6, 100, shift=2),
           {'mean': 'shorter', 'standard': 'overlap'})
    yield ('rare cells', side(dice, 20, 12, 900, cells=2, rare=.15), side(dice, 20, 12, 300, cells=2, rare=.15),
           {'standard': 'shorter'})
    yield ('standardised under a minute', side(dice, 20, 9, 30, cells=2), side(dice, 20, 9, 8, cells=2),
           {'standard': 'shorter'})
    yield ('who left waited longest', side(dice, 20, 6, 600, left=0), side(dice, 20, 6, 200, left=1, left_s=6000),
           dict.fromkeys(('mean', 'p90', 'per_case', 'standard'), 'bounds') | {'share': 'longer'})
    yield ('only their lower bounds turn', late(side(dice, 20, 6, 600, left=1)), side(dice, 20, 6, 200, left=1, left_s=6000),
           {'mean': 'bounds'})
    yield ('all alike, in several cells', side(dice, 20, 60, 900, alike=True), side(dice, 20, 60, 100, alike=True),
           {'standard': 'zero-inside'})
    yield ('waits in other cells only', *(zeros_in_common(nine_of_ten(dice, 900, cell)) for cell in (1, 2)),
           {'mean': 'zero-inside', 'standard': 'no-waits'})
    yield ('a control that hardly waits', hardly(with_control(dice, side(dice, 20, 8, 900))),
           with_control(dice, side(dice, 20, 8, 100)), {'did': 'drift'})
    yield ('nine of ten in the same cell', *(nine_of_ten(dice, mean, cell) for mean, cell in ((900, 1), (100, 2))),
           {'standard': 'shorter'})
    yield 'drifting', side(dice, 21, 12, 600, drift=.3), side(dice, 20, 12, 100), {'did': 'drift'}
    yield ('hardly any control', side(dice, 24, 6, 600, control=.03), side(dice, 24, 6, 100, control=.03),
           {'did': 'few-days'})
    yield ('the control stays', *(with_control(dice, side(dice, 22, 12, mean)) for mean in (900, 200)),
           {'did': 'shorter'})
    yield 'a second or two', side(dice, 20, 9, 1), side(dice, 26, 9, .4), {}
    yield ('filed online', side(dice, 20, 6, 600), side(dice, 20, 6, 400, online=9), {'per_case': 'shorter'})


def late(days):
    """Who left would have waited for days."""
    for day in days:
        day.upper += 10 ** 9 * len(day.ages)
    return days


def nine_of_ten(dice, mean, other):
    """Ten visits a day, one of them in a cell of its own: an overlap of .9, the least that is shown."""
    made = side(dice, 20, 10, mean)
    for day in made:
        day.totals = [int(1000 * dice.expovariate(1 / mean)) for _ in range(10)]
        day.cells = {0: [9, sum(day.totals[:9])], other: [1, day.totals[9]]}
        day.queues, day.cases = {'t': [10, day.sum]}, 10
    return made


def zeros_in_common(days):
    for day in days:
        day.totals = [0] * 9 + [day.totals[9]]
        day.cells[0], day.queues = [9, 0], {'t': [10, day.sum]}
    return days


def hardly(days):
    """The control waits on two days."""
    for day in days[2:]:
        day.queues['c'] = [4, 0]
    return days


def with_control(dice, days):
    """Four visits of a control queue each day, of one mean on both sides."""
    for day in days:
        day.queues = {'t': [day.n, day.sum], 'c': [4, sum(int(dice.expovariate(1 / 6e5)) for _ in range(4))]}
    return days


def bins(seconds):
    counted = sorted(Counter(ms // 1000 for ms in seconds).items())
    return [len(counted)] + [number for pair in counted for number in pair]


def numbers_of(days):
    yield len(days)
    for day in days:
        (n_t, s_t), (n_c, s_c) = day.queues.get('t', (0, 0)), day.queues.get('c', (0, 0))
        yield from (day.date, day.n, day.sum, day.within(TARGET), day.decided(TARGET), day.cases, day.filings,
                    len(day.ages), day.lower, day.upper, n_t, s_t, n_c, s_c)
        yield from bins(day.totals)
        yield from bins(day.ages)
        yield len(day.cells)
        for cell in sorted(day.cells):
            yield from (cell, *day.cells[cell])


def run(program, seed, baseline, period):
    numbers = [seed, 16, 1, *numbers_of(baseline), *numbers_of(period)]
    done = subprocess.run([program], input=' '.join(map(str, numbers)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f'{program}: {done.returncode}: {done.stderr}')
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


class Check:
    def __init__(self, world, seen):
        self.world, self.seen, self.wrong = world, seen, 0

    def equal(self, name, wanted):
        """None: there is none, and C has no number."""
        value = self.seen[name]
        if wanted is None:
            wanted = math.nan
        if value == wanted or (math.isnan(value) and math.isnan(wanted)) or math.isclose(value, wanted, rel_tol=CLOSE, abs_tol=1e-12):
            return
        self.wrong += 1
        print(f'{self.world}: {name} is {value!r}, by the second implementation {wanted!r}')

    def interval(self, name, hull, unit=1, blocks=True):
        self.equal(f'{name}.point', hull['theta'] and hull['theta'] * unit)
        self.ends(name, hull['ends'], unit, ('low', 'high'))
        nothing = {'low': None, 'se': 0, 'undefined': 0}
        for how, part in zip(('day', 'block') if blocks else ('day',), hull['parts'] or [nothing] * 2):
            self.ends(name, part['low'] is not None and (part['low'], part['high']), unit,
                      (f'{how}_low', f'{how}_high'))
            self.equal(f'{name}.{how}_se', part['se'] * unit)
            self.equal(f'{name}.{how}_undefined', part['undefined'])

    def ends(self, name, pair, unit, fields):
        for field, end in zip(fields, (pair or (-math.inf, math.inf)) * 2):
            self.equal(f'{name}.{field}', end * unit)

    def verdict(self, figure, wanted):
        value = VERDICTS[int(self.seen[f'{figure}.verdict'])]
        if value != wanted:
            self.wrong += 1
            print(f'{self.world}: {figure} is said to be {value}, wanted {wanted}')


def check_figures(check, c):
    check.interval('mean.log', c.mean[0])
    check.interval('mean.change', c.mean[1])
    check.interval('per_case.log', c.per_case[0])
    check.interval('per_case.change', c.per_case[1])
    check.interval('p90.log', c.p90[0])
    check.interval('p90.change', c.p90[1], 1000)
    check.interval('share.change', c.share)
    check.interval('standard.log', c.standard[0])
    check.interval('standard.change', c.standard[1])
    check.equal('standard.cells', len(c.cells))
    if c.overlap is not None:
        check.equal('standard.overlap', c.overlap if c.cells else 0)
    for which, name in enumerate(('before', 'after')):
        for end, bound in zip(('lower', 'upper'), c.bounds[which]):
            check.equal(f'bounds.{name}_{end}', bound)
    check.interval('did.log', c.did['interval'], blocks=False)
    check.equal('did.before_days', c.did['days'][0])
    check.equal('did.after_days', c.did['days'][1])
    drift = c.did['drift'] or {'slope': None, 'ends': (None, None)}
    check.equal('did.slope', drift['slope'])
    check.equal('did.slope_low', drift['ends'][0])
    check.equal('did.slope_high', drift['ends'][1])
    for figure in ('mean', 'p90', 'per_case', 'standard'):
        check.equal(f'{figure}.relative', c.is_relative(figure))
        for which, value in zip(('before', 'after'), c.means(figure)):
            check.equal(f'{figure}.{which}', value)
    if None not in c.means('mean'):
        check.equal('bounds.turns', not c.bounds_agree())


def check_survival(check, c):
    for which, name in enumerate(('before', 'after')):
        days = c.sides[which].days
        for percent in (50, 90):
            second = kaplan_meier([ms for day in days for ms in day.totals], [ms for day in days for ms in day.ages],
                                  percent)
            check.equal(f'{name}_km.p{percent}', -1 if second is None else second)
            band = c.bands[which] and c.bands[which][percent]
            for end, value in zip(('low', 'high'), band or (-2, -2)):
                check.equal(f'{name}_km.p{percent}_{end}', -1 if value is None else value)


def check_verdicts(check, c, wanted):
    said = {'mean': c.verdict('mean'), 'p90': c.verdict('p90'), 'per_case': c.verdict('per_case'),
            'standard': c.verdict('standard'), 'did': c.did_verdict(),
            'share': {'higher': 'shorter', 'lower': 'longer'}.get(c.share_verdict(), c.share_verdict())}
    for figure, verdict in said.items():
        check.verdict(figure, verdict)
    for figure, verdict in wanted.items():
        if verdict and said[figure] != verdict:
            check.wrong += 1
            print(f'{check.world}: was made so that {figure} is {verdict}, and is {said[figure]}')
    return set(said.values())


def check_world(world, seed):
    name, baseline, period, wanted = world
    rows = seed.to_bytes(8, 'little').hex() + 48 * '0'
    second = Comparison(baseline, period, rows, TARGET, ['c'])
    check = Check(name, run(sys.argv[1], seed, baseline, period))
    check_figures(check, second)
    check_survival(check, second)
    return check_verdicts(check, second, wanted), check.wrong


def main():
    dice = random.Random(7)
    with ProcessPoolExecutor() as pool:
        done = [pool.submit(check_world, world, dice.getrandbits(63)) for world in worlds()]
        said = set().union(*(future.result()[0] for future in done))
    if said != set(VERDICTS):
        sys.exit(f'never said: {set(VERDICTS) - said}')
    sys.exit(1 if any(future.result()[1] for future in done) else 0)


if __name__ == '__main__':
    main()
