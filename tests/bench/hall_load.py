#!/usr/bin/env python3
"""A hall of 133 windows under load, over HTTP: a slice of a service day of seven hours and 8,000
tickets at 100 times its pace, then 50 tickets a second with 200 listeners to the event stream. Each
ticket is printed. The time of a command counts from when it was due.

    hall_load.py ONEWINDOW BENCH-DAYS [DAY_S [BURST_S]]

DAY_S: how long to replay, 252 is the whole day. BURST_S: the bar is for 60."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import Bench, Printers, cpu_s, hall_config, main, run_json, table  # noqa: E402

QUEUES, WINDOWS, PRINTERS, LISTENERS = 20, 133, 4, 200
DAY_TICKETS, DAY_SECONDS = 8000, 252
CONNECTIONS = 40  # the daemon takes 256, listeners included


def load(bench, printers, title, tickets, seconds, listeners, first_day):
    first = bench.api.get('/healthz')['log']['seq']
    before = cpu_s(bench.process.pid)
    rows = run_json(sys.argv[2], bench.api.port, tickets, seconds, WINDOWS, QUEUES, listeners,
                    CONNECTIONS, 1, first_day, 1)
    whole = rows[0]
    share = (cpu_s(bench.process.pid) - before) / whole['seconds']
    print(f"{title}: {tickets} tickets, {whole['requests']} requests, {whole['seq'] - first} events "
          f"in {whole['seconds']:.0f} s, {printers.printed} papers so far, daemon "
          f"{100 * share:.0f}% of a core")
    table([['ms', 'count', 'p50', 'p90', 'p99', 'max']] + [
        [row['kind'], row['count']] + [f'{row[key] / 1000:.2f}' for key in
                                       ('p50', 'p90', 'p99', 'max')]
        for row in rows[1:] if row['count']])
    if listeners:
        print(f"{whole['whole']} of {listeners} listeners have every event up to {whole['seq']}, "
              'in order')
    print(flush=True)


def run():
    day_s, burst_s = (int(word) for word in
                      (sys.argv[3:] + ['60', '60'][len(sys.argv) - 3:])[:2])
    printers = Printers(PRINTERS)
    with Bench(sys.argv[1], hall_config(QUEUES, WINDOWS, printers.urls)) as bench:
        bench.start()
        load(bench, printers, 'a day at 100 times its pace',
             DAY_TICKETS * day_s // DAY_SECONDS, day_s, 0, 0)
        load(bench, printers, '50 tickets a second', 50 * burst_s, burst_s, LISTENERS, 1)
        bench.stop()


main(run)
