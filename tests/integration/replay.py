#!/usr/bin/env python3
"""onewindow replay as people call it: a simulated log of two small halls, replayed in a layout and as
a reform; JSON by its schema; what is refused.

    replay.py ONEWINDOW SOURCE-ROOT SCRIPT-LOG"""
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema

from hall import StepError, expect

SMALL = 'docs/scenarios/small.conf'


class Replays:
    def __init__(self, onewindow, root, script_log, folder):
        self.onewindow, self.root, self.folder = os.path.abspath(onewindow), root, folder
        self.script_log = os.path.abspath(script_log)
        self.log = os.path.join(folder, 'log.db')
        self.small = os.path.join(root, SMALL)
        with open(os.path.join(root, 'docs/schema/replay.json'), encoding='utf-8') as file:
            self.schema = json.load(file)

    def run(self, *words, code=0):
        done = subprocess.run([self.onewindow, *words], capture_output=True, text=True, check=False,
                              env={**os.environ, 'LC_ALL': 'C'})
        if done.returncode != code or (code and done.stdout):
            raise StepError(f'{words}: exit {done.returncode}, not {code}: {done.stdout}{done.stderr}')
        return done.stderr if code else done.stdout

    def path(self, name):
        return os.path.join(self.folder, name)

    def json(self, *words, log=None, layout=None):
        answer = json.loads(self.run('replay', '--log', log or self.log, '--layout', layout or self.small, '--format',
                                     'json', *words))
        jsonschema.validate(answer, self.schema)
        return answer

    def refused(self, code, sentence, *words):
        said = self.run('replay', *words, code=code)
        if sentence not in said or not re.search('[\u4e00-\u9fff]', said):
            raise StepError(f'{words}: not "{sentence}" in both languages: {said}')


def same_layout(replays):
    """In its own layout a simulated day is served as it was: the waits are equal."""
    answer = replays.json('--from', '2026-03-02', '--seeds', '1')
    expect('kind', ('layout', 'model estimate', True), (answer['kind'], answer['means'], answer['simulated']))
    expect('warnings', [], answer['warnings'])
    for name in ('mean_wait_min', 'p50_wait_min', 'p90_wait_min', 'p95_wait_min', 'share_within_target'):
        expect(name, answer['observed'][name], answer['replayed'][name])
    expect('reduction', 0, answer['reduction'])


OWN = """
scenario = { id = "own"; zh = "厅"; en = "Own"; zone = "Asia/Shanghai"; };
hours = ( { from = "09:00"; to = "12:00"; weight = 2.0; }, { from = "13:00"; to = "17:00"; } );
cases = { a_day = 150.0; day_cv = 0.1; };
service = { mean_min = 9.0; cv = 0.8; };
rework = { chance = 0.2; };
pick_up = { chance = 0.5; mean_min = 3.0; cv = 0.5; };
no_show = { chance = 0.05; wait_s = 60; };
patience = { mean_min = 90; };
priority = { chance = 0.1; };
walk_s = 20;
policy = "hall";RULES
queues = (
  { id = "general"; zh = "综"; en = "General"; prefix = "A"; work = true; kind = "intake"; },
  { id = "tax"; zh = "税"; en = "Tax"; prefix = "T"; work = true; kind = "intake"; }ISSUE_QUEUE );
windows = (
  { count = 3; queues = [ "general", "tax" ]; skills = [ "book" ]; },
  { count = 2; queues = [ "tax", "general" ]; }ISSUE_WINDOW );
items = (
  { id = "permit"; department = "A"; share = 3.0; queue = "general"; },
  { id = "book"; department = "A"; share = 1.0; queue = "tax"; skill = "book"; },
  { id = "levy"; department = "B"; share = 2.0; queue = "tax"; } );
"""


