#!/usr/bin/env python3
"""Turns models.conf into the driver's table of models.

    mkmodels.py FILE OUT.c OUT.h    writes both; what is wrong is said with line and reason, exit 1
    mkmodels.py FILE                checks only
    mkmodels.py FILE --table        the table of README.md

Python's standard library only. tests/lint/models.py shows that each rule can fail."""
import re
import sys

NAME = re.compile(r'[a-z0-9][a-z0-9-]{0,29}')
USB = re.compile(r'[0-9a-f]{4}:[0-9a-f]{4}')
FONT_DOTS_MIN = 8      # of a half-width character
DOTS_PER_MM_MAX = 12   # 300 dpi
WIDTH = (64, 832)      # what the encoder takes
COLUMNS = (16, 104)
NAMES_MAX, USB_MAX = 4, 4       # struct device_marks
ROWS_MAX = {'none': 0, 'gs-v': 2303, 'gs-l': 1662}  # TM-T88III guide; GS ( L fn 112

WORDS = {
    'cjk': {'none': 'PRINTER_CJK_NONE', 'gb2312': 'PRINTER_CJK_GB2312', 'gbk': 'PRINTER_CJK_GBK'},
    'raster': {'none': 'PRINTER_RASTER_NONE', 'gs-v': 'PRINTER_RASTER_GS_V',
               'gs-l': 'PRINTER_RASTER_GS_L'},
    'cutter': {'none': 'PRINTER_CUTTER_NONE', 'partial': 'PRINTER_CUTTER_PARTIAL',
               'full': 'PRINTER_CUTTER_FULL'},
    'qr': {'no': 'false', 'yes': 'true'},
    'status': {'none': 'PRINTER_STATUS_NONE', 'realtime': 'PRINTER_STATUS_REALTIME',
               'automatic': 'PRINTER_STATUS_AUTOMATIC'},
    'completion': {'none': 'PRINTER_COMPLETION_NONE', 'processed': 'PRINTER_COMPLETION_PROCESSED',
                   'printed': 'PRINTER_COMPLETION_PRINTED'},
    'one_way': {'no': 'false', 'yes': 'true'},
}
NUMBERS = {'paper_mm': (58, 80), 'width_dots': WIDTH, 'columns': COLUMNS, 'raster_rows': (0, 2303)}
FACTS = ['paper_mm', 'width_dots', 'columns', 'cjk', 'raster', 'raster_rows', 'cutter', 'qr',
         'status', 'completion', 'one_way']
MARKS = ['maker', 'names', 'usb']
TEXTS = ['zh', 'en']


class Errors:
    """What was found, each with its line."""

    def __init__(self):
        self.found = []

    def add(self, line, text):
        self.found.append((line, text))


class Row:
    def __init__(self, name, line):
        self.name, self.line = name, line
        self.values, self.lines, self.unverified = {}, {}, set()

    def get(self, key, default=None):
        return self.values.get(key, default)


def parse_source(text, line, sources, used, errors):
    """True when it is unverified."""
    if text == 'unverified' or text.startswith('unverified:'):
        if text == 'unverified:':
            errors.add(line, 'unverified: and then nothing; leave the colon out or say why')
        return True
    word, _, place = text.partition(' ')
    if word not in sources:
        errors.add(line, f'"{word}" is no source of [sources], and not "unverified"')
    elif not place.strip():
        errors.add(line, f'source {word}: where in it? A page, a section or a file')
    used.add(word)
    return False


def parse_list(text):
    return [part.strip() for part in text.split(',')]


def check_value(key, value, line, errors):
    if key in WORDS:
        if value not in WORDS[key]:
            errors.add(line, f'{key}: "{value}"; allowed: {", ".join(WORDS[key])}')
            return None
        return value
    if key in NUMBERS:
        least, most = NUMBERS[key]
        if not re.fullmatch('0|[1-9][0-9]{0,4}', value) or not least <= int(value) <= most:
            errors.add(line, f'{key}: "{value}"; allowed: {least} to {most}')
            return None
        return int(value)
    if key == 'maker':
        if not value.isascii() or not value.isprintable() or '"' in value or '\\' in value:
            errors.add(line, 'maker: printable ASCII without quotes')
            return None
        return value
    parts = parse_list(value)
    most = NAMES_MAX if key == 'names' else USB_MAX
    if len(parts) > most or len(set(parts)) != len(parts):
        errors.add(line, f'{key}: at most {most}, each once')
        return None
    for part in parts:
        if key == 'usb' and not USB.fullmatch(part):
            errors.add(line, f'usb: "{part}"; as in 04b8:0e28')
            return None
        if key == 'names' and not re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9 +./-]{2,30}', part):
            errors.add(line, f'names: "{part}"; 3 to 31 letters, digits, blanks, + . / -')
            return None
    return parts


