#!/usr/bin/env python3
"""Whatever a driver says of a device's health has its Chinese in src/devices/words.c, by a part of
its own: one that another sentence only happens to hold would say something else.

    words.py ROOT          exit 1 with every finding
    words.py --self-test   shows that each rule can fail
"""
import os
import re
import sys
import tempfile

WORDS = 'src/devices/words.c'
DRIVERS = 'drivers'
LITERAL = r'"((?:[^"\\]|\\.)*)"'


def sentences(root):
    """(file, sentence) of each text given to tell_health() or host->health()."""
    for folder, _, names in os.walk(os.path.join(root, DRIVERS)):
        for name in sorted(names):
            if not name.endswith('.c') or 'skeleton' in folder:
                continue
            path = os.path.join(folder, name)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            for call in re.finditer(r'(?:tell_health|->health)\(([^;]*?)\);', text):
                for run in re.finditer(r'(?:"(?:[^"\\]|\\.)*"\s*)+', call.group(1)):
                    sentence = ''.join(re.findall(LITERAL, run.group(0)))
                    if sentence:
                        yield os.path.relpath(path, root), sentence


def parts(root):
    with open(os.path.join(root, WORDS), encoding='utf-8') as file:
        return dict(re.findall(r'\{\s*%s,\s*%s\s*\}' % (LITERAL, LITERAL), file.read()))


def check(root):
    known = parts(root)
    if not known:
        yield f'{WORDS}: no table of sentences is found'
    for english, chinese in known.items():
        if not chinese or chinese.isascii():
            yield f'{WORDS}: "{english}" has no Chinese'
    for path, sentence in sentences(root):
        if not any(part in sentence for part in known):
            yield f'{path}: "{sentence}" has no Chinese in {WORDS}'


def self_test():
    """Each rule on a tree that breaks it."""
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, DRIVERS, 'board'))
        os.makedirs(os.path.join(root, 'src/devices'))
        with open(os.path.join(root, WORDS), 'w', encoding='utf-8') as file:
            file.write('{"no answer", "无应答"},\n{"blind", "blind"},\n')
        with open(os.path.join(root, DRIVERS, 'board', 'a.c'), 'w', encoding='utf-8') as file:
            file.write('tell_health(d, HEALTH_FAILED, "no answer: cable");\n'
                       'tell_health(d, x ? 1 : 2, x ? "no answer"\n : "burns " "well");\n')
        found = list(check(root))
    wanted = [f'{WORDS}: "blind" has no Chinese', f'{DRIVERS}/board/a.c: "burns well" has no Chinese in {WORDS}']
    if found != wanted:
        print(f'self-test: found {found}')
        return 1
    return 0


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    found = list(check(sys.argv[1]))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
