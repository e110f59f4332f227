#!/usr/bin/env python3
"""The table of failures in drivers/transport/README.md names tests that exist and run, and every test
of a failure is in the table.

    failures.py ROOT          exit 1 with every finding
    failures.py --self-test   shows that each rule can fail
"""
import os
import re
import sys
import tempfile

TABLE = 'drivers/transport/README.md'
ALL_IN_TABLE = ('tests/unit/devices/test_usb_failures.c',
                'tests/unit/transport/test_serial_failures.c')
ROW = re.compile(r'^\|[^|]+\| `([a-z0-9-]+)` \|[^|]+\|$', re.M)


def sources(root):
    for folder, _, names in os.walk(os.path.join(root, 'tests/unit')):
        for name in names:
            if name.endswith('.c'):
                with open(os.path.join(folder, name), encoding='utf-8') as file:
                    yield os.path.relpath(os.path.join(folder, name), root), file.read()


def check(root):
    with open(os.path.join(root, TABLE), encoding='utf-8') as file:
        text = file.read()
    section = text.split('## Failures', 1)[1].split('\n## ', 1)[0]
    lines = [line for line in section.splitlines() if line.startswith('|')][2:]
    names = []
    for line in lines:
        row = ROW.match(line)
        if not row:
            yield f'{TABLE}: not failure, test, what is done: {line}'
            continue
        if row.group(1) in names:
            yield f'{TABLE}: {row.group(1)} is there twice'
        names.append(row.group(1))
    if not names:
        yield f'{TABLE}: no failures'
    files = dict(sources(root))
    for name in names:
        c_name = name.replace('-', '_')
        defined = re.compile(rf'^static void test_{c_name}\(void \*\*state\)$', re.M)
        listed = re.compile(rf'(?:FAILURE\({c_name}\)|\(\s*test_{c_name}[,)])')
        if not any(defined.search(source) and listed.search(source) for source in files.values()):
            yield f'{TABLE}: there is no test {name}, or nothing runs it'
    for path in ALL_IN_TABLE:
        for c_name in re.findall(r'^static void test_(\w+)\(void \*\*state\)$',
                                 files.get(path, ''), re.M):
            if c_name.replace('_', '-') not in names:
                yield f'{path}: test_{c_name} is not in the table'


def self_test():
    good = '## Failures\n| f | t | d |\n|---|---|---|\n| x | `usb-a` | y |\n'
    test = 'static void test_usb_a(void **state)\n{\n}\n'
    run = 'FAILURE(usb_a)\n'
    cases = [
        (good, test + run, 0),
        (good, test, 1),
        (good, run, 1),
        (good + '| x | usb-b | y |\n', test + run, 1),
        (good + '| z | `usb-a` | y |\n', test + run, 1),
        ('## Failures\n', test + run, 2),
        (good, test + run + 'static void test_usb_c(void **state)\n', 1),
    ]
    for table, source, wanted in cases:
        with tempfile.TemporaryDirectory() as root:
            for name, text in ((TABLE, table), (ALL_IN_TABLE[-1], source)):
                os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
                with open(os.path.join(root, name), 'w', encoding='utf-8') as file:
                    file.write(text)
            found = list(check(root))
            if len(found) != wanted:
                sys.exit(f'{wanted} findings wanted in {table!r}, {source!r}: {found}')


def main():
    if sys.argv[1] == '--self-test':
        self_test()
        return
    found = list(check(sys.argv[1]))
    print('\n'.join(found))
    sys.exit(1 if found else 0)


if __name__ == '__main__':
    main()
