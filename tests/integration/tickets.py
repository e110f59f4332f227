#!/usr/bin/env python3
"""Paper tickets: `ticket render` as people use it, and the real daemon with a printer that is a
socket: templates that change and are wrong, a render helper that dies and hangs.

    tickets.py ONEWINDOW RENDER"""
import json
import os
import pty
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Client, StepError, expect, read_qr, serve, wait_for  # noqa: E402

SIGN = b'\xa1\xfe'  # 〓, what stands for a character that is missing
RASTER = b'\x1dv0'
RARE = '𠮷祥里登记'
REALTIME = tuple(b'\x10' + bytes([n]) for n in (4, 5, 20))


def rows_of(png):
    """Rows of one-bit pictures of the virtual printer, as bytes, 0 black."""
    at, data, width, height = 8, b'', 0, 0
    expect('PNG', b'\x89PNG\r\n\x1a\n', png[:8])
    while at < len(png):
        size, kind = struct.unpack('>I4s', png[at:at + 8])
        body = png[at + 8:at + 8 + size]
        if kind == b'IHDR':
            width, height, depth = struct.unpack('>IIB', body[:9])
            expect('bits a dot', 1, depth)
        data += body if kind == b'IDAT' else b''
        at += size + 12
    return width, height, zlib.decompress(data)


