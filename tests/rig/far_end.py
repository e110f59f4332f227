"""The far ends of the guest's serial adapters, on the host: two lines of a virtual hall and two
benches that keep what they are sent. The guest asks for what only the host can do (plug, pull, look
at what reached an adapter, press a key) by lines of JSON on a serial line of its own."""
import json
import os
import socket
import sys
import threading
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../integration'))
from hall import Glyphs, StepError, VirtualHall  # noqa: E402

# Serial number of each adapter, which is its name here too.
LINES = {'BOARDS': 'boards', 'KEYPADS': 'keypads'}
BENCHES = ('BENCH1', 'BENCH2')
LIMIT = 60  # s; bounds a failure only


class Wire:
    """Between an adapter of QEMU's, which listens at a socket, and what hears what it sends. It is cut
    before the adapter is pulled: of a byte that comes in the same round of QEMU's loop as the pull,
    QEMU 7.2 dies (usb_wakeup asks for the bus of an adapter that has left it)."""

    def __init__(self, path, heard):
        self.path = path
        self.heard = heard
        self.lock = threading.Lock()
        self.connection = None
        self.reader = None

    def join(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.path)
        self.reader = threading.Thread(target=self.read, args=(connection,), daemon=True)
        self.reader.start()
        with self.lock:
            self.connection = connection

    def read(self, connection):
        with connection:
            while part := connection.recv(65536):
                self.heard(part)

    def say(self, said):
        """Lost where nothing is plugged in."""
        with self.lock:
            if self.connection:
                self.connection.sendall(said)

    def cut(self):
        with self.lock:
            connection, self.connection = self.connection, None
        # Only this direction: QEMU may be writing. It reads to the end, and then closes its side.
        connection.shutdown(socket.SHUT_WR)
        self.reader.join(LIMIT)
        if self.reader.is_alive():
            raise StepError(f'{self.path}: QEMU did not read the line to its end within {LIMIT} s')


class Bench:
    """Keeps whatever comes."""

    def __init__(self):
        self.bytes = b''

    def hear(self, part):
        self.bytes += part


class FarEnd:
    """Everything that the guest does not see, and the words for QEMU."""

    def __init__(self, virtual_hall, folder):
        self.virtual = VirtualHall(virtual_hall)
        self.glyphs = Glyphs()
        self.benches = {name: Bench() for name in BENCHES}
        self.wires = {name: Wire(os.path.join(folder, name), bench.hear)
                      for name, bench in self.benches.items()}
        for name, line in LINES.items():
            self.lay(os.path.join(folder, name), name, line)
        self.trace = os.path.join(folder, 'trace')
        self.monitor_path = os.path.join(folder, 'monitor')
        self.monitor = None
        self.channel = socket.socket(socket.AF_UNIX)
        self.channel.bind(os.path.join(folder, 'channel'))
        self.channel.listen()
        threading.Thread(target=self.serve, daemon=True).start()
        # -serial's second one is the channel, ttyS1; no adapter is plugged in yet.
        self.words = ['-serial', f'unix:{folder}/channel',
                      '-qmp', f'unix:{self.monitor_path},server=on,wait=off',
                      '-device', 'qemu-xhci,id=xhci,p2=8,p3=8', '-device', 'pci-serial',
                      '-trace', 'usb_serial_*', '-D', self.trace]
        for name, wire in self.wires.items():
            self.words += ['-chardev', f'socket,id={name},path={wire.path},server=on,wait=off']

    def lay(self, path, name, line):
        """A wire to a line of the virtual hall, whose devices have power whatever is plugged in."""
        parts = urllib.parse.urlsplit(self.virtual.state['lines'][line])
        connection = socket.create_connection((parts.hostname, parts.port))
        wire = self.wires[name] = Wire(path, connection.sendall)

        def read():
            while part := connection.recv(65536):
                wire.say(part)
        threading.Thread(target=read, daemon=True).start()

    def close(self):
        self.virtual.stop()

    # ---- the guest's wishes

    def serve(self):
        connection, _ = self.channel.accept()
        with connection.makefile('rwb') as file:
            for line in file:
                wish = json.loads(line)
                try:
                    answer = {'answer': getattr(self, 'do_' + wish['do'])(**wish['with'])}
                except Exception as error:  # the guest tells of it
                    answer = {'error': f'{type(error).__name__}: {error}'}
                file.write(json.dumps(answer).encode() + b'\n')
                file.flush()

    def qmp(self, execute, **arguments):
        if not self.monitor:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(self.monitor_path)
            self.monitor = connection.makefile('rwb')
            self.monitor.readline()  # the greeting
            self.qmp('qmp_capabilities')
        self.monitor.write(json.dumps({'execute': execute, 'arguments': arguments}).encode() + b'\n')
        self.monitor.flush()
        while True:
            line = self.monitor.readline()
            if not line:
                raise StepError('QEMU closed its monitor')
            answer = json.loads(line)
            if 'error' in answer:
                raise StepError(f'{execute}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']

    def do_plug(self, name, port):
        self.wires[name].join()
        self.qmp('device_add', driver='usb-serial', id=name, chardev=name, serial=name,
                 bus='xhci.0', port=str(port), **{'always-plugged': True})

    def do_pull(self, name):
        self.wires[name].cut()
        self.qmp('device_del', id=name)

    def do_settings(self, since):
        """What QEMU's adapters were told, from that line of their trace on."""
        with open(self.trace, encoding='utf-8') as file:
            lines = file.read().splitlines()
        return lines[since:], len(lines)

    def do_heard(self, name):
        return self.benches[name].bytes.hex()

    def do_forget(self):
        for bench in self.benches.values():
            bench.bytes = b''

    def do_say(self, name, said):
        self.wires[name].say(bytes.fromhex(said))

    def do_get(self, path):
        return self.virtual.client.get(path)

    def do_post(self, path, body=None):
        return self.virtual.client.post(path, body)

    def do_board(self, number):
        return self.virtual.board(number, self.glyphs)
