#!/usr/bin/env python3
"""The rows of the printers' models: every fact has a source or is marked unverified, no row says
what no printer can be, and the table of the driver's README is that of models.conf.

    models.py ROOT                 checks the tree; exit 1 with every finding
    models.py ROOT --write         writes the table into the README
    models.py ROOT --self-test     shows that each rule can fail, by line and reason"""
import importlib.util
import os
import subprocess
import sys
import tempfile

FOLDER = 'drivers/printer/escpos'
BEGIN, END = '<!-- models: begin -->\n', '<!-- models: end -->\n'

# One row that is right; each case below changes one line of it.
GOOD = """[sources]
man = A manual
row = the row

[generic-x]
zh = 打印机
en = printer
paper_mm = 80 | row name
width_dots = 576 | man p. 1
columns = 48 | unverified: why
cjk = gbk | unverified
raster = gs-v | unverified
raster_rows = 256 | unverified
cutter = partial | unverified
qr = yes | unverified
status = automatic | unverified
completion = printed | unverified
one_way = no | unverified

[maker-y]
zh = 打印机
en = printer
maker = Maker | man p. 2
names = MK-80, MK-80C | man p. 2
usb = 04b8:0e28 | man p. 2
paper_mm = 80 | man p. 3
width_dots = 576 | unverified
columns = 48 | unverified
cjk = none | unverified
raster = gs-l | unverified
raster_rows = 1662 | unverified
cutter = full | unverified
qr = no | unverified
status = none | unverified
completion = none | unverified
one_way = yes | unverified
"""

# (first line that is replaced, its new text, part of the reason); the reason must come with the line
# of the new text unless another is given
BROKEN = [
    ('width_dots = 576 | man p. 1', 'width_dots = 576', 'has no source'),
    ('width_dots = 576 | man p. 1', 'width_dots = 576 |', 'has no source'),
    ('width_dots = 576 | man p. 1', 'width_dots = 576 | man', 'where in it'),
    ('width_dots = 576 | man p. 1', 'width_dots = 576 | elsewhere p. 1', 'no source of [sources]'),
    ('width_dots = 576 | man p. 1', 'width_dots = 576 | verified', 'no source of [sources]'),
    ('columns = 48 | unverified: why', 'columns = 48 | unverified:', 'and then nothing'),
    ('width_dots = 576 | man p. 1', 'width_dots = 577 | man p. 1', 'not a multiple of 8'),
    ('width_dots = 576 | man p. 1', 'width_dots = 1032 | man p. 1', 'allowed: 64 to 832'),
    ('width_dots = 576 | man p. 1', 'width_dots = wide | man p. 1', 'allowed: 64 to 832'),
    ('width_dots = 576 | man p. 1', 'width_dots = 376 | man p. 1', 'do not fit', 10),
    ('paper_mm = 80 | row name', 'paper_mm = 58 | row name\ncolour = red | unverified',
     'unknown key "colour"', 9),
    ('paper_mm = 80 | row name', 'paper_mm = 112 | row name', 'allowed: 58 to 80'),
    ('cjk = gbk | unverified', 'cjk = big5 | unverified', 'allowed: none, gb2312, gbk'),
    ('cjk = none | unverified', 'cjk = none | unverified\ncjk = gbk | unverified', 'a second time', 30),
    ('raster = gs-l | unverified', 'raster = none | unverified', 'neither as text nor', 29),
    ('raster_rows = 1662 | unverified', 'raster_rows = 1663 | unverified', 'takes 1 to 1662'),
    ('raster_rows = 256 | unverified', 'raster_rows = 0 | unverified', 'takes 1 to 2303'),
    ('one_way = no | unverified', 'one_way = yes | unverified', 'neither status nor'),
    ('completion = none | unverified', 'completion = printed | unverified', 'proves nothing'),
    ('status = automatic | unverified', 'status = sometimes | unverified',
     'allowed: none, realtime, automatic'),
    ('qr = yes | unverified', '', 'says nothing about qr', 5),
    ('zh = 打印机', '', 'says nothing about zh', 5),
    ('zh = 打印机', 'zh = printer', 'not in that language'),
    ('en = printer', 'en = "printer"', 'without quotes'),
    ('[maker-y]', '[generic-x]', 'a second time; first in line 5'),
    ('[maker-y]', '[Maker Y]', 'a name is a-z'),
    ('maker = Maker | man p. 2', '', 'by what is it recognised', 20),
    ('names = MK-80, MK-80C | man p. 2', 'names = MK-80, MK-80 | man p. 2', 'each once'),
    ('usb = 04b8:0e28 | man p. 2', 'usb = 4b8:e28 | man p. 2', 'as in 04b8:0e28'),
    ('row = the row', 'row = the row\nother = never used', 'is used by no row', 4),
    ('man = A manual', 'man = A manual\nman = Again', 'each id once', 3),
    ('[sources]', 'stray = 1\n[sources]', 'neither [name] nor key', 1),
    ('cutter = full | unverified', 'cutter full', 'neither [name] nor key'),
]


