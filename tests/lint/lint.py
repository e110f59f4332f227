#!/usr/bin/env python3
"""The rules of the house that a compiler does not know: who may include whom, the words of the
domain, no machine's paths. Lengths of files and functions are warnings.

    lint.py ROOT          checks the tree; exit 1 with every finding
    lint.py --self-test   shows that each rule can fail
"""
import os
import re
import subprocess
import sys
import tempfile

LIBC = {
    'argp.h', 'assert.h', 'ctype.h', 'dirent.h', 'errno.h', 'fcntl.h', 'float.h', 'getopt.h', 'grp.h',
    'iconv.h', 'inttypes.h', 'libgen.h', 'limits.h', 'locale.h', 'malloc.h', 'math.h', 'netdb.h', 'poll.h',
    'pthread.h', 'pty.h', 'sched.h', 'setjmp.h', 'signal.h', 'spawn.h', 'stdarg.h', 'stdatomic.h',
    'stdbool.h', 'stddef.h', 'stdint.h', 'stdio.h', 'stdlib.h', 'string.h', 'strings.h', 'termios.h',
    'time.h', 'unistd.h', 'wchar.h',
}
FREESTANDING = {'stdbool.h', 'stddef.h', 'stdint.h', 'limits.h', 'stdarg.h', 'string.h'}

# layer (longest matching prefix wins) -> what it may include: own folders, libraries.
# string.h: memcpy and its kin, which every freestanding compiler emits calls to anyway.
TABLE = [
    ('firmware-host/proto/', ['firmware-host/proto/'], FREESTANDING, False),
    ('firmware-host/hal/', ['firmware-host/hal/'], FREESTANDING, False),
    ('firmware-host/app/mk', [], {'ft2build.h'}, True),
    ('firmware-host/app/', ['firmware-host/app/', 'firmware-host/proto/', 'firmware-host/hal/'],
     FREESTANDING, False),
    ('firmware-host/port/', ['firmware-host/'], {'microhttpd.h', 'png.h', 'qrencode.h', 'jansson.h'},
     True),
    ('drivers/transport/usb', ['drivers/transport.h', 'drivers/transport/'], {'libusb.h', 'libusb-1.0/libusb.h'}, True),
    ('drivers/transport/serial', ['drivers/transport.h', 'drivers/transport/'], {'libserialport.h'}, True),
    ('drivers/transport/', ['drivers/transport.h', 'drivers/transport/'], set(), True),
    ('drivers/text/', ['drivers/text/'], set(), True),
    ('drivers/driver.h', ['drivers/printer/document.h'], FREESTANDING, False),
    ('drivers/transport.h', [], set(), True),
    ('drivers/registry.c', ['drivers/driver.h', 'drivers/transport.h'], set(), True),
    ('drivers/codecs.c', ['drivers/codec.h'], set(), True),
    ('drivers/printer/document.h', [], FREESTANDING, False),
    ('drivers/voice/', ['drivers/voice/'], {'alsa/asoundlib.h', 'sndfile.h'}, True),
    ('drivers/', ['drivers/driver.h', 'drivers/codec.h', 'drivers/transport.h', 'drivers/printer/document.h',
                  'drivers/board/fields.h', 'drivers/board/news.h', 'drivers/board/tell.h', 'drivers/text/', 'firmware-host/proto/', '@own'], set(), True),
    ('src/core/', ['src/core/'], FREESTANDING | {'errno.h', 'inttypes.h', 'stdio.h', 'stdlib.h',
                                                 'assert.h', 'math.h'}, False),
    ('src/store/', ['src/core/', 'src/store/'], {'sqlite3.h', 'sodium.h'}, True),
    ('src/measure/', ['src/core/', 'src/measure/', 'src/store/store.h'], set(), True),
    ('src/simulate/scenario_read.c', ['src/core/', 'src/settings/', 'src/simulate/'], {'libconfig.h'}, True),
    ('src/simulate/', ['src/core/', 'src/measure/', 'src/settings/', 'src/simulate/', 'src/store/store.h'], set(), True),
    ('src/settings/', ['src/core/', 'src/settings/'], {'libconfig.h'}, True),
    ('src/keeper/', ['src/core/', 'src/store/', 'src/keeper/'], set(), True),
    ('src/devices/', ['src/core/', 'src/keeper/', 'src/devices/', 'drivers/driver.h',
                      'drivers/transport.h', 'drivers/printer/document.h', 'drivers/text/',
                      'drivers/voice/phrase.h', 'drivers/voice/voice.h', 'src/render/protocol.h',
                      'src/store/store.h', 'src/voice/protocol.h'],
     set(), True),
    ('src/render/protocol.', ['drivers/printer/document.h', 'src/render/protocol.h'], set(), True),
    ('src/render/', ['drivers/printer/document.h', 'src/render/'],
     {'pango/pangocairo.h', 'qrencode.h'}, True),
    ('src/chart/draw.', ['src/chart/'], {'cairo-svg.h', 'pango/pangocairo.h'}, True),
    ('src/chart/', ['src/chart/'], {'jansson.h'}, True),
    ('src/voice/', ['drivers/voice/', 'src/voice/'], set(), True),
    ('src/web/', ['src/core/', 'src/keeper/', 'src/store/', 'src/measure/', 'src/web/'],
     {'microhttpd.h', 'jansson.h'}, True),
    ('src/daemon/', ['src/', 'drivers/'],
     {'uv.h', 'libconfig.h', 'jansson.h', 'sodium.h', 'systemd/sd-daemon.h'}, True),
    ('src/cli/render', ['src/', 'drivers/', 'firmware-host/port/host/paper.h'],
     {'curl/curl.h', 'jansson.h', 'libconfig.h'}, True),
    ('src/cli/', ['src/', 'drivers/'],
     {'curl/curl.h', 'jansson.h', 'libconfig.h'}, True),
]

