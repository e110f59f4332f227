#!/usr/bin/env python3
"""onewindow board encode and decode as people call them: the examples of docs/board-frames.md word by
word, bytes in every way of writing, exit codes, languages, and JSON as its schemas have it.

    board_frames.py ONEWINDOW SOURCE-ROOT"""
import json
import os
import re
import shlex
import subprocess
import sys

import jsonschema

WELCOME = 'AA 01 BB 51 54 72 01 00 00 02 63 41 42 BB B6 D3 AD B9 E2 C1 D9 31 32 FF'
MADE = ['encode', '--driver', 'lihe', '--address', '1', '--text', 'AB欢迎光临12', '--set', 'mode=1', '--set',
        'speed=0', '--set', 'stay=0', '--set', 'colour=2', '--set', 'life=99']
# of each protocol one frame of its documents, and words that its explanation has; one byte of it changed
PROTOCOLS = {
    'lihe': (WELCOME, ['AB欢迎光临12', 'mode', 'colour']),
    'modbus': ('11 03 06 AE 41 56 52 43 40 49 AD', ['read-holding', 'AE41 5652 4340', 'reply']),
    'onbon': ('A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8 5A',
              ['ping']),
    'alpha': ('00 00 00 00 00 01 5A 30 30 02 45 24 41 41 55 30 31 30 30 46 46 30 30 04', ['AAU0100FF00']),
}


class Failed(Exception):
    pass


class Board:
    def __init__(self, onewindow, root):
        self.onewindow, self.root = onewindow, root

    def run(self, *words, code=0):
        done = subprocess.run([self.onewindow, 'board', *words], capture_output=True, text=True,
                              env={**os.environ, 'LC_ALL': 'C'}, check=False)
        if done.returncode != code or (code == 2 and done.stdout) or (code == 0 and done.stderr):
            raise Failed(f'{words}: exit {done.returncode}, not {code}: {done.stdout}{done.stderr}')
        if code and not (re.search('[\u4e00-\u9fff]', done.stderr) and
                         re.search('[a-z]{3}', done.stderr)):
            raise Failed(f'{words}: not in both languages: {done.stderr}')
        return done.stderr if code else done.stdout

    def schema(self, name, text):
        with open(os.path.join(self.root, 'docs/schema', name), encoding='utf-8') as file:
            jsonschema.validate(json.loads(text), json.load(file))
        return json.loads(text)


def same(what, wanted, got):
    if wanted != got:
        raise Failed(f'{what}: wanted\n{wanted}\ngot\n{got}')


def document(board):
    """Each "$ onewindow board" of the document, with the lines below it."""
    with open(os.path.join(board.root, 'docs/board-frames.md'), encoding='utf-8') as file:
        text = file.read()
    examples = re.findall(r'^    \$ onewindow board ((?:.*\\\n)*.*)\n((?:    (?!\$).*\n)+)', text, re.M)
    for command, output in examples:
        words = shlex.split(command.replace('\\\n', ' '))
        wanted = ''.join(line[4:] for line in output.splitlines(keepends=True))
        same(command, wanted, board.run(*words))
    if len(examples) < 2:
        raise Failed('docs/board-frames.md has no examples')


def ways_of_writing(board):
    wanted = board.run('decode', '--driver', 'lihe', WELCOME)
    bare = WELCOME.replace(' ', '')
    for words in ([bare], [bare.lower()], WELCOME.split(), [WELCOME.lower()],
                  [', '.join('0x' + b for b in WELCOME.split())],
                  [''.join('\\x' + b.lower() for b in WELCOME.split())],
                  [' '.join(b + 'H' for b in WELCOME.split())], [WELCOME.replace(' ', '\n')],
                  [WELCOME.replace(' ', ':')], [bare[:20] + ' ' + bare[20:]]):
        same(str(words), wanted, board.run('decode', '-d', 'lihe', *words))
    same('encode', WELCOME + '\n', board.run(*MADE))
    for words in ('AA 0', 'AA 01 XX', 'GG', 'A', '0x'):
        board.run('decode', '-d', 'lihe', words, code=1)


