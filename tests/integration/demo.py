#!/usr/bin/env python3
"""onewindow demo --dir: what was changed in the folder's configuration is there at the next start, and
the log goes on; what is no configuration is named, and stays as it is.

    demo.py ONEWINDOW VIRTUAL-HALL"""
import atexit
import os
import re
import signal
import subprocess
import sys
import tempfile

import hall as t


class Demo:
    """One run of it, until it is interrupted."""

    def __init__(self, onewindow, virtual_hall, folder):
        self.process = subprocess.Popen([onewindow, 'demo', '--dir', folder, '--virtual-hall', virtual_hall],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        atexit.register(self.stop)  # a step that failed leaves none running
        self.url, self.lines = None, []
        for line in self.process.stdout:
            self.lines.append(line)
            found = re.search(r'API: (http://\S+)/api/v1/hall', line)
            if found:
                self.url = found.group(1)
            if 'Ctrl-C' in line:
                break

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, ''.join(self.lines) + out, err


def main():
    onewindow, virtual_hall = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, 'hall.conf')
        demo = Demo(onewindow, virtual_hall, folder)
        api = t.Client(demo.url)
        token = api.post('/api/v1/tickets', {'queue': 'general'})['token']
        t.expect('interrupted', 0, demo.end()[0])
        with open(config, encoding='utf-8') as file:
            text = file.read()
        changed = text.replace('blink_s = 20', 'blink_s = 7  # mine').replace(
            '  { id = "boards"', '  { id = "mine"; url = "tcp://127.0.0.1:9"; baud = 9600; },\n  { id = "boards"')
        t.expect('a setting to change', True, changed != text)
        with open(config, 'w', encoding='utf-8') as file:
            file.write(changed)
        demo = Demo(onewindow, virtual_hall, folder)
        ticket = t.Client(demo.url).get(f'/api/v1/tickets/{token}')
        t.expect('the log goes on', 'waiting', ticket['state'])
        t.expect('interrupted', 0, demo.end()[0])
        with open(config, encoding='utf-8') as file:
            t.expect('what was changed', changed, file.read())
        with open(os.path.join(folder, 'demo.conf'), encoding='utf-8') as file:
            used = file.read()
        t.expect('what is used', (True, True, False), ('blink_s = 7' in used, 'tcp://127.0.0.1:9"' in used, 'ttyUSB' in used))
        with open(config, 'w', encoding='utf-8') as file:
            file.write('hall = {\n')
        code, _, err = Demo(onewindow, virtual_hall, folder).end()
        t.expect('no configuration', (1, True), (code, f'{config}:2: ' in err))
        with open(config, encoding='utf-8') as file:
            t.expect('which stays', 'hall = {\n', file.read())
    print('demo: ok')
    return 0


if __name__ == '__main__':
    sys.exit(main())
