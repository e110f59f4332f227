#!/usr/bin/env python3
"""P50 and P90 of 977 items over 10,000,000 tickets: from the histograms that the store keeps of closed
days, against a window query of SQLite over the raw tickets, and against DuckDB on one thread, over the
bins of the same histograms and over the raw tickets. Beside it what keeping them costs a ticket, and
making them anew from the raw tickets. All are asked in turn, each in a process of its own that has
its database open and in memory; each must give the same numbers, else the benchmark fails.

    histograms.py BENCH-HISTOGRAMS BENCH-FILL-YEAR BENCH-UPKEEP [TICKETS [ROUNDS [ISSUES]]]

DuckDB is installed by scripts/setup bench. 1.1 GB beneath the working directory, deleted at the end."""
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
from bench import StepError, main, run_json, spread, table, verdict  # noqa: E402

# Hall of the upkeep: days before and behind a baseline, tickets a day.
UPKEEP_DAYS = (2, 2, 8000)


class Engine:
    """A program that does its one thing once more for each line that it reads."""

    def __init__(self, folder, *words):
        self.process = subprocess.Popen([str(word) for word in words], cwd=folder, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.rounds, self.peak_kib = [], 0

    def ask(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise StepError(f'{self.process.args}: ended with {self.process.wait()}')
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as file:
            self.peak_kib = max(int(row.split()[1]) for row in file if row.startswith('VmHWM:'))
        self.rounds.append(json.loads(line))
        return self.rounds[-1]['quantiles']

    def figures(self, name):
        return [one[name] for one in self.rounds]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.wait() < 0:
            self.process.kill()


def packages():
    cache = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    folder = os.path.join(cache, 'onewindow', 'bench')
    if not os.path.isdir(os.path.join(folder, 'node_modules')):
        raise StepError('DuckDB is not here: scripts/setup bench installs it')
    return folder


def same(name, wanted, seen):
    if seen == wanted:
        return
    wrong = [f'item {i}: {a} and {b}' for i, (a, b) in enumerate(zip(wanted, seen)) if a != b]
    raise StepError(f'{name} has other quantiles than the kept histograms: {len(wrong)} of '
                    f'{len(wanted)}, {wrong[:3]}')


def equal_bytes(folder):
    """What was made anew is what is kept."""
    done = subprocess.run(
        ['sqlite3', os.path.join(folder, 'kept.db'),
         f"ATTACH '{os.path.join(folder, 'rebuilt.db')}' AS r",
         'SELECT (SELECT count(*) FROM kept_part) || " " || (SELECT count(*) FROM (SELECT * FROM '
         'kept_part INTERSECT SELECT * FROM r.kept_part)) || " " || (SELECT count(*) FROM '
         'r.kept_part)'], capture_output=True, text=True, check=True)
    if len(set(done.stdout.split())) != 1:
        raise StepError(f'made anew it is something else: days, equal ones, days: {done.stdout}')


def upkeep(fill_year, program, folder, rounds, issues):
    log = os.path.join(folder, 'upkeep.log.db')
    run_json(fill_year, log, *UPKEEP_DAYS)
    return run_json(program, log, rounds, issues)


NAMES = {
    'kept': 'kept histograms, by day', 'sums': 'the same, all days added up',
    'window': 'SQLite, window query over tickets', 'duck-bins': 'DuckDB over the kept bins, by day',
    'duck-sums': 'DuckDB over the bins added up', 'duck-tickets': 'DuckDB over tickets',
    'rebuild': 'kept histograms made anew',
}


def show(engines, costs):
    table([['min / median / max of the rounds', 'seconds', 'processor, s', 'peak memory, MiB']] + [
        [text, spread(engines[name].figures('seconds'), 3), spread(engines[name].figures('cpu'), 3),
         f'{engines[name].peak_kib / 1024:.0f}'] for name, text in NAMES.items()])
    print()
    table([['a ticket', 'us', 'of it processor, us']] + [
        [text, spread((cost[name + '_us'] for cost in costs), 1),
         spread((cost[name + '_cpu_us'] for cost in costs), 1)]
        for name, text in (('issue', 'issued: decided, in a synced commit'),
                           ('keep', "its part of its day's digest"))])
    print()

    def ratio(slow, quick, figure='seconds'):
        return [a / b for a, b in zip(engines[slow].figures(figure), engines[quick].figures(figure))]

    shares = {kind: [100 * cost[f'keep{kind}_us'] / cost[f'issue{kind}_us'] for cost in costs]
              for kind in ('', '_cpu')}
    rows = [['window query : kept, by day', 'window', 'kept', 30],
            ['DuckDB over bins by day : kept, by day', 'duck-bins', 'kept', 1],
            ['DuckDB over tickets : kept, by day', 'duck-tickets', 'kept', 5],
            ['window query : added up', 'window', 'sums', 30],
            ['DuckDB over bins added up : added up', 'duck-sums', 'sums', 1],
            ['DuckDB over tickets : added up', 'duck-tickets', 'sums', 5],
            ['window query : made anew', 'window', 'rebuild', 10]]
    table([['figure', 'min / median / max', 'of processor time', 'bar', '']] + [
        [text, spread(ratio(slow, quick), 1), spread(ratio(slow, quick, 'cpu'), 1), bar,
         verdict(statistics.median(ratio(slow, quick)) >= bar)] for text, slow, quick, bar in rows] + [
        ['upkeep, % of a ticket issued', spread(shares[''], 1), spread(shares['_cpu'], 1), 10,
         verdict(statistics.median(shares['']) <= 10)]])


def run():
    histograms, fill_year, upkeep_program = sys.argv[1:4]
    tickets, rounds, issues = ([int(word) for word in sys.argv[4:]] + [10000000, 5, 2000][len(sys.argv) - 4:])
    duck, script = packages(), os.path.join(here, 'duckdb.js')
    folder = tempfile.mkdtemp(prefix='bench-histograms-', dir=os.getcwd())
    try:
        run_json(os.path.abspath(histograms), 'make', tickets, 1, cwd=folder)
        size = os.path.getsize
        print(f"{tickets} tickets; kept {size(os.path.join(folder, 'kept.db')) / 1e6:.0f} MB, added up "
              f"{size(os.path.join(folder, 'sums.db')) / 1e6:.0f} MB, raw "
              f"{size(os.path.join(folder, 'raw.db')) / 1e6:.0f} MB", flush=True)
        with contextlib.ExitStack() as stack:
            words = {name: (os.path.abspath(histograms), name)
                     for name in ('kept', 'sums', 'window', 'rebuild')}
            words |= {f'duck-{name}': ('node', script, duck, name)
                      for name in ('bins', 'sums', 'tickets')}
            engines = {name: stack.enter_context(Engine(folder, *words[name])) for name in NAMES}
            for _ in range(rounds):
                wanted = engines['kept'].ask()
                for name, engine in engines.items():
                    if name not in ('kept', 'rebuild'):
                        same(name, wanted, engine.ask())
                engines['rebuild'].ask()
                equal_bytes(folder)
            costs = upkeep(fill_year, upkeep_program, folder, rounds, issues)
            show(engines, costs)
    finally:
        if not os.environ.get('BENCH_KEEP'):
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main(run)
