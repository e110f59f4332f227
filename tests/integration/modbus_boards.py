#!/usr/bin/env python3
"""A hall whose boards speak Modbus, our own profile: calls are shown and known to be shown, a board that
was unplugged shows the newest text again, a host that is gone is told by the boards themselves.

    modbus_boards.py ONEWINDOW VIRTUAL-HALL"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Hall, expect, play, wait_for  # noqa: E402


class ModbusHall(Hall):
    def write_config(self):
        super().write_config()
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        text = re.sub(r'(driver = )"lihe"(.*?) settings = \{ ack = "1"; \};',
                      r'\1"modbus"\2 settings = { watchdog_s = "10"; };', text)
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text)

    def shows(self, number, *rows):
        wait_for(f'board {number} shows {rows}', lambda: self.virtual.board(number, self.glyphs) ==
                 list(rows) or None)


class Story:
    def __init__(self, hall):
        self.hall = hall

    def opens(self):
        """Each board's first text is acknowledged: revision and CRC were read back."""
        self.hall.start()
        self.hall.shows(1, '1号窗口 Window 1')
        for number in range(1, 9):
            wait_for(f'board-{number} is well', lambda name=f'board-{number}':
                     self.hall.device(name)['health'] == 'ok')

    def call(self):
        self.hall.virtual.panel(1)
        wait_for('a ticket', lambda: self.hall.events('ticket-issued'))
        self.hall.virtual.press(1, 'call-next')
        wait_for('the call', lambda: 'A001' in self.hall.virtual.board(1, self.hall.glyphs)[0])
        wait_for('the hall board', lambda: any(
            'A001' in row for row in self.hall.virtual.board(9, self.hall.glyphs)))

    def unplugged(self):
        """What was called meanwhile is there when the line is back."""
        self.hall.virtual.line('boards', unplugged=True)
        wait_for('board-1 is gone', lambda: self.hall.device('board-1')['health'] == 'gone')
        self.hall.virtual.press(1, 'start')
        wait_for('service started', lambda: self.hall.events('service-started'))
        self.hall.virtual.line('boards', unplugged=False)
        self.hall.shows(1, '受理中 Now A001')
        wait_for('board-1 is well', lambda: self.hall.device('board-1')['health'] == 'ok')

    def noise(self):
        """One byte in a hundred spoilt: nothing wrong is shown, and the next text comes through."""
        self.hall.virtual.line('boards', noise=0.01)
        self.hall.virtual.press(1, 'finish')
        self.hall.shows(1, '1号窗口 Window 1')
        self.hall.virtual.line('boards', noise=0)

    def host_gone(self):
        self.hall.kill()
        self.hall.shows(1, '系统离线 OFFLINE')

    def back(self):
        self.hall.start()
        self.hall.shows(1, '1号窗口 Window 1')
        expect('exit code', 0, self.hall.stop())


def main():
    onewindow, virtual_hall = sys.argv[1:3]
    hall = ModbusHall(onewindow, virtual_hall, ['--boards', 'modbus'])
    story = Story(hall)
    return play(hall, [
        ('the boards have their first text', story.opens),
        ('a call is shown', story.call),
        ('the line was unplugged', story.unplugged),
        ('noise on the line', story.noise),
        ('the host is gone', story.host_gone),
        ('and back', story.back),
    ])


if __name__ == '__main__':
    sys.exit(main())
