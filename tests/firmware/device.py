"""A device as a process, on the host or in QEMU: its line and its probe are sockets, its memory a
file. What stands here is written against PROTOCOL.md and the font, not against the firmware."""
import os
import select
import socket
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', '..', 'firmware-host'))
import service  # noqa: E402  pylint: disable=wrong-import-position

PATIENCE_S = 60  # only a hung device is waited for so long
SLOT, MEMORY = 32, 4096
SERIAL = bytes.fromhex('0200000a0b01')
KINDS = {'keypad': 1, 'panel': 2, 'board': 3, 'modbus-board': 4,
         'onbon-board': 5, 'alpha-board': 6}
IMAGES = {'keypad': 'keypad', 'panel': 'keypad', 'board': 'lihe-board',
          'modbus-board': 'modbus-board', 'onbon-board': 'onbon-board',
          'alpha-board': 'alpha-board'}


class Failed(Exception):
    pass


def slot_bytes(sequence, record):
    body = b'OWNV' + struct.pack('>I', sequence) + record.ljust(20, b'\0')
    return body + struct.pack('>I', zlib.crc32(body))


def make_memory(path, settings):
    """As the factory leaves it; None: never written."""
    with open(path, 'wb') as file:
        content = slot_bytes(1, service.pack_settings(settings)) if settings else b''
        file.write(content.ljust(MEMORY, b'\xff'))


class Device:
    """settings: of the words of PROTOCOL.md's power lines."""

    def __init__(self, place, kind, memory):
        self.place, self.kind, self.memory = place, kind, memory
        self.more, self.fds = [], []  # of the emulator's command line
        self.process = None

    def start(self):
        self.line, line = socket.socketpair()
        self.probe, probe = socket.socketpair()
        command = self.place.command(self, line.fileno(), probe.fileno())
        with open(self.memory + '.log', 'ab') as log:
            self.process = subprocess.Popen(
                command, pass_fds=[line.fileno(), probe.fileno(), *self.fds],
                stdin=subprocess.DEVNULL, stderr=log)
        line.close()
        probe.close()
        self.greeting()

    def greeting(self):
        """Of a device that has just started, also by itself."""
        self.text, self.received, self.given, self.taken = b'', b'', 0, 0
        self.faults = []
        while True:
            words = self.answer()
            if words[0] == 'ready':
                self.boots = int(words[3])
                return
            self.faults.append(words)

    def log(self):
        with open(self.memory + '.log', encoding='utf-8', errors='replace') as file:
            return file.read()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.line.close()
            self.probe.close()
        self.process = None

    def listen(self):
        """Takes what comes next. Both sockets are read whenever one is: a device whose line nobody
        reads would stand still."""
        ready, _, _ = select.select([self.line, self.probe], [], [], PATIENCE_S)
        if not ready:
            raise Failed('the device says nothing')
        for port in ready:
            more = port.recv(65536)
            if not more:
                raise Failed('the device has gone')
            if port is self.line:
                self.received += more
            else:
                self.text += more

    def answer(self):
        while b'\n' not in self.text:
            self.listen()
        line, self.text = self.text.split(b'\n', 1)
        return line.decode().split()

    def ask(self, command):
        self.probe.sendall(command.encode() + b'\n')
        return self.answer()

    def give(self, data):
        """Bytes on the line; comes back when the device has taken them."""
        self.line.sendall(data)
        self.given += len(data)
        words = self.ask(f'heard {self.given}')
        if words != ['heard', str(self.given)]:
            raise Failed(f'heard {words}')

    def said(self):
        """What the device has sent since it was asked last."""
        count = int(self.ask('sent')[1]) - self.taken
        while len(self.received) < count:
            self.listen()
        said, self.received = self.received[:count], self.received[count:]
        self.taken += count
        return said

    def hold(self):
        self.ask('hold')

    def wait(self, milliseconds):
        if self.ask(f'pass {milliseconds}') != ['ok']:
            raise Failed('pass')

    def key(self, key, argument=0):
        self.ask(f'key {key} {argument} 1')
        self.wait(60)
        self.ask(f'key {key} {argument} 0')
        self.wait(60)

    def dots(self):
        """(revision, rows of dots as integers, width)"""
        words = self.ask('dots')
        if words[0] != 'dots':
            raise Failed('no dots')
        rows = [int(self.answer()[0], 16) for _ in range(int(words[2]))]
        return int(words[3]), rows, int(words[1])

    def display(self):
        words = self.ask('display')
        return ' '.join(words[1:])


class Host:
    """The firmware as a process of this machine."""
    name = 'host'

    def __init__(self, program):
        self.program = program

    def command(self, device, line, probe):
        return [self.program, IMAGES[device.kind], SERIAL.hex(), str(line), str(probe),
                device.memory]


class Emulated:
    """The same in an LM3S6965 that QEMU emulates, with a 24C32 on its I2C bus."""
    name = 'qemu'

    def __init__(self, qemu, folder, small=False):
        self.qemu, self.folder, self.small = qemu, folder, small

    def image(self, kind):
        small = '-small' if self.small and kind == 'board' else ''
        return os.path.join(self.folder, f'{IMAGES[kind]}{small}-probe.elf')

    def command(self, device, line, probe):
        mac = ':'.join(f'{byte:02x}' for byte in SERIAL)
        return [self.qemu, '-M', 'lm3s6965evb', '-display', 'none', '-monitor', 'none',
                '-kernel', self.image(device.kind), '-action', 'watchdog=reset',
                # time goes by instructions, so that a busy machine is not a hung device
                '-icount', 'shift=5', *device.more,
                '-chardev', f'socket,id=line,fd={line}', '-serial', 'chardev:line',
                '-chardev', f'socket,id=probe,fd={probe}', '-serial', 'chardev:probe',
                '-drive', f'if=none,id=memory,format=raw,file={device.memory}',
                '-device', 'at24c-eeprom,bus=i2c,address=0x50,rom-size=4096,drive=memory',
                '-netdev', 'hubport,id=net,hubid=0', '-net', f'nic,netdev=net,macaddr={mac}']
