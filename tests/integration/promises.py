#!/usr/bin/env python3
"""What the keeper promises, asked of the real daemon over HTTP: ids over restarts and service days,
the two kinds of commit failure, one daemon for one log, and how it ends.

    promises.py ONEWINDOW DISK_SHIM"""
import datetime
import http.client
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, expect, wait_for  # noqa: E402
from rules import CONFIG, RulesHall  # noqa: E402

TEXT = CONFIG.replace('last = 40;', 'last = 9999;').replace(
    '\n    paper_first = 900; paper_last = 909;', '')


class Hall(RulesHall):
    """The daemon with a disk that fails on demand."""

    def __init__(self, onewindow, shim):
        super().__init__(onewindow)
        self.control = os.path.join(self.folder, 'disk')
        self.environment = {'LD_PRELOAD': shim, 'DISK_SHIM': self.control}
        self.log = os.path.join(self.folder, 'rules.log.db')

    def open(self):
        options = os.environ.get('ASAN_OPTIONS', '')
        asan = ':'.join(filter(None, [options, 'verify_asan_link_order=0']))
        kept = dict(os.environ)
        os.environ.update(self.environment, ASAN_OPTIONS=asan)
        try:
            self.start(TEXT)
        finally:
            os.environ.clear()
            os.environ.update(kept)

    def disk(self, word):
        with open(self.control + '.new', 'w', encoding='ascii') as file:
            file.write(word)
        os.replace(self.control + '.new', self.control)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def ends(self):
        code = self.process.wait(60)
        self.process = None
        return code

    def ask(self, name, path='/api/v1/tickets', body=None):
        body = {'queue': 'general', 'print': False} if body is None else body
        status, answer = self.api.raw('POST', path, body, {'Idempotency-Key': name})
        return status, json.loads(answer)

    def issue_as(self, name):
        status, answer = self.ask(name)
        expect(f'{name} is answered', 201, status)
        return answer['number'], answer['token']

    def total(self):
        return self.api.get('/api/v1/tickets?limit=1')['total']


def next_day(hall):
    last = datetime.date.fromisoformat(hall.api.get('/api/v1/hall')['last_day'])
    hall.api.post('/api/v1/day/close')
    hall.api.post('/api/v1/day/open', {'date': str(last + datetime.timedelta(days=1))})


def ids(hall):
    """Kept two service days, over clean and unclean ends; then free again."""
    hall.open()
    first = hall.issue_as('id-1')
    refused = {'queue': 'few', 'item': 'scarce', 'print': False}
    expect('the only one', 201, hall.ask('id-2', body=refused)[0])
    expect('a second one is refused', 409, hall.ask('id-3', body=refused)[0])
    expect('again at once', first, hall.issue_as('id-1'))
    hall.kill()
    hall.open()
    expect('again after kill -9', first, hall.issue_as('id-1'))
    status, answer = hall.ask('id-1', body={'queue': 'few', 'print': False})
    expect('for another body', (409, 'idempotency-conflict'), (status, answer['code']))
    next_day(hall)
    expect('on the second day', first, hall.issue_as('id-1'))
    expect('what was refused is decided anew', 201, hall.ask('id-3', body=refused)[0])
    hall.stop()
    hall.open()
    expect('on the second day, after a restart', first, hall.issue_as('id-1'))
    status, answer = hall.ask('id-1', body={'queue': 'few', 'print': False})
    expect('for another body, still', (409, 'idempotency-conflict'), (status, answer['code']))
    next_day(hall)
    again = hall.issue_as('id-1')
    if again[1] == first[1]:
        raise StepError('on the third day the id is still taken')
    expect('one ticket on the third day', 1, hall.total())


def full_disk(hall):
    """A clean failure: nothing changed, the daemon stays and takes up again."""
    before = hall.total()
    hall.disk('full')
    status, answer = hall.ask('full-1')
    expect('while the disk is full', (503, 'log-unavailable'), (status, answer['code']))
    if 'full' not in answer['detail']:
        raise StepError(f'the reason is missing: {answer!r}')
    expect('nothing changed', before, hall.total())
    hall.disk('')
    wait_for('the log takes writes again', lambda: hall.ask('full-1')[0] == 201)
    number = hall.issue_as('full-1')
    expect('done once', before + 1, hall.total())
    hall.kill()
    hall.open()
    expect('the same after kill -9', number, hall.issue_as('full-1'))


def failed_sync(hall):
    """Nobody knows what is on the disk: the answer says so, the daemon leaves, the log decides."""
    before = hall.total()
    hall.disk('sync')
    status, answer = hall.ask('sync-1')
    expect('with a failed sync', (503, 'outcome-unknown'), (status, answer['code']))
    expect('exit code', 75, hall.ends())
    hall.disk('')
    hall.open()
    number = hall.issue_as('sync-1')
    expect('done once', before + 1, hall.total())
    expect('the same again', number, hall.issue_as('sync-1'))


def run(hall, *arguments, shim=False):
    environment = dict(os.environ, ASAN_OPTIONS='verify_asan_link_order=0')
    if shim:
        environment.update(hall.environment)
    return subprocess.run([hall.onewindow, *arguments], capture_output=True, text=True,
                          check=False, timeout=120, env=environment)


def alone(hall):
    """A second daemon is shut out; who only reads is not."""
    second = run(hall, 'serve', '--config', hall.config)
    expect('the second daemon leaves', 75, second.returncode)
    if 'another daemon has' not in second.stderr:
        raise StepError(f'it does not say why: {second.stderr!r}')
    expect('a reader beside it', 0, run(hall, 'log', 'verify', hall.log).returncode)
    number = hall.issue_as('alone-1')
    expect('the first goes on', number, hall.issue_as('alone-1'))


def unreadable(hall):
    """A disk that cannot be read at the start: the reason, and nothing changed."""
    hall.stop()
    hall.disk('read')
    done = run(hall, 'serve', '--config', hall.config, shim=True)
    hall.disk('')
    if done.returncode not in (5, 75) or not done.stderr.strip():
        raise StepError(f'EIO on reading: exit {done.returncode}, {done.stderr!r}')
    hall.open()
    expect('all is there', 201, hall.ask('alone-1')[0])


def asked_to_end(hall):
    """SIGTERM under load: what was answered is there, what was not is done once when repeated."""
    before, answers, lock = hall.total(), {}, threading.Lock()
    started = threading.Event()

    def client(first):
        for i in range(10000):
            name = f'end-{first}-{i}'
            with lock:
                answers[name] = None
            try:
                status, answer = hall.ask(name)
            except (OSError, http.client.HTTPException, ValueError):
                return
            if status != 201:
                return
            with lock:
                answers[name] = answer['token']
                if len(answers) > 60:
                    started.set()

    threads = [threading.Thread(target=client, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    if not started.wait(60):
        raise StepError('the daemon answers nobody')
    hall.process.terminate()
    expect('exit code', 0, hall.ends())
    for thread in threads:
        thread.join()
    hall.open()
    for name, token in answers.items():
        again = hall.issue_as(name)[1]
        if token and token != again:
            raise StepError(f'{name}, answered before, has another ticket now')
    expect('each once', before + len(answers), hall.total())


def main():
    hall = Hall(sys.argv[1], sys.argv[2])
    try:
        for part in (ids, full_disk, failed_sync, alone, unreadable, asked_to_end):
            part(hall)
            print(f'{part.__name__}: held')
        hall.stop()
        expect('verify', 0, run(hall, 'log', 'verify', hall.log).returncode)
    finally:
        hall.close()


if __name__ == '__main__':
    try:
        main()
    except StepError as error:
        sys.exit(str(error))
