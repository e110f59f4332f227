#!/usr/bin/env python3
"""Every key of a clerk's keypad with the real daemon: on a Modbus keypad and on a plain ASCII one. Then
keypads are swapped, and the daemon dies between a press and its answer.

    keypads.py ONEWINDOW VIRTUAL_HALL"""
import json
import os
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Hall, StepError, expect, play, wait_for  # noqa: E402

CALLED, RECALLED, STARTED, FINISHED, NO_SHOW, PARKED, RESUMED, TRANSFERRED = 21, 22, 23, 24, 25, 26, 27, 28
# key, argument, what a plain pad types for it, the events that it causes. The same key again at once is
# the same press on a plain pad; a figure that is taken back in between makes it another.
STORY = (
    ('sign-in', 101, '101I', [42]),
    ('call-next', 0, '#', [CALLED]),
    ('recall', 0, '*', [RECALLED]),
    ('start', 0, 'A', [STARTED]),
    ('rating', 0, 'K', [71]),
    ('park', 0, 'D', [PARKED]),
    ('call-number', None, None, [CALLED]),
    ('start', 0, 'A', [STARTED]),
    ('finish', 0, 'B', [FINISHED]),
    ('resume', 0, 'E', [RESUMED, CALLED]),
    ('transfer', 2, '2F', [TRANSFERRED]),
    ('call-next', 0, '#', [CALLED]),
    ('no-show', 0, '9*C', [NO_SHOW]),
    ('help', 0, 'L', [44]),
    ('help', 0, '9*L', [45]),
    ('pause', 0, 'G', [40]),
    ('reopen', 0, 'H', [41]),
    ('sign-out', 0, 'J', [43]),
)


