"""A virtual hall and the real daemon for tests: starts both, presses keys, reads boards back to
text, reads the log. Python's standard library and zbarimg only."""
import http.client
import json
import os
import re
import resource
import select
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse


class StepError(Exception):
    """What was expected and what was seen."""


def wait_for(what, check, timeout=20.0):
    """Polls check() until it returns something true, and returns that. The limit only bounds a
    failure: nothing is ever decided by how long a step took."""
    end = time.monotonic() + timeout
    while True:
        seen = check()
        if seen:
            return seen
        if time.monotonic() > end:
            raise StepError(f'{what}: not within {timeout:.0f} s')
        time.sleep(0.02)


def expect(what, expected, seen):
    if expected != seen:
        raise StepError(f'{what}: expected {expected!r}, saw {seen!r}')


class Client:
    """HTTP with JSON to one address."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port

    def raw(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            text = None if body is None else json.dumps(body).encode()
            head = dict(headers or {})
            if text is not None:
                head.setdefault('Content-Type', 'application/json')
            connection.request(method, path, text, head)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, body = self.raw('GET', path)
        if status != 200:
            raise StepError(f'GET {path}: {status} {body[:200]!r}')
        return json.loads(body)

    def post(self, path, body=None, headers=None):
        status, answer = self.raw('POST', path, {} if body is None else body, headers)
        if status >= 300:
            raise StepError(f'POST {path}: {status} {answer[:300]!r}')
        return json.loads(answer) if answer else {}


class Glyphs:
    """Unifont's own file, read independently of the firmware's table, to turn dots into text."""

    def __init__(self, path='/usr/share/unifont/unifont.hex'):
        self.by_rows = {}
        with open(path, encoding='ascii') as file:
            for line in file:
                code, bits = line.strip().split(':')
                char = chr(int(code, 16))
                width = len(bits) // 4
                if width not in (8, 16):
                    continue
                try:
                    char.encode('gbk')
                except UnicodeEncodeError:
                    continue
                step = width // 4
                rows = tuple(format(int(bits[i:i + step], 16), f'0{width}b')
                             for i in range(0, len(bits), step))
                self.by_rows.setdefault((width, rows), char)

    def read(self, rows):
        """rows: strings of '.' and '#', 16 of them; the text, '?' for what is no glyph."""
        text, x, width = '', 0, len(rows[0])
        cells = [row.replace('.', '0').replace('#', '1') for row in rows]
        while x < width:
            for size in (16, 8):
                key = (size, tuple(row[x:x + size] for row in cells))
                if x + size <= width and key in self.by_rows and \
                        (size == 8 or '1' in ''.join(key[1])):
                    text += self.by_rows[key]
                    x += size
                    break
            else:
                text += '?'
                x += 8
        return text.rstrip()


class VirtualHall:
    """The program virtual-hall: printer, boards, keypads, panel."""

    def __init__(self, program, words=()):
        self.process = subprocess.Popen([program, '--state', '-', *words], stdout=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL)
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline() if ready else b''
        if not line:
            raise StepError('virtual-hall said nothing')
        self.state = json.loads(line)
        self.client = Client(self.state['page'])

    def press(self, window, key):
        self.client.post(f'/keypads/{window}/keys/{key}')

    def panel(self, button):
        self.client.post(f'/panel/buttons/{button}')

    def printer(self, **faults):
        self.client.post('/printer/faults', faults)

    def line(self, name, **faults):
        self.client.post(f'/lines/{name}/faults', faults)

    def tickets(self):
        answer = self.client.get('/printer/tickets')
        return answer if isinstance(answer, list) else answer['tickets']

    def ticket_png(self, number):
        status, body = self.client.raw('GET', f'/printer/tickets/{number}.png')
        if status != 200:
            raise StepError(f'ticket picture {number}: {status}')
        return body

    def board(self, number, glyphs):
        dots = self.client.get(f'/boards/{number}/dots')
        rows = dots['rows']
        return [glyphs.read(rows[y:y + 16]) for y in range(0, len(rows), 16)]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def serve(onewindow, config, stderr=None, env=None, file_size=None, limit=60):
    """The daemon and its address; None if it ended before it was ready. file_size: no file of its may
    grow beyond that, as on a full disk."""
    read_end, write_end = os.pipe()

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, resource.RLIM_INFINITY))
    process = subprocess.Popen(
        [onewindow, 'serve', '--config', config, '--ready-fd', str(write_end)],
        pass_fds=[write_end], stderr=stderr, stdin=subprocess.DEVNULL, env=env,
        preexec_fn=small_files if file_size else None)
    os.close(write_end)
    with os.fdopen(read_end, 'rb') as ready:
        can_read, _, _ = select.select([ready], [], [], limit)
        line = ready.readline() if can_read else b''
    return process, line.decode().strip() or None


class Hall:
    """One virtual hall, one daemon, one log in a folder of their own."""

    def __init__(self, onewindow, virtual_hall, words=()):
        self.onewindow = onewindow
        self.folder = tempfile.mkdtemp(prefix='onewindow-story-')
        self.log = os.path.join(self.folder, 'onewindow.log.db')
        self.virtual = VirtualHall(virtual_hall, words)
        self.glyphs = Glyphs()
        self.daemon = None
        self.errors = open(os.path.join(self.folder, 'daemon.err'), 'ab')
        self.write_config()

    def write_config(self):
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, '../../docs/hall.conf'), encoding='utf-8') as file:
            text = file.read()
        state = self.virtual.state
        for index, line in enumerate(('boards', 'keypads', 'panel')):
            text = text.replace(f'serial:/dev/ttyUSB{index}?baud=9600"; baud', f'{state["lines"][line]}"; baud')
        text = text.replace('usb:04b8:0e28"; }', f'{state["printer"]}"; }}')
        text = re.sub(r'port = 8390;', 'port = 0;', text)
        self.config = os.path.join(self.folder, 'hall.conf')
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text)

    def start(self):
        self.daemon, self.url = serve(self.onewindow, self.config, self.errors)
        if not self.url:
            raise StepError('the daemon did not open: ' + self.daemon_errors())
        self.api = Client(self.url)

    def daemon_errors(self):
        self.errors.flush()
        with open(self.errors.name, encoding='utf-8', errors='replace') as file:
            return file.read()[-2000:]

    def kill(self):
        """kill -9: no chance to tidy up."""
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def stop(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            return self.daemon.wait()
        return None

    def close(self):
        self.stop()
        self.virtual.stop()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def events(self, name=None):
        """(seq, type number, payload) of the log, read beside the daemon."""
        connection = sqlite3.connect(f'file:{self.log}?mode=ro', uri=True)
        try:
            rows = [(seq, kind, json.loads(payload)) for seq, kind, payload in
                    connection.execute('SELECT seq, type, payload FROM event ORDER BY seq')]
        finally:
            connection.close()
        numbers = {'ticket-issued': 20, 'ticket-called': 21, 'service-started': 23,
                   'service-finished': 24, 'print-queued': 50, 'print-started': 51,
                   'print-ended': 52, 'day-opened': 10}
        return [row for row in rows if name is None or row[1] == numbers[name]]

    def device(self, name):
        return next(d for d in self.api.get('/api/v1/hall')['devices'] if d['id'] == name)

    def run(self, *words):
        return subprocess.run([self.onewindow, *words], capture_output=True, text=True,
                              timeout=60, check=False)


def read_qr(png):
    with tempfile.NamedTemporaryFile(suffix='.png') as file:
        file.write(png)
        file.flush()
        seen = subprocess.run(['zbarimg', '--quiet', '--raw', '-Sdisable', '-Sqrcode.enable',
                               file.name], capture_output=True, text=True, check=False)
    return seen.stdout.strip()


def play(hall, steps):
    """Runs the steps in order; the exit code. Says at which one it ended and what was seen."""
    try:
        for number, (name, step) in enumerate(steps, 1):
            try:
                step()
            except (StepError, OSError, KeyError, ValueError) as error:
                print(f'{number}. {name}: 失败 FAILED\n   {type(error).__name__}: {error}')
                print('   守护进程的输出 the daemon said:\n' + hall.daemon_errors())
                return 1
            print(f'{number}. {name}: 正常 ok', flush=True)
        print('每一步都成立 every step held')
        return 0
    finally:
        hall.close()
