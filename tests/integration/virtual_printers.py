#!/usr/bin/env python3
"""The virtual hall's printers, their switches and their papers, over TCP and HTTP:

    virtual_printers.py VIRTUAL_HALL

Exit 0 only if every step held; else it says which, what was expected and what was seen."""
import os
import re
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, VirtualHall, expect, wait_for  # noqa: E402

WORDS = ['--printer', 'model=TM-T20III,maker=EPSON,serial=J5TK,speed_mm_s=500',
         '--printer', 'model=XP-58,width=384,paper_mm=150,near_end_mm=80,no-cutter,speed_mm_s=500']
CUT = b'\x1dVB\0'
MARGIN = 16  # dots of white around a picture
KNIFE = 100  # rows between head and knife


def text(lines):
    return b'\x1b@' + b'H\n' * lines


class Wire:
    """A client at a printer's port."""

    def __init__(self, address):
        host, port = address.removeprefix('tcp://').split(':')
        self.socket = socket.create_connection((host, int(port)), timeout=20)

    def ask(self, bytes_, length):
        self.socket.sendall(bytes_)
        answer = b''
        while len(answer) < length:
            more = self.socket.recv(length - len(answer))
            if not more:
                raise StepError(f'{bytes_!r}: closed after {answer!r}')
            answer += more
        return answer

    def is_closed(self):
        try:
            return self.socket.recv(1) == b''
        except ConnectionResetError:
            return True


