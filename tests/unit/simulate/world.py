#!/usr/bin/env python3
"""A second implementation of a scenario's citizens, written from docs/simulate.md and src/simulate/draw.h
and not from the first: whoever comes, when, for what and for how long, visit by visit. SplitMix64 is that
of tests/unit/measure/randomness.py, held by its authors' outputs; the normal quantile is Python's own.

    world.py WRITE-DAYS SCENARIO..."""
import math
import os
import subprocess
import sys
from statistics import NormalDist

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../measure'))
from randomness import MASK, splitmix64, vectors_hold  # noqa: E402  pylint: disable=wrong-import-position

(DAY_FACTOR, CASES, ITEM, ARRIVAL, ONLINE, SERVICE, REWORK, PICK_UP, PATIENCE, NO_SHOW, CLASS) = range(11)
OF_DAY = 2 ** 32 - 1
STEP = 0x9e3779b97f4a7c15
NORMAL = NormalDist()


def output(seed, index):
    return next(splitmix64((seed + index * STEP) & MASK))


class Case:
    def __init__(self, seed, day, number):
        self.seed = output(seed, day * 2 ** 32 + number)

    def uniform(self, leg, purpose):
        return (2 * (output(self.seed, 256 * leg + purpose) >> 12) + 1) / 2 ** 53


def lognormal(u, mean, cv):
    variance = math.log(1 + cv * cv)
    return mean * math.exp(math.sqrt(variance) * NORMAL.inv_cdf(u) - variance / 2)


def poisson(u, mean):
    """The least k with P(X <= k) >= u, each term from its logarithm."""
    k, below = 0, 0.
    while True:
        below += math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
        if below >= u:
            return k
        k += 1


def pick(u, weights):
    """Index, and how far into its part u is, of 1."""
    total = math.fsum(weights)
    for i, weight in enumerate(weights):
        part = math.fsum(weights[:i]) / total
        if weight and u < part + weight / total:
            return i, (u - part) * total / weight
    raise ValueError(u)


class World:
    def __init__(self, lines):
        self.spans, self.items = [], []
        for line in lines:
            kind, *words = line.split()
            if kind == 'numbers':
                (self.a_day, self.day_cv, self.uptake, self.mean, self.cv, self.rework, self.pick_up,
                 self.pick_up_mean, self.pick_up_cv, self.no_show, self.patience, self.priority) = map(float, words)
            elif kind == 'span':
                self.spans.append((int(words[0]), int(words[1]), float(words[2])))
            elif kind == 'item':
                self.items.append((float(words[0]), float(words[1]), words[2] == '1'))

    def arrival(self, case, leg):
        span, part = pick(case.uniform(leg, ARRIVAL), [weight for _, _, weight in self.spans])
        begin, end, _ = self.spans[span]
        return (begin + (end - begin) * part) * 60000

    def case(self, case, number):
        item, _ = pick(case.uniform(0, ITEM), [share for share, _, _ in self.items])
        _, factor, online = self.items[item]
        if online and case.uniform(0, ONLINE) < self.uptake:
            yield 'filing', self.arrival(case, 0), number, item
            return
        kinds = [0]
        if case.uniform(0, REWORK) < self.rework:
            kinds.append(1)
        if case.uniform(0, PICK_UP) < self.pick_up:
            kinds.append(2)
        for leg in kinds:
            mean, cv = (self.pick_up_mean, self.pick_up_cv) if leg == 2 else (self.mean * factor, self.cv)
            patience = -self.patience * math.log1p(-case.uniform(leg, PATIENCE)) * 60000 if self.patience else -1
            yield ('visit', self.arrival(case, leg), number, leg, item,
                   lognormal(case.uniform(leg, SERVICE), mean, cv) * 60000, patience,
                   int(case.uniform(0, CLASS) < self.priority), int(case.uniform(leg, NO_SHOW) < self.no_show))

    def day(self, seed, day):
        of_day = Case(seed, day, OF_DAY)
        mean = self.a_day * lognormal(of_day.uniform(0, DAY_FACTOR), 1, self.day_cv)
        cases = poisson(of_day.uniform(0, CASES), mean)
        rows = [row for number in range(cases) for row in self.case(Case(seed, day, number), number)]
        return cases, sorted(rows, key=lambda row: (row[0] == 'filing', math.floor(row[1] + 1e-6), row[2:4]))


def alike(wanted, seen):
    """Whole numbers; what is calculated, to a millisecond's edge: arrivals rounded down, times to the nearest."""
    if wanted[0] != seen[0] or len(wanted) != len(seen):
        return False
    for i, (a, b) in enumerate(zip(wanted[1:], seen[1:])):
        close = i == 0 and -1e-6 < a - b < 1 + 1e-6 or wanted[0] == 'visit' and i in (4, 5) and abs(a - b) < .5 + 1e-6
        if not (a == b or close):
            return False
    return True


def compare(program, scenario, seed, days):
    text = subprocess.run([program, scenario, str(seed), str(days)], capture_output=True, text=True, check=True).stdout
    head, *parts = text.split('\nday ')
    world, visits = World(head.splitlines()), 0
    for part in parts:
        first, *rows = part.splitlines()
        seed, day, cases = map(int, first.split())
        wanted_cases, wanted = world.day(seed, day)
        seen = [(kind, *map(int, words)) for kind, *words in map(str.split, rows)]
        if cases != wanted_cases or len(seen) != len(wanted):
            sys.exit(f'{scenario}, day {day}: {cases} cases, not {wanted_cases}')
        for a, b in zip(wanted, seen):
            if not alike(a, b):
                sys.exit(f'{scenario}, seed {seed}, day {day}: {b}, not {a}')
        visits += len(seen)
    print(f'{os.path.basename(scenario)}: {len(parts)} days, {visits} visits and filings')


def main():
    vectors_hold()
    for scenario in sys.argv[2:]:
        compare(sys.argv[1], scenario, 1, 20)
        compare(sys.argv[1], scenario, 2 ** 63 - 1, 5)


if __name__ == '__main__':
    main()
