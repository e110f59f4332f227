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
from figures import CLOCK_STEP, Recount, compare, events_of, expect  # noqa: E402

COMMANDS = 6000


def report(program, log, *words):
    seen = subprocess.run([program, 'report', '--log', log, '--format', 'json', *words], capture_output=True,
                          check=True)
    return json.loads(seen.stdout)


def run(program, writer, schema, seed):
    with tempfile.TemporaryDirectory(prefix='onewindow-report-') as folder:
        log = os.path.join(folder, 'log.db')
        subprocess.run([writer, log, str(seed), str(COMMANDS)], check=True)
        rows = events_of(log)
        whole = Recount(rows)
        seen = report(program, log)
        compare(seen, whole)
        jsonschema.validate(seen, schema)
        compare(report(program, log, '--target', '5'), Recount(rows, 5 * 60000))
        first, last = sorted(whole.days)[1], sorted(whole.days)[-2]
        compare(report(program, log, '--from', str(first), '--to', str(last)),
                Recount(rows, None, first, last))
        only = report(program, log, '--by', 'queue', '--by', 'hour')
        expect('kinds asked for', {'hour', 'queue'}, {g['kind'] for g in only['groups']})
        figures = whole.groups[('all', 0)]
        figures['steps'] = sum(kind == CLOCK_STEP for _, kind, _ in rows)
        figures.update(whole.witnessed)
        print(f'seed {seed}: {len(rows)} events, {figures["steps"]} clock steps, {len(whole.days)} days, {len(whole.groups)} groups, '
              f'{len(whole.totals)} visits, {figures["excluded"]} excluded, calls {whole.witnessed}: equal')
        reasons = {f'call for {name}': count for name, count in whole.order['reasons'].items()}
        return figures | {name: whole.order[name] for name in ('out_of_order', 'overtakings')} | reasons


def main():
    program, writer = sys.argv[1:3]
    with open(sys.argv[3], encoding='utf-8') as file:
        schema = json.load(file)
    seeds = [int(sys.argv[4])] if len(sys.argv) > 4 else (1, 2, 3, 4, 5, 7)
    seen = [run(program, writer, schema, seed) for seed in seeds]
    # A session in which something never happens would prove nothing about it.
    for name in seen[0]:
        if name != 'call for unstated' and not any(figures[name] for figures in seen):
            raise SystemExit(f'no session has any {name}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
