"""A thermal printer on TCP as far as a test needs one: it says how it is, notes the QR code of each
ticket that was cut, and proves that it was printed. Written from the printers' manuals; Python's
standard library only."""
import re
import select
import socket
import threading

QR = re.compile(rb'\x1d\x28\x6b(..)\x31\x50\x30', re.S)
PROCESS_ID = re.compile(rb'\x1d\x28\x48\x06\x00\x30\x30(....)', re.S)


class FakePrinter:
    """papers: the text of the QR code of each ticket, in the order in which they were cut."""

    def __init__(self):
        self.papers = []
        self.paper_out = self.near_end = self.cover_open = self.cut = self.hold = False
        self.listener = self.connection = self.holder = None
        self.asked, self.held = [], b''
        self.port = 0
        self.wake_read, self.wake_write = socket.socketpair()
        self.ending = False
        self.open_listener()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    # ---- called by the test ---------------------------------------------------------------------

    def ask(self, what):
        """Done by the printer's own thread: nobody else touches its sockets."""
        done = threading.Event()
        self.asked.append((what, done))
        self.wake_write.send(b'x')
        done.wait()

    def set(self, **states):
        """paper_out, near_end, cover_open; told at once, as automatic status. hold: it prints nothing
        and says nothing about that; forget: what it holds is gone."""
        def change():
            if states.pop('forget', False):
                self.held = b''
            for name, value in states.items():
                setattr(self, name, value)
            if self.connection:
                self.send(self.automatic())
        self.ask(change)

    def unplug(self):
        self.ask(self.go)

    def plug_in(self, cut=False):
        """cut: and out again when a ticket's first bytes are here."""
        def come():
            self.cut = cut
            if not self.listener:
                self.holder.close()
                self.open_listener()
        self.ask(come)

    def close(self):
        def end():
            self.ending = True
        self.ask(end)
        self.thread.join()
        for one in (self.listener, self.connection, self.holder, self.wake_read, self.wake_write):
            if one:
                one.close()

    # ---- the printer ----------------------------------------------------------------------------

    def open_listener(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(('127.0.0.1', self.port))
        self.listener.listen(1)
        self.port = self.listener.getsockname()[1]

    def go(self):
        self.hang_up()
        if self.listener:
            self.listener.close()
            self.listener = None
            # The port stays ours: whoever connects is refused.
            self.holder = socket.socket()
            self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.holder.bind(('127.0.0.1', self.port))

    def hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def send(self, data):
        try:
            self.connection.sendall(data)
        except OSError:
            pass

    def stopped(self):
        return self.paper_out or self.cover_open

    def automatic(self):
        return bytes([0x10 | (0x08 if self.stopped() else 0) | (0x20 if self.cover_open else 0), 0,
                      (0x03 if self.near_end else 0) | (0x0c if self.paper_out else 0), 0])

    def answer(self, number):
        bits = {1: 0x08 if self.stopped() else 0,
                2: (0x04 if self.cover_open else 0) | (0x20 if self.paper_out else 0),
                4: (0x0c if self.near_end else 0) | (0x60 if self.paper_out else 0)}
        return bytes([0x12 | bits.get(number, 0)])

    def take(self, data):
        """Real-time questions are answered at once, also while there is no paper."""
        for match in re.finditer(rb'\x10\x04([\x01-\x04])', data):
            self.send(self.answer(match.group(1)[0]))
        return re.sub(rb'\x10\x04[\x01-\x04]', b'', data)

    def work(self):
        """What has come, if it can be printed; the proofs at its end."""
        if self.stopped() or self.hold or not self.held:
            return
        if self.cut and b'\x1b@' in self.held:
            self.hang_up()
            self.held = b''
            return
        match = PROCESS_ID.search(self.held)
        processed = self.held.find(b'\x1dr\x01')
        if not match or processed < 0:
            return
        for qr in QR.finditer(self.held):
            end = qr.end() + int.from_bytes(qr.group(1), 'little') - 3
            self.papers.append(self.held[qr.end():end].decode())
        self.send(b'\x37\x22' + match.group(1) + b'\0\0')
        self.held = b''

    def run(self):
        while not self.ending:
            ready, _, _ = select.select([one for one in (self.wake_read, self.listener,
                                                         self.connection) if one], [], [])
            if self.wake_read in ready:
                self.wake_read.recv(1)
                what, done = self.asked.pop(0)
                what()
                done.set()
            elif self.listener in ready:
                self.hang_up()
                self.connection, _ = self.listener.accept()
                self.held = b''
            else:
                self.receive()
            if self.connection:
                self.work()

    def receive(self):
        try:
            data = self.connection.recv(65536)
        except OSError:
            data = b''
        if data:
            self.held += self.take(data)
        else:
            self.hang_up()
