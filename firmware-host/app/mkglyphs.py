"""Makes glyphs16.c from GNU Unifont: mkglyphs.py UNIFONT.HEX OUTPUT.

Unifont's glyphs are licensed under the SIL Open Font License 1.1 or the GNU GPL 2 or later with the
font embedding exception."""
import sys

SOURCE, TARGET = sys.argv[1:3]
WIDE = 64   # hex digits of a 16x16 glyph
NARROW = 32


def widen(bits):
    """An 8x16 glyph at the left of 16x16."""
    return ''.join(bits[i:i + 2] + '00' for i in range(0, NARROW, 2))


def c_bytes(bits):
    return ', '.join('0x' + bits[i:i + 2] for i in range(0, len(bits), 2))


def main():
    glyphs = {}
    with open(SOURCE, encoding='ascii') as file:
        for line in file:
            code, bits = line.strip().split(':')
            glyphs[int(code, 16)] = bits.lower()
    with open(TARGET, 'w', encoding='ascii') as out:
        out.write('#include "firmware-host/app/glyphs.h"\n\n')
        out.write('const uint8_t glyph_ascii[GLYPH_ASCII_COUNT][GLYPH_ROWS] = {\n')
        for code in range(0x20, 0x7f):
            out.write('\t{' + c_bytes(glyphs[code]) + '},\n')
        out.write('};\n\nconst uint8_t glyph_han[GLYPH_HAN_COUNT][2 * GLYPH_ROWS] = {\n')
        box = '7ffe' + '4002' * 14 + '7ffe'
        for high in range(0xa1, 0xf8):
            for low in range(0xa1, 0xff):
                try:
                    char = bytes((high, low)).decode('gbk')
                    bits = glyphs[ord(char)]
                    bits = bits if len(bits) == WIDE else widen(bits)
                except (UnicodeDecodeError, KeyError):
                    bits = box
                out.write('\t{' + c_bytes(bits) + '},\n')
        out.write('};\n\nconst uint8_t glyph_half_box[GLYPH_ROWS] = {' +
                  c_bytes('7e' + '42' * 14 + '7e') + '};\n')
        out.write('const uint8_t glyph_box[2 * GLYPH_ROWS] = {' + c_bytes(box) + '};\n')


main()
