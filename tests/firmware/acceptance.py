#!/usr/bin/env python3
"""What a device does, seen from its line and its screen: the same for the process on this machine and
for the Cortex-M3 in QEMU.

    acceptance.py host PROGRAM
    acceptance.py qemu QEMU FOLDER-OF-IMAGES
    acceptance.py … --only NAME     one scenario

Time is the device's own: its clock is stopped and moved by the probe."""
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import device
import document
import eyes
import service
from device import Device, Failed

STACK_SHARE = 0.75  # of each stack may have been used


def lihe(address, text, mode=8, kind=0x54):
    data = bytes([mode, 7, 99, 0, 99]) + text
    return bytes([0xaa, address, 0xbb, 0x51, kind, sum(data) & 0xff]) + data + b'\xff'


def ack(address):
    body = bytes([3, 0x14, address, 0x50])
    return b'\xa0' + body + bytes([sum(body) % 100, 0xff])


def crc16(data):
    crc = 0xffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return data + struct.pack('<H', crc)


def same(seen, wanted, what):
    if seen != wanted:
        raise Failed(f'{what}: {seen!r}, not {wanted!r}')


def board_settings(**more):
    settings = {'kind': 3, 'address': 3, 'acknowledges': True, 'width': 128, 'height': 16,
                'host-lost': 60, 'baud': 9600}
    settings.update(more)
    return settings


class Bench:
    """Devices on the table, all switched off at the end."""

    def __init__(self, place, folder):
        self.place, self.folder = place, folder
        self.devices, self.stacks = [], [0, 0, 0, 0]

    def path(self):
        return os.path.join(self.folder, f'memory-{len(self.devices)}')

    def make(self, kind, settings, hold=True):
        made = Device(self.place, kind, self.path())
        device.make_memory(made.memory, settings)
        self.devices.append(made)
        self.power(made, hold)
        return made

    def power(self, made, hold=True):
        made.start()
        if hold:
            made.hold()

    def cycle(self, made):
        self.note_stacks(made)
        made.stop()
        self.power(made)

    def note_stacks(self, made):
        words = made.ask('stacks')
        if words[0] == 'stacks':
            self.stacks = [max(a, int(b)) for a, b in zip(self.stacks, words[1:])]

    def stop(self):
        for made in self.devices:
            if made.process:
                made.stop()


def shown(board):
    _, rows, width = board.dots()
    return eyes.read(rows, width)


def who(made):
    """(token, settings, boots)"""
    made.give(service.frame(service.WHO, device.SERIAL))
    op, serial, data = service.find_frame(made.said())
    same((op, serial), (service.IS, device.SERIAL), 'who')
    return data[:4], service.unpack_settings(data[4:20]), struct.unpack('>I', data[20:])[0]


def change(made, **named):
    token, settings, _ = who(made)
    settings.update(named)
    made.give(service.frame(service.SET, device.SERIAL, token + service.pack_settings(settings)))
    return service.find_frame(made.said())


def test_document(bench):
    """Every example of PROTOCOL.md."""
    player, played = document.Player(bench.place, bench.folder), 0
    examples = document.read_examples()
    try:
        for example in examples:
            if document.played_here(example):
                player.play(example)
                bench.note_stacks(player.device)
                played += 1
    finally:
        player.stop()
    if played < 10:
        raise Failed(f'{played} of {len(examples)} examples')


