"""Eyes that nobody here made: zbar for QR codes, tesseract for Chinese, npos for the bytes; and a
table of commands from manuals, which holds npos to the lengths that it is lenient about."""
import json
import os
import re
import struct
import subprocess
import tempfile
import zlib

FAR_CONTENT = 200
HERE = os.path.dirname(os.path.abspath(__file__))


class Seen(Exception):
    """What was expected and what was seen."""


def expect(what, expected, seen):
    if expected != seen:
        raise Seen(f'{what}: expected {expected!r}, saw {seen!r}')


def run(*words, given=None):
    done = subprocess.run(words, input=given, capture_output=True, check=False,
                          env={**os.environ, 'OMP_THREAD_LIMIT': '1'})
    return done.returncode, done.stdout, done.stderr.decode(errors='replace')


# ---- pictures --------------------------------------------------------------------------------

def read_png(data):
    """Rows of 0 and 1 (1 white) of a picture with one bit a dot."""
    at, packed, width, height = 8, b'', 0, 0
    while at < len(data):
        size, = struct.unpack('>I', data[at:at + 4])
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + size]
        at += 12 + size
        if kind == b'IHDR':
            width, height, depth, colour, _, _, interlaced = struct.unpack('>IIBBBBB', body)
            expect('kind of picture', (1, 0, 0), (depth, colour, interlaced))
        elif kind == b'IDAT':
            packed += body
    raw, stride = zlib.decompress(packed), (width + 7) // 8
    rows, before = [], bytearray(stride)
    for y in range(height):
        line = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        undo_filter(raw[y * (stride + 1)], line, before)
        rows.append([line[x >> 3] >> (7 - (x & 7)) & 1 for x in range(width)])
        before = line
    return rows