class Steps:
    def __init__(self, program):
        self.program = program
        self.hall = VirtualHall(program, WORDS)
        expect('printers', 2, len(self.hall.state['printers']))
        expect('the first', self.hall.state['printer'], self.hall.state['printers'][0])

    def connect(self, number=1):
        return Wire(self.hall.state['printers'][number - 1])

    def state(self, number=1):
        return self.hall.client.get('/state')['printers'][number - 1]

    def faults(self, number=1, **faults):
        return self.hall.client.post(f'/printers/{number}/faults', faults)

    def papers(self, number=1):
        return self.hall.client.get(f'/printers/{number}/tickets')

    def size(self, path):
        status, png = self.hall.client.raw('GET', path)
        expect(path, (200, b'\x89PNG'), (status, png[:4]))
        width, height = struct.unpack('>II', png[16:24])
        return width - 2 * MARGIN, height - 2 * MARGIN

    def told_apart(self):
        """Each has its own name, its own width and its own papers."""
        for number, maker, model, serial in ((1, b'EPSON', b'TM-T20III', b'J5TK'),
                                             (2, b'onewindow', b'XP-58', b'VH000002')):
            wire = self.connect(number)
            for n, wanted in ((66, maker), (67, model), (68, serial)):
                expect(f'GS I {n}', b'_' + wanted + b'\0',
                       wire.ask(b'\x1dI' + bytes([n]), len(wanted) + 2))
        wire = self.connect(1)
        wire.socket.sendall(text(2) + CUT)
        wait_for('the paper', lambda: len(self.papers(1)) == 1)
        expect('the other printer', [], self.papers(2))
        expect('the paper', (1, KNIFE + 60, True),
               tuple(self.papers(1)[0][key] for key in ('number', 'rows', 'cut')))
        for path in ('/printers/1/tickets/1.png', '/printer/tickets/1.png'):
            expect('its picture', (576, KNIFE + 60), self.size(path))
        for path in ('/printers/1/tickets/2.png', '/printers/3/tickets', '/printers/0/tickets',
                     '/printers/1/tickets/1.png/', '/printers/1/'):
            expect(path, 404, self.hall.client.raw('GET', path)[0])

    def roll_ends(self):
        """150 mm, the sensor 80 mm before: it stops in the middle and goes on with a new roll."""
        wire = self.connect(2)
        expect('automatic status', b'\x10\0\0\0', wire.ask(b'\x1da\x08', 4))
        expect('near end', b'\x10\0\x03\0', wire.ask(b'H\n' * 100, 4))
        expect('end', b'\x18\0\x0f\0', wire.ask(b'', 4))
        state = self.state(2)
        expect('the roll', (0, 1200, True, True),
               (state['paper_mm'], state['rows'], state['paper_out'], state['offline']))
        expect('what hangs in it', (384, KNIFE + 1200), self.size('/printers/2/paper.png'))
        self.faults(2, new_roll_mm=1000, near_end_mm=0)
        expect('paper again', b'\x10\0\0\0', wire.ask(b'', 4))
        wait_for('the rest', lambda: self.state(2)['rows'] == 3000)
        self.faults(2, tear=True)
        expect('the pieces', [(KNIFE + 1200, False), (1800, False)],
               [(p['rows'], p['cut']) for p in self.papers(2)])
        expect('nothing was lost', 0, self.state(2)['ignored_commands'])

    def jam(self):
        """The first printer jams while the second prints on; the cover frees it."""
        wire, before = self.connect(1), len(self.papers(1))
        self.faults(1, cutter_jammed=True)
        wire.socket.sendall(text(1) + CUT)
        wait_for('the jam', lambda: self.state(1)['cutter_error'])
        expect('DLE EOT', b'\x1a\x52\x1a\x12',
               wire.ask(b'\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04', 4))
        expect('the other', b'\x12', self.connect(2).ask(b'\x10\x04\x01', 1))
        self.faults(1, cutter_jammed=False)
        expect('still jammed', True, self.state(1)['cutter_error'])
        self.faults(1, cover_open=True)
        self.faults(1, cover_open=False)
        wait_for('the cut', lambda: len(self.papers(1)) == before + 1)

    def unplugged_at(self):
        """At byte 20 of 30: what came before is printed, the port is closed to everybody."""
        wire = self.connect(1)
        expect('online', b'\x12', wire.ask(b'\x10\x04\x01', 1))
        before = self.state(1)
        self.faults(1, unplug_after=20)
        wire.socket.sendall(b'H\n' * 15)
        expect('closed', True, wire.is_closed())
        wait_for('what came', lambda: self.state(1)['rows'] == before['rows'] + 10 * 30)
        expect('bytes', before['bytes'] + 20, self.state(1)['bytes'])
        expect('unplugged', True, self.state(1)['unplugged'])
        try:
            self.connect(1)
        except ConnectionRefusedError:
            pass
        else:
            raise StepError('it took a client while it was unplugged')
        self.faults(1, unplugged=False)
        expect('online again', b'\x12', self.connect(1).ask(b'\x10\x04\x01', 1))

    def power_lost(self):
        """In the middle of a ticket: the rest of it is lost, and so is what it had been told."""
        wire = self.connect(1)
        self.faults(1, speed_mm_s=20)
        expect('status', b'\x10\0\0\0', wire.ask(b'\x1da\xff', 4))
        before = self.state(1)
        self.faults(1, power_off_after=200)
        wire.socket.sendall(b'H\n' * 100 + CUT)
        expect('closed', True, wire.is_closed())
        state = self.state(1)
        expect('off', (False, 0, 0), (state['power'], state['buffered'], state['power_off_after']))
        if state['rows'] >= before['rows'] + 3000:
            raise StepError('all of it was printed')
        self.faults(1, power=True, speed_mm_s=500)
        expect('on again', b'\x12', self.connect(1).ask(b'\x10\x04\x01', 1))
        expect('rows', state['rows'], self.state(1)['rows'])
        expect('papers', before['tickets'], self.state(1)['tickets'])

    def answers(self):
        wire = self.connect(1)
        self.faults(1, lose_replies=1)
        expect('the second answer', b'\x12', wire.ask(b'\x10\x04\x01\x10\x04\x01', 1))
        self.faults(1, reply_delay_ms=300)
        began = time.monotonic()
        expect('late', b'\x12', wire.ask(b'\x10\x04\x01', 1))
        if time.monotonic() - began < 0.29:
            raise StepError('the answer was not late')
        self.faults(1, reply_delay_ms=0, process_id=False, transmit=False)
        # neither is answered: the status behind them comes first
        expect('no proof', b'\x12', wire.ask(
            b'\x1d(H\x06\0\x30\x30abcd\x1dr\x01\x10\x04\x01', 1))
        self.faults(1, process_id=True, transmit=True)
        expect('proof', b'\x37\x22abcd\0\0', wire.ask(b'\x1d(H\x06\0\x30\x30abcd\x1dr\x01', 8))

    def bad_switches(self):
        """Refused whole: what was good beside it is not done either."""
        for body in ({'paper_out': 1}, {'paper-out': True}, {'speed_mm_s': 501},
                     {'speed_mm_s': -1}, {'speed_mm_s': 1.5}, {'new_roll_mm': True}, {'tear': 1},
                     {'unplug_after': 1 << 40}, {'head_hot': True, 'nothing': True}):
            status, answer = self.hall.client.raw('POST', '/printers/1/faults', body)
            expect(f'{body}', (400, True), (status, b'allowed' in answer))
        expect('nothing was changed', (False, 500),
               (self.state(1)['head_hot'], self.state(1)['speed_mm_s']))
        for number in (0, 3, 9):
            expect(f'printer {number}', 404,
                   self.hall.client.raw('POST', f'/printers/{number}/faults', {})[0])

    def document(self):
        """docs/virtual-hall.md knows every switch and word that a refusal offers."""
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/virtual-hall.md')
        with open(path, encoding='utf-8') as file:
            known = set(re.findall(r'`([a-z0-9_-]+)=?[a-z0-9]*`', file.read()))
        _, answer = self.hall.client.raw('POST', '/printers/1/faults', {'?': True})
        offered = re.findall(r'\b[a-z]+(?:_[a-z]+)+\b|\b(?:broken|silent|garbage|unplugged|power|tear|chatter|transmit|automatic|realtime)\b',
                             answer.decode())
        expect('switches', 27, len(offered))
        done = subprocess.run([self.program, '--printer', '?'], capture_output=True, text=True, check=False)
        offered += re.findall(r'\b([a-z_]+)=|\b((?:no|one|busy|waits|needs)-[a-z-]+)', done.stderr)
        for word in offered:
            word = ''.join(word)
            if word not in known:
                raise StepError(f'docs/virtual-hall.md does not name {word}')

    def words(self):
        for words in (['--printer', 'colour=red'], ['--printer', 'width=400'], ['--printer', ''],
                      ['--printer', 'serial=' + 'x' * 32], ['--printer', 'serial='],
                      ['--printer', 'paper_mm=-1'], ['--printer', 'paper_mm=1x'],
                      ['--printer', 'buffer=65537'], ['--printer', 'speed_mm_s=0'],
                      ['--printer', 'charset=big5'], ['--printer', 'no-qr,'],
                      ['--printer', 'no-qr'] * 5, ['--printers', '0'], ['--printers', '5'],
                      ['--printers', 'two']):
            done = subprocess.run([self.program, *words], capture_output=True, check=False)
            if done.returncode == 0 or words[0].encode() not in done.stderr:
                raise StepError(f'{words}: exit {done.returncode}, {done.stderr}')
        hall = VirtualHall(self.program, ['--printers', '3', '--usb', 'serial=A', '--usb', 'one-way'])
        expect('printers and plugs', (3, 3),
               (len(hall.state['printers']), hall.state['usbip']['devices']))
        hall.stop()

    def ends(self):
        self.hall.stop()
        expect('exit', 0, self.hall.process.returncode)


def main():
    steps = Steps(sys.argv[1])
    for what in ('told_apart', 'roll_ends', 'jam', 'unplugged_at', 'power_lost', 'answers',
                 'bad_switches', 'document', 'words', 'ends'):
        try:
            getattr(steps, what)()
        except (StepError, OSError) as error:
            print(f'{what}: FAILED\n   {type(error).__name__}: {error}')
            steps.hall.process.kill()
            return 1
        print(f'{what}: ok')
    return 0


if __name__ == '__main__':
    sys.exit(main())
