#!/usr/bin/env python3
"""From exec to the ready message, with a small and a large log in turn.

    start.py ONEWINDOW BENCH-FILL-LOG [SMALL LARGE [ROUNDS]]

SMALL and LARGE are events. The bar is for 1000000 and 20000000: these take some minutes to make and
about 500 bytes an event beneath the working directory, which are deleted at the end."""
import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import Bench, hall_config, main, run_json, spread, table, verdict  # noqa: E402

QUEUES, WINDOWS = 20, 133


def make(bench, fill_log, events):
    made = run_json(fill_log, bench.config, events)[0]
    size = os.path.getsize(bench.log)
    print(f"{made['events']} events, {made['days']} days, {size / 1e6:.0f} MB "
          f"({size / made['events']:.0f} bytes an event), made in {made['seconds']:.0f} s",
          flush=True)
    # the first start comes to today, closes what is open and may keep a snapshot
    bench.start(limit=3600)
    bench.stop()


def measure(bench):
    seconds = bench.start(limit=3600).ready_s
    memory = bench.memory_kib() / 1024
    bench.stop()
    return seconds, memory


def run():
    small, large, rounds = (int(word) for word in
                            (sys.argv[3:] + ['100000', '2000000', '5'][len(sys.argv) - 3:])[:3])
    config = hall_config(queues=QUEUES, windows=WINDOWS)
    with Bench(sys.argv[1], config) as one, Bench(sys.argv[1], config) as other:
        make(one, sys.argv[2], small)
        make(other, sys.argv[2], large)
        pairs = [(measure(one), measure(other)) for _ in range(rounds)]
    ratios = [b[0] / a[0] for a, b in pairs]
    table([['exec to ready, s', 'min / median / max', 'private dirty MiB', 'bar', ''],
           [f'{small} events', spread((a[0] for a, _ in pairs), 3),
            f'{pairs[-1][0][1]:.1f}', '', ''],
           [f'{large} events', spread((b[0] for _, b in pairs), 3),
            f'{pairs[-1][1][1]:.1f}', '', ''],
           ['ratio', spread(ratios), '', '1.20', verdict(statistics.median(ratios) <= 1.2)]])


main(run)
