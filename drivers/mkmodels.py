#!/usr/bin/env python3
"""Turns drivers/CLASS/DRIVER/models.conf into the driver's table of models.

    mkmodels.py FILE OUT.c OUT.h    writes both; what is wrong is said with line and reason, exit 1
    mkmodels.py FILE                checks only
    mkmodels.py FILE --table        the table of README.md

What a row of a class may say is in drivers/CLASS/facts.py. The file's folders say which class and
which driver it is of. Python's standard library only. tests/lint/models.py shows that each rule can
fail."""
import importlib.util
import os
import re
import sys

NAME = re.compile(r'[a-z0-9][a-z0-9-]{0,29}')
USB = re.compile(r'[0-9a-f]{4}:[0-9a-f]{4}')
SETTING = re.compile(r'[a-z0-9_]+=[a-z0-9+-]+')
NAMES_MAX, USB_MAX, SETTINGS_MAX = 4, 4, 8  # struct device_marks; no driver has more settings to give
MARKS = ['maker', 'names', 'usb']
SETTINGS = 'settings'
TEXTS = ['zh', 'en']


def load_facts(kind):
    """The module of a class: WORDS, NUMBERS, SIZES, FACTS, BITS, HEAD, COLUMNS and what else it has."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), kind, 'facts.py')
    spec = importlib.util.spec_from_file_location('facts_' + kind, path)
    if not os.path.exists(path):
        return None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


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

    def at(self, key):
        return self.lines.get(key, self.line)


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


def check_size(key, value, limits, line, errors):
    """A pair as in 128x16, or none."""
    width, height = limits
    match = re.fullmatch('([1-9][0-9]{0,4})x([1-9][0-9]{0,4})', value)
    if value == 'none':
        return (0, 0)
    if not match or not width[0] <= int(match.group(1)) <= width[1] or \
            not height[0] <= int(match.group(2)) <= height[1]:
        errors.add(line, f'{key}: "{value}"; allowed: none, {width[0]}x{height[0]} to '
                         f'{width[1]}x{height[1]}')
        return None
    return (int(match.group(1)), int(match.group(2)))


def check_list(key, value, line, errors):
    parts = parse_list(value)
    most = {'names': NAMES_MAX, 'usb': USB_MAX, SETTINGS: SETTINGS_MAX}[key]
    once = [part.partition('=')[0] for part in parts]
    if len(parts) > most or len(set(once)) != len(parts):
        errors.add(line, f'{key}: at most {most}, each once')
        return None
    for part in parts:
        if key == 'usb' and not USB.fullmatch(part):
            errors.add(line, f'usb: "{part}"; as in 04b8:0e28')
            return None
        if key == 'names' and not re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9 +./-]{2,30}', part):
            errors.add(line, f'names: "{part}"; 3 to 31 letters, digits, blanks, + . / -')
            return None
        if key == SETTINGS and not SETTING.fullmatch(part):
            errors.add(line, f'settings: "{part}"; as in card=3232b')
            return None
    return parts


def check_value(facts, key, value, line, errors):
    if key in facts.WORDS:
        if value not in facts.WORDS[key]:
            errors.add(line, f'{key}: "{value}"; allowed: {", ".join(facts.WORDS[key])}')
            return None
        return value
    if key in facts.NUMBERS:
        least, most = facts.NUMBERS[key]
        if not re.fullmatch('0|[1-9][0-9]{0,8}', value) or not least <= int(value) <= most:
            errors.add(line, f'{key}: "{value}"; allowed: {least} to {most}')
            return None
        return int(value)
    if key in facts.SIZES:
        return check_size(key, value, facts.SIZES[key], line, errors)
    if key == 'maker':
        if not value.isascii() or not value.isprintable() or '"' in value or '\\' in value:
            errors.add(line, 'maker: printable ASCII without quotes')
            return None
        return value
    return check_list(key, value, line, errors)


def parse_row_line(facts, row, key, value, line, sources, used, errors):
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
    if key not in facts.FACTS + facts.MAY_HAVE:
        known = ', '.join(TEXTS + facts.FACTS + facts.MAY_HAVE)
        errors.add(line, f'unknown key "{key}"; there are {known}')
        return
    value, bar, source = (part.strip() for part in value.partition('|'))
    if not bar or not source:
        errors.add(line, f'{key} has no source: add "| SOURCE PLACE" or "| unverified"')
    elif parse_source(source, line, sources, used, errors):
        row.unverified.add(key)
    value = check_value(facts, key, value, line, errors)
    if value is not None:
        row.values[key] = value


def check_row(facts, row, errors):
    for key in TEXTS + facts.FACTS:
        if key not in row.lines:
            errors.add(row.line, f'[{row.name}] says nothing about {key}')
    if 'names' in facts.MAY_HAVE and not row.name.startswith('generic-') and \
            ('names' not in row.lines or 'maker' not in row.lines):
        errors.add(row.line, f'[{row.name}] needs maker and names: by what is it recognised?')
    facts.check_together(row, errors)


def check_unique(rows, errors):
    seen = {}
    for row in rows:
        for name in row.get('names', []):
            other = seen.setdefault(name.lower(), row)
            if other is not row:
                errors.add(row.lines['names'], f'names: "{name}" is also that of [{other.name}]')


def parse(facts, text):
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
            parse_row_line(facts, rows[-1], key, value, number, sources, used, errors)
    for row in rows:
        check_row(facts, row, errors)
    check_unique(rows, errors)
    for source, number in sources.items():
        if source not in used:
            errors.add(number, f'source "{source}" is used by no row')
    if not rows:
        errors.add(1, 'no rows')
    return rows, sorted(errors.found)


def c_fact(facts, key, value):
    """Members and their values."""
    if key in facts.WORDS:
        return [(key, facts.WORDS[key][value])]
    if key in facts.SIZES:
        return list(zip(facts.MEMBERS[key], value))
    return [(key, value)]


def c_row(facts, row):
    lines = ['\t{', f'\t\t.name = "{row.name}",', f'\t\t.description = "{row.get("en")}",',
             f'\t\t.description_zh = "{row.get("zh")}",']
    if row.get(SETTINGS):
        lines.append(f'\t\t.settings = "{" ".join(row.get(SETTINGS))}",')
    if row.get('names'):
        names = ', '.join(f'"{name}"' for name in row.get('names'))
        usb = ', '.join(f'0x{entry[:4]}{entry[5:]}' for entry in row.get('usb', []))
        lines += ['\t\t.marks = {', f'\t\t\t.maker = "{row.get("maker")}",',
                  f'\t\t\t.names = {{{names}}},']
        lines += [f'\t\t\t.usb = {{{usb}}},'] if usb else []
        lines += ['\t\t},']
    lines.append(f'\t\t.u.{facts.MEMBER} = {{')
    for key in facts.FACTS:
        lines += [f'\t\t\t.{member} = {value},' for member, value in c_fact(facts, key, row.get(key))]
    bits = ' | '.join(dict.fromkeys(facts.bit(key) for key in facts.FACTS if key in row.unverified))
    lines += [f'\t\t\t.unverified = {bits or 0},', '\t\t},', '\t},']
    return '\n'.join(lines)


def write_c(facts, driver, rows, c_path, h_path):
    head = '/* Made from models.conf by mkmodels.py. */\n'
    name = facts.PREFIX + driver.replace('-', '_')
    with open(c_path, 'w', encoding='utf-8') as file:
        file.write(f'{head}#include "drivers/{facts.KIND}/{driver}/models.h"\n\n'
                   f'const struct device_model {name}_models[{name.upper()}_MODELS] = {{\n' +
                   '\n'.join(c_row(facts, row) for row in rows) + '\n};\n')
    with open(h_path, 'w', encoding='utf-8') as file:
        file.write(f'{head}#pragma once\n\n#include "drivers/driver.h"\n\n'
                   f'enum {{ {name.upper()}_MODELS = {len(rows)} }};\n'
                   f'extern const struct device_model {name}_models[{name.upper()}_MODELS];\n')


def table(facts, rows):
    """For README.md; a fact that nobody read has a question mark."""
    lines = ['| ' + ' | '.join(facts.HEAD) + ' |', '|---' * len(facts.HEAD) + '|']
    for row in rows:
        def cell(key):
            return facts.word(key, row.get(key)) + ('?' if key in row.unverified else '')
        lines.append(f'| {row.name} | ' + ' | '.join(cell(key) for key in facts.COLUMNS) + ' |')
    return '\n'.join(lines) + '\n'


def read(path):
    """The class's facts, the driver, its rows, and what is wrong."""
    kind, driver = os.path.abspath(path).split(os.sep)[-3:-1]
    facts = load_facts(kind)
    if not facts:
        return None, driver, [], [(1, f'drivers/{kind}/facts.py: there is none')]
    try:
        with open(path, encoding='utf-8') as file:
            rows, errors = parse(facts, file.read())
    except (OSError, UnicodeDecodeError) as error:
        rows, errors = [], [(1, f'cannot be read: {error}')]
    return facts, driver, rows, errors


def main():
    path = sys.argv[1]
    facts, driver, rows, errors = read(path)
    for line, text in errors:
        print(f'{path}:{line}: {text}', file=sys.stderr)
    if errors:
        return 1
    if sys.argv[2:] == ['--table']:
        sys.stdout.write(table(facts, rows))
    elif len(sys.argv) == 4:
        write_c(facts, driver, rows, sys.argv[2], sys.argv[3])
    return 0


if __name__ == '__main__':
    sys.exit(main())
