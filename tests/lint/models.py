#!/usr/bin/env python3
"""The rows of every models.conf: every fact has a source or is marked unverified, no row says what no
such device can be, and the table of the driver's README is that of models.conf.

    models.py ROOT                 checks the tree; exit 1 with every finding
    models.py ROOT --write         writes the table into the README
    models.py ROOT --self-test     shows that each rule can fail, by line and reason"""
import glob
import importlib.util
import os
import subprocess
import sys
import tempfile

MAKER = 'drivers/mkmodels.py'
# Rows that halls' configurations name: renaming one would stop a hall.
PROMISED = {
    'drivers/printer/escpos': ['generic-80', 'generic-80-oneway', 'generic-58', 'generic-58-oneway'],
    'drivers/board/lihe': ['window-16x128', 'hall-64x256'],
}
BEGIN, END = '<!-- models: begin -->\n', '<!-- models: end -->\n'

# Rows that are right; each case below changes one line of it.
GOOD_PRINTERS = """[sources]
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
BROKEN_PRINTERS = [
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


GOOD_BOARDS = """[sources]
man = A manual

[window-x]
zh = 窗口屏
en = window board
settings = card=3232b, ack=1 | man p. 2
dots = 128x16 | man p. 1
characters = 16x1 | man p. 1
acknowledges = yes | unverified: why
charset = gbk | unverified
blinks = yes | unverified
scrolls = yes | unverified
dims = no | unverified
sleeps = no | unverified
keeps_time = no | unverified
tells_host_lost = no | unverified
life_unit_ms = 0 | unverified

