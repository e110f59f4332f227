#!/usr/bin/env python3
"""onewindow erlang as people call it: the examples of docs/erlang.md word by word, JSON by its schema,
what each model has, and what is refused.

    erlang.py ONEWINDOW SOURCE-ROOT"""
import json
import os
import re
import shlex
import subprocess
import sys
from decimal import Decimal

import jsonschema

FIELDS = ['blocking', 'p_wait', 'mean_wait_min', 'p_wait_le_15min', 'p_abandon']
HAS = {'b': FIELDS[:1], 'c': FIELDS[:4], 'a': [FIELDS[1], FIELDS[2], FIELDS[4]]}
HALL = {'servers': '6', 'arrivals': '30', 'service': '6'}


class Failed(Exception):
    pass


class Erlang:
    def __init__(self, onewindow, root):
        self.onewindow, self.root = onewindow, root
        with open(os.path.join(root, 'docs/schema/erlang.json'), encoding='utf-8') as file:
            self.schema = json.load(file)

    def run(self, *words, code=0):
        done = subprocess.run([self.onewindow, 'erlang', *words], capture_output=True, text=True,
                              env={**os.environ, 'LC_ALL': 'C'}, check=False)
        if done.returncode != code or bool(done.stdout) == bool(code) or bool(done.stderr) != bool(code):
            raise Failed(f'{words}: exit {done.returncode}, not {code}: {done.stdout}{done.stderr}')
        text = done.stderr if code else done.stdout
        if 'json' not in words and not (re.search('[\u4e00-\u9fff]', text) and re.search('[a-z]{3}', text)):
            raise Failed(f'{words}: not in both languages: {text}')
        return text

    def json(self, model, **system):
        text = self.run(model, *options(system), '--format', 'json')
        jsonschema.validate(json.loads(text), self.schema)
        return json.loads(text, parse_float=Decimal)


def options(system):
    return [word for name, value in system.items() for word in ('--' + name, value)]


def expect(what, wanted, got):
    if wanted != got:
        raise Failed(f'{what}: wanted\n{wanted}\ngot\n{got}')


def document(erlang):
    with open(os.path.join(erlang.root, 'docs/erlang.md'), encoding='utf-8') as file:
        text = file.read()
    examples = re.findall(r'^    \$ onewindow erlang (.*)\n((?:    (?!\$).*\n)+)', text, re.M)
    for command, output in examples:
        wanted = ''.join(line[4:] for line in output.splitlines(keepends=True))
        expect(command, wanted, erlang.run(*shlex.split(command)))
    if len(examples) < 3:
        raise Failed('docs/erlang.md has no examples')


def models(erlang):
    """What a model does not have is null in JSON, and not a line in text."""
    for model, fields in HAS.items():
        system = HALL | ({'patience': '2'} if model == 'a' else {})
        answer = erlang.json(model, **system)
        expect(model, FIELDS, list(answer))
        expect(model, fields, [name for name in FIELDS if answer[name] is not None])
        expect(f'{model} lines', len(fields) + 1, len(erlang.run(model, *options(system)).splitlines()))
    if abs(erlang.json('c', **HALL)['p_wait'] - Decimal('0.5875164504606129')) > Decimal('1e-15'):
        raise Failed('Erlang C is wrong')
    # the smallest double is 5e-324
    tiny = erlang.json('b', servers='1000', arrivals='100', service='1')['blocking']
    expect('a tiny number', ('9.245e-612', True), (f'{tiny:.3e}', len(str(tiny)) > 15))


def overload(erlang):
    for arrivals, load in (('36', '1'), ('40', '1.11111')):
        text = erlang.run('c', *options(HALL | {'arrivals': arrivals}), code=1)
        if f'负荷 {load} ' not in text or f'load is {load}:' not in text:
            raise Failed(f'no load in {text}')
        erlang.run('a', *options(HALL | {'arrivals': arrivals, 'patience': '2'}))
        erlang.run('b', *options(HALL | {'arrivals': arrivals}))
    text = erlang.run('a', *options(HALL | {'arrivals': '40000', 'patience': '1e-9'}), code=1)
    if 'patience 1e-09' not in text:
        raise Failed(text)


def usage(erlang):
    """Whatever is wrong is named."""
    everything = HALL | {'patience': '2'}
    for name in everything:
        for word in ('0', '-1', 'nan', 'inf', '-inf', 'many', '', '0x10', '1e', '5 ', '1e999', '1e12', '1,5'):
            text = erlang.run('a', *options(everything | {name: word}), code=2)
            if f'--{name}' not in text or word not in text:
                raise Failed(f'--{name} "{word}" is not named: {text}')
        text = erlang.run('a', *options({key: everything[key] for key in everything if key != name}), code=2)
        if f'--{name}' not in text:
            raise Failed(f'--{name} is missing, and not named: {text}')
    for model in 'bc':
        if '--patience' not in erlang.run(model, *options(everything), code=2):
            raise Failed('--patience of another model is not named')
    for word in ('2.5', '1e3', '100001', '99999999999999999999'):
        if word not in erlang.run('b', *options(HALL | {'servers': word}), code=2):
            raise Failed(f'--servers {word} is not named')
    for words in ([], ['d'], ['ab'], ['b', 'c'], ['b', '--format', 'csv'], ['b', '--format', 'xml']):
        erlang.run(*words, *options(HALL), code=2)


def main():
    erlang = Erlang(sys.argv[1], sys.argv[2])
    for step in (document, models, overload, usage):
        step(erlang)
        print(f'{step.__name__}: ok')


if __name__ == '__main__':
    try:
        main()
    except Failed as error:
        sys.exit(f'FAILED {error}')
