#!/usr/bin/env python3
"""Citizens a second of the simulation, draws included, against SimPy in the same run, in turn: eight
equal windows (M/M/8, load .9) by both, whose mean wait is known; and the whole founding hall, before
and after, against SimPy's bare M/M/8. Then peak memory at 100 and at 10,000 days, and 240 days as a
log. Speeds are of the processor's time.

    simulate.py BENCH-SIMULATE [ROUNDS [DAYS]]

SimPy is Debian's python3-simpy3; scripts/setup bench installs it."""
import os
import statistics
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
from bench import StepError, main, run_json, spread, table, verdict  # noqa: E402

SIMPY_CITIZENS, MM8_DAYS, LOG_DAYS, LOG_BAR_S = 100000, 100, 240, 20
SPEED_BAR, FOUNDING_BAR, GROWTH_BAR = 60, 10, 1.1
NAMES = {'simpy': 'M/M/8 by SimPy', 'mm8': 'M/M/8 by the engine',
         'before': 'the founding hall, before', 'after': 'the founding hall, after'}


def rate(figures):
    return figures['citizens'] / figures['us'] * 1e6


def ask(program, name, days, seed):
    if name == 'simpy':
        return run_json(sys.executable, os.path.join(here, 'mm8_simpy.py'), SIMPY_CITIZENS, seed)[0]
    return run_json(program, name, MM8_DAYS if name == 'mm8' else days, seed)[0]


def show_speed(rounds):
    table([['min / median / max of the rounds', 'citizens a second', 'mean wait, min']] + [
        [text, spread((rate(one) for one in rounds[name]), 0),
         spread((one['mean_min'] for one in rounds[name]), 3)] for name, text in NAMES.items()])
    print()

    def ratio(name):
        return [rate(one) / rate(peer) for one, peer in zip(rounds[name], rounds['simpy'])]

    table([['citizens a second : SimPy\'s M/M/8', 'min / median / max', 'bar', '']] + [
        [NAMES[name], spread(ratio(name), 0), bar, verdict(min(ratio(name)) >= bar)]
        for name, bar in (('mm8', SPEED_BAR), ('before', FOUNDING_BAR), ('after', FOUNDING_BAR))])
    print()


def show_erlang(rounds):
    """All rounds' days together: every seed has as many."""
    mean = statistics.mean(one['mean_min'] for one in rounds['mm8'])
    error = sum(one['error_min'] ** 2 for one in rounds['mm8']) ** .5 / len(rounds['mm8'])
    wanted = rounds['mm8'][0]['erlang_min']
    print(f"M/M/8: mean wait {mean:.4f} min, standard error {error:.4f} ({MM8_DAYS * len(rounds['mm8'])} "
          f'days of 30,000, the first 3,000 of each left out); Erlang C {wanted:.4f}: '
          f'{(mean - wanted) / error:+.2f} errors, {verdict(abs(mean - wanted) <= 3 * error)}\n')


def show_memory(program):
    few, many = (run_json(program, 'before', days, 1)[0]['peak_kib'] for days in (100, 10000))
    print(f'peak memory, the founding hall before: 100 days {few / 1024:.2f} MiB, 10,000 days '
          f'{many / 1024:.2f} MiB, {verdict(many <= GROWTH_BAR * few)}')


def show_log(program):
    with tempfile.TemporaryDirectory(prefix='bench-simulate-', dir=os.getcwd()) as folder:
        log = os.path.join(folder, 'sim.log.db')
        done = run_json(program, 'log', log, 'before', LOG_DAYS, 1)[0]
        plain = run_json(program, 'before', LOG_DAYS, 1)[0]
        if any(done[name] != plain[name] for name in ('citizens', 'mean_min', 'p90_min', 'share')):
            raise StepError(f'the log is of other days: {done}, {plain}')
        print(f"a log of {LOG_DAYS} days before, {done['citizens']} tickets: {done['wall_us'] / 1e6:.1f} s, "
              f"of the processor {done['us'] / 1e6:.1f} s, {os.path.getsize(log) / 1e6:.0f} MB, "
              f"{verdict(done['wall_us'] <= LOG_BAR_S * 1e6)}")


def run():
    program = os.path.abspath(sys.argv[1])
    count, days = ([int(word) for word in sys.argv[2:]] + [5, 2400][len(sys.argv) - 2:])
    rounds = {name: [] for name in NAMES}
    for seed in range(1, count + 1):
        for name in NAMES:
            rounds[name].append(ask(program, name, days, seed))
    print(f"SimPy {rounds['simpy'][0]['simpy']}, Python {sys.version.split()[0]}")
    show_speed(rounds)
    show_erlang(rounds)
    show_memory(program)
    show_log(program)


if __name__ == '__main__':
    main(run)
