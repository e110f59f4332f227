#!/usr/bin/env python3
"""What docs/api.md says of limits, on the real daemon: headers, bodies, connections, clients that
trickle, that do not read, that close one side, that ask many things at once. Bytes and order
decide, never how long something took; the limits of time are set low in the configuration.

    api_limits.py ONEWINDOW ROOT"""
import json
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from api import ApiHall  # noqa: E402
from api_client import (Client, Stream, connect, run_step, head_of, narrow_line, post_of,  # noqa: E402
                        read_answers)
from api_document import Document  # noqa: E402
from hall import StepError, expect, wait_for  # noqa: E402

CONFIG = '''
hall = { id = "limits"; zh = "限制大厅"; en = "Limits hall"; zone = "Asia/Shanghai"; };
log = { path = "limits.log.db"; };
web = { listen = "127.0.0.1"; port = 0; limits = { %s }; };
queues = ( { id = "general"; zh = "综合"; en = "General"; prefix = "A"; first = 1; last = 9999; } );
windows = ( { number = 1; zh = "一号"; en = "One"; queues = [ "general" ]; } );
'''
TICKET = b'{"queue":"general","print":false}'


class Limits(ApiHall):
    def begin(self, limits):
        if self.process:
            self.stop()
        self.start(CONFIG % limits)
        self.address = self.contract.address

    def head(self):
        return self.contract.head()

    def figure(self, name):
        text = self.contract.client.ask('GET', '/metrics').body.decode()
        return int(next(line.split()[1] for line in text.splitlines()
                        if line.startswith(f'onewindow_{name} ')))

    def unchanged(self, what, head):
        expect(f'{what}: the hall', head, self.head())

    def ended(self, connection, what):
        """Reads until the end; the bytes."""
        got = b''
        try:
            while more := connection.recv(65536):
                got += more
        except ConnectionResetError:
            pass
        except TimeoutError as error:
            raise StepError(f'{what}: the connection is still there') from error
        connection.close()
        return got


# ---- sizes --------------------------------------------------------------------------------------

def headers(hall):
    head = hall.head()
    for size in (1000, 16000, 28000):
        answer = hall.contract.client.ask('GET', '/healthz', headers=[('X-Filler', 'a' * size)])
        expect(f'headers of {size} bytes', 200, answer.status)
    for target, filler in (('/healthz', 'a' * 33000), ('/healthz', 'a' * 1000000),
                           ('/' + 'a' * 33000, ''), ('/healthz?' + 'a' * 33000, '')):
        with connect(hall.address) as connection:
            try:
                connection.sendall(head_of(hall.address, 'GET', target, [('X-Filler', filler)]))
            except (BrokenPipeError, ConnectionResetError):
                pass
            got = hall.ended(connection, 'headers too large')
        # Behind a reset the answer may be lost; what comes is a bare 4xx.
        if got and (got[:10] != b'HTTP/1.1 4' or b'problem+json' in got):
            raise StepError(f'headers too large: {got[:200]!r}')
    with connect(hall.address) as connection:
        try:
            connection.sendall(head_of(hall.address, 'GET', '/healthz',
                                       [(f'X-{n}', 'b' * 60) for n in range(600)]))
        except (BrokenPipeError, ConnectionResetError):
            pass
        got = hall.ended(connection, 'many headers')
        if got and got[:10] != b'HTTP/1.1 4':
            raise StepError(f'many headers: {got[:200]!r}')
    hall.unchanged('headers', head)