def load(root):
    spec = importlib.util.spec_from_file_location(
        'mkmodels', os.path.join(root, FOLDER, 'mkmodels.py'))
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def check_tree(root, write):
    made = load(root)
    path = os.path.join(root, FOLDER, 'models.conf')
    with open(path, encoding='utf-8') as file:
        rows, errors = made.parse(file.read())
    findings = [f'{FOLDER}/models.conf:{line}: {text}' for line, text in errors]
    for name in ('generic-80', 'generic-80-oneway', 'generic-58', 'generic-58-oneway'):
        if name not in [row.name for row in rows]:
            findings.append(f'{FOLDER}/models.conf:1: [{name}] is in the configuration of halls')
    readme = os.path.join(root, FOLDER, 'README.md')
    with open(readme, encoding='utf-8') as file:
        text = file.read()
    before, begin, rest = text.partition(BEGIN)
    shown, end, after = rest.partition(END)
    if not begin or not end:
        findings.append(f'{FOLDER}/README.md:1: where is the table of models?')
    elif write:
        with open(readme, 'w', encoding='utf-8') as file:
            file.write(before + BEGIN + made.table(rows) + END + after)
    elif shown != made.table(rows):
        findings.append(f'{FOLDER}/README.md:{before.count(chr(10)) + 1}: the table is not that of '
                        'models.conf; tests/lint/models.py ROOT --write')
    return findings


def self_test(root):
    missed = []
    made = load(root)
    if made.parse(GOOD)[1]:
        missed.append(f'the good rows are refused: {made.parse(GOOD)[1]}')
    for old, new, reason, *at in BROKEN:
        text = GOOD.replace(old + '\n', new + '\n' if new else '', 1)
        line = at[0] if at else GOOD[:GOOD.index(old + '\n')].count('\n') + 1
        errors = made.parse(text)[1]
        if not any(number == line and reason in words for number, words in errors):
            missed.append(f'{new or "without " + old}: no "{reason}" in line {line}: {errors}')
    # As the build sees it: line, reason, exit 1, and nothing written.
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'models.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(GOOD.replace('| man p. 1', ''))
        done = subprocess.run([sys.executable, os.path.join(root, FOLDER, 'mkmodels.py'), path,
                               path + '.c', path + '.h'], capture_output=True, text=True, check=False)
        if done.returncode != 1 or 'models.conf:9: width_dots has no source' not in done.stderr or \
                os.path.exists(path + '.c'):
            missed.append(f'mkmodels.py: {done.returncode} {done.stderr}')
        with open(path, 'wb') as file:
            file.write(b'\xff\xfe')
        done = subprocess.run([sys.executable, os.path.join(root, FOLDER, 'mkmodels.py'), path],
                              capture_output=True, text=True, check=False)
        if done.returncode != 1 or 'cannot be read' not in done.stderr:
            missed.append(f'mkmodels.py: {done.returncode} {done.stderr}')
    return [f'self-test: {text}' for text in missed]


def main():
    root, *rest = sys.argv[1:]
    findings = self_test(root) if rest == ['--self-test'] else check_tree(root, rest == ['--write'])
    for line in findings:
        print(line)
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main())
