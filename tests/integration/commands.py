#!/usr/bin/env python3
"""The commands as people meet them: help and refusals in Chinese and English, options only where
they mean something, and the desk's word about a ticket.

    commands.py ONEWINDOW"""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, expect  # noqa: E402
from rules import CONFIG, RulesHall  # noqa: E402

COMMANDS = ('baseline', 'serve', 'demo', 'board', 'config', 'devices', 'devices identify', 'devices lines',
            'devices test', 'filing', 'jobs', 'ticket',
            'ticket why', 'window', 'day', 'report', 'log')
CHINESE = re.compile('[\u4e00-\u9fff]')


class Commands:
    def __init__(self, hall):
        self.hall = hall

    def run(self, *words, code=0):
        url = f'http://127.0.0.1:{self.hall.api.port}' if self.hall.api else 'http://127.0.0.1:1'
        done = subprocess.run([self.hall.onewindow, *words], capture_output=True, text=True,
                              env={**os.environ, 'ONEWINDOW_URL': url, 'LC_ALL': 'C'}, check=False)
        expect(' '.join(words) + ' ' + done.stderr, code, done.returncode)
        if code and done.stdout:
            raise StepError(f'{words}: an error on stdout: {done.stdout}')
        return done.stdout if code == 0 else done.stderr

    def says(self, text, *wanted):
        for words in wanted:
            if words not in text:
                raise StepError(f'no "{words}" in: {text}')

    def refused(self, words, code, *wanted):
        self.says(self.run(*words.split(), code=code), *wanted)


def both(what, text):
    if not CHINESE.search(text) or not re.search('[a-z]{2}', text):
        raise StepError(f'{what}: not in both languages: {text}')


def helps(commands):
    """All in both languages; each command's own options and no others."""
    top = commands.run('--help')
    expect('-h', top, commands.run('-h'))
    for name in COMMANDS:
        text = commands.run(*name.split(), '--help')
        both(name, text)
        commands.says(text, f'Usage: onewindow {name}')
        if name.split()[-1] not in top:
            raise StepError(f'{name} is not in onewindow --help')
        options = re.split(r'\n(?=  (?:-.|   ) ?,? --| {6}--)', text)[1:]
        if name != 'config' and len(options) < 3:
            raise StepError(f'{name}: where are the options? {text}')
        for option in options:
            both(f'{name}{option.split("=")[0]}', option.split('\n\n')[0])
    for name, foreign in (('devices', '--arrival'), ('day', '--clerk'), ('window', '--paper'),
                          ('ticket', '--correction')):
        if foreign in commands.run(name, '--help'):
            raise StepError(f'{name} --help shows {foreign}')
        commands.refused(f'{name} {foreign} x', 2, f'onewindow {name}: ', foreign)
    commands.says(commands.run('config', 'check', '--help'), 'config check [--scenario] FILE')


def wrong_usage(commands):
    for words in ('bogus', 'board', 'board x', 'board encode', 'board decode', 'board encode -d x',
                  'board encode -d lihe', 'board encode -d lihe -a x', 'board encode -d lihe -a 1',
                  'board encode -d lihe -a 1 x', 'board encode -d lihe -a 1 -t x -s y',
                  'board encode -d lihe -a 1 -t x -s y=1', 'board decode -d x', 'board decode -d lihe',
                  'board decode -d lihe -a 1 AA', 'config chekc x', 'devices x', 'devices identify x y',
                  'devices identify -f csv x', 'devices lines x', 'devices lines -f csv', 'devices test', 'devices test x y', 'ticket', 'ticket show', 'ticket show a001',
                  'ticket issue', 'ticket issue -q general -f csv', 'ticket issue -f xml',
                  'window', 'window call-next x', 'window frob 1', 'window resume 1',
                  'window transfer 1', 'window sign-in 1', 'ticket transfer A001', 'day', 'day x',
                  'day open -f csv', 'baseline', 'baseline show -l x', 'baseline list', 'report', 'report -b x', 'report -l x --from x', 'log',
                  'log show x --from x', 'log verify x --head 1:2', 'ticket why A001',
                  'demo --port x', 'jobs --state bogus', 'filing', 'filing add', 'filing add tax',
                  'filing x tax --case 1', 'filing add tax --case 1 -f csv'):
        both(words, commands.run(*words.split(), code=2).split('\n', maxsplit=1)[0])


def without_daemon(commands):
    for words in ('devices', 'ticket list', 'ticket issue -q general', 'window call-next 1',
                  'day open', 'filing add tax --case 1'):
        for line in commands.run(*words.split(), code=4).splitlines():
            both(words, line)


