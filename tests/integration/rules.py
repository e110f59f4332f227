#!/usr/bin/env python3
"""The rules of the line as a hall's people meet them: set in its configuration, kept by the real
daemon over HTTP.

    rules.py ONEWINDOW"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Client, StepError, expect, serve, wait_for  # noqa: E402

CONFIG = '''
hall = { id = "rules"; zh = "规则大厅"; en = "Rules hall"; zone = "Asia/Shanghai"; };
log = { path = "rules.log.db"; };
web = { listen = "127.0.0.1"; port = 0; };
policy = { overtakes = 2; recalls = 1; };
queues = (
  { id = "general"; zh = "综合"; en = "General"; prefix = "A"; first = 1; last = 40; work = true;
    paper_first = 900; paper_last = 909; },
  { id = "few"; zh = "少量"; en = "Few"; prefix = "B"; first = 1; last = 2; spare = "X"; }
);
windows = (
  { number = 1; zh = "一号"; en = "One"; queues = [ "general" ]; },
  { number = 2; zh = "二号"; en = "Two"; queues = [ "general" ]; },
  { number = 3; zh = "三号"; en = "Three"; queues = [ "few" ]; }
);
clerks = (
  { id = "li"; zh = "李"; en = "Li"; },
  { id = "wang"; zh = "王"; en = "Wang"; skills = [ "notary" ]; }
);
items = (
  { id = "deed"; zh = "公证"; en = "Deed"; department = "司法"; queue = "general"; skill = "notary"; },
  { id = "scarce"; zh = "限号"; en = "Scarce"; department = "司法"; queue = "few"; quota = 1; },
  { id = "slots"; zh = "预约"; en = "By slot"; department = "司法"; queue = "few";
    slot_min = 1440; slot_quota = 1; }
);
'''


class RulesHall:
    def __init__(self, onewindow):
        self.onewindow = onewindow
        self.folder = tempfile.mkdtemp(prefix='onewindow-rules-')
        self.config = os.path.join(self.folder, 'hall.conf')
        self.process = None

    def start(self, text):
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text)
        self.process, url = serve(self.onewindow, self.config)
        if not url:
            raise StepError('the daemon did not open')
        self.api = Client(url)

    def stop(self):
        if self.process:
            self.process.terminate()
            expect('exit', 0, self.process.wait())
            self.process = None

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def issue(self, **fields):
        return self.api.post('/api/v1/tickets', {'print': False, **fields})

    def act(self, window, action, **fields):
        return self.api.post(f'/api/v1/windows/{window}/{action}', fields)

    def refused(self, what, code, path, body):
        status, answer = self.api.raw('POST', path, body)
        problem = json.loads(answer)
        expect(f'{what}: refusal', (409, code), (status, problem.get('code')))
        if not problem.get('title_zh') and not any(ord(c) > 0x2e80 for c in answer.decode()):
            raise StepError(f'{what}: the refusal has no Chinese: {answer!r}')

    def state(self, number):
        return self.api.get(f'/api/v1/tickets?number={number}')['tickets'][0]


def skills(hall):
    """What needs a skill is called only where a clerk has it; the others go past it."""
    hall.act(1, 'sign-in', clerk='li')
    hall.act(2, 'sign-in', clerk='wang')
    deed = hall.issue(item='deed')['number']
    plain = hall.issue(queue='general')['number']
    expect('Li calls', plain, hall.act(1, 'call-next')['number'])
    expect('Wang calls', deed, hall.act(2, 'call-next')['number'])
    hall.act(1, 'start')
    hall.act(1, 'finish')
    only = hall.issue(item='deed')['number']
    hall.refused('Li, with nobody else waiting', 'skill', '/api/v1/windows/1/call-next', {})
    hall.act(2, 'start')
    expect('Wang goes on', only, hall.act(2, 'call-next')['number'])
    hall.act(2, 'start')
    hall.act(2, 'finish')


def ageing(hall):
    """Priority overtakes twice and no more; the call says why."""
    first = hall.issue(queue='general')['number']
    for _ in range(3):
        hall.issue(queue='general', **{'class': 'priority'})
    reasons = []
    calls = []
    for _ in range(4):
        done = hall.act(1, 'call-next')
        call = [e for e in done['events'] if e['type'] == 'ticket-called'][0]
        calls.append(done['number'])
        reasons.append((call['reason'], call['overtaken']))
        hall.act(1, 'start')
    hall.act(1, 'finish')
    expect('the ordinary one is third', first, calls[2])
    expect('reasons', [('priority', 1), ('priority', 1), ('ageing-count', 0), ('order', 0)],
           reasons)
    expect('overtaken', 2, hall.state(first)['overtaken'])


def correction(hall):
    """A citizen who puts papers right keeps the place, and is marked."""
    number = hall.issue(queue='general')['number']
    hall.act(1, 'call-next')
    hall.act(1, 'start')
    hall.act(1, 'park', correction=True)
    expect('marked', ('parked', True), (hall.state(number)['state'],
                                        hall.state(number)['correction']))
    hall.act(1, 'resume', ticket=number)
    hall.act(1, 'start')
    hall.act(1, 'finish')


def no_show(hall):
    """Called again once, as the policy has it; then set aside."""
    number = hall.issue(queue='general')['number']
    hall.act(1, 'call-next')
    expect('the first no-show', ['ticket-recalled'],
           [e['type'] for e in hall.act(1, 'no-show')['events']])
    hall.act(1, 'no-show')
    expect('then', 'no-show', hall.state(number)['state'])


def overflow(hall):
    numbers = [hall.issue(queue='few')['number'] for _ in range(4)]
    expect('numbers', ['B001', 'B002', 'X001', 'X002'], numbers)
    hall.refused('when the spare range is full too', 'queue-full', '/api/v1/tickets',
                 {'queue': 'few', 'print': False})


def paper(hall):
    """Numbers of the pre-printed block, entered by hand after a power cut."""
    entered = hall.issue(queue='general', origin='paper', paper_number=900)
    expect('number', 'A900', entered['number'])
    expect('no second paper', ['ticket-issued'], [e['type'] for e in entered['events']])
    for wrong in (900, 910):
        hall.refused(f'{wrong}', 'paper-number', '/api/v1/tickets',
                     {'queue': 'general', 'origin': 'paper', 'paper_number': wrong})


def command_line(hall):
    """The same fields from the command line."""
    def run(*words, code=0):
        env = {**os.environ, 'ONEWINDOW_URL': f'http://127.0.0.1:{hall.api.port}'}
        done = subprocess.run([hall.onewindow, *words], capture_output=True, text=True, env=env,
                              check=False)
        expect(' '.join(words), code, done.returncode)
        return done.stdout if code == 0 else done.stderr

    def issued(*words):
        reply = json.loads(run('ticket', 'issue', '--queue', 'general', '--format', 'json', *words))
        return reply['events'][0]

    late = issued('--paper', '905')
    early = issued('--paper', '906', '--arrival', '00:00')
    expect('origins', ('paper', 'paper'), (late['origin'], early['origin']))
    expect('no arrival is now', late['at'], late['arrival_ms'])
    midnight = early['wall'] - (early['wall'] + early['off'] * 60000) % 86400000
    expect('arrival', early['wall'] - midnight, early['at'] - early['arrival_ms'])
    expect('who came at midnight is before all others', 0, early['ahead'])
    exact = issued('--paper', '907', '--arrival', str(midnight + 1))
    expect('in milliseconds', early['arrival_ms'] + early['wall'] - early['at'] + 1,
           exact['arrival_ms'] + exact['wall'] - exact['at'])
    for words in (('--arrival', '24:00'), ('--arrival', str(midnight - 1)), ('--arrival', '')):
        if 'arrival' not in run('ticket', 'issue', '--queue', 'general', '--paper', '908', *words,
                                code=1):
            raise StepError(f'{words}: the refusal does not name the field')
    run('ticket', 'issue', '--queue', 'general', '--arrival', '00:00', code=1)
    for bad in ('0', '10000', 'A900', ''):
        if '1 to 9999' not in run('ticket', 'issue', '--queue', 'general', '--paper', bad, code=2):
            raise StepError(f'--paper {bad}: the limit is not named')
    expect('called first', early['number'], run('window', 'call-next', '1').strip())
    run('window', 'start', '1')
    run('window', 'park', '1', '--correction')
    expect('marked', True, hall.state(early['number'])['correction'])
    slot = issued('--from', '00:00', '--to', '24:00')
    expect('a slot is an appointment', ('appointment', midnight, midnight + 86400000),
           (slot['class'], slot['slot_from'], slot['slot_to']))
    run('day', 'close')
    today = time.strftime('%Y-%m-%d', time.gmtime(midnight / 1000 + early['off'] * 60))
    run('day', 'open', '--date', today, code=1)
    run('day', 'open', '--date', today, '--again')
    expect('day', today, hall.api.get('/api/v1/hall')['day'])


def window_gone(hall, text):
    """A window leaves the file while one is called and one is served there: who is called goes back
    into the line and is the first to be called elsewhere, who is served is finished."""
    hall.stop()
    text = text.replace('last = 2;', 'last = 50;')
    hall.start(text)
    called = hall.issue(queue='general')['number']
    served = hall.issue(queue='few')['number']
    later = hall.issue(queue='general')['number']
    expect('called', called, hall.act(2, 'call-next')['number'])
    expect('served', served, hall.act(3, 'call-next')['number'])
    hall.act(3, 'start')
    hall.stop()
    at = text.index('  { number = 2')
    hall.start(text[:at].rstrip().rstrip(',') + text[text.index(');', at) - 1:])
    expect('windows', [1], [w['window'] for w in hall.api.get('/api/v1/hall')['windows']])
    expect('states', ['waiting', 'serving', 'waiting'],
           [hall.state(number)['state'] for number in (called, served, later)])
    expect('next', called, hall.act(1, 'call-next')['number'])
    hall.act(1, 'start')
    expect('and then', later, hall.act(1, 'call-next')['number'])
    hall.act(1, 'start')
    hall.act(1, 'finish')
    hall.act(3, 'finish')
    expect('in the end', ['finished'] * 3,
           [hall.state(number)['state'] for number in (called, served, later)])


def quotas(hall, text):
    """A longer range, and the day's quota is what ends the numbers."""
    hall.stop()
    hall.start(text.replace('last = 2;', 'last = 50;'))
    hall.issue(item='scarce')
    hall.refused('a second one', 'quota-day', '/api/v1/tickets', {'item': 'scarce'})
    slot = {'class': 'appointment', 'slot_from': '00:00', 'slot_to': '24:00'}
    hall.issue(item='slots', **slot)
    hall.refused('the slot is used up', 'quota-slot', '/api/v1/tickets',
                 {'item': 'slots', **slot})
    for bad in ({'slot_from': '9:00', 'slot_to': '10:00'}, {'slot_from': '10:00'},
                {'slot_from': '10:00', 'slot_to': '09:00'}, {'slot_from': '24:01'}):
        status, answer = hall.api.raw('POST', '/api/v1/tickets',
                                      {'queue': 'few', 'class': 'appointment', **bad})
        expect(f'{bad}', 400, status)
        if b'slot_' not in answer:
            raise StepError(f'{bad}: the answer does not name the field: {answer!r}')


