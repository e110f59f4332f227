#!/usr/bin/env python3
"""Tickets' way to paper with the real daemon and printers that a test holds: paper out and back,
tickets of no use any more, printers that share and take over, a crash in mid-print and an
operator's word.

    printing.py ONEWINDOW"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_printer import FakePrinter  # noqa: E402
from hall import Client, StepError, expect, play, serve, wait_for  # noqa: E402

CONFIG = '''
hall = {{ id = "paper"; zh = "票厅"; en = "Paper hall"; zone = "Asia/Shanghai"; }};
log = {{ path = "{log}"; }};
web = {{ listen = "127.0.0.1"; port = 0; }};
queues = (
  {{ id = "general"; zh = "综合"; en = "General"; prefix = "A"; printers = [ "left", "back" ]; }},
  {{ id = "issue"; zh = "出证"; en = "Issuing"; prefix = "B"; printers = [ "left", "right", "back" ]; }},
  {{ id = "lost"; zh = "无机"; en = "Lost"; prefix = "L"; printers = [ "none" ]; }}
);
windows = ( {{ number = 1; zh = "一号"; en = "One"; queues = [ "general", "issue", "lost" ]; }} );
printing = {{ expire_min = 1; failover_s = 1; }};
printers = (
  {{ id = "left"; pool = "door"; driver = "escpos"; model = "generic-80"; url = "tcp://127.0.0.1:{left}"; }},
  {{ id = "right"; pool = "door"; driver = "escpos"; model = "generic-80"; url = "tcp://127.0.0.1:{right}"; }},
  {{ id = "back"; driver = "escpos"; model = "generic-80"; url = "tcp://127.0.0.1:{back}"; }},
  {{ id = "none"; driver = "escpos"; model = "generic-80"; url = "tcp://127.0.0.1:{none}"; }}
);
'''


class PaperHall:
    def __init__(self, onewindow):
        self.onewindow = onewindow
        self.folder = tempfile.mkdtemp(prefix='onewindow-printing-')
        self.log = os.path.join(self.folder, 'log.db')
        self.config = os.path.join(self.folder, 'hall.conf')
        self.errors = open(os.path.join(self.folder, 'daemon.err'), 'ab')
        self.printers = {name: FakePrinter() for name in ('left', 'right', 'back', 'none')}
        self.printers['none'].unplug()
        self.daemon = None
        self.lost = None

    def write(self, change=lambda text: text):
        text = CONFIG.format(log=self.log, **{n: p.port for n, p in self.printers.items()})
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(change(text))

    def start(self):
        self.write()
        self.daemon, self.url = serve(self.onewindow, self.config, self.errors)
        if not self.url:
            raise StepError('the daemon did not open')
        self.api = Client(self.url)
        for name in ('left', 'right', 'back'):
            self.health(name, 'ok')

    def close(self):
        if self.daemon:
            self.daemon.kill()
            self.daemon.wait()
        for printer in self.printers.values():
            printer.close()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def daemon_errors(self):
        with open(self.errors.name, encoding='utf-8', errors='replace') as file:
            return file.read()[-2000:]

    def run(self, *words, code=0):
        done = subprocess.run([self.onewindow, *words], capture_output=True, text=True, check=False,
                              env={**os.environ, 'ONEWINDOW_URL': self.url, 'TZ': 'UTC'})
        expect(f'{words}: {done.stderr}', code, done.returncode)
        return done.stdout if code == 0 else done.stderr

    # ---- what is seen ---------------------------------------------------------------------------

    def device(self, name):
        return next(d for d in self.api.get('/api/v1/hall')['devices'] if d['id'] == name)

    def health(self, name, health):
        wait_for(f'{name} is {health}', lambda: self.device(name)['health'] == health)

    def conditions(self, name, *wanted):
        wait_for(f'{name}: {wanted}', lambda: sorted(wanted) == sorted(
            c['condition'] for c in self.device(name)['conditions']))

    def figure(self, name):
        _, text = self.api.raw('GET', '/metrics')
        found = re.search(rb'^onewindow_' + re.escape(name.encode()) + rb' (\d+)$', text, re.M)
        return int(found.group(1))

    def jobs(self, number):
        return [j for j in self.api.get('/api/v1/jobs?limit=500')['jobs'] if j['number'] == number]

    def papers(self, ticket):
        return [name for name, printer in self.printers.items() for paper in printer.papers
                if paper.endswith(ticket['token'])]

    def issue(self, queue='general', **fields):
        return self.api.post('/api/v1/tickets', {'queue': queue, **fields})

    def ended(self, ticket, *states):
        wait_for(f'{ticket["number"]}: {states}', lambda: list(states) == [
            j['state'] for j in self.jobs(ticket['number'])])

    # ---- steps ----------------------------------------------------------------------------------

    def nobody_prints_it(self):
        """Its end is waited for in the last step."""
        self.lost = self.issue('lost')
        self.conditions('none', 'unreachable')

    def near_end_is_seen_before(self):
        left = self.printers['left']
        left.set(near_end=True)
        self.conditions('left', 'paper-near-end')
        expect('figure', 1,
               self.figure('printer_condition{printer="left",condition="paper-near-end"}'))
        if '纸将尽 paper-near-end' not in self.run('devices'):
            raise StepError('devices does not say it')
        ticket = self.issue()
        self.ended(ticket, 'printed')
        left.set(near_end=False)
        self.conditions('left')

    def of_no_use_any_more(self):
        """While there is no paper, one is served and one is cancelled."""
        for name in ('left', 'back'):
            self.printers[name].set(paper_out=True)
            self.health(name, 'waiting')
        served, cancelled = self.issue(), self.issue()
        self.conditions('left', 'paper-end')
        self.conditions('back', 'paper-end')
        self.api.post(f'/api/v1/tickets/{cancelled["token"]}/cancel')
        while self.api.post('/api/v1/windows/1/call-next')['number'] != served['number']:
            self.api.post('/api/v1/windows/1/start')
        self.api.post('/api/v1/windows/1/start')
        expect('wait', ['queued', 'queued'],
               [self.jobs(t['number'])[0]['state'] for t in (served, cancelled)])
        self.printers['left'].set(paper_out=False)
        self.ended(served, 'failed')
        self.ended(cancelled, 'failed')
        expect('causes', ['served', 'cancelled'],
               [self.jobs(t['number'])[0]['cause'] for t in (served, cancelled)])
        expect('no paper of theirs', [], self.papers(served) + self.papers(cancelled))
        self.printers['back'].set(paper_out=False)
        self.conditions('left')
        self.conditions('back')
        self.api.post('/api/v1/windows/1/finish')

    def waits_and_prints(self):
        for name in ('left', 'back'):
            self.printers[name].set(paper_out=True)
            self.health(name, 'waiting')
        ticket = self.issue()
        self.conditions('left', 'paper-end')
        self.printers['left'].set(paper_out=False)
        self.ended(ticket, 'printed')
        expect('papers', ['left'], self.papers(ticket))
        self.printers['back'].set(paper_out=False)
        self.conditions('back')

    def the_next_takes_over(self):
        """left has no paper: after a second back prints what is for both, and nothing before."""
        self.printers['left'].set(cover_open=True)
        self.health('left', 'waiting')
        ticket = self.issue()
        self.ended(ticket, 'printed')
        expect('papers', ['back'], self.papers(ticket))
        expect('printer', 'back', self.jobs(ticket['number'])[0]['printer'])
        self.printers['left'].set(cover_open=False)
        self.health('left', 'ok')
        later = self.issue()
        self.ended(later, 'printed')
        expect('papers', ['left'], self.papers(later))
        self.conditions('left')

    def two_share(self):
        """One after the other: each is taken by the one that has been idle for longest."""
        seen = []
        for _ in range(10):
            ticket = self.issue('issue')
            self.ended(ticket, 'printed')
            seen += self.papers(ticket)
        expect('shares', (5, 5), (seen.count('left'), seen.count('right')))
        expect('no turn twice', [], [n for n in range(9) if seen[n] == seen[n + 1]])

    def a_wish(self):
        ticket = self.issue(printer='right')
        self.ended(ticket, 'printed')
        expect('papers', ['right'], self.papers(ticket))
        status, answer = self.api.raw('POST', '/api/v1/tickets', {'queue': 'general', 'printer': 'x'})
        expect('an unknown one', (422, 'invalid'), (status, json.loads(answer)['code']))

    def killed_in_mid_print(self):
        """Nobody knows of three tickets; an operator says it of each."""
        for name in ('left', 'right', 'back'):
            self.printers[name].set(hold=True)
        tickets = [self.issue('issue', printer=name) for name in ('left', 'right', 'back')]
        for ticket in tickets:
            self.ended(ticket, 'started')
        self.daemon.kill()
        self.daemon.wait()
        for name in ('left', 'right', 'back'):
            self.printers[name].set(hold=False, forget=True)
        self.start()
        for ticket in tickets:
            self.ended(ticket, 'unknown')
        expect('unsettled', 3, self.figure('print_jobs_unsettled'))
        health = self.api.get('/healthz')
        expect('health', ('degraded', 3), (health['status'], health['printing']['unsettled']))
        listed = self.run('jobs')
        for ticket in tickets:
            # in the hall's zone, eight hours before the one in which the command runs
            at = time.gmtime(self.jobs(ticket['number'])[0]['at_ms'] // 1000 + 8 * 3600)
            if not re.search(rf'{ticket["number"]} +1 +待确认 unsettled +'
                             rf'{time.strftime("%H:%M:%S", at)} .*(连接中断 the link went|'
                             '守护进程重启 the daemon restarted)', listed):
                raise StepError(f'jobs does not say it of {ticket["number"]}: {listed}')
            if f'{ticket["number"]} 是否打出未知' not in self.daemon_errors():
                raise StepError(f'stderr does not say it of {ticket["number"]}')
        one, two, three = [t['number'] for t in tickets]
        self.run('jobs', 'printed', one)
        self.run('jobs', 'lost', two)
        self.run('jobs', 'lost', two, code=1)
        self.run('ticket', 'reprint', three, '--printer', 'right')
        self.ended(tickets[2], 'unknown', 'printed')
        expect('papers', ['right'], self.papers(tickets[2]))
        expect('the second copy', (2, True), (lambda j: (j['copy'], j['word']))(
            self.jobs(three)[1]))
        self.ended(tickets[0], 'printed')
        self.ended(tickets[1], 'failed')
        expect('unsettled', (0, 'ok'), (self.figure('print_jobs_unsettled'),
                                        self.api.get('/healthz')['status']))
        expect('reprints', 1, self.figure('day_reprints'))
        expect('none is printed by itself', [], self.papers(tickets[0]) + self.papers(tickets[1]))

    def expired(self):
        wait_for('its time is over', lambda: (
            self.jobs(self.lost['number'])[0]['cause'] == 'expired'), 90)
        self.printers['none'].plug_in()
        self.conditions('none')
        expect('papers', [], self.papers(self.lost))
        expect('the ticket waits on', 'waiting',
               self.api.get(f'/api/v1/tickets/{self.lost["token"]}')['state'])
        expect('expired', 1, self.figure('day_print_jobs_dropped{cause="expired"}'))

    def configurations(self):
        for change, words in ((('[ "none" ]', '[ "nowhere" ]'), 'no printer of this configuration'),
                              (('[ "none" ]', '[ "none", "none" ]'), 'there twice'),
                              (('[ "none" ]', '"none"'), 'must be an array'),
                              (('failover_s = 1', 'failover_s = -1'), 'out of range'),
                              (('expire_min', 'expire_h'), 'unknown key')):
            self.write(lambda text, change=change: text.replace(*change))
            said = self.run('config', 'check', self.config, code=3)
            if words not in said:
                raise StepError(f'{change}: {said}')
        self.write()

    def each_ticket_once(self):
        self.daemon.terminate()
        expect('exit', 0, self.daemon.wait())
        self.daemon = None
        self.run('log', 'verify', self.log)
        papers = [paper for printer in self.printers.values() for paper in printer.papers]
        expect('papers twice', [], [p for p in set(papers) if papers.count(p) > 1])
        # A printer that is out of the configuration says nothing more, and has no condition.
        self.printers['left'].unplug()
        self.start_without_left()

    def start_without_left(self):
        self.write()
        self.daemon, self.url = serve(self.onewindow, self.config, self.errors)
        self.api = Client(self.url)
        self.conditions('left', 'unreachable')
        self.daemon.terminate()
        self.daemon.wait()
        self.write(lambda text: re.sub(r'\n  \{ id = "left";.*', '', text).replace('"left", ', ''))
        self.daemon, self.url = serve(self.onewindow, self.config, self.errors)
        self.api = Client(self.url)
        wait_for('it is over', lambda: ('left', 'unreachable', 0) in self.told())

    def told(self):
        out = self.run('log', 'export', self.log).splitlines()
        events = [json.loads(line) for line in out]
        return [(p['printer'], p['condition'], p['holds']) for p in
                (e['payload'] for e in events if e['type'] == 'printer-condition')]


def main():
    hall = PaperHall(sys.argv[1])
    return play(hall, [
        ('the hall opens', hall.start),
        ('a ticket that no printer takes', hall.nobody_prints_it),
        ('near its end is seen before the end', hall.near_end_is_seen_before),
        ('out of paper: served and cancelled meanwhile', hall.of_no_use_any_more),
        ('out of paper, and back', hall.waits_and_prints),
        ('the next printer takes over', hall.the_next_takes_over),
        ('two printers share', hall.two_share),
        ('a printer that is asked for', hall.a_wish),
        ('kill -9 in mid-print, an operator says what became of it', hall.killed_in_mid_print),
        ('a ticket expires', hall.expired),
        ('configurations that are wrong', hall.configurations),
        ('no paper twice, the log verifies; a printer is taken out', hall.each_ticket_once),
    ])


if __name__ == '__main__':
    sys.exit(main())