[digits-x]
zh = 数码屏
en = four digits
dots = none | man p. 3
characters = 4x1 | man p. 3
acknowledges = no | unverified
charset = digits | man p. 3
blinks = no | unverified
scrolls = no | unverified
dims = no | unverified
sleeps = no | unverified
keeps_time = no | unverified
tells_host_lost = no | unverified
life_unit_ms = 1000 | unverified
"""

BROKEN_BOARDS = [
    ('dots = 128x16 | man p. 1', 'dots = 128x16', 'has no source'),
    ('dots = 128x16 | man p. 1', 'dots = 128 x 16 | man p. 1', 'allowed: none, 8x7 to 4096x1024'),
    ('dots = 128x16 | man p. 1', 'dots = 5000x16 | man p. 1', 'allowed: none, 8x7 to 4096x1024'),
    ('dots = 128x16 | man p. 1', 'dots = none | man p. 1', 'without dots there are no Chinese', 11),
    ('dots = 128x16 | man p. 1', 'dots = 64x16 | man p. 1', '16 characters do not fit', 9),
    ('dots = 128x16 | man p. 1', 'width_dots = 128 | man p. 1', 'unknown key "width_dots"'),
    ('characters = 16x1 | man p. 1', 'characters = 16x3 | man p. 1', '3 rows do not fit'),
    ('characters = 16x1 | man p. 1', 'characters = 1x1 | man p. 1', 'takes two columns'),
    ('characters = 16x1 | man p. 1', 'characters = none | man p. 1', 'every board has some'),
    ('charset = gbk | unverified', 'charset = big5 | unverified',
     'allowed: digits, ascii, gb2312, gbk'),
    ('acknowledges = yes | unverified: why', 'acknowledges = often | unverified', 'allowed: no, yes'),
    ('acknowledges = yes | unverified: why', '', 'says nothing about acknowledges', 4),
    ('life_unit_ms = 0 | unverified', 'life_unit_ms = 9000000 | unverified', 'allowed: 0 to 3600000'),
    ('settings = card=3232b, ack=1 | man p. 2', 'settings = card | man p. 2', 'as in card=3232b'),
    ('settings = card=3232b, ack=1 | man p. 2', 'settings = ack=0, ack=1 | man p. 2', 'each once'),
    ('settings = card=3232b, ack=1 | man p. 2', 'settings = card=3232b', 'has no source'),
    ('scrolls = no | unverified', 'scrolls = yes | unverified', 'without dots nothing moves', 28),
    ('zh = 数码屏', 'zh = digits', 'not in that language'),
    ('[digits-x]', '[window-x]', 'a second time; first in line 4'),
    ('man = A manual', 'man = A manual\nother = B', 'is used by no row', 3),
]


def load(root):
    spec = importlib.util.spec_from_file_location('mkmodels', os.path.join(root, MAKER))
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def check_driver(root, folder, made, write):
    facts, _, rows, errors = made.read(os.path.join(root, folder, 'models.conf'))
    findings = [f'{folder}/models.conf:{line}: {text}' for line, text in errors]
    for name in PROMISED.get(folder, []):
        if name not in [row.name for row in rows]:
            findings.append(f'{folder}/models.conf:1: [{name}] is in the configuration of halls')
    if errors:
        return findings
    readme = os.path.join(root, folder, 'README.md')
    with open(readme, encoding='utf-8') as file:
        text = file.read()
    before, begin, rest = text.partition(BEGIN)
    shown, end, after = rest.partition(END)
    if not begin or not end:
        findings.append(f'{folder}/README.md:1: where is the table of models?')
    elif write:
        with open(readme, 'w', encoding='utf-8') as file:
            file.write(before + BEGIN + made.table(facts, rows) + END + after)
    elif shown != made.table(facts, rows):
        findings.append(f'{folder}/README.md:{before.count(chr(10)) + 1}: the table is not that of '
                        'models.conf; tests/lint/models.py ROOT --write')
    return findings


def check_tree(root, write):
    made = load(root)
    folders = sorted(os.path.relpath(os.path.dirname(path), root) for path in
                     glob.glob(os.path.join(root, 'drivers/*/*/models.conf')))
    findings = [f'{folder}/models.conf:1: it is gone, and halls name its rows'
                for folder in PROMISED if folder not in folders]
    for folder in folders:
        findings += check_driver(root, folder, made, write)
    return findings


def self_test_class(made, kind, good, broken):
    missed = []
    facts = made.load_facts(kind)
    if made.parse(facts, good)[1]:
        missed.append(f'the good rows are refused: {made.parse(facts, good)[1]}')
    for old, new, reason, *at in broken:
        text = good.replace(old + '\n', new + '\n' if new else '', 1)
        line = at[0] if at else good[:good.index(old + '\n')].count('\n') + 1
        errors = made.parse(facts, text)[1]
        if not any(number == line and reason in words for number, words in errors):
            missed.append(f'{kind}: {new or "without " + old}: no "{reason}" in line {line}: {errors}')
    return missed


def self_test(root):
    made = load(root)
    missed = self_test_class(made, 'printer', GOOD_PRINTERS, BROKEN_PRINTERS)
    missed += self_test_class(made, 'board', GOOD_BOARDS, BROKEN_BOARDS)
    # As the build sees it: line, reason, exit 1, and nothing written.
    cases = [('printer', GOOD_PRINTERS.replace('| man p. 1', '').encode(),
              'models.conf:9: width_dots has no source'),
             ('board', GOOD_BOARDS.replace('| man p. 3', '').encode(),
              'models.conf:23: dots has no source'),
             ('board', b'\xff\xfe', 'cannot be read'),
             ('toaster', GOOD_BOARDS.encode(), 'drivers/toaster/facts.py: there is none')]
    for kind, content, reason in cases:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, kind, 'some-driver', 'models.conf')
            os.makedirs(os.path.dirname(path))
            with open(path, 'wb') as file:
                file.write(content)
            done = subprocess.run([sys.executable, os.path.join(root, MAKER), path, path + '.c',
                                   path + '.h'], capture_output=True, text=True, check=False)
            if done.returncode != 1 or reason not in done.stderr or os.path.exists(path + '.c'):
                missed.append(f'mkmodels.py, {kind}: {done.returncode} {done.stderr}')
    return [f'self-test: {text}' for text in missed]


def main():
    root, *rest = sys.argv[1:]
    findings = self_test(root) if rest == ['--self-test'] else check_tree(root, rest == ['--write'])
    for line in findings:
        print(line)
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main())
