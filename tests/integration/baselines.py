#!/usr/bin/env python3
"""Baselines and comparisons as a manager meets them: freezing a period, a report against it, and
every way in which that is refused. The log is one of exact moments (script_log); hashes are computed
here once more from the raw event table.

    baselines.py ONEWINDOW SCRIPT_LOG SOURCE"""
import csv
import datetime
import hashlib
import io
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Client, StepError, expect, serve  # noqa: E402

DAY_MS = 86400000
FIRST = datetime.date(2026, 1, 5)  # a Monday; the script's moment 0 is its eight o'clock in Shanghai
HALL = '''start-daemon at=1 boot=one software=test
define-hall at=1 id=hall zh=市民中心 en=Civic%20Centre zone=Asia/Shanghai target_ms=300000
define-queue at=1 queue=general zh=综合 en=General prefix=A first=1 last=99 work=1
define-queue at=1 queue=issue zh=出证 en=Issuing prefix=B first=1 last=99 work=1
define-window at=1 window=1 zh=一号窗口 en=Window%201 queues=general,issue
define-window at=1 window=2 zh=二号窗口 en=Window%202 queues=issue
define-item at=1 item=passport zh=护照 en=Passport department=公安局 queue=general
define-item at=1 item=permit zh=许可证 en=Permit department=住建局 queue=general
'''
LAYOUT = os.path.join(sys.argv[3], 'docs/scenarios/small.conf')
CHINESE = re.compile('[\u4e00-\u9fff]')
ONEWINDOW, SCRIPT_LOG, SOURCE = sys.argv[1:4]


def weekdays(count, first=FIRST):
    day = first
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += datetime.timedelta(days=1)


def one_day(day, longest_s, dice, closed=True, tickets=8):
    """A morning in which each waits up to so long."""
    t = (day - FIRST).days * DAY_MS + 1000
    lines = [f'open-day at={t} date={day:%Y%m%d} operator_word=1']
    for n in range(tickets):
        queue, window = ('issue', 2) if n % 4 == 3 else ('general', 1)
        item = f'item={"permit" if n % 4 == 2 else "passport"}' if queue == 'general' else ''
        lines.append(f'issue at={t} queue={queue} {item}')
        t += dice.randrange(longest_s) * 1000
        lines += [f'call-next at={t} window={window}', f'start at={t + 1000} window={window}',
                  f'finish at={t + 61000} window={window}']
        t += 61000
    if closed:
        lines.append(f'close-day at={t}')
    return lines


class Logs:
    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, days):
        """days: (date, longest wait in seconds, closed)."""
        dice, lines = random.Random(7), []
        for day, longest_s, closed in days:
            lines += one_day(day, longest_s, dice, closed)
        subprocess.run([SCRIPT_LOG, self.path(name), '2'], input=HALL + ''.join(f'{line}\n' for line in lines), text=True,
                       check=True)
        return self.path(name)

    def copy(self, log, name):
        for end in ('', '.key'):
            shutil.copy(log + end, self.path(name) + end)
        return self.path(name)


def run(*words, code=0, zone=None):
    env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'ONEWINDOW_URL': 'http://127.0.0.1:1'}
    if zone:
        env['TZ'] = zone
    done = subprocess.run([ONEWINDOW, *map(str, words)], capture_output=True, text=True, env=env,
                          check=False)
    expect(' '.join(map(str, words)) + ': ' + done.stderr, code, done.returncode)
    if code and done.stdout:
        raise StepError(f'{words}: an error on stdout: {done.stdout}')
    return done.stdout if code == 0 else done.stderr


def refused(code, wanted, *words):
    """In both languages, and with these words in it; nothing of a daemon where none is."""
    error = run(*words, code=code)
    if ('the daemon has the log' in error) != ('the daemon has the log' in wanted):
        raise StepError(f'{words}: which daemon? {error}')
    first = error.split('\n', maxsplit=1)[0]
    if not CHINESE.search(first) or not re.search('[a-z]{3}', first):
        raise StepError(f'{words}: not in both languages: {error}')
    for text in wanted if isinstance(wanted, tuple) else (wanted,):
        if text not in error:
            raise StepError(f'{words}: no "{text}" in: {error}')


def schema(name):
    with open(os.path.join(SOURCE, 'docs/schema', name), encoding='utf-8') as file:
        return json.load(file)


def as_json(name, *words):
    def refuse(constant):
        raise StepError(f'{words}: {constant} in JSON')

    answer = json.loads(run(*words, '--format', 'json'), parse_constant=refuse)
    jsonschema.validate(answer, schema(name))
    return answer


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1
               for c in text)


def readable(text):
    """No line that a terminal of 120 columns breaks, no field of a program among the words."""
    for line in text.splitlines():
        if columns(line) > 120:
            raise StepError(f'{columns(line)} columns: {line}')
        if line != line.rstrip():
            raise StepError(f'blanks at the end: {line!r}')
        if re.search(r'[a-z]_[a-z]|\bnan\b|\binf\b|\(null\)', line):
            raise StepError(f'not for people: {line}')


