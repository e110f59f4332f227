#!/usr/bin/env python3
"""Event streams of the real daemon: resumed anywhere, while events are written, across restarts,
kill -9 and a restore; 200 listeners at once; and a listener that reads a long log from its start
beside everybody's commands. Order decides, never how long something took.

    api_events.py ONEWINDOW ROOT"""
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from api import ApiHall  # noqa: E402
from api_client import (Client, Stream, connect, run_step, feed_until, post_of,  # noqa: E402
                        read_answers)
from api_document import Document  # noqa: E402
from hall import StepError, expect  # noqa: E402

WINDOWS = 32
CONFIG = '''
hall = { id = "events"; zh = "事件大厅"; en = "Events hall"; zone = "Asia/Shanghai"; };
log = { path = "@log"; };
web = { listen = "127.0.0.1"; port = 0; limits = { idle_s = 600; request_ms = 600000; heartbeat_ms = 2000; }; };
queues = ( { id = "general"; zh = "综合"; en = "General"; prefix = "A"; first = 1; last = 9999; } );
windows = ( %s );
''' % ', '.join(f'{{ number = {n}; zh = "{n}号"; en = "Window {n}"; queues = [ "general" ]; }}'
                for n in range(1, WINDOWS + 1))
TICKET = b'{"queue":"general","print":false}'
SEED = 20251126
LISTENERS, TICKETS, PER_SECOND = 200, 300, 50
LONG_LOG = 24000


class Events(ApiHall):
    def begin(self, log='events.log.db'):
        self.log = os.path.join(self.folder, log)
        self.start(CONFIG.replace('@log', self.log))
        self.address = self.contract.address

    def newest(self):
        return self.contract.head()[0]

    def listen(self, last=None, **named):
        headers = [] if last is None else [('Last-Event-ID', str(last))]
        return Stream(self.address, headers=headers, **named).begin()

    def logged(self):
        """(id, type, payload) of every event as `log export` has it: what a stream must say."""
        text = subprocess.run([self.onewindow, 'log', 'export', self.log], capture_output=True,
                              check=True).stdout.decode()
        return [(str(row['seq']), row['type'], json.dumps(row['payload'], ensure_ascii=False,
                                                          separators=(',', ':')))
                for row in map(json.loads, text.splitlines())]

    def expect_refused(self, what, last):
        stream = self.listen(last)
        expect(what, 400, stream.status)
        stream.close()

    def tickets(self, count):
        with connect(self.address) as connection:
            connection.sendall(post_of(self.address, '/api/v1/tickets', TICKET) * count)
            expect('tickets', [201] * count, [a.status for a in read_answers(connection, count)])


