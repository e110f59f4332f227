"""What the benchmarks share: a hall of any size, the daemon on the build's own disk, tables.

Figures of speed are ratios against a peer or a limit in the same run; a table shows them as
min / median / max over the rounds. A benchmark ends with 0 when it ran: whether a bar is met is
printed, and a busy machine fails nobody."""
import glob
import json
import os
import re
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../integration'))
from hall import Client, StepError, VirtualHall, serve, wait_for  # noqa: E402, F401


def queue_name(index):
    return f'q{index}'


def prefix(index):
    return chr(ord('A') + index % 26) * (1 + index // 26)


def hall_config(queues=4, windows=8, printers=()):
    """A hall whose window N serves queue N mod queues, and the next one where that is empty."""
    lines = [
        'hall = { id = "bench"; zh = "基准大厅"; en = "Bench hall"; zone = "Asia/Shanghai"; };',
        'log = { path = "bench.log.db"; };',
        'web = { listen = "127.0.0.1"; port = 0; };', 'queues = (']
    lines.append(',\n'.join(
        f'  {{ id = "{queue_name(i)}"; zh = "综合{i}"; en = "General {i}"; prefix = "{prefix(i)}"; '
        'first = 1; last = 9999; work = true; }' for i in range(queues)))
    lines += [');', 'windows = (']
    lines.append(',\n'.join(
        f'  {{ number = {n}; zh = "{n}号窗口"; en = "Window {n}"; queues = [ '
        f'"{queue_name(n % queues)}", "{queue_name((n + 1) % queues)}" ]; }}'
        if queues > 1 else
        f'  {{ number = {n}; zh = "{n}号窗口"; en = "Window {n}"; queues = [ "{queue_name(0)}" ]; }}'
        for n in range(1, windows + 1)))
    lines.append(');')
    lines += ['printers = (', ',\n'.join(
        f'  {{ id = "printer-{i}"; driver = "escpos"; model = "generic-80"; url = "{url}"; }}'
        for i, url in enumerate(printers)), ');']
    return '\n'.join(lines) + '\n'


class Printers:
    """Printers on TCP that are always well and print at once: they answer what the driver asks (DLE
    EOT 1 to 4, GS r, GS ( H function 48) and throw the paper away. The virtual hall's printer has
    the pace of a real one, which is too slow for a day at 100 times its pace."""
    ASKED = re.compile(rb'\x10\x04[\x01-\x04]|\x1d\x28\x48\x06\x00\x30\x30(.{4})|\x1d\x72.',
                       re.DOTALL)
    LONGEST = 11

    def __init__(self, count):
        self.selector = selectors.DefaultSelector()
        self.urls, self.printed = [], 0
        for _ in range(count):
            listener = socket.create_server(('127.0.0.1', 0))
            self.selector.register(listener, selectors.EVENT_READ, None)
            self.urls.append(f'tcp://127.0.0.1:{listener.getsockname()[1]}')
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    plugged, _ = key.fileobj.accept()
                    self.selector.register(plugged, selectors.EVENT_READ, bytearray())
                else:
                    self.receive(key.fileobj, key.data)

    def receive(self, plugged, kept):
        try:
            got = plugged.recv(65536)
            kept += got
            end, answer = 0, b''
            for asked in self.ASKED.finditer(kept):
                end = asked.end()
                if asked.group(1):
                    answer += b'\x37\x22' + asked.group(1) + b'\x00'
                    self.printed += 1
                else:
                    answer += b'\x12' if asked.group()[0] == 0x10 else b'\x00'
            del kept[:max(end, len(kept) - self.LONGEST)]
            plugged.sendall(answer)
        except OSError:
            got = b''
        if not got:
            self.selector.unregister(plugged)
            plugged.close()


class Bench:
    """One daemon in a folder of its own beneath the working directory, which under meson is the
    build directory: /tmp may be memory."""

    def __init__(self, onewindow, config):
        self.onewindow = onewindow
        self.folder = tempfile.mkdtemp(prefix='bench-', dir=os.getcwd())
        self.log = os.path.join(self.folder, 'bench.log.db')
        self.config = os.path.join(self.folder, 'hall.conf')
        self.process = None
        self.errors = open(os.path.join(self.folder, 'daemon.err'), 'ab')
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(config)

    def start(self, limit=60):
        """ready_s: from exec to the ready message."""
        begin = time.monotonic()
        self.process, url = serve(self.onewindow, self.config, self.errors, limit=limit)
        self.ready_s = time.monotonic() - begin
        if not url:
            with open(self.errors.name, encoding='utf-8', errors='replace') as file:
                raise StepError('the daemon did not open: ' + file.read()[-1000:])
        self.api = Client(url)
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            if self.process.wait():
                raise StepError(f'the daemon ended with {self.process.returncode}')
            self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process:
            self.kill()
        self.errors.close()
        if kind is None or not os.environ.get('BENCH_KEEP'):
            shutil.rmtree(self.folder, ignore_errors=True)

    def memory_kib(self):
        """Private dirty memory."""
        with open(f'/proc/{self.process.pid}/smaps_rollup', encoding='ascii') as file:
            return sum(int(line.split()[1]) for line in file if line.startswith('Private_Dirty:'))


def cpu_s(pid):
    """Processor time of a process's living threads."""
    total = 0
    for path in glob.glob(f'/proc/{pid}/task/*/schedstat'):
        with open(path, encoding='ascii') as file:
            total += int(file.read().split()[0])
    return total / 1e9


def run_json(*words, cwd=None):
    """A helper program that prints a JSON object a line."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, text=True, cwd=cwd,
                          check=False)
    if done.returncode:
        raise StepError(f'{os.path.basename(str(words[0]))} ended with {done.returncode}')
    return [json.loads(line) for line in done.stdout.splitlines()]


def spread(values, digits=2):
    values = sorted(values)
    return ' / '.join(f'{value:.{digits}f}' for value in
                      (values[0], statistics.median(values), values[-1]))


def table(rows):
    """Rows of text; the first is the head. Chinese is not expected here: columns by length."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print('  '.join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
        if number == 0:
            print('  '.join('-' * width for width in widths))
    sys.stdout.flush()


def verdict(met):
    return 'met' if met else 'not met'


def machine():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        models = [line.split(':')[1].strip() for line in file if line.startswith('model name')]
    return (f'{len(os.sched_getaffinity(0))} cores {models[0] if models else os.uname().machine}, '
            f'Linux {os.uname().release}, load {os.getloadavg()[0]:.1f}')


def main(run):
    """run() prints; what went wrong is an error, a figure is not."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(machine(), flush=True)
    try:
        run()
    except StepError as error:
        sys.exit(str(error))
