"""A machine whose clocks a test sets (clock_shim.c), and one hall's daemon on it. Time stands still
unless the test moves it, so every duration is known to the millisecond."""
import ctypes
import datetime
import json
import mmap
import os
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import uuid
import zoneinfo

from hall import Client, StepError, expect, serve

ROWS, ROW = 64, struct.Struct('<qqqq')


class Clocks:
    """Moments in ms: `true` goes on for ever, `boot` is CLOCK_BOOTTIME, `wall` CLOCK_REALTIME."""

    def __init__(self, folder, wall):
        self.folder, self.chosen = folder, 0
        self.true, self.boot, self.wall, self.slept = 0, 10000, wall, 0
        self.synchronised, self.boots = False, 0
        with open(os.path.join(folder, 'clock'), 'wb') as file:
            file.write(bytes(8 + ROWS * ROW.size))
        self.file = open(os.path.join(folder, 'clock'), 'r+b')
        self.map = mmap.mmap(self.file.fileno(), 0)
        # In one store. pack_into() makes all bytes zero first, and somebody may look just then.
        self.choice = ctypes.c_uint64.from_buffer(self.map)
        os.mkfifo(os.path.join(folder, 'set'))
        self.fifo = os.open(os.path.join(folder, 'set'), os.O_RDWR | os.O_NONBLOCK)
        self.new_boot_id()
        self.write()

    def new_boot_id(self):
        self.boots += 1
        self.boot_id = str(uuid.UUID(int=self.boots))
        with open(os.path.join(self.folder, 'boot_id'), 'w', encoding='ascii') as file:
            file.write(self.boot_id + '\n')

    def write(self):
        self.chosen += 1
        ROW.pack_into(self.map, 8 + self.chosen % ROWS * ROW.size, self.boot * 1000, self.wall * 1000,
                      (self.boot - self.slept) * 1000, self.synchronised)
        self.choice.value = self.chosen

    def advance(self, ms, asleep=False):
        self.true += ms
        self.boot += ms
        self.wall += ms
        self.slept += ms if asleep else 0
        self.write()

    def step(self, ms):
        self.wall += ms
        self.write()

    def tell(self):
        """What the kernel does when the clock was set, and after a suspend."""
        os.write(self.fifo, bytes(8))

    def reboot(self, off_ms, wall):
        self.true += off_ms
        self.boot, self.wall, self.slept = 7000 + self.boots, wall, 0
        self.new_boot_id()
        self.write()

    def close(self):
        os.close(self.fifo)
        self.choice = None
        self.map.close()
        self.file.close()


def offset_min(zone, wall):
    at = datetime.datetime.fromtimestamp(wall / 1000, zoneinfo.ZoneInfo(zone))
    return int(at.utcoffset().total_seconds() // 60)


def date_of(zone, wall):
    local = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=wall + offset_min(zone, wall) * 60000)
    return local.date()


class Machine:
    """The real daemon under the shim. `environment` is that of the daemon."""

    CONFIG = '''
hall = {{ id = "clock"; zh = "时钟大厅"; en = "Clock hall"; zone = "{zone}"; }};
log = {{ path = "log.db"; }};
web = {{ port = 0; }};
queues = ( {{ id = "general"; zh = "综合"; en = "General"; prefix = "A"; first = 1; last = 9999; work = true; }} );
windows = ( {{ number = 1; zh = "一"; en = "One"; queues = [ "general" ]; }},
            {{ number = 2; zh = "二"; en = "Two"; queues = [ "general" ]; }} );
lines = ( {{ id = "boards"; url = "tcp://127.0.0.1:{port}"; baud = 9600; }} );
boards = ( {{ id = "window-board"; line = "boards"; address = 1; driver = "lihe"; model = "window-16x128"; window = 1; }},
           {{ id = "hall-board"; line = "boards"; address = 100; driver = "lihe"; model = "hall-64x256"; }} );
'''

    def __init__(self, onewindow, shim, wall, nobody):
        self.onewindow, self.nobody = onewindow, nobody
        self.folder = tempfile.mkdtemp(prefix='onewindow-clock-')
        self.clocks = Clocks(self.folder, wall)
        self.log = os.path.join(self.folder, 'log.db')
        self.errors = open(os.path.join(self.folder, 'errors'), 'ab')
        self.process = None
        self.environment = dict(os.environ, ONEWINDOW_TEST_CLOCK=self.folder, LD_PRELOAD=shim)
        # The shim stands before the sanitizer's library, which would otherwise refuse to run.
        self.environment['ASAN_OPTIONS'] = ':'.join(
            filter(None, [os.environ.get('ASAN_OPTIONS'), 'verify_asan_link_order=0']))

    def start(self, zone, file_size=None):
        config = os.path.join(self.folder, 'hall.conf')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(self.CONFIG.format(zone=zone, port=self.nobody))
        self.process, url = serve(self.onewindow, config, self.errors, self.environment, file_size)
        if not url:
            raise StepError('the daemon did not open:\n' + self.said())
        self.api = Client(url)

    def said(self):
        with open(self.errors.name, encoding='utf-8', errors='replace') as file:
            return file.read()

    def stop(self, kill=False):
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        code = self.process.wait()
        self.process = None
        if not kill:
            expect('exit', 0, code)

    def health(self):
        status, body = self.api.raw('GET', '/healthz')
        return status, json.loads(body)

    def post(self, path, body=None):
        status, answer = self.api.raw('POST', path, body or {})
        return status, json.loads(answer)

    def shows(self):
        devices = self.api.get('/api/v1/hall')['devices']
        return {d['id']: d['shows'] for d in devices if d['class'] == 'board'}

    def events(self):
        connection = sqlite3.connect(f'file:{self.log}?mode=ro', uri=True)
        try:
            return [(seq, kind, json.loads(payload)) for seq, kind, payload in
                    connection.execute('SELECT seq, type, payload FROM event ORDER BY seq')]
        finally:
            connection.close()

    def run(self, *words):
        return subprocess.run([self.onewindow, *words], capture_output=True, text=True, check=False)

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        self.clocks.close()
        shutil.rmtree(self.folder, ignore_errors=True)