# Words of other systems for things that have a name here.
WORDS = {
    r'\bcounter (?:clerk|window)\b': 'window', r'\bcustomers?\b': 'citizen', r'\bteller\b': 'clerk',
    r'\bqueue number\b': 'ticket', r'\bkiosks? ticket\b': 'ticket', r'\bskip(?:ped)? ticket\b': 'no-show',
}

FILE_LINES = 500
FUNCTION_LINES = 60


def tracked(root):
    listed = subprocess.run(['git', '-C', root, 'ls-files', '-z', '--cached', '--others',
                             '--exclude-standard'], capture_output=True, check=True).stdout
    return [name for name in listed.decode().split('\0') if name and
            os.path.isfile(os.path.join(root, name))]


def layer_of(name):
    best = None
    for row in TABLE:
        if name.startswith(row[0]) and (best is None or len(row[0]) > len(best[0])):
            best = row
    return best


# in two halves, so that this line is none
UNFINISHED = r'\b(TO' + r'DO|FIX' + r'ME|X' + r'XX)\b'


def check_includes(name, text):
    row = layer_of(name)
    if row is None:
        return
    _, folders, libraries, libc = row
    own = os.path.dirname(name) + '/'
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        header = match.group(2)
        if match.group(1) == '"':
            allowed = any(header.startswith(own if f == '@own' else f) for f in folders)
        else:
            allowed = header in libraries or (libc and (
                header in LIBC or header.startswith(('sys/', 'netinet/', 'arpa/', 'linux/'))))
        if not allowed:
            yield f'{name}:{number}: {row[0]} may not include {header}'


def check_words(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, word in WORDS.items():
            if re.search(pattern, line, re.I):
                yield f'{name}:{number}: say "{word}": {line.strip()[:80]}'
        if re.search(r'(/(?:root|work)/|\.\.[/]shared)', line):
            yield f'{name}:{number}: a path of one machine: {line.strip()[:80]}'
        if re.search(UNFINISHED, line):
            yield f'{name}:{number}: unfinished: {line.strip()[:80]}'


def long_parts(name, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield f'{name}: {len(lines)} lines (over {FILE_LINES})'
    start = None
    for number, line in enumerate(lines, 1):
        if line == '{':
            start = number
        elif line == '}' and start is not None:
            if number - start - 1 > FUNCTION_LINES:
                yield f'{name}:{start}: a function of {number - start - 1} lines (over {FUNCTION_LINES})'
            start = None


def check_tree(root):
    errors, warnings = [], []
    for name in tracked(root):
        if not name.endswith(('.c', '.h', '.md', '.py', '.conf', '.js', '.html')):
            continue
        if name.startswith('tests/lint/'):
            continue
        with open(os.path.join(root, name), encoding='utf-8') as file:
            text = file.read()
        errors += check_words(name, text)
        if name.endswith(('.c', '.h')):
            errors += check_includes(name, text)
            warnings += long_parts(name, text)
    return errors, warnings


def self_test():
    """Each rule on a tree that breaks it."""
    broken = {
        'src/core/a.c': '#include <time.h>\n',
        'src/web/b.c': '#include "src/daemon/daemon.h"\n',
        'src/devices/c.c': '#include <uv.h>\n',
        'drivers/board/lihe/protocol.c': '#include <sqlite3.h>\n',
        'drivers/keypad/modbus/d.c': '#include "drivers/board/lihe/protocol.h"\n',
        'src/keeper/e.c': '/* one customer after another */\n',
        'docs/f.md': 'see /{}/notes\n'.format('root'),
        'src/core/g.c': '/* TO{} */\n'.format('DO'),
    }
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(['git', '-C', root, 'init', '-q'], check=True)
        for name, text in broken.items():
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), 'w', encoding='utf-8') as file:
                file.write(text)
        errors, _ = check_tree(root)
        missed = [name for name in broken if not any(e.startswith(name) for e in errors)]
        for name in missed:
            print(f'self-test: nothing was found in {name}')
        return 1 if missed else 0


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    errors, warnings = check_tree(sys.argv[1])
    for line in warnings:
        print('warning:', line)
    for line in errors:
        print(line)
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main())
