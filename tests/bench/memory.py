#!/usr/bin/env python3
"""Private dirty memory (/proc/PID/smaps_rollup) after service days of many tickets, each issued,
printed, called, started and finished as fast as it goes; and its growth over the days.

    memory.py ONEWINDOW BENCH-DAYS [TICKETS [DAYS]]"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import Bench, Printers, hall_config, main, run_json, table, verdict  # noqa: E402

QUEUES, WINDOWS, PRINTERS, CONNECTIONS = 20, 133, 4, 32
SETTLED = 3  # command ids are kept two service days: from the third on there is nothing new


def settle(bench, before):
    """The printers come last, and the walk over the whole log that began with the day: wait until
    there is no new event and the walk has seen one behind the day before. Returns the last event's
    seq and the most memory on the way, in KiB."""
    seen, most = None, 0
    while True:
        health = bench.api.get('/healthz')
        most = max(most, bench.memory_kib())
        if seen == health['log']['seq'] and health['audit']['seq'] > before:
            return seen, most
        seen = health['log']['seq']
        time.sleep(1)


def run():
    tickets, days = (int(word) for word in
                     (sys.argv[3:] + ['8000', '30'][len(sys.argv) - 3:])[:2])
    printers = Printers(PRINTERS)
    with Bench(sys.argv[1], hall_config(QUEUES, WINDOWS, printers.urls)) as bench:
        bench.start()
        seen = [bench.memory_kib() / 1024]
        seconds = seq = most = 0
        for day in range(days):
            rows = run_json(sys.argv[2], bench.api.port, tickets, 0, WINDOWS, QUEUES, 0,
                            CONNECTIONS, 1, day, 1)
            seconds += rows[0]['seconds']
            seq, walking = settle(bench, seq)
            most = max(most, walking / 1024)
            seen.append(bench.memory_kib() / 1024)
        bench.stop()
        size = os.path.getsize(bench.log) / 1e6
    print(f'{days} days of {tickets} tickets, {seq} events, {printers.printed} papers, {size:.0f} MB of log, '
          f'in {seconds:.0f} s')
    print('private dirty MiB, after the start and after each day: ' +
          ' '.join(f'{mib:.2f}' for mib in seen))
    rows = [['figure', 'MiB', 'bar', ''],
            ['after the first day', f'{seen[1]:.2f}', '16', verdict(seen[1] <= 16)],
            ['the most at the end of a day', f'{max(seen):.2f}', '16', verdict(max(seen) <= 16)],
            ['the most while the log is walked', f'{most:.2f}', '', '']]
    if days > SETTLED:
        growth = seen[-1] / seen[SETTLED] - 1
        rows.append([f'growth from day {SETTLED} to day {days}', f'{100 * growth:.2f}%', '1%',
                     verdict(growth < .01)])
    table(rows)


main(run)