def own_layouts(replays):
    """Also where each item has its queue, pick-ups are no rows of the file, and several queues of one
    department take them; with an issuing queue, and without."""
    issue = (',\n  { id = "issue"; zh = "出"; en = "Issue"; prefix = "I"; work = true; kind = "issue"; }',
             ',\n  { count = 1; queues = [ "issue" ]; }')
    for name, (queue, window), rules in (('none', ('', ''), ''), ('issue', issue, ''),
                                         ('ageing', issue, '\nrules = { overtakes = 2; age_min = 15; };')):
        path, log = replays.path(f'{name}.conf'), replays.path(f'{name}.db')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(OWN.replace('ISSUE_QUEUE', queue).replace('ISSUE_WINDOW', window).replace('RULES', rules))
        made = json.loads(replays.run('simulate', path, '--days', '20', '--log', log, '--format', 'json'))
        answer = replays.json('--seeds', '1', log=log, layout=path)
        expect('warnings', ([], 0), (answer['warnings'], answer['unlisted']['visits']))
        for field in ('mean_wait_min', 'p50_wait_min', 'p90_wait_min', 'p95_wait_min', 'share_within_target',
                      'abandon_rate', 'tickets'):
            expect(f'{name}: {field}', answer['observed'][field], answer['replayed'][field])
        expect(f'{name}: longer than a minute', True, made['mean_wait_min'] > 1)
        if abs(made['mean_wait_min'] - answer['replayed']['mean_wait_min']) > 1e-9:
            raise StepError(f'{name}: {made["mean_wait_min"]} became {answer["replayed"]["mean_wait_min"]}')
        said = replays.run('replay', '--log', log, '--layout', path, '--seeds', '1')
        expect(f'{name}: no difference', True, 'does not differ from that in' in said and '没有差别' in said)


def no_ageing(replays):
    """The rules decide: without them the log of a hall in which tickets age gives other waits."""
    answer = replays.json('--seeds', '1', log=replays.path('ageing.db'), layout=replays.path('issue.conf'))
    expect('other waits', False, answer['observed']['p95_wait_min'] == answer['replayed']['p95_wait_min'])