def rows_hash(log, first_day, last_day):
    """docs/measurement.md, "Comparing two periods", from the raw table."""
    connection = sqlite3.connect(f'file:{log}?mode=ro', uri=True)
    whole, date, first, opening = hashlib.blake2b(digest_size=32), None, 1, hashlib.blake2b(digest_size=32)
    for seq, kind, version, payload in connection.execute(
            'SELECT seq, type, version, payload FROM event ORDER BY seq'):
        payload = payload.encode()
        opening.update(seq.to_bytes(8, 'little') + kind.to_bytes(4, 'little') + version.to_bytes(4, 'little')
                       + len(payload).to_bytes(4, 'little') + payload)
        if kind == 10:
            date = json.loads(payload)['date']
        if kind == 11:
            if first_day <= date <= last_day:
                whole.update(first.to_bytes(8, 'little') + seq.to_bytes(8, 'little') + opening.digest())
            first, opening = seq + 1, hashlib.blake2b(digest_size=32)
    connection.close()
    return whole.hexdigest()


def change(log, sql, *values, rows=1):
    with sqlite3.connect(log) as connection:
        changed = connection.execute(sql, values).rowcount
        if changed < 1 or (rows and changed != rows):
            raise StepError(f'{sql}: {changed} rows')
    connection.close()


def freezing(logs, log, days):
    """What was frozen is what the rows say; nobody can edit it."""
    last = f'{days[23]:%Y-%m-%d}'
    shown = as_json('baseline.json', 'baseline', 'freeze', 'before', '--from', f'{days[0]}', '--to', last,
                    '--control', 'issue,issue', '--log', log)
    expect('rows', rows_hash(log, int(f'{days[0]:%Y%m%d}'), int(f'{days[23]:%Y%m%d}')), shown['rows'])
    expect('facts', ('before', 24, 24 * 8, ['issue'], 1), tuple(
        shown[key] for key in ('name', 'days', 'visits', 'control', 'first_seq')))
    expect('windows', [{'window': 1, 'queues': ['general', 'issue']}, {'window': 2, 'queues': ['issue']}],
           shown['windows'])
    expect('items', [{'item': 'passport', 'visits': 24 * 4}, {'item': '', 'visits': 24 * 2},
                     {'item': 'permit', 'visits': 24 * 2}], shown['items'])
    again = as_json('baseline.json', 'baseline', 'show', 'before', '--log', log, '--check')
    expect('shown again', {**shown, 'checked': True}, again)
    run('log', 'verify', log)
    listed = as_json('baseline-list.json', 'baseline', 'list', '--log', log)
    expect('listed', [{k: v for k, v in shown.items() if k in listed['baselines'][0]}], listed['baselines'])
    for words in (('list',), ('show', 'before'), ('show', 'before', '--check')):
        readable(run('baseline', *words, '--log', log))
    table = list(csv.reader(io.StringIO(run('baseline', 'show', 'before', '--log', log, '--format', 'csv'))))
    expect('CSV', ['item', 'passport', '96'], [row for row in table if row[0] == 'item'][0])
    expect('CSV rows', ['baseline', 'rows', shown['rows']], [row for row in table if row[1] == 'rows'][0])
    refused(1, 'superseded by a new name, never edited', 'baseline', 'freeze', 'before', '--from',
            f'{days[0]}', '--to', last, '--log', log)
    run('baseline', 'freeze', 'first-two', '--from', f'{days[0]}', '--to', f'{days[1]}', '--log', log)
    expect('two', ['before', 'first-two'],
           [b['name'] for b in as_json('baseline-list.json', 'baseline', 'list', '--log', log)['baselines']])