def protocols(board):
    """What the program has; each explains its own frame, refuses it changed, and refuses the others'."""
    known = re.findall(r'^  (\w+)  ', board.run(code=2).split('(--driver):')[1], re.M)
    for driver in known:
        frame, words = PROTOCOLS[driver]
        text = board.run('decode', '-d', driver, frame)
        for word in words:
            if word not in text:
                raise Failed(f'{driver}: no "{word}" in {text}')
        twice = board.run('decode', '-d', driver, frame + frame)
        same(f'{driver} twice', text + '\n' + text, twice)
        answer = board.schema('board-decode.json',
                              board.run('decode', '-d', driver, '-f', 'json', frame + frame))
        same(driver, [frame, frame], [part['hex'] for part in answer['frames']])
        same(driver, len(frame.split()), answer['frames'][1]['offset'])
        board.run('decode', '-d', driver, '01 02 03', code=1)
        for other, (foreign, _) in PROTOCOLS.items():
            if other != driver:
                board.run('decode', '-d', driver, foreign, code=1)
    if 'lihe' not in known or 'modbus' not in known:
        raise Failed(f'protocols: {known}')


def damaged(board):
    changed = WELCOME.replace('41 42', '41 46')
    text = board.run('decode', '-d', 'lihe', changed, code=1)
    for words in ('校验和不符', 'checksum does not fit', 'from byte 1'):
        if words not in text:
            raise Failed(f'no "{words}" in {text}')
    # what stood before it has been explained, but JSON is whole or nothing
    done = subprocess.run([board.onewindow, 'board', 'decode', '-d', 'lihe', WELCOME + changed],
                          capture_output=True, text=True, check=False)
    if done.returncode != 1 or 'AB欢迎光临12' not in done.stdout or 'from byte 25' not in done.stderr:
        raise Failed(f'{done}')
    done = subprocess.run([board.onewindow, 'board', 'decode', '-d', 'lihe', '-f', 'json',
                           WELCOME + changed], capture_output=True, text=True, check=False)
    same('JSON of a damaged frame', (1, ''), (done.returncode, done.stdout))


def terminal(board):
    """A frame must not draw on whoever reads it: 1B 5B 32 4A would clear a terminal."""
    text = board.run('decode', '-d', 'lihe', 'AA 01 BB 51 54 5D 08 00 00 00 63 1B 5B 32 4A FF')
    if '\x1b' in text or '\\x1B[2J' not in text:
        raise Failed(repr(text))


def usage(board):
    for words in ([], ['code'], ['encode'], ['decode'], ['decode', '-d', 'lihe'],
                  ['encode', '-d', 'lihe'], ['encode', '-d', 'nope', '-a', '1'],
                  ['decode', '-d', 'nope', 'AA'], ['encode', '-d', 'lihe', '-a', '-1', '-t', 'x'],
                  ['encode', '-d', 'lihe', '-a', '1x', '-t', 'x'],
                  ['encode', '-d', 'lihe', '-a', '70000', '-t', 'x'],
                  ['encode', '-d', 'lihe', '-a', '1', '-t', 'x', '-s', 'mode'],
                  ['encode', '-d', 'lihe', '-a', '1', '-t', 'x', '-s', 'tune=1'],
                  ['encode', '-d', 'lihe', '-a', '1', '-c', 'dance'],
                  ['encode', '-d', 'lihe', '-a', '1', '-t', b'\xff\xfe'],
                  ['decode', '-d', 'lihe', '-s', 'tune=1', WELCOME],
                  ['decode', '-d', 'lihe', '-c', 'text', WELCOME],
                  ['decode', '-d', 'lihe', '-f', 'csv', WELCOME]):
        board.run(*words, code=2)
    text = board.run('decode', '-d', 'nope', 'AA', code=2)
    if 'lihe' not in text or 'modbus' not in text:
        raise Failed(f'what there is, is not said: {text}')
    answer = board.schema('board-encode.json', board.run(*MADE, '-f', 'json'))
    same('encode', {'driver': 'lihe', 'length': 24, 'hex': WELCOME}, answer)


def main():
    board = Board(sys.argv[1], sys.argv[2])
    for step in (document, ways_of_writing, protocols, damaged, terminal, usage):
        step(board)
        print(f'{step.__name__}: ok')


if __name__ == '__main__':
    try:
        main()
    except Failed as error:
        sys.exit(f'FAILED {error}')
