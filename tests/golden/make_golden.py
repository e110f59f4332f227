#!/usr/bin/env python3
"""Makes a golden log: plays two service days on a daemon of some release and keeps its log, its key
and what that release said of it. Run once for each format or payload version that is released; what
it made never changes afterwards.

    make_golden.py ONEWINDOW NAME"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '../integration'))
from fake_printer import FakePrinter  # noqa: E402
from hall import Client, serve, wait_for  # noqa: E402

CONFIG = '''
hall = {{ id = "golden"; zh = "金样大厅"; en = "Golden hall"; zone = "Asia/Shanghai"; }};
log = {{ path = "{log}"; }};
web = {{ listen = "127.0.0.1"; port = 0; }};
queues = (
  {{ id = "general"; zh = "综合受理"; en = "General"; kind = "intake"; prefix = "A"; first = 1; last = 40; work = true; }},
  {{ id = "issue"; zh = "统一出证"; en = "Issuing"; kind = "issue"; prefix = "B"; first = 1; last = 999; work = true; }},
  {{ id = "guide"; zh = "咨询"; en = "Guide"; kind = "guide"; prefix = "C"; first = 1; last = 999; work = false; }}
);
windows = (
  {{ number = 1; zh = "一号窗口"; en = "Window 1"; queues = [ "general" ]; }},
  {{ number = 2; zh = "二号窗口"; en = "Window 2"; queues = [ "general", "issue" ]; }},
  {{ number = 3; zh = "三号窗口"; en = "Window 3"; queues = [ "issue", "guide" ]; }}
);
items = (
  {{ id = "passport"; zh = "护照"; en = "Passport"; department = "公安局"; queue = "general"; }},
  {{ id = "permit"; zh = "许可证"; en = "Permit"; department = "市场局"; queue = "issue"; }}
);
'''

PRINTER = '''
printers = ( {{ id = "printer"; driver = "escpos"; model = "generic-80"; url = "tcp://127.0.0.1:{port}"; }} );
'''


def play_printer(api, printer):
    """A ticket, in large print, whose printer goes in mid-print, an operator's word, another copy; a
    roll that nears its end."""
    printer.set(near_end=True)
    wait_for('near its end', lambda: any(
        c['condition'] == 'paper-near-end' for d in api.get('/api/v1/hall')['devices']
        for c in d['conditions']))
    printer.set(near_end=False, cut=True)
    tickets = []
    for large in (True, False):
        tickets.append(api.post('/api/v1/tickets', {'queue': 'general', 'printer': 'printer',
                                                    'large_print': large}))
        jobs = wait_for('unknown', lambda: [j for j in api.get('/api/v1/jobs?state=unsettled')['jobs']
                                            if j['number'] == tickets[-1]['number']])
    api.post(f'/api/v1/jobs/{jobs[0]["job"]}/settle', {'outcome': 'failed'})
    printer.set(cut=False)
    api.post(f'/api/v1/tickets/{tickets[0]["token"]}/reprint')
    wait_for('printed', lambda: not api.get('/api/v1/jobs')['queued'] and
             api.get('/api/v1/jobs?state=printed')['jobs'])


def play_day(api, day):
    """Every kind of event that the API can cause; a refusal of an older release is left out."""
    def post(path, **body):
        status, answer = api.raw('POST', path, body)
        return json.loads(answer) if status < 300 else {}

    for n in range(24):
        post('/api/v1/tickets', queue=('general', 'issue', 'guide')[n % 3],
             **{'class': 'priority' if n % 7 == 3 else 'ordinary'}, print=n % 5 == 0,
             pre_reviewed=n % 4 == 0, case_ref=f'案 {day}-{n}' if n % 6 == 0 else '')
    post('/api/v1/tickets', item='passport', origin='desk', print=False)
    post('/api/v1/tickets', item='permit', print=False)
    post('/api/v1/windows/1/sign-in', clerk='101')
    for window in (1, 2, 3):
        post(f'/api/v1/windows/{window}/call-next')
    post('/api/v1/windows/1/recall')
    for window in (1, 2, 3):
        post(f'/api/v1/windows/{window}/start')
    post('/api/v1/windows/1/transfer', queue='issue')
    parked = post('/api/v1/windows/2/park')
    post('/api/v1/windows/3/finish')
    for window in (1, 2, 3):
        post(f'/api/v1/windows/{window}/call-next')
    post('/api/v1/windows/1/no-show')
    post('/api/v1/windows/1/call-next')
    post('/api/v1/windows/1/start')
    post('/api/v1/windows/1/finish')
    post('/api/v1/windows/2/start')
    post('/api/v1/windows/2/finish')
    if parked:
        post('/api/v1/windows/2/resume', ticket=parked.get('ticket'))
    post('/api/v1/windows/3/cancel')
    post('/api/v1/windows/3/help')
    post('/api/v1/windows/3/ask-rating')
    waiting = [t['number'] for t in api.get('/api/v1/tickets?limit=500')['tickets']
               if t['state'] == 'waiting' and t['queue'] == 'issue']
    if waiting:
        post('/api/v1/windows/3/call-number', number=waiting[-1])
        post('/api/v1/windows/3/start')
        post('/api/v1/windows/3/ask-rating')
    post('/api/v1/windows/3/help-over')
    post('/api/v1/windows/3/pause')
    post('/api/v1/windows/3/reopen')
    for ticket in api.get('/api/v1/tickets')['tickets'][-4:-2]:
        post(f'/api/v1/tickets/{ticket["token"]}/cancel')
    post('/api/v1/windows/1/call-next')
    post('/api/v1/filings', item='permit', case_ref=f'网 {day}')


def play_night(api, day):
    """While no day is open: cases that were filed online, and the day is frozen."""
    for item, case_ref, more in (('passport', '网 1', {}), ('permit', '网 2', {'filed_at': f'{day}T00:05'}),
                                 ('permit', '网 2', {'filed_at': f'{day}T00:05'})):
        api.post('/api/v1/filings', {'item': item, 'case_ref': case_ref, **more})
    api.post('/api/v1/baselines', {'name': 'before', 'from': day, 'to': day, 'control': 'issue,guide'})
    api.post('/api/v1/baselines', {'name': 'before-2', 'from': '2020-02-29', 'to': day})


def main():
    onewindow, name = sys.argv[1:]
    printer = FakePrinter()
    folder = tempfile.mkdtemp(prefix='onewindow-golden-')
    log = os.path.join(folder, 'golden.db')
    config = os.path.join(folder, 'hall.conf')
    with open(config, 'w', encoding='utf-8') as file:
        file.write(CONFIG.format(log=log) + PRINTER.format(port=printer.port))
    process, url = serve(onewindow, config)
    api = Client(url)
    play_printer(api, printer)
    day = api.get('/api/v1/hall')['day']
    play_day(api, 1)
    process.kill()  # a restart in the middle of the day
    process.wait()
    process, url = serve(onewindow, config)
    api = Client(url)
    play_day(api, 2)
    api.post('/api/v1/day/close')
    play_night(api, day)
    next_day = f'{day[:8]}{int(day[8:]) + 1:02d}'
    api.post('/api/v1/day/open', {'date': next_day})
    play_day(api, 3)
    hall = api.get('/api/v1/hall')
    expected = {
        'tickets': api.get('/api/v1/tickets?limit=500')['tickets'],
        'windows': hall['windows'],
        'queues': hall['queues'],
        'day': hall['day'],
        'baselines': api.get('/api/v1/baselines')['baselines'],
    }
    process.terminate()
    process.wait()
    printer.close()
    with sqlite3.connect(log) as connection:
        seq, digest = connection.execute(
            'SELECT seq, lower(hex(hash)) FROM event ORDER BY seq DESC LIMIT 1').fetchone()
        expected['format'] = connection.execute('PRAGMA user_version').fetchone()[0]
        expected['event_versions'] = connection.execute(
            'SELECT max(version) FROM event').fetchone()[0]
        connection.execute('PRAGMA journal_mode = DELETE')
    connection.close()
    expected['head'] = f'{seq}:{digest}'
    report = subprocess.run([onewindow, 'report', '--log', log, '--by', 'day', '--by', 'hour',
                             '--by', 'queue', '--by', 'window', '--format', 'json'],
                            capture_output=True, check=True)
    expected['report'] = json.loads(report.stdout)
    shutil.copy(log, os.path.join(here, f'{name}.db'))
    shutil.copy(log + '.key', os.path.join(here, f'{name}.key'))
    with open(os.path.join(here, f'{name}.json'), 'w', encoding='utf-8') as file:
        json.dump(expected, file, ensure_ascii=False, indent=1)
        file.write('\n')
    shutil.rmtree(folder)


if __name__ == '__main__':
    main()