def freezing_refused(logs, log, days):
    """Each names what was wrong, and the log stays as it was."""
    log = logs.copy(log, 'refused.db')
    head = run('log', 'head', log)
    a, b = f'{days[0]}', f'{days[23]}'
    freeze = ('baseline', 'freeze')
    for code, wanted, words in (
            (2, '--from', (*freeze, 'x', '--log', log)),
            (2, '--from lies after --to', (*freeze, 'x', '--from', b, '--to', a, '--log', log)),
            (2, 'is no date', (*freeze, 'x', '--from', 'soon', '--to', a, '--log', log)),
            (2, 'is no date', (*freeze, 'x', '--from', a, '--to', '2026-02-31', '--log', log)),
            (2, 'a-z 0-9', (*freeze, 'Not A Name', '--from', a, '--to', b, '--log', log)),
            (2, 'too long', (*freeze, 'x' * 32, '--from', a, '--to', b, '--log', log)),
            (2, 'either --log', (*freeze, 'x', '--from', a, '--to', b, '--log', log, '--url', 'http://127.0.0.1:1')),
            (2, '--key goes with --log', (*freeze, 'x', '--from', a, '--to', b, '--key', log)),
            (2, 'freeze NAME, list, or show NAME', ('baseline', 'thaw', '--log', log)),
            (2, 'freeze NAME, list, or show NAME', ('baseline', 'freeze', '--log', log)),
            (2, 'means nothing here', ('baseline', 'list', '--check', '--log', log)),
            (2, '--log says', ('baseline', 'list')),
            (2, 'text, csv, json', ('baseline', 'list', '--format', 'xml', '--log', log)),
            *((2, ('空的编号', 'an empty id'), (*freeze, 'x', '--from', a, '--to', b, '--control', control, '--log', log))
              for control in (',', 'issue,', ',issue', 'general,,issue')),
            (2, 'no queue is named', (*freeze, 'x', '--from', a, '--to', b, '--control', '', '--log', log)),
            (1, ('no queue "nonsense"', '--control'), (*freeze, 'x', '--from', a, '--to', b, '--control', 'issue,nonsense', '--log', log)),
            (1, ('2026-01-05', '2026-03'), (*freeze, 'x', '--from', '2025-01-01', '--to', '2025-12-31', '--log', log)),
            (2, 'still to come', (*freeze, 'x', '--from', a, '--to', '2030-01-01', '--log', log)),
            (1, ('"nothing"', 'none is frozen yet'), ('baseline', 'show', 'nothing', '--log', log)),
            (1, 'no log', ('baseline', 'list', '--log', log + '.none')),
            (1, 'no log is named', ('baseline', 'list', '--log', '')),
            (1, 'no log is named', (*freeze, 'x', '--from', a, '--to', b, '--log', '')),
            (5, 'is a folder', ('baseline', 'list', '--log', logs.folder)),
            (5, 'is a folder', (*freeze, 'x', '--from', a, '--to', b, '--log', logs.folder)),
            (5, 'no log of onewindow', ('baseline', 'list', '--log', log + '.key')),
            (4, 'no answer from the daemon', (*freeze, 'x', '--from', a, '--to', b))):
        refused(code, wanted, *words)
    expect('head', head, run('log', 'head', log))
    expect('a lock beside a folder', False, os.path.exists(logs.folder + '.lock'))
    expect('none', '尚未冻结任何基期 no baseline is frozen yet\n', run('baseline', 'list', '--log', log))


def open_day(logs, days):
    log = logs.write('open.db', [(days[0], 100, True), (days[1], 100, False)])
    refused(1, (f'{days[1]}', 'not closed yet'), 'baseline', 'freeze', 'x', '--from', f'{days[0]}', '--to',
            f'{days[1]}', '--log', log)
    run('baseline', 'freeze', 'x', '--from', f'{days[0]}', '--to', f'{days[0]}', '--log', log)
    refused(1, 'is closed yet', 'report', '--log', log, '--baseline', 'x')
    readable(run('report', '--log', log))
    expect('open', int(f'{days[1]:%Y%m%d}'), as_json('report.json', 'report', '--log', log)['open_day'])


def altered(logs, log, days):
    """A row that was altered afterwards, its type's spelling kept: the hash says so."""
    for name, sql in (('one.db', "UPDATE event SET payload = replace(payload, '\"queue\":\"issue\"', '\"queue\":\"general\"') WHERE seq = "
                       "(SELECT max(seq) FROM event WHERE type = 20 AND seq < 500 AND payload LIKE '%\"queue\":\"issue\"%')"),
                      ('gone.db', 'DELETE FROM event WHERE seq = 400')):
        copy = logs.copy(log, name)
        change(copy, sql)
        refused(5, ('before', '不再可作比较'), 'baseline', 'show', 'before', '--log', copy, '--check')
        refused(5, '不再可作比较', 'report', '--log', copy, '--baseline', 'before')
    # The event that froze it is gone, and its parts are not; or it names more parts than memory holds.
    for sql in ('DELETE FROM event WHERE type = 90',
                "UPDATE event SET payload = replace(payload, '\"parts\":', '\"parts\":999999999999') WHERE type = 90"):
        copy = logs.copy(log, 'thawed.db')
        change(copy, sql, rows=None)
        for words in (('baseline', 'show', 'before', '--log', copy), ('report', '--log', copy, '--baseline', 'before')):
            refused(5, ('日志损坏或被改动', 'not all there', 'log verify'), *words)
    altered_kept(logs, log, days)
    # A row behind the baseline is not the baseline's.
    copy = logs.copy(log, 'behind.db')
    change(copy, "UPDATE event SET payload = replace(payload, '\"queue\":\"issue\"', '\"queue\":\"general\"') WHERE seq = "
           "(SELECT max(seq) FROM event WHERE type = 20 AND payload LIKE '%\"queue\":\"issue\"%')")
    run('baseline', 'show', 'before', '--log', copy, '--check')