def test_glyphs(bench):
    """All of GB2312, by Python's own codec; what is not in it is a box."""
    characters = [bytes((high, low)) for high in range(0xa1, 0xf8) for low in range(0xa1, 0xff)]
    known = []
    for code in characters:
        try:
            # two places where GB2312's name for a character differs from GBK's
            char = {b'\xa1\xa4': '·', b'\xa1\xaa': '—'}.get(code) or code.decode('gb2312')
        except UnicodeDecodeError:
            continue
        known.append((code, eyes.wanted(char)))
    same(len(known), 7445, 'characters')
    known.append((b'\xa9\x96', eyes.wanted('〇')))
    known += [(code, eyes.BOX) for code in (b'\xaa\xa1', b'\xd7\xfa', b'\xf8\xa1', b'\x81\x40')]
    board = bench.make('board', board_settings(width=256, height=64))
    for first in range(0, len(known), 64):
        part = known[first:first + 64]
        board.give(lihe(3, b''.join(code for code, _ in part), kind=0x50))
        same(board.said(), ack(3), 'acknowledged')
        _, rows, width = board.dots()
        for i, (code, bits) in enumerate(part):
            seen = eyes.cell(rows, width, i % 16 * 16, i // 16 * 16, 16)
            same(f'{seen:064x}', f'{bits:064x}', f'the dots of {code.hex()}')
    bench.note_stacks(board)


def test_blink(bench):
    """500 ms lit, 500 ms dark, from the text on; a second text begins anew."""
    board = bench.make('board', board_settings())
    board.give(lihe(3, 'A001'.encode(), mode=7))
    for _ in range(3):
        for text in ('A001', ''):
            for _ in range(5):
                same(shown(board), text, 'blinking')
                board.wait(100)
    board.wait(700)
    same(shown(board), '', 'in the dark half')
    board.give(lihe(3, 'B002'.encode(), mode=7))
    same(shown(board), 'B002', 'a new text is lit')
    board.wait(499)
    same(shown(board), 'B002', 'and stays so')
    board.wait(1)
    same(shown(board), '', 'for half a second')


def test_moving(bench):
    """One dot in 30 ms, from the right edge to beyond the left one, and again."""
    board = bench.make('board', board_settings())
    text = '号A'.encode('gbk')
    board.give(lihe(3, text))
    _, whole, width = board.dots()
    board.give(lihe(3, text, mode=1))
    for step in range(128 + 24 + 40):
        _, rows, _ = board.dots()
        at = 128 - step % (128 + 24)
        moved = [row >> at if at >= 0 else row << -at & (1 << width) - 1 for row in whole]
        same(rows, moved, f'step {step}')
        board.wait(30)


def test_host_lost(bench):
    """After a minute without a good frame, not before; noise is no host; the text comes back."""
    board = bench.make('board', board_settings())
    board.give(lihe(3, '请A001到3号窗口'.encode('gbk')))
    board.wait(59999)
    same(shown(board), '请A001到3号窗口', 'believed')
    board.give(b'\xa0\x03\x98\x09\x50\x00\xff' + b'\x55' * 40 + service.frame(1, device.SERIAL))
    board.said()
    board.wait(1)
    same(shown(board), '系统离线 OFFLINE', 'lost')
    board.wait(90000)
    same(shown(board), '系统离线 OFFLINE', 'still lost')
    board.give(bytes.fromhex('A00398 0950 2CFF'))
    same(shown(board), '请A001到3号窗口', 'heard again')


def test_address(bench):
    """Set by its serial number, it answers to the new address, also when the power went."""
    board = bench.make('board', board_settings())
    same(change(board, address=42)[0], service.DONE, 'set')
    for _ in range(2):
        board.give(lihe(3, b'A001'))
        same(board.said(), b'', 'its old address')
        board.give(lihe(42, b'A001'))
        same(board.said(), ack(42), 'its new address')
        same(shown(board), 'A001', 'shown')
        bench.cycle(board)
        same(shown(board), '', 'dark after power-on')
    same(who(board)[1]['address'], 42, 'address')
    keypad = bench.make('keypad', {'kind': 1, 'address': 5, 'baud': 9600})
    same(change(keypad, address=17, kind=2)[0], service.DONE, 'set')
    bench.cycle(keypad)
    keypad.give(crc16(bytes.fromhex('110400070001')))
    same(keypad.said(), crc16(bytes.fromhex('1104020002')), 'a panel at 17')


def test_refused_settings(bench):
    """Whoever does not know the token, the serial or the limits changes nothing."""
    board = bench.make('board', board_settings())
    token, settings, _ = who(board)
    wrong = bytes([token[0] ^ 1]) + token[1:]
    packed = service.pack_settings({**settings, 'address': 9})
    board.give(service.frame(service.SET, device.SERIAL, wrong + packed))
    same(service.find_frame(board.said())[::2], (service.REFUSED, b'\1'), 'a wrong token')
    for serial in (service.ANYBODY, bytes(6), bytes.fromhex('0200000a0b02')):
        board.give(service.frame(service.SET, serial, token + packed))
        same(board.said(), b'', 'another serial')
    for bad in ({'address': 255}, {'width': 12}, {'width': 264}, {'height': 8}, {'height': 65},
                {'baud': 9601}, {'kind': 1}):
        same(change(board, **bad)[::2], (service.REFUSED, b'\2'), f'{bad}')
    damaged = bytearray(service.frame(service.SET, device.SERIAL, who(board)[0] + packed))
    for at in range(len(damaged)):
        damaged[at] ^= 0x10
        board.give(bytes(damaged))
        damaged[at] ^= 0x10
    same(board.said(), b'', 'damaged frames')
    same(who(board)[1], settings, 'settings')


def test_noise(bench):
    """Noise, and recordings of frames that once were good, change no settings."""
    source = random.Random(4)
    board = bench.make('board', board_settings())
    token, settings, _ = who(board)
    recording = service.frame(service.SET, device.SERIAL, token + service.pack_settings(settings))
    board.give(recording)
    same(service.find_frame(board.said())[0], service.DONE, 'set')
    old = service.frame(service.SET, device.SERIAL,
                        token + service.pack_settings({**settings, 'address': 77}))
    whole = recording + old + lihe(3, b'A001')
    for _ in range(150):
        begin = source.randrange(len(whole))
        board.give(whole[begin:begin + source.randrange(60)] +
                   bytes(source.randrange(256) for _ in range(60)))
    board.wait(1000)
    board.said()
    board.give(old)
    bench.cycle(board)
    board.give(old)
    board.said()
    same(who(board)[1], settings, 'settings')
    board.give(lihe(3, b'B002'))
    same(board.said(), ack(3), 'and it still hears')


def relay(server, line):
    """One connection of the tool to the device's line, until the tool hangs up."""
    connection, _ = server.accept()
    with connection:
        while True:
            for port in select.select([connection, line], [], [])[0]:
                data = port.recv(4096)
                if not data:
                    return
                (line if port is connection else connection).sendall(data)


def tool(board, *words):
    """service.py with these words: (exit code, output)"""
    with socket.create_server(('127.0.0.1', 0)) as server:
        thread = threading.Thread(target=relay, args=(server, board.line))
        thread.start()
        done = subprocess.run([sys.executable, service.__file__,
                               f'tcp://127.0.0.1:{server.getsockname()[1]}', *words],
                              capture_output=True, text=True, check=False)
        thread.join()
    return done.returncode, done.stdout


def test_tool(bench):
    """What service.py sets, service.py finds, also when the power went."""
    board = bench.make('board', board_settings(), hold=False)
    code, out = tool(board, 'who')
    same((code, out.split()[:6]), (0, ['serial', device.SERIAL.hex(), 'kind', 'lihe-board',
                                       'address', '3']), 'who')
    same(tool(board, 'set', device.SERIAL.hex(), 'address=42', 'width=64')[0], 0, 'set')
    same(tool(board, 'set', device.SERIAL.hex(), 'height=9')[0], 1, 'a height it cannot have')
    same(tool(board, 'set', device.SERIAL.hex(), 'colour=1')[0], 2, 'no such setting')
    board.stop()
    bench.power(board, hold=False)
    code, out = tool(board, 'who')
    found = dict(zip(out.split()[::2], out.split()[1::2]))
    same((code, found['address'], found['width'], found['height']), (0, '42', '64', '16'), 'who')


def test_torn_memory(bench):
    """Power that fails while settings are written leaves the ones before; memory that is all
    damaged, the factory's."""
    board = bench.make('board', board_settings())
    same(change(board, address=42)[0], service.DONE, 'set')
    board.stop()
    with open(board.memory, 'r+b') as file:
        newest = file.read()[32:64]
        for cut in (1, 17, 31):
            file.seek(32)
            file.write(newest[:cut] + b'\xff' * (32 - cut))
            file.flush()
            bench.power(board)
            same(who(board)[1]['address'], 3, f'cut after {cut} bytes')
            board.stop()
        file.seek(0)
        file.write(b'\x5a' * 128)
        file.flush()
    bench.power(board)
    same(who(board)[1], {**board_settings(address=1), 'counts-end': False}, 'the factory\'s')
    same(change(board, address=7)[0], service.DONE, 'set again')
    bench.cycle(board)
    same(who(board)[1]['address'], 7, 'and kept')


def test_nonces(bench):
    """No two power-ons have the same nonce, and neither have two keypads."""
    keypad = bench.make('keypad', {'kind': 1, 'address': 5, 'baud': 9600})
    seen = set()
    for i in range(8):
        if i == 4:
            # no power-on, but its presses are numbered anew
            same(change(keypad, address=6)[0], service.DONE, 'set')
        elif i:
            bench.cycle(keypad)
        keypad.give(crc16(bytes([6 if i >= 4 else 5]) + bytes.fromhex('0400010002')))
        nonce = keypad.said()[3:7]
        if len(nonce) != 4 or nonce in seen or not any(nonce):
            raise Failed(f'nonce {nonce.hex()} at power-on {i}')
        seen.add(nonce)


def onbon(command, data):
    """A frame for the card with address 1; without what would have to be escaped."""
    body = bytes([1, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xfe, 2]) + \
        struct.pack('<H', len(data) + 5) + command + bytes([1]) + struct.pack('<H', len(data)) + data
    crc = 0
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    body += struct.pack('<H', crc)
    if set(body) & {0xa5, 0xa6, 0x5a, 0x5b}:
        raise Failed('to be escaped')
    return b'\xa5' * 8 + body + b'\x5a'


def test_onbon(bench):
    """The published ping and its published answer; a dynamic text; the power goes."""
    board = bench.make('onbon-board', {'kind': 5, 'address': 1, 'width': 128, 'height': 16,
                                       'baud': 9600})
    acknowledged = bytes.fromhex('A5' * 8 + '00800100000000000000FE020500A0000000 0064DC5A')
    board.give(bytes.fromhex('A5' * 8 + '01000080000000000000FE020500A20001000068F85A'))
    same(board.said(), acknowledged, 'the ping')
    text = '请A001到3号窗口'.encode('gbk')
    area = bytes([0, 0, 0, 0, 0, 16, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]) + \
        struct.pack('<I', len(text)) + text
    board.give(onbon(b'\xa3\x06', bytes([0, 1]) + struct.pack('<H', len(area)) + area))
    same(board.said(), acknowledged, 'the text')
    same(shown(board), '请A001到3号窗口', 'shown')
    same(change(board, address=2)[0], service.DONE, 'set')
    bench.cycle(board)
    board.give(bytes.fromhex('A5' * 8 + '01000080000000000000FE020500A20001000068F85A'))
    same(board.said(), b'', 'its old address')


def test_alpha(bench):
    """It shows a text, and never says a word but to the service tool."""
    board = bench.make('alpha-board', {'kind': 6, 'address': 7, 'width': 64, 'height': 16,
                                       'baud': 9600})
    for address, seen in ((b'08', ''), (b'07', 'A001')):
        board.give(bytes(5) + b'\x01Z' + address + b'\x02AA\x1b bA001\x04')
        same(shown(board), seen, 'shown')
    same(board.said(), b'', 'said')
    same(change(board, address=0x12)[0], service.DONE, 'set')
    bench.cycle(board)
    board.give(bytes(5) + b'\x01Z12\x02AA\x1b bB002\x04')
    same(shown(board), 'B002', 'at its new address')


def test_watchdog(bench):
    """A device that stands still starts anew and hears again."""
    board = bench.make('board', board_settings(), hold=False)
    board.give(lihe(3, b'A001'))
    same(board.said(), ack(3), 'heard')
    boots = board.boots
    board.probe.sendall(b'hang\n')
    board.greeting()
    same(board.boots, boots + 1, 'power-ons')
    same(shown(board), '', 'dark')
    board.give(lihe(3, b'B002'))
    same(board.said(), ack(3), 'heard again')


def test_by_itself(bench):
    """Nobody holds the clock: a text blinks and the host gets lost all the same."""
    board = bench.make('board', board_settings(width=64, **{'host-lost': 2}), hold=False)
    board.give(lihe(3, b'A001', mode=7))
    seen, begin = set(), int(board.ask('now')[1])
    while int(board.ask('now')[1]) - begin < 10000:
        seen.add(shown(board))
        if '系统离线' in seen:
            break
    same(seen, {'A001', '', '系统离线'}, 'shown')


def test_faults(bench):
    """A fault is told at the next start; so is a stack that outgrew its place."""
    board = bench.make('board', board_settings())
    for command, cause in (('fault', 0x00010000), ('dig', None)):
        board.probe.sendall(command.encode() + b'\n')
        board.greeting()
        same(len(board.faults), 1, f'faults told after {command}')
        cfsr = int(board.faults[0][4], 16)
        if cfsr != cause if cause else not cfsr & 0xff00:
            raise Failed(f'{command}: {board.faults}')
        board.give(lihe(3, b'B002'))
        same(board.said(), ack(3), 'heard again')
    same(int(board.ask('clock')[1]) // 10000, 499, 'cycles of 50 MHz in 100 ms, / 10000')


def test_shipped(bench):
    """The image without a probe."""
    for kind, image in (('board', 'lihe-board'), ('board', 'lihe-board-small')):
        made = Device(Shipped(bench.place, image), kind, bench.path())
        device.make_memory(made.memory, board_settings(address=9))
        bench.devices.append(made)
        made.greeting = lambda: None
        made.text = made.received = b''
        made.start()
        made.line.sendall(lihe(9, b'A001'))
        while len(made.received) < len(ack(9)):
            made.listen()
        same(made.received, ack(9), image)
        made.stop()


class Finger:
    """Presses the evaluation board's buttons, which QEMU has as keys."""

    def __init__(self, made):
        self.socket, theirs = socket.socketpair()
        made.fds = [theirs.detach()]
        made.more = ['-chardev', f'socket,id=finger,fd={made.fds[0]}',
                     '-qmp', 'chardev:finger']
        self.file = self.socket.makefile('rw', encoding='utf-8')

    def ask(self, command, **arguments):
        self.file.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self.file.flush()
        while 'return' not in (answer := json.loads(self.file.readline())):
            if 'error' in answer:
                raise Failed(str(answer))

    def press(self, key):
        self.ask('send-key', keys=[{'type': 'qcode', 'data': key}], **{'hold-time': 60})


def test_buttons(bench):
    """The keypad's image without a probe: a finger on a button, a press in the registers. Until they
    are first released QEMU has them closed, which the firmware takes for stuck ones."""
    for key, code in (('up', 3), ('down', 4), ('left', 8), ('right', 7), ('ctrl', 1)):
        made = Device(Shipped(bench.place, 'keypad'), 'keypad', bench.path())
        device.make_memory(made.memory, {'kind': 1, 'address': 5, 'baud': 9600})
        finger = Finger(made)
        bench.devices.append(made)
        made.greeting = lambda: None
        made.text, made.received = b'', b''
        made.start()
        os.close(made.fds[0])
        finger.ask('qmp_capabilities')
        finger.press(key)
        finger.press(key)
        for _ in range(10000):
            seen = poll(made)
            if seen:
                break
        same(seen, 0x100 | code, f'the button {key}')
        made.stop()


def poll(keypad):
    """The packed register of the keypad with address 5."""
    keypad.received = b''
    keypad.line.sendall(crc16(bytes.fromhex('050400000001')))
    while len(keypad.received) < 7:
        keypad.listen()
    return int.from_bytes(keypad.received[3:5], 'big')


def test_small_table(bench):
    """The image for a small chip: a hall's words, and a box for what it does not have."""
    small = Bench(device.Emulated(bench.place.qemu, bench.place.folder, small=True), bench.folder)
    try:
        board = small.make('board', board_settings())
        board.give(lihe(3, '请A001到3号窗口'.encode('gbk')))
        same(shown(board), '请A001到3号窗口', 'shown')
        board.give(lihe(3, '鑫请'.encode('gbk')))
        _, rows, width = board.dots()
        same([eyes.cell(rows, width, x, 0, 16) for x in (0, 16)], [eyes.BOX, eyes.wanted('请')],
             'dots')
    finally:
        small.stop()


# what only a processor of its own can show
test_buttons.place = test_faults.place = test_shipped.place = test_small_table.place = 'qemu'


class Shipped:
    def __init__(self, place, image):
        self.place, self.image = place, image

    def command(self, made, line, probe):
        command = self.place.command(made, line, probe)
        at = command.index('-kernel') + 1
        command[at] = os.path.join(self.place.folder, self.image + '.elf')
        return command


def run(place, name, test, stacks):
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(place, folder)
        try:
            test(bench)
            for made in bench.devices:
                if made.process:
                    bench.note_stacks(made)
        except Failed as error:
            print(f'{place.name}: {name}: {error}')
            for made in bench.devices:
                print(made.log())
            return False
        finally:
            bench.stop()
        stacks[:] = [max(a, b) for a, b in zip(stacks, bench.stacks)]
    print(f'{place.name}: {name}: good ({time.monotonic() - begin:.1f} s)', flush=True)
    return True


def stacks_fit(stacks):
    used, size, interrupt_used, interrupt_size = stacks
    if not size:
        return True
    print(f'stack {used} of {size} bytes, for interrupts {interrupt_used} of {interrupt_size}')
    return used <= STACK_SHARE * size and interrupt_used <= STACK_SHARE * interrupt_size


def main(arguments):
    only = None
    if '--only' in arguments:
        at = arguments.index('--only')
        only = arguments[at + 1]
        del arguments[at:at + 2]
    place = device.Host(arguments[1]) if arguments[0] == 'host' else \
        device.Emulated(arguments[1], arguments[2])
    tests = {name[len('test_'):]: test for name, test in globals().items()
             if name.startswith('test_') and only in (None, name[len('test_'):]) and
             getattr(test, 'place', place.name) == place.name}
    stacks = [0, 0, 0, 0]
    results = [run(place, name, test, stacks) for name, test in tests.items()]
    return 0 if results and all(results) and stacks_fit(stacks) else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
