"""What the rig shows: the real daemon, libusb, udevd and Debian's kernel on one side, a printer on
the other. Each scenario is a function of its name; it asserts from the daemon's log, from what it
answers over HTTP, and from the printer's paper."""
import grp
import json
import os
import re
import shutil
import sqlite3
import stat
import tempfile

import bus
from hall import Client, StepError, VirtualHall, expect, serve, wait_for

MODULES = ('configfs', 'usblp', 'vhci-hcd', 'dummy_hcd', 'libcomposite', 'usb_f_printer')
DEBIANS_RULES = ('50-udev-default.rules',)
STARTED, ENDED = 51, 52  # types of events
USER = 4711  # nobody in particular
CONFIG = '''
hall = {{ id = "rig"; zh = "试验大厅"; en = "Rig hall"; zone = "Asia/Shanghai"; }};
log = {{ path = "rig.log.db"; }};
web = {{ listen = "127.0.0.1"; port = 0; }};
queues = ( {{ id = "general"; zh = "综合"; en = "General"; prefix = "A"; first = 1; last = 99; work = true; }} );
windows = ( {{ number = 1; zh = "一"; en = "One"; queues = [ "general" ]; }} );
printers = ( {{ id = "dispenser"; driver = "escpos"; model = "generic-80"; url = "{url}"; }} );
'''


def prepare(task):
    """Of the guest, before udev starts: group and mode that printers get by this project's rule."""
    bus.run('mount', '-t', 'configfs', 'none', '/sys/kernel/config')
    rules = bus.read(task['rules'])
    group = re.search(r'\bGROUP="([^"]+)"', rules).group(1)
    if f'\n{group}:' not in bus.read('/etc/group'):
        bus.write('/etc/group', f'{bus.read("/etc/group")}{group}:x:990:\n')
    task['group'], task['mode'] = group, int(re.search(r'\bMODE="([0-7]+)"', rules).group(1), 8)


class Plug:
    """One printer of a virtual hall, and the port of the guest's bus that it goes into."""

    def __init__(self, virtual, number, port):
        self.virtual, self.number, self.port = virtual, number, port
        self.is_in = False
        self.paper_path = '/printer/tickets' if number == 1 else f'/usb/{number}/tickets'

    def plug(self):
        self.faults(unplugged=False)
        name = bus.plug_in(self.virtual.state['usbip'], f'1-{self.number}', self.port)
        self.is_in = True
        return name

    def pulled(self):
        """It was unplugged at the printer: the guest has noticed."""
        bus.wait_for_unplugged(self.port)
        self.is_in = False

    def reset(self):
        self.faults(unplugged=True, stall_after=None, unplug_after=None)
        if self.is_in:
            self.pulled()

    def faults(self, **faults):
        self.virtual.client.post(f'/usb/{self.number}/faults', faults)

    def state(self):
        return self.virtual.client.get('/usb')['plugs'][self.number - 1]

    def folder(self):
        return bus.device_at(self.port)

    def papers(self):
        """How many were ever cut."""
        kept = self.virtual.client.get(self.paper_path)
        return kept[-1]['number'] if kept else 0

    def picture(self, number):
        status, picture = self.virtual.client.raw('GET', f'{self.paper_path}/{number}.png')
        expect(f'picture {number}', 200, status)
        return picture


