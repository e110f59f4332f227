#!/usr/bin/env python3
"""From exec to the ready message, with a small and a large log in turn; and how long the end of a
service day takes, which a start in the morning has to wait for when yesterday is still open.

    start.py ONEWINDOW BENCH-FILL-LOG [SMALL LARGE [ROUNDS]]

SMALL and LARGE are events. The bar is for 1000000 and 20000000: these take some minutes to make and
about 500 bytes an event beneath the working directory, which are deleted at the end."""
import datetime
import os
import statistics
import sys
import time

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


def measure(bench, ordinal):
    seconds = bench.start(limit=3600).ready_s
    memory = bench.memory_kib() / 1024
    date = datetime.date.today() + datetime.timedelta(days=ordinal + 1)
    begin = time.monotonic()
    bench.api.post('/api/v1/day/close')
    bench.api.post('/api/v1/day/open', {'date': date.isoformat(), 'operator_word': True})
    day = time.monotonic() - begin
    bench.stop()
    return seconds, day, memory


def run():
    small, large, rounds = (int(word) for word in
                            (sys.argv[3:] + ['100000', '2000000', '5'][len(sys.argv) - 3:])[:3])
    config = hall_config(queues=QUEUES, windows=WINDOWS)
    with Bench(sys.argv[1], config) as one, Bench(sys.argv[1], config) as other:
        make(one, sys.argv[2], small)
        make(other, sys.argv[2], large)
        pairs = [(measure(one, i), measure(other, i)) for i in range(rounds)]
    rows = [['min / median / max of the rounds', f'{small} events', f'{large} events', 'ratio',
             'bar', '']]
    for name, index, bar in (('exec to ready, s', 0, 1.2), ('close and open a day, s', 1, None)):
        ratios = [b[index] / a[index] for a, b in pairs]
        rows.append([name, spread((a[index] for a, _ in pairs), 4),
                     spread((b[index] for _, b in pairs), 4), spread(ratios),
                     f'{bar:.2f}' if bar else '',
                     verdict(statistics.median(ratios) <= bar) if bar else ''])
    rows.append(['private dirty MiB when ready', f'{pairs[-1][0][2]:.1f}',
                 f'{pairs[-1][1][2]:.1f}', '', '', ''])
    table(rows)


main(run)