def undo_filter(kind, line, before):
    for i in range(len(line)):
        left, up, corner = (line[i - 1] if i else 0), before[i], (before[i - 1] if i else 0)
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda value: abs(guess - value))
        line[i] = (line[i] + (0, left, up, (left + up) // 2, nearest)[kind]) & 0xff


def shrink(rows, times):
    """The same from further away: grey, as PGM."""
    height, width = len(rows) // times, len(rows[0]) // times
    dots = bytearray()
    for y in range(height):
        block = rows[y * times:(y + 1) * times]
        for x in range(width):
            white = sum(sum(row[x * times:(x + 1) * times]) for row in block)
            dots.append(white * 255 // (times * times))
    return b'P5\n%d %d\n255\n' % (width, height) + bytes(dots)


def read_qr(data):
    """All codes of a picture, by zbar."""
    with tempfile.NamedTemporaryFile(suffix='.png' if data[:4] == b'\x89PNG' else '.pgm') as file:
        file.write(data)
        file.flush()
        _, seen, _ = run('zbarimg', '--quiet', '--raw', '--nodbus', '-Sdisable', '-Sqrcode.enable', file.name)
    return seen.decode().splitlines()


def runs(line):
    """(from, length) of the black runs of a row."""
    start, found = None, []
    for x, white in enumerate(line + [1]):
        if not white and start is None:
            start = x
        elif white and start is not None:
            found.append((start, x - start))
            start = None
    return found


def find_symbol(rows):
    """(x, y, side, dots a module) of the one QR symbol, by its corners: a square of seven modules in a
    ring of white in a ring of black."""
    corners = []
    for y in range(len(rows) - 7):
        for x, length in runs(rows[y]):
            dots = length // 7
            if length % 7 or not dots or y + length > len(rows):
                continue
            middle = [rows[y + k * dots][x:x + length] for k in range(7)]
            wanted = ['0000000', '0111110', '0100010', '0100010', '0100010', '0111110', '0000000']
            if all(''.join(map(str, middle[k][::dots])) == wanted[k] for k in range(7)) and \
                    (not corners or corners[-1][1] + length < y or corners[-1][0] != x):
                if not any(abs(x - c[0]) < length and abs(y - c[1]) < length for c in corners):
                    corners.append((x, y, dots))
    if len(corners) != 3 or len({c[2] for c in corners}) != 1:
        raise Seen(f'a QR symbol has three corners, seen: {corners}')
    left, top, dots = min(c[0] for c in corners), min(c[1] for c in corners), corners[0][2]
    return left, top, max(c[0] for c in corners) + 7 * dots - left, dots


def quiet_zone(rows):
    """White modules around the symbol, at most 4 counted (ISO/IEC 18004 asks for 4). What is beyond the
    edge of the paper is not white."""
    x, y, side, dots = find_symbol(rows)
    margin = 16  # of the picture, around the paper
    for ring in range(1, 4 * dots + 1):
        left, top, right, bottom = x - ring, y - ring, x + side + ring - 1, y + side + ring - 1
        if left < margin or top < margin or right >= len(rows[0]) - margin or bottom >= len(rows) - margin:
            return (ring - 1) // dots
        edge = rows[top][left:right + 1] + rows[bottom][left:right + 1] + \
            [line[at] for line in rows[top:bottom + 1] for at in (left, right)]
        if 0 in edge:
            return (ring - 1) // dots
    return 4


def check_qr(data, content):
    """Read as it is and from twice as far, with its quiet zone. A content of many hundred bytes has no
    room on narrow paper for modules that are seen from far."""
    rows = read_png(data)
    expect('QR codes of the paper', [content], read_qr(data))
    if len(content) <= FAR_CONTENT:
        expect('QR codes of the paper, from twice as far', [content], read_qr(shrink(rows, 2)))
    expect('white modules around the code', 4, quiet_zone(rows))


# ---- text ------------------------------------------------------------------------------------

def distance(one, other):
    before = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        now = [i]
        for j, b in enumerate(other, 1):
            now.append(min(before[j] + 1, now[-1] + 1, before[j - 1] + (a != b)))
        before = now
    return before[-1]


def han(text):
    return ''.join(re.findall('[\u4e00-\u9fff]', text))


def read_text(data):
    """The Han of each line of a picture, by tesseract."""
    code, seen, errors = run('tesseract', '-', '-', '-l', 'chi_sim', '--psm', '6', '--dpi', '203', given=data)
    expect(f'tesseract exits ({errors.strip()})', 0, code)
    return [han(line) for line in seen.decode().splitlines()]


def text_errors(data, lines):
    """(wrong characters, characters): each line against the line of the paper that is nearest."""
    read, wrong, count = read_text(data), 0, 0
    for line in map(han, lines):
        if line:
            wrong += min([distance(line, other) for other in read] + [len(line)])
            count += len(line)
    return wrong, count


# ---- bytes -----------------------------------------------------------------------------------

# Lengths with their parameters, from Epson's ESC/POS reference and, for Chinese, the SP91 manual.
# A function: of the bytes. GS ( x: pL pH behind the three bytes; GS V A, B: a feed n behind m.
LENGTHS = {
    'ESC @': 2, 'ESC a': 3, 'ESC E': 3, 'ESC d': 3, 'ESC J': 3, 'ESC !': 3, 'ESC t': 3, 'ESC 3': 3, 'ESC 2': 2,
    'FS &': 2, 'FS .': 2, 'FS !': 3, 'FS W': 3,
    'DLE \x04': 3,
    'GS !': 3, 'GS a': 3, 'GS r': 3, 'GS I': 3,
    'GS V': lambda b: 4 if b[2] in (65, 66) else 3,
    'GS (k': lambda b: 5 + b[3] + 256 * b[4],
    'GS (H': lambda b: 5 + b[3] + 256 * b[4],
    'GS (L': lambda b: 5 + b[3] + 256 * b[4],
    'GS v0': lambda b: 8 + (b[4] + 256 * b[5]) * (b[6] + 256 * b[7]),
}


def npos_folder():
    cache = os.environ.get('XDG_CACHE_HOME') or os.path.join(os.path.expanduser('~'), '.cache')
    folder = os.path.join(cache, 'onewindow', 'eyes')
    if not os.path.isdir(os.path.join(folder, 'node_modules', 'npos')):
        raise Seen('npos is not installed: scripts/setup test')
    return folder


def read_bytes(jobs):
    """For each job the tokens [(name, bytes)] as npos reads them, text under the name ''; every byte
    accounted for, every command as long as the manuals say."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, job in enumerate(jobs):
            names.append(os.path.join(folder, str(number)))
            with open(names[-1], 'wb') as file:
                file.write(job)
        code, seen, errors = run('node', os.path.join(HERE, 'tokens.js'), npos_folder(), *names)
    expect(f'tokens.js exits ({errors.strip()})', 0, code)
    answer = []
    for job, read in zip(jobs, json.loads(seen)):
        expect('npos', None, read['error'])
        at, tokens = 0, []
        for token in read['tokens']:
            bytes_ = bytes.fromhex(token['bytes'])
            expect('where a token begins', at, token['offset'])
            at += len(bytes_)
            if token['name']:
                if token['name'] not in LENGTHS:
                    raise Seen(f'{token["name"]} at {token["offset"]} is no command of a ticket')
                length = LENGTHS[token['name']]
                expect(f'length of {token["name"]} at {token["offset"]}',
                       length(bytes_) if callable(length) else length, len(bytes_))
            tokens.append((token['name'], bytes_))
        expect('bytes accounted for', len(job), at)
        answer.append(tokens)
    return answer


class Reading:
    """What a printer is told by tokens: lines of text, codes, pictures, cuts, in order."""

    def __init__(self, tokens, starts_chinese=True):
        self.chinese = self.starts_chinese = starts_chinese  # GB models start so
        self.items, self.line, self.module, self.content, self.trailer = [], '', 3, None, []
        for name, token in tokens:
            self.take(name, token)
        if self.line:
            raise Seen(f'a line without an end: {self.line!r}')

    def text(self, token):
        at = 0
        while at < len(token):
            byte = token[at]
            if byte == 0x0a:
                self.items.append(('text', self.line))
                self.line = ''
                at += 1
            elif byte < 0x80:
                if self.chinese:
                    raise Seen(f'Latin in Chinese mode: {token[at:at + 20]!r}')
                self.line += chr(byte)
                at += 1
            else:
                if not self.chinese:
                    raise Seen(f'Han outside of Chinese mode: {token[at:at + 20]!r}')
                try:
                    self.line += token[at:at + 2].decode('gb18030')
                except UnicodeDecodeError as error:
                    raise Seen(f'no GB18030: {token[at:at + 2].hex()}') from error
                at += 2

    def take(self, name, token):
        if name == '':
            # An empty line is in no mode.
            self.text(token)
        elif name == 'ESC @':
            self.chinese = self.starts_chinese
        elif name in ('FS &', 'FS .'):
            self.chinese = name == 'FS &'
        elif name == 'GS (k':
            if token[5:7] == b'1C':
                self.module = token[7]
            elif token[5:7] == b'1P':
                self.content = token[8:].decode()
            elif token[5:7] == b'1Q':
                self.items.append(('qr', self.content, self.module))
        elif name == 'GS v0':
            width, height = token[4] + 256 * token[5], token[6] + 256 * token[7]
            self.items.append(('picture', width, height, token[8:]))
        elif name == 'GS V':
            self.items.append(('cut',))
        elif name in ('GS (H', 'GS r'):
            self.trailer.append(name)

    def texts(self):
        return [item[1] for item in self.items if item[0] == 'text' and item[1]]

    def kind(self, kind):
        return [item for item in self.items if item[0] == kind]