class Rig:
    """Two virtual halls with their printers on USB for all scenarios, and a daemon for each."""

    def __init__(self, task, share):
        self.share = share
        self.papers = []  # for rig.py, which reads them with other eyes
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        # Copied: an ordinary user may not reach the folder of the build.
        self.program = shutil.copy(task['onewindow'], os.path.join(self.folder, 'onewindow'))
        self.group, self.mode = task['group'], task['mode']
        self.halls = [self.hall(task, 'serial=FIRST', 'serial=SECOND', 'serial=SAME',
                                'serial=SAME'), self.hall(task, 'no-out', 'one-way', 'vendor,product=0202')]
        ordinary, odd = self.halls
        self.first, self.second, self.same, self.other_same = (
            Plug(ordinary, number, number - 1) for number in range(1, 5))
        self.no_out, self.one_way, self.vendor = (
            Plug(odd, number, number + 3) for number in range(1, 4))
        self.plugs = [self.first, self.second, self.same, self.other_same, self.no_out,
                      self.one_way, self.vendor]
        self.gadget = bus.Gadget()
        self.daemon = self.errors = None

    def hall(self, task, *plugs):
        return VirtualHall(task['virtual_hall'], [word for plug in plugs
                                                  for word in ('--usb', plug)])

    def begin(self, name):
        self.name = name
        self.place = os.path.join(self.folder, name)
        os.mkdir(self.place)
        os.chown(self.place, USER, USER)
        self.errors = open(os.path.join(self.place, 'errors'), 'ab')
        for hall in self.halls:
            hall.printer(paper_out=False, speed_mm_s=500)

    def end(self):
        """Leaves nothing behind for the next scenario."""
        try:
            self.stop()
        finally:
            for plug in self.plugs:
                plug.reset()
            if self.gadget.file is not None:
                self.gadget.pull()
            self.errors.close()

    def close(self):
        for hall in self.halls:
            hall.stop()

    # ---- the daemon

    def as_user(self, group):
        """A program that starts the daemon as an ordinary user, in one group besides its own."""
        path = os.path.join(self.place, 'as-user')
        groups = f'--groups={grp.getgrnam(group).gr_gid}' if group else '--clear-groups'
        bus.write(path, f'#!/bin/sh\nexec setpriv --reuid={USER} --regid={USER} {groups} '
                        f'{self.program} "$@"\n')
        os.chmod(path, 0o755)
        return path

    def start(self, url, in_group=True):
        config = os.path.join(self.place, 'hall.conf')
        bus.write(config, CONFIG.format(url=url))
        self.daemon, address = serve(self.as_user(self.group if in_group else None), config,
                                     self.errors)
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

    def wait_for_health(self, health):
        """What the daemon says beside it."""
        def look():
            return self.api.get('/api/v1/hall')['devices'][0]
        try:
            wait_for('', lambda: look()['health'] == health, 60)
        except StepError:
            raise StepError(f'the printer: expected {health}, is {look()}') from None
        return look()['detail']

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

    def all_papers(self):
        return [plug.papers() for plug in self.plugs]

    def prints(self, plug, outcome='printed', torn_since=None):
        """One ticket more: it comes out of that printer, and of no other, once. torn_since: the
        papers before a ticket was torn; what there was of it is cut off, a paper of its own."""
        expected = torn_since or self.all_papers()
        ticket = self.issue()
        expect(f'outcome of {ticket["number"]}', outcome, self.outcome(ticket))
        index = self.plugs.index(plug)
        if torn_since:
            expected[index] += 1
            self.keep('torn', None, plug, expected[index])
        expected[index] += 1
        wait_for('paper', lambda: plug.papers() >= expected[index])
        expect('papers of all printers', expected, self.all_papers())
        self.keep(ticket['number'], ticket['token'], plug, expected[index])

    def keep(self, name, token, plug, number):
        """Paper `number` has this ticket's QR code, or none: rig.py looks."""
        name = f'{self.name}-{name}.png'
        with open(os.path.join(self.share, name), 'wb') as file:
            file.write(plug.picture(number))
        self.papers.append({'scenario': self.name, 'file': name, 'token': token})


FIRST = 'usb:04b8:0e28/serial=FIRST'


def usblp_is_set_aside_and_given_back(rig):
    rig.first.plug()
    folder = rig.first.folder()
    wait_for('usblp takes the printer', lambda: bus.driver_of(folder) == 'usblp')
    rig.start(FIRST)
    rig.prints(rig.first)
    expect('the driver while the daemon has the printer', 'usbfs', bus.driver_of(folder))
    rig.stop()
    expect('the driver when the daemon has ended', 'usblp', bus.driver_of(folder))


def plugged_in_after_the_start(rig):
    rig.start(FIRST)
    rig.wait_for_health('gone')
    rig.first.plug()
    rig.prints(rig.first)


def unplugged_in_mid_ticket(rig):
    rig.first.plug()
    rig.start(FIRST)
    rig.wait_for_health('ok')
    before = rig.all_papers()
    rig.first.faults(unplug_after=100)
    torn = rig.issue()
    expect('outcome of the torn ticket', 'unknown', rig.outcome(torn))
    rig.first.pulled()
    expect('papers meanwhile', before, rig.all_papers())
    rig.first.plug()
    rig.prints(rig.first, torn_since=before)
    expect('starts of the torn ticket', 1, len(rig.events(torn, STARTED)))


def stalled_in_mid_ticket(rig):
    rig.first.plug()
    rig.start(FIRST)
    rig.wait_for_health('ok')
    before, stalls = rig.all_papers(), rig.first.state()['stalls']
    rig.first.faults(stall_after=100)
    torn = rig.issue()
    expect('outcome of the torn ticket', 'unknown', rig.outcome(torn))
    expect('stalls', stalls + 1, rig.first.state()['stalls'])
    rig.prints(rig.first, torn_since=before)
    expect('halted in the end', False, rig.first.state()['out_halted'])
    expect('starts of the torn ticket', 1, len(rig.events(torn, STARTED)))


def paper_runs_out(rig):
    rig.first.plug()
    rig.start(FIRST)
    rig.wait_for_health('ok')
    before = rig.first.papers()
    rig.first.virtual.printer(paper_out=True)
    rig.wait_for_health('waiting')
    ticket = rig.issue()
    expect('ends of a job without paper', [], rig.events(ticket, ENDED))
    expect('papers meanwhile', before, rig.first.papers())
    rig.first.virtual.printer(paper_out=False)
    expect('outcome with paper again', 'printed', rig.outcome(ticket))
    expect('papers', before + 1, rig.first.papers())
    rig.keep(ticket['number'], ticket['token'], rig.first, before + 1)
    rig.wait_for_health('ok')