def same_payload(text):
    """Canonical text with its escapes, as json.dumps writes it."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(',', ':'))


def expect_events(what, wanted, seen):
    """The same events in the same order; the first difference is told."""
    for want, see in zip(wanted, seen):
        if (want[0], want[1], want[2]) != (see[0], see[1], same_payload(see[2])):
            raise StepError(f'{what}: expected {want}, saw {see}')
    expect(f'{what}: how many', len(wanted), len(seen))


# ---- steps --------------------------------------------------------------------------------------

def resume_anywhere(hall):
    hall.tickets(150)
    newest, logged = hall.newest(), hall.logged()
    for last in (0, 1, 2, 63, 64, 65, 128, newest - 2, newest - 1, newest):
        stream = hall.listen(last)
        expect_events(f'behind {last}', logged[last:], stream.take(newest - last))
        hall.tickets(1)
        expect(f'behind {last}: the next', [str(hall.newest())],
               [block[0] for block in stream.take(hall.newest() - newest)][-1:])
        stream.close()
        newest, logged = hall.newest(), hall.logged()
    for last in (newest + 1, newest + 1000, 1 << 63, (1 << 64) - 1, 1 << 64, -1, '-', '1-', 'x'):
        hall.expect_refused(f'behind {last}', last)


def resume_while_written(hall):
    """A listener that loses its line again and again, while tickets are issued."""
    start, draw = hall.newest(), random.Random(SEED)
    hall.failed = None

    def write():
        try:
            for _ in range(40):
                hall.tickets(10)
        except (StepError, OSError) as error:
            hall.failed = error
    writer = threading.Thread(target=write)
    writer.start()
    seen, lines = [], 0
    while writer.is_alive() or len(seen) < hall.newest() - start:
        stream = hall.listen(seen[-1][0] if seen else start)
        lines += 1
        seen += stream.take(min(draw.randint(1, 40), hall.newest() - start - len(seen)))
        stream.close()
    writer.join()
    if hall.failed:
        raise hall.failed
    expect_events('all of it', hall.logged()[start:], seen)
    print(f'   {len(seen)} events over {lines} lines')


def resume_after_restarts(hall):
    for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        stream = hall.listen()
        before = hall.newest()
        hall.tickets(7)
        seen = stream.take(3)
        hall.process.send_signal(how)
        hall.process.wait()
        while not stream.ended:
            stream.feed()
        seen += stream.blocks # what was on the line already
        stream.close()
        hall.begin()
        hall.tickets(2)
        stream = hall.listen(seen[-1][0])
        seen += stream.take(hall.newest() - before - len(seen))
        expect_events(f'around signal {how}', hall.logged()[before:], seen)
        stream.close()


def many_listeners(hall):
    """200 of them, a ticket every 20 ms: everybody gets every event, and every ticket is answered;
    the 201st has no place, and gets one when another leaves."""
    start = hall.newest()
    listeners = [hall.listen(start if n % 2 else None) for n in range(LISTENERS)]
    expect('statuses', {200}, {listener.status for listener in listeners})
    further = hall.listen()
    expect('the 201st', 503, further.status)
    further.close()
    hall.failed, asked = None, Client(hall.address)

    def write():
        try:
            for number in range(TICKETS):
                answer = asked.ask('POST', '/api/v1/tickets', TICKET,
                                   [('Content-Type', 'application/json')])
                expect(f'ticket {number}', 201, answer.status)
                time.sleep(1 / PER_SECOND)
        except StepError as error:
            hall.failed = error
    writer = threading.Thread(target=write)
    writer.start()
    feed_until(listeners, lambda: not writer.is_alive())
    if hall.failed:
        raise hall.failed
    wanted = hall.newest() - start
    feed_until(listeners, lambda: all(len(listener.blocks) >= wanted or listener.ended
                                      for listener in listeners))
    logged = hall.logged()[start:]
    expect('events of the burst', TICKETS, len(logged))
    expect_events('the first listener', logged, listeners[0].blocks)
    for number, listener in enumerate(listeners):
        expect(f'listener {number}', True, listener.blocks == listeners[0].blocks)
    figures = hall.contract.client.ask('GET', '/metrics').body.decode()
    if '\nonewindow_http_listeners 200\n' not in figures:
        raise StepError('not 200 listeners')
    # Places of those who leave while nothing happens are free at once.
    for _ in range(20):
        listeners.pop().close()
    listeners += [hall.listen() for _ in range(20)]
    expect('statuses', {200}, {listener.status for listener in listeners})
    for listener in listeners:
        listener.close()


def long_log(hall):
    """A listener that starts at the beginning is served in pieces, between everybody's requests."""
    rounds = (LONG_LOG - hall.newest()) // WINDOWS // 2 + 1
    connections = [connect(hall.address) for _ in range(WINDOWS)]
    for window, connection in enumerate(connections, 1):
        pair = (post_of(hall.address, f'/api/v1/windows/{window}/pause') +
                post_of(hall.address, f'/api/v1/windows/{window}/reopen'))
        threading.Thread(target=send_all, args=(connection, pair * rounds), daemon=True).start()
    for connection in connections:
        answers = read_answers(connection, 2 * rounds)
        expect('pauses', {200}, {answer.status for answer in answers})
        connection.close()
    newest = hall.newest()

    # One that does not read: what has been read for it so far is a small part of the log.
    before = figure(hall)
    idle = Stream(hall.address, headers=[('Last-Event-ID', '0')], narrow=True)
    idle.begin()
    expect('beside it', 201, hall.contract.client.ask(
        'POST', '/api/v1/tickets', TICKET, [('Content-Type', 'application/json')]).status)
    taken = figure(hall) - before
    if taken > newest // 4:
        raise StepError(f'{taken} of {newest} events were read for one who takes none')
    idle.close()

    # One that reads as fast as it can: commands are answered before it has got to the end.
    stream = Stream(hall.address, headers=[('Last-Event-ID', '0')])
    reader = threading.Thread(target=lambda: setattr(stream, 'all', stream.take(newest)))
    reader.start()
    answered = 0
    while reader.is_alive():
        at = len(stream.blocks)
        answer = hall.contract.client.ask('POST', '/api/v1/tickets', TICKET,
                                          [('Content-Type', 'application/json')])
        expect('a ticket', 201, answer.status)
        if 0 < at and len(stream.blocks) < newest:
            answered += 1
    reader.join()
    expect('every event', [str(n) for n in range(1, newest + 1)],
           [block[0] for block in stream.all])
    stream.close()
    if answered < 3:
        raise StepError(f'{answered} tickets while {newest} events were caught up')
    print(f'   {answered} tickets while {newest} events were caught up')