def closing(hall, text):
    """A minute past midnight is over all day long; set aside a minute ago is not closed yet."""
    hall.stop()
    hall.start(text.replace('overtakes = 2;', 'overtakes = 2; closes = "00:01";'))
    expect('policy', 1, hall.api.get('/api/v1/hall')['policy']['closes_min'])
    wait_for('not the first minute of the day', lambda: hall.api.raw(
        'POST', '/api/v1/tickets', {'queue': 'general', 'print': False})[0] == 409, 90)
    hall.refused('after closing time', 'closing', '/api/v1/tickets', {'queue': 'general'})


def retired(hall, text):
    """What the file no longer has is retired; its facts keep their names."""
    hall.stop()
    at = text.index('  { id = "li"')
    hall.start(text[:at] + text[text.index('  { id = "wang"'):])
    log = os.path.join(hall.folder, 'rules.log.db')
    shown = subprocess.run([hall.onewindow, 'log', 'show', log], capture_output=True, text=True,
                           check=True).stdout
    last = [line for line in shown.splitlines() if 'clerk-defined' in line][-1]
    if '"clerk":"li"' not in last or '"retired":1' not in last:
        raise StepError(f'the clerk is not retired: {last}')


def main():
    hall = RulesHall(sys.argv[1])
    try:
        hall.start(CONFIG)
        for step in (skills, ageing, correction, no_show, overflow, paper, command_line):
            step(hall)
            print(f'{step.__name__}: ok', flush=True)
        for step in (window_gone, quotas, closing, retired):
            step(hall, CONFIG)
            print(f'{step.__name__}: ok', flush=True)
        hall.stop()
    finally:
        hall.close()


if __name__ == '__main__':
    main()
