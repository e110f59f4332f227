#!/usr/bin/env python3
"""Durable tickets over HTTP (201 only after the commit) against a loop on the same disk that
appends 4 KiB and syncs. Once on the disk as it is, and once as if a sync took 2 ms, as on a drive
without a protected cache: there group commit shows, and on a quick disk the processors do.

    tickets.py ONEWINDOW BENCH-TICKETS SLOW-SYNC.SO [ROUNDS [SLICE_MS [SYNC_US]]]"""
import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import Bench, hall_config, main, run_json, spread, table, verdict  # noqa: E402


def by_round(rows, kind):
    return [row for row in rows if row['kind'] == kind]


def rate(row):
    return row['count'] / row['seconds']


def limits(row):
    """Tickets a second that processors allow: by the daemon's busiest thread on a core of its own,
    and by all the work of daemon and client on the cores that are there."""
    cores = len(os.sched_getaffinity(0))
    thread = 1e6 * row['count'] / row['thread_us']
    shared = 1e6 * row['count'] / ((row['daemon_us'] + row['client_us']) / cores)
    return thread, shared


def show(rows):
    raw, one, many = (by_round(rows, kind) for kind in ('raw', 'one', 'many'))
    whole = {kind: by_round(rows, f'all-{kind}')[0] for kind in ('raw', 'one', 'many')}
    table([['min / median / max of the rounds', 'a second', 'p50 ms', 'p99 ms (all rounds)', 'max ms']] + [
        [name, spread(map(rate, part), 0), f"{whole[kind]['p50'] / 1000:.2f}",
         f"{whole[kind]['p99'] / 1000:.2f}", f"{whole[kind]['max'] / 1000:.1f}"]
        for name, kind, part in (('append 4 KiB + fdatasync', 'raw', raw),
                                 ('tickets, 1 connection', 'one', one),
                                 ('tickets, 32 connections', 'many', many))])
    cpu = [(row['daemon_us'] / row['count'], row['thread_us'] / row['count'],
            row['client_us'] / row['count']) for row in many]
    print(f"\nprocessor time a ticket at 32 connections, us: daemon {spread((c[0] for c in cpu), 0)}, "
          f"its busiest thread {spread((c[1] for c in cpu), 0)}, client {spread((c[2] for c in cpu), 0)}")
    wanted = statistics.median(8 * rate(r) for r in raw)
    thread = statistics.median(limits(row)[0] for row in many)
    shared = statistics.median(limits(row)[1] for row in many)
    bound = min(('8 x one-by-one commits', wanted), ('the busiest thread on one core', thread),
                ('all cores, client included', shared), key=lambda pair: pair[1])
    print(f'limits, tickets a second: 8 x one-by-one {wanted:.0f}, busiest thread {thread:.0f}, '
          f'all {len(os.sched_getaffinity(0))} cores {shared:.0f}; the least: {bound[0]}\n')
    ratios = [rate(m) / rate(r) for m, r in zip(many, raw)]
    single = [rate(o) / rate(r) for o, r in zip(one, raw)]
    reached = statistics.median(rate(m) for m in many) / bound[1]
    tail = whole['many']['p99'] / whole['raw']['p99']
    table([['figure', 'min / median / max', 'bar', ''],
           ['32 connections : raw', spread(ratios), '8, or the limit', verdict(
               statistics.median(ratios) >= 8 or reached >= .9)],
           [f'32 connections : {bound[0]}', f'{reached:.2f}', '1', ''],
           ['p99 at 32 connections : raw p99', f'{tail:.2f}', '3', verdict(tail <= 3)],
           ['one connection : raw', spread(single), '0.70',
            verdict(statistics.median(single) >= .7)]])


def measure(rounds, slice_ms):
    with Bench(sys.argv[1], hall_config(queues=4, windows=8)) as bench:
        bench.start()
        rows = run_json(sys.argv[2], bench.api.port, bench.process.pid,
                        os.path.join(bench.folder, 'raw'), rounds, slice_ms)
        bench.stop()
    show(rows)


def run():
    rounds, slice_ms, sync_us = (sys.argv[4:] + ['10', '1500', '2000'][len(sys.argv) - 4:])[:3]
    print('the disk as it is')
    measure(rounds, slice_ms)
    print(f'\na sync takes {sync_us} us at least')
    os.environ.update(LD_PRELOAD=sys.argv[3], BENCH_SYNC_US=sync_us)
    measure(rounds, slice_ms)


main(run)
