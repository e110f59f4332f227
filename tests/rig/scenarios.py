"""What the rig shows: the real daemon, libusb, udevd and Debian's kernel on one side, a printer on
the other. Each scenario is a function of its name; it asserts from the daemon's log, from what it
answers over HTTP, and from the printer's paper."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

import bus
from hall import Client, StepError, VirtualHall, expect, serve, wait_for

ISSUED, STARTED, ENDED = 20, 51, 52
USER = 4711  # nobody in particular
LP = '7'     # Debian's group of printers
CONFIG = '''
hall = {{ id = "rig"; zh = "试验大厅"; en = "Rig hall"; zone = "Asia/Shanghai"; }};
log = {{ path = "rig.log.db"; }};
web = {{ listen = "127.0.0.1"; port = 0; }};
queues = ( {{ id = "general"; zh = "综合"; en = "General"; prefix = "A"; first = 1; last = 99; work = true; }} );
windows = ( {{ number = 1; zh = "一"; en = "One"; queues = [ "general" ]; }} );
printers = ( {{ id = "dispenser"; driver = "escpos"; model = "generic-80"; url = "{url}"; }} );
'''


class Rig:
    """One virtual hall with four printers on USB for all scenarios, and a daemon for each."""

    def __init__(self, task, share):
        self.share = share
        self.papers = []  # for rig.py, which reads them with other eyes
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        # Copied: an ordinary user may not reach the folder of the build.
        self.program = shutil.copy(task['onewindow'], os.path.join(self.folder, 'onewindow'))
        self.virtual = VirtualHall(task['virtual_hall'], [
            '--usb', 'serial=FIRST', '--usb', 'serial=SECOND', '--usb', 'serial=SAME',
            '--usb', 'serial=SAME'])
        self.virtual.printer(speed_mm_s=500)
        self.server = self.virtual.state['usbip']
        self.daemon = None
        self.errors = None
        self.plugged = set()

    # ---- the daemon

    def begin(self, name):
        self.name = name
        self.place = os.path.join(self.folder, name)
        os.mkdir(self.place)
        os.chown(self.place, USER, USER)
        self.errors = open(os.path.join(self.place, 'errors'), 'ab')

    def as_user(self, group):
        """A program that starts the daemon as an ordinary user, in one group besides its own."""
        path = os.path.join(self.place, 'as-user')
        groups = f'--groups={group}' if group else '--clear-groups'
        bus.write(path, f'#!/bin/sh\nexec setpriv --reuid={USER} --regid={USER} {groups} '
                        f'{self.program} "$@"\n')
        os.chmod(path, 0o755)
        return path

    def start(self, url, group=LP):
        config = os.path.join(self.place, 'hall.conf')
        bus.write(config, CONFIG.format(url=url))
        self.daemon, address = serve(self.as_user(group), config, self.errors)
        if not address:
            raise StepError('the daemon did not open')
        self.api = Client(address)

    def stop(self):
        if self.daemon:
            self.daemon.terminate()
            code = self.daemon.wait()
            self.daemon = None
            expect('exit of the daemon', 0, code)

    def end(self):
        """Leaves nothing behind for the next scenario."""
        try:
            self.stop()
        finally:
            self.virtual.printer(paper_out=False, speed_mm_s=500)
            for plug in sorted(self.plugged):
                self.pull(plug)
            for plug in range(1, 5):
                self.faults(plug, unplugged=False, stall_after=None, unplug_after=None)
            self.errors.close()

    def close(self):
        self.virtual.stop()

    def daemon_errors(self):
        self.errors.flush()
        with open(self.errors.name, encoding='utf-8', errors='replace') as file:
            return file.read()[-3000:]

    def device(self):
        return self.api.get('/api/v1/hall')['devices'][0]

    def wait_for_health(self, health):
        def look():
            return self.device()['health'] == health
        try:
            wait_for('', look, 40)
        except StepError:
            raise StepError(f'the printer: expected {health}, is {self.device()}') from None
        return self.device()

    # ---- tickets

    def issue(self):
        return self.api.post('/api/v1/tickets', {'queue': 'general'})

    def events(self, ticket, kind):
        log = os.path.join(self.place, 'rig.log.db')
        connection = sqlite3.connect(f'file:{log}?mode=ro', uri=True)
        try:
            rows = [json.loads(row[0]) for row in connection.execute(
                'SELECT payload FROM event WHERE type = ? ORDER BY seq', (kind,))]
        finally:
            connection.close()
        return [row for row in rows if row['ticket'] == ticket['ticket']]

    def outcome(self, ticket):
        ended = wait_for(f'the job of {ticket["number"]} ends',
                         lambda: self.events(ticket, ENDED), 60)
        expect(f'ends of the job of {ticket["number"]}', 1, len(ended))
        return ended[0]['outcome']

    def prints(self):
        """A ticket goes the whole way."""
        ticket = self.issue()
        expect(f'outcome of {ticket["number"]}', 'printed', self.outcome(ticket))
        return ticket

    # ---- paper

    def count(self, plug=1):
        path = '/printer/tickets' if plug == 1 else f'/usb/{plug}/tickets'
        answer = self.virtual.client.get(path)
        return answer[-1]['number'] if answer else 0

    def paper(self, ticket, number, plug=1, whole=True):
        """Paper `number` of that printer is this ticket's: rig.py reads its QR code."""
        path = f'/printer/tickets/{number}.png' if plug == 1 else f'/usb/{plug}/tickets/{number}.png'
        status, picture = self.virtual.client.raw('GET', path)
        expect(f'picture {number} of printer {plug}', 200, status)
        name = f'{self.name}-{plug}-{number}.png'
        with open(os.path.join(self.share, name), 'wb') as file:
            file.write(picture)
        self.papers.append({'scenario': self.name, 'file': name, 'token': ticket['token']})

    # ---- plugs

    def plug(self, number=1):
        name = bus.plug_in(self.server, f'1-{number}', number - 1)
        self.plugged.add(number)
        return name

    def pull(self, number=1):
        self.faults(number, unplugged=True)
        self.pulled(number)

    def pulled(self, number=1):
        bus.wait_for_unplugged(number - 1)
        self.plugged.discard(number)

    def replug(self, number=1):
        self.faults(number, unplugged=False)
        return self.plug(number)

    def faults(self, number, **faults):
        self.virtual.client.post(f'/usb/{number}/faults', faults)

    def state(self, number=1):
        return self.virtual.client.get('/usb')['plugs'][number - 1]


