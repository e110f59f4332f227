#!/usr/bin/env python3
"""onewindow simulate --compare as people call it: the founding example beside what two other programs
found for it, its parts, JSON by its schema, and what is refused.

    simulate_compare.py ONEWINDOW SOURCE-ROOT"""
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema

PLAYERS = {'merge': 1.59, 'pre-review': -2.64, 'online': -1.87, 'issuing': .19}
LEVERS = {'pooling': -3.25, 'fewer-windows': 3.75, 'service': -1.85, 'variance': -.05, 'rework': -.51,
          'online': -1.80, 'issuing': .98}
NEAR = .15


class Failed(Exception):
    pass


def expect(truth, what):
    if not truth:
        raise Failed(what)


class Compare:
    def __init__(self, onewindow, root):
        self.onewindow, self.root = onewindow, root
        self.folder = os.path.join(root, 'docs/scenarios')
        with open(os.path.join(root, 'docs/schema/simulate-compare.json'), encoding='utf-8') as file:
            self.schema = json.load(file)

    def file(self, name):
        return os.path.join(self.folder, name)

    def call(self, *words, code=0):
        done = subprocess.run([self.onewindow, 'simulate', '--compare', *words], capture_output=True,
                              text=True, env={**os.environ, 'LC_ALL': 'C'}, check=False)
        if done.returncode != code or bool(done.stdout) == bool(code) or bool(done.stderr) != bool(code):
            raise Failed(f'{words}: exit {done.returncode}, not {code}: {done.stdout}{done.stderr}')
        text = done.stderr if code else done.stdout
        if 'json' not in words:
            expect(re.search('[\u4e00-\u9fff]', text) and re.search('[a-z]{3}', text),
                   f'{words}: not in both languages: {text}')
        return text

    def founding(self, *words, code=0):
        return self.call(self.file('founding-before.conf'), self.file('founding-after.conf'), *words,
                         code=code)

    def json(self, *words):
        answer = json.loads(self.founding(*words, '--format', 'json'))
        jsonschema.validate(answer, self.schema)
        return answer


def within(what, low, value, high):
    expect(low <= value <= high, f'{what}: {value} is not within {low} to {high}')


def check_figures(compare):
    """Ten seeds of 240 days; single seeds scatter, so the bounds are those of ten."""
    answer = compare.json('--seeds', '10')
    before, after = answer['before']['figures'], answer['after']['figures']
    within('mean before', 12.9, before['mean_wait_min']['value'], 13.8)
    within('mean after', .87, after['mean_wait_min']['value'], 1.01)
    within('P90 before', 42, before['p90_wait_min']['value'], 45)
    within('P90 after', 2.5, after['p90_wait_min']['value'], 3.1)
    within('share before', .766, before['share_within_target']['value'], .782)
    within('share after', .985, after['share_within_target']['value'], .992)
    within('reduction', .925, answer['reduction']['value'], .935)
    within('least reduction', .91, answer['reduction']['least'], .93)
    within('greatest reduction', .93, answer['reduction']['greatest'], .945)
    # 200 (1 + .3 + .6) visits; online cases make none: 200 (1 - .505 p) (1 + .08 + .6)
    fileable = sum(1 / (r + 1) for r in range(976) if r % 22 != 21) / sum(1 / (r + 1) for r in range(977))
    within('tickets before', 374, before['tickets_a_day']['value'], 386)
    wanted = 336 * (1 - .505 * fileable)
    within('tickets after', wanted - 3, after['tickets_a_day']['value'], wanted + 3)
    for side in (before, after):
        for name, figure in side.items():
            expect(figure['least'] <= figure['value'] <= figure['greatest'], f'{name}: {figure}')
    expect({d['lever'] for d in answer['differences']} == set(LEVERS), 'levers that differ')
    expect(answer['attribution'] is None, 'attribution that nobody asked for')


def check_parts(compare):
    answer = compare.json('--seeds', '4', '--attribute')
    parts = answer['attribution']
    for name, wanted in (('players', PLAYERS), ('levers', LEVERS)):
        values = {row['name']: row for row in parts[name]}
        expect(set(values) == set(wanted), f'{name}: {set(values)}')
        for key, value in wanted.items():
            within(f'{name}, {key}', value - NEAR, values[key]['value'], value + NEAR)
            expect(math.isclose(values[key]['factor'], math.exp(values[key]['value'])), 'factor')
        total = math.fsum(row['value'] for row in parts[name])
        expect(abs(total - parts['log_ratio']) < 1e-9, f'{name} add up to {total}, not to {parts["log_ratio"]}')
    worlds = {frozenset(world['levers']): world for world in parts['worlds']}
    expect(len(worlds) == 128, 'a world for every set of levers')
    ratio = worlds[frozenset(LEVERS)]['mean_wait_min'] / worlds[frozenset()]['mean_wait_min']
    expect(abs(math.log(ratio) - parts['log_ratio']) < 1e-9, 'the ends are the two sides')
    # pooled and cut without the rest; the splitting off of issuing windows costs waiting
    cut = worlds[frozenset(['pooling', 'fewer-windows'])]
    within('pooled and cut', 176, cut['mean_wait_min'], 196)
    expect(cut['busiest_window'] > 1, 'pooled and cut is not overloaded')
    expect(parts['overloaded_worlds'] == sum(world['busiest_window'] > 1 for world in worlds.values()),
           'overloaded worlds')
    for name, of in (('worst_of_levers', worlds.values()), ('worst_of_players', None)):
        of = of or [w for s, w in worlds.items() if ('pooling' in s) == ('fewer-windows' in s) and
                    len(s & {'service', 'variance', 'rework'}) in (0, 3)]
        expect(parts[name] == max(of, key=lambda world: world['mean_wait_min']), name)
    check_documents(compare, parts)