def send_all(connection, text):
    connection.sendall(text)


def figure(hall):
    text = hall.contract.client.ask('GET', '/metrics').body.decode()
    return int(next(line.split()[1] for line in text.splitlines()
                    if line.startswith('onewindow_http_events_total ')))


def restored_log(hall):
    """Put back from a copy, the log has other events under the numbers behind it. A listener of the
    log that was lost is told so; one that had only what the copy had goes on."""
    copy, to = (os.path.join(hall.folder, name) for name in ('copy.db', 'restored.db'))
    subprocess.run([hall.onewindow, 'log', 'backup', hall.log, copy], check=True,
                   capture_output=True)
    copied, key = hall.newest(), hall.log + '.key'
    stream = hall.listen()
    hall.tickets(20)
    lost = [block[0] for block in stream.take(20)]
    expect('the last one seen', str(copied + 20), lost[-1])
    stream.close()
    hall.stop()
    subprocess.run([hall.onewindow, 'log', 'restore', copy, to, '--key', key], check=True,
                   capture_output=True)
    hall.begin('restored.db')
    hall.tickets(40) # beyond what the lost log had
    for last in lost:
        hall.expect_refused(f'{last} of the lost log', last)
    stream = hall.listen(copied)
    blocks = stream.take(hall.newest() - copied)
    stream.close()
    expect('behind the copy', ['daemon-started', 'log-restored'], [b[1] for b in blocks[:2]])
    epoch = json.loads(blocks[1][2])['epoch'][:8]
    expect('ids', [f'{copied + n + 1}-{epoch}' for n in range(len(blocks))],
           [block[0] for block in blocks])
    for block in blocks:
        hall.contract.check_block(block)
    stream = hall.listen(blocks[5][0])
    expect('from there on', blocks[6:], stream.take(len(blocks) - 6))
    stream.close()
    answer = hall.contract.ask(hall.document.operation('listen'),
                               f'/api/v1/events?after={hall.newest() + 1}')
    expect('?after= beyond the end', 'bad-event-id', answer.json()['code'])
    stream = Stream(hall.address, f'/api/v1/events?after={hall.newest()}').begin()
    expect('?after= with a seq that was just read', 200, stream.status)
    stream.close()
    # And the lost log, should it come back, knows none of the new ids.
    hall.stop()
    hall.begin()
    hall.expect_refused('an id of the restored log', blocks[5][0])
    stream = hall.listen(lost[0])
    expect('the lost log goes on', [lost[1]], [block[0] for block in stream.take(1)])
    stream.close()


def main():
    hall = Events(sys.argv[1], Document(sys.argv[2]))
    try:
        hall.begin()
        for step in (resume_anywhere, resume_while_written, resume_after_restarts, many_listeners,
                     long_log, restored_log):
            run_step(step, hall)
        hall.stop()
    finally:
        hall.close()


if __name__ == '__main__':
    main()
