"""What the rig shows of serial lines: the real daemon, libserialport, udevd, ftdi_sio and Debian's
kernel on one side, QEMU's FTDI adapter on the other, and behind it the virtual hall's boards and
keypads (far_end.py). Each scenario is a function of its name."""
import fcntl
import grp
import json
import os
import random
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import termios
import time
import tty

import jsonschema

import bus
from hall import Client, StepError, expect, serve, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = ('xhci-pci', 'ftdi_sio')
DEBIANS_RULES = ('50-udev-default.rules', '60-serial.rules')
USER = 4711  # nobody in particular
GROUP = 'dialout'
WINDOWS = 3
CONFIG = '''
hall = { id = "rig"; zh = "试验大厅"; en = "Rig hall"; zone = "Asia/Shanghai"; };
log = { path = "rig.log.db"; };
web = { listen = "127.0.0.1"; port = 0; };
queues = ( { id = "general"; zh = "综合"; en = "General"; prefix = "A"; first = 1; last = 99; work = true; } );
'''
BY_ID = '/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{}-if00-port0'


def prepare(task):
    """Of the guest, before udev starts."""


def config(boards, keypads):
    numbers = range(1, WINDOWS + 1)
    windows = ', '.join(f'{{ number = {n}; zh = "{n}"; en = "{n}"; queues = [ "general" ]; }}' for n in numbers)
    lines = f'{{ id = "boards"; url = "{boards}"; }}, {{ id = "keypads"; url = "{keypads}"; }}'
    shown = ', '.join(f'{{ id = "board-{n}"; line = "boards"; address = {n}; driver = "lihe"; '
                      f'model = "window-16x128"; window = {n}; settings = {{ ack = "1"; }}; }}' for n in numbers)
    keys = ', '.join(f'{{ id = "keypad-{n}"; line = "keypads"; address = {n}; driver = "modbus-keypad"; '
                     f'model = "window-keypad"; window = {n}; }}' for n in numbers)
    return (f'{CONFIG}windows = ( {windows} );\nlines = ( {lines} );\nboards = ( {shown} );\n'
            f'keypads = ( {keys} );\n')