class Render:
    """onewindow ticket render."""

    def __init__(self, onewindow, folder, helper):
        self.onewindow, self.folder, self.helper = onewindow, folder, helper

    def run(self, *words, code=0, helper=None, fonts=None):
        done = subprocess.run(
            [self.onewindow, 'ticket', 'render', *words], capture_output=True, check=False,
            env={**os.environ, 'ONEWINDOW_RENDER': helper or self.helper,
                 **({'FONTCONFIG_FILE': fonts} if fonts else {})}, timeout=60)
        if done.returncode != code:
            raise StepError(f'{words}: exit {done.returncode}: {done.stderr.decode()}')
        return done.stdout if code == 0 else done.stderr.decode()

    def says(self, words, code, *wanted):
        text = self.run(*words, code=code)
        for word in wanted:
            if word not in text:
                raise StepError(f'{words}: no "{word}" in: {text}')

    def template(self, text):
        path = os.path.join(self.folder, 'own.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path


def sample(render):
    """Without arguments: at most 600 bytes, always the same, and no line of them is a picture."""
    bytes_ = render.run()
    if not 100 < len(bytes_) <= 600:
        raise StepError(f'{len(bytes_)} bytes')
    expect('again', bytes_, render.run())
    for what in ('市民服务中心', '综合受理', '前面等候', '过号'):
        if what.encode('gbk') not in bytes_:
            raise StepError(f'no {what}')
    for what in (b'\x1b@', b'A013', b'12 ahead of you', b'1-6', b'2026-03-02 09:15:00', b'\x1dVB'):
        if what not in bytes_:
            raise StepError(f'no {what}')
    expect('pictures', False, RASTER in bytes_ or SIGN in bytes_)
    expect('a named template', bytes_, render.run('--template', os.path.join(
        os.path.dirname(os.path.abspath(__file__)), '../../docs/templates/ticket.conf')))


def pictures(render):
    """As PNG, at both widths; the code on it can be read, natively and as a picture."""
    for words, width in (((), 576), (('--model', 'generic-58'), 384), (('--large',), 576),
                         (('--large', '--model', 'generic-58', '--class', 'priority'), 384)):
        png = render.run('--format', 'png', *words)
        seen, height, _ = rows_of(png)
        expect('width', width + 32, seen)
        if not 300 < height < 2000:
            raise StepError(f'{words}: {height} rows')
        expect('code', 'https://hall.example/t/0000000000000000000000000000000c', read_qr(png))
    short = rows_of(render.run('--format', 'png', '--desk'))[1]
    if short >= height:
        raise StepError(f'the desk\'s copy has {short} rows')


def other_characters(render):
    """What a printer does not have is drawn; without a helper it is a sign, and that is said."""
    for text in (RARE, 'Ünïcode é', 'شهادة الميلاد', 'תעודת לידה', 'Ћирилица', '登记 😀🎉',
                 'བོད་ཡིག', '한국어', 'ﬁ'):
        bytes_ = render.run('--set', f'item.zh={text}')
        if SIGN in bytes_ or RASTER not in bytes_:
            raise StepError(f'{text}: not drawn')
        if any(command in bytes_ for command in REALTIME):
            raise StepError(f'{text}: a real-time command')
        blind = subprocess.run(
            [render.onewindow, 'ticket', 'render', '--set', f'item.zh={text}'], check=False,
            capture_output=True, env={**os.environ, 'ONEWINDOW_RENDER': '/nowhere'}, timeout=60)
        expect('exit', 0, blind.returncode)
        if SIGN not in blind.stdout or RASTER in blind.stdout or b'onewindow-render' not in blind.stderr:
            raise StepError(f'{text}: without a helper: {blind.stderr}')
    # Without a cache of fonts, and none can be written: the helper may write no file.
    fonts = os.path.join(render.folder, 'fonts.conf')
    with open(fonts, 'w', encoding='ascii') as file:
        file.write('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
                   f'<dir>/usr/share/fonts</dir><cachedir>{render.folder}/fonts</cachedir>'
                   '</fontconfig>')
    expect('no cache', False, SIGN in render.run('--set', f'item.zh={RARE}', fonts=fonts))
    expect('written', [], os.listdir(render.folder + '/fonts')
           if os.path.isdir(render.folder + '/fonts') else [])
    for helper in ('/bin/false', '/bin/yes', '/bin/cat'):  # dies, talks nonsense, echoes
        expect(helper, True, SIGN in render.run('--set', f'item.zh={RARE}', helper=helper))


def bad_text(render):
    """500 characters, control bytes, overrides of direction."""
    long = render.run('--set', 'item.zh=' + '证' * 500, '--set', 'item.en=' + 'x' * 2000)
    if len(long) > 1100 or '证…'.encode('gbk') not in long:
        raise StepError(f'500 characters: {len(long)} bytes')
    evil = '\x1b@\x1bp0\x1dV\x00\x10\x04\x01\x10\x14\x01登记\x1c&\x7f\x9b'
    plain = render.run('--set', 'item.zh=@p0V登记&')
    expect('control bytes', plain, render.run('--set', f'item.zh={evil[:16]}{evil[16:]}'
                                              .replace('\x00', '')))
    drawn = render.run('--set', f'item.zh={RARE}')
    for mark in ('\u202e', '\u2067', '\u200b', '\x1b', '\x10'):
        if mark == '\u200b':
            continue  # a place to break a line
        expect(f'U+{ord(mark):04X}', drawn, render.run('--set', f'item.zh={mark}{RARE}'))
    render.run('--set', 'item.zh=\udcff\udcfe\udc80')  # no UTF-8
    render.run('--set', 'item.zh=' + '𠮷' * 1000)
    render.run('--set', 'number=' + 'A' * 3000)


def refusals(render):
    render.says(('--model', 'none'), 2, 'none', 'generic-80', 'generic-58-oneway')
    render.says(('--format', 'pdf'), 2, 'escpos, png')
    render.says(('--set', 'name=x'), 2, 'item.zh=', 'number=')
    render.says(('--queue', 'none'), 1, 'queue')
    render.says(('--config', '/nowhere'), 3, '/nowhere', '无法读取')
    render.says(('--template', '/nowhere'), 3, '/nowhere')
    own = render.template('lines = (\n{ text = "{x}"; } );')
    render.says(('--template', own), 3, 'own.conf:2: ', 'no placeholder')
    own = render.template('lines = ( { text = "just {number}"; } );')
    expect('own template', True, b'just A013' in render.run('--template', own))
    # Not to a terminal: there it would be commands.
    master, slave = pty.openpty()
    done = subprocess.run([render.onewindow, 'ticket', 'render'], stdout=slave, check=False,
                          stderr=subprocess.PIPE)
    os.close(slave)
    os.close(master)
    expect('on a terminal', 2, done.returncode)


# ---- the daemon ----------------------------------------------------------------------------------

CONFIG = '''
hall = {{ id = "paper"; zh = "大厅"; en = "Hall"; zone = "Asia/Shanghai"; }};
log = {{ path = "paper.log.db"; }};
web = {{ listen = "127.0.0.1"; port = 0; }};
queues = ( {{ id = "general"; zh = "综合"; en = "General"; prefix = "A"; }} );
windows = ( {{ number = 1; zh = "一号"; en = "One"; queues = [ "general" ]; }} );
items = (
  {{ id = "rare"; zh = "{rare}"; en = "Rare"; department = "司法"; queue = "general"; }},
  {{ id = "other"; zh = "𠮷二"; en = "Other"; department = "司法"; queue = "general"; }},
  {{ id = "third"; zh = "𠮷三"; en = "Third"; department = "司法"; queue = "general"; }}
);
printers = ( {{ id = "p"; driver = "escpos"; model = "generic-80-oneway"; url = "{url}"; }} );
tickets = {{ template = "own.conf"; desk_copy = true; rules = (
  {{ class = "priority"; large_print = true; desk_copy = false; }} ); }};
'''


class Printer:
    """A socket that takes all and says nothing; absent: once it is plugged in."""

    def __init__(self, absent=False):
        self.server = socket.socket()
        self.server.bind(('127.0.0.1', 0))
        self.bytes = b''
        if not absent:
            self.plug()

    def plug(self):
        self.server.listen()
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            connection, _ = self.server.accept()
            while True:
                some = connection.recv(65536)
                if not some:
                    break
                self.bytes += some


class PaperHall:
    def __init__(self, onewindow, helper, absent=False):
        self.onewindow, self.helper = onewindow, helper
        self.folder = tempfile.mkdtemp(prefix='onewindow-tickets-')
        self.printer = Printer(absent)
        self.config = os.path.join(self.folder, 'hall.conf')
        self.own = os.path.join(self.folder, 'own.conf')
        port = self.printer.server.getsockname()[1]
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(CONFIG.format(rare=RARE, url=f'tcp://127.0.0.1:{port}'))

    def write(self, text):
        with open(self.own, 'w', encoding='utf-8') as file:
            file.write(text)

    def start(self):
        self.errors = open(os.path.join(self.folder, 'err'), 'w+b')
        self.process, url = serve(self.onewindow, self.config, self.errors,
                                  env={**os.environ, 'ONEWINDOW_RENDER': self.helper})
        if not url:
            raise StepError('the daemon did not open: ' + self.said())
        self.api, self.url = Client(url), url

    def said(self):
        with open(self.errors.name, encoding='utf-8') as file:
            return file.read()

    def health(self):
        return json.loads(self.api.raw('GET', '/healthz')[1])

    def print(self, **fields):
        """A ticket, and the bytes of its paper."""
        before = len(self.printer.bytes)
        ticket = self.api.post('/api/v1/tickets', {'queue': 'general', **fields})
        cuts = 1 if fields.get('class') == 'priority' else 2
        wait_for('paper', lambda: self.printer.bytes[before:].count(b'\x1dVB') == cuts)
        wait_for('its end', lambda: self.ended(ticket['number']))
        return self.printer.bytes[before:], ticket

    def ended(self, number):
        connection = sqlite3.connect(f'file:{self.folder}/paper.log.db?mode=ro', uri=True)
        try:
            rows = [json.loads(row[0]) for row in
                    connection.execute('SELECT payload FROM event WHERE type = 52')]
        finally:
            connection.close()
        return next((row for row in rows if row['number'] == number), None)

    def renderer(self):
        """The helper's process id; 0: there is none."""
        with open(f'/proc/{self.process.pid}/task/{self.process.pid}/children',
                  encoding='ascii') as file:
            children = file.read().split()
        return int(children[0]) if children else 0

    def close(self):
        if hasattr(self, 'process'):
            self.process.kill()
            self.process.wait()
            self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def bad_at_the_start(hall):
    """A hall must print after a power cut, whatever somebody did to a file."""
    hall.write('lines = (\n{ text = "{x}"; } );')
    done = subprocess.run([hall.onewindow, 'config', 'check', hall.config], capture_output=True,
                          text=True, check=False)
    expect('config check', 3, done.returncode)
    if 'own.conf:2: ' not in done.stderr:
        raise StepError(done.stderr)
    hall.start()
    if 'own.conf:2: text: 无此占位符 no placeholder' not in hall.said():
        raise StepError('not said: ' + hall.said())
    health = hall.health()
    expect('health', ('degraded', True), (health['status'], health['tickets']['wrong']))
    if 'own.conf:2: ' not in health['tickets']['detail']:
        raise StepError(health['tickets']['detail'])
    paper, _ = hall.print()
    for what in ('大厅', '前面等候', '存根'):  # built in, and the desk's copy
        expect(what, True, what.encode('gbk') in paper)
    expect('no helper is needed', 0, hall.renderer())


def changed_file(hall):
    """The next ticket after an edit is the new one; a bad edit changes nothing."""
    hall.write('lines = ( { text = "one {number}"; }, { text = "{item.zh}"; }, { cut = true; } );')

    def shows(text):
        paper, ticket = hall.print()
        return (text + ' ' + ticket['number']).encode() in paper
    wait_for('the new file', lambda: shows('one'))
    expect('health', (False, 'ok'), (hall.health()['tickets']['wrong'], hall.health()['status']))
    hall.write('lines = ( { text = "two {number"; } );')
    wait_for('said', lambda: shows('one') and 'no placeholder "{number"' in hall.said())
    expect('health', True, hall.health()['tickets']['wrong'])
    expect('one stays', True, shows('one'))
    hall.write('lines = ( { text = "three {number}"; }, { text = "{item.zh}"; }, { cut = true; } );')
    wait_for('the third file', lambda: shows('three'))


def drawn(hall):
    paper, _ = hall.print(item='rare')
    expect('drawn', (True, False), (RASTER in paper, SIGN in paper))
    if not hall.renderer():
        raise StepError('no helper was started')
    large, _ = hall.print(**{'class': 'priority'})
    expect('large print', True, b'\x1d!\x77' in large)


def killed(hall):
    """kill -9 costs nothing that was drawn before, and the next one is started for what was not."""
    first = hall.renderer()
    os.kill(first, signal.SIGKILL)
    paper, _ = hall.print(item='rare')
    expect('kept', (True, False), (RASTER in paper, SIGN in paper))
    paper, _ = hall.print(item='other')
    expect('drawn anew', (True, False), (RASTER in paper, SIGN in paper))
    expect('another', True, hall.renderer() not in (0, first))


def stopped(hall):
    """One that hangs delays its ticket by two seconds: then the ticket is printed with signs, which is
    counted, and was not started before."""
    helper = hall.renderer()
    os.kill(helper, signal.SIGSTOP)
    paper, ticket = hall.print(item='third')
    expect('with a sign', (False, True), (RASTER in paper, SIGN in paper))
    detail = hall.ended(ticket['number'])['detail']
    expect('told', True, '2 characters printed as a sign' in detail)
    expect('health', True, 'no answer in time' in hall.health()['tickets']['detail'])
    wait_for('its end', lambda: not os.path.exists(f'/proc/{helper}'))
    metrics = hall.api.raw('GET', '/metrics')[1].decode()
    expect('metrics', True, 'onewindow_pictures_failed_total 1\n' in metrics)
    connection = sqlite3.connect(f'file:{hall.folder}/paper.log.db?mode=ro', uri=True)
    queued, started = (connection.execute(
        'SELECT at_ms FROM event WHERE type = ? ORDER BY seq DESC LIMIT 1', (kind,)).fetchone()[0]
        for kind in (50, 51))
    connection.close()
    if started - queued < 1800:
        raise StepError(f'it was started {started - queued} ms after it was queued')


def ends(hall):
    """The daemon takes its helper with it."""
    hall.print(item='other')
    helper = hall.renderer()
    hall.process.terminate()
    expect('exit', 0, hall.process.wait())
    if helper:
        wait_for('its end', lambda: not os.path.exists(f'/proc/{helper}'))


LARGE = b'\x1d!\x77'  # the number at its largest


class LargeHall(PaperHall):
    """Large print is asked for, by nobody's rules, while the printer is away."""

    def command(self, *words):
        done = subprocess.run([self.onewindow, 'ticket', *words, '--url', self.url, '-f', 'json'],
                              capture_output=True, check=False)
        if done.returncode:
            raise StepError(f'{words}: exit {done.returncode}: {done.stderr.decode()}')
        return json.loads(done.stdout)

    def jobs(self, number):
        return [j for j in self.api.get('/api/v1/jobs')['jobs'] if j['number'] == number]

    def papers(self, number, count):
        """Of each copy whether it is in large print: as the job says, and as its paper shows."""
        wait_for(f'{count} papers of {number}', lambda: [
            j['state'] for j in self.jobs(number)] == ['sent'] * count)
        pages = [page for page in self.printer.bytes.split(b'\x1dVB')
                 if number.encode() in page and '存根'.encode('gbk') not in page]
        large = [LARGE in page for page in pages]
        expect(f'{number}: papers', [j['large'] for j in self.jobs(number)], large)
        return large


def asked_large(hall):
    """By the API, by the command, and not at all; queued when the daemon is killed, printed as they
    were asked for by the next one; and so are the copies."""
    hall.write('lines = ( { text = "{number}"; }, { cut = true; } );')
    hall.start()
    api = hall.api.post('/api/v1/tickets', {'queue': 'general', 'large_print': True})['number']
    plain = hall.api.post('/api/v1/tickets', {'queue': 'general'})['number']
    command = hall.command('issue', '-q', 'general', '--large')['number']
    for number in (api, plain, command):
        expect(number, ['queued'], [j['state'] for j in hall.jobs(number)])
    hall.process.kill()
    hall.process.wait()
    hall.errors.close()
    hall.start()
    hall.printer.plug()
    expect('by the API', [True], hall.papers(api, 1))
    expect('not asked for', [False], hall.papers(plain, 1))
    expect('by the command', [True], hall.papers(command, 1))


def large_copies(hall):
    """As the copy before, unless somebody says otherwise."""
    api, plain = (t['number'] for t in hall.api.get('/api/v1/tickets')['tickets'][:2])
    token = hall.jobs(api)[0]['token']
    hall.command('reprint', api)
    expect('a copy', [True, True], hall.papers(api, 2))
    hall.api.post(f'/api/v1/tickets/{token}/reprint', {'large_print': False})
    expect('no longer', [True, True, False], hall.papers(api, 3))
    hall.api.post(f'/api/v1/tickets/{token}/reprint')
    expect('nor now', [True, True, False, False], hall.papers(api, 4))
    hall.command('reprint', plain)
    expect('a copy', [False, False], hall.papers(plain, 2))
    hall.command('reprint', plain, '--large')
    expect('by the command', [False, False, True], hall.papers(plain, 3))


def main():
    onewindow, helper = sys.argv[1:3]
    hall = PaperHall(onewindow, helper)
    render = Render(onewindow, hall.folder, helper)
    steps = [(step.__name__, lambda step=step: step(render)) for step in
             (sample, pictures, other_characters, bad_text, refusals)]
    steps += [(step.__name__, lambda step=step: step(hall)) for step in
              (bad_at_the_start, changed_file, drawn, killed, stopped, ends)]
    away = LargeHall(onewindow, helper, absent=True)
    steps += [(step.__name__, lambda step=step: step(away)) for step in
              (asked_large, large_copies)]
    try:
        for name, step in steps:
            try:
                step()
            except (StepError, OSError, KeyError, ValueError) as error:
                print(f'{name}: FAILED\n   {type(error).__name__}: {error}', file=sys.stderr)
                return 1
            print(f'{name}: ok', flush=True)
        return 0
    finally:
        for used in (hall, away):
            used.close()


sys.exit(main())