FIRST = 'usb:04b8:0e28/serial=FIRST'


def usblp_is_set_aside_and_given_back(rig):
    rig.plug()
    folder = bus.device_at(0)
    wait_for('usblp takes the printer', lambda: bus.driver_of(folder) == 'usblp')
    rig.start(FIRST)
    before = rig.count()
    ticket = rig.prints()
    expect('papers', before + 1, rig.count())
    rig.paper(ticket, before + 1)
    expect('the driver while the daemon has the printer', 'usbfs', bus.driver_of(folder))
    rig.stop()
    expect('the driver when the daemon has ended', 'usblp', bus.driver_of(folder))


def plugged_in_after_the_start(rig):
    rig.start(FIRST)
    rig.wait_for_health('gone')
    before = rig.count()
    rig.plug()
    ticket = rig.prints()
    expect('papers', before + 1, rig.count())
    rig.paper(ticket, before + 1)


def unplugged_in_mid_ticket(rig):
    rig.plug()
    rig.start(FIRST)
    rig.wait_for_health('ok')
    before = rig.count()
    rig.faults(1, unplug_after=100)
    cut = rig.issue()
    expect('outcome of the ticket that was cut off', 'unknown', rig.outcome(cut))
    rig.pulled()
    expect('papers meanwhile', before, rig.count())
    rig.replug()
    later = rig.prints()
    expect('papers', before + 1, rig.count())
    rig.paper(later, before + 1)
    expect('starts of the ticket that was cut off', 1, len(rig.events(cut, STARTED)))


