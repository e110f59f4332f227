#!/usr/bin/env python3
"""Boards of the virtual hall under the real daemon: what they show, blink and hide, and that they are
right again whatever was unplugged.

    boards.py ONEWINDOW VIRTUAL_HALL

Exit 0 only if every step held; else it says which step, what was expected and what was seen."""
import datetime
import json
import os
import re
import sys
import zoneinfo

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Hall, StepError, expect, play, wait_for  # noqa: E402

BOARDS = 9
MOVING = '请提前准备好身份证和全部申请材料'


def minute_of_day(hours):
    at = datetime.datetime.now(zoneinfo.ZoneInfo('Asia/Shanghai')) + datetime.timedelta(hours=hours)
    return at.strftime('%H:%M')


class BoardHall(Hall):
    """The example's hall: calls blink for two seconds, board 7 has its night now, the hall's board
    shows three windows of the eight."""

    def write_config(self):
        super().write_config()
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        text = text.replace('blink_s = 20;', 'blink_s = 2; texts = { serving = [ "{number} 办理中 {window.zh}",'
                                             ' "{number} 办理中", "{number}" ]; };')
        text = text.replace('ack = "1";', 'ack = "1"; probe_s = "2"; timeout_ms = "200";')
        text = text.replace('window = 7; settings', f'window = 7; night = {{ from = "{minute_of_day(-3)}"; '
                                                    f'to = "{minute_of_day(3)}"; dark = true; }}; settings')
        text = text.replace('window = 5; settings', f'window = 5; texts = {{ scroll = "{MOVING}"; }}; settings')
        text = text.replace('model = "hall-64x256"; settings',
                            'model = "hall-64x256"; windows = [ 1, 2, 7 ]; calls = 2; settings')
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text)

    def metrics(self):
        _, body = self.api.raw('GET', '/metrics')
        return {name: float(value) for name, value in re.findall(r'^(onewindow_board\S*) (\S+)$', body.decode(), re.M)}


