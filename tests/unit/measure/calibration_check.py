#!/usr/bin/env python3
"""`onewindow report --calibration` against the second implementation in calibration.py, on logs of worlds
(world.h) whose tickets have invented intervals, those of the core, or none: every cell in its order, of all
days and of some, from kept days, from events, in another zone; what text, CSV and page say of the same.

    calibration_check.py ONEWINDOW WRITE_WORLD SCHEMA [WORLD [SEED]]"""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from collections import Counter

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import student  # noqa: E402
from calibration import COUNTED, LEFT_OUT, Calibration  # noqa: E402
from compare_check import PLAIN, World, day_text, run  # noqa: E402
from figures import Journal, events_of, expect  # noqa: E402
from printed import near  # noqa: E402

WORLDS = {
    'usual': {'before': 22, 'after': 20, 'intervals': 40},
    'odd': {'oddities': 100, 'grain_ms': 500, 'intervals': 60, 'kept': 0, 'unclosed': 1},
    'busy': {'before': 2, 'after': 55, 'tickets': 70, 'faster': 80, 'intervals': 150, 'unclosed': 1},
    'quiet': {'oddities': 0, 'grain_ms': 1000, 'intervals': 15, 'before': 30, 'after': 10, 'leavers': 40},
    'short': {'before': 9, 'after': 9, 'intervals': 40},
    'core': {'before': 22, 'after': 4, 'intervals': -1},
    'silent': {'before': 2, 'after': 2},
}
CLASSES = {'well-calibrated': '相符', 'too-narrow': '过窄', 'too-wide': '过宽', 'too-few': '太少'}


def hold_cell(what, cell, seen):
    expect(f'{what} n, days', (cell.n, len(cell.days)), (seen['n'], seen['days']))
    for name in LEFT_OUT + COUNTED:
        expect(f'{what} {name}', cell.count[name], seen[name])
    near(f'{what} shares', cell.shares(), [seen[f'share_{name}'] for name in COUNTED])
    near(f'{what} interval', cell.interval(), seen['interval'], 1)
    expect(f'{what} verdict', cell.verdict(), seen['verdict'])


def hold(calibration, seen):
    dates = calibration.dates or [None]
    expect('days', (len(calibration.dates), dates[0], dates[-1], calibration.open_day),
           tuple(seen[name] for name in ('days', 'first_day', 'last_day', 'open_day')))
    expect('hall, newest', (calibration.journal.hall['id'], *calibration.journal.last),
           (seen['hall'], seen['as_of_seq'], seen['as_of_ms']))
    keys = calibration.order()
    expect('cells', keys, [(cell['kind'], cell.get('queue'), cell.get('hour')) for cell in seen['cells']])
    for key, cell in zip(keys, seen['cells']):
        hold_cell(key, calibration.cells[key], cell)
    whole = calibration.cells[keys[0]]
    expect('verdict', whole.verdict(), seen['verdict'])
    expect('sentence', True, seen['sentence_zh'].startswith(CLASSES[whole.verdict()]))
    expect('sentence', True,
           seen['sentence_en'].lower().replace(' ', '-').startswith(whole.verdict() + ':'))


def hold_csv(calibration, text):
    rows = list(csv.DictReader(io.StringIO(text, newline='')))
    for key, row in zip(calibration.order(), rows, strict=True):
        cell = calibration.cells[key]
        expect('CSV', (key[0], key[1] or '', '' if key[2] is None else str(key[2]), str(len(cell.days)), cell.verdict()),
               tuple(row[name] for name in ('kind', 'queue', 'hour', 'days', 'verdict')))
        for name in LEFT_OUT + COUNTED:
            expect(f'CSV {key} {name}', str(cell.count[name]), row[name])
        for value, name in ((cell.shares()[1], 'share_held'), *zip(cell.interval(), ('low', 'high'))):
            expect(f'CSV {key} {name}', '' if value is None else f'{value:.6f}', row[name])