def two_equal_printers_by_serial(rig):
    rig.first.plug()
    rig.second.plug()
    rig.start('usb:04b8:0e28/serial=SECOND')
    rig.prints(rig.second)


def two_equal_printers_by_port(rig):
    other = rig.same.plug()
    name = rig.other_same.plug()
    rig.start('usb:04b8:0e28/serial=SAME')
    detail = rig.wait_for_health('gone')
    if f'port={name}' not in detail or f'port={other}' not in detail:
        raise StepError(f'of two equal printers it is said: {detail}')
    rig.stop()
    rig.start(f'usb:port={name}')
    rig.prints(rig.other_same)


def no_permission(rig):
    rig.first.plug()
    node = os.stat(bus.node_of(rig.first.folder()))
    expect('group of the device', rig.group, grp.getgrgid(node.st_gid).gr_name)
    expect('mode of the device', oct(rig.mode), oct(stat.S_IMODE(node.st_mode)))
    rig.start(FIRST, in_group=False)
    detail = rig.wait_for_health('gone')
    if 'udev' not in detail:
        raise StepError(f'of a printer that may not be opened it is said: {detail}')
    rig.stop()
    rig.start(FIRST)
    rig.prints(rig.first)


def no_endpoint_for_print_data(rig):
    name = rig.no_out.plug()
    rig.start(f'usb:port={name}')
    detail = rig.wait_for_health('gone')
    if 'no endpoint that takes bytes' not in detail:
        raise StepError(f'of a printer without an OUT endpoint it is said: {detail}')


def one_way_printer(rig):
    name = rig.one_way.plug()
    rig.start(f'usb:port={name}')
    rig.prints(rig.one_way, outcome='sent')


def attached_by_the_usbip_tool(rig):
    """The kernel developers' own client speaks to our server."""
    server = rig.first.virtual.state['usbip']
    usbip = ['usbip', '--tcp-port', str(server['port'])]
    rig.first.faults(unplugged=False)
    listed = bus.run(*usbip, 'list', '--remote', server['address'])
    if '1-1:' not in listed or '(04b8:0e28)' not in listed:
        raise StepError(f'usbip list says: {listed}')
    bus.run(*usbip, 'attach', '--remote', server['address'], '--busid', '1-1')
    rig.first.is_in = True
    wait_for('the device on the bus', rig.first.folder)
    rig.start(FIRST)
    rig.prints(rig.first)


GADGET = f'usb:{bus.GADGET_ID[0]}:{bus.GADGET_ID[1]}'


def gadget_of_the_kernel(rig):
    """What arrives there is what the driver gave to the transport, byte for byte."""
    rig.gadget.plug()
    capture = os.path.join(rig.place, 'capture')
    rig.start(f'record:{capture}:{GADGET}')
    for _ in range(3):
        ticket = rig.issue()
        expect(f'outcome of {ticket["number"]}', 'printed', rig.outcome(ticket))
    rig.stop()
    sent = b''.join(bytes.fromhex(line.split()[3]) for line in bus.read(capture).splitlines()
                    if ' > submit ' in line)
    if len(sent) < 500:
        raise StepError(f'the capture has {len(sent)} bytes only')
    expect('bytes at the gadget', sent.hex(), rig.gadget.bytes.hex())


def unplugged_before_the_answer(rig):
    """The gadget has taken the whole ticket and not yet said that it is printed."""
    rig.gadget.plug()
    rig.start(GADGET)
    rig.wait_for_health('ok')
    rig.gadget.silent, seen = True, len(rig.gadget.bytes)
    ticket = rig.issue()
    wait_for('the whole ticket, to GS r 1',
             lambda: rig.gadget.bytes[seen:].find(b'\x1dr\x01', 100) > 0)
    expect('ends of its job', [], rig.events(ticket, ENDED))
    rig.gadget.pull()
    expect('outcome', 'unknown', rig.outcome(ticket))
    rig.gadget.silent = False
    rig.gadget.plug()
    later = rig.issue()
    expect('outcome of the next', 'printed', rig.outcome(later))
    expect('starts of the first', 1, len(rig.events(ticket, STARTED)))


def of_the_vendors_class(rig):
    """Epson's vendor mode: udev's rule knows it by its numbers, the transport by its endpoints."""
    rig.vendor.plug()
    node = os.stat(bus.node_of(rig.vendor.folder()))
    expect('group of the device', rig.group, grp.getgrgid(node.st_gid).gr_name)
    rig.start('usb:04b8:0202')
    rig.prints(rig.vendor)


SCENARIOS = [
    usblp_is_set_aside_and_given_back, plugged_in_after_the_start, unplugged_in_mid_ticket,
    stalled_in_mid_ticket, paper_runs_out, two_equal_printers_by_serial,
    two_equal_printers_by_port, no_permission, no_endpoint_for_print_data, one_way_printer,
    attached_by_the_usbip_tool, of_the_vendors_class, gadget_of_the_kernel,
    unplugged_before_the_answer,
]