def altered_kept(logs, log, days):
    """Kept days of the baseline that read well, and are not those of the freeze: the events are counted, and it is said."""
    report = as_json('report.json', 'report', '--log', log, '--baseline', 'before')
    first, second, moved = (f"(SELECT first_seq FROM kept_day WHERE date = {days[n]:%Y%m%d})" for n in (2, 3, 4))
    copy = logs.copy(log, 'swapped.db')
    change(copy, f'UPDATE kept_part SET bytes = (SELECT bytes FROM kept_part AS o WHERE o.part = kept_part.part AND o.first_seq = {first}) '
           f'WHERE first_seq = {second}', rows=None)
    for words in (('baseline', 'show', 'before', '--check'), ('report', '--baseline', 'before', '--format', 'json')):
        done = subprocess.run([ONEWINDOW, *words, '--log', copy], capture_output=True, text=True, check=True)
        for said in ('与冻结时不符', 'not what was frozen', 'log rebuild'):
            if said not in done.stderr:
                raise StepError(f'no "{said}" in {done.stderr}')
    counted = json.loads(done.stdout)
    expect('kept', ('as-frozen', 'altered'), tuple(r['comparison']['baseline'].pop('kept') for r in (report, counted)))
    expect('counted', {**report, 'all_kept': False}, counted)
    text = run('report', '--log', copy, '--baseline', 'before', '--by', 'all')
    readable(text)
    for words in ('已非冻结时的', 'is not what was frozen; the events of both sides were counted'):
        if words not in text.replace('\n  ', ' '):
            raise StepError(f'no "{words}" in: {text}')
    report['comparison']['baseline']['kept'] = 'as-frozen'
    copy = logs.copy(log, 'moved.db')
    change(copy, f"UPDATE kept_day SET date = {days[5]:%Y%m%d} WHERE first_seq = {moved}")
    expect('dates of events', report, as_json('report.json', 'report', '--log', copy, '--baseline', 'before'))
    copy = logs.copy(log, 'torn.db')
    change(copy, f"UPDATE kept_part SET bytes = x'' WHERE first_seq = (SELECT max(first_seq) FROM kept_day)", rows=None)
    refused(5, ('无法读取', 'cannot be read', '--recount', 'log rebuild'), 'report', '--log', copy)
    run('report', '--log', copy, '--recount')


def comparing(logs, log, days):
    report = as_json('report.json', 'report', '--log', log, '--baseline', 'before')
    compared = report['comparison']
    expect('verdict', 'shorter', compared['verdict'])
    low, high = compared['interval']
    if not 0 < low < compared['reduction'] < high < 1:
        raise StepError(f'{compared["interval"]} around {compared["reduction"]}')
    expect('zh', f'等候时间缩短了 {100 * compared["reduction"]:.1f}%，95% 区间 {100 * low:.1f}%–{100 * high:.1f}%。',
           compared['sentence_zh'])
    expect('en', f'The wait has become {100 * compared["reduction"]:.1f}% shorter, 95% interval '
           f'{100 * low:.1f}% to {100 * high:.1f}%.', compared['sentence_en'])
    expect('days', (24, 22), (compared['before_days'], compared['after_days']))
    expect('period', (int(f'{days[24]:%Y%m%d}'), int(f'{days[45]:%Y%m%d}')), (report['first_day'], report['last_day']))
    expect('seed', int.from_bytes(bytes.fromhex(compared['baseline']['rows'])[:8], 'little'), int(compared['seed'], 16))
    expect('control', ['issue'], compared['baseline']['control'])
    if compared['difference_in_differences'] is None:
        raise StepError('no difference in differences, though control queues were named')
    text = run('report', '--log', log, '--baseline', 'before', '--by', 'all', '--by', 'weekday')
    readable(text)
    for words in (compared['sentence_zh'], compared['sentence_en'], compared['seed'], compared['baseline']['rows'],
                  '标准化平均 standardised mean', '每件等候 wait per case', 'no online filing is logged',
                  'overlap of the mix of items', 'worst case', 'control queues: issue',
                  'assumes that leaving does not depend on the wait', 'resamples without a value',
                  'its rows were read again', "findings about the baseline's data", '周一 Monday'):
        if words not in text:
            raise StepError(f'no "{words}" in: {text}')
    table = list(csv.DictReader(io.StringIO(run('report', '--log', log, '--baseline', 'before', '--format', 'csv'))))
    expect('CSV', ['mean', 'mean_standardised', 'p90', 'share_within', 'minutes_per_case', 'difference_in_differences'],
           [row['figure'] for row in table])
    mean = table[0]
    expect('CSV mean', (f'{compared["mean"]["before_min"]:.6f}', f'{-100 * compared["reduction"]:.6f}', 'shorter'),
           (mean['before'], mean['change'], mean['verdict']))
    expect('recount', {**report, 'all_kept': False},
           {**as_json('report.json', 'report', '--log', log, '--baseline', 'before', '--recount'), 'all_kept': False})
    for zone in ('America/New_York', 'Pacific/Kiritimati'):
        expect(zone, text, run('report', '--log', log, '--baseline', 'before', '--by', 'all', '--by', 'weekday', zone=zone))
        expect(zone, run('baseline', 'list', '--log', log), run('baseline', 'list', '--log', log, zone=zone))


