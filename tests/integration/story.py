#!/usr/bin/env python3
"""The story of the first tickets, played on a virtual hall with the real daemon:

    story.py ONEWINDOW VIRTUAL_HALL

Exit 0 only if every step held; else it says which step, what was expected and what was seen."""
import datetime
import json
import os
import sys
import time

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Hall, StepError, expect, play, read_qr, wait_for  # noqa: E402


class Story:
    def __init__(self, hall):
        self.hall = hall
        self.stopwatch = {}  # number -> [pressed, called] by this program's own clock

    def issued(self):
        return [e[2] for e in self.hall.events('ticket-issued')]

    def take(self, button, count):
        """Presses the panel and waits until the log has it."""
        pressed = time.monotonic()
        self.hall.virtual.panel(button)
        tickets = wait_for(f'ticket {count} in the log after a press',
                           lambda: self.issued() if len(self.issued()) == count else None)
        number = tickets[-1]['number']
        self.stopwatch[number] = [pressed, None]
        return tickets[-1]

    def printed(self, ticket, copies=1):
        """The pictures of paper whose QR names this ticket."""
        token = ticket['token']

        def look():
            found = [t for t in range(1, len(self.hall.virtual.tickets()) + 1)
                     if read_qr(self.hall.virtual.ticket_png(t)).endswith(token)]
            return found if len(found) >= copies else None
        return wait_for(f'paper with the QR of {ticket["number"]}', look)

    def call(self, window, number):
        pressed = time.monotonic()
        self.hall.virtual.press(window, 'call-next')
        wait_for(f'{number} called at window {window} in the log', lambda: any(
            e[2]['number'] == number and e[2]['window'] == window
            for e in self.hall.events('ticket-called')))
        self.stopwatch[number][1] = pressed
        self.board(window, f'请{number}到{window}号窗口')

    def board(self, number, text):
        def look():
            return text in self.hall.virtual.board(number, self.hall.glyphs)
        try:
            wait_for('board', look)
        except StepError:
            expect(f'board {number}', text, self.hall.virtual.board(number, self.hall.glyphs))

    def three_numbers(self):
        tickets = [self.take(1, n + 1) for n in range(3)]
        expect('numbers', ['A001', 'A002', 'A003'], [t['number'] for t in tickets])
        for ticket in tickets:
            expect(f'papers of {ticket["number"]}', 1, len(self.printed(ticket)))
        wait_for('three jobs printed, with proof', lambda: [
            e[2]['outcome'] for e in self.hall.events('print-ended')] == ['printed'] * 3)

    def two_windows(self):
        self.call(1, 'A001')
        self.call(2, 'A002')
        self.hall.virtual.press(1, 'start')
        self.board(1, '受理中 Now A001')
        wait_for('service started', lambda: len(self.hall.events('service-started')) == 1)
        self.hall.virtual.press(1, 'finish')
        wait_for('service finished', lambda: len(self.hall.events('service-finished')) == 1)
        self.board(1, '1号窗口 Window 1')

    def kill_before_print(self):
        """After the event, before the first byte: on restart the ticket prints, once."""
        self.hall.virtual.printer(unplugged=True)
        wait_for('the printer is gone', lambda: self.hall.device('dispenser')['health'] == 'gone')
        before = len(self.hall.virtual.tickets())
        ticket = self.take(1, 4)
        self.hall.kill()
        expect('paper while the printer was unplugged', before, len(self.hall.virtual.tickets()))
        self.hall.virtual.printer(unplugged=False)
        self.hall.start()
        expect(f'papers of {ticket["number"]} after the restart', 1, len(self.printed(ticket)))
        wait_for('its job ended as printed', lambda: [
            e[2]['outcome'] for e in self.hall.events('print-ended')
            if e[2]['ticket'] == ticket['ticket']] == ['printed'])

    def kill_in_print(self):
        """In mid-print: on restart the job is unknown and is not repeated."""
        self.hall.virtual.printer(speed_mm_s=5)
        ticket = self.take(1, 5)
        wait_for('its print started', lambda: any(
            e[2]['ticket'] == ticket['ticket'] for e in self.hall.events('print-started')))
        state = wait_for('paper is moving', lambda: self.hall.virtual.client.get('/state')
                         if self.hall.virtual.client.get('/state')['printer']['printing'] else None)
        expect('the printer is at work', True, bool(state))
        self.hall.kill()
        self.hall.start()
        ended = wait_for('its job ended', lambda: [
            e[2]['outcome'] for e in self.hall.events('print-ended')
            if e[2]['ticket'] == ticket['ticket']])
        expect('outcome after the restart', ['unknown'], ended)
        self.hall.virtual.printer(speed_mm_s=100)
        # A later ticket goes the whole way: whatever was to be repeated would have been before it.
        later = self.take(1, 6)
        self.printed(later)
        copies = [t for t in range(1, len(self.hall.virtual.tickets()) + 1)
                  if read_qr(self.hall.virtual.ticket_png(t)).endswith(ticket['token'])]
        if len(copies) > 1:
            raise StepError(f'{ticket["number"]} was printed {len(copies)} times')
        expect('starts of its job', 1, len([
            e for e in self.hall.events('print-started') if e[2]['ticket'] == ticket['ticket']]))

    def nothing_lost(self):
        tickets = self.issued()
        expect('tickets issued', [f'A{n:03d}' for n in range(1, 7)], [t['number'] for t in tickets])
        api = self.hall.api.get('/api/v1/tickets')
        api = api if isinstance(api, list) else api['tickets']
        expect('tickets of the daemon', [t['number'] for t in tickets], [t['number'] for t in api])
        seen = self.hall.run('log', 'verify', self.hall.log)
        expect('log verify', 0, seen.returncode)

    def report(self):
        """The report's figures against this program's own stopwatch."""
        self.call(3, 'A003')
        seen = self.hall.run('report', '--log', self.hall.log, '--format', 'json')
        expect('report exits', 0, seen.returncode)
        report = json.loads(seen.stdout)
        every = next(g for g in report['groups'] if g['kind'] == 'all')
        for key, value in (('issued', 6), ('called', 3), ('served', 1), ('no_show', 0), ('waiting', 3)):
            expect(f'report: {key}', value, every[key])
        called = [t for t in self.stopwatch.values() if t[1] is not None]
        watch = sum(end - start for start, end in called) / len(called) / 60
        # From a key's press to its event lie the debounce, one poll of the line and the commit.
        if abs(every['mean_min'] - watch) > 1.0 / 60:
            raise StepError(f'report: mean wait {every["mean_min"]:.4f} min, the stopwatch says {watch:.4f}')
        longest = max(end - start for start, end in called)
        if abs(every['max_ms'] / 1000 - longest) > 1.0:
            raise StepError(f'report: longest {every["max_ms"]} ms, the stopwatch says {longest:.3f} s')

    def baseline(self):
        """Today is frozen; of a day behind it the report says what may be said: not enough days."""
        today = self.hall.api.get('/api/v1/hall')['day']
        later = (datetime.date.fromisoformat(today) + datetime.timedelta(days=1)).isoformat()
        self.hall.api.post('/api/v1/day/close')
        frozen = self.hall.run('baseline', 'freeze', 'today', '--from', today, '--to', today, '--url', self.hall.url)
        expect('freeze exits', 0, frozen.returncode)
        self.hall.api.post('/api/v1/day/open', {'date': later})
        self.hall.api.post('/api/v1/tickets', {'queue': 'general', 'print': False})
        self.hall.api.post('/api/v1/windows/1/call-next')
        self.hall.api.post('/api/v1/day/close')
        words = ['report', '--log', self.hall.log, '--baseline', 'today']
        seen = self.hall.run(*words, '--format', 'json')
        expect('report exits', 0, seen.returncode)
        compared = json.loads(seen.stdout)['comparison']
        for key, value in (('verdict', 'few-days'), ('reduction', None), ('before_days', 1), ('after_days', 1),
                           ('before_visits', 3), ('after_visits', 1)):
            expect(f'comparison: {key}', value, compared[key])
        expect('what is kept', 'as-frozen', compared['baseline']['kept'])
        text = self.hall.run(*words).stdout
        for said in (compared['sentence_zh'], compared['sentence_en'], compared['baseline']['rows']):
            expect(f'the text says {said}', True, said in text)

    def schemas(self):
        """What programs read is as docs/schema has it."""
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/schema')
        url = ['--url', self.hall.url]
        for name, words in (('report', ['report', '--log', self.hall.log]), ('tickets', ['ticket', 'list', *url]),
                            ('devices', ['devices', *url]), ('log-verify', ['log', 'verify', self.hall.log])):
            with open(os.path.join(folder, name + '.json'), encoding='utf-8') as file:
                schema = json.load(file)
            seen = self.hall.run(*words, '--format', 'json')
            expect(f'{name} exits', 0, seen.returncode)
            try:
                jsonschema.validate(json.loads(seen.stdout), schema)
            except jsonschema.ValidationError as error:
                raise StepError(f'{name}: {error.message} at {list(error.absolute_path)}') from error


def main():
    hall = Hall(sys.argv[1], sys.argv[2])
    story = Story(hall)
    steps = [
        ('大厅开放 the hall opens', hall.start),
        ('取三个号，读回票上的二维码 three numbers at the panel, each paper\'s QR read back', story.three_numbers),
        ('两个窗口呼叫，读回屏的点阵 called from two windows, the boards\' dots read back', story.two_windows),
        ('记录之后、打印之前 kill -9 after the event, before the print', story.kill_before_print),
        ('打印中途 kill -9 in mid-print', story.kill_in_print),
        ('号码无丢失、无重复，日志校验通过 no number lost or doubled, the log verifies', story.nothing_lost),
        ('报表与秒表一致 the report agrees with the stopwatch', story.report),
        ('JSON 符合其模式 JSON is as its schemas say', story.schemas),
        ('冻结今日为基期，与次日比较 today is frozen, and a next day compared with it', story.baseline),
        ('守护进程正常结束 the daemon ends cleanly', lambda: expect('exit code', 0, hall.stop())),
    ]
    return play(hall, steps)


if __name__ == '__main__':
    sys.exit(main())