def parse_row_line(row, key, value, line, sources, used, errors):
    if key in row.lines:
        errors.add(line, f'{key} a second time; first in line {row.lines[key]}')
        return
    row.lines[key] = line
    if key in TEXTS:
        if '"' in value or '\\' in value or not value:
            errors.add(line, f'{key}: words without quotes or backslashes')
        elif (key == 'zh') != bool(re.search('[\u4e00-\u9fff]', value)):
            errors.add(line, f'{key}: is not in that language')
        row.values[key] = value
        return
    if key not in FACTS and key not in MARKS:
        errors.add(line, f'unknown key "{key}"; there are {", ".join(TEXTS + FACTS + MARKS)}')
        return
    value, bar, source = (part.strip() for part in value.partition('|'))
    if not bar or not source:
        errors.add(line, f'{key} has no source: add "| SOURCE PLACE" or "| unverified"')
    elif parse_source(source, line, sources, used, errors):
        row.unverified.add(key)
    value = check_value(key, value, line, errors)
    if value is not None:
        row.values[key] = value


def check_together(row, errors):
    """What no printer can be at once."""
    get, at = row.get, lambda key: row.lines.get(key, row.line)
    width, columns = get('width_dots'), get('columns')

    if width and width % 8:
        errors.add(at('width_dots'), f'width_dots: {width} is not a multiple of 8')
    if width and columns and columns * FONT_DOTS_MIN > width:
        errors.add(at('columns'), f'columns: {columns} characters do not fit into {width} dots')
    if width and get('paper_mm') and width > get('paper_mm') * DOTS_PER_MM_MAX:
        errors.add(at('width_dots'), f'width_dots: {width} dots are wider than the paper')
    if get('one_way') == 'yes' and (get('status') != 'none' or get('completion') != 'none'):
        errors.add(at('one_way'), 'one_way: a printer that cannot answer has neither status nor '
                                  'completion')
    if get('status') == 'none' and get('completion') not in (None, 'none'):
        errors.add(at('completion'), 'completion: a printer without status answers, so it proves '
                                     'nothing')
    if get('cjk') == 'none' and get('raster') == 'none':
        errors.add(at('cjk'), 'cjk, raster: it could print Chinese neither as text nor as a picture')
    if 'raster' in row.values and 'raster_rows' in row.values:
        most = ROWS_MAX[get('raster')]
        if bool(most) != bool(get('raster_rows')) or get('raster_rows') > most:
            errors.add(at('raster_rows'), f'raster_rows: {get("raster")} takes '
                                          f'{"1 to " if most else ""}{most}')


def check_row(row, errors):
    for key in TEXTS + FACTS:
        if key not in row.lines:
            errors.add(row.line, f'[{row.name}] says nothing about {key}')
    if not row.name.startswith('generic-') and ('names' not in row.lines or
                                                'maker' not in row.lines):
        errors.add(row.line, f'[{row.name}] needs maker and names: by what is it recognised?')
    check_together(row, errors)


def check_unique(rows, errors):
    seen = {}
    for row in rows:
        for name in row.get('names', []):
            other = seen.setdefault(name.lower(), row)
            if other is not row:
                errors.add(row.lines['names'], f'names: "{name}" is also that of [{other.name}]')