def bodies(hall):
    client, kind = hall.contract.client, ('Content-Type', 'application/json')
    answer = client.ask('POST', '/api/v1/tickets', TICKET + b' ' * (16384 - len(TICKET)), [kind])
    expect('16 KiB', 201, answer.status)
    head = hall.head()
    for size in (16385, 65536, 1048576):
        answer = client.ask('POST', '/api/v1/tickets', TICKET + b' ' * (size - len(TICKET)), [kind])
        expect(f'{size} bytes', 'body-too-large', answer.json()['code'])
    # Announced, and refused before any of it is sent.
    with connect(hall.address) as connection:
        connection.sendall(head_of(hall.address, 'POST', '/api/v1/tickets',
                                   [kind, ('Content-Length', 1 << 40)]))
        expect('a terabyte', 413, read_answers(connection, 1)[0].status)
    chunks = ('Transfer-Encoding', 'chunked')
    with connect(hall.address) as connection:
        connection.sendall(head_of(hall.address, 'POST', '/api/v1/tickets', [kind, chunks]) +
                           b'5000\r\n' + TICKET.ljust(0x5000) + b'\r\n0\r\n\r\n')
        expect('20 KiB in a chunk', 413, read_answers(connection, 1)[0].status)
    with connect(hall.address) as connection:
        try:
            connection.sendall(head_of(hall.address, 'POST', '/api/v1/tickets', [kind, chunks]))
            for _ in range(1000):
                connection.sendall(b'1000\r\n' + b' ' * 0x1000 + b'\r\n')
            raise StepError('4 MB of chunks were read')
        except (BrokenPipeError, ConnectionResetError):
            pass
    hall.unchanged('bodies', head)
    with connect(hall.address) as connection:
        connection.sendall(head_of(hall.address, 'POST', '/api/v1/tickets', [kind, chunks]) +
                           b''.join(b'1\r\n%c\r\n' % byte for byte in TICKET) + b'0\r\n\r\n')
        expect('a chunk for each byte', 201, read_answers(connection, 1)[0].status)


# ---- connections --------------------------------------------------------------------------------

def connections(hall):
    """The 257th waits, the others live on; when one goes it is served."""
    request = head_of(hall.address, 'GET', '/healthz')
    hall.contract.client.close()
    kept = [connect(hall.address) for _ in range(256)]
    for connection in kept:
        connection.sendall(request)
        expect('one of 256', 200, read_answers(connection, 1)[0].status)
    further = [connect(hall.address) for _ in range(3)]
    for connection in further:
        connection.sendall(request)
    for connection in kept:
        connection.sendall(post_of(hall.address, '/api/v1/tickets', TICKET))
        expect('one of 256, again', 201, read_answers(connection, 1)[0].status)
    kept[0].sendall(head_of(hall.address, 'GET', '/metrics'))
    text = read_answers(kept[0], 1)[0].body.decode()
    if '\nonewindow_http_connections 256\n' not in text:
        raise StepError('not 256 connections')
    expect('answers to the 257th', [], select.select(further, [], [], 0)[0])
    for gone, served in zip(kept, further):
        gone.close()
        expect('the 257th when one went', 200, read_answers(served, 1)[0].status)
    for connection in kept + further:
        connection.close()


def pipelined(hall):
    """Sent at once, answered in order, each once; then the connection goes on."""
    first = len(hall.issued_numbers())
    requests = [post_of(hall.address, '/api/v1/tickets', TICKET),
                head_of(hall.address, 'GET', '/healthz'),
                post_of(hall.address, '/api/v1/windows/1/finish'),
                head_of(hall.address, 'GET', '/nothing')]
    with connect(hall.address) as connection:
        connection.sendall(b''.join(requests) * 25)
        answers = read_answers(connection, 100)
        expect('statuses', [201, 200, 409, 404] * 25, [a.status for a in answers])
        seqs = [json.loads(a.body)['log']['seq'] for a in answers[1::4]]
        issued = [json.loads(a.body)['events'][0]['seq'] for a in answers[0::4]]
        expect('each read is behind what was asked before it', issued, seqs)
        expect('numbers', [f'A{first + n + 1:04d}' for n in range(25)],
               [json.loads(a.body)['number'] for a in answers[0::4]])
        connection.sendall(requests[1])
        expect('afterwards', 200, read_answers(connection, 1)[0].status)


