#!/usr/bin/env python3
"""`onewindow ticket why` on logs with exact moments: an appointment in its slot, the ageing bound by
time, calls over a reboot, and a log of the first format, whose calls gave no reason.

    why_log.py ONEWINDOW SCRIPT_LOG SCHEMA"""
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

EIGHT = 1767571200000  # 2026-01-05 08:00 in Shanghai
HALL = '''start-daemon at=1 boot=one software=test
define-queue at=1 queue=general zh=综合 en=General prefix=A first=1 last=99 work=1
define-window at=1 window=1 zh=一号 en=One queues=general
define-policy at=1 overtakes=-1 age_ms=60000 early_ms=10000 late_ms=0
open-day at=2 date=20260105
'''


class Log:
    def __init__(self, folder, name, lines, version=2):
        self.path = os.path.join(folder, name)
        subprocess.run([sys.argv[2], self.path, str(version)], input=HALL + lines, text=True, check=True)

    def says(self, schema, reason, zh, en, *words):
        done = subprocess.run([sys.argv[1], 'ticket', 'why', *words, '--log', self.path, '--format', 'json'],
                              capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, schema)
        if (answer['reason'], answer['zh'], answer['en']) != (reason, zh, en):
            raise SystemExit(f'{words}: {answer}')


def appointment(folder, schema):
    """From ten seconds before its slot the appointment goes first."""
    log = Log(folder, 'appointment', f'''issue at=1000 queue=general
issue at=2000 queue=general
issue at=3000 queue=general class=2 slot_from={EIGHT + 30000} slot_to={EIGHT + 40000}
call-next at=19999 window=1
start at=20000 window=1
call-next at=20001 window=1
''')
    log.says(schema, 'appointment', 'A003 在 08:00:20 被叫到 1 号窗口。原因：它是预约号，且在预约时段内。',
             'A003 was called to window 1 at 08:00:20. The reason: it has an appointment and was within '
             'its time.', 'A002', '--before', 'A003')
    log.says(schema, 'order', 'A001 在 08:00:19 被叫到 1 号窗口。原因：按先来先叫的顺序；A001 比 A003 先到。',
             'A001 was called to window 1 at 08:00:19. The reason: it came first of all who waited for '
             'that window; A001 came before A003.', 'A003', '--before', 'A001')


def ageing(folder, schema):
    """A minute after it came nobody goes before it; a second earlier somebody does."""
    log = Log(folder, 'ageing', '''issue at=1000 queue=general
issue at=2000 queue=general class=1
issue at=3000 queue=general class=1
call-next at=60999 window=1
start at=60999 window=1
call-next at=61000 window=1
''')
    log.says(schema, 'priority', 'A002 在 08:01:00 被叫到 1 号窗口。原因：它是优先号。',
             'A002 was called to window 1 at 08:01:00. The reason: it is a priority ticket.',
             'A001', '--before', 'A002')
    log.says(schema, 'ageing-time',
             'A001 在 08:01:01 被叫到 1 号窗口。原因：它等候的时间已到上限，不能再被越过。',
             'A001 was called to window 1 at 08:01:01. The reason: it had waited as long as the rules allow.',
             'A003', '--before', 'A001')


def first_format(folder, schema):
    """A log of version 1 is read; what it did not say is not made up."""
    log = Log(folder, 'first', '''issue at=1000 queue=general
issue at=2000 queue=general class=1
call-next at=3000 window=1
''', 1)
    log.says(schema, 'unstated', 'A002 在 08:00:03 被叫到 1 号窗口。原因：当时的日志未记录叫号原因；A002 比 A001 后到。',
             'A002 was called to window 1 at 08:00:03. The reason: the log of that time does not say why; '
             'A002 came after A001.', 'A001', '--before', 'A002')
    log.says(schema, 'not-called', 'A001 在 08:00:01 取号，仍在等候，前面还有 0 位；等候中有 1 个后来的号先被叫。'
             '最近一次是 A002：当时的日志未记录叫号原因。',
             'A001 took its number at 08:00:01, and still waits with 0 before it; while it waited, 1 that '
             'came later were called before it. The last was A002: the log of that time does not say why.',
             'A001')


def reboot(folder, schema):
    """Each boot begins its clock anew: which call came first is the log's order."""
    log = Log(folder, 'reboot', f'''issue at=1000 queue=general
issue at=2000 queue=general
call-next at=5000 window=1
start at=6000 window=1
finish at=7000 window=1
start-daemon at=10 wall={EIGHT + 60000} boot=two software=test
call-next at=20 wall={EIGHT + 60010} window=1
''')
    log.says(schema, 'called-earlier', 'A001 先被叫：A001 在 08:00:05，A002 在 08:01:00。',
             'A001 was called first: A001 at 08:00:05, A002 at 08:01:00.', 'A001', '--before', 'A002')


def main():
    with open(sys.argv[3], encoding='utf-8') as file:
        schema = json.load(file)
    with tempfile.TemporaryDirectory(prefix='onewindow-why-') as folder:
        for story in (appointment, ageing, first_format, reboot):
            story(folder, schema)
            print(f'{story.__name__}: every sentence was right')


if __name__ == '__main__':
    main()