def few_common_days(log, days):
    """Of a difference in differences that is not there no form of the report has a figure."""
    run('baseline', 'freeze', 'c', '--from', f'{days[0]}', '--to', f'{days[19]}', '--control', 'issue', '--log', log)
    words = ('report', '--log', log, '--baseline', 'c', '--to', f'{days[31]}')
    did = as_json('report.json', *words)['comparison']['difference_in_differences']
    expect('JSON', ('few-days', None, None, [None, None]),
           tuple(did[key] for key in ('verdict', 'reduction', 'log_ratio', 'interval')))
    row = list(csv.DictReader(io.StringIO(run(*words, '--format', 'csv'))))[-1]
    expect('CSV', ('few-days', '', '', ''), tuple(row[key] for key in ('verdict', 'change', 'low', 'high')))
    line, = [line for line in run(*words, '--by', 'all').splitlines() if 'vs control queues' in line]
    expect('text', ['-'] * 5 + ['天数不足', 'not', 'enough', 'days'], line.split()[4:])


def not_shown(logs, days):
    """Each verdict that is none, with its reason."""
    log = logs.write('longer.db', [(day, 200 if n < 20 else 600, True) for n, day in enumerate(days[:42])])
    run('baseline', 'freeze', 'b', '--from', f'{days[0]}', '--to', f'{days[19]}', '--log', log)
    compared = as_json('report.json', 'report', '--log', log, '--baseline', 'b')['comparison']
    expect('longer', 'longer', compared['verdict'])
    for words in ('变长了', 'longer'):
        if words not in compared['sentence_zh'] + compared['sentence_en']:
            raise StepError(compared)
    few = as_json('report.json', 'report', '--log', log, '--baseline', 'b', '--to', f'{days[31]}')['comparison']
    expect('few', ('few-days', None, [None, None], '天数不足：本期 12 天，须 20 天。', 'not enough days: 12 of 20 in the period.'),
           tuple(few[key] for key in ('verdict', 'reduction', 'interval', 'sentence_zh', 'sentence_en')))
    readable(run('report', '--log', log, '--baseline', 'b', '--to', f'{days[31]}'))
    text = run('report', '--log', log, '--baseline', 'b', '--to', f'{days[31]}', '--by', 'window')
    expect('drawn', (True, False), ('nothing was drawn' in text, 'resamples' in text))
    expect('issued at windows', ['-', '-'], [re.split('  +', line)[1] for line in text.splitlines()[-2:]])
    # Where there is no interval none is printed: an end at infinity is no reduction of 100%.
    for row in csv.DictReader(io.StringIO(run('report', '--log', log, '--baseline', 'b', '--to', f'{days[31]}', '--format', 'csv'))):
        expect(row['figure'], ('', ''), (row['low'], row['high']))
    few_common_days(log, days)
    alike = logs.write('alike.db', [(day, 400, True) for day in days[:42]])
    run('baseline', 'freeze', 'b', '--from', f'{days[0]}', '--to', f'{days[19]}', '--log', alike)
    compared = as_json('report.json', 'report', '--log', alike, '--baseline', 'b')['comparison']
    expect('alike', ('zero-inside', None, [None, None]), tuple(compared[key] for key in ('verdict', 'reduction', 'interval')))
    for words in ('未能证明：95% 区间含零', 'not shown: the 95% interval holds zero'):
        if words not in compared['sentence_zh'] + compared['sentence_en']:
            raise StepError(compared)
    # Nobody ever waited, then some did.
    nobody = logs.write('nobody.db', [(day, 1 if n < 20 else 400, True) for n, day in enumerate(days[:42])])
    run('baseline', 'freeze', 'b', '--from', f'{days[0]}', '--to', f'{days[19]}', '--log', nobody)
    compared = as_json('report.json', 'report', '--log', nobody, '--baseline', 'b')['comparison']
    expect('nobody', ('no-waits', 'not shown: there is no waiting time in the baseline to compare.'),
           (compared['verdict'], compared['sentence_en']))
    readable(run('report', '--log', nobody, '--baseline', 'b'))
    # Under a minute a share says little: minutes.
    short = logs.write('short.db', [(day, 80 if n < 20 else 20, True) for n, day in enumerate(days[:42])])
    run('baseline', 'freeze', 'b', '--from', f'{days[0]}', '--to', f'{days[19]}', '--log', short)
    compared = as_json('report.json', 'report', '--log', short, '--baseline', 'b')['comparison']
    if not re.fullmatch(r'The wait has become 0\.\d\d minutes shorter, 95% interval 0\.\d\d to 0\.\d\d minutes\.',
                        compared['sentence_en']):
        raise StepError(compared['sentence_en'])
    expect('short', ('shorter', None), (compared['verdict'], compared['reduction']))