def half_closed(hall):
    """What was sent whole may be done, and a repeat tells; what was not is not done. A read is
    answered."""
    first = len(hall.issued_numbers())
    requests = [post_of(hall.address, '/api/v1/tickets', TICKET, [('Idempotency-Key', f'half-{n}')])
                for n in range(5)]
    with connect(hall.address) as connection:
        connection.sendall(head_of(hall.address, 'GET', '/healthz') * 3 + b''.join(requests))
        connection.shutdown(socket.SHUT_WR)
        answers = read_answers(connection, 9)
        expect('answers', ([200] * 3 + [201] * 5)[:max(3, len(answers))],
               [a.status for a in answers])
    with connect(hall.address) as connection:
        connection.sendall(b''.join(requests))
        again = read_answers(connection, 5)
    expect('the same answers', [a.body for a in answers[3:]],
           [a.body for a in again[:len(answers) - 3]])
    expect('tickets', first + 5, len(hall.issued_numbers()))
    head = hall.head()
    stream = Stream(hall.address)
    stream.begin()
    stream.socket.shutdown(socket.SHUT_WR)
    hall.go('issue', {'queue': 'general', 'print': False})
    # Whether it goes on or ends: nothing comes out of order, and its place is free again.
    seqs = [int(block[0]) for block in stream.take(1)]
    expect('a half-closed stream', True, seqs in ([], [head[0] + 1]))
    stream.close()


def half_requests(hall):
    """A request without its end, from a client that will send no more: nothing is done."""
    head, whole = hall.head(), post_of(hall.address, '/api/v1/tickets', TICKET)
    for cut in (1, 30, len(whole) - len(TICKET) - 3, len(whole) - len(TICKET), len(whole) - 1):
        with connect(hall.address) as connection:
            connection.sendall(whole[:cut])
            connection.shutdown(socket.SHUT_WR)
            hall.ended(connection, f'half closed at byte {cut}')
    hall.unchanged('half requests', head)


def gone_before_the_answer(hall):
    """Nobody waits for the answer: it is done or not, and a repeat tells."""
    for number in range(20):
        key = [('Idempotency-Key', f'gone-{number}')]
        connection = connect(hall.address)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        connection.sendall(post_of(hall.address, '/api/v1/tickets', TICKET, key))
        connection.close() # a reset
        answer = hall.contract.client.ask('POST', '/api/v1/tickets', TICKET,
                                          [('Content-Type', 'application/json'), *key])
        expect('the repeat', 201, answer.status)
    numbers = hall.issued_numbers()
    expect('numbers once each', len(numbers), len(set(numbers)))


# ---- slow clients -------------------------------------------------------------------------------

class Trickler:
    """Sends the start at once, and then a byte whenever asked."""

    def __init__(self, address, what, start, byte):
        self.what, self.byte, self.bytes = what, byte, 0
        self.socket = connect(address)
        self.socket.sendall(start)
        self.socket.setblocking(False)
        self.got, self.over = b'', False

    def step(self):
        try:
            if self.byte:
                self.socket.send(self.byte)
                self.bytes += 1
            more = self.socket.recv(65536)
            self.got += more
            self.over = self.over or not more
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.over = True


def trickling(hall):
    """Ended, although bytes go on coming; whoever asks in time stays for as long as he likes."""
    address, head = hall.address, hall.head()
    get, before = head_of(address, 'GET', '/healthz'), hall.figure('http_slow_ended_total')
    post = head_of(address, 'POST', '/api/v1/tickets', [('Content-Type', 'application/json')])[:-2]
    slow = [Trickler(address, *row) for row in (
        ('nothing at all', b'', b''),
        ('a slow request line', b'GET /', b'a'),
        ('slow headers', get[:-2] + b'X-Filler: ', b'a'),
        ('a slow body', post + b'Content-Length: 16000\r\n\r\n', b' '),
        ('slow chunks', post + b'Transfer-Encoding: chunked\r\n\r\n1000\r\n', b' '),
        ('a slow second request', get + get[:-2] + b'X-Filler: ', b'a'),
        ('blank lines', b'', b'\n'),
    )]
    asked, end = Client(address), time.monotonic() + 60
    while any(not one.over for one in slow):
        expect('somebody quick', 200, asked.ask('GET', '/healthz').status)
        for one in slow:
            if not one.over:
                one.step()
        time.sleep(0.01) # so that what is sent stays far below the limits of size
        if time.monotonic() > end:
            raise StepError(f'still there: {[one.what for one in slow if not one.over]}')
    kept = asked.kept
    expect('somebody quick, afterwards', 200, asked.ask('GET', '/healthz').status)
    expect('the connection of somebody quick', kept, asked.kept)
    for one in slow:
        expect(f'{one.what}: answers', one.what == 'a slow second request',
               one.got.startswith(b'HTTP/1.1 200') and one.got.count(b'HTTP/1.1') == 1)
        if one.bytes > 12000:
            raise StepError(f'{one.what}: {one.bytes} bytes, the limits of size may have ended it')
        one.socket.close()
    if hall.figure('http_slow_ended_total') - before < len(slow) - 1: # blank lines end otherwise
        raise StepError('somebody slow was ended by something else')
    hall.unchanged('slow requests', head)


