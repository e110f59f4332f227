#!/usr/bin/env python3
"""From exec to the ready message with a small and a large log in turn: after a clean stop, and after
kill -9 of a daemon that had served citizens since its start. And how long the end of a service day
takes, for which a start in the morning has to wait when yesterday is still open.

    start.py ONEWINDOW BENCH-FILL-LOG BENCH-DAYS [SMALL LARGE [ROUNDS]]

SMALL and LARGE are events. The bar is for 1000000 and 20000000: these take some minutes to make and
300 bytes an event beneath the working directory, which are deleted at the end."""
import datetime
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import Bench, hall_config, main, run_json, spread, table, verdict  # noqa: E402

QUEUES, WINDOWS = 20, 133
CITIZENS = 400  # before each kill -9


def make(bench, fill_log, events):
    made = run_json(fill_log, bench.config, events)[0]
    size = os.path.getsize(bench.log)
    print(f"{made['events']} events, {made['days']} days, {size / 1e6:.0f} MB "
          f"({size / made['events']:.0f} bytes an event), made in {made['seconds']:.0f} s",
          flush=True)
    # the first start comes to today, closes what is open and may keep a snapshot
    bench.start(limit=3600)
    bench.stop()


def timed_start(bench):
    return bench.start(limit=3600).ready_s


def measure_starts(bench, days):
    bench.start(limit=3600)
    run_json(days, bench.api.port, CITIZENS, 0, WINDOWS, QUEUES, 0, 32, 1, 0, 0)
    bench.kill()
    killed = timed_start(bench)
    bench.stop()
    clean = timed_start(bench)
    memory = bench.memory_kib() / 1024
    bench.stop()
    return clean, killed, memory


def measure_day(bench, ordinal):
    date = datetime.date.today() + datetime.timedelta(days=ordinal + 1)
    begin = time.monotonic()
    bench.api.post('/api/v1/day/close')
    bench.api.post('/api/v1/day/open', {'date': date.isoformat(), 'operator_word': True})
    return time.monotonic() - begin


def show(small, large, starts, ends):
    rows = [['min / median / max of the rounds', f'{small} events', f'{large} events', 'ratio',
             'bar', '']]
    for name, pairs, bar in (
            ('ready after a clean stop, s', [(a[0], b[0]) for a, b in starts], 1.2),
            (f'ready after kill -9 and {CITIZENS} tickets, s',
             [(a[1], b[1]) for a, b in starts], 1.2),
            ('close and open a day, s', ends, None)):
        ratios = [b / a for a, b in pairs]
        rows.append([name, spread((a for a, _ in pairs), 4), spread((b for _, b in pairs), 4),
                     spread(ratios), f'{bar:.2f}' if bar else '',
                     verdict(statistics.median(ratios) <= bar) if bar else ''])
    rows.append(['private dirty MiB when ready', f'{starts[-1][0][2]:.1f}',
                 f'{starts[-1][1][2]:.1f}', '', '', ''])
    table(rows)


def run():
    small, large, rounds = (int(word) for word in
                            (sys.argv[4:] + ['100000', '2000000', '7'][len(sys.argv) - 4:])[:3])
    config = hall_config(queues=QUEUES, windows=WINDOWS)
    with Bench(sys.argv[1], config) as one, Bench(sys.argv[1], config) as other:
        make(one, sys.argv[2], small)
        make(other, sys.argv[2], large)
        starts = [(measure_starts(one, sys.argv[3]), measure_starts(other, sys.argv[3]))
                  for _ in range(rounds)]
        one.start()
        other.start()
        ends = [(measure_day(one, i), measure_day(other, i)) for i in range(rounds)]
        one.stop()
        other.stop()
    show(small, large, starts, ends)


main(run)