def parse(text):
    """Rows and errors. An error does not hide the ones behind it."""
    errors, rows, sources, used, section, headers = Errors(), [], {}, set(), None, {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith('#'):
            continue
        header = re.fullmatch(r'\[(.*)\]', line)
        if header:
            section = header.group(1)
            if section in headers:
                errors.add(number, f'[{section}] a second time; first in line {headers[section]}')
            elif section != 'sources' and not NAME.fullmatch(section):
                errors.add(number, f'[{section}]: a name is a-z, 0-9 and -, at most 30')
            headers[section] = number
            if section != 'sources':
                rows.append(Row(section, number))
            continue
        key, equals, value = (part.strip() for part in line.partition('='))
        if not equals or section is None:
            errors.add(number, f'neither [name] nor key = value: "{line[:40]}"')
        elif section == 'sources':
            if key in sources or key == 'unverified' or not value:
                errors.add(number, f'source "{key}": needs a title, and each id once')
            sources[key] = number
        else:
            parse_row_line(rows[-1], key, value, number, sources, used, errors)
    for row in rows:
        check_row(row, errors)
    check_unique(rows, errors)
    for source, number in sources.items():
        if source not in used:
            errors.add(number, f'source "{source}" is used by no row')
    if not rows:
        errors.add(1, 'no rows')
    return rows, sorted(errors.found)


def c_row(row):
    lines = ['\t{', f'\t\t.name = "{row.name}",', f'\t\t.description = "{row.get("en")}",',
             f'\t\t.description_zh = "{row.get("zh")}",']
    if row.get('names'):
        names = ', '.join(f'"{name}"' for name in row.get('names'))
        usb = ', '.join(f'0x{entry[:4]}{entry[5:]}' for entry in row.get('usb', []))
        lines += ['\t\t.marks = {', f'\t\t\t.maker = "{row.get("maker")}",',
                  f'\t\t\t.names = {{{names}}},']
        lines += [f'\t\t\t.usb = {{{usb}}},'] if usb else []
        lines += ['\t\t},']
    lines.append('\t\t.u.printer = {')
    for key in FACTS:
        value = row.get(key)
        lines.append(f'\t\t\t.{key} = {WORDS[key][value] if key in WORDS else value},')
    bits = ' | '.join(f'PRINTER_FACT_{key.upper()}' for key in FACTS if key in row.unverified)
    lines += [f'\t\t\t.unverified = {bits or 0},', '\t\t},', '\t},']
    return '\n'.join(lines)


def write_c(rows, c_path, h_path):
    head = '/* Made from models.conf by mkmodels.py. */\n'
    with open(c_path, 'w', encoding='utf-8') as file:
        file.write(head + '#include "drivers/printer/escpos/device.h"\n'
                   '#include "drivers/printer/escpos/models.h"\n\n'
                   'const struct device_model escpos_models[ESCPOS_MODELS] = {\n' +
                   '\n'.join(c_row(row) for row in rows) + '\n};\n')
    with open(h_path, 'w', encoding='utf-8') as file:
        file.write(head + f'#pragma once\n\nenum {{ ESCPOS_MODELS = {len(rows)} }};\n')


def table(rows):
    """For README.md; a fact that nobody read has a question mark."""
    columns = ['width_dots', 'columns', 'cjk', 'raster', 'cutter', 'qr', 'status', 'completion']
    lines = ['| model | paper | dots | columns | Chinese | raster | cutter | QR | status | proof |',
             '|---' * 10 + '|']
    for row in rows:
        def cell(key):
            value = str(row.get(key)) + (' mm' if key == 'paper_mm' else '')
            return value + ('?' if key in row.unverified else '')
        lines.append(f'| {row.name} | ' + ' | '.join(cell(k) for k in ['paper_mm'] + columns) + ' |')
    return '\n'.join(lines) + '\n'


def main():
    path = sys.argv[1]
    try:
        with open(path, encoding='utf-8') as file:
            rows, errors = parse(file.read())
    except (OSError, UnicodeDecodeError) as error:
        rows, errors = [], [(1, f'cannot be read: {error}')]
    for line, text in errors:
        print(f'{path}:{line}: {text}', file=sys.stderr)
    if errors:
        return 1
    if sys.argv[2:] == ['--table']:
        sys.stdout.write(table(rows))
    elif len(sys.argv) == 4:
        write_c(rows, sys.argv[2], sys.argv[3])
    return 0


if __name__ == '__main__':
    sys.exit(main())
