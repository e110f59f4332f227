#!/usr/bin/env python3
"""What goes wrong in a hall every week, played on the virtual hall with the real daemon:

    faults.py ONEWINDOW VIRTUAL_HALL"""
import json
import os
import re
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Hall, StepError, expect, play, read_qr, wait_for  # noqa: E402


class Faults:
    def __init__(self, hall):
        self.hall = hall
        self.presses = 0

    def take(self, wait=True):
        self.hall.virtual.panel(1)
        self.presses += 1
        if not wait:
            return None
        return wait_for(f'ticket {self.presses}', self.newest)

    def newest(self):
        tickets = self.hall.events('ticket-issued')
        return tickets[-1][2] if len(tickets) == self.presses else None

    def outcomes(self, ticket):
        return [e[2]['outcome'] for e in self.hall.events('print-ended')
                if e[2]['ticket'] == ticket['ticket']]

    def papers(self, ticket):
        return [t for t in range(1, len(self.hall.virtual.tickets()) + 1)
                if read_qr(self.hall.virtual.ticket_png(t)).endswith(ticket['token'])]

    def health(self, name, health, detail=''):
        wait_for(f'{name} is {health} {detail}', lambda: (
            self.hall.device(name)['health'] == health and
            detail in self.hall.device(name)['detail']))

    def ended(self, ticket, outcome):
        wait_for(f'{ticket["number"]} ended as {outcome}',
                 lambda: self.outcomes(ticket) == [outcome], 60)

    def is_printing(self):
        return self.hall.virtual.client.get('/state')['printer']['printing']

    def paper_out_before(self):
        self.hall.virtual.printer(paper_out=True)
        self.health('dispenser', 'waiting', 'paper')
        ticket = self.take()
        expect('papers while there is no paper', 0, len(self.papers(ticket)))
        expect('starts while there is no paper', [], [
            e for e in self.hall.events('print-started') if e[2]['ticket'] == ticket['ticket']])
        self.hall.virtual.printer(paper_out=False)
        self.ended(ticket, 'printed')
        expect('papers', 1, len(self.papers(ticket)))

    def stopped_in_mid_ticket(self, fault, words):
        self.hall.virtual.printer(speed_mm_s=10)
        ticket = self.take()
        wait_for('paper moves', self.is_printing)
        self.hall.virtual.printer(**{fault: True})
        self.health('dispenser', 'waiting', words)
        expect('ended while it waits', [], self.outcomes(ticket))
        self.hall.virtual.printer(**{fault: False, 'speed_mm_s': 200})
        self.ended(ticket, 'printed')
        expect('papers', 1, len(self.papers(ticket)))

    def unplugged_in_mid_ticket(self):
        """Unknown, not repeated; an operator's word prints it again, marked."""
        self.hall.virtual.printer(speed_mm_s=5)
        ticket = self.take()
        wait_for('paper moves', self.is_printing)
        self.hall.virtual.printer(unplugged=True)
        self.ended(ticket, 'unknown')
        self.hall.virtual.printer(unplugged=False, speed_mm_s=200)
        later = self.take()
        self.ended(later, 'printed')
        expect('starts of the unknown job', 1, len([
            e for e in self.hall.events('print-started') if e[2]['ticket'] == ticket['ticket']]))
        self.hall.api.post(f'/api/v1/tickets/{ticket["token"]}/reprint')
        wait_for('the reprint', lambda: self.outcomes(ticket) == ['unknown', 'printed'])
        expect('copy of the reprint', [1, 2], [
            e[2]['copy'] for e in self.hall.events('print-queued') if e[2]['ticket'] == ticket['ticket']])

    def boards_line_gone(self):
        number = self.call(1)
        self.board(1, f'请{number}到1号窗口')
        self.hall.virtual.line('boards', unplugged=True)
        self.health('board-1', 'gone')
        self.hall.virtual.press(1, 'start')
        wait_for('the service began', lambda: len(self.hall.events('service-started')) == 1)
        self.hall.virtual.line('boards', unplugged=False)
        self.board(1, f'受理中 Now {number}')
        self.health('board-1', 'ok')

    def call(self, window):
        before = len(self.hall.events('ticket-called'))
        self.hall.virtual.press(window, 'call-next')
        wait_for(f'a call at window {window}',
                 lambda: len(self.hall.events('ticket-called')) == before + 1, 40)
        return self.hall.events('ticket-called')[-1][2]['number']

    def board(self, number, text, timeout=40.0):
        try:
            wait_for('board', lambda: text in self.hall.virtual.board(number, self.hall.glyphs), timeout)
        except StepError:
            expect(f'board {number}', text, self.hall.virtual.board(number, self.hall.glyphs))

    def keypads_line_gone(self):
        """A press while the cable is out waits in the keypad, and is one press."""
        self.hall.virtual.line('keypads', unplugged=True)
        self.health('keypad-2', 'gone')
        wait_for('the journal says why', lambda: (
            'onewindow: line keypads: 断开 gone: ' in self.hall.daemon_errors()))
        before = len(self.hall.events('ticket-called'))
        self.hall.virtual.press(2, 'call-next')
        self.hall.virtual.line('keypads', unplugged=False)
        wait_for('the press arrived', lambda: len(self.hall.events('ticket-called')) == before + 1)
        wait_for('the keypad knows', lambda: (
            self.hall.virtual.client.get('/state')['keypads'][1]['queued'] == 0))
        expect('calls', before + 1, len(self.hall.events('ticket-called')))

    def press_told_again(self):
        """Killed between the event and the keypad's acknowledgement: it tells the press again after
        the restart, and it is one press."""
        for _ in range(5):
            self.take()
            self.hall.kill()
            self.hall.start()
        wait_for('the panel has nothing left to tell', lambda: (
            self.hall.virtual.client.get('/state')['panel']['queued'] == 0))
        expect('tickets', self.presses, len(self.hall.events('ticket-issued')))

    def an_operators_word(self):
        """The crashes cut prints off: each is told until somebody has looked."""
        wait_for('nothing is under way', lambda: not self.hall.api.get('/healthz')['printing'][
            'queued'] and not self.hall.api.get('/api/v1/jobs?state=started')['jobs'], 60)
        for job in self.hall.api.get('/api/v1/jobs?state=unsettled')['jobs']:
            paper = self.papers({'token': job['token']})
            self.hall.api.post(f'/api/v1/jobs/{job["job"]}/settle',
                               {'outcome': 'printed' if paper else 'failed'})
        expect('health', 'ok', self.hall.api.get('/healthz')['status'])

    def noise(self):
        """One byte in 200 spoilt on every line: slower, but nothing lost, doubled or wrong."""
        for name in ('boards', 'keypads', 'panel'):
            self.hall.virtual.line(name, noise=0.005)
        for _ in range(5):
            self.take(wait=False)
        wait_for('all presses in the log', lambda: (
            len(self.hall.events('ticket-issued')) == self.presses), 60)
        shown = [(window, self.call(window)) for window in (3, 4, 5)]
        for name in ('boards', 'keypads', 'panel'):
            self.hall.virtual.line(name, noise=0.0)
        for window, number in shown:
            self.board(window, f'请{number}到{window}号窗口', 60)
        wait_for('nothing left to tell', lambda: (
            self.hall.virtual.client.get('/state')['panel']['queued'] == 0))
        expect('tickets', self.presses, len(self.hall.events('ticket-issued')))

    def disk_full(self):
        """The file may not grow: 503, nothing changed, the daemon stays, and goes on when it may."""
        pid = self.hall.daemon.pid
        size = max(os.path.getsize(self.hall.log + suffix) for suffix in ('', '-wal'))
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 40000, unlimited))
        order = {'queue': 'issue', 'print': False}
        issued = len(self.hall.events('ticket-issued'))
        for _ in range(500):
            status, _ = self.hall.api.raw('POST', '/api/v1/tickets', order)
            if status != 201:
                break
            issued += 1
        expect('answer when the disk is full', 503, status)
        self.degraded(True)
        expect('tickets in the log', issued, len(self.hall.events('ticket-issued')))
        self.hall.virtual.panel(1)
        wait_for('the panel says so', lambda: (
            self.hall.virtual.client.get('/state')['panel']['result'] == 'unavailable'))
        self.stays_degraded()
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        self.degraded(False)
        self.said_once('the log takes no writes')
        self.said_once('the log takes writes again')
        expect('answer when it may grow', 201,
               self.hall.api.raw('POST', '/api/v1/tickets', order)[0])
        expect('tickets in the log', issued + 1, len(self.hall.events('ticket-issued')))

    def degraded(self, is_so):
        """Seen by monitors and by people, and over by itself: nobody asks for anything meanwhile."""
        call = self.hall.events('ticket-called')[-1][2]
        wait_for('health', lambda: self.hall.api.raw('GET', '/healthz')[0] == (503 if is_so else 200))
        _, health = self.hall.api.raw('GET', '/healthz')
        expect('health in words', ('unavailable', 'refused') if is_so else ('ok', 'ok'),
               (json.loads(health)['status'], json.loads(health)['log']['health']))
        _, metrics = self.hall.api.raw('GET', '/metrics')
        expect('log_up', not is_so, b'\nonewindow_log_up 1\n' in metrics)
        self.board(8, '系统维护 Wait' if is_so else '8号窗口 Window 8')
        notice = '系统维护 请稍候 Please wait'
        wait_for('the hall board', lambda: (
            (notice in self.hall.virtual.board(9, self.hall.glyphs)) == is_so), 40)
        self.board(call['window'], f'请{call["number"]}到{call["window"]}号窗口')

    def said_once(self, words):
        expect(f'lines on stderr with "{words}"', 1, self.hall.daemon_errors().count(words))

    def refusals(self):
        _, metrics = self.hall.api.raw('GET', '/metrics')
        return int(re.search(rb'^onewindow_log_refusals_total (\d+)$', metrics, re.M).group(1))

    def stays_degraded(self):
        """Tried again and again, the disk still full: not well for a moment in between."""
        before = self.refusals()
        while self.refusals() < before + 3:
            expect('health', 503, self.hall.api.raw('GET', '/healthz')[0])

    def log_holds(self):
        numbers = [e[2]['number'] for e in self.hall.events('ticket-issued')
                   if e[2]['queue'] == 'general']
        expect('numbers', [f'A{n:03d}' for n in range(1, self.presses + 1)], numbers)
        expect('exit code', 0, self.hall.stop())
        expect('log verify', 0, self.hall.run('log', 'verify', self.hall.log).returncode)


def main():
    hall = Hall(sys.argv[1], sys.argv[2])
    faults = Faults(hall)
    return play(hall, [
        ('the hall opens', hall.start),
        ('paper out before a ticket', faults.paper_out_before),
        ('paper out in mid-ticket', lambda: faults.stopped_in_mid_ticket('paper_out', 'paper')),
        ('cover opened in mid-ticket', lambda: faults.stopped_in_mid_ticket('cover_open', 'cover')),
        ('printer unplugged in mid-ticket', faults.unplugged_in_mid_ticket),
        ('boards line gone and back', faults.boards_line_gone),
        ('keypads line gone and back', faults.keypads_line_gone),
        ('a press told again after kill -9', faults.press_told_again),
        ('an operator says what became of the prints', faults.an_operators_word),
        ('noise on every line', faults.noise),
        ('the disk is full', faults.disk_full),
        ('nothing lost or doubled, the log verifies', faults.log_holds),
    ])


if __name__ == '__main__':
    sys.exit(main())