class Host:
    """Asks the host, by the guest's second serial line of the board."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.file)
        state = termios.tcgetattr(self.file)
        state[4] = state[5] = termios.B115200
        termios.tcsetattr(self.file, termios.TCSANOW, state)
        self.rest = b''

    def __call__(self, do, **what):
        wish = json.dumps({'do': do, 'with': what}).encode() + b'\n'
        while wish:
            wish = wish[os.write(self.file, wish):]
        while b'\n' not in self.rest:
            self.rest += os.read(self.file, 65536)
        line, self.rest = self.rest.split(b'\n', 1)
        answer = json.loads(line)
        if 'error' in answer:
            raise StepError(f'the host, {do} {what}: {answer["error"]}')
        return answer['answer']


class Rig:
    """The adapters, and a daemon for each scenario that wants one."""

    def __init__(self, task, share):
        self.host = Host('/dev/ttyS1')
        self.share = share
        self.papers = []
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        # Copied: an ordinary user may not reach the folder of the build.
        self.program = shutil.copy(task['onewindow'], os.path.join(self.folder, 'onewindow'))
        self.line_program = shutil.copy(task['line'], os.path.join(self.folder, 'rig-line'))
        self.plugged = {}
        self.daemon = self.errors = None
        # What was there before udev: it has to be told of it.
        for name in os.listdir('/sys/class/tty'):
            if name.startswith('ttyS'):
                bus.write(f'/sys/class/tty/{name}/uevent', 'add')
        bus.run('udevadm', 'settle')

    def begin(self, name):
        self.place = os.path.join(self.folder, name)
        os.mkdir(self.place)
        os.chown(self.place, USER, USER)
        self.errors = open(os.path.join(self.place, 'errors'), 'ab')
        self.host('forget')
        self.host('get', path='/state')

    def end(self):
        try:
            self.stop()
        finally:
            for name in list(self.plugged):
                self.pull(name)
            self.errors.close()

    def close(self):
        os.close(self.host.file)

    # ---- adapters

    def plug(self, name, port):
        """Returns the device file that the kernel made for it."""
        self.host('plug', name=name, port=port)
        self.plugged[name] = port
        path = wait_for(f'{name} has a line', lambda: self.path(name))
        bus.run('udevadm', 'settle')
        return path

    def pull(self, name):
        self.host('pull', name=name)
        del self.plugged[name]
        wait_for(f'{name} is gone', lambda: not self.path(name))
        bus.run('udevadm', 'settle')

    def path(self, name):
        """By sysfs, not by what is tested here."""
        base = '/sys/bus/usb-serial/devices'
        for line in os.listdir(base):
            try:
                device = os.path.realpath(f'{base}/{line}/../..', strict=True)
                if bus.read(f'{device}/serial').strip() == name:
                    return f'/dev/{line}'
            except OSError:  # it goes meanwhile
                pass
        return None

    # ---- one line by hand

    def words(self, url, awaited=0, group=GROUP):
        groups = f'--groups={grp.getgrnam(group).gr_gid}' if group else '--clear-groups'
        return ['setpriv', f'--reuid={USER}', f'--regid={USER}', groups, self.line_program, url,
                str(awaited)]

    def talk(self, url, said=b'', awaited=0):
        done = subprocess.run(self.words(url, awaited), input=said, capture_output=True, check=False, timeout=60)
        if done.returncode:
            raise StepError(f'{url}: exit {done.returncode}: {done.stderr.decode()}')
        return done.stdout

    def refusal(self, url, group=GROUP):
        done = subprocess.run(self.words(url, group=group), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=60)
        expect(f'exit with {url}', 1, done.returncode)
        return done.stderr.strip()

    def lines(self):
        """Of `devices lines`, to its schema."""
        with open(os.path.join(HERE, '../../docs/schema/devices-lines.json'), encoding='utf-8') as file:
            schema = json.load(file)
        answer = json.loads(bus.run(self.program, 'devices', 'lines', '--format', 'json'))
        jsonschema.validate(answer, schema)
        return answer

    def heard(self, name, said):
        wait_for(f'{name} hears all', lambda: len(self.host('heard', name=name)) >= 2 * len(said))
        expect(f'bytes at {name}', said.hex(), self.host('heard', name=name))

    # ---- the daemon

    def start(self, boards='serial:usb=0403:6001/serial=BOARDS', keypads='serial:usb=0403:6001/serial=KEYPADS'):
        path = os.path.join(self.place, 'hall.conf')
        bus.write(path, config(boards, keypads))
        starter = os.path.join(self.place, 'as-user')
        bus.write(starter, f'#!/bin/sh\nexec setpriv --reuid={USER} --regid={USER} '
                           f'--groups={grp.getgrnam(GROUP).gr_gid} {self.program} "$@"\n')
        os.chmod(starter, 0o755)
        self.daemon, address = serve(starter, path, self.errors)
        if not address:
            raise StepError('the daemon did not open')
        self.api = Client(address)

    def stop(self):
        if self.daemon:
            self.daemon.terminate()
            code = self.daemon.wait()
            self.daemon = None
            expect('exit of the daemon', 0, code)

    def daemon_errors(self):
        self.errors.flush()
        return bus.read(self.errors.name)[-3000:]

    def wait_for_word(self, word):
        return wait_for(f'the daemon says "{word}"', lambda: word in self.daemon_errors(), 60)

    def health(self, kind):
        return {device['health'] for device in self.api.get('/api/v1/hall')['devices']
                if device['class'] == kind}

    def wait_for_health(self, kind, health):
        wait_for(f'each {kind} is {health}', lambda: self.health(kind) == {health}, 60)

    def events(self, kinds):
        connection = sqlite3.connect(f'file:{os.path.join(self.place, "rig.log.db")}?mode=ro', uri=True)
        try:
            return [(kind, json.loads(payload)) for kind, payload in connection.execute(
                'SELECT type, payload FROM event ORDER BY seq') if kind in kinds]
        finally:
            connection.close()

    def history(self, window):
        """What happened at a window, of what keys bring about."""
        names = {21: 'called', 23: 'started', 24: 'finished'}
        return [names[kind] for kind, event in self.events(names) if event['window'] == window]

    def called(self, window):
        """The number that was called there last."""
        return [event['number'] for _, event in self.events((21,)) if event['window'] == window][-1]

    def press(self, window, key):
        self.host('post', path=f'/keypads/{window}/keys/{key}')

    def issue(self, count):
        for _ in range(count):
            self.api.post('/api/v1/tickets', {'queue': 'general'})

    def board(self, number):
        return self.host('board', number=number)[0]


def settings_reach_the_adapter(rig):
    """Speed and format are told to the chip by requests over USB, which QEMU writes down."""
    rig.plug('BENCH1', 1)
    for options, baud, data in (
            ('', 9600, 'parity N, data bits 8, stop bits 1'),
            ('?baud=19200&bits=7&parity=even&stop=2', 19200, 'parity E, data bits 7, stop bits 2'),
            ('?baud=115200&parity=odd', 115200, 'parity O, data bits 8, stop bits 1')):
        _, since = rig.host('settings', since=0)
        rig.talk(f'serial:{BY_ID.format("BENCH1")}{options}')
        told, _ = rig.host('settings', since=since)
        told = '\n'.join(told)
        # The chip divides 3 MHz by eighths: 115384 is as near as it comes.
        speed = int(re.findall(r'set_baud .* baud rate (\d+)', told)[-1])
        if abs(speed - baud) > baud / 100:
            raise StepError(f'{options}: the adapter has {speed} baud')
        expect(f'format with {options}', data, re.findall(r'set_data dev \S+ (.*)', told)[-1])
        expect('flow control', '0', re.findall(r'flow control (\d+)', told)[-1])
        expect('the latency timer in ms', '0x1', re.findall(r'control 0x4009, value (0x\w+)', told)[-1])


def ten_kilobytes_both_ways(rig):
    rig.plug('BENCH1', 1)
    there, back = random.Random(1).randbytes(10000), random.Random(2).randbytes(10000)
    process = subprocess.Popen(rig.words(f'serial:{BY_ID.format("BENCH1")}', len(back)), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    expect('the line', b'open\n', process.stderr.readline())
    rig.host('say', name='BENCH1', said=back.hex())
    came, _ = process.communicate(there, timeout=60)
    expect('exit', 0, process.returncode)
    expect('bytes from the adapter', back.hex(), came.hex())
    rig.heard('BENCH1', there)


def two_adapters_by_serial_number(rig):
    """Whichever is plugged in first, and so is called ttyUSB0."""
    first = rig.plug('BENCH1', 1)
    rig.plug('BENCH2', 2)
    rig.talk('serial:usb=0403:6001/serial=BENCH2', b'by number')
    rig.heard('BENCH2', b'by number')
    rig.talk(f'serial:{BY_ID.format("BENCH1")}', b'by link')
    rig.heard('BENCH1', b'by link')
    said = rig.refusal('serial:usb=0403:6001')
    ports = re.findall(r'serial:port=[^ ,]+', said)
    expect(f'ports named in "{said}"', 2, len(ports))
    rig.pull('BENCH1')
    rig.pull('BENCH2')
    rig.host('forget')
    expect('the name of the other one', first, rig.plug('BENCH2', 1))
    rig.plug('BENCH1', 2)
    rig.talk('serial:usb=0403:6001/serial=BENCH2', b'by number')
    rig.heard('BENCH2', b'by number')
    rig.talk(f'serial:{BY_ID.format("BENCH1")}', b'by link')
    rig.heard('BENCH1', b'by link')
    rig.host('forget')
    # What stays with the socket is the port.
    for port in ports:
        rig.talk(port, b'port')
    rig.heard('BENCH1', b'port')
    rig.heard('BENCH2', b'port')


def no_permission(rig):
    path = rig.plug('BENCH1', 1)
    node = os.stat(path)
    expect('group of the line', GROUP, grp.getgrgid(node.st_gid).gr_name)
    expect('mode of the line', oct(0o660), oct(stat.S_IMODE(node.st_mode)))
    said = rig.refusal(f'serial:{path}', group=None)
    if 'no right to it (group dialout)' not in said:
        raise StepError(f'of a line that may not be opened it is said: {said}')
    rig.talk(f'serial:{path}', b'hello')
    rig.heard('BENCH1', b'hello')


def in_use_by_another_program(rig):
    path = rig.plug('BENCH1', 1)
    for name, take in (('flock', lambda file: fcntl.flock(file, fcntl.LOCK_EX)),
                       ('TIOCEXCL', lambda file: fcntl.ioctl(file, termios.TIOCEXCL))):
        file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        take(file)
        said = rig.refusal(f'serial:{path}')
        os.close(file)
        if 'in use by another program' not in said or name == 'flock' and 'python3' not in said:
            raise StepError(f'of a line that another program has ({name}) it is said: {said}')
        rig.talk(f'serial:{path}')
    # And the other way round.
    process = subprocess.Popen(rig.words(f'serial:{path}'), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    expect('the line', b'open\n', process.stderr.readline())
    said = rig.refusal(f'serial:{path}')
    process.stdin.close()
    expect('exit', 0, process.wait())
    if 'rig-line' not in said:
        raise StepError(f'of a line that rig-line has it is said: {said}')


def no_such_line(rig):
    rig.plug('BENCH1', 1)
    said = rig.refusal(f'serial:{BY_ID.format("OTHER")}')
    if 'No such line' not in said or '(0403:6001 BENCH1)' not in said or 'ttyS0' not in said:
        raise StepError(f'of a wrong path it is said: {said}')
    expect('a terminal that is no line', True, 'no serial line' in rig.refusal('serial:/dev/null'))


def pci_line():
    """QEMU's serial card."""
    for name in sorted(os.listdir('/sys/class/tty')):
        if '/pci' in os.path.realpath(f'/sys/class/tty/{name}') and name.startswith('ttyS'):
            return f'/dev/{name}'
    raise StepError('there is no serial card')