def given_up(logs, days):
    """Behind the reform most give up before a desk that is no work: those who got through waited shortly, and
    that is not shown as a shorter wait."""
    def morning(day, desk):
        t = (day - FIRST).days * DAY_MS + 1000
        yield f'open-day at={t} date={day:%Y%m%d} operator_word=1'
        for n in range(12):
            wait = (540 + 10 * (day.day + n) if not desk else 5 + day.day + n) * 1000
            yield f'issue at={t} queue={"desk" if desk else "general"}'
            if desk and n > 2:
                continue  # the desk is not at work any more
            t += wait
            if desk:
                yield from (f'call-next at={t} window=3', f'transfer at={t + 1000} window=3 queue=general')
                t += 2000
            yield from (f'call-next at={t} window=1', f'start at={t + 1000} window=1', f'finish at={t + 61000} window=1')
            t += 61000
        yield f'close-day at={t + 3600000}'

    log = logs.path('desk.db')
    lines = ['define-queue at=1 queue=desk zh=咨询台 en=Desk prefix=D first=1 last=99 work=0',
             'define-window at=1 window=3 zh=咨询台 en=Desk queues=desk',
             *(line for n, day in enumerate(days[:42]) for line in morning(day, n >= 21))]
    subprocess.run([SCRIPT_LOG, log, '2'], input=HALL + ''.join(f'{line}\n' for line in lines), text=True, check=True)
    run('baseline', 'freeze', 'b', '--from', f'{days[0]}', '--to', f'{days[20]}', '--log', log)
    compared = as_json('report.json', 'report', '--log', log, '--baseline', 'b')['comparison']
    if not compared['mean']['after_min'] < 1 < 9 < compared['mean']['before_min']:
        raise StepError(compared['mean'])
    expect('given up', ('bounds', True, 0, 9 * 21), (compared['verdict'], *(compared['bounds'][key] for key in (
        'turns', 'before_censored', 'after_censored'))))


def reports_refused(logs, log, days):
    report = ('report', '--log', log)
    pipe = logs.path('pipe')
    os.mkfifo(pipe)
    for code, wanted, words in (
            (2, '1 to 480', (*report, '--target', '0')), (2, '1 to 480', (*report, '--target', '481')),
            (2, '1 to 480', (*report, '--target', ' 15')), (2, '1 to 480', (*report, '--target', '+15')),
            (2, '1 to 480', (*report, '--target', '-15')), (2, '1 to 480', (*report, '--target', '0x10')),
            (2, '1 to 480', (*report, '--target', f'{2 ** 64 + 15}')), (2, '1 to 480', (*report, '--target', '15 ')),
            (2, '1 to 480', (*report, '--target', 'soon')), (2, '1 to 480', (*report, '--target', '')),
            (2, ('all, day, weekday', 'department'), (*report, '--by', 'moon')),
            (2, 'text, csv, json, html', (*report, '--format', 'pdf')),
            (2, ('--from lies after --to', '2026-02-02'), (*report, '--from', '2026-03-01', '--to', '2026-02-02')),
            (2, 'is no date', (*report, '--from', '2026-13-01')),
            (2, 'is no date', (*report, '--to', '2026-02-31')), (2, 'is no date', (*report, '--to', ' 2026-02-03')),
            (2, 'is no date', (*report, '--to', '2026- 2- 3')), (2, 'is no date', (*report, '--to', '2026-+2-03')),
            (2, 'is no date', (*report, '--from', '2026-02-29')),
            (2, 'is no date', (*report, '--from', '2100-02-29')),
            (2, 'one table', (*report, '--baseline', 'before', '--by', 'day', '--format', 'csv')),
            (2, '--log says', ('report',)), (1, 'no log is named', ('report', '--log', '')),
            (5, ('是目录', 'is a folder'), ('report', '--log', logs.folder)),
            (5, 'is a pipe or a device', ('report', '--log', pipe)),
            (1, ('"never"', 'before, first-two'), (*report, '--baseline', 'never')),
            (1, (f'{days[5]} to {days[40]}', f'{days[0]} to {days[23]}', 'overlaps'),
             (*report, '--baseline', 'before', '--from', f'{days[5]}', '--to', f'{days[40]}')),
            (1, 'overlaps', (*report, '--baseline', 'before', '--to', f'{days[10]}')),
            (1, 'overlaps', (*report, '--baseline', 'before', '--from', f'{days[23]}')),
            (1, 'is closed yet', (*report, '--baseline', 'before', '--from', '2027-01-01'))):
        refused(code, wanted, *words)