def stalled(rig):
    rig.plug()
    rig.start(FIRST)
    rig.wait_for_health('ok')
    before, stalls = rig.count(), rig.state()['stalls']
    rig.faults(1, stall_after=100)
    halted = rig.issue()
    outcome = rig.outcome(halted)
    expect('stalls', stalls + 1, rig.state()['stalls'])
    later = rig.prints()
    expect('halted in the end', False, rig.state()['out_halted'])
    if outcome == 'printed':
        expect('papers', before + 2, rig.count())
    else:
        expect('outcome of the ticket that was halted', 'unknown', outcome)
        expect('papers', before + 1, rig.count())
    rig.paper(later, rig.count())
    expect('starts of the ticket that was halted', 1, len(rig.events(halted, STARTED)))


def paper_out(rig):
    rig.plug()
    rig.start(FIRST)
    rig.wait_for_health('ok')
    before = rig.count()
    rig.virtual.printer(paper_out=True)
    rig.wait_for_health('waiting')
    ticket = rig.issue()
    rig.virtual.client.get('/state')
    expect('ends of a job without paper', [], rig.events(ticket, ENDED))
    expect('papers meanwhile', before, rig.count())
    rig.virtual.printer(paper_out=False)
    expect('outcome with paper again', 'printed', rig.outcome(ticket))
    expect('papers', before + 1, rig.count())
    rig.paper(ticket, before + 1)
    rig.wait_for_health('ok')


def two_equal_printers_by_serial(rig):
    rig.plug(1)
    rig.plug(2)
    rig.start('usb:04b8:0e28/serial=SECOND')
    before = rig.count(1), rig.count(2)
    ticket = rig.prints()
    expect('papers of both', (before[0], before[1] + 1), (rig.count(1), rig.count(2)))
    rig.paper(ticket, before[1] + 1, plug=2)


def two_equal_printers_by_port(rig):
    rig.plug(3)
    port = rig.plug(4)
    before = rig.count(3), rig.count(4)
    rig.start(f'usb:port={port}')
    ticket = rig.prints()
    expect('papers of both', (before[0], before[1] + 1), (rig.count(3), rig.count(4)))
    rig.paper(ticket, before[1] + 1, plug=4)
    rig.stop()
    rig.start('usb:04b8:0e28/serial=SAME')
    detail = rig.wait_for_health('gone')['detail']
    if 'serial=' not in detail or 'port=' not in detail:
        raise StepError(f'which of two equal printers: {detail}')


def no_permission(rig):
    rig.plug()
    rig.start(FIRST, group=None)
    before = rig.count()
    detail = rig.wait_for_health('gone')['detail']
    if 'udev' not in detail:
        raise StepError(f'a printer that may not be opened: {detail}')
    rig.stop()
    rig.start(FIRST, group=LP)
    rig.prints()
    expect('papers', before + 1, rig.count())


def gadget_of_the_kernel(rig):
    gadget = bus.Gadget()
    try:
        gadget.make()
        capture = os.path.join(rig.place, 'capture')
        rig.start(f'record:{capture}:usb:{bus.GADGET_ID[0]}:{bus.GADGET_ID[1]}')
        rig.wait_for_health('ok')
        for _ in range(3):
            rig.prints()
        rig.stop()
        sent = b''.join(bytes.fromhex(line.split()[3]) for line in bus.read(capture).splitlines()
                        if ' > submit ' in line)
        if len(sent) < 500:
            raise StepError(f'the capture has {len(sent)} bytes only')
        expect('bytes at the gadget', sent.hex(), gadget.bytes.hex())
    finally:
        gadget.close()


SCENARIOS = [
    usblp_is_set_aside_and_given_back, plugged_in_after_the_start, unplugged_in_mid_ticket, stalled,
    paper_out, two_equal_printers_by_serial, two_equal_printers_by_port, no_permission,
    gadget_of_the_kernel,
]