def no_rs485_by_the_kernel(rig):
    """ftdi_sio has none, and the kernel's driver of a PC's serial lines neither: asking is refused, and
    nothing is left locked."""
    path = rig.plug('BENCH1', 1)
    for line in (path, pci_line()):
        said = rig.refusal(f'serial:{line}?rs485=1')
        if 'no RS-485 mode' not in said or 'not supported' not in said:
            raise StepError(f'of RS-485 on {line} it is said: {said}')
        rig.talk(f'serial:{line}?rs485=0')
    rig.talk(f'serial:{path}', b'hello')
    rig.heard('BENCH1', b'hello')


def lines_are_listed(rig):
    """The address that is proposed for an adapter leads to it, and its user is named."""
    rig.plug('BENCH1', 1)
    rig.plug('BENCH2', 2)
    lines = {line['serial']: line for line in rig.lines()}
    expect('adapters', ('0403:6001', 'ftdi_sio', '1-1', BY_ID.format('BENCH1'), None),
           tuple(lines['BENCH1'][key] for key in ('usb', 'driver', 'port', 'by_id', 'used_by')))
    for name in ('BENCH1', 'BENCH2'):
        expect('the address', f'serial:usb=0403:6001/serial={name}', lines[name]['url'])
        rig.talk(lines[name]['url'], name.encode())
        rig.heard(name, name.encode())
    process = subprocess.Popen(rig.words(lines['BENCH1']['url']), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    expect('the line', b'open\n', process.stderr.readline())
    users = {line['serial']: line['used_by'] for line in rig.lines()}
    process.stdin.close()
    expect('exit', 0, process.wait())
    expect('users', (f'rig-line, {process.pid}', None), (users['BENCH1'], users['BENCH2']))


def unplugged_while_it_is_read(rig):
    path = rig.plug('BENCH1', 1)
    process = subprocess.Popen(rig.words(f'serial:{path}', 100), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    expect('the line', b'open\n', process.stderr.readline())
    rig.pull('BENCH1')
    said = process.stderr.read().decode()
    expect('exit', 1, process.wait())
    if 'The line' not in said:
        raise StepError(f'of an unplugged line it is said: {said}')


def finish(rig, window):
    for key in ('start', 'finish'):
        rig.press(window, key)
    wait_for(f'window {window} is free', lambda: rig.history(window)[-1:] == ['finished'], 60)


def boards_unplugged_in_traffic(rig):
    """The hall goes on meanwhile, and when the adapter is back each board shows what holds then."""
    rig.plug('BOARDS', 1)
    rig.plug('KEYPADS', 2)
    rig.start()
    rig.wait_for_health('board', 'ok')
    rig.wait_for_health('keypad', 'ok')
    rig.issue(9)
    for turn in range(2):
        for window in range(1, WINDOWS + 1):
            rig.press(window, 'call-next')
        wait_for('a board shows a call', lambda: any('请' in rig.board(n) for n in range(1, WINDOWS + 1)), 60)
        rig.pull('BOARDS')
        rig.wait_for_word('line boards: ')
        rig.wait_for_health('board', 'gone')
        for window in range(1, WINDOWS + 1):
            wait_for(f'a call at window {window}', lambda: rig.history(window)[-1:] == ['called'], 60)
            finish(rig, window)
            rig.press(window, 'call-next')
            wait_for(f'a call at window {window}', lambda: rig.history(window)[-1:] == ['called'], 60)
        # The other way round: the name ttyUSB0 may be another's now.
        rig.plug('BOARDS', 3 + turn)
        begin = time.monotonic()
        for window in range(1, WINDOWS + 1):
            number = rig.called(window)
            wait_for(f'board {window} shows {number}', lambda: number in rig.board(window))
        print(f'   boards right {time.monotonic() - begin:.1f} s after the line was there', flush=True)
        rig.wait_for_health('board', 'ok')
        for window in range(1, WINDOWS + 1):
            finish(rig, window)
        rig.issue(3)


def keypads_unplugged_in_traffic(rig):
    """Each press is one event, in its order, however often the cable goes."""
    rig.plug('KEYPADS', 1)
    rig.start(boards='serial:usb=0403:6001/serial=NONE')
    rig.wait_for_health('keypad', 'ok')
    rig.issue(9)
    turn = [('call-next', 'called'), ('start', 'started'), ('finish', 'finished')]
    for count in range(1, 4):
        for key, _ in turn:
            for window in range(1, WINDOWS + 1):
                rig.press(window, key)
        wait_for('the first press arrives', lambda: len(rig.history(1)) > 3 * (count - 1), 60)
        rig.pull('KEYPADS')
        rig.wait_for_health('keypad', 'gone')
        rig.plug('KEYPADS', count)
        for window in range(1, WINDOWS + 1):
            wait_for(f'all presses at window {window}', lambda: len(rig.history(window)) >= 3 * count, 60)
    wait_for('the keypads know', lambda: not any(
        keypad['queued'] for keypad in rig.host('get', path='/state')['keypads']), 60)
    for window in range(1, WINDOWS + 1):
        expect(f'what happened at window {window}', [name for _, name in turn] * 3, rig.history(window))


SCENARIOS = [
    settings_reach_the_adapter, ten_kilobytes_both_ways, two_adapters_by_serial_number, no_permission,
    in_use_by_another_program, lines_are_listed, no_such_line, no_rs485_by_the_kernel, unplugged_while_it_is_read,
    boards_unplugged_in_traffic, keypads_unplugged_in_traffic,
]
