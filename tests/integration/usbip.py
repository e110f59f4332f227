#!/usr/bin/env python3
"""The virtual hall's printers over USB/IP, spoken to without a kernel:

    usbip.py VIRTUAL_HALL

Exit 0 only if every step held; else it says which, what was expected and what was seen."""
import errno
import os
import random
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, VirtualHall, expect, wait_for  # noqa: E402
from usbip_client import HEADER, IN, OUT, RETURNED, SUBMITTED, VERSION, Imported, Refused, \
    connect, list_devices, receive  # noqa: E402

DEVICE, CONFIGURATION, STRING = 0x100, 0x200, 0x300
DEVICE_ID, PORT_STATUS, SOFT_RESET = 0, 1, 2
PLUGS = ['serial=SAME', 'serial=SAME,id=little', 'one-way,id=stalls,vendor=0519,product=0003',
         'no-out']
# A text, a QR code's worth of raster, a cut, and GS r 1, which is answered when all that is done.
TICKET = (b'\x1b@A001\n' + b'\x1dv0\0\x02\x00\x10\x00' + bytes(range(100, 132)) + b'\n\n\n' +
          b'\x1dV\x41\x20')
DONE = b'\x1dr\x01'


class Steps:
    def __init__(self, program):
        words = [word for plug in PLUGS for word in ('--usb', plug)]
        self.program = program
        self.hall = VirtualHall(program, words)
        self.hall.printer(speed_mm_s=500)
        server = self.hall.state['usbip']
        self.address = server['address'], server['port']

    def plug(self, number=1):
        return self.hall.client.get('/usb')['plugs'][number - 1]

    def faults(self, number=1, **faults):
        self.hall.client.post(f'/usb/{number}/faults', faults)

    def imported(self, number=1):
        wait_for('the plug is free', lambda: not self.plug(number)['imported'])
        device = Imported(self.address, f'1-{number}')
        expect('SET_CONFIGURATION', (0, b''), device.control(0x00, 9, 1))
        return device

    def wire(self):
        """Our reading of the wire against the frames that the kernel's document prints."""
        words = '00000001 00000d06 0001000f 00000000 00000001 00000000 00000040 ffffffff 00000000 ' \
                '00000004 00000000 00000000'
        frame = bytes.fromhex(words.replace(' ', ''))
        expect('a submit', (1, 0xd06, 0x1000f, OUT, 1), HEADER.unpack(frame[:20]))
        expect('its length', 0x40, SUBMITTED.unpack(frame[20:])[1])
        words = '00000003 00000d06 00000000 00000000 00000000 00000000 00000040 ffffffff 00000000 ' \
                '00000000 00000000 00000000'
        frame = bytes.fromhex(words.replace(' ', ''))
        expect('a return', (3, 0xd06, 0, 0, 0), HEADER.unpack(frame[:20]))
        expect('its status and length', (0, 0x40), RETURNED.unpack(frame[20:])[:2])

    def listed(self):
        found = list_devices(self.address)
        expect('bus IDs', ['1-1', '1-2', '1-3', '1-4'], [device.bus_id for device, _ in found])
        expect('devices', [(0x04b8, 0x0e28)] * 2 + [(0x0519, 3), (0x04b8, 0x0e28)],
               [(device.vendor, device.product) for device, _ in found])
        expect('interfaces', [[(7, 1, 2)], [(7, 1, 2)], [(7, 1, 1)], [(7, 1, 2)]],
               [interfaces for _, interfaces in found])
        expect('addresses', [(1, n) for n in range(1, 5)],
               [(device.bus, device.device) for device, _ in found])

    def described(self):
        """Descriptors, by USB 2.0 chapter 9 and the class for printers."""
        endpoints = {1: [0x01, 0x82], 2: [0x01, 0x82], 3: [0x01], 4: [0x82]}
        for number, wanted in endpoints.items():
            device = self.imported(number)
            _, first = device.control(0x80, 6, DEVICE, 0, 8)
            expect('length of the first eight bytes', 8, len(first))
            status, raw = device.control(0x80, 6, DEVICE, 0, 64)
            expect('device descriptor', (0, 18, 18, 1), (status, len(raw), raw[0], raw[1]))
            expect('vendor and product', (device.device.vendor, device.device.product),
                   struct.unpack('<HH', raw[8:12]))
            status, raw = device.control(0x80, 6, CONFIGURATION, 0, 255)
            expect('total length', len(raw), struct.unpack('<H', raw[2:4])[0])
            seen, at = [], 0
            while at < len(raw):
                if raw[at + 1] == 5:
                    seen.append(raw[at + 2])
                    expect('bulk of 64 bytes', (2, 64),
                           (raw[at + 3], struct.unpack('<H', raw[at + 4:at + 6])[0]))
                elif raw[at + 1] == 4:
                    expect('endpoints of the interface', len(wanted), raw[at + 4])
                at += raw[at]
            expect(f'endpoints of printer {number}', wanted, seen)
            _, raw = device.control(0x80, 6, STRING | 3, 0x409, 255)
            expect('serial number', PLUGS[number - 1].split(',')[0][7:] if number < 3 else
                   f'VH00000{number}', raw[2:].decode('utf-16-le'))
            expect('a qualifier, at full speed', (-errno.EPIPE, b''),
                   device.control(0x80, 6, 0x600, 0, 10))
            device.close()

    def device_ids(self):
        """The length counts itself; its order depends on the printer."""
        for number, order in ((1, '>H'), (2, '<H'), (3, None)):
            device = self.imported(number)
            status, raw = device.control(0xa1, DEVICE_ID, 0, 0, 1023)
            if order is None:
                expect('a device ID that stalls', (-errno.EPIPE, b''), (status, raw))
            else:
                expect('length of the device ID', len(raw), struct.unpack(order, raw[:2])[0])
                expect('device ID', 'MFG:onewindow;MDL:VH-80;CMD:ESC/POS;CLS:PRINTER;SN:SAME;', raw[2:].decode())
            device.close()

    def ticket(self):
        """The same bytes over TCP and over USB give the same paper."""
        host, port = self.hall.state['printer'].removeprefix('tcp://').split(':')
        with socket.create_connection((host, int(port)), timeout=20) as wire:
            wire.sendall(TICKET)
            wait_for('paper from TCP', lambda: len(self.hall.tickets()) == 1)
        device = self.imported()
        answer = device.submit(2, IN, size=64)
        expect('OUT', (0, len(TICKET), b''), device.wait(device.submit(1, OUT, TICKET)))
        expect('OUT', (0, len(DONE), b''), device.wait(device.submit(1, OUT, DONE)))
        expect('the answer to GS r 1', (0, 1, b'\0'), device.wait(answer))
        expect('papers', 2, len(self.hall.tickets()))
        if self.hall.ticket_png(1) != self.hall.ticket_png(2):
            raise StepError('the papers differ')
        device.close()

    def second_printer(self):
        device = self.imported(2)
        device.wait(device.submit(1, OUT, TICKET))
        tickets = wait_for('paper of the second', lambda: self.hall.client.get('/usb/2/tickets'))
        expect('papers of the second', [1], [t['number'] for t in tickets])
        expect('papers of the first', 2, len(self.hall.tickets()))
        status, picture = self.hall.client.raw('GET', '/usb/2/tickets/1.png')
        expect('picture', 200, status)
        if picture != self.hall.ticket_png(1):
            raise StepError('the papers differ')
        expect('no such paper', 404, self.hall.client.raw('GET', '/usb/2/tickets/2.png')[0])
        device.close()

    def port_status(self):
        device = self.imported()
        for faults, wanted in (({}, 0x10), ({'paper_out': True}, 0x20),
                               ({'paper_out': False, 'cover_open': True}, 0x00),
                               ({'cover_open': False}, 0x10)):
            self.hall.printer(**faults)
            status, raw = device.control(0xa1, PORT_STATUS, 0, 0, 1)
            expect(f'paper empty and selected with {faults}', (0, wanted), (status, raw[0] & 0x30))
        device.close()

    def full_buffer(self):
        """Without paper the printer takes what its buffer holds; the rest waits, and goes on."""
        device = self.imported()
        self.hall.printer(paper_out=True)
        taken = self.plug()['taken']
        data = TICKET * 100
        sent = device.submit(1, OUT, data)
        room = wait_for('the buffer is full', lambda: self.plug()['taken'] - taken >= 4000 and
                        self.plug()['taken'] - taken)
        if room >= len(data):
            raise StepError(f'{room} bytes were taken without paper')
        # A request overtakes the transfer that waits, and nothing more was taken meanwhile.
        expect('port status beside it', 0, device.control(0xa1, PORT_STATUS, 0, 0, 1)[0])
        expect('returns', {}, device.returned)
        expect('taken', room, self.plug()['taken'] - taken)
        papers = self.papers()
        self.hall.printer(paper_out=False)
        expect('OUT with paper again', (0, len(data), b''), device.wait(sent))
        wait_for('all its papers', lambda: self.papers() == papers + 100)
        device.close()

    def papers(self):
        tickets = self.hall.tickets()
        return tickets[-1]['number'] if tickets else 0

    def unlinked(self):
        device = self.imported()
        waiting = device.submit(2, IN, size=64)
        expect('unlink of one that waits', -errno.ECONNRESET,
               device.wait_unlinked(device.unlink(waiting)))
        device.control(0xa1, PORT_STATUS, 0, 0, 1)
        expect('returns', {}, device.returned)
        done = device.submit(1, OUT, b'\n')
        expect('OUT', (0, 1, b''), device.wait(done))
        expect('unlink of one that is done', 0, device.wait_unlinked(device.unlink(done)))
        answer = device.submit(2, IN, size=64)
        device.submit(1, OUT, DONE)
        expect('an answer after it', (0, 1, b'\0'), device.wait(answer))
        device.close()

    def stall(self):
        device = self.imported()
        self.faults(stall_after=100)
        expect('OUT that stalls', (-errno.EPIPE, 100, b''),
               device.wait(device.submit(1, OUT, b'\n' * 300)))
        expect('the next', (-errno.EPIPE, 0, b''), device.wait(device.submit(1, OUT, b'\n' * 9)))
        expect('GET_STATUS', (0, b'\1\0'), device.control(0x82, 0, 0, 1, 2))
        expect('CLEAR_FEATURE', (0, b''), device.control(0x02, 1, 0, 1))
        expect('GET_STATUS', (0, b'\0\0'), device.control(0x82, 0, 0, 1, 2))
        expect('OUT again', (0, 9, b''), device.wait(device.submit(1, OUT, b'\n' * 9)))
        self.faults(in_halted=True)
        expect('IN that stalls', -errno.EPIPE, device.wait(device.submit(2, IN, size=64))[0])
        expect('SOFT_RESET', (0, b''), device.control(0x21, SOFT_RESET))
        answer = device.submit(2, IN, size=64)
        device.submit(1, OUT, DONE)
        expect('an answer after it', (0, 1, b'\0'), device.wait(answer))
        expect('an endpoint that is not there', -errno.EPIPE,
               device.wait(device.submit(5, OUT, b'x'))[0])
        device.close()

    def unplugged(self):
        device = self.imported()
        taken = self.plug()['taken']
        self.faults(unplug_after=150)
        device.submit(1, OUT, b'\n' * 400)
        try:
            device.read_one()
            raise StepError('a reply from a device that is unplugged')
        except EOFError:
            pass
        expect('bytes until then', 150, self.plug()['taken'] - taken)
        expect('bus IDs', ['1-2', '1-3', '1-4'], [d.bus_id for d, _ in list_devices(self.address)])
        self.refused_import('1-1', 4)
        self.faults(unplugged=False)
        device = self.imported()
        expect('OUT again', (0, 1, b''), device.wait(device.submit(1, OUT, b'\n')))
        self.refused_import('1-1', 2)
        self.refused_import('1-5', 4)
        self.refused_import('1-1' * 10, 4)
        device.close()

    def switched_off(self):
        """A printer without power is not on the bus; with power it is, and prints."""
        device = self.imported()
        self.hall.printer(power=False)
        try:
            device.read_one()
            raise StepError('a reply from a printer that is off')
        except EOFError:
            pass
        expect('bus IDs', ['1-2', '1-3', '1-4'], [d.bus_id for d, _ in list_devices(self.address)])
        self.refused_import('1-1', 4)
        self.hall.printer(power=True)
        device = self.imported()
        papers = self.papers()
        device.wait(device.submit(1, OUT, TICKET))
        wait_for('paper with power again', lambda: self.papers() == papers + 1)
        device.close()

    def refused_import(self, bus_id, status):
        try:
            Imported(self.address, bus_id)
        except Refused as error:
            expect(f'import of {bus_id}', status, error.args[0])
            return
        raise StepError(f'{bus_id} was imported')

    def bad_faults(self):
        for body in ({'unplugged': 1}, {'stall_after': -1}, {'unplug_after': 'x'},
                     {'stall_after': 1 << 40}):
            expect(f'{body}', 400, self.hall.client.raw('POST', '/usb/1/faults', body)[0])
        expect('a plug that is not there', 404,
               self.hall.client.raw('POST', '/usb/9/faults', {})[0])

    def refusal(self, what, says, *parts):
        """Cut off, and told why."""
        before = self.hall.client.get('/usb')['refused']
        with connect(self.address) as connection:
            for part in parts:
                connection.sendall(part)
                if len(part) == 40:
                    receive(connection, 8 + 312)
            try:
                while connection.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        seen = wait_for(f'{what} is refused', lambda: self.hall.client.get('/usb')['refused'] > before
                        and self.hall.client.get('/usb'))
        expect(f'{what}: why', says, seen['refusal'])
        wait_for('the plug is free', lambda: not self.plug()['imported'])

    def malformed(self):
        take = struct.pack('>HHI32s', VERSION, 0x8003, 0, b'1-1')
        head = struct.Struct('>IIIII')

        def submit(endpoint=1, direction=OUT, length=8, packets=0, device=0x10001, setup=bytes(8)):
            return head.pack(1, 1, device, direction, endpoint) + \
                SUBMITTED.pack(0, length, 0, packets, 0, setup)
        too_much = 'more bytes in transfers than there is room for'
        self.refusal('another version', 'a version other than 1.1.1',
                     struct.pack('>HHI', 0x0110, 0x8005, 0))
        self.refusal('another request', 'a request that is neither list nor import',
                     struct.pack('>HHI', VERSION, 0x8001, 0))
        self.refusal('another command', 'a command that is neither submit nor unlink', take,
                     head.pack(9, 1, 0x10001, 0, 0) + bytes(28))
        self.refusal('another device', 'a command to another device', take, submit(device=0x10002))
        self.refusal('2 GiB', too_much, take, submit(length=0x7fffffff))
        self.refusal('256 KiB and a byte', too_much, take, submit(length=256 * 1024 + 1))
        self.refusal('4 GiB', too_much, take, submit(length=0xffffffff))
        self.refusal('an endpoint 16', 'a transfer to no endpoint', take, submit(endpoint=16))
        self.refusal('a direction 2', 'a transfer to no endpoint', take, submit(direction=2))
        self.refusal('isochronous', 'an isochronous transfer', take, submit(packets=1))
        self.refusal('two directions', 'a control transfer in two directions', take,
                     submit(endpoint=0, setup=b'\x80' + bytes(7)))
        self.refusal('65 transfers', 'more transfers than there is room for', take,
                     submit(endpoint=2, direction=IN) * 65)
        self.refusal('8 transfers of 256 KiB', too_much, take,
                     submit(endpoint=2, direction=IN, length=256 * 1024) * 8)

    def noise(self):
        """Random bytes, and random bytes where a device was imported; it is there afterwards."""
        seed = random.SystemRandom().randrange(1 << 32)
        print(f'   seed {seed}')
        rng = random.Random(seed)
        take = struct.pack('>HHI32s', VERSION, 0x8003, 0, b'1-1')
        for _ in range(100):
            with connect(self.address) as connection:
                try:
                    if rng.random() < 0.7:
                        connection.sendall(take)
                    for _ in range(rng.randrange(1, 8)):
                        word = rng.choice([1, 2, 1, 3, rng.getrandbits(32)])
                        connection.sendall(
                            struct.pack('>IIIII', word, rng.getrandbits(4),
                                        rng.choice([0x10001, rng.getrandbits(32)]),
                                        rng.randrange(3), rng.choice([0, 1, 2, 9])) +
                            struct.pack('>IIIII', 0, rng.choice([0, 8, 64, 5000]), 0, 0, 0) +
                            rng.randbytes(rng.choice([8, 8, 72, 3000])))
                except OSError:
                    pass  # cut off while it still spoke
        expect('bus IDs', 4, len(list_devices(self.address)))
        device = self.imported(2)
        before = len(self.hall.client.get('/usb/2/tickets'))
        device.wait(device.submit(1, OUT, TICKET))
        wait_for('paper after the noise',
                 lambda: len(self.hall.client.get('/usb/2/tickets')) == before + 1)
        device.close()

    def words(self):
        for words in (['--usb', 'three-way'], ['--usb', 'serial=' + 'x' * 32],
                      ['--usb', 'vendor=12345'], ['--usb', 'vendor=XYZW'], ['--usb', ''],
                      ['--usbip-port', '65536'], ['--usb', 'two-way'] * 5):
            done = subprocess.run([self.program, *words], capture_output=True, check=False)
            if done.returncode == 0 or words[0].encode() not in done.stderr:
                raise StepError(f'{words}: exit {done.returncode}, {done.stderr}')
        done = subprocess.run([self.program, '--usbip-listen', 'localhost'], capture_output=True,
                              text=True, check=False)
        if done.returncode != 1 or 'localhost' not in done.stderr:
            raise StepError(f'an address that is none: exit {done.returncode}, {done.stderr}')

    def ends(self):
        self.hall.stop()
        expect('exit', 0, self.hall.process.returncode)


def main():
    steps = Steps(sys.argv[1])
    try:
        for step in (steps.wire, steps.listed, steps.described, steps.device_ids, steps.ticket,
                     steps.second_printer, steps.port_status, steps.full_buffer, steps.unlinked,
                     steps.stall, steps.unplugged, steps.switched_off, steps.bad_faults, steps.malformed, steps.noise,
                     steps.words, steps.ends):
            begin = time.monotonic()
            try:
                step()
            except (StepError, OSError, EOFError, KeyError) as error:
                print(f'{step.__name__}: FAILED\n   {type(error).__name__}: {error}')
                return 1
            print(f'{step.__name__}: ok, {time.monotonic() - begin:.1f} s', flush=True)
    finally:
        steps.hall.process.kill()
        steps.hall.process.wait()
    return 0


if __name__ == '__main__':
    sys.exit(main())
