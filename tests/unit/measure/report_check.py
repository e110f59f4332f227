#!/usr/bin/env python3
"""`onewindow report` against the second implementation of docs/measurement.md in figures.py, on logs
of random sessions that core and store write: several days, reboots, clocks that go back and clocks
that are set, midnights.

    report_check.py ONEWINDOW WRITE_LOG SCHEMA [SEED]"""
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from figures import CLOCK_STEP, KINDS, Recount, compare, events_of, expect  # noqa: E402

COMMANDS = 6000
SHORT = [(0, 1), (1, 1), (2, 5), (5, 2), (12, 3), (20, 1), (40, 4), (80, 6)]  # commands, seed: hardly anything
BY = [word for kind in KINDS for word in ('--by', kind)]


def report(program, log, *words, **env):
    seen = subprocess.run([program, 'report', '--log', log, '--format', 'json', *words], capture_output=True,
                          check=True, env={**os.environ, **env})
    return json.loads(seen.stdout)


def write(writer, folder, seed, commands):
    log = os.path.join(folder, 'log.db')
    subprocess.run([writer, log, str(seed), str(commands)], check=True)
    return log, events_of(log)


def same_everywhere(program, log, seen):
    """From counted events, from days that are kept, in another zone."""
    again = [report(program, log, *BY, '--recount'), report(program, log, *BY, TZ='Pacific/Auckland')]
    subprocess.run([program, 'log', 'rebuild', log], check=True, capture_output=True)
    kept = report(program, log, *BY)
    expect('kept', True, kept['all_kept'])
    for other in [*again, kept]:
        expect('the same report', seen | {'all_kept': 0}, other | {'all_kept': 0})


def run(program, writer, schema, seed):
    with tempfile.TemporaryDirectory(prefix='onewindow-report-') as folder:
        log, rows = write(writer, folder, seed, COMMANDS)
        whole = Recount(rows)
        seen = report(program, log, *BY)
        compare(seen, whole, KINDS)
        jsonschema.validate(seen, schema)
        compare(report(program, log, *BY, '--target', '5'), Recount(rows, 5 * 60000), KINDS)
        first, last = sorted(whole.days)[1], sorted(whole.days)[-2]
        words = ['--from', str(first), '--to', str(last)]
        compare(report(program, log, *BY, *words), Recount(rows, None, first, last), KINDS)
        only = report(program, log, '--by', 'queue', '--by', 'hour')
        expect('kinds asked for', {'hour', 'queue'}, {g['kind'] for g in only['groups']})
        same_everywhere(program, log, seen)
        compare(report(program, log, *BY, *words), Recount(rows, None, first, last), KINDS)
        figures = whole.groups[('all', 0)] | whole.witnessed | whole.findings
        figures['steps'] = sum(kind == CLOCK_STEP for _, kind, _ in rows)
        figures |= {f'visits {what}': sum(day.count[what] for day in whole.visits) for what in whole.visits[0].count}
        figures['recalled'] = len(whole.recalls())
        print(f'seed {seed}: {len(rows)} events, {figures["steps"]} clock steps, {len(whole.days)} days, {len(whole.groups)} groups, '
              f'{len(whole.totals)} visits, {figures["excluded"]} excluded, calls {whole.witnessed}: equal')
        reasons = {f'call for {name}': count for name, count in whole.order['reasons'].items()}
        return figures | {name: whole.order[name] for name in ('out_of_order', 'overtakings')} | reasons


def run_short(program, writer, commands, seed):
    with tempfile.TemporaryDirectory(prefix='onewindow-report-') as folder:
        log, rows = write(writer, folder, seed, commands)
        seen = report(program, log, *BY)
        compare(seen, Recount(rows), KINDS)
        same_everywhere(program, log, seen)
        print(f'{commands} commands: {len(rows)} events, {seen["days"]} days: equal')


def main():
    program, writer = sys.argv[1:3]
    with open(sys.argv[3], encoding='utf-8') as file:
        schema = json.load(file)
    for commands, seed in SHORT:
        run_short(program, writer, commands, seed)
    seeds = [int(sys.argv[4])] if len(sys.argv) > 4 else (1, 2, 3, 4, 5, 7)
    seen = [run(program, writer, schema, seed) for seed in seeds]
    # A session in which something never happens would prove nothing about it.
    for name in seen[0]:
        if name != 'call for unstated' and not any(figures[name] for figures in seen):
            raise SystemExit(f'no session has any {name}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
