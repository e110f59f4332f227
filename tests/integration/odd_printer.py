"""A printer on a TCP port for tests: answers what it is told to, or says garbage for ever. It keeps
what it was sent. Python's standard library only."""
import socket
import threading

SILENT = {}
TM_T88V = {
    b'\x10\x04': b'\x12', b'\x1dI\x01': b'\x20', b'\x1dI\x02': b'\x02', b'\x1dI\x03': b'\x00',
    b'\x1dIA': b'_30.46 ESC/POS\0', b'\x1dIB': b'_EPSON\0', b'\x1dIC': b'_TM-T88V\0',
    b'\x1dID': b'_MXKF012345\0', b'\x1dIE': b'_CHINA GB18030\0',
}


class OddPrinter:
    """answers: the beginning of a command -> reply. garbage: said without an end once it was sent
    anything. hang_up: closes behind so many bytes."""

    def __init__(self, answers, garbage=b'', hang_up=None):
        self.answers, self.garbage, self.hang_up = answers, garbage, hang_up
        self.got = b''
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = 'tcp://127.0.0.1:%d' % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                try:
                    self.talk(peer)
                except OSError:
                    pass

    def talk(self, peer):
        seen = 0
        start = len(self.got)
        while True:
            came = peer.recv(65536)
            if not came:
                return
            self.got += came
            if self.hang_up is not None and len(self.got) - start >= self.hang_up:
                return
            while self.garbage:
                peer.sendall(self.garbage)
            data = self.got[start:]
            while seen < len(data):
                for command, reply in self.answers.items():
                    if data.startswith(command, seen) and len(data) >= seen + 3:
                        peer.sendall(reply)
                seen += 1

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
