#!/usr/bin/env python3
"""The tickets of a hall, from the real daemon to the virtual printer's paper:

    hall_tickets.py ONEWINDOW VIRTUAL_HALL

The whole session with the printer is captured and read by npos; the paper by zbar and tesseract; both
are held against the log and the hall's configuration."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../integration'))
from hall import Hall, StepError, play, wait_for  # noqa: E402
from look import Reading, Seen, check_qr, expect, han, read_bytes, text_errors  # noqa: E402

MOST_WRONG = 0.02  # measured: none of 301
TICKETS = [  # options of `ticket issue`; what must stand on the paper
    (['--queue', 'general'], ['综合受理', 'General']),
    (['--queue', 'general', '--item', 'business-licence'], ['综合受理', '个体工商户设立登记']),
    (['--queue', 'general', '--item', 'mortgage', '--class', 'priority'], ['不动产抵押登记', '优先', 'Priority']),
    (['--queue', 'issue'], ['统一出证', 'Issuing']),
    (['--queue', 'guide'], ['咨询引导', 'Guide']),
    (['--queue', 'assist'], ['帮办代办', 'Assist']),
    (['--queue', 'trouble'], ['办不成事', 'Unresolved matters']),
]


class Eyes:
    def __init__(self, hall):
        self.hall, self.issued, self.readings = hall, [], []
        self.capture = os.path.join(hall.folder, 'printer.capture')
        hall.virtual.state['printer'] = f'record:{self.capture}:{hall.virtual.state["printer"]}'
        hall.write_config()

    def printed(self, count):
        wait_for(f'{count} tickets printed, with proof', lambda: [
            e[2]['outcome'] for e in self.hall.events('print-ended')] == ['printed'] * count, 60)

    def command(self, *words):
        seen = self.hall.run('ticket', *words, '--url', self.hall.url, '--format', 'json')
        expect(f'ticket {" ".join(words)} exits ({seen.stderr.strip()})', 0, seen.returncode)
        return json.loads(seen.stdout)

    def issue(self):
        for options, marks in TICKETS:
            self.command('issue', *options)
            self.issued.append((self.hall.events('ticket-issued')[-1][2], marks))
        ticket = self.issued[1][0]
        for copy in (1, 2):
            self.printed(len(self.issued))
            self.command('reprint', ticket['number'])
            self.issued.append((ticket, ['补打', 'REPRINT', f'REPRINT {copy}', '个体工商户设立登记']))
        self.printed(len(self.issued))

    def read(self):
        """Everything that was sent since the link is up."""
        session = b''
        with open(self.capture, encoding='ascii') as file:
            for line in file:
                words = line.split()
                if words[1:3] == ['>', 'submit']:
                    session += bytes.fromhex(words[3])
        jobs = []
        for name, token in read_bytes([session])[0]:
            if name == 'ESC @':
                jobs.append([])
            if jobs and name != 'DLE \x04':
                jobs[-1].append((name, token))
        expect('jobs in the capture', len(self.issued), len(jobs))
        self.readings = [Reading(job) for job in jobs]
        for (ticket, marks), reading in zip(self.issued, self.readings):
            text = '\n'.join(reading.texts())
            for mark in ['市民服务中心', ticket['number'], *marks]:
                if mark not in text:
                    raise Seen(f'{ticket["number"]}: {mark} is not in {text!r}')
            expect(f'{ticket["number"]}: marked as reprint', 'REPRINT' in marks, 'REPRINT' in text or '补打' in text)
            expect(f'{ticket["number"]}: QR codes', [ticket['token']],
                   [item[1].rsplit('/', 1)[1] for item in reading.kind('qr')])
            expect(f'{ticket["number"]}: cuts', [('cut',)], reading.items[-1:])
            expect(f'{ticket["number"]}: what proves it', ['GS (H', 'GS r'], reading.trailer)

    def look(self):
        wrong = count = 0
        expect('papers', len(self.issued), len(self.hall.virtual.tickets()))
        for number, ((ticket, _), reading) in enumerate(zip(self.issued, self.readings), 1):
            png = self.hall.virtual.ticket_png(number)
            check_qr(png, reading.kind('qr')[0][1])
            more = text_errors(png, [text for text in reading.texts() if han(text)])
            wrong, count = wrong + more[0], count + more[1]
        print(f'   {len(self.issued)} papers, {wrong} of {count} characters read wrong')
        if wrong > MOST_WRONG * count:
            raise Seen(f'{wrong} of {count} characters are read wrong')


def guarded(step):
    def held():
        try:
            step()
        except Seen as seen:
            raise StepError(str(seen)) from seen
    return held


def main():
    hall = Hall(sys.argv[1], sys.argv[2])
    eyes = Eyes(hall)
    return play(hall, [
        ('the hall opens', hall.start),
        ('tickets of every queue, two reprints', guarded(eyes.issue)),
        ('npos reads the whole session: what was sent is what was issued', guarded(eyes.read)),
        ('zbar and tesseract read the paper', guarded(eyes.look)),
    ])


if __name__ == '__main__':
    sys.exit(main())