def no_log(commands):
    """Named once, with what it is."""
    for name, code in (('/nonexistent.db', 1), (commands.hall.config, 5)):
        for words in (('log', 'verify', name), ('log', 'head', name), ('log', 'show', name),
                      ('report', '--log', name), ('ticket', 'why', 'A001', '--log', name)):
            error = commands.run(*words, code=code)
            both(' '.join(words), error)
            expect(f'{words}: {error}', 1, error.count(name))
    # One that has no key either: not the key is what is missing.
    commands.refused(f'log rebuild {commands.hall.config}', 5, 'is no log of onewindow')


def at_the_desk(commands):
    def issue():
        return json.loads(commands.run('ticket', 'issue', '-n', '-q', 'general', '-f', 'json'))['number']

    number = issue()
    again = json.loads(commands.run('ticket', 'reprint', number, '--large', '-f', 'json'))
    expect('papers', [('print-queued', number, 1)],
           [(e['type'], e['number'], e['large']) for e in again['events']])
    commands.refused(f'ticket reprint {number}', 1, 'print-state', 'has not ended')
    commands.says(commands.run('ticket', 'transfer', number, '-q', 'few'), number)
    shown = json.loads(commands.run('ticket', 'show', number, '-f', 'json'))
    expect('moved', ('waiting', 'few'), (shown['state'], shown['queue']))
    commands.run('window', 'call-next', '3')
    commands.run('window', 'start', '3')
    commands.run('window', 'park', '3')
    commands.run('ticket', 'resume', number)
    expect('waits again', 'waiting', commands.hall.state(number)['state'])
    commands.run('ticket', 'cancel', number)
    expect('cancelled', 'cancelled', commands.hall.state(number)['state'])
    row = commands.run('ticket', 'show', number).splitlines()[1].split()
    expect('nobody is ahead of it', '-', row[-2])
    commands.refused(f'ticket cancel {number}', 1, 'ticket-state')
    commands.refused('ticket reprint A999', 1, 'no ticket "A999" today', '没有此号')

    number = issue()
    expect('called', f'{number}\n', commands.run('window', 'call-next', '1'))
    commands.says(commands.run('window', 'no-show', '1'), number, 'called again first')
    commands.says(commands.run('window', 'no-show', '1'), number, '弃号 no-show')


def filings(commands):
    """By day and at night; when it was filed is by the hall's zone."""
    told = json.loads(commands.run('filing', 'add', 'deed', '--case', '案 7', '--at',
                                   '2026-01-05T08:30', '-f', 'json'))['events'][0]
    expect('a filing', ('online-filing', 'deed', '案 7', 1767573000000),
           tuple(told[key] for key in ('type', 'item', 'case_ref', 'filed')))
    commands.says(commands.run('filing', 'add', 'deed', '--case', '案 7', '--at', '1767573000000'),
                  '已登记 recorded  deed  案 7')
    commands.refused('filing add nothing --case 1', 1, 'item-unknown', '没有此事项')
    commands.refused('filing add deed --case 1 --at 2199-01-01T00:00', 1, 'invalid', 'future')
    commands.refused('filing add deed --case 1 --at 2026-02-29T00:00', 1, 'bad-field', 'filed_at')


def the_day(commands):
    commands.run('day', 'close')
    commands.run('filing', 'add', 'deed', '--case', '8', '--id', 'night')
    commands.run('filing', 'add', 'deed', '--case', '8', '--id', 'night')
    commands.refused('day open', 1, '--again', '如日期无误')
    commands.refused('day open --date 2199-01-01', 1, 'day-far', '--again')
    commands.run('day', 'open', '--again')
    log = os.path.join(commands.hall.folder, 'rules.log.db')
    commands.says(commands.run('report', '--log', log), '1 一号 One', '综合 General')
    told = [json.loads(line) for line in commands.run('log', 'export', log).splitlines()]
    expect('filings in the log, the repeated one once', ['案 7', '案 7', '8'],
           [event['payload']['case_ref'] for event in told if event['type'] == 'online-filing'])


def main():
    hall = RulesHall(sys.argv[1])
    hall.api = None
    commands = Commands(hall)
    try:
        for step in (helps, wrong_usage, without_daemon):
            step(commands)
            print(f'{step.__name__}: ok', flush=True)
        hall.start(CONFIG)
        for step in (no_log, at_the_desk, filings, the_day):
            step(commands)
            print(f'{step.__name__}: ok', flush=True)
        hall.stop()
    finally:
        hall.close()


if __name__ == '__main__':
    main()
