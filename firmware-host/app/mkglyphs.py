"""Makes the tables of glyphs.h from GNU Unifont: mkglyphs.py UNIFONT.HEX OUTPUT [ONLY].

Without ONLY all two-byte characters of GBK in GB2312's rows, and 〇; with it those of this text file
alone, for a chip that has no room for all. Nothing is stored for a place of the code table that has no
character: a run tells where the glyphs of consecutive places stand.

Unifont's glyphs are licensed under the SIL Open Font License 1.1 or the GNU GPL 2 or later with the
font embedding exception."""
import sys

WIDE = 64   # hex digits of a 16x16 glyph
NARROW = 32
ZERO = '\u3007'  # 〇, as in dates; GBK has it outside of GB2312's rows
BOX = '7ffe' + '4002' * 14 + '7ffe'
HALF_BOX = '7e' + '42' * 14 + '7e'


def centred(bits):
    """An 8x16 glyph in the middle of 16x16."""
    return ''.join(f'{int(bits[i:i + 2], 16) << 4:04x}' for i in range(0, NARROW, 2))


def rows_of(bits):
    return ', '.join('0x' + bits[i:i + 2] for i in range(0, len(bits), 2))


def read_glyphs(source):
    glyphs = {}
    with open(source, encoding='ascii') as file:
        for line in file:
            code, bits = line.strip().split(':')
            glyphs[int(code, 16)] = bits.lower()
    return glyphs


def places(only):
    """(place, character) in the order of places; a place is 94 * (row - A1) + cell - A1."""
    for place in range(94 * 87):
        row, cell = divmod(place, 94)
        try:
            char = bytes((0xa1 + row, 0xa1 + cell)).decode('gbk')
        except UnicodeDecodeError:
            continue
        if only is None or char in only:
            yield place, char


def main():
    source, target = sys.argv[1:3]
    glyphs, only = read_glyphs(source), None
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding='utf-8') as file:
            only = set(file.read())
    runs, wide = [], []
    for place, char in places(only):
        bits = glyphs.get(ord(char))
        if bits is None:
            continue
        if not runs or place != runs[-1][0] + len(wide) - runs[-1][1]:
            runs.append((place, len(wide)))
        wide.append((char, bits if len(bits) == WIDE else centred(bits)))
    with open(target, 'w', encoding='utf-8') as out:
        out.write('#include "firmware-host/app/glyphs.h"\n\n'
                  'const uint8_t glyph_ascii[GLYPH_ASCII_COUNT][GLYPH_ROWS] = {\n')
        for code in range(0x20, 0x7f):
            out.write('\t{' + rows_of(glyphs[code]) + '},\n')
        out.write('};\n\nconst uint8_t glyph_wide[][2 * GLYPH_ROWS] = {\n')
        for char, bits in wide:
            out.write('\t{' + rows_of(bits) + '}, /* ' + char + ' */\n')
        out.write('};\n\nconst struct glyph_run glyph_runs[] = {\n')
        for place, first in runs:
            out.write(f'\t{{{place}, {first}}},\n')
        out.write(f'\t{{{94 * 87}, {len(wide)}}},\n}};\n'
                  f'const uint16_t glyph_run_count = {len(runs)};\n'
                  f'const uint16_t glyph_wide_count = {len(wide)};\n\n')
        for name, size, bits in (('zero', 2, glyphs[ord(ZERO)]), ('box', 2, BOX),
                                 ('half_box', 1, HALF_BOX)):
            out.write(f'const uint8_t glyph_{name}[{size} * GLYPH_ROWS] = {{{rows_of(bits)}}};\n')


main()