class Keypads:
    def __init__(self, hall):
        self.hall, self.client = hall, hall.virtual.client
        with open(hall.config, encoding='utf-8') as file:
            text = file.read()
        # Window 2 has a plain pad on a line of its own; a no-show is not called again.
        text = text.replace('lines = (', 'lines = (\n  { id = "pad"; url = "%s"; baud = 9600; },'
                            % hall.virtual.state['lines']['pad'])
        text = text.replace('line = "keypads"; address = 2; driver = "modbus-keypad"; model = "window-keypad"',
                            'line = "pad"; address = 0; driver = "ascii-keypad"; model = "pad-display"; '
                            'settings = { done = "\\\\x07"; refused = "\\\\x15"; }')
        # and serves two queues, so that figures alone may fit two tickets
        two = 'number = 2;  zh = "2号综合窗口"; en = "General window 2"; queues = [ "general"'
        if two not in text:
            raise StepError('window 2 is another than it was')
        text = text.replace(two, two + ', "issue"')
        with open(hall.config, 'w', encoding='utf-8') as file:
            file.write(text)

    def by(self, keypad):
        """(type, payload) of what this keypad caused."""
        connection = sqlite3.connect(f'file:{self.hall.log}?mode=ro', uri=True)
        try:
            rows = [(kind, json.loads(payload)) for kind, payload in
                    connection.execute('SELECT type, payload FROM event ORDER BY seq')]
        finally:
            connection.close()
        return [row for row in rows if row[1]['by'] == f'keypad/{keypad}']

    def state(self):
        return self.client.get('/state')

    def issue(self):
        return self.hall.api.post('/api/v1/tickets', {'queue': 'general', 'print': False})['number']

    def story(self, keypad, press):
        numbers = [self.issue() for _ in range(6)]
        recalls = self.hall.api.get('/api/v1/hall')['policy']['recalls']
        again = ('no-show', 0, '9*C', [RECALLED])  # as often as the policy says, then set aside
        at = [key for key, *_ in STORY].index('no-show')
        for key, argument, typed, wanted in STORY[:at] + (again,) * recalls + STORY[at:]:
            if key == 'call-number':
                argument = int(numbers[4][1:])
                typed = f'{argument}#'
            before = len(self.by(keypad))
            press(key, argument, typed)
            events = wait_for(f'{keypad} {key}', lambda: self.by(keypad)[before:])
            if key in ('resume',):
                events = wait_for(f'{keypad} {key}', lambda n=len(wanted): (
                    self.by(keypad)[before:] if len(self.by(keypad)) >= before + n else None))
            expect(f'{keypad} {key}', wanted, [kind for kind, _ in events])
            if key == 'call-number':
                expect('who, and why', (numbers[4], 'chosen'), (events[0][1]['number'],
                                                                events[0][1]['reason']))

    def modbus(self):
        def press(key, argument, _):
            acks = self.state()['keypads'][0]['acks']
            self.client.post(f'/keypads/1/keys/{key}', {'argument': argument})
            wait_for('answered', lambda: self.state()['keypads'][0]['acks'] == acks + 1)
            expect(f'{key}: on the keypad', 'done', self.state()['keypads'][0]['result'])
        self.story('keypad-1', press)

    def ascii(self):
        def press(key, _, typed):
            beeps = self.state()['pad']['beeps']
            self.client.post('/pad/keys', {'keys': typed})
            wait_for(f'{key}: a beep', lambda: self.state()['pad']['beeps'] == beeps + 1)
            expect(f'{key}: refusals', 0, self.state()['pad']['refusals'])
        self.story('keypad-2', press)

    def refused(self):
        """Nobody has that number; on the display what waits."""
        before = len(self.by('keypad-2'))
        self.client.post('/pad/keys', {'keys': '998#'})
        wait_for('refused', lambda: self.state()['pad']['refusals'] == 1)
        expect('events', before, len(self.by('keypad-2')))
        waiting = next(w for w in self.hall.api.get('/api/v1/hall')['windows'] if w['window'] == 2)
        wait_for('the display', lambda: self.state()['pad']['shown'].split() ==
                 ([waiting['number']] if waiting['number'] else []) + [str(waiting['waiting'])])

    def ambiguous(self):
        """Figures that fit two tickets: refused, and the journal says which, as a plain pad cannot."""
        number = self.issue()
        while True:
            other = self.hall.api.post('/api/v1/tickets', {'queue': 'issue', 'print': False})['number']
            if other[1:] == number[1:]:
                break
        before, refusals = len(self.by('keypad-2')), self.state()['pad']['refusals']
        self.client.post('/pad/keys', {'keys': f'{int(number[1:])}#'})
        wait_for('refused', lambda: self.state()['pad']['refusals'] == refusals + 1)
        wait_for('the journal', lambda: f'{number}, {other}' in self.hall.daemon_errors())
        expect('events', before, len(self.by('keypad-2')))

    def swapped(self):
        """A new keypad at the same address: its display comes by itself, its first press is its own."""
        window = next(w for w in self.hall.api.get('/api/v1/hall')['windows'] if w['window'] == 3)
        for n in range(3):
            number = self.issue()
            calls = sum(kind == CALLED for kind, _ in self.by('keypad-3'))
            self.client.post('/keypads/3/keys/call-next')
            wait_for('called', lambda c=calls: sum(k == CALLED for k, _ in self.by('keypad-3')) == c + 1)
            self.client.post('/keypads/3/swap')
            window = next(w for w in self.hall.api.get('/api/v1/hall')['windows'] if w['window'] == 3)
            expect('somebody is called', True, bool(window['number'] and number))
            self.client.post('/keypads/3/keys/start')
            wait_for('the display of the new one', lambda w=window: (
                self.state()['keypads'][2]['number'] == w['number']))
            wait_for('its press', lambda c=n: sum(k == STARTED for k, _ in self.by('keypad-3')) == c + 1)
        self.client.post('/keypads/3/keys/finish')
        wait_for('finished', lambda: self.by('keypad-3')[-1][0] == FINISHED)

    def killed(self):
        """kill -9 right behind the press: it is done once, by the process after."""
        for n in range(3):
            self.issue()
            before = len(self.by('keypad-4'))
            self.client.post('/keypads/4/keys/call-next')
            if n:
                wait_for('it is queued, or done', lambda b=before: (
                    self.state()['keypads'][3]['queued'] or len(self.by('keypad-4')) > b))
            self.hall.kill()
            self.hall.start()
            wait_for('the call', lambda b=before: len(self.by('keypad-4')) > b)
            wait_for('its answer', lambda: not self.state()['keypads'][3]['queued'])
            for key in ('start', 'finish'):
                self.client.post(f'/keypads/4/keys/{key}')
            wait_for('finished', lambda: self.by('keypad-4')[-1][0] == FINISHED)
            expect('once', [CALLED, STARTED, FINISHED], [k for k, _ in self.by('keypad-4')[before:]])


def main():
    hall = Hall(*sys.argv[1:])
    keypads = Keypads(hall)
    return play(hall, (
        ('the daemon opens', hall.start),
        ('every key of a Modbus keypad', keypads.modbus),
        ('every key of a plain one', keypads.ascii),
        ('a number that nobody has', keypads.refused),
        ('figures that fit two tickets', keypads.ambiguous),
        ('a keypad is swapped', keypads.swapped),
        ('the daemon dies behind a press', keypads.killed),
    ))


if __name__ == '__main__':
    sys.exit(main())
