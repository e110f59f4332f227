#!/usr/bin/env python3
"""The report of a large hall's year, and the same with a baseline and an interval: 133 windows, 977
items, 2,000,000 tickets on 250 days, behind 60 days of 8,000 that were frozen as a baseline. From
kept days, and beside it counted from all events (--recount). Each is a process of its own, in turn.

    year.py ONEWINDOW BENCH-FILL-YEAR [BASELINE-DAYS DAYS TICKETS [ROUNDS]]

The log takes some minutes to make and 330 bytes an event beneath the working directory: 6.4 GB with
the defaults, which are deleted at the end (BENCH_KEEP=1 keeps them, YEAR_LOG=FILE takes a log that
was kept, or is made there)."""
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import StepError, main, run_json, spread, table, verdict  # noqa: E402


def dashed(date):
    return f'{date // 10000}-{date // 100 % 100:02}-{date % 100:02}'


def report(onewindow, log, words):
    """Seconds from exec to exit, peak resident MiB, and what it printed."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([onewindow, 'report', '--log', log, *words], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begin
        out.seek(0)
        printed = out.read()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise StepError(f'report {words}: ended with {child.returncode}')
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed


def make(fill, log, days):
    made = run_json(fill, log, *days)[0]
    size = os.path.getsize(log)
    print(f"{made['events']} events, {made['tickets']} tickets, {days[0]} + {days[1]} days, "
          f"{size / 1e9:.1f} GB ({size / made['events']:.0f} bytes an event), made in "
          f"{made['seconds']:.0f} s; of it making and keeping a day's digest "
          f"{1000 * made['digest_seconds'] / (days[0] + days[1]):.0f} ms", flush=True)
    with open(log + '.made', 'w', encoding='ascii') as file:
        json.dump(made, file)


def without_kept(text):
    """A report says whether all of its days were kept; nothing else of it may differ."""
    figures = json.loads(text)
    figures.pop('all_kept', None)
    return figures


def measure(onewindow, log, rounds):
    with open(log + '.made', encoding='ascii') as file:
        made = json.load(file)
    period = ['--from', dashed(made['first']), '--to', dashed(made['last'])]
    asked = (('all tables', period, 0.5),
             ('with baseline and interval', [*period, '--baseline', 'before'], 3.0),
             ('all tables, from events', [*period, '--recount'], None),
             ('with baseline, from events', [*period, '--baseline', 'before', '--recount'], None))
    seen = {name: [] for name, _, _ in asked}
    for number in range(rounds):
        for name, words, bar in asked:
            if bar or number < max(1, rounds // 5):
                seen[name].append(report(onewindow, log, words))
    for name, words, bar in asked[:2]:
        kept, counted = (without_kept(report(onewindow, log, [*words, '--format', 'json', *more])[3])
                         for more in ([], ['--recount']))
        if kept != counted:
            raise StepError(f'{name}: kept days and events give different figures')
    rows = [['onewindow report', 's, min / median / max', 'processor s', 'peak MiB', 'bar', '']]
    for name, _, bar in asked:
        took = [one[0] for one in seen[name]]
        rows.append([name, spread(took), spread(one[1] for one in seen[name]),
                     f'{max(one[2] for one in seen[name]):.0f}', f'{bar:.1f}' if bar else '',
                     verdict(statistics.median(took) <= bar) if bar else ''])
    table(rows)


def run():
    words = [int(word) for word in (sys.argv[3:] + ['60', '250', '8000', '5'][len(sys.argv) - 3:])[:4]]
    with contextlib.ExitStack() as stack:
        log = os.environ.get('YEAR_LOG')
        if not log:
            folder = tempfile.mkdtemp(prefix='bench-', dir=os.getcwd())
            if not os.environ.get('BENCH_KEEP'):
                stack.callback(shutil.rmtree, folder, ignore_errors=True)
            log = os.path.join(folder, 'year.db')
        if not os.path.exists(log + '.made'):
            make(sys.argv[2], log, words[:3])
        measure(sys.argv[1], log, words[3])


main(run)