def small_logs(logs, days):
    """None, one ticket, days that are missing."""
    empty = logs.write('empty.db', [])
    one = logs.path('one-ticket.db')
    subprocess.run([SCRIPT_LOG, one, '2'], input=HALL + 'open-day at=1000 date=20260105\nissue at=2000 queue=general\n',
                   text=True, check=True)
    for log, issued in ((empty, 0), (one, 1)):
        answer = as_json('report.json', 'report', '--log', log)
        expect('issued', issued, answer['groups'][0]['issued'])
        expect('mean', None, answer['total_wait']['mean_min'])
        readable(run('report', '--log', log, *[w for k in ('all', 'day', 'weekday', 'hour', 'queue', 'window',
                                                           'clerk', 'item', 'department') for w in ('--by', k)]))
        refused(1, 'none is frozen yet', 'report', '--log', log, '--baseline', 'x')
        refused(1, 'no closed service day', 'baseline', 'freeze', 'x', '--from', '2026-01-01', '--to', '2026-01-02', '--log', log)
    gaps = logs.write('gaps.db', [(days[n], 100, True) for n in (0, 1, 4, 9)])
    answer = as_json('report.json', 'report', '--log', gaps)
    expect('days', (4, 6), (answer['days'], answer['findings']['days_absent']))
    expect('simulated', False, answer['simulated'])
    text = run('report', '--log', gaps)
    if 'simulated' in text:
        raise StepError('a log of a hall is told to be simulated')
    if 'weekdays not opened 6' not in text:
        raise StepError(text)


def gone_on(logs, _):
    """A daemon goes on in a simulated log: the days that were lived are not marked, those of both are named."""
    def day(number, by=''):
        start = number * 86400000
        return ''.join(f'{line}{by}\n' for line in (
            f'open-day at={start + 1000} date=202601{5 + number:02}', f'issue at={start + 2000} queue=general',
            f'call-next at={start + 3000} window=1', f'start at={start + 4000} window=1',
            f'finish at={start + 64000} window=1', f'close-day at={start + 65000}'))

    log, simulation = logs.path('gone-on.db'), ' by=simulation'
    words = HALL.replace('\n', f'{simulation}\n') + day(0, simulation) + day(1, simulation)
    words += f'start-daemon at={2 * 86400000} boot=two software=test\n' + day(2) + day(3)
    subprocess.run([SCRIPT_LOG, log, '2'], input=words, text=True, check=True)
    for span, days, source in ((('2026-01-07', '2026-01-08'), None, 'hall'),
                               (('2026-01-05', '2026-01-06'), {'days': 2, 'first': 20260105, 'last': 20260106}, 'simulated'),
                               (('2026-01-06', '2026-01-08'), {'days': 1, 'first': 20260106, 'last': 20260106}, 'mixed')):
        report = ('report', '--log', log, '--from', span[0], '--to', span[1])
        for kind, schema in (((), 'report.json'), (('--calibration',), 'calibration.json')):
            answer = as_json(schema, *report, *kind)
            expect(f'{span} {kind}', (days is not None, days), (answer['simulated'], answer['simulated_days']))
            for form in ('text', 'html'):
                told = '模拟' in run(*report, *kind, '--format', form)
                expect(f'{span} {kind} {form}', days is not None, told)
        rows = list(csv.DictReader(io.StringIO(run(*report, '--by', 'all', '--format', 'csv'))))
        expect(f'{span} csv', {source}, {row['source'] for row in rows})
    expect('which', True, '1 of 3 days, from 2026-01-06 to 2026-01-06, are simulated' in
           run('report', '--log', log, '--from', '2026-01-06'))
    replay = ('replay', '--log', log, '--layout', LAYOUT)
    answer = as_json('replay.json', *replay)
    expect('replay', (True, {'days': 2, 'first': 20260105, 'last': 20260106}), (answer['simulated'], answer['simulated_days']))
    expect('replay', True, '2 of 4 days, from 2026-01-05 to 2026-01-06, are simulated' in run(*replay))