def check_words(compare):
    words = ('--seeds', '2', '--days', '60')
    text = compare.founding(*words)
    for part in ('创始案例：改革前 → 创始案例：改革后', 'all of it assumed, nothing measured', '37', '50.5%',
                 '缩短', 'shorter', '不说明它发生过', 'not that it happened'):
        expect(part in text, f'"{part}" is not in\n{text}')
    expect('Shapley' not in text, 'parts that nobody asked for')
    expect(text == compare.founding(*words), 'the same seeds, another answer')
    text = compare.founding(*words, '--attribute')
    for part in ('Shapley', '合并排队 pooling', 'overloaded', '超负荷', 'no forecast', 'of the seven: only fewer windows'):
        expect(part in text, f'"{part}" is not in\n{text}')
    back = compare.call(compare.file('founding-after.conf'), compare.file('founding-before.conf'), *words)
    expect('变长' in back and ' longer, seeds' in back, back)
    same = compare.call(compare.file('founding-after.conf'), compare.file('founding-after.conf'), *words)
    expect('two scenarios do not differ' in same and 'mean wait does not differ' in same and 'possible' not in same,
           same)
    expect(json.loads(compare.call(compare.file('founding-before.conf'), compare.file('founding-after.conf'), '--days',
                                   '2', '--seeds', '1', '--format', 'json'))['same_cases'] is True, 'same cases')


def check_cases(compare):
    """Whoever has other cases on the two sides is told so; an overload is told of the side that has it."""
    with open(compare.file('small.conf'), encoding='utf-8') as file:
        small = file.read()
    with tempfile.TemporaryDirectory() as folder:
        other, slow = os.path.join(folder, 'other.conf'), os.path.join(folder, 'slow.conf')
        for path, text in ((other, small.replace('a_day = 90', 'a_day = 80')),
                           (slow, small.replace('service = { mean_min = 14.0', 'service = { mean_min = 120.0'))):
            expect(text != small, 'small.conf has other words')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        words = ('--days', '20', '--seeds', '1')
        said = compare.call(compare.file('small.conf'), other, *words)
        expect('办件相同' not in said and 'same cases' not in said and 'each side with cases of its own' in said, said)
        said = compare.call(compare.file('small.conf'), slow, *words)
        expect('with the same cases on both sides' in said and '之后 after: 负荷过重 overloaded' in said and
               '之前 before: ' not in said, said)
        answer = json.loads(compare.call(other, slow, *words, '--format', 'json'))
        jsonschema.validate(answer, compare.schema)
        expect(not answer['same_cases'] and answer['before']['warnings'] == [] and
               answer['after']['warnings'] == ['overload', 'many-left'], answer)


def check_nobody(compare):
    """Of a world in which nobody came there is nothing to compare, and no reduction of 0 %."""
    with open(compare.file('small.conf'), encoding='utf-8') as file:
        small = file.read()
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, 'empty.conf')
        with open(empty, 'w', encoding='utf-8') as file:
            file.write(small.replace('a_day = 90.0', 'a_day = 0.01'))
        words = ('--days', '1', '--seeds', '2')
        for before, after in ((empty, compare.file('small.conf')), (compare.file('small.conf'), empty), (empty, empty)):
            said = compare.call(before, after, *words)
            expect('等候无从比较' in said and 'there are no waits to compare' in said and '缩短' not in said and
                   'shorter' not in said and 'does not differ' not in said, said)
            answer = json.loads(compare.call(before, after, *words, '--format', 'json'))
            jsonschema.validate(answer, compare.schema)
            expect(answer['reduction'] is None, answer['reduction'])
            for side, path in (('before', before), ('after', after)):
                figures = answer[side]['figures']
                expect((figures['mean_wait_min'] is None) == (path == empty), figures)
                expect(figures['tickets_a_day'] is not None, figures)


