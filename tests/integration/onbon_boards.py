#!/usr/bin/env python3
"""Halls with Onbon cards and Alpha signs. One: window boards speak lihe and the hall board Onbon on the
same line; a call is seen on its picture, it is dark without current and painted again, a refusal is told
with its reason. Two: every board speaks Alpha: calls in ASCII, nothing known to be shown.

    onbon_boards.py ONEWINDOW VIRTUAL-HALL [FOLDER]     FOLDER: where the hall board's picture is left"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Hall, expect, play, wait_for  # noqa: E402


class OnbonHall(Hall):
    def __init__(self, onewindow, virtual_hall):
        super().__init__(onewindow, virtual_hall, ['--hall-board', 'onbon'])

    def write_config(self):
        super().write_config()
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        text = re.sub(r'(address = 100; driver = )"lihe"; (model = "hall-64x256";) '
                      r'settings = \{ ack = "1"; \};',
                      r'\1"onbon"; \2 settings = { probe_s = "2"; };', text)
        expect('the hall board speaks Onbon', True, '"onbon"' in text)
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text)


class AlphaHall(Hall):
    def __init__(self, onewindow, virtual_hall):
        super().__init__(onewindow, virtual_hall, ['--boards', 'alpha'])

    def write_config(self):
        super().write_config()
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        text = re.sub(r'driver = "lihe"; model = "(?:window-16x128|hall-64x256)"(.*?) '
                      r'settings = \{ ack = "1"; \};',
                      r'driver = "alpha"; model = "betabrite-7x80"\1', text)
        expect('every board speaks Alpha', True, 'lihe' not in text)
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text)


class OnbonStory:
    def __init__(self, hall, folder):
        self.hall, self.folder = hall, folder

    def board(self):
        return self.hall.virtual.board(9, self.hall.glyphs)

    def opens(self):
        self.hall.start()
        wait_for('the hall board is well', lambda: self.hall.device('hall-board')['health'] == 'ok')
        wait_for('its text', lambda: any('Welcome' in row or 'Centre' in row for row in self.board()))
        expect('the window boards answer beside it', 'ok', self.hall.device('board-8')['health'])

    def call(self):
        self.hall.virtual.panel(1)
        wait_for('a ticket', lambda: self.hall.events('ticket-issued'))
        self.hall.virtual.press(3, 'call-next')
        wait_for('the call on the hall board', lambda: any(
            'A001' in row and '3' in row for row in self.board()))
        status, png = self.hall.virtual.client.raw('GET', '/boards/9.png')
        expect('a picture of it', (200, b'\x89PNG'), (status, png[:4]))
        if self.folder:
            with open(os.path.join(self.folder, 'hall-board.png'), 'wb') as file:
                file.write(png)

    def restart(self):
        """A card that was without current for a moment lost its areas: its status shows that."""
        self.hall.virtual.client.post('/boards/9/faults', {'power': False})
        expect('it is dark', True, not any(self.board()))
        self.hall.virtual.client.post('/boards/9/faults', {'power': True})
        wait_for('the call is there again', lambda: any('A001' in row for row in self.board()))
        wait_for('text, power, time and a status', lambda:
                 self.hall.virtual.client.get('/state')['boards'][8]['frames'] >= 4)

    def refusal(self):
        """A question for the status, or a text, is refused once: it is well again, and shows what is new."""
        self.hall.virtual.client.post('/boards/9/faults', {'refuse_as': 2})
        self.hall.virtual.press(3, 'start')
        self.hall.virtual.panel(1)
        wait_for('another ticket', lambda: len(self.hall.events('ticket-issued')) == 2)
        self.hall.virtual.press(4, 'call-next')
        wait_for('the newest call', lambda: any('A002' in row for row in self.board()))
        wait_for('it is well', lambda: self.hall.device('hall-board')['health'] == 'ok')
        expect('it was told', True, 'refuses' in self.hall.daemon_errors())

    def unplugged(self):
        self.hall.virtual.line('boards', unplugged=True)
        wait_for('it is gone', lambda: self.hall.device('hall-board')['health'] == 'gone')
        self.hall.virtual.press(4, 'start')
        wait_for('service started', lambda: len(self.hall.events('service-started')) == 2)
        self.hall.virtual.line('boards', unplugged=False)
        wait_for('it is well', lambda: self.hall.device('hall-board')['health'] == 'ok')
        wait_for('A002 still', lambda: any('A002' in row for row in self.board()))

    def steps(self):
        return [('an Onbon hall board beside lihe boards', self.opens),
                ('a call on it', self.call), ('it was without current', self.restart),
                ('a command refused', self.refusal), ('the line was unplugged', self.unplugged)]


class AlphaStory:
    def __init__(self, hall):
        self.hall = hall

    def shows(self, text):
        wait_for(f'board 1 shows {text}', lambda: self.hall.virtual.board(1, self.hall.glyphs) ==
                 [text] or None)

    def opens(self):
        self.hall.start()
        self.shows('Window 1')
        wait_for('it is known not to answer', lambda: self.hall.device('board-1')['health'] ==
                 'warning')

    def call(self):
        self.hall.virtual.panel(1)
        wait_for('a ticket', lambda: self.hall.events('ticket-issued'))
        self.hall.virtual.press(1, 'call-next')
        wait_for('the call', lambda: 'A001' in self.hall.virtual.board(1, self.hall.glyphs)[0])
        self.hall.virtual.press(1, 'start')
        self.shows('Now A001')

    def steps(self):
        return [('signs that never answer', self.opens), ('a call in ASCII', self.call)]


def main():
    onewindow, virtual_hall, *rest = sys.argv[1:]
    hall = OnbonHall(onewindow, virtual_hall)
    result = play(hall, OnbonStory(hall, rest[0] if rest else None).steps())
    hall = AlphaHall(onewindow, virtual_hall)
    return play(hall, AlphaStory(hall).steps()) or result


if __name__ == '__main__':
    sys.exit(main())