class Boards:
    def __init__(self, hall):
        self.hall = hall

    def rows(self, number):
        return self.hall.virtual.board(number, self.hall.glyphs)

    def said(self, device):
        """What people read of it: its row, and what is indented below. No line is wider than a
        terminal."""
        lines = self.hall.run('devices', '--url', self.hall.url).stdout.splitlines()
        for line in lines:
            columns = sum(1 if ord(character) < 0x80 else 2 for character in line)
            if columns > 80:
                raise StepError(f'onewindow devices: {columns} columns: {line}')
        at = next(i for i, line in enumerate(lines) if line.startswith(device + ' '))
        end = next((i for i in range(at + 1, len(lines)) if not lines[i].startswith(' ')), len(lines))
        return ' '.join(line.strip() for line in lines[at:end])

    def shows(self, number, *rows, timeout=30.0):
        try:
            wait_for('board', lambda: self.rows(number)[:len(rows)] == list(rows), timeout)
        except StepError:
            expect(f'board {number}', list(rows), self.rows(number))

    def device(self, number, **facts):
        def look():
            device = self.hall.device(f'board-{number}' if number < BOARDS else 'hall-board')
            return all(device[key] == value for key, value in facts.items())
        wait_for(f'board {number}: {facts}', look, 30.0)

    def call(self, window, queue):
        ticket = self.hall.api.post('/api/v1/tickets', {'queue': queue})
        self.hall.virtual.press(window, 'call-next')
        self.device(window, content='call')
        return ticket['number']

    def opened(self):
        self.hall.start()
        for number in (1, 2, 8):
            self.shows(number, f'{number}号窗口 Window {number}')
        self.shows(7, '')
        self.shows(9, '市民服务中心', 'Citizen Service Centre', '欢迎光临 Welcome', '')
        for number in range(1, BOARDS + 1):
            self.device(number, painted='acknowledged', health='ok', unpainted_ms=0)
        device = self.hall.device('hall-board')
        expect('windows of the hall board', [1, 2, 7], device['windows'])

    def moves(self):
        """A text that is longer than the board runs over it, and a pause takes its place."""
        self.device(5, content='idle', scroll=True, shows=MOVING)
        seen = set()
        wait_for('five pictures of a text that moves', lambda: seen.add(json.dumps(
            self.hall.virtual.client.get('/boards/5/dots')['rows'])) or len(seen) >= 5)
        self.hall.virtual.press(5, 'pause')
        self.shows(5, '暂停服务 Closed')
        self.device(5, scroll=False)
        self.hall.virtual.press(5, 'reopen')
        self.device(5, scroll=True)

    def call_blinks(self):
        self.first = self.call(1, 'general')
        self.device(1, content='call', blink=True)
        text = f'请{self.first}到1号窗口'
        self.shows(1, text)
        self.shows(1, '')  # and dark in between
        self.shows(1, text)
        self.device(1, content='call', blink=False, painted='acknowledged')
        # From here on it stands still: the dots are the same at every look.
        revision = self.hall.virtual.client.get('/boards/1/dots')['revision']
        self.shows(9, f'请{self.first}到1号窗口 {self.first} Window 1', '')
        expect('board 1', [text], self.rows(1))
        expect('changes of its dots', revision, self.hall.virtual.client.get('/boards/1/dots')['revision'])
        self.hall.virtual.press(1, 'recall')
        self.device(1, blink=True)
        self.hall.virtual.press(1, 'start')
        self.shows(1, f'{self.first} 办理中')

    def chosen_windows(self):
        second = self.call(2, 'general')
        other = self.call(3, 'general')
        third = self.call(7, 'issue')
        self.shows(3, f'请{other}到3号窗口')
        self.shows(9, f'请{third}到7号窗口 {third} Window 7', f'请{second}到2号窗口 {second} Window 2', '', '')
        self.hall.virtual.press(1, 'finish')
        self.hall.virtual.press(2, 'recall')
        self.shows(9, f'请{second}到2号窗口 {second} Window 2', f'请{third}到7号窗口 {third} Window 7', '', '')
        self.third = third

    def night(self):
        self.shows(7, f'请{self.third}到7号窗口')  # a call is lit
        self.hall.virtual.press(7, 'start')
        self.shows(7, '')
        self.device(7, shows='', painted='acknowledged')

    def pause(self):
        self.hall.virtual.press(8, 'pause')
        self.shows(8, '暂停服务 Closed')
        self.device(8, content='paused')
        self.hall.virtual.press(8, 'reopen')
        self.shows(8, '8号窗口 Window 8')

    def unplugged(self):
        for board in range(1, BOARDS + 1):  # no text changes by itself from here on
            self.device(board, blink=False, painted='acknowledged')
        before = self.hall.metrics()
        self.hall.virtual.line('boards', unplugged=True)
        self.device(1, health='gone', painted='unknown')
        expect('boards of which nothing is known', BOARDS, self.hall.metrics()['onewindow_boards{painted="unknown"}'])
        number = self.call(4, 'general')
        self.device(4, content='call', shows=f'请{number}到4号窗口', painted='unknown')
        for board in range(1, BOARDS + 1):
            self.hall.virtual.client.post(f'/boards/{board}/faults', {'power': False})
            self.hall.virtual.client.post(f'/boards/{board}/faults', {'power': True})
        health = self.hall.api.get('/healthz')['boards']
        expect('boards', [BOARDS, 0, 0], [health['count'], health['painted'], health['failed']])
        if health['unpainted_ms'] <= 0:
            raise StepError(f'nothing is overdue: {health}')
        self.hall.virtual.line('boards', unplugged=False)
        self.shows(4, f'请{number}到4号窗口')
        self.shows(8, '8号窗口 Window 8')
        for board in range(1, BOARDS + 1):
            self.device(board, painted='acknowledged', health='ok', unpainted_ms=0)
        after = self.hall.metrics()
        # Seven texts had been there before: all but that of window 4 and that of the hall's board.
        repaints = after['onewindow_board_repaints_total'] - before['onewindow_board_repaints_total']
        if repaints < 7:
            raise StepError(f'{repaints} repaints of seven boards')
        expect('overdue', 0, after['onewindow_board_unpainted_seconds_max'])
        expect('painted', BOARDS, after['onewindow_boards{painted="acknowledged"}'])

    def restarted(self):
        """A board loses its current: told with what people do not see, and painted when it is back."""
        self.hall.virtual.client.post('/boards/3/faults', {'power': False})
        self.device(3, health='failed', painted='failed')
        shows = self.hall.device('board-3')['shows']
        wait_for('the journal', lambda: re.search(
            f'board-3: 故障 failed: .*; 应显示 ought to show: {shows}\n', self.hall.daemon_errors()))
        said = self.said('board-3')
        if '故障 failed' not in said or shows in said or 'window-16x128' not in said:
            raise StepError(f'onewindow devices: {said}')
        expect('failed', 1, self.hall.metrics()['onewindow_boards{painted="failed"}'])
        self.shows(3, '')
        self.hall.virtual.client.post('/boards/3/faults', {'power': True})
        self.shows(3, shows, timeout=60.0)
        self.device(3, health='ok', painted='acknowledged')
        wait_for('the journal', lambda: re.search(
            r'board-3: 正常 ok: 中断 \d+ 秒 after \d+ s\n', self.hall.daemon_errors()))

    def bounced(self):
        """Too short for anybody to notice: the text is repeated in the background."""
        text = self.hall.device('board-8')['shows']
        self.hall.virtual.client.post('/boards/8/faults', {'power': False})
        self.hall.virtual.client.post('/boards/8/faults', {'power': True})
        expect('board 8', [''], self.rows(8))
        self.shows(8, text, timeout=60.0)

    def seen(self):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/schema')
        with open(os.path.join(folder, 'devices.json'), encoding='utf-8') as file:
            schema = json.load(file)
        seen = self.hall.run('devices', '--url', self.hall.url, '--format', 'json')
        devices = json.loads(seen.stdout)
        jsonschema.validate(devices, schema)
        keys = {'shows', 'content', 'blink', 'scroll', 'brightness', 'dark', 'painted', 'unpainted_ms', 'windows'}
        for device in devices:
            expect(f'what is said of {device["id"]}', keys if device['class'] == 'board' else set(),
                   keys & set(device))
        said = self.said('hall-board')
        if '已确认 acknowledged' not in said or '显示 shows: ' not in said or ' / ' not in said:
            raise StepError(f'onewindow devices: {said}')

    def bad_text(self):
        with open(self.hall.config, encoding='utf-8') as file:
            lines = file.read().splitlines()
        at = next(i for i, line in enumerate(lines) if 'blink_s = 2;' in line)
        lines[at] = '  texts = { call = [ "{number} {winodw}", "{number}" ]; };'
        bad = os.path.join(self.hall.folder, 'bad.conf')
        with open(bad, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines))
        seen = self.hall.run('config', 'check', bad)
        expect('exit', 3, seen.returncode)
        if f'bad.conf:{at + 1}: call: 无此占位符 no placeholder "{{winodw}}"' not in seen.stderr:
            raise StepError(f'config check said {seen.stderr}')


def main():
    hall = BoardHall(sys.argv[1], sys.argv[2])
    boards = Boards(hall)
    steps = [
        ('the hall opens, every board shows its text', boards.opened),
        ('a text that is too long moves', boards.moves),
        ('a call blinks, then stands still; a recall blinks anew', boards.call_blinks),
        ('the hall\'s board shows chosen windows, newest first', boards.chosen_windows),
        ('at night a board shows calls only', boards.night),
        ('pause and reopen', boards.pause),
        ('the line unplugged during a call, all boards without memory', boards.unplugged),
        ('a board without power is told, and painted when it is back', boards.restarted),
        ('a board restarts unnoticed, and is right again', boards.bounced),
        ('what people and programs see', boards.seen),
        ('a bad text is refused with its line', boards.bad_text),
        ('the daemon ends cleanly', lambda: expect('exit code', 0, hall.stop())),
    ]
    return play(hall, steps)


if __name__ == '__main__':
    sys.exit(main())