def hold_page(calibration, seen, text, page):
    """Both say the sentence, and of each cell but those by queue and hour its verdict."""
    root = xml.etree.ElementTree.fromstring(page.partition('\n')[2])
    words = ''.join(root.itertext())
    verdicts = Counter(calibration.cells[key].verdict() for key in calibration.order() if key[0] != 'queue-hour')
    both = Counter(calibration.cells[key].verdict() for key in calibration.order() if key[0] == 'queue-hour')
    for sentence in (seen['sentence_zh'], seen['sentence_en']):
        expect('said', (True, True), (sentence in text, sentence in words))
    for verdict, zh in CLASSES.items():
        cell = f'{zh} {verdict.replace("-", " ")}'
        rows = [line for line in text.splitlines() if line.endswith(f'  {cell}')]
        expect(f'rows of the text: {cell}', verdicts[verdict], len(rows))
        cells = [td for td in root.iter('{http://www.w3.org/1999/xhtml}td') if td.text == cell]
        expect(f'cells of the page: {cell}', verdicts[verdict], len(cells))
        expect('queue x hour', True, f' {cell} {both[verdict]}' in text or f'，{cell} {both[verdict]}' in text)
    for line in text.splitlines():
        width = sum(1 + (ord(letter) > 0x2e7f) for letter in line)
        expect(f'columns of "{line}"', True, width <= 120)


def check_world(tools, schema, name, seed):
    with tempfile.TemporaryDirectory(prefix='onewindow-calibration-') as folder:
        world = World(tools, folder, PLAIN | WORLDS[name] | {'seed': seed})
        world.finish()
        report = [tools[0], 'report', '--calibration', '--log', world.log]
        read = lambda *words, **env: json.loads(run(*report, '--format', 'json', *words, **env))
        journal = Journal(events_of(world.log))
        whole = Calibration(journal)
        seen = read()
        jsonschema.validate(seen, schema)
        hold(whole, seen)
        first, last = whole.dates[1], whole.dates[-2]
        some = ['--from', day_text(first), '--to', day_text(last)]
        hold(Calibration(journal, first, last), read(*some))
        hold(Calibration(journal, 20990101), read('--from', '2099-01-01'))
        hold_csv(whole, run(*report, '--format', 'csv').decode())
        hold_page(whole, seen, run(*report).decode(), run(*report, '--format', 'html').decode())
        same = [read('--recount'), read(TZ='Pacific/Auckland', LC_ALL='C')]
        run(tools[0], 'log', 'rebuild', world.log)
        kept = read()
        expect('kept', True, kept['all_kept'])
        for other in [*same, kept]:
            expect('the same calibration', seen | {'all_kept': 0}, other | {'all_kept': 0})
        cells = list(whole.cells.values())
        verdicts = Counter(cell.verdict() for cell in cells)
        print(f'{name} {seed}: {len(whole.dates)} days, {len(cells)} cells, {dict(cells[0].count)}, '
              f'{dict(verdicts)}, {seen["sentence_en"]}: equal', flush=True)
        return set(verdicts) | {what for what in cells[0].count}


def main():
    student.vectors_hold()
    tools = sys.argv[1:3]
    with open(sys.argv[3], encoding='utf-8') as file:
        schema = json.load(file)
    names = sys.argv[4:5] or list(WORLDS)
    seen = [check_world(tools, schema, name, int(sys.argv[5]) if len(sys.argv) > 5 else 1) for name in names]
    log = 'nothing.db'
    for words, said in ((['--by', 'day'], '--by'), (['--baseline', 'b'], '--baseline'), (['--target', '5'], '--target')):
        done = subprocess.run([tools[0], 'report', '--calibration', '--log', log, *words], capture_output=True, check=False)
        expect(f'{words} refused', (2, True), (done.returncode, said in done.stderr.decode()))
    # What no world has would prove nothing about it.
    missing = {*LEFT_OUT, *COUNTED, *CLASSES} - set().union(*seen)
    if missing and len(names) > 1:
        raise SystemExit(f'no world has {missing}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
