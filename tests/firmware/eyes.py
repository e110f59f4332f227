"""Reads dots back to text by unifont.hex itself and Python's own codecs."""

UNIFONT = '/usr/share/unifont/unifont.hex'
BOX = int('7ffe' + '4002' * 14 + '7ffe', 16)


def load():
    glyphs = {}
    with open(UNIFONT, encoding='ascii') as file:
        for line in file:
            code, bits = line.strip().split(':')
            if len(bits) in (32, 64):
                glyphs[int(code, 16)] = (len(bits) // 4, int(bits, 16))
    return glyphs


GLYPHS = load()
# what boards show of full width; a blank is two spaces
WIDE = {bits: chr(code) for code, (width, bits) in GLYPHS.items()
        if width == 16 and bits and (0x4e00 <= code <= 0x9fff or 0x3001 <= code <= 0x303f or
                                     0xff01 <= code <= 0xff5e)}
NARROW = {GLYPHS[code][1]: chr(code) for code in range(0x20, 0x7f)}


def cell(rows, width, x, y, size):
    """The dots of size x 16 at x, y as one number."""
    bits = 0
    for row in rows[y:y + 16]:
        bits = bits << size | row >> width - x - size & (1 << size) - 1
    return bits


def read_row(rows, width, y):
    text, x = '', 0
    while x < width:
        wide = WIDE.get(cell(rows, width, x, y, 16)) if x + 16 <= width else None
        text += wide or NARROW.get(cell(rows, width, x, y, 8), '\ufffd')
        x += 16 if wide else 8
    return text.rstrip(' ')


def read(rows, width):
    return ' / '.join(read_row(rows, width, y) for y in range(0, len(rows), 16))


def wanted(char):
    """The 16x16 dots that a two-byte character is to have: a narrow one stands in the middle."""
    width, bits = GLYPHS[ord(char)]
    if width == 16:
        return bits
    rows = [bits >> 8 * (15 - i) & 0xff for i in range(16)]
    return sum(row << 4 << 16 * (15 - i) for i, row in enumerate(rows))