def spreadsheet(logs, days):
    """No text of the configuration is a formula where a spreadsheet opens the table, and numbers stay numbers."""
    names = ('=1+1', '+1', '-1', '-', '@SUM(A1)', '＝1', '－1+2', '-1;=2', '公安局')
    lines = [f'define-item at=1 item=i{n} zh=事 en=Matter department={urllib.parse.quote(name)} queue=general'
             for n, name in enumerate(names)]
    lines += [f'open-day at=1000 date={days[0]:%Y%m%d}', 'issue at=1500 queue=general item=i0']
    lines += [f'issue at=2000 queue=general item=i{n}' for n in range(1, len(names))] + ['call-next at=62000 window=1']
    log = logs.path('spreadsheet.db')
    subprocess.run([SCRIPT_LOG, log, '2'], input=HALL + ''.join(f'{line}\n' for line in lines), text=True, check=True)
    text = run('report', '--log', log, '--by', 'department', '--format', 'csv')
    rows = {row['key']: row for row in csv.DictReader(io.StringIO(text))}
    expect('keys', {"'=1+1", "'+1", '-1', '-', "'@SUM(A1)", "'＝1", "'－1+2", "'-1;=2", '公安局'}, set(rows))
    for row in text.splitlines()[1:]:
        cell = row.split(',')[1]
        expect(f'quoted: {cell}', cell.strip('"')[0] == "'", cell[0] == '"')
    # What nobody knows is left empty: it is neither zero nor minus one.
    figures = ('mean_s', 'p50_s', 'p90_s', 'p95_s', 'max_s', 'km_p50_s', 'km_p90_s')
    expect('called', ['60.500', '60', '60', '60', '60.500', '60', '60'], [rows["'=1+1"][name] for name in figures])
    expect('not called', [''] * 7, [rows['公安局'][name] for name in figures])
    expect('names', ('公安局', '公安局'), (rows['公安局']['zh'], rows['公安局']['en']))


CONFIG = '''
hall = { id = "hall"; zh = "市民中心"; en = "Civic Centre"; zone = "Asia/Shanghai"; };
log = { path = "live.db"; };
web = { port = 0; };
queues = ( { id = "general"; zh = "综合"; en = "General"; prefix = "A"; work = true; } );
windows = ( { number = 1; zh = "一"; en = "One"; queues = [ "general" ]; } );
'''


def beside_the_daemon(logs):
    """The daemon has the log: it freezes. Reading goes on beside it."""
    config, log = logs.path('hall.conf'), logs.path('live.db')
    with open(config, 'w', encoding='utf-8') as file:
        file.write(CONFIG)
    daemon, url = serve(ONEWINDOW, config)
    try:
        api = Client(url)
        day = api.get('/api/v1/hall')['day']
        api.post('/api/v1/tickets', {'queue': 'general', 'print': False})
        for action in ('call-next', 'start', 'finish'):
            api.post(f'/api/v1/windows/1/{action}')
        freeze = ('baseline', 'freeze', 'live', '--from', day, '--to', day)
        refused(1, ('--url', 'the daemon has the log'), *freeze, '--log', log)
        api.post('/api/v1/day/close')
        refused(1, ('--url', 'the daemon has the log'), *freeze, '--log', log)
        refused(1, 'none is frozen yet', 'baseline', 'show', 'live', '--log', log)
        refused(1, 'nonsense', *freeze, '--control', 'nonsense', '--url', url)
        for control in (',', 'general,'):
            refused(1, 'ids of queues', *freeze, '--control', control, '--url', url)
        refused(1, 'period', 'baseline', 'freeze', 'live', '--from', '2020-01-01', '--to',
                '2020-01-02', '--url', url)
        if '已冻结 frozen: live, 天数 days 1, 人次 visits 1' not in run(*freeze, '--control', 'general', '--url', url):
            raise StepError('the daemon says something else')
        refused(1, 'never edited', *freeze, '--url', url)
        shown = as_json('baseline.json', 'baseline', 'show', 'live', '--log', log, '--check')
        date = int(day.replace('-', ''))
        expect('by the daemon', ('api', ['general'], rows_hash(log, date, date), [{'window': 1, 'queues': ['general']}]),
               tuple(shown[key] for key in ('by', 'control', 'rows', 'windows')))
        frozen = json.loads(run('baseline', 'freeze', 'again', '--from', day, '--to', day, '--url', url, '--format', 'json'))
        expect('JSON', ('baseline-frozen', 'again', shown['rows'], ''),
               tuple(frozen[key] for key in ('type', 'name', 'rows', 'control')))
        refused(1, 'is closed yet', 'report', '--log', log, '--baseline', 'live')
    finally:
        daemon.terminate()
        daemon.wait()
    run('baseline', 'freeze', 'stopped', '--from', day, '--to', day, '--log', log)
    run('log', 'verify', log)


def main():
    days = list(weekdays(46))
    with tempfile.TemporaryDirectory(prefix='onewindow-baselines-') as folder:
        logs = Logs(folder)
        log = logs.write('log.db', [(day, 1200 if n < 24 else 240, True) for n, day in enumerate(days)])
        freezing_refused(logs, log, days)
        freezing(logs, log, days)
        for story in (comparing, altered, reports_refused):
            story(logs, log, days)
            print(f'{story.__name__}: as it ought to be')
        for story in (open_day, not_shown, given_up, small_logs, gone_on, spreadsheet):
            story(logs, days)
            print(f'{story.__name__}: as it ought to be')
        beside_the_daemon(logs)
    return 0


if __name__ == '__main__':
    sys.exit(main())