def other_layouts(replays):
    """Half the items are not in the layout, or none is; one has no place; what becomes of the wait."""
    with open(replays.path('none.conf'), encoding='utf-8') as file:
        own = file.read()

    def tried(name, text):
        path = replays.path(name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        words = ('--log', replays.path('none.db'), '--layout', path, '--seeds', '1')
        return path, words
    less = own.replace('  { id = "book"; department = "A"; share = 1.0; queue = "tax"; skill = "book"; },\n', '')
    path, words = tried('less.conf', less)
    answer = replays.json('--seeds', '1', log=replays.path('none.db'), layout=path)
    expect('warnings', ['unlisted-items'], answer['warnings'])
    unlisted = answer['unlisted']
    expect('book', (1, unlisted['visits'], {'tax': unlisted['visits']}),
           (unlisted['items'], unlisted['skilled'], unlisted['queues']))
    expect('a sixth of the cases', True, 300 < unlisted['visits'] < 900)
    said = replays.run('replay', *words)
    expect('said', True, f'{unlisted["visits"]} visits are for 1 items that the layout does not list' in said)
    others = own.replace('"permit"', '"x"').replace('id = "book"', 'id = "y"').replace('"levy"', '"z"')
    path, words = tried('others.conf', others)
    expect('none', ['no-listed-items'],
           replays.json('--seeds', '1', log=replays.path('none.db'), layout=path)['warnings'])
    expect('said', True, 'no item of the log is in the layout, which may be another' in replays.run('replay', *words))
    # in departments, one of which the layout has not
    lines = own.replace('"hall"', '"departmental"').replace('work = true; kind = "intake"; },',
                                                            'work = true; kind = "intake"; departments = [ "A" ]; },')
    lines = lines.replace('prefix = "T"; work = true;', 'prefix = "T"; departments = [ "C" ]; work = true;')
    path, words = tried('lines.conf', lines.replace('"levy"; department = "B"', '"x"; department = "C"'))
    replays.refused(1, f'replay: {path}: 布局中没有日志的事项 "levy"（部门 "B"）', *words)
    # a window less and a window more
    for count, zh, en in (('1', '短', 'shorter'), ('3', '长', 'longer')):
        path, words = tried('count.conf', own.replace('count = 2', f'count = {count}'))
        said = replays.run('replay', *words)
        if not re.search(f'实际等候比重放的布局中{zh} the logged wait is [0-9.]+% {en} than .*seeds [0-9.]+% – [0-9.]+%', said):
            raise StepError(f'{count} windows: not {en} in: {said}')


def reform(replays):
    answer = replays.json('--reform', 'before', '--seeds', '4')
    expect('kind', 'reform', answer['kind'])
    expect('seeds', [1, 2, 3, 4], [seed['seed'] for seed in answer['seeds']])
    expect('days', 10, answer['baseline']['days'])
    reductions = [seed['reduction'] for seed in answer['seeds']]
    expect('range', (min(reductions), max(reductions)), (answer['reduction_low'], answer['reduction_high']))
    expect('tickets of one seed', True, abs(answer['replayed']['tickets'] / answer['done']['visits'] - 1) < .2)
    expect('the same again', answer, replays.json('--reform', 'before', '--seeds', '4'))
    if len(set(reductions)) == 1:
        raise StepError('seeds draw alike')
    text = replays.run('replay', '--log', replays.log, '--layout', replays.small, '--reform', 'before')
    for words in ('模型估计，不是实测', 'a model estimate, not a measurement', 'the logged wait is '):
        if words not in text:
            raise StepError(f'no "{words}" in: {text}')


UNKNOWN = """start-daemon at=1 boot=one software=test
define-hall at=1 id=hall zh=厅 en=Hall zone=Asia/Shanghai target_ms=900000
define-queue at=1 queue=general zh=综 en=General prefix=A first=1 last=99 work=1 kind=3
define-window at=1 window=1 zh=一 en=One queues=general
define-item at=1 item=levy zh=税 en=Levy department=B queue=general
open-day at=3600000 date=20260105 operator_word=1
issue at=3600000 queue=general item=levy
call-next at=3660000 window=1
start at=3660000 window=1
finish at=3780000 window=1
issue at=3800000 queue=general item=levy
step-clock at=3860000 step_ms=7200000
start-daemon at=10 wall={wall} boot=two software=test
call-next at=100000 wall={called} window=1
start at=100000 wall={called} window=1
finish at=200000 wall={finished} window=1
close-day at=300000 wall={closed}
"""


def unknown_waits(replays):
    """The clock was set and the machine started anew while one waited: how long, nobody knows."""
    log, layout = replays.path('unknown.db'), replays.path('none.conf')
    eight = 1767571200000 # 2026-01-05 in Shanghai, as script_log begins
    text = UNKNOWN.format(wall=eight + 11100000, called=eight + 11200000, finished=eight + 11300000,
                          closed=eight + 11400000)
    subprocess.run([replays.script_log, log, '2'], input=text, text=True, check=True)
    answer = replays.json('--seeds', '1', log=log, layout=layout)
    expect('unknown', 1, answer['done']['unknown_waits'])
    said = replays.run('replay', '--log', log, '--layout', layout, '--seeds', '1')
    expect('told', True, '实际等候无从得知、未计入的到访 visits whose wait as logged is unknown, left out: 1\n' in said)


def refusals(replays):
    log, small = ('--log', replays.log), ('--layout', replays.small)
    replays.refused(2, '--log says which log', *small)
    replays.refused(2, '--layout says in which layout', *log)
    replays.refused(2, 'is no whole number', *log, *small, '--seed', 'one')
    replays.refused(2, 'allowed are 1 to 1000', *log, *small, '--seeds', '0')
    replays.refused(2, '--from lies after --to', *log, *small, '--from', '2026-03-03', '--to', '2026-03-02')
    replays.refused(1, 'is no baseline of the log', *log, *small, '--reform', 'nobody')
    replays.refused(1, 'overlap the baseline', *log, *small, '--reform', 'before', '--from', '2026-02-02')
    replays.refused(1, 'no closed service day', *log, *small, '--from', '2030-01-01')
    replays.refused(1, 'nowhere.db', '--log', replays.log + '.nowhere.db', *small)
    replays.refused(3, 'nowhere.conf', *log, '--layout', replays.small + '.nowhere.conf')


def main():
    with tempfile.TemporaryDirectory(prefix='onewindow-replay-') as folder:
        replays = Replays(*sys.argv[1:4], folder)
        replays.run('simulate', replays.small, '--days', '10', '--seed', '1', '--from', '2026-02-02',
                    '--log', replays.log)
        replays.run('simulate', replays.small, '--days', '10', '--seed', '1', '--first', '10', '--from', '2026-03-02',
                    '--log', replays.log)
        replays.run('baseline', 'freeze', 'before', '--from', '2026-02-02', '--to', '2026-02-13', '--log', replays.log)
        for story in (same_layout, own_layouts, unknown_waits, no_ageing, other_layouts, reform, refusals):
            story(replays)
            print(f'{story.__name__}: as it ought to be')


if __name__ == '__main__':
    main()