def slow_taking(hall):
    """Answers that are taken byte by byte, more of them than the system holds for us."""
    hall.tickets(100)
    target = '/api/v1/tickets?limit=500'
    size = len(hall.contract.client.ask('GET', target).body)
    connection = socket.socket()
    narrow_line(connection)
    connection.connect(hall.address)
    connection.sendall(head_of(hall.address, 'GET', target) * 20)
    before = hall.figure('http_slow_ended_total')
    connection.settimeout(30)
    taken = 0

    def over():
        nonlocal taken
        taken += len(connection.recv(16))
        return hall.figure('http_slow_ended_total') > before
    wait_for('the slow taker is ended', over, 60)
    taken += len(hall.ended(connection, 'slow taker'))
    if taken >= size * 20:
        raise StepError('it got everything')


def streams_are_patient(hall):
    """An event stream has no such deadline: it lives through many of them."""
    stream = Stream(hall.address).begin()
    waits = [Trickler(hall.address, 'a clock', b'', b'') for _ in range(1)]
    for _ in range(3): # three deadlines, one behind the other
        wait_for('a deadline', lambda: waits[-1].step() or waits[-1].over)
        waits.append(Trickler(hall.address, 'a clock', b'', b''))
    ticket = hall.go('issue', {'queue': 'general', 'print': False})
    expect('an event behind three deadlines', [str(ticket['events'][0]['seq'])],
           [block[0] for block in stream.take(1)])
    stream.close()


def unread_stream(hall):
    """Dropped when 256 events wait for it; comes back with its id and has missed nothing."""
    stream = Stream(hall.address, narrow=True).begin()
    start = hall.head()[0]
    before = hall.figure('http_listeners_dropped_total')
    good = Stream(hall.address).begin()
    for _ in range(400):
        hall.tickets(50)
        while len(good.blocks) < hall.head()[0] - start:
            good.feed()
        if hall.figure('http_listeners_dropped_total') > before:
            break
    else:
        raise StepError('20,000 events for one who does not read')
    expect('the other one', [str(start + n + 1) for n in range(len(good.blocks))],
           [block[0] for block in good.blocks])
    seen = []
    while not stream.ended:
        seen += stream.take(100)
    stream.close()
    if not seen or len(good.blocks) - len(seen) <= 256:
        raise StepError(f'{len(seen)} of {len(good.blocks)} events before it was dropped')
    again = Stream(hall.address, headers=[('Last-Event-ID', seen[-1][0])]).begin()
    seen += again.take(len(good.blocks) - len(seen))
    expect('what it got in two parts', good.blocks, seen)
    again.close()
    good.close()


def lines(hall):
    hall.issued_numbers = lambda: [
        t['number'] for t in pages(hall.contract.client)]

    def tickets(count):
        with connect(hall.address) as connection:
            connection.sendall(post_of(hall.address, '/api/v1/tickets', TICKET) * count)
            expect('tickets', [201] * count, [a.status for a in read_answers(connection, count)])
    hall.tickets = tickets


def pages(client):
    after, found = 0, []
    while after is not None:
        page = client.ask('GET', f'/api/v1/tickets?limit=500&after={after}').json()
        found += page['tickets']
        after = page['next']
    return found


def main():
    hall = Limits(sys.argv[1], Document(sys.argv[2]))
    lines(hall)
    try:
        for limits, steps in (
                ('idle_s = 600; request_ms = 600000;',
                 (headers, bodies, connections, pipelined, half_closed, gone_before_the_answer,
                  unread_stream)),
                ('idle_s = 600; request_ms = 700;', (trickling, half_requests, slow_taking, streams_are_patient))):
            hall.begin(limits)
            for step in steps:
                run_step(step, hall)
        hall.stop()
    finally:
        hall.close()


if __name__ == '__main__':
    main()
