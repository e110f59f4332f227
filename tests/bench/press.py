#!/usr/bin/env python3
"""From a press to paper: last byte of the panel's reply -> first byte of the ticket at the printer,
over 1,000 presses one by one, with its parts. The bar: the p99 of a bare fdatasync() on the same
disk in the same run, and 10 ms.

Two clerks sit at their windows and call nobody, so each ticket is told a wait behind all before it,
which is worked out between press and commit.

A ticket needs two commits before its first byte leaves: that of the ticket with its queued print,
and that of print-started, without which a crash could print it twice.

    press.py ONEWINDOW BENCH-PRESS SYNC-TIMES.SO [PRESSES]"""
import json
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import Bench, StepError, hall_config, main, table, verdict  # noqa: E402

BAR_MS = 10
WINDOWS = 2
PARTS = (
    ('whole', 'press -> first byte'),
    ('decide', '  decide: reply read, command decided, given to the writer'),
    ('commit', '  commit: sync of the ticket'),
    ('start', '  start: told, print-started decided, given to the writer'),
    ('start-commit', '  commit: sync of print-started'),
    ('encode', '  encode: told, laid out, encoded, sent'),
    ('raw', 'bare append of 4 KiB + fdatasync'),
)


def panel_config(panel, printer):
    return hall_config(1, WINDOWS, [f'tcp://127.0.0.1:{printer}']) + f'''
lines = ( {{ id = "panel"; url = "tcp://127.0.0.1:{panel}"; baud = 115200; }} );
keypads = ( {{ id = "panel-1"; line = "panel"; address = 1; driver = "modbus-keypad";
               model = "panel"; buttons = ( {{ button = 1; queue = "q0"; }} ); }} );
'''


def told_waits(bench):
    """Of how many tickets the log holds the wait that was told."""
    connection = sqlite3.connect(f'file:{os.path.join(bench.folder, "bench.log.db")}?mode=ro', uri=True)
    try:
        return sum(json.loads(payload)['expect'] > 0 for payload, in connection.execute(
            'SELECT payload FROM event WHERE type = 20'))
    finally:
        connection.close()


def run():
    presses = int((sys.argv[4:] or ['1000'])[0])
    with Bench(sys.argv[1], '') as bench:
        times = os.path.join(bench.folder, 'sync-times')
        ends = subprocess.Popen([sys.argv[2], str(presses), times,
                                 os.path.join(bench.folder, 'raw')], stdout=subprocess.PIPE,
                                text=True)
        try:
            ports = json.loads(ends.stdout.readline() or '{}')
            if not ports:
                raise StepError('bench-press did not begin')
            with open(bench.config, 'w', encoding='utf-8') as file:
                file.write(panel_config(**ports))
            os.environ.update(LD_PRELOAD=sys.argv[3], BENCH_SYNC_TIMES=times)
            bench.start()
            del os.environ['LD_PRELOAD']
            for window in range(1, WINDOWS + 1):
                bench.api.post(f'/api/v1/windows/{window}/sign-in', {'clerk': f'c{window}'})
            rows = {row['part']: row for row in map(json.loads, ends.stdout)}
            if ends.wait():
                raise StepError(f'bench-press ended with {ends.returncode}')
        finally:
            if ends.poll() is None:
                ends.kill()
        bench.stop()
        told = told_waits(bench)
    print(f'{presses} presses, ms; {told} of them were told a wait')
    table([['part', 'count', 'p50', 'p90', 'p99', 'max']] + [
        [name, rows[part]['count']] + [f'{rows[part][key] / 1000:.3f}' for key in
                                       ('p50', 'p90', 'p99', 'max')] for part, name in PARTS])
    whole, bar = rows['whole']['p99'] / 1000, rows['raw']['p99'] / 1000 + BAR_MS
    print(f"\np99 {whole:.2f} ms, bar {bar:.2f} ms (bare sync's p99 + {BAR_MS} ms): "
          f'{verdict(whole <= bar)}')


main(run)