def check_refused(compare):
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(compare.folder):
            shutil.copy(compare.file(name), folder)
        other = os.path.join(folder, 'founding-after.conf')
        with open(other, encoding='utf-8') as file:
            text = file.read()
        with open(other, 'w', encoding='utf-8') as file:
            file.write(text.replace('a_day = 200.0', 'a_day = 210.0'))
        said = compare.call(compare.file('founding-before.conf'), other, '--days', '5', '--attribute', code=1)
        expect('每天办件 cases a day: 200 → 210' in said, said)
        said = compare.call(compare.file('founding-before.conf'), other, '--days', '5', '--seeds', '1')
        expect('cases a day' in said, said)
        wrong = os.path.join(folder, 'wrong.conf')
        with open(wrong, 'w', encoding='utf-8') as file:
            file.write(text.replace('chance = 0.08', 'chance = 1.08'))
        said = compare.call(wrong, os.path.join(folder, 'none.conf'), code=3)
        expect('wrong.conf:' in said and 'none.conf' in said, said)
    before, after = compare.file('founding-before.conf'), compare.file('founding-after.conf')
    said = compare.call(after, before, '--attribute', '--days', '5', code=1)
    expect('cannot be told apart' in said, said)
    for words in ([before], [before, after, after], [before, after, '--seeds', '0'],
                  [before, after, '--seeds', 'ten'], [before, after, '--days', '-1'],
                  [before, after, '--days', '0'], [before, after, '--seed', '1.5'],
                  [before, after, '--format', 'csv'], []):
        compare.call(*words, code=2)


def read(compare, name):
    with open(os.path.join(compare.root, name), encoding='utf-8') as file:
        return file.read()


def check_documents(compare, parts):
    """Tables of docs/simulate.md and factors of README.md are what the command gives; the example of
    docs/simulate.md is held word by word by simulate.py, so README's sentences are to be of it."""
    docs, readme = read(compare, 'docs/simulate.md'), read(compare, 'README.md')
    for name in ('players', 'levers'):
        rows = ''
        for row in parts[name]:
            label = {'merge': 'window merge', 'fewer-windows': 'fewer windows', 'issuing': 'issuing split',
                     'service': 'mean service'}.get(row['name'], row['name'])
            rows += (f"| {label} | {row['value']:+.2f} | {row['factor']:.3g} | {row['least']:+.2f} to "
                     f"{row['greatest']:+.2f} |\n")
        rows += f"| sum | {parts['log_ratio']:+.2f} | {math.exp(parts['log_ratio']):.3g} |  |\n"
        expect(rows in docs, f'docs/simulate.md has not\n{rows}')
    for row in parts['players']:
        expect(f"× {row['factor']:.3g}" in readme, f"README.md has not × {row['factor']:.3g}")
    cut = next(world for world in parts['worlds'] if world['levers'] == ['pooling', 'fewer-windows'])
    for part in (f"In {parts['overloaded_worlds']} of the 128 worlds", f"wait {cut['mean_wait_min']:.0f} min",
                 f"alone {parts['worst_of_levers']['mean_wait_min']:.0f}."):
        expect(part in docs, f'docs/simulate.md has not "{part}"')
    example = re.search(r'^    \$ onewindow simulate --compare .*\n((?:    .*\n)+)', docs, re.M).group(1)
    sentences = re.findall('^    (在这些假设下.*|Under these assumptions.*)$', readme, re.M)
    expect(len(sentences) == 2, 'README.md has not both sentences')
    for sentence in sentences:
        expect(sentence in example, f'README.md: not of the example of docs/simulate.md: {sentence}')
    figures = re.search(r'falls from (\S+) to (\S+) min, the P90 from (\S+) to (\S+) min, and (\S+) instead of '
                        r'(\S+) wait', readme).groups()
    rows = {line.split()[0]: line for line in example.splitlines() if line.split()}
    for label, wanted in (('平均等候（分）', figures[:2]), ('P90（分）', figures[2:4]), ('不超过', figures[:3:-1])):
        row = re.findall(r'[0-9.]+%?', re.sub(r'\S+–\S+', '', rows[label]))[-2:]
        expect(row == list(wanted), f'README.md: {wanted} are not those of {rows[label]}')


def check_script(compare):
    """The files hold what the script makes, so that whoever changes one sees the other."""
    def made(what):
        script = os.path.join(compare.root, 'scripts/founding.py')
        return subprocess.run([sys.executable, script, what], capture_output=True, text=True,
                              check=True).stdout
    with open(compare.file('founding-items.conf'), encoding='utf-8') as file:
        expect(file.read() == made('items'), 'founding-items.conf is not what scripts/founding.py makes')
    with open(compare.file('founding-before.conf'), encoding='utf-8') as file:
        text = file.read()
    for what in ('queues', 'windows'):
        expect(made(what) in text, f'{what} of founding-before.conf are not what scripts/founding.py makes')


def main():
    compare = Compare(sys.argv[1], sys.argv[2])
    try:
        for check in (check_script, check_words, check_cases, check_nobody, check_refused, check_figures, check_parts):
            check(compare)
            print(f'{check.__name__}: ok', flush=True)
    except Failed as failed:
        print(failed)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
