#!/usr/bin/env python3
"""kill -9 of the real daemon under load: whatever was answered is in the log, under its id with the
same answer; nothing is doubled.

    kill9.py ONEWINDOW [TIMES [SEED]]"""
import http.client
import json
import os
import random
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, expect  # noqa: E402
from rules import CONFIG, RulesHall  # noqa: E402

CLIENTS = 4


class Load:
    """Clients that ask for tickets; those without an answer ask again, under the same id."""

    def __init__(self, hall):
        self.hall = hall
        self.lock = threading.Lock()
        self.answers = {}  # id: number
        self.open = []  # ids without an answer
        self.next = 0

    def ask(self, name):
        status, body = self.hall.api.raw('POST', '/api/v1/tickets',
                                         {'queue': 'general', 'print': False},
                                         {'Idempotency-Key': name})
        if status == 201:
            return json.loads(body)['number']
        if status == 503:
            return None
        raise StepError(f'{name}: {status} {body!r}')

    def client(self, enough):
        while True:
            with self.lock:
                if self.open:
                    name = self.open.pop()
                else:
                    self.next += 1
                    name = f'kill9-{self.next}'
            number = None
            try:
                number = self.ask(name)
            except (OSError, http.client.HTTPException):
                pass
            with self.lock:
                if number is None:
                    self.open.append(name)
                    return
                self.answers[name] = number
                if len(self.answers) >= enough[0]:
                    enough[1].set()


def one_life(hall, load, chance):
    enough = (len(load.answers) + chance.randrange(1, 40), threading.Event())
    threads = [threading.Thread(target=load.client, args=(enough,)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    if not enough[1].wait(60):
        raise StepError('the daemon answers nobody')
    hall.process.kill()
    hall.process.wait()
    hall.process = None
    for thread in threads:
        thread.join()


def check(hall, load, chance):
    known = list(load.answers)
    for name in chance.sample(known, min(20, len(known))):
        expect(f'{name}, asked again', load.answers[name], load.ask(name))
    for name in list(load.open):
        load.open.remove(name)
        load.answers[name] = load.ask(name)
    numbers = list(load.answers.values())
    expect('different numbers', len(numbers), len(set(numbers)))
    total = hall.api.get('/api/v1/tickets?limit=1')['total']
    expect('tickets in the hall', len(numbers), total)


def main():
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    chance = random.Random(seed)
    config = CONFIG.replace('last = 40;', 'last = 9999;').replace(
        '\n    paper_first = 900; paper_last = 909;', '')
    hall = RulesHall(sys.argv[1])
    try:
        load = Load(hall)
        for life in range(times):
            hall.start(config)
            if life:
                check(hall, load, chance)
            one_life(hall, load, chance)
        hall.start(config)
        check(hall, load, chance)
        hall.stop()
        log = os.path.join(hall.folder, 'rules.log.db')
        done = subprocess.run([hall.onewindow, 'log', 'verify', log], capture_output=True,
                              text=True, check=False)
        expect('verify', 0, done.returncode)
        print(f'{times} kills, {len(load.answers)} tickets: none lost, none doubled')
    except StepError as error:
        sys.exit(f'{error}\nrepeat: {sys.argv[0]} {sys.argv[1]} {times} {seed}')
    finally:
        hall.close()


if __name__ == '__main__':
    main()
