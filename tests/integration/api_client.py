"""Asking the daemon as a program does, and reading its event streams: one request at a time over a
kept connection, or bytes as they come. Python's standard library only."""
import http.client
import json
import select
import socket
import sys
import time

from hall import StepError


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        if len(found) > 1:
            raise StepError(f'{name} is there {len(found)} times')
        return found[0] if found else None

    def json(self):
        def once(pairs):
            if len({key for key, _ in pairs}) != len(pairs):
                raise StepError(f'a name twice: {pairs}')
            return dict(pairs)
        return json.loads(self.body, object_pairs_hook=once)

    def __str__(self):
        return f'{self.status} {self.body[:400]!r}'


class Client:
    """A kept connection. headers are a list of pairs, so that one can be there twice; Host is ours
    unless one is given, None for no Host at all."""

    def __init__(self, address):
        self.address = address
        self.kept = None

    def ask(self, method, target, body=None, headers=(), host=''):
        for last in (False, True):
            fresh = self.kept is None
            try:
                return self.try_once(method, target, body, headers, host)
            except (http.client.HTTPException, OSError) as error:
                self.close()
                # Kept too long, or ended behind an answer that did not wait for the body.
                if last or fresh:
                    raise StepError(f'{method} {target[:80]}: {error!r}') from error
        return None

    def try_once(self, method, target, body, headers, host):
        if self.kept is None:
            self.kept = http.client.HTTPConnection(*self.address, timeout=60)
        kept = self.kept
        kept.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        if host is not None:
            kept.putheader('Host', host or f'{self.address[0]}:{self.address[1]}')
        for name, value in headers:
            kept.putheader(name, value)
        if body is not None:
            kept.putheader('Content-Length', str(len(body)))
        try:
            kept.endheaders(body)
        except (BrokenPipeError, ConnectionResetError):
            pass # it has heard enough: the answer is there already
        got = kept.getresponse()
        answer = Answer(got.status, got.getheaders(), got.read())
        if got.will_close:
            self.close()
        return answer

    def close(self):
        if self.kept:
            self.kept.close()
        self.kept = None


def connect(address):
    return socket.create_connection(address, timeout=60)


def narrow_line(connection):
    """Before it connects: small segments and a small window, so that the system holds little of what
    is not read, on both sides."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)


def head_of(address, method, target, headers=()):
    lines = [f'{method} {target} HTTP/1.1', f'Host: {address[0]}:{address[1]}']
    return ('\r\n'.join(lines + [f'{k}: {v}' for k, v in headers]) + '\r\n\r\n').encode()


def post_of(address, target, body=b'{}', headers=()):
    return head_of(address, 'POST', target, [('Content-Type', 'application/json'),
                                             ('Content-Length', len(body)), *headers]) + body


def read_answers(connection, count):
    """So many answers with a Content-Length, in order; fewer if the connection ends."""
    answers, got = [], b''
    while len(answers) < count:
        head, gap, rest = got.partition(b'\r\n\r\n')
        lines = head.split(b'\r\n')
        length = next((int(line.split(b':')[1]) for line in lines
                       if line.lower().startswith(b'content-length:')), 0)
        if gap and len(rest) >= length:
            answers.append(Answer(int(lines[0].split()[1]), [], rest[:length]))
            got = rest[length:]
            continue
        more = connection.recv(65536)
        if not more:
            break
        got += more
    return answers


class Stream:
    """One listener. blocks holds what came: (id, type, payload text); comments are counted."""

    def __init__(self, address, target='/api/v1/events', headers=(), narrow=False):
        self.socket = socket.socket()
        if narrow:
            narrow_line(self.socket)
        self.socket.settimeout(60)
        self.socket.connect(address)
        self.socket.sendall(head_of(address, 'GET', target, headers))
        self.status, self.headers = None, []
        self.raw, self.text = bytearray(), bytearray()
        self.blocks, self.comments, self.ended = [], 0, False

    def fileno(self):
        return self.socket.fileno()

    def feed(self):
        """What is there to be read; blocks until something is."""
        try:
            more = self.socket.recv(1 << 18)
        except ConnectionResetError:
            more = b''
        if not more:
            self.ended = True
            return
        self.raw += more
        if self.status is None:
            head, gap, rest = bytes(self.raw).partition(b'\r\n\r\n')
            if not gap:
                return
            lines = head.decode().split('\r\n')
            self.status = int(lines[0].split()[1])
            self.headers = [tuple(line.split(': ', 1)) for line in lines[1:]]
            self.raw = bytearray(rest)
        if self.status == 200:
            self.unchunk()
            self.split()

    def unchunk(self):
        while True:
            size, gap, rest = bytes(self.raw[:32]).partition(b'\r\n')
            if not gap:
                return
            end = len(size) + 2 + int(size, 16)
            if len(self.raw) < end + 2:
                return
            self.text += self.raw[len(size) + 2:end]
            del self.raw[:end + 2]

    def split(self):
        *blocks, rest = bytes(self.text).split(b'\n\n')
        self.text = bytearray(rest)
        for block in blocks:
            lines = block.decode().split('\n')
            if lines[0].startswith('id: '):
                keys = [line.split(': ', 1)[0] for line in lines]
                if keys != ['id', 'event', 'data']:
                    raise StepError(f'a block of the stream: {lines}')
                self.blocks.append(tuple(line.split(': ', 1)[1] for line in lines))
            elif all(line.startswith((':', 'retry: ')) for line in lines):
                self.comments += 1
            else:
                raise StepError(f'a block of the stream: {lines}')

    def take(self, count):
        """The next events, so many of them; fewer if the stream ends before. A comment says that
        the daemon has nothing more for this listener: after a few of them nothing will come."""
        comments, had = self.comments, len(self.blocks)
        while len(self.blocks) < count and not self.ended:
            self.feed()
            if len(self.blocks) > had:
                comments, had = self.comments, len(self.blocks)
            if self.comments > comments + 3:
                raise StepError(f'{had} of {count} events, and no more; the last: '
                                f'{self.blocks[-1:]}')
        taken, self.blocks = self.blocks[:count], self.blocks[count:]
        return taken

    def begin(self):
        """Until the answer's head and the greeting are there."""
        while not self.ended and (self.status is None or
                                  (self.status == 200 and not self.comments)):
            self.feed()
        return self

    def close(self):
        self.socket.close()


def feed_until(streams, done, limit=120):
    """Feeds whichever has something, until done() is true. The limit only bounds a failure."""
    end = time.monotonic() + limit
    while not done():
        open_ones = [s for s in streams if not s.ended]
        ready, _, _ = select.select(open_ones, [], [], 1)
        for stream in ready:
            stream.feed()
        if time.monotonic() > end:
            raise StepError(f'the streams did not get there in {limit} s')


def run_step(step, hall):
    """One step of a story: says that it held, or how it did not, and ends the test then."""
    try:
        step(hall)
    except (StepError, OSError) as error:
        sys.exit(f'{step.__name__}: FAILED\n   {error!r}')
    print(f'{step.__name__}: ok', flush=True)
